/* What the files of the wire share: wire_curl.c is the port and speaks HTTP, wire_smtp.c speaks
 * SMTP.
 */
#ifndef BILLMILL_OUTSIDE_WIRE_CURL_PARTS_H
#define BILLMILL_OUTSIDE_WIRE_CURL_PARTS_H

#include <pthread.h>

#include <curl/curl.h>

#include "core/base/arena.h"
#include "core/outside/wire_curl.h"

#define WIRE_REPLY_ROOM 600

/* A call, with an easy handle that is kept for the next one. */
struct slot {
    struct wire_curl *wire;
    CURL *curl;
    enum wire_protocol protocol;
    struct curl_slist *headers, *recipients;
    char *body;
    size_t body_size, body_given;
    char *answer;
    size_t answer_size, answer_capacity, answer_max;
    bool too_large;
    bool headers_ended; /* those of the answer: a cut before is none for libcurl */
    bool told;          /* by the last poll: free at the next */
    uint64_t tag;
    char why[CURL_ERROR_SIZE];

    /* Of SMTP. */
    pthread_t thread; /* that carries it */
    bool is_carried;  /* it has a thread, to be joined */
    bool has_ended;   /* as `ended_as`; under the mutex */
    CURLcode ended_as;
    char reply[WIRE_REPLY_ROOM]; /* the last one */
    size_t reply_size;
    bool reply_ended;  /* by its last line */
    bool logs_in;      /* what was said last may be repeated by the server */
    bool says_goodbye; /* what is answered to that is no reply to the mail */
    bool said_to_whom; /* RCPT */

    struct slot *next; /* in the list of the free ones of its protocol */
};

/* Connections to mail servers that are open. */
struct mail_sockets {
    curl_socket_t *items;
    size_t count, capacity;
};

struct wire_curl {
    struct wire wire; /* first */
    struct wire_limits limits;
    char *ca_file;
    CURLM *multi;
    struct arena *answers; /* until the next poll */
    struct slot **slots;
    size_t slot_count, slot_capacity;
    struct slot *free_slots[WIRE_SMTP + 1];
    pthread_mutex_t mutex; /* of what follows, and of what mails have come to */
    struct mail_sockets mail_sockets;
    bool stops;
};

/* Options are set until one is refused; `code` then says why. */
#define SET(slot, code, option, value)                                                             \
    ((code) = (code) != CURLE_OK ? (code) : curl_easy_setopt((slot)->curl, (option), (value)))

long wire_timeout_ms(const struct wire_curl *wire, const struct wire_call *call);

/* ---- wire_smtp.c */

bool wire_smtp_add_recipients(struct slot *slot, const struct wire_call *call);
CURLcode wire_smtp_set(struct wire_curl *wire, const struct wire_call *call, struct slot *slot);

/* In a thread of its own; until it has ended nobody else touches the handle. */
MUST_CHECK bool wire_smtp_carry(struct slot *slot, struct error *err);

/* Has it ended? Then it has no thread any more, and *ret_code says how. */
bool wire_smtp_has_ended(struct slot *slot, CURLcode *ret_code);

/* All of them have ended; after `stops`, whatever they waited for. */
void wire_smtp_join(struct wire_curl *wire);

/* The block is all that there is: from now on the server's answer is waited for. */
void wire_smtp_note_whole(struct slot *slot);

#endif
