/* What the files of dispatch share: dispatch.c goes round, dispatch_call.c talks, dispatch_group.c
 * writes. */
#ifndef BILLMILL_ENGINE_DISPATCH_PARTS_H
#define BILLMILL_ENGINE_DISPATCH_PARTS_H

#include "core/engine/dispatch.h"
#include "core/engine/dispatch_pace.h"
#include "core/engine/effect_store.h"

#define DISPATCH_KEY_ROOM 256             /* effect_intend takes no longer keys */
#define DISPATCH_STEPS_MAX WIRE_CALLS_MAX /* calls of one claim */

struct flight;
struct flight_list {
    struct flight *first, *last;
    size_t count;
};

/* All channels of a provider are left alone together. */
struct provider_state {
    const char *provider;
    size_t place; /* of its load */
    struct breaker breaker;
    struct effect_move shut;  /* by what it lets nobody in; provider_shut false: it does */
    struct flight_list ready; /* claimed, not begun */
};

struct channel {
    struct effect_channel name;
    const struct effect_kind *kind;
    struct provider_state *provider;
    char cursors[2][DISPATCH_KEY_ROOM]; /* of sends and of asks: claimed up to here */
    bool ended[2];                      /* nothing more behind it */
};

/* The memory of effects that were claimed together. */
struct claim_batch {
    struct arena *arena;
    size_t open;
    struct claim_batch *next;  /* in the list of the free ones */
    struct claim_batch *older; /* in that of all */
};

/* One claim, from its COMMIT to that of its end. */
struct flight {
    struct effect_out effect;
    const char *outcome; /* of one that waits */
    const char *damage;  /* of its request; NULL: none */
    struct channel *channel;
    struct claim_batch *batch;
    int64_t claimed_ms;
    int32_t step;
    int64_t sent_us;
    enum wire_protocol protocol; /* of the last call */
    bool began;                  /* something of it was said */
    bool tries;                  /* for the breaker */
    bool failed;                 /* the last call, for the breaker */
    struct effect_move end;
    struct effect_attempt_row attempts[DISPATCH_STEPS_MAX];
    size_t attempt_count;
    struct flight *next;  /* in the list that it is in */
    struct flight *older; /* in that of all */
};

struct dispatch {
    struct run *run;
    const struct job *job;
    const struct job_ctx *ctx;
    struct wire *wire;
    struct arena *arena;        /* channels and providers */
    struct arena *group_arena;  /* of one transaction */
    struct job tables;          /* of all kinds, as a chunk wants them */
    const char *const *unasked; /* kinds that are prompt (dispatch_is_prompt), ended by NULL */
    struct {
        struct channel **items;
        size_t count;
        size_t capacity;
    } channels;
    struct {
        struct provider_state **items;
        size_t count;
        size_t capacity;
    } providers;
    struct {
        struct pace_load *items;
        size_t count;
        size_t capacity;
    } loads;                  /* of the providers, by their places */
    int32_t began_last;       /* whose call, by place; -1: nobody's */
    size_t ready_count;       /* of all providers */
    struct flight_list ended; /* not recorded yet */
    size_t at_once;           /* so many of them, where one is sought that cannot be; 0: all */
    struct flight **slots;    /* calls under way, by their tag */
    size_t slot_count;
    struct flight *free_flights, *all_flights;
    struct claim_batch *free_batches, *all_batches;
    size_t calls_max, group_max;
    int64_t lease_ms; /* of kinds that need no longer one */
    int64_t claims_ahead;
    int64_t grouped_us; /* when the last transaction ended */
    struct {
        int64_t *items;
        size_t count;
        size_t capacity;
    } lost_groups; /* whose COMMIT was lost, so that claims of them may come to light, or whose
                      claims could not be loaded */
    struct {
        const char **items;
        size_t count;
        size_t capacity;
    } told;              /* remarks of this run */
    int64_t progress_ms; /* when something was achieved last */
    bool prompt;         /* what has ended is to be recorded at once */
    bool stopping;
    bool fruitless; /* the last round over all channels has found nothing, and nothing happened */
};

void flight_add(struct flight_list *list, struct flight *flight);
struct flight *flight_take(struct flight_list *list);

/* ---- dispatch_call.c */

/* What a provider says as a database takes it, in the arena: what is no UTF-8 becomes "?", and it
 * is cut to KEPT_TEXT_MAX bytes. NULL stays NULL. */
#define KEPT_TEXT_MAX 1000u
const char *dispatch_text(struct arena *arena, const char *text);

/* Of a claim of this kind (dispatch.h, 4). */
int64_t dispatch_lease_ms(const struct dispatch *dispatch, const struct effect_kind *kind);

/* Nobody can be asked about it, and it is not to be said twice for nothing: what has ended is
 * recorded at once, and so is that nobody knows what became of it. */
bool dispatch_is_prompt(const struct effect_kind *kind);

/* The next one that may begin; NULL: none may. */
struct flight *dispatch_next(struct dispatch *dispatch);

/* Says what comes first, or that it has ended. */
MUST_CHECK bool dispatch_begin(struct dispatch *dispatch, struct flight *flight, struct error *err);

/* Waits for answers at most so long and goes on with them. */
MUST_CHECK bool dispatch_listen(struct dispatch *dispatch, int32_t timeout_ms, struct error *err);

/* It has ended by this; returns true. */
bool dispatch_end(struct dispatch *dispatch, struct flight *flight, enum effect_move_kind kind,
                  const char *code, const char *message);

/* Its answer is not waited for any more. */
void dispatch_give_up(struct dispatch *dispatch, struct flight *flight);

/* Nothing of it was said, so that it is as it was. */
void dispatch_return(struct dispatch *dispatch, struct flight *flight, int64_t pause_ms);

/* ---- dispatch_group.c */

/* One transaction: what has ended is recorded, and with `claim` what comes next is claimed. */
MUST_CHECK bool dispatch_group(struct dispatch *dispatch, bool claim, struct error *err);

/* All channels that have something open; their rounds begin anew. */
MUST_CHECK bool dispatch_find_channels(struct dispatch *dispatch, struct error *err);

/* May a provider that has nothing ready be given more now? */
bool dispatch_can_claim(struct dispatch *dispatch);

/* Notes which providers have more. */
void dispatch_note_loads(struct dispatch *dispatch);
void dispatch_free(struct dispatch *dispatch);

#endif
