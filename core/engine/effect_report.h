/* Effects for people: what is open or was sent, each call of it, and what a person decides. */
#ifndef BILLMILL_ENGINE_EFFECT_REPORT_H
#define BILLMILL_ENGINE_EFFECT_REPORT_H

#include "core/engine/effect_kind.h"
#include "core/engine/engine.h"

struct effect_report {
    int64_t tenant_id;
    const char *tenant; /* NULL: there is none of that id */
    const char *effect_key, *kind, *state;
    const char *subject, *outcome, *provider, *lane;
    struct date intended_on;
    const char *provider_ref, *code, *reason;
    int64_t epoch, attempts;
    const char *owner;
    int64_t not_before_us, lease_until_us;
};

/* Those that are sent by dispatch, by tenant and key; state NULL: all that are not over. In the
 * arena, as everything here. */
struct effect_filter {
    const char *state, *kind, *tenant; /* NULL: any */
    int64_t limit;
};
MUST_CHECK bool effect_report_list(struct db *db, const struct effect_filter *filter,
                                   struct arena *arena, struct effect_report **ret_rows,
                                   size_t *ret_count, struct error *err);

/* EXIT_USAGE where there is none, or several tenants have one and `tenant` (NULL: not given) does
 * not say whose. */
MUST_CHECK bool effect_report_find(struct db *db, const char *effect_key, const char *tenant,
                                   struct arena *arena, struct effect_report *ret_effect,
                                   struct error *err);

/* Of a kind and a provider: how many of those intended up to and including a day stand how.
 * `unknown` are asked what became of them, of those `waiting` the provider knows and has not
 * decided. */
struct effect_counts {
    const char *kind, *provider;
    int64_t to_send, sending, unknown, waiting, held, done, failed;
};
MUST_CHECK bool effect_report_counts(struct db *db, struct date until, struct arena *arena,
                                     struct effect_counts **ret_rows, size_t *ret_count,
                                     struct error *err);

struct effect_call_row {
    int64_t epoch, step;
    const char *purpose;
    int64_t execution_id, sent_at_us, ended_at_us;
    const char *ending;
    int64_t status;
    const char *code, *message, *provider_ref;
};
MUST_CHECK bool effect_report_calls(struct db *db, const struct effect_report *effect,
                                    struct arena *arena, struct effect_call_row **ret_rows,
                                    size_t *ret_count, struct error *err);

/* The frozen request; where there is none, or it is not plain text, that is said behind a "?". */
MUST_CHECK bool effect_report_request(struct db *db, const struct effect_report *effect,
                                      struct arena *arena, const char **ret_request,
                                      struct error *err);

/* Held: sent again with the same key, or asked for (effect_kind.h, when_there); waiting for a
 * pause: due now. EXIT_USAGE for one that is over or under way. With its row in the audit log. */
MUST_CHECK bool effect_retry(const struct engine *engine, const struct effect_kind *kind,
                             const struct effect_report *effect, const char *reason,
                             struct arena *arena, struct error *err);

/* One that failed, of a kind of which that may be (effect_kind.h, replays), is sent once more with
 * the same key and bytes. EXIT_USAGE for any other. With its row in the audit log. */
MUST_CHECK bool effect_replay(const struct engine *engine, const struct effect_kind *kind,
                              const struct effect_report *effect, const char *reason,
                              struct arena *arena, struct error *err);

/* What a person has found out: it becomes done or failed, with the rows that follow from that.
 * EXIT_USAGE as above; ERROR_ITEM of the kind's settle is what it says. */
struct effect_resolution {
    bool done;
    const char *provider_ref; /* of one that is done; NULL: none */
    bool nothing_kept;        /* of one that failed: the provider keeps nothing of it */
    const char *reason;
};
MUST_CHECK bool effect_resolve(const struct engine *engine, const struct effect_kind *kind,
                               const struct effect_report *effect,
                               const struct effect_resolution *resolution, struct arena *arena,
                               struct error *err);

#endif
