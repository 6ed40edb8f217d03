/* Razorpay: an order, and a recurring payment on it.
 *
 * 1. Payments have no idempotency key. What keeps an invoice from being paid twice is its order:
 * the receipt of the order names invoice and amount and is unique, every attempt is made on this
 * one order, and Razorpay refuses a second success on an order that is paid. While it is not paid
 * yet nothing keeps a payment from being made twice: that nothing is found right behind a lost
 * answer does not mean that nothing comes (jobs/gateway_moves.h).
 * 2. Nothing is charged before the payment call: whatever becomes of making or finding the order,
 * the charge is known not to have been carried out.
 * 3. A payment is that of an attempt when its notes say so; by them it is found again.
 * 4. What a step's answer is of is told from the answer itself. Amounts are minor units. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/gateway_parts.h"

#define KEY_MAX 255
#define RECEIPT_MAX 40

enum { STEP_FOUND = 2, STEP_PAID = 3 };
enum { STATUS_BAD_REQUEST = 400, STATUS_UNAUTHORIZED = 401, STATUS_CONFLICT = 409 };

/* ---------------------------------------------------------------- calls */

static void call(struct gateway_work *work, const char *path, const char *body)
{
    struct wire_header headers[] = {
        {"Content-Type", "application/json"},
        { "X-Refund-Idempotency", gateway_key(work->arena,               work->key, KEY_MAX)},
    };
    bool refund = body != NULL && text_starts_with(path, "/v1/payments/pay_");
    gateway_call(work, path, headers, body == NULL ? 0 : refund ? 2 : 1, body);
    work->move->call.user = text_or_empty(work->account->key);
    work->move->call.password = work->account->secret;
}

static const char *units_text(struct gateway_work *work)
{
    return arena_printf(work->arena, "%" PRId64, money_minor(work->amount));
}

/* Invariant 1. Another amount is another order: what was paid in part leaves less to pay. */
static const char *receipt_of(struct gateway_work *work, const struct gateway_charge *charge)
{
    const char *receipt = arena_printf(work->arena, "%s/%s%s", charge->invoice,
                                       money_text(work->amount).text, work->amount.currency.code);
    return arena_printf(work->arena, "%.*s", RECEIPT_MAX,
                        gateway_key(work->arena, receipt, RECEIPT_MAX));
}

static const char *notes_of(struct gateway_work *work, const struct gateway_charge *charge)
{
    struct gateway_json notes = {.arena = work->arena};
    gateway_json_text(&notes, "attempt", gateway_key(work->arena, work->key, KEY_MAX));
    gateway_json_text(&notes, "invoice_id", charge->invoice);
    gateway_json_text(&notes, "customer_id", charge->customer);
    return gateway_json_object(&notes);
}

static void call_order(struct gateway_work *work, const struct gateway_charge *charge)
{
    struct gateway_json body = {.arena = work->arena}, notes = {.arena = work->arena};
    gateway_json_text(&notes, "invoice_id", charge->invoice);
    gateway_json_raw(&body, "amount", units_text(work));
    gateway_json_text(&body, "currency", work->amount.currency.code);
    gateway_json_text(&body, "receipt", receipt_of(work, charge));
    gateway_json_raw(&body, "unique_receipt", "true");
    gateway_json_raw(&body, "payment_capture", "true");
    gateway_json_raw(&body, "notes", gateway_json_object(&notes));
    call(work, "/v1/orders", gateway_json_object(&body));
}

static void call_find_order(struct gateway_work *work, const struct gateway_charge *charge)
{
    call(work,
         arena_printf(work->arena, "/v1/orders?receipt=%s",
                      gateway_percent(work->arena, receipt_of(work, charge))),
         NULL);
}

static void call_pay(struct gateway_work *work, const struct gateway_charge *charge,
                     const char *order)
{
    struct gateway_json body = {.arena = work->arena};
    gateway_json_text(&body, "email", charge->email);
    gateway_json_text(&body, "contact", charge->phone);
    gateway_json_raw(&body, "amount", units_text(work));
    gateway_json_text(&body, "currency", work->amount.currency.code);
    gateway_json_text(&body, "order_id", order);
    gateway_json_text(&body, "customer_id", charge->gateway_customer);
    gateway_json_text(&body, "token", charge->gateway_token);
    gateway_json_text(&body, "recurring", "1");
    gateway_json_text(&body, "description", charge->description);
    gateway_json_raw(&body, "notes", notes_of(work, charge));
    call(work, "/v1/payments/create/recurring", gateway_json_object(&body));
}

static void call_payment(struct gateway_work *work, const char *payment)
{
    call(work, arena_printf(work->arena, "/v1/payments/%s", payment), NULL);
}

