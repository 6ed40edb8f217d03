/* Campaigns of dunning, and what they need to know. */
#ifndef BILLMILL_STORES_DUNNING_STORE_H
#define BILLMILL_STORES_DUNNING_STORE_H

#include "core/stores/collect_store.h"
#include "core/stores/due_work.h"
#include "core/stores/period_store.h"

/* Ranges of invoice_id, on a day. In the arena. */
MUST_CHECK bool dunning_store_load_work(struct db *db, struct date on, struct arena *arena,
                                        struct work_ranges *ret_ranges, struct error *err);

/* How many campaigns are not over and have come further than that day (jobs/dunning.c, invariant
 * 7); they are not among that work. */
MUST_CHECK bool dunning_store_count_ahead(struct db *db, struct date on, struct arena *arena,
                                          int64_t *ret_count, struct error *err);

/* One of the subscriptions that an invoice bills, on the day behind the run's. */
struct dunned_subscription {
    struct advance_subscription record; /* only what its row has */
    bool is_over;                       /* for the job: not loaded */
    struct date paused_on;              /* since when it is paused; DATE_NONE: it is not … */
    bool by_dunning;                    /* … by a campaign, of whichever of its invoices */
    bool owed_beside;                   /* another one that paused it is not paid yet */
    int64_t day_taken;                  /* by another change; not 0: it is */
};

struct dunned_invoice {
    int64_t invoice_id;
    const char *number, *customer, *name;
    const char *email, *locale; /* NULL: none of his own */
    struct date due_on;
    const char *own_policy;       /* the customer's; NULL: none of his own */
    struct collect_method method; /* payment_method NULL: none */
    const char *policy, *terms;   /* of its campaign; NULL: none yet */
    struct date started_on;
    const char *state;     /* running, paused, or ended where it has a new method */
    const char *paused_on; /* since when it has paused what the invoice bills; NULL: it has not */
    int64_t steps;         /* recorded; of the last one … */
    const char *step_state, *step_note;
    struct date step_due_on, step_done_on, told_on; /* DATE_NONE: not … */
    int64_t step_attempt;                           /* the first one that it made; DB_I64_NONE */
    int64_t attempts;            /* the number of the last one; 0: there was none … */
    const char *last_outcome;    /* … and what became of it */
    int64_t tries, method_tries; /* of it; and how often its method was declined, for any */
    bool is_undecided;           /* an attempt is under way, or held */
    bool is_decided;             /* a correction of it is due and not carried out */
    bool is_refused_for_good;    /* its method was declined so, on whichever invoice */
    bool is_left_to_customer;    /* likewise, until he acts, and nothing was paid by it since */
    bool has_new_method;         /* with which this invoice was not tried */
    struct date failed_on, last_failed_on; /* for the first time, and for the last; DATE_NONE */
    const char *decline, *failed_gateway, *failed_token, *failed_expires; /* of the last one */
    struct owed_invoice owed;
    struct dunned_subscription *subscriptions;
    size_t subscription_count;
};

/* Of a tenant, by invoice_id ($after, $hi], at most `limit`, on a day. Tries count behind
 * `tries_after`; `day` is that of changes which follow. In the arena. */
struct dunning_range {
    int64_t tenant_id, after_id, hi_id;
    size_t limit;
    struct date on, tries_after, day;
};
MUST_CHECK bool dunning_store_load(struct db *db, const struct dunning_range *range,
                                   struct arena *arena, struct dunned_invoice **ret_invoices,
                                   size_t *ret_count, struct error *err);

/* ---- rows */

struct dunning_campaign_row {
    int64_t tenant_id;
    const char *invoice, *customer, *policy, *terms;
    struct date started_on;
    const char *state; /* running, paused (over, until it is paid), ended, paid, stopped */
    struct date paused_on, ended_on; /* DATE_NONE: not */
};
extern const struct bulk_table DUNNING_CAMPAIGN;

struct dunning_step_row {
    int64_t tenant_id;
    const char *invoice;
    int64_t step; /* from 1 */
    struct date due_on, done_on;
    const char *state; /* done, skipped */
    const char *actions;
    const char *note;    /* what of it was left out; NULL: nothing */
    int64_t attempt;     /* the first one that it made; DB_I64_NONE: none */
    struct date told_on; /* when its notices were intended; DATE_NONE: not */
};
extern const struct bulk_table DUNNING_STEP;

/* What the record of the same name says. */
struct dunning_change_row {
    int64_t tenant_id, subscription_id;
    struct date at_on;
    bool pause, resume;
};
extern const struct bulk_table DUNNING_CHANGE_ADD;

struct dunning_cancel_row {
    int64_t tenant_id, subscription_id;
    struct date cancel_at_on;
    bool cancel_at_period_end; /* false */
};
extern const struct bulk_table DUNNING_CANCEL_ADD;

struct dunning_write_off_row {
    int64_t tenant_id;
    const char *correction, *invoice, *action;
    struct date requested_on;
    const char *reason, *requested_by;
};
extern const struct bulk_table DUNNING_WRITE_OFF;

/* For people. *ret_found false: it has none. In the arena. */
MUST_CHECK bool dunning_store_find(struct db *db, int64_t tenant_id, const char *invoice,
                                   struct arena *arena, struct dunning_campaign_row *ret_campaign,
                                   bool *ret_found, struct dunning_step_row **ret_steps,
                                   size_t *ret_count, struct error *err);

#endif
