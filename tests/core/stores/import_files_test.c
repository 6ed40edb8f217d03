/* Import into a database: what is added, what is refused, and that a bad file leaves nothing. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/strbuf.h"
#include "core/stores/import_files.h"
#include "core/stores/import_usage.h"
#include "tests/core/storage/storage_support.h"

#define TEXT_SIZE 8000

static const char catalog[] =
    "{\"record\":\"tenant\",\"tenant\":\"demo\",\"legal_name\":\"Demo GmbH\",\"country\":\"DE\","
    "\"currency\":\"EUR\",\"timezone\":\"Europe/Berlin\"}\n"
    "{\"record\":\"product\",\"tenant\":\"demo\",\"product\":\"api\",\"name\":\"API\"}\n"
    "{\"record\":\"meter\",\"tenant\":\"demo\",\"meter\":\"calls\",\"aggregation\":\"sum\"}\n"
    "{\"record\":\"meter\",\"tenant\":\"demo\",\"meter\":\"users\","
    "\"aggregation\":\"unique_count\",\"property\":\"user\"}\n"
    "{\"record\":\"plan\",\"tenant\":\"demo\",\"plan\":\"pro\",\"name\":\"Pro\","
    "\"interval\":\"month\"}\n"
    "{\"record\":\"price\",\"tenant\":\"demo\",\"price\":\"calls\",\"valid_from\":\"2026-01-01\","
    "\"plan\":\"pro\",\"product\":\"api\",\"meter\":\"calls\",\"model\":\"graduated\","
    "\"currency\":\"EUR\",\"billing\":\"in_arrears\","
    "\"tiers\":[{\"up_to\":\"10\",\"unit_price\":\"1\"},{\"unit_price\":\"0.5\"}]}\n"
    "{\"record\":\"customer\",\"tenant\":\"demo\",\"customer\":\"c1\",\"name\":\"One\"}\n"
    "{\"record\":\"customer\",\"tenant\":\"demo\",\"customer\":\"c2\",\"name\":\"Two\","
    "\"parent\":\"c1\"}\n"
    "{\"record\":\"subscription\",\"tenant\":\"demo\",\"subscription\":\"s1\",\"customer\":\"c1\","
    "\"plan\":\"pro\",\"start\":\"2026-10-01\",\"status\":\"canceled\","
    "\"cancel_at\":\"2026-10-15\",\"cancel_at_period_end\":true}\n"
    "{\"record\":\"subscription\",\"tenant\":\"demo\",\"subscription\":\"s2\",\"customer\":\"c1\","
    "\"plan\":\"pro\",\"start\":\"2026-10-20\"}\n"
    "{\"record\":\"tax_rate\",\"tenant\":\"*\",\"country\":\"DE\",\"valid_from\":\"2021-01-01\","
    "\"rate_percent\":\"19.0\",\"name\":\"USt\"}\n"
    "{\"record\":\"usage\",\"tenant\":\"demo\",\"meter\":\"calls\",\"key\":\"k1\","
    "\"subscription\":\"s1\",\"value\":\"3\",\"at\":\"2026-10-02T10:00:00Z\"}\n";

struct world {
    const char *directory;
    struct db *db;
    struct import_report report;
    char bad[TEXT_SIZE]; /* messages of bad records, a line each */
    char hint[ERROR_HINT_SIZE];
    struct error err;
};

static void keep_bad(void *context, const struct error *problem)
{
    struct world *world = context;
    size_t length = strlen(world->bad);
    const char *message = problem->message;
    size_t prefix = strlen(world->directory) + 1;
    if (strncmp(message, world->directory, prefix - 1) == 0)
        message += prefix;
    (void)snprintf(world->bad + length, TEXT_SIZE - length, "%s%s", length == 0 ? "" : "\n",
                   message);
    (void)snprintf(world->hint, sizeof(world->hint), "%s", problem->hint);
}

static bool import_text(struct world *world, const char *name, const char *text,
                        struct import_options options)
{
    const char *path = storage_path(world->directory, name);
    storage_write_file(path, text);
    world->bad[0] = world->hint[0] = '\0';
    options.context = world;
    options.on_bad = keep_bad;
    return import_files(world->db, &path, 1, &options, &world->report, &world->err);
}

static void import_ok(struct world *world, const char *name, const char *text)
{
    bool good = import_text(world, name, text, (struct import_options){0});
    ck_assert_msg(good, "%s %s", world->err.message, world->bad);
}

static void begin(struct world *world)
{
    *world = (struct world){.directory = storage_directory()};
    world->db = storage_migrated(storage_path(world->directory, "test.db"));
    import_ok(world, "catalog.jsonl", catalog);
}

static void end(struct world *world)
{
    db_close(&world->db);
}

static int64_t number(const struct world *world, const char *sql)
{
    return storage_number_in(storage_path(world->directory, "test.db"), sql);
}

START_TEST(a_catalog_is_added_and_then_unchanged)
{
    CLEANUP(end) struct world world;
    begin(&world);
    ck_assert_int_eq(world.report.records, 12);
    ck_assert_int_eq(world.report.kinds[RECORD_CUSTOMER].added, 2);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, 1);
    import_ok(&world, "catalog.jsonl", catalog);
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        const struct import_counts *counts = &world.report.kinds[kind];
        ck_assert_msg(counts->added == 0 && counts->updated == 0 && counts->bad == 0, "%s",
                      record_kind_name((enum record_kind)kind));
    }
    ck_assert_int_eq(world.report.kinds[RECORD_PRICE].unchanged, 1);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].duplicates, 1);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM price_tier"), 2);
    ck_assert_int_eq(number(&world, "SELECT payer_id = (SELECT customer_id FROM customer WHERE "
                                    "customer = 'c1') FROM customer WHERE customer = 'c2'"),
                     1);
}
END_TEST

START_TEST(other_content_updates)
{
    CLEANUP(end) struct world world;
    begin(&world);
    int64_t id = number(&world, "SELECT customer_id FROM customer WHERE customer = 'c2'");
    import_ok(
        &world, "a.jsonl",
        "{\"record\":\"customer\",\"tenant\":\"demo\",\"customer\":\"c2\",\"name\":\"Zwei\"}\n"
        "{\"record\":\"subscription\",\"tenant\":\"demo\",\"subscription\":\"s2\","
        "\"customer\":\"c1\",\"plan\":\"pro\",\"start\":\"2026-10-20\",\"quantity\":\"7\"}");
    ck_assert_int_eq(world.report.kinds[RECORD_CUSTOMER].updated, 1);
    ck_assert_int_eq(world.report.kinds[RECORD_SUBSCRIPTION].updated, 1);
    ck_assert_int_eq(number(&world, "SELECT customer_id FROM customer WHERE name = 'Zwei' AND "
                                    "payer_id = customer_id AND parent IS NULL"),
                     id);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM subscription WHERE quantity = '7'"), 1);
}
END_TEST

#define DEMO(kind, rest) "{\"record\":\"" kind "\",\"tenant\":\"demo\"," rest "}"
#define CORRECTION(on, rest)                                                                       \
    DEMO("correction", "\"correction\":\"k\",\"invoice\":\"INV-2026-000001\","                     \
                       "\"action\":\"credit\",\"reason\":\"because\",\"on\":\"" on "\"" rest)
#define WITHDRAW                                                                                   \
    "withdraw it by importing it as it was, but with \"withdrawn\": true, and import what is "     \
    "meant "                                                                                       \
    "by another name"
