/* What is said of an effect, call by call: see dispatch_parts.h. */
#include <inttypes.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/engine/dispatch_parts.h"

#define ARRIVALS_MAX 64
#define STATUS_TOO_MANY 429
#define STATUS_SERVER_ERROR 500
#define SMTP_UNAVAILABLE 421
#define STOPPED "stopped"
#define STOPPED_WHY "this process had to end before the answer came"
#define NO_ROOM_MS 1000 /* until a call is tried again that there was no room for */
#define CALL_PARTS 4    /* of a lease a call may last one (dispatch.h, 4) */

void flight_add(struct flight_list *list, struct flight *flight)
{
    flight->next = NULL;
    if (list->first == NULL)
        list->first = flight;
    else
        list->last->next = flight;
    list->last = flight;
    list->count++;
}

struct flight *flight_take(struct flight_list *list)
{
    struct flight *flight = list->first;
    if (flight == NULL)
        return NULL;
    list->first = flight->next;
    list->count--;
    flight->next = NULL;
    return flight;
}

/* ---------------------------------------------------------------- ending */

/* What the provider asked for counts only where it is in trouble. */
static void note_breaker(struct flight *flight, bool failed)
{
    struct breaker *breaker = &flight->channel->provider->breaker;
    if (flight->began && !flight->end.provider_untold)
        breaker_note(breaker, failed, effect_pause_ms(flight->end.pause_s), clock_boot_ms());
    else if (flight->tries)
        breaker_untry(breaker);
}

const char *dispatch_text(struct arena *arena, const char *text)
{
    size_t bad = 0;
    if (text == NULL)
        return NULL;
    size_t length = strnlen(text, KEPT_TEXT_MAX);
    while (length > 0 && text[length] != '\0' && ((uint8_t)text[length] & 0xC0) == 0x80)
        length--;
    char *kept = arena_copy_n(arena, text, length);
    for (size_t from = 0; !text_utf8_valid(kept + from, length - from, &bad); from += bad + 1)
        kept[from + bad] = '?';
    return kept;
}

static void tell_remark(struct dispatch *dispatch, const char *remark)
{
    for (size_t i = 0; i < dispatch->told.count; i++)
        if (text_equal(dispatch->told.items[i], remark))
            return;
    ARRAY_ADD(dispatch->arena, &dispatch->told) = arena_copy(dispatch->arena, remark);
    log_line(LOG_WARNING, "%s", remark);
}

static void note_shut(struct dispatch *dispatch, struct flight *flight)
{
    struct effect_move *shut = &flight->channel->provider->shut;
    const struct effect_move *end = &flight->end;
    if (!end->provider_shut || shut->provider_shut)
        return;
    *shut = (struct effect_move){.provider_shut = true, .pause_s = end->pause_s};
    if (end->code != NULL)
        shut->code = arena_copy(dispatch->arena, end->code);
    if (end->message != NULL)
        shut->message = arena_copy(dispatch->arena, end->message);
}

bool dispatch_is_prompt(const struct effect_kind *kind)
{
    return kind->ask == NULL && kind->ahead < EFFECT_AHEAD_MAX;
}

static void keep_end(struct dispatch *dispatch, struct flight *flight)
{
    struct arena *arena = flight->batch->arena;
    struct effect_move *end = &flight->end;
    if (end->remark != NULL)
        tell_remark(dispatch, end->remark);
    end->outcome = dispatch_text(arena, end->outcome);
    end->provider_ref = dispatch_text(arena, end->provider_ref);
    end->code = dispatch_text(arena, end->code);
    end->message = dispatch_text(arena, end->message);
    if (flight->attempt_count > 0) {
        struct effect_attempt_row *last = &flight->attempts[flight->attempt_count - 1];
        last->code = end->code;
        last->message = end->message != NULL ? end->message : last->message;
        last->provider_ref = end->provider_ref;
    }
    note_shut(dispatch, flight);
    note_breaker(flight, end->provider_in_trouble || flight->failed);
    if (dispatch_is_prompt(flight->channel->kind) && flight->began)
        dispatch->prompt = true;
    flight_add(&dispatch->ended, flight);
}

bool dispatch_end(struct dispatch *dispatch, struct flight *flight, enum effect_move_kind kind,
                  const char *code, const char *message)
{
    flight->end = (struct effect_move){
        .kind = kind, .pause_s = MOVE_PAUSE_OWN, .code = code, .message = message};
    keep_end(dispatch, flight);
    return true;
}

void dispatch_return(struct dispatch *dispatch, struct flight *flight, int64_t pause_ms_wanted)
{
    assert(!flight->began);
    if (flight->tries)
        breaker_untry(&flight->channel->provider->breaker);
    /* MOVE_CALL as an end: nothing was said. */
    flight->end =
        (struct effect_move){.kind = MOVE_CALL, .pause_s = (pause_ms_wanted + 999) / 1000};
    flight_add(&dispatch->ended, flight);
}

