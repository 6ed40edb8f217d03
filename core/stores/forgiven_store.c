/* Loading what accounts are made of: see forgiven_store.h. */
#include "core/stores/forgiven_store.h"

#include <string.h>

#include "core/billing/invoice.h"

enum { KEY_FIELDS = 2 };
static const struct row_field asked_fields[] = {
    ROW_FIELD(struct stored_forgiven, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_forgiven, of_invoice_id, "of_invoice_id"),
    ROW_FIELD(struct stored_forgiven, payer_id, "payer_id"),
    ROW_FIELD(struct stored_forgiven, subscription_id, "subscription_id"),
    ROW_FIELD(struct stored_forgiven, price_id, "price_id"),
    ROW_FIELD(struct stored_forgiven, price, "price"),
    ROW_FIELD(struct stored_forgiven, plan_id, "plan_id"),
    ROW_FIELD(struct stored_forgiven, is_metered, "is_metered"),
    ROW_FIELD(struct stored_forgiven, full_start_on, "full_start_on"),
    ROW_FIELD(struct stored_forgiven, full_end_on, "full_end_on"),
    ROW_FIELD(struct stored_forgiven, currency, "currency"),
    ROW_FIELD(struct stored_forgiven, document_id, "document_id"),
    ROW_FIELD(struct stored_forgiven, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_forgiven, line, "line"),
    ROW_FIELD(struct stored_forgiven, draft_key, "draft_key"),
    ROW_FIELD(struct stored_forgiven, document, "document"),
    ROW_FIELD(struct stored_forgiven, issued_on, "issued_on"),
    ROW_FIELD(struct stored_forgiven, kind, "kind"),
    ROW_FIELD(struct stored_forgiven, again_for, "again_for"),
    ROW_FIELD(struct stored_forgiven, period_start_on, "period_start_on"),
    ROW_FIELD(struct stored_forgiven, period_end_on, "period_end_on"),
    ROW_FIELD(struct stored_forgiven, amount_minor, "amount_minor"),
    ROW_FIELD(struct stored_forgiven, net_minor, "net_minor"),
    ROW_FIELD(struct stored_forgiven, tax_minor, "tax_minor"),
    ROW_FIELD(struct stored_forgiven, forgiven_minor, "forgiven_minor"),
    ROW_FIELD(struct stored_forgiven, is_draft, "is_draft"),
    ROW_FIELD(struct stored_forgiven, is_note, "is_note"),
    ROW_FIELD(struct stored_forgiven, void_on, "void_on"),
    ROW_FIELD(struct stored_forgiven, again_on, "again_on"),
};

static const struct row_field *const fields = asked_fields + KEY_FIELDS;
enum { FIELD_COUNT = ARRAY_LEN(asked_fields) - KEY_FIELDS };

static bool load_lines(struct db *db, enum statement_id statement, const struct db_value *args,
                       size_t arg_count, struct arena *arena, struct stored_forgiven **ret_lines,
                       size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, statement, args, arg_count, arena, fields, FIELD_COUNT,
                       sizeof(struct stored_forgiven), &items, ret_count, err))
        return error_context(err, "loading what was forgiven");
    *ret_lines = items;
    return true;
}

bool forgiven_store_load(struct db *db, const struct db_value range[GIVE_BACK_ARGS],
                         struct arena *arena, struct stored_forgiven **ret_lines, size_t *ret_count,
                         struct error *err)
{
    int64_t ignored;
    bool found = false;
    *ret_lines = NULL;
    *ret_count = 0;
    return db_query_i64(db, STMT_FORGIVEN_ANY, range, 1, &ignored, &found, err) &&
           (!found || load_lines(db, STMT_FORGIVEN_OF_PAYERS, range, GIVE_BACK_ARGS, arena,
                                 ret_lines, ret_count, err));
}

/* ---------------------------------------------------------------- of documents */

static const struct bulk_table lines_of = {
    .name = "forgiven_of_document",
    .kind = BULK_ASK,
    .statement = STMT_FORGIVEN_OF_DOCUMENT,
    .fields = asked_fields,
    .field_count = ARRAY_LEN(asked_fields),
    .key_count = KEY_FIELDS,
    .row_size = sizeof(struct stored_forgiven),
};

