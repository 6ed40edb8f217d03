#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/core/storage/storage_support.h"

#define ARENA_BYTES (16u << 20)
#define FIRST                                                                                      \
    "CREATE TABLE schema_migration (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "             \
    "checksum TEXT NOT NULL, applied_at_us INTEGER NOT NULL) STRICT;\n"                            \
    "CREATE TABLE item ( -- with a comment\n  id INTEGER PRIMARY KEY, name TEXT DEFAULT 'it''s "   \
    "-- a  text'"                                                                                  \
    ") STRICT;\n"
#define SECOND "ALTER TABLE item ADD COLUMN price TEXT;\nCREATE INDEX item_name ON item (name);\n"

/* A directory with the two migrations above. */
static const char *new_migrations(const char *directory)
{
    const char *migrations = storage_path(directory, "migrations");
    ck_assert_int_eq(mkdir(migrations, 0755), 0);
    storage_write_file(storage_path(migrations, "0001_first.sql"), FIRST);
    storage_write_file(storage_path(migrations, "0002_second.sql"), SECOND);
    storage_write_file(storage_path(migrations, "README"), "not a migration");
    return migrations;
}

START_TEST(migrates_once)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct migration_status status = {0};
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "billmill.db");
    const char *migrations = new_migrations(directory);
    struct db *db = storage_open_ok(path, DB_WRITE);
    ck_assert(!migrate_check(db, migrations, arena, &status, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.hint, "billmill init"));
    STORAGE_OK(migrate_up(db, migrations, NULL, arena, &status, &err));
    ck_assert_int_eq(status.applied_now, 2);
    ck_assert_int_eq(status.current, 2);
    ck_assert_int_eq(status.newest, 2);
    ck_assert_str_eq(status.newest_name, "0002_second");
    STORAGE_OK(migrate_up(db, migrations, NULL, arena, &status, &err));
    ck_assert_int_eq(status.applied_now, 0);
    STORAGE_OK(migrate_check(db, migrations, arena, &status, &err));
    ck_assert_int_eq(status.current, 2);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM schema_migration WHERE "
                                        "length(checksum) = 64 AND applied_at_us > 0"),
                     2);
    db_close(&db);
    db = storage_open_ok(path, DB_READ);
    STORAGE_OK(migrate_check(db, migrations, arena, &status, &err));
    db_close(&db);
}
END_TEST

START_TEST(goes_on_where_it_stopped)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct error err = {0};
    struct migration_status status = {0};
    const char *directory = storage_directory();
    const char *migrations = new_migrations(directory);
    struct db *db = storage_open_ok(storage_path(directory, "billmill.db"), DB_WRITE);
    storage_write_file(storage_path(migrations, "0003_broken.sql"),
                       "CREATE TABLE half (id INTEGER);\nCREATE TABLE item (id INTEGER);\n");
    ck_assert(!migrate_up(db, migrations, NULL, arena, &status, &err));
    ck_assert_ptr_nonnull(strstr(err.message, "0003_broken"));
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM schema_migration"), 2);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"),
                     0);
    storage_write_file(storage_path(migrations, "0003_broken.sql"),
                       "CREATE TABLE half (id INTEGER);\n");
    ck_assert(!migrate_check(db, migrations, arena, &status, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.hint, "billmill migrate"));
    STORAGE_OK(migrate_up(db, migrations, NULL, arena, &status, &err));
    ck_assert_int_eq(status.applied_now, 1);
    ck_assert_int_eq(status.current, 3);
    db_close(&db);
}
END_TEST

/* After both migrations: what happens to the files (a text for a name, NULL removes it) or to the
 * database, and what must be said. */
static const struct refusal_case {
    const char *name, *file, *content, *sql, *message;
} refusal_cases[] = {
    {"a newer database",      "0002_second.sql", NULL,        NULL,                                                                "at migration 2, this billmill knows 1"},
    {"an altered file",       "0001_first.sql",  FIRST " ",   NULL,
     "0001_first is not the one that was applied"                                                                                                                         },
    {"a gap in the files",    "0004_fourth.sql", "SELECT 1;", NULL,                                                                "has no migration 0003"                },
    {"a number twice",        "0002_again.sql",  SECOND,      NULL,                                                                "has migration 0002 twice"             },
    {"a bad name",            "3_third.sql",     "SELECT 1;", NULL,                                                                "not the name of a migration"          },
    {"capitals in a name",    "0003_Third.sql",  "SELECT 1;", NULL,                                                                "not the name of a migration"          },
    {"number nought",         "0000_zero.sql",   "SELECT 1;", NULL,                                                                "not the name of a migration"          },
    {"five digits",           "00003_x.sql",     "SELECT 1;", NULL,                                                                "not the name of a migration"          },
    {"an altered record",     NULL,              NULL,
     "UPDATE schema_migration SET checksum = 'x' WHERE version = 2",                                                               "0002_second is not the one"           },
    {"a gap in the database", NULL,              NULL,        "DELETE FROM schema_migration WHERE version = 1",
     "lacks migration 0001"                                                                                                                                               },
    {"another column",        NULL,              NULL,        "ALTER TABLE item ADD COLUMN more TEXT",
     "table item is another"                                                                                                                                              },
    {"a renamed column",      NULL,              NULL,        "ALTER TABLE item RENAME COLUMN name TO named",                      "item"                                 },
    {"no index",              NULL,              NULL,        "DROP INDEX item_name",                                              "index item_name is missing"           },
    {"another index",         NULL,              NULL,
     "DROP INDEX item_name; CREATE UNIQUE INDEX item_name ON item (name)",                                                         "index item_name is another"           },
    {"a trigger",             NULL,              NULL,        "CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END",
     "trigger t is not billmill's"                                                                                                                                        },
    {"a table",               NULL,              NULL,        "CREATE TABLE mine (id INTEGER)",                                    "table mine is not billmill's"         },
    {"no table",              NULL,              NULL,        "DROP TABLE item",                                                   "item"                                 },
    {"another default",       NULL,              NULL,
     "DROP TABLE item; CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'it''s -- a "
     "text', price "
     "TEXT) STRICT; CREATE INDEX item_name ON item (name)",                                                                        "table item is another"                },
    {"not billmill's",        NULL,              NULL,        "DROP TABLE schema_migration",                                       "none of billmill's"                   },
};

