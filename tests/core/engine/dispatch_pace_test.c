/* Pauses, breakers and the size of groups, without a clock. */
#include <stdio.h>

#include "core/engine/dispatch_pace.h"
#include "tests/support/suite.h"

static const struct backoff_case {
    const char *name;
    int64_t attempts, least_ms, most_ms;
} backoff_cases[] = {
    {"after the first",          1,   375,     625    },
    {"after the second",         2,   750,     1250   },
    {"after the fifth",          5,   6000,    10000  },
    {"an hour at most",          14,  2700000, 4500000},
    {"and never more",           900, 2700000, 4500000},
    {"asked before it was sent", 0,   375,     625    },
};

START_TEST(backs_off)
{
    const struct backoff_case *c = &backoff_cases[_i];
    char key[32];
    bool differs = false;
    for (int i = 0; i < 100; i++) {
        (void)snprintf(key, sizeof key, "charge:INV-%d", i);
        int64_t pause_ms = effect_backoff_ms(key, c->attempts);
        ck_assert_msg(pause_ms >= c->least_ms && pause_ms <= c->most_ms, "%s: %" PRId64, c->name,
                      pause_ms);
        ck_assert_msg(pause_ms == effect_backoff_ms(key, c->attempts), "%s: twice", c->name);
        differs = differs || pause_ms != effect_backoff_ms("charge:INV-0", c->attempts);
    }
    ck_assert_msg(differs, "%s: all the same", c->name);
}
END_TEST

static const struct pause_case {
    const char *name;
    int64_t pause_s, expect_ms;
} pause_cases[] = {
    {"the engine's own",   -1,        0       },
    {"the least there is", INT64_MIN, 0       },
    {"none",               0,         0       },
    {"a second",           1,         1000    },
    {"a day",              86400,     86400000},
    {"a second more",      86401,     86400000},
    {"the most there is",  INT64_MAX, 86400000},
};

START_TEST(pauses)
{
    const struct pause_case *c = &pause_cases[_i];
    ck_assert_msg(effect_pause_ms(c->pause_s) == c->expect_ms, "%s: %" PRId64, c->name,
                  effect_pause_ms(c->pause_s));
}
END_TEST

static const struct pace_case {
    const char *name;
    int64_t claims, commit_us, period_us, least, most, expect;
} pace_cases[] = {
    {"as it should be",            64, 5000,  100000, 1,  500, 64 },
    {"commits are slow",           64, 8000,  100000, 1,  500, 102},
    {"very slow: doubled at most", 64, 50000, 100000, 1,  500, 128},
    {"commits are quick",          64, 4000,  100000, 1,  500, 51 },
    {"very quick: halved at most", 64, 100,   100000, 1,  500, 32 },
    {"not fewer than fly at once", 64, 100,   100000, 40, 500, 40 },
    {"not more than a group",      64, 50000, 100000, 1,  100, 100},
    {"nothing is known",           64, 0,     0,      1,  500, 64 },
};

START_TEST(paces)
{
    const struct pace_case *c = &pace_cases[_i];
    int64_t claims = pace_claims(c->claims, c->commit_us, c->period_us, c->least, c->most);
    ck_assert_msg(claims == c->expect, "%s: %" PRId64, c->name, claims);
}
END_TEST

#define PROVIDERS_MAX 4

