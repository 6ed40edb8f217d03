/* References of lines: see line_reference.h. Few lines give back: each asks for its own. */
#include "core/stores/line_reference.h"

#include "core/base/text.h"
#include "core/stores/give_back_store.h"

static bool is_named(const struct line_references *references, const char *number)
{
    for (size_t i = 0; i < references->count; i++)
        if (text_equal(references->items[i].number, number))
            return true;
    return false;
}

static bool came_before(const struct stored_billed_line *of, const struct stored_invoice *invoice)
{
    if (of->invoice_id == invoice->invoice_id || date_is_none(of->issued_on) ||
        date_compare(of->issued_on, invoice->issued_on) > 0)
        return false;
    bool is_before = of->fiscal_year != invoice->fiscal_year
                         ? of->fiscal_year < invoice->fiscal_year
                         : of->number_in_series < invoice->number_in_series;
    return is_before || !text_equal(of->series, invoice->series);
}

static bool load_of_line(struct db *db, int64_t tenant_id, const struct stored_invoice *invoice,
                         const struct stored_line *line, bool is_turned, enum rounding rounding,
                         struct arena *arena, struct line_references *references, struct error *err)
{
    int64_t amount_minor = is_turned ? -line->amount_minor : line->amount_minor;
    struct giving_line giving = {line->kind, line->period_start_on, line->period_end_on,
                                 money_of_minor(amount_minor, invoice->currency)};
    struct given_back given = {0};
    if (!give_back_does(line->kind, amount_minor < 0))
        return true;
    if (!give_back_store_find(db, tenant_id, invoice->invoice_id, line->line, invoice->draft_key,
                              &giving, rounding, arena, &given, err))
        return false;
    references->items = ARENA_NEW_ARRAY(arena, struct line_reference, given.count + 1);
    for (size_t i = 0; i < given.count; i++)
        if (came_before(&given.of[i], invoice) && !is_named(references, given.of[i].document))
            references->items[references->count++] =
                (struct line_reference){given.of[i].document, given.of[i].issued_on};
    return true;
}

bool line_references_load(struct db *db, int64_t tenant_id, const struct stored_invoice *invoice,
                          enum rounding rounding, struct arena *arena,
                          struct line_references **ret_references, struct error *err)
{
    struct line_references *references =
        ARENA_NEW_ARRAY(arena, struct line_references, invoice->line_count + 1);
    bool is_note = document_kind_of(invoice->kind) == DOCUMENT_CREDIT_NOTE;
    bool is_turned = is_note && invoice->corrects == NULL; /* amounts as the customer reads them */
    for (size_t i = 0; i < invoice->line_count && (!is_note || is_turned); i++)
        if (!load_of_line(db, tenant_id, invoice, &invoice->lines[i], is_turned, rounding, arena,
                          &references[i], err))
            return false;
    *ret_references = references;
    return true;
}
