/* Bounded text building: see strbuf.h. */
#include "core/base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void strbuf_init(struct strbuf *buf, char *storage, size_t size)
{
    assert(size > 0);
    *buf = (struct strbuf){.text = storage, .size = size};
    storage[0] = '\0';
}

void strbuf_add_n(struct strbuf *buf, const char *text, size_t length)
{
    size_t room = buf->size - 1 - buf->length;
    if (length > room) {
        buf->overflowed = true;
        length = room;
    }
    memcpy(buf->text + buf->length, text, length);
    buf->length += length;
    buf->text[buf->length] = '\0';
}

void strbuf_add(struct strbuf *buf, const char *text)
{
    strbuf_add_n(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
    strbuf_add_n(buf, &c, 1);
}

void strbuf_addf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    size_t room = buf->size - buf->length;
    va_start(args, format);
    int length = vsnprintf(buf->text + buf->length, room, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= room) {
        buf->overflowed = true;
        buf->length = buf->size - 1;
        return;
    }
    buf->length += (size_t)length;
}
