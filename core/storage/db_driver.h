/* What an engine has to do for db.h: private to this folder. A driver's database and rows begin
 * with the structs below, so that db.c, rows.c and migrate.c know no engine. */
#ifndef BILLMILL_STORAGE_DB_DRIVER_H
#define BILLMILL_STORAGE_DB_DRIVER_H

#include "core/base/strbuf.h"
#include "core/storage/bulk.h"
#include "core/storage/db.h"
#include "core/storage/migrate.h"

/* Texts of these are the driver's: BEGIN IMMEDIATE on SQLite, BEGIN and its time limits on
 * PostgreSQL. */
enum db_command {
    DB_COMMAND_BEGIN,
    DB_COMMAND_COMMIT,
    DB_COMMAND_ROLLBACK,
    DB_COMMAND_SAVEPOINT,
    DB_COMMAND_RELEASE,
    DB_COMMAND_ROLLBACK_TO,
    DB_COMMAND_SNAPSHOT, /* a transaction that only reads */
    DB_COMMAND_COUNT
};

struct db {
    const struct db_driver *driver;
    enum db_mode mode;
    bool tx_open;
    bool snapshot_open;
    bool dry_run;
    int32_t lease_s; /* of the work at hand; 0 before db_set_lease */
    bool parts;      /* db_expect_parts */
};

/* Which column of the result each field of a table comes from; found once, by name. */
#define ROW_FIELDS_MAX 64
#define ROW_MAPS_MAX 4
struct row_map {
    const struct row_field *fields;
    size_t field_count;
    int16_t columns[ROW_FIELDS_MAX];
};

struct db_rows {
    struct db *db;
    const char *statement; /* its name, for messages */
    size_t map_count;
    struct row_map maps[ROW_MAPS_MAX];
};

/* One file of the migrations directory; everything in an arena. */
struct migration {
    int64_t version;
    const char *name; /* 0001_initial */
    const char *text;
    char checksum[65];
};

/* Takes the current row, which is of key `place`. */
typedef bool bulk_take(void *context, struct db_rows *rows, size_t place, struct error *err);

struct db_driver {
    void (*close)(struct db *db);
    bool is_remote; /* db_is_remote */
    bool (*is_sole_writer)(const struct db *db);
    bool (*command)(struct db *db, enum db_command command, struct error *err);
    bool (*run)(struct db *db, enum statement_id statement, const struct db_value *args,
                size_t arg_count, int64_t *ret_changed, struct error *err);
    bool (*query)(struct db *db, enum statement_id statement, const struct db_value *args,
                  size_t arg_count, struct db_rows **ret_rows, struct error *err);
    bool (*query_large)(struct db *db, enum statement_id statement, const struct db_value *args,
                        size_t arg_count, struct db_rows **ret_rows, struct error *err);
    bool (*rows_next)(struct db_rows *rows, bool *ret_has_row, struct error *err);
    void (*rows_close)(struct db_rows *rows);
    int32_t (*rows_column)(const struct db_rows *rows, const char *name);
    /* Of the current row, valid until the next one is asked for. Texts and bytes end with a NUL
     * that is not counted; what is neither number nor text is bytes, whatever they mean. */
    struct db_value (*rows_value)(const struct db_rows *rows, int32_t column);
    void (*rows_i64s)(const struct db_rows *rows, int32_t count, int64_t *ret_values);
    bool (*bulk_write)(struct db *db, const struct bulk_table *table, const void *rows,
                       size_t count, int64_t *ret_written, size_t *ret_bad_row, struct error *err);
    /* Gives each row to `take`, in the order of the keys: bulk.h, bulk_find. */
    bool (*bulk_find)(struct db *db, const struct bulk_table *table, const void *keys, size_t count,
                      bulk_take *take, void *context, struct error *err);
    bool (*checkpoint)(struct db *db, struct error *err);
    bool (*now_us)(struct db *db, int64_t *ret_now_us, struct error *err);

    /* Migrations. `script` runs several statements inside the open transaction. */
    bool (*script)(struct db *db, const char *name, const char *text, struct error *err);
    bool (*schema_state)(struct db *db, bool *ret_has_tables, bool *ret_has_migrations,
                         struct error *err);
    /* Until the end of the open transaction nobody else migrates or begins an execution. */
    bool (*lock_work)(struct db *db, struct error *err);
    /* EXIT_CONFIG when the schema is not what the first `count` migrations make. */
    bool (*schema_check)(struct db *db, const struct migration *migrations, size_t count,
                         struct error *err);
};

/* `path` is options->location without its scheme. */
MUST_CHECK bool db_sqlite_open(const struct db_options *options, const char *path,
                               struct db **ret_db, struct error *err);
MUST_CHECK bool db_postgres_open(const struct db_options *options, struct db **ret_db,
                                 struct error *err);

/* What bulk writes of every engine say alike; each returns false. */
bool bulk_conflict(const struct bulk_table *table, const void *row, const char *column,
                   struct error *err);
bool bulk_no_such_row(const struct bulk_table *table, const void *row, struct error *err);

/* ERROR_RETRY: an upsert found a row with another own_id. Returns false. */
bool bulk_made_by_others(const struct bulk_table *table, struct error *err);

/* "a, b": the columns of fields from … to - 1. */
void bulk_add_columns(struct strbuf *buf, const struct bulk_table *table, size_t from, size_t to);
/* What becomes of a row whose key is there: nothing, or for an upsert the new content, if its guard
 * lets it. */
void bulk_add_conflict(struct strbuf *buf, const struct bulk_table *table);

/* The first column in which the current row of `rows`, which has the table's fields as its first
 * columns, is another than `row`; NULL when it is equal. */
const char *bulk_first_difference(const struct bulk_table *table, const struct db_rows *rows,
                                  const void *row);

#endif
