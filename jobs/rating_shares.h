/* Whose usage a line is of, kept with it (core/billing/usage_share.h). */
#ifndef BILLMILL_JOBS_RATING_SHARES_H
#define BILLMILL_JOBS_RATING_SHARES_H

#include "core/engine/job.h"
#include "core/stores/usage_share_store.h"

/* What came since the earlier lines of the period: `shares` begins as all of it. Lines that the
 * same chunk makes are taken off by rating_shares_less. */
MUST_CHECK bool rating_shares_begin(const struct rating_period *period, struct arena *arena,
                                    struct usage_shares *shares, struct error *err);

/* Less those of a line, or without any its quantity, which was nobody's. A line that is not there
 * yet counts as it will be kept, so that nothing depends on what the same chunk makes. */
MUST_CHECK bool rating_shares_less(struct usage_shares *shares, const struct usage_shares *of_line,
                                   struct decimal quantity, struct arena *arena, struct error *err);

/* Of a reversal, line by line that it takes back: with those of the line, or without any its
 * quantity. */
MUST_CHECK bool rating_shares_with(struct usage_shares *shares, const struct usage_shares *of_line,
                                   struct decimal quantity, struct arena *arena, struct error *err);

/* Rows of a line; none where it is nobody's. */
void rating_shares_append(const struct usage_shares *shares, int64_t tenant_id, int64_t invoice_id,
                          int64_t line, struct chunk *chunk);

#endif
