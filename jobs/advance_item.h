/* What the files of period-advance share: an item, which is a customer with all of his
 * subscriptions, and what all ways to make a period need. */
#ifndef BILLMILL_JOBS_ADVANCE_ITEM_H
#define BILLMILL_JOBS_ADVANCE_ITEM_H

#include "core/billing/subscription_periods.h"
#include "core/calendar/zone.h"
#include "core/engine/job.h"
#include "core/stores/contract_ledger.h"
#include "core/stores/life_store.h"
#include "core/stores/period_store.h"
#include "core/stores/reopen_store.h"
#include "jobs/environment.h"

struct advance_memory {
    struct job_tenant tenant;
    struct zone_cache *zones;
};

/* A customer with the zone of each subscription, NULL where its name is no zone, and with its life,
 * NULL where the subscription is no more than its record, and with the phases of his contracts.
 * Where late usage waits for a person, the customer's item has none, and each of its late periods
 * is an item behind it. */
struct advance_item {
    const struct advance_customer *customer;
    const struct zone **zones;
    const struct stored_life **lives;
    const struct advance_late *late;
    size_t late_count;
    const struct reopen_draft **drafts; /* of each, that is taken back for it; NULL: none */
    const char *waiting;                /* of a late period: why; NULL: the customer's item */
    struct contract_phases contracts;
    const struct zone *contract_zone; /* of the customer; NULL where its name is no zone */
    const struct contract_mades *true_ups_made; /* of all customers of the chunk */
};

/* What is taken back in this run: late usage of it is billed by what takes its place. */
struct reversal {
    int64_t subscription_id, price_id;
    struct date start_on;
};

struct reversals ARRAY_OF(struct reversal);

/* In the job's memory, made when it is first asked for. */
struct advance_memory *advance_memory_of(const struct job_ctx *ctx);

/* *ret_zone is NULL where the name is no zone of this system. */
MUST_CHECK bool advance_load_zone(const struct advance_memory *memory, const char *name,
                                  const struct zone **ret_zone, struct error *err);

struct period_run advance_run_of(const struct job_ctx *ctx);

/* How the period is prorated, for its row: in the chunk's arena. */
MUST_CHECK bool advance_proration_text(enum proration_basis basis, const struct zone *zone,
                                       struct period full, struct period period,
                                       struct chunk *chunk, const char **ret_text,
                                       struct error *err);

/* What the subscription has become since the states that are stored. */
MUST_CHECK bool advance_append_states(const struct job_ctx *ctx, int64_t tenant_id,
                                      const struct advance_subscription *subscription,
                                      const struct subscription_terms *terms, struct chunk *chunk,
                                      struct error *err);

#endif
