/* Grants as they are loaded and moved, what is due, debts; and the proof that balances are the sums
 * of their transactions: on both engines. */
#include <stdio.h>
#include <string.h>

#include "core/stores/credit_account.h"
#include "core/stores/credit_store.h"
#include "tests/core/storage/storage_support.h"

#define TENANT 1
#define TEXT_SIZE 400

static const struct currency euro = {"EUR"};

/* Customers 1 … 4 of tenant 1 (Berlin), customer 1 of tenant 2 (Auckland); microseconds are small
 * numbers. Tenant 3 has nothing. Customer 3 is overdrawn by 50 for invoice 31 and by 20 for 32, of
 * which 15 are paid back. */
static struct db *new_database(void)
{
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    storage_sql(
        db,
        "INSERT INTO tenant (tenant_id, tenant, legal_name, country, currency, timezone,"
        " locale, payment_terms_days, rounding, tax_rounding, livemode,"
        " overdraft_limit_minor) VALUES"
        " (1, 't', 'T', 'DE', 'EUR', 'Europe/Berlin', 'de-DE', 14, 'half_up', 'group', 1, 90),"
        " (2, 'u', 'U', 'NZ', 'NZD', 'Pacific/Auckland', 'en-NZ', 14, 'half_up', 'group', 1, NULL),"
        " (3, 'v', 'V', 'DE', 'EUR', 'Europe/Berlin', 'de-DE', 14, 'half_up', 'group', 1, NULL)");
    storage_sql(
        db, "INSERT INTO customer (tenant_id, customer_id, customer, payer_id, name, business,"
            " tax_exempt, hold) VALUES (1, 1, 'a', 1, 'A', 0, 0, 0), (1, 2, 'b', 2, 'B', 0, 0, 0),"
            " (1, 3, 'c', 3, 'C', 0, 0, 0), (1, 4, 'd', 4, 'D', 0, 0, 0), (2, 1, 'a', 1, 'A', 0, "
            "0, 0)");
    storage_sql(db, "INSERT INTO credit_grant (tenant_id, customer_id, source, kind, currency,"
                    " amount_minor, priority, effective_at_us, expires_at_us, used_minor) VALUES"
                    " (1, 1, 'new', 'free', 'EUR', 100, 50, 20, NULL, 0),"
                    " (1, 1, 'old', 'free', 'EUR', 100, 90, 10, 100, 40),"
                    " (1, 1, 'odd', 'free', 'EUR', 100, 50, 20, 100, 100),"
                    " (1, 2, 'usd', 'purchase', 'USD', 70, 50, 10, 101, 0),"
                    " (1, 3, 'pays', 'free', 'EUR', 15, 50, 60, NULL, 15),"
                    " (1, 3, 'later', 'free', 'EUR', 30, 50, 120, NULL, 0),"
                    " (2, 1, 'new', 'free', 'NZD', 5, 50, 10, 90, 0)");
    storage_sql(
        db,
        "INSERT INTO invoice (tenant_id, draft_key, invoice_id, customer_id, currency,"
        " cutoff_on, tax_point_on, kind, status, taxed, subtotal_minor, discount_minor, tax_minor,"
        " total_minor, credit_applied_minor, amount_due_minor, fiscal_year,"
        " number_in_series, number) VALUES"
        " (1, 'k-1', 32, 3, 'EUR', '2026-10-31', '2026-10-31', 'invoice', 'paid', 1, 20, 0, 0, 20, "
        "20, 0, 2026, 1, 'I-1'),"
        " (1, 'k-2', 31, 3, 'EUR', '2026-11-30', '2026-11-30', 'invoice', 'paid', 1, 50, 0, 0, 50, "
        "50, 0, 2026, 2, 'I-2'),"
        " (1, 'k-3', 11, 1, 'EUR', '2026-11-30', '2026-11-30', 'invoice', 'open', 1, 99, 0, 0, 99, "
        "40, 59, 2026, 3, 'I-3'),"
        " (1, 'k-4', 12, 1, 'EUR', '2026-12-31', '2026-12-31', 'invoice', 'draft', 1, 99, 0, 0, "
        "99, "
        "0, 99, NULL, NULL, NULL)");
    storage_sql(db,
                "INSERT INTO credit_transaction (tenant_id, customer_id, source, kind, invoice_id,"
                " currency, amount_minor, made_on) VALUES"
                " (1, 1, 'new', 'grant', 0, 'EUR', 100, '2026-10-02'),"
                " (1, 1, 'old', 'grant', 0, 'EUR', 100, '2026-10-01'),"
                " (1, 1, 'old', 'draw', 11, 'EUR', 40, '2026-11-30'),"
                " (1, 1, 'odd', 'grant', 0, 'EUR', 100, '2026-10-02'),"
                " (1, 1, 'odd', 'expire', 0, 'EUR', 100, '2026-10-03'),"
                " (1, 2, 'usd', 'grant', 0, 'USD', 70, '2026-10-01'),"
                " (1, 3, 'pays', 'grant', 0, 'EUR', 15, '2026-12-01'),"
                " (1, 3, 'later', 'grant', 0, 'EUR', 30, '2026-12-09'),"
                " (1, 3, '', 'overdraft', 32, 'EUR', 20, '2026-10-31'),"
                " (1, 3, '', 'overdraft', 31, 'EUR', 50, '2026-11-30'),"
                " (1, 3, 'pays', 'draw', 32, 'EUR', 15, '2026-12-01'),"
                " (1, 3, 'pays', 'overdraft', 32, 'EUR', -15, '2026-12-01'),"
                " (2, 1, 'new', 'grant', 0, 'NZD', 5, '2026-10-01')");
    storage_sql(db, "INSERT INTO credit_overdraft (tenant_id, customer_id, owed_minor) VALUES"
                    " (1, 3, 55), (1, 4, 0)");
    return db;
}

