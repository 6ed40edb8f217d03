/* Loading what is left of invoices that were written off: see written_off_book.h. */
#include "core/stores/written_off_book.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/billing/invoice.h"

bool written_off_book_any(struct db *db, int64_t tenant_id, bool *ret_any, struct error *err)
{
    int64_t ignored;
    if (!db_query_i64(db, STMT_WRITTEN_OFF_ANY, DB_ARGS(db_i64(tenant_id)), &ignored, ret_any, err))
        return error_context(err, "looking for what was written off");
    return true;
}

/* ---------------------------------------------------------------- the invoices */

static const struct row_field invoice_fields[] = {
    ROW_FIELD(struct written_off_invoice, tenant_id, "tenant_id"),
    ROW_FIELD(struct written_off_invoice, of_invoice_id, "of_invoice_id"),
    ROW_FIELD(struct written_off_invoice, invoice_id, "invoice_id"),
    ROW_FIELD(struct written_off_invoice, number, "number"),
    ROW_FIELD(struct written_off_invoice, draft_key, "draft_key"),
    ROW_FIELD(struct written_off_invoice, currency, "currency"),
    ROW_FIELD(struct written_off_invoice, issued_on, "issued_on"),
    ROW_FIELD(struct written_off_invoice, written_off_on, "written_off_on"),
    ROW_FIELD(struct written_off_invoice, again_on, "again_on"),
    ROW_FIELD(struct written_off_invoice, total_minor, "total_minor"),
    ROW_FIELD(struct written_off_invoice, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct written_off_invoice, off_minor, "off_minor"),
    ROW_FIELD(struct written_off_invoice, paid_minor, "paid_minor"),
    ROW_FIELD(struct written_off_invoice, noted_minor, "noted_minor"),
    ROW_FIELD(struct written_off_invoice, written_off_minor, "written_off_minor"),
};
static const struct bulk_table invoices_of = {.name = "written_off_of_document",
                                              .kind = BULK_ASK,
                                              .statement = STMT_WRITTEN_OFF_OF_DOCUMENT,
                                              .fields = invoice_fields,
                                              .field_count = ARRAY_LEN(invoice_fields),
                                              .key_count = 2,
                                              .row_size = sizeof(struct written_off_invoice)};

static int compare_invoices(const void *a, const void *b)
{
    const struct written_off_invoice *left = a;
    const struct written_off_invoice *right = b;
    int order = invoice_draft_order(left->draft_key, right->draft_key);
    return order != 0 ? order : strcmp(left->draft_key, right->draft_key);
}

static bool load_invoices(struct db *db, int64_t tenant_id, const int64_t *document_ids,
                          size_t count, struct arena *arena, struct written_off_book *book,
                          struct error *err)
{
    struct written_off_invoice *keys =
        ARENA_NEW_ARRAY(arena, struct written_off_invoice, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] =
            (struct written_off_invoice){.tenant_id = tenant_id, .of_invoice_id = document_ids[i]};
    if (!bulk_find(db, &invoices_of, keys, count, arena, &found, err))
        return error_context(err, "looking for what was written off");
    book->invoices = found.rows;
    book->ledger.invoice_count =
        array_sort_once(found.rows, found.count, sizeof *book->invoices, compare_invoices);
    return true;
}

static void add_event(struct settlement_event *events, size_t *count, enum settlement_kind kind,
                      const char *reference, int64_t minor, struct currency currency)
{
    if (minor > 0)
        events[(*count)++] =
            (struct settlement_event){kind, reference, money_of_minor(minor, currency)};
}

static struct off_invoice off_invoice_of(const struct written_off_invoice *invoice,
                                         struct arena *arena)
{
    struct currency currency = invoice->currency;
    struct settlement_event *events = ARENA_NEW_ARRAY(arena, struct settlement_event, 4);
    size_t count = 0;
    add_event(events, &count, SETTLEMENT_PAYMENT, "credits",
              invoice->credit_applied_minor + invoice->off_minor, currency);
    add_event(events, &count, SETTLEMENT_PAYMENT, "payments", invoice->paid_minor, currency);
    add_event(events, &count, SETTLEMENT_CREDIT_NOTE, "notes", invoice->noted_minor, currency);
    add_event(events, &count, SETTLEMENT_WRITE_OFF, "written off", invoice->written_off_minor,
              currency);
    return (struct off_invoice){
        .total = money_of_minor(invoice->total_minor + invoice->off_minor, currency),
        .events = events,
        .event_count = count,
        .given = money_zero(currency),
        .off = money_zero(currency)};
}

