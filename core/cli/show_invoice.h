/* show invoice: what became of what an invoice asked for, and what of it is still to be paid. */
#ifndef BILLMILL_CLI_SHOW_INVOICE_H
#define BILLMILL_CLI_SHOW_INVOICE_H

#include "core/cli/session.h"

/* Of the invoice of that number; `tenant` NULL: one alone has it. EXIT_USAGE where there is none,
 * or several, and for what is no numbered invoice. */
MUST_CHECK bool show_invoice(struct session *session, const char *number, const char *tenant,
                             bool json, struct error *err);

#endif
