/* Reads an import file ahead of whoever loads it, in a thread of its own: reading and checking a
 * record costs as much as writing it.
 *
 * 1. Records come in parcels; while one is loaded others are read. A record is there until the next
 * one is asked for.
 * 2. The thread uses the reader, a zone cache of its own and nothing else; whoever loads must not
 * use the reader meanwhile, except for its path, (once there is a record) its header, and to stop
 * it.
 * 3. Signals are delivered to other threads. */
#ifndef BILLMILL_SETUP_IMPORT_AHEAD_H
#define BILLMILL_SETUP_IMPORT_AHEAD_H

#include "core/setup/import_reader.h"

struct import_ahead;

struct import_ahead_item {
    enum record_kind kind;       /* RECORD_KIND_COUNT: bad, and not recognised */
    const union record *record;  /* only the part of this kind is there */
    const struct error *problem; /* NULL, or why it is wrong; there is no record then */
    struct import_place place;
    const char *raw; /* as it stands in the file; NULL unless it is kept, or wrong */
    size_t raw_length;
};

/* Takes the reader over until it is closed; `keep_raw`: the text of every record is wanted. */
MUST_CHECK bool import_ahead_open(struct import_reader *reader, bool keep_raw,
                                  struct import_ahead **ret_ahead, struct error *err);
void import_ahead_close(struct import_ahead **closed); /* accepts NULL inside; fits CLEANUP */

/* The next record, good or wrong. An error of the file is ERROR_RUN. */
MUST_CHECK bool import_ahead_next(struct import_ahead *ahead,
                                  const struct import_ahead_item **ret_item, bool *ret_more,
                                  struct error *err);

/* How many records stand behind the last one, in its array, and come next: they are there as long
 * as it is. Skips so many of them. */
size_t import_ahead_rest(const struct import_ahead *ahead);
void import_ahead_skip(struct import_ahead *ahead, size_t count);

/* How far the file had been read behind the parcel of the last record. */
int64_t import_ahead_bytes_done(const struct import_ahead *ahead);

#endif
