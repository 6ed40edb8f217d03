/* Payment gateways as pure functions: from what is asked and the answer of the call before to the
 * next call or the result. No socket, no clock, no database; who makes the calls stands elsewhere.
 *
 * 1. Whatever an answer is made of, it leads to exactly one outcome, and nothing fails. What is not
 * clear is GATEWAY_LOST, never GATEWAY_AGAIN: only what is known not to have been carried out may
 * be sent again. Asking never ends as GATEWAY_AGAIN.
 * 2. The status in the answer decides, not the HTTP code alone; amount and currency of a payment
 * are compared with what was asked, and others are GATEWAY_REFUSED.
 * 3. The same key and values give the same bytes. The provider knows an attempt by its key: as
 * idempotency key, and in what it keeps with the payment, so that it can be found again.
 * 4. Secrets stand in the user, password and headers of a call, never in its address or body, and
 * never in a code or message. What a provider says is shown cut and without control characters.
 * 5. One that waited for the customer, or is given up, and is canceled by now, whoever did that,
 * was not confirmed by him: it is declined until he acts.
 *
 * Steps: the first call is asked for with `last` NULL and step 0, the next with its answer and step
 * 1, and so on until there is a result. Asking begins again at step 0. */
#ifndef BILLMILL_OUTSIDE_GATEWAY_H
#define BILLMILL_OUTSIDE_GATEWAY_H

#include "core/base/arena.h"
#include "core/base/wire.h"
#include "core/billing/decline.h"
#include "core/money/money.h"

#define GATEWAY_STRIPE_VERSION "2026-10-28.endive"

struct gateway_account {
    const char *url;     /* "https://api.stripe.com", without a slash at its end */
    const char *key;     /* Razorpay's key_id; NULL for the others */
    const char *secret;  /* secret key, key_secret or access token */
    const char *version; /* of the API (Stripe); NULL: GATEWAY_STRIPE_VERSION */
    const struct decline_table *declines;
};

struct gateway_charge {
    const char *key;     /* of this attempt: unique within the account at the provider */
    const char *invoice; /* likewise; the same for every attempt */
    const char *customer;
    const char *gateway_customer,
        *gateway_token;                      /* who and what is charged, in the provider's words */
    const char *email, *phone, *description; /* NULL: none */
    const char *provider_ref;                /* of this attempt, known from before; NULL: none */
    struct money amount;                     /* above zero */
    int64_t made_from_s; /* it was not made before, seconds since 1970; 0: nobody knows */
    bool give_up; /* asked for: one that still waits for the customer is canceled, where it is
                     known by its reference, and has failed by that */
    bool awaited_customer; /* asked for: it waited for him when it was looked at last */
};

struct gateway_refund {
    const char *key;
    const char *payment_reference; /* of the payment that is given back */
    const char *provider_ref;      /* of this refund, known from before; NULL: none */
    struct money amount;           /* above zero */
};

enum gateway_outcome {
    GATEWAY_PAID,       /* of a refund: given back */
    GATEWAY_DECLINED,   /* known failed; `decline` says what may follow. Also of a refund */
    GATEWAY_PROCESSING, /* accepted and not decided: ask later */
    GATEWAY_ACTION,     /* the customer must act first (3-D Secure): ask later */
    GATEWAY_AGAIN,      /* known not carried out, and may be sent again as it is */
    GATEWAY_LOST,       /* nobody knows: ask */
    GATEWAY_ABSENT,     /* asked: the provider has nothing under this key */
    GATEWAY_REFUSED     /* a person must look: our request or account, another amount or currency */
};

struct gateway_result {
    enum gateway_outcome outcome;
    const char *reference;      /* of the payment or refund at the provider; NULL: none is known */
    const char *code;           /* for machines: a decline code, "wrong_amount"; never NULL */
    const char *message;        /* for people; never NULL */
    enum decline_class decline; /* of GATEWAY_DECLINED */
    bool decline_unknown;       /* the table does not know the code */
    bool not_confirmed;         /* of GATEWAY_DECLINED: canceled there (5) */
    bool key_refused;           /* of AGAIN and LOST: nobody is let in with it (HTTP status 401) */
    int64_t retry_after_s;      /* -1: it did not say */
    struct money amount;        /* of GATEWAY_PAID */
    const char *link; /* of GATEWAY_ACTION: where the customer confirms it, https; NULL: the
                         provider does not say */
};

struct gateway_move {
    bool is_call;
    struct wire_call call;        /* in the arena, like the texts of the result */
    struct gateway_result result; /* unless it is a call */
};

/* One step of a charge or refund, as the gateways see it: gateway_parts.h. */
struct gateway_work;

struct gateway {
    const char *name; /* in configuration and rows */
    const char *url;  /* where it is in the world */
    void (*charge)(struct gateway_work *work, const struct gateway_charge *charge);
    void (*ask)(struct gateway_work *work, const struct gateway_charge *charge);
    void (*refund)(struct gateway_work *work, const struct gateway_refund *refund);
    void (*ask_refund)(struct gateway_work *work, const struct gateway_refund *refund);
    void (*get)(struct gateway_work *work, const char *path); /* a call that changes nothing */
};

/* What is known from before, and where the move goes. */
struct gateway_step {
    const struct gateway_account *account;
    bool asking;                    /* what became of it, after an answer was lost or undecided */
    const struct wire_answer *last; /* NULL: none yet */
    int32_t step;
    struct arena *arena;
};

void gateway_charge_move(const struct gateway *gateway, const struct gateway_charge *charge,
                         const struct gateway_step *step, struct gateway_move *ret_move);
void gateway_refund_move(const struct gateway *gateway, const struct gateway_refund *refund,
                         const struct gateway_step *step, struct gateway_move *ret_move);

/* stripe, razorpay, mercadopago; NULL for another name, `manual` too, which makes no calls. */
const struct gateway *gateway_find(const char *name);

const char *gateway_outcome_name(enum gateway_outcome outcome);

extern const struct gateway gateway_stripe, gateway_razorpay, gateway_mercadopago;

#endif
