/* Cases about proration, periods and zones. Figures of proration without a currency are in EUR. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/calendar/proration.h"
#include "tests/core/billing/conformance.h"
#include "tests/core/billing/timeline.h"

#define FACTOR_DIGITS 9

static struct date plus_days(const struct conformance_case *c, struct date date, int64_t days)
{
    struct error err = {0};
    expect_ok(c, date_add_days(date, days, &date, &err), &err);
    return date;
}

/* With as many digits as the case has. */
static void expect_factor(const struct conformance_case *c, const char *what, struct ratio factor,
                          const json_t *expected)
{
    struct error err = {0};
    struct decimal wanted = decimal_of(c, expected);
    struct decimal rounded = {0};
    expect_ok(c, ratio_round(factor, wanted.scale, ROUND_HALF_UP, &rounded, &err), &err);
    expect_same(c, what, rounded, expected);
}

static struct proration prorate(const struct conformance_case *c, enum proration_basis basis,
                                struct period period, struct period service)
{
    struct error err = {0};
    struct proration part = {0};
    expect_ok(c, proration_of_dates(basis, NULL, period, service, &part, &err), &err);
    return part;
}

static struct money part_of(const struct conformance_case *c, const json_t *amount,
                            int64_t numerator, int64_t denominator)
{
    struct error err = {0};
    struct money part = {0};
    expect_ok(c,
              money_prorate(euros(c, decimal_of(c, amount)), numerator, denominator, ROUND_HALF_UP,
                            &part, &err),
              &err);
    return part;
}

static struct money minus(const struct conformance_case *c, struct money a, struct money b)
{
    struct error err = {0};
    struct money difference = {0};
    expect_ok(c, money_subtract(a, b, &difference, &err), &err);
    return difference;
}

static struct period month_from(const struct conformance_case *c, struct date anchor,
                                struct date within)
{
    struct error err = {0};
    struct period full = {0};
    struct billing_cycle cycle = {
        .anchor = anchor, .unit = INTERVAL_MONTH, .interval_count = 1, .start = anchor};
    expect_ok(c, billing_cycle_full_period(&cycle, within, &full, &err), &err);
    return full;
}

void prorate_trailing(const struct conformance_case *c)
{
    struct date start = input_date(c, "period_start");
    struct period full = month_from(c, start, start);
    struct proration part = prorate(c, PRORATE_DAY, full,
                                    (struct period){start, input_date(c, "service_end_exclusive")});
    expect_factor(c, "factor", days_ratio(c, part.numerator, part.denominator),
                  given(c, c->expected, "factor"));
}

/* 30 days a month is our fixed30. 28 days a month is no basis of ours, but between these days of a
 * common year's February and March it counts as `day` does. */
void prorate_fixed_days(const struct conformance_case *c)
{
    bool fixed30 = input_integer(c, "fixed_days") == 30;
    struct date from = input_date(c, "from");
    struct proration part =
        prorate(c, fixed30 ? PRORATE_FIXED30 : PRORATE_DAY, month_from(c, from, from),
                (struct period){from, input_date(c, "to")});
    expect_same(c, "days", decimal_from_i64(part.numerator), given(c, c->expected, "days"));
    if (json_object_get(c->expected, "factor") != NULL)
        expect_factor(c, "factor", days_ratio(c, part.numerator, part.denominator),
                      given(c, c->expected, "factor"));
}

/* The shares of all periods that are due when a run closes the day before the target. */
static struct ratio due_shares(const struct conformance_case *c,
                               const struct subscription_terms *terms, struct date target,
                               enum price_billing billing, struct due_periods *ret_due)
{
    struct error err = {0};
    struct ratio sum = ratio_from_i64(0);
    int64_t skipped = 0;
    struct period_run run = {
        .business_date = plus_days(c, target, -1),
        .grid = RUN_GRID_DAY,
        .catch_up = CATCH_UP_ALL,
        .max_catch_up = 1000,
    };
    struct price_schedule price = {billing, false, DATE_NONE, PRICED_FLAT, false};
    expect_ok(c, subscription_periods_due(terms, &price, &run, c->arena, ret_due, &skipped, &err),
              &err);
    for (size_t i = 0; i < ret_due->count; i++) {
        struct ratio share = {0};
        expect_ok(c, due_period_share(&ret_due->items[i], &share, &err), &err);
        expect_ok(c, ratio_add(sum, share, &sum, &err), &err);
    }
    return sum;
}

