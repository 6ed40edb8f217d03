/* Taxes as they were billed: see line_taxes.h. */
#include "core/stores/line_taxes.h"

/* They are by invoice. */
static size_t first_of_invoice(const struct stored_tax *taxes, size_t count, int64_t invoice_id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (taxes[middle].invoice_id < invoice_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The one that the line names comes first, then those beside it, by their numbers. */
bool line_taxes_as_billed(const struct stored_tax *taxes, size_t count,
                          const struct stored_billed_line *of, struct tax_choices *ret_choices,
                          struct error *err)
{
    int64_t numbers[TAX_PER_LINE_MAX];
    struct tax_choices choices = {.count = 0};
    size_t i = first_of_invoice(taxes, count, of->invoice_id);
    for (; i < count && taxes[i].invoice_id == of->invoice_id; i++) {
        const struct stored_tax *stored = &taxes[i];
        if (of->tax == DB_I64_NONE || (stored->tax != of->tax && stored->beside_tax != of->tax))
            continue;
        if (choices.count == TAX_PER_LINE_MAX)
            return error_run(err, EXIT_DATA, "more than %d taxes of a line of %s", TAX_PER_LINE_MAX,
                             of->document);
        size_t place = choices.count++;
        for (; place > 0 && numbers[place - 1] > stored->tax; place--) {
            numbers[place] = numbers[place - 1];
            choices.items[place] = choices.items[place - 1];
        }
        numbers[place] = stored->tax;
        choices.items[place] = (struct tax_choice){.name = stored->name,
                                                   .category = stored->category,
                                                   .rate_percent = stored->rate_percent,
                                                   .inclusive = stored->inclusive,
                                                   .note = stored->note};
    }
    if (of->tax != DB_I64_NONE && choices.count == 0)
        return error_run(err, EXIT_DATA, "the taxes of %s are not in the database", of->document);
    *ret_choices = choices;
    return true;
}

static bool rate_of(const struct tax_choices *choices, struct decimal *ret_percent,
                    struct error *err)
{
    struct decimal percent = decimal_from_i64(0);
    for (size_t i = 0; i < choices->count; i++)
        if (!decimal_add(percent, choices->items[i].rate_percent, &percent, err))
            return false;
    *ret_percent = percent;
    return true;
}

bool line_taxes_choose(const struct billed_line *billed, const bool *takes,
                       const struct tax_choices *choices, size_t count, struct arena *arena,
                       size_t *ret_index, struct error *err)
{
    struct decimal *rates = ARENA_NEW_ARRAY(arena, struct decimal, count + 1);
    for (size_t i = 0; i < count; i++)
        if (takes[i] && !rate_of(&choices[i], &rates[i], err))
            return false;
    *ret_index = give_back_taxed_like(billed, takes, rates, count);
    return true;
}
