/* show payment: what was paid, by whom, and what became of it. */
#ifndef BILLMILL_CLI_SHOW_PAYMENT_H
#define BILLMILL_CLI_SHOW_PAYMENT_H

#include "core/cli/session.h"

/* By its gateway_reference; `tenant` NULL: one alone has it. EXIT_USAGE where there is none, or
 * several. */
MUST_CHECK bool show_payment(struct session *session, const char *reference, const char *tenant,
                             bool json, struct error *err);

#endif
