/* Changes of subscriptions. They are facts of which any may become known first, so one that changes
 * nothing (subscription_timeline.h, rule 8) is taken, and told; but none is before the start, which
 * never changes. One that was never meant is withdrawn, whenever that is noticed: then its day is
 * free for another one, or for the same again. */
#include <string.h>

#include "core/base/text.h"
#include "core/stores/import_idle.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

static const char *const change_fixed[] = {"plan_id", "quantity", "pause", "resume", NULL};
static const struct put_rules change_rules = {
    .table = &subscription_change_rows,
    .id_offset = SIZE_MAX,
    .fixed = change_fixed,
    .fixed_hint = "a change is never changed: import another one for another day, or withdraw this "
                  "one first, by importing it with \"withdrawn\": true",
};
static const struct put_rules withdrawn_rules = {
    .table = &subscription_change_rows,
    .id_offset = SIZE_MAX,
};

static bool change_row(struct import_session *session,
                       const struct subscription_change_record *record, int64_t tenant_id,
                       struct subscription_change_row *ret_row, struct error *err)
{
    *ret_row = (struct subscription_change_row){
        .tenant_id = tenant_id, .plan_id = DB_I64_NONE, .record = *record};
    return put_refer(session, RECORD_SUBSCRIPTION, tenant_id, record->tenant, record->subscription,
                     &ret_row->subscription_id, err) &&
           (record->plan == NULL || put_refer(session, RECORD_PLAN, tenant_id, record->tenant,
                                              record->plan, &ret_row->plan_id, err));
}

static struct subscription_row subscription_key(const struct subscription_change_row *row)
{
    struct subscription_row key = {.tenant_id = row->tenant_id};
    key.record.subscription = row->record.subscription;
    return key;
}

/* Its key has an id in it, which is known once the subscriptions before it are put. */
bool expect_change(struct import_session *session, const struct subscription_change_record *record,
                   int64_t tenant_id, struct error *err)
{
    struct subscription_change_row row;
    if (!change_row(session, record, tenant_id, &row, err))
        return false;
    const struct subscription_row key = subscription_key(&row);
    put_expect(session, &change_rules, &row);
    import_shelf_expect(session->shelf, &subscription_rows, &key);
    return true;
}

/* One that is there; NULL when it is not. */
static bool find_subscription(struct import_session *session,
                              const struct subscription_change_row *row,
                              const struct subscription_record **ret_record, struct error *err)
{
    const void *found;
    size_t count;
    const struct subscription_row key = subscription_key(row);
    if (!import_shelf_find(session->shelf, &subscription_rows, &key, &found, &count, err))
        return false;
    *ret_record = count == 0 ? NULL : &((const struct subscription_row *)found)->record;
    return true;
}

static bool check_start(struct import_session *session, const struct subscription_change_row *row,
                        struct error *err)
{
    const struct subscription_record *subscription = NULL;
    if (!find_subscription(session, row, &subscription, err))
        return false;
    if (subscription == NULL || strcmp(row->record.at, subscription->start) >= 0)
        return true;
    (void)error_item(err, "bad_value", "field \"at\": %s is before the subscription starts, %s",
                     row->record.at, subscription->start);
    return error_hint(err, "what it starts with is a change of its first day, or stands in its own "
                           "record");
}

/* Whether a change of its day is there, and holds: of that one nothing is told again. */
static bool is_there(struct import_session *session, const struct subscription_change_row *row,
                     bool *ret_there, bool *ret_holds, struct error *err)
{
    struct subscription_change_row existing;
    if (!put_find(session, &change_rules, row, &existing, ret_there, err))
        return false;
    *ret_holds = *ret_there && !existing.record.withdrawn;
    return true;
}

/* A cancellation that waits for the end of a period is no end yet. */
static bool is_over(const struct subscription_record *subscription, const char *at)
{
    return subscription != NULL && subscription->cancel_at != NULL &&
           !subscription->cancel_at_period_end && strcmp(at, subscription->cancel_at) >= 0;
}

/* What may turn out to change nothing: import_idle.h. */
static bool keep_for_judgement(struct import_session *session,
                               const struct subscription_change_row *row, struct error *err)
{
    const struct subscription_record *subscription = NULL;
    if (!find_subscription(session, row, &subscription, err))
        return false;
    if (row->record.pause || row->record.resume || is_over(subscription, row->record.at))
        idle_changes_keep(session->idle, row);
    return true;
}

bool put_change(struct import_session *session, const struct subscription_change_record *record,
                int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct subscription_change_row row;
    bool there = false;
    bool holds = false;
    if (!change_row(session, record, tenant_id, &row, err) ||
        !is_there(session, &row, &there, &holds, err) ||
        (!there && !check_start(session, &row, err)) ||
        !put_row(session, there && !holds ? &withdrawn_rules : &change_rules, &row, ret_outcome,
                 err))
        return false;
    return holds || record->withdrawn || keep_for_judgement(session, &row, err);
}

/* ------------------------------------------------------------------ what changes nothing */

/* Is it paused when the day begins, by all changes before it that are known? */
static bool find_paused(struct import_session *session, const struct subscription_change_row *row,
                        bool *ret_paused, struct error *err)
{
    const void *found;
    size_t count;
    const char *since = "";
    *ret_paused = false;
    if (!import_shelf_find(session->shelf, &subscription_life_rows, row, &found, &count, err))
        return false;
    const struct subscription_change_row *changes = found;
    for (size_t i = 0; i < count; i++) {
        const struct subscription_change_record *change = &changes[i].record;
        if ((!change->pause && !change->resume) || change->withdrawn ||
            strcmp(change->at, row->record.at) >= 0 || strcmp(change->at, since) <= 0)
            continue;
        since = change->at;
        *ret_paused = change->pause;
    }
    return true;
}

void change_expect_idle(struct import_session *session, const struct subscription_change_row *row)
{
    const struct subscription_row key = subscription_key(row);
    import_shelf_expect(session->shelf, &subscription_rows, &key);
    if (row->record.pause || row->record.resume)
        import_shelf_expect(session->shelf, &subscription_life_rows, row);
}

bool change_why_idle(struct import_session *session, const struct subscription_change_row *row,
                     const char **ret_why, struct error *err)
{
    const struct subscription_record *subscription = NULL;
    bool paused = false;
    *ret_why = NULL;
    if (!find_subscription(session, row, &subscription, err) ||
        ((row->record.pause || row->record.resume) && !find_paused(session, row, &paused, err)))
        return false;
    if (is_over(subscription, row->record.at))
        *ret_why = "the subscription has ended by then";
    else if (row->record.pause && paused)
        *ret_why = "the subscription is paused by then";
    else if (row->record.resume && !paused)
        *ret_why = "the subscription is not paused then";
    return true;
}
