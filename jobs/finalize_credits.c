/* Credits of an invoice: see finalize_credits.h. */
#include "jobs/finalize_credits.h"

#include "core/base/text.h"
#include "jobs/environment.h"

bool finalize_credits_load(const struct job_ctx *ctx, int64_t tenant_id, const char *timezone,
                           const struct draft *drafts, size_t count, struct arena *arena,
                           struct credits *ret_credits, struct error *err)
{
    struct credits credits = {0};
    int64_t *payers = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        payers[i] = drafts[i].customer_id;
    if (!job_zone_load(ctx, timezone, &credits.zone, err) ||
        !credit_store_load(ctx->db, tenant_id, payers, count, arena, &credits.grants,
                           &credits.count, err))
        return false;
    credits.moves = ARENA_NEW_ARRAY(arena, size_t, credits.count + 1);
    *ret_credits = credits;
    return true;
}

/* Grants of another currency give nothing: they come as empty ones. */
static struct credit_grant grant_of(const struct stored_grant *stored, struct currency currency)
{
    bool fits = currency_equal(stored->currency, currency);
    return (struct credit_grant){
        .balance = fits ? money_of_minor(stored->amount_minor - stored->used_minor, currency)
                        : money_zero(currency),
        .priority = stored->priority,
        .effective_at_us = stored->effective_at_us,
        .expires_at_us =
            stored->expires_at_us == DB_I64_NONE ? CREDIT_NEVER_EXPIRES : stored->expires_at_us};
}

bool finalize_credits_draw(const struct credits *credits, const struct draft *draft,
                           struct date issued_on, struct arena *arena,
                           struct invoice_totals *totals, struct credit_result *ret_result,
                           size_t *ret_first, struct error *err)
{
    size_t first = 0, count = 0;
    struct credit_request request = {.amount_due = totals->amount_due};
    while (first < credits->count && credits->grants[first].customer_id != draft->customer_id)
        first++;
    while (first + count < credits->count &&
           credits->grants[first + count].customer_id == draft->customer_id)
        count++;
    *ret_first = first;
    *ret_result = (struct credit_result){0};
    if (count == 0 || money_sign(totals->amount_due) <= 0)
        return true;
    struct credit_grant *grants = ARENA_NEW_ARRAY(arena, struct credit_grant, count);
    for (size_t i = 0; i < count; i++)
        grants[i] = grant_of(&credits->grants[first + i], draft->currency);
    if (!credit_instant(credits->zone, issued_on, &request.at_us, err) ||
        !credit_draw(grants, count, &request, arena, ret_result, err))
        return false;
    totals->credit_applied = ret_result->credit_applied;
    totals->amount_due = ret_result->amount_due;
    return true;
}

static void append_draw(struct credits *credits, size_t at, const struct draft *draft,
                        struct date issued_on, int64_t amount_minor, struct chunk *chunk)
{
    struct stored_grant *grant = &credits->grants[at];
    if (credits->moves[at] == 0) {
        struct credit_used_row *row = chunk_append(chunk, &CREDIT_USE);
        *row = (struct credit_used_row){.tenant_id = grant->tenant_id,
                                        .customer_id = grant->customer_id,
                                        .source = grant->source,
                                        .expected_minor = grant->used_minor};
        credits->moves[at] = chunk_row_count(chunk, &CREDIT_USE);
    }
    grant->used_minor += amount_minor;
    struct credit_used_row *move = chunk_row(chunk, &CREDIT_USE, credits->moves[at] - 1);
    move->used_minor = grant->used_minor;
    struct credit_movement_row *movement = chunk_append(chunk, &CREDIT_MOVEMENT_ADD);
    *movement = (struct credit_movement_row){.tenant_id = grant->tenant_id,
                                             .customer_id = grant->customer_id,
                                             .source = grant->source,
                                             .kind = "draw",
                                             .invoice_id = draft->invoice_id,
                                             .currency = draft->currency,
                                             .amount_minor = amount_minor,
                                             .made_on = issued_on};
}

void finalize_credits_append(struct credits *credits, const struct draft *draft,
                             struct date issued_on, const struct invoice_totals *totals,
                             const struct credit_result *result, size_t first, struct chunk *chunk)
{
    if (result->draw_count == 0)
        return;
    for (size_t i = 0; i < result->draw_count; i++)
        append_draw(credits, first + result->draws[i].grant, draft, issued_on,
                    money_minor(result->draws[i].amount), chunk);
    struct invoice_credited_row *row = chunk_append(chunk, &INVOICE_CREDITED);
    *row =
        (struct invoice_credited_row){.tenant_id = credits->grants[first].tenant_id,
                                      .invoice_id = draft->invoice_id,
                                      .credit_applied_minor = money_minor(totals->credit_applied),
                                      .amount_due_minor = money_minor(totals->amount_due)};
}

bool finalize_credits_refund(const struct credits *credits, const struct draft *draft,
                             const struct invoice_content *content, int64_t tenant_id,
                             struct chunk *chunk, struct error *err)
{
    struct date effective_on;
    if (money_sign(content->totals.amount_due) <= 0)
        return true;
    if (!date_add_days(content->issued_on, 1, &effective_on, err))
        return false;
    struct credit_granted_row *grant = chunk_append(chunk, &CREDIT_GRANT_ADD);
    *grant =
        (struct credit_granted_row){.tenant_id = tenant_id,
                                    .customer_id = draft->customer_id,
                                    .source = content->number,
                                    .kind = "refund",
                                    .currency = draft->currency,
                                    .amount_minor = money_minor(content->totals.amount_due),
                                    .priority = CREDIT_PRIORITY_DEFAULT,
                                    .effective_at_us = zone_midnight(credits->zone, effective_on)};
    struct credit_movement_row *movement = chunk_append(chunk, &CREDIT_MOVEMENT_ADD);
    *movement = (struct credit_movement_row){.tenant_id = tenant_id,
                                             .customer_id = draft->customer_id,
                                             .source = content->number,
                                             .kind = "grant",
                                             .currency = draft->currency,
                                             .amount_minor = grant->amount_minor,
                                             .made_on = effective_on};
    return true;
}
