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
