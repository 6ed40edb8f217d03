/* Which workers of an instance are dead, where several may write (PostgreSQL). Nothing here makes a
 * write right or wrong: the fence does (run.h, invariant 2). What is found dead is only recorded as
 * crashed, and its partitions need not wait for the end of their lease. */
#ifndef BILLMILL_ENGINE_LIVENESS_H
#define BILLMILL_ENGINE_LIVENESS_H

#include "core/engine/engine.h"

/* In the open transaction: executions of this instance that ended without a word become "crashed".
 * A worker of this host is asked for by its process; one of another host counts as dead when it
 * was seen longer than a lease ago and holds none; with LIVENESS_HERE_ONLY it is left alone. */
#define LIVENESS_HERE_ONLY INT32_MAX
MUST_CHECK bool liveness_bury(const struct engine *engine, int64_t instance_id, int32_t lease_s,
                              struct error *err);

/* Does nobody work on any instance? EXIT_OWNED names the first that does, or may: one of another
 * host that was seen less than an hour ago, or holds a lease. */
MUST_CHECK bool liveness_nobody_works(const struct engine *engine, struct error *err);

/* Does nobody work on this job for another business key? EXIT_OWNED names who does: what is due is
 * due to both, and the second would find it taken. Who is dead is judged as in liveness_bury. Where
 * the id of an execution was reserved in the open transaction, nobody else begins meanwhile. */
MUST_CHECK bool liveness_job_is_free(const struct engine *engine, const char *job,
                                     const char *business_key, int32_t lease_s, struct error *err);

/* Outside transactions: owners of claimed effects whose process, of this host, is gone. In the
 * arena. */
MUST_CHECK bool liveness_dead_senders(const struct engine *engine, struct arena *arena,
                                      const char *const **ret_owners, size_t *ret_count,
                                      struct error *err);

/* Outside transactions, by a worker that holds no partition but waits: its execution, and that of
 * its pipeline (DB_I64_NONE: none), were seen now. What cannot be said now is said the next time.
 */
void liveness_say(const struct engine *engine, int64_t execution_id, int64_t pipeline_execution_id);

/* Partitions that a dead process of this host holds: their lease ends now. Outside transactions; a
 * COMMIT of the dead may arrive late, so whoever waits asks again. */
MUST_CHECK bool liveness_free_partitions(const struct engine *engine, int64_t instance_id,
                                         struct error *err);

#endif
