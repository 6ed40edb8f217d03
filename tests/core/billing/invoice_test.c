/* Totals, dates, keys and the hash chain of invoices. */
#include <stdio.h>
#include <string.h>

#include "core/billing/invoice.h"
#include "tests/support/suite.h"

static const struct currency euro = {"EUR"};

static struct date day(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static struct money cents(int64_t minor)
{
    return money_of_minor(minor, euro);
}

/* An invoice of two lines under one tax, and one line without. */
struct sample {
    struct invoice_line_content lines[3];
    struct invoice_tax_content taxes[1];
    struct invoice_content content;
};

static void fill_line(struct invoice_line_content *line, int64_t number, int64_t amount,
                      int64_t discount, int64_t tax, int64_t tax_number)
{
    *line = (struct invoice_line_content){
        .line = number,
        .kind = "recurring",
        .subscription = "sub-1",
        .price = "seats",
        .price_valid_from = day("2026-01-01"),
        .period_start = day("2026-10-01"),
        .period_end = day("2026-11-01"),
        .description = "Seats",
        .quantity = {15,   1       },
        .unit_amount = {true, {999, 2}},
        .amount = cents(amount),
        .discount = cents(discount),
        .tax = cents(tax),
        .tax_category = "standard",
        .tax_number = tax_number,
    };
}

static void fill_sample(struct sample *sample)
{
    struct error err = {0};
    *sample = (struct sample){0};
    fill_line(&sample->lines[0], 1, 1000, 100, 171, 1);
    fill_line(&sample->lines[1], 2, 500, 0, 95, 1);
    fill_line(&sample->lines[2], 3, 250, 0, 0, 0);
    sample->taxes[0] = (struct invoice_tax_content){
        .tax = 1,
        .name = "USt",
        .category = "standard",
        .rate_percent = {19, 0},
        .base = cents(1400),
        .tax_amount = cents(266),
    };
    sample->content = (struct invoice_content){
        .tenant = "acme",
        .draft_key = "2026-10-31 c1 EUR  000000",
        .customer = "c1",
        .currency = euro,
        .cutoff_on = day("2026-10-31"),
        .tax_point_on = day("2026-10-31"),
        .series = "INV",
        .fiscal_year = 2026,
        .number_in_series = 42,
        .number = "INV-2026-000042",
        .issued_on = day("2026-10-31"),
        .due_on = day("2026-11-14"),
        .payment_terms_days = 14,
        .locale = "de-DE",
        .seller = {.name = "ACME"  },
        .buyer = { .name = "C One", .city = "Köln"},
        .lines = sample->lines,
        .line_count = 3,
        .taxes = sample->taxes,
        .tax_count = 1,
    };
    ck_assert(
        invoice_totals_of(sample->lines, 3, sample->taxes, 1, euro, &sample->content.totals, &err));
}

START_TEST(totals_add_up)
{
    struct sample sample;
    struct error err = {0};
    fill_sample(&sample);
    struct invoice_totals *totals = &sample.content.totals;
    ck_assert_str_eq(money_text(totals->subtotal).text, "17.50");
    ck_assert_str_eq(money_text(totals->discount).text, "1.00");
    ck_assert_str_eq(money_text(totals->tax).text, "2.66");
    ck_assert_str_eq(money_text(totals->total).text, "19.16");
    ck_assert_str_eq(money_text(totals->amount_due).text, "19.16");
    ck_assert_msg(invoice_check(&sample.content, &err), "%s", err.message);
    sample.taxes[0].inclusive = true;
    ck_assert(invoice_totals_of(sample.lines, 3, sample.taxes, 1, euro, totals, &err));
    ck_assert_str_eq(money_text(totals->total).text, "16.50");
}
END_TEST

/* A line's tax is the sum of the tax that it names and of those beside it. */
START_TEST(adds_up_taxes_beside_each_other)
{
    struct sample sample;
    struct error err = {0};
    fill_sample(&sample);
    struct invoice_tax_content taxes[] = {sample.taxes[0], sample.taxes[0]};
    taxes[0].tax_amount = cents(200);
    taxes[1].tax_amount = cents(66);
    taxes[1].tax = 2;
    taxes[1].beside = 1;
    sample.content.taxes = taxes;
    sample.content.tax_count = 2;
    ck_assert_msg(invoice_check(&sample.content, &err), "%s", err.message);
    ck_assert(invoice_tax_covers(&taxes[1], &sample.lines[0]));
    ck_assert(!invoice_tax_covers(&taxes[1], &sample.lines[2]));
    taxes[1].beside = 0;
    ck_assert(!invoice_tax_covers(&taxes[1], &sample.lines[0]));
    ck_assert(!invoice_check(&sample.content, &err));
    ck_assert_msg(strstr(err.message, "a tax") != NULL, "%s", err.message);
}
END_TEST

/* A cent more anywhere is found, and named. */
START_TEST(finds_what_does_not_add_up)
{
    static const struct {
        size_t offset;
        const char *named;
    } places[] = {
        {offsetof(struct sample, lines[0].amount),               "subtotal"  },
        {offsetof(struct sample, lines[0].discount),             "discount"  },
        {offsetof(struct sample, lines[0].tax),                  "a tax"     },
        {offsetof(struct sample, lines[2].tax),                  "the tax"   },
        {offsetof(struct sample, taxes[0].tax_amount),           "the tax"   },
        {offsetof(struct sample, content.totals.subtotal),       "subtotal"  },
        {offsetof(struct sample, content.totals.total),          "total"     },
        {offsetof(struct sample, content.totals.amount_due),     "amount due"},
        {offsetof(struct sample, content.totals.credit_applied), "amount due"},
    };
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct sample sample;
        struct error err = {0};
        fill_sample(&sample);
        struct money *place = (struct money *)(void *)((char *)&sample + places[i].offset);
        ck_assert(money_add(*place, cents(1), place, &err));
        ck_assert_msg(!invoice_check(&sample.content, &err), "place %zu", i);
        ck_assert_msg(err.kind == ERROR_RUN && strstr(err.message, places[i].named) != NULL &&
                          strstr(err.message, "INV-2026-000042") != NULL,
                      "place %zu: %s", i, err.message);
    }
}
END_TEST

