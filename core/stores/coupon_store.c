/* Loading coupons for tax: see coupon_store.h. */
#include "core/stores/coupon_store.h"

#include <stdlib.h>

#include "core/billing/invoice.h"

static const struct row_field redemption_fields[] = {
    ROW_FIELD(struct coupon_redemption, payer_id, "payer_id"),
    ROW_FIELD(struct coupon_redemption, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_redemption, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_redemption, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_redemption, coupon, "coupon"),
    ROW_FIELD(struct coupon_redemption, at_on, "at_on"),
    ROW_FIELD(struct coupon_redemption, percent, "percent"),
    ROW_FIELD(struct coupon_redemption, amount, "amount"),
    ROW_FIELD(struct coupon_redemption, minimum_amount, "minimum_amount"),
    ROW_FIELD(struct coupon_redemption, currency, "currency"),
    ROW_FIELD(struct coupon_redemption, duration, "duration"),
    ROW_FIELD(struct coupon_redemption, repeat_count, "repeat_count"),
    ROW_FIELD(struct coupon_redemption, first_purchase, "first_purchase"),
    ROW_FIELD(struct coupon_redemption, valid_from, "valid_from"),
    ROW_FIELD(struct coupon_redemption, valid_to, "valid_to"),
    ROW_FIELD(struct coupon_redemption, purchases, "purchases"),
};

static const struct row_field scope_fields[] = {
    ROW_FIELD(struct coupon_scope, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_scope, plan_id, "plan_id"),
    ROW_FIELD(struct coupon_scope, product_id, "product_id"),
};

static const struct row_field use_fields[] = {
    ROW_FIELD(struct coupon_past_use, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_past_use, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_past_use, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_past_use, carried_minor, "carried_minor"),
    ROW_FIELD(struct coupon_past_use, draft_key, "draft_key"),
    ROW_FIELD(struct coupon_past_use, number, "number"),
    ROW_FIELD(struct coupon_past_use, is_undone, "is_undone"),
    ROW_FIELD(struct coupon_past_use, again_on, "again_on"),
};

static const struct row_field draft_fields[] = {
    ROW_FIELD(struct coupon_draft, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_draft, draft_key, "draft_key"),
    ROW_FIELD(struct coupon_draft, corrects, "corrects"),
    ROW_FIELD(struct coupon_draft, currency, "currency"),
    ROW_FIELD(struct coupon_draft, cutoff_on, "cutoff_on"),
};

static const struct row_field line_fields[] = {
    ROW_FIELD(struct coupon_draft_line, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_draft_line, line, "line"),
    ROW_FIELD(struct coupon_draft_line, kind, "kind"),
    ROW_FIELD(struct coupon_draft_line, period_start_on, "period_start_on"),
    ROW_FIELD(struct coupon_draft_line, period_end_on, "period_end_on"),
    ROW_FIELD(struct coupon_draft_line, amount_minor, "amount_minor"),
    ROW_FIELD(struct coupon_draft_line, discount_minor, "discount_minor"),
    ROW_FIELD(struct coupon_draft_line, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_draft_line, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_draft_line, plan_id, "plan_id"),
    ROW_FIELD(struct coupon_draft_line, product_id, "product_id"),
};

struct loading {
    struct db *db;
    int64_t tenant_id;
    struct date business_date;
    struct giving_payers giving;
    struct arena *arena;
    struct coupon_scope *scopes;
    size_t scope_count;
};

static void take_scopes(const struct loading *loading, struct coupon_redemption *redemption)
{
    size_t first = 0;
    while (first < loading->scope_count &&
           loading->scopes[first].coupon_id != redemption->coupon_id)
        first++;
    redemption->scopes = &loading->scopes[first];
    while (first + redemption->scope_count < loading->scope_count &&
           redemption->scopes[redemption->scope_count].coupon_id == redemption->coupon_id)
        redemption->scope_count++;
}

static bool load_uses(const struct loading *loading, struct coupon_redemption *redemption,
                      struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(loading->db, STMT_COUPON_USES_LOAD,
                       DB_ARGS(db_i64(loading->tenant_id), db_i64(redemption->coupon_id),
                               db_i64(redemption->customer_id),
                               db_i64(redemption->subscription_id)),
                       loading->arena, use_fields, ARRAY_LEN(use_fields),
                       sizeof(struct coupon_past_use), &items, &redemption->use_count, err))
        return false;
    redemption->uses = items;
    return true;
}

