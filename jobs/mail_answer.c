/* Answers of SMTP servers: see mail_answer.h. */
#include "jobs/mail_answer.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"

#define DEFERRED_MAX_S (5 * (int64_t)86400)
#define DEFERRALS_LEAST 5 /* where runs are days apart */
#define BROKEN_MAX 10

enum smtp_reply {
    SMTP_GO_ON = 354, /* with the mail */
    SMTP_LATER = 400,
    SMTP_CLOSING = 421, /* the server as a whole */
    SMTP_REFUSED = 500,
    SMTP_LOGIN_NEEDED = 530,
    SMTP_LOGIN_TOO_WEAK = 534,
    SMTP_LOGIN_REFUSED = 535,
    SMTP_LOGIN_UNENCRYPTED = 538,
    SMTP_NO_MAILBOX = 550,
    SMTP_TOO_LARGE = 552, /* said to the size that comes with MAIL FROM (RFC 1870): of the mail */
    SMTP_BAD_MAILBOX = 553
};

/* Of an enhanced status code (RFC 3463): what it speaks of, and what of that. */
enum smtp_subject {
    SMTP_OF_NOTHING, /* there is none, or it says nothing */
    SMTP_OF_ADDRESS,
    SMTP_OF_MAILBOX,
    SMTP_OF_SYSTEM,
    SMTP_OF_NETWORK,
    SMTP_OF_PROTOCOL,
    SMTP_OF_CONTENT,
    SMTP_OF_POLICY
};
#define DIGITS "0123456789"
#define DETAIL_BAD_SENDER 7 /* of an address */
#define DETAIL_BAD_SENDER_SYSTEM 8
#define DETAIL_TOO_LARGE 4 /* of a system: the mail, for it */

struct enhanced {
    int64_t subject, detail;
};

/* Of "550 5.7.1 Not allowed". */
static struct enhanced enhanced_of(const char *reply, struct arena *arena)
{
    struct enhanced said = {0};
    const char *code = strchr(reply, ' ');
    const char *subject = code == NULL ? NULL : strchr(code, '.');
    const char *detail = subject == NULL ? NULL : strchr(subject + 1, '.');
    if (subject == NULL || detail == NULL || subject != code + 2 || strchr("245", code[1]) == NULL)
        return said;
    const char *first = arena_copy_n(arena, subject + 1, (size_t)(detail - subject - 1));
    const char *second = arena_copy_n(arena, detail + 1, strspn(detail + 1, DIGITS));
    if (!text_parse_i64(first, &said.subject) || !text_parse_i64(second, &said.detail))
        return (struct enhanced){0};
    return said;
}

static bool is_of_login(int32_t status)
{
    return status == SMTP_LOGIN_NEEDED || status == SMTP_LOGIN_TOO_WEAK ||
           status == SMTP_LOGIN_REFUSED || status == SMTP_LOGIN_UNENCRYPTED;
}

static bool is_too_large(const struct wire_answer *answer, struct enhanced said)
{
    return said.subject == SMTP_OF_SYSTEM
               ? said.detail == DETAIL_TOO_LARGE
               : said.subject != SMTP_OF_POLICY && answer->status == SMTP_TOO_LARGE;
}

/* Said to the recipient, without a code that would say why. */
static bool refuses_recipient(const struct wire_answer *answer)
{
    return answer->end == WIRE_NOT_SENT && answer->status >= SMTP_NO_MAILBOX &&
           answer->status <= SMTP_BAD_MAILBOX;
}

/* Is what is refused for good (5xx) refused because of this mail? What is said before a recipient
 * was is of the server, the sender or the login. */
static bool is_of_mail(const struct wire_answer *answer, struct enhanced said)
{
    if (is_too_large(answer, said))
        return true;
    if (!answer->said_to_whom || is_of_login(answer->status))
        return false;
    if (said.subject == SMTP_OF_NOTHING)
        return refuses_recipient(answer);
    return said.subject == SMTP_OF_MAILBOX || said.subject == SMTP_OF_CONTENT ||
           (said.subject == SMTP_OF_ADDRESS && said.detail != DETAIL_BAD_SENDER &&
            said.detail != DETAIL_BAD_SENDER_SYSTEM);
}

