/* verify credits: every balance is the sum of its transactions. */
#ifndef BILLMILL_CLI_VERIFY_CREDITS_H
#define BILLMILL_CLI_VERIFY_CREDITS_H

#include "core/cli/session.h"

/* Prints the proof; *ret_code is EXIT_DATA where anything is not as it must be. */
MUST_CHECK bool verify_credits(struct cli *cli, struct session *session, const char *tenant,
                               int *ret_code, struct error *err);

#endif
