/* Loading due periods with their usage: see rating_store.h. */
#include "core/stores/rating_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/billing/correction.h"
#include "core/billing/give_back.h"
#include "core/billing/invoice.h"
#include "core/billing/period_charge.h"
#include "core/billing/progressive.h"
#include "core/stores/catalog_terms.h"
#include "core/stores/usage_window.h"

static const struct row_field draft_fields[] = {
    ROW_FIELD(struct draft_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_row, draft_key, "draft_key"),
    ROW_FIELD(struct draft_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct draft_row, customer_id, "customer_id"),
    ROW_FIELD(struct draft_row, currency, "currency"),
    ROW_FIELD(struct draft_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct draft_row, corrects, "corrects"),
    ROW_FIELD(struct draft_row, status, "status"),
    ROW_FIELD(struct draft_row, taxed, "taxed"),
    ROW_FIELD(struct draft_row, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct draft_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct draft_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct draft_row, total_minor, "total_minor"),
    ROW_FIELD(struct draft_row, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct draft_row, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct draft_row, tax_point_on, "tax_point_on"),
};

const struct bulk_table DRAFT_ADD = {
    .name = "draft_add",
    .kind = BULK_INSERT,
    .table = "invoice",
    .fields = draft_fields,
    .field_count = ARRAY_LEN(draft_fields),
    .key_count = 2,
    .row_size = sizeof(struct draft_row),
};

static const struct row_field line_fields[] = {
    ROW_FIELD(struct draft_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct draft_line_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct draft_line_row, line, "line"),
    ROW_FIELD(struct draft_line_row, kind, "kind"),
    ROW_FIELD(struct draft_line_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct draft_line_row, price_id, "price_id"),
    ROW_FIELD(struct draft_line_row, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct draft_line_row, period_start_on, "period_start_on"),
    ROW_FIELD(struct draft_line_row, period_end_on, "period_end_on"),
    ROW_FIELD(struct draft_line_row, description, "description"),
    ROW_FIELD(struct draft_line_row, quantity, "quantity"),
    ROW_FIELD(struct draft_line_row, unit_amount, "unit_amount"),
    ROW_FIELD(struct draft_line_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct draft_line_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct draft_line_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct draft_line_row, tax_category, "tax_category"),
    ROW_FIELD(struct draft_line_row, event_count, "event_count"),
    ROW_FIELD(struct draft_line_row, phase_id, "phase_id"),
    ROW_FIELD(struct draft_line_row, rated_price_id, "rated_price_id"),
    ROW_FIELD(struct draft_line_row, rated_valid_from, "rated_valid_from"),
};

const struct bulk_table DRAFT_LINE_ADD = {
    .name = "draft_line_add",
    .kind = BULK_INSERT,
    .table = "invoice_line",
    .fields = line_fields,
    .field_count = ARRAY_LEN(line_fields),
    .key_count = 3,
    .row_size = sizeof(struct draft_line_row),
};

static const struct row_field drafted_fields[] = {
    ROW_FIELD(struct period_drafted_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct period_drafted_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct period_drafted_row, price_id, "price_id"),
    ROW_FIELD(struct period_drafted_row, start_on, "start_on"),
    ROW_FIELD(struct period_drafted_row, kind, "kind"),
    ROW_FIELD(struct period_drafted_row, invoice_id, "invoice_id"),
};

const struct bulk_table PERIOD_DRAFTED = {
    .name = "period_drafted",
    .kind = BULK_UPDATE,
    .table = "billing_period",
    .fields = drafted_fields,
    .field_count = ARRAY_LEN(drafted_fields),
    .key_count = 5,
    .row_size = sizeof(struct period_drafted_row),
    .guard = "invoice_id IS NULL",
};

static const struct row_field true_up_period_fields[] = {
    ROW_FIELD(struct true_up_period_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct true_up_period_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct true_up_period_row, price_id, "price_id"),
    ROW_FIELD(struct true_up_period_row, start_on, "start_on"),
    ROW_FIELD(struct true_up_period_row, kind, "kind"),
    ROW_FIELD(struct true_up_period_row, end_on, "end_on"),
    ROW_FIELD(struct true_up_period_row, start_at_us, "start_at_us"),
    ROW_FIELD(struct true_up_period_row, end_at_us, "end_at_us"),
    ROW_FIELD(struct true_up_period_row, full_start_on, "full_start_on"),
    ROW_FIELD(struct true_up_period_row, full_end_on, "full_end_on"),
    ROW_FIELD(struct true_up_period_row, due_on, "due_on"),
    ROW_FIELD(struct true_up_period_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct true_up_period_row, quantity, "quantity"),
    ROW_FIELD(struct true_up_period_row, payer_id, "payer_id"),
    ROW_FIELD(struct true_up_period_row, invoice_id, "invoice_id"),
};

