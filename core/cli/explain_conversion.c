/* explain, of what a document is in the currency of the books: see explain_conversion.h. */
#include "core/cli/explain_conversion.h"

#include "core/base/text.h"
#include "core/cli/output.h"

static void differ(struct conversion_explanation *explanation, const char *problem)
{
    explanation->problems[explanation->problem_count++] = problem;
}

/* The rates are those of the versions that it names, which never change. */
static bool legs_agree(struct db *db, const struct invoice_conversion_add_row *row,
                       struct currency from_currency, struct arena *arena, bool *ret_agree,
                       struct error *err)
{
    struct decimal from = {0}, to = {0};
    bool has_from = false, has_to = false;
    if (!conversion_store_load_leg(db, row, from_currency.code, row->from_version, arena, &from,
                                   &has_from, err) ||
        !conversion_store_load_leg(db, row, row->currency.code, row->to_version, arena, &to,
                                   &has_to, err))
        return false;
    *ret_agree = has_from && has_to && decimal_compare(from, row->from_rate) == 0 &&
                 decimal_compare(to, row->to_rate) == 0;
    return true;
}

static bool check_legs(struct db *db, struct conversion_explanation *explanation,
                       struct arena *arena, struct error *err)
{
    bool agree = false;
    if (!legs_agree(db, &explanation->row, explanation->currency, arena, &agree, err))
        return false;
    if (!agree)
        differ(explanation, "its rates are not those that were published");
    return true;
}

static bool check_amounts(const struct tenant_facts *tenant, const struct stored_invoice *stored,
                          struct conversion_explanation *explanation, struct error *err)
{
    const struct invoice_conversion_add_row *row = &explanation->row;
    const struct conversion_legs legs = {row->published_on, row->from_rate, row->to_rate};
    const struct document_amounts document = {
        .tax = money_of_minor(stored->tax_minor, stored->currency),
        .total = money_of_minor(stored->total_minor, stored->currency)};
    struct document_amounts books;
    struct ratio rate;
    if (!conversion_rate(&legs, &rate, err) ||
        !document_convert(&document, rate, row->currency, tenant->rounding, &books, err))
        return false;
    if (money_minor(books.net) != row->net_minor || money_minor(books.tax) != row->tax_minor ||
        money_minor(books.total) != row->total_minor)
        differ(explanation, "its amounts in the books' currency are not what its rates give");
    return true;
}

/* By which rates, as a document says it. */
static struct invoice_conversion_add_row rates_of(const struct payment_conversion_add_row *row)
{
    return (struct invoice_conversion_add_row){
        .currency = row->currency,
        .for_on = row->for_on,
        .published_on = row->published_on,
        .source = row->source,
        .base = row->base,
        .rule = row->rule,
        .from_rate = row->from_rate,
        .from_version = row->from_version,
        .to_rate = row->to_rate,
        .to_version = row->to_version,
    };
}

/* What it settles is what was given back, or no more than what was paid; its figures follow. */
static bool payment_agrees(const struct tenant_facts *tenant,
                           const struct converted_payment *payment,
                           struct exchange_account *account, bool *ret_agrees, struct error *err)
{
    const struct payment_conversion_add_row *row = &payment->row;
    const struct conversion_legs legs = {row->published_on, row->from_rate, row->to_rate};
    struct money paid = money_of_minor(payment->paid_minor, account->total.currency);
    struct money settled, most;
    struct exchange_part part;
    struct ratio rate;
    int32_t order = 0;
    if (!money_from_decimal(row->settled, paid.currency, ROUND_DOWN, &settled, err) ||
        !exchange_settles(account, paid, &most, err) ||
        !money_compare(settled, most, &order, err) || !conversion_rate(&legs, &rate, err) ||
        !exchange_part_of(account, settled, rate, tenant->rounding, &part, err) ||
        !exchange_account_take(account, paid, settled, err))
        return false;
    *ret_agrees = (money_sign(paid) < 0 ? order == 0 : order <= 0 && money_sign(settled) >= 0) &&
                  money_minor(part.worth) == row->worth_minor &&
                  money_minor(part.relieved) == row->relieved_minor &&
                  money_minor(part.difference) == row->difference_minor;
    return true;
}

