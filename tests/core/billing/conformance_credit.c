/* Cases about coupons, credits, credit notes, payments and refunds. Amounts in cents are asked as
 * whole yen, others as euros. */
#include <string.h>

#include "core/billing/settlement.h"
#include "tests/core/billing/conformance.h"

#define EVENTS_MAX 8
#define YEN "JPY"

static const json_t *line_of(const struct conformance_case *c, const json_t *answer, size_t index)
{
    return json_array_get(given(c, answer, "lines"), index);
}

static void expect_figure(const struct conformance_case *c, const json_t *answer, const char *name,
                          const json_t *expected)
{
    expect_same(c, name, decimal_of(c, given(c, answer, name)), expected);
}

/* ---------------------------------------------------------------- credit notes */

/* "29/30" */
void credit_note_part(const struct conformance_case *c)
{
    const char *unused = input_text(c, "unused");
    const char *slash = strchr(unused, '/');
    ck_assert(slash != NULL);
    json_t *question = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:[{s:s}]}", "currency", "EUR", "net", input_text(c, "fee"),
        "unused", "numerator", arena_copy_n(c->arena, unused, (size_t)(slash - unused)),
        "denominator", slash + 1, "taxes", "rate_percent", input_text(c, "tax_pct"));
    const json_t *answer = ask(c, "credit_note", question);
    expect_figure(c, answer, "net", given(c, c->expected, "net"));
    expect_figure(c, answer, "tax", given(c, c->expected, "tax"));
    expect_figure(c, answer, "total", given(c, c->expected, "total"));
}

/* The invoice stays as it is; a note over all of it takes its total back. */
void credit_note_whole(const struct conformance_case *c)
{
    const json_t *invoice = given(c, c->input, "invoice");
    const json_t *answer =
        ask(c, "credit_note",
            json_pack("{s:s, s:s, s:[{s:i}]}", "currency", YEN, "net",
                      text_of(c, given(c, invoice, "subtotal")), "taxes", "rate_percent", 10));
    struct decimal total = {0};
    struct error err = {0};
    expect_figure(c, answer, "tax", given(c, invoice, "tax"));
    expect_ok(c, decimal_negate(decimal_of(c, given(c, answer, "total")), &total, &err), &err);
    expect_same(c, "reversal", total, given(c, c->expected, "reversal_event_total"));
}

/* ---------------------------------------------------------------- coupons */

static json_t *one_line(const char *amount)
{
    return json_pack("{s:s, s:[{s:i, s:s}], s:[]}", "currency", YEN, "lines", "id", 1, "amount",
                     amount, "coupons");
}

static void add_percent(const struct conformance_case *c, json_t *question, const json_t *percent)
{
    json_t *coupon = json_pack("{s:s}", "percent", text_of(c, percent));
    ck_assert(json_array_append_new(json_object_get(question, "coupons"), coupon) == 0);
}

void coupon_percents(const struct conformance_case *c)
{
    const json_t *percents = given(c, c->input, "percent");
    for (size_t i = 0; i < json_array_size(percents); i++) {
        json_t *question = one_line(input_text(c, "amount_cents"));
        add_percent(c, question, json_array_get(percents, i));
        expect_figure(c, ask(c, "invoice", question), "discount",
                      json_array_get(given(c, c->expected, "discounts"), i));
    }
}

void coupon_best(const struct conformance_case *c)
{
    const json_t *percents = given(c, c->input, "percents");
    json_t *question = one_line(input_text(c, "amount_cents"));
    put_text(question, "stacking", input_text(c, "mode"));
    for (size_t i = 0; i < json_array_size(percents); i++)
        add_percent(c, question, json_array_get(percents, i));
    expect_figure(c, ask(c, "invoice", question), "discount", given(c, c->expected, "discount"));
}

/* An automatic discount is a coupon like another, before or behind it. */
void coupon_with_automatic(const struct conformance_case *c)
{
    const json_t *promo = given(c, c->input, "promo_percent");
    const json_t *automatic = given(c, c->input, "automatic_percent");
    const json_t *modes = given(c, c->input, "modes");
    for (size_t i = 0; i < json_array_size(modes); i++) {
        const char *mode = json_string_value(json_array_get(modes, i));
        bool automatic_first = strcmp(mode, "auto_first") == 0;
        json_t *question = one_line(input_text(c, "amount_cents"));
        if (strcmp(mode, "best") == 0)
            put_text(question, "stacking", mode);
        add_percent(c, question, automatic_first ? automatic : promo);
        add_percent(c, question, automatic_first ? promo : automatic);
        expect_figure(c, ask(c, "invoice", question), "discount",
                      json_array_get(given(c, c->expected, "discounts"), i));
    }
}

