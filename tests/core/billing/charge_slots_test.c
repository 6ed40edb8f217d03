/* What is appended when facts become known before, after, or long after their time. A line of the
 * tables is one entry: "price kind start..end quantity [due cutoff]". */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/charge_slots.h"
#include "core/calendar/proration.h"
#include "tests/core/billing/timeline.h"
#include "tests/support/suite.h"

#define TEXT_SIZE 4096
#define PRICES_MAX 8
#define CENTS_OF_UNIT 2999

/* What is stored of a subscription: entries with what they were billed. */
struct books {
    struct arena *arena;
    struct slot_entries entries;
    int64_t minor[4096];
    struct charge_slot begun[2]; /* usage billed before its period ended */
    size_t begun_count;
    struct slot_again again; /* what was billed again */
    size_t again_count;
};

/* ---------------------------------------------------------------- the words of kinds */

static const struct kind_case {
    const char *text;
    enum slot_kind kind;
    int32_t generation; /* 0: no slot */
    bool reversal, negative;
} kind_cases[] = {
    {"recurring",                   SLOT_RECURRING,        1, false, false},
    {"usage:3",                     SLOT_USAGE,            3, false, false},
    {"proration_charge",            SLOT_PRORATION_CHARGE, 1, false, false},
    {"proration_credit",            SLOT_PRORATION_CREDIT, 1, false, true },
    {"reversal:usage",              SLOT_USAGE,            1, true,  true },
    {"reversal:proration_credit:2", SLOT_PRORATION_CREDIT, 2, true,  false},
    {"late_usage",                  SLOT_USAGE,            0, false, false},
    {"usage:1",                     SLOT_USAGE,            0, false, false},
    {"usage:2x",                    SLOT_USAGE,            0, false, false},
    {"recurringly",                 SLOT_USAGE,            0, false, false},
    {"reversal:late_usage",         SLOT_USAGE,            0, false, false},
};

START_TEST(names_kinds)
{
    const struct kind_case *c = &kind_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("slots test", 1 << 20);
    struct slot_entry entry = {0};
    ck_assert_msg(slot_entry_parse_kind(c->text, &entry) == (c->generation > 0), "%s", c->text);
    if (c->generation == 0)
        return;
    ck_assert_msg(entry.slot.kind == c->kind && entry.generation == c->generation &&
                      entry.reversal == c->reversal,
                  "%s", c->text);
    ck_assert_msg(slot_entry_is_negative(&entry) == c->negative, "%s", c->text);
    ck_assert_str_eq(slot_entry_kind(&entry, arena), c->text);
}
END_TEST

/* ---------------------------------------------------------------- a run */

/* Before anything is known of a change, nothing is corrected. */
static struct date corrected_since(const struct timeline_sample *sample)
{
    const struct subscription_timeline *timeline = &sample->timeline;
    struct date since = timeline_day("9999-12-31");
    if (timeline->change_count > 0)
        since = timeline->changes[0].at;
    if (!date_is_none(sample->terms.cancel_at))
        since = date_min(since, sample->terms.cancel_at);
    return since;
}

static struct date made_until(const struct books *books, size_t price)
{
    struct date start = DATE_NONE;
    struct date end = DATE_NONE;
    for (size_t i = 0; i < books->entries.count; i++) {
        const struct charge_slot *slot = &books->entries.items[i].slot;
        if (slot->price == price && date_compare(slot->period.start, start) >= 0) {
            start = slot->period.start;
            end = slot->period.end;
        }
    }
    return end;
}

static bool try_run(const struct timeline_sample *sample, const struct period_run *run,
                    const struct books *books, struct slot_entries *ret_entries,
                    int64_t *ret_skipped, struct error *err)
{
    struct charge_slots wanted;
    struct date until[PRICES_MAX];
    struct slot_entry *made =
        ARENA_NEW_ARRAY(books->arena, struct slot_entry, books->entries.count + 1);
    for (size_t i = 0; i < books->entries.count; i++)
        made[i] = books->entries.items[i];
    for (size_t i = 0; i < sample->timeline.price_count; i++)
        until[i] = made_until(books, i);
    struct slot_history history = {.made = made,
                                   .made_count = books->entries.count,
                                   .made_until = until,
                                   .begun = books->begun,
                                   .begun_count = books->begun_count,
                                   .again = &books->again,
                                   .again_count = books->again_count,
                                   .since = corrected_since(sample)};
    return subscription_timeline_slots(&sample->timeline, run->business_date, books->arena, &wanted,
                                       err) &&
           charge_slots_reconcile(&wanted, &history, run, books->arena, ret_entries, ret_skipped,
                                  err);
}

/* Usage of a day: any number. */
static int64_t usage_of(int32_t day)
{
    return (int64_t)(day % 7) * 13 + day % 3;
}

