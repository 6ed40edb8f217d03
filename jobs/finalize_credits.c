/* Credits of an invoice: see finalize_credits.h. */
#include "jobs/finalize_credits.h"

#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "jobs/environment.h"

static int compare_payers(const void *a, const void *b)
{
    int64_t left = ((const struct payer_overdraft *)a)->customer_id;
    int64_t right = ((const struct payer_overdraft *)b)->customer_id;
    return left < right ? -1 : left > right;
}

/* NULL: the tenant lets nobody overdraw. */
static struct payer_overdraft *find_overdraft(const struct credits *credits, int64_t customer_id)
{
    struct payer_overdraft key = {.customer_id = customer_id};
    if (credits->overdraft_count == 0)
        return NULL;
    return bsearch(&key, credits->overdrafts, credits->overdraft_count, sizeof key, compare_payers);
}

/* Each payer once, in order. */
static void add_payers(struct credits *credits, const int64_t *payers, size_t count,
                       struct arena *arena)
{
    struct payer_overdraft *items = ARENA_NEW_ARRAY(arena, struct payer_overdraft, count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        items[i].customer_id = payers[i];
    if (count > 1)
        qsort(items, count, sizeof *items, compare_payers);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || items[kept - 1].customer_id != items[i].customer_id)
            items[kept++] = items[i];
    credits->overdrafts = items;
    credits->overdraft_count = kept;
}

static bool load_overdrafts(const struct job_ctx *ctx, struct credits *credits,
                            const int64_t *payers, size_t count, struct arena *arena,
                            struct error *err)
{
    struct stored_overdraft *stored = NULL;
    size_t stored_count = 0;
    if (credits->tenant->overdraft_limit_minor == DB_I64_NONE)
        return true;
    if (!credit_store_load_overdrafts(ctx->db, credits->tenant->tenant_id, payers, count, arena,
                                      &stored, &stored_count, err))
        return false;
    add_payers(credits, payers, count, arena);
    for (size_t i = 0; i < stored_count; i++) {
        struct payer_overdraft *overdraft = find_overdraft(credits, stored[i].customer_id);
        overdraft->owed_minor = stored[i].owed_minor;
        overdraft->is_stored = true;
    }
    return true;
}

bool finalize_credits_load(const struct job_ctx *ctx, const struct billing_catalog *catalog,
                           const struct draft *drafts, size_t count, struct arena *arena,
                           struct credits *ret_credits, struct error *err)
{
    const struct tenant_facts *tenant = &catalog->tenant;
    struct credits credits = {.tenant = tenant};
    int64_t *payers = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        payers[i] = drafts[i].customer_id;
    if (!job_zone_load(ctx, tenant->timezone, &credits.zone, err) ||
        !credit_store_load(ctx->db, tenant->tenant_id, payers, count, arena, &credits.grants,
                           &credits.count, err) ||
        !load_overdrafts(ctx, &credits, payers, count, arena, err) ||
        !finalize_units_load(ctx, catalog, payers, count, arena, &credits.units, err))
        return false;
    bool draws = credits.count > 0 || credits.overdraft_count > 0;
    if (!finalize_limits_load(ctx->db, tenant->tenant_id, drafts, draws ? count : 0, arena,
                              &credits.limits, err))
        return false;
    credits.moves = ARENA_NEW_ARRAY(arena, size_t, credits.count + 1);
    *ret_credits = credits;
    return true;
}

/* Grants of another currency give nothing: they come as empty ones. */
static struct credit_grant grant_of(const struct stored_grant *stored, struct currency currency)
{
    struct credit_grant grant = credit_store_grant(stored);
    if (!currency_equal(stored->currency, currency))
        grant.balance = money_zero(currency);
    return grant;
}

/* They are by customer_id. */
static size_t first_grant_of(const struct credits *credits, int64_t customer_id)
{
    return array_first_of(credits->grants, credits->count, sizeof *credits->grants,
                          offsetof(struct stored_grant, customer_id), customer_id);
}

/* What the payer may still be overdrawn by. */
static void allow_overdraft(const struct credits *credits, const struct draft *draft,
                            struct credit_draw_request *request)
{
    const struct payer_overdraft *overdraft = find_overdraft(credits, draft->customer_id);
    if (overdraft == NULL || !currency_equal(credits->tenant->currency, draft->currency) ||
        overdraft->owed_minor >= credits->tenant->overdraft_limit_minor)
        return;
    request->may_overdraw = true;
    request->overdraft_limit = money_of_minor(
        credits->tenant->overdraft_limit_minor - overdraft->owed_minor, draft->currency);
}

