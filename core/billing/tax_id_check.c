/* Check digits by country: see tax_id_check.h. What an algorithm is known as stands in the table of
 * tax_id.c; most are a weighted sum of digits and its rest by a prime. */
#include "core/billing/tax_id_check.h"

#include <string.h>

#include "core/base/compiler.h"

#define DIGITS_MAX 12

static int32_t digit(char c)
{
    return c - '0';
}

/* Of at most 18 digits. */
static int64_t number(const char *digits, size_t count)
{
    int64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + digit(digits[i]);
    return value;
}

static int32_t weighted_sum(const char *digits, const int32_t *weights, size_t count)
{
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i] * digit(digits[i]);
    return sum;
}

/* Weights from `first` downward by one. */
static int32_t falling_sum(const char *digits, int32_t first, size_t count)
{
    int32_t weights[DIGITS_MAX];
    for (size_t i = 0; i < count; i++)
        weights[i] = first - (int32_t)i;
    return weighted_sum(digits, weights, count);
}

static enum tax_id_verdict verdict(bool right)
{
    return right ? TAX_ID_RIGHT : TAX_ID_WRONG;
}

static int32_t digit_sum_of_double(int32_t value)
{
    return value * 2 > 9 ? value * 2 - 9 : value * 2;
}

/* Every second digit from the last but one to the left counts double. */
static int32_t luhn_sum(const char *digits, size_t count)
{
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t value = digit(digits[count - 1 - i]);
        sum += i % 2 == 1 ? digit_sum_of_double(value) : value;
    }
    return sum;
}

static bool luhn(const char *digits, size_t count)
{
    return luhn_sum(digits, count) % 10 == 0;
}

static bool iso_7064_mod_11_10(const char *digits, size_t count)
{
    int32_t product = 10;
    for (size_t i = 0; i + 1 < count; i++) {
        int32_t sum = (digit(digits[i]) + product) % 10;
        product = (sum == 0 ? 10 : sum) * 2 % 11;
    }
    return (product + digit(digits[count - 1])) % 10 == 1;
}

enum tax_id_verdict tax_id_check_at(const char *body)
{
    return verdict((luhn_sum(body + 1, 7) + 4 + digit(body[8])) % 10 == 0);
}

enum tax_id_verdict tax_id_check_au(const char *body)
{
    static const int32_t weights[] = {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19};
    return verdict((weighted_sum(body, weights, 11) - weights[0]) % 89 == 0);
}

/* Of nine digits the leading zero was left out. */
enum tax_id_verdict tax_id_check_be(const char *body)
{
    size_t count = strlen(body);
    return verdict(97 - number(body, count - 2) % 97 == number(body + count - 2, 2));
}

