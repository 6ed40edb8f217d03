/* How an invoice number looks: "INV-{year}-{number:6}" gives INV-2026-000042. The number counts
 * within (tenant, series, fiscal year) from 1 (DOMAIN 6), so {year} and {number} must both be
 * there, once: without the year the second year would repeat the first. Values in, values out. */
#ifndef BILLMILL_BILLING_INVOICE_NUMBER_H
#define BILLMILL_BILLING_INVOICE_NUMBER_H

#include "core/base/error.h"

#define INVOICE_NUMBER_FORMAT_SIZE 48u /* of the format's text, with its NUL */
#define INVOICE_NUMBER_SIZE 64u        /* of any number it prints, with its NUL */
#define INVOICE_NUMBER_DIGITS_MAX 12

struct invoice_number_format {
    char text[INVOICE_NUMBER_FORMAT_SIZE];
    int32_t digits; /* leading zeros up to so many digits; a longer number is not cut */
};

/* Accepts ASCII letters, digits, `-`, `/`, `.`, `_`, `#` and spaces inside, around {year} and
 * {number} or {number:N}, N from 1 to 12. ERROR_RUN (EXIT_CONFIG) otherwise. */
MUST_CHECK bool invoice_number_format_parse(const char *text,
                                            struct invoice_number_format *ret_format,
                                            struct error *err);

/* Whether the two could give one number twice: they differ in leading zeros at most. */
bool invoice_number_formats_meet(const struct invoice_number_format *a,
                                 const struct invoice_number_format *b);

/* `fiscal_year` is the calendar year in which the fiscal year begins, 1 to 9999; `number` counts
 * from 1. */
void invoice_number_print(const struct invoice_number_format *format, int32_t fiscal_year,
                          int64_t number, char target[INVOICE_NUMBER_SIZE]);

#endif