/* A discount that depends on the quantity is a volume price: the unit price of its tier. */
void coupon_by_volume(const struct conformance_case *c)
{
    const json_t *tiers = given(c, c->input, "tiers");
    const json_t *quantities = given(c, c->input, "quantity");
    int64_t unit = input_integer(c, "unit_cents");
    for (size_t q = 0; q < json_array_size(quantities); q++) {
        json_t *question = json_pack("{s:s, s:s, s:O, s:[]}", "currency", YEN, "model", "volume",
                                     "quantity", json_array_get(quantities, q), "tiers");
        for (size_t i = 0; i < json_array_size(tiers); i++) {
            const json_t *tier = json_array_get(tiers, i);
            int64_t percent = json_integer_value(json_array_get(tier, 2));
            json_t *row = json_pack("{s:O, s:I}", "up_to", json_array_get(tier, 1), "unit_price",
                                    (json_int_t)(unit * (100 - percent) / 100));
            ck_assert(json_array_append_new(json_object_get(question, "tiers"), row) == 0);
        }
        const json_t *answer = ask(c, "price", question);
        struct decimal discount = {0};
        struct error err = {0};
        int64_t whole = unit * json_integer_value(json_array_get(quantities, q));
        expect_ok(c,
                  decimal_subtract(decimal_from_i64(whole),
                                   decimal_of(c, given(c, answer, "amount")), &discount, &err),
                  &err);
        expect_same(c, "discount", discount, json_array_get(given(c, c->expected, "discounts"), q));
    }
}

/* Their shares are not rounded: ours are the cents next to them. */
static void expect_near(const struct conformance_case *c, const char *id, struct decimal got,
                        const json_t *expected)
{
    struct decimal difference = {0};
    struct error err = {0};
    expect_ok(c, decimal_subtract(got, decimal_of(c, expected), &difference, &err), &err);
    ck_assert_msg(decimal_compare(difference, decimal_from_i64(1)) < 0 &&
                      decimal_compare(difference, decimal_from_i64(-1)) > 0,
                  "%s: the share of %s is %s, not next to %s", c->id, id, decimal_text(got).text,
                  text_of(c, expected));
}

static json_t *breakdown_coupons(const struct conformance_case *c)
{
    const json_t *coupons = given(c, c->input, "coupons");
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(coupons); i++) {
        const json_t *coupon = json_array_get(coupons, i);
        const json_t *scope = given(c, coupon, "scope");
        json_t *row = json_pack("{s:s}", "amount", text_of(c, given(c, coupon, "cents")));
        if (json_is_array(scope))
            ck_assert(json_object_set_new(row, "lines", json_deep_copy(scope)) == 0);
        ck_assert(json_array_append_new(list, row) == 0);
    }
    return list;
}

/* The tax is rounded once, for the invoice, as there; their printed line taxes do not sum to it,
 * ours do. */
void coupon_breakdown(const struct conformance_case *c)
{
    const json_t *fees = given(c, c->input, "fees_cents");
    const json_t *rates = given(c, c->input, "tax_pct");
    json_t *question = json_pack("{s:s, s:s, s:[], s:o}", "currency", YEN, "tax_rounding",
                                 "invoice", "lines", "coupons", breakdown_coupons(c));
    const char *id;
    const json_t *fee;
    json_object_foreach((json_t *)(uintptr_t)fees, id, fee)
    {
        json_t *line = json_pack("{s:s, s:O, s:[{s:O}]}", "id", id, "amount", fee, "taxes",
                                 "rate_percent", given(c, rates, id));
        ck_assert(json_array_append_new(json_object_get(question, "lines"), line) == 0);
    }
    const json_t *answer = ask(c, "invoice", question);
    struct decimal line_taxes = {0};
    struct error err = {0};
    for (size_t i = 0; i < json_object_size(fees); i++) {
        const json_t *line = line_of(c, answer, i);
        const char *line_id = json_string_value(given(c, line, "id"));
        expect_near(c, line_id, decimal_of(c, given(c, line, "discount")),
                    given(c, given(c, c->expected, "coupon_share_cents"), line_id));
        expect_ok(c,
                  decimal_add(line_taxes, decimal_of(c, given(c, line, "tax")), &line_taxes, &err),
                  &err);
    }
    expect_figure(c, answer, "tax", given(c, c->expected, "invoice_tax_cents"));
    expect_same(c, "the lines' taxes", line_taxes, given(c, c->expected, "invoice_tax_cents"));
    expect_figure(c, answer, "total", given(c, c->expected, "invoice_total_cents"));
}

