/* Drafts that are taken back, so that they are made again with usage that came late (DOMAIN 3,
 * late_usage: reopen_draft). Nothing but a draft is ever taken back: finalized documents stay.
 *
 * Its rows go away as a whole: lines, taxes, what coupons took; its periods are due again, and
 * rating makes the draft anew under the same key. Whoever taxes or numbers it meanwhile finds it
 * gone and looks again, also who uses on another draft what its coupons have left; whoever takes it
 * back after somebody has numbered it, or used what its coupons left, finds that instead. */
#ifndef BILLMILL_STORES_REOPEN_STORE_H
#define BILLMILL_STORES_REOPEN_STORE_H

#include "core/stores/coupon_store.h"

struct reopen_period {
    int64_t subscription_id, price_id;
    struct date start_on;
    const char *kind;
};

struct reopen_draft {
    int64_t invoice_id;
    const char *draft_key;
    const struct reopen_period *periods; /* that it bills */
    size_t period_count;
    const struct coupon_changed_row *coupons; /* that were applied to it: they are free again */
    size_t coupon_count;
};

/* The draft that bills the period of a price from start_on on, due to runs of this business date
 * or before; *ret_draft NULL where it is billed by something finalized, or the draft cannot be made
 * again: later figures depend on it. In the arena. */
MUST_CHECK bool reopen_store_find(struct db *db, int64_t tenant_id,
                                  const struct reopen_period *period, struct date business_date,
                                  struct arena *arena, struct reopen_draft **ret_draft,
                                  struct error *err);

/* ---- what taking back writes: first the draft itself, so that it is ours; then what is its */

struct draft_gone_row {
    int64_t tenant_id, invoice_id;
};
extern const struct bulk_table DRAFT_GONE;       /* ERROR_RETRY where it is no draft any more */
extern const struct bulk_table DRAFT_LINES_GONE; /* these all of draft_gone_row */
extern const struct bulk_table DRAFT_TAXES_GONE;
extern const struct bulk_table DRAFT_COUPON_USES_GONE;
extern const struct bulk_table DRAFT_COUPON_LINES_GONE;
extern const struct bulk_table DRAFT_SHARES_GONE;

struct period_due_again_row {
    int64_t tenant_id, subscription_id, price_id;
    struct date start_on;
    const char *kind;
    int64_t invoice_id; /* DB_I64_NONE */
};
extern const struct bulk_table PERIOD_DUE_AGAIN;

#endif
