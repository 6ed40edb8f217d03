/* Loading what an explanation needs: see explanation.h. */
#include "core/stores/explanation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/billing/progressive.h"
#include "core/stores/line_taxes.h"
#include "core/stores/usage_window.h"

struct loading {
    struct db *db;
    const struct billing_catalog *catalog;
    bool flat_fee_at_zero;
    struct arena *arena;
};

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

static const struct row_field earlier_fields[] = {
    ROW_FIELD(struct explained_earlier, draft_key, "draft_key"),
    ROW_FIELD(struct explained_earlier, kind, "kind"),
    ROW_FIELD(struct explained_earlier, document, "document"),
    ROW_FIELD(struct explained_earlier, line, "line"),
    ROW_FIELD(struct explained_earlier, quantity, "quantity"),
    ROW_FIELD(struct explained_earlier, amount_minor, "amount_minor"),
    ROW_FIELD(struct explained_earlier, discount_minor, "discount_minor"),
    ROW_FIELD(struct explained_earlier, coupon_minor, "coupon_minor"),
    ROW_FIELD(struct explained_earlier, is_turned, "is_turned"),
};

static const struct row_field coupon_fields[] = {
    ROW_FIELD(struct explained_coupon, line, "line"),
    ROW_FIELD(struct explained_coupon, discount_minor, "discount_minor"),
    ROW_FIELD(struct explained_coupon, coupon, "coupon"),
    ROW_FIELD(struct explained_coupon, customer, "customer"),
    ROW_FIELD(struct explained_coupon, subscription, "subscription"),
    ROW_FIELD(struct explained_coupon, kept, "kept"),
};

/* ---------------------------------------------------------------- what billed the same period */

/* progressive, progressive:2 … usage, late_usage, late_usage:2 …: in the order in which they were
 * billed. */
static int64_t kind_order(const char *kind)
{
    int64_t number = progressive_number(kind);
    if (number > 0)
        return INT32_MIN + number;
    if (!text_starts_with(kind, "late_usage"))
        return 0;
    const char *colon = strchr(kind, ':');
    return colon != NULL && text_parse_i64(colon + 1, &number) ? number : 1;
}

static bool is_rebill(const char *kind)
{
    return correction_base_kind(kind) != kind;
}

/* Of another line's document, beside that of the line. */
static int order_of(const struct explained_line *line, const char *draft_key)
{
    return invoice_draft_order(draft_key, line->draft_key);
}

/* Whether a line was billed again: it bills nothing any more. When the line was made, that was by
 * itself or before; what takes back comes after what is billed beside it. */
static bool is_replaced(const struct explained_line *line, const struct explained_earlier *all,
                        size_t count, size_t index, bool when_made)
{
    bool is_reversal = explained_is_reversal(line);
    for (size_t i = 0; i < count; i++) {
        int order = order_of(line, all[i].draft_key);
        if (correction_is_rebill_of(all[i].kind, all[index].kind) &&
            (order < 0 || (order == 0 && (!when_made || is_reversal ||
                                          text_equal(all[i].kind, line->stored->kind)))))
            return true;
    }
    return false;
}

static int compare_earlier(const void *a, const void *b)
{
    int64_t left = kind_order(((const struct explained_earlier *)a)->kind);
    int64_t right = kind_order(((const struct explained_earlier *)b)->kind);
    return left < right ? -1 : left > right;
}

static bool turn_back(struct explained_earlier *lines, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!lines[i].is_turned)
            continue;
        lines[i].amount_minor = -lines[i].amount_minor;
        lines[i].discount_minor = -lines[i].discount_minor;
        if (!decimal_negate(lines[i].quantity, &lines[i].quantity, err))
            return false;
    }
    return true;
}

static void take_coupons_out(struct explained_earlier *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (give_back_does(lines[i].kind, lines[i].amount_minor + lines[i].discount_minor < 0))
            lines[i].coupon_minor = lines[i].discount_minor;
        lines[i].amount_minor += lines[i].coupon_minor;
    }
}

/* Of usage a reversal takes back whatever was billed up to its generation; else its one line. What
 * came late after `limit`, its invoice or the one that it was billed by first, it does not. */
