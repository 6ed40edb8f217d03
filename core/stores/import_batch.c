/* 1. All of a batch is kept in memory, so it ends with its parcel (import_ahead.h).
 * 2. What a record names was put before it: in its class, where a name is known as soon as it is
 * put, or in an earlier one. The classes of a batch are read, put and written one after the other
 * (import_order.h), each of them with a shelf of its own.
 * 3. What the database refuses is known last; so what is wrong is kept until all of it is. */
#include "core/stores/import_batch.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/tax_id.h"
#include "core/stores/import_hold.h"
#include "core/stores/import_order.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

#define ARENA_CAP (8u << 20) /* each record may be wrong */

struct import_batch {
    const struct import_ahead_item *items;
    size_t count;
    struct import_order order;
    size_t from, to; /* of the order: the class that is put */
    struct arena *arena;
    struct error **problems; /* of each item; NULL: none */
    enum import_outcome *outcomes;
};

size_t import_batch_length(const struct import_ahead_item *items, size_t count)
{
    if (items[0].kind == RECORD_USAGE || items[0].problem != NULL)
        return 0;
    return import_order_length(items, count);
}

/* ------------------------------------------------------------------ what it will ask for */

static bool has_tenant(enum record_kind kind, const union record *record)
{
    if (kind == RECORD_TENANT || kind == RECORD_RUN || kind == RECORD_EXCHANGE_RATE ||
        kind == RECORD_GATEWAY_STATEMENT)
        return false;
    bool may_be_everyones =
        kind == RECORD_TAX_RATE || kind == RECORD_PARKED_ITEM || kind == RECORD_PAYMENT_DIFFERENCE;
    return !may_be_everyones || !text_equal(record->product.tenant, RECORD_EVERY_TENANT);
}

