/* The coupons of a chunk's payers, with all of their untaxed drafts and what the coupons were
 * applied to before, on both engines. */
#include <stdio.h>
#include <string.h>

#include "core/stores/coupon_store.h"
#include "tests/core/storage/storage_support.h"

#define TEXT_SIZE 600

/* Tenant 1: customer 1 pays for himself and for 2; 3 has no coupon. Coupon 1 "half" is for plan 5
 * and for product 8; coupon 2 "first" is of a first purchase; coupon 3 "fix" is of an amount.
 * Drafts 21 and 22 are 1's, 22 of November; 23 is taxed, 24 is 3's; 20 was the first invoice.
 * Tenant 2 has the same ids, and nothing redeemed. */
static struct db *new_database(void)
{
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    storage_sql(
        db, "INSERT INTO customer (tenant_id, customer_id, customer, name, payer_id) VALUES"
            " (1, 1, 'a', 'A', 1), (1, 2, 'b', 'B', 1), (1, 3, 'c', 'C', 3), (2, 1, 'a', 'A', 1)");
    storage_sql(db,
                "INSERT INTO subscription (tenant_id, subscription_id, subscription, customer_id,"
                " plan_id, quantity, start_on, status, align) VALUES"
                " (1, 11, 's-1', 1, 5, '1', '2026-01-01', 'active', 'calendar'),"
                " (1, 12, 's-2', 2, 6, '1', '2026-01-01', 'active', 'calendar')");
    storage_sql(db,
                "INSERT INTO price (tenant_id, price_id, valid_from, price, plan_id, product_id,"
                " model, currency, billing) VALUES"
                " (1, 7, '2026-01-01', 'p-7', 5, 8, 'flat', 'EUR', 'in_advance')");
    storage_sql(db, "INSERT INTO coupon (tenant_id, coupon_id, coupon, percent, amount, currency,"
                    " duration, repeat_count, first_purchase, valid_to) VALUES"
                    " (1, 1, 'half', '50', NULL, NULL, 'repeating', 3, 0, '2027-01-01'),"
                    " (1, 2, 'first', '10', NULL, NULL, 'once', NULL, 1, NULL),"
                    " (1, 3, 'fix', NULL, '5', 'EUR', 'forever', NULL, 0, NULL)");
    storage_sql(db,
                "INSERT INTO coupon_scope (tenant_id, coupon_id, element_no, plan_id, product_id)"
                " VALUES (1, 1, 1, 5, NULL), (1, 1, 2, NULL, 8), (1, 3, 1, NULL, 9)");
    storage_sql(db, "INSERT INTO coupon_redemption (tenant_id, coupon_id, customer_id,"
                    " subscription_id, at_on) VALUES (1, 1, 1, 0, '2026-02-01'),"
                    " (1, 2, 1, 11, '2026-11-01'), (1, 3, 2, 12, '2026-01-15')");
    storage_sql(db,
                "INSERT INTO invoice (tenant_id, draft_key, invoice_id, customer_id, currency,"
                " cutoff_on, tax_point_on, kind, status, taxed, subtotal_minor, discount_minor,"
                " tax_minor, total_minor, credit_applied_minor, amount_due_minor, number) VALUES"
                " (1, 'k-09', 20, 1, 'EUR', '2026-09-30', '2026-09-30', 'invoice', 'open', 1, 9, "
                "0, 0, 9, 0, 9, 'I-1'),"
                " (1, 'k-10', 21, 1, 'EUR', '2026-10-31', '2026-10-31', 'invoice', 'draft', 0, 9, "
                "0, 0, 9, 0, 9, NULL),"
                " (1, 'k-11', 22, 1, 'EUR', '2026-11-30', '2026-11-30', 'invoice', 'draft', 0, 9, "
                "0, 0, 9, 0, 9, NULL),"
                " (1, 'k-08', 23, 1, 'EUR', '2026-08-31', '2026-08-31', 'invoice', 'draft', 1, 9, "
                "0, 0, 9, 0, 9, NULL),"
                " (1, 'l-10', 24, 3, 'EUR', '2026-10-31', '2026-10-31', 'invoice', 'draft', 0, 9, "
                "0, 0, 9, 0, 9, NULL),"
                " (2, 'k-10', 21, 1, 'EUR', '2026-10-31', '2026-10-31', 'invoice', 'draft', 0, 9, "
                "0, 0, 9, 0, 9, NULL)");
    storage_sql(db, "INSERT INTO invoice_line (tenant_id, invoice_id, line, kind, subscription_id,"
                    " price_id, price_valid_from, period_start_on, period_end_on, description,"
                    " quantity, amount_minor, discount_minor, tax_minor, tax_category, event_count)"
                    " VALUES (1, 21, 2, 'recurring', 12, 7, '2026-01-01', '2026-10-01', "
                    "'2026-11-01', 'x', '1', 4, 0, 0, 'standard', 0),"
                    " (1, 21, 1, 'recurring', 11, 7, '2026-01-01', '2026-10-01', '2026-11-01', "
                    "'x', '1', 5, 1, 0, 'standard', 0),"
                    " (1, 22, 1, 'recurring', 11, 7, '2026-01-01', '2026-11-01', '2026-12-01', "
                    "'x', '1', 9, 0, 0, 'standard', 0)");
    storage_sql(db, "INSERT INTO coupon_use (tenant_id, invoice_id, coupon_id, customer_id,"
                    " subscription_id, currency, discount_minor, carried_minor) VALUES"
                    " (1, 20, 1, 1, 0, 'EUR', 4, 3), (1, 23, 1, 1, 0, 'EUR', 4, 7)");
    storage_sql(db, "INSERT INTO coupon_line (tenant_id, invoice_id, line, coupon_id, customer_id,"
                    " subscription_id, discount_minor, kept) VALUES (1, 20, 1, 1, 1, 0, 3, 0),"
                    " (1, 20, 2, 1, 1, 0, 1, 1)");
    return db;
}

