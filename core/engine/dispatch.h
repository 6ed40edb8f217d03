/* Sending what was intended: the run of a job that has kinds of effects (job.h). Its invariants:
 *
 *  1. SENDING first. An effect is claimed by one conditional UPDATE that raises its epoch, and the
 *     claim is committed before anything of it is said. Two workers never hold the same claim.
 *  2. Guarded end. What became of it is recorded under the epoch of the claim, together with the
 *     rows that follow, in one transaction; where another claim was made since, nothing is written.
 *  3. No second word unknowingly. Only what is known not to be carried out becomes an intent again,
 *     with the same key and the same bytes. A claim whose process died, whose lease is over or
 *     whose answer was lost is UNKNOWN: its kind asks before anything else is said, and where
 *     nobody can be asked a person decides (HELD).
 *  4. No call begins in the second half of a lease, and each may last a quarter of one: whoever
 *     takes over finds it ended. A kind whose calls take longer has longer leases.
 *  5. One at a time in a lane, in the order of the keys; what is undecided or held keeps its lane.
 *  6. Groups. One transaction records what has ended and claims what comes next; as large as keeps
 *     the commits a small part of the time, and at once where nobody can be asked. A connection
 *     that is lost in a COMMIT leaves claims nobody knows of: they are taken back, for nothing of
 *     them was begun, as of those that cannot be loaded; ends are written again and found to be
 * there.
 *  7. A provider that fails again and again is left alone for a while (dispatch_pace.h); one that
 *     lets nobody in (effect_kind.h, provider_shut), for the rest of the run.
 *     Calls are shared evenly by the providers that have more to be sent: a slow one does not keep
 *     the others waiting, and one that is alone has all of them, or as many as its kind allows.
 *  8. A run ends when nothing is due any more. It waits for pauses as long as something was
 *     achieved within the last `wait_s` seconds, else it ends with exit 75 and `resume` goes on;
 * with exit 3 where effects are held. What waits for a provider's decision is asked by a later run;
 * so is sent what a patient kind (effect_kind.h) tries again only behind DISPATCH_MUCH_LATER_S.
 * What waits for the configuration is looked at anew by each run, whatever its pause.
 * What there is no room for (a thread, for a mail) waits for a moment, and keeps nothing else.
 *  9. A first signal: nothing more is claimed or begun, calls under way may end, what has ended is
 *     recorded. What is still under way then is UNKNOWN.
 * 10. One that cannot be said, or recorded with what follows from it, because of what it is, is
 * held for a person by itself, with what the database said: it keeps nothing else from being
 * recorded. Trouble of the database ends the run (a connection lost, a disk full, no right to
 * write). */
#ifndef BILLMILL_ENGINE_DISPATCH_H
#define BILLMILL_ENGINE_DISPATCH_H

#include "core/engine/run_parts.h"

#define DISPATCH_CALLS 32  /* at the same time, unless the definition says otherwise */
#define DISPATCH_WAIT_S 60 /* the same */
#define DISPATCH_MUCH_LATER_S 600

/* Sends what is due, until nothing is. False with `err` when something is left that `resume` goes
 * on with, or when it was stopped. Counts held effects into run->execution. */
MUST_CHECK bool dispatch_effects(struct run *run, struct error *err);

/* Is anything of these kinds (ended by NULL) due to be sent or asked? Outside transactions. */
MUST_CHECK bool dispatch_is_due(struct db *db, const struct effect_kind *const *kinds,
                                bool *ret_due, struct error *err);

#endif
