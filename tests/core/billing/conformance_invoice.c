/* Cases about rounding, taxes and totals. Amounts without a currency are in EUR. */
#include <string.h>

#include "core/base/text.h"
#include "core/money/allocation.h"
#include "tests/core/billing/conformance.h"

#define LINES_MAX 8

/* Lines with one tax each (or several on all), their taxes and the totals they make. */
struct taxed {
    struct tax_result taxes;
    struct invoice_totals totals;
};

static struct taxed tax_lines(const struct conformance_case *c, const struct tax_line *lines,
                              size_t count, enum rounding rounding)
{
    struct error err = {0};
    struct taxed taxed = {0};
    struct invoice_line_content contents[LINES_MAX] = {0};
    struct invoice_tax_content taxes[LINES_MAX] = {0};
    struct currency currency = lines[0].amount.currency;
    ck_assert(count <= LINES_MAX);
    expect_ok(c,
              tax_compute(lines, count, currency, TAX_ROUNDING_GROUP, rounding, c->arena,
                          &taxed.taxes, &err),
              &err);
    for (size_t i = 0; i < count; i++)
        contents[i] = (struct invoice_line_content){.amount = lines[i].amount,
                                                    .discount = money_zero(currency)};
    for (size_t i = 0; i < taxed.taxes.group_count; i++)
        taxes[i] = (struct invoice_tax_content){
            .tax_amount = taxed.taxes.groups[i].tax_amount,
            .inclusive = taxed.taxes.groups[i].tax.inclusive,
        };
    expect_ok(c,
              invoice_totals_of(contents, count, taxes, taxed.taxes.group_count, currency,
                                &taxed.totals, &err),
              &err);
    return taxed;
}

static struct tax_choice percent(struct decimal rate)
{
    return (struct tax_choice){.name = "VAT", .category = "standard", .rate_percent = rate};
}

/* 0.0725 is 7.25 percent. */
static struct decimal percent_of_rate(const struct conformance_case *c, struct decimal rate)
{
    struct error err = {0};
    expect_ok(c, decimal_multiply(rate, decimal_from_i64(100), &rate, &err), &err);
    return rate;
}

void tax_two_rates(const struct conformance_case *c)
{
    const json_t *rates = given(c, c->input, "rates_pct");
    struct tax_choice choices[2] = {
        percent(decimal_of(c, json_array_get(rates, 0))),
        percent(decimal_of(c, json_array_get(rates, 1))),
    };
    struct tax_line line = {euros(c, input_decimal(c, "net")), choices, 2};
    struct taxed taxed = tax_lines(c, &line, 1, ROUND_HALF_UP);
    for (size_t i = 0; i < 2; i++)
        expect_money(c, "tax", taxed.taxes.groups[i].tax_amount,
                     json_array_get(given(c, c->expected, "taxes"), i));
    expect_money(c, "total", taxed.totals.total, given(c, c->expected, "total"));
}

void tax_with_untaxed(const struct conformance_case *c)
{
    struct tax_choice choice = percent(input_decimal(c, "rate_pct"));
    struct tax_line lines[] = {
        {euros(c, input_decimal(c, "net")),     &choice, 1},
        {euros(c, input_decimal(c, "untaxed")), NULL,    0},
    };
    struct taxed taxed = tax_lines(c, lines, 2, ROUND_HALF_UP);
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
    expect_money(c, "total", taxed.totals.total, given(c, c->expected, "total"));
}

static struct taxed tax_inclusive_amount(const struct conformance_case *c, struct decimal gross,
                                         struct decimal rate_percent)
{
    struct tax_choice choice = percent(rate_percent);
    choice.inclusive = true;
    struct tax_line line = {euros(c, gross), &choice, 1};
    return tax_lines(c, &line, 1, ROUND_HALF_UP);
}

void tax_inclusive_net(const struct conformance_case *c)
{
    struct taxed taxed =
        tax_inclusive_amount(c, input_decimal(c, "gross"), input_decimal(c, "rate_pct"));
    expect_money(c, "net", taxed.taxes.groups[0].base, given(c, c->expected, "net"));
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
}

