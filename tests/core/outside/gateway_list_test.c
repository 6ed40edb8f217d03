/* Lists of payments as bytes: what is asked, what is read, what is no list. */
#include <string.h>

#include "core/base/text.h"
#include "core/outside/gateway_list.h"
#include "tests/support/suite.h"

#define ARENA_CAP ((size_t)8 << 20)
#define SECRET "secret_of_the_account"
#define URL "https://gateway.test"
#define EUR ((struct currency){"EUR"})

#define STRIPE_ITEM(id, more)                                                                      \
    "{\"id\":\"" id "\",\"object\":\"payment_intent\",\"amount\":11900,\"currency\":\"eur\","      \
    "\"created\":1794636000" more "}"
#define STRIPE_PAID                                                                                \
    ",\"status\":\"succeeded\",\"amount_received\":11900,\"metadata\":{\"attempt\":\"t:INV-1:1\"}" \
    ","                                                                                            \
    "\"latest_charge\":{\"amount_refunded\":1900,\"disputed\":true}"
#define RAZORPAY_ITEM                                                                              \
    "{\"id\":\"pay_1\",\"entity\":\"payment\",\"amount\":500,\"currency\":\"JPY\",\"status\":"     \
    "\"captured\",\"amount_refunded\":0,\"notes\":[],\"created_at\":1794636000}"
#define MERCADOPAGO_ITEM                                                                           \
    "{\"id\":77,\"status\":\"charged_back\",\"currency_id\":\"BRL\",\"transaction_amount\":700.5," \
    "\"transaction_amount_refunded\":0.25,\"external_reference\":\"t:INV-1:1\"}"

#define STRIPE_CHARGE(intent, disputed)                                                            \
    "{\"id\":\"ch_1\",\"object\":\"charge\",\"amount\":11900,\"amount_captured\":11900,"           \
    "\"amount_refunded\":1900,\"currency\":\"eur\",\"created\":1794636000,\"status\":"             \
    "\"succeeded\",\"disputed\":" disputed ",\"payment_intent\":" intent "}"
#define MERCADOPAGO_DISPUTE(detail)                                                                \
    "{\"id\":77,\"status\":\"charged_back\",\"status_detail\":\"" detail "\",\"currency_id\":"     \
    "\"BRL\",\"transaction_amount\":700.5,\"transaction_amount_refunded\":0}"

