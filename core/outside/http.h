/* One document over HTTP, for what is asked of the outside world between runs (rates). What moves
 * money is an effect with a protocol of its own; this only reads.
 *
 * 1. https, or http to this machine (127.0.0.1, [::1], localhost): nothing else, and no redirect is
 * followed. No user or password in the address.
 * 2. Bounded: by connect and total time, by a lower limit of speed, and by size, which is counted
 * as it comes, whatever the server announces.
 * 3. A connection that fails, 408, 429 and 5xx are tried again, with a pause that doubles and whose
 * jitter comes from the address; Retry-After wins over it, and where it asks for longer than the
 * limit the attempt is the last one.
 * 4. With the ETag or Last-Modified of an earlier answer, 304 says that nothing has changed.
 * 5. Messages name the address as `shown`, never the one with the secret in it. */
#ifndef BILLMILL_OUTSIDE_HTTP_H
#define BILLMILL_OUTSIDE_HTTP_H

#include <signal.h>

#include "core/base/arena.h"
#include "core/base/error.h"

struct http_limits {
    int32_t connect_timeout_ms, timeout_ms;
    int32_t attempts;
    int32_t pause_ms;          /* before the second attempt; doubled before each further one */
    int32_t retry_after_max_s; /* a server that asks for more is not waited for */
    size_t bytes_max;
};

struct http_request {
    const char *url;                          /* may hold a secret */
    const char *shown;                        /* the same without */
    const char *etag, *last_modified;         /* of an earlier answer; NULL: none */
    const volatile sig_atomic_t *stop_signal; /* ends it when it is set; NULL: nothing does */
};

struct http_answer {
    bool not_modified; /* then it has no bytes */
    const char *bytes;
    size_t size;
    const char *etag, *last_modified; /* NULL: none */
};

/* Invariant 1: ERROR_RUN EXIT_CONFIG. */
MUST_CHECK bool http_check_url(const char *url, const char *shown, struct error *err);

/* ERROR_ITEM "not_fetched", or ERROR_RUN when it was stopped. The answer is in the arena. */
MUST_CHECK bool http_get(const struct http_request *request, const struct http_limits *limits,
                         struct arena *arena, struct http_answer *ret_answer, struct error *err);

#endif
