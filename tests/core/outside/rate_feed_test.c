/* Published rates: real files give the rates of their days to the last digit, and what could be
 * misread is refused where it stands. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/file_read.h"
#include "core/outside/rate_feed.h"
#include "tests/support/suite.h"

#define FIXTURES "tests/fixtures/rates/"
#define BYTES_MAX ((size_t)1 << 20)

static struct arena *arena;

static void make_arena(void)
{
    arena = arena_create("a test", (size_t)256 << 20);
}

static void free_arena(void)
{
    arena_destroy(&arena);
}

static struct date day(const char *text)
{
    struct date date;
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static struct rate_feed feed_of(enum rate_format format, const char *file)
{
    const char *bytes;
    size_t size;
    struct rate_feed feed;
    struct error err = {0};
    ck_assert_msg(
        file_read(arena_printf(arena, FIXTURES "%s", file), BYTES_MAX, arena, &bytes, &size, &err),
        "%s", err.message);
    ck_assert_msg(rate_feed_parse(format, file, bytes, size, day("2026-11-30"), arena, &feed, &err),
                  "%s", err.message);
    return feed;
}

static const struct feed_rate *find(const struct rate_feed *feed, struct date on, const char *quote)
{
    for (size_t i = 0; i < feed->count; i++)
        if (date_compare(feed->items[i].on, on) == 0 && text_equal(feed->items[i].quote, quote))
            return &feed->items[i];
    return NULL;
}

/* ---------------------------------------------------------------- real files */

static const struct file_case {
    const char *file;
    enum rate_format format;
    size_t count;
    const char *on, *base, *quote, *rate;
} file_cases[] = {
    {"eurofxref-daily-2018-09-12.xml",    RATE_FORMAT_ECB_XML,           32,   "2018-09-12", "EUR", "CZK",
     "25.59"                                                                                                       },
    {"eurofxref-daily-2025-05-09.xml",    RATE_FORMAT_ECB_XML,           30,   "2025-05-09", "EUR", "IDR",
     "18606.59"                                                                                                    },
    {"eurofxref-hist-90d-2020-12-10.xml", RATE_FORMAT_ECB_XML,           2048, "2020-12-10", "EUR", "RUB",
     "88.8661"                                                                                                     },
    {"eurofxref-2026-04-13.csv",          RATE_FORMAT_ECB_CSV,           29,   "2026-04-13", "EUR", "USD", "1.1684"},
    {"eurofxref-hist-cut.csv",            RATE_FORMAT_ECB_CSV,           0,    "2026-04-13", "EUR", "JPY", "186.75"},
    {"eurofxref-hist-cut.zip",            RATE_FORMAT_ECB_ZIP,           0,    "1999-01-04", "EUR", "USD", "1.1789"},
    {"frankfurter-2025-04-11.json",       RATE_FORMAT_FRANKFURTER,       1,    "2025-04-11", "EUR", "USD",
     "1.1346"                                                                                                      },
    {"openexchangerates-shape.json",      RATE_FORMAT_OPENEXCHANGERATES, 4,    "2026-06-24", "USD", "EUR",
     "0.880038"                                                                                                    },
};

START_TEST(reads_real_files)
{
    const struct file_case *c = &file_cases[_i];
    struct rate_feed feed = feed_of(c->format, c->file);
    const struct feed_rate *rate = find(&feed, day(c->on), c->quote);
    ck_assert_msg(c->count == 0 || feed.count == c->count, "%s: %zu rates", c->file, feed.count);
    ck_assert_msg(rate != NULL, "%s: no %s", c->file, c->quote);
    ck_assert_str_eq(decimal_text(rate->rate).text, c->rate);
    ck_assert_str_eq(rate->base, c->base);
}
END_TEST

/* Whatever day and currency both have, they say the same: trailing zeros apart, which the history
 * leaves out. */
