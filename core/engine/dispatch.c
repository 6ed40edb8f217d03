/* Going round: begin what is claimed, listen, record and claim, wait. See dispatch.h. */
#include "core/engine/dispatch.h"

#include <inttypes.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/engine/chunk.h"
#include "core/engine/dispatch_parts.h"

#define CALLS_MAX 1024
#define LISTEN_MS 100        /* then signals are looked at */
#define RECORD_AFTER_MS 1000 /* what has ended waits no longer for its record */
#define STOP_WAIT_MS 30000   /* for calls under way, when a signal has come */
#define STOPPED_WAIT_MS 5000 /* behind that, for what they say of how far they have come */
#define LOOK_AGAIN_MS 1000   /* while waiting: others may have intended something */
#define ASKED_EVERY_MS 1000  /* whether somebody wants it to stop */
#define US_PER_S 1000000
#define DISPATCH_ARENA_CAP ((size_t)64 << 20)

/* ---------------------------------------------------------------- beginning and end */

static void add_tables(struct dispatch *dispatch, const struct effect_kind *kind)
{
    const struct bulk_table **tables =
        (const struct bulk_table **)(uintptr_t)dispatch->tables.tables;
    for (size_t i = 0; i < kind->table_count; i++) {
        size_t known = 0;
        while (known < dispatch->tables.table_count && tables[known] != kind->tables[i])
            known++;
        if (known == dispatch->tables.table_count) {
            assert(known < CHUNK_TABLES_MAX);
            tables[dispatch->tables.table_count++] = kind->tables[i];
        }
    }
}

static void add_kinds(struct dispatch *dispatch)
{
    size_t count = 0;
    while (dispatch->job->kinds[count] != NULL)
        count++;
    const char **unasked = ARENA_NEW_ARRAY(dispatch->arena, const char *, count + 1);
    dispatch->unasked = unasked;
    for (size_t i = 0; i < count; i++) {
        const struct effect_kind *kind = dispatch->job->kinds[i];
        add_tables(dispatch, kind);
        if (dispatch_is_prompt(kind))
            *unasked++ = kind->name;
    }
    *unasked = NULL;
}

static bool prepare(struct dispatch *dispatch, struct run *run, struct error *err)
{
    const struct run_definition *definition = run->definition;
    dispatch->run = run;
    dispatch->job = definition->job;
    dispatch->ctx = &run->ctx;
    dispatch->group_arena = run->chunk_arena;
    dispatch->calls_max = definition->calls > 0 ? (size_t)definition->calls : DISPATCH_CALLS;
    dispatch->group_max = (size_t)definition->chunk_size;
    dispatch->lease_ms = (int64_t)definition->lease_s * RUN_MS_PER_S;
    dispatch->claims_ahead = (int64_t)dispatch->calls_max;
    dispatch->began_last = -1;
    dispatch->progress_ms = clock_boot_ms();
    dispatch->slot_count = dispatch->calls_max;
    dispatch->slots = ARENA_NEW_ARRAY(dispatch->arena, struct flight *, dispatch->calls_max);
    dispatch->tables = (struct job){
        .name = dispatch->job->name,
        .tables = ARENA_NEW_ARRAY(dispatch->arena, const struct bulk_table *, CHUNK_TABLES_MAX)};
    add_kinds(dispatch);
    return dispatch->job->open_wire(dispatch->ctx, &dispatch->wire, err);
}

static bool take_from(struct dispatch *dispatch, const char *owner_prefix, struct error *err)
{
    const struct effect_taking taking = {.owner_prefix = owner_prefix,
                                         .kept = dispatch->unasked,
                                         .execution_id = dispatch->run->execution.execution_id};
    int64_t taken = 0;
    if (!effect_take_over(dispatch->ctx->db, &taking, &taken, err))
        return false;
    if (taken > 0)
        log_line(LOG_WARNING,
                 "%" PRId64 " effects were being sent when their process ended; what became of "
                 "them is asked",
                 taken);
    return true;
}

/* Whatever holds a claim beside the only writer is dead; so is what this process held in an earlier
 * try of this run. Of others their process or their lease tells. */
