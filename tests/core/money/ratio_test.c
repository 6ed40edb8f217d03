/* Ratios. The long figures were computed with another implementation of exact rationals. */
#include <stdio.h>
#include <string.h>

#include "core/money/ratio.h"
#include "tests/support/suite.h"

/* "n/d" with n and d of any 128-bit size, or a decimal. */
static struct ratio ratio_of(const char *text)
{
    struct ratio value = {0};
    struct decimal top = {0};
    struct decimal bottom = decimal_from_i64(1);
    struct error err = {0};
    char copy[RATIO_TEXT_SIZE];
    (void)snprintf(copy, sizeof(copy), "%s", text);
    char *slash = strchr(copy, '/');
    if (slash != NULL) {
        *slash = '\0';
        ck_assert_msg(decimal_parse(slash + 1, &bottom, &err), "%s", err.message);
    }
    ck_assert_msg(decimal_parse(copy, &top, &err), "%s", err.message);
    ck_assert_msg(ratio_divide(ratio_from_decimal(top), ratio_from_decimal(bottom), &value, &err),
                  "%s", err.message);
    return value;
}

static const struct arithmetic_case {
    const char *a;
    char op;
    const char *b, *result; /* NULL: refused */
} arithmetic_cases[] = {
    {"1/3",                                                        '+', "1/6",                                        "0.5"                                                                },
    {"1/3",                                                        '-', "1/3",                                        "0"                                                                  },
    {"-1/3",                                                       '+', "1/7",                                        "-4/21"                                                              },
    {"2/3",                                                        '*', "-3/4",                                       "-0.5"                                                               },
    {"100",                                                        '/', "3",                                          "100/3"                                                              },
    {"1",                                                          '/', "0",                                          NULL                                                                 },
    {"-748406624123875475345/390487",                              '+', "-577/1952435",                               "-3742033120619377377302/1952435"                                    },
    {"49814093991754622104946364575850723097/5529725096132913497", '+',
     "-857700650133/5529725096132913497",                                                                             "49814093991754622104946363718150072964/5529725096132913497"         },
    {"-62243759504786987/2450289173222094913",                     '+', "-749/3656266462637036735382113826238761099",
     "-92878739731169703354366140162553350/3656266462637036735382113826238761099"                                                                                                          },
    {"-492573468772897854784365031/16074898141332404179",          '-', "19/752224858523649853556305",
     "-23049975471227755114634361625664/752224858523649853556305"                                                                                                                          },
    {"-697860500940055282815/275509",                              '-', "149/154439049531",
     "-391191984546456449279493734/154439049531"                                                                                                                                           },
    {"306850696308510386077/419851859137591311",                   '*', "119/1041343",
     "36515232860712735943163/437209794549916748570673"                                                                                                                                    },
    {"57390827219884856997/23377230800914519",                     '*',
     "-10323417322206250924886820689/522825668017702653",                                                             "-8447956117401893721031219411569/174275222672567551"                },
    {"-906973923588509246967038741182754783/14323714196066669747", '*', "-1217515706665666928495/1",
     "77092783505023285992198293000534156555"                                                                                                                                              },
    {"-1178640570661233622670481813883/645075495930271237",        '/',
     "-485004859124060795085977763349/213732218991080838683973",                                                      "390517801636615874965788068912040507/485004859124060795085977763349"},
    {"528811391068814521/333553652922956421",                      '/', "719338944775752589/537145",
     "284048394655658375882545/239938132719697095065550285124923969"                                                                                                                       },
    {"1/99999999999999999999999999999999999999",                   '*', "1/99999999999999999999999999999999999999",
     NULL                                                                                                                                                                                  },
    {"1/99999999999999999999999999999999999999",                   '+', "1/99999999999999999999999999999999999998",
     NULL                                                                                                                                                                                  },
};

START_TEST(calculates)
{
    const struct arithmetic_case *c = &arithmetic_cases[_i];
    struct ratio a = ratio_of(c->a);
    struct ratio b = ratio_of(c->b);
    struct ratio result = {0};
    struct error err = {0};
    bool ok = c->op == '+'   ? ratio_add(a, b, &result, &err)
              : c->op == '-' ? ratio_subtract(a, b, &result, &err)
              : c->op == '*' ? ratio_multiply(a, b, &result, &err)
                             : ratio_divide(a, b, &result, &err);
    ck_assert_msg(ok == (c->result != NULL), "%s %c %s: %s", c->a, c->op, c->b,
                  ok ? ratio_text(result).text : err.message);
    if (ok)
        ck_assert_msg(strcmp(ratio_text(result).text, c->result) == 0, "%s %c %s: got %s", c->a,
                      c->op, c->b, ratio_text(result).text);
}
END_TEST

