/* What is given back of what was written off: see written_off.h, whose rules are referred to here.
 */
#include "core/billing/written_off.h"

static struct money lower_of(struct money a, struct money b)
{
    return money_minor(a) < money_minor(b) ? a : b;
}

static struct money higher_of(struct money a, struct money b)
{
    return money_minor(a) < money_minor(b) ? b : a;
}

static struct money not_negative(struct money money)
{
    return higher_of(money, money_zero(money.currency));
}

/* ---------------------------------------------------------------- of a period */

static bool shares(const struct off_price *a, const struct off_price *b)
{
    return a == b || (!a->is_metered && !b->is_metered);
}

/* What goes from those that have something to give (`noted`) to those of other plans that cost
 * something: forgiven.h, rule 3. */
static bool find_flow(const struct forgiven_accounts *accounts, struct money zero,
                      struct money *ret_flow, struct error *err)
{
    struct money cost = zero, owed;
    for (size_t i = 0; i < accounts->count; i++)
        if (!money_add(cost, accounts->items[i].cost, &cost, err))
            return false;
    return forgiven_owed(accounts, 0, zero, &owed, err) &&
           money_subtract(cost, owed, ret_flow, err);
}

/* Of the prices that share with one of them, beside what the ledger has room for. */
struct off_group {
    struct money asked;
    struct money fallen; /* in all */
    struct money own;    /* of that, of what was asked for the same price */
    struct money now;    /* what they come to */
};

/* To what fell and what rose; and to what else fell, and what else was asked. */
static bool add_price(struct off_ledger *ledger, const struct off_price *price, bool is_then,
                      struct off_group *group, struct error *err)
{
    struct money zero = money_zero(price->asked.currency);
    struct money behind = is_then ? price->then : price->behind;
    struct money asked = not_negative(price->asked);
    struct forgiven_account moved = {price->price_id,      price->plan_id, price->is_metered,
                                     not_negative(behind), zero,           zero};
    struct forgiven_account other = moved;
    if (!money_negate(behind, &moved.noted, err))
        return false;
    moved.noted = not_negative(moved.noted);
    struct money own = lower_of(moved.noted, asked);
    if (!money_subtract(moved.noted, own, &other.noted, err) ||
        !money_subtract(asked, own, &other.cost, err))
        return false;
    ARRAY_ADD(ledger->arena, &ledger->moved) = moved;
    ARRAY_ADD(ledger->arena, &ledger->others) = other;
    return money_add(group->now, price->before, &group->now, err) &&
           money_add(group->now, price->asked, &group->now, err) &&
           money_add(group->now, behind, &group->now, err) &&
           money_add(group->asked, price->asked, &group->asked, err) &&
           money_add(group->fallen, moved.noted, &group->fallen, err) &&
           money_add(group->own, own, &group->own, err);
}

/* Rule 2, of the prices that share with that one. */
static bool add_given(struct off_ledger *ledger, const struct off_layer *layer, size_t index,
                      bool is_then, struct money *given, struct error *err)
{
    struct money zero = money_zero(given->currency);
    struct off_group group = {zero, zero, zero, zero};
    struct money flow, left, most, beyond;
    ledger->moved.count = ledger->others.count = 0;
    for (size_t i = 0; i < layer->prices.count; i++)
        if (shares(&layer->prices.items[index], &layer->prices.items[i]) &&
            !add_price(ledger, &layer->prices.items[i], is_then, &group, err))
            return false;
    if (!find_flow(&ledger->moved, zero, &flow, err) ||
        !money_subtract(group.fallen, flow, &left, err) ||
        !find_flow(&ledger->others, zero, &flow, err) || !money_add(group.own, flow, &most, err) ||
        !money_subtract(group.asked, not_negative(group.now), &beyond, err))
        return false;
    left = higher_of(lower_of(left, most), beyond);
    return money_add(*given, lower_of(left, not_negative(group.asked)), given, err);
}

/* Rule 2: of all prices; the unmetered ones are found by the first of them. */
static bool sum_given(struct off_ledger *ledger, const struct off_layer *layer, bool is_then,
                      struct money *ret_given, struct error *err)
{
    bool has_unmetered = false;
    *ret_given = money_zero(layer->given.currency);
    for (size_t i = 0; i < layer->prices.count; i++) {
        bool is_metered = layer->prices.items[i].is_metered;
        if ((is_metered || !has_unmetered) && !add_given(ledger, layer, i, is_then, ret_given, err))
            return false;
        has_unmetered = has_unmetered || !is_metered;
    }
    return true;
}

