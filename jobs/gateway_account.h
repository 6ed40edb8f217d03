/* What an account at a payment gateway has, asked for page by page: of a span of days, and single
 * payments besides. It is asked outside transactions, and nothing is changed there. */
#ifndef BILLMILL_JOBS_GATEWAY_ACCOUNT_H
#define BILLMILL_JOBS_GATEWAY_ACCOUNT_H

#include "core/engine/job.h"
#include "core/outside/gateway_list.h"

struct account_asking {
    const struct job_ctx *ctx;
    struct wire *wire;
    struct arena *pages[2]; /* of a call and its answer, in turn; emptied */
    struct arena *arena;    /* keeps what is listed */
};

/* Appends to *items. *ret_why: why it could not be listed, NULL: it was; then *items are not whole.
 * Errors are of the wire itself, or a signal. */
MUST_CHECK bool gateway_account_list(const struct account_asking *asking, const char *gateway,
                                     const struct gateway_question *question,
                                     struct gateway_listed_items *items, const char **ret_why,
                                     struct error *err);

#endif
