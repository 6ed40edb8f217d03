/* Payments that name no invoice: see payment_match_store.h. */
#include "core/stores/payment_match_store.h"

#include <stdlib.h>

#include "core/base/array.h"

bool payment_match_load_work(struct db *db, struct arena *arena, struct work_ranges *ret_ranges,
                             struct error *err)
{
    return work_ranges_load(db, STMT_WORK_TO_MATCH, DB_NO_ARGS, arena, ret_ranges, err) ||
           error_context(err, "looking for payments that name no invoice");
}

/* ---------------------------------------------------------------- of customers */

struct asked_payment {
    int64_t tenant_id, customer_id;
    struct unnamed_payment payment;
};
static const struct row_field payment_fields[] = {
    ROW_FIELD(struct asked_payment, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_payment, customer_id, "customer_id"),
    ROW_FIELD(struct asked_payment, payment.reference, "gateway_reference"),
    ROW_FIELD(struct asked_payment, payment.gateway, "gateway"),
    ROW_FIELD(struct asked_payment, payment.currency, "currency"),
    ROW_FIELD(struct asked_payment, payment.amount_minor, "amount_minor"),
    ROW_FIELD(struct asked_payment, payment.at_us, "at_us"),
    ROW_FIELD(struct asked_payment, payment.refunded_minor, "refunded_minor"),
    ROW_FIELD(struct asked_payment, payment.parts_minor, "parts_minor"),
    ROW_FIELD(struct asked_payment, payment.parts_refunded_minor, "parts_refunded_minor"),
    ROW_FIELD(struct asked_payment, payment.granted_minor, "granted_minor"),
    ROW_FIELD(struct asked_payment, payment.last_refund_us, "last_refund_us"),
    ROW_FIELD(struct asked_payment, payment.changes, "changes"),
};

struct asked_invoice {
    struct date day;
    int64_t tenant_id, customer_id;
    struct open_invoice invoice;
};
static const struct row_field invoice_fields[] = {
    ROW_FIELD(struct asked_invoice, day, "day"),
    ROW_FIELD(struct asked_invoice, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_invoice, customer_id, "customer_id"),
    ROW_FIELD(struct asked_invoice, invoice.invoice_id, "invoice_id"),
    ROW_FIELD(struct asked_invoice, invoice.match.number, "number"),
    ROW_FIELD(struct asked_invoice, invoice.match.due_on, "due_on"),
    ROW_FIELD(struct asked_invoice, invoice.match.issued_on, "issued_on"),
};

struct asked_part {
    int64_t tenant_id, customer_id;
    struct paid_part part;
};
static const struct row_field part_fields[] = {
    ROW_FIELD(struct asked_part, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_part, customer_id, "customer_id"),
    ROW_FIELD(struct asked_part, part.part_of, "part_of"),
    ROW_FIELD(struct asked_part, part.reference, "gateway_reference"),
    ROW_FIELD(struct asked_part, part.invoice, "invoice"),
    ROW_FIELD(struct asked_part, part.invoice_id, "invoice_id"),
    ROW_FIELD(struct asked_part, part.changes, "changes"),
    ROW_FIELD(struct asked_part, part.kept_minor, "kept_minor"),
    ROW_FIELD(struct asked_part, part.refunds, "refunds"),
};

#define ASKED(table_name, stmt, field_list, keys, row)                                             \
    {                                                                                              \
        .name = (table_name), .kind = BULK_ASK, .statement = (stmt), .fields = (field_list),       \
        .field_count = ARRAY_LEN(field_list), .key_count = (keys), .row_size = sizeof(row)         \
    }
static const struct bulk_table payments_to_match =
    ASKED("payments_to_match", STMT_PAYMENTS_TO_MATCH, payment_fields, 2, struct asked_payment);
static const struct bulk_table invoices_to_match =
    ASKED("invoices_to_match", STMT_INVOICES_TO_MATCH, invoice_fields, 3, struct asked_invoice);
