/* What is written of effects: one transaction for what has ended and what comes next (dispatch.h,
 * 2, 6 and 10). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/engine/chunk.h"
#include "core/engine/dispatch_parts.h"

#define US_PER_S 1000000
#define US_PER_MS 1000
#define WAIT_LEAST_S 1
#define OWNER_ROOM (ENGINE_OWNER_SIZE + 24)

/* One try of a group. */
struct group {
    struct dispatch *dispatch;
    struct arena *arena;
    struct chunk chunk; /* what follows from the ends */
    struct flight **flights;
    bool *mine;
    size_t *row_ends; /* of a flight and a table: its rows end there */
    size_t count;
    bool of_flights; /* an error would be about what has ended, and not about what comes next */
    int64_t now_us;
    char owner[OWNER_ROOM];
    struct claim_batch *batch; /* what was claimed; NULL: nothing */
    struct {
        struct claimed_part {
            struct channel *channel;
            struct effect_claimed *items;
            size_t count;
        } * items;
        size_t count;
        size_t capacity;
    } parts;
    int64_t done, held, waiting, rows; /* waiting: for the first time */
};

static void owner_of(const struct dispatch *dispatch, int64_t group_no, char target[OWNER_ROOM])
{
    (void)snprintf(target, OWNER_ROOM, "%s/%" PRId64, dispatch->run->engine->owner, group_no);
}

/* ---------------------------------------------------------------- what has ended */

static bool find_mine(struct group *group, struct error *err)
{
    struct effect_key_row *keys =
        ARENA_NEW_ARRAY(group->arena, struct effect_key_row, group->count);
    for (size_t i = 0; i < group->count; i++) {
        const struct effect_out *effect = &group->flights[i]->effect;
        keys[i] = (struct effect_key_row){.tenant_id = effect->tenant_id,
                                          .effect_key = effect->effect_key,
                                          .epoch = effect->epoch};
    }
    return group->count == 0 || effect_find_mine(group->dispatch->ctx->db, keys, group->count,
                                                 group->arena, group->mine, err);
}

/* dispatch.h, 10: not trouble of the database, which would be that of any effect. */
static bool is_of_effect(const struct error *err)
{
    return err->kind == ERROR_ITEM || (err->kind == ERROR_RUN && (err->exit_code == EXIT_DATA ||
                                                                  err->exit_code == EXIT_INTERNAL));
}

/* Nothing of it stays in the chunk. */
static void hold(struct flight *flight, struct error *why)
{
    struct arena *arena = flight->batch->arena;
    if (why->kind != ERROR_ITEM)
        log_line(LOG_WARNING, "effect %s is held, for what became of it cannot be recorded: %s",
                 flight->effect.effect_key, why->message);
    flight->end.kind = MOVE_HELD;
    flight->end.code = why->code[0] == '\0' ? "not_recorded" : dispatch_text(arena, why->code);
    flight->end.message = dispatch_text(arena, why->message);
    error_clear(why);
}

/* It is pure: whatever it fails with is of this effect. */
static void settle(struct group *group, struct flight *flight)
{
    const struct effect_kind *kind = flight->channel->kind;
    enum effect_move_kind end = flight->end.kind;
    struct chunk_mark mark;
    struct error refused = {0};
    if (kind->settle == NULL || (end != MOVE_DONE && end != MOVE_FAILED && end != MOVE_WAIT))
        return;
    chunk_mark(&group->chunk, &mark);
    if (kind->settle(group->dispatch->ctx, &flight->effect, &flight->end, &group->chunk, &refused))
        return;
    chunk_undo(&group->chunk, &mark);
    hold(flight, &refused);
}

static void settle_all(struct group *group)
{
    size_t tables = group->chunk.table_count;
    for (size_t i = 0; i < group->count; i++) {
        if (group->mine[i])
            settle(group, group->flights[i]);
        for (size_t table = 0; table < tables; table++)
            group->row_ends[i * tables + table] = group->chunk.tables[table].count;
    }
}

