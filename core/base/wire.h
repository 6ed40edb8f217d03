/* Calls to the outside world as values, and the port that carries them: who decides what to say
 * (gateways, mail, webhooks) and who decides when (the engine) see no socket and no library. These
 * are only values; core/outside/wire_curl.h carries them.
 *
 * 1. Each call that was started ends exactly once, as one of three things, and `end` never guesses:
 * ANSWERED is a whole answer with a status; NOT_SENT is known not to have been carried out; all
 * else is LOST: it was or may have been carried out, and only asking tells.
 * 2. Nothing of a call but `shown` is ever printed or logged: `url`, headers, user, password and
 * body may hold secrets. `why` is made without them.
 * 3. https, or http to this machine; smtps, smtp with STARTTLS, or plain smtp to this machine. No
 * redirect is followed: 3xx is an answer. */
#ifndef BILLMILL_BASE_WIRE_H
#define BILLMILL_BASE_WIRE_H

#include "core/base/error.h"

struct wire_header {
    const char *name, *value;
};

enum wire_protocol { WIRE_HTTP, WIRE_SMTP };

struct wire_call {
    enum wire_protocol protocol;
    const char *method; /* of HTTP: "POST", "GET" */
    const char *url;    /* may hold a secret */
    const char *shown;  /* the same without */
    const struct wire_header *headers;
    size_t header_count;
    const char *user;     /* HTTP basic or SMTP authentication; NULL: none */
    const char *password; /* NULL: empty */
    const char *body;     /* of SMTP: the message, lines ended by CR LF, dots as they are */
    size_t body_size;
    const char *mail_from; /* of SMTP: the envelope, bare addresses */
    const char *const *mail_to;
    size_t mail_to_count;
    int32_t timeout_ms; /* of the whole call; 0: the wire's own limit */
};

enum wire_end {
    WIRE_ANSWERED,
    WIRE_NOT_SENT, /* no name, no connection, TLS refused, SMTP refused before the final dot */
    WIRE_LOST      /* cut, timed out, no HTTP, more than the limits: and nobody knows */
};

struct wire_answer {
    enum wire_end end;
    int32_t
        status; /* of HTTP, or the last reply of SMTP; 0: none. Of a LOST one it decides nothing */
    const char *body;
    size_t body_size; /* the byte behind it is NUL */
    const struct wire_header *headers;
    size_t header_count;
    bool said_to_whom;     /* of SMTP: a recipient was named; before, no mail is at fault */
    const char *reply;     /* of SMTP: the last one, "550 5.7.1 Not allowed", its lines as one, cut,
                              without control characters, and to a login its codes alone; "", NULL:
                              none. In bytes of the server's choice */
    int64_t retry_after_s; /* a day at most; -1: it did not say */
    bool stopped;          /* by wire_stop; otherwise it ended by itself */
    const char *why;       /* for people; "" when ANSWERED */
};

/* The value of the first header of that name, whatever its case; NULL: there is none. */
const char *wire_answer_header(const struct wire_answer *answer, const char *name);

/* One after the other, for one thing that is said or asked for; whoever needs more gives up. */
#define WIRE_CALLS_MAX 8

/* ---- the port */

struct wire_arrival {
    uint64_t tag; /* of wire_start */
    struct wire_answer answer;
};

struct wire;

struct wire_interface {
    bool (*start)(struct wire *wire, const struct wire_call *call, uint64_t tag, struct error *err);
    bool (*poll)(struct wire *wire, int32_t timeout_ms, struct wire_arrival *ret_arrivals,
                 size_t room, size_t *ret_count, struct error *err);
    void (*stop)(struct wire *wire);
    void (*destroy)(struct wire *wire);
};

/* Who implements it puts this first into a struct of its own. */
struct wire {
    const struct wire_interface *interface;
    size_t in_flight; /* started, and not yet told by wire_poll */
};

/* Takes what it needs of the call: nothing of it need live on. ERROR_ITEM "bad_call": it can never
 * be sent (an address that invariant 3 refuses, a line break in a header), and nothing was.
 * ERROR_RETRY: there is no room for it now, and nothing of it was sent.
 * ERROR_RUN: the wire itself is broken. */
MUST_CHECK bool wire_start(struct wire *wire, const struct wire_call *call, uint64_t tag,
                           struct error *err);

/* Waits until a call has ended, at most so long, and tells up to `room` that have, in the order in
 * which they did. Returns early with none when a signal comes. Answers live until the next
 * wire_poll or wire_destroy. */
MUST_CHECK bool wire_poll(struct wire *wire, int32_t timeout_ms, struct wire_arrival *ret_arrivals,
                          size_t room, size_t *ret_count, struct error *err);

/* What is in flight is waited for no longer: wire_poll tells soon how each call ended, NOT_SENT or
 * LOST by how far it had come. Nothing may be started any more. */
void wire_stop(struct wire *wire);

/* Gives up what is in flight: LOST, and nobody is told. Accepts NULL inside; fits CLEANUP. */
void wire_destroy(struct wire **wire);

#endif
