/* Parked items: see parked.h. */
#include "core/engine/parked.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/engine/audit.h"

struct state_row {
    int64_t tenant_id;
    const char *item;
    const char *state;
};

static const struct row_field state_fields[] = {
    ROW_FIELD(struct state_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct state_row, item, "item"),
    ROW_FIELD(struct state_row, state, "state"),
};

static enum parked_before before_of(const char *state)
{
    if (text_equal(state, "elsewhere"))
        return PARKED_ELSEWHERE;
    return text_equal(state, "retry") ? PARKED_RETRY : PARKED_OPEN;
}

static int compare_entries(const void *a, const void *b)
{
    const struct parked_entry *left = a;
    const struct parked_entry *right = b;
    if (left->tenant_id != right->tenant_id)
        return left->tenant_id < right->tenant_id ? -1 : 1;
    return strcmp(left->item, right->item);
}

bool parked_set_load(struct db *db, int64_t instance_id, struct arena *arena,
                     struct parked_set *ret_set, struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_PARKED_STATES, DB_ARGS(db_i64(instance_id)), arena, state_fields,
                       ARRAY_LEN(state_fields), sizeof(struct state_row), &rows, &count, err))
        return error_context(err, "loading parked items");
    struct parked_entry *entries = ARENA_NEW_ARRAY(arena, struct parked_entry, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct state_row *row = (const struct state_row *)rows + i;
        entries[i] = (struct parked_entry){
            .tenant_id = row->tenant_id, .item = row->item, .before = before_of(row->state)};
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    *ret_set = (struct parked_set){.items = entries, .count = count};
    return true;
}

enum parked_before parked_set_find(const struct parked_set *set, int64_t tenant_id,
                                   const char *item)
{
    struct parked_entry wanted = {.tenant_id = tenant_id, .item = item};
    if (set->count == 0)
        return PARKED_NEVER;
    const struct parked_entry *found =
        bsearch(&wanted, set->items, set->count, sizeof wanted, compare_entries);
    return found == NULL ? PARKED_NEVER : found->before;
}

bool parked_write(struct db *db, const struct partition *partition, const struct chunk_item *item,
                  const struct error *why, struct error *err)
{
    return db_run(db, STMT_PARKED_ADD,
                  DB_ARGS(db_i64(partition->tenant_id), db_i64(partition->instance_id),
                          db_text(item->name), db_text(item->key), db_text(why->code),
                          db_text(why->message), db_text(why->hint),
                          item->has_at_stake ? db_text(item->at_stake.currency.code) : db_null(),
                          item->has_at_stake ? db_i64(money_minor(item->at_stake)) : db_null(),
                          db_i64(clock_wall_us())),
                  NULL, err);
}

bool parked_mark_fixed(struct db *db, const struct partition *partition,
                       const struct chunk_item *item, struct error *err)
{
    return db_run(
        db, STMT_PARKED_FIXED,
        DB_ARGS(db_i64(partition->tenant_id), db_i64(partition->instance_id), db_text(item->name)),
        NULL, err);
}

bool parked_take_over(struct db *db, const struct partition *partition,
                      const struct chunk_item *item, const char *state, struct error *err)
{
    return db_run(db, STMT_PARKED_TAKE_OVER,
                  DB_ARGS(db_i64(partition->tenant_id), db_i64(partition->instance_id),
                          db_text(item->name), db_text(state)),
                  NULL, err);
}

bool parked_settle_others(struct db *db, struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, db, err) && db_run(db, STMT_INSTANCES_SETTLE, DB_NO_ARGS, NULL, err) &&
           tx_commit(&tx, err);
}

bool parked_settle_unmet(struct db *db, const struct instance *instance, struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    return tx_begin(&tx, db, err) &&
           db_run(db, STMT_PARKED_UNMET, DB_ARGS(db_i64(instance->instance_id)), NULL, err) &&
           tx_commit(&tx, err);
}

static const struct row_field waived_fields[] = {
    ROW_FIELD(struct waived_item, item, "item"),
    ROW_FIELD(struct waived_item, reason, "reason"),
};

bool parked_load_waived(struct db *db, int64_t tenant_id, const char *job, struct arena *arena,
                        struct parked_waived *waived, struct error *err)
{
    void *items = NULL;
    if (waived->is_loaded)
        return true;
    if (!rows_load_all(db, STMT_PARKED_WAIVED, DB_ARGS(db_i64(tenant_id), db_text(job)), arena,
                       waived_fields, ARRAY_LEN(waived_fields), sizeof(struct waived_item), &items,
                       &waived->count, err))
        return error_context(err, "loading what was waived");
    waived->items = items;
    waived->is_loaded = true;
    return true;
}