static const struct zero_case {
    enum document_kind kind;
    int64_t total;
    enum zero_invoice rule;
    const char *status;
} zero_cases[] = {
    {DOCUMENT_INVOICE,     0,  ZERO_INVOICE_ISSUE,  "paid"    },
    {DOCUMENT_INVOICE,     1,  ZERO_INVOICE_ISSUE,  "open"    },
    {DOCUMENT_INVOICE,     0,  ZERO_INVOICE_SKIP,   "skipped" },
    {DOCUMENT_INVOICE,     0,  ZERO_INVOICE_RECORD, "recorded"},
    {DOCUMENT_INVOICE,     1,  ZERO_INVOICE_SKIP,   "open"    },
    {DOCUMENT_INVOICE,     -1, ZERO_INVOICE_RECORD, "open"    },
    {DOCUMENT_CREDIT_NOTE, 1,  ZERO_INVOICE_SKIP,   "paid"    },
    {DOCUMENT_CREDIT_NOTE, 0,  ZERO_INVOICE_RECORD, "recorded"},
};

START_TEST(decides_on_zero)
{
    const struct zero_case *c = &zero_cases[_i];
    struct invoice_totals totals = {.total = cents(c->total)};
    ck_assert_str_eq(invoice_status_name(invoice_final_status(c->kind, &totals, c->rule)),
                     c->status);
}
END_TEST

static const struct status_case {
    enum invoice_status status;
    const char *name;
    bool is_numbered;
} status_cases[] = {
    {INVOICE_DRAFT,          "draft",          false},
    {INVOICE_OPEN,           "open",           true },
    {INVOICE_PAID,           "paid",           true },
    {INVOICE_PARTIALLY_PAID, "partially_paid", true },
    {INVOICE_UNCOLLECTIBLE,  "uncollectible",  true },
    {INVOICE_VOID,           "void",           true },
    {INVOICE_SKIPPED,        "skipped",        false},
    {INVOICE_RECORDED,       "recorded",       false},
};

START_TEST(names_each_status)
{
    const struct status_case *c = &status_cases[_i];
    ck_assert_str_eq(invoice_status_name(c->status), c->name);
    ck_assert_int_eq(invoice_status_of(c->name), c->status);
    ck_assert_msg(invoice_status_is_numbered(c->status) == c->is_numbered, "%s", c->name);
}
END_TEST

static const struct fiscal_case {
    const char *on;
    int32_t start_month, year;
} fiscal_cases[] = {
    {"2026-01-01", 1,  2026},
    {"2026-12-31", 1,  2026},
    {"2026-03-31", 4,  2025},
    {"2026-04-01", 4,  2026},
    {"2026-11-30", 12, 2025},
    {"2026-12-01", 12, 2026},
};

