/* Payers who share redemptions are taxed in one go, whatever ranges they are in: what a coupon
 * takes off the draft of one follows from what it took off those of the others, and from which of
 * them can be taxed at all. Whichever chunk comes to one of them first has the drafts of all; one
 * of another range that cannot be taxed is left to the chunk of that, which parks it. */
#ifndef BILLMILL_JOBS_TAX_SHARING_H
#define BILLMILL_JOBS_TAX_SHARING_H

#include "core/stores/coupon_store.h"
#include "core/stores/draft_store.h"

/* The drafts of a chunk. */
struct sharing_draft {
    int64_t payer_id; /* of the chunk's range: its own, or one who shares with its own */
    bool is_foreign;  /* of another range */
};
struct sharing_drafts {
    struct draft *drafts;
    const struct sharing_draft *sharing; /* of each */
    size_t count;
    const bool *has_foreign; /* by the family of a payer */
};

/* Puts the drafts of others behind those of the first payer ($after, $last] who shares with them.
 * `own`, of that range, are by their payers. In the arena. A statement or two for each of the
 * others, who are few. */
MUST_CHECK bool tax_sharing_load(struct db *db, int64_t tenant_id, struct date business_date,
                                 const struct coupon_payers *payers, const struct draft *own,
                                 size_t own_count, struct arena *arena,
                                 struct sharing_drafts *ret_all, struct error *err);

#endif