static int64_t amount_of(const struct charge_slot *slot)
{
    struct error err = {0};
    struct proration part = {0};
    struct money unit =
        money_of_minor(CENTS_OF_UNIT + (int64_t)slot->price, (struct currency){"EUR"});
    struct money whole, share;
    int64_t used = 0;
    if (slot->kind == SLOT_USAGE) {
        for (int32_t day = slot->period.start.days; day < slot->period.end.days; day++)
            used += usage_of(day);
        return used;
    }
    ck_assert(money_multiply(unit, slot->quantity, ROUND_HALF_UP, &whole, &err));
    ck_assert_msg(proration_of_dates(PRORATE_DAY, NULL, slot->full, slot->period, &part, &err),
                  "%s", err.message);
    ck_assert(money_prorate(whole, part.numerator, part.denominator, ROUND_HALF_UP, &share, &err));
    return money_minor(share);
}

static bool is_reversed_by(const struct slot_entry *made, const struct slot_entry *entry)
{
    return made->slot.price == entry->slot.price && made->slot.kind == entry->slot.kind &&
           date_compare(made->slot.period.start, entry->slot.period.start) == 0 &&
           made->generation == entry->generation && !made->reversal;
}

/* As rating does it; no key comes twice. */
static void bill(struct books *books, const struct slot_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct slot_entry *entry = &entries->items[i];
        int64_t minor =
            slot_entry_is_negative(entry) ? -amount_of(&entry->slot) : amount_of(&entry->slot);
        bool found = false;
        for (size_t k = 0; k < books->entries.count; k++) {
            bool same = is_reversed_by(&books->entries.items[k], entry);
            ck_assert(entry->reversal || !same);
            if (same)
                minor = -books->minor[k];
            found = found || same;
        }
        ck_assert(found == entry->reversal);
        ck_assert_uint_lt(books->entries.count, ARRAY_LEN(books->minor));
        books->minor[books->entries.count] = minor;
        ARRAY_ADD(books->arena, &books->entries) = *entry;
    }
}

static void run_and_bill(const struct timeline_sample *sample, const struct period_run *run,
                         struct books *books, struct slot_entries *ret_entries)
{
    struct error err = {0};
    int64_t skipped = 0;
    ck_assert_msg(try_run(sample, run, books, ret_entries, &skipped, &err), "%s", err.message);
    bill(books, ret_entries);
}

static const char *describe(const struct slot_entries *entries, struct arena *arena)
{
    struct strbuf text;
    strbuf_init(&text, arena_alloc(arena, TEXT_SIZE), TEXT_SIZE);
    for (size_t i = 0; i < entries->count; i++) {
        const struct slot_entry *entry = &entries->items[i];
        strbuf_addf(&text, "p%zu %s %s..%s x%s [%s %s]\n", entry->slot.price,
                    slot_entry_kind(entry, arena), date_text(entry->slot.period.start).text,
                    date_text(entry->slot.period.end).text, decimal_text(entry->slot.quantity).text,
                    date_text(entry->slot.due_on).text, date_text(entry->cutoff_on).text);
    }
    return text.text;
}

static struct timeline_price price_of(size_t plan, enum price_billing billing, bool metered)
{
    return (struct timeline_price){.plan = plan,
                                   .billing = metered ? BILLING_IN_ARREARS : billing,
                                   .metered = metered,
                                   .spans = PRICED_PER_UNIT};
}

/* Of a monthly subscription of ten since 1 October, with a second plan that is monthly too. */
static void fill(struct timeline_sample *sample, enum price_billing billing, bool metered)
{
    *sample = (struct timeline_sample){
        .terms = {.start = timeline_day("2026-10-01"),
                  .trial_end = DATE_NONE,
                  .cancel_at = DATE_NONE,
                  .status = SUBSCRIPTION_ACTIVE,
                  .interval = INTERVAL_MONTH,
                  .interval_count = 1                                                                                                                                      },
        .plans = {{INTERVAL_MONTH, 1},                 {INTERVAL_MONTH, 1}},
        .prices = {price_of(0,                            billing,                                       metered), price_of(1, billing, metered)},
    };
    sample->timeline = (struct subscription_timeline){.terms = &sample->terms,
                                                      .quantity = decimal_from_i64(10),
                                                      .plans = sample->plans,
                                                      .prices = sample->prices,
                                                      .price_count = 2};
}

/* ---------------------------------------------------------------- known late */