static const char *state_of(const struct flight *flight)
{
    switch (flight->end.kind) {
    case MOVE_DONE:
        return "done";
    case MOVE_FAILED:
        return "failed";
    case MOVE_AGAIN:
        return "intent";
    case MOVE_WAIT:
    case MOVE_LOST:
        return "unknown";
    case MOVE_HELD:
        return "held";
    case MOVE_CALL:
        return flight->effect.asking ? "unknown" : "intent";
    }
    return "held";
}

static int64_t not_before_us(const struct group *group, const struct flight *flight)
{
    const struct effect_out *effect = &flight->effect;
    /* How often it was sent; or asked for, where that is what is to be repeated. */
    int64_t tries = effect->attempts;
    if (effect->asking && flight->end.kind != MOVE_AGAIN)
        tries = effect->epoch - effect->attempts;
    switch (flight->end.kind) {
    case MOVE_DONE:
    case MOVE_FAILED:
    case MOVE_HELD:
        return 0;
    case MOVE_AGAIN:
    case MOVE_WAIT:
    case MOVE_LOST:
    case MOVE_CALL:
        break;
    }
    if (flight->end.kind == MOVE_WAIT && flight->end.pause_s >= 0 &&
        flight->end.pause_s < WAIT_LEAST_S)
        return group->now_us + WAIT_LEAST_S * (int64_t)US_PER_S;
    if (flight->end.pause_s >= 0)
        return group->now_us + effect_pause_ms(flight->end.pause_s) * US_PER_MS;
    return group->now_us + effect_backoff_ms(effect->effect_key, tries) * US_PER_MS;
}

/* What a lost answer says of one that waited is nothing: it waits. */
static const char *outcome_of(const struct flight *flight)
{
    switch (flight->end.kind) {
    case MOVE_DONE:
    case MOVE_FAILED:
    case MOVE_WAIT:
        return flight->end.outcome;
    case MOVE_LOST:
        return flight->effect.asking ? flight->outcome : NULL;
    case MOVE_AGAIN:
    case MOVE_HELD:
    case MOVE_CALL:
        break;
    }
    return NULL;
}

/* One that was not begun and is to be sent again has used up none. */
static int64_t attempts_of(const struct flight *flight)
{
    bool unsaid = flight->end.kind == MOVE_AGAIN && !flight->began && !flight->effect.asking;
    return flight->effect.attempts - (unsaid ? 1 : 0);
}

static struct effect_record_row record_of(const struct group *group, const struct flight *flight)
{
    const struct effect_move *end = &flight->end;
    bool moves_money = end->kind == MOVE_DONE && end->moved.currency.code[0] != '\0';
    return (struct effect_record_row){
        .tenant_id = flight->effect.tenant_id,
        .effect_key = flight->effect.effect_key,
        .epoch = flight->effect.epoch,
        .state = state_of(flight),
        .outcome = outcome_of(flight),
        .provider_ref = end->provider_ref != NULL ? end->provider_ref : flight->effect.provider_ref,
        .code = end->code,
        .reason = end->message,
        .attempts = attempts_of(flight),
        .not_before_us = not_before_us(group, flight),
        .sent_by_us =
            flight->began && !flight->effect.asking ? group->now_us : flight->effect.sent_by_us,
        .instance_id = group->dispatch->run->instance.instance_id,
        .currency = moves_money ? end->moved.currency.code : NULL,
        .amount_minor = moves_money ? money_minor(end->moved) : DB_I64_NONE,
    };
}

static struct effect_return_row return_of(const struct group *group, const struct flight *flight)
{
    return (struct effect_return_row){
        .tenant_id = flight->effect.tenant_id,
        .effect_key = flight->effect.effect_key,
        .epoch = flight->effect.epoch,
        .state = state_of(flight),
        .attempts = flight->effect.attempts - (flight->effect.asking ? 0 : 1),
        .not_before_us = not_before_us(group, flight),
    };
}

