/* The words of mails: what they become, what is refused and where, and which file is taken. */
#include <string.h>

#include "core/billing/dunning_terms.h"
#include "core/setup/mail_template.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP ((size_t)4 << 20)

static const struct mail_value values[] = {
    {"document",      "INV-1"         },
    {"seller_name",   "A & B <\"'>"   },
    {"customer_name", "line\nX-Bad: 1"},
    {"amount",        ""              },
};

#define HEAD "[subject]\ns\n[text]\n"

static const struct render_case {
    const char *name, *text;
    enum mail_part part;
    const char *expect; /* NULL: there is none */
} render_cases[] = {
    {"a value",               HEAD "no {{document}}.",                                                     MAIL_TEXT,    "no INV-1."          },
    {"text is as it is",      HEAD "{{seller_name}}",                                                      MAIL_TEXT,    "A & B <\"'>"        },
    {"HTML is escaped",       HEAD "t\n[html]\n{{seller_name}}",                                           MAIL_HTML,
     "A &amp; B &lt;&quot;&#39;&gt;"                                                                                                          },
    {"no HTML",               HEAD "t",                                                                    MAIL_HTML,    NULL                 },
    {"a subject of a line",   "[subject]\n{{customer_name}}\n\n[text]\nt",                                 MAIL_SUBJECT,
     "line X-Bad: 1"                                                                                                                          },
    {"a fact it has not",     HEAD "a{{corrects}}b",                                                       MAIL_TEXT,    "ab"                 },
    {"where it is known",     HEAD "{{#document}}yes{{/document}}{{^document}}no{{/document}}",
     MAIL_TEXT,                                                                                                          "yes"                },
    {"where it is empty",     HEAD "{{#amount}}yes{{/amount}}{{^amount}}no{{/amount}}",                    MAIL_TEXT,
     "no"                                                                                                                                     },
    {"one within another",    HEAD "{{#amount}}a{{#document}}b{{/document}}{{/amount}}c",                  MAIL_TEXT,
     "c"                                                                                                                                      },
    {"a line of its own",     HEAD "a\n  {{#document}}  \nb\n{{/document}}\nc",                            MAIL_TEXT,    "a\nb\nc"            },
    {"the first and last",    HEAD "{{#document}}\nb\n{{/document}}",                                      MAIL_TEXT,    "b\n"                },
    {"not of a value",        HEAD "a\n{{document}}\nc",                                                   MAIL_TEXT,    "a\nINV-1\nc"        },
    {"ends of lines are cut", HEAD "a\n\n\n[html]\nb\n",                                                   MAIL_TEXT,    "a"                  },
    {"CR LF",                 "[subject]\r\ns\r\n[text]\r\na\r\n{{#document}}\r\nb\r\n{{/document}}\r\nc",
     MAIL_TEXT,                                                                                                          "a\r\nb\r\nc"        },
    {"braces of CSS",         HEAD "t\n[html]\np { color: red } }}",                                       MAIL_HTML,    "p { color: red } }}"},
};

START_TEST(renders)
{
    const struct render_case *c = &render_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct mail_template template;
    ck_assert_msg(mail_template_parse("f", c->text, strlen(c->text), arena, &problems, &template),
                  "%s: %s", c->name, problems_text(&problems, ""));
    const char *got = mail_template_render(&template, c->part, values, ARRAY_LEN(values), arena);
    if (c->expect == NULL)
        ck_assert_msg(got == NULL, "%s: %s", c->name, got);
    else
        ck_assert_msg(got != NULL && strcmp(got, c->expect) == 0, "%s: '%s'", c->name, got);
}
END_TEST

static const struct refuse_case {
    const char *name, *text, *expect; /* the beginning */
} refuse_cases[] = {
    {"a name that is none",      HEAD "ä {{documnet}}",                                  "f:4:3: 'documnet' is no fact of a mail"  },
    {"also in the subject",      "[subject]\n{{x}}\n[text]\nt",                           "f:2:1: 'x' is no fact of a mail"         },
    {"blanks in a tag",          HEAD "{{ document }}",                                   "f:4:1: ' document ' is no fact of a mail"},
    {"no end of a tag",          HEAD "a {{document",                                     "f:4:3: {{ without }}"                    },
    {"none in its line",         HEAD "a {{document\n}}",                                 "f:4:3: {{ without }}"                    },
    {"a condition without end",  HEAD "a\n {{#amount}}b",
     "f:5:2: the condition of 'amount' has no end"                                                                                  },
    {"an end without condition", HEAD "{{/amount}}",                                      "f:4:1: {{/amount}} ends no condition"    },
    {"ends of two that cross",   HEAD "{{#amount}}{{#document}}{{/amount}}{{/document}}",
     "f:4:25: {{/amount}} where {{/document}} is to come first"                                                                     },
    {"no text",                  "[subject]\ns\n",                                        "f: [text] is missing"                    },
    {"nothing",                  "",                                                      "f: [subject] is missing"                 },
    {"words before a part",      "Subject: s\n[text]\nt",
     "f:1:1: expected one of [subject], [text], [html]"                                                                             },
    {"a part twice",             HEAD "a\n[text]\nb",                                     "f:5:1: [text] is there twice"            },
    {"no UTF-8",                 HEAD "\xff",                                             "f:4:1: this is no text in UTF-8"         },
};

