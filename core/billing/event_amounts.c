/* Amounts of events: see event_amounts.h. */
#include "core/billing/event_amounts.h"

bool price_reads_amounts(const struct price *price)
{
    enum price_model model = price_rated_by(price)->model;
    return model == PRICE_PERCENTAGE || model == PRICE_DYNAMIC;
}

void event_amounts_start(struct event_amounts *amounts, const struct price *price)
{
    *amounts = (struct event_amounts){.price = price_rated_by(price)};
    percentage_fold_start(&amounts->percentage, amounts->price);
}

static bool own_price(const struct usage_value *event, struct decimal *ret_amount,
                      struct error *err)
{
    if (event->price_amount != NULL)
        return decimal_parse(event->price_amount, ret_amount, err);
    (void)error_item(err, "missing_price_amount", "usage event %.100s has no price_amount",
                     event->key == NULL ? "?" : event->key);
    return error_hint(err, "a dynamic price charges what each event says that it costs: import the "
                           "event again with its price_amount, or a customer_price of another "
                           "model for these days, and retry; or waive the period");
}

bool event_amounts_add(struct event_amounts *amounts, const struct usage_value *event,
                       struct error *err)
{
    struct decimal amount;
    if (amounts->price->model == PRICE_DYNAMIC)
        return own_price(event, &amount, err) &&
               decimal_add(amounts->total, amount, &amounts->total, err);
    return decimal_from_stored(event->value_coefficient, event->value_scale, &amount, err) &&
           decimal_add(amounts->total, amount, &amounts->total, err) &&
           percentage_fold_add(&amounts->percentage, amount, err);
}

const struct percentage_fold *event_amounts_fold(const struct event_amounts *amounts)
{
    return amounts->price->model == PRICE_PERCENTAGE ? &amounts->percentage : NULL;
}
