/* Texts: see text.h. */
#include "core/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NEAREST_DISTANCE_MAX 2

#define TEXT_DISTANCE_MAX 64

bool text_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

bool text_is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_parse_i64(const char *text, int64_t *ret_value)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] < '0' || digits[0] > '9')
        return false;
    char *end = NULL;
    errno = 0;
    int64_t value = strtoimax(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *ret_value = value;
    return true;
}

char *text_digits_before(char *end, uint64_t value, int32_t width)
{
    char *at = end;
    for (; value != 0 || end - at < width; value /= 10)
        *--at = (char)('0' + (int)(value % 10));
    return at;
}

char *text_number_before(char *end, int64_t value)
{
    char *at = text_digits_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
    if (value < 0)
        *--at = '-';
    return at;
}

bool text_copy(char *target, size_t size, const char *text)
{
    size_t length = strlen(text);
    target[0] = '\0';
    if (length >= size)
        return false;
    memcpy(target, text, length + 1);
    return true;
}

/* Bytes that a lead byte announces, and the smallest code point that may need them; 0 for what
 * cannot lead. */
static size_t utf8_length(uint8_t lead, uint32_t *ret_min, uint32_t *ret_bits)
{
    if (lead < 0x80) {
        *ret_min = 0;
        *ret_bits = lead;
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        *ret_min = 0x80;
        *ret_bits = lead & 0x1Fu;
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        *ret_min = 0x800;
        *ret_bits = lead & 0x0Fu;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *ret_min = 0x10000;
        *ret_bits = lead & 0x07u;
        return 4;
    }
    return 0;
}

static bool utf8_decode(const uint8_t *bytes, size_t available, size_t *ret_length,
                        uint32_t *ret_point)
{
    uint32_t min = 0;
    uint32_t point = 0;
    size_t length = utf8_length(bytes[0], &min, &point);
    if (length == 0 || length > available)
        return false;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0u) != 0x80u)
            return false;
        point = (point << 6) | (bytes[i] & 0x3Fu);
    }
    if (point < min || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return false;
    *ret_length = length;
    *ret_point = point;
    return true;
}

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* In each byte the highest bit says no: the byte has it, is below the space, or is the one behind
 * the tilde. No borrow or carry leaves a byte, for the highest bits are out of the way. */
static bool is_plain_word(uint64_t word)
{
    uint64_t low = word & EVERY_BYTE(0x7F);
    uint64_t from_space = low + EVERY_BYTE(0x80 - 0x20);
    uint64_t behind_tilde = low + EVERY_BYTE(0x80 - 0x7F);
    return ((word | ~from_space | behind_tilde) & EVERY_BYTE(0x80)) == 0;
}

bool text_is_plain(const char *text, size_t length)
{
    uint64_t word;
    for (; length >= sizeof word; length -= sizeof word, text += sizeof word) {
        memcpy(&word, text, sizeof word);
        if (!is_plain_word(word))
            return false;
    }
    if (length == 0)
        return true;
    word = EVERY_BYTE(' ');
    memcpy(&word, text, length);
    return is_plain_word(word);
}

bool text_utf8_valid(const char *text, size_t length, size_t *ret_bad_offset)
{
    for (size_t at = 0; at < length;) {
        size_t step = 0;
        uint32_t point = 0;
        if (!utf8_decode((const uint8_t *)text + at, length - at, &step, &point)) {
            *ret_bad_offset = at;
            return false;
        }
        at += step;
    }
    return true;
}

uint32_t text_utf8_next(const char **cursor)
{
    size_t step = 0;
    uint32_t point = 0;
    if (**cursor == '\0')
        return 0;
    if (!utf8_decode((const uint8_t *)*cursor, strlen(*cursor), &step, &point)) {
        (*cursor)++;
        return 0xFFFD;
    }
    *cursor += step;
    return point;
}

void text_hex(char *target, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        target[2 * i] = digits[bytes[i] >> 4];
        target[2 * i + 1] = digits[bytes[i] & 0x0F];
    }
    target[2 * size] = '\0';
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

int32_t text_distance(const char *a, const char *b)
{
    int32_t row[TEXT_DISTANCE_MAX + 1];
    size_t length = strlen(b);
    if (length > TEXT_DISTANCE_MAX || strlen(a) > TEXT_DISTANCE_MAX)
        return TEXT_DISTANCE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = (int32_t)j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        int32_t diagonal = row[0];
        row[0] = (int32_t)i;
        for (size_t j = 1; j <= length; j++) {
            int32_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

const char *text_nearest(const char *text, const char *const *words, size_t count)
{
    const char *best = NULL;
    int32_t best_distance = NEAREST_DISTANCE_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        int32_t distance = text_distance(text, words[i]);
        if (distance < best_distance && distance < (int32_t)strlen(words[i])) {
            best = words[i];
            best_distance = distance;
        }
    }
    return best;
}
