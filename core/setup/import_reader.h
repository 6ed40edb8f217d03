/* An import file as a stream of records (DOMAIN 1): JSON Lines or CSV, checked field by field and
 * record by record, without a database.
 *
 * 1. A file is CSV when its name ends in .csv, JSON Lines when it ends in .jsonl, .ndjson or .json;
 * otherwise JSON Lines when its first character is {.
 * 2. The kind of a CSV record is its column `record`, else options.record, else the kind that the
 * file's name begins with (usage-2026-10.csv). The same serves JSON objects without "record".
 * 3. A record that is wrong is ERROR_ITEM with file:line[:column]; reading goes on behind it.
 * Columns count characters from 1; JSON has one for syntax errors, CSV always.
 * 4. The header of a CSV file may stand in it again, as the same bytes: it is no record. */
#ifndef BILLMILL_SETUP_IMPORT_READER_H
#define BILLMILL_SETUP_IMPORT_READER_H

#include "core/setup/record_source.h"
#include "core/setup/record_value.h"

struct import_reader;

struct import_place {
    int64_t line;
    int32_t column; /* 0: none */
};

struct import_item {
    enum record_kind kind;
    union record record; /* texts in the arena given to next */
    struct import_place place;
    const char *raw; /* the record as it stands in the file, until the next call */
    size_t raw_length;
};

/* `record` NULL: by invariant 2. The path and the word must outlive the reader. */
MUST_CHECK bool import_reader_open(const char *path, const char *record, struct zone_cache *zones,
                                   struct import_reader **ret_reader, struct error *err);
void import_reader_close(struct import_reader **reader); /* accepts NULL inside; fits CLEANUP */

/* By another thread: record_source_stop. */
void import_reader_stop(struct import_reader *reader);

/* On ERROR_ITEM place, raw and (where it was recognised) kind are set, else kind is
 * RECORD_KIND_COUNT. */
MUST_CHECK bool import_reader_next(struct import_reader *reader, struct arena *arena,
                                   struct import_item *ret_item, bool *ret_more, struct error *err);

/* Puts "file:line:column: " before the message that is there; returns false. */
bool import_reader_error(const struct import_reader *reader, struct import_place place,
                         struct error *err);

const char *import_reader_header(const struct import_reader *reader, size_t *ret_length);
int64_t import_reader_bytes_done(const struct import_reader *reader);
int64_t import_reader_bytes_total(const struct import_reader *reader);

#endif
