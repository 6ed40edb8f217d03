/* Payers who share redemptions: a customer who has untaxed drafts of his own, and who pays for him
 * since. A redemption of the customer is for the drafts of both, in invoice_draft_order; so each of
 * them has all of their drafts, and what belongs to these. */
#ifndef BILLMILL_STORES_COUPON_FAMILIES_H
#define BILLMILL_STORES_COUPON_FAMILIES_H

#include "core/stores/coupon_store.h"

/* `payers` have what is their own, in the order of their ids. */
void coupon_families_join(struct coupon_payers *payers, struct arena *arena);

#endif
