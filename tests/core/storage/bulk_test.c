#include <stdio.h>
#include <string.h>

#include "tests/core/storage/storage_support.h"

static struct db *new_database(void)
{
    return storage_with_samples(storage_path(storage_directory(), "billmill.db"));
}

static struct sample sample(int64_t id)
{
    return (struct sample){
        .id = id,
        .whole = id * 10,
        .text = "text",
        .day = {20000},
        .amount = {150,   2},
        .currency = {"EUR"    }
    };
}

START_TEST(inserts_and_accepts_equal_rows)
{
    struct error err = {0};
    struct sample rows[] = {sample(1), sample(2), sample(3)};
    int64_t written = -1;
    struct db *db = new_database();
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, 2, &written, NULL, &err));
    ck_assert_int_eq(written, 2);
    rows[0].amount = (struct decimal){15, 1}; /* another way to write the same value */
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, 3, &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    STORAGE_OK(storage_bulk(db, &sample_insert, NULL, 0, &written, NULL, &err));
    ck_assert_int_eq(written, 0);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 3);
    db_close(&db);
}
END_TEST

static const struct difference_case {
    const char *column;
    struct sample other;
} difference_cases[] = {
    {"whole",
     {.whole = 11, .text = "text", .day = {20000}, .amount = {150, 2}, .currency = {"EUR"}}            },
    {"whole",
     {.whole = DB_I64_NONE,
      .text = "text",
      .day = {20000},
      .amount = {150, 2},
      .currency = {"EUR"}}                                                                             },
    {"small",
     {.whole = 10,
      .small = 1,
      .text = "text",
      .day = {20000},
      .amount = {150, 2},
      .currency = {"EUR"}}                                                                             },
    {"flag",
     {.whole = 10,
      .flag = true,
      .text = "text",
      .day = {20000},
      .amount = {150, 2},
      .currency = {"EUR"}}                                                                             },
    {"text",
     {.whole = 10, .text = "Text", .day = {20000}, .amount = {150, 2}, .currency = {"EUR"}}            },
    {"text",     {.whole = 10, .text = "tex", .day = {20000}, .amount = {150, 2}, .currency = {"EUR"}} },
    {"text",     {.whole = 10, .text = NULL, .day = {20000}, .amount = {150, 2}, .currency = {"EUR"}}  },
    {"text",     {.whole = 10, .text = "", .day = {20000}, .amount = {150, 2}, .currency = {"EUR"}}    },
    {"day",      {.whole = 10, .text = "text", .day = {20001}, .amount = {150, 2}, .currency = {"EUR"}}},
    {"amount",
     {.whole = 10, .text = "text", .day = {20000}, .amount = {151, 2}, .currency = {"EUR"}}            },
    {"currency",
     {.whole = 10, .text = "text", .day = {20000}, .amount = {150, 2}, .currency = {"USD"}}            },
    {"digest",
     {.whole = 10,
      .text = "text",
      .day = {20000},
      .amount = {150, 2},
      .currency = {"EUR"},
      .digest = {1}}                                                                                   },
};

START_TEST(names_the_first_difference)
{
    const struct difference_case *c = &difference_cases[_i];
    struct error err = {0};
    struct sample rows[] = {sample(5), c->other};
    size_t bad_row = 99;
    char expected[80];
    struct db *db = new_database();
    rows[1].id = 1;
    struct sample first = sample(1);
    STORAGE_OK(storage_bulk(db, &sample_insert, &first, 1, NULL, NULL, &err));
    ck_assert(!storage_bulk(db, &sample_insert, rows, 2, NULL, &bad_row, &err));
    ck_assert_int_eq(err.kind, ERROR_ITEM);
    ck_assert_str_eq(err.code, "conflict");
    ck_assert_uint_eq(bad_row, 1);
    (void)snprintf(expected, sizeof expected, "table sample, id 1: there already, with another %s",
                   c->column);
    ck_assert_str_eq(err.message, expected);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 1); /* rolled back */
    db_close(&db);
}
END_TEST

START_TEST(ignores_what_it_is_told_to_ignore)
{
    static const char *const ignored[] = {"whole", "text", NULL};
    struct error err = {0};
    struct bulk_table table = sample_insert;
    struct sample row = sample(1);
    int64_t written = -1;
    struct db *db = new_database();
    table.ignore_on_compare = ignored;
    STORAGE_OK(storage_bulk(db, &table, &row, 1, NULL, NULL, &err));
    row.whole = 77;
    row.text = NULL;
    STORAGE_OK(storage_bulk(db, &table, &row, 1, &written, NULL, &err));
    ck_assert_int_eq(written, 0);
    ck_assert_int_eq(storage_number(db, "SELECT whole FROM sample"), 10);
    row.flag = true;
    ck_assert(!storage_bulk(db, &table, &row, 1, &written, NULL, &err));
    db_close(&db);
}
END_TEST

