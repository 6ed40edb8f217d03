/* Loading what an explanation needs: see explanation.h. */
#include "core/stores/explanation.h"

#include <inttypes.h>

#include "core/billing/correction.h"
#include "core/billing/progressive.h"
#include "core/stores/explanation_parts.h"
#include "core/stores/line_taxes.h"

bool explained_is_reversal(const struct explained_line *line)
{
    return line->is_slot && line->slot.reversal;
}

static const struct row_field period_fields[] = {
    ROW_FIELD(struct explained_period, end_on, "end_on"),
    ROW_FIELD(struct explained_period, start_at_us, "start_at_us"),
    ROW_FIELD(struct explained_period, end_at_us, "end_at_us"),
    ROW_FIELD(struct explained_period, full_start_on, "full_start_on"),
    ROW_FIELD(struct explained_period, full_end_on, "full_end_on"),
    ROW_FIELD(struct explained_period, due_on, "due_on"),
    ROW_FIELD(struct explained_period, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct explained_period, counts_from_on, "counts_from_on"),
    ROW_FIELD(struct explained_period, counts_from_us, "counts_from_us"),
    ROW_FIELD(struct explained_period, counts_gaps, "counts_gaps"),
    ROW_FIELD(struct explained_period, quantity, "quantity"),
    ROW_FIELD(struct explained_period, proration, "proration"),
    ROW_FIELD(struct explained_period, customer, "customer"),
    ROW_FIELD(struct explained_period, timezone, "timezone"),
};

static const struct row_field coupon_fields[] = {
    ROW_FIELD(struct explained_coupon, line, "line"),
    ROW_FIELD(struct explained_coupon, discount_minor, "discount_minor"),
    ROW_FIELD(struct explained_coupon, coupon, "coupon"),
    ROW_FIELD(struct explained_coupon, customer, "customer"),
    ROW_FIELD(struct explained_coupon, subscription, "subscription"),
    ROW_FIELD(struct explained_coupon, kept, "kept"),
};

static const struct catalog_price *find_version(const struct billing_catalog *catalog,
                                                const struct stored_line *line)
{
    for (size_t i = 0; i < catalog->price_count; i++)
        if (catalog->prices[i].price_id == line->price_id &&
            date_compare(catalog->prices[i].price.valid_from, line->price_valid_from) == 0)
            return &catalog->prices[i];
    return NULL;
}

static bool load_period(const struct explanation_loading *loading, struct explained_line *line,
                        struct error *err)
{
    const struct stored_line *stored = line->stored;
    bool found = false;
    if (!rows_load_one(
            loading->db, STMT_EXPLAIN_PERIOD,
            DB_ARGS(db_i64(loading->catalog->tenant.tenant_id), db_i64(stored->subscription_id),
                    db_i64(stored->price_id), db_text(date_text(stored->period_start_on).text),
                    db_text(stored->kind)),
            loading->arena, period_fields, ARRAY_LEN(period_fields), &line->period, &found, err))
        return false;
    if (!found)
        return error_run(err, EXIT_DATA, "its billing period is not there");
    return counted_gaps_parse(line->period.counts_gaps, loading->arena, &line->period.gaps, err);
}

static bool load_given(const struct explanation_loading *loading,
                       const struct stored_invoice *invoice, struct explained_line *line,
                       struct error *err)
{
    const struct stored_line *stored = line->stored;
    struct giving_line giving = {stored->kind, stored->period_start_on, stored->period_end_on,
                                 money_of_minor(stored->amount_minor, invoice->currency)};
    int64_t tenant_id = loading->catalog->tenant.tenant_id;
    line->gives_back = invoice->taxed && give_back_does(stored->kind, stored->amount_minor < 0);
    const struct forgiven_moment moment = {invoice->invoice_id, stored->line, invoice->draft_key,
                                           invoice->issued_on, giving};
    if (line->gives_back &&
        !give_back_store_find(loading->db, tenant_id, invoice->invoice_id, stored->line,
                              invoice->draft_key, &giving, loading->catalog->tenant.rounding,
                              loading->arena, &line->given, err))
        return false;
    return !invoice->taxed || forgiven_store_find(loading->db, tenant_id, &moment, loading->arena,
                                                  line->forgiven_in, err);
}

