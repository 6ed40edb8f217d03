/* JSON from outside: see json_read.h. */
#include "core/outside/json_read.h"

#include <string.h>

#include "core/base/text.h"

#define HIGH_SURROGATE 0xD800u
#define LOW_SURROGATE 0xDC00u
#define SURROGATES_END 0xE000u
#define PATH_PART_MAX 64

struct reader {
    const char *bytes;
    size_t size, at, values;
    struct arena *arena;
    struct error *err;
};

static bool refuse(const struct reader *reader, const char *expected)
{
    return error_item(reader->err, "bad_json", "byte %zu: expected %s", reader->at, expected);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* NUL at the end; a NUL byte of the document is refused wherever it stands, for no rule takes it.
 */
static char peek(const struct reader *reader)
{
    return reader->at < reader->size ? reader->bytes[reader->at] : '\0';
}

static char peek_token(struct reader *reader)
{
    while (peek(reader) == ' ' || peek(reader) == '\t' || peek(reader) == '\n' ||
           peek(reader) == '\r')
        reader->at++;
    return peek(reader);
}

static bool take(struct reader *reader, char c)
{
    if (peek_token(reader) != c)
        return false;
    reader->at++;
    return true;
}

/* ---------------------------------------------------------------- texts */

static bool read_hex4(struct reader *reader, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    for (int32_t i = 0; i < 4; i++, reader->at++) {
        char c = peek(reader);
        if (is_digit(c))
            unit = unit * 16 + (uint32_t)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            unit = unit * 16 + (uint32_t)((c | 0x20) - 'a') + 10;
        else
            return refuse(reader, "four hexadecimal digits");
    }
    *ret_unit = unit;
    return true;
}

static char *put_utf8(char *target, uint32_t point)
{
    if (point < 0x80) {
        *target++ = (char)point;
        return target;
    }
    if (point < 0x800) {
        *target++ = (char)(0xC0 | (point >> 6));
    } else {
        if (point < 0x10000) {
            *target++ = (char)(0xE0 | (point >> 12));
        } else {
            *target++ = (char)(0xF0 | (point >> 18));
            *target++ = (char)(0x80 | ((point >> 12) & 0x3F));
        }
        *target++ = (char)(0x80 | ((point >> 6) & 0x3F));
    }
    *target++ = (char)(0x80 | (point & 0x3F));
    return target;
}

/* Behind "\u". A pair of surrogates is one character. */
static bool read_unicode_escape(struct reader *reader, char **target)
{
    uint32_t unit = 0, low = 0;
    if (!read_hex4(reader, &unit))
        return false;
    if (unit >= HIGH_SURROGATE && unit < LOW_SURROGATE) {
        if (reader->size - reader->at < 2 || memcmp(reader->bytes + reader->at, "\\u", 2) != 0)
            return refuse(reader, "the second half of a surrogate pair");
        reader->at += 2;
        if (!read_hex4(reader, &low))
            return false;
        if (low < LOW_SURROGATE || low >= SURROGATES_END)
            return refuse(reader, "the second half of a surrogate pair");
        unit = 0x10000 + ((unit - HIGH_SURROGATE) << 10) + (low - LOW_SURROGATE);
    } else if (unit == 0 || (unit >= LOW_SURROGATE && unit < SURROGATES_END)) {
        return refuse(reader, "a character");
    }
    *target = put_utf8(*target, unit);
    return true;
}

static bool read_escape(struct reader *reader, char **target)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char c = peek(reader);
    const char *letter = c == '\0' ? NULL : strchr(letters, c);
    if (c == 'u') {
        reader->at++;
        return read_unicode_escape(reader, target);
    }
    if (letter == NULL)
        return refuse(reader, "an escape");
    reader->at++;
    *(*target)++ = meanings[letter - letters];
    return true;
}

/* Where the text that begins at reader->at ends: at its quotation mark, or at the end. */
static size_t text_end(const struct reader *reader)
{
    size_t end = reader->at;
    while (end < reader->size && reader->bytes[end] != '"')
        end += reader->bytes[end] == '\\' ? 2 : 1;
    return end < reader->size ? end : reader->size;
}

/* An escape is never shorter than what it means, so the text fits where its source would. */
static bool read_text(struct reader *reader, const char **ret_text)
{
    size_t bad = 0;
    if (!take(reader, '"'))
        return refuse(reader, "a text");
    size_t length = text_end(reader) - reader->at;
    if (!text_utf8_valid(reader->bytes + reader->at, length, &bad)) {
        reader->at += bad;
        return refuse(reader, "UTF-8");
    }
    char *text = arena_alloc(reader->arena, length + 1), *target = text;
    while (reader->at < reader->size && peek(reader) != '"') {
        char c = peek(reader);
        if ((unsigned char)c < ' ')
            return refuse(reader, "no control character");
        reader->at++;
        if (c != '\\')
            *target++ = c;
        else if (!read_escape(reader, &target))
            return false;
    }
    if (reader->at == reader->size)
        return refuse(reader, "the end of a text");
    reader->at++;
    *ret_text = text;
    return true;
}

/* ---------------------------------------------------------------- numbers and words */

static bool read_digits(struct reader *reader)
{
    size_t start = reader->at;
    while (is_digit(peek(reader)))
        reader->at++;
    return reader->at > start || refuse(reader, "a digit");
}