/* Said of the way to this recipient, or of what is allowed there: others may be written to. */
static bool is_of_way(const struct wire_answer *answer, struct enhanced said)
{
    return answer->said_to_whom && !is_of_login(answer->status) &&
           (said.subject == SMTP_OF_NETWORK || said.subject == SMTP_OF_POLICY ||
            (said.subject == SMTP_OF_NOTHING && answer->status >= SMTP_REFUSED));
}

/* Is what is put off (4xx) put off because of the server? */
static bool is_of_server(const struct wire_answer *answer, struct enhanced said)
{
    return !answer->said_to_whom || said.subject == SMTP_OF_SYSTEM;
}

/* The words of the server for people, and none of ours. */
static const char *reply_text(const struct wire_answer *answer, struct arena *arena)
{
    if (answer->why[0] != '\0')
        return answer->why;
    return text_is_empty(answer->reply)
               ? arena_printf(arena, "the mail server said %" PRId32, answer->status)
               : arena_printf(arena, "the mail server said %s", answer->reply);
}

/* Of one that the server does not take now, in seconds; from then on hourly. The first ones are
 * waited for by the run. */
static const int64_t pauses_s[] = {1, 30, 900, 1800};
#define PAUSE_LAST_S 3600

static void defer(const struct mail_tries *tries, const char *message, struct effect_move *move)
{
    size_t before = tries->deferrals < 1 ? 0 : (size_t)tries->deferrals - 1;
    if (tries->deferrals >= DEFERRALS_LEAST && tries->deferred_s >= DEFERRED_MAX_S)
        *move = (struct effect_move){
            .kind = MOVE_FAILED, .outcome = "gave_up", .code = "gave_up", .message = message};
    else
        *move = (struct effect_move){.kind = MOVE_AGAIN,
                                     .pause_s = before < ARRAY_LEN(pauses_s) ? pauses_s[before]
                                                                             : PAUSE_LAST_S,
                                     .code = "later",
                                     .message = message};
}

/* A recipient is one sign that the server is in trouble, however often he is tried. */
static void defer_way(const struct mail_tries *tries, const char *message, struct effect_move *move)
{
    defer(tries, message, move);
    move->provider_in_trouble = tries->deferrals <= 1;
    move->provider_untold = tries->deferrals > 1;
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

static void refuse(const struct wire_answer *answer, const struct mail_tries *tries,
                   struct arena *arena, struct effect_move *move)
{
    const char *message = reply_text(answer, arena);
    const struct enhanced said = enhanced_of(text_or_empty(answer->reply), arena);
    if (answer->status == SMTP_GO_ON && tries->broken >= BROKEN_MAX)
        *move = (struct effect_move){.kind = MOVE_HELD,
                                     .provider_in_trouble = true,
                                     .code = "never_whole",
                                     .message = message};
    else if (answer->status < SMTP_LATER || answer->status == SMTP_CLOSING)
        wait_for_server("not_sent", message, move);
    else if (answer->status >= SMTP_REFUSED && is_of_mail(answer, said))
        *move = (struct effect_move){
            .kind = MOVE_FAILED, .outcome = "refused", .code = "refused", .message = message};
    else if (is_of_way(answer, said))
        defer_way(tries, message, move);
    else if (answer->status >= SMTP_REFUSED)
        wait_for_server(is_of_login(answer->status) ? "login_refused" : "server_refused", message,
                        move);
    else if (is_of_server(answer, said))
        wait_for_server("server_refused", message, move);
    else
        defer(tries, message, move);
}

void mail_take_answer(const struct wire_answer *answer, const struct mail_tries *tries,
                      const char *message_id, struct arena *arena, struct effect_move *ret_move)
{
    *ret_move = (struct effect_move){0};
    switch (answer->end) {
    case WIRE_ANSWERED:
        if (answer->status >= SMTP_LATER)
            refuse(answer, tries, arena, ret_move);
        else
            *ret_move = (struct effect_move){
                .kind = MOVE_DONE, .outcome = "sent", .provider_ref = message_id};
        return;
    case WIRE_NOT_SENT:
        refuse(answer, tries, arena, ret_move);
        return;
    case WIRE_LOST:
        *ret_move = (struct effect_move){
            .kind = MOVE_LOST, .code = "lost", .message = reply_text(answer, arena)};
        return;
    }
}
