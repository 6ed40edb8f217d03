/* Billing periods in the database: what period-advance reads and writes. */
#ifndef BILLMILL_STORES_PERIOD_STORE_H
#define BILLMILL_STORES_PERIOD_STORE_H

#include "core/calendar/date.h"
#include "core/storage/bulk.h"

/* A row of billing_period as it is made: due, without an invoice. */
struct billing_period_row {
    int64_t tenant_id, subscription_id, price_id;
    struct date start_on;
    const char *kind;
    struct date end_on;
    int64_t start_at_us, end_at_us;
    struct date full_start_on, full_end_on, due_on, cutoff_on;
    const char *quantity;       /* NULL: of usage */
    struct date priced_on;      /* DATE_NONE: start_on */
    const char *proration;      /* period_part.h; NULL: by days */
    struct date counts_from_on; /* of usage: counted_gaps.h; DATE_NONE: start_on … */
    int64_t counts_from_us;     /* … and DB_I64_NONE */
    const char *counts_gaps;    /* NULL: none */
    const char *corrects;       /* the invoice whose period is billed again; NULL: none */
    int64_t payer_id;
};
extern const struct bulk_table BILLING_PERIOD_ADD;

struct subscription_state_row {
    int64_t tenant_id, subscription_id;
    struct date since_on;
    const char *state;
};
extern const struct bulk_table SUBSCRIPTION_STATE_ADD;
extern const struct bulk_table SUBSCRIPTION_STATE_GONE; /* a cancellation that is withdrawn */

struct advance_price {
    int64_t subscription_id, price_id;
    struct date made_until; /* DATE_NONE: no period yet */
    int64_t made_until_us;  /* the instant that it meant when it was made; DB_I64_NONE */
};

struct advance_late {
    int64_t customer_id, subscription_id, price_id;
    struct date start_on, end_on;
    int64_t start_at_us, end_at_us;
    struct date full_start_on, full_end_on;
    const char *proration;
    struct date counts_from_on;
    int64_t counts_from_us;
    const char *counts_gaps;
    int64_t events;       /* that came late */
    int64_t late_periods; /* how many there are already */
    int64_t billed_again; /* how many wait that bill the period again */
    int64_t payer_id;     /* who was billed the period */
};

struct advance_subscription {
    int64_t subscription_id;
    const char *subscription;
    int64_t customer_id, plan_id;
    const char *quantity; /* at the start */
    struct date start_on;
    int64_t anchor_day; /* DB_I64_NONE: none */
    const char *timezone;
    struct date trial_end_on;
    const char *status;
    struct date cancel_at_on;
    bool cancel_at_period_end;
    const char *align;
    const struct advance_price *prices; /* of its plan */
    size_t price_count;
    const char *currency;                        /* of its customer; NULL: none of his own */
    const struct subscription_state_row *states; /* that are recorded */
    size_t state_count;
    struct date life_since; /* its life may differ from this record from here on; DATE_NONE: not */
};

struct advance_customer {
    int64_t customer_id;
    const char *customer;
    int64_t payer_id;
    const char *timezone;
    const char *currency; /* NULL: none of his own */
    const struct advance_subscription *subscriptions;
    size_t subscription_count;
    const struct advance_late *late; /* periods that late usage belongs to */
    size_t late_count;
};

/* Customers ($after, $hi], at most `limit`, with everything that belongs to them: six queries. Of
 * late usage only that of periods whose cutoff is not after the business date. In the arena. */
MUST_CHECK bool period_store_load(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                                  size_t limit, struct date business_date, struct arena *arena,
                                  struct advance_customer **ret_customers, size_t *ret_count,
                                  struct error *err);

#endif
