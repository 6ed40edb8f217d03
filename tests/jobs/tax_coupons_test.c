/* What coupons and what is not given back leave of a draft whose amounts are as large as amounts
 * can be: an error of the draft, never another amount. What they take off is in the stories. */
#include "core/base/text.h"
#include "jobs/tax_coupons.h"
#include "tests/support/suite.h"

#define EUR ((struct currency){"EUR"})

static const struct net_case {
    const char *name;
    int64_t amount_minor, discount_minor;
    bool fits;
} net_cases[] = {
    {"the largest amount",              INT64_MAX,     0,         true },
    {"all of it off",                   INT64_MAX,     INT64_MAX, true },
    {"the smallest one",                INT64_MIN,     0,         true },
    {"more than there is on top",       INT64_MAX,     -1,        false},
    {"less than there is with one off", INT64_MIN,     1,         false},
    {"what gives back, half of it",     INT64_MIN + 9, -50,       true },
};

START_TEST(a_line_before_its_coupons)
{
    const struct net_case *c = &net_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    const struct coupon_draft_line line = {.invoice_id = 7,
                                           .line = 3,
                                           .kind = "recurring",
                                           .amount_minor = c->amount_minor,
                                           .discount_minor = c->discount_minor};
    const struct coupon_draft draft = {
        .invoice_id = 7, .draft_key = "k", .currency = EUR, .lines = &line, .line_count = 1};
    const struct coupon_payer payer = {.drafts = &draft, .draft_count = 1};
    const struct applied_draft *applied = NULL;
    struct draft_coupons coupons;
    struct error err = {0};
    ck_assert_msg(tax_coupons_apply(&payer, NULL, COUPONS_MULTIPLICATIVE, ROUND_HALF_UP, arena,
                                    &applied, &err),
                  "%s: %s", c->name, err.message);
    bool done = applied_draft_find(applied, 1, 7, &coupons, &err);
    ck_assert_msg(done == c->fits, "%s: %s", c->name, err.message);
    ck_assert_msg(c->fits || (err.kind == ERROR_ITEM && text_equal(err.code, "amount_too_large") &&
                              text_starts_with(err.message, "line 3: ")),
                  "%s: %s", c->name, err.message);
}
END_TEST

/* One that cannot be done is alone with it, and one that is not there has none. */
START_TEST(a_draft_that_fails_beside_others)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct coupon_draft_line lines[3];
    struct coupon_draft drafts[3];
    const struct coupon_payer payer = {.drafts = drafts, .draft_count = 3};
    static const char *const keys[] = {"a", "b", "c"};
    static const int64_t ids[] = {9, 7, 8};
    for (size_t i = 0; i < 3; i++) {
        lines[i] = (struct coupon_draft_line){.invoice_id = ids[i],
                                              .line = 1,
                                              .kind = "recurring",
                                              .amount_minor = i == 1 ? INT64_MIN : 100,
                                              .discount_minor = 1};
        drafts[i] = (struct coupon_draft){.invoice_id = ids[i],
                                          .draft_key = keys[i],
                                          .currency = EUR,
                                          .lines = &lines[i],
                                          .line_count = 1};
    }
    const struct applied_draft *applied = NULL;
    struct draft_coupons coupons;
    struct error err = {0};
    ck_assert_msg(tax_coupons_apply(&payer, NULL, COUPONS_MULTIPLICATIVE, ROUND_HALF_UP, arena,
                                    &applied, &err),
                  "%s", err.message);
    for (int64_t id = 6; id <= 10; id++) {
        bool done = applied_draft_find(applied, 3, id, &coupons, &err);
        ck_assert_msg(done == (id != 7), "%" PRId64 ": %s", id, err.message);
        const struct coupon_draft *expected = id == 8 ? &drafts[2] : id == 9 ? &drafts[0] : NULL;
        ck_assert_msg(!done || coupons.draft == expected, "%" PRId64, id);
        ck_assert_msg(done || (err.kind == ERROR_ITEM && text_equal(err.code, "amount_too_large")),
                      "%" PRId64 ": %s", id, err.message);
        error_clear(&err);
    }
}
END_TEST

/* A coupon for one invoice, and three: whose it is follows from which of them are billed now. */
static const struct left_out_case {
    const char *name;
    bool left_out[3];
    int64_t expect_minor[3]; /* what is off; -1: it has no coupons */
} left_out_cases[] = {
    {"all are billed: the first",     {false, false, false}, {50, 0, 0}  },
    {"the first is not: the second",  {true, false, false},  {-1, 50, 0} },
    {"nor the second: the third",     {true, true, false},   {-1, -1, 50}},
    {"one behind it does not matter", {false, true, false},  {50, -1, 0} },
    {"none is billed",                {true, true, true},    {-1, -1, -1}},
};