static const struct bulk_table parts_to_undo =
    ASKED("parts_to_undo", STMT_PARTS_TO_UNDO, part_fields, 2, struct asked_part);

struct payments ARRAY_OF(struct unnamed_payment);
struct invoices ARRAY_OF(struct open_invoice);
struct parts ARRAY_OF(struct paid_part);

static bool load_payments(struct db *db, int64_t tenant_id, struct matched_customer *customers,
                          size_t count, struct arena *arena, struct error *err)
{
    struct asked_payment *keys = ARENA_NEW_ARRAY(arena, struct asked_payment, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct asked_payment){tenant_id, customers[i].customer_id, {0}};
    if (!bulk_find(db, &payments_to_match, keys, count, arena, &found, err))
        return error_context(err, "loading payments that name no invoice");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        struct payments payments = {0};
        const struct asked_payment *row = NULL;
        while ((row = bulk_cursor_next(&rows, i, sizeof *row)) != NULL)
            ARRAY_ADD(arena, &payments) = row->payment;
        customers[i].payments = payments.items;
        customers[i].payment_count = payments.count;
    }
    return true;
}

static int compare_invoices(const void *a, const void *b)
{
    return match_invoice_compare(&((const struct open_invoice *)a)->match,
                                 &((const struct open_invoice *)b)->match);
}

static bool load_invoices(struct db *db, int64_t tenant_id, struct date day,
                          struct matched_customer *customers, size_t count, struct arena *arena,
                          struct error *err)
{
    struct asked_invoice *keys = ARENA_NEW_ARRAY(arena, struct asked_invoice, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct asked_invoice){
            .day = day, .tenant_id = tenant_id, .customer_id = customers[i].customer_id};
    if (!bulk_find(db, &invoices_to_match, keys, count, arena, &found, err))
        return error_context(err, "loading open invoices");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        struct invoices invoices = {0};
        const struct asked_invoice *row = NULL;
        while ((row = bulk_cursor_next(&rows, i, sizeof *row)) != NULL)
            ARRAY_ADD(arena, &invoices) = row->invoice;
        if (invoices.count > 1)
            qsort(invoices.items, invoices.count, sizeof *invoices.items, compare_invoices);
        customers[i].invoices = invoices.items;
        customers[i].invoice_count = invoices.count;
    }
    return true;
}

static bool load_owed(struct db *db, int64_t tenant_id, struct matched_customer *customers,
                      size_t count, struct arena *arena, struct error *err)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += customers[i].invoice_count;
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, all + 1);
    struct owed_invoice *owed = ARENA_NEW_ARRAY(arena, struct owed_invoice, all + 1);
    size_t place = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < customers[i].invoice_count; k++)
            numbers[place++] = customers[i].invoices[k].match.number;
    if (!collect_store_load_owed(db, tenant_id, numbers, all, arena, owed, err))
        return false;
    place = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < customers[i].invoice_count; k++)
            customers[i].invoices[k].owed = owed[place++];
    return true;
}

static bool load_parts(struct db *db, int64_t tenant_id, struct matched_customer *customers,
                       size_t count, struct arena *arena, struct error *err)
{
    struct asked_part *keys = ARENA_NEW_ARRAY(arena, struct asked_part, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] =
            (struct asked_part){.tenant_id = tenant_id, .customer_id = customers[i].customer_id};
    if (!bulk_find(db, &parts_to_undo, keys, count, arena, &found, err))
        return error_context(err, "loading parts of payments");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        struct parts parts = {0};
        const struct asked_part *row = NULL;
        while ((row = bulk_cursor_next(&rows, i, sizeof *row)) != NULL)
            ARRAY_ADD(arena, &parts) = row->part;
        customers[i].parts = parts.items;
        customers[i].part_count = parts.count;
    }
    return true;
}

