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

static int compare_ids(const void *a, const void *b)
{
    const struct forgiven_line_id *left = a;
    const struct forgiven_line_id *right = b;
    int order = compare_numbers(left->invoice_id, right->invoice_id);
    return order != 0 ? order : compare_numbers(left->line, right->line);
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

struct left_out ARRAY_OF(struct forgiven_line_id);

static bool shares(const struct forgiven_line *a, const struct forgiven_line *b)
{
    return a->price_id == b->price_id || (!a->is_metered && !b->is_metered);
}

/* Rule 6, of the lines of one period: those of a document follow each other. */
static bool is_left_out(const struct forgiven_line *lines, size_t count, size_t index,
                        bool *ret_is_left_out, struct error *err)
{
    struct money sum = money_zero(lines[index].net.currency);
    size_t first = index;
    *ret_is_left_out = false;
    if (lines[index].kind != FORGIVEN_VOID)
        return true;
    while (first > 0 && lines[first - 1].invoice_id == lines[index].invoice_id)
        first--;
    for (size_t i = first; i < count && lines[i].invoice_id == lines[index].invoice_id; i++)
        if (lines[i].kind == FORGIVEN_VOID && shares(&lines[index], &lines[i]) &&
            !money_add(sum, lines[i].net, &sum, err))
            return false;
    *ret_is_left_out = money_sign(sum) < 0;
    return true;
}

/* What a line comes to before anything is forgiven. */
static bool add_cost(struct forgiven_account *account, const struct forgiven_line *line,
                     struct error *err)
{
    return money_add(account->cost, line->net, &account->cost, err) &&
           money_add(account->cost, line->forgiven, &account->cost, err);
}

/* Rule 5. */
static bool take_back_cost(struct forgiven_account *account, const struct forgiven_line *line,
                           struct error *err)
{
    return money_subtract(account->cost, line->net, &account->cost, err) &&
           money_subtract(account->billed, line->net, &account->billed, err);
}

static bool add_line(struct forgiven_account *account, const struct forgiven_line *line,
                     struct error *err)
{
    switch (line->kind) {
    case FORGIVEN_BILLED:
        return add_cost(account, line, err) &&
               money_add(account->billed, line->net, &account->billed, err);
    case FORGIVEN_VOID:
        return add_cost(account, line, err) &&
               money_add(account->noted, line->net, &account->noted, err);
    case FORGIVEN_NOTE:
        return forgiven_add_note(account, line->net, err);
    case FORGIVEN_NOTE_AGAIN:
        return take_back_cost(account, line, err);
    }
    return false;
}

static bool add_period(const struct forgiven_line *lines, size_t count, struct forgiven_book *book,
                       struct left_out *left_out, struct error *err)
{
    struct forgiven_period *period = &book->periods[book->count++];
    *period = (struct forgiven_period){.key = lines[0].key};
    for (size_t i = 0; i < count; i++) {
        bool is_out = false;
        size_t account = forgiven_period_account(period, lines[i].price_id, lines[i].plan_id,
                                                 lines[i].is_metered, book->arena);
        if (!is_left_out(lines, count, i, &is_out, err))
            return false;
        if (is_out)
            ARRAY_ADD(book->arena, left_out) =
                (struct forgiven_line_id){lines[i].invoice_id, lines[i].line};
        else if (!add_line(&period->accounts.items[account], &lines[i], err))
            return false;
    }
    return true;
}

bool forgiven_book_open(struct forgiven_line *lines, size_t count, struct arena *arena,
                        struct forgiven_book *ret_book, struct error *err)
{
    struct forgiven_book book = {
        .periods = ARENA_NEW_ARRAY(arena, struct forgiven_period, count + 1), .arena = arena};
    struct left_out left_out = {0};
    if (count > 1)
        qsort(lines, count, sizeof *lines, compare_lines);
    for (size_t first = 0, end = 0; first < count; first = end) {
        while (end < count && compare_keys(&lines[first].key, &lines[end].key) == 0)
            end++;
        if (!add_period(&lines[first], end - first, &book, &left_out, err))
            return false;
    }
    if (left_out.count > 1)
        qsort(left_out.items, left_out.count, sizeof *left_out.items, compare_ids);
    book.left_out = left_out.items;
    book.left_out_count = left_out.count;
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

bool forgiven_book_leaves_out(const struct forgiven_book *book, int64_t invoice_id, int64_t line)
{
    const struct forgiven_line_id id = {invoice_id, line};
    size_t place = array_lower_bound(book->left_out, book->left_out_count, sizeof *book->left_out,
                                     &id, compare_ids);
    return place < book->left_out_count && compare_ids(&book->left_out[place], &id) == 0;
}
