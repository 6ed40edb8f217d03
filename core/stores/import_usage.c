#include "core/stores/import_usage.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/setup/record_json.h"

struct usage_entry {
    struct usage_row row;
    struct import_place place;
    const char *raw; /* only when bad records are kept aside */
    size_t raw_length;
    uint32_t sequence; /* in the batch: the first of equal keys is the event */
    bool is_new;
};

struct usage_batch {
    struct usage_entry *entries;
    struct usage_entry **by_key;
    size_t count;
};

struct usage_batch *usage_batch_create(void)
{
    struct usage_batch *batch = memory_alloc(sizeof(*batch), "usage batch");
    *batch = (struct usage_batch){0};
    batch->entries = memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->entries), "usage batch");
    batch->by_key = memory_alloc(USAGE_BATCH_EVENTS * sizeof(*batch->by_key), "usage batch");
    return batch;
}

void usage_batch_destroy(struct usage_batch **batch)
{
    if (*batch == NULL)
        return;
    free((*batch)->entries);
    free((void *)(*batch)->by_key);
    free(*batch);
    *batch = NULL;
}

size_t usage_batch_count(const struct usage_batch *batch)
{
    return batch->count;
}

bool usage_batch_is_full(const struct usage_batch *batch)
{
    return batch->count == USAGE_BATCH_EVENTS;
}

void usage_batch_empty(struct usage_batch *batch)
{
    batch->count = 0;
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
        !record_property_text(record->properties, meter->property, session->arena,
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

bool usage_batch_add(struct import_session *session, const struct import_item *item,
                     struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct usage_entry *entry = &batch->entries[batch->count];
    assert(batch->count < USAGE_BATCH_EVENTS);
    *entry = (struct usage_entry){
        .row.record = item->record.usage, .place = item->place, .sequence = (uint32_t)batch->count};
    if (!resolve(session, &entry->row, err))
        return err->kind == ERROR_ITEM ? usage_error(session, &item->record.usage, err) : false;
    if (session->skip != NULL) {
        entry->raw = arena_copy_n(session->arena, item->raw, item->raw_length);
        entry->raw_length = item->raw_length;
    }
    batch->by_key[batch->count++] = entry;
    return true;
}

/* ------------------------------------------------------------------ duplicates and conflicts */

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

static int by_key(const void *a, const void *b)
{
    const struct usage_entry *x = *(const struct usage_entry *const *)a;
    const struct usage_entry *y = *(const struct usage_entry *const *)b;
    int order = compare_keys(&x->row, &y->row);
    return order != 0 ? order : compare_i64(x->sequence, y->sequence);
}

static int by_event(const void *a, const void *b)
{
    const struct usage_entry *x = *(const struct usage_entry *const *)a;
    const struct usage_entry *y = *(const struct usage_entry *const *)b;
    int order = compare_i64(x->row.tenant_id, y->row.tenant_id);
    if (order == 0)
        order = compare_i64(x->row.subscription_id, y->row.subscription_id);
    if (order == 0)
        order = compare_i64(x->row.meter_id, y->row.meter_id);
    if (order == 0)
        order = compare_i64(x->row.record.at_us, y->row.record.at_us);
    return order != 0 ? order : strcmp(x->row.record.key, y->row.record.key);
}

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

static bool count_duplicate(struct import_session *session, const struct usage_entry *entry,
                            const struct usage_row *existing, struct error *err)
{
    const char *what = difference(&entry->row, existing, session->scratch);
    if (what != NULL)
        return tell_conflict(session, entry, what, err);
    session->report->kinds[RECORD_USAGE].duplicates++;
    return true;
}

static const struct row_field subscription_name[] = {
    ROW_FIELD(struct usage_row, record.subscription, "subscription"),
};

static bool compare_with_stored(struct import_session *session, const struct usage_entry *entry,
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
                   err) ||
        !rows_read(rows, session->scratch, subscription_name, ARRAY_LEN(subscription_name),
                   &existing, err))
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

/* All keys in their order; of equal keys the first decides. */
static bool add_keys(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    const struct usage_entry *first = NULL;
    qsort((void *)batch->by_key, batch->count, sizeof(*batch->by_key), by_key);
    for (size_t i = 0; i < batch->count; i++) {
        struct usage_entry *entry = batch->by_key[i];
        arena_reset(session->scratch);
        bool is_repeated = first != NULL && compare_keys(&first->row, &entry->row) == 0;
        if (is_repeated ? !count_duplicate(session, entry, &first->row, err)
                        : !add_key(session, entry, err))
            return false;
        if (!is_repeated)
            first = entry;
    }
    return true;
}

/* ------------------------------------------------------------------ events */

struct rated_through {
    int64_t tenant_id, subscription_id, meter_id, through_us;
};

/* Late: the period of the instant has been rated. Events come in order of subscription and meter.
 */
static bool mark_late(struct import_session *session, struct rated_through *rated,
                      struct usage_row *row, struct error *err)
{
    bool found;
    if (rated->tenant_id != row->tenant_id || rated->subscription_id != row->subscription_id ||
        rated->meter_id != row->meter_id) {
        *rated = (struct rated_through){row->tenant_id, row->subscription_id, row->meter_id, 0};
        if (!db_query_i64(session->db, STMT_IMPORT_USAGE_THROUGH,
                          DB_ARGS(db_i64(row->tenant_id), db_i64(row->subscription_id),
                                  db_i64(row->meter_id)),
                          &rated->through_us, &found, err))
            return false;
        if (!found)
            rated->through_us = INT64_MIN;
    }
    row->record.late = row->record.late || row->record.at_us < rated->through_us;
    if (row->record.late)
        session->report->late++;
    return true;
}

static bool add_events(struct import_session *session, struct error *err)
{
    struct usage_batch *batch = session->usage;
    struct rated_through rated = {0};
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->by_key[i]->is_new)
            batch->by_key[count++] = batch->by_key[i];
    qsort((void *)batch->by_key, count, sizeof(*batch->by_key), by_event);
    for (size_t i = 0; i < count; i++) {
        struct usage_row *row = &batch->by_key[i]->row;
        if (!mark_late(session, &rated, row, err) || !put_part(session, &usage_rows, row, err))
            return false;
    }
    session->report->kinds[RECORD_USAGE].added += (int64_t)count;
    return true;
}

bool usage_batch_write(struct import_session *session, struct error *err)
{
    if (session->usage->count == 0)
        return true;
    if (!add_keys(session, err) || !add_events(session, err))
        return false;
    session->usage->count = 0;
    return true;
}
