#include <string.h>

#include "core/base/text.h"
#include "tests/support/suite.h"

static const struct integer_case {
    const char *text;
    bool ok;
    int64_t value;
} integer_cases[] = {
    {"0",                    true,  0        },
    {"-12",                  true,  -12      },
    {"9223372036854775807",  true,  INT64_MAX},
    {"-9223372036854775808", true,  INT64_MIN},
    {"9223372036854775808",  false, 0        },
    {"",                     false, 0        },
    {" 1",                   false, 0        },
    {"+1",                   false, 0        },
    {"1 ",                   false, 0        },
    {"1.0",                  false, 0        },
    {"-",                    false, 0        },
};

START_TEST(parses_integers)
{
    const struct integer_case *c = &integer_cases[_i];
    int64_t value = 0;
    ck_assert_msg(text_parse_i64(c->text, &value) == c->ok, "'%s'", c->text);
    ck_assert_msg(value == c->value, "'%s': got %" PRId64, c->text, value);
}
END_TEST

static const struct utf8_case {
    const char *name, *bytes;
    bool ok;
    size_t bad_offset;
} utf8_cases[] = {
    {"ascii",             "abc",               true,  0},
    {"four scripts",      "Ünï Ж 日 😀", true,  0},
    {"overlong slash",    "a\xC0\xAF",         false, 1},
    {"surrogate",         "\xED\xA0\x80",      false, 0},
    {"cut in the middle", "ab\xE6\x97",        false, 2},
    {"beyond the last",   "\xF4\x90\x80\x80",  false, 0},
    {"lone continuation", "\x80",              false, 0},
};

START_TEST(checks_utf8)
{
    const struct utf8_case *c = &utf8_cases[_i];
    size_t bad = 0;
    ck_assert_msg(text_utf8_valid(c->bytes, strlen(c->bytes), &bad) == c->ok, "%s", c->name);
    ck_assert_msg(bad == c->bad_offset, "%s: at %zu", c->name, bad);
}
END_TEST

START_TEST(measures_distance)
{
    ck_assert_int_eq(text_distance("customer", "customer"), 0);
    ck_assert_int_eq(text_distance("custmer", "customer"), 1);
    ck_assert_int_eq(text_distance("plna", "plan"), 2);
    ck_assert_int_eq(text_distance("", "abc"), 3);
}
END_TEST

/* Every byte at every place of a text longer than a word. */
START_TEST(knows_plain_texts)
{
    char text[20];
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, '~', sizeof text);
            text[at] = (char)byte;
            ck_assert_msg(text_is_plain(text, sizeof text) == (byte >= ' ' && byte <= '~'),
                          "byte %d at %zu", byte, at);
        }
    ck_assert(text_is_plain("\n", 0));
    ck_assert(!text_is_plain("\n", 1));
}
END_TEST

TEST_SUITE(text)
{
    TEST_ONE(knows_plain_texts);
    TEST_TABLE(parses_integers, integer_cases);
    TEST_TABLE(checks_utf8, utf8_cases);
    TEST_ONE(measures_distance);
}
