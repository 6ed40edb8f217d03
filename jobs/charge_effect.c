/* charge: an attempt to collect an invoice by a method of its customer.
 *
 * 1. Before anything is said the invoice must still owe exactly this amount, and no correction of
 * it be due; else the attempt is canceled (code "not_owed"). So it is where the method that it was
 * intended with is not the one by which its customer pays now ("other_method"), or may not be
 * charged by what became of others meanwhile (charge_limits.h). Whoever intended it
 * looks at the invoice again. What waits for the customer by then and is not owed any more is
 * canceled at the gateway, with the same end.
 * 2. What became of it is a row that never changes, and a payment where it was paid, in the
 * transaction that records the end. Both are dated by the day of that (collect_store_day), not by
 * the run that intended it: what was sent or decided late failed late. The payment's instant is
 * where that day begins.
 * 3. One that waits for the customer's confirmation, of which he is told at once, is given up after
 * dunning.undecided_days, counted from the day on which it was sent: canceled at the gateway, and
 * declined until he acts, whoever canceled it there. One that is held is asked for then; where the
 * gateway does not know it, it may be tried again. One that was paid twice is for a person alone.
 * 4. What was charged over another amount is not paid as it was asked for, whatever a person says.
 * 5. What the gateway has given a reference may be paid there: a person says that it failed only
 * once that payment is here, or he has seen that nothing of it is kept there. Nor does he have it
 * sent again, but asked for.
 * 6. Of a request that cannot be read nothing is said, and a person alone decides. What it was for
 * is in its key; by which method is not known any more, nor over how much: it is paid as the
 * payment of that reference, which has to be here; where it failed, it was over what the invoice
 * owes, or was due.
 */
#include <inttypes.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/calendar/zone.h"
#include "core/engine/effect.h"
#include "core/outside/mail_message.h"
#include "core/stores/effect_keys.h"
#include "core/stores/refund_store.h"
#include "jobs/charge_limits.h"
#include "jobs/charge_request.h"
#include "jobs/effect_kinds.h"
#include "jobs/environment.h"
#include "jobs/gateway_moves.h"
#include "jobs/mail_intent.h"

#define FACTS 7 /* of that mail */
#define WHEN_THERE                                                                                 \
    "where it is paid there, import the payment as the gateway has it, under that reference, "     \
    "then say `--failed` of this; where it was canceled or given back there, or is here under "    \
    "another name (ch_…): `--failed --nothing-kept`"
#define WHEN_TWICE                                                                                 \
    "give back there, or import as a payment, all but one of them; then say `billmill effects "    \
    "resolve KEY --done REF` with that one; or give all of them back, then `--failed "             \
    "--nothing-kept`; each with --reason TEXT"
#define UNKNOWN_METHOD "unknown"
#define DAY_S 86400
#define GIVEN_UP_QUIET_S 3600  /* nothing that was said a moment ago is given up */
#define MADE_BEFORE_DAYS 31    /* a run may be of a day to come, and be killed */
#define UNDECIDED_DAYS_MAX 366 /* beyond what may be configured */

/* As loaded. */
struct charge {
    const struct gateway *gateway;
    const struct gateway_access *access;
    struct charge_request request;
    struct error bad_request; /* kind ERROR_NONE: it could be read */
    struct owed_invoice invoice;
    struct collect_payer payer;
    const char *limit;      /* charge_limits.h */
    bool is_decided;        /* a correction of it is due */
    bool paid_otherwise;    /* another amount or currency, at some time */
    bool is_here;           /* the payment of its reference */
    bool is_old;            /* undecided for as long as it may be */
    struct date last_on;    /* the last day on which it may be confirmed */
    const char *action_key; /* of the mail that asks for that; NULL: there is one */
    bool is_received;       /* invariant 6: what a person says has paid it is here */
    struct collect_day day; /* of its end */
    int64_t made_from_s;    /* the gateway has made nothing of it before; 0: nobody knows */
};

/* Invariant 3: for how long it may wait, counted from the day on which it was said last, which is
 * this one where it is sent now. */
