/* Rates of a publication: see rate_feed.h. What holds of every format: values, order, what may not
 * be there twice. */
#include "core/outside/rate_feed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/rate_feed_parts.h"

#define RATE_TEXT_MAX 40
#define RATE_DIGITS_MAX 20
#define EXPONENT_MAX 18

static const struct {
    const char *name;
    enum rate_format format;
} formats[] = {
    {"ecb_xml",           RATE_FORMAT_ECB_XML          },
    {"ecb_csv",           RATE_FORMAT_ECB_CSV          },
    {"ecb_zip",           RATE_FORMAT_ECB_ZIP          },
    {"frankfurter",       RATE_FORMAT_FRANKFURTER      },
    {"openexchangerates", RATE_FORMAT_OPENEXCHANGERATES},
};

bool rate_format_parse(const char *name, enum rate_format *ret_format)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (text_equal(formats[i].name, name)) {
            *ret_format = formats[i].format;
            return true;
        }
    return false;
}

/* ---------------------------------------------------------------- where it breaks */

void feed_make_plain(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

bool feed_refuse(const struct feed_text *text, size_t offset, struct error *err, const char *format,
                 ...)
{
    char what[300];
    size_t line = 1;
    size_t start = 0;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    feed_make_plain(what);
    for (size_t i = 0; i < offset && i < text->size; i++)
        if (text->bytes[i] == '\n') {
            line++;
            start = i + 1;
        }
    return error_item(err, "bad_rate_feed", "%s:%zu:%zu: %s", text->name, line, offset - start + 1,
                      what);
}

bool feed_is(const struct feed_text *text, size_t start, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text->bytes + start, word, length) == 0;
}

/* What is shown of a value in a message. */
static int shown(size_t length)
{
    return length > RATE_TEXT_MAX ? RATE_TEXT_MAX : (int)length;
}

/* ---------------------------------------------------------------- values */

bool feed_date(const struct feed_text *text, size_t start, size_t length, struct date *ret_date,
               struct error *err)
{
    char copy[DATE_TEXT_SIZE];
    struct error ignored = {0};
    bool fits = length < sizeof copy;
    (void)snprintf(copy, sizeof copy, "%.*s", fits ? (int)length : 0, text->bytes + start);
    if (fits && strlen(copy) == length && date_parse(copy, ret_date, &ignored))
        return true;
    return feed_refuse(text, start, err, "'%.*s' is not a day: expected YYYY-MM-DD", shown(length),
                       text->bytes + start);
}

bool feed_code(const struct feed_text *text, size_t start, size_t length,
               char ret_code[RATE_CODE_SIZE], struct error *err)
{
    bool good = length == RATE_CODE_SIZE - 1;
    for (size_t i = 0; i < length && good; i++)
        good = text->bytes[start + i] >= 'A' && text->bytes[start + i] <= 'Z';
    if (!good)
        return feed_refuse(text, start, err,
                           "'%.*s' is not a currency: expected three capital letters",
                           shown(length), text->bytes + start);
    memcpy(ret_code, text->bytes + start, RATE_CODE_SIZE - 1);
    ret_code[RATE_CODE_SIZE - 1] = '\0';
    return true;
}

static bool refuse_rate(const struct feed_text *text, size_t start, size_t length, size_t bad,
                        struct error *err)
{
    const char *rate = text->bytes + start;
    if (length == 0)
        return feed_refuse(text, start, err, "a rate is missing");
    if (rate[0] == '-')
        return feed_refuse(text, start, err, "a rate is above 0, not %.*s", shown(length), rate);
    if (bad < length && rate[bad] == ',')
        return feed_refuse(text, start + bad, err,
                           "'%.*s' has a decimal comma: expected a point, as 1.1684", shown(length),
                           rate);
    return feed_refuse(text, start + (bad < length ? bad : 0), err,
                       "'%.*s' is not a rate: expected digits with a decimal point, as 1.1684",
                       shown(length), rate);
}

/* The whole number behind the e of "1.5e-05". */
static bool read_exponent(const char *at, const char *end, int32_t *ret_exponent)
{
    bool negative = at < end && *at == '-';
    int32_t value = 0;
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end)
        return false;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9' || value > EXPONENT_MAX)
            return false;
        value = value * 10 + (*at - '0');
    }
    *ret_exponent = negative ? -value : value;
    return value <= EXPONENT_MAX;
}

/* A mantissa has RATE_DIGITS_MAX digits: with 18 zeros behind it, it still fits. */
static void shift(struct decimal *rate, int32_t exponent)
{
    rate->scale -= exponent;
    for (; rate->scale < 0; rate->scale++)
        rate->coefficient *= 10;
    *rate = decimal_normalize(*rate);
}