const struct bulk_table TRUE_UP_PERIOD_ADD = {
    .name = "true_up_period_add",
    .kind = BULK_INSERT,
    .table = "billing_period",
    .fields = true_up_period_fields,
    .field_count = ARRAY_LEN(true_up_period_fields),
    .key_count = 5,
    .row_size = sizeof(struct true_up_period_row),
};

static const struct row_field rated_fields[] = {
    ROW_FIELD(struct usage_rated_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_rated_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct usage_rated_row, meter_id, "meter_id"),
    ROW_FIELD(struct usage_rated_row, through_us, "through_us"),
};

/* It never goes back: a second price of the meter may catch up on months that are rated. */
const struct bulk_table USAGE_RATED = {
    .name = "usage_rated",
    .kind = BULK_UPSERT,
    .table = "usage_rated",
    .fields = rated_fields,
    .field_count = ARRAY_LEN(rated_fields),
    .key_count = 3,
    .row_size = sizeof(struct usage_rated_row),
    .guard = "excluded.through_us > usage_rated.through_us",
};

static const struct row_field billed_fields[] = {
    ROW_FIELD(struct usage_billed_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_billed_row, day, "day"),
    ROW_FIELD(struct usage_billed_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct usage_billed_row, meter_id, "meter_id"),
    ROW_FIELD(struct usage_billed_row, at_us, "at_us"),
    ROW_FIELD(struct usage_billed_row, event_key, "event_key"),
    ROW_FIELD(struct usage_billed_row, late, "late"),
};

const struct bulk_table USAGE_BILLED = {
    .name = "usage_billed",
    .kind = BULK_UPDATE,
    .table = "usage_event",
    .fields = billed_fields,
    .field_count = ARRAY_LEN(billed_fields),
    .key_count = 6,
    .row_size = sizeof(struct usage_billed_row),
};

static const struct row_field payer_fields[] = {
    ROW_FIELD(struct rating_payer, customer_id, "customer_id"),
    ROW_FIELD(struct rating_payer, customer, "customer"),
};

static const struct row_field period_fields[] = {
    ROW_FIELD(struct rating_period, payer_id, "payer_id"),
    ROW_FIELD(struct rating_period, subscription_id, "subscription_id"),
    ROW_FIELD(struct rating_period, customer_id, "customer_id"),
    ROW_FIELD(struct rating_period, subscription, "subscription"),
    ROW_FIELD(struct rating_period, quantity_text, "quantity"),
    ROW_FIELD(struct rating_period, priced_on, "priced_on"),
    ROW_FIELD(struct rating_period, counts_from_on, "counts_from_on"),
    ROW_FIELD(struct rating_period, counts_from_us, "counts_from_us"),
    ROW_FIELD(struct rating_period, price_id, "price_id"),
    ROW_FIELD(struct rating_period, start_on, "start_on"),
    ROW_FIELD(struct rating_period, kind, "kind"),
    ROW_FIELD(struct rating_period, end_on, "end_on"),
    ROW_FIELD(struct rating_period, start_at_us, "start_at_us"),
    ROW_FIELD(struct rating_period, end_at_us, "end_at_us"),
    ROW_FIELD(struct rating_period, full_start_on, "full_start_on"),
    ROW_FIELD(struct rating_period, full_end_on, "full_end_on"),
    ROW_FIELD(struct rating_period, due_on, "due_on"),
    ROW_FIELD(struct rating_period, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct rating_period, proration, "proration"),
    ROW_FIELD(struct rating_period, corrects, "corrects"),
    ROW_FIELD(struct rating_period, corrected_tax_point, "corrected_tax_point"),
};

static const struct row_field progressive_fields[] = {
    ROW_FIELD(struct rating_progressive, subscription_id, "subscription_id"),
    ROW_FIELD(struct rating_progressive, price_id, "price_id"),
    ROW_FIELD(struct rating_progressive, start_on, "start_on"),
    ROW_FIELD(struct rating_progressive, made, "made"),
    ROW_FIELD(struct rating_progressive, waiting, "waiting"),
};

static const struct row_field draft_key_fields[] = {
    ROW_FIELD(struct rating_draft_key, customer_id, "customer_id"),
    ROW_FIELD(struct rating_draft_key, currency, "currency"),
    ROW_FIELD(struct rating_draft_key, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct rating_draft_key, draft_key, "draft_key"),
};

