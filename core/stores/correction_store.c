/* Loading corrections: see correction_store.h. They are decisions of people, a few a month: each
 * invoice is read by itself. */
#include "core/stores/correction_store.h"

#include "core/base/text.h"
#include "core/stores/correction_given.h"

#define TABLE(table_name, bulk, sql_table, field_list, keys, row)                                  \
    .name = (table_name), .kind = (bulk), .table = (sql_table), .fields = (field_list),            \
    .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)

static const struct row_field note_fields[] = {
    ROW_FIELD(struct note_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct note_row, draft_key, "draft_key"),
    ROW_FIELD(struct note_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct note_row, customer_id, "customer_id"),
    ROW_FIELD(struct note_row, currency, "currency"),
    ROW_FIELD(struct note_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct note_row, kind, "kind"),
    ROW_FIELD(struct note_row, corrects, "corrects"),
    ROW_FIELD(struct note_row, status, "status"),
    ROW_FIELD(struct note_row, taxed, "taxed"),
    ROW_FIELD(struct note_row, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct note_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct note_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct note_row, total_minor, "total_minor"),
    ROW_FIELD(struct note_row, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct note_row, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct note_row, tax_point_on, "tax_point_on"),
};
const struct bulk_table NOTE_ADD = {
    TABLE("note_add", BULK_INSERT, "invoice", note_fields, 2, struct note_row)};

static const struct row_field note_line_fields[] = {
    ROW_FIELD(struct note_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct note_line_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct note_line_row, line, "line"),
    ROW_FIELD(struct note_line_row, kind, "kind"),
    ROW_FIELD(struct note_line_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct note_line_row, price_id, "price_id"),
    ROW_FIELD(struct note_line_row, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct note_line_row, period_start_on, "period_start_on"),
    ROW_FIELD(struct note_line_row, period_end_on, "period_end_on"),
    ROW_FIELD(struct note_line_row, description, "description"),
    ROW_FIELD(struct note_line_row, quantity, "quantity"),
    ROW_FIELD(struct note_line_row, unit_amount, "unit_amount"),
    ROW_FIELD(struct note_line_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct note_line_row, discount_minor, "discount_minor"),
    ROW_FIELD(struct note_line_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct note_line_row, tax_category, "tax_category"),
    ROW_FIELD(struct note_line_row, tax, "tax"),
    ROW_FIELD(struct note_line_row, event_count, "event_count"),
};
const struct bulk_table NOTE_LINE_ADD = {
    TABLE("note_line_add", BULK_INSERT, "invoice_line", note_line_fields, 3, struct note_line_row)};

static const struct row_field status_fields[] = {
    ROW_FIELD(struct status_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct status_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct status_row, expected, "status"),
    ROW_FIELD(struct status_row, status, "status"),
};
const struct bulk_table INVOICE_STATUS = {
    TABLE("invoice_status", BULK_UPDATE, "invoice", status_fields, 3, struct status_row),
    .redo_when_missing = true};

static const struct row_field taken_fields[] = {
    ROW_FIELD(struct correction_taken_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_taken_row, correction, "correction"),
    ROW_FIELD(struct correction_taken_row, expected, "withdrawn"),
    ROW_FIELD(struct correction_taken_row, withdrawn, "withdrawn"),
};
const struct bulk_table CORRECTION_TAKEN = {TABLE("correction_taken", BULK_UPDATE, "correction",
                                                  taken_fields, 3, struct correction_taken_row),
                                            .redo_when_missing = true};

static const struct row_field done_fields[] = {
    ROW_FIELD(struct correction_done_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_done_row, correction, "correction"),
    ROW_FIELD(struct correction_done_row, done_on, "done_on"),
    ROW_FIELD(struct correction_done_row, draft_key, "draft_key"),
    ROW_FIELD(struct correction_done_row, amount_minor, "amount_minor"),
};
const struct bulk_table CORRECTION_DONE = {TABLE("correction_done", BULK_INSERT, "correction_done",
                                                 done_fields, 2, struct correction_done_row)};

/* ---------------------------------------------------------------- what is due */

static const struct row_field range_fields[] = {
    ROW_FIELD(struct correction_range, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_range, max_key, "max_key"),
    ROW_FIELD(struct correction_range, items, "items"),
};

