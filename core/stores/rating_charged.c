/* By which terms a part of a period is charged or credited that was charged before: those of the
 * charge in force when it begins, which is the last one that began before it and was not taken
 * back (core/billing/give_back.h, rule 2); and what is charged in place of a charge that was, from
 * the same day on: those of that. What was billed again stands for what it replaces. */
#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/stores/rating_parts.h"

/* A period of the price, and the line that billed it. */
struct charged {
    struct date start_on;
    const char *kind;
    int64_t invoice_id; /* DB_I64_NONE: it waits, and has no terms yet */
    struct billed_terms terms;
    struct slot_entry slot; /* what its kind says */
    bool is_slot;
};

static const struct row_field charged_fields[] = {
    ROW_FIELD(struct charged, start_on, "start_on"),
    ROW_FIELD(struct charged, kind, "kind"),
    ROW_FIELD(struct charged, invoice_id, "invoice_id"),
    ROW_FIELD(struct charged, terms.price_valid_from, "price_valid_from"),
    ROW_FIELD(struct charged, terms.phase_id, "phase_id"),
    ROW_FIELD(struct charged, terms.rated_price_id, "rated_price_id"),
    ROW_FIELD(struct charged, terms.rated_valid_from, "rated_valid_from"),
};

struct charges {
    struct charged *items;
    size_t count;
};

static bool is_charge(const struct charged *one)
{
    return one->is_slot && !one->slot.reversal &&
           (one->slot.slot.kind == SLOT_RECURRING || one->slot.slot.kind == SLOT_PRORATION_CHARGE);
}

static bool is_billed_again(const struct charges *all, const struct charged *one)
{
    for (size_t i = 0; i < all->count; i++)
        if (date_compare(all->items[i].start_on, one->start_on) == 0 &&
            correction_is_rebill_of(all->items[i].kind, one->kind))
            return true;
    return false;
}

static bool is_taken_back(const struct charges *all, const struct charged *one)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct charged *other = &all->items[i];
        if (date_compare(other->start_on, one->start_on) == 0 && other->is_slot &&
            other->slot.reversal && other->slot.slot.kind == one->slot.slot.kind &&
            other->slot.generation == one->slot.generation)
            return true;
    }
    return false;
}

/* Of those that begin before the day; where all were taken back, the last one. They come by day. */
static const struct charged *find_before(const struct charges *all, struct date before)
{
    const struct charged *found = NULL;
    bool is_found_over = true;
    for (size_t i = 0; i < all->count; i++) {
        const struct charged *one = &all->items[i];
        if (!is_charge(one) || date_compare(one->start_on, before) >= 0 ||
            is_billed_again(all, one))
            continue;
        bool is_one_over = is_taken_back(all, one);
        bool is_same_day = found != NULL && date_compare(found->start_on, one->start_on) == 0;
        if (found == NULL || (is_found_over && !is_one_over) ||
            (is_found_over == is_one_over &&
             (!is_same_day || one->slot.generation >= found->slot.generation))) {
            found = one;
            is_found_over = is_one_over;
        }
    }
    return found;
}

/* The charge whose terms the entry has, which begins on that day; NULL: there is none. */
static const struct charged *find_origin(const struct charges *all, const struct slot_entry *entry,
                                         struct date start_on)
{
    const struct charged *found = NULL;
    for (size_t i = 0; i < all->count && entry->slot.kind != SLOT_PRORATION_CREDIT; i++) {
        const struct charged *one = &all->items[i];
        if (is_charge(one) && date_compare(one->start_on, start_on) == 0 &&
            one->slot.slot.kind == entry->slot.kind && one->slot.generation < entry->generation &&
            !is_billed_again(all, one) &&
            (found == NULL || one->slot.generation > found->slot.generation))
            found = one;
    }
    return found != NULL ? found : find_before(all, start_on);
}

/* Waits, but for terms that are there: those of another one. */
static bool has_origin(const struct charged *one)
{
    bool is_part = one->slot.slot.kind == SLOT_PRORATION_CHARGE || one->slot.generation > 1;
    return one->invoice_id == DB_I64_NONE && is_part &&
           correction_base_kind(one->kind) == one->kind;
}

bool rating_load_charged_terms(const struct rating_load *load, struct rating_period *period,
                               struct error *err)
{
    void *items = NULL;
    struct charges all = {0};
    if (!rows_load_all(load->db, STMT_RATING_CHARGED,
                       DB_ARGS(db_i64(load->tenant_id), db_i64(period->subscription_id),
                               db_i64(period->price_id),
                               db_text(date_text(period->charged_on).text),
                               db_text(date_text(period->start_on).text)),
                       load->arena, charged_fields, ARRAY_LEN(charged_fields),
                       sizeof(struct charged), &items, &all.count, err))
        return false;
    all.items = items;
    for (size_t i = 0; i < all.count; i++)
        all.items[i].is_slot =
            slot_entry_parse_kind(correction_base_kind(all.items[i].kind), &all.items[i].slot);
    const struct charged *found = find_origin(&all, &period->slot, period->start_on);
    while (found != NULL && has_origin(found))
        found = find_origin(&all, &found->slot, found->start_on);
    if (found != NULL && found->invoice_id != DB_I64_NONE)
        rating_take_terms(load, period, &found->terms);
    return true;
}
