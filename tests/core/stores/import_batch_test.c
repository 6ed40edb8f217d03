/* A file is read and written batch by batch; its meaning is that of its records one after the
 * other. Here each record of a file is also imported as a file of its own, in order, into SQLite:
 * what is kept, counted and told must be the same, on both engines. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/storage/migrate.h"
#include "core/stores/dump.h"
#include "core/stores/import_files.h"
#include "tests/core/storage/storage_support.h"

#define RECORDS 240
#define RECORD_SIZE 600
#define TOLD_SIZE (RECORDS * 800)
#define NAMES 4 /* so few that most records meet another of theirs */

static const struct sequence_case {
    const char *name;
    uint32_t seed;
    enum {
        ANY_ORDER,
        BY_KIND,
        BY_CUSTOMER
    } order;      /* as dump writes them; or the catalogue first */
    uint32_t odd; /* of a hundred records, how many are wrong or differ */
} sequence_cases[] = {
    {"in any order, much is wrong",         1,    ANY_ORDER,   30},
    {"in any order, little is wrong",       2,    ANY_ORDER,   3 },
    {"by kind, much is wrong",              3,    BY_KIND,     30},
    {"by kind, little is wrong",            4,    BY_KIND,     3 },
    {"by kind, some names are missing",     5,    BY_KIND,     0 },
    {"by customer, much is wrong",          1106, BY_CUSTOMER, 30},
    {"by customer, little is wrong",        7,    BY_CUSTOMER, 3 },
    {"by customer, some names are missing", 8,    BY_CUSTOMER, 0 },
    {"by customer, others are wrong",       9,    BY_CUSTOMER, 10},
    {"by customer, and others are missing", 10,   BY_CUSTOMER, 1 },
};

static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

struct drawing {
    uint32_t state, odd;
};

static bool is_odd(struct drawing *drawing)
{
    return draw(&drawing->state, 100) < drawing->odd;
}

#define TEXT(...) (void)snprintf(text, RECORD_SIZE, __VA_ARGS__)

static void make_price(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    uint32_t price = draw(&drawing->state, NAMES), day = draw(&drawing->state, 3);
    TEXT("{\"record\":\"price\",\"tenant\":\"%s\",\"price\":\"price-%u\",\"plan\":\"plan-%u\","
         "\"product\":\"product-%u\",\"valid_from\":\"2026-0%u-01\",\"currency\":\"EUR\","
         "\"billing\":\"in_arrears\",\"model\":\"graduated\",\"meter\":\"meter-%u\",\"tiers\":["
         "{\"up_to\":\"100\",\"unit_price\":\"0.10\"},{\"unit_price\":\"0.0%u\"}]}\n",
         tenant, price, is_odd(drawing) ? NAMES - 1 - price : price, price, day + 1, price / 2,
         is_odd(drawing) ? 6U : 5U);
}

static void make_customer(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    char parent[40] = "";
    uint32_t customer = draw(&drawing->state, NAMES);
    if (is_odd(drawing) || customer % 3 == 1)
        (void)snprintf(parent, sizeof(parent), ",\"parent\":\"customer-%u\"",
                       is_odd(drawing) ? draw(&drawing->state, NAMES) : customer / 3 * 3);
    TEXT("{\"record\":\"customer\",\"tenant\":\"%s\",\"customer\":\"customer-%u\",\"name\":\"N%u\""
         "%s}\n",
         tenant, customer, draw(&drawing->state, 2), parent);
}

static void make_subscription(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    uint32_t number = draw(&drawing->state, NAMES);
    TEXT("{\"record\":\"subscription\",\"tenant\":\"%s\",\"subscription\":\"subscription-%u\","
         "\"customer\":\"customer-%u\",\"plan\":\"plan-%u\",\"start\":\"2026-01-01\","
         "\"quantity\":\"%u\"}\n",
         tenant, number, is_odd(drawing) ? draw(&drawing->state, NAMES) : number, number,
         1 + draw(&drawing->state, 2));
}

