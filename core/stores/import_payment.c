/* How customers pay, what they paid, and what was given back of it. Payments and refunds never
 * change. Whoever read the invoice before sees that it has changed (INVOICE_CHANGED). */
#include <string.h>

#include "core/base/text.h"
#include "core/money/money.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

static const struct put_rules method_rules = {
    .table = &payment_method_rows,
    .id_offset = SIZE_MAX,
};
static const struct put_rules payment_rules = {
    .table = &payment_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a payment never changes: what is given back of it is a refund",
};
static const struct put_rules refund_rules = {
    .table = &refund_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a refund never changes: another one has a gateway_reference of its own",
};

/* Its key has an id in it, which is known once the customers before it are put. */
static bool method_row(struct import_session *session, const struct payment_method_record *record,
                       int64_t tenant_id, struct payment_method_row *ret_row, struct error *err)
{
    *ret_row = (struct payment_method_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err);
}

bool expect_payment_method(struct import_session *session,
                           const struct payment_method_record *record, int64_t tenant_id,
                           struct error *err)
{
    struct payment_method_row row;
    if (!method_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, &method_rules, &row);
    import_shelf_expect(session->shelf, &payment_methods_rows, &row);
    return true;
}

/* Who is to be charged by which of them has to be said: that one is not taken for the other. The
 * last content of a method is the one that holds. */
static bool check_default(const struct payment_method_row *row,
                          const struct payment_method_row *methods, size_t count, struct error *err)
{
    for (size_t i = 0; row->record.is_default && i < count; i++) {
        const char *name = methods[i].record.payment_method;
        bool is_last = true;
        for (size_t k = i + 1; k < count; k++)
            is_last = is_last && !text_equal(methods[k].record.payment_method, name);
        if (!is_last || !methods[i].record.is_default ||
            text_equal(name, row->record.payment_method))
            continue;
        (void)error_item(err, "conflict",
                         "field \"is_default\": \"%s\" is the customer's default already", name);
        return error_hint(err, "import that one with \"is_default\":false before it");
    }
    return true;
}

bool put_payment_method(struct import_session *session, const struct payment_method_record *record,
                        int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct payment_method_row row;
    const void *methods = NULL;
    size_t count = 0;
    if (!method_row(session, record, tenant_id, &row, err) ||
        !import_shelf_find(session->shelf, &payment_methods_rows, &row, &methods, &count, err) ||
        !check_default(&row, methods, count, err) ||
        !put_row(session, &method_rules, &row, ret_outcome, err))
        return false;
    import_shelf_add(session->shelf, &payment_methods_rows, &row);
    return true;
}

/* ---------------------------------------------------------------- payments */

/* Only read. */
struct paid_invoice_row {
    int64_t tenant_id;
    const char *number;
    int64_t customer_id;
    struct currency currency;
};
static const struct row_field paid_invoice_fields[] = {
    ROW_FIELD(struct paid_invoice_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct paid_invoice_row, number, "number"),
    ROW_FIELD(struct paid_invoice_row, customer_id, "customer_id"),
    ROW_FIELD(struct paid_invoice_row, currency, "currency"),
};
static const struct bulk_table paid_invoice_rows = {.name = "record_paid_invoice",
                                                    .kind = BULK_INSERT,
                                                    .table = "invoice",
                                                    .fields = paid_invoice_fields,
                                                    .field_count = ARRAY_LEN(paid_invoice_fields),
                                                    .key_count = 2,
                                                    .row_size = sizeof(struct paid_invoice_row)};

static bool payment_row_of(struct import_session *session, const struct payment_record *record,
                           int64_t tenant_id, struct payment_row *ret_row, struct error *err)
{
    *ret_row = (struct payment_row){.tenant_id = tenant_id, .record = *record};
    return record->customer == NULL ||
           put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err);
}

static struct paid_invoice_row invoice_key(const struct payment_record *record, int64_t tenant_id)
{
    return (struct paid_invoice_row){tenant_id, record->invoice, 0, {""}};
}

static struct payment_row whole_key(const struct payment_record *record, int64_t tenant_id)
{
    struct payment_row key = {.tenant_id = tenant_id};
    key.record.gateway_reference = record->part_of;
    return key;
}

