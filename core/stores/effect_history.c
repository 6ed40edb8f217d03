/* See effect_history.h. */
#include "core/stores/effect_history.h"

#include "core/base/array.h"
#include "core/storage/bulk.h"

struct asked_history {
    int64_t tenant_id;
    const char *effect_key;
    struct effect_history history;
};
static const struct row_field history_fields[] = {
    ROW_FIELD(struct asked_history, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_history, effect_key, "effect_key"),
    ROW_FIELD(struct asked_history, history.calls, "calls"),
    ROW_FIELD(struct asked_history, history.losses, "losses"),
    ROW_FIELD(struct asked_history, history.deferrals, "deferrals"),
    ROW_FIELD(struct asked_history, history.first_later_us, "first_later_us"),
    ROW_FIELD(struct asked_history, history.broken, "broken"),
    ROW_FIELD(struct asked_history, history.first_us, "first_us"),
};
static const struct bulk_table effect_histories = {.name = "effect_histories",
                                                   .kind = BULK_ASK,
                                                   .statement = STMT_EFFECT_HISTORY,
                                                   .fields = history_fields,
                                                   .field_count = ARRAY_LEN(history_fields),
                                                   .key_count = 2,
                                                   .row_size = sizeof(struct asked_history)};

bool effect_history_load(struct db *db, int64_t tenant_id, const char *const *keys, size_t count,
                         struct arena *arena, struct effect_history *ret_histories,
                         struct error *err)
{
    struct asked_history *asked = ARENA_NEW_ARRAY(arena, struct asked_history, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        asked[i] = (struct asked_history){.tenant_id = tenant_id, .effect_key = keys[i]};
        ret_histories[i] = (struct effect_history){0};
    }
    if (!bulk_find(db, &effect_histories, asked, count, arena, &found, err))
        return error_context(err, "loading what became of effects so far");
    const struct asked_history *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_histories[found.places[i]] = rows[i].history;
    return true;
}
