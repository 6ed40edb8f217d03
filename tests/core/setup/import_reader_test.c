/* Reading import files: what is a record, and the exact message where there is none. */
#include <stdio.h>
#include <string.h>

#include "core/setup/import_reader.h"
#include "core/setup/record_json.h"
#include "core/setup/record_json_flat.h"
#include "core/setup/record_tables.h"
#include "tests/core/storage/storage_support.h"

#define MESSAGES_SIZE 4000

struct reading {
    struct arena *arena;
    struct zone_cache *zones;
    struct json_text records; /* every good record, written again */
    char messages[MESSAGES_SIZE];
    char hint[ERROR_HINT_SIZE]; /* the last one */
    bool stopped;
};

static void add_message(struct reading *reading, const char *directory, const struct error *err)
{
    const char *message = err->message;
    if (strncmp(message, directory, strlen(directory)) == 0)
        message += strlen(directory) + 1;
    size_t length = strlen(reading->messages);
    (void)snprintf(reading->messages + length, MESSAGES_SIZE - length, "%s%s",
                   length == 0 ? "" : "\n", message);
    (void)snprintf(reading->hint, sizeof(reading->hint), "%s", err->hint);
}

/* A text of C has no NUL: \x01 stands for it. */
static void put_nuls(const char *path, const char *text)
{
    FILE *file = fopen(path, "r+");
    ck_assert(file != NULL);
    for (size_t i = 0; text[i] != '\0'; i++)
        if (text[i] == '\x01') {
            ck_assert_int_eq(fseek(file, (long)i, SEEK_SET), 0);
            ck_assert_int_ge(fputc('\0', file), 0);
        }
    ck_assert_int_eq(fclose(file), 0);
}

static void read_all(const char *name, const char *text, const char *record,
                     struct reading *reading)
{
    CLEANUP(import_reader_close) struct import_reader *reader = NULL;
    struct error err = {0};
    struct import_item item;
    bool more = true;
    const char *directory = storage_directory();
    const char *path = storage_path(directory, name);
    storage_write_file(path, text);
    put_nuls(path, text);
    reading->arena = arena_create("test", 64u << 20);
    reading->zones = zone_cache_create(NULL);
    STORAGE_OK(import_reader_open(path, record, reading->zones, &reader, &err));
    while (more && !reading->stopped) {
        more = true;
        if (import_reader_next(reader, reading->arena, &item, &more, &err)) {
            if (more)
                record_json_write(item.kind, &item.record, reading->arena, &reading->records);
            continue;
        }
        add_message(reading, directory, &err);
        reading->stopped = err.kind != ERROR_ITEM;
    }
    json_text_add_char(&reading->records, '\0');
}

static void reading_free(struct reading *reading)
{
    json_text_free(&reading->records);
    arena_destroy(&reading->arena);
    zone_cache_destroy(&reading->zones);
}

#define PRODUCT "{\"record\":\"product\",\"tenant\":\"t\",\"product\":\"p\",\"name\":\"P\"}"
#define PRODUCT_OUT                                                                                \
    "{\"name\":\"P\",\"product\":\"p\",\"record\":\"product\",\"tax_category\":\"standard\","      \
    "\"tenant\":\"t\",\"type\":\"saas\"}\n"
#define USAGE_OUT(key, value)                                                                      \
    "{\"at\":\"2026-10-01T00:00:00Z\",\"key\":\"" key "\",\"meter\":\"m\",\"record\":\"usage\","   \
    "\"subscription\":\"s\",\"tenant\":\"t\",\"value\":\"" value "\"}\n"
#define USAGE_HEADER "tenant,meter,key,subscription,value,at\n"

