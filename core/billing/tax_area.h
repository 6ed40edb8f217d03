/* Which countries are one area for value added tax: the member states of the European Union, by
 * date. Source: the treaties of accession; the United Kingdom left the area with the end of the
 * transition period (Withdrawal Agreement, article 126). Northern Ireland stays in it for goods
 * only, so it is outside for what billmill bills. */
#ifndef BILLMILL_BILLING_TAX_AREA_H
#define BILLMILL_BILLING_TAX_AREA_H

#include "core/calendar/date.h"

/* `country` is an ISO 3166 code (Greece is GR); NULL and unknown codes are outside. */
bool tax_area_is_eu(const char *country, struct date on);

#endif
