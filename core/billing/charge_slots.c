/* Wanted slots beside made ones: see charge_slots.h, whose rules are referred to by number. */
#include "core/billing/charge_slots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* ---------------------------------------------------------------- the words of kinds */

#define REVERSAL_OF "reversal:"

static const char *const kind_names[] = {
    [SLOT_PRORATION_CHARGE] = "proration_charge",
    [SLOT_PRORATION_CREDIT] = "proration_credit",
    [SLOT_RECURRING] = "recurring",
    [SLOT_USAGE] = "usage",
};

const char *slot_entry_kind(const struct slot_entry *entry, struct arena *arena)
{
    const char *name = kind_names[entry->slot.kind];
    const char *prefix = entry->reversal ? REVERSAL_OF : "";
    if (entry->generation > 1)
        return arena_printf(arena, "%s%s:%" PRId32, prefix, name, entry->generation);
    return entry->reversal ? arena_printf(arena, "%s%s", prefix, name) : name;
}

static bool parse_generation(const char *text, int32_t *ret_generation)
{
    int64_t generation = 1;
    if (*text != '\0' && (*text != ':' || !text_parse_i64(text + 1, &generation) ||
                          generation < 2 || generation > INT32_MAX))
        return false;
    *ret_generation = (int32_t)generation;
    return true;
}

bool slot_entry_parse_kind(const char *text, struct slot_entry *entry)
{
    bool reversal = text_starts_with(text, REVERSAL_OF);
    const char *name = reversal ? text + strlen(REVERSAL_OF) : text;
    for (size_t i = 0; i < ARRAY_LEN(kind_names); i++)
        if (text_starts_with(name, kind_names[i]) &&
            parse_generation(name + strlen(kind_names[i]), &entry->generation)) {
            entry->slot.kind = (enum slot_kind)i;
            entry->reversal = reversal;
            return true;
        }
    return false;
}

bool slot_entry_is_negative(const struct slot_entry *entry)
{
    return entry->reversal != (entry->slot.kind == SLOT_PRORATION_CREDIT);
}

/* ---------------------------------------------------------------- order */

/* By what makes a slot one slot: rule 2. */
static int compare_keys(const struct charge_slot *a, const struct charge_slot *b)
{
    if (a->price != b->price)
        return a->price < b->price ? -1 : 1;
    int order = date_compare(a->period.start, b->period.start);
    return order != 0 ? order : (int)a->kind - (int)b->kind;
}

static int compare_slots(const void *a, const void *b)
{
    return compare_keys(a, b);
}

/* A reversal comes right after what it reverses. */
static int compare_entries(const void *a, const void *b)
{
    const struct slot_entry *left = a;
    const struct slot_entry *right = b;
    int order = compare_keys(&left->slot, &right->slot);
    if (order != 0)
        return order;
    if (left->generation != right->generation)
        return left->generation < right->generation ? -1 : 1;
    return (int)left->reversal - (int)right->reversal;
}

static bool same_charge(const struct charge_slot *a, const struct charge_slot *b)
{
    return date_compare(a->period.end, b->period.end) == 0 && period_equal(a->full, b->full) &&
           (a->basis == b->basis || period_equal(a->period, a->full)) &&
           date_compare(a->priced_on, b->priced_on) == 0 &&
           date_compare(a->counts_from, b->counts_from) == 0 &&
           counted_gaps_equal(a->gaps, b->gaps) && decimal_compare(a->quantity, b->quantity) == 0;
}

/* ---------------------------------------------------------------- the difference */

struct reconciling {
    const struct slot_history *history;
    const struct period_run *run;
    struct run_span span;
    struct date made_cutoff; /* the last one, or DATE_NONE */
    struct arena *arena;
    struct slot_entries *entries;
    int64_t skipped;
};

/* Rule 3. */
static bool is_corrected(const struct reconciling *state, const struct charge_slot *slot)
{
    return date_compare(slot->full.end, state->history->since) > 0;
}

static void reverse(struct reconciling *state, const struct slot_entry *made)
{
    struct slot_entry *entry = &ARRAY_ADD(state->arena, state->entries);
    *entry = *made;
    entry->reversal = true;
    entry->slot.due_on = state->span.due_until;
    entry->cutoff_on = state->span.cutoff;
}

/* A policy that leaves periods out has left out those of which nothing is there. */
static bool was_left_out(const struct reconciling *state, const struct charge_slot *slot)
{
    if (state->run->catch_up == CATCH_UP_ALL)
        return false;
    for (size_t i = 0; i < state->history->made_count; i++)
        if (period_equal(state->history->made[i].slot.full, slot->full))
            return false;
    return true;
}

/* Rule 6: the last cutoff of what this run makes of the period before the credit, charges come
 * before it. */
