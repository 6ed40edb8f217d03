/* Invoices that are to be collected, and what their charges leave behind. */
#ifndef BILLMILL_STORES_COLLECT_STORE_H
#define BILLMILL_STORES_COLLECT_STORE_H

#include "core/stores/correction_store.h"

#define COLLECT_GATEWAYS 3

/* What can be collected on a day. */
struct collect_terms {
    struct date on;
    struct date tries_after; /* how often a method was declined counts behind that day … */
    int64_t tries_max;       /* … and may be less than this */
    const char *gateways[COLLECT_GATEWAYS]; /* that there is an account at; "" for none */
};

/* Invoices of a tenant that are due and were not tried; or, by `standing`, why they cannot be:
 * decided (it has a correction that is not carried out yet), refunded (something of it was given
 * back, tried or not), no_method, manual, no_token, expired, no_account, declined (that token of
 * the customer, for good, whichever invoice it was), customer (as that, until he acts: another
 * expiry, or a payment by it), network_cap (as that, too often). */
struct collect_range {
    int64_t tenant_id;
    const char *standing; /* "due" */
    int64_t min_key, max_key, items;
};
MUST_CHECK bool collect_store_load_work(struct db *db, const struct collect_terms *terms,
                                        struct arena *arena, struct collect_range **ret_ranges,
                                        size_t *ret_count, struct error *err);

/* How a customer pays, as the gateway knows it. */
struct collect_method {
    const char *payment_method, *gateway, *gateway_customer, *gateway_token;
    const char *expires; /* NULL: not */
};

/* Who pays, and how he does now. */
struct collect_payer {
    const char *customer, *name;  /* NULL: there is no such customer */
    const char *email, *locale;   /* NULL: none of his own */
    struct collect_method method; /* the default one; payment_method NULL: none */
};

/* What became of an invoice, and what it owes by that. */
struct owed_invoice {
    int64_t tenant_id;
    const char *number; /* NULL: there is none */
    int64_t invoice_id, customer_id;
    struct currency currency;
    const char *kind, *status;
    int64_t total_minor, credit_applied_minor, amount_due_minor;
    int64_t changes; /* when it was read: INVOICE_CHANGED */
    struct document_claim claim;
};

struct due_invoice {
    int64_t invoice_id;
    const char *number, *customer;
    const char *email; /* NULL: none */
    struct collect_method method;
    int64_t last_attempt; /* the number of the last one, which was canceled; 0: there was none */
    struct owed_invoice owed;
};

/* Of a tenant, by invoice_id ($after, $hi], at most `limit`. In the arena. */
MUST_CHECK bool collect_store_load(struct db *db, const struct collect_terms *terms,
                                   int64_t tenant_id, int64_t after_id, int64_t hi_id, size_t limit,
                                   struct arena *arena, struct due_invoice **ret_invoices,
                                   size_t *ret_count, struct error *err);

/* Of each number. In the arena. */
MUST_CHECK bool collect_store_load_owed(struct db *db, int64_t tenant_id,
                                        const char *const *numbers, size_t count,
                                        struct arena *arena, struct owed_invoice *ret_invoices,
                                        struct error *err);

/* Of the customer of each of these invoices. In the arena. */
MUST_CHECK bool collect_store_load_payers(struct db *db, const struct owed_invoice *invoices,
                                          size_t count, struct arena *arena,
                                          struct collect_payer *ret_payers, struct error *err);

/* Does each of them have a correction that is to be carried out by the day, and is not yet? */
MUST_CHECK bool collect_store_load_decided(struct db *db, int64_t tenant_id, struct date day,
                                           const char *const *numbers, size_t count,
                                           struct arena *arena, bool *ret_decided,
                                           struct error *err);

/* The attempt to charge an invoice that is not over: its effect, as it stands. */
struct attempt_under_way {
    const char *effect_key, *provider, *state;
    const char *outcome, *provider_ref, *code, *reason; /* NULL: none */
    struct date intended_on;
};
MUST_CHECK bool collect_store_find_under_way(struct db *db, int64_t tenant_id, const char *lane,
                                             struct arena *arena,
                                             struct attempt_under_way *ret_attempt, bool *ret_found,
                                             struct error *err);