static int compare_waived(const void *a, const void *b)
{
    const struct waived_item *left = a;
    const struct waived_item *right = b;
    int order = strcmp(left->item, right->item);
    return order != 0 ? order : strcmp(left->reason, right->reason);
}

bool parked_is_waived(const struct parked_waived *waived, const char *item, const char *reason)
{
    const struct waived_item wanted = {item, reason};
    return waived->count > 0 && bsearch(&wanted, waived->items, waived->count,
                                        sizeof *waived->items, compare_waived) != NULL;
}

static const struct row_field list_fields[] = {
    ROW_FIELD(struct parked_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct parked_row, tenant, "tenant"),
    ROW_FIELD(struct parked_row, instance_id, "instance_id"),
    ROW_FIELD(struct parked_row, job, "job"),
    ROW_FIELD(struct parked_row, business_key, "business_key"),
    ROW_FIELD(struct parked_row, generation, "generation"),
    ROW_FIELD(struct parked_row, item, "item"),
    ROW_FIELD(struct parked_row, code, "code"),
    ROW_FIELD(struct parked_row, reason, "reason"),
    ROW_FIELD(struct parked_row, hint, "hint"),
    ROW_FIELD(struct parked_row, currency, "currency"),
    ROW_FIELD(struct parked_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct parked_row, state, "state"),
    ROW_FIELD(struct parked_row, attempts, "attempts"),
    ROW_FIELD(struct parked_row, parked_at_us, "parked_at_us"),
    ROW_FIELD(struct parked_row, decided_by, "decided_by"),
    ROW_FIELD(struct parked_row, decided_reason, "decided_reason"),
};

bool parked_list(struct db *db, bool with_decided, struct arena *arena,
                 struct parked_row **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_PARKED_LIST, DB_ARGS(db_i64(with_decided)), arena, list_fields,
                       ARRAY_LEN(list_fields), sizeof(struct parked_row), &rows, ret_count, err))
        return error_context(err, "listing parked items");
    *ret_rows = rows;
    return true;
}

static bool settle_one(struct db *db, int64_t instance_id, struct error *err)
{
    int64_t open = 0;
    bool found = false;
    if (!db_query_i64(db, STMT_PARKED_OPEN_COUNT, DB_ARGS(db_i64(instance_id)), &open, &found, err))
        return false;
    return open > 0 || db_run(db, STMT_INSTANCE_SETTLE, DB_ARGS(db_i64(instance_id)), NULL, err);
}

/* A run whose parked items are all waived is simply completed, and so is its pipeline. */
static bool settle(struct db *db, int64_t instance_id, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("an instance", 1 << 16);
    struct instance instance;
    if (!settle_one(db, instance_id, err) || !instance_load(db, instance_id, arena, &instance, err))
        return false;
    return instance.parent_instance_id == DB_I64_NONE ||
           settle_one(db, instance.parent_instance_id, err);
}

static bool decide(const struct engine *engine, const struct parked_row *row, const char *state,
                   const char *command, const char *reason, bool again, struct error *err)
{
    char object[ERROR_MESSAGE_SIZE];
    int64_t changed = 0;
    struct strbuf text;
    strbuf_init(&text, object, sizeof object);
    strbuf_addf(&text, "%s %s %s: %s", row->tenant == NULL ? "-" : row->tenant, row->job,
                row->business_key, row->item);
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) ||
        !db_run(engine->db, STMT_PARKED_DECIDE,
                DB_ARGS(db_i64(row->tenant_id), db_i64(row->instance_id), db_text(row->item),
                        db_text(state), db_text(engine->actor),
                        db_text(text_is_empty(reason) ? NULL : reason), db_i64(again)),
                &changed, err))
        return false;
    if (changed != 1)
        return again || error_run(err, EXIT_USAGE, "%s is not parked any more", row->item);
    return audit_add(engine, command, object, reason, err) &&
           settle(engine->db, row->instance_id, err) && tx_commit(&tx, err);
}

bool parked_decide(const struct engine *engine, const struct parked_row *row, const char *state,
                   const char *command, const char *reason, struct error *err)
{
    for (int attempt = 0; !decide(engine, row, state, command, reason, attempt > 0, err); attempt++)
        if (!engine_try_again(attempt, err))
            return error_context(err, "deciding on %s", row->item);
    return true;
}
