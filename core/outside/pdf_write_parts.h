/* What pdf_write.c and pdf_code_page.c share; only they include libharu. */
#ifndef BILLMILL_OUTSIDE_PDF_WRITE_PARTS_H
#define BILLMILL_OUTSIDE_PDF_WRITE_PARTS_H

#include <hpdf_doc.h>
#include <hpdf_encoder.h>
#include <hpdf_fontdef.h>
#include <hpdf_utils.h>

#include <hpdf.h>

#include "core/outside/pdf_write.h"

#define FIRST_FREE_BYTE 128
#define LAST_BYTE 255
#define CODE_PAGES_MAX 64

/* The characters of one face that have bytes: ASCII at its place, others from 128 on. */
struct code_page {
    uint8_t face;
    int32_t last; /* the last byte in use */
    uint16_t unicode[LAST_BYTE + 1];
    HPDF_Font font;
};

struct writer {
    const struct pdf_document *document;
    const struct pdf_fonts *fonts;
    const struct pdf_logo *logo;
    struct arena *arena;
    struct error *err;
    HPDF_Doc pdf;
    HPDF_Image image;
    struct code_page pages[CODE_PAGES_MAX];
    size_t page_count;
};

/* EXIT_INTERNAL with libharu's error number; returns false. */
bool pdf_haru_fails(const struct writer *out, const char *what);

/* --- pdf_code_page.c --- */

/* What is drawn for a character: all white space is a space. */
uint32_t code_page_character(uint32_t code_point);

/* The page and byte of a character; 0 when it has none. */
uint8_t code_page_byte(const struct writer *out, uint8_t face, uint32_t code_point,
                       size_t *ret_page);

/* Gives every character of the document its page and byte, in the order of their first use. */
MUST_CHECK bool code_pages_collect(struct writer *out);

/* Makes the page known to libharu as the encoding `name`. */
MUST_CHECK bool code_page_register(const struct writer *out, const struct code_page *page,
                                   const char *name);

/* The CMap that tells readers the characters of the bytes; in arena memory. */
const char *code_page_unicode_map(const struct code_page *page, struct arena *arena);

#endif
