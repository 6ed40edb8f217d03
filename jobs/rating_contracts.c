/* Commitments as rating settles them: see rating_contracts.h. */
#include "jobs/rating_contracts.h"

#include <inttypes.h>

struct settling {
    const struct rating_payer *payer;
    const struct contract_rated *rated;
    const struct billing_catalog *catalog;
    const struct rating_contract *contract; /* of one customer of the payer */
    struct arena *arena;
    struct contract_ledger ledger;
    struct contract_bills *bills;
};

static bool add_stored_lines(struct settling *settling, struct error *err)
{
    for (size_t i = 0; i < settling->contract->line_count; i++)
        if (!contract_ledger_add_line(&settling->ledger, settling->catalog,
                                      &settling->contract->lines[i], NULL, settling->arena, err))
            return false;
    return true;
}

static bool is_own(const struct settling *settling, const struct rating_period *period)
{
    return period->customer_id == settling->contract->customer_id;
}

static bool draw_period(struct settling *settling, size_t index, struct error *err)
{
    const struct rating_period *period = &settling->payer->periods[index];
    bool ignored;
    struct contract_charge charge = {.plan_id = period->listed->plan_id,
                                     .product_id = period->listed->product_id,
                                     .currency = period->listed->price.currency,
                                     .on = period->charged_on};
    return contract_ledger_draw(&settling->ledger, &charge, settling->rated[index].net,
                                settling->arena, &ignored, err);
}

/* The charges of one cutoff as rating bills them: what is taken back comes last. */
static bool draw_charges(struct settling *settling, size_t first, size_t end, struct error *err)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = first; i < end; i++) {
            const struct rating_period *period = &settling->payer->periods[i];
            bool is_reversal = period->is_slot && period->slot.reversal;
            if (is_own(settling, period) && settling->rated[i].is_rated &&
                is_reversal == (pass == 1) && !draw_period(settling, i, err))
                return false;
        }
    return true;
}

static bool add_bill(struct settling *settling, size_t phase, struct contract_bill bill,
                     struct error *err)
{
    struct contract_ledger *ledger = &settling->ledger;
    bill.phase = &ledger->phases.items[phase];
    ledger->true_up_count[phase]++;
    ARRAY_ADD(settling->arena, settling->bills) = bill;
    return money_add(ledger->billed[phase], bill.amount, &ledger->billed[phase], err);
}

/* One that is due is billed although nothing is missing: that is said by a line of nothing. */
static bool bill_due(struct settling *settling, const struct rating_period *period,
                     struct error *err)
{
    const struct contract_phases *phases = &settling->ledger.phases;
    for (size_t i = 0; i < phases->count; i++) {
        struct contract_bill bill = {.period = period,
                                     .cutoff_on = period->cutoff_on,
                                     .kind = period->kind,
                                     .start_at_us = period->start_at_us,
                                     .end_at_us = period->end_at_us};
        if (phases->items[i].phase_id != period->price_id)
            continue;
        settling->ledger.start_at_us[i] = period->start_at_us;
        settling->ledger.end_at_us[i] = period->end_at_us;
        return contract_ledger_true_up(&settling->ledger, i, &bill.amount, err) &&
               add_bill(settling, i, bill, err);
    }
    return error_item(err, "missing_phase", "its phase is not in the database");
}

static bool bill_later(struct settling *settling, size_t phase, struct date cutoff_on,
                       struct error *err)
{
    struct contract_ledger *ledger = &settling->ledger;
    struct contract_bill bill = {.cutoff_on = cutoff_on,
                                 .start_at_us = ledger->start_at_us[phase],
                                 .end_at_us = ledger->end_at_us[phase]};
    if (ledger->true_up_count[phase] == 0)
        return true;
    if (!contract_ledger_true_up(ledger, phase, &bill.amount, err))
        return false;
    if (money_sign(bill.amount) == 0)
        return true;
    bill.kind = arena_printf(settling->arena, "true_up:%" PRId64, ledger->true_up_count[phase] + 1);
    return add_bill(settling, phase, bill, err);
}

static bool settle_cutoff(struct settling *settling, size_t first, size_t end, struct error *err)
{
    const struct rating_period *periods = settling->payer->periods;
    bool is_touched = false;
    if (!draw_charges(settling, first, end, err))
        return false;
    for (size_t i = first; i < end; i++) {
        is_touched = is_touched || is_own(settling, &periods[i]);
        if (is_own(settling, &periods[i]) && periods[i].is_true_up &&
            !bill_due(settling, &periods[i], err))
            return error_context(err, "contract %s", periods[i].subscription);
    }
    for (size_t i = 0; is_touched && i < settling->ledger.phases.count; i++)
        if (!bill_later(settling, i, periods[first].cutoff_on, err))
            return false;
    return true;
}

static bool settle(struct settling *settling, struct error *err)
{
    const struct rating_payer *payer = settling->payer;
    if (!contract_ledger_open(&settling->contract->phases, settling->catalog->tenant.rounding,
                              settling->arena, &settling->ledger, err) ||
        !add_stored_lines(settling, err))
        return false;
    for (size_t first = 0; first < payer->period_count;) {
        size_t end = first;
        while (end < payer->period_count &&
               date_compare(payer->periods[end].cutoff_on, payer->periods[first].cutoff_on) == 0)
            end++;
        if (!settle_cutoff(settling, first, end, err))
            return false;
        first = end;
    }
    return true;
}

bool rating_contracts_bill(const struct rating_payer *payer, const struct contract_rated *rated,
                           const struct billing_catalog *catalog, struct arena *arena,
                           struct contract_bills *ret_bills, struct error *err)
{
    struct settling settling = {
        .payer = payer, .rated = rated, .catalog = catalog, .arena = arena, .bills = ret_bills};
    *ret_bills = (struct contract_bills){0};
    for (size_t i = 0; i < payer->contract_count; i++) {
        settling.contract = &payer->contracts[i];
        if (!settle(&settling, err))
            return false;
    }
    return true;
}
