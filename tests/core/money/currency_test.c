/* Every currency of the list by its digits, written by digits as a second reading of the list. */
#include <string.h>

#include "core/money/currency.h"
#include "tests/support/suite.h"

#define CURRENCIES 168

static const struct digits_case {
    int32_t digits;
    const char *codes; /* separated by spaces */
} digits_cases[] = {
  /* clang-format off */
    {0,
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    {2,
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD "
    "BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD "
    "EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
    "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP "
    "MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN "
    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR "
    "ZMW ZWG"},
    {3,
    "BHD IQD JOD KWD LYD OMR TND"},
    {4,
    "CLF UYW"},
  /* clang-format on */
};

START_TEST(knows_the_digits)
{
    const struct digits_case *c = &digits_cases[_i];
    for (const char *at = c->codes; *at != '\0'; at += at[3] == ' ' ? 4 : 3) {
        struct currency currency = {""};
        struct error err = {0};
        char code[4] = {at[0], at[1], at[2], '\0'};
        ck_assert_msg(currency_parse(code, &currency, &err), "%s", err.message);
        ck_assert_msg(currency_digits(currency) == c->digits, "%s: got %d", code,
                      currency_digits(currency));
    }
}
END_TEST

START_TEST(has_no_other_currency)
{
    size_t listed = 0;
    for (size_t i = 0; i < ARRAY_LEN(digits_cases); i++)
        listed += (strlen(digits_cases[i].codes) + 1) / 4;
    ck_assert_uint_eq(listed, CURRENCIES);
    ck_assert_uint_eq(currency_count(), CURRENCIES);
    for (size_t i = 1; i < currency_count(); i++)
        ck_assert_msg(strcmp(currency_at(i - 1).code, currency_at(i).code) < 0,
                      "%s is out of order", currency_at(i).code);
}
END_TEST

static const char *const refused[] = {
    "XAU", "XAG", "XXX", "XTS", "XDR", "XBA", "DEM",  "HRK", "ZWL",       "SLL",
    "ZZZ", "AAA", "eur", "Eur", "EU",  "",    "EURO", "E R", "\xC3\x89U",
};

START_TEST(refuses)
{
    struct currency currency = {"KWD"};
    struct error err = {0};
    ck_assert_msg(!currency_parse(refused[_i], &currency, &err), "%s", refused[_i]);
    ck_assert_str_eq(err.code, "bad_currency");
    ck_assert_str_eq(currency.code, "KWD");
}
END_TEST

TEST_SUITE(currency)
{
    TEST_TABLE(knows_the_digits, digits_cases);
    TEST_ONE(has_no_other_currency);
    TEST_TABLE(refuses, refused);
}