struct load {
    struct db *db;
    const struct billing_catalog *catalog;
    int64_t tenant_id;
    const struct rating_range *range; /* NULL: of periods that are given */
    struct arena *arena;
    struct rating_progressives progressives;
};

/* One period's usage on its way: its total, or what was before it. */
struct folding {
    struct usage_fold fold; /* first, and near it what every event asks for */
    bool has_failed;
    bool is_before;                /* else with what is before, where it counts from there */
    struct event_amounts *amounts; /* of a price that charges these, else NULL */
    struct load *load;
    struct rating_period *period;
    struct {
        struct rating_late_event *items;
        size_t count, capacity;
    } late;
};

/* A period that cannot be rated does not stop the others. */
static bool fail_period(const struct load *load, struct rating_period *period, struct error *err)
{
    (void)error_context(err, "subscription %s, period from %s", period->subscription,
                        date_text(period->start_on).text);
    if (err->kind != ERROR_ITEM)
        return false;
    struct error *kept = ARENA_NEW(load->arena, struct error);
    *kept = *err;
    period->failure = kept;
    error_clear(err);
    return true;
}

static bool leaves_late(const struct load *load, const struct rating_period *period)
{
    return load->range != NULL && load->range->late_waits && period->corrects != NULL;
}

static void take_late(void *owner, int64_t at_us, const char *key)
{
    struct folding *folding = owner;
    struct arena *arena = folding->load->arena;
    if (!folding->has_failed && !folding->is_before && at_us >= folding->period->start_at_us &&
        !leaves_late(folding->load, folding->period))
        ARRAY_ADD(arena, &folding->late) =
            (struct rating_late_event){.at_us = at_us, .event_key = arena_copy(arena, key)};
}

/* An event that the meter's filters leave out is as if it were not there. */
static bool fold_event(struct folding *folding, const struct usage_value *event, struct error *err)
{
    const struct meter_filters *filters = &folding->period->meter->filters;
    bool counts = true;
    if (filters->count > 0 && !meter_filters_hold(filters, event->properties, &counts, err))
        return false;
    if (!counts)
        return true;
    return usage_fold_add(&folding->fold, event, err) &&
           (folding->amounts == NULL || event_amounts_add(folding->amounts, event, err));
}

static bool take_event(void *owner, const struct usage_value *event, bool late, struct error *err)
{
    struct folding *folding = owner;
    if (late && leaves_late(folding->load, folding->period))
        return true;
    if (late)
        take_late(owner, event->at_us, event->key);
    if (folding->has_failed || fold_event(folding, event, err))
        return true;
    folding->has_failed = true;
    return fail_period(folding->load, folding->period, err);
}

static bool take_sum(void *owner, const struct usage_sum *sum, struct error *err)
{
    struct folding *folding = owner;
    if (folding->has_failed || usage_fold_add_sum(&folding->fold, sum, err))
        return true;
    folding->has_failed = true;
    return fail_period(folding->load, folding->period, err);
}

static const struct usage_window_taker taker = {take_event, take_sum, take_late};

static bool finish_folding(struct folding *folding, struct error *err)
{
    struct rating_period *period = folding->period;
    int32_t scale = period->meter->scale == DB_I64_NONE ? -1 : (int32_t)period->meter->scale;
    struct usage_total *total = folding->is_before ? &period->before : &period->usage;
    if (!folding->is_before) {
        period->late = folding->late.items;
        period->late_count = folding->late.count;
    }
    if (!folding->has_failed && !usage_fold_finish(&folding->fold, scale, total, err))
        return fail_period(folding->load, period, err);
    if (folding->amounts == NULL)
        return true;
    *(folding->is_before ? &period->before_amounts : &period->amounts) =
        event_amounts_fold(folding->amounts);
    total->quantity = decimal_normalize(folding->amounts->total);
    return true;
}

static bool counts_before(const struct rating_period *period)
{
    return !date_is_none(period->counts_from_on);
}

/* Of what the fold takes in: its days and instants. */
struct counted {
    struct period days;
    int64_t start_at_us, end_at_us;
};

static struct counted counted_by(const struct rating_period *period, bool is_before)
{
    struct period before = period_charge_before(period->counts_from_on, period->start_on);
    int64_t from_us = counts_before(period) ? period->counts_from_us : period->start_at_us;
    if (is_before)
        return (struct counted){before, from_us, period->start_at_us};
    struct date end_on = /* before its end a period is used up to its day */
        period->progressive > 0 ? date_min(period->due_on, period->end_on) : period->end_on;
    return (struct counted){
        {before.start, end_on},
        from_us, period->end_at_us
    };
}

