/* `billmill dump` (DOMAIN 12): the whole business content as JSON Lines, for comparing, for backup
 * and for moving a database by `billmill import` of the same file.
 *
 * 1. Canonical: kinds in the order of enum record_kind, tenants and natural keys bytewise within;
 * customers who pay for themselves come before those who have a parent, so that a file can be
 * imported from top to bottom. Keys sorted, money and decimals as texts, absent fields left out
 * (`number`, `invoice` and the last tier's `up_to` are null instead).
 * 2. No surrogate ids, hosts, wall clocks or attempts: equal business content gives equal bytes.
 * 3. Streams: memory is that of the largest single record. */
#ifndef BILLMILL_STORES_DUMP_H
#define BILLMILL_STORES_DUMP_H

#include <stdio.h>

#include "core/setup/record.h"
#include "core/storage/db.h"

struct dump_options {
    const char *tenant;            /* only this one and its records; NULL: all */
    const enum record_kind *kinds; /* only these; NULL: all */
    size_t kind_count;
};

/* Writes to `out` what one view of the database shows. *ret_records may be NULL.
 * ERROR_RUN: EXIT_DATA for a tenant that does not exist, EXIT_CANTCREATE or EXIT_IO when `out`
 * cannot be written (the caller closes it, and asks fclose too). */
MUST_CHECK bool dump_write(struct db *db, FILE *out, const struct dump_options *options,
                           int64_t *ret_records, struct error *err);

#endif
