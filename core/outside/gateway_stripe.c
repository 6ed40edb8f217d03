/* Stripe: PaymentIntents that are confirmed at once, without the customer (off-session).
 *
 * 1. Every attempt is a PaymentIntent of its own, with the key as Idempotency-Key and in
 * metadata[attempt], by which it is found again: lists show what was just made, searches do not.
 * 2. Stripe keeps the answer of a key, also a 500, so that the same request would be told the same
 * for a day. A 500 that is a replay therefore looks for the payment, and where there is none the
 * attempt is a known failure: the next one has a key of its own.
 * 3. Amounts are in the units that Stripe gives each currency, which are not those of ISO 4217
 * everywhere: 100 of ISK and UGX for one (no fractions of them), whole MGA, and three digits
 * that end in 0. Source: docs.stripe.com/currencies. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/gateway_parts.h"

#define KEY_MAX 255
#define PAGE_ITEMS "100"
#define REDIRECT "next_action.redirect_to_url.url"

enum {
    STATUS_UNAUTHORIZED = 401,
    STATUS_DECLINED = 402,
    STATUS_CONFLICT = 409,
    STATUS_DEPENDENCY = 424,
    STATUS_SERVER = 500
};

/* ---------------------------------------------------------------- amounts */

static const struct stripe_currency {
    const char *code;
    int32_t digits;
    int64_t step; /* amounts are multiples of it */
} stripe_currencies[] = {
    {"MGA", 0, 1  },
    {"ISK", 2, 100},
    {"UGX", 2, 100},
    {"BHD", 3, 10 },
    {"JOD", 3, 10 },
    {"KWD", 3, 10 },
    {"OMR", 3, 10 },
    {"TND", 3, 10 },
};

/* The others, zero-decimal ones among them, are as ISO 4217 has them. */
static struct stripe_currency currency_of(struct currency currency)
{
    for (size_t i = 0; i < ARRAY_LEN(stripe_currencies); i++)
        if (text_equal(stripe_currencies[i].code, currency.code))
            return stripe_currencies[i];
    return (struct stripe_currency){currency.code, currency_digits(currency), 1};
}

int32_t gateway_stripe_digits(struct currency currency)
{
    return currency.code[0] == '\0' ? 0 : currency_of(currency).digits;
}

static const char *amount_text(struct gateway_work *work)
{
    struct stripe_currency units = currency_of(work->amount.currency);
    int64_t amount;
    if (!gateway_units(work->amount, units.digits, &amount) || amount % units.step != 0) {
        gateway_end(work, GATEWAY_REFUSED, NULL, "amount_not_chargeable",
                    arena_printf(work->arena, "Stripe takes no %s %s: too many digits",
                                 work->amount.currency.code, money_text(work->amount).text));
        return NULL;
    }
    return arena_printf(work->arena, "%" PRId64, amount);
}

static const char *currency_text(struct gateway_work *work)
{
    char *code = arena_copy(work->arena, work->amount.currency.code);
    for (char *c = code; *c != '\0'; c++)
        *c = (char)(*c | 0x20);
    return code;
}

/* ---------------------------------------------------------------- calls */

static void call_as(struct gateway_work *work, const char *path, const char *body, const char *key)
{
    const char *version = work->account->version;
    struct wire_header headers[] = {
        {"Stripe-Version",  version == NULL ? GATEWAY_STRIPE_VERSION : version},
        {"Idempotency-Key", gateway_key(work->arena,                            key, KEY_MAX)},
        {"Content-Type",         "application/x-www-form-urlencoded"                                                          },
    };
    gateway_call(work, path, headers, body == NULL ? 1 : ARRAY_LEN(headers), body);
    work->move->call.user = work->account->secret;
    work->move->call.password = "";
}

static void call(struct gateway_work *work, const char *path, const char *body)
{
    call_as(work, path, body, work->key);
}

static void call_create(struct gateway_work *work, const struct gateway_charge *charge)
{
    struct gateway_form form = {.arena = work->arena};
    const char *amount = amount_text(work);
    if (amount == NULL)
        return;
    gateway_form_add(&form, "amount", amount);
    gateway_form_add(&form, "currency", currency_text(work));
    gateway_form_add(&form, "customer", charge->gateway_customer);
    gateway_form_add(&form, "payment_method", charge->gateway_token);
    gateway_form_add(&form, "off_session", "true");
    gateway_form_add(&form, "confirm", "true");
    gateway_form_add(&form, "automatic_payment_methods[enabled]", "true");
    gateway_form_add(&form, "automatic_payment_methods[allow_redirects]", "never");
    gateway_form_add(&form, "description", charge->description);
    gateway_form_add(&form, "metadata[invoice_id]", charge->invoice);
    gateway_form_add(&form, "metadata[customer_id]", charge->customer);
    gateway_form_add(&form, "metadata[attempt]", gateway_key(work->arena, work->key, KEY_MAX));
    call(work, "/v1/payment_intents", form.text);
}

