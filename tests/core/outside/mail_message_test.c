/* Mails as bytes: addresses, headers, parts; whatever the values are, no header and no part begins
 * with them. That other programs read them so is seen in stories/mail.sh. */
#include <string.h>

#include "core/outside/mail_coding.h"
#include "core/outside/mail_message.h"
#include "tests/support/suite.h"

static struct arena *arena;

static void make_arena(void)
{
    arena = arena_create("a test", (size_t)8 << 20);
}

static void free_arena(void)
{
    arena_destroy(&arena);
}

#define L60 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

static const struct address_case {
    const char *address;
    bool good;
} address_cases[] = {
    {"a@b.example",                true },
    {"first.last+tag@b-c.example", true },
    {"o'hara@b.example",           true },
    {"a@localhost",                true },
    {"a@xn--mnchen-3ya.example",   true },
    {L60 "@b.example",             true },
    {L60 "fffff@b.example",        false},
    {NULL,                         false},
    {"",                           false},
    {"a",                          false},
    {"@b.example",                 false},
    {"a@",                         false},
    {"a@b..example",               false},
    {"a@.example",                 false},
    {".a@b.example",               false},
    {"a.@b.example",               false},
    {"a@b.example\r\nBcc: c@d",    false},
    {"a b@c.example",              false},
    {"<a@b.example>",              false},
    {"Ann <a@b.example>",          false},
    {"a@b.example,c@d.example",    false},
    {"a@b@c.example",              false},
    {"\"a b\"@c.example",          false},
    {"a@[127.0.0.1]",              false},
    {"m\xc3\xbcller@b.example",    false},
    {"a@m\xc3\xbcnchen.example",   false},
    {"a@b_c.example",              false},
};

START_TEST(checks_addresses)
{
    const struct address_case *c = &address_cases[_i];
    struct error err = {0};
    bool good = mail_address_check(c->address, &err);
    ck_assert_msg(good == c->good, "%s: %s", c->address, err.message);
    ck_assert_msg(good || err.kind == ERROR_ITEM, "%s", c->address);
}
END_TEST

static const struct coding_case {
    const char *name;
    const char *(*code)(const char *text, struct arena *arena);
    const char *text, *expect;
} coding_cases[] = {
    {"a plain subject",      mail_words,            "Invoice 7",              " Invoice 7"                                                                                },
    {"umlauts",              mail_words,            "Gr\xc3\xbc\xc3\x9f e",   " =?UTF-8?B?R3LDvMOfIGU=?="                                                                 },
    {"no second header",     mail_words,            "a\r\nBcc: x",            " a  Bcc: x"                                                                                },
    {"what looks encoded",   mail_words,            "=?UTF-8?B?YQ==?=",       " =?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?="                                                     },
    {"long ones are folded", mail_words,            L60 "1",
     " =?UTF-8?B?YWFhYWFhYWFhYWJiYmJiYmJiYmJjY2NjY2NjY2NjZGRkZGRkZGRk?=\r\n"
     " =?UTF-8?B?ZGVlZWVlZWVlZWVmZmZmZmZmZmZmMQ==?="                                                                                                                      },
    {"characters are whole", mail_words,
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xe2\x82\xac"
     "b",                                                                     " =?UTF-8?B?YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=?=\r\n =?UTF-8?B?4oKsYg==?="},
    {"nothing",              mail_words,            "",                       ""                                                                                          },
    {"a name",               mail_phrase,           "Acme, Inc.",             " \"Acme, Inc.\""                                                                           },
    {"a name with quotes",   mail_phrase,           "A \"B\\",                " \"A \\\"B\\\\\""                                                                          },
    {"a name of letters",    mail_phrase,           "\xe6\x9d\xb1",           " =?UTF-8?B?5p2x?="                                                                         },
    {"a file",               mail_file_name,        "INV-1.pdf",              "filename=\"INV-1.pdf\""                                                                    },
    {"a file of letters",    mail_file_name,        "R\xc3\xa4/1\".pdf",
     "filename*=UTF-8''R%C3%A4%2F1%22.pdf"                                                                                                                                },
    {"a long file name",     mail_file_name,        L60 "1.pdf",
     "filename*0*=UTF-8''aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee;\r\n"
     " filename*1*=ffffffffff1.pdf"                                                                                                                                       },
    {"no code of it is cut", mail_file_name,
     "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeee\xc3\xa4.pdf",          "filename*0*=UTF-8''aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeee;\r\n"
     " filename*1*=%C3%A4.pdf"                                                                        },
    {"lines",                mail_quoted_printable, "a\nb\r\nc",              "a\r\nb\r\nc"                                                                               },
    {"blanks at their ends", mail_quoted_printable, "a \n\tb\t\r\n ",         "a=20\r\n\tb=09\r\n=20"                                                                     },
    {"what is not plain",    mail_quoted_printable, "=\xc3\xa4\r-",           "=3D=C3=A4=0D-"                                                                             },
    {"long lines",           mail_quoted_printable, L60 "123456789012345678", L60 "123456789012345=\r\n678"                                                               },
    {"no code is cut",       mail_quoted_printable, L60 "1234567890123=",     L60 "1234567890123=\r\n=3D"                                                                 },
};

START_TEST(codes)
{
    const struct coding_case *c = &coding_cases[_i];
    const char *got = c->code(c->text, arena);
    ck_assert_msg(strcmp(got, c->expect) == 0, "%s: '%s'", c->name, got);
}
END_TEST

