/* Units of an invoice: see finalize_units.h. */
#include "jobs/finalize_units.h"

#include "core/base/array.h"

bool finalize_units_load(const struct job_ctx *ctx, const struct billing_catalog *catalog,
                         const int64_t *payers, size_t count, struct arena *arena,
                         struct unit_credits *ret_units, struct error *err)
{
    struct unit_credits units = {.catalog = catalog};
    if (!credit_unit_store_load(ctx->db, catalog->tenant.tenant_id, payers, count, arena,
                                &units.grants, &units.count, err))
        return false;
    units.moves = ARENA_NEW_ARRAY(arena, size_t, units.count + 1);
    *ret_units = units;
    return true;
}

/* They are by customer_id. */
static size_t first_grant_of(const struct unit_credits *units, int64_t customer_id)
{
    return array_first_of(units->grants, units->count, sizeof *units->grants,
                          offsetof(struct stored_unit_grant, customer_id), customer_id);
}

static bool find_lines(const struct unit_credits *units, const struct draft *draft,
                       struct arena *arena, struct unit_line **ret_lines, struct error *err)
{
    const struct invoice_line_content *contents =
        draft_line_contents(draft->lines, draft->line_count, draft->currency, arena);
    const struct invoice_tax_content *taxes =
        draft_tax_contents(draft->taxes, draft->tax_count, draft->currency, arena);
    struct unit_line *lines = ARENA_NEW_ARRAY(arena, struct unit_line, draft->line_count + 1);
    for (size_t i = 0; i < draft->line_count; i++) {
        const struct stored_line *stored = &draft->lines[i];
        const struct catalog_price *price =
            stored->subscription_id == 0
                ? NULL
                : catalog_price_on(units->catalog, stored->price_id, stored->price_valid_from);
        lines[i].quantity = stored->quantity;
        if (price != NULL && price->meter_id != DB_I64_NONE)
            lines[i].meter_id = price->meter_id;
        if (!invoice_line_value(&contents[i], taxes, draft->tax_count, &lines[i].value, err))
            return false;
    }
    *ret_lines = lines;
    return true;
}

bool finalize_units_draw(const struct unit_credits *units, const struct draft *draft,
                         struct money amount_due, int64_t at_us, struct chunk *chunk,
                         struct invoice_units *ret_drawn, struct error *err)
{
    struct arena *arena = chunk_scratch(chunk);
    struct invoice_units drawn = {.first_grant = first_grant_of(units, draft->customer_id)};
    struct unit_line *lines = NULL;
    size_t count = 0;
    drawn.result.applied = money_zero(amount_due.currency);
    *ret_drawn = drawn;
    while (drawn.first_grant + count < units->count &&
           units->grants[drawn.first_grant + count].customer_id == draft->customer_id)
        count++;
    if (count == 0)
        return true;
    struct unit_grant *grants = ARENA_NEW_ARRAY(arena, struct unit_grant, count + 1);
    for (size_t i = 0; i < count; i++)
        grants[i] = credit_unit_store_grant(&units->grants[drawn.first_grant + i]);
    if (!find_lines(units, draft, arena, &lines, err) ||
        !credit_units_draw(grants, count, lines, draft->line_count, amount_due, at_us, arena,
                           &drawn.result, err))
        return false;
    *ret_drawn = drawn;
    return true;
}

static void append_draw(struct unit_credits *units, size_t at, const struct draft *draft,
                        const struct unit_draw *draw, struct date issued_on, struct chunk *chunk)
{
    struct stored_unit_grant *grant = &units->grants[at];
    if (units->moves[at] == 0) {
        struct credit_unit_used_row *row = chunk_append(chunk, &CREDIT_UNIT_USE);
        *row = (struct credit_unit_used_row){.tenant_id = grant->tenant_id,
                                             .customer_id = grant->customer_id,
                                             .source = grant->source,
                                             .expected_millionths = grant->used_millionths};
        units->moves[at] = chunk_row_count(chunk, &CREDIT_UNIT_USE);
    }
    grant->used_millionths += draw->millionths;
    struct credit_unit_used_row *move = chunk_row(chunk, &CREDIT_UNIT_USE, units->moves[at] - 1);
    move->used_millionths = grant->used_millionths;
    struct credit_unit_movement_row *movement = chunk_append(chunk, &CREDIT_UNIT_MOVEMENT_ADD);
    *movement = (struct credit_unit_movement_row){.tenant_id = grant->tenant_id,
                                                  .customer_id = grant->customer_id,
                                                  .source = grant->source,
                                                  .kind = "draw",
                                                  .invoice_id = draft->invoice_id,
                                                  .line = draft->lines[draw->line].line,
                                                  .unit_millionths = draw->millionths,
                                                  .amount_minor = money_minor(draw->amount),
                                                  .made_on = issued_on};
}

void finalize_units_append(struct unit_credits *units, const struct draft *draft,
                           struct date issued_on, const struct invoice_units *drawn,
                           struct chunk *chunk)
{
    for (size_t i = 0; i < drawn->result.draw_count; i++)
        append_draw(units, drawn->first_grant + drawn->result.draws[i].grant, draft,
                    &drawn->result.draws[i], issued_on, chunk);
}
