/* Writing numbers and dates as a locale does. Everything is text: a canonical decimal is cut into
 * sign, whole part and fraction, and put together again with the row's signs. */
#include "core/outside/locale.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/locale_table.h"

#define LANGUAGE_LENGTH 2
#define TAG_SIZE 16

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* "DE_at" -> "de-AT", "de-Latn-AT-x" -> "de-AT": language and country only. */
static bool normal_tag(const char *tag, char ret_tag[TAG_SIZE])
{
    size_t length = strcspn(tag, "-_");
    if (length != LANGUAGE_LENGTH)
        return false;
    ret_tag[0] = lower(tag[0]);
    ret_tag[1] = lower(tag[1]);
    ret_tag[2] = '\0';
    for (const char *part = tag + length; *part != '\0'; part += length) {
        part++;
        length = strcspn(part, "-_");
        if (length == 2) {
            (void)snprintf(ret_tag, TAG_SIZE, "%c%c-%c%c", lower(tag[0]), lower(tag[1]),
                           upper(part[0]), upper(part[1]));
            break;
        }
    }
    return true;
}

const struct locale *locale_find(const char *tag)
{
    char wanted[TAG_SIZE];
    const struct locale *found = &locales[0];
    if (text_is_empty(tag) || !normal_tag(tag, wanted))
        return found;
    if (strncmp(wanted, "no", LANGUAGE_LENGTH) == 0 || strncmp(wanted, "nn", LANGUAGE_LENGTH) == 0)
        memcpy(wanted, "nb", LANGUAGE_LENGTH); /* the row that both forms of Norwegian share */
    for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
        if (text_equal(locales[i].tag, wanted))
            return &locales[i];
        if (strlen(locales[i].tag) == LANGUAGE_LENGTH &&
            strncmp(locales[i].tag, wanted, LANGUAGE_LENGTH) == 0)
            found = &locales[i];
    }
    return found;
}

const char *locale_tag(const struct locale *locale)
{
    return locale->tag;
}

void locale_language(const struct locale *locale, char ret_language[4])
{
    (void)snprintf(ret_language, 4, "%.2s", locale->tag);
}

size_t locale_languages(const char *ret_languages[LOCALE_LANGUAGES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
        if (strlen(locales[i].tag) != LANGUAGE_LENGTH)
            continue;
        assert(count < LOCALE_LANGUAGES_MAX);
        ret_languages[count++] = locales[i].tag;
    }
    return count;
}

/* --- dates --- */

static void add_date_part(const struct locale *locale, const char *part, size_t length,
                          int32_t year, int32_t month, int32_t day, struct strbuf *target)
{
    if (strncmp(part, "{month}", length) == 0 && locale->months != NULL && month >= 1 &&
        month <= 12)
        strbuf_add(target, locale->months[month - 1]);
    else if (strncmp(part, "{dd}", length) == 0)
        strbuf_addf(target, "%02" PRId32, day);
    else if (strncmp(part, "{mm}", length) == 0)
        strbuf_addf(target, "%02" PRId32, month);
    else if (strncmp(part, "{d}", length) == 0)
        strbuf_addf(target, "%" PRId32, day);
    else if (strncmp(part, "{m}", length) == 0)
        strbuf_addf(target, "%" PRId32, month);
    else
        strbuf_addf(target, "%04" PRId32, year);
}

void locale_add_date(const struct locale *locale, enum locale_date_style style, int32_t year,
                     int32_t month, int32_t day, struct strbuf *target)
{
    bool words = style == LOCALE_DATE_LONG && locale->months != NULL;
    const char *pattern = words ? locale->date_long : locale->date_numeric;
    while (*pattern != '\0') {
        size_t length = strcspn(pattern, "}") + 1;
        if (*pattern == '{') {
            add_date_part(locale, pattern, length, year, month, day, target);
            pattern += length;
        } else {
            strbuf_add_char(target, *pattern++);
        }
    }
}

/* --- numbers --- */

struct number {
    bool negative;
    const char *whole, *fraction;
    size_t whole_length, fraction_length;
};

static bool cut_number(const char *decimal, struct number *ret_number)
{
    struct number number = {0};
    number.negative = *decimal == '-';
    number.whole = decimal + (number.negative ? 1 : 0);
    number.whole_length = strspn(number.whole, "0123456789");
    number.fraction = number.whole + number.whole_length;
    if (*number.fraction == '.')
        number.fraction++;
    number.fraction_length = strspn(number.fraction, "0123456789");
    if (number.whole_length == 0 || number.fraction[number.fraction_length] != '\0')
        return false;
    if (number.fraction > number.whole + number.whole_length && number.fraction_length == 0)
        return false; /* a point with nothing behind it */
    *ret_number = number;
    return true;
}

/* Does a group sign stand before the last `left` digits? */
static bool group_before(const struct locale *locale, size_t length, size_t left)
{
    if (left == 0 || left == length)
        return false;
    switch (locale->grouping) {
    case GROUP_3:
        return left % 3 == 0;
    case GROUP_3_FROM_5:
        return length > 4 && left % 3 == 0;
    case GROUP_INDIAN:
        return left == 3 || (left > 3 && (left - 3) % 2 == 0);
    }
    return false;
}

