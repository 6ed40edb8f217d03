/* billmill with kinds of effects of its own, for stories of dispatch: what a line of a file intends
 * is said to the server of tests/support/call_server.py.
 *
 *   BILLMILL_TEST_INTENTS  a file; a line is "KIND KEY LANE REQUEST", lane "-" for none
 *   BILLMILL_TEST_UNLOADABLE  set: effects of kind test-call cannot be loaded
 *   BILLMILL_TEST_CALLS    the address of the server, http://127.0.0.1:PORT; of a second provider,
 *                          "other", whose requests begin with "other:", BILLMILL_TEST_OTHER_CALLS
 *
 * Kinds: test-call can be asked; test-mail cannot, and is held; test-news cannot, and is sent
 * again. A request is the path to POST to; one that is DONE and has a '+' intends what stands
 * behind it, as KEY+, or what follows from it cannot be recorded (/refused, /broken, /no-row); what
 * stands behind a '#' are any bytes. An effect is about its key. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/cli/main.c" /* NOLINT(bugprone-suspicious-include): its main, with these kinds */
#include "core/engine/effect.h"
#include "jobs/effect_kinds.h"
#include "jobs/jobs.h"

#define LINE_ROOM 2000
#define PATH_ROOM 1000

/* ---------------------------------------------------------------- the kinds */

static const char *base_url(const struct effect_out *effect)
{
    const char *url = getenv(text_equal(effect->provider, "other") ? "BILLMILL_TEST_OTHER_CALLS"
                                                                   : "BILLMILL_TEST_CALLS");
    return url == NULL ? "http://127.0.0.1:9" : url;
}

static void call_it(const struct effect_out *effect, struct arena *arena, const char *method,
                    const char *path, struct effect_move *move)
{
    struct wire_header *headers = ARENA_NEW_ARRAY(arena, struct wire_header, 2);
    headers[0] = (struct wire_header){"Idempotency-Key", effect->effect_key};
    headers[1] = (struct wire_header){"Content-Type", "text/plain"};
    move->kind = MOVE_CALL;
    move->call = (struct wire_call){.protocol = WIRE_HTTP,
                                    .method = method,
                                    .url = arena_printf(arena, "%s%s", base_url(effect), path),
                                    .shown = "the test server",
                                    .headers = headers,
                                    .header_count = 2,
                                    .timeout_ms = 1500};
    if (text_equal(method, "POST")) {
        move->call.body = effect->request;
        move->call.body_size = effect->request_size;
    }
}

static void read_status(const struct wire_answer *answer, bool asking, struct effect_move *move)
{
    switch (answer->status) {
    case 200:
        move->kind = text_starts_with(answer->body, "ref-") ? MOVE_DONE : MOVE_LOST;
        move->outcome = "paid";
        move->provider_ref = answer->body;
        break;
    case 202:
        move->kind = MOVE_WAIT;
        move->outcome = "processing";
        move->pause_s = 0;
        break;
    case 402:
        move->kind = MOVE_FAILED;
        move->outcome = "declined";
        move->code = "card_declined";
        move->message = "the card was declined";
        break;
    case 404:
        move->kind = asking ? MOVE_AGAIN : MOVE_HELD;
        move->code = "absent";
        break;
    case 409:
    case 429:
        move->kind = MOVE_AGAIN;
        move->pause_s = answer->retry_after_s >= 0 ? answer->retry_after_s : MOVE_PAUSE_OWN;
        move->code = "later";
        break;
    default:
        move->kind = answer->status >= 500 ? MOVE_LOST : MOVE_HELD;
        move->code = "unexpected";
        move->message = "the server said what it never says";
    }
}

static void read_answer(const struct wire_answer *answer, bool asking, struct effect_move *move)
{
    switch (answer->end) {
    case WIRE_ANSWERED:
        read_status(answer, asking, move);
        break;
    case WIRE_NOT_SENT:
        move->kind = asking ? MOVE_LOST : MOVE_AGAIN;
        move->code = "not_sent";
        move->message = answer->why;
        break;
    case WIRE_LOST:
        move->kind = MOVE_LOST;
        move->code = "lost";
        move->message = answer->why;
        break;
    }
}

static bool send(const struct job_ctx *ctx, const struct effect_out *effect,
                 const struct wire_answer *last, int32_t step, struct arena *arena,
                 struct effect_move *ret_move, struct error *err)
{
    char path[PATH_ROOM];
    (void)ctx;
    (void)step;
    (void)snprintf(path, sizeof path, "%.*s", (int)strcspn(effect->request, "+#"), effect->request);
    if (text_equal(path, "/never"))
        return error_item(err, "never", "this is never sent");
    if (text_equal(path, "/mistaken"))
        return error_run(err, EXIT_INTERNAL, "what is said is a mistake");
    if (last == NULL)
        call_it(effect, arena, "POST", path, ret_move);
    else
        read_answer(last, false, ret_move);
    return true;
}