/* ---------------------------------------------------------------- lines */

static const struct row_field stored_fields[] = {
    ROW_FIELD(struct stored_off, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_off, of_invoice, "of_invoice"),
    ROW_FIELD(struct stored_off, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_off, line, "line"),
    ROW_FIELD(struct stored_off, off_minor, "off_minor"),
};
static const struct bulk_table stored_by_lines = {.name = "written_off_by_lines",
                                                  .kind = BULK_ASK,
                                                  .statement = STMT_WRITTEN_OFF_BY_LINES,
                                                  .fields = stored_fields,
                                                  .field_count = ARRAY_LEN(stored_fields),
                                                  .key_count = 2,
                                                  .row_size = sizeof(struct stored_off)};

static int compare_stored(const void *a, const void *b)
{
    const struct stored_off *left = a;
    const struct stored_off *right = b;
    if (left->invoice_id != right->invoice_id)
        return left->invoice_id < right->invoice_id ? -1 : 1;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    return left->of < right->of ? -1 : left->of > right->of;
}

static bool load_stored(struct db *db, int64_t tenant_id, struct arena *arena,
                        struct written_off_book *book, struct error *err)
{
    size_t count = book->ledger.invoice_count;
    struct stored_off *keys = ARENA_NEW_ARRAY(arena, struct stored_off, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] =
            (struct stored_off){.tenant_id = tenant_id, .of_invoice = book->invoices[i].number};
    if (!bulk_find(db, &stored_by_lines, keys, count, arena, &found, err))
        return error_context(err, "loading what was given back of what was written off");
    book->stored = found.rows;
    for (size_t i = 0; i < found.count; i++)
        book->stored[i].of = found.places[i];
    book->stored_count =
        array_sort_once(found.rows, found.count, sizeof *book->stored, compare_stored);
    return true;
}

static bool load_lines(struct db *db, int64_t tenant_id, struct arena *arena,
                       struct written_off_book *book, struct error *err)
{
    size_t count = book->ledger.invoice_count;
    struct stored_forgiven *lines = NULL;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = book->invoices[i].invoice_id;
    if (!forgiven_store_ask(db, tenant_id, ids, count, arena, &lines, &book->line_count, err) ||
        !forgiven_store_open(lines, book->line_count, arena, &book->periods, err))
        return false;
    book->lines = lines;
    return true;
}

/* ---------------------------------------------------------------- what bills again */

/* Lines of a price, by document. */
static int compare_places(const struct stored_forgiven *left, const char *left_document,
                          const struct stored_forgiven *right, const char *right_document)
{
    if (left->subscription_id != right->subscription_id)
        return left->subscription_id < right->subscription_id ? -1 : 1;
    if (left->price_id != right->price_id)
        return left->price_id < right->price_id ? -1 : 1;
    return strcmp(left_document, right_document);
}

static int compare_by_place(const void *a, const void *b)
{
    const struct stored_forgiven *left = *(const struct stored_forgiven *const *)a;
    const struct stored_forgiven *right = *(const struct stored_forgiven *const *)b;
    int order = compare_places(left, left->document, right, right->document);
    return order != 0 ? order : left->line < right->line ? -1 : left->line > right->line;
}

static int compare_with_again(const void *item, const void *key)
{
    const struct stored_forgiven *left = *(const struct stored_forgiven *const *)item;
    const struct stored_forgiven *again = key;
    return compare_places(left, left->document, again, again->again_for);
}

/* How well a line of the invoice that is billed again fits: it is replaced itself; or it bills
 * again what was credited for the rest of it, which may have been on another document. */
static int fit_of(const struct stored_forgiven *line, const struct stored_forgiven *again)
{
    if (date_compare(line->full_start_on, again->full_start_on) != 0 ||
        date_compare(line->full_end_on, again->full_end_on) != 0)
        return 0;
    if (date_compare(line->period_start_on, again->period_start_on) == 0 &&
        correction_is_rebill_of(again->kind, line->kind))
        return 3;
    return line->again_for != NULL ? 2 : 1;
}