/* ---------------------------------------------------------------- loading */

static const struct load_case {
    const char *name;
    int64_t tenant_id;
    int64_t customers[5];
    size_t count;
    const char *grants; /* customer:source:used/amount … */
} load_cases[] = {
    {"nobody",                               1, {0},          0, ""                                                  },
    {"oldest first, then by source",         1, {1},          1, "1:old:40/100 1:new:0/100 1:odd:100/100 "           },
    {"in the order of customers, each once",
     1,                                         {2, 1, 2, 1},
     4,                                                          "1:old:40/100 1:new:0/100 1:odd:100/100 2:usd:0/70 "},
    {"of one without any",                   1, {4},          1, ""                                                  },
    {"the same ids of another tenant",       2, {1, 2},       2, "1:new:0/5 "                                        },
    {"a tenant without any",                 3, {1},          1, ""                                                  },
};

START_TEST(loads_grants)
{
    const struct load_case *c = &load_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct stored_grant *grants = NULL;
    size_t count = 0;
    struct error err = {0};
    char text[TEXT_SIZE] = "";
    STORAGE_OK(
        credit_store_load(db, c->tenant_id, c->customers, c->count, arena, &grants, &count, &err));
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(text);
        ck_assert(grants[i].tenant_id == c->tenant_id);
        (void)snprintf(text + length, sizeof text - length,
                       "%" PRId64 ":%s:%" PRId64 "/%" PRId64 " ", grants[i].customer_id,
                       grants[i].source, grants[i].used_minor, grants[i].amount_minor);
    }
    ck_assert_msg(strcmp(text, c->grants) == 0, "%s: %s", c->name, text);
    db_close(&db);
}
END_TEST

START_TEST(nothing_is_asked_where_nothing_is_left)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct stored_grant *grants = NULL;
    int64_t customer = 1;
    size_t count = 1;
    struct error err = {0};
    storage_sql(db, "UPDATE credit_grant SET used_minor = amount_minor WHERE tenant_id = 2");
    STORAGE_OK(credit_store_load(db, 2, &customer, 1, arena, &grants, &count, &err));
    ck_assert_uint_eq(count, 0);
    db_close(&db);
}
END_TEST