/* Where the key is a digest nothing is compared: one row, and one among many. */
START_TEST(does_not_read_what_the_key_says)
{
    struct error err = {0};
    struct bulk_table table = sample_insert;
    struct sample rows[40];
    int64_t written = -1;
    struct db *db = new_database();
    table.key_says_all = true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = sample((int64_t)i + 1);
    STORAGE_OK(storage_bulk(db, &table, &rows[7], 1, NULL, NULL, &err));
    rows[7].text = "not looked at";
    STORAGE_OK(storage_bulk(db, &table, &rows[7], 1, &written, NULL, &err));
    ck_assert_int_eq(written, 0);
    STORAGE_OK(storage_bulk(db, &table, rows, ARRAY_LEN(rows), &written, NULL, &err));
    ck_assert_int_eq(written, 39);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample WHERE text = 'text'"), 40);
    db_close(&db);
}
END_TEST

/* Another unique key than the natural one: the item's fault, and the transaction can go on. */
START_TEST(reports_another_constraint_as_the_items)
{
    struct error err = {0};
    struct sample rows[] = {sample(1), sample(2)};
    struct tx tx = {0};
    size_t bad_row = 99;
    struct db *db = new_database();
    rows[1].whole = rows[0].whole;
    STORAGE_OK(tx_begin(&tx, db, &err));
    ck_assert(!bulk_write(db, &sample_insert, rows, 2, NULL, &bad_row, &err));
    ck_assert_int_eq(err.kind, ERROR_ITEM);
    ck_assert_str_eq(err.code, "database_refused");
    ck_assert_uint_eq(bad_row, 1);
    ck_assert_str_eq(err.message, "sample_insert: UNIQUE constraint failed: sample.whole");
    rows[1].whole = 3;
    STORAGE_OK(bulk_write(db, &sample_insert, &rows[1], 1, NULL, NULL, &err));
    STORAGE_OK(tx_commit(&tx, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 2);
    db_close(&db);
}
END_TEST

/* id, text and flag only. */
static const struct row_field part_fields[] = {
    ROW_FIELD(struct sample, id, "id"),
    ROW_FIELD(struct sample, text, "text"),
    ROW_FIELD(struct sample, flag, "flag"),
};
static const struct bulk_table part_update = {
    .name = "part_update",
    .kind = BULK_UPDATE,
    .table = "sample",
    .fields = part_fields,
    .field_count = ARRAY_LEN(part_fields),
    .key_count = 1,
    .row_size = sizeof(struct sample),
    .guard = "flag = 0 OR text = 'open'",
};

START_TEST(updates_where_the_guard_holds)
{
    struct error err = {0};
    struct sample rows[] = {sample(1), sample(2)};
    int64_t written = 0;
    struct db *db = new_database();
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, 2, NULL, NULL, &err));
    rows[0].text = "changed";
    rows[0].flag = true;
    STORAGE_OK(storage_bulk(db, &part_update, rows, 1, &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample WHERE text = 'changed' AND "
                                        "flag = 1 AND id = 1 AND whole = 10"),
                     1);
    rows[1].text = "never";
    struct sample order[] = {rows[1], rows[0]};
    ck_assert(!storage_bulk(db, &part_update, order, 2, &written, NULL, &err));
    ck_assert_int_eq(err.kind, ERROR_RUN);
    ck_assert_ptr_nonnull(strstr(err.message, "no row id 1 for which holds"));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample WHERE text = 'never'"), 0);
    rows[0].id = 9;
    ck_assert(!storage_bulk(db, &part_update, rows, 1, &written, NULL, &err));
    ck_assert_int_eq(err.kind, ERROR_RUN);
    db_close(&db);
}
END_TEST

/* As the late event of a meter that two prices charge for. */
START_TEST(updates_what_comes_twice)
{
    struct error err = {0};
    struct sample rows[] = {sample(1), sample(2), sample(1), sample(3), sample(1)};
    int64_t written = 0;
    struct db *db = new_database();
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, 2, NULL, NULL, &err));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i].text = "open";
    ck_assert(!storage_bulk(db, &part_update, rows, ARRAY_LEN(rows), &written, NULL, &err));
    ck_assert_int_eq(err.kind, ERROR_RUN);
    ck_assert_ptr_nonnull(strstr(err.message, "no row id 3"));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample WHERE text = 'open'"), 0);
    error_clear(&err);
    STORAGE_OK(storage_bulk(db, &part_update, rows, 3, &written, NULL, &err));
    ck_assert_int_eq(written, 3);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample WHERE text = 'open'"), 2);
    db_close(&db);
}
END_TEST

