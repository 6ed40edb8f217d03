/* Cases about changes in the life of a subscription, answered by the timeline and its slots. Their
 * prices are flat monthly fees in EUR, charged in advance. */
#include "core/billing/charge_slots.h"
#include "tests/core/billing/conformance.h"
#include "tests/core/billing/timeline.h"

static void fill(struct timeline_sample *sample, struct date start, int32_t anchor_day)
{
    struct timeline_price price = {.billing = BILLING_IN_ADVANCE, .spans = PRICED_FLAT};
    *sample = (struct timeline_sample){
        .terms = {.start = start,
                  .anchor_day = anchor_day,
                  .trial_end = DATE_NONE,
                  .cancel_at = DATE_NONE,
                  .status = SUBSCRIPTION_ACTIVE,
                  .interval = INTERVAL_MONTH,
                  .interval_count = 1},
        .plans = {{INTERVAL_MONTH, 1}, {INTERVAL_MONTH, 1}},
        .prices = {price,    price        },
    };
    sample->prices[1].plan = 1;
    sample->timeline = (struct subscription_timeline){.terms = &sample->terms,
                                                      .quantity = decimal_from_i64(1),
                                                      .plans = sample->plans,
                                                      .prices = sample->prices,
                                                      .price_count = 2,
                                                      .changes = sample->changes};
}

static struct slot_entries run_on(const struct conformance_case *c,
                                  const struct timeline_sample *sample, struct date business_date,
                                  const struct slot_entries *made)
{
    static const struct date until[2] = {{INT32_MIN}, {INT32_MIN}};
    struct period_run run = {business_date, RUN_GRID_MONTH, CATCH_UP_ALL, 100};
    struct slot_history history = {
        .made = made->items, .made_count = made->count, .made_until = until, .since = DATE_NONE};
    struct charge_slots wanted = {0};
    struct slot_entries entries = {0};
    struct error err = {0};
    int64_t skipped = 0;
    expect_ok(
        c, subscription_timeline_slots(&sample->timeline, business_date, c->arena, &wanted, &err),
        &err);
    expect_ok(c,
              charge_slots_reconcile(&wanted, &history, &run, c->arena, &entries, &skipped, &err),
              &err);
    return entries;
}

static struct money amount_of(const struct conformance_case *c, const struct slot_entry *entry)
{
    struct due_period due = {.period = entry->slot.period, .full = entry->slot.full};
    struct money price = euros(c, decimal_of(c, given(c, c->input, "price")));
    struct money amount = {0};
    struct ratio share;
    struct error err = {0};
    expect_ok(c, due_period_share(&due, &share, &err), &err);
    expect_ok(c, money_multiply_ratio(price, share, ROUND_HALF_UP, &amount, &err), &err);
    if (slot_entry_is_negative(entry))
        expect_ok(c, money_negate(amount, &amount, &err), &err);
    return amount;
}

/* The month is invoiced, then paused for ten days; the next invoice has both sides of the pause and
 * the month that follows. */
void life_paused(const struct conformance_case *c)
{
    const json_t *period = given(c, c->input, "period");
    const json_t *blocked = given(c, c->input, "billing_blocked");
    const json_t *next = given(c, c->expected, "next_invoice");
    struct date start = case_date(c, text_of(c, json_array_get(period, 0)));
    struct date end = case_date(c, text_of(c, json_array_get(period, 1)));
    struct slot_entries none = {0};
    struct timeline_sample sample;
    struct error err = {0};
    struct money credit = money_zero((struct currency){"EUR"});
    struct money recurring = credit;
    struct money due = credit;
    fill(&sample, start, date_civil(end).day);
    struct slot_entries made = run_on(c, &sample, start, &none);
    expect_money(c, "first", amount_of(c, &made.items[0]), given(c, c->input, "price"));
    sample.changes[0] =
        (struct subscription_change){.at = case_date(c, text_of(c, json_array_get(blocked, 0))),
                                     .plan = TIMELINE_PLAN_KEPT,
                                     .pause = PAUSE_BEGINS};
    sample.changes[1] =
        (struct subscription_change){.at = case_date(c, text_of(c, json_array_get(blocked, 1))),
                                     .plan = TIMELINE_PLAN_KEPT,
                                     .pause = PAUSE_ENDS};
    sample.timeline.change_count = 2;
    struct slot_entries entries = run_on(c, &sample, end, &made);
    for (size_t i = 0; i < entries.count; i++) {
        struct money amount = amount_of(c, &entries.items[i]);
        struct money *sum = entries.items[i].slot.kind == SLOT_RECURRING ? &recurring : &credit;
        expect_ok(c, money_add(*sum, amount, sum, &err), &err);
        expect_ok(c, money_add(due, amount, &due, &err), &err);
    }
    expect_money(c, "credit", credit, given(c, c->expected, "credit"));
    expect_money(c, "recurring", recurring, given(c, next, "recurring"));
    expect_money(c, "credit_used", credit, given(c, next, "credit_used"));
    expect_money(c, "due", due, given(c, next, "due"));
}

/* A change that is told twice is one: one invoice has its two sides, the second run has nothing. */
void life_same_change_twice(const struct conformance_case *c)
{
    struct slot_entries none = {0};
    struct timeline_sample sample;
    int64_t invoices = 0;
    struct date cutoff = DATE_NONE;
    ck_assert(json_is_true(given(c, c->input, "same_key_twice")));
    fill(&sample, timeline_day("2026-10-01"), 0);
    struct slot_entries made = run_on(c, &sample, timeline_day("2026-10-01"), &none);
    timeline_read_changes(&sample, "2026-10-16 plan 1");
    for (int times = 0; times < 2; times++) {
        struct slot_entries entries = run_on(c, &sample, timeline_day("2026-10-30"), &made);
        for (size_t i = 0; i < entries.count; i++) {
            if (date_compare(entries.items[i].cutoff_on, cutoff) != 0)
                invoices++;
            cutoff = entries.items[i].cutoff_on;
            ARRAY_ADD(c->arena, &made) = entries.items[i];
        }
    }
    ck_assert_uint_eq(made.count, 3);
    expect_same(c, "invoices", decimal_from_i64(invoices), given(c, c->expected, "invoices"));
}

/* What is billed ahead is what a later business date closes: up to the midnight that ends it. */
void life_billed_ahead(const struct conformance_case *c)
{
    struct slot_entries none = {0};
    struct timeline_sample sample;
    struct error err = {0};
    ck_assert_str_eq(input_text(c, "period_end"), "now+5d");
    fill(&sample, timeline_day("2026-10-01"), 0);
    struct date now = timeline_day("2026-10-27"); /* five days before 1 November */
    struct slot_entries made = run_on(c, &sample, timeline_day("2026-10-01"), &none);
    int64_t leads[] = {input_integer(c, "lead_days"), 5};
    size_t invoices[ARRAY_LEN(leads)];
    for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
        struct date business_date = DATE_NONE;
        expect_ok(c, date_add_days(now, leads[i] - 1, &business_date, &err), &err);
        invoices[i] = run_on(c, &sample, business_date, &made).count;
    }
    expect_same(c, "invoices", decimal_from_i64((int64_t)invoices[0]),
                given(c, c->expected, "invoices"));
    ck_assert_uint_eq(invoices[1], 1); /* as the note of the case says */
}