/* A page of the list at `path`, which ends in what it is limited to. */
static void call_page(struct gateway_work *work, const char *path, const char *after)
{
    call(work,
         arena_printf(work->arena, "%slimit=" PAGE_ITEMS "%s%s", path,
                      after == NULL ? "" : "&starting_after=", text_or_empty(after)),
         NULL);
}

/* ---------------------------------------------------------------- errors */

static bool is_decline(const struct gateway_work *work, const struct json_value *error)
{
    const char *type = json_text_at(error, "type");
    return work->last->status == STATUS_DECLINED || text_equal(type, "card_error") ||
           (text_equal(json_text_at(error, "code"), "resource_missing") &&
            text_equal(json_text_at(error, "param"), "payment_method"));
}

/* The most telling first: what the network said, the decline code, the error code. */
static void end_declined(struct gateway_work *work, const char *reference,
                         const struct json_value *error)
{
    const char *network = json_text_at(error, "network_decline_code");
    const char *codes[] = {json_text_at(error, "decline_code"), json_text_at(error, "code")};
    const char *looked_up[] = {network == NULL ? NULL
                                               : arena_printf(work->arena, "network:%s", network),
                               codes[0], codes[1]};
    gateway_end_declined(work, reference, json_text_at(error, "advice_code"), looked_up,
                         ARRAY_LEN(looked_up), json_text_at(error, "message"));
    const char *code = codes[0] != NULL ? codes[0] : codes[1];
    if (code != NULL && gateway_is_id(code))
        work->move->result.code = arena_copy(work->arena, code);
}

/* A decline says in which state its PaymentIntent is; one that may still be paid is not over. */
static void end_card_error(struct gateway_work *work, const struct json_value *error)
{
    const char *reference = gateway_id(json_at(error, "payment_intent.id"));
    const char *status = json_text_at(error, "payment_intent.status");
    if (text_equal(status, "requires_action"))
        gateway_end_action(work, reference, status, json_text_at(error, "message"),
                           json_text_at(error, "payment_intent." REDIRECT));
    else if (text_equal(status, "succeeded") || text_equal(status, "processing") ||
             text_equal(status, "requires_capture"))
        gateway_end(work, GATEWAY_LOST, reference, "contradictory_answer",
                    "declined, and the payment says otherwise");
    else
        end_declined(work, reference, error);
}

/* An answer of 4xx. Whether a payment is there cannot be asked with a key that is refused. */
static void read_error(struct gateway_work *work, const struct json_value *root)
{
    const struct json_value *error = json_member(root, "error");
    const char *type = json_text_at(error, "type");
    const char *code = json_text_at(error, "code");
    int32_t status = work->last->status;
    if (type == NULL) {
        gateway_end_unreadable(work, "no error with a type");
        return;
    }
    bool lost = status == STATUS_CONFLICT || status == STATUS_DEPENDENCY ||
                text_equal(type, "api_error") || (work->sent && status == STATUS_UNAUTHORIZED);
    if (lost)
        gateway_end(work, GATEWAY_LOST, NULL, code == NULL ? type : code,
                    json_text_at(error, "message"));
    else if (is_decline(work, error) && !work->sent)
        end_card_error(work, error);
    else
        gateway_end(work, GATEWAY_REFUSED, NULL, code == NULL ? type : code,
                    json_text_at(error, "message"));
}

/* ---------------------------------------------------------------- payments */

static void end_succeeded(struct gateway_work *work, const char *reference,
                          const struct json_value *object, const char *amount_name)
{
    int64_t amount;
    const char *currency = json_text_at(object, "currency");
    if (!json_integer_at(object, amount_name, &amount) || currency == NULL)
        gateway_end_unreadable(work, "no amount or no currency");
    else
        gateway_end_paid(work, reference,
                         gateway_from_units(amount, currency_of(work->amount.currency).digits),
                         currency);
}

static void read_intent(struct gateway_work *work, const struct json_value *intent)
{
    const char *id = gateway_id(json_member(intent, "id"));
    const char *status = json_text_at(intent, "status");
    const struct json_value *failure = json_member(intent, "last_payment_error");
    if (id == NULL || status == NULL ||
        !text_equal(json_text_at(intent, "object"), "payment_intent"))
        gateway_end_unreadable(work, "no payment_intent");
    else if (text_equal(status, "succeeded"))
        end_succeeded(work, id, intent, "amount_received");
    else if (text_equal(status, "processing"))
        gateway_end(work, GATEWAY_PROCESSING, id, status, "");
    else if (text_equal(status, "requires_action"))
        gateway_end_action(work, id, status, "the customer has to confirm the payment",
                           json_text_at(intent, REDIRECT));
    else if (text_equal(status, "requires_payment_method") && failure != NULL &&
             failure->kind == JSON_KIND_OBJECT)
        end_declined(work, id, failure);
    else if (text_equal(status, "canceled"))
        gateway_end_canceled(work, id, (const char *[]){"canceled"}, 1,
                             json_text_at(intent, "cancellation_reason"));
    else
        gateway_end(work, GATEWAY_REFUSED, id, "unexpected_status",
                    arena_printf(work->arena, "the payment is %s", status));
}

