/* By whose terms a price is charged to a customer: those that a phase of his contracts names, else
 * what the price is for him alone, else those with which it is listed. All of it is about the
 * customer whose subscription it is, whoever pays. */
#ifndef BILLMILL_STORES_CATALOG_TERMS_H
#define BILLMILL_STORES_CATALOG_TERMS_H

#include "core/stores/billing_catalog.h"

/* The terms of a day, of a version that is listed on it (never NULL), and the phase that covers the
 * charge (NULL: none does), whose discount it has in any case. NULL: the price that the phase names
 * has no version on the day. */
const struct catalog_price *catalog_terms_on(const struct billing_catalog *catalog,
                                             const struct catalog_price *listed,
                                             int64_t customer_id, struct date day,
                                             const struct contract_phase **ret_phase);

/* Once the prices are loaded: from when on each plan has prices in each currency. */
void catalog_terms_index(struct billing_catalog *catalog, struct arena *arena);

/* On which days the versions of the price hold (catalog_price_spans), cut where a phase that covers
 * it begins or ends, and where other terms that the customer has instead begin, change or end. A
 * customer with a `currency` (else NULL) is charged in it as soon as the plan has a price in it:
 * from that day on the others of the plan hold no longer for him. In the arena where he has any. */
struct price_spans catalog_price_spans_of(const struct billing_catalog *catalog, int64_t price_id,
                                          int64_t customer_id, const char *currency,
                                          struct arena *arena);

#endif
