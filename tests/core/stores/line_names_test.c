/* Every line gets the names of its own subscription and price, on both engines. */
#include <stdio.h>
#include <string.h>

#include "core/stores/line_names.h"
#include "tests/core/storage/storage_support.h"

#define LINES 6

/* Subscriptions 1 … 4 are s-1 … s-4, of another tenant t-1 …; price 7 has two versions. */
static struct db *new_database(void)
{
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    storage_sql(db,
                "INSERT INTO subscription (tenant_id, subscription_id, subscription, customer_id,"
                " plan_id, quantity, start_on, status, align) VALUES"
                " (1, 1, 's-1', 1, 1, '1', '2026-01-01', 'active', 'calendar'),"
                " (1, 2, 's-2', 1, 1, '1', '2026-01-01', 'active', 'calendar'),"
                " (1, 3, 's-3', 1, 1, '1', '2026-01-01', 'active', 'calendar'),"
                " (1, 4, 's-4', 1, 1, '1', '2026-01-01', 'active', 'calendar'),"
                " (2, 1, 't-1', 1, 1, '1', '2026-01-01', 'active', 'calendar')");
    storage_sql(db,
                "INSERT INTO price (tenant_id, price_id, valid_from, price, plan_id, product_id,"
                " model, currency, billing) VALUES"
                " (1, 7, '2026-01-01', 'p-7', 1, 1, 'flat', 'EUR', 'in_advance'),"
                " (1, 7, '2026-06-01', 'p-7', 1, 1, 'flat', 'EUR', 'in_advance'),"
                " (1, 8, '2026-01-01', 'p-8', 1, 1, 'flat', 'EUR', 'in_advance'),"
                " (2, 7, '2026-01-01', 'q-7', 1, 1, 'flat', 'EUR', 'in_advance')");
    storage_sql(db, "INSERT INTO contract (tenant_id, contract_id, contract, customer_id, start_on)"
                    " VALUES (1, 1, 'k-1', 1, '2026-01-01')");
    storage_sql(db, "INSERT INTO contract_phase (tenant_id, phase_id, contract_id, phase, start_on,"
                    " priority) VALUES (1, 9, 1, 'first', '2026-01-01', 50)");
    return db;
}

static const struct supply_case {
    const char *name, *kind;
    int64_t subscription_id, price_id;
    bool is_ahead;
    const char *charged_from; /* NULL: none */
} supply_cases[] = {
    {"ahead",                              "recurring",                 1, 8,  true,  NULL        },
    {"a credit for the rest",              "proration_credit",          1, 8,  true,  "2026-01-01"},
    {"which is taken back",                "reversal:proration_credit", 1, 8,  true,  "2026-01-05"},
    {"of which no period is there",        "proration_credit:2",        1, 8,  true,  NULL        },
    {"in arrears",                         "recurring",                 1, 10, false, NULL        },
    {"usage, whatever is said of its fee", "usage",                     1, 11, false, NULL        },
    {"a commitment",                       "true_up",                   0, 9,  false, NULL        },
};

START_TEST(knows_how_lines_are_charged)
{
    const struct supply_case *c = &supply_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct error err = {0};
    struct db *db = new_database();
    struct stored_line line = {.tenant_id = 1,
                               .kind = c->kind,
                               .subscription_id = c->subscription_id,
                               .price_id = c->price_id,
                               .is_ahead = true};
    struct stored_line named = {0};
    storage_sql(db,
                "INSERT INTO price (tenant_id, price_id, valid_from, price, plan_id, product_id,"
                " model, currency, billing, meter_id) VALUES"
                " (1, 10, '2026-01-01', 'p-10', 1, 1, 'flat', 'EUR', 'in_arrears', NULL),"
                " (1, 11, '2026-01-01', 'p-11', 1, 1, 'flat', 'EUR', 'in_advance', 1)");
    storage_sql(db,
                "INSERT INTO billing_period (tenant_id, subscription_id, price_id, start_on, kind,"
                " end_on, start_at_us, end_at_us, full_start_on, full_end_on, due_on, cutoff_on,"
                " payer_id) VALUES (1, 1, 8, '2026-01-16', 'proration_credit', '2026-02-01', 0,"
                " 1, '2026-01-01', '2026-02-01', '2026-01-16', '2026-01-31', 1),"
                " (1, 1, 8, '2026-01-16', 'reversal:proration_credit', '2026-02-01', 0, 1,"
                " '2026-01-05', '2026-02-01', '2026-01-16', '2026-01-31', 1)");
    STORAGE_OK(date_parse("2026-01-01", &line.price_valid_from, &err));
    STORAGE_OK(date_parse("2026-01-16", &line.period_start_on, &err));
    named = line;
    STORAGE_OK(line_supplies_load(db, &line, 1, arena, &err));
    STORAGE_OK(line_names_load(db, &named, 1, arena, &err));
    ck_assert_msg(line.is_ahead == c->is_ahead && named.is_ahead == c->is_ahead, "%s", c->name);
    ck_assert_msg(date_compare(line.charged_from_on, named.charged_from_on) == 0, "%s", c->name);
    ck_assert_msg(c->charged_from == NULL
                      ? date_is_none(line.charged_from_on)
                      : strcmp(date_text(line.charged_from_on).text, c->charged_from) == 0,
                  "%s: another first day", c->name);
    db_close(&db);
}
END_TEST

