/* Reading an invoice: see calc_invoice_input.h. Coupons name lines by their ids, which are looked
 * up in a sorted list. */
#include "core/cli/calc_invoice_input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUPONS_MAX 1000
#define COVERED_LINES_MAX 1000000 /* of all coupons together: a bound for hostile input */
#define PRIORITY_MAX 1000000000

/* ---------------------------------------------------------------- ids */

/* A string and an integer are never the same id. */
static bool read_id(const struct calc_place *object, struct arena *arena, const json_t **ret_id,
                    const char **ret_key, struct calc_error *err)
{
    struct calc_place place = calc_member(object, "id");
    if (json_is_integer(place.value))
        *ret_key = arena_printf(arena, "#%" PRId64, (int64_t)json_integer_value(place.value));
    else if (json_is_string(place.value))
        *ret_key = arena_printf(arena, "=%s", json_string_value(place.value));
    else
        return calc_fail(&place, err, "%sexpected a string or an integer",
                         calc_is_given(&place) ? "" : "is missing: ");
    *ret_id = place.value;
    return true;
}

struct known_id {
    const char *key;
    size_t index;
};

struct known_ids {
    struct known_id *items; /* sorted by key, then by index */
    size_t count;
};

static int compare_ids(const void *a, const void *b)
{
    const struct known_id *left = a;
    const struct known_id *right = b;
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static bool sort_ids(const struct calc_place *list, struct known_ids *ids, struct calc_error *err)
{
    if (ids->count == 0)
        return true;
    qsort(ids->items, ids->count, sizeof *ids->items, compare_ids);
    for (size_t i = 1; i < ids->count; i++)
        if (strcmp(ids->items[i].key, ids->items[i - 1].key) == 0) {
            struct calc_place entry = calc_element(list, ids->items[i].index);
            struct calc_place place = calc_member(&entry, "id");
            return calc_fail(&place, err, "is the id of an earlier entry too");
        }
    return true;
}

static int compare_key(const void *key, const void *entry)
{
    return strcmp(key, ((const struct known_id *)entry)->key);
}

static bool find_id(const struct calc_place *place, const struct known_ids *ids,
                    struct arena *arena, size_t *ret_index, struct calc_error *err)
{
    const char *key = NULL;
    if (json_is_integer(place->value))
        key = arena_printf(arena, "#%" PRId64, (int64_t)json_integer_value(place->value));
    else if (json_is_string(place->value))
        key = arena_printf(arena, "=%s", json_string_value(place->value));
    else
        return calc_fail(place, err, "expected the id of a line");
    const struct known_id *found =
        ids->count == 0 ? NULL
                        : bsearch(key, ids->items, ids->count, sizeof *ids->items, compare_key);
    if (found == NULL)
        return calc_fail(place, err, "is no line of this invoice");
    *ret_index = found->index;
    return true;
}

/* ---------------------------------------------------------------- lines */

static bool read_optional_text(const struct calc_place *object, const char *name,
                               const char **ret_text, struct calc_error *err)
{
    struct calc_place place = calc_member(object, name);
    *ret_text = "";
    return !calc_is_given(&place) || calc_text(&place, ret_text, err);
}

static bool read_tax(const struct calc_place *place, bool inclusive, struct tax_choice *tax,
                     struct calc_error *err)
{
    static const char *const fields[] = {"name", "rate_percent", "category"};
    struct calc_place rate = calc_member(place, "rate_percent");
    *tax = (struct tax_choice){.inclusive = inclusive};
    return calc_object(place, fields, ARRAY_LEN(fields), err) &&
           read_optional_text(place, "name", &tax->name, err) &&
           read_optional_text(place, "category", &tax->category, err) &&
           calc_decimal(&rate, &tax->rate_percent, err) &&
           (decimal_sign(tax->rate_percent) >= 0 || calc_fail(&rate, err, "is negative"));
}

static bool read_taxes(const struct calc_place *line, bool inclusive, struct arena *arena,
                       struct tax_line *tax_line, struct calc_error *err)
{
    struct calc_place list = calc_member(line, "taxes");
    *tax_line = (struct tax_line){0};
    if (!calc_is_given(&list))
        return true;
    if (!calc_array(&list, TAX_PER_LINE_MAX, &tax_line->tax_count, err))
        return false;
    struct tax_choice *taxes = ARENA_NEW_ARRAY(arena, struct tax_choice, tax_line->tax_count);
    for (size_t i = 0; i < tax_line->tax_count; i++) {
        struct calc_place element = calc_element(&list, i);
        if (!read_tax(&element, inclusive, &taxes[i], err))
            return false;
    }
    tax_line->taxes = taxes;
    return true;
}

static bool read_line(const struct calc_place *place, bool inclusive, struct arena *arena,
                      struct invoice_question *question, size_t index, const char **ret_key,
                      struct calc_error *err)
{
    static const char *const fields[] = {"id", "amount", "taxes"};
    struct calc_place amount = calc_member(place, "amount");
    return calc_object(place, fields, ARRAY_LEN(fields), err) &&
           read_id(place, arena, &question->line_ids[index], ret_key, err) &&
           calc_money(&amount, question->currency, &question->amounts[index], err) &&
           read_taxes(place, inclusive, arena, &question->tax_lines[index], err);
}

static bool read_lines(const struct calc_place *input, bool inclusive, struct arena *arena,
                       struct invoice_question *question, struct known_ids *ids,
                       struct calc_error *err)
{
    struct calc_place list = calc_member(input, "lines");
    if (!calc_array(&list, CALC_LIST_MAX, &question->line_count, err))
        return false;
    size_t count = question->line_count;
    question->line_ids = ARENA_NEW_ARRAY(arena, const json_t *, count);
    question->amounts = ARENA_NEW_ARRAY(arena, struct money, count);
    question->tax_lines = ARENA_NEW_ARRAY(arena, struct tax_line, count);
    *ids = (struct known_ids){ARENA_NEW_ARRAY(arena, struct known_id, count), count};
    for (size_t i = 0; i < count; i++) {
        struct calc_place element = calc_element(&list, i);
        ids->items[i].index = i;
        if (!read_line(&element, inclusive, arena, question, i, &ids->items[i].key, err))
            return false;
    }
    return sort_ids(&list, ids, err);
}

/* ---------------------------------------------------------------- coupons */

static int compare_indexes(const void *a, const void *b)
{
    size_t left = *(const size_t *)a;
    size_t right = *(const size_t *)b;
    return (left > right) - (left < right);
}

/* In the order of the invoice, so that ties of a spread go to its first line. */
static bool read_scope(const struct calc_place *place, const struct known_ids *ids,
                       struct arena *arena, struct coupon *coupon, struct calc_error *err)
{
    struct calc_place list = calc_member(place, "lines");
    coupon->covers_all = !calc_is_given(&list);
    if (coupon->covers_all)
        return true;
    if (!calc_array(&list, CALC_LIST_MAX, &coupon->line_count, err))
        return false;
    size_t *lines = ARENA_NEW_ARRAY(arena, size_t, coupon->line_count);
    for (size_t i = 0; i < coupon->line_count; i++) {
        struct calc_place element = calc_element(&list, i);
        if (!find_id(&element, ids, arena, &lines[i], err))
            return false;
    }
    if (coupon->line_count > 0)
        qsort(lines, coupon->line_count, sizeof *lines, compare_indexes);
    for (size_t i = 1; i < coupon->line_count; i++)
        if (lines[i] == lines[i - 1])
            return calc_fail(&list, err, "names a line twice");
    coupon->lines = lines;
    return true;
}

static bool read_coupon(const struct calc_place *place, const struct known_ids *ids,
                        struct currency currency, struct arena *arena, struct coupon *coupon,
                        struct calc_error *err)
{
    static const char *const fields[] = {"percent", "amount", "lines"};
    struct calc_place percent = calc_member(place, "percent");
    struct calc_place amount = calc_member(place, "amount");
    *coupon = (struct coupon){.is_percent = calc_is_given(&percent)};
    if (!calc_object(place, fields, ARRAY_LEN(fields), err))
        return false;
    if (calc_is_given(&percent) == calc_is_given(&amount))
        return calc_fail(place, err, "expected either percent or amount");
    if (coupon->is_percent ? !calc_decimal(&percent, &coupon->percent, err)
                           : !calc_money(&amount, currency, &coupon->amount, err))
        return false;
    if (!coupon->is_percent && money_sign(coupon->amount) < 0)
        return calc_fail(&amount, err, "is negative");
    return read_scope(place, ids, arena, coupon, err);
}

static bool read_coupons(const struct calc_place *input, const struct known_ids *ids,
                         struct arena *arena, struct invoice_question *question,
                         struct calc_error *err)
{
    struct calc_place list = calc_member(input, "coupons");
    size_t covered = 0;
    if (!calc_is_given(&list))
        return true;
    if (!calc_array(&list, COUPONS_MAX, &question->coupon_count, err))
        return false;
    question->coupons = ARENA_NEW_ARRAY(arena, struct coupon, question->coupon_count);
    for (size_t i = 0; i < question->coupon_count; i++) {
        struct calc_place element = calc_element(&list, i);
        struct coupon *coupon = &question->coupons[i];
        if (!read_coupon(&element, ids, question->currency, arena, coupon, err))
            return false;
        covered += coupon->covers_all ? question->line_count : coupon->line_count;
    }
    return covered <= COVERED_LINES_MAX ||
           calc_fail(&list, err, "cover more than %d lines together", COVERED_LINES_MAX);
}

/* ---------------------------------------------------------------- credits and choices */

static bool read_credit(const struct calc_place *place, struct currency currency,
                        struct arena *arena, struct credit_grant *credit, const json_t **ret_id,
                        const char **ret_key, struct calc_error *err)
{
    static const char *const fields[] = {"id", "amount", "priority", "expires_at"};
    struct calc_place amount = calc_member(place, "amount");
    struct calc_place priority = calc_member(place, "priority");
    struct calc_place expiry = calc_member(place, "expires_at");
    struct calc_moment expires = {.at_us = CREDIT_NEVER_EXPIRES};
    *credit = (struct credit_grant){.priority = CREDIT_PRIORITY_DEFAULT,
                                    .effective_at_us = CREDIT_ALWAYS_EFFECTIVE};
    if (!calc_object(place, fields, ARRAY_LEN(fields), err) ||
        !read_id(place, arena, ret_id, ret_key, err) ||
        !calc_money(&amount, currency, &credit->balance, err) ||
        (calc_is_given(&priority) &&
         !calc_integer(&priority, -PRIORITY_MAX, PRIORITY_MAX, &credit->priority, err)) ||
        (calc_is_given(&expiry) && !calc_moment(&expiry, zone_utc(), &expires, err)))
        return false;
    credit->expires_at_us = expires.at_us;
    return money_sign(credit->balance) >= 0 || calc_fail(&amount, err, "is negative");
}

static bool read_credits(const struct calc_place *input, struct arena *arena,
                         struct invoice_question *question, struct calc_error *err)
{
    struct calc_place list = calc_member(input, "credits");
    if (!calc_is_given(&list))
        return true;
    if (!calc_array(&list, CALC_LIST_MAX, &question->credit_count, err))
        return false;
    size_t count = question->credit_count;
    struct known_ids ids = {ARENA_NEW_ARRAY(arena, struct known_id, count), count};
    question->credit_ids = ARENA_NEW_ARRAY(arena, const json_t *, count);
    question->credits = ARENA_NEW_ARRAY(arena, struct credit_grant, count);
    for (size_t i = 0; i < count; i++) {
        struct calc_place element = calc_element(&list, i);
        ids.items[i].index = i;
        if (!read_credit(&element, question->currency, arena, &question->credits[i],
                         &question->credit_ids[i], &ids.items[i].key, err))
            return false;
    }
    return sort_ids(&list, &ids, err);
}

static bool read_choices(const struct calc_place *input, struct invoice_question *question,
                         struct calc_error *err)
{
    struct calc_place stacking = calc_member(input, "stacking");
    struct calc_place tax_rounding = calc_member(input, "tax_rounding");
    struct calc_place rounding = calc_member(input, "rounding");
    struct error rule = {0};
    const char *name;
    if (calc_is_given(&stacking)) {
        if (!calc_text(&stacking, &name, err))
            return false;
        if (!coupon_stacking_parse(name, &question->stacking, &rule))
            return calc_fail_rule(&stacking, &rule, err);
    }
    if (calc_is_given(&tax_rounding)) {
        if (!calc_text(&tax_rounding, &name, err))
            return false;
        if (!tax_rounding_parse(name, &question->tax_rounding, &rule))
            return calc_fail_rule(&tax_rounding, &rule, err);
    }
    return calc_rounding(&rounding, &question->rounding, err);
}

bool invoice_question_read(const struct calc_place *input, struct calc_work *work,
                           struct invoice_question *ret_question, struct calc_error *err)
{
    static const char *const fields[] = {
        "currency",           "lines",    "coupons",      "stacking", "credits",
        "prices_include_tax", "rounding", "tax_rounding",
    };
    struct calc_place currency = calc_member(input, "currency");
    struct calc_place included = calc_member(input, "prices_include_tax");
    struct invoice_question question = {0};
    struct known_ids ids;
    bool inclusive = false;
    if (!calc_object(input, fields, ARRAY_LEN(fields), err) ||
        !calc_currency(&currency, &question.currency, err) ||
        !read_choices(input, &question, err) ||
        (calc_is_given(&included) && !calc_bool(&included, &inclusive, err)) ||
        !read_lines(input, inclusive, work->arena, &question, &ids, err) ||
        !read_coupons(input, &ids, work->arena, &question, err) ||
        !read_credits(input, work->arena, &question, err))
        return false;
    *ret_question = question;
    return true;
}
