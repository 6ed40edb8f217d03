#include <string.h>

#include "core/setup/problem.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define ARENA_CAP (4u * 1024u * 1024u)
#define TEN "0123456789"

static const struct shown_case {
    const char *name, *text, *shown;
} shown_cases[] = {
    {"short",                      "abc",                                      "abc"                        },
    {"sixty bytes",                TEN TEN TEN TEN TEN TEN,                    TEN TEN TEN TEN TEN TEN      },
    {"one more",                   TEN TEN TEN TEN TEN TEN "x",                TEN TEN TEN TEN TEN TEN "..."},
    {"no character is cut in two", TEN TEN TEN TEN TEN "01234567\xE6\x97\xA5",
     TEN TEN TEN TEN TEN "01234567..."                                                                      },
};

START_TEST(shows)
{
    const struct shown_case *c = &shown_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const char *shown = problem_shown(arena, c->text);
    ck_assert_msg(strcmp(shown, c->shown) == 0, "%s: %s", c->name, shown);
}
END_TEST

START_TEST(sorts)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    problem_add(&problems, (struct place){"b", 1, 1}, NULL, "first of b");
    problem_add(&problems, (struct place){"a", 10, 2}, "a hint", "later");
    problem_add(&problems, (struct place){"a", 9, 7}, NULL, "one");
    problem_add(&problems, (struct place){"a", 9, 3}, NULL, "before it");
    problem_add(&problems, (struct place){"a", 9, 7}, NULL, "two");
    problem_add(&problems, (struct place){.file = "b"}, NULL, "the whole file");
    problem_list_sort(&problems);
    ck_assert_str_eq(problems_text(&problems, ""), "a:9:3: before it\n"
                                                   "a:9:7: one\n"
                                                   "a:9:7: two\n"
                                                   "a:10:2: later (a hint)\n"
                                                   "b: the whole file\n"
                                                   "b:1:1: first of b\n");
}
END_TEST

/* A message too long for its buffer ends with "...", without half a character. */
START_TEST(cuts_messages)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    struct problem_list problems = {.arena = arena};
    char text[2 * ERROR_MESSAGE_SIZE];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA4", 3);
    problem_add(&problems, (struct place){"f", 1, 1}, NULL, "x%s", text);
    const char *message = problems.items[0].message;
    size_t length = strlen(message);
    ck_assert_uint_lt(length, ERROR_MESSAGE_SIZE);
    ck_assert_str_eq(message + length - 5, "\xC3\xA4...");
}
END_TEST

TEST_SUITE(problem)
{
    TEST_TABLE(shows, shown_cases);
    TEST_ONE(sorts);
    TEST_ONE(cuts_messages);
}
