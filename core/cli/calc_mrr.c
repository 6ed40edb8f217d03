/* `calc mrr`: recurring prices brought to a month (DOMAIN 10 and 11). */
#include "core/billing/mrr.h"
#include "core/cli/calc_input.h"

static const char *const mrr_fields[] = {"currency", "prices"};
static const char *const mrr_price_fields[] = {"amount", "interval", "interval_count", "quantity"};

static bool read_interval(const struct calc_place *place, struct mrr_price *price,
                          struct calc_error *err)
{
    struct calc_place interval = calc_member(place, "interval");
    struct calc_place count_place = calc_member(place, "interval_count");
    int64_t count = 1;
    struct error rule = {0};
    const char *name;
    if (!calc_text(&interval, &name, err))
        return false;
    if (!interval_unit_parse(name, &price->interval, &rule))
        return calc_fail_rule(&interval, &rule, err);
    if (calc_is_given(&count_place) &&
        !calc_integer(&count_place, 1, INTERVAL_COUNT_MAX, &count, err))
        return false;
    price->interval_count = (int32_t)count;
    return true;
}

static bool read_price(const struct calc_place *place, struct mrr_price *price,
                       struct calc_error *err)
{
    struct calc_place amount = calc_member(place, "amount");
    struct calc_place quantity = calc_member(place, "quantity");
    price->quantity = decimal_from_i64(1);
    if (!calc_object(place, mrr_price_fields, ARRAY_LEN(mrr_price_fields), err) ||
        !calc_decimal(&amount, &price->amount, err) || !read_interval(place, price, err))
        return false;
    if (!calc_is_given(&quantity))
        return true;
    return calc_decimal(&quantity, &price->quantity, err) &&
           (decimal_sign(price->quantity) >= 0 || calc_fail(&quantity, err, "is negative"));
}

/* Adds the price's row to the answer and its figure to the total. A total that is too large is no
 * mistake of one price. */
static bool add_price(const struct calc_place *prices, size_t index, struct currency currency,
                      json_t *rows, struct money *total, struct calc_error *err)
{
    struct calc_place place = calc_element(prices, index);
    struct mrr_price price = {0};
    struct money mrr;
    struct error rule = {0};
    if (!read_price(&place, &price, err))
        return false;
    if (!mrr_normalize(&price, currency, &mrr, &rule))
        return calc_fail_rule(&place, &rule, err);
    if (!money_add(*total, mrr, total, &rule))
        return calc_fail_rule(prices, &rule, err);
    (void)json_array_append_new(rows, json_pack("{s:s}", "mrr", money_text(mrr).text));
    return true;
}

bool calc_mrr(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
              struct calc_error *err)
{
    struct calc_place currency_place = calc_member(input, "currency");
    struct calc_place prices = calc_member(input, "prices");
    struct currency currency;
    size_t count = 0;
    (void)work;
    if (!calc_object(input, mrr_fields, ARRAY_LEN(mrr_fields), err) ||
        !calc_currency(&currency_place, &currency, err) ||
        !calc_array(&prices, CALC_LIST_MAX, &count, err))
        return false;
    struct money total = money_zero(currency);
    json_t *rows = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!add_price(&prices, i, currency, rows, &total, err)) {
            json_decref(rows);
            return false;
        }
    }
    *ret_answer = json_pack("{s:o, s:s}", "prices", rows, "total", money_text(total).text);
    return true;
}
