#include "core/stores/import_usage.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/setup/record_json.h"
#include "core/stores/import_runs.h"

#define FIRST_ARENA_CAP (64u << 20)

struct usage_batch {
    struct usage_entry *entries;
    struct usage_entry **sorted;
    size_t count;
    int64_t sequence;
    struct usage_runs *keys, *events; /* what was more than a batch, by key and by event */
    struct arena *first_arena;
};

/* ------------------------------------------------------------------ orders */

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_keys(const struct usage_row *a, const struct usage_row *b)
{
    int order = compare_i64(a->tenant_id, b->tenant_id);
    if (order == 0)
        order = compare_i64(a->meter_id, b->meter_id);
    return order != 0 ? order : strcmp(a->record.key, b->record.key);
}

static int order_by_key(const struct usage_entry *a, const struct usage_entry *b)
{
    int order = compare_keys(&a->row, &b->row);
    return order != 0 ? order : compare_i64(a->sequence, b->sequence);
}

static int order_by_event(const struct usage_entry *a, const struct usage_entry *b)
{
    int order = compare_i64(a->row.tenant_id, b->row.tenant_id);
    if (order == 0)
        order = compare_i64(a->row.subscription_id, b->row.subscription_id);
    if (order == 0)
        order = compare_i64(a->row.meter_id, b->row.meter_id);
    if (order == 0)
        order = compare_i64(a->row.record.at_us, b->row.record.at_us);
    return order != 0 ? order : strcmp(a->row.record.key, b->row.record.key);
}

static int by_key(const void *a, const void *b)
{
    return order_by_key(*(const struct usage_entry *const *)a,
                        *(const struct usage_entry *const *)b);
}

static int by_event(const void *a, const void *b)
{
    return order_by_event(*(const struct usage_entry *const *)a,
                          *(const struct usage_entry *const *)b);
}

/* ------------------------------------------------------------------ the batch */

struct usage_batch *usage_batch_create(void)
{
    struct usage_batch *batch = memory_alloc(sizeof(*batch), "usage batch");
    *batch = (struct usage_batch){0};
    batch->entries = memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->entries), "usage batch");
    batch->sorted = memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->sorted), "usage batch");
    batch->keys = usage_runs_create(order_by_key);
    batch->events = usage_runs_create(order_by_event);
    batch->first_arena = arena_create("usage key", FIRST_ARENA_CAP);
    return batch;
}

void usage_batch_destroy(struct usage_batch **batch)
{
    if (*batch == NULL)
        return;
    free((*batch)->entries);
    free((void *)(*batch)->sorted);
    usage_runs_destroy(&(*batch)->keys);
    usage_runs_destroy(&(*batch)->events);
    arena_destroy(&(*batch)->first_arena);
    free(*batch);
    *batch = NULL;
}

bool usage_batch_is_empty(const struct usage_batch *batch)
{
    return batch->count == 0 && usage_runs_count(batch->keys) == 0;
}

void usage_batch_forget(struct usage_batch *batch)
{
    batch->count = 0;
    usage_runs_empty(batch->keys);
    usage_runs_empty(batch->events);
}

static void sort_batch(struct usage_batch *batch, int (*order)(const void *, const void *))
{
    for (size_t i = 0; i < batch->count; i++)
        batch->sorted[i] = &batch->entries[i];
    qsort((void *)batch->sorted, batch->count, sizeof(*batch->sorted), order);
}

/* The batch goes into a run; its memory is free again. */
static bool spill(struct import_session *session, struct usage_runs *runs,
                  int (*order)(const void *, const void *), struct error *err)
{
    struct usage_batch *batch = session->usage;
    sort_batch(batch, order);
    if (batch->count > 0 && !usage_runs_add(runs, batch->sorted, batch->count, err))
        return false;
    batch->count = 0;
    arena_reset(session->arena);
    return true;
}

static bool is_full(const struct import_session *session)
{
    return session->usage->count == USAGE_BATCH_EVENTS ||
           arena_used(session->arena) > USAGE_BATCH_BYTES;
}

bool usage_batch_make_room(struct import_session *session, struct error *err)
{
    return !is_full(session) || spill(session, session->usage->keys, by_key, err);
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
    if (meter->counts_property &&
        !record_property_text(record->properties, meter->property, session->item_arena,
                              &row->counted_property, err))
        return false;
    return resolve_subscription(session, row, err);
}

static bool usage_error(struct import_session *session, const struct usage_record *record,
                        struct error *err)
{
    union record whole = {.usage = *record};
    return error_context(err, "%s", record_label(RECORD_USAGE, &whole, session->scratch));
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
        NULL; /* find_names */
}

