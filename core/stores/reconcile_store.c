/* Gateways against what is here: see reconcile_store.h. */
#include "core/stores/reconcile_store.h"

struct asked_payment {
    const char *gateway, *asked;
    struct recorded_payment payment;
};
static const struct row_field payment_fields[] = {
    ROW_FIELD(struct asked_payment, gateway, "gateway"),
    ROW_FIELD(struct asked_payment, asked, "asked"),
    ROW_FIELD(struct asked_payment, payment.tenant, "tenant"),
    ROW_FIELD(struct asked_payment, payment.customer, "customer"),
    ROW_FIELD(struct asked_payment, payment.invoice, "invoice"),
    ROW_FIELD(struct asked_payment, payment.reference, "gateway_reference"),
    ROW_FIELD(struct asked_payment, payment.currency, "currency"),
    ROW_FIELD(struct asked_payment, payment.amount_minor, "amount_minor"),
    ROW_FIELD(struct asked_payment, payment.refunded_minor, "refunded_minor"),
};
#define KEY_FIELDS 2 /* that are asked by, and in no answer */
static const struct bulk_table payments_by_reference = {.name = "reconcile_payments",
                                                        .kind = BULK_ASK,
                                                        .statement =
                                                            STMT_RECONCILE_PAYMENTS_BY_REFERENCE,
                                                        .fields = payment_fields,
                                                        .field_count = ARRAY_LEN(payment_fields),
                                                        .key_count = KEY_FIELDS,
                                                        .row_size = sizeof(struct asked_payment)};

bool reconcile_store_load_span(struct db *db, const char *gateway, int64_t from_us,
                               int64_t until_us, struct arena *arena,
                               struct recorded_payment **ret_payments, size_t *ret_count,
                               struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_RECONCILE_PAYMENTS_OF_SPAN,
                       DB_ARGS(db_text(gateway), db_i64(from_us), db_i64(until_us)), arena,
                       payment_fields + KEY_FIELDS, ARRAY_LEN(payment_fields) - KEY_FIELDS,
                       sizeof(struct asked_payment), &rows, &count, err))
        return error_context(err, "loading payments at %s", gateway);
    const struct asked_payment *asked = rows;
    struct recorded_payment *payments = ARENA_NEW_ARRAY(arena, struct recorded_payment, count + 1);
    for (size_t i = 0; i < count; i++)
        payments[i] = asked[i].payment;
    *ret_payments = payments;
    *ret_count = count;
    return true;
}

bool reconcile_store_find(struct db *db, const char *gateway, const char *const *references,
                          size_t count, struct arena *arena, struct recorded_payment *ret_payments,
                          struct error *err)
{
    struct asked_payment *keys = ARENA_NEW_ARRAY(arena, struct asked_payment, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct asked_payment){.gateway = gateway, .asked = references[i]};
        ret_payments[i] = (struct recorded_payment){0};
    }
    if (!bulk_find(db, &payments_by_reference, keys, count, arena, &found, err))
        return error_context(err, "loading payments at %s", gateway);
    const struct asked_payment *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_payments[found.places[i]] = rows[i].payment;
    return true;
}

static const struct row_field charge_fields[] = {
    ROW_FIELD(struct recorded_charge, tenant, "tenant"),
    ROW_FIELD(struct recorded_charge, effect_key, "effect_key"),
    ROW_FIELD(struct recorded_charge, state, "state"),
    ROW_FIELD(struct recorded_charge, invoice, "subject"),
    ROW_FIELD(struct recorded_charge, tenant_id, "tenant_id"),
    ROW_FIELD(struct recorded_charge, lease_until_us, "lease_until_us"),
};
static const struct bulk_table charges_by_key = {.name = "reconcile_charges",
                                                 .kind = BULK_ASK,
                                                 .statement = STMT_RECONCILE_EFFECTS,
                                                 .fields = charge_fields,
                                                 .field_count = ARRAY_LEN(charge_fields),
                                                 .key_count = KEY_FIELDS,
                                                 .row_size = sizeof(struct recorded_charge)};

bool reconcile_store_load_charges(struct db *db, struct recorded_charge *charges, size_t count,
                                  struct arena *arena, struct error *err)
{
    struct recorded_charge *keys = ARENA_NEW_ARRAY(arena, struct recorded_charge, count + 1);
    size_t *places = ARENA_NEW_ARRAY(arena, size_t, count + 1), asked = 0;
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        if (charges[i].effect_key != NULL) {
            places[asked] = i;
            keys[asked++] = charges[i];
        }
    if (!bulk_find(db, &charges_by_key, keys, asked, arena, &found, err))
        return error_context(err, "loading charges");
    const struct recorded_charge *rows = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        struct recorded_charge *charge = &charges[places[found.places[i]]];
        charge->state = rows[i].state;
        charge->invoice = rows[i].invoice;
        charge->tenant_id = rows[i].tenant_id;
        charge->lease_until_us = rows[i].lease_until_us;
    }
    return true;
}

static const struct row_field due_fields[] = {
    ROW_FIELD(struct charge_due_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct charge_due_row, effect_key, "effect_key"),
    ROW_FIELD(struct charge_due_row, state, "state"),
    ROW_FIELD(struct charge_due_row, lease_until_us, "lease_until_us"),
    ROW_FIELD(struct charge_due_row, not_before_us, "not_before_us"),
    ROW_FIELD(struct charge_due_row, provider_ref, "provider_ref"),
};
const struct bulk_table CHARGE_DUE = {.name = "charge_due",
                                      .kind = BULK_UPDATE,
                                      .table = "effect",
                                      .fields = due_fields,
                                      .field_count = ARRAY_LEN(due_fields),
                                      .key_count = 4,
                                      .row_size = sizeof(struct charge_due_row),
                                      .redo_when_missing = true};

