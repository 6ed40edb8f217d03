/* Coupons over lines: see discount.h, whose numbers are referred to here. What is left of the lines
 * is kept in one array; a coupon sees it through the indexes that it covers. */
#include "core/billing/discount.h"

#include "core/base/text.h"
#include "core/money/allocation.h"

static const char *const stacking_names[] = {
    [COUPONS_MULTIPLICATIVE] = "multiplicative",
    [COUPONS_ADDITIVE] = "additive",
    [COUPONS_BEST] = "best",
    [COUPONS_NONE] = "none",
};

bool coupon_stacking_parse(const char *name, enum coupon_stacking *ret_stacking, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(stacking_names); i++)
        if (text_equal(stacking_names[i], name)) {
            *ret_stacking = (enum coupon_stacking)i;
            return true;
        }
    return error_item(err, "bad_stacking",
                      "'%.40s' is no way to stack coupons: multiplicative, additive, best or none",
                      name == NULL ? "" : name);
}

const char *coupon_stacking_name(enum coupon_stacking stacking)
{
    return stacking_names[stacking];
}

struct discount_run {
    struct money *whole; /* the lines' amounts, negative ones as zero (rule 1) */
    struct money *left;
    size_t line_count;
    enum coupon_stacking stacking;
    struct currency currency;
    enum rounding rounding;
    struct arena *arena;
};

static size_t covered_count(const struct discount_run *run, const struct coupon *coupon)
{
    return coupon->covers_all ? run->line_count : coupon->line_count;
}

static size_t covered_line(const struct coupon *coupon, size_t i)
{
    return coupon->covers_all ? i : coupon->lines[i];
}

static bool check_coupon(const struct discount_run *run, const struct coupon *coupon,
                         struct error *err)
{
    if (!coupon->is_percent && money_sign(coupon->amount) < 0)
        return error_item(err, "bad_coupon", "a coupon of %s would raise the price",
                          money_text(coupon->amount).text);
    for (size_t i = 0; i < covered_count(run, coupon); i++)
        if (covered_line(coupon, i) >= run->line_count)
            return error_item(err, "bad_coupon", "a coupon covers line %zu of %zu",
                              covered_line(coupon, i) + 1, run->line_count);
    return true;
}

static bool sum_covered(const struct discount_run *run, const struct coupon *coupon,
                        const struct money *amounts, struct money *ret_sum, struct error *err)
{
    *ret_sum = money_zero(run->currency);
    for (size_t i = 0; i < covered_count(run, coupon); i++)
        if (!money_add(*ret_sum, amounts[covered_line(coupon, i)], ret_sum, err))
            return false;
    return true;
}

/* Rule 2, of the base that the stacking says. */
static bool percent_discount(const struct discount_run *run, const struct coupon *coupon,
                             struct money base, struct money *ret_discount, struct error *err)
{
    struct ratio part = ratio_from_decimal(coupon->percent);
    struct ratio whole = ratio_from_i64(100);
    if (ratio_sign(part) < 0)
        part = ratio_from_i64(0);
    if (ratio_compare(part, whole) > 0)
        part = whole;
    return ratio_divide(part, whole, &part, err) &&
           money_multiply_ratio(base, part, run->rounding, ret_discount, err);
}

static bool coupon_discount(const struct discount_run *run, const struct coupon *coupon,
                            struct money *ret_discount, struct error *err)
{
    struct money left, base;
    struct money discount = coupon->amount;
    int32_t order;
    if (!sum_covered(run, coupon, run->left, &left, err) ||
        !sum_covered(run, coupon, run->stacking == COUPONS_ADDITIVE ? run->whole : run->left, &base,
                     err) ||
        (coupon->is_percent && !percent_discount(run, coupon, base, &discount, err)) ||
        !money_compare(discount, left, &order, err))
        return false;
    *ret_discount = order > 0 ? left : discount;
    return true;
}

/* Rule 3. Cut shares and their remainders never exceed what is left of a line, because the discount
 * does not exceed what is left of all. */
