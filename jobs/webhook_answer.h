/* What an endpoint's answer means for an event. */
#ifndef BILLMILL_JOBS_WEBHOOK_ANSWER_H
#define BILLMILL_JOBS_WEBHOOK_ANSWER_H

#include "core/engine/effect_kind.h"

/* 2xx: done. 410: failed. All else, a lost answer too: again, after pauses that grow to a day or
 * what the endpoint asks for, and behind the last one failed; or behind three days, where it was
 * tried five times by then. `attempts` includes this one; tried_s: since the first. */
void webhook_take_answer(const struct wire_answer *answer, int64_t attempts, int64_t tried_s,
                         struct arena *arena, struct effect_move *ret_move);

#endif
