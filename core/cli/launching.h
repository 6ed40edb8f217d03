/* Launching a run and saying what came of it: the same words, JSON and exit codes for every command
 * that launches. */
#ifndef BILLMILL_CLI_LAUNCHING_H
#define BILLMILL_CLI_LAUNCHING_H

#include <jansson.h>

#include "core/cli/session.h"
#include "core/engine/launch.h"

/* launch() with progress on a terminal; with dry_run everything from here on is rolled back when
 * the session closes. Says nothing of the outcome. */
MUST_CHECK bool launching_start(struct session *session, const struct launch_request *request,
                                bool dry_run, struct launch_result *ret_result,
                                struct error *failure, struct error *err);

/* Of a run that is not there yet. The clock decides nothing of what is billed; but what is numbered
 * stays, and a year is soon mistyped: EXIT_USAGE for a business date that is more than three months
 * after today and after that for which the job was run last. */
MUST_CHECK bool launching_check_future(struct session *session,
                                       const struct launch_request *request, struct error *err);

/* The outcome on stdout, for people and as a new JSON object. */
void launching_print(struct session *session, const struct launch_result *result, bool dry_run);
json_t *launching_json(struct session *session, const struct launch_result *result,
                       const struct error *failure, bool dry_run);

/* All of it; returns the exit code. */
int launching_run(struct session *session, const struct launch_request *request, bool dry_run);

/* Of two exit codes the one that says more: a failure before parked items before done. */
int launching_worse(int a, int b);

#endif
