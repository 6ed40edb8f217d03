/* What is due for a job, as one range of keys per tenant: the input of a job's plan. */
#ifndef BILLMILL_STORES_DUE_WORK_H
#define BILLMILL_STORES_DUE_WORK_H

#include "core/calendar/date.h"
#include "core/storage/rows.h"

struct work_range {
    int64_t tenant_id;
    int64_t min_key, max_key;
    int64_t items;
};

struct work_ranges {
    struct work_range *items;
    size_t count;
};

/* What a statement of such ranges finds (tenant_id, min_key, max_key, items). In the arena. */
MUST_CHECK bool work_ranges_load(struct db *db, enum statement_id statement,
                                 const struct db_value *args, size_t arg_count, struct arena *arena,
                                 struct work_ranges *ret_ranges, struct error *err);

/* Which work: customers (all), payers with due periods, drafts without tax, documents to print,
 * customers whose usage may pass thresholds. Ranges are of customer_id, customer_id, invoice_id,
 * invoice_id, customer_id. In the arena. */
enum due_work { WORK_ALL_CUSTOMERS, WORK_TO_RATE, WORK_TO_TAX, WORK_TO_PRINT, WORK_THRESHOLDS };
MUST_CHECK bool due_work_load(struct db *db, enum due_work work, struct date business_date,
                              struct arena *arena, struct work_ranges *ret_ranges,
                              struct error *err);

/* The same for one payer only: the customers he pays for, himself, his drafts. WORK_TO_PRINT is
 * nobody's (EXIT_INTERNAL). */
struct work_payer {
    int64_t tenant_id;
    int64_t payer_id; /* 0: everybody */
};
MUST_CHECK bool due_work_load_of_payer(struct db *db, enum due_work work,
                                       const struct work_payer *payer, struct date business_date,
                                       struct arena *arena, struct work_ranges *ret_ranges,
                                       struct error *err);

/* Drafts to be numbered, by draft_key: each kind of document has its own series. */
struct draft_range {
    int64_t tenant_id;
    const char *kind;
    const char *min_key;
    const char *max_key;
    int64_t items;
};
MUST_CHECK bool due_work_load_drafts(struct db *db, struct date business_date, struct arena *arena,
                                     struct draft_range **ret_ranges, size_t *ret_count,
                                     struct error *err);

#endif
