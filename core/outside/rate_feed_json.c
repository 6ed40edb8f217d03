/* The JSON of Frankfurter (v1: a day or a range; v2: a list of rates, or a rate on each line) and
 * of openexchangerates. A scanner of its own, because a number has to stay the text that it is: a
 * library that makes a double of it has lost what the feed said, and where it stood. Keys come in
 * any order. */
#include <string.h>

#include "core/outside/rate_feed_parts.h"

#define DEPTH_MAX 8
#define STRING_MAX 2000u
#define SECONDS_OF_DAY 86400

struct span {
    size_t start, length;
};

/* ---------------------------------------------------------------- tokens */

static char peek(struct feed_text *text)
{
    while (text->at < text->size &&
           (text->bytes[text->at] == ' ' || text->bytes[text->at] == '\t' ||
            text->bytes[text->at] == '\n' || text->bytes[text->at] == '\r'))
        text->at++;
    return text->at < text->size ? text->bytes[text->at] : '\0';
}

static bool refuse_here(struct feed_text *text, struct error *err, const char *expected)
{
    if (text->at == text->size)
        return feed_refuse(text, text->at, err, "the document ends in the middle: expected %s",
                           expected);
    return feed_refuse(text, text->at, err, "expected %s", expected);
}

static bool expect(struct feed_text *text, char c, const char *expected, struct error *err)
{
    if (peek(text) != c)
        return refuse_here(text, err, expected);
    text->at++;
    return true;
}

/* Between the quotation marks, as written; escapes are kept, for no value that counts has one. */
static bool read_string(struct feed_text *text, struct span *ret_span, struct error *err)
{
    if (!expect(text, '"', "a text", err))
        return false;
    size_t start = text->at;
    for (; text->at < text->size && text->bytes[text->at] != '"'; text->at++) {
        if ((unsigned char)text->bytes[text->at] < ' ' || text->at - start > STRING_MAX)
            return feed_refuse(text, text->at, err, "a text is not ended");
        text->at += text->bytes[text->at] == '\\';
    }
    if (text->at >= text->size) {
        text->at = text->size;
        return refuse_here(text, err, "the end of a text");
    }
    *ret_span = (struct span){start, text->at - start};
    text->at++;
    return true;
}

/* What could be a number, up to what ends it: the value decides. */
static bool read_number(struct feed_text *text, struct span *ret_span, struct error *err)
{
    char first = peek(text);
    size_t start = text->at;
    if (first == '"')
        return refuse_here(text, err, "a number, not a text");
    while (text->at < text->size && strchr(",]} \t\r\n", text->bytes[text->at]) == NULL)
        text->at++;
    if (text->at == text->size || text->at == start)
        return refuse_here(text, err, "a number");
    *ret_span = (struct span){start, text->at - start};
    return true;
}

static bool skip_value(struct feed_text *text, int32_t depth, struct error *err);

/* Members or elements up to the bracket that ends them. */
static bool skip_members(struct feed_text *text, char end, int32_t depth, struct error *err)
{
    struct span ignored;
    text->at++;
    if (peek(text) == end) {
        text->at++;
        return true;
    }
    for (;;) {
        if (end == '}' && (!read_string(text, &ignored, err) || !expect(text, ':', "':'", err)))
            return false;
        if (!skip_value(text, depth + 1, err))
            return false;
        if (peek(text) != ',')
            return expect(text, end, end == '}' ? "',' or '}'" : "',' or ']'", err);
        text->at++;
    }
}

static bool skip_value(struct feed_text *text, int32_t depth, struct error *err)
{
    struct span ignored;
    char first = peek(text);
    if (depth > DEPTH_MAX)
        return feed_refuse(text, text->at, err, "nested too deeply");
    if (first == '{' || first == '[')
        return skip_members(text, first == '{' ? '}' : ']', depth, err);
    return first == '"' ? read_string(text, &ignored, err) : read_number(text, &ignored, err);
}

/* Walks through the members of an object: `take` reads the value of each key. */
typedef bool take_member(struct feed_text *text, struct span key, void *context, struct error *err);

static bool walk_object(struct feed_text *text, take_member *take, void *context, struct error *err)
{
    if (!expect(text, '{', "an object", err))
        return false;
    if (peek(text) == '}') {
        text->at++;
        return true;
    }
    for (;;) {
        struct span key = {0};
        (void)peek(text);
        if (!read_string(text, &key, err) || !expect(text, ':', "':'", err) ||
            !take(text, key, context, err))
            return false;
        if (peek(text) != ',')
            return expect(text, '}', "',' or '}'", err);
        text->at++;
    }
}

static bool expect_end(struct feed_text *text, struct error *err)
{
    return (peek(text) == '\0' && text->at == text->size) ||
           feed_refuse(text, text->at, err, "something behind the end of the document");
}

/* ---------------------------------------------------------------- what they have in common */

