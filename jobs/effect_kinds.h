/* The kinds of effects that dispatch sends. A new kind is one file, one line here and one in
 * effect_kinds.c. */
#ifndef BILLMILL_JOBS_EFFECT_KINDS_H
#define BILLMILL_JOBS_EFFECT_KINDS_H

#include "core/engine/effect_kind.h"

extern const struct effect_kind effect_kind_mail, effect_kind_webhook, effect_kind_charge,
    effect_kind_refund;

extern const struct effect_kind *const all_effect_kinds[]; /* ended by NULL */

/* By its name; NULL: there is none. */
const struct effect_kind *effect_kind_find(const char *name);

#endif