static bool write_ends(struct group *group, struct error *err)
{
    struct db *db = group->dispatch->ctx->db;
    struct effect_record_row *records =
        ARENA_NEW_ARRAY(group->arena, struct effect_record_row, group->count);
    struct effect_return_row *returns =
        ARENA_NEW_ARRAY(group->arena, struct effect_return_row, group->count);
    size_t recorded = 0, returned = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct flight *flight = group->flights[i];
        enum effect_move_kind end = flight->end.kind;
        if (!group->mine[i])
            continue;
        if (end == MOVE_CALL)
            returns[returned++] = return_of(group, flight);
        else
            records[recorded++] = record_of(group, flight);
        group->done += end == MOVE_DONE || end == MOVE_FAILED;
        group->waiting += end == MOVE_WAIT && flight->outcome == NULL;
        group->held += end == MOVE_HELD;
    }
    return (recorded == 0 || bulk_write(db, &EFFECT_RECORD, records, recorded, NULL, NULL, err)) &&
           (returned == 0 || bulk_write(db, &EFFECT_RETURN, returns, returned, NULL, NULL, err));
}

/* Who took a call over that nobody can be asked about has recorded it as lost, under the same key
 * (EFFECT_KEEP_TAKEN). */
static bool keeps_attempts(const struct group *group, size_t place)
{
    return group->mine[place] || !dispatch_is_prompt(group->flights[place]->channel->kind);
}

static bool write_attempts(struct group *group, struct error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++)
        count += group->flights[i]->attempt_count;
    struct effect_attempt_row *rows =
        ARENA_NEW_ARRAY(group->arena, struct effect_attempt_row, count + 1);
    count = 0;
    for (size_t i = 0; i < group->count; i++)
        for (size_t a = 0; keeps_attempts(group, i) && a < group->flights[i]->attempt_count; a++)
            rows[count++] = group->flights[i]->attempts[a];
    return count == 0 ||
           bulk_write(group->dispatch->ctx->db, &EFFECT_ATTEMPT_ADD, rows, count, NULL, NULL, err);
}

/* The flight that made row `row` of table `table`. */
static struct flight *flight_of_row(const struct group *group, size_t table, size_t row)
{
    size_t i = 0;
    while (i + 1 < group->count && group->row_ends[i * group->chunk.table_count + table] <= row)
        i++;
    return group->flights[i];
}

/* *ret_refused: what the database would not take is held, and the group is written anew. */
static bool write_rows(struct group *group, bool *ret_refused, struct error *err)
{
    struct dispatch *dispatch = group->dispatch;
    for (size_t i = 0; i < group->chunk.table_count; i++) {
        const struct chunk_rows *rows = &group->chunk.tables[i];
        size_t bad_row = 0;
        group->rows += (int64_t)rows->count;
        if (rows->count == 0 || bulk_write(dispatch->ctx->db, rows->table, rows->rows, rows->count,
                                           NULL, &bad_row, err))
            continue;
        if (err->kind != ERROR_ITEM)
            return error_context(err, "writing %s", rows->table->table);
        hold(flight_of_row(group, i, bad_row), err);
        *ret_refused = true;
        return true;
    }
    return true;
}

