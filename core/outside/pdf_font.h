/* The fonts of a run: which of them shows a character right, how wide it is, and a small font of
 * just the characters that one document uses.
 *
 * 1. A face is cut once per run (HarfBuzz: hinting and layout tables off); each document then gets
 * subsets of that, which takes tens of microseconds and makes files small.
 * 2. A character is shown only by a face that draws it right with libharu 2.3: TrueType outlines, a
 * nominal glyph, no nested composite glyph (libharu drops their inner parts), the basic
 * multilingual plane. Scripts that need shaping or run from right to left are shown by no face.
 * 3. Widths are what libharu writes into the file: 1/1000 em, cut, not rounded. */
#ifndef BILLMILL_OUTSIDE_PDF_FONT_H
#define BILLMILL_OUTSIDE_PDF_FONT_H

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/outside/invoice_layout.h"
#include "core/outside/pdf_character.h"

#define PDF_FACES_MAX (2 + LAYOUT_FALLBACK_FONTS_MAX)
#define PDF_NO_FACE UINT8_MAX
#define PDF_FONT_NAME_SIZE 64

struct pdf_fonts;

/* Loads every font of the layout. EXIT_CONFIG names the file and the line that asks for it. The
 * caller owns the result. */
MUST_CHECK bool pdf_fonts_load(const struct invoice_layout *layout, struct pdf_fonts **ret_fonts,
                               struct error *err);
void pdf_fonts_free(struct pdf_fonts **fonts); /* accepts NULL inside; fits CLEANUP */

void pdf_fonts_digest(const struct pdf_fonts *fonts, struct sha256 *digest);

/* The face that shows the character, bold or regular first, then the fallback fonts; PDF_NO_FACE.
 */
uint8_t pdf_fonts_face(const struct pdf_fonts *fonts, bool bold, uint32_t code_point);

/* In 1/1000 em, for a character that the face shows. */
int32_t pdf_fonts_advance(const struct pdf_fonts *fonts, uint8_t face, uint32_t code_point);

/* Some visible character that the face shows, for trying it out; 0 when it shows none. */
uint32_t pdf_fonts_sample(const struct pdf_fonts *fonts, uint8_t face);

size_t pdf_fonts_count(const struct pdf_fonts *fonts);

/* The PostScript name, without a subset tag. */
const char *pdf_fonts_name(const struct pdf_fonts *fonts, uint8_t face);

/* A TrueType file with just these characters, in arena memory. */
MUST_CHECK bool pdf_fonts_subset(const struct pdf_fonts *fonts, uint8_t face,
                                 const uint32_t *code_points, size_t count, struct arena *arena,
                                 const uint8_t **ret_bytes, size_t *ret_size, struct error *err);

#endif
