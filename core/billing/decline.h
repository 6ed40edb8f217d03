/* What a decline means for the next attempt (DOMAIN 8): try again later, only after the customer
 * has acted, or never with this payment method. The codes are data (config/declines.yaml), because
 * those who advise on them differ.
 *
 * 1. The gateway's own advice wins over its codes.
 * 2. Of several codes of one decline the first that the table knows counts, the most telling one
 * being named first.
 * 3. A code is known by its whole text, or else by the longest beginning that the table has
 * ("cc_*").
 * 4. What nobody knows is tried again later: network caps end that too. The caller is told, for the
 * log. */
#ifndef BILLMILL_BILLING_DECLINE_H
#define BILLMILL_BILLING_DECLINE_H

#include "core/base/compiler.h"

enum decline_class {
    DECLINE_LATER,    /* insufficient funds, issuer down: by the dunning policy */
    DECLINE_CUSTOMER, /* expired, authentication: when the customer has acted */
    DECLINE_NEVER     /* stolen, revoked: only with another payment method */
};

struct decline_rule {
    const char *code; /* ending in '*': every code that begins so */
    enum decline_class decline;
};

struct decline_gateway {
    const char *name; /* "stripe" */
    const struct decline_rule *codes, *advice;
    size_t code_count, advice_count;
};

/* Borrowed; an empty table knows nothing. */
struct decline_table {
    const struct decline_gateway *gateways;
    size_t gateway_count;
};

struct decline_verdict {
    enum decline_class decline;
    bool known;
};

/* `advice` NULL: the gateway gives none. A code that is NULL is passed over. */
struct decline_verdict decline_of(const struct decline_table *table, const char *gateway,
                                  const char *advice, const char *const *codes, size_t code_count);

/* The words of configuration and rows: later, customer, never. */
const char *decline_class_name(enum decline_class decline);

/* False, and nothing set, for another word, or NULL. */
bool decline_class_parse(const char *name, enum decline_class *ret_decline);

#endif
