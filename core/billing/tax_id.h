/* Tax ids: what they look like and whether their check digits fit. Nothing here asks a network: an
 * id that is well formed need not be anybody's (that is VIES' to say, and the caller's to keep).
 *
 * Known are the VAT ids of the member states of the European Union (structure: VIES, "VAT
 * identification numbers"), Northern Ireland (XI), the United Kingdom, Switzerland and Norway, the
 * GSTIN of India, the ABN of Australia and the EIN of the United States. tax_id.c names the
 * algorithm of each. */
#ifndef BILLMILL_BILLING_TAX_ID_H
#define BILLMILL_BILLING_TAX_ID_H

#include "core/base/error.h"

#define TAX_ID_SIZE 24

struct tax_id {
    char text[TAX_ID_SIZE]; /* with its prefix, without spaces and punctuation: "DE136695976" */
    const char *scheme;     /* "DE VAT", "EIN" */
    bool has_check_digits;  /* of this id: a mistyped digit would have been seen */
};

/* The scheme of an ISO 3166 country code (Greece is GR, its prefix EL; XI is Northern Ireland), or
 * NULL where none is known. */
const char *tax_id_scheme(const char *country);

/* `text` may lack the prefix and have spaces, points, dashes, slashes and small letters. ERROR_ITEM
 * "no_tax_id_scheme" for a country that is not known, "bad_tax_id" where characters, length or
 * check digits are wrong; the message says which. */
MUST_CHECK bool tax_id_parse(const char *country, const char *text, struct tax_id *ret_id,
                             struct error *err);

#endif
