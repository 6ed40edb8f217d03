/* Loading coupons for tax: see coupon_store.h. */
#include "core/stores/coupon_store.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/billing/coupon_keep.h"
#include "core/billing/invoice.h"
#include "core/stores/coupon_families.h"

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

/* Rows of all payers, payer by payer, and how many of them are given out. */
struct list {
    void *items;
    size_t count;
    size_t next;
};

enum { RANGE_ARGS = 4, DRAFT_ARGS, DOCUMENT_ARGS = 2 };

/* By which the parts are asked for. */
struct part_statements {
    enum statement_id redemptions, scopes, uses, drafts, lines, before;
    size_t range_args, draft_args;
};
static const struct part_statements of_range = {STMT_COUPON_REDEMPTIONS_LOAD,
                                                STMT_COUPON_SCOPE_LOAD,
                                                STMT_COUPON_USES_LOAD,
                                                STMT_COUPON_DRAFTS_LOAD,
                                                STMT_COUPON_LINES_LOAD,
                                                STMT_COUPON_LINES_BEFORE,
                                                RANGE_ARGS,
                                                DRAFT_ARGS};
static const struct part_statements of_document = {STMT_COUPON_REDEMPTIONS_OF_DOCUMENT,
                                                   STMT_COUPON_SCOPE_OF_DOCUMENT,
                                                   STMT_COUPON_USES_OF_DOCUMENT,
                                                   STMT_COUPON_DOCUMENT_LOAD,
                                                   STMT_COUPON_LINES_OF_DOCUMENT,
                                                   STMT_COUPON_LINES_BEFORE_DOCUMENT,
                                                   DOCUMENT_ARGS,
                                                   DOCUMENT_ARGS};

struct loading {
    struct db *db;
    const struct part_statements *statements;
    struct db_value
        args[DRAFT_ARGS + 1]; /* tenant, after, last, day; whether drafts of all are wanted; or
                                 tenant, document; then whether anything was ever corrected */
    struct arena *arena;
    struct giving_payers giving;
    size_t next_giving;
    struct list redemptions;
    struct list scopes; /* by coupon_id */
    struct list uses;   /* in the order of their redemptions */
    struct list drafts;
    struct list lines; /* in the order of their drafts */
    struct list billed;
    struct list forgiven;
    struct list before;
};

static bool load_list(const struct loading *loading, enum statement_id statement, size_t arg_count,
                      const struct row_field *fields, size_t field_count, size_t size,
                      struct list *list, struct error *err)
{
    return rows_load_all(loading->db, statement, loading->args, arg_count, loading->arena, fields,
                         field_count, size, &list->items, &list->count, err);
}

static bool load_redemptions(struct loading *loading, struct error *err)
{
    const struct part_statements *statements = loading->statements;
    if (!load_list(loading, statements->redemptions, statements->range_args, redemption_fields,
                   ARRAY_LEN(redemption_fields), sizeof(struct coupon_redemption),
                   &loading->redemptions, err))
        return false;
    return loading->redemptions.count == 0 ||
           (load_list(loading, statements->scopes, statements->range_args, scope_fields,
                      ARRAY_LEN(scope_fields), sizeof(struct coupon_scope), &loading->scopes,
                      err) &&
            load_list(loading, statements->uses, statements->range_args, use_fields,
                      ARRAY_LEN(use_fields), sizeof(struct coupon_past_use), &loading->uses, err));
}

static bool load_drafts(struct loading *loading, struct error *err)
{
    const struct part_statements *statements = loading->statements;
    return load_list(loading, statements->drafts, statements->draft_args, draft_fields,
                     ARRAY_LEN(draft_fields), sizeof(struct coupon_draft), &loading->drafts, err) &&
           load_list(loading, statements->lines, statements->draft_args, line_fields,
                     ARRAY_LEN(line_fields), sizeof(struct coupon_draft_line), &loading->lines,
                     err);
}

static bool does_give_back(const struct loading *loading)
{
    const struct coupon_draft_line *lines = loading->lines.items;
    for (size_t i = 0; i < loading->lines.count; i++)
        if (give_back_does(lines[i].kind, lines[i].amount_minor < 0))
            return true;
    return false;
}

