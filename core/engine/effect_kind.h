/* A kind of effect: what is said to a provider, what his answers mean, and which rows follow. One
 * value in one file each (a charge, a mail, a webhook); the engine owns when, how often, by whom,
 * and that nothing is said twice unknowingly (dispatch.h).
 *
 * 1. `send` and `ask` are pure: effect, what was loaded, the last answer and the step say all. The
 * same effect says the same bytes, with a key made of `effect_key`; of a mail the words are those
 * that are true by then (mail_effect.c, 1).
 * 2. A move may refer to the effect, the answer and the arena of the call; what it ends with is
 * copied.
 * 3. An error of send, ask or settle holds this effect for a person, with its code ("not_said" or
 * "not_recorded" where it has none) and message; what was answered is in its attempts. One of load
 * ends the run. */
#ifndef BILLMILL_ENGINE_EFFECT_KIND_H
#define BILLMILL_ENGINE_EFFECT_KIND_H

#include "core/base/wire.h"
#include "core/engine/job.h"

/* As claimed. */
struct effect_out {
    int64_t tenant_id;
    const char *effect_key, *kind, *provider;
    const char *lane;    /* NULL: none */
    const char *subject; /* NULL: none */
    const char *request; /* the bytes that were frozen with the intent; behind them is a NUL */
    size_t request_size;
    const char *provider_ref; /* of an earlier answer; NULL: none */
    const char *outcome;      /* of one that waits: what for; NULL: it does not */
    const char *code;         /* why it waits or is held; NULL: nothing of that */
    const char *resolved_ref; /* as what a person says it is carried out; NULL: he does not */
    struct date intended_on;
    int64_t epoch;
    int64_t attempts;   /* how often it was claimed to be sent, this time included */
    bool asking;        /* nobody knows whether it was carried out, or it is waited for */
    int64_t sent_by_us; /* what was said of it last was said before that; 0: nothing was */
    int64_t quiet_s;    /* of one that is asked for: nothing was said of it for so long, at least */
    const void *data;   /* of `load` */
};

enum effect_move_kind {
    MOVE_CALL,   /* one more call: `call` */
    MOVE_DONE,   /* carried out */
    MOVE_FAILED, /* known not to be carried out, for good */
    MOVE_AGAIN,  /* known not to be carried out: sent again, with the same key, after a pause; where
                    nothing was said, that was no attempt */
    MOVE_WAIT,   /* the provider has it and has not decided: asked again after a pause */
    MOVE_LOST,   /* nobody knows: asked */
    MOVE_HELD    /* a person has to look */
};

#define MOVE_PAUSE_OWN (-1) /* the engine's: doubled with each attempt (dispatch_pace.h) */

struct effect_move {
    enum effect_move_kind kind;
    struct wire_call call;
    int64_t pause_s;            /* of AGAIN, WAIT and LOST; what the provider asked for, or
                                   MOVE_PAUSE_OWN */
    bool provider_in_trouble;   /* counts for the provider's breaker, as lost answers and 5xx do by
                                   themselves */
    bool provider_untold;       /* says nothing of the provider: its breaker stays as it is */
    const char *outcome;        /* the kind's word, of DONE, FAILED and WAIT (there never NULL) */
    const char *provider_ref;   /* NULL: what is known stays */
    const char *code, *message; /* NULL: none; no secret in them */
    const char *remark;         /* told to people as a warning, once in a run; NULL: none */
    bool provider_shut; /* of AGAIN and LOST: it lets nobody in. Whatever else is ready for it
                           ends by the same in this run, and nothing more is said to it */
    bool nothing_kept;  /* FAILED, by a person: he has seen that the provider keeps nothing
                           of it */
    struct money moved; /* DONE: for sums; no currency: none is known */
    const void *detail; /* for settle; in the arena */
};

struct effect_kind {
    const char *name; /* stable: stored */
    /* What settle appends to. */
    const struct bulk_table *const *tables;
    size_t table_count;

    /* Optional: `data` of effects of this kind, one tenant and one provider, set-based, outside
     * transactions. What it makes lives in the arena until the effects have ended. */
    bool (*load)(const struct job_ctx *ctx, struct effect_out *effects, size_t count,
                 struct arena *arena, struct error *err);

    /* What comes next: first with last NULL and step 0, then with each answer and the number of
     * calls so far. */
    bool (*send)(const struct job_ctx *ctx, const struct effect_out *effect,
                 const struct wire_answer *last, int32_t step, struct arena *arena,
                 struct effect_move *ret_move, struct error *err);

    /* The same to learn what became of one. NULL: nobody can be asked, so that it is held; or sent
     * again where `resends` says that twice is better than not at all (NULL: it is not), of this
     * one, as it was loaded. */
    bool (*ask)(const struct job_ctx *ctx, const struct effect_out *effect,
                const struct wire_answer *last, int32_t step, struct arena *arena,
                struct effect_move *ret_move, struct error *err);
    bool (*resends)(const struct job_ctx *ctx, const struct effect_out *effect);

    /* Optional: what is held and was intended by that day is asked for once more by each run,
     * whoever forgot it; false: there is no such day. */
    bool (*forgotten)(const struct job_ctx *ctx, struct date *ret_until);
    const char *never_asked;      /* optional: the code of those that a person alone decides: never
                                     tried again */
    const char *never_asked_hint; /* with it: what he does */

    /* Optional: one whose reference the provider has given may be carried out there otherwise than
     * it was asked for. Tried again by a person, such a held one is asked for; and this tells him
     * what comes before `resolve --failed`. */
    const char *when_there;

    /* It is tried again for days: one that is, much later, leaves no run unfinished. */
    bool patient;

    /* One that failed may be sent once more by a person, with the same key and bytes: nothing
     * followed from its end. */
    bool replays;

    /* Optional: whom it goes to, by its request, for people; NULL: that does not say. In the arena.
     */
    const char *(*goes_to)(const char *request, size_t size, struct arena *arena);

    /* Optional: the rows that follow from DONE or FAILED, or from WAIT, in the transaction that
     * records it; pure, and called again when that has to be repeated. `end` is what send or ask
     * said, or what a person did (code "resolved"): then without detail. */
    bool (*settle)(const struct job_ctx *ctx, const struct effect_out *effect,
                   const struct effect_move *end, struct chunk *chunk, struct error *err);

    /* Optional: how many calls may be under way to one of its providers, whatever else there is. */
    int32_t (*calls_max)(const struct job_ctx *ctx);

    /* How long a call of it may last, where that is more than a quarter of the lease: its claims
     * have longer ones. 0: it is not. */
    int32_t timeout_s;

    /* How many may be claimed beyond those under way: after a crash nobody knows of them, so few
     * where nobody can be asked. */
    int32_t ahead;
};

#define EFFECT_AHEAD_MAX 1000000

#endif
