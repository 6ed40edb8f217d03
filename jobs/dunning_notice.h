/* What dunning tells customers and their systems: intents of mails and webhooks. */
#ifndef BILLMILL_JOBS_DUNNING_NOTICE_H
#define BILLMILL_JOBS_DUNNING_NOTICE_H

#include "core/engine/job.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/dunning_store.h"

struct dunning_notice {
    const struct job_ctx *ctx;
    const struct tenant_facts *tenant;
    const struct dunned_invoice *invoice;
    struct money owed;
    int64_t step;        /* from 1 */
    struct date next_on; /* when it is charged again; DATE_NONE: it is not */
};

/* The key is "mail:TEMPLATE:INVOICE:STEP"; it is sent as long as the invoice is owed. *ret_refusal:
 * why it is left out (no_address, no_server, bad_address); NULL: it is not. */
void dunning_notice_mail(const struct dunning_notice *notice, const char *mail_template,
                         struct chunk *chunk, const char **ret_refusal);

/* "payment.failed", to all that want it. */
void dunning_notice_failed(const struct dunning_notice *notice, struct chunk *chunk);

/* "subscription.paused", "subscription.canceled": from that day on, for that invoice. */
void dunning_notice_subscription(const struct dunning_notice *notice, const char *type,
                                 const char *subscription, struct date from_on,
                                 struct chunk *chunk);

#endif