bool correction_store_load_work(struct db *db, struct date business_date, struct arena *arena,
                                struct correction_range **ret_ranges, size_t *ret_count,
                                struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_WORK_CORRECTIONS, DB_ARGS(db_text(date_text(business_date).text)),
                       arena, range_fields, ARRAY_LEN(range_fields),
                       sizeof(struct correction_range), &items, ret_count, err))
        return error_context(err, "looking for corrections");
    *ret_ranges = items;
    return true;
}

/* ---------------------------------------------------------------- an invoice and its notes */

struct loading {
    struct db *db;
    int64_t tenant_id;
    enum rounding rounding;
    struct arena *arena;
};

static const struct row_field listed_fields[] = {
    ROW_FIELD(struct correction_note, draft_key, "draft_key"),
    ROW_FIELD(struct correction_note, number, "number"),
    ROW_FIELD(struct correction_note, status, "status"),
    ROW_FIELD(struct correction_note, total_minor, "total_minor"),
};

bool correction_store_load_notes(struct db *db, int64_t tenant_id, const char *invoice,
                                 struct arena *arena, struct correction_note **ret_notes,
                                 size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CORRECTION_NOTES, DB_ARGS(db_i64(tenant_id), db_text(invoice)),
                       arena, listed_fields, ARRAY_LEN(listed_fields),
                       sizeof(struct correction_note), &items, ret_count, err))
        return error_context(err, "loading the credit notes of %s", invoice);
    *ret_notes = items;
    return true;
}

/* What one note took of one line, or of one tax. */
struct taken {
    int64_t number, taken_minor;
};

static const struct row_field taken_line_fields[] = {
    ROW_FIELD(struct taken, number, "line"),
    ROW_FIELD(struct taken, taken_minor, "net_minor"),
};
static const struct row_field taken_tax_fields[] = {
    ROW_FIELD(struct taken, number, "tax"),
    ROW_FIELD(struct taken, taken_minor, "tax_minor"),
};

static bool load_taken(const struct loading *loading, const char *invoice, enum statement_id what,
                       const struct row_field *fields, struct taken **ret_items, size_t *ret_count,
                       struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(loading->db, what, DB_ARGS(db_i64(loading->tenant_id), db_text(invoice)),
                       loading->arena, fields, 2, sizeof(struct taken), &items, ret_count, err))
        return error_context(err, "loading what was credited of %s", invoice);
    *ret_items = items;
    return true;
}

static bool fill_credited(const struct loading *loading, struct corrected_invoice *of,
                          struct error *err)
{
    struct correction_subject *subject = &of->subject;
    struct taken *lines = NULL;
    struct taken *taxes = NULL;
    size_t line_count = 0;
    size_t tax_count = 0;
    if (!load_taken(loading, subject->number, STMT_CORRECTION_NOTE_LINES, taken_line_fields, &lines,
                    &line_count, err) ||
        !load_taken(loading, subject->number, STMT_CORRECTION_NOTE_TAXES, taken_tax_fields, &taxes,
                    &tax_count, err))
        return false;
    for (size_t i = 0; i < subject->line_count; i++) {
        subject->credited_nets[i] = money_zero(subject->currency);
        for (size_t k = 0; k < line_count; k++)
            if (lines[k].number == subject->lines[i].line &&
                !money_add(subject->credited_nets[i],
                           money_of_minor(lines[k].taken_minor, subject->currency),
                           &subject->credited_nets[i], err))
                return false;
    }
    for (size_t i = 0; i < subject->tax_count; i++) {
        subject->credited_taxes[i] = money_zero(subject->currency);
        for (size_t k = 0; k < tax_count; k++)
            if (taxes[k].number == subject->taxes[i].tax &&
                !money_add(subject->credited_taxes[i],
                           money_of_minor(taxes[k].taken_minor, subject->currency),
                           &subject->credited_taxes[i], err))
                return false;
    }
    return true;
}

struct decision {
    const char *correction, *action;
    int64_t amount_minor;
};

static const struct row_field decision_fields[] = {
    ROW_FIELD(struct decision, correction, "correction"),
    ROW_FIELD(struct decision, action, "action"),
    ROW_FIELD(struct decision, amount_minor, "amount_minor"),
};

