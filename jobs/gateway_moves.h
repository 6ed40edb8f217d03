/* What kinds of effects share that talk to a payment gateway: the account, and what its outcomes
 * mean. */
#ifndef BILLMILL_JOBS_GATEWAY_MOVES_H
#define BILLMILL_JOBS_GATEWAY_MOVES_H

#include "core/engine/effect_kind.h"
#include "core/outside/gateway.h"

struct gateway_access {
    struct gateway_account account;
    int64_t absent_after_s; /* see gateway_effect_doubt */
    const char *unusable;   /* why; NULL: it can be used */
};

/* The account of the configuration, its secret read now. What is not right there is a matter of
 * that gateway alone. Texts in the arena or the settings. */
void gateway_access_of(const struct job_ctx *ctx, const char *gateway, struct arena *arena,
                       struct gateway_access *ret_access);

/* Without an account nothing is said: one that is to be sent, or asked for, waits. */
void gateway_effect_wait(const char *gateway, const char *unusable, bool asking,
                         struct arena *arena, struct effect_move *ret_move);

/* A result's place is in the arena: `detail` of what has ended is the struct gateway_result. */
void gateway_effect_move(const char *gateway, const struct gateway_move *move, struct arena *arena,
                         struct effect_move *ret_move);

/* Of a charge: a gateway without idempotency keys that was asked and has no such payment may still
 * be working on what was said last. So that counts only when nothing was said for absent_after_s;
 * until then nobody knows, and it is asked again. */
void gateway_effect_doubt(const struct gateway_access *access, const struct effect_out *effect,
                          struct effect_move *move);

#endif
