/* Asking a gateway what it has: see gateway_account.h. */
#include "jobs/gateway_account.h"

#include "core/engine/engine.h"
#include "jobs/gateway_moves.h"

#define LISTEN_MS 200
#define TRIES_MAX 4
#define PAUSE_MS 500 /* before the second try; doubled before each further one */
#define PAUSE_MAX_S 60
#define MS_PER_S 1000

static bool is_stopped(const struct job_ctx *ctx)
{
    return ctx->stop_signal != NULL && *ctx->stop_signal != 0;
}

static bool refuse_stopped(const char *gateway, struct error *err)
{
    return error_run(err, EXIT_TEMPORARY, "stopped while %s was asked", gateway);
}

/* The answer lives until the next call. */
static bool talk(const struct account_asking *asking, const char *gateway,
                 const struct wire_call *call, struct wire_answer *ret_answer, struct error *err)
{
    struct wire_arrival arrival;
    size_t count = 0;
    if (!wire_start(asking->wire, call, 0, err))
        return false;
    while (count == 0) {
        if (is_stopped(asking->ctx))
            return refuse_stopped(gateway, err);
        if (!wire_poll(asking->wire, LISTEN_MS, &arrival, 1, &count, err))
            return false;
    }
    *ret_answer = arrival.answer;
    return true;
}

static bool pause_for(const struct account_asking *asking, const char *gateway,
                      const struct wire_answer *answer, int32_t tries, struct error *err)
{
    int64_t pause_ms = (int64_t)PAUSE_MS << tries;
    if (answer->retry_after_s >= 0)
        pause_ms = answer->retry_after_s * MS_PER_S;
    for (; pause_ms > 0; pause_ms -= LISTEN_MS) {
        if (is_stopped(asking->ctx))
            return refuse_stopped(gateway, err);
        engine_wait_ms(pause_ms < LISTEN_MS ? pause_ms : LISTEN_MS);
    }
    return true;
}

/* One page, tried again where that may help. *ret_move says what came of it. */
static bool ask_page(const struct account_asking *asking, const struct gateway *gateway,
                     const struct gateway_question *question, struct gateway_list_step *step,
                     struct gateway_listed_items *items, struct gateway_list_move *move,
                     struct error *err)
{
    const struct wire_call call = move->call; /* in the arena of the page before */
    struct wire_answer answer;
    for (int32_t tries = 0;; tries++) {
        if (!talk(asking, gateway->name, &call, &answer, err))
            return false;
        step->last = &answer;
        step->page_arena = asking->pages[(step->page + 1) % 2];
        arena_reset(step->page_arena);
        gateway_list(gateway, question, step, items, move);
        step->last = NULL;
        if (move->state != LIST_FAILED || !move->again || tries + 1 >= TRIES_MAX ||
            answer.retry_after_s > PAUSE_MAX_S)
            return true;
        if (!pause_for(asking, gateway->name, &answer, tries, err))
            return false;
    }
}

bool gateway_account_list(const struct account_asking *asking, const char *gateway,
                          const struct gateway_question *question,
                          struct gateway_listed_items *items, const char **ret_why,
                          struct error *err)
{
    const struct gateway *known = gateway_find(gateway);
    struct gateway_access access;
    struct gateway_list_move move;
    gateway_access_of(asking->ctx, gateway, asking->arena, &access);
    *ret_why = access.unusable;
    if (access.unusable != NULL)
        return true;
    struct gateway_list_step step = {
        .account = &access.account, .page_arena = asking->pages[0], .arena = asking->arena};
    arena_reset(step.page_arena);
    gateway_list(known, question, &step, items, &move);
    for (; move.state == LIST_CALL; step.page++)
        if (!ask_page(asking, known, question, &step, items, &move, err))
            return false;
    *ret_why = move.state == LIST_FAILED ? move.why : NULL;
    return true;
}
