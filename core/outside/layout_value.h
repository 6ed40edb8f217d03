/* The values of a layout file, each read strictly: an error names file:line:column and what was
 * expected. */
#ifndef BILLMILL_OUTSIDE_LAYOUT_VALUE_H
#define BILLMILL_OUTSIDE_LAYOUT_VALUE_H

#include "core/outside/invoice_layout.h"

struct layout_reader {
    struct line_file *file;
    struct arena *arena;
    const char *directory;
    struct error *err;
};

MUST_CHECK bool layout_need(const struct layout_reader *in, const char *section, const char *key,
                            const struct line_entry **ret_entry);

/* "12.5mm" or "9pt", at most two decimals, into mpt. */
MUST_CHECK bool layout_parse_length(const char *text, size_t length, int32_t *ret_mpt);
MUST_CHECK bool layout_take_length(const struct layout_reader *in, const char *section,
                                   const char *key, int32_t min_mpt, int32_t max_mpt,
                                   int32_t *ret_mpt);

/* "#RRGGBB" in the section [colours]. */
MUST_CHECK bool layout_take_colour(const struct layout_reader *in, const char *key,
                                   uint32_t *ret_colour);

/* One of `count` words; *ret_index says which. */
MUST_CHECK bool layout_take_word(const struct layout_reader *in, const char *section,
                                 const char *key, const char *const *words, size_t count,
                                 size_t *ret_index);

/* A file's name, relative to the layout's directory. */
struct layout_source layout_source_of(const struct layout_reader *in,
                                      const struct line_entry *entry, const char *name,
                                      size_t length);
MUST_CHECK bool layout_take_source(const struct layout_reader *in, const char *section,
                                   const char *key, struct layout_source *ret_source);

#endif
