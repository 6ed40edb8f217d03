/* show credits: a customer's grants, every movement of them, and what is left. */
#ifndef BILLMILL_CLI_SHOW_CREDITS_H
#define BILLMILL_CLI_SHOW_CREDITS_H

#include "core/cli/session.h"

/* Of the customer of that name; `tenant` NULL: there is one alone. EXIT_USAGE where there is none,
 * or several. */
MUST_CHECK bool show_credits(struct session *session, const char *customer, const char *tenant,
                             bool json, struct error *err);

#endif
