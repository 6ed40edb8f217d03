/* invoice-render: print finalized invoices as PDF. An item is an invoice whose file is intended
 * (effect "file"); its bytes depend on what was frozen, on what it was converted to by then, which
 * never changes, and on the layout alone, so printing again gives the same file. Files are
 * published, durably, before the chunk's rows say so.
 *
 * A file is <documents>/<tenant>/<fiscal year>/<thousands of its number>/<number>.pdf: directories
 * stay small, and a chunk forces one or two of them to disk, not a hundred. A text that no font can
 * show parks the invoice; nothing is changed silently. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/charge_slots.h"
#include "core/billing/correction.h"
#include "core/billing/progressive.h"
#include "core/engine/effect.h"
#include "core/outside/file_publish.h"
#include "core/outside/pdf_invoice.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/conversion_store.h"
#include "core/stores/line_reference.h"
#include "core/stores/line_text.h"
#include "core/stores/written_off_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

#define ADDRESS_LINES_MAX 6
#define FILES_OF_A_DIRECTORY 1000

struct render_memory {
    struct job_tenant tenant;
    struct pdf_renderer *renderer;
    uint8_t layout_digest[SHA256_SIZE];
};

/* What publish writes: kept beside the rows, one for each DOCUMENT_ADD row, in its order. */
struct rendered {
    const uint8_t *bytes;
    size_t size;
    struct rendered *next;
};

/* An item. */
struct printed {
    struct stored_invoice *invoice;
    struct line_references *references; /* of each line */
    int64_t off_minor;                  /* off what was written off (written_off_store.h) */
    const struct invoice_conversion_add_row *books; /* its source is NULL: not converted */
};

struct render_state {
    const struct render_memory *memory;
    struct rendered **tail;
    struct rendered *first;
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return job_plan_due_work(ctx, WORK_TO_PRINT, plan, err);
}

static bool prepare(const struct job_ctx *ctx, int64_t tenant_id, struct render_memory **ret_memory,
                    struct error *err)
{
    if (*ctx->memory == NULL) {
        struct render_memory *fresh = ARENA_NEW(ctx->arena, struct render_memory);
        *ctx->memory = fresh;
        if (!pdf_renderer_create(job_environment(ctx)->layout_path, &fresh->renderer, err))
            return false;
        pdf_renderer_digest(fresh->renderer, fresh->layout_digest);
    }
    *ret_memory = *ctx->memory;
    return job_tenant_load(ctx, tenant_id, CATALOG_WITHOUT_CONTRACTS, &(*ret_memory)->tenant, err);
}

static void release(void *memory)
{
    pdf_renderer_destroy(&((struct render_memory *)memory)->renderer);
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct render_memory *memory = NULL;
    struct stored_invoice *invoices = NULL;
    size_t count = 0;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    if (!prepare(ctx, range->tenant_id, &memory, err) ||
        !job_number_range(range, &after_id, &hi_id, err) ||
        !draft_store_load_unprinted(ctx->db, range->tenant_id, after_id, hi_id, range->limit,
                                    chunk_arena(chunk), &invoices, &count, err))
        return false;
    struct render_state *state = ARENA_NEW(chunk_arena(chunk), struct render_state);
    *state = (struct render_state){.memory = memory, .tail = &state->first};
    chunk_set_state(chunk, state);
    struct printed *printed = ARENA_NEW_ARRAY(chunk_arena(chunk), struct printed, count + 1);
    int64_t *ids = ARENA_NEW_ARRAY(chunk_arena(chunk), int64_t, count + 1);
    int64_t *off_minor = ARENA_NEW_ARRAY(chunk_arena(chunk), int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = invoices[i].invoice_id;
    struct invoice_conversion_add_row *books =
        ARENA_NEW_ARRAY(chunk_arena(chunk), struct invoice_conversion_add_row, count + 1);
    if (!written_off_store_load_sums(ctx->db, range->tenant_id, ids, count, chunk_arena(chunk),
                                     off_minor, err) ||
        !conversion_store_load_all(ctx->db, range->tenant_id, ids, count, chunk_arena(chunk), books,
                                   err))
        return false;
    for (size_t i = 0; i < count; i++) {
        printed[i].invoice = &invoices[i];
        printed[i].off_minor = off_minor[i];
        printed[i].books = &books[i];
        if (!line_references_load(ctx->db, range->tenant_id, &invoices[i],
                                  memory->tenant.catalog->tenant.rounding, chunk_arena(chunk),
                                  &printed[i].references, err))
            return error_context(err, "%s", invoices[i].number);
        struct chunk_item *item = chunk_add_item(
            chunk, job_number_key(chunk, invoices[i].invoice_id), invoices[i].number, &printed[i]);
        item->has_at_stake = true;
        item->at_stake = money_of_minor(invoices[i].total_minor, invoices[i].currency);
    }
    return true;
}

/* ---------------------------------------------------------------- from rows to a document */

static struct document_date date_of(struct date date)
{
    if (date_is_none(date))
        return (struct document_date){0};
    struct civil_date civil = date_civil(date);
    return (struct document_date){.year = civil.year, .month = civil.month, .day = civil.day};
}

static bool has(const char *text)
{
    return !text_is_empty(text);
}

/* Postal code before the city in Europe, city, region and code elsewhere. */
static const char *city_line(const struct invoice_party *party, struct arena *arena)
{
    bool american = text_equal(party->country, "US") || text_equal(party->country, "CA");
    const char *city = has(party->city) ? party->city : "";
    const char *code = has(party->postal_code) ? party->postal_code : "";
    if (american)
        return arena_printf(arena, "%s%s%s %s", city, has(party->region) ? ", " : "",
                            has(party->region) ? party->region : "", code);
    return arena_printf(arena, "%s%s%s", code, code[0] != '\0' ? " " : "", city);
}

/* The country is named where a letter crosses a border. */
static struct document_party party_of(const struct invoice_party *party, bool abroad,
                                      struct arena *arena)
{
    const char **lines = ARENA_NEW_ARRAY(arena, const char *, ADDRESS_LINES_MAX);
    size_t count = 0;
    if (has(party->line1))
        lines[count++] = party->line1;
    if (has(party->line2))
        lines[count++] = party->line2;
    if (has(party->city) || has(party->postal_code))
        lines[count++] = city_line(party, arena);
    if (abroad && has(party->country))
        lines[count++] = party->country;
    return (struct document_party){.name = party->name,
                                   .address_lines = lines,
                                   .address_line_count = count,
                                   .tax_id = party->tax_id,
                                   .email = party->email};
}

static const char *rate_text_of(const struct stored_invoice *invoice,
                                const struct stored_line *line, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < invoice->tax_count && line->tax != DB_I64_NONE; i++)
        if (invoice->taxes[i].tax == line->tax || invoice->taxes[i].beside_tax == line->tax)
            text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : "+",
                                decimal_text(invoice->taxes[i].rate_percent).text);
    return text;
}

