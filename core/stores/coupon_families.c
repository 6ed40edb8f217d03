/* Payers who share redemptions: see coupon_families.h. */
#include "core/stores/coupon_families.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/billing/invoice.h"

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_drafts(const void *a, const void *b)
{
    return invoice_draft_order(((const struct coupon_draft *)a)->draft_key,
                               ((const struct coupon_draft *)b)->draft_key);
}

/* By what gives back, then by what it is given back of. */
static int compare_billed(const void *a, const void *b)
{
    const struct stored_billed_line *left = a, *right = b;
    int order = compare_numbers(left->giving_invoice_id, right->giving_invoice_id);
    if (order == 0)
        order = compare_numbers(left->giving_line, right->giving_line);
    if (order == 0)
        order = strcmp(left->draft_key, right->draft_key);
    return order != 0 ? order : compare_numbers(left->line, right->line);
}

static int compare_forgiven(const void *a, const void *b)
{
    const struct stored_forgiven *left = a, *right = b;
    int order = compare_numbers(left->document_id, right->document_id);
    return order != 0 ? order : compare_numbers(left->line, right->line);
}

/* By the lines that keep, then by what they may replace; once for each coupon. */
static int compare_before(const void *a, const void *b)
{
    const struct coupon_line_before *left = a, *right = b;
    int order = compare_numbers(left->keeping_invoice_id, right->keeping_invoice_id);
    if (order == 0)
        order = compare_numbers(left->keeping_line, right->keeping_line);
    if (order == 0)
        order = strcmp(left->draft_key, right->draft_key);
    if (order == 0)
        order = compare_numbers(left->line, right->line);
    if (order == 0)
        order = compare_numbers(left->coupon_id, right->coupon_id);
    if (order == 0)
        order = compare_numbers(left->customer_id, right->customer_id);
    return order != 0 ? order : compare_numbers(left->subscription_id, right->subscription_id);
}

/* In the order in which they apply; a redemption beside itself, as each payer has it. */
static int compare_redemptions(const void *a, const void *b)
{
    const struct coupon_redemption *left = a, *right = b;
    int order = date_compare(left->at_on, right->at_on);
    if (order == 0)
        order = strcmp(left->coupon, right->coupon);
    if (order == 0)
        order = strcmp(left->customer, right->customer);
    if (order == 0)
        order = strcmp(left->subscription, right->subscription);
    return order != 0 ? order : compare_numbers(left->payer_id, right->payer_id);
}

static bool is_same(const struct coupon_redemption *a, const struct coupon_redemption *b)
{
    return a->coupon_id == b->coupon_id && a->customer_id == b->customer_id &&
           a->subscription_id == b->subscription_id;
}

static size_t head_of(const struct coupon_payers *payers, size_t payer)
{
    while (payers->items[payer].family != payer)
        payer = payers->items[payer].family;
    return payer;
}

/* The first of them is the head of all. */
static void unite(struct coupon_payers *payers, int64_t a_id, int64_t b_id)
{
    size_t a = head_of(payers, (size_t)(coupon_payer_find(payers, a_id) - payers->items));
    size_t b = head_of(payers, (size_t)(coupon_payer_find(payers, b_id) - payers->items));
    payers->items[a > b ? a : b].family = a > b ? b : a;
}

static bool find_families(struct coupon_payers *payers, struct arena *arena)
{
    struct redemptions ARRAY_OF(struct coupon_redemption) all = {0};
    bool found = false;
    for (size_t i = 0; i < payers->count; i++) {
        payers->items[i].family = i;
        for (size_t r = 0; r < payers->items[i].redemption_count; r++)
            ARRAY_ADD(arena, &all) = payers->items[i].redemptions[r];
    }
    if (all.count > 1)
        qsort(all.items, all.count, sizeof *all.items, compare_redemptions);
    for (size_t i = 1; i < all.count; i++)
        if (is_same(&all.items[i - 1], &all.items[i])) {
            unite(payers, all.items[i - 1].payer_id, all.items[i].payer_id);
            found = true;
        }
    for (size_t i = 0; i < payers->count; i++)
        payers->items[i].family = head_of(payers, i);
    return found;
}

/* What is theirs, one after the other. */
struct gathered {
    struct redemptions ARRAY_OF(struct coupon_redemption) redemptions;
    struct drafts ARRAY_OF(struct coupon_draft) drafts;
    struct billed ARRAY_OF(struct stored_billed_line) billed;
    struct forgiven ARRAY_OF(struct stored_forgiven) forgiven;
    struct befores ARRAY_OF(struct coupon_line_before) before;
};

static void gather(const struct coupon_payer *payer, struct gathered *all, struct arena *arena)
{
    for (size_t i = 0; i < payer->redemption_count; i++)
        ARRAY_ADD(arena, &all->redemptions) = payer->redemptions[i];
    for (size_t i = 0; i < payer->draft_count; i++)
        ARRAY_ADD(arena, &all->drafts) = payer->drafts[i];
    for (size_t i = 0; i < payer->billed_count; i++)
        ARRAY_ADD(arena, &all->billed) = payer->billed[i];
    for (size_t i = 0; i < payer->forgiven_count; i++)
        ARRAY_ADD(arena, &all->forgiven) = payer->forgiven[i];
    for (size_t i = 0; i < payer->before_count; i++)
        ARRAY_ADD(arena, &all->before) = payer->before[i];
}

/* Each once, with who has it. */
static void share_redemptions(struct gathered *all, struct coupon_payer *family,
                              struct arena *arena)
{
    struct coupon_redemption *sharing = all->redemptions.items;
    size_t count = all->redemptions.count;
    struct coupon_redemption *redemptions =
        ARENA_NEW_ARRAY(arena, struct coupon_redemption, count + 1);
    if (count > 1)
        qsort(sharing, count, sizeof *sharing, compare_redemptions);
    family->redemptions = redemptions;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !is_same(&sharing[i - 1], &sharing[i])) {
            redemptions[family->redemption_count] = sharing[i];
            redemptions[family->redemption_count++].sharing = &sharing[i];
        }
        redemptions[family->redemption_count - 1].sharing_count++;
    }
}

#define ONCE(list, compare)                                                                        \
    array_sort_once((list).items, (list).count, sizeof *(list).items, compare)

static void join(struct coupon_payers *payers, size_t head, struct arena *arena)
{
    struct gathered all = {0};
    for (size_t i = 0; i < payers->count; i++)
        if (payers->items[i].family == head)
            gather(&payers->items[i], &all, arena);
    struct coupon_payer family = {
        .family = head,
        .drafts = all.drafts.items,
        .draft_count = ONCE(all.drafts, compare_drafts),
        .billed = all.billed.items,
        .billed_count = ONCE(all.billed, compare_billed),
        .forgiven = all.forgiven.items,
        .forgiven_count = ONCE(all.forgiven, compare_forgiven),
        .before = all.before.items,
        .before_count = ONCE(all.before, compare_before),
    };
    share_redemptions(&all, &family, arena);
    for (size_t i = 0; i < payers->count; i++)
        if (payers->items[i].family == head) {
            family.payer_id = payers->items[i].payer_id;
            payers->items[i] = family;
        }
}

void coupon_families_join(struct coupon_payers *payers, struct arena *arena)
{
    if (!find_families(payers, arena))
        return;
    bool *is_head = ARENA_NEW_ARRAY(arena, bool, payers->count);
    for (size_t i = 0; i < payers->count; i++)
        if (payers->items[i].family != i)
            is_head[payers->items[i].family] = true;
    for (size_t i = 0; i < payers->count; i++)
        if (is_head[i])
            join(payers, i, arena);
}