#define GRANT(amount, at)                                                                          \
    DEMO("credit_grant", "\"customer\":\"c1\",\"source\":\"gift\",\"currency\":\"EUR\","           \
                         "\"amount\":\"" amount "\",\"effective_at\":\"" at "\"")
#define METHOD(name, is_default)                                                                   \
    DEMO("payment_method", "\"customer\":\"c1\",\"payment_method\":\"" name "\",\"gateway\":"      \
                           "\"manual\",\"is_default\":" is_default)
#define PAYMENT(amount, at)                                                                        \
    DEMO("payment", "\"gateway_reference\":\"p\",\"customer\":\"c1\",\"currency\":\"EUR\","        \
                    "\"amount\":\"" amount "\",\"at\":\"" at "\"")
#define REFUND(name, amount, at)                                                                   \
    DEMO("refund", "\"gateway_reference\":\"" name "\",\"payment\":\"p\",\"currency\":\"EUR\","    \
                   "\"amount\":\"" amount "\",\"at\":\"" at "\"")
#define S2(rest)                                                                                   \
    DEMO("subscription", "\"subscription\":\"s2\",\"customer\":\"c1\",\"plan\":\"pro\"," rest)
#define PRICE_OF(name, valid_from, rest)                                                           \
    DEMO("price", "\"price\":\"" name "\",\"valid_from\":\"" valid_from "\",\"product\":\"api\","  \
                  "\"currency\":\"EUR\",\"billing\":\"in_arrears\"," rest)
#define TIERS(price)                                                                               \
    "\"plan\":\"pro\",\"meter\":\"calls\",\"model\":\"graduated\","                                \
    "\"tiers\":[{\"up_to\":\"10\",\"unit_price\":\"" price "\"},{\"unit_price\":\"0.5\"}]"
#define EVENT(meter, key, rest) DEMO("usage", "\"meter\":\"" meter "\",\"key\":\"" key "\"," rest)
#define COMES_FIRST "import it first: a record comes after what it refers to"
#define ONE_EVENT "a key is one event: send a correction as an event of its own"

