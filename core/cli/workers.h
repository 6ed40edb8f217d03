/* Several workers of one launch on this host, where several may write (PostgreSQL): processes that
 * claim partitions of the run as those of other hosts do. The parent works on nothing itself:
 *
 * 1. It begins the launch once, closes its connection and forks; every process has a connection of
 *    its own, opened after the fork.
 * 2. SIGINT and SIGTERM are handed on, and a worker that was asked to stop stops the others: each
 *    finishes or rolls back its open chunk and releases what it holds. The second signal is the end
 *    at once. A worker that gets the first one besides, from whoever signals all processes of a
 *    service, ends as orderly. Workers whose parent dies are told the same by the kernel, so nobody
 * works on alone.
 * 3. What counts in the end is the state of the run in the database: a worker that was killed does
 *    not fail a run that the others finished. */
#ifndef BILLMILL_CLI_WORKERS_H
#define BILLMILL_CLI_WORKERS_H

#include "core/cli/session.h"
#include "core/engine/launch.h"

/* As launch(), with session->workers processes; afterwards the session is connected again,
 * unless the database does not answer. */
MUST_CHECK bool workers_launch(struct session *session, const struct launch_request *request,
                               struct launch_result *ret_result, struct error *failure,
                               struct error *err);

/* What a worker leaves behind in memory that it shares with its parent. */
struct worker_report {
    bool reported; /* false: it ended without a word */
    int64_t at_ms; /* when it ended, by the clock of this boot */
    struct error failure;
};

/* From the run's state (result->execution.exit_code, EXIT_TEMPORARY when it is not finished) and
 * the reports to the outcome: a finished run has no failure; else the signal, or the earliest
 * report that says why, is it. Sets result->execution.exit_code. stop_signal 0: none. */
void workers_judge(const struct worker_report *reports, int32_t count, int stop_signal,
                   struct launch_result *result, struct error *failure);

#endif