START_TEST(a_grant_is_its_balance)
{
    struct stored_grant stored = {.amount_minor = 100,
                                  .used_minor = 30,
                                  .currency = euro,
                                  .priority = 7,
                                  .effective_at_us = 5,
                                  .expires_at_us = DB_I64_NONE};
    struct credit_grant grant = credit_store_grant(&stored);
    ck_assert(money_equal(grant.balance, money_of_minor(70, euro)));
    ck_assert(grant.priority == 7 && grant.effective_at_us == 5);
    ck_assert(grant.expires_at_us == CREDIT_NEVER_EXPIRES);
    stored.expires_at_us = 9;
    ck_assert(credit_store_grant(&stored).expires_at_us == 9);
}
END_TEST

/* ---------------------------------------------------------------- what is due */

static const struct due_case {
    const char *name;
    int64_t at_us;
    const char *tenants;     /* with something due before at_us + 1 */
    int64_t min, max, items; /* of tenant 1 */
    int64_t after, hi, limit;
    const char *customers;
} due_cases[] = {
    {"nothing is over yet",             89,  "",     0, 0, 0, 0, 9, 9, ""      },
    {"another tenant's",                90,  "u ",   0, 0, 0, 0, 9, 9, ""      },
    {"over at its last instant",        100, "t u ", 1, 1, 1, 0, 9, 9, "a "    },
    {"two customers",                   101, "t u ", 1, 2, 2, 0, 9, 9, "a b "  },
    {"and one who can pay back",        120, "t u ", 1, 3, 3, 0, 9, 9, "a b c "},
    {"the first of them",               120, "t u ", 1, 3, 3, 0, 9, 1, "a "    },
    {"those behind one, up to another", 120, "t u ", 1, 3, 3, 1, 2, 9, "b "    },
};

static void add_name(char text[TEXT_SIZE], const char *name)
{
    size_t length = strlen(text);
    (void)snprintf(text + length, TEXT_SIZE - length, "%s ", name);
}

START_TEST(finds_what_is_due)
{
    const struct due_case *c = &due_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct credit_tenant *tenants = NULL;
    struct credit_customer *customers = NULL;
    struct work_ranges ranges = {0};
    struct credit_due due = {.tenant_id = TENANT,
                             .at_us = c->at_us,
                             .after_id = c->after,
                             .hi_id = c->hi,
                             .limit = (size_t)c->limit};
    size_t count = 0;
    struct error err = {0};
    char text[TEXT_SIZE] = "";
    STORAGE_OK(credit_store_load_tenants(db, c->at_us + 1, arena, &tenants, &count, &err));
    for (size_t i = 0; i < count; i++)
        add_name(text, tenants[i].tenant_id == 1 ? "t" : "u");
    ck_assert_msg(strcmp(text, c->tenants) == 0, "%s: tenants %s", c->name, text);
    STORAGE_OK(credit_store_load_work(db, TENANT, c->at_us, arena, &ranges, &err));
    const struct work_range range = ranges.count > 0 ? ranges.items[0] : (struct work_range){0};
    ck_assert_msg(range.items == c->items, "%s: %" PRId64 " items", c->name, range.items);
    ck_assert_msg(c->items == 0 || (range.min_key == c->min && range.max_key == c->max),
                  "%s: %" PRId64 " to %" PRId64, c->name, range.min_key, range.max_key);
    STORAGE_OK(credit_store_load_due(db, &due, arena, &customers, &count, &err));
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        add_name(text, customers[i].customer);
    ck_assert_msg(strcmp(text, c->customers) == 0, "%s: customers %s", c->name, text);
    db_close(&db);
}
END_TEST

