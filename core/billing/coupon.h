/* The life of a coupon: to which invoices it applies, and what of an amount is there for them
 * (DOMAIN 1 and 4). What it takes off their lines is in discount.h; how often it was redeemed, in
 * total and by one customer, is counted where redemptions are claimed. */
#ifndef BILLMILL_BILLING_COUPON_H
#define BILLMILL_BILLING_COUPON_H

#include "core/calendar/date.h"
#include "core/money/money.h"

enum coupon_duration { COUPON_ONCE, COUPON_REPEATING, COUPON_FOREVER };

MUST_CHECK bool coupon_duration_parse(const char *name, enum coupon_duration *ret_duration,
                                      struct error *err); /* ERROR_ITEM "bad_duration" */
const char *coupon_duration_name(enum coupon_duration duration);

struct coupon_terms {
    enum coupon_duration duration;
    int64_t repeat_count;   /* of repeating ones: invoices */
    struct date valid_from; /* or DATE_NONE */
    struct date valid_to;   /* the first day it no longer holds, or DATE_NONE */
    bool first_purchase_only;
    bool has_minimum;
    struct money minimum_amount; /* of the lines it covers, before any coupon */
};

enum coupon_verdict {
    COUPON_APPLIES,
    COUPON_NO_LINE, /* on the invoice is of whose it is; these five of all of its lines: the last */
    COUPON_OUT_OF_SCOPE,
    COUPON_BEGUN_BEFORE, /* what is charged began before it was redeemed */
    COUPON_GIVES_BACK,
    COUPON_REPLACES, /* what was charged before: coupon_keep.h */
    COUPON_NOT_YET_VALID,
    COUPON_EXPIRED,
    COUPON_USED_UP,
    COUPON_NOT_FIRST_PURCHASE,
    COUPON_BELOW_MINIMUM,
    COUPON_OTHER_CURRENCY,  /* than that of its amounts */
    COUPON_ANOTHER_APPLIES, /* instead: discount.h, rule 4 */
    COUPON_NOTHING_LEFT,    /* by those before it, of what it covers */
    COUPON_KNOWN_LATER      /* it applies by what became known when all was taken off already */
};

/* One line of an invoice, for one redemption. */
struct coupon_line {
    bool is_whose;    /* of the customer or subscription that redeemed it, or paid by him */
    bool is_in_scope; /* asked of those alone */
    struct date day;  /* invoice_line_day */
    bool gives_back;  /* give_back.h: no coupon takes anything off it */
    bool replaces;    /* coupon_keep.h: it has the coupons of what it replaces, and no others */
};

/* Whether a coupon that was redeemed that day covers the line, or the first reason why not. */
enum coupon_verdict coupon_judge_line(const struct coupon_line *line, struct date redeemed_on);

/* One redemption on its way to one invoice. */
struct coupon_use {
    struct date on;               /* the date of the invoice */
    struct date redeemed_on;      /* the window is for redeeming; DATE_NONE: with this invoice */
    int64_t invoices_before;      /* that it was applied to */
    int64_t purchases_before;     /* finalized invoices of the customer when it was redeemed */
    struct money carried;         /* of amounts: coupon_rest */
    struct money covered_total;   /* the lines that it covers, without negative ones */
    enum coupon_verdict of_lines; /* COUPON_APPLIES: it covers some */
};

/* Whether the coupon applies to the invoice and, if not, the first reason in the order above, up to
 * COUPON_BELOW_MINIMUM; the others are found where several are brought together.
 * The window is asked of a new redemption only, the minimum of every invoice; a repeating amount
 * applies beyond its last invoice as long as a rest of it is carried ("the unused rest stays").
 * ERROR_ITEM "currency_mismatch". */
MUST_CHECK bool coupon_judge(const struct coupon_terms *terms, const struct coupon_use *use,
                             enum coupon_verdict *ret_verdict, struct error *err);

/* As in JSON: applies, no_line, out_of_scope, begun_before … */
const char *coupon_verdict_name(enum coupon_verdict verdict);

/* Whether another invoice may have it after so many. */
bool coupon_has_invoices_left(const struct coupon_terms *terms, int64_t invoices_before);

/* The account of an amount coupon: what all invoices that have it were given, the amount each as
 * long as it has invoices, less what it took off them. So nothing of the rest is given twice, or
 * lost, whatever the order in which invoices are known ("the unused rest stays"). Below zero where
 * a rest was used, and the invoice that left it is void since: that is off what the next one is
 * given; whole amounts of it count as invoices (*ret_invoices). */
struct coupon_account {
    int64_t invoices;
    struct money taken;
};
MUST_CHECK bool coupon_rest(const struct coupon_terms *terms, const struct coupon_account *account,
                            struct money amount, int64_t *ret_invoices, struct money *ret_rest,
                            struct error *err);

/* What an amount coupon may take off this invoice: its amount while it has invoices left, and what
 * was carried to it. */
MUST_CHECK bool coupon_available(const struct coupon_terms *terms, const struct coupon_use *use,
                                 struct money amount, struct money *ret_available,
                                 struct error *err);

/* What of `unused` (discount_apply) stays for later invoices: all of it, but nothing of a coupon
 * for one invoice. */
struct money coupon_carried(const struct coupon_terms *terms, struct money unused);

#endif