static const struct list_case {
    const char *name;
    const struct gateway *gateway;
    const char *reference;
    int32_t status; /* 0: this is the first step */
    const char *body;
    const char *expect; /* what is listed; then the next path, "done", or "failed" and why */
} list_cases[] = {
    {"Stripe: the first page",                                        &gateway_stripe,                       NULL,                                        0,NULL,
     "/v1/payment_intents?created%5Bgte%5D=1794528000&created%5Blt%5D=1794614400"
     "&expand%5B%5D=data.latest_charge&limit=50"},
    {"Razorpay: the first page",                                      &gateway_razorpay,                     NULL,                                        0,NULL,
     "/v1/payments?from=1794528000&to=1794614399&count=50&skip=0"},
    {"Stripe: one",                                                   &gateway_stripe,                       "pi_1",                                      0,NULL,
     "/v1/payment_intents/pi_1?expand%5B%5D=latest_charge"},
    {"Stripe: a page, and more",                                      &gateway_stripe,                       NULL,                                        200,
     "{\"object\":\"list\",\"has_more\":true,\"data\":[" STRIPE_ITEM("pi_1",STRIPE_PAID) "]}",
     "pi_1 succeeded paid disputed 119.00 19.00 EUR t:INV-1:1; "
     "/v1/payment_intents?created%5Bgte%5D="
     "1794528000&created%5Blt%5D=1794614400&expand%5B%5D=data.latest_charge&limit=50"
     "&starting_after=pi_1"},
    {"Stripe: the last page",                                                               &gateway_stripe,                                                                              NULL,                                            200,
     "{\"object\":\"list\",\"has_more\":false,\"data\":[" STRIPE_ITEM(
         "pi_2",",\"status\":\"requires_payment_method\",\"latest_charge\":null") "]}",
     "pi_2 requires_payment_method 119.00 0.00 EUR -; done"},
    {"Stripe: nothing",          &gateway_stripe,                                               NULL,                                                                          200,
     "{\"object\":\"list\",\"has_more\":false,\"data\":[]}","done"},
    {"Razorpay: notes that are a list",                                                         &gateway_razorpay,                                                                                              NULL,                                                                                                         200,
     "{\"entity\":\"collection\",\"count\":1,\"items\":[" RAZORPAY_ITEM "]}",
     "pay_1 captured paid 500 0 JPY -; done"                                                                                                                                                           },
    {"Mercado Pago: decimals",                         &gateway_mercadopago,                                                              NULL,                                                                                  200,
     "{\"paging\":{\"total\":1},\"results\":[" MERCADOPAGO_ITEM "]}",
     "77 charged_back paid disputed 700.50 0.25 BRL t:INV-1:1; done"},
    {"Stripe: one that is disputed, or was", &gateway_stripe,                                      "pi_1",                                            200,
     STRIPE_ITEM("pi_1",STRIPE_PAID),
     "pi_1 succeeded paid disputed 119.00 19.00 EUR t:INV-1:1; "
     "/v1/disputes?payment_intent=pi_1&limit=50"},
    {"Stripe: with the name of its charge",                                                   &gateway_stripe,                                                            "pi_1",                                                                                                       200,
     STRIPE_ITEM(
         "pi_1",",\"status\":\"succeeded\",\"amount_received\":11900,\"latest_charge\":{\"id\":\"ch_1\"}"),
     "pi_1 (ch_1) succeeded paid 119.00 0.00 EUR -; done"},
    {"Stripe: one by its charge",                                                      &gateway_stripe, "ch_1",                                                                                                0,NULL,
     "/v1/charges/ch_1?expand%5B%5D=payment_intent"},
    {"Stripe: a charge is its payment",                                                              &gateway_stripe,                                                                                               "ch_1",                                                                                                      200,
     STRIPE_CHARGE("{\"id\":\"pi_1\",\"metadata\":{\"attempt\":\"t:INV-1:1\"}}","false"),
     "pi_1 (ch_1) succeeded paid 119.00 19.00 EUR t:INV-1:1; done"},
    {"Stripe: or itself, where it has none",                                                            &gateway_stripe,                             "ch_1",                                                                200,
     STRIPE_CHARGE("null","false"),"ch_1 succeeded paid 119.00 19.00 EUR -; done"},
    {"Stripe: a charge that is disputed",                                                         &gateway_stripe,                                                               "ch_1",                                                                                                                                200,
     STRIPE_CHARGE("null","true"),
     "ch_1 succeeded paid disputed 119.00 19.00 EUR -; /v1/disputes?charge=ch_1&limit=50"},
    {"Mercado Pago: a dispute that is lost",&gateway_mercadopago,"77",200,
     MERCADOPAGO_DISPUTE("settled"),"77 charged_back paid 700.50 700.50 BRL -; done"},
    {"Mercado Pago: a dispute that is won",                          &gateway_mercadopago,                                                    "77",                                                                                                                                   200,
     MERCADOPAGO_DISPUTE("reimbursed"),"77 charged_back paid 700.50 0.00 BRL -; done"},
    {"Mercado Pago: one",                           &gateway_mercadopago,                   "77",       200,MERCADOPAGO_ITEM,
     "77 charged_back paid disputed 700.50 0.25 BRL t:INV-1:1; done"               },
    {"one that is not there",                                             &gateway_stripe,                                    "pi_1",                                                         404,
     "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\"}}",                                                                                                                                                                   "done"},
    {"Razorpay: one that is not there",                                         &gateway_razorpay,                   "pay_9",                     400,
     "{\"error\":{\"code\":\"BAD_REQUEST_ERROR\"}}","done"},
    {"what no gateway calls a payment",                               &gateway_stripe,           "../x",                             0,NULL,"done"                                                                                            },
    {"a list without a status",                               &gateway_stripe,                       NULL,                                                  200,
     "{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"pi_1\"}]}",                "failed: the answer cannot be read: no list of payments"                                                                                                                                                                                                                          },
    {"no list",                                       &gateway_stripe,                               NULL,                                                200,"{}",
     "failed: the answer cannot be read: no list of payments"},
    {"a key that is refused",                                                       &gateway_stripe,                                       NULL,                                                401,"{\"error\":{}}",
     "failed: stripe answers with HTTP status 401"},
};

static const char *listed_text(const struct gateway_listed *listed, struct arena *arena)
{
    const char *amount = arena_copy(arena, money_text(listed->amount).text);
    const char *also = listed->also == NULL ? "" : arena_printf(arena, " (%s)", listed->also);
    return arena_printf(arena, "%s%s %s%s%s %s %s %s %s; ", listed->reference, also, listed->status,
                        listed->paid ? " paid" : "", listed->disputed ? " disputed" : "", amount,
                        money_text(listed->refunded).text, listed->amount.currency.code,
                        listed->key == NULL ? "-" : listed->key);
}

