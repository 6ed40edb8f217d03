/* Encoded words, quoted-printable, base64 in lines: see mail_coding.h. */
#include "core/outside/mail_coding.h"

#include <stdio.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"

#define PLAIN_MAX 60   /* bytes of a header that stay as they are */
#define WORD_BYTES 39  /* of one encoded word: 52 characters, 64 with what is around them */
#define PIECE_MAX 50   /* characters of a long file name in a line … */
#define PIECE_FRAME 40 /* … and room for what is around them */
#define LINE_MAX_QP 75 /* and a "=" behind it */
#define LINE_BASE64 76
#define CRLF "\r\n"

static char *without_controls(const char *text, struct arena *arena)
{
    char *copy = arena_copy(arena, text);
    for (char *c = copy; *c != '\0'; c++)
        if ((uint8_t)*c < ' ' || *c == 0x7F)
            *c = ' ';
    return copy;
}

/* What begins like an encoded word would be read as one. */
static bool is_plain_and_short(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= PLAIN_MAX && text_is_plain(text, length) &&
           strstr(text, "=?") == NULL && text[0] != ' ' && text[length - 1] != ' ';
}

/* Of whole characters, at most WORD_BYTES. */
static size_t word_length(const char *text)
{
    size_t length = strlen(text);
    if (length <= WORD_BYTES)
        return length;
    length = WORD_BYTES;
    while (length > 0 && ((uint8_t)text[length] & 0xC0) == 0x80)
        length--;
    return length;
}

static const char *encoded_words(const char *text, struct arena *arena)
{
    size_t room = strlen(text) * 3 + 100;
    struct strbuf words;
    strbuf_init(&words, arena_alloc(arena, room), room);
    for (bool first = true; *text != '\0'; first = false) {
        size_t length = word_length(text);
        strbuf_addf(&words, "%s =?UTF-8?B?%s?=", first ? "" : CRLF,
                    base64_text(text, length, arena));
        text += length;
    }
    assert(!words.overflowed);
    return words.text;
}

const char *mail_words(const char *text, struct arena *arena)
{
    const char *clean = without_controls(text, arena);
    return is_plain_and_short(clean) ? arena_printf(arena, " %s", clean)
                                     : encoded_words(clean, arena);
}

const char *mail_phrase(const char *text, struct arena *arena)
{
    const char *clean = without_controls(text, arena);
    size_t room = 2 * strlen(clean) + sizeof " \"\"";
    struct strbuf quoted;
    if (!is_plain_and_short(clean))
        return encoded_words(clean, arena);
    strbuf_init(&quoted, arena_alloc(arena, room), room);
    strbuf_add(&quoted, " \"");
    for (; *clean != '\0'; clean++) {
        if (*clean == '"' || *clean == '\\')
            strbuf_add_char(&quoted, '\\');
        strbuf_add_char(&quoted, *clean);
    }
    strbuf_add_char(&quoted, '"');
    return quoted.text;
}

/* What RFC 2231 lets stand in an extended value. */
static bool is_attribute_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$&+-.^_`|~", c) != NULL);
}

static bool is_plain_file_name(const char *name)
{
    return strlen(name) <= PLAIN_MAX && text_is_plain(name, strlen(name)) &&
           strpbrk(name, "\"\\") == NULL;
}

static const char *percent_coded(const char *text, struct arena *arena)
{
    size_t room = 3 * strlen(text) + 1;
    struct strbuf coded;
    strbuf_init(&coded, arena_alloc(arena, room), room);
    for (; *text != '\0'; text++)
        if (is_attribute_char(*text))
            strbuf_add_char(&coded, *text);
        else
            strbuf_addf(&coded, "%%%02X", (unsigned)(uint8_t)*text);
    assert(!coded.overflowed);
    return coded.text;
}

/* Of whole codes, at most PIECE_MAX. */
static size_t piece_length(const char *coded)
{
    size_t length = strlen(coded);
    if (length <= PIECE_MAX)
        return length;
    length = PIECE_MAX;
    for (size_t back = 1; back <= 2; back++)
        if (coded[length - back] == '%')
            return length - back;
    return length;
}

/* A long one is continued in the next lines. */
const char *mail_file_name(const char *name, struct arena *arena)
{
    const char *clean = without_controls(name, arena);
    struct strbuf pieces;
    if (is_plain_file_name(clean))
        return arena_printf(arena, "filename=\"%s\"", clean);
    const char *coded = percent_coded(clean, arena);
    if (strlen(coded) <= PIECE_MAX)
        return arena_printf(arena, "filename*=UTF-8''%s", coded);
    size_t room = strlen(coded) + (strlen(coded) / (PIECE_MAX - 2) + 1) * PIECE_FRAME;
    strbuf_init(&pieces, arena_alloc(arena, room), room);
    for (size_t no = 0; *coded != '\0'; no++) {
        size_t length = piece_length(coded);
        strbuf_addf(&pieces, "%sfilename*%zu*=%s%.*s", no == 0 ? "" : ";" CRLF " ", no,
                    no == 0 ? "UTF-8''" : "", (int)length, coded);
        coded += length;
    }
    assert(!pieces.overflowed);
    return pieces.text;
}

/* ---------------------------------------------------------------- contents */

static bool ends_line(const char *text)
{
    return text[0] == '\0' || text[0] == '\n' || (text[0] == '\r' && text[1] == '\n');
}

/* The character at `text` as it is sent; returns its length. */
static size_t quote(const char *text, char ret_coded[4])
{
    uint8_t c = (uint8_t)*text;
    bool blank = c == ' ' || c == '\t';
    if ((c > ' ' && c < 0x7F && c != '=') || (blank && !ends_line(text + 1))) {
        ret_coded[0] = (char)c;
        ret_coded[1] = '\0';
        return 1;
    }
    (void)snprintf(ret_coded, 4, "=%02X", (unsigned)c);
    return 3;
}

const char *mail_quoted_printable(const char *text, struct arena *arena)
{
    size_t room = 4 * strlen(text) + 8;
    size_t column = 0;
    struct strbuf coded;
    char one[4];
    strbuf_init(&coded, arena_alloc(arena, room), room);
    for (; *text != '\0'; text++) {
        if (*text == '\r' && text[1] == '\n')
            continue;
        if (*text == '\n') {
            strbuf_add(&coded, CRLF);
            column = 0;
            continue;
        }
        size_t length = quote(text, one);
        if (column + length > LINE_MAX_QP) {
            strbuf_add(&coded, "=" CRLF);
            column = 0;
        }
        strbuf_add(&coded, one);
        column += length;
    }
    assert(!coded.overflowed);
    return coded.text;
}

const char *mail_base64(const void *bytes, size_t size, struct arena *arena)
{
    const char *text = base64_text(bytes, size, arena);
    size_t length = strlen(text);
    char *lines = arena_alloc(arena, length + length / LINE_BASE64 * 2 + 1);
    char *end = lines;
    for (size_t i = 0; i < length; i += LINE_BASE64) {
        size_t part = length - i < LINE_BASE64 ? length - i : LINE_BASE64;
        if (i > 0) {
            *end++ = '\r';
            *end++ = '\n';
        }
        memcpy(end, text + i, part);
        end += part;
    }
    *end = '\0';
    return lines;
}
