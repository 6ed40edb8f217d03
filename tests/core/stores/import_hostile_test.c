/* Every field of every record that people import, with a value that is refused:
 * tests/fixtures/reading/hostile.jsonl. A line there is a record of the `catalog`, which is there
 * already, the `base` of a kind (the first one of the catalogue is the base of its kind too), or a
 * row: the base of `record` with other members (null: without it), which is wrong in `field`, and
 * the `error` and the `hint` that import tells. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/base/text.h"
#include "core/setup/record_field.h"
#include "core/stores/import_files.h"
#include "tests/core/storage/storage_support.h"

#define FIXTURE "tests/fixtures/reading/hostile.jsonl"
#define ROWS_MAX 800
#define LINES_MAX (2 * ROWS_MAX)

struct told {
    char message[ERROR_MESSAGE_SIZE], hint[ERROR_HINT_SIZE];
    int32_t times;
};

struct world {
    json_t *catalog, *bases, *rows; /* a list, by kind, a list */
    const char *directory;
    size_t prefix; /* of a message: the path of the file */
    struct db *db;
    struct told *told; /* by line */
    struct import_report report;
    struct error err;
};

static void add_line(struct world *world, const char *line)
{
    json_error_t problem;
    json_t *entry = json_loads(line, JSON_REJECT_DUPLICATES, &problem);
    ck_assert_msg(entry != NULL, "%s: %s", problem.text, line);
    json_t *known = json_object_get(entry, "catalog");
    json_t *base = known != NULL ? known : json_object_get(entry, "base");
    if (known != NULL)
        (void)json_array_append(world->catalog, known);
    const char *kind = json_string_value(json_object_get(base, "record"));
    if (base == NULL)
        (void)json_array_append(world->rows, entry);
    else if (json_object_get(world->bases, kind) == NULL)
        (void)json_object_set(world->bases, kind, base);
    json_decref(entry);
}

static void read_fixture(struct world *world)
{
    FILE *file = fopen(FIXTURE, "r");
    char *line = NULL;
    size_t capacity = 0;
    ck_assert(file != NULL);
    world->catalog = json_array();
    world->bases = json_object();
    world->rows = json_array();
    while (getline(&line, &capacity, file) > 0)
        add_line(world, line);
    free(line);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_le(json_array_size(world->rows), ROWS_MAX);
}

static void keep_told(void *context, const struct error *problem)
{
    struct world *world = context;
    char *behind;
    long long line = strtoll(problem->message + world->prefix, &behind, 10);
    ck_assert_msg(line >= 1 && line <= LINES_MAX && strncmp(behind, ": ", 2) == 0, "%s",
                  problem->message);
    struct told *told = &world->told[line - 1];
    (void)snprintf(told->message, sizeof told->message, "%s", behind + 2);
    (void)snprintf(told->hint, sizeof told->hint, "%s", problem->hint);
    told->times++;
}

static bool import_text(struct world *world, const char *name, const char *text, const char *skip)
{
    const char *path = storage_path(world->directory, name);
    struct import_options options = {.context = world, .on_bad = keep_told, .skip_bad_path = skip};
    storage_write_file(path, text);
    world->prefix = strlen(path) + 1;
    error_clear(&world->err);
    return import_files(world->db, &path, 1, &options, &world->report, &world->err);
}

/* The records of a list, a line each. */
static char *lines_of(const json_t *records)
{
    char *text = NULL;
    size_t size = 0, length;
    FILE *file = open_memstream(&text, &size);
    length = json_array_size(records);
    for (size_t i = 0; i < length; i++) {
        (void)json_dumpf(json_array_get(records, i), file, JSON_COMPACT);
        (void)fputc('\n', file);
    }
    ck_assert_int_eq(fclose(file), 0);
    return text;
}

static json_t *record_of(const struct world *world, const json_t *row)
{
    const char *key;
    json_t *value;
    const char *kind = json_string_value(json_object_get(row, "record"));
    json_t *record = json_deep_copy(json_object_get(world->bases, kind));
    ck_assert_msg(record != NULL, "no base of %s", kind);
    json_t *with = json_object_get(row, "with");
    json_object_foreach(with, key, value)
    {
        if (json_is_null(value))
            (void)json_object_del(record, key);
        else
            (void)json_object_set(record, key, value);
    }
    return record;
}

static char *hostile_lines(const struct world *world)
{
    json_t *records = json_array();
    for (size_t i = 0; i < json_array_size(world->rows); i++)
        (void)json_array_append_new(records, record_of(world, json_array_get(world->rows, i)));
    char *text = lines_of(records);
    json_decref(records);
    return text;
}

static void begin(struct world *world)
{
    *world = (struct world){.directory = storage_directory(),
                            .told = calloc(LINES_MAX, sizeof(struct told))};
    ck_assert(world->told != NULL);
    read_fixture(world);
    world->db = storage_migrated(storage_path(world->directory, "a.db"));
    char *text = lines_of(world->catalog);
    ck_assert_msg(import_text(world, "catalog.jsonl", text, NULL), "%s", world->err.message);
    free(text);
}