/* What it gives back of, came late of, or is charged in place of, as that was taxed. */
static bool load_taxed_of(const struct explanation_loading *loading,
                          const struct stored_invoice *invoice, struct explained_line *line,
                          struct error *err)
{
    struct arena *arena = loading->arena;
    const struct stored_line *stored = line->stored;
    struct given_back of = line->given;
    const char *taxed_by = give_back_taxed_by(stored->kind, line->gives_back, arena);
    struct giving_line giving = {taxed_by, stored->period_start_on, stored->period_end_on,
                                 money_of_minor(stored->amount_minor, invoice->currency)};
    int64_t tenant_id = loading->catalog->tenant.tenant_id;
    if (!invoice->taxed || taxed_by == NULL)
        return true;
    if (!line->gives_back &&
        !give_back_store_find(loading->db, tenant_id, invoice->invoice_id, stored->line,
                              invoice->draft_key, &giving, loading->catalog->tenant.rounding, arena,
                              &of, err))
        return false;
    struct tax_choices *choices = ARENA_NEW_ARRAY(arena, struct tax_choices, of.count + 1);
    bool *takes = ARENA_NEW_ARRAY(arena, bool, of.count + 1);
    size_t like = 0;
    for (size_t i = 0; i < of.count && !of.is_open; i++) {
        struct stored_tax *taxes = NULL;
        size_t count = 0;
        takes[i] = true;
        if (!draft_store_load_taxes(loading->db, tenant_id, &of.of[i].invoice_id, 1, arena, &taxes,
                                    &count, err) ||
            !line_taxes_as_billed(taxes, count, &of.of[i], &choices[i], err))
            return false;
    }
    if (of.count == 0 || of.is_open)
        return true;
    if (!line_taxes_choose(of.billed, takes, choices, of.count, arena, &like, err))
        return false;
    line->taxed_of = of.of + like;
    line->taxed_as = choices[like];
    return true;
}

static bool load_true_up(const struct explanation_loading *loading,
                         const struct stored_invoice *invoice, struct explained_line *line,
                         struct error *err)
{
    line->is_true_up = true;
    if (line->phase == NULL)
        return error_run(err, EXIT_DATA, "phase %s of contract %s is not there",
                         line->stored->price, line->stored->subscription);
    return load_period(loading, line, err) && load_given(loading, invoice, line, err) &&
           load_taxed_of(loading, invoice, line, err) &&
           explained_commitment_load(loading->db, loading->catalog, invoice, line->stored,
                                     line->phase, loading->arena, &line->commitment, err);
}

static bool load_line(const struct explanation_loading *loading,
                      const struct stored_invoice *invoice, const struct stored_line *stored,
                      struct explained_line *line, struct error *err)
{
    line->stored = stored;
    line->draft_key = invoice->draft_key;
    line->phase =
        contract_phase_find(&loading->catalog->contracts,
                            stored->subscription_id == 0 ? stored->price_id : stored->phase_id);
    if (stored->subscription_id == 0)
        return load_true_up(loading, invoice, line, err);
    line->price =
        stored->rated_price_id == DB_I64_NONE
            ? find_version(loading->catalog, stored)
            : catalog_price_on(loading->catalog, stored->rated_price_id, stored->rated_valid_from);
    if (line->price == NULL)
        return error_run(err, EXIT_DATA, "price %s has no version from %s any more", stored->price,
                         date_text(stored->price_valid_from).text);
    const struct catalog_price *own = find_version(loading->catalog, stored);
    line->plan_id = own == NULL ? 0 : own->plan_id;
    line->is_slot = slot_entry_parse_kind(correction_base_kind(stored->kind), &line->slot);
    line->progressive = progressive_number(correction_base_kind(stored->kind));
    line->charged_by = line->price->price;
    if (line->progressive > 0)
        line->charged_by = progressive_price(&line->price->price);
    bool counts_usage = line->price->meter_id != DB_I64_NONE && !explained_is_reversal(line);
    if (!load_period(loading, line, err) || !explanation_load_earlier(loading, line, err) ||
        !load_given(loading, invoice, line, err) || !load_taxed_of(loading, invoice, line, err) ||
        (counts_usage && !explanation_load_usage(loading, line, err)))
        return false;
    line->charge = (struct period_charge){
        .price = &line->charged_by,
        .period = {stored->period_start_on,    stored->period_end_on   },
        .full = {line->period.full_start_on, line->period.full_end_on},
        .proration = line->period.proration,
        .gaps = line->period.gaps,
        .quantity = stored->quantity,
        .events = line->usage.amounts,
        .before_events = line->usage.before_amounts,
        .billed_before = line->earlier_count > 0,
        .discount_percent =
            line->phase == NULL ? decimal_from_i64(0) : line->phase->discount_percent,
        .flat_fee_at_zero = loading->flat_fee_at_zero,
        .rounding = loading->catalog->tenant.rounding,
    };
    return !counts_usage || date_is_none(line->period.counts_from_on) ||
           explanation_load_before(loading, line, err);
}

static bool load_parties(const struct explanation_loading *loading,
                         struct invoice_explanation *explanation, struct error *err)
{
    const struct tenant_facts *tenant = &loading->catalog->tenant;
    const struct stored_invoice *invoice = &explanation->invoice;
    bool found = false;
    if (invoice->number != NULL) {
        explanation->seller = invoice->seller;
        explanation->buyer = invoice->buyer;
        return true;
    }
    explanation->seller = (struct invoice_party){.name = tenant->legal_name,
                                                 .line1 = tenant->line1,
                                                 .line2 = tenant->line2,
                                                 .city = tenant->city,
                                                 .postal_code = tenant->postal_code,
                                                 .region = tenant->region,
                                                 .country = tenant->country,
                                                 .tax_id = tenant->tax_id};
    if (!rows_load_one(loading->db, STMT_EXPLAIN_BUYER,
                       DB_ARGS(db_i64(tenant->tenant_id), db_text(invoice->customer)),
                       loading->arena, INVOICE_PARTY_FIELDS, INVOICE_PARTY_FIELD_COUNT,
                       &explanation->buyer, &found, err))
        return false;
    return found || error_run(err, EXIT_DATA, "customer %s is not there", invoice->customer);
}

