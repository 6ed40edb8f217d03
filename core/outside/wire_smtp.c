/* SMTP by libcurl: see wire_curl.h.
 *
 * 1. libcurl waits for the answer to the final dot, and to QUIT, without going on with anything
 * else. So each mail has a thread, which keeps nothing else waiting.
 * 2. How long an answer may take is RFC 5321's, 4.5.3.2: minutes, and ten of them behind the dot.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/outside/http.h"
#include "core/outside/wire_curl_parts.h"

#define URL_MAX 2000
#define LOGIN "AUTH"
#define SENDER "MAIL FROM:"
#define RECIPIENT "RCPT TO:"
#define QUIT "QUIT"
#define REPLY_CODE 3 /* digits; behind them '-' where the reply has more lines */

#define REPLY_MAX_S 300L
#define REPLY_TO_DOT_MAX_S 600L
#define GOODBYE_MAX_S 1L
#define STALL_MAX_S 180L /* fewer than so many bytes a second, for so long */
#define SPEED_LEAST 100L

/* curl wants brackets in the envelope. */
bool wire_smtp_add_recipients(struct slot *slot, const struct wire_call *call)
{
    for (size_t i = 0; i < call->mail_to_count; i++) {
        size_t size = strlen(call->mail_to[i]) + sizeof "<>";
        char *line = memory_alloc(size, "a recipient");
        (void)snprintf(line, size, "<%s>", call->mail_to[i]);
        struct curl_slist *longer = curl_slist_append(slot->recipients, line);
        free(line);
        if (longer == NULL)
            return false;
        slot->recipients = longer;
    }
    return true;
}

/* To this machine also without TLS, as a mail server of one's own may be. */
static bool is_local_smtp(const char *url)
{
    struct error ignored = {0};
    char http[URL_MAX];
    int length = snprintf(http, sizeof http, "http%s", url + strlen("smtp"));
    return length > 0 && (size_t)length < sizeof http && http_check_url(http, "", &ignored);
}

static int note_opened(void *context, curl_socket_t opened, curlsocktype purpose)
{
    struct wire_curl *wire = context;
    struct mail_sockets *sockets = &wire->mail_sockets;
    (void)purpose;
    (void)pthread_mutex_lock(&wire->mutex);
    if (sockets->count == sockets->capacity) {
        sockets->capacity = sockets->capacity * 2 + 16;
        sockets->items = memory_resize(sockets->items, sockets->capacity * sizeof(curl_socket_t),
                                       "connections to mail servers");
    }
    sockets->items[sockets->count++] = opened;
    (void)pthread_mutex_unlock(&wire->mutex);
    return CURL_SOCKOPT_OK;
}

static int note_closed(void *context, curl_socket_t closed)
{
    struct wire_curl *wire = context;
    struct mail_sockets *sockets = &wire->mail_sockets;
    (void)pthread_mutex_lock(&wire->mutex);
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->items[i] == closed) {
            sockets->items[i] = sockets->items[--sockets->count];
            break;
        }
    (void)pthread_mutex_unlock(&wire->mutex);
    return close(closed);
}

/* libcurl says QUIT before it closes a connection that it has kept, and waits up to two minutes for
 * an answer that decides nothing: it reads the end at once instead. */
static void hear_no_more(const struct mail_sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        (void)shutdown(sockets->items[i], SHUT_RD);
}

static bool begins_with(const char *bytes, size_t size, const char *word)
{
    return size >= strlen(word) && memcmp(bytes, word, strlen(word)) == 0;
}

/* The same while a call ends, for a server that has refused it; and whether a recipient was named.
 */
static void see_command(CURL *curl, struct slot *slot, const char *bytes, size_t size)
{
    if (begins_with(bytes, size, LOGIN))
        slot->logs_in = true;
    if (begins_with(bytes, size, SENDER))
        slot->logs_in = slot->says_goodbye = false; /* that was to a connection that was too old */
    if (begins_with(bytes, size, RECIPIENT))
        slot->said_to_whom = true;
    if (!begins_with(bytes, size, QUIT))
        return;
    slot->says_goodbye = true;
    (void)curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, GOODBYE_MAX_S);
}

/* Of "5.7.1 text" what stands before the space; 0: it does not begin so. */
static size_t enhanced_size(const char *text, size_t size)
{
    size_t length = 0;
    int dots = 0;
    for (; length < size && (text[length] == '.' || (text[length] >= '0' && text[length] <= '9'));
         length++)
        dots += text[length] == '.';
    return dots == 2 && (length == size || text[length] == ' ') ? length : 0;
}

static void add_reply(struct slot *slot, const char *text, size_t size)
{
    for (size_t i = 0; i < size && slot->reply_size < sizeof slot->reply - 1; i++) {
        bool control = (unsigned char)text[i] < ' ' || text[i] == '\x7f';
        slot->reply[slot->reply_size++] = control ? ' ' : text[i];
    }
    slot->reply[slot->reply_size] = '\0';
}

