#include "core/stores/import_usage.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/radix.h"
#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/setup/record_json.h"
#include "core/stores/import_conflict.h"
#include "core/stores/import_keys.h"
#include "core/stores/import_rated.h"

#define SLICE_ROWS 4096 /* written by one call */
#define FETCH_AHEAD 8   /* the processor fetches what will be looked at soon */

/* What most events do not have. */
struct usage_extras {
    const char *properties, *counted_property, *price_amount, *project, *member;
    const char *raw; /* only when bad records are kept aside, else NULL */
    size_t raw_length;
};

/* An event on its way into the database: as small as can be, for a batch has many. */
struct usage_entry {
    uint64_t high, low; /* the digest of its key */
    const char *key;
    const struct usage_extras *extras; /* NULL: none */
    int64_t subscription_id, at_us, value_coefficient, line;
    int32_t day, column;
    uint32_t pair, tenant_no;
    int32_t value_scale;
    bool by_customer, late;
    bool counts; /* for its meter: what does not is never late, for nothing would come of it */
    bool seen;   /* the file may have brought it before */
    bool bad;
};

struct usage_batch {
    struct usage_entry *entries;
    struct usage_entry **sorted;
    struct radix_item *items, *spare;
    struct usage_row *rows; /* a slice in order */
    struct usage_rated rated;
    size_t count;
};

struct usage_batch *usage_batch_create(void)
{
    static const char what[] = "usage batch";
    struct usage_batch *batch = memory_alloc(sizeof(*batch), what);
    *batch = (struct usage_batch){0};
    batch->entries = memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->entries), what);
    batch->sorted =
        (struct usage_entry **)memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->sorted), what);
    batch->items = memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->items), what);
    batch->spare = memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->spare), what);
    batch->rows = memory_alloc(SLICE_ROWS * sizeof(*batch->rows), what);
    return batch;
}

void usage_batch_destroy(struct usage_batch **batch)
{
    if (*batch == NULL)
        return;
    free((*batch)->entries);
    free((void *)(*batch)->sorted);
    free((*batch)->items);
    free((*batch)->spare);
    free((*batch)->rows);
    free(*batch);
    *batch = NULL;
}

void usage_batch_forget(struct usage_batch *batch)
{
    batch->count = 0;
    usage_rated_forget(&batch->rated);
}

static bool is_full(const struct import_session *session)
{
    return session->usage->count == USAGE_BATCH_EVENTS ||
           arena_used(session->arena) > USAGE_BATCH_BYTES;
}

bool usage_batch_make_room(struct import_session *session, struct error *err)
{
    return !is_full(session) || usage_batch_write(session, err);
}

/* ------------------------------------------------------------------ what an event refers to */

/* A record may name both, as dump does for usage that came by customer: they must belong together.
 */
static bool check_owner(struct import_session *session, const struct usage_row *row,
                        int64_t customer_id, struct error *err)
{
    int64_t owner_id;
    if (!import_lookup_owner(session->lookup, row->tenant_id, row->record.subscription,
                             row->subscription_id, &owner_id, err))
        return false;
    if (owner_id == customer_id)
        return true;
    return error_item(err, "unknown_reference", "subscription \"%s\" is not one of customer \"%s\"",
                      row->record.subscription, row->record.customer);
}

/* Whose project and member it names. */
static bool check_holders(struct import_session *session, const struct usage_row *row,
                          int64_t customer_id, struct error *err)
{
    const struct usage_record *record = &row->record;
    if (!row->by_customer &&
        !import_lookup_owner(session->lookup, row->tenant_id, record->subscription,
                             row->subscription_id, &customer_id, err))
        return false;
    return (record->project == NULL ||
            import_lookup_holder(session->lookup, RECORD_PROJECT, row->tenant_id, customer_id,
                                 record->project, err)) &&
           (record->member == NULL ||
            import_lookup_holder(session->lookup, RECORD_MEMBER, row->tenant_id, customer_id,
                                 record->member, err));
}

static bool resolve_subscription(struct import_session *session, struct usage_row *row,
                                 struct error *err)
{
    const struct usage_record *record = &row->record;
    int64_t customer_id = 0;
    row->by_customer = record->customer != NULL;
    if (row->by_customer && !import_lookup_id(session->lookup, RECORD_CUSTOMER, row->tenant_id,
                                              record->tenant, record->customer, &customer_id, err))
        return false;
    if (record->subscription == NULL
            ? !import_lookup_active(session->lookup, row->tenant_id, record->customer, customer_id,
                                    record->meter, row->meter_id, record->at_us,
                                    &row->subscription_id, err)
            : !import_lookup_id(session->lookup, RECORD_SUBSCRIPTION, row->tenant_id,
                                record->tenant, record->subscription, &row->subscription_id, err) ||
                  (row->by_customer && !check_owner(session, row, customer_id, err)))
        return false;
    return (record->project == NULL && record->member == NULL) ||
           check_holders(session, row, customer_id, err);
}

