/* What was paid and is to be applied: see payment_store.h. */
#include "core/stores/payment_store.h"

#include "core/base/array.h"
#include "core/stores/correction_invoices.h"

bool payment_store_load_work(struct db *db, struct arena *arena, struct work_ranges *ret_ranges,
                             struct error *err)
{
    return work_ranges_load(db, STMT_WORK_PAYMENTS, DB_NO_ARGS, arena, ret_ranges, err) ||
           error_context(err, "looking for payments to apply");
}

static const struct row_field invoice_fields[] = {
    ROW_FIELD(struct paid_invoice, invoice_id, "invoice_id"),
    ROW_FIELD(struct paid_invoice, number, "number"),
};

/* By the invoice's number, as it is asked for. */
struct asked_payment {
    int64_t tenant_id;
    const char *invoice;
    struct invoice_payment payment;
};

static const struct row_field payment_fields[] = {
    ROW_FIELD(struct asked_payment, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_payment, invoice, "invoice"),
    ROW_FIELD(struct asked_payment, payment.source, "source"),
    ROW_FIELD(struct asked_payment, payment.kept_minor, "kept_minor"),
    ROW_FIELD(struct asked_payment, payment.granted_minor, "granted_minor"),
    ROW_FIELD(struct asked_payment, payment.reference, "gateway_reference"),
    ROW_FIELD(struct asked_payment, payment.part_of, "part_of"),
    ROW_FIELD(struct asked_payment, payment.waits, "waits"),
};
static const struct bulk_table payments_to_apply = {.name = "payments_to_apply",
                                                    .kind = BULK_ASK,
                                                    .statement = STMT_PAYMENTS_TO_APPLY,
                                                    .fields = payment_fields,
                                                    .field_count = ARRAY_LEN(payment_fields),
                                                    .key_count = 2,
                                                    .row_size = sizeof(struct asked_payment)};

struct payments ARRAY_OF(struct invoice_payment);

bool payment_store_load_payments(struct db *db, int64_t tenant_id, struct paid_invoice *invoices,
                                 size_t count, struct arena *arena, struct error *err)
{
    struct asked_payment *keys = ARENA_NEW_ARRAY(arena, struct asked_payment, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct asked_payment){.tenant_id = tenant_id, .invoice = invoices[i].number};
    if (!bulk_find(db, &payments_to_apply, keys, count, arena, &found, err))
        return error_context(err, "loading payments");
    struct bulk_cursor rows = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        struct payments payments = {0};
        const struct asked_payment *row = NULL;
        while ((row = bulk_cursor_next(&rows, i, sizeof *row)) != NULL)
            ARRAY_ADD(arena, &payments) = row->payment;
        invoices[i].payments = payments.items;
        invoices[i].payment_count = payments.count;
    }
    return true;
}

/* By their numbers. */
static bool load_rest(struct db *db, int64_t tenant_id, struct paid_invoice *invoices, size_t count,
                      enum rounding rounding, struct arena *arena, struct error *err)
{
    struct wanted_invoice *wanted = ARENA_NEW_ARRAY(arena, struct wanted_invoice, count + 1);
    for (size_t i = 0; i < count; i++)
        wanted[i] = (struct wanted_invoice){.number = invoices[i].number};
    if (!correction_invoices_load(db, tenant_id, rounding, wanted, count, arena, err) ||
        !payment_store_load_payments(db, tenant_id, invoices, count, arena, err))
        return false;
    for (size_t i = 0; i < count; i++)
        invoices[i].of = wanted[i].of;
    return true;
}

bool payment_store_load(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                        size_t limit, enum rounding rounding, struct arena *arena,
                        struct paid_invoice **ret_invoices, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(
            db, STMT_INVOICES_TO_APPLY,
            DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(hi_id), db_i64((int64_t)limit)),
            arena, invoice_fields, ARRAY_LEN(invoice_fields), sizeof(struct paid_invoice), &items,
            &count, err))
        return error_context(err, "loading invoices that are paid");
    struct paid_invoice *invoices = items;
    if (!load_rest(db, tenant_id, invoices, count, rounding, arena, err))
        return false;
    *ret_invoices = invoices;
    *ret_count = count;
    return true;
}

bool payment_store_find(struct db *db, int64_t tenant_id, const char *const *numbers, size_t count,
                        enum rounding rounding, struct arena *arena,
                        struct paid_invoice **ret_invoices, struct error *err)
{
    *ret_invoices = ARENA_NEW_ARRAY(arena, struct paid_invoice, count + 1);
    for (size_t i = 0; i < count; i++)
        (*ret_invoices)[i] = (struct paid_invoice){.number = numbers[i]};
    return load_rest(db, tenant_id, *ret_invoices, count, rounding, arena, err);
}

static const struct row_field applied_fields[] = {
    ROW_FIELD(struct invoice_applied_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_applied_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_applied_row, expected, "changes"),
    ROW_FIELD(struct invoice_applied_row, applied, "applied"),
};
const struct bulk_table INVOICE_APPLIED = {.name = "invoice_applied",
                                           .kind = BULK_UPDATE,
                                           .table = "invoice",
                                           .fields = applied_fields,
                                           .field_count = ARRAY_LEN(applied_fields),
                                           .key_count = 3,
                                           .row_size = sizeof(struct invoice_applied_row),
                                           .redo_when_missing = true};

static const struct row_field arrived_fields[] = {
    ROW_FIELD(struct payment_arrived_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct payment_arrived_row, reference, "gateway_reference"),
    ROW_FIELD(struct payment_arrived_row, waits, "waits"),
};
const struct bulk_table PAYMENT_ARRIVED = {.name = "payment_arrived",
                                           .kind = BULK_UPDATE,
                                           .table = "payment",
                                           .fields = arrived_fields,
                                           .field_count = ARRAY_LEN(arrived_fields),
                                           .key_count = 2,
                                           .row_size = sizeof(struct payment_arrived_row)};

static const struct row_field waiting_fields[] = {
    ROW_FIELD(struct waiting_payment, payments, "payments"),
    ROW_FIELD(struct waiting_payment, tenant, "tenant"),
    ROW_FIELD(struct waiting_payment, customer, "customer"),
    ROW_FIELD(struct waiting_payment, reference, "gateway_reference"),
    ROW_FIELD(struct waiting_payment, invoice, "invoice"),
    ROW_FIELD(struct waiting_payment, gateway, "gateway"),
    ROW_FIELD(struct waiting_payment, currency, "currency"),
    ROW_FIELD(struct waiting_payment, amount_minor, "amount_minor"),
    ROW_FIELD(struct waiting_payment, at_us, "at_us"),
};

bool payment_store_load_waiting(struct db *db, int64_t limit, struct arena *arena,
                                struct waiting_payment **ret_payments, size_t *ret_count,
                                struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_PAYMENTS_WAITING, DB_ARGS(db_i64(limit)), arena, waiting_fields,
                       ARRAY_LEN(waiting_fields), sizeof(struct waiting_payment), &items, ret_count,
                       err))
        return error_context(err, "loading payments that wait for their invoice");
    *ret_payments = items;
    return true;
}