/* Of lines in the order of places. SIZE_MAX: it bills nothing again. */
static size_t find_replaced(const struct written_off_book *book,
                            const struct stored_forgiven *const *sorted,
                            const struct stored_forgiven *again)
{
    size_t best = SIZE_MAX;
    int best_fit = 0;
    if (again->again_for == NULL)
        return SIZE_MAX;
    for (size_t at =
             array_lower_bound(sorted, book->line_count, sizeof *sorted, again, compare_with_again);
         at < book->line_count && compare_with_again(&sorted[at], again) == 0; at++) {
        int fit = fit_of(sorted[at], again);
        if (fit <= best_fit)
            continue;
        best_fit = fit;
        best = (size_t)(sorted[at] - book->lines);
    }
    return best;
}

static void find_all_replaced(struct written_off_book *book, struct arena *arena)
{
    size_t *replaced = ARENA_NEW_ARRAY(arena, size_t, book->line_count + 1);
    const struct stored_forgiven **sorted = (const struct stored_forgiven **)arena_alloc_array(
        arena, book->line_count + 1, sizeof *sorted);
    for (size_t i = 0; i < book->line_count; i++)
        sorted[i] = &book->lines[i];
    if (book->line_count > 1)
        qsort(sorted, book->line_count, sizeof *sorted, compare_by_place);
    for (size_t i = 0; i < book->line_count; i++)
        replaced[i] = find_replaced(book, sorted, &book->lines[i]);
    book->replaced = replaced;
}

/* ---------------------------------------------------------------- the ledger */

/* Of the ledger; SIZE_MAX: of none. */
static size_t period_of(const struct written_off_book *book, const struct stored_forgiven *line)
{
    const struct forgiven_key key = forgiven_store_key(line);
    const struct forgiven_period *period = forgiven_book_period(&book->periods, &key);
    return period == NULL ? SIZE_MAX : (size_t)(period - book->periods.periods);
}

static void add_layer(struct written_off_book *book, size_t period, size_t of)
{
    struct off_layers *layers = &book->ledger.periods[period];
    if (layers->count == 0 || layers->items[layers->count - 1].of != of)
        ARRAY_ADD(book->ledger.arena, layers) =
            (struct off_layer){.of = of, .given = money_zero(book->invoices[of].currency)};
}

static void open_ledger(struct written_off_book *book, struct arena *arena)
{
    struct off_ledger *ledger = &book->ledger;
    ledger->arena = arena;
    ledger->invoices = ARENA_NEW_ARRAY(arena, struct off_invoice, ledger->invoice_count + 1);
    ledger->period_count = book->periods.count;
    ledger->periods = ARENA_NEW_ARRAY(arena, struct off_layers, ledger->period_count + 1);
    for (size_t i = 0; i < ledger->period_count; i++)
        ledger->periods[i] = (struct off_layers){0};
    for (size_t i = 0; i < ledger->invoice_count; i++) {
        int64_t id = book->invoices[i].invoice_id;
        size_t at = array_first_of(book->lines, book->line_count, sizeof *book->lines,
                                   offsetof(struct stored_forgiven, document_id), id);
        ledger->invoices[i] = off_invoice_of(&book->invoices[i], arena);
        for (; at < book->line_count && book->lines[at].document_id == id; at++)
            add_layer(book, period_of(book, &book->lines[at]), i);
    }
}

bool written_off_book_open(struct db *db, int64_t tenant_id, const int64_t *document_ids,
                           size_t count, struct arena *arena, struct written_off_book *ret_book,
                           struct error *err)
{
    *ret_book = (struct written_off_book){0};
    if (!load_invoices(db, tenant_id, document_ids, count, arena, ret_book, err))
        return false;
    if (ret_book->ledger.invoice_count == 0)
        return true;
    if (!load_stored(db, tenant_id, arena, ret_book, err) ||
        !load_lines(db, tenant_id, arena, ret_book, err))
        return false;
    find_all_replaced(ret_book, arena);
    open_ledger(ret_book, arena);
    return true;
}

/* ---------------------------------------------------------------- what a line is to an invoice */

/* A document without a number that is no draft came to nothing: it has no day of issue. */
static bool is_before(const struct stored_forgiven *line, const struct written_off_invoice *invoice)
{
    int order = 0;
    if (line->is_draft)
        return false;
    if (!date_is_none(line->issued_on))
        order = date_compare(line->issued_on, invoice->issued_on);
    return order == 0 ? invoice_draft_order(line->draft_key, invoice->draft_key) < 0 : order < 0;
}

