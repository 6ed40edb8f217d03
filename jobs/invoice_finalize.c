/* invoice-finalize: number and freeze taxed drafts; from then on they never change.
 *
 * One partition per tenant and series (invoices, credit notes), in the order of draft keys, so that
 * numbers are gapless and the same whoever runs it and however often it was killed: a chunk carries
 * the counter from draft to draft and moves the counter row, by compare-and-set, as the first thing
 * that it writes. A total of zero is issued, skipped or recorded by the rule `zero_invoice`; that a
 * commitment was met is no document, but recorded at least. A
 * draft with a negative total is a credit note: it is finalized with the opposite signs. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/invoice.h"
#include "core/engine/effect.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/draft_store.h"
#include "core/stores/due_work.h"
#include "core/stores/written_off_store.h"
#include "jobs/environment.h"
#include "jobs/finalize_credits.h"
#include "jobs/jobs.h"

/* The counter as the chunk moves it. */
struct counter {
    const struct job_tenant *tenant;
    enum document_kind kind;
    struct series_row row; /* after the last numbered draft */
    struct invoice_party seller;
    uint8_t seller_digest[SHA256_SIZE];
    bool seller_appended; /* once a chunk is enough */
    struct credits credits;
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct draft_range *ranges = NULL;
    size_t count = 0;
    if (!due_work_load_drafts(ctx->db, ctx->business_date, ctx->arena, &ranges, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        job_plan_add(plan, ranges[i].tenant_id, arena_printf(ctx->arena, "%s ", ranges[i].kind),
                     arena_printf(ctx->arena, "%s %s", ranges[i].kind, ranges[i].max_key),
                     ranges[i].items);
    return true;
}

/* A key is the kind of document, a space and the draft's key: which of them a range is of. */
static enum document_kind kind_of_range(const struct chunk_range *range, const char **ret_after_key,
                                        const char **ret_hi_key)
{
    enum document_kind kind =
        text_starts_with(range->hi_key, "credit_note ") ? DOCUMENT_CREDIT_NOTE : DOCUMENT_INVOICE;
    size_t prefix = strlen(document_kind_name(kind)) + 1;
    *ret_after_key = range->after_key + prefix;
    *ret_hi_key = range->hi_key + prefix;
    return kind;
}

static struct invoice_party seller_of(const struct tenant_facts *tenant)
{
    return (struct invoice_party){
        .name = tenant->legal_name,
        .line1 = tenant->line1,
        .line2 = tenant->line2,
        .city = tenant->city,
        .postal_code = tenant->postal_code,
        .region = tenant->region,
        .country = tenant->country,
        .tax_id = tenant->tax_id,
    };
}

static bool load_counter(const struct job_ctx *ctx, const struct job_tenant *tenant,
                         enum document_kind kind, struct chunk *chunk, struct error *err)
{
    struct counter *counter = ARENA_NEW(chunk_arena(chunk), struct counter);
    const char *series = document_kind_name(kind);
    bool found = false;
    counter->tenant = tenant;
    counter->kind = kind;
    counter->seller = seller_of(&tenant->catalog->tenant);
    party_digest(&counter->seller, counter->seller_digest);
    if (!draft_store_load_series(ctx->db, tenant->tenant_id, series, chunk_arena(chunk),
                                 &counter->row, &found, err))
        return false;
    if (!found)
        counter->row = (struct series_row){.tenant_id = tenant->tenant_id,
                                           .series = series,
                                           .fiscal_year = DB_I64_NONE,
                                           .last_issued_on = DATE_NONE};
    chunk_set_state(chunk, counter);
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct draft *drafts = NULL;
    size_t count = 0;
    const struct job_tenant *tenant = NULL;
    const char *after_key = NULL;
    const char *hi_key = NULL;
    enum document_kind kind = kind_of_range(range, &after_key, &hi_key);
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !load_counter(ctx, tenant, kind, chunk, err) ||
        !draft_store_load_unnumbered(ctx->db, range->tenant_id, kind, after_key, hi_key,
                                     range->limit, ctx->business_date, chunk_arena(chunk), &drafts,
                                     &count, err))
        return false;
    struct counter *counter = chunk_state(chunk);
    if (!written_off_store_apply(ctx->db, range->tenant_id, ctx->business_date, drafts, count,
                                 chunk_arena(chunk), err) ||
        !finalize_credits_load(ctx, tenant->catalog, drafts, kind == DOCUMENT_INVOICE ? count : 0,
                               chunk_arena(chunk), &counter->credits, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *key = arena_printf(chunk_arena(chunk), "%s %s", document_kind_name(kind),
                                       drafts[i].draft_key);
        struct chunk_item *item = chunk_add_item(chunk, key, drafts[i].draft_key, &drafts[i]);
        item->has_at_stake = true;
        item->at_stake = money_of_minor(drafts[i].total_minor, drafts[i].currency);
    }
    return true;
}

static struct invoice_totals totals_of(const struct draft *draft)
{
    return (struct invoice_totals){
        .subtotal = money_of_minor(draft->subtotal_minor, draft->currency),
        .discount = money_of_minor(draft->discount_minor, draft->currency),
        .tax = money_of_minor(draft->tax_minor, draft->currency),
        .total = money_of_minor(draft->total_minor, draft->currency),
        .credit_applied = money_of_minor(draft->credit_applied_minor, draft->currency),
        .amount_due = money_of_minor(draft->amount_due_minor, draft->currency),
    };
}

/* What is owed to the customer: the credit note says it with positive amounts. */
static bool is_turned(const struct draft *draft)
{
    return draft->total_minor < 0;
}

/* Terms, locale and parties as they are now; the number comes after. */
static bool freeze(const struct job_ctx *ctx, const struct counter *counter,
                   const struct draft *draft, struct arena *arena,
                   struct invoice_content *ret_content, struct error *err)
{
    const struct tenant_facts *tenant = &counter->tenant->catalog->tenant;
    int64_t terms_days = draft->payment_terms_days == DB_I64_NONE ? tenant->payment_terms_days
                                                                  : draft->payment_terms_days;
    struct invoice_totals totals = totals_of(draft);
    struct invoice_line_content *lines =
        draft_line_contents(draft->lines, draft->line_count, draft->currency, arena);
    struct invoice_tax_content *taxes =
        draft_tax_contents(draft->taxes, draft->tax_count, draft->currency, arena);
    if (is_turned(draft) &&
        !invoice_turn(lines, draft->line_count, taxes, draft->tax_count, &totals, err))
        return false;
    struct invoice_content content = {
        .tenant = tenant->tenant,
        .kind = counter->kind,
        .corrects = draft->corrects,
        .draft_key = draft->draft_key,
        .customer = draft->customer,
        .currency = draft->currency,
        .cutoff_on = draft->cutoff_on,
        .tax_point_on = draft->tax_point_on,
        .series = document_kind_name(counter->kind),
        .issued_on = invoice_issue_date(ctx->business_date, counter->row.last_issued_on),
        .payment_terms_days = (int32_t)terms_days,
        .locale = draft->locale == NULL ? tenant->locale : draft->locale,
        .seller = counter->seller,
        .buyer = draft->buyer,
        .totals = totals,
        .lines = lines,
        .line_count = draft->line_count,
        .taxes = taxes,
        .tax_count = draft->tax_count,
    };
    if (!invoice_due_date(content.issued_on, content.payment_terms_days, &content.due_on, err) ||
        !invoice_check(&content, err))
        return false;
    *ret_content = content;
    return true;
}

/* The next number of the fiscal year; the first of a year begins a new counter row, whose chain
 * goes on from the year before. A fiscal year never goes back: where its first month was set to a
 * later one, the counter that is there goes on until the next year begins. */
static void take_number(const struct job_ctx *ctx, struct series_row *row,
                        struct invoice_content *content, struct arena *arena)
{
    const struct settings *settings = job_environment(ctx)->settings;
    char number[INVOICE_NUMBER_SIZE];
    int32_t year = invoice_fiscal_year(content->issued_on, settings->fiscal_year_start);
    bool new_year = row->fiscal_year < year; /* DB_I64_NONE is less than any */
    if (!new_year)
        year = (int32_t)row->fiscal_year;
    row->fiscal_year = year;
    row->last_number = new_year ? 1 : row->last_number + 1;
    row->last_issued_on = content->issued_on;
    content->fiscal_year = year;
    content->number_in_series = row->last_number;
    invoice_number_print(settings_number_format(settings, content->kind), year, row->last_number,
                         number);
    content->number = arena_copy(arena, number);
}

static void append_party(const struct invoice_party *party, const uint8_t digest[SHA256_SIZE],
                         int64_t tenant_id, struct chunk *chunk)
{
    struct party_row *row = chunk_append(chunk, &PARTY_ADD);
    *row = (struct party_row){.tenant_id = tenant_id, .party = *party};
    memcpy(row->digest, digest, SHA256_SIZE);
}

static void append_turned(const struct draft *draft, const struct invoice_content *content,
                          int64_t tenant_id, struct chunk *chunk)
{
    const struct invoice_totals *totals = &content->totals;
    struct invoice_turned_row *row = chunk_append(chunk, &INVOICE_TURNED);
    *row = (struct invoice_turned_row){.tenant_id = tenant_id,
                                       .invoice_id = draft->invoice_id,
                                       .subtotal_minor = money_minor(totals->subtotal),
                                       .discount_minor = money_minor(totals->discount),
                                       .tax_minor = money_minor(totals->tax),
                                       .total_minor = money_minor(totals->total),
                                       .credit_applied_minor = money_minor(totals->credit_applied),
                                       .amount_due_minor = money_minor(totals->amount_due)};
    for (size_t i = 0; i < content->line_count; i++) {
        const struct invoice_line_content *line = &content->lines[i];
        struct line_turned_row *turned = chunk_append(chunk, &LINE_TURNED);
        *turned = (struct line_turned_row){.tenant_id = tenant_id,
                                           .invoice_id = draft->invoice_id,
                                           .line = line->line,
                                           .quantity = line->quantity,
                                           .amount_minor = money_minor(line->amount),
                                           .discount_minor = money_minor(line->discount),
                                           .tax_minor = money_minor(line->tax)};
    }
    for (size_t i = 0; i < content->tax_count; i++) {
        struct tax_turned_row *turned = chunk_append(chunk, &TAX_TURNED);
        *turned = (struct tax_turned_row){.tenant_id = tenant_id,
                                          .invoice_id = draft->invoice_id,
                                          .tax = content->taxes[i].tax,
                                          .base_minor = money_minor(content->taxes[i].base),
                                          .tax_minor = money_minor(content->taxes[i].tax_amount)};
    }
}

static void append_final(const struct counter *counter, const struct draft *draft,
                         const struct invoice_content *content, enum invoice_status status,
                         const struct series_row *after, struct chunk *chunk)
{
    struct invoice_final_row *row = chunk_append(chunk, &INVOICE_FINAL);
    *row = (struct invoice_final_row){
        .tenant_id = after->tenant_id,
        .invoice_id = draft->invoice_id,
        .status = invoice_status_name(status),
        .series = content->series,
        .fiscal_year = content->fiscal_year,
        .number_in_series = content->number_in_series,
        .number = content->number,
        .issued_on = content->issued_on,
        .due_on = content->due_on,
        .payment_terms_days = content->payment_terms_days,
        .locale = content->locale,
    };
    memcpy(row->hash, after->last_hash, SHA256_SIZE);
    memcpy(row->previous_hash, counter->row.last_hash, SHA256_SIZE);
    memcpy(row->seller_digest, counter->seller_digest, SHA256_SIZE);
    party_digest(&content->buyer, row->buyer_digest);
    append_party(&content->buyer, row->buyer_digest, after->tenant_id, chunk);
}

/* What its lines give back of invoices that were written off; of drafts that get no number too. */
static void append_off_rows(const struct draft *draft, struct chunk *chunk)
{
    for (size_t i = 0; i < draft->off_row_count; i++) {
        struct written_off_row *row = chunk_append(chunk, &WRITTEN_OFF_ADD);
        *row = draft->off_rows[i];
    }
}

static void append_effect(const struct draft *draft, const struct invoice_content *content,
                          int64_t tenant_id, struct chunk *chunk)
{
    struct effect_intent_row *effect = chunk_append(chunk, &EFFECT_INTEND);
    *effect = (struct effect_intent_row){
        .tenant_id = tenant_id,
        .effect_key = arena_printf(chunk_arena(chunk), "invoice-pdf:%s", content->number),
        .kind = "file",
        .state = "intent",
        .subject_id = draft->invoice_id,
    };
}

/* One row moves the counter of a year over all numbers of the chunk. */
static void append_counter(const struct series_row *before, const struct series_row *after,
                           struct chunk *chunk)
{
    bool new_year = before->fiscal_year != after->fiscal_year;
    size_t moves = chunk_row_count(chunk, &SERIES_ADVANCE);
    if (moves > 0 && !new_year) {
        struct series_advance_row *last = chunk_row(chunk, &SERIES_ADVANCE, moves - 1);
        last->last_number = after->last_number;
        last->last_issued_on = after->last_issued_on;
        memcpy(last->last_hash, after->last_hash, SHA256_SIZE);
        return;
    }
    if (new_year) {
        struct series_row *start = chunk_append(chunk, &SERIES_START);
        *start = *after;
        start->last_number = 0;
        memcpy(start->last_hash, before->last_hash, SHA256_SIZE);
    }
    struct series_advance_row *advance = chunk_append(chunk, &SERIES_ADVANCE);
    *advance = (struct series_advance_row){
        .tenant_id = after->tenant_id,
        .series = after->series,
        .fiscal_year = after->fiscal_year,
        .expected_number = new_year ? 0 : before->last_number,
        .last_number = after->last_number,
        .last_issued_on = after->last_issued_on,
    };
    memcpy(advance->last_hash, after->last_hash, SHA256_SIZE);
}

static void append_closed(const struct draft *draft, enum invoice_status status, int64_t tenant_id,
                          struct chunk *chunk)
{
    struct invoice_closed_row *row = chunk_append(chunk, &INVOICE_CLOSED);
    *row = (struct invoice_closed_row){.tenant_id = tenant_id,
                                       .invoice_id = draft->invoice_id,
                                       .status = invoice_status_name(status)};
}

/* Whoever is on hold is charged as ever, and gets no document: his drafts wait, and each run shows
 * what is at stake. The first run without the hold numbers them. */
static bool check_hold(const struct draft *draft, struct error *err)
{
    if (!draft->on_hold)
        return true;
    (void)error_item(err, "on_hold", "customer %s is on hold", draft->customer);
    return error_hint(err, "import the customer without hold; the next run, or `billmill parked "
                           "retry`, finalizes what waits");
}

/* Commitments that were met, and nothing else. */
static bool charges_nothing(const struct draft *draft)
{
    for (size_t i = 0; i < draft->line_count; i++)
        if (draft->lines[i].subscription_id != 0 || draft->lines[i].amount_minor != 0)
            return false;
    return draft->line_count > 0;
}

static enum zero_invoice zero_rule(const struct job_ctx *ctx, const struct draft *draft)
{
    enum zero_invoice rule = job_environment(ctx)->settings->rules.zero_invoice;
    return rule == ZERO_INVOICE_ISSUE && charges_nothing(draft) ? ZERO_INVOICE_RECORD : rule;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    struct counter *counter = chunk_state(chunk);
    const struct draft *draft = item->data;
    int64_t tenant_id = counter->tenant->tenant_id;
    struct invoice_content content;
    if (!check_hold(draft, err) ||
        !freeze(ctx, counter, draft, chunk_scratch(chunk), &content, err))
        return false;
    enum invoice_status status =
        invoice_final_status(counter->kind, &content.totals, zero_rule(ctx, draft));
    if (!invoice_status_is_numbered(status)) {
        append_closed(draft, status, tenant_id, chunk);
        append_off_rows(draft, chunk);
        return true;
    }
    struct invoice_credits drawn = {0};
    bool is_invoice = counter->kind == DOCUMENT_INVOICE;
    if ((is_invoice && !finalize_credits_draw(&counter->credits, draft, content.issued_on, chunk,
                                              &content.totals, &drawn, err)) ||
        !chunk_add_total(chunk, content.totals.total, err))
        return false;
    if (is_invoice && money_sign(content.totals.credit_applied) > 0 &&
        money_sign(content.totals.amount_due) <= 0)
        status = INVOICE_PAID;
    if (!is_invoice && money_sign(content.totals.amount_due) < 0)
        status = INVOICE_OPEN; /* the customer owes it all the same */
    struct series_row after = counter->row;
    take_number(ctx, &after, &content, chunk_arena(chunk));
    invoice_hash(&content, counter->row.last_hash, after.last_hash);
    if (is_turned(draft))
        append_turned(draft, &content, tenant_id, chunk);
    if (!finalize_credits_refund(&counter->credits, draft, &content, tenant_id, chunk, err))
        return false;
    append_final(counter, draft, &content, status, &after, chunk);
    append_effect(draft, &content, tenant_id, chunk);
    append_off_rows(draft, chunk);
    if (!counter->seller_appended)
        append_party(&counter->seller, counter->seller_digest, tenant_id, chunk);
    counter->seller_appended = true;
    append_counter(&counter->row, &after, chunk);
    finalize_credits_append(&counter->credits, draft, content.issued_on, &content.totals, &drawn,
                            chunk);
    counter->row = after; /* last: an item that failed before this took no number */
    return true;
}

/* The counter first: who meets another run of the same series waits here and is done again, before
 * a number that is taken looks like the fault of its invoice. */
static const struct bulk_table *const tables[] = {
    &SERIES_START,
    &SERIES_ADVANCE,
    &CREDIT_USE,
    &CREDIT_GRANT_ADD,
    &CREDIT_MOVEMENT_ADD,
    &OVERDRAFT_START,
    &OVERDRAFT_MOVE,
    &CREDIT_LIMIT_START,
    &CREDIT_LIMIT_MOVE,
    &CREDIT_UNIT_USE,
    &CREDIT_UNIT_MOVEMENT_ADD,
    &INVOICE_CREDITED,
    &WRITTEN_OFF_ADD,
    &PARTY_ADD,
    &INVOICE_TURNED,
    &LINE_TURNED,
    &TAX_TURNED,
    &INVOICE_FINAL,
    &INVOICE_CLOSED,
    &EFFECT_INTEND,
};

const struct job job_invoice_finalize = {
    .name = "invoice-finalize",
    .summary = "number and freeze taxed drafts",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