static void read_refund(struct gateway_work *work, const struct json_value *refund)
{
    const char *id = gateway_id(json_member(refund, "id"));
    const char *status = json_text_at(refund, "status");
    if (id == NULL || status == NULL || !text_equal(json_text_at(refund, "object"), "refund"))
        gateway_end_unreadable(work, "no refund");
    else if (text_equal(status, "succeeded"))
        end_succeeded(work, id, refund, "amount");
    else if (text_equal(status, "pending"))
        gateway_end(work, GATEWAY_PROCESSING, id, status, "");
    else if (text_equal(status, "requires_action"))
        gateway_end(work, GATEWAY_ACTION, id, status, "");
    else if (text_equal(status, "failed") || text_equal(status, "canceled"))
        gateway_end_declined(work, id, NULL,
                             (const char *[]){json_text_at(refund, "failure_reason"), status}, 2,
                             "the refund did not go through");
    else
        gateway_end(work, GATEWAY_REFUSED, id, "unexpected_status",
                    arena_printf(work->arena, "the refund is %s", status));
}

/* ---------------------------------------------------------------- looking for it */

/* Of this attempt; one that went through before one that did not. After the day for which Stripe
 * keeps keys there could be two that did. */
static const struct json_value *find_in_page(const struct gateway_work *work,
                                             const struct json_value *page,
                                             struct gateway_through *ret_through)
{
    const char *key = gateway_key(work->arena, work->key, KEY_MAX);
    const struct json_value *found = NULL;
    *ret_through = (struct gateway_through){0};
    for (const struct json_value *item = page->first; item != NULL; item = item->next) {
        if (!text_equal(json_text_at(item, "metadata.attempt"), key))
            continue;
        bool succeeded = text_equal(json_text_at(item, "status"), "succeeded");
        if (succeeded)
            gateway_through_add(work, ret_through, json_member(item, "id"));
        if (found == NULL || succeeded)
            found = item;
    }
    return found;
}

static const char *last_id(const struct json_value *page)
{
    const struct json_value *last = page->first;
    while (last != NULL && last->next != NULL)
        last = last->next;
    return gateway_id(json_member(last, "id"));
}

/* What is said when the whole list has no such payment. */
static void end_not_there(struct gateway_work *work, bool after_replay)
{
    if (after_replay)
        gateway_end_declined(work, NULL, NULL, (const char *[]){"api_error"}, 1,
                             "Stripe failed and has charged nothing");
    else
        gateway_end(work, GATEWAY_ABSENT, NULL, "absent", "Stripe has no such payment");
}

/* A page of a list came in. */
static void read_page(struct gateway_work *work, const char *path, gateway_reader *read,
                      bool after_replay)
{
    const struct json_value *root = NULL;
    if (!gateway_read(work, &root))
        return;
    if (!gateway_is_good(work->last)) {
        read_error(work, root);
        return;
    }
    const struct json_value *page = json_member(root, "data");
    const struct json_value *more = json_member(root, "has_more");
    if (page == NULL || page->kind != JSON_KIND_ARRAY || more == NULL ||
        (more->kind != JSON_KIND_TRUE && more->kind != JSON_KIND_FALSE)) {
        gateway_end_unreadable(work, "no list");
        return;
    }
    struct gateway_through through;
    const struct json_value *found = find_in_page(work, page, &through);
    if (through.count > 1)
        gateway_end_paid_twice(work, gateway_id(json_member(found, "id")), &through);
    else if (found != NULL)
        read(work, found);
    else if (!json_says_true(more))
        end_not_there(work, after_replay);
    else if (last_id(page) == NULL)
        gateway_end_unreadable(work, "a list that goes on behind nothing");
    else if (work->step >= WIRE_CALLS_MAX)
        gateway_end(work, GATEWAY_REFUSED, NULL, "too_many_payments",
                    arena_printf(work->arena,
                                 "not among the latest payments there: look by hand for the one "
                                 "with metadata[attempt] %s",
                                 gateway_key(work->arena, work->key, KEY_MAX)));
    else
        call_page(work, path, last_id(page));
}

