/* What is still owed: see settlement.h, whose numbers are referred to here. */
#include "core/billing/settlement.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {
    [SETTLEMENT_OPEN] = "open",
    [SETTLEMENT_PARTIALLY_PAID] = "partially_paid",
    [SETTLEMENT_PAID] = "paid",
    [SETTLEMENT_UNCOLLECTIBLE] = "uncollectible",
};

static const char *const refund_names[] = {
    [REFUND_NONE] = "none",
    [REFUND_PARTIAL] = "partially_refunded",
    [REFUND_FULL] = "refunded",
};

const char *settlement_status_name(enum settlement_status status)
{
    return status_names[status];
}

const char *refund_status_name(enum refund_status status)
{
    return refund_names[status];
}

static int compare_events(const void *a, const void *b)
{
    const struct settlement_event *left = a;
    const struct settlement_event *right = b;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return strcmp(left->reference, right->reference);
}

static struct settlement_event *sorted_events(const struct settlement_event *events, size_t count,
                                              struct arena *scratch)
{
    struct settlement_event *sorted = ARENA_NEW_ARRAY(scratch, struct settlement_event, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = events[i];
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, compare_events);
    return sorted;
}

/* Rule 3. */
static bool check_event(const struct settlement_event *event, const struct settlement_event *before,
                        bool *ret_again, struct error *err)
{
    if (money_sign(event->amount) <= 0)
        return error_item(err, "bad_settlement", "the amount of %s is %s, not above zero",
                          event->reference, money_text(event->amount).text);
    *ret_again = before != NULL && compare_events(event, before) == 0;
    return !*ret_again || money_equal(event->amount, before->amount) ||
           error_item(err, "bad_settlement", "%s is there with %s and with %s", event->reference,
                      money_text(before->amount).text, money_text(event->amount).text);
}

static bool add_events(const struct settlement_event *sorted, size_t count,
                       struct settlement *settlement, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct money *sum = &settlement->sums[sorted[i].kind];
        bool again;
        if (!check_event(&sorted[i], i == 0 ? NULL : &sorted[i - 1], &again, err) ||
            (!again && !money_add(*sum, sorted[i].amount, sum, err)))
            return false;
    }
    return true;
}

/* Rules 1 and 2; *ret_kept is what was paid and not refunded. */
static bool balance(struct money total, struct settlement *settlement, struct money *ret_kept,
                    struct error *err)
{
    const struct money *sums = settlement->sums;
    struct money zero = money_zero(total.currency);
    struct money left = total;
    if (!money_subtract(sums[SETTLEMENT_PAYMENT], sums[SETTLEMENT_REFUND], ret_kept, err))
        return false;
    if (money_sign(*ret_kept) < 0)
        return error_item(err, "bad_settlement", "%s is refunded, more than the %s paid",
                          money_text(sums[SETTLEMENT_REFUND]).text,
                          money_text(sums[SETTLEMENT_PAYMENT]).text);
    if (!money_subtract(left, sums[SETTLEMENT_CREDIT_NOTE], &left, err) ||
        !money_subtract(left, sums[SETTLEMENT_GIVEN_BACK], &left, err) ||
        !money_subtract(left, *ret_kept, &left, err))
        return false;
    struct money unpaid = money_sign(left) > 0 ? left : zero;
    int32_t order;
    if (!money_compare(sums[SETTLEMENT_WRITE_OFF], unpaid, &order, err))
        return false;
    settlement->written_off = order < 0 ? sums[SETTLEMENT_WRITE_OFF] : unpaid;
    return money_subtract(unpaid, settlement->written_off, &settlement->balance, err) &&
           money_subtract(unpaid, left, &settlement->overpaid, err);
}

/* Rule 4. */
static bool status_of(struct money total, struct settlement *settlement, struct money kept,
                      struct error *err)
{
    const struct money *sums = settlement->sums;
    struct money credited;
    if (!money_subtract(total, sums[SETTLEMENT_CREDIT_NOTE], &credited, err))
        return false;
    bool is_given_up = money_sign(sums[SETTLEMENT_WRITE_OFF]) > 0 && money_sign(kept) == 0 &&
                       money_sign(credited) > 0;
    if (money_sign(settlement->balance) > 0)
        settlement->status = money_sign(kept) > 0 ? SETTLEMENT_PARTIALLY_PAID : SETTLEMENT_OPEN;
    else
        settlement->status = is_given_up || money_sign(settlement->written_off) > 0
                                 ? SETTLEMENT_UNCOLLECTIBLE
                                 : SETTLEMENT_PAID;
    return true;
}

bool settlement_compute(struct money total, const struct settlement_event *events, size_t count,
                        struct arena *scratch, struct settlement *ret_settlement, struct error *err)
{
    struct settlement settlement = {0};
    struct money kept;
    for (size_t i = 0; i < ARRAY_LEN(settlement.sums); i++)
        settlement.sums[i] = money_zero(total.currency);
    if (!add_events(sorted_events(events, count, scratch), count, &settlement, err) ||
        !balance(total, &settlement, &kept, err) || !status_of(total, &settlement, kept, err))
        return false;
    if (money_sign(settlement.sums[SETTLEMENT_REFUND]) > 0)
        settlement.refund_status = money_sign(kept) > 0 ? REFUND_PARTIAL : REFUND_FULL;
    *ret_settlement = settlement;
    return true;
}

static bool written_off_after(struct money total, const struct settlement_event *events,
                              size_t count, struct money given, struct arena *scratch,
                              struct money *ret_written_off, struct error *err)
{
    struct settlement settlement;
    struct settlement_event *all = ARENA_NEW_ARRAY(scratch, struct settlement_event, count + 1);
    for (size_t i = 0; i < count; i++)
        all[i] = events[i];
    if (money_sign(given) > 0)
        all[count++] = (struct settlement_event){SETTLEMENT_GIVEN_BACK, "given", given};
    if (!settlement_compute(total, all, count, scratch, &settlement, err))
        return false;
    *ret_written_off = settlement.written_off;
    return true;
}

bool settlement_off_written(struct money total, const struct settlement_event *events, size_t count,
                            struct money given, struct arena *scratch, struct money *ret_off,
                            struct error *err)
{
    struct money zero = money_zero(total.currency);
    struct money stays, left;
    return written_off_after(total, events, count, zero, scratch, &stays, err) &&
           written_off_after(total, events, count, given, scratch, &left, err) &&
           money_subtract(stays, left, ret_off, err);
}
