/* A customer's credits as people see them: his grants, every movement, what is left; and the proof
 * that all of it adds up. Nothing here is written by jobs. */
#ifndef BILLMILL_STORES_CREDIT_ACCOUNT_H
#define BILLMILL_STORES_CREDIT_ACCOUNT_H

#include "core/base/array.h"
#include "core/storage/rows.h"

struct credit_owner {
    int64_t tenant_id, customer_id;
    const char *tenant, *customer;
    struct currency currency;      /* the tenant's: of what is overdrawn */
    int64_t overdraft_limit_minor; /* DB_I64_NONE: no overdraft */
    int64_t owed_minor;
};

/* Customers of that name, of one tenant or, with NULL, of all. In the arena. */
MUST_CHECK bool credit_account_find(struct db *db, const char *customer, const char *tenant,
                                    struct arena *arena, struct credit_owner **ret_owners,
                                    size_t *ret_count, struct error *err);

struct account_grant {
    const char *source, *kind;
    struct currency currency;
    int64_t amount_minor, used_minor, priority, effective_at_us;
    int64_t expires_at_us; /* DB_I64_NONE: never */
};

struct account_movement {
    const char *source; /* "": of an overdraft itself, not of what a grant paid back of it */
    const char *kind;   /* grant, draw, expire, overdraft (below zero: paid back) */
    struct currency currency;
    int64_t amount_minor;
    struct date made_on;
    const char *grant_kind; /* of the source; NULL: there is none */
    int64_t priority;
    const char *invoice; /* its number, or its key; NULL: of the grant itself */
    /* where it counts against limits: whose project and member, and of which month the usage is */
    int64_t holder_customer_id;           /* 0: nobody's */
    const char *project, *member, *month; /* "": none */
};

struct account_unit_grant {
    const char *source, *kind, *meter;
    int64_t unit_millionths, used_millionths, priority, effective_at_us;
    int64_t expires_at_us; /* DB_I64_NONE: never */
};

struct account_unit_movement {
    const char *source, *kind;      /* grant, draw, expire */
    const char *meter, *grant_kind; /* NULL: there is no such grant */
    int64_t priority;
    int64_t line; /* of a draw, with what it paid of the line; else 0 */
    int64_t unit_millionths, amount_minor;
    struct currency currency;
    struct date made_on;
    const char *invoice; /* its number, or its key; NULL: of the grant itself */
};

/* A limit of a project or member of the customer; a row for each month in which it was used. */
struct account_limit {
    const char *kind, *holder;
    const char *credit_limit; /* as imported, in `currency`; "-1": none, or no longer */
    struct currency currency;
    const char *month; /* NULL: it was never used; then what follows is DB_I64_NONE */
    struct currency used_currency;
    int64_t limit_minor, used_minor; /* limit_minor: as it was when it was used last */
};

/* granted − drawn − expired − overdrawn, in one currency. */
struct account_balance {
    struct currency currency;
    int64_t granted_minor, drawn_minor, expired_minor, owed_minor, balance_minor;
};

struct credit_account {
    struct account_grant *grants; /* oldest first */
    size_t grant_count;
    struct account_movement *movements; /* by day */
    size_t movement_count;
    struct account_unit_grant *units; /* oldest first */
    size_t unit_count;
    struct account_unit_movement *unit_movements; /* by day */
    size_t unit_movement_count;
    struct account_limit *limits; /* by kind, name and month */
    size_t limit_count;
    struct account_balance *balances; /* by currency code */
    size_t balance_count;
};
MUST_CHECK bool credit_account_load(struct db *db, const struct credit_owner *owner,
                                    struct arena *arena, struct credit_account *ret_account,
                                    struct error *err);

/* The draws and overdrafts of one invoice. In the arena. */
MUST_CHECK bool credit_account_of_invoice(struct db *db, int64_t tenant_id, int64_t customer_id,
                                          int64_t invoice_id, struct arena *arena,
                                          struct account_movement **ret_movements,
                                          size_t *ret_count, struct error *err);

/* What units paid of it. In the arena. */
MUST_CHECK bool credit_account_units_of_invoice(struct db *db, int64_t tenant_id,
                                                int64_t customer_id, int64_t invoice_id,
                                                struct arena *arena,
                                                struct account_unit_movement **ret_movements,
                                                size_t *ret_count, struct error *err);

/* ---- the proof */

struct credit_sum {
    const char *tenant;
    struct currency currency;
    int64_t grants; /* how many */
    int64_t granted_minor, drawn_minor, expired_minor, owed_minor;
};

/* Something that is not the sum of its transactions. */
struct credit_problem {
    const char *what; /* a sentence's end: "is of … " */
    const char *tenant, *customer;
    const char *subject;      /* a source, or an invoice; "": the customer */
    struct currency currency; /* none: in millionths of units */
    int64_t stored_minor, computed_minor;
};

struct credit_problems ARRAY_OF(struct credit_problem);

struct credit_proof {
    struct credit_sum *sums; /* by tenant and currency, from the transactions */
    size_t sum_count;
    struct credit_problems problems;
};

/* 1. Each grant is of what its transaction says, and used by what its draws and its expiry say,
 * never beyond itself. 2. Each transaction is of a grant, but for overdrafts. 3. What a customer is
 * overdrawn by is the sum of his overdrafts. 4. What was applied to an invoice is what was drawn
 * and overdrawn for it. 5. What is used of a limit is what was drawn and overdrawn for its project
 * or member in that month, never beyond the limit as it was then. Of one tenant, or with NULL of
 * all. What a tenant lets be overdrawn may be less today than it was, and is not compared. */
MUST_CHECK bool credit_proof_make(struct db *db, const char *tenant, struct arena *arena,
                                  struct credit_proof *ret_proof, struct error *err);

#endif
