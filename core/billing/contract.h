/* Contracts: what a customer committed to, phase by phase (DOMAIN 1, 3 and 4).
 *
 * 1. A contract holds for the half-open days [start, end). Its phases lie within it and do not
 * overlap; a phase without an end holds until the next one begins, the last one until the contract
 * ends. Between two phases nothing is agreed.
 * 2. A contract co-terminates with another by having its end. An amendment closes the contract that
 * it names on the day on which it begins itself: what was agreed for later days holds no more.
 * 3. A charge belongs to the phase that holds on the day by which it is priced, like the version of
 * its price, whenever it is billed and wherever its period ends.
 * 4. The commitment of a phase is drawn down by the charges of the phase that it covers, after
 * their discounts and before coupons. Where several commitments cover a charge they are drawn in
 * order of priority, each up to what is left of it; what is beyond all of them counts with the last
 * one. What is credited comes back in the opposite order. Which charge comes first is a matter of
 * its days, not of when it was billed (commitment_draws.h).
 * 5. When a phase is over, what is missing to its commitment is billed: commitment − drawn so far −
 * billed so far. So charges that come later (late usage, a bill that is made again) take back of
 * the true-up what they drew; it is never rated by the slice. The commitment of a phase that an
 * amendment cut short is prorated by days, rounded once. */
#ifndef BILLMILL_BILLING_CONTRACT_H
#define BILLMILL_BILLING_CONTRACT_H

#include "core/calendar/period.h"
#include "core/money/money.h"

struct contract_term {
    struct date start;
    struct date end;       /* as agreed, or DATE_NONE: open */
    struct date closed_on; /* by the amendment that begins there, or DATE_NONE */
};

struct contract_phase_term {
    struct date start;
    struct date end; /* as agreed, or DATE_NONE: rule 1 */
};

/* Phases in order of their start. *ret_at_fault is the later one of two that overlap, or the one
 * outside its contract: ERROR_ITEM "bad_phase" says which days. */
MUST_CHECK bool contract_check_phases(const struct contract_term *contract,
                                      const struct contract_phase_term *phases, size_t count,
                                      size_t *ret_at_fault, struct error *err);

/* ERROR_ITEM "bad_contract": an end that is not after the start. */
MUST_CHECK bool contract_check(const struct contract_term *contract, struct error *err);

/* ERROR_ITEM "bad_amendment": it must begin after the contract that it closes has begun, and on the
 * day on which that ends at the latest (a renewal). */
MUST_CHECK bool contract_check_amendment(const struct contract_term *closed,
                                         struct date amended_from, struct error *err);

/* As agreed (rules 1 and 2); the end is DATE_NONE where there is none. */
struct period contract_phase_agreed(const struct contract_term *contract,
                                    const struct contract_phase_term *phases, size_t count,
                                    size_t phase);

/* As far as it held: until an amendment closed the contract. Empty where that was before it. */
struct period contract_phase_held(const struct contract_term *contract,
                                  const struct contract_phase_term *phases, size_t count,
                                  size_t phase);

/* Whether the phase holds on the day; `held` may have no end. */
bool contract_phase_holds(struct period held, struct date day);

/* Rule 5: of what was agreed for `agreed`, the part for the days that were held. */
MUST_CHECK bool contract_commitment_held(struct money commitment, struct period agreed,
                                         struct period held, enum rounding rounding,
                                         struct money *ret_commitment, struct error *err);

/* What is due for a phase is due with its end, but not before its last charges are:
 * `last_period_end` is the end of the last period that begins within it, of what is charged in
 * arrears (DATE_NONE: there is none). */
struct date contract_phase_due(struct period held, struct date last_period_end);

/* How much of a commitment is drawn. */
struct commitment_account {
    struct money commitment;
    struct money drawn; /* with what is beyond it, where it was the last */
};

/* Rule 4 for one charge (or credit) and the commitments that cover it, the first to be drawn first.
 * `ret_parts` has what falls on each; their sum is `net`. ERROR_ITEM "currency_mismatch". */
MUST_CHECK bool commitment_draw(struct commitment_account *const *accounts, size_t count,
                                struct money net, struct money *ret_parts, struct error *err);

/* Rule 5. Negative where more was billed than is missing now. */
MUST_CHECK bool commitment_true_up(const struct commitment_account *account, struct money billed,
                                   struct money *ret_true_up, struct error *err);

#endif
