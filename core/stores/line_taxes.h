/* The taxes with which lines were billed that another line gives back of, or is charged in place of
 * (rule 5 of core/billing/give_back.h), and which of them that has. */
#ifndef BILLMILL_STORES_LINE_TAXES_H
#define BILLMILL_STORES_LINE_TAXES_H

#include "core/billing/tax.h"
#include "core/stores/draft_store.h"
#include "core/stores/give_back_store.h"

/* Of a line of a document that has taxes, from those of it and of others, by invoice; texts are
 * those of `taxes`. ERROR_RUN where they are not there. */
MUST_CHECK bool line_taxes_as_billed(const struct stored_tax *taxes, size_t count,
                                     const struct stored_billed_line *of,
                                     struct tax_choices *ret_choices, struct error *err);

/* Which of the lines taken, at least one: choices[i] are the taxes of billed[i]. */
MUST_CHECK bool line_taxes_choose(const struct billed_line *billed, const bool *takes,
                                  const struct tax_choices *choices, size_t count,
                                  struct arena *arena, size_t *ret_index, struct error *err);

#endif
