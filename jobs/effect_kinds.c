/* The list of kinds. Alone in its file: tests put their own in its place. */
#include "jobs/effect_kinds.h"

const struct effect_kind *const all_effect_kinds[] = {
    &effect_kind_mail, &effect_kind_webhook, &effect_kind_charge, &effect_kind_refund, NULL,
};
