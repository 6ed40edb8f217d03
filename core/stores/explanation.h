/* An invoice explained: every figure computed again, by the functions that billed it, from what is
 * stored, and compared with what is stored (DESIGN, "Every cent is explained").
 *
 * 1. The input of a line is its stored quantity, its price version and its period, and for late
 * usage what earlier lines billed of the same period, and of a part what lines billed of the parts
 * before it; never the usage events as they are now. Those
 * are compared by themselves: events that came late and are not billed yet are a fact, billed
 * events that no longer give the billed quantity are a difference. A credit is the same charge with
 * the other sign; a reversal is the negative sum of the lines that it takes back; what of either is
 * not given back follows from these lines, and from what coupons and notes took of them.
 * 2. The input of the taxes is the rate that the document says. Which rate the tables name today is
 * a fact beside it.
 * 3. The hash of a finalized invoice is computed again over its stored content.
 * 4. Rules of the configuration and of the tenant (rounding, flat_fee_at_zero) are those of today:
 * they are not frozen with a document. */
#ifndef BILLMILL_STORES_EXPLANATION_H
#define BILLMILL_STORES_EXPLANATION_H

#include "core/base/array.h"
#include "core/billing/charge_slots.h"
#include "core/billing/event_amounts.h"
#include "core/billing/period_charge.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/credit_account.h"
#include "core/stores/explanation_contract.h"
#include "core/stores/explanation_shares.h"
#include "core/stores/forgiven_store.h"
#include "core/stores/give_back_store.h"
#include "core/stores/written_off_store.h"

/* A line that billed the same period before this one; of a reversal, one that it takes back. */
struct explained_earlier {
    const char *draft_key;
    const char *kind;
    const char *document; /* its number, or the key of a draft */
    int64_t line;
    struct decimal quantity;
    int64_t amount_minor; /* less its discount, but what coupons took is no part of the price */
    int64_t discount_minor;
    int64_t coupon_minor; /* of the discount; all of that of a line that gives back */
    bool is_turned;       /* as stored, both have the opposite sign: of a credit note */
};

/* Usage events of the period as they are now. */
struct explained_usage {
    const struct catalog_meter *meter;
    struct usage_total billed;             /* of the events that are billed */
    struct usage_total now;                /* with the late ones that are not */
    int64_t late_events;                   /* how many those are */
    struct decimal lines_quantity;         /* that all lines of the period bill together */
    const struct percentage_fold *amounts; /* of the billed events, for a percentage price … */
    const struct percentage_fold *before_amounts; /* … and of those in parts before */
    bool is_taken_back;                           /* a reversal took the line back */
};

struct explained_period {
    struct date end_on;
    int64_t start_at_us, end_at_us;
    struct date full_start_on, full_end_on, due_on, cutoff_on;
    struct date counts_from_on; /* DATE_NONE: its start; else parts before it count from here … */
    int64_t counts_from_us;
    const char *counts_gaps;  /* … but for these days (NULL: none), … */
    struct counted_gaps gaps; /* … parsed */
    const char *quantity;     /* that the period is charged for; NULL: of usage */
    const char *proration;    /* NULL: by days */
    const char *customer;     /* whose subscription it is */
    const char *timezone;
};

/* What a coupon took off a line. */
struct explained_coupon {
    int64_t line;
    int64_t discount_minor;
    const char *coupon;
    const char *customer, *subscription; /* whose redemption: one of the two, the other NULL */
    bool kept; /* of what the line replaces (core/billing/coupon_keep.h) */
};

