/* `calc credit_note`: what was invoiced and the unused part of it in, the note out (DOMAIN 11). */
#include "core/billing/credit_note.h"
#include "core/cli/calc_input.h"

#define TAXES_MAX 1000

struct note_taxes {
    const char **names;
    struct decimal *rates;
    size_t count;
};

static bool read_amount(const struct calc_place *object, const char *name, struct currency currency,
                        struct money *ret_amount, struct calc_error *err)
{
    struct calc_place place = calc_member(object, name);
    return calc_money(&place, currency, ret_amount, err) &&
           (money_sign(*ret_amount) >= 0 || calc_fail(&place, err, "is negative"));
}

static bool read_tax(const struct calc_place *place, const char **ret_name,
                     struct decimal *ret_rate, struct calc_error *err)
{
    static const char *const fields[] = {"name", "rate_percent"};
    struct calc_place name = calc_member(place, "name");
    struct calc_place rate = calc_member(place, "rate_percent");
    *ret_name = "";
    if (!calc_object(place, fields, ARRAY_LEN(fields), err) ||
        (calc_is_given(&name) && !calc_text(&name, ret_name, err)) ||
        !calc_decimal(&rate, ret_rate, err))
        return false;
    return decimal_sign(*ret_rate) >= 0 || calc_fail(&rate, err, "is negative");
}

static bool read_taxes(const struct calc_place *input, struct arena *arena,
                       struct note_taxes *taxes, struct calc_error *err)
{
    struct calc_place list = calc_member(input, "taxes");
    *taxes = (struct note_taxes){0};
    if (!calc_is_given(&list))
        return true;
    if (!calc_array(&list, TAXES_MAX, &taxes->count, err))
        return false;
    taxes->names = ARENA_NEW_ARRAY(arena, const char *, taxes->count);
    taxes->rates = ARENA_NEW_ARRAY(arena, struct decimal, taxes->count);
    for (size_t i = 0; i < taxes->count; i++) {
        struct calc_place element = calc_element(&list, i);
        if (!read_tax(&element, &taxes->names[i], &taxes->rates[i], err))
            return false;
    }
    return true;
}

static bool read_part(const struct calc_place *input, struct credit_note_request *request,
                      struct calc_error *err)
{
    static const char *const fields[] = {"numerator", "denominator"};
    struct calc_place part = calc_member(input, "unused");
    struct calc_place numerator = calc_member(&part, "numerator");
    struct calc_place denominator = calc_member(&part, "denominator");
    request->has_part = calc_is_given(&part);
    if (!request->has_part)
        return true;
    if (!calc_object(&part, fields, ARRAY_LEN(fields), err) ||
        !calc_integer(&numerator, 0, INT64_MAX, &request->numerator, err) ||
        !calc_integer(&denominator, 1, INT64_MAX, &request->denominator, err))
        return false;
    return request->numerator <= request->denominator ||
           calc_fail(&numerator, err, "is more than the denominator");
}

static bool read_credited(const struct calc_place *input, struct currency currency,
                          struct credit_note_request *request, struct calc_error *err)
{
    static const char *const fields[] = {"net", "tax"};
    struct calc_place credited = calc_member(input, "already_credited");
    request->credited_net = money_zero(currency);
    request->credited_tax = money_zero(currency);
    return !calc_is_given(&credited) ||
           (calc_object(&credited, fields, ARRAY_LEN(fields), err) &&
            read_amount(&credited, "net", currency, &request->credited_net, err) &&
            read_amount(&credited, "tax", currency, &request->credited_tax, err));
}

static json_t *note_json(const struct note_taxes *taxes, const struct credit_note *note)
{
    json_t *list = json_array();
    for (size_t i = 0; i < taxes->count; i++) {
        json_t *row =
            json_pack("{s:s, s:s, s:s}", "name", taxes->names[i], "rate_percent",
                      decimal_text(taxes->rates[i]).text, "tax", money_text(note->taxes[i]).text);
        (void)json_array_append_new(list, row);
    }
    return json_pack("{s:s, s:o, s:s, s:s}", "net", money_text(note->net).text, "taxes", list,
                     "tax", money_text(note->tax).text, "total", money_text(note->total).text);
}

bool calc_credit_note(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                      struct calc_error *err)
{
    static const char *const fields[] = {"currency", "net", "unused", "taxes", "already_credited"};
    struct calc_place currency_place = calc_member(input, "currency");
    struct currency currency;
    struct note_taxes taxes;
    struct credit_note note;
    struct credit_note_request request = {.rounding = ROUND_HALF_UP};
    struct error rule = {0};
    if (!calc_object(input, fields, ARRAY_LEN(fields), err) ||
        !calc_currency(&currency_place, &currency, err) ||
        !read_amount(input, "net", currency, &request.net, err) ||
        !read_taxes(input, work->arena, &taxes, err) || !read_part(input, &request, err) ||
        !read_credited(input, currency, &request, err))
        return false;
    request.rates = taxes.rates;
    request.rate_count = taxes.count;
    if (!credit_note_invoiced_tax(request.net, taxes.rates, taxes.count, request.rounding,
                                  &request.tax, &rule) ||
        !credit_note_compute(&request, work->arena, &note, &rule))
        return calc_fail_rule(input, &rule, err);
    *ret_answer = note_json(&taxes, &note);
    return true;
}
