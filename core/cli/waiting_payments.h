/* `billmill payments waiting`: payments that name an invoice which their customer does not have. */
#ifndef BILLMILL_CLI_WAITING_PAYMENTS_H
#define BILLMILL_CLI_WAITING_PAYMENTS_H

#include "core/cli/session.h"

/* Prints them, the oldest first: as JSON or for people. */
MUST_CHECK bool waiting_payments_print(struct cli *cli, struct session *session, struct error *err);

#endif