bool usage_batch_add(struct import_session *session, const struct import_item *item,
                     struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct usage_entry *entry = &batch->entries[batch->count];
    assert(batch->count < USAGE_BATCH_EVENTS);
    *entry = (struct usage_entry){
        .row.record = item->record.usage, .place = item->place, .sequence = batch->sequence++};
    if (!resolve(session, &entry->row, err))
        return err->kind == ERROR_ITEM ? usage_error(session, &item->record.usage, err) : false;
    copy_texts(entry, session->arena);
    if (session->skip != NULL) {
        entry->raw = arena_copy_n(session->arena, item->raw, item->raw_length);
        entry->raw_length = item->raw_length;
    }
    batch->count++;
    return true;
}

/* ------------------------------------------------------------------ duplicates and conflicts */

static const char *value_text(const struct usage_row *row, struct arena *arena)
{
    struct decimal value = {row->record.value_coefficient, row->record.value_scale};
    return arena_copy(arena, decimal_text(value).text);
}

/* Which of the contents differ first, and both of them; NULL when the events are equal. By whose
 * name it came, and whether it was late, is no content. */
static const char *difference(const struct usage_row *is, const struct usage_row *was,
                              struct arena *arena)
{
    const char *name = NULL, *new_text = NULL, *old_text = NULL;
    const struct usage_record *a = &is->record, *b = &was->record;
    if (is->subscription_id != was->subscription_id) {
        name = "subscription";
        new_text = a->subscription;
        old_text = b->subscription;
    } else if (a->at_us != b->at_us) {
        name = "at";
        new_text = arena_copy(arena, instant_text(a->at_us).text);
        old_text = arena_copy(arena, instant_text(b->at_us).text);
    } else if (a->value_coefficient != b->value_coefficient || a->value_scale != b->value_scale) {
        name = "value";
        new_text = value_text(is, arena);
        old_text = value_text(was, arena);
    } else if (!text_equal(a->properties, b->properties)) {
        name = "properties";
        new_text = a->properties;
        old_text = b->properties;
    } else if (!text_equal(a->project, b->project)) {
        name = "project";
        new_text = a->project;
        old_text = b->project;
    } else if (!text_equal(a->member, b->member)) {
        name = "member";
        new_text = a->member;
        old_text = b->member;
    }
    if (name == NULL)
        return NULL;
    return arena_printf(arena, "%s is %.100s, was %.100s", name,
                        new_text == NULL ? "another one" : new_text,
                        old_text == NULL ? "none" : old_text);
}

static const struct row_field name_fields[] = {
    ROW_FIELD(struct usage_row, record.tenant, "tenant"),
    ROW_FIELD(struct usage_row, record.meter, "meter"),
    ROW_FIELD(struct usage_row, record.subscription, "subscription"),
};

/* Names do not travel through runs: they are looked up where a message needs them. */
static bool find_names(struct import_session *session, struct usage_row *row, struct error *err)
{
    bool found;
    return rows_load_one(
        session->db, STMT_IMPORT_USAGE_NAMES,
        DB_ARGS(db_i64(row->tenant_id), db_i64(row->meter_id), db_i64(row->subscription_id)),
        session->scratch, name_fields, ARRAY_LEN(name_fields), row, &found, err);
}

static bool tell_conflict(struct import_session *session, const struct usage_entry *entry,
                          const char *what, struct error *err)
{
    struct error problem;
    error_item(&problem, "conflict", "is there with other content: %s", what);
    error_hint(&problem, "a key is one event: send a correction as an event of its own");
    usage_error(session, &entry->row.record, &problem);
    import_reader_error(session->reader, entry->place, &problem);
    return import_bad(session, RECORD_USAGE, entry->place, entry->raw, entry->raw_length, &problem,
                      err);
}

static bool count_duplicate(struct import_session *session, struct usage_entry *entry,
                            const struct usage_row *existing, struct error *err)
{
    struct usage_row was = *existing;
    if (difference(&entry->row, &was, session->scratch) == NULL) {
        session->report->kinds[RECORD_USAGE].duplicates++;
        return true;
    }
    return find_names(session, &entry->row, err) && find_names(session, &was, err) &&
           tell_conflict(session, entry, difference(&entry->row, &was, session->scratch), err);
}

static bool compare_with_stored(struct import_session *session, struct usage_entry *entry,
                                struct error *err)
{
    struct usage_row existing = {0};
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!db_query(session->db, STMT_IMPORT_USAGE_BY_KEY,
                  DB_ARGS(db_i64(entry->row.tenant_id), db_i64(entry->row.meter_id),
                          db_text(entry->row.record.key)),
                  &rows, err) ||
        !db_rows_next(rows, &has_row, err))
        return false;
    if (!has_row)
        return error_run(err, EXIT_UNAVAILABLE,
                         "usage key \"%s\" has no event: the database is "
                         "damaged",
                         entry->row.record.key);
    if (!rows_read(rows, session->scratch, usage_rows.fields, usage_rows.field_count, &existing,
                   err))
        return false;
    return count_duplicate(session, entry, &existing, err);
}