/* Known by the kind of the line, whether it was billed once or again. */
static enum document_remark remark_of(const struct stored_line *line)
{
    const char *kind = correction_base_kind(line->kind);
    struct slot_entry entry;
    if (!line_is_of_subscription(line))
        return REMARK_COMMITMENT;
    if (text_starts_with(kind, "late_usage"))
        return REMARK_LATE_USAGE;
    if (progressive_number(kind) > 0)
        return REMARK_USED_SO_FAR;
    if (!slot_entry_parse_kind(kind, &entry))
        return REMARK_NONE;
    if (entry.reversal)
        return REMARK_TAKEN_BACK;
    switch (entry.slot.kind) {
    case SLOT_PRORATION_CHARGE:
        return REMARK_REMAINING_TIME;
    case SLOT_PRORATION_CREDIT:
        return REMARK_UNUSED_TIME;
    case SLOT_RECURRING:
    case SLOT_USAGE:
        return REMARK_NONE;
    }
    return REMARK_NONE;
}

static const struct document_reference *references_of(const struct line_references *references,
                                                      struct arena *arena)
{
    struct document_reference *documents =
        ARENA_NEW_ARRAY(arena, struct document_reference, references->count + 1);
    for (size_t i = 0; i < references->count; i++)
        documents[i] = (struct document_reference){references->items[i].number,
                                                   date_of(references->items[i].issued_on)};
    return documents;
}

static const struct document_line *lines_of(const struct printed *printed, struct arena *arena)
{
    const struct stored_invoice *invoice = printed->invoice;
    struct document_line *lines =
        ARENA_NEW_ARRAY(arena, struct document_line, invoice->line_count + 1);
    bool is_of_several = lines_name_subscriptions(invoice->lines, invoice->line_count);
    for (size_t i = 0; i < invoice->line_count; i++) {
        const struct stored_line *line = &invoice->lines[i];
        bool is_commitment = !line_is_of_subscription(line);
        lines[i] = (struct document_line){
            .description = is_commitment ? line->description
                                         : line_text(invoice->lines, invoice->line_count, i, arena),
            .subscription = is_of_several && !is_commitment ? line->subscription : NULL,
            .remark = remark_of(line),
            .contract = is_commitment ? line->subscription : NULL,
            .phase = is_commitment ? line->price : NULL,
            .references = references_of(&printed->references[i], arena),
            .reference_count = printed->references[i].count,
            .period_start = date_of(line->period_start_on),
            .period_end = date_of(line->period_end_on),
            .quantity = arena_copy(arena, decimal_text(line->quantity).text),
            .unit_amount = line->unit_amount == NULL ? "" : line->unit_amount,
            .amount_minor = line->amount_minor,
            .tax_rate_percent = rate_text_of(invoice, line, arena),
        };
    }
    return lines;
}