static struct subscription_terms monthly(struct date start, int64_t anchor_day)
{
    return (struct subscription_terms){
        .start = start,
        .anchor_day = (int32_t)anchor_day,
        .trial_end = DATE_NONE,
        .cancel_at = DATE_NONE,
        .status = SUBSCRIPTION_ACTIVE,
        .interval = INTERVAL_MONTH,
        .interval_count = 1,
    };
}

void prorate_in_advance(const struct conformance_case *c)
{
    struct due_periods due = {0};
    struct subscription_terms terms =
        monthly(input_date(c, "start"), input_integer(c, "anchor_day"));
    const json_t *end = json_object_get(c->input, "end_exclusive");
    if (end != NULL && !json_is_null(end))
        terms.cancel_at = case_date(c, json_string_value(end));
    expect_factor(c, "periods",
                  due_shares(c, &terms, input_date(c, "target_date"), BILLING_IN_ADVANCE, &due),
                  given(c, c->expected, "periods"));
}

static const json_t *ask_proration(const struct conformance_case *c, const char *amount,
                                   struct period period, struct period service)
{
    struct date_text texts[] = {date_text(period.start), date_text(period.end),
                                date_text(service.start), date_text(service.end)};
    return ask(c, "proration",
               json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}}", "currency", "EUR", "amount",
                         amount, "period", "start", texts[0].text, "end", texts[1].text, "service",
                         "start", texts[2].text, "end", texts[3].text));
}

void prorate_whole_period(const struct conformance_case *c)
{
    const json_t *period = given(c, c->input, "period");
    struct period full = {case_date(c, text_of(c, json_array_get(period, 0))),
                          case_date(c, text_of(c, json_array_get(period, 1)))};
    struct period used = {input_date(c, "from"), input_date(c, "to")};
    const json_t *answer = ask_proration(c, input_text(c, "price"), full, used);
    expect_same(c, "amount", decimal_of(c, given(c, answer, "amount")),
                given(c, c->expected, "amount"));
}

/* From a day to the end of its calendar month; a case without a year is in a common one. */
void prorate_start_in_month(const struct conformance_case *c)
{
    const char *start = input_text(c, "start");
    const json_t *price = json_object_get(c->input, "fixed_charge");
    const json_t *expected = json_object_get(c->expected, "amount");
    struct date from =
        case_date(c, strlen(start) == 5 ? arena_printf(c->arena, "2025-%s", start) : start);
    struct civil_date civil = date_civil(from);
    struct error err = {0};
    struct date first = {0};
    expect_ok(c, date_from_civil(civil.year, civil.month, 1, &first, &err), &err);
    struct period month = month_from(c, first, first);
    const json_t *answer =
        ask_proration(c, text_of(c, price != NULL ? price : given(c, c->input, "price")), month,
                      (struct period){from, month.end});
    expect_same(c, "amount", decimal_of(c, given(c, answer, "amount")),
                expected != NULL ? expected : given(c, c->expected, "amount_exact"));
}

/* Both days are served: 15 to 31 January are 17 days. */
void prorate_inclusive_end(const struct conformance_case *c)
{
    struct date from = input_date(c, "from");
    struct civil_date civil = date_civil(from);
    struct error err = {0};
    struct date first = {0};
    expect_ok(c, date_from_civil(civil.year, civil.month, 1, &first, &err), &err);
    struct proration part = prorate(c, PRORATE_DAY, month_from(c, first, first),
                                    (struct period){from, plus_days(c, input_date(c, "to"), 1)});
    expect_factor(c, "coefficient", days_ratio(c, part.numerator, part.denominator),
                  given(c, c->expected, "coefficient"));
}

void prorate_by_second(const struct conformance_case *c)
{
    const json_t *answer = ask(
        c, "proration",
        json_pack("{s:s, s:O, s:s, s:{s:O, s:O}, s:{s:O, s:O}}", "currency", "EUR", "amount",
                  given(c, c->input, "price"), "basis", "second", "period", "start",
                  given(c, c->input, "anchor"), "end", given(c, c->input, "boundary"), "service",
                  "start", given(c, c->input, "start"), "end", given(c, c->input, "boundary")));
    expect_same(c, "amount", decimal_of(c, given(c, answer, "amount")),
                given(c, c->expected, "amount"));
    expect_same(c, "seconds", decimal_of(c, given(c, answer, "numerator")),
                given(c, c->expected, "seconds"));
    expect_same(c, "period_seconds", decimal_of(c, given(c, answer, "denominator")),
                given(c, c->expected, "period_seconds"));
}