START_TEST(lists)
{
    const struct list_case *c = &list_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("list test", ARENA_CAP);
    CLEANUP(arena_destroy) struct arena *page = arena_create("page test", ARENA_CAP);
    const struct gateway_account account = {.url = URL, .key = "key_1", .secret = SECRET};
    const struct gateway_question question = {
        .reference = c->reference, .from_s = 1794528000, .until_s = 1794614400};
    const struct wire_answer answer = {.end = WIRE_ANSWERED,
                                       .status = c->status,
                                       .body = c->body,
                                       .body_size = c->body == NULL ? 0 : strlen(c->body),
                                       .retry_after_s = -1,
                                       .why = ""};
    const struct gateway_list_step step = {.account = &account,
                                           .last = c->status == 0 ? NULL : &answer,
                                           .page_arena = page,
                                           .arena = arena};
    struct gateway_listed_items items = {0};
    struct gateway_list_move move;
    const char *got = "";
    gateway_list(c->gateway, &question, &step, &items, &move);
    for (size_t i = 0; i < items.count && move.state != LIST_FAILED; i++)
        got = arena_printf(arena, "%s%s", got, listed_text(&items.items[i], arena));
    if (move.state == LIST_CALL) {
        ck_assert_str_eq(move.call.method, "GET");
        ck_assert_ptr_null(strstr(move.call.url, SECRET));
        got = arena_printf(arena, "%s%s", got, move.call.url + strlen(URL));
    } else if (move.state == LIST_DONE)
        got = arena_printf(arena, "%sdone", got);
    else
        got = arena_printf(arena, "%sfailed: %s", got, move.why);
    ck_assert_msg(strcmp(got, c->expect) == 0, "%s: got %s", c->name, got);
}
END_TEST

/* Of a payment of 119.00 of which 19.00 were given back before. */
static const struct dispute_case {
    const char *name, *disputes;
    const char *expect;
} dispute_cases[] = {
    {"open",                          "{\"status\":\"needs_response\",\"amount\":11900}",  "disputed 19.00"},
    {"a state that nobody knows",     "{\"status\":\"soon\",\"amount\":11900}",            "disputed 19.00"},
    {"none any more",                 "",                                                  "19.00"         },
    {"won",                           "{\"status\":\"won\",\"amount\":11900}",             "19.00"         },
    {"a warning that is over",        "{\"status\":\"warning_closed\",\"amount\":11900}",  "19.00"         },
    {"lost in part",                  "{\"status\":\"lost\",\"amount\":5000}",             "69.00"         },
    {"lost",                          "{\"status\":\"lost\",\"amount\":10000}",            "119.00"        },
    {"lost with what was given back", "{\"status\":\"lost\",\"amount\":11900}",            "119.00"        },
    {"one lost, one open",
     "{\"status\":\"lost\",\"amount\":5000},{\"status\":\"under_review\",\"amount\":100}", "disputed 69.00"},
};

START_TEST(reads_disputes)
{
    const struct dispute_case *c = &dispute_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("list test", ARENA_CAP);
    const struct gateway_account account = {.url = URL, .secret = SECRET};
    const struct gateway_question question = {.reference = "pi_1"};
    const char *body =
        arena_printf(arena, "{\"object\":\"list\",\"has_more\":false,\"data\":[%s]}", c->disputes);
    const struct wire_answer answer = {.end = WIRE_ANSWERED,
                                       .status = 200,
                                       .body = body,
                                       .body_size = strlen(body),
                                       .retry_after_s = -1,
                                       .why = ""};
    const struct gateway_list_step step = {
        .account = &account, .last = &answer, .page = 1, .page_arena = arena, .arena = arena};
    struct gateway_listed_items items = {0};
    struct gateway_list_move move;
    ARRAY_ADD(arena, &items) = (struct gateway_listed){.reference = "pi_1",
                                                       .status = "succeeded",
                                                       .paid = true,
                                                       .disputed = true,
                                                       .amount = money_of_minor(11900, EUR),
                                                       .refunded = money_of_minor(1900, EUR)};
    gateway_list(&gateway_stripe, &question, &step, &items, &move);
    ck_assert_int_eq(move.state, LIST_DONE);
    ck_assert_uint_eq(items.count, 1);
    const char *got = arena_printf(arena, "%s%s", items.items[0].disputed ? "disputed " : "",
                                   money_text(items.items[0].refunded).text);
    ck_assert_msg(strcmp(got, c->expect) == 0, "%s: got %s", c->name, got);
}
END_TEST

START_TEST(loses_no_list_half_way)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("list test", ARENA_CAP);
    const struct gateway_account account = {.url = URL, .secret = SECRET};
    const struct gateway_question question = {.from_s = 1, .until_s = 2};
    const struct wire_answer answer = {.end = WIRE_LOST, .retry_after_s = -1, .why = "cut"};
    const struct gateway_list_step step = {
        .account = &account, .last = &answer, .page_arena = arena, .arena = arena};
    struct gateway_listed_items items = {0};
    struct gateway_list_move move;
    gateway_list(&gateway_mercadopago, &question, &step, &items, &move);
    ck_assert_int_eq(move.state, LIST_FAILED);
    ck_assert(move.again);
    ck_assert_str_eq(move.why, "cut");
}
END_TEST

TEST_SUITE(gateway_list)
{
    TEST_TABLE(lists, list_cases);
    TEST_TABLE(reads_disputes, dispute_cases);
    TEST_ONE(loses_no_list_half_way);
}