static const struct round_case {
    const char *value;
    int32_t digits;
    enum rounding rounding;
    const char *result;
} round_cases[] = {
    {"1/3",                                                                          2,  ROUND_HALF_UP,   "0.33"      },
    {"2/3",                                                                          2,  ROUND_HALF_UP,   "0.67"      },
    {"1/8",                                                                          2,  ROUND_HALF_UP,   "0.13"      },
    {"1/8",                                                                          2,  ROUND_HALF_EVEN, "0.12"      },
    {"-1/8",                                                                         2,  ROUND_HALF_UP,   "-0.13"     },
    {"-1/8",                                                                         2,  ROUND_HALF_EVEN, "-0.12"     },
    {"1/1000",                                                                       2,  ROUND_UP,        "0.01"      },
    {"-1/1000",                                                                      2,  ROUND_DOWN,      "0"         },
    {"-19443211499973511641138019901828393561/328725878189664304957955",             2,  ROUND_HALF_UP,
     "-59147188554335.24"                                                                                             },
    {"-69738937363975584548024095241915856017/1083522261835289344727482013307",      8,  ROUND_HALF_UP,
     "-64363179.06920577"                                                                                             },
    {"43792861902276016100160439205924502111/7610602808055874827400410791663297821", 8,
     ROUND_HALF_UP,                                                                                       "5.75419096"},
    {"-36181971780516058496875095011995272477/20364068210260550625875",              20, ROUND_HALF_UP,
     "-1776755577860693.27446220501958202495"                                                                         },
    {"47049491952888227810945421395346371395/734275498151109149425443418793",        2,  ROUND_HALF_UP,
     "64076075.09"                                                                                                    },
};

START_TEST(rounds)
{
    const struct round_case *c = &round_cases[_i];
    struct decimal result = {0};
    struct error err = {0};
    ck_assert_msg(ratio_round(ratio_of(c->value), c->digits, c->rounding, &result, &err), "%s: %s",
                  c->value, err.message);
    ck_assert_msg(strcmp(decimal_text(result).text, c->result) == 0, "%s: got %s", c->value,
                  decimal_text(result).text);
}
END_TEST

START_TEST(refuses_what_does_not_fit)
{
    struct ratio value = {0};
    struct decimal rounded = {0};
    struct error err = {0};
    const int128_t least = (int128_t)((uint128_t)1 << 127);
    ck_assert(!ratio_make(1, 0, &value, &err));
    ck_assert_str_eq(err.code, "division_by_zero");
    ck_assert(!ratio_make(1, least, &value, &err));
    ck_assert(ratio_make(least, least, &value, &err));
    ck_assert_str_eq(ratio_text(value).text, "1");
    ck_assert(ratio_make(least, 2, &value, &err));
    ck_assert_str_eq(ratio_text(value).text, "-85070591730234615865843651857942052864");
    ck_assert(!ratio_round(value, 3, ROUND_DOWN, &rounded, &err));
    ck_assert_str_eq(err.code, "number_too_large");
}
END_TEST

START_TEST(prints_long_expansions)
{
    struct ratio value = {1, (int128_t)1 << 100};
    const char *text = ratio_text(value).text;
    ck_assert_uint_eq(strlen(text), 102);
    ck_assert_msg(strncmp(text, "0.000000000000000000000000000000788860905221", 44) == 0, "%s",
                  text);
    ck_assert_str_eq(ratio_text((struct ratio){0}).text, "0");
    ck_assert_str_eq(ratio_text((struct ratio){-3, 8}).text, "-0.375");
    ck_assert_str_eq(ratio_text((struct ratio){-22, 7}).text, "-22/7");
}
END_TEST

static const struct compare_case {
    const char *a, *b;
    int32_t order;
} compare_cases[] = {
    {"1/3",                                      "2/6",                                       0 },
    {"1/3",                                      "0.333333333333333333333333333333",          1 },
    {"-1/3",                                     "-0.333333333333333333333333333333",         -1},
    {"-1/3",                                     "1/3",                                       -1},
    {"0",                                        "-1/99999999999999999999999999999999999999", 1 },
    {"99999999999999999999999999999999999999/7", "99999999999999999999999999999999999998/7",  1 },
};

START_TEST(compares)
{
    const struct compare_case *c = &compare_cases[_i];
    ck_assert_msg(ratio_compare(ratio_of(c->a), ratio_of(c->b)) == c->order, "%s, %s", c->a, c->b);
    ck_assert_msg(ratio_compare(ratio_of(c->b), ratio_of(c->a)) == -c->order, "%s, %s turned", c->a,
                  c->b);
}
END_TEST

START_TEST(zeroed_memory_is_zero)
{
    struct ratio sum = {0};
    struct error err = {0};
    ck_assert(ratio_add((struct ratio){0}, ratio_of("1/3"), &sum, &err));
    ck_assert_str_eq(ratio_text(sum).text, "1/3");
    ck_assert(ratio_multiply_decimal(sum, (struct decimal){0}, &sum, &err));
    ck_assert_int_eq(ratio_compare(sum, (struct ratio){0}), 0);
    ck_assert_int_eq(ratio_sign(sum), 0);
    ck_assert(ratio_negate((struct ratio){0}, &sum, &err));
    ck_assert_str_eq(ratio_text(sum).text, "0");
}
END_TEST

TEST_SUITE(ratio)
{
    TEST_TABLE(calculates, arithmetic_cases);
    TEST_TABLE(rounds, round_cases);
    TEST_ONE(refuses_what_does_not_fit);
    TEST_ONE(prints_long_expansions);
    TEST_TABLE(compares, compare_cases);
    TEST_ONE(zeroed_memory_is_zero);
}