START_TEST(finds_fiscal_years)
{
    const struct fiscal_case *c = &fiscal_cases[_i];
    ck_assert_msg(invoice_fiscal_year(day(c->on), c->start_month) == c->year, "%s", c->on);
}
END_TEST

START_TEST(dates_a_document)
{
    struct error err = {0};
    struct date due = DATE_NONE;
    ck_assert_int_eq(invoice_issue_date(day("2026-10-31"), DATE_NONE).days, day("2026-10-31").days);
    ck_assert_int_eq(invoice_issue_date(day("2026-10-31"), day("2026-10-30")).days,
                     day("2026-10-31").days);
    /* row 50: never out of the order of dates */
    ck_assert_int_eq(invoice_issue_date(day("2026-10-31"), day("2026-11-02")).days,
                     day("2026-11-02").days);
    ck_assert(invoice_due_date(day("2026-10-31"), 30, &due, &err));
    ck_assert_str_eq(date_text(due).text, "2026-11-30");
    ck_assert(invoice_due_date(day("2026-10-31"), 0, &due, &err));
    ck_assert_str_eq(date_text(due).text, "2026-10-31");
    ck_assert(!invoice_due_date(day("2026-10-31"), -1, &due, &err));
}
END_TEST

/* In the order in which they must be numbered. */
static const struct key_case {
    const char *cutoff, *customer, *group;
    int64_t sequence;
    const char *key;
} key_cases[] = {
    {"2026-09-30", "zzz",    "",  0, "2026-09-30 zzz EUR  000000"    },
    {"2026-10-31", "a",      "",  0, "2026-10-31 a EUR  000000"      },
    {"2026-10-31", "a",      "",  1, "2026-10-31 a EUR  000001"      },
    {"2026-10-31", "a",      "g", 0, "2026-10-31 a EUR g 000000"     },
    {"2026-10-31", "a b",    "",  0, "2026-10-31 a%20b EUR  000000"  },
    {"2026-10-31", "a%20b",  "",  0, "2026-10-31 a%2520b EUR  000000"},
    {"2026-10-31", "a\nEUR", "",  0, "2026-10-31 a%0AEUR EUR  000000"},
    {"2026-10-31", "ab",     "",  0, "2026-10-31 ab EUR  000000"     },
    {"2026-10-31", "ä",     "",  0, "2026-10-31 ä EUR  000000"     },
};

START_TEST(keys_drafts)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("invoice test", 1 << 16);
    struct error err = {0};
    const char *previous = "";
    for (size_t i = 0; i < ARRAY_LEN(key_cases); i++) {
        const struct key_case *c = &key_cases[i];
        const char *key = NULL;
        ck_assert(invoice_draft_key(day(c->cutoff), c->customer, euro, c->group, c->sequence, arena,
                                    &key, &err));
        ck_assert_str_eq(key, c->key);
        if (strchr(c->customer, '\n') == NULL && strchr(c->customer, '%') == NULL)
            ck_assert_msg(strcmp(previous, key) < 0, "%s before %s", previous, key);
        previous =
            strchr(c->customer, '\n') == NULL && strchr(c->customer, '%') == NULL ? key : previous;
    }
    ck_assert(
        !invoice_draft_key(day("2026-10-31"), "a", euro, "", 1000000, arena, &previous, &err));
}
END_TEST

/* As drafts follow from each other. */
START_TEST(orders_drafts)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("invoice test", 1 << 16);
    struct error err = {0};
    const char *keys[8];
    const char *refused = NULL;
    size_t count = 0;
    struct date october = day("2026-10-31"), november = day("2026-11-30");
    ck_assert(invoice_draft_key(october, "a", euro, "", 0, arena, &keys[count++], &err));
    ck_assert(invoice_draft_key(october, "a", euro, "", 1, arena, &keys[count++], &err));
    ck_assert(invoice_rebill_key(november, "a", euro, day("2026-08-31"), "INV-9", 0, arena,
                                 &keys[count++], &err));
    ck_assert(
        invoice_rebill_key(november, "a", euro, october, "INV-10", 0, arena, &keys[count++], &err));
    ck_assert(invoice_draft_key(november, "a", euro, "", 0, arena, &keys[count++], &err));
    ck_assert(
        invoice_rebill_key(november, "a", euro, october, "INV-8", 1, arena, &keys[count++], &err));
    ck_assert(invoice_draft_key(november, "a", euro, "", 1, arena, &keys[count++], &err));
    ck_assert_str_eq(keys[3], "2026-11-30 a EUR %rebill:2026-10-31:INV-10 000000");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            int order = invoice_draft_order(keys[i], keys[k]);
            ck_assert_msg((order < 0) == (i < k) && (order == 0) == (i == k), "%s beside %s",
                          keys[i], keys[k]);
        }
    ck_assert(!invoice_rebill_key(november, "a", euro, october, "", 0, arena, &refused, &err));
    ck_assert(invoice_credit_key(november, "a b", euro, "c 1", arena, &refused, &err));
    ck_assert_str_eq(refused, "2026-11-30 a%20b EUR %credit:c%201 000000");
}
END_TEST

