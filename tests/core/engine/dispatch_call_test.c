/* What providers say, as a database takes it. */
#include <string.h>

#include "core/engine/dispatch_parts.h"
#include "tests/support/suite.h"

static const struct text_case {
    const char *name, *text, *expect;
} text_cases[] = {
    {"nothing",            NULL,                  NULL                 },
    {"an empty one",       "",                    ""                   },
    {"UTF-8",              "abgelehnt: \xc3\xbc", "abgelehnt: \xc3\xbc"},
    {"Latin-1",            "abgelehnt: \xfc!",    "abgelehnt: ?!"      },
    {"an end that is cut", "\xe2\x82",            "??"                 },
    {"bytes of any kind",
     "\xff\xfe"
     "a\xc0\x80"
     "b",                                         "??a??b"             },
    {"a surrogate",        "\xed\xa0\x80",        "???"                },
};

START_TEST(keeps)
{
    const struct text_case *c = &text_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const char *got = dispatch_text(arena, c->text);
    ck_assert_msg((got == NULL) == (c->expect == NULL), "%s", c->name);
    if (got != NULL)
        ck_assert_msg(strcmp(got, c->expect) == 0, "%s: %s", c->name, got);
}
END_TEST

/* Cut before a character that would not fit whole. */
START_TEST(cuts)
{
    char text[KEPT_TEXT_MAX + 10];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert_uint_eq(strlen(dispatch_text(arena, text)), KEPT_TEXT_MAX);
    memcpy(text + KEPT_TEXT_MAX - 1, "\xe2\x82\xac", 3);
    ck_assert_uint_eq(strlen(dispatch_text(arena, text)), KEPT_TEXT_MAX - 1);
}
END_TEST

TEST_SUITE(dispatch_call)
{
    TEST_TABLE(keeps, text_cases);
    TEST_ONE(cuts);
}