static void make_usage(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    char customer[50] = "";
    uint32_t number = draw(&drawing->state, NAMES);
    if (number % 2 == 0)
        (void)snprintf(customer, sizeof(customer), ",\"customer\":\"customer-%u\"",
                       is_odd(drawing) ? draw(&drawing->state, NAMES) : number);
    TEXT("{\"record\":\"usage\",\"tenant\":\"%s\",\"meter\":\"meter-%u\",\"key\":\"key-%u\","
         "\"subscription\":\"subscription-%u\"%s,\"value\":\"1\",\"at\":\"2026-10-02T10:00:00Z\"}"
         "\n",
         tenant, number, number, number, customer);
}

/* By customer-n have price-n, subscription-n and contract-n; by what is odd another one's. */
static void make_customer_price(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    uint32_t price = draw(&drawing->state, NAMES);
    TEXT("{\"record\":\"customer_price\",\"tenant\":\"%s\",\"customer\":\"customer-%u\",\"price\":"
         "\"price-%u\",\"valid_from\":\"2026-0%u-01\",\"currency\":\"%s\",%s}\n",
         tenant, draw(&drawing->state, NAMES), price, draw(&drawing->state, 3) + 1,
         is_odd(drawing) ? "USD" : "EUR",
         draw(&drawing->state, 2) == 0 ? "\"model\":\"percentage\",\"rate_percent\":\"1\""
                                       : "\"model\":\"per_unit\",\"unit_price\":\"0.01\"");
}

static void make_change(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    char plan[30] = "";
    uint32_t what = draw(&drawing->state, 4);
    if (what == 0)
        (void)snprintf(plan, sizeof(plan), "\"plan\":\"plan-%u\"", draw(&drawing->state, NAMES));
    TEXT("{\"record\":\"subscription_change\",\"tenant\":\"%s\",\"subscription\":"
         "\"subscription-%u\",\"at\":\"%s-0%u-01\",%s}\n",
         tenant, draw(&drawing->state, NAMES), is_odd(drawing) ? "2025" : "2026",
         1 + draw(&drawing->state, 9),
         what == 0   ? plan
         : what == 1 ? "\"quantity\":\"2\""
         : what == 2 ? "\"pause\":true"
                     : "\"resume\":true");
}

static void make_redemption(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    const char *whose = draw(&drawing->state, 2) == 0 ? "customer" : "subscription";
    TEXT("{\"record\":\"coupon_redemption\",\"tenant\":\"%s\",\"coupon\":\"coupon-%u\",\"%s\":"
         "\"%s-%u\",\"at\":\"2026-0%u-01\"}\n",
         tenant, draw(&drawing->state, NAMES), whose, whose, draw(&drawing->state, NAMES),
         is_odd(drawing) ? 1U : 2U);
}

static void make_grant(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    char amount[60] = "\"amount\":\"5.00\",\"currency\":\"EUR\"";
    if (is_odd(drawing) || draw(&drawing->state, 4) == 0)
        (void)snprintf(amount, sizeof(amount), "\"units\":\"7\",\"meter\":\"meter-%u\"",
                       draw(&drawing->state, NAMES));
    TEXT("{\"record\":\"credit_grant\",\"tenant\":\"%s\",\"customer\":\"customer-%u\",\"source\":"
         "\"source-%u\",\"kind\":\"free\",\"effective_at\":\"2026-01-01T00:00:00Z\",%s}\n",
         tenant, draw(&drawing->state, NAMES), draw(&drawing->state, NAMES), amount);
}

static void make_contract(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    char more[50] = "\"end\":\"2027-01-01\"";
    uint32_t number = draw(&drawing->state, NAMES), kind = draw(&drawing->state, 4);
    uint32_t customer = is_odd(drawing) ? draw(&drawing->state, NAMES) : number / 2 * 2;
    if (kind < 2 && number % 2 == 1)
        (void)snprintf(more, sizeof(more), "\"%s\":\"contract-%u\"",
                       kind == 0 ? "amends" : "ends_with", number / 2 * 2);
    TEXT("{\"record\":\"contract\",\"tenant\":\"%s\",\"contract\":\"contract-%u\",\"customer\":"
         "\"customer-%u\",\"currency\":\"EUR\",\"start\":\"2026-0%u-01\",%s}\n",
         tenant, number, customer, is_odd(drawing) ? 5U : 1U, more);
}

