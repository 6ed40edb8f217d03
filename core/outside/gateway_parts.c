/* What the gateways share: see gateway_parts.h. */
#include "core/outside/gateway_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/sha256.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/outside/http.h"

#define ID_MAX 100
#define CODE_MAX 64
#define MESSAGE_MAX 240
#define LINK_MAX 900 /* a line of a mail takes it */
#define CURRENCY_LENGTH 3

enum { STATUS_OK = 200, STATUS_REDIRECT = 300, STATUS_CLIENT = 400, STATUS_TIMEOUT = 408 };
enum { STATUS_TOO_EARLY = 425, STATUS_TOO_MANY = 429, STATUS_SERVER = 500 };

/* ---------------------------------------------------------------- requests */

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *gateway_percent(struct arena *arena, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = arena_alloc(arena, strlen(text) * 3 + 1), *target = encoded;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (is_letter_or_digit(*text) || strchr("-._~", *text) != NULL) {
            *target++ = *text;
            continue;
        }
        *target++ = '%';
        *target++ = digits[c >> 4];
        *target++ = digits[c & 15];
    }
    return encoded;
}

void gateway_form_add(struct gateway_form *form, const char *name, const char *value)
{
    if (value == NULL)
        return;
    form->text =
        arena_printf(form->arena, "%s%s%s=%s", text_or_empty(form->text),
                     form->text == NULL ? "" : "&", name, gateway_percent(form->arena, value));
}

static const char *quote(struct arena *arena, const char *text)
{
    size_t size = strlen(text) * 6 + 3;
    struct strbuf quoted;
    strbuf_init(&quoted, arena_alloc(arena, size), size);
    strbuf_add_char(&quoted, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20) {
            strbuf_addf(&quoted, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\')
            strbuf_add_char(&quoted, '\\');
        strbuf_add_char(&quoted, *text);
    }
    strbuf_add_char(&quoted, '"');
    assert(!quoted.overflowed);
    return quoted.text;
}

void gateway_json_raw(struct gateway_json *json, const char *name, const char *raw)
{
    if (raw == NULL)
        return;
    json->members = arena_printf(json->arena, "%s%s\"%s\":%s", text_or_empty(json->members),
                                 json->members == NULL ? "" : ",", name, raw);
}

void gateway_json_text(struct gateway_json *json, const char *name, const char *value)
{
    if (value != NULL)
        gateway_json_raw(json, name, quote(json->arena, value));
}

const char *gateway_json_object(const struct gateway_json *json)
{
    return arena_printf(json->arena, "{%s}", text_or_empty(json->members));
}

const char *gateway_key(struct arena *arena, const char *key, size_t most)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    size_t length = strlen(key);
    if (length > 0 && length <= most && text_is_plain(key, length) && strchr(key, ' ') == NULL)
        return key;
    sha256_of(key, length, digest);
    sha256_hex(digest, hex);
    return arena_copy(arena, hex);
}

void gateway_call(struct gateway_work *work, const char *path, const struct wire_header *headers,
                  size_t header_count, const char *body)
{
    struct wire_header *copy = ARENA_NEW_ARRAY(work->arena, struct wire_header, header_count + 1);
    for (size_t i = 0; i < header_count; i++)
        copy[i] = headers[i];
    const char *url = arena_printf(work->arena, "%s%s", work->account->url, path);
    *work->move = (struct gateway_move){
        .is_call = true,
        .call = {.protocol = WIRE_HTTP,
                 .method = body == NULL ? "GET" : "POST",
                 .url = url,
                 .shown = url,
                 .headers = copy,
                 .header_count = header_count,
                 .body = body,
                 .body_size = body == NULL ? 0 : strlen(body)},
    };
}

/* ---------------------------------------------------------------- answers */

bool gateway_is_good(const struct wire_answer *answer)
{
    return answer->status >= STATUS_OK && answer->status < STATUS_REDIRECT;
}

