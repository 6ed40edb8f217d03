/* Mercado Pago: one call, POST /v1/payments.
 *
 * 1. The key is X-Idempotency-Key and external_reference, by which a payment is found again.
 * 2. A declined payment is made all the same (HTTP 201): its status says what it is.
 * 3. Amounts are decimal numbers of major units. They are printed from whole minor units and
 * compared as decimals: 700.5 is 700.50.
 * 4. Refunds carry no reference of ours. When one was lost and the payment has a refund of this
 * amount, it cannot be told whose it is: a person looks. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/gateway_parts.h"

#define KEY_MAX 64

enum { STATUS_UNAUTHORIZED = 401, STATUS_LOCKED = 423, STATUS_DEPENDENCY = 424 };

/* ---------------------------------------------------------------- calls */

static void call(struct gateway_work *work, const char *path, const char *body)
{
    struct wire_header headers[] = {
        {"Authorization",
         arena_printf(work->arena,            "Bearer %s", text_or_empty(work->account->secret))},
        {"Content-Type",  "application/json"},
        {"X-Idempotency-Key",      gateway_key(work->arena,                work->key,            KEY_MAX)                              },
    };
    gateway_call(work, path, headers, body == NULL ? 1 : ARRAY_LEN(headers), body);
}

static void call_create(struct gateway_work *work, const struct gateway_charge *charge)
{
    struct gateway_json body = {.arena = work->arena}, payer = {.arena = work->arena},
                        metadata = {.arena = work->arena};
    gateway_json_text(&payer, "type", "customer");
    gateway_json_text(&payer, "id", charge->gateway_customer);
    gateway_json_text(&payer, "email", charge->email);
    gateway_json_text(&metadata, "invoice_id", charge->invoice);
    gateway_json_text(&metadata, "customer_id", charge->customer);
    gateway_json_raw(&body, "transaction_amount", money_text(work->amount).text);
    gateway_json_text(&body, "token", charge->gateway_token);
    gateway_json_raw(&body, "installments", "1");
    gateway_json_text(&body, "description", charge->description);
    gateway_json_text(&body, "external_reference", gateway_key(work->arena, work->key, KEY_MAX));
    gateway_json_raw(&body, "payer", gateway_json_object(&payer));
    gateway_json_raw(&body, "metadata", gateway_json_object(&metadata));
    call(work, "/v1/payments", gateway_json_object(&body));
}

/* ---------------------------------------------------------------- answers */

/* {"message":…,"error":…,"status":…,"cause":[{"code":…,"description":…}]} */
static void read_error(struct gateway_work *work, const struct json_value *root)
{
    const char *code = json_text_at(root, "error"), *message = json_text_at(root, "message");
    int32_t status = work->last->status;
    if (code == NULL && message == NULL)
        gateway_end_unreadable(work, "no error");
    else if (status == STATUS_LOCKED || status == STATUS_DEPENDENCY ||
             (work->sent && status == STATUS_UNAUTHORIZED))
        gateway_end(work, GATEWAY_LOST, NULL, code, message);
    else
        gateway_end(work, GATEWAY_REFUSED, NULL, code == NULL ? "bad_request" : code, message);
}

static bool amount_of(const struct json_value *value, struct decimal *ret_amount)
{
    struct error ignored = {0};
    return value != NULL && value->kind == JSON_KIND_NUMBER &&
           decimal_parse(value->text, ret_amount, &ignored);
}

static void end_approved(struct gateway_work *work, const char *id,
                         const struct json_value *payment)
{
    struct decimal amount;
    const char *currency = json_text_at(payment, "currency_id");
    if (!amount_of(json_member(payment, "transaction_amount"), &amount) || currency == NULL)
        gateway_end_unreadable(work, "no amount or no currency");
    else
        gateway_end_paid(work, id, amount, currency);
}

static void read_payment(struct gateway_work *work, const struct json_value *payment)
{
    const char *id = gateway_id(json_member(payment, "id"));
    const char *status = json_text_at(payment, "status");
    const char *detail = json_text_at(payment, "status_detail");
    if (id == NULL || status == NULL)
        gateway_end_unreadable(work, "no payment");
    else if (text_equal(status, "approved"))
        end_approved(work, id, payment);
    else if (text_equal(status, "rejected"))
        gateway_end_declined(work, id, NULL, (const char *[]){detail, status}, 2, status);
    else if (text_equal(status, "cancelled"))
        gateway_end_canceled(work, id, (const char *[]){detail, status}, 2, status);
    else if (text_equal(detail, "pending_challenge"))
        gateway_end(work, GATEWAY_ACTION, id, detail, "the customer has to confirm the payment");
    else if (text_equal(status, "pending") || text_equal(status, "in_process") ||
             text_equal(status, "authorized"))
        gateway_end(work, GATEWAY_PROCESSING, id, detail == NULL ? status : detail, "");
    else
        gateway_end(work, GATEWAY_REFUSED, id, "unexpected_status",
                    arena_printf(work->arena, "the payment is %s", status));
}

/* Several payments of one reference: the approved one, else the first, which is the latest. Two
 * approved ones are for a person. */
static void read_found(struct gateway_work *work, const struct json_value *root)
{
    const char *key = gateway_key(work->arena, work->key, KEY_MAX);
    const struct json_value *results = json_member(root, "results"), *found = NULL;
    struct gateway_through through = {0};
    if (results == NULL || results->kind != JSON_KIND_ARRAY) {
        gateway_end_unreadable(work, "no list of results");
        return;
    }
    for (const struct json_value *item = results->first; item != NULL; item = item->next) {
        if (!text_equal(json_text_at(item, "external_reference"), key))
            continue;
        bool is_approved = text_equal(json_text_at(item, "status"), "approved");
        if (is_approved)
            gateway_through_add(work, &through, json_member(item, "id"));
        if (found == NULL || is_approved)
            found = item;
    }
    if (through.count > 1)
        gateway_end_paid_twice(work, gateway_id(json_member(found, "id")), &through);
    else if (found != NULL)
        read_payment(work, found);
    else
        gateway_end(work, GATEWAY_ABSENT, NULL, "absent", "Mercado Pago has no such payment");
}