static const struct document_tax *taxes_of(const struct stored_invoice *invoice,
                                           struct arena *arena)
{
    struct document_tax *taxes =
        ARENA_NEW_ARRAY(arena, struct document_tax, invoice->tax_count + 1);
    for (size_t i = 0; i < invoice->tax_count; i++)
        taxes[i] = (struct document_tax){
            .name = invoice->taxes[i].name,
            .category = invoice->taxes[i].category,
            .rate_percent = arena_copy(arena, decimal_text(invoice->taxes[i].rate_percent).text),
            .base_minor = invoice->taxes[i].base_minor,
            .tax_minor = invoice->taxes[i].tax_minor};
    return taxes;
}

/* Each once: several groups of an exempt buyer say the same, and their row is named by it. */
static void set_notes(const struct stored_invoice *invoice, struct arena *arena,
                      struct invoice_document *document)
{
    const char **notes = ARENA_NEW_ARRAY(arena, const char *, invoice->tax_count + 1);
    for (size_t i = 0; i < invoice->tax_count; i++) {
        const char *note = invoice->taxes[i].note;
        bool is_said = text_is_empty(note) || text_equal(note, invoice->taxes[i].name);
        for (size_t k = 0; k < document->note_count; k++)
            is_said = is_said || text_equal(notes[k], note);
        if (!is_said)
            notes[document->note_count++] = note;
    }
    document->notes = notes;
}

static bool all_inclusive(const struct stored_invoice *invoice)
{
    bool inclusive = invoice->tax_count > 0;
    for (size_t i = 0; i < invoice->tax_count; i++)
        inclusive = inclusive && invoice->taxes[i].inclusive;
    return inclusive;
}

/* The whole stretch of time that the lines cover. */
static void set_period(const struct stored_invoice *invoice, struct invoice_document *document)
{
    struct date start = DATE_NONE;
    struct date end = DATE_NONE;
    for (size_t i = 0; i < invoice->line_count; i++) {
        const struct stored_line *line = &invoice->lines[i];
        start = i == 0 ? line->period_start_on : date_min(start, line->period_start_on);
        end = i == 0 ? line->period_end_on : date_max(end, line->period_end_on);
    }
    document->period_start = date_of(start);
    document->period_end = date_of(end);
}

/* Of the discount, as the document says it: a credit note of a draft below zero is turned. */
static int64_t already_credited_minor(const struct stored_invoice *invoice)
{
    bool is_turned =
        document_kind_of(invoice->kind) == DOCUMENT_CREDIT_NOTE && invoice->corrects == NULL;
    int64_t sum_minor = 0;
    for (size_t i = 0; i < invoice->line_count; i++)
        if (invoice->lines[i].forgiven_minor != DB_I64_NONE)
            sum_minor += invoice->lines[i].forgiven_minor;
    return is_turned ? -sum_minor : sum_minor;
}

static void add_rate(struct document_in_books *books, const char *base, struct currency quote,
                     struct decimal rate, int64_t version, struct arena *arena)
{
    if (version > 0)
        books->rates[books->rate_count++] = (struct document_rate){
            base, arena_copy(arena, quote.code), arena_copy(arena, decimal_text(rate).text)};
}

static struct document_in_books in_books_of(const struct printed *printed, struct arena *arena)
{
    const struct invoice_conversion_add_row *row = printed->books;
    if (row->source == NULL)
        return (struct document_in_books){0};
    struct document_in_books books = {
        .currency = row->currency.code,
        .currency_digits = currency_digits(row->currency),
        .net_minor = row->net_minor,
        .tax_minor = row->tax_minor,
        .total_minor = row->total_minor,
        .source = row->source,
        .published_on = date_of(row->published_on),
    };
    add_rate(&books, row->base, printed->invoice->currency, row->from_rate, row->from_version,
             arena);
    add_rate(&books, row->base, row->currency, row->to_rate, row->to_version, arena);
    return books;
}

