/* Every case of tests/fixtures/conformance.json is in exactly one row below: it passes through a
 * check, it needs a job beyond billing (the row says which), or DOMAIN decides otherwise and the
 * row says why. A case without a row, or a row without a case, fails. CONFORMANCE_CASES names
 * another fixture: tests/stories/conformance.sh gives wrong ones, of which each row must fail. */
#include <stdio.h>
#include <string.h>

#include "tests/core/billing/conformance.h"

#define FIXTURE "tests/fixtures/conformance.json"
#define FIXTURE_ENV "CONFORMANCE_CASES"

enum verdict { PASSES, NEEDS_JOB, DIFFERS };

/* clang-format off */
static const struct conformance_row {
    const char *id;
    enum verdict verdict;
    conformance_check *check; /* of what passes */
    const char *why; /* else: the job that is not built yet, or why ours is right */
} rows[] = {
    {"BC-001", PASSES, price_by_tiers, NULL},
    {"BC-002", PASSES, price_by_tiers, NULL},
    {"BC-004", PASSES, price_by_tiers, NULL},
    {"BC-005", PASSES, price_by_tiers, NULL},
    {"BC-009", PASSES, price_by_tiers, NULL},
    {"BC-012", PASSES, price_by_tiers, NULL},
    {"BC-013", PASSES, price_by_tiers, NULL},
    {"BC-014", PASSES, price_by_tiers, NULL},
    {"BC-018", PASSES, price_by_tiers, NULL},
    {"BC-021", PASSES, price_package, NULL},
    {"BC-023", PASSES, price_package, NULL},
    {"BC-027", PASSES, price_percentage_of_total, NULL},
    {"BC-028", PASSES, price_percentage_of_total, NULL},
    {"BC-031", PASSES, price_percentage_of_events, NULL},
    {"BC-032", PASSES, price_percentage_of_events, NULL},
    {"BC-033", PASSES, price_percentage_of_events, NULL},
    {"BC-034", PASSES, price_percentage_of_events, NULL},
    {"BC-035", PASSES, price_by_rate_tiers, NULL},
    {"BC-037", PASSES, price_by_rate_tiers, NULL},
    {"BC-038", PASSES, price_by_rate_tiers, NULL},
    {"BC-042", PASSES, price_prorated_events, NULL},
    {"BC-043", PASSES, price_lines, NULL},
    {"BC-045", PASSES, price_capped, NULL},
    {"BC-048", PASSES, price_by_tiers, NULL},
    {"BC-049", PASSES, price_by_tiers, NULL},
    {"BC-050", PASSES, price_by_tiers, NULL},
    {"BC-054", PASSES, price_filled_up, NULL},
    {"BC-055", PASSES, price_capped, NULL},
    {"BC-056", PASSES, price_package, NULL},
    {"BC-058", PASSES, price_package, NULL},
    {"BC-060", PASSES, price_dynamic, NULL},
    {"BC-063", PASSES, price_discounted_then_capped, NULL},
    {"BC-064", PASSES, price_by_tiers, NULL},
    {"BC-065", PASSES, price_by_tiers, NULL},
    {"BC-066", PASSES, price_by_tiers, NULL},
    {"BC-070", PASSES, price_by_tiers, NULL},
    {"BC-071", PASSES, price_by_tiers, NULL},
    {"BC-076", PASSES, price_transform_quantity, NULL},
    {"BC-077", PASSES, price_transform_quantity, NULL},
    {"BC-078", PASSES, price_transform_quantity, NULL},
    {"BC-081", PASSES, price_blocks_of_tiers, NULL},
    {"BC-082", PASSES, price_top_tier_blocks, NULL},
    {"BC-083", PASSES, price_top_tier_blocks, NULL},
    {"BC-086", PASSES, price_two_meters, NULL},
    {"BC-087", PASSES, price_by_tiers, NULL},
    {"BC-088", DIFFERS, NULL, "the dearest tier that any of several units reaches, the others cost nothing: no line would say what a unit costs; DOMAIN 3 prices each meter by itself, so 10 and 100 are 110"},
    {"BC-089", PASSES, price_call, NULL},
    {"BC-090", PASSES, price_call, NULL},
    {"BC-093", PASSES, round_decimal, NULL},
    {"BC-094", PASSES, round_decimal, NULL},
    {"BC-095", PASSES, round_decimal, NULL},
    {"BC-099", PASSES, prorate_trailing, NULL},
    {"BC-103", PASSES, prorate_fixed_days, NULL},
    {"BC-105", PASSES, prorate_fixed_days, NULL},
    {"BC-107", PASSES, prorate_in_advance, NULL},
    {"BC-109", PASSES, prorate_in_advance, NULL},
    {"BC-110", PASSES, prorate_in_advance, NULL},
    {"BC-112", PASSES, prorate_in_advance, NULL},
    {"BC-113", PASSES, prorate_in_advance, NULL},
    {"BC-115", PASSES, prorate_in_advance, NULL},
    {"BC-118", PASSES, prorate_in_advance, NULL},
    {"BC-119", PASSES, prorate_whole_period, NULL},
    {"BC-120", PASSES, life_paused, NULL},
    {"BC-122", PASSES, prorate_start_in_month, NULL},
    {"BC-123", DIFFERS, NULL, "it credits the whole old price of 20; DOMAIN 3 credits its unused part, 20 * 21/31 = 13.55, so the net is 13.55"},
    {"BC-126", PASSES, prorate_start_in_month, NULL},
    {"BC-128", PASSES, prorate_start_in_month, NULL},
    {"BC-131", PASSES, price_minimum_of_usage, NULL},
    {"BC-132", PASSES, prorate_inclusive_end, NULL},
    {"BC-133", PASSES, prorate_by_second, NULL},
    {"BC-134", PASSES, prorate_change, NULL},
    {"BC-137", PASSES, prorate_mixed, NULL},
    {"BC-138", PASSES, prorate_other_cadence, NULL},
    {"BC-139", PASSES, prorate_quarter, NULL},
    {"BC-141", PASSES, credit_note_part, NULL},
    {"BC-142", PASSES, credit_note_part, NULL},
    {"BC-145", PASSES, coupon_breakdown, NULL},
    {"BC-148", PASSES, coupon_spread, NULL},
    {"BC-150", PASSES, tax_two_rates, NULL},
    {"BC-152", PASSES, tax_with_untaxed, NULL},
    {"BC-153", PASSES, tax_inclusive_net, NULL},
    {"BC-155", PASSES, tax_tie, NULL},
    {"BC-157", PASSES, sum_decimals, NULL},
    {"BC-161", PASSES, tax_breakdown, NULL},
    {"BC-162", PASSES, tax_custom_rate, NULL},
    {"BC-164", PASSES, coupon_changes, NULL},
    {"BC-168", PASSES, round_money, NULL},
    {"BC-170", PASSES, round_money, NULL},
    {"BC-171", PASSES, round_money, NULL},
    {"BC-173", PASSES, round_lines, NULL},
    {"BC-174", PASSES, round_lines, NULL},
    {"BC-178", PASSES, price_commitment, NULL},
    {"BC-180", PASSES, price_overage, NULL},
    {"BC-181", PASSES, price_rounded_line, NULL},
    {"BC-185", PASSES, settlement_balance, NULL},
    {"BC-187", PASSES, settlement_balance, NULL},
    {"BC-189", PASSES, settlement_balance, NULL},
    {"BC-191", PASSES, settlement_balance, NULL},
    {"BC-192", PASSES, dates_next_of_anchor, NULL},
    {"BC-194", PASSES, dates_anniversary, NULL},
    {"BC-196", PASSES, dates_in_arrears, NULL},
    {"BC-197", PASSES, dates_in_arrears, NULL},
    {"BC-200", PASSES, dates_in_arrears, NULL},
    {"BC-202", PASSES, dates_in_arrears, NULL},
    {"BC-205", PASSES, dates_first_cycle, NULL},
    {"BC-206", PASSES, dates_first_cycle, NULL},
    {"BC-207", PASSES, dates_first_cycle, NULL},
    {"BC-212", PASSES, dates_first_cycle, NULL},
    {"BC-213", PASSES, dates_billed_through, NULL},
    {"BC-216", PASSES, dates_trial, NULL},
    {"BC-217", PASSES, dates_trial_local, NULL},
    {"BC-219", PASSES, dates_anchor_zone, NULL},
    {"BC-221", PASSES, dates_anchor_zone, NULL},
    {"BC-223", PASSES, dates_usage_zone, NULL},
    {"BC-226", PASSES, dates_months_later, NULL},
    {"BC-227", PASSES, dates_months_later, NULL},
    {"BC-228", PASSES, dates_months_later, NULL},
    {"BC-230", PASSES, dates_months_later, NULL},
    {"BC-232", PASSES, dates_months_later, NULL},
    {"BC-235", PASSES, dates_elapsed, NULL},
    {"BC-236", PASSES, dates_elapsed, NULL},
    {"BC-238", PASSES, dates_elapsed, NULL},
    {"BC-241", PASSES, dunning_two_invoices, NULL},
    {"BC-242", DIFFERS, NULL, "instants compared with > make a gap of 2 days 3; DOMAIN 8 compares local dates with >=: the second attempt is due on 2025-01-09 (dunning_test.c)"},
    {"BC-246", PASSES, number_series_apart, NULL},
    {"BC-247", PASSES, number_after_ten, NULL},
    {"BC-248", PASSES, prorate_summer_time, NULL},
    {"BC-249", PASSES, prorate_summer_time, NULL},
    {"BC-250", PASSES, round_negative, NULL},
    {"BC-251", PASSES, round_currencies, NULL},
    {"BC-252", DIFFERS, NULL, "it rounds what is owed for who pays in coins: a total is exact to the minor unit of its currency (DOMAIN 4), and 5 cents are a matter of a payment in cash, which no gateway of DOMAIN 8 takes"},
    {"SC-001", PASSES, price_flat, NULL},
    {"SC-002", PASSES, price_per_unit, NULL},
    {"SC-003", PASSES, price_per_unit, NULL},
    {"SC-009", DIFFERS, NULL, "no country silently gives no tax; DOMAIN 5 taxes such a buyer as at home and parks where a rate is missing"},
    {"SC-010", PASSES, tax_inclusive, NULL},
    {"SC-011", PASSES, tax_inclusive, NULL},
    {"SC-013", PASSES, credit_after_tax, NULL},
    {"SC-014", PASSES, invoice_discount_then_tax, NULL},
    {"SC-016", PASSES, credit_two_at_once, NULL},
    {"SC-019", PASSES, prorate_change, NULL},
    {"SC-020", PASSES, prorate_change, NULL},
    {"SC-023", PASSES, life_same_change_twice, NULL},
    {"SC-025", PASSES, life_billed_ahead, NULL},
    {"SC-027", DIFFERS, NULL, "it rounds seconds up to days; DOMAIN 2 counts local dates, between which there are whole days only"},
    {"SC-028", DIFFERS, NULL, "it calls the first revenue an expansion and never bills the first paid period; DOMAIN 10 calls it new (mrr_test.c), and by DOMAIN 2 the first paid period starts at the end of the trial and is billed (BC-216)"},
    {"SC-031", PASSES, dunning_step_due, NULL},
    {"SC-033", NEEDS_JOB, NULL, "dunning: its rows keep that a step is done once; which step is due is in SC-031"},
    {"SC-034", NEEDS_JOB, NULL, "the MRR report: which statuses have revenue; an equal revenue is no movement (mrr_test.c)"},
    {"SC-036", NEEDS_JOB, NULL, "the revenue report: twelve times the MRR"},
    {"SC-039", PASSES, dates_day_buckets, NULL},
    {"SC-040", PASSES, credit_note_whole, NULL},
    {"SC-042", PASSES, tax_after_minimum, NULL},
    {"SC-044", PASSES, tax_of_rounded, NULL},
    {"SC-045", PASSES, dates_previous_month, NULL},
    {"SC-046", PASSES, dates_previous_month, NULL},
    {"SC-048", PASSES, usage_in_two_batches, NULL},
    {"SC-051", PASSES, conversion_inverse, NULL},
    {"SC-053", DIFFERS, NULL, "numbers made of a month and eight digits of an id collide and cannot be issued again; DOMAIN 6 takes a gapless counter per series"},
    {"SC-054", DIFFERS, NULL, "the key names one invoice per tenant and month; ours (invoice_draft_key) names payer, currency, group and sequence too"},
    {"SC-057", PASSES, contract_phases, NULL},
    {"SC-060", PASSES, dunning_schedule_from_failure, NULL},
    {"SC-061", NEEDS_JOB, NULL, "alerts: spend limits"},
    {"SC-062", PASSES, credit_grant_twice, NULL},
    {"SC-064", DIFFERS, NULL, "billmill has no HTTP interface whose answers it could replay"},
    {"SC-066", PASSES, credit_order, NULL},
    {"SC-068", PASSES, credit_event_twice, NULL},
    {"SC-069", PASSES, invoice_totals_of_cents, NULL},
    {"SC-070", PASSES, invoice_totals_of_cents, NULL},
    {"SC-071", PASSES, invoice_totals_of_cents, NULL},
    {"SC-072", PASSES, settlement_paid_part, NULL},
    {"SC-076", PASSES, tax_cents, NULL},
    {"SC-079", PASSES, tax_cents, NULL},
    {"SC-081", PASSES, prorate_days_left, NULL},
    {"SC-083", PASSES, prorate_days_left, NULL},
    {"SC-084", PASSES, prorate_days_left, NULL},
    {"SC-085", PASSES, prorate_days_used, NULL},
    {"SC-087", PASSES, price_by_cents_tiers, NULL},
    {"SC-088", PASSES, price_by_cents_tiers, NULL},
    {"SC-090", DIFFERS, NULL, "it rounds every tier to the cent (3 cents); DOMAIN 3 rounds the line once: 3 * 0.5 cents are 2 cents"},
    {"SC-091", PASSES, price_by_cents_tiers, NULL},
    {"SC-092", PASSES, price_by_cents_tiers, NULL},
    {"SC-097", PASSES, coupon_percents, NULL},
    {"SC-099", PASSES, coupon_best, NULL},
    {"SC-103", PASSES, coupon_with_automatic, NULL},
    {"SC-104", PASSES, coupon_by_volume, NULL},
    {"SC-106", PASSES, coupon_claimed_once, NULL},
    {"SC-107", NEEDS_JOB, NULL, "vendor payouts: commissions and what is due to vendors"},
    {"SC-108", NEEDS_JOB, NULL, "vendor payouts: commissions and what is due to vendors"},
    {"SC-110", NEEDS_JOB, NULL, "vendor payouts: commissions and what is due to vendors"},
    {"SC-111", NEEDS_JOB, NULL, "vendor payouts: commissions and what is due to vendors"},
    {"SC-115", DIFFERS, NULL, "it takes 30 days for a month; DOMAIN 10 multiplies a day by 365/12, so 100 a day are 3041.67; its other rows are ours (mrr_test.c)"},
    {"SC-118", NEEDS_JOB, NULL, "the revenue report: payments of a period by kind"},
    {"SC-119", PASSES, settlement_refunds, NULL},
    {"SC-120", PASSES, settlement_refund_replay, NULL},
    {"SC-123", PASSES, settlement_two_payments, NULL},
    {"SC-125", PASSES, dates_leap_years, NULL},
    {"SC-126", PASSES, dates_any_host_zone, NULL},
    {"SC-127", PASSES, dunning_chained, NULL},
    {"SC-130", PASSES, minor_units, NULL},
};
/* clang-format on */