/* The days with each discount are a line of their own; they keep the total unrounded. */
void coupon_changes(const struct conformance_case *c)
{
    static const struct {
        const char *start, *end, *percent;
    } parts[] = {
        {"2025-10-01", "2025-10-18", "10"},
        {"2025-10-18", "2025-11-01", "5" }
    };
    json_t *question = json_pack("{s:s, s:[], s:[]}", "currency", "EUR", "lines", "coupons");
    ck_assert_str_eq(input_text(c, "discount"), "10% for 17 of 31 days, 5% for 14 of 31 days");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const json_t *part =
            ask(c, "proration",
                json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}}", "currency", "EUR", "amount",
                          input_text(c, "price"), "period", "start", "2025-10-01", "end",
                          "2025-11-01", "service", "start", parts[i].start, "end", parts[i].end));
        json_t *line =
            json_pack("{s:i, s:O, s:[{s:s}]}", "id", (int)i, "amount", given(c, part, "amount"),
                      "taxes", "rate_percent", input_text(c, "vat_pct"));
        json_t *coupon = json_pack("{s:s, s:[i]}", "percent", parts[i].percent, "lines", (int)i);
        ck_assert(json_array_append_new(json_object_get(question, "lines"), line) == 0);
        ck_assert(json_array_append_new(json_object_get(question, "coupons"), coupon) == 0);
    }
    const json_t *answer = ask(c, "invoice", question);
    struct money theirs = euros(c, decimal_of(c, given(c, c->expected, "after_vat_unrounded")));
    ck_assert_msg(
        decimal_compare(decimal_of(c, given(c, answer, "total")), money_to_decimal(theirs)) == 0,
        "%s: %s", c->id, text_of(c, given(c, answer, "total")));
}

/* ---------------------------------------------------------------- credits */

void credit_after_tax(const struct conformance_case *c)
{
    struct decimal rate = {0};
    struct decimal left = {0};
    struct error err = {0};
    expect_ok(c, decimal_multiply(input_decimal(c, "tax_rate"), decimal_from_i64(100), &rate, &err),
              &err);
    const json_t *answer =
        ask(c, "invoice",
            json_pack("{s:s, s:[{s:i, s:s, s:[{s:s}]}], s:[{s:i, s:s}]}", "currency", "EUR",
                      "lines", "id", 1, "amount", input_text(c, "subtotal"), "taxes",
                      "rate_percent", decimal_text(rate).text, "credits", "id", 1, "amount",
                      input_text(c, "credit_balance")));
    expect_figure(c, answer, "total", given(c, c->expected, "total"));
    expect_figure(c, answer, "credit_applied", given(c, c->expected, "credits_applied"));
    expect_figure(c, answer, "amount_due", given(c, c->expected, "amount_due"));
    expect_ok(c,
              decimal_subtract(input_decimal(c, "credit_balance"),
                               decimal_of(c, given(c, answer, "credit_applied")), &left, &err),
              &err);
    expect_same(c, "what is left", left, given(c, c->expected, "credit_balance_after"));
}

void credit_order(const struct conformance_case *c)
{
    const json_t *packages = given(c, c->input, "packages");
    const json_t *drawn = given(c, c->expected, "drawn");
    json_t *question = json_pack("{s:s, s:[{s:i, s:s}], s:[]}", "currency", YEN, "lines", "id", 1,
                                 "amount", input_text(c, "consume"), "credits");
    for (size_t i = 0; i < json_array_size(packages); i++) {
        const json_t *package = json_array_get(packages, i);
        json_t *credit =
            json_pack("{s:O, s:O, s:O}", "id", given(c, package, "id"), "amount",
                      given(c, package, "remaining"), "priority", given(c, package, "priority"));
        ck_assert(json_array_append_new(json_object_get(question, "credits"), credit) == 0);
    }
    const json_t *credits = given(c, ask(c, "invoice", question), "credits");
    ck_assert_uint_eq(json_array_size(credits), json_object_size(drawn));
    for (size_t i = 0; i < json_array_size(credits); i++) {
        const json_t *credit = json_array_get(credits, i);
        const char *id = json_string_value(given(c, credit, "id"));
        expect_figure(c, credit, "applied", given(c, drawn, id));
    }
}

/* ---------------------------------------------------------------- payments and refunds */

struct events {
    struct settlement_event items[EVENTS_MAX];
    size_t count;
};

static void add_event(struct events *events, enum settlement_kind kind, const char *reference,
                      struct money amount)
{
    ck_assert(events->count < EVENTS_MAX);
    if (money_sign(amount) != 0)
        events->items[events->count++] = (struct settlement_event){kind, reference, amount};
}

static struct settlement settle(const struct conformance_case *c, struct money total,
                                const struct events *events)
{
    struct settlement settlement = {0};
    struct error err = {0};
    expect_ok(c,
              settlement_compute(total, events->items, events->count, c->arena, &settlement, &err),
              &err);
    return settlement;
}

