/* Effects for people: see effect_report.h. */
#include "core/engine/effect_report.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/engine/audit.h"
#include "core/engine/chunk.h"
#include "core/engine/effect_store.h"

static const struct row_field report_fields[] = {
    ROW_FIELD(struct effect_report, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_report, tenant, "tenant"),
    ROW_FIELD(struct effect_report, effect_key, "effect_key"),
    ROW_FIELD(struct effect_report, kind, "kind"),
    ROW_FIELD(struct effect_report, state, "state"),
    ROW_FIELD(struct effect_report, subject, "subject"),
    ROW_FIELD(struct effect_report, outcome, "outcome"),
    ROW_FIELD(struct effect_report, provider, "provider"),
    ROW_FIELD(struct effect_report, lane, "lane"),
    ROW_FIELD(struct effect_report, intended_on, "intended_on"),
    ROW_FIELD(struct effect_report, provider_ref, "provider_ref"),
    ROW_FIELD(struct effect_report, code, "code"),
    ROW_FIELD(struct effect_report, reason, "reason"),
    ROW_FIELD(struct effect_report, epoch, "epoch"),
    ROW_FIELD(struct effect_report, attempts, "attempts"),
    ROW_FIELD(struct effect_report, owner, "owner"),
    ROW_FIELD(struct effect_report, not_before_us, "not_before_us"),
    ROW_FIELD(struct effect_report, lease_until_us, "lease_until_us"),
};

bool effect_report_list(struct db *db, const struct effect_filter *filter, struct arena *arena,
                        struct effect_report **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EFFECT_LIST,
                       DB_ARGS(db_text(filter->state), db_text(filter->kind), db_i64(filter->limit),
                               db_text(filter->tenant)),
                       arena, report_fields, ARRAY_LEN(report_fields), sizeof(struct effect_report),
                       &rows, ret_count, err))
        return error_context(err, "listing effects");
    *ret_rows = rows;
    return true;
}

bool effect_report_find(struct db *db, const char *effect_key, const char *tenant,
                        struct arena *arena, struct effect_report *ret_effect, struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    size_t found = 0;
    if (!rows_load_all(db, STMT_EFFECT_BY_KEY, DB_ARGS(db_text(effect_key)), arena, report_fields,
                       ARRAY_LEN(report_fields), sizeof(struct effect_report), &rows, &count, err))
        return error_context(err, "looking for effect %s", effect_key);
    const struct effect_report *effects = rows;
    for (size_t i = 0; i < count; i++)
        if (tenant == NULL || text_equal(effects[i].tenant, tenant)) {
            *ret_effect = effects[i];
            found++;
        }
    if (found == 1)
        return true;
    if (found == 0) {
        (void)error_run(err, EXIT_USAGE, "there is no effect %s that is sent", effect_key);
        return error_hint(err, "`billmill effects list` shows those that are not over, with their "
                               "keys");
    }
    (void)error_run(err, EXIT_USAGE, "%zu tenants have an effect %s", found, effect_key);
    return error_hint(err, "say whose with --tenant");
}

static const struct row_field count_fields[] = {
    ROW_FIELD(struct effect_counts, kind, "kind"),
    ROW_FIELD(struct effect_counts, provider, "provider"),
    ROW_FIELD(struct effect_counts, to_send, "to_send"),
    ROW_FIELD(struct effect_counts, sending, "sending"),
    ROW_FIELD(struct effect_counts, unknown, "unknown"),
    ROW_FIELD(struct effect_counts, waiting, "waiting"),
    ROW_FIELD(struct effect_counts, held, "held"),
    ROW_FIELD(struct effect_counts, done, "done"),
    ROW_FIELD(struct effect_counts, failed, "failed"),
};

bool effect_report_counts(struct db *db, struct date until, struct arena *arena,
                          struct effect_counts **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EFFECT_COUNTS_UNTIL, DB_ARGS(db_text(date_text(until).text)), arena,
                       count_fields, ARRAY_LEN(count_fields), sizeof(struct effect_counts), &rows,
                       ret_count, err))
        return error_context(err, "counting effects");
    *ret_rows = rows;
    return true;
}