/* The limits move only when nothing can fail any more. */
static struct credit_limit *copy_limits(const struct limits *limits, struct arena *arena)
{
    struct credit_limit *copy =
        ARENA_NEW_ARRAY(arena, struct credit_limit, limits->months.count + 1);
    for (size_t i = 0; i < limits->months.count; i++)
        copy[i] = limits->months.items[i].limit;
    return copy;
}

static bool draw(struct credits *credits, const struct draft *draft,
                 const struct credit_draw_request *request, size_t count, struct chunk *chunk,
                 struct invoice_credits *drawn, struct error *err)
{
    struct arena *arena = chunk_scratch(chunk);
    struct credit_grant *grants = ARENA_NEW_ARRAY(arena, struct credit_grant, count + 1);
    for (size_t i = 0; i < count; i++)
        grants[i] = grant_of(&credits->grants[drawn->first_grant + i], draft->currency);
    if (!finalize_limits_find(&credits->limits, draft, drawn->units.result.paid, chunk,
                              &drawn->parts, err))
        return false;
    struct credit_limit_part *parts =
        ARENA_NEW_ARRAY(arena, struct credit_limit_part, drawn->parts.count + 1);
    for (size_t i = 0; i < drawn->parts.count; i++)
        parts[i] = drawn->parts.items[i].part;
    return credit_limit_draw(grants, count, request, copy_limits(&credits->limits, arena), parts,
                             drawn->parts.count, arena, &drawn->result, err);
}

bool finalize_credits_draw(struct credits *credits, const struct draft *draft,
                           struct date issued_on, struct chunk *chunk,
                           struct invoice_totals *totals, struct invoice_credits *ret_drawn,
                           struct error *err)
{
    struct invoice_credits drawn = {.first_grant = first_grant_of(credits, draft->customer_id)};
    size_t count = 0;
    struct credit_draw_request request = {.amount_due = totals->amount_due};
    struct money applied;
    while (drawn.first_grant + count < credits->count &&
           credits->grants[drawn.first_grant + count].customer_id == draft->customer_id)
        count++;
    allow_overdraft(credits, draft, &request);
    *ret_drawn = drawn;
    if ((count == 0 && credits->units.count == 0 && !request.may_overdraw) ||
        money_sign(totals->amount_due) <= 0)
        return true;
    if (!credit_instant(credits->zone, issued_on, &request.at_us, err) ||
        !finalize_units_draw(&credits->units, draft, request.amount_due, request.at_us, chunk,
                             &drawn.units, err) ||
        !money_subtract(request.amount_due, drawn.units.result.applied, &request.amount_due, err) ||
        !draw(credits, draft, &request, count, chunk, &drawn, err) ||
        !money_add(drawn.units.result.applied, drawn.result.credit_applied, &applied, err) ||
        !money_add(totals->credit_applied, applied, &totals->credit_applied, err))
        return false;
    totals->amount_due = drawn.result.amount_due;
    *ret_drawn = drawn;
    return true;
}

/* Of the whole invoice where `part` is NULL. */
static struct credit_movement_row *append_movement(const struct draft *draft,
                                                   const struct credits *credits,
                                                   const struct limited_part *part,
                                                   struct date issued_on, int64_t amount_minor,
                                                   struct chunk *chunk)
{
    struct credit_movement_row *movement = chunk_append(chunk, &CREDIT_MOVEMENT_ADD);
    *movement = (struct credit_movement_row){
        .tenant_id = credits->tenant->tenant_id,
        .customer_id = draft->customer_id,
        .source = "",
        .invoice_id = draft->invoice_id,
        .currency = draft->currency,
        .amount_minor = amount_minor,
        .made_on = issued_on,
        .holder_customer_id = part == NULL ? 0 : part->customer_id,
        .project = part == NULL ? "" : part->project,
        .member = part == NULL ? "" : part->member,
        .month = part == NULL ? "" : part->month,
    };
    return movement;
}

static void append_draw(struct credits *credits, size_t at, const struct draft *draft,
                        const struct limited_part *part, struct date issued_on,
                        int64_t amount_minor, struct chunk *chunk)
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
    struct credit_movement_row *movement =
        append_movement(draft, credits, part, issued_on, amount_minor, chunk);
    movement->source = grant->source;
    movement->kind = "draw";
}

