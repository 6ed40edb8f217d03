/* Loading corrections: see correction_store.h. */
#include "core/stores/correction_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/stores/correction_accounts.h"
#include "core/stores/correction_invoices.h"

/* ---------------------------------------------------------------- what is due */

static const struct row_field range_fields[] = {
    ROW_FIELD(struct correction_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_range, max_key, "max_key"),
    ROW_FIELD(struct correction_range, items, "items"),
};

bool correction_store_load_work(struct db *db, const struct work_payer *only,
                                struct date business_date, struct arena *arena,
                                struct correction_range **ret_ranges, size_t *ret_count,
                                struct error *err)
{
    struct date_text day = date_text(business_date);
    const struct db_value arguments[] = {db_text(day.text), db_i64(only->tenant_id),
                                         db_i64(only->payer_id)};
    bool is_one = only->payer_id != 0;
    void *items = NULL;
    if (!rows_load_all(db, is_one ? STMT_WORK_CORRECTIONS_OF_PAYER : STMT_WORK_CORRECTIONS,
                       arguments, is_one ? 3 : 1, arena, range_fields, ARRAY_LEN(range_fields),
                       sizeof(struct correction_range), &items, ret_count, err))
        return error_context(err, "looking for corrections");
    *ret_ranges = items;
    return true;
}

/* ---------------------------------------------------------------- requests */

static const struct row_field request_fields[] = {
    ROW_FIELD(struct correction_request, correction, "correction"),
    ROW_FIELD(struct correction_request, invoice, "invoice"),
    ROW_FIELD(struct correction_request, action, "action"),
    ROW_FIELD(struct correction_request, requested_on, "requested_on"),
    ROW_FIELD(struct correction_request, reason, "reason"),
    ROW_FIELD(struct correction_request, net, "net"),
    ROW_FIELD(struct correction_request, unused_numerator, "unused_numerator"),
    ROW_FIELD(struct correction_request, unused_denominator, "unused_denominator"),
    ROW_FIELD(struct correction_request, customer_id, "customer_id"),
};

struct requested_line {
    int64_t tenant_id;
    const char *correction;
    int64_t line;
    const char *net;
};

static const struct row_field requested_line_fields[] = {
    ROW_FIELD(struct requested_line, tenant_id, "tenant_id"),
    ROW_FIELD(struct requested_line, correction, "correction"),
    ROW_FIELD(struct requested_line, line, "line"),
    ROW_FIELD(struct requested_line, net, "net"),
};

static const struct bulk_table requested_lines = {
    .name = "correction_lines",
    .kind = BULK_ASK,
    .statement = STMT_CORRECTION_LINES,
    .fields = requested_line_fields,
    .field_count = ARRAY_LEN(requested_line_fields),
    .key_count = 2,
    .row_size = sizeof(struct requested_line),
};

static void take_requested_lines(struct bulk_cursor *rows, size_t place,
                                 struct correction_request *request, struct arena *arena)
{
    struct numbers ARRAY_OF(int64_t) lines = {0};
    struct texts ARRAY_OF(const char *) nets = {0};
    const struct requested_line *row = NULL;
    while ((row = bulk_cursor_next(rows, place, sizeof *row)) != NULL) {
        ARRAY_ADD(arena, &lines) = row->line;
        ARRAY_ADD(arena, &nets) = row->net;
    }
    request->lines = lines.items;
    request->line_nets = nets.items;
    request->line_count = lines.count;
}

static bool load_requested_lines(struct db *db, int64_t tenant_id,
                                 struct correction_request *requests, size_t count,
                                 struct arena *arena, struct error *err)
{
    struct requested_line *keys = ARENA_NEW_ARRAY(arena, struct requested_line, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] =
            (struct requested_line){.tenant_id = tenant_id, .correction = requests[i].correction};
    if (!bulk_find(db, &requested_lines, keys, count, arena, &found, err))
        return error_context(err, "loading what corrections ask for");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++)
        take_requested_lines(&rows, i, &requests[i], arena);
    return true;
}

bool correction_request_part(const struct correction_request *request, struct currency currency,
                             struct arena *arena, struct credit_request *ret_part,
                             struct error *err)
{
    struct credit_request credit = {.part = CREDIT_ALL};
    struct credit_line_request *lines =
        ARENA_NEW_ARRAY(arena, struct credit_line_request, request->line_count + 1);
    if (request->net != NULL) {
        credit.part = CREDIT_NET;
        if (!money_parse(request->net, currency, &credit.net, err))
            return false;
    } else if (request->line_count > 0) {
        credit.part = CREDIT_LINES;
    } else if (request->unused_numerator != DB_I64_NONE) {
        credit.part = CREDIT_UNUSED;
        credit.numerator = request->unused_numerator;
        credit.denominator = request->unused_denominator;
    }
    for (size_t i = 0; i < request->line_count; i++) {
        lines[i].line = request->lines[i];
        if (!money_parse(request->line_nets[i], currency, &lines[i].net, err))
            return false;
    }
    credit.lines = lines;
    credit.line_count = request->line_count;
    *ret_part = credit;
    return true;
}

