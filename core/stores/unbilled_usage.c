/* Counting usage that nobody is charged for: see unbilled_usage.h, whose numbers are referred to
 * here. Periods come in the order of subscriptions and meters, so that a look at a day's events is
 * a search in a sorted list. */
#include "core/stores/unbilled_usage.h"

#include <stdlib.h>

#include "core/base/array.h"

#define SPANS_ARENA_CAP ((size_t)2 << 30)
#define ROW_ARENA_CAP ((size_t)1 << 20) /* of a row at a time */

static const char *const reason_names[UNBILLED_REASONS] = {
    [UNBILLED_OUTSIDE] = "outside",
    [UNBILLED_PAUSED] = "paused",
    [UNBILLED_UNPRICED] = "no_price",
};

const char *unbilled_reason_name(enum unbilled_reason reason)
{
    return reason_names[reason];
}

struct owner {
    int64_t tenant_id, subscription_id, meter_id;
};

/* Periods that join are one span. */
struct span {
    struct owner owner;
    int64_t start_at_us, end_at_us;
};

/* The events of one day. */
struct day_of_usage {
    struct owner owner;
    int64_t day, first_at_us, last_at_us, events;
};

/* From one instant to another nobody is charged for what a subscription uses. */
struct life_fact {
    int64_t tenant_id, subscription_id;
    enum unbilled_reason reason;
    int64_t from_us, until_us;
};

/* From this instant on no price of the subscription on the meter holds. */
struct price_end {
    struct owner owner;
    int64_t ended_at_us;
};

struct counted {
    struct owner owner;
    enum unbilled_reason reason;
    int64_t events;
};

struct counting {
    struct db *db;
    struct zone_cache *zones;
    struct arena *arena; /* of the spans */
    struct spans ARRAY_OF(struct span) spans;
    struct facts ARRAY_OF(struct life_fact) facts;
    struct ends ARRAY_OF(struct price_end) ends;
    struct days ARRAY_OF(struct day_of_usage) days; /* that need a closer look */
    struct counts ARRAY_OF(struct counted) counts;
};

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_owners(const struct owner *a, const struct owner *b)
{
    int order = compare_i64(a->tenant_id, b->tenant_id);
    if (order == 0)
        order = compare_i64(a->subscription_id, b->subscription_id);
    return order != 0 ? order : compare_i64(a->meter_id, b->meter_id);
}

/* ---------------------------------------------------------------- what is covered */

static const struct row_field span_fields[] = {
    ROW_FIELD(struct span, owner.tenant_id, "tenant_id"),
    ROW_FIELD(struct span, owner.subscription_id, "subscription_id"),
    ROW_FIELD(struct span, owner.meter_id, "meter_id"),
    ROW_FIELD(struct span, start_at_us, "start_at_us"),
    ROW_FIELD(struct span, end_at_us, "end_at_us"),
};

static void add_span(struct counting *counting, const struct span *span)
{
    struct spans *spans = &counting->spans;
    struct span *last = spans->count > 0 ? &spans->items[spans->count - 1] : NULL;
    if (last == NULL || compare_owners(&last->owner, &span->owner) != 0 ||
        span->start_at_us > last->end_at_us) {
        ARRAY_ADD(counting->arena, spans) = *span;
        return;
    }
    if (span->end_at_us > last->end_at_us)
        last->end_at_us = span->end_at_us;
}