START_TEST(upserts)
{
    struct error err = {0};
    struct bulk_table table = sample_insert;
    struct sample rows[] = {sample(1), sample(2)};
    int64_t written = 0;
    struct db *db = new_database();
    table.name = "sample_upsert";
    table.kind = BULK_UPSERT;
    STORAGE_OK(storage_bulk(db, &table, rows, 1, &written, NULL, &err));
    rows[0].text = "second";
    rows[0].whole = DB_I64_NONE;
    STORAGE_OK(storage_bulk(db, &table, rows, 2, &written, NULL, &err));
    ck_assert_int_eq(written, 2);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), 2);
    ck_assert_int_eq(
        storage_number(db, "SELECT count(*) FROM sample WHERE text = 'second' AND whole IS NULL"),
        1);
    db_close(&db);
}
END_TEST

START_TEST(upserts_where_the_guard_holds)
{
    struct error err = {0};
    struct bulk_table table = sample_insert;
    struct sample rows[] = {sample(1), sample(1)};
    int64_t written = 0;
    struct db *db = new_database();
    table.name = "sample_upsert_forward";
    table.kind = BULK_UPSERT;
    table.guard = "excluded.whole > sample.whole";
    rows[0].whole = 20;
    rows[1].whole = 19;
    STORAGE_OK(storage_bulk(db, &table, rows, 2, &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    ck_assert_int_eq(storage_number(db, "SELECT whole FROM sample"), 20);
    rows[1].whole = 21;
    STORAGE_OK(storage_bulk(db, &table, &rows[1], 1, &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    ck_assert_int_eq(storage_number(db, "SELECT whole FROM sample"), 21);
    db_close(&db);
}
END_TEST

/* Row by row, and, with SQLite, many at once. */
START_TEST(upserts_with_an_id_of_its_own)
{
    struct error err = {0};
    struct bulk_table table = sample_insert;
    struct sample rows[64];
    int64_t written = 0;
    struct db *db = new_database();
    table.name = "sample_upsert_own_id";
    table.kind = BULK_UPSERT;
    table.own_id = "whole";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rows[i] = sample((int64_t)i);
        rows[i].whole = (int64_t)i + 100;
    }
    STORAGE_OK(storage_bulk(db, &table, rows, ARRAY_LEN(rows), &written, NULL, &err));
    rows[1].text = "updated";
    STORAGE_OK(storage_bulk(db, &table, rows, ARRAY_LEN(rows), &written, NULL, &err));
    ck_assert_int_eq(written, (int64_t)ARRAY_LEN(rows));
    rows[1].whole = 7;
    for (size_t count = 2; count <= ARRAY_LEN(rows); count *= 2) {
        rows[1].text = "by another id";
        ck_assert(!storage_bulk(db, &table, rows, count, &written, NULL, &err));
        ck_assert_int_eq(err.kind, ERROR_RETRY);
        ck_assert_ptr_nonnull(strstr(err.message, "made by somebody else meanwhile"));
        error_clear(&err);
    }
    ck_assert_int_eq(
        storage_number(db, "SELECT count(*) FROM sample WHERE whole = 101 AND text = 'updated'"),
        1);
    db_close(&db);
}
END_TEST

static void digest_of(const struct sample *rows, size_t count, uint8_t ret_bytes[SHA256_SIZE])
{
    struct sha256 *digest = sha256_start();
    bulk_digest(&sample_insert, rows, count, digest);
    sha256_finish(&digest, ret_bytes);
}

static const struct digest_case {
    const char *name;
    bool equal;
    struct sample other;
} digest_cases[] = {
    {"the same",          true,  {.id = 1, .text = "a", .amount = {150, 2}}                     },
    {"the same value",    true,  {.id = 1, .text = "a", .amount = {15, 1}}                      },
    {"null and empty",    false, {.id = 1, .text = NULL, .amount = {150, 2}}                    },
    {"another text",      false, {.id = 1, .text = "b", .amount = {150, 2}}                     },
    {"another integer",   false, {.id = 256, .text = "a", .amount = {150, 2}}                   },
    {"another bool",      false, {.id = 1, .flag = true, .text = "a", .amount = {150, 2}}       },
    {"moved to the next", false, {.id = 1, .small = 1, .text = "a", .amount = {150, 2}}         },
    {"another currency",  false, {.id = 1, .text = "a", .amount = {150, 2}, .currency = {"EUR"}}},
    {"another digest",    false, {.id = 1, .text = "a", .amount = {150, 2}, .digest = {1}}      },
};

START_TEST(digests_content)
{
    const struct digest_case *c = &digest_cases[_i];
    struct sample row = {
        .id = 1, .text = "a", .amount = {150, 2}
    };
    uint8_t a[SHA256_SIZE];
    uint8_t b[SHA256_SIZE];
    digest_of(&row, 1, a);
    digest_of(&c->other, 1, b);
    ck_assert_msg((memcmp(a, b, sizeof a) == 0) == c->equal, "%s", c->name);
}
END_TEST

/* Texts longer than the buffer, and one digest whether rows come at once or one by one. */
START_TEST(digests_long_texts_in_pieces)
{
    char text[10000];
    uint8_t whole[SHA256_SIZE];
    uint8_t pieces[SHA256_SIZE];
    uint8_t other[SHA256_SIZE];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct sample rows[] = {sample(1), sample(2), sample(3)};
    rows[1].text = text;
    digest_of(rows, 3, whole);
    struct sha256 *digest = sha256_start();
    for (size_t i = 0; i < 3; i++)
        bulk_digest(&sample_insert, &rows[i], 1, digest);
    sha256_finish(&digest, pieces);
    ck_assert_mem_eq(whole, pieces, sizeof whole);
    text[9000] = 'y';
    digest_of(rows, 3, other);
    ck_assert_mem_ne(whole, other, sizeof whole);
}
END_TEST

/* A counter that every row moves on from where the row before left it. */
static const struct row_field chain_fields[] = {
    ROW_FIELD(struct sample, id, "id"),
    ROW_FIELD(struct sample, small, "whole"),
    ROW_FIELD(struct sample, whole, "whole"),
};
static const struct bulk_table chain_update = {
    .name = "chain_update",
    .kind = BULK_UPDATE,
    .table = "sample",
    .fields = chain_fields,
    .field_count = ARRAY_LEN(chain_fields),
    .key_count = 2,
    .row_size = sizeof(struct sample),
    .redo_when_missing = true,
};

START_TEST(follows_a_chain)
{
    struct error err = {0};
    struct sample stored[] = {sample(1), sample(2)};
    struct sample steps[] = {
        {.id = 1, .small = 10, .whole = 11},
        {.id = 1, .small = 11, .whole = 15},
        {.id = 2, .small = 20, .whole = 21},
        {.id = 1, .small = 15, .whole = 16},
    };
    int64_t written = 0;
    struct db *db = new_database();
    STORAGE_OK(storage_bulk(db, &sample_insert, stored, 2, NULL, NULL, &err));
    STORAGE_OK(storage_bulk(db, &chain_update, steps, 3, &written, NULL, &err));
    ck_assert_int_eq(written, 3);
    ck_assert_int_eq(storage_number(db, "SELECT whole FROM sample WHERE id = 1"), 15);
    ck_assert_int_eq(storage_number(db, "SELECT whole FROM sample WHERE id = 2"), 21);
    ck_assert(!storage_bulk(db, &chain_update, steps, 2, NULL, NULL, &err)); /* somebody was */
    ck_assert_int_eq(err.kind, ERROR_RETRY);                                 /* quicker */
    STORAGE_OK(storage_bulk(db, &chain_update, &steps[3], 1, NULL, NULL, &err));
    db_close(&db);
}
END_TEST

/* What is not there is left out, where that is said. */
START_TEST(updates_what_there_is)
{
    struct error err = {0};
    struct bulk_table table = part_update;
    struct sample rows[] = {sample(3), sample(1), sample(4)};
    int64_t written = 0;
    struct db *db = new_database();
    table.name = "sample_may_miss";
    table.may_miss = true;
    STORAGE_OK(storage_bulk(db, &sample_insert, &rows[1], 1, NULL, NULL, &err));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i].text = "open";
    STORAGE_OK(storage_bulk(db, &table, rows, ARRAY_LEN(rows), &written, NULL, &err));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample WHERE text = 'open'"), 1);
    STORAGE_OK(storage_bulk(db, &table, rows, 1, NULL, NULL, &err));
    db_close(&db);
}
END_TEST

/* The sum of both, however often it was updated before. */
START_TEST(adds_to_what_is_there)
{
    struct error err = {0};
    struct bulk_table table = chain_update;
    struct sample stored[] = {sample(1), sample(2)};
    struct sample more[] = {
        {.id = 1, .small = 1 },
        {.id = 2, .small = -5}
    };
    static const struct row_field fields[] = {
        ROW_FIELD(struct sample, id, "id"),
        ROW_FIELD(struct sample, small, "whole"),
    };
    struct db *db = new_database();
    table.name = "sample_add";
    table.fields = fields;
    table.field_count = ARRAY_LEN(fields);
    table.key_count = 1;
    table.adds = true;
    STORAGE_OK(storage_bulk(db, &sample_insert, stored, 2, NULL, NULL, &err));
    STORAGE_OK(storage_bulk(db, &table, more, 2, NULL, NULL, &err));
    STORAGE_OK(storage_bulk(db, &table, more, 2, NULL, NULL, &err));
    ck_assert_int_eq(storage_number(db, "SELECT whole FROM sample WHERE id = 1"), 12);
    ck_assert_int_eq(storage_number(db, "SELECT whole FROM sample WHERE id = 2"), 10);
    db_close(&db);
}
END_TEST

/* Each row meets what the one before has left: 7 is the largest, and then comes 3. */
START_TEST(upserts_a_key_twice)
{
    struct error err = {0};
    struct bulk_table table = sample_insert;
    struct sample rows[] = {sample(1), sample(2), sample(1), sample(1)};
    static const int32_t smalls[] = {5, 1, 7, 3};
    struct db *db = new_database();
    table.name = "sample_raise";
    table.kind = BULK_UPSERT;
    table.guard = "excluded.small > sample.small";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i].small = smalls[i];
    STORAGE_OK(storage_bulk(db, &table, rows, ARRAY_LEN(rows), NULL, NULL, &err));
    ck_assert_int_eq(storage_number(db, "SELECT small FROM sample WHERE id = 1"), 7);
    ck_assert_int_eq(storage_number(db, "SELECT small FROM sample WHERE id = 2"), 1);
    db_close(&db);
}
END_TEST

#define MANY 100 /* enough for what either engine does with many rows at once */

/* Rows with every kind of value, and with none. */
static void fill_rows(struct sample *rows)
{
    for (size_t i = 0; i < MANY; i++) {
        rows[i] = sample((int64_t)i + 1);
        rows[i].text = i % 3 == 0 ? NULL : i % 3 == 1 ? "" : "tab\tline\nquote\"\\N";
        rows[i].flag = i % 2 == 0;
        rows[i].small = -(int32_t)i;
        rows[i].amount = (struct decimal){(int64_t)i * 25, 2};
        rows[i].digest[i % SHA256_SIZE] = (uint8_t)i;
        if (i % 5 == 0) {
            rows[i].day = (struct date){(int32_t)i + 20000};
            rows[i].currency = (struct currency){"EUR"};
        }
    }
}

START_TEST(inserts_many_rows)
{
    struct error err = {0};
    struct sample rows[MANY + 1];
    int64_t written = -1;
    struct db *db = new_database();
    fill_rows(rows);
    rows[MANY] = sample(MANY + 1);
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, MANY, &written, NULL, &err));
    ck_assert_int_eq(written, MANY);
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, MANY + 1, &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), MANY + 1);
    db_close(&db);
}
END_TEST

