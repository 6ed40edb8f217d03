#include <string.h>

#include "tests/core/storage/storage_support.h"

/* Catches every mistake in a .def file: each text must prepare against the migrated schema. */
START_TEST(prepares_every_statement)
{
    const char *path = storage_path(storage_directory(), "billmill.db");
    struct db *db = storage_migrated(path);
    for (int id = 0; id < STATEMENT_COUNT; id++) {
        struct sqlite_statement *statement = NULL;
        struct error err = {0};
        ck_assert_msg(sqlite_statement_create(sqlite_of(db), statement_name((enum statement_id)id),
                                              statement_text((enum statement_id)id), &statement,
                                              &err),
                      "%s", err.message);
        sqlite_statement_free(statement);
    }
    db_close(&db);
}
END_TEST

/* One text for both engines: no clock and no function of one engine. */
START_TEST(uses_portable_texts)
{
    static const char *const refused[] = {
        "now()",     "strftime",   "unixepoch", "datetime(", "last_insert_rowid",
        "OR IGNORE", "OR REPLACE", "rowid",     "printf(",   "ifnull(",
        "GLOB",
    };
    for (int id = 0; id < STATEMENT_COUNT; id++)
        for (size_t i = 0; i < ARRAY_LEN(refused); i++)
            ck_assert_msg(strstr(statement_text((enum statement_id)id), refused[i]) == NULL,
                          "%s uses %s", statement_name((enum statement_id)id), refused[i]);
}
END_TEST

TEST_SUITE(statements)
{
    TEST_ONE(prepares_every_statement);
    TEST_ONE(uses_portable_texts);
}
