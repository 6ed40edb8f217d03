/* Commitments of phases that are over, and of which nothing is billed yet, for what is charged in
 * arrears may still draw them: said by `status` and `preview`, for no item is parked for it. */
#ifndef BILLMILL_CLI_COMMITMENT_WAITS_H
#define BILLMILL_CLI_COMMITMENT_WAITS_H

#include <jansson.h>

#include "core/cli/session.h"

struct commitment_wait {
    const char *tenant, *contract, *phase;
    struct date ended_on;     /* its last day */
    const char *subscription; /* whose charges may still draw it */
    struct date until;        /* what is missing is due with the run for this day */
};

struct commitment_waits {
    struct commitment_wait *items;
    size_t count, capacity;
};

/* Of all tenants, as of the last run of period-advance; none where there was none. In the session's
 * arena. */
MUST_CHECK bool commitment_waits_load(struct session *session, struct commitment_waits *ret_waits,
                                      struct error *err);

/* Of the customers that one payer pays for, as of a day. */
struct billing_catalog;
MUST_CHECK bool
commitment_waits_load_of_payer(struct session *session, const struct work_payer *payer,
                               const struct billing_catalog *catalog, struct date business_date,
                               struct commitment_waits *ret_waits, struct error *err);

json_t *commitment_waits_json(const struct commitment_waits *waits);
void commitment_waits_print(const struct commitment_waits *waits, struct arena *arena);

#endif