static bool load_age(const struct job_ctx *ctx, struct charge *charge,
                     const struct effect_out *effect, struct error *err)
{
    int32_t days = job_environment(ctx)->settings->dunning.undecided_days;
    int64_t quiet_days = effect->asking ? effect->quiet_s / DAY_S : 0;
    struct date first = date_is_none(effect->intended_on) ? charge->day.on : effect->intended_on;
    struct date said;
    if (quiet_days > UNDECIDED_DAYS_MAX)
        quiet_days = UNDECIDED_DAYS_MAX;
    if (!date_add_days(charge->day.on, -(int32_t)quiet_days, &said, err) ||
        !date_add_days(date_max(first, said), days - 1, &charge->last_on, err))
        return false;
    charge->is_old =
        date_compare(charge->day.on, charge->last_on) > 0 && effect->quiet_s >= GIVEN_UP_QUIET_S;
    return true;
}

/* It was sent behind the day on which it was intended, and before what was said of it last. */
static int64_t made_from_s(const struct effect_out *effect)
{
    struct error out_of_range = {0};
    struct date said = zone_local_date(zone_utc(), clock_day_us());
    struct date from;
    int64_t quiet_days = effect->asking ? effect->quiet_s / DAY_S : 0;
    if (date_is_none(effect->intended_on) || quiet_days > said.days ||
        !date_add_days(said, -(int32_t)quiet_days, &said, &out_of_range) ||
        !date_add_days(date_min(effect->intended_on, said), -MADE_BEFORE_DAYS, &from,
                       &out_of_range))
        return 0;
    return (int64_t)from.days * DAY_S;
}

/* Who has been told of an attempt is not told again. */
static bool load_action_keys(const struct job_ctx *ctx, int64_t tenant_id, struct charge *charges,
                             size_t count, struct arena *arena, struct error *err)
{
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    bool *found = ARENA_NEW_ARRAY(arena, bool, count + 1);
    for (size_t i = 0; i < count; i++)
        keys[i] = effect_key_fit(
            arena_printf(arena, MAIL_KIND ":" MAIL_ACTION_TEMPLATE ":%s:attempt-%" PRId64,
                         charges[i].request.invoice, charges[i].request.attempt),
            arena);
    if (!effect_keys_find(ctx->db, tenant_id, keys, count, arena, found, err))
        return false;
    for (size_t i = 0; i < count; i++)
        charges[i].action_key = found[i] ? NULL : keys[i];
    return true;
}

/* Invariant 6. */
static bool find_received(const struct job_ctx *ctx, const struct effect_out *effect,
                          struct charge *charge, struct arena *arena, struct error *err)
{
    struct refundable_payment payment;
    bool is_here = false;
    if (effect->resolved_ref != NULL && !refund_store_find_here(ctx->db, NULL, effect->resolved_ref,
                                                                arena, &payment, &is_here, err))
        return false;
    if (!is_here || payment.tenant_id != effect->tenant_id || payment.part_of != NULL ||
        !text_equal(payment.gateway, effect->provider) ||
        !text_equal(payment.customer, charge->payer.customer) ||
        (payment.invoice != NULL && !text_equal(payment.invoice, charge->request.invoice)))
        return true;
    charge->is_received = true;
    charge->request.amount = money_of_minor(payment.amount_minor, payment.currency);
    return true;
}

/* Invariant 6. */
static bool load_unreadable(const struct job_ctx *ctx, const struct effect_out *effect,
                            struct charge *charge, struct arena *arena, struct error *err)
{
    struct charge_request *request = &charge->request;
    const struct owed_invoice *invoice = &charge->invoice;
    struct error unsettled = {0};
    if (invoice->number == NULL)
        return true;
    request->customer = charge->payer.customer;
    request->method.payment_method = UNKNOWN_METHOD;
    if (!find_received(ctx, effect, charge, arena, err))
        return false;
    if (!charge->is_received && (!collect_owed(invoice, arena, &request->amount, &unsettled) ||
                                 money_sign(request->amount) <= 0))
        request->amount = money_of_minor(invoice->amount_due_minor, invoice->currency);
    return true;
}

