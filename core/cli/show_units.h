/* show credits: what a customer has of units, and what they paid. */
#ifndef BILLMILL_CLI_SHOW_UNITS_H
#define BILLMILL_CLI_SHOW_UNITS_H

#include "core/cli/output.h"
#include "core/stores/credit_account.h"

json_t *show_units_json(const struct credit_account *account);
json_t *show_unit_movements_json(const struct credit_account *account);
void show_units_print(const struct credit_account *account, struct arena *arena);

#endif
