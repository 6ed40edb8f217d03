/* Converted payments: see payment_conversion_store.h. */
#include "core/stores/payment_conversion_store.h"

#include "core/base/array.h"
#include "core/stores/correction_store.h"

bool payment_conversion_store_load_ranges(struct db *db, int64_t before_us, struct arena *arena,
                                          struct work_ranges *ret_ranges, struct error *err)
{
    return work_ranges_load(db, STMT_WORK_PAID_TO_CONVERT, DB_ARGS(db_i64(before_us)), arena,
                            ret_ranges, err) ||
           error_context(err, "looking for payments to convert");
}

/* ---------------------------------------------------------------- due */

static const struct row_field due_fields[] = {
    ROW_FIELD(struct paid_to_convert, invoice_id, "invoice_id"),
    ROW_FIELD(struct paid_to_convert, number, "number"),
    ROW_FIELD(struct paid_to_convert, kind, "kind"),
    ROW_FIELD(struct paid_to_convert, status, "status"),
    ROW_FIELD(struct paid_to_convert, customer_id, "customer_id"),
    ROW_FIELD(struct paid_to_convert, currency, "currency"),
    ROW_FIELD(struct paid_to_convert, total_minor, "total_minor"),
    ROW_FIELD(struct paid_to_convert, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct paid_to_convert, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct paid_to_convert, books_minor, "books_minor"),
};

/* What money may settle: a void one asks for nothing. */
static bool find_payable(const struct document_claim *claim, struct paid_to_convert *due,
                         struct error *err)
{
    struct currency currency = due->currency;
    if (invoice_status_of(due->status) == INVOICE_VOID) {
        due->payable = money_zero(currency);
        return true;
    }
    if (!money_subtract(claim->claim, money_of_minor(claim->drawn_minor, currency), &due->payable,
                        err))
        return false;
    for (size_t i = 0; i < claim->event_count; i++) {
        const struct settlement_event *event = &claim->events[i];
        if ((event->kind == SETTLEMENT_CREDIT_NOTE || event->kind == SETTLEMENT_GIVEN_BACK) &&
            !money_subtract(due->payable, event->amount, &due->payable, err))
            return false;
    }
    return true;
}

static bool fill_payable(struct db *db, int64_t tenant_id, struct paid_to_convert *due,
                         size_t count, struct arena *arena, struct error *err)
{
    struct stored_invoice *stored = ARENA_NEW_ARRAY(arena, struct stored_invoice, count + 1);
    struct document_claim *claims = ARENA_NEW_ARRAY(arena, struct document_claim, count + 1);
    for (size_t i = 0; i < count; i++)
        stored[i] = (struct stored_invoice){.invoice_id = due[i].invoice_id,
                                            .kind = due[i].kind,
                                            .customer_id = due[i].customer_id,
                                            .currency = due[i].currency,
                                            .status = due[i].status,
                                            .total_minor = due[i].total_minor,
                                            .credit_applied_minor = due[i].credit_applied_minor,
                                            .amount_due_minor = due[i].amount_due_minor,
                                            .number = due[i].number};
    if (!correction_store_load_claims(db, tenant_id, stored, count, arena, claims, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!find_payable(&claims[i], &due[i], err))
            return false;
    return true;
}

/* By the invoice's number, as it is asked for. */
struct asked_event {
    int64_t tenant_id;
    const char *invoice;
    struct paid_event event;
};

static const struct row_field event_fields[] = {
    ROW_FIELD(struct asked_event, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_event, invoice, "invoice"),
    ROW_FIELD(struct asked_event, event.kind, "kind"),
    ROW_FIELD(struct asked_event, event.reference, "reference"),
    ROW_FIELD(struct asked_event, event.at_us, "at_us"),
    ROW_FIELD(struct asked_event, event.amount_minor, "amount_minor"),
    ROW_FIELD(struct asked_event, event.entry, "entry"),
    ROW_FIELD(struct asked_event, event.settled, "settled"),
};
static const struct bulk_table paid_events = {.name = "paid_events_to_convert",
                                              .kind = BULK_ASK,
                                              .statement = STMT_PAID_EVENTS_TO_CONVERT,
                                              .fields = event_fields,
                                              .field_count = ARRAY_LEN(event_fields),
                                              .key_count = 2,
                                              .row_size = sizeof(struct asked_event)};

struct events ARRAY_OF(struct paid_event);

static bool fill_events(struct db *db, int64_t tenant_id, struct paid_to_convert *due, size_t count,
                        struct arena *arena, struct error *err)
{
    struct asked_event *keys = ARENA_NEW_ARRAY(arena, struct asked_event, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct asked_event){.tenant_id = tenant_id, .invoice = due[i].number};
    if (!bulk_find(db, &paid_events, keys, count, arena, &found, err))
        return false;
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        struct events events = {0};
        const struct asked_event *row = NULL;
        while ((row = bulk_cursor_next(&rows, i, sizeof *row)) != NULL)
            ARRAY_ADD(arena, &events) = row->event;
        due[i].events = events.items;
        due[i].event_count = events.count;
    }
    return true;
}

