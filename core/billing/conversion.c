/* Conversion by one publication: see conversion.h. */
#include "core/billing/conversion.h"

bool conversion_check_age(struct date published_on, struct date on, struct error *err)
{
    int32_t age_days = date_days_between(published_on, on);
    if (age_days < 0)
        return error_item(err, "no_exchange_rate", "the rates of %s are later than %s",
                          date_text(published_on).text, date_text(on).text);
    if (age_days > CONVERSION_AGE_DAYS_MAX)
        return error_item(err, "no_exchange_rate",
                          "the rates of %s are %d days older than %s: at most %d are allowed",
                          date_text(published_on).text, age_days, date_text(on).text,
                          CONVERSION_AGE_DAYS_MAX);
    return true;
}

bool conversion_rate(const struct conversion_legs *legs, struct ratio *ret_rate, struct error *err)
{
    if (decimal_sign(legs->from_rate) <= 0 || decimal_sign(legs->to_rate) <= 0)
        return error_item(
            err, "bad_exchange_rate", "an exchange rate is above 0, not %s",
            decimal_text(decimal_sign(legs->from_rate) <= 0 ? legs->from_rate : legs->to_rate)
                .text);
    return ratio_divide(ratio_from_decimal(legs->to_rate), ratio_from_decimal(legs->from_rate),
                        ret_rate, err);
}

bool conversion_convert(struct decimal amount, struct ratio rate, struct currency to,
                        enum rounding rounding, struct money *ret_amount, struct error *err)
{
    struct ratio exact;
    return ratio_multiply_decimal(rate, amount, &exact, err) &&
           money_from_ratio(exact, to, rounding, ret_amount, err);
}