static void end(struct world *world)
{
    db_close(&world->db);
    free(world->told);
    json_decref(world->catalog);
    json_decref(world->bases);
    json_decref(world->rows);
}

static const char *text_of(const json_t *row, const char *name)
{
    return text_or_empty(json_string_value(json_object_get(row, name)));
}

static void check_told(const struct world *world)
{
    for (size_t i = 0; i < json_array_size(world->rows); i++) {
        const json_t *row = json_array_get(world->rows, i);
        const struct told *told = &world->told[i];
        const char *kind = text_of(row, "record"), *field = text_of(row, "field");
        char *with = json_dumps(json_object_get(row, "with"), JSON_COMPACT);
        ck_assert_msg(told->times == 1, "%s.%s %s: told %" PRId32 " times", kind, field, with,
                      told->times);
        ck_assert_msg(text_equal(told->message, text_of(row, "error")), "%s.%s %s: %s", kind, field,
                      with, told->message);
        ck_assert_msg(text_equal(told->hint, text_of(row, "hint")), "%s.%s %s: hint %s", kind,
                      field, with, told->hint);
        free(with);
    }
}

static int64_t rows_there(struct world *world)
{
    return storage_number(
        world->db,
        "SELECT (SELECT count(*) FROM tenant) + (SELECT count(*) FROM price) + (SELECT count(*) "
        "FROM customer) + (SELECT count(*) FROM subscription) + (SELECT count(*) FROM coupon) + "
        "(SELECT count(*) FROM credit_grant) + (SELECT count(*) FROM contract_phase) + (SELECT "
        "count(*) FROM usage_event) + (SELECT count(*) FROM subscription_change) + (SELECT "
        "count(*) FROM correction)");
}

START_TEST(says_what_is_wrong)
{
    struct world world;
    begin(&world);
    char *text = hostile_lines(&world);
    int64_t there = rows_there(&world);
    ck_assert(!import_text(&world, "hostile.jsonl", text, NULL));
    ck_assert_int_eq(world.err.exit_code, EXIT_DATA);
    check_told(&world);
    ck_assert_int_eq(rows_there(&world), there);
    free(text);
    end(&world);
}
END_TEST

/* Between two that are wrong there is one that is right: none of these or all of them. */
START_TEST(takes_what_is_right_between_them)
{
    struct world world;
    begin(&world);
    json_t *records = json_array(), *usage = json_object_get(world.bases, "usage");
    size_t count = json_array_size(world.rows);
    for (size_t i = 0; i < count; i++) {
        char key[32];
        json_t *good = json_deep_copy(usage);
        (void)snprintf(key, sizeof key, "good-%zu", i);
        (void)json_object_set_new(good, "key", json_string(key));
        (void)json_array_append_new(records, record_of(&world, json_array_get(world.rows, i)));
        (void)json_array_append_new(records, good);
    }
    char *text = lines_of(records);
    ck_assert(!import_text(&world, "mixed.jsonl", text, NULL));
    ck_assert_int_eq(storage_number(world.db, "SELECT count(*) FROM usage_event"), 0);
    ck_assert_msg(
        import_text(&world, "mixed.jsonl", text, storage_path(world.directory, "skipped")), "%s",
        world.err.message);
    ck_assert_int_eq(world.report.kinds[RECORD_USAGE].added, (int64_t)count);
    ck_assert_int_eq(storage_number(world.db, "SELECT count(*) FROM usage_event"), (int64_t)count);
    free(text);
    json_decref(records);
    end(&world);
}
END_TEST

static bool has_row(const struct world *world, const char *kind, const char *field)
{
    for (size_t i = 0; i < json_array_size(world->rows); i++) {
        const json_t *row = json_array_get(world->rows, i);
        if (text_equal(text_of(row, "record"), kind) && text_equal(text_of(row, "field"), field))
            return true;
    }
    return false;
}

START_TEST(leaves_no_field_out)
{
    struct world world = {0};
    read_fixture(&world);
    for (int32_t kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        const struct record_shape *shape = record_shape_of((enum record_kind)kind);
        if (!record_kind_is_of_people((enum record_kind)kind))
            continue; /* what jobs made */
        for (size_t i = 0; i < shape->field_count; i++)
            ck_assert_msg(shape->fields[i].type == FIELD_UNSUPPORTED ||
                              has_row(&world, shape->name, shape->fields[i].name),
                          "%s has no row for %s.%s", FIXTURE, shape->name, shape->fields[i].name);
    }
    json_decref(world.catalog);
    json_decref(world.bases);
    json_decref(world.rows);
}
END_TEST

static void add_tests(TCase *tcase)
{
    TEST_ONE(says_what_is_wrong);
    TEST_ONE(takes_what_is_right_between_them);
}

TEST_SUITE(import_hostile)
{
    add_tests(tcase);
    TEST_ONE(leaves_no_field_out);
}

TEST_SUITE(import_hostile_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