struct explained_line {
    const struct stored_line *stored;
    const char *draft_key;              /* of its document */
    const struct catalog_price *price;  /* NULL: the version is gone, and what follows is empty */
    const struct contract_phase *phase; /* by whose terms it was charged, or NULL */
    bool is_true_up; /* of a commitment: it has no price, and what it was computed from is … */
    struct explained_commitment commitment; /* … this */
    const struct explained_drawn *drawn;    /* of another line: what it drew of commitments */
    size_t drawn_count;
    bool is_slot;            /* else late usage */
    struct slot_entry slot;  /* of a slot: what its kind says */
    int64_t progressive;     /* billed before its period's end: the how many-th; else 0 */
    struct price charged_by; /* its price; before the end without minimum, commitment */
    struct explained_period period;
    struct period_part part;
    struct period_part before_part; /* that of the parts that count too */
    struct period_charge charge;
    struct rating_request request;
    struct rating rating;
    struct money amount, discount;          /* as computed */
    const struct explained_coupon *coupons; /* as stored */
    size_t coupon_count;
    bool gives_back; /* and if so of these lines, and this much less: */
    struct given_back given;
    const struct stored_billed_line *taxed_of; /* whose taxes it has; NULL: those of its day */
    struct tax_choices taxed_as;               /* and which these are */
    /* The lines of its period's accounts before it, in each order of its day … */
    struct forgiven_found forgiven_in[FORGIVEN_ORDERS];
    struct forgiven_found forgiven_of; /* … that which gives what is stored, … */
    struct forgiven_accounts accounts; /* … these accounts … */
    size_t account;                    /* … and its own of them, … */
    int64_t plan_id;                   /* of the plan of its price; … */
    struct money forgiven;             /* … and what so is forgiven of it */
    const struct explained_earlier *earlier;
    size_t earlier_count;
    bool has_usage;
    struct explained_usage usage;
    bool as_billed; /* of a percentage price, late events of whose period were billed since: which
                       events it was made from is not kept, so amount and discount are the stored
                       ones; the last line of the period is computed from all of them */
    const struct stored_tax *tax; /* the first one; NULL: none, or not taxed yet */
    const struct tax_rate *rate; /* of the tables of today; NULL: none is needed or there is none */
    const char *rates_today;     /* of these, where they are not those of the document; else NULL */
    struct money tax_amount;     /* as computed */
};

/* The negative sum of lines before it: it was not rated. */
bool explained_is_reversal(const struct explained_line *line);

struct explained_difference {
    int64_t line; /* 0: of the whole document */
    const char *what;
    const char *stored;
    const char *computed;
};

struct explained_differences ARRAY_OF(struct explained_difference);

struct invoice_explanation {
    const struct billing_catalog *catalog;
    struct stored_invoice invoice;      /* is_turned: with the signs of the draft that it was */
    bool is_turned;                     /* a credit note says it with the opposite ones */
    struct invoice_party seller, buyer; /* frozen, or of a draft as they are now */
    struct currency currency;
    struct explained_line *lines; /* of the invoice, in order */
    size_t line_count;
    struct tax_result taxes;          /* as computed; empty while a draft is not taxed */
    struct account_movement *credits; /* draws and overdrafts, as stored */
    size_t credit_count;
    struct written_off_row *off; /* what its lines are off invoices that were written off */
    size_t off_count;
    struct explained_credit_parts parts; /* whose usage it is, and what limits say */
    struct invoice_totals totals; /* the credit applied is the sum of these, less what is off */
    struct explained_differences differences;
};

/* `invoice` as draft_store_find gives it; `flat_fee_at_zero` as configured. Everything is in the
 * arena. Differences are no error: the caller says so loudly. */
MUST_CHECK bool explanation_load(struct db *db, const struct billing_catalog *catalog,
                                 const struct stored_invoice *invoice, bool flat_fee_at_zero,
                                 struct arena *arena, struct invoice_explanation *ret_explanation,
                                 struct error *err);

/* Whether the line has the tax of `explanation->taxes`, and if so what of the tax falls on it. */
bool explanation_line_part(const struct invoice_explanation *explanation, size_t line, size_t group,
                           struct money *ret_part);

/* The computing and comparing half, without a database: fills what is computed from what is
 * loaded. */
MUST_CHECK bool explanation_check(struct invoice_explanation *explanation, struct arena *arena,
                                  struct error *err);

#endif
