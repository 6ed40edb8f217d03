/* Subscriptions, and a contract. The first ones are hand-made cases, one for each thing that goes
 * wrong elsewhere; subscription i of these belongs to customer i. The data are as of the end of
 * October 2026. */
#include "core/base/text.h"
#include "tests/support/generate/demo.h"
#include "tests/support/generate/random.h"

#define FIELD_SIZE 48
#define CH_CUSTOMER 1    /* has one subscription only: it is parked */
#define LARGE_CUSTOMER 5 /* has many: its invoice has several pages */
#define LARGE_AMONG 90   /* so many subscriptions behind the first ones are looked at … */
#define LARGE_EVERY 5    /* … and one of so many is the large customer's */
#define CONTRACT "rahmen-2026"
#define CONTRACT_CUSTOMER "cus-000003" /* whose subscription is the one of both DST edges */

static const struct case_row {
    const char *why;
    int64_t index;
    const char *plan, *start;
    int32_t anchor_day;
    const char *trial_end, *cancel_at;
    bool cancel_at_period_end, calendar;
    const char *timezone;
    int64_t quantity_1000;
} cases[] = {
  /* clang-format off */
    {"anchored on the 31st", 0, "team-monatlich", "2026-07-31", 31, NULL, NULL, false, false, NULL, 12000},
    {"no tax rate for its country", 1, "geschaeft-quartal", "2026-08-01", 0, NULL, NULL, false, false, NULL, 1000},
    {"catches up since January", 2, "team-monthly", "2026-01-31", 31, NULL, NULL, false, false, NULL, 7000},
    {"both DST edges of Berlin", 3, "nach-verbrauch", "2026-03-01", 0, NULL, NULL, false, false, NULL, 1000},
    {"yearly from the last of August", 4, "scale-yearly", "2025-08-31", 31, NULL, NULL, false, false, NULL, 22000},
    {"yearly, renewed on the 30th", 5, "konzern-jaehrlich", "2025-10-30", 30, NULL, NULL, false, false, NULL, 31000},
    {"the trial of the plan", 6, "starter-monatlich", "2026-10-01", 0, NULL, NULL, false, false, NULL, 1000},
    {"in its trial", 7, "solo-monthly", "2026-10-16", 0, "2026-11-15", NULL, false, false, NULL, 1000},
    {"canceled within a period", 8, "team-monatlich", "2026-07-20", 0, NULL, "2026-10-07", false, false, NULL, 3000},
    {"canceled at the period's end", 9, "team-monthly", "2026-08-15", 0, NULL, "2026-10-08", true, false, NULL, 10000},
    {"a stub and a decimal quantity", 10, "kapazitaet-monatlich", "2026-08-12", 0, NULL, NULL, false, true, NULL, 2500},
    {"canceled within its trial", 11, "starter-monatlich", "2026-08-01", 0, "2026-09-01", "2026-08-20", false, false, NULL, 1000},
    {"a stub and usage only", 12, "payg-monthly", "2026-09-17", 0, NULL, NULL, false, true, NULL, 1000},
    {"quarters from the 30th", 13, "geschaeft-quartal", "2026-04-30", 30, NULL, NULL, false, false, NULL, 1000},
    {"quarters from the 31st", 14, "growth-quarterly", "2026-05-31", 31, NULL, NULL, false, false, NULL, 1000},
    {"anchored on the 29th", 15, "familie-monatlich", "2026-08-29", 29, NULL, NULL, false, false, NULL, 1000},
    {"anchored behind a short month", 16, "team-monatlich", "2026-09-30", 31, NULL, NULL, false, false, NULL, 5000},
    {"a zone of its own", 17, "team-monthly", "2026-08-01", 0, NULL, NULL, false, false, "America/Los_Angeles", 4000},
    {"a thousandth of a unit", 18, "kapazitaet-monatlich", "2026-09-01", 0, NULL, NULL, false, false, NULL, 125},
    {"will be canceled in November", 21, "starter-monatlich", "2026-08-05", 0, NULL, "2026-11-20", false, false, NULL, 1000},
  /* clang-format on */
};

static int32_t day_of(const char *date)
{
    if (date == NULL)
        return DEMO_DAY_NONE;
    int32_t part[3] = {0};
    size_t field = 0;
    for (const char *c = date; *c != '\0'; c++) {
        if (*c == '-')
            field++;
        else
            part[field] = part[field] * 10 + (*c - '0');
    }
    return demo_day(part[0], part[1], part[2]);
}

static struct demo_subscription from_case(const struct demo *demo, const struct case_row *row)
{
    struct demo_subscription subscription = {
        .index = row->index,
        .customer = demo_customer_at(demo, row->index),
        .start = day_of(row->start),
        .anchor_day = row->anchor_day,
        .trial_end = day_of(row->trial_end),
        .cancel_at = day_of(row->cancel_at),
        .cancel_at_period_end = row->cancel_at_period_end,
        .calendar = row->calendar,
        .timezone = row->timezone,
        .quantity_1000 = row->quantity_1000,
    };
    subscription.plan = demo_plan_named(subscription.customer.tenant, row->plan);
    return subscription;
}

