/* Loading what is left of billing periods: see correction_accounts.h. */
#include "core/stores/correction_accounts.h"

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
        const struct forgiven_key key = {lines[at].payer_id, lines[at].subscription_id,
                                         lines[at].full_start_on, lines[at].currency};
        struct forgiven_period *period = forgiven_book_period(book, &key);
        if (period != NULL)
            subject->accounts[i] = (struct credited_account){
                period, forgiven_period_account(period, lines[at].price_id, lines[at].plan_id,
                                                lines[at].is_metered, arena)};
    }
}

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
    for (size_t i = 0; i < count; i++)
        take_accounts(lines, line_count, &book, items[i], arena);
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
        lines[kept++] = lines[i];
    }
    if (!forgiven_store_open(lines, kept, arena, &book, err))
        return false;
    take_accounts(lines, kept, &book, of, arena);
    return true;
}
