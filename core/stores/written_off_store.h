/* What drafts with a negative total give back of invoices that were written off: as far as these
 * stay so, it is owed to nobody (core/billing/settlement.h, rule 2). Such drafts are few: each is
 * looked at by itself, where anything was ever written off. */
#ifndef BILLMILL_STORES_WRITTEN_OFF_STORE_H
#define BILLMILL_STORES_WRITTEN_OFF_STORE_H

#include "core/stores/draft_store.h"

/* Lowers what they owe to their customers, by a credit that is applied: both below zero, as their
 * totals. Of each subscription the lines of a draft count together, for what is charged anew is
 * part of what is given back less. Drafts follow from each other in this order; those that are no
 * credit notes, or credit an invoice that is named, stay as they are. */
MUST_CHECK bool written_off_store_apply(struct db *db, int64_t tenant_id, enum rounding rounding,
                                        struct draft *drafts, size_t count, struct arena *arena,
                                        struct error *err);

#endif