/* They come in the order of the lines. */
static bool load_coupons(const struct explanation_loading *loading,
                         struct invoice_explanation *explanation, struct error *err)
{
    void *items = NULL;
    size_t count = 0, next = 0;
    if (!rows_load_all(loading->db, STMT_COUPON_CUTS_LOAD,
                       DB_ARGS(db_i64(loading->catalog->tenant.tenant_id),
                               db_i64(explanation->invoice.invoice_id)),
                       loading->arena, coupon_fields, ARRAY_LEN(coupon_fields),
                       sizeof(struct explained_coupon), &items, &count, err))
        return false;
    const struct explained_coupon *all = items;
    for (size_t i = 0; i < explanation->line_count; i++) {
        struct explained_line *line = &explanation->lines[i];
        line->coupons = &all[next];
        while (next < count && all[next].line == line->stored->line)
            next++, line->coupon_count++;
    }
    return true;
}

/* The lines of one customer's subscriptions follow each other. */
static bool load_drawn(const struct explanation_loading *loading,
                       struct invoice_explanation *explanation, struct error *err)
{
    struct explained_drawns all = {0};
    int64_t customer_id = DB_I64_NONE;
    for (size_t i = 0; i < explanation->line_count; i++) {
        struct explained_line *line = &explanation->lines[i];
        if (line->is_true_up || line->phase == NULL)
            continue;
        if (line->phase->customer_id != customer_id &&
            !explained_drawn_load(loading->db, loading->catalog, &explanation->invoice,
                                  line->phase->customer_id, loading->arena, &all, err))
            return false;
        customer_id = line->phase->customer_id;
        size_t first = 0;
        while (first < all.count && all.items[first].line != line->stored->line)
            first++;
        line->drawn = all.count == 0 ? NULL : &all.items[first];
        while (first + line->drawn_count < all.count &&
               line->drawn[line->drawn_count].line == line->stored->line)
            line->drawn_count++;
    }
    return true;
}

static bool load_parts(const struct explanation_loading *loading,
                       struct invoice_explanation *explanation, struct error *err)
{
    const struct stored_invoice *invoice = &explanation->invoice;
    const struct limit_document document = {.invoice_id = invoice->invoice_id,
                                            .currency = invoice->currency,
                                            .lines = invoice->lines,
                                            .line_count = invoice->line_count,
                                            .taxes = invoice->taxes,
                                            .tax_count = invoice->tax_count};
    return explained_credit_parts_load(
        loading->db, loading->catalog->tenant.tenant_id, invoice->customer_id, &document,
        explanation->credits, explanation->credit_count, loading->arena, &explanation->parts, err);
}

bool explanation_load(struct db *db, const struct billing_catalog *catalog,
                      const struct stored_invoice *invoice, bool flat_fee_at_zero,
                      struct arena *arena, struct invoice_explanation *ret_explanation,
                      struct error *err)
{
    struct explanation_loading loading = {
        .db = db, .catalog = catalog, .flat_fee_at_zero = flat_fee_at_zero, .arena = arena};
    struct invoice_explanation explanation = {
        .catalog = catalog,
        .invoice = *invoice,
        .currency = invoice->currency,
        .lines = ARENA_NEW_ARRAY(arena, struct explained_line, invoice->line_count + 1),
        .line_count = invoice->line_count,
    };
    if (!draft_turn_back(&explanation.invoice, &explanation.is_turned, err) ||
        !load_parties(&loading, &explanation, err))
        return false;
    for (size_t i = 0; i < invoice->line_count; i++)
        if (!load_line(&loading, &explanation.invoice, &invoice->lines[i], &explanation.lines[i],
                       err))
            return error_context(err, "line %" PRId64, invoice->lines[i].line);
    if (!load_drawn(&loading, &explanation, err) || !load_coupons(&loading, &explanation, err) ||
        !credit_account_of_invoice(db, catalog->tenant.tenant_id, invoice->customer_id,
                                   invoice->invoice_id, arena, &explanation.credits,
                                   &explanation.credit_count, err) ||
        !written_off_store_load(db, catalog->tenant.tenant_id, invoice->invoice_id, arena,
                                &explanation.off, &explanation.off_count, err) ||
        !load_parts(&loading, &explanation, err) || !explanation_check(&explanation, arena, err))
        return false;
    *ret_explanation = explanation;
    return true;
}
