/* Decisions in a preview: see preview_decisions.h. */
#include "core/cli/preview_decisions.h"

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/table.h"

bool preview_decisions_find(struct db *db, const struct work_payer *payer, struct date until,
                            struct arena *arena, struct preview_decisions *ret_decisions,
                            struct error *err)
{
    struct payer_correction *all = NULL;
    size_t count = 0;
    if (!correction_store_load_of_payer(db, payer, until, arena, &all, &count, err))
        return false;
    *ret_decisions = (struct preview_decisions){
        .items = ARENA_NEW_ARRAY(arena, struct previewed_decision, count + 1)};
    for (size_t i = 0; i < count; i++)
        if (date_is_none(all[i].done_on))
            ret_decisions->items[ret_decisions->count++].is = all[i];
    return true;
}

static const struct parked_row *find_parked(const struct payer_correction *correction,
                                            const struct parked_row *parked, size_t count,
                                            struct arena *arena)
{
    const char *item = arena_printf(arena, "correction %s", correction->correction);
    for (size_t i = 0; i < count; i++)
        if (text_equal(parked[i].item, item))
            return &parked[i];
    return NULL;
}

bool preview_decisions_load(struct db *db, const struct work_payer *payer, struct date until,
                            const struct parked_row *parked, size_t parked_count,
                            struct arena *arena, struct preview_decisions *decisions,
                            struct error *err)
{
    struct payer_correction *all = NULL;
    size_t count = 0;
    if (!correction_store_load_of_payer(db, payer, until, arena, &all, &count, err))
        return false;
    for (size_t d = 0; d < decisions->count; d++) {
        struct previewed_decision *decision = &decisions->items[d];
        for (size_t i = 0; i < count; i++)
            if (text_equal(all[i].correction, decision->is.correction))
                decision->is = all[i];
        if (date_is_none(decision->is.done_on))
            decision->parked = find_parked(&decision->is, parked, parked_count, arena);
    }
    return true;
}

/* ---------------------------------------------------------------- output */

static const char *result_of(const struct previewed_decision *decision)
{
    if (!date_is_none(decision->is.done_on))
        return "done";
    return decision->parked != NULL ? "parked" : "waived";
}

json_t *preview_decisions_json(const struct preview_decisions *decisions)
{
    json_t *list = json_array();
    for (size_t i = 0; i < decisions->count; i++) {
        const struct previewed_decision *decision = &decisions->items[i];
        const struct payer_correction *is = &decision->is;
        bool is_done = !date_is_none(is->done_on);
        struct money amount = money_of_minor(is->amount_minor, is->currency);
        struct money due = money_of_minor(is->due_minor, is->currency);
        (void)json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o}", "correction",
                      json_of_text(is->correction), "invoice", json_of_text(is->invoice), "action",
                      json_of_text(is->action), "on", date_text(is->requested_on).text, "result",
                      result_of(decision), "currency", is->currency.code, "amount",
                      is_done ? json_string(money_text(amount).text) : json_null(), "to_customer",
                      is_done ? json_string(money_text(due).text) : json_null()));
    }
    return list;
}

static const char *said(struct arena *arena, int64_t minor, struct currency currency)
{
    return cell_of_money(arena, money_of_minor(minor, currency));
}

/* A rebill of what is void, or credited whole already, credits nothing. */
static const char *effect_of(const struct payer_correction *is, struct arena *arena)
{
    const char *amount = said(arena, is->amount_minor, is->currency);
    const char *due = is->due_minor <= 0
                          ? ""
                          : arena_printf(arena, ", %s of it to the customer's credit",
                                         said(arena, is->due_minor, is->currency));
    if (text_equal(is->action, "credit"))
        return arena_printf(arena, "a credit note over %s%s", amount, due);
    if (text_equal(is->action, "void"))
        return arena_printf(arena, "%s is void", amount);
    if (text_equal(is->action, "write_off"))
        return arena_printf(arena, "%s is written off", amount);
    if (is->amount_minor == 0)
        return "billed again";
    return arena_printf(arena, "a credit note over %s%s; billed again", amount, due);
}

void preview_decisions_print(const struct preview_decisions *decisions, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"decision", TABLE_LEFT},
        {"on",       TABLE_LEFT},
        {"what",     TABLE_LEFT},
        {"of",       TABLE_LEFT},
        {"result",   TABLE_LEFT},
    };
    struct table table;
    if (decisions->count == 0)
        return;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < decisions->count; i++) {
        const struct previewed_decision *decision = &decisions->items[i];
        const struct payer_correction *is = &decision->is;
        const char **cells = table_add_row(&table);
        cells[0] = is->correction;
        cells[1] = arena_copy(arena, date_text(is->requested_on).text);
        cells[2] = is->action;
        cells[3] = is->invoice;
        if (!date_is_none(is->done_on))
            cells[4] = effect_of(is, arena);
        else
            cells[4] = decision->parked != NULL
                           ? arena_printf(arena, "would be parked (%s)", decision->parked->code)
                           : "cannot be done, and was waived";
    }
    (void)printf("\n%zu decision%s wait%s to be carried out, which comes first:\n",
                 decisions->count, decisions->count == 1 ? "" : "s",
                 decisions->count == 1 ? "s" : "");
    table_print(&table, stdout);
}
