/* Steps of gateways as text: see gateway_moves.h. */
#include "tests/support/gateway_moves.h"

#include <string.h>

#include "core/base/text.h"
#include "tests/support/suite.h"

#define SECRET "secret_of_the_account"
#define ARENA_CAP ((size_t)64 << 20)

static const struct decline_rule codes[] = {
    {"insufficient_funds",              DECLINE_LATER   },
    {"expired_card",                    DECLINE_CUSTOMER},
    {"stolen_card",                     DECLINE_NEVER   },
    {"network:57",                      DECLINE_NEVER   },
    {"card_declined",                   DECLINE_LATER   },
    {"resource_missing",                DECLINE_CUSTOMER},
    {"authentication_required",         DECLINE_CUSTOMER},
    {"card_expired",                    DECLINE_CUSTOMER},
    {"cc_rejected_insufficient_amount", DECLINE_LATER   },
    {"cc_rejected_bad_filled_*",        DECLINE_CUSTOMER},
    {"cc_rejected_blacklist",           DECLINE_NEVER   },
};
static const struct decline_rule advice[] = {
    {"do_not_try_again",  DECLINE_NEVER   },
    {"confirm_card_data", DECLINE_CUSTOMER},
    {"try_again_later",   DECLINE_LATER   },
};
static const struct decline_gateway gateways[] = {
    {"stripe",      codes, advice, ARRAY_LEN(codes), ARRAY_LEN(advice)},
    {"razorpay",    codes, NULL,   ARRAY_LEN(codes), 0                },
    {"mercadopago", codes, NULL,   ARRAY_LEN(codes), 0                },
};
static const struct decline_table declines = {gateways, ARRAY_LEN(gateways)};

static struct money money_of(const char *text)
{
    struct currency currency;
    struct money money;
    struct error err = {0};
    char amount[40];
    const char *space = strchr(text, ' ');
    ck_assert(space != NULL && (size_t)(space - text) < sizeof amount);
    memcpy(amount, text, (size_t)(space - text));
    amount[space - text] = '\0';
    ck_assert_msg(currency_parse(space + 1, &currency, &err) &&
                      money_parse(amount, currency, &money, &err),
                  "%s", err.message);
    return money;
}

static const char *call_text(const struct wire_call *call, const char *url, struct arena *arena)
{
    ck_assert(strncmp(call->url, url, strlen(url)) == 0);
    ck_assert_str_eq(call->url, call->shown);
    ck_assert_ptr_null(strstr(call->url, SECRET));
    ck_assert(call->body == NULL || strstr(call->body, SECRET) == NULL);
    ck_assert_uint_eq(call->body_size, call->body == NULL ? 0 : strlen(call->body));
    const char *text = arena_printf(arena, "%s %s", call->method, call->url + strlen(url));
    if (call->user != NULL)
        text = arena_printf(arena, "%s [%s:%s]", text, call->user, text_or_empty(call->password));
    for (size_t i = 0; i < call->header_count; i++)
        text =
            arena_printf(arena, "%s (%s: %s)", text, call->headers[i].name, call->headers[i].value);
    return call->body == NULL ? text : arena_printf(arena, "%s %s", text, call->body);
}

static const char *result_text(const struct gateway_result *result, struct arena *arena)
{
    const char *outcome = gateway_outcome_name(result->outcome);
    ck_assert_ptr_null(strstr(result->message, SECRET));
    ck_assert_ptr_null(strstr(result->code, SECRET));
    if (result->outcome == GATEWAY_DECLINED)
        outcome = arena_printf(arena, "%s:%s%s", outcome, decline_class_name(result->decline),
                               result->decline_unknown ? "!" : "");
    const char *text =
        arena_printf(arena, "%s %s %s", outcome,
                     result->reference == NULL ? "-" : result->reference, result->code);
    if (result->outcome == GATEWAY_PAID)
        text = arena_printf(arena, "%s%s %s", text, money_text(result->amount).text,
                            result->amount.currency.code);
    if (result->retry_after_s >= 0)
        text = arena_printf(arena, "%s after %" PRId64 " s", text, result->retry_after_s);
    ck_assert(result->link == NULL || result->outcome == GATEWAY_ACTION);
    if (result->link != NULL)
        text = arena_printf(arena, "%s at %s", text, result->link);
    return result->message[0] == '\0' ? text
                                      : arena_printf(arena, "%s | %s", text, result->message);
}