/* ---------------------------------------------------------------- one step */

int64_t dispatch_lease_ms(const struct dispatch *dispatch, const struct effect_kind *kind)
{
    int64_t needed_ms = (int64_t)kind->timeout_s * RUN_MS_PER_S * CALL_PARTS;
    return needed_ms > dispatch->lease_ms ? needed_ms : dispatch->lease_ms;
}

static bool lease_allows(const struct dispatch *dispatch, const struct flight *flight)
{
    return clock_boot_ms() - flight->claimed_ms <
           dispatch_lease_ms(dispatch, flight->channel->kind) / 2;
}

/* There is no room for its call now; returns true. */
static bool put_off(struct dispatch *dispatch, struct flight *flight, struct error *err)
{
    tell_remark(dispatch,
                arena_printf(flight->batch->arena, "calls wait for room: %s", err->message));
    error_clear(err);
    if (flight->step > 0)
        return dispatch_end(dispatch, flight, MOVE_LOST, "no_room", "there was no room to go on");
    dispatch_return(dispatch, flight, NO_ROOM_MS);
    return true;
}

static bool make_call(struct dispatch *dispatch, struct flight *flight,
                      const struct effect_move *move, struct error *err)
{
    struct wire_call call = move->call;
    int64_t longest_ms = dispatch_lease_ms(dispatch, flight->channel->kind) / CALL_PARTS;
    size_t slot = 0;
    if (flight->step >= DISPATCH_STEPS_MAX)
        return dispatch_end(dispatch, flight, MOVE_HELD, "too_many_calls",
                            "its kind goes on calling and does not come to an end");
    if (flight->step > 0 && !lease_allows(dispatch, flight))
        return dispatch_end(dispatch, flight, MOVE_LOST, "too_slow",
                            "half of the lease was over before all was said");
    if (dispatch->stopping)
        return dispatch_end(dispatch, flight, MOVE_LOST, STOPPED, STOPPED_WHY);
    if (call.timeout_ms <= 0 || call.timeout_ms > longest_ms)
        call.timeout_ms = (int32_t)longest_ms;
    while (dispatch->slots[slot] != NULL)
        slot++;
    assert(slot < dispatch->slot_count);
    if (!wire_start(dispatch->wire, &call, slot, err)) {
        if (err->kind == ERROR_RETRY)
            return put_off(dispatch, flight, err);
        if (err->kind != ERROR_ITEM)
            return false;
        bool held = dispatch_end(dispatch, flight, MOVE_HELD, err->code, err->message);
        error_clear(err);
        return held;
    }
    dispatch->slots[slot] = flight;
    dispatch->loads.items[flight->channel->provider->place].under_way++;
    flight->protocol = call.protocol;
    flight->sent_us = clock_wall_us();
    flight->began = true;
    flight->step++;
    return true;
}

/* A kind that asks nobody. */
static bool cannot_ask(struct dispatch *dispatch, struct flight *flight)
{
    const struct effect_kind *kind = flight->channel->kind;
    return kind->resends != NULL && kind->resends(dispatch->ctx, &flight->effect)
               ? dispatch_end(dispatch, flight, MOVE_AGAIN, "sent_again",
                              "nobody knows whether it was carried out; its kind sends it again")
               : dispatch_end(dispatch, flight, MOVE_HELD, "undecidable",
                              "it may have been carried out, and nobody can be asked");
}

static bool take_move(struct dispatch *dispatch, struct flight *flight,
                      const struct effect_move *move, struct error *err)
{
    if (move->kind == MOVE_CALL)
        return make_call(dispatch, flight, move, err);
    flight->end = *move;
    keep_end(dispatch, flight);
    return true;
}

static bool go_on(struct dispatch *dispatch, struct flight *flight, const struct wire_answer *last,
                  struct error *err)
{
    const struct effect_kind *kind = flight->channel->kind;
    struct effect_move move = {.pause_s = MOVE_PAUSE_OWN};
    if (flight->effect.asking && kind->ask == NULL)
        return cannot_ask(dispatch, flight);
    bool said = (flight->effect.asking ? kind->ask : kind->send)(
        dispatch->ctx, &flight->effect, last, flight->step, flight->batch->arena, &move, err);
    if (said)
        return take_move(dispatch, flight, &move, err);
    bool held = dispatch_end(dispatch, flight, MOVE_HELD,
                             err->code[0] == '\0' ? "not_said" : err->code, err->message);
    error_clear(err);
    return held;
}

/* Nothing was said of it. */
static bool end_shut(struct dispatch *dispatch, struct flight *flight)
{
    flight->end = flight->channel->provider->shut;
    flight->end.kind = flight->effect.asking ? MOVE_LOST : MOVE_AGAIN;
    keep_end(dispatch, flight);
    return true;
}

