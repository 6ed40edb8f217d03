/* The wire (core/base/wire.h) on libcurl's multi interface: many calls in flight from one thread,
 * over connections that are kept. Mails have threads of their own (wire_smtp.c), of which who uses
 * the wire sees nothing.
 *
 * 1. What decides NOT_SENT against LOST is not the kind of the failure but what left this process:
 * of HTTP whether a byte of the request did (CURLINFO_REQUEST_SIZE), of SMTP whether all of the
 * message was handed over, which the final dot follows at once.
 * 2. libcurl sends a request again by itself when a kept connection ends without an answer. Here it
 * cannot: a body is given away once and never rewound, and what has none but is no GET gets a
 * connection of its own.
 * 3. An answer of more than `answer_bytes_max`, or with too many headers to be kept whole, is LOST:
 * half an answer decides nothing. Headers that are too long by themselves are left out. */
#ifndef BILLMILL_OUTSIDE_WIRE_CURL_H
#define BILLMILL_OUTSIDE_WIRE_CURL_H

#include "core/base/wire.h"

struct wire_limits {
    int32_t connect_timeout_ms;
    int32_t timeout_ms; /* of a call that has none of its own */
    size_t answer_bytes_max;
    const char *ca_file; /* whose certificates are believed; NULL: those of the system */
};

/* ERROR_RUN: libcurl cannot begin. */
MUST_CHECK bool wire_curl_create(const struct wire_limits *limits, struct wire **ret_wire,
                                 struct error *err);

#endif