static bool take_over(struct dispatch *dispatch, bool begins, struct error *err)
{
    const struct engine *engine = dispatch->run->engine;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("owners", DISPATCH_ARENA_CAP);
    const char *const *owners = NULL;
    size_t count = 0;
    if (db_is_sole_writer(engine->db))
        return !begins || take_from(dispatch, "", err);
    if (!take_from(dispatch, begins ? engine->owner : NULL, err) ||
        !liveness_dead_senders(engine, arena, &owners, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!take_from(dispatch, owners[i], err))
            return false;
    return true;
}

/* ---------------------------------------------------------------- stopping */

static void return_ready(struct dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->providers.count; i++) {
        struct flight_list *ready = &dispatch->providers.items[i]->ready;
        for (struct flight *flight = flight_take(ready); flight != NULL;
             flight = flight_take(ready))
            dispatch_return(dispatch, flight, 0);
    }
    dispatch->ready_count = 0;
}

/* What has not ended by now says how far it has come. */
static void stop_calls(struct dispatch *dispatch)
{
    struct error unheard = {0};
    int64_t begun_ms = clock_boot_ms();
    bool heard = true;
    dispatch->stopping = true;
    wire_stop(dispatch->wire);
    while (heard && dispatch->wire->in_flight > 0 && clock_boot_ms() - begun_ms < STOPPED_WAIT_MS)
        heard = dispatch_listen(dispatch, LISTEN_MS, &unheard);
    for (size_t i = 0; i < dispatch->slot_count; i++) {
        if (dispatch->slots[i] == NULL)
            continue;
        dispatch_give_up(dispatch, dispatch->slots[i]);
        dispatch->slots[i] = NULL;
    }
}

/* What is known by now is recorded, as well as it can be. */
static void abandon(struct dispatch *dispatch)
{
    struct error unrecorded = {0};
    bool recorded;
    return_ready(dispatch);
    stop_calls(dispatch);
    do
        recorded = dispatch_group(dispatch, false, &unrecorded);
    while (recorded && dispatch->ended.count > 0);
    if (!recorded)
        log_line(LOG_WARNING, "what has ended could not be recorded and is asked later: %s",
                 unrecorded.message);
}

static bool should_stop(struct dispatch *dispatch, int64_t *asked_ms, struct error *stop)
{
    int64_t now_ms = clock_boot_ms();
    if (run_stop_requested(dispatch->run, stop))
        return true;
    if (now_ms - *asked_ms < ASKED_EVERY_MS)
        return false;
    *asked_ms = now_ms;
    return run_stop_asked(dispatch->run, stop);
}

/* Calls under way may end; nothing more begins. */
static bool wind_up(struct dispatch *dispatch, struct error *err)
{
    int64_t begun_ms = clock_boot_ms();
    return_ready(dispatch);
    while (dispatch->wire->in_flight > 0 && clock_boot_ms() - begun_ms < STOP_WAIT_MS) {
        if (!dispatch_listen(dispatch, LISTEN_MS, err))
            return false;
        run_say_alive(dispatch->run);
    }
    return true;
}

/* ---------------------------------------------------------------- waiting */

/* What is left of the kinds of this job. */
struct standing {
    int64_t now_us;
    struct effect_standing sum;
    int64_t left_for_days; /* of patient kinds, which no run is kept open for */
};

static void add_standing(struct effect_standing *sum, const struct effect_standing *more)
{
    sum->due += more->due;
    sum->later += more->later;
    sum->under_way += more->under_way;
    sum->asked += more->asked;
    sum->waiting += more->waiting;
    sum->ask_due += more->ask_due;
    if (more->next_us != DB_I64_NONE &&
        (sum->next_us == DB_I64_NONE || more->next_us < sum->next_us))
        sum->next_us = more->next_us;
}