static bool load(const struct job_ctx *ctx, struct effect_out *effects, size_t count,
                 struct arena *arena, struct error *err)
{
    struct charge *charges = ARENA_NEW_ARRAY(arena, struct charge, count + 1);
    struct owed_invoice *owed = ARENA_NEW_ARRAY(arena, struct owed_invoice, count + 1);
    struct collect_payer *payers = ARENA_NEW_ARRAY(arena, struct collect_payer, count + 1);
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    struct collect_said *said = ARENA_NEW_ARRAY(arena, struct collect_said, count + 1);
    bool *decided = ARENA_NEW_ARRAY(arena, bool, count + 1);
    const struct charge_request **requests =
        ARENA_NEW_ARRAY(arena, const struct charge_request *, count + 1);
    const char **limits = ARENA_NEW_ARRAY(arena, const char *, count + 1);
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
        charges[i] = (struct charge){
            .gateway = gateway_find(effects[i].provider), .access = access, .day = day};
        if (!charge_request_read(&effects[i], arena, &charges[i].request, &charges[i].bad_request))
            charge_request_of_key(&effects[i], arena, &charges[i].request);
        if (charges[i].request.invoice == NULL)
            charges[i].request.invoice = ""; /* no invoice has this number */
        numbers[i] = charges[i].request.invoice;
        requests[i] = &charges[i].request;
        keys[i] = effects[i].effect_key;
        effects[i].data = &charges[i];
        charges[i].made_from_s = made_from_s(&effects[i]);
        if (!load_age(ctx, &charges[i], &effects[i], err))
            return false;
    }
    if (!charge_limits_load(ctx, effects, requests, count, arena, limits, err))
        return false;
    if (!collect_store_load_owed(ctx->db, effects[0].tenant_id, numbers, count, arena, owed, err) ||
        !collect_store_load_decided(ctx->db, effects[0].tenant_id, ctx->business_date, numbers,
                                    count, arena, decided, err) ||
        !collect_store_load_payers(ctx->db, owed, count, arena, payers, err) ||
        !collect_store_load_said(ctx->db, effects[0].tenant_id, keys, count, arena, said, err) ||
        !load_action_keys(ctx, effects[0].tenant_id, charges, count, arena, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        charges[i].invoice = owed[i];
        charges[i].payer = payers[i];
        charges[i].limit = limits[i];
        charges[i].is_decided = decided[i];
        charges[i].paid_otherwise = said[i].paid_otherwise != 0;
        charges[i].is_here = said[i].is_here != 0;
        if (charges[i].bad_request.kind != ERROR_NONE &&
            !load_unreadable(ctx, &effects[i], &charges[i], arena, err))
            return false;
    }
    return true;
}

/* Invariant 1. */
static bool is_owed(const struct charge *charge, struct arena *arena, bool *ret_is,
                    struct error *err)
{
    struct money owed;
    if (!collect_owed(&charge->invoice, arena, &owed, err))
        return false;
    *ret_is = charge->invoice.number != NULL && money_equal(owed, charge->request.amount) &&
              !charge->is_decided && !collect_is_refunded(&charge->invoice);
    return true;
}

/* Invariant 1. What the gateway knows of already is not given up. */
static bool is_by_other_method(const struct effect_out *effect)
{
    const struct charge *charge = effect->data;
    const struct collect_method *now = &charge->payer.method;
    const struct collect_method *then = &charge->request.method;
    return effect->provider_ref == NULL &&
           !(text_equal(now->gateway, effect->provider) &&
             text_equal(now->gateway_customer, then->gateway_customer) &&
             text_equal(now->gateway_token, then->gateway_token));
}

static void cancel(const char *code, const char *message, struct effect_move *ret_move)
{
    *ret_move = (struct effect_move){
        .kind = MOVE_FAILED, .outcome = "canceled", .code = code, .message = message};
}