/* clang-format 14 fails on this table. */
/* clang-format off */
static const struct refuse_case {
    const char *name, *text, *bad, *hint;
} refuse_cases[] = {
    {"no such tenant",
     "{\"record\":\"product\",\"tenant\":\"other\",\"product\":\"p\",\"name\":\"P\"}",
     "a.jsonl:1: product \"p\" of tenant \"other\": tenant \"other\" does not exist", COMES_FIRST},
    {"no such plan",
     DEMO("subscription", "\"subscription\":\"s\",\"customer\":\"c1\",\"plan\":\"max\","
                          "\"start\":\"2026-01-01\""),
     "a.jsonl:1: subscription \"s\" of tenant \"demo\": plan \"max\" of tenant \"demo\" does not "
     "exist",
     COMES_FIRST},
    {"a payer with a payer",
     DEMO("customer", "\"customer\":\"c3\",\"name\":\"N\",\"parent\":\"c2\""),
     "a.jsonl:1: customer \"c3\" of tenant \"demo\": field \"parent\": customer \"c2\" has a parent "
     "itself",
     "name the customer who pays in the end"},
    {"a payer that gets a payer",
     DEMO("customer", "\"customer\":\"c3\",\"name\":\"N\"") "\n"
     DEMO("customer", "\"customer\":\"c1\",\"name\":\"One\",\"parent\":\"c3\""),
     "a.jsonl:2: customer \"c1\" of tenant \"demo\": field \"parent\": the customer is itself the "
     "parent of others",
     ""},
    {"another start", S2("\"start\":\"2026-10-21\""),
     "a.jsonl:1: subscription \"s2\" of tenant \"demo\": is there with other content: start is "
     "\"2026-10-21\", was \"2026-10-20\"",
     "history stands on it: create a new subscription instead"},
    {"another anchor", S2("\"start\":\"2026-10-20\",\"anchor_day\":5"),
     "a.jsonl:1: subscription \"s2\" of tenant \"demo\": is there with other content: anchor_day is "
     "5, was none",
     "history stands on it: create a new subscription instead"},
    {"another customer",
     DEMO("subscription", "\"subscription\":\"s2\",\"customer\":\"c2\",\"plan\":\"pro\","
                          "\"start\":\"2026-10-20\""),
     "a.jsonl:1: subscription \"s2\" of tenant \"demo\": is there with another customer",
     "history stands on it: create a new subscription instead"},
    {"another interval",
     DEMO("plan", "\"plan\":\"pro\",\"name\":\"Pro\",\"interval\":\"year\""),
     "a.jsonl:1: plan \"pro\" of tenant \"demo\": is there with other content: interval is "
     "\"year\", was \"month\"",
     "history stands on it: create a new plan instead"},
    {"a meter with events", DEMO("meter", "\"meter\":\"calls\",\"aggregation\":\"max\""),
     "a.jsonl:1: meter \"calls\" of tenant \"demo\": is there with other content: aggregation is "
     "\"max\", was \"sum\"",
     "the meter has events: create a new meter instead"},
    {"a price with other tiers", PRICE_OF("calls", "2026-01-01", TIERS("2")),
     "a.jsonl:1: price \"calls\", valid_from \"2026-01-01\" of tenant \"demo\": is there with other "
     "content: its tiers differ",
     "a price never changes: import it with a new valid_from"},
    {"a price of another model",
     PRICE_OF("calls", "2026-01-01",
              "\"plan\":\"pro\",\"meter\":\"calls\",\"model\":\"per_unit\",\"unit_price\":\"1\""),
     "a.jsonl:1: price \"calls\", valid_from \"2026-01-01\" of tenant \"demo\": is there with other "
     "content: model is \"per_unit\", was \"graduated\"",
     "a price never changes: import it with a new valid_from"},
    {"a version on another meter",
     PRICE_OF("calls", "2027-01-01",
              "\"plan\":\"pro\",\"meter\":\"users\",\"model\":\"per_unit\",\"unit_price\":\"1\""),
     "a.jsonl:1: price \"calls\", valid_from \"2027-01-01\" of tenant \"demo\": differs from its "
     "version of 2026-01-01 in plan, meter, currency or billing",
     "versions of a price share them: create a new price instead"},
    {"a version in another currency",
     DEMO("price", "\"price\":\"calls\",\"valid_from\":\"2027-01-01\",\"product\":\"api\","
                   "\"currency\":\"USD\",\"billing\":\"in_arrears\"," TIERS("1")),
     "a.jsonl:1: price \"calls\", valid_from \"2027-01-01\" of tenant \"demo\": differs from its "
     "version of 2026-01-01 in plan, meter, currency or billing",
     "versions of a price share them: create a new price instead"},
    {"another tax rate",
     "{\"record\":\"tax_rate\",\"tenant\":\"*\",\"country\":\"DE\",\"valid_from\":\"2021-01-01\","
     "\"rate_percent\":\"20\",\"name\":\"USt\"}",
     "a.jsonl:1: tax_rate \"DE\", category \"standard\", valid_from \"2021-01-01\" of tenant "
     "\"*\": is there with other content: rate_percent is \"20\", was \"19\"",
     "a tax rate never changes: import it with a new valid_from"},
    {"a correction of another day",
     CORRECTION("2026-11-02", "") "\n" CORRECTION("2026-11-03", ""),
     "a.jsonl:2: correction \"k\" of tenant \"demo\": is there with other content: on is "
     "\"2026-11-03\", was \"2026-11-02\"",
     WITHDRAW},
    {"by somebody else",
     CORRECTION("2026-11-02", "") "\n" CORRECTION("2026-11-02", ",\"by\":\"eva\""),
     "a.jsonl:2: correction \"k\" of tenant \"demo\": is there with other content: by is "
     "\"eva\", was none",
     WITHDRAW},
    {"of another fraction",
     CORRECTION("2026-11-02", ",\"unused\":{\"numerator\":1,\"denominator\":3}") "\n"
     CORRECTION("2026-11-02", ",\"unused\":{\"numerator\":1,\"denominator\":4}"),
     "a.jsonl:2: correction \"k\" of tenant \"demo\": is there with other content: "
     "unused.denominator is 4, was 3",
     WITHDRAW},
    {"a grant of another amount",
     GRANT("10.00", "2026-11-01T00:00:00Z") "\n" GRANT("10.50", "2026-11-01T00:00:00Z"),
     "a.jsonl:2: credit_grant \"gift\", customer \"c1\" of tenant \"demo\": is there with other "
     "content: amount is 10.50, was 10.00",
     "a grant never changes: import another one with a source of its own"},
    {"a grant of another day",
     GRANT("10.00", "2026-11-01T00:00:00Z") "\n" GRANT("10.00", "2026-11-02T00:00:00Z"),
     "a.jsonl:2: credit_grant \"gift\", customer \"c1\" of tenant \"demo\": is there with other "
     "content: effective_at is 2026-11-02T00:00:00Z, was 2026-11-01T00:00:00Z",
     "a grant never changes: import another one with a source of its own"},
    {"a second default",
     METHOD("m1", "true") "\n" METHOD("m2", "true"),
     "a.jsonl:2: payment_method \"m2\", customer \"c1\" of tenant \"demo\": field "
     "\"is_default\": \"m1\" is the customer's default already",
     "import that one with \"is_default\":false before it"},
    {"a payment of another amount",
     PAYMENT("10.00", "2026-11-01T00:00:00Z") "\n" PAYMENT("10.50", "2026-11-01T00:00:00Z"),
     "a.jsonl:2: payment \"p\" of tenant \"demo\": is there with other content: amount is 10.50, was "
     "10.00",
     "a payment never changes: what is given back of it is a refund"},
    {"a refund of another day",
     PAYMENT("10.00", "2026-11-01T00:00:00Z") "\n" REFUND("r", "4.00", "2026-11-02T00:00:00Z") "\n"
     REFUND("r", "4.00", "2026-11-03T00:00:00Z"),
     "a.jsonl:3: refund \"r\" of tenant \"demo\": is there with other content: at is "
     "2026-11-03T00:00:00Z, was 2026-11-02T00:00:00Z",
     "a refund never changes: another one has a gateway_reference of its own"},
    {"more refunded than was paid",
     PAYMENT("10.00", "2026-11-01T00:00:00Z") "\n" REFUND("r", "4.00", "2026-11-02T00:00:00Z") "\n"
     REFUND("s", "6.01", "2026-11-02T00:00:00Z"),
     "a.jsonl:3: refund \"s\" of tenant \"demo\": field \"amount\": 10.01 of p would be given back, "
     "more than the 10.00 that were paid",
     ""},
    {"usage of nobody",
     EVENT("calls", "n", "\"subscription\":\"s9\",\"at\":\"2026-10-02T10:00:00Z\""),
     "a.jsonl:1: usage \"n\", meter \"calls\" of tenant \"demo\": subscription \"s9\" of tenant "
     "\"demo\" does not exist",
     COMES_FIRST},
    {"usage without its property",
     EVENT("users", "n",
           "\"subscription\":\"s1\",\"at\":\"2026-10-02T10:00:00Z\",\"properties\":{\"user\":null}"),
     "a.jsonl:1: usage \"n\", meter \"users\" of tenant \"demo\": property \"user\", which the "
     "meter counts, is missing",
     "add it: \"properties\": {\"user\": \xE2\x80\xA6}; a text, a number, true or false"},
    {"usage by a customer before any subscription",
     EVENT("calls", "n", "\"customer\":\"c1\",\"at\":\"2026-09-30T21:59:59Z\""),
     "a.jsonl:1: usage \"n\", meter \"calls\" of tenant \"demo\": customer \"c1\" has no "
     "subscription with a price on meter \"calls\" at 2026-09-30T21:59:59Z",
     "name the subscription, or import it first"},
    {"usage by a customer on a meter without a price",
     EVENT("users", "n",
           "\"customer\":\"c1\",\"at\":\"2026-10-02T10:00:00Z\",\"properties\":{\"user\":\"u\"}"),
     "a.jsonl:1: usage \"n\", meter \"users\" of tenant \"demo\": customer \"c1\" has no "
     "subscription with a price on meter \"users\" at 2026-10-02T10:00:00Z",
     "name the subscription, or import it first"},
    {"somebody else's subscription",
     EVENT("calls", "n",
           "\"customer\":\"c2\",\"subscription\":\"s1\",\"at\":\"2026-10-02T10:00:00Z\""),
     "a.jsonl:1: usage \"n\", meter \"calls\" of tenant \"demo\": subscription \"s1\" is not one of "
     "customer \"c2\"",
     ""},
    {"a key with another value",
     EVENT("calls", "k1",
           "\"subscription\":\"s1\",\"value\":\"4\",\"at\":\"2026-10-02T10:00:00Z\""),
     "a.jsonl:1: usage \"k1\", meter \"calls\" of tenant \"demo\": is there with other content: "
     "value is 4, was 3",
     ONE_EVENT},
    {"a key at another time",
     EVENT("calls", "k1",
           "\"subscription\":\"s1\",\"value\":\"3\",\"at\":\"2026-11-02T10:00:00Z\""),
     "a.jsonl:1: usage \"k1\", meter \"calls\" of tenant \"demo\": is there with other content: at "
     "is 2026-11-02T10:00:00Z, was 2026-10-02T10:00:00Z",
     ONE_EVENT},
    {"a key of another subscription",
     EVENT("calls", "k1",
           "\"subscription\":\"s2\",\"value\":\"3\",\"at\":\"2026-10-02T10:00:00Z\""),
     "a.jsonl:1: usage \"k1\", meter \"calls\" of tenant \"demo\": is there with other content: "
     "subscription is s2, was s1",
     ONE_EVENT},
    {"two contents of one key in a file",
     EVENT("calls", "n", "\"subscription\":\"s1\",\"at\":\"2026-10-02T10:00:00Z\"") "\n"
     EVENT("calls", "n", "\"subscription\":\"s1\",\"at\":\"2026-10-02T10:00:00Z\","
                         "\"properties\":{\"a\":1}"),
     "a.jsonl:2: usage \"n\", meter \"calls\" of tenant \"demo\": is there with other content: "
     "properties is {\"a\":1}, was none",
     ONE_EVENT},
};
/* clang-format on */

/* Each stands behind the contract of 2026; `line` is the bad one. */
#define CONTRACT(name, rest) DEMO("contract", "\"contract\":\"" name "\",\"customer\":\"c1\"," rest)
#define PHASE(contract, name, rest)                                                                \
    DEMO("contract_phase", "\"contract\":\"" contract "\",\"phase\":\"" name "\"," rest)
#define AMEND "a contract never changes: import another one that amends it"
#define YEAR                                                                                       \
    CONTRACT("k", "\"start\":\"2026-01-01\",\"end\":\"2027-01-01\",\"currency\":\"EUR\"") "\n"