/* Among many rows written at once: which one, and why. What the transaction wrote before stays. */
static const struct many_case {
    const char *name;
    int64_t stored_id; /* is there before … */
    const char *stored_text;
    size_t bad_row; /* SIZE_MAX: none */
    const char *code;
} many_cases[] = {
    {"an equal one is there",         1,    NULL,    SIZE_MAX, ""                },
    {"an unequal one is there",       50,   "other", 49,       "conflict"        },
    {"another unique value is there", 1000, NULL,    7,        "database_refused"},
};
START_TEST(finds_the_one_among_many)
{
    const struct many_case *c = &many_cases[_i];
    struct error err = {0};
    struct sample rows[MANY], before = sample(2000), stored = sample(c->stored_id);
    size_t bad_row = SIZE_MAX;
    struct tx tx = {0};
    struct db *db = new_database();
    fill_rows(rows);
    if (c->stored_id <= MANY)
        stored = rows[c->stored_id - 1];
    else
        stored.whole = rows[c->bad_row].whole;
    if (c->stored_text != NULL)
        stored.text = c->stored_text;
    STORAGE_OK(storage_bulk(db, &sample_insert, &stored, 1, NULL, NULL, &err));
    STORAGE_OK(tx_begin(&tx, db, &err));
    STORAGE_OK(bulk_write(db, &sample_insert, &before, 1, NULL, NULL, &err));
    bool good = bulk_write(db, &sample_insert, rows, MANY, NULL, &bad_row, &err);
    ck_assert_msg(good == (c->bad_row == SIZE_MAX), "%s: %s", c->name, err.message);
    ck_assert_msg(bad_row == c->bad_row, "%s: row %zu", c->name, bad_row);
    if (good)
        STORAGE_OK(tx_commit(&tx, &err));
    else
        ck_assert_str_eq(err.code, c->code);
    tx_rollback_open(&tx);
    ck_assert_msg(storage_number(db, "SELECT count(*) FROM sample") == (good ? MANY + 1 : 1), "%s",
                  c->name);
    db_close(&db);
}
END_TEST