/* A line of the document that a note credits, or of its own. */
static const struct stored_forgiven *find_document(const struct written_off_book *book,
                                                   const struct stored_forgiven *line)
{
    size_t at = array_first_of(book->lines, book->line_count, sizeof *book->lines,
                               offsetof(struct stored_forgiven, document_id), line->invoice_id);
    return at < book->line_count && book->lines[at].document_id == line->invoice_id
               ? &book->lines[at]
               : line;
}

/* Corrections come first on a day: what was issued on the day of one came after it. */
static bool is_issued_before(const struct stored_forgiven *line, struct date day)
{
    return !date_is_none(line->issued_on) && !date_is_none(day) &&
           date_compare(line->issued_on, day) < 0;
}

/* Whether it is before the invoice, or is asked for by it, or bills again what is so. */
static bool is_not_behind(const struct written_off_book *book, size_t index,
                          const struct written_off_invoice *invoice)
{
    bool is_not_behind = false;
    for (; index != SIZE_MAX && !is_not_behind; index = book->replaced[index]) {
        const struct stored_forgiven *line = &book->lines[index];
        is_not_behind = line->invoice_id == invoice->invoice_id ||
                        is_before(find_document(book, line), invoice);
    }
    return is_not_behind;
}

static enum off_relation relation_of(const struct written_off_book *book, size_t index,
                                     const struct written_off_invoice *invoice)
{
    const struct stored_forgiven *line = &book->lines[index];
    struct date then_on =
        date_is_none(invoice->again_on) ? invoice->written_off_on : invoice->again_on;
    if (line->invoice_id == invoice->invoice_id)
        return OFF_ASKED;
    if (is_not_behind(book, index, invoice))
        return OFF_BEFORE;
    return is_issued_before(line, then_on) ? OFF_BEHIND : OFF_SINCE;
}

const enum off_relation *written_off_book_next(const struct written_off_book *book, size_t index)
{
    size_t period = period_of(book, &book->lines[index]);
    const struct off_layers *layers = &book->ledger.periods[period];
    enum off_relation *relations =
        ARENA_NEW_ARRAY(book->ledger.arena, enum off_relation, layers->count + 1);
    for (size_t i = 0; i < layers->count; i++) {
        relations[i] = relation_of(book, index, &book->invoices[layers->items[i].of]);
        if (relations[i] == OFF_BEHIND)
            relations[i] = OFF_SINCE;
    }
    return relations;
}

bool written_off_book_line(const struct written_off_book *book, size_t index,
                           struct off_line *ret_line, struct error *err)
{
    const struct stored_forgiven *line = &book->lines[index];
    struct money value, tax = money_of_minor(line->tax_minor, line->currency);
    if (!money_add(money_of_minor(line->net_minor, line->currency), tax, &value, err) ||
        (line->is_note && !money_negate(value, &value, err)))
        return false;
    *ret_line = (struct off_line){.period = period_of(book, line),
                                  .price_id = line->price_id,
                                  .plan_id = line->plan_id,
                                  .is_metered = line->is_metered,
                                  .value = value};
    return true;
}

static bool count_stored(struct written_off_book *book, const struct stored_forgiven *line,
                         struct error *err)
{
    const struct stored_off key = {.invoice_id = line->document_id, .line = line->line};
    size_t at = array_lower_bound(book->stored, book->stored_count, sizeof *book->stored, &key,
                                  compare_stored);
    for (; at < book->stored_count && book->stored[at].invoice_id == line->document_id &&
           book->stored[at].line == line->line;
         at++) {
        const struct off_entry entry = {book->stored[at].of,
                                        money_of_minor(book->stored[at].off_minor, line->currency)};
        bool is_earlier = is_issued_before(line, book->invoices[entry.of].again_on);
        if (!(is_earlier ? written_off_add_earlier(&book->ledger, &entry, err)
                         : written_off_add_stored(&book->ledger, &entry, err)))
            return false;
    }
    return true;
}

bool written_off_book_count(struct written_off_book *book, size_t index, struct error *err)
{
    const struct stored_forgiven *stored = &book->lines[index];
    struct off_line line;
    if (!date_is_none(stored->void_on))
        return true;
    if (!written_off_book_line(book, index, &line, err))
        return false;
    const struct off_layers *layers = &book->ledger.periods[line.period];
    for (size_t i = 0; i < layers->count; i++)
        if (!written_off_count(&book->ledger, i, &line,
                               relation_of(book, index, &book->invoices[layers->items[i].of]), err))
            return false;
    return count_stored(book, stored, err);
}
