/* The drafts of a chunk of tax, with all that is asked of them: see tax_chunk.h. */
#include "jobs/tax_chunk.h"

#include <stddef.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/billing/give_back.h"
#include "jobs/environment.h"

static bool does_give_back(const struct draft *draft)
{
    for (size_t i = 0; i < draft->line_count; i++)
        if (give_back_does(draft->lines[i].kind, draft->lines[i].amount_minor < 0))
            return true;
    return false;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static struct giving_payers giving_payers(const struct draft *drafts, size_t count,
                                          struct arena *arena)
{
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    struct giving_payers payers = {.ids = ids};
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (does_give_back(&drafts[i]))
            ids[found++] = drafts[i].customer_id;
    if (found > 1)
        qsort(ids, found, sizeof *ids, compare_ids);
    for (size_t i = 0; i < found; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            ids[payers.count++] = ids[i];
    return payers;
}

static size_t **no_changes(const struct coupon_payers *payers, struct arena *arena)
{
    size_t **changed = (size_t **)arena_alloc_array(arena, payers->count + 1, sizeof(size_t *));
    for (size_t i = 0; i < payers->count; i++)
        changed[i] = ARENA_NEW_ARRAY(arena, size_t, payers->items[i].redemption_count + 1);
    return changed;
}

static struct tax_chooser chooser_of(const struct job_ctx *ctx, const struct taxing *taxing,
                                     struct arena *arena)
{
    return (struct tax_chooser){
        .catalog = taxing->tenant->catalog,
        .missing = job_environment(ctx)->settings->rules.missing_tax_rate,
        .origins = &taxing->origins,
        .arena = arena,
    };
}

bool taxing_choose(const struct job_ctx *ctx, const struct taxing *taxing,
                   const struct draft *draft, struct arena *arena, struct tax_line **ret_lines,
                   struct error *err)
{
    struct tax_chooser chooser = chooser_of(ctx, taxing, arena);
    struct tax_line *lines = ARENA_NEW_ARRAY(arena, struct tax_line, draft->line_count + 1);
    struct tax_choices *choices =
        NULL; /* of the line before: most lines have its category and day */
    for (size_t i = 0; i < draft->line_count; i++) {
        const struct stored_line *line = &draft->lines[i];
        if (i == 0 || !tax_choice_is_same(&chooser, draft, line, line - 1)) {
            choices = ARENA_NEW(arena, struct tax_choices);
            if (!tax_choice_make(&chooser, draft, line, choices, err))
                return error_context(err, "customer %s", draft->customer);
        }
        lines[i].taxes = choices->items;
        lines[i].tax_count = choices->count;
    }
    *ret_lines = lines;
    return true;
}

bool taxing_can(const struct job_ctx *ctx, const struct taxing *taxing, const struct draft *draft,
                struct arena *arena, bool *ret_can, struct error *err)
{
    struct tax_line *ignored = NULL;
    *ret_can = taxing_choose(ctx, taxing, draft, arena, &ignored, err);
    if (*ret_can)
        return true;
    if (err->kind != ERROR_ITEM)
        return false;
    error_clear(err);
    return true;
}

const struct draft_place *taxing_find(const struct taxing *taxing, int64_t invoice_id)
{
    size_t place = array_first_of(taxing->places, taxing->drafts.count, sizeof *taxing->places,
                                  offsetof(struct draft_place, invoice_id), invoice_id);
    bool is_there = place < taxing->drafts.count && taxing->places[place].invoice_id == invoice_id;
    return is_there ? &taxing->places[place] : NULL;
}

static int compare_places(const void *a, const void *b)
{
    return compare_ids(&((const struct draft_place *)a)->invoice_id,
                       &((const struct draft_place *)b)->invoice_id);
}

static bool add_items(const struct job_ctx *ctx, struct taxing *taxing, struct chunk *chunk,
                      struct error *err)
{
    const struct sharing_drafts *all = &taxing->drafts;
    size_t items = 0;
    taxing->places = ARENA_NEW_ARRAY(chunk_arena(chunk), struct draft_place, all->count + 1);
    for (size_t i = 0; i < all->count; i++) {
        const struct draft *draft = &all->drafts[i];
        bool is_item = true;
        if (all->sharing[i].is_foreign &&
            !taxing_can(ctx, taxing, draft, chunk_arena(chunk), &is_item, err))
            return false;
        taxing->places[i] =
            (struct draft_place){draft->invoice_id, i, is_item ? items++ : SIZE_MAX};
        if (!is_item)
            continue;
        struct chunk_item *item = chunk_add_item(
            chunk, job_number_key(chunk, all->sharing[i].payer_id), draft->draft_key, draft);
        item->has_at_stake = true;
        item->at_stake = money_of_minor(draft->subtotal_minor, draft->currency);
    }
    if (all->count > 1)
        qsort(taxing->places, all->count, sizeof *taxing->places, compare_places);
    return true;
}

bool taxing_load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct draft *drafts = NULL;
    size_t count = 0;
    const struct job_tenant *tenant = NULL;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    struct arena *arena = chunk_arena(chunk);
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_number_range(range, &after_id, &hi_id, err) ||
        !draft_store_load_untaxed(ctx->db, range->tenant_id, after_id, hi_id, range->limit,
                                  ctx->business_date, arena, &drafts, &count, err))
        return false;
    struct taxing *taxing = ARENA_NEW(arena, struct taxing);
    taxing->tenant = tenant;
    if (count > 0 &&
        !coupon_store_load(ctx->db, range->tenant_id, after_id, drafts[count - 1].customer_id,
                           ctx->business_date, giving_payers(drafts, count, arena), arena,
                           &taxing->coupons, err))
        return false;
    if (!tax_sharing_load(ctx->db, range->tenant_id, ctx->business_date, &taxing->coupons, drafts,
                          count, arena, &taxing->drafts, err) ||
        !tax_origins_load(ctx->db, range->tenant_id, taxing->drafts.drafts, taxing->drafts.count,
                          arena, &taxing->origins, err))
        return false;
    taxing->changed = no_changes(&taxing->coupons, arena);
    taxing->applied = (const struct applied_draft **)arena_alloc_array(
        arena, taxing->coupons.count + 1, sizeof(const struct applied_draft *));
    chunk_set_state(chunk, taxing);
    return add_items(ctx, taxing, chunk, err);
}