static void add_event(struct corrected_invoice *of, enum settlement_kind kind,
                      const char *reference, int64_t amount_minor)
{
    if (amount_minor > 0)
        of->events[of->event_count++] =
            (struct settlement_event){.kind = kind,
                                      .reference = reference,
                                      .amount = money_of_minor(amount_minor, of->subject.currency)};
}

static bool fill_events(const struct loading *loading, struct corrected_invoice *of,
                        size_t request_count, struct error *err)
{
    struct correction_note *notes = NULL;
    void *items = NULL;
    size_t decision_count = 0;
    if (!correction_store_load_notes(loading->db, loading->tenant_id, of->subject.number,
                                     loading->arena, &notes, &of->note_count, err) ||
        !rows_load_all(loading->db, STMT_CORRECTION_DECISIONS,
                       DB_ARGS(db_i64(loading->tenant_id), db_text(of->subject.number)),
                       loading->arena, decision_fields, ARRAY_LEN(decision_fields),
                       sizeof(struct decision), &items, &decision_count, err))
        return false;
    const struct decision *decisions = items;
    of->events = ARENA_NEW_ARRAY(loading->arena, struct settlement_event,
                                 of->note_count + decision_count + request_count + 1);
    add_event(of, SETTLEMENT_PAYMENT, "credit applied", of->stored.credit_applied_minor);
    for (size_t i = 0; i < of->note_count; i++)
        add_event(of, SETTLEMENT_CREDIT_NOTE,
                  notes[i].number == NULL ? notes[i].draft_key : notes[i].number,
                  notes[i].total_minor);
    for (size_t i = 0; i < decision_count; i++) {
        if (text_equal(decisions[i].action, "write_off"))
            add_event(of, SETTLEMENT_WRITE_OFF, decisions[i].correction, decisions[i].amount_minor);
        if (text_equal(decisions[i].action, "rebill"))
            of->rebilled_by = decisions[i].correction;
    }
    return true;
}

bool correction_store_load_events(struct db *db, int64_t tenant_id,
                                  const struct stored_invoice *invoice, struct arena *arena,
                                  struct settlement_event **ret_events, size_t *ret_count,
                                  struct error *err)
{
    struct loading loading = {.db = db, .tenant_id = tenant_id, .arena = arena};
    struct corrected_invoice of = {
        .stored = *invoice, .subject = {.number = invoice->number, .currency = invoice->currency}
    };
    if (!fill_events(&loading, &of, 0, err))
        return error_context(err, "loading what became of %s", invoice->number);
    *ret_events = of.events;
    *ret_count = of.event_count;
    return true;
}

/* An overdraft paid nothing: whoever has it owes it instead. */
static bool fill_overdrawn(const struct loading *loading, struct corrected_invoice *of,
                           struct error *err)
{
    int64_t overdrawn_minor = 0;
    bool found = false;
    if (of->stored.credit_applied_minor <= 0)
        return true;
    if (!db_query_i64(loading->db, STMT_CORRECTION_OVERDRAWN,
                      DB_ARGS(db_i64(loading->tenant_id), db_i64(of->stored.customer_id),
                              db_i64(of->stored.invoice_id)),
                      &overdrawn_minor, &found, err))
        return error_context(err, "looking for what %s is overdrawn by", of->subject.number);
    of->is_overdrawn = found && overdrawn_minor == of->stored.credit_applied_minor;
    return true;
}

static const struct row_field period_fields[] = {
    ROW_FIELD(struct corrected_period, line, "line"),
    ROW_FIELD(struct corrected_period, subscription_id, "subscription_id"),
    ROW_FIELD(struct corrected_period, price_id, "price_id"),
    ROW_FIELD(struct corrected_period, start_on, "start_on"),
    ROW_FIELD(struct corrected_period, kind, "kind"),
    ROW_FIELD(struct corrected_period, end_on, "end_on"),
    ROW_FIELD(struct corrected_period, start_at_us, "start_at_us"),
    ROW_FIELD(struct corrected_period, end_at_us, "end_at_us"),
    ROW_FIELD(struct corrected_period, full_start_on, "full_start_on"),
    ROW_FIELD(struct corrected_period, full_end_on, "full_end_on"),
    ROW_FIELD(struct corrected_period, quantity, "quantity"),
    ROW_FIELD(struct corrected_period, priced_on, "priced_on"),
    ROW_FIELD(struct corrected_period, proration, "proration"),
    ROW_FIELD(struct corrected_period, counts_from_on, "counts_from_on"),
    ROW_FIELD(struct corrected_period, counts_from_us, "counts_from_us"),
    ROW_FIELD(struct corrected_period, counts_gaps, "counts_gaps"),
    ROW_FIELD(struct corrected_period, waiting, "waiting"),
    ROW_FIELD(struct corrected_period, ended, "ended"),
};

