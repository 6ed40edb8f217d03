/* Commitments of contracts: a phase that is over, and of which everything is due that will be, has
 * what is missing to its commitment due, once (core/billing/contract.h). */
#ifndef BILLMILL_JOBS_ADVANCE_CONTRACTS_H
#define BILLMILL_JOBS_ADVANCE_CONTRACTS_H

#include "core/base/array.h"
#include "jobs/advance_item.h"

/* Nothing is asked where no customer of the chunk has a contract. */
MUST_CHECK bool advance_contracts_load(const struct job_ctx *ctx,
                                       const struct advance_memory *memory,
                                       struct advance_item *items, size_t count,
                                       struct arena *arena, struct error *err);

/* Of a phase that is over: what is missing to its commitment is due with the run for `due_on`, for
 * charges in arrears of that subscription may draw it until then. */
struct contract_wait {
    const struct contract_phase *phase;
    const char *subscription;
    struct date due_on; /* the last day of that run */
};
struct contract_waits ARRAY_OF(struct contract_wait);

/* Those of a customer, as they are after the run of that day, behind what the list has. In the
 * arena. */
MUST_CHECK bool advance_contracts_waiting(struct db *db, int64_t tenant_id,
                                          const struct billing_catalog *catalog,
                                          int64_t customer_id, struct date business_date,
                                          struct arena *arena, struct contract_waits *waits,
                                          struct error *err);

MUST_CHECK bool advance_contracts(const struct job_ctx *ctx, const struct advance_item *item,
                                  struct chunk *chunk, struct error *err);

#endif