static void hash_of(const struct sample *sample, uint8_t previous, char hex[SHA256_HEX_SIZE])
{
    uint8_t before[SHA256_SIZE];
    uint8_t hash[SHA256_SIZE];
    memset(before, previous, sizeof before);
    invoice_hash(&sample->content, before, hash);
    sha256_hex(hash, hex);
}

/* The form is written out by hand here: whoever changes it must give it a new name. */
START_TEST(hashes_the_documented_form)
{
    struct sample sample;
    struct sha256 *digest = sha256_start();
    uint8_t expected[SHA256_SIZE];
    char expected_hex[SHA256_HEX_SIZE], hex[SHA256_HEX_SIZE];
    static const char *const texts[] = {
        "billmill.invoice.1",
        "previous_hash=0000000000000000000000000000000000000000000000000000000000000000",
        "tenant=acme",
        "kind=invoice",
        "corrects-",
        "draft_key=2026-10-31 c1 EUR  000000",
        "customer=c1",
        "currency=EUR",
        "cutoff_on=2026-10-31",
        "tax_point_on=2026-10-31",
        "series=INV",
        "fiscal_year=2026",
        "number_in_series=42",
        "number=INV-2026-000042",
        "issued_on=2026-10-31",
        "due_on=2026-11-14",
        "payment_terms_days=14",
        "locale=de-DE",
        "seller.name=ACME",
        "seller.email-",
        "seller.line1-",
        "seller.line2-",
        "seller.city-",
        "seller.postal_code-",
        "seller.region-",
        "seller.country-",
        "seller.tax_id-",
        "buyer.name=C One",
        "buyer.email-",
        "buyer.line1-",
        "buyer.line2-",
        "buyer.city=Köln",
        "buyer.postal_code-",
        "buyer.region-",
        "buyer.country-",
        "buyer.tax_id-",
        "subtotal=17.50",
        "discount=1.00",
        "tax=2.66",
        "total=19.16",
        "credit_applied=0.00",
        "amount_due=19.16",
        "lines=1",
        "line=1",
        "kind=recurring",
        "subscription=sub-1",
        "price=seats",
        "price_valid_from=2026-01-01",
        "period_start=2026-10-01",
        "period_end=2026-11-01",
        "description=Seats",
        "quantity=1.5",
        "unit_amount=9.99",
        "amount=10.00",
        "discount=1.00",
        "tax=1.71",
        "tax_category=standard",
        "tax_number=1",
        "event_count=0",
        "taxes=1",
        "tax=1",
        "name=USt",
        "category=standard",
        "rate_percent=19",
        "inclusive=0",
        "base=14.00",
        "tax_amount=2.66",
        "note=Said.",
        "beside=7",
    };
    fill_sample(&sample);
    sample.content.line_count = 1;
    sample.taxes[0].note = "Said.";
    sample.taxes[0].beside = 7;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        sha256_add_text(digest, texts[i]);
    sha256_finish(&digest, expected);
    sha256_hex(expected, expected_hex);
    hash_of(&sample, 0, hex);
    ck_assert_str_eq(hex, expected_hex);
}
END_TEST

