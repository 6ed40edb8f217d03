/* When to try again, when to leave a provider alone, whose turn it is, and how much to claim at
 * once: whole numbers in and out, no clock. Times are milliseconds of any clock that does not go
 * back. */
#ifndef BILLMILL_ENGINE_DISPATCH_PACE_H
#define BILLMILL_ENGINE_DISPATCH_PACE_H

#include <stdint.h>

#include "core/base/compiler.h"

/* The pause before attempt `attempts` + 1 of that key: half a second, doubled with each attempt up
 * to an hour, and up to a quarter less or more by the digest of key and attempt: the same on every
 * host, and not the same for all. */
int64_t effect_backoff_ms(const char *effect_key, int64_t attempts);

/* The pause that a move asks for (pause_s), a day at most; 0 where it asks for none. */
int64_t effect_pause_ms(int64_t pause_s);

/* A breaker: after so many failures in a row a provider is left alone for a pause; then one call
 * tries, and its end closes the breaker or doubles the pause. */
#define BREAKER_FAILURES 8
#define BREAKER_PAUSE_MS 2000
#define BREAKER_PAUSE_MAX_MS 60000

struct breaker {
    int32_t failures;      /* in a row */
    int64_t open_until_ms; /* 0: closed */
    int64_t pause_ms;      /* of the last time */
    bool tries;            /* one call is under way */
};

/* Is it left alone now? Behind the pause it is not: for one call. */
bool breaker_is_open(const struct breaker *breaker, int64_t now_ms);

/* May another call begin? Who is told so begins one, or takes it back by breaker_untry. */
void breaker_untry(struct breaker *breaker);
bool breaker_allows(struct breaker *breaker, int64_t now_ms);

/* A call ended. pause_ms: what the provider asked for; 0: nothing. */
void breaker_note(struct breaker *breaker, bool failed, int64_t pause_ms, int64_t now_ms);

/* How many to claim ahead the next time, so that a transaction comes every twenty of its own
 * durations: 5 % of the time, in which answers wait half of it on the average. At most doubled or
 * halved, between `least` and `most`. period_ms: since the transaction before. */
int64_t pace_claims(int64_t claims, int64_t commit_us, int64_t period_us, int64_t least,
                    int64_t most);

/* What a provider has. */
struct pace_load {
    int64_t under_way; /* calls */
    int64_t ready;     /* claimed, to be begun */
    bool has_more;     /* something is ready, or may be claimed */
    int64_t calls_max; /* that it takes at the same time; 0: any number */
};

/* An even part of `calls` for each of those that have more, at least one. */
int64_t pace_share(const struct pace_load *loads, size_t count, int64_t calls);

/* How many more a provider may be given that has `own` of `all` that are under way or
 * claimed: of those that have more each has its share of what there are calls for and `ahead`.
 * Whose kind may have only fewer ahead, `own_ahead`, has his share of that, whatever the others
 * have. */
struct pace_taken {
    int64_t calls, ahead, own_ahead;
    int64_t own, all;
};
int64_t pace_room(const struct pace_load *loads, size_t count, size_t place,
                  const struct pace_taken *taken);

/* Whose call begins next, by index; -1: nobody's. It is who has the fewest under way of those with
 * one ready that take another one, of equals the next behind `last` (who began last; -1: nobody).
 * Beyond its share a provider gets only what the others that have more do not need to reach theirs:
 * a slow one does not keep them waiting, and one that is alone has all. */
int32_t pace_next(const struct pace_load *loads, size_t count, int64_t calls, int32_t last);

#endif
