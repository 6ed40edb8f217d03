/* Whose usage it was: counted as rating loads it, kept with the lines, read as they are finalized.
 * A tenant without projects and members costs one question. */
#ifndef BILLMILL_STORES_USAGE_SHARE_STORE_H
#define BILLMILL_STORES_USAGE_SHARE_STORE_H

#include "core/stores/rating_store.h"

/* Sets `shares` of the periods of customers who have projects or members, and of the earlier lines
 * that they go on from or take back. From the same events as the periods: nothing was imported
 * since, and what is billed again leaves late ones where rating does (rating_leaves_late). */
MUST_CHECK bool usage_share_store_count(struct db *db, int64_t tenant_id,
                                        struct rating_payer *payers, size_t count, bool late_waits,
                                        struct arena *arena, struct error *err);

struct usage_share_row {
    int64_t tenant_id, invoice_id, line;
    const char *project, *member; /* "": none */
    struct decimal quantity;
};
extern const struct bulk_table USAGE_SHARE_ADD;

/* Of documents, by invoice, line, project and member; one question where the tenant has none. */
MUST_CHECK bool usage_share_store_load(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                                       size_t invoice_count, struct arena *arena,
                                       struct usage_share_row **ret_rows, size_t *ret_count,
                                       struct error *err);

/* Those of one line among them; texts are borrowed. */
MUST_CHECK bool usage_share_rows_of(const struct usage_share_row *rows, size_t count,
                                    int64_t invoice_id, int64_t line, struct arena *arena,
                                    struct usage_shares *ret_shares, struct error *err);

#endif
