/* refund: money of a payment is given back through the gateway that has it. What was given back is
 * a refund row in the transaction that records the end; it names the payment, and the invoice, or
 * the payment that names none, is seen to have changed.
 *
 * 1. What the gateway has given a reference is asked for by it, and never sent again. Where a
 * refund of that reference is here already (imported), it is done without another row; a person's
 * word that it failed needs that row, or that nothing was given back.
 * 2. Of a request that cannot be read nothing is said, and a person alone decides: it is done as
 * the refund of that reference, which has to be here. Of which payment it was is in its key.
 */
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/stores/refund_store.h"
#include "jobs/charge_request.h"
#include "jobs/effect_kinds.h"
#include "jobs/environment.h"
#include "jobs/gateway_moves.h"
#include "jobs/refund_order.h"

#define WHEN_THERE                                                                                 \
    "where it was given back there, import the refund as the gateway has it, under that "          \
    "reference, "                                                                                  \
    "then say `--failed` of this; where nothing was given back: `--failed --nothing-kept`"

#define WHEN_TWICE                                                                                 \
    "import all but one of them as refunds, as the gateway has them; then say `billmill effects "  \
    "resolve KEY --done REF` with that one, and --reason TEXT"

/* As loaded. */
struct refunding {
    const struct gateway *gateway;
    const struct gateway_access *access;
    struct refund_request request;
    struct error bad_request; /* kind ERROR_NONE: it could be read */
    int64_t left_minor;       /* what of the payment may be given back by this: refund_order.h */
    struct error no_account;  /* kind ERROR_NONE: that could be computed */
    struct collect_day day;   /* of its end */
    bool is_here;             /* what has the reference that the gateway gave it, or a person */
    bool is_same;             /* and is of this payment, and amount where that is known */
};

/* Of a payment that is not here nothing is known: the gateway decides. */
static bool find_left(const struct job_ctx *ctx, struct refunding *refunding, struct arena *arena,
                      struct error *err)
{
    const struct refund_request *request = &refunding->request;
    struct refundable_payment payment;
    struct money left;
    bool is_here = false;
    refunding->left_minor = INT64_MAX;
    if (refunding->bad_request.kind != ERROR_NONE)
        return true;
    if (!refund_store_find_here(ctx->db, request->tenant, request->payment, arena, &payment,
                                &is_here, err))
        return false;
    if (!is_here)
        return true;
    if (refund_order_left(ctx->db, &payment, request->amount, arena, &left,
                          &refunding->no_account)) {
        refunding->left_minor = money_minor(left);
        return true;
    }
    if (refunding->no_account.kind == ERROR_ITEM)
        return true;
    *err = refunding->no_account;
    return false;
}

static bool find_known(const struct job_ctx *ctx, const struct effect_out *effect,
                       struct refunding *refunding, struct arena *arena, struct error *err)
{
    struct known_refund known = {0};
    bool is_readable = refunding->bad_request.kind == ERROR_NONE;
    const char *reference =
        is_readable || effect->resolved_ref == NULL ? effect->provider_ref : effect->resolved_ref;
    if (reference == NULL)
        return true;
    if (!refund_store_known(ctx->db, effect->tenant_id, reference, arena, &known,
                            &refunding->is_here, err))
        return false;
    refunding->is_same =
        refunding->is_here && text_equal(known.payment, refunding->request.payment) &&
        (!is_readable || known.amount_minor == money_minor(refunding->request.amount));
    return true;
}

