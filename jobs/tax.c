/* tax: take the coupons off each draft, and off what gives back what was not paid (tax_coupons.h),
 * choose the taxes of every line by its buyer and the dated rates, or those of the line that it
 * gives back of (tax_choice.h), and compute them. An item is a
 * draft; it is parked where a rate is missing, with its subtotal as the amount at stake. All drafts
 * of a payer, and of those who share coupons with him (tax_sharing.h), are in one chunk: what
 * coupons take off one follows from what they take off another, and so all of them are computed
 * from one view of the database, by one worker. */
#include "core/base/text.h"
#include "core/billing/invoice.h"
#include "core/stores/billing_catalog.h"
#include "jobs/jobs.h"
#include "jobs/tax_chunk.h"

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return job_plan_due_work(ctx, WORK_TO_TAX, plan, err);
}

/* Once in a chunk. The row that is remembered may have been taken back with an item that failed. */
static void append_change(const struct taxing *taxing, const struct coupon_payer *payer,
                          const struct coupon_redemption *redemption, struct chunk *chunk)
{
    size_t *number = &taxing->changed[payer->family][redemption - payer->redemptions];
    if (*number > 0 && *number <= chunk_row_count(chunk, &COUPON_CHANGED)) {
        const struct coupon_changed_row *there = chunk_row(chunk, &COUPON_CHANGED, *number - 1);
        if (there->coupon_id == redemption->coupon_id &&
            there->customer_id == redemption->customer_id &&
            there->subscription_id == redemption->subscription_id)
            return;
    }
    struct coupon_changed_row *row = chunk_append(chunk, &COUPON_CHANGED);
    *row = (struct coupon_changed_row){.tenant_id = taxing->tenant->tenant_id,
                                       .coupon_id = redemption->coupon_id,
                                       .customer_id = redemption->customer_id,
                                       .subscription_id = redemption->subscription_id,
                                       .changes = redemption->changes,
                                       .changes_then = redemption->changes + 1};
    *number = chunk_row_count(chunk, &COUPON_CHANGED);
}

static void append_coupons(const struct taxing *taxing, const struct coupon_payer *payer,
                           const struct draft *draft, const struct draft_coupons *coupons,
                           struct chunk *chunk)
{
    const struct job_tenant *tenant = taxing->tenant;
    for (size_t i = 0; i < coupons->count; i++) {
        const struct draft_coupon *coupon = &coupons->items[i];
        const struct coupon_redemption *redemption = coupon->redemption;
        append_change(taxing, payer, redemption, chunk);
        struct coupon_applied_row *row = chunk_append(chunk, &COUPON_USE_ADD);
        *row = (struct coupon_applied_row){.tenant_id = tenant->tenant_id,
                                           .invoice_id = draft->invoice_id,
                                           .coupon_id = redemption->coupon_id,
                                           .customer_id = redemption->customer_id,
                                           .subscription_id = redemption->subscription_id,
                                           .currency = draft->currency,
                                           .discount_minor = money_minor(coupon->discount),
                                           .carried_minor = money_minor(coupon->carried)};
        for (size_t c = 0; c < coupon->cut_count; c++) {
            const struct draft_cut *cut = &coupon->cuts[c];
            struct coupon_cut_row *cut_row = chunk_append(chunk, &COUPON_LINE_ADD);
            *cut_row = (struct coupon_cut_row){.tenant_id = tenant->tenant_id,
                                               .invoice_id = draft->invoice_id,
                                               .line = coupons->draft->lines[cut->line].line,
                                               .coupon_id = redemption->coupon_id,
                                               .customer_id = redemption->customer_id,
                                               .subscription_id = redemption->subscription_id,
                                               .discount_minor = money_minor(cut->off),
                                               .kept = cut->is_kept};
        }
    }
}

/* A draft as coupons leave it. */
struct discounted {
    struct draft draft;
    const int64_t *stored_minor;   /* of each line its discount as it is stored; NULL: the same */
    const int64_t *forgiven_minor; /* of each */
};

/* The lines as coupons, and what is not given back, leave them. Both have the draft's lines in
 * their order. */