/* ---------------------------------------------------------------- charges */

static void charge_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    if (text_is_empty(charge->gateway_token))
        gateway_end(work, GATEWAY_REFUSED, NULL, "no_payment_method",
                    "there is no token of Mercado Pago to charge");
    else if (work->step == 0)
        call_create(work, charge);
    else
        gateway_read_one(work, read_payment, read_error);
}

/* It may have been decided in this moment: it is asked for again. */
static void read_not_canceled(struct gateway_work *work, const struct json_value *root)
{
    gateway_end(work, GATEWAY_LOST, NULL, "not_canceled", json_text_at(root, "message"));
}

static void call_cancel(struct gateway_work *work, const char *reference)
{
    call(work, arena_printf(work->arena, "/v1/payments/%s", reference),
         "{\"status\":\"cancelled\"}");
    work->move->call.method = "PUT";
    work->move->call.header_count = 2; /* the key is that of the charge */
}

static void ask_one(struct gateway_work *work, const struct gateway_charge *charge)
{
    if (work->step == 0)
        call(work, arena_printf(work->arena, "/v1/payments/%s", charge->provider_ref), NULL);
    else if (work->step > 1)
        gateway_read_one(work, read_payment, read_not_canceled);
    else
        gateway_read_one(work, read_payment, read_error);
    if (charge->give_up && !work->move->is_call && work->move->result.outcome == GATEWAY_ACTION)
        call_cancel(work, charge->provider_ref);
}

static void ask_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    if (gateway_is_id(charge->provider_ref))
        ask_one(work, charge);
    else if (work->step > 0)
        gateway_read_one(work, read_found, read_error);
    else
        call(work,
             arena_printf(
                 work->arena,
                 "/v1/payments/search?external_reference=%s&sort=date_created"
                 "&criteria=desc",
                 gateway_percent(work->arena, gateway_key(work->arena, charge->key, KEY_MAX))),
             NULL);
}

/* ---------------------------------------------------------------- refunds */

static void read_refund(struct gateway_work *work, const struct json_value *refund)
{
    const char *id = gateway_id(json_member(refund, "id"));
    const char *status = json_text_at(refund, "status");
    struct decimal amount;
    if (id == NULL || status == NULL)
        gateway_end_unreadable(work, "no refund");
    else if (text_equal(status, "in_process") || text_equal(status, "pending") ||
             text_equal(status, "authorized"))
        gateway_end(work, GATEWAY_PROCESSING, id, status, "");
    else if (text_equal(status, "rejected") || text_equal(status, "cancelled"))
        gateway_end_declined(work, id, NULL, &status, 1, "the refund did not go through");
    else if (!text_equal(status, "approved"))
        gateway_end(work, GATEWAY_REFUSED, id, "unexpected_status",
                    arena_printf(work->arena, "the refund is %s", status));
    else if (!amount_of(json_member(refund, "amount"), &amount))
        gateway_end_unreadable(work, "no amount");
    else
        gateway_end_paid(work, id, amount, NULL);
}

/* Invariant 4. */
static void read_refunds(struct gateway_work *work, const struct json_value *root)
{
    struct decimal amount;
    if (root->kind != JSON_KIND_ARRAY) {
        gateway_end_unreadable(work, "no list of refunds");
        return;
    }
    for (const struct json_value *item = root->first; item != NULL; item = item->next)
        if (!amount_of(json_member(item, "amount"), &amount) ||
            decimal_compare(amount, money_to_decimal(work->amount)) == 0) {
            gateway_end(work, GATEWAY_REFUSED, NULL, "perhaps_refunded",
                        arena_printf(work->arena,
                                     "the payment has a refund of this amount (%s), whose it is "
                                     "cannot be told",
                                     text_or_empty(gateway_id(json_member(item, "id")))));
            return;
        }
    gateway_end(work, GATEWAY_ABSENT, NULL, "absent", "the payment has no refund of this amount");
}

static const char *refunds_path(struct arena *arena, const struct gateway_refund *refund)
{
    return arena_printf(arena, "/v1/payments/%s/refunds", refund->payment_reference);
}

static void refund_step(struct gateway_work *work, const struct gateway_refund *refund)
{
    struct gateway_json body = {.arena = work->arena};
    gateway_json_raw(&body, "amount", money_text(refund->amount).text);
    if (work->step == 0)
        call(work, refunds_path(work->arena, refund), gateway_json_object(&body));
    else
        gateway_read_one(work, read_refund, read_error);
}

static void ask_refund_step(struct gateway_work *work, const struct gateway_refund *refund)
{
    bool one = gateway_is_id(refund->provider_ref);
    if (work->step > 0)
        gateway_read_one(work, one ? read_refund : read_refunds, read_error);
    else
        call(work,
             one ? arena_printf(work->arena, "%s/%s", refunds_path(work->arena, refund),
                                refund->provider_ref)
                 : refunds_path(work->arena, refund),
             NULL);
}

static void get(struct gateway_work *work, const char *path)
{
    call(work, path, NULL);
}

const struct gateway gateway_mercadopago = {
    .name = "mercadopago",
    .url = "https://api.mercadopago.com",
    .charge = charge_step,
    .ask = ask_step,
    .refund = refund_step,
    .ask_refund = ask_refund_step,
    .get = get,
};