static const struct find_case {
    const char *name;
    enum bulk_kind kind;
    size_t key_field; /* 0: id, unique; 4: text, which several rows share */
    size_t count;
    int64_t ids[5]; /* of the keys */
    const char *texts[5];
    const char *found; /* place:id of each row, those of one place in the order of ids */
} find_cases[] = {
    {"none is asked for",       BULK_INSERT, 0, 0, {0},          {NULL},          ""           },
    {"in the order of keys",    BULK_INSERT, 0, 4, {3, 9, 1, 2}, {NULL},          "0:3 2:1 3:2"},
    {"a key twice",             BULK_INSERT, 0, 3, {2, 1, 2},    {NULL},          "0:2 1:1 2:2"},
    {"of a table of upserts",   BULK_UPSERT, 0, 2, {3, 1},       {NULL},          "0:3 1:1"    },
    {"several rows of a key",   BULK_INSERT, 4, 2, {0},          {"odd", "even"}, "0:1 0:3 1:2"},
    {"null is the key of none", BULK_INSERT, 4, 2, {0},          {NULL, "even"},  "1:2"        },
};

START_TEST(finds_by_keys)
{
    const struct find_case *c = &find_cases[_i];
    struct error err = {0};
    struct row_field fields[SAMPLE_FIELD_COUNT];
    struct sample rows[] = {sample(1), sample(2), sample(3)}, keys[5] = {{0}};
    struct bulk_table table = sample_insert;
    struct bulk_found found;
    char text[100] = "";
    CLEANUP(arena_destroy) struct arena *arena = arena_create("found", (size_t)1 << 20);
    struct db *db = new_database();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i].text = i % 2 == 0 ? "odd" : "even";
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, 3, NULL, NULL, &err));
    for (size_t i = 0; i < SAMPLE_FIELD_COUNT; i++)
        fields[i] = sample_fields[i == 0 ? c->key_field : i == c->key_field ? 0 : i];
    table.name = "sample_find";
    table.kind = c->kind;
    table.fields = fields;
    for (size_t i = 0; i < c->count; i++)
        keys[i] = (struct sample){.id = c->ids[i], .text = c->texts[i]};
    STORAGE_OK(bulk_find(db, &table, keys, c->count, arena, &found, &err));
    const struct sample *got = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        size_t length = strlen(text);
        ck_assert_msg(decimal_compare(got[i].amount, rows[0].amount) == 0, "%s", c->name);
        (void)snprintf(text + length, sizeof text - length, "%s%zu:%lld", i == 0 ? "" : " ",
                       found.places[i], (long long)got[i].id);
    }
    ck_assert_msg(strcmp(text, c->found) == 0, "%s: found \"%s\"", c->name, text);
    db_close(&db);
}
END_TEST

