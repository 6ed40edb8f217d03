/* Corrections of a chunk with their invoices, loaded together, on both engines: of each the same as
 * if it was loaded by itself. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/stores/correction_store.h"
#include "tests/core/storage/storage_support.h"

#define TEXT_SIZE 1200

/* I-1 has two lines and a tax; note C-1 took 2 of its first line, and a draft 1 of its tax; 3 of it
 * is written off. I-2 is paid by 5 that are overdrawn. Of I-1 there are two requests, of I-9, which
 * is not there, one. Tenant 2 has an I-1 of its own. */
static struct db *new_database(void)
{
    struct db *db = storage_migrated(storage_path(storage_directory(), "billmill.db"));
    storage_sql(db, "INSERT INTO customer (tenant_id, customer_id, customer, name, payer_id) VALUES"
                    " (1, 1, 'a', 'A', 1), (1, 2, 'b', 'B', 2), (2, 1, 'a', 'A', 1)");
    storage_sql(db,
                "INSERT INTO subscription (tenant_id, subscription_id, subscription, customer_id,"
                " plan_id, quantity, start_on, status, align) VALUES"
                " (1, 1, 's-1', 1, 5, '1', '2026-01-01', 'active', 'calendar'),"
                " (1, 2, 's-2', 1, 5, '1', '2026-01-01', 'active', 'calendar')");
    storage_sql(db,
                "INSERT INTO price (tenant_id, price_id, valid_from, price, plan_id, product_id,"
                " model, currency, billing) VALUES"
                " (1, 7, '2026-01-01', 'p-7', 5, 9, 'flat', 'EUR', 'in_advance'),"
                " (1, 8, '2026-01-01', 'p-8', 5, 9, 'flat', 'EUR', 'in_advance')");
    storage_sql(db, "INSERT INTO product (tenant_id, product_id, product, name, type, tax_category)"
                    " VALUES (1, 9, 'p', 'P', 'saas', 'standard')");
    storage_sql(db, "INSERT INTO invoice (tenant_id, invoice_id, draft_key, customer_id, currency,"
                    " cutoff_on, tax_point_on, kind, corrects, status, taxed, subtotal_minor,"
                    " discount_minor, tax_minor, total_minor, credit_applied_minor,"
                    " amount_due_minor, number) VALUES"
                    " (1, 10, 'k-1', 1, 'EUR', '2026-09-30', '2026-09-30', 'invoice', NULL, 'open',"
                    " 1, 30, 0, 3, 33, 0, 33, 'I-1'),"
                    " (1, 11, 'k-2', 1, 'EUR', '2026-09-30', '2026-09-30', 'invoice', NULL, 'paid',"
                    " 1, 5, 0, 0, 5, 5, 0, 'I-2'),"
                    " (1, 12, 'k-3', 1, 'EUR', '2026-10-31', '2026-09-30', 'credit_note', 'I-1',"
                    " 'open', 1, 2, 0, 0, 2, 2, 0, 'C-1'),"
                    " (1, 13, 'k-4', 1, 'EUR', '2026-10-31', '2026-09-30', 'credit_note', 'I-1',"
                    " 'draft', 1, 0, 0, 1, 1, 1, 0, NULL),"
                    " (2, 10, 'k-1', 1, 'EUR', '2026-09-30', '2026-09-30', 'invoice', NULL, 'void',"
                    " 1, 7, 0, 0, 7, 0, 7, 'I-1')");
    storage_sql(db, "INSERT INTO invoice_line (tenant_id, invoice_id, line, kind, subscription_id,"
                    " price_id, price_valid_from, period_start_on, period_end_on, description,"
                    " quantity, amount_minor, discount_minor, tax_minor, tax_category, event_count)"
                    " VALUES (1, 10, 1, 'recurring', 1, 7, '2026-01-01', '2026-09-01',"
                    " '2026-10-01', 'x', '1', 20, 0, 2, 'standard', 0),"
                    " (1, 10, 2, 'usage', 1, 8, '2026-01-01', '2026-09-01',"
                    " '2026-10-01', 'x', '1', 10, 0, 1, 'standard', 0),"
                    " (1, 11, 1, 'recurring', 2, 7, '2026-01-01', '2026-09-01',"
                    " '2026-10-01', 'x', '1', 5, 0, 0, 'standard', 0),"
                    " (1, 12, 1, 'recurring', 1, 7, '2026-01-01', '2026-09-01',"
                    " '2026-10-01', 'x', '1', 2, 0, 0, 'standard', 0)");
    storage_sql(db,
                "INSERT INTO invoice_tax (tenant_id, invoice_id, tax, name, category,"
                " rate_percent, inclusive, base_minor, tax_minor) VALUES"
                " (1, 10, 1, 'VAT', 'S', '10', 0, 30, 3), (1, 13, 1, 'VAT', 'S', '10', 0, 0, 1)");
    storage_sql(db, "INSERT INTO billing_period (tenant_id, subscription_id, price_id, start_on,"
                    " kind, end_on, start_at_us, end_at_us, full_start_on, full_end_on, due_on,"
                    " cutoff_on, payer_id, invoice_id) VALUES"
                    " (1, 1, 7, '2026-09-01', 'recurring', '2026-10-01', 0, 1, '2026-09-01',"
                    " '2026-10-01', '2026-09-01', '2026-09-30', 1, 10)");
    storage_sql(db, "INSERT INTO credit_transaction (tenant_id, customer_id, source, kind,"
                    " invoice_id, currency, amount_minor, made_on) VALUES"
                    " (1, 1, '', 'overdraft', 11, 'EUR', 5, '2026-10-01')");
    storage_sql(db, "INSERT INTO correction (tenant_id, correction, invoice, action, requested_on,"
                    " reason, net, unused_numerator, unused_denominator, withdrawn) VALUES"
                    " (1, 'a', 'I-1', 'credit', '2026-10-03', 'x', NULL, NULL, NULL, 0),"
                    " (1, 'b', 'I-2', 'credit', '2026-10-02', 'x', '1', NULL, NULL, 0),"
                    " (1, 'c', 'I-9', 'void', '2026-10-02', 'x', NULL, NULL, NULL, 0),"
                    " (1, 'd', 'I-1', 'credit', '2026-10-02', 'x', NULL, NULL, NULL, 0),"
                    " (1, 'e', 'I-2', 'void', '2026-10-01', 'x', NULL, NULL, NULL, 1),"
                    " (1, 'f', 'I-1', 'write_off', '2026-09-30', 'x', NULL, NULL, NULL, 0),"
                    " (1, 'g', 'I-2', 'credit', '2026-11-01', 'x', NULL, NULL, NULL, 0),"
                    " (2, 'a', 'I-1', 'void', '2026-10-01', 'x', NULL, NULL, NULL, 0)");
    storage_sql(db, "INSERT INTO correction_line (tenant_id, correction, line, net) VALUES"
                    " (1, 'd', 2, '0.01'), (1, 'd', 1, '0.02'), (1, 'a', 2, '0.03'),"
                    " (2, 'a', 1, '0.09')");
    storage_sql(db, "INSERT INTO correction_done (tenant_id, correction, done_on, amount_minor)"
                    " VALUES (1, 'f', '2026-09-30', 3)");
    return db;
}