static const struct row_field call_fields[] = {
    ROW_FIELD(struct effect_call_row, epoch, "epoch"),
    ROW_FIELD(struct effect_call_row, step, "step"),
    ROW_FIELD(struct effect_call_row, purpose, "purpose"),
    ROW_FIELD(struct effect_call_row, execution_id, "execution_id"),
    ROW_FIELD(struct effect_call_row, sent_at_us, "sent_at_us"),
    ROW_FIELD(struct effect_call_row, ended_at_us, "ended_at_us"),
    ROW_FIELD(struct effect_call_row, ending, "ending"),
    ROW_FIELD(struct effect_call_row, status, "status"),
    ROW_FIELD(struct effect_call_row, code, "code"),
    ROW_FIELD(struct effect_call_row, message, "message"),
    ROW_FIELD(struct effect_call_row, provider_ref, "provider_ref"),
};

bool effect_report_calls(struct db *db, const struct effect_report *effect, struct arena *arena,
                         struct effect_call_row **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_EFFECT_ATTEMPTS,
                       DB_ARGS(db_i64(effect->tenant_id), db_text(effect->effect_key)), arena,
                       call_fields, ARRAY_LEN(call_fields), sizeof(struct effect_call_row), &rows,
                       ret_count, err))
        return error_context(err, "loading the calls of effect %s", effect->effect_key);
    *ret_rows = rows;
    return true;
}

struct request {
    struct row_bytes request;
};
static const struct row_field request_fields[] = {ROW_FIELD(struct request, request, "request")};

bool effect_report_request(struct db *db, const struct effect_report *effect, struct arena *arena,
                           const char **ret_request, struct error *err)
{
    struct request row;
    bool found = false;
    size_t bad_offset = 0;
    if (!rows_load_one(db, STMT_EFFECT_REQUEST_OF,
                       DB_ARGS(db_i64(effect->tenant_id), db_text(effect->effect_key)), arena,
                       request_fields, ARRAY_LEN(request_fields), &row, &found, err))
        return error_context(err, "loading the request of effect %s", effect->effect_key);
    const struct row_bytes *bytes = &row.request;
    *ret_request = !found ? "? (there is none)"
                   : text_utf8_valid(bytes->data, bytes->size, &bad_offset)
                       ? arena_copy_n(arena, bytes->data, bytes->size)
                       : arena_printf(arena, "? (%zu bytes that are no text)", bytes->size);
    return true;
}

/* ---------------------------------------------------------------- what a person decides */

static bool is_decidable(const struct effect_report *effect, const char *verb, struct error *err)
{
    if (text_equal(effect->state, "held") || text_equal(effect->state, "unknown") ||
        text_equal(effect->state, "intent"))
        return true;
    (void)error_run(err, EXIT_USAGE, "effect %s is %s and cannot be %s", effect->effect_key,
                    effect->state, verb);
    return error_hint(err, text_equal(effect->state, "sending")
                               ? "wait until the run that sends it has ended; if its process died, "
                                 "the next run asks what became of it"
                           : text_equal(effect->state, "failed")
                               ? "what is over stays so; a mail or webhook that failed is sent "
                                 "once more by `billmill effects replay`"
                               : "what is over stays so: a new decision is a new effect");
}

static bool has_changed(const struct effect_report *effect, struct error *err)
{
    (void)error_run(err, EXIT_TEMPORARY, "effect %s has changed just now", effect->effect_key);
    return error_hint(err, "look at it with `billmill effects show %s`, and decide again",
                      effect->effect_key);
}

static bool is_asked(const struct effect_kind *kind, const struct effect_report *effect,
                     struct error *err)
{
    if (kind->never_asked == NULL || !text_equal(effect->code, kind->never_asked))
        return true;
    (void)error_run(err, EXIT_USAGE, "effect %s cannot be tried again: %s", effect->effect_key,
                    effect->reason == NULL ? effect->code : effect->reason);
    return error_hint(err, "%s", kind->never_asked_hint);
}