/* A dynamic price cannot charge an event without. */
static bool check_amount(const struct meter_facts *meter, const struct usage_row *row,
                         struct error *err)
{
    const struct usage_record *record = &row->record;
    if (!row->counts || !meter->asks_amounts || record->price_amount != NULL || record->unpriced)
        return true;
    error_item(err, "missing_field",
               "field \"price_amount\" is missing: every price on meter \"%s\" charges what an "
               "event says that it costs",
               record->meter);
    return error_hint(err, "\"0\" for an event that is free; where it is not known yet, "
                           "\"unpriced\": true, and the event again with it later");
}

static bool resolve(struct import_session *session, struct usage_row *row, struct error *err)
{
    const struct meter_facts *meter;
    const struct usage_record *record = &row->record;
    if (!import_lookup_id(session->lookup, RECORD_TENANT, 0, NULL, record->tenant, &row->tenant_id,
                          err) ||
        !import_lookup_meter(session->lookup, row->tenant_id, record->tenant, record->meter, &meter,
                             err))
        return false;
    row->meter_id = meter->meter_id;
    row->day = instant_utc_date(record->at_us).days;
    if (meter->counts_property &&
        !record_property_text(record->properties, meter->property, session->arena,
                              &row->counted_property, err))
        return false;
    return meter_filters_hold(&meter->filters, record->properties, &row->counts, err) &&
           check_amount(meter, row, err) && resolve_subscription(session, row, err);
}

static const struct usage_extras *keep_extras(struct import_session *session,
                                              const struct import_ahead_item *item,
                                              const char *counted_property)
{
    const struct usage_record *record = &item->record->usage;
    struct arena *arena = session->arena;
    if (record->properties == NULL && counted_property == NULL && record->price_amount == NULL &&
        record->project == NULL && record->member == NULL && item->raw == NULL)
        return NULL;
    struct usage_extras *extras = ARENA_NEW(arena, struct usage_extras);
    *extras = (struct usage_extras){.properties = arena_copy(arena, record->properties),
                                    .counted_property = counted_property,
                                    .price_amount = arena_copy(arena, record->price_amount),
                                    .project = arena_copy(arena, record->project),
                                    .member = arena_copy(arena, record->member)};
    if (item->raw != NULL) {
        extras->raw = arena_copy_n(arena, item->raw, item->raw_length);
        extras->raw_length = item->raw_length;
    }
    return extras;
}

bool usage_batch_add(struct import_session *session, const struct import_ahead_item *item,
                     struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct usage_entry *entry = &batch->entries[batch->count];
    const struct usage_record *record = &item->record->usage;
    struct usage_row row = {.record = *record};
    uint32_t pair;
    assert(batch->count < USAGE_BATCH_EVENTS);
    if (!resolve(session, &row, err))
        return err->kind == ERROR_ITEM ? usage_conflict_label(session, record, err) : false;
    if (!usage_keys_pair(session, row.tenant_id, row.meter_id, &pair, err))
        return false;
    *entry = (struct usage_entry){.key = arena_copy(session->arena, record->key),
                                  .extras = keep_extras(session, item, row.counted_property),
                                  .subscription_id = row.subscription_id,
                                  .at_us = record->at_us,
                                  .value_coefficient = record->value_coefficient,
                                  .value_scale = record->value_scale,
                                  .line = item->place.line,
                                  .column = item->place.column,
                                  .day = (int32_t)row.day,
                                  .pair = pair,
                                  .tenant_no = usage_keys_pair_at(session->keys, pair)->tenant_no,
                                  .by_customer = row.by_customer,
                                  .counts = row.counts,
                                  .late = record->late};
    usage_keys_digest(session->keys, record->key, &entry->high, &entry->low);
    batch->count++;
    return true;
}

static struct import_place place_of(const struct usage_entry *entry)
{
    return (struct import_place){entry->line, entry->column};
}

static struct usage_row row_of(const struct import_session *session,
                               const struct usage_entry *entry)
{
    static const struct usage_extras none;
    const struct usage_pair *pair = usage_keys_pair_at(session->keys, entry->pair);
    const struct usage_extras *extras = entry->extras == NULL ? &none : entry->extras;
    struct usage_row row = {.tenant_id = pair->tenant_id,
                            .day = entry->day,
                            .subscription_id = entry->subscription_id,
                            .meter_id = pair->meter_id,
                            .counted_property = extras->counted_property,
                            .by_customer = entry->by_customer};
    row.record = (struct usage_record){.key = entry->key,
                                       .price_amount = extras->price_amount,
                                       .project = extras->project,
                                       .member = extras->member,
                                       .properties = extras->properties,
                                       .at_us = entry->at_us,
                                       .value_coefficient = entry->value_coefficient,
                                       .value_scale = entry->value_scale,
                                       .late = entry->late};
    return row;
}

