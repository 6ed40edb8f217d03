/* Drafts of payers who share redemptions: see tax_sharing.h. */
#include "jobs/tax_sharing.h"

#include <stddef.h>

#include "core/base/array.h"

struct gathering {
    const struct coupon_payers *payers;
    const struct draft *own;
    size_t own_count;
    int64_t *first_ids; /* by family: the first of its payers who is of the range, 0: none is */
    bool *has_foreign;
    struct foreign ARRAY_OF(struct draft) foreign;
    struct foreign_sharing ARRAY_OF(struct sharing_draft) sharing;
    struct arena *arena;
};

static bool is_of_range(const struct gathering *gathering, int64_t payer_id)
{
    size_t low = array_first_of(gathering->own, gathering->own_count, sizeof *gathering->own,
                                offsetof(struct draft, customer_id), payer_id);
    return low < gathering->own_count && gathering->own[low].customer_id == payer_id;
}

static void find_first(struct gathering *gathering)
{
    for (size_t i = 0; i < gathering->payers->count; i++) {
        const struct coupon_payer *payer = &gathering->payers->items[i];
        if (gathering->first_ids[payer->family] == 0 && is_of_range(gathering, payer->payer_id))
            gathering->first_ids[payer->family] = payer->payer_id;
    }
}

static bool load_foreign(struct db *db, int64_t tenant_id, struct date business_date,
                         struct gathering *gathering, struct error *err)
{
    for (size_t i = 0; i < gathering->payers->count; i++) {
        const struct coupon_payer *payer = &gathering->payers->items[i];
        int64_t first_id = gathering->first_ids[payer->family];
        struct draft *drafts = NULL;
        size_t count = 0;
        if (first_id == 0 || is_of_range(gathering, payer->payer_id))
            continue;
        if (!draft_store_load_untaxed(db, tenant_id, payer->payer_id - 1, payer->payer_id, 1,
                                      business_date, gathering->arena, &drafts, &count, err))
            return false;
        for (size_t d = 0; d < count; d++) {
            ARRAY_ADD(gathering->arena, &gathering->foreign) = drafts[d];
            ARRAY_ADD(gathering->arena, &gathering->sharing) =
                (struct sharing_draft){first_id, true};
            gathering->has_foreign[payer->family] = true;
        }
    }
    return true;
}

static void add_foreign(const struct gathering *gathering, int64_t payer_id,
                        struct sharing_draft *sharing, struct sharing_drafts *all)
{
    for (size_t i = 0; i < gathering->foreign.count; i++)
        if (gathering->sharing.items[i].payer_id == payer_id) {
            sharing[all->count] = gathering->sharing.items[i];
            all->drafts[all->count++] = gathering->foreign.items[i];
        }
}

static void put_together(const struct gathering *gathering, struct sharing_drafts *all)
{
    size_t most = gathering->own_count + gathering->foreign.count;
    struct sharing_draft *sharing =
        ARENA_NEW_ARRAY(gathering->arena, struct sharing_draft, most + 1);
    all->drafts = ARENA_NEW_ARRAY(gathering->arena, struct draft, most + 1);
    all->sharing = sharing;
    for (size_t i = 0; i < gathering->own_count; i++) {
        const struct draft *draft = &gathering->own[i];
        sharing[all->count] = (struct sharing_draft){.payer_id = draft->customer_id};
        all->drafts[all->count++] = *draft;
        if (i + 1 == gathering->own_count || draft[1].customer_id != draft->customer_id)
            add_foreign(gathering, draft->customer_id, sharing, all);
    }
}

bool tax_sharing_load(struct db *db, int64_t tenant_id, struct date business_date,
                      const struct coupon_payers *payers, const struct draft *own, size_t own_count,
                      struct arena *arena, struct sharing_drafts *ret_all, struct error *err)
{
    struct gathering gathering = {
        .payers = payers,
        .own = own,
        .own_count = own_count,
        .first_ids = ARENA_NEW_ARRAY(arena, int64_t, payers->count + 1),
        .has_foreign = ARENA_NEW_ARRAY(arena, bool, payers->count + 1),
        .arena = arena,
    };
    find_first(&gathering);
    if (!load_foreign(db, tenant_id, business_date, &gathering, err))
        return false;
    *ret_all = (struct sharing_drafts){.has_foreign = gathering.has_foreign};
    put_together(&gathering, ret_all);
    return true;
}