bool effect_retry(const struct engine *engine, const struct effect_kind *kind,
                  const struct effect_report *effect, const char *reason, struct arena *arena,
                  struct error *err)
{
    int64_t now_us = 0;
    int64_t changed = 0;
    bool asks = kind->when_there != NULL && effect->provider_ref != NULL;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!is_decidable(effect, "tried again", err) || !is_asked(kind, effect, err) ||
        !tx_begin(&tx, engine->db, err) || !db_now_us(engine->db, &now_us, err) ||
        !db_run(engine->db, STMT_EFFECT_RETRY,
                DB_ARGS(db_i64(effect->tenant_id), db_text(effect->effect_key),
                        db_i64(effect->epoch), db_i64(now_us),
                        db_text(asks ? "unknown" : "intent")),
                &changed, err))
        return false;
    if (changed != 1)
        return has_changed(effect, err);
    return audit_add(engine, "retry effect",
                     arena_printf(arena, "%s %s (%s)", text_or_empty(effect->tenant),
                                  effect->effect_key, effect->state),
                     reason, err) &&
           tx_commit(&tx, err);
}

static bool is_replayable(const struct effect_kind *kind, const struct effect_report *effect,
                          struct error *err)
{
    if (kind->replays && text_equal(effect->state, "failed"))
        return true;
    (void)error_run(err, EXIT_USAGE, "effect %s, a %s that is %s, cannot be replayed",
                    effect->effect_key, effect->kind, effect->state);
    return error_hint(err, kind->replays ? "only one that failed can: `effects retry` is for those "
                                           "that are held or wait"
                                         : "what is over stays so: a new decision is a new effect");
}

bool effect_replay(const struct engine *engine, const struct effect_kind *kind,
                   const struct effect_report *effect, const char *reason, struct arena *arena,
                   struct error *err)
{
    int64_t changed = 0;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!is_replayable(kind, effect, err) || !tx_begin(&tx, engine->db, err) ||
        !db_run(
            engine->db, STMT_EFFECT_REPLAY,
            DB_ARGS(db_i64(effect->tenant_id), db_text(effect->effect_key), db_i64(effect->epoch)),
            &changed, err))
        return false;
    if (changed != 1)
        return has_changed(effect, err);
    return audit_add(engine, "replay effect",
                     arena_printf(arena, "%s %s (%s)", text_or_empty(effect->tenant),
                                  effect->effect_key, text_or_empty(effect->outcome)),
                     reason, err) &&
           tx_commit(&tx, err);
}

static const struct row_field resolve_fields[] = {
    ROW_FIELD(struct effect_record_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_record_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_record_row, epoch, "epoch"),
    ROW_FIELD(struct effect_record_row, state, "state"),
    ROW_FIELD(struct effect_record_row, outcome, "outcome"),
    ROW_FIELD(struct effect_record_row, provider_ref, "provider_ref"),
    ROW_FIELD(struct effect_record_row, code, "code"),
    ROW_FIELD(struct effect_record_row, reason, "reason"),
    ROW_FIELD(struct effect_record_row, not_before_us, "not_before_us"),
    ROW_FIELD(struct effect_record_row, lease_until_us, "lease_until_us"),
};
static const struct bulk_table effect_resolved = {
    .name = "effect_resolved",
    .kind = BULK_UPDATE,
    .table = "effect",
    .fields = resolve_fields,
    .field_count = ARRAY_LEN(resolve_fields),
    .key_count = 3,
    .row_size = sizeof(struct effect_record_row),
    .guard = "state IN ('held', 'unknown', 'intent')",
    .redo_when_missing = true,
};

/* A request that is damaged is "": its kind knows what that leaves. */
static bool make_out(const struct engine *engine, const struct effect_report *effect,
                     const struct effect_resolution *resolution, struct arena *arena,
                     struct effect_out *ret_out, struct error *err)
{
    struct effect_claimed claimed = {
        .effect = {.tenant_id = effect->tenant_id,
                   .effect_key = effect->effect_key,
                   .kind = effect->kind,
                   .provider = effect->provider,
                   .lane = effect->lane,
                   .subject = effect->subject,
                   .provider_ref = effect->provider_ref,
                   .outcome = effect->outcome,
                   .code = effect->code,
                   .resolved_ref = resolution->done ? resolution->provider_ref : NULL,
                   .intended_on = effect->intended_on,
                   .epoch = effect->epoch,
                   .attempts = effect->attempts}
    };
    if (!effect_load_requests(engine->db, &claimed, 1, arena, err))
        return false;
    *ret_out = claimed.effect;
    return true;
}