static bool read_spans(struct counting *counting, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = true;
    if (!db_query_large(counting->db, STMT_UNBILLED_PERIODS, DB_NO_ARGS, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        struct span span;
        if (!has_row)
            return true;
        if (!rows_read(rows, counting->arena, span_fields, ARRAY_LEN(span_fields), &span, err))
            return false;
        add_span(counting, &span);
    }
    return false;
}

/* The first span of the owner, or where it would be. */
static size_t find_spans(const struct counting *counting, const struct owner *owner)
{
    size_t lo = 0;
    size_t hi = counting->spans.count;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (compare_owners(&counting->spans.items[middle].owner, owner) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static size_t count_spans(const struct counting *counting, size_t from, const struct owner *owner)
{
    size_t count = 0;
    while (from + count < counting->spans.count &&
           compare_owners(&counting->spans.items[from + count].owner, owner) == 0)
        count++;
    return count;
}

/* ---------------------------------------------------------------- lives */

struct fact_row {
    int64_t tenant_id, subscription_id;
    int64_t reason;
    struct date from_on, until_on; /* DATE_NONE: ever */
    int64_t trial_days;            /* behind until_on */
    const char *timezone;
};

#define FACT_PAUSED 2

static const struct row_field fact_fields[] = {
    ROW_FIELD(struct fact_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct fact_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct fact_row, reason, "reason"),
    ROW_FIELD(struct fact_row, from_on, "from_on"),
    ROW_FIELD(struct fact_row, until_on, "until_on"),
    ROW_FIELD(struct fact_row, trial_days, "trial_days"),
    ROW_FIELD(struct fact_row, timezone, "timezone"),
};

static bool make_fact(const struct counting *counting, const struct fact_row *row,
                      struct life_fact *ret_fact, struct error *err)
{
    const struct zone *zone = NULL;
    struct date until_on = row->until_on;
    struct life_fact fact = {row->tenant_id, row->subscription_id,
                             row->reason == FACT_PAUSED ? UNBILLED_PAUSED : UNBILLED_OUTSIDE,
                             INT64_MIN, INT64_MAX};
    if (!zone_load(counting->zones, row->timezone, &zone, err) ||
        (row->trial_days > 0 && !date_add_days(until_on, row->trial_days, &until_on, err)))
        return false;
    if (!date_is_none(row->from_on))
        fact.from_us = zone_midnight(zone, row->from_on);
    if (!date_is_none(until_on))
        fact.until_us = zone_midnight(zone, until_on);
    *ret_fact = fact;
    return true;
}

static bool read_facts(struct counting *counting, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    CLEANUP(arena_destroy) struct arena *names = arena_create("time zones", ROW_ARENA_CAP);
    bool has_row = true;
    if (!db_query_large(counting->db, STMT_UNBILLED_LIVES, DB_NO_ARGS, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        struct fact_row row;
        struct life_fact fact;
        if (!has_row)
            return true;
        arena_reset(names);
        if (!rows_read(rows, names, fact_fields, ARRAY_LEN(fact_fields), &row, err) ||
            !make_fact(counting, &row, &fact, err))
            return false;
        ARRAY_ADD(counting->arena, &counting->facts) = fact;
    }
    return false;
}

/* The first fact of the subscription, or where it would be: they come in its order. */
static size_t find_facts(const struct counting *counting, const struct owner *owner)
{
    size_t lo = 0;
    size_t hi = counting->facts.count;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        const struct life_fact *fact = &counting->facts.items[middle];
        int order = compare_i64(fact->tenant_id, owner->tenant_id);
        if (order == 0)
            order = compare_i64(fact->subscription_id, owner->subscription_id);
        if (order < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

struct end_row {
    struct owner owner;
    struct date ended_on;
    const char *timezone;
};

static const struct row_field end_fields[] = {
    ROW_FIELD(struct end_row, owner.tenant_id, "tenant_id"),
    ROW_FIELD(struct end_row, owner.subscription_id, "subscription_id"),
    ROW_FIELD(struct end_row, owner.meter_id, "meter_id"),
    ROW_FIELD(struct end_row, ended_on, "ended_on"),
    ROW_FIELD(struct end_row, timezone, "timezone"),
};

static bool read_ends(struct counting *counting, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    CLEANUP(arena_destroy) struct arena *names = arena_create("time zones", ROW_ARENA_CAP);
    bool has_row = true;
    if (!db_query_large(counting->db, STMT_UNBILLED_ENDS, DB_NO_ARGS, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        struct end_row row;
        const struct zone *zone = NULL;
        if (!has_row)
            return true;
        arena_reset(names);
        if (!rows_read(rows, names, end_fields, ARRAY_LEN(end_fields), &row, err) ||
            !zone_load(counting->zones, row.timezone, &zone, err))
            return false;
        ARRAY_ADD(counting->arena, &counting->ends) =
            (struct price_end){row.owner, zone_midnight(zone, row.ended_on)};
    }
    return false;
}

static bool has_no_price(const struct counting *counting, const struct owner *owner, int64_t at_us)
{
    for (size_t lo = 0, hi = counting->ends.count; lo < hi;) {
        size_t middle = lo + (hi - lo) / 2;
        int order = compare_owners(&counting->ends.items[middle].owner, owner);
        if (order == 0)
            return at_us >= counting->ends.items[middle].ended_at_us;
        if (order < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    return false;
}

/* What holds of it at the instant, where no period is made. */
static bool is_over(const struct counting *counting, const struct owner *owner, int64_t at_us,
                    enum unbilled_reason *ret_reason)
{
    for (size_t i = find_facts(counting, owner); i < counting->facts.count; i++) {
        const struct life_fact *fact = &counting->facts.items[i];
        if (fact->tenant_id != owner->tenant_id || fact->subscription_id != owner->subscription_id)
            break;
        if (at_us < fact->from_us || at_us >= fact->until_us)
            continue;
        *ret_reason = fact->reason;
        return true;
    }
    *ret_reason = UNBILLED_UNPRICED;
    return has_no_price(counting, owner, at_us);
}

/* ---------------------------------------------------------------- events */

static void count_events(struct counting *counting, const struct owner *owner,
                         enum unbilled_reason reason, int64_t events)
{
    ARRAY_ADD(counting->arena, &counting->counts) = (struct counted){*owner, reason, events};
}

/* Rules 1 and 2 for events of one instant. */
static void judge(struct counting *counting, const struct owner *owner, int64_t at_us,
                  int64_t events)
{
    size_t from = find_spans(counting, owner);
    size_t count = count_spans(counting, from, owner);
    const struct span *spans = &counting->spans.items[from];
    enum unbilled_reason reason = UNBILLED_PAUSED;
    for (size_t i = 0; i < count; i++)
        if (at_us >= spans[i].start_at_us && at_us < spans[i].end_at_us)
            return;
    bool is_behind = count > 0 && at_us >= spans[count - 1].end_at_us;
    if (count > 0 && at_us < spans[0].start_at_us)
        reason = UNBILLED_OUTSIDE;
    else if ((count == 0 || is_behind) && !is_over(counting, owner, at_us, &reason))
        return;
    count_events(counting, owner, reason, events);
}

/* Whether one span has all events of the day. */
static bool is_covered(const struct counting *counting, const struct day_of_usage *day)
{
    size_t from = find_spans(counting, &day->owner);
    size_t count = count_spans(counting, from, &day->owner);
    for (size_t i = from; i < from + count; i++)
        if (day->first_at_us >= counting->spans.items[i].start_at_us &&
            day->last_at_us < counting->spans.items[i].end_at_us)
            return true;
    return false;
}

static bool read_days(struct counting *counting, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = true;
    if (!db_query_large(counting->db, STMT_UNBILLED_DAYS, DB_NO_ARGS, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        int64_t values[7];
        if (!has_row)
            return true;
        db_rows_i64s(rows, 7, values);
        struct day_of_usage day = {
            {values[0], values[1], values[2]},
            values[3], values[4], values[5], values[6]
        };
        if (!is_covered(counting, &day))
            ARRAY_ADD(counting->arena, &counting->days) = day;
    }
    return false;
}

struct instant_row {
    int64_t at_us, events;
};

static const struct row_field instant_fields[] = {
    ROW_FIELD(struct instant_row, at_us, "at_us"),
    ROW_FIELD(struct instant_row, events, "events"),
};

/* Rule 3: a meter that no plan of the subscription prices. */
static bool is_priced(struct counting *counting, const struct owner *owner, bool *ret_is_priced,
                      struct error *err)
{
    int64_t ignored;
    return db_query_i64(
        counting->db, STMT_UNBILLED_PRICED,
        DB_ARGS(db_i64(owner->tenant_id), db_i64(owner->subscription_id), db_i64(owner->meter_id)),
        &ignored, ret_is_priced, err);
}

static bool look_closer(struct counting *counting, const struct day_of_usage *day,
                        struct arena *page, struct error *err)
{
    const struct owner *owner = &day->owner;
    void *items = NULL;
    size_t count = 0;
    bool priced = true;
    if (count_spans(counting, find_spans(counting, owner), owner) == 0 &&
        !is_priced(counting, owner, &priced, err))
        return false;
    if (!priced) {
        count_events(counting, owner, UNBILLED_UNPRICED, day->events);
        return true;
    }
    if (!rows_load_all(counting->db, STMT_UNBILLED_INSTANTS,
                       DB_ARGS(db_i64(owner->tenant_id), db_i64(day->day),
                               db_i64(owner->subscription_id), db_i64(owner->meter_id)),
                       page, instant_fields, ARRAY_LEN(instant_fields), sizeof(struct instant_row),
                       &items, &count, err))
        return false;
    const struct instant_row *rows = items;
    for (size_t i = 0; i < count; i++)
        judge(counting, owner, rows[i].at_us, rows[i].events);
    return true;
}

static bool look_at_days(struct counting *counting, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *page = arena_create("unbilled days", SPANS_ARENA_CAP);
    for (size_t i = 0; i < counting->days.count; i++) {
        if (!look_closer(counting, &counting->days.items[i], page, err))
            return false;
        arena_reset(page);
    }
    return true;
}

/* ---------------------------------------------------------------- adding up */

static int compare_counts(const void *a, const void *b)
{
    const struct counted *left = a;
    const struct counted *right = b;
    int order = compare_i64(left->owner.tenant_id, right->owner.tenant_id);
    if (order == 0)
        order = (int)left->reason - (int)right->reason;
    return order != 0 ? order : compare_owners(&left->owner, &right->owner);
}

static const struct row_field name_fields[] = {
    ROW_FIELD(struct unbilled_usage, tenant, "tenant"),
    ROW_FIELD(struct unbilled_usage, subscription, "subscription"),
    ROW_FIELD(struct unbilled_usage, meter, "meter"),
};

static bool add_up(struct counting *counting, struct arena *arena,
                   struct unbilled_usage **ret_usage, size_t *ret_count, struct error *err)
{
    struct sums ARRAY_OF(struct unbilled_usage) sums = {0};
    const struct counted *before = NULL;
    if (counting->counts.count > 1)
        qsort(counting->counts.items, counting->counts.count, sizeof *counting->counts.items,
              compare_counts);
    for (size_t i = 0; i < counting->counts.count; i++) {
        const struct counted *now = &counting->counts.items[i];
        bool found = false;
        bool is_new = before == NULL || before->reason != now->reason ||
                      before->owner.tenant_id != now->owner.tenant_id;
        if (is_new) {
            struct unbilled_usage *sum = &ARRAY_ADD(arena, &sums);
            *sum = (struct unbilled_usage){0};
            if (!rows_load_one(counting->db, STMT_UNBILLED_NAMES,
                               DB_ARGS(db_i64(now->owner.tenant_id),
                                       db_i64(now->owner.subscription_id),
                                       db_i64(now->owner.meter_id)),
                               arena, name_fields, ARRAY_LEN(name_fields), sum, &found, err))
                return false;
            sum->reason = now->reason;
        }
        struct unbilled_usage *sum = &sums.items[sums.count - 1];
        sum->events += now->events;
        if (is_new || compare_owners(&before->owner, &now->owner) != 0)
            sum->subscriptions++;
        before = now;
    }
    *ret_usage = sums.items;
    *ret_count = sums.count;
    return true;
}

bool unbilled_usage_load(struct db *db, struct zone_cache *zones, struct arena *arena,
                         struct unbilled_usage **ret_usage, size_t *ret_count, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *spans = arena_create("unbilled usage", SPANS_ARENA_CAP);
    CLEANUP(snapshot_end) struct snapshot snapshot = {0};
    struct counting counting = {.db = db, .zones = zones, .arena = spans};
    return (snapshot_begin(&snapshot, db, err) && read_spans(&counting, err) &&
            read_facts(&counting, err) && read_ends(&counting, err) && read_days(&counting, err) &&
            look_at_days(&counting, err) && add_up(&counting, arena, ret_usage, ret_count, err)) ||
           error_context(err, "counting usage that is not billed");
}
