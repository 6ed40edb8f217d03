/* What has become of effects that nobody can be asked for, call by call. */
#ifndef BILLMILL_STORES_EFFECT_HISTORY_H
#define BILLMILL_STORES_EFFECT_HISTORY_H

#include "core/storage/db.h"

/* Of what was said since it was intended, or sent once more by a person. Instants are microseconds
 * since 1970; 0: never. */
struct effect_history {
    int64_t calls;          /* that have ended; one whose process died too */
    int64_t losses;         /* so that nobody knows what became of it */
    int64_t deferrals;      /* put off by a mail server (the code of jobs/mail_answer.c) … */
    int64_t first_later_us; /* … for the first time */
    int64_t broken;         /* off in the middle of a mail */
    int64_t first_us;
};

/* Of each of these effects, in their order. In the arena. */
MUST_CHECK bool effect_history_load(struct db *db, int64_t tenant_id, const char *const *keys,
                                    size_t count, struct arena *arena,
                                    struct effect_history *ret_histories, struct error *err);

#endif