static bool bulgarian_company(const char *body)
{
    static const int32_t first[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const int32_t second[] = {3, 4, 5, 6, 7, 8, 9, 10};
    int32_t rest = weighted_sum(body, first, 8) % 11;
    if (rest == 10)
        rest = weighted_sum(body, second, 8) % 11 % 10;
    return rest == digit(body[8]);
}

/* A citizen, a foreigner, or another taxpayer. */
static bool bulgarian_person(const char *body)
{
    static const int32_t citizen[] = {2, 4, 8, 5, 10, 9, 7, 3, 6};
    static const int32_t foreigner[] = {21, 19, 17, 13, 11, 9, 7, 3, 1};
    static const int32_t other[] = {4, 3, 2, 7, 6, 5, 4, 3, 2};
    int32_t last = digit(body[9]);
    int32_t rest = 11 - weighted_sum(body, other, 9) % 11;
    return weighted_sum(body, citizen, 9) % 11 % 10 == last ||
           weighted_sum(body, foreigner, 9) % 10 == last || (rest != 10 && rest % 11 == last);
}

enum tax_id_verdict tax_id_check_bg(const char *body)
{
    return verdict(strlen(body) == 9 ? bulgarian_company(body) : bulgarian_person(body));
}

enum tax_id_verdict tax_id_check_ch(const char *body)
{
    static const int32_t weights[] = {5, 4, 3, 2, 7, 6, 5, 4};
    return verdict((11 - weighted_sum(body, weights, 8) % 11) % 11 == digit(body[8]));
}

enum tax_id_verdict tax_id_check_cy(const char *body)
{
    static const int32_t odd_places[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
    int32_t sum = 0;
    for (size_t i = 0; i < 8; i++)
        sum += i % 2 == 0 ? odd_places[digit(body[i])] : digit(body[i]);
    return verdict(strncmp(body, "12", 2) != 0 && body[8] == 'A' + sum % 26);
}

/* A company has eight digits; a person nine (before 1954, and the special ones that begin with 6),
 * which have none to check, or ten. */
enum tax_id_verdict tax_id_check_cz(const char *body)
{
    size_t count = strlen(body);
    if (count == 8) {
        int32_t rest = (11 - falling_sum(body, 8, 7) % 11) % 11;
        return verdict(body[0] != '9' && (rest == 0 ? 1 : rest) % 10 == digit(body[7]));
    }
    if (count == 9)
        return TAX_ID_UNCHECKED;
    return verdict(number(body, 9) % 11 % 10 == digit(body[9]));
}

enum tax_id_verdict tax_id_check_de(const char *body)
{
    return verdict(body[0] != '0' && iso_7064_mod_11_10(body, 9));
}

enum tax_id_verdict tax_id_check_dk(const char *body)
{
    static const int32_t weights[] = {2, 7, 6, 5, 4, 3, 2, 1};
    return verdict(body[0] != '0' && weighted_sum(body, weights, 8) % 11 == 0);
}

enum tax_id_verdict tax_id_check_ee(const char *body)
{
    static const int32_t weights[] = {3, 7, 1, 3, 7, 1, 3, 7, 1};
    return verdict(weighted_sum(body, weights, 9) % 10 == 0);
}

enum tax_id_verdict tax_id_check_el(const char *body)
{
    static const int32_t weights[] = {256, 128, 64, 32, 16, 8, 4, 2};
    return verdict(weighted_sum(body, weights, 8) % 11 % 10 == digit(body[8]));
}

/* A person: eight digits (the first may stand for X, Y, Z, K, L, M) and a letter. */
static bool spanish_person(const char *body)
{
    static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
    const char *foreign = strchr("XYZ", body[0]);
    int64_t value = number(body + 1, 7);
    if (foreign != NULL)
        value += (foreign - "XYZ") * (int64_t)10000000;
    else if (body[0] <= '9')
        value += digit(body[0]) * (int64_t)10000000;
    return body[8] == letters[value % 23];
}

/* A company: its letter says whether the last character is a digit, a letter, or either. */
static bool spanish_company(const char *body)
{
    int32_t sum = 0;
    for (size_t i = 1; i <= 7; i++)
        sum += i % 2 == 1 ? digit_sum_of_double(digit(body[i])) : digit(body[i]);
    int32_t control = (10 - sum % 10) % 10;
    bool is_digit = body[8] == '0' + control;
    bool is_letter = body[8] == "JABCDEFGHI"[control];
    if (strchr("ABEH", body[0]) != NULL)
        return is_digit;
    if (strchr("NPQRSW", body[0]) != NULL)
        return is_letter;
    return strchr("CDFGJUV", body[0]) != NULL && (is_digit || is_letter);
}

enum tax_id_verdict tax_id_check_es(const char *body)
{
    bool person = body[0] <= '9' || strchr("XYZKLM", body[0]) != NULL;
    return verdict(person ? spanish_person(body) : spanish_company(body));
}

enum tax_id_verdict tax_id_check_fi(const char *body)
{
    static const int32_t weights[] = {7, 9, 10, 5, 8, 4, 2};
    return verdict((11 - weighted_sum(body, weights, 7) % 11) % 11 == digit(body[7]));
}

/* The SIREN has a check digit of its own (but in Monaco, where it begins with 000); the key before
 * it is checked where it is made of digits. */
enum tax_id_verdict tax_id_check_fr(const char *body)
{
    const char *siren = body + 2;
    bool monaco = strncmp(siren, "000", 3) == 0;
    bool digits = body[0] <= '9' && body[1] <= '9';
    if (strpbrk(body, "IO") != NULL || (!monaco && !luhn(siren, 9)))
        return TAX_ID_WRONG;
    if (digits)
        return verdict((12 + 3 * (number(siren, 9) % 97)) % 97 == number(body, 2));
    return monaco ? TAX_ID_UNCHECKED : TAX_ID_RIGHT;
}

/* Of twelve digits the last three name a branch. Government departments have GD000 to GD499, health
 * authorities HA500 to HA999, without a check digit. */
enum tax_id_verdict tax_id_check_gb(const char *body)
{
    if (body[0] == 'G')
        return number(body + 2, 3) < 500 ? TAX_ID_UNCHECKED : TAX_ID_WRONG;
    if (body[0] == 'H')
        return number(body + 2, 3) >= 500 ? TAX_ID_UNCHECKED : TAX_ID_WRONG;
    int64_t rest = (falling_sum(body, 8, 7) + number(body + 7, 2)) % 97;
    return verdict(rest == 0 || rest == 42);
}

enum tax_id_verdict tax_id_check_hr(const char *body)
{
    return verdict(iso_7064_mod_11_10(body, 11));
}

enum tax_id_verdict tax_id_check_hu(const char *body)
{
    static const int32_t weights[] = {9, 7, 3, 1, 9, 7, 3, 1};
    return verdict(weighted_sum(body, weights, 8) % 10 == 0);
}

/* Of the old form (a letter, + or * in the second place) the first digit moves to the end. */
enum tax_id_verdict tax_id_check_ie(const char *body)
{
    static const char letters[] = "WABCDEFGHIJKLMNOPQRSTUV";
    char digits[8] = {0};
    bool old = body[1] < '0' || body[1] > '9';
    memcpy(digits, body, 7);
    if (old) {
        digits[0] = '0';
        memcpy(digits + 1, body + 2, 5);
        digits[6] = body[0];
    }
    int32_t sum = falling_sum(digits, 8, 7);
    if (!old && body[8] != '\0' && body[8] != 'W')
        sum += 9 * (body[8] - 'A' + 1);
    return verdict(body[7] == letters[sum % 23] &&
                   (body[8] == '\0' || strchr("ABCDEFGHIW", body[8]) != NULL));
}

static int32_t value_base_36(char c)
{
    return c <= '9' ? digit(c) : c - 'A' + 10;
}

/* As Luhn, but over digits and letters; the first two digits are a state, 01 to 38 or 96, 97, 99.
 */
enum tax_id_verdict tax_id_check_in(const char *body)
{
    int32_t sum = 0;
    int64_t state = number(body, 2);
    for (size_t i = 0; i < 15; i++) {
        int32_t product = value_base_36(body[i]) * (i % 2 == 1 ? 2 : 1);
        sum += product / 36 + product % 36;
    }
    bool is_state = (state >= 1 && state <= 38) || state == 96 || state == 97 || state == 99;
    return verdict(is_state && body[12] != '0' && sum % 36 == 0);
}

enum tax_id_verdict tax_id_check_it(const char *body)
{
    return verdict(number(body, 7) != 0 && luhn(body, 11));
}

/* The last digit but one is always 1. */
enum tax_id_verdict tax_id_check_lt(const char *body)
{
    size_t count = strlen(body) - 1;
    int32_t first = 0;
    int32_t second = 0;
    for (size_t i = 0; i < count; i++) {
        first += digit(body[i]) * (int32_t)(i % 9 + 1);
        second += digit(body[i]) * (int32_t)((i + 2) % 9 + 1);
    }
    int32_t rest = first % 11 == 10 ? second % 11 % 10 : first % 11;
    return verdict(body[count - 1] == '1' && rest == digit(body[count]));
}

enum tax_id_verdict tax_id_check_lu(const char *body)
{
    return verdict(number(body, 6) % 89 == number(body + 6, 2));
}

/* A company begins with 4 to 9; a person's code is a date of birth, or begins with 32 and has
 * nothing to check. */
enum tax_id_verdict tax_id_check_lv(const char *body)
{
    static const int32_t company[] = {9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1};
    static const int32_t person[] = {10, 5, 8, 4, 2, 1, 6, 3, 7, 9};
    if (body[0] > '3')
        return verdict(weighted_sum(body, company, 11) % 11 == 3);
    if (strncmp(body, "32", 2) == 0)
        return TAX_ID_UNCHECKED;
    return verdict((weighted_sum(body, person, 10) + 1) % 11 % 10 == digit(body[10]));
}

enum tax_id_verdict tax_id_check_mt(const char *body)
{
    static const int32_t weights[] = {3, 4, 6, 7, 8, 9, 10, 1};
    return verdict(weighted_sum(body, weights, 8) % 37 == 0);
}

/* Since 2020 sole traders have ids whose last two digits check the whole, letters as two digits. */
static bool dutch_mod_97(const char *body)
{
    int64_t rest = 0;
    const char *const parts[] = {"2321", body};
    for (size_t part = 0; part < 2; part++)
        for (const char *c = parts[part]; *c != '\0'; c++)
            rest = (*c == 'B' ? rest * 100 + 11 : rest * 10 + digit(*c)) % 97;
    return rest == 1;
}

enum tax_id_verdict tax_id_check_nl(const char *body)
{
    bool elfproef = (falling_sum(body, 9, 8) - digit(body[8])) % 11 == 0;
    return verdict(number(body + 10, 2) != 0 && (elfproef || dutch_mod_97(body)));
}

enum tax_id_verdict tax_id_check_no(const char *body)
{
    static const int32_t weights[] = {3, 2, 7, 6, 5, 4, 3, 2};
    return verdict((11 - weighted_sum(body, weights, 8) % 11) % 11 == digit(body[8]));
}

enum tax_id_verdict tax_id_check_pl(const char *body)
{
    static const int32_t weights[] = {6, 5, 7, 2, 3, 4, 5, 6, 7};
    return verdict(weighted_sum(body, weights, 9) % 11 == digit(body[9]));
}

enum tax_id_verdict tax_id_check_pt(const char *body)
{
    int32_t rest = 11 - falling_sum(body, 9, 8) % 11;
    return verdict(body[0] != '0' && (rest > 9 ? 0 : rest) == digit(body[8]));
}

/* The weights stand under the last digits. */
enum tax_id_verdict tax_id_check_ro(const char *body)
{
    static const int32_t weights[] = {7, 5, 3, 2, 1, 7, 5, 3, 2};
    size_t count = strlen(body) - 1;
    int32_t sum = weighted_sum(body, weights + ARRAY_LEN(weights) - count, count);
    return verdict(body[0] != '0' && sum * 10 % 11 % 10 == digit(body[count]));
}

/* Ten digits and the number of the registration, 01 to 94. */
enum tax_id_verdict tax_id_check_se(const char *body)
{
    int64_t registration = number(body + 10, 2);
    return verdict(registration >= 1 && registration <= 94 && luhn(body, 10));
}

enum tax_id_verdict tax_id_check_si(const char *body)
{
    int32_t rest = 11 - falling_sum(body, 8, 7) % 11;
    return verdict(body[0] != '0' && rest != 11 && rest % 10 == digit(body[7]));
}

enum tax_id_verdict tax_id_check_sk(const char *body)
{
    return verdict(body[0] != '0' && strchr("234789", body[2]) != NULL &&
                   number(body, 10) % 11 == 0);
}
