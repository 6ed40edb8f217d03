/* The question of `calc invoice`, read into what the rules ask for (DOMAIN 11). Private to
 * core/cli/calc_invoice*.c. */
#ifndef BILLMILL_CLI_CALC_INVOICE_INPUT_H
#define BILLMILL_CLI_CALC_INVOICE_INPUT_H

#include "core/billing/credit.h"
#include "core/billing/discount.h"
#include "core/billing/tax.h"
#include "core/cli/calc_input.h"

struct invoice_question {
    struct currency currency;
    const json_t **line_ids; /* for each line, borrowed: a string or an integer */
    struct money *amounts;
    struct tax_line *tax_lines; /* their amounts are not filled yet: they are after discounts */
    size_t line_count;
    struct coupon *coupons;
    size_t coupon_count;
    const json_t **credit_ids;
    struct credit_grant *credits;
    size_t credit_count;
    enum coupon_stacking stacking;
    enum tax_rounding tax_rounding;
    enum rounding rounding;
};

/* Everything is in the arena of `work` or borrowed from the JSON. */
MUST_CHECK bool invoice_question_read(const struct calc_place *input, struct calc_work *work,
                                      struct invoice_question *ret_question,
                                      struct calc_error *err);

#endif