void prorate_summer_time(const struct conformance_case *c)
{
    static const char *const bases[][2] = {
        {"second", "by_second"   },
        {"day",    "by_local_day"},
    };
    const json_t *period = given(c, c->input, "period");
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        const json_t *answer =
            ask(c, "proration",
                json_pack("{s:s, s:O, s:s, s:O, s:{s:O, s:O}, s:{s:O, s:O}}", "currency", "EUR",
                          "amount", given(c, c->input, "price"), "basis", bases[i][0], "timezone",
                          given(c, c->input, "tz"), "period", "start", json_array_get(period, 0),
                          "end", json_array_get(period, 1), "service", "start",
                          given(c, c->input, "change_at_local_midnight"), "end",
                          json_array_get(period, 1)));
        expect_same(c, bases[i][1], decimal_of(c, given(c, answer, "amount")),
                    given(c, c->expected, bases[i][1]));
        if (i == 0)
            ck_assert_int_eq(json_integer_value(given(c, answer, "denominator")),
                             json_integer_value(given(c, c->expected, "period_hours")) * 3600);
    }
}

/* Each side is rounded, then netted. Credits are written with a minus here and without there. */
static void expect_change(const struct conformance_case *c, int64_t left, int64_t days,
                          const json_t *old, const json_t *new)
{
    const json_t *credit = json_object_get(c->expected, "credit");
    const json_t *charge = json_object_get(c->expected, "charge");
    struct money back = part_of(c, old, left, days);
    struct money forth = part_of(c, new, left, days);
    if (credit != NULL && text_of(c, credit)[0] == '-')
        expect_money(c, "credit", minus(c, money_zero(back.currency), back), credit);
    else if (credit != NULL)
        expect_money(c, "credit", back, credit);
    if (charge != NULL)
        expect_money(c, "charge", forth, charge);
    expect_money(c, "net", minus(c, forth, back), given(c, c->expected, "net"));
}

void prorate_change(const struct conformance_case *c)
{
    const json_t *period = json_object_get(c->input, "period");
    struct period full;
    struct date change;
    if (period != NULL) {
        full = (struct period){case_date(c, text_of(c, json_array_get(period, 0))),
                               case_date(c, text_of(c, json_array_get(period, 1)))};
        change = input_date(c, "change");
    } else {
        full = (struct period){input_date(c, "period_start"), input_date(c, "period_end")};
        change = input_date(c, "at");
    }
    struct proration left = prorate(c, PRORATE_DAY, full, (struct period){change, full.end});
    expect_change(c, left.numerator, left.denominator, given(c, c->input, "old"),
                  given(c, c->input, "new"));
}

void prorate_mixed(const struct conformance_case *c)
{
    struct error err = {0};
    const json_t *changed = given(c, c->input, "changed");
    int64_t used = 0, days = 0;
    ck_assert(text_equal(input_text(c, "factor"), "15/30"));
    used = 15;
    days = 30;
    struct money net = minus(c, part_of(c, json_array_get(changed, 1), used, days),
                             part_of(c, json_array_get(changed, 0), used, days));
    expect_ok(c, money_add(net, part_of(c, given(c, c->input, "added"), used, days), &net, &err),
              &err);
    net = minus(c, net, part_of(c, given(c, c->input, "removed"), used, days));
    expect_money(c, "net", net, given(c, c->expected, "net"));
}

void prorate_other_cadence(const struct conformance_case *c)
{
    expect_money(c, "amount",
                 part_of(c, given(c, c->input, "added_yearly"), input_integer(c, "days_remaining"),
                         input_integer(c, "basis_days")),
                 given(c, c->expected, "amount"));
}

void prorate_quarter(const struct conformance_case *c)
{
    struct error err = {0};
    ck_assert(text_equal(input_text(c, "used_fraction"), "1/4"));
    struct money credit = part_of(c, given(c, c->input, "old"), 3, 4);
    struct money charge = part_of(c, given(c, c->input, "new"), 3, 4);
    struct money next = minus(c, charge, credit);
    struct money renewal = part_of(c, given(c, c->input, "new"), 1, 1);
    expect_money(c, "credit", minus(c, money_zero(credit.currency), credit),
                 given(c, c->expected, "credit"));
    expect_money(c, "charge", charge, given(c, c->expected, "charge"));
    expect_money(c, "next_renewal", renewal, given(c, c->expected, "next_renewal"));
    expect_ok(c, money_add(next, renewal, &next, &err), &err);
    expect_money(c, "next_invoice", next, given(c, c->expected, "next_invoice"));
}