START_TEST(refuses)
{
    const struct refusal_case *c = &refusal_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct migration_status status = {0};
    struct error err = {0};
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "billmill.db");
    const char *migrations = new_migrations(directory);
    struct db *db = storage_open_ok(path, DB_WRITE);
    STORAGE_OK(migrate_up(db, migrations, NULL, arena, &status, &err));
    db_close(&db);
    if (c->file != NULL && c->content != NULL)
        storage_write_file(storage_path(migrations, c->file), c->content);
    else if (c->file != NULL)
        ck_assert_int_eq(unlink(storage_path(migrations, c->file)), 0);
    if (c->sql != NULL)
        storage_execute(path, c->sql);
    db = storage_open_ok(path, DB_WRITE);
    for (int up = 0; up < 2; up++) {
        bool done = up == 1 ? migrate_up(db, migrations, NULL, arena, &status, &err)
                            : migrate_check(db, migrations, arena, &status, &err);
        ck_assert_msg(!done, "%s", c->name);
        ck_assert_msg(err.exit_code == EXIT_CONFIG, "%s: exit %d", c->name, (int)err.exit_code);
        ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->name, err.message);
        ck_assert_msg(err.hint[0] != '\0', "%s: no hint", c->name);
    }
    db_close(&db);
}
END_TEST

/* Comments and white space are nobody's business, and so is what ANALYZE keeps. */
static const char *const harmless[] = {
    "ANALYZE",
    ("DROP TABLE item; CREATE TABLE item(id INTEGER PRIMARY KEY,name TEXT DEFAULT 'it''s -- a  "
     "text', /* x "
     "*/\n"
     "price TEXT)STRICT; CREATE INDEX item_name ON item(name)"),
    "INSERT INTO item (name) VALUES ('a'); VACUUM",
};

START_TEST(accepts_what_changes_no_meaning)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct migration_status status = {0};
    struct error err = {0};
    const char *directory = storage_directory();
    const char *path = storage_path(directory, "billmill.db");
    const char *migrations = new_migrations(directory);
    struct db *db = storage_open_ok(path, DB_WRITE);
    STORAGE_OK(migrate_up(db, migrations, NULL, arena, &status, &err));
    storage_sql(db, harmless[_i]);
    STORAGE_OK(migrate_check(db, migrations, arena, &status, &err));
    db_close(&db);
}
END_TEST

START_TEST(refuses_directories)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct migration_status status = {0};
    struct error err = {0};
    const char *directory = storage_directory();
    struct db *db = storage_open_ok(storage_path(directory, "billmill.db"), DB_WRITE);
    ck_assert(!migrate_up(db, storage_path(directory, "none"), NULL, arena, &status, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
    ck_assert(!migrate_up(db, directory, NULL, arena, &status, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "has no migrations"));
    db_close(&db);
}
END_TEST

/* A migration that ends its transaction would not be all or nothing. */
START_TEST(refuses_a_migration_that_commits)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct migration_status status = {0};
    struct error err = {0};
    const char *directory = storage_directory();
    const char *migrations = new_migrations(directory);
    struct db *db = storage_open_ok(storage_path(directory, "billmill.db"), DB_WRITE);
    storage_write_file(storage_path(migrations, "0003_commits.sql"), "COMMIT;");
    ck_assert(!migrate_up(db, migrations, NULL, arena, &status, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
    ck_assert_int_eq(storage_number(db, "SELECT count(*) FROM schema_migration"), 2);
    db_close(&db);
}
END_TEST

TEST_SUITE(migrate)
{
    TEST_ONE(migrates_once);
    TEST_ONE(goes_on_where_it_stopped);
    TEST_TABLE(refuses, refusal_cases);
    TEST_TABLE(accepts_what_changes_no_meaning, harmless);
    TEST_ONE(refuses_directories);
    TEST_ONE(refuses_a_migration_that_commits);
}