void tax_inclusive(const struct conformance_case *c)
{
    struct taxed taxed = tax_inclusive_amount(c, input_decimal(c, "subtotal"),
                                              percent_of_rate(c, input_decimal(c, "rate")));
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
    expect_money(c, "total", taxed.totals.total, given(c, c->expected, "total"));
}

void tax_tie(const struct conformance_case *c)
{
    struct tax_choice choice = percent(input_decimal(c, "rate_pct"));
    struct tax_line line = {euros(c, input_decimal(c, "taxable")), &choice, 1};
    expect_money(c, "half_up", tax_lines(c, &line, 1, ROUND_HALF_UP).totals.tax,
                 given(c, c->expected, "half_up"));
    expect_money(c, "half_even", tax_lines(c, &line, 1, ROUND_HALF_EVEN).totals.tax,
                 given(c, c->expected, "half_even"));
}

/* "100.00@20" */
void tax_breakdown(const struct conformance_case *c)
{
    const json_t *texts = given(c, c->input, "lines");
    size_t count = json_array_size(texts);
    struct tax_choice choices[LINES_MAX];
    struct tax_line lines[LINES_MAX];
    ck_assert(count <= LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        char *amount = arena_copy(c->arena, json_string_value(json_array_get(texts, i)));
        char *rate = strchr(amount, '@');
        ck_assert(rate != NULL);
        *rate = '\0';
        json_t *values = json_pack("[s, s]", amount, rate + 1);
        choices[i] = percent(decimal_of(c, json_array_get(values, 1)));
        lines[i] =
            (struct tax_line){euros(c, decimal_of(c, json_array_get(values, 0))), &choices[i], 1};
        json_decref(values);
    }
    struct taxed taxed = tax_lines(c, lines, count, ROUND_HALF_UP);
    expect_same(c, "groups", decimal_from_i64((int64_t)taxed.taxes.group_count),
                given(c, c->expected, "groups"));
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
    expect_money(c, "total", taxed.totals.total, given(c, c->expected, "total"));
}

void tax_custom_rate(const struct conformance_case *c)
{
    const json_t *given_lines = given(c, c->input, "lines");
    struct tax_choice choices[2];
    struct tax_line lines[2];
    for (size_t i = 0; i < 2; i++) {
        const json_t *line = json_array_get(given_lines, i);
        const json_t *custom = json_object_get(line, "custom_rate");
        struct decimal rate =
            custom != NULL ? decimal_of(c, custom) : input_decimal(c, "customer_rate");
        choices[i] = percent(percent_of_rate(c, rate));
        lines[i] =
            (struct tax_line){euros(c, decimal_of(c, given(c, line, "net"))), &choices[i], 1};
    }
    struct taxed taxed = tax_lines(c, lines, 2, ROUND_HALF_UP);
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
    expect_money(c, "total", taxed.totals.total, given(c, c->expected, "total"));
}

/* Whole cents as whole yen. */
void tax_cents(const struct conformance_case *c)
{
    struct currency yen = {"JPY"};
    struct tax_choice choice = percent(input_decimal(c, "tax_percent"));
    struct tax_line line = {money_of_minor(input_integer(c, "subtotal_cents"), yen), &choice, 1};
    expect_money(c, "tax", tax_lines(c, &line, 1, ROUND_HALF_UP).totals.tax,
                 given(c, c->expected, "tax"));
}

void tax_after_minimum(const struct conformance_case *c)
{
    struct error err = {0};
    struct rating rating = {0};
    struct price price = {
        .model = PRICE_FLAT,
        .currency = {"EUR"             },
        .flat_fee = { true, input_decimal(c, "usage_subtotal")},
        .minimum_amount = { true, input_decimal(c, "minimum")},
    };
    struct rating_request request = rating_request_whole(decimal_from_i64(1));
    expect_ok(c, rating_price(&price, &request, c->arena, &rating, &err), &err);
    struct tax_choice choice = percent(percent_of_rate(c, input_decimal(c, "tax_rate")));
    struct tax_line line = {rating.amount, &choice, 1};
    struct taxed taxed = tax_lines(c, &line, 1, ROUND_HALF_UP);
    expect_money(c, "minimum line", rating.true_up, given(c, c->expected, "minimum_line"));
    expect_money(c, "subtotal", rating.amount, given(c, c->expected, "subtotal_after_minimum"));
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
    expect_money(c, "total", taxed.totals.total, given(c, c->expected, "total"));
}

