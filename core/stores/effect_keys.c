/* See effect_keys.h. */
#include "core/stores/effect_keys.h"

#include "core/base/array.h"
#include "core/storage/bulk.h"

struct key_row {
    int64_t tenant_id;
    const char *effect_key, *state;
};
static const struct row_field key_fields[] = {
    ROW_FIELD(struct key_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct key_row, effect_key, "effect_key"),
    ROW_FIELD(struct key_row, state, "state"),
};
static const struct bulk_table effect_keys = {.name = "effects_there",
                                              .kind = BULK_INSERT,
                                              .table = "effect",
                                              .fields = key_fields,
                                              .field_count = ARRAY_LEN(key_fields),
                                              .key_count = 2,
                                              .row_size = sizeof(struct key_row)};

bool effect_keys_find(struct db *db, int64_t tenant_id, const char *const *keys, size_t count,
                      struct arena *arena, bool *ret_found, struct error *err)
{
    struct key_row *asked = ARENA_NEW_ARRAY(arena, struct key_row, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        asked[i] = (struct key_row){.tenant_id = tenant_id, .effect_key = keys[i]};
        ret_found[i] = false;
    }
    if (!bulk_find(db, &effect_keys, asked, count, arena, &found, err))
        return error_context(err, "looking for effects");
    for (size_t i = 0; i < found.count; i++)
        ret_found[found.places[i]] = true;
    return true;
}
