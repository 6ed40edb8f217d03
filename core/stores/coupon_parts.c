/* What coupons are loaded from: see coupon_parts.h. */
#include "core/stores/coupon_parts.h"

#include "core/base/array.h"
#include "core/billing/coupon_keep.h"

static const struct row_field redemption_fields[] = {
    ROW_FIELD(struct coupon_redemption, payer_id, "payer_id"),
    ROW_FIELD(struct coupon_redemption, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_redemption, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_redemption, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_redemption, coupon, "coupon"),
    ROW_FIELD(struct coupon_redemption, customer, "customer"),
    ROW_FIELD(struct coupon_redemption, subscription, "subscription"),
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
    ROW_FIELD(struct coupon_redemption, pays_id, "pays_id"),
    ROW_FIELD(struct coupon_redemption, purchases, "purchases"),
    ROW_FIELD(struct coupon_redemption, changes, "changes"),
};

static const struct row_field scope_fields[] = {
    ROW_FIELD(struct coupon_scope, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_scope, plan_id, "plan_id"),
    ROW_FIELD(struct coupon_scope, product_id, "product_id"),
};

static const struct row_field use_fields[] = {
    ROW_FIELD(struct coupon_past_use, payer_id, "payer_id"),
    ROW_FIELD(struct coupon_past_use, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_past_use, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_past_use, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_past_use, taken_minor, "taken_minor"),
    ROW_FIELD(struct coupon_past_use, draft_key, "draft_key"),
    ROW_FIELD(struct coupon_past_use, number, "number"),
    ROW_FIELD(struct coupon_past_use, corrects, "corrects"),
    ROW_FIELD(struct coupon_past_use, undone_on, "undone_on"),
    ROW_FIELD(struct coupon_past_use, again_on, "again_on"),
};

static const struct row_field draft_fields[] = {
    ROW_FIELD(struct coupon_draft, payer_id, "payer_id"),
    ROW_FIELD(struct coupon_draft, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_draft, draft_key, "draft_key"),
    ROW_FIELD(struct coupon_draft, corrects, "corrects"),
    ROW_FIELD(struct coupon_draft, currency, "currency"),
    ROW_FIELD(struct coupon_draft, cutoff_on, "cutoff_on"),
};

static const struct row_field line_fields[] = {
    ROW_FIELD(struct coupon_draft_line, payer_id, "payer_id"),
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
    ROW_FIELD(struct coupon_draft_line, price_id, "price_id"),
    ROW_FIELD(struct coupon_draft_line, charge_basis, "charge_basis"),
    ROW_FIELD(struct coupon_draft_line, full_start_on, "full_start_on"),
    ROW_FIELD(struct coupon_draft_line, full_end_on, "full_end_on"),
};

static const struct row_field before_fields[] = {
    ROW_FIELD(struct coupon_line_before, payer_id, "payer_id"),
    ROW_FIELD(struct coupon_line_before, keeping_invoice_id, "keeping_invoice_id"),
    ROW_FIELD(struct coupon_line_before, keeping_line, "keeping_line"),
    ROW_FIELD(struct coupon_line_before, draft_key, "draft_key"),
    ROW_FIELD(struct coupon_line_before, line, "line"),
    ROW_FIELD(struct coupon_line_before, kind, "kind"),
    ROW_FIELD(struct coupon_line_before, period_start_on, "period_start_on"),
    ROW_FIELD(struct coupon_line_before, period_end_on, "period_end_on"),
    ROW_FIELD(struct coupon_line_before, price_id, "price_id"),
    ROW_FIELD(struct coupon_line_before, charge_basis, "charge_basis"),
    ROW_FIELD(struct coupon_line_before, amount_minor, "amount_minor"),
    ROW_FIELD(struct coupon_line_before, discount_minor, "discount_minor"),
    ROW_FIELD(struct coupon_line_before, coupon_minor, "coupon_minor"),
    ROW_FIELD(struct coupon_line_before, is_turned, "is_turned"),
    ROW_FIELD(struct coupon_line_before, is_void, "is_void"),
    ROW_FIELD(struct coupon_line_before, is_given_back, "is_given_back"),
    ROW_FIELD(struct coupon_line_before, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_line_before, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_line_before, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_line_before, cut_minor, "cut_minor"),
    ROW_FIELD(struct coupon_line_before, is_kept, "is_kept"),
};

const struct coupon_statements COUPON_PARTS_OF_RANGE = {STMT_COUPON_REDEMPTIONS_LOAD,
                                                        STMT_COUPON_SCOPE_LOAD,
                                                        STMT_COUPON_USES_LOAD,
                                                        STMT_COUPON_DRAFTS_LOAD,
                                                        STMT_COUPON_LINES_LOAD,
                                                        STMT_COUPON_LINES_BEFORE,
                                                        COUPON_RANGE_ARGS,
                                                        COUPON_DRAFT_ARGS};
