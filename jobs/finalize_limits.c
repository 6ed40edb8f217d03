/* Limits of an invoice: see finalize_limits.h. */
#include "jobs/finalize_limits.h"

static struct limit_document document_of(const struct draft *draft)
{
    return (struct limit_document){.invoice_id = draft->invoice_id,
                                   .currency = draft->currency,
                                   .lines = draft->lines,
                                   .line_count = draft->line_count,
                                   .taxes = draft->taxes,
                                   .tax_count = draft->tax_count};
}

bool finalize_limits_load(struct db *db, int64_t tenant_id, const struct draft *drafts,
                          size_t count, struct arena *arena, struct limits *ret_limits,
                          struct error *err)
{
    struct limit_document *documents = ARENA_NEW_ARRAY(arena, struct limit_document, count + 1);
    for (size_t i = 0; i < count; i++)
        documents[i] = document_of(&drafts[i]);
    return limits_load(db, tenant_id, documents, count, arena, ret_limits, err);
}

bool finalize_limits_find(struct limits *limits, const struct draft *draft,
                          const struct money *paid, struct chunk *chunk,
                          struct limited_parts *ret_parts, struct error *err)
{
    struct limit_document document = document_of(draft);
    document.paid = paid;
    return limits_find_parts(limits, &document, chunk_arena(chunk), chunk_scratch(chunk), ret_parts,
                             err);
}

static void append_use(struct month_limit *month, struct money applied, int64_t tenant_id,
                       struct chunk *chunk)
{
    struct error impossible = {0};
    struct credit_limit_row row = {.tenant_id = tenant_id,
                                   .customer_id = month->holder->customer_id,
                                   .kind = month->holder->kind,
                                   .holder = month->holder->holder,
                                   .month = month->month,
                                   .currency = month->holder->currency,
                                   .expected_minor = money_minor(month->limit.used),
                                   .limit_minor = money_minor(month->limit.limit)};
    if (!month->is_stored)
        *(struct credit_limit_row *)chunk_append(chunk, &CREDIT_LIMIT_START) = row;
    month->is_stored = true;
    if (month->move == 0) {
        *(struct credit_limit_row *)chunk_append(chunk, &CREDIT_LIMIT_MOVE) = row;
        month->move = chunk_row_count(chunk, &CREDIT_LIMIT_MOVE);
    }
    bool fits = money_add(month->limit.used, applied, &month->limit.used, &impossible);
    assert(fits); /* it is within the limit */
    (void)fits;
    struct credit_limit_row *move = chunk_row(chunk, &CREDIT_LIMIT_MOVE, month->move - 1);
    move->used_minor = money_minor(month->limit.used);
}

void finalize_limits_append(struct limits *limits, const struct limited_part *part,
                            struct money applied, int64_t tenant_id, struct chunk *chunk)
{
    if (part->part.project != CREDIT_NO_LIMIT)
        append_use(&limits->months.items[part->part.project], applied, tenant_id, chunk);
    if (part->part.member != CREDIT_NO_LIMIT)
        append_use(&limits->months.items[part->part.member], applied, tenant_id, chunk);
}
