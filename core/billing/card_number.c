#include "core/billing/card_number.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MIN 13
#define DIGITS_MAX 19

/* 0 for what is none, or too many. */
static size_t read_digits(const char *text, int32_t digits[DIGITS_MAX])
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (strchr(" .-", *text) != NULL)
            continue;
        if (*text < '0' || *text > '9' || count == DIGITS_MAX)
            return 0;
        digits[count++] = *text - '0';
    }
    return count;
}

/* From the right, every second digit counts twice; the sum ends with 0. */
static bool is_checked(const int32_t *digits, size_t count)
{
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t digit = digits[count - 1 - i];
        int32_t twice = 2 * digit;
        sum += i % 2 == 0 ? digit : twice > 9 ? twice - 9 : twice;
    }
    return sum % 10 == 0;
}

bool card_number_is_likely(const char *text)
{
    int32_t digits[DIGITS_MAX];
    size_t count = read_digits(text, digits);
    if (count < DIGITS_MIN || digits[0] < 2 || digits[0] > 6 ||
        (count == DIGITS_MIN && digits[0] != 4))
        return false;
    return is_checked(digits, count);
}
