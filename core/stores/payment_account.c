/* What became of a payment: see payment_account.h. */
#include "core/stores/payment_account.h"

static const struct row_field applied_fields[] = {
    ROW_FIELD(struct applied_payment, reference, "gateway_reference"),
    ROW_FIELD(struct applied_payment, invoice, "invoice"),
    ROW_FIELD(struct applied_payment, status, "status"),
    ROW_FIELD(struct applied_payment, amount_minor, "amount_minor"),
    ROW_FIELD(struct applied_payment, refunded_minor, "refunded_minor"),
    ROW_FIELD(struct applied_payment, granted_minor, "granted_minor"),
};

static const struct row_field refund_fields[] = {
    ROW_FIELD(struct payment_given_back, reference, "gateway_reference"),
    ROW_FIELD(struct payment_given_back, amount_minor, "amount_minor"),
    ROW_FIELD(struct payment_given_back, at_us, "at_us"),
};

static const struct row_field note_fields[] = {ROW_FIELD(struct payment_account, note, "note")};

bool payment_account_load(struct db *db, const char *tenant, const char *reference,
                          struct arena *arena, struct payment_account *ret_account,
                          struct error *err)
{
    struct payment_account account = {0};
    void *applied = NULL, *refunds = NULL;
    bool found = false;
    if (!refund_store_find(db, tenant, reference, arena, &account.payment, err))
        return false;
    struct db_value tenant_id = db_i64(account.payment.tenant_id);
    if (!rows_load_one(db, STMT_PAYMENT_NOTE, DB_ARGS(tenant_id, db_text(reference)), arena,
                       note_fields, ARRAY_LEN(note_fields), &account, &found, err) ||
        !rows_load_all(db, STMT_PAYMENT_APPLIED, DB_ARGS(tenant_id, db_text(reference)), arena,
                       applied_fields, ARRAY_LEN(applied_fields), sizeof(struct applied_payment),
                       &applied, &account.applied_count, err) ||
        !rows_load_all(db, STMT_REFUNDS_OF_PAYMENT, DB_ARGS(tenant_id, db_text(reference)), arena,
                       refund_fields, ARRAY_LEN(refund_fields), sizeof(struct payment_given_back),
                       &refunds, &account.refund_count, err))
        return error_context(err, "payment %s", reference);
    account.applied = applied;
    account.refunds = refunds;
    *ret_account = account;
    return true;
}
