/* The lives of subscriptions that are not simply their record: those with changes, those of which
 * something was taken back, those that end before what was made of them. Most chunks have none. */
#ifndef BILLMILL_STORES_LIFE_STORE_H
#define BILLMILL_STORES_LIFE_STORE_H

#include "core/billing/charge_slots.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/period_store.h"

/* A timeline without its terms, which are the caller's, and what was made of it. Plans and prices
 * are numbered by it: plan 0 is the subscription's own. */
struct stored_life {
    struct subscription_timeline timeline;
    const int64_t *price_ids; /* of the timeline's prices */
    struct slot_history history;
    const struct life_made *made; /* what is beside history.made of it, in any order */
    size_t made_count;
    const struct life_made *begun; /* what is beside history.begun, in its order */
};

/* Of what was made: the instant that its end meant then, and who pays it. Usage that was billed
 * before its end has the entry that a reversal of it takes back. */
struct life_made {
    struct slot_entry entry;
    int64_t end_at_us;
    int64_t payer_id;
};

/* Who pays the entry. What takes back is of who was billed what it takes back, whoever pays now (a
 * credit may be of what is charged by `entries`, those of this run); so is what is charged in place
 * of that, for the same price and first day: he keeps what was right of it. Everything else is of
 * who pays now. */
int64_t life_payer(const struct stored_life *life, const struct slot_entries *entries,
                   const struct slot_entry *entry, int64_t now);

/* The instant of a date of the zone; where something made of the price ended on it, the one that it
 * meant then: what is made begins or ends there. */
int64_t stored_life_instant(const struct stored_life *life, size_t price, const struct zone *zone,
                            struct date date);

/* The gaps of the slot as its row keeps them; NULL: none. In the arena. */
const char *stored_life_gaps_text(const struct stored_life *life, const struct charge_slot *slot,
                                  const struct zone *zone, struct arena *arena);

/* The lives of the subscriptions, in their order, by two queries. `history.since` is the
 * subscription's life_since. ERROR_RUN where a change names a plan that is not there. In the
 * arena. */
MUST_CHECK bool life_store_load(struct db *db, int64_t tenant_id,
                                const struct advance_subscription *const *subscriptions,
                                size_t count, const struct billing_catalog *catalog,
                                struct arena *arena, struct stored_life **ret_lives,
                                struct error *err);

#endif
