/* The accounts of a payer: see forgiven.h, whose rules are referred to by number. */
#include <stdlib.h>
#include <string.h>

#include "core/billing/forgiven.h"

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_keys(const struct forgiven_key *a, const struct forgiven_key *b)
{
    int order = compare_numbers(a->payer_id, b->payer_id);
    if (order == 0)
        order = compare_numbers(a->subscription_id, b->subscription_id);
    if (order == 0)
        order = date_compare(a->full_start_on, b->full_start_on);
    if (order == 0)
        order = date_compare(a->full_end_on, b->full_end_on);
    return order != 0 ? order : strcmp(a->currency.code, b->currency.code);
}

static int compare_lines(const void *a, const void *b)
{
    const struct forgiven_line *left = a;
    const struct forgiven_line *right = b;
    int order = compare_keys(&left->key, &right->key);
    if (order == 0)
        order = compare_numbers(left->invoice_id, right->invoice_id);
    if (order == 0)
        order = compare_numbers(left->line, right->line);
    return order != 0 ? order : (int)left->kind - (int)right->kind;
}

static int compare_period(const void *item, const void *key)
{
    return compare_keys(&((const struct forgiven_period *)item)->key, key);
}

size_t forgiven_period_account(struct forgiven_period *period, int64_t price_id, int64_t plan_id,
                               bool is_metered, struct arena *arena)
{
    struct money zero = money_zero(period->key.currency);
    size_t i = 0;
    for (; i < period->accounts.count; i++)
        if (period->accounts.items[i].price_id == price_id)
            return i;
    ARRAY_ADD(arena, &period->accounts) =
        (struct forgiven_account){price_id, plan_id, is_metered, zero, zero, zero};
    return i;
}

/* ---------------------------------------------------------------- lines */

static bool shares(const struct forgiven_line *a, const struct forgiven_line *b)
{
    return a->price_id == b->price_id || (!a->is_metered && !b->is_metered);
}

/* Rule 6, of the lines of one period: those of a document, and notes over it, follow each other. */
static bool is_noted(const struct forgiven_line *lines, size_t count, size_t index,
                     bool *ret_is_noted, struct error *err)
{
    struct money sum = money_zero(lines[index].net.currency);
    size_t first = index;
    while (first > 0 && lines[first - 1].invoice_id == lines[index].invoice_id)
        first--;
    for (size_t i = first; i < count && lines[i].invoice_id == lines[index].invoice_id; i++)
        if (lines[i].kind == lines[index].kind && shares(&lines[index], &lines[i]) &&
            !money_add(sum, lines[i].net, &sum, err))
            return false;
    *ret_is_noted = money_sign(sum) >= 0;
    return true;
}

/* What a line comes to before anything is forgiven. */
static bool add_cost(struct forgiven_account *account, const struct forgiven_line *line,
                     struct error *err)
{
    return money_add(account->cost, line->net, &account->cost, err) &&
           money_add(account->cost, line->forgiven, &account->cost, err);
}

static bool add_line(struct forgiven_account *account, const struct forgiven_line *lines,
                     size_t count, size_t index, struct error *err)
{
    const struct forgiven_line *line = &lines[index];
    struct money noted = money_zero(line->net.currency);
    bool counts = false;
    if (!is_noted(lines, count, index, &counts, err))
        return false;
    if (counts)
        noted = line->net;
    switch (line->kind) {
    case FORGIVEN_BILLED:
        return add_cost(account, line, err) &&
               money_add(account->billed, line->net, &account->billed, err);
    case FORGIVEN_VOID:
        return add_cost(account, line, err) &&
               money_add(account->noted, noted, &account->noted, err);
    case FORGIVEN_NOTE:
        return money_add(account->noted, noted, &account->noted, err) &&
               money_subtract(account->billed, line->net, &account->billed, err);
    case FORGIVEN_AGAIN: /* rule 5 */
        return money_add(account->billed, line->net, &account->billed, err);
    case FORGIVEN_NOTE_AGAIN:
        return money_subtract(account->billed, line->net, &account->billed, err);
    }
    return false;
}

static bool add_period(const struct forgiven_line *lines, size_t count, struct forgiven_book *book,
                       struct error *err)
{
    struct forgiven_period *period = &book->periods[book->count++];
    *period = (struct forgiven_period){.key = lines[0].key};
    for (size_t i = 0; i < count; i++) {
        size_t account = forgiven_period_account(period, lines[i].price_id, lines[i].plan_id,
                                                 lines[i].is_metered, book->arena);
        if (!add_line(&period->accounts.items[account], lines, count, i, err))
            return false;
    }
    return true;
}

bool forgiven_book_open(struct forgiven_line *lines, size_t count, struct arena *arena,
                        struct forgiven_book *ret_book, struct error *err)
{
    struct forgiven_book book = {
        .periods = ARENA_NEW_ARRAY(arena, struct forgiven_period, count + 1), .arena = arena};
    if (count > 1)
        qsort(lines, count, sizeof *lines, compare_lines);
    for (size_t first = 0, end = 0; first < count; first = end) {
        while (end < count && compare_keys(&lines[first].key, &lines[end].key) == 0)
            end++;
        if (!add_period(&lines[first], end - first, &book, err))
            return false;
    }
    *ret_book = book;
    return true;
}

struct forgiven_period *forgiven_book_period(const struct forgiven_book *book,
                                             const struct forgiven_key *key)
{
    size_t place =
        array_lower_bound(book->periods, book->count, sizeof *book->periods, key, compare_period);
    return place < book->count && compare_keys(&book->periods[place].key, key) == 0
               ? &book->periods[place]
               : NULL;
}