static const struct accept_case {
    const char *name, *file, *text, *record, *out;
} accept_cases[] = {
    {"presets",                                       "a.jsonl",                        PRODUCT "\n",  NULL,          PRODUCT_OUT                                                                                    },
    {"no last line end",                              "a.jsonl",                        PRODUCT,       NULL,          PRODUCT_OUT                                                                                    },
    {"blank lines, CR LF, byte order mark",           "a.jsonl",
     "\xEF\xBB\xBF" PRODUCT "\r\n\r\n  \n" PRODUCT "\r\n",                                             NULL,          PRODUCT_OUT PRODUCT_OUT                                                                        },
    {"by its first character",                        "a.txt",                          "\n " PRODUCT, NULL,          PRODUCT_OUT                                                                                    },
    {"null and empty text are absent",                "a.jsonl",
     "{\"record\":\"customer\",\"tenant\":\"t\",\"customer\":\"c\",\"name\":\"\xC3\x9C\","
     "\"email\":\"\",\"tax_id\":null,\"address\":null}",                                               NULL,
     "{\"business\":false,\"customer\":\"c\",\"hold\":false,\"name\":\"\xC3\x9C\","
     "\"record\":\"customer\",\"tax_exempt\":false,\"tenant\":\"t\"}\n"                                                                                                                                              },
    {"an address is an object",                       "a.jsonl",
     "{\"record\":\"customer\",\"tenant\":\"t\",\"customer\":\"c\",\"name\":\"N\","
     "\"address\":{\"line1\":\"1 \\\"Main\\\"\",\"country\":\"FR\"},\"timezone\":\"Europe/Paris\"}",   NULL,
     "{\"address\":{\"country\":\"FR\",\"line1\":\"1 \\\"Main\\\"\"},\"business\":false,"
     "\"customer\":\"c\",\"hold\":false,\"name\":\"N\",\"record\":\"customer\","
     "\"tax_exempt\":false,\"tenant\":\"t\",\"timezone\":\"Europe/Paris\"}\n"                                                                                                                                        },
    {"decimals are canonical, integers are accepted", "a.jsonl",
     "{\"record\":\"price\",\"tenant\":\"t\",\"price\":\"p\",\"valid_from\":\"2026-01-01\","
     "\"plan\":\"l\",\"product\":\"d\",\"meter\":\"m\",\"model\":\"graduated\","
     "\"currency\":\"EUR\",\"billing\":\"in_arrears\","
     "\"tiers\":[{\"up_to\":100,\"unit_price\":\"0.10\"},{\"flat_fee\":\"1.00\"}]}",                   NULL,
     "{\"billing\":\"in_arrears\",\"currency\":\"EUR\",\"flat_fee_at_zero\":true,\"meter\":\"m\","
     "\"model\":\"graduated\",\"plan\":\"l\",\"price\":\"p\",\"product\":\"d\","
     "\"record\":\"price\",\"tenant\":\"t\",\"tiers\":[{\"flat_fee\":\"0\",\"unit_price\":\"0.1\","
     "\"up_to\":\"100\"},{\"flat_fee\":\"1\",\"unit_price\":\"0\",\"up_to\":null}],"
     "\"valid_from\":\"2026-01-01\"}\n"                                                                                                                                                                              },
    {"properties are canonical",                      "a.jsonl",
     "{\"record\":\"usage\",\"tenant\":\"t\",\"meter\":\"m\",\"key\":\"k\",\"customer\":\"c\","
     "\"value\":\"-1.50\",\"at\":\"2026-10-01T02:00:00.250+02:00\","
     "\"properties\":{\"b\":[1,0.1,true,null],\"a\":\"x\\ny\"}}",                                      NULL,
     "{\"at\":\"2026-10-01T00:00:00.25Z\",\"customer\":\"c\",\"key\":\"k\",\"meter\":\"m\","
     "\"properties\":{\"a\":\"x\\ny\",\"b\":[1,0.1,true,null]},\"record\":\"usage\","
     "\"tenant\":\"t\",\"value\":\"-1.5\"}\n"                                                                                                                                                                        },
    {"CSV by its name",                               "usage-2026-10.csv",
     USAGE_HEADER "t,m,k1,s,1,2026-10-01T00:00:00Z\r\nt,m,\"k,\"\"2\",s,,2026-10-01T00:00:00Z",
     NULL,                                                                                                            USAGE_OUT("k1",                                                                                  "1") USAGE_OUT("k,\\\"2", "1")},
    {"CSV by --record",                                           "events.csv",                                                                           USAGE_HEADER "t,m,k1,s,2.50,2026-10-01T00:00:00Z\n",                                                                        "usage",
     USAGE_OUT("k1", "2.5")},
    {"CSV by its column, mixed",                                  "all.csv",
     "record,tenant,product,name,plan,interval\nproduct,t,p,P,,\nplan,t,,L,l,month\n",                                                                         NULL,
     PRODUCT_OUT "{\"interval\":\"month\",\"interval_count\":1,\"name\":\"L\",\"plan\":\"l\","
                 "\"record\":\"plan\",\"tenant\":\"t\",\"trial_days\":0}\n"                                                                                                                 },
    {"CSV with nested fields",                                           "customer.csv",
     "tenant,customer,name,address.city,hold\nt,c,\"N\n2\",,true\nt,c,N,Graz,true\n",                         NULL,
     "{\"address\":{\"city\":\"Graz\"},\"business\":false,\"customer\":\"c\",\"hold\":true,"
     "\"name\":\"N\",\"record\":\"customer\",\"tax_exempt\":false,\"tenant\":\"t\"}\n"},
    {"CSV with its header again",                                           "usage.csv",
     USAGE_HEADER "t,m,k1,s,1,2026-10-01T00:00:00Z\n" USAGE_HEADER
                  "t,m,k2,s,2,2026-10-01T00:00:00Z\n" USAGE_HEADER,
     NULL, USAGE_OUT("k1",                                                                                                       "1") USAGE_OUT("k2", "2")},
    {"an empty file",                                            "usage.csv",                                                              "",                                                        NULL,                                                                 ""                                                         },
};