static struct wire_answer answer_of(const struct gateway_asked *asked, const char *body,
                                    size_t size, struct wire_header *header, struct arena *arena)
{
    struct wire_answer answer = {
        .end = asked->status > 0    ? WIRE_ANSWERED
               : asked->status == 0 ? WIRE_NOT_SENT
                                    : WIRE_LOST,
        .status = asked->status > 0 ? asked->status : 0,
        .body = body,
        .body_size = size,
        .retry_after_s = -1,
        .why = asked->status > 0 ? "" : "the host cannot be reached",
    };
    const char *colon = asked->header == NULL ? NULL : strstr(asked->header, ": ");
    if (colon == NULL)
        return answer;
    header->name = arena_copy_n(arena, asked->header, (size_t)(colon - asked->header));
    header->value = colon + 2;
    answer.headers = header;
    answer.header_count = 1;
    if (text_equal(header->name, "Retry-After"))
        ck_assert(text_parse_i64(header->value, &answer.retry_after_s));
    return answer;
}

/* The body may hold NUL bytes. In the arena. */
static const char *move_text(const struct gateway *gateway, const struct gateway_asked *asked,
                             const char *body, size_t size, struct arena *arena)
{
    const struct gateway_account account = {
        .url = "https://gateway.test", .key = "key_1", .secret = SECRET, .declines = &declines};
    struct money amount = money_of(asked->amount == NULL ? "29.99 EUR" : asked->amount);
    const struct gateway_charge charge = {.key = "acme:INV-7:1",
                                          .invoice = "acme:INV-7",
                                          .customer = "c-1",
                                          .gateway_customer = "cus_1",
                                          .gateway_token = "pm_1",
                                          .email = "ann@example.com",
                                          .phone = "+4930123",
                                          .description = "Invoice \"7\" & more",
                                          .provider_ref = asked->ref,
                                          .amount = amount,
                                          .made_from_s = asked->made_from_s,
                                          .give_up = asked->task == TASK_GIVE_UP,
                                          .awaited_customer = asked->task == TASK_ASK_AWAITED};
    const struct gateway_refund refund = {.key = "acme:CN-7:1",
                                          .payment_reference = "pay_9",
                                          .provider_ref = asked->ref,
                                          .amount = amount};
    struct wire_header header = {0};
    struct wire_answer answer = answer_of(asked, body, size, &header, arena);
    struct gateway_move move = {0};
    const struct gateway_step step = {
        .account = &account,
        .asking = asked->task != TASK_CHARGE && asked->task != TASK_REFUND,
        .last = asked->body == NULL ? NULL : &answer,
        .step = asked->step,
        .arena = arena,
    };
    if (asked->task < TASK_REFUND)
        gateway_charge_move(gateway, &charge, &step, &move);
    else
        gateway_refund_move(gateway, &refund, &step, &move);
    ck_assert(move.is_call || !step.asking || move.result.outcome != GATEWAY_AGAIN);
    ck_assert(move.is_call || step.asking || move.result.outcome != GATEWAY_ABSENT);
    return move.is_call ? call_text(&move.call, account.url, arena)
                        : result_text(&move.result, arena);
}

void gateway_check_move(const struct gateway *gateway, const struct gateway_move_case *c)
{
    struct arena *arena = arena_create("a move", ARENA_CAP);
    const char *body = text_or_empty(c->asked.body);
    const char *text = move_text(gateway, &c->asked, body, strlen(body), arena);
    ck_assert_msg(strcmp(text, c->expect) == 0, "%s: got\n%s\nexpected\n%s", c->name, text,
                  c->expect);
    arena_destroy(&arena);
}

static void check_cuts(const struct gateway *gateway, const struct gateway_asked *asked,
                       const char *cut, struct arena *arena)
{
    for (size_t size = 0; size < strlen(asked->body); size++) {
        /* What stands behind it is not read: a copy of just this size lets the sanitizer look. */
        char *body = memory_alloc(size + 1, "a cut answer");
        memcpy(body, asked->body, size);
        body[size] = '\0';
        const char *text = move_text(gateway, asked, body, size, arena);
        ck_assert_msg(text_starts_with(text, cut), "cut at %zu: %s", size, text);
        free(body);
        arena_reset(arena);
    }
}

static void check_bytes(const struct gateway *gateway, const struct gateway_asked *asked,
                        struct arena *arena)
{
    static const char others[] = {'\0', '"', '{', ']', '0', '-', '\\', (char)0x80, (char)0xFF};
    size_t size = strlen(asked->body);
    for (size_t at = 0; at < size; at++)
        for (size_t i = 0; i < sizeof others; i++) {
            char *body = memory_alloc(size + 1, "a damaged answer");
            memcpy(body, asked->body, size + 1);
            body[at] = others[i];
            const char *text = move_text(gateway, asked, body, size, arena);
            ck_assert_msg(text[0] != '\0', "byte %zu", at);
            free(body);
            arena_reset(arena);
        }
}

void gateway_check_damage(const struct gateway *gateway, const struct gateway_damage_case *c)
{
    struct arena *arena = arena_create("damaged answers", ARENA_CAP);
    check_cuts(gateway, &c->asked, c->cut, arena);
    check_bytes(gateway, &c->asked, arena);
    arena_destroy(&arena);
}
