/* GET by libcurl: see http.h. */
#include "core/outside/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "core/base/sha256.h"
#include "core/base/text.h"

#define USER_AGENT "billmill/0.1"
#define HEADER_SIZE 1024
#define VALIDATOR_MAX 500
#define SLOW_BYTES_PER_S 10L
#define SLOW_S 20L
#define WAIT_STEP_MS 100
#define STATUS_OK 200
#define STATUS_NOT_MODIFIED 304
#define STATUS_TIMEOUT 408
#define STATUS_TOO_MANY 429
#define STATUS_SERVER_ERROR 500
#define PAUSES_MAX 16

static const char *const local_hosts[] = {"127.0.0.1", "[::1]", "localhost"};

static bool is_local(const char *authority, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(local_hosts); i++) {
        size_t host = strlen(local_hosts[i]);
        if (length >= host && memcmp(authority, local_hosts[i], host) == 0 &&
            (length == host || authority[host] == ':'))
            return true;
    }
    return false;
}

bool http_check_url(const char *url, const char *shown, struct error *err)
{
    bool plain = text_starts_with(url, "http://");
    bool secure = text_starts_with(url, "https://");
    const char *authority = url + (secure ? strlen("https://") : strlen("http://"));
    size_t length = plain || secure ? strcspn(authority, "/?#") : 0;
    if (length == 0)
        return error_run(err, EXIT_CONFIG, "%s: expected an address https://HOST/…", shown);
    if (memchr(authority, '@', length) != NULL)
        return error_run(err, EXIT_CONFIG, "%.*s…: no user or password may stand in it",
                         (int)(authority - url), url);
    if (plain && !is_local(authority, length))
        return error_run(err, EXIT_CONFIG, "%s: only https, or http to this machine", shown);
    return true;
}

/* ---------------------------------------------------------------- one attempt */

struct body {
    char *bytes;
    size_t size, capacity, most;
    bool too_large;
    const volatile sig_atomic_t *stop_signal;
};

static void body_free(struct body *body)
{
    free(body->bytes);
    body->bytes = NULL;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct body *body = context;
    size_t more = size * count;
    if (more > body->most - body->size) {
        body->too_large = true;
        return 0;
    }
    if (body->size + more > body->capacity) {
        body->capacity = (body->size + more) * 2;
        body->bytes = memory_resize(body->bytes, body->capacity, "an answer");
    }
    memcpy(body->bytes + body->size, bytes, more);
    body->size += more;
    return more;
}

static int look_at_stop(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                        curl_off_t up_now)
{
    const struct body *body = context;
    (void)total;
    (void)now;
    (void)up_total;
    (void)up_now;
    return body->stop_signal != NULL && *body->stop_signal != 0;
}

/* What one attempt came to. */
struct attempt {
    CURLcode code;
    long status;
    int64_t retry_after_s; /* 0: it did not say */
    const char *etag, *last_modified;
    char why[CURL_ERROR_SIZE];
};

static void curl_end(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void headers_end(struct curl_slist **headers)
{
    curl_slist_free_all(*headers);
}

static void add_header(struct curl_slist **headers, const char *name, const char *value)
{
    char line[HEADER_SIZE];
    if (value == NULL)
        return;
    (void)snprintf(line, sizeof line, "%s: %s", name, value);
    *headers = curl_slist_append(*headers, line);
}

/* A validator that could not be sent back as it is, is none. */
static const char *validator(CURL *curl, const char *name, struct arena *arena)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    size_t length = strlen(header->value);
    return length > 0 && length <= VALIDATOR_MAX && text_is_plain(header->value, length)
               ? arena_copy(arena, header->value)
               : NULL;
}

static bool set_options(CURL *curl, const struct http_request *request,
                        const struct http_limits *limits, struct curl_slist *headers,
                        struct body *body, struct attempt *attempt)
{
    bool plain = text_starts_with(request->url, "http://");
    const char *protocols = plain ? "http" : "https";
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, request->url);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_USERAGENT, USER_AGENT);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    code = code != 0 ? code
                     : curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                                        (long)limits->connect_timeout_ms);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)limits->timeout_ms);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES_PER_S);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SLOW_S);
    code = code != 0
               ? code
               : curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)limits->bytes_max);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_at_stop);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_XFERINFODATA, body);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, attempt->why);
    if (plain)
        code = code != 0 ? code : curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    attempt->code = code;
    return code == CURLE_OK;
}

static void try_once(const struct http_request *request, const struct http_limits *limits,
                     struct body *body, struct arena *arena, struct attempt *attempt)
{
    CLEANUP(curl_end) CURL *curl = curl_easy_init();
    CLEANUP(headers_end) struct curl_slist *headers = NULL;
    *attempt = (struct attempt){.code = CURLE_FAILED_INIT};
    body->size = 0;
    body->too_large = false;
    if (curl == NULL)
        return;
    add_header(&headers, "If-None-Match", request->etag);
    add_header(&headers, "If-Modified-Since", request->last_modified);
    if (!set_options(curl, request, limits, headers, body, attempt))
        return;
    attempt->code = curl_easy_perform(curl);
    curl_off_t retry_after_s = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &attempt->status);
    (void)curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    attempt->retry_after_s = retry_after_s;
    attempt->etag = validator(curl, "ETag", arena);
    attempt->last_modified = validator(curl, "Last-Modified", arena);
}