static const struct file_case agreeing_cases[] = {
    {"eurofxref-daily-2018-09-12.xml",    RATE_FORMAT_ECB_XML,     32,   NULL, NULL, NULL, NULL},
    {"eurofxref-daily-2025-05-09.xml",    RATE_FORMAT_ECB_XML,     30,   NULL, NULL, NULL, NULL},
    {"eurofxref-hist-90d-2020-12-10.xml", RATE_FORMAT_ECB_XML,     2048, NULL, NULL, NULL, NULL},
    {"eurofxref-2026-04-13.csv",          RATE_FORMAT_ECB_CSV,     29,   NULL, NULL, NULL, NULL},
    {"frankfurter-2025-04-11.json",       RATE_FORMAT_FRANKFURTER, 1,    NULL, NULL, NULL, NULL},
};

START_TEST(agrees_with_history)
{
    const struct file_case *c = &agreeing_cases[_i];
    struct rate_feed history = feed_of(RATE_FORMAT_ECB_ZIP, "eurofxref-hist-cut.zip");
    struct rate_feed feed = feed_of(c->format, c->file);
    size_t same = 0;
    for (size_t i = 0; i < feed.count; i++) {
        const struct feed_rate *rate = &feed.items[i];
        const struct feed_rate *known = find(&history, rate->on, rate->quote);
        ck_assert_msg(known != NULL, "%s %s is not in the history", date_text(rate->on).text,
                      rate->quote);
        ck_assert_msg(decimal_compare(rate->rate, known->rate) == 0, "%s %s: %s, history %s",
                      date_text(rate->on).text, rate->quote, decimal_text(rate->rate).text,
                      decimal_text(known->rate).text);
        same++;
    }
    ck_assert_uint_eq(same, c->count);
}
END_TEST

START_TEST(refuses_the_comma_file_where_the_comma_is)
{
    const char *file = "eurofxref-daily-2026-03-13-comma-decimals.xml";
    const char *bytes;
    size_t size;
    struct rate_feed feed;
    struct error err = {0};
    ck_assert(
        file_read(arena_printf(arena, FIXTURES "%s", file), BYTES_MAX, arena, &bytes, &size, &err));
    ck_assert(!rate_feed_parse(RATE_FORMAT_ECB_XML, file, bytes, size, day("2026-11-30"), arena,
                               &feed, &err));
    ck_assert_str_eq(err.code, "bad_rate_feed");
    ck_assert_str_eq(err.message,
                     "eurofxref-daily-2026-03-13-comma-decimals.xml:9:32: '1,1476' has a decimal "
                     "comma: expected a point, as 1.1684");
}
END_TEST

/* ---------------------------------------------------------------- what is written by hand */

#define ENVELOPE(text)                                                                             \
    "<?xml version='1.0'?>\n<gesmes:Envelope><gesmes:subject>Reference rates</gesmes:subject>\n"   \
    "<Cube>" text "</Cube></gesmes:Envelope>\n"
#define DAY(text) ENVELOPE("<Cube time='2026-04-13'>\n" text "\n</Cube>")
#define USD "<Cube currency='USD' rate='1.1684'/>"

