/* The XML of the European Central Bank, and nothing else: an Envelope with a Cube of Cubes by day,
 * of Cubes by currency. A reader of exactly these documents: a DTD, an entity, a CDATA section or a
 * processing instruction has no place in them and is refused before it could mean anything. */
#include <string.h>

#include "core/outside/rate_feed_parts.h"

#define ATTRIBUTES_MAX 8
#define DEPTH_MAX 6
#define FEED_BASE "EUR"

struct span {
    size_t start, length;
};

struct tag {
    size_t offset;
    struct span name;
    struct {
        struct span name, value;
    } attributes[ATTRIBUTES_MAX];
    size_t attribute_count;
    bool closes; /* </name> */
    bool empty;  /* <name/> */
};

/* Where a tag stands: what may be there follows from it. */
struct reading {
    struct feed_text *text;
    struct span open[DEPTH_MAX];
    size_t depth;
    size_t cubes; /* how many of the open ones are Cubes */
    struct date on;
    bool has_ended;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct feed_text *text)
{
    while (text->at < text->size && is_space(text->bytes[text->at]))
        text->at++;
}

static bool looks_at(const struct feed_text *text, const char *word)
{
    size_t length = strlen(word);
    return text->size - text->at >= length && memcmp(text->bytes + text->at, word, length) == 0;
}

static bool refuse_end(const struct feed_text *text, struct error *err)
{
    return feed_refuse(text, text->size, err, "the document ends in the middle");
}

/* Behind the next `end`. */
static bool skip_behind(struct feed_text *text, const char *end, struct error *err)
{
    for (; text->at < text->size; text->at++)
        if (looks_at(text, end)) {
            text->at += strlen(end);
            return true;
        }
    return refuse_end(text, err);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '_' || c == '-' || c == '.';
}

static bool read_name(struct feed_text *text, struct span *ret_name, struct error *err)
{
    size_t start = text->at;
    while (text->at < text->size && is_name_char(text->bytes[text->at]))
        text->at++;
    if (text->at == text->size)
        return refuse_end(text, err);
    if (text->at == start)
        return feed_refuse(text, start, err, "expected a name");
    *ret_name = (struct span){start, text->at - start};
    return true;
}

static bool read_value(struct feed_text *text, struct span *ret_value, struct error *err)
{
    skip_space(text);
    if (text->at < text->size && text->bytes[text->at] != '=')
        return feed_refuse(text, text->at, err, "expected '=' and a value");
    text->at += text->at < text->size;
    skip_space(text);
    if (text->at >= text->size)
        return refuse_end(text, err);
    char quote = text->bytes[text->at];
    if (quote != '"' && quote != '\'')
        return feed_refuse(text, text->at, err, "expected a value between quotation marks");
    size_t start = ++text->at;
    for (; text->at < text->size && text->bytes[text->at] != quote; text->at++)
        if (text->bytes[text->at] == '&' || text->bytes[text->at] == '<')
            return feed_refuse(text, text->at, err, "entities are refused: no feed needs one");
    if (text->at == text->size)
        return refuse_end(text, err);
    *ret_value = (struct span){start, text->at - start};
    text->at++;
    return true;
}

static bool read_attributes(struct feed_text *text, struct tag *tag, struct error *err)
{
    for (;;) {
        size_t before = text->at;
        skip_space(text);
        if (text->at == text->size)
            return refuse_end(text, err);
        if (!is_name_char(text->bytes[text->at]))
            return true;
        if (before == text->at || tag->closes || tag->attribute_count == ATTRIBUTES_MAX)
            return feed_refuse(text, text->at, err, "an attribute has no place here");
        if (!read_name(text, &tag->attributes[tag->attribute_count].name, err) ||
            !read_value(text, &tag->attributes[tag->attribute_count].value, err))
            return false;
        tag->attribute_count++;
    }
}

static bool read_tag(struct feed_text *text, struct tag *ret_tag, struct error *err)
{
    struct tag tag = {.offset = text->at++};
    if (text->at < text->size && text->bytes[text->at] == '/') {
        tag.closes = true;
        text->at++;
    }
    if (!read_name(text, &tag.name, err) || !read_attributes(text, &tag, err))
        return false;
    if (text->bytes[text->at] == '/' && !tag.closes) {
        tag.empty = true;
        text->at++;
    }
    if (text->at == text->size)
        return refuse_end(text, err);
    if (text->bytes[text->at] != '>')
        return feed_refuse(text, text->at, err, "expected '>'");
    text->at++;
    *ret_tag = tag;
    return true;
}

/* ---------------------------------------------------------------- what the tags mean */

static bool attribute(const struct feed_text *text, const struct tag *tag, const char *name,
                      struct span *ret_value)
{
    for (size_t i = 0; i < tag->attribute_count; i++)
        if (feed_is(text, tag->attributes[i].name.start, tag->attributes[i].name.length, name)) {
            *ret_value = tag->attributes[i].value;
            return true;
        }
    return false;
}

static bool has_name(const struct feed_text *text, const struct tag *tag, const char *name)
{
    return feed_is(text, tag->name.start, tag->name.length, name);
}

