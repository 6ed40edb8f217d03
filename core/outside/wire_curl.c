/* Calls by libcurl: see wire_curl.h. A call has a slot, which keeps an easy handle for the next. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/http.h"
#include "core/outside/wire_curl_parts.h"

#define USER_AGENT "billmill/0.1"
#define HEADERS_MAX 64
#define HEADER_VALUE_MAX 2000
#define HEADER_LINE_MAX 16000
#define CONNECTIONS_KEPT_MAX 2048L /* beyond it one is closed while calls are under way */
#define CONNECTION_IDLE_MAX_S 15L  /* before a server hangs up on it while it is used */
#define ANSWERS_ARENA_CAP ((size_t)64 << 20)
#define RETRY_AFTER_MAX_S 86400 /* whoever asks for more is asked again all the same */
#define STATUS_LINE "HTTP/"
#define STATUS_REFUSED 400 /* from here on, of SMTP as of HTTP */

/* ---------------------------------------------------------------- what may be called */

static bool has_break(const char *text)
{
    return text != NULL && strpbrk(text, "\r\n") != NULL;
}

static bool bad(const struct wire_call *call, const char *why, struct error *err)
{
    return error_item(err, "bad_call", "%s: %s", text_or_empty(call->shown), why);
}

static bool check_headers(const struct wire_call *call, struct error *err)
{
    for (size_t i = 0; i < call->header_count; i++) {
        const struct wire_header *header = &call->headers[i];
        if (text_is_empty(header->name) || strpbrk(header->name, ": \t\r\n") != NULL)
            return bad(call, "a header has a name that is none", err);
        if (header->value == NULL || has_break(header->value) ||
            strlen(header->name) + strlen(header->value) > HEADER_LINE_MAX)
            return bad(call, "a header has a value that cannot be sent", err);
    }
    return true;
}

static bool check_http(const struct wire_call *call, struct error *err)
{
    if (text_is_empty(call->method) || !text_is_plain(call->method, strlen(call->method)))
        return bad(call, "a call without a method", err);
    if (!http_check_url(call->url, call->shown, err)) {
        struct error why = *err;
        return error_item(err, "bad_call", "%s", why.message);
    }
    return check_headers(call, err);
}

/* An address that the envelope can hold; more of its form is the server's to judge. */
static bool is_mailbox(const char *address)
{
    return !text_is_empty(address) && strpbrk(address, "\r\n<> \t") == NULL &&
           strchr(address, '@') != NULL;
}

static bool check_smtp(const struct wire_call *call, struct error *err)
{
    bool secure = text_starts_with(call->url, "smtps://");
    if (!secure && !text_starts_with(call->url, "smtp://"))
        return bad(call, "expected an address smtps://HOST or smtp://HOST", err);
    if (strchr(call->url, '@') != NULL)
        return bad(call, "no user or password may stand in it", err);
    if (!is_mailbox(call->mail_from) || call->mail_to_count == 0)
        return bad(call, "a message without sender or recipient", err);
    for (size_t i = 0; i < call->mail_to_count; i++)
        if (!is_mailbox(call->mail_to[i]))
            return bad(call, "a recipient that is no address", err);
    return true;
}

static bool check_call(const struct wire_call *call, struct error *err)
{
    if (text_is_empty(call->url) || !text_is_plain(call->url, strlen(call->url)) ||
        has_break(call->user) || has_break(call->password))
        return bad(call, "an address, a user or a password that cannot be sent", err);
    return call->protocol == WIRE_SMTP ? check_smtp(call, err) : check_http(call, err);
}

/* ---------------------------------------------------------------- slots */

/* Each protocol has its own: the handles of mails keep their connections themselves. */
static struct slot *take_slot(struct wire_curl *wire, enum wire_protocol protocol)
{
    struct slot *slot = wire->free_slots[protocol];
    if (slot != NULL) {
        wire->free_slots[protocol] = slot->next;
        return slot;
    }
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        return NULL;
    if (wire->slot_count == wire->slot_capacity) {
        wire->slot_capacity = wire->slot_capacity * 2 + 16;
        wire->slots = memory_resize(wire->slots, wire->slot_capacity * sizeof(struct slot *),
                                    "calls in flight");
    }
    slot = memory_alloc(sizeof *slot, "a call in flight");
    *slot = (struct slot){.wire = wire, .curl = curl, .protocol = protocol};
    wire->slots[wire->slot_count++] = slot;
    return slot;
}

