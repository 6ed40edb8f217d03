/* How an invoice looks: one layout file (templates/invoice/default.layout explains each key) with
 * the label files, the logo and the fonts that it names.
 *
 * Lengths are in 1/1000 point (mpt), so that the layout is computed in integers; 72 points are an
 * inch. Paths in the file are relative to the file's own directory. */
#ifndef BILLMILL_OUTSIDE_INVOICE_LAYOUT_H
#define BILLMILL_OUTSIDE_INVOICE_LAYOUT_H

#include "core/base/sha256.h"
#include "core/outside/invoice_labels.h"
#include "core/outside/locale.h"

enum layout_column_kind {
    COLUMN_POSITION,
    COLUMN_DESCRIPTION,
    COLUMN_QUANTITY,
    COLUMN_UNIT_AMOUNT,
    COLUMN_TAX_RATE,
    COLUMN_AMOUNT,
    COLUMN_KINDS
};

struct layout_column {
    enum layout_column_kind kind;
    int32_t width_mpt; /* of the description: what the others leave */
};

#define LAYOUT_FALLBACK_FONTS_MAX 4
#define LAYOUT_FOOTER_LINES_MAX 3

struct layout_source {
    const char *path; /* as it is opened */
    const char *at;   /* file:line:column that names it */
};

struct invoice_layout {
    int32_t page_width_mpt, page_height_mpt;
    int32_t margin_left_mpt, margin_right_mpt, margin_top_mpt, margin_bottom_mpt;
    int32_t address_left_mpt, address_top_mpt, address_width_mpt;
    int32_t facts_width_mpt; /* the block of number and dates, at the right margin */
    int32_t title_top_mpt;
    struct layout_source font_regular, font_bold;
    struct layout_source fallback_fonts[LAYOUT_FALLBACK_FONTS_MAX];
    size_t fallback_font_count;
    struct layout_source logo;               /* path NULL: none */
    int32_t logo_width_mpt, logo_height_mpt; /* the box it is fitted into */
    bool logo_right;
    uint32_t colour_text, colour_muted, colour_accent, colour_rule, colour_shade; /* 0xRRGGBB */
    int32_t size_text_mpt, size_small_mpt, size_title_mpt;
    enum locale_date_style dates;
    struct layout_column columns[COLUMN_KINDS];
    size_t column_count;
    bool carry_totals;
    const char *footer[LAYOUT_FOOTER_LINES_MAX]; /* more lines of the seller's, "" for none */
    const struct invoice_labels *labels;         /* English first */
    size_t label_count;
    uint8_t files_digest[SHA256_SIZE]; /* layout and label files; logo and fonts come with them */
};

/* Reads the layout and its labels. EXIT_CONFIG with file:line:column and a hint. */
MUST_CHECK bool invoice_layout_load(const char *path, struct arena *arena,
                                    struct invoice_layout *ret_layout, struct error *err);

/* The labels of a language, English where there is no file for it. */
const struct invoice_labels *invoice_layout_labels(const struct invoice_layout *layout,
                                                   const char *language);

#endif