START_TEST(every_change_changes_the_hash)
{
    struct sample sample;
    char original[SHA256_HEX_SIZE], changed[SHA256_HEX_SIZE];
    fill_sample(&sample);
    hash_of(&sample, 0, original);
    hash_of(&sample, 1, changed);
    ck_assert_str_ne(original, changed);
    sample.lines[1].description = "Seats ";
    hash_of(&sample, 0, changed);
    ck_assert_str_ne(original, changed);
    fill_sample(&sample);
    sample.content.buyer.line1 = "";
    hash_of(&sample, 0, changed);
    ck_assert_str_ne(original, changed);
    fill_sample(&sample);
    sample.taxes[0].note = "";
    hash_of(&sample, 0, changed);
    ck_assert_str_ne(original, changed);
    fill_sample(&sample);
    sample.content.line_count = 2;
    hash_of(&sample, 0, changed);
    ck_assert_str_ne(original, changed);
    fill_sample(&sample);
    sample.lines[0].quantity = (struct decimal){150, 2}; /* the same value in another scale */
    hash_of(&sample, 0, changed);
    ck_assert_str_eq(original, changed);
}
END_TEST

static const struct {
    const char *invoice_on, *covered_from, *day; /* covered_from NULL: not known */
} line_day_cases[] = {
    {"2026-10-31", "2026-11-01", "2026-11-01"}, /* in advance */
    {"2026-10-31", "2026-10-01", "2026-10-31"}, /* in arrears */
    {"2026-10-31", "2026-10-31", "2026-10-31"},
    {"2026-10-31", "2027-01-01", "2027-01-01"},
    {"2026-10-31", NULL,         "2026-10-31"},
};

START_TEST(finds_the_day_of_a_line)
{
    struct date from =
        line_day_cases[_i].covered_from == NULL ? DATE_NONE : day(line_day_cases[_i].covered_from);
    struct date found = invoice_line_day(day(line_day_cases[_i].invoice_on), from);
    ck_assert_str_eq(date_text(found).text, line_day_cases[_i].day);
}

static const struct {
    const char *name;
    bool is_ahead;
    const char *start_on, *end_on, *charged_from; /* NULL: not known */
    const char *point;                            /* of a draft of 2026-10-31 */
} tax_point_cases[] = {
    {"ahead, on an invoice of the day before",   true,  "2026-11-01", "2026-12-01", NULL,
     "2026-11-01"                                                                                             },
    {"ahead, caught up or billed again",         true,  "2026-08-01", "2026-09-01", NULL,         "2026-08-01"},
    {"the rest of a period that was paid ahead", true,  "2026-08-16", "2026-09-01", "2026-08-01",
     "2026-08-01"                                                                                             },
    {"ahead, of no known day",                   true,  NULL,         NULL,         NULL,         "2026-10-31"},
    {"in arrears, in time",                      false, "2026-10-01", "2026-11-01", NULL,         "2026-10-31"},
    {"in arrears, late",                         false, "2026-08-01", "2026-09-01", NULL,         "2026-08-31"},
    {"in arrears, the middle of a month",        false, "2026-09-15", "2026-10-15", NULL,         "2026-10-14"},
    {"a part of a period, before it ends",       false, "2026-10-15", "2026-11-15", NULL,         "2026-10-31"},
    {"the rest of a period, in arrears",         false, "2026-08-16", "2026-09-01", "2026-08-01",
     "2026-08-31"                                                                                             },
    {"in arrears, of no known day",              false, NULL,         NULL,         NULL,         "2026-10-31"},
};

START_TEST(finds_the_tax_point_of_a_line)
{
    struct invoice_supply supply = {tax_point_cases[_i].is_ahead, day(tax_point_cases[_i].start_on),
                                    day(tax_point_cases[_i].end_on),
                                    day(tax_point_cases[_i].charged_from)};
    struct date found = invoice_line_tax_point(day("2026-10-31"), &supply);
    ck_assert_msg(strcmp(date_text(found).text, tax_point_cases[_i].point) == 0, "%s: %s",
                  tax_point_cases[_i].name, date_text(found).text);
}

TEST_SUITE(invoice)
{
    TEST_ONE(totals_add_up);
    TEST_ONE(adds_up_taxes_beside_each_other);
    TEST_ONE(finds_what_does_not_add_up);
    TEST_TABLE(decides_on_zero, zero_cases);
    TEST_TABLE(names_each_status, status_cases);
    TEST_TABLE(finds_fiscal_years, fiscal_cases);
    TEST_ONE(dates_a_document);
    TEST_ONE(keys_drafts);
    TEST_ONE(orders_drafts);
    TEST_TABLE(finds_the_day_of_a_line, line_day_cases);
    TEST_TABLE(finds_the_tax_point_of_a_line, tax_point_cases);
    TEST_ONE(hashes_the_documented_form);
    TEST_ONE(every_change_changes_the_hash);
}
