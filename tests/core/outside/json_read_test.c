/* JSON from outside: what is read, and what is refused because it could be read in two ways. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/outside/json_read.h"
#include "tests/support/suite.h"

static struct arena *arena;

static void make_arena(void)
{
    arena = arena_create("a test", (size_t)64 << 20);
}

static void free_arena(void)
{
    arena_destroy(&arena);
}

static const struct json_value *read_good(const char *text)
{
    const struct json_value *value = NULL;
    struct error err = {0};
    ck_assert_msg(json_read(text, strlen(text), arena, &value, &err), "%s: %s", text, err.message);
    return value;
}

static const struct text_case {
    const char *json, *text;
} text_cases[] = {
    {"\"\"",                           ""                    },
    {"\"a b\"",                        "a b"                 },
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"     },
    {"\"\\u00e9\\u20AC\"",             "\xC3\xA9\xE2\x82\xAC"},
    {"\"\\ud83d\\ude00\"",             "\xF0\x9F\x98\x80"    },
    {"\"\xF0\x9F\x98\x80\"",           "\xF0\x9F\x98\x80"    },
    {" \t\r\n\"x\"\n",                 "x"                   },
};

START_TEST(reads_texts)
{
    ck_assert_str_eq(json_text_of(read_good(text_cases[_i].json)), text_cases[_i].text);
}
END_TEST

static const char *const numbers[] = {
    "0", "-0", "10", "-1.5", "1e5", "1E-05", "0.10", "92233720368547758070000000000000000.000001",
};

START_TEST(keeps_numbers_as_written)
{
    const struct json_value *value = read_good(numbers[_i]);
    ck_assert_int_eq(value->kind, JSON_KIND_NUMBER);
    ck_assert_str_eq(value->text, numbers[_i]);
}
END_TEST

START_TEST(finds_members)
{
    const struct json_value *root = read_good(
        "{\"a\":{\"b\":[1,{\"c\":null}],\"d\":\"x\"},\"n\":12,\"r\":1.0,\"t\":true,\"\":false}");
    int64_t n = 0;
    ck_assert_str_eq(json_text_at(root, "a.d"), "x");
    ck_assert_ptr_null(json_text_at(root, "a.b"));
    ck_assert_ptr_null(json_at(root, "a.d.e"));
    ck_assert_ptr_null(json_at(root, "x.y"));
    ck_assert_uint_eq(json_at(root, "a.b")->count, 2);
    ck_assert_int_eq(json_member(json_at(root, "a.b")->first->next, "c")->kind, JSON_KIND_NULL);
    ck_assert(json_integer_at(root, "n", &n) && n == 12);
    ck_assert(!json_integer_at(root, "r", &n));
    ck_assert(!json_integer_at(root, "a", &n));
    ck_assert(json_says_true(json_at(root, "t")));
    ck_assert(!json_says_true(json_at(root, "n")));
    ck_assert_int_eq(json_member(root, "")->kind, JSON_KIND_FALSE);
}
END_TEST

#define BYTES(text) text, sizeof(text) - 1
static const struct refused_case {
    const char *name, *bytes;
    size_t size;
    const char *message;
} refused_cases[] = {
    {"nothing",                       BYTES(""),                        "byte 0: expected a value"                },
    {"only space",                    BYTES(" "),                       "byte 1: expected a value"                },
    {"a byte order mark",             BYTES("\xEF\xBB\xBF{}"),          "byte 0: expected a value"                },
    {"two documents",                 BYTES("{}{}"),                    "byte 2: expected the end"                },
    {"a NUL behind",                  BYTES("{}\0"),                    "byte 2: expected the end"                },
    {"a NUL inside",                  BYTES("{\"a\":\"\0\"}"),          "byte 6: expected no control character"   },
    {"an escaped NUL",                BYTES("\"\\u0000\""),             "byte 7: expected a character"            },
    {"a lone high surrogate",         BYTES("\"\\ud83d\""),             "byte 7: expected the second half"        },
    {"a lone low surrogate",          BYTES("\"\\ude00\""),             "byte 7: expected a character"            },
    {"two high surrogates",           BYTES("\"\\ud83d\\ud83d\""),      "byte 13: expected the second half"       },
    {"a cut escape",                  BYTES("\"\\u00\""),               "byte 5: expected four hexadecimal digits"},
    {"an unknown escape",             BYTES("\"\\x\""),                 "byte 2: expected an escape"              },
    {"a text that ends in an escape", BYTES("\"\\"),                    "byte 2: expected an escape"              },
    {"invalid UTF-8",                 BYTES("\"a\xFF\""),               "byte 2: expected UTF-8"                  },
    {"overlong UTF-8",                BYTES("\"\xC0\x80\""),            "byte 1: expected UTF-8"                  },
    {"a line break in a text",        BYTES("\"a\nb\""),                "byte 2: expected no control character"   },
    {"a text without end",            BYTES("\"abc"),                   "byte 4: expected the end of a text"      },
    {"a name twice",                  BYTES("{\"a\":1,\"a\":2}"),       "byte 10: expected no name twice"         },
    {"a name twice, once escaped",    BYTES("{\"a\":1,\"\\u0061\":2}"), "expected no name twice"                  },
    {"a comma behind the last",       BYTES("[1,]"),                    "byte 3: expected a value"                },
    {"no comma",                      BYTES("[1 2]"),                   "byte 3: expected ',' or ']'"             },
    {"no colon",                      BYTES("{\"a\" 1}"),               "byte 5: expected ':'"                    },
    {"a name that is a number",       BYTES("{1:1}"),                   "byte 1: expected a text"                 },
    {"a zero in front",               BYTES("01"),                      "byte 2: expected no zero in front"       },
    {"a plus",                        BYTES("+1"),                      "byte 0: expected a value"                },
    {"a bare point",                  BYTES("1."),                      "byte 2: expected a digit"                },
    {"a bare exponent",               BYTES("1e"),                      "byte 2: expected a digit"                },
    {"not a number",                  BYTES("NaN"),                     "byte 0: expected a value"                },
    {"a comment",                     BYTES("/**/{}"),                  "byte 0: expected a value"                },
    {"a single quote",                BYTES("{'a':1}"),                 "byte 1: expected a text"                 },
};