/* Parts are rounded, then added: the total is 0.01, not the 0.02 of rounding it alone. */
void tax_of_rounded(const struct conformance_case *c)
{
    struct tax_choice choice = percent(percent_of_rate(c, input_decimal(c, "tax_rate")));
    struct tax_line line = {euros(c, input_decimal(c, "subtotal_unrounded")), &choice, 1};
    struct taxed taxed = tax_lines(c, &line, 1, ROUND_HALF_UP);
    expect_money(c, "subtotal", taxed.totals.subtotal, given(c, c->expected, "subtotal"));
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
    ck_assert(money_equal(taxed.totals.total, taxed.totals.subtotal));
}

/* Their subtotal is after the discount, which they print as a second, negative line. */
void invoice_discount_then_tax(const struct conformance_case *c)
{
    struct error err = {0};
    struct rating rating = {0};
    struct price price = {
        .model = PRICE_PER_UNIT,
        .currency = {"EUR"          },
        .unit_price = { true, decimal_of(c, given(c, given(c, c->input, "plan"), "unit_price"))},
    };
    struct rating_request request = rating_request_whole(input_decimal(c, "quantity"));
    request.discount_percent = input_decimal(c, "coupon_percent");
    expect_ok(c, rating_price(&price, &request, c->arena, &rating, &err), &err);
    struct tax_choice choice = percent(input_decimal(c, "tax_percent"));
    struct tax_line line = {rating.amount, &choice, 1};
    struct taxed taxed = tax_lines(c, &line, 1, ROUND_HALF_UP);
    expect_money(c, "subtotal", rating.amount, given(c, c->expected, "subtotal"));
    expect_money(c, "tax", taxed.totals.tax, given(c, c->expected, "tax"));
    expect_money(c, "total", taxed.totals.total, given(c, c->expected, "total"));
}

/* Cents as yen; the discount is on the first line, the tax on what is left. */
void invoice_totals_of_cents(const struct conformance_case *c)
{
    struct error err = {0};
    struct currency yen = {"JPY"};
    const json_t *amounts = given(c, c->input, "lines_cents");
    const json_t *discount = json_object_get(c->input, "discount_cents");
    struct invoice_line_content lines[LINES_MAX] = {0};
    struct invoice_tax_content tax = {.tax_amount = money_zero(yen)};
    struct invoice_totals totals = {0};
    size_t count = json_array_size(amounts);
    ck_assert(count <= LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        lines[i].amount = money_of_minor(json_integer_value(json_array_get(amounts, i)), yen);
        lines[i].discount = money_zero(yen);
    }
    if (discount != NULL)
        lines[0].discount = money_of_minor(json_integer_value(discount), yen);
    if (json_object_get(c->input, "tax_percent") != NULL) {
        struct tax_choice choice = percent(input_decimal(c, "tax_percent"));
        struct tax_line line = {lines[0].amount, &choice, 1};
        tax.tax_amount = tax_lines(c, &line, 1, ROUND_HALF_UP).totals.tax;
    }
    expect_ok(c, invoice_totals_of(lines, count, &tax, 1, yen, &totals, &err), &err);
    expect_money(c, "subtotal", totals.subtotal, given(c, c->expected, "subtotal"));
    expect_money(c, "tax", totals.tax, given(c, c->expected, "tax"));
    expect_money(c, "discount", totals.discount, given(c, c->expected, "discount"));
    expect_money(c, "total", totals.total, given(c, c->expected, "total"));
    expect_money(c, "amountDue", totals.amount_due, given(c, c->expected, "amountDue"));
}

