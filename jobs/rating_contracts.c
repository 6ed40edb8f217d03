/* Commitments as rating settles them: see rating_contracts.h. */
#include "jobs/rating_contracts.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/correction.h"

struct settling {
    const struct rating_payer *payer;
    const struct contract_rated *rated;
    const struct billing_catalog *catalog;
    const struct rating_contract *contract; /* of one customer of the payer */
    struct date business_date;
    struct arena *arena;
    struct contract_ledger ledger;
    bool *is_settled; /* of each phase: by a true-up that was due */
    struct contract_bills *bills;
};

static bool add_stored_lines(struct settling *settling, struct error *err)
{
    for (size_t i = 0; i < settling->contract->lines.count; i++)
        if (!contract_ledger_add_line(&settling->ledger, settling->catalog,
                                      &settling->contract->lines.items[i], NULL, settling->arena,
                                      NULL, err))
            return false;
    return true;
}

static bool is_own(const struct settling *settling, const struct rating_period *period)
{
    return period->customer_id == settling->contract->customer_id;
}

static struct contract_charge charge_of(const struct rating_period *period)
{
    return (struct contract_charge){.plan_id = period->listed->plan_id,
                                    .product_id = period->listed->product_id,
                                    .currency = period->listed->price.currency,
                                    .on = period->charged_on};
}

static void add_period(struct settling *settling, size_t index)
{
    const struct rating_period *period = &settling->payer->periods[index];
    struct contract_charge charge = charge_of(period);
    (void)contract_ledger_add(&settling->ledger, &charge, period->subscription,
                              period->listed->price.price, settling->rated[index].net,
                              settling->arena);
}

static bool add_bill(struct settling *settling, size_t phase, struct contract_bill bill,
                     struct error *err)
{
    struct contract_ledger *ledger = &settling->ledger;
    bill.phase = &ledger->phases.items[phase];
    if (text_equal(bill.kind, correction_base_kind(bill.kind)))
        ledger->true_up_count[phase]++;
    ARRAY_ADD(settling->arena, settling->bills) = bill;
    return money_add(ledger->billed[phase], bill.amount, &ledger->billed[phase], err);
}

/* What is settled by lines that are there already is on no earlier document than these. */
static struct date cutoff_of(const struct settling *settling, struct date cutoff_on)
{
    for (size_t i = 0; i < settling->contract->lines.count; i++)
        cutoff_on = date_max(cutoff_on, settling->contract->lines.items[i].cutoff_on);
    return cutoff_on;
}

/* One that is due is billed although nothing is missing: that is said by a line of nothing. */
static bool bill_due(struct settling *settling, const struct rating_period *period,
                     struct error *err)
{
    const struct contract_phases *phases = &settling->ledger.phases;
    for (size_t i = 0; i < phases->count; i++) {
        struct contract_bill bill = {.period = period,
                                     .cutoff_on = cutoff_of(settling, period->cutoff_on),
                                     .kind = period->kind,
                                     .start_at_us = period->start_at_us,
                                     .end_at_us = period->end_at_us};
        if (phases->items[i].phase_id != period->price_id)
            continue;
        settling->is_settled[i] = true;
        settling->ledger.start_at_us[i] = period->start_at_us;
        settling->ledger.end_at_us[i] = period->end_at_us;
        return contract_ledger_true_up(&settling->ledger, i, &bill.amount, err) &&
               add_bill(settling, i, bill, err);
    }
    return error_item(err, "missing_phase", "its phase is not in the database");
}

static const char *later_kind(const struct settling *settling, size_t phase)
{
    return arena_printf(settling->arena, "true_up:%" PRId64,
                        settling->ledger.true_up_count[phase] + 1);
}

static bool bill_later(struct settling *settling, size_t phase, struct date cutoff_on,
                       struct error *err)
{
    struct contract_ledger *ledger = &settling->ledger;
    struct contract_bill bill = {.cutoff_on = cutoff_of(settling, cutoff_on),
                                 .start_at_us = ledger->start_at_us[phase],
                                 .end_at_us = ledger->end_at_us[phase]};
    bool is_waiting = /* one that waits bills what has come since */
        !settling->is_settled[phase] && contract_ids_have(&settling->contract->waiting.true_ups,
                                                          ledger->phases.items[phase].phase_id);
    if (ledger->true_up_count[phase] == 0 || is_waiting)
        return true;
    if (!contract_ledger_true_up(ledger, phase, &bill.amount, err))
        return false;
    if (money_sign(bill.amount) == 0)
        return true;
    bill.kind = later_kind(settling, phase);
    return add_bill(settling, phase, bill, err);
}

/* Only where something is settled, or was before a charge comes. */
static bool is_to_draw(const struct settling *settling, bool has_due)
{
    for (size_t i = 0; i < settling->ledger.phases.count && !has_due; i++)
        has_due = settling->ledger.true_up_count[i] > 0;
    return has_due;
}

