/* The conformance cases (tests/fixtures/conformance.json: figures of other billing systems) against
 * our rules. A check translates the input of a case, whose field names vary by source, into a
 * question to our rules and compares the answers. */
#ifndef BILLMILL_TESTS_CONFORMANCE_H
#define BILLMILL_TESTS_CONFORMANCE_H

#include <jansson.h>

#include "core/base/arena.h"
#include "core/billing/invoice.h"
#include "core/billing/rating.h"
#include "core/billing/subscription_periods.h"
#include "core/billing/tax.h"
#include "core/calendar/zone.h"
#include "tests/support/suite.h"

struct conformance_case {
    const char *id;
    const char *topic;
    const json_t *input;
    const json_t *expected;
    struct arena *arena;
    struct zone_cache *zones;
    json_t *answers; /* what ask has answered, to be released with the case */
};

typedef void conformance_check(const struct conformance_case *c);

/* conformance_price.c */
conformance_check price_by_tiers, price_by_cents_tiers, price_lines;
conformance_check price_package, price_transform_quantity, price_two_meters, price_call,
    price_blocks_of_tiers, price_top_tier_blocks;
conformance_check price_prorated_events, price_capped, price_discounted_then_capped;
conformance_check price_filled_up, price_minimum_of_usage, price_commitment, price_overage;
conformance_check price_percentage_of_total, price_percentage_of_events, price_by_rate_tiers;
conformance_check price_dynamic;
conformance_check price_flat, price_per_unit, price_rounded_line, usage_in_two_batches;

/* conformance_time.c */
conformance_check prorate_trailing, prorate_fixed_days, prorate_in_advance, prorate_whole_period;
conformance_check prorate_start_in_month, prorate_inclusive_end, prorate_by_second;
conformance_check prorate_summer_time, prorate_change, prorate_mixed, prorate_other_cadence;
conformance_check prorate_quarter, prorate_days_left, prorate_days_used;
conformance_check dates_next_of_anchor, dates_anniversary, dates_in_arrears, dates_first_cycle;
conformance_check dates_billed_through, dates_trial, dates_trial_local, dates_anchor_zone;
conformance_check dates_usage_zone, dates_months_later, dates_elapsed, dates_previous_month;
conformance_check dates_leap_years, dates_any_host_zone, dates_day_buckets;

/* conformance_contract.c */
conformance_check contract_phases;

/* conformance_life.c */
conformance_check life_paused, life_same_change_twice, life_billed_ahead;

/* conformance_store.c */
conformance_check credit_grant_twice, credit_event_twice, credit_two_at_once;
conformance_check coupon_claimed_once, number_series_apart, number_after_ten;

/* conformance_invoice.c */
conformance_check tax_two_rates, tax_with_untaxed, tax_inclusive_net, tax_tie, tax_breakdown;
conformance_check tax_custom_rate, tax_inclusive, tax_cents, tax_after_minimum, tax_of_rounded;
conformance_check invoice_discount_then_tax, invoice_totals_of_cents, coupon_spread;
conformance_check round_decimal, round_money, round_lines, round_currencies, round_negative;
conformance_check sum_decimals, minor_units;

/* conformance_collect.c */
conformance_check dunning_two_invoices, dunning_schedule_from_failure, dunning_chained;
conformance_check dunning_step_due, conversion_inverse;

/* conformance_credit.c */
conformance_check credit_note_part, credit_note_whole, credit_after_tax, credit_order;
conformance_check coupon_percents, coupon_best, coupon_with_automatic, coupon_by_volume;
conformance_check coupon_breakdown, coupon_changes;
conformance_check settlement_balance, settlement_paid_part, settlement_two_payments;
conformance_check settlement_refunds, settlement_refund_replay;

/* A field, which must be there. */
const json_t *given(const struct conformance_case *c, const json_t *object, const char *name);

/* Strings and numbers as a decimal's text; in the arena. */
const char *text_of(const struct conformance_case *c, const json_t *value);
struct decimal decimal_of(const struct conformance_case *c, const json_t *value);
struct decimal input_decimal(const struct conformance_case *c, const char *name); /* 0: absent */
int64_t input_integer(const struct conformance_case *c, const char *name);
const char *input_text(const struct conformance_case *c, const char *name);
struct date case_date(const struct conformance_case *c, const char *text);
struct date input_date(const struct conformance_case *c, const char *name);
const struct zone *zone_of(const struct conformance_case *c, const char *name);

/* The answer of a calculator; takes the question's reference. */
const json_t *ask(const struct conformance_case *c, const char *calculator, json_t *question);

/* Sets a field of a question to a text or to the case's value; an absent value sets nothing. */
void put_text(json_t *question, const char *name, const char *text);
void put(const struct conformance_case *c, json_t *question, const char *name, const json_t *value);

struct money euros(const struct conformance_case *c, struct decimal value);
struct ratio days_ratio(const struct conformance_case *c, int64_t numerator, int64_t denominator);
void expect_same(const struct conformance_case *c, const char *what, struct decimal got,
                 const json_t *expected);
void expect_money(const struct conformance_case *c, const char *what, struct money got,
                  const json_t *expected);
void expect_text(const struct conformance_case *c, const char *what, const char *got,
                 const json_t *expected);
void expect_ok(const struct conformance_case *c, bool ok, const struct error *err);

#endif
