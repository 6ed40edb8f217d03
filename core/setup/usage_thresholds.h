/* The thresholds of a plan as they are stored: canonical JSON, a list of {amount, recurring}, of
 * which recurring may be left out. What they mean: core/billing/progressive.h. */
#ifndef BILLMILL_SETUP_USAGE_THRESHOLDS_H
#define BILLMILL_SETUP_USAGE_THRESHOLDS_H

#include "core/billing/progressive.h"

/* NULL is no thresholds. In the arena. ERROR_ITEM "bad_value" says which entry is wrong, and how.
 */
MUST_CHECK bool usage_thresholds_parse(const char *text, struct arena *arena,
                                       struct usage_thresholds *ret_thresholds, struct error *err);

#endif