/* A document, or one rate of a list: what was said of it so far. */
struct publication {
    const char *base; /* the only one that is accepted */
    bool has_base, has_date, has_rates, has_amount, is_range;
    struct date on;
    size_t first; /* of its rates in the feed */
    char quote[RATE_CODE_SIZE];
    struct decimal rate;
    size_t rate_offset;
};

static bool once(const struct feed_text *text, struct span key, bool *seen, struct error *err)
{
    if (*seen)
        return feed_refuse(text, key.start, err, "\"%.*s\" is there twice",
                           key.length > 40 ? 40 : (int)key.length, text->bytes + key.start);
    *seen = true;
    return true;
}

static bool read_base(struct feed_text *text, const struct publication *publication,
                      struct error *err)
{
    struct span value = {0};
    if (!read_string(text, &value, err))
        return false;
    return feed_is(text, value.start, value.length, publication->base) ||
           feed_refuse(text, value.start, err,
                       "the base is '%.*s', expected %s: rates that were rebased are rounded",
                       value.length > 10 ? 10 : (int)value.length, text->bytes + value.start,
                       publication->base);
}

static bool read_date(struct feed_text *text, struct date *ret_date, struct error *err)
{
    struct span value = {0};
    return read_string(text, &value, err) &&
           feed_date(text, value.start, value.length, ret_date, err);
}

static bool read_rate(struct feed_text *text, struct decimal *ret_rate, struct error *err)
{
    struct span value = {0};
    return read_number(text, &value, err) &&
           feed_decimal(text, value.start, value.length, true, ret_rate, err);
}

/* A member of "rates". The base itself may be there, with 1. */
static bool take_rate(struct feed_text *text, struct span key, void *context, struct error *err)
{
    struct publication *publication = context;
    char code[RATE_CODE_SIZE];
    struct decimal rate;
    if (!feed_code(text, key.start, key.length, code, err) || !read_rate(text, &rate, err))
        return false;
    if (strcmp(code, publication->base) == 0)
        return decimal_compare(rate, decimal_from_i64(1)) == 0 ||
               feed_refuse(text, key.start, err, "the rate of the base is 1");
    return feed_add(text, publication->on, publication->base, code, rate, key.start, err);
}

/* The day stands before or behind its rates. */
static void set_day(const struct feed_text *text, const struct publication *publication)
{
    for (size_t i = publication->first; i < text->feed->count; i++)
        text->feed->items[i].on = publication->on;
}

static bool need(const struct feed_text *text, bool there, const char *what, struct error *err)
{
    return there || feed_refuse(text, text->size, err, "\"%s\" is missing", what);
}

/* ---------------------------------------------------------------- Frankfurter */

static bool take_day(struct feed_text *text, struct span key, void *context, struct error *err)
{
    struct publication *publication = context;
    return feed_date(text, key.start, key.length, &publication->on, err) &&
           walk_object(text, take_rate, publication, err);
}

/* {"2025-04-11": {"USD": …}} of a range, {"USD": …} of a day. */
static bool read_rates(struct feed_text *text, struct publication *publication, struct error *err)
{
    size_t at = text->at;
    struct span key = {0};
    if (!expect(text, '{', "an object", err))
        return false;
    if (peek(text) == '"' && !read_string(text, &key, err))
        return false;
    publication->is_range =
        text->at > at + 1 && text->bytes[text->at - 1] == '"' && key.length == DATE_TEXT_SIZE - 1;
    text->at = at;
    return walk_object(text, publication->is_range ? take_day : take_rate, publication, err);
}

static bool take_document(struct feed_text *text, struct span key, void *context, struct error *err)
{
    struct publication *publication = context;
    struct span number = {0};
    struct decimal amount;
    if (feed_is(text, key.start, key.length, "base"))
        return once(text, key, &publication->has_base, err) && read_base(text, publication, err);
    if (feed_is(text, key.start, key.length, "date"))
        return once(text, key, &publication->has_date, err) &&
               read_date(text, &publication->on, err);
    if (feed_is(text, key.start, key.length, "rates"))
        return once(text, key, &publication->has_rates, err) && read_rates(text, publication, err);
    if (!feed_is(text, key.start, key.length, "amount"))
        return skip_value(text, 0, err);
    return once(text, key, &publication->has_amount, err) && read_number(text, &number, err) &&
           feed_decimal(text, number.start, number.length, true, &amount, err) &&
           (decimal_compare(amount, decimal_from_i64(1)) == 0 ||
            feed_refuse(text, number.start, err, "rates of an amount of 1 were expected"));
}

static bool parse_document(struct feed_text *text, struct error *err)
{
    struct publication publication = {.base = "EUR"};
    if (!walk_object(text, take_document, &publication, err) ||
        !need(text, publication.has_base, "base", err) ||
        !need(text, publication.has_rates, "rates", err) ||
        !need(text, publication.has_date || publication.is_range, "date", err))
        return false;
    if (!publication.is_range)
        set_day(text, &publication);
    return true;
}