/* clang-format off */
static const struct late_case {
    const char *name;
    enum price_billing billing;
    bool metered;
    const char *first_changes, *first_cancel, *first_run;
    const char *then_changes, *then_cancel, *then_run;
    const char *entries; /* of the second run */
} late_cases[] = {
    {"a change known in time: both sides in its month",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-10-31",
     "2026-11-16 quantity 20", NULL, "2026-11-30",
     "p0 proration_charge 2026-11-16..2026-12-01 x20 [2026-11-16 2026-11-30]\n"
     "p0 proration_credit 2026-11-16..2026-12-01 x10 [2026-11-16 2026-11-30]\n"
     "p0 recurring 2026-12-01..2027-01-01 x20 [2026-12-01 2026-11-30]\n"},
    {"a month too late: what was billed meanwhile at the old quantity is taken back",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-11-30",
     "2026-11-16 quantity 20", NULL, "2026-12-31",
     "p0 proration_charge 2026-11-16..2026-12-01 x20 [2027-01-01 2026-12-31]\n"
     "p0 proration_credit 2026-11-16..2026-12-01 x10 [2027-01-01 2026-12-31]\n"
     "p0 reversal:recurring 2026-12-01..2027-01-01 x10 [2027-01-01 2026-12-31]\n"
     "p0 recurring:2 2026-12-01..2027-01-01 x20 [2027-01-01 2026-12-31]\n"
     "p0 recurring 2027-01-01..2027-02-01 x20 [2027-01-01 2026-12-31]\n"},
    {"an earlier change becomes known after a later one: its credit was of the wrong quantity",
     BILLING_IN_ADVANCE, false, "2026-10-21 quantity 30", NULL, "2026-10-31",
     "2026-10-11 quantity 20; 2026-10-21 quantity 30", NULL, "2026-10-31",
     "p0 proration_charge 2026-10-11..2026-11-01 x20 [2026-10-11 2026-10-31]\n"
     "p0 proration_credit 2026-10-11..2026-11-01 x10 [2026-10-11 2026-10-31]\n"
     "p0 reversal:proration_credit 2026-10-21..2026-11-01 x10 [2026-11-01 2026-10-31]\n"
     "p0 proration_credit:2 2026-10-21..2026-11-01 x20 [2026-10-21 2026-10-31]\n"},
    {"the charge before a credit is another one, of the same quantity: the credit goes with its charge",
     BILLING_IN_ADVANCE, false, "2026-10-21 pause", NULL, "2026-10-31",
     "2026-10-11 quantity 20; 2026-10-16 quantity 10; 2026-10-21 pause", NULL, "2026-10-31",
     "p0 proration_charge 2026-10-11..2026-11-01 x20 [2026-10-11 2026-10-31]\n"
     "p0 proration_credit 2026-10-11..2026-11-01 x10 [2026-10-11 2026-10-31]\n"
     "p0 proration_charge 2026-10-16..2026-11-01 x10 [2026-10-16 2026-10-31]\n"
     "p0 proration_credit 2026-10-16..2026-11-01 x20 [2026-10-16 2026-10-31]\n"
     "p0 reversal:proration_credit 2026-10-21..2026-11-01 x10 [2026-11-01 2026-10-31]\n"
     "p0 proration_credit:2 2026-10-21..2026-11-01 x10 [2026-10-21 2026-10-31]\n"},
    {"in arrears: the whole is taken back, its parts are charged",
     BILLING_IN_ARREARS, false, NULL, NULL, "2026-10-31",
     "2026-10-16 plan 1", NULL, "2026-11-30",
     "p0 reversal:recurring 2026-10-01..2026-11-01 x10 [2026-12-01 2026-11-30]\n"
     "p0 recurring:2 2026-10-01..2026-10-16 x10 [2026-12-01 2026-11-30]\n"
     "p1 proration_charge 2026-10-16..2026-11-01 x10 [2026-12-01 2026-11-30]\n"
     "p1 recurring 2026-11-01..2026-12-01 x10 [2026-12-01 2026-11-30]\n"},
    {"usage of a month that the other plan should have had a part of",
     BILLING_IN_ARREARS, true, NULL, NULL, "2026-10-31",
     "2026-10-16 plan 1", NULL, "2026-11-30",
     "p0 reversal:usage 2026-10-01..2026-11-01 x0 [2026-12-01 2026-11-30]\n"
     "p0 usage:2 2026-10-01..2026-10-16 x0 [2026-12-01 2026-11-30]\n"
     "p1 usage 2026-10-16..2026-11-01 x0 [2026-12-01 2026-11-30]\n"
     "p1 usage 2026-11-01..2026-12-01 x0 [2026-12-01 2026-11-30]\n"},
    {"canceled before the end of what was charged: the charge is made again, shorter",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-10-31",
     NULL, "2026-11-11", "2026-11-30",
     "p0 reversal:recurring 2026-11-01..2026-12-01 x10 [2026-12-01 2026-11-30]\n"
     "p0 recurring:2 2026-11-01..2026-11-11 x10 [2026-12-01 2026-11-30]\n"},
    {"canceled while later months were billed: they are taken back",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-11-30",
     NULL, "2026-11-01", "2026-12-31",
     "p0 reversal:recurring 2026-11-01..2026-12-01 x10 [2027-01-01 2026-12-31]\n"
     "p0 reversal:recurring 2026-12-01..2027-01-01 x10 [2027-01-01 2026-12-31]\n"},
    {"a cancellation that is taken back: what was billed of it is right again",
     BILLING_IN_ADVANCE, false, NULL, "2026-10-11", "2026-10-31",
     "2026-10-11 quantity 10", NULL, "2026-10-31",
     "p0 reversal:recurring 2026-10-01..2026-10-11 x10 [2026-11-01 2026-10-31]\n"
     "p0 recurring:2 2026-10-01..2026-11-01 x10 [2026-11-01 2026-10-31]\n"
     "p0 recurring 2026-11-01..2026-12-01 x10 [2026-11-01 2026-10-31]\n"},
    {"a pause that nobody told of: two months are taken back",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-11-30",
     "2026-11-01 pause; 2026-12-16 resume", NULL, "2026-12-31",
     "p0 reversal:recurring 2026-11-01..2026-12-01 x10 [2027-01-01 2026-12-31]\n"
     "p0 reversal:recurring 2026-12-01..2027-01-01 x10 [2027-01-01 2026-12-31]\n"
     "p0 proration_charge 2026-12-16..2027-01-01 x10 [2026-12-16 2026-12-31]\n"
     "p0 recurring 2027-01-01..2027-02-01 x10 [2027-01-01 2026-12-31]\n"},
    {"a month that the same run has just charged: the last one that is due is taken back too",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-10-31",
     "2026-11-01 pause", NULL, "2026-10-31",
     "p0 reversal:recurring 2026-11-01..2026-12-01 x10 [2026-11-01 2026-10-31]\n"},
    {"what was made before the first change stays as it was made",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-10-31",
     "2026-12-01 quantity 20", NULL, "2026-11-30",
     "p0 recurring 2026-12-01..2027-01-01 x20 [2026-12-01 2026-11-30]\n"},
    {"row 23: nothing new, nothing made",
     BILLING_IN_ADVANCE, false, "2026-10-16 quantity 20", NULL, "2026-10-31",
     "2026-10-16 quantity 20", NULL, "2026-10-31", ""},
    {"a run for a month before the last one corrects nothing",
     BILLING_IN_ADVANCE, false, NULL, NULL, "2026-11-30",
     "2026-10-16 quantity 20", NULL, "2026-10-31", ""},
};
/* clang-format on */

