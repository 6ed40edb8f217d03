/* Drawing a commitment again: see explanation_contract.h. */
#include "core/stores/explanation_contract.h"

#include <inttypes.h>

#include "core/base/array.h"

bool explained_commitment_load(struct db *db, const struct billing_catalog *catalog,
                               const struct stored_invoice *invoice, const struct stored_line *line,
                               const struct contract_phase *phase, struct arena *arena,
                               struct explained_commitment *ret_commitment, struct error *err)
{
    struct contract_phases own = contract_phases_of(&catalog->contracts, phase->customer_id);
    struct contract_place before = {invoice->invoice_id, line->line, invoice->cutoff_on};
    size_t index = (size_t)(phase - own.items);
    struct contract_line *lines = NULL;
    struct contract_ledger ledger;
    struct draws ARRAY_OF(struct explained_draw) draws = {0};
    size_t count = 0;
    if (!contract_ledger_load(db, catalog->tenant.tenant_id, &own, arena, &lines, &count, err) ||
        !contract_ledger_open(&own, catalog->tenant.rounding, arena, &ledger, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!contract_ledger_add_line(&ledger, catalog, &lines[i], &before, arena, err))
            return error_context(err, "%s, line %" PRId64, lines[i].document, lines[i].line);
        if (money_sign(ledger.last_parts[index]) != 0)
            ARRAY_ADD(arena, &draws) =
                (struct explained_draw){lines[i].document, lines[i].line, ledger.last_parts[index]};
    }
    *ret_commitment = (struct explained_commitment){.account = ledger.accounts[index],
                                                    .billed = ledger.billed[index],
                                                    .draws = draws.items,
                                                    .draw_count = draws.count};
    return true;
}

static void add_drawn(const struct contract_ledger *ledger, int64_t line, struct arena *arena,
                      struct explained_drawns *drawns)
{
    for (size_t i = 0; i < ledger->phases.count; i++)
        if (money_sign(ledger->last_parts[i]) != 0)
            ARRAY_ADD(arena, drawns) = (struct explained_drawn){
                line, &ledger->phases.items[i], ledger->accounts[i], ledger->last_parts[i]};
}

bool explained_drawn_load(struct db *db, const struct billing_catalog *catalog,
                          const struct stored_invoice *invoice, int64_t customer_id,
                          struct arena *arena, struct explained_drawns *ret_drawns,
                          struct error *err)
{
    struct contract_phases own = contract_phases_of(&catalog->contracts, customer_id);
    struct contract_place after = {invoice->invoice_id, INT64_MAX, invoice->cutoff_on};
    struct contract_line *lines = NULL;
    struct contract_ledger ledger;
    size_t count = 0;
    *ret_drawns = (struct explained_drawns){0};
    if (!contract_ledger_load(db, catalog->tenant.tenant_id, &own, arena, &lines, &count, err) ||
        !contract_ledger_open(&own, catalog->tenant.rounding, arena, &ledger, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!contract_ledger_add_line(&ledger, catalog, &lines[i], &after, arena, err))
            return error_context(err, "%s, line %" PRId64, lines[i].document, lines[i].line);
        if (lines[i].invoice_id == invoice->invoice_id)
            add_drawn(&ledger, lines[i].line, arena, ret_drawns);
    }
    return true;
}
