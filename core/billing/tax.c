/* Choosing rates and computing taxes: see tax.h, whose numbers are referred to here. A line's part
 * in a group is a `share`; the three roundings differ only in where the tax of a group comes from.
 */
#include "core/billing/tax.h"

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/money/allocation.h"

#define RATE_PERCENT_MAX 1000

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

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
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

/* Without a known country the customer is taxed as at home. */
static bool is_buyer_known(const struct tax_query *query)
{
    return !text_is_empty(query->buyer_country);
}

const struct tax_rate *tax_rate_find(const struct tax_rate *rates, size_t count,
                                     const struct tax_query *query)
{
    bool known = is_buyer_known(query);
    return query->exempt
               ? NULL
               : best_rate(rates, count, known ? query->buyer_country : query->seller_country,
                           known ? text_or_empty(query->buyer_region) : "", query);
}

bool tax_rate_choose(const struct tax_rate *rates, size_t count, const struct tax_query *query,
                     enum missing_tax_rate missing, struct tax_choice *ret_choice,
                     struct error *err)
{
    bool known = is_buyer_known(query);
    const char *country = known ? query->buyer_country : query->seller_country;
    const char *region = known ? text_or_empty(query->buyer_region) : "";
    if (query->exempt) {
        *ret_choice = (struct tax_choice){.name = "", .category = TAX_CATEGORY_EXEMPT};
        return true;
    }
    const struct tax_rate *rate = tax_rate_find(rates, count, query);
    if (rate != NULL) {
        *ret_choice = (struct tax_choice){
            .name = rate->name,
            .category = rate->category,
            .rate_percent = rate->rate_percent,
            .inclusive = rate->inclusive,
        };
        return true;
    }
    if (missing == MISSING_TAX_RATE_ZERO) {
        *ret_choice = (struct tax_choice){.name = "", .category = query->category};
        return true;
    }
    (void)error_item(err, "missing_tax_rate", "no tax rate for country %s%s%s, category %s on %s",
                     text_or_empty(country), *region == '\0' ? "" : ", region ", region,
                     text_or_empty(query->category), date_text(query->tax_point).text);
    return error_hint(err, "import a tax_rate record that covers it, then retry the parked item");
}

/* ---------------------------------------------------------------- the taxes of an invoice */

struct share {
    size_t line;
    struct money amount; /* what the line brings into the group */
    struct money tax;
};
struct share_array ARRAY_OF(struct share);

struct working_group {
    struct tax_choice tax;
    struct share_array shares;
    struct money sum;   /* of the shares' amounts */
    struct ratio exact; /* the tax on the sum, not rounded */
    struct money tax_amount;
};
struct working_group_array ARRAY_OF(struct working_group);

struct tax_run {
    struct currency currency;
    enum rounding rounding;
    struct arena *arena;
};

static bool same_tax(const struct tax_choice *a, const struct tax_choice *b)
{
    return text_equal(a->name, b->name) && text_equal(a->category, b->category) &&
           decimal_compare(a->rate_percent, b->rate_percent) == 0 && a->inclusive == b->inclusive;
}

static size_t find_group(const struct tax_run *run, struct working_group_array *groups,
                         const struct tax_choice *tax)
{
    for (size_t i = 0; i < groups->count; i++)
        if (same_tax(&groups->items[i].tax, tax))
            return i;
    ARRAY_ADD(run->arena, groups) =
        (struct working_group){.tax = *tax, .sum = money_zero(run->currency)};
    return groups->count - 1;
}

static bool check_line_taxes(const struct tax_line *line, struct error *err)
{
    for (size_t i = 0; i < line->tax_count; i++) {
        const struct tax_choice *tax = &line->taxes[i];
        if (decimal_sign(tax->rate_percent) < 0 ||
            decimal_compare(tax->rate_percent, decimal_from_i64(RATE_PERCENT_MAX)) > 0)
            return error_item(err, "bad_tax", "a tax rate of %s %% is outside 0 to %d",
                              decimal_text(tax->rate_percent).text, RATE_PERCENT_MAX);
        if (tax->inclusive && line->tax_count > 1)
            return error_item(err, "bad_tax",
                              "an inclusive tax shares its line with another one, which this "
                              "version does not support");
    }
    return true;
}

