/* What may be given back: see refund_store.h. */
#include "core/stores/refund_store.h"

#include "core/storage/bulk.h"

static const struct row_field payment_fields[] = {
    ROW_FIELD(struct refundable_payment, tenant_id, "tenant_id"),
    ROW_FIELD(struct refundable_payment, tenant, "tenant"),
    ROW_FIELD(struct refundable_payment, rounding, "rounding"),
    ROW_FIELD(struct refundable_payment, reference, "gateway_reference"),
    ROW_FIELD(struct refundable_payment, customer, "customer"),
    ROW_FIELD(struct refundable_payment, gateway, "gateway"),
    ROW_FIELD(struct refundable_payment, invoice, "invoice"),
    ROW_FIELD(struct refundable_payment, part_of, "part_of"),
    ROW_FIELD(struct refundable_payment, currency, "currency"),
    ROW_FIELD(struct refundable_payment, at_us, "at_us"),
    ROW_FIELD(struct refundable_payment, amount_minor, "amount_minor"),
    ROW_FIELD(struct refundable_payment, refunded_minor, "refunded_minor"),
    ROW_FIELD(struct refundable_payment, granted_minor, "granted_minor"),
};

struct named_payment {
    const char *reference;
};
static const struct row_field name_fields[] = {
    ROW_FIELD(struct named_payment, reference, "gateway_reference"),
};

/* There is none of that reference. */
static bool suggest(struct db *db, const char *reference, struct arena *arena, struct error *err)
{
    struct error ignored = {0};
    void *rows = NULL;
    const char *meant = "";
    size_t count = 0;
    if (rows_load_all(db, STMT_PAYMENTS_LIKE, DB_ARGS(db_text(reference)), arena, name_fields,
                      ARRAY_LEN(name_fields), sizeof(struct named_payment), &rows, &count,
                      &ignored))
        for (size_t i = 0; i < count; i++)
            meant = arena_printf(arena, "%s%s%s", meant, i == 0 ? "" : ", ",
                                 ((const struct named_payment *)rows)[i].reference);
    (void)error_run(err, EXIT_USAGE, "there is no payment \"%s\"", reference);
    return *meant != '\0' ? error_hint(err, "did you mean %s?", meant)
                          : error_hint(err, "its gateway_reference is meant: `billmill show "
                                            "invoice` has it");
}

bool refund_store_find(struct db *db, const char *tenant, const char *reference,
                       struct arena *arena, struct refundable_payment *ret_payment,
                       struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_REFUNDABLE_PAYMENTS, DB_ARGS(db_text(tenant), db_text(reference)),
                       arena, payment_fields, ARRAY_LEN(payment_fields),
                       sizeof(struct refundable_payment), &rows, &count, err))
        return error_context(err, "looking for payment %s", reference);
    if (count > 1) {
        (void)error_run(err, EXIT_USAGE, "several tenants have a payment \"%s\"", reference);
        return error_hint(err, "add --tenant TENANT");
    }
    if (count == 0)
        return suggest(db, reference, arena, err);
    *ret_payment = *(const struct refundable_payment *)rows;
    return true;
}

bool refund_store_find_here(struct db *db, const char *tenant, const char *reference,
                            struct arena *arena, struct refundable_payment *ret_payment,
                            bool *ret_here, struct error *err)
{
    struct error not_here = {0};
    *ret_here = refund_store_find(db, tenant, reference, arena, ret_payment, &not_here);
    if (*ret_here || not_here.exit_code == EXIT_USAGE)
        return true;
    *err = not_here;
    return false;
}

static const struct row_field part_fields[] = {
    ROW_FIELD(struct refundable_part, invoice, "invoice"),
    ROW_FIELD(struct refundable_part, kept_minor, "kept_minor"),
};

bool refund_store_parts(struct db *db, const struct refundable_payment *payment,
                        struct arena *arena, struct refundable_part **ret_parts, size_t *ret_count,
                        struct error *err)
{
    void *rows = NULL;
    if (payment->invoice != NULL) {
        *ret_parts = ARENA_NEW(arena, struct refundable_part);
        **ret_parts = (struct refundable_part){payment->invoice,
                                               payment->amount_minor - payment->refunded_minor};
        *ret_count = 1;
        return true;
    }
    if (!rows_load_all(db, STMT_PARTS_OF_PAYMENT,
                       DB_ARGS(db_i64(payment->tenant_id), db_text(payment->reference)), arena,
                       part_fields, ARRAY_LEN(part_fields), sizeof(struct refundable_part), &rows,
                       ret_count, err))
        return error_context(err, "looking for parts of payment %s", payment->reference);
    *ret_parts = rows;
    return true;
}