START_TEST(accepts)
{
    const struct accept_case *c = &accept_cases[_i];
    CLEANUP(reading_free) struct reading reading = {0};
    read_all(c->file, c->text, c->record, &reading);
    ck_assert_msg(strcmp(reading.records.text, c->out) == 0, "%s:\n%s%s", c->name,
                  reading.records.text, reading.messages);
}
END_TEST

#define RECORD(kind, rest) "{\"record\":\"" kind "\",\"tenant\":\"t\"," rest "}"
#define PRICE(rest)                                                                                \
    RECORD("price", "\"price\":\"p\",\"valid_from\":\"2026-01-01\",\"plan\":\"l\","                \
                    "\"product\":\"d\",\"currency\":\"EUR\",\"billing\":\"in_arrears\"," rest)
#define SUBSCRIPTION(rest)                                                                         \
    RECORD("subscription", "\"subscription\":\"s\",\"customer\":\"c\",\"plan\":\"l\","             \
                           "\"start\":\"2026-01-31\"" rest)
#define CORRECTION(rest)                                                                           \
    RECORD("correction",                                                                           \
           "\"correction\":\"k\",\"invoice\":\"INV-2026-000001\","                                 \
           "\"action\":\"credit\",\"reason\":\"because\",\"on\":\"2026-11-02\"," rest)
#define USAGE(rest) RECORD("usage", "\"meter\":\"m\",\"key\":\"k\"," rest)