static bool takes_back(const struct explained_line *reversal, const char *limit,
                       const struct explained_earlier *earlier)
{
    struct slot_entry entry;
    const struct slot_entry *own = &reversal->slot;
    if (!slot_entry_parse_kind(correction_base_kind(earlier->kind), &entry))
        return own->slot.kind == SLOT_USAGE && invoice_draft_order(earlier->draft_key, limit) <= 0;
    if (own->slot.kind == SLOT_USAGE)
        return entry.reversal ? entry.generation < own->generation
                              : entry.generation <= own->generation;
    return !entry.reversal && entry.slot.kind == own->slot.kind &&
           entry.generation == own->generation;
}

static void keep_taken_back(struct explained_line *line, const struct explained_earlier *all,
                            size_t count, struct arena *arena)
{
    const char *limit = line->draft_key;
    for (size_t i = 0; i < count; i++)
        if (correction_is_rebill_of(line->stored->kind, all[i].kind))
            limit = all[i].draft_key;
    struct explained_earlier *kept = ARENA_NEW_ARRAY(arena, struct explained_earlier, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!is_replaced(line, all, count, i, true) && takes_back(line, limit, &all[i]))
            kept[line->earlier_count++] = all[i];
    line->earlier = kept;
}

/* Billed before the line: late usage after what was used in time, in the order of its numbers; what
 * was taken back, and billed again, only where that was done before. */
static bool is_before(const struct explained_line *line, const struct explained_earlier *other)
{
    struct slot_entry entry;
    int64_t begun = progressive_number(correction_base_kind(other->kind));
    if (line->progressive > 0)
        return begun > 0 && begun < line->progressive;
    if (begun > 0 && line->is_slot && !is_rebill(line->stored->kind))
        return line->slot.generation == 1;
    if (is_rebill(line->stored->kind))
        return line->price->meter_id != DB_I64_NONE && order_of(line, other->draft_key) < 0;
    if (is_rebill(other->kind))
        return kind_order(line->stored->kind) > 0 && order_of(line, other->draft_key) < 0;
    if (kind_order(other->kind) >= kind_order(line->stored->kind))
        return false;
    if (!slot_entry_parse_kind(other->kind, &entry) || (!entry.reversal && entry.generation == 1))
        return true;
    return order_of(line, other->draft_key) < 0;
}

/* What was taken back is compared no more: the events belong to what was billed instead. */
static bool was_taken_back(const struct explained_line *line, const struct explained_earlier *all,
                           size_t count)
{
    struct slot_entry entry;
    for (size_t i = 0; i < count; i++)
        if (slot_entry_parse_kind(all[i].kind, &entry) && entry.reversal &&
            (line->is_slot ? entry.generation >= line->slot.generation
                           : order_of(line, all[i].draft_key) >= 0))
            return true;
    return false;
}

static bool is_billed_again(const struct explained_line *line, const struct explained_earlier *all,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_rebill(all[i].kind) && order_of(line, all[i].draft_key) > 0)
            return true;
    return false;
}

/* All lines of the period; those before this one become `earlier`. */
static bool load_earlier(const struct loading *loading, struct explained_line *line,
                         struct error *err)
{
    const struct stored_line *stored = line->stored;
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(loading->db, STMT_EXPLAIN_LINES_OF_PERIOD,
                       DB_ARGS(db_i64(loading->catalog->tenant.tenant_id),
                               db_i64(stored->subscription_id), db_i64(stored->price_id),
                               db_text(date_text(stored->period_start_on).text)),
                       loading->arena, earlier_fields, ARRAY_LEN(earlier_fields),
                       sizeof(struct explained_earlier), &items, &count, err))
        return false;
    struct explained_earlier *all = items;
    if (!turn_back(all, count, err))
        return false;
    take_coupons_out(all, count);
    if (count > 1)
        qsort(all, count, sizeof *all, compare_earlier);
    line->usage.lines_quantity = decimal_from_i64(0);
    if (explained_is_reversal(line)) {
        keep_taken_back(line, all, count, loading->arena);
        return true;
    }
    line->usage.is_taken_back =
        line->progressive > 0 || /* more has come since, which the line at the end bills */
        was_taken_back(line, all, count) || is_billed_again(line, all, count);
    const struct price *rated_by = price_rated_by(&line->price->price);
    struct explained_earlier *kept =
        ARENA_NEW_ARRAY(loading->arena, struct explained_earlier, count + 1);
    size_t in_force = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_replaced(line, all, count, i, true) && is_before(line, &all[i]))
            kept[line->earlier_count++] = all[i];
        if (is_replaced(line, all, count, i, false))
            continue;
        in_force++;
        if (!decimal_add(line->usage.lines_quantity, all[i].quantity, &line->usage.lines_quantity,
                         err))
            return false;
    }
    line->earlier = kept;
    line->as_billed = rated_by->model == PRICE_PERCENTAGE &&
                      (line->earlier_count + 1 < in_force || line->progressive > 0);
    return true;
}

