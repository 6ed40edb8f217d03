/* What rating reads: due periods, usage, what was billed before. */
#ifndef BILLMILL_STORES_RATING_STORE_H
#define BILLMILL_STORES_RATING_STORE_H

#include "core/billing/charge_slots.h"
#include "core/billing/counted_gaps.h"
#include "core/billing/event_amounts.h"
#include "core/billing/usage.h"
#include "core/billing/usage_share.h"
#include "core/storage/bulk.h"
#include "core/stores/contract_ledger.h"

struct rating_late_event {
    int64_t at_us;
    const char *event_key;
};

/* A line that is there of the same price and first day. */
struct rating_billed {
    int64_t invoice_id, line;
    const char *draft_key; /* of its document: lines come in the order of these */
    const char *kind;      /* of its slot, … */
    const char *billed;    /* … as it was billed: maybe again */
    struct date price_valid_from;
    struct decimal quantity;
    int64_t amount_minor, discount_minor;
    int64_t coupon_minor; /* of the discount: what coupons took, which is no part of the price */
    const char *unit_amount;
    int64_t phase_id, rated_price_id; /* DB_I64_NONE: none */
    struct date rated_valid_from;
    bool is_turned; /* of a credit note: quantity and amounts were turned when they were read */
    struct usage_shares shares; /* whose usage it was; none: nobody's, or nobody asked */
};

struct rating_period {
    int64_t payer_id;
    int64_t customer_id;       /* whose it is */
    const char *used_by;       /* his name, where another one pays; else NULL */
    int64_t subscription_id;   /* 0: of a commitment (is_true_up), whose phase price_id is … */
    const char *subscription;  /* … and whose contract this */
    const char *quantity_text; /* NULL: of usage */
    struct decimal quantity;
    struct date priced_on;      /* DATE_NONE: start_on */
    struct date charged_on;     /* the day by which it is priced */
    struct date counts_from_on; /* DATE_NONE: start_on; else usage counts from here … */
    int64_t counts_from_us;     /* … and this instant on, … */
    const char *counts_gaps;    /* … but for these days (NULL: none), … */
    struct counted_gaps gaps;   /* … parsed */
    int64_t price_id;
    struct date start_on;
    const char *kind;
    struct date end_on;
    int64_t start_at_us, end_at_us;
    struct date full_start_on, full_end_on, due_on, cutoff_on;
    const char *proration; /* NULL: by days */
    const char *corrects; /* the invoice whose period is billed again, apart from others; or NULL */
    struct date corrected_tax_point;    /* of that invoice */
    const struct catalog_price *listed; /* the version that holds on its day, or that billed it */
    const struct catalog_price
        *price;                     /* the same, or whose terms it has instead (catalog_terms.h) */
    const struct price *charged_by; /* that price; before the period's end without its minimum */
    int64_t progressive;            /* billed before its end: the how many-th; else 0 */
    const struct catalog_meter *meter;     /* NULL: no usage is counted */
    const struct contract_phase *phase;    /* by whose terms it is charged, or billed it; or NULL */
    bool is_true_up;                       /* what is missing to the commitment of `phase` */
    bool is_slot;                          /* else late usage, or a true-up */
    struct slot_entry slot;                /* of a slot: what its kind says */
    struct usage_total usage;              /* of the period, recomputed from the events */
    const struct percentage_fold *amounts; /* its events, where the price is a percentage of each;
                                              with those before */
    struct usage_total before; /* where it counts from an earlier day: up to its start */
    const struct percentage_fold *before_amounts;
    struct rating_late_event *late; /* its events that came late */
    size_t late_count;
    int64_t begun_waiting; /* how often it was billed before its end and is not rated yet */
    bool begun_elsewhere;  /* another payer's of these were not when this run began */
    struct decimal billed_quantity;              /* by earlier lines of the same price and period */
    struct money billed_amount, billed_discount; /* the latter without coupons */
    bool billed_before;
    struct usage_shares shares;         /* whose its usage is, all of it (usage_share_store.h) */
    struct rating_billed *billed_lines; /* the earlier lines that counted for it */
    size_t billed_line_count;
    struct rating_billed *taken_back; /* of a reversal: the lines that it takes back */
    size_t taken_back_count;
    const struct error *failure; /* why it cannot be rated (an ERROR_ITEM), or NULL */
};

struct rating_draft_key {
    int64_t customer_id;
    struct currency currency;
    struct date cutoff_on;
    const char *draft_key;
};

/* A customer of the payer whose commitments are to be settled, or were and may have to be again. */
struct rating_contract {
    int64_t payer_id, customer_id;
    struct contract_phases phases;
    struct contract_lines lines; /* that are there */
    struct contract_waiting waiting;
};

struct rating_payer {
    int64_t customer_id;
    const char *customer;
    struct rating_period *periods; /* by cutoff, subscription, price, start, kind */
    size_t period_count;
    const struct rating_draft_key *drafts; /* that exist from the first cutoff on */
    size_t draft_count;
    const struct rating_period *apart; /* of him too, but they cannot be rated and wait */
    size_t apart_count;
    const struct rating_contract *contracts; /* in the order of their periods */
    size_t contract_count;
};

/* Payers ($after, $hi] with due periods, at most `limit`. A period whose price has no version on
 * its day has price NULL; one whose events cannot be folded says so in `failure`. Usage is
 * folded while it is read: memory does not grow with events. In the arena. */
struct rating_range {
    int64_t tenant_id, after_id, hi_id;
    size_t limit;
    struct date business_date;
    bool late_waits; /* for a person (late_usage: park), or was waived: what is billed again leaves
                        it where it is */
};
MUST_CHECK bool rating_store_load(struct db *db, const struct billing_catalog *catalog,
                                  const struct rating_range *range, struct arena *arena,
                                  struct rating_payer **ret_payers, size_t *ret_count,
                                  struct error *err);

/* Whether the period leaves what came late where it is. */
bool rating_leaves_late(const struct rating_period *period, bool late_waits);

/* Price, meter, usage and what was billed before, of periods with the first members up to
 * `corrects` given: as rating_store_load completes those that are due. */
MUST_CHECK bool rating_store_complete(struct db *db, const struct billing_catalog *catalog,
                                      struct rating_period *periods, size_t count,
                                      struct arena *arena, struct error *err);

/* How often a period was billed before its end. */
struct rating_progressive {
    int64_t subscription_id, price_id;
    struct date start_on;
    int64_t made;
    int64_t waiting; /* of these, that are not rated yet */
    /* of those that were not when this run began, the least and the last id of who is billed, or
     * DB_I64_NONE */
    int64_t first_payer_id, last_payer_id;
};

struct rating_progressives {
    const struct rating_progressive *items; /* by subscription, price, first day */
    size_t count;
};

/* Of periods of these subscriptions that start on this day or later; in the arena. */
MUST_CHECK bool rating_store_load_progressive(struct db *db, int64_t tenant_id, struct date from,
                                              int64_t first_subscription_id,
                                              int64_t last_subscription_id, struct arena *arena,
                                              struct rating_progressives *ret_progressives,
                                              struct error *err);

/* NULL: never. */
const struct rating_progressive *
rating_progressive_find(const struct rating_progressives *progressives, int64_t subscription_id,
                        int64_t price_id, struct date start_on);

#endif