static const struct row_field customer_fields[] = {
    ROW_FIELD(struct matched_customer, customer_id, "customer_id"),
};

bool payment_match_load(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                        size_t limit, struct date day, struct arena *arena,
                        struct matched_customer **ret_customers, size_t *ret_count,
                        struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(
            db, STMT_CUSTOMERS_TO_MATCH,
            DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(hi_id), db_i64((int64_t)limit)),
            arena, customer_fields, ARRAY_LEN(customer_fields), sizeof(struct matched_customer),
            &items, &count, err))
        return error_context(err, "loading customers who paid without an invoice");
    struct matched_customer *customers = items;
    if (!load_payments(db, tenant_id, customers, count, arena, err) ||
        !load_invoices(db, tenant_id, day, customers, count, arena, err) ||
        !load_owed(db, tenant_id, customers, count, arena, err) ||
        !load_parts(db, tenant_id, customers, count, arena, err))
        return false;
    *ret_customers = customers;
    *ret_count = count;
    return true;
}

struct asked_whole {
    int64_t tenant_id;
    const char *reference;
    int64_t to_undo_minor;
};
static const struct row_field whole_fields[] = {
    ROW_FIELD(struct asked_whole, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_whole, reference, "gateway_reference"),
    ROW_FIELD(struct asked_whole, to_undo_minor, "to_undo_minor"),
};
static const struct bulk_table payment_to_undo =
    ASKED("payment_to_undo", STMT_PAYMENT_TO_UNDO, whole_fields, 2, struct asked_whole);

bool payment_match_load_to_undo(struct db *db, int64_t tenant_id, const char *const *references,
                                size_t count, struct arena *arena, int64_t *ret_minor,
                                struct error *err)
{
    struct asked_whole *keys = ARENA_NEW_ARRAY(arena, struct asked_whole, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct asked_whole){.tenant_id = tenant_id, .reference = references[i]};
        ret_minor[i] = 0;
    }
    if (!bulk_find(db, &payment_to_undo, keys, count, arena, &found, err))
        return error_context(err, "loading what was given back of payments");
    const struct asked_whole *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        if (rows[i].to_undo_minor > 0)
            ret_minor[found.places[i]] = rows[i].to_undo_minor;
    return true;
}

static const struct row_field part_row_fields[] = {
    ROW_FIELD(struct part_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct part_row, reference, "gateway_reference"),
    ROW_FIELD(struct part_row, customer_id, "customer_id"),
    ROW_FIELD(struct part_row, invoice, "invoice"),
    ROW_FIELD(struct part_row, gateway, "gateway"),
    ROW_FIELD(struct part_row, currency, "currency"),
    ROW_FIELD(struct part_row, amount_minor, "amount_minor"),
    ROW_FIELD(struct part_row, at_us, "at_us"),
    ROW_FIELD(struct part_row, part_of, "part_of"),
};
const struct bulk_table PAYMENT_PART_ADD = {.name = "payment_part_add",
                                            .kind = BULK_INSERT,
                                            .table = "payment",
                                            .fields = part_row_fields,
                                            .field_count = ARRAY_LEN(part_row_fields),
                                            .key_count = 2,
                                            .row_size = sizeof(struct part_row)};

static const struct row_field matched_fields[] = {
    ROW_FIELD(struct payment_matched_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_matched_row, reference, "gateway_reference"),
    ROW_FIELD(struct payment_matched_row, expected, "changes"),
    ROW_FIELD(struct payment_matched_row, changes, "changes"),
    ROW_FIELD(struct payment_matched_row, matched, "matched"),
};
const struct bulk_table PAYMENT_MATCHED = {.name = "payment_matched",
                                           .kind = BULK_UPDATE,
                                           .table = "payment",
                                           .fields = matched_fields,
                                           .field_count = ARRAY_LEN(matched_fields),
                                           .key_count = 3,
                                           .row_size = sizeof(struct payment_matched_row),
                                           .redo_when_missing = true};