static const struct refuse_case {
    const char *name, *file, *text, *messages, *hint;
} refuse_cases[] = {
    {"broken JSON",                                                                               "a.jsonl",                               PRODUCT "\n{\"record\":,}\n" PRODUCT,
     "a.jsonl:2:11: not valid JSON: unexpected token near ','",                                                                                                                                                                                                                                      ""},
    {"a truncated file",                                                                          "a.jsonl",                               PRODUCT "\n{\"record\":\"produ",
     "a.jsonl:2:16: not valid JSON: premature end of input near '\"produ'",                                                                                                                                                                                                                          ""},
    {"a duplicate key",                                                                           "a.jsonl",                               "{\"record\":\"plan\",\"plan\":\"a\",\"plan\":\"b\"}",
     "a.jsonl:1:34: not valid JSON: duplicate object key near '\"plan\"'",                                                                                                                                                                                                                           ""},
    {"not UTF-8",                                                                                 "a.jsonl",                               "{\"record\":\"pl\xFF\"}",
     "a.jsonl:1:13: not valid JSON: unable to decode byte 0xff near '\"pl'",                                                                                                                                                                                                                         ""},
    {"no object",                                                                                 "a.jsonl",                               "[1]",                                                 "a.jsonl:1: is not a JSON object",                                                                 ""},
    {"no kind",                                                                                   "a.jsonl",                               "{\"tenant\":\"t\"}",
     "a.jsonl:1: field \"record\", the kind of the record, is missing",                                                                                                                                                                                                                              "each line is an object like {\"record\": \"customer\", \xE2\x80\xA6}"},
    {"a kind of later",                                                                           "a.jsonl",                               "{\"record\":\"vendor\"}",
     "a.jsonl:1: record kind vendor is not supported by this version",                                                                                                                                                                                                                               ""},
    {"a wrong kind",                                                                              "a.jsonl",                               "{\"record\":\"custmer\"}",
     "a.jsonl:1: \"custmer\" is not a kind of record",                                                                                                                                                                                                                                               "did you mean \"customer\"?"},
    {"an unknown field",                                                                          "a.jsonl",                               RECORD("customer",                                     "\"customer\":\"c\",\"nmae\":\"N\""),
     "a.jsonl:1: unknown field \"nmae\" in record customer","did you mean \"name\"?"},
    {"an unknown nested field",                                                                                           "a.jsonl",
     RECORD("customer",                                                            "\"customer\":\"c\",\"name\":\"N\",\"address\":{\"zip\":\"1\"}"),
     "a.jsonl:1: unknown field \"zip\" in record customer","its fields are: address.city, address.country, address.line1, address.line2, "
     "address.postal_code, address.region, business, currency, customer, dunning_policy, email, "
     "hold, locale, "
     "name, parent, payment_terms_days, tax_exempt, tax_exempt_reason, tax_id, tenant, tier, "
     "timezone"},
    {"a flat address",                                                                             "a.jsonl",
     RECORD("customer",                                                                                                                                                          "\"customer\":\"c\",\"name\":\"N\",\"city\":\"Graz\""),
     "a.jsonl:1: unknown field \"city\" in record customer","did you mean \"address.city\"?"},
    {"an address that is a text",                                      "a.jsonl",
     RECORD("customer",                                                                                                  "\"customer\":\"c\",\"name\":\"N\",\"address\":\"Graz\""),
     "a.jsonl:1: field \"address\": is not an object",""},
    {"a missing field",                                  "a.jsonl",                                                                                     RECORD("product",                                                                                                                                        "\"product\":\"p\""),
     "a.jsonl:1: field \"name\" of record product is missing",""},
    {"a credit of nothing: 'net':null",                                                                           "a.jsonl",          CORRECTION("\"net\":null"),
     "a.jsonl:1: field \"net\": is there, and empty",                                                                                                                                                                                                                                   "leave it out where the whole rest is to be credited"},
    {"a credit of nothing: 'lines':null",        "a.jsonl",            CORRECTION("\"lines\":null"),
     "a.jsonl:1: field \"lines\": is there, and empty","leave it out where the whole rest is to be credited"},
    {"a credit of nothing: 'unused':null",                                                                           "a.jsonl",                                                                           CORRECTION("\"unused\":null"),
     "a.jsonl:1: field \"unused\": is there, and empty",                                                                                                                                                                                                                                 "leave it out where the whole rest is to be credited"                                                                                                                               },
    {"a credit of nothing: 'unused':{}",        "a.jsonl",CORRECTION("\"unused\":{}"),
     "a.jsonl:1: field \"unused\": is there, and empty","leave it out where the whole rest is to be credited"},
    {"a float",                                                                           "a.jsonl",                                                                                                                                                PRICE("\"model\":\"flat\",\"flat_fee\":29.99"),
     "a.jsonl:1: field \"flat_fee\": is not a decimal in a string, like \"29.99\"",                                                                                                                                                                                                                                 ""                                                                                                                                                                                                                                                                                                                                                                                                          },
    {"a country by name",        "a.jsonl",
     RECORD("tax_rate",                                                                                                               "\"country\":\"Germany\",\"valid_from\":\"2026-01-01\","
                        "\"rate_percent\":\"19\",\"name\":\"VAT\""),
     "a.jsonl:1: field \"country\": \"Germany\" is not a country: two capital letters of ISO 3166, "
     "like DE",""},
    {"no such zone",                                                                           "a.jsonl",
     RECORD("customer",                                                                                                       "\"customer\":\"c\",\"name\":\"N\",\"timezone\":\"Europe/Wien\""),
     "a.jsonl:1: field \"timezone\": 'Europe/Wien' is not a known time zone",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 "use a name of the IANA time zone database, as Europe/Berlin"},
    {"a wrong locale",                                                                              "a.jsonl",
     RECORD("customer",                                                                                                                                                                           "\"customer\":\"c\",\"name\":\"N\",\"locale\":\"german\""),
     "a.jsonl:1: field \"locale\": \"german\" is not a locale, like de, de-AT or sr-Latn-RS",""},
    {"an interval count of zero",                                                                                           "a.jsonl",
     RECORD("plan",                                                                                  "\"plan\":\"l\",\"name\":\"L\",\"interval\":\"month\",\"interval_count\":0"),
     "a.jsonl:1: field \"interval_count\": 0 is outside 1 to 1000",""},
    {"a wrong word",                                                                                         "a.jsonl",
     RECORD("plan",                                                                                                                                                           "\"plan\":\"l\",\"name\":\"L\",\"interval\":\"decade\""),
     "a.jsonl:1: field \"interval\": \"decade\" is not one of day, week, month, quarter, "
     "half_year, year",""},
    {"a dynamic price without its multiplier",                               "a.jsonl",
     PRICE("\"model\":\"dynamic\",\"meter\":\"m\""),
     "a.jsonl:1: multiplier is missing: the model needs it",                                                                                                                                                                                                             ""                                                                  },
    {"a price without its figure",                                   "a.jsonl",                                                                                                                    PRICE("\"model\":\"per_unit\""),
     "a.jsonl:1: unit_price is missing: the model needs it",                                                                                                                                                                                                                                                                        ""},
    {"tiers that do not ascend",                                              "a.jsonl",
     PRICE("\"model\":\"volume\",\"tiers\":[{\"up_to\":\"5\"},{\"up_to\":\"5\"},{}]"),
     "a.jsonl:1: tiers[1].up_to is not above that of the tier before",                       ""},
    {"a field inside a list",                                                            "a.jsonl",                                                                               PRICE("\"model\":\"volume\",\"tiers\":[{\"upto\":\"5\"}]"),
     "a.jsonl:1: field \"tiers\": entry 1: unknown field \"upto\" in record tier","did you mean \"up_to\"?"},
    {"valid_to before valid_from",            "a.jsonl",
     PRICE("\"model\":\"flat\",\"flat_fee\":\"1\",\"valid_to\":\"2026-01-01\""),
     "a.jsonl:1: valid_to is not after valid_from",                                                                                                                                                                                                   ""                                                                                                                                                                                                                                                   },
    {"no fee at zero",                                 "a.jsonl",
     PRICE("\"model\":\"flat\",\"flat_fee\":\"1\",\"flat_fee_at_zero\":false"),
     "a.jsonl:1: flat_fee_at_zero belongs to models with tiers",                                                                                                                                                                                                                           ""                                                                                                                                                                                                          },
    {"a percentage of a quantity",                  "a.jsonl",
     PRICE("\"model\":\"percentage\",\"rate_percent\":\"1\""),
     "a.jsonl:1: meter is missing: the model charges amounts of events",                                          ""},
    {"an overage without its figure",                   "a.jsonl",
     PRICE("\"model\":\"committed\",\"commitment\":\"1\",\"overage\":{\"model\":\"per_unit\"}"),
     "a.jsonl:1: overage.unit_price is missing: the model needs it",     ""},
    {"an overage without a model",                                    "a.jsonl",
     PRICE("\"model\":\"committed\",\"commitment\":\"1\",\"overage\":{\"unit_price\":\"1\"}"),
     "a.jsonl:1: field \"overage.model\" is missing",                                                                                                                                                                              ""                                                                                                                                                                                                                                                                                                                                                                        },
    {"a commitment in a commitment",  "a.jsonl",
     PRICE("\"model\":\"committed\",\"commitment\":\"1\",\"overage\":{\"model\":\"committed\"}"),
     "a.jsonl:1: field \"overage.model\": \"committed\" is not one of flat, per_unit, graduated, "
     "volume, "
     "package, percentage, graduated_percentage, dynamic",                                                                                                                                                                                                                       ""                                                                                                                                                                                                                                                                                                                                                                                                                            },
    {"filters that are no list",    "a.jsonl",
     RECORD("meter",                                                                                                                                         "\"meter\":\"m\",\"aggregation\":\"sum\",\"filters\":{}"),
     "a.jsonl:1: field \"filters\": is not a list",""},
    {"a filter that compares no number", "a.jsonl",
     RECORD("meter",                                                                                                                                    "\"meter\":\"m\",\"aggregation\":\"sum\",\"filters\":[{\"property\":\"p\","
                     "\"op\":\"gt\",\"value\":\"x\"}]"),
     "a.jsonl:1: field \"filters\": entry 1: op gt compares numbers: 'x' is none",""},
    {"unique_count of nothing",                                                                              "a.jsonl",
     RECORD("meter",                                                                                                                                               "\"meter\":\"m\",\"aggregation\":\"unique_count\""),
     "a.jsonl:1: field \"property\" is missing: unique_count counts its values",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       ""},
    {"a day that does not exist",                                                                                  "a.jsonl",                                                                                                                       SUBSCRIPTION(",\"cancel_at\":\"2026-02-30\""),
     "a.jsonl:1: field \"cancel_at\": there is no day 2026-02-30",                                                                                                                                                                                                                   ""                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       },
    {"canceled without a date",                                                                   "a.jsonl",                    SUBSCRIPTION(",\"status\":\"canceled\""),
     "a.jsonl:1: field \"cancel_at\" is missing: status canceled needs it",                                                                              ""},
    {"period end without a date",                                                                                           "a.jsonl",                                                                                                        SUBSCRIPTION(",\"cancel_at_period_end\":true"),
     "a.jsonl:1: cancel_at_period_end needs cancel_at: the period that contains the day before it "
     "is the last", ""},
    {"a NUL behind a number",                                                                                           "a.jsonl",
     RECORD("plan",
     "\"plan\":\"l\",\"name\":\"L\",\"interval\":\"month\",\"interval_count\":1\x01"),
     "a.jsonl:1:90: not valid JSON: a NUL byte",""},
    {"a NUL behind the value of usage",                                                                                           "a.jsonl",
     USAGE("\"subscription\":\"s\",\"value\":1\x01,\"at\":\"2026-10-01T00:00:00Z\""),
     "a.jsonl:1:82: not valid JSON: a NUL byte",      ""},
    {"the first day of all",                                                                                           "a.jsonl",
     RECORD("subscription",
     "\"subscription\":\"s\",\"customer\":\"c\",\"plan\":\"l\",\"start\":\"0001-01-01\""),
     "a.jsonl:1: field \"start\": 0001-01-01 is not after 0001-01-01",""},
    {"canceled before it starts",                                                                                         "a.jsonl",                                                                                                                                SUBSCRIPTION(",\"cancel_at\":\"2026-01-30\""),
     "a.jsonl:1: field \"cancel_at\": 2026-01-30 is before the start, 2026-01-31",                                                                                                                                                   ""},
    {"paused",                                                                                         "a.jsonl",                                                                                                                                SUBSCRIPTION(",\"status\":\"paused\""),
     "a.jsonl:1: field \"status\": \"paused\" is not supported by this version",                                                                                                                                                         ""},
    {"nobody's usage",                            "a.jsonl",                                                                 USAGE("\"at\":\"2026-10-01T00:00:00Z\""),
     "a.jsonl:1: neither \"subscription\" nor \"customer\" says whose usage it is",                                                                                                                                                                                             ""},
    {"an instant without a zone",                "a.jsonl",
     USAGE("\"customer\":\"c\",\"at\":\"2026-10-01T00:00:00\""),
     "a.jsonl:1: field \"at\": '2026-10-01T00:00:00' is not an instant: expected Z or an offset "
     "like +02:00 at the end",                                                  ""},
    {"a control character",                  "a.jsonl",
     RECORD("customer",                                                                                                            "\"customer\":\"c\",\"name\":\"a\\u0007b\""),
     "a.jsonl:1: field \"name\": contains a control character",""},
    {"its own payer",               "a.jsonl",
     RECORD("customer",                                                                                                         "\"customer\":\"c\",\"name\":\"N\",\"parent\":\"c\""),
     "a.jsonl:1: field \"parent\": a customer does not pay for itself through itself; leave it out",""},
    {"every tenant as a name",                                                                    "a.jsonl",
     "{\"record\":\"tenant\",\"tenant\":\"*\",\"legal_name\":\"T\",\"country\":\"DE\","
     "\"currency\":\"EUR\",\"timezone\":\"UTC\"}",                                                                                                                                                              "a.jsonl:1: field \"tenant\": * means every tenant",                                                                                                                                                                                          ""                                  },
    {"a wrong cell, and the next record",                                               "usage.csv",
     USAGE_HEADER "t,m,k1,s,abc,2026-10-01T00:00:00Z\nt,m,k2,s,1,never\n",
     "usage.csv:2:10: field \"value\": 'abc' is not a decimal: expected digits with an optional "
     "minus and decimal point, as 29.99\n"
     "usage.csv:3:12: field \"at\": 'never' is not an instant: expected RFC 3339, as "
     "2026-10-31T23:59:59Z",                                                                                                                                                                                                                                ""                                                                                             },
    {"too few cells",                                                                           "usage.csv",                                                             USAGE_HEADER "t,m,k1\n",
     "usage.csv:2:1: the record has 3 fields, the header 6",                                                                                                                                                                                             ""                                                                                                            },
    {"a missing cell",               "usage.csv",                                                                                         USAGE_HEADER "t,m,,s,1,2026-10-01T00:00:00Z\n",
     "usage.csv:2:1: field \"key\" of record usage is missing",""},
    {"an open quote costs one line",                                  "usage.csv",
     USAGE_HEADER "t,m,\"k1,s,1,2026-10-01T00:00:00Z\nt,m,k2,s,x,2026-10-01T00:00:00Z\n",
     "usage.csv:2:5: the quote that opens this field is never closed\n"
     "usage.csv:3:10: field \"value\": 'x' is not a decimal: expected digits with an optional "
     "minus and decimal point, as 29.99",                                      ""},
    {"a quote within a field costs one line",      "usage.csv",
     USAGE_HEADER "t,m,k\"1,s,1,2026-10-01T00:00:00Z\nt,m,\"k,\"\"\n2\",s,x,2026-10-01T00:00:00Z\n"
                  "t,m,\"a\"b\"c,s,1,2026-10-01T00:00:00Z\nt,m,k4,s,1,never\n",                                                                                                                                      "usage.csv:2:6: a quote inside a field without quotes; put the field into quotes and double "
     "this one\n"
     "usage.csv:3:5: field \"key\": contains a control character\n"
     "usage.csv:5:8: a comma must follow the closing quote; quotes inside a field are doubled\n"
     "usage.csv:6:12: field \"at\": 'never' is not an instant: expected RFC 3339, as "
     "2026-10-31T23:59:59Z",                                         ""},
    {"bad JSON in a cell",                                                                  "usage.csv",
     "tenant,meter,key,subscription,at,properties\nt,m,k,s,2026-10-01T00:00:00Z,{\n",                                                                                                                                   "usage.csv:2:30: field \"properties\": not valid JSON: string or '}' expected near end of "
     "file",                                                                                                                                                                                                                                                                                                                                                                                               ""                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             },
    {"an unknown column",                                               "usage.csv",                                                  "tenant,metre\nt,m\n",
     "usage.csv:1:8: unknown field \"metre\" in record usage",                                                                                                                                                                                                                   "did you mean \"meter\"?"                                                                                                                                                                                                                                                                          },
    {"a column twice",                                                                           "usage.csv",                                                            "tenant,tenant\nt,m\n",
     "usage.csv:1:8: column \"tenant\" stands in the header twice",                                                                                                                                              ""                                                                                                                                                                                                                 },
    {"no kind of CSV",               "events.csv",                                                      "tenant,meter\nt,m\n",
     "events.csv:1:1: the kind of the records is not known","name it with --record, in a column \"record\", or begin the file's name with it: "
     "usage-2026-10.csv"},
    {"not UTF-8 in CSV",                                  "usage.csv",   USAGE_HEADER "t,m,\xFF,s,1,2026-10-01T00:00:00Z\n",
     "usage.csv:2:1: is not valid UTF-8 at byte 5","save the file as UTF-8"},
};

