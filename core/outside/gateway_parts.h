/* What the gateways share: how requests are written, how answers are told apart, how one ends. */
#ifndef BILLMILL_OUTSIDE_GATEWAY_PARTS_H
#define BILLMILL_OUTSIDE_GATEWAY_PARTS_H

#include "core/outside/gateway.h"
#include "core/outside/json_read.h"

/* One step of one charge or refund, whichever it is. */
struct gateway_work {
    const char *gateway;
    const struct gateway_account *account;
    const char *key;
    struct money amount;
    const struct wire_answer *last;
    int32_t step;
    bool asking;
    bool sent;        /* it may have been carried out, so AGAIN is no outcome any more */
    bool unconfirmed; /* if it is canceled, the customer has not confirmed it */
    struct arena *arena;
    struct gateway_move *move;
};

/* ---------------------------------------------------------------- requests */

/* RFC 3986: all but letters, digits and -._~ as %XX. */
const char *gateway_percent(struct arena *arena, const char *text);

/* application/x-www-form-urlencoded, in the order in which values are added; NULL is left out. */
struct gateway_form {
    struct arena *arena;
    const char *text; /* NULL: nothing yet */
};
void gateway_form_add(struct gateway_form *form, const char *name, const char *value);

/* The members of a JSON object, likewise. `raw` is a number, a word or another object. */
struct gateway_json {
    struct arena *arena;
    const char *members; /* NULL: nothing yet */
};
void gateway_json_text(struct gateway_json *json, const char *name, const char *value);
void gateway_json_raw(struct gateway_json *json, const char *name, const char *raw);
const char *gateway_json_object(const struct gateway_json *json);

/* A key as others can carry it: itself where it is of plain characters and not longer than `most`
 * (64 at least), else its SHA-256 in hexadecimal. */
const char *gateway_key(struct arena *arena, const char *key, size_t most);

/* `body` NULL: a GET, else a POST. `path` begins with '/'. Headers are copied; their texts are not.
 */
void gateway_call(struct gateway_work *work, const char *path, const struct wire_header *headers,
                  size_t header_count, const char *body);

/* ---------------------------------------------------------------- answers */

/* True where the answer has a status of 200 to 299 or 400 to 499 that speaks of the request itself,
 * and JSON; else the work has ended: as GATEWAY_AGAIN where nothing was carried out (not sent, 429)
 * and it was not sent before, or as GATEWAY_LOST. */
MUST_CHECK bool gateway_read(struct gateway_work *work, const struct json_value **ret_root);

bool gateway_is_good(const struct wire_answer *answer);

/* An answer that is one object, or an error. */
typedef void gateway_reader(struct gateway_work *work, const struct json_value *root);
void gateway_read_one(struct gateway_work *work, gateway_reader *read, gateway_reader *read_error);

/* An identifier of the provider: letters, digits, '_' and '-', or a whole number; else NULL. */
const char *gateway_id(const struct json_value *value);
bool gateway_is_id(const char *text);

/* ---------------------------------------------------------------- ends */

/* Code and message are made fit to be shown; NULL is "". */
void gateway_end(struct gateway_work *work, enum gateway_outcome outcome, const char *reference,
                 const char *code, const char *message);

/* Amounts in units of 10^-digits of the currency; `code` in any case, NULL: the provider does not
 * say. GATEWAY_PAID when both are those that were asked for, else GATEWAY_REFUSED. */
void gateway_end_paid(struct gateway_work *work, const char *reference, struct decimal amount,
                      const char *code);

/* The first of the codes that is not NULL is the one that is shown. */
void gateway_end_declined(struct gateway_work *work, const char *reference, const char *advice,
                          const char *const *codes, size_t code_count, const char *message);

/* The customer has to confirm it; `link` as the provider says it, NULL: it does not. What is not
 * https, or cannot stand in a mail, is none. */
void gateway_end_action(struct gateway_work *work, const char *reference, const char *code,
                        const char *message, const char *link);

/* What went through of one attempt; more than one of them is for a person. */
struct gateway_through {
    size_t count;
    const char *ids; /* NULL: none */
};
void gateway_through_add(const struct gateway_work *work, struct gateway_through *through,
                         const struct json_value *id);
void gateway_end_paid_twice(struct gateway_work *work, const char *reference,
                            const struct gateway_through *through);

/* A charge that is canceled there: as the customer did not confirm it (gateway.h, 5), or by these
 * codes. */
void gateway_end_canceled(struct gateway_work *work, const char *reference,
                          const char *const *codes, size_t code_count, const char *message);

#define GATEWAY_UNREADABLE "unreadable_answer"
void gateway_end_unreadable(struct gateway_work *work, const char *what); /* GATEWAY_LOST */

/* amount · 10^digits as a whole number. False when it is none (or too large). */
MUST_CHECK bool gateway_units(struct money amount, int32_t digits, int64_t *ret_units);
struct decimal gateway_from_units(int64_t units, int32_t digits);

/* The digits of Stripe's units of a currency. */
int32_t gateway_stripe_digits(struct currency currency);

#endif
