#include <string.h>

#include "core/billing/progressive.h"
#include "core/setup/usage_thresholds.h"
#include "tests/support/suite.h"

static const struct currency EUR = {"EUR"};

static struct money eur(const char *text)
{
    struct money money;
    struct error err = {0};
    ck_assert_msg(money_parse(text, EUR, &money, &err), "%s", err.message);
    return money;
}

#define STEPS "[{\"amount\":\"100\"},{\"amount\":\"500\"},{\"amount\":\"200\",\"recurring\":true}]"
#define AGAIN "[{\"amount\":\"0.5\",\"recurring\":true}]"

static const struct due_case {
    const char *name, *thresholds, *billed, *running;
    const char *reached;
    bool due;
} due_cases[] = {
    {"none is reached",                    STEPS, "0",      "99.99",  "0",    false},
    {"the first is reached",               STEPS, "0",      "100.00", "100",  true },
    {"and was billed",                     STEPS, "100.00", "499.99", "100",  false},
    {"more was billed than the threshold", STEPS, "120.00", "130.00", "100",  false},
    {"two at once",                        STEPS, "0",      "600.00", "500",  true },
    {"the recurring one comes behind",     STEPS, "500.00", "699.99", "500",  false},
    {"its first time",                     STEPS, "500.00", "700.00", "700",  true },
    {"several times at once",              STEPS, "700.00", "1399",   "1300", true },
    {"nothing new",                        STEPS, "1300",   "1499",   "1300", false},
    {"recurring alone",                    AGAIN, "0",      "0.49",   "0",    false},
    {"recurring alone, reached",           AGAIN, "0",      "1.75",   "1.5",  true },
    {"a running sum that fell",            STEPS, "100.00", "40.00",  "0",    false},
    {"a negative one",                     AGAIN, "0",      "-10",    "0",    false},
    {"no thresholds",                      "[]",  "0",      "1000",   "0",    false},
    {"none at all",                        NULL,  "0",      "1000",   "0",    false},
};

START_TEST(says_when_a_threshold_is_passed)
{
    const struct due_case *c = &due_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("thresholds", 1 << 16);
    struct usage_thresholds thresholds;
    struct decimal reached;
    struct error err = {0};
    bool due = false;
    ck_assert_msg(usage_thresholds_parse(c->thresholds, arena, &thresholds, &err), "%s: %s",
                  c->name, err.message);
    ck_assert_msg(
        progressive_is_due(&thresholds, eur(c->billed), eur(c->running), &reached, &due, &err),
        "%s: %s", c->name, err.message);
    ck_assert_msg(due == c->due, "%s: due is %d", c->name, due);
    ck_assert_msg(strcmp(decimal_text(decimal_normalize(reached)).text, c->reached) == 0,
                  "%s: reached %s", c->name, decimal_text(reached).text);
}
END_TEST

static const struct refuse_case {
    const char *thresholds, *says;
} refuse_cases[] = {
    {"{}",                                                         "is not a list"                   },
    {"[5]",                                                        "entry 1: expected {\"amount\""   },
    {"[{\"amount\":5}]",                                           "entry 1: expected {\"amount\""   },
    {"[{\"amount\":\"5\",\"more\":1}]",                            "entry 1: expected {\"amount\""   },
    {"[{\"amount\":\"5\",\"recurring\":1}]",                       "entry 1: expected {\"amount\""   },
    {"[{\"amount\":\"five\"}]",                                    "entry 1"                         },
    {"[{\"amount\":\"0\"}]",                                       "entry 1: an amount is above zero"},
    {"[{\"amount\":\"-1\"}]",                                      "entry 1: an amount is above zero"},
    {"[{\"amount\":\"5\"},{\"amount\":\"5.0\"}]",                  "entry 2: amounts ascend"         },
    {"[{\"amount\":\"5\",\"recurring\":true},{\"amount\":\"9\"}]",
     "entry 1: what recurs stands last"                                                              },
};

START_TEST(refuses_bad_thresholds)
{
    const struct refuse_case *c = &refuse_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("thresholds", 1 << 16);
    struct usage_thresholds thresholds;
    struct error err = {0};
    ck_assert_msg(!usage_thresholds_parse(c->thresholds, arena, &thresholds, &err), "%s",
                  c->thresholds);
    ck_assert_msg(err.kind == ERROR_ITEM && strstr(err.message, c->says) != NULL, "%s: %s",
                  c->thresholds, err.message);
}
END_TEST

static const struct kind_case {
    const char *kind;
    int64_t number; /* 0: another kind */
} kind_cases[] = {
    {"progressive",    1 },
    {"progressive:2",  2 },
    {"progressive:17", 17},
    {"progressive:1",  0 },
    {"progressive:",   0 },
    {"progressively",  0 },
    {"usage",          0 },
    {"late_usage:2",   0 },
};

START_TEST(reads_and_writes_kinds)
{
    const struct kind_case *c = &kind_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("kinds", 1 << 16);
    ck_assert_msg(progressive_number(c->kind) == c->number, "%s", c->kind);
    ck_assert_msg(c->number == 0 || strcmp(progressive_kind(c->number, arena), c->kind) == 0, "%s",
                  c->kind);
}
END_TEST

START_TEST(waits_with_minimum_and_commitment)
{
    struct price price = {
        .model = PRICE_FLAT,
        .minimum_amount = {true, decimal_from_i64(5)},
        .maximum_amount = {true, decimal_from_i64(9)},
        .commitment = {true, decimal_from_i64(7)}
    };
    struct price bare = progressive_price(&price);
    ck_assert(!bare.minimum_amount.given);
    ck_assert(!bare.commitment.given);
    ck_assert(bare.maximum_amount.given);
    ck_assert(price.minimum_amount.given);
}
END_TEST

TEST_SUITE(progressive)
{
    TEST_TABLE(says_when_a_threshold_is_passed, due_cases);
    TEST_TABLE(refuses_bad_thresholds, refuse_cases);
    TEST_TABLE(reads_and_writes_kinds, kind_cases);
    TEST_ONE(waits_with_minimum_and_commitment);
}
