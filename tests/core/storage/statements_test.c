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

/* What may go through all rows of a tenant, for it asks for all of them, for the first one, or for
 * the few that a partial index has. */
static bool may_take_all(const char *name)
{
    static const char *const whole[] = {"DUMP_", "CATALOG_", "CREDIT_PROOF_", "VERIFY_", "WORK_"};
    static const char *const few[] = {"CORRECTIONS_LOAD", "IMPORT_METER_OF_PERCENTAGE",
                                      "IMPORT_USAGE_LAST_RATED", "INVOICES_TO_APPLY",
                                      "INVOICES_TO_DUN"};
    const char *end = strrchr(name, '_');
    if (end != NULL && strcmp(end, "_ANY") == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(whole); i++)
        if (strncmp(name, whole[i], strlen(whole[i])) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(few); i++)
        if (strcmp(name, few[i]) == 0)
            return true;
    return false;
}

/* SQLite looks up by all columns that it is given, not by the tenant alone: planner_sqlite.c. */
START_TEST(takes_no_tenant_whole)
{
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    for (int id = 0; id < STATEMENT_COUNT; id++) {
        char *text =
            sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement_text((enum statement_id)id));
        sqlite3_stmt *plan = NULL;
        ck_assert(sqlite3_prepare_v2(sqlite_of(db)->handle, text, -1, &plan, NULL) == SQLITE_OK);
        sqlite3_free(text);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            ck_assert_msg(strstr(step, "(tenant_id=?)") == NULL ||
                              may_take_all(statement_name((enum statement_id)id)),
                          "%s: %s", statement_name((enum statement_id)id), step);
        }
        ck_assert(sqlite3_finalize(plan) == SQLITE_OK);
    }
    db_close(&db);
}
END_TEST

/* What is looked at each day is found by an index that has no more, and whatever is over is not
 * read. */
static const struct daily_case {
    enum statement_id id;
    const char *index; /* and what of it is looked up */
} daily_cases[] = {
    {STMT_WORK_TO_MATCH,       "SCAN p USING INDEX payment_unmatched"                                 },
    {STMT_CUSTOMERS_TO_MATCH,
     "SEARCH p USING INDEX payment_unmatched (tenant_id=? AND customer_id>? AND customer_id<?)"       },
    {STMT_PAYMENTS_TO_MATCH,
     "SEARCH p USING INDEX payment_unmatched (tenant_id=? AND customer_id=?)"                         },
    {STMT_WORK_PAYMENTS,       "SCAN i USING INDEX invoice_unapplied"                                 },
    {STMT_WORK_PAYMENTS,       "SCAN p USING INDEX payment_waiting"                                   },
    {STMT_INVOICES_TO_APPLY,
     "SEARCH i USING INDEX invoice_unapplied (tenant_id=? AND invoice_id>? AND invoice_id<?)"         },
    {STMT_INVOICES_TO_APPLY,   "SEARCH p USING INDEX payment_waiting (tenant_id=?)"                   },
    {STMT_PAYMENTS_WAITING,    "SCAN p USING INDEX payment_waiting"                                   },
    {STMT_WORK_COLLECT,        "SCAN i USING INDEX invoice_owed"                                      },
    {STMT_INVOICES_TO_COLLECT,
     "SEARCH i USING INDEX invoice_owed (tenant_id=? AND invoice_id>? AND invoice_id<?)"              },
    {STMT_WORK_DUNNING,        "SCAN i USING INDEX invoice_owed"                                      },
    {STMT_WORK_DUNNING,        "SCAN d USING INDEX dunning_campaign_open"                             },
    {STMT_INVOICES_TO_DUN,
     "SEARCH i USING INDEX invoice_owed (tenant_id=? AND invoice_id>? AND invoice_id<?)"              },
    {STMT_INVOICES_TO_DUN,     "SEARCH d USING INDEX dunning_campaign_open (tenant_id=?)"             },
    {STMT_WORK_TO_TELL,        "SEARCH i USING INDEX invoice_told (tenant_id=? AND told>? AND told<?)"},
    {STMT_WORK_TO_TELL,        "SEARCH i USING INDEX invoice_told (tenant_id=? AND told>?)"           },
    {STMT_DOCUMENTS_TO_TELL,   "SEARCH i USING INDEX invoice_told (tenant_id=? AND told=? AND "
                             "invoice_id>? AND invoice_id<?)"             },
};

START_TEST(looks_at_what_is_due)
{
    const struct daily_case *c = &daily_cases[_i];
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement_text(c->id));
    sqlite3_stmt *plan = NULL;
    bool found = false;
    ck_assert(sqlite3_prepare_v2(sqlite_of(db)->handle, text, -1, &plan, NULL) == SQLITE_OK);
    sqlite3_free(text);
    while (sqlite3_step(plan) == SQLITE_ROW)
        found = found || strcmp((const char *)sqlite3_column_text(plan, 3), c->index) == 0;
    ck_assert(sqlite3_finalize(plan) == SQLITE_OK);
    ck_assert_msg(found, "%s: %s", statement_name(c->id), c->index);
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
    TEST_ONE(takes_no_tenant_whole);
    TEST_TABLE(looks_at_what_is_due, daily_cases);
    TEST_ONE(uses_portable_texts);
}