static void add_number(char text[TEXT_SIZE], const char *what, int64_t number)
{
    size_t length = strlen(text);
    (void)snprintf(text + length, TEXT_SIZE - length, "%s%" PRId64 " ", what, number);
}

static void print_request(const struct correction_request *request, char text[TEXT_SIZE])
{
    size_t length = strlen(text);
    (void)snprintf(text + length, TEXT_SIZE - length, "%s of %s: ", request->correction,
                   request->invoice);
    for (size_t i = 0; i < request->line_count; i++)
        add_number(text, request->line_nets[i], request->lines[i]);
    const struct corrected_invoice *of = request->of;
    if (of == NULL)
        return;
    add_number(text, of->stored.status, of->stored.total_minor);
    for (size_t i = 0; i < of->subject.line_count; i++)
        add_number(text, "line-", money_minor(of->subject.credited_nets[i]));
    for (size_t i = 0; i < of->subject.tax_count; i++)
        add_number(text, "tax-", money_minor(of->subject.credited_taxes[i]));
    for (size_t i = 0; i < of->event_count; i++)
        add_number(text, of->events[i].reference, money_minor(of->events[i].amount));
    add_number(text, "notes=", (int64_t)of->note_count);
    add_number(text, of->overdrawn_minor > 0 ? "overdrawn periods=" : "periods=",
               (int64_t)of->period_count);
}

#define FIRST "open33 line-2 line-0 tax-1 C-12 k-41 f3 notes=2 periods=1 "
#define SECOND "paid5 line-0 credit applied5 notes=0 overdrawn periods=0 "
#define ALL "b of I-2: " SECOND "c of I-9: d of I-1: 0.021 0.012 " FIRST "a of I-1: 0.032 " FIRST

static const struct load_case {
    const char *name;
    int64_t tenant_id, payer_id; /* of a preview, else 0 */
    const char *after_key, *hi_key, *business_date;
    size_t limit;
    const char *requests;
} load_cases[] = {
    {"all that is due",     1, 0, "",             "2026-10-03 a", "2026-10-31", 9, ALL},
    {"one after the other", 1, 0, "",             "2026-10-03 a", "2026-10-31", 1, ALL},
    {"two and two",         1, 0, "",             "2026-10-03 a", "2026-10-31", 2, ALL},
    {"behind a key",        1, 0, "2026-10-02 c", "2026-10-02 d", "2026-10-31", 9,
     "d of I-1: 0.021 0.012 " FIRST                                                   },
    {"up to the day",       1, 0, "",             "2026-10-03 a", "2026-10-02", 9,
     "b of I-2: " SECOND "c of I-9: d of I-1: 0.021 0.012 " FIRST                     },
    {"nothing is due",      1, 0, "",             "2026-10-03 a", "2026-10-01", 9, "" },
    {"those of a payer",    1, 1, "",             "2026-10-03 a", "2026-10-31", 1,
     "b of I-2: " SECOND "d of I-1: 0.021 0.012 " FIRST "a of I-1: 0.032 " FIRST      },
    {"of another payer",    1, 2, "",             "2026-10-03 a", "2026-10-31", 9, "" },
    {"another tenant",      2, 0, "",             "2026-10-01 a", "2026-10-31", 9,
     "a of I-1: 0.091 void7 notes=0 periods=0 "                                       },
};

