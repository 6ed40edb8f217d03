/* Payers who share redemptions: a customer who has untaxed drafts of his own, who pays for him
 * since, and who paid for him before and was billed lines of his. A redemption of the customer is
 * for the drafts of all of them, in invoice_draft_order; so each of them has all of their drafts,
 * and what belongs to these. Whoever has one redemption in common shares all. */
#ifndef BILLMILL_STORES_COUPON_FAMILIES_H
#define BILLMILL_STORES_COUPON_FAMILIES_H

#include "core/stores/coupon_store.h"

/* `payers` have what is their own, in the order of their ids; their families are found here. */
void coupon_families_join(struct coupon_payers *payers, struct arena *arena);

#endif
