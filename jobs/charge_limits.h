/* May a method be charged when its turn has come? Whoever intended a charge has looked at it, but
 * others of the same customer have ended since.
 *
 * 1. A method that was declined for good, until the customer acts, or too often within the days of
 * the networks' cap, whichever invoice that was for, is not charged: the attempt is canceled.
 * 2. Of one customer at one gateway one charge is under way at a time, and what became of it counts
 * for the next one; one whose answer is lost is waited for too. */
#ifndef BILLMILL_JOBS_CHARGE_LIMITS_H
#define BILLMILL_JOBS_CHARGE_LIMITS_H

#include "jobs/charge_request.h"

/* Of effects of one tenant and one provider, as claimed, those that are to be sent; their requests
 * beside them, without customer: it could not be read. In the arena. */
MUST_CHECK bool charge_limits_load(const struct job_ctx *ctx, const struct effect_out *effects,
                                   const struct charge_request *const *requests, size_t count,
                                   struct arena *arena, const char **ret_limits, struct error *err);

/* True: it is canceled, with that code, or has to wait for its turn, by *ret_move; without limit
 * neither. */
bool charge_limits_refuse(const char *limit, struct effect_move *ret_move);

#endif