static const struct name_case {
    const char *name;
    size_t count;
    struct {
        int64_t tenant_id, subscription_id, price_id;
        const char *valid_from;
    } lines[LINES];
    const char *names; /* NULL: refused */
    const char *why;
} name_cases[] = {
    {"no lines",                         0, {{0}},                                              "",         NULL                                                        },
    {"one",                              1, {{1, 2, 8, "2026-01-01"}},                          "s-2 p-8 ", NULL                                                        },
    {"in no order, one again and again",
     6,                                     {{1, 4, 8, "2026-01-01"},
      {1, 4, 7, "2026-06-01"},
      {1, 1, 7, "2026-01-01"},
      {1, 4, 8, "2026-01-01"},
      {1, 3, 7, "2026-06-01"},
      {1, 1, 8, "2026-01-01"}},
     "s-4 p-8 s-4 p-7 s-1 p-7 s-4 p-8 s-3 p-7 s-1 p-8 ",                                                    NULL                                                        },
    {"the same ids of two tenants",
     2,                                     {{2, 1, 7, "2026-01-01"}, {1, 1, 7, "2026-01-01"}},
     "t-1 q-7 s-1 p-7 ",                                                                                    NULL                                                        },
    {"a commitment beside a price",
     2,                                     {{1, 0, 9, "2026-01-01"}, {1, 1, 8, "2026-01-01"}},
     "k-1 first s-1 p-8 ",                                                                                  NULL                                                        },
    {"a commitment that is not there",
     1,                                     {{1, 0, 8, "2026-01-01"}},
     NULL,                                                                                                  "invoice 9, line 1: its contract is not in the database"    },
    {"a subscription that is not there",
     2,                                     {{1, 1, 7, "2026-01-01"}, {1, 5, 7, "2026-01-01"}},
     NULL,                                                                                                  "invoice 9, line 2: its subscription is not in the database"},
    {"of another tenant",
     1,                                     {{2, 2, 7, "2026-01-01"}},
     NULL,                                                                                                  "invoice 9, line 1: its subscription is not in the database"},
    {"a version that is not there",
     1,                                     {{1, 1, 8, "2026-06-01"}},
     NULL,                                                                                                  "invoice 9, line 1: its price is not in the database"       },
};

START_TEST(names_lines)
{
    const struct name_case *c = &name_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct stored_line lines[LINES] = {0};
    struct error err = {0};
    char names[200] = "";
    struct db *db = new_database();
    for (size_t i = 0; i < c->count; i++) {
        lines[i] = (struct stored_line){.tenant_id = c->lines[i].tenant_id,
                                        .invoice_id = 9,
                                        .kind = "recurring",
                                        .line = (int64_t)i + 1,
                                        .subscription_id = c->lines[i].subscription_id,
                                        .price_id = c->lines[i].price_id};
        STORAGE_OK(date_parse(c->lines[i].valid_from, &lines[i].price_valid_from, &err));
    }
    bool ok = line_names_load(db, lines, c->count, arena, &err);
    ck_assert_msg(ok == (c->names != NULL), "%s: %s", c->name, err.message);
    if (!ok)
        ck_assert_msg(strcmp(err.message, c->why) == 0, "%s: %s", c->name, err.message);
    for (size_t i = 0; ok && i < c->count; i++) {
        size_t length = strlen(names);
        (void)snprintf(names + length, sizeof names - length, "%s %s ", lines[i].subscription,
                       lines[i].price);
    }
    ck_assert_msg(!ok || strcmp(names, c->names) == 0, "%s: %s", c->name, names);
    db_close(&db);
}
END_TEST

TEST_SUITE(line_names)
{
    TEST_TABLE(names_lines, name_cases);
    TEST_TABLE(knows_how_lines_are_charged, supply_cases);
}

TEST_SUITE(line_names_on_postgres)
{
    if (storage_postgres_tests(tcase)) {
        TEST_TABLE(names_lines, name_cases);
        TEST_TABLE(knows_how_lines_are_charged, supply_cases);
    }
}
