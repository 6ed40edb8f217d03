/* The rules within one record that need nothing but the record: which fields go together, which
 * order dates have (DOMAIN 1 to 3). */
#ifndef BILLMILL_SETUP_RECORD_CHECK_H
#define BILLMILL_SETUP_RECORD_CHECK_H

#include "core/setup/record.h"

/* ERROR_ITEM names the field. */
MUST_CHECK bool record_check(enum record_kind kind, const union record *record,
                             struct arena *scratch, struct error *err);

#endif
