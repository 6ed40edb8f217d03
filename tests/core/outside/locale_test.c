#include <string.h>

#include "core/outside/locale.h"
#include "tests/support/suite.h"

#define NB "\xC2\xA0"
#define NNB "\xE2\x80\xAF"
#define MI "\xE2\x88\x92"

static const struct find_case {
    const char *tag, *row;
} find_cases[] = {
    {"de-DE",      "de"   },
    {"de-AT",      "de-AT"},
    {"de_ch",      "de-CH"},
    {"DE-LI",      "de"   },
    {"de-Latn-AT", "de-AT"},
    {"en-US",      "en-US"},
    {"en-XX",      "en"   },
    {"fr-FR",      "fr"   },
    {"pt-PT",      "pt-PT"},
    {"nn-NO",      "nb"   },
    {"no",         "nb"   },
    {"xx-DE",      "en"   },
    {"",           "en"   },
    {NULL,         "en"   },
    {"deu",        "en"   },
    {"-",          "en"   },
    {"d",          "en"   },
    {"el-GR",      "el"   },
    {"ja-JP",      "ja"   },
    {"de-",        "de"   },
};

START_TEST(finds)
{
    const struct find_case *c = &find_cases[_i];
    ck_assert_msg(strcmp(locale_tag(locale_find(c->tag)), c->row) == 0, "'%s': got %s",
                  c->tag == NULL ? "NULL" : c->tag, locale_tag(locale_find(c->tag)));
}
END_TEST

static const struct money_case {
    const char *tag;
    int64_t minor;
    int32_t digits;
    const char *currency, *expect;
} money_cases[] = {
    {"de-DE", 123450,     2, "EUR", "1.234,50" NB "€"                  },
    {"de-DE", -123450,    2, "EUR", "-1.234,50" NB "€"                 },
    {"de-DE", 123450,     2, "USD", "1.234,50" NB "USD"                  },
    {"de-AT", -123450,    2, "EUR", "-€" NB "1.234,50"                 },
    {"de-CH", 123450,     2, "CHF", "CHF" NB "1’234.50"                },
    {"de-CH", -123450,    2, "CHF", "CHF-1’234.50"                     },
    {"en-US", 123450,     2, "USD", "$1,234.50"                          },
    {"en-US", -5,         2, "USD", "-$0.05"                             },
    {"en-US", 0,          2, "USD", "$0.00"                              },
    {"en-US", 123450,     2, "EUR", "€1,234.50"                        },
    {"en-US", -123450,    2, "CHF", "-CHF" NB "1,234.50"                 },
    {"en-US", 123450,     2, "CAD", "CAD" NB "1,234.50"                  },
    {"en-CA", 123450,     2, "CAD", "$1,234.50"                          },
    {"en-IN", 1234567850, 2, "INR", "₹1,23,45,678.50"                  },
    {"en-IN", 99999,      2, "INR", "₹999.99"                          },
    {"en-GB", 100000000,  2, "GBP", "£1,000,000.00"                     },
    {"fr-FR", 123456789,  2, "EUR", "1" NNB "234" NNB "567,89" NB "€"  },
    {"fr-CH", 123450,     2, "CHF", "1" NNB "234.50" NB "CHF"            },
    {"es-ES", 123450,     2, "EUR", "1234,50" NB "€"                   },
    {"es-ES", 1234550,    2, "EUR", "12.345,50" NB "€"                 },
    {"nl-NL", -123450,    2, "EUR", "€" NB "-1.234,50"                 },
    {"pl-PL", 123450,     2, "PLN", "1234,50" NB "zł"                   },
    {"pl-PL", 1234550,    2, "PLN", "12" NB "345,50" NB "zł"            },
    {"bg-BG", 123450,     2, "EUR", "1234,50" NB "€"                   },
    {"el-GR", 123450,     2, "EUR", "1.234,50" NB "€"                  },
    {"cs-CZ", 123450,     2, "CZK", "1" NB "234,50" NB "Kč"             },
    {"sv-SE", -123450,    2, "SEK", MI "1" NB "234,50" NB "kr"           },
    {"da-DK", 123450,     2, "DKK", "1.234,50" NB "kr."                  },
    {"da-DK", 123450,     2, "SEK", "1.234,50" NB "SEK"                  },
    {"vi-VN", 1234567,    0, "VND", "1.234.567" NB "₫"                 },
    {"ja-JP", -1234567,   0, "JPY", "-¥1,234,567"                       },
    {"en-US", 1234567,    0, "JPY", "JPY" NB "1,234,567"                 },
    {"en-US", 1234567,    3, "KWD", "KWD" NB "1,234.567"                 },
    {"pt-BR", -123450,    2, "BRL", "-R$" NB "1.234,50"                  },
    {"tr-TR", 123450,     2, "TRY", "₺1.234,50"                        },
    {"de-DE", INT64_MIN,  2, "EUR", "-92.233.720.368.547.758,08" NB "€"},
    {"de-DE", INT64_MAX,  0, "JPY", "9.223.372.036.854.775.807" NB "JPY" },
};

START_TEST(writes_money)
{
    const struct money_case *c = &money_cases[_i];
    char storage[100];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    locale_add_money(locale_find(c->tag), c->minor, c->digits, c->currency, &text);
    ck_assert_msg(!text.overflowed && strcmp(text.text, c->expect) == 0, "%s %s: got '%s'", c->tag,
                  c->expect, text.text);
}
END_TEST