/* The group as a chunk of its execution: sums and control totals follow from it. */
static bool write_chunk(struct group *group, struct error *err)
{
    const struct run *run = group->dispatch->run;
    struct db *db = run->engine->db;
    uint8_t digest[SHA256_SIZE];
    if (group->count == 0)
        return true;
    chunk_digest(&group->chunk, digest);
    if (!db_run(db, STMT_CHUNK_ADD,
                DB_ARGS(db_i64(run->instance.instance_id), db_i64(run->execution.attempt),
                        db_i64(group->dispatch->run->groups), db_i64(run->execution.attempt),
                        db_i64(run->execution.execution_id),
                        db_text(group->flights[0]->effect.effect_key),
                        db_text(group->flights[group->count - 1]->effect.effect_key),
                        db_i64(group->done), db_i64(group->held), db_i64(group->rows),
                        db_bytes(digest, sizeof digest), db_i64(clock_wall_us())),
                NULL, err))
        return false;
    for (size_t i = 0; i < group->chunk.total_count; i++)
        if (!db_run(db, STMT_CHUNK_TOTAL_ADD,
                    DB_ARGS(db_i64(run->instance.instance_id), db_i64(run->execution.attempt),
                            db_i64(group->dispatch->run->groups),
                            db_text(group->chunk.totals[i].sum.currency.code),
                            db_i64(group->chunk.totals[i].amount_count),
                            db_i64(money_minor(group->chunk.totals[i].sum))),
                    NULL, err))
            return false;
    return true;
}

/* ---------------------------------------------------------------- what comes next */

static struct claim_batch *take_batch(struct dispatch *dispatch)
{
    struct claim_batch *batch = dispatch->free_batches;
    if (batch != NULL)
        dispatch->free_batches = batch->next;
    else {
        batch = memory_alloc(sizeof *batch, "claims");
        *batch = (struct claim_batch){
            .arena = arena_create("claimed effects", dispatch->run->engine->memory_cap_bytes),
            .older = dispatch->all_batches};
        dispatch->all_batches = batch;
    }
    batch->open = 0;
    return batch;
}

static void give_batch(struct dispatch *dispatch, struct claim_batch *batch)
{
    arena_reset(batch->arena);
    batch->next = dispatch->free_batches;
    dispatch->free_batches = batch;
}

/* What is under way or claimed: of all, and of one provider. */
struct taken {
    size_t all, of_provider;
};

static struct taken taken_of(const struct dispatch *dispatch, const struct provider_state *provider)
{
    return (struct taken){.all = dispatch->wire->in_flight + dispatch->ready_count,
                          .of_provider = (size_t)dispatch->loads.items[provider->place].under_way +
                                         provider->ready.count};
}

/* How many more of this channel may be claimed. */
static size_t room_of(const struct dispatch *dispatch, const struct channel *channel,
                      struct taken taken)
{
    const struct breaker *breaker = &channel->provider->breaker;
    const struct pace_taken of_all = {.calls = (int64_t)dispatch->calls_max,
                                      .ahead = dispatch->claims_ahead,
                                      .own_ahead = channel->kind->ahead,
                                      .own = (int64_t)taken.of_provider,
                                      .all = (int64_t)taken.all};
    if (breaker_is_open(breaker, clock_boot_ms()))
        return 0;
    int64_t room =
        pace_room(dispatch->loads.items, dispatch->loads.count, channel->provider->place, &of_all);
    return breaker->open_until_ms != 0 && room > 1 ? 1 : (size_t)room;
}

static struct taken taken_with(const struct group *group, const struct provider_state *provider)
{
    struct taken taken = taken_of(group->dispatch, provider);
    for (size_t i = 0; i < group->parts.count; i++) {
        const struct claimed_part *part = &group->parts.items[i];
        taken.all += part->count;
        taken.of_provider += part->channel->provider == provider ? part->count : 0;
    }
    return taken;
}