static bool check_payments(struct db *db, const struct tenant_facts *tenant,
                           const struct stored_invoice *stored,
                           struct conversion_explanation *explanation, struct arena *arena,
                           struct error *err)
{
    struct money none = money_zero(stored->currency);
    struct exchange_account account = {
        .total = money_of_minor(stored->total_minor, stored->currency),
        .books = money_of_minor(explanation->row.total_minor, explanation->row.currency),
        .payable = money_of_minor(stored->total_minor, stored->currency),
        .kept = none,
        .settled = none};
    bool all_published = true, all_agree = true;
    explanation->difference = money_zero(explanation->row.currency);
    if (!payment_conversion_store_load(db, tenant->tenant_id, stored->invoice_id, arena,
                                       &explanation->payments, &explanation->payment_count, err))
        return false;
    for (size_t i = 0; i < explanation->payment_count; i++) {
        const struct converted_payment *payment = &explanation->payments[i];
        const struct invoice_conversion_add_row rates = rates_of(&payment->row);
        bool published = false, agrees = false;
        if (!legs_agree(db, &rates, stored->currency, arena, &published, err) ||
            !payment_agrees(tenant, payment, &account, &agrees, err) ||
            !money_add(explanation->difference,
                       money_of_minor(payment->row.difference_minor, rates.currency),
                       &explanation->difference, err))
            return false;
        all_published = all_published && published;
        all_agree = all_agree && agrees;
    }
    if (!all_published)
        differ(explanation, "the rates of a payment are not those that were published");
    if (!all_agree)
        differ(explanation, "the exchange difference of a payment is not what its rate gives");
    return true;
}

bool conversion_explanation_load(struct db *db, const struct tenant_facts *tenant,
                                 const struct stored_invoice *stored, struct arena *arena,
                                 struct conversion_explanation *ret_explanation, struct error *err)
{
    struct conversion_explanation explanation = {.currency = stored->currency};
    if (!conversion_store_load(db, tenant->tenant_id, stored->invoice_id, arena, &explanation.row,
                               &explanation.found, err))
        return false;
    if (explanation.found && (!check_legs(db, &explanation, arena, err) ||
                              !check_amounts(tenant, stored, &explanation, err) ||
                              !check_payments(db, tenant, stored, &explanation, arena, err)))
        return false;
    *ret_explanation = explanation;
    return true;
}

static struct money in_books(const struct conversion_explanation *explanation, int64_t minor)
{
    return money_of_minor(minor, explanation->row.currency);
}

static void print_leg(const struct invoice_conversion_add_row *row, const char *code,
                      struct decimal rate, int64_t version)
{
    if (version > 0)
        (void)printf(", 1 %s = %s %s%s", row->base, decimal_text(rate).text, code,
                     version > 1 ? " (corrected)" : "");
}

static void print_rates(const struct invoice_conversion_add_row *row, struct currency from)
{
    (void)printf("for %s, rule %s: %s of %s", date_text(row->for_on).text, row->rule, row->source,
                 date_text(row->published_on).text);
    print_leg(row, from.code, row->from_rate, row->from_version);
    print_leg(row, row->currency.code, row->to_rate, row->to_version);
    (void)printf("\n");
}

/* In the digits of the invoice's currency, as all its amounts are said. */
static const char *settled_text(const struct conversion_explanation *explanation,
                                struct decimal settled, struct money_text *text)
{
    struct money amount;
    struct error ignored;
    if (!money_from_decimal(settled, explanation->currency, ROUND_DOWN, &amount, &ignored))
        return "";
    *text = money_text(amount);
    return text->text;
}