static const struct turn_case {
    const char *name;
    int64_t calls;
    struct pace_load loads[PROVIDERS_MAX]; /* under way, ready, has more, takes */
    int64_t share;
    int32_t last, expect;
} turn_cases[] = {
    {"nobody has anything",                8, {{0, 0, false, 0}},                                  8, -1, -1},
    {"alone it has all",                   8, {{7, 1, true, 0}},                                   8, -1, 0 },
    {"but not more",                       8, {{8, 5, true, 0}},                                   8, -1, -1},
    {"the one with the fewest",            8, {{2, 9, true, 0}, {1, 9, true, 0}},                  4, -1, 1 },
    {"of two the first",                   8, {{1, 9, true, 0}, {1, 9, true, 0}},                  4, -1, 0 },
    {"of two the other, after it",         8, {{1, 9, true, 0}, {1, 9, true, 0}},                  4, 0,  1 },
    {"and round again",                    8, {{1, 9, true, 0}, {1, 9, true, 0}},                  4, 1,  0 },
    {"one that has nothing ready waits",   8, {{1, 9, true, 0}, {0, 0, true, 0}},                  4, -1, 0 },
    {"the rest is kept for it",            8, {{4, 9, true, 0}, {0, 0, true, 0}},                  4, -1, -1},
    {"and for what it lacks only",         8, {{4, 9, true, 0}, {1, 0, true, 0}},                  4, -1, -1},
    {"more than a half, where it is full", 9, {{4, 9, true, 0}, {4, 0, true, 0}},                  4, -1, 0 },
    {"all that one with no more leaves",   8, {{4, 9, true, 0}, {1, 0, false, 0}},                 8, -1, 0 },
    {"those of who was alone end first",   8, {{7, 9, true, 0}, {0, 3, true, 0}},                  4, -1, 1 },
    {"one call, two providers",            1, {{0, 9, true, 0}, {0, 9, true, 0}},                  1, -1, 0 },
    {"and while it lasts",                 1, {{1, 9, true, 0}, {0, 9, true, 0}},                  1, -1, -1},
    {"more providers than calls",          2, {{1, 9, true, 0}, {0, 9, true, 0}, {0, 9, true, 0}}, 1, -1, 1 },
    {"three, an odd one over",             4, {{1, 9, true, 0}, {1, 9, true, 0}, {1, 9, true, 0}}, 1, -1, 0 },
    {"one that takes no more",             8, {{4, 9, true, 4}},                                   8, -1, -1},
    {"and as many as it takes",            8, {{3, 9, true, 4}},                                   8, -1, 0 },
    {"what it does not take others have",  8, {{2, 9, true, 2}, {5, 9, true, 0}},                  4, -1, 1 },
    {"all but what it takes",              8, {{1, 0, true, 2}, {5, 9, true, 0}},                  4, -1, 1 },
    {"which is kept for it",               8, {{1, 0, true, 2}, {6, 9, true, 0}},                  4, -1, -1},
};

START_TEST(takes_turns)
{
    const struct turn_case *c = &turn_cases[_i];
    int64_t share = pace_share(c->loads, PROVIDERS_MAX, c->calls);
    int32_t next = pace_next(c->loads, PROVIDERS_MAX, c->calls, c->last);
    ck_assert_msg(share == c->share, "%s: share %" PRId64, c->name, share);
    ck_assert_msg(next == c->expect, "%s: %d", c->name, next);
}
END_TEST

#define NINE_SLOW                                                                                  \
    {4, 0, true, 0}, {4, 0, true, 0}, {4, 0, true, 0}, {4, 0, true, 0}, {4, 0, true, 0},           \
        {4, 0, true, 0}, {4, 0, true, 0}, {4, 0, true, 0},                                         \
    {                                                                                              \
        4, 0, true, 0                                                                              \
    }
#define TEN 10

/* Under way or ready: of the last one, and of all. */
static const struct room_case {
    const char *name;
    struct pace_load loads[TEN];
    size_t count;
    struct pace_taken claims; /* calls, ahead, its own; taken of the last one, and of all */
    int64_t expect;
} room_cases[] = {
    {"alone it has all, and what is ahead", {{0, 0, true, 0}},                     1,   {32, 9, 1000, 0, 0},   41},
    {"less what it has",                    {{0, 0, true, 0}},                     1,   {32, 9, 1000, 40, 40}, 1 },
    {"and no more",                         {{0, 0, true, 0}},                     1,   {32, 9, 1000, 50, 50}, 0 },
    {"of two each has a half",              {{0, 0, true, 0}, {0, 0, true, 0}},    2,   {32, 8, 1000, 5, 5},   15},
    {"of what is left",                     {{0, 0, true, 0}, {0, 0, true, 0}},    2,   {32, 8, 1000, 5, 35},  5 },
    {"one that takes four, and has few",    {{0, 0, true, 4}},                     1,   {32, 9, 0, 0, 0},      4 },
    {"while others have all there are",
     {{32, 300, true, 0}, {0, 0, true, 4}},
     2,                                                                                 {32, 300, 0, 0, 332},
     4                                                                                                           },
    {"less what it has of them",            {{32, 300, true, 0}, {0, 0, true, 4}}, 2,   {32, 300, 0, 3, 335},  1 },
    {"beside nine that are slow",           {NINE_SLOW, {0, 0, true, 4}},          TEN, {32, 9, 0, 0, 36},     3 },
    {"as many as those leave of a few",     {NINE_SLOW, {0, 0, true, 4}},          TEN, {32, 9, 0, 3, 39},     0 },
};