START_TEST(what_is_not_billed_takes_nothing)
{
    const struct left_out_case *c = &left_out_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    static const char *const keys[] = {"a", "b", "c"};
    struct coupon_draft_line lines[3];
    struct coupon_draft drafts[3];
    const struct coupon_redemption once = {.payer_id = 1,
                                           .coupon_id = 1,
                                           .customer_id = 1,
                                           .coupon = "once",
                                           .percent = "50",
                                           .duration = "once",
                                           .valid_from = DATE_NONE,
                                           .valid_to = DATE_NONE,
                                           .currency = EUR};
    for (size_t i = 0; i < 3; i++) {
        lines[i] = (struct coupon_draft_line){.payer_id = 1,
                                              .invoice_id = (int64_t)i + 1,
                                              .line = 1,
                                              .kind = "recurring",
                                              .amount_minor = 100,
                                              .subscription_id = (int64_t)i + 1};
        drafts[i] = (struct coupon_draft){.payer_id = 1,
                                          .invoice_id = (int64_t)i + 1,
                                          .draft_key = keys[i],
                                          .currency = EUR,
                                          .lines = &lines[i],
                                          .line_count = 1};
    }
    const struct coupon_payer payer = {.payer_id = 1,
                                       .redemptions = &once,
                                       .redemption_count = 1,
                                       .drafts = drafts,
                                       .draft_count = 3};
    const struct applied_draft *applied = NULL;
    struct error err = {0};
    ck_assert_msg(tax_coupons_apply(&payer, c->left_out, COUPONS_MULTIPLICATIVE, ROUND_HALF_UP,
                                    arena, &applied, &err),
                  "%s: %s", c->name, err.message);
    for (size_t i = 0; i < 3; i++) {
        struct draft_coupons coupons;
        ck_assert_msg(applied_draft_find(applied, 3, (int64_t)i + 1, &coupons, &err), "%s: %s",
                      c->name, err.message);
        int64_t off_minor = coupons.draft == NULL ? -1
                            : coupons.count == 0  ? 0
                                                  : money_minor(coupons.items[0].discount);
        ck_assert_msg(off_minor == c->expect_minor[i], "%s: %s has %" PRId64, c->name, keys[i],
                      off_minor);
    }
}
END_TEST

static const struct off_case {
    const char *name;
    int64_t discount_minor, unpaid_minor, forgiven_minor, cut_minor;
    bool fits;
    int64_t expect_minor;
} off_cases[] = {
    {"all of them",                 1,             20,            300, 4000, true,  4321     },
    {"with the sign of what gives", -1,            -20,           0,   0,    true,  -21      },
    {"the largest discount",        INT64_MAX - 3, 1,             1,   1,    true,  INT64_MAX},
    {"one more unpaid",             INT64_MAX,     1,             0,   0,    false, 0        },
    {"one more forgiven",           INT64_MAX - 1, 1,             1,   0,    false, 0        },
    {"one more by a coupon",        INT64_MAX - 2, 1,             1,   1,    false, 0        },
    {"below the smallest",          INT64_MIN,     -1,            0,   0,    false, 0        },
    {"the smallest",                -1,            INT64_MIN + 1, 0,   0,    true,  INT64_MIN},
};

START_TEST(what_is_off_a_line)
{
    const struct off_case *c = &off_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    const struct coupon_draft_line lines[] = {
        {.line = 3,            .kind = "recurring"                },
        { .line = 4, .kind = "recurring", .discount_minor = c->discount_minor}
    };
    const struct coupon_draft draft = {.currency = EUR, .lines = lines, .line_count = 2};
    const struct money zero = money_zero(EUR);
    const struct money unpaid[] = {zero, money_of_minor(c->unpaid_minor, EUR)};
    const struct money forgiven[] = {zero, money_of_minor(c->forgiven_minor, EUR)};
    const struct draft_cut cut = {.line = 1, .off = money_of_minor(c->cut_minor, EUR)};
    struct draft_coupon coupon = {.cuts = &cut, .cut_count = 1};
    const struct draft_coupons coupons = {
        .items = &coupon, .count = 1, .draft = &draft, .unpaid = unpaid, .forgiven = forgiven};
    const struct money *discounts = NULL;
    struct error err = {0};
    bool done = draft_coupons_discounts(&coupons, arena, &discounts, &err);
    ck_assert_msg(done == c->fits, "%s: %s", c->name, err.message);
    ck_assert_msg(
        !done || (money_minor(discounts[1]) == c->expect_minor && money_minor(discounts[0]) == 0),
        "%s: got %" PRId64, c->name, done ? money_minor(discounts[1]) : 0);
    ck_assert_msg(c->fits || (err.kind == ERROR_ITEM && text_equal(err.code, "amount_too_large")),
                  "%s: %s", c->name, err.message);
}
END_TEST

TEST_SUITE(tax_coupons)
{
    TEST_TABLE(a_line_before_its_coupons, net_cases);
    TEST_ONE(a_draft_that_fails_beside_others);
    TEST_TABLE(what_is_not_billed_takes_nothing, left_out_cases);
    TEST_TABLE(what_is_off_a_line, off_cases);
}