/* Amounts in cents: a tie would be one of cents there and of euros here, so as euros of cents. */
void prorate_days_left(const struct conformance_case *c)
{
    int64_t left = input_integer(c, "days_left");
    int64_t days = input_integer(c, "days");
    struct error err = {0};
    struct currency yen = {"JPY"}; /* counts in whole units, as they count cents */
    struct money back = {0}, forth = {0};
    expect_ok(c,
              money_prorate(money_of_minor(input_integer(c, "old_cents"), yen), left, days,
                            ROUND_HALF_UP, &back, &err),
              &err);
    expect_ok(c,
              money_prorate(money_of_minor(input_integer(c, "new_cents"), yen), left, days,
                            ROUND_HALF_UP, &forth, &err),
              &err);
    expect_money(c, "unusedCredit", back, given(c, c->expected, "unusedCredit"));
    expect_money(c, "newPlanProrated", forth, given(c, c->expected, "newPlanProrated"));
    expect_money(c, "netAmount", minus(c, forth, back), given(c, c->expected, "netAmount"));
}

void prorate_days_used(const struct conformance_case *c)
{
    const json_t *used = given(c, c->input, "used");
    struct currency yen = {"JPY"};
    for (size_t i = 0; i < json_array_size(used); i++) {
        struct error err = {0};
        struct money part = {0};
        expect_ok(c,
                  money_prorate(money_of_minor(input_integer(c, "amount_cents"), yen),
                                json_integer_value(json_array_get(used, i)),
                                input_integer(c, "days"), ROUND_HALF_UP, &part, &err),
                  &err);
        expect_money(c, "amount", part, json_array_get(given(c, c->expected, "amounts"), i));
    }
}

/* ---------------------------------------------------------------- dates */

static const json_t *ask_periods(const struct conformance_case *c, struct date anchor,
                                 const char *interval, int count)
{
    return given(c,
                 ask(c, "periods",
                     json_pack("{s:s, s:s, s:i}", "anchor", date_text(anchor).text, "interval",
                               interval, "count", count)),
                 "periods");
}

static const char *field_of(const struct conformance_case *c, const json_t *periods, size_t i,
                            const char *field)
{
    return text_of(c, given(c, json_array_get(periods, i), field));
}

void dates_next_of_anchor(const struct conformance_case *c)
{
    const json_t *next = given(c, c->expected, "next");
    const json_t *periods = ask_periods(c, input_date(c, "anchor"), input_text(c, "interval"),
                                        (int)json_array_size(next));
    for (size_t i = 0; i < json_array_size(next); i++)
        expect_text(c, "next", field_of(c, periods, i, "end"), json_array_get(next, i));
}

/* Their periods name their last day. */
void dates_anniversary(const struct conformance_case *c)
{
    const json_t *days = given(c, c->expected, "billing_days");
    const json_t *theirs = given(c, c->expected, "periods");
    const json_t *periods = ask_periods(c, input_date(c, "subscription_at"),
                                        input_text(c, "interval"), (int)json_array_size(days));
    for (size_t i = 0; i < json_array_size(days); i++) {
        struct date end = case_date(c, field_of(c, periods, i, "end"));
        expect_text(c, "billing day", field_of(c, periods, i, "end"), json_array_get(days, i));
        expect_text(c, "start", field_of(c, periods, i, "start"),
                    json_array_get(json_array_get(theirs, i), 0));
        expect_text(c, "last day", date_text(plus_days(c, end, -1)).text,
                    json_array_get(json_array_get(theirs, i), 1));
    }
}

/* What is billed in arrears on a day is the period that contains the day before. */
void dates_in_arrears(const struct conformance_case *c)
{
    struct date day_before = plus_days(c, input_date(c, "billing_day"), -1);
    struct error err = {0};
    struct period period = {0};
    struct billing_cycle cycle = {.anchor = input_date(c, "subscription_at"), .interval_count = 1};
    cycle.start = cycle.anchor;
    expect_ok(c, interval_unit_parse(input_text(c, "interval"), &cycle.unit, &err), &err);
    expect_ok(c, billing_cycle_period_at(&cycle, day_before, &period, &err), &err);
    if (json_object_get(c->expected, "from") != NULL)
        expect_text(c, "from", date_text(period.start).text, given(c, c->expected, "from"));
    if (json_object_get(c->expected, "to_inclusive") != NULL)
        expect_text(c, "to_inclusive", date_text(plus_days(c, period.end, -1)).text,
                    given(c, c->expected, "to_inclusive"));
}

