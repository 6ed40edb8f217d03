/* The audit chain: see audit.h. */
#include "core/engine/audit.h"

#include <string.h>

#include "core/base/clock.h"

static bool load_last(struct db *db, int64_t *ret_sequence, uint8_t ret_hash[SHA256_SIZE],
                      struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = false;
    *ret_sequence = 0;
    memset(ret_hash, 0, SHA256_SIZE);
    if (!db_query(db, STMT_AUDIT_LAST, DB_NO_ARGS, &rows, err) ||
        !db_rows_next(rows, &has_row, err))
        return false;
    if (!has_row)
        return true;
    size_t size = 0;
    const void *hash = db_rows_bytes(rows, 1, &size);
    if (size != SHA256_SIZE)
        return error_run(err, EXIT_DATA, "the last audit row has a hash of %zu bytes", size);
    memcpy(ret_hash, hash, SHA256_SIZE);
    *ret_sequence = db_rows_i64(rows, 0);
    return true;
}

bool audit_add(const struct engine *engine, const char *action, const char *object,
               const char *reason, struct error *err)
{
    int64_t sequence = 0;
    int64_t at_us = clock_wall_us();
    uint8_t previous[SHA256_SIZE];
    uint8_t hash[SHA256_SIZE];
    if (!load_last(engine->db, &sequence, previous, err))
        return error_context(err, "reading the audit log");
    sequence++;
    struct sha256 *digest = sha256_start();
    sha256_add(digest, previous, sizeof previous);
    sha256_add(digest, &sequence, sizeof sequence);
    sha256_add(digest, &at_us, sizeof at_us);
    sha256_add_text(digest, engine->actor);
    sha256_add_text(digest, action);
    sha256_add_text(digest, object);
    sha256_add_text(digest, reason);
    sha256_finish(&digest, hash);
    int64_t added = 0;
    if (!db_run(engine->db, STMT_AUDIT_ADD,
                DB_ARGS(db_i64(sequence), db_i64(at_us), db_text(engine->actor), db_text(action),
                        db_text(object), db_text(reason), db_bytes(previous, sizeof previous),
                        db_bytes(hash, sizeof hash)),
                &added, err))
        return false;
    return added == 1 ||
           error_retry(err, EXIT_TEMPORARY, "somebody else has just added to the audit log");
}
