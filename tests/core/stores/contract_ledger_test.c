/* What a stored true-up adds to what was billed of its phase. How commitments are drawn is tested
 * with their rules, and by the stories of contracts. */
#include "core/base/text.h"
#include "core/stores/contract_ledger.h"
#include "tests/support/suite.h"

#define EUR ((struct currency){"EUR"})

static const struct net_case {
    const char *name;
    const char *kind;
    bool is_turned;
    int64_t amount_minor, discount_minor, coupon_minor;
    bool fits;
    int64_t billed_minor;
} net_cases[] = {
    {"what was missing",                      "true_up",   false, 900,       0,         0,   true,  900      },
    {"what coupons took draws too",           "true_up",   false, 900,       300,       200, true,  800      },
    {"of a credit note",                      "true_up",   true,  -900,      -300,      200, true,  800      },
    {"what gives back, without its discount", "true_up:2", false, -900,      -300,      0,   true,  -900     },
    {"the same of a credit note",             "true_up:2", true,  900,       300,       0,   true,  -900     },
    {"the largest",                           "true_up",   false, INT64_MAX, 5,         5,   true,  INT64_MAX},
    {"more than an amount can be",            "true_up",   false, INT64_MAX, 5,         6,   false, 0        },
    {"what has no opposite",                  "true_up",   true,  INT64_MIN, 0,         0,   false, 0        },
    {"nor has its discount",                  "true_up",   true,  -1,        INT64_MIN, 0,   false, 0        },
    {"a discount that is too large",          "true_up",   false, 1,         INT64_MIN, 1,   false, 0        },
};

START_TEST(adds_a_true_up)
{
    const struct net_case *c = &net_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct contract_phase phase = {.phase_id = 4, .currency = EUR};
    const struct contract_phases phases = {.items = &phase, .count = 1};
    const struct contract_line line = {.kind = c->kind,
                                       .price_id = 4,
                                       .amount_minor = c->amount_minor,
                                       .discount_minor = c->discount_minor,
                                       .coupon_minor = c->coupon_minor,
                                       .is_turned = c->is_turned,
                                       .replaced_in = DB_I64_NONE,
                                       .currency = EUR};
    struct contract_ledger ledger;
    struct error err = {0};
    ck_assert_msg(contract_ledger_open(&phases, ROUND_HALF_UP, arena, &ledger, &err), "%s",
                  err.message);
    bool done = contract_ledger_add_line(&ledger, NULL, &line, NULL, arena, NULL, &err);
    ck_assert_msg(done == c->fits, "%s: %s", c->name, err.message);
    ck_assert_msg(done || (err.kind == ERROR_ITEM && text_equal(err.code, "amount_too_large")),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(money_minor(ledger.billed[0]) == c->billed_minor, "%s: got %" PRId64, c->name,
                  money_minor(ledger.billed[0]));
}
END_TEST

TEST_SUITE(contract_ledger)
{
    TEST_TABLE(adds_a_true_up, net_cases);
}