static void know(struct timeline_sample *sample, const char *changes, const char *cancel_at)
{
    timeline_read_changes(sample, changes);
    sample->terms.cancel_at = timeline_day(cancel_at);
}

static struct period_run monthly_run(const char *business_date)
{
    return (struct period_run){timeline_day(business_date), RUN_GRID_MONTH, CATCH_UP_ALL, 100};
}

START_TEST(corrects_what_became_known_late)
{
    const struct late_case *c = &late_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("slots test", 1 << 22);
    struct timeline_sample sample;
    struct books books = {.arena = arena};
    struct slot_entries entries;
    struct period_run first = monthly_run(c->first_run);
    struct period_run then = monthly_run(c->then_run);
    fill(&sample, c->billing, c->metered);
    know(&sample, c->first_changes, c->first_cancel);
    run_and_bill(&sample, &first, &books, &entries);
    know(&sample, c->then_changes, c->then_cancel);
    run_and_bill(&sample, &then, &books, &entries);
    ck_assert_msg(strcmp(describe(&entries, arena), c->entries) == 0, "%s:\n%s", c->name,
                  describe(&entries, arena));
    run_and_bill(&sample, &then, &books, &entries);
    ck_assert_msg(entries.count == 0, "%s: not settled:\n%s", c->name, describe(&entries, arena));
}
END_TEST

/* Rule 6: of a quarter, twenty from October on are known in December, and thirty from November on.
 * October's run was there already, November's was not. */