START_TEST(debts_are_what_is_left_in_the_order_of_numbers)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct stored_debt *debts = NULL;
    struct stored_overdraft *overdrafts = NULL;
    int64_t ids[] = {4, 3, 1};
    size_t count = 0;
    struct error err = {0};
    STORAGE_OK(credit_store_load_debts(db, TENANT, 0, 9, arena, &debts, &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert(debts[0].invoice_id == 32 && debts[0].owed_minor == 5 && debts[0].customer_id == 3);
    ck_assert(debts[1].invoice_id == 31 && debts[1].owed_minor == 50);
    ck_assert_str_eq(date_text(debts[0].made_on).text, "2026-10-31");
    STORAGE_OK(credit_store_load_debts(db, TENANT, 3, 9, arena, &debts, &count, &err));
    ck_assert_uint_eq(count, 0);
    STORAGE_OK(credit_store_load_overdrafts(db, TENANT, ids, ARRAY_LEN(ids), arena, &overdrafts,
                                            &count, &err));
    ck_assert_uint_eq(count, 2);
    ck_assert(overdrafts[0].customer_id == 3 && overdrafts[0].owed_minor == 55);
    ck_assert(overdrafts[1].customer_id == 4 && overdrafts[1].owed_minor == 0);
    db_close(&db);
}
END_TEST

/* ---------------------------------------------------------------- moving */

static const struct move_case {
    const char *name;
    int64_t expected, used;
    bool moves; /* else it is done again */
} move_cases[] = {
    {"as it was read",               40, 100, true },
    {"somebody has drawn meanwhile", 30, 100, false},
    {"somebody has given it back",   50, 100, false},
};

START_TEST(a_grant_moves_from_what_was_read)
{
    const struct move_case *c = &move_cases[_i];
    struct db *db = new_database();
    struct credit_used_row row = {TENANT, 1, "old", c->expected, c->used};
    struct overdraft_row debt = {TENANT, 3, c->expected + 15, 0};
    struct error err = {0};
    bool ok = storage_bulk(db, &CREDIT_USE, &row, 1, NULL, NULL, &err);
    ck_assert_msg(ok == c->moves, "%s: %s", c->name, err.message);
    ck_assert_msg(ok || err.kind == ERROR_RETRY, "%s: %s", c->name, err.message);
    int64_t used = storage_number(
        db, "SELECT used_minor FROM credit_grant WHERE tenant_id = 1 AND source = 'old'");
    ck_assert_msg(used == (c->moves ? c->used : 40), "%s: %" PRId64, c->name, used);
    error_clear(&err);
    ok = storage_bulk(db, &OVERDRAFT_MOVE, &debt, 1, NULL, NULL, &err);
    ck_assert_msg(ok == c->moves && (ok || err.kind == ERROR_RETRY), "%s: %s", c->name,
                  err.message);
    db_close(&db);
}
END_TEST

START_TEST(no_grant_is_used_beyond_itself)
{
    struct db *db = new_database();
    struct credit_used_row row = {TENANT, 1, "old", 40, 101};
    struct error err = {0};
    ck_assert(!storage_bulk(db, &CREDIT_USE, &row, 1, NULL, NULL, &err));
    ck_assert(storage_number(db, "SELECT used_minor FROM credit_grant WHERE tenant_id = 1 AND"
                                 " source = 'old'") == 40);
    db_close(&db);
}
END_TEST

START_TEST(an_overdraft_starts_once)
{
    struct db *db = new_database();
    struct overdraft_row rows[] = {
        {TENANT, 3, 0, 0},
        {TENANT, 1, 0, 0}
    };
    int64_t written = 0;
    struct error err = {0};
    STORAGE_OK(storage_bulk(db, &OVERDRAFT_START, rows, ARRAY_LEN(rows), &written, NULL, &err));
    ck_assert_int_eq(written, 1);
    ck_assert(storage_number(db, "SELECT owed_minor FROM credit_overdraft WHERE customer_id = 3") ==
              55);
    db_close(&db);
}
END_TEST

/* ---------------------------------------------------------------- the account and its proof */

START_TEST(an_account_adds_up)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct credit_owner *owners = NULL;
    struct credit_account account;
    struct account_movement *movements = NULL;
    size_t count = 0;
    struct error err = {0};
    STORAGE_OK(credit_account_find(db, "a", NULL, arena, &owners, &count, &err));
    ck_assert_uint_eq(count, 2);
    STORAGE_OK(credit_account_find(db, "c", "t", arena, &owners, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert(owners[0].owed_minor == 55 && owners[0].overdraft_limit_minor == 90);
    STORAGE_OK(credit_account_load(db, &owners[0], arena, &account, &err));
    ck_assert(account.grant_count == 2 && account.movement_count == 6 &&
              account.balance_count == 1);
    ck_assert(account.balances[0].granted_minor == 45 && account.balances[0].drawn_minor == 15);
    ck_assert(account.balances[0].owed_minor == 55 && account.balances[0].balance_minor == -25);
    STORAGE_OK(credit_account_of_invoice(db, TENANT, 3, 32, arena, &movements, &count, &err));
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(movements[0].source, "");
    ck_assert_ptr_null(movements[0].grant_kind);
    ck_assert_str_eq(movements[1].kind, "draw");
    ck_assert_str_eq(movements[2].invoice, "I-1");
    db_close(&db);
}
END_TEST

static const struct proof_case {
    const char *name;
    const char *damage;
    const char *problem; /* NULL: none; else a part of the first */
    const char *subject;
} proof_cases[] = {
    {"as it must be",               "UPDATE credit_grant SET priority = 1",                             NULL,                    NULL },
    {"a grant of another amount",   "UPDATE credit_grant SET amount_minor = 101 WHERE source = 'old'",
     "its transaction says",                                                                                                     "old"},
    {"used without a draw",         "UPDATE credit_grant SET used_minor = 41 WHERE source = 'old'",
     "its draws come to",                                                                                                        "old"},
    {"an expiry that is gone",      "DELETE FROM credit_transaction WHERE kind = 'expire'",
     "its draws come to",                                                                                                        "odd"},
    {"transactions of no grant",    "DELETE FROM credit_grant WHERE source = 'usd'",                    "of no grant",
     "usd"                                                                                                                            },
    {"a debt that nobody made",     "UPDATE credit_overdraft SET owed_minor = 1 WHERE customer_id = 4",
     "the overdrafts come to",                                                                                                   ""   },
    {"a debt without a row",        "DELETE FROM credit_overdraft WHERE customer_id = 3",
     "the overdrafts come to",                                                                                                   ""   },
    {"a credit that nobody drew",
     "UPDATE invoice SET credit_applied_minor = 41 WHERE number = 'I-3'",                               "what was drawn for it",
     "I-3"                                                                                                                            },
    {"of a draft nothing is drawn",
     "UPDATE invoice SET credit_applied_minor = 1 WHERE draft_key = 'k-4'",                             NULL,                    NULL },
};

START_TEST(proves_balances)
{
    const struct proof_case *c = &proof_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct credit_proof proof;
    struct error err = {0};
    storage_sql(db, c->damage);
    STORAGE_OK(credit_proof_make(db, NULL, arena, &proof, &err));
    ck_assert_uint_eq(proof.sum_count, 3);
    ck_assert_msg((proof.problems.count == 0) == (c->problem == NULL), "%s: %zu problems", c->name,
                  proof.problems.count);
    if (c->problem != NULL) {
        ck_assert_msg(strstr(proof.problems.items[0].what, c->problem) != NULL, "%s: %s", c->name,
                      proof.problems.items[0].what);
        ck_assert_msg(strcmp(proof.problems.items[0].subject, c->subject) == 0, "%s: %s", c->name,
                      proof.problems.items[0].subject);
    }
    STORAGE_OK(credit_proof_make(db, "u", arena, &proof, &err));
    ck_assert_msg(proof.sum_count == 1 && proof.problems.count == 0, "%s: of tenant u", c->name);
    db_close(&db);
}
END_TEST

static void add_tests(TCase *tcase)
{
    TEST_TABLE(loads_grants, load_cases);
    TEST_ONE(nothing_is_asked_where_nothing_is_left);
    TEST_ONE(a_grant_is_its_balance);
    TEST_TABLE(finds_what_is_due, due_cases);
    TEST_ONE(debts_are_what_is_left_in_the_order_of_numbers);
    TEST_TABLE(a_grant_moves_from_what_was_read, move_cases);
    TEST_ONE(no_grant_is_used_beyond_itself);
    TEST_ONE(an_overdraft_starts_once);
    TEST_ONE(an_account_adds_up);
    TEST_TABLE(proves_balances, proof_cases);
}

TEST_SUITE(credit_store)
{
    add_tests(tcase);
}

TEST_SUITE(credit_store_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