static bool load_standing(struct db *db, const struct effect_kind *const *kinds,
                          struct arena *arena, struct standing *standing, struct error *err)
{
    struct effect_standing *rows = NULL;
    size_t count = 0;
    *standing = (struct standing){.sum = {.next_us = DB_I64_NONE}};
    if (!db_now_us(db, &standing->now_us, err) ||
        !effect_load_standing(db, standing->now_us,
                              standing->now_us + DISPATCH_MUCH_LATER_S * (int64_t)US_PER_S, arena,
                              &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; kinds[k] != NULL; k++)
            if (text_equal(kinds[k]->name, rows[i].kind)) {
                add_standing(&standing->sum, &rows[i]);
                standing->left_for_days += kinds[k]->patient ? rows[i].much_later : 0;
            }
    return true;
}

bool dispatch_is_due(struct db *db, const struct effect_kind *const *kinds, bool *ret_due,
                     struct error *err)
{
    int64_t now_us = 0;
    int64_t due = 0;
    bool found = false;
    if (!db_now_us(db, &now_us, err))
        return false;
    for (size_t k = 0; kinds[k] != NULL && due == 0; k++)
        if (!db_query_i64(db, STMT_EFFECT_ANY_DUE, DB_ARGS(db_text(kinds[k]->name), db_i64(now_us)),
                          &due, &found, err))
            return error_context(err, "looking for effects that are due");
    *ret_due = due > 0;
    return true;
}

/* Until a provider may be tried again; 0: none is left alone. */
static int64_t breaker_wait_ms(const struct dispatch *dispatch, int64_t now_ms)
{
    int64_t wait_ms = 0;
    for (size_t i = 0; i < dispatch->providers.count; i++) {
        const struct breaker *breaker = &dispatch->providers.items[i]->breaker;
        int64_t left_ms = breaker->open_until_ms - now_ms;
        if (breaker->open_until_ms != 0 && left_ms > 0 && (wait_ms == 0 || left_ms < wait_ms))
            wait_ms = left_ms;
    }
    return wait_ms;
}

static bool end_with(const struct standing *standing, bool left_alone, struct error *err)
{
    const struct effect_standing *sum = &standing->sum;
    int64_t left = sum->later - standing->left_for_days + sum->asked + (left_alone ? sum->due : 0);
    if (standing->left_for_days > 0)
        log_line(LOG_WARNING, "%" PRId64 " effects that failed are tried again by a later run",
                 standing->left_for_days);
    if (left == 0)
        return true;
    (void)error_run(err, EXIT_TEMPORARY,
                    "%" PRId64 " effects are not sent yet: they failed, and are tried again later",
                    left);
    if (sum->next_us == DB_I64_NONE)
        return error_hint(err,
                          "`billmill effects list` says why; `billmill resume` goes on with them");
    int64_t next_s = sum->next_us / INSTANT_US_PER_S + 1;
    return error_hint(err,
                      "the next one is tried again from %s on, by `billmill resume`; at once: "
                      "`billmill effects retry KEY…` first; `billmill effects list` says why",
                      instant_text(next_s * INSTANT_US_PER_S).text);
}

/* In steps, so that whoever is asked to stop does. */
static void sleep_ms(struct dispatch *dispatch, int64_t pause_ms)
{
    struct error ignored = {0};
    for (; pause_ms > 0 && !run_stop_requested(dispatch->run, &ignored); pause_ms -= LISTEN_MS)
        engine_wait_ms(pause_ms < LISTEN_MS ? pause_ms : LISTEN_MS);
}

/* Nothing is under way here. *ret_done: nothing is left that would be waited for. */
static bool wait_for_more(struct dispatch *dispatch, bool *ret_done, struct error *err)
{
    struct standing standing;
    int64_t now_ms = clock_boot_ms();
    const struct run_definition *definition = dispatch->run->definition;
    int64_t patience_ms =
        (definition->wait_s >= 0 ? definition->wait_s : DISPATCH_WAIT_S) * RUN_MS_PER_S;
    arena_reset(dispatch->group_arena);
    if (!load_standing(dispatch->ctx->db, dispatch->job->kinds, dispatch->group_arena, &standing,
                       err))
        return false;
    dispatch->fruitless = false;
    if (standing.sum.under_way > 0) { /* by others: it ends, or its lease does */
        dispatch->progress_ms = now_ms;
        sleep_ms(dispatch, LISTEN_MS);
        return take_over(dispatch, false, err);
    }
    int64_t breaker_ms =
        standing.sum.due + standing.sum.ask_due > 0 ? breaker_wait_ms(dispatch, now_ms) : 0;
    int64_t wait_ms = standing.sum.next_us == DB_I64_NONE
                          ? 0
                          : (standing.sum.next_us - standing.now_us) / 1000 + 1;
    if (breaker_ms > 0 && (wait_ms == 0 || breaker_ms < wait_ms))
        wait_ms = breaker_ms;
    *ret_done = wait_ms == 0 || now_ms + wait_ms - dispatch->progress_ms > patience_ms;
    if (*ret_done)
        return end_with(&standing, breaker_ms > 0, err);
    sleep_ms(dispatch, wait_ms < LOOK_AGAIN_MS ? wait_ms : LOOK_AGAIN_MS);
    return true;
}

/* ---------------------------------------------------------------- going round */

static bool begin_ready(struct dispatch *dispatch, struct error *err)
{
    dispatch_note_loads(dispatch);
    for (struct flight *flight; (flight = dispatch_next(dispatch)) != NULL;)
        if (!dispatch_begin(dispatch, flight, err))
            return false;
    return true;
}

static bool wants_group(struct dispatch *dispatch)
{
    int64_t age_ms = clock_boot_ms() - dispatch->grouped_us / 1000;
    bool idle = dispatch->wire->in_flight == 0 && dispatch->ready_count == 0;
    if (dispatch_can_claim(dispatch))
        return true;
    return dispatch->ended.count > 0 && (dispatch->prompt || idle || age_ms > RECORD_AFTER_MS ||
                                         dispatch->ended.count >= dispatch->group_max);
}

/* *ret_done: nothing is left. */
static bool go_round(struct dispatch *dispatch, bool *ret_done, struct error *err)
{
    if (!begin_ready(dispatch, err))
        return false;
    if (wants_group(dispatch) && !dispatch_group(dispatch, true, err))
        return false;
    if (!begin_ready(dispatch, err))
        return false;
    run_say_alive(dispatch->run);
    if (dispatch->wire->in_flight > 0)
        return dispatch_listen(dispatch, LISTEN_MS, err);
    if (dispatch->ready_count > 0 || dispatch->ended.count > 0 || dispatch_can_claim(dispatch))
        return true;
    if (!dispatch->fruitless) {
        dispatch->fruitless = true;
        return dispatch_find_channels(dispatch, err);
    }
    return wait_for_more(dispatch, ret_done, err);
}

/* For the progress that is shown: what is there now, and what follows from it comes to it. */
static bool count_due(struct dispatch *dispatch, struct error *err)
{
    struct standing standing;
    struct run *run = dispatch->run;
    arena_reset(dispatch->group_arena);
    if (!load_standing(dispatch->ctx->db, dispatch->job->kinds, dispatch->group_arena, &standing,
                       err))
        return false;
    run->sums.items_planned = run->sums.items_done + run->sums.items_parked + standing.sum.due +
                              standing.sum.later + standing.sum.asked;
    return true;
}

static bool ask_forgotten(const struct dispatch *dispatch, struct error *err)
{
    const struct effect_kind *const *kinds = dispatch->job->kinds;
    struct date until;
    for (size_t i = 0; kinds[i] != NULL; i++)
        if (kinds[i]->ask != NULL && kinds[i]->forgotten != NULL &&
            kinds[i]->forgotten(dispatch->ctx, &until) &&
            !effect_ask_held(dispatch->ctx->db, kinds[i]->name, until,
                             text_or_empty(kinds[i]->never_asked), err))
            return error_context(err, "effects of kind %s that are held", kinds[i]->name);
    return true;
}

/* It may have been put right since. */
static bool look_again(const struct dispatch *dispatch, struct error *err)
{
    const struct effect_kind *const *kinds = dispatch->job->kinds;
    for (size_t i = 0; kinds[i] != NULL; i++)
        if (!effect_look_again(dispatch->ctx->db, kinds[i]->name, err))
            return error_context(err, "effects of kind %s that wait for the configuration",
                                 kinds[i]->name);
    return true;
}

static bool work(struct dispatch *dispatch, struct error *err)
{
    struct error stop = {0};
    int64_t asked_ms = clock_boot_ms();
    bool done = false;
    if (!take_over(dispatch, true, err) || !ask_forgotten(dispatch, err) ||
        !look_again(dispatch, err) || !count_due(dispatch, err))
        return false;
    while (!done) {
        if (should_stop(dispatch, &asked_ms, &stop)) {
            if (!wind_up(dispatch, err))
                return false;
            *err = stop;
            return false;
        }
        if (!go_round(dispatch, &done, err))
            return false;
    }
    return true;
}

static bool count_held(struct dispatch *dispatch, struct error *err)
{
    arena_reset(dispatch->group_arena);
    return effect_count_held(dispatch->ctx->db, dispatch->job->kinds, dispatch->group_arena,
                             &dispatch->run->execution.held, err);
}

bool dispatch_effects(struct run *run, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("dispatch", DISPATCH_ARENA_CAP);
    CLEANUP(dispatch_free) struct dispatch dispatch = {.arena = arena};
    if (run->ctx.dry_run) /* nothing leaves the process */
        return true;
    if (!prepare(&dispatch, run, err))
        return false;
    bool ok = work(&dispatch, err);
    if (!ok)
        abandon(&dispatch);
    if (ok)
        run_tell_progress(run, true);
    return ok && count_held(&dispatch, err);
}
