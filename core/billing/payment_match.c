/* Payments that name no invoice: see payment_match.h. */
#include "core/billing/payment_match.h"

#include <string.h>

#include "core/base/text.h"

int32_t match_invoice_compare(const struct match_invoice *a, const struct match_invoice *b)
{
    int32_t order = date_compare(a->due_on, b->due_on);
    if (order == 0)
        order = date_compare(a->issued_on, b->issued_on);
    return order != 0 ? order : strcmp(a->number, b->number);
}

/* What of `left` goes into `room`. */
static bool take(struct money *left, struct money *room, struct money *ret_part, struct error *err)
{
    int32_t order = 0;
    if (!money_compare(*left, *room, &order, err))
        return false;
    *ret_part = order < 0 ? *left : *room;
    return money_subtract(*left, *ret_part, left, err) &&
           money_subtract(*room, *ret_part, room, err);
}

bool payment_match_room(struct money owed, struct money given_back, struct money *ret_room,
                        struct error *err)
{
    struct money room;
    if (!money_subtract(owed, given_back, &room, err))
        return false;
    *ret_room = money_sign(room) > 0 ? room : money_zero(owed.currency);
    return true;
}

bool payment_match(struct money amount, struct match_invoice *invoices, size_t count,
                   struct money *ret_rest, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct match_invoice *invoice = &invoices[i];
        invoice->matched = money_zero(invoice->owed.currency);
        if (text_equal(invoice->owed.currency.code, amount.currency.code) &&
            !take(&amount, &invoice->owed, &invoice->matched, err))
            return false;
    }
    *ret_rest = amount;
    return true;
}

bool payment_match_undo(struct money given_back, struct money *parts, size_t count,
                        struct money *ret_taken, struct money *ret_rest, struct error *err)
{
    for (size_t i = count; i-- > 0;)
        if (!take(&given_back, &parts[i], &ret_taken[i], err))
            return false;
    *ret_rest = given_back;
    return true;
}