static struct money yen(const json_t *value)
{
    ck_assert(json_is_integer(value));
    return money_of_minor(json_integer_value(value), (struct currency){YEN});
}

static const char *reference_of(const struct conformance_case *c, size_t index)
{
    return arena_printf(c->arena, "payment %zu", index);
}

/* What they charge is after adjustments, and a credit movement is the adjustment's other side. */
void settlement_balance(const struct conformance_case *c)
{
    struct events events = {0};
    struct money adjusted = euros(c, input_decimal(c, "credit_movement"));
    struct money refunded = euros(c, input_decimal(c, "refunded"));
    struct money total = euros(c, input_decimal(c, "charged"));
    struct error err = {0};
    expect_ok(c, money_add(total, adjusted, &total, &err), &err);
    expect_ok(c, money_negate(refunded, &refunded, &err), &err);
    add_event(&events, SETTLEMENT_CREDIT_NOTE, "adjustment", adjusted);
    add_event(&events, SETTLEMENT_PAYMENT, "payment", euros(c, input_decimal(c, "paid")));
    add_event(&events, SETTLEMENT_REFUND, "refund", refunded);
    struct settlement settlement = settle(c, total, &events);
    expect_money(c, "balance", settlement.balance, given(c, c->expected, "balance"));
    ck_assert(money_equal(settlement.overpaid, adjusted));
}

void settlement_paid_part(const struct conformance_case *c)
{
    struct events events = {0};
    struct money total = yen(json_array_get(given(c, c->input, "lines_cents"), 0));
    add_event(&events, SETTLEMENT_PAYMENT, "payment", yen(given(c, c->input, "paid_cents")));
    struct settlement settlement = settle(c, total, &events);
    const json_t *answer =
        ask(c, "invoice",
            json_pack("{s:s, s:[{s:i, s:O}]}", "currency", YEN, "lines", "id", 1, "amount",
                      json_array_get(given(c, c->input, "lines_cents"), 0)));
    static const char *const figures[] = {"subtotal", "tax", "discount", "total"};
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        expect_figure(c, answer, figures[i], given(c, c->expected, figures[i]));
    expect_money(c, "amountDue", settlement.balance, given(c, c->expected, "amountDue"));
    ck_assert_int_eq(settlement.status, SETTLEMENT_PARTIALLY_PAID);
}

void settlement_two_payments(const struct conformance_case *c)
{
    const json_t *payments = given(c, c->input, "payments_cents");
    struct events events = {0};
    struct settlement settlement = {0};
    for (size_t i = 0; i < json_array_size(payments); i++) {
        add_event(&events, SETTLEMENT_PAYMENT, reference_of(c, i),
                  yen(json_array_get(payments, i)));
        settlement = settle(c, yen(given(c, c->input, "total_cents")), &events);
        expect_money(c, "remaining", settlement.balance,
                     json_array_get(given(c, c->expected, "remaining"), i));
    }
    expect_text(c, "status", settlement_status_name(settlement.status),
                given(c, c->expected, "status"));
}

void settlement_refunds(const struct conformance_case *c)
{
    const json_t *refunds = given(c, c->input, "refunds");
    struct money paid = yen(given(c, c->input, "payment_cents"));
    struct events events = {0};
    add_event(&events, SETTLEMENT_PAYMENT, "payment", paid);
    for (size_t i = 0; i < json_array_size(refunds); i++) {
        add_event(&events, SETTLEMENT_REFUND, reference_of(c, i), yen(json_array_get(refunds, i)));
        struct settlement settlement = settle(c, paid, &events);
        expect_money(c, "refunded", settlement.sums[SETTLEMENT_REFUND],
                     json_array_get(given(c, c->expected, "refunded"), i));
        expect_text(c, "status", refund_status_name(settlement.refund_status),
                    json_array_get(given(c, c->expected, "status"), i));
    }
}

void settlement_refund_replay(const struct conformance_case *c)
{
    const json_t *refunds = given(c, c->input, "refunds");
    struct money paid = yen(given(c, c->input, "payment_cents"));
    struct events events = {0};
    add_event(&events, SETTLEMENT_PAYMENT, "payment", paid);
    for (size_t i = 0; i < json_array_size(refunds); i++) {
        const json_t *refund = json_array_get(refunds, i);
        add_event(&events, SETTLEMENT_REFUND, json_string_value(json_array_get(refund, 0)),
                  yen(json_array_get(refund, 1)));
    }
    struct settlement settlement = settle(c, paid, &events);
    expect_money(c, "refunded", settlement.sums[SETTLEMENT_REFUND],
                 given(c, c->expected, "refunded"));
    expect_text(c, "status", refund_status_name(settlement.refund_status),
                given(c, c->expected, "status"));
}
