/* Why coupons that were redeemed by then take nothing off a document: what tax decides, decided
 * again by the same steps (jobs/tax_coupons.h). By what is known today, as far as that explains it;
 * else by what may have been known then. */
#ifndef BILLMILL_CLI_EXPLAIN_COUPONS_H
#define BILLMILL_CLI_EXPLAIN_COUPONS_H

#include <jansson.h>

#include "core/cli/session.h"
#include "core/stores/explanation.h"

/* One redemption of the payer, or of whom he pays for, up to the last day of the document. */
struct coupon_reason {
    const char *coupon;
    const char *customer, *subscription; /* whose redemption: one of the two, the other NULL */
    struct date redeemed_on;
    const char *reason;  /* coupon_verdict_name */
    const char *because; /* the same for people */
};

struct coupon_reasons ARRAY_OF(struct coupon_reason);

/* In the order in which they would apply; none of a document without taxes yet. */
MUST_CHECK bool coupon_reasons_load(const struct session *session,
                                    const struct invoice_explanation *explanation,
                                    struct coupon_reasons *ret_reasons, struct error *err);

json_t *coupon_reasons_json(const struct coupon_reasons *reasons);
void coupon_reasons_print(const struct coupon_reasons *reasons);

#endif