START_TEST(credits_no_earlier_than_it_charges)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("slots test", 1 << 22);
    struct timeline_sample sample;
    struct books books = {.arena = arena};
    struct slot_entries entries;
    struct period_run first = monthly_run("2026-10-31");
    struct period_run then = monthly_run("2026-12-31");
    fill(&sample, BILLING_IN_ADVANCE, false);
    sample.terms.interval_count = sample.plans[0].interval_count = 3;
    know(&sample, "2026-10-05 quantity 12", NULL);
    run_and_bill(&sample, &first, &books, &entries);
    know(&sample, "2026-10-05 quantity 12; 2026-10-16 quantity 20; 2026-11-16 quantity 30", NULL);
    run_and_bill(&sample, &then, &books, &entries);
    ck_assert_str_eq(describe(&entries, arena),
                     "p0 proration_charge 2026-10-16..2027-01-01 x20 [2027-01-01 2026-12-31]\n"
                     "p0 proration_credit 2026-10-16..2027-01-01 x12 [2027-01-01 2026-12-31]\n"
                     "p0 proration_charge 2026-11-16..2027-01-01 x30 [2026-11-16 2026-11-30]\n"
                     "p0 proration_credit 2026-11-16..2027-01-01 x20 [2026-11-16 2026-12-31]\n"
                     "p0 recurring 2027-01-01..2027-04-01 x30 [2027-01-01 2026-12-31]\n");
}
END_TEST

/* Rule 9: of two quarters, billed in September, one was billed again in December, when it becomes
 * known that there was more, and less, from October and November on. No run was there meanwhile. */
static const struct again_case {
    const char *name, *start, *end, *run, *entries;
} again_cases[] = {
    {"both sides of its changes are not before it",  "2026-10-01", "2027-01-01", "2026-12-31",
     "p0 proration_charge 2026-10-16..2027-01-01 x20 [2026-10-16 2026-12-31]\n"
     "p0 proration_credit 2026-10-16..2027-01-01 x10 [2026-10-16 2026-12-31]\n"
     "p0 proration_credit 2026-11-16..2027-01-01 x20 [2026-11-16 2026-12-31]\n"                  },
    {"of another quarter",                           "2026-07-01", "2026-10-01", "2026-12-31",
     "p0 proration_charge 2026-10-16..2027-01-01 x20 [2026-10-16 2026-10-31]\n"
     "p0 proration_credit 2026-10-16..2027-01-01 x10 [2026-10-16 2026-10-31]\n"
     "p0 proration_credit 2026-11-16..2027-01-01 x20 [2026-11-16 2026-11-30]\n"                  },
    {"a run for a month before it corrects nothing", "2026-10-01", "2027-01-01", "2026-11-30", ""},
};

START_TEST(is_not_before_what_bills_it_again)
{
    const struct again_case *c = &again_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("slots test", 1 << 22);
    struct timeline_sample sample;
    struct books books = {
        .arena = arena,
        .again = {{timeline_day(c->start), timeline_day(c->end)}, timeline_day("2026-12-31")},
    };
    struct slot_entries entries;
    struct period_run first = monthly_run("2026-09-30");
    struct period_run then = monthly_run(c->run);
    fill(&sample, BILLING_IN_ADVANCE, false);
    sample.terms.interval_count = sample.plans[0].interval_count = 3;
    run_and_bill(&sample, &first, &books, &entries);
    books.again_count = 1;
    know(&sample, "2026-10-16 quantity 20; 2026-11-16 pause", NULL);
    run_and_bill(&sample, &then, &books, &entries);
    ck_assert_msg(strcmp(describe(&entries, arena), c->entries) == 0, "%s:\n%s", c->name,
                  describe(&entries, arena));
}
END_TEST

/* Rule 7: of two months usage was billed before their end. */
static const struct begun_case {
    const char *name, *changes, *cancel_at, *run;
    const char *entries;
} begun_cases[] = {
    {"it goes on: their slots bill the rest",              NULL,                                  NULL,         "2026-10-31",
     "p0 usage 2026-10-01..2026-11-01 x0 [2026-11-01 2026-10-31]\n"         },
    {"it ended within one: a slot of that is there still", NULL,                                  "2026-10-16", "2026-11-30",
     "p0 usage 2026-10-01..2026-10-16 x0 [2026-10-16 2026-10-31]\n"
     "p0 reversal:usage 2026-11-01..2026-12-01 x0 [2026-12-01 2026-11-30]\n"},
    {"the period that is not over waits",                  NULL,                                  "2026-10-16", "2026-10-31",
     "p0 usage 2026-10-01..2026-10-16 x0 [2026-10-16 2026-10-31]\n"         },
    {"it was paused in one",                               "2026-11-01 pause; 2026-12-01 resume", NULL,         "2026-11-30",
     "p0 usage 2026-10-01..2026-11-01 x0 [2026-11-01 2026-10-31]\n"
     "p0 reversal:usage 2026-11-01..2026-12-01 x0 [2026-12-01 2026-11-30]\n"},
    {"it had another plan",                                "2026-11-01 plan 1",                   NULL,         "2026-11-30",
     "p0 usage 2026-10-01..2026-11-01 x0 [2026-11-01 2026-10-31]\n"
     "p1 usage 2026-11-01..2026-12-01 x0 [2026-12-01 2026-11-30]\n"
     "p0 reversal:usage 2026-11-01..2026-12-01 x0 [2026-12-01 2026-11-30]\n"},
};

