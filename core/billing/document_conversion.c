/* A document in another currency: see document_conversion.h. */
#include "core/billing/document_conversion.h"

bool document_convert(const struct document_amounts *document, struct ratio rate,
                      struct currency to, enum rounding rounding,
                      struct document_amounts *ret_converted, struct error *err)
{
    struct document_amounts converted;
    if (!conversion_convert(money_to_decimal(document->tax), rate, to, rounding, &converted.tax,
                            err) ||
        !conversion_convert(money_to_decimal(document->total), rate, to, rounding, &converted.total,
                            err) ||
        !money_subtract(converted.total, converted.tax, &converted.net, err))
        return false;
    *ret_converted = converted;
    return true;
}

bool exchange_rate_check_known(const struct exchange_rate_choice *choice, struct date on,
                               enum missing_day rule, struct date known_on, struct error *err)
{
    struct date last = on;
    if (rule == MISSING_DAY_NEXT ||
        (rule == MISSING_DAY_DAY_BEFORE && !date_add_days(on, -1, &last, err)))
        return rule == MISSING_DAY_NEXT;
    if (date_compare(choice->legs.published_on, last) >= 0 ||
        (!date_is_none(known_on) && date_compare(known_on, last) > 0))
        return true;
    (void)error_item(err, "rates_not_known",
                     "the rates of %s are there, and nobody has asked since for those up to %s",
                     date_text(choice->legs.published_on).text, date_text(last).text);
    return error_hint(err,
                      "`billmill run exchange-rate-sync` for a day after that; by hand: import "
                      "rates of that day, or of a later one");
}
