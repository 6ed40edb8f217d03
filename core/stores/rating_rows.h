/* What rating writes: drafts, lines, and what follows from a rated period. */
#ifndef BILLMILL_STORES_RATING_ROWS_H
#define BILLMILL_STORES_RATING_ROWS_H

#include "core/money/decimal.h"
#include "core/money/money.h"
#include "core/storage/bulk.h"

struct draft_row {
    int64_t tenant_id, invoice_id;
    const char *draft_key;
    int64_t customer_id;
    struct currency currency;
    struct date cutoff_on;
    const char *corrects; /* NULL: nothing */
    const char *status;
    bool taxed;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, credit_applied_minor,
        amount_due_minor;
    struct date tax_point_on;
};
extern const struct bulk_table DRAFT_ADD;

struct draft_line_row {
    int64_t tenant_id, invoice_id, line;
    const char *kind;
    int64_t subscription_id, price_id;
    struct date price_valid_from, period_start_on, period_end_on;
    const char *description;
    struct decimal quantity;
    const char *unit_amount; /* NULL: no one price for the whole quantity */
    int64_t amount_minor, discount_minor, tax_minor;
    const char *tax_category;
    int64_t event_count;
    int64_t phase_id;             /* DB_I64_NONE: no contract has a say in it */
    int64_t rated_price_id;       /* DB_I64_NONE: charged by its own price, else by this one, … */
    struct date rated_valid_from; /* … of this version */
};
extern const struct bulk_table DRAFT_LINE_ADD;

struct period_drafted_row {
    int64_t tenant_id, subscription_id, price_id;
    struct date start_on;
    const char *kind;
    int64_t invoice_id;
};
extern const struct bulk_table PERIOD_DRAFTED;

/* The period of a true-up that no run of period-advance made, with its line (subscription_id 0). */
struct true_up_period_row {
    int64_t tenant_id, subscription_id, price_id;
    struct date start_on;
    const char *kind;
    struct date end_on;
    int64_t start_at_us, end_at_us;
    struct date full_start_on, full_end_on, due_on, cutoff_on;
    const char *quantity;
    int64_t payer_id, invoice_id;
};
extern const struct bulk_table TRUE_UP_PERIOD_ADD;

struct usage_rated_row {
    int64_t tenant_id, subscription_id, meter_id, through_us;
};
extern const struct bulk_table USAGE_RATED;

struct usage_billed_row {
    int64_t tenant_id, day, subscription_id, meter_id, at_us;
    const char *event_key;
    bool late;
};
extern const struct bulk_table USAGE_BILLED;

#endif