/* What the gateway has said of an effect that charges: as one of its answers, that another amount
 * or currency was charged; and as the reference, which a payment has that is here. */
struct collect_said {
    int64_t tenant_id;
    const char *effect_key;
    int64_t paid_otherwise, is_here; /* 1: yes */
};
MUST_CHECK bool collect_store_load_said(struct db *db, int64_t tenant_id, const char *const *keys,
                                        size_t count, struct arena *arena,
                                        struct collect_said *ret_said, struct error *err);

/* A charge that is about to be sent. */
struct collect_limit {
    int64_t tenant_id;
    const char *customer, *gateway, *gateway_token;
    const char *expires; /* "": not said */
    struct date tries_after;
    int64_t tries_max;
    const char *effect_key;
    /* Why it may not be, now: never, customer, network_cap (as above), in_turn (another one of the
     * customer is under way there); NULL: it may. */
    const char *standing;
};
MUST_CHECK bool collect_store_load_limits(struct db *db, struct collect_limit *limits, size_t count,
                                          struct arena *arena, struct error *err);

/* Still owed: nothing of what is void, or not there. ERROR_ITEM of settlement_compute. */
MUST_CHECK bool collect_owed(const struct owed_invoice *invoice, struct arena *scratch,
                             struct money *ret_owed, struct error *err);

/* What was given back of it, of all that was paid. */
MUST_CHECK bool collect_given_back(const struct owed_invoice *invoice, struct money *ret_given_back,
                                   struct error *err);

/* Was anything that was paid of it given back? */
bool collect_is_refunded(const struct owed_invoice *invoice);

/* The day of what ends at an instant, in a run of a business date: the tenant's local date, and
 * never one before the run's; and when it begins for him. So who sends late, or decides late, dates
 * by that. */
struct collect_day {
    struct date on;
    int64_t begins_us;
    const char *locale; /* the tenant's; NULL: none */
};
MUST_CHECK bool collect_store_day(struct db *db, int64_t tenant_id, const char *zoneinfo,
                                  struct date run_on, int64_t ends_us, struct arena *arena,
                                  struct collect_day *ret_day, struct error *err);

/* ---- what charges leave behind */

struct attempt_row {
    int64_t tenant_id;
    const char *invoice;
    int64_t attempt;
    const char *customer, *payment_method, *gateway, *gateway_token, *expires;
    struct currency currency;
    int64_t amount_minor;
    const char *outcome, *decline, *code, *message, *provider_ref;
    struct date ended_on;
};
extern const struct bulk_table PAYMENT_ATTEMPT_ADD;

/* Of an invoice, in their order. In the arena. */
MUST_CHECK bool collect_store_load_attempts(struct db *db, int64_t tenant_id, const char *invoice,
                                            struct arena *arena, struct attempt_row **ret_attempts,
                                            size_t *ret_count, struct error *err);

/* One that was imported meanwhile is the same, whenever it says that it was. */
struct received_row {
    int64_t tenant_id;
    const char *gateway_reference;
    int64_t customer_id;
    const char *invoice, *gateway;
    struct currency currency;
    int64_t amount_minor, at_us;
};
extern const struct bulk_table PAYMENT_RECEIVED;

struct refunded_row {
    int64_t tenant_id;
    const char *gateway_reference, *payment;
    struct currency currency;
    int64_t amount_minor, at_us;
};
extern const struct bulk_table PAYMENT_REFUNDED;

/* The invoice, where it is there, has changed, for whoever read it before. */
struct invoice_touched_row {
    int64_t tenant_id;
    const char *number;
    int64_t changes; /* 1 */
};
extern const struct bulk_table INVOICE_TOUCHED;

/* So has a payment that names no invoice. */
struct payment_touched_row {
    int64_t tenant_id;
    const char *reference;
    int64_t changes; /* 1 */
};
extern const struct bulk_table PAYMENT_TOUCHED;

#endif