/* ------------------------------------------------------------------ order */

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* As the primary key orders, but for tenants and meters, which go in the order in which they came:
 * it matters that neighbours stand together. Then by the place in the file. */
static int by_event(const void *a, const void *b)
{
    const struct usage_entry *left = *(const struct usage_entry *const *)a;
    const struct usage_entry *right = *(const struct usage_entry *const *)b;
    int order = compare_i64(left->tenant_no, right->tenant_no);
    if (order == 0)
        order = compare_i64(left->day, right->day);
    if (order == 0)
        order = compare_i64(left->subscription_id, right->subscription_id);
    if (order == 0)
        order = compare_i64(left->pair, right->pair);
    if (order == 0)
        order = compare_i64(left->at_us, right->at_us);
    if (order == 0)
        order = strcmp(left->key, right->key);
    return order != 0 ? order : compare_i64(left->line, right->line);
}

/* The first columns of that order as one number: as many of them as fit. */
#define PACKED_COLUMNS 4
struct packing {
    int64_t least[PACKED_COLUMNS];
    uint32_t bits[PACKED_COLUMNS];
    uint32_t total;
};

static int64_t column_of(const struct usage_entry *entry, int column)
{
    return column == 0   ? entry->tenant_no
           : column == 1 ? entry->day
           : column == 2 ? entry->subscription_id
                         : entry->pair;
}

static struct packing pack(const struct usage_batch *batch)
{
    struct packing packing = {0};
    for (int column = 0; column < PACKED_COLUMNS; column++) {
        int64_t least = INT64_MAX, greatest = INT64_MIN;
        for (size_t i = 0; i < batch->count; i++) {
            int64_t value = column_of(&batch->entries[i], column);
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }
        uint32_t bits = radix_bits((uint64_t)greatest - (uint64_t)least);
        if (packing.total + bits > 63)
            break;
        packing.least[column] = least;
        packing.bits[column] = bits;
        packing.total += bits;
    }
    return packing;
}

static uint64_t packed(const struct packing *packing, const struct usage_entry *entry)
{
    uint64_t number = 0;
    for (int column = 0; column < PACKED_COLUMNS; column++)
        if (packing->bits[column] > 0)
            number = number << packing->bits[column] |
                     ((uint64_t)column_of(entry, column) - (uint64_t)packing->least[column]);
    return number;
}

/* What the number leaves undecided; mostly it is in order, for files are in order of time. */
static void sort_rest(struct usage_batch *batch)
{
    for (size_t from = 0, to; from < batch->count; from = to) {
        bool in_order = true;
        for (to = from + 1; to < batch->count && batch->items[to].key == batch->items[from].key;
             to++)
            in_order = in_order && by_event(&batch->sorted[to - 1], &batch->sorted[to]) < 0;
        if (!in_order)
            qsort((void *)(batch->sorted + from), to - from, sizeof(*batch->sorted), by_event);
    }
}

static void sort_batch(struct usage_batch *batch)
{
    struct packing packing = pack(batch);
    for (size_t i = 0; i < batch->count; i++)
        batch->items[i] = (struct radix_item){packed(&packing, &batch->entries[i]), (uint32_t)i};
    radix_sort(batch->items, batch->spare, batch->count, packing.total + 1);
    for (size_t i = 0; i < batch->count; i++)
        batch->sorted[i] = &batch->entries[batch->items[i].index];
    sort_rest(batch);
}

/* ------------------------------------------------------------------ writing */

/* What an event costs may be said later, by the event as it was with its price_amount: nothing can
 * have been charged by it before. Once it is said it stays, whoever imports the event without. */
static bool take_amount(struct import_session *session, const struct usage_row *is, bool is_said,
                        struct error *err)
{
    int64_t changed = 0;
    const struct usage_record *record = &is->record;
    struct import_counts *counts = &session->report->kinds[RECORD_USAGE];
    if (is_said)
        return true;
    if (!db_run(session->db, STMT_IMPORT_USAGE_AMOUNT,
                DB_ARGS(db_i64(is->tenant_id), db_i64(is->day), db_i64(is->subscription_id),
                        db_i64(is->meter_id), db_i64(record->at_us), db_text(record->key),
                        db_text(record->price_amount)),
                &changed, err))
        return false;
    counts->updated += changed;
    counts->duplicates -= changed; /* as which its key will be counted */
    return true;
}

