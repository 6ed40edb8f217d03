/* Due periods: one line per case, "start..end [due cutoff]" for each, so that a table shows what a
 * run would make. Rows of the list of accidents elsewhere are named where a case beats them. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/subscription_periods.h"
#include "tests/core/billing/timeline.h"
#include "tests/support/suite.h"

#define TEXT_SIZE 4096

static struct date day(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

struct plan_case {
    const char *start, *trial_end, *cancel_at;
    int32_t trial_days, anchor_day, interval_count;
    enum interval_unit unit;
    enum align align;
    enum subscription_status status;
    bool cancel_at_period_end;
};

static struct subscription_terms terms_of(const struct plan_case *plan)
{
    return (struct subscription_terms){
        .start = day(plan->start),
        .anchor_day = plan->anchor_day,
        .trial_end = day(plan->trial_end),
        .trial_days = plan->trial_days,
        .cancel_at = day(plan->cancel_at),
        .cancel_at_period_end = plan->cancel_at_period_end,
        .status = plan->status,
        .align = plan->align,
        .interval = plan->unit,
        .interval_count = plan->interval_count == 0 ? 1 : plan->interval_count,
    };
}

/* clang-format off */
static const struct due_case {
    const char *name;
    struct plan_case plan;
    const char *made_until, *business_date;
    const char *versions; /* "2026-01-01 2026-09-01..2026-10-05"; NULL: one that holds always */
    bool in_advance, metered, daily, undivided;
    enum catch_up catch_up;
    int64_t skipped;
    const char *due;
} due_cases[] = {
    {
     .name = "in advance, due when it starts",
     .plan = {.start = "2026-10-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .in_advance = true,
     .due = "2026-10-15..2026-11-15 [2026-10-15 2026-10-31]\n",
     },
    {
     .name = "in arrears, not yet",
     .plan = {.start = "2026-10-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .due = "",
     },
    {
     .name = "a month is closed by its own last day",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .due = "2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "and the day before it is not",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-30",
     .due = "",
     },
    {
     .name = "in advance from the first: the run of the month before makes it",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-09-30",
     .in_advance = true,
     .due = "2026-10-01..2026-11-01 [2026-10-01 2026-09-30]\n",
     },
    {
     .name = "row 35: the billing day does not slide, 31 January on",
     .plan = {.start = "2024-01-31", .unit = INTERVAL_MONTH},
     .business_date = "2024-04-30",
     .due = "2024-01-31..2024-02-29 [2024-02-29 2024-02-29]\n"
            "2024-02-29..2024-03-31 [2024-03-31 2024-03-31]\n"
            "2024-03-31..2024-04-30 [2024-04-30 2024-04-30]\n",
     },
    {
     .name = "row 25: three months down, one run makes what punctual ones would",
     .plan = {.start = "2026-07-01", .unit = INTERVAL_MONTH},
     .made_until = "2026-08-01",
     .business_date = "2026-10-31",
     .due = "2026-08-01..2026-09-01 [2026-09-01 2026-08-31]\n"
            "2026-09-01..2026-10-01 [2026-10-01 2026-09-30]\n"
            "2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "only the latest",
     .plan = {.start = "2026-07-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .catch_up = CATCH_UP_LATEST,
     .skipped = 3,
     .due = "2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "only the latest, which was missed too",
     .plan = {.start = "2026-01-15", .unit = INTERVAL_MONTH, .interval_count = 3},
     .business_date = "2026-09-30",
     .catch_up = CATCH_UP_LATEST,
     .skipped = 1,
     .due = "2026-04-15..2026-07-15 [2026-07-15 2026-07-31]\n",
     },
    {
     .name = "no catch-up",
     .plan = {.start = "2026-01-15", .unit = INTERVAL_MONTH, .interval_count = 3},
     .business_date = "2026-09-30",
     .catch_up = CATCH_UP_NONE,
     .skipped = 2,
     .due = "",
     },
    {
     .name = "no catch-up: what begins with the run's own month was not missed",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .in_advance = true,
     .catch_up = CATCH_UP_NONE,
     .due = "2026-10-01..2026-11-01 [2026-10-01 2026-09-30]\n"
            "2026-11-01..2026-12-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "only the latest: nor is it here, and September is",
     .plan = {.start = "2026-09-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .in_advance = true,
     .catch_up = CATCH_UP_LATEST,
     .skipped = 1,
     .due = "2026-10-01..2026-11-01 [2026-10-01 2026-09-30]\n"
            "2026-11-01..2026-12-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "daily runs, no catch-up: what begins on the day itself",
     .plan = {.start = "2026-10-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-15",
     .in_advance = true,
     .daily = true,
     .catch_up = CATCH_UP_NONE,
     .due = "2026-10-15..2026-11-15 [2026-10-15 2026-10-14]\n",
     },
    {
     .name = "daily runs: the day before the boundary",
     .plan = {.start = "2026-10-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-11-20",
     .daily = true,
     .due = "2026-10-15..2026-11-15 [2026-11-15 2026-11-14]\n",
     },
    {
     .name = "weeks in one monthly run are not missed ones",
     .plan = {.start = "2026-10-05", .unit = INTERVAL_WEEK},
     .business_date = "2026-10-31",
     .catch_up = CATCH_UP_NONE,
     .due = "2026-10-05..2026-10-12 [2026-10-12 2026-10-31]\n"
            "2026-10-12..2026-10-19 [2026-10-19 2026-10-31]\n"
            "2026-10-19..2026-10-26 [2026-10-26 2026-10-31]\n",
     },
    {
     .name = "nothing before the trial ends, whenever the run is",
     .plan = {.start = "2026-10-01", .trial_end = "2026-10-20", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-18",
     .in_advance = true,
     .due = "",
     },
    {
     .name = "the first paid period starts at its end",
     .plan = {.start = "2026-10-01", .trial_end = "2026-10-20", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .in_advance = true,
     .due = "2026-10-20..2026-11-20 [2026-10-20 2026-10-31]\n",
     },
    {
     .name = "the plan's trial days",
     .plan = {.start = "2026-10-01", .trial_days = 14, .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .in_advance = true,
     .due = "2026-10-15..2026-11-15 [2026-10-15 2026-10-31]\n",
     },
    {
     .name = "an own trial end that says: none",
     .plan = {.start = "2026-10-01",
              .trial_end = "2026-10-01",
              .trial_days = 14,
              .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .in_advance = true,
     .due = "2026-10-01..2026-11-01 [2026-10-01 2026-09-30]\n"
            "2026-11-01..2026-12-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "after a trial, a stub to the anchor day",
     .plan = {.start = "2026-10-01",
              .trial_end = "2026-10-20",
              .anchor_day = 1,
              .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .due = "2026-10-20..2026-11-01 of 2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "aligned to the calendar: a stub, then quarters",
     .plan = {.start = "2026-02-10",
              .unit = INTERVAL_MONTH,
              .interval_count = 3,
              .align = ALIGN_CALENDAR},
     .business_date = "2026-06-30",
     .due = "2026-02-10..2026-04-01 of 2026-01-01..2026-04-01 [2026-04-01 2026-03-31]\n"
            "2026-04-01..2026-07-01 [2026-07-01 2026-06-30]\n",
     },
    {
     .name = "canceled in mid-period: the last one ends there",
     .plan = {.start = "2026-09-01", .cancel_at = "2026-10-11", .unit = INTERVAL_MONTH},
     .made_until = "2026-10-01",
     .business_date = "2026-10-31",
     .due = "2026-10-01..2026-10-11 of 2026-10-01..2026-11-01 [2026-10-11 2026-10-31]\n",
     },
    {
     .name = "canceled at the end of the period",
     .plan = {.start = "2026-09-01",
              .cancel_at = "2026-10-11",
              .cancel_at_period_end = true,
              .unit = INTERVAL_MONTH},
     .made_until = "2026-10-01",
     .business_date = "2026-12-31",
     .due = "2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "canceled on a boundary: the period that ends there is the last",
     .plan = {.start = "2026-09-01",
              .cancel_at = "2026-10-01",
              .cancel_at_period_end = true,
              .unit = INTERVAL_MONTH},
     .business_date = "2026-12-31",
     .due = "2026-09-01..2026-10-01 [2026-10-01 2026-09-30]\n",
     },
    {
     .name = "canceled in the trial",
     .plan = {.start = "2026-09-01",
              .trial_end = "2026-09-15",
              .cancel_at = "2026-09-10",
              .cancel_at_period_end = true,
              .unit = INTERVAL_MONTH},
     .business_date = "2026-12-31",
     .in_advance = true,
     .due = "",
     },
    {
     .name = "canceled before it was imported",
     .plan = {.start = "2026-09-01", .status = SUBSCRIPTION_CANCELED, .unit = INTERVAL_MONTH},
     .business_date = "2026-12-31",
     .due = "",
     },
    {
     .name = "usage is billed when its period ends, whatever the price says",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .in_advance = true,
     .metered = true,
     .due = "usage 2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "a price that the plan got in mid-period: from its day on, not years before",
     .plan = {.start = "2020-01-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .versions = "2026-08-20",
     .due = "2026-08-20..2026-09-15 of 2026-08-15..2026-09-15 [2026-09-15 2026-09-30]\n"
            "2026-09-15..2026-10-15 [2026-10-15 2026-10-31]\n",
     },
    {
     .name = "in advance from the next period on",
     .plan = {.start = "2020-01-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-09-30",
     .in_advance = true,
     .versions = "2026-08-20",
     .due = "2026-09-15..2026-10-15 [2026-09-15 2026-09-30]\n",
     },
    {
     .name = "so it is where periods are not divided",
     .plan = {.start = "2020-01-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .metered = true,
     .undivided = true,
     .versions = "2026-08-20 2026-10-01",
     .due = "usage 2026-09-15..2026-10-15 [2026-10-15 2026-10-31]\n",
     },
    {
     .name = "two versions in a period in arrears: each for its days, one due date",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .versions = "2026-01-01 2026-10-16",
     .due = "2026-10-01..2026-10-16 of 2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n"
            "2026-10-16..2026-11-01 of 2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "in advance the version of the first day charges all of it",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-01",
     .in_advance = true,
     .daily = true,
     .versions = "2026-01-01 2026-10-16",
     .due = "2026-10-01..2026-11-01 [2026-10-01 2026-09-30]\n",
     },
    {
     .name = "of usage the second goes on counting",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .metered = true,
     .versions = "2026-01-01 2026-10-16 2026-10-21",
     .due = "usage 2026-10-01..2026-10-16 of 2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n"
            "usage 2026-10-16..2026-10-21 of 2026-10-01..2026-11-01 counts from 2026-10-01 [2026-11-01 2026-10-31]\n"
            "usage 2026-10-21..2026-11-01 of 2026-10-01..2026-11-01 counts from 2026-10-01 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "days without a price are left out",
     .plan = {.start = "2026-10-01", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .metered = true,
     .versions = "2026-01-01..2026-10-11 2026-10-16",
     .due = "usage 2026-10-01..2026-10-11 of 2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n"
            "usage 2026-10-16..2026-11-01 of 2026-10-01..2026-11-01 counts from "
            "2026-10-01 without 2026-10-11..2026-10-16 [2026-11-01 2026-10-31]\n",
     },
    {
     .name = "a price that the plan got on a boundary: from that period on",
     .plan = {.start = "2020-01-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .versions = "2026-09-15",
     .due = "2026-09-15..2026-10-15 [2026-10-15 2026-10-31]\n",
     },
    {
     .name = "a price that ended: up to its last day",
     .plan = {.start = "2026-07-15", .unit = INTERVAL_MONTH},
     .business_date = "2026-10-31",
     .versions = "2026-01-01..2026-09-01",
     .due = "2026-07-15..2026-08-15 [2026-08-15 2026-08-31]\n"
            "2026-08-15..2026-09-01 of 2026-08-15..2026-09-15 [2026-09-15 2026-09-30]\n",
     },
    {
     .name = "row 36: what was made in a cut period goes on where it ended",
     .plan = {.start = "2026-09-01", .unit = INTERVAL_MONTH},
     .made_until = "2026-10-11",
     .business_date = "2026-10-31",
     .due = "2026-10-11..2026-11-01 of 2026-10-01..2026-11-01 [2026-11-01 2026-10-31]\n",
     },
};
/* clang-format on */

static void describe(struct strbuf *text, const struct due_period *due)
{
    if (due->kind == PERIOD_USAGE)
        strbuf_addf(text, "%s ", period_kind_name(due->kind));
    strbuf_addf(text, "%s..%s ", date_text(due->period.start).text,
                date_text(due->period.end).text);
    if (!period_equal(due->period, due->full))
        strbuf_addf(text, "of %s..%s ", date_text(due->full.start).text,
                    date_text(due->full.end).text);
    if (date_compare(due->counts_from, due->period.start) != 0)
        strbuf_addf(text, "counts from %s ", date_text(due->counts_from).text);
    for (size_t i = 0; i < due->gaps.count; i++)
        strbuf_addf(text, "without %s..%s ", date_text(due->gaps.items[i].days.start).text,
                    date_text(due->gaps.items[i].days.end).text);
    strbuf_addf(text, "[%s %s]\n", date_text(due->due_on).text, date_text(due->cutoff_on).text);
}

START_TEST(finds_due_periods)
{
    const struct due_case *c = &due_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("periods test", 1 << 20);
    struct subscription_terms terms = terms_of(&c->plan);
    struct price_span spans[TIMELINE_SPANS_MAX];
    struct period_run run = {day(c->business_date), c->daily ? RUN_GRID_DAY : RUN_GRID_MONTH,
                             c->catch_up, 24};
    struct due_periods due = {0};
    struct error err = {0};
    struct strbuf text;
    char storage[TEXT_SIZE];
    int64_t skipped = -1;
    ck_assert_msg(subscription_terms_check(&terms, &err), "%s: %s", c->name, err.message);
    struct price_schedule price = {
        .billing = c->in_advance ? BILLING_IN_ADVANCE : BILLING_IN_ARREARS,
        .metered = c->metered,
        .undivided = c->undivided,
        .made_until = day(c->made_until),
        .spans = timeline_read_spans(c->versions, spans),
    };
    ck_assert_msg(subscription_periods_due(&terms, &price, &run, arena, &due, &skipped, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < due.count; i++)
        describe(&text, &due.items[i]);
    ck_assert_msg(strcmp(text.text, c->due) == 0, "%s: got\n%snot\n%s", c->name, text.text, c->due);
    ck_assert_msg(skipped == c->skipped, "%s: skipped %" PRId64, c->name, skipped);
}
END_TEST

START_TEST(parks_what_was_missed_too_often)
{
    const struct plan_case plan = {.start = "2024-10-01", .unit = INTERVAL_MONTH};
    struct subscription_terms terms = terms_of(&plan);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("periods test", 1 << 20);
    /* 24 missed periods and the one of this run */
    struct period_run run = {day("2026-10-31"), RUN_GRID_MONTH, CATCH_UP_ALL, 24};
    struct due_periods due = {0};
    struct error err = {0};
    int64_t skipped = 0;
    struct price_schedule price = {BILLING_IN_ARREARS, false, DATE_NONE, PRICED_PER_UNIT, false};
    ck_assert(subscription_periods_due(&terms, &price, &run, arena, &due, &skipped, &err));
    ck_assert_uint_eq(due.count, 25);
    run.max_catch_up = 23;
    ck_assert(!subscription_periods_due(&terms, &price, &run, arena, &due, &skipped, &err));
    ck_assert_str_eq(err.code, "too_many_due_periods");
    ck_assert_str_eq(err.message, "more than 23 periods were missed, from 2024-10-01 on");
    struct price_span spans[TIMELINE_SPANS_MAX];
    /* a price that the plan got later missed one */
    price.spans = timeline_read_spans("2026-09-01", spans);
    ck_assert(subscription_periods_due(&terms, &price, &run, arena, &due, &skipped, &err));
    ck_assert_uint_eq(due.count, 2);
}
END_TEST

/* 400 days of daily runs, or of one run, or of a run now and then: the same periods (row 23: a
 * second run makes nothing). */
START_TEST(any_rhythm_of_runs_makes_the_same)
{
    /* clang-format off */
    static const struct plan_case plans[] = {
        {.start = "2025-01-31", .unit = INTERVAL_MONTH},
        {.start = "2025-02-17", .unit = INTERVAL_WEEK, .align = ALIGN_CALENDAR},
        {.start = "2025-01-30", .unit = INTERVAL_MONTH, .trial_days = 17, .anchor_day = 31,
         .cancel_at = "2025-12-24"},
    };
    /* clang-format on */
    static const int32_t rhythms[] = {1, 7, 40, 399};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("periods test", 1 << 22);
    for (size_t p = 0; p < ARRAY_LEN(plans); p++) {
        char expected[TEXT_SIZE * 8] = "";
        for (size_t r = 0; r < ARRAY_LEN(rhythms); r++) {
            char storage[sizeof expected];
            struct strbuf text;
            struct date made = DATE_NONE;
            struct subscription_terms terms = terms_of(&plans[p]);
            strbuf_init(&text, storage, sizeof storage);
            for (int32_t at = 0; at <= 399; at += rhythms[r]) {
                struct error err = {0};
                struct due_periods due = {0};
                int64_t skipped = 0;
                struct period_run run = {
                    {day("2025-01-15").days + at}, RUN_GRID_DAY, CATCH_UP_ALL, 1000};
                struct price_schedule price = {BILLING_IN_ARREARS, false, made, PRICED_PER_UNIT,
                                               false};
                ck_assert(
                    subscription_periods_due(&terms, &price, &run, arena, &due, &skipped, &err));
                for (size_t i = 0; i < due.count; i++) {
                    describe(&text, &due.items[i]);
                    made = due.items[i].period.end;
                }
            }
            ck_assert(!text.overflowed);
            if (r == 0)
                memcpy(expected, storage, sizeof expected);
            /* a rhythm's last run may be earlier than day 399: what it made is a beginning */
            ck_assert_msg(strncmp(storage, expected, strlen(storage)) == 0 && strlen(storage) > 100,
                          "plan %zu every %" PRId32 " days:\n%snot\n%s", p, rhythms[r], storage,
                          expected);
        }
    }
}
END_TEST

START_TEST(prorates_stubs)
{
    struct due_period due = {
        .period = {day("2026-10-20"), day("2026-11-01")},
        .full = {day("2026-10-01"), day("2026-11-01")},
    };
    struct ratio share = {0};
    struct error err = {0};
    ck_assert(due_period_share(&due, &share, &err));
    ck_assert_str_eq(ratio_text(share).text, "12/31");
    due.period = due.full;
    ck_assert(due_period_share(&due, &share, &err));
    ck_assert_str_eq(ratio_text(share).text, "1");
}
END_TEST

static const struct state_case {
    const char *name;
    struct plan_case plan;
    const char *business_date, *states;
} state_cases[] = {
    {
     .name = "not started",
     .plan = {.start = "2026-10-02"},
     .business_date = "2026-09-30",
     .states = "",
     },
    {
     .name = "starts at the midnight that ends the day",
     .plan = {.start = "2026-10-01"},
     .business_date = "2026-09-30",
     .states = "active 2026-10-01 ",
     },
    {
     .name = "in its trial",
     .plan = {.start = "2026-10-01", .trial_end = "2026-11-15"},
     .business_date = "2026-10-31",
     .states = "trialing 2026-10-01 ",
     },
    {
     .name = "converted when the trial ended",
     .plan = {.start = "2026-10-01", .trial_end = "2026-11-15"},
     .business_date = "2026-12-31",
     .states = "trialing 2026-10-01 active 2026-11-15 ",
     },
    {
     .name = "canceled in the trial: never active",
     .plan = {.start = "2026-10-01", .trial_end = "2026-11-15", .cancel_at = "2026-10-20"},
     .business_date = "2026-12-31",
     .states = "trialing 2026-10-01 canceled 2026-10-20 ",
     },
    {
     .name = "canceled at the period's end",
     .plan = {.start = "2026-10-10", .cancel_at = "2026-10-20", .cancel_at_period_end = true},
     .business_date = "2026-12-31",
     .states = "active 2026-10-10 canceled 2026-11-10 ",
     },
    {
     .name = "which is not there yet",
     .plan = {.start = "2026-10-10", .cancel_at = "2026-10-20", .cancel_at_period_end = true},
     .business_date = "2026-10-31",
     .states = "active 2026-10-10 ",
     },
};

START_TEST(finds_states)
{
    const struct state_case *c = &state_cases[_i];
    struct plan_case plan = c->plan;
    plan.unit = INTERVAL_MONTH;
    struct subscription_terms terms = terms_of(&plan);
    struct subscription_state states[SUBSCRIPTION_STATES_MAX];
    struct error err = {0};
    struct strbuf text;
    char storage[TEXT_SIZE];
    size_t count = 0;
    ck_assert_msg(subscription_states_due(&terms, day(c->business_date), states, &count, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&text, "%s %s ", subscription_status_name(states[i].status),
                    date_text(states[i].since).text);
    ck_assert_msg(strcmp(text.text, c->states) == 0, "%s: %s", c->name, text.text);
}
END_TEST

static const struct refusal_case {
    const char *name;
    struct plan_case plan;
} refusal_cases[] = {
    {
     .name = "at period end, but when",
     .plan = {.start = "2026-10-01", .cancel_at_period_end = true},
     },
    {
     .name = "canceled before it starts",
     .plan = {.start = "2026-10-01", .cancel_at = "2026-09-30"},
     },
    {
     .name = "a trial that ends before it starts",
     .plan = {.start = "2026-10-01", .trial_end = "2026-09-30"},
     },
    {
     .name = "an anchor day that no month has",
     .plan = {.start = "2026-10-01", .anchor_day = 32},
     },
};

START_TEST(refuses_terms)
{
    const struct refusal_case *c = &refusal_cases[_i];
    struct subscription_terms terms = terms_of(&c->plan);
    enum subscription_status status;
    struct error err = {0};
    ck_assert_msg(!subscription_terms_check(&terms, &err), "%s", c->name);
    ck_assert(err.kind == ERROR_ITEM);
    ck_assert(!subscription_status_parse("paused", &status, &err));
}
END_TEST

static const struct period_end_case {
    const char *name;
    const char *start, *cancel_at, *on, *expect; /* NULL: in none */
} period_end_cases[] = {
    {"within the second month",      "2026-01-15", NULL,         "2026-03-01", "2026-03-15"},
    {"on the first day of a period", "2026-01-15", NULL,         "2026-03-15", "2026-04-15"},
    {"before paid time",             "2026-01-15", NULL,         "2026-01-14", NULL        },
    {"cut where it ends",            "2026-01-15", "2026-03-10", "2026-03-01", "2026-03-10"},
    {"after its end",                "2026-01-15", "2026-03-10", "2026-03-10", NULL        },
};

START_TEST(finds_the_period_of_a_day)
{
    const struct period_end_case *c = &period_end_cases[_i];
    struct subscription_terms terms = {.start = day(c->start),
                                       .trial_end = DATE_NONE,
                                       .cancel_at =
                                           c->cancel_at == NULL ? DATE_NONE : day(c->cancel_at),
                                       .status = SUBSCRIPTION_ACTIVE,
                                       .interval = INTERVAL_MONTH,
                                       .interval_count = 1};
    struct date end;
    struct error err = {0};
    ck_assert_msg(subscription_period_end(&terms, day(c->on), &end, &err), "%s: %s", c->name,
                  err.message);
    struct date expect = c->expect == NULL ? DATE_NONE : day(c->expect);
    ck_assert_msg(end.days == expect.days, "%s: %s", c->name,
                  date_is_none(end) ? "none" : date_text(end).text);
}
END_TEST

TEST_SUITE(subscription_periods)
{
    TEST_TABLE(finds_due_periods, due_cases);
    TEST_ONE(parks_what_was_missed_too_often);
    TEST_ONE(any_rhythm_of_runs_makes_the_same);
    TEST_ONE(prorates_stubs);
    TEST_TABLE(finds_states, state_cases);
    TEST_TABLE(refuses_terms, refusal_cases);
    TEST_TABLE(finds_the_period_of_a_day, period_end_cases);
}