static int compare_lines(const void *a, const void *b)
{
    const struct stored_forgiven *left = a;
    const struct stored_forgiven *right = b;
    if (left->document_id != right->document_id)
        return left->document_id < right->document_id ? -1 : 1;
    return left->line < right->line ? -1 : left->line > right->line;
}

bool forgiven_store_ask(struct db *db, int64_t tenant_id, const int64_t *invoice_ids, size_t count,
                        struct arena *arena, struct stored_forgiven **ret_lines, size_t *ret_count,
                        struct error *err)
{
    struct stored_forgiven *keys = ARENA_NEW_ARRAY(arena, struct stored_forgiven, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct stored_forgiven){.tenant_id = tenant_id, .of_invoice_id = invoice_ids[i]};
    if (!bulk_find(db, &lines_of, keys, count, arena, &found, err))
        return error_context(err, "loading what is left of billing periods");
    *ret_lines = found.rows;
    *ret_count =
        array_sort_once(found.rows, found.count, sizeof(struct stored_forgiven), compare_lines);
    return true;
}

/* ---------------------------------------------------------------- of one line, as it was */

/* Of the same document. */
static bool is_followed(const struct stored_forgiven *stored, const struct forgiven_moment *moment)
{
    struct giving_line own = {stored->kind, stored->period_start_on, stored->period_end_on,
                              money_of_minor(stored->amount_minor, stored->currency)};
    int order = give_back_order(&own, &moment->line_said);
    return order < 0 || (order == 0 && stored->line < moment->line);
}

/* A draft that waited when the other one was issued did not count there. */
static bool is_before(const struct stored_forgiven *stored, const struct forgiven_moment *moment,
                      enum forgiven_order order_of_day)
{
    bool is_ordered = invoice_draft_order(stored->draft_key, moment->draft_key) < 0;
    bool is_issued = !date_is_none(stored->issued_on);
    if (date_is_none(moment->issued_on))
        return is_issued || is_ordered;
    int order = is_issued ? date_compare(stored->issued_on, moment->issued_on) : 1;
    if (order == 0)
        return is_ordered || order_of_day == FORGIVEN_LAST;
    return order < 0;
}

static bool is_by(struct date on, const struct forgiven_moment *moment)
{
    return date_is_none(moment->issued_on) ||
           (!date_is_none(on) && date_compare(on, moment->issued_on) <= 0);
}

static const struct stored_forgiven *find_credited(const struct stored_forgiven *lines,
                                                   size_t count, const struct stored_forgiven *note)
{
    for (size_t i = 0; i < count; i++)
        if (!lines[i].is_note && lines[i].document_id == note->invoice_id)
            return &lines[i];
    return NULL;
}

/* Nothing is decided of a document before it is there. Where it was issued on the same day as the
 * note, that is of a later run of the day. */
static bool is_noted_before(const struct stored_forgiven *note, const struct stored_forgiven *of,
                            const struct forgiven_moment *moment, enum forgiven_order order)
{
    if (note->invoice_id == moment->invoice_id || !is_by(note->issued_on, moment))
        return false;
    if (of == NULL || date_is_none(moment->issued_on) || date_is_none(of->issued_on) ||
        date_compare(note->issued_on, moment->issued_on) != 0 ||
        date_compare(of->issued_on, moment->issued_on) != 0)
        return true;
    return order == FORGIVEN_LAST ||
           (is_before(of, moment, order) &&
            strncmp(note->draft_key, moment->draft_key, DATE_TEXT_SIZE - 1) <= 0);
}

static bool counts(const struct stored_forgiven *lines, size_t count, size_t index,
                   const struct forgiven_moment *moment, enum forgiven_order order)
{
    const struct stored_forgiven *stored = &lines[index];
    if (stored->is_note)
        return is_noted_before(stored, find_credited(lines, count, stored), moment, order);
    return stored->document_id == moment->invoice_id ? is_followed(stored, moment)
                                                     : is_before(stored, moment, order);
}

