/* `calc conversion`: an amount in another currency by the rates of one publication (DOMAIN 9 and
 * 11). Stored publications belong to a database: here the rates are in the question. */
#include "core/base/text.h"
#include "core/billing/conversion.h"
#include "core/cli/calc_input.h"

static const char *const conversion_fields[] = {"amount", "from", "to", "date", "rates", "source"};
static const char *const publication_fields[] = {"date", "base", "rates"};

struct conversion_question {
    struct decimal amount;
    struct currency from, to;
    struct date on;
    struct conversion_legs legs;
};

static bool read_date(const struct calc_place *place, struct date *date, struct calc_error *err)
{
    struct error rule = {0};
    const char *text;
    return calc_text(place, &text, err) &&
           (date_parse(text, date, &rule) || calc_fail_rule(place, &rule, err));
}

static bool read_rate(const struct calc_place *place, struct decimal *rate, struct calc_error *err)
{
    return calc_decimal(place, rate, err) &&
           (decimal_sign(*rate) > 0 || calc_fail(place, err, "an exchange rate is above 0"));
}

/* Every rate, so that a publication with a broken one is not used for the others. */
static bool check_rates(const struct calc_place *rates, struct calc_error *err)
{
    if (!json_is_object(rates->value))
        return calc_fail(rates, err, "%sexpected an object of rates",
                         calc_is_given(rates) ? "" : "is missing: ");
    json_t *object = json_incref((json_t *)(uintptr_t)rates->value); /* see calc_object */
    bool good = true;
    for (void *it = json_object_iter(object); it != NULL && good;
         it = json_object_iter_next(object, it)) {
        struct calc_place rate = calc_member(rates, json_object_iter_key(it));
        struct decimal value;
        good = read_rate(&rate, &value, err);
    }
    json_decref(object);
    return good;
}

static bool read_leg(const struct calc_place *rates, struct currency base, struct currency code,
                     struct decimal *rate, struct calc_error *err)
{
    const struct decimal one = decimal_from_i64(1);
    struct calc_place place = calc_member(rates, code.code);
    bool is_base = text_equal(base.code, code.code);
    *rate = one;
    if (is_base && !calc_is_given(&place))
        return true;
    if (!calc_is_given(&place))
        return calc_fail(&place, err, "is missing: the publication has no rate of %s", code.code);
    return read_rate(&place, rate, err) && (!is_base || decimal_compare(*rate, one) == 0 ||
                                            calc_fail(&place, err, "the rate of the base is 1"));
}

static bool read_publication(const struct calc_place *input, struct conversion_question *question,
                             struct calc_error *err)
{
    struct calc_place place = calc_member(input, "rates");
    struct calc_place date = calc_member(&place, "date");
    struct calc_place base_place = calc_member(&place, "base");
    struct calc_place rates = calc_member(&place, "rates");
    struct currency base;
    struct error rule = {0};
    if (!calc_object(&place, publication_fields, ARRAY_LEN(publication_fields), err) ||
        !read_date(&date, &question->legs.published_on, err) ||
        !calc_currency(&base_place, &base, err) || !check_rates(&rates, err))
        return false;
    if (!conversion_check_age(question->legs.published_on, question->on, &rule))
        return calc_fail_rule(&date, &rule, err);
    return read_leg(&rates, base, question->from, &question->legs.from_rate, err) &&
           read_leg(&rates, base, question->to, &question->legs.to_rate, err);
}

static bool read_question(const struct calc_place *input, struct conversion_question *question,
                          struct calc_error *err)
{
    struct calc_place amount = calc_member(input, "amount");
    struct calc_place from = calc_member(input, "from");
    struct calc_place to = calc_member(input, "to");
    struct calc_place date = calc_member(input, "date");
    struct calc_place source = calc_member(input, "source");
    if (!calc_object(input, conversion_fields, ARRAY_LEN(conversion_fields), err) ||
        !calc_decimal(&amount, &question->amount, err) ||
        !calc_currency(&from, &question->from, err) || !calc_currency(&to, &question->to, err) ||
        !read_date(&date, &question->on, err))
        return false;
    if (calc_is_given(&source))
        return calc_fail(&source, err, "calc has no database of published rates: give rates");
    return read_publication(input, question, err);
}

bool calc_conversion(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                     struct calc_error *err)
{
    struct conversion_question question = {0};
    struct calc_place amount_place = calc_member(input, "amount");
    struct ratio rate;
    struct money amount;
    struct error rule = {0};
    (void)work;
    if (!read_question(input, &question, err))
        return false;
    if (!conversion_rate(&question.legs, &rate, &rule) ||
        !conversion_convert(question.amount, rate, question.to, ROUND_HALF_UP, &amount, &rule))
        return calc_fail_rule(&amount_place, &rule, err);
    *ret_answer = json_pack("{s:s, s:s, s:s}", "amount", money_text(amount).text, "rate",
                            ratio_text(rate).text, "publication_date",
                            date_text(question.legs.published_on).text);
    return true;
}