/* clang-format off */
static const struct refuse_case contract_cases[] = {
    {"an end before the start", CONTRACT("x", "\"start\":\"2026-01-01\",\"end\":\"2026-01-01\""),
     "a.jsonl:1: field \"end\": its end, 2026-01-01, is not after its start, 2026-01-01", ""},
    {"two ends", YEAR CONTRACT("x", "\"start\":\"2026-01-01\",\"end\":\"2027-01-01\",\"ends_with\":\"k\""),
     "a.jsonl:2: fields \"end\" and \"ends_with\" exclude each other", ""},
    {"it ends with nothing", CONTRACT("x", "\"start\":\"2026-01-01\",\"ends_with\":\"k\""),
     "a.jsonl:1: contract \"x\" of tenant \"demo\": contract \"k\" of tenant \"demo\" does not exist", COMES_FIRST},
    {"it ends with one without an end", CONTRACT("o", "\"start\":\"2026-01-01\"") "\n"
     CONTRACT("x", "\"start\":\"2026-01-01\",\"ends_with\":\"o\""),
     "a.jsonl:2: contract \"x\" of tenant \"demo\": field \"ends_with\": contract \"o\" has no end of its own", ""},
    {"it ends with one that begins later", YEAR CONTRACT("x", "\"start\":\"2025-01-01\",\"ends_with\":\"k\""),
     "a.jsonl:2: contract \"x\" of tenant \"demo\": field \"ends_with\": contract \"k\" begins later, on 2026-01-01", ""},
    {"it ends before it begins, by the other's end", YEAR CONTRACT("x", "\"start\":\"2027-01-01\",\"ends_with\":\"k\""),
     "a.jsonl:2: contract \"x\" of tenant \"demo\": its end, 2027-01-01, is not after its start, 2027-01-01", ""},
    {"another content", YEAR CONTRACT("k", "\"start\":\"2026-01-01\",\"end\":\"2028-01-01\",\"currency\":\"EUR\""),
     "a.jsonl:2: contract \"k\" of tenant \"demo\": is there with other content: end is \"2028-01-01\", was \"2027-01-01\"", AMEND},
    {"it amends another customer's", YEAR
     DEMO("contract", "\"contract\":\"x\",\"customer\":\"c2\",\"start\":\"2026-07-01\",\"amends\":\"k\""),
     "a.jsonl:2: contract \"x\" of tenant \"demo\": field \"amends\": contract \"k\" is of another customer", ""},
    {"it amends after the end", YEAR CONTRACT("x", "\"start\":\"2027-01-02\",\"amends\":\"k\""),
     "a.jsonl:2: contract \"x\" of tenant \"demo\": it begins on 2027-01-02, outside what it amends, 2026-01-01 to 2027-01-01", ""},
    {"a second amendment", YEAR CONTRACT("x", "\"start\":\"2026-07-01\",\"amends\":\"k\"") "\n"
     CONTRACT("y", "\"start\":\"2026-08-01\",\"amends\":\"k\""),
     "a.jsonl:3: contract \"y\" of tenant \"demo\": field \"amends\": contract \"k\" is amended by contract \"x\"", ""},
    {"a phase of no contract", PHASE("k", "p", "\"start\":\"2026-01-01\""),
     "a.jsonl:1: contract_phase \"p\", contract \"k\" of tenant \"demo\": contract \"k\" of tenant \"demo\" does not exist", COMES_FIRST},
    {"a phase outside its contract", YEAR PHASE("k", "p", "\"start\":\"2026-10-01\",\"end\":\"2027-02-01\""),
     "a.jsonl:2: contract_phase \"p\", contract \"k\" of tenant \"demo\": 2027-02-01 is outside the contract, 2026-01-01 to 2027-01-01", ""},
    {"overlapping phases", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"end\":\"2026-07-01\"") "\n"
     PHASE("k", "q", "\"start\":\"2026-06-30\""),
     "a.jsonl:3: contract_phase \"q\", contract \"k\" of tenant \"demo\": it begins on 2026-06-30, within the phase that begins on 2026-01-01", ""},
    {"a later phase that the new one overlaps", YEAR PHASE("k", "q", "\"start\":\"2026-07-01\"") "\n"
     PHASE("k", "p", "\"start\":\"2026-01-01\",\"end\":\"2026-07-02\""),
     "a.jsonl:3: contract_phase \"p\", contract \"k\" of tenant \"demo\": it begins on 2026-07-01, within the phase that begins on 2026-01-01", ""},
    {"a commitment sold as nothing", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"commitment\":\"5\""),
     "a.jsonl:2: field \"product\" is missing: as what is sold what is "
     "missing to the commitment when the phase ends?", ""},
    {"a commitment with a third decimal", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"commitment\":\"5.001\",\"product\":\"api\""),
     "a.jsonl:2: contract_phase \"p\", contract \"k\" of tenant \"demo\": '5.001' has 3 digits after the point, EUR has 2", ""},
    {"a commitment without a currency", CONTRACT("o", "\"start\":\"2026-01-01\"") "\n"
     PHASE("o", "p", "\"start\":\"2026-01-01\",\"commitment\":\"5\",\"product\":\"api\""),
     "a.jsonl:2: contract_phase \"p\", contract \"o\" of tenant \"demo\": field \"commitment\": contract \"o\" has no currency", ""},
    {"a discount of more than all", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"discount_percent\":\"100.1\""),
     "a.jsonl:2: field \"discount_percent\": 100.1 is not within 0 and 100", ""},
    {"a scope of nothing", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"scope\":[{\"product\":\"nope\"}]"),
     "a.jsonl:2: contract_phase \"p\", contract \"k\" of tenant \"demo\": product \"nope\" of tenant \"demo\" does not exist", COMES_FIRST},
    {"a price that is not there", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"prices\":[{\"price\":\"calls\",\"rated_as\":\"nope\"}]"),
     "a.jsonl:2: contract_phase \"p\", contract \"k\" of tenant \"demo\": price \"nope\" of tenant \"demo\" does not exist", COMES_FIRST},
    {"the terms of itself", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"prices\":[{\"price\":\"calls\",\"rated_as\":\"calls\"}]"),
     "a.jsonl:2: field \"prices[0]\": price \"calls\" is itself", ""},
    {"one price twice", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"prices\":[{\"price\":\"calls\",\"rated_as\":\"x\"},{\"price\":\"calls\",\"rated_as\":\"y\"}]"),
     "a.jsonl:2: field \"prices\": price \"calls\" is there twice", ""},
    {"the terms of another meter",
     PRICE_OF("fee", "2026-01-01", "\"plan\":\"pro\",\"model\":\"flat\",\"flat_fee\":\"5\"") "\n" YEAR
     PHASE("k", "p", "\"start\":\"2026-01-01\",\"prices\":[{\"price\":\"calls\",\"rated_as\":\"fee\"}]"),
     "a.jsonl:3: contract_phase \"p\", contract \"k\" of tenant \"demo\": field \"prices[0]\": price \"fee\" has another meter, "
     "billing or currency than \"calls\", or one of them is a flat fee", ""},
    {"a fee for a price by quantity",
     PRICE_OF("fee", "2026-01-01", "\"plan\":\"pro\",\"model\":\"flat\",\"flat_fee\":\"5\"") "\n"
     PRICE_OF("seat", "2026-01-01", "\"plan\":\"pro\",\"model\":\"per_unit\",\"unit_price\":\"5\"") "\n" YEAR
     PHASE("k", "p", "\"start\":\"2026-01-01\",\"prices\":[{\"price\":\"seat\",\"rated_as\":\"fee\"}]"),
     "a.jsonl:4: contract_phase \"p\", contract \"k\" of tenant \"demo\": field \"prices[0]\": price \"fee\" has another meter, "
     "billing or currency than \"seat\", or one of them is a flat fee", ""},
    {"other prices",
     PRICE_OF("agreed", "2026-01-01", TIERS("2")) "\n" YEAR
     PHASE("k", "p", "\"start\":\"2026-01-01\",\"prices\":[{\"price\":\"calls\",\"rated_as\":\"agreed\"}]") "\n"
     PHASE("k", "p", "\"start\":\"2026-01-01\""),
     "a.jsonl:4: contract_phase \"p\", contract \"k\" of tenant \"demo\": is there with other content: its prices differ",
     "a phase never changes: import another contract that amends this one"},
    {"another scope", YEAR PHASE("k", "p", "\"start\":\"2026-01-01\",\"scope\":[{\"product\":\"api\"}]") "\n"
     PHASE("k", "p", "\"start\":\"2026-01-01\",\"scope\":[{\"plan\":\"pro\"}]"),
     "a.jsonl:3: contract_phase \"p\", contract \"k\" of tenant \"demo\": is there with other content: its scope differs",
     "a phase never changes: import another contract that amends this one"},
};
static const char contract_text[] =
    YEAR PHASE("k", "second", "\"start\":\"2026-07-01\"") "\n"
    PHASE("k", "first", "\"start\":\"2026-01-01\",\"commitment\":\"50\",\"product\":\"api\","
                        "\"scope\":[{\"plan\":\"pro\"},{\"product\":\"api\"}]") "\n"
    CONTRACT("add-on", "\"start\":\"2026-05-01\",\"ends_with\":\"k\"") "\n"
    PHASE("add-on", "only", "\"start\":\"2026-05-01\",\"end\":\"2027-01-01\"") "\n"
    CONTRACT("new", "\"start\":\"2026-09-15\",\"amends\":\"k\"") "\n"
    PHASE("new", "first", "\"start\":\"2026-09-15\",\"discount_percent\":\"12.5\"");
