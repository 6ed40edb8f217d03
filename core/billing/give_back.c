/* Lines that give back: see give_back.h, whose rules are referred to by number. */
#include "core/billing/give_back.h"

#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/charge_slots.h"
#include "core/billing/correction.h"
#include "core/billing/progressive.h"

bool give_back_does(const char *kind, bool is_negative)
{
    struct slot_entry entry;
    if (!slot_entry_parse_kind(correction_base_kind(kind), &entry))
        return is_negative;
    return entry.reversal || entry.slot.kind == SLOT_PRORATION_CREDIT || is_negative;
}

bool give_back_reverses(const char *kind)
{
    struct slot_entry entry;
    return slot_entry_parse_kind(correction_base_kind(kind), &entry) && entry.reversal;
}

bool give_back_of_rest(const char *kind)
{
    struct slot_entry entry;
    return slot_entry_parse_kind(correction_base_kind(kind), &entry) && !entry.reversal &&
           entry.slot.kind == SLOT_PRORATION_CREDIT;
}

static bool reverses(const struct slot_entry *reversal, const struct slot_entry *entry)
{
    return reversal->reversal && !entry->reversal && reversal->slot.kind == entry->slot.kind &&
           reversal->generation == entry->generation;
}

bool give_back_takes_back(const char *reversal, const char *kind)
{
    struct slot_entry of, entry;
    return slot_entry_parse_kind(correction_base_kind(reversal), &of) &&
           slot_entry_parse_kind(correction_base_kind(kind), &entry) && reverses(&of, &entry);
}

/* ---------------------------------------------------------------- of which lines */

/* By the line itself, or by another one that is there. */
static bool is_replaced(const struct giving_line *line, const struct billed_line *billed,
                        size_t count, size_t index)
{
    const struct billed_line *one = &billed[index];
    if (date_compare(line->start_on, one->start_on) == 0 &&
        correction_is_rebill_of(line->kind, one->kind))
        return true;
    for (size_t i = 0; i < count; i++)
        if (date_compare(billed[i].start_on, one->start_on) == 0 &&
            correction_is_rebill_of(billed[i].kind, one->kind))
            return true;
    return false;
}

/* Whether the reversal takes back the line, of the same first day: late usage (no slot) is usage.
 */
static bool is_reversed(const struct slot_entry *reversal, const struct billed_line *one)
{
    struct slot_entry entry;
    if (!slot_entry_parse_kind(correction_base_kind(one->kind), &entry))
        return reversal->slot.kind == SLOT_USAGE;
    if (reversal->slot.kind == SLOT_USAGE && entry.slot.kind == SLOT_USAGE)
        return entry.reversal ? entry.generation < reversal->generation
                              : entry.generation <= reversal->generation;
    return !entry.reversal && entry.slot.kind == reversal->slot.kind &&
           entry.generation == reversal->generation;
}

/* A charge, or a credit. */
static bool is_taken_back(const struct slot_entry *entry, const struct billed_line *one,
                          const struct billed_line *billed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct slot_entry other;
        if (date_compare(billed[i].start_on, one->start_on) == 0 &&
            slot_entry_parse_kind(correction_base_kind(billed[i].kind), &other) &&
            reverses(&other, entry))
            return true;
    }
    return false;
}

/* The charge in force: the last one that began before the credit, in its last generation, and was
 * not taken back. */
static size_t find_credited(const struct giving_line *line, const struct billed_line *billed,
                            size_t count)
{
    size_t found = SIZE_MAX;
    int32_t generation = 0;
    for (size_t i = 0; i < count; i++) {
        struct slot_entry entry;
        const struct billed_line *one = &billed[i];
        if (!slot_entry_parse_kind(correction_base_kind(one->kind), &entry) || entry.reversal ||
            (entry.slot.kind != SLOT_RECURRING && entry.slot.kind != SLOT_PRORATION_CHARGE) ||
            date_compare(one->end_on, line->end_on) != 0 ||
            date_compare(one->start_on, line->start_on) >= 0 ||
            is_replaced(line, billed, count, i) || is_taken_back(&entry, one, billed, count))
            continue;
        int order = found == SIZE_MAX ? 1 : date_compare(one->start_on, billed[found].start_on);
        if (order > 0 || (order == 0 && entry.generation > generation)) {
            found = i;
            generation = entry.generation;
        }
    }
    return found;
}