START_TEST(refuses)
{
    const struct refuse_case *c = &refuse_cases[_i];
    CLEANUP(reading_free) struct reading reading = {0};
    read_all(c->file, c->text, NULL, &reading);
    ck_assert_msg(strcmp(reading.messages, c->messages) == 0, "%s: %s", c->name, reading.messages);
    ck_assert_msg(strcmp(reading.hint, c->hint) == 0, "%s: hint '%s'", c->name, reading.hint);
}
END_TEST

START_TEST(a_record_too_long_is_an_error_of_the_file)
{
    CLEANUP(reading_free) struct reading reading = {0};
    size_t size = RECORD_SOURCE_MAX + 10;
    char *text = memory_alloc(size + 1, "test");
    memset(text, 'x', size);
    text[size] = '\0';
    read_all("a.jsonl", text, NULL, &reading);
    ck_assert_str_eq(reading.messages, "a.jsonl:1: a record is longer than 4194304 bytes");
    ck_assert(reading.stopped);
    free(text);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    CLEANUP(import_reader_close) struct import_reader *reader = NULL;
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = zone_cache_create(NULL);
    struct error err = {0};
    ck_assert(!import_reader_open("/nowhere/usage.csv", NULL, zones, &reader, &err));
    ck_assert_str_eq(err.message, "cannot read /nowhere/usage.csv: No such file or directory");
    ck_assert_int_eq(err.exit_code, EXIT_DATA);
}
END_TEST

