/* Payers who share redemptions: see coupon_families.h. */
#include "core/stores/coupon_families.h"

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
    int order = compare_numbers(left->subscription_id, right->subscription_id);
    if (order == 0)
        order = date_compare(left->period_start_on, right->period_start_on);
    if (order == 0)
        order = strcmp(left->draft_key, right->draft_key);
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

static size_t find(const struct coupon_payers *payers, int64_t payer_id)
{
    const struct coupon_payer *payer = coupon_payer_find(payers, payer_id);
    return payer == NULL ? SIZE_MAX : (size_t)(payer - payers->items);
}

/* Whose redemptions somebody has besides his own belongs to him; and nobody has any of those of
 * who pays for himself. */
static bool find_families(struct coupon_payers *payers)
{
    bool found = false;
    for (size_t i = 0; i < payers->count; i++) {
        const struct coupon_payer *payer = &payers->items[i];
        for (size_t r = 0; r < payer->redemption_count; r++) {
            int64_t owner_id = payer->redemptions[r].customer_id;
            size_t owner = owner_id == payer->payer_id ? SIZE_MAX : find(payers, owner_id);
            if (owner == SIZE_MAX)
                continue;
            payers->items[owner].family = i;
            found = true;
        }
    }
    return found;
}

/* What is theirs, one after the other. */
struct gathered {
    struct drafts ARRAY_OF(struct coupon_draft) drafts;
    struct billed ARRAY_OF(struct stored_billed_line) billed;
    struct forgiven ARRAY_OF(struct stored_forgiven) forgiven;
    struct befores ARRAY_OF(struct coupon_line_before) before;
};

static void gather(const struct coupon_payer *payer, struct gathered *all, struct arena *arena)
{
    for (size_t i = 0; i < payer->draft_count; i++)
        ARRAY_ADD(arena, &all->drafts) = payer->drafts[i];
    for (size_t i = 0; i < payer->billed_count; i++)
        ARRAY_ADD(arena, &all->billed) = payer->billed[i];
    for (size_t i = 0; i < payer->forgiven_count; i++)
        ARRAY_ADD(arena, &all->forgiven) = payer->forgiven[i];
    for (size_t i = 0; i < payer->before_count; i++)
        ARRAY_ADD(arena, &all->before) = payer->before[i];
}

/* As the customer has it himself; NULL: he has no drafts. */
static const struct coupon_redemption *own_redemption(const struct coupon_payers *payers,
                                                      const struct coupon_redemption *redemption)
{
    size_t owner = find(payers, redemption->customer_id);
    for (size_t i = 0; owner != SIZE_MAX && i < payers->items[owner].redemption_count; i++) {
        const struct coupon_redemption *own = &payers->items[owner].redemptions[i];
        if (own->coupon_id == redemption->coupon_id &&
            own->customer_id == redemption->customer_id &&
            own->subscription_id == redemption->subscription_id)
            return own;
    }
    return NULL;
}

/* Who pays has those of all of them, in their order. */
static const struct coupon_redemption *redemptions_of(const struct coupon_payers *payers,
                                                      size_t head, struct arena *arena)
{
    const struct coupon_payer *payer = &payers->items[head];
    struct coupon_redemption *redemptions =
        ARENA_NEW_ARRAY(arena, struct coupon_redemption, payer->redemption_count + 1);
    for (size_t i = 0; i < payer->redemption_count; i++) {
        const struct coupon_redemption *own = own_redemption(payers, &payer->redemptions[i]);
        redemptions[i] = payer->redemptions[i];
        if (own != NULL)
            redemptions[i].own_purchases = own->purchases;
    }
    return redemptions;
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
        .redemptions = redemptions_of(payers, head, arena),
        .redemption_count = payers->items[head].redemption_count,
        .drafts = all.drafts.items,
        .draft_count = ONCE(all.drafts, compare_drafts),
        .billed = all.billed.items,
        .billed_count = ONCE(all.billed, compare_billed),
        .forgiven = all.forgiven.items,
        .forgiven_count = ONCE(all.forgiven, compare_forgiven),
        .before = all.before.items,
        .before_count = ONCE(all.before, compare_before),
    };
    for (size_t i = 0; i < payers->count; i++)
        if (payers->items[i].family == head) {
            family.payer_id = payers->items[i].payer_id;
            payers->items[i] = family;
        }
}

void coupon_families_join(struct coupon_payers *payers, struct arena *arena)
{
    if (!find_families(payers))
        return;
    bool *is_head = ARENA_NEW_ARRAY(arena, bool, payers->count);
    for (size_t i = 0; i < payers->count; i++)
        if (payers->items[i].family != i)
            is_head[payers->items[i].family] = true;
    for (size_t i = 0; i < payers->count; i++)
        if (is_head[i])
            join(payers, i, arena);
}
