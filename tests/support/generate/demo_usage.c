/* Usage: each event a pure function of its place in the file, in the order of time, more of it in
 * later months. One of a hundred is an earlier event sent again, byte for byte; the last lines are
 * hand-made instants on the edges of periods and of summer time, out of order.
 *
 * An event lies in the active days of its subscription with a day to spare on both sides, whatever
 * the zone; only the hand-made ones stand on the edge itself. */
#include "tests/support/generate/demo.h"
#include "tests/support/generate/random.h"

#define US_PER_S INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_S)
#define INSTANT_SIZE 80
#define RESENT_EVERY 100
#define RESENT_PLACE 57
#define RESENT_WITHIN 900 /* how many lines ago at most */
#define RESENT_FROM 1000
#define OWNER_TRIES 400
/* Of 31 October in UTC: before both midnights. */
#define LAST_SECOND_OF_CLOSE (22 * 3600 + 1800)

struct event {
    struct demo_subscription subscription;
    enum demo_meter meter;
    char key[40], value[40], at[INSTANT_SIZE], user[24];
};

/* clang-format off */
/* Instants written as a person would: local time with its offset, so that no zone is needed here.
 */
static const struct {
    int64_t subscription;
    enum demo_meter meter;
    const char *key, *at, *value;
} edges[] = {
    {3, METER_API_CALLS, "edge-berlin-spring-before", "2026-03-29T00:59:59.999999Z", "1"},
    {3, METER_API_CALLS, "edge-berlin-spring-utc", "2026-03-29T01:00:00Z", "2"},
    {3, METER_API_CALLS, "edge-berlin-spring-local", "2026-03-29T03:00:00+02:00", "4"},
    {3, METER_API_CALLS, "edge-berlin-autumn-first", "2026-10-25T02:30:00+02:00", "8"},
    {3, METER_API_CALLS, "edge-berlin-autumn-second", "2026-10-25T02:30:00+01:00", "16"},
    {3, METER_API_CALLS, "edge-berlin-autumn-before", "2026-10-25T00:59:59.999999Z", "32"},
    {3, METER_API_CALLS, "edge-berlin-start", "2026-03-01T00:00:00+01:00", "64"},
    {3, METER_API_CALLS, "edge-berlin-august-last", "2026-08-31T23:59:59.999999+02:00", "128"},
    {3, METER_API_CALLS, "edge-berlin-september", "2026-09-01T00:00:00+02:00", "256"},
    {3, METER_API_CALLS, "edge-berlin-september-utc", "2026-08-31T22:00:00Z", "512"},
    {3, METER_API_CALLS, "edge-berlin-october-last", "2026-10-31T23:59:59.999999+01:00", "1024"},
    {3, METER_SEATS_USED, "edge-berlin-seats-last", "2026-10-31T22:59:59.5Z", "17"},
    {3, METER_TRANSFER_GB, "edge-berlin-transfer-small", "2026-10-25T01:00:00Z", "0.001"},
    {3, METER_TRANSFER_GB, "edge-berlin-spring-before", "2026-10-25T03:00:00+02:00",
     "12.345"}, /* a key of another meter */
    {2, METER_API_CALLS, "edge-newyork-spring-before", "2026-03-08T06:59:59.999999Z", "1"},
    {2, METER_API_CALLS, "edge-newyork-spring", "2026-03-08T03:00:00-04:00", "2"},
    {2, METER_API_CALLS, "edge-newyork-february-end", "2026-02-28T00:00:00-05:00", "4"},
    {2, METER_API_CALLS, "edge-newyork-march-end", "2026-03-31T00:00:00-04:00", "8"},
    {2, METER_API_CALLS, "edge-newyork-june-end", "2026-06-30T04:00:00Z", "16"},
    {2, METER_API_CALLS, "edge-newyork-october-30", "2026-10-30T23:59:59.999999-04:00", "32"},
    {2, METER_API_CALLS, "edge-newyork-october-31", "2026-10-31T00:00:00-04:00", "64"},
    {12, METER_API_CALLS, "edge-newyork-start", "2026-09-17T00:00:00-04:00", "1"},
    {12, METER_API_CALLS, "edge-newyork-stub-end", "2026-10-01T00:00:00-04:00", "2"},
    {12, METER_API_CALLS, "edge-newyork-close-last", "2026-11-01T03:59:59.999999Z", "4"},
    {12, METER_API_CALLS, "edge-newyork-after-close", "2026-11-01T00:00:00-04:00", "8"},
    {12, METER_API_CALLS, "edge-newyork-autumn-first", "2026-11-01T01:30:00-04:00", "16"},
    {12, METER_API_CALLS, "edge-newyork-autumn-second", "2026-11-01T01:30:00-05:00", "32"},
    {17, METER_API_CALLS, "edge-losangeles-august", "2026-09-01T06:59:59Z", "1"},
    {17, METER_API_CALLS, "edge-losangeles-september", "2026-09-01T00:00:00-07:00", "2"},
};
/* clang-format on */