/* clang-format 14 fails on these tables. */
/* clang-format off */
/* Each pair says the same, once in the short form and once in one that takes the long way. */
static const struct way_case {
    const char *name, *flat, *full;
} way_cases[] = {
    {"strings", PRODUCT,
     "{\"record\":\"product\",\"tenant\":\"t\",\"product\":\"\\u0070\",\"name\":\"P\"}"},
    {"numbers and booleans",
     " { \"plan\" : \"l\" , \"record\":\"plan\",\"tenant\":\"t\",\"name\":\"L\",\"trial_days\":14,"
     "\"interval\":\"day\"}\t",
     "{\"plan\":\"l\",\"record\":\"plan\",\"tenant\":\"t\",\"name\":\"\\u004c\",\"trial_days\":14,"
     "\"interval\":\"day\"}"},
    {"a customer",
     "{\"record\":\"customer\",\"tenant\":\"t\",\"customer\":\"c\",\"name\":\"\xC5\x81\",\"hold\":true,"
     "\"payment_terms_days\":0}",
     "{\"record\":\"customer\",\"tenant\":\"t\",\"customer\":\"c\",\"name\":\"\xC5\x81\",\"hold\":true,"
     "\"payment_terms_days\":0,\"address\":{}}"},
    {"usage",
     "{\"record\":\"usage\",\"tenant\":\"t\",\"meter\":\"m\",\"key\":\"k\",\"customer\":\"c\",\"value\":-3,"
     "\"at\":\"2026-10-01T00:00:00Z\"}",
     "{\"record\":\"usage\",\"tenant\":\"t\",\"meter\":\"m\",\"key\":\"k\",\"customer\":\"c\",\"value\":-3,"
     "\"at\":\"2026-10-01T00:00:00Z\",\"project\":null}"},
};
/* clang-format on */