static void cancel_not_owed(const struct charge *charge, struct effect_move *ret_move)
{
    cancel("not_owed",
           charge->is_decided ? "a correction of the invoice is to be carried out"
                              : "the invoice does not owe this amount any more",
           ret_move);
}

/* Invariant 1, of what the gateway has. */
static bool is_over_for_us(const struct charge *charge, struct arena *arena)
{
    struct error unsettled = {0};
    bool owes = true;
    return is_owed(charge, arena, &owes, &unsettled) && !owes;
}

static void make_move(const struct effect_out *effect, bool asking, const struct wire_answer *last,
                      int32_t step, struct arena *arena, struct effect_move *ret_move)
{
    const struct charge *charge = effect->data;
    const struct charge_request *request = &charge->request;
    const char *unusable = charge->access->unusable;
    if (last == NULL && unusable != NULL) {
        gateway_effect_wait(effect->provider, unusable, asking, arena, ret_move);
        return;
    }
    bool not_owed = asking && is_over_for_us(charge, arena);
    const struct gateway_charge out = {
        .key = charge_key(request, arena),
        .invoice = charge_invoice_key(request, arena),
        .customer = request->customer,
        .gateway_customer = request->method.gateway_customer,
        .gateway_token = request->method.gateway_token,
        .email = request->email,
        .description = request->invoice,
        .provider_ref = effect->provider_ref,
        .amount = request->amount,
        .made_from_s = charge->made_from_s,
        .give_up = asking && (charge->is_old || not_owed),
        .awaited_customer = text_equal(effect->outcome, gateway_outcome_name(GATEWAY_ACTION))};
    const struct gateway_step at = {.account = &charge->access->account,
                                    .asking = asking,
                                    .last = last,
                                    .step = step,
                                    .arena = arena};
    struct gateway_move move;
    gateway_charge_move(charge->gateway, &out, &at, &move);
    if (not_owed && !move.is_call && move.result.not_confirmed) {
        cancel_not_owed(charge, ret_move);
        return;
    }
    if (asking && charge->is_old && !move.is_call && move.result.outcome == GATEWAY_ABSENT) {
        move.result.outcome = GATEWAY_DECLINED;
        move.result.decline = DECLINE_LATER;
        move.result.code = "given_up";
    }
    gateway_effect_move(charge->gateway->name, &move, arena, ret_move);
    ret_move->moved = request->amount;
    if (ret_move->kind == MOVE_AGAIN && asking)
        gateway_effect_doubt(charge->access, effect, ret_move);
}

static bool refuse(const struct charge *charge, struct error *err)
{
    *err = charge->bad_request;
    return false;
}

static bool send(const struct job_ctx *ctx, const struct effect_out *effect,
                 const struct wire_answer *last, int32_t step, struct arena *arena,
                 struct effect_move *ret_move, struct error *err)
{
    const struct charge *charge = effect->data;
    bool owes = true;
    (void)ctx;
    if (charge->bad_request.kind != ERROR_NONE)
        return refuse(charge, err);
    if (last == NULL && !is_owed(charge, arena, &owes, err))
        return false;
    if (!owes)
        cancel_not_owed(charge, ret_move);
    else if (last == NULL && is_by_other_method(effect))
        cancel("other_method", "its customer does not pay by this method any more", ret_move);
    else if (last != NULL || !charge_limits_refuse(charge->limit, ret_move))
        make_move(effect, false, last, step, arena, ret_move);
    return true;
}

static bool ask(const struct job_ctx *ctx, const struct effect_out *effect,
                const struct wire_answer *last, int32_t step, struct arena *arena,
                struct effect_move *ret_move, struct error *err)
{
    const struct charge *charge = effect->data;
    (void)ctx;
    if (charge->bad_request.kind != ERROR_NONE)
        return refuse(charge, err);
    make_move(effect, true, last, step, arena, ret_move);
    return true;
}

/* ---------------------------------------------------------------- what follows */

