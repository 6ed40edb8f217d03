/* `calc proration`: the part of an amount that a service used of its period (DOMAIN 3 and 11). */
#include "core/calendar/proration.h"
#include "core/cli/calc_input.h"

static const char *const proration_fields[] = {
    "currency", "amount", "period", "service", "basis", "timezone",
};

struct moments {
    struct calc_moment start, end;
};

static bool read_moments(const struct calc_place *place, const struct zone *zone,
                         struct moments *moments, struct calc_error *err)
{
    static const char *const fields[] = {"start", "end"};
    struct calc_place start = calc_member(place, "start");
    struct calc_place end = calc_member(place, "end");
    return calc_object(place, fields, ARRAY_LEN(fields), err) &&
           calc_moment(&start, zone, &moments->start, err) &&
           calc_moment(&end, zone, &moments->end, err);
}

static bool has_instant(const struct moments *moments)
{
    return moments->start.is_instant || moments->end.is_instant;
}

static struct instant_span span_of(const struct moments *moments)
{
    return (struct instant_span){moments->start.at_us, moments->end.at_us};
}

/* As dates when all four are; an instant beside a date makes the date its local midnight. */
static bool prorate(enum proration_basis basis, const struct zone *zone,
                    const struct moments *period, const struct moments *service,
                    struct proration *ret_part, struct error *rule)
{
    if (has_instant(period) || has_instant(service))
        return proration_of_instants(basis, zone, span_of(period), span_of(service), ret_part,
                                     rule);
    struct period whole = {period->start.date, period->end.date};
    struct period used = {service->start.date, service->end.date};
    return proration_of_dates(basis, zone, whole, used, ret_part, rule);
}

static bool read_basis(const struct calc_place *input, enum proration_basis *basis,
                       struct calc_error *err)
{
    struct calc_place place = calc_member(input, "basis");
    struct error rule = {0};
    const char *name;
    *basis = PRORATE_DAY;
    return !calc_is_given(&place) ||
           (calc_text(&place, &name, err) &&
            (proration_basis_parse(name, basis, &rule) || calc_fail_rule(&place, &rule, err)));
}

static bool read_part(const struct calc_place *input, struct calc_work *work,
                      struct proration *part, struct calc_error *err)
{
    struct calc_place zone_place = calc_member(input, "timezone");
    struct calc_place period_place = calc_member(input, "period");
    struct calc_place service_place = calc_member(input, "service");
    struct moments period, service;
    enum proration_basis basis;
    const struct zone *zone;
    struct error rule = {0};
    if (!calc_zone(&zone_place, work, &zone, err) || !read_basis(input, &basis, err) ||
        !read_moments(&period_place, zone, &period, err) ||
        !read_moments(&service_place, zone, &service, err))
        return false;
    if (period.end.at_us <= period.start.at_us)
        return calc_fail(&period_place, err, "the period is empty");
    return prorate(basis, zone, &period, &service, part, &rule) ||
           calc_fail_rule(&service_place, &rule, err);
}

bool calc_proration(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                    struct calc_error *err)
{
    struct calc_place currency_place = calc_member(input, "currency");
    struct calc_place amount_place = calc_member(input, "amount");
    struct currency currency;
    struct decimal whole;
    struct proration part = {0};
    struct ratio exact;
    struct money amount;
    struct error rule = {0};
    if (!calc_object(input, proration_fields, ARRAY_LEN(proration_fields), err) ||
        !calc_currency(&currency_place, &currency, err) ||
        !calc_decimal(&amount_place, &whole, err) || !read_part(input, work, &part, err))
        return false;
    if (!ratio_make(part.numerator, part.denominator, &exact, &rule) ||
        !ratio_multiply_decimal(exact, whole, &exact, &rule) ||
        !money_from_ratio(exact, currency, ROUND_HALF_UP, &amount, &rule))
        return calc_fail_rule(&amount_place, &rule, err);
    *ret_answer = json_pack("{s:s, s:I, s:I, s:s}", "amount", money_text(amount).text, "numerator",
                            (json_int_t)part.numerator, "denominator", (json_int_t)part.denominator,
                            "unrounded", ratio_text(exact).text);
    return true;
}