START_TEST(both_ways_read_the_same)
{
    const struct way_case *c = &way_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = zone_cache_create(NULL);
    CLEANUP(json_text_free) struct json_text flat = {0}, full = {0};
    const struct value_context context = {arena, zones};
    struct error err = {0};
    enum record_kind kind;
    union record record;
    int32_t column;
    ck_assert_msg(record_json_read_flat(&context, c->flat, strlen(c->flat), RECORD_KIND_COUNT,
                                        &kind, &record),
                  "%s: the short way", c->name);
    record_json_write(kind, &record, arena, &flat);
    ck_assert_msg(!record_json_read_flat(&context, c->full, strlen(c->full), RECORD_KIND_COUNT,
                                         &kind, &record),
                  "%s: the long way", c->name);
    STORAGE_OK(record_json_read(&context, c->full, strlen(c->full), RECORD_KIND_COUNT, &kind,
                                &record, &column, &err));
    record_json_write(kind, &record, arena, &full);
    json_text_add_char(&flat, '\0');
    json_text_add_char(&full, '\0');
    ck_assert_str_eq(flat.text, full.text);
}
END_TEST

/* clang-format off */
/* Lines that the short way must leave alone, whatever the long way makes of them. */
static const char *const not_flat[] = {
    "",
    "{",
    "{}",
    "[]",
    "{\"record\":\"product\"",
    PRODUCT "x",
    PRODUCT PRODUCT,
    "{\"record\":\"product\",}",
    "{\"record\":\"product\",\"tenant\":\"t\",\"product\":\"p\",\"name\":\"P\xFF\"}",
    "{\"record\":\"product\",\"tenant\":\"t\",\"product\":\"p\",\"name\":\"P\",\"name\":\"P\"}",
    "{\"record\":\"product\",\"record\":\"product\",\"tenant\":\"t\",\"product\":\"p\",\"name\":\"P\"}",
    "{\"record\":\"product\",\"tenant\":\"t\",\"product\":\"p\"}",
    "{\"record\":\"plan\",\"tenant\":\"t\",\"plan\":\"l\",\"name\":\"L\",\"interval\":\"day\","
    "\"interval_count\":01}",
    "{\"record\":\"plan\",\"tenant\":\"t\",\"plan\":\"l\",\"name\":\"L\",\"interval\":\"day\","
    "\"interval_count\":1.0}",
    "{\"record\":\"plan\",\"tenant\":\"t\",\"plan\":\"l\",\"name\":\"L\",\"interval\":\"day\","
    "\"interval_count\":1e1}",
};
/* clang-format on */