void dates_first_cycle(const struct conformance_case *c)
{
    const json_t *answer =
        ask(c, "periods",
            json_pack("{s:O, s:O, s:O, s:i}", "anchor", given(c, c->input, "start"), "anchor_day",
                      given(c, c->input, "anchor_day"), "interval", given(c, c->input, "interval"),
                      "count", 1));
    expect_text(c, "first cycle date", field_of(c, given(c, answer, "periods"), 0, "end"),
                given(c, c->expected, "first_cycle_date"));
}

void dates_billed_through(const struct conformance_case *c)
{
    struct due_periods due = {0};
    struct subscription_terms terms =
        monthly(input_date(c, "start"), input_integer(c, "anchor_day"));
    (void)due_shares(c, &terms, input_date(c, "target"), BILLING_IN_ADVANCE, &due);
    ck_assert_msg(due.count > 0, "%s: nothing is due", c->id);
    expect_text(c, "billed through", date_text(due.items[due.count - 1].period.end).text,
                given(c, c->expected, "billed_through"));
}

static void expect_day(const struct conformance_case *c, struct date date)
{
    expect_same(c, "anchor_day", decimal_from_i64(date_civil(date).day),
                given(c, c->expected, "anchor_day"));
}

void dates_trial(const struct conformance_case *c)
{
    const json_t *ends = given(c, c->expected, "periods_end");
    struct subscription_terms terms = monthly(input_date(c, "start"), 0);
    struct due_periods due = {0};
    terms.trial_days = (int32_t)input_integer(c, "trial_days");
    (void)due_shares(c, &terms, plus_days(c, terms.start, 150), BILLING_IN_ADVANCE, &due);
    ck_assert(due.count >= json_array_size(ends));
    expect_text(c, "first paid day", date_text(due.items[0].period.start).text,
                given(c, c->expected, "first_paid_day"));
    expect_day(c, due.items[0].period.start);
    for (size_t i = 0; i < json_array_size(ends); i++)
        expect_text(c, "end", date_text(due.items[i].period.end).text, json_array_get(ends, i));
}

/* The trial counts local days: the start's local date is all that is needed. */
void dates_trial_local(const struct conformance_case *c)
{
    const json_t *first = given(c, c->expected, "first_period");
    struct subscription_terms terms = monthly(input_date(c, "start_local"), 0);
    struct due_periods due = {0};
    terms.trial_days = (int32_t)input_integer(c, "trial_days");
    (void)due_shares(c, &terms, plus_days(c, terms.start, 60), BILLING_IN_ADVANCE, &due);
    expect_day(c, due.items[0].period.start);
    expect_text(c, "start", date_text(due.items[0].period.start).text, json_array_get(first, 0));
    expect_text(c, "end", date_text(due.items[0].period.end).text, json_array_get(first, 1));
}

static struct date local_start(const struct conformance_case *c)
{
    struct error err = {0};
    int64_t at_us = 0;
    expect_ok(c, instant_parse(input_text(c, "start_utc"), &at_us, &err), &err);
    return zone_local_date(zone_of(c, input_text(c, "tz")), at_us);
}

void dates_anchor_zone(const struct conformance_case *c)
{
    expect_day(c, local_start(c));
}

void dates_usage_zone(const struct conformance_case *c)
{
    const json_t *period = given(c, c->expected, "period");
    const json_t *answer =
        ask(c, "periods",
            json_pack("{s:O, s:O, s:O, s:s, s:i}", "anchor", given(c, c->input, "start_utc"),
                      "timezone", given(c, c->input, "tz"), "anchor_day",
                      given(c, c->input, "anchor_day"), "interval", "month", "count", 1));
    const json_t *periods = given(c, answer, "periods");
    expect_text(c, "local start", date_text(local_start(c)).text,
                given(c, c->expected, "local_start"));
    expect_text(c, "start", field_of(c, periods, 0, "start"), json_array_get(period, 0));
    expect_text(c, "end", field_of(c, periods, 0, "end"), json_array_get(period, 1));
}

