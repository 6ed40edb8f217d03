/* Drawing units: see credit_units.h, whose numbers are referred to here. */
#include "core/billing/credit_units.h"

#include <stdlib.h>

bool credit_units_parse(const char *text, int64_t *ret_millionths, struct error *err)
{
    struct decimal value, millionths;
    int64_t number;
    if (!decimal_parse(text, &value, err) ||
        !decimal_multiply(value, decimal_from_i64(CREDIT_UNIT_MILLIONTHS), &millionths, err))
        return false;
    if (!decimal_to_i64(millionths, &number, err))
        return error_item(err, "bad_value",
                          "%s: at most six digits after the point, and not more than is counted",
                          text);
    if (number <= 0)
        return error_item(err, "bad_value", "a grant is of more than zero");
    *ret_millionths = number;
    return true;
}

const char *credit_units_text(int64_t millionths, struct arena *arena)
{
    struct decimal value = {.coefficient = millionths, .scale = CREDIT_UNIT_DIGITS};
    return arena_copy(arena, decimal_text(value).text);
}

struct ranked {
    const struct unit_grant *grant;
    size_t index;
};

/* Rule 2. */
static int compare_ranks(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;
    if (left->grant->priority != right->grant->priority)
        return left->grant->priority > right->grant->priority ? -1 : 1;
    if (left->grant->expires_at_us != right->grant->expires_at_us)
        return left->grant->expires_at_us < right->grant->expires_at_us ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

struct drawing {
    struct ranked *ranks; /* those that are there */
    size_t rank_count;
    int64_t *left; /* of each grant */
    struct money due;
    struct unit_result result;
};

/* A line on its way. */
struct paying {
    size_t line;
    struct ratio quantity; /* above zero */
    struct money value, paid;
    int64_t wanted, drawn; /* millionths */
};

/* Rule 1. */
static bool find_amount(const struct paying *paying, int64_t millionths, struct money *ret_amount,
                        struct error *err)
{
    struct ratio part;
    struct money amount, rest;
    int32_t order;
    if (!money_subtract(paying->value, paying->paid, &rest, err))
        return false;
    if (paying->drawn + millionths == paying->wanted) {
        amount = rest;
    } else if (!ratio_make(millionths, CREDIT_UNIT_MILLIONTHS, &part, err) ||
               !ratio_divide(part, paying->quantity, &part, err) ||
               !money_multiply_ratio(paying->value, part, ROUND_HALF_UP, &amount, err)) {
        return false;
    }
    if (!money_compare(amount, rest, &order, err))
        return false;
    *ret_amount = order > 0 ? rest : amount; /* roundings of several draws */
    return true;
}

/* Rule 4: as many of the units as what is due asks for, which pay all of it. */
static bool keep_to_due(const struct paying *paying, struct money due, int64_t *millionths,
                        struct money *amount, struct error *err)
{
    int32_t order;
    int128_t asked, value = money_minor(paying->value);
    if (!money_compare(*amount, due, &order, err))
        return false;
    if (order <= 0)
        return true;
    asked = ((int128_t)paying->wanted * money_minor(due) + value - 1) / value;
    *millionths = asked < *millionths ? (int64_t)asked : *millionths;
    *amount = due;
    return true;
}

static bool draw_one(struct drawing *drawing, struct paying *paying, size_t grant,
                     struct error *err)
{
    int64_t open = paying->wanted - paying->drawn;
    int64_t millionths = drawing->left[grant] < open ? drawing->left[grant] : open;
    struct money amount;
    if (millionths == 0 || money_sign(drawing->due) <= 0)
        return true;
    if (!find_amount(paying, millionths, &amount, err) ||
        !keep_to_due(paying, drawing->due, &millionths, &amount, err) ||
        !money_add(paying->paid, amount, &paying->paid, err) ||
        !money_subtract(drawing->due, amount, &drawing->due, err) ||
        !money_add(drawing->result.applied, amount, &drawing->result.applied, err))
        return false;
    paying->drawn += millionths;
    drawing->left[grant] -= millionths;
    drawing->result.draws[drawing->result.draw_count++] =
        (struct unit_draw){grant, paying->line, millionths, amount};
    return true;
}

/* Rule 5; a quantity beyond all counting is paid for as far as any grant goes. */
static bool find_wanted(struct paying *paying, struct decimal quantity, struct error *err)
{
    struct decimal millionths, whole;
    struct error too_large = {0};
    paying->quantity = ratio_from_decimal(quantity);
    if (!decimal_multiply(quantity, decimal_from_i64(CREDIT_UNIT_MILLIONTHS), &millionths, err) ||
        !ratio_round(ratio_from_decimal(millionths), 0, ROUND_UP, &whole, err))
        return false;
    if (!decimal_to_i64(whole, &paying->wanted, &too_large))
        paying->wanted = INT64_MAX;
    return true;
}

static bool pay_line(struct drawing *drawing, const struct unit_line *line, size_t index,
                     struct error *err)
{
    struct paying paying = {
        .line = index, .value = line->value, .paid = money_zero(line->value.currency)};
    bool has_any = false;
    if (line->meter_id == 0 || money_sign(line->value) <= 0 || decimal_sign(line->quantity) <= 0)
        return true;
    for (size_t i = 0; i < drawing->rank_count; i++)
        has_any = has_any || drawing->ranks[i].grant->meter_id == line->meter_id;
    if (!has_any)
        return true;
    if (!find_wanted(&paying, line->quantity, err))
        return false;
    for (size_t i = 0; i < drawing->rank_count; i++)
        if (drawing->ranks[i].grant->meter_id == line->meter_id &&
            !draw_one(drawing, &paying, drawing->ranks[i].index, err))
            return false;
    drawing->result.paid[index] = paying.paid;
    return true;
}

bool credit_units_draw(const struct unit_grant *grants, size_t grant_count,
                       const struct unit_line *lines, size_t line_count, struct money amount_due,
                       int64_t at_us, struct arena *arena, struct unit_result *ret_result,
                       struct error *err)
{
    struct drawing drawing = {
        .ranks = ARENA_NEW_ARRAY(arena, struct ranked, grant_count + 1),
        .left = ARENA_NEW_ARRAY(arena, int64_t, grant_count + 1),
        .due = amount_due,
        .result = {.draws = ARENA_NEW_ARRAY(arena, struct unit_draw, grant_count + line_count + 1),
                   .paid = ARENA_NEW_ARRAY(arena, struct money, line_count + 1),
                   .applied = money_zero(amount_due.currency)},
    };
    for (size_t i = 0; i < grant_count; i++) {
        drawing.left[i] = grants[i].left_millionths;
        if (grants[i].effective_at_us <= at_us && at_us < grants[i].expires_at_us &&
            grants[i].left_millionths > 0)
            drawing.ranks[drawing.rank_count++] = (struct ranked){&grants[i], i};
    }
    if (drawing.rank_count > 1)
        qsort(drawing.ranks, drawing.rank_count, sizeof *drawing.ranks, compare_ranks);
    for (size_t i = 0; i < line_count; i++) {
        drawing.result.paid[i] = money_zero(amount_due.currency);
        if (!pay_line(&drawing, &lines[i], i, err))
            return false;
    }
    *ret_result = drawing.result;
    return true;
}