bool correction_store_load_asked(struct db *db, int64_t tenant_id, const char *correction,
                                 struct currency currency, struct arena *arena,
                                 struct credit_request *ret_part, struct error *err)
{
    struct correction_request request = {0};
    bool found = false;
    if (!rows_load_one(db, STMT_CORRECTION_ASKED, DB_ARGS(db_i64(tenant_id), db_text(correction)),
                       arena, request_fields, ARRAY_LEN(request_fields), &request, &found, err))
        return error_context(err, "loading correction %s", correction);
    if (!found)
        return error_run(err, EXIT_DATA, "correction %s is not there", correction);
    return load_requested_lines(db, tenant_id, &request, 1, arena, err) &&
           correction_request_part(&request, currency, arena, ret_part, err);
}

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted_invoice *left = a;
    const struct wanted_invoice *right = b;
    return strcmp(left->number, right->number);
}

/* Each invoice once, whatever is asked of it. */
static bool join_invoices(struct db *db, int64_t tenant_id, enum rounding rounding,
                          struct correction_request *requests, size_t count, struct arena *arena,
                          struct error *err)
{
    struct wanted_invoice *wanted = ARENA_NEW_ARRAY(arena, struct wanted_invoice, count + 1);
    struct wanted_invoice **of =
        (struct wanted_invoice **)arena_alloc_array(arena, count + 1, sizeof *of);
    for (size_t i = 0; i < count; i++)
        wanted[i].number = requests[i].invoice;
    size_t distinct = array_sort_once(wanted, count, sizeof *wanted, compare_wanted);
    for (size_t i = 0; i < count; i++) {
        const struct wanted_invoice key = {.number = requests[i].invoice};
        of[i] = &wanted[array_lower_bound(wanted, distinct, sizeof *wanted, &key, compare_wanted)];
        of[i]->request_count++;
        of[i]->is_billed_again = of[i]->is_billed_again || text_equal(requests[i].action, "rebill");
    }
    if (!correction_invoices_load(db, tenant_id, rounding, wanted, distinct, arena, err))
        return false;
    for (size_t i = 0; i < count; i++)
        requests[i].of = of[i]->of;
    return true;
}

/* ---------------------------------------------------------------- what depends on each other */

/* That a request is of an invoice of a customer, or with a subscription. */
struct concern {
    int64_t id;
    size_t request;
};

static int compare_concerns(const void *a, const void *b)
{
    const struct concern *left = a;
    const struct concern *right = b;
    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return left->request < right->request ? -1 : left->request > right->request;
}

/* How many of the requests there are before the first one that has an id in common with one of
 * another invoice before it. */
static size_t count_apart(const struct correction_request *requests, size_t count,
                          struct concern *concerns, size_t concern_count)
{
    size_t first = 0;
    qsort(concerns, concern_count, sizeof *concerns, compare_concerns);
    for (size_t i = 1; i < concern_count; i++) {
        if (concerns[i].id != concerns[first].id)
            first = i;
        else if (concerns[i].request < count &&
                 !text_equal(requests[concerns[i].request].invoice,
                             requests[concerns[first].request].invoice))
            count = concerns[i].request;
    }
    return count;
}

static size_t count_of_customers(const struct correction_request *requests, size_t count,
                                 struct arena *arena)
{
    struct concern *concerns = ARENA_NEW_ARRAY(arena, struct concern, count + 1);
    size_t concern_count = 0;
    for (size_t i = 0; i < count; i++)
        if (requests[i].customer_id != DB_I64_NONE)
            concerns[concern_count++] = (struct concern){requests[i].customer_id, i};
    return count_apart(requests, count, concerns, concern_count);
}

/* A subscription may have been billed to somebody else before. */
static size_t count_of_subscriptions(const struct correction_request *requests, size_t count,
                                     struct arena *arena)
{
    struct concerns ARRAY_OF(struct concern) concerns = {0};
    for (size_t i = 0; i < count; i++) {
        const struct corrected_invoice *of = requests[i].of;
        for (size_t k = 0; of != NULL && k < of->stored.line_count; k++)
            if (of->stored.lines[k].subscription_id != 0)
                ARRAY_ADD(arena, &concerns) =
                    (struct concern){of->stored.lines[k].subscription_id, i};
    }
    return concerns.count == 0 ? count
                               : count_apart(requests, count, concerns.items, concerns.count);
}

/* A key, as the statement's index has it. */
struct place {
    const char *requested_on, *correction;
};

static struct place place_of(const char *key, struct arena *arena)
{
    const char *space = strchr(key, ' ');
    size_t length = space == NULL ? strlen(key) : (size_t)(space - key);
    return (struct place){arena_copy_n(arena, key, length), space == NULL ? "" : space + 1};
}

