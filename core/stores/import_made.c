/* What the jobs made, when a database moves: rows go back as they were. Nothing here is ever
 * changed by an import: other content is refused. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

#define NEVER_CHANGES "what jobs have made never changes by an import: use an empty database"

static const struct put_rules state_rules = {
    .table = &subscription_state_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};
static const struct put_rules rated_rules = {
    .table = &usage_rated_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};
static const struct put_rules period_rules = {
    .table = &billing_period_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};
static const struct put_rules series_rules = {
    .table = &number_series_rows, .id_offset = SIZE_MAX, .fixed_hint = NEVER_CHANGES};

/* Names of one tenant to ids. */
struct scope {
    struct import_session *session;
    int64_t tenant_id;
    const char *tenant;
};

static bool refer(const struct scope *scope, enum record_kind kind, const char *name,
                  int64_t *ret_id, struct error *err)
{
    return put_refer(scope->session, kind, scope->tenant_id, scope->tenant, name, ret_id, err);
}

static bool state_row(const struct scope *scope, const struct subscription_state_record *record,
                      struct subscription_state_row *ret_row, struct error *err)
{
    *ret_row = (struct subscription_state_row){.tenant_id = scope->tenant_id, .record = *record};
    return refer(scope, RECORD_SUBSCRIPTION, record->subscription, &ret_row->subscription_id, err);
}

static bool put_state(const struct scope *scope, const struct subscription_state_record *record,
                      enum import_outcome *ret_outcome, struct error *err)
{
    struct subscription_state_row row;
    return state_row(scope, record, &row, err) &&
           put_row(scope->session, &state_rules, &row, ret_outcome, err);
}

static bool rated_row(const struct scope *scope, const struct usage_rated_record *record,
                      struct usage_rated_row *ret_row, struct error *err)
{
    *ret_row = (struct usage_rated_row){.tenant_id = scope->tenant_id, .record = *record};
    return refer(scope, RECORD_SUBSCRIPTION, record->subscription, &ret_row->subscription_id,
                 err) &&
           refer(scope, RECORD_METER, record->meter, &ret_row->meter_id, err);
}

static bool put_rated(const struct scope *scope, const struct usage_rated_record *record,
                      enum import_outcome *ret_outcome, struct error *err)
{
    struct usage_rated_row row;
    return rated_row(scope, record, &row, err) &&
           put_row(scope->session, &rated_rules, &row, ret_outcome, err);
}

static bool period_row(const struct scope *scope, const struct billing_period_record *record,
                       struct billing_period_row *ret_row, struct error *err)
{
    *ret_row = (struct billing_period_row){
        .tenant_id = scope->tenant_id, .invoice_id = DB_I64_NONE, .record = *record};
    const struct put_subject subject = {record->subscription, record->price, record->contract,
                                        record->phase};
    int64_t ignored;
    return put_refer_subject(scope->session, scope->tenant_id, scope->tenant, &subject,
                             &ret_row->subscription_id, &ret_row->price_id, &ignored, err);
}

static bool put_period(const struct scope *scope, const struct billing_period_record *record,
                       enum import_outcome *ret_outcome, struct error *err)
{
    struct billing_period_row row;
    if (text_equal(record->state, "due") != (record->draft_key == NULL))
        return error_item(err, "bad_state",
                          "state is %s: a period is due while it has no draft_key", record->state);
    return period_row(scope, record, &row, err) &&
           refer(scope, RECORD_CUSTOMER, record->payer, &row.payer_id, err) &&
           (record->draft_key == NULL ||
            refer(scope, RECORD_INVOICE, record->draft_key, &row.invoice_id, err)) &&
           put_row(scope->session, &period_rules, &row, ret_outcome, err);
}

static bool put_series(const struct scope *scope, const struct number_series_record *record,
                       enum import_outcome *ret_outcome, struct error *err)
{
    struct number_series_row row = {.tenant_id = scope->tenant_id, .record = *record};
    return put_row(scope->session, &series_rules, &row, ret_outcome, err);
}

/* Runs, parked items, uses of coupons and of limits are few: each asks for itself. */
static bool is_of_phase(const struct billing_period_record *record)
{
    return record->contract != NULL && record->phase != NULL;
}

static bool expect_period(const struct scope *scope, const struct billing_period_record *record,
                          struct error *err)
{
    struct billing_period_row row;
    if (is_of_phase(record))
        return put_expect_phase(scope->session, scope->tenant_id, scope->tenant, record->contract,
                                record->phase, err);
    if (!period_row(scope, record, &row, err))
        return false;
    put_expect(scope->session, &period_rules, &row);
    return true;
}

bool expect_period_of_phase(struct import_session *session,
                            const struct billing_period_record *record, int64_t tenant_id,
                            struct error *err)
{
    const struct scope scope = {session, tenant_id, record->tenant};
    struct billing_period_row row;
    if (!is_of_phase(record))
        return true;
    if (!period_row(&scope, record, &row, err))
        return false;
    put_expect(session, &period_rules, &row);
    return true;
}

static bool is_tried(enum record_kind kind)
{
    return kind == RECORD_PAYMENT_ATTEMPT || kind == RECORD_DUNNING_CAMPAIGN ||
           kind == RECORD_DUNNING_STEP;
}