void dates_months_later(const struct conformance_case *c)
{
    const json_t *answer =
        ask(c, "periods",
            json_pack("{s:O, s:s, s:O, s:i}", "anchor", given(c, c->input, "anchor"), "interval",
                      "month", "interval_count", given(c, c->input, "months"), "count", 1));
    expect_text(c, "next", field_of(c, given(c, answer, "periods"), 0, "end"),
                given(c, c->expected, "next"));
}

/* Exactly so many periods are due in arrears. */
void dates_elapsed(const struct conformance_case *c)
{
    struct due_periods due = {0};
    struct subscription_terms terms =
        monthly(input_date(c, "start"), input_integer(c, "anchor_day"));
    terms.interval_count = (int32_t)input_integer(c, "months");
    (void)due_shares(c, &terms, input_date(c, "target"), BILLING_IN_ARREARS, &due);
    expect_same(c, "completed cycles", decimal_from_i64((int64_t)due.count),
                given(c, c->expected, "completed_cycles"));
}

static void expect_billed_month(const struct conformance_case *c, const json_t *run_at,
                                const json_t *billed)
{
    struct due_periods due = {0};
    struct subscription_terms terms = monthly(case_date(c, "2024-01-01"), 1);
    (void)due_shares(c, &terms, case_date(c, text_of(c, run_at)), BILLING_IN_ARREARS, &due);
    ck_assert_msg(due.count > 0, "%s: nothing is due", c->id);
    struct date_text start = date_text(due.items[due.count - 1].period.start);
    expect_text(c, "billed", arena_copy_n(c->arena, start.text, 7), billed);
}

void dates_previous_month(const struct conformance_case *c)
{
    const json_t *run_at = given(c, c->input, "run_at");
    const json_t *billed = given(c, c->expected, "billed");
    if (json_is_string(run_at))
        expect_billed_month(c, run_at, billed);
    for (size_t i = 0; i < json_array_size(run_at); i++)
        expect_billed_month(c, json_array_get(run_at, i), json_array_get(billed, i));
}

void dates_leap_years(const struct conformance_case *c)
{
    const json_t *ends = given(c, c->expected, "ends");
    const json_t *periods = ask_periods(c, input_date(c, "anchor"), input_text(c, "interval"),
                                        (int)input_integer(c, "steps"));
    ck_assert_uint_eq(json_array_size(periods), json_array_size(ends));
    for (size_t i = 0; i < json_array_size(ends); i++)
        expect_text(c, "end", field_of(c, periods, i, "end"), json_array_get(ends, i));
}

/* The zone of the host does not matter. */
void dates_any_host_zone(const struct conformance_case *c)
{
    const json_t *hosts = given(c, c->input, "host_zones");
    for (size_t i = 0; i < json_array_size(hosts); i++) {
        ck_assert(setenv("TZ", json_string_value(json_array_get(hosts, i)), 1) == 0);
        const json_t *answer =
            ask(c, "periods",
                json_pack("{s:O, s:O, s:i}", "anchor", given(c, c->input, "end"), "interval",
                          given(c, c->input, "interval"), "count", 1));
        expect_text(c, "next", field_of(c, given(c, answer, "periods"), 0, "end_at"),
                    json_array_get(given(c, c->expected, "next"), i));
    }
    ck_assert(unsetenv("TZ") == 0);
}

void dates_day_buckets(const struct conformance_case *c)
{
    const json_t *events = given(c, c->input, "events");
    const json_t *zones = given(c, c->input, "timezones");
    for (size_t z = 0; z < json_array_size(zones); z++) {
        const char *name = json_string_value(json_array_get(zones, z));
        int64_t buckets = 0, sum_of_last = 0;
        struct date last = DATE_NONE;
        for (size_t i = 0; i < json_array_size(events); i++) {
            struct error err = {0};
            int64_t at_us = 0;
            const json_t *at = json_array_get(json_array_get(events, i), 0);
            expect_ok(c, instant_parse(text_of(c, at), &at_us, &err), &err);
            struct date day = zone_local_date(zone_of(c, name), at_us);
            bool is_new = date_compare(day, last) != 0;
            int64_t value = json_integer_value(json_array_get(json_array_get(events, i), 1));
            buckets += is_new ? 1 : 0;
            sum_of_last = is_new ? value : sum_of_last + value;
            last = day;
        }
        if (strcmp(name, "Asia/Jakarta") == 0)
            expect_same(c, name, decimal_from_i64(sum_of_last),
                        given(c, c->expected, "jakarta_total"));
        expect_same(c, name, decimal_from_i64(buckets),
                    given(c, given(c, c->expected, "buckets"), name));
    }
}