static void add_text(char text[TEXT_SIZE], const char *what, const char *name, int64_t number)
{
    size_t length = strlen(text);
    (void)snprintf(text + length, TEXT_SIZE - length, "%s%s%" PRId64 " ", what, name, number);
}

/* payer: redemptions with scopes, uses and purchases; drafts with lines */
static void print_payer(const struct coupon_payer *payer, char text[TEXT_SIZE])
{
    add_text(text, "payer", ":", payer->payer_id);
    for (size_t i = 0; i < payer->redemption_count; i++) {
        const struct coupon_redemption *redemption = &payer->redemptions[i];
        add_text(text, redemption->coupon, " of ", redemption->customer_id);
        add_text(text, "scopes", "=", (int64_t)redemption->scope_count);
        for (size_t k = 0; k < redemption->use_count; k++)
            add_text(text, redemption->uses[k].draft_key,
                     redemption->uses[k].number == NULL ? " draft +" : " final +",
                     redemption->uses[k].taken_minor);
        if (redemption->first_purchase)
            add_text(text, "bought", "=", redemption->purchases);
    }
    for (size_t i = 0; i < payer->draft_count; i++) {
        add_text(text, "| ", payer->drafts[i].draft_key, (int64_t)payer->drafts[i].line_count);
        for (size_t k = 0; k < payer->drafts[i].line_count; k++)
            add_text(text, "line", ":", payer->drafts[i].lines[k].amount_minor);
    }
}

#define REDEEMED                                                                                   \
    "payer:1 fix of 2 scopes=1 half of 1 scopes=2 k-08 draft +4 k-09 final +3 first of 1 "         \
    "scopes=0 "                                                                                    \
    "bought=3 "