static bool settle_cutoff(struct settling *settling, size_t first, size_t end, struct error *err)
{
    const struct rating_period *periods = settling->payer->periods;
    bool touched = false;
    bool has_due = false;
    for (size_t i = first; i < end; i++) {
        if (!is_own(settling, &periods[i]))
            continue;
        touched = true;
        has_due = has_due || periods[i].is_true_up;
        if (settling->rated[i].is_rated)
            add_period(settling, i);
    }
    if (!touched || !is_to_draw(settling, has_due))
        return true;
    if (!contract_ledger_draw(&settling->ledger, settling->arena, err))
        return false;
    for (size_t i = first; i < end; i++)
        if (is_own(settling, &periods[i]) && periods[i].is_true_up &&
            !bill_due(settling, &periods[i], err))
            return error_context(err, "contract %s", periods[i].subscription);
    for (size_t i = 0; i < settling->ledger.phases.count; i++)
        if (!bill_later(settling, i, periods[first].cutoff_on, err))
            return false;
    return true;
}

/* Whether one of his charges here may change what is missing to the phase. */
static bool touches_phase(const struct settling *settling, const struct contract_phase *phase)
{
    for (size_t i = 0; i < settling->payer->period_count; i++) {
        const struct rating_period *period = &settling->payer->periods[i];
        if (!is_own(settling, period) || !settling->rated[i].is_rated)
            continue;
        struct contract_charge charge = charge_of(period);
        if (contract_phase_covers(phase, &charge))
            return true;
    }
    return false;
}

/* Charges of his phases wait: another payer's, or for a person. */
static bool has_waiting_charges(const struct settling *settling)
{
    const struct rating_payer *payer = settling->payer;
    for (size_t i = 0; i < payer->apart_count; i++) {
        const struct rating_period *period = &payer->apart[i];
        if (period->is_true_up || !is_own(settling, period))
            continue;
        if (period->listed == NULL)
            return true;
        struct contract_charge charge = charge_of(period);
        if (contract_phases_draw(&settling->contract->phases, &charge))
            return true;
    }
    return settling->contract->waiting.has_charges_elsewhere;
}

/* What was settled before is settled again by the next run; what is due stays due. */
static void postpone(struct settling *settling)
{
    const struct contract_waiting *waiting = &settling->contract->waiting;
    struct contract_ledger *ledger = &settling->ledger;
    for (size_t i = 0; i < ledger->phases.count; i++) {
        const struct contract_phase *phase = &ledger->phases.items[i];
        if (ledger->true_up_count[i] == 0 ||
            contract_ids_have(&waiting->true_ups, phase->phase_id) ||
            !touches_phase(settling, phase))
            continue;
        ARRAY_ADD(settling->arena, settling->bills) =
            (struct contract_bill){.phase = phase,
                                   .cutoff_on = settling->business_date,
                                   .kind = later_kind(settling, i),
                                   .start_at_us = ledger->start_at_us[i],
                                   .end_at_us = ledger->end_at_us[i],
                                   .amount = money_zero(phase->currency),
                                   .waits_for = waiting->pays_id};
    }
}

static bool settle(struct settling *settling, struct error *err)
{
    const struct rating_payer *payer = settling->payer;
    if (!contract_ledger_open(&settling->contract->phases, settling->catalog->tenant.rounding,
                              settling->arena, &settling->ledger, err) ||
        !add_stored_lines(settling, err))
        return false;
    settling->is_settled =
        ARENA_NEW_ARRAY(settling->arena, bool, settling->ledger.phases.count + 1);
    for (size_t i = 0; i < settling->ledger.phases.count; i++)
        settling->is_settled[i] = false;
    if (has_waiting_charges(settling)) {
        postpone(settling);
        return true;
    }
    for (size_t first = 0; first < payer->period_count;) {
        struct date cutoff_on = cutoff_of(settling, payer->periods[first].cutoff_on);
        size_t end = first;
        while (end < payer->period_count &&
               date_compare(cutoff_of(settling, payer->periods[end].cutoff_on), cutoff_on) == 0)
            end++; /* what one document says is settled by all of its charges */
        if (!settle_cutoff(settling, first, end, err))
            return false;
        first = end;
    }
    return true;
}

bool rating_contracts_bill(const struct rating_payer *payer, const struct contract_rated *rated,
                           const struct billing_catalog *catalog, struct date business_date,
                           struct arena *arena, struct contract_bills *ret_bills, struct error *err)
{
    struct settling settling = {.payer = payer,
                                .rated = rated,
                                .catalog = catalog,
                                .business_date = business_date,
                                .arena = arena,
                                .bills = ret_bills};
    *ret_bills = (struct contract_bills){0};
    for (size_t i = 0; i < payer->contract_count; i++) {
        settling.contract = &payer->contracts[i];
        if (!settle(&settling, err))
            return false;
    }
    return true;
}