static bool spread(const struct discount_run *run, const struct coupon *coupon,
                   struct money discount, const struct money **ret_parts, struct error *err)
{
    size_t count = covered_count(run, coupon);
    *ret_parts = NULL;
    if (money_sign(discount) == 0)
        return true;
    struct money *weights = ARENA_NEW_ARRAY(run->arena, struct money, count);
    struct money *parts = ARENA_NEW_ARRAY(run->arena, struct money, count);
    for (size_t i = 0; i < count; i++)
        weights[i] = run->left[covered_line(coupon, i)];
    if (!money_allocate_by_amounts(discount, weights, count, run->arena, parts, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct money *left = &run->left[covered_line(coupon, i)];
        if (!money_subtract(*left, parts[i], left, err))
            return false;
        assert(money_sign(*left) >= 0);
    }
    *ret_parts = parts;
    return true;
}

static bool apply_one(const struct discount_run *run, const struct coupon *coupon, size_t index,
                      struct discount_result *result, struct error *err)
{
    struct money discount;
    return coupon_discount(run, coupon, &discount, err) &&
           spread(run, coupon, discount, &result->parts[index], err) &&
           (coupon->is_percent ||
            money_subtract(coupon->amount, discount, &result->unused[index], err)) &&
           money_add(result->discount, discount, &result->discount, err) &&
           money_add(result->coupon_discounts[index], discount, &result->coupon_discounts[index],
                     err);
}

static bool apply_best(const struct discount_run *run, const struct coupon *coupons, size_t count,
                       struct discount_result *result, struct error *err)
{
    size_t best = 0;
    struct money most = money_zero(run->currency);
    for (size_t i = 0; i < count; i++) {
        struct money discount;
        int32_t order;
        if (!coupon_discount(run, &coupons[i], &discount, err) ||
            !money_compare(discount, most, &order, err))
            return false;
        best = order > 0 ? i : best;
        most = order > 0 ? discount : most;
    }
    for (size_t i = 0; i < count; i++)
        result->left_out[i] = i != best && money_sign(most) > 0;
    return count == 0 || apply_one(run, &coupons[best], best, result, err);
}

static bool apply_all(const struct discount_run *run, const struct coupon *coupons, size_t count,
                      struct discount_result *result, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!apply_one(run, &coupons[i], i, result, err))
            return false;
    return true;
}

/* Rule 4. */
static bool apply(const struct discount_run *run, const struct coupon *coupons, size_t count,
                  struct discount_result *result, struct error *err)
{
    switch (run->stacking) {
    case COUPONS_MULTIPLICATIVE:
    case COUPONS_ADDITIVE:
        return apply_all(run, coupons, count, result, err);
    case COUPONS_BEST:
        return apply_best(run, coupons, count, result, err);
    case COUPONS_NONE:
        for (size_t i = 1; i < count; i++)
            result->left_out[i] = true;
        return apply_all(run, coupons, count == 0 ? 0 : 1, result, err);
    }
    return true;
}

static void begin_lines(struct discount_run *run, const struct money *amounts)
{
    run->whole = ARENA_NEW_ARRAY(run->arena, struct money, run->line_count);
    run->left = ARENA_NEW_ARRAY(run->arena, struct money, run->line_count);
    for (size_t i = 0; i < run->line_count; i++) {
        run->whole[i] = money_sign(amounts[i]) < 0 ? money_zero(run->currency) : amounts[i];
        run->left[i] = run->whole[i];
    }
}

static bool begin_coupons(const struct discount_run *run, const struct coupon *coupons,
                          size_t count, struct discount_result *result, struct error *err)
{
    result->coupon_discounts = ARENA_NEW_ARRAY(run->arena, struct money, count);
    result->unused = ARENA_NEW_ARRAY(run->arena, struct money, count);
    result->left_out = ARENA_NEW_ARRAY(run->arena, bool, count);
    result->parts =
        (const struct money **)arena_alloc_array(run->arena, count, sizeof(const struct money *));
    for (size_t i = 0; i < count; i++) {
        if (!check_coupon(run, &coupons[i], err))
            return false;
        result->coupon_discounts[i] = money_zero(run->currency);
        result->unused[i] = coupons[i].is_percent ? money_zero(run->currency) : coupons[i].amount;
    }
    return true;
}

bool discount_apply(const struct money *amounts, size_t line_count, const struct coupon *coupons,
                    size_t coupon_count, enum coupon_stacking stacking, struct currency currency,
                    enum rounding rounding, struct arena *arena, struct discount_result *ret_result,
                    struct error *err)
{
    struct discount_run run = {.line_count = line_count,
                               .stacking = stacking,
                               .currency = currency,
                               .rounding = rounding,
                               .arena = arena};
    struct discount_result result = {
        .line_discounts = ARENA_NEW_ARRAY(arena, struct money, line_count),
        .discount = money_zero(currency),
    };
    begin_lines(&run, amounts);
    if (!begin_coupons(&run, coupons, coupon_count, &result, err) ||
        !apply(&run, coupons, coupon_count, &result, err))
        return false;
    for (size_t i = 0; i < line_count; i++)
        if (!money_subtract(run.whole[i], run.left[i], &result.line_discounts[i], err))
            return false;
    *ret_result = result;
    return true;
}