static const struct load_case {
    const char *name;
    int64_t tenant_id, after_id, last_id;
    const char *business_date;
    int64_t giving[2];
    size_t giving_count;
    const char *payers;
} load_cases[] = {
    {"all that is due",
     1,                                                0,
     99,                                                      "2026-11-30",
     {0},
     0,                                                                             REDEEMED "| k-102 line:5 line:4 | k-111 line:9 " },
    {"of one payer all drafts",
     1,                                                0,
     1,                                                       "2026-11-30",
     {0},
     0,                                                                             REDEEMED "| k-102 line:5 line:4 | k-111 line:9 " },
    {"what is due later is not there yet",
     1,                                                0,
     99,                                                      "2026-10-31",
     {0},
     0,                                                                             REDEEMED "| k-102 line:5 line:4 "                },
    {"who is outside of the chunk",                 1, 1, 99, "2026-11-30", {0}, 0, ""                                               },
    {"nobody is due",                               1, 0, 99, "2026-07-31", {0}, 0, ""                                               },
    {"who gives back comes too, each in his place",
     1,                                                0,
     99,                                                      "2026-10-31",
     {1, 3},
     2,                                                                             REDEEMED "| k-102 line:5 line:4 payer:3 | l-100 "},
    {"a tenant without redemptions",                2, 0, 99, "2026-11-30", {0}, 0, ""                                               },
};

START_TEST(loads_payers)
{
    const struct load_case *c = &load_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct coupon_payers payers = {0};
    struct giving_payers giving = {c->giving, c->giving_count};
    struct date day;
    struct error err = {0};
    char text[TEXT_SIZE] = "";
    STORAGE_OK(date_parse(c->business_date, &day, &err));
    STORAGE_OK(coupon_store_load(db, c->tenant_id, c->after_id, c->last_id, day, giving, arena,
                                 &payers, &err));
    for (size_t i = 0; i < payers.count; i++)
        print_payer(&payers.items[i], text);
    ck_assert_msg(strcmp(text, c->payers) == 0, "%s: %s", c->name, text);
    db_close(&db);
}
END_TEST

START_TEST(a_redemption_says_all_of_its_coupon)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct coupon_payers payers = {0};
    struct giving_payers giving = {0};
    struct date day;
    struct error err = {0};
    STORAGE_OK(date_parse("2026-11-30", &day, &err));
    STORAGE_OK(coupon_store_load(db, 1, 0, 99, day, giving, arena, &payers, &err));
    const struct coupon_payer *payer = coupon_payer_find(&payers, 1);
    ck_assert_ptr_nonnull(payer);
    ck_assert_ptr_null(coupon_payer_find(&payers, 3));
    const struct coupon_redemption *fix = &payer->redemptions[0];
    const struct coupon_redemption *half = &payer->redemptions[1];
    ck_assert_str_eq(fix->amount, "5");
    ck_assert_ptr_null(fix->percent);
    ck_assert(fix->subscription_id == 12 && fix->repeat_count == DB_I64_NONE);
    ck_assert(fix->scopes[0].product_id == 9 && fix->scopes[0].plan_id == DB_I64_NONE);
    ck_assert_str_eq(half->percent, "50");
    ck_assert_str_eq(half->duration, "repeating");
    ck_assert(half->subscription_id == 0 && half->repeat_count == 3);
    ck_assert(half->scopes[0].plan_id == 5 && half->scopes[1].product_id == 8);
    ck_assert(date_is_none(half->valid_from) && !date_is_none(half->valid_to));
    const struct coupon_draft_line *line = &payer->drafts[0].lines[0];
    ck_assert(line->line == 1 && line->discount_minor == 1 && line->plan_id == 5 &&
              line->product_id == 8 && line->customer_id == 1 && line->subscription_id == 11);
    db_close(&db);
}
END_TEST

/* Customer 2 has a draft of his own from the time before 1 paid for him: what they have is one,
 * from whichever of both the chunk is. */
START_TEST(who_shares_redemptions_is_loaded_together)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct db *db = new_database();
    struct giving_payers giving = {0};
    struct date day;
    struct error err = {0};
    storage_sql(db,
                "INSERT INTO invoice (tenant_id, draft_key, invoice_id, customer_id, currency,"
                " cutoff_on, tax_point_on, kind, status, taxed, subtotal_minor, discount_minor,"
                " tax_minor, total_minor, credit_applied_minor, amount_due_minor) VALUES"
                " (1, 'k-10 b', 30, 2, 'EUR', '2026-10-31', '2026-10-31', 'invoice', 'draft', 0, 9,"
                " 0, 0, 9, 0, 9)");
    STORAGE_OK(date_parse("2026-11-30", &day, &err));
    for (int64_t id = 1; id <= 2; id++) {
        struct coupon_payers payers = {0};
        char text[TEXT_SIZE] = "";
        STORAGE_OK(coupon_store_load(db, 1, id - 1, id, day, giving, arena, &payers, &err));
        ck_assert_uint_eq(payers.count, 2);
        ck_assert(payers.items[0].family == 0 && payers.items[1].family == 0);
        print_payer(&payers.items[id - 1], text);
        ck_assert_str_eq(
            strchr(text, ' ') + 1,
            "fix of 2 scopes=1 half of 1 scopes=2 k-08 draft +4 k-09 final +3 first of 1 "
            "scopes=0 bought=3 | k-102 line:5 line:4 | k-10 b0 | k-111 line:9 ");
        ck_assert_str_eq(strchr(payers.items[id - 1].drafts[1].draft_key, ' '), " b");
        ck_assert(payers.items[id - 1].drafts[1].payer_id == 2);
    }
    db_close(&db);
}
END_TEST