/* ------------------------------------------------------------------ one event */

static int64_t window_end(void)
{
    return demo_day(2026, 10, 31) * US_PER_DAY + LAST_SECOND_OF_CLOSE * US_PER_S;
}

/* Where in July to October line `index` of `count` lies: one, two, three and four tenths. */
static int64_t instant_of(const struct demo *demo, int64_t index, int64_t count)
{
    int64_t tenth = index * 10 / count;
    int32_t month = tenth < 1 ? 7 : tenth < 3 ? 8 : tenth < 6 ? 9 : 10;
    int64_t from_tenth = month == 7 ? 0 : month == 8 ? 1 : month == 9 ? 3 : 6;
    int64_t tenths = month - 6;
    int64_t start = demo_day(2026, month, 1) * US_PER_DAY;
    int64_t end = month == 10 ? window_end() : demo_day(2026, month + 1, 1) * US_PER_DAY;
    int64_t lines = count * tenths / 10 + 1;
    int64_t line = index - count * from_tenth / 10;
    int64_t step_us = (end - start) / lines;
    int64_t at = start + step_us * line +
                 random_below(demo->seed, STREAM_EVENT_AT, (uint64_t)index, step_us);
    /* Most clocks say seconds, some milliseconds. */
    return index % 8 == 0 ? at / 1000 * 1000 : at / US_PER_S * US_PER_S;
}

static bool is_active(const struct demo_subscription *subscription, int64_t at_us)
{
    if (subscription->plan->metered == 0)
        return false;
    if (at_us < (subscription->active_from + 1) * US_PER_DAY)
        return false;
    return subscription->cancel_at == DEMO_DAY_NONE ||
           at_us < (subscription->cancel_at - 1) * US_PER_DAY;
}

/* A subscription that is active and metered: tried in a fixed order of random ones. Subscription 3
 * always is. */
static struct demo_subscription owner_of(const struct demo *demo, int64_t index, int64_t at_us)
{
    for (uint64_t try = 0; try < OWNER_TRIES; try++) {
        int64_t candidate = random_below(demo->seed, STREAM_EVENT_OWNER,
                                         (uint64_t)index * OWNER_TRIES + try, demo->subscriptions);
        struct demo_subscription subscription = demo_subscription_at(demo, candidate);
        if (is_active(&subscription, at_us))
            return subscription;
    }
    return demo_subscription_at(demo, 3);
}

static void choose_value(const struct demo *demo, int64_t index, struct event *event)
{
    uint64_t random = random_u64(demo->seed, STREAM_EVENT_VALUE, (uint64_t)index);
    int64_t thousandths = 0;
    event->user[0] = '\0';
    switch (event->meter) {
    case METER_API_CALLS:
        thousandths = (1 + (int64_t)(random % (random % 7 == 0 ? 6000 : 800))) * 1000;
        break;
    case METER_TRANSFER_GB:
        thousandths = 1 + (int64_t)(random % 24000);
        break;
    case METER_STORAGE_GB:
        thousandths = 1000 + (int64_t)(random % 900000);
        break;
    case METER_SEATS_USED:
        thousandths = (1 + (int64_t)(random % 60)) * 1000;
        break;
    case METER_ACTIVE_USERS:
        snprintf(event->user, sizeof event->user, "user-%03" PRIu32, (uint32_t)(random % 40));
        thousandths = 1000;
        break;
    case METER_JOBS_RUN:
    case METER_COUNT:
        thousandths = 1000;
        break;
    }
    int length = snprintf(event->value, sizeof event->value, "%" PRId64 ".%03" PRId64,
                          thousandths / 1000, thousandths % 1000);
    while (event->value[length - 1] == '0')
        event->value[--length] = '\0';
    if (event->value[length - 1] == '.')
        event->value[--length] = '\0';
}

static void write_instant(int64_t at_us, char text[INSTANT_SIZE])
{
    int32_t second = (int32_t)(at_us % US_PER_DAY / US_PER_S);
    int32_t millisecond = (int32_t)(at_us % US_PER_S / 1000);
    char fraction[16] = "";
    if (millisecond > 0)
        snprintf(fraction, sizeof fraction, ".%03" PRId32, millisecond);
    snprintf(text, INSTANT_SIZE, "%sT%02" PRId32 ":%02" PRId32 ":%02" PRId32 "%sZ",
             demo_date_text((int32_t)(at_us / US_PER_DAY)).text, second / 3600, second / 60 % 60,
             second % 60, fraction);
}

