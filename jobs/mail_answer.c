/* Answers of SMTP servers: see mail_answer.h. */
#include "jobs/mail_answer.h"

#include <inttypes.h>

#define DEFERRALS_MAX 120 /* about five days, at one an hour */

enum smtp_reply {
    SMTP_LATER = 400,
    SMTP_CLOSING = 421, /* the server as a whole */
    SMTP_REFUSED = 500,
    SMTP_LOGIN_NEEDED = 530,
    SMTP_LOGIN_TOO_WEAK = 534,
    SMTP_LOGIN_REFUSED = 535,
    SMTP_LOGIN_UNENCRYPTED = 538,
    SMTP_TOO_LARGE = 552 /* said to the size that comes with MAIL FROM (RFC 1870): of the mail */
};

static bool is_of_login(int32_t status)
{
    return status == SMTP_LOGIN_NEEDED || status == SMTP_LOGIN_TOO_WEAK ||
           status == SMTP_LOGIN_REFUSED || status == SMTP_LOGIN_UNENCRYPTED;
}

/* What was said before a recipient was: of the server, the sender, the login; no mail is at fault.
 */
static const char *server_trouble(const struct wire_answer *answer)
{
    if (is_of_login(answer->status))
        return "login_refused";
    return !answer->said_to_whom && answer->status >= SMTP_LATER &&
                   answer->status != SMTP_CLOSING && answer->status != SMTP_TOO_LARGE
               ? "server_refused"
               : NULL;
}

/* A word of the provider for people, and none of ours. */
static const char *reply_text(const struct wire_answer *answer, struct arena *arena)
{
    return answer->why[0] != '\0'
               ? answer->why
               : arena_printf(arena, "the mail server said %" PRId32, answer->status);
}

/* Of one that the server does not take now, in seconds; from then on hourly. The first ones are
 * waited for by the run. */
static const int64_t pauses_s[] = {1, 30, 900, 1800};
#define PAUSE_LAST_S 3600

static void defer(int64_t deferrals, const char *message, struct effect_move *move)
{
    size_t before = deferrals < 1 ? 0 : (size_t)deferrals - 1;
    if (deferrals >= DEFERRALS_MAX)
        *move = (struct effect_move){
            .kind = MOVE_FAILED, .outcome = "gave_up", .code = "gave_up", .message = message};
    else
        *move = (struct effect_move){.kind = MOVE_AGAIN,
                                     .pause_s = before < ARRAY_LEN(pauses_s) ? pauses_s[before]
                                                                             : PAUSE_LAST_S,
                                     .code = "later",
                                     .message = message};
}

/* As long as it lasts. */
static void wait_for_server(const char *code, const char *message, struct effect_move *move)
{
    *move = (struct effect_move){.kind = MOVE_AGAIN,
                                 .pause_s = MOVE_PAUSE_OWN,
                                 .provider_in_trouble = true,
                                 .code = code,
                                 .message = message};
}

static void refuse(const struct wire_answer *answer, int64_t deferrals, struct arena *arena,
                   struct effect_move *move)
{
    const char *message = reply_text(answer, arena);
    const char *trouble = server_trouble(answer);
    if (trouble != NULL)
        wait_for_server(trouble, message, move);
    else if (answer->status < SMTP_LATER || answer->status == SMTP_CLOSING)
        wait_for_server("not_sent", message, move);
    else if (answer->status >= SMTP_REFUSED)
        *move = (struct effect_move){
            .kind = MOVE_FAILED, .outcome = "refused", .code = "refused", .message = message};
    else
        defer(deferrals, message, move);
}

void mail_take_answer(const struct wire_answer *answer, int64_t deferrals, const char *message_id,
                      struct arena *arena, struct effect_move *ret_move)
{
    *ret_move = (struct effect_move){0};
    switch (answer->end) {
    case WIRE_ANSWERED:
        if (answer->status >= SMTP_LATER)
            refuse(answer, deferrals, arena, ret_move);
        else
            *ret_move = (struct effect_move){
                .kind = MOVE_DONE, .outcome = "sent", .provider_ref = message_id};
        return;
    case WIRE_NOT_SENT:
        refuse(answer, deferrals, arena, ret_move);
        return;
    case WIRE_LOST:
        *ret_move = (struct effect_move){
            .kind = MOVE_LOST, .code = "lost", .message = reply_text(answer, arena)};
        return;
    }
}