static bool read_number(struct reader *reader, const char **ret_text)
{
    size_t start = reader->at;
    reader->at += peek(reader) == '-';
    size_t digits = reader->at;
    bool zero = peek(reader) == '0';
    if (!read_digits(reader))
        return false;
    if (zero && reader->at - digits > 1)
        return refuse(reader, "no zero in front");
    if (peek(reader) == '.') {
        reader->at++;
        if (!read_digits(reader))
            return false;
    }
    if (peek(reader) == 'e' || peek(reader) == 'E') {
        reader->at++;
        reader->at += peek(reader) == '-' || peek(reader) == '+';
        if (!read_digits(reader))
            return false;
    }
    *ret_text = arena_copy_n(reader->arena, reader->bytes + start, reader->at - start);
    return true;
}

static bool read_word(struct reader *reader, enum json_kind *ret_kind)
{
    static const struct {
        const char *word;
        enum json_kind kind;
    } words[] = {
        {"null",  JSON_KIND_NULL },
        {"false", JSON_KIND_FALSE},
        {"true",  JSON_KIND_TRUE }
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t length = strlen(words[i].word);
        if (reader->size - reader->at < length ||
            memcmp(reader->bytes + reader->at, words[i].word, length) != 0)
            continue;
        reader->at += length;
        *ret_kind = words[i].kind;
        return true;
    }
    return refuse(reader, "a value");
}

/* ---------------------------------------------------------------- values */

static bool read_value(struct reader *reader, int32_t depth, struct json_value *ret_value);

static bool is_there(const struct json_value *parent, const char *name)
{
    for (const struct json_value *member = parent->first; member != NULL; member = member->next)
        if (text_equal(member->name, name))
            return true;
    return false;
}

static bool read_name(struct reader *reader, const struct json_value *parent, const char **ret_name)
{
    if (!read_text(reader, ret_name))
        return false;
    if (is_there(parent, *ret_name))
        return refuse(reader, "no name twice");
    if (parent->count >= JSON_READ_MEMBERS_MAX)
        return refuse(reader, "fewer members");
    return take(reader, ':') || refuse(reader, "':'");
}

static bool read_members(struct reader *reader, int32_t depth, struct json_value *parent)
{
    bool object = parent->kind == JSON_KIND_OBJECT;
    const struct json_value **last = &parent->first;
    char end = object ? '}' : ']';
    reader->at++;
    if (take(reader, end))
        return true;
    for (;;) {
        struct json_value *member = ARENA_NEW(reader->arena, struct json_value);
        if (object && !read_name(reader, parent, &member->name))
            return false;
        if (!read_value(reader, depth + 1, member))
            return false;
        *last = member;
        last = &member->next;
        parent->count++;
        if (take(reader, end))
            return true;
        if (!take(reader, ','))
            return refuse(reader, object ? "',' or '}'" : "',' or ']'");
    }
}

static bool read_value(struct reader *reader, int32_t depth, struct json_value *ret_value)
{
    char first = peek_token(reader);
    if (depth > JSON_READ_DEPTH_MAX)
        return refuse(reader, "less depth");
    if (++reader->values > JSON_READ_VALUES_MAX)
        return refuse(reader, "fewer values");
    if (first == '{' || first == '[') {
        ret_value->kind = first == '{' ? JSON_KIND_OBJECT : JSON_KIND_ARRAY;
        return read_members(reader, depth, ret_value);
    }
    if (first == '"') {
        ret_value->kind = JSON_KIND_TEXT;
        return read_text(reader, &ret_value->text);
    }
    if (first == '-' || is_digit(first)) {
        ret_value->kind = JSON_KIND_NUMBER;
        return read_number(reader, &ret_value->text);
    }
    return read_word(reader, &ret_value->kind);
}

bool json_read(const char *bytes, size_t size, struct arena *arena,
               const struct json_value **ret_value, struct error *err)
{
    struct reader reader = {.bytes = bytes, .size = size, .arena = arena, .err = err};
    struct json_value *value = ARENA_NEW(arena, struct json_value);
    if (!read_value(&reader, 1, value))
        return false;
    (void)peek_token(&reader);
    if (reader.at < reader.size)
        return refuse(&reader, "the end");
    *ret_value = value;
    return true;
}

/* ---------------------------------------------------------------- looking at it */

const struct json_value *json_member(const struct json_value *object, const char *name)
{
    if (object == NULL || object->kind != JSON_KIND_OBJECT)
        return NULL;
    for (const struct json_value *member = object->first; member != NULL; member = member->next)
        if (strcmp(member->name, name) == 0)
            return member;
    return NULL;
}

const struct json_value *json_at(const struct json_value *object, const char *path)
{
    while (object != NULL) {
        char name[PATH_PART_MAX];
        size_t length = strcspn(path, ".");
        assert(length < sizeof name);
        memcpy(name, path, length);
        name[length] = '\0';
        object = json_member(object, name);
        if (path[length] == '\0')
            break;
        path += length + 1;
    }
    return object;
}

const char *json_text_of(const struct json_value *value)
{
    return value != NULL && value->kind == JSON_KIND_TEXT ? value->text : NULL;
}

const char *json_text_at(const struct json_value *object, const char *path)
{
    return json_text_of(json_at(object, path));
}

bool json_integer_at(const struct json_value *object, const char *path, int64_t *ret_value)
{
    const struct json_value *value = json_at(object, path);
    return value != NULL && value->kind == JSON_KIND_NUMBER &&
           text_parse_i64(value->text, ret_value);
}

bool json_says_true(const struct json_value *value)
{
    return value != NULL && value->kind == JSON_KIND_TRUE;
}
