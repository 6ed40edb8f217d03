#include <stdio.h>
#include <string.h>

#include "tests/core/storage/storage_support.h"

#define ARENA_BYTES (1u << 20)
#define SELECT_ALL "SELECT digest, id, whole, small, flag, text, day, amount, currency FROM sample "

static struct decimal decimal(const char *text)
{
    struct decimal value;
    struct error err = {0};
    STORAGE_OK(decimal_parse(text, &value, &err));
    return value;
}

static bool same(const struct sample *a, const struct sample *b)
{
    return a->id == b->id && a->whole == b->whole && a->small == b->small && a->flag == b->flag &&
           (a->text == NULL ? b->text == NULL : b->text != NULL && strcmp(a->text, b->text) == 0) &&
           a->day.days == b->day.days && decimal_compare(a->amount, b->amount) == 0 &&
           currency_equal(a->currency, b->currency) &&
           memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

static const struct round_trip_case {
    const char *name;
    struct sample sample;
    const char *amount;
} round_trip_cases[] = {
    {"nothing where nothing may be", {.id = 1, .whole = DB_I64_NONE, .day = {INT32_MIN}}, "0"   },
    {"zero and empty",               {.id = 2, .text = "", .currency = {"EUR"}},          "0.00"},
    {"the largest",
     {.id = 3,
      .whole = INT64_MAX,
      .small = INT32_MAX,
      .flag = true,
      .text = "Ünï Ж 日 😀 'quoted' \"twice\" $1",
      .day = {DATE_DAYS_MAX},
      .currency = {"KWD"},
      .digest = {0xff, 0, 1}},
     "99999999999999999999.999999999999999999"                                                  },
    {"the smallest",
     {.id = INT64_MIN + 1,
      .whole = INT64_MIN + 1,
      .small = INT32_MIN,
      .text = "\x01\x7f",
      .day = {DATE_DAYS_MIN},
      .currency = {"JPY"},
      .digest = {0, 0, 0, 0xff}},
     "-0.000000000000000001"                                                                    },
};

START_TEST(keeps_every_kind)
{
    const struct round_trip_case *c = &round_trip_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct sqlite_statement *statement = NULL;
    struct db_rows *rows = NULL;
    struct sample sample = c->sample;
    struct sample read = {0};
    bool has_row = false;
    int64_t written = 0;
    struct db *db = storage_with_samples(storage_path(storage_directory(), "billmill.db"));
    sample.amount = decimal(c->amount);
    STORAGE_OK(storage_bulk(db, &sample_insert, &sample, 1, &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    STORAGE_OK(sqlite_statement_create(sqlite_of(db), "SAMPLE", SELECT_ALL "WHERE id = $1",
                                       &statement, &err));
    STORAGE_OK(sqlite_statement_query(statement, DB_ARGS(db_i64(sample.id)), &rows, &err));
    STORAGE_OK(db_rows_next(rows, &has_row, &err));
    ck_assert_msg(has_row, "%s", c->name);
    STORAGE_OK(rows_read(rows, arena, sample_fields, SAMPLE_FIELD_COUNT, &read, &err));
    ck_assert_msg(same(&read, &sample), "%s: text %s, day %s, amount %s", c->name, read.text,
                  date_is_none(read.day) ? "none" : date_text(read.day).text,
                  decimal_text(read.amount).text);
    db_rows_close(&rows);
    sqlite_statement_free(statement);
    db_close(&db);
}
END_TEST

/* What a foreign hand may have left in the file. */
static const struct refusal_case {
    const char *name, *select, *message;
} refusal_cases[] = {
    {"null for a 32-bit integer",  "NULL AS small",                                "column small: null"          },
    {"null for a bool",            "NULL AS flag",                                 "column flag: null"           },
    {"null for a decimal",         "NULL AS amount",                               "column amount: null"         },
    {"beyond 32 bits",             "2147483648 AS small",                          "column small: out of range"  },
    {"below 32 bits",              "-2147483649 AS small",                         "column small: out of range"  },
    {"2 for a bool",               "2 AS flag",                                    "column flag: out of range"   },
    {"-1 for a bool",              "-1 AS flag",                                   "column flag: out of range"   },
    {"text for an integer",        "'1' AS whole",                                 "column whole: not an integer"},
    {"real for an integer",        "1.0 AS whole",                                 "column whole: not an integer"},
    {"integer for a text",         "1 AS text",                                    "column text: not a text"     },
    {"bytes for a text",           "x'41' AS text",                                "column text: not a text"     },
    {"NUL in a text",              "x'410042' || '' AS text",                      "column text: a text with"    },
    {"no such day",                "'2026-02-30' AS day",                          "column day: "                },
    {"no decimal",                 "'1e3' AS amount",                              "column amount: "             },
    {"real for a decimal",         "1.5 AS amount",                                "column amount: not a text"   },
    {"no currency",                "'EURO' AS currency",                           "column currency: "           },
    {"short digest",               "x'00' AS digest",                              "column digest: not a digest" },
    {"text for a digest",          "'01234567890123456789012345678901' AS digest",
     "column digest: not a digest"                                                                               },
    {"a column that is not there", "1 AS other",                                   "has no column"               },
};

static const struct row_field *field_for(const char *select)
{
    for (size_t i = 0; i < SAMPLE_FIELD_COUNT; i++) {
        const char *as = strstr(select, " AS ");
        if (strcmp(as + 4, sample_fields[i].column) == 0)
            return &sample_fields[i];
    }
    return &sample_fields[0];
}

START_TEST(refuses_what_is_of_another_kind)
{
    const struct refusal_case *c = &refusal_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct sqlite_statement *statement = NULL;
    struct db_rows *rows = NULL;
    struct sample read = {0};
    bool has_row = false;
    char sql[200];
    struct db *db = storage_with_samples(storage_path(storage_directory(), "billmill.db"));
    (void)snprintf(sql, sizeof sql, "SELECT %s", c->select);
    STORAGE_OK(sqlite_statement_create(sqlite_of(db), "SAMPLE", sql, &statement, &err));
    STORAGE_OK(sqlite_statement_query(statement, DB_NO_ARGS, &rows, &err));
    STORAGE_OK(db_rows_next(rows, &has_row, &err));
    bool done = rows_read(rows, arena, field_for(c->select), 1, &read, &err);
    ck_assert_msg(!done, "%s", c->name);
    ck_assert_int_eq(err.kind, ERROR_RUN);
    ck_assert_msg(strstr(err.message, "statement SAMPLE") != NULL, "%s: %s", c->name, err.message);
    ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->name, err.message);
    db_rows_close(&rows);
    sqlite_statement_free(statement);
    db_close(&db);
}
END_TEST

struct counted {
    int64_t version;
    const char *checksum;
};
static const struct row_field counted_fields[] = {
    ROW_FIELD(struct counted, version, "version"),
    ROW_FIELD(struct counted, checksum, "checksum"),
};

static bool record(struct db *db, int64_t version, struct error *err)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%" PRId64, version);
    return db_run(db, STMT_MIGRATION_RECORD,
                  DB_ARGS(db_i64(version), db_text(name), db_text(name), db_i64(0)), NULL, err);
}

START_TEST(loads_one_and_all)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct counted one = {0};
    void *items = NULL;
    size_t count = 0;
    bool found = false;
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    storage_sql(db, "DELETE FROM schema_migration");
    STORAGE_OK(rows_load_one(db, STMT_MIGRATIONS_APPLIED, DB_NO_ARGS, arena, counted_fields,
                             ARRAY_LEN(counted_fields), &one, &found, &err));
    ck_assert(!found);
    for (int64_t version = 1; version <= 40; version++) {
        STORAGE_OK(record(db, version, &err));
        bool loaded = rows_load_one(db, STMT_MIGRATIONS_APPLIED, DB_NO_ARGS, arena, counted_fields,
                                    ARRAY_LEN(counted_fields), &one, &found, &err);
        ck_assert(loaded == (version == 1)); /* a second row is refused */
    }
    ck_assert_int_eq(one.version, 1);
    STORAGE_OK(rows_load_all(db, STMT_MIGRATIONS_APPLIED, DB_NO_ARGS, arena, counted_fields,
                             ARRAY_LEN(counted_fields), sizeof(struct counted), &items, &count,
                             &err));
    ck_assert_uint_eq(count, 40);
    for (size_t i = 0; i < count; i++) {
        const struct counted *item = (const struct counted *)items + i;
        ck_assert_int_eq(item->version, (int64_t)i + 1);
        ck_assert_int_eq(atoi(item->checksum), (int)i + 1);
    }
    db_close(&db);
}
END_TEST

TEST_SUITE(rows)
{
    TEST_TABLE(keeps_every_kind, round_trip_cases);
    TEST_TABLE(refuses_what_is_of_another_kind, refusal_cases);
    TEST_ONE(loads_one_and_all);
}