bool payment_conversion_store_load_due(struct db *db, int64_t tenant_id, int64_t after_id,
                                       int64_t hi_id, int64_t before_us, size_t limit,
                                       struct arena *arena, struct paid_to_convert **ret_due,
                                       size_t *ret_count, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_PAID_INVOICES_TO_CONVERT,
                       DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(hi_id),
                               db_i64((int64_t)limit), db_i64(before_us)),
                       arena, due_fields, ARRAY_LEN(due_fields), sizeof(struct paid_to_convert),
                       &items, &count, err) ||
        !fill_payable(db, tenant_id, items, count, arena, err) ||
        !fill_events(db, tenant_id, items, count, arena, err))
        return error_context(err, "loading payments to convert");
    *ret_due = items;
    *ret_count = count;
    return true;
}

/* ---------------------------------------------------------------- made */

static const struct row_field add_fields[] = {
    ROW_FIELD(struct payment_conversion_add_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_conversion_add_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct payment_conversion_add_row, entry, "entry"),
    ROW_FIELD(struct payment_conversion_add_row, kind, "kind"),
    ROW_FIELD(struct payment_conversion_add_row, reference, "reference"),
    ROW_FIELD(struct payment_conversion_add_row, currency, "currency"),
    ROW_FIELD(struct payment_conversion_add_row, for_on, "for_on"),
    ROW_FIELD(struct payment_conversion_add_row, published_on, "published_on"),
    ROW_FIELD(struct payment_conversion_add_row, source, "source"),
    ROW_FIELD(struct payment_conversion_add_row, base, "base"),
    ROW_FIELD(struct payment_conversion_add_row, rule, "rule"),
    ROW_FIELD(struct payment_conversion_add_row, from_rate, "from_rate"),
    ROW_FIELD(struct payment_conversion_add_row, from_version, "from_version"),
    ROW_FIELD(struct payment_conversion_add_row, to_rate, "to_rate"),
    ROW_FIELD(struct payment_conversion_add_row, to_version, "to_version"),
    ROW_FIELD(struct payment_conversion_add_row, settled, "settled"),
    ROW_FIELD(struct payment_conversion_add_row, worth_minor, "worth_minor"),
    ROW_FIELD(struct payment_conversion_add_row, relieved_minor, "relieved_minor"),
    ROW_FIELD(struct payment_conversion_add_row, difference_minor, "difference_minor"),
};

const struct bulk_table PAYMENT_CONVERSION_ADD = {
    .name = "payment_conversion_add",
    .kind = BULK_INSERT,
    .table = "payment_conversion",
    .fields = add_fields,
    .field_count = ARRAY_LEN(add_fields),
    .key_count = 3,
    .row_size = sizeof(struct payment_conversion_add_row),
};

static const struct row_field converted_fields[] = {
    ROW_FIELD(struct converted_payment, row.tenant_id, "tenant_id"),
    ROW_FIELD(struct converted_payment, row.invoice_id, "invoice_id"),
    ROW_FIELD(struct converted_payment, row.entry, "entry"),
    ROW_FIELD(struct converted_payment, row.kind, "kind"),
    ROW_FIELD(struct converted_payment, row.reference, "reference"),
    ROW_FIELD(struct converted_payment, row.currency, "currency"),
    ROW_FIELD(struct converted_payment, row.for_on, "for_on"),
    ROW_FIELD(struct converted_payment, row.published_on, "published_on"),
    ROW_FIELD(struct converted_payment, row.source, "source"),
    ROW_FIELD(struct converted_payment, row.base, "base"),
    ROW_FIELD(struct converted_payment, row.rule, "rule"),
    ROW_FIELD(struct converted_payment, row.from_rate, "from_rate"),
    ROW_FIELD(struct converted_payment, row.from_version, "from_version"),
    ROW_FIELD(struct converted_payment, row.to_rate, "to_rate"),
    ROW_FIELD(struct converted_payment, row.to_version, "to_version"),
    ROW_FIELD(struct converted_payment, row.settled, "settled"),
    ROW_FIELD(struct converted_payment, row.worth_minor, "worth_minor"),
    ROW_FIELD(struct converted_payment, row.relieved_minor, "relieved_minor"),
    ROW_FIELD(struct converted_payment, row.difference_minor, "difference_minor"),
    ROW_FIELD(struct converted_payment, paid_minor, "paid_minor"),
};

bool payment_conversion_store_load(struct db *db, int64_t tenant_id, int64_t invoice_id,
                                   struct arena *arena, struct converted_payment **ret_payments,
                                   size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_PAYMENT_CONVERSIONS_OF,
                       DB_ARGS(db_i64(tenant_id), db_i64(invoice_id)), arena, converted_fields,
                       ARRAY_LEN(converted_fields), sizeof(struct converted_payment), &items,
                       ret_count, err))
        return error_context(err, "loading converted payments");
    *ret_payments = items;
    return true;
}
