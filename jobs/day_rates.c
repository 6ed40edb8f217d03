/* Rates of days: see day_rates.h. */
#include "jobs/day_rates.h"

#include "jobs/environment.h"

void day_rates_begin(const struct job_ctx *ctx, struct currency to, struct arena *arena,
                     struct day_rates *ret_rates)
{
    *ret_rates = (struct day_rates){
        .to = to, .rule = settings_rate_rule(job_environment(ctx)->settings, arena)};
}

bool day_rates_find(const struct job_ctx *ctx, struct day_rates *rates, struct currency from,
                    struct date on, struct arena *arena, size_t *ret_place, struct error *err)
{
    for (size_t i = 0; i < rates->rates.count; i++)
        if (currency_equal(rates->rates.items[i].from, from) &&
            date_compare(rates->rates.items[i].on, on) == 0) {
            *ret_place = i;
            return true;
        }
    struct day_rate rate = {.from = from, .on = on};
    if (!rate_store_choose(ctx->db, &rates->rule, from.code, rates->to.code, on, arena,
                           &rate.choice, &rate.failure) &&
        rate.failure.kind != ERROR_ITEM) {
        *err = rate.failure;
        return false;
    }
    *ret_place = rates->rates.count;
    ARRAY_ADD(arena, &rates->rates) = rate;
    return true;
}

bool day_rates_get(const struct day_rates *rates, size_t place,
                   const struct exchange_rate_choice **ret_choice, struct error *err)
{
    const struct day_rate *rate = &rates->rates.items[place];
    if (rate->failure.kind != ERROR_NONE) {
        *err = rate->failure;
        return false;
    }
    *ret_choice = &rate->choice;
    return true;
}