static bool group_line(const struct tax_run *run, const struct tax_line *line, size_t index,
                       struct working_group_array *groups, size_t *ret_first, struct error *err)
{
    *ret_first = SIZE_MAX;
    if (!check_line_taxes(line, err))
        return false;
    for (size_t i = 0; i < line->tax_count; i++) {
        size_t found = find_group(run, groups, &line->taxes[i]);
        struct working_group *group = &groups->items[found];
        ARRAY_ADD(run->arena, &group->shares) =
            (struct share){.line = index, .amount = line->amount};
        if (!money_add(group->sum, line->amount, &group->sum, err))
            return false;
        if (i == 0)
            *ret_first = found;
    }
    return true;
}

bool tax_exact(const struct tax_choice *tax, struct money amount, struct ratio *ret_tax,
               struct error *err)
{
    struct ratio rate = ratio_from_decimal(tax->rate_percent);
    struct ratio whole = ratio_from_i64(100);
    return (!tax->inclusive || ratio_add(whole, rate, &whole, err)) &&
           ratio_divide(rate, whole, &rate, err) &&
           ratio_multiply(money_to_ratio(amount), rate, ret_tax, err);
}

/* Of an inclusive amount the net is rounded and the tax is what is left (rule 2). */
static bool rounded_tax(const struct tax_run *run, const struct tax_choice *tax,
                        struct money amount, struct money *ret_tax, struct error *err)
{
    struct ratio exact;
    struct money net;
    if (!tax_exact(tax, amount, &exact, err))
        return false;
    if (!tax->inclusive)
        return money_from_ratio(exact, run->currency, run->rounding, ret_tax, err);
    return ratio_subtract(money_to_ratio(amount), exact, &exact, err) &&
           money_from_ratio(exact, run->currency, run->rounding, &net, err) &&
           money_subtract(amount, net, ret_tax, err);
}

static bool round_each_line(const struct tax_run *run, struct working_group *group,
                            struct error *err)
{
    group->tax_amount = money_zero(run->currency);
    for (size_t i = 0; i < group->shares.count; i++) {
        struct share *share = &group->shares.items[i];
        if (!rounded_tax(run, &group->tax, share->amount, &share->tax, err) ||
            !money_add(group->tax_amount, share->tax, &group->tax_amount, err))
            return false;
    }
    return true;
}

