/* Whether usage that was read is still all there is: see usage_version.h. */
#include "core/stores/usage_version.h"

static bool refuse(struct error *err, const char *when)
{
    (void)error_retry(err, EXIT_TEMPORARY, "usage %s", when);
    return error_hint(err, "wait until the import has ended, then `billmill resume` goes on at the "
                           "last checkpoint");
}

bool usage_version_load(struct db *db, int64_t tenant_id, int64_t *ret_version, struct error *err)
{
    int64_t version = 0;
    bool found = false;
    if (!db_query_i64(db, STMT_USAGE_VERSION, DB_ARGS(db_i64(tenant_id)), &version, &found, err))
        return error_context(err, "looking for imports of usage");
    *ret_version = found ? version : 0;
    return true;
}

/* A row that somebody else holds is not found. */
static bool hold(struct db *db, int64_t tenant_id, int64_t *ret_version, bool *ret_held,
                 struct error *err)
{
    return db_query_i64(db, STMT_USAGE_VERSION_HOLD, DB_ARGS(db_i64(tenant_id)), ret_version,
                        ret_held, err) ||
           error_context(err, "looking for imports of usage");
}

/* The row is made with the tenant. Should it not be there, there is nothing to hold yet: to make it
 * waits for an import that is making it. */
static bool hold_first(struct db *db, int64_t tenant_id, int64_t *ret_version, bool *ret_held,
                       struct error *err)
{
    int64_t version = 0;
    bool found = false;
    if (!db_query_i64(db, STMT_USAGE_VERSION, DB_ARGS(db_i64(tenant_id)), &version, &found, err))
        return error_context(err, "looking for imports of usage");
    if (found)
        return true;
    return (db_run(db, STMT_IMPORT_USAGE_TENANT_ADD, DB_ARGS(db_i64(tenant_id)), NULL, err) ||
            error_context(err, "waiting for an import of usage")) &&
           hold(db, tenant_id, ret_version, ret_held, err);
}

bool usage_version_confirm(struct db *db, int64_t tenant_id, int64_t version, struct error *err)
{
    int64_t newest = 0;
    bool held = false;
    if (!hold(db, tenant_id, &newest, &held, err) ||
        (!held && !hold_first(db, tenant_id, &newest, &held, err)))
        return false;
    if (!held)
        return refuse(err, "is being imported");
    return newest == version || refuse(err, "was imported meanwhile");
}
