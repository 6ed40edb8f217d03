/* The case about a contract whose phases commit to more and more. Its days are inclusive, ours end
 * on the first day after. */
#include "core/billing/contract.h"
#include "tests/core/billing/conformance.h"

#define PHASES_MAX 3

static struct date day_at(const struct conformance_case *c, const json_t *phase, size_t index)
{
    struct date day = DATE_NONE;
    struct error err = {0};
    expect_ok(c, date_parse(json_string_value(json_array_get(phase, index)), &day, &err), &err);
    return day;
}

/* Nothing is charged: each phase bills all that it commits to. */
void contract_phases(const struct conformance_case *c)
{
    const json_t *given_phases = given(c, c->input, "phases");
    size_t count = json_array_size(given_phases), at_fault = 0;
    struct contract_phase_term phases[PHASES_MAX] = {0};
    struct contract_term contract = {.closed_on = DATE_NONE};
    struct money total = euros(c, decimal_from_i64(0));
    struct error err = {0};
    ck_assert(count > 0 && count <= PHASES_MAX);
    for (size_t i = 0; i < count; i++) {
        const json_t *phase = json_array_get(given_phases, i);
        phases[i].start = day_at(c, phase, 0);
        expect_ok(c, date_add_days(day_at(c, phase, 1), 1, &phases[i].end, &err), &err);
    }
    contract.start = phases[0].start;
    contract.end = phases[count - 1].end;
    expect_ok(c, contract_check_phases(&contract, phases, count, &at_fault, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct commitment_account account = {.drawn = euros(c, decimal_from_i64(0))};
        struct money commitment =
            euros(c, decimal_of(c, json_array_get(json_array_get(given_phases, i), 2)));
        struct money true_up;
        expect_ok(c,
                  contract_commitment_held(commitment,
                                           contract_phase_agreed(&contract, phases, count, i),
                                           contract_phase_held(&contract, phases, count, i),
                                           ROUND_HALF_UP, &account.commitment, &err),
                  &err);
        expect_ok(c, commitment_true_up(&account, account.drawn, &true_up, &err), &err);
        expect_ok(c, money_add(total, true_up, &total, &err), &err);
    }
    expect_same(c, "total_commit", money_to_decimal(total), given(c, c->expected, "total_commit"));
}