/* An element of v2's list. */
static bool take_element(struct feed_text *text, struct span key, void *context, struct error *err)
{
    struct publication *publication = context;
    struct span value = {0};
    if (feed_is(text, key.start, key.length, "base"))
        return once(text, key, &publication->has_base, err) && read_base(text, publication, err);
    if (feed_is(text, key.start, key.length, "date"))
        return once(text, key, &publication->has_date, err) &&
               read_date(text, &publication->on, err);
    if (feed_is(text, key.start, key.length, "rate")) {
        (void)peek(text);
        publication->rate_offset = text->at;
        return once(text, key, &publication->has_rates, err) &&
               read_rate(text, &publication->rate, err);
    }
    if (feed_is(text, key.start, key.length, "quote"))
        return once(text, key, &publication->has_amount, err) && read_string(text, &value, err) &&
               feed_code(text, value.start, value.length, publication->quote, err);
    return skip_value(text, 0, err);
}

static bool parse_element(struct feed_text *text, struct error *err)
{
    struct publication one = {.base = "EUR"};
    (void)peek(text);
    size_t at = text->at;
    if (!walk_object(text, take_element, &one, err))
        return false;
    if (!one.has_base || !one.has_date || !one.has_rates || !one.has_amount)
        return feed_refuse(text, at, err, "expected date, base, quote and rate");
    if (strcmp(one.quote, one.base) == 0)
        return decimal_compare(one.rate, decimal_from_i64(1)) == 0 ||
               feed_refuse(text, one.rate_offset, err, "the rate of the base is 1");
    return feed_add(text, one.on, one.base, one.quote, one.rate, one.rate_offset, err);
}

static bool parse_list(struct feed_text *text, struct error *err)
{
    text->at++;
    if (peek(text) == ']') {
        text->at++;
        return true;
    }
    for (;;) {
        if (!parse_element(text, err))
            return false;
        if (peek(text) != ',')
            return expect(text, ']', "',' or ']'", err);
        text->at++;
    }
}

/* The same without the list: a rate, a line feed, a rate … What is cut off between two of them
 * cannot be told from the whole. */
static bool parse_lines(struct feed_text *text, struct error *err)
{
    while (peek(text) == '{')
        if (!parse_element(text, err))
            return false;
    return true;
}

static bool find_quote(struct feed_text *text, struct span key, void *context, struct error *err)
{
    bool *found = context;
    *found = *found || feed_is(text, key.start, key.length, "quote");
    return skip_value(text, 0, err);
}

/* A rate names its quote, a document of v1 does not. */
static bool begins_with_rate(const struct feed_text *text)
{
    struct feed_text copy = *text;
    struct error ignored = {0};
    bool found = false;
    return walk_object(&copy, find_quote, &found, &ignored) && found;
}

bool feed_parse_frankfurter(struct feed_text *text, struct error *err)
{
    bool good = peek(text) == '['        ? parse_list(text, err)
                : begins_with_rate(text) ? parse_lines(text, err)
                                         : parse_document(text, err);
    return good && expect_end(text, err);
}

/* ---------------------------------------------------------------- openexchangerates */

/* Whole seconds since 1970, UTC: the day of it. */
static bool read_timestamp(struct feed_text *text, struct date *ret_date, struct error *err)
{
    struct span value = {0};
    int64_t seconds = 0;
    struct error ignored = {0};
    if (!read_number(text, &value, err))
        return false;
    bool good = value.length <= 12;
    for (size_t i = 0; i < value.length && good; i++) {
        good = text->bytes[value.start + i] >= '0' && text->bytes[value.start + i] <= '9';
        seconds = seconds * 10 + (text->bytes[value.start + i] - '0');
    }
    if (good && date_add_days((struct date){0}, seconds / SECONDS_OF_DAY, ret_date, &ignored))
        return true;
    return feed_refuse(text, value.start, err, "expected whole seconds since 1970");
}

static bool take_latest(struct feed_text *text, struct span key, void *context, struct error *err)
{
    struct publication *publication = context;
    if (feed_is(text, key.start, key.length, "base"))
        return once(text, key, &publication->has_base, err) && read_base(text, publication, err);
    if (feed_is(text, key.start, key.length, "timestamp"))
        return once(text, key, &publication->has_date, err) &&
               read_timestamp(text, &publication->on, err);
    if (feed_is(text, key.start, key.length, "rates"))
        return once(text, key, &publication->has_rates, err) &&
               walk_object(text, take_rate, publication, err);
    return skip_value(text, 0, err);
}

bool feed_parse_openexchangerates(struct feed_text *text, struct error *err)
{
    struct publication publication = {.base = "USD"};
    if (!walk_object(text, take_latest, &publication, err) || !expect_end(text, err) ||
        !need(text, publication.has_base, "base", err) ||
        !need(text, publication.has_date, "timestamp", err) ||
        !need(text, publication.has_rates, "rates", err))
        return false;
    set_day(text, &publication);
    return true;
}
