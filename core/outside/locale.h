/* How numbers, amounts, dates and percentages are written in a language and country, from a table
 * of CLDR facts (locale.c). No floating point, no setlocale, no ICU: the same text on every
 * machine.
 *
 * A tag is BCP 47 ("de-AT", "en_IN" is accepted too). An unknown country falls back to the
 * language's own ("de-LI" is written like "de"), an unknown language to "en", which is English with
 * day-month-year dates. locale_find therefore always answers.
 *
 * Numbers are written with the spaces of CLDR (U+202F in French, U+00A0 before a currency sign),
 * which must not break at the end of a line. */
#ifndef BILLMILL_OUTSIDE_LOCALE_H
#define BILLMILL_OUTSIDE_LOCALE_H

#include "core/base/strbuf.h"

struct locale;

const struct locale *locale_find(const char *tag);   /* never NULL; NULL or "" is "en" */
const char *locale_tag(const struct locale *locale); /* the row that was found: "de-AT", "en" */
void locale_language(const struct locale *locale, char ret_language[4]); /* "de" */

/* Every language of the table, for reading the label files; returns how many. */
#define LOCALE_LANGUAGES_MAX 40
size_t locale_languages(const char *ret_languages[LOCALE_LANGUAGES_MAX]);

enum locale_date_style {
    LOCALE_DATE_LONG,   /* 14. November 2026 */
    LOCALE_DATE_NUMERIC /* 14.11.2026 */
};
void locale_add_date(const struct locale *locale, enum locale_date_style style, int32_t year,
                     int32_t month, int32_t day, struct strbuf *target);

/* A canonical decimal ("-1234.50") with the locale's signs and groups, digits as they are; a text
 * that is none is added unchanged. */
void locale_add_decimal(const struct locale *locale, const char *decimal, struct strbuf *target);

/* The same with "%", placed as the locale does ("19 %", "19%"). */
void locale_add_percent(const struct locale *locale, const char *decimal, struct strbuf *target);

/* Minor units as a number with all `digits` decimals, without the currency: "-1.234,50". */
void locale_add_amount(const struct locale *locale, int64_t minor, int32_t digits,
                       struct strbuf *target);

/* An amount with its currency sign, or the ISO code where a sign would be ambiguous or unknown to
 * the locale: "1.234,50 €", "-$1,234.50", "CHF 1’234.50". */
void locale_add_money(const struct locale *locale, int64_t minor, int32_t digits,
                      const char *currency, struct strbuf *target);

/* The sign of a currency in a locale ("€", "$" at home), or its ISO code; and an amount with a sign
 * that the caller chose, for where the usual one cannot be shown. */
const char *locale_currency_sign(const struct locale *locale, const char *currency);
void locale_add_money_as(const struct locale *locale, int64_t minor, int32_t digits,
                         const char *sign, struct strbuf *target);

/* A price in major units (canonical decimal), with at least `digits` decimals: "0.0015", "12.00".
 */
void locale_add_price(const struct locale *locale, const char *decimal, int32_t digits,
                      struct strbuf *target);

#endif
