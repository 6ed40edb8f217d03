/* Taking drafts back: see reopen_store.h. */
#include "core/stores/reopen_store.h"

static const struct row_field draft_fields[] = {
    ROW_FIELD(struct reopen_draft, invoice_id, "invoice_id"),
    ROW_FIELD(struct reopen_draft, draft_key, "draft_key"),
};

static const struct row_field period_fields[] = {
    ROW_FIELD(struct reopen_period, subscription_id, "subscription_id"),
    ROW_FIELD(struct reopen_period, price_id, "price_id"),
    ROW_FIELD(struct reopen_period, start_on, "start_on"),
    ROW_FIELD(struct reopen_period, kind, "kind"),
};

static const struct row_field coupon_fields[] = {
    ROW_FIELD(struct coupon_changed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_changed_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_changed_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_changed_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_changed_row, changes, "changes"),
    ROW_FIELD(struct coupon_changed_row, changes_then, "changes_then"),
};

static bool load_coupons(struct db *db, int64_t tenant_id, struct arena *arena,
                         struct reopen_draft *draft, struct error *err)
{
    void *coupons = NULL;
    if (!rows_load_all(db, STMT_REOPEN_COUPONS,
                       DB_ARGS(db_i64(tenant_id), db_i64(draft->invoice_id)), arena, coupon_fields,
                       ARRAY_LEN(coupon_fields), sizeof(struct coupon_changed_row), &coupons,
                       &draft->coupon_count, err))
        return error_context(err, "loading the coupons of draft %s", draft->draft_key);
    draft->coupons = coupons;
    return true;
}

bool reopen_store_find(struct db *db, int64_t tenant_id, const struct reopen_period *period,
                       struct date business_date, struct arena *arena,
                       struct reopen_draft **ret_draft, struct error *err)
{
    void *drafts = NULL;
    void *periods = NULL;
    size_t count = 0;
    *ret_draft = NULL;
    if (!rows_load_all(db, STMT_REOPEN_DRAFT,
                       DB_ARGS(db_i64(tenant_id), db_i64(period->subscription_id),
                               db_i64(period->price_id), db_text(date_text(period->start_on).text),
                               db_text(date_text(business_date).text)),
                       arena, draft_fields, ARRAY_LEN(draft_fields), sizeof(struct reopen_draft),
                       &drafts, &count, err))
        return error_context(err, "looking for a draft with late usage");
    if (count == 0)
        return true;
    struct reopen_draft *draft = drafts;
    if (!rows_load_all(db, STMT_REOPEN_PERIODS,
                       DB_ARGS(db_i64(tenant_id), db_i64(draft->invoice_id)), arena, period_fields,
                       ARRAY_LEN(period_fields), sizeof(struct reopen_period), &periods,
                       &draft->period_count, err))
        return error_context(err, "loading the periods of draft %s", draft->draft_key);
    draft->periods = periods;
    *ret_draft = draft;
    return load_coupons(db, tenant_id, arena, draft, err);
}

static const struct row_field gone_fields[] = {
    ROW_FIELD(struct draft_gone_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_gone_row, invoice_id, "invoice_id"),
};

#define GONE(table_name, sql_table)                                                                \
    .name = (table_name), .kind = BULK_DELETE, .table = (sql_table), .fields = gone_fields,        \
    .field_count = ARRAY_LEN(gone_fields), .key_count = ARRAY_LEN(gone_fields),                    \
    .row_size = sizeof(struct draft_gone_row)

const struct bulk_table DRAFT_GONE = {GONE("draft_gone", "invoice"), .guard = "status = 'draft'",
                                      .redo_when_missing = true};
const struct bulk_table DRAFT_LINES_GONE = {GONE("draft_lines_gone", "invoice_line")};
const struct bulk_table DRAFT_TAXES_GONE = {GONE("draft_taxes_gone", "invoice_tax")};
const struct bulk_table DRAFT_SHARES_GONE = {GONE("draft_shares_gone", "usage_share")};
const struct bulk_table DRAFT_COUPON_USES_GONE = {GONE("draft_coupon_uses_gone", "coupon_use")};
const struct bulk_table DRAFT_COUPON_LINES_GONE = {GONE("draft_coupon_lines_gone", "coupon_line")};

static const struct row_field due_again_fields[] = {
    ROW_FIELD(struct period_due_again_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct period_due_again_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct period_due_again_row, price_id, "price_id"),
    ROW_FIELD(struct period_due_again_row, start_on, "start_on"),
    ROW_FIELD(struct period_due_again_row, kind, "kind"),
    ROW_FIELD(struct period_due_again_row, invoice_id, "invoice_id"),
};

const struct bulk_table PERIOD_DUE_AGAIN = {
    .name = "period_due_again",
    .kind = BULK_UPDATE,
    .table = "billing_period",
    .fields = due_again_fields,
    .field_count = ARRAY_LEN(due_again_fields),
    .key_count = 5,
    .row_size = sizeof(struct period_due_again_row),
};
