/* The slots of a subscription, one line each: "price kind start..end quantity due", and the full
 * period where it is another. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/charge_slots.h"
#include "core/billing/subscription_timeline.h"
#include "tests/core/billing/timeline.h"
#include "tests/support/suite.h"

#define TEXT_SIZE 4096

/* clang-format off */
static const struct slots_case {
    const char *name;
    const char *changes;
    const char *start, *trial_end, *cancel_at, *business_date;
    struct timeline_plan first;       /* plan 0; an interval_count of 0: monthly */
    struct timeline_plan second;      /* plan 1; an interval_count of 0: monthly */
    enum price_billing billing;
    bool metered, flat, at_period_end;
    enum align align;
    enum proration_basis basis;       /* of the setting */
    struct {
        size_t price;
        const char *start, *end;
        enum proration_basis basis;
    } made[2];                        /* by what something was made; start NULL: nothing was */
    const char *versions;             /* timeline.h */
    const char *end;                  /* of the subscription, where the case asks for it */
    const char *slots;
} slots_cases[] = {
    {.name = "nothing changes: the periods of subscription_periods",
     .start = "2026-10-15", .business_date = "2026-11-30",
     .slots = "p0 recurring 2026-10-15..2026-11-15 x10 due 2026-10-15\n"
              "p0 recurring 2026-11-15..2026-12-15 x10 due 2026-11-15\n"},
    {.name = "more of it in advance: both sides to the period's end",
     .start = "2026-10-01", .business_date = "2026-10-31", .changes = "2026-10-16 quantity 20",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"
              "p0 proration_credit 2026-10-16..2026-11-01 x10 due 2026-10-16\n"
              "p0 proration_charge 2026-10-16..2026-11-01 x20 due 2026-10-16\n"
              "p0 recurring 2026-11-01..2026-12-01 x20 due 2026-11-01\n"},
    {.name = "row 18: a change that is not due yet changes nothing yet",
     .start = "2026-10-01", .business_date = "2026-10-14", .changes = "2026-10-16 quantity 20",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"},
    {.name = "a flat fee does not mind the quantity",
     .start = "2026-10-01", .business_date = "2026-10-30", .changes = "2026-10-16 quantity 20",
     .flat = true,
     .slots = "p0 recurring 2026-10-01..2026-11-01 x1 due 2026-10-01\n"},
    {.name = "in arrears: two stretches, one due date",
     .start = "2026-10-01", .business_date = "2026-10-31", .changes = "2026-10-16 quantity 20",
     .billing = BILLING_IN_ARREARS,
     .slots = "p0 recurring 2026-10-01..2026-10-16 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"
              "p0 proration_charge 2026-10-16..2026-11-01 x20 due 2026-11-01\n"},
    {.name = "another plan of the same interval keeps the anchor",
     .start = "2026-10-10", .business_date = "2026-11-10", .changes = "2026-10-20 plan 1",
     .slots = "p0 recurring 2026-10-10..2026-11-10 x10 due 2026-10-10\n"
              "p0 proration_credit 2026-10-20..2026-11-10 x10 due 2026-10-20\n"
              "p1 proration_charge 2026-10-20..2026-11-10 x10 due 2026-10-20\n"
              "p1 recurring 2026-11-10..2026-12-10 x10 due 2026-11-10\n"},
    {.name = "of another interval: the change is the new anchor",
     .start = "2026-10-10", .business_date = "2026-11-10", .changes = "2026-10-20 plan 1",
     .second = {INTERVAL_YEAR, 1},
     .slots = "p0 recurring 2026-10-10..2026-11-10 x10 due 2026-10-10\n"
              "p0 proration_credit 2026-10-20..2026-11-10 x10 due 2026-10-20\n"
              "p1 recurring 2026-10-20..2027-10-20 x10 due 2026-10-20\n"},
    {.name = "twelve months are a year: the same interval",
     .start = "2026-10-10", .business_date = "2027-10-08", .changes = "2027-04-10 plan 1",
     .first = {INTERVAL_MONTH, 12}, .second = {INTERVAL_YEAR, 1},
     .slots = "p0 recurring 2026-10-10..2027-10-10 x10 due 2026-10-10\n"
              "p0 proration_credit 2027-04-10..2027-10-10 x10 due 2027-04-10\n"
              "p1 proration_charge 2027-04-10..2027-10-10 x10 due 2027-04-10\n"},
    {.name = "four weeks are no month",
     .start = "2026-10-01", .business_date = "2026-10-20", .changes = "2026-10-15 plan 1",
     .second = {INTERVAL_WEEK, 4},
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"
              "p0 proration_credit 2026-10-15..2026-11-01 x10 due 2026-10-15\n"
              "p1 recurring 2026-10-15..2026-11-12 x10 due 2026-10-15\n"},
    {.name = "of another interval in arrears: the period ends with the change",
     .start = "2026-10-10", .business_date = "2026-11-30", .changes = "2026-10-20 plan 1",
     .second = {INTERVAL_MONTH, 3}, .billing = BILLING_IN_ARREARS,
     .slots = "p0 recurring 2026-10-10..2026-10-20 (2026-10-10..2026-11-10) x10 due 2026-10-20\n"},
    {.name = "a new quarter by the calendar begins with a stub",
     .start = "2026-10-01", .business_date = "2026-11-30", .changes = "2026-11-15 plan 1",
     .second = {INTERVAL_MONTH, 3}, .align = ALIGN_CALENDAR,
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"
              "p0 recurring 2026-11-01..2026-12-01 x10 due 2026-11-01\n"
              "p0 proration_credit 2026-11-15..2026-12-01 x10 due 2026-11-15\n"
              "p1 recurring 2026-11-15..2027-01-01 (2026-10-01..2027-01-01) x10 due 2026-11-15\n"},
    {.name = "BC-120: a pause of ten days is credited, the rest charged again",
     .start = "2012-06-30", .business_date = "2012-07-29",
     .changes = "2012-07-10 pause; 2012-07-20 resume",
     .slots = "p0 recurring 2012-06-30..2012-07-30 x10 due 2012-06-30\n"
              "p0 proration_credit 2012-07-10..2012-07-30 x10 due 2012-07-10\n"
              "p0 proration_charge 2012-07-20..2012-07-30 x10 due 2012-07-20\n"
              "p0 recurring 2012-07-30..2012-08-30 x10 due 2012-07-30\n"},
    {.name = "a wholly paused period has nothing in it",
     .start = "2026-10-01", .business_date = "2026-12-15",
     .changes = "2026-10-16 pause; 2026-12-11 resume",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"
              "p0 proration_credit 2026-10-16..2026-11-01 x10 due 2026-10-16\n"
              "p0 proration_charge 2026-12-11..2027-01-01 x10 due 2026-12-11\n"},
    {.name = "plan and quantity while paused: what holds when it is resumed",
     .start = "2026-10-01", .business_date = "2026-10-31", .billing = BILLING_IN_ARREARS,
     .changes = "2026-10-11 pause; 2026-10-15 plan 1 quantity 3; 2026-10-21 resume",
     .slots = "p0 recurring 2026-10-01..2026-10-11 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"
              "p1 proration_charge 2026-10-21..2026-11-01 x3 due 2026-11-01\n"},
    {.name = "pausing twice and resuming twice is no more than once",
     .start = "2026-10-01", .business_date = "2026-10-31", .billing = BILLING_IN_ARREARS,
     .changes = "2026-10-05 resume; 2026-10-11 pause; 2026-10-15 pause; 2026-10-21 resume",
     .slots = "p0 recurring 2026-10-01..2026-10-11 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"
              "p0 proration_charge 2026-10-21..2026-11-01 x10 due 2026-11-01\n"},
    {.name = "back to the old plan is a new stretch of it",
     .start = "2026-10-01", .business_date = "2026-10-31", .billing = BILLING_IN_ARREARS,
     .changes = "2026-10-11 plan 1; 2026-10-21 plan 0",
     .slots = "p0 recurring 2026-10-01..2026-10-11 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"
              "p0 proration_charge 2026-10-21..2026-11-01 x10 due 2026-11-01\n"
              "p1 proration_charge 2026-10-11..2026-10-21 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"},
    {.name = "a change to what holds already changes nothing",
     .start = "2026-10-01", .business_date = "2026-10-30",
     .changes = "2026-10-11 plan 0 quantity 10.0",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"},
    {.name = "changes of the trial are what paid time starts with",
     .start = "2026-10-01", .trial_end = "2026-10-15", .business_date = "2026-11-10",
     .changes = "2026-10-05 quantity 4; 2026-10-15 plan 1", .second = {INTERVAL_YEAR, 1},
     .slots = "p1 recurring 2026-10-15..2027-10-15 x4 due 2026-10-15\n"},
    {.name = "canceled at a date: the last charge is cut",
     .start = "2026-10-01", .business_date = "2026-11-30", .cancel_at = "2026-10-16",
     .end = "2026-10-16",
     .slots = "p0 recurring 2026-10-01..2026-10-16 (2026-10-01..2026-11-01) x10 due 2026-10-01\n"},
    {.name = "changed, then canceled",
     .start = "2026-10-01", .business_date = "2026-11-30", .cancel_at = "2026-10-26",
     .changes = "2026-10-16 quantity 20", .end = "2026-10-26",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"
              "p0 proration_credit 2026-10-16..2026-11-01 x10 due 2026-10-16\n"
              "p0 proration_charge 2026-10-16..2026-10-26 (2026-10-01..2026-11-01) x20 due 2026-10-16\n"},
    {.name = "canceled while paused",
     .start = "2026-10-01", .business_date = "2026-11-30", .cancel_at = "2026-10-26",
     .changes = "2026-10-16 pause", .end = "2026-10-26",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"
              "p0 proration_credit 2026-10-16..2026-11-01 x10 due 2026-10-16\n"},
    {.name = "at the end of the period: of the plan that holds then",
     .start = "2026-10-10", .business_date = "2028-11-30", .cancel_at = "2026-10-25",
     .at_period_end = true, .end = "2027-10-20",
     .changes = "2026-10-20 plan 1", .second = {INTERVAL_YEAR, 1},
     .slots = "p0 recurring 2026-10-10..2026-11-10 x10 due 2026-10-10\n"
              "p0 proration_credit 2026-10-20..2026-11-10 x10 due 2026-10-20\n"
              "p1 recurring 2026-10-20..2027-10-20 x10 due 2026-10-20\n"},
    {.name = "at the end of a period that another interval ends",
     .start = "2026-10-10", .business_date = "2028-11-30", .cancel_at = "2026-10-15",
     .at_period_end = true, .end = "2026-10-20", .billing = BILLING_IN_ARREARS,
     .changes = "2026-10-20 plan 1", .second = {INTERVAL_YEAR, 1},
     .slots = "p0 recurring 2026-10-10..2026-10-20 (2026-10-10..2026-11-10) x10 due 2026-10-20\n"},
    {.name = "usage is split by plan, not by quantity",
     .start = "2026-10-01", .business_date = "2026-10-31", .metered = true,
     .changes = "2026-10-11 quantity 20; 2026-10-21 plan 1",
     .slots = "p0 usage 2026-10-01..2026-10-21 (2026-10-01..2026-11-01) x0 due 2026-11-01\n"
              "p1 usage 2026-10-21..2026-11-01 (2026-10-01..2026-11-01) x0 due 2026-11-01\n"},
    {.name = "in advance the version of the first day charges and credits all of it",
     .start = "2026-10-01", .business_date = "2026-10-30", .changes = "2026-10-25 quantity 20",
     .versions = "2026-01-01 2026-10-21",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01\n"
              "p0 proration_credit 2026-10-25..2026-11-01 x10 priced on 2026-10-01 due 2026-10-25\n"
              "p0 proration_charge 2026-10-25..2026-11-01 x20 priced on 2026-10-01 due 2026-10-25\n"},
    {.name = "in arrears each version for its days",
     .start = "2026-10-01", .business_date = "2026-10-31", .changes = "2026-10-11 quantity 20",
     .versions = "2026-01-01 2026-10-21", .billing = BILLING_IN_ARREARS,
     .slots = "p0 recurring 2026-10-01..2026-10-11 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"
              "p0 proration_charge 2026-10-11..2026-10-21 (2026-10-01..2026-11-01) x20 due 2026-11-01\n"
              "p0 proration_charge 2026-10-21..2026-11-01 x20 due 2026-11-01\n"},
    {.name = "a version on the day of a change",
     .start = "2026-10-01", .business_date = "2026-10-31", .changes = "2026-10-16 quantity 20",
     .versions = "2026-01-01 2026-10-16", .billing = BILLING_IN_ARREARS,
     .slots = "p0 recurring 2026-10-01..2026-10-16 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"
              "p0 proration_charge 2026-10-16..2026-11-01 x20 due 2026-11-01\n"},
    {.name = "a price that begins in the period waits for the next one in advance, not in a plan joined later",
     .start = "2026-10-01", .business_date = "2026-12-31", .changes = "2026-11-16 plan 1",
     .versions = "2026-10-11..2026-12-01",
     .slots = "p0 recurring 2026-11-01..2026-12-01 x10 due 2026-11-01\n"
              "p0 proration_credit 2026-11-16..2026-12-01 x10 priced on 2026-11-01 due 2026-11-16\n"
              "p1 proration_charge 2026-11-16..2026-12-01 x10 due 2026-11-16\n"},
    {.name = "in arrears it is charged from its day on",
     .start = "2026-10-01", .business_date = "2026-10-31", .versions = "2026-10-11",
     .billing = BILLING_IN_ARREARS,
     .slots = "p0 recurring 2026-10-11..2026-11-01 (2026-10-01..2026-11-01) x10 due 2026-11-01\n"},
    {.name = "periods that are not divided have one version",
     .start = "2026-10-01", .business_date = "2026-10-31", .versions = "2026-01-01 2026-10-11",
     .metered = true, .basis = PRORATE_NONE,
     .slots = "p0 usage 2026-10-01..2026-11-01 x0 due 2026-11-01 by none\n"},
    {.name = "usage goes on counting over versions and over a pause",
     .start = "2026-10-01", .business_date = "2026-10-31", .metered = true,
     .changes = "2026-10-16 pause; 2026-10-19 resume", .versions = "2026-01-01 2026-10-11 2026-10-21",
     .slots = "p0 usage 2026-10-01..2026-10-11 (2026-10-01..2026-11-01) x0 due 2026-11-01\n"
              "p0 usage 2026-10-11..2026-10-16 (2026-10-01..2026-11-01) counts from 2026-10-01 x0 due 2026-11-01\n"
              "p0 usage 2026-10-19..2026-10-21 (2026-10-01..2026-11-01) counts from 2026-10-01 without 2026-10-16..2026-10-19 x0 due 2026-11-01\n"
              "p0 usage 2026-10-21..2026-11-01 (2026-10-01..2026-11-01) counts from 2026-10-01 without 2026-10-16..2026-10-19 x0 due 2026-11-01\n"},
    {.name = "and over another plan, but not into the next period",
     .start = "2026-10-01", .business_date = "2026-11-30", .metered = true,
     .changes = "2026-10-11 plan 1; 2026-10-16 plan 0; 2026-10-20 pause; 2026-10-21 resume",
     .slots = "p0 usage 2026-10-01..2026-10-11 (2026-10-01..2026-11-01) x0 due 2026-11-01\n"
              "p0 usage 2026-10-16..2026-10-20 (2026-10-01..2026-11-01) counts from 2026-10-01 without 2026-10-11..2026-10-16 x0 due 2026-11-01\n"
              "p0 usage 2026-10-21..2026-11-01 (2026-10-01..2026-11-01) counts from 2026-10-01 without 2026-10-11..2026-10-16 without 2026-10-20..2026-10-21 x0 due 2026-11-01\n"
              "p1 usage 2026-10-11..2026-10-16 (2026-10-01..2026-11-01) x0 due 2026-11-01\n"
              "p0 usage 2026-11-01..2026-12-01 x0 due 2026-12-01\n"},
    {.name = "usage of paused days is nobody's",
     .start = "2026-10-01", .business_date = "2026-10-31", .metered = true,
     .changes = "2026-10-11 pause; 2026-10-21 resume",
     .slots = "p0 usage 2026-10-01..2026-10-11 (2026-10-01..2026-11-01) x0 due 2026-11-01\n"
              "p0 usage 2026-10-21..2026-11-01 (2026-10-01..2026-11-01) counts from 2026-10-01 without 2026-10-11..2026-10-21 x0 due 2026-11-01\n"},
    {.name = "by the basis of the setting",
     .start = "2026-10-01", .business_date = "2026-10-30", .changes = "2026-10-16 quantity 20",
     .basis = PRORATE_SECOND,
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01 by second\n"
              "p0 proration_credit 2026-10-16..2026-11-01 x10 due 2026-10-16 by second\n"
              "p0 proration_charge 2026-10-16..2026-11-01 x20 due 2026-10-16 by second\n"},
    {.name = "a credit is measured as its charge was, whatever the setting is since; so is what takes its place",
     .start = "2026-10-01", .business_date = "2026-11-15", .changes = "2026-10-16 plan 1; 2026-11-11 quantity 20",
     .basis = PRORATE_FIXED30, .made = {{0, "2026-10-01", "2026-11-01", PRORATE_SECOND}},
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01 by second\n"
              "p0 proration_credit 2026-10-16..2026-11-01 x10 due 2026-10-16 by second\n"
              "p1 proration_charge 2026-10-16..2026-11-01 x10 due 2026-10-16 by second\n"
              "p1 recurring 2026-11-01..2026-12-01 x10 due 2026-11-01 by fixed30\n"
              "p1 proration_credit 2026-11-11..2026-12-01 x10 due 2026-11-11 by fixed30\n"
              "p1 proration_charge 2026-11-11..2026-12-01 x20 due 2026-11-11 by fixed30\n"},
    {.name = "a price of which something was made keeps its own basis",
     .start = "2026-10-01", .business_date = "2026-10-31", .changes = "2026-10-16 plan 1; 2026-10-21 quantity 5",
     .made = {{0, "2026-10-01", "2026-11-01", PRORATE_SECOND}, {1, "2026-10-01", "2026-11-01", PRORATE_FIXED30}},
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01 by second\n"
              "p0 proration_credit 2026-10-16..2026-11-01 x10 due 2026-10-16 by second\n"
              "p1 proration_charge 2026-10-16..2026-11-01 x10 due 2026-10-16 by fixed30\n"
              "p1 proration_credit 2026-10-21..2026-11-01 x10 due 2026-10-21 by fixed30\n"
              "p1 proration_charge 2026-10-21..2026-11-01 x5 due 2026-10-21 by fixed30\n"
              "p1 recurring 2026-11-01..2026-12-01 x5 due 2026-11-01\n"},
    {.name = "periods that are not divided: changes hold from the next one on",
     .start = "2026-10-01", .business_date = "2026-12-15", .basis = PRORATE_NONE,
     .changes = "2026-10-16 plan 1 quantity 20; 2026-11-11 pause; 2026-12-11 resume",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01 by none\n"
              "p1 recurring 2026-11-01..2026-12-01 x20 due 2026-11-01 by none\n"},
    {.name = "in arrears too",
     .start = "2026-10-01", .business_date = "2026-11-30", .basis = PRORATE_NONE,
     .billing = BILLING_IN_ARREARS, .changes = "2026-10-16 plan 1 quantity 20",
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-11-01 by none\n"
              "p1 recurring 2026-11-01..2026-12-01 x20 due 2026-12-01 by none\n"},
    {.name = "and usage",
     .start = "2026-10-01", .business_date = "2026-11-30", .basis = PRORATE_NONE,
     .metered = true, .changes = "2026-10-16 plan 1; 2026-10-21 pause",
     .slots = "p0 usage 2026-10-01..2026-11-01 x0 due 2026-11-01 by none\n"},
    {.name = "not divided, another interval: the month that has begun stays",
     .start = "2026-10-10", .business_date = "2026-11-30", .basis = PRORATE_NONE,
     .changes = "2026-10-20 plan 1", .second = {INTERVAL_YEAR, 1},
     .slots = "p0 recurring 2026-10-10..2026-11-10 x10 due 2026-10-10 by none\n"
              "p1 recurring 2026-10-20..2027-10-20 x10 due 2026-10-20 by none\n"},
    {.name = "not divided, canceled: the days are cut, the charge is not",
     .start = "2026-10-01", .business_date = "2026-11-30", .basis = PRORATE_NONE,
     .cancel_at = "2026-10-16", .end = "2026-10-16",
     .slots = "p0 recurring 2026-10-01..2026-10-16 (2026-10-01..2026-11-01) x10 due 2026-10-01 by none\n"},
    {.name = "a month that was begun as one that is not divided stays so, for all its prices",
     .start = "2026-10-01", .business_date = "2026-11-15", .changes = "2026-10-16 plan 1; 2026-11-11 quantity 20",
     .made = {{0, "2026-10-01", "2026-11-01", PRORATE_NONE}, {1, "2026-10-01", "2026-11-01", PRORATE_DAY}},
     .slots = "p0 recurring 2026-10-01..2026-11-01 x10 due 2026-10-01 by none\n"
              "p1 recurring 2026-11-01..2026-12-01 x10 due 2026-11-01\n"
              "p1 proration_credit 2026-11-11..2026-12-01 x10 due 2026-11-11\n"
              "p1 proration_charge 2026-11-11..2026-12-01 x20 due 2026-11-11\n"},
};
/* clang-format on */

static struct timeline_price price_of(const struct slots_case *c, size_t plan,
                                      struct price_spans spans)
{
    return (struct timeline_price){.plan = plan,
                                   .billing = c->metered ? BILLING_IN_ARREARS : c->billing,
                                   .metered = c->metered,
                                   .spans = c->flat ? PRICED_FLAT : spans};
}

static void fill(const struct slots_case *c, struct timeline_sample *sample)
{
    struct timeline_plan monthly = {INTERVAL_MONTH, 1};
    struct timeline_plan first = c->first.interval_count == 0 ? monthly : c->first;
    struct timeline_plan second = c->second.interval_count == 0 ? monthly : c->second;
    struct price_span room[TIMELINE_SPANS_MAX];
    struct price_spans spans = timeline_read_spans(c->versions, room);
    *sample = (struct timeline_sample){
        .terms = {.start = timeline_day(c->start),
                  .trial_end = timeline_day(c->trial_end),
                  .cancel_at = timeline_day(c->cancel_at),
                  .cancel_at_period_end = c->at_period_end,
                  .status = SUBSCRIPTION_ACTIVE,
                  .align = c->align,
                  .interval = first.interval,
                  .interval_count = first.interval_count},
        .plans = {first, second},
        .prices = {price_of(c,                                0,                      spans), price_of(c, 1, spans)},
    };
    sample->timeline = (struct subscription_timeline){.terms = &sample->terms,
                                                      .quantity = decimal_from_i64(10),
                                                      .plans = sample->plans,
                                                      .prices = sample->prices,
                                                      .price_count = 2};
    for (size_t i = 0; i < ARRAY_LEN(c->made) && c->made[i].start != NULL; i++) {
        sample->bases[i] = (struct timeline_basis){
            c->made[i].price,
            {timeline_day(c->made[i].start), timeline_day(c->made[i].end)},
            c->made[i].basis
        };
        sample->timeline.basis_count++;
    }
    sample->timeline.bases = sample->bases;
    sample->timeline.basis = c->basis;
    if (c->versions != NULL) {
        memcpy(sample->spans, room, sizeof room);
        sample->prices[0].spans.items = sample->prices[1].spans.items = sample->spans;
    }
    timeline_read_changes(sample, c->changes);
}

static void describe(const struct slots_case *c, const struct charge_slot *slot,
                     struct arena *arena, struct strbuf *text)
{
    struct slot_entry entry = {.slot = *slot, .generation = 1};
    bool from_a_change = slot->kind != SLOT_RECURRING && slot->kind != SLOT_USAGE;
    bool to_the_end = date_compare(slot->period.end, slot->full.end) == 0;
    strbuf_addf(text, "p%zu %s %s..%s ", slot->price, slot_entry_kind(&entry, arena),
                date_text(slot->period.start).text, date_text(slot->period.end).text);
    if (!period_equal(slot->period, slot->full) && !(from_a_change && to_the_end))
        strbuf_addf(text, "(%s..%s) ", date_text(slot->full.start).text,
                    date_text(slot->full.end).text);
    if (date_compare(slot->counts_from, slot->period.start) != 0)
        strbuf_addf(text, "counts from %s ", date_text(slot->counts_from).text);
    for (size_t i = 0; i < slot->gaps.count; i++)
        strbuf_addf(text, "without %s..%s ", date_text(slot->gaps.items[i].days.start).text,
                    date_text(slot->gaps.items[i].days.end).text);
    strbuf_addf(text, "x%s ", decimal_text(slot->quantity).text);
    if (c->versions != NULL && date_compare(slot->priced_on, slot->period.start) != 0)
        strbuf_addf(text, "priced on %s ", date_text(slot->priced_on).text);
    strbuf_addf(text, "due %s", date_text(slot->due_on).text);
    if (slot->basis != PRORATE_DAY)
        strbuf_addf(text, " by %s", proration_basis_name(slot->basis));
    strbuf_add(text, "\n");
}

START_TEST(finds_slots)
{
    const struct slots_case *c = &slots_cases[_i];
    struct timeline_sample sample;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("timeline test", 1 << 20);
    struct charge_slots slots;
    struct date end;
    struct error err = {0};
    char room[TEXT_SIZE];
    struct strbuf text;
    strbuf_init(&text, room, sizeof room);
    fill(c, &sample);
    ck_assert_msg(subscription_timeline_slots(&sample.timeline, timeline_day(c->business_date),
                                              arena, &slots, &err),
                  "%s: %s", c->name, err.message);
    for (size_t i = 0; i < slots.count; i++)
        describe(c, &slots.items[i], arena, &text);
    ck_assert_msg(strcmp(text.text, c->slots) == 0, "%s:\n%s", c->name, text.text);
    ck_assert(subscription_timeline_end(&sample.timeline, arena, &end, &err));
    ck_assert_msg(date_compare(end, timeline_day(c->end)) == 0, "%s: ends %s", c->name,
                  date_text(end).text);
}
END_TEST

TEST_SUITE(subscription_timeline)
{
    TEST_TABLE(finds_slots, slots_cases);
}
