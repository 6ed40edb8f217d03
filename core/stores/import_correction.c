/* What people decide of invoices: corrections, and what was done of them when a database moves. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/money/money.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

struct scope {
    struct import_session *session;
    int64_t tenant_id;
};

static const char *const correction_fixed[] = {
    "invoice", "action",           "requested_on",       "reason", "requested_by",
    "net",     "unused_numerator", "unused_denominator", NULL};
static const struct put_rules correction_rules = {
    .table = &correction_rows,
    .id_offset = SIZE_MAX,
    .fixed = correction_fixed,
    .fixed_hint = "withdraw it by importing it as it was, but with \"withdrawn\": true, and import "
                  "what is meant by another name"};

static bool count_withdrawn_done(struct import_session *session, int64_t *ret_count,
                                 struct error *err)
{
    bool found = false;
    return db_query_i64(session->db, STMT_IMPORT_WITHDRAWN_DONE, DB_NO_ARGS, ret_count, &found,
                        err);
}

/* Before the COMMIT: a run that carries one out waits for it from here on. */
bool import_corrections_confirm(struct import_session *session, struct error *err)
{
    int64_t count = 0;
    if (!session->withdraws)
        return true;
    if (!count_withdrawn_done(session, &count, err))
        return false;
    return count <= session->withdrawn_done ||
           error_retry(err, EXIT_TEMPORARY,
                       "a correction that is withdrawn was carried out "
                       "meanwhile");
}

static bool is_done(const struct scope *scope, const struct correction_record *record,
                    bool *ret_done, struct error *err)
{
    int64_t ignored = 0;
    return db_query_i64(scope->session->db, STMT_IMPORT_CORRECTION_DONE,
                        DB_ARGS(db_i64(scope->tenant_id), db_text(record->correction)), &ignored,
                        ret_done, err);
}

/* What is done stays: only another decision changes what it came to. */
static bool hint_at_another(const struct correction_record *record, struct error *err)
{
    if (text_equal(record->action, "rebill"))
        return error_hint(err,
                          "it stays as it was carried out: `billmill explain %s` names the invoice "
                          "that bills it again, and a correction by another name is of that one",
                          record->invoice);
    return error_hint(err,
                      "it stays as it was carried out: a correction by another name with action "
                      "rebill bills %s again%s",
                      record->invoice,
                      text_equal(record->action, "credit") ? ", one with action credit credits more"
                                                           : "");
}

/* What is done cannot be withdrawn. */
static bool check_withdrawal(const struct scope *scope, const struct correction_record *record,
                             struct error *err)
{
    struct import_session *session = scope->session;
    bool done = false;
    if (!record->withdrawn || record->done_on != NULL)
        return true;
    if (!is_done(scope, record, &done, err))
        return false;
    if (!done && session->withdraws)
        return true;
    if (!done) {
        session->withdraws = true;
        return count_withdrawn_done(session, &session->withdrawn_done, err);
    }
    (void)error_item(err, "conflict", "it is done already and cannot be withdrawn");
    return hint_at_another(record, err);
}

/* ---------------------------------------------------------------- of which invoice */

/* Only read. */
struct asked_invoice_row {
    int64_t tenant_id;
    const char *number;
    int64_t invoice_id;
    struct currency currency;
};
static const struct row_field asked_invoice_fields[] = {
    ROW_FIELD(struct asked_invoice_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_invoice_row, number, "number"),
    ROW_FIELD(struct asked_invoice_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct asked_invoice_row, currency, "currency"),
};
static const struct bulk_table asked_invoice_rows = {.name = "record_asked_invoice",
                                                     .kind = BULK_INSERT,
                                                     .table = "invoice",
                                                     .fields = asked_invoice_fields,
                                                     .field_count = ARRAY_LEN(asked_invoice_fields),
                                                     .key_count = 2,
                                                     .row_size = sizeof(struct asked_invoice_row)};

struct asked_line_row {
    int64_t tenant_id, invoice_id, line;
};
static const struct row_field asked_line_fields[] = {
    ROW_FIELD(struct asked_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_line_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct asked_line_row, line, "line"),
};
static const struct bulk_table asked_line_rows = {.name = "record_asked_line",
                                                  .kind = BULK_INSERT,
                                                  .table = "invoice_line",
                                                  .fields = asked_line_fields,
                                                  .field_count = ARRAY_LEN(asked_line_fields),
                                                  .key_count = 2,
                                                  .row_size = sizeof(struct asked_line_row)};

static bool asks_for_amounts(const struct correction_record *record)
{
    return record->net != NULL || record->lines.count > 0;
}

static bool has_line(const struct asked_line_row *rows, size_t count, int64_t line)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].line == line)
            return true;
    return false;
}

static bool check_asked_lines(const struct scope *scope, const struct correction_record *record,
                              const struct asked_invoice_row *invoice, struct error *err)
{
    const struct asked_line_row key = {scope->tenant_id, invoice->invoice_id, 0};
    struct money ignored;
    const void *rows = NULL;
    size_t count = 0;
    if (record->lines.count == 0)
        return true;
    if (!import_shelf_find(scope->session->shelf, &asked_line_rows, &key, &rows, &count, err))
        return false;
    for (size_t i = 0; i < record->lines.count; i++) {
        const struct correction_line_record *line = &record->lines.items[i];
        if (!money_parse(line->net, invoice->currency, &ignored, err))
            return error_context(err, "field \"lines\": entry %zu: field \"net\"", i + 1);
        if (!has_line(rows, count, line->line)) {
            (void)error_item(err, "bad_value",
                             "field \"lines\": entry %zu: %s has no line %" PRId64, i + 1,
                             record->invoice, line->line);
            return error_hint(err, "`billmill explain %s` shows its lines", record->invoice);
        }
    }
    return true;
}

