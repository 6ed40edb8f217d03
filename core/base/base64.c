#include "core/base/base64.h"

#include <string.h>

#define BITS_OF_DIGIT 6
#define DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

const char *base64_text(const void *bytes, size_t size, struct arena *arena)
{
    static const char digits[] = DIGITS;
    const uint8_t *from = bytes;
    char *text = arena_alloc(arena, (size + 2) / 3 * 4 + 1);
    char *to = text;
    for (size_t at = 0; at < size; at += 3) {
        uint32_t group = (uint32_t)from[at] << 16;
        group |= at + 1 < size ? (uint32_t)from[at + 1] << 8 : 0;
        group |= at + 2 < size ? from[at + 2] : 0;
        for (size_t i = 0; i < 4; i++)
            *to++ = i <= size - at ? digits[group >> (18 - BITS_OF_DIGIT * i) & 63] : '=';
    }
    *to = '\0';
    return text;
}

static bool digit_of(char c, uint32_t *ret_digit)
{
    static const char digits[] = DIGITS;
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    if (at == NULL)
        return false;
    *ret_digit = (uint32_t)(at - digits);
    return true;
}

bool base64_bytes(const char *text, struct arena *arena, const void **ret_bytes, size_t *ret_size)
{
    size_t length = strlen(text), padding = 0, size = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    uint8_t *bytes = arena_alloc(arena, length / 4 * 3 + 1);
    uint32_t group = 0, digit = 0;
    if (length % 4 != 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool is_padding = i >= length - padding;
        if (!is_padding && !digit_of(text[i], &digit))
            return false;
        group = group << BITS_OF_DIGIT | (is_padding ? 0 : digit);
        if (i % 4 != 3)
            continue;
        for (int shift = 16; shift >= 0; shift -= 8)
            bytes[size++] = (uint8_t)(group >> shift);
        group = 0;
    }
    for (size_t i = 0; i < padding; i++)
        if (bytes[--size] != 0) /* bits behind the end */
            return false;
    *ret_bytes = bytes;
    *ret_size = size;
    return true;
}