static void call_payments_of(struct gateway_work *work, const char *order)
{
    call(work, arena_printf(work->arena, "/v1/orders/%s/payments", order), NULL);
}

/* ---------------------------------------------------------------- answers */

static bool is_entity(const struct json_value *value, const char *name)
{
    return text_equal(json_text_at(value, "entity"), name);
}

/* The items of a collection; NULL: it is none. An empty one has none either. */
static const struct json_value *items_of(const struct json_value *root)
{
    const struct json_value *items = json_member(root, "items");
    return is_entity(root, "collection") && items != NULL && items->kind == JSON_KIND_ARRAY ? items
                                                                                            : NULL;
}

static void end_error(struct gateway_work *work, enum gateway_outcome outcome,
                      const struct json_value *error)
{
    const char *reason = json_text_at(error, "reason");
    gateway_end(work, outcome, NULL, reason == NULL ? json_text_at(error, "code") : reason,
                json_text_at(error, "description"));
}

/* An error of 4xx. With a payment in it, it is that of the payment: a decline. */
static void read_error(struct gateway_work *work, const struct json_value *root, bool paying)
{
    const struct json_value *error = json_member(root, "error");
    const char *code = json_text_at(error, "code");
    const char *payment = gateway_id(json_at(error, "metadata.payment_id"));
    int32_t status = work->last->status;
    if (code == NULL)
        gateway_end_unreadable(work, "no error with a code");
    else if (paying && payment != NULL)
        gateway_end_declined(work, payment, NULL,
                             (const char *[]){json_text_at(error, "reason"), code}, 2,
                             json_text_at(error, "description"));
    else if (text_equal(code, "BAD_REQUEST_ERROR") && status != STATUS_CONFLICT &&
             !(work->sent && status == STATUS_UNAUTHORIZED))
        end_error(work, GATEWAY_REFUSED, error);
    else
        end_error(work, GATEWAY_LOST, error);
}

/* ---------------------------------------------------------------- payments */

static void end_failed(struct gateway_work *work, const char *id, const struct json_value *payment)
{
    const char *codes[] = {json_text_at(payment, "error_reason"),
                           json_text_at(payment, "error_code")};
    gateway_end_declined(work, id, NULL, codes, ARRAY_LEN(codes),
                         json_text_at(payment, "error_description"));
}

static void read_payment(struct gateway_work *work, const struct json_value *payment)
{
    const char *id = gateway_id(json_member(payment, "id"));
    const char *status = json_text_at(payment, "status");
    const char *currency = json_text_at(payment, "currency");
    int64_t amount;
    if (id == NULL || status == NULL || !is_entity(payment, "payment"))
        gateway_end_unreadable(work, "no payment");
    else if (text_equal(status, "created") || text_equal(status, "authorized"))
        gateway_end(work, GATEWAY_PROCESSING, id, status, "");
    else if (text_equal(status, "failed"))
        end_failed(work, id, payment);
    else if (!text_equal(status, "captured"))
        gateway_end(work, GATEWAY_REFUSED, id, "unexpected_status",
                    arena_printf(work->arena, "the payment is %s", status));
    else if (!json_integer_at(payment, "amount", &amount) || currency == NULL)
        gateway_end_unreadable(work, "no amount or no currency");
    else
        gateway_end_paid(
            work, id, gateway_from_units(amount, currency_digits(work->amount.currency)), currency);
}

/* All payments of the order: that of this attempt, and whether another one has paid it. Two of this
 * attempt that went through are for a person. */
static void read_payments(struct gateway_work *work, const struct json_value *items)
{
    const char *key = gateway_key(work->arena, work->key, KEY_MAX);
    const struct json_value *mine = NULL, *captured = NULL;
    struct gateway_through through = {0};
    for (const struct json_value *item = items->first; item != NULL; item = item->next) {
        bool is_captured = text_equal(json_text_at(item, "status"), "captured");
        if (is_captured)
            captured = item;
        if (!text_equal(json_text_at(item, "notes.attempt"), key))
            continue;
        if (is_captured)
            gateway_through_add(work, &through, json_member(item, "id"));
        if (mine == NULL || is_captured)
            mine = item;
    }
    if (through.count > 1)
        gateway_end_paid_twice(work, gateway_id(json_member(mine, "id")), &through);
    else if (mine != NULL)
        read_payment(work, mine);
    else if (captured != NULL)
        gateway_end(work, GATEWAY_REFUSED, gateway_id(json_member(captured, "id")), "already_paid",
                    "another payment has paid the order of this invoice");
    else if (!work->asking)
        gateway_end(work, GATEWAY_LOST, NULL, "contradictory_answer",
                    "the order is paid, and has no payment that did so");
    else
        gateway_end(work, GATEWAY_ABSENT, NULL, "absent",
                    "the order has no payment of this attempt");
}