static const struct mail_file pdf = {"INV-1.pdf", "application/pdf", "%PDF-\x00\xff", 7};
static const struct mail_message whole = {.id = "0a1b",
                                          .from_name = "Acme",
                                          .from = "billing@acme.example",
                                          .to_name = "Ann",
                                          .to = "ann@b.example",
                                          .reply_to = "help@acme.example",
                                          .subject = "Invoice INV-1",
                                          .text = "Hello\n.dot\n",
                                          .html = "<p>Hello</p>",
                                          .on = {20758}, /* 2026-11-01, a Sunday */
                                          .file = &pdf};

START_TEST(makes_a_message)
{
    const char *bytes = NULL;
    size_t size = 0;
    struct error err = {0};
    ck_assert_msg(mail_message_make(&whole, arena, &bytes, &size, &err), "%s", err.message);
    ck_assert_uint_eq(size, strlen(bytes));
    ck_assert_str_eq(bytes, "Date: Sun, 01 Nov 2026 00:00:00 +0000\r\n"
                            "From: \"Acme\"\r\n <billing@acme.example>\r\n"
                            "To: \"Ann\"\r\n <ann@b.example>\r\n"
                            "Reply-To: help@acme.example\r\n"
                            "Subject: Invoice INV-1\r\n"
                            "Message-ID: <0a1b@acme.example>\r\n"
                            "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
                            "Content-Type: multipart/mixed; boundary=\"=_0a1b-mixed\"\r\n\r\n"
                            "--=_0a1b-mixed\r\n"
                            "Content-Type: multipart/alternative; boundary=\"=_0a1b-alternative\""
                            "\r\n\r\n"
                            "--=_0a1b-alternative\r\n"
                            "Content-Type: text/plain; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                            "Hello\r\n.dot\r\n\r\n"
                            "--=_0a1b-alternative\r\n"
                            "Content-Type: text/html; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                            "<p>Hello</p>\r\n"
                            "--=_0a1b-alternative--\r\n\r\n"
                            "--=_0a1b-mixed\r\n"
                            "Content-Type: application/pdf\r\n"
                            "Content-Transfer-Encoding: base64\r\n"
                            "Content-Disposition: attachment;\r\n filename=\"INV-1.pdf\"\r\n\r\n"
                            "JVBERi0A/w==\r\n"
                            "--=_0a1b-mixed--\r\n");
}
END_TEST

#define EURO5 "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"

static const struct hostile_case {
    const char *name, *value;
} hostile_cases[] = {
    {"a line break",               "x\r\nBcc: evil@b.example"                                             },
    {"a line feed",                "x\nBcc: evil@b.example"                                               },
    {"a boundary",                 "--=_0a1b-mixed\n\nx"                                                  },
    {"the final dot",              "\r\n.\r\nMAIL FROM:<x@y>\n"                                           },
    {"a null in UTF",              "\xc0\x80"                                                             },
    {"quotes",                     "\"><script>"                                                          },
    {"the longest name of a file",
     EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 EURO5 "abcdefghi"            },
    {"very long",                  L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60 L60},
};

/* In every place a value may have; headers stay as many as they are, and parts. */
START_TEST(takes_anything)
{
    const struct hostile_case *c = &hostile_cases[_i];
    for (int place = 0; place < 6; place++) {
        struct mail_message message = whole;
        struct mail_file file = pdf;
        const char **places[] = {&message.from_name, &message.to_name, &message.subject,
                                 &message.text,      &message.html,    &file.name};
        const char *bytes = NULL;
        size_t size = 0, parts = 0, headers = 0, longest = 0, length = 0;
        struct error err = {0};
        message.file = &file;
        *places[place] = c->value;
        if (!mail_message_make(&message, arena, &bytes, &size, &err)) {
            ck_assert_msg(err.kind == ERROR_ITEM, "%s", c->name);
            continue;
        }
        ck_assert_msg(strstr(bytes, "\nBcc:") == NULL || place == 3 || place == 4, "%s: %s",
                      c->name, bytes);
        for (const char *at = bytes; *at != '\r'; at = strchr(at, '\n') + 1)
            headers += *at != ' ';
        ck_assert_msg(headers == 9, "%s in %d: %zu headers", c->name, place, headers);
        for (const char *at = bytes; (at = strstr(at, "\n--=_0a1b-")) != NULL; at++)
            parts++;
        ck_assert_msg(parts == 6, "%s in %d: %zu", c->name, place, parts);
        for (const char *at = bytes; *at != '\0'; at++) {
            ck_assert_msg(*at != '\n' || at[-1] == '\r', "%s", c->name);
            length = *at == '\n' ? 0 : length + (*at != '\r');
            longest = length > longest ? length : longest;
        }
        ck_assert_msg(longest <= 76, "%s in %d: a line of %zu", c->name, place, longest);
    }
}
END_TEST

START_TEST(refuses_bad_addresses)
{
    const char *bytes = NULL;
    size_t size = 0;
    struct error err = {0};
    struct mail_message message = whole;
    message.to = "ann@b.example\r\nBcc: x@y.example";
    ck_assert(!mail_message_make(&message, arena, &bytes, &size, &err));
    ck_assert_str_eq(err.code, "bad_address");
}
END_TEST

TEST_SUITE(mail_message)
{
    tcase_add_checked_fixture(tcase, make_arena, free_arena);
    TEST_TABLE(checks_addresses, address_cases);
    TEST_TABLE(codes, coding_cases);
    TEST_ONE(makes_a_message);
    TEST_TABLE(takes_anything, hostile_cases);
    TEST_ONE(refuses_bad_addresses);
}
