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
    char key[20];
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
    TEST_TABLE(paces, pace_cases);
    TEST_ONE(breaks);
    TEST_ONE(breaks_as_long_as_asked);
}