static bool load(const struct job_ctx *ctx, struct effect_out *effects, size_t count,
                 struct arena *arena, struct error *err)
{
    struct refunding *refunds = ARENA_NEW_ARRAY(arena, struct refunding, count + 1);
    struct gateway_access *access = ARENA_NEW(arena, struct gateway_access);
    struct collect_day day;
    if (count == 0)
        return true;
    gateway_access_of(ctx, effects[0].provider, arena, access);
    if (!collect_store_day(ctx->db, effects[0].tenant_id,
                           job_environment(ctx)->settings->directories.zoneinfo.text,
                           ctx->business_date, clock_day_us(), arena, &day, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        refunds[i] = (struct refunding){
            .gateway = gateway_find(effects[i].provider), .access = access, .day = day};
        if (!refund_request_read(&effects[i], arena, &refunds[i].request, &refunds[i].bad_request))
            refund_request_of_key(&effects[i], arena, &refunds[i].request);
        if (!find_left(ctx, &refunds[i], arena, err) ||
            !find_known(ctx, &effects[i], &refunds[i], arena, err))
            return false;
        effects[i].data = &refunds[i];
    }
    return true;
}

static bool step_of(const struct effect_out *effect, bool asking, const struct wire_answer *last,
                    int32_t step, struct arena *arena, struct effect_move *ret_move,
                    struct error *err)
{
    const struct refunding *refunding = effect->data;
    struct gateway_move move;
    if (refunding->bad_request.kind != ERROR_NONE) {
        *err = refunding->bad_request;
        return false;
    }
    const char *unusable = refunding->access->unusable;
    if (last == NULL && unusable != NULL) {
        gateway_effect_wait(effect->provider, unusable, asking, arena, ret_move);
        return true;
    }
    const struct gateway_refund out = {.key = refund_key(&refunding->request, arena),
                                       .payment_reference = refunding->request.payment,
                                       .provider_ref = effect->provider_ref,
                                       .amount = refunding->request.amount};
    const struct gateway_step at = {.account = &refunding->access->account,
                                    .asking = asking,
                                    .last = last,
                                    .step = step,
                                    .arena = arena};
    gateway_refund_move(refunding->gateway, &out, &at, &move);
    gateway_effect_move(refunding->gateway->name, &move, arena, ret_move);
    ret_move->moved = refunding->request.amount;
    if (ret_move->kind == MOVE_DONE)
        ret_move->outcome = "refunded";
    return true;
}

static bool send(const struct job_ctx *ctx, const struct effect_out *effect,
                 const struct wire_answer *last, int32_t step, struct arena *arena,
                 struct effect_move *ret_move, struct error *err)
{
    const struct refunding *refunding = effect->data;
    (void)ctx;
    if (last != NULL || refunding->bad_request.kind != ERROR_NONE ||
        (refunding->no_account.kind == ERROR_NONE &&
         money_minor(refunding->request.amount) <= refunding->left_minor))
        return step_of(effect, false, last, step, arena, ret_move, err);
    if (refunding->no_account.kind != ERROR_NONE) {
        *err = refunding->no_account;
        return false;
    }
    *ret_move = (struct effect_move){.kind = MOVE_FAILED,
                                     .outcome = "canceled",
                                     .code = "not_refundable",
                                     .message = "the payment does not have so much any more, or "
                                                "it is a credit of the customer"};
    return true;
}

static bool ask(const struct job_ctx *ctx, const struct effect_out *effect,
                const struct wire_answer *last, int32_t step, struct arena *arena,
                struct effect_move *ret_move, struct error *err)
{
    (void)ctx;
    return step_of(effect, true, last, step, arena, ret_move, err);
}

/* Invariant 1. */
static bool can_have_failed(const struct effect_out *effect, const struct effect_move *end,
                            struct error *err)
{
    const struct refunding *refunding = effect->data;
    if (end->kind != MOVE_FAILED || !text_equal(end->code, "resolved") || end->nothing_kept ||
        effect->provider_ref == NULL || refunding->is_here)
        return true;
    (void)error_run(err, EXIT_USAGE,
                    "%s has %s of it, which may be given back there, and is not here",
                    effect->provider, effect->provider_ref);
    return error_hint(err, "%s", WHEN_THERE);
}

/* Invariant 2. */
static bool can_be_resolved(const struct effect_out *effect, const struct effect_move *end,
                            struct error *err)
{
    const struct refunding *refunding = effect->data;
    if (refunding->bad_request.kind == ERROR_NONE)
        return true;
    if (refunding->request.payment == NULL) {
        *err = refunding->bad_request;
        return false;
    }
    if (end->kind != MOVE_DONE || refunding->is_same)
        return true;
    (void)error_run(err, EXIT_USAGE,
                    "what %s was to give back cannot be read any more, and %s is no refund of %s "
                    "here",
                    effect->effect_key, text_or_empty(end->provider_ref),
                    refunding->request.payment);
    return error_hint(err, "import the refund as the gateway has it, then say this again");
}

static bool settle(const struct job_ctx *ctx, const struct effect_out *effect,
                   const struct effect_move *end, struct chunk *chunk, struct error *err)
{
    const struct refunding *refunding = effect->data;
    const struct refund_request *request = &refunding->request;
    const char *reference = end->provider_ref != NULL ? end->provider_ref : effect->provider_ref;
    (void)ctx;
    if (end->kind != MOVE_DONE && end->kind != MOVE_FAILED)
        return true;
    if (!can_be_resolved(effect, end, err) || !can_have_failed(effect, end, err))
        return false;
    if (request->invoice != NULL)
        *(struct invoice_touched_row *)chunk_append(chunk, &INVOICE_TOUCHED) =
            (struct invoice_touched_row){effect->tenant_id, request->invoice, 1};
    else
        *(struct payment_touched_row *)chunk_append(chunk, &PAYMENT_TOUCHED) =
            (struct payment_touched_row){effect->tenant_id, request->payment, 1};
    if (end->kind == MOVE_FAILED)
        return true;
    if (reference == NULL)
        return error_item(err, "no_reference", "%s is given back, and the refund has no reference",
                          effect->effect_key);
    if (refunding->is_same &&
        (refunding->bad_request.kind != ERROR_NONE || text_equal(reference, effect->provider_ref)))
        return true;
    *(struct refunded_row *)chunk_append(chunk, &PAYMENT_REFUNDED) =
        (struct refunded_row){.tenant_id = effect->tenant_id,
                              .gateway_reference = reference,
                              .payment = request->payment,
                              .currency = request->amount.currency,
                              .amount_minor = money_minor(request->amount),
                              .at_us = refunding->day.begins_us};
    return true;
}

static const struct bulk_table *const tables[] = {&INVOICE_TOUCHED, &PAYMENT_TOUCHED,
                                                  &PAYMENT_REFUNDED};

const struct effect_kind effect_kind_refund = {.name = REFUND_KIND,
                                               .never_asked = "paid_twice",
                                               .never_asked_hint = WHEN_TWICE,
                                               .when_there = WHEN_THERE,
                                               .tables = tables,
                                               .table_count = ARRAY_LEN(tables),
                                               .load = load,
                                               .send = send,
                                               .ask = ask,
                                               .settle = settle,
                                               .ahead = EFFECT_AHEAD_MAX};