/* Whether what was charged by the lines is as much as is given back of them. */
static bool is_covered(const struct giving_line *line, const struct billed_line *billed,
                       const bool *takes, size_t count)
{
    struct money sum = line->amount;
    struct error ignored = {0};
    for (size_t i = 0; i < count; i++)
        if (takes[i] && !money_add(sum, billed[i].charged, &sum, &ignored))
            return true;
    return money_sign(sum) >= 0;
}

/* Whether the usage of a period was billed by the line before the period ended. What was taken back
 * with a first generation is not. */
static bool is_begun(const struct slot_entry *usage, const struct billed_line *one)
{
    return usage->generation == 1 && progressive_number(correction_base_kind(one->kind)) > 0;
}

bool give_back_choose(const struct giving_line *line, const struct billed_line *billed,
                      size_t count, bool *ret_takes)
{
    struct slot_entry own;
    bool is_slot = slot_entry_parse_kind(correction_base_kind(line->kind), &own);
    bool found = false;
    for (size_t i = 0; i < count; i++)
        ret_takes[i] = false;
    bool is_part = is_slot && !own.reversal && own.slot.kind == SLOT_USAGE;
    if (is_slot && !own.reversal && !is_part) {
        size_t credited =
            own.slot.kind == SLOT_PRORATION_CREDIT ? find_credited(line, billed, count) : SIZE_MAX;
        if (credited != SIZE_MAX)
            ret_takes[credited] = true;
        return credited != SIZE_MAX;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_of =
            date_compare(billed[i].start_on, line->start_on) == 0 &&
            (is_part ? is_begun(&own, &billed[i]) : !is_slot || is_reversed(&own, &billed[i]));
        ret_takes[i] = is_of && !is_replaced(line, billed, count, i);
        found = found || ret_takes[i];
    }
    if ((is_slot && !is_part) || is_covered(line, billed, ret_takes, count))
        return found;
    for (size_t i = 0; i < count; i++)
        if (billed[i].is_part_before && !is_replaced(line, billed, count, i))
            ret_takes[i] = found = true;
    return found;
}

/* ---------------------------------------------------------------- how much */

struct taken_sums {
    struct money charged, unpaid;
};

bool give_back_left(const struct billed_line *billed, struct money *ret_left, struct error *err)
{
    struct money left;
    if (!money_subtract(billed->charged, billed->unpaid, &left, err) ||
        !money_subtract(left, billed->noted, &left, err) ||
        !money_subtract(left, billed->forgiven, &left, err))
        return false;
    *ret_left = left;
    return true;
}

static bool add_up(const struct giving_line *line, const struct billed_line *billed,
                   const bool *takes, size_t count, struct taken_sums *ret_sums, struct error *err)
{
    struct money zero = money_zero(line->amount.currency);
    struct taken_sums sums = {zero, zero};
    for (size_t i = 0; i < count; i++)
        if (takes[i] && (!money_add(sums.charged, billed[i].charged, &sums.charged, err) ||
                         !money_add(sums.unpaid, billed[i].unpaid, &sums.unpaid, err)))
            return false;
    *ret_sums = sums;
    return true;
}

/* Rule 3 of a part: of what was charged, at most all of it. */
static bool unpaid_share(struct money given, const struct taken_sums *sums, enum rounding rounding,
                         struct money *ret_share, struct error *err)
{
    int32_t order = 0;
    if (!money_compare(given, sums->charged, &order, err))
        return false;
    if (order >= 0 || money_sign(sums->unpaid) <= 0) {
        *ret_share = money_sign(sums->unpaid) < 0 ? money_zero(given.currency) : sums->unpaid;
        return true;
    }
    return money_prorate(sums->unpaid, money_minor(given), money_minor(sums->charged), rounding,
                         ret_share, err);
}

/* What a reversal gives is what was paid, whatever its amount. */
static bool compute_reversal(const struct giving_line *line, const struct taken_sums *sums,
                             struct money *ret_unpaid, struct error *err)
{
    struct money unpaid;
    if (!money_add(line->amount, sums->charged, &unpaid, err) ||
        !money_subtract(unpaid, sums->unpaid, &unpaid, err))
        return false;
    *ret_unpaid = unpaid;
    return true;
}

