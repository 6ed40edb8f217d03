/* What the parts of an invoice share while it is laid out; private to pdf_invoice*.c. The parts
 * place marks from top to bottom: head, table, totals, terms and notes; feet come last, when the
 * number of pages is known. */
#ifndef BILLMILL_OUTSIDE_PDF_INVOICE_PARTS_H
#define BILLMILL_OUTSIDE_PDF_INVOICE_PARTS_H

#include "core/base/strbuf.h"
#include "core/outside/invoice_document.h"
#include "core/outside/pdf_logo.h"
#include "core/outside/pdf_marks.h"

#define MPT_PER_MM 2835
#define CELL_PADDING_MPT 4000
#define HAIRLINE_MPT 400
#define VALUE_SIZE 256

struct printer {
    const struct invoice_layout *layout;
    const struct pdf_fonts *fonts;
    const struct pdf_logo *logo;
    const struct invoice_document *invoice;
    const struct locale *locale;
    const struct invoice_labels *labels;
    enum locale_date_style dates;
    const char *currency_sign; /* or the ISO code, where the fonts lack the sign */
    struct arena *arena;
    struct error *err;
    struct pdf_document *document;
    size_t page;   /* the page that is being filled */
    int32_t y_mpt; /* where its next block starts */
};

enum align { ALIGN_LEFT, ALIGN_RIGHT };

/* How and where a text stands: in a box from x on, `width_mpt` wide. */
struct style {
    bool bold;
    int32_t size_mpt;
    uint32_t colour;
    enum align align;
    int32_t x_mpt, width_mpt;
};

/* --- pdf_invoice_place.c --- */

void place_new_page(struct printer *out);
struct pdf_page *place_page(const struct printer *out);
int32_t place_bottom(const struct printer *out); /* where the content of a page must end */
int32_t place_content_width(const struct printer *out);
int32_t line_height(int32_t size_mpt);

struct style style_text(const struct printer *out, int32_t x_mpt, int32_t width_mpt);
struct style style_small(const struct printer *out, int32_t x_mpt, int32_t width_mpt);

void place_area(struct printer *out, int32_t x_mpt, int32_t y_mpt, int32_t width_mpt,
                int32_t height_mpt, uint32_t colour);

/* One line with its upper edge at y; drawn smaller where it would leave its box. */
MUST_CHECK bool place_line(struct printer *out, const char *field, const char *utf8,
                           const struct style *style, int32_t y_mpt);
void place_text(struct printer *out, const struct pdf_text *text, const struct style *style,
                int32_t y_mpt);

/* Lines broken to the box from *y on, which moves behind them. */
MUST_CHECK bool place_wrapped(struct printer *out, const char *field, const char *utf8,
                              const struct style *style, int32_t *y_mpt);

/* A buffer in the arena. Texts of the invoice go into buffers of their own length and more: nothing
 * is ever cut. */
struct strbuf buffer_of(const struct printer *out, size_t size);

const char *label_of(const struct printer *out, enum invoice_label label);
const char *title_of(const struct printer *out); /* "Invoice", "Credit note" */
const char *date_of(const struct printer *out, struct document_date date);
const char *period_of(const struct printer *out, struct document_date start,
                      struct document_date end); /* [start, end), written with its last day */
const char *amount_of(const struct printer *out, int64_t minor); /* without the currency */
const char *money_of(const struct printer *out, int64_t minor);

/* --- the parts --- */

MUST_CHECK bool place_head(struct printer *out);
MUST_CHECK bool place_continued_head(struct printer *out);
MUST_CHECK bool place_table(struct printer *out, int32_t keep_mpt); /* room needed behind it */
MUST_CHECK bool place_totals(struct printer *out);
MUST_CHECK bool place_closing(struct printer *out); /* terms and notes */
/* The room of totals and, where they are short, of terms and notes. */
MUST_CHECK bool measure_end(struct printer *out, int32_t *ret_height_mpt);
MUST_CHECK bool place_feet(struct printer *out);

#endif