/* clang-format on */

#define OWN(price, rest)                                                                           \
    DEMO("customer_price", "\"price\":\"" price "\",\"customer\":\"c1\",\"currency\":"             \
                           "\"EUR\"," rest)
#define UNIT(price) "\"model\":\"per_unit\",\"unit_price\":\"" price "\""
#define OWN_FIXED                                                                                  \
    "what a price is for a customer never changes, but that an end is given to it: import it "     \
    "with "                                                                                        \
    "a new valid_from"

/* clang-format off */
static const struct refuse_case customer_price_cases[] = {
    {"a price that is not there", OWN("nope", "\"valid_from\":\"2026-01-01\"," UNIT("1")),
     "a.jsonl:1: customer_price \"nope\", customer \"c1\", valid_from \"2026-01-01\" of tenant \"demo\": price \"nope\" of tenant \"demo\" does not exist", COMES_FIRST},
    {"a model without its field", OWN("calls", "\"valid_from\":\"2026-01-01\",\"model\":\"per_unit\""),
     "a.jsonl:1: unit_price is missing: the model needs it", ""},
    {"an end before it begins", OWN("calls", "\"valid_from\":\"2026-01-01\",\"valid_to\":\"2026-01-01\"," UNIT("1")),
     "a.jsonl:1: valid_to is not after valid_from", ""},
    {"an end for another one that stays",
     OWN("calls", "\"valid_from\":\"2026-01-01\",\"valid_to\":\"2026-03-01\"," UNIT("1")) "\n"
     OWN("calls", "\"valid_from\":\"2026-01-01\"," UNIT("1")),
     "a.jsonl:2: customer_price \"calls\", customer \"c1\", valid_from \"2026-01-01\" of tenant \"demo\": is there with other content: valid_to is none, was \"2026-03-01\"",
     OWN_FIXED},
    {"another end with another price",
     OWN("calls", "\"valid_from\":\"2026-01-01\"," UNIT("1")) "\n"
     OWN("calls", "\"valid_from\":\"2026-01-01\",\"valid_to\":\"2026-03-01\"," UNIT("2")),
     "a.jsonl:2: customer_price \"calls\", customer \"c1\", valid_from \"2026-01-01\" of tenant \"demo\": is there with other content: unit_price is \"2\", was \"1\"",
     OWN_FIXED},
};
/* clang-format on */

/* A good record stands before the bad ones: nothing of it may stay. */
static void refuses(const struct refuse_case *c)
{
    CLEANUP(end) struct world world;
    char text[4000];
    begin(&world);
    (void)snprintf(text, sizeof(text), "%s\n%s\n", c->text,
                   DEMO("product", "\"product\":\"new\",\"name\":\"New\""));
    bool good = import_text(&world, "a.jsonl", text, (struct import_options){0});
    ck_assert_msg(!good && world.err.exit_code == EXIT_DATA, "%s", c->name);
    ck_assert_msg(strcmp(world.bad, c->bad) == 0, "%s: %s", c->name, world.bad);
    ck_assert_msg(strcmp(world.hint, c->hint) == 0, "%s: %s", c->name, world.hint);
    ck_assert_msg(strstr(world.err.message, "a.jsonl is not loaded: 1 of its records is wrong"),
                  "%s: %s", c->name, world.err.message);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM product"), 1);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event"), 1);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM contract"), 0);
    ck_assert_int_eq(world.report.kinds[RECORD_PRODUCT].added, 0);
}

START_TEST(refuses_and_loads_nothing)
{
    refuses(&refuse_cases[_i]);
}
END_TEST

START_TEST(refuses_contracts)
{
    refuses(&contract_cases[_i]);
}
END_TEST

START_TEST(refuses_customer_prices)
{
    refuses(&customer_price_cases[_i]);
}
END_TEST

/* An end in the file of its beginning, beside one for what was there before. */
START_TEST(a_customers_price_gets_an_end_once)
{
    CLEANUP(end) struct world world;
    const char *first = OWN("calls", "\"valid_from\":\"2026-01-01\"," UNIT("1"));
    const char *both =
        OWN("calls",
            "\"valid_from\":\"2026-01-01\",\"valid_to\":\"2026-03-"
            "01\"," UNIT("1")) "\n" OWN("calls",
                                        "\"valid_from\":\"2026-05-01\"," UNIT(
                                            "2")) "\n" OWN("calls",
                                                           "\"valid_from\":\"2026-05-01\",\"valid_"
                                                           "to\":\"2026-06-01\"," UNIT("2"));
    const char *ends = "SELECT count(*) FROM price WHERE customer_id > 0 AND valid_to IS NOT NULL";
    begin(&world);
    import_ok(&world, "a.jsonl", first);
    ck_assert_int_eq(world.report.kinds[RECORD_CUSTOMER_PRICE].added, 1);
    import_ok(&world, "b.jsonl", both);
    ck_assert_int_eq(world.report.kinds[RECORD_CUSTOMER_PRICE].added, 1);
    ck_assert_int_eq(world.report.kinds[RECORD_CUSTOMER_PRICE].updated, 2);
    ck_assert_int_eq(number(&world, ends), 2);
    ck_assert_int_eq(number(&world, "SELECT count(DISTINCT price_id) FROM price"), 2);
}
END_TEST

/* Phases in any order, an amendment, one that co-terminates: all of it once, and again. */
START_TEST(contracts_and_phases_are_added_once)
{
    CLEANUP(end) struct world world;
    begin(&world);
    import_ok(&world, "a.jsonl", contract_text);
    ck_assert_int_eq(world.report.kinds[RECORD_CONTRACT].added, 3);
    ck_assert_int_eq(world.report.kinds[RECORD_CONTRACT_PHASE].added, 4);
    import_ok(&world, "a.jsonl", contract_text);
    ck_assert_int_eq(world.report.kinds[RECORD_CONTRACT].unchanged, 3);
    ck_assert_int_eq(world.report.kinds[RECORD_CONTRACT_PHASE].unchanged, 4);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM contract_scope"), 2);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM price p JOIN contract_phase f ON "
                                    "f.phase_id = p.price_id"),
                     0);
}
END_TEST