static void add_digits(const struct locale *locale, const struct number *number, bool money,
                       size_t pad_to, struct strbuf *target)
{
    const char *group = money ? locale->money_group : locale->group;
    const char *decimal = money ? locale->money_decimal : locale->decimal;
    for (size_t i = 0; i < number->whole_length; i++) {
        if (group_before(locale, number->whole_length, number->whole_length - i))
            strbuf_add(target, group);
        strbuf_add_char(target, number->whole[i]);
    }
    if (number->fraction_length > 0 || pad_to > 0)
        strbuf_add(target, decimal);
    strbuf_add_n(target, number->fraction, number->fraction_length);
    for (size_t i = number->fraction_length; i < pad_to; i++)
        strbuf_add_char(target, '0');
}

void locale_add_decimal(const struct locale *locale, const char *decimal, struct strbuf *target)
{
    struct number number;
    if (!cut_number(decimal, &number)) {
        strbuf_add(target, decimal);
        return;
    }
    if (number.negative)
        strbuf_add(target, locale->minus);
    add_digits(locale, &number, false, 0, target);
}

void locale_add_percent(const struct locale *locale, const char *decimal, struct strbuf *target)
{
    if (locale->percent_first)
        strbuf_add(target, locale->percent);
    locale_add_decimal(locale, decimal, target);
    if (!locale->percent_first)
        strbuf_add(target, locale->percent);
}

void locale_add_price(const struct locale *locale, const char *decimal, int32_t digits,
                      struct strbuf *target)
{
    struct number number;
    if (!cut_number(decimal, &number)) {
        strbuf_add(target, decimal);
        return;
    }
    if (number.negative)
        strbuf_add(target, locale->minus);
    add_digits(locale, &number, true, (size_t)digits, target);
}

/* --- amounts --- */

#define DIGITS_SIZE 32

/* The digits of |minor|, at least digits + 1 of them; returns their count. INT64_MIN is no special
 * case. */
static size_t minor_digits(int64_t minor, int32_t digits, char ret_text[DIGITS_SIZE])
{
    uint64_t magnitude = minor < 0 ? (uint64_t)0 - (uint64_t)minor : (uint64_t)minor;
    int length = snprintf(ret_text, DIGITS_SIZE, "%0*" PRIu64, (int)digits + 1, magnitude);
    return (size_t)length;
}

static void add_magnitude(const struct locale *locale, int64_t minor, int32_t digits,
                          struct strbuf *target)
{
    assert(digits >= 0 && digits <= 9);
    char text[DIGITS_SIZE];
    size_t length = minor_digits(minor, digits, text);
    size_t whole = length - (size_t)digits;
    struct number number = {.whole = text,
                            .whole_length = whole,
                            .fraction = text + whole,
                            .fraction_length = (size_t)digits};
    add_digits(locale, &number, true, 0, target);
}

void locale_add_amount(const struct locale *locale, int64_t minor, int32_t digits,
                       struct strbuf *target)
{
    if (minor < 0)
        strbuf_add(target, locale->minus);
    add_magnitude(locale, minor, digits, target);
}

const char *locale_currency_sign(const struct locale *locale, const char *currency)
{
    for (size_t i = 0; i < ARRAY_LEN(currency_signs); i++)
        if (text_equal(currency_signs[i].currency, currency) &&
            (currency_signs[i].everywhere || text_equal(locale->currency, currency)))
            return currency_signs[i].sign;
    return currency;
}

static void add_before(const struct locale *locale, const char *sign, int64_t minor, int32_t digits,
                       struct strbuf *target)
{
    bool letters = (sign[0] >= 'A' && sign[0] <= 'Z'); /* CLDR: letters keep a space to digits */
    bool minus_first = locale->money == MONEY_BEFORE || locale->money == MONEY_BEFORE_SPACED;
    bool glued =
        (locale->money == MONEY_BEFORE && !letters) || (locale->money == MONEY_SWISS && minor < 0);
    if (minor < 0 && minus_first)
        strbuf_add(target, locale->minus);
    strbuf_add(target, sign);
    if (!glued)
        strbuf_add(target, NBSP);
    if (minor < 0 && !minus_first)
        strbuf_add(target, locale->minus);
    add_magnitude(locale, minor, digits, target);
}

void locale_add_money_as(const struct locale *locale, int64_t minor, int32_t digits,
                         const char *sign, struct strbuf *target)
{
    if (locale->money != MONEY_AFTER) {
        add_before(locale, sign, minor, digits, target);
        return;
    }
    locale_add_amount(locale, minor, digits, target);
    strbuf_add(target, NBSP);
    strbuf_add(target, sign);
}

void locale_add_money(const struct locale *locale, int64_t minor, int32_t digits,
                      const char *currency, struct strbuf *target)
{
    locale_add_money_as(locale, minor, digits, locale_currency_sign(locale, currency), target);
}