/* ---------------------------------------------------------------- what counts from before */

/* A line of a part before. */
struct part_line {
    const char *draft_key;
    const char *kind;
    struct date period_start_on;
    struct decimal quantity;
    bool is_turned;
};

static const struct row_field part_line_fields[] = {
    ROW_FIELD(struct part_line, draft_key, "draft_key"),
    ROW_FIELD(struct part_line, kind, "kind"),
    ROW_FIELD(struct part_line, period_start_on, "period_start_on"),
    ROW_FIELD(struct part_line, quantity, "quantity"),
    ROW_FIELD(struct part_line, is_turned, "is_turned"),
};

/* Billed when the line was, and not replaced by what billed it again before. */
static bool counts_for(const struct explained_line *line, const struct part_line *all, size_t count,
                       const struct part_line *part)
{
    if (order_of(line, part->draft_key) > 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (order_of(line, all[i].draft_key) <= 0 &&
            date_compare(all[i].period_start_on, part->period_start_on) == 0 &&
            correction_is_rebill_of(all[i].kind, part->kind))
            return false;
    return true;
}

static bool load_before(const struct loading *loading, struct explained_line *line,
                        struct error *err)
{
    const struct stored_line *stored = line->stored;
    struct period before =
        period_charge_before(line->period.counts_from_on, stored->period_start_on);
    void *items = NULL;
    size_t count = 0;
    line->charge.before = before;
    line->charge.before_us = line->period.start_at_us - line->period.counts_from_us -
                             counted_gaps_us(line->period.gaps, line->period.start_at_us);
    line->charge.before_quantity = decimal_from_i64(0);
    if (!rows_load_all(loading->db, STMT_EXPLAIN_LINES_OF_PARTS,
                       DB_ARGS(db_i64(loading->catalog->tenant.tenant_id),
                               db_i64(stored->subscription_id), db_i64(stored->price_id),
                               db_text(date_text(before.start).text),
                               db_text(date_text(before.end).text)),
                       loading->arena, part_line_fields, ARRAY_LEN(part_line_fields),
                       sizeof(struct part_line), &items, &count, err))
        return false;
    struct part_line *parts = items;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].is_turned && !decimal_negate(parts[i].quantity, &parts[i].quantity, err))
            return false;
        if (counts_for(line, parts, count, &parts[i]) &&
            !decimal_add(line->charge.before_quantity, parts[i].quantity,
                         &line->charge.before_quantity, err))
            return false;
        line->as_billed =
            line->as_billed || (price_rated_by(&line->price->price)->model == PRICE_PERCENTAGE &&
                                order_of(line, parts[i].draft_key) > 0);
    }
    return true;
}

/* ---------------------------------------------------------------- usage as it is now */

struct folding {
    const struct meter_filters *filters;
    struct counted_gaps gaps;
    struct usage_fold billed, now;
    struct event_amounts *amounts, *amounts_now; /* of a price that charges these, else NULL */
    int64_t late_events;
};

static bool take_amount(struct folding *folding, const struct usage_value *event, bool late,
                        struct error *err)
{
    return event_amounts_add(folding->amounts_now, event, err) &&
           (late || event_amounts_add(folding->amounts, event, err));
}