void gateway_read_one(struct gateway_work *work, gateway_reader *read, gateway_reader *read_error)
{
    const struct json_value *root = NULL;
    if (gateway_read(work, &root))
        (gateway_is_good(work->last) ? read : read_error)(work, root);
}

static bool end_unsent(struct gateway_work *work, const char *code, const char *why)
{
    gateway_end(work, work->sent ? GATEWAY_LOST : GATEWAY_AGAIN, NULL, code, why);
    return false;
}

static bool end_lost(struct gateway_work *work, const char *code, const char *why)
{
    gateway_end(work, GATEWAY_LOST, NULL, code, why);
    return false;
}

static bool is_answer_to_request(int32_t status)
{
    if (status == STATUS_TIMEOUT || status == STATUS_TOO_EARLY)
        return false;
    return (status >= STATUS_OK && status < STATUS_REDIRECT) ||
           (status >= STATUS_CLIENT && status < STATUS_SERVER);
}

bool gateway_read(struct gateway_work *work, const struct json_value **ret_root)
{
    const struct wire_answer *last = work->last;
    struct error err = {0};
    switch (last->end) {
    case WIRE_NOT_SENT:
        return end_unsent(work, "not_sent", last->why);
    case WIRE_LOST:
        return end_lost(work, "lost", last->why);
    case WIRE_ANSWERED:
        break;
    }
    if (last->status == STATUS_TOO_MANY)
        return end_unsent(work, "too_many_requests", "429: too many requests");
    if (!is_answer_to_request(last->status))
        return end_lost(work, arena_printf(work->arena, "http_%" PRId32, last->status),
                        arena_printf(work->arena, "HTTP status %" PRId32, last->status));
    if (!json_read(last->body, last->body_size, work->arena, ret_root, &err)) {
        gateway_end_unreadable(work, err.message);
        return false;
    }
    return true;
}

bool gateway_is_id(const char *text)
{
    size_t length = 0;
    for (; text != NULL && text[length] != '\0'; length++)
        if (!is_letter_or_digit(text[length]) && text[length] != '_' && text[length] != '-')
            return false;
    return length > 0 && length <= ID_MAX;
}

const char *gateway_id(const struct json_value *value)
{
    if (value == NULL || (value->kind != JSON_KIND_TEXT && value->kind != JSON_KIND_NUMBER))
        return NULL;
    return gateway_is_id(value->text) ? value->text : NULL;
}

/* ---------------------------------------------------------------- ends */

/* Cut between characters, without control characters; a provider that says the secret back is not
 * quoted. */