static bool fill_periods(const struct loading *loading, struct corrected_invoice *of,
                         struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(loading->db, STMT_CORRECTION_PERIODS,
                       DB_ARGS(db_i64(loading->tenant_id), db_i64(of->stored.invoice_id)),
                       loading->arena, period_fields, ARRAY_LEN(period_fields),
                       sizeof(struct corrected_period), &items, &of->period_count, err))
        return error_context(err, "loading the periods of %s", of->subject.number);
    of->periods = items;
    return true;
}

static struct money *zeros(const struct loading *loading, struct currency currency, size_t count)
{
    struct money *amounts = ARENA_NEW_ARRAY(loading->arena, struct money, count + 1);
    for (size_t i = 0; i < count; i++)
        amounts[i] = money_zero(currency);
    return amounts;
}

/* What is credited is the same array for both subjects. */
static bool fill_given(const struct loading *loading, struct corrected_invoice *of,
                       struct error *err)
{
    struct correction_subject *subject = &of->subject;
    of->is_reversed = ARENA_NEW_ARRAY(loading->arena, bool, subject->line_count + 1);
    for (size_t i = 0; i < subject->line_count; i++)
        of->is_reversed[i] = false;
    of->valid = *subject;
    subject->given_nets = zeros(loading, subject->currency, subject->line_count);
    subject->given_taxes = zeros(loading, subject->currency, subject->tax_count);
    of->valid.given_nets = zeros(loading, subject->currency, subject->line_count);
    of->valid.given_taxes = zeros(loading, subject->currency, subject->tax_count);
    return correction_given_load(loading->db, loading->tenant_id, loading->rounding, loading->arena,
                                 of, err);
}

static bool load_invoice(const struct loading *loading, const char *number, size_t request_count,
                         struct corrected_invoice **ret_of, struct error *err)
{
    struct corrected_invoice *of = ARENA_NEW(loading->arena, struct corrected_invoice);
    struct stored_invoice *stored = &of->stored;
    bool found = false;
    *ret_of = NULL;
    if (!draft_store_find(loading->db, loading->tenant_id, number, loading->arena, stored, &found,
                          err))
        return false;
    if (!found || !text_equal(stored->number, number))
        return true;
    of->status = invoice_status_of(stored->status);
    of->subject = (struct correction_subject){
        .number = stored->number,
        .lines = draft_line_contents(stored->lines, stored->line_count, stored->currency,
                                     loading->arena),
        .taxes =
            draft_tax_contents(stored->taxes, stored->tax_count, stored->currency, loading->arena),
        .line_count = stored->line_count,
        .tax_count = stored->tax_count,
        .credited_nets = ARENA_NEW_ARRAY(loading->arena, struct money, stored->line_count + 1),
        .credited_taxes = ARENA_NEW_ARRAY(loading->arena, struct money, stored->tax_count + 1),
        .currency = stored->currency,
        .rounding = loading->rounding,
    };
    if (!fill_credited(loading, of, err) || !fill_given(loading, of, err) ||
        !fill_events(loading, of, request_count, err) || !fill_overdrawn(loading, of, err) ||
        !fill_periods(loading, of, err))
        return false;
    *ret_of = of;
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
};

struct requested_line {
    int64_t line;
    const char *net;
};

static const struct row_field requested_line_fields[] = {
    ROW_FIELD(struct requested_line, line, "line"),
    ROW_FIELD(struct requested_line, net, "net"),
};

