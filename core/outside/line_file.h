/* The strict format of layout and label files: lines of
 *
 *     [section]
 *     key = value          -- to the end of the line, spaces around it cut
 *     # comment            -- a line of its own; "#" inside a value is the value's
 *
 * Keys are lower-case words with underscores. A key stands once in its section; what nobody asks
 * for is an unknown key. Every error names file:line:column. All memory is the arena's. */
#ifndef BILLMILL_OUTSIDE_LINE_FILE_H
#define BILLMILL_OUTSIDE_LINE_FILE_H

#include "core/base/array.h"
#include "core/base/error.h"

#define LINE_FILE_BYTES_MAX ((size_t)256 << 10)

struct line_entry {
    const char *section, *key, *value; /* section "" before the first header */
    int32_t line, key_column, value_column;
    bool asked; /* somebody read it */
};

struct line_file {
    const char *path;
    const char *bytes; /* as read, for digests */
    size_t size;
    struct ARRAY_OF(struct line_entry) entries;
};

MUST_CHECK bool line_file_read(const char *path, struct arena *arena, struct line_file *ret_file,
                               struct error *err);

/* The same from memory; `path` is for messages. `text` must be NUL-terminated behind `size`. */
MUST_CHECK bool line_file_parse(const char *path, const char *text, size_t size,
                                struct arena *arena, struct line_file *ret_file, struct error *err);

/* The entry, or an error that names the missing key. */
MUST_CHECK bool line_file_need(struct line_file *file, const char *section, const char *key,
                               const struct line_entry **ret_entry, struct error *err);

/* After everything was asked for: an entry left over is an unknown key. */
MUST_CHECK bool line_file_finish(const struct line_file *file, struct error *err);

/* EXIT_CONFIG "<path>:<line>:<column>: <key>: <what>", at the value; returns false. */
bool line_file_refuse(const struct line_file *file, const struct line_entry *entry,
                      struct error *err, const char *format, ...) PRINTF_LIKE(4, 5);

#endif