static int compare_drafts(const void *a, const void *b)
{
    return invoice_draft_order(((const struct coupon_draft *)a)->draft_key,
                               ((const struct coupon_draft *)b)->draft_key);
}

static bool load_drafts(const struct loading *loading, struct coupon_payer *payer,
                        struct error *err)
{
    struct date_text day = date_text(loading->business_date);
    const struct db_value args[] = {db_i64(loading->tenant_id), db_i64(payer->payer_id),
                                    db_text(day.text)};
    void *items = NULL, *lines = NULL;
    size_t line_count = 0, next = 0;
    if (!rows_load_all(loading->db, STMT_COUPON_DRAFTS_LOAD, args, ARRAY_LEN(args), loading->arena,
                       draft_fields, ARRAY_LEN(draft_fields), sizeof(struct coupon_draft), &items,
                       &payer->draft_count, err) ||
        !rows_load_all(loading->db, STMT_COUPON_LINES_LOAD, args, ARRAY_LEN(args), loading->arena,
                       line_fields, ARRAY_LEN(line_fields), sizeof(struct coupon_draft_line),
                       &lines, &line_count, err))
        return false;
    struct coupon_draft *drafts = items;
    const struct coupon_draft_line *all = lines;
    for (size_t i = 0; i < payer->draft_count; i++) {
        drafts[i].lines = &all[next];
        while (next < line_count && all[next].invoice_id == drafts[i].invoice_id)
            next++, drafts[i].line_count++;
    }
    if (payer->draft_count > 1)
        qsort(drafts, payer->draft_count, sizeof *drafts, compare_drafts);
    payer->drafts = drafts;
    return true;
}

static bool does_give_back(const struct coupon_payer *payer)
{
    for (size_t i = 0; i < payer->draft_count; i++)
        for (size_t k = 0; k < payer->drafts[i].line_count; k++) {
            const struct coupon_draft_line *line = &payer->drafts[i].lines[k];
            if (give_back_does(line->kind, line->amount_minor < 0))
                return true;
        }
    return false;
}

static bool load_payer(const struct loading *loading, int64_t payer_id, struct coupon_payer *payer,
                       struct error *err)
{
    struct stored_billed_line *billed = NULL;
    *payer = (struct coupon_payer){.payer_id = payer_id};
    if (!load_drafts(loading, payer, err))
        return false;
    if (does_give_back(payer) &&
        !give_back_store_load(loading->db, loading->tenant_id, payer_id, loading->business_date,
                              loading->arena, &billed, &payer->billed_count, err))
        return false;
    payer->billed = billed;
    return true;
}

static bool load_redemptions_of(const struct loading *loading, struct coupon_payer *payer,
                                struct coupon_redemption *redemptions, size_t count,
                                struct error *err)
{
    payer->redemptions = redemptions;
    while (payer->redemption_count < count &&
           redemptions[payer->redemption_count].payer_id == payer->payer_id) {
        struct coupon_redemption *redemption = &redemptions[payer->redemption_count++];
        take_scopes(loading, redemption);
        if (!load_uses(loading, redemption, err))
            return false;
    }
    return true;
}

/* The redemptions come payer by payer, as `giving` does: every payer of either, once. */
static bool load_payers(const struct loading *loading, struct coupon_redemption *redemptions,
                        size_t count, struct coupon_payers *payers, struct error *err)
{
    const struct giving_payers *giving = &loading->giving;
    size_t next = 0, next_giving = 0;
    payers->items = ARENA_NEW_ARRAY(loading->arena, struct coupon_payer, count + giving->count + 1);
    while (next < count || next_giving < giving->count) {
        struct coupon_payer *payer = &payers->items[payers->count++];
        bool by_giving = next == count || (next_giving < giving->count &&
                                           giving->ids[next_giving] < redemptions[next].payer_id);
        int64_t payer_id = by_giving ? giving->ids[next_giving] : redemptions[next].payer_id;
        if (!load_payer(loading, payer_id, payer, err) ||
            !load_redemptions_of(loading, payer, &redemptions[next], count - next, err))
            return false;
        next += payer->redemption_count;
        if (next_giving < giving->count && giving->ids[next_giving] == payer_id)
            next_giving++;
    }
    return true;
}

