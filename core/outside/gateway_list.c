/* Lists of payments of the three gateways: see gateway_list.h. */
#include "core/outside/gateway_list.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/outside/gateway_parts.h"

/* A page has at most so many: with what hangs on each of them it is still read (json_read.h). */
#define PAGE_ITEMS 50
#define PAGES_MAX 20000

enum { STATUS_BAD_REQUEST = 400, STATUS_NOT_FOUND = 404, STATUS_TOO_MANY = 429 };

#define CHARGE "ch_" /* how Stripe calls one */

/* A page that came in, and what is made of it. */
struct list_work {
    struct gateway_work work; /* `call` of the gateway writes its move */
    const struct gateway_question *question;
    struct gateway_listed_items *items;
    struct arena *arena;
    int32_t page;
};

/* ---------------------------------------------------------------- amounts */

static bool is_word(const struct json_value *object, const char *path, const char *const *words)
{
    const char *status = json_text_at(object, path);
    for (; *words != NULL; words++)
        if (text_equal(status, *words))
            return true;
    return false;
}

static struct currency currency_of(const char *code)
{
    char capitals[4] = "";
    struct currency currency = {""};
    struct error unknown = {0};
    for (size_t i = 0; code != NULL && i < 3 && code[i] != '\0'; i++)
        capitals[i] = (char)(code[i] & ~0x20);
    return currency_parse(capitals, &currency, &unknown) ? currency : (struct currency){""};
}

static struct money money_of(struct decimal amount, struct currency currency)
{
    struct money money = money_zero(currency);
    struct error unreadable = {0};
    if (currency.code[0] != '\0' &&
        !money_from_decimal(amount, currency, ROUND_HALF_UP, &money, &unreadable))
        money = money_zero(currency);
    return money;
}

static struct money units_at(const struct json_value *item, const char *path,
                             struct currency currency, int32_t digits)
{
    int64_t units = 0;
    if (!json_integer_at(item, path, &units))
        units = 0;
    return money_of(gateway_from_units(units, digits), currency);
}

static struct money decimal_at(const struct json_value *item, const char *path,
                               struct currency currency)
{
    const struct json_value *value = json_at(item, path);
    struct decimal amount = {0};
    struct error unreadable = {0};
    if (value == NULL || value->kind != JSON_KIND_NUMBER ||
        !decimal_parse(value->text, &amount, &unreadable))
        amount = (struct decimal){0};
    return money_of(amount, currency);
}

static int64_t seconds_at(const struct json_value *item, const char *path)
{
    int64_t seconds = 0;
    return json_integer_at(item, path, &seconds) ? seconds : 0;
}

/* ---------------------------------------------------------------- one payment */

static void read_stripe(const struct json_value *item, struct gateway_listed *ret)
{
    static const char *const paid[] = {"succeeded", NULL};
    struct currency currency = currency_of(json_text_at(item, "currency"));
    int32_t digits = gateway_stripe_digits(currency);
    ret->paid = is_word(item, "status", paid);
    ret->also = gateway_id(json_at(item, "latest_charge.id"));
    ret->disputed = json_says_true(json_at(item, "latest_charge.disputed"));
    ret->key = json_text_at(item, "metadata.attempt");
    ret->amount = units_at(item, ret->paid ? "amount_received" : "amount", currency, digits);
    ret->refunded = units_at(item, "latest_charge.amount_refunded", currency, digits);
    ret->created_s = seconds_at(item, "created");
}

