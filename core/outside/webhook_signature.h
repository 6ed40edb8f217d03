/* Signatures of webhooks: ours, and those of the gateways. Pure: the time is given.
 *
 * 1. Ours are Stripe's scheme, so that what verifies Stripe's verifies ours:
 * "t=UNIX,v1=HEX[,v1=HEX]", HEX being HMAC-SHA-256 of "UNIX.BODY" with a secret. While secrets are
 * changed there are several, and one that fits is enough.
 * 2. Verified is the body as it came, byte for byte, before anything reads it.
 * 3. Compared in a time that tells nothing. An empty secret verifies nothing.
 * Source: reference of the providers; Mercado Pago's manifest is from examples, not from its
 * documentation. */
#ifndef BILLMILL_OUTSIDE_WEBHOOK_SIGNATURE_H
#define BILLMILL_OUTSIDE_WEBHOOK_SIGNATURE_H

#include "core/base/arena.h"

#define WEBHOOK_TOLERANCE_S 300
#define WEBHOOK_SECRETS_MAX 10

struct webhook_secrets {
    const char *const *items;
    size_t count; /* 1..WEBHOOK_SECRETS_MAX */
};

struct webhook_body {
    const char *bytes;
    size_t size;
};

enum webhook_verdict {
    WEBHOOK_VALID,
    WEBHOOK_MALFORMED, /* no such header, or not of the form */
    WEBHOOK_UNTIMELY,  /* signed well, too long ago or too far ahead */
    WEBHOOK_FORGED     /* no secret fits */
};

/* The value of the header, in the arena. */
const char *webhook_sign(struct webhook_secrets secrets, int64_t sent_at_s,
                         struct webhook_body body, struct arena *arena);

/* Stripe-Signature, or our own. `header` may be NULL. */
enum webhook_verdict webhook_verify_stripe(const char *header, struct webhook_secrets secrets,
                                           struct webhook_body body, int64_t now_s,
                                           int32_t tolerance_s);

/* X-Razorpay-Signature: hex over the body alone. It has no time, so an old one is as good as a new
 * one: whoever takes it goes by x-razorpay-event-id. */
enum webhook_verdict webhook_verify_razorpay(const char *header, struct webhook_secrets secrets,
                                             struct webhook_body body);

/* x-signature "ts=…,v1=…" over "id:DATA;request-id:REQUEST;ts:TS;": data.id of the query in small
 * letters, x-request-id; parts that are NULL are left out. Seconds or milliseconds. The body is not
 * signed: only that something happened may be believed, and the payment is asked for. */
enum webhook_verdict webhook_verify_mercadopago(const char *header, struct webhook_secrets secrets,
                                                const char *data_id, const char *request_id,
                                                int64_t now_s, int32_t tolerance_s);

#endif