/* Rule 4. Lines that cancel each other out leave nothing to weigh by: the first takes it all. */
static bool allocate_to_lines(const struct tax_run *run, struct working_group *group,
                              struct error *err)
{
    size_t count = group->shares.count;
    struct money *amounts = ARENA_NEW_ARRAY(run->arena, struct money, count);
    struct money *parts = ARENA_NEW_ARRAY(run->arena, struct money, count);
    for (size_t i = 0; i < count; i++)
        amounts[i] = group->shares.items[i].amount;
    if (money_sign(group->sum) == 0) {
        for (size_t i = 0; i < count; i++)
            parts[i] = i == 0 ? group->tax_amount : money_zero(run->currency);
    } else if (!money_allocate_by_amounts(group->tax_amount, amounts, count, run->arena, parts,
                                          err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++)
        group->shares.items[i].tax = parts[i];
    return true;
}

/* Largest remainder over exact taxes of any sign: each is cut toward zero, then the units that are
 * missing or too many go to the groups that lost most in that direction, the first of equals. */
static bool share_to_groups(const struct tax_run *run, struct money total,
                            struct working_group_array *groups, bool inclusive, struct error *err)
{
    struct money left = total;
    struct ratio *rests = ARENA_NEW_ARRAY(run->arena, struct ratio, groups->count);
    for (size_t i = 0; i < groups->count; i++) {
        struct working_group *group = &groups->items[i];
        if (group->tax.inclusive != inclusive)
            continue;
        if (!money_from_ratio(group->exact, run->currency, ROUND_DOWN, &group->tax_amount, err) ||
            !ratio_subtract(group->exact, money_to_ratio(group->tax_amount), &rests[i], err) ||
            !money_subtract(left, group->tax_amount, &left, err))
            return false;
    }
    while (money_sign(left) != 0) {
        struct money unit = money_of_minor(money_sign(left), run->currency);
        size_t most = SIZE_MAX;
        for (size_t i = 0; i < groups->count; i++)
            if (groups->items[i].tax.inclusive == inclusive &&
                (most == SIZE_MAX || ratio_compare(rests[i], rests[most]) * money_sign(left) > 0))
                most = i;
        assert(most != SIZE_MAX); /* no groups, nothing left */
        if (!money_add(groups->items[most].tax_amount, unit, &groups->items[most].tax_amount,
                       err) ||
            !ratio_subtract(rests[most], money_to_ratio(unit), &rests[most], err) ||
            !money_subtract(left, unit, &left, err))
            return false;
    }
    return true;
}

/* Rule 3, invoice: the exclusive and the inclusive taxes of an invoice are each rounded once; of
 * inclusive ones the net is rounded and the tax is what is left. */
static bool round_invoice(const struct tax_run *run, struct working_group_array *groups,
                          bool inclusive, struct error *err)
{
    struct ratio exact = ratio_from_i64(0);
    struct money sum = money_zero(run->currency);
    struct money total;
    for (size_t i = 0; i < groups->count; i++) {
        const struct working_group *group = &groups->items[i];
        if (group->tax.inclusive == inclusive && (!ratio_add(exact, group->exact, &exact, err) ||
                                                  !money_add(sum, group->sum, &sum, err)))
            return false;
    }
    if (!inclusive)
        return money_from_ratio(exact, run->currency, run->rounding, &total, err) &&
               share_to_groups(run, total, groups, inclusive, err);
    return ratio_subtract(money_to_ratio(sum), exact, &exact, err) &&
           money_from_ratio(exact, run->currency, run->rounding, &total, err) &&
           money_subtract(sum, total, &total, err) &&
           share_to_groups(run, total, groups, inclusive, err);
}

/* Fills tax_amount of every group and the tax of every share. */
static bool round_groups(const struct tax_run *run, struct working_group_array *groups,
                         enum tax_rounding tax_rounding, struct error *err)
{
    for (size_t i = 0; i < groups->count; i++) {
        struct working_group *group = &groups->items[i];
        if (tax_rounding == TAX_ROUNDING_LINE && !round_each_line(run, group, err))
            return false;
        if (tax_rounding == TAX_ROUNDING_GROUP &&
            !rounded_tax(run, &group->tax, group->sum, &group->tax_amount, err))
            return false;
        if (tax_rounding == TAX_ROUNDING_INVOICE &&
            !tax_exact(&group->tax, group->sum, &group->exact, err))
            return false;
    }
    if (tax_rounding == TAX_ROUNDING_LINE)
        return true;
    if (tax_rounding == TAX_ROUNDING_INVOICE &&
        (!round_invoice(run, groups, false, err) || !round_invoice(run, groups, true, err)))
        return false;
    for (size_t i = 0; i < groups->count; i++)
        if (!allocate_to_lines(run, &groups->items[i], err))
            return false;
    return true;
}

static bool report_group(const struct tax_run *run, const struct working_group *group,
                         struct tax_result *result, struct error *err)
{
    struct tax_group *out = &result->groups[result->group_count++];
    *out =
        (struct tax_group){.tax = group->tax, .base = group->sum, .tax_amount = group->tax_amount};
    if (group->tax.inclusive && !money_subtract(group->sum, group->tax_amount, &out->base, err))
        return false;
    for (size_t i = 0; i < group->shares.count; i++) {
        const struct share *share = &group->shares.items[i];
        struct money *line_tax = &result->line_taxes[share->line];
        if (!money_add(*line_tax, share->tax, line_tax, err))
            return false;
    }
    struct money on_top = group->tax.inclusive ? money_zero(run->currency) : group->tax_amount;
    return money_add(result->tax, group->tax_amount, &result->tax, err) &&
           money_add(result->exclusive_tax, on_top, &result->exclusive_tax, err);
}

bool tax_compute(const struct tax_line *lines, size_t line_count, struct currency currency,
                 enum tax_rounding tax_rounding, enum rounding rounding, struct arena *arena,
                 struct tax_result *ret_result, struct error *err)
{
    struct tax_run run = {.currency = currency, .rounding = rounding, .arena = arena};
    struct working_group_array groups = {0};
    struct tax_result result = {
        .line_taxes = ARENA_NEW_ARRAY(arena, struct money, line_count),
        .line_first_group = ARENA_NEW_ARRAY(arena, size_t, line_count),
        .tax = money_zero(currency),
        .exclusive_tax = money_zero(currency),
    };
    for (size_t i = 0; i < line_count; i++) {
        result.line_taxes[i] = money_zero(currency);
        if (!group_line(&run, &lines[i], i, &groups, &result.line_first_group[i], err))
            return false;
    }
    if (!round_groups(&run, &groups, tax_rounding, err))
        return false;
    result.groups = ARENA_NEW_ARRAY(arena, struct tax_group, groups.count);
    for (size_t i = 0; i < groups.count; i++)
        if (!report_group(&run, &groups.items[i], &result, err))
            return false;
    *ret_result = result;
    return true;
}