/* Where the span is wrong there is nothing to fold. */
static bool start_folding(struct load *load, struct rating_period *period, bool is_before,
                          struct folding *folding, struct error *err)
{
    struct counted counted = counted_by(period, is_before);
    struct usage_span span;
    *folding = (struct folding){.load = load, .period = period, .is_before = is_before};
    if (!period_usage_span(counted.days,
                           (struct period){period->full_start_on, period->full_end_on},
                           counted.start_at_us, counted.end_at_us, &span, err))
        return fail_period(load, period, err);
    usage_fold_start(&folding->fold, period->meter->aggregation, span, load->arena);
    if (price_reads_amounts(&period->price->price)) {
        folding->amounts = ARENA_NEW(load->arena, struct event_amounts);
        event_amounts_start(folding->amounts, &period->price->price);
    }
    return true;
}

static struct usage_window window_of(const struct rating_period *period, struct folding *folding)
{
    enum aggregation aggregation = period->meter->aggregation;
    struct counted counted = counted_by(period, folding->is_before);
    return (struct usage_window){
        .subscription_id = period->subscription_id,
        .meter_id = period->meter->meter_id,
        .start_at_us = counted.start_at_us,
        .end_at_us = counted.end_at_us,
        .owner = folding,
        .needs_texts = folding->amounts != NULL || usage_fold_reads_texts(aggregation) ||
                       period->meter->filters.count > 0 || leaves_late(folding->load, period),
        .needs_all = period->meter->filters.count > 0,
        .sums = usage_fold_sums(aggregation),
    };
}

/* What the period itself used: its total less what was before it, which is in both. */
static bool take_off_before(struct load *load, struct rating_period *period, struct error *err)
{
    period->usage.event_count -= period->before.event_count;
    return decimal_subtract(period->usage.quantity, period->before.quantity,
                            &period->usage.quantity, err) ||
           fail_period(load, period, err);
}

struct usage_readings {
    struct usage_window *windows;
    struct folding *foldings;
    size_t count;
};

static bool add_reading(struct load *load, struct rating_period *period, bool is_before,
                        struct usage_readings *readings, struct error *err)
{
    struct folding *folding = &readings->foldings[readings->count];
    if (!start_folding(load, period, is_before, folding, err))
        return false;
    if (period->failure == NULL)
        readings->windows[readings->count++] = window_of(period, folding);
    return true;
}

static bool load_usage(struct load *load, struct rating_period *periods, size_t count,
                       struct error *err)
{
    size_t most = count + 1;
    for (size_t i = 0; i < count; i++)
        most += counts_before(&periods[i]) ? 1 : 0;
    struct usage_readings readings = {
        .windows = ARENA_NEW_ARRAY(load->arena, struct usage_window, most),
        .foldings = ARENA_NEW_ARRAY(load->arena, struct folding, most),
    };
    for (size_t i = 0; i < count; i++) {
        struct rating_period *period = &periods[i];
        if (period->meter == NULL || period->failure != NULL)
            continue;
        if (!add_reading(load, period, false, &readings, err) ||
            (counts_before(period) && period->failure == NULL &&
             !add_reading(load, period, true, &readings, err)))
            return false;
    }
    if (!usage_windows_add_up(load->db, load->tenant_id, readings.windows, readings.count,
                              load->arena, &taker, err))
        return false;
    for (size_t i = 0; i < readings.count; i++)
        if (!finish_folding(&readings.foldings[i], err))
            return false;
    for (size_t i = 0; i < count; i++)
        if (periods[i].meter != NULL && counts_before(&periods[i]) && periods[i].failure == NULL &&
            !take_off_before(load, &periods[i], err))
            return false;
    return true;
}

static const struct row_field billed_line_fields[] = {
    ROW_FIELD(struct rating_billed, draft_key, "draft_key"),
    ROW_FIELD(struct rating_billed, invoice_id, "invoice_id"),
    ROW_FIELD(struct rating_billed, line, "line"),
    ROW_FIELD(struct rating_billed, kind, "kind"),
    ROW_FIELD(struct rating_billed, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct rating_billed, quantity, "quantity"),
    ROW_FIELD(struct rating_billed, amount_minor, "amount_minor"),
    ROW_FIELD(struct rating_billed, discount_minor, "discount_minor"),
    ROW_FIELD(struct rating_billed, coupon_minor, "coupon_minor"),
    ROW_FIELD(struct rating_billed, unit_amount, "unit_amount"),
    ROW_FIELD(struct rating_billed, phase_id, "phase_id"),
    ROW_FIELD(struct rating_billed, rated_price_id, "rated_price_id"),
    ROW_FIELD(struct rating_billed, rated_valid_from, "rated_valid_from"),
    ROW_FIELD(struct rating_billed, is_turned, "is_turned"),
};

