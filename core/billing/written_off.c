/* What is given back of what was written off: see written_off.h, whose rules are referred to here.
 */
#include "core/billing/written_off.h"

#include "core/billing/forgiven.h"
#include "core/money/allocation.h"

/* ---------------------------------------------------------------- of an invoice */

static struct money not_negative(struct money money)
{
    return money_sign(money) < 0 ? money_zero(money.currency) : money;
}

static bool lower_of(struct money a, struct money b, struct money *ret_lower, struct error *err)
{
    int32_t order = 0;
    if (!money_compare(a, b, &order, err))
        return false;
    *ret_lower = order < 0 ? a : b;
    return true;
}

/* What of it is off where that much is given; no more than what others leave, who took too much
 * where an earlier document was not ready when they were made. */
static bool off_of(const struct off_invoice *invoice, struct money given, struct arena *arena,
                   struct money *ret_off, struct error *err)
{
    struct money all, left, off;
    if (!settlement_off_written(invoice->total, invoice->events, invoice->event_count,
                                not_negative(given), arena, &off, err) ||
        !settlement_off_written(invoice->total, invoice->events, invoice->event_count,
                                invoice->total, arena, &all, err) ||
        !money_subtract(all, invoice->later, &left, err))
        return false;
    return lower_of(off, not_negative(left), ret_off, err);
}

/* Rules 3 and 4. */
static bool move(struct off_ledger *ledger, const struct off_place *line, size_t of,
                 struct money given, struct error *err)
{
    struct off_invoice *invoice = &ledger->invoices[of];
    struct off_entry entry = {.place = *line, .of = of, .given = given};
    struct money sum, before, after;
    if (money_sign(given) == 0)
        return true;
    if (!money_add(invoice->given, given, &sum, err) ||
        !off_of(invoice, invoice->given, ledger->arena, &before, err) ||
        !off_of(invoice, sum, ledger->arena, &after, err) ||
        !money_subtract(after, before, &entry.off, err))
        return false;
    return written_off_add_stored(ledger, &entry, err);
}

static size_t *chain_of(const struct off_ledger *ledger, int64_t subscription_id)
{
    return &ledger->chains[(uint64_t)subscription_id % OFF_CHAINS];
}

/* Of that subscription the next one (as `place`, from 1), 0: there is none. */
static const struct off_entry *entry_at(const struct off_ledger *ledger, size_t place)
{
    return place == 0 ? NULL : &ledger->entries.items[place - 1];
}

static bool is_same_line(const struct off_place *a, const struct off_place *b)
{
    return a->invoice_id == b->invoice_id && a->line == b->line;
}

bool written_off_add_stored(struct off_ledger *ledger, const struct off_entry *entry,
                            struct error *err)
{
    struct off_invoice *invoice = &ledger->invoices[entry->of];
    size_t *chain = chain_of(ledger, entry->place.subscription_id);
    if (!money_add(invoice->given, entry->given, &invoice->given, err) ||
        !money_add(invoice->off, entry->off, &invoice->off, err))
        return false;
    for (size_t i = ledger->entries.count; i > 0; i--) {
        struct off_entry *same = &ledger->entries.items[i - 1];
        if (!is_same_line(&same->place, &entry->place))
            break;
        if (same->of == entry->of)
            return money_add(same->given, entry->given, &same->given, err) &&
                   money_add(same->off, entry->off, &same->off, err);
    }
    struct off_entry *added = &ARRAY_ADD(ledger->arena, &ledger->entries);
    *added = *entry;
    added->next = *chain;
    *chain = ledger->entries.count;
    return true;
}

struct off_ledger written_off_copy(const struct off_ledger *ledger)
{
    struct off_ledger copy = *ledger;
    copy.entries = (struct off_entries){0};
    copy.invoices = ARENA_NEW_ARRAY(ledger->arena, struct off_invoice, ledger->invoice_count + 1);
    copy.chains = ARENA_NEW_ARRAY(ledger->arena, size_t, OFF_CHAINS);
    for (size_t i = 0; i < ledger->invoice_count; i++)
        copy.invoices[i] = ledger->invoices[i];
    for (size_t i = 0; i < OFF_CHAINS; i++)
        copy.chains[i] = ledger->chains[i];
    for (size_t i = 0; i < ledger->entries.count; i++)
        ARRAY_ADD(copy.arena, &copy.entries) = ledger->entries.items[i];
    return copy;
}

