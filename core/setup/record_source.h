/* The bytes of an import file, one record at a time: a line of JSON Lines, or a record of CSV,
 * which goes over several lines when a quoted field does. Memory is bounded by the longest record.
 *
 * 1. Lines end with LF or CR LF; the last one needs no end. A byte order mark is skipped.
 * 2. A record longer than RECORD_SOURCE_MAX is an error of the file, not of the record.
 * 3. A quote opens a field only where the field begins. Where it is never closed, the record ends
 * with its first line, so that one bad quote costs one line and not the rest of the file. */
#ifndef BILLMILL_SETUP_RECORD_SOURCE_H
#define BILLMILL_SETUP_RECORD_SOURCE_H

#include "core/base/error.h"

#define RECORD_SOURCE_MAX (4u << 20)

struct record_source;

struct source_record {
    const char *text; /* without the line end; valid until the next call */
    size_t length;
    int64_t line; /* of its first character, from 1 */
};

/* ERROR_RUN: EXIT_DATA for a file that is not there or a folder, EXIT_IO. */
MUST_CHECK bool record_source_open(const char *path, struct record_source **ret_source,
                                   struct error *err);
void record_source_close(struct record_source **source); /* accepts NULL inside; fits CLEANUP */

/* By another thread: whoever waits for more of a pipe, where nothing may come for long, gets
 * ERROR_RUN within a moment. */
void record_source_stop(struct record_source *source);

/* The first character that is neither white space nor the byte order mark, 0 in an empty file. */
MUST_CHECK bool record_source_peek(struct record_source *source, char *ret_first,
                                   struct error *err);

/* `quoted`: line ends within quotes belong to the record. */
MUST_CHECK bool record_source_next(struct record_source *source, bool quoted,
                                   struct source_record *ret_record, bool *ret_more,
                                   struct error *err);

int64_t record_source_bytes_done(const struct record_source *source);
int64_t record_source_bytes_total(const struct record_source *source); /* 0: not known (a pipe) */

#endif
