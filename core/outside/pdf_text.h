/* A text ready to be drawn: characters, the face of each and its width. Made from UTF-8, checked so
 * that everything in it is shown as it is meant. */
#ifndef BILLMILL_OUTSIDE_PDF_TEXT_H
#define BILLMILL_OUTSIDE_PDF_TEXT_H

#include "core/outside/pdf_font.h"

struct pdf_text {
    const uint32_t *code_points; /* '\n' and '\t' may be among them */
    const uint8_t *faces;
    const int16_t *advances; /* 1/1000 em */
    size_t count;
};

/* Composes letters with their marks (Unicode NFC: the same text, "e" + acute is "é") where there
 * are marks; leaves out what is invisible by definition (soft hyphen, zero-width space). ERROR_ITEM
 * "unprintable_character" naming `field` and the character. Memory is the arena's. */
MUST_CHECK bool pdf_text_make(const struct pdf_fonts *fonts, bool bold, const char *field,
                              const char *utf8, struct arena *arena, struct pdf_text *ret_text,
                              struct error *err);

/* The part [from, from + count) of a text, sharing its memory. */
struct pdf_text pdf_text_part(const struct pdf_text *text, size_t from, size_t count);

int32_t pdf_text_width(const struct pdf_text *text, int32_t size_mpt);

/* The first line of what is left from *cursor on, at most `width_mpt` wide: it ends at white space
 * or behind a hyphen or slash, within a word only if the word alone is too wide, and at '\n'. Moves
 * *cursor to the start of the next line. False at the end of the text. */
bool pdf_text_next_line(const struct pdf_text *text, int32_t size_mpt, int32_t width_mpt,
                        size_t *cursor, struct pdf_text *ret_line);

#endif