/* A charge, with the payment_intent that it is of. */
static void read_stripe_charge(const struct json_value *item, struct gateway_listed *ret)
{
    static const char *const paid[] = {"succeeded", NULL};
    struct currency currency = currency_of(json_text_at(item, "currency"));
    int32_t digits = gateway_stripe_digits(currency);
    const char *intent = gateway_id(json_at(item, "payment_intent.id"));
    if (intent != NULL) {
        ret->reference = intent;
        ret->also = gateway_id(json_member(item, "id"));
    }
    ret->paid = is_word(item, "status", paid);
    ret->disputed = json_says_true(json_member(item, "disputed"));
    ret->key = json_text_at(item, "payment_intent.metadata.attempt");
    ret->amount = units_at(item, ret->paid ? "amount_captured" : "amount", currency, digits);
    ret->refunded = units_at(item, "amount_refunded", currency, digits);
    ret->created_s = seconds_at(item, "created");
}

static void read_stripe_any(const struct json_value *item, struct gateway_listed *ret)
{
    (text_equal(json_text_at(item, "object"), "charge") ? read_stripe_charge : read_stripe)(item,
                                                                                            ret);
}

static void read_razorpay(const struct json_value *item, struct gateway_listed *ret)
{
    static const char *const paid[] = {"captured", "refunded", NULL};
    struct currency currency = currency_of(json_text_at(item, "currency"));
    int32_t digits = currency.code[0] == '\0' ? 0 : currency_digits(currency);
    ret->paid = is_word(item, "status", paid);
    ret->key = json_text_at(item, "notes.attempt");
    ret->amount = units_at(item, "amount", currency, digits);
    ret->refunded = units_at(item, "amount_refunded", currency, digits);
    ret->created_s = seconds_at(item, "created_at");
}

static void read_mercadopago(const struct json_value *item, struct gateway_listed *ret)
{
    static const char *const paid[] = {"approved", "refunded", "charged_back", "in_mediation",
                                       NULL};
    static const char *const disputed[] = {"charged_back", "in_mediation", NULL};
    static const char *const lost[] = {"settled", NULL}, *const won[] = {"reimbursed", NULL};
    struct currency currency = currency_of(json_text_at(item, "currency_id"));
    ret->paid = is_word(item, "status", paid);
    bool is_lost = is_word(item, "status", disputed) && is_word(item, "status_detail", lost);
    ret->disputed =
        is_word(item, "status", disputed) && !is_lost && !is_word(item, "status_detail", won);
    ret->key = json_text_at(item, "external_reference");
    ret->amount = decimal_at(item, "transaction_amount", currency);
    ret->refunded =
        is_lost ? ret->amount : decimal_at(item, "transaction_amount_refunded", currency);
}

/* ---------------------------------------------------------------- where lists are */

static const char *instant_of(int64_t seconds, struct arena *arena)
{
    struct instant_text text = instant_text(seconds * 1000000);
    return gateway_percent(arena, text.text);
}

static const char *page_of_stripe(const struct list_work *list)
{
    const char *after =
        list->items->count == 0 ? NULL : list->items->items[list->items->count - 1].reference;
    return arena_printf(list->work.arena,
                        "/v1/payment_intents?created%%5Bgte%%5D=%" PRId64
                        "&created%%5Blt%%5D=%" PRId64
                        "&expand%%5B%%5D=data.latest_charge&limit=%d%s%s",
                        list->question->from_s, list->question->until_s, PAGE_ITEMS,
                        list->page == 0 || after == NULL ? "" : "&starting_after=",
                        list->page == 0 ? "" : text_or_empty(after));
}

static const char *page_of_razorpay(const struct list_work *list)
{
    return arena_printf(list->work.arena,
                        "/v1/payments?from=%" PRId64 "&to=%" PRId64 "&count=%d&skip=%" PRId64,
                        list->question->from_s, list->question->until_s - 1, PAGE_ITEMS,
                        (int64_t)list->page * PAGE_ITEMS);
}

static const char *page_of_mercadopago(const struct list_work *list)
{
    return arena_printf(list->work.arena,
                        "/v1/payments/search?sort=date_created&criteria=asc&range=date_created"
                        "&begin_date=%s&end_date=%s&limit=%d&offset=%" PRId64,
                        instant_of(list->question->from_s, list->work.arena),
                        instant_of(list->question->until_s - 1, list->work.arena), PAGE_ITEMS,
                        (int64_t)list->page * PAGE_ITEMS);
}