/* Price-0 and price-1 are on one meter, and so are the next two. */
static void make_phase(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    char prices[80] = "";
    uint32_t price = draw(&drawing->state, NAMES);
    uint32_t number = draw(&drawing->state, NAMES), phase = draw(&drawing->state, 3);
    uint32_t from = is_odd(drawing) ? 1 : phase * 3 + 1;
    if (draw(&drawing->state, 2) == 0)
        (void)snprintf(prices, sizeof(prices),
                       ",\"prices\":[{\"price\":\"price-%u\",\"rated_as\":\"price-%u\"}]", price,
                       is_odd(drawing) ? NAMES - 1 - price : price ^ 1);
    TEXT("{\"record\":\"contract_phase\",\"tenant\":\"%s\",\"contract\":\"contract-%u\",\"phase\":"
         "\"phase-%u\",\"start\":\"2026-0%u-01\",\"end\":\"2026-%02u-01\",\"discount_percent\":"
         "\"5\","
         "\"product\":\"product-%u\",\"commitment\":\"1.00\"%s,\"scope\":[{\"plan\":\"plan-%u\"}]}"
         "\n",
         tenant, number, phase, from, phase * 3 + 4, price, prices, price);
}

static void make_named(struct drawing *drawing, enum record_kind kind, const char *tenant,
                       char text[RECORD_SIZE])
{
    uint32_t number = draw(&drawing->state, NAMES);
    if (kind == RECORD_PRODUCT)
        TEXT("{\"record\":\"product\",\"tenant\":\"%s\",\"product\":\"product-%u\",\"name\":\"N%u\""
             "}\n",
             tenant, number, draw(&drawing->state, 2));
    else if (kind == RECORD_METER)
        TEXT("{\"record\":\"meter\",\"tenant\":\"%s\",\"meter\":\"meter-%u\",\"aggregation\":\"%s\""
             "}\n",
             tenant, number, is_odd(drawing) || draw(&drawing->state, 8) == 0 ? "max" : "sum");
    else if (kind == RECORD_PLAN)
        TEXT("{\"record\":\"plan\",\"tenant\":\"%s\",\"plan\":\"plan-%u\",\"name\":\"N%u\","
             "\"interval\":\"%s\"}\n",
             tenant, number, draw(&drawing->state, 2), is_odd(drawing) ? "year" : "month");
    else if (kind == RECORD_COUPON)
        TEXT("{\"record\":\"coupon\",\"tenant\":\"%s\",\"coupon\":\"coupon-%u\",\"percent\":\"%u\","
             "\"duration\":\"once\",\"valid_from\":\"2026-02-01\",\"limit_total\":%u}\n",
             tenant, number, is_odd(drawing) ? 9U : 10U, 1 + number);
    else if (kind == RECORD_TAX_RATE)
        TEXT("{\"record\":\"tax_rate\",\"tenant\":\"%s\",\"country\":\"DE\",\"category\":\"c%u\","
             "\"valid_from\":\"2026-01-01\",\"rate_percent\":\"%u\",\"name\":\"VAT\"}\n",
             number == 0 ? "*" : tenant, number, is_odd(drawing) ? 7U : 19U);
    else
        TEXT("{\"record\":\"%s\",\"tenant\":\"%s\",\"customer\":\"customer-%u\",\"%s\":\"h%u\","
             "\"name\":\"N%u\",\"credit_limit\":\"-1\"}\n",
             record_kind_name(kind), tenant, number, record_kind_name(kind),
             draw(&drawing->state, 2), draw(&drawing->state, 2));
}

static void make_method(struct drawing *drawing, const char *tenant, char text[RECORD_SIZE])
{
    TEXT("{\"record\":\"payment_method\",\"tenant\":\"%s\",\"customer\":\"customer-%u\","
         "\"payment_method\":\"m%u\",\"gateway\":\"manual\",\"is_default\":%s,"
         "\"gateway_token\":\"%s\"}\n",
         tenant, draw(&drawing->state, NAMES), draw(&drawing->state, 3),
         draw(&drawing->state, 2) == 0 ? "true" : "false",
         is_odd(drawing) ? "4242424242424242" : "iban");
}