/* By the reference where one is known, else through the list. */
static void ask(struct gateway_work *work, const char *folder, const char *reference,
                const char *list, gateway_reader *read)
{
    bool one = reference != NULL && gateway_is_id(reference);
    if (work->step == 0 && one)
        call(work, arena_printf(work->arena, "%s/%s", folder, reference), NULL);
    else if (work->step == 0)
        call_page(work, list, NULL);
    else if (one)
        gateway_read_one(work, read, read_error);
    else
        read_page(work, list, read, false);
}

/* ---------------------------------------------------------------- charges */

static const char *charge_list(struct arena *arena, const struct gateway_charge *charge)
{
    const char *customer = gateway_percent(arena, text_or_empty(charge->gateway_customer));
    return charge->made_from_s > 0
               ? arena_printf(arena,
                              "/v1/payment_intents?customer=%s&created%%5Bgte%%5D=%" PRId64 "&",
                              customer, charge->made_from_s)
               : arena_printf(arena, "/v1/payment_intents?customer=%s&", customer);
}

static bool is_replayed_failure(const struct wire_answer *last)
{
    return last->end == WIRE_ANSWERED && last->status >= STATUS_SERVER &&
           text_equal(wire_answer_header(last, "Idempotent-Replayed"), "true");
}

static void charge_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    if (text_is_empty(charge->gateway_customer) || text_is_empty(charge->gateway_token))
        gateway_end(work, GATEWAY_REFUSED, NULL, "no_payment_method",
                    "there is no customer or payment method of Stripe to charge");
    else if (work->step == 0)
        call_create(work, charge);
    else if (work->step > 1)
        read_page(work, charge_list(work->arena, charge), read_intent, true);
    else if (is_replayed_failure(work->last))
        call_page(work, charge_list(work->arena, charge), NULL);
    else
        gateway_read_one(work, read_intent, read_error);
}

/* It may have been decided in this moment: it is asked for again. */
static void read_not_canceled(struct gateway_work *work, const struct json_value *root)
{
    gateway_end(work, GATEWAY_LOST, NULL, "not_canceled", json_text_at(root, "error.message"));
}

static void ask_step(struct gateway_work *work, const struct gateway_charge *charge)
{
    const char *reference = charge->provider_ref;
    bool gives_up = charge->give_up && reference != NULL && gateway_is_id(reference);
    if (gives_up && work->step == 2) {
        gateway_read_one(work, read_intent, read_not_canceled);
        return;
    }
    ask(work, "/v1/payment_intents", reference, charge_list(work->arena, charge), read_intent);
    if (gives_up && !work->move->is_call && work->move->result.outcome == GATEWAY_ACTION)
        call_as(work, arena_printf(work->arena, "/v1/payment_intents/%s/cancel", reference),
                "cancellation_reason=abandoned", arena_printf(work->arena, "%s:cancel", work->key));
}

/* ---------------------------------------------------------------- refunds */

/* "payment_intent" or "charge": what the reference is of. */
static const char *payment_kind(const struct gateway_refund *refund)
{
    return text_starts_with(refund->payment_reference, "ch_") ? "charge" : "payment_intent";
}

static const char *refund_list(struct arena *arena, const struct gateway_refund *refund)
{
    return arena_printf(arena, "/v1/refunds?%s=%s&", payment_kind(refund),
                        refund->payment_reference);
}

static void call_refund(struct gateway_work *work, const struct gateway_refund *refund)
{
    struct gateway_form form = {.arena = work->arena};
    const char *amount = amount_text(work);
    if (amount == NULL)
        return;
    gateway_form_add(&form, payment_kind(refund), refund->payment_reference);
    gateway_form_add(&form, "amount", amount);
    gateway_form_add(&form, "metadata[attempt]", gateway_key(work->arena, work->key, KEY_MAX));
    call(work, "/v1/refunds", form.text);
}

static void refund_step(struct gateway_work *work, const struct gateway_refund *refund)
{
    if (work->step == 0)
        call_refund(work, refund);
    else if (work->step > 1)
        read_page(work, refund_list(work->arena, refund), read_refund, true);
    else if (is_replayed_failure(work->last))
        call_page(work, refund_list(work->arena, refund), NULL);
    else
        gateway_read_one(work, read_refund, read_error);
}

static void ask_refund_step(struct gateway_work *work, const struct gateway_refund *refund)
{
    ask(work, "/v1/refunds", refund->provider_ref, refund_list(work->arena, refund), read_refund);
}

static void get(struct gateway_work *work, const char *path)
{
    call(work, path, NULL);
}

const struct gateway gateway_stripe = {
    .name = "stripe",
    .url = "https://api.stripe.com",
    .charge = charge_step,
    .ask = ask_step,
    .refund = refund_step,
    .ask_refund = ask_refund_step,
    .get = get,
};
