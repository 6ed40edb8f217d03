/* Commitments of contracts: a phase that is over, and of which everything is due that will be, has
 * what is missing to its commitment due, once (core/billing/contract.h). */
#ifndef BILLMILL_JOBS_ADVANCE_CONTRACTS_H
#define BILLMILL_JOBS_ADVANCE_CONTRACTS_H

#include "jobs/advance_item.h"

/* Nothing is asked where no customer of the chunk has a contract. */
MUST_CHECK bool advance_contracts_load(const struct job_ctx *ctx,
                                       const struct advance_memory *memory,
                                       struct advance_item *items, size_t count,
                                       struct arena *arena, struct error *err);

MUST_CHECK bool advance_contracts(const struct job_ctx *ctx, const struct advance_item *item,
                                  struct chunk *chunk, struct error *err);

#endif
