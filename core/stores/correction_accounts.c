/* Loading what is left of billing periods: see correction_accounts.h. */
#include "core/stores/correction_accounts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/stores/forgiven_store.h"

/* Of the lines of that document; they are in the order of documents and lines. */
static void take_accounts(const struct stored_forgiven *lines, size_t count,
                          const struct forgiven_book *book, struct corrected_invoice *of,
                          struct arena *arena)
{
    struct correction_subject *subject = &of->subject;
    size_t at =
        array_first_of(lines, count, sizeof *lines, offsetof(struct stored_forgiven, document_id),
                       of->stored.invoice_id);
    subject->accounts = ARENA_NEW_ARRAY(arena, struct credited_account, subject->line_count + 1);
    for (size_t i = 0; i < subject->line_count; i++) {
        subject->accounts[i] = (struct credited_account){0};
        while (at < count && lines[at].document_id == of->stored.invoice_id &&
               lines[at].line < subject->lines[i].line)
            at++;
        if (at == count || lines[at].document_id != of->stored.invoice_id ||
            lines[at].line != subject->lines[i].line)
            continue;
        const struct forgiven_key key = forgiven_store_key(&lines[at]);
        struct forgiven_period *period = forgiven_book_period(book, &key);
        if (period != NULL)
            subject->accounts[i] = (struct credited_account){
                period, forgiven_period_account(period, lines[at].price_id, lines[at].plan_id,
                                                lines[at].is_metered, arena)};
    }
}

/* ---------------------------------------------------------------- what gave less back */

/* A credit for the rest of a period, of which something is forgiven. */
struct short_credit {
    const struct forgiven_period *period;
    struct line_elsewhere line;
};
struct short_credits ARRAY_OF(struct short_credit);

static int compare_lines(const void *a, const void *b)
{
    const struct line_elsewhere *left = a;
    const struct line_elsewhere *right = b;
    if (left->invoice_id != right->invoice_id)
        return left->invoice_id < right->invoice_id ? -1 : 1;
    return left->line < right->line ? -1 : left->line > right->line;
}

static int compare_credits(const void *a, const void *b)
{
    const struct short_credit *left = a;
    const struct short_credit *right = b;
    if (left->period != right->period)
        return left->period < right->period ? -1 : 1;
    return compare_lines(&left->line, &right->line);
}

/* What was taken back is not billed again (correction.h, rule 4). */
static bool is_taken_back(const struct stored_forgiven *lines, size_t count,
                          const struct stored_forgiven *line)
{
    for (size_t i = 0; i < count; i++)
        if (!lines[i].is_note && lines[i].subscription_id == line->subscription_id &&
            lines[i].price_id == line->price_id &&
            date_compare(lines[i].period_start_on, line->period_start_on) == 0 &&
            date_is_none(lines[i].void_on) && give_back_takes_back(lines[i].kind, line->kind))
            return true;
    return false;
}

static struct short_credits find_short(const struct stored_forgiven *lines, size_t count,
                                       const struct forgiven_book *book, struct arena *arena)
{
    struct short_credits found = {0};
    for (size_t i = 0; i < count; i++) {
        const struct stored_forgiven *line = &lines[i];
        const struct forgiven_key key = forgiven_store_key(line);
        if (line->forgiven_minor < 0 && !line->is_note && date_is_none(line->void_on) &&
            date_is_none(line->again_on) && give_back_of_rest(line->kind) &&
            !is_taken_back(lines, count, line))
            ARRAY_ADD(arena, &found) = (struct short_credit){
                forgiven_book_period(book, &key), {line->document_id, line->line}
            };
    }
    if (found.count > 1)
        qsort(found.items, found.count, sizeof *found.items, compare_credits);
    return found;
}

/* Those of other documents; in the order of documents, each once. */
static void add_short(const struct short_credits *all, struct corrected_invoice *of,
                      struct arena *arena)
{
    const struct correction_subject *subject = &of->subject;
    struct lines ARRAY_OF(struct line_elsewhere) lines = {0};
    for (size_t i = 0; i < subject->line_count; i++) {
        const struct short_credit key = {
            subject->accounts[i].period, {INT64_MIN, INT64_MIN}
        };
        size_t at = array_lower_bound(all->items, all->count, sizeof key, &key, compare_credits);
        for (; at < all->count && all->items[at].period == key.period; at++)
            if (key.period != NULL && all->items[at].line.invoice_id != of->stored.invoice_id)
                ARRAY_ADD(arena, &lines) = all->items[at].line;
    }
    if (lines.count == 0)
        return;
    for (size_t i = 0; i < of->credit_count; i++)
        ARRAY_ADD(arena, &lines) = of->credits[i];
    of->credits = lines.items;
    of->credit_count =
        array_sort_once(lines.items, lines.count, sizeof *lines.items, compare_lines);
}

/* ---------------------------------------------------------------- accounts */

bool correction_accounts_load(struct db *db, int64_t tenant_id,
                              struct corrected_invoice *const *items, size_t count,
                              struct arena *arena, struct error *err)
{
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    struct stored_forgiven *lines = NULL;
    struct forgiven_book book;
    size_t line_count = 0;
    for (size_t i = 0; i < count; i++)
        ids[i] = items[i]->stored.invoice_id;
    if (!forgiven_store_ask(db, tenant_id, ids, count, arena, &lines, &line_count, err) ||
        !forgiven_store_open(lines, line_count, arena, &book, err))
        return false;
    struct short_credits credits = find_short(lines, line_count, &book, arena);
    for (size_t i = 0; i < count; i++) {
        take_accounts(lines, line_count, &book, items[i], arena);
        add_short(&credits, items[i], arena);
    }
    return true;
}

/* Corrections come first on a day; what was issued on that day by an earlier run is not told apart,
 * but for the invoice itself. */
static bool is_before(const struct stored_forgiven *line, const struct stored_invoice *note,
                      struct date done_on, const struct corrected_invoice *of)
{
    if (line->document_id == of->stored.invoice_id)
        return true;
    if (line->document_id == note->invoice_id || date_is_none(line->issued_on))
        return false;
    int order = date_compare(line->issued_on, done_on);
    return order < 0 || (order == 0 && line->is_note && line->document_id < note->invoice_id);
}

bool correction_accounts_load_before(struct db *db, int64_t tenant_id,
                                     const struct stored_invoice *note, struct date done_on,
                                     struct corrected_invoice *of, struct arena *arena,
                                     struct error *err)
{
    struct stored_forgiven *lines = NULL;
    struct forgiven_book book;
    size_t count = 0, kept = 0;
    if (!forgiven_store_ask(db, tenant_id, &of->stored.invoice_id, 1, arena, &lines, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_before(&lines[i], note, done_on, of))
            continue;
        if (!date_is_none(lines[i].void_on) && date_compare(lines[i].void_on, done_on) >= 0)
            lines[i].void_on = DATE_NONE;
        if (!date_is_none(lines[i].again_on) && date_compare(lines[i].again_on, done_on) >= 0)
            lines[i].again_on = DATE_NONE;
        lines[kept++] = lines[i];
    }
    if (!forgiven_store_open(lines, kept, arena, &book, err))
        return false;
    take_accounts(lines, kept, &book, of, arena);
    return true;
}