START_TEST(takes_back_what_was_begun)
{
    const struct begun_case *c = &begun_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("slots test", 1 << 22);
    struct timeline_sample sample;
    struct books books = {.arena = arena, .begun_count = 2};
    struct slot_entries entries;
    struct period_run run = monthly_run(c->run);
    struct error err = {0};
    int64_t skipped = 0;
    fill(&sample, BILLING_IN_ARREARS, true);
    know(&sample, c->changes, c->cancel_at);
    for (size_t i = 0; i < books.begun_count; i++) {
        struct period month = {timeline_day(i == 0 ? "2026-10-01" : "2026-11-01"),
                               timeline_day(i == 0 ? "2026-11-01" : "2026-12-01")};
        books.begun[i] = (struct charge_slot){.kind = SLOT_USAGE,
                                              .period = month,
                                              .full = month,
                                              .priced_on = month.start,
                                              .counts_from = month.start,
                                              .due_on = month.end,
                                              .quantity = decimal_from_i64(0)};
    }
    ck_assert_msg(try_run(&sample, &run, &books, &entries, &skipped, &err), "%s: %s", c->name,
                  err.message);
    ck_assert_msg(strcmp(describe(&entries, arena), c->entries) == 0, "%s:\n%s", c->name,
                  describe(&entries, arena));
    for (size_t i = 0; i < entries.count; i++)
        ARRAY_ADD(arena, &books.entries) = entries.items[i];
    ck_assert(try_run(&sample, &run, &books, &entries, &skipped, &err));
    ck_assert_msg(entries.count == 0, "%s: not settled:\n%s", c->name, describe(&entries, arena));
}
END_TEST

/* ---------------------------------------------------------------- catching up */

static const struct catch_up_case {
    const char *name;
    enum catch_up catch_up;
    int32_t max_catch_up;
    size_t entries;
    int64_t skipped;
    const char *code; /* NULL: accepted */
} catch_up_cases[] = {
    {"all of them",            CATCH_UP_ALL,    6, 8, 0, NULL                  },
    {"more than may be",       CATCH_UP_ALL,    5, 0, 0, "too_many_due_periods"},
    {"the run's own alone",    CATCH_UP_LATEST, 1, 2, 6, NULL                  },
    {"none of what is missed", CATCH_UP_NONE,   1, 2, 6, NULL                  },
};

START_TEST(catches_up)
{
    const struct catch_up_case *c = &catch_up_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("slots test", 1 << 22);
    struct timeline_sample sample;
    struct books books = {.arena = arena};
    struct slot_entries entries = {0};
    struct period_run run = monthly_run("2027-02-28");
    struct error err = {0};
    int64_t skipped = 0;
    fill(&sample, BILLING_IN_ADVANCE, false);
    /* October's charge, both sides of the change, and the charges of November to March */
    know(&sample, "2026-10-16 quantity 20", NULL);
    run.catch_up = c->catch_up;
    run.max_catch_up = c->max_catch_up;
    bool done = try_run(&sample, &run, &books, &entries, &skipped, &err);
    ck_assert_msg(done == (c->code == NULL), "%s: %s", c->name, err.message);
    if (!done) {
        ck_assert_str_eq(err.code, c->code);
        return;
    }
    ck_assert_msg(entries.count == c->entries, "%s:\n%s", c->name, describe(&entries, arena));
    ck_assert_msg(skipped == c->skipped, "%s: skipped %" PRId64, c->name, skipped);
    bill(&books, &entries);
    ck_assert(try_run(&sample, &run, &books, &entries, &skipped, &err));
    ck_assert_msg(entries.count == 0, "%s: what was left out is not made later:\n%s", c->name,
                  describe(&entries, arena));
}
END_TEST

/* ---------------------------------------------------------------- any order of knowing */

#define TRIALS 400
#define FACTS_MAX 6
#define LIFE_DAYS 330

struct dice {
    uint64_t state;
};

static int32_t throw_dice(struct dice *dice, int32_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (int32_t)((dice->state >> 33) % (uint32_t)sides);
}

struct known_change {
    struct subscription_change change;
    struct date known_on;
};

struct random_life {
    struct timeline_sample sample;
    struct known_change facts[FACTS_MAX];
    size_t fact_count;
    struct date cancel_at, cancel_known_on, last_day;
    bool at_period_end;
};

static struct date later(struct date date, int32_t days)
{
    return (struct date){date.days + days};
}