static bool claim_of(struct group *group, struct channel *channel, bool ask, struct error *err)
{
    struct dispatch *dispatch = group->dispatch;
    size_t room =
        channel->ended[ask] ? 0 : room_of(dispatch, channel, taken_with(group, channel->provider));
    struct effect_claim claim = {.channel = &channel->name,
                                 .after_key = channel->cursors[ask],
                                 .owner = group->owner,
                                 .now_us = group->now_us,
                                 .lease_us = dispatch_lease_ms(dispatch, channel->kind) * US_PER_MS,
                                 .count = room,
                                 .ask = ask};
    struct claimed_part part = {.channel = channel};
    if (room == 0)
        return true;
    if (group->batch == NULL)
        group->batch = take_batch(dispatch);
    if (!effect_claim(dispatch->ctx->db, &claim, group->batch->arena, &part.items, &part.count,
                      err)) {
        if (err->kind == ERROR_ITEM) /* somebody else has just taken the lane */
            (void)error_retry(err, EXIT_TEMPORARY, "others claim the same effects");
        return false;
    }
    if (part.count > 0)
        ARRAY_ADD(group->arena, &group->parts) = part;
    return true;
}

/* What is undecided first: it may free a lane. Of the rest another channel is first each time. */
static bool claim_all(struct group *group, struct error *err)
{
    struct dispatch *dispatch = group->dispatch;
    size_t count = dispatch->channels.count;
    dispatch_note_loads(dispatch);
    for (int ask = 1; ask >= 0; ask--)
        for (size_t i = 0; i < count; i++)
            if (!claim_of(group,
                          dispatch->channels.items[((size_t)dispatch->run->groups + i) % count],
                          ask == 1, err))
                return false;
    return true;
}

static bool unclaim_lost(const struct group *group, struct error *err)
{
    const struct dispatch *dispatch = group->dispatch;
    char owner[OWNER_ROOM];
    for (size_t i = 0; i < dispatch->lost_groups.count; i++) {
        owner_of(dispatch, dispatch->lost_groups.items[i], owner);
        if (!db_run(dispatch->ctx->db, STMT_EFFECT_UNCLAIM, DB_ARGS(db_text(owner)), NULL, err))
            return false;
    }
    return true;
}

/* ---------------------------------------------------------------- one try */

/* What became of the flights, and what follows from it. */
static bool write_flights(struct group *group, bool *ret_refused, struct error *err)
{
    group->of_flights = true;
    settle_all(group);
    if (!write_rows(group, ret_refused, err) ||
        (!*ret_refused && (!write_ends(group, err) || !write_attempts(group, err))))
        return false;
    group->of_flights = false;
    return true;
}

static bool write_group(struct group *group, bool claim, bool *ret_refused, struct error *err)
{
    struct db *db = group->dispatch->ctx->db;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, db, err) || !db_now_us(db, &group->now_us, err) ||
        !unclaim_lost(group, err) || !find_mine(group, err) ||
        !write_flights(group, ret_refused, err))
        return false;
    return *ret_refused ||
           (write_chunk(group, err) && (!claim || claim_all(group, err)) && tx_commit(&tx, err));
}

/* dispatch.h, 10: half of them is tried, until the one is found that cannot be recorded. */
static bool find_unrecordable(struct group *group, struct error *err)
{
    if (!group->of_flights || group->count == 0 || !is_of_effect(err) ||
        (group->count == 1 && group->flights[0]->end.kind == MOVE_HELD))
        return false;
    group->dispatch->at_once = group->count / 2;
    if (group->count == 1)
        hold(group->flights[0], err);
    error_clear(err);
    return true;
}

static void group_init(struct group *group, struct dispatch *dispatch)
{
    size_t at_once = dispatch->at_once;
    arena_reset(dispatch->group_arena);
    *group = (struct group){
        .dispatch = dispatch, .arena = dispatch->group_arena, .count = dispatch->ended.count};
    if (at_once > 0 && at_once < group->count)
        group->count = at_once;
    chunk_init(&group->chunk, &dispatch->tables, group->arena, dispatch->run->item_arena,
               &dispatch->run->ids);
    group->flights = ARENA_NEW_ARRAY(group->arena, struct flight *, group->count + 1);
    group->mine = ARENA_NEW_ARRAY(group->arena, bool, group->count + 1);
    group->row_ends =
        ARENA_NEW_ARRAY(group->arena, size_t, group->count * group->chunk.table_count + 1);
    size_t i = 0;
    for (struct flight *flight = dispatch->ended.first; i < group->count; flight = flight->next)
        group->flights[i++] = flight;
    owner_of(dispatch, ++dispatch->run->groups, group->owner);
}

