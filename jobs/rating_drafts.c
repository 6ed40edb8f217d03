/* Drafts while they are gathered: which one a line belongs to, and its key. */
#include "jobs/rating_drafts.h"

#include "core/base/text.h"
#include "core/billing/invoice.h"
#include "core/stores/rating_rows.h"
#include "jobs/environment.h"

/* How many drafts of this cutoff, currency and group exist already: the sequence of the next. */
static bool next_draft_key(const struct rating_payer *payer, const struct open_draft *draft,
                           struct arena *arena, int64_t *ret_sequence, const char **ret_key,
                           struct error *err)
{
    for (int64_t sequence = 0;; sequence++) {
        bool taken = false;
        if (!invoice_draft_key(draft->cutoff_on, payer->customer, draft->currency, draft->beside,
                               sequence, arena, ret_key, err))
            return false;
        for (size_t i = 0; i < payer->draft_count && !taken; i++)
            taken = text_equal(payer->drafts[i].draft_key, *ret_key);
        *ret_sequence = sequence;
        if (!taken)
            return true;
    }
}

bool rating_draft_for(const struct job_ctx *ctx, const struct draft_terms *terms,
                      struct open_drafts *drafts, struct chunk *chunk,
                      struct open_draft **ret_draft, struct error *err)
{
    bool consolidate = job_environment(ctx)->settings->rules.consolidate;
    const char *corrects = terms->corrects == NULL ? NULL : terms->corrects->corrects;
    const char *beside = consolidate ? "" : terms->group;
    const char *group = corrects != NULL ? "" : beside;
    for (size_t i = drafts->count; i-- > 0;) {
        struct open_draft *draft = &drafts->items[i];
        if (date_compare(draft->cutoff_on, terms->cutoff_on) == 0 &&
            currency_equal(draft->currency, terms->currency) &&
            text_equal(draft->billing_group, group) && text_equal(draft->corrects, corrects)) {
            *ret_draft = draft;
            return true;
        }
    }
    struct open_draft draft = {
        .currency = terms->currency,
        .cutoff_on = terms->cutoff_on,
        .billing_group = group,
        .beside = beside,
        .corrects = corrects,
        .tax_point_on = corrects == NULL ? terms->cutoff_on : terms->corrects->corrected_tax_point,
        .subtotal = money_zero(terms->currency),
        .discount = money_zero(terms->currency)};
    if (!chunk_next_id(chunk, &draft.invoice_id, err))
        return false;
    *ret_draft = &ARRAY_ADD(chunk_scratch(chunk), drafts);
    **ret_draft = draft;
    return true;
}

static bool draft_key_of(const struct rating_payer *payer, const struct open_draft *draft,
                         struct arena *arena, const char **ret_key, struct error *err)
{
    int64_t sequence = 0;
    return next_draft_key(payer, draft, arena, &sequence, ret_key, err) &&
           (draft->corrects == NULL ||
            invoice_rebill_key(draft->cutoff_on, payer->customer, draft->currency,
                               draft->tax_point_on, draft->corrects, sequence, arena, ret_key,
                               err));
}

bool rating_draft_append(const struct rating_payer *payer, const struct open_draft *draft,
                         struct chunk *chunk, struct error *err)
{
    const struct job_tenant *tenant = chunk_state(chunk);
    const char *draft_key = NULL;
    struct money net;
    if (!draft_key_of(payer, draft, chunk_arena(chunk), &draft_key, err) ||
        !money_subtract(draft->subtotal, draft->discount, &net, err) ||
        !chunk_add_total(chunk, net, err))
        return false;
    struct draft_row *row = chunk_append(chunk, &DRAFT_ADD);
    *row = (struct draft_row){
        .tenant_id = tenant->tenant_id,
        .invoice_id = draft->invoice_id,
        .draft_key = draft_key,
        .customer_id = payer->customer_id,
        .currency = draft->currency,
        .cutoff_on = draft->cutoff_on,
        .corrects = draft->corrects,
        .status = "draft",
        .taxed = false,
        .subtotal_minor = money_minor(draft->subtotal),
        .discount_minor = money_minor(draft->discount),
        .total_minor = money_minor(net),
        .amount_due_minor = money_minor(net),
        .tax_point_on = draft->tax_point_on,
    };
    return true;
}