START_TEST(refuses)
{
    const struct refuse_case *c = &refuse_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    struct mail_template template;
    ck_assert_msg(!mail_template_parse("f", c->text, strlen(c->text), arena, &problems, &template),
                  "%s", c->name);
    const char *got = problems_text(&problems, "");
    ck_assert_msg(strncmp(got, c->expect, strlen(c->expect)) == 0, "%s: %s", c->name, got);
}
END_TEST

static const struct find_case {
    const char *name, *tag, *expect; /* NULL: refused */
    const char *language;
} find_cases[] = {
    {"a",    "de-AT", "austrian", "de-AT"},
    {"a",    "de-DE", "german",   "de"   },
    {"a",    "de",    "german",   "de"   },
    {"a",    "fr-CA", "english",  "en"   },
    {"a",    NULL,    "english",  "en"   },
    {"a",    "../x",  "english",  "en"   },
    {"b",    "en",    NULL,       NULL   },
    {"../a", "en",    NULL,       NULL   },
    {"",     "en",    NULL,       NULL   },
};

START_TEST(finds)
{
    const struct find_case *c = &find_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct mail_template template;
    struct error err = {0};
    (void)scratch_write(&scratch, "a.en.mail", HEAD "english");
    (void)scratch_write(&scratch, "a.de.mail", HEAD "german");
    (void)scratch_write(&scratch, "a.de-AT.mail", HEAD "austrian");
    bool found = mail_template_find(scratch.path, c->name, c->tag, arena, &template, &err);
    ck_assert_msg(found == (c->expect != NULL), "%s %s: %s", c->name, c->tag, err.message);
    if (!found)
        return;
    ck_assert_str_eq(mail_template_render(&template, MAIL_TEXT, NULL, 0, arena), c->expect);
    ck_assert_str_eq(template.language, c->language);
}
END_TEST

START_TEST(checks_a_directory)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    struct problem_list problems = {.arena = arena};
    (void)scratch_write(&scratch, "a.en.mail", HEAD "{{nothing}}");
    (void)scratch_write(&scratch, "b.de.mail", HEAD "b");
    (void)scratch_write(&scratch, "C.en.mail", HEAD "c");
    (void)scratch_write(&scratch, "readme.txt", "x");
    mail_templates_check(scratch.path, arena, &problems);
    ck_assert_uint_eq(problems.count, 3);
    const char *text = problems_text(&problems, scratch.path);
    ck_assert_msg(strstr(text, "a.en.mail:4:1: 'nothing' is no fact of a mail") != NULL, "%s",
                  text);
    ck_assert_msg(strstr(text, "b.de.mail: b.en.mail is missing") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "C.en.mail: 'C' is no name of a mail template") != NULL, "%s", text);
    problems.count = 0;
    mail_templates_check("/nowhere/at/all", arena, &problems);
    ck_assert_uint_eq(problems.count, 0);
}
END_TEST

/* What a dunning policy may name can be found. */
START_TEST(takes_the_names_of_policies)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    CLEANUP(scratch_remove) struct scratch scratch = scratch_create();
    for (int length = MAIL_TEMPLATE_NAME_MAX; length <= MAIL_TEMPLATE_NAME_MAX + 1; length++) {
        struct error err = {0};
        bool fits = length <= MAIL_TEMPLATE_NAME_MAX;
        const char *name = arena_printf(arena, "a%0*d", length - 1, 7);
        (void)scratch_write(&scratch, arena_printf(arena, "%s.en.mail", name), HEAD "x");
        const char *policy = arena_printf(arena, "p days 1 mail %s; end pause", name);
        ck_assert_msg(dunning_terms_check(policy, &err) == fits, "%d: %s", length, err.message);
        ck_assert_msg(mail_template_is_there(scratch.path, name, arena) == fits, "%d", length);
    }
}
END_TEST

/* Of the shipped ones each says something in each language that it has. */
START_TEST(takes_the_shipped)
{
    static const char *const names[] = {"invoice", "credit_note", "payment_failed",
                                        "payment_reminder", "payment_action_required"};
    static const char *const languages[] = {"en", "de", "fr", "es"};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const char *name = names[_i];
    for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
        struct mail_template template;
        struct error err = {0};
        const char *end = arena_printf(arena, "%s.%s.mail", name, languages[i]);
        ck_assert_msg(
            mail_template_find("templates/mail", name, languages[i], arena, &template, &err),
            "%s: %s", end, err.message);
        ck_assert_msg(strstr(template.path, end) != NULL, "%s: %s", end, template.path);
        for (size_t part = 0; part < MAIL_PART_COUNT; part++)
            ck_assert_msg(template.parts[part].given, "%s", end);
    }
}
END_TEST

TEST_SUITE(mail_template)
{
    TEST_TABLE(renders, render_cases);
    TEST_TABLE(refuses, refuse_cases);
    TEST_TABLE(finds, find_cases);
    TEST_ONE(checks_a_directory);
    TEST_ONE(takes_the_names_of_policies);
    tcase_add_loop_test(tcase, takes_the_shipped, 0, 5);
}