/* ---------------------------------------------------------------- afterwards */

static void free_flight(struct dispatch *dispatch, struct flight *flight)
{
    if (--flight->batch->open == 0)
        give_batch(dispatch, flight->batch);
    flight->next = dispatch->free_flights;
    dispatch->free_flights = flight;
}

static void tell_taken_over(const struct flight *flight)
{
    log_line(LOG_WARNING,
             "effect %s was taken over by another worker; what was answered to this "
             "one is not recorded",
             flight->effect.effect_key);
}

/* Written: the next group does without them. */
static void forget_ended(struct group *group)
{
    struct dispatch *dispatch = group->dispatch;
    struct run *run = dispatch->run;
    bool retried = dispatch->lost_groups.count > 0; /* then it may be there by an earlier COMMIT */
    for (size_t i = 0; i < group->count; i++) {
        struct flight *flight = flight_take(&dispatch->ended);
        if (!group->mine[i] && !retried)
            tell_taken_over(flight);
        free_flight(dispatch, flight);
    }
    if (group->done + group->held + group->waiting > 0)
        dispatch->progress_ms = clock_boot_ms();
    dispatch->prompt = false;
    run->sums.items_done += group->done;
    run->sums.items_parked += group->held;
    run->sums.rows_written += group->rows;
    run->chunks++;
}

static struct flight *new_flight(struct dispatch *dispatch)
{
    struct flight *flight = dispatch->free_flights;
    if (flight != NULL)
        dispatch->free_flights = flight->next;
    else {
        flight = memory_alloc(sizeof *flight, "an effect");
        flight->older = dispatch->all_flights;
        dispatch->all_flights = flight;
    }
    *flight = (struct flight){.older = flight->older};
    return flight;
}

static void move_cursor(struct channel *channel, const struct claimed_part *part)
{
    bool ask = part->items[0].effect.asking;
    char *cursor = channel->cursors[ask];
    if (!text_copy(cursor, sizeof channel->cursors[ask],
                   part->items[part->count - 1].effect.effect_key))
        channel->ended[ask] = true; /* a key that nobody intends; the next round begins anew */
}

static bool take_claimed(struct group *group, const struct claimed_part *part, struct error *err)
{
    struct dispatch *dispatch = group->dispatch;
    struct claim_batch *batch = group->batch;
    const struct effect_kind *kind = part->channel->kind;
    int64_t now_ms = clock_boot_ms();
    struct effect_out *effects = ARENA_NEW_ARRAY(batch->arena, struct effect_out, part->count);
    if (!effect_load_requests(dispatch->ctx->db, part->items, part->count, batch->arena, err))
        return false;
    for (size_t i = 0; i < part->count; i++)
        effects[i] = part->items[i].effect;
    if (kind->load != NULL && !kind->load(dispatch->ctx, effects, part->count, batch->arena, err))
        return error_context(err, "loading effects of kind %s", kind->name);
    for (size_t i = 0; i < part->count; i++) {
        struct flight *flight = new_flight(dispatch);
        flight->effect = effects[i];
        flight->outcome = effects[i].outcome;
        flight->damage = part->items[i].damage;
        flight->channel = part->channel;
        flight->batch = batch;
        flight->claimed_ms = now_ms;
        batch->open++;
        flight_add(&part->channel->provider->ready, flight);
        dispatch->ready_count++;
    }
    return true;
}

/* A connection may be lost between the COMMIT and here. */
static bool take_part(struct group *group, const struct claimed_part *part, struct error *err)
{
    for (int attempt = 0; !take_claimed(group, part, err); attempt++)
        if (!engine_try_again(attempt, err))
            return false;
    return true;
}

