/* One row against what is there by its natural key: added, updated, unchanged, or refused. Private
 * to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_PUT_H
#define BILLMILL_STORES_IMPORT_PUT_H

#include "core/stores/import_session.h"
#include "core/stores/record_rows.h"

struct put_rules {
    const struct bulk_table *table;
    enum statement_id by_key; /* the row, by the first key_count fields of the table */
    size_t id_offset;         /* of the row's own id; SIZE_MAX: it has none */
    const char *id_counter;   /* NULL: the row brings its id */
    const char *const *fixed; /* BULK_UPSERT: columns that never change, NULL-ended; NULL: none */
    const char *fixed_hint;
};

/* The row that has the key of `row`, in the session's scratch. */
MUST_CHECK bool put_find(struct import_session *session, const struct put_rules *rules,
                         const void *row, void *ret_existing, bool *ret_found, struct error *err);

/* Writes the row unless it is there; takes over the id of the one that is there. */
MUST_CHECK bool put_row(struct import_session *session, const struct put_rules *rules, void *row,
                        enum import_outcome *ret_outcome, struct error *err);

/* Writes a row that belongs to one that was added: a tier, a line. */
MUST_CHECK bool put_part(struct import_session *session, const struct bulk_table *table,
                         const void *row, struct error *err);

/* The first column behind the key in which the rows differ, or NULL. */
const struct row_field *put_difference(const struct bulk_table *table, const void *a,
                                       const void *b);

/* ERROR_ITEM "conflict" that names the column and both contents; returns false. */
bool put_conflict(const struct row_field *field, const void *row, const void *existing,
                  const char *hint, struct error *err);

MUST_CHECK bool put_catalog(struct import_session *session, enum record_kind kind,
                            const union record *record, enum import_outcome *ret_outcome,
                            struct error *err); /* import_catalog.c: up to tax_rate */
MUST_CHECK bool put_made(struct import_session *session, enum record_kind kind,
                         const union record *record, enum import_outcome *ret_outcome,
                         struct error *err); /* import_made.c: what the jobs made */
MUST_CHECK bool put_invoice(struct import_session *session, const struct invoice_record *record,
                            int64_t tenant_id, enum import_outcome *ret_outcome,
                            struct error *err); /* import_invoice.c */
MUST_CHECK bool put_run(struct import_session *session, const struct run_record *record,
                        enum import_outcome *ret_outcome, struct error *err);
MUST_CHECK bool put_parked_item(struct import_session *session,
                                const struct parked_item_record *record, int64_t tenant_id,
                                enum import_outcome *ret_outcome,
                                struct error *err); /* import_run_items.c */
MUST_CHECK bool put_effect(struct import_session *session, const struct effect_record *record,
                           int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err);

#endif