static bool load_requested_lines(const struct loading *loading, struct correction_request *request,
                                 struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(loading->db, STMT_CORRECTION_LINES,
                       DB_ARGS(db_i64(loading->tenant_id), db_text(request->correction)),
                       loading->arena, requested_line_fields, ARRAY_LEN(requested_line_fields),
                       sizeof(struct requested_line), &items, &request->line_count, err))
        return false;
    const struct requested_line *lines = items;
    request->lines = ARENA_NEW_ARRAY(loading->arena, int64_t, request->line_count + 1);
    request->line_nets = ARENA_NEW_ARRAY(loading->arena, const char *, request->line_count + 1);
    for (size_t i = 0; i < request->line_count; i++) {
        request->lines[i] = lines[i].line;
        request->line_nets[i] = lines[i].net;
    }
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
    const struct loading loading = {db, tenant_id, ROUND_HALF_UP, arena};
    struct correction_request request = {0};
    bool found = false;
    if (!rows_load_one(db, STMT_CORRECTION_ASKED, DB_ARGS(db_i64(tenant_id), db_text(correction)),
                       arena, request_fields, ARRAY_LEN(request_fields), &request, &found, err))
        return error_context(err, "loading correction %s", correction);
    if (!found)
        return error_run(err, EXIT_DATA, "correction %s is not there", correction);
    return load_requested_lines(&loading, &request, err) &&
           correction_request_part(&request, currency, arena, ret_part, err);
}

static bool join_invoice(const struct loading *loading, struct correction_request *requests,
                         size_t index, size_t count, struct error *err)
{
    for (size_t i = 0; i < index; i++)
        if (text_equal(requests[i].invoice, requests[index].invoice)) {
            requests[index].of = requests[i].of;
            return true;
        }
    return load_invoice(loading, requests[index].invoice, count, &requests[index].of, err);
}

bool correction_store_load(struct db *db, int64_t tenant_id, const char *after_key,
                           const char *hi_key, size_t limit, struct date business_date,
                           enum rounding rounding, struct arena *arena,
                           struct correction_request **ret_requests, size_t *ret_count,
                           struct error *err)
{
    struct loading loading = {db, tenant_id, rounding, arena};
    void *items = NULL;
    if (!rows_load_all(db, STMT_CORRECTIONS_LOAD,
                       DB_ARGS(db_text(date_text(business_date).text), db_i64(tenant_id),
                               db_text(after_key), db_text(hi_key), db_i64((int64_t)limit)),
                       arena, request_fields, ARRAY_LEN(request_fields),
                       sizeof(struct correction_request), &items, ret_count, err))
        return error_context(err, "loading corrections");
    struct correction_request *requests = items;
    for (size_t i = 0; i < *ret_count; i++) {
        requests[i].key = arena_printf(arena, "%s %s", date_text(requests[i].requested_on).text,
                                       requests[i].correction);
        if (!load_requested_lines(&loading, &requests[i], err) ||
            !join_invoice(&loading, requests, i, *ret_count, err))
            return error_context(err, "correction %s", requests[i].correction);
    }
    *ret_requests = requests;
    return true;
}

/* ---------------------------------------------------------------- for people */

bool correction_store_load_rebilled(struct db *db, int64_t tenant_id, const char *invoice,
                                    struct arena *arena, struct correction_note **ret_invoices,
                                    size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CORRECTION_REBILLED, DB_ARGS(db_i64(tenant_id), db_text(invoice)),
                       arena, listed_fields, ARRAY_LEN(listed_fields),
                       sizeof(struct correction_note), &items, ret_count, err))
        return error_context(err, "looking for what bills %s again", invoice);
    *ret_invoices = items;
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
    const struct loading loading = {db, tenant_id, rounding, arena};
    struct note_origin origin = {0};
    if (!rows_load_one(db, STMT_CORRECTION_OF_NOTE,
                       DB_ARGS(db_i64(tenant_id), db_text(note->draft_key)), arena, origin_fields,
                       ARRAY_LEN(origin_fields), &origin, &origin.has_request, err) ||
        !load_invoice(&loading, note->corrects, 0, &origin.of, err))
        return error_context(err, "credit note %s", note->draft_key);
    if (origin.of == NULL)
        return error_run(err, EXIT_DATA, "invoice %s, which it credits, is not there",
                         note->corrects);
    *ret_origin = origin;
    return true;
}