START_TEST(a_bad_file_stops_and_the_ones_before_stay)
{
    CLEANUP(end) struct world world;
    begin(&world);
    const char *files[] = {storage_path(world.directory, "1.jsonl"),
                           storage_path(world.directory, "2.jsonl"),
                           storage_path(world.directory, "3.jsonl")};
    storage_write_file(files[0], DEMO("product", "\"product\":\"p1\",\"name\":\"1\""));
    storage_write_file(files[1], DEMO("product", "\"product\":\"p2\",\"name\":\"2\"") "\n{\n");
    storage_write_file(files[2], DEMO("product", "\"product\":\"p3\",\"name\":\"3\""));
    struct import_options options = {.context = &world, .on_bad = keep_bad};
    world.bad[0] = '\0';
    ck_assert(!import_files(world.db, files, 3, &options, &world.report, &world.err));
    ck_assert_int_eq(world.report.files_loaded, 1);
    ck_assert_int_eq(world.report.kinds[RECORD_PRODUCT].added, 1);
    ck_assert_int_eq(world.report.kinds[RECORD_KIND_COUNT].bad, 1);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM product WHERE product = 'p1'"), 1);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM product"), 2);
}
END_TEST

static void read_file(const char *path, char text[TEXT_SIZE])
{
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, TEXT_SIZE - 1, file);
    text[length] = '\0';
    (void)fclose(file);
}

START_TEST(bad_records_are_kept_aside)
{
    CLEANUP(end) struct world world;
    char text[TEXT_SIZE];
    begin(&world);
    const char *skip = storage_path(world.directory, "bad");
    struct import_options options = {.skip_bad_path = skip};
    bool good = import_text(&world, "usage.csv",
                            "tenant,meter,key,subscription,value,at\n"
                            "demo,calls,k1,s1,3,2026-10-02T10:00:00Z\n"
                            "demo,calls,k2,s1,x,2026-10-02T10:00:00Z\n"
                            "demo,calls,k3,s9,1,2026-10-02T10:00:00Z\n"
                            "demo,calls,k1,s1,4,2026-10-02T10:00:00Z\n"
                            "demo,calls,k4,s1,1,2026-10-02T10:00:00Z\n",
                            options);
    ck_assert_msg(good, "%s", world.err.message);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].bad, 3);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, 1);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].duplicates, 1);
    read_file(skip, text);
    ck_assert_str_eq(text, "tenant,meter,key,subscription,value,at\n"
                           "demo,calls,k2,s1,x,2026-10-02T10:00:00Z\n"
                           "demo,calls,k3,s9,1,2026-10-02T10:00:00Z\n"
                           "demo,calls,k1,s1,4,2026-10-02T10:00:00Z\n");
    read_file(storage_path(world.directory, "bad.reasons"), text);
    const char *last = strstr(text, "\"hint\":\"" ONE_EVENT "\",\"line\":5,\"reason\":\"");
    ck_assert_msg(last != NULL, "%s", text);
}
END_TEST

START_TEST(a_dry_run_keeps_nothing)
{
    CLEANUP(end) struct world world;
    begin(&world);
    struct import_options options = {.dry_run = true};
    ck_assert(import_text(&world, "a.jsonl",
                          DEMO("product", "\"product\":\"new\",\"name\":\"New\""), options));
    ck_assert_int_eq(world.report.kinds[RECORD_PRODUCT].added, 1);
    db_close(&world.db);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM product"), 1);
}
END_TEST

START_TEST(a_customers_usage_goes_to_its_active_subscription)
{
    CLEANUP(end) struct world world;
    begin(&world);
    /* s1 is canceled with the period that contains 14 October: 1 November in Berlin. */
    import_ok(&world, "a.jsonl",
              EVENT("calls", "a", "\"customer\":\"c1\",\"at\":\"2026-09-30T22:00:00Z\"") "\n" EVENT(
                  "calls", "b",
                  "\"customer\":\"c1\",\"at\":\"2026-10-31T22:59:59Z\"") "\n" EVENT("calls", "c",
                                                                                    "\"customer\":"
                                                                                    "\"c1\",\"at\":"
                                                                                    "\"2026-10-"
                                                                                    "31T23:00:"
                                                                                    "00Z\"") "\n");
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event e JOIN subscription s USING "
                                    "(tenant_id, subscription_id) WHERE by_customer = 1 AND "
                                    "s.subscription = 's1' AND event_key IN ('a', 'b')"),
                     2);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event e JOIN subscription s USING "
                                    "(tenant_id, subscription_id) WHERE by_customer = 1 AND "
                                    "s.subscription = 's2' AND event_key = 'c'"),
                     1);
}
END_TEST

START_TEST(usage_of_a_rated_period_is_late)
{
    CLEANUP(end) struct world world;
    begin(&world);
    import_ok(&world, "a.jsonl",
              DEMO("usage_rated", "\"subscription\":\"s1\",\"meter\":\"calls\","
                                  "\"through\":\"2026-10-10T00:00:00Z\""));
    import_ok(
        &world, "b.jsonl",
        EVENT("calls", "a", "\"subscription\":\"s1\",\"at\":\"2026-10-09T23:59:59.9Z\"") "\n" EVENT(
            "calls", "b",
            "\"subscription\":\"s1\",\"at\":\"2026-10-10T00:00:00Z\"") "\n" EVENT("calls", "c",
                                                                                  "\"subscription\""
                                                                                  ":\"s2\",\"at\":"
                                                                                  "\"2026-10-09T00:"
                                                                                  "00:00Z\""));
    ck_assert_int_eq(world.report.late, 1);
    ck_assert_int_eq(
        number(&world, "SELECT count(*) FROM usage_event WHERE late = 1 AND event_key = 'a'"), 1);
}
END_TEST

START_TEST(counted_properties_are_texts)
{
    CLEANUP(end) struct world world;
    begin(&world);
    import_ok(
        &world, "a.jsonl",
        EVENT(
            "users", "a",
            "\"subscription\":\"s1\",\"at\":\"2026-10-02T00:00:00Z\","
            "\"properties\":{\"user\":\"u1\"}") "\n" EVENT("users", "b",
                                                           "\"subscription\":\"s1\",\"at\":\"2026-"
                                                           "10-02T00:00:00Z\","
                                                           "\"properties\":{\"user\":17}") "\n" EVENT("users",
                                                                                                      "c",
                                                                                                      "\"subscription\":\"s1\",\"at\":\"2026-10-02T00:00:00Z\","
                                                                                                      "\"properties\":{\"user\":true}"));
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event WHERE counted_property IN "
                                    "('u1', '17', 'true')"),
                     3);
}
END_TEST

/* ------------------------------------------------------------------ a key is one event */

#define AT(key, subscription, at)                                                                  \
    EVENT("calls", key, "\"subscription\":\"" subscription "\",\"at\":\"" at "\"") "\n"

/* The first of a file is the event; what comes with its key at another place is told, and its event
 * does not stay, however often it comes. */