static bool discount_lines(struct discounted *discounted, const struct draft_coupons *coupons,
                           struct chunk *chunk, struct error *err)
{
    struct draft *draft = &discounted->draft;
    struct stored_line *lines =
        ARENA_NEW_ARRAY(chunk_scratch(chunk), struct stored_line, draft->line_count + 1);
    int64_t *stored = ARENA_NEW_ARRAY(chunk_scratch(chunk), int64_t, draft->line_count + 1);
    int64_t *forgiven = ARENA_NEW_ARRAY(chunk_scratch(chunk), int64_t, draft->line_count + 1);
    const struct money *discounts = NULL;
    if (coupons->draft->line_count != draft->line_count)
        return error_retry(err, EXIT_TEMPORARY, "the lines of draft %s were changed meanwhile",
                           draft->draft_key);
    if (!draft_coupons_discounts(coupons, chunk_scratch(chunk), &discounts, err))
        return false;
    for (size_t l = 0; l < draft->line_count; l++) {
        lines[l] = draft->lines[l];
        stored[l] = lines[l].discount_minor;
        forgiven[l] = money_minor(coupons->forgiven[l]);
        lines[l].discount_minor = money_minor(discounts[l]);
    }
    draft->lines = lines;
    discounted->stored_minor = stored;
    discounted->forgiven_minor = forgiven;
    return true;
}

/* Which of the payer's drafts take no part, because they are not billed now: those whose taxes
 * cannot be chosen, and those that are parked, or were given up, and are left alone. Asked before
 * anything of the item at hand is in its memory. */
static bool find_left_out(const struct job_ctx *ctx, const struct taxing *taxing,
                          const struct coupon_payer *payer, struct chunk *chunk,
                          const bool **ret_left_out, struct error *err)
{
    bool *left_out = ARENA_NEW_ARRAY(chunk_arena(chunk), bool, payer->draft_count + 1);
    *ret_left_out = left_out;
    for (size_t i = 0; i < payer->draft_count; i++) {
        const struct draft_place *of = taxing_find(taxing, payer->drafts[i].invoice_id);
        bool can = true;
        if (of == NULL)
            continue;
        arena_reset(chunk_scratch(chunk)); /* a payer may have thousands of them */
        if (of->item != SIZE_MAX && !chunk_leaves(chunk, of->item) &&
            !taxing_can(ctx, taxing, &taxing->drafts.drafts[of->draft], chunk_scratch(chunk), &can,
                        err))
            return false;
        left_out[i] = of->item == SIZE_MAX || chunk_leaves(chunk, of->item) || !can;
    }
    return true;
}

/* What one takes off follows from those before it, so all drafts that share redemptions are done
 * with the first of them; one alone is forgotten with its item. */
static bool apply_coupons(const struct job_ctx *ctx, const struct taxing *taxing,
                          const struct coupon_payer *payer, struct chunk *chunk,
                          const struct applied_draft **ret_applied, struct error *err)
{
    bool is_alone = payer->draft_count <= 1;
    const struct applied_draft **applied = &taxing->applied[payer->family];
    const bool *left_out = NULL;
    *ret_applied = is_alone ? NULL : *applied;
    if (*ret_applied != NULL)
        return true;
    if ((!is_alone && !find_left_out(ctx, taxing, payer, chunk, &left_out, err)) ||
        !tax_coupons_apply(payer, left_out, job_environment(ctx)->settings->rules.coupon_stacking,
                           taxing->tenant->catalog->tenant.rounding,
                           is_alone ? chunk_scratch(chunk) : chunk_arena(chunk), ret_applied, err))
        return false;
    if (!is_alone)
        *applied = *ret_applied;
    return true;
}