/* What it was told to send is forgotten; the handle stays, and the connection. */
static void empty_slot(struct slot *slot)
{
    curl_easy_reset(slot->curl);
    curl_slist_free_all(slot->headers);
    curl_slist_free_all(slot->recipients);
    free(slot->body);
    free(slot->answer);
    *slot = (struct slot){.wire = slot->wire, .curl = slot->curl, .protocol = slot->protocol};
}

static void give_slot(struct wire_curl *wire, struct slot *slot)
{
    empty_slot(slot);
    slot->next = wire->free_slots[slot->protocol];
    wire->free_slots[slot->protocol] = slot;
}

/* ---------------------------------------------------------------- bytes in and out */

static size_t give_bytes(char *target, size_t size, size_t count, void *context)
{
    struct slot *slot = context;
    size_t room = size * count;
    size_t left = slot->body_size - slot->body_given;
    size_t given = left < room ? left : room;
    if (given > 0)
        memcpy(target, slot->body + slot->body_given, given);
    slot->body_given += given;
    if (slot->protocol == WIRE_SMTP && slot->body_given == slot->body_size)
        wire_smtp_note_whole(slot);
    return given;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct slot *slot = context;
    size_t more = size * count;
    if (more > slot->answer_max - slot->answer_size) {
        slot->too_large = true;
        return 0;
    }
    if (slot->answer_size + more + 1 > slot->answer_capacity) {
        slot->answer_capacity = (slot->answer_size + more) * 2 + 1;
        slot->answer = memory_resize(slot->answer, slot->answer_capacity, "an answer");
    }
    memcpy(slot->answer + slot->answer_size, bytes, more);
    slot->answer_size += more;
    return more;
}

/* A line at a time; those of "100 Continue" come before those of the answer, and
 * such as follow its body behind it. */
static size_t see_header(char *line, size_t size, size_t count, void *context)
{
    struct slot *slot = context;
    size_t length = size * count;
    if (length >= strlen(STATUS_LINE) && memcmp(line, STATUS_LINE, strlen(STATUS_LINE)) == 0)
        slot->headers_ended = false;
    else if (length > 0 && (line[0] == '\r' || line[0] == '\n'))
        slot->headers_ended = true;
    return length;
}

/* Each second at least, whatever is waited for; 1 ends the call. */
static int see_time(void *context, curl_off_t to_receive, curl_off_t received, curl_off_t to_send,
                    curl_off_t sent)
{
    struct wire_curl *wire = context;
    (void)to_receive, (void)received, (void)to_send, (void)sent;
    (void)pthread_mutex_lock(&wire->mutex);
    bool stops = wire->stops;
    (void)pthread_mutex_unlock(&wire->mutex);
    return stops ? 1 : 0;
}

/* ---------------------------------------------------------------- a call as options */

static bool add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

static bool add_header(struct slot *slot, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + sizeof ": ";
    char *line = memory_alloc(size, "a header");
    /* A header of curl without a value is "Name;". */
    (void)snprintf(line, size, value[0] == '\0' ? "%s;%s" : "%s: %s", name, value);
    bool added = add_line(&slot->headers, line);
    free(line);
    return added;
}

static bool add_headers(struct slot *slot, const struct wire_call *call)
{
    /* No waiting for "100 Continue", no type that the caller has not named. */
    if (!add_line(&slot->headers, "Expect:") || !add_line(&slot->headers, "Content-Type:"))
        return false;
    for (size_t i = 0; i < call->header_count; i++)
        if (!add_header(slot, call->headers[i].name, call->headers[i].value))
            return false;
    return true;
}

long wire_timeout_ms(const struct wire_curl *wire, const struct wire_call *call)
{
    return call->timeout_ms > 0 ? call->timeout_ms : wire->limits.timeout_ms;
}

static CURLcode set_limits(struct wire_curl *wire, const struct wire_call *call, struct slot *slot)
{
    CURLcode code = CURLE_OK;
    slot->answer_max = wire->limits.answer_bytes_max;
    SET(slot, code, CURLOPT_NOSIGNAL, 1L);
    SET(slot, code, CURLOPT_CONNECTTIMEOUT_MS, (long)wire->limits.connect_timeout_ms);
    SET(slot, code, CURLOPT_TIMEOUT_MS, wire_timeout_ms(wire, call));
    SET(slot, code, CURLOPT_MAXAGE_CONN, CONNECTION_IDLE_MAX_S);
    SET(slot, code, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)slot->answer_max);
    SET(slot, code, CURLOPT_WRITEFUNCTION, take_bytes);
    SET(slot, code, CURLOPT_WRITEDATA, slot);
    SET(slot, code, CURLOPT_HEADERFUNCTION, see_header);
    SET(slot, code, CURLOPT_HEADERDATA, slot);
    SET(slot, code, CURLOPT_READFUNCTION, give_bytes);
    SET(slot, code, CURLOPT_READDATA, slot);
    SET(slot, code, CURLOPT_XFERINFOFUNCTION, see_time);
    SET(slot, code, CURLOPT_XFERINFODATA, wire);
    SET(slot, code, CURLOPT_NOPROGRESS, 0L);
    SET(slot, code, CURLOPT_ERRORBUFFER, slot->why);
    SET(slot, code, CURLOPT_PRIVATE, slot);
    SET(slot, code, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (wire->ca_file != NULL)
        SET(slot, code, CURLOPT_CAINFO, wire->ca_file);
    return code;
}

