/* Whether a coupon applies, and what of its amount is there. */
#include <inttypes.h>
#include <string.h>

#include "core/billing/coupon.h"
#include "tests/support/suite.h"

static const struct currency euro = {"EUR"};

static struct date day_of(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

/* clang-format off */
static const struct judge_case {
    const char *name;
    enum coupon_duration duration;
    int64_t repeat;
    bool first_purchase_only;
    int64_t minimum_cents;
    const char *on, *redeemed_on;
    int64_t invoices, purchases, carried_cents, covered_cents;
    const char *verdict;
} judge_cases[] = { /* valid from 2026-03-01 to 2026-04-01, exclusive */
    {"a new one inside its window", COUPON_ONCE, 0, false, 0, "2026-03-31", NULL, 0, 0, 0, 1000, "applies"},
    {"the first day", COUPON_ONCE, 0, false, 0, "2026-03-01", NULL, 0, 0, 0, 1000, "applies"},
    {"a day early", COUPON_ONCE, 0, false, 0, "2026-02-28", NULL, 0, 0, 0, 1000, "not_yet_valid"},
    {"the day it ends", COUPON_ONCE, 0, false, 0, "2026-04-01", NULL, 0, 0, 0, 1000, "expired"},
    {"redeemed in time, invoiced later", COUPON_ONCE, 0, false, 0, "2026-05-01", "2026-03-31", 0, 0, 0, 1000, "applies"},
    {"redeemed too late", COUPON_ONCE, 0, false, 0, "2026-05-01", "2026-04-01", 0, 0, 0, 1000, "expired"},
    {"once is once (pains 21)", COUPON_ONCE, 0, false, 0, "2026-03-15", NULL, 1, 0, 0, 1000, "used_up"},
    {"a rest of a coupon for one invoice is lost", COUPON_ONCE, 0, false, 0, "2026-03-15", NULL, 1, 0, 500, 1000, "used_up"},
    {"the last of three, beyond the window", COUPON_REPEATING, 3, false, 0, "2026-06-15", "2026-03-15", 2, 0, 0, 1000, "applies"},
    {"a fourth of three", COUPON_REPEATING, 3, false, 0, "2026-07-15", "2026-03-15", 3, 0, 0, 1000, "used_up"},
    {"a fourth of three with a rest", COUPON_REPEATING, 3, false, 0, "2026-07-15", "2026-03-15", 3, 0, 1, 1000, "applies"},
    {"forever", COUPON_FOREVER, 0, false, 0, "2036-07-15", "2026-03-15", 120, 0, 0, 1000, "applies"},
    {"a first purchase", COUPON_FOREVER, 0, true, 0, "2026-03-15", NULL, 0, 0, 0, 1000, "applies"},
    {"a second purchase", COUPON_FOREVER, 0, true, 0, "2026-03-15", NULL, 0, 1, 0, 1000, "not_first_purchase"},
    {"enough", COUPON_FOREVER, 0, false, 1000, "2026-03-15", NULL, 0, 0, 0, 1000, "applies"},
    {"a cent short", COUPON_FOREVER, 0, false, 1000, "2026-03-15", NULL, 0, 0, 0, 999, "below_minimum"},
    {"a cent short, later", COUPON_FOREVER, 0, false, 1000, "2026-06-15", "2026-03-15", 2, 0, 0, 999, "below_minimum"},
};

static const struct line_case {
    const char *name;
    bool is_whose, is_in_scope, gives_back, replaces;
    const char *day, *redeemed_on, *verdict;
} line_cases[] = {
    {"redeemed that day", true, true, false, false, "2026-03-15", "2026-03-15", "applies"},
    {"redeemed before", true, true, false, false, "2026-03-15", "2026-03-14", "applies"},
    {"redeemed a day after it began", true, true, false, false, "2026-03-15", "2026-03-16", "begun_before"},
    {"of somebody else, whatever else it is", false, true, true, true, "2026-03-15", "2026-03-16", "no_line"},
    {"of something else", true, false, true, true, "2026-03-15", "2026-03-16", "out_of_scope"},
    {"what gives back", true, true, true, true, "2026-03-15", "2026-03-15", "gives_back"},
    {"what replaces", true, true, false, true, "2026-03-15", "2026-03-15", "replaces"},
};

static const struct available_case {
    const char *name;
    enum coupon_duration duration;
    int64_t repeat, invoices, carried_cents;
    const char *available, *carried; /* carried on when nothing of it was used */
} available_cases[] = {
    {"once", COUPON_ONCE, 0, 0, 0, "10.00", "0.00"},
    {"once carries nothing", COUPON_ONCE, 0, 0, 400, "10.00", "0.00"},
    {"repeating adds the rest", COUPON_REPEATING, 3, 1, 400, "14.00", "14.00"},
    {"the rest alone after the last", COUPON_REPEATING, 3, 3, 400, "4.00", "4.00"},
    {"forever adds the rest", COUPON_FOREVER, 0, 99, 250, "12.50", "12.50"},
};

static const struct rest_case {
    const char *name;
    enum coupon_duration duration;
    int64_t repeat, invoices, taken_cents; /* of 10.00 each */
    int64_t counted;
    const char *rest;
} rest_cases[] = {
    {"of the first", COUPON_FOREVER, 0, 0, 0, 0, "0.00"},
    {"what three left", COUPON_FOREVER, 0, 3, 2100, 3, "9.00"},
    {"nothing was left", COUPON_FOREVER, 0, 3, 3000, 3, "0.00"},
    {"beyond the last nothing is given", COUPON_REPEATING, 2, 3, 1500, 3, "5.00"},
    {"all of it was used", COUPON_REPEATING, 2, 3, 2000, 3, "0.00"},
    {"more than was given is off the next", COUPON_REPEATING, 3, 2, 2600, 2, "-6.00"},
    {"a whole amount more is an invoice more", COUPON_REPEATING, 3, 1, 2600, 2, "-6.00"},
    {"and exactly that", COUPON_FOREVER, 0, 1, 3000, 3, "0.00"},
    {"of one for one invoice nothing is left", COUPON_ONCE, 0, 1, 400, 1, "0.00"},
};
/* clang-format on */

static struct coupon_use use_of(const char *on, int64_t invoices, int64_t carried_cents)
{
    return (struct coupon_use){
        .on = day_of(on),
        .redeemed_on = DATE_NONE,
        .invoices_before = invoices,
        .carried = money_of_minor(carried_cents, euro),
        .covered_total = money_zero(euro),
    };
}

START_TEST(judges)
{
    const struct judge_case *c = &judge_cases[_i];
    struct coupon_terms terms = {
        .duration = c->duration,
        .repeat_count = c->repeat,
        .valid_from = day_of("2026-03-01"),
        .valid_to = day_of("2026-04-01"),
        .first_purchase_only = c->first_purchase_only,
        .has_minimum = c->minimum_cents > 0,
        .minimum_amount = money_of_minor(c->minimum_cents, euro),
    };
    struct coupon_use use = use_of(c->on, c->invoices, c->carried_cents);
    enum coupon_verdict verdict = COUPON_APPLIES;
    struct error err = {0};
    use.redeemed_on = day_of(c->redeemed_on);
    use.purchases_before = c->purchases;
    use.covered_total = money_of_minor(c->covered_cents, euro);
    ck_assert_msg(coupon_judge(&terms, &use, &verdict, &err), "%s: %s", c->name, err.message);
    ck_assert_msg(strcmp(coupon_verdict_name(verdict), c->verdict) == 0, "%s: got %s", c->name,
                  coupon_verdict_name(verdict));
}
END_TEST

START_TEST(judges_lines)
{
    const struct line_case *c = &line_cases[_i];
    struct coupon_line line = {.is_whose = c->is_whose,
                               .is_in_scope = c->is_in_scope,
                               .day = day_of(c->day),
                               .gives_back = c->gives_back,
                               .replaces = c->replaces};
    enum coupon_verdict verdict = coupon_judge_line(&line, day_of(c->redeemed_on));
    ck_assert_msg(strcmp(coupon_verdict_name(verdict), c->verdict) == 0, "%s: got %s", c->name,
                  coupon_verdict_name(verdict));
}
END_TEST

/* Nothing that it covers: a minimum is none of the reasons. */
START_TEST(says_what_of_its_lines_is_the_reason)
{
    struct coupon_terms terms = {.valid_from = DATE_NONE,
                                 .valid_to = DATE_NONE,
                                 .has_minimum = true,
                                 .minimum_amount = money_of_minor(1, euro)};
    struct coupon_use use = use_of("2026-03-15", 1, 0);
    enum coupon_verdict verdict = COUPON_APPLIES;
    struct error err = {0};
    use.of_lines = COUPON_BEGUN_BEFORE;
    ck_assert(coupon_judge(&terms, &use, &verdict, &err));
    ck_assert_int_eq(verdict, COUPON_BEGUN_BEFORE);
}
END_TEST

START_TEST(has_no_end_without_dates)
{
    struct coupon_terms terms = {.valid_from = DATE_NONE, .valid_to = DATE_NONE};
    struct coupon_use use = use_of("0001-01-01", 0, 0);
    enum coupon_verdict verdict = COUPON_EXPIRED;
    struct error err = {0};
    ck_assert(coupon_judge(&terms, &use, &verdict, &err));
    ck_assert_int_eq(verdict, COUPON_APPLIES);
}
END_TEST

START_TEST(refuses_a_minimum_in_another_currency)
{
    struct coupon_terms terms = {
        .valid_from = DATE_NONE,
        .valid_to = DATE_NONE,
        .has_minimum = true,
        .minimum_amount = money_zero((struct currency){"USD"}),
    };
    struct coupon_use use = use_of("2026-03-15", 0, 0);
    enum coupon_verdict verdict = COUPON_APPLIES;
    struct error err = {0};
    ck_assert(!coupon_judge(&terms, &use, &verdict, &err));
    ck_assert_str_eq(err.code, "currency_mismatch");
}
END_TEST

START_TEST(knows_what_is_there)
{
    const struct available_case *c = &available_cases[_i];
    struct coupon_terms terms = {.duration = c->duration, .repeat_count = c->repeat};
    struct coupon_use use = use_of("2026-03-15", c->invoices, c->carried_cents);
    struct money available;
    struct error err = {0};
    ck_assert_msg(coupon_available(&terms, &use, money_of_minor(1000, euro), &available, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(strcmp(money_text(available).text, c->available) == 0, "%s: got %s", c->name,
                  money_text(available).text);
    ck_assert_msg(strcmp(money_text(coupon_carried(&terms, available)).text, c->carried) == 0,
                  "%s: carries %s", c->name, money_text(coupon_carried(&terms, available)).text);
}
END_TEST

START_TEST(keeps_an_account)
{
    const struct rest_case *c = &rest_cases[_i];
    struct coupon_terms terms = {.duration = c->duration, .repeat_count = c->repeat};
    struct coupon_account account = {c->invoices, money_of_minor(c->taken_cents, euro)};
    int64_t invoices = -1;
    struct money rest;
    struct error err = {0};
    ck_assert_msg(coupon_rest(&terms, &account, money_of_minor(1000, euro), &invoices, &rest, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(invoices == c->counted && strcmp(money_text(rest).text, c->rest) == 0,
                  "%s: got %s after %" PRId64, c->name, money_text(rest).text, invoices);
}
END_TEST

START_TEST(knows_its_durations)
{
    enum coupon_duration duration = COUPON_ONCE;
    struct error err = {0};
    for (int i = COUPON_ONCE; i <= COUPON_FOREVER; i++) {
        ck_assert(
            coupon_duration_parse(coupon_duration_name((enum coupon_duration)i), &duration, &err));
        ck_assert_int_eq(duration, i);
    }
    ck_assert(!coupon_duration_parse("twice", &duration, &err));
    ck_assert_str_eq(err.code, "bad_duration");
}
END_TEST

TEST_SUITE(coupon)
{
    TEST_TABLE(judges, judge_cases);
    TEST_TABLE(judges_lines, line_cases);
    TEST_ONE(says_what_of_its_lines_is_the_reason);
    TEST_ONE(has_no_end_without_dates);
    TEST_ONE(refuses_a_minimum_in_another_currency);
    TEST_TABLE(keeps_an_account, rest_cases);
    TEST_TABLE(knows_what_is_there, available_cases);
    TEST_ONE(knows_its_durations);
}