/* ------------------------------------------------------------------ the others */

static int64_t owner_of(const struct demo *demo, int64_t index)
{
    if (index < demo->customers)
        return index;
    int64_t place = index - demo->customers;
    if (place < LARGE_AMONG && place % LARGE_EVERY == 0)
        return LARGE_CUSTOMER;
    int64_t owner = random_below(demo->seed, STREAM_OWNER, (uint64_t)index, demo->customers);
    return owner == CH_CUSTOMER ? owner + 2 : owner;
}

static int32_t share_of(const struct demo_plan *plan, const struct demo_customer *customer)
{
    if (plan->tenant != customer->tenant ||
        !text_equal(plan->currency, customer->country->currency))
        return 0;
    return customer->business ? plan->business_share : plan->person_share;
}

static const struct demo_plan *plan_of(const struct demo *demo, int64_t index,
                                       const struct demo_customer *customer)
{
    int32_t count = 0;
    const struct demo_plan *plans = demo_plans(&count);
    int32_t total = 0;
    for (int32_t i = 0; i < count; i++)
        total += share_of(&plans[i], customer);
    int64_t at = random_below(demo->seed, STREAM_PLAN, (uint64_t)index, total);
    for (int32_t i = 0; i < count; i++) {
        if (at < share_of(&plans[i], customer))
            return &plans[i];
        at -= share_of(&plans[i], customer);
    }
    fatal("no plan for customer %" PRId64, customer->index);
}

/* Months before November 2026 in which a subscription starts: mostly the last four. */
static int32_t months_back(const struct demo *demo, int64_t index, const struct demo_plan *plan)
{
    int32_t at = (int32_t)random_below(demo->seed, STREAM_MONTH, (uint64_t)index, 100);
    if (text_equal(plan->interval, "year"))
        return 1 + at % 14;
    if (plan->interval_count > 1)
        return 1 + at % 6;
    return at < 36 ? 1 : at < 61 ? 2 : at < 82 ? 3 : at < 97 ? 4 : 5 + at % 3;
}

static void choose_start(const struct demo *demo, struct demo_subscription *subscription)
{
    int32_t month_index =
        2026 * 12 + 10 - months_back(demo, subscription->index, subscription->plan);
    int32_t year = month_index / 12;
    int32_t month = month_index % 12 + 1;
    int32_t at = (int32_t)random_below(demo->seed, STREAM_DAY, (uint64_t)subscription->index, 100);
    int32_t day = at < 35 ? 1 : at < 50 ? 15 : at < 67 ? 29 + at % 3 : 1 + at % 28;
    int32_t length = demo_days_in_month(year, month);
    if (day > 28)
        subscription->anchor_day = day;
    subscription->start = demo_day(year, month, day < length ? day : length);
}

static void choose_quantity(const struct demo *demo, struct demo_subscription *subscription)
{
    int64_t at = random_below(demo->seed, STREAM_QUANTITY, (uint64_t)subscription->index, 60);
    subscription->quantity_1000 = 1000;
    if (subscription->plan->quantity == QUANTITY_SEATS)
        subscription->quantity_1000 = (1 + (at < 45 ? at % 12 : at - 20)) * 1000;
    if (subscription->plan->quantity == QUANTITY_DECIMAL)
        subscription->quantity_1000 = 125 * (1 + at);
}

static void choose_trial(const struct demo *demo, struct demo_subscription *subscription)
{
    int64_t at = random_below(demo->seed, STREAM_TRIAL, (uint64_t)subscription->index, 100);
    bool month = subscription->plan->interval_count == 1 &&
                 text_equal(subscription->plan->interval, "month");
    if (month && at < 6)
        subscription->trial_end = subscription->start + (at < 3 ? 30 : 21);
}

static void choose_align(const struct demo *demo, struct demo_subscription *subscription)
{
    int64_t at = random_below(demo->seed, STREAM_ALIGN, (uint64_t)subscription->index, 100);
    subscription->calendar = at < 10 && subscription->anchor_day == 0 &&
                             subscription->trial_end == DEMO_DAY_NONE &&
                             subscription->plan->trial_days == 0;
}

static void choose_cancel(const struct demo *demo, struct demo_subscription *subscription)
{
    uint64_t at = random_u64(demo->seed, STREAM_CANCEL, (uint64_t)subscription->index);
    if (at % 100 >= 9)
        return;
    subscription->cancel_at = subscription->active_from + 20 + (int32_t)(at / 100 % 60);
    subscription->cancel_at_period_end = at / 6000 % 2 == 1;
}