static json_t *load_cases(void)
{
    json_error_t problem;
    const char *path = getenv(FIXTURE_ENV) != NULL ? getenv(FIXTURE_ENV) : FIXTURE;
    json_t *cases = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    ck_assert_msg(cases != NULL, "%s:%d: %s", path, problem.line, problem.text);
    return cases;
}

static const json_t *find_case(const json_t *cases, const char *id)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *entry = json_array_get(cases, i);
        if (strcmp(json_string_value(json_object_get(entry, "id")), id) == 0) {
            ck_assert_msg(found == NULL, "%s is twice in the fixture", id);
            found = entry;
        }
    }
    return found;
}

static void run_check(const struct conformance_row *row, const json_t *entry)
{
    struct arena *arena = arena_create("conformance", (size_t)16 << 20);
    struct zone_cache *zones = zone_cache_create(NULL);
    json_t *answers = json_array();
    const struct conformance_case c = {
        .id = row->id,
        .topic = json_string_value(json_object_get(entry, "topic")),
        .input = json_object_get(entry, "input"),
        .expected = json_object_get(entry, "expected"),
        .arena = arena,
        .zones = zones,
        .answers = answers,
    };
    row->check(&c);
    json_decref(answers);
    zone_cache_destroy(&zones);
    arena_destroy(&arena);
}

