/* Which rate, and the taxes of an invoice in each rounding; then random invoices whose lines,
 * groups and totals must agree. */
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/tax.h"
#include "tests/support/suite.h"

#define LINES_MAX 12

static struct date day_of(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static const struct rate_row {
    bool of_every_tenant;
    const char *country, *region, *category, *valid_from, *valid_to, *name;
    int64_t percent;
} rate_rows[] = {
    {true,  "DE", "",   "standard", "2007-01-01", "2020-07-01", "USt 19",       19},
    {true,  "DE", "",   "standard", "2020-07-01", "2021-01-01", "USt 16",       16},
    {true,  "DE", "",   "standard", "2021-01-01", NULL,         "USt 19 again", 19},
    {true,  "DE", "",   "reduced",  "2021-01-01", NULL,         "USt 7",        7 },
    {true,  "US", "",   "standard", "2000-01-01", NULL,         "none",         0 },
    {true,  "US", "CA", "standard", "2000-01-01", NULL,         "CA",           7 },
    {false, "US", "",   "standard", "2025-01-01", NULL,         "own",          1 },
    {true,  "FR", "",   "standard", "2014-01-01", NULL,         "TVA",          20},
    {true,  "FR", "",   "standard", "2030-01-01", NULL,         "TVA later",    21},
};

static const struct choose_case {
    const char *name, *country, *region, *category, *on;
    bool exempt, missing_is_zero;
    const char *choice; /* NULL: missing */
} choose_cases[] = {
    {"a normal day",                       "DE", NULL, "standard", "2026-10-31", false, false, "USt 19 again"},
    {"the first day of a lower rate",      "DE", NULL, "standard", "2020-07-01", false, false, "USt 16"      },
    {"its last day",                       "DE", NULL, "standard", "2020-12-31", false, false, "USt 16"      },
    {"the day before it",                  "DE", NULL, "standard", "2020-06-30", false, false, "USt 19"      },
    {"another category",                   "DE", NULL, "reduced",  "2026-10-31", false, false, "USt 7"       },
    {"no country: as at home",             NULL, "CA", "standard", "2026-10-31", false, false, "USt 19 again"},
    {"an empty country too",               "",   "CA", "standard", "2026-10-31", false, false, "USt 19 again"},
    {"the region before the country",      "US", "CA", "standard", "2024-10-31", false, false, "CA"          },
    {"another region: the country",        "US", "NY", "standard", "2024-10-31", false, false, "none"        },
    {"own rates before everybody's",       "US", "CA", "standard", "2026-10-31", false, false, "own"         },
    {"a rate of the future does not hold", "FR", "",   "standard", "2026-10-31", false, false, "TVA"         },
    {"the latest of two that hold",        "FR", "",   "standard", "2031-10-31", false, false, "TVA later"   },
    {"an exempt customer",                 "DE", NULL, "standard", "2026-10-31", true,  false, "E"           },
    {"a country without a rate",           "BR", NULL, "standard", "2026-10-31", false, false, NULL          },
    {"a category without a rate",          "FR", NULL, "reduced",  "2026-10-31", false, false, NULL          },
    {"before any rate",                    "DE", NULL, "standard", "1999-12-31", false, false, NULL          },
    {"missing is zero where it may be",    "BR", NULL, "standard", "2026-10-31", false, true,
     "standard"                                                                                              },
};

static size_t load_rates(struct tax_rate rates[ARRAY_LEN(rate_rows)])
{
    for (size_t i = 0; i < ARRAY_LEN(rate_rows); i++)
        rates[i] = (struct tax_rate){
            .of_every_tenant = rate_rows[i].of_every_tenant,
            .country = rate_rows[i].country,
            .region = rate_rows[i].region,
            .category = rate_rows[i].category,
            .valid_from = day_of(rate_rows[i].valid_from),
            .valid_to = day_of(rate_rows[i].valid_to),
            .rate_percent = decimal_from_i64(rate_rows[i].percent),
            .name = rate_rows[i].name,
        };
    return ARRAY_LEN(rate_rows);
}

START_TEST(chooses)
{
    const struct choose_case *c = &choose_cases[_i];
    struct tax_rate rates[ARRAY_LEN(rate_rows)];
    struct tax_choice choice = {0};
    struct error err = {0};
    size_t count = load_rates(rates);
    struct tax_query query = {
        .seller_country = "DE",
        .buyer_country = c->country,
        .buyer_region = c->region,
        .category = c->category,
        .exempt = c->exempt,
        .tax_point = day_of(c->on),
    };
    bool found = tax_rate_choose(rates, count, &query,
                                 c->missing_is_zero ? MISSING_TAX_RATE_ZERO : MISSING_TAX_RATE_PARK,
                                 &choice, &err);
    ck_assert_msg(found == (c->choice != NULL), "%s: %s", c->name, err.message);
    if (!found) {
        ck_assert_str_eq(err.code, "missing_tax_rate");
        ck_assert_msg(strstr(err.message, c->country) != NULL &&
                          strstr(err.message, c->category) != NULL &&
                          strstr(err.message, c->on) != NULL,
                      "%s: %s", c->name, err.message);
        return;
    }
    bool has_rate = choice.name[0] != '\0' && strcmp(choice.category, TAX_CATEGORY_EXEMPT) != 0;
    const char *got = has_rate ? choice.name : choice.category;
    ck_assert_msg(strcmp(got, c->choice) == 0, "%s: got %s", c->name, got);
}
END_TEST

/* clang-format off */
static const struct reverse_case {
    const char *name, *seller, *buyer, *tax_id;
    bool business, exempt;
    const char *on, *category; /* of the choice */
} reverse_cases[] = {
    {"a business in another member state", "DE", "FR", "FR40303265045", true,  false, "2026-10-31", "AE"      },
    {"Greece has another prefix",          "DE", "GR", "EL 094259216",  true,  false, "2026-10-31", "AE"      },
    {"at home",                            "FR", "FR", "FR40303265045", true,  false, "2026-10-31", "standard"},
    {"a consumer",                         "DE", "FR", "FR40303265045", false, false, "2026-10-31", "standard"},
    {"no tax id",                          "DE", "FR", NULL,            true,  false, "2026-10-31", "standard"},
    {"wrong check digits",                 "DE", "FR", "FR40303265046", true,  false, "2026-10-31", "standard"},
    {"the tax id of another state",        "DE", "FR", "DE136695976",   true,  false, "2026-10-31", "standard"},
    {"a seller outside",                   "US", "FR", "FR40303265045", true,  false, "2026-10-31", "standard"},
    {"exempt comes first",                 "DE", "FR", "FR40303265045", true,  true,  "2026-10-31", "E"       },
    {"Monaco is a part of France",         "DE", "MC", "FR40303265045", true,  false, "2026-10-31", "AE"      },
    {"and so at home there",               "FR", "MC", "FR40303265045", true,  false, "2026-10-31", "standard"},
    {"its businesses sell from there",     "MC", "DE", "DE136695976",   true,  false, "2026-10-31", "AE"      },
    {"the Isle of Man was of the Kingdom", "FR", "IM", "GB980780684",   true,  false, "2020-12-31", "AE"      },
    {"and left with it",                   "FR", "IM", "GB980780684",   true,  false, "2021-01-01", "standard"},
    {"Northern Ireland: for goods only",   "FR", "GB", "XI980780684",   true,  false, "2026-10-31", "standard"},
    {"Switzerland is outside",             "DE", "CH", "CHE107787577",  true,  false, "2026-10-31", "standard"},
    {"the last day of the United Kingdom", "FR", "GB", "GB980780684",   true,  false, "2020-12-31", "AE"      },
    {"the day after",                      "FR", "GB", "GB980780684",   true,  false, "2021-01-01", "standard"},
};
/* clang-format on */

START_TEST(charges_in_reverse)
{
    const struct reverse_case *c = &reverse_cases[_i];
    struct tax_rate rates[ARRAY_LEN(rate_rows)];
    struct tax_choice choice = {0};
    struct error err = {0};
    size_t count = load_rates(rates);
    struct tax_query query = {
        .seller_country = c->seller,
        .buyer_country = c->buyer,
        .buyer_tax_id = c->tax_id,
        .buyer_is_business = c->business,
        .category = "standard",
        .exempt = c->exempt,
        .tax_point = day_of(c->on),
    };
    ck_assert_msg(tax_rate_choose(rates, count, &query, MISSING_TAX_RATE_ZERO, &choice, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(strcmp(choice.category, c->category) == 0, "%s: got %s", c->name,
                  choice.category);
    bool taxed = strcmp(c->category, "standard") == 0;
    ck_assert_msg(taxed == (choice.note == NULL), "%s: the note", c->name);
    ck_assert_msg(taxed || (decimal_sign(choice.rate_percent) == 0 &&
                            tax_rate_find(rates, count, &query) == NULL),
                  "%s: the rate", c->name);
}
END_TEST

START_TEST(gives_the_reason_of_an_exemption)
{
    struct tax_query query = {.exempt = true, .tax_point = day_of("2026-10-31")};
    struct tax_choice choice = {0};
    struct error err = {0};
    ck_assert(tax_rate_choose(NULL, 0, &query, MISSING_TAX_RATE_PARK, &choice, &err));
    ck_assert_str_eq(choice.note, "Exempt from tax");
    query.locale = "de-AT";
    ck_assert(tax_rate_choose(NULL, 0, &query, MISSING_TAX_RATE_PARK, &choice, &err));
    ck_assert_str_eq(choice.note, "Steuerfrei");
    query.exempt_reason = "A school";
    ck_assert(tax_rate_choose(NULL, 0, &query, MISSING_TAX_RATE_PARK, &choice, &err));
    ck_assert_str_eq(choice.note, "A school");
    ck_assert_str_eq(choice.name, "A school");
}
END_TEST

static const struct india_case {
    const char *name, *seller, *seller_region, *buyer, *buyer_region;
    const char *taxes; /* of GST 18 */
} india_cases[] = {
    {"inside one state",             "IN", "27", "IN", "27", "CGST 9 SGST 9 "},
    {"between states",               "IN", "27", "IN", "29", "IGST 18 "      },
    {"a buyer of no state",          "IN", "27", "IN", NULL, "CGST 9 SGST 9 "},
    {"a buyer of no country",        "IN", "27", NULL, NULL, "CGST 9 SGST 9 "},
    {"a seller of no state",         "IN", "",   "IN", "27", "IGST 18 "      },
    {"from abroad: the rate itself", "DE", "",   "IN", "27", "GST 18 "       },
    {"to abroad",                    "IN", "27", "DE", "27", "GST 18 "       },
};

START_TEST(halves_in_india)
{
    const struct india_case *c = &india_cases[_i];
    struct tax_choice gst = {"GST", "standard", decimal_from_i64(18), false, NULL};
    struct tax_choices choices = {0};
    struct error err = {0};
    char storage[60];
    struct strbuf text;
    struct tax_query query = {
        .seller_country = c->seller,
        .seller_region = c->seller_region,
        .buyer_country = c->buyer,
        .buyer_region = c->buyer_region,
        .tax_point = day_of("2026-10-31"),
    };
    ck_assert(tax_choices_of(&gst, &query, &choices, &err));
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < choices.count; i++)
        strbuf_addf(&text, "%s %s ", choices.items[i].name,
                    decimal_text(choices.items[i].rate_percent).text);
    ck_assert_msg(strcmp(text.text, c->taxes) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

START_TEST(finds_the_rate_itself)
{
    struct tax_rate rates[ARRAY_LEN(rate_rows)];
    size_t count = load_rates(rates);
    struct tax_query query = {.seller_country = "DE",
                              .buyer_country = "US",
                              .buyer_region = "CA",
                              .category = "standard",
                              .tax_point = day_of("2024-10-31")};
    ck_assert_ptr_eq(tax_rate_find(rates, count, &query), &rates[5]);
    query.buyer_country = "BR";
    ck_assert_ptr_null(tax_rate_find(rates, count, &query));
    query.buyer_country = "US";
    query.exempt = true;
    ck_assert_ptr_null(tax_rate_find(rates, count, &query));
}
END_TEST

static const struct on_top_case {
    const char *name, *region, *on;
    const char *taxes; /* NULL: missing_tax_rate */
} on_top_cases[] = {
    {"beside the country's",               "QC", "2026-10-31", "GST 5 QST 9.975 "},
    {"instead of the country's",           "ON", "2026-10-31", "HST 13 "         },
    {"a region without a rate of its own", "AB", "2026-10-31", "GST 5 "          },
    {"the day before the region's holds",  "QC", "2012-12-31", "GST 5 "          },
    {"a country whose rate is not known",  "QC", "1999-12-31", NULL              },
};

START_TEST(stacks_a_rate_on_top)
{
    const struct on_top_case *c = &on_top_cases[_i];
    const struct tax_rate rates[] = {
        {.country = "CA",
         .region = "",
         .category = "standard",
         .valid_from = day_of("2008-01-01"),
         .rate_percent = decimal_from_i64(5),
         .name = "GST"  },
        {               .country = "CA",
         .region = "ON",
         .category = "standard",
         .valid_from = day_of("2010-07-01"),
         .rate_percent = decimal_from_i64(13),
         .name = "HST"},
        { .country = "CA",
         .region = "QC",
         .category = "standard",
         .valid_from = day_of("1991-01-01"),
         .valid_to = day_of("2008-01-01"),
         .rate_percent = decimal_from_i64(8),
         .name = "QST",
         .on_top = true},
        {                .country = "CA",
         .region = "QC",
         .category = "standard",
         .valid_from = day_of("2013-01-01"),
         .rate_percent = {9975, 3},
         .name = "QST",
         .on_top = true},
    };
    struct tax_rate dated[ARRAY_LEN(rates)];
    struct tax_choices choices = {0};
    struct error err = {0};
    char storage[60];
    struct strbuf text;
    struct tax_query query = {.seller_country = "CA",
                              .buyer_country = "CA",
                              .buyer_region = c->region,
                              .category = "standard",
                              .tax_point = day_of(c->on)};
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
        dated[i] = rates[i];
        if (i != 2)
            dated[i].valid_to = DATE_NONE;
    }
    bool chosen =
        tax_choose(dated, ARRAY_LEN(dated), &query, MISSING_TAX_RATE_PARK, &choices, &err);
    ck_assert_msg(chosen == (c->taxes != NULL), "%s: %s", c->name, err.message);
    if (!chosen) {
        ck_assert_str_eq(err.code, "missing_tax_rate");
        return;
    }
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < choices.count; i++)
        strbuf_addf(&text, "%s %s ", choices.items[i].name,
                    decimal_text(choices.items[i].rate_percent).text);
    ck_assert_msg(strcmp(text.text, c->taxes) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

/* 29.95 + 10.03 with two taxes, 8.88 with one: which taxes stand beside each other, and what of
 * each falls on which line. */
START_TEST(tells_the_parts_of_a_line)
{
    const struct currency cad = {"CAD"};
    const struct tax_choice both[] = {
        {"GST", "standard", decimal_from_i64(5), false, NULL},
        {"QST", "standard", {9975, 3},           false, NULL}
    };
    const struct tax_choice book = {"GST", "book", decimal_from_i64(5), false, NULL};
    const struct tax_line lines[] = {
        {.amount = money_of_minor(2995, cad), .taxes = both,  .tax_count = 2},
        {.amount = money_of_minor(888,  cad), .taxes = &book, .tax_count = 1},
        {.amount = money_of_minor(500,  cad)},
        {.amount = money_of_minor(1003,                cad),      .taxes = both,               .tax_count = 2},
    };
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct tax_result result;
    struct error err = {0};
    ck_assert(tax_compute(lines, ARRAY_LEN(lines), cad, TAX_ROUNDING_GROUP, ROUND_HALF_UP, arena,
                          &result, &err));
    ck_assert_uint_eq(result.group_count, 3);
    ck_assert_uint_eq(result.group_first[0], 0);
    ck_assert_uint_eq(result.group_first[1], 0);
    ck_assert_uint_eq(result.group_first[2], 2);
    ck_assert_int_eq(money_minor(result.line_parts[0][0]), 150);
    ck_assert_int_eq(money_minor(result.line_parts[0][1]), 299);
    ck_assert_int_eq(money_minor(result.line_parts[1][0]), 44);
    ck_assert_int_eq(money_minor(result.line_parts[3][0]), 50);
    ck_assert_int_eq(money_minor(result.line_parts[3][1]), 100);
    ck_assert_int_eq(money_minor(result.line_taxes[3]), 150);
    ck_assert_uint_eq(result.line_first_group[1], 2);
    ck_assert_uint_eq(result.line_first_group[2], SIZE_MAX);
    ck_assert_uint_eq(result.line_first_group[3], 0);
}
END_TEST

START_TEST(is_exact_before_rounding)
{
    struct tax_choice tax = {.rate_percent = decimal_from_i64(19)};
    struct money amount = money_of_minor(7526, (struct currency){"EUR"});
    struct ratio exact;
    struct error err = {0};
    ck_assert(tax_exact(&tax, amount, &exact, &err));
    ck_assert_str_eq(ratio_text(exact).text, "14.2994");
    tax.inclusive = true;
    ck_assert(tax_exact(&tax, amount, &exact, &err));
    ck_assert_str_eq(ratio_text(exact).text, "71497/5950");
}
END_TEST

/* ---------------------------------------------------------------- computing */

static const struct compute_case {
    const char *name;
    enum tax_rounding tax_rounding;
    struct {
        int64_t cents, rate_tenths; /* a rate below 0 is inclusive */
    } lines[LINES_MAX];
    size_t line_count;
    const char *groups; /* "rate base tax" for each */
    const char *line_taxes;
} compute_cases[] = {
    {
     .name = "three lines of a third of a cent each: the group is rounded, not the lines",
     .lines = {{33, 100}, {33, 100}, {33, 100}},
     .line_count = 3,
     .groups = "10 0.99 0.10; ",
     .line_taxes = "0.04 0.03 0.03 ",
     },
    {
     .name = "each line by itself",
     .tax_rounding = TAX_ROUNDING_LINE,
     .lines = {{33, 100}, {33, 100}, {33, 100}},
     .line_count = 3,
     .groups = "10 0.99 0.09; ",
     .line_taxes = "0.03 0.03 0.03 ",
     },
    {
     .name = "two groups, each rounded",
     .lines = {{1005, 100}, {1005, 50}},
     .line_count = 2,
     .groups = "10 10.05 1.01; 5 10.05 0.50; ",
     .line_taxes = "1.01 0.50 ",
     },
    {
     .name = "two groups, the invoice rounded once",
     .tax_rounding = TAX_ROUNDING_INVOICE,
     .lines = {{1004, 100}, {1004, 100}, {1008, 50}},
     .line_count = 3,
     .groups = "10 20.08 2.01; 5 10.08 0.50; ",
     .line_taxes = "1.01 1.00 0.50 ",
     },
    {
     .name = "inclusive: the net is rounded, the tax is the rest",
     .lines = {{299, -40}},
     .line_count = 1,
     .groups = "4 2.88 0.11; ",
     .line_taxes = "0.11 ",
     },
    {
     .name = "inclusive over lines",
     .lines = {{1000, -190}, {1000, -190}, {1000, -190}},
     .line_count = 3,
     .groups = "19 25.21 4.79; ",
     .line_taxes = "1.60 1.60 1.59 ",
     },
    {
     .name = "a credit line takes its part back",
     .lines = {{1000, 190}, {-300, 190}},
     .line_count = 2,
     .groups = "19 7.00 1.33; ",
     .line_taxes = "1.90 -0.57 ",
     },
    {
     .name = "lines that cancel each other out",
     .lines = {{1000, 190}, {-1000, 190}},
     .line_count = 2,
     .groups = "19 0.00 0.00; ",
     .line_taxes = "1.90 -1.90 ",
     },
    {
     .name = "lines that sum to little: each has the tax that it is at the rate",
     .lines = {{4900, 190}, {-4795, 190}},
     .line_count = 2,
     .groups = "19 1.05 0.20; ",
     .line_taxes = "9.31 -9.11 ",
     },
    {
     .name = "what rounding makes more goes to who was cut most",
     .lines = {{103, 190}, {-7, 190}, {103, 190}},
     .line_count = 3,
     .groups = "19 1.99 0.38; ",
     .line_taxes = "0.20 -0.01 0.19 ",
     },
    {
     .name = "inclusive, of mixed signs",
     .lines = {{11900, -190}, {-11896, -190}},
     .line_count = 2,
     .groups = "19 0.03 0.01; ",
     .line_taxes = "19.00 -18.99 ",
     },
    {
     .name = "no lines, no taxes",
     .groups = "",
     .line_taxes = "",
     },
};

struct invoice_lines {
    struct tax_line lines[LINES_MAX];
    struct tax_choice choices[LINES_MAX];
};

static void set_line(struct invoice_lines *invoice, size_t i, int64_t cents, int64_t rate_tenths)
{
    struct currency euro = {"EUR"};
    invoice->choices[i] = (struct tax_choice){
        .name = "VAT",
        .category = "standard",
        .rate_percent = {rate_tenths < 0 ? -rate_tenths : rate_tenths, 1},
        .inclusive = rate_tenths < 0,
    };
    invoice->lines[i] = (struct tax_line){money_of_minor(cents, euro), &invoice->choices[i], 1};
}

START_TEST(computes)
{
    const struct compute_case *c = &compute_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax test", 1 << 20);
    struct invoice_lines invoice;
    struct tax_result result = {0};
    struct error err = {0};
    struct currency euro = {"EUR"};
    struct strbuf groups, taxes;
    char groups_text[200], taxes_text[200];
    for (size_t i = 0; i < c->line_count; i++)
        set_line(&invoice, i, c->lines[i].cents, c->lines[i].rate_tenths);
    ck_assert_msg(tax_compute(invoice.lines, c->line_count, euro, c->tax_rounding, ROUND_HALF_UP,
                              arena, &result, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&groups, groups_text, sizeof groups_text);
    strbuf_init(&taxes, taxes_text, sizeof taxes_text);
    for (size_t i = 0; i < result.group_count; i++)
        strbuf_addf(&groups, "%s %s %s; ", decimal_text(result.groups[i].tax.rate_percent).text,
                    money_text(result.groups[i].base).text,
                    money_text(result.groups[i].tax_amount).text);
    for (size_t i = 0; i < c->line_count; i++)
        strbuf_addf(&taxes, "%s ", money_text(result.line_taxes[i]).text);
    ck_assert_msg(strcmp(groups_text, c->groups) == 0, "%s: groups %s", c->name, groups_text);
    ck_assert_msg(strcmp(taxes_text, c->line_taxes) == 0, "%s: lines %s", c->name, taxes_text);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int64_t cents_of_lines(const struct tax_result *result, size_t count, size_t group)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (group == SIZE_MAX || result->line_first_group[i] == group)
            sum += result->line_taxes[i].minor;
    return sum;
}

/* The tax of a group, rounded half away from zero in plain integers. */
static int64_t cents_of_group(int64_t sum, int64_t tenths, bool inclusive)
{
    int64_t size = sum < 0 ? -sum : sum;
    int64_t whole = inclusive ? 1000 + tenths : 1000;
    int64_t rounded = inclusive ? size - (2 * size * 1000 + whole) / (2 * whole)
                                : (2 * size * tenths + whole) / (2 * whole);
    return sum < 0 ? -rounded : rounded;
}

static void check_random_invoice(uint64_t *seed, enum tax_rounding tax_rounding,
                                 struct arena *arena)
{
    static const int64_t rates[] = {0, 50, 70, 100, 190, 200, 255, 77};
    struct invoice_lines invoice;
    struct tax_result result = {0};
    struct error err = {0};
    struct currency euro = {"EUR"};
    bool inclusive = next_random(seed) % 2 == 0;
    size_t count = 1 + next_random(seed) % LINES_MAX;
    for (size_t i = 0; i < count; i++) {
        int64_t rate = rates[next_random(seed) % ARRAY_LEN(rates)];
        int64_t cents = (int64_t)(next_random(seed) % 20000) - 2000;
        set_line(&invoice, i, cents, rate);
        invoice.choices[i].inclusive = inclusive;
    }
    ck_assert_msg(
        tax_compute(invoice.lines, count, euro, tax_rounding, ROUND_HALF_UP, arena, &result, &err),
        "%s", err.message);
    int64_t sum = 0;
    for (size_t g = 0; g < result.group_count; g++) {
        int64_t base = 0;
        for (size_t i = 0; i < count; i++)
            base += result.line_first_group[i] == g ? invoice.lines[i].amount.minor : 0;
        int64_t tenths = (int64_t)result.groups[g].tax.rate_percent.coefficient;
        int64_t tax = result.groups[g].tax_amount.minor;
        ck_assert_int_eq(result.groups[g].base.minor, inclusive ? base - tax : base);
        ck_assert_int_eq(cents_of_lines(&result, count, g), tax);
        if (tax_rounding == TAX_ROUNDING_GROUP)
            ck_assert_int_eq(tax, cents_of_group(base, tenths, inclusive));
        sum += tax;
    }
    ck_assert_int_eq(result.tax.minor, sum);
    ck_assert_int_eq(result.exclusive_tax.minor, inclusive ? 0 : sum);
    ck_assert_int_eq(cents_of_lines(&result, count, SIZE_MAX), sum);
}

START_TEST(lines_sum_to_groups)
{
    uint64_t seed = UINT64_C(0xD1B54A32D192ED03);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax test", 1 << 20);
    for (int round = 0; round < 20000; round++) {
        check_random_invoice(&seed, (enum tax_rounding)(round % 3), arena);
        arena_reset(arena);
    }
}
END_TEST

/* clang-format off */
static const struct several_case {
    const char *name;
    enum tax_rounding tax_rounding;
    bool inclusive;
    struct {
        int64_t cents;
        struct { const char *name; struct decimal rate; } taxes[2];
    } lines[3];
    size_t line_count;
    const char *groups; /* "name base tax" for each */
    const char *line_taxes;
} several_cases[] = {
    {"two taxes on the same base", TAX_ROUNDING_GROUP, false,
     {{10000, {{"GST", {5, 0}}, {"QST", {9975, 3}}}}}, 1,
     "GST 100.00 5.00; QST 100.00 9.98; ", "14.98 "},
    {"each half is rounded by itself", TAX_ROUNDING_GROUP, false,
     {{1005, {{"CGST", {9, 0}}, {"SGST", {9, 0}}}}}, 1,
     "CGST 10.05 0.90; SGST 10.05 0.90; ", "1.80 "},
    {"one net at the summed rate, the tax by rate", TAX_ROUNDING_GROUP, true,
     {{11498, {{"GST", {5, 0}}, {"QST", {9975, 3}}}}}, 1,
     "GST 100.00 5.00; QST 100.00 9.98; ", "14.98 "},
    {"a tie of two halves goes to the first", TAX_ROUNDING_GROUP, true,
     {{1000, {{"CGST", {9, 0}}, {"SGST", {9, 0}}}}}, 1,
     "CGST 8.47 0.77; SGST 8.47 0.76; ", "1.53 "},
    {"the same taxes in another order are the same set", TAX_ROUNDING_GROUP, true,
     {{500, {{"CGST", {9, 0}}, {"SGST", {9, 0}}}}, {500, {{"SGST", {9, 0}}, {"CGST", {9, 0}}}}}, 2,
     "CGST 8.47 0.77; SGST 8.47 0.76; ", "0.77 0.76 "},
    {"a tax alone and beside another", TAX_ROUNDING_GROUP, true,
     {{10500, {{"A", {5, 0}}}}, {11500, {{"A", {5, 0}}, {"B", {10, 0}}}}}, 2,
     "A 200.00 10.00; B 100.00 10.00; ", "5.00 15.00 "},
    {"each line by itself", TAX_ROUNDING_LINE, true,
     {{500, {{"CGST", {9, 0}}, {"SGST", {9, 0}}}}, {500, {{"CGST", {9, 0}}, {"SGST", {9, 0}}}}}, 2,
     "CGST 8.48 0.76; SGST 8.48 0.76; ", "0.76 0.76 "},
    {"the invoice rounded once: three taxes of a third", TAX_ROUNDING_INVOICE, false,
     {{33, {{"A", {1, 0}}}}, {34, {{"B", {1, 0}}}}, {34, {{"C", {1, 0}}}}}, 3,
     "A 0.33 0.00; B 0.34 0.01; C 0.34 0.00; ", "0.00 0.01 0.00 "},
    {"the invoice rounded once, a tax in two sets", TAX_ROUNDING_INVOICE, true,
     {{105, {{"A", {5, 0}}}}, {115, {{"A", {5, 0}}, {"B", {10, 0}}}}}, 2,
     "A 2.00 0.10; B 1.00 0.10; ", "0.05 0.15 "},
    {"no tax at a rate of zero", TAX_ROUNDING_GROUP, true,
     {{1000, {{"A", {0, 0}}, {"B", {0, 0}}}}}, 1, "A 10.00 0.00; B 10.00 0.00; ", "0.00 "},
};
/* clang-format on */

START_TEST(computes_several_taxes)
{
    const struct several_case *c = &several_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax test", 1 << 20);
    struct tax_choice choices[3][2] = {0};
    struct tax_line lines[3];
    struct tax_result result = {0};
    struct error err = {0};
    struct currency euro = {"EUR"};
    char groups_text[200], taxes_text[200];
    struct strbuf groups, taxes;
    for (size_t i = 0; i < c->line_count; i++) {
        lines[i] = (struct tax_line){money_of_minor(c->lines[i].cents, euro), choices[i], 0};
        for (size_t t = 0; t < 2 && c->lines[i].taxes[t].name != NULL; t++)
            choices[i][lines[i].tax_count++] = (struct tax_choice){
                .name = c->lines[i].taxes[t].name,
                .category = "standard",
                .rate_percent = c->lines[i].taxes[t].rate,
                .inclusive = c->inclusive,
            };
    }
    ck_assert_msg(tax_compute(lines, c->line_count, euro, c->tax_rounding, ROUND_HALF_UP, arena,
                              &result, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&groups, groups_text, sizeof groups_text);
    strbuf_init(&taxes, taxes_text, sizeof taxes_text);
    for (size_t i = 0; i < result.group_count; i++)
        strbuf_addf(&groups, "%s %s %s; ", result.groups[i].tax.name,
                    money_text(result.groups[i].base).text,
                    money_text(result.groups[i].tax_amount).text);
    for (size_t i = 0; i < c->line_count; i++)
        strbuf_addf(&taxes, "%s ", money_text(result.line_taxes[i]).text);
    ck_assert_msg(strcmp(groups_text, c->groups) == 0, "%s: groups %s", c->name, groups_text);
    ck_assert_msg(strcmp(taxes_text, c->line_taxes) == 0, "%s: lines %s", c->name, taxes_text);
}
END_TEST

/* Net and tax of sixty lines of 1.00 with as many inclusive rates: 10.007 to 10.597 percent in
 * steps of a hundredth. The exact sum has more digits than 128 bits; by hand (60 fractions in
 * Python) the nets sum to 54.39625…. */
START_TEST(rounds_a_sum_without_a_common_denominator)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax test", 1 << 20);
    struct tax_choice choices[60] = {0};
    struct tax_line lines[60];
    struct tax_result result = {0};
    struct error err = {0};
    struct currency euro = {"EUR"};
    int64_t sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        choices[i] = (struct tax_choice){
            .name = "VAT",
            .category = "standard",
            .rate_percent = {10007 + 10 * (int128_t)i, 3},
            .inclusive = true
        };
        lines[i] = (struct tax_line){money_of_minor(100, euro), &choices[i], 1};
    }
    ck_assert_msg(tax_compute(lines, ARRAY_LEN(lines), euro, TAX_ROUNDING_INVOICE, ROUND_HALF_UP,
                              arena, &result, &err),
                  "%s", err.message);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        sum += result.line_taxes[i].minor;
    ck_assert_str_eq(money_text(result.tax).text, "5.60");
    ck_assert_int_eq(sum, result.tax.minor);
}
END_TEST

/* Sixty lines of 1.00 as above and sixty of -1.00, in another category, cancel each other out: what
 * is left is 1.01 with 100 percent in it, of which half is a tie. */
START_TEST(refuses_to_guess_at_a_tie)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax test", 1 << 20);
    struct tax_choice choices[121] = {0};
    struct tax_line lines[121];
    struct tax_result result = {0};
    struct error err = {0};
    struct currency euro = {"EUR"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        choices[i] = (struct tax_choice){
            .name = "VAT",
            .category = i < 60 ? "standard" : "reduced",
            .rate_percent = {i == 120 ? 100000 : 10007 + 10 * (int128_t)(i % 60), 3},
            .inclusive = true
        };
        lines[i] = (struct tax_line){money_of_minor(i == 120 ? 101
                                                    : i < 60 ? 100
                                                             : -100,
                                                    euro),
                                     &choices[i], 1};
    }
    ck_assert(!tax_compute(lines, ARRAY_LEN(lines), euro, TAX_ROUNDING_INVOICE, ROUND_HALF_UP,
                           arena, &result, &err));
    ck_assert_str_eq(err.code, "number_too_large");
    ck_assert_str_eq(err.message, "the sum of the taxes is too near to a tie of rounding");
    lines[120].amount = money_of_minor(102, euro);
    ck_assert_msg(tax_compute(lines, ARRAY_LEN(lines), euro, TAX_ROUNDING_INVOICE, ROUND_HALF_UP,
                              arena, &result, &err),
                  "%s", err.message);
    ck_assert_str_eq(money_text(result.tax).text, "0.51");
}
END_TEST

static void check_refused(struct tax_choice *choices, size_t count)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax test", 1 << 20);
    struct currency euro = {"EUR"};
    struct tax_line line = {money_of_minor(100, euro), choices, count};
    struct tax_result result = {0};
    struct error err = {0};
    ck_assert(
        !tax_compute(&line, 1, euro, TAX_ROUNDING_GROUP, ROUND_HALF_UP, arena, &result, &err));
    ck_assert_str_eq(err.code, "bad_tax");
}

START_TEST(refuses_taxes_of_a_line)
{
    struct tax_choice choices[TAX_PER_LINE_MAX + 1] = {0};
    for (size_t i = 0; i < ARRAY_LEN(choices); i++)
        choices[i] = (struct tax_choice){
            .name = "A", .rate_percent = {(int128_t)i + 1, 0}
        };
    check_refused(choices, ARRAY_LEN(choices)); /* too many */
    choices[1].rate_percent = choices[0].rate_percent;
    check_refused(choices, 2); /* one twice */
    choices[1].inclusive = true;
    check_refused(choices, 2); /* one of each kind */
}
END_TEST

START_TEST(refuses)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax test", 1 << 20);
    struct invoice_lines invoice;
    struct tax_result result = {0};
    struct error err = {0};
    struct currency euro = {"EUR"};
    enum tax_rounding rounding;
    set_line(&invoice, 0, 100, 10001);
    ck_assert(!tax_compute(invoice.lines, 1, euro, TAX_ROUNDING_GROUP, ROUND_HALF_UP, arena,
                           &result, &err));
    ck_assert_str_eq(err.code, "bad_tax");
    ck_assert(tax_rounding_parse("invoice", &rounding, &err) && rounding == TAX_ROUNDING_INVOICE);
    ck_assert(!tax_rounding_parse("document", &rounding, &err));
}
END_TEST

TEST_SUITE(tax)
{
    TEST_TABLE(chooses, choose_cases);
    TEST_TABLE(charges_in_reverse, reverse_cases);
    TEST_ONE(gives_the_reason_of_an_exemption);
    TEST_TABLE(halves_in_india, india_cases);
    TEST_ONE(finds_the_rate_itself);
    TEST_TABLE(stacks_a_rate_on_top, on_top_cases);
    TEST_ONE(tells_the_parts_of_a_line);
    TEST_ONE(is_exact_before_rounding);
    TEST_TABLE(computes, compute_cases);
    TEST_TABLE(computes_several_taxes, several_cases);
    TEST_ONE(rounds_a_sum_without_a_common_denominator);
    TEST_ONE(refuses_to_guess_at_a_tie);
    TEST_ONE(refuses_taxes_of_a_line);
    TEST_ONE(lines_sum_to_groups);
    TEST_ONE(refuses);
}
