/* What rating bills for contracts besides the charges themselves: what is missing to the commitment
 * of a phase that is over, and, where charges came after that, what of it they take back
 * (core/billing/contract.h, rule 5). Everything of a customer is rated in one item, in the order of
 * the runs in which it was due, so that a run that catches up bills what punctual ones would have.
 * Nothing is settled while a charge of his phases waits, whoever pays and for whatever reason, but
 * in the next run after that: where his payer changed, and what is charged (or taken back) of the
 * one is still to be billed beside what the other pays, and where a charge waits for a person, who
 * has not waived it (rating_waiting.h). What waited is what did when the run began. */
#ifndef BILLMILL_JOBS_RATING_CONTRACTS_H
#define BILLMILL_JOBS_RATING_CONTRACTS_H

#include "core/stores/rating_store.h"

/* What a period of the payer was rated to; of true-ups nothing. */
struct contract_rated {
    bool is_rated;
    struct money net;
};

struct contract_bill {
    const struct contract_phase *phase;
    const struct rating_period *period; /* that made it due; NULL: charges that came later */
    struct date cutoff_on;
    const char *kind; /* of its line and period */
    int64_t start_at_us, end_at_us;
    struct money amount;
    int64_t waits_for; /* 0: it is billed; else only its period is made, for this payer */
};

struct contract_bills ARRAY_OF(struct contract_bill);

/* In the order of cutoff, customer, phase. In the arena. */
MUST_CHECK bool rating_contracts_bill(const struct rating_payer *payer,
                                      const struct contract_rated *rated,
                                      const struct billing_catalog *catalog,
                                      struct date business_date, struct arena *arena,
                                      struct contract_bills *ret_bills, struct error *err);

#endif
