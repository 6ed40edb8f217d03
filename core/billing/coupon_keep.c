/* Coupons of charges that replace others: see coupon_keep.h, whose rules are referred to by number.
 * What gives back of what is give_back.h's to say. */
#include "core/billing/coupon_keep.h"

#include "core/billing/charge_slots.h"
#include "core/billing/correction.h"
#include "core/billing/give_back.h"

/* What is no slot, as late usage, is of the first generation. */
static struct slot_entry entry_of(const char *kind)
{
    struct slot_entry entry = {.slot.kind = SLOT_USAGE, .generation = 1};
    (void)slot_entry_parse_kind(correction_base_kind(kind), &entry);
    return entry;
}

static bool gives_back(const struct period_line *line)
{
    return give_back_does(line->kind, money_sign(line->charged) < 0);
}

bool coupon_keep_may(const char *kind, bool with_reversal)
{
    struct slot_entry entry;
    if (!slot_entry_parse_kind(correction_base_kind(kind), &entry) || entry.reversal)
        return false;
    return with_reversal || entry.generation > 1 || entry.slot.kind == SLOT_PRORATION_CHARGE;
}

static struct giving_line giving_line_of(const struct period_line *line)
{
    return (struct giving_line){line->kind, line->start_on, line->end_on, line->charged};
}

int coupon_keep_order(const struct period_line *a, const struct period_line *b)
{
    struct giving_line left = giving_line_of(a);
    struct giving_line right = giving_line_of(b);
    if (a->document != b->document)
        return a->document < b->document ? -1 : 1;
    return give_back_order(&left, &right);
}

static bool is_billed_again(const struct period_line *lines, size_t count,
                            const struct period_line *line)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].price_id == line->price_id &&
            date_compare(lines[i].start_on, line->start_on) == 0 &&
            correction_is_rebill_of(lines[i].kind, line->kind))
            return true;
    return false;
}

size_t coupon_keep_standing(struct period_line *lines, size_t count, size_t *ret_places)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_billed_again(lines, count, &lines[i]))
            ret_places[kept++] = i;
    for (size_t i = 0; i < kept; i++)
        lines[i] = lines[ret_places[i]];
    return kept;
}

/* ---------------------------------------------------------------- what gives back of what */

/* The lines of its price up to its document, as give_back.h reads them; `cuts` may be NULL. */
struct giving {
    struct giving_line line;
    struct billed_line *billed;
    bool *takes;
    size_t *places;
    size_t count;
};

static struct giving giving_of(const struct period_line *lines, size_t count, size_t index,
                               const struct money *cuts, struct arena *arena)
{
    const struct period_line *own = &lines[index];
    struct giving giving = {
        .line = giving_line_of(own),
        .billed = ARENA_NEW_ARRAY(arena, struct billed_line, count),
        .takes = ARENA_NEW_ARRAY(arena, bool, count),
        .places = ARENA_NEW_ARRAY(arena, size_t, count),
    };
    for (size_t i = 0; i < count; i++) {
        const struct period_line *one = &lines[i];
        if (i == index || one->price_id != own->price_id || one->document > own->document)
            continue;
        giving.places[giving.count] = i;
        giving.billed[giving.count++] = (struct billed_line){
            .kind = one->kind,
            .start_on = one->start_on,
            .end_on = one->end_on,
            .charged = one->charged,
            .unpaid = cuts == NULL ? money_zero(one->charged.currency) : cuts[i],
            .noted = money_zero(one->charged.currency),
            .forgiven = money_zero(one->charged.currency)};
    }
    return giving;
}