/* Keys of two fields, of which all rows share the first, or none do, or it is no value. */
static const struct shared_case {
    const char *name;
    const char *firsts[3];
    int64_t updated; /* of rows that were inserted with these */
} shared_cases[] = {
    {"the same",          {"a", "a", "a"},    3},
    {"the same, empty",   {"", "", ""},       3},
    {"two alike",         {"a", "b", "a"},    3},
    {"a longer one",      {"a", "ab", "a"},   3},
    {"null finds no row", {NULL, NULL, NULL}, 0},
};

START_TEST(writes_and_finds_by_two_fields)
{
    const struct shared_case *c = &shared_cases[_i];
    static const struct row_field fields[] = {
        ROW_FIELD(struct sample, text, "text"),
        ROW_FIELD(struct sample, id, "id"),
        ROW_FIELD(struct sample, whole, "whole"),
    };
    struct bulk_table table = {.name = "sample_of_text",
                               .kind = BULK_UPDATE,
                               .table = "sample",
                               .fields = fields,
                               .field_count = 3,
                               .key_count = 2,
                               .row_size = sizeof(struct sample)};
    struct error err = {0};
    struct sample rows[] = {sample(3), sample(1), sample(2)};
    struct bulk_found found;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i].text = c->firsts[i];
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, ARRAY_LEN(rows), NULL, NULL, &err));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i].whole = 7 + (int64_t)i;
    bool ok = storage_bulk(db, &table, rows, ARRAY_LEN(rows), NULL, NULL, &err);
    ck_assert_msg(ok == (c->updated == 3), "%s: %s", c->name, err.message);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample WHERE whole < 10"),
                     c->updated);
    error_clear(&err);
    STORAGE_OK(bulk_find(db, &table, rows, ARRAY_LEN(rows), arena, &found, &err));
    ck_assert_msg((int64_t)found.count == c->updated, "%s: finds %zu", c->name, found.count);
    const struct sample *got = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ck_assert_msg(got[i].id == rows[i].id && got[i].whole == 7 + (int64_t)i, "%s", c->name);
    db_close(&db);
}
END_TEST

