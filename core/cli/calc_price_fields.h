/* The price in the input of `calc price`. Private to core/cli/calc_price*.c. */
#ifndef BILLMILL_CLI_CALC_PRICE_FIELDS_H
#define BILLMILL_CLI_CALC_PRICE_FIELDS_H

#include "core/billing/price.h"
#include "core/cli/calc_input.h"

/* A price that satisfies price_check_model; its tiers and overage are in the arena. Refuses fields
 * that `calc price` does not have. */
MUST_CHECK bool calc_price_fields(const struct calc_place *input, struct arena *arena,
                                  struct price *ret_price, struct calc_error *err);

/* A decimal that may be left out. */
MUST_CHECK bool calc_figure(const struct calc_place *input, const char *name,
                            struct price_figure *ret_figure, struct calc_error *err);

#endif