bool expect_payment(struct import_session *session, const struct payment_record *record,
                    int64_t tenant_id, struct error *err)
{
    struct payment_row row;
    struct paid_invoice_row invoice = invoice_key(record, tenant_id);
    if (!payment_row_of(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, &payment_rules, &row);
    if (record->part_of != NULL) {
        const struct payment_row whole = whole_key(record, tenant_id);
        import_shelf_expect(session->shelf, &payment_rows, &whole);
    }
    if (record->invoice != NULL)
        import_shelf_expect(session->shelf, &paid_invoice_rows, &invoice);
    return true;
}

/* One that is not there yet is looked at when the payment is applied: it waits for it. */
static bool check_invoice(struct import_session *session, struct payment_row *row,
                          struct error *err)
{
    const struct payment_record *record = &row->record;
    const struct paid_invoice_row key = invoice_key(record, row->tenant_id);
    const void *found = NULL;
    size_t count = 0;
    if (record->invoice == NULL)
        return true;
    if (!import_shelf_find(session->shelf, &paid_invoice_rows, &key, &found, &count, err))
        return false;
    const struct paid_invoice_row *invoice = found;
    row->waits = count == 0;
    if (row->waits)
        return true;
    if (!text_equal(invoice->currency.code, record->currency))
        return error_item(err, "bad_value", "field \"currency\": %s is in %s, not in %s",
                          record->invoice, invoice->currency.code, record->currency);
    if (invoice->customer_id != row->customer_id) {
        (void)error_item(err, "bad_value", "field \"invoice\": %s is not one of customer \"%s\"",
                         record->invoice, record->customer);
        return error_hint(err, "name the customer who is to pay it: what is too much is his");
    }
    return true;
}

/* Who names no customer pays as the one of his invoice. */
static bool find_payer(struct import_session *session, struct payment_row *row, struct error *err)
{
    const struct payment_record *record = &row->record;
    const struct paid_invoice_row key = invoice_key(record, row->tenant_id);
    const void *found = NULL;
    size_t count = 0;
    if (record->customer != NULL)
        return true;
    if (!import_shelf_find(session->shelf, &paid_invoice_rows, &key, &found, &count, err))
        return false;
    if (count > 0) {
        row->customer_id = ((const struct paid_invoice_row *)found)->customer_id;
        return true;
    }
    (void)error_item(err, "unknown_reference", "invoice \"%s\" of tenant \"%s\" does not exist",
                     record->invoice, record->tenant);
    return error_hint(err, "name the customer too: then it waits for that invoice");
}

/* What is a part of is there, his, in that currency, and names no invoice. */
static bool check_whole(struct import_session *session, const struct payment_row *row,
                        struct error *err)
{
    const struct payment_record *record = &row->record;
    const struct payment_row key = whole_key(record, row->tenant_id);
    const void *found = NULL;
    size_t count = 0;
    if (record->part_of == NULL)
        return true;
    if (!import_shelf_find(session->shelf, &payment_rows, &key, &found, &count, err))
        return false;
    const struct payment_row *whole = found;
    if (count > 0 && whole->customer_id == row->customer_id && whole->record.invoice == NULL &&
        whole->record.part_of == NULL && text_equal(whole->record.currency, record->currency))
        return true;
    (void)error_item(err, "bad_value",
                     "field \"part_of\": \"%s\" is no payment of which this is one",
                     record->part_of);
    return error_hint(err, "parts are made by the job payment-match; a payment of yours has none");
}

static bool touch(struct import_session *session, int64_t tenant_id, const char *invoice,
                  struct error *err)
{
    return invoice == NULL || db_run(session->db, STMT_IMPORT_PAYMENT_TOUCHES,
                                     DB_ARGS(db_i64(tenant_id), db_text(invoice)), NULL, err);
}

bool put_payment(struct import_session *session, const struct payment_record *record,
                 int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct payment_row row, existing;
    bool found = false;
    return payment_row_of(session, record, tenant_id, &row, err) &&
           find_payer(session, &row, err) &&
           put_find(session, &payment_rules, &row, &existing, &found, err) &&
           (found || (check_invoice(session, &row, err) && check_whole(session, &row, err))) &&
           put_row(session, &payment_rules, &row, ret_outcome, err) &&
           (found || touch(session, tenant_id, record->invoice, err));
}

/* ---------------------------------------------------------------- refunds */

static struct payment_row payment_key(const struct refund_record *record, int64_t tenant_id)
{
    struct payment_row key = {.tenant_id = tenant_id};
    key.record.gateway_reference = record->payment;
    return key;
}

void expect_refund(struct import_session *session, const struct refund_record *record,
                   int64_t tenant_id)
{
    struct refund_row row = {.tenant_id = tenant_id, .record = *record};
    struct payment_row payment = payment_key(record, tenant_id);
    put_expect(session, &refund_rules, &row);
    import_shelf_expect(session->shelf, &payment_rows, &payment);
    import_shelf_expect(session->shelf, &refunds_of_payment_rows, &row);
}

static bool find_payment(struct import_session *session, const struct refund_record *record,
                         int64_t tenant_id, struct payment_row *ret_payment, struct error *err)
{
    const struct payment_row key = payment_key(record, tenant_id);
    const void *found = NULL;
    size_t count = 0;
    if (!import_shelf_find(session->shelf, &payment_rows, &key, &found, &count, err))
        return false;
    if (count == 0) {
        (void)error_item(err, "unknown_reference", "payment \"%s\" of tenant \"%s\" does not exist",
                         record->payment, record->tenant);
        return error_hint(err, "import it first: a record comes after what it refers to");
    }
    *ret_payment = *(const struct payment_row *)found;
    return true;
}

/* Together with those before it: what nobody paid cannot be given back. */
static bool check_refunded(struct import_session *session, const struct refund_row *row,
                           const struct payment_row *payment, struct error *err)
{
    struct currency currency;
    struct money sum, paid;
    const void *found = NULL;
    size_t count = 0;
    int32_t order = 0;
    if (!text_equal(payment->record.currency, row->record.currency))
        return error_item(err, "bad_value", "field \"currency\": %s is in %s, not in %s",
                          row->record.payment, payment->record.currency, row->record.currency);
    if (!currency_parse(row->record.currency, &currency, err) ||
        !import_shelf_find(session->shelf, &refunds_of_payment_rows, row, &found, &count, err))
        return false;
    const struct refund_row *refunds = found;
    paid = money_of_minor(payment->record.amount_minor, currency);
    sum = money_of_minor(row->record.amount_minor, currency);
    for (size_t i = 0; i < count; i++)
        if (!money_add(sum, money_of_minor(refunds[i].record.amount_minor, currency), &sum, err))
            return false;
    if (!money_compare(sum, paid, &order, err))
        return false;
    return order <= 0 ||
           error_item(err, "bad_value",
                      "field \"amount\": %s of %s would be given back, more than "
                      "the %s that were paid",
                      money_text(sum).text, row->record.payment, money_text(paid).text);
}

/* A name that payment-match gives to what is given back of a part: it ends with its invoice, or
 * where it was cut (sha256_fit) with a digest. */
static bool is_name_of_part(const char *name, const char *invoice)
{
    size_t length = strlen(name), digest = SHA256_HEX_SIZE - 1;
    if (length > strlen(invoice) && text_equal(name + length - strlen(invoice), invoice))
        return true;
    return length > digest && name[length - digest - 1] == ':' &&
           strspn(name + length - digest, "0123456789abcdef") == digest;
}

/* What is given back of a part is made by payment-match, too. */
static bool check_part(const struct refund_record *record, const struct payment_row *payment,
                       struct error *err)
{
    if (payment->record.part_of == NULL ||
        is_name_of_part(record->gateway_reference, payment->record.invoice))
        return true;
    (void)error_item(err, "bad_value", "field \"payment\": \"%s\" is a part of \"%s\"",
                     record->payment, payment->record.part_of);
    return error_hint(err, "name the payment that was received: its parts follow");
}

bool put_refund(struct import_session *session, const struct refund_record *record,
                int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct refund_row row = {.tenant_id = tenant_id, .record = *record}, existing;
    struct payment_row payment = {0};
    bool found = false;
    if (!find_payment(session, record, tenant_id, &payment, err) ||
        !put_find(session, &refund_rules, &row, &existing, &found, err) ||
        (!found && !check_part(record, &payment, err)) ||
        (!found && !check_refunded(session, &row, &payment, err)) ||
        !put_row(session, &refund_rules, &row, ret_outcome, err))
        return false;
    if (found)
        return true;
    import_shelf_add(session->shelf, &refunds_of_payment_rows, &row);
    if (payment.record.invoice == NULL) /* payment-match may be about to grant it */
        return db_run(session->db, STMT_REFUND_LOCK,
                      DB_ARGS(db_i64(tenant_id), db_text(record->payment)), NULL, err);
    return touch(session, tenant_id, payment.record.invoice, err);
}

/* ---------------------------------------------------------------- attempts and dunning */

static const struct put_rules attempt_rules = {
    .table = &payment_attempt_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "an attempt never changes: another one has a number of its own",
};
#define MADE_HINT "what jobs have made never changes by an import: use an empty database"
static const struct put_rules campaign_rules = {
    .table = &campaign_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = MADE_HINT,
};
static const struct put_rules step_rules = {
    .table = &campaign_step_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = MADE_HINT,
};

/* Rows without ids of others: the record with the tenant's. */
union tried_row {
    struct payment_attempt_row attempt;
    struct campaign_row campaign;
    struct campaign_step_row step;
};

static const struct put_rules *make_tried(enum record_kind kind, const union record *record,
                                          int64_t tenant_id, union tried_row *ret_row)
{
    if (kind == RECORD_PAYMENT_ATTEMPT) {
        ret_row->attempt = (struct payment_attempt_row){tenant_id, record->payment_attempt};
        return &attempt_rules;
    }
    if (kind == RECORD_DUNNING_CAMPAIGN) {
        ret_row->campaign = (struct campaign_row){tenant_id, record->dunning_campaign};
        return &campaign_rules;
    }
    assert(kind == RECORD_DUNNING_STEP);
    ret_row->step = (struct campaign_step_row){tenant_id, record->dunning_step};
    return &step_rules;
}

void expect_tried(struct import_session *session, enum record_kind kind, const union record *record,
                  int64_t tenant_id)
{
    union tried_row row;
    const struct put_rules *rules = make_tried(kind, record, tenant_id, &row);
    put_expect(session, rules, &row);
}

bool put_tried(struct import_session *session, enum record_kind kind, const union record *record,
               int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    union tried_row row;
    const struct put_rules *rules = make_tried(kind, record, tenant_id, &row);
    return put_row(session, rules, &row, ret_outcome, err);
}

/* ---------------------------------------------------------------- where gateways differ */

static const struct put_rules difference_rules = {
    .table = &payment_difference_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = MADE_HINT,
};

static bool read_amount(const char *text, const char *code, int64_t *ret_minor, struct error *err)
{
    struct currency currency;
    struct money amount;
    *ret_minor = text == NULL ? DB_I64_NONE : 0;
    if (text == NULL || (code == NULL && text_equal(text, "0")))
        return true;
    if (code == NULL)
        return error_item(err, "missing_field", "an amount of %s has no currency", text);
    if (!currency_parse(code, &currency, err) || !money_parse(text, currency, &amount, err))
        return false;
    *ret_minor = money_minor(amount);
    return true;
}

bool put_payment_difference(struct import_session *session,
                            const struct payment_difference_record *record,
                            enum import_outcome *ret_outcome, struct error *err)
{
    bool is_of_none = text_equal(record->tenant, RECORD_EVERY_TENANT);
    struct payment_difference_row row = {.tenant = is_of_none ? NULL : record->tenant,
                                         .record = *record};
    return read_amount(record->there, record->there_currency, &row.there_minor, err) &&
           read_amount(record->there_refunded, record->there_currency, &row.there_refunded_minor,
                       err) &&
           read_amount(record->here, record->here_currency, &row.here_minor, err) &&
           read_amount(record->here_refunded, record->here_currency, &row.here_refunded_minor,
                       err) &&
           put_row(session, &difference_rules, &row, ret_outcome, err);
}

static const struct put_rules statement_rules = {
    .table = &gateway_statement_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = MADE_HINT,
};

bool put_gateway_statement(struct import_session *session,
                           const struct gateway_statement_record *record,
                           enum import_outcome *ret_outcome, struct error *err)
{
    struct gateway_statement_row row = {*record};
    return put_row(session, &statement_rules, &row, ret_outcome, err);
}