bool expect_made(struct import_session *session, enum record_kind kind, const union record *record,
                 int64_t tenant_id, struct error *err)
{
    const struct scope scope = {session, tenant_id, record->invoice.tenant};
    if (kind == RECORD_SUBSCRIPTION_STATE) {
        struct subscription_state_row row;
        if (!state_row(&scope, &record->subscription_state, &row, err))
            return false;
        put_expect(session, &state_rules, &row);
    } else if (kind == RECORD_USAGE_RATED) {
        struct usage_rated_row row;
        if (!rated_row(&scope, &record->usage_rated, &row, err))
            return false;
        put_expect(session, &rated_rules, &row);
    } else if (kind == RECORD_BILLING_PERIOD) {
        return expect_period(&scope, &record->billing_period, err);
    } else if (kind == RECORD_NUMBER_SERIES) {
        struct number_series_row row = {.tenant_id = tenant_id, .record = record->number_series};
        put_expect(session, &series_rules, &row);
    } else if (kind == RECORD_INVOICE || kind == RECORD_CREDIT_NOTE) {
        return expect_invoice(session, kind, &record->invoice, tenant_id, err);
    } else if (kind == RECORD_CORRECTION) {
        expect_correction(session, &record->correction, tenant_id);
    } else if (kind == RECORD_PAYMENT) {
        return expect_payment(session, &record->payment, tenant_id, err);
    } else if (kind == RECORD_REFUND) {
        expect_refund(session, &record->refund, tenant_id);
    } else if (is_tried(kind)) {
        expect_tried(session, kind, record, tenant_id);
    } else if (kind == RECORD_CREDIT_TRANSACTION) {
        return expect_credit_transaction(session, &record->credit_transaction, tenant_id, err);
    } else if (kind == RECORD_CREDIT_UNIT_TRANSACTION) {
        return expect_unit_transaction(session, &record->credit_unit_transaction, tenant_id, err);
    } else if (kind == RECORD_USAGE_SHARE) {
        return expect_usage_share(session, &record->usage_share, tenant_id, err);
    } else if (kind == RECORD_INVOICE_CONVERSION) {
        return expect_invoice_conversion(session, &record->invoice_conversion, tenant_id, err);
    } else if (kind == RECORD_PAYMENT_CONVERSION) {
        return expect_payment_conversion(session, &record->payment_conversion, tenant_id, err);
    } else if (kind == RECORD_EFFECT) {
        expect_effect(session, &record->effect, tenant_id);
    }
    return true;
}

bool put_made(struct import_session *session, enum record_kind kind, const union record *record,
              enum import_outcome *ret_outcome, struct error *err)
{
    struct scope scope = {session, 0, record->invoice.tenant}; /* every record begins with it */
    if (kind == RECORD_RUN)
        return put_run(session, &record->run, ret_outcome, err);
    if (kind == RECORD_GATEWAY_STATEMENT)
        return put_gateway_statement(session, &record->gateway_statement, ret_outcome, err);
    bool is_everyones = (kind == RECORD_PARKED_ITEM || kind == RECORD_PAYMENT_DIFFERENCE) &&
                        text_equal(scope.tenant, RECORD_EVERY_TENANT);
    if (!is_everyones && !refer(&scope, RECORD_TENANT, scope.tenant, &scope.tenant_id, err))
        return false;
    if (kind == RECORD_SUBSCRIPTION_STATE)
        return put_state(&scope, &record->subscription_state, ret_outcome, err);
    if (kind == RECORD_USAGE_RATED)
        return put_rated(&scope, &record->usage_rated, ret_outcome, err);
    if (kind == RECORD_BILLING_PERIOD)
        return put_period(&scope, &record->billing_period, ret_outcome, err);
    if (kind == RECORD_NUMBER_SERIES)
        return put_series(&scope, &record->number_series, ret_outcome, err);
    if (kind == RECORD_INVOICE || kind == RECORD_CREDIT_NOTE)
        return put_invoice(session, kind, &record->invoice, scope.tenant_id, ret_outcome, err);
    if (kind == RECORD_CORRECTION)
        return put_correction(session, &record->correction, scope.tenant_id, ret_outcome, err);
    if (kind == RECORD_PAYMENT)
        return put_payment(session, &record->payment, scope.tenant_id, ret_outcome, err);
    if (kind == RECORD_REFUND)
        return put_refund(session, &record->refund, scope.tenant_id, ret_outcome, err);
    if (is_tried(kind))
        return put_tried(session, kind, record, scope.tenant_id, ret_outcome, err);
    if (kind == RECORD_PAYMENT_DIFFERENCE)
        return put_payment_difference(session, &record->payment_difference, ret_outcome, err);
    if (kind == RECORD_COUPON_USE)
        return put_coupon_use(session, &record->coupon_use, scope.tenant_id, ret_outcome, err);
    if (kind == RECORD_CREDIT_TRANSACTION)
        return put_credit_transaction(session, &record->credit_transaction, scope.tenant_id,
                                      ret_outcome, err);
    if (kind == RECORD_CREDIT_UNIT_TRANSACTION)
        return put_unit_transaction(session, &record->credit_unit_transaction, scope.tenant_id,
                                    ret_outcome, err);
    if (kind == RECORD_CREDIT_LIMIT_USE)
        return put_limit_use(session, &record->credit_limit_use, scope.tenant_id, ret_outcome, err);
    if (kind == RECORD_USAGE_SHARE)
        return put_usage_share(session, &record->usage_share, scope.tenant_id, ret_outcome, err);
    if (kind == RECORD_INVOICE_CONVERSION)
        return put_invoice_conversion(session, &record->invoice_conversion, scope.tenant_id,
                                      ret_outcome, err);
    if (kind == RECORD_PAYMENT_CONVERSION)
        return put_payment_conversion(session, &record->payment_conversion, scope.tenant_id,
                                      ret_outcome, err);
    if (kind == RECORD_PARKED_ITEM)
        return put_parked_item(session, &record->parked_item, scope.tenant_id, ret_outcome, err);
    assert(kind == RECORD_EFFECT);
    return put_effect(session, &record->effect, scope.tenant_id, ret_outcome, err);
}
