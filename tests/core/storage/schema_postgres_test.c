/* The schema of a PostgreSQL database, compared with its migrations. */
#include <string.h>

#include "core/storage/db_postgres.h"
#include "core/storage/migrate.h"
#include "core/storage/schema_text.h"
#include "tests/core/storage/storage_support.h"

#define ARENA_BYTES (16u << 20)

static const struct alter_case {
    const char *sql;
    const char *message; /* NULL: nothing to say */
} alter_cases[] = {
    {"ALTER TABLE customer DROP COLUMN name",
     "column name text COLLATE \"C\" NOT NULL of table customer is missing"                                                                                                               },
    {"ALTER TABLE customer RENAME COLUMN tier TO rank",                                           "of table customer is"                                                                  },
    {"ALTER TABLE customer ADD COLUMN mine TEXT",
     "column mine text COLLATE \"default\" of table customer is not"                                                                                                                      },
    {"ALTER TABLE customer ALTER COLUMN hold TYPE INTEGER",
     "column hold integer NOT NULL of table customer is another"                                                                                                                          },
    {"ALTER TABLE customer ALTER COLUMN name TYPE TEXT COLLATE \"default\"",
     "column name text COLLATE \"default\" NOT NULL of table customer is another"                                                                                                         },
    {"ALTER TABLE customer ALTER COLUMN name DROP NOT NULL",
     "column name text COLLATE \"C\" of table customer is another"                                                                                                                        },
    {"ALTER TABLE customer ALTER COLUMN tier SET NOT NULL",
     "column tier text COLLATE \"C\" NOT NULL of table customer is another"                                                                                                               },
    {"ALTER TABLE customer DROP CONSTRAINT customer_pkey",
     "key PRIMARY KEY (tenant_id, customer_id) of table customer is missing"                                                                                                              },
    {"ALTER TABLE customer DROP CONSTRAINT customer_tenant_id_customer_key",
     "key UNIQUE (tenant_id, customer) of table customer is missing"                                                                                                                      },
    {"DROP INDEX customer_payer",
     "index customer_payer (tenant_id, payer_id) WHERE payer_id <> customer_id of table customer"                                                                                         },
    {"DROP INDEX invoice_number; CREATE INDEX invoice_number ON invoice (tenant_id, number)",
     "index invoice_number (tenant_id, number) of table invoice is another"                                                                                                               },
    {"DROP INDEX invoice_number; CREATE UNIQUE INDEX invoice_number ON invoice (number) WHERE "
     "number IS NOT NULL",                                                                   "index invoice_number UNIQUE (number) WHERE number IS NOT NULL of table invoice"        },
    {"DROP INDEX effect_lane_taken; CREATE UNIQUE INDEX effect_lane_taken ON effect (tenant_id, "
     "lane) WHERE lane IS NOT NULL AND state IN ('sending', 'unknown')",                     "WHERE lane IS NOT NULL AND state IN 'sending' , 'unknown' of table effect is another"  },
    {"DROP INDEX effect_lane_taken; CREATE UNIQUE INDEX effect_lane_taken ON effect (tenant_id, "
     "lane) WHERE state IN ('sending', 'unknown', 'held') AND lane IS NOT NULL",             "of table effect is another"                                                            },
    {"DROP INDEX effect_lane_taken; CREATE UNIQUE INDEX effect_lane_taken ON effect (tenant_id, "
     "lane) WHERE lane IS NOT NULL AND (state = 'sending' OR state IN ('unknown', 'held'))", "of table effect is another"                                                            },
    {"DROP INDEX invoice_noted; CREATE INDEX invoice_noted ON invoice (tenant_id, customer_id) "
     "WHERE (status = 'void' OR kind = 'credit_note') AND corrects IS NOT NULL",             "index invoice_noted (tenant_id, customer_id) WHERE ( status = 'void' OR kind = 'credit_note' "
     ") AND corrects IS NOT NULL of table invoice is another"                                        },
    {"DROP INDEX invoice_noted; CREATE INDEX invoice_noted ON invoice (tenant_id, customer_id) "
     "WHERE (status = 'void') OR ((kind = 'credit_note') AND (corrects IS NOT NULL))",       NULL                                                                                    },
    {"DROP INDEX price_of_plan; CREATE INDEX price_of_plan ON price (tenant_id, plan_id, price_id, "
     "valid_from DESC)",                                                                     "index price_of_plan (tenant_id, plan_id, price_id, valid_from DESC) of table price is "
     "another"                                                                                                                                               },
    {"DROP INDEX price_of_plan; CREATE INDEX price_of_plan ON price (tenant_id, plan_id, price_id "
     "NULLS FIRST, valid_from)",                                                             "(tenant_id, plan_id, price_id NULLS FIRST, valid_from) of table price is another"      },
    {"DROP INDEX price_of_plan; CREATE INDEX price_of_plan ON price (tenant_id, plan_id, price_id, "
     "valid_from COLLATE \"POSIX\")",                                                        "(tenant_id, plan_id, price_id, valid_from COLLATE \"POSIX\") of table price is another"},
    {"DROP INDEX price_of_plan; CREATE INDEX price_of_plan ON price (tenant_id, plan_id, price_id, "
     "valid_from text_pattern_ops)",                                                         "(tenant_id, plan_id, price_id, valid_from text_pattern_ops) of table price is another" },
    {"DROP INDEX price_of_plan; CREATE INDEX price_of_plan ON price (tenant_id, plan_id, price_id, "
     "valid_from) INCLUDE (price)",                                                          "(tenant_id, plan_id, price_id, valid_from) INCLUDE (price) of table price is another"  },
    {"DROP INDEX price_of_plan; CREATE INDEX price_of_plan ON price USING brin (tenant_id, "
     "plan_id, price_id, valid_from)",                                                       "USING brin (tenant_id"                                                                 },
    {"DROP TABLE party",                                                                          "table party is missing"                                                                },
    {"CREATE TABLE mine (id INTEGER PRIMARY KEY)",                                                NULL                                                                                    },
    {"CREATE INDEX mine ON customer (name)",                                                      NULL                                                                                    },
    {"ALTER TABLE customer SET (fillfactor = 80)",                                                NULL                                                                                    },
};

START_TEST(notices)
{
    const struct alter_case *c = &alter_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_BYTES);
    struct migration_status status = {0};
    struct error err = {0};
    struct db *db = storage_migrated(NULL);
    STORAGE_OK(migrate_check(db, MIGRATIONS_POSTGRES, arena, &status, &err));
    STORAGE_OK(pg_simple(pg_of(db), "test", c->sql, NULL, &err));
    bool right = migrate_check(db, MIGRATIONS_POSTGRES, arena, &status, &err);
    ck_assert_msg(right == (c->message == NULL), "%s: %s", c->sql, err.message);
    if (!right) {
        ck_assert_msg(strstr(err.message, c->message) != NULL, "%s: %s", c->sql, err.message);
        ck_assert_int_eq(err.exit_code, EXIT_CONFIG);
        ck_assert_msg(err.hint[0] != '\0', "%s: no hint", c->sql);
    }
    db_close(&db);
}
END_TEST

TEST_SUITE(schema_postgres)
{
    if (storage_postgres_tests(tcase))
        TEST_TABLE(notices, alter_cases);
}