/* ---------------------------------------------------------------- again, or not */

static bool is_stopped(const struct http_request *request)
{
    return request->stop_signal != NULL && *request->stop_signal != 0;
}

static bool is_answered(const struct attempt *attempt)
{
    return attempt->code == CURLE_OK &&
           (attempt->status == STATUS_OK || attempt->status == STATUS_NOT_MODIFIED);
}

/* An answer that is too large, or a certificate that is none of the host's, is so again. */
static bool may_pass(const struct attempt *attempt, const struct body *body)
{
    if (attempt->code != CURLE_OK)
        return !body->too_large && attempt->code != CURLE_FILESIZE_EXCEEDED &&
               attempt->code != CURLE_PEER_FAILED_VERIFICATION &&
               attempt->code != CURLE_FAILED_INIT && attempt->code != CURLE_UNSUPPORTED_PROTOCOL;
    return attempt->status == STATUS_TIMEOUT || attempt->status == STATUS_TOO_MANY ||
           attempt->status >= STATUS_SERVER_ERROR;
}

/* Up to a quarter more, the same for the same address and attempt. */
static int64_t jittered_ms(int64_t pause_ms, const struct http_request *request, int32_t attempt)
{
    uint8_t digest[SHA256_SIZE];
    sha256_of(request->shown, strlen(request->shown), digest);
    return pause_ms + pause_ms * digest[attempt % SHA256_SIZE] / (4 * UINT8_MAX);
}

/* In steps, so that whoever is asked to stop does. */
static void wait_ms(int64_t pause_ms, const struct http_request *request)
{
    for (; pause_ms > 0 && !is_stopped(request); pause_ms -= WAIT_STEP_MS) {
        int64_t step_ms = pause_ms < WAIT_STEP_MS ? pause_ms : WAIT_STEP_MS;
        struct timespec step = {.tv_nsec = (long)step_ms * 1000000L};
        (void)nanosleep(&step, NULL);
    }
}

static bool refuse(const struct http_request *request, const struct http_limits *limits,
                   const struct attempt *attempt, const struct body *body, int32_t attempts,
                   struct error *err)
{
    const char *times = attempts > 1 ? ", several times" : "";
    if (body->too_large || attempt->code == CURLE_FILESIZE_EXCEEDED)
        return error_item(err, "not_fetched", "%s: the answer has more than %zu bytes",
                          request->shown, limits->bytes_max);
    if (attempt->code != CURLE_OK)
        return error_item(
            err, "not_fetched", "%s: %s%s", request->shown,
            attempt->why[0] != '\0' ? attempt->why : curl_easy_strerror(attempt->code), times);
    if (attempt->retry_after_s > limits->retry_after_max_s)
        return error_item(err, "not_fetched",
                          "%s: answered %ld and asks to come again in %" PRId64 " s",
                          request->shown, attempt->status, attempt->retry_after_s);
    if (attempt->status >= 300 && attempt->status < 400)
        return error_item(err, "not_fetched",
                          "%s: answered %ld: it has moved, and redirects are not followed",
                          request->shown, attempt->status);
    return error_item(err, "not_fetched", "%s: answered %ld%s", request->shown, attempt->status,
                      times);
}

static bool take_answer(const struct http_request *request, const struct attempt *attempt,
                        const struct body *body, struct arena *arena,
                        struct http_answer *ret_answer, struct error *err)
{
    bool not_modified = attempt->status == STATUS_NOT_MODIFIED;
    if (not_modified && request->etag == NULL && request->last_modified == NULL)
        return error_item(err, "not_fetched", "%s: answered 304 to what was asked for whole",
                          request->shown);
    *ret_answer = (struct http_answer){
        .not_modified = not_modified,
        .bytes = not_modified ? NULL
                              : arena_copy_n(arena, body->size == 0 ? "" : body->bytes, body->size),
        .size = not_modified ? 0 : body->size,
        .etag = attempt->etag,
        .last_modified = attempt->last_modified,
    };
    return true;
}

bool http_get(const struct http_request *request, const struct http_limits *limits,
              struct arena *arena, struct http_answer *ret_answer, struct error *err)
{
    CLEANUP(body_free)
    struct body body = {.most = limits->bytes_max, .stop_signal = request->stop_signal};
    struct attempt attempt;
    int64_t pause_ms = limits->pause_ms;
    if (!http_check_url(request->url, request->shown, err))
        return false;
    for (int32_t tried = 1;; tried++) {
        try_once(request, limits, &body, arena, &attempt);
        if (is_stopped(request))
            return error_run(err, EXIT_TEMPORARY, "%s: stopped while it was asked", request->shown);
        if (is_answered(&attempt))
            return take_answer(request, &attempt, &body, arena, ret_answer, err);
        if (tried >= limits->attempts || tried > PAUSES_MAX || !may_pass(&attempt, &body) ||
            attempt.retry_after_s > limits->retry_after_max_s)
            return refuse(request, limits, &attempt, &body, tried, err);
        wait_ms(attempt.retry_after_s > 0 ? attempt.retry_after_s * 1000
                                          : jittered_ms(pause_ms, request, tried),
                request);
        pause_ms *= 2;
    }
}