/* Of each line whether a reversal took it back, and on which document (SIZE_MAX: none). */
static const size_t *reversed_by(const struct period_line *lines, size_t count, size_t document,
                                 struct arena *arena)
{
    size_t *by = ARENA_NEW_ARRAY(arena, size_t, count);
    for (size_t i = 0; i < count; i++)
        by[i] = SIZE_MAX;
    for (size_t r = 0; r < count; r++) {
        if (!give_back_reverses(lines[r].kind) || lines[r].is_void || lines[r].document > document)
            continue;
        struct giving giving = giving_of(lines, count, r, NULL, arena);
        if (give_back_choose(&giving.line, giving.billed, giving.count, giving.takes))
            for (size_t i = 0; i < giving.count; i++)
                if (giving.takes[i])
                    by[giving.places[i]] = lines[r].document;
    }
    return by;
}

/* ---------------------------------------------------------------- the rules */

static bool is_for_its_day(const struct period_line *line, const struct period_line *before)
{
    return before->basis == line->basis && !gives_back(before) &&
           before->document <= line->document && money_sign(before->charged) > 0 &&
           date_compare(before->start_on, line->start_on) <= 0 &&
           date_compare(before->end_on, line->start_on) > 0;
}

bool coupon_keep_replaced(const struct period_line *lines, size_t count, size_t index,
                          struct arena *arena, bool *ret_replaced)
{
    const struct period_line *line = &lines[index];
    struct slot_entry entry = entry_of(line->kind);
    bool is_change = line->basis == CHARGE_IN_ADVANCE && entry.slot.kind == SLOT_PRORATION_CHARGE;
    const size_t *reversed = reversed_by(lines, count, line->document, arena);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        bool is_changed = is_change && date_compare(lines[i].start_on, line->start_on) < 0;
        bool is_taken_back =
            reversed[i] != SIZE_MAX && (entry.generation > 1 || reversed[i] == line->document);
        ret_replaced[i] =
            i != index && is_for_its_day(line, &lines[i]) && (is_changed || is_taken_back);
        found = found || ret_replaced[i];
    }
    return found;
}

/* What of the coupon is given back by the line: its discount if there were no other coupon. */
static bool share_of(const struct period_line *lines, size_t count, size_t index,
                     const struct money *cuts, enum rounding rounding, struct arena *arena,
                     struct money *ret_share, struct error *err)
{
    struct giving giving = giving_of(lines, count, index, cuts, arena);
    struct money unpaid = money_zero(lines[index].charged.currency);
    if (give_back_choose(&giving.line, giving.billed, giving.count, giving.takes) &&
        !give_back_compute(&giving.line, giving.billed, giving.takes, giving.count, rounding,
                           &unpaid, err))
        return false;
    *ret_share = unpaid;
    return true;
}

/* Of what the line charges: on the document that bills both again. */
static bool takes_back_itself(const struct period_line *line, const struct period_line *giving)
{
    struct slot_entry own = entry_of(line->kind);
    struct slot_entry back = entry_of(giving->kind);
    return back.reversal && giving->price_id == line->price_id &&
           date_compare(giving->start_on, line->start_on) == 0 && back.slot.kind == own.slot.kind &&
           back.generation >= own.generation;
}

bool coupon_keep_freed(const struct period_line *lines, size_t count, size_t index,
                       const struct money *cuts, const bool *keeps, enum rounding rounding,
                       struct arena *arena, struct money *ret_freed, struct error *err)
{
    struct money *known = ARENA_NEW_ARRAY(arena, struct money, count);
    struct money freed = money_zero(lines[index].charged.currency);
    for (size_t i = 0; i < count; i++)
        known[i] = cuts[i];
    for (size_t i = 0; i < count; i++) {
        bool gives = gives_back(&lines[i]);
        if (i == index || lines[i].document > lines[index].document || lines[i].is_void ||
            lines[i].basis != lines[index].basis ||
            (gives ? takes_back_itself(&lines[index], &lines[i]) : !keeps[i]))
            continue;
        if ((gives && !share_of(lines, count, i, known, rounding, arena, &known[i], err)) ||
            !money_subtract(freed, known[i], &freed, err))
            return false;
    }
    *ret_freed = money_sign(freed) < 0 ? money_zero(freed.currency) : freed;
    return true;
}
