/* explain, of what a document is in the currency of the books: see explain_conversion.h. */
#include "core/cli/explain_conversion.h"

#include "core/base/text.h"
#include "core/cli/output.h"

static void differ(struct conversion_explanation *explanation, const char *problem)
{
    explanation->problems[explanation->problem_count++] = problem;
}

/* The rates are those of the versions that it names, which never change. */
static bool check_legs(struct db *db, struct conversion_explanation *explanation,
                       struct arena *arena, struct error *err)
{
    const struct invoice_conversion_add_row *row = &explanation->row;
    struct decimal from = {0}, to = {0};
    bool has_from = false, has_to = false;
    if (!conversion_store_load_leg(db, row, explanation->currency.code, row->from_version, arena,
                                   &from, &has_from, err) ||
        !conversion_store_load_leg(db, row, row->currency.code, row->to_version, arena, &to,
                                   &has_to, err))
        return false;
    if (!has_from || !has_to || decimal_compare(from, row->from_rate) != 0 ||
        decimal_compare(to, row->to_rate) != 0)
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

bool conversion_explanation_load(struct db *db, const struct tenant_facts *tenant,
                                 const struct stored_invoice *stored, struct arena *arena,
                                 struct conversion_explanation *ret_explanation, struct error *err)
{
    struct conversion_explanation explanation = {.currency = stored->currency};
    if (!conversion_store_load(db, tenant->tenant_id, stored->invoice_id, arena, &explanation.row,
                               &explanation.found, err))
        return false;
    if (explanation.found && (!check_legs(db, &explanation, arena, err) ||
                              !check_amounts(tenant, stored, &explanation, err)))
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

void conversion_explanation_print(const struct conversion_explanation *explanation)
{
    const struct invoice_conversion_add_row *row = &explanation->row;
    if (!explanation->found)
        return;
    (void)printf("in the books: net %s, tax %s, total %s %s\n",
                 money_text(in_books(explanation, row->net_minor)).text,
                 money_text(in_books(explanation, row->tax_minor)).text,
                 money_text(in_books(explanation, row->total_minor)).text, row->currency.code);
    (void)printf("  for %s, rule %s: %s of %s", date_text(row->for_on).text, row->rule, row->source,
                 date_text(row->published_on).text);
    print_leg(row, explanation->currency.code, row->from_rate, row->from_version);
    print_leg(row, row->currency.code, row->to_rate, row->to_version);
    (void)printf("\n");
    for (size_t i = 0; i < explanation->problem_count; i++)
        (void)printf("differs: %s\n", explanation->problems[i]);
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
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:o}", "currency",
        row->currency.code, "net", money_text(in_books(explanation, row->net_minor)).text, "tax",
        money_text(in_books(explanation, row->tax_minor)).text, "total",
        money_text(in_books(explanation, row->total_minor)).text, "date",
        date_text(row->for_on).text, "publication_date", date_text(row->published_on).text,
        "source", row->source, "base", row->base, "rule", row->rule, "from_rate",
        decimal_text(row->from_rate).text, "from_version", (json_int_t)row->from_version, "to_rate",
        decimal_text(row->to_rate).text, "to_version", (json_int_t)row->to_version, "differences",
        differences);
}