/* `expect` is the one rate, or how the message begins. */
static const struct text_case {
    const char *name;
    enum rate_format format;
    const char *text;
    const char *expect;
} text_cases[] = {
    {"a day",                    RATE_FORMAT_ECB_XML,           DAY(USD),                                              "1.1684"                                              },
    {"a comment",                RATE_FORMAT_ECB_XML,           DAY("<!-- of today -->" USD),                          "1.1684"                                              },
    {"no declaration",           RATE_FORMAT_ECB_XML,
     "<gesmes:Envelope><Cube><Cube time=\"2026-04-13\">" USD "</Cube></Cube></gesmes:Envelope>",
     "1.1684"                                                                                                                                                                },
    {"open and closed",          RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='1.1684'></Cube>"),
     "1.1684"                                                                                                                                                                },
    {"empty",                    RATE_FORMAT_ECB_XML,           "",                                                    "f:1:1: the document ends in the middle"              },
    {"cut in a tag",             RATE_FORMAT_ECB_XML,           "<gesmes:Envelope>\n<Cube><Cube time='2026-0",
     "f:2:25: the document ends in the middle"                                                                                                                               },
    {"cut between tags",         RATE_FORMAT_ECB_XML,           "<gesmes:Envelope><Cube><Cube time='2026-04-13'>" USD,
     "f:1:84: the document ends in the middle"                                                                                                                               },
    {"a page instead",           RATE_FORMAT_ECB_XML,           "<html><body>Moved</body></html>",
     "f:1:1: <html> has no place"                                                                                                                                            },
    {"a DTD",                    RATE_FORMAT_ECB_XML,
     "<?xml version='1.0'?>\n<!DOCTYPE lolz [<!ENTITY lol 'lol'>]>"
     "<gesmes:Envelope/>",                                                                                             "f:2:1: a DTD is refused"                             },
    {"an entity in a value",     RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='&lol9;'/>"),
     "f:4:28: entities are refused"                                                                                                                                          },
    {"an entity in a text",      RATE_FORMAT_ECB_XML,           "<gesmes:Envelope><gesmes:subject>&lol;",
     "f:1:34: entities are refused"                                                                                                                                          },
    {"CDATA",                    RATE_FORMAT_ECB_XML,           DAY("<![CDATA[x]]>"),                                  "f:4:1: expected an element"                          },
    {"a decimal comma",          RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='1,1684'/>"),
     "f:4:29: '1,1684' has a decimal comma"                                                                                                                                  },
    {"grouped digits",           RATE_FORMAT_ECB_XML,           DAY("<Cube currency='IDR' rate='20,082.05'/>"),
     "f:4:30: '20,082.05' has a decimal comma"                                                                                                                               },
    {"zero",                     RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='0.0000'/>"),
     "f:4:28: a rate is above 0, not 0.0000"                                                                                                                                 },
    {"below zero",               RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='-1.1'/>"),
     "f:4:28: a rate is above 0, not -1.1"                                                                                                                                   },
    {"NaN",                      RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='NaN'/>"),
     "f:4:28: 'NaN' is not a rate"                                                                                                                                           },
    {"infinite",                 RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='inf'/>"),
     "f:4:28: 'inf' is not a rate"                                                                                                                                           },
    {"an exponent",              RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='1e5'/>"),
     "f:4:29: '1e5' is not a rate"                                                                                                                                           },
    {"no rate",                  RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate=''/>"),
     "f:4:28: a rate is missing"                                                                                                                                             },
    {"a point alone",            RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='.5'/>"),
     "f:4:28: '.5' is not a rate"                                                                                                                                            },
    {"two points",               RATE_FORMAT_ECB_XML,           DAY("<Cube currency='USD' rate='1.1.1'/>"),
     "f:4:31: '1.1.1' is not a rate"                                                                                                                                         },
    {"endless digits",           RATE_FORMAT_ECB_XML,
     DAY("<Cube currency='USD' rate='1.123456789012345678901'/>"),
     "f:4:28: a rate has at most 20 digits"                                                                                                                                  },
    {"no currency",              RATE_FORMAT_ECB_XML,           DAY("<Cube currency='usd' rate='1.1'/>"),
     "f:4:17: 'usd' is not a currency"                                                                                                                                       },
    {"the base",                 RATE_FORMAT_ECB_XML,           DAY("<Cube currency='EUR' rate='1'/>"),
     "f:4:17: a rate of EUR, which is the base"                                                                                                                              },
    {"a currency twice",         RATE_FORMAT_ECB_XML,           DAY(USD "\n" USD),
     "f:5:1: the rate of USD of 2026-04-13 is there twice"                                                                                                                   },
    {"a day twice",              RATE_FORMAT_ECB_XML,
     ENVELOPE("<Cube time='2026-04-13'>" USD "</Cube>\n"
              "<Cube time='2026-04-13'>" USD "</Cube>"),
     "f:4:25: the rate of USD of 2026-04-13 is there twice"                                                                                                                  },
    {"tomorrow",                 RATE_FORMAT_ECB_XML,           ENVELOPE("<Cube time='2026-04-15'>\n" USD "</Cube>"),
     "f:4:1: the rates of 2026-04-15 are of a day after"                                                                                                                     },
    {"no day",                   RATE_FORMAT_ECB_XML,           ENVELOPE("<Cube time='2026-02-30'>" USD "</Cube>"),
     "f:3:19: '2026-02-30' is not a day"                                                                                                                                     },
    {"another element",          RATE_FORMAT_ECB_XML,           DAY("<Rate currency='USD' rate='1'/>"),
     "f:4:1: <Rate> has no place"                                                                                                                                            },
    {"another attribute",        RATE_FORMAT_ECB_XML,
     DAY("<Cube currency='USD' rate='1' multiplier='100'/>"),                                                          "f:4:1: expected <Cube currency="                     },
    {"ends crossed",             RATE_FORMAT_ECB_XML,           "<gesmes:Envelope><Cube></gesmes:Envelope>",
     "f:1:24: expected </Cube>"                                                                                                                                              },
    {"two documents",            RATE_FORMAT_ECB_XML,           DAY(USD) "<gesmes:Envelope/>",
     "f:6:1: something behind the end"                                                                                                                                       },
    {"no rates",                 RATE_FORMAT_ECB_XML,           ENVELOPE(""),                                          "f:4:1: there is no rate in it"                       },
    {"a line",                   RATE_FORMAT_ECB_CSV,           "Date,USD,\r\n2026-04-13,1.1684,\r\n",                 "1.1684"                                              },
    {"a long day",               RATE_FORMAT_ECB_CSV,           "Date, USD, BGN, \n3 April 2026, 1.1684, N/A, ",       "1.1684"                                              },
    {"a comma of decimals",      RATE_FORMAT_ECB_CSV,           "Date,USD\n2026-04-13,1,1684\n",
     "f:2:1: 3 columns where the header has 2"                                                                                                                               },
    {"semicolons",               RATE_FORMAT_ECB_CSV,           "Date;USD\n2026-04-13;1,1684\n",
     "f:1:1: expected the header of the ECB"                                                                                                                                 },
    {"quoted",                   RATE_FORMAT_ECB_CSV,           "Date,USD\n2026-04-13,\"1,1684\"\n",
     "f:2:12: quotation marks have no place"                                                                                                                                 },
    {"a line cut off",           RATE_FORMAT_ECB_CSV,           "Date,USD,JPY,\n2026-04-13,1.1684",
     "f:2:1: 2 columns where the header has 3"                                                                                                                               },
    {"cut in the last rate",     RATE_FORMAT_ECB_CSV,           "Date,USD,ZAR,\n2026-04-13,1.1684,19.3",
     "f:2:23: header and line do not both end with a comma"                                                                                                                  },
    {"a comma too many",         RATE_FORMAT_ECB_CSV,           "Date,USD\n2026-04-13,1.1684,\n",
     "f:2:19: header and line do not both end with a comma"                                                                                                                  },
    {"UTF-16",                   RATE_FORMAT_ECB_CSV,
     "\xFF\xFE"
     "D",                                                                                                              "f:1:1: expected the header of the ECB"               },
    {"lines of a Macintosh",     RATE_FORMAT_ECB_CSV,           "Date,USD\r2026-04-13,1.1\r",
     "f:1:6: 'USD?2026-04-13' is not a currency"                                                                                                                             },
    {"an empty rate",            RATE_FORMAT_ECB_CSV,           "Date,USD,JPY\n2026-04-13,,186.75\n",
     "f:2:12: a rate is missing"                                                                                                                                             },
    {"a column twice",           RATE_FORMAT_ECB_CSV,           "Date,USD,USD\n",                                      "f:1:10: USD is there twice"                          },
    {"an American day",          RATE_FORMAT_ECB_CSV,           "Date,USD\n04/13/2026,1.1\n",
     "f:2:1: '04/13/2026' is not a day"                                                                                                                                      },
    {"no such long day",         RATE_FORMAT_ECB_CSV,           "Date,USD\n31 April 2026,1.1\n",
     "f:2:1: '31 April 2026' is not a day"                                                                                                                                   },
    {"no lines",                 RATE_FORMAT_ECB_CSV,           "Date,USD\n",                                          "f:2:1: there is no rate in it"                       },
    {"v1",                       RATE_FORMAT_FRANKFURTER,
     "{\"rates\":{\"USD\":1.1346},\"date\":\"2025-04-11\","
     "\"base\":\"EUR\",\"amount\":1.0}",                                                                               "1.1346"                                              },
    {"a range",                  RATE_FORMAT_FRANKFURTER,
     "{\"amount\":1,\"base\":\"EUR\",\"start_date\":\"2025-04-11\","
     "\"rates\":{\"2025-04-11\":{\"USD\":1.1346}}}",                                                                   "1.1346"                                              },
    {"v2",                       RATE_FORMAT_FRANKFURTER,
     "[{\"date\":\"2025-04-11\",\"base\":\"EUR\","
     "\"quote\":\"USD\",\"rate\":1.1346}]",                                                                            "1.1346"                                              },
    {"v2, a rate on each line",  RATE_FORMAT_FRANKFURTER,
     "{\"date\":\"2025-04-11\",\"base\":\"EUR\",\"quote\":\"USD\",\"rate\":1.1346}\n"
     "{\"date\":\"2025-04-11\",\"base\":\"EUR\",\"quote\":\"EUR\",\"rate\":1}\n",                                      "1.1346"                                              },
    {"v2, a line cut off",       RATE_FORMAT_FRANKFURTER,
     "{\"date\":\"2025-04-11\",\"base\":\"EUR\",\"quote\":\"USD\",\"rate\":1.1346}\n"
     "{\"date\":\"2025-04-11\",\"base\":\"EUR\",\"quote\":\"JPY\"}\n",                                                 "f:2:1: expected date, base, quote and rate"          },
    {"v2, a line twice",         RATE_FORMAT_FRANKFURTER,
     "{\"date\":\"2025-04-11\",\"base\":\"EUR\",\"quote\":\"USD\",\"rate\":1.1346}\n"
     "{\"date\":\"2025-04-11\",\"base\":\"EUR\",\"quote\":\"USD\",\"rate\":1.1346}\n",                                 "f:2:56: the rate of USD of 2025-04-11 is there twice"},
    {"v2, a line rebased",       RATE_FORMAT_FRANKFURTER,
     "{\"date\":\"2025-04-11\",\"base\":\"USD\",\"quote\":\"EUR\",\"rate\":0.88}",                                     "f:1:30: the base is 'USD', expected EUR"             },
    {"v2, something between",    RATE_FORMAT_FRANKFURTER,
     "{\"date\":\"2025-04-11\",\"base\":\"EUR\",\"quote\":\"USD\",\"rate\":1.1346},\n{}",                              "f:1:63: something behind the end"                    },
    {"rebased",                  RATE_FORMAT_FRANKFURTER,
     "{\"amount\":1.0,\"base\":\"USD\",\"date\":\"2025-04-11\","
     "\"rates\":{\"EUR\":0.88137}}",                                                                                   "f:1:23: the base is 'USD', expected EUR"             },
    {"of a hundred",             RATE_FORMAT_FRANKFURTER,
     "{\"amount\":100.0,\"base\":\"EUR\",\"date\":\"2025-04-11\","
     "\"rates\":{\"USD\":113.46}}",                                                                                    "f:1:11: rates of an amount of 1"                     },
    {"a rate as text",           RATE_FORMAT_FRANKFURTER,
     "{\"base\":\"EUR\",\"date\":\"2025-04-11\",\n"
     "\"rates\":{\"USD\":\"1,1346\"}}",                                                                                "f:2:16: expected a number, not a text"               },
    {"v1: NaN",                  RATE_FORMAT_FRANKFURTER,
     "{\"base\":\"EUR\",\"date\":\"2025-04-11\",\n"
     "\"rates\":{\"USD\":NaN}}",                                                                                       "f:2:16: 'NaN' is not a rate"                         },
    {"a key twice",              RATE_FORMAT_FRANKFURTER,       "{\"base\":\"EUR\",\"base\":\"EUR\"}",
     "f:1:16: \"base\" is there twice"                                                                                                                                       },
    {"v1: a currency twice",     RATE_FORMAT_FRANKFURTER,
     "{\"base\":\"EUR\",\"date\":\"2025-04-11\",\n"
     "\"rates\":{\"USD\":1.1,\"USD\":1.2}}",                                                                           "f:2:21: the rate of USD of 2025-04-11 is there twice"},
    {"no date",                  RATE_FORMAT_FRANKFURTER,       "{\"base\":\"EUR\",\"rates\":{\"USD\":1.1}}",
     "f:1:35: \"date\" is missing"                                                                                                                                           },
    {"v1 cut",                   RATE_FORMAT_FRANKFURTER,       "{\"base\":\"EUR\",\"rates\":{\"USD\":1.1",
     "f:1:33: the document ends in the middle"                                                                                                                               },
    {"not JSON",                 RATE_FORMAT_FRANKFURTER,       "<html>",                                              "f:1:1: expected an object"                           },
    {"nested",                   RATE_FORMAT_FRANKFURTER,       "{\"x\":[[[[[[[[[[[[[]]]]]]]]]]]]]}",
     "f:1:15: nested too deeply"                                                                                                                                             },
    {"something behind",         RATE_FORMAT_FRANKFURTER,       "[]x",                                                 "f:1:3: something behind the end"                     },
    {"a tiny rate",              RATE_FORMAT_OPENEXCHANGERATES,
     "{\"timestamp\":1744416000,\"base\":\"USD\","
     "\"rates\":{\"BTC\":1.2e-05,\"USD\":1}}",                                                                         "0.000012"                                            },
    {"a huge rate",              RATE_FORMAT_OPENEXCHANGERATES,
     "{\"timestamp\":1744416000,\"base\":\"USD\","
     "\"rates\":{\"VND\":2.5E+4}}",                                                                                    "25000"                                               },
    {"of euro",                  RATE_FORMAT_OPENEXCHANGERATES,
     "{\"timestamp\":1744416000,\"base\":\"EUR\","
     "\"rates\":{\"USD\":1.1}}",                                                                                       "f:1:33: the base is 'EUR', expected USD"             },
    {"the base is not 1",        RATE_FORMAT_OPENEXCHANGERATES,
     "{\"timestamp\":1744416000,\"base\":\"USD\","
     "\"rates\":{\"USD\":1.1}}",                                                                                       "f:1:48: the rate of the base is 1"                   },
    {"a time of milliseconds",   RATE_FORMAT_OPENEXCHANGERATES,
     "{\"timestamp\":1744416000000,\"base\":\"USD\"}",                                                                 "f:1:14: expected whole seconds since 1970"           },
    {"an error of the provider", RATE_FORMAT_OPENEXCHANGERATES, "{\"error\":true,\"status\":401}",
     "f:1:28: \"base\" is missing"                                                                                                                                           },
};