/* What is known of the invoice; one that is not there yet is looked for when it is carried out. */
static bool check_asked(const struct scope *scope, const struct correction_record *record,
                        struct error *err)
{
    const struct asked_invoice_row key = {scope->tenant_id, record->invoice, 0, {""}};
    struct money ignored;
    const void *found = NULL;
    size_t count = 0;
    if (!asks_for_amounts(record))
        return true;
    if (!import_shelf_find(scope->session->shelf, &asked_invoice_rows, &key, &found, &count, err))
        return false;
    const struct asked_invoice_row *invoice = found;
    if (count == 0)
        return true;
    if (record->net != NULL && !money_parse(record->net, invoice->currency, &ignored, err))
        return error_context(err, "field \"net\"");
    return check_asked_lines(scope, record, invoice, err);
}

/* ---------------------------------------------------------------- what is there already */

static const char *net_of_line(const struct correction_line_row *rows, size_t count, int64_t line)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].record.line == line)
            return rows[i].record.net;
    return NULL;
}

static bool lines_differ(int64_t line, const char *is, const char *was, struct error *err)
{
    error_item(err, "conflict",
               "is there with other content: net of line %" PRId64 " is %s, was %s", line,
               is == NULL ? "none" : is, was == NULL ? "none" : was);
    return error_hint(err, "%s", correction_rules.fixed_hint);
}

/* The lines of a request are part of it: those that are there are all of them. */
static bool check_lines(const struct scope *scope, const struct correction_record *record,
                        struct error *err)
{
    const struct correction_line_row key = {scope->tenant_id, record->correction, {0}};
    const void *rows = NULL;
    size_t count = 0;
    if (!import_shelf_find(scope->session->shelf, &correction_line_all_rows, &key, &rows, &count,
                           err))
        return false;
    const struct correction_line_row *were = rows;
    for (size_t i = 0; i < record->lines.count; i++) {
        const struct correction_line_record *is = &record->lines.items[i];
        const char *was = net_of_line(were, count, is->line);
        if (!text_equal(is->net, was))
            return lines_differ(is->line, is->net, was, err);
    }
    for (size_t i = 0; i < count; i++) {
        bool is_there = false;
        for (size_t k = 0; k < record->lines.count; k++)
            is_there = is_there || record->lines.items[k].line == were[i].record.line;
        if (!is_there)
            return lines_differ(were[i].record.line, NULL, were[i].record.net, err);
    }
    return true;
}

/* It differs from what is there: what is done cannot be withdrawn. */
static bool refuse_other(const struct scope *scope, const struct correction_record *record,
                         struct error *err)
{
    struct error failure = {0};
    bool done = false;
    if (err->kind != ERROR_ITEM)
        return false;
    if (!is_done(scope, record, &done, &failure)) {
        *err = failure;
        return false;
    }
    return done ? hint_at_another(record, err) : false;
}

static void put_lines(const struct scope *scope, const struct correction_record *record)
{
    for (size_t i = 0; i < record->lines.count; i++) {
        struct correction_line_row line = {scope->tenant_id, record->correction,
                                           record->lines.items[i]};
        put_part(scope->session, &correction_line_rows, &line);
        import_shelf_add(scope->session->shelf, &correction_line_all_rows, &line);
    }
}

/* Whoever carried it out, it stays done: only its import in full says so. */
bool put_correction(struct import_session *session, const struct correction_record *record,
                    int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    const struct scope holder = {session, tenant_id}, *scope = &holder;
    struct correction_row row = {.tenant_id = scope->tenant_id, .record = *record}, existing;
    bool found = false;
    if (!check_withdrawal(scope, record, err) ||
        !put_find(scope->session, &correction_rules, &row, &existing, &found, err))
        return false;
    if (!found && !record->withdrawn && !check_asked(scope, record, err))
        return false;
    if ((found && !check_lines(scope, record, err)) ||
        !put_row(scope->session, &correction_rules, &row, ret_outcome, err))
        return refuse_other(scope, record, err);
    if (!found)
        put_lines(scope, record);
    if (record->done_on != NULL)
        put_part(scope->session, &correction_done_rows, &row);
    return true;
}

void expect_correction(struct import_session *session, const struct correction_record *record,
                       int64_t tenant_id)
{
    struct correction_row row = {.tenant_id = tenant_id, .record = *record};
    const struct correction_line_row lines = {tenant_id, record->correction, {0}};
    const struct asked_invoice_row invoice = {tenant_id, record->invoice, 0, {""}};
    put_expect(session, &correction_rules, &row);
    import_shelf_expect(session->shelf, &correction_line_all_rows, &lines);
    if (asks_for_amounts(record))
        import_shelf_expect(session->shelf, &asked_invoice_rows, &invoice);
}