static CURLcode set_login(const struct wire_call *call, struct slot *slot)
{
    CURLcode code = CURLE_OK;
    if (call->user != NULL) {
        SET(slot, code, CURLOPT_USERNAME, call->user);
        SET(slot, code, CURLOPT_PASSWORD, text_or_empty(call->password));
    }
    return code;
}

static CURLcode set_http(const struct wire_call *call, struct slot *slot)
{
    bool plain = text_starts_with(call->url, "http://");
    bool get = text_equal(call->method, "GET");
    CURLcode code = CURLE_OK;
    SET(slot, code, CURLOPT_URL, call->url);
    SET(slot, code, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
    SET(slot, code, CURLOPT_FOLLOWLOCATION, 0L);
    SET(slot, code, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(slot, code, CURLOPT_USERAGENT, USER_AGENT);
    SET(slot, code, CURLOPT_HTTPHEADER, slot->headers);
    SET(slot, code, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    if (plain)
        SET(slot, code, CURLOPT_NOPROXY, "*");
    if (get && slot->body_size == 0) {
        SET(slot, code, CURLOPT_HTTPGET, 1L);
        return code;
    }
    SET(slot, code, CURLOPT_POST, 1L);
    SET(slot, code, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)slot->body_size);
    SET(slot, code, CURLOPT_CUSTOMREQUEST, call->method);
    if (slot->body_size == 0) /* invariant 2 */
        SET(slot, code, CURLOPT_FRESH_CONNECT, 1L);
    return code;
}

static CURLcode prepare(struct wire_curl *wire, const struct wire_call *call, struct slot *slot)
{
    slot->body_size = call->body == NULL ? 0 : call->body_size;
    if (slot->body_size > 0) {
        slot->body = memory_alloc(slot->body_size, "what is sent");
        memcpy(slot->body, call->body, slot->body_size);
    }
    bool listed = call->protocol == WIRE_SMTP ? wire_smtp_add_recipients(slot, call)
                                              : add_headers(slot, call);
    if (!listed)
        return CURLE_OUT_OF_MEMORY;
    CURLcode code = set_limits(wire, call, slot);
    code = code != CURLE_OK ? code : set_login(call, slot);
    if (code != CURLE_OK)
        return code;
    return call->protocol == WIRE_SMTP ? wire_smtp_set(wire, call, slot) : set_http(call, slot);
}

static bool cannot_begin(const struct wire_call *call, const char *why, struct error *err)
{
    return error_run(err, EXIT_INTERNAL, "%s: libcurl cannot begin the call: %s",
                     text_or_empty(call->shown), why);
}

static bool launch(struct slot *slot, const struct wire_call *call, struct error *err)
{
    struct wire_curl *wire = slot->wire;
    CURLcode code = prepare(wire, call, slot);
    if (code != CURLE_OK)
        return cannot_begin(call, curl_easy_strerror(code), err);
    if (slot->protocol == WIRE_SMTP)
        return wire_smtp_carry(slot, err);
    CURLMcode added = curl_multi_add_handle(wire->multi, slot->curl);
    return added == CURLM_OK || cannot_begin(call, curl_multi_strerror(added), err);
}

static bool start(struct wire *base, const struct wire_call *call, uint64_t tag, struct error *err)
{
    struct wire_curl *wire = (struct wire_curl *)base;
    if (!check_call(call, err))
        return false;
    struct slot *slot = take_slot(wire, call->protocol);
    if (slot == NULL)
        return error_run(err, EXIT_INTERNAL, "libcurl cannot begin a call");
    slot->tag = tag;
    if (launch(slot, call, err))
        return true;
    give_slot(wire, slot);
    return false;
}

/* ---------------------------------------------------------------- what became of it */

/* Whose words of libcurl name hosts, bytes and times, and nothing of what was sent. */
static bool is_told_plainly(CURLcode code)
{
    static const CURLcode plain[] = {
        CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT,
        CURLE_SSL_CONNECT_ERROR,    CURLE_GOT_NOTHING,     CURLE_PEER_FAILED_VERIFICATION,
        CURLE_RECV_ERROR,           CURLE_PARTIAL_FILE,    CURLE_SEND_ERROR,
    };
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (plain[i] == code)
            return true;
    return false;
}

static const char *why_of(const struct wire_curl *wire, const struct slot *slot, CURLcode code,
                          long status)
{
    if (slot->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return arena_printf(wire->answers, "the answer has more than %zu bytes", slot->answer_max);
    if (slot->protocol == WIRE_SMTP && status >= STATUS_REFUSED)
        return arena_printf(wire->answers, "the mail server said %s", slot->reply);
    if (code == CURLE_SEND_FAIL_REWIND || code == CURLE_OK)
        return "the connection ended without an answer";
    return is_told_plainly(code) && slot->why[0] != '\0' ? arena_copy(wire->answers, slot->why)
                                                         : curl_easy_strerror(code);
}

/* Invariant 1. */
static enum wire_end end_of(const struct slot *slot, CURLcode code, long status)
{
    long sent = 0;
    if (slot->protocol == WIRE_SMTP) {
        bool whole = slot->body_given == slot->body_size;
        if (code == CURLE_OK || (whole && status >= STATUS_REFUSED))
            return WIRE_ANSWERED;
        return whole ? WIRE_LOST : WIRE_NOT_SENT;
    }
    if (code == CURLE_OK && status > 0 && slot->headers_ended)
        return WIRE_ANSWERED;
    return curl_easy_getinfo(slot->curl, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent == 0
               ? WIRE_NOT_SENT
               : WIRE_LOST;
}

/* False: more of them than are kept. */
static bool read_headers(const struct wire_curl *wire, const struct slot *slot,
                         struct wire_answer *answer)
{
    struct wire_header *headers = ARENA_NEW_ARRAY(wire->answers, struct wire_header, HEADERS_MAX);
    size_t count = 0;
    for (struct curl_header *header = curl_easy_nextheader(slot->curl, CURLH_HEADER, -1, NULL);
         header != NULL; header = curl_easy_nextheader(slot->curl, CURLH_HEADER, -1, header)) {
        if (strlen(header->value) > HEADER_VALUE_MAX)
            continue;
        if (count == HEADERS_MAX)
            return false;
        headers[count++] = (struct wire_header){.name = arena_copy(wire->answers, header->name),
                                                .value = arena_copy(wire->answers, header->value)};
    }
    answer->headers = headers;
    answer->header_count = count;
    return true;
}

/* Where it says so at all: 0 is an answer too. Nobody is left alone for longer than a day. */
static int64_t retry_after_s(const struct slot *slot, const struct wire_answer *answer)
{
    curl_off_t seconds = 0;
    if (wire_answer_header(answer, "Retry-After") == NULL ||
        curl_easy_getinfo(slot->curl, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK)
        return -1;
    return seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S;
}

static struct wire_answer read_answer(const struct wire_curl *wire, struct slot *slot,
                                      CURLcode code)
{
    long status = 0;
    (void)curl_easy_getinfo(slot->curl, CURLINFO_RESPONSE_CODE, &status);
    struct wire_answer answer = {.status = (int32_t)status, .retry_after_s = -1, .why = ""};
    answer.end = end_of(slot, code, status);
    answer.stopped = code == CURLE_ABORTED_BY_CALLBACK &&
                     !(slot->protocol == WIRE_SMTP && status >= STATUS_REFUSED);
    answer.said_to_whom = slot->said_to_whom;
    answer.reply = arena_copy(wire->answers, slot->reply);
    if (slot->protocol == WIRE_HTTP && !read_headers(wire, slot, &answer)) {
        answer.end = WIRE_LOST;
        answer.why = "the answer has too many headers";
    } else if (answer.end != WIRE_ANSWERED)
        answer.why = why_of(wire, slot, code, status);
    if (slot->protocol == WIRE_HTTP)
        answer.retry_after_s = retry_after_s(slot, &answer);
    if (slot->answer != NULL)
        slot->answer[slot->answer_size] = '\0';
    answer.body = slot->answer == NULL ? "" : slot->answer;
    answer.body_size = slot->answer_size;
    return answer;
}

static void tell(struct slot *slot, CURLcode code, struct wire_arrival *arrival)
{
    *arrival =
        (struct wire_arrival){.tag = slot->tag, .answer = read_answer(slot->wire, slot, code)};
    slot->told = true;
}

static size_t collect_http(struct wire_curl *wire, struct wire_arrival *arrivals, size_t room)
{
    size_t count = 0;
    int left = 0;
    while (count < room) {
        const CURLMsg *message = curl_multi_info_read(wire->multi, &left);
        struct slot *slot = NULL;
        if (message == NULL)
            break;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        tell(slot, code, &arrivals[count++]);
        (void)curl_multi_remove_handle(wire->multi, slot->curl);
    }
    return count;
}

static size_t collect(struct wire_curl *wire, struct wire_arrival *arrivals, size_t room)
{
    size_t count = collect_http(wire, arrivals, room);
    for (size_t i = 0; i < wire->slot_count && count < room; i++) {
        CURLcode code = CURLE_OK;
        if (!wire->slots[i]->is_carried || !wire_smtp_has_ended(wire->slots[i], &code))
            continue;
        tell(wire->slots[i], code, &arrivals[count++]);
        give_slot(wire,
                  wire->slots[i]); /* free at once, for its connection: the answer is copied */
    }
    return count;
}

static void free_told(struct wire_curl *wire)
{
    for (size_t i = 0; i < wire->slot_count; i++)
        if (wire->slots[i]->told)
            give_slot(wire, wire->slots[i]);
    arena_reset(wire->answers);
}

static bool work(struct wire_curl *wire, struct error *err)
{
    int running = 0;
    CURLMcode code = curl_multi_perform(wire->multi, &running);
    return code == CURLM_OK ||
           error_run(err, EXIT_INTERNAL, "libcurl cannot go on with its calls: %s",
                     curl_multi_strerror(code));
}

static bool poll_calls(struct wire *base, int32_t timeout_ms, struct wire_arrival *ret_arrivals,
                       size_t room, size_t *ret_count, struct error *err)
{
    struct wire_curl *wire = (struct wire_curl *)base;
    free_told(wire);
    *ret_count = 0;
    if (base->in_flight == 0)
        return true;
    if (!work(wire, err))
        return false;
    *ret_count = collect(wire, ret_arrivals, room);
    if (*ret_count > 0 || timeout_ms <= 0)
        return true;
    CURLMcode code = curl_multi_poll(wire->multi, NULL, 0, timeout_ms, NULL);
    if (code != CURLM_OK)
        return error_run(err, EXIT_INTERNAL, "libcurl cannot wait for its calls: %s",
                         curl_multi_strerror(code));
    if (!work(wire, err))
        return false;
    *ret_count = collect(wire, ret_arrivals, room);
    return true;
}

static void stop(struct wire *base)
{
    struct wire_curl *wire = (struct wire_curl *)base;
    (void)pthread_mutex_lock(&wire->mutex);
    wire->stops = true;
    (void)pthread_mutex_unlock(&wire->mutex);
}

static void destroy(struct wire *base)
{
    struct wire_curl *wire = (struct wire_curl *)base;
    stop(base);
    wire_smtp_join(wire);
    for (size_t i = 0; i < wire->slot_count; i++) {
        (void)curl_multi_remove_handle(wire->multi, wire->slots[i]->curl);
        empty_slot(wire->slots[i]);
        curl_easy_cleanup(wire->slots[i]->curl);
        free(wire->slots[i]);
    }
    free(wire->slots);
    (void)curl_multi_cleanup(wire->multi);
    arena_destroy(&wire->answers);
    free(wire->mail_sockets.items);
    (void)pthread_mutex_destroy(&wire->mutex);
    free(wire->ca_file);
    free(wire);
}

static const struct wire_interface interface = {
    .start = start, .poll = poll_calls, .stop = stop, .destroy = destroy};

bool wire_curl_create(const struct wire_limits *limits, struct wire **ret_wire, struct error *err)
{
    CURLM *multi = curl_multi_init();
    if (multi == NULL)
        return error_run(err, EXIT_INTERNAL, "libcurl cannot begin");
    struct wire_curl *wire = memory_alloc(sizeof *wire, "the wire");
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
    *wire = (struct wire_curl){.wire = {.interface = &interface},
                               .limits = *limits,
                               .multi = multi,
                               .answers = arena_create("answers", ANSWERS_ARENA_CAP)};
    (void)pthread_mutex_init(&wire->mutex, NULL);
    if (limits->ca_file != NULL) {
        size_t size = strlen(limits->ca_file) + 1;
        wire->ca_file = memory_alloc(size, "the name of a file");
        memcpy(wire->ca_file, limits->ca_file, size);
    }
    *ret_wire = &wire->wire;
    return true;
}