START_TEST(reads_or_refuses)
{
    const struct text_case *c = &text_cases[_i];
    struct rate_feed feed = {0};
    struct error err = {0};
    char *copy = malloc(strlen(c->text) + 1); /* no byte behind: the sanitizers would say it */
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, c->text, strlen(c->text));
    bool good = rate_feed_parse(c->format, "f", copy, strlen(c->text), day("2026-04-14"), arena,
                                &feed, &err);
    free(copy);
    if (strncmp(c->expect, "f:", 2) != 0) {
        ck_assert_msg(good, "%s: %s", c->name, err.message);
        ck_assert_uint_eq(feed.count, 1);
        ck_assert_str_eq(decimal_text(feed.items[0].rate).text, c->expect);
        return;
    }
    ck_assert_msg(!good, "%s: not refused", c->name);
    ck_assert_msg(text_starts_with(err.message, c->expect), "%s: '%s'", c->name, err.message);
}
END_TEST

/* Whatever it is cut to, it is refused; nothing behind it is read. */
START_TEST(refuses_what_is_cut_off)
{
    static const char *const files[] = {"eurofxref-daily-2025-05-09.xml",
                                        "frankfurter-2025-04-11.json",
                                        "openexchangerates-shape.json"};
    static const enum rate_format formats[] = {RATE_FORMAT_ECB_XML, RATE_FORMAT_FRANKFURTER,
                                               RATE_FORMAT_OPENEXCHANGERATES};
    for (size_t f = 0; f < ARRAY_LEN(files); f++) {
        const char *bytes;
        size_t size;
        struct error err = {0};
        ck_assert(file_read(arena_printf(arena, FIXTURES "%s", files[f]), BYTES_MAX, arena, &bytes,
                            &size, &err));
        while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == ' '))
            size--;
        for (size_t cut = 0; cut < size; cut++) {
            struct rate_feed feed;
            ck_assert_msg(!rate_feed_parse(formats[f], "f", bytes, cut, day("2026-11-30"), arena,
                                           &feed, &err),
                          "%s: %zu bytes of it are accepted", files[f], cut);
        }
    }
}
END_TEST

