/* The logo: a JPEG or PNG file, read once, whose compressed bytes go into each PDF as they are. */
#ifndef BILLMILL_OUTSIDE_PDF_LOGO_H
#define BILLMILL_OUTSIDE_PDF_LOGO_H

#include "core/outside/invoice_layout.h"

enum pdf_logo_kind {
    PDF_LOGO_NONE,
    PDF_LOGO_JPEG,
    PDF_LOGO_DEFLATED, /* PNG pixels in the form that PDF takes too */
    PDF_LOGO_PNG       /* with transparency or interlaced: libharu converts it for each file */
};

struct pdf_logo {
    enum pdf_logo_kind kind;
    uint32_t width_px, height_px;
    const uint8_t *bytes; /* the file; of a deflated one its pixels only */
    size_t size;
    const char *image_keys; /* deflated: colour space, depth, filter as PDF text */
    uint8_t digest[SHA256_SIZE];
};

/* Memory is the arena's. EXIT_CONFIG names the file and the line that asks for it. */
MUST_CHECK bool pdf_logo_load(const struct layout_source *source, struct arena *arena,
                              struct pdf_logo *ret_logo, struct error *err);

#endif