bool give_back_compute(const struct giving_line *line, const struct billed_line *billed,
                       const bool *takes, size_t count, enum rounding rounding,
                       struct money *ret_unpaid, struct error *err)
{
    struct money unpaid = money_zero(line->amount.currency);
    struct taken_sums sums;
    struct money given;
    if (!add_up(line, billed, takes, count, &sums, err))
        return false;
    if (give_back_reverses(line->kind))
        return compute_reversal(line, &sums, ret_unpaid, err);
    if (money_sign(line->amount) >= 0 || money_sign(sums.charged) <= 0) {
        *ret_unpaid = unpaid;
        return true;
    }
    return money_negate(line->amount, &given, err) &&
           unpaid_share(given, &sums, rounding, &unpaid, err) &&
           money_negate(unpaid, ret_unpaid, err);
}

bool give_back_free_coupons(const struct billed_line *billed, const bool *takes, size_t count,
                            struct money freed, enum rounding rounding, struct money *unpaid,
                            struct error *err)
{
    struct money taken = money_zero(freed.currency);
    struct money left = taken;
    struct money turned = *unpaid;
    int32_t order = 0;
    for (size_t i = 0; i < count; i++) {
        struct money one;
        if (takes[i] &&
            (!give_back_left(&billed[i], &one, err) || !money_add(left, one, &left, err) ||
             !money_add(taken, billed[i].unpaid, &taken, err)))
            return false;
    }
    if (money_sign(freed) <= 0 || money_sign(left) > 0)
        return true;
    return money_compare(freed, taken, &order, err) &&
           (order >= 0 || money_prorate(turned, money_minor(freed), money_minor(taken), rounding,
                                        &turned, err)) &&
           money_subtract(*unpaid, turned, unpaid, err);
}

/* ---------------------------------------------------------------- with which taxes */

const char *give_back_taxed_by(const char *kind, bool is_negative, struct arena *arena)
{
    struct slot_entry entry;
    if (give_back_does(kind, is_negative) || text_starts_with(kind, "late_usage"))
        return kind;
    if (!slot_entry_parse_kind(kind, &entry) || entry.generation < 2)
        return NULL;
    entry.generation--;
    entry.reversal = true;
    return slot_entry_kind(&entry, arena);
}

static bool is_left(const struct billed_line *billed)
{
    struct money left;
    struct error ignored = {0};
    return !give_back_left(billed, &left, &ignored) || money_sign(left) != 0;
}

size_t give_back_taxed_like(const struct billed_line *billed, const bool *takes,
                            const struct decimal *rates_percent, size_t count)
{
    size_t found = SIZE_MAX;
    bool found_left = false;
    for (size_t i = 0; i < count; i++) {
        bool left = takes[i] && is_left(&billed[i]);
        if (!takes[i] || (found_left && !left))
            continue;
        if (found == SIZE_MAX || (left && !found_left) ||
            decimal_compare(rates_percent[i], rates_percent[found]) <= 0)
            found = i;
        found_left = found_left || left;
    }
    return found;
}

/* ---------------------------------------------------------------- in which order */

struct place {
    int32_t generation; /* usage that came late is of the first */
    int phase;
};

static struct place place_of(const struct giving_line *line)
{
    struct slot_entry entry = {.generation = 1};
    bool is_slot = slot_entry_parse_kind(correction_base_kind(line->kind), &entry);
    bool gives = give_back_does(line->kind, money_sign(line->amount) < 0);
    int charged = gives ? 0 : 1;
    return (struct place){.generation = is_slot ? entry.generation : 1,
                          .phase = is_slot && entry.reversal ? 2 : charged};
}

int give_back_order(const struct giving_line *a, const struct giving_line *b)
{
    int order = date_compare(a->start_on, b->start_on);
    struct place left = place_of(a);
    struct place right = place_of(b);
    if (order != 0)
        return order;
    if (left.generation != right.generation)
        return left.generation < right.generation ? -1 : 1;
    return left.phase - right.phase;
}

static int compare_places(const void *a, const void *b)
{
    const struct giving_place *left = a;
    const struct giving_place *right = b;
    int order = give_back_order(&left->giving, &right->giving);
    if (order != 0)
        return order;
    return left->line < right->line ? -1 : left->line > right->line;
}

void give_back_sort(struct giving_place *places, size_t count)
{
    if (count > 1)
        qsort(places, count, sizeof *places, compare_places);
}