START_TEST(refuses_a_zip_that_is_cut_off_or_damaged)
{
    const char *bytes;
    size_t size;
    struct error err = {0};
    struct rate_feed feed;
    ck_assert(file_read(FIXTURES "eurofxref-hist-cut.zip", BYTES_MAX, arena, &bytes, &size, &err));
    for (size_t cut = 0; cut < size; cut += cut < size - 200 ? 97 : 1)
        ck_assert_msg(!rate_feed_parse(RATE_FORMAT_ECB_ZIP, "z", bytes, cut, day("2026-11-30"),
                                       arena, &feed, &err),
                      "%zu bytes of it are accepted", cut);
    ck_assert_msg(strstr(err.message, "cut off") != NULL, "%s", err.message);
    char *copy = arena_copy_n(arena, bytes, size);
    copy[size / 2] ^= 1;
    ck_assert(!rate_feed_parse(RATE_FORMAT_ECB_ZIP, "z", copy, size, day("2026-11-30"), arena,
                               &feed, &err));
    ck_assert_msg(strstr(err.message, "damaged") != NULL, "%s", err.message);
}
END_TEST

/* One more than any feed has, of a few bytes each: bounded before the memory is. */
START_TEST(refuses_more_rates_than_any_feed_has)
{
    size_t size = (size_t)5 << 20;
    char *text = malloc(size);
    struct error err = {0};
    struct rate_feed feed;
    ck_assert_ptr_nonnull(text);
    size_t at = (size_t)snprintf(text, size, "Date");
    for (int i = 0; i < 200; i++)
        at += (size_t)snprintf(text + at, size - at, ",%c%c%c", 'A' + i / 26, 'A' + i % 26, 'Q');
    for (int i = 0; i < 5001; i++) {
        at += (size_t)snprintf(text + at, size - at, "\n2026-04-13");
        for (int k = 0; k < 200; k++)
            at += (size_t)snprintf(text + at, size - at, ",1");
    }
    ck_assert(!rate_feed_parse(RATE_FORMAT_ECB_CSV, "f", text, at, day("2026-11-30"), arena, &feed,
                               &err));
    free(text);
    ck_assert_str_eq(err.message, "f:5002:12: more than 1000000 rates");
}
END_TEST