static bool is_charge(const char *reference)
{
    return text_starts_with(reference, CHARGE);
}

static const char *one_of_stripe(const struct list_work *list)
{
    const char *reference = list->question->reference;
    return arena_printf(list->work.arena, "/v1/%s/%s?expand%%5B%%5D=%s",
                        is_charge(reference) ? "charges" : "payment_intents", reference,
                        is_charge(reference) ? "payment_intent" : "latest_charge");
}

static const char *one_of_others(const struct list_work *list)
{
    return arena_printf(list->work.arena, "/v1/payments/%s", list->question->reference);
}

/* How disputes of the one that was asked for stand. */
static const char *disputes_of_stripe(const struct list_work *list)
{
    const char *reference = list->question->reference;
    return arena_printf(list->work.arena, "/v1/disputes?%s=%s&limit=%d",
                        is_charge(reference) ? "charge" : "payment_intent", reference, PAGE_ITEMS);
}

static const struct list_kind {
    const struct gateway *gateway;
    const char *items; /* the member that has them */
    const char *(*page)(const struct list_work *list);
    const char *(*one)(const struct list_work *list);
    const char *(*disputes)(const struct list_work *list); /* NULL: each payment says it */
    void (*read)(const struct json_value *item, struct gateway_listed *ret);
} kinds[] = {
    {&gateway_stripe,      "data",    page_of_stripe,      one_of_stripe, disputes_of_stripe, read_stripe_any },
    {&gateway_razorpay,    "items",   page_of_razorpay,    one_of_others, NULL,               read_razorpay   },
    {&gateway_mercadopago, "results", page_of_mercadopago, one_of_others, NULL,               read_mercadopago},
};

static const struct list_kind *kind_of(const struct gateway *gateway)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].gateway == gateway)
            return &kinds[i];
    return NULL;
}

/* ---------------------------------------------------------------- answers */

static void fail(struct gateway_list_move *move, const char *why, bool again)
{
    *move = (struct gateway_list_move){.state = LIST_FAILED, .why = why, .again = again};
}

static bool add_item(struct list_work *list, const struct list_kind *kind,
                     const struct json_value *item)
{
    const char *reference = gateway_id(json_member(item, "id"));
    const char *status = json_text_at(item, "status");
    struct gateway_listed listed = {0};
    if (reference == NULL || !gateway_is_id(status))
        return false;
    kind->read(item, &listed);
    listed.reference =
        arena_copy(list->arena, listed.reference == NULL ? reference : listed.reference);
    listed.also = listed.also == NULL ? NULL : arena_copy(list->arena, listed.also);
    listed.status = arena_copy(list->arena, status);
    bool is_key = listed.key != NULL && text_is_plain(listed.key, strlen(listed.key));
    listed.key = is_key ? arena_copy(list->arena, listed.key) : NULL;
    ARRAY_ADD(list->arena, list->items) = listed;
    return true;
}

/* A page that is not full is the last one; Stripe says it. */
static bool has_more(const struct json_value *root, size_t count)
{
    const struct json_value *more = json_member(root, "has_more");
    return more != NULL ? json_says_true(more) && count > 0 : count == PAGE_ITEMS;
}

/* Of the one that was read last. What is lost is given back; a state that nobody knows is open. */
static bool read_disputes(struct list_work *list, const struct list_kind *kind,
                          const struct json_value *root)
{
    static const char *const lost[] = {"lost", NULL};
    static const char *const over[] = {"lost",      "won", "warning_closed", "charge_refunded",
                                       "prevented", NULL};
    struct gateway_listed *of = &list->items->items[list->items->count - 1];
    const struct json_value *items = json_member(root, kind->items);
    struct currency currency = of->amount.currency;
    struct error ignored = {0};
    if (items == NULL || items->kind != JSON_KIND_ARRAY)
        return false;
    of->disputed = false;
    for (const struct json_value *item = items->first; item != NULL; item = item->next) {
        of->disputed = of->disputed || !is_word(item, "status", over);
        if (is_word(item, "status", lost) &&
            (!money_add(of->refunded,
                        units_at(item, "amount", currency, gateway_stripe_digits(currency)),
                        &of->refunded, &ignored) ||
             money_minor(of->refunded) > money_minor(of->amount)))
            of->refunded = of->amount;
    }
    return true;
}

