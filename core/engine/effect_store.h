/* Effects that are sent, as rows: claiming, recording, counting. Who may do what when is decided in
 * dispatch.h. */
#ifndef BILLMILL_ENGINE_EFFECT_STORE_H
#define BILLMILL_ENGINE_EFFECT_STORE_H

#include "core/engine/effect_kind.h"
#include "core/engine/engine.h"

/* What goes to one provider for one tenant. */
struct effect_channel {
    int64_t tenant_id;
    const char *kind, *provider;
};
MUST_CHECK bool effect_load_channels(struct db *db, struct arena *arena,
                                     struct effect_channel **ret_channels, size_t *ret_count,
                                     struct error *err);

/* In the open transaction: up to `count` effects of a channel behind `after_key` become `owner`'s
 * until lease_us from now, in the order of their keys: to be sent (intent -> sending), or to be
 * asked. In the arena; request and data are not loaded yet. */
struct effect_claim {
    const struct effect_channel *channel;
    const char *after_key;
    const char *owner;
    int64_t now_us, lease_us;
    size_t count;
    bool ask;
};
struct effect_claimed {
    struct effect_out effect;
    const char *damage; /* of its request, so that nothing may be said; NULL: none */
};
MUST_CHECK bool effect_claim(struct db *db, const struct effect_claim *claim, struct arena *arena,
                             struct effect_claimed **ret_claimed, size_t *ret_count,
                             struct error *err);

/* Outside transactions: the frozen requests, in the arena. One that is missing, or not what its
 * digest says, is "" with its damage. */
MUST_CHECK bool effect_load_requests(struct db *db, struct effect_claimed *claimed, size_t count,
                                     struct arena *arena, struct error *err);

/* How a claim ended. Only of the claim that is the effect's last one, and while nothing else was
 * recorded of it: which of `rows` these are, by *ret_mine[i]; write only those. */
struct effect_record_row {
    int64_t tenant_id;
    const char *effect_key;
    int64_t epoch;
    const char *state;
    const char *outcome, *provider_ref, *code, *reason;
    int64_t attempts, not_before_us, lease_until_us, sent_by_us;
    int64_t instance_id;  /* of the run that records it */
    const char *currency; /* of what it moved; NULL: no money */
    int64_t amount_minor; /* DB_I64_NONE: the same */
};
extern const struct bulk_table EFFECT_RECORD;

/* Claimed, and nothing of it was begun. */
struct effect_return_row {
    int64_t tenant_id;
    const char *effect_key;
    int64_t epoch;
    const char *state;
    int64_t attempts, not_before_us, lease_until_us;
};
extern const struct bulk_table EFFECT_RETURN;

struct effect_key_row {
    int64_t tenant_id;
    const char *effect_key;
    int64_t epoch;
    const char *state;
};
MUST_CHECK bool effect_find_mine(struct db *db, const struct effect_key_row *keys, size_t count,
                                 struct arena *arena, bool *ret_mine, struct error *err);

struct effect_attempt_row {
    int64_t tenant_id;
    const char *effect_key;
    int64_t epoch, step;
    const char *purpose; /* send, ask */
    int64_t execution_id;
    int64_t sent_at_us, ended_at_us;
    const char *ending; /* answered, not_sent, lost */
    int64_t status;
    const char *code, *message, *provider_ref;
};
extern const struct bulk_table EFFECT_ATTEMPT_ADD;

/* In a transaction of its own. What was being sent by owners of that prefix (NULL: none), or under
 * a lease that is over, is unknown from now on; what they asked may be asked. *ret_taken: how many
 * of the former. Those of `kept` kinds (ended by NULL) leave the call that nobody knows of. */
struct effect_taking {
    const char *owner_prefix;
    const char *const *kept;
    int64_t execution_id; /* whose that call is, for want of a better */
};
MUST_CHECK bool effect_take_over(struct db *db, const struct effect_taking *taking,
                                 int64_t *ret_taken, struct error *err);

/* In a transaction of its own: held ones of a kind that were intended by that day, but those of a
 * code, are to be asked for. */
MUST_CHECK bool effect_ask_held(struct db *db, const char *kind, struct date until,
                                const char *but_code, struct error *err);

/* In a transaction of its own: those of a kind that wait for the configuration are due. */
MUST_CHECK bool effect_look_again(struct db *db, const char *kind, struct error *err);

/* By kind. */
struct effect_standing {
    const char *kind;
    int64_t due;        /* to be sent now */
    int64_t later;      /* to be sent, after a pause */
    int64_t much_later; /* of these, behind much_later_us */
    int64_t under_way;  /* by whomever */
    int64_t asked;      /* nobody knows what became of them */
    int64_t waiting;    /* for the provider's decision */
    int64_t ask_due;    /* of both, whose pause is over */
    int64_t next_us;    /* when a pause ends, but of those that wait; DB_I64_NONE: none */
};
MUST_CHECK bool effect_load_standing(struct db *db, int64_t now_us, int64_t much_later_us,
                                     struct arena *arena, struct effect_standing **ret_rows,
                                     size_t *ret_count, struct error *err);

/* Held ones of these kinds (ended by NULL). */
MUST_CHECK bool effect_count_held(struct db *db, const struct effect_kind *const *kinds,
                                  struct arena *arena, int64_t *ret_held, struct error *err);

#endif
