/* The encodings of a mail. All texts are in the arena; UTF-8 in, ASCII with CR LF out. Control
 * characters of what goes into headers become spaces. */
#ifndef BILLMILL_OUTSIDE_MAIL_CODING_H
#define BILLMILL_OUTSIDE_MAIL_CODING_H

#include "core/base/arena.h"

/* The value of a header behind its colon (RFC 2047): " words" as they are where they are plain and
 * short, else encoded words, one a line. */
const char *mail_words(const char *text, struct arena *arena);

/* The same of the name before an address: plain ones stand in quotes. */
const char *mail_phrase(const char *text, struct arena *arena);

/* filename="NAME", or filename*=UTF-8''NAME, or that in several lines (RFC 2231). */
const char *mail_file_name(const char *name, struct arena *arena);

/* RFC 2045. Ends of lines are LF or CR LF. */
const char *mail_quoted_printable(const char *text, struct arena *arena);

/* In lines; ends without a line end. */
const char *mail_base64(const void *bytes, size_t size, struct arena *arena);

#endif
