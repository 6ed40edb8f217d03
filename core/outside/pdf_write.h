/* Pages of marks into PDF bytes. The only module that knows libharu. */
#ifndef BILLMILL_OUTSIDE_PDF_WRITE_H
#define BILLMILL_OUTSIDE_PDF_WRITE_H

#include "core/outside/pdf_logo.h"
#include "core/outside/pdf_marks.h"

/* The bytes depend on the document, the fonts and the logo only. ERROR_RUN EXIT_INTERNAL with
 * libharu's error number. Memory is the arena's. */
MUST_CHECK bool pdf_write(const struct pdf_document *document, const struct pdf_fonts *fonts,
                          const struct pdf_logo *logo, struct arena *arena,
                          const uint8_t **ret_bytes, size_t *ret_size, struct error *err);

#endif