/* A line of a reply. A server may repeat in it what it does not understand. */
static void see_reply(struct slot *slot, const char *line, size_t size)
{
    while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == '\n'))
        size--;
    if (slot->says_goodbye || size < REPLY_CODE)
        return;
    if (slot->reply_ended)
        slot->reply_size = 0;
    slot->reply_ended = size == REPLY_CODE || line[REPLY_CODE] != '-';
    bool begins = slot->reply_size == 0;
    if (begins)
        add_reply(slot, line, REPLY_CODE);
    if (size <= REPLY_CODE + 1)
        return;
    const char *text = line + REPLY_CODE + 1;
    size_t length = size - REPLY_CODE - 1;
    size_t enhanced = enhanced_size(text, length);
    size_t known = begins ? 0 : enhanced; /* each line has it */
    size_t end = slot->logs_in ? enhanced : length;
    if (end <= known)
        return;
    if (known == 0)
        add_reply(slot, " ", 1);
    add_reply(slot, text + known, end - known);
}

/* What else goes by is not looked at. */
static int see(CURL *curl, curl_infotype type, char *bytes, size_t size, void *context)
{
    if (type == CURLINFO_HEADER_OUT)
        see_command(curl, context, bytes, size);
    if (type == CURLINFO_HEADER_IN)
        see_reply(context, bytes, size);
    return 0;
}

/* Invariant 2. */
void wire_smtp_note_whole(struct slot *slot)
{
    (void)curl_easy_setopt(slot->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, REPLY_TO_DOT_MAX_S);
    (void)curl_easy_setopt(slot->curl, CURLOPT_LOW_SPEED_TIME, 0L);
}

CURLcode wire_smtp_set(struct wire_curl *wire, const struct wire_call *call, struct slot *slot)
{
    bool secure = text_starts_with(call->url, "smtps://");
    CURLcode code = CURLE_OK;
    char from[URL_MAX];
    (void)snprintf(from, sizeof from, "<%s>", call->mail_from);
    SET(slot, code, CURLOPT_URL, call->url);
    SET(slot, code, CURLOPT_PROTOCOLS_STR, secure ? "smtps" : "smtp");
    SET(slot, code, CURLOPT_NOPROXY, "*");
    if (!secure)
        SET(slot, code, CURLOPT_USE_SSL,
            is_local_smtp(call->url) ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
    SET(slot, code, CURLOPT_SERVER_RESPONSE_TIMEOUT, REPLY_MAX_S);
    SET(slot, code, CURLOPT_LOW_SPEED_LIMIT, SPEED_LEAST);
    SET(slot, code, CURLOPT_LOW_SPEED_TIME, STALL_MAX_S);
    SET(slot, code, CURLOPT_DEBUGFUNCTION, see);
    SET(slot, code, CURLOPT_DEBUGDATA, slot);
    SET(slot, code, CURLOPT_VERBOSE, 1L);
    SET(slot, code, CURLOPT_SOCKOPTFUNCTION, note_opened);
    SET(slot, code, CURLOPT_SOCKOPTDATA, wire);
    SET(slot, code, CURLOPT_CLOSESOCKETFUNCTION, note_closed);
    SET(slot, code, CURLOPT_CLOSESOCKETDATA, wire);
    SET(slot, code, CURLOPT_MAIL_FROM, from);
    SET(slot, code, CURLOPT_MAIL_RCPT, slot->recipients);
    SET(slot, code, CURLOPT_UPLOAD, 1L);
    SET(slot, code, CURLOPT_INFILESIZE_LARGE, (curl_off_t)slot->body_size);
    return code;
}

/* ---------------------------------------------------------------- threads */

static void *carry(void *context)
{
    struct slot *slot = context;
    struct wire_curl *wire = slot->wire;
    CURLcode code = curl_easy_perform(slot->curl);
    (void)pthread_mutex_lock(&wire->mutex);
    slot->ended_as = code;
    slot->has_ended = true;
    (void)pthread_mutex_unlock(&wire->mutex);
    (void)curl_multi_wakeup(wire->multi);
    return NULL;
}

bool wire_smtp_carry(struct slot *slot, struct error *err)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&slot->thread, NULL, carry, slot);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    slot->is_carried = code == 0;
    return slot->is_carried ||
           error_retry(err, EXIT_TEMPORARY, "no thread can be started now: %s", strerror(code));
}

bool wire_smtp_has_ended(struct slot *slot, CURLcode *ret_code)
{
    (void)pthread_mutex_lock(&slot->wire->mutex);
    bool has_ended = slot->has_ended;
    (void)pthread_mutex_unlock(&slot->wire->mutex);
    if (!has_ended)
        return false;
    (void)pthread_join(slot->thread, NULL);
    slot->is_carried = false;
    *ret_code = slot->ended_as;
    return true;
}

void wire_smtp_join(struct wire_curl *wire)
{
    for (size_t i = 0; i < wire->slot_count; i++)
        if (wire->slots[i]->is_carried) {
            (void)pthread_join(wire->slots[i]->thread, NULL);
            wire->slots[i]->is_carried = false;
        }
    hear_no_more(&wire->mail_sockets);
}
