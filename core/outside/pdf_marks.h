/* The pages of a document before they become a PDF: a list of marks per page, in drawing order.
 * Positions are in mpt from the upper left corner of the page; y grows downwards. */
#ifndef BILLMILL_OUTSIDE_PDF_MARKS_H
#define BILLMILL_OUTSIDE_PDF_MARKS_H

#include "core/base/array.h"
#include "core/outside/pdf_text.h"

enum pdf_mark_kind {
    PDF_MARK_TEXT, /* starts at x, stands on the line y */
    PDF_MARK_AREA, /* a filled rectangle with its upper left corner at x, y */
    PDF_MARK_LOGO  /* the renderer's logo, in the same way */
};

struct pdf_mark {
    enum pdf_mark_kind kind;
    int32_t x_mpt, y_mpt, width_mpt, height_mpt;
    uint32_t colour;
    int32_t size_mpt; /* of the text */
    struct pdf_text text;
};

struct pdf_page {
    struct ARRAY_OF(struct pdf_mark) marks;
};

struct pdf_document {
    struct arena *arena;
    int32_t page_width_mpt, page_height_mpt;
    struct ARRAY_OF(struct pdf_page) pages;
    const char *title, *author, *language;
    int32_t year, month, day; /* of the creation date; year 0: none */
};

#endif
