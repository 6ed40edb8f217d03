/* A bounded text being built: overflow sticks and is checked once, at the end. The storage belongs
 * to the caller. */
#ifndef BILLMILL_BASE_STRBUF_H
#define BILLMILL_BASE_STRBUF_H

#include "core/base/compiler.h"

struct strbuf {
    char *text; /* always ended by NUL */
    size_t length;
    size_t size;
    bool overflowed; /* something did not fit; what is there is a prefix */
};

void strbuf_init(struct strbuf *buf, char *storage, size_t size);
void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_n(struct strbuf *buf, const char *text, size_t length);
void strbuf_add_char(struct strbuf *buf, char c);
void strbuf_addf(struct strbuf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
