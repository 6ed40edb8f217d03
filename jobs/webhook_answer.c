/* Answers of endpoints: see webhook_answer.h. */
#include "jobs/webhook_answer.h"

#include <inttypes.h>

#define STATUS_OK 200
#define STATUS_ELSEWHERE 300
#define STATUS_GONE 410
#define TRIED_MAX_S (3 * (int64_t)86400)
#define ATTEMPTS_LEAST 5 /* where runs are days apart */

/* Seconds; in all about three days. The first ones are waited for by the run. */
static const int64_t pauses_s[] = {5, 30, 900, 1800, 7200, 18000, 36000, 50400, 72000, 86400};

static void again(const struct wire_answer *answer, int64_t attempts, int64_t tried_s,
                  const char *code, const char *message, struct effect_move *move)
{
    size_t before = attempts < 1 ? 0 : (size_t)attempts - 1;
    bool gives_up =
        before >= ARRAY_LEN(pauses_s) || (attempts >= ATTEMPTS_LEAST && tried_s >= TRIED_MAX_S);
    *move = (struct effect_move){.kind = gives_up ? MOVE_FAILED : MOVE_AGAIN,
                                 .outcome = gives_up ? "gave_up" : NULL,
                                 .pause_s = gives_up ? 0 : pauses_s[before],
                                 .code = code,
                                 .message = message};
    if (!gives_up && answer->retry_after_s > move->pause_s)
        move->pause_s = answer->retry_after_s;
}

void webhook_take_answer(const struct wire_answer *answer, int64_t attempts, int64_t tried_s,
                         struct arena *arena, struct effect_move *ret_move)
{
    const char *said = arena_printf(arena, "the endpoint said %" PRId32, answer->status);
    if (answer->end != WIRE_ANSWERED)
        again(answer, attempts, tried_s, answer->end == WIRE_LOST ? "lost" : "not_sent",
              answer->why, ret_move);
    else if (answer->status >= STATUS_OK && answer->status < STATUS_ELSEWHERE)
        *ret_move = (struct effect_move){.kind = MOVE_DONE, .outcome = "delivered"};
    else if (answer->status == STATUS_GONE)
        *ret_move = (struct effect_move){
            .kind = MOVE_FAILED, .outcome = "gone", .code = "gone", .message = said};
    else
        again(answer, attempts, tried_s, "refused", said, ret_move);
}