/* A later run of its day bills lines of the document again. */
static bool is_billed_again(const struct stored_forgiven *lines, size_t count,
                            const struct forgiven_moment *moment)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].document_id == moment->invoice_id && !date_is_none(moment->issued_on) &&
            !date_is_none(lines[i].again_on) &&
            date_compare(lines[i].again_on, moment->issued_on) == 0)
            return true;
    return false;
}

/* As of the day before. */
static void forget_day(struct stored_forgiven *lines, size_t *count, struct date day)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        bool is_of_day =
            !date_is_none(lines[i].again_on) && date_compare(lines[i].again_on, day) == 0;
        if (is_of_day && lines[i].is_note && date_compare(lines[i].issued_on, day) == 0)
            continue;
        if (is_of_day)
            lines[i].again_on = DATE_NONE;
        lines[kept++] = lines[i];
    }
    *count = kept;
}

static struct forgiven_found find_in(const struct stored_forgiven *lines, size_t count,
                                     const struct forgiven_moment *moment,
                                     enum forgiven_order order, struct arena *arena)
{
    struct forgiven_found found = {ARENA_NEW_ARRAY(arena, struct stored_forgiven, count + 1), 0};
    for (size_t i = 0; i < count; i++) {
        struct stored_forgiven line = lines[i];
        bool is_own = line.document_id == moment->invoice_id;
        if (!counts(lines, count, i, moment, order))
            continue;
        if (is_own || !is_by(line.void_on, moment))
            line.void_on = DATE_NONE;
        if (is_own || !is_by(line.again_on, moment))
            line.again_on = DATE_NONE;
        found.lines[found.count++] = line;
    }
    return found;
}

bool forgiven_store_find(struct db *db, int64_t tenant_id, const struct forgiven_moment *moment,
                         struct arena *arena, struct forgiven_found ret_found[FORGIVEN_ORDERS],
                         struct error *err)
{
    struct stored_forgiven *lines = NULL;
    size_t count = 0;
    if (!load_lines(db, STMT_FORGIVEN_OF_LINE,
                    DB_ARGS(db_i64(tenant_id), db_i64(moment->invoice_id), db_i64(moment->line)),
                    arena, &lines, &count, err))
        return false;
    if (is_billed_again(lines, count, moment))
        forget_day(lines, &count, moment->issued_on);
    for (int order = FORGIVEN_IN_ORDER; order < FORGIVEN_ORDERS; order++)
        ret_found[order] = find_in(lines, count, moment, (enum forgiven_order)order, arena);
    return true;
}

/* ---------------------------------------------------------------- their accounts */

static enum forgiven_kind kind_of(const struct stored_forgiven *stored)
{
    bool is_again = !date_is_none(stored->again_on);
    if (stored->is_note)
        return is_again ? FORGIVEN_NOTE_AGAIN : FORGIVEN_NOTE;
    if (!date_is_none(stored->void_on))
        return FORGIVEN_VOID;
    return is_again ? FORGIVEN_AGAIN : FORGIVEN_BILLED;
}

struct forgiven_key forgiven_store_key(const struct stored_forgiven *line)
{
    return (struct forgiven_key){line->payer_id, line->subscription_id, line->full_start_on,
                                 line->full_end_on, line->currency};
}

bool forgiven_store_open(const struct stored_forgiven *lines, size_t count, struct arena *arena,
                         struct forgiven_book *ret_book, struct error *err)
{
    struct forgiven_line *all = ARENA_NEW_ARRAY(arena, struct forgiven_line, count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct stored_forgiven *stored = &lines[i];
        enum forgiven_kind kind = kind_of(stored);
        if (kind == FORGIVEN_VOID && !date_is_none(stored->again_on))
            continue;
        all[kept++] = (struct forgiven_line){
            .key = forgiven_store_key(stored),
            .price_id = stored->price_id,
            .plan_id = stored->plan_id,
            .is_metered = stored->is_metered,
            .kind = kind,
            .invoice_id = stored->invoice_id,
            .line = stored->line,
            .net = money_of_minor(stored->net_minor, stored->currency),
            .forgiven = money_of_minor(stored->forgiven_minor, stored->currency),
        };
    }
    return forgiven_book_open(all, kept, arena, ret_book, err);
}