/* ---------------------------------------------------------------- what lines come to */

static bool is_larger(struct money a, struct money b)
{
    int64_t left = money_minor(a);
    int64_t right = money_minor(b);
    return (left < 0 ? -left : left) > (right < 0 ? -right : right);
}

/* Of those with the tax the largest after `last` (SIZE_MAX: of all), the first of those that are
 * alike; SIZE_MAX: there is none. */
static size_t next_largest(const struct invoice_line_content *lines, size_t count,
                           const struct invoice_tax_content *tax, size_t last)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        bool is_after = last == SIZE_MAX || is_larger(lines[last].amount, lines[i].amount) ||
                        (!is_larger(lines[i].amount, lines[last].amount) && i > last);
        if (is_after && invoice_tax_covers(tax, &lines[i]) &&
            (found == SIZE_MAX || is_larger(lines[i].amount, lines[found].amount)))
            found = i;
    }
    return found;
}

/* One tax on top of the lines that pay it. */
static bool add_tax(const struct invoice_line_content *lines, size_t count,
                    const struct invoice_tax_content *tax, enum rounding rounding,
                    struct money *values, struct error *err)
{
    struct money left = tax->tax_amount;
    struct ratio rate;
    if (!ratio_divide(ratio_from_decimal(tax->rate_percent), ratio_from_i64(100), &rate, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct money net, part;
        if (!invoice_tax_covers(tax, &lines[i]))
            continue;
        if (!money_subtract(lines[i].amount, lines[i].discount, &net, err) ||
            !money_multiply_ratio(net, rate, rounding, &part, err) ||
            !money_add(values[i], part, &values[i], err) || !money_subtract(left, part, &left, err))
            return false;
    }
    for (size_t i = SIZE_MAX; money_sign(left) != 0;) {
        struct money unit = money_of_minor(money_sign(left), left.currency);
        i = next_largest(lines, count, tax, i);
        if (i == SIZE_MAX && next_largest(lines, count, tax, i) == SIZE_MAX)
            return true;
        if (i != SIZE_MAX && (!money_add(values[i], unit, &values[i], err) ||
                              !money_subtract(left, unit, &left, err)))
            return false;
    }
    return true;
}

bool written_off_values(const struct invoice_line_content *lines, size_t line_count,
                        const struct invoice_tax_content *taxes, size_t tax_count,
                        enum rounding rounding, struct money *ret_values, struct error *err)
{
    for (size_t i = 0; i < line_count; i++)
        if (!money_subtract(lines[i].amount, lines[i].discount, &ret_values[i], err))
            return false;
    for (size_t i = 0; i < tax_count; i++)
        if (!taxes[i].inclusive &&
            !add_tax(lines, line_count, &taxes[i], rounding, ret_values, err))
            return false;
    return true;
}

/* ---------------------------------------------------------------- what gives back */

bool written_off_spread(struct money given, const struct money *lefts, size_t count,
                        struct arena *arena, struct off_share *ret_shares, struct error *err)
{
    struct money *weights = ARENA_NEW_ARRAY(arena, struct money, count + 1);
    struct money *parts = ARENA_NEW_ARRAY(arena, struct money, count + 1);
    bool is_weighty = false;
    for (size_t i = 0; i < count; i++) {
        weights[i] = not_negative(lefts[i]);
        is_weighty = is_weighty || money_sign(weights[i]) > 0;
    }
    for (size_t i = 0; i < count && !is_weighty; i++)
        parts[i] = i == 0 ? given : money_zero(given.currency);
    if (is_weighty && !money_allocate_by_amounts(given, weights, count, arena, parts, err))
        return false;
    for (size_t i = 0; i < count; i++)
        ret_shares[i].given = parts[i];
    return true;
}

/* Of that line by what is written off of it: its share, of each invoice; *rest is without it. */
static bool give_share(struct off_ledger *ledger, const struct off_place *line,
                       const struct off_share *share, struct money *rest, struct error *err)
{
    const struct off_entry *found = NULL;
    for (size_t at = *chain_of(ledger, line->subscription_id);
         (found = entry_at(ledger, at)) != NULL; at = ledger->entries.items[at - 1].next) {
        struct money part;
        const struct off_entry entry = *found; /* the array may move */
        int64_t value = money_minor(entry.place.value);
        int64_t moved = money_minor(entry.given);
        if (entry.place.invoice_id != share->invoice_id || entry.place.line != share->line ||
            (value < 0) == (moved < 0))
            continue;
        if (!money_prorate(share->given, moved < 0 ? -moved : moved, value < 0 ? -value : value,
                           ledger->rounding, &part, err) ||
            !money_subtract(*rest, part, rest, err) || !move(ledger, line, entry.of, part, err))
            return false;
    }
    return true;
}

/* Rule 1: the rest is of the invoice itself. */
static bool give(struct off_ledger *ledger, const struct off_place *line,
                 const struct off_share *share, struct error *err)
{
    struct money rest = share->given;
    if (!give_share(ledger, line, share, &rest, err))
        return false;
    for (size_t i = 0; i < ledger->invoice_count; i++)
        if (ledger->invoices[i].invoice_id == share->invoice_id)
            return move(ledger, line, i, rest, err);
    return true;
}

bool written_off_add_noted(struct off_ledger *ledger, const struct off_place *line,
                           const struct off_share *share, struct error *err)
{
    struct money rest = share->given;
    return give_share(ledger, line, share, &rest, err);
}

/* ---------------------------------------------------------------- what is charged instead */

/* What lines of its subscription and period moved of that invoice: given back beyond what was
 * charged in place of it, as if a note had given it. */
static bool load_moved(const struct off_ledger *ledger, const struct off_place *line, size_t of,
                       struct forgiven_period *moved, struct error *err)
{
    const struct off_entry *entry = NULL;
    for (size_t at = *chain_of(ledger, line->subscription_id);
         (entry = entry_at(ledger, at)) != NULL; at = entry->next) {
        const struct off_place *place = &entry->place;
        if (entry->of != of || place->subscription_id != line->subscription_id ||
            date_compare(place->full_start_on, line->full_start_on) != 0)
            continue;
        size_t account = forgiven_period_account(moved, place->price_id, place->plan_id,
                                                 place->is_metered, ledger->arena);
        if (!forgiven_add_note(&moved->accounts.items[account], entry->given, err))
            return false;
    }
    return true;
}

/* Rule 2: of one invoice, at most *left, which is less by it. */
static bool replace(struct off_ledger *ledger, const struct off_place *line, size_t of,
                    struct money *left, struct error *err)
{
    struct forgiven_period moved = {.key.currency = left->currency};
    struct money before, after, taken;
    if (!currency_equal(left->currency, ledger->invoices[of].total.currency))
        return true;
    if (!load_moved(ledger, line, of, &moved, err))
        return false;
    if (moved.accounts.count == 0)
        return true;
    size_t account = forgiven_period_account(&moved, line->price_id, line->plan_id,
                                             line->is_metered, ledger->arena);
    if (!forgiven_owed(&moved.accounts, account, money_zero(left->currency), &before, err) ||
        !forgiven_owed(&moved.accounts, account, *left, &after, err) ||
        !money_subtract(after, before, &after, err) || !money_subtract(*left, after, &taken, err))
        return false;
    *left = after;
    return money_negate(taken, &taken, err) && move(ledger, line, of, taken, err);
}

bool written_off_add(struct off_ledger *ledger, const struct off_place *line,
                     const struct off_share *shares, size_t count, struct error *err)
{
    struct money left = line->value;
    for (size_t i = 0; i < count; i++)
        if (!give(ledger, line, &shares[i], err))
            return false;
    if (count > 0 || line->subscription_id == 0)
        return true;
    for (size_t i = 0; i < ledger->invoice_count && money_sign(left) > 0; i++)
        if (!replace(ledger, line, i, &left, err))
            return false;
    return true;
}
