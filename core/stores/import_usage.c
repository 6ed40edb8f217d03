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

/* An event on its way into the database. */
struct usage_entry {
    struct usage_row row; /* of the record's names only `key`, `project` and `member` are kept */
    struct usage_key key;
    struct import_place place;
    const char *raw; /* only when bad records are kept aside, else NULL */
    size_t raw_length;
    bool seen; /* the file may have brought it before */
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
    bool found;
    if (!db_query_i64(session->db, STMT_IMPORT_SUBSCRIPTION_CUSTOMER,
                      DB_ARGS(db_i64(row->tenant_id), db_i64(row->subscription_id)), &owner_id,
                      &found, err))
        return false;
    if (found && owner_id == customer_id)
        return true;
    return error_item(err, "unknown_reference", "subscription \"%s\" is not one of customer \"%s\"",
                      row->record.subscription, row->record.customer);
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
    if (record->subscription == NULL)
        return import_lookup_active(session->lookup, row->tenant_id, record->customer, customer_id,
                                    record->meter, row->meter_id, record->at_us,
                                    &row->subscription_id, err);
    return import_lookup_id(session->lookup, RECORD_SUBSCRIPTION, row->tenant_id, record->tenant,
                            record->subscription, &row->subscription_id, err) &&
           (!row->by_customer || check_owner(session, row, customer_id, err));
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
        !record_property_text(record->properties, meter->property, session->item_arena,
                              &row->counted_property, err))
        return false;
    return resolve_subscription(session, row, err);
}

/* What an event keeps while it waits. */
static void copy_texts(struct usage_entry *entry, struct arena *arena)
{
    struct usage_record *record = &entry->row.record;
    record->key = arena_copy(arena, record->key);
    record->properties = arena_copy(arena, record->properties);
    record->project = arena_copy(arena, record->project);
    record->member = arena_copy(arena, record->member);
    entry->row.counted_property = arena_copy(arena, entry->row.counted_property);
    record->tenant = record->meter = record->subscription = record->customer =
        NULL; /* looked up where a message needs them */
}

bool usage_batch_add(struct import_session *session, const struct import_item *item,
                     struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct usage_entry *entry = &batch->entries[batch->count];
    assert(batch->count < USAGE_BATCH_EVENTS);
    *entry = (struct usage_entry){.row.record = item->record.usage, .place = item->place};
    if (!resolve(session, &entry->row, err))
        return err->kind == ERROR_ITEM ? usage_conflict_label(session, &item->record.usage, err)
                                       : false;
    copy_texts(entry, session->arena);
    if (session->skip != NULL) {
        entry->raw = arena_copy_n(session->arena, item->raw, item->raw_length);
        entry->raw_length = item->raw_length;
    }
    batch->count++;
    return true;
}

/* ------------------------------------------------------------------ order */

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* The primary key, then the place in the file. */
static int by_event(const void *a, const void *b)
{
    const struct usage_entry *left = *(const struct usage_entry *const *)a;
    const struct usage_entry *right = *(const struct usage_entry *const *)b;
    int order = compare_i64(left->row.tenant_id, right->row.tenant_id);
    if (order == 0)
        order = compare_i64(left->row.day, right->row.day);
    if (order == 0)
        order = compare_i64(left->row.subscription_id, right->row.subscription_id);
    if (order == 0)
        order = compare_i64(left->row.meter_id, right->row.meter_id);
    if (order == 0)
        order = compare_i64(left->row.record.at_us, right->row.record.at_us);
    if (order == 0)
        order = strcmp(left->row.record.key, right->row.record.key);
    return order != 0 ? order : compare_i64(left->place.line, right->place.line);
}

/* The first columns of the primary key as one number: as many of them as fit. */
struct packing {
    int64_t least[4];
    uint32_t bits[4];
    uint32_t total;
};

static int64_t column_of(const struct usage_row *row, int column)
{
    return column == 0   ? row->tenant_id
           : column == 1 ? row->day
           : column == 2 ? row->subscription_id
                         : row->meter_id;
}

static struct packing pack(const struct usage_batch *batch)
{
    struct packing packing = {0};
    for (int column = 0; column < 4; column++) {
        int64_t least = INT64_MAX, greatest = INT64_MIN;
        for (size_t i = 0; i < batch->count; i++) {
            int64_t value = column_of(&batch->entries[i].row, column);
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

static uint64_t packed(const struct packing *packing, const struct usage_row *row)
{
    uint64_t key = 0;
    for (int column = 0; column < 4; column++)
        if (packing->bits[column] > 0)
            key = key << packing->bits[column] |
                  ((uint64_t)column_of(row, column) - (uint64_t)packing->least[column]);
    return key;
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
        batch->items[i] =
            (struct radix_item){packed(&packing, &batch->entries[i].row), (uint32_t)i};
    radix_sort(batch->items, batch->spare, batch->count, packing.total + 1);
    for (size_t i = 0; i < batch->count; i++)
        batch->sorted[i] = &batch->entries[batch->items[i].index];
    sort_rest(batch);
}

/* ------------------------------------------------------------------ writing */

/* The database has the event with other content. */
static bool tell_stored(struct import_session *session, struct usage_entry *entry,
                        struct error *err)
{
    struct usage_row was = {0};
    bool found;
    arena_reset(session->scratch);
    entry->bad = true;
    if (!usage_event_load(session, &entry->row, &was, &found, err))
        return false;
    assert(found);
    return usage_conflict_tell(session, &entry->row, &was, entry->place, entry->raw,
                               entry->raw_length, err);
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
    for (size_t i = 0; i < count; i++)
        session->usage->rows[i] = slice[i]->row;
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

/* The tenant is held, and the digest known. */
static bool prepare(struct import_session *session, struct usage_entry *entry, struct error *err)
{
    struct usage_row *row = &entry->row;
    if (!usage_keys_pair(session, row->tenant_id, row->meter_id, &entry->key.pair, err))
        return false;
    usage_keys_digest(session->keys, row->record.key, &entry->key);
    entry->key.subscription_id = row->subscription_id;
    entry->key.at_us = row->record.at_us;
    entry->seen = usage_keys_seen(session->keys, &entry->key);
    return true;
}

/* In order of the primary key. Late: the period of the instant is rated. */
static bool mark_late(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    for (size_t i = 0; i < batch->count; i++) {
        struct usage_entry *entry = batch->sorted[i];
        struct usage_record *record = &entry->row.record;
        const struct usage_pair *pair = usage_keys_pair_at(session->keys, entry->key.pair);
        int64_t through_us = INT64_MIN;
        if (record->at_us < pair->last_rated_us &&
            !usage_rated_find(&batch->rated, session->db, &entry->row, &through_us, err))
            return false;
        record->late = record->late || record->at_us < through_us;
        entry->key.late = record->late;
    }
    return true;
}

static bool keep_keys(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    for (size_t i = 0; i < batch->count; i++) {
        struct usage_entry *entry = &batch->entries[i];
        if (!entry->bad &&
            !usage_keys_add(session, &entry->key, entry->place, entry->raw, entry->raw_length, err))
            return false;
    }
    return true;
}

bool usage_batch_write(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    if (batch->count == 0)
        return true;
    for (size_t i = 0; i < batch->count; i++)
        if (!prepare(session, &batch->entries[i], err))
            return false;
    sort_batch(batch);
    if (!mark_late(session, err) || !write_sorted(session, false, err) ||
        !write_sorted(session, true, err) || !keep_keys(session, err))
        return false;
    batch->count = 0;
    arena_reset(session->arena);
    return true;
}