static bool take_event(void *owner, const struct usage_value *event, bool late, struct error *err)
{
    struct folding *folding = owner;
    struct usage_value counted = *event;
    bool counts;
    if (!meter_filters_hold(folding->filters, event->properties, &counts, err))
        return false;
    if (!counts || !counted_gaps_skip(folding->gaps, event->at_us, &counted.at_us))
        return true;
    folding->late_events += late ? 1 : 0;
    return usage_fold_add(&folding->now, &counted, err) &&
           (late || usage_fold_add(&folding->billed, &counted, err)) &&
           (folding->amounts == NULL || take_amount(folding, &counted, late, err));
}

static void start_amounts(const struct loading *loading, const struct price *price,
                          struct folding *folding)
{
    if (!price_reads_amounts(price))
        return;
    folding->amounts = ARENA_NEW(loading->arena, struct event_amounts);
    folding->amounts_now = ARENA_NEW(loading->arena, struct event_amounts);
    event_amounts_start(folding->amounts, price);
    event_amounts_start(folding->amounts_now, price);
}

/* The quantity of such a price is its amounts, whatever the meter makes of the events. */
static bool finish_folding(const struct folding *folding, struct explained_usage *usage,
                           struct error *err)
{
    int32_t scale = usage->meter->scale == DB_I64_NONE ? -1 : (int32_t)usage->meter->scale;
    if (!usage_fold_finish(&folding->billed, scale, &usage->billed, err) ||
        !usage_fold_finish(&folding->now, scale, &usage->now, err))
        return false;
    usage->late_events = folding->late_events;
    if (folding->amounts != NULL) {
        usage->amounts = event_amounts_fold(folding->amounts);
        usage->billed.quantity = folding->amounts->total;
        usage->now.quantity = folding->amounts_now->total;
    }
    return true;
}

/* The events of some days, with texts, so that each says whether it came late. */
static bool fold_events(const struct loading *loading, const struct explained_line *line,
                        struct period days, int64_t start_at_us, int64_t end_at_us,
                        struct explained_usage *usage, struct error *err)
{
    struct folding folding = {.filters = &usage->meter->filters, .gaps = line->period.gaps};
    struct period full = {line->period.full_start_on, line->period.full_end_on};
    struct usage_span span;
    if (line->progressive > 0) /* used up to that day */
        days.end = date_min(line->period.due_on, days.end);
    struct counted_days counted = {days, start_at_us, end_at_us, folding.gaps};
    if (!period_usage_span(&counted, full, &span, err))
        return false;
    usage_fold_start(&folding.billed, usage->meter->aggregation, span, loading->arena);
    usage_fold_start(&folding.now, usage->meter->aggregation, span, loading->arena);
    start_amounts(loading, &line->price->price, &folding);
    struct usage_window window = {.subscription_id = line->stored->subscription_id,
                                  .meter_id = usage->meter->meter_id,
                                  .start_at_us = start_at_us,
                                  .end_at_us = end_at_us,
                                  .owner = &folding,
                                  .needs_texts = true,
                                  .needs_all = usage->meter->filters.count > 0};
    const struct usage_window_taker taker = {.event = take_event};
    return usage_windows_read(loading->db, loading->catalog->tenant.tenant_id, &window, 1,
                              loading->arena, &taker, err) &&
           finish_folding(&folding, usage, err);
}

static bool take_off(struct usage_total *total, const struct usage_total *before, struct error *err)
{
    total->event_count -= before->event_count;
    return decimal_subtract(total->quantity, before->quantity, &total->quantity, err);
}

