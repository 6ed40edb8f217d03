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
    const struct life_end *ends; /* up to which instants its prices are made */
    size_t end_count;
};

/* The local date on which something made of a price ended, and the instant that it meant then. */
struct life_end {
    size_t price;
    struct date date;
    int64_t at_us;
};

/* The lives of the subscriptions, in their order, by two queries. `history.since` is the
 * subscription's life_since. ERROR_RUN where a change names a plan that is not there. In the
 * arena. */
MUST_CHECK bool life_store_load(struct db *db, int64_t tenant_id,
                                const struct advance_subscription *const *subscriptions,
                                size_t count, const struct billing_catalog *catalog,
                                struct arena *arena, struct stored_life **ret_lives,
                                struct error *err);

#endif