static bool turn_back(struct rating_billed *lines, size_t count, struct error *err)
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

/* The discount of a line that gives back is what coupons, or credit notes, took of what it gives
 * back: no part of the price either. */
static void set_coupons_apart(struct rating_billed *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (give_back_does(lines[i].kind, lines[i].amount_minor < 0))
            lines[i].coupon_minor = lines[i].discount_minor;
}

/* A line that was billed again, or is now, bills nothing any more; its successor stands for its
 * kind. */
static void drop_replaced(const struct rating_period *period, struct rating_billed *lines,
                          size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        bool is_replaced = correction_is_rebill_of(period->kind, lines[i].kind);
        for (size_t k = 0; k < *count && !is_replaced; k++)
            is_replaced = correction_is_rebill_of(lines[k].kind, lines[i].kind);
        if (!is_replaced)
            lines[kept++] = lines[i];
    }
    *count = kept;
    for (size_t i = 0; i < kept; i++) {
        lines[i].billed = lines[i].kind;
        lines[i].kind = correction_base_kind(lines[i].kind);
    }
}

/* What a reversal takes back, of its first day: one line; of usage all that was billed up to its
 * generation, what came late too, but nothing that came after it (`limit`, the draft that took it
 * back first, where it is billed again; else NULL). */
static bool is_of_reversal(const struct rating_period *period, const struct rating_billed *line,
                           const char *limit)
{
    struct slot_entry entry;
    const struct slot_entry *own = &period->slot;
    if (!slot_entry_parse_kind(line->kind, &entry))
        return own->slot.kind == SLOT_USAGE &&
               (limit == NULL || invoice_draft_order(line->draft_key, limit) <= 0);
    if (own->slot.kind == SLOT_USAGE && entry.slot.kind == SLOT_USAGE)
        return entry.reversal ? entry.generation < own->generation
                              : entry.generation <= own->generation;
    return !entry.reversal && entry.slot.kind == own->slot.kind &&
           entry.generation == own->generation;
}

/* By document; the few lines of one stay in their order. */
static void sort_by_draft(struct rating_billed *lines, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct rating_billed moving = lines[i];
        size_t k = i;
        for (; k > 0 && invoice_draft_order(lines[k - 1].draft_key, moving.draft_key) > 0; k--)
            lines[k] = lines[k - 1];
        lines[k] = moving;
    }
}

static bool load_lines(const struct load *load, const struct rating_period *period,
                       struct rating_billed **ret_lines, size_t *ret_count, const char **ret_limit,
                       struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(load->db, STMT_RATING_BILLED,
                       DB_ARGS(db_i64(load->tenant_id), db_i64(period->subscription_id),
                               db_i64(period->price_id), db_text(date_text(period->start_on).text)),
                       load->arena, billed_line_fields, ARRAY_LEN(billed_line_fields),
                       sizeof(struct rating_billed), &items, ret_count, err) ||
        !turn_back(items, *ret_count, err))
        return false;
    set_coupons_apart(items, *ret_count);
    sort_by_draft(items, *ret_count);
    struct rating_billed *lines = items;
    *ret_limit = NULL;
    for (size_t i = 0; i < *ret_count; i++)
        if (correction_is_rebill_of(period->kind, lines[i].kind))
            *ret_limit = lines[i].draft_key;
    drop_replaced(period, items, ret_count);
    *ret_lines = items;
    return true;
}

/* Whether what the line billed counts for the period: for late usage, and for what is billed again,
 * everything; at a period's end what was billed before it, until that is taken back as a whole with
 * the rest; before its end the lines with lower numbers. */
static bool was_billed_before(const struct rating_period *period, const struct rating_billed *line)
{
    int64_t number = progressive_number(line->kind);
    if (period->progressive > 0)
        return number > 0 && number < period->progressive;
    return !period->is_slot || period->corrects != NULL || number > 0;
}

static void keep_before(const struct rating_period *period, struct rating_billed *lines,
                        size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (was_billed_before(period, &lines[i]))
            lines[kept++] = lines[i];
    *count = kept;
}

