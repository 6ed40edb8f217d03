#include "core/stores/import_hold.h"

#include <stdlib.h>
#include <string.h>

#define TENANTS_FIRST 16

void held_tenants_free(struct held_tenants *held)
{
    free(held->ids);
    *held = (struct held_tenants){0};
}

/* Where it is, or belongs: they are in order. */
static size_t place_of(const struct held_tenants *held, int64_t tenant_id)
{
    size_t from = 0, to = held->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (held->ids[middle] < tenant_id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void insert(struct held_tenants *held, size_t place, int64_t tenant_id)
{
    if (held->count == held->capacity) {
        held->capacity = held->capacity == 0 ? TENANTS_FIRST : 2 * held->capacity;
        held->ids = memory_resize(held->ids, held->capacity * sizeof(*held->ids), "tenants held");
    }
    memmove(held->ids + place + 1, held->ids + place, (held->count - place) * sizeof(*held->ids));
    held->ids[place] = tenant_id;
    held->count++;
}

bool import_hold_tenant(struct import_session *session, int64_t tenant_id, struct error *err)
{
    int64_t ignored;
    bool found;
    struct held_tenants *held = &session->held;
    size_t place = place_of(held, tenant_id);
    if (place < held->count && held->ids[place] == tenant_id)
        return true;
    if (!db_query_i64(session->db, STMT_IMPORT_TENANT_HOLD, DB_ARGS(db_i64(tenant_id)), &ignored,
                      &found, err))
        return false;
    insert(held, place, tenant_id);
    return true;
}
