/* The life of a coupon: see coupon.h. */
#include "core/billing/coupon.h"

#include "core/base/text.h"

static const char *const duration_names[] = {
    [COUPON_ONCE] = "once",
    [COUPON_REPEATING] = "repeating",
    [COUPON_FOREVER] = "forever",
};

static const char *const verdict_names[] = {
    [COUPON_APPLIES] = "applies",
    [COUPON_NO_LINE] = "no_line",
    [COUPON_OUT_OF_SCOPE] = "out_of_scope",
    [COUPON_BEGUN_BEFORE] = "begun_before",
    [COUPON_GIVES_BACK] = "gives_back",
    [COUPON_REPLACES] = "replaces",
    [COUPON_NOT_YET_VALID] = "not_yet_valid",
    [COUPON_EXPIRED] = "expired",
    [COUPON_USED_UP] = "used_up",
    [COUPON_NOT_FIRST_PURCHASE] = "not_first_purchase",
    [COUPON_BELOW_MINIMUM] = "below_minimum",
    [COUPON_OTHER_CURRENCY] = "other_currency",
    [COUPON_ANOTHER_APPLIES] = "another_applies",
    [COUPON_NOTHING_LEFT] = "nothing_left",
    [COUPON_KNOWN_LATER] = "known_later",
};

bool coupon_duration_parse(const char *name, enum coupon_duration *ret_duration, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(duration_names); i++)
        if (text_equal(duration_names[i], name)) {
            *ret_duration = (enum coupon_duration)i;
            return true;
        }
    return error_item(err, "bad_duration",
                      "'%.40s' is no duration of a coupon: once, repeating or forever",
                      name == NULL ? "" : name);
}

const char *coupon_duration_name(enum coupon_duration duration)
{
    return duration_names[duration];
}

const char *coupon_verdict_name(enum coupon_verdict verdict)
{
    return verdict_names[verdict];
}

bool coupon_has_invoices_left(const struct coupon_terms *terms, int64_t invoices_before)
{
    switch (terms->duration) {
    case COUPON_ONCE:
        return invoices_before == 0;
    case COUPON_REPEATING:
        return invoices_before < terms->repeat_count;
    case COUPON_FOREVER:
        return true;
    }
    return false;
}

static bool keeps_rest(const struct coupon_terms *terms)
{
    return terms->duration != COUPON_ONCE;
}

static bool has_rest(const struct coupon_terms *terms, const struct coupon_use *use)
{
    return keeps_rest(terms) && money_sign(use->carried) > 0;
}

enum coupon_verdict coupon_judge_line(const struct coupon_line *line, struct date redeemed_on)
{
    if (!line->is_whose)
        return COUPON_NO_LINE;
    if (!line->is_in_scope)
        return COUPON_OUT_OF_SCOPE;
    if (date_compare(redeemed_on, line->day) > 0)
        return COUPON_BEGUN_BEFORE;
    if (line->gives_back)
        return COUPON_GIVES_BACK;
    return line->replaces ? COUPON_REPLACES : COUPON_APPLIES;
}

static enum coupon_verdict judge_window(const struct coupon_terms *terms,
                                        const struct coupon_use *use)
{
    struct date on = date_is_none(use->redeemed_on) ? use->on : use->redeemed_on;
    if (!date_is_none(terms->valid_from) && date_compare(on, terms->valid_from) < 0)
        return COUPON_NOT_YET_VALID;
    if (!date_is_none(terms->valid_to) && date_compare(on, terms->valid_to) >= 0)
        return COUPON_EXPIRED;
    return COUPON_APPLIES;
}

bool coupon_judge(const struct coupon_terms *terms, const struct coupon_use *use,
                  enum coupon_verdict *ret_verdict, struct error *err)
{
    enum coupon_verdict verdict =
        use->invoices_before == 0 ? judge_window(terms, use) : COUPON_APPLIES;
    int32_t order = 0;
    if (terms->has_minimum &&
        !money_compare(use->covered_total, terms->minimum_amount, &order, err))
        return false;
    if (use->of_lines != COUPON_APPLIES)
        *ret_verdict = use->of_lines;
    else if (verdict != COUPON_APPLIES)
        *ret_verdict = verdict;
    else if (!coupon_has_invoices_left(terms, use->invoices_before) && !has_rest(terms, use))
        *ret_verdict = COUPON_USED_UP;
    else if (terms->first_purchase_only && use->purchases_before > 0)
        *ret_verdict = COUPON_NOT_FIRST_PURCHASE;
    else
        *ret_verdict = order < 0 ? COUPON_BELOW_MINIMUM : COUPON_APPLIES;
    return true;
}

/* The amount as often as that; exact. */
static bool multiply(struct money amount, int64_t times, struct money *ret_product,
                     struct error *err)
{
    return money_multiply(amount, decimal_from_i64(times), ROUND_HALF_UP, ret_product, err);
}

bool coupon_rest(const struct coupon_terms *terms, const struct coupon_account *account,
                 struct money amount, int64_t *ret_invoices, struct money *ret_rest,
                 struct error *err)
{
    int64_t invoices = account->invoices;
    if (!keeps_rest(terms)) {
        *ret_invoices = invoices;
        *ret_rest = money_zero(amount.currency);
        return true;
    }
    int64_t given = terms->duration == COUPON_REPEATING && invoices > terms->repeat_count
                        ? terms->repeat_count
                        : invoices;
    struct money rest, next;
    if (!multiply(amount, given, &rest, err) || !money_subtract(rest, account->taken, &rest, err))
        return false;
    while (money_sign(amount) > 0 && money_sign(rest) < 0) {
        if (!money_add(rest, amount, &next, err))
            return false;
        if (money_sign(next) > 0)
            break;
        rest = next;
        invoices++;
    }
    *ret_invoices = invoices;
    *ret_rest = rest;
    return true;
}

bool coupon_available(const struct coupon_terms *terms, const struct coupon_use *use,
                      struct money amount, struct money *ret_available, struct error *err)
{
    struct money fresh = coupon_has_invoices_left(terms, use->invoices_before)
                             ? amount
                             : money_zero(amount.currency);
    if (!keeps_rest(terms)) {
        *ret_available = fresh;
        return true;
    }
    return money_add(fresh, use->carried, ret_available, err);
}

struct money coupon_carried(const struct coupon_terms *terms, struct money unused)
{
    return keeps_rest(terms) ? unused : money_zero(unused.currency);
}