static bool load_redemptions(struct loading *loading, int64_t after_id, int64_t last_id,
                             struct coupon_payers *payers, struct error *err)
{
    struct date_text day = date_text(loading->business_date);
    void *items = NULL, *scopes = NULL;
    size_t count = 0;
    if (!rows_load_all(loading->db, STMT_COUPON_SCOPE_LOAD, DB_ARGS(db_i64(loading->tenant_id)),
                       loading->arena, scope_fields, ARRAY_LEN(scope_fields),
                       sizeof(struct coupon_scope), &scopes, &loading->scope_count, err) ||
        !rows_load_all(loading->db, STMT_COUPON_REDEMPTIONS_LOAD,
                       DB_ARGS(db_i64(loading->tenant_id), db_i64(after_id), db_i64(last_id),
                               db_text(day.text)),
                       loading->arena, redemption_fields, ARRAY_LEN(redemption_fields),
                       sizeof(struct coupon_redemption), &items, &count, err))
        return false;
    loading->scopes = scopes;
    return load_payers(loading, items, count, payers, err);
}

bool coupon_store_load(struct db *db, int64_t tenant_id, int64_t after_id, int64_t last_id,
                       struct date business_date, struct giving_payers giving, struct arena *arena,
                       struct coupon_payers *ret_payers, struct error *err)
{
    struct loading loading = {.db = db,
                              .tenant_id = tenant_id,
                              .business_date = business_date,
                              .giving = giving,
                              .arena = arena};
    struct coupon_payers payers = {0};
    int64_t ignored;
    bool found = false;
    if (!db_query_i64(db, STMT_COUPON_OR_CORRECTION_ANY, DB_ARGS(db_i64(tenant_id)), &ignored,
                      &found, err) ||
        (found && !load_redemptions(&loading, after_id, last_id, &payers, err)))
        return error_context(err, "loading coupons");
    *ret_payers = payers;
    return true;
}

const struct coupon_payer *coupon_payer_find(const struct coupon_payers *payers, int64_t payer_id)
{
    size_t low = 0, high = payers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (payers->items[middle].payer_id < payer_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < payers->count && payers->items[low].payer_id == payer_id ? &payers->items[low]
                                                                          : NULL;
}

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    {                                                                                              \
        .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),        \
        .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)         \
    }

static const struct row_field applied_fields[] = {
    ROW_FIELD(struct coupon_applied_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_applied_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_applied_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_applied_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_applied_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_applied_row, currency, "currency"),
    ROW_FIELD(struct coupon_applied_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct coupon_applied_row, carried_minor, "carried_minor"),
};
const struct bulk_table COUPON_USE_ADD = TABLE("coupon_use_add", BULK_INSERT, "coupon_use",
                                               applied_fields, 5, struct coupon_applied_row);

static const struct row_field cut_fields[] = {
    ROW_FIELD(struct coupon_cut_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_cut_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_cut_row, line, "line"),
    ROW_FIELD(struct coupon_cut_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_cut_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_cut_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_cut_row, discount_minor, "discount_minor"),
};
const struct bulk_table COUPON_LINE_ADD =
    TABLE("coupon_line_add", BULK_INSERT, "coupon_line", cut_fields, 6, struct coupon_cut_row);

static const struct row_field discounted_fields[] = {
    ROW_FIELD(struct line_discounted_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct line_discounted_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct line_discounted_row, line, "line"),
    ROW_FIELD(struct line_discounted_row, discount_minor, "discount_minor"),
};
const struct bulk_table LINE_DISCOUNTED = {
    .name = "line_discounted",
    .kind = BULK_UPDATE,
    .table = "invoice_line",
    .fields = discounted_fields,
    .field_count = ARRAY_LEN(discounted_fields),
    .key_count = 3,
    .row_size = sizeof(struct line_discounted_row),
    .redo_when_missing = true, /* its draft was taken back with late usage */
};