struct flight *dispatch_next(struct dispatch *dispatch)
{
    int32_t next = pace_next(dispatch->loads.items, dispatch->loads.count,
                             (int64_t)dispatch->calls_max, dispatch->began_last);
    if (next < 0)
        return NULL;
    dispatch->began_last = next;
    dispatch->loads.items[next].ready--;
    dispatch->ready_count--;
    return flight_take(&dispatch->providers.items[next]->ready);
}

bool dispatch_begin(struct dispatch *dispatch, struct flight *flight, struct error *err)
{
    struct breaker *breaker = &flight->channel->provider->breaker;
    int64_t now_ms = clock_boot_ms();
    if (flight->damage != NULL)
        return dispatch_end(dispatch, flight, MOVE_HELD, "bad_request", flight->damage);
    if (!lease_allows(dispatch, flight)) {
        dispatch_return(dispatch, flight, 0);
        return true;
    }
    if (flight->channel->provider->shut.provider_shut)
        return end_shut(dispatch, flight);
    if (!breaker_allows(breaker, now_ms)) {
        dispatch_return(dispatch, flight, breaker->open_until_ms - now_ms);
        return true;
    }
    flight->tries = breaker->tries;
    return go_on(dispatch, flight, NULL, err);
}

/* ---------------------------------------------------------------- answers */

static const char *ending_of(enum wire_end end)
{
    switch (end) {
    case WIRE_ANSWERED:
        return "answered";
    case WIRE_NOT_SENT:
        return "not_sent";
    case WIRE_LOST:
        return "lost";
    }
    return "";
}

/* A provider in trouble, and not one who says no. */
static bool is_trouble(enum wire_protocol protocol, const struct wire_answer *answer)
{
    if (protocol == WIRE_SMTP)
        return answer->end == WIRE_LOST || answer->status == 0 ||
               answer->status == SMTP_UNAVAILABLE;
    return answer->end != WIRE_ANSWERED || answer->status == STATUS_TOO_MANY ||
           answer->status >= STATUS_SERVER_ERROR;
}

static void keep_attempt(const struct dispatch *dispatch, struct flight *flight,
                         const struct wire_answer *answer)
{
    struct arena *arena = flight->batch->arena;
    flight->attempts[flight->attempt_count++] = (struct effect_attempt_row){
        .tenant_id = flight->effect.tenant_id,
        .effect_key = flight->effect.effect_key,
        .epoch = flight->effect.epoch,
        .step = flight->step - 1,
        .purpose = flight->effect.asking ? "ask" : "send",
        .execution_id = dispatch->run->execution.execution_id,
        .sent_at_us = flight->sent_us,
        .ended_at_us = clock_wall_us(),
        .ending = ending_of(answer->end),
        .status = answer->status,
        .message = answer->why[0] == '\0' ? NULL : dispatch_text(arena, answer->why),
    };
    flight->failed = is_trouble(flight->protocol, answer);
}

/* Not sent is all of it only where nothing was said before. */
static void end_stopped(struct dispatch *dispatch, struct flight *flight, enum wire_end end)
{
    bool unsaid = end == WIRE_NOT_SENT && flight->step == 1 && !flight->effect.asking;
    flight->end = (struct effect_move){
        .kind = unsaid ? MOVE_AGAIN : MOVE_LOST,
        .pause_s = unsaid ? 0 : MOVE_PAUSE_OWN,
        .code = STOPPED,
        .message = unsaid ? "this process had to end before all was said" : STOPPED_WHY};
    keep_end(dispatch, flight);
}

void dispatch_give_up(struct dispatch *dispatch, struct flight *flight)
{
    const struct wire_answer none = {.end = WIRE_LOST, .why = STOPPED_WHY};
    keep_attempt(dispatch, flight, &none);
    end_stopped(dispatch, flight, none.end);
}

bool dispatch_listen(struct dispatch *dispatch, int32_t timeout_ms, struct error *err)
{
    struct wire_arrival arrivals[ARRIVALS_MAX];
    size_t count = 0;
    if (!wire_poll(dispatch->wire, timeout_ms, arrivals, ARRIVALS_MAX, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct flight *flight = dispatch->slots[arrivals[i].tag];
        dispatch->slots[arrivals[i].tag] = NULL;
        dispatch->loads.items[flight->channel->provider->place].under_way--;
        keep_attempt(dispatch, flight, &arrivals[i].answer);
        if (arrivals[i].answer.stopped)
            end_stopped(dispatch, flight, arrivals[i].answer.end);
        else if (!go_on(dispatch, flight, &arrivals[i].answer, err))
            return false;
    }
    return true;
}