/* Rule 3. */
static bool find_given(struct off_ledger *ledger, struct off_layer *layer, struct error *err)
{
    struct off_invoice *invoice = &ledger->invoices[layer->of];
    struct money given, then;
    if (!sum_given(ledger, layer, false, &given, err) ||
        !sum_given(ledger, layer, true, &then, err) || !money_subtract(given, then, &given, err) ||
        !money_subtract(invoice->given, layer->given, &invoice->given, err))
        return false;
    layer->given = not_negative(given);
    return money_add(invoice->given, layer->given, &invoice->given, err);
}

/* ---------------------------------------------------------------- lines */

static struct off_price *price_of(const struct off_ledger *ledger, struct off_layer *layer,
                                  const struct off_line *line)
{
    struct money zero = money_zero(line->value.currency);
    for (size_t i = 0; i < layer->prices.count; i++)
        if (layer->prices.items[i].price_id == line->price_id)
            return &layer->prices.items[i];
    struct off_price *price = &ARRAY_ADD(ledger->arena, &layer->prices);
    *price =
        (struct off_price){line->price_id, line->plan_id, line->is_metered, zero, zero, zero, zero};
    return price;
}

bool written_off_count(struct off_ledger *ledger, size_t layer, const struct off_line *line,
                       enum off_relation relation, struct error *err)
{
    struct off_layer *counted = &ledger->periods[line->period].items[layer];
    struct off_price *price = price_of(ledger, counted, line);
    switch (relation) {
    case OFF_BEFORE:
        return money_add(price->before, line->value, &price->before, err) &&
               find_given(ledger, counted, err);
    case OFF_ASKED:
        return money_add(price->asked, line->value, &price->asked, err) &&
               find_given(ledger, counted, err);
    case OFF_BEHIND:
        if (!money_add(price->then, line->value, &price->then, err))
            return false;
        break;
    case OFF_SINCE:
        break;
    }
    return money_add(price->behind, line->value, &price->behind, err) &&
           find_given(ledger, counted, err);
}

/* Rules 4 and 5: *left is what the line may still be off, and is less by it. */
static bool move(const struct off_ledger *ledger, size_t of, struct money *left,
                 struct money *ret_off, struct error *err)
{
    const struct off_invoice *invoice = &ledger->invoices[of];
    struct money zero = money_zero(left->currency);
    struct money off;
    if (!settlement_off_written(invoice->total, invoice->events, invoice->event_count,
                                invoice->given, ledger->arena, &off, err) ||
        !money_subtract(off, invoice->off, &off, err))
        return false;
    off = money_sign(*left) > 0 ? lower_of(not_negative(off), *left)
                                : higher_of(lower_of(off, zero), *left);
    *ret_off = off;
    return money_subtract(*left, off, left, err);
}

bool written_off_add_stored(struct off_ledger *ledger, const struct off_entry *entry,
                            struct error *err)
{
    struct off_invoice *invoice = &ledger->invoices[entry->of];
    return money_add(invoice->off, entry->off, &invoice->off, err);
}

bool written_off_add_earlier(struct off_ledger *ledger, const struct off_entry *entry,
                             struct error *err)
{
    struct off_invoice *invoice = &ledger->invoices[entry->of];
    return money_subtract(invoice->total, entry->off, &invoice->total, err);
}

bool written_off_add(struct off_ledger *ledger, const struct off_line *line,
                     const enum off_relation *relations, struct off_entries *entries,
                     struct error *err)
{
    const struct off_layers *layers = &ledger->periods[line->period];
    struct money left;
    if (!money_negate(line->value, &left, err))
        return false;
    for (size_t i = 0; i < layers->count; i++) {
        enum off_relation relation = relations == NULL ? OFF_SINCE : relations[i];
        struct off_entry entry = {.of = layers->items[i].of};
        if (!written_off_count(ledger, i, line, relation, err))
            return false;
        if (relation != OFF_SINCE)
            continue;
        if (!move(ledger, entry.of, &left, &entry.off, err))
            return false;
        if (money_sign(entry.off) == 0)
            continue;
        ARRAY_ADD(ledger->arena, entries) = entry;
        if (!written_off_add_stored(ledger, &entry, err))
            return false;
    }
    return true;
}
