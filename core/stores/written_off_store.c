/* What documents are off invoices that were written off: see written_off_store.h. */
#include "core/stores/written_off_store.h"

#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/give_back.h"

static const struct row_field row_fields[] = {
    ROW_FIELD(struct written_off_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct written_off_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct written_off_row, line, "line"),
    ROW_FIELD(struct written_off_row, of_invoice, "of_invoice"),
    ROW_FIELD(struct written_off_row, off_minor, "off_minor"),
};
const struct bulk_table WRITTEN_OFF_ADD = {
    .name = "written_off_add",
    .kind = BULK_INSERT,
    .table = "written_off_line",
    .fields = row_fields,
    .field_count = ARRAY_LEN(row_fields),
    .key_count = 4,
    .row_size = sizeof(struct written_off_row),
};

/* ---------------------------------------------------------------- the drafts of payers */

struct off_rows ARRAY_OF(struct written_off_row);

/* A draft that waits for its number. */
struct waiting_draft {
    int64_t tenant_id, customer_id;
    int64_t invoice_id;
    struct draft *draft; /* NULL: it is none of the chunk */
    struct off_rows rows;
};

static const struct row_field waiting_fields[] = {
    ROW_FIELD(struct waiting_draft, tenant_id, "tenant_id"),
    ROW_FIELD(struct waiting_draft, customer_id, "customer_id"),
    ROW_FIELD(struct waiting_draft, invoice_id, "invoice_id"),
};
static const struct bulk_table waiting_drafts = {.name = "written_off_drafts",
                                                 .kind = BULK_ASK,
                                                 .statement = STMT_WRITTEN_OFF_DRAFTS,
                                                 .fields = waiting_fields,
                                                 .field_count = ARRAY_LEN(waiting_fields),
                                                 .key_count = 2,
                                                 .row_size = sizeof(struct waiting_draft)};

struct applying {
    int64_t tenant_id;
    struct date business_date;
    struct arena *arena;
    struct waiting_draft *waiting; /* by id */
    size_t waiting_count;
    struct written_off_book book;
};

static int compare_waiting(const void *a, const void *b)
{
    const struct waiting_draft *left = a;
    const struct waiting_draft *right = b;
    return left->invoice_id < right->invoice_id ? -1 : left->invoice_id > right->invoice_id;
}

/* NULL: it is no draft. */
static struct waiting_draft *find_waiting(const struct applying *applying, int64_t invoice_id)
{
    const struct waiting_draft key = {.invoice_id = invoice_id};
    size_t at = array_lower_bound(applying->waiting, applying->waiting_count,
                                  sizeof *applying->waiting, &key, compare_waiting);
    return at < applying->waiting_count && applying->waiting[at].invoice_id == invoice_id
               ? &applying->waiting[at]
               : NULL;
}

static bool load_waiting(struct db *db, struct draft *drafts, size_t count,
                         struct applying *applying, struct error *err)
{
    struct waiting_draft *keys = ARENA_NEW_ARRAY(applying->arena, struct waiting_draft, count + 1);
    struct bulk_found found;
    size_t asked = 0;
    for (size_t i = 0; i < count; i++)
        if (drafts[i].corrects == NULL || text_equal(drafts[i].kind, "invoice"))
            keys[asked++] = (struct waiting_draft){.tenant_id = applying->tenant_id,
                                                   .customer_id = drafts[i].customer_id};
    if (!bulk_find(db, &waiting_drafts, keys, asked, applying->arena, &found, err))
        return error_context(err, "looking for other drafts");
    applying->waiting = found.rows;
    applying->waiting_count =
        array_sort_once(found.rows, found.count, sizeof *applying->waiting, compare_waiting);
    for (size_t i = 0; i < applying->waiting_count; i++) {
        applying->waiting[i].draft = NULL;
        applying->waiting[i].rows = (struct off_rows){0};
    }
    for (size_t i = 0; i < count; i++) {
        struct waiting_draft *waiting = find_waiting(applying, drafts[i].invoice_id);
        if (waiting != NULL)
            waiting->draft = &drafts[i];
    }
    return true;
}