START_TEST(refuses)
{
    const struct refused_case *c = &refused_cases[_i];
    const struct json_value *value = NULL;
    struct error err = {0};
    ck_assert_msg(!json_read(c->bytes, c->size, arena, &value, &err), "%s", c->name);
    ck_assert_str_eq(err.code, "bad_json");
    ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->name, err.message);
}
END_TEST

static const char *repeat(const char *text, size_t count)
{
    size_t size = strlen(text) * count + 1;
    struct strbuf bytes;
    strbuf_init(&bytes, arena_alloc(arena, size), size);
    for (size_t i = 0; i < count; i++)
        strbuf_add(&bytes, text);
    return bytes.text;
}

static bool is_read(const char *text)
{
    const struct json_value *value = NULL;
    struct error err = {0};
    return json_read(text, strlen(text), arena, &value, &err);
}

START_TEST(is_bounded)
{
    ck_assert(is_read(arena_printf(arena, "%s%s", repeat("[", 32), repeat("]", 32))));
    ck_assert(!is_read(arena_printf(arena, "%s%s", repeat("[", 33), repeat("]", 33))));
    ck_assert(!is_read(repeat("[", 1000000)));
    ck_assert(!is_read(repeat("{\"a\":", 1000000)));
    ck_assert(is_read(arena_printf(arena, "[0%s]", repeat(",0", JSON_READ_VALUES_MAX - 2))));
    ck_assert(!is_read(arena_printf(arena, "[0%s]", repeat(",0", JSON_READ_VALUES_MAX - 1))));
    const char *members = "\"a0\":0";
    for (int32_t i = 1; i < JSON_READ_MEMBERS_MAX; i++)
        members = arena_printf(arena, "%s,\"a%d\":0", members, i);
    ck_assert(is_read(arena_printf(arena, "{%s}", members)));
    ck_assert(!is_read(arena_printf(arena, "{%s,\"a\":0}", members)));
}
END_TEST

TEST_SUITE(json_read)
{
    tcase_add_checked_fixture(tcase, make_arena, free_arena);
    TEST_TABLE(reads_texts, text_cases);
    TEST_TABLE(keeps_numbers_as_written, numbers);
    TEST_ONE(finds_members);
    TEST_TABLE(refuses, refused_cases);
    TEST_ONE(is_bounded);
}
