/* Drawing a commitment again: see explanation_contract.h. */
#include "core/stores/explanation_contract.h"

#include <inttypes.h>

#include "core/base/array.h"

/* The ledger as it was at a place, and of each line its charge. */
struct ledger_then {
    struct contract_ledger ledger;
    const struct contract_line *lines;
    const struct commitment_charge **charges; /* NULL: it drew nothing */
    size_t count;
};

static bool draw_then(struct db *db, const struct billing_catalog *catalog,
                      const struct contract_phases *own, const struct contract_place *place,
                      struct arena *arena, struct ledger_then *then, struct error *err)
{
    struct contract_lines *lines = NULL;
    if (!contract_ledger_load(db, catalog->tenant.tenant_id, own, 1, arena, &lines, err) ||
        !contract_ledger_open(own, catalog->tenant.rounding, arena, &then->ledger, err))
        return false;
    then->lines = lines->items;
    then->count = lines->count;
    then->charges = (const struct commitment_charge **)arena_alloc_array(
        arena, then->count + 1, sizeof(const struct commitment_charge *));
    for (size_t i = 0; i < then->count; i++)
        if (!contract_ledger_add_line(&then->ledger, catalog, &then->lines[i], place, arena,
                                      &then->charges[i], err))
            return error_context(err, "%s, line %" PRId64, then->lines[i].document,
                                 then->lines[i].line);
    return contract_ledger_draw(&then->ledger, arena, err);
}

static struct contract_place place_of(const struct stored_invoice *invoice, int64_t line)
{
    return (struct contract_place){.invoice_id = invoice->invoice_id,
                                   .line = line,
                                   .cutoff_on = invoice->cutoff_on,
                                   .draft_key = invoice->draft_key,
                                   .is_turned =
                                       document_kind_of(invoice->kind) == DOCUMENT_CREDIT_NOTE &&
                                       invoice->number != NULL};
}

/* An amendment that cuts the phase shorter may have become known since. */
static struct contract_phases as_it_held(const struct contract_phases *now, size_t index,
                                         struct date end_on, struct arena *arena)
{
    struct contract_phase *phases = ARENA_NEW_ARRAY(arena, struct contract_phase, now->count);
    for (size_t i = 0; i < now->count; i++)
        phases[i] = now->items[i];
    phases[index].held.end = end_on;
    return (struct contract_phases){.items = phases, .count = now->count};
}

bool explained_commitment_load(struct db *db, const struct billing_catalog *catalog,
                               const struct stored_invoice *invoice, const struct stored_line *line,
                               const struct contract_phase *phase, struct arena *arena,
                               struct explained_commitment *ret_commitment, struct error *err)
{
    struct contract_phases now = contract_phases_of(&catalog->contracts, phase->customer_id);
    struct contract_place before = place_of(invoice, line->line);
    size_t index = (size_t)(phase - now.items);
    struct contract_phases own = as_it_held(&now, index, line->period_end_on, arena);
    struct ledger_then then = {0};
    struct draws ARRAY_OF(struct explained_draw) draws = {0};
    if (!draw_then(db, catalog, &own, &before, arena, &then, err))
        return false;
    for (size_t i = 0; i < then.count; i++) {
        struct money part = contract_ledger_part(&then.ledger, then.charges[i], index).part;
        if (money_sign(part) != 0)
            ARRAY_ADD(arena, &draws) =
                (struct explained_draw){then.lines[i].document, then.lines[i].line, part};
    }
    *ret_commitment = (struct explained_commitment){.account = then.ledger.accounts[index],
                                                    .billed = then.ledger.billed[index],
                                                    .draws = draws.items,
                                                    .draw_count = draws.count};
    return true;
}

static void add_drawn(const struct contract_ledger *ledger, const struct commitment_charge *charge,
                      int64_t line, struct arena *arena, struct explained_drawns *drawns)
{
    for (size_t i = 0; i < ledger->phases.count; i++) {
        struct commitment_part part = contract_ledger_part(ledger, charge, i);
        struct commitment_account account = {ledger->accounts[i].commitment, part.drawn};
        if (money_sign(part.part) != 0)
            ARRAY_ADD(arena, drawns) =
                (struct explained_drawn){line, &ledger->phases.items[i], account, part.part};
    }
}

bool explained_drawn_load(struct db *db, const struct billing_catalog *catalog,
                          const struct stored_invoice *invoice, int64_t customer_id,
                          struct arena *arena, struct explained_drawns *ret_drawns,
                          struct error *err)
{
    struct contract_phases own = contract_phases_of(&catalog->contracts, customer_id);
    struct contract_place after = place_of(invoice, INT64_MAX);
    struct ledger_then then = {0};
    *ret_drawns = (struct explained_drawns){0};
    if (!draw_then(db, catalog, &own, &after, arena, &then, err))
        return false;
    for (size_t i = 0; i < then.count; i++)
        if (then.lines[i].invoice_id == invoice->invoice_id)
            add_drawn(&then.ledger, then.charges[i], then.lines[i].line, arena, ret_drawns);
    return true;
}
