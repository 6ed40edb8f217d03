/* Choosing rates: see tax.h, whose numbers are referred to here. The taxes of an invoice are in
 * tax_compute.c. */
#include "core/billing/tax.h"

#include "core/base/text.h"
#include "core/billing/tax_area.h"
#include "core/billing/tax_id.h"
#include "core/billing/tax_note.h"

static const char *const tax_rounding_names[] = {
    [TAX_ROUNDING_GROUP] = "group",
    [TAX_ROUNDING_LINE] = "line",
    [TAX_ROUNDING_INVOICE] = "invoice",
};

bool tax_rounding_parse(const char *name, enum tax_rounding *ret_rounding, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(tax_rounding_names); i++)
        if (text_equal(tax_rounding_names[i], name)) {
            *ret_rounding = (enum tax_rounding)i;
            return true;
        }
    return error_item(err, "bad_tax_rounding",
                      "'%.40s' is not a tax rounding: group, line or invoice",
                      name == NULL ? "" : name);
}

const char *tax_rounding_name(enum tax_rounding rounding)
{
    return tax_rounding_names[rounding];
}

/* How well a rate fits: 0 not at all, then every tenant's country, every tenant's region, own
 * country, own region. */
static int32_t fit_of(const struct tax_rate *rate, const char *country, const char *region,
                      const struct tax_query *query)
{
    const char *rate_region = text_or_empty(rate->region);
    if (!text_equal(rate->country, country) || !text_equal(rate->category, query->category))
        return 0;
    if (date_compare(query->tax_point, rate->valid_from) < 0)
        return 0;
    if (!date_is_none(rate->valid_to) && date_compare(query->tax_point, rate->valid_to) >= 0)
        return 0;
    if (!text_is_empty(rate_region) && !text_equal(rate_region, region))
        return 0;
    return (rate->of_every_tenant ? 1 : 3) + (text_is_empty(rate_region) ? 0 : 1);
}

/* Without a known country the customer is taxed as at home. */
static const char *country_of(const struct tax_query *query)
{
    return text_is_empty(query->buyer_country) ? query->seller_country : query->buyer_country;
}

static const char *region_of(const struct tax_query *query)
{
    return text_is_empty(query->buyer_country) ? "" : text_or_empty(query->buyer_region);
}

static const struct tax_rate *best_rate(const struct tax_rate *rates, size_t count,
                                        const char *country, const char *region,
                                        const struct tax_query *query)
{
    const struct tax_rate *best = NULL;
    int32_t best_fit = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t fit = fit_of(&rates[i], country, region, query);
        if (fit > best_fit || (fit > 0 && fit == best_fit &&
                               date_compare(rates[i].valid_from, best->valid_from) > 0)) {
            best = &rates[i];
            best_fit = fit;
        }
    }
    return best;
}

bool tax_is_reverse_charged(const struct tax_query *query)
{
    struct tax_id id;
    struct error ignored = {0};
    const char *seller = tax_area_state(query->seller_country, query->tax_point);
    const char *buyer = tax_area_state(query->buyer_country, query->tax_point);
    return !query->exempt && query->buyer_is_business && !text_is_empty(query->buyer_tax_id) &&
           seller != NULL && buyer != NULL && !text_equal(seller, buyer) &&
           tax_id_parse(buyer, query->buyer_tax_id, &id, &ignored);
}

/* The rate that `best` comes on top of, or itself. */
static const struct tax_rate *country_rate(const struct tax_rate *rates, size_t count,
                                           const struct tax_rate *best,
                                           const struct tax_query *query)
{
    return best != NULL && best->on_top ? best_rate(rates, count, country_of(query), "", query)
                                        : best;
}

const struct tax_rate *tax_rate_find(const struct tax_rate *rates, size_t count,
                                     const struct tax_query *query)
{
    if (query->exempt || tax_is_reverse_charged(query))
        return NULL;
    return country_rate(rates, count,
                        best_rate(rates, count, country_of(query), region_of(query), query), query);
}

