/* JSON that came from outside, as a small tree. A reader of our own, because amounts are compared
 * to the last digit: a number stays the text that it was, where a library would make a double of
 * it.
 *
 * 1. Strict (RFC 8259): refused are a name that is there twice, NUL bytes and \u0000, texts that
 * are not UTF-8, lone surrogates, control characters in texts, and anything behind the document. A
 * document that could be read in two ways is not read at all.
 * 2. Bounded: depth, values, members of one object; the arena holds at most the bytes and some tens
 * of bytes for each value. */
#ifndef BILLMILL_OUTSIDE_JSON_READ_H
#define BILLMILL_OUTSIDE_JSON_READ_H

#include "core/base/arena.h"
#include "core/base/error.h"

#define JSON_READ_DEPTH_MAX 32
#define JSON_READ_VALUES_MAX 20000
#define JSON_READ_MEMBERS_MAX 1000 /* of one object */

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_FALSE,
    JSON_KIND_TRUE,
    JSON_KIND_NUMBER,
    JSON_KIND_TEXT,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
};

struct json_value {
    enum json_kind kind;
    const char *text;               /* of a number as written, of a text without escapes */
    const char *name;               /* of a member, else NULL */
    const struct json_value *first; /* of an array or object, in the order of the document */
    const struct json_value *next;
    size_t count;
};

/* The tree is in the arena. ERROR_ITEM "bad_json" names the byte, counted from 0, and quotes
 * nothing of the document. */
MUST_CHECK bool json_read(const char *bytes, size_t size, struct arena *arena,
                          const struct json_value **ret_value, struct error *err);

/* The member of that name; NULL where `object` is NULL, no object, or has none. */
const struct json_value *json_member(const struct json_value *object, const char *name);

/* The same along names with points between them: "error.metadata.payment_id". */
const struct json_value *json_at(const struct json_value *object, const char *path);

/* NULL where the value is NULL or of another kind. */
const char *json_text_of(const struct json_value *value);
const char *json_text_at(const struct json_value *object, const char *path);

/* Only whole numbers without point and exponent that fit: false otherwise. */
MUST_CHECK bool json_integer_at(const struct json_value *object, const char *path,
                                int64_t *ret_value);

bool json_says_true(const struct json_value *value);

#endif