static const char *shown(const struct gateway_work *work, const char *text, size_t most)
{
    const char *secret = work->account->secret;
    text = text_or_empty(text);
    if (!text_is_empty(secret) && strstr(text, secret) != NULL)
        return "(left out, for it holds the secret)";
    size_t length = strlen(text);
    if (length > most)
        for (length = most; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
            length--;
    char *copy = arena_copy_n(work->arena, text, length);
    for (char *c = copy; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    return copy;
}

void gateway_end(struct gateway_work *work, enum gateway_outcome outcome, const char *reference,
                 const char *code, const char *message)
{
    *work->move = (struct gateway_move){
        .result = {.outcome = outcome,
                   .reference = reference,
                   .code = shown(work, code, CODE_MAX),
                   .message = shown(work, message, MESSAGE_MAX),
                   .retry_after_s = work->last == NULL ? -1 : work->last->retry_after_s},
    };
}

void gateway_end_unreadable(struct gateway_work *work, const char *what)
{
    (void)end_lost(work, GATEWAY_UNREADABLE,
                   arena_printf(work->arena,
                                "the answer (HTTP status %" PRId32 ") cannot be read: %s",
                                work->last->status, what));
}

void gateway_end_declined(struct gateway_work *work, const char *reference, const char *advice,
                          const char *const *codes, size_t code_count, const char *message)
{
    struct decline_verdict verdict =
        decline_of(work->account->declines, work->gateway, advice, codes, code_count);
    const char *code = NULL;
    for (size_t i = 0; code == NULL && i < code_count; i++)
        code = codes[i];
    gateway_end(work, GATEWAY_DECLINED, reference, code == NULL ? "declined" : code, message);
    work->move->result.decline = verdict.decline;
    work->move->result.decline_unknown = !verdict.known;
}

void gateway_end_action(struct gateway_work *work, const char *reference, const char *code,
                        const char *message, const char *link)
{
    struct error ignored = {0};
    gateway_end(work, GATEWAY_ACTION, reference, code, message);
    if (link != NULL && strlen(link) <= LINK_MAX && text_starts_with(link, "https://") &&
        strpbrk(link, " <>\"") == NULL && http_check_url(link, "", &ignored) &&
        text_equal(shown(work, link, LINK_MAX), link))
        work->move->result.link = arena_copy(work->arena, link);
}

void gateway_through_add(const struct gateway_work *work, struct gateway_through *through,
                         const struct json_value *id)
{
    const char *name = gateway_id(id);
    through->ids =
        arena_printf(work->arena, "%s%s%s", text_or_empty(through->ids),
                     through->count == 0 ? "" : ", ", name == NULL ? "one without a name" : name);
    through->count++;
}

void gateway_end_paid_twice(struct gateway_work *work, const char *reference,
                            const struct gateway_through *through)
{
    gateway_end(
        work, GATEWAY_REFUSED, reference, "paid_twice",
        arena_printf(work->arena, "this attempt went through more than once: %s", through->ids));
}

void gateway_end_canceled(struct gateway_work *work, const char *reference,
                          const char *const *codes, size_t code_count, const char *message)
{
    if (!work->unconfirmed) {
        gateway_end_declined(work, reference, NULL, codes, code_count, message);
        return;
    }
    gateway_end(work, GATEWAY_DECLINED, reference, "not_confirmed",
                "the customer has not confirmed the payment");
    work->move->result.decline = DECLINE_CUSTOMER;
    work->move->result.not_confirmed = true;
}

/* In capitals or not; NULL: the provider does not say. */
static bool is_currency(struct currency currency, const char *code)
{
    if (code == NULL)
        return true;
    for (size_t i = 0; i < CURRENCY_LENGTH; i++)
        if ((code[i] & ~0x20) != currency.code[i])
            return false;
    return code[CURRENCY_LENGTH] == '\0';
}

void gateway_end_paid(struct gateway_work *work, const char *reference, struct decimal amount,
                      const char *code)
{
    struct decimal asked = money_to_decimal(work->amount);
    const char *currency = work->amount.currency.code;
    if (!is_currency(work->amount.currency, code)) {
        gateway_end(work, GATEWAY_REFUSED, reference, "wrong_currency",
                    arena_printf(work->arena, "%s was paid in %s, asked was %s %s", reference, code,
                                 money_text(work->amount).text, currency));
        return;
    }
    if (decimal_compare(asked, amount) != 0) {
        gateway_end(work, GATEWAY_REFUSED, reference, "wrong_amount",
                    arena_printf(work->arena, "%s is of %s %s, asked was %s", reference,
                                 decimal_text(amount).text, currency,
                                 money_text(work->amount).text));
        return;
    }
    gateway_end(work, GATEWAY_PAID, reference, "", "");
    work->move->result.amount = work->amount;
}

static int64_t power_of_ten(int32_t digits)
{
    int64_t power = 1;
    for (; digits > 0; digits--)
        power *= 10;
    return power;
}

bool gateway_units(struct money amount, int32_t digits, int64_t *ret_units)
{
    struct decimal units;
    struct error ignored = {0};
    return decimal_multiply(money_to_decimal(amount), decimal_from_i64(power_of_ten(digits)),
                            &units, &ignored) &&
           decimal_to_i64(units, ret_units, &ignored);
}

struct decimal gateway_from_units(int64_t units, int32_t digits)
{
    return (struct decimal){.coefficient = units, .scale = digits};
}