/* ---------------------------------------------------------------- orders */

/* The only one of this receipt and amount; *ret_count says how many there are. */
static const struct json_value *find_order(struct gateway_work *work,
                                           const struct gateway_charge *charge,
                                           const struct json_value *items, size_t *ret_count)
{
    const char *receipt = receipt_of(work, charge);
    const struct json_value *found = NULL;
    *ret_count = 0;
    for (const struct json_value *item = items->first; item != NULL; item = item->next)
        if (is_entity(item, "order") && text_equal(json_text_at(item, "receipt"), receipt)) {
            found = item;
            (*ret_count)++;
        }
    return found;
}

static bool is_as_asked(const struct gateway_work *work, const struct json_value *order)
{
    int64_t amount;
    return json_integer_at(order, "amount", &amount) && amount == money_minor(work->amount) &&
           text_equal(json_text_at(order, "currency"), work->amount.currency.code);
}

/* Pays the order, or looks at what has paid it. */
static void read_order(struct gateway_work *work, const struct gateway_charge *charge,
                       const struct json_value *order)
{
    const char *id = gateway_id(json_member(order, "id"));
    const char *status = json_text_at(order, "status");
    if (id == NULL || status == NULL)
        gateway_end(work, work->sent ? GATEWAY_LOST : GATEWAY_AGAIN, NULL, "unreadable_answer",
                    "no order came back");
    else if (!is_as_asked(work, order))
        gateway_end(work, GATEWAY_REFUSED, id, "wrong_amount",
                    "the order of this receipt is of another amount or currency");
    else if (text_equal(status, "paid"))
        call_payments_of(work, id);
    else
        call_pay(work, charge, id);
}

static void read_found_orders(struct gateway_work *work, const struct gateway_charge *charge,
                              const struct json_value *items)
{
    size_t count = 0;
    const struct json_value *order = find_order(work, charge, items, &count);
    if (count > 1)
        gateway_end(work, GATEWAY_REFUSED, NULL, "several_orders",
                    "there are several orders of one receipt");
    else if (order == NULL)
        gateway_end(work, GATEWAY_LOST, NULL, "no_order", "the order is not there yet");
    else
        read_order(work, charge, order);
}

/* "An order with the same receipt value has already been created". */
static bool is_known_receipt(const struct json_value *root)
{
    const char *description = json_text_at(root, "error.description");
    return text_equal(json_text_at(root, "error.field"), "receipt") ||
           (description != NULL && strstr(description, "receipt") != NULL);
}

/* The answer to making an order: invariant 2. */
static void read_made_order(struct gateway_work *work, const struct gateway_charge *charge)
{
    const struct json_value *root = NULL;
    if (!gateway_read(work, &root)) {
        work->move->result.outcome = GATEWAY_AGAIN;
        return;
    }
    if (gateway_is_good(work->last))
        read_order(work, charge, root);
    else if (work->last->status == STATUS_BAD_REQUEST && is_known_receipt(root))
        call_find_order(work, charge);
    else {
        read_error(work, root, false);
        if (work->move->result.outcome == GATEWAY_LOST)
            work->move->result.outcome = GATEWAY_AGAIN;
    }
}

/* ---------------------------------------------------------------- charges */

/* An answer behind the first: of orders that were looked for (step 2), of the payment call (2 or
 * 3), of the payment itself, or of the payments of an order that is paid. So no answer leads round
 * in circles. */
static void read_later_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    const struct json_value *root = NULL;
    if (!gateway_read(work, &root))
        return;
    const struct json_value *items = items_of(root);
    const char *payment = gateway_id(json_member(root, "razorpay_payment_id"));
    if (!gateway_is_good(work->last))
        read_error(work, root, true);
    else if (items != NULL && work->step == STEP_FOUND && !is_entity(items->first, "payment"))
        read_found_orders(work, charge, items);
    else if (items != NULL)
        read_payments(work, items);
    else if (payment != NULL && work->step <= STEP_PAID)
        call_payment(work, payment);
    else
        read_payment(work, root);
}

static void charge_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    if (text_is_empty(charge->gateway_customer) || text_is_empty(charge->gateway_token))
        gateway_end(work, GATEWAY_REFUSED, NULL, "no_payment_method",
                    "there is no customer or token of Razorpay to charge");
    else if (work->step == 0)
        call_order(work, charge);
    else if (work->step == 1)
        read_made_order(work, charge);
    else
        read_later_step(work, charge);
}

