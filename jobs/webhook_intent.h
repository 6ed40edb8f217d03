/* What happened, for those who want to be told: an intent of kind `webhook` (webhook_effect.c) for
 * each endpoint of the configuration. */
#ifndef BILLMILL_JOBS_WEBHOOK_INTENT_H
#define BILLMILL_JOBS_WEBHOOK_INTENT_H

#include "core/engine/effect.h"
#include "core/engine/job.h"
#include "core/setup/settings.h"

#define WEBHOOK_KIND "webhook"
#define WEBHOOK_PROVIDER "webhook:" /* and the endpoint's name */

struct webhook_event {
    int64_t tenant_id;
    const char *tenant;  /* his name */
    const char *type;    /* "invoice.paid" */
    const char *subject; /* with the type what the event is, once: "INV-2026-000042" */
    struct date on;      /* the business date */
    const char *data;    /* what is told: the text of a JSON object */
};

/* Does an endpoint want it? */
bool webhook_is_wanted(const struct settings_endpoint *endpoint, const struct webhook_event *event);

/* "webhook:ENDPOINT:TYPE:SUBJECT", as effect_key_fit has it, in the arena. */
const char *webhook_key(const struct settings_endpoint *endpoint, const struct webhook_event *event,
                        struct arena *arena);

/* A digest of who wants to be told what, above zero: of other endpoints, or of one that wants
 * something else, it is another one. Where they are, and their secrets, do not count. */
int64_t webhook_settings_digest(const struct settings *settings);

/* For one endpoint: rows of EFFECT_INTEND_SEND and EFFECT_REQUEST_ADD. The body is frozen, its id
 * is the same for every endpoint. */
void webhook_intend_at(struct chunk *chunk, const struct settings_endpoint *endpoint,
                       const struct webhook_event *event);

/* For all that want it. */
void webhook_intend(struct chunk *chunk, const struct settings *settings,
                    const struct webhook_event *event);

#endif
