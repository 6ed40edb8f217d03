/* Dump: canonical, without surrogates, and a database that is moved by it is the same. */
#include <stdio.h>
#include <string.h>

#include "core/stores/dump.h"
#include "core/stores/import_files.h"
#include "tests/core/storage/storage_support.h"

#define FIXTURES "tests/fixtures/stores/"
#define FIXTURE_SIZE 20000u
#define NO_HASH "x'0000000000000000000000000000000000000000000000000000000000000000'"

static char *dump_of(struct db *db, const char *path, const struct dump_options *options)
{
    struct error err = {0};
    FILE *file = fopen(path, "w+");
    ck_assert_ptr_nonnull(file);
    STORAGE_OK(dump_write(db, file, options, NULL, &err));
    long size = ftell(file);
    char *text = memory_alloc((size_t)size + 1, "test");
    rewind(file);
    ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    text[size] = '\0';
    (void)fclose(file);
    return text;
}

static char *read_fixture(const char *path)
{
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    char *text = memory_alloc(FIXTURE_SIZE, "test");
    size_t length = fread(text, 1, FIXTURE_SIZE - 1, file);
    text[length] = '\0';
    (void)fclose(file);
    return text;
}

/* The rows of a close, with other ids: only names may show. */
static void write_rows(const char *path, int shift)
{
    char *rows = read_fixture(FIXTURES "close_rows.sql");
    char *sql = memory_alloc(2 * FIXTURE_SIZE, "test");
    size_t length = 0;
    for (const char *c = rows; *c != '\0'; c++) {
        if (*c == '@')
            length += (size_t)snprintf(sql + length, 2 * FIXTURE_SIZE - length, "%d", shift);
        else
            sql[length++] = *c;
    }
    sql[length] = '\0';
    storage_execute(path, sql);
    free(sql);
    free(rows);
}

/* Check cannot show whole dumps: the first line that differs is enough. */
static void expect_equal(const char *text, const char *expected)
{
    size_t same = 0, line = 0;
    while (text[same] != '\0' && text[same] == expected[same]) {
        same++;
        line = text[same - 1] == '\n' ? same : line;
    }
    ck_assert_msg(text[same] == expected[same], "got  %.700s\nwant %.700s", text + line,
                  expected + line);
}

START_TEST(is_canonical_and_moves_a_database)
{
    const char *directory = storage_directory();
    const struct dump_options all = {0};
    struct error err = {0};
    char *texts[3], *expected = read_fixture(FIXTURES "dump_of_close.jsonl");
    for (int i = 0; i < 2; i++) {
        const char *path = storage_path(directory, i == 0 ? "one.db" : "two.db");
        struct db *db = storage_migrated(path);
        db_close(&db);
        write_rows(path, i * 500);
        db = storage_open_ok(path, DB_READ);
        texts[i] = dump_of(db, storage_path(directory, "dump.jsonl"), &all);
        db_close(&db);
    }
    expect_equal(texts[0], expected);
    expect_equal(texts[1], expected);

    const char *file = storage_path(directory, "dump.jsonl"), *moved = storage_path(directory, "3");
    struct import_options options = {0};
    struct import_report report;
    struct db *db = storage_migrated(moved);
    STORAGE_OK(import_files(db, &file, 1, &options, &report, &err));
    texts[2] = dump_of(db, storage_path(directory, "moved.jsonl"), &all);
    expect_equal(texts[2], expected);
    /* What the dump cannot show: columns that stay null, texts that only jobs read. */
    ck_assert_int_eq(storage_number_in(moved, "SELECT count(*) FROM invoice WHERE status = 'draft' "
                                              "AND hash IS NULL AND seller_digest IS NULL"),
                     1);
    ck_assert_int_eq(storage_number_in(moved, "SELECT count(*) FROM effect WHERE digest IS NULL"),
                     7);
    ck_assert_int_eq(storage_number_in(moved, "SELECT count(*) FROM effect WHERE owner IS NULL AND "
                                              "not_before_us = 0 AND lease_until_us = 0"),
                     7);
    ck_assert_int_eq(storage_number_in(moved, "SELECT count(*) FROM effect_request WHERE "
                                              "effect_key = 'hook:1' AND length(request) = 0"),
                     1);
    ck_assert_int_eq(storage_number_in(moved, "SELECT count(*) FROM invoice WHERE status = 'open' "
                                              "AND previous_hash = " NO_HASH),
                     1);
    ck_assert_int_eq(storage_number_in(moved, "SELECT count(*) FROM job_instance WHERE job = 'tax' "
                                              "AND state = 'completed_with_parked'"),
                     1);
    STORAGE_OK(import_files(db, &file, 1, &options, &report, &err));
    ck_assert_int_eq(report.kinds[RECORD_INVOICE].unchanged, 2);
    ck_assert_int_eq(report.kinds[RECORD_EFFECT].unchanged, 7);
    ck_assert_int_eq(report.kinds[RECORD_USAGE].duplicates, 2);
    db_close(&db);
    for (int i = 0; i < 3; i++)
        free(texts[i]);
    free(expected);
}
END_TEST

START_TEST(picks_kinds_and_a_tenant)
{
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "one.db");
    const enum record_kind kinds[] = {RECORD_TENANT, RECORD_PLAN};
    struct dump_options options = {.tenant = "demo", .kinds = kinds, .kind_count = 2};
    struct error err = {0};
    struct db *db = storage_migrated(path);
    db_close(&db);
    write_rows(path, 0);
    db = storage_open_ok(path, DB_READ);
    const char *out = storage_path(directory, "dump.jsonl");
    char *text = dump_of(db, out, &options);
    ck_assert_ptr_nonnull(strstr(text, "\"record\":\"plan\""));
    ck_assert_ptr_null(strstr(text, "\"record\":\"product\""));
    free(text);
    options.tenant = "other";
    FILE *file = fopen(out, "w");
    ck_assert(!dump_write(db, file, &options, NULL, &err));
    ck_assert_str_eq(err.message, "tenant \"other\" does not exist");
    (void)fclose(file);
    db_close(&db);
}
END_TEST

TEST_SUITE(dump)
{
    TEST_ONE(is_canonical_and_moves_a_database);
    TEST_ONE(picks_kinds_and_a_tenant);
}