static const struct decimal_case {
    const char *tag, *decimal, *expect;
} decimal_cases[] = {
    {"de-DE", "1234567.25", "1.234.567,25"},
    {"de-DE", "-0.5",       "-0,5"        },
    {"de-AT", "1234.5",     "1" NB "234,5"},
    {"sv-SE", "-1",         MI "1"        },
    {"en-US", "1000",       "1,000"       },
    {"en-US", "1.",         "1."          }, /* no canonical decimal: left as it is */
    {"en-US", "about 5",    "about 5"     },
    {"en-US", "",           ""            },
    {"en-US", ".5",         ".5"          },
    {"en-IN", "100000",     "1,00,000"    },
};

START_TEST(writes_decimals)
{
    const struct decimal_case *c = &decimal_cases[_i];
    char storage[100];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    locale_add_decimal(locale_find(c->tag), c->decimal, &text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s '%s': got '%s'", c->tag, c->decimal,
                  text.text);
}
END_TEST

static const struct price_case {
    const char *tag, *decimal;
    int32_t digits;
    const char *expect;
} price_cases[] = {
    {"de-DE", "12",     2, "12,00"   },
    {"de-DE", "0.0015", 2, "0,0015"  },
    {"en-US", "1234.5", 2, "1,234.50"},
    {"ja-JP", "120",    0, "120"     },
    {"ja-JP", "0.5",    0, "0.5"     },
    {"fr-CH", "-9.9",   2, "-9.90"   },
};

START_TEST(writes_prices)
{
    const struct price_case *c = &price_cases[_i];
    char storage[100];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    locale_add_price(locale_find(c->tag), c->decimal, c->digits, &text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s '%s': got '%s'", c->tag, c->decimal,
                  text.text);
}
END_TEST

static const struct percent_case {
    const char *tag, *percent, *expect;
} percent_cases[] = {
    {"de-DE", "19",    "19" NB "%"   },
    {"en-US", "8.875", "8.875%"      },
    {"fr-FR", "5.5",   "5,5" NNB "%" },
    {"tr-TR", "20",    "%20"         },
    {"fr-CA", "9.975", "9,975" NB "%"},
};

START_TEST(writes_percents)
{
    const struct percent_case *c = &percent_cases[_i];
    char storage[100];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    locale_add_percent(locale_find(c->tag), c->percent, &text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got '%s'", c->tag, text.text);
}
END_TEST

static const struct date_case {
    const char *tag;
    int32_t month, day;
    const char *words, *numeric; /* in 2026 */
} date_cases[] = {
    {"de-DE", 3,  1,  "1. März 2026",              "01.03.2026"    },
    {"de-AT", 1,  31, "31. Jänner 2026",           "31.01.2026"    },
    {"en-US", 11, 4,  "November 4, 2026",           "11/4/2026"     },
    {"en-GB", 11, 4,  "4 November 2026",            "04/11/2026"    },
    {"fr-FR", 8,  15, "15 août 2026",              "15/08/2026"    },
    {"es-ES", 9,  5,  "5 de septiembre de 2026",    "5/9/2026"      },
    {"it-IT", 5,  2,  "2 maggio 2026",              "02/05/2026"    },
    {"nl-NL", 10, 31, "31 oktober 2026",            "31-10-2026"    },
    {"pl-PL", 10, 31, "31 października 2026",      "31.10.2026"    },
    {"pt-PT", 2,  28, "28 de fevereiro de 2026",    "28/02/2026"    },
    {"el-GR", 11, 21, "21 Νοεμβρίου 2026", "21/11/2026"    },
    {"bg-BG", 11, 21, "21 ноември 2026 г.", "21.11.2026 г."},
    {"vi-VN", 11, 21, "21 tháng 11, 2026",         "21/11/2026"    },
    {"cs-CZ", 11, 21, "21. listopadu 2026",         "21.11.2026"    },
    {"sv-SE", 11, 1,  "1 november 2026",            "2026-11-01"    },
    {"da-DK", 12, 24, "24. december 2026",          "24.12.2026"    },
    {"hr-HR", 1,  2,  "02. 01. 2026.",              "02. 01. 2026." },
    {"ja-JP", 1,  2,  "2026/01/02",                 "2026/01/02"    },
};

START_TEST(writes_dates)
{
    const struct date_case *c = &date_cases[_i];
    char storage[100];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    locale_add_date(locale_find(c->tag), LOCALE_DATE_LONG, 2026, c->month, c->day, &text);
    ck_assert_msg(strcmp(text.text, c->words) == 0, "%s: got '%s'", c->tag, text.text);
    strbuf_init(&text, storage, sizeof storage);
    locale_add_date(locale_find(c->tag), LOCALE_DATE_NUMERIC, 2026, c->month, c->day, &text);
    ck_assert_msg(strcmp(text.text, c->numeric) == 0, "%s: got '%s'", c->tag, text.text);
}
END_TEST

TEST_SUITE(locale)
{
    TEST_TABLE(finds, find_cases);
    TEST_TABLE(writes_money, money_cases);
    TEST_TABLE(writes_decimals, decimal_cases);
    TEST_TABLE(writes_prices, price_cases);
    TEST_TABLE(writes_percents, percent_cases);
    TEST_TABLE(writes_dates, date_cases);
}