START_TEST(a_key_at_two_places_is_one_event)
{
    CLEANUP(end) struct world world;
    char text[TEXT_SIZE];
    begin(&world);
    const char *skip = storage_path(world.directory, "bad");
    struct import_options options = {.skip_bad_path = skip};
    ck_assert_msg(
        import_text(&world, "a.jsonl",
                    AT("n", "s1", "2026-10-02T10:00:00Z") AT("n", "s1", "2026-10-09T10:00:00Z") AT(
                        "n", "s1", "2026-10-02T10:00:00Z") AT("n", "s1", "2026-10-09T10:00:00Z")
                        AT("n", "s2", "2026-10-02T10:00:00Z") AT("m", "s2", "2026-10-09T10:00:00Z"),
                    options),
        "%s", world.err.message);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, 2);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].duplicates, 1);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].bad, 3);
    ck_assert_str_eq(world.bad,
                     "a.jsonl:2: usage \"n\", meter \"calls\" of tenant \"demo\": is there with "
                     "other content: at is 2026-10-09T10:00:00Z, was 2026-10-02T10:00:00Z\n"
                     "a.jsonl:4: usage \"n\", meter \"calls\" of tenant \"demo\": is there with "
                     "other content: at is 2026-10-09T10:00:00Z, was 2026-10-02T10:00:00Z\n"
                     "a.jsonl:5: usage \"n\", meter \"calls\" of tenant \"demo\": is there with "
                     "other content: subscription is s2, was s1");
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event WHERE event_key = 'n'"), 1);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event"), 3);
    read_file(skip, text);
    ck_assert_str_eq(text,
                     AT("n", "s1", "2026-10-09T10:00:00Z") AT("n", "s1", "2026-10-09T10:00:00Z")
                         AT("n", "s2", "2026-10-02T10:00:00Z"));
}
END_TEST

static void import_one(struct world *world, int64_t event, int64_t day)
{
    char text[400];
    (void)snprintf(text, sizeof(text),
                   EVENT("calls", "one-%" PRId64,
                         "\"subscription\":\"s1\",\"at\":\"2026-11-%02" PRId64 "T10:00:00Z\"") "\n",
                   event, day);
    (void)import_text(world, "one.jsonl", text, (struct import_options){0});
}

/* Each import makes a run; runs of alike size become one. All keys stay known. */
START_TEST(runs_of_keys_are_merged)
{
    enum { IMPORTS = 75 };
    CLEANUP(end) struct world world;
    begin(&world);
    for (int64_t i = 0; i < IMPORTS; i++) {
        import_one(&world, i * 7919 % 1000, i % 28 + 1);
        ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, 1);
    }
    ck_assert_int_eq(number(&world, "SELECT sum(key_count) FROM usage_key_run"), IMPORTS + 1);
    ck_assert_int_eq(number(&world, "SELECT sum(length(entries)) / 32 FROM usage_key_block"),
                     IMPORTS + 1);
    ck_assert_int_lt(number(&world, "SELECT count(*) FROM usage_key_run"), 16);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_key_block WHERE run_no NOT IN "
                                    "(SELECT run_no FROM usage_key_run)"),
                     0);
    for (int64_t i = 0; i < IMPORTS; i++) {
        import_one(&world, i * 7919 % 1000, i % 28 + 1);
        ck_assert_int_eq(world.report.kinds[RECORD_USAGE].duplicates, 1);
        import_one(&world, i * 7919 % 1000, i % 28 + 2);
        ck_assert_msg(strstr(world.bad, "is there with other content: at is") != NULL, "%" PRId64,
                      i);
    }
    ck_assert_int_eq(number(&world, "SELECT sum(key_count) FROM usage_key_run"), IMPORTS + 1);
}
END_TEST

/* Keys that share a digest cannot be made; a known digest that leads to another key can. */
static const struct damage_case {
    const char *sql, *message;
} damage_cases[] = {
    {"UPDATE usage_event SET event_key = 'other' WHERE event_key = 'k1'",
     "usage key \"k1\" has no event: the database is damaged"    },
    {"UPDATE usage_key_block SET entries = x'00'",
     "a block of usage keys has 1 bytes: the database is damaged"},
};
START_TEST(damaged_keys_are_found)
{
    const struct damage_case *c = &damage_cases[_i];
    CLEANUP(end) struct world world;
    begin(&world);
    db_close(&world.db);
    storage_execute(storage_path(world.directory, "test.db"), c->sql);
    world.db = storage_open_ok(storage_path(world.directory, "test.db"), DB_WRITE);
    ck_assert(!import_text(&world, "a.jsonl", AT("k1", "s1", "2026-10-03T10:00:00Z"),
                           (struct import_options){0}));
    ck_assert_str_eq(world.err.message, c->message);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event"), 1);
}
END_TEST

/* Usage makes a meter used also within its file. */
START_TEST(a_meter_is_used_at_once)
{
    CLEANUP(end) struct world world;
    begin(&world);
    ck_assert(!import_text(
        &world, "a.jsonl",
        DEMO("meter", "\"meter\":\"new\",\"aggregation\":\"sum\"") "\n" EVENT(
            "new", "n",
            "\"subscription\":\"s1\",\"at\":\"2026-10-02T10:00:00Z\"") "\n" DEMO("meter",
                                                                                 "\"meter\":"
                                                                                 "\"new\","
                                                                                 "\"aggregation\":"
                                                                                 "\"max\""),
        (struct import_options){0}));
    ck_assert_ptr_nonnull(strstr(world.bad, "a.jsonl:3: meter \"new\""));
    ck_assert_str_eq(world.hint, "the meter has events: create a new meter instead");
}
END_TEST

/* ------------------------------------------------------------------ more than a batch */

#define MANY (65536 * 2 + 10)

/* Keys come in a scattered order; the last events repeat the first ones. */
static void write_many(const char *path, int64_t conflicting)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs("tenant,meter,key,subscription,value,at,properties\n", file);
    for (int64_t i = 0; i < MANY + 5; i++) {
        int64_t event = i % MANY, scattered = event * 7919 % MANY;
        int64_t value = i == conflicting ? 999999 : event % 1000;
        (void)fprintf(file,
                      "demo,calls,key-%06" PRId64 ",s%d,%" PRId64 ".5,2026-10-%02dT10:00:00Z,"
                      "\"{\"\"n\"\":%" PRId64 "}\"\n",
                      scattered, (int)(event % 2 + 1), value, (int)(event % 28 + 1), event);
    }
    (void)fclose(file);
}

START_TEST(many_events_are_sorted_through_a_file)
{
    CLEANUP(end) struct world world;
    begin(&world);
    const char *path = storage_path(world.directory, "usage.csv");
    struct import_options options = {.context = &world, .on_bad = keep_bad};
    write_many(path, MANY + 2);
    world.bad[0] = '\0';
    ck_assert(!import_files(world.db, &path, 1, &options, &world.report, &world.err));
    ck_assert_str_eq(world.bad, "usage.csv:131086:1: usage \"key-015838\", meter \"calls\" of "
                                "tenant \"demo\": is there with other content: value is 999999.5, "
                                "was 2.5");
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event"), 1);
    ck_assert_int_eq(number(&world, "SELECT sum(key_count) FROM usage_key_run"), 1);

    write_many(path, -1);
    ck_assert_msg(import_files(world.db, &path, 1, &options, &world.report, &world.err), "%s",
                  world.bad);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, MANY);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].duplicates, 5);
    ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_event"), MANY + 1);
    ck_assert_int_eq(number(&world, "SELECT sum(key_count) FROM usage_key_run"), MANY + 1);
    ck_assert_int_eq(number(&world, "SELECT sum(length(entries)) / 32 FROM usage_key_block"),
                     MANY + 1);
    ck_assert_int_eq(number(&world, "SELECT sum(day <> at_us / 86400000000) FROM usage_event"), 0);
    ck_assert_int_eq(
        number(&world, "SELECT sum(value_coefficient = 10 * (substr(properties, 6) % 1000) + 5) "
                       "FROM usage_event WHERE event_key LIKE 'key-%'"),
        MANY);
    ck_assert(import_files(world.db, &path, 1, &options, &world.report, &world.err));
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, 0);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].duplicates, MANY + 5);
}
END_TEST