START_TEST(conforms)
{
    const struct conformance_row *row = &rows[_i];
    json_t *cases = load_cases();
    const json_t *entry = find_case(cases, row->id);
    ck_assert_msg(entry != NULL, "%s is not in the fixture", row->id);
    if (row->verdict == PASSES)
        run_check(row, entry);
    else
        ck_assert_msg(row->check == NULL && row->why != NULL, "%s: say why", row->id);
    json_decref(cases);
}
END_TEST

START_TEST(every_case_has_one_row)
{
    size_t counts[DIFFERS + 1] = {0};
    json_t *cases = load_cases();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(cases, i), "id"));
        size_t found = 0;
        for (size_t row = 0; row < ARRAY_LEN(rows); row++)
            if (strcmp(rows[row].id, id) == 0) {
                found++;
                counts[rows[row].verdict]++;
            }
        ck_assert_msg(found == 1, "%s has %zu rows", id, found);
    }
    ck_assert_uint_eq(ARRAY_LEN(rows), json_array_size(cases));
    printf("conformance: of %zu cases %zu pass, %zu need another job, %zu are decided otherwise\n",
           json_array_size(cases), counts[PASSES], counts[NEEDS_JOB], counts[DIFFERS]);
    json_decref(cases);
}
END_TEST

TEST_SUITE(conformance)
{
    TEST_TABLE(conforms, rows);
    TEST_ONE(every_case_has_one_row);
}