static bool take_coupons(const struct job_ctx *ctx, const struct taxing *taxing,
                         struct discounted *discounted, struct chunk *chunk, struct error *err)
{
    struct draft_coupons coupons;
    const struct applied_draft *applied = NULL;
    const struct draft *draft = &discounted->draft;
    const struct coupon_payer *payer = coupon_payer_find(&taxing->coupons, draft->customer_id);
    if (payer == NULL)
        return true;
    if (!apply_coupons(ctx, taxing, payer, chunk, &applied, err) ||
        !applied_draft_find(applied, payer->draft_count, draft->invoice_id, &coupons, err))
        return error_context(err, "customer %s", draft->customer);
    if (taxing->drafts.has_foreign[payer->family]) /* whose chunk has them too: one of both */
        append_change(taxing, payer, &payer->redemptions[0], chunk);
    if (coupons.draft == NULL)
        return true;
    append_coupons(taxing, payer, draft, &coupons, chunk);
    return discount_lines(discounted, &coupons, chunk, err);
}

static bool compute_taxes(const struct job_ctx *ctx, const struct taxing *taxing,
                          const struct draft *draft, struct arena *arena,
                          struct tax_result *ret_result, struct error *err)
{
    const struct billing_catalog *catalog = taxing->tenant->catalog;
    struct tax_line *lines = NULL;
    if (!taxing_choose(ctx, taxing, draft, arena, &lines, err))
        return false;
    for (size_t i = 0; i < draft->line_count; i++) {
        const struct stored_line *line = &draft->lines[i];
        struct money amount = money_of_minor(line->amount_minor, draft->currency);
        struct money discount = money_of_minor(line->discount_minor, draft->currency);
        if (!money_subtract(amount, discount, &lines[i].amount, err))
            return false;
    }
    return tax_compute(lines, draft->line_count, draft->currency, catalog->tenant.tax_rounding,
                       catalog->tenant.rounding, arena, ret_result, err);
}

static struct invoice_tax_content *append_taxes(const struct job_tenant *tenant,
                                                const struct draft *draft,
                                                const struct tax_result *result,
                                                struct chunk *chunk)
{
    struct invoice_tax_content *contents =
        ARENA_NEW_ARRAY(chunk_scratch(chunk), struct invoice_tax_content, result->group_count + 1);
    for (size_t i = 0; i < result->group_count; i++) {
        const struct tax_group *group = &result->groups[i];
        bool is_first = result->group_first[i] == i;
        struct invoice_tax_row *row = chunk_append(chunk, &INVOICE_TAX_ADD);
        *row = (struct invoice_tax_row){
            .tenant_id = tenant->tenant_id,
            .invoice_id = draft->invoice_id,
            .tax = (int64_t)i + 1,
            .name = group->tax.name,
            .category = group->tax.category,
            .rate_percent = group->tax.rate_percent,
            .inclusive = group->tax.inclusive,
            .base_minor = money_minor(group->base),
            .tax_minor = money_minor(group->tax_amount),
            .note = group->tax.note,
            .beside_tax = is_first ? DB_I64_NONE : (int64_t)result->group_first[i] + 1};
        contents[i] = (struct invoice_tax_content){.tax = row->tax,
                                                   .name = row->name,
                                                   .category = row->category,
                                                   .rate_percent = row->rate_percent,
                                                   .inclusive = row->inclusive,
                                                   .base = group->base,
                                                   .tax_amount = group->tax_amount,
                                                   .note = row->note,
                                                   .beside = is_first ? 0 : row->beside_tax};
    }
    return contents;
}

static bool is_cut(const struct discounted *discounted, size_t line)
{
    return discounted->stored_minor != NULL &&
           (discounted->stored_minor[line] != discounted->draft.lines[line].discount_minor ||
            discounted->forgiven_minor[line] != 0);
}

/* A row of a line is written once, with all that becomes of it. */
static void append_line(const struct job_tenant *tenant, const struct discounted *discounted,
                        size_t line, int64_t tax_minor, int64_t tax, struct chunk *chunk)
{
    const struct draft *draft = &discounted->draft;
    const struct stored_line *stored = &draft->lines[line];
    if (!is_cut(discounted, line)) {
        struct line_taxed_row *row = chunk_append(chunk, &LINE_TAXED);
        *row = (struct line_taxed_row){.tenant_id = tenant->tenant_id,
                                       .invoice_id = draft->invoice_id,
                                       .line = stored->line,
                                       .tax_minor = tax_minor,
                                       .tax = tax};
        return;
    }
    int64_t forgiven_minor = discounted->forgiven_minor[line];
    struct line_discounted_row *row = chunk_append(chunk, &LINE_DISCOUNTED);
    *row = (struct line_discounted_row){.tenant_id = tenant->tenant_id,
                                        .invoice_id = draft->invoice_id,
                                        .line = stored->line,
                                        .discount_minor = stored->discount_minor,
                                        .forgiven_minor =
                                            forgiven_minor == 0 ? DB_I64_NONE : forgiven_minor,
                                        .tax_minor = tax_minor,
                                        .tax = tax};
}