START_TEST(leaves_other_lines_alone)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = zone_cache_create(NULL);
    const struct value_context context = {arena, zones};
    enum record_kind kind;
    union record record;
    ck_assert_msg(!record_json_read_flat(&context, not_flat[_i], strlen(not_flat[_i]),
                                         RECORD_KIND_COUNT, &kind, &record),
                  "%s", not_flat[_i]);
}
END_TEST

/* The dump's keys are sorted because the tables are; a bit of `seen` is needed for each field. */
START_TEST(tables_are_sorted)
{
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        const struct record_shape *shape = record_shape_of((enum record_kind)kind);
        ck_assert_msg(shape->field_count <= 64, "%s", shape->name);
        for (size_t i = 1; i < shape->field_count; i++)
            ck_assert_msg(strcmp(shape->fields[i - 1].name, shape->fields[i].name) < 0,
                          "%s: %s before %s", shape->name, shape->fields[i - 1].name,
                          shape->fields[i].name);
        const struct record_field *tenant = record_field_find(shape, "tenant", 6);
        ck_assert_msg(tenant != NULL && tenant->offset == 0, "%s: tenant first", shape->name);
    }
}
END_TEST

TEST_SUITE(import_reader)
{
    TEST_TABLE(accepts, accept_cases);
    TEST_TABLE(refuses, refuse_cases);
    TEST_ONE(a_record_too_long_is_an_error_of_the_file);
    TEST_ONE(a_file_that_is_not_there_is_named);
    TEST_ONE(tables_are_sorted);
    TEST_TABLE(both_ways_read_the_same, way_cases);
    TEST_TABLE(leaves_other_lines_alone, not_flat);
}