static struct date credited_cutoff(const struct reconciling *state, const struct slot_entry *credit)
{
    struct date last = credit->cutoff_on;
    for (size_t i = state->entries->count; i-- > 0;) {
        const struct slot_entry *made = &state->entries->items[i];
        if (made->slot.price != credit->slot.price)
            return last;
        if (!made->reversal && made->slot.kind != SLOT_PRORATION_CREDIT &&
            period_equal(made->slot.full, credit->slot.full))
            last = date_max(last, made->cutoff_on);
    }
    return last;
}

/* Rule 9. */
static struct date cutoff_from(const struct slot_history *history, const struct charge_slot *slot,
                               struct date cutoff_on)
{
    for (size_t i = 0; i < history->again_count; i++)
        if (period_equal(history->again[i].full, slot->full))
            cutoff_on = date_max(cutoff_on, history->again[i].cutoff_on);
    return cutoff_on;
}

/* Rule 4. */
static bool make(struct reconciling *state, const struct charge_slot *slot, int32_t generation,
                 struct error *err)
{
    struct slot_entry entry = {.slot = *slot, .generation = generation};
    struct date made_until = state->history->made_until[slot->price];
    if (!is_corrected(state, slot) && date_compare(slot->period.start, made_until) < 0)
        return true;
    if (!run_grid_cutoff(state->run->grid, slot->due_on, &entry.cutoff_on, err))
        return false;
    bool is_late = date_compare(entry.cutoff_on, state->span.cutoff) < 0 &&
                   date_compare(entry.cutoff_on, state->made_cutoff) <= 0;
    if (is_late && was_left_out(state, slot)) {
        state->skipped++;
        return true;
    }
    if (is_late) {
        entry.slot.due_on = state->span.due_until;
        entry.cutoff_on = state->span.cutoff;
    }
    entry.cutoff_on = cutoff_from(state->history, slot, entry.cutoff_on);
    if (slot->kind == SLOT_PRORATION_CREDIT)
        entry.cutoff_on = credited_cutoff(state, &entry);
    ARRAY_ADD(state->arena, state->entries) = entry;
    return true;
}

/* The entries of one key, from `from` on: where they end, the last generation, and the one that is
 * valid (NULL: none). */
static size_t read_key(const struct slot_history *history, size_t from, int32_t *ret_generation,
                       const struct slot_entry **ret_valid)
{
    const struct slot_entry *made = history->made;
    size_t i = from;
    *ret_valid = NULL;
    for (; i < history->made_count && compare_keys(&made[i].slot, &made[from].slot) == 0; i++) {
        *ret_valid = made[i].reversal ? NULL : &made[i];
        *ret_generation = made[i].generation;
    }
    return i;
}

/* ---- what a credit is of: the charge of its price and full period that is in force before it */

static bool is_charge_before(const struct charge_slot *charge, const struct charge_slot *credit)
{
    return charge->price == credit->price && charge->kind != SLOT_PRORATION_CREDIT &&
           period_equal(charge->full, credit->full) &&
           date_compare(charge->period.start, credit->period.start) < 0;
}

/* As things are. Of a key the last entry comes last. */
static const struct charge_slot *charged_before(const struct slot_history *history,
                                                const struct charge_slot *credit)
{
    const struct charge_slot *found = NULL;
    for (size_t i = 0; i < history->made_count; i++) {
        const struct slot_entry *made = &history->made[i];
        bool is_last =
            i + 1 == history->made_count || compare_keys(&made->slot, &made[1].slot) != 0;
        if (is_last && !made->reversal && is_charge_before(&made->slot, credit))
            found = &made->slot;
    }
    return found;
}

/* As they should be. */
static const struct charge_slot *wanted_before(const struct charge_slots *wanted,
                                               const struct charge_slot *credit)
{
    const struct charge_slot *found = NULL;
    for (size_t i = 0; i < wanted->count; i++)
        if (is_charge_before(&wanted->items[i], credit))
            found = &wanted->items[i];
    return found;
}

/* Rule 8. */
static bool is_of_another(const struct reconciling *state, const struct charge_slots *wanted,
                          const struct charge_slot *credit)
{
    if (credit->kind != SLOT_PRORATION_CREDIT)
        return false;
    const struct charge_slot *was = charged_before(state->history, credit);
    const struct charge_slot *is = wanted_before(wanted, credit);
    return was != NULL && is != NULL && (compare_keys(was, is) != 0 || !same_charge(was, is));
}

/* One key of both lists: what is there beside what is wanted (NULL: nothing is). */
static bool settle_key(struct reconciling *state, const struct charge_slots *all,
                       const struct slot_entry *valid, const struct charge_slot *wanted,
                       int32_t generation, struct error *err)
{
    bool keep = valid != NULL && (!is_corrected(state, &valid->slot) ||
                                  date_compare(valid->slot.due_on, state->span.due_until) > 0 ||
                                  (wanted != NULL && same_charge(&valid->slot, wanted) &&
                                   !is_of_another(state, all, wanted)));
    if (keep)
        return true;
    if (valid != NULL)
        reverse(state, valid);
    return wanted == NULL || make(state, wanted, generation + 1, err);
}

