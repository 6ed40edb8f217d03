/* The contracts of one tenant as jobs use them: their phases with what they cover. Loaded once a
 * run with the catalogue of prices; everything is in the arena. The rules are in
 * core/billing/contract.h. */
#ifndef BILLMILL_STORES_CONTRACT_CATALOG_H
#define BILLMILL_STORES_CONTRACT_CATALOG_H

#include "core/billing/contract.h"
#include "core/storage/rows.h"

/* A charge is covered that has all that it says. */
struct contract_scope {
    int64_t phase_id;
    int64_t plan_id, product_id; /* DB_I64_NONE: any */
};

/* While the phase holds, charges of the price have the terms of the other one. */
struct contract_price {
    int64_t phase_id, price_id, rated_price_id;
};

struct contract_phase {
    int64_t phase_id; /* no price has it */
    int64_t customer_id;
    const char *contract, *phase;
    struct period agreed, held; /* without an end: DATE_NONE */
    int64_t priority;
    struct decimal discount_percent; /* 0: none */
    bool has_currency;               /* else it covers charges in any */
    struct currency currency;
    bool has_commitment;
    struct money commitment;                 /* as agreed for the whole phase */
    const char *product_name, *tax_category; /* of the commitment, or NULL */
    const struct contract_price *prices;
    size_t price_count;
    const struct contract_scope *scopes;
    size_t scope_count; /* 0: all charges of the customer's subscriptions */
};

/* Those of one customer, or of all: by customer, then in the order in which they are drawn:
 * priority, start, contract, phase. */
struct contract_phases {
    const struct contract_phase *items;
    size_t count;
    const struct contract_phase **by_id; /* the same; only where they are of all */
};

MUST_CHECK bool contract_catalog_load(struct db *db, int64_t tenant_id, struct arena *arena,
                                      struct contract_phases *ret_phases, struct error *err);

/* Of all phases those of one customer; none where he has no contract. */
struct contract_phases contract_phases_of(const struct contract_phases *all, int64_t customer_id);

/* One of all; NULL where there is none. */
const struct contract_phase *contract_phase_find(const struct contract_phases *all,
                                                 int64_t phase_id);

/* What a contract looks at of a charge. */
struct contract_charge {
    int64_t plan_id, product_id;
    struct currency currency;
    struct date on; /* by which it is priced */
};

bool contract_phase_covers(const struct contract_phase *phase,
                           const struct contract_charge *charge);

/* By which price it charges the price: that, or another one. `phase` may be NULL. */
int64_t contract_phase_rates(const struct contract_phase *phase, int64_t price_id);

/* The first that covers the charge: whose terms it is charged by. NULL where none does. */
const struct contract_phase *contract_phase_covering(const struct contract_phases *phases,
                                                     const struct contract_charge *charge);

#endif
