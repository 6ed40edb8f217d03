/* Credit notes: see credit_note.h, whose numbers are referred to here. */
#include "core/billing/credit_note.h"

#include <inttypes.h>

#include "core/money/allocation.h"

static bool percent_of(struct money net, struct decimal rate, enum rounding rounding,
                       struct money *ret_tax, struct error *err)
{
    struct ratio part;
    return ratio_divide(ratio_from_decimal(rate), ratio_from_i64(100), &part, err) &&
           money_multiply_ratio(net, part, rounding, ret_tax, err);
}

bool credit_note_invoiced_tax(struct money net, const struct decimal *rates, size_t rate_count,
                              enum rounding rounding, struct money *ret_tax, struct error *err)
{
    struct money sum = money_zero(net.currency);
    for (size_t i = 0; i < rate_count; i++) {
        struct money tax;
        if (!percent_of(net, rates[i], rounding, &tax, err) || !money_add(sum, tax, &sum, err))
            return false;
    }
    *ret_tax = sum;
    return true;
}

static bool check_left(const char *what, struct money invoiced, struct money credited,
                       struct money *ret_left, struct error *err)
{
    if (money_sign(invoiced) < 0 || money_sign(credited) < 0)
        return error_item(err, "bad_credit_note", "the %s is below zero", what);
    if (!money_subtract(invoiced, credited, ret_left, err))
        return false;
    return money_sign(*ret_left) >= 0 ||
           error_item(err, "bad_credit_note", "%s of %s is credited, more than the %s invoiced",
                      what, money_text(credited).text, money_text(invoiced).text);
}

static bool check_rates(const struct credit_note_request *request, struct error *err)
{
    for (size_t i = 0; i < request->rate_count; i++)
        if (decimal_sign(request->rates[i]) < 0)
            return error_item(err, "bad_credit_note", "a tax rate of %s %% is below zero",
                              decimal_text(request->rates[i]).text);
    return true;
}

/* Rule 1. */
static bool credited_net(const struct credit_note_request *request, struct money left,
                         struct money *ret_net, struct error *err)
{
    struct money net;
    int32_t order;
    if (!request->has_part) {
        *ret_net = left;
        return true;
    }
    if (request->numerator < 0 || request->denominator < 1 ||
        request->numerator > request->denominator)
        return error_item(err, "bad_credit_note",
                          "an unused part of %" PRId64 "/%" PRId64 " is outside 0 to 1",
                          request->numerator, request->denominator);
    if (!money_prorate(request->net, request->numerator, request->denominator, request->rounding,
                       &net, err) ||
        !money_compare(net, left, &order, err))
        return false;
    *ret_net = order > 0 ? left : net;
    return true;
}

/* Rule 4. Without a rate above zero there is nothing to share by: the first takes it. */
static bool share_by_rate(const struct credit_note_request *request, struct money tax,
                          struct arena *arena, struct money *taxes, struct error *err)
{
    struct ratio *weights = ARENA_NEW_ARRAY(arena, struct ratio, request->rate_count);
    bool weighty = false;
    for (size_t i = 0; i < request->rate_count; i++) {
        weights[i] = ratio_from_decimal(request->rates[i]);
        weighty = weighty || ratio_sign(weights[i]) > 0;
        taxes[i] = i == 0 ? tax : money_zero(tax.currency);
    }
    return !weighty ||
           money_allocate_by_ratios(tax, weights, request->rate_count, arena, taxes, err);
}

/* Rules 2 and 3. */
static bool credited_taxes(const struct credit_note_request *request, bool empties,
                           struct money left, struct arena *arena, struct credit_note *note,
                           struct error *err)
{
    int32_t order = 0;
    note->tax = money_zero(note->net.currency);
    for (size_t i = 0; i < request->rate_count; i++)
        if (!percent_of(note->net, request->rates[i], request->rounding, &note->taxes[i], err) ||
            !money_add(note->tax, note->taxes[i], &note->tax, err))
            return false;
    if (!money_compare(note->tax, left, &order, err))
        return false;
    if (order == 0 || (order < 0 && !empties))
        return true;
    if (request->rate_count == 0)
        return error_item(err, "bad_credit_note", "tax of %s is left, but there is no tax",
                          money_text(left).text);
    note->tax = left;
    return share_by_rate(request, left, arena, note->taxes, err);
}

bool credit_note_compute(const struct credit_note_request *request, struct arena *arena,
                         struct credit_note *ret_note, struct error *err)
{
    struct money net_left, tax_left;
    struct credit_note note = {
        .taxes = ARENA_NEW_ARRAY(arena, struct money, request->rate_count),
    };
    if (!check_left("net", request->net, request->credited_net, &net_left, err) ||
        !check_left("tax", request->tax, request->credited_tax, &tax_left, err) ||
        !check_rates(request, err) || !credited_net(request, net_left, &note.net, err) ||
        !credited_taxes(request, money_equal(note.net, net_left), tax_left, arena, &note, err) ||
        !money_add(note.net, note.tax, &note.total, err))
        return false;
    *ret_note = note;
    return true;
}