/* A payer and his customers, by a statement of two halves. */
struct paid_customer {
    int64_t tenant_id, payer_id;
    int64_t customer_id;
};

static const struct ask_case {
    const char *name;
    size_t count;
    int64_t tenants[4], payers[4];
    const char *found; /* place:payer:customer, those of one place in the order of the statement */
} ask_cases[] = {
    {"nobody is asked for",     0, {0},       {0},              ""                       },
    {"in the order it says",    2, {1, 1},    {2, 5},           "0:2:1 0:2:2 0:2:4 1:5:5"},
    {"who has none between",    3, {1, 1, 1}, {5, 9, 2},        "0:5:5 2:2:1 2:2:2 2:2:4"},
    {"twice the same",          2, {1, 1},    {5, 5},           "0:5:5 1:5:5"            },
    {"of two tenants",          2, {2, 1},    {5, 5},           "0:5:3 0:5:5 1:5:5"      },
    {"no key that is no value", 2, {1, 1},    {DB_I64_NONE, 5}, "1:5:5"                  },
};

START_TEST(asks_by_keys)
{
    const struct ask_case *c = &ask_cases[_i];
    static const struct row_field fields[] = {
        ROW_FIELD(struct paid_customer, tenant_id, "tenant_id"),
        ROW_FIELD(struct paid_customer, payer_id, "payer_id"),
        ROW_FIELD(struct paid_customer, customer_id, "min_key"),
    };
    static const struct bulk_table table = {.name = "customers_paid",
                                            .kind = BULK_ASK,
                                            .statement = STMT_WORK_CUSTOMERS_OF_PAYER,
                                            .fields = fields,
                                            .field_count = ARRAY_LEN(fields),
                                            .key_count = 2,
                                            .row_size = sizeof(struct paid_customer)};
    struct error err = {0};
    struct paid_customer keys[4] = {{0}};
    struct bulk_found found;
    char text[100] = "";
    CLEANUP(arena_destroy) struct arena *arena = arena_create("asked", (size_t)1 << 20);
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    storage_sql(db, "INSERT INTO customer (tenant_id, customer_id, customer, name, payer_id) VALUES"
                    " (1, 4, 'd', 'D', 2), (1, 2, 'b', 'B', 2), (1, 1, 'a', 'A', 2),"
                    " (1, 5, 'e', 'E', 5), (2, 3, 'c', 'C', 5), (2, 5, 'e', 'E', 5)");
    for (size_t i = 0; i < c->count; i++)
        keys[i] = (struct paid_customer){c->tenants[i], c->payers[i], 0};
    STORAGE_OK(bulk_find(db, &table, keys, c->count, arena, &found, &err));
    const struct paid_customer *got = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        size_t length = strlen(text);
        ck_assert_msg(got[i].tenant_id == c->tenants[found.places[i]], "%s", c->name);
        (void)snprintf(text + length, sizeof text - length, "%s%zu:%lld:%lld", i == 0 ? "" : " ",
                       found.places[i], (long long)got[i].payer_id, (long long)got[i].customer_id);
    }
    ck_assert_msg(strcmp(text, c->found) == 0, "%s: found \"%s\"", c->name, text);
    db_close(&db);
}
END_TEST