/* A round that asked for some everywhere and found none has found all there is. */
static void note_round(struct dispatch *dispatch, const struct group *group)
{
    for (size_t i = 0; i < dispatch->channels.count; i++) {
        struct channel *channel = dispatch->channels.items[i];
        size_t found[2] = {0, 0};
        for (size_t p = 0; p < group->parts.count; p++)
            if (group->parts.items[p].channel == channel)
                found[group->parts.items[p].items[0].effect.asking] = group->parts.items[p].count;
        for (int ask = 0; ask < 2; ask++)
            channel->ended[ask] =
                channel->ended[ask] ||
                (found[ask] == 0 &&
                 room_of(dispatch, channel, taken_with(group, channel->provider)) > 0);
    }
}

static bool take_claims(struct group *group, struct error *err)
{
    struct dispatch *dispatch = group->dispatch;
    note_round(dispatch, group);
    if (group->parts.count > 0 || group->count > 0)
        dispatch->fruitless = false;
    if (group->parts.count == 0) {
        if (group->batch != NULL)
            give_batch(dispatch, group->batch);
        return true;
    }
    for (size_t i = 0; i < group->parts.count; i++)
        move_cursor(group->parts.items[i].channel, &group->parts.items[i]);
    group->batch->open = 1; /* held until all of it is taken */
    bool ok = true;
    for (size_t i = 0; i < group->parts.count && ok; i++)
        ok = take_part(group, &group->parts.items[i], err);
    if (--group->batch->open == 0)
        give_batch(dispatch, group->batch);
    return ok;
}

static void pace(struct dispatch *dispatch, int64_t begun_us, bool claim)
{
    int64_t now_us = clock_boot_ms() * US_PER_MS;
    if (claim && dispatch->grouped_us > 0)
        dispatch->claims_ahead =
            pace_claims(dispatch->claims_ahead, now_us - begun_us, begun_us - dispatch->grouped_us,
                        (int64_t)dispatch->calls_max / 4 + 1, (int64_t)dispatch->group_max);
    dispatch->grouped_us = now_us;
}

bool dispatch_group(struct dispatch *dispatch, bool claim, struct error *err)
{
    struct group group;
    int64_t begun_us = clock_boot_ms() * US_PER_MS;
    for (int attempt = 0;;) {
        bool refused = false;
        group_init(&group, dispatch);
        if (write_group(&group, claim, &refused, err)) {
            if (!refused)
                break;
            continue; /* at least one fewer */
        }
        if (group.batch != NULL)
            give_batch(dispatch, group.batch);
        if (find_unrecordable(&group, err))
            continue;
        if (err->kind == ERROR_RETRY)
            ARRAY_ADD(dispatch->arena, &dispatch->lost_groups) = dispatch->run->groups;
        if (!engine_try_again(attempt++, err))
            return false;
    }
    dispatch->at_once = 0;
    forget_ended(&group);
    if (claim && !take_claims(&group, err)) { /* nothing of it was begun */
        ARRAY_ADD(dispatch->arena, &dispatch->lost_groups) = dispatch->run->groups;
        return false;
    }
    if (claim || group.count > 0)
        pace(dispatch, begun_us, claim);
    run_tell_progress(dispatch->run, false);
    return true;
}

/* ---------------------------------------------------------------- channels */

static const struct effect_kind *kind_of(const struct job *job, const char *name)
{
    for (size_t i = 0; job->kinds[i] != NULL; i++)
        if (text_equal(job->kinds[i]->name, name))
            return job->kinds[i];
    return NULL;
}