/* Rule 5. */
static bool choose_without_rate(const struct tax_query *query, struct tax_choice *ret_choice)
{
    const char *reason =
        text_is_empty(query->exempt_reason) ? tax_note_exempt(query->locale) : query->exempt_reason;
    if (query->exempt)
        *ret_choice = (struct tax_choice){
            .name = reason,
            .category = TAX_CATEGORY_EXEMPT,
            .note = reason,
        };
    else if (tax_is_reverse_charged(query))
        *ret_choice = (struct tax_choice){
            .name = "Reverse charge",
            .category = TAX_CATEGORY_REVERSE_CHARGE,
            .note = tax_note_reverse_charge(query->locale),
        };
    else
        return false;
    return true;
}

static struct tax_choice choice_of(const struct tax_rate *rate)
{
    return (struct tax_choice){
        .name = rate->name,
        .category = rate->category,
        .rate_percent = rate->rate_percent,
        .inclusive = rate->inclusive,
    };
}

/* `rate` NULL: there is none. */
static bool choose_rate(const struct tax_rate *rate, const struct tax_query *query,
                        enum missing_tax_rate missing, struct tax_choice *ret_choice,
                        struct error *err)
{
    const char *region = region_of(query);
    if (rate != NULL) {
        *ret_choice = choice_of(rate);
        return true;
    }
    if (missing == MISSING_TAX_RATE_ZERO) {
        *ret_choice = (struct tax_choice){.name = "", .category = query->category};
        return true;
    }
    (void)error_item(err, "missing_tax_rate", "no tax rate for country %s%s%s, category %s on %s",
                     text_or_empty(country_of(query)), *region == '\0' ? "" : ", region ", region,
                     text_or_empty(query->category), date_text(query->tax_point).text);
    return error_hint(err, "import a tax_rate record that covers it, then retry the parked item");
}

bool tax_rate_choose(const struct tax_rate *rates, size_t count, const struct tax_query *query,
                     enum missing_tax_rate missing, struct tax_choice *ret_choice,
                     struct error *err)
{
    return choose_without_rate(query, ret_choice) ||
           choose_rate(tax_rate_find(rates, count, query), query, missing, ret_choice, err);
}

/* ---------------------------------------------------------------- India */

static bool is_buyer_known(const struct tax_query *query)
{
    return !text_is_empty(query->buyer_country);
}

static bool is_inside_india(const struct tax_query *query)
{
    return text_equal(query->seller_country, "IN") &&
           (!is_buyer_known(query) || text_equal(query->buyer_country, "IN"));
}

/* A buyer whose state is not known is supplied where the seller is; a seller without a state cannot
 * tell. */
static bool is_inside_one_state(const struct tax_query *query)
{
    return !text_is_empty(query->seller_region) &&
           (text_is_empty(query->buyer_region) ||
            text_equal(query->seller_region, query->buyer_region));
}

bool tax_choices_of(const struct tax_choice *choice, const struct tax_query *query,
                    struct tax_choices *ret_choices, struct error *err)
{
    const struct decimal half = {5, 1};
    struct tax_choices choices = {.items = {*choice}, .count = 1};
    if (!is_inside_india(query) || decimal_sign(choice->rate_percent) == 0) {
        *ret_choices = choices;
        return true;
    }
    choices.items[0].name = "IGST";
    if (is_inside_one_state(query)) {
        if (!decimal_multiply(choice->rate_percent, half, &choices.items[0].rate_percent, err))
            return false;
        choices.items[0].name = "CGST";
        choices.items[1] = choices.items[0];
        choices.items[1].name = "SGST";
        choices.count = 2;
    }
    *ret_choices = choices;
    return true;
}

/* ---------------------------------------------------------------- all of a line */

bool tax_choose(const struct tax_rate *rates, size_t count, const struct tax_query *query,
                enum missing_tax_rate missing, struct tax_choices *ret_choices, struct error *err)
{
    struct tax_choices choices = {.count = 1};
    if (choose_without_rate(query, &choices.items[0])) {
        *ret_choices = choices;
        return true;
    }
    const struct tax_rate *best =
        best_rate(rates, count, country_of(query), region_of(query), query);
    const struct tax_rate *rate = country_rate(rates, count, best, query);
    struct tax_choice first;
    if (!choose_rate(rate, query, missing, &first, err) ||
        !tax_choices_of(&first, query, &choices, err))
        return false;
    if (rate != NULL && rate != best)
        choices.items[choices.count++] = choice_of(best);
    *ret_choices = choices;
    return true;
}