const struct coupon_statements COUPON_PARTS_OF_DOCUMENT = {STMT_COUPON_REDEMPTIONS_OF_DOCUMENT,
                                                           STMT_COUPON_SCOPE_OF_DOCUMENT,
                                                           STMT_COUPON_USES_OF_DOCUMENT,
                                                           STMT_COUPON_DOCUMENT_LOAD,
                                                           STMT_COUPON_LINES_OF_DOCUMENT,
                                                           STMT_COUPON_LINES_BEFORE_DOCUMENT,
                                                           COUPON_DOCUMENT_ARGS,
                                                           COUPON_DOCUMENT_ARGS};

static bool load_list(const struct coupon_parts *parts, enum statement_id statement,
                      size_t arg_count, const struct row_field *fields, size_t field_count,
                      size_t size, struct coupon_list *list, struct error *err)
{
    return rows_load_all(parts->db, statement, parts->args, arg_count, parts->arena, fields,
                         field_count, size, &list->items, &list->count, err);
}

bool coupon_parts_redemptions(struct coupon_parts *parts, struct error *err)
{
    const struct coupon_statements *statements = parts->statements;
    if (!load_list(parts, statements->redemptions, statements->range_args, redemption_fields,
                   ARRAY_LEN(redemption_fields), sizeof(struct coupon_redemption),
                   &parts->redemptions, err))
        return false;
    return parts->redemptions.count == 0 ||
           (load_list(parts, statements->scopes, statements->range_args, scope_fields,
                      ARRAY_LEN(scope_fields), sizeof(struct coupon_scope), &parts->scopes, err) &&
            load_list(parts, statements->uses, statements->range_args, use_fields,
                      ARRAY_LEN(use_fields), sizeof(struct coupon_past_use), &parts->uses, err));
}

bool coupon_parts_drafts(struct coupon_parts *parts, struct error *err)
{
    const struct coupon_statements *statements = parts->statements;
    return load_list(parts, statements->drafts, statements->draft_args, draft_fields,
                     ARRAY_LEN(draft_fields), sizeof(struct coupon_draft), &parts->drafts, err) &&
           load_list(parts, statements->lines, statements->draft_args, line_fields,
                     ARRAY_LEN(line_fields), sizeof(struct coupon_draft_line), &parts->lines, err);
}

static bool does_give_back(const struct coupon_parts *parts)
{
    const struct coupon_draft_line *lines = parts->lines.items;
    for (size_t i = 0; i < parts->lines.count; i++)
        if (give_back_does(lines[i].kind, lines[i].amount_minor < 0))
            return true;
    return false;
}

bool coupon_parts_billed(struct coupon_parts *parts, struct error *err)
{
    struct stored_billed_line *billed = NULL;
    if (!does_give_back(parts))
        return true;
    if (!give_back_store_load(parts->db, parts->args, parts->arena, &billed, &parts->billed.count,
                              err))
        return false;
    parts->billed.items = billed;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* With its payers, who may give nothing back now. */
bool coupon_parts_forgiven(struct coupon_parts *parts, struct error *err)
{
    struct stored_forgiven *forgiven = NULL;
    size_t count = 0, ids_count = parts->giving.count;
    if (!forgiven_store_load(parts->db, parts->args, parts->arena, &forgiven, &count, err))
        return false;
    parts->forgiven.items = forgiven;
    parts->forgiven.count = count;
    if (count == 0)
        return true;
    int64_t *ids = ARENA_NEW_ARRAY(parts->arena, int64_t, ids_count + count);
    for (size_t i = 0; i < ids_count; i++)
        ids[i] = parts->giving.ids[i];
    for (size_t i = 0; i < count; i++)
        ids[ids_count + i] = forgiven[i].payer_id;
    parts->giving.ids = ids;
    parts->giving.count = array_sort_once(ids, ids_count + count, sizeof *ids, compare_ids);
    return true;
}

/* What may replace others, or gives back, is mostly nothing. */
static bool may_have_before(const struct coupon_parts *parts)
{
    const struct coupon_draft_line *lines = parts->lines.items;
    for (size_t i = 0; i < parts->lines.count; i++)
        if (coupon_keep_may(lines[i].kind, false) ||
            give_back_does(lines[i].kind, lines[i].amount_minor < 0))
            return true;
    return false;
}

bool coupon_parts_before(struct coupon_parts *parts, struct error *err)
{
    size_t arg_count = parts->statements->draft_args;
    int64_t ignored;
    bool is_corrected = false;
    if (!may_have_before(parts))
        return true;
    if (!db_query_i64(parts->db, STMT_COUPON_CORRECTION_ANY, parts->args, 1, &ignored,
                      &is_corrected, err))
        return false;
    parts->args[arg_count] = db_i64(is_corrected);
    return load_list(parts, parts->statements->before, arg_count + 1, before_fields,
                     ARRAY_LEN(before_fields), sizeof(struct coupon_line_before), &parts->before,
                     err);
}