/* Whoever has counted uses that were changed since counts them again. */
START_TEST(uses_are_changed_by_who_has_counted_them)
{
    struct db *db = new_database();
    struct coupon_changed_row rows[] = {
        {1, 1, 1, 0,  0, 1},
        {1, 2, 1, 11, 0, 1}
    };
    struct error err = {0};
    STORAGE_OK(storage_bulk(db, &COUPON_CHANGED, rows, ARRAY_LEN(rows), NULL, NULL, &err));
    ck_assert(!storage_bulk(db, &COUPON_CHANGED, &rows[1], 1, NULL, NULL, &err));
    ck_assert_msg(err.kind == ERROR_RETRY, "%s", err.message);
    rows[1].changes = 1;
    rows[1].changes_then = 2;
    error_clear(&err);
    STORAGE_OK(storage_bulk(db, &COUPON_CHANGED, &rows[1], 1, NULL, NULL, &err));
    ck_assert(storage_number(db, "SELECT SUM(changes) FROM coupon_redemption") == 3);
    db_close(&db);
}
END_TEST

/* What tax writes: once, whoever writes it again. */
START_TEST(an_application_is_written_once)
{
    struct db *db = new_database();
    struct coupon_applied_row use = {1, 21, 1, 1, 0, {"EUR"}, 2, 5};
    struct coupon_cut_row cut = {1, 21, 1, 1, 1, 0, 2, false};
    struct line_discounted_row line = {1, 21, 1, 2, 1, 3, 1};
    int64_t written = 0;
    struct error err = {0};
    for (int64_t times = 0; times < 2; times++) {
        STORAGE_OK(storage_bulk(db, &COUPON_USE_ADD, &use, 1, &written, NULL, &err));
        ck_assert_int_eq(written, times == 0);
        STORAGE_OK(storage_bulk(db, &COUPON_LINE_ADD, &cut, 1, &written, NULL, &err));
        ck_assert_int_eq(written, times == 0);
        STORAGE_OK(storage_bulk(db, &LINE_DISCOUNTED, &line, 1, NULL, NULL, &err));
    }
    ck_assert(storage_number(db, "SELECT discount_minor FROM invoice_line WHERE invoice_id = 21"
                                 " AND line = 1 AND tax_minor = 3 AND tax = 1") == 2);
    use.discount_minor = 3;
    ck_assert(!storage_bulk(db, &COUPON_USE_ADD, &use, 1, NULL, NULL, &err));
    ck_assert_msg(err.kind == ERROR_ITEM, "%s", err.message);
    line.line = 9;
    error_clear(&err);
    ck_assert(!storage_bulk(db, &LINE_DISCOUNTED, &line, 1, NULL, NULL, &err));
    ck_assert_msg(err.kind == ERROR_RETRY, "%s", err.message);
    db_close(&db);
}
END_TEST

static void add_tests(TCase *tcase)
{
    TEST_TABLE(loads_payers, load_cases);
    TEST_ONE(a_redemption_says_all_of_its_coupon);
    TEST_ONE(who_shares_redemptions_is_loaded_together);
    TEST_ONE(uses_are_changed_by_who_has_counted_them);
    TEST_ONE(an_application_is_written_once);
}

TEST_SUITE(coupon_store)
{
    add_tests(tcase);
}

TEST_SUITE(coupon_store_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
