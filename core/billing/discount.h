/* What coupons take off the lines of an invoice (DOMAIN 4, 11 "invoice"). Whether one applies to
 * the invoice at all is in coupon.h.
 *
 * 1. A coupon is a percentage of, or an amount off, the lines it covers. It takes nothing from a
 * negative line, and from no line more than is left of it: no line goes below zero.
 * 2. A percentage counts from 0 to 100; what lies outside is taken as the nearer of the two.
 * 3. Each coupon is rounded once, then spread over what earlier coupons have left of its lines, by
 * largest remainder: lines sum to coupons, coupons to the discount.
 * 4. Stacking: `multiplicative` (default) applies all in order, each to what is left; `additive`
 * applies all, percentages to the lines as they were; `best` applies the one that takes most, the
 * first of equals; `none` applies the first alone.
 * The order is the caller's, and says what an amount beside a percentage is: first the amount, then
 * the percentage of what is left, or the other way round. Of invoices it is that of redemptions: by
 * day, then by the names of coupon, customer and subscription, never by what they take.
 * 5. The rest of an amount that found no line is `unused`. Of a coupon for one invoice it is lost,
 * of a repeating one or one forever it stays for later invoices (coupon.h). */
#ifndef BILLMILL_BILLING_DISCOUNT_H
#define BILLMILL_BILLING_DISCOUNT_H

#include "core/base/arena.h"
#include "core/money/money.h"

enum coupon_stacking { COUPONS_MULTIPLICATIVE, COUPONS_ADDITIVE, COUPONS_BEST, COUPONS_NONE };

/* ERROR_ITEM "bad_stacking" lists the words. */
MUST_CHECK bool coupon_stacking_parse(const char *name, enum coupon_stacking *ret_stacking,
                                      struct error *err);
const char *coupon_stacking_name(enum coupon_stacking stacking);

struct coupon {
    bool is_percent;
    struct decimal percent; /* of percentages */
    struct money amount;    /* of the others, not below zero: coupon_available */
    bool covers_all;
    const size_t *lines; /* the indexes of what it covers, each once, where that is not all */
    size_t line_count;
};

struct discount_result {
    struct money *line_discounts;   /* for each line, zero or more */
    struct money *coupon_discounts; /* for each coupon */
    const struct money **parts;     /* for each coupon, what it takes off each line that it covers,
                                       in their order; NULL: off none */
    struct money *unused;           /* for each coupon; zero for percentages, and the whole amount
                                       of one that was not applied */
    bool *left_out;                 /* for each coupon: another one applies instead (rule 4) */
    struct money discount;          /* the sum of either of the first two */
};

/* `amounts` are the lines' rounded amounts, all in `currency` like the amounts of the coupons. The
 * result is in the arena. ERROR_ITEM "bad_coupon" for a negative amount or a line that is not
 * there. */
MUST_CHECK bool discount_apply(const struct money *amounts, size_t line_count,
                               const struct coupon *coupons, size_t coupon_count,
                               enum coupon_stacking stacking, struct currency currency,
                               enum rounding rounding, struct arena *arena,
                               struct discount_result *ret_result, struct error *err);

#endif
