/* Campaigns as rows: see dunning_store.h. */
#include "core/stores/dunning_store.h"

#include "core/base/array.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

bool dunning_store_load_work(struct db *db, struct date on, struct arena *arena,
                             struct work_ranges *ret_ranges, struct error *err)
{
    return work_ranges_load(db, STMT_WORK_DUNNING, DB_ARGS(db_text(date_text(on).text)), arena,
                            ret_ranges, err) ||
           error_context(err, "looking for invoices to dun");
}

struct counted {
    int64_t items;
};

bool dunning_store_count_ahead(struct db *db, struct date on, struct arena *arena,
                               int64_t *ret_count, struct error *err)
{
    static const struct row_field fields[] = {ROW_FIELD(struct counted, items, "items")};
    struct counted counted = {0};
    bool found = false;
    if (!rows_load_one(db, STMT_DUNNING_AHEAD, DB_ARGS(db_text(date_text(on).text)), arena, fields,
                       ARRAY_LEN(fields), &counted, &found, err))
        return error_context(err, "counting campaigns");
    *ret_count = counted.items;
    return true;
}

static const struct row_field invoice_fields[] = {
    ROW_FIELD(struct dunned_invoice, invoice_id, "invoice_id"),
    ROW_FIELD(struct dunned_invoice, number, "number"),
    ROW_FIELD(struct dunned_invoice, customer, "customer"),
    ROW_FIELD(struct dunned_invoice, name, "name"),
    ROW_FIELD(struct dunned_invoice, email, "email"),
    ROW_FIELD(struct dunned_invoice, locale, "locale"),
    ROW_FIELD(struct dunned_invoice, due_on, "due_on"),
    ROW_FIELD(struct dunned_invoice, own_policy, "dunning_policy"),
    ROW_FIELD(struct dunned_invoice, method.payment_method, "payment_method"),
    ROW_FIELD(struct dunned_invoice, method.gateway, "gateway"),
    ROW_FIELD(struct dunned_invoice, method.gateway_customer, "gateway_customer"),
    ROW_FIELD(struct dunned_invoice, method.gateway_token, "gateway_token"),
    ROW_FIELD(struct dunned_invoice, method.expires, "expires"),
    ROW_FIELD(struct dunned_invoice, policy, "policy"),
    ROW_FIELD(struct dunned_invoice, terms, "terms"),
    ROW_FIELD(struct dunned_invoice, started_on, "started_on"),
    ROW_FIELD(struct dunned_invoice, state, "state"),
    ROW_FIELD(struct dunned_invoice, paused_on, "paused_on"),
    ROW_FIELD(struct dunned_invoice, steps, "steps"),
    ROW_FIELD(struct dunned_invoice, step_state, "step_state"),
    ROW_FIELD(struct dunned_invoice, step_due_on, "step_due_on"),
    ROW_FIELD(struct dunned_invoice, step_done_on, "step_done_on"),
    ROW_FIELD(struct dunned_invoice, step_note, "step_note"),
    ROW_FIELD(struct dunned_invoice, step_attempt, "step_attempt"),
    ROW_FIELD(struct dunned_invoice, told_on, "told_on"),
    ROW_FIELD(struct dunned_invoice, attempts, "attempts"),
    ROW_FIELD(struct dunned_invoice, last_outcome, "last_outcome"),
    ROW_FIELD(struct dunned_invoice, tries, "tries"),
    ROW_FIELD(struct dunned_invoice, method_tries, "method_tries"),
    ROW_FIELD(struct dunned_invoice, is_undecided, "is_undecided"),
    ROW_FIELD(struct dunned_invoice, is_refused_for_good, "is_refused_for_good"),
    ROW_FIELD(struct dunned_invoice, is_left_to_customer, "is_left_to_customer"),
    ROW_FIELD(struct dunned_invoice, has_new_method, "has_new_method"),
    ROW_FIELD(struct dunned_invoice, failed_on, "failed_on"),
    ROW_FIELD(struct dunned_invoice, last_failed_on, "last_failed_on"),
    ROW_FIELD(struct dunned_invoice, decline, "decline"),
    ROW_FIELD(struct dunned_invoice, failed_gateway, "failed_gateway"),
    ROW_FIELD(struct dunned_invoice, failed_token, "failed_token"),
    ROW_FIELD(struct dunned_invoice, failed_expires, "failed_expires"),
};

