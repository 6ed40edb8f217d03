/* Which countries are one area for value added tax: the member states of the European Union, by
 * date. Source: the treaties of accession; the United Kingdom left the area with the end of the
 * transition period (Withdrawal Agreement, article 126). Northern Ireland stays in it for goods
 * only, so it is outside for what billmill bills. */
#ifndef BILLMILL_BILLING_TAX_AREA_H
#define BILLMILL_BILLING_TAX_AREA_H

#include "core/calendar/date.h"

/* The member state to which a country belongs for value added tax on that day, as an ISO 3166 code
 * (Greece is GR): itself, or France for Monaco, whose businesses have French tax ids. NULL is
 * outside, as are NULL and unknown codes. */
const char *tax_area_state(const char *country, struct date on);

#endif
