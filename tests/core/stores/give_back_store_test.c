/* Lines as they are stored, as the rule of what is given back reads them. */
#include "core/base/text.h"
#include "core/stores/give_back_store.h"
#include "tests/support/suite.h"

static const struct read_case {
    const char *name;
    const char *kind;
    bool is_turned, is_void;
    int64_t amount_minor, discount_minor, coupon_minor, noted_minor, forgiven_minor;
    bool fits;
    int64_t charged_minor, unpaid_minor, expect_noted_minor;
} read_cases[] = {
    {"a charge",                              "recurring",        false, false, 6000,      0,         0,         1000, 0,    true,  6000,  0,         1000},
    {"with a maximum and a coupon",           "usage",            false, false, 6000,      1500,      500,       0,    0,    true,  5000,  500,
     0                                                                                                                                                    },
    {"of which something is forgiven",        "recurring:2",      false, false, 4000,      3000,      3000,      0,    3000, true,
     4000,                                                                                                                                 0,         0   },
    {"a void one is all noted",               "recurring",        false, true,  6000,      600,       600,       1000, 0,    true,  6000,  600,
     5400                                                                                                                                                 },
    {"one that gives back",                   "proration_credit", false, false, -2000,     -500,      0,         0,    -200, true,  -2000,
     -300,                                                                                                                                            0   },
    {"as a credit note says it",              "proration_credit", true,  false, 2000,      500,       0,         0,    -200, true,
     -2000,                                                                                                                                -300,      0   },
    {"the largest charge",                    "recurring",        false, false, INT64_MAX, INT64_MAX, INT64_MAX, 0,    0,    true,
     INT64_MAX,                                                                                                                            INT64_MAX, 0   },
    {"more than an amount can be",            "recurring",        false, false, INT64_MAX, -1,        0,         0,    0,    false, 0,     0,
     0                                                                                                                                                    },
    {"with what a coupon took",               "recurring",        false, false, INT64_MAX, 0,         1,         0,    0,    false, 0,     0,         0   },
    {"turned, what has no opposite",          "reversal:usage",   true,  false, INT64_MIN, 0,         0,         0,    0,    false, 0,
     0,                                                                                                                                               0   },
    {"nor has its discount",                  "proration_credit", true,  false, 1,         INT64_MIN, 0,         0,    0,    false, 0,     0,
     0                                                                                                                                                    },
    {"what is forgiven beyond what there is", "proration_credit", false, false, INT64_MIN,
     INT64_MIN,                                                                                       0,         0,    1,    false, 0,     0,         0   },
};

START_TEST(reads_a_line)
{
    const struct read_case *c = &read_cases[_i];
    const struct stored_billed_line stored = {.kind = c->kind,
                                              .is_turned = c->is_turned,
                                              .is_void = c->is_void,
                                              .amount_minor = c->amount_minor,
                                              .discount_minor = c->discount_minor,
                                              .coupon_minor = c->coupon_minor,
                                              .noted_minor = c->noted_minor,
                                              .forgiven_minor = c->forgiven_minor};
    struct billed_line billed;
    struct error err = {0};
    bool done = stored_billed_line_of(&stored, (struct currency){"EUR"}, &billed, &err);
    ck_assert_msg(done == c->fits, "%s: %s", c->name, err.message);
    ck_assert_msg(done || (err.kind == ERROR_ITEM && text_equal(err.code, "amount_too_large")),
                  "%s: %s", c->name, err.message);
    if (!done)
        return;
    ck_assert_msg(money_minor(billed.charged) == c->charged_minor, "%s: charged %" PRId64, c->name,
                  money_minor(billed.charged));
    ck_assert_msg(money_minor(billed.unpaid) == c->unpaid_minor, "%s: unpaid %" PRId64, c->name,
                  money_minor(billed.unpaid));
    ck_assert_msg(money_minor(billed.noted) == c->expect_noted_minor, "%s: noted %" PRId64, c->name,
                  money_minor(billed.noted));
    ck_assert_msg(money_minor(billed.forgiven) == c->forgiven_minor, "%s: forgiven %" PRId64,
                  c->name, money_minor(billed.forgiven));
}
END_TEST

TEST_SUITE(give_back_store)
{
    TEST_TABLE(reads_a_line, read_cases);
}