/* ---------------------------------------------------------------- what was found */

static const struct row_field difference_fields[] = {
    ROW_FIELD(struct difference_row, gateway, "gateway"),
    ROW_FIELD(struct difference_row, reference, "reference"),
    ROW_FIELD(struct difference_row, what, "what"),
    ROW_FIELD(struct difference_row, tenant, "tenant"),
    ROW_FIELD(struct difference_row, customer, "customer"),
    ROW_FIELD(struct difference_row, invoice, "invoice"),
    ROW_FIELD(struct difference_row, effect_key, "effect_key"),
    ROW_FIELD(struct difference_row, payment_key, "payment_key"),
    ROW_FIELD(struct difference_row, status, "status"),
    ROW_FIELD(struct difference_row, there_currency, "there_currency"),
    ROW_FIELD(struct difference_row, there_minor, "there_minor"),
    ROW_FIELD(struct difference_row, there_refunded_minor, "there_refunded_minor"),
    ROW_FIELD(struct difference_row, here_currency, "here_currency"),
    ROW_FIELD(struct difference_row, here_minor, "here_minor"),
    ROW_FIELD(struct difference_row, here_refunded_minor, "here_refunded_minor"),
    ROW_FIELD(struct difference_row, found_on, "found_on"),
    ROW_FIELD(struct difference_row, accepted, "accepted"),
};
#define DIFFERENCE_KEY 3
#define STATEMENT_KEY 3
/* Not accepted, or another one than it was then. */
static const char is_open[] =
    "payment_difference.accepted IS NULL"
    " OR payment_difference.status IS DISTINCT FROM excluded.status"
    " OR payment_difference.there_currency IS DISTINCT FROM excluded.there_currency"
    " OR payment_difference.there_minor IS DISTINCT FROM excluded.there_minor"
    " OR payment_difference.there_refunded_minor IS DISTINCT FROM excluded.there_refunded_minor"
    " OR payment_difference.here_currency IS DISTINCT FROM excluded.here_currency"
    " OR payment_difference.here_minor IS DISTINCT FROM excluded.here_minor"
    " OR payment_difference.here_refunded_minor IS DISTINCT FROM excluded.here_refunded_minor";

const struct bulk_table DIFFERENCE_PUT = {.name = "difference_put",
                                          .kind = BULK_UPSERT,
                                          .table = "payment_difference",
                                          .fields = difference_fields,
                                          .field_count = ARRAY_LEN(difference_fields),
                                          .key_count = DIFFERENCE_KEY,
                                          .row_size = sizeof(struct difference_row),
                                          .guard = is_open};
const struct bulk_table DIFFERENCE_END = {.name = "difference_end",
                                          .kind = BULK_DELETE,
                                          .table = "payment_difference",
                                          .fields = difference_fields,
                                          .field_count = DIFFERENCE_KEY,
                                          .key_count = DIFFERENCE_KEY,
                                          .row_size = sizeof(struct difference_row)};

bool reconcile_store_load_differences(struct db *db, const char *gateway, struct arena *arena,
                                      struct difference_row **ret_rows, size_t *ret_count,
                                      struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_RECONCILE_DIFFERENCES, DB_ARGS(db_text(gateway)), arena,
                       difference_fields, ARRAY_LEN(difference_fields),
                       sizeof(struct difference_row), &rows, ret_count, err))
        return error_context(err, "loading differences");
    *ret_rows = rows;
    return true;
}

bool reconcile_store_accept(struct db *db, const char *gateway, const char *reference,
                            const char *reason, struct error *err)
{
    return db_run(db, STMT_RECONCILE_ACCEPT,
                  DB_ARGS(db_text(gateway), db_text(reference), db_text(reason)), NULL, err);
}

static const struct row_field statement_fields[] = {
    ROW_FIELD(struct statement_row, gateway, "gateway"),
    ROW_FIELD(struct statement_row, from_on, "from_on"),
    ROW_FIELD(struct statement_row, until_on, "until_on"),
    ROW_FIELD(struct statement_row, payments, "payments"),
    ROW_FIELD(struct statement_row, paid, "paid"),
    ROW_FIELD(struct statement_row, digest, "digest"),
};
const struct bulk_table GATEWAY_STATEMENT_PUT = {.name = "gateway_statement_put",
                                                 .kind = BULK_UPSERT,
                                                 .table = "gateway_statement",
                                                 .fields = statement_fields,
                                                 .field_count = ARRAY_LEN(statement_fields),
                                                 .key_count = STATEMENT_KEY,
                                                 .row_size = sizeof(struct statement_row)};

bool reconcile_store_load_statements(struct db *db, const char *gateway, struct arena *arena,
                                     struct statement_row **ret_rows, size_t *ret_count,
                                     struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_RECONCILE_STATEMENTS, DB_ARGS(db_text(gateway)), arena,
                       statement_fields, ARRAY_LEN(statement_fields), sizeof(struct statement_row),
                       &rows, ret_count, err))
        return error_context(err, "loading what gateways said");
    *ret_rows = rows;
    return true;
}