void coupon_spread(const struct conformance_case *c)
{
    const json_t *answer = ask(c, "allocation",
                               json_pack("{s:s, s:O, s:O}", "currency", "JPY", "amount",
                                         given(c, c->input, "coupon_cents"), "weights",
                                         given(c, c->input, "fees_cents")));
    const json_t *shares = given(c, c->expected, "shares");
    const json_t *parts = given(c, answer, "parts");
    struct decimal applied = {0};
    struct error err = {0};
    ck_assert_uint_eq(json_array_size(parts), json_array_size(shares));
    for (size_t i = 0; i < json_array_size(shares); i++) {
        struct decimal part = decimal_of(c, json_array_get(parts, i));
        expect_same(c, "share", part, json_array_get(shares, i));
        expect_ok(c, decimal_add(applied, part, &applied, &err), &err);
    }
    expect_same(c, "applied", applied, given(c, c->expected, "applied"));
}

/* ---------------------------------------------------------------- rounding */

void round_decimal(const struct conformance_case *c)
{
    struct error err = {0};
    struct decimal rounded = {0};
    enum rounding rounding = ROUND_HALF_UP;
    expect_ok(c, rounding_parse(input_text(c, "mode"), &rounding, &err), &err);
    expect_ok(c,
              decimal_round(input_decimal(c, "value"), (int32_t)input_integer(c, "decimals"),
                            rounding, &rounded, &err),
              &err);
    expect_same(c, "value", rounded, given(c, c->expected, "value"));
}

static struct money rounded_in(const struct conformance_case *c, const char *code,
                               struct decimal value)
{
    struct error err = {0};
    struct currency currency = {0};
    struct money money = {0};
    char upper[sizeof currency.code] = "";
    for (size_t i = 0; i < sizeof upper - 1 && code[i] != '\0'; i++)
        upper[i] = (char)(code[i] >= 'a' ? code[i] - 'a' + 'A' : code[i]);
    expect_ok(c, currency_parse(upper, &currency, &err), &err);
    expect_ok(c, money_from_decimal(value, currency, ROUND_HALF_UP, &money, &err), &err);
    return money;
}

void round_money(const struct conformance_case *c)
{
    struct money money = rounded_in(c, input_text(c, "currency"), input_decimal(c, "amount"));
    expect_text(c, "amount", money_text(money).text, given(c, c->expected, "amount"));
}

void round_lines(const struct conformance_case *c)
{
    const json_t *lines = given(c, c->input, "lines");
    struct error err = {0};
    struct money sum = rounded_in(c, input_text(c, "currency"), decimal_from_i64(0));
    for (size_t i = 0; i < json_array_size(lines); i++) {
        struct money line =
            rounded_in(c, input_text(c, "currency"), decimal_of(c, json_array_get(lines, i)));
        expect_ok(c, money_add(sum, line, &sum, &err), &err);
    }
    expect_money(c, "subtotal", sum, given(c, c->expected, "subtotal"));
}

void round_currencies(const struct conformance_case *c)
{
    const json_t *codes = given(c, c->input, "currencies");
    for (size_t i = 0; i < json_array_size(codes); i++) {
        const char *code = json_string_value(json_array_get(codes, i));
        struct money money = rounded_in(c, code, input_decimal(c, "value"));
        expect_text(c, code, money_text(money).text, given(c, c->expected, code));
    }
}

void round_negative(const struct conformance_case *c)
{
    struct error err = {0};
    struct decimal rounded = {0};
    expect_ok(c,
              decimal_round(input_decimal(c, "value"), (int32_t)input_integer(c, "decimals"),
                            ROUND_HALF_UP, &rounded, &err),
              &err);
    expect_same(c, "half away from zero", rounded, given(c, c->expected, "half_away_from_zero"));
}

void sum_decimals(const struct conformance_case *c)
{
    struct error err = {0};
    struct decimal sum = {0};
    expect_ok(c, decimal_add(input_decimal(c, "lines"), input_decimal(c, "charges"), &sum, &err),
              &err);
    expect_same(c, "base", sum, given(c, c->expected, "base"));
}

void minor_units(const struct conformance_case *c)
{
    const json_t *codes = given(c, c->input, "currency");
    for (size_t i = 0; i < json_array_size(codes); i++) {
        struct money money =
            rounded_in(c, json_string_value(json_array_get(codes, i)), input_decimal(c, "amount"));
        expect_same(c, "minor", decimal_from_i64(money.minor),
                    json_array_get(given(c, c->expected, "minor"), i));
    }
}
