/* Amounts: whole minor units of one ISO 4217 currency. Outside core/money nobody computes with
 * `.minor`; storage binds it, everyone else adds, multiplies, prorates and allocates here.
 *
 * Two currencies never meet: ERROR_ITEM "currency_mismatch". A result outside 64 bits is ERROR_ITEM
 * "amount_too_large". Every function writes its output only on success. */
#ifndef BILLMILL_MONEY_MONEY_H
#define BILLMILL_MONEY_MONEY_H

#include "core/money/currency.h"
#include "core/money/decimal.h"
#include "core/money/ratio.h"

#define MONEY_TEXT_SIZE 32 /* sign, 19 digits, point, a leading zero, NUL */

struct money {
    int64_t minor; /* cents of EUR, yen of JPY */
    struct currency currency;
};

struct money_text {
    char text[MONEY_TEXT_SIZE];
};

struct money money_zero(struct currency currency);

/* For what storage has read and for constants; `minor` as in the struct. */
struct money money_of_minor(int64_t minor, struct currency currency);

/* The minor units, for a row or a digest; nobody computes with them. */
int64_t money_minor(struct money money);

/* "29.99" with at most the digits of the currency, "-5" too. ERROR_ITEM "bad_decimal" or
 * "bad_amount" (more digits than the currency has). */
MUST_CHECK bool money_parse(const char *text, struct currency currency, struct money *ret_money,
                            struct error *err);

/* With exactly the digits of the currency and without its code: "12.30", JPY "12", "-0.05". */
struct money_text money_text(struct money money);

MUST_CHECK bool money_add(struct money a, struct money b, struct money *ret_sum, struct error *err);
MUST_CHECK bool money_subtract(struct money a, struct money b, struct money *ret_difference,
                               struct error *err);
MUST_CHECK bool money_negate(struct money money, struct money *ret_negated, struct error *err);

/* *ret_order is -1, 0 or 1. */
MUST_CHECK bool money_compare(struct money a, struct money b, int32_t *ret_order,
                              struct error *err);
bool money_equal(struct money a, struct money b); /* same amount and same currency */
int32_t money_sign(struct money money);

struct decimal money_to_decimal(struct money money);
struct ratio money_to_ratio(struct money money);

/* One rounding, to the digits of the currency. */
MUST_CHECK bool money_from_decimal(struct decimal value, struct currency currency,
                                   enum rounding rounding, struct money *ret_money,
                                   struct error *err);
MUST_CHECK bool money_from_ratio(struct ratio value, struct currency currency,
                                 enum rounding rounding, struct money *ret_money,
                                 struct error *err);

/* money · factor, rounded once. */
MUST_CHECK bool money_multiply(struct money money, struct decimal factor, enum rounding rounding,
                               struct money *ret_product, struct error *err);
MUST_CHECK bool money_multiply_ratio(struct money money, struct ratio factor,
                                     enum rounding rounding, struct money *ret_product,
                                     struct error *err);

/* numerator / denominator of the money: multiplies first, rounds once. EUR 10.00 for 15 of 30 days
 * is EUR 5.00; a negative amount mirrors the positive one, so that a credit undoes its charge. More
 * than the whole is allowed (three periods and a part). ERROR_ITEM "bad_fraction" for a negative
 * numerator or a denominator below 1. Source: DOMAIN 3, "Multiply first, round once". */
MUST_CHECK bool money_prorate(struct money money, int64_t numerator, int64_t denominator,
                              enum rounding rounding, struct money *ret_part, struct error *err);

#endif