START_TEST(gives_room)
{
    const struct room_case *c = &room_cases[_i];
    int64_t room = pace_room(c->loads, c->count, c->count - 1, &c->claims);
    ck_assert_msg(room == c->expect, "%s: %" PRId64, c->name, room);
}
END_TEST

/* Two providers with no end of effects: one never answers, the other at once. The other goes on
 * with its half all the time. */
START_TEST(is_fair)
{
    struct pace_load loads[2] = {
        {0, 1, true, 0},
        {0, 1, true, 0}
    };
    int64_t answered = 0;
    for (int round = 0; round < 100; round++) {
        for (int32_t next; (next = pace_next(loads, 2, 32, -1)) >= 0;)
            loads[next].under_way++;
        ck_assert_int_eq(loads[0].under_way, 16);
        ck_assert_int_eq(loads[1].under_way, 16);
        answered += loads[1].under_way;
        loads[1].under_way = 0;
    }
    ck_assert_int_eq(answered, 1600);
}
END_TEST

static void fail_often(struct breaker *breaker, int times, int64_t now_ms)
{
    for (int i = 0; i < times; i++) {
        ck_assert(breaker_allows(breaker, now_ms));
        breaker_note(breaker, true, 0, now_ms);
    }
}

START_TEST(breaks)
{
    struct breaker breaker = {0};
    fail_often(&breaker, BREAKER_FAILURES - 1, 1000);
    ck_assert(breaker_allows(&breaker, 1000));
    breaker_note(&breaker, false, 0, 1000); /* one that succeeds starts the count anew */
    fail_often(&breaker, BREAKER_FAILURES, 1000);
    ck_assert(!breaker_allows(&breaker, 1000));
    breaker_note(&breaker, true, 0, 1500); /* those under way prolong nothing */
    ck_assert(!breaker_allows(&breaker, 1000 + BREAKER_PAUSE_MS - 1));
    ck_assert(breaker_allows(&breaker, 1000 + BREAKER_PAUSE_MS));
    ck_assert(!breaker_allows(&breaker, 9000)); /* one tries, and no other */
    breaker_note(&breaker, true, 0, 9000);      /* in vain: twice as long */
    ck_assert(!breaker_allows(&breaker, 9000 + 2 * BREAKER_PAUSE_MS - 1));
    ck_assert(breaker_allows(&breaker, 9000 + 2 * BREAKER_PAUSE_MS));
    breaker_note(&breaker, false, 0, 20000);
    fail_often(&breaker, BREAKER_FAILURES, 20000); /* as if nothing had been */
    ck_assert(breaker_allows(&breaker, 20000 + BREAKER_PAUSE_MS));
}
END_TEST

START_TEST(breaks_as_long_as_asked)
{
    struct breaker breaker = {0};
    for (int i = 0; i < BREAKER_FAILURES; i++)
        breaker_note(&breaker, true, 30000, 1000);
    ck_assert(!breaker_allows(&breaker, 30999));
    ck_assert(breaker_allows(&breaker, 31000));
    for (int64_t now_ms = 31000; now_ms < 10000000; now_ms += 100000) {
        breaker_note(&breaker, true, 0, now_ms);
        ck_assert(breaker_allows(&breaker, now_ms + BREAKER_PAUSE_MAX_MS));
    }
}
END_TEST

TEST_SUITE(dispatch_pace)
{
    TEST_TABLE(backs_off, backoff_cases);
    TEST_TABLE(pauses, pause_cases);
    TEST_TABLE(paces, pace_cases);
    TEST_TABLE(takes_turns, turn_cases);
    TEST_TABLE(gives_room, room_cases);
    TEST_ONE(is_fair);
    TEST_ONE(breaks);
    TEST_ONE(breaks_as_long_as_asked);
}