/* The one that was asked for, or its disputes behind it. */
static bool read_one(struct list_work *list, const struct list_kind *kind,
                     const struct json_value *root, bool *ret_more)
{
    if (list->page > 1)
        return read_disputes(list, kind, root);
    if (!add_item(list, kind, root))
        return false;
    *ret_more = kind->disputes != NULL && list->items->items[list->items->count - 1].disputed;
    return true;
}

/* *ret_more: another page follows. */
static bool read_page(struct list_work *list, const struct list_kind *kind,
                      const struct json_value *root, bool *ret_more)
{
    const struct json_value *items = json_member(root, kind->items);
    *ret_more = false;
    if (list->question->reference != NULL)
        return read_one(list, kind, root, ret_more);
    if (items == NULL || items->kind != JSON_KIND_ARRAY)
        return false;
    size_t count = 0;
    for (const struct json_value *item = items->first; item != NULL; item = item->next, count++)
        if (!add_item(list, kind, item))
            return false;
    *ret_more = has_more(root, count);
    return true;
}

static void read_answer(struct list_work *list, const struct list_kind *kind,
                        struct gateway_list_move *move, bool *ret_more)
{
    const struct wire_answer *last = list->work.last;
    const struct json_value *root = NULL;
    bool is_absent = list->question->reference != NULL &&
                     (last->status == STATUS_NOT_FOUND || last->status == STATUS_BAD_REQUEST);
    *ret_more = false;
    if (!gateway_read(&list->work, &root))
        fail(move, arena_copy(list->arena, list->work.move->result.message), true);
    else if (is_absent || (gateway_is_good(last) && read_page(list, kind, root, ret_more)))
        *move = (struct gateway_list_move){.state = LIST_DONE};
    else if (gateway_is_good(last))
        fail(move, "the answer cannot be read: no list of payments", false);
    else
        fail(move,
             arena_printf(list->arena, "%s answers with HTTP status %" PRId32, kind->gateway->name,
                          last->status),
             last->status == STATUS_TOO_MANY);
}

void gateway_list(const struct gateway *gateway, const struct gateway_question *question,
                  const struct gateway_list_step *step, struct gateway_listed_items *items,
                  struct gateway_list_move *ret_move)
{
    const struct list_kind *kind = kind_of(gateway);
    struct gateway_move move = {0};
    struct list_work list = {
        .work = {.gateway = gateway->name,
                 .account = step->account,
                 .key = "",
                 .last = step->last,
                 .arena = step->page_arena,
                 .move = &move},
        .question = question,
        .items = items,
        .arena = step->arena,
        .page = step->last == NULL ? 0 : step->page + 1
    };
    bool more = false;
    assert(kind != NULL);
    if (question->reference != NULL && !gateway_is_id(question->reference)) {
        *ret_move = (struct gateway_list_move){.state = LIST_DONE}; /* no gateway calls it so */
        return;
    }
    if (step->last != NULL)
        read_answer(&list, kind, ret_move, &more);
    if (step->last != NULL && !more)
        return;
    if (list.page >= PAGES_MAX) {
        fail(ret_move, "the list does not come to an end", false);
        return;
    }
    gateway->get(&list.work, (question->reference == NULL ? kind->page
                              : list.page == 0            ? kind->one
                                                          : kind->disputes)(&list));
    *ret_move = (struct gateway_list_move){.state = LIST_CALL, .call = move.call};
}
