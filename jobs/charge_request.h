/* What is asked of a gateway, as it is frozen with the effect: JSON without a secret. The key of
 * an attempt at the provider is made of tenant, invoice and attempt. */
#ifndef BILLMILL_JOBS_CHARGE_REQUEST_H
#define BILLMILL_JOBS_CHARGE_REQUEST_H

#include "core/engine/effect_kind.h"
#include "core/stores/collect_store.h"

#define CHARGE_KIND "charge"
#define REFUND_KIND "refund"

struct charge_request {
    const char *tenant, *invoice;
    int64_t attempt; /* from 1 */
    const char *customer;
    const char *email; /* NULL: none */
    struct collect_method method;
    struct money amount;
};

/* Appends the intent, whose key is "charge:INVOICE:ATTEMPT": one lane for all of an invoice, so
 * that two are never under way. EFFECT_INTEND_SEND and EFFECT_REQUEST_ADD are the job's. */
void charge_intend(struct chunk *chunk, int64_t tenant_id, const struct charge_request *request,
                   struct date intended_on);

/* Texts in the arena. ERROR_ITEM "bad_request". */
MUST_CHECK bool charge_request_read(const struct effect_out *effect, struct arena *arena,
                                    struct charge_request *ret_request, struct error *err);

/* Where that cannot be read: invoice and attempt, by the effect's key, and the gateway; all else is
 * zero. invoice NULL: the key is none of a charge. In the arena. */
void charge_request_of_key(const struct effect_out *effect, struct arena *arena,
                           struct charge_request *ret_request);

/* "TENANT:INVOICE", and with the attempt. The tenant has no colon in it: others are %3A. */
const char *charge_invoice_key(const struct charge_request *request, struct arena *arena);
const char *charge_key(const struct charge_request *request, struct arena *arena);

struct refund_request {
    const char *tenant, *payment; /* its reference at the gateway */
    int64_t refund;               /* of this payment, from 1 */
    const char *invoice;          /* NULL: of none */
    struct money amount;
};

/* Appends the intent, "refund:PAYMENT:NUMBER": one lane for all of a payment. */
void refund_intend(struct chunk *chunk, int64_t tenant_id, const char *gateway,
                   const struct refund_request *request, struct date intended_on);

/* As the intents have them; of refund_intend's. In the arena. */
const char *refund_effect_key(const char *payment, int64_t number, struct arena *arena);
const char *refund_lane(const char *payment, struct arena *arena);
MUST_CHECK bool refund_request_read(const struct effect_out *effect, struct arena *arena,
                                    struct refund_request *ret_request, struct error *err);
/* As charge_request_of_key: the payment, the number, and the invoice by the effect's subject. */
void refund_request_of_key(const struct effect_out *effect, struct arena *arena,
                           struct refund_request *ret_request);
const char *refund_key(const struct refund_request *request, struct arena *arena);

#endif