/* The database has the event with other content. */
static bool tell_stored(struct import_session *session, struct usage_entry *entry,
                        struct error *err)
{
    struct usage_row is = row_of(session, entry), was = {0};
    const struct usage_extras *extras = entry->extras;
    bool found;
    arena_reset(session->scratch);
    if (!usage_event_load(session, &is, &was, &found, err))
        return false;
    assert(found);
    if (usage_conflict_is_amount(&is, &was))
        return take_amount(session, &is, is.record.price_amount == NULL, err);
    entry->bad = true;
    return usage_conflict_tell(session, &is, &was, place_of(entry),
                               extras == NULL ? NULL : extras->raw,
                               extras == NULL ? 0 : extras->raw_length, err);
}

/* Rows of a slice from *at on, up to one that contradicts what is stored, which is told. */
static bool write_rows(struct import_session *session, struct usage_entry **slice, size_t count,
                       size_t *at, struct error *err)
{
    const struct bulk_table *table = slice[*at]->seen ? &usage_again_rows : &usage_rows;
    struct error problem = {0};
    size_t bad = 0;
    if (bulk_write(session->db, table, session->usage->rows + *at, count, NULL, &bad, &problem)) {
        *at += count;
        return true;
    }
    if (problem.kind != ERROR_ITEM || !text_equal(problem.code, "conflict")) {
        *err = problem;
        if (err->kind == ERROR_ITEM)
            err->kind = ERROR_RUN; /* the transaction is lost */
        return false;
    }
    *at += bad + 1;
    return tell_stored(session, slice[*at - 1], err);
}

/* All at once; behind a contradiction one by one, for there may be many. */
static bool write_slice(struct import_session *session, struct usage_entry **slice, size_t count,
                        struct error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (i + 2 * FETCH_AHEAD < count)
            __builtin_prefetch(slice[i + 2 * FETCH_AHEAD]);
        if (i + FETCH_AHEAD < count)
            __builtin_prefetch(slice[i + FETCH_AHEAD]->key);
        session->usage->rows[i] = row_of(session, slice[i]);
    }
    if (count > 0 && !write_rows(session, slice, count, &at, err))
        return false;
    while (at < count)
        if (!write_rows(session, slice, 1, &at, err))
            return false;
    return true;
}

/* Those that the file may have brought before come last: nearly all others are new then, which is
 * the fast way of bulk writes. */
static bool write_sorted(struct import_session *session, bool seen, struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct usage_entry *slice[SLICE_ROWS];
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->sorted[i]->seen != seen)
            continue;
        slice[count++] = batch->sorted[i];
        if (count < SLICE_ROWS)
            continue;
        if (!write_slice(session, slice, count, err))
            return false;
        count = 0;
    }
    return write_slice(session, slice, count, err);
}

static struct usage_key key_of(const struct usage_entry *entry)
{
    return (struct usage_key){.high = entry->high,
                              .low = entry->low,
                              .subscription_id = entry->subscription_id,
                              .at_us = entry->at_us,
                              .pair = entry->pair,
                              .late = entry->late};
}

static void find_seen(const struct import_session *session)
{
    struct usage_batch *batch = session->usage;
    for (size_t i = 0; i < batch->count; i++) {
        struct usage_entry *entry = &batch->entries[i];
        if (i + FETCH_AHEAD < batch->count)
            usage_keys_expect(session->keys, entry[FETCH_AHEAD].high);
        entry->seen = usage_keys_seen(session->keys, entry->high, entry->low);
    }
}

/* By subscription, mostly. Late: the period of the instant is rated. */
static bool mark_late(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    for (size_t i = 0; i < batch->count; i++) {
        struct usage_entry *entry = batch->sorted[i];
        int64_t through_us = INT64_MIN;
        if (!entry->counts ||
            entry->at_us >= usage_keys_pair_at(session->keys, entry->pair)->last_rated_us)
            continue;
        struct usage_row row = row_of(session, entry);
        if (!usage_rated_find(&batch->rated, session->db, &row, &through_us, err))
            return false;
        entry->late = entry->late || entry->at_us < through_us;
    }
    return true;
}

static bool keep_keys(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    for (size_t i = 0; i < batch->count; i++) {
        const struct usage_entry *entry = &batch->entries[i];
        const struct usage_extras *extras = entry->extras;
        struct usage_key key = key_of(entry);
        if (!entry->bad &&
            !usage_keys_add(session, &key, place_of(entry), extras == NULL ? NULL : extras->raw,
                            extras == NULL ? 0 : extras->raw_length, err))
            return false;
    }
    return true;
}

bool usage_batch_write(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    if (batch->count == 0) {
        arena_reset(session->arena); /* of what a wrong event left there */
        return true;
    }
    find_seen(session);
    sort_batch(batch);
    if (!mark_late(session, err) || !write_sorted(session, false, err) ||
        !write_sorted(session, true, err) || !keep_keys(session, err))
        return false;
    batch->count = 0;
    arena_reset(session->arena);
    return true;
}
