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

#define RECORDS 100
#define RECORD_SIZE 500
#define TOLD_SIZE (RECORDS * 800)
#define NAMES 8 /* so few that most records meet another of theirs */

static const struct sequence_case {
    const char *name;
    uint32_t seed;
    bool by_kind; /* as dump writes them; else in any order */
    uint32_t odd; /* of a hundred records, how many are wrong or differ */
} sequence_cases[] = {
    {"in any order, much is wrong",     1, false, 30},
    {"in any order, little is wrong",   2, false, 3 },
    {"by kind, much is wrong",          3, true,  30},
    {"by kind, little is wrong",        4, true,  3 },
    {"by kind, some names are missing", 5, true,  0 },
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
         tenant, price, is_odd(drawing) ? NAMES - 1 - price : price, price, day + 1, price,
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

/* Kinds in the order in which they refer to each other. */
static void make_record(struct drawing *drawing, uint32_t kind, char text[RECORD_SIZE])
{
    static const char *const tenants[] = {"one", "two", "nobody"};
    const char *tenant = tenants[is_odd(drawing) ? 2 : draw(&drawing->state, 2)];
    uint32_t number = draw(&drawing->state, NAMES);
    if (kind == 0)
        TEXT("{\"record\":\"tenant\",\"tenant\":\"%s\",\"legal_name\":\"L%u\",\"country\":\"DE\","
             "\"currency\":\"%s\",\"timezone\":\"Europe/Berlin\"}\n",
             tenants[number % 2], number, is_odd(drawing) ? "USD" : "EUR");
    else if (kind == 1)
        TEXT("{\"record\":\"product\",\"tenant\":\"%s\",\"product\":\"product-%u\",\"name\":\"N%u\""
             "}\n",
             tenant, number, draw(&drawing->state, 2));
    else if (kind == 2)
        TEXT("{\"record\":\"meter\",\"tenant\":\"%s\",\"meter\":\"meter-%u\",\"aggregation\":\"%s\""
             "}\n",
             tenant, number, is_odd(drawing) ? "max" : "sum");
    else if (kind == 3)
        TEXT("{\"record\":\"plan\",\"tenant\":\"%s\",\"plan\":\"plan-%u\",\"name\":\"N%u\","
             "\"interval\":\"%s\"}\n",
             tenant, number, draw(&drawing->state, 2), is_odd(drawing) ? "year" : "month");
    else if (kind == 4)
        make_price(drawing, tenant, text);
    else if (kind == 5)
        make_customer(drawing, tenant, text);
    else if (kind == 6)
        make_subscription(drawing, tenant, text);
    else if (kind == 7)
        TEXT("{\"record\":\"tax_rate\",\"tenant\":\"%s\",\"country\":\"DE\",\"category\":\"c%u\","
             "\"valid_from\":\"2026-01-01\",\"rate_percent\":\"%u\",\"name\":\"VAT\"}\n",
             number == 0 ? "*" : tenant, number, is_odd(drawing) ? 7U : 19U);
    else
        make_usage(drawing, tenant, text);
}
#define KINDS 9

static void make_records(const struct sequence_case *c, char (*texts)[RECORD_SIZE])
{
    struct drawing drawing = {c->seed, c->odd};
    for (uint32_t i = 0; i < RECORDS; i++) {
        uint32_t kind = c->by_kind ? i * KINDS / RECORDS : draw(&drawing.state, KINDS);
        make_record(&drawing, i < 2 ? 0 : kind, texts[i]);
    }
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