/* ---------------------------------------------------------------- the order of lines */

struct ordered_line {
    const struct stored_forgiven *line;
    size_t index; /* in the book */
    bool is_early;
    struct waiting_draft *waiting; /* NULL: it is stored */
};

static struct giving_line giving_of(const struct stored_forgiven *line)
{
    return (struct giving_line){line->kind, line->period_start_on, line->period_end_on,
                                money_of_minor(line->amount_minor, line->currency)};
}

static int compare_ordered(const void *a, const void *b)
{
    const struct ordered_line *left = a;
    const struct ordered_line *right = b;
    int order = (int)right->is_early - (int)left->is_early;
    if (order == 0)
        order = invoice_draft_order(left->line->draft_key, right->line->draft_key);
    if (order != 0)
        return order;
    const struct giving_line left_said = giving_of(left->line);
    const struct giving_line right_said = giving_of(right->line);
    order = give_back_order(&left_said, &right_said);
    return order != 0 ? order : left->index < right->index ? -1 : 1;
}

/* What was issued before the day, and all notes: these are decided before any draft is numbered. */
static bool is_early(const struct applying *applying, const struct stored_forgiven *line)
{
    return line->is_note || (!date_is_none(line->issued_on) &&
                             date_compare(line->issued_on, applying->business_date) < 0);
}

static struct ordered_line *order_lines(const struct applying *applying, size_t *ret_count)
{
    const struct written_off_book *book = &applying->book;
    struct ordered_line *ordered =
        ARENA_NEW_ARRAY(applying->arena, struct ordered_line, book->line_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < book->line_count; i++) {
        const struct stored_forgiven *line = &book->lines[i];
        struct waiting_draft *waiting = find_waiting(applying, line->document_id);
        if (waiting == NULL && line->is_draft && !line->is_note)
            continue;
        ordered[count++] =
            (struct ordered_line){line, i, waiting == NULL && is_early(applying, line), waiting};
    }
    if (count > 1)
        qsort(ordered, count, sizeof *ordered, compare_ordered);
    *ret_count = count;
    return ordered;
}

/* ---------------------------------------------------------------- drafts */

static void take_entries(const struct applying *applying, const struct ordered_line *line,
                         const struct off_entries *entries)
{
    for (size_t i = 0; line->waiting->draft != NULL && i < entries->count; i++)
        ARRAY_ADD(applying->arena, &line->waiting->rows) = (struct written_off_row){
            .tenant_id = applying->tenant_id,
            .invoice_id = line->line->document_id,
            .line = line->line->line,
            .of_invoice = applying->book.invoices[entries->items[i].of].number,
            .off_minor = money_minor(entries->items[i].off),
        };
}

static bool apply_lines(struct applying *applying, struct error *err)
{
    size_t count = 0;
    const struct ordered_line *ordered = order_lines(applying, &count);
    for (size_t i = 0; i < count; i++) {
        struct off_entries entries = {0};
        struct off_line line;
        if (ordered[i].waiting == NULL) {
            if (!written_off_book_count(&applying->book, ordered[i].index, err))
                return false;
            continue;
        }
        if (!written_off_book_line(&applying->book, ordered[i].index, &line, err) ||
            !written_off_add(&applying->book.ledger, &line,
                             written_off_book_next(&applying->book, ordered[i].index), &entries,
                             err))
            return error_context(err, "draft %s", ordered[i].line->draft_key);
        take_entries(applying, &ordered[i], &entries);
    }
    return true;
}

