/* A mail as the bytes that an SMTP server takes (RFC 5322, 2045 to 2047, 2231): plain text, or
 * plain text and HTML as alternatives, with at most one file. Of our own, because libcurl's MIME
 * makes its boundaries by chance, and the same mail has to be the same bytes each time.
 *
 * 1. The same message, the same bytes: Message-ID and boundaries are made of `id`, the Date is the
 * midnight (UTC) of `on`.
 * 2. Nothing of a value can begin a header or a part: names and subject are encoded unless they are
 * plain, control characters become spaces, and contents are quoted-printable or base64, in which no
 * boundary can stand.
 * 3. Lines end with CR LF and have at most 76 characters, but of headers that cannot be folded; no
 * line has more than 998.
 * 4. Addresses are ASCII (RFC 5321, without quoted parts and address literals). Others would need
 * SMTPUTF8 on every hop, and are refused; a domain of other letters has its xn-- form. */
#ifndef BILLMILL_OUTSIDE_MAIL_MESSAGE_H
#define BILLMILL_OUTSIDE_MAIL_MESSAGE_H

#include "core/base/arena.h"
#include "core/calendar/date.h"

#define MAIL_ADDRESS_MAX 254 /* bytes (RFC 5321) */

struct mail_file {
    const char *name; /* as the reader sees it */
    const char *type; /* "application/pdf" */
    const void *bytes;
    size_t size;
};

struct mail_message {
    const char *id;        /* letters and digits; Message-ID is <ID@the domain of `from`> */
    const char *from_name; /* NULL: none */
    const char *from;      /* bare addresses */
    const char *to_name;   /* NULL: none */
    const char *to;
    const char *reply_to; /* NULL: none */
    const char *subject;
    const char *text, *html; /* html NULL: text alone */
    struct date on;
    const struct mail_file *file; /* NULL: none */
};

/* ERROR_ITEM "bad_address": it cannot be sent to, or from. */
MUST_CHECK bool mail_address_check(const char *address, struct error *err);

/* "<ID@DOMAIN>", in the arena. */
const char *mail_message_id(const struct mail_message *message, struct arena *arena);

/* The message, in the arena. ERROR_ITEM "bad_address", or "invalid_text" of a text that is no UTF-8
 * or a name of a file that is too long. */
MUST_CHECK bool mail_message_make(const struct mail_message *message, struct arena *arena,
                                  const char **ret_bytes, size_t *ret_size, struct error *err);

#endif