static bool settle_all(struct reconciling *state, const struct charge_slots *wanted,
                       struct error *err)
{
    const struct slot_history *history = state->history;
    size_t made = 0;
    size_t next = 0;
    while (made < history->made_count || next < wanted->count) {
        const struct charge_slot *slot = next < wanted->count ? &wanted->items[next] : NULL;
        const struct slot_entry *valid = NULL;
        int32_t generation = 0;
        int order = slot == NULL                  ? -1
                    : made == history->made_count ? 1
                                                  : compare_keys(&history->made[made].slot, slot);
        if (order <= 0)
            made = read_key(history, made, &generation, &valid);
        if (order >= 0)
            next++;
        if (!settle_key(state, wanted, valid, order >= 0 ? slot : NULL, generation, err))
            return false;
    }
    return true;
}

/* ---------------------------------------------------------------- what was missed */

static bool is_missed(const struct reconciling *state, const struct slot_entry *entry)
{
    return !entry->reversal &&
           run_span_missed(&state->span, entry->slot.period.start, entry->cutoff_on);
}

/* The last cutoff of a price's new entries. */
static struct date last_cutoff(const struct slot_entries *entries, size_t price)
{
    struct date last = DATE_NONE;
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].slot.price == price)
            last = date_max(last, entries->items[i].cutoff_on);
    return last;
}

static bool is_left_out(const struct reconciling *state, const struct slot_entry *entry)
{
    if (!is_missed(state, entry))
        return false;
    switch (state->run->catch_up) {
    case CATCH_UP_ALL:
        return false;
    case CATCH_UP_LATEST:
        return date_compare(entry->cutoff_on, last_cutoff(state->entries, entry->slot.price)) < 0;
    case CATCH_UP_NONE:
        return true;
    }
    return false;
}

/* catch_up, for each price as without changes. Entries come by price. */
static bool catch_up(struct reconciling *state, struct slot_entries *kept, struct error *err)
{
    int32_t missed = 0;
    struct date first = DATE_NONE;
    for (size_t i = 0; i < state->entries->count; i++) {
        const struct slot_entry *entry = &state->entries->items[i];
        if (i == 0 || entry->slot.price != state->entries->items[i - 1].slot.price)
            missed = 0;
        if (is_left_out(state, entry)) {
            state->skipped++;
            continue;
        }
        if (is_missed(state, entry) && missed++ == 0)
            first = entry->slot.period.start;
        if (missed > state->run->max_catch_up)
            return error_item(err, "too_many_due_periods",
                              "more than %" PRId32 " periods were missed, from %s on",
                              state->run->max_catch_up, date_text(first).text);
        ARRAY_ADD(state->arena, kept) = *entry;
    }
    return true;
}

/* Rule 7. */
static bool is_there(const struct charge_slot *slot, const struct charge_slots *wanted,
                     const struct slot_history *history)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (compare_keys(&wanted->items[i], slot) == 0)
            return true;
    for (size_t i = 0; i < history->made_count; i++)
        if (compare_keys(&history->made[i].slot, slot) == 0)
            return true;
    return false;
}

static void reverse_begun(struct reconciling *state, const struct charge_slots *wanted)
{
    for (size_t i = 0; i < state->history->begun_count; i++) {
        struct slot_entry begun = {.slot = state->history->begun[i], .generation = 1};
        if (is_corrected(state, &begun.slot) &&
            date_compare(begun.slot.due_on, state->span.due_until) <= 0 &&
            !is_there(&begun.slot, wanted, state->history))
            reverse(state, &begun);
    }
}

bool charge_slots_reconcile(struct charge_slots *wanted, struct slot_history *history,
                            const struct period_run *run, struct arena *arena,
                            struct slot_entries *ret_entries, int64_t *ret_skipped,
                            struct error *err)
{
    struct slot_entries entries = {0};
    struct slot_entries kept = {0};
    struct reconciling state = {.history = history,
                                .run = run,
                                .made_cutoff = DATE_NONE,
                                .arena = arena,
                                .entries = &entries};
    if (!period_run_span(run, &state.span, err))
        return false;
    for (size_t i = 0; i < history->made_count; i++)
        state.made_cutoff = date_max(state.made_cutoff, history->made[i].cutoff_on);
    struct date last_cutoff_on = state.made_cutoff;
    for (size_t i = 0; i < history->again_count; i++)
        last_cutoff_on = date_max(last_cutoff_on, history->again[i].cutoff_on);
    if (date_compare(state.span.cutoff, last_cutoff_on) >= 0) {
        if (wanted->count > 1)
            qsort(wanted->items, wanted->count, sizeof *wanted->items, compare_slots);
        if (history->made_count > 1)
            qsort(history->made, history->made_count, sizeof *history->made, compare_entries);
        if (!settle_all(&state, wanted, err))
            return false;
        reverse_begun(&state, wanted);
        if (!catch_up(&state, &kept, err))
            return false;
    }
    *ret_entries = kept;
    *ret_skipped = state.skipped;
    return true;
}
