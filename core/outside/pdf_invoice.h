/* Prints invoices as PDF with libharu: fonts embedded and subset, the same bytes for the same
 * input.
 *
 * A renderer belongs to one process and one run: it reads the layout, labels, logo and fonts once,
 * cuts the fonts once (HarfBuzz) and reuses one libharu document. It keeps no clock and no random:
 * the only date in a file is the invoice's own. */
#ifndef BILLMILL_OUTSIDE_PDF_INVOICE_H
#define BILLMILL_OUTSIDE_PDF_INVOICE_H

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/sha256.h"
#include "core/outside/invoice_document.h"

struct pdf_renderer;

/* Reads the layout file (templates/invoice/default.layout describes itself) and what it names.
 * Errors are EXIT_CONFIG with file:line:column and a hint; an unreadable font or logo names the
 * file and the line that asks for it. The caller owns the result. */
MUST_CHECK bool pdf_renderer_create(const char *layout_path, struct pdf_renderer **ret_renderer,
                                    struct error *err);
void pdf_renderer_destroy(struct pdf_renderer **renderer); /* accepts NULL inside; fits CLEANUP */

/* SHA-256 over the layout, every label file, the logo and the fonts: what a finalized document
 * freezes beside its content, so that a changed template shows. */
void pdf_renderer_digest(const struct pdf_renderer *renderer, uint8_t ret_digest[SHA256_SIZE]);

/* The PDF in arena memory (nothing else is taken from the arena: about 20 KB for an invoice of one
 * page). ERROR_ITEM "unprintable_character" when a text holds a character that no
 * font can show right: the message names the field and the character; nothing is replaced or left
 * out. ERROR_ITEM also "invalid_text" (no UTF-8), "too_many_lines" (over 20,000),
 * "amount_overflow". ERROR_RUN when libharu fails, with its error number. */
MUST_CHECK bool pdf_invoice_render(struct pdf_renderer *renderer,
                                   const struct invoice_document *document, struct arena *arena,
                                   const uint8_t **ret_bytes, size_t *ret_size, struct error *err);

#endif