/* The rows that follow, by the kind. */
static bool settle(const struct job_ctx *ctx, const struct effect_kind *kind,
                   const struct effect_out *out, const struct effect_move *end, struct error *err)
{
    CLEANUP(arena_destroy)
    struct arena *scratch = arena_create("what follows", arena_cap(ctx->arena));
    const struct job tables = {
        .name = kind->name, .tables = kind->tables, .table_count = kind->table_count};
    struct id_block ids = {.db = ctx->db};
    struct chunk chunk;
    chunk_init(&chunk, &tables, ctx->arena, scratch, &ids);
    if (kind->settle != NULL && !kind->settle(ctx, out, end, &chunk, err))
        return error_context(err, "effect %s", out->effect_key);
    for (size_t i = 0; i < chunk.table_count; i++)
        if (chunk.tables[i].count > 0 &&
            !bulk_write(ctx->db, chunk.tables[i].table, chunk.tables[i].rows, chunk.tables[i].count,
                        NULL, NULL, err))
            return error_context(err, "writing %s", chunk.tables[i].table->table);
    return true;
}

static bool write_resolution(const struct engine *engine, const struct effect_report *effect,
                             const struct effect_move *end, struct error *err)
{
    bool done = end->kind == MOVE_DONE;
    const struct effect_record_row row = {
        .tenant_id = effect->tenant_id,
        .effect_key = effect->effect_key,
        .epoch = effect->epoch,
        .state = done ? "done" : "failed",
        .outcome = end->outcome,
        .provider_ref = end->provider_ref != NULL ? end->provider_ref : effect->provider_ref,
        .code = end->code,
        .reason = end->message,
    };
    if (bulk_write(engine->db, &effect_resolved, &row, 1, NULL, NULL, err))
        return true;
    return err->kind == ERROR_RETRY && !db_is_dry_run(engine->db) ? has_changed(effect, err)
                                                                  : false;
}

bool effect_resolve(const struct engine *engine, const struct effect_kind *kind,
                    const struct effect_report *effect, const struct effect_resolution *resolution,
                    struct arena *arena, struct error *err)
{
    void *memory = NULL;
    struct effect_out out;
    const struct job_ctx ctx = {.db = engine->db,
                                .arena = arena,
                                .environment = engine->environment,
                                .memory = &memory,
                                .business_date = effect->intended_on,
                                .key = JOB_KEY_DATE,
                                .stop_signal = engine->stop_signal};
    const struct effect_move end = {.kind = resolution->done ? MOVE_DONE : MOVE_FAILED,
                                    .outcome = "resolved",
                                    .provider_ref = resolution->provider_ref,
                                    .code = "resolved",
                                    .message = resolution->reason,
                                    .nothing_kept = resolution->nothing_kept};
    const char *what = resolution->done           ? "done"
                       : resolution->nothing_kept ? "failed, nothing kept"
                                                  : "failed";
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!is_decidable(effect, "resolved", err) ||
        !make_out(engine, effect, resolution, arena, &out, err) ||
        (kind->load != NULL && !kind->load(&ctx, &out, 1, arena, err)))
        return false;
    return tx_begin(&tx, engine->db, err) && write_resolution(engine, effect, &end, err) &&
           settle(&ctx, kind, &out, &end, err) &&
           audit_add(engine, "resolve effect",
                     arena_printf(arena, "%s %s (%s): %s%s%s", text_or_empty(effect->tenant),
                                  effect->effect_key, effect->state, what,
                                  resolution->provider_ref == NULL ? "" : " ",
                                  text_or_empty(resolution->provider_ref)),
                     resolution->reason, err) &&
           tx_commit(&tx, err);
}