static struct subscription_change random_change(struct dice *dice, struct date at)
{
    struct subscription_change change = {.at = at, .plan = TIMELINE_PLAN_KEPT};
    switch (throw_dice(dice, 5)) {
    case 0:
        change.plan = (size_t)throw_dice(dice, 2);
        break;
    case 1:
        change.pause = PAUSE_BEGINS;
        break;
    case 2:
        change.pause = PAUSE_ENDS;
        break;
    case 3:
        change.plan = (size_t)throw_dice(dice, 2);
        change.quantity.given = true;
        change.quantity.value = decimal_from_i64(throw_dice(dice, 4));
        break;
    case 4:
        change.quantity.given = true;
        change.quantity.value = decimal_from_i64(throw_dice(dice, 30));
        break;
    }
    return change;
}

static void invent(struct dice *dice, struct random_life *life)
{
    static const struct timeline_plan plans[] = {
        {INTERVAL_MONTH, 1 },
        {INTERVAL_MONTH, 3 },
        {INTERVAL_WEEK,  2 },
        {INTERVAL_YEAR,  1 },
        {INTERVAL_MONTH, 1 },
        {INTERVAL_DAY,   10}
    };
    struct timeline_sample *sample = &life->sample;
    *life = (struct random_life){0};
    fill(sample, BILLING_IN_ADVANCE, false);
    sample->terms.start = later(timeline_day("2026-01-01"), throw_dice(dice, 365));
    sample->terms.align = throw_dice(dice, 4) == 0 ? ALIGN_CALENDAR : ALIGN_ANNIVERSARY;
    if (throw_dice(dice, 4) == 0)
        sample->terms.trial_end = later(sample->terms.start, throw_dice(dice, 40));
    for (size_t plan = 0; plan < 2; plan++) {
        sample->plans[plan] = plans[throw_dice(dice, ARRAY_LEN(plans))];
        sample->prices[plan * 3] = price_of(plan, BILLING_IN_ADVANCE, false);
        sample->prices[plan * 3 + 1] = price_of(plan, BILLING_IN_ARREARS, false);
        sample->prices[plan * 3 + 2] = price_of(plan, BILLING_IN_ARREARS, true);
    }
    sample->timeline.price_count = 6;
    struct date at = sample->terms.start;
    life->fact_count = (size_t)throw_dice(dice, FACTS_MAX + 1);
    for (size_t i = 0; i < life->fact_count; i++) {
        at = later(at, 1 + throw_dice(dice, 70));
        life->facts[i].change = random_change(dice, at);
        life->facts[i].known_on = later(at, throw_dice(dice, 150) - 30);
    }
    life->cancel_at = later(sample->terms.start, throw_dice(dice, LIFE_DAYS));
    life->cancel_known_on = later(life->cancel_at, throw_dice(dice, 150) - 60);
    life->at_period_end = throw_dice(dice, 3) == 0;
    life->last_day = later(sample->terms.start, 3 * LIFE_DAYS);
}

/* What is known by the day. */
static void know_by(struct random_life *life, struct date day)
{
    struct timeline_sample *sample = &life->sample;
    size_t count = 0;
    for (size_t i = 0; i < life->fact_count; i++)
        if (date_compare(life->facts[i].known_on, day) <= 0)
            sample->changes[count++] = life->facts[i].change;
    bool canceled = date_compare(life->cancel_known_on, day) <= 0;
    sample->timeline.terms = &sample->terms;
    sample->timeline.plans = sample->plans;
    sample->timeline.prices = sample->prices;
    sample->timeline.changes = sample->changes;
    sample->timeline.change_count = count;
    sample->terms.cancel_at = canceled ? life->cancel_at : DATE_NONE;
    sample->terms.cancel_at_period_end = canceled && life->at_period_end;
}

/* Whatever was billed of a price in a period, of which credits never take more than was charged. */
static int64_t billed_of(const struct books *books, size_t price, struct period full)
{
    int64_t minor = 0;
    for (size_t i = 0; i < books->entries.count; i++)
        if (books->entries.items[i].slot.price == price &&
            period_equal(books->entries.items[i].slot.full, full))
            minor += books->minor[i];
    return minor;
}

static void expect_no_negative(int trial, const struct books *books)
{
    for (size_t i = 0; i < books->entries.count; i++) {
        const struct charge_slot *slot = &books->entries.items[i].slot;
        int64_t minor = billed_of(books, slot->price, slot->full);
        ck_assert_msg(minor >= 0, "trial %d: price %zu, period from %s: %" PRId64, trial,
                      slot->price, date_text(slot->full.start).text, minor);
    }
}

