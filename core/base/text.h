/* Texts: strict parsing (the one home of strtol and its kind), comparison, UTF-8, bounded copies.
 */
#ifndef BILLMILL_BASE_TEXT_H
#define BILLMILL_BASE_TEXT_H

#include "core/base/compiler.h"

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_is_empty(const char *text);          /* NULL or "" */
const char *text_or_empty(const char *text);   /* "" for NULL */
bool text_starts_with(const char *text, const char *prefix);

/* Decimal integer, the whole text, optional minus, no space, no plus, no overflow. False leaves
 * *ret_value alone. */
MUST_CHECK bool text_parse_i64(const char *text, int64_t *ret_value);

/* Writes `value` in decimal before `end`, with zeros in front up to `width` digits; returns where
 * it begins. No NUL. For what is printed so often that printf is felt: dates, amounts. */
char *text_digits_before(char *end, uint64_t value, int32_t width);
char *text_number_before(char *end, int64_t value); /* with a minus below zero */

/* Copies with the ending NUL; false when it does not fit (the target is then ""). */
MUST_CHECK bool text_copy(char *target, size_t size, const char *text);

/* The length of the valid UTF-8 text (no surrogates, no overlong forms, at most U+10FFFF), or false
 * and where it breaks. */
MUST_CHECK bool text_utf8_valid(const char *text, size_t length, size_t *ret_bad_offset);

/* Only characters from the space to the tilde: true of most texts, and told eight bytes at once. */
MUST_CHECK bool text_is_plain(const char *text, size_t length);

/* The next code point of valid UTF-8 at *cursor, which moves behind it; 0 at the end. */
uint32_t text_utf8_next(const char **cursor);

/* Lower-case hexadecimal of `size` bytes; target needs 2 * size + 1. */
void text_hex(char *target, const uint8_t *bytes, size_t size);

/* How alike two words are (edit distance), for "did you mean". */
int32_t text_distance(const char *a, const char *b);

/* The word of the list that was probably meant, or NULL. */
const char *text_nearest(const char *text, const char *const *words, size_t count);

#endif