/* By invoice, and the day of changes. */
struct asked_subscription {
    int64_t tenant_id, invoice_id;
    const char *day;
    struct dunned_subscription subscription;
};
static const struct row_field subscription_fields[] = {
    ROW_FIELD(struct asked_subscription, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_subscription, invoice_id, "invoice_id"),
    ROW_FIELD(struct asked_subscription, day, "day"),
    ROW_FIELD(struct asked_subscription, subscription.record.subscription_id, "subscription_id"),
    ROW_FIELD(struct asked_subscription, subscription.record.subscription, "subscription"),
    ROW_FIELD(struct asked_subscription, subscription.record.plan_id, "plan_id"),
    ROW_FIELD(struct asked_subscription, subscription.record.start_on, "start_on"),
    ROW_FIELD(struct asked_subscription, subscription.record.anchor_day, "anchor_day"),
    ROW_FIELD(struct asked_subscription, subscription.record.trial_end_on, "trial_end_on"),
    ROW_FIELD(struct asked_subscription, subscription.record.status, "status"),
    ROW_FIELD(struct asked_subscription, subscription.record.cancel_at_on, "cancel_at_on"),
    ROW_FIELD(struct asked_subscription, subscription.record.cancel_at_period_end,
              "cancel_at_period_end"),
    ROW_FIELD(struct asked_subscription, subscription.record.align, "align"),
    ROW_FIELD(struct asked_subscription, subscription.paused_on, "paused_on"),
    ROW_FIELD(struct asked_subscription, subscription.day_taken, "day_taken"),
    ROW_FIELD(struct asked_subscription, subscription.by_dunning, "by_dunning"),
    ROW_FIELD(struct asked_subscription, subscription.owed_beside, "owed_beside"),
};
static const struct bulk_table dunned_subscriptions = {
    .name = "dunned_subscriptions",
    .kind = BULK_ASK,
    .statement = STMT_DUNNING_SUBSCRIPTIONS,
    .fields = subscription_fields,
    .field_count = ARRAY_LEN(subscription_fields),
    .key_count = 3,
    .row_size = sizeof(struct asked_subscription)};

struct subscriptions ARRAY_OF(struct dunned_subscription);

static bool load_subscriptions(struct db *db, const struct dunning_range *range,
                               struct dunned_invoice *invoices, size_t count, struct arena *arena,
                               struct error *err)
{
    struct asked_subscription *keys = ARENA_NEW_ARRAY(arena, struct asked_subscription, count + 1);
    const char *day = arena_copy(arena, date_text(range->day).text);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct asked_subscription){
            .tenant_id = range->tenant_id, .invoice_id = invoices[i].invoice_id, .day = day};
    if (!bulk_find(db, &dunned_subscriptions, keys, count, arena, &found, err))
        return error_context(err, "loading subscriptions");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        struct subscriptions subscriptions = {0};
        const struct asked_subscription *row = NULL;
        while ((row = bulk_cursor_next(&rows, i, sizeof *row)) != NULL)
            ARRAY_ADD(arena, &subscriptions) = row->subscription;
        invoices[i].subscriptions = subscriptions.items;
        invoices[i].subscription_count = subscriptions.count;
    }
    return true;
}

bool dunning_store_load(struct db *db, const struct dunning_range *range, struct arena *arena,
                        struct dunned_invoice **ret_invoices, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_INVOICES_TO_DUN,
                       DB_ARGS(db_i64(range->tenant_id), db_i64(range->after_id),
                               db_i64(range->hi_id), db_i64((int64_t)range->limit),
                               db_text(date_text(range->tries_after).text),
                               db_text(date_text(range->on).text)),
                       arena, invoice_fields, ARRAY_LEN(invoice_fields),
                       sizeof(struct dunned_invoice), &items, &count, err))
        return error_context(err, "loading invoices to dun");
    struct dunned_invoice *invoices = items;
    struct owed_invoice *owed = ARENA_NEW_ARRAY(arena, struct owed_invoice, count + 1);
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    bool *decided = ARENA_NEW_ARRAY(arena, bool, count + 1);
    for (size_t i = 0; i < count; i++)
        numbers[i] = invoices[i].number;
    if (!collect_store_load_owed(db, range->tenant_id, numbers, count, arena, owed, err) ||
        !collect_store_load_decided(db, range->tenant_id, range->on, numbers, count, arena, decided,
                                    err) ||
        !load_subscriptions(db, range, invoices, count, arena, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        invoices[i].owed = owed[i];
        invoices[i].is_decided = decided[i];
    }
    *ret_invoices = invoices;
    *ret_count = count;
    return true;
}

/* ---------------------------------------------------------------- rows */