/* Orders of the receipt came in: its payments are looked at. */
static void ask_orders(struct gateway_work *work, const struct gateway_charge *charge,
                       const struct json_value *items)
{
    size_t count = 0;
    const struct json_value *order = find_order(work, charge, items, &count);
    const char *id = gateway_id(json_member(order, "id"));
    if (count > 1)
        gateway_end(work, GATEWAY_REFUSED, NULL, "several_orders",
                    "there are several orders of one receipt");
    else if (order == NULL)
        gateway_end(work, GATEWAY_ABSENT, NULL, "absent", "Razorpay has no order of this receipt");
    else if (id == NULL)
        gateway_end_unreadable(work, "an order without an id");
    else
        call_payments_of(work, id);
}

static void ask_later_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    const struct json_value *root = NULL;
    if (!gateway_read(work, &root))
        return;
    const struct json_value *items = items_of(root);
    if (!gateway_is_good(work->last))
        read_error(work, root, false);
    else if (items == NULL)
        read_payment(work, root);
    else if (work->step == 1)
        ask_orders(work, charge, items);
    else
        read_payments(work, items);
}

static void ask_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    if (work->step > 0)
        ask_later_step(work, charge);
    else if (gateway_is_id(charge->provider_ref))
        call_payment(work, charge->provider_ref);
    else
        call_find_order(work, charge);
}

/* ---------------------------------------------------------------- refunds */

static void read_refund(struct gateway_work *work, const struct json_value *refund)
{
    const char *id = gateway_id(json_member(refund, "id"));
    const char *status = json_text_at(refund, "status");
    int64_t amount;
    if (id == NULL || status == NULL || !is_entity(refund, "refund"))
        gateway_end_unreadable(work, "no refund");
    else if (text_equal(status, "pending"))
        gateway_end(work, GATEWAY_PROCESSING, id, status, "");
    else if (text_equal(status, "failed"))
        gateway_end_declined(work, id, NULL, &status, 1, "the refund did not go through");
    else if (!text_equal(status, "processed"))
        gateway_end(work, GATEWAY_REFUSED, id, "unexpected_status",
                    arena_printf(work->arena, "the refund is %s", status));
    else if (!json_integer_at(refund, "amount", &amount))
        gateway_end_unreadable(work, "no amount");
    else
        gateway_end_paid(work, id,
                         gateway_from_units(amount, currency_digits(work->amount.currency)),
                         json_text_at(refund, "currency"));
}

static void read_refunds(struct gateway_work *work, const struct json_value *items)
{
    const char *key = gateway_key(work->arena, work->key, KEY_MAX);
    for (const struct json_value *item = items->first; item != NULL; item = item->next)
        if (text_equal(json_text_at(item, "notes.attempt"), key)) {
            read_refund(work, item);
            return;
        }
    gateway_end(work, GATEWAY_ABSENT, NULL, "absent", "the payment has no such refund");
}

static void read_refund_step(struct gateway_work *work)
{
    const struct json_value *root = NULL;
    if (!gateway_read(work, &root))
        return;
    const struct json_value *items = items_of(root);
    if (!gateway_is_good(work->last))
        read_error(work, root, false);
    else if (items != NULL && work->asking)
        read_refunds(work, items);
    else
        read_refund(work, root);
}

static void refund_step(struct gateway_work *work, const struct gateway_refund *refund)
{
    struct gateway_json body = {.arena = work->arena}, notes = {.arena = work->arena};
    if (work->step > 0) {
        read_refund_step(work);
        return;
    }
    gateway_json_text(&notes, "attempt", gateway_key(work->arena, refund->key, KEY_MAX));
    gateway_json_raw(&body, "amount", units_text(work));
    gateway_json_text(&body, "speed", "normal");
    gateway_json_raw(&body, "notes", gateway_json_object(&notes));
    call(work, arena_printf(work->arena, "/v1/payments/%s/refund", refund->payment_reference),
         gateway_json_object(&body));
}

static void ask_refund_step(struct gateway_work *work, const struct gateway_refund *refund)
{
    if (work->step > 0)
        read_refund_step(work);
    else if (gateway_is_id(refund->provider_ref))
        call(work, arena_printf(work->arena, "/v1/refunds/%s", refund->provider_ref), NULL);
    else
        call(work, arena_printf(work->arena, "/v1/payments/%s/refunds", refund->payment_reference),
             NULL);
}

static void get(struct gateway_work *work, const char *path)
{
    call(work, path, NULL);
}

const struct gateway gateway_razorpay = {
    .name = "razorpay",
    .url = "https://api.razorpay.com",
    .charge = charge_step,
    .ask = ask_step,
    .refund = refund_step,
    .ask_refund = ask_refund_step,
    .get = get,
};