static void make_record(struct drawing *drawing, enum record_kind kind, char text[RECORD_SIZE])
{
    static const char *const tenants[] = {"one", "two", "nobody"};
    const char *tenant = tenants[is_odd(drawing) ? 2 : draw(&drawing->state, 2)];
    uint32_t number = draw(&drawing->state, NAMES);
    if (kind == RECORD_TENANT)
        TEXT("{\"record\":\"tenant\",\"tenant\":\"%s\",\"legal_name\":\"L%u\",\"country\":\"DE\","
             "\"currency\":\"%s\",\"timezone\":\"%s\"}\n",
             tenants[number % 2], number, is_odd(drawing) ? "USD" : "EUR",
             is_odd(drawing) ? "America/New_York" : "Europe/Berlin");
    else if (kind == RECORD_PRICE)
        make_price(drawing, tenant, text);
    else if (kind == RECORD_CUSTOMER)
        make_customer(drawing, tenant, text);
    else if (kind == RECORD_CUSTOMER_PRICE)
        make_customer_price(drawing, tenant, text);
    else if (kind == RECORD_SUBSCRIPTION)
        make_subscription(drawing, tenant, text);
    else if (kind == RECORD_SUBSCRIPTION_CHANGE)
        make_change(drawing, tenant, text);
    else if (kind == RECORD_COUPON_REDEMPTION)
        make_redemption(drawing, tenant, text);
    else if (kind == RECORD_CREDIT_GRANT)
        make_grant(drawing, tenant, text);
    else if (kind == RECORD_CONTRACT)
        make_contract(drawing, tenant, text);
    else if (kind == RECORD_CONTRACT_PHASE)
        make_phase(drawing, tenant, text);
    else if (kind == RECORD_PAYMENT_METHOD)
        make_method(drawing, tenant, text);
    else if (kind == RECORD_USAGE)
        make_usage(drawing, tenant, text);
    else
        make_named(drawing, kind, tenant, text);
}
#define KINDS (RECORD_USAGE + 1)

/* What is of everybody comes first, and again now and then, between the records of customers. */
static enum record_kind kind_by_customer(struct drawing *drawing, uint32_t record)
{
    uint32_t often = draw(&drawing->state, 100);
    if (record < RECORDS / 4)
        return record * RECORD_CUSTOMER * 4 / RECORDS;
    if (often < 3)
        return RECORD_USAGE;
    return often < 10 ? draw(&drawing->state, RECORD_CUSTOMER)
                      : RECORD_CUSTOMER + draw(&drawing->state, RECORD_USAGE - RECORD_CUSTOMER);
}

static enum record_kind kind_of(const struct sequence_case *c, struct drawing *drawing,
                                uint32_t record)
{
    if (record < 2)
        return RECORD_TENANT;
    if (c->order == BY_CUSTOMER)
        return kind_by_customer(drawing, record);
    return c->order == BY_KIND ? record * KINDS / RECORDS : draw(&drawing->state, KINDS);
}

static void make_records(const struct sequence_case *c, char (*texts)[RECORD_SIZE])
{
    struct drawing drawing = {c->seed, c->odd};
    for (uint32_t i = 0; i < RECORDS; i++)
        make_record(&drawing, kind_of(c, &drawing, i), texts[i]);
}

struct result {
    struct import_counts counts[RECORD_KIND_COUNT + 1];
    char told[TOLD_SIZE];
};

/* Without the place, which the records of one file have and those of many do not. */
static void tell(void *context, const struct error *problem)
{
    struct result *result = context;
    size_t length = strlen(result->told);
    const char *text = strstr(problem->message, ": ");
    (void)snprintf(result->told + length, TOLD_SIZE - length, "%s\n%s\n",
                   text == NULL ? problem->message : text, problem->hint);
}

