/* Currencies of ISO 4217 that money can be counted in: list one, published 2024-06-25. Codes
 * without a minor unit (XAU, XXX, XDR …) and withdrawn codes are refused. */
#ifndef BILLMILL_MONEY_CURRENCY_H
#define BILLMILL_MONEY_CURRENCY_H

#include "core/base/error.h"

#define CURRENCY_DIGITS_MAX 4

struct currency {
    char code[4]; /* "EUR"; "" is no currency */
};

/* Three capital letters that are on the list. ERROR_ITEM "bad_currency" says which rule failed. */
MUST_CHECK bool currency_parse(const char *code, struct currency *ret_currency, struct error *err);

/* Digits of the minor unit, 0..CURRENCY_DIGITS_MAX: EUR 2, JPY 0, KWD 3, CLF 4. The currency must
 * come from currency_parse (or be a literal that is on the list). */
int32_t currency_digits(struct currency currency);

bool currency_equal(struct currency a, struct currency b);

/* The list itself, in the order of the codes, for commands and tests that show it. */
size_t currency_count(void);
struct currency currency_at(size_t index);

#endif
