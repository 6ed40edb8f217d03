/* The tables of effects: see effect.h. */
#include "core/engine/effect.h"

static const struct row_field intent_fields[] = {
    ROW_FIELD(struct effect_intent_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_intent_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_intent_row, kind, "kind"),
    ROW_FIELD(struct effect_intent_row, state, "state"),
    ROW_FIELD(struct effect_intent_row, subject_id, "subject_id"),
};

/* It may have been carried out since. */
static const char *const intent_may_differ[] = {"state", NULL};

const struct bulk_table EFFECT_INTEND = {
    .name = "effect_intend",
    .kind = BULK_INSERT,
    .table = "effect",
    .fields = intent_fields,
    .field_count = ARRAY_LEN(intent_fields),
    .key_count = 2,
    .row_size = sizeof(struct effect_intent_row),
    .ignore_on_compare = intent_may_differ,
};

struct effect_send_row {
    int64_t tenant_id;
    const char *effect_key, *kind, *state;
    const char *subject, *provider, *lane;
    struct date intended_on;
};
static const struct row_field send_fields[] = {
    ROW_FIELD(struct effect_send_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_send_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_send_row, kind, "kind"),
    ROW_FIELD(struct effect_send_row, state, "state"),
    ROW_FIELD(struct effect_send_row, subject, "subject"),
    ROW_FIELD(struct effect_send_row, provider, "provider"),
    ROW_FIELD(struct effect_send_row, lane, "lane"),
    ROW_FIELD(struct effect_send_row, intended_on, "intended_on"),
};
const struct bulk_table EFFECT_INTEND_SEND = {
    .name = "effect_intend_send",
    .kind = BULK_INSERT,
    .table = "effect",
    .fields = send_fields,
    .field_count = ARRAY_LEN(send_fields),
    .key_count = 2,
    .row_size = sizeof(struct effect_send_row),
    .ignore_on_compare = intent_may_differ,
};

struct effect_request_row {
    int64_t tenant_id;
    const char *effect_key;
    struct row_bytes request;
    uint8_t digest[SHA256_SIZE];
};
static const struct row_field request_fields[] = {
    ROW_FIELD(struct effect_request_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_request_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_request_row, request, "request"),
    ROW_FIELD(struct effect_request_row, digest, "digest"),
};
const struct bulk_table EFFECT_REQUEST_ADD = {
    .name = "effect_request_add",
    .kind = BULK_INSERT,
    .table = "effect_request",
    .fields = request_fields,
    .field_count = ARRAY_LEN(request_fields),
    .key_count = 2,
    .row_size = sizeof(struct effect_request_row),
};

const char *effect_key_fit(const char *key, struct arena *arena)
{
    return sha256_fit(key, EFFECT_KEY_MAX, arena);
}

void effect_intend(struct chunk *chunk, const struct effect_intent *intent)
{
    const char *key = effect_key_fit(intent->effect_key, chunk_arena(chunk));
    assert(intent->provider != NULL);
    assert(intent->request_size <= EFFECT_REQUEST_MAX);
    struct effect_send_row *effect = chunk_append(chunk, &EFFECT_INTEND_SEND);
    *effect = (struct effect_send_row){.tenant_id = intent->tenant_id,
                                       .effect_key = key,
                                       .kind = intent->kind,
                                       .state = "intent",
                                       .subject = intent->subject,
                                       .provider = intent->provider,
                                       .lane = intent->lane,
                                       .intended_on = intent->intended_on};
    struct effect_request_row *request = chunk_append(chunk, &EFFECT_REQUEST_ADD);
    *request = (struct effect_request_row){
        .tenant_id = intent->tenant_id,
        .effect_key = key,
        .request = {intent->request, intent->request_size}
    };
    sha256_of(intent->request, intent->request_size, request->digest);
}

static const struct row_field done_fields[] = {
    ROW_FIELD(struct effect_done_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_done_row, effect_key, "effect_key"),
    ROW_FIELD(struct effect_done_row, state, "state"),
    ROW_FIELD(struct effect_done_row, outcome, "outcome"),
    ROW_FIELD(struct effect_done_row, digest, "digest"),
};

const struct bulk_table EFFECT_DONE = {
    .name = "effect_done",
    .kind = BULK_UPDATE,
    .table = "effect",
    .fields = done_fields,
    .field_count = ARRAY_LEN(done_fields),
    .key_count = 2,
    .row_size = sizeof(struct effect_done_row),
    .guard = "state = 'intent'",
};
