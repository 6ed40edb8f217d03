/* Country codes: ISO 3166-1 alpha-2. */
#ifndef BILLMILL_BILLING_COUNTRY_H
#define BILLMILL_BILLING_COUNTRY_H

#include "core/base/error.h"

/* ERROR_ITEM "bad_country": no code that is given to a country. The hint says what is meant by one
 * that others use (UK, EL). Two codes are no countries of the standard and are one here: XI,
 * Northern Ireland, whose tax ids begin so (tax_id.h), and XK, Kosovo. */
MUST_CHECK bool country_check(const char *code, struct error *err);

#endif
