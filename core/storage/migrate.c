/* Applying and checking migrations: see migrate.h. */
#include "core/storage/migrate.h"

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/storage/migration_files.h"
#include "core/storage/rows.h"

#define TRIES_MAX 12 /* each waits for a lock, for seconds */
#define HINT_RESTORE "restore the migrations directory of this version of billmill"

/* A row of schema_migration. */
struct applied {
    int64_t version;
    const char *name;
    const char *checksum;
};

static const struct row_field applied_fields[] = {
    ROW_FIELD(struct applied, version, "version"),
    ROW_FIELD(struct applied, name, "name"),
    ROW_FIELD(struct applied, checksum, "checksum"),
};

/* What the directory and the database hold. */
struct state {
    struct migration *files;
    size_t file_count;
    struct applied *applied;
    size_t applied_count;
};

static bool load_applied(struct db *db, struct arena *arena, struct state *state, struct error *err)
{
    bool has_tables;
    bool has_migrations;
    void *items = NULL;
    if (!db->driver->schema_state(db, &has_tables, &has_migrations, err))
        return false;
    if (has_tables && !has_migrations) {
        error_run(err, EXIT_CONFIG, "the database has tables, but none of billmill's");
        return error_hint(err, "name another database; billmill wants one of its own");
    }
    if (!has_tables)
        return true;
    if (!rows_load_all(db, STMT_MIGRATIONS_APPLIED, DB_NO_ARGS, arena, applied_fields,
                       ARRAY_LEN(applied_fields), sizeof(struct applied), &items,
                       &state->applied_count, err))
        return false;
    state->applied = items;
    return true;
}

/* What was applied is what the files say: same numbers, same bytes, nothing newer. */
static bool compare(const struct state *state, struct error *err)
{
    if (state->applied_count > state->file_count) {
        error_run(err, EXIT_CONFIG, "the database is at migration %zu, this billmill knows %zu",
                  state->applied_count, state->file_count);
        return error_hint(err, "install the billmill that migrated this database, or a newer one");
    }
    for (size_t i = 0; i < state->applied_count; i++) {
        const struct applied *applied = &state->applied[i];
        const struct migration *file = &state->files[i];
        if (applied->version != file->version) {
            error_run(err, EXIT_CONFIG, "the database lacks migration %04lld, but has later ones",
                      (long long)file->version);
            return error_hint(err, "restore the last backup of the database");
        }
        if (!text_equal(applied->checksum, file->checksum)) {
            error_run(err, EXIT_CONFIG, "migration %s is not the one that was applied", file->name);
            return error_hint(err, HINT_RESTORE);
        }
    }
    return true;
}

static bool load_state(struct db *db, const char *directory, struct arena *arena,
                       struct state *ret_state, struct migration_status *ret_status,
                       struct error *err)
{
    CLEANUP(snapshot_end) struct snapshot snapshot = {0}; /* another one may be migrating */
    struct state state = {0};
    if (!snapshot_begin(&snapshot, db, err) ||
        !migration_files_read(directory, arena, &state.files, &state.file_count, err) ||
        !load_applied(db, arena, &state, err) || !compare(&state, err) ||
        !db->driver->schema_check(db, state.files, state.applied_count, err))
        return false;
    const struct migration *newest = &state.files[state.file_count - 1];
    *ret_status = (struct migration_status){.current = (int64_t)state.applied_count,
                                            .newest = newest->version,
                                            .newest_name = newest->name};
    *ret_state = state;
    return true;
}

/* Whoever gets the lock first does it; the others wait here, and then see that it was done. The
 * first migration makes the tables that are locked, which only one can do. */
static bool take_turn(struct db *db, const struct migration *migration,
                      const struct migrate_guard *guard, struct error *err)
{
    int64_t applied = 0;
    bool found = false;
    if (migration->version == 1)
        return true;
    if (!db->driver->lock_work(db, err) ||
        !db_query_i64(db, STMT_MIGRATIONS_COUNT, DB_NO_ARGS, &applied, &found, err))
        return false;
    if (applied != migration->version - 1)
        return error_retry(err, EXIT_TEMPORARY, "another billmill migrates the database");
    return guard == NULL || guard->may_change(guard->argument, err);
}

static bool apply(struct db *db, const struct migration *migration,
                  const struct migrate_guard *guard, struct error *err)
{
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    int64_t now_us;
    if (!db_now_us(db, &now_us, err) || !tx_begin(&tx, db, err) ||
        !take_turn(db, migration, guard, err) ||
        !db->driver->script(db, migration->name, migration->text, err) ||
        !db_run(db, STMT_MIGRATION_RECORD,
                DB_ARGS(db_i64(migration->version), db_text(migration->name),
                        db_text(migration->checksum), db_i64(now_us)),
                NULL, err))
        return false;
    return tx_commit(&tx, err);
}

/* After a failure: has another process applied it meanwhile? A lock that was waited for in vain is
 * one more reason to look again. */
static bool others_did(struct db *db, const char *directory, size_t version, struct arena *arena,
                       const struct error *failure, int *tries, bool *ret_did)
{
    struct error ignored = {0};
    struct migration_status status;
    struct state state;
    *ret_did = false;
    if (!load_state(db, directory, arena, &state, &status, &ignored))
        return false;
    *ret_did = state.applied_count >= version;
    return *ret_did || (failure->kind == ERROR_RETRY && ++*tries < TRIES_MAX);
}

bool migrate_up(struct db *db, const char *directory, const struct migrate_guard *guard,
                struct arena *arena, struct migration_status *ret_status, struct error *err)
{
    struct state state;
    struct migration_status status;
    int tries = 0;
    if (!load_state(db, directory, arena, &state, &status, err))
        return false;
    for (size_t i = state.applied_count; i < state.file_count;) {
        bool done = apply(db, &state.files[i], guard, err);
        bool others = false;
        if (!done && !others_did(db, directory, i + 1, arena, err, &tries, &others))
            return error_context(err, "migration %s", state.files[i].name);
        if (!done)
            error_clear(err);
        status.applied_now += done ? 1 : 0;
        i += done || others ? 1 : 0;
    }
    status.current = status.newest;
    *ret_status = status;
    return true;
}

bool migrate_check(struct db *db, const char *directory, struct arena *arena,
                   struct migration_status *ret_status, struct error *err)
{
    struct state state;
    struct migration_status status;
    if (!load_state(db, directory, arena, &state, &status, err))
        return false;
    if (status.current == 0) {
        error_run(err, EXIT_CONFIG, "the database is empty");
        return error_hint(err, "run `billmill init`");
    }
    if (status.current < status.newest) {
        error_run(err, EXIT_CONFIG, "the database is at migration %lld, this billmill needs %lld",
                  (long long)status.current, (long long)status.newest);
        return error_hint(err, "make a backup, then run `billmill migrate`");
    }
    *ret_status = status;
    return true;
}
