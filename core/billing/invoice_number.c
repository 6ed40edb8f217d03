/* Formats of invoice numbers: see invoice_number.h. */
#include "core/billing/invoice_number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"

#define PART_YEAR "{year}"
#define PART_NUMBER "{number"
#define DIGITS_PLAIN 1 /* {number}: no leading zeros */

static bool refuse(struct error *err, const char *text, const char *why)
{
    (void)error_run(err, EXIT_CONFIG, "number format '%s' %s", text, why);
    return error_hint(err, "such as INV-{year}-{number:6}, which gives INV-2026-000042");
}

/* The digits behind "{number", up to the closing brace; 0 when it is written otherwise. */
static size_t number_part_length(const char *part, int32_t *ret_digits)
{
    const char *rest = part + strlen(PART_NUMBER);
    if (*rest == '}') {
        *ret_digits = DIGITS_PLAIN;
        return (size_t)(rest + 1 - part);
    }
    size_t length = strspn(rest + (*rest == ':'), "0123456789");
    if (*rest != ':' || length == 0 || length > 2 || rest[1] == '0' || rest[1 + length] != '}')
        return 0;
    int32_t digits = rest[1] - '0';
    if (length == 2)
        digits = 10 * digits + (rest[2] - '0');
    if (digits > INVOICE_NUMBER_DIGITS_MAX)
        return 0;
    *ret_digits = digits;
    return (size_t)(rest + 2 + length - part);
}

static bool is_literal(char c)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/._# ";
    return c != '\0' && strchr(allowed, c) != NULL;
}

static bool count_parts(const char *text, int32_t *ret_years, int32_t *ret_numbers,
                        int32_t *ret_digits, struct error *err)
{
    for (const char *cursor = text; *cursor != '\0';) {
        size_t length = 1;
        if (text_starts_with(cursor, PART_YEAR)) {
            length = strlen(PART_YEAR);
            (*ret_years)++;
        } else if (text_starts_with(cursor, PART_NUMBER)) {
            length = number_part_length(cursor, ret_digits);
            (*ret_numbers)++;
            if (length == 0)
                return refuse(err, text,
                              "has a bad {number}: {number} or {number:1} to {number:12}");
        } else if (*cursor == '{') {
            return refuse(err, text, "has an unknown {part}: there are {year} and {number}");
        } else if (!is_literal(*cursor)) {
            return refuse(err, text, "has a character other than letters, digits, -/._# and space");
        }
        cursor += length;
    }
    return true;
}

bool invoice_number_format_parse(const char *text, struct invoice_number_format *ret_format,
                                 struct error *err)
{
    struct invoice_number_format format = {0};
    int32_t years = 0;
    int32_t numbers = 0;
    size_t length = strlen(text);
    if (length >= INVOICE_NUMBER_FORMAT_SIZE)
        return refuse(err, text, "is too long");
    if (!count_parts(text, &years, &numbers, &format.digits, err))
        return false;
    if (numbers != 1)
        return refuse(err, text, numbers == 0 ? "has no {number}" : "has {number} twice");
    if (years != 1)
        return refuse(err, text,
                      years == 0 ? "has no {year}, so the numbers of two years would be the same"
                                 : "has {year} twice");
    if (text[0] == ' ' || text[length - 1] == ' ')
        return refuse(err, text, "begins or ends with a space");
    memcpy(format.text, text, length + 1);
    *ret_format = format;
    return true;
}

void invoice_number_print(const struct invoice_number_format *format, int32_t fiscal_year,
                          int64_t number, char target[INVOICE_NUMBER_SIZE])
{
    struct strbuf buf;
    assert(fiscal_year >= 1 && fiscal_year <= 9999);
    assert(number >= 1);
    strbuf_init(&buf, target, INVOICE_NUMBER_SIZE);
    for (const char *cursor = format->text; *cursor != '\0';) {
        if (text_starts_with(cursor, PART_YEAR)) {
            strbuf_addf(&buf, "%04" PRId32, fiscal_year);
            cursor += strlen(PART_YEAR);
        } else if (text_starts_with(cursor, PART_NUMBER)) {
            strbuf_addf(&buf, "%0*" PRId64, (int)format->digits, number);
            cursor = strchr(cursor, '}') + 1;
        } else {
            strbuf_add_char(&buf, *cursor++);
        }
    }
    assert(!buf.overflowed);
}

bool invoice_number_formats_meet(const struct invoice_number_format *a,
                                 const struct invoice_number_format *b)
{
    static const int64_t beyond_zeros = INT64_C(1000000000000); /* more digits than any format */
    char first[INVOICE_NUMBER_SIZE];
    char second[INVOICE_NUMBER_SIZE];
    invoice_number_print(a, 2026, beyond_zeros, first);
    invoice_number_print(b, 2026, beyond_zeros, second);
    return strcmp(first, second) == 0;
}