static struct invoice_line_content *append_lines(const struct job_tenant *tenant,
                                                 const struct discounted *discounted,
                                                 const struct tax_result *result,
                                                 struct chunk *chunk)
{
    const struct draft *draft = &discounted->draft;
    struct invoice_line_content *contents =
        draft_line_contents(draft->lines, draft->line_count, draft->currency, chunk_scratch(chunk));
    for (size_t i = 0; i < draft->line_count; i++) {
        bool taxed = result->line_first_group[i] != SIZE_MAX;
        int64_t tax = taxed ? (int64_t)result->line_first_group[i] + 1 : 0;
        append_line(tenant, discounted, i, money_minor(result->line_taxes[i]),
                    taxed ? tax : DB_I64_NONE, chunk);
        contents[i].tax = result->line_taxes[i];
        contents[i].tax_number = tax;
    }
    return contents;
}

/* What is owed to the customer is no invoice (DOMAIN 3: a credit, never lost). */
static enum document_kind kind_of(const struct draft *draft, const struct invoice_totals *totals)
{
    return money_sign(totals->total) < 0 ? DOCUMENT_CREDIT_NOTE : document_kind_of(draft->kind);
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct taxing *taxing = chunk_state(chunk);
    const struct job_tenant *tenant = taxing->tenant;
    struct discounted discounted = {.draft = *(const struct draft *)item->data};
    const struct draft *draft = &discounted.draft;
    struct arena *arena = chunk_scratch(chunk);
    struct tax_result result;
    struct invoice_totals totals;
    if (!take_coupons(ctx, taxing, &discounted, chunk, err) ||
        !compute_taxes(ctx, taxing, draft, arena, &result, err))
        return false;
    struct invoice_tax_content *taxes = append_taxes(tenant, draft, &result, chunk);
    struct invoice_line_content *lines = append_lines(tenant, &discounted, &result, chunk);
    if (!invoice_totals_of(lines, draft->line_count, taxes, result.group_count, draft->currency,
                           &totals, err) ||
        !chunk_add_total(chunk, totals.total, err))
        return false;
    struct draft_taxed_row *row = chunk_append(chunk, &DRAFT_TAXED);
    *row = (struct draft_taxed_row){.tenant_id = tenant->tenant_id,
                                    .invoice_id = draft->invoice_id,
                                    .kind = document_kind_name(kind_of(draft, &totals)),
                                    .taxed = true,
                                    .subtotal_minor = money_minor(totals.subtotal),
                                    .discount_minor = money_minor(totals.discount),
                                    .tax_minor = money_minor(totals.tax),
                                    .total_minor = money_minor(totals.total),
                                    .amount_due_minor = money_minor(totals.amount_due)};
    if (draft->corrects != NULL && money_sign(totals.total) < 0) {
        struct draft_apart_row *apart = chunk_append(chunk, &DRAFT_APART);
        *apart = (struct draft_apart_row){tenant->tenant_id, draft->invoice_id, NULL};
    }
    return true;
}

static const struct bulk_table *const tables[] = {
    &COUPON_CHANGED,  &COUPON_USE_ADD, &COUPON_LINE_ADD, &INVOICE_TAX_ADD,
    &LINE_DISCOUNTED, &LINE_TAXED,     &DRAFT_TAXED,     &DRAFT_APART};

const struct job job_tax = {
    .name = "tax",
    .summary = "compute the taxes of drafts by dated rates",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = taxing_load,
    .compute = compute,
};
