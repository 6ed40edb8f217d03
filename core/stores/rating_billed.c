/* What lines that are there bill of a period: what is billed on top of them, and what a reversal
 * takes back of them. */
#include "core/billing/correction.h"
#include "core/billing/give_back.h"
#include "core/billing/progressive.h"
#include "core/stores/draft_store.h"
#include "core/stores/rating_parts.h"

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
        if (lines[i].is_turned && !draft_turn_line_back(&lines[i].quantity, &lines[i].amount_minor,
                                                        &lines[i].discount_minor, err))
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

/* Whether what was billed before the end of the period is billed again beside it: rating adds that.
 */
static bool is_begun_again(const struct rating_load *load, const struct rating_period *period,
                           const struct rating_billed *line)
{
    for (size_t i = 0; i < load->period_count && period->begun_waiting > 0; i++) {
        const struct rating_period *other = &load->periods[i];
        if (other->subscription_id == period->subscription_id &&
            other->price_id == period->price_id &&
            date_compare(other->start_on, period->start_on) == 0 &&
            correction_is_rebill_of(other->kind, line->kind))
            return true;
    }
    return false;
}

/* A line that was billed again, or is now, bills nothing any more; its successor stands for its
 * kind. */
static void drop_replaced(const struct rating_load *load, const struct rating_period *period,
                          struct rating_billed *lines, size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        bool is_replaced = correction_is_rebill_of(period->kind, lines[i].kind) ||
                           is_begun_again(load, period, &lines[i]);
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

static bool load_lines(const struct rating_load *load, const struct rating_period *period,
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
    drop_replaced(load, period, items, ret_count);
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

void rating_take_terms(const struct rating_load *load, struct rating_period *period,
                       const struct billed_terms *terms)
{
    period->listed = catalog_price_on(load->catalog, period->price_id, terms->price_valid_from);
    period->price =
        terms->rated_price_id == DB_I64_NONE
            ? period->listed
            : catalog_price_on(load->catalog, terms->rated_price_id, terms->rated_valid_from);
    period->phase = contract_phase_find(&load->catalog->contracts, terms->phase_id);
}

static void take_terms(const struct rating_load *load, struct rating_period *period,
                       const struct rating_billed *line)
{
    const struct billed_terms terms = {line->price_valid_from, line->phase_id, line->rated_price_id,
                                       line->rated_valid_from};
    rating_take_terms(load, period, &terms);
}

/* What a late period is billed on top of, by the same version of its price: one that was imported
 * since, with an earlier valid_from, does not bill the whole period again. */
bool rating_load_billed(const struct rating_load *load, struct rating_period *period,
                        struct error *err)
{
    struct rating_billed *lines = NULL;
    size_t count = 0;
    const char *limit = NULL;
    if (!load_lines(load, period, &lines, &count, &limit, err))
        return false;
    keep_before(period, lines, &count);
    period->billed_lines = lines;
    period->billed_line_count = count;
    bool is_anew =
        period->corrects != NULL && period->is_slot; /* all of it, by what is known now */
    if (count > 0 &&
        !is_anew) /* the last one: after a reversal another version may have billed it */
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
bool rating_load_taken_back(const struct rating_load *load, struct rating_period *period,
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