static const struct delete_case {
    const char *name;
    const char *texts[2]; /* the key: that of several rows */
    const char *guard;
    bool must_be_there;
    int64_t left; /* of five rows: odd, even, odd, even, odd; -1: refused as temporary */
} delete_cases[] = {
    {"all rows of a key",               {"odd", NULL},   NULL,         true,  2 },
    {"of two keys",                     {"odd", "even"}, NULL,         true,  0 },
    {"a key twice",                     {"odd", "odd"},  NULL,         false, 2 },
    {"none need be there",              {"odd", "none"}, NULL,         false, 2 },
    {"but is asked for",                {"odd", "none"}, NULL,         true,  -1},
    {"those for which the guard holds", {"odd", NULL},   "whole < 15", true,  4 },
    {"it holds for none",               {"odd", NULL},   "whole < 0",  false, 5 },
    {"which is refused",                {"odd", NULL},   "whole < 0",  true,  -1},
};

START_TEST(deletes_by_key)
{
    const struct delete_case *c = &delete_cases[_i];
    static const struct row_field fields[] = {ROW_FIELD(struct sample, text, "text")};
    struct bulk_table table = {.name = "sample_gone",
                               .kind = BULK_DELETE,
                               .table = "sample",
                               .fields = fields,
                               .field_count = 1,
                               .key_count = 1,
                               .row_size = sizeof(struct sample),
                               .guard = c->guard,
                               .redo_when_missing = c->must_be_there};
    struct error err = {0};
    struct sample rows[] = {sample(1), sample(2), sample(3), sample(4), sample(5)};
    struct db *db = new_database();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i].text = i % 2 == 0 ? "odd" : "even";
    STORAGE_OK(storage_bulk(db, &sample_insert, rows, ARRAY_LEN(rows), NULL, NULL, &err));
    rows[0].text = c->texts[0];
    rows[1].text = c->texts[1];
    bool ok = storage_bulk(db, &table, rows, c->texts[1] == NULL ? 1 : 2, NULL, NULL, &err);
    ck_assert_msg(ok == (c->left >= 0), "%s: %s", c->name, err.message);
    ck_assert_msg(ok || err.kind == ERROR_RETRY, "%s: %s", c->name, err.message);
    ck_assert_msg(storage_number(db, "SELECT count(*) FROM sample") == (ok ? c->left : 5), "%s",
                  c->name);
    db_close(&db);
}
END_TEST

#define UPSERTS 50

/* In no order, each key twice: 1, 3, 5 … 0, 2, 4 … and again; the last one of a key counts. */
START_TEST(upserts_many_in_no_order)
{
    static struct sample rows[UPSERTS * 2];
    struct error err = {0};
    struct bulk_table table = sample_insert;
    int64_t written = 0;
    struct db *db = new_database();
    table.name = "sample_shuffled";
    table.kind = BULK_UPSERT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t place = i % UPSERTS;
        size_t half = UPSERTS / 2;
        rows[i] = sample((int64_t)(place < half ? place * 2 + 1 : (place - half) * 2));
        rows[i].whole = (int64_t)i;
    }
    STORAGE_OK(storage_bulk(db, &table, rows, ARRAY_LEN(rows), &written, NULL, &err));
    ck_assert_int_eq(written, UPSERTS * 2);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sample"), UPSERTS);
    ck_assert_int_eq(storage_number(db, "SELECT min(whole) FROM sample"), UPSERTS);
    db_close(&db);
}
END_TEST

static void add_tests(TCase *tcase)
{
    TEST_TABLE(finds_by_keys, find_cases);
    TEST_TABLE(writes_and_finds_by_two_fields, shared_cases);
    TEST_TABLE(asks_by_keys, ask_cases);
    TEST_TABLE(deletes_by_key, delete_cases);
    TEST_ONE(upserts_many_in_no_order);
    TEST_ONE(inserts_and_accepts_equal_rows);
    TEST_TABLE(names_the_first_difference, difference_cases);
    TEST_ONE(ignores_what_it_is_told_to_ignore);
    TEST_ONE(does_not_read_what_the_key_says);
    TEST_ONE(updates_where_the_guard_holds);
    TEST_ONE(updates_what_comes_twice);
    TEST_ONE(follows_a_chain);
    TEST_ONE(updates_what_there_is);
    TEST_ONE(adds_to_what_is_there);
    TEST_ONE(upserts);
    TEST_ONE(upserts_where_the_guard_holds);
    TEST_ONE(upserts_with_an_id_of_its_own);
    TEST_ONE(upserts_a_key_twice);
    TEST_ONE(inserts_many_rows);
    TEST_TABLE(finds_the_one_among_many, many_cases);
}

TEST_SUITE(bulk)
{
    add_tests(tcase);
    TEST_ONE(reports_another_constraint_as_the_items);
    TEST_TABLE(digests_content, digest_cases);
    TEST_ONE(digests_long_texts_in_pieces);
}

TEST_SUITE(bulk_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