static bool ask(const struct job_ctx *ctx, const struct effect_out *effect,
                const struct wire_answer *last, int32_t step, struct arena *arena,
                struct effect_move *ret_move, struct error *err)
{
    (void)ctx;
    (void)step;
    (void)err;
    if (last == NULL)
        call_it(effect, arena, "GET", arena_printf(arena, "/asked/%s", effect->effect_key),
                ret_move);
    else
        read_answer(last, true, ret_move);
    return true;
}

/* Of a row that is not there. */
static bool record_nowhere(const struct effect_out *effect, struct chunk *chunk)
{
    *(struct effect_done_row *)chunk_append(chunk, &EFFECT_DONE) = (struct effect_done_row){
        .tenant_id = effect->tenant_id, .effect_key = "nowhere", .state = "done"};
    return true;
}

static bool settle(const struct job_ctx *ctx, const struct effect_out *effect,
                   const struct effect_move *end, struct chunk *chunk, struct error *err)
{
    const char *more = strchr(effect->request, '+');
    (void)ctx;
    if (end->kind != MOVE_DONE || more == NULL)
        return true;
    if (text_equal(more, "+/refused"))
        return error_item(err, "refused", "what follows is refused");
    if (text_equal(more, "+/broken"))
        return error_run(err, EXIT_INTERNAL, "what follows is a mistake");
    if (text_equal(more, "+/no-row"))
        return record_nowhere(effect, chunk);
    effect_intend(chunk, &(struct effect_intent){.tenant_id = effect->tenant_id,
                                                 .effect_key = arena_printf(
                                                     chunk_arena(chunk), "%s+", effect->effect_key),
                                                 .kind = effect->kind,
                                                 .provider = effect->provider,
                                                 .lane = effect->lane,
                                                 .subject = effect->subject,
                                                 .intended_on = effect->intended_on,
                                                 .request = more + 1,
                                                 .request_size = strlen(more + 1)});
    return true;
}

static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD,
                                                  &EFFECT_DONE};

static bool load(const struct job_ctx *ctx, struct effect_out *effects, size_t count,
                 struct arena *arena, struct error *err)
{
    (void)ctx;
    (void)effects;
    (void)count;
    (void)arena;
    return getenv("BILLMILL_TEST_UNLOADABLE") == NULL ||
           error_run(err, EXIT_CONFIG, "there is no key");
}

static const struct effect_kind test_call = {.name = "test-call",
                                             .load = load,
                                             .tables = tables,
                                             .table_count = ARRAY_LEN(tables),
                                             .send = send,
                                             .ask = ask,
                                             .settle = settle,
                                             .ahead = EFFECT_AHEAD_MAX};
static const struct effect_kind test_mail = {.name = "test-mail", .send = send};
static bool resends(const struct job_ctx *ctx, const struct effect_out *effect)
{
    (void)ctx;
    (void)effect;
    return true;
}

static const struct effect_kind test_news = {.name = "test-news", .send = send, .resends = resends};

const struct effect_kind *const all_effect_kinds[] = {&test_call, &test_mail, &test_news, NULL};

/* ---------------------------------------------------------------- the job that intends */

struct line {
    char kind[40], key[300], lane[60], request[PATH_ROOM];
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    (void)ctx;
    (void)err;
    job_plan_add(plan, 1, "", "~", 1);
    return true;
}

static bool load_lines(const struct job_ctx *ctx, const struct chunk_range *range,
                       struct chunk *chunk, struct error *err)
{
    const char *path = getenv("BILLMILL_TEST_INTENTS");
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    char text[LINE_ROOM];
    (void)ctx;
    if (file == NULL)
        return error_run(err, EXIT_USAGE, "BILLMILL_TEST_INTENTS names no file");
    size_t count = 0;
    while (count < range->limit && fgets(text, sizeof text, file) != NULL) {
        struct line *line = ARENA_NEW(chunk_arena(chunk), struct line);
        if (sscanf(text, "%39s %299s %59s %999s", line->kind, line->key, line->lane,
                   line->request) == 4 &&
            strcmp(line->key, range->after_key) > 0) {
            (void)chunk_add_item(chunk, line->key, line->key, line);
            count++;
        }
    }
    (void)fclose(file);
    return true;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct line *line = item->data;
    bool other = text_starts_with(line->request, "other:");
    const char *request = other ? line->request + strlen("other:") : line->request;
    (void)err;
    effect_intend(chunk,
                  &(struct effect_intent){.tenant_id = 1,
                                          .effect_key = line->key,
                                          .kind = line->kind,
                                          .provider = other ? "other" : "test",
                                          .lane = text_equal(line->lane, "-") ? NULL : line->lane,
                                          .subject = line->key,
                                          .intended_on = ctx->business_date,
                                          .request = request,
                                          .request_size = strlen(request)});
    return true;
}

static const struct job job_test_intend = {.name = "test-intend",
                                           .summary = "intends what the tests want",
                                           .key = JOB_KEY_DATE,
                                           .tables = tables,
                                           .table_count = ARRAY_LEN(tables),
                                           .plan = plan,
                                           .load = load_lines,
                                           .compute = compute};

const struct job *const all_jobs[] = {
#define JOB(job) &(job),
#include "jobs/all.def"
#undef JOB
    &job_test_intend,
};
const size_t all_job_count = ARRAY_LEN(all_jobs);