static bool add_key(struct import_session *session, struct usage_entry *entry, struct error *err)
{
    const struct usage_row *row = &entry->row;
    int64_t changed;
    if (!db_run(session->db, STMT_IMPORT_USAGE_KEY_ADD,
                DB_ARGS(db_i64(row->tenant_id), db_i64(row->meter_id), db_text(row->record.key),
                        db_i64(row->subscription_id), db_i64(row->record.at_us)),
                &changed, err))
        return false;
    entry->is_new = changed == 1;
    return entry->is_new || compare_with_stored(session, entry, err);
}

/* One event in the order of keys: of equal keys the first decides. */
static bool take_key(struct import_session *session, const struct usage_entry *first,
                     struct usage_entry *entry, struct error *err)
{
    arena_reset(session->scratch);
    if (first != NULL && compare_keys(&first->row, &entry->row) == 0)
        return count_duplicate(session, entry, &first->row, err);
    return add_key(session, entry, err);
}

/* ------------------------------------------------------------------ events */

/* Up to where the usage of the subscription and meter of the last event has been rated. */
struct rated_through {
    int64_t tenant_id, subscription_id, meter_id, through_us;
};

static bool find_rated(struct import_session *session, const struct usage_row *row,
                       struct rated_through *rated, struct error *err)
{
    bool found;
    if (rated->tenant_id == row->tenant_id && rated->subscription_id == row->subscription_id &&
        rated->meter_id == row->meter_id)
        return true;
    *rated = (struct rated_through){row->tenant_id, row->subscription_id, row->meter_id, 0};
    if (!db_query_i64(
            session->db, STMT_IMPORT_USAGE_THROUGH,
            DB_ARGS(db_i64(row->tenant_id), db_i64(row->subscription_id), db_i64(row->meter_id)),
            &rated->through_us, &found, err))
        return false;
    if (!found)
        rated->through_us = INT64_MIN;
    return true;
}

/* Events come in order of subscription and meter. Late: the period of the instant is rated. */
static bool add_event(struct import_session *session, struct rated_through *rated,
                      struct usage_row *row, struct error *err)
{
    if (!find_rated(session, row, rated, err))
        return false;
    row->record.late = row->record.late || row->record.at_us < rated->through_us;
    session->report->late += row->record.late;
    session->report->kinds[RECORD_USAGE].added++;
    return put_part(session, &usage_rows, row, err);
}

/* ------------------------------------------------------------------ all that fits into memory */

static bool write_small(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    const struct usage_entry *first = NULL;
    struct rated_through rated = {0};
    size_t count = 0;
    sort_batch(batch, by_key);
    for (size_t i = 0; i < batch->count; i++) {
        struct usage_entry *entry = batch->sorted[i];
        if (!take_key(session, first, entry, err))
            return false;
        if (first == NULL || compare_keys(&first->row, &entry->row) != 0)
            first = entry;
        if (entry->is_new)
            batch->sorted[count++] = entry;
    }
    qsort((void *)batch->sorted, count, sizeof(*batch->sorted), by_event);
    for (size_t i = 0; i < count; i++)
        if (!add_event(session, &rated, &batch->sorted[i]->row, err))
            return false;
    return true;
}

/* ------------------------------------------------------------------ more than that */

/* Merges by key; what is new goes into runs by event. */
static bool merge_keys(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct usage_entry entry, first = {0};
    bool more, has_first = false;
    if (!spill(session, batch->keys, by_key, err) || !usage_runs_merge(batch->keys, err))
        return false;
    for (;;) {
        if (!usage_runs_next(batch->keys, &entry, &more, err))
            return false;
        if (!more)
            return true;
        if (!take_key(session, has_first ? &first : NULL, &entry, err))
            return false;
        if (!has_first || compare_keys(&first.row, &entry.row) != 0) {
            arena_reset(batch->first_arena);
            first = entry;
            copy_texts(&first, batch->first_arena);
            has_first = true;
        }
        if (!entry.is_new)
            continue;
        if (is_full(session) && !spill(session, batch->events, by_event, err))
            return false;
        copy_texts(&entry, session->arena);
        entry.raw = NULL; /* it is in: nothing can be wrong with it any more */
        batch->entries[batch->count++] = entry;
    }
}

static bool merge_events(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct rated_through rated = {0};
    struct usage_entry entry;
    bool more = true;
    if (!spill(session, batch->events, by_event, err) || !usage_runs_merge(batch->events, err))
        return false;
    while (more) {
        if (!usage_runs_next(batch->events, &entry, &more, err) ||
            (more && !add_event(session, &rated, &entry.row, err)))
            return false;
    }
    return true;
}

bool usage_batch_write(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    bool good = true;
    if (usage_runs_count(batch->keys) > 0)
        good = merge_keys(session, err) && merge_events(session, err);
    else if (batch->count > 0)
        good = write_small(session, err);
    usage_batch_forget(batch);
    arena_reset(session->arena);
    return good;
}