bool refund_store_lock(struct db *db, const struct refundable_payment *payment, struct error *err)
{
    return (db_run(db, STMT_REFUND_LOCK,
                   DB_ARGS(db_i64(payment->tenant_id), db_text(payment->reference)), NULL, err) &&
            db_run(db, STMT_REFUND_TOUCHES,
                   DB_ARGS(db_i64(payment->tenant_id), db_text(payment->reference)), NULL, err) &&
            (payment->invoice == NULL ||
             db_run(db, STMT_IMPORT_PAYMENT_TOUCHES,
                    DB_ARGS(db_i64(payment->tenant_id), db_text(payment->invoice)), NULL, err))) ||
           error_context(err, "locking payment %s", payment->reference);
}

struct asked_row {
    int64_t tenant_id;
    const char *lane;
    struct asked_refund refund;
};
static const struct row_field asked_fields[] = {
    ROW_FIELD(struct asked_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct asked_row, lane, "lane"),
    ROW_FIELD(struct asked_row, refund.effect_key, "effect_key"),
    ROW_FIELD(struct asked_row, refund.state, "state"),
    ROW_FIELD(struct asked_row, refund.request, "request"),
};
#define ASKED_KEY 2 /* of the fields the first ones are the key */
static const struct bulk_table refunds_under_way = {.name = "refunds_under_way",
                                                    .kind = BULK_ASK,
                                                    .statement = STMT_REFUNDS_UNDER_WAY,
                                                    .fields = asked_fields,
                                                    .field_count = ARRAY_LEN(asked_fields),
                                                    .key_count = ASKED_KEY,
                                                    .row_size = sizeof(struct asked_row)};

static const struct row_field known_fields[] = {
    ROW_FIELD(struct known_refund, payment, "payment"),
    ROW_FIELD(struct known_refund, amount_minor, "amount_minor"),
};

bool refund_store_known(struct db *db, int64_t tenant_id, const char *reference,
                        struct arena *arena, struct known_refund *ret_refund, bool *ret_found,
                        struct error *err)
{
    return rows_load_one(db, STMT_REFUND_KNOWN, DB_ARGS(db_i64(tenant_id), db_text(reference)),
                         arena, known_fields, ARRAY_LEN(known_fields), ret_refund, ret_found,
                         err) ||
           error_context(err, "looking for the refund %s", reference);
}

bool refund_store_asked(struct db *db, int64_t tenant_id, const char *effect_key,
                        struct arena *arena, struct asked_refund *ret_refund, bool *ret_found,
                        struct error *err)
{
    struct asked_row row = {0};
    if (!rows_load_one(db, STMT_REFUND_EFFECT, DB_ARGS(db_i64(tenant_id), db_text(effect_key)),
                       arena, asked_fields + ASKED_KEY, ARRAY_LEN(asked_fields) - ASKED_KEY, &row,
                       ret_found, err))
        return error_context(err, "looking for %s", effect_key);
    *ret_refund = row.refund;
    return true;
}

bool refund_store_under_way(struct db *db, int64_t tenant_id, const char *const *lanes,
                            size_t count, struct arena *arena,
                            struct refund_under_way **ret_refunds, size_t *ret_count,
                            struct error *err)
{
    struct asked_row *keys = ARENA_NEW_ARRAY(arena, struct asked_row, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct asked_row){.tenant_id = tenant_id, .lane = lanes[i]};
    if (!bulk_find(db, &refunds_under_way, keys, count, arena, &found, err))
        return error_context(err, "looking for refunds under way");
    const struct asked_row *rows = found.rows;
    *ret_refunds = ARENA_NEW_ARRAY(arena, struct refund_under_way, found.count + 1);
    *ret_count = found.count;
    for (size_t i = 0; i < found.count; i++)
        (*ret_refunds)[i] = (struct refund_under_way){found.places[i], rows[i].refund};
    return true;
}
