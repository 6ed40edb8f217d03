/* Up to where usage has been rated: found for every meter of every subscription, whichever is asked
 * first, though few rows are read at once. */
#include <stdio.h>

#include "core/stores/import_rated.h"
#include "tests/core/storage/storage_support.h"

#define METERS 9 /* more than are read at first */
#define SUBSCRIPTIONS 3

static int64_t through(int64_t subscription, int64_t meter)
{
    return 1000 * subscription + meter;
}

static struct db *rated_database(void)
{
    struct db *db = storage_migrated(storage_path(storage_directory(), "test.db"));
    for (int64_t subscription = 1; subscription <= SUBSCRIPTIONS; subscription++)
        for (int64_t meter = 1; meter <= METERS; meter++) {
            char sql[200];
            (void)snprintf(sql, sizeof sql,
                           "INSERT INTO usage_rated (tenant_id, subscription_id, meter_id, "
                           "through_us) VALUES (1, %" PRId64 ", %" PRId64 ", %" PRId64 ")",
                           subscription, meter, through(subscription, meter));
            storage_sql(db, sql);
        }
    return db;
}

static int64_t find(struct usage_rated *rated, struct db *db, int64_t tenant, int64_t subscription,
                    int64_t meter)
{
    struct usage_row row = {
        .tenant_id = tenant, .subscription_id = subscription, .meter_id = meter};
    struct error err = {0};
    int64_t through_us = -1;
    STORAGE_OK(usage_rated_find(rated, db, &row, &through_us, &err));
    return through_us;
}

/* The first question is for each of them once: an event of the last meter of a subscription was not
 * late, and was never billed. */
START_TEST(finds_whatever_is_asked_first)
{
    struct db *db = rated_database();
    for (int64_t first = 0; first < (int64_t)SUBSCRIPTIONS * METERS; first++) {
        struct usage_rated rated;
        usage_rated_forget(&rated);
        for (int64_t at = first; at < (int64_t)SUBSCRIPTIONS * METERS; at++) {
            int64_t subscription = 1 + at / METERS, meter = 1 + at % METERS;
            int64_t found = find(&rated, db, 1, subscription, meter);
            ck_assert_msg(found == through(subscription, meter),
                          "meter %" PRId64 " of subscription %" PRId64 " after %" PRId64
                          ": found %" PRId64,
                          meter, subscription, first, found);
        }
    }
    db_close(&db);
}
END_TEST

/* Questions come in any order, and what is not there leaves the answer as it is. */
START_TEST(finds_in_any_order)
{
    static const struct {
        const char *name;
        int64_t tenant, subscription, meter, expected;
    } rows[] = {
        {"the last of all",          1, 3, 9,  3009},
        {"the one before it",        1, 3, 8,  3008},
        {"a meter that has none",    1, 3, 10, -1  },
        {"far behind",               1, 4, 1,  -1  },
        {"far before",               1, 1, 2,  1002},
        {"another tenant",           2, 1, 2,  -1  },
        {"the first one once again", 1, 1, 1,  1001},
        {"a meter before all",       1, 2, 0,  -1  },
        {"the next subscription",    1, 2, 9,  2009},
    };
    struct db *db = rated_database();
    struct usage_rated rated;
    usage_rated_forget(&rated);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t found = find(&rated, db, rows[i].tenant, rows[i].subscription, rows[i].meter);
        ck_assert_msg(found == rows[i].expected, "%s: found %" PRId64, rows[i].name, found);
    }
    db_close(&db);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, finds_whatever_is_asked_first);
    tcase_add_test(tcase, finds_in_any_order);
}

TEST_SUITE(import_rated)
{
    add_tests(tcase);
}

TEST_SUITE(import_rated_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