#define TENANTS 70
#define METERS 3

/* Each with the same key: a key belongs to its tenant and meter. */
static void write_tenants(const char *path, bool with_catalog)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (int tenant = 0; with_catalog && tenant < TENANTS; tenant++) {
        (void)fprintf(
            file,
            "{\"record\":\"tenant\",\"tenant\":\"t%d\",\"legal_name\":\"T\",\"country\":"
            "\"DE\",\"currency\":\"EUR\",\"timezone\":\"UTC\"}\n"
            "{\"record\":\"plan\",\"tenant\":\"t%d\",\"plan\":\"p\",\"name\":\"P\","
            "\"interval\":\"month\"}\n"
            "{\"record\":\"customer\",\"tenant\":\"t%d\",\"customer\":\"c\",\"name\":\"C\"}\n"
            "{\"record\":\"subscription\",\"tenant\":\"t%d\",\"subscription\":\"s\","
            "\"customer\":\"c\",\"plan\":\"p\",\"start\":\"2026-01-01\"}\n",
            tenant, tenant, tenant, tenant);
        for (int meter = 0; meter < METERS; meter++)
            (void)fprintf(file,
                          "{\"record\":\"meter\",\"tenant\":\"t%d\",\"meter\":\"m%d\","
                          "\"aggregation\":\"sum\"}\n",
                          tenant, meter);
    }
    for (int i = 0; i < 2 * TENANTS * METERS; i++)
        (void)fprintf(file,
                      "{\"record\":\"usage\",\"tenant\":\"t%d\",\"meter\":\"m%d\",\"key\":\"k\","
                      "\"subscription\":\"s\",\"value\":\"1\",\"at\":\"2026-10-02T10:00:00Z\"}\n",
                      i % TENANTS, i / TENANTS % METERS);
    (void)fclose(file);
}

START_TEST(tenants_and_meters_come_in_turns)
{
    CLEANUP(end) struct world world;
    begin(&world);
    const char *path = storage_path(world.directory, "tenants.jsonl");
    for (int again = 0; again < 2; again++) {
        struct import_counts *usage = &world.report.kinds[RECORD_USAGE];
        write_tenants(path, again == 0);
        ck_assert_msg(import_files(world.db, &path, 1, &(struct import_options){0}, &world.report,
                                   &world.err),
                      "%s", world.err.message);
        ck_assert_int_eq(usage->added, again == 0 ? TENANTS * METERS : 0);
        ck_assert_int_eq(usage->duplicates, (again + 1) * TENANTS * METERS);
        ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_key_run WHERE key_count = 1"),
                         TENANTS * METERS + 1);
        ck_assert_int_eq(number(&world, "SELECT count(*) FROM usage_import WHERE last_run_no > 0"),
                         TENANTS + 1);
    }
}
END_TEST

static bool stop_at_once(void *context, const struct import_progress *progress)
{
    (void)context;
    return progress->records < 0;
}

START_TEST(a_stopped_import_keeps_nothing)
{
    CLEANUP(end) struct world world;
    begin(&world);
    const char *path = storage_path(world.directory, "usage.csv");
    struct import_options options = {.on_progress = stop_at_once};
    write_many(path, -1);
    ck_assert(!import_files(world.db, &path, 1, &options, &world.report, &world.err));
    ck_assert_int_eq(world.err.exit_code, EXIT_TERMINATED);
    ck_assert_int_eq(number(&world, "SELECT sum(key_count) FROM usage_key_run"), 1);
    options.on_progress = NULL;
    ck_assert(import_files(world.db, &path, 1, &options, &world.report, &world.err));
}
END_TEST

static bool die(void *context, const struct import_progress *progress)
{
    const int64_t *records = context;
    return progress->records < *records || raise(SIGKILL) == 0;
}

/* Killed while it reads, and when everything is written but not committed. */
START_TEST(a_killed_import_keeps_nothing)
{
    static const int64_t moments[] = {10000, 60000, MANY + 5};
    CLEANUP(end) struct world world;
    begin(&world);
    const char *path = storage_path(world.directory, "usage.csv");
    struct import_options options = {.on_progress = die};
    write_many(path, -1);
    db_close(&world.db);
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        pid_t child = fork();
        if (child == 0) {
            int64_t moment = moments[i];
            options.context = &moment;
            world.db = storage_open_ok(storage_path(world.directory, "test.db"), DB_WRITE);
            (void)!import_files(world.db, &path, 1, &options, &world.report, &world.err);
            _exit(0);
        }
        int status = 0;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "moment %zu", i);
        ck_assert_int_eq(number(&world, "SELECT sum(key_count) FROM usage_key_run"), 1);
    }
    options.on_progress = NULL;
    world.db = storage_open_ok(storage_path(world.directory, "test.db"), DB_WRITE);
    ck_assert(import_files(world.db, &path, 1, &options, &world.report, &world.err));
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, MANY);
}
END_TEST

START_TEST(sorting_needs_room)
{
    CLEANUP(end) struct world world;
    begin(&world);
    const char *path = storage_path(world.directory, "usage.csv");
    struct import_options options = {0};
    write_many(path, -1);
    ck_assert_int_eq(setenv("TMPDIR", "/nowhere", 1), 0);
    ck_assert(!import_files(world.db, &path, 1, &options, &world.report, &world.err));
    ck_assert_int_eq(world.err.exit_code, EXIT_CANTCREATE);
    ck_assert_str_eq(world.err.message,
                     "cannot create a temporary file in /nowhere: No such file or directory");
    ck_assert_int_eq(number(&world, "SELECT sum(key_count) FROM usage_key_run"), 1);
}
END_TEST

TEST_SUITE(import_files)
{
    TEST_ONE(a_killed_import_keeps_nothing);
    TEST_ONE(sorting_needs_room);
    TEST_ONE(a_catalog_is_added_and_then_unchanged);
    TEST_ONE(other_content_updates);
    TEST_TABLE(refuses_and_loads_nothing, refuse_cases);
    TEST_TABLE(refuses_contracts, contract_cases);
    TEST_ONE(contracts_and_phases_are_added_once);
    TEST_TABLE(refuses_customer_prices, customer_price_cases);
    TEST_ONE(a_customers_price_gets_an_end_once);
    TEST_ONE(a_bad_file_stops_and_the_ones_before_stay);
    TEST_ONE(bad_records_are_kept_aside);
    TEST_ONE(a_dry_run_keeps_nothing);
    TEST_ONE(a_customers_usage_goes_to_its_active_subscription);
    TEST_ONE(usage_of_a_rated_period_is_late);
    TEST_ONE(counted_properties_are_texts);
    TEST_ONE(a_key_at_two_places_is_one_event);
    TEST_ONE(runs_of_keys_are_merged);
    TEST_TABLE(damaged_keys_are_found, damage_cases);
    TEST_ONE(a_meter_is_used_at_once);
    TEST_ONE(many_events_are_sorted_through_a_file);
    TEST_ONE(tenants_and_meters_come_in_turns);
    TEST_ONE(a_stopped_import_keeps_nothing);
}