static void append_overdraft(struct credits *credits, const struct draft *draft,
                             const struct limited_part *part, struct date issued_on,
                             int64_t amount_minor, struct chunk *chunk)
{
    struct payer_overdraft *overdraft = find_overdraft(credits, draft->customer_id);
    struct overdraft_row row = {.tenant_id = credits->tenant->tenant_id,
                                .customer_id = draft->customer_id,
                                .expected_minor = overdraft->owed_minor};
    if (!overdraft->is_stored)
        *(struct overdraft_row *)chunk_append(chunk, &OVERDRAFT_START) = row;
    overdraft->is_stored = true;
    if (overdraft->move == 0) {
        *(struct overdraft_row *)chunk_append(chunk, &OVERDRAFT_MOVE) = row;
        overdraft->move = chunk_row_count(chunk, &OVERDRAFT_MOVE);
    }
    overdraft->owed_minor += amount_minor;
    struct overdraft_row *move = chunk_row(chunk, &OVERDRAFT_MOVE, overdraft->move - 1);
    move->owed_minor = overdraft->owed_minor;
    append_movement(draft, credits, part, issued_on, amount_minor, chunk)->kind = "overdraft";
}

static void append_part(struct credits *credits, const struct draft *draft, struct date issued_on,
                        const struct invoice_credits *drawn,
                        const struct credit_part_result *result, struct chunk *chunk)
{
    const struct limited_part *part =
        result->part < drawn->parts.count ? &drawn->parts.items[result->part] : NULL;
    for (size_t i = 0; i < result->draw_count; i++)
        append_draw(credits, drawn->first_grant + result->draws[i].grant, draft, part, issued_on,
                    money_minor(result->draws[i].amount), chunk);
    if (money_sign(result->overdraft) > 0)
        append_overdraft(credits, draft, part, issued_on, money_minor(result->overdraft), chunk);
    if (part != NULL)
        finalize_limits_append(&credits->limits, part, result->applied, credits->tenant->tenant_id,
                               chunk);
}

void finalize_credits_append(struct credits *credits, const struct draft *draft,
                             struct date issued_on, const struct invoice_totals *totals,
                             const struct invoice_credits *drawn, struct chunk *chunk)
{
    finalize_units_append(&credits->units, draft, issued_on, &drawn->units, chunk);
    if (money_sign(totals->credit_applied) == 0 && drawn->result.part_count == 0)
        return;
    for (size_t i = 0; i < drawn->result.part_count; i++)
        append_part(credits, draft, issued_on, drawn, &drawn->result.parts[i], chunk);
    struct invoice_credited_row *row = chunk_append(chunk, &INVOICE_CREDITED);
    *row =
        (struct invoice_credited_row){.tenant_id = credits->tenant->tenant_id,
                                      .invoice_id = draft->invoice_id,
                                      .credit_applied_minor = money_minor(totals->credit_applied),
                                      .amount_due_minor = money_minor(totals->amount_due)};
}

void finalize_credits_grant(const struct refund *refund, const struct zone *zone,
                            struct chunk *chunk)
{
    struct credit_granted_row *grant = chunk_append(chunk, &CREDIT_GRANT_ADD);
    *grant =
        (struct credit_granted_row){.tenant_id = refund->tenant_id,
                                    .customer_id = refund->customer_id,
                                    .source = refund->source,
                                    .kind = "refund",
                                    .currency = refund->amount.currency,
                                    .amount_minor = money_minor(refund->amount),
                                    .priority = CREDIT_PRIORITY_DEFAULT,
                                    .effective_at_us = zone_midnight(zone, refund->effective_on)};
    struct credit_movement_row *movement = chunk_append(chunk, &CREDIT_MOVEMENT_ADD);
    *movement = (struct credit_movement_row){.tenant_id = refund->tenant_id,
                                             .customer_id = refund->customer_id,
                                             .source = refund->source,
                                             .kind = "grant",
                                             .project = "",
                                             .member = "",
                                             .month = "",
                                             .currency = grant->currency,
                                             .amount_minor = grant->amount_minor,
                                             .made_on = refund->effective_on};
}

bool finalize_credits_refund(const struct credits *credits, const struct draft *draft,
                             const struct invoice_content *content, int64_t tenant_id,
                             struct chunk *chunk, struct error *err)
{
    struct refund refund = {.tenant_id = tenant_id,
                            .customer_id = draft->customer_id,
                            .source = content->number,
                            .amount = content->totals.amount_due};
    if (content->kind == DOCUMENT_INVOICE && !money_negate(refund.amount, &refund.amount, err))
        return false;
    if (draft->is_granted || money_sign(refund.amount) <= 0)
        return true;
    if (!date_add_days(content->issued_on, 1, &refund.effective_on, err))
        return false;
    finalize_credits_grant(&refund, credits->zone, chunk);
    return true;
}