static void print_payments(const struct conversion_explanation *explanation)
{
    const char *books = explanation->row.currency.code;
    for (size_t i = 0; i < explanation->payment_count; i++) {
        const struct payment_conversion_add_row *row = &explanation->payments[i].row;
        const struct invoice_conversion_add_row rates = rates_of(row);
        struct money_text settled;
        (void)printf("  %s %s settles %s %s: worth %s, for %s of the total, difference %s %s\n    ",
                     row->kind, row->reference, settled_text(explanation, row->settled, &settled),
                     explanation->currency.code,
                     money_text(in_books(explanation, row->worth_minor)).text,
                     money_text(in_books(explanation, row->relieved_minor)).text,
                     money_text(in_books(explanation, row->difference_minor)).text, books);
        print_rates(&rates, explanation->currency);
    }
    if (explanation->payment_count > 0)
        (void)printf("exchange difference: %s %s\n", money_text(explanation->difference).text,
                     books);
}

void conversion_explanation_print(const struct conversion_explanation *explanation)
{
    const struct invoice_conversion_add_row *row = &explanation->row;
    if (!explanation->found)
        return;
    (void)printf("in the books: net %s, tax %s, total %s %s\n",
                 money_text(in_books(explanation, row->net_minor)).text,
                 money_text(in_books(explanation, row->tax_minor)).text,
                 money_text(in_books(explanation, row->total_minor)).text, row->currency.code);
    (void)printf("  ");
    print_rates(row, explanation->currency);
    print_payments(explanation);
    for (size_t i = 0; i < explanation->problem_count; i++)
        (void)printf("differs: %s\n", explanation->problems[i]);
}

static json_t *json_of_payments(const struct conversion_explanation *explanation)
{
    json_t *payments = json_array();
    for (size_t i = 0; i < explanation->payment_count; i++) {
        const struct payment_conversion_add_row *row = &explanation->payments[i].row;
        struct money_text settled;
        (void)json_array_append_new(
            payments,
            json_pack(
                "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I}",
                "entry", (json_int_t)row->entry, "kind", row->kind, "reference", row->reference,
                "settled", settled_text(explanation, row->settled, &settled), "worth",
                money_text(in_books(explanation, row->worth_minor)).text, "relieved",
                money_text(in_books(explanation, row->relieved_minor)).text, "difference",
                money_text(in_books(explanation, row->difference_minor)).text, "date",
                date_text(row->for_on).text, "publication_date", date_text(row->published_on).text,
                "source", row->source, "base", row->base, "rule", row->rule, "from_rate",
                decimal_text(row->from_rate).text, "from_version", (json_int_t)row->from_version,
                "to_rate", decimal_text(row->to_rate).text, "to_version",
                (json_int_t)row->to_version));
    }
    return payments;
}

json_t *conversion_explanation_json(const struct conversion_explanation *explanation)
{
    const struct invoice_conversion_add_row *row = &explanation->row;
    json_t *differences = json_array();
    if (!explanation->found) {
        json_decref(differences);
        return json_null();
    }
    for (size_t i = 0; i < explanation->problem_count; i++)
        (void)json_array_append_new(differences, json_of_text(explanation->problems[i]));
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:o, s:o, s:s}",
        "currency", row->currency.code, "net",
        money_text(in_books(explanation, row->net_minor)).text, "tax",
        money_text(in_books(explanation, row->tax_minor)).text, "total",
        money_text(in_books(explanation, row->total_minor)).text, "date",
        date_text(row->for_on).text, "publication_date", date_text(row->published_on).text,
        "source", row->source, "base", row->base, "rule", row->rule, "from_rate",
        decimal_text(row->from_rate).text, "from_version", (json_int_t)row->from_version, "to_rate",
        decimal_text(row->to_rate).text, "to_version", (json_int_t)row->to_version, "differences",
        differences, "payments", json_of_payments(explanation), "exchange_difference",
        money_text(explanation->difference).text);
}