static const struct row_field campaign_fields[] = {
    ROW_FIELD(struct dunning_campaign_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct dunning_campaign_row, invoice, "invoice"),
    ROW_FIELD(struct dunning_campaign_row, customer, "customer"),
    ROW_FIELD(struct dunning_campaign_row, policy, "policy"),
    ROW_FIELD(struct dunning_campaign_row, terms, "terms"),
    ROW_FIELD(struct dunning_campaign_row, started_on, "started_on"),
    ROW_FIELD(struct dunning_campaign_row, state, "state"),
    ROW_FIELD(struct dunning_campaign_row, paused_on, "paused_on"),
    ROW_FIELD(struct dunning_campaign_row, ended_on, "ended_on"),
};
const struct bulk_table DUNNING_CAMPAIGN = {TABLE("dunning_campaign", BULK_UPSERT,
                                                  "dunning_campaign", campaign_fields, 2,
                                                  struct dunning_campaign_row)};

static const struct row_field step_fields[] = {
    ROW_FIELD(struct dunning_step_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct dunning_step_row, invoice, "invoice"),
    ROW_FIELD(struct dunning_step_row, step, "step"),
    ROW_FIELD(struct dunning_step_row, due_on, "due_on"),
    ROW_FIELD(struct dunning_step_row, done_on, "done_on"),
    ROW_FIELD(struct dunning_step_row, state, "state"),
    ROW_FIELD(struct dunning_step_row, actions, "actions"),
    ROW_FIELD(struct dunning_step_row, note, "note"),
    ROW_FIELD(struct dunning_step_row, attempt, "attempt"),
    ROW_FIELD(struct dunning_step_row, told_on, "told_on"),
};
const struct bulk_table DUNNING_STEP = {
    TABLE("dunning_step", BULK_UPSERT, "dunning_step", step_fields, 3, struct dunning_step_row)};

static const struct row_field change_fields[] = {
    ROW_FIELD(struct dunning_change_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct dunning_change_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct dunning_change_row, at_on, "at_on"),
    ROW_FIELD(struct dunning_change_row, pause, "pause"),
    ROW_FIELD(struct dunning_change_row, resume, "resume"),
};
const struct bulk_table DUNNING_CHANGE_ADD = {TABLE("dunning_change_add", BULK_INSERT,
                                                    "subscription_change", change_fields, 3,
                                                    struct dunning_change_row)};

static const struct row_field cancel_fields[] = {
    ROW_FIELD(struct dunning_cancel_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct dunning_cancel_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct dunning_cancel_row, cancel_at_on, "cancel_at_on"),
    ROW_FIELD(struct dunning_cancel_row, cancel_at_period_end, "cancel_at_period_end"),
};
const struct bulk_table DUNNING_CANCEL_ADD = {TABLE("dunning_cancel", BULK_UPDATE, "subscription",
                                                    cancel_fields, 2, struct dunning_cancel_row)};

static const struct row_field write_off_fields[] = {
    ROW_FIELD(struct dunning_write_off_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct dunning_write_off_row, correction, "correction"),
    ROW_FIELD(struct dunning_write_off_row, invoice, "invoice"),
    ROW_FIELD(struct dunning_write_off_row, action, "action"),
    ROW_FIELD(struct dunning_write_off_row, requested_on, "requested_on"),
    ROW_FIELD(struct dunning_write_off_row, reason, "reason"),
    ROW_FIELD(struct dunning_write_off_row, requested_by, "requested_by"),
};
const struct bulk_table DUNNING_WRITE_OFF = {TABLE("dunning_write_off", BULK_INSERT, "correction",
                                                   write_off_fields, 2,
                                                   struct dunning_write_off_row)};

/* ---------------------------------------------------------------- for people */

bool dunning_store_find(struct db *db, int64_t tenant_id, const char *invoice, struct arena *arena,
                        struct dunning_campaign_row *ret_campaign, bool *ret_found,
                        struct dunning_step_row **ret_steps, size_t *ret_count, struct error *err)
{
    void *steps = NULL;
    if (!rows_load_one(db, STMT_DUNNING_OF_INVOICE, DB_ARGS(db_i64(tenant_id), db_text(invoice)),
                       arena, campaign_fields, ARRAY_LEN(campaign_fields), ret_campaign, ret_found,
                       err) ||
        !rows_load_all(db, STMT_DUNNING_STEPS_OF_INVOICE,
                       DB_ARGS(db_i64(tenant_id), db_text(invoice)), arena, step_fields,
                       ARRAY_LEN(step_fields), sizeof(struct dunning_step_row), &steps, ret_count,
                       err))
        return error_context(err, "loading the dunning of %s", invoice);
    *ret_steps = steps;
    return true;
}