static struct attempt_row attempt_of(const struct effect_out *effect, const struct effect_move *end)
{
    const struct charge *charge = effect->data;
    const struct charge_request *request = &charge->request;
    const struct gateway_result *result = end->detail;
    bool canceled = text_equal(end->outcome, "canceled");
    struct attempt_row row = {.tenant_id = effect->tenant_id,
                              .invoice = request->invoice,
                              .attempt = request->attempt,
                              .customer = request->customer,
                              .payment_method = request->method.payment_method,
                              .gateway = effect->provider,
                              .gateway_token = request->method.gateway_token,
                              .expires = request->method.expires,
                              .currency = request->amount.currency,
                              .amount_minor = money_minor(request->amount),
                              .outcome = canceled ? "canceled" : "declined",
                              .code = end->code,
                              .message = end->message,
                              .provider_ref = end->provider_ref != NULL ? end->provider_ref
                                                                        : effect->provider_ref,
                              .ended_on = charge->day.on};
    if (end->kind == MOVE_DONE)
        row.outcome = "paid";
    else if (!canceled) /* what a person says failed may be tried again */
        row.decline = decline_class_name(result == NULL ? DECLINE_LATER : result->decline);
    return row;
}

/* Invariant 4. */
static bool can_be_paid(const struct effect_out *effect, const struct effect_move *end,
                        struct error *err)
{
    const struct charge *charge = effect->data;
    bool otherwise = charge->paid_otherwise || text_equal(effect->code, "wrong_amount") ||
                     text_equal(effect->code, "wrong_currency");
    if (end->kind != MOVE_DONE || !text_equal(end->code, "resolved") || !otherwise)
        return true;
    (void)error_run(err, EXIT_USAGE, "it was not charged as it was asked for (%s)",
                    effect->code == NULL ? "wrong amount or currency" : effect->code);
    return error_hint(err, "import the payment as the gateway has it, then say `--failed` of this");
}

/* Invariant 5. */
static bool can_have_failed(const struct effect_out *effect, const struct effect_move *end,
                            struct error *err)
{
    const struct charge *charge = effect->data;
    if (end->kind != MOVE_FAILED || !text_equal(end->code, "resolved") || end->nothing_kept ||
        effect->provider_ref == NULL || charge->is_here)
        return true;
    (void)error_run(err, EXIT_USAGE, "%s has %s of it, which may be paid there, and is not here",
                    effect->provider, effect->provider_ref);
    return error_hint(err, "%s", WHEN_THERE);
}

/* Invariant 6. */
static bool can_be_resolved(const struct effect_out *effect, const struct effect_move *end,
                            struct error *err)
{
    const struct charge *charge = effect->data;
    if (charge->bad_request.kind == ERROR_NONE)
        return true;
    if (charge->invoice.number == NULL || money_sign(charge->request.amount) <= 0)
        return refuse(charge, err);
    if (end->kind != MOVE_DONE || charge->is_received)
        return true;
    (void)error_run(err, EXIT_USAGE,
                    "what %s was to charge cannot be read any more, and %s pays nothing of %s here",
                    effect->effect_key, text_or_empty(end->provider_ref), charge->request.invoice);
    return error_hint(err, "import the payment as the gateway has it, then say this again");
}

