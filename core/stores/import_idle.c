#include "core/stores/import_idle.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

#define KEPT_MAX 65536
#define TEXTS_FULL (16u << 20)
#define TEXTS_CAP (TEXTS_FULL + (1u << 20)) /* one more has room */
#define JUDGED_AT_ONCE 2048

struct idle_changes {
    struct subscription_change_row *rows;
    size_t count, capacity;
    struct arena *texts;
};

struct idle_changes *idle_changes_create(void)
{
    struct idle_changes *changes = memory_alloc(sizeof(*changes), "changes of subscriptions");
    *changes = (struct idle_changes){.texts = arena_create("changes of subscriptions", TEXTS_CAP)};
    return changes;
}

void idle_changes_destroy(struct idle_changes **changes)
{
    if (*changes == NULL)
        return;
    arena_destroy(&(*changes)->texts);
    free((*changes)->rows);
    free(*changes);
    *changes = NULL;
}

void idle_changes_keep(struct idle_changes *changes, const struct subscription_change_row *row)
{
    if (changes->count == KEPT_MAX || arena_used(changes->texts) > TEXTS_FULL)
        return;
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity == 0 ? 64 : 2 * changes->capacity;
        changes->rows = memory_resize(changes->rows, changes->capacity * sizeof(*changes->rows),
                                      "changes of subscriptions");
    }
    struct subscription_change_row *kept = &changes->rows[changes->count++];
    *kept = *row;
    kept->record.tenant = arena_copy(changes->texts, row->record.tenant);
    kept->record.subscription = arena_copy(changes->texts, row->record.subscription);
    kept->record.at = arena_copy(changes->texts, row->record.at);
    kept->record.plan = kept->record.quantity = NULL; /* not asked for */
}

size_t idle_changes_count(const struct idle_changes *changes)
{
    return changes->count;
}

void idle_changes_take_back(struct idle_changes *changes, size_t count)
{
    changes->count = count;
    if (count == 0)
        arena_reset(changes->texts);
}

static bool judge(struct import_session *session, const struct subscription_change_row *row,
                  struct error *err)
{
    const char *why = NULL;
    struct import_remark *remark = &session->report->idle_changes;
    const union record record = {.subscription_change = row->record};
    if (!change_why_idle(session, row, &why, err))
        return false;
    arena_reset(session->scratch);
    if (why != NULL && remark->count++ == 0)
        (void)snprintf(remark->first, sizeof remark->first, "%.400s: %s",
                       record_label(RECORD_SUBSCRIPTION_CHANGE, &record, session->scratch), why);
    return true;
}

static bool judge_some(struct import_session *session, size_t from, size_t to, struct error *err)
{
    const struct subscription_change_row *rows = session->idle->rows;
    import_shelf_clear(session->shelf);
    for (size_t i = from; i < to; i++)
        change_expect_idle(session, &rows[i]);
    if (!import_shelf_read(session->shelf, err))
        return false;
    for (size_t i = from; i < to; i++)
        if (!judge(session, &rows[i], err))
            return false;
    return true;
}

void idle_changes_judge(struct import_session *session)
{
    struct error ignored = {0};
    size_t count = session->idle->count;
    for (size_t from = 0; from < count; from += JUDGED_AT_ONCE) {
        size_t to = from + JUDGED_AT_ONCE;
        if (judge_some(session, from, to < count ? to : count, &ignored))
            continue;
        session->report->idle_changes = (struct import_remark){0};
        return;
    }
}
