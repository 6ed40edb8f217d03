/* dispatch: what other jobs intended is sent to the providers (charges, mails, webhooks), each by
 * its kind. The protocol is the engine's (core/engine/dispatch.h); this job brings the kinds and
 * the wire. Its key is a day, and decides nothing: whatever is due is sent. */
#include <stdlib.h>

#include "core/base/text.h"
#include "core/outside/wire_curl.h"
#include "jobs/effect_kinds.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS 30000
#define ANSWER_BYTES_MAX ((size_t)1 << 20)

const struct effect_kind *effect_kind_find(const char *name)
{
    for (size_t i = 0; all_effect_kinds[i] != NULL; i++)
        if (text_equal(all_effect_kinds[i]->name, name))
            return all_effect_kinds[i];
    return NULL;
}

/* What is sent is claimed effect by effect; no range of keys is anybody's. */
static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    (void)ctx;
    (void)plan;
    (void)err;
    return true;
}

/* Whose certificates are believed is said to OpenSSL's programs so, which libcurl does not ask. */
static bool open_wire(const struct job_ctx *ctx, struct wire **ret_wire, struct error *err)
{
    const char *ca_file = getenv("SSL_CERT_FILE");
    const struct wire_limits limits = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                       .timeout_ms = TIMEOUT_MS,
                                       .answer_bytes_max = ANSWER_BYTES_MAX,
                                       .ca_file = text_is_empty(ca_file) ? NULL : ca_file};
    (void)ctx;
    return wire_curl_create(&limits, ret_wire, err);
}

const struct job job_dispatch = {
    .name = "dispatch",
    .summary = "send what is intended: charges, mails, webhooks",
    .key = JOB_KEY_DATE,
    .plan = plan,
    .kinds = all_effect_kinds,
    .open_wire = open_wire,
};
