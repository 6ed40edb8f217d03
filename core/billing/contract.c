/* Contracts: see contract.h, whose rules are referred to here. */
#include "core/billing/contract.h"

#include "core/calendar/proration.h"

static struct date earlier_end(struct date a, struct date b)
{
    if (date_is_none(a))
        return b;
    return date_is_none(b) ? a : date_min(a, b);
}

bool contract_check(const struct contract_term *contract, struct error *err)
{
    if (date_is_none(contract->end) || date_compare(contract->end, contract->start) > 0)
        return true;
    return error_item(err, "bad_contract", "its end, %s, is not after its start, %s",
                      date_text(contract->end).text, date_text(contract->start).text);
}

bool contract_check_amendment(const struct contract_term *closed, struct date amended_from,
                              struct error *err)
{
    if (date_compare(amended_from, closed->start) > 0 &&
        (date_is_none(closed->end) || date_compare(amended_from, closed->end) <= 0))
        return true;
    if (date_is_none(closed->end))
        return error_item(err, "bad_amendment", "it begins on %s, not after what it amends, on %s",
                          date_text(amended_from).text, date_text(closed->start).text);
    return error_item(err, "bad_amendment", "it begins on %s, outside what it amends, %s to %s",
                      date_text(amended_from).text, date_text(closed->start).text,
                      date_text(closed->end).text);
}

static bool refuse_outside(const struct contract_term *contract, struct date day, struct error *err)
{
    if (date_is_none(contract->end))
        return error_item(err, "bad_phase", "%s is before the start of the contract, %s",
                          date_text(day).text, date_text(contract->start).text);
    return error_item(err, "bad_phase", "%s is outside the contract, %s to %s", date_text(day).text,
                      date_text(contract->start).text, date_text(contract->end).text);
}

static bool check_phase(const struct contract_term *contract,
                        const struct contract_phase_term *phase, struct error *err)
{
    if (date_compare(phase->start, contract->start) < 0 ||
        (!date_is_none(contract->end) && date_compare(phase->start, contract->end) >= 0))
        return refuse_outside(contract, phase->start, err);
    if (date_is_none(phase->end))
        return true;
    if (date_compare(phase->end, phase->start) <= 0)
        return error_item(err, "bad_phase", "its end, %s, is not after its start, %s",
                          date_text(phase->end).text, date_text(phase->start).text);
    if (!date_is_none(contract->end) && date_compare(phase->end, contract->end) > 0)
        return refuse_outside(contract, phase->end, err);
    return true;
}

bool contract_check_phases(const struct contract_term *contract,
                           const struct contract_phase_term *phases, size_t count,
                           size_t *ret_at_fault, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        *ret_at_fault = i;
        if (!check_phase(contract, &phases[i], err))
            return false;
        if (i == 0)
            continue;
        const struct contract_phase_term *before = &phases[i - 1];
        if (date_compare(phases[i].start, before->start) == 0 ||
            (!date_is_none(before->end) && date_compare(phases[i].start, before->end) < 0))
            return error_item(err, "bad_phase",
                              "it begins on %s, within the phase that begins on %s",
                              date_text(phases[i].start).text, date_text(before->start).text);
    }
    return true;
}

struct period contract_phase_agreed(const struct contract_term *contract,
                                    const struct contract_phase_term *phases, size_t count,
                                    size_t phase)
{
    struct date end = phases[phase].end;
    if (date_is_none(end))
        end = phase + 1 < count ? phases[phase + 1].start : contract->end;
    return (struct period){phases[phase].start, end};
}

struct period contract_phase_held(const struct contract_term *contract,
                                  const struct contract_phase_term *phases, size_t count,
                                  size_t phase)
{
    struct period held = contract_phase_agreed(contract, phases, count, phase);
    held.end = earlier_end(held.end, contract->closed_on);
    if (!date_is_none(held.end) && date_compare(held.end, held.start) < 0)
        held.end = held.start;
    return held;
}

bool contract_phase_holds(struct period held, struct date day)
{
    return date_compare(day, held.start) >= 0 &&
           (date_is_none(held.end) || date_compare(day, held.end) < 0);
}

bool contract_commitment_held(struct money commitment, struct period agreed, struct period held,
                              enum rounding rounding, struct money *ret_commitment,
                              struct error *err)
{
    struct proration part;
    if (date_is_none(
            agreed.end)) /* no days to prorate by: it never falls due but by an amendment */
        agreed.end = held.end;
    if (date_compare(held.end, held.start) == 0) {
        *ret_commitment = money_zero(commitment.currency);
        return true;
    }
    return proration_of_dates(PRORATE_DAY, NULL, agreed, held, &part, err) &&
           money_prorate(commitment, part.numerator, part.denominator, rounding, ret_commitment,
                         err);
}

struct date contract_phase_due(struct period held, struct date last_period_end)
{
    return date_is_none(last_period_end) ? held.end : date_max(held.end, last_period_end);
}

/* What one more charge may draw of it; or, of a credit, what may come back to it. */
static bool room_of(const struct commitment_account *account, bool is_credit,
                    struct money *ret_room, struct error *err)
{
    struct money room = account->drawn;
    if (!is_credit && !money_subtract(account->commitment, account->drawn, &room, err))
        return false;
    *ret_room = money_sign(room) < 0 ? money_zero(room.currency) : room;
    return true;
}

static bool take(struct commitment_account *account, struct money part, struct money *ret_part,
                 struct error *err)
{
    *ret_part = part;
    return money_add(account->drawn, part, &account->drawn, err);
}

bool commitment_draw(struct commitment_account *const *accounts, size_t count, struct money net,
                     struct money *ret_parts, struct error *err)
{
    bool is_credit = money_sign(net) < 0;
    struct money left = net;
    for (size_t i = 0; i < count; i++)
        ret_parts[i] = money_zero(net.currency);
    /* All but the one that takes what is beyond: the last of a charge, and of a credit the last
     * again, with what nobody has to give back. */
    for (size_t step = 0; step < count; step++) {
        size_t i = is_credit ? count - 1 - step : step;
        struct money room, part;
        int32_t order;
        if (!is_credit && i == count - 1)
            break;
        if (!room_of(accounts[i], is_credit, &room, err) ||
            (is_credit && !money_negate(room, &room, err)) ||
            !money_compare(left, room, &order, err))
            return false;
        part = (is_credit ? order > 0 : order < 0) ? left : room;
        if (!take(accounts[i], part, &ret_parts[i], err) || !money_subtract(left, part, &left, err))
            return false;
    }
    if (count == 0 || money_sign(left) == 0)
        return true;
    return money_add(accounts[count - 1]->drawn, left, &accounts[count - 1]->drawn, err) &&
           money_add(ret_parts[count - 1], left, &ret_parts[count - 1], err);
}

bool commitment_true_up(const struct commitment_account *account, struct money billed,
                        struct money *ret_true_up, struct error *err)
{
    struct money missing;
    struct money drawn =
        money_sign(account->drawn) < 0 ? money_zero(account->drawn.currency) : account->drawn;
    if (!money_subtract(account->commitment, drawn, &missing, err))
        return false;
    if (money_sign(missing) < 0)
        missing = money_zero(missing.currency);
    return money_subtract(missing, billed, ret_true_up, err);
}