/* Of a part: all from where it counts, less what was before. */
static bool load_usage(const struct loading *loading, struct explained_line *line,
                       struct error *err)
{
    const struct explained_period *period = &line->period;
    struct explained_usage *usage = &line->usage;
    struct period before =
        period_charge_before(period->counts_from_on, line->stored->period_start_on);
    bool is_part = !date_is_none(period->counts_from_on);
    int64_t from_us = is_part ? period->counts_from_us : period->start_at_us;
    usage->meter = catalog_meter_find(loading->catalog, line->price->meter_id);
    if (usage->meter == NULL)
        return error_run(err, EXIT_DATA, "the meter of price %s is not there", line->stored->price);
    line->has_usage = true;
    struct explained_usage earlier = {.meter = usage->meter};
    if (!fold_events(loading, line, (struct period){before.start, line->stored->period_end_on},
                     from_us, period->end_at_us, usage, err))
        return false;
    if (!is_part)
        return true;
    if (!fold_events(loading, line, before, from_us, period->start_at_us, &earlier, err) ||
        !take_off(&usage->billed, &earlier.billed, err) ||
        !take_off(&usage->now, &earlier.now, err))
        return false;
    usage->late_events -= earlier.late_events;
    usage->before_amounts = earlier.amounts;
    return true;
}

/* ---------------------------------------------------------------- a line, a document */

static const struct catalog_price *find_version(const struct billing_catalog *catalog,
                                                const struct stored_line *line)
{
    for (size_t i = 0; i < catalog->price_count; i++)
        if (catalog->prices[i].price_id == line->price_id &&
            date_compare(catalog->prices[i].price.valid_from, line->price_valid_from) == 0)
            return &catalog->prices[i];
    return NULL;
}

static bool load_period(const struct loading *loading, struct explained_line *line,
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

static bool load_given(const struct loading *loading, const struct stored_invoice *invoice,
                       struct explained_line *line, struct error *err)
{
    const struct stored_line *stored = line->stored;
    struct giving_line giving = {stored->kind, stored->period_start_on, stored->period_end_on,
                                 money_of_minor(stored->amount_minor, invoice->currency)};
    int64_t tenant_id = loading->catalog->tenant.tenant_id;
    line->gives_back = invoice->taxed && give_back_does(stored->kind, stored->amount_minor < 0);
    if (line->gives_back)
        return give_back_store_find(loading->db, tenant_id, invoice->invoice_id, stored->line,
                                    invoice->draft_key, &giving, loading->catalog->tenant.rounding,
                                    loading->arena, &line->given, err);
    return !invoice->taxed || stored->subscription_id == 0 ||
           forgiven_store_find(loading->db, tenant_id, invoice->invoice_id, stored->line,
                               invoice->draft_key, &giving, loading->arena, &line->forgiven_of,
                               &line->forgiven_count, err);
}

/* What it gives back of, or is charged in place of, as that was taxed. */
static bool load_taxed_of(const struct loading *loading, const struct stored_invoice *invoice,
                          struct explained_line *line, struct error *err)
{
    struct arena *arena = loading->arena;
    const struct stored_line *stored = line->stored;
    struct given_back of = line->given;
    const char *replaced = give_back_replaced(stored->kind, arena);
    struct giving_line giving = {replaced, stored->period_start_on, stored->period_end_on,
                                 money_of_minor(stored->amount_minor, invoice->currency)};
    int64_t tenant_id = loading->catalog->tenant.tenant_id;
    if (!invoice->taxed || (!line->gives_back && replaced == NULL))
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

static bool load_true_up(const struct loading *loading, const struct stored_invoice *invoice,
                         struct explained_line *line, struct error *err)
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

static bool load_line(const struct loading *loading, const struct stored_invoice *invoice,
                      const struct stored_line *stored, struct explained_line *line,
                      struct error *err)
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
    if (!load_period(loading, line, err) || !load_earlier(loading, line, err) ||
        !load_given(loading, invoice, line, err) || !load_taxed_of(loading, invoice, line, err) ||
        (counts_usage && !load_usage(loading, line, err)))
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
           load_before(loading, line, err);
}

static bool load_parties(const struct loading *loading, struct invoice_explanation *explanation,
                         struct error *err)
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
static bool load_coupons(const struct loading *loading, struct invoice_explanation *explanation,
                         struct error *err)
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
static bool load_drawn(const struct loading *loading, struct invoice_explanation *explanation,
                       struct error *err)
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

static bool load_parts(const struct loading *loading, struct invoice_explanation *explanation,
                       struct error *err)
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
    struct loading loading = {
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
        !load_parts(&loading, &explanation, err) || !explanation_check(&explanation, arena, err))
        return false;
    *ret_explanation = explanation;
    return true;
}