/* Invariant 3: once, whoever asks for it how often. */
static void tell_customer(const struct job_ctx *ctx, const struct effect_out *effect,
                          const struct effect_move *wait, struct chunk *chunk)
{
    const struct charge *charge = effect->data;
    const struct charge_request *request = &charge->request;
    const struct collect_payer *payer = &charge->payer;
    const struct gateway_result *result = wait->detail;
    const char *action = gateway_outcome_name(GATEWAY_ACTION);
    struct arena *arena = chunk_arena(chunk);
    struct error bad = {0};
    if (charge->action_key == NULL || !text_equal(wait->outcome, action) ||
        text_is_empty(payer->email) || !mail_address_check(payer->email, &bad) ||
        job_environment(ctx)->settings->mail.server.text == NULL)
        return;
    struct mail_fact *facts = ARENA_NEW_ARRAY(arena, struct mail_fact, FACTS);
    facts[0] = (struct mail_fact){"customer", request->customer};
    facts[1] = (struct mail_fact){"customer_name", payer->name};
    facts[2] = (struct mail_fact){"document", request->invoice};
    facts[3] = (struct mail_fact){"amount", mail_amount(request->amount, arena)};
    facts[4] = (struct mail_fact){"amount_due", facts[3].value};
    facts[5] = (struct mail_fact){"next_on", arena_copy(arena, date_text(charge->last_on).text)};
    facts[6] = (struct mail_fact){"link", result == NULL ? NULL : result->link};
    mail_intend(chunk, &(struct mail_intent){.tenant_id = effect->tenant_id,
                                             .effect_key = charge->action_key,
                                             .template = MAIL_ACTION_TEMPLATE,
                                             .language = payer->locale != NULL ? payer->locale
                                                                               : charge->day.locale,
                                             .to = payer->email,
                                             .to_name = payer->name,
                                             .subject = request->invoice,
                                             .intended_on = charge->day.on,
                                             .facts = facts,
                                             .fact_count = FACTS});
}

static bool settle(const struct job_ctx *ctx, const struct effect_out *effect,
                   const struct effect_move *end, struct chunk *chunk, struct error *err)
{
    const struct charge *charge = effect->data;
    if (end->kind == MOVE_WAIT)
        tell_customer(ctx, effect, end, chunk);
    if (end->kind != MOVE_DONE && end->kind != MOVE_FAILED)
        return true;
    if (!can_be_resolved(effect, end, err) || !can_be_paid(effect, end, err) ||
        !can_have_failed(effect, end, err))
        return false;
    const struct attempt_row attempt = attempt_of(effect, end);
    *(struct attempt_row *)chunk_append(chunk, &PAYMENT_ATTEMPT_ADD) = attempt;
    if (end->kind == MOVE_FAILED)
        return true;
    if (attempt.provider_ref == NULL || charge->invoice.number == NULL)
        return error_item(err, "no_reference", "%s is paid, and the payment has no %s",
                          effect->effect_key,
                          attempt.provider_ref == NULL ? "reference" : "invoice");
    if (!charge->is_received)
        *(struct received_row *)chunk_append(chunk, &PAYMENT_RECEIVED) =
            (struct received_row){.tenant_id = effect->tenant_id,
                                  .gateway_reference = attempt.provider_ref,
                                  .customer_id = charge->invoice.customer_id,
                                  .invoice = attempt.invoice,
                                  .gateway = attempt.gateway,
                                  .currency = attempt.currency,
                                  .amount_minor = attempt.amount_minor,
                                  .at_us = charge->day.begins_us};
    *(struct invoice_touched_row *)chunk_append(chunk, &INVOICE_TOUCHED) =
        (struct invoice_touched_row){effect->tenant_id, attempt.invoice, 1};
    return true;
}

static const struct bulk_table *const tables[] = {&INVOICE_TOUCHED, &PAYMENT_RECEIVED,
                                                  &PAYMENT_ATTEMPT_ADD, &EFFECT_INTEND_SEND,
                                                  &EFFECT_REQUEST_ADD};

/* Invariant 3. */
static bool forgotten(const struct job_ctx *ctx, struct date *ret_until)
{
    struct error out_of_range = {0};
    struct date today = date_max(ctx->business_date, zone_local_date(zone_utc(), clock_day_us()));
    return date_add_days(today, -job_environment(ctx)->settings->dunning.undecided_days, ret_until,
                         &out_of_range);
}

const struct effect_kind effect_kind_charge = {.name = CHARGE_KIND,
                                               .tables = tables,
                                               .table_count = ARRAY_LEN(tables),
                                               .load = load,
                                               .send = send,
                                               .ask = ask,
                                               .forgotten = forgotten,
                                               .never_asked = "paid_twice",
                                               .never_asked_hint = WHEN_TWICE,
                                               .when_there = WHEN_THERE,
                                               .settle = settle,
                                               .ahead = EFFECT_AHEAD_MAX};