/* What names something that is not there asks for nothing. */
static bool expect_item(struct import_session *session, const struct import_ahead_item *item,
                        bool again, struct error *err)
{
    int64_t tenant_id = 0;
    const char *tenant = item->record->product.tenant;
    if (has_tenant(item->kind, item->record)) {
        if (!put_refer(session, RECORD_TENANT, 0, NULL, tenant, &tenant_id, err))
            return err->kind == ERROR_ITEM;
        if (!import_hold_tenant(session, tenant_id, err))
            return false;
    }
    if (again && item->kind == RECORD_COUPON)
        return expect_coupon_scope(session, &item->record->coupon, tenant_id, err);
    if (again && item->kind == RECORD_CONTRACT_PHASE)
        return expect_contract_parts(session, &item->record->contract_phase, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (again && item->kind == RECORD_BILLING_PERIOD)
        return expect_period_of_phase(session, &item->record->billing_period, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (again)
        return (item->kind != RECORD_PRICE && item->kind != RECORD_CUSTOMER_PRICE) ||
               expect_tiers(session, &item->record->price, tenant_id, err);
    if (item->kind == RECORD_CUSTOMER_PRICE)
        return expect_customer_price(session, &item->record->customer_price, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (item->kind == RECORD_SUBSCRIPTION_CHANGE)
        return expect_change(session, &item->record->subscription_change, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (item->kind == RECORD_CREDIT_GRANT)
        return expect_credit_grant(session, &item->record->credit_grant, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (item->kind == RECORD_COUPON_REDEMPTION)
        return expect_redemption(session, &item->record->coupon_redemption, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (item->kind == RECORD_CONTRACT_PHASE)
        return expect_contract_phase(session, &item->record->contract_phase, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (item->kind == RECORD_PROJECT || item->kind == RECORD_MEMBER)
        return expect_holder(session, item->kind, &item->record->holder, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (item->kind == RECORD_PAYMENT_METHOD)
        return expect_payment_method(session, &item->record->payment_method, tenant_id, err) ||
               err->kind == ERROR_ITEM;
    if (item->kind < RECORD_USAGE) {
        expect_catalog(session, item->kind, item->record, tenant_id);
        return true;
    }
    return expect_made(session, item->kind, item->record, tenant_id, err) ||
           err->kind == ERROR_ITEM;
}

static bool expect_all(struct import_session *session, bool again, struct error *err)
{
    const struct import_batch *batch = session->batch;
    for (size_t i = batch->from; i < batch->to; i++) {
        struct error ignored = {0};
        if (expect_item(session, &batch->items[batch->order.places[i]], again, &ignored))
            continue;
        *err = ignored;
        return false;
    }
    return import_shelf_read(session->shelf, err);
}

/* ------------------------------------------------------------------ each record */

static void keep_problem(struct import_session *session, size_t record, const struct error *problem)
{
    struct error *kept = ARENA_NEW(session->batch->arena, struct error);
    *kept = *problem;
    session->batch->problems[record] = kept;
}

static bool put_item(struct import_session *session, size_t record, struct error *err)
{
    struct import_batch *batch = session->batch;
    const struct import_ahead_item *item = &batch->items[record];
    struct error problem;
    arena_reset(session->scratch);
    import_shelf_begin(session->shelf, record);
    if (import_put(session, item->kind, item->record, &batch->outcomes[record], &problem))
        return true;
    if (problem.kind != ERROR_ITEM) {
        *err = problem;
        return false;
    }
    import_reader_error(session->reader, item->place, &problem);
    keep_problem(session, record, &problem);
    return true;
}

/* Ids of names that are not there after all must not be believed. */
static void refused(void *context, size_t record, const struct error *problem)
{
    struct import_session *session = context;
    const struct import_ahead_item *item = &session->batch->items[record];
    struct error told = *problem;
    import_lookup_forget(session->lookup);
    if (session->batch->problems[record] != NULL)
        return;
    error_context(&told, "%s", record_label(item->kind, item->record, session->scratch));
    import_reader_error(session->reader, item->place, &told);
    keep_problem(session, record, &told);
}

bool import_batch_write(struct import_session *session, struct error *err)
{
    return import_shelf_write(session->shelf, refused, session, err);
}

static bool put_class(struct import_session *session, struct error *err)
{
    const struct import_batch *batch = session->batch;
    import_shelf_clear(session->shelf);
    if (!expect_all(session, false, err) || !expect_all(session, true, err))
        return false;
    for (size_t i = batch->from; i < batch->to; i++)
        if (!put_item(session, batch->order.places[i], err))
            return false;
    return import_batch_write(session, err);
}

/* ------------------------------------------------------------------ the end of it */

static void count_outcome(struct import_counts *counts, enum import_outcome outcome)
{
    counts->added += outcome == IMPORT_ADDED;
    counts->updated += outcome == IMPORT_UPDATED;
    counts->unchanged += outcome == IMPORT_UNCHANGED;
}

/* Countries without a rule for tax ids are none of these. */
static void count_tax_id(struct import_report *report, const struct import_ahead_item *item,
                         enum import_outcome outcome)
{
    const struct customer_record *customer = &item->record->customer;
    struct tax_id id;
    struct error problem;
    if (item->kind != RECORD_CUSTOMER || outcome == IMPORT_UNCHANGED || !customer->business ||
        text_is_empty(customer->tax_id) || tax_id_scheme(customer->address.country) == NULL ||
        tax_id_parse(customer->address.country, customer->tax_id, &id, &problem))
        return;
    struct import_remark *remark = &report->odd_tax_ids;
    if (remark->count++ == 0)
        (void)snprintf(remark->first, sizeof remark->first, "customer \"%.100s\": %.400s",
                       customer->customer, problem.message);
}

/* It may come to the configuration later, as where a dump is taken. */
static void count_policy(const struct import_session *session, const struct import_ahead_item *item,
                         enum import_outcome outcome)
{
    const struct customer_record *customer = &item->record->customer;
    const struct import_options *options = session->options;
    struct import_remark *remark = &session->report->unknown_policies;
    if (item->kind != RECORD_CUSTOMER || outcome == IMPORT_UNCHANGED ||
        customer->dunning_policy == NULL || options->dunning_policies == NULL)
        return;
    for (size_t i = 0; i < options->dunning_policy_count; i++)
        if (text_equal(options->dunning_policies[i], customer->dunning_policy))
            return;
    if (remark->count++ > 0)
        return;
    const char *meant = text_nearest(customer->dunning_policy, options->dunning_policies,
                                     options->dunning_policy_count);
    (void)snprintf(remark->first, sizeof remark->first, "customer \"%.100s\": '%.100s'%s%s%s",
                   customer->customer, customer->dunning_policy,
                   meant == NULL ? "" : " (did you mean '", text_or_empty(meant),
                   meant == NULL ? "" : "'?)");
}

/* Of a batch that fails only what is wrong: the rest is not there. */
static bool tell_all(struct import_session *session, bool good, struct error *err)
{
    const struct import_batch *batch = session->batch;
    for (size_t i = 0; i < batch->count; i++) {
        const struct import_ahead_item *item = &batch->items[i];
        const struct error *problem = item->problem != NULL ? item->problem : batch->problems[i];
        if (problem != NULL) {
            if (!import_bad(session, item->kind, item->place, item->raw, item->raw_length, problem,
                            err))
                return false;
        } else if (good) {
            count_outcome(&session->report->kinds[item->kind], batch->outcomes[i]);
            count_tax_id(session->report, item, batch->outcomes[i]);
            count_policy(session, item, batch->outcomes[i]);
        }
    }
    return true;
}

/* What usage is resolved by may be another now. */
static void forget_terms(const struct import_session *session)
{
    const struct import_batch *batch = session->batch;
    for (size_t at = batch->from; at < batch->to; at++) {
        size_t i = batch->order.places[at];
        enum record_kind kind = batch->items[i].kind;
        bool is_term =
            kind != RECORD_PRODUCT && kind != RECORD_TAX_RATE && kind != RECORD_EXCHANGE_RATE &&
            kind != RECORD_CUSTOMER && kind != RECORD_CUSTOMER_PRICE && kind != RECORD_COUPON &&
            kind != RECORD_COUPON_REDEMPTION && kind != RECORD_CREDIT_GRANT &&
            kind != RECORD_CONTRACT && kind != RECORD_CONTRACT_PHASE && kind != RECORD_PROJECT &&
            kind != RECORD_MEMBER && kind != RECORD_PAYMENT_METHOD;
        if (batch->problems[i] != NULL || kind >= RECORD_USAGE)
            continue;
        if (batch->outcomes[i] == IMPORT_UPDATED ||
            (is_term && batch->outcomes[i] == IMPORT_ADDED)) {
            import_lookup_forget_terms(session->lookup);
            return;
        }
    }
}

static bool put_classes(struct import_session *session, struct error *err)
{
    struct import_batch *batch = session->batch;
    const struct import_ahead_item *items = batch->items;
    const size_t *places = batch->order.places;
    for (; batch->from < batch->order.count; batch->from = batch->to) {
        batch->to = batch->from + 1;
        while (batch->to < batch->order.count && import_class(items[places[batch->to]].kind) ==
                                                     import_class(items[places[batch->from]].kind))
            batch->to++;
        if (!put_class(session, err))
            return false;
        forget_terms(session);
    }
    return true;
}

bool import_batch_put(struct import_session *session, const struct import_ahead_item *items,
                      size_t count, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("import batch", ARENA_CAP);
    struct error untold = {0};
    struct import_batch batch = {
        .items = items,
        .count = count,
        .order = import_order_make(items, count, arena),
        .arena = arena,
        .problems = (struct error **)arena_alloc_array(arena, count, sizeof(struct error *)),
        .outcomes = ARENA_NEW_ARRAY(arena, enum import_outcome, count),
    };
    session->batch = &batch;
    bool good = put_classes(session, err);
    bool told = tell_all(session, good, good ? err : &untold); /* also of a batch that fails */
    session->batch = NULL;
    return good && told;
}