bool correction_store_load(struct db *db, int64_t tenant_id, const struct work_payer *only,
                           const char *after_key, const char *hi_key, size_t limit,
                           struct date business_date, enum rounding rounding, struct arena *arena,
                           struct correction_request **ret_requests, size_t *ret_count,
                           bool *ret_is_cut, struct error *err)
{
    struct place after = place_of(after_key, arena);
    struct place last = place_of(hi_key, arena);
    struct date_text day = date_text(business_date);
    const struct db_value arguments[] = {db_text(day.text),           db_i64(tenant_id),
                                         db_text(after.requested_on), db_text(after.correction),
                                         db_text(last.requested_on),  db_text(last.correction),
                                         db_i64((int64_t)limit),      db_i64(only->payer_id)};
    bool is_one = only->payer_id != 0;
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, is_one ? STMT_CORRECTIONS_LOAD_OF_PAYER : STMT_CORRECTIONS_LOAD,
                       arguments, is_one ? 8 : 7, arena, request_fields, ARRAY_LEN(request_fields),
                       sizeof(struct correction_request), &items, &count, err))
        return error_context(err, "loading corrections");
    struct correction_request *requests = items;
    size_t apart = count_of_customers(requests, count, arena);
    for (size_t i = 0; i < apart; i++)
        requests[i].key = arena_printf(arena, "%s %s", date_text(requests[i].requested_on).text,
                                       requests[i].correction);
    if (!load_requested_lines(db, tenant_id, requests, apart, arena, err) ||
        !join_invoices(db, tenant_id, rounding, requests, apart, arena, err))
        return error_context(err, "loading corrections");
    *ret_requests = requests;
    *ret_count = count_of_subscriptions(requests, apart, arena);
    *ret_is_cut = *ret_count < count;
    return true;
}

/* ---------------------------------------------------------------- for people */

static const struct row_field payer_correction_fields[] = {
    ROW_FIELD(struct payer_correction, correction, "correction"),
    ROW_FIELD(struct payer_correction, invoice, "invoice"),
    ROW_FIELD(struct payer_correction, action, "action"),
    ROW_FIELD(struct payer_correction, requested_on, "requested_on"),
    ROW_FIELD(struct payer_correction, currency, "currency"),
    ROW_FIELD(struct payer_correction, done_on, "done_on"),
    ROW_FIELD(struct payer_correction, amount_minor, "amount_minor"),
    ROW_FIELD(struct payer_correction, due_minor, "due_minor"),
};

bool correction_store_load_of_payer(struct db *db, const struct work_payer *payer,
                                    struct date until, struct arena *arena,
                                    struct payer_correction **ret_corrections, size_t *ret_count,
                                    struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CORRECTIONS_OF_PAYER,
                       DB_ARGS(db_i64(payer->tenant_id), db_i64(payer->payer_id),
                               db_text(date_text(until).text)),
                       arena, payer_correction_fields, ARRAY_LEN(payer_correction_fields),
                       sizeof(struct payer_correction), &items, ret_count, err))
        return error_context(err, "looking for what is decided of a payer's invoices");
    *ret_corrections = items;
    return true;
}

static const struct row_field origin_fields[] = {
    ROW_FIELD(struct note_origin, correction, "correction"),
    ROW_FIELD(struct note_origin, action, "action"),
    ROW_FIELD(struct note_origin, requested_on, "requested_on"),
    ROW_FIELD(struct note_origin, reason, "reason"),
    ROW_FIELD(struct note_origin, requested_by, "requested_by"),
    ROW_FIELD(struct note_origin, done_on, "done_on"),
};

bool correction_store_load_origin(struct db *db, int64_t tenant_id,
                                  const struct stored_invoice *note, enum rounding rounding,
                                  struct arena *arena, struct note_origin *ret_origin,
                                  struct error *err)
{
    struct wanted_invoice wanted = {.number = note->corrects};
    struct note_origin origin = {0};
    if (!rows_load_one(db, STMT_CORRECTION_OF_NOTE,
                       DB_ARGS(db_i64(tenant_id), db_text(note->draft_key)), arena, origin_fields,
                       ARRAY_LEN(origin_fields), &origin, &origin.has_request, err) ||
        !correction_invoices_load(db, tenant_id, rounding, &wanted, 1, arena, err))
        return error_context(err, "credit note %s", note->draft_key);
    origin.of = wanted.of;
    if (origin.of == NULL)
        return error_run(err, EXIT_DATA, "invoice %s, which it credits, is not there",
                         note->corrects);
    if (!correction_accounts_load_before(db, tenant_id, note, origin.done_on, origin.of, arena,
                                         err))
        return error_context(err, "credit note %s", note->draft_key);
    *ret_origin = origin;
    return true;
}
