/* How far the commitments of a customer are drawn: never kept, always drawn again by all lines that
 * were billed (core/billing/contract.h, rules 3 to 5; commitment_draws.h). A line that was billed
 * again counts as its successor; what credit notes gave back of one stays drawn. */
#ifndef BILLMILL_STORES_CONTRACT_LEDGER_H
#define BILLMILL_STORES_CONTRACT_LEDGER_H

#include "core/base/array.h"
#include "core/billing/commitment_draws.h"
#include "core/storage/bulk.h"
#include "core/stores/billing_catalog.h"

/* A line of the customer's, or the true-up of one of his phases. */
struct contract_line {
    int64_t tenant_id, customer_id; /* who was asked for, … */
    struct date from, until;        /* … and days that have those of his commitments in them */
    int64_t invoice_id, line;
    const char *document; /* its number, or the key of a draft */
    const char *draft_key;
    struct date cutoff_on;
    const char *kind;
    int64_t subscription_id; /* 0: of a true-up; then price_id is the phase */
    const char *subscription;
    int64_t price_id;
    struct date price_valid_from;
    struct date charged_on; /* the day by which it is priced */
    int64_t amount_minor, discount_minor;
    int64_t coupon_minor; /* of the discount: what coupons took, which draws all the same */
    bool is_turned;       /* of a credit note: the amounts have the opposite sign */
    int64_t start_at_us, end_at_us; /* of a true-up */
    int64_t replaced_in; /* DB_I64_NONE: not billed again; 0: that waits; else the invoice */
    struct currency currency;
};

struct contract_lines {
    const struct contract_line *items; /* by the key of their document, line */
    size_t count;
};

/* For each of the customers whose phases (one at least) these are: of all of them that have a
 * commitment. In the arena. */
MUST_CHECK bool contract_ledger_load(struct db *db, int64_t tenant_id,
                                     const struct contract_phases *phases, size_t count,
                                     struct arena *arena, struct contract_lines **ret_lines,
                                     struct error *err);

/* One account a phase, in the order of the phases; those without a commitment are not drawn. */
struct contract_ledger {
    struct contract_phases phases;
    struct commitment_account *accounts;
    struct money *billed;   /* true-ups so far */
    int64_t *true_up_count; /* how many there were, once each though billed again; of what
                               instants … */
    int64_t *start_at_us, *end_at_us;
    struct contract_charges ARRAY_OF(struct commitment_charge *) charges; /* that are covered */
};

/* Nothing is charged. In the arena. ERROR_ITEM where a commitment cannot be prorated. */
MUST_CHECK bool contract_ledger_open(const struct contract_phases *phases, enum rounding rounding,
                                     struct arena *arena, struct contract_ledger *ret_ledger,
                                     struct error *err);

/* A charge, or a credit, that contract_ledger_draw takes in; NULL where no commitment covers it. */
const struct commitment_charge *contract_ledger_add(struct contract_ledger *ledger,
                                                    const struct contract_charge *charge,
                                                    const char *subscription, const char *price,
                                                    struct money net, struct arena *arena);

/* Draws the accounts, from nothing, by all charges that were added: their parts are set. */
MUST_CHECK bool contract_ledger_draw(struct contract_ledger *ledger, struct arena *scratch,
                                     struct error *err);

/* What the charge drew of phase `index`; a part of nothing where that does not cover it. */
struct commitment_part contract_ledger_part(const struct contract_ledger *ledger,
                                            const struct commitment_charge *charge, size_t index);

/* A line of a document: what was billed before it, in its run or an earlier one, counts. A move
 * gives documents new ids, in the order of their numbers, credit notes after invoices. */
struct contract_place {
    int64_t invoice_id, line;
    struct date cutoff_on;
    const char *draft_key;
    bool is_turned; /* of a credit note */
};

/* The line as far as it counts before the place (NULL: now). *ret_charge (may be NULL) is NULL
 * where it does not, or nothing covers it. */
MUST_CHECK bool contract_ledger_add_line(struct contract_ledger *ledger,
                                         const struct billing_catalog *catalog,
                                         const struct contract_line *line,
                                         const struct contract_place *before, struct arena *arena,
                                         const struct commitment_charge **ret_charge,
                                         struct error *err);

/* What is missing to the commitment of phase `index`, less what was billed of it. */
MUST_CHECK bool contract_ledger_true_up(const struct contract_ledger *ledger, size_t index,
                                        struct money *ret_true_up, struct error *err);

/* The true-ups that are made of a phase, as periods at least. */
struct contract_made {
    int64_t phase_id;
    int64_t made;
    struct date end_on; /* the earliest of theirs; an amendment may have become known since */
};

struct contract_mades {
    const struct contract_made *items; /* by phase */
    size_t count;
};

/* Of customers ($after, $last]. */
MUST_CHECK bool contract_true_ups_made(struct db *db, int64_t tenant_id, int64_t after_id,
                                       int64_t last_id, struct arena *arena,
                                       struct contract_mades *ret_made, struct error *err);

/* NULL: none is. */
const struct contract_made *contract_made_find(const struct contract_mades *made, int64_t phase_id);

struct contract_ids {
    const int64_t *items;
    size_t count;
};
bool contract_ids_have(const struct contract_ids *ids, int64_t id);

/* Whether a phase with a commitment covers the charge. */
bool contract_phases_draw(const struct contract_phases *phases,
                          const struct contract_charge *charge);

/* What of a customer was not rated when the run of a day began, besides what `payer_id` pays. What
 * of it this run has rated since counts like what it will: it is the same for chunks of any size
 * and any number of workers. */
struct contract_waiting {
    bool has_charges_elsewhere;   /* charges of his phases that another payer is billed */
    int64_t pays_id;              /* who pays for him now */
    struct contract_ids true_ups; /* phases with a true-up that waits, whoever is billed */
};
/* For each of the customers whose phases (one at least) these are, and the payer beside. In the
 * arena. */
MUST_CHECK bool contract_waiting_load(struct db *db, const struct billing_catalog *catalog,
                                      const struct contract_phases *phases,
                                      const int64_t *payer_ids, size_t count,
                                      struct date business_date, struct arena *arena,
                                      struct contract_waiting **ret_waiting, struct error *err);

#endif
