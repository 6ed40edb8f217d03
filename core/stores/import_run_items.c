/* Runs, parked items and effects, when a database moves. A parked item belongs to a run, which is
 * made here when the database has none of that job and key. Its state is what lets the next `run`
 * go on rightly: one that was not over is ready again; jobs do what is due and not yet done, so
 * nothing happens twice. */
#include <inttypes.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/setup/effect_request.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

#define NEVER_CHANGES "what jobs have made never changes by an import: use an empty database"
#define DEFINITION_TEXT "imported"

static const struct put_rules effect_rules = {
    .table = &effect_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};
static const struct put_rules open_effect_rules = {.table = &effect_open_rows,
                                                   .stored = &effect_rows,
                                                   .id_offset = SIZE_MAX,
                                                   .fixed_hint = NEVER_CHANGES};
static const struct put_rules sent_effect_rules = {
    .table = &sent_effect_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};
static const struct put_rules request_rules = {
    .table = &effect_request_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};
static const struct put_rules parked_rules = {
    .table = &parked_item_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};

struct run_name {
    const char *job, *business_key, *business_date, *run_state;
    const char *pipeline, *pipeline_key; /* NULL: none */
};

static bool find_pipeline(struct import_session *session, const struct run_name *name,
                          struct db_value *ret_id, struct error *err)
{
    int64_t instance_id = 0;
    bool found = false;
    *ret_id = db_null();
    if (name->pipeline == NULL)
        return true;
    if (!db_query_i64(session->db, STMT_IMPORT_RUN_NEWEST,
                      DB_ARGS(db_text(name->pipeline), db_text(name->pipeline_key)), &instance_id,
                      &found, err))
        return false;
    if (!found)
        return error_item(err, "unknown_pipeline", "there is no run of %s %s, whose step it was",
                          name->pipeline, text_or_empty(name->pipeline_key));
    *ret_id = db_i64(instance_id);
    return true;
}

static bool add_run(struct import_session *session, const struct run_name *name, int64_t *ret_id,
                    struct error *err)
{
    uint8_t bytes[SHA256_SIZE];
    char digest[SHA256_HEX_SIZE];
    bool is_over = !text_equal(name->run_state, "unfinished");
    struct db_value pipeline_id;
    if (!find_pipeline(session, name, &pipeline_id, err))
        return false;
    sha256_of(DEFINITION_TEXT, strlen(DEFINITION_TEXT), bytes);
    sha256_hex(bytes, digest);
    return db_run(session->db, STMT_IMPORT_DEFINITION_ADD,
                  DB_ARGS(db_text(digest), db_text(DEFINITION_TEXT), db_i64(clock_wall_us())), NULL,
                  err) &&
           db_reserve_ids(session->db, "job_instance", 1, ret_id, err) &&
           db_run(session->db, STMT_IMPORT_RUN_ADD,
                  DB_ARGS(db_i64(*ret_id), db_text(name->job), db_text(name->business_key),
                          db_text(name->business_date), db_text(digest),
                          db_text(is_over ? name->run_state : "ready"), db_i64(clock_wall_us()),
                          pipeline_id),
                  NULL, err);
}

static bool find_run(struct import_session *session, const struct run_name *name, int64_t *ret_id,
                     struct error *err)
{
    bool found;
    if (!db_query_i64(session->db, STMT_IMPORT_RUN_NEWEST,
                      DB_ARGS(db_text(name->job), db_text(name->business_key)), ret_id, &found,
                      err))
        return false;
    return found || add_run(session, name, ret_id, err);
}

bool put_run(struct import_session *session, const struct run_record *record,
             enum import_outcome *ret_outcome, struct error *err)
{
    const struct run_name name = {record->job,   record->business_key, record->business_date,
                                  record->state, record->pipeline,     record->pipeline_key};
    int64_t instance_id = 0;
    int64_t differs = 0;
    bool found = false;
    if (!db_query_i64(session->db, STMT_IMPORT_RUN_NEWEST,
                      DB_ARGS(db_text(name.job), db_text(name.business_key)), &instance_id, &found,
                      err))
        return false;
    *ret_outcome = found ? IMPORT_UNCHANGED : IMPORT_ADDED;
    if (!found)
        return add_run(session, &name, &instance_id, err);
    if (!db_query_i64(session->db, STMT_IMPORT_RUN_OTHER_STATE,
                      DB_ARGS(db_i64(instance_id), db_text(record->state)), &differs, &found, err))
        return false;
    if (!found)
        return true;
    error_item(err, "conflict", "the database has this run in another state than %s",
               record->state);
    return error_hint(err, NEVER_CHANGES);
}

/* The key of an item is the engine's own, refreshed when the item is tried again. */
bool put_parked_item(struct import_session *session, const struct parked_item_record *record,
                     int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    const struct run_name name = {.job = record->job,
                                  .business_key = record->business_key,
                                  .business_date = record->business_date,
                                  .run_state = record->run_state};
    struct parked_item_row row = {.tenant_id = tenant_id,
                                  .attempts = 1,
                                  .item_key = record->item,
                                  .parked_at_us = clock_wall_us(),
                                  .record = *record};
    struct parked_item_row existing;
    bool found;
    if (!find_run(session, &name, &row.instance_id, err) ||
        !put_find(session, &parked_rules, &row, &existing, &found, err))
        return false;
    if (found) { /* how often it was tried, and when, is no content */
        row.attempts = existing.attempts;
        row.item_key = existing.item_key;
        row.parked_at_us = existing.parked_at_us;
    }
    return put_row(session, &parked_rules, &row, ret_outcome, err);
}

void expect_effect(struct import_session *session, const struct effect_record *record,
                   int64_t tenant_id)
{
    struct effect_row file = {.tenant_id = tenant_id, .record = *record};
    struct sent_effect_row sent = {.tenant_id = tenant_id, .record = *record};
    if (record->provider == NULL) {
        put_expect(session, &effect_rules, &file);
        return;
    }
    put_expect(session, &sent_effect_rules, &sent);
    put_expect(session, &request_rules, &sent);
}

/* Due at once: the pause that it had was of another clock. */
static bool put_sent_effect(struct import_session *session, const struct effect_record *record,
                            int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct sent_effect_row row = {.tenant_id = tenant_id, .record = *record};
    enum import_outcome of_request;
    return effect_request_read(record, import_shelf_arena(session->shelf), &row.request.data,
                               &row.request.size, err) &&
           put_row(session, &sent_effect_rules, &row, ret_outcome, err) &&
           put_row(session, &request_rules, &row, &of_request, err);
}

static bool put_file_effect(struct import_session *session, const struct effect_record *record,
                            int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    static const uint8_t none[SHA256_SIZE];
    bool has_digest = memcmp(record->sha256, none, SHA256_SIZE) != 0;
    struct effect_row row = {.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_INVOICE, tenant_id, record->tenant, record->draft_key,
                     &row.subject_id, err) &&
           put_row(session, has_digest ? &effect_rules : &open_effect_rules, &row, ret_outcome,
                   err);
}

bool put_effect(struct import_session *session, const struct effect_record *record,
                int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    return record->provider == NULL ? put_file_effect(session, record, tenant_id, ret_outcome, err)
                                    : put_sent_effect(session, record, tenant_id, ret_outcome, err);
}