static enum demo_meter meter_of(const struct demo *demo, int64_t index,
                                const struct demo_plan *plan)
{
    int32_t count = 0;
    for (uint32_t meter = 0; meter < METER_COUNT; meter++)
        count += (int32_t)(plan->metered >> meter & 1u);
    int64_t at = random_below(demo->seed, STREAM_EVENT_METER, (uint64_t)index, count);
    for (uint32_t meter = 0; meter < METER_COUNT; meter++)
        if ((plan->metered >> meter & 1u) != 0 && at-- == 0)
            return (enum demo_meter)meter;
    fatal("plan %s has no meter", plan->plan);
}

static struct event event_at(const struct demo *demo, int64_t index, int64_t count)
{
    int64_t at_us = instant_of(demo, index, count);
    struct event event = {.subscription = owner_of(demo, index, at_us)};
    event.meter = meter_of(demo, index, event.subscription.plan);
    write_instant(at_us, event.at);
    snprintf(event.key, sizeof event.key, "evt-%016" PRIx64,
             random_u64(demo->seed, STREAM_EVENT_KEY, (uint64_t)index));
    choose_value(demo, index, &event);
    return event;
}

/* ------------------------------------------------------------------ the files */

static bool is_resent(int64_t index)
{
    return index >= RESENT_FROM && index % RESENT_EVERY == RESENT_PLACE;
}

/* The line that line `index` sends: itself, or an earlier one that is not sent again itself. */
static int64_t sent_by(const struct demo *demo, int64_t index)
{
    if (!is_resent(index))
        return index;
    int64_t back =
        1 + random_below(demo->seed, STREAM_EVENT_RESENT, (uint64_t)index, RESENT_WITHIN);
    return is_resent(index - back) ? index - back - 1 : index - back;
}

static void write_event(const struct event *event, struct output files[DEMO_TENANT_COUNT])
{
    enum demo_tenant tenant = event->subscription.customer.tenant;
    struct output *output = &files[tenant];
    char subscription[40];
    snprintf(subscription, sizeof subscription, "sub-%06" PRId64, event->subscription.index);
    if (tenant == DEMO_BERLIN) {
        output_addf(output, "%s,%s,%s,%s,%s,%s,", demo_tenant_name(tenant),
                    demo_meter_name(event->meter), event->key, subscription, event->value,
                    event->at);
        if (event->user[0] != '\0')
            output_addf(output, "\"{\"\"user\"\":\"\"%s\"\"}\"", event->user);
        output_addf(output, "\n");
        return;
    }
    json_begin(output, "usage");
    json_text(output, "tenant", demo_tenant_name(tenant));
    json_text(output, "meter", demo_meter_name(event->meter));
    json_text(output, "key", event->key);
    json_text(output, "subscription", subscription);
    json_text(output, "value", event->value);
    json_text(output, "at", event->at);
    if (event->user[0] != '\0') {
        json_open(output, "properties");
        json_text(output, "user", event->user);
        json_close(output);
    }
    json_end(output);
}

static void write_edges(const struct demo *demo, struct output files[DEMO_TENANT_COUNT])
{
    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        struct event event = {
            .subscription = demo_subscription_at(demo, edges[i].subscription),
            .meter = edges[i].meter,
        };
        snprintf(event.key, sizeof event.key, "%s", edges[i].key);
        snprintf(event.at, sizeof event.at, "%s", edges[i].at);
        snprintf(event.value, sizeof event.value, "%s", edges[i].value);
        write_event(&event, files);
    }
}

void demo_write_usage(const struct demo *demo, const char *directory)
{
    struct output files[DEMO_TENANT_COUNT] = {0};
    int64_t count = demo->events - (int64_t)ARRAY_LEN(edges);
    output_open(&files[DEMO_BERLIN], directory, "usage.csv");
    output_open(&files[DEMO_NEW_YORK], directory, "usage.jsonl");
    output_addf(&files[DEMO_BERLIN], "tenant,meter,key,subscription,value,at,properties\n");
    for (int64_t i = 0; i < count; i++) {
        struct event event = event_at(demo, sent_by(demo, i), count);
        write_event(&event, files);
    }
    write_edges(demo, files);
    output_close(&files[DEMO_BERLIN]);
    output_close(&files[DEMO_NEW_YORK]);
}