bool feed_decimal(const struct feed_text *text, size_t start, size_t length, bool exponent,
                  struct decimal *ret_rate, struct error *err)
{
    const char *at = text->bytes + start;
    char copy[RATE_TEXT_MAX + 1];
    size_t digits = 0;
    size_t points = 0;
    size_t mantissa = 0;
    int32_t power = 0;
    struct decimal rate;
    struct error ignored = {0};
    for (; mantissa < length; mantissa++) {
        if (at[mantissa] == '.' && points == 0)
            points++;
        else if (at[mantissa] >= '0' && at[mantissa] <= '9')
            digits++;
        else
            break;
    }
    bool powered = exponent && mantissa < length && (at[mantissa] == 'e' || at[mantissa] == 'E');
    if ((mantissa < length && !powered) ||
        (powered && !read_exponent(at + mantissa + 1, at + length, &power)))
        return refuse_rate(text, start, length, mantissa, err);
    if (digits > RATE_DIGITS_MAX)
        return feed_refuse(text, start, err, "a rate has at most %d digits", RATE_DIGITS_MAX);
    (void)snprintf(copy, sizeof copy, "%.*s", (int)mantissa, at);
    if (!decimal_parse(copy, &rate, &ignored))
        return refuse_rate(text, start, length, 0, err);
    if (rate.scale - power > DECIMAL_SCALE_MAX)
        return feed_refuse(text, start, err, "a rate has at most %d digits after the point",
                           DECIMAL_SCALE_MAX);
    shift(&rate, power);
    if (decimal_sign(rate) <= 0)
        return feed_refuse(text, start, err, "a rate is above 0, not %.*s", shown(length), at);
    *ret_rate = rate;
    return true;
}

bool feed_add(const struct feed_text *text, struct date on, const char *base, const char *quote,
              struct decimal rate, size_t offset, struct error *err)
{
    if (text->feed->count == RATE_FEED_RATES_MAX)
        return feed_refuse(text, offset, err, "more than %d rates", RATE_FEED_RATES_MAX);
    struct feed_rate *added = &ARRAY_ADD(text->arena, text->feed);
    *added = (struct feed_rate){.on = on, .rate = decimal_normalize(rate), .offset = offset};
    memcpy(added->base, base, RATE_CODE_SIZE);
    memcpy(added->quote, quote, RATE_CODE_SIZE);
    return true;
}

/* ---------------------------------------------------------------- the whole */

/* What is there twice stands in the order of the document. */
static int compare_rates(const void *a, const void *b)
{
    const struct feed_rate *x = a;
    const struct feed_rate *y = b;
    int32_t order = date_compare(x->on, y->on);
    int32_t names = order != 0 ? order : strcmp(x->base, y->base);
    int32_t quotes = names != 0 ? names : strcmp(x->quote, y->quote);
    return quotes != 0 ? quotes : (x->offset > y->offset) - (x->offset < y->offset);
}

static bool check_pair(const struct feed_text *text, const struct feed_rate *earlier,
                       const struct feed_rate *rate, struct error *err)
{
    if (date_compare(earlier->on, rate->on) != 0 || !text_equal(earlier->base, rate->base) ||
        !text_equal(earlier->quote, rate->quote))
        return true;
    return feed_refuse(text, rate->offset, err, "the rate of %s of %s is there twice", rate->quote,
                       date_text(rate->on).text);
}

static bool check(const struct feed_text *text, struct date newest_on, struct error *err)
{
    struct rate_feed *feed = text->feed;
    if (feed->count == 0)
        return feed_refuse(text, text->size, err, "there is no rate in it");
    for (size_t i = 0; i < feed->count; i++)
        if (date_compare(feed->items[i].on, newest_on) > 0)
            return feed_refuse(text, feed->items[i].offset, err,
                               "the rates of %s are of a day after %s",
                               date_text(feed->items[i].on).text, date_text(newest_on).text);
    qsort(feed->items, feed->count, sizeof *feed->items, compare_rates);
    for (size_t i = 1; i < feed->count; i++)
        if (!check_pair(text, &feed->items[i - 1], &feed->items[i], err))
            return false;
    return true;
}

static bool parse_format(enum rate_format format, struct feed_text *text, struct error *err)
{
    switch (format) {
    case RATE_FORMAT_ECB_XML:
        return feed_parse_xml(text, err);
    case RATE_FORMAT_ECB_CSV:
        return feed_parse_csv(text, err);
    case RATE_FORMAT_FRANKFURTER:
        return feed_parse_frankfurter(text, err);
    case RATE_FORMAT_OPENEXCHANGERATES:
        return feed_parse_openexchangerates(text, err);
    case RATE_FORMAT_ECB_ZIP: {
        struct feed_text unpacked;
        if (!feed_unzip(text, &unpacked, err))
            return false;
        *text = unpacked;
        return feed_parse_csv(text, err);
    }
    }
    return false;
}

bool rate_feed_parse(enum rate_format format, const char *name, const void *bytes, size_t size,
                     struct date newest_on, struct arena *arena, struct rate_feed *ret_feed,
                     struct error *err)
{
    struct rate_feed feed = {0};
    struct feed_text text = {
        .name = name, .bytes = bytes, .size = size, .arena = arena, .feed = &feed};
    if (!parse_format(format, &text, err) || !check(&text, newest_on, err))
        return false;
    *ret_feed = feed;
    return true;
}