static void import_text(struct db *db, const char *path, const char *text, const char *skip,
                        struct result *result)
{
    struct error err = {0};
    struct import_report report;
    struct import_options options = {.skip_bad_path = skip, .context = result, .on_bad = tell};
    storage_write_file(path, text);
    STORAGE_OK(import_files(db, &path, 1, &options, &report, &err));
    for (size_t i = 0; i <= RECORD_KIND_COUNT; i++) {
        result->counts[i].added += report.kinds[i].added;
        result->counts[i].updated += report.kinds[i].updated;
        result->counts[i].unchanged += report.kinds[i].unchanged;
        result->counts[i].duplicates += report.kinds[i].duplicates;
        result->counts[i].bad += report.kinds[i].bad;
    }
}

static char *dump_of(struct db *db, const char *path)
{
    struct error err = {0};
    FILE *file = fopen(path, "w+");
    ck_assert_ptr_nonnull(file);
    STORAGE_OK(dump_write(db, file, &(struct dump_options){0}, NULL, &err));
    long size = ftell(file);
    char *text = memory_alloc((size_t)size + 1, "test");
    rewind(file);
    text[fread(text, 1, (size_t)size, file)] = '\0';
    (void)fclose(file);
    return text;
}

static void expect_same(const struct sequence_case *c, const char *what, const char *got,
                        const char *want)
{
    size_t same = 0, line = 0;
    while (got[same] != '\0' && got[same] == want[same]) {
        same++;
        line = got[same - 1] == '\n' ? same : line;
    }
    ck_assert_msg(got[same] == want[same], "%s: %s\nat once   %.500s\none by one %.500s", c->name,
                  what, got + line, want + line);
}

static struct db *open_reference(const char *path)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct migration_status status;
    struct error err = {0};
    struct db *db = storage_open_ok(path, DB_WRITE);
    STORAGE_OK(migrate_up(db, MIGRATIONS, NULL, arena, &status, &err));
    storage_sql(db, "PRAGMA synchronous = OFF"); /* hundreds of small transactions */
    return db;
}

START_TEST(at_once_is_as_one_by_one)
{
    const struct sequence_case *c = &sequence_cases[_i];
    static char texts[RECORDS][RECORD_SIZE], all[RECORDS * RECORD_SIZE];
    static struct result at_once, one_by_one;
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "records.jsonl");
    const char *skip = storage_path(directory, "skipped");
    struct db *db = storage_migrated(storage_path(directory, "at-once.db"));
    struct db *other = open_reference(storage_path(directory, "one-by-one.db"));
    size_t length = 0;
    make_records(c, texts);
    for (size_t i = 0; i < RECORDS; i++)
        length += (size_t)snprintf(all + length, sizeof(all) - length, "%s", texts[i]);
    for (int again = 0; again < 2; again++) { /* the second time most is there */
        import_text(db, path, all, skip, &at_once);
        for (size_t i = 0; i < RECORDS; i++)
            import_text(other, path, texts[i], skip, &one_by_one);
    }
    char *got = dump_of(db, storage_path(directory, "at-once.jsonl"));
    char *want = dump_of(other, storage_path(directory, "one-by-one.jsonl"));
    expect_same(c, "dump", got, want);
    expect_same(c, "told", at_once.told, one_by_one.told);
    for (size_t i = 0; i <= RECORD_KIND_COUNT; i++)
        ck_assert_msg(
            memcmp(&at_once.counts[i], &one_by_one.counts[i], sizeof(at_once.counts[i])) == 0,
            "%s: counts of kind %zu: added %" PRId64 " and %" PRId64, c->name, i,
            at_once.counts[i].added, one_by_one.counts[i].added);
    ck_assert_msg(at_once.told[0] != '\0', "%s: something is wrong", c->name);
    free(got);
    free(want);
    db_close(&db);
    db_close(&other);
}
END_TEST

static void add_tests(TCase *tcase)
{
    TEST_TABLE(at_once_is_as_one_by_one, sequence_cases);
}

TEST_SUITE(import_batch)
{
    add_tests(tcase);
}

TEST_SUITE(import_batch_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