/* The terms that the line was billed by. */
static void take_terms(const struct load *load, struct rating_period *period,
                       const struct rating_billed *line)
{
    period->listed = catalog_price_on(load->catalog, period->price_id, line->price_valid_from);
    period->price =
        line->rated_price_id == DB_I64_NONE
            ? period->listed
            : catalog_price_on(load->catalog, line->rated_price_id, line->rated_valid_from);
    period->phase = contract_phase_find(&load->catalog->contracts, line->phase_id);
}

/* What a late period is billed on top of, by the same version of its price: one that was imported
 * since, with an earlier valid_from, does not bill the whole period again. */
static bool load_billed(const struct load *load, struct rating_period *period, struct error *err)
{
    struct rating_billed *lines = NULL;
    size_t count = 0;
    const char *limit = NULL;
    if (!load_lines(load, period, &lines, &count, &limit, err))
        return false;
    keep_before(period, lines, &count);
    period->billed_lines = lines;
    period->billed_line_count = count;
    if (count > 0) /* the last one: after a reversal another version may have billed it */
        take_terms(load, period, &lines[count - 1]);
    if (period->price == NULL)
        return true;
    struct currency currency = period->price->price.currency;
    period->billed_before = count > 0;
    period->billed_quantity = decimal_from_i64(0);
    period->billed_amount = period->billed_discount = money_zero(currency);
    for (size_t i = 0; i < count; i++)
        if (!money_add(period->billed_discount,
                       money_of_minor(lines[i].discount_minor - lines[i].coupon_minor, currency),
                       &period->billed_discount, err) ||
            !decimal_add(period->billed_quantity, lines[i].quantity, &period->billed_quantity,
                         err) ||
            !money_add(period->billed_amount, money_of_minor(lines[i].amount_minor, currency),
                       &period->billed_amount, err) ||
            !money_subtract(
                period->billed_amount,
                money_of_minor(lines[i].discount_minor - lines[i].coupon_minor, currency),
                &period->billed_amount, err))
            return false;
    return true;
}

/* What a reversal takes back: the line of its slot; of usage whatever was billed of it, what came
 * late too. */