static struct provider_state *provider_of(struct dispatch *dispatch, const char *name,
                                          const struct effect_kind *kind)
{
    for (size_t i = 0; i < dispatch->providers.count; i++)
        if (text_equal(dispatch->providers.items[i]->provider, name))
            return dispatch->providers.items[i];
    struct provider_state *state = ARENA_NEW(dispatch->arena, struct provider_state);
    state->provider = arena_copy(dispatch->arena, name);
    state->place = dispatch->providers.count;
    ARRAY_ADD(dispatch->arena, &dispatch->loads) = (struct pace_load){
        .calls_max = kind->calls_max == NULL ? 0 : kind->calls_max(dispatch->ctx)};
    ARRAY_ADD(dispatch->arena, &dispatch->providers) = state;
    return state;
}

static struct channel *channel_of(struct dispatch *dispatch, const struct effect_channel *name,
                                  const struct effect_kind *kind)
{
    for (size_t i = 0; i < dispatch->channels.count; i++) {
        struct channel *channel = dispatch->channels.items[i];
        if (channel->name.tenant_id == name->tenant_id && channel->kind == kind &&
            text_equal(channel->name.provider, name->provider))
            return channel;
    }
    struct channel *channel = ARENA_NEW(dispatch->arena, struct channel);
    *channel =
        (struct channel){.kind = kind, .provider = provider_of(dispatch, name->provider, kind)};
    channel->name = (struct effect_channel){
        .tenant_id = name->tenant_id, .kind = kind->name, .provider = channel->provider->provider};
    ARRAY_ADD(dispatch->arena, &dispatch->channels) = channel;
    return channel;
}

bool dispatch_find_channels(struct dispatch *dispatch, struct error *err)
{
    struct effect_channel *names = NULL;
    size_t count = 0;
    arena_reset(dispatch->group_arena);
    if (!effect_load_channels(dispatch->ctx->db, dispatch->group_arena, &names, &count, err))
        return false;
    for (size_t i = 0; i < dispatch->channels.count; i++)
        for (int ask = 0; ask < 2; ask++) /* those that have nothing open any more too */
            dispatch->channels.items[i]->ended[ask] = true;
    for (size_t i = 0; i < count; i++) {
        const struct effect_kind *kind = kind_of(dispatch->job, names[i].kind);
        if (kind == NULL)
            continue;
        struct channel *channel = channel_of(dispatch, &names[i], kind);
        for (int ask = 0; ask < 2; ask++) {
            channel->cursors[ask][0] = '\0';
            channel->ended[ask] = false;
        }
    }
    return true;
}

void dispatch_note_loads(struct dispatch *dispatch)
{
    int64_t now_ms = clock_boot_ms();
    for (size_t i = 0; i < dispatch->providers.count; i++) {
        struct pace_load *load = &dispatch->loads.items[i];
        load->ready = (int64_t)dispatch->providers.items[i]->ready.count;
        load->has_more = load->ready > 0;
    }
    for (size_t i = 0; i < dispatch->channels.count; i++) {
        const struct channel *channel = dispatch->channels.items[i];
        if ((!channel->ended[false] || !channel->ended[true]) &&
            !breaker_is_open(&channel->provider->breaker, now_ms))
            dispatch->loads.items[channel->provider->place].has_more = true;
    }
}

bool dispatch_can_claim(struct dispatch *dispatch)
{
    dispatch_note_loads(dispatch);
    for (size_t i = 0; i < dispatch->channels.count; i++) {
        const struct channel *channel = dispatch->channels.items[i];
        if ((!channel->ended[false] || !channel->ended[true]) &&
            channel->provider->ready.count == 0 &&
            room_of(dispatch, channel, taken_of(dispatch, channel->provider)) > 0)
            return true;
    }
    return false;
}

void dispatch_free(struct dispatch *dispatch)
{
    while (dispatch->all_flights != NULL) {
        struct flight *flight = dispatch->all_flights;
        dispatch->all_flights = flight->older;
        free(flight);
    }
    while (dispatch->all_batches != NULL) {
        struct claim_batch *batch = dispatch->all_batches;
        dispatch->all_batches = batch->older;
        arena_destroy(&batch->arena);
        free(batch);
    }
    wire_destroy(&dispatch->wire);
}