static void expect_same_books(int trial, const struct books *books, const struct books *others)
{
    for (size_t i = 0; i < books->entries.count; i++) {
        const struct charge_slot *slot = &books->entries.items[i].slot;
        int64_t minor = billed_of(books, slot->price, slot->full);
        int64_t expected = billed_of(others, slot->price, slot->full);
        ck_assert_msg(minor == expected,
                      "trial %d: price %zu, period from %s: %" PRId64 ", not %" PRId64, trial,
                      slot->price, date_text(slot->full.start).text, minor, expected);
    }
}

/* Independent of stretches and eras: what holds on a day, by looking at every fact. */
static int64_t quantity_on(const struct random_life *life, size_t price, struct date day,
                           struct date end)
{
    const struct subscription_terms *terms = &life->sample.terms;
    size_t plan = 0;
    struct decimal quantity = life->sample.timeline.quantity;
    bool paused = false;
    int64_t whole = 0;
    for (size_t i = 0; i < life->fact_count; i++) {
        const struct subscription_change *change = &life->facts[i].change;
        if (date_compare(change->at, day) > 0)
            continue;
        plan = change->plan == TIMELINE_PLAN_KEPT ? plan : change->plan;
        quantity = change->quantity.given ? change->quantity.value : quantity;
        if (change->pause != PAUSE_KEPT)
            paused = change->pause == PAUSE_BEGINS;
    }
    bool in_life = date_compare(day, date_max(terms->start, terms->trial_end)) >= 0 &&
                   date_compare(day, end) < 0;
    ck_assert(decimal_to_i64(quantity, &whole, &(struct error){0}));
    return in_life && !paused && life->sample.prices[price].plan == plan ? whole : 0;
}

/* Every day is charged once, with what holds on it. */
static void expect_each_day_once(int trial, const struct random_life *life,
                                 const struct books *books)
{
    struct date end;
    struct error err = {0};
    ck_assert(subscription_timeline_end(&life->sample.timeline, books->arena, &end, &err));
    for (size_t price = 0; price < 6; price++) {
        if (life->sample.prices[price].metered)
            continue;
        for (int32_t at = -1; at < 3 * LIFE_DAYS; at++) {
            struct date day = later(life->sample.terms.start, at);
            int64_t charged = 0;
            for (size_t i = 0; i < books->entries.count; i++) {
                const struct slot_entry *entry = &books->entries.items[i];
                int64_t whole = 0;
                if (entry->slot.price != price || !period_contains(entry->slot.period, day))
                    continue;
                ck_assert(decimal_to_i64(entry->slot.quantity, &whole, &err));
                charged += slot_entry_is_negative(entry) ? -whole : whole;
            }
            int64_t expected = quantity_on(life, price, day, end);
            ck_assert_msg(charged == expected,
                          "trial %d: price %zu on %s: %" PRId64 ", not %" PRId64, trial, price,
                          date_text(day).text, charged, expected);
        }
    }
}

START_TEST(any_order_of_knowing_gives_the_same_books)
{
    static struct random_life life;
    static struct books books, at_the_end;
    struct dice dice = {20261031};
    for (int trial = 0; trial < TRIALS; trial++) {
        CLEANUP(arena_destroy) struct arena *arena = arena_create("slots test", 1 << 26);
        struct slot_entries entries;
        struct period_run run = {DATE_NONE, RUN_GRID_DAY, CATCH_UP_ALL, 1000};
        books = (struct books){.arena = arena};
        at_the_end = (struct books){.arena = arena};
        invent(&dice, &life);
        struct date day = life.sample.terms.start;
        for (; date_compare(day, life.last_day) < 0; day = later(day, 1 + throw_dice(&dice, 45))) {
            run.business_date = day;
            know_by(&life, day);
            run_and_bill(&life.sample, &run, &books, &entries);
            expect_no_negative(trial, &books);
        }
        run.business_date = life.last_day;
        know_by(&life, life.last_day);
        run_and_bill(&life.sample, &run, &books, &entries);
        run_and_bill(&life.sample, &run, &at_the_end, &entries);
        expect_same_books(trial, &books, &at_the_end);
        expect_same_books(trial, &at_the_end, &books);
        expect_each_day_once(trial, &life, &books);
        run_and_bill(&life.sample, &run, &books, &entries);
        ck_assert_uint_eq(entries.count, 0);
    }
}
END_TEST

TEST_SUITE(charge_slots)
{
    TEST_TABLE(names_kinds, kind_cases);
    TEST_TABLE(corrects_what_became_known_late, late_cases);
    TEST_ONE(credits_no_earlier_than_it_charges);
    TEST_TABLE(is_not_before_what_bills_it_again, again_cases);
    TEST_TABLE(takes_back_what_was_begun, begun_cases);
    TEST_TABLE(catches_up, catch_up_cases);
    TEST_ONE(any_order_of_knowing_gives_the_same_books);
}