static void set_active_from(struct demo_subscription *subscription)
{
    int32_t trial_end = subscription->trial_end;
    if (trial_end == DEMO_DAY_NONE)
        trial_end = subscription->start + subscription->plan->trial_days;
    subscription->active_from = trial_end;
}

struct demo_subscription demo_subscription_at(const struct demo *demo, int64_t index)
{
    struct demo_subscription subscription;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (cases[i].index != index)
            continue;
        subscription = from_case(demo, &cases[i]);
        set_active_from(&subscription);
        return subscription;
    }
    subscription = (struct demo_subscription){
        .index = index,
        .customer = demo_customer_at(demo, owner_of(demo, index)),
        .trial_end = DEMO_DAY_NONE,
        .cancel_at = DEMO_DAY_NONE,
    };
    subscription.plan = plan_of(demo, index, &subscription.customer);
    choose_start(demo, &subscription);
    choose_quantity(demo, &subscription);
    choose_trial(demo, &subscription);
    choose_align(demo, &subscription);
    set_active_from(&subscription);
    choose_cancel(demo, &subscription);
    return subscription;
}

/* ------------------------------------------------------------------ the record */

static const char *status_of(const struct demo_subscription *subscription)
{
    int32_t today = demo_day(2026, 10, 31);
    if (!subscription->cancel_at_period_end && subscription->cancel_at <= today)
        return "canceled";
    return subscription->active_from > today ? "trialing" : "active";
}

static void write_quantity(struct output *output, int64_t quantity_1000)
{
    char text[FIELD_SIZE];
    int length = snprintf(text, sizeof text, "%" PRId64 ".%03" PRId64, quantity_1000 / 1000,
                          quantity_1000 % 1000);
    while (text[length - 1] == '0')
        text[--length] = '\0';
    if (text[length - 1] == '.')
        text[--length] = '\0';
    json_text(output, "quantity", text);
}

static void write_subscription(const struct demo *demo, int64_t index, struct output *output)
{
    struct demo_subscription subscription = demo_subscription_at(demo, index);
    char text[FIELD_SIZE];
    json_begin(output, "subscription");
    json_text(output, "tenant", demo_tenant_name(subscription.customer.tenant));
    snprintf(text, sizeof text, "sub-%06" PRId64, index);
    json_text(output, "subscription", text);
    snprintf(text, sizeof text, "cus-%06" PRId64, subscription.customer.index);
    json_text(output, "customer", text);
    json_text(output, "plan", subscription.plan->plan);
    write_quantity(output, subscription.quantity_1000);
    json_text(output, "start", demo_date_text(subscription.start).text);
    if (subscription.anchor_day > 0)
        json_integer(output, "anchor_day", subscription.anchor_day);
    json_text(output, "timezone", subscription.timezone);
    json_text(output, "trial_end", demo_date_text(subscription.trial_end).text);
    json_text(output, "status", status_of(&subscription));
    json_text(output, "cancel_at", demo_date_text(subscription.cancel_at).text);
    if (subscription.cancel_at_period_end)
        json_true(output, "cancel_at_period_end");
    json_text(output, "align", subscription.calendar ? "calendar" : "anniversary");
    json_end(output);
}

/* What one of them, who pays for what he uses, has agreed to use at least; half a year in two
 * phases, of which the first is over with October. */
static const struct {
    const char *phase, *start, *discount_percent, *commitment;
} phases[] = {
    {"einstieg", "2026-09-01", "5",  "600.00" },
    {"ausbau",   "2026-11-01", "10", "2400.00"},
};

static void write_contract(struct output *output)
{
    json_begin(output, "contract");
    json_text(output, "tenant", demo_tenant_name(DEMO_BERLIN));
    json_text(output, "contract", CONTRACT);
    json_text(output, "customer", CONTRACT_CUSTOMER);
    json_text(output, "start", phases[0].start);
    json_text(output, "end", "2027-03-01");
    json_text(output, "currency", "EUR");
    json_end(output);
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        json_begin(output, "contract_phase");
        json_text(output, "tenant", demo_tenant_name(DEMO_BERLIN));
        json_text(output, "contract", CONTRACT);
        json_text(output, "phase", phases[i].phase);
        json_text(output, "start", phases[i].start);
        json_text(output, "discount_percent", phases[i].discount_percent);
        json_text(output, "commitment", phases[i].commitment);
        json_text(output, "product", "plattform");
        json_raw(output, "scope", "[{\"plan\":\"nach-verbrauch\"}]");
        json_end(output);
    }
}

void demo_write_subscriptions(const struct demo *demo, const char *directory)
{
    struct output output = {0};
    output_open(&output, directory, "subscriptions.jsonl");
    for (int64_t i = 0; i < demo->subscriptions; i++)
        write_subscription(demo, i, &output);
    write_contract(&output);
    output_close(&output);
}