static bool take_rate(struct reading *reading, const struct tag *tag, struct error *err)
{
    const struct feed_text *text = reading->text;
    struct span quote;
    struct span value;
    char code[RATE_CODE_SIZE];
    struct decimal rate;
    if (tag->attribute_count != 2 || !attribute(text, tag, "currency", &quote) ||
        !attribute(text, tag, "rate", &value))
        return feed_refuse(text, tag->offset, err, "expected <Cube currency=\"USD\" rate=\"…\"/>");
    if (!feed_code(text, quote.start, quote.length, code, err) ||
        !feed_decimal(text, value.start, value.length, false, &rate, err))
        return false;
    if (strcmp(code, FEED_BASE) == 0)
        return feed_refuse(text, quote.start, err, "a rate of %s, which is the base", code);
    return feed_add(text, reading->on, FEED_BASE, code, rate, tag->offset, err);
}

static bool take_day(struct reading *reading, const struct tag *tag, struct error *err)
{
    const struct feed_text *text = reading->text;
    struct span day;
    if (tag->attribute_count != 1 || !attribute(text, tag, "time", &day))
        return feed_refuse(text, tag->offset, err, "expected <Cube time=\"YYYY-MM-DD\">");
    return feed_date(text, day.start, day.length, &reading->on, err);
}

static bool take_cube(struct reading *reading, const struct tag *tag, struct error *err)
{
    if (reading->cubes + 1 != reading->depth)
        return feed_refuse(reading->text, tag->offset, err, "a Cube has no place here");
    switch (reading->cubes) {
    case 0:
        return tag->attribute_count == 0 ||
               feed_refuse(reading->text, tag->offset, err, "expected <Cube> without attributes");
    case 1:
        return take_day(reading, tag, err);
    case 2:
        return take_rate(reading, tag, err);
    default:
        return feed_refuse(reading->text, tag->offset, err, "a Cube has no place here");
    }
}

static bool take_open(struct reading *reading, const struct tag *tag, struct error *err)
{
    const struct feed_text *text = reading->text;
    bool is_cube = has_name(text, tag, "Cube");
    bool is_known = is_cube || has_name(text, tag, "gesmes:subject") ||
                    has_name(text, tag, "gesmes:Sender") || has_name(text, tag, "gesmes:name");
    if (reading->has_ended)
        return feed_refuse(text, tag->offset, err, "something behind the end of the document");
    if (reading->depth == 0 ? !has_name(text, tag, "gesmes:Envelope") : !is_known)
        return feed_refuse(text, tag->offset, err, "<%.*s> has no place in rates of the ECB",
                           tag->name.length > 40 ? 40 : (int)tag->name.length,
                           text->bytes + tag->name.start);
    if (is_cube ? !take_cube(reading, tag, err)
                : reading->cubes > 0 &&
                      !feed_refuse(text, tag->offset, err, "only a Cube may stand in a Cube"))
        return false;
    if (tag->empty)
        return true;
    if (reading->depth == DEPTH_MAX)
        return feed_refuse(text, tag->offset, err, "nested too deeply");
    reading->open[reading->depth++] = tag->name;
    reading->cubes += is_cube;
    return true;
}

static bool take_close(struct reading *reading, const struct tag *tag, struct error *err)
{
    const struct feed_text *text = reading->text;
    if (reading->depth == 0)
        return feed_refuse(text, tag->offset, err, "nothing is open that it could end");
    struct span open = reading->open[--reading->depth];
    if (open.length != tag->name.length ||
        memcmp(text->bytes + open.start, text->bytes + tag->name.start, open.length) != 0)
        return feed_refuse(text, tag->offset, err, "expected </%.*s>",
                           open.length > 40 ? 40 : (int)open.length, text->bytes + open.start);
    reading->cubes -= has_name(text, tag, "Cube");
    reading->has_ended = reading->depth == 0;
    return true;
}

/* Text may stand in subject and name alone; elsewhere only space. */
static bool take_text(struct reading *reading, struct error *err)
{
    struct feed_text *text = reading->text;
    bool may_have = reading->depth > 1 && reading->cubes == 0;
    for (; text->at < text->size && text->bytes[text->at] != '<'; text->at++) {
        if (text->bytes[text->at] == '&')
            return feed_refuse(text, text->at, err, "entities are refused: no feed needs one");
        if (!may_have && !is_space(text->bytes[text->at]))
            return feed_refuse(text, text->at, err, "a text has no place here");
    }
    return true;
}

static bool take_markup(struct reading *reading, struct error *err)
{
    struct feed_text *text = reading->text;
    struct tag tag = {0};
    if (looks_at(text, "<!--"))
        return skip_behind(text, "-->", err);
    if (looks_at(text, "<!DOCTYPE") || looks_at(text, "<!ENTITY"))
        return feed_refuse(text, text->at, err, "a DTD is refused: no feed needs one");
    if (looks_at(text, "<!") || looks_at(text, "<?"))
        return feed_refuse(text, text->at, err, "expected an element");
    if (!read_tag(text, &tag, err))
        return false;
    return tag.closes ? take_close(reading, &tag, err) : take_open(reading, &tag, err);
}

bool feed_parse_xml(struct feed_text *text, struct error *err)
{
    struct reading reading = {.text = text};
    if (looks_at(text, "\xEF\xBB\xBF"))
        text->at += 3;
    skip_space(text);
    if (looks_at(text, "<?xml") && !skip_behind(text, "?>", err))
        return false;
    while (text->at < text->size)
        if (!take_text(&reading, err) || (looks_at(text, "<") && !take_markup(&reading, err)))
            return false;
    return reading.has_ended || refuse_end(text, err);
}