static bool load_taken_back(const struct load *load, struct rating_period *period,
                            struct error *err)
{
    struct rating_billed *lines = NULL;
    size_t count = 0;
    size_t kept = 0;
    const char *limit = NULL;
    if (!load_lines(load, period, &lines, &count, &limit, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_of_reversal(period, &lines[i], limit))
            lines[kept++] = lines[i];
    period->taken_back = lines;
    period->taken_back_count = kept;
    if (kept > 0)
        take_terms(load, period, &lines[kept - 1]);
    return true;
}

/* Price, meter and what was billed before, of one period. */
static bool complete_period(const struct load *load, struct rating_period *period,
                            struct error *err)
{
    struct date day = date_is_none(period->priced_on) ? period->start_on : period->priced_on;
    period->charged_on = day;
    if (period->subscription_id == 0) {
        period->is_true_up = true;
        period->phase = contract_phase_find(&load->catalog->contracts, period->price_id);
        return true;
    }
    period->listed = catalog_price_on(load->catalog, period->price_id, day);
    period->is_slot = slot_entry_parse_kind(correction_base_kind(period->kind), &period->slot);
    if (period->listed != NULL)
        period->price = catalog_terms_on(load->catalog, period->listed, period->customer_id, day,
                                         &period->phase);
    if (period->quantity_text != NULL &&
        !decimal_parse(period->quantity_text, &period->quantity, err))
        return false;
    if (period->is_slot && period->slot.reversal)
        return load_taken_back(load, period, err);
    if (period->price == NULL || period->price->meter_id == DB_I64_NONE)
        return true;
    period->meter = catalog_meter_find(load->catalog, period->price->meter_id);
    if (period->meter == NULL)
        return error_run(err, EXIT_DATA,
                         "price %s measures by meter %" PRId64 ", which is not there",
                         period->price->price.price, period->price->meter_id);
    bool bills_first = period->is_slot && period->corrects == NULL;
    const struct rating_progressive *begun =
        bills_first && period->slot.generation == 1
            ? rating_progressive_find(&load->progressives, period->subscription_id,
                                      period->price_id, period->start_on)
            : NULL;
    if (begun != NULL)
        period->begun_waiting = begun->waiting;
    return (bills_first && begun == NULL) || load_billed(load, period, err);
}

static bool complete_all(struct load *load, struct rating_period *periods, size_t count,
                         struct error *err)
{
    struct date from = count == 0 ? DATE_NONE : periods[0].start_on;
    for (size_t i = 1; i < count; i++)
        from = date_min(from, periods[i].start_on);
    if (count > 0 && !rating_store_load_progressive(load->db, load->tenant_id, from, load->arena,
                                                    &load->progressives, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct rating_period *period = &periods[i];
        period->progressive = progressive_number(correction_base_kind(period->kind));
        if (!complete_period(load, period, err) && !fail_period(load, period, err))
            return false;
        if (period->price == NULL)
            continue;
        period->charged_by = &period->price->price;
        if (period->progressive > 0) {
            struct price *bare = ARENA_NEW(load->arena, struct price);
            *bare = progressive_price(&period->price->price);
            period->charged_by = bare;
        }
    }
    return load_usage(load, periods, count, err);
}

/* By payer first, then as the lines of a draft are ordered: by what people see, not by ids. */
static int compare_periods(const void *a, const void *b)
{
    const struct rating_period *left = a;
    const struct rating_period *right = b;
    if (left->payer_id != right->payer_id)
        return left->payer_id < right->payer_id ? -1 : 1;
    int order = date_compare(left->cutoff_on, right->cutoff_on);
    if (order == 0)
        order = strcmp(left->subscription, right->subscription);
    if (order == 0 && left->listed != NULL && right->listed != NULL)
        order = strcmp(left->listed->price.price, right->listed->price.price);
    if (order == 0)
        order = date_compare(left->start_on, right->start_on);
    return order != 0 ? order : strcmp(left->kind, right->kind);
}

static bool load_periods(struct load *load, int64_t last_id, struct rating_period **ret_periods,
                         size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(load->db, STMT_RATING_PERIODS,
                       DB_ARGS(db_i64(load->tenant_id), db_i64(load->range->after_id),
                               db_i64(last_id),
                               db_text(date_text(load->range->business_date).text)),
                       load->arena, period_fields, ARRAY_LEN(period_fields),
                       sizeof(struct rating_period), &items, ret_count, err))
        return false;
    struct rating_period *periods = items;
    if (!complete_all(load, periods, *ret_count, err))
        return false;
    if (*ret_count > 1)
        qsort(periods, *ret_count, sizeof *periods, compare_periods);
    *ret_periods = periods;
    return true;
}

static struct date first_cutoff(const struct rating_period *periods, size_t count)
{
    struct date first = periods[0].cutoff_on;
    for (size_t i = 1; i < count; i++)
        first = date_min(first, periods[i].cutoff_on);
    return first;
}

static bool load_draft_keys(const struct load *load, int64_t last_id, struct date from,
                            struct rating_draft_key **ret_keys, size_t *ret_count,
                            struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(load->db, STMT_RATING_DRAFTS,
                       DB_ARGS(db_i64(load->tenant_id), db_i64(load->range->after_id),
                               db_i64(last_id), db_text(date_text(from).text)),
                       load->arena, draft_key_fields, ARRAY_LEN(draft_key_fields),
                       sizeof(struct rating_draft_key), &items, ret_count, err))
        return false;
    *ret_keys = items;
    return true;
}

/* Only where a commitment is settled, or was settled before a charge of its phase comes. */
static bool is_settled(const struct load *load, const struct rating_period *period,
                       const struct contract_phases *own)
{
    if (period->is_true_up)
        return true;
    for (size_t i = 0; i < own->count; i++) {
        const struct contract_phase *phase = &own->items[i];
        if (phase->has_commitment && !date_is_none(phase->held.end) &&
            date_compare(phase->held.end, load->range->business_date) <= 0 &&
            contract_phase_holds(phase->held, period->charged_on))
            return true;
    }
    return false;
}

static bool load_contract(const struct load *load, const struct rating_period *period,
                          struct contract_phases own, struct rating_contract *contract,
                          struct error *err)
{
    struct contract_line *lines = NULL;
    *contract = (struct rating_contract){.customer_id = period->customer_id, .phases = own};
    if (!contract_ledger_load(load->db, load->range->tenant_id, &own, load->arena, &lines,
                              &contract->line_count, err) ||
        !contract_waiting_load(load->db, load->range->tenant_id, period->customer_id,
                               period->payer_id, load->range->business_date, load->arena,
                               &contract->waiting, err))
        return false;
    contract->lines = lines;
    return true;
}