static bool load_billed(struct loading *loading, struct error *err)
{
    struct stored_billed_line *billed = NULL;
    if (!does_give_back(loading))
        return true;
    if (!give_back_store_load(loading->db, loading->args, loading->arena, &billed,
                              &loading->billed.count, err))
        return false;
    loading->billed.items = billed;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* With its payers, who may give nothing back now. */
static bool load_forgiven(struct loading *loading, struct error *err)
{
    struct stored_forgiven *forgiven = NULL;
    size_t count = 0, ids_count = loading->giving.count;
    if (!forgiven_store_load(loading->db, loading->args, loading->arena, &forgiven, &count, err))
        return false;
    loading->forgiven.items = forgiven;
    loading->forgiven.count = count;
    if (count == 0)
        return true;
    int64_t *ids = ARENA_NEW_ARRAY(loading->arena, int64_t, ids_count + count);
    for (size_t i = 0; i < ids_count; i++)
        ids[i] = loading->giving.ids[i];
    for (size_t i = 0; i < count; i++)
        ids[ids_count + i] = forgiven[i].payer_id;
    loading->giving.ids = ids;
    loading->giving.count = array_sort_once(ids, ids_count + count, sizeof *ids, compare_ids);
    return true;
}

/* What may replace others, or gives back, is mostly nothing. */
static bool may_have_before(const struct loading *loading)
{
    const struct coupon_draft_line *lines = loading->lines.items;
    for (size_t i = 0; i < loading->lines.count; i++)
        if (coupon_keep_may(lines[i].kind, false) ||
            give_back_does(lines[i].kind, lines[i].amount_minor < 0))
            return true;
    return false;
}

static bool load_before(struct loading *loading, struct error *err)
{
    size_t arg_count = loading->statements->draft_args;
    int64_t ignored;
    bool is_corrected = false;
    if (!may_have_before(loading))
        return true;
    if (!db_query_i64(loading->db, STMT_COUPON_CORRECTION_ANY, loading->args, 1, &ignored,
                      &is_corrected, err))
        return false;
    loading->args[arg_count] = db_i64(is_corrected);
    return load_list(loading, loading->statements->before, arg_count + 1, before_fields,
                     ARRAY_LEN(before_fields), sizeof(struct coupon_line_before), &loading->before,
                     err);
}

/* ---------------------------------------------------------------- given out to their payers */

static void take_scopes(const struct loading *loading, struct coupon_redemption *redemption)
{
    const struct coupon_scope *scopes = loading->scopes.items;
    size_t low = array_first_of(scopes, loading->scopes.count, sizeof *scopes,
                                offsetof(struct coupon_scope, coupon_id), redemption->coupon_id);
    size_t end = low;
    while (end < loading->scopes.count && scopes[end].coupon_id == redemption->coupon_id)
        end++;
    redemption->scopes = end == low ? NULL : &scopes[low];
    redemption->scope_count = end - low;
}

static bool is_use_of(const struct coupon_past_use *use, const struct coupon_redemption *redemption)
{
    return use->payer_id == redemption->payer_id && use->coupon_id == redemption->coupon_id &&
           use->customer_id == redemption->customer_id &&
           use->subscription_id == redemption->subscription_id;
}

static void take_uses(struct list *list, struct coupon_redemption *redemption)
{
    const struct coupon_past_use *uses = list->items;
    size_t first = list->next;
    while (list->next < list->count && is_use_of(&uses[list->next], redemption))
        list->next++;
    redemption->use_count = list->next - first;
    redemption->uses = redemption->use_count == 0 ? NULL : &uses[first];
}

static void take_redemptions(struct loading *loading, struct coupon_payer *payer)
{
    struct list *list = &loading->redemptions;
    struct coupon_redemption *all = list->items;
    size_t first = list->next;
    for (; list->next < list->count && all[list->next].payer_id == payer->payer_id; list->next++) {
        take_scopes(loading, &all[list->next]);
        take_uses(&loading->uses, &all[list->next]);
    }
    payer->redemption_count = list->next - first;
    payer->redemptions = payer->redemption_count == 0 ? NULL : &all[first];
}

static void take_lines(struct list *list, struct coupon_draft *draft)
{
    const struct coupon_draft_line *all = list->items;
    while (list->next < list->count && all[list->next].payer_id < draft->payer_id)
        list->next++; /* of one who was not asked for */
    size_t first = list->next;
    while (list->next < list->count && all[list->next].invoice_id == draft->invoice_id)
        list->next++;
    draft->line_count = list->next - first;
    draft->lines = draft->line_count == 0 ? NULL : &all[first];
}

static int compare_drafts(const void *a, const void *b)
{
    return invoice_draft_order(((const struct coupon_draft *)a)->draft_key,
                               ((const struct coupon_draft *)b)->draft_key);
}

static void take_drafts(struct loading *loading, struct coupon_payer *payer)
{
    struct list *list = &loading->drafts;
    struct coupon_draft *all = list->items;
    while (list->next < list->count && all[list->next].payer_id < payer->payer_id)
        list->next++;
    size_t first = list->next;
    for (; list->next < list->count && all[list->next].payer_id == payer->payer_id; list->next++)
        take_lines(&loading->lines, &all[list->next]);
    payer->draft_count = list->next - first;
    if (payer->draft_count > 1)
        qsort(&all[first], payer->draft_count, sizeof *all, compare_drafts);
    payer->drafts = payer->draft_count == 0 ? NULL : &all[first];
}

static void take_billed(struct list *list, struct coupon_payer *payer)
{
    const struct stored_billed_line *all = list->items;
    while (list->next < list->count && all[list->next].payer_id < payer->payer_id)
        list->next++;
    size_t first = list->next;
    while (list->next < list->count && all[list->next].payer_id == payer->payer_id)
        list->next++;
    payer->billed_count = list->next - first;
    payer->billed = payer->billed_count == 0 ? NULL : &all[first];
}

static void take_forgiven(struct list *list, struct coupon_payer *payer)
{
    const struct stored_forgiven *all = list->items;
    while (list->next < list->count && all[list->next].payer_id < payer->payer_id)
        list->next++;
    size_t first = list->next;
    while (list->next < list->count && all[list->next].payer_id == payer->payer_id)
        list->next++;
    payer->forgiven_count = list->next - first;
    payer->forgiven = payer->forgiven_count == 0 ? NULL : &all[first];
}

static void take_before(struct list *list, struct coupon_payer *payer)
{
    const struct coupon_line_before *all = list->items;
    while (list->next < list->count && all[list->next].payer_id < payer->payer_id)
        list->next++;
    size_t first = list->next;
    while (list->next < list->count && all[list->next].payer_id == payer->payer_id)
        list->next++;
    payer->before_count = list->next - first;
    payer->before = payer->before_count == 0 ? NULL : &all[first];
}

/* The next payer of the redemptions or of `giving`, which are both in order; false after the last.
 */
static bool next_payer(struct loading *loading, int64_t *ret_payer_id)
{
    const struct list *list = &loading->redemptions;
    const struct coupon_redemption *redemptions = list->items;
    const struct giving_payers *giving = &loading->giving;
    bool has_redemption = list->next < list->count;
    if (loading->next_giving < giving->count &&
        (!has_redemption ||
         giving->ids[loading->next_giving] <= redemptions[list->next].payer_id)) {
        *ret_payer_id = giving->ids[loading->next_giving++];
        return true;
    }
    if (has_redemption)
        *ret_payer_id = redemptions[list->next].payer_id;
    return has_redemption;
}

static void give_out(struct loading *loading, struct coupon_payers *payers)
{
    size_t most = loading->redemptions.count + loading->giving.count;
    int64_t payer_id;
    payers->items = ARENA_NEW_ARRAY(loading->arena, struct coupon_payer, most + 1);
    while (next_payer(loading, &payer_id)) {
        struct coupon_payer *payer = &payers->items[payers->count++];
        *payer = (struct coupon_payer){.payer_id = payer_id};
        take_redemptions(loading, payer);
        take_drafts(loading, payer);
        take_billed(&loading->billed, payer);
        take_forgiven(&loading->forgiven, payer);
        take_before(&loading->before, payer);
    }
}

/* What is to be read of these payers, and what was found of all. */
struct range {
    struct db *db;
    int64_t tenant_id, after_id, last_id;
    const char *day;
    struct giving_payers giving;
    struct arena *arena;
    struct found_payers ARRAY_OF(struct coupon_payer) found;
    struct sharing_ids ARRAY_OF(int64_t) sharing; /* who may share redemptions with them */
};

static bool is_found(const struct range *range, int64_t payer_id)
{
    for (size_t i = 0; i < range->found.count; i++)
        if (range->found.items[i].payer_id == payer_id)
            return true;
    return false;
}

static void add_sharing(struct range *range, int64_t payer_id)
{
    for (size_t i = 0; i < range->sharing.count; i++)
        if (range->sharing.items[i] == payer_id)
            return;
    ARRAY_ADD(range->arena, &range->sharing) = payer_id;
}

/* Redemptions of whose lines were billed to who does not pay for him today. */
static bool find_former(const struct loading *loading, struct range *range)
{
    const struct coupon_redemption *redemptions = loading->redemptions.items;
    bool found = false;
    for (size_t i = 0; i < loading->redemptions.count; i++) {
        const struct coupon_redemption *redemption = &redemptions[i];
        if (redemption->customer_id == redemption->payer_id ||
            redemption->pays_id == redemption->payer_id)
            continue;
        add_sharing(range, redemption->pays_id);
        found = true;
    }
    return found;
}

static bool find_sharing(const struct loading *loading, struct range *range, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = false;
    if (loading->redemptions.count == 0)
        return true;
    if (!db_query(range->db, STMT_COUPON_SHARING, loading->args, RANGE_ARGS, &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return true;
        add_sharing(range, db_rows_i64(rows, 0));
    }
    return false;
}

static void add_found(const struct coupon_payers *payers, struct range *range)
{
    bool is_first = range->found.count == 0;
    for (size_t i = 0; i < payers->count; i++)
        if (is_first || !is_found(range, payers->items[i].payer_id))
            ARRAY_ADD(range->arena, &range->found) = payers->items[i];
}

static bool load_range(struct range *range, struct error *err)
{
    struct loading loading = {
        .db = range->db,
        .statements = &of_range,
        .args = {db_i64(range->tenant_id), db_i64(range->after_id), db_i64(range->last_id),
                 db_text(range->day), db_i64(0)},
        .arena = range->arena,
        .giving = range->giving
    };
    struct coupon_payers payers = {0};
    if (!load_redemptions(&loading, err) || !load_forgiven(&loading, err) ||
        !find_sharing(&loading, range, err))
        return false;
    bool is_former = find_former(&loading, range);
    loading.args[RANGE_ARGS] = db_i64(loading.giving.count > 0 || is_former);
    if (loading.redemptions.count == 0 && loading.giving.count == 0)
        return true;
    if (!load_drafts(&loading, err) || !load_billed(&loading, err) ||
        (loading.redemptions.count > 0 && !load_before(&loading, err)))
        return false;
    give_out(&loading, &payers);
    add_found(&payers, range);
    return true;
}

static int compare_payers(const void *a, const void *b)
{
    const struct coupon_payer *left = a, *right = b;
    return left->payer_id < right->payer_id ? -1 : left->payer_id > right->payer_id;
}

bool coupon_store_load(struct db *db, int64_t tenant_id, int64_t after_id, int64_t last_id,
                       struct date business_date, struct giving_payers giving, struct arena *arena,
                       struct coupon_payers *ret_payers, struct error *err)
{
    struct date_text day = date_text(business_date);
    struct range range = {.db = db,
                          .tenant_id = tenant_id,
                          .after_id = after_id,
                          .last_id = last_id,
                          .day = day.text,
                          .giving = giving,
                          .arena = arena};
    int64_t ignored;
    bool found = false;
    if (!db_query_i64(db, STMT_COUPON_OR_CORRECTION_ANY, DB_ARGS(db_i64(tenant_id)), &ignored,
                      &found, err) ||
        (found && !load_range(&range, err)))
        return error_context(err, "loading coupons");
    range.giving = (struct giving_payers){0};
    for (size_t i = 0; i < range.sharing.count; i++) {
        range.last_id = range.sharing.items[i];
        range.after_id = range.last_id - 1;
        if (!is_found(&range, range.last_id) && !load_range(&range, err))
            return error_context(err, "loading coupons of customer %" PRId64, range.last_id);
    }
    if (range.found.count > 1)
        qsort(range.found.items, range.found.count, sizeof *range.found.items, compare_payers);
    *ret_payers = (struct coupon_payers){range.found.items, range.found.count};
    coupon_families_join(ret_payers, arena);
    return true;
}

bool coupon_store_load_document(struct db *db, int64_t tenant_id, int64_t invoice_id,
                                struct arena *arena, struct coupon_payer *ret_payer,
                                struct error *err)
{
    struct loading loading = {
        .db = db,
        .statements = &of_document,
        .args = {db_i64(tenant_id), db_i64(invoice_id)},
        .arena = arena
    };
    struct coupon_payer payer = {0};
    if (!load_redemptions(&loading, err) ||
        (loading.redemptions.count > 0 &&
         (!load_drafts(&loading, err) || !load_before(&loading, err))))
        return error_context(err, "loading coupons");
    if (loading.redemptions.count > 0) {
        payer.payer_id = ((const struct coupon_redemption *)loading.redemptions.items)->payer_id;
        take_redemptions(&loading, &payer);
        take_drafts(&loading, &payer);
        take_before(&loading.before, &payer);
    }
    *ret_payer = payer;
    return true;
}

int64_t coupon_redemption_purchases(const struct coupon_redemption *redemption, int64_t payer_id)
{
    for (size_t i = 0; i < redemption->sharing_count; i++)
        if (redemption->sharing[i].payer_id == payer_id)
            return redemption->sharing[i].purchases;
    return redemption->purchases;
}

const struct coupon_payer *coupon_payer_find(const struct coupon_payers *payers, int64_t payer_id)
{
    size_t low = array_first_of(payers->items, payers->count, sizeof *payers->items,
                                offsetof(struct coupon_payer, payer_id), payer_id);
    return low < payers->count && payers->items[low].payer_id == payer_id ? &payers->items[low]
                                                                          : NULL;
}