static struct invoice_document document_of(const struct printed *printed, struct arena *arena)
{
    const struct stored_invoice *invoice = printed->invoice;
    int64_t credited_minor = already_credited_minor(invoice);
    bool abroad = !text_equal(invoice->seller.country, invoice->buyer.country);
    struct invoice_document document = {
        .locale = invoice->locale,
        .seller = party_of(&invoice->seller, abroad, arena),
        .buyer = party_of(&invoice->buyer, abroad, arena),
        .buyer_reference = invoice->customer,
        .is_credit_note = document_kind_of(invoice->kind) == DOCUMENT_CREDIT_NOTE,
        .corrects = invoice->corrects,
        .number = invoice->number,
        .issued_on = date_of(invoice->issued_on),
        .due_on = date_of(invoice->due_on),
        .tax_point =
            date_of(lines_tax_point(invoice->lines, invoice->line_count, invoice->tax_point_on)),
        .payment_terms_days = (int32_t)invoice->payment_terms_days,
        .currency = invoice->currency.code,
        .currency_digits = currency_digits(invoice->currency),
        .prices_include_tax = all_inclusive(invoice),
        .lines = lines_of(printed, arena),
        .line_count = invoice->line_count,
        .subtotal_minor = invoice->subtotal_minor,
        .discount_minor = invoice->discount_minor - credited_minor,
        .already_credited_minor = credited_minor,
        .taxes = taxes_of(invoice, arena),
        .tax_count = invoice->tax_count,
        .total_minor = invoice->total_minor,
        .credit_applied_minor = invoice->credit_applied_minor + printed->off_minor,
        .never_paid_minor = printed->off_minor,
        .amount_due_minor = invoice->amount_due_minor,
        .in_books = in_books_of(printed, arena),
    };
    set_period(invoice, &document);
    set_notes(invoice, arena, &document);
    return document;
}

/* ---------------------------------------------------------------- one invoice */

/* A name as one part of a path, so that no two names give one path: what is special in paths and in
 * shells, and `%` itself, becomes %XX. */
static const char *path_part(const char *name, struct arena *arena)
{
    size_t length = strlen(name);
    char *part = arena_alloc(arena, 3 * length + 1);
    char *end = part;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        bool special = c <= ' ' || c == 0x7f || strchr("%/\\#*?\"'<>|:", c) != NULL;
        if (special || (c == '.' && i == 0))
            end += snprintf(end, 4, "%%%02X", c);
        else
            *end++ = (char)c;
    }
    return part;
}

static const char *path_of(const struct billing_catalog *catalog,
                           const struct stored_invoice *invoice, struct arena *arena)
{
    return arena_printf(arena, "%s/%" PRId64 "/%03" PRId64 "/%s.pdf",
                        path_part(catalog->tenant.tenant, arena), invoice->fiscal_year,
                        invoice->number_in_series / FILES_OF_A_DIRECTORY,
                        path_part(invoice->number, arena));
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    struct render_state *state = chunk_state(chunk);
    const struct printed *printed = item->data;
    const struct stored_invoice *invoice = printed->invoice;
    struct arena *arena = chunk_arena(chunk);
    struct invoice_document document = document_of(printed, arena);
    struct rendered *rendered = ARENA_NEW(arena, struct rendered);
    (void)ctx;
    if (!pdf_invoice_render(state->memory->renderer, &document, arena, &rendered->bytes,
                            &rendered->size, err))
        return error_context(err, "customer %s", invoice->customer);
    *state->tail = rendered;
    state->tail = &rendered->next;
    struct document_row *row = chunk_append(chunk, &DOCUMENT_ADD);
    *row = (struct document_row){.tenant_id = state->memory->tenant.tenant_id,
                                 .invoice_id = invoice->invoice_id,
                                 .path = path_of(state->memory->tenant.catalog, invoice, arena),
                                 .size_bytes = (int64_t)rendered->size};
    memcpy(row->layout_digest, state->memory->layout_digest, SHA256_SIZE);
    sha256_of(rendered->bytes, rendered->size, row->pdf_sha256);
    struct effect_done_row *done = chunk_append(chunk, &EFFECT_DONE);
    *done = (struct effect_done_row){.tenant_id = row->tenant_id,
                                     .effect_key =
                                         arena_printf(arena, "invoice-pdf:%s", invoice->number),
                                     .state = "done",
                                     .outcome = row->path};
    memcpy(done->digest, row->pdf_sha256, SHA256_SIZE);
    return true;
}

static bool publish(const struct job_ctx *ctx, struct chunk *chunk, struct error *err)
{
    const struct render_state *state = chunk_state(chunk);
    const char *directory = job_environment(ctx)->settings->directories.documents.text;
    struct publication_counts counts = {0};
    CLEANUP(publication_abandon) struct publication *group = publication_start();
    const struct rendered *rendered = state->first;
    for (size_t i = 0; i < chunk_row_count(chunk, &DOCUMENT_ADD); i++) {
        const struct document_row *row = chunk_row(chunk, &DOCUMENT_ADD, i);
        const char *path = arena_printf(chunk_arena(chunk), "%s/%s", directory, row->path);
        if (!publication_add(group, path, rendered->bytes, rendered->size, err))
            return false;
        rendered = rendered->next;
    }
    return publication_commit(group, &counts, err);
}

static const struct bulk_table *const tables[] = {&DOCUMENT_ADD, &EFFECT_DONE};

const struct job job_invoice_render = {
    .name = "invoice-render",
    .summary = "print finalized invoices as PDF",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .publish = publish,
    .apart = true,
    .release = release,
};
