/* What is paid too much: see overpayment.h. */
#include "jobs/overpayment.h"

#include "jobs/correction_note.h"

static bool add(struct money *sum, int64_t minor, struct error *err)
{
    return money_add(*sum, money_of_minor(minor, sum->currency), sum, err);
}

bool overpayment_of(const struct paid_invoice *invoice, struct arena *scratch,
                    struct overpayment *ret_overpayment, struct error *err)
{
    struct currency currency = invoice->of->subject.currency;
    struct money kept = money_zero(currency);
    struct money under_way = money_zero(currency);
    struct money given = money_of_minor(invoice->of->notes_given_minor, currency);
    struct settlement settlement;
    if (!correction_settle(invoice->of, scratch, &settlement, err))
        return false;
    for (size_t i = 0; i < invoice->payment_count; i++) {
        const struct invoice_payment *payment = &invoice->payments[i];
        if (!add(&kept, payment->kept_minor, err) ||
            !add(&under_way, payment->under_way_minor, err) ||
            (payment->granted_minor != DB_I64_NONE && !add(&given, payment->granted_minor, err)))
            return false;
    }
    *ret_overpayment = (struct overpayment){
        .too_much = invoice->of->status == INVOICE_VOID ? kept : settlement.overpaid,
        .given = given,
        .under_way = under_way};
    return true;
}
