/* Finding the glyphs that libharu 2.3 embeds incompletely: composites made of composites. */
#ifndef BILLMILL_OUTSIDE_PDF_NESTING_H
#define BILLMILL_OUTSIDE_PDF_NESTING_H

#include <hb.h>

/* Adds the glyph ids to the set. */
void pdf_find_nested(hb_face_t *face, hb_set_t *nested);

#endif