static bool load_contracts(const struct load *load, struct rating_payer *payer, struct error *err)
{
    struct contracts ARRAY_OF(struct rating_contract) found = {0};
    for (size_t i = 0; i < payer->period_count && load->catalog->contracts.count > 0; i++) {
        const struct rating_period *period = &payer->periods[i];
        struct contract_phases own =
            contract_phases_of(&load->catalog->contracts, period->customer_id);
        bool is_there = !is_settled(load, period, &own);
        for (size_t k = 0; k < found.count && !is_there; k++)
            is_there = found.items[k].customer_id == period->customer_id;
        if (!is_there && !load_contract(load, period, own, &ARRAY_ADD(load->arena, &found), err))
            return false;
    }
    payer->contracts = found.items;
    payer->contract_count = found.count;
    return true;
}

static bool load_of_payers(struct load *load, struct rating_payer *payers, size_t count,
                           struct error *err)
{
    struct rating_period *periods = NULL;
    struct rating_draft_key *keys = NULL;
    size_t period_count = 0;
    size_t key_count = 0;
    int64_t last_id = payers[count - 1].customer_id;
    if (!load_periods(load, last_id, &periods, &period_count, err))
        return false;
    if (period_count > 0 && !load_draft_keys(load, last_id, first_cutoff(periods, period_count),
                                             &keys, &key_count, err))
        return false;
    size_t period = 0;
    size_t key = 0;
    for (size_t i = 0; i < count; i++) {
        payers[i].periods = &periods[period];
        while (period < period_count && periods[period].payer_id == payers[i].customer_id)
            period++;
        payers[i].period_count = (size_t)(&periods[period] - payers[i].periods);
        while (key < key_count && keys[key].customer_id < payers[i].customer_id)
            key++; /* of customers with nothing due now */
        payers[i].drafts = keys == NULL ? NULL : &keys[key];
        for (; key < key_count && keys[key].customer_id == payers[i].customer_id; key++)
            payers[i].draft_count++;
        if (!load_contracts(load, &payers[i], err))
            return false;
    }
    return true;
}

bool rating_store_complete(struct db *db, const struct billing_catalog *catalog,
                           struct rating_period *periods, size_t count, struct arena *arena,
                           struct error *err)
{
    struct load load = {
        .db = db, .catalog = catalog, .tenant_id = catalog->tenant.tenant_id, .arena = arena};
    return complete_all(&load, periods, count, err) ||
           error_context(err, "loading periods that are not over");
}

bool rating_store_load_progressive(struct db *db, int64_t tenant_id, struct date from,
                                   struct arena *arena,
                                   struct rating_progressives *ret_progressives, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_RATING_PROGRESSIVE,
                       DB_ARGS(db_i64(tenant_id), db_text(date_text(from).text)), arena,
                       progressive_fields, ARRAY_LEN(progressive_fields),
                       sizeof(struct rating_progressive), &items, &count, err))
        return error_context(err, "loading what was billed before its period ended");
    *ret_progressives = (struct rating_progressives){items, count};
    return true;
}

static int compare_progressive(const void *a, const void *b)
{
    const struct rating_progressive *left = a;
    const struct rating_progressive *right = b;
    if (left->subscription_id != right->subscription_id)
        return left->subscription_id < right->subscription_id ? -1 : 1;
    if (left->price_id != right->price_id)
        return left->price_id < right->price_id ? -1 : 1;
    return date_compare(left->start_on, right->start_on);
}

const struct rating_progressive *
rating_progressive_find(const struct rating_progressives *progressives, int64_t subscription_id,
                        int64_t price_id, struct date start_on)
{
    struct rating_progressive wanted = {
        .subscription_id = subscription_id, .price_id = price_id, .start_on = start_on};
    return progressives->count == 0 ? NULL
                                    : bsearch(&wanted, progressives->items, progressives->count,
                                              sizeof wanted, compare_progressive);
}

bool rating_store_load(struct db *db, const struct billing_catalog *catalog,
                       const struct rating_range *range, struct arena *arena,
                       struct rating_payer **ret_payers, size_t *ret_count, struct error *err)
{
    struct load load = {.db = db,
                        .catalog = catalog,
                        .tenant_id = range->tenant_id,
                        .range = range,
                        .arena = arena};
    void *payers = NULL;
    if (!rows_load_all(db, STMT_RATING_PAYERS,
                       DB_ARGS(db_i64(range->tenant_id), db_i64(range->after_id),
                               db_i64(range->hi_id), db_i64((int64_t)range->limit),
                               db_text(date_text(range->business_date).text)),
                       arena, payer_fields, ARRAY_LEN(payer_fields), sizeof(struct rating_payer),
                       &payers, ret_count, err))
        return error_context(err, "loading payers");
    if (*ret_count > 0 && !load_of_payers(&load, payers, *ret_count, err))
        return error_context(err, "loading due periods");
    *ret_payers = payers;
    return true;
}
