/* Loading coupons for tax, and giving them out to their payers: see coupon_store.h. */
#include "core/stores/coupon_store.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/billing/invoice.h"
#include "core/stores/coupon_families.h"
#include "core/stores/coupon_parts.h"

/* ---------------------------------------------------------------- given out to their payers */

static void take_scopes(const struct coupon_parts *parts, struct coupon_redemption *redemption)
{
    const struct coupon_scope *scopes = parts->scopes.items;
    size_t low = array_first_of(scopes, parts->scopes.count, sizeof *scopes,
                                offsetof(struct coupon_scope, coupon_id), redemption->coupon_id);
    size_t end = low;
    while (end < parts->scopes.count && scopes[end].coupon_id == redemption->coupon_id)
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

static void take_uses(struct coupon_list *list, struct coupon_redemption *redemption)
{
    const struct coupon_past_use *uses = list->items;
    size_t first = list->next;
    while (list->next < list->count && is_use_of(&uses[list->next], redemption))
        list->next++;
    redemption->use_count = list->next - first;
    redemption->uses = redemption->use_count == 0 ? NULL : &uses[first];
}

static void take_redemptions(struct coupon_parts *parts, struct coupon_payer *payer)
{
    struct coupon_list *list = &parts->redemptions;
    struct coupon_redemption *all = list->items;
    size_t first = list->next;
    for (; list->next < list->count && all[list->next].payer_id == payer->payer_id; list->next++) {
        take_scopes(parts, &all[list->next]);
        take_uses(&parts->uses, &all[list->next]);
    }
    payer->redemption_count = list->next - first;
    payer->redemptions = payer->redemption_count == 0 ? NULL : &all[first];
}

static void take_lines(struct coupon_list *list, struct coupon_draft *draft)
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

static void take_drafts(struct coupon_parts *parts, struct coupon_payer *payer)
{
    struct coupon_list *list = &parts->drafts;
    struct coupon_draft *all = list->items;
    while (list->next < list->count && all[list->next].payer_id < payer->payer_id)
        list->next++;
    size_t first = list->next;
    for (; list->next < list->count && all[list->next].payer_id == payer->payer_id; list->next++)
        take_lines(&parts->lines, &all[list->next]);
    payer->draft_count = list->next - first;
    if (payer->draft_count > 1)
        qsort(&all[first], payer->draft_count, sizeof *all, compare_drafts);
    payer->drafts = payer->draft_count == 0 ? NULL : &all[first];
}

/* Of a list by payers: the payer's part; NULL: none. */
static const void *part_of(const struct coupon_list *list, size_t size, size_t payer_offset,
                           int64_t payer_id, size_t *ret_count)
{
    size_t first = array_first_of(list->items, list->count, size, payer_offset, payer_id);
    size_t end = array_first_of(list->items, list->count, size, payer_offset, payer_id + 1);
    *ret_count = end - first;
    return end == first ? NULL : (const char *)list->items + first * size;
}
#define PART_OF(list, type, payer, ret_count)                                                      \
    part_of(&(list), sizeof(type), offsetof(type, payer_id), (payer)->payer_id, ret_count)

static void take_others(const struct coupon_parts *parts, struct coupon_payer *payer)
{
    payer->billed = PART_OF(parts->billed, struct stored_billed_line, payer, &payer->billed_count);
    payer->forgiven =
        PART_OF(parts->forgiven, struct stored_forgiven, payer, &payer->forgiven_count);
    payer->before = PART_OF(parts->before, struct coupon_line_before, payer, &payer->before_count);
}

/* The next payer of the redemptions or of `giving`, which are both in order; false after the last.
 */
static bool next_payer(struct coupon_parts *parts, int64_t *ret_payer_id)
{
    const struct coupon_list *list = &parts->redemptions;
    const struct coupon_redemption *redemptions = list->items;
    const struct giving_payers *giving = &parts->giving;
    bool has_redemption = list->next < list->count;
    if (parts->next_giving < giving->count &&
        (!has_redemption || giving->ids[parts->next_giving] <= redemptions[list->next].payer_id)) {
        *ret_payer_id = giving->ids[parts->next_giving++];
        return true;
    }
    if (has_redemption)
        *ret_payer_id = redemptions[list->next].payer_id;
    return has_redemption;
}

static void give_out(struct coupon_parts *parts, struct coupon_payers *payers)
{
    size_t most = parts->redemptions.count + parts->giving.count;
    int64_t payer_id;
    payers->items = ARENA_NEW_ARRAY(parts->arena, struct coupon_payer, most + 1);
    while (next_payer(parts, &payer_id)) {
        struct coupon_payer *payer = &payers->items[payers->count++];
        *payer = (struct coupon_payer){.payer_id = payer_id};
        take_redemptions(parts, payer);
        take_drafts(parts, payer);
        take_others(parts, payer);
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
static bool find_former(const struct coupon_parts *parts, struct range *range)
{
    const struct coupon_redemption *redemptions = parts->redemptions.items;
    bool found = false;
    for (size_t i = 0; i < parts->redemptions.count; i++) {
        const struct coupon_redemption *redemption = &redemptions[i];
        if (redemption->customer_id == redemption->payer_id ||
            redemption->pays_id == redemption->payer_id)
            continue;
        add_sharing(range, redemption->pays_id);
        found = true;
    }
    return found;
}

static bool find_sharing(const struct coupon_parts *parts, struct range *range, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = false;
    if (parts->redemptions.count == 0)
        return true;
    if (!db_query(range->db, STMT_COUPON_SHARING, parts->args, COUPON_RANGE_ARGS, &rows, err))
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
    struct coupon_parts parts = {
        .db = range->db,
        .statements = &COUPON_PARTS_OF_RANGE,
        .args = {db_i64(range->tenant_id), db_i64(range->after_id), db_i64(range->last_id),
                 db_text(range->day), db_i64(0)},
        .arena = range->arena,
        .giving = range->giving
    };
    struct coupon_payers payers = {0};
    if (!coupon_parts_redemptions(&parts, err) || !coupon_parts_forgiven(&parts, err) ||
        !find_sharing(&parts, range, err))
        return false;
    bool is_former = find_former(&parts, range);
    parts.args[COUPON_RANGE_ARGS] = db_i64(parts.giving.count > 0 || is_former);
    if (parts.redemptions.count == 0 && parts.giving.count == 0)
        return true;
    if (!coupon_parts_drafts(&parts, err) || !coupon_parts_billed(&parts, err) ||
        (parts.redemptions.count > 0 && !coupon_parts_before(&parts, err)))
        return false;
    give_out(&parts, &payers);
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
    struct coupon_parts parts = {
        .db = db,
        .statements = &COUPON_PARTS_OF_DOCUMENT,
        .args = {db_i64(tenant_id), db_i64(invoice_id)},
        .arena = arena
    };
    struct coupon_payer payer = {0};
    if (!coupon_parts_redemptions(&parts, err) ||
        (parts.redemptions.count > 0 &&
         (!coupon_parts_drafts(&parts, err) || !coupon_parts_before(&parts, err))))
        return error_context(err, "loading coupons");
    if (parts.redemptions.count > 0) {
        payer.payer_id = ((const struct coupon_redemption *)parts.redemptions.items)->payer_id;
        take_redemptions(&parts, &payer);
        take_drafts(&parts, &payer);
        take_others(&parts, &payer);
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