START_TEST(loads_requests)
{
    const struct load_case *c = &load_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 22);
    struct db *db = new_database();
    struct correction_request *requests = NULL;
    struct date day;
    struct error err = {0};
    char text[TEXT_SIZE] = "";
    const char *after = c->after_key;
    size_t count = c->limit;
    STORAGE_OK(date_parse(c->business_date, &day, &err));
    const struct work_payer only = {c->tenant_id, c->payer_id};
    bool is_cut = false;
    while (count == c->limit || is_cut) {
        STORAGE_OK(correction_store_load(db, c->tenant_id, &only, after, c->hi_key, c->limit, day,
                                         ROUND_HALF_UP, arena, &requests, &count, &is_cut, &err));
        for (size_t i = 0; i < count; i++)
            print_request(&requests[i], text);
        after = count > 0 ? requests[count - 1].key : after;
    }
    ck_assert_msg(strcmp(text, c->requests) == 0, "%s: %s", c->name, text);
    db_close(&db);
}
END_TEST

/* What one of them does the others see, and there is room for it. */
START_TEST(requests_of_an_invoice_share_it)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 22);
    struct db *db = new_database();
    struct correction_request *requests = NULL;
    size_t count = 0;
    struct date day;
    struct error err = {0};
    bool is_cut = true;
    STORAGE_OK(date_parse("2026-10-31", &day, &err));
    const struct work_payer everybody = {0};
    storage_sql(db, "UPDATE invoice SET customer_id = 2 WHERE number = 'I-2'");
    STORAGE_OK(correction_store_load(db, 1, &everybody, "", "2026-10-03 a", 9, day, ROUND_HALF_UP,
                                     arena, &requests, &count, &is_cut, &err));
    ck_assert(!is_cut);
    ck_assert_uint_eq(count, 4);
    ck_assert_ptr_eq(requests[2].of, requests[3].of);
    ck_assert_ptr_ne(requests[2].of, requests[0].of);
    ck_assert_ptr_null(requests[1].of);
    struct corrected_invoice *of = requests[2].of;
    for (size_t i = 0; i < 2; i++)
        of->events[of->event_count++].reference = "done";
    ck_assert_ptr_null(of->events[of->event_count].reference);
    ck_assert_ptr_eq(of->subject.credited_nets, of->valid.credited_nets);
    ck_assert_ptr_ne(of->subject.given_nets, of->valid.given_nets);
    db_close(&db);
}
END_TEST

/* Of b on I-2, c on nothing, d and a on I-1: those that depend on what is done before them. */
static const struct cut_case {
    const char *name;
    int64_t customer_id, subscription_id; /* of I-2 */
    const char *after;
    size_t count;
    bool is_cut;
} cut_cases[] = {
    {"of one customer",                               1, 2, "",             2, true },
    {"of one invoice",                                1, 2, "2026-10-02 c", 2, false},
    {"of two customers",                              2, 2, "",             4, false},
    {"of two, who were billed the same subscription", 2, 1, "",             2, true },
};

START_TEST(leaves_what_depends_on_others)
{
    const struct cut_case *c = &cut_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 22);
    struct db *db = new_database();
    struct correction_request *requests = NULL;
    const struct work_payer everybody = {0};
    size_t count = 0;
    bool is_cut = false;
    struct date day;
    struct error err = {0};
    STORAGE_OK(date_parse("2026-10-31", &day, &err));
    storage_sql(db, c->customer_id == 2
                        ? "UPDATE invoice SET customer_id = 2 WHERE number = 'I-2'"
                        : "UPDATE invoice SET customer_id = 1 WHERE number = 'I-2'");
    storage_sql(db, c->subscription_id == 2
                        ? "UPDATE invoice_line SET subscription_id = 2 WHERE invoice_id = 11"
                        : "UPDATE invoice_line SET subscription_id = 1 WHERE invoice_id = 11");
    STORAGE_OK(correction_store_load(db, 1, &everybody, c->after, "2026-10-03 a", 9, day,
                                     ROUND_HALF_UP, arena, &requests, &count, &is_cut, &err));
    ck_assert_msg(count == c->count && is_cut == c->is_cut, "%s: %zu", c->name, count);
    db_close(&db);
}
END_TEST

static void add_tests(TCase *tcase)
{
    TEST_TABLE(loads_requests, load_cases);
    TEST_ONE(requests_of_an_invoice_share_it);
    TEST_TABLE(leaves_what_depends_on_others, cut_cases);
}

TEST_SUITE(correction_store)
{
    add_tests(tcase);
}

TEST_SUITE(correction_store_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
