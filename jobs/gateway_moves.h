/* What kinds of effects share that talk to a payment gateway: the account, and what its outcomes
 * mean. */
#ifndef BILLMILL_JOBS_GATEWAY_MOVES_H
#define BILLMILL_JOBS_GATEWAY_MOVES_H

#include "core/engine/effect_kind.h"
#include "core/outside/gateway.h"

/* The account of the configuration, its secret read now. EXIT_CONFIG: there is none. Texts in the
 * arena or the settings. */
MUST_CHECK bool gateway_account_of(const struct job_ctx *ctx, const char *gateway,
                                   struct arena *arena, struct gateway_account *ret_account,
                                   struct error *err);

/* A result's place is in the arena: `detail` of what has ended is the struct gateway_result. */
void gateway_effect_move(const char *gateway, const struct gateway_move *move, struct arena *arena,
                         struct effect_move *ret_move);

#endif