bool written_off_store_apply(struct db *db, int64_t tenant_id, struct date business_date,
                             struct draft *drafts, size_t count, struct arena *arena,
                             struct error *err)
{
    struct applying applying = {
        .tenant_id = tenant_id, .business_date = business_date, .arena = arena};
    bool is_any = false;
    if (!written_off_book_any(db, tenant_id, &is_any, err))
        return false;
    if (!is_any || count == 0)
        return true;
    if (!load_waiting(db, drafts, count, &applying, err))
        return false;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, applying.waiting_count + 1);
    for (size_t i = 0; i < applying.waiting_count; i++)
        ids[i] = applying.waiting[i].invoice_id;
    if (!written_off_book_open(db, tenant_id, ids, applying.waiting_count, arena, &applying.book,
                               err) ||
        !apply_lines(&applying, err))
        return false;
    for (size_t i = 0; i < applying.waiting_count; i++) {
        const struct waiting_draft *waiting = &applying.waiting[i];
        if (waiting->draft == NULL)
            continue;
        int64_t off_minor = written_off_sum_minor(waiting->rows.items, waiting->rows.count);
        waiting->draft->off_rows = waiting->rows.items;
        waiting->draft->off_row_count = waiting->rows.count;
        waiting->draft->credit_applied_minor -= off_minor;
        waiting->draft->amount_due_minor += off_minor;
    }
    return true;
}

/* ---------------------------------------------------------------- notes */

bool written_off_store_open(struct db *db, int64_t tenant_id, const int64_t *document_ids,
                            size_t count, struct arena *arena, struct written_off_book *ret_book,
                            struct error *err)
{
    bool is_any = false;
    *ret_book = (struct written_off_book){0};
    if (!written_off_book_any(db, tenant_id, &is_any, err))
        return false;
    if (!is_any || count == 0)
        return true;
    if (!written_off_book_open(db, tenant_id, document_ids, count, arena, ret_book, err))
        return false;
    for (size_t i = 0; i < ret_book->line_count; i++)
        if ((!ret_book->lines[i].is_draft || ret_book->lines[i].is_note) &&
            !written_off_book_count(ret_book, i, err))
            return false;
    return true;
}

bool written_off_store_note(struct written_off_book *book, int64_t document_id, int64_t line,
                            struct money value, struct off_entries *entries, struct error *err)
{
    struct off_line noted;
    size_t at = array_first_of(book->lines, book->line_count, sizeof *book->lines,
                               offsetof(struct stored_forgiven, document_id), document_id);
    while (at < book->line_count && book->lines[at].document_id == document_id &&
           book->lines[at].line < line)
        at++;
    if (at == book->line_count || book->lines[at].document_id != document_id ||
        book->lines[at].line != line)
        return true;
    return written_off_book_line(book, at, &noted, err) && money_negate(value, &noted.value, err) &&
           written_off_add(&book->ledger, &noted, written_off_book_next(book, at), entries, err);
}

/* ---------------------------------------------------------------- what is stored */

bool written_off_store_load(struct db *db, int64_t tenant_id, int64_t invoice_id,
                            struct arena *arena, struct written_off_row **ret_rows,
                            size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_WRITTEN_OFF_BY_DOCUMENT,
                       DB_ARGS(db_i64(tenant_id), db_i64(invoice_id)), arena, row_fields,
                       ARRAY_LEN(row_fields), sizeof(struct written_off_row), &items, ret_count,
                       err))
        return error_context(err, "loading what is given back of what was written off");
    *ret_rows = items;
    return true;
}

static const struct bulk_table rows_of = {.name = "written_off_rows",
                                          .kind = BULK_ASK,
                                          .statement = STMT_WRITTEN_OFF_BY_DOCUMENT,
                                          .fields = row_fields,
                                          .field_count = ARRAY_LEN(row_fields),
                                          .key_count = 2,
                                          .row_size = sizeof(struct written_off_row)};

bool written_off_store_load_sums(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                                 size_t count, struct arena *arena, int64_t *ret_off_minor,
                                 struct error *err)
{
    struct written_off_row *keys = ARENA_NEW_ARRAY(arena, struct written_off_row, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct written_off_row){.tenant_id = tenant_id, .invoice_id = invoice_ids[i]};
        ret_off_minor[i] = 0;
    }
    if (!bulk_find(db, &rows_of, keys, count, arena, &found, err))
        return error_context(err, "loading what is given back of what was written off");
    const struct written_off_row *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_off_minor[found.places[i]] += rows[i].off_minor;
    return true;
}

int64_t written_off_sum_minor(const struct written_off_row *rows, size_t count)
{
    int64_t off_minor = 0;
    for (size_t i = 0; i < count; i++)
        off_minor += rows[i].off_minor;
    return off_minor;
}