/* The directory says how large it gets; one that lies is found when it is unpacked. */
START_TEST(refuses_a_zip_bomb)
{
    const char *bytes;
    size_t size;
    struct error err = {0};
    struct rate_feed feed;
    ck_assert(file_read(FIXTURES "eurofxref-hist-cut.zip", BYTES_MAX, arena, &bytes, &size, &err));
    char *copy = arena_copy_n(arena, bytes, size);
    size_t directory = size - 22 - 46 - strlen("eurofxref-hist.csv");
    copy[directory + 27] = 0x10; /* 256 MiB */
    ck_assert(!rate_feed_parse(RATE_FORMAT_ECB_ZIP, "z", copy, size, day("2026-11-30"), arena,
                               &feed, &err));
    ck_assert_msg(strstr(err.message, "larger than any feed") != NULL, "%s", err.message);
    copy[directory + 27] = 0;
    copy[directory + 26] = 0;
    copy[directory + 25] = 1; /* less than there is */
    ck_assert(!rate_feed_parse(RATE_FORMAT_ECB_ZIP, "z", copy, size, day("2026-11-30"), arena,
                               &feed, &err));
    ck_assert_msg(strstr(err.message, "damaged") != NULL, "%s", err.message);
}
END_TEST

TEST_SUITE(rate_feed)
{
    tcase_add_checked_fixture(tcase, make_arena, free_arena);
    TEST_TABLE(reads_real_files, file_cases);
    TEST_TABLE(agrees_with_history, agreeing_cases);
    TEST_ONE(refuses_the_comma_file_where_the_comma_is);
    TEST_TABLE(reads_or_refuses, text_cases);
    TEST_ONE(refuses_what_is_cut_off);
    TEST_ONE(refuses_a_zip_that_is_cut_off_or_damaged);
    TEST_ONE(refuses_more_rates_than_any_feed_has);
    TEST_ONE(refuses_a_zip_bomb);
}
