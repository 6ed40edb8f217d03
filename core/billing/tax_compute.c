/* The taxes of an invoice: see tax.h, whose numbers are referred to here.
 *
 * Lines are gathered in sets that are computed together: an exclusive tax is a set of its own, the
 * inclusive taxes of a line are one set, because their net is found once, at the summed rate. A set
 * has a share of every line in it. The three roundings differ only in where the taxes of a set come
 * from. A group is what the document prints: one tax over all sets that have it. */
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/billing/tax.h"
#include "core/money/allocation.h"

#define RATE_PERCENT_MAX 1000
#define SUM_DIGITS 15
#define SETS_MAX 1000 /* they are searched one by one */

struct tax_share {
    size_t line;
    size_t place;        /* of the first tax of the set among those of the line */
    struct money amount; /* what the line brings into the set */
    struct money *taxes; /* for each tax of the set */
};
struct tax_share_array ARRAY_OF(struct tax_share);

struct tax_set {
    const struct tax_choice *taxes;
    size_t count;
    size_t groups[TAX_PER_LINE_MAX];
    struct ratio *rates; /* percent, for each tax */
    struct ratio base;   /* 100, or of inclusive taxes 100 and their rates */
    struct tax_share_array shares;
    struct money sum;                     /* of the shares' amounts */
    struct ratio exact[TAX_PER_LINE_MAX]; /* the taxes on the sum, not rounded */
    struct money tax_amounts[TAX_PER_LINE_MAX];
};
struct tax_set_array ARRAY_OF(struct tax_set);
struct tax_group_array ARRAY_OF(struct tax_group);

struct tax_run {
    struct currency currency;
    enum rounding rounding;
    struct arena *arena;
    struct tax_set_array sets;
    struct tax_group_array groups;
};

/* ---------------------------------------------------------------- gathering */

static bool same_tax(const struct tax_choice *a, const struct tax_choice *b)
{
    return decimal_compare(a->rate_percent, b->rate_percent) == 0 && a->inclusive == b->inclusive &&
           text_equal(a->name, b->name) && text_equal(a->category, b->category);
}

static bool check_tax(const struct tax_line *line, size_t index, struct error *err)
{
    const struct tax_choice *tax = &line->taxes[index];
    if (decimal_sign(tax->rate_percent) < 0 ||
        decimal_compare(tax->rate_percent, decimal_from_i64(RATE_PERCENT_MAX)) > 0)
        return error_item(err, "bad_tax", "a tax rate of %s %% is outside 0 to %d",
                          decimal_text(tax->rate_percent).text, RATE_PERCENT_MAX);
    if (tax->inclusive != line->taxes[0].inclusive)
        return error_item(err, "bad_tax", "a line has inclusive and exclusive taxes");
    for (size_t i = 0; i < index; i++)
        if (same_tax(tax, &line->taxes[i]))
            return error_item(err, "bad_tax", "a line has tax '%.40s' of %s %% twice",
                              tax->name == NULL ? "" : tax->name,
                              decimal_text(tax->rate_percent).text);
    return true;
}

static bool check_line(const struct tax_line *line, struct error *err)
{
    if (line->tax_count > TAX_PER_LINE_MAX)
        return error_item(err, "bad_tax", "a line has %zu taxes, more than %d", line->tax_count,
                          TAX_PER_LINE_MAX);
    for (size_t i = 0; i < line->tax_count; i++)
        if (!check_tax(line, i, err))
            return false;
    return true;
}

static size_t find_group(struct tax_run *run, const struct tax_choice *tax)
{
    for (size_t i = 0; i < run->groups.count; i++)
        if (same_tax(&run->groups.items[i].tax, tax))
            return i;
    struct money zero = money_zero(run->currency);
    ARRAY_ADD(run->arena, &run->groups) = (struct tax_group){*tax, zero, zero};
    return run->groups.count - 1;
}

static bool has_tax(const struct tax_set *set, const struct tax_choice *tax)
{
    for (size_t i = 0; i < set->count; i++)
        if (same_tax(&set->taxes[i], tax))
            return true;
    return false;
}

/* The same taxes, in any order; none is in either twice. */
static bool same_taxes(const struct tax_set *set, const struct tax_choice *taxes, size_t count)
{
    if (set->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!has_tax(set, &taxes[i]))
            return false;
    return true;
}

static bool begin_set(struct tax_run *run, const struct tax_choice *taxes, size_t count,
                      struct tax_set *set, struct error *err)
{
    *set = (struct tax_set){
        .taxes = taxes,
        .count = count,
        .rates = ARENA_NEW_ARRAY(run->arena, struct ratio, count),
        .base = ratio_from_i64(100),
        .sum = money_zero(run->currency),
    };
    for (size_t i = 0; i < count; i++) {
        set->groups[i] = find_group(run, &taxes[i]);
        set->rates[i] = ratio_from_decimal(taxes[i].rate_percent);
        if (taxes[i].inclusive && !ratio_add(set->base, set->rates[i], &set->base, err))
            return false;
    }
    return true;
}

/* The taxes from `place` on, and how many of them are one set. */
static bool add_share(struct tax_run *run, const struct tax_line *of, size_t line, size_t place,
                      size_t count, struct error *err)
{
    const struct tax_choice *taxes = &of->taxes[place];
    struct tax_set *set = NULL;
    for (size_t i = 0; i < run->sets.count && set == NULL; i++)
        if (same_taxes(&run->sets.items[i], taxes, count))
            set = &run->sets.items[i];
    if (set == NULL && run->sets.count == SETS_MAX)
        return error_item(err, "bad_tax", "the lines have more than %d different taxes", SETS_MAX);
    if (set == NULL) {
        set = &ARRAY_ADD(run->arena, &run->sets);
        if (!begin_set(run, taxes, count, set, err))
            return false;
    }
    ARRAY_ADD(run->arena, &set->shares) = (struct tax_share){
        .line = line,
        .place = place,
        .amount = of->amount,
        .taxes = ARENA_NEW_ARRAY(run->arena, struct money, count),
    };
    return money_add(set->sum, of->amount, &set->sum, err);
}

static bool gather_line(struct tax_run *run, const struct tax_line *line, size_t index,
                        size_t *ret_first_group, struct error *err)
{
    *ret_first_group = SIZE_MAX;
    if (!check_line(line, err))
        return false;
    if (line->tax_count == 0)
        return true;
    *ret_first_group = find_group(run, &line->taxes[0]);
    if (line->taxes[0].inclusive)
        return add_share(run, line, index, 0, line->tax_count, err);
    for (size_t i = 0; i < line->tax_count; i++)
        if (!add_share(run, line, index, i, 1, err))
            return false;
    return true;
}

/* ---------------------------------------------------------------- taxes of an amount */

static bool exact_part(struct ratio rate, struct ratio base, struct money amount,
                       struct ratio *ret_tax, struct error *err)
{
    struct ratio part;
    return ratio_divide(rate, base, &part, err) &&
           ratio_multiply(money_to_ratio(amount), part, ret_tax, err);
}

bool tax_exact(const struct tax_choice *tax, struct money amount, struct ratio *ret_tax,
               struct error *err)
{
    struct ratio rate = ratio_from_decimal(tax->rate_percent);
    struct ratio base = ratio_from_i64(100);
    return (!tax->inclusive || ratio_add(base, rate, &base, err)) &&
           exact_part(rate, base, amount, ret_tax, err);
}

/* Rule 2: of an inclusive amount the net is rounded, and the tax is what is left. */
static bool round_tax(const struct tax_run *run, bool inclusive, struct money amount,
                      struct ratio exact, struct money *ret_tax, struct error *err)
{
    struct money net;
    if (!inclusive)
        return money_from_ratio(exact, run->currency, run->rounding, ret_tax, err);
    return ratio_subtract(money_to_ratio(amount), exact, &exact, err) &&
           money_from_ratio(exact, run->currency, run->rounding, &net, err) &&
           money_subtract(amount, net, ret_tax, err);
}

/* The rounded taxes of a set on an amount: one tax at the summed rate, shared by rate. */
static bool round_set(const struct tax_run *run, const struct tax_set *set, struct money amount,
                      struct money *taxes, struct error *err)
{
    struct ratio rate = set->rates[0];
    struct ratio exact;
    struct money tax;
    for (size_t i = 1; i < set->count; i++)
        if (!ratio_add(rate, set->rates[i], &rate, err))
            return false;
    if (!exact_part(rate, set->base, amount, &exact, err) ||
        !round_tax(run, set->taxes[0].inclusive, amount, exact, &tax, err))
        return false;
    for (size_t i = 0; i < set->count; i++)
        taxes[i] = i == 0 ? tax : money_zero(run->currency);
    return set->count == 1 || money_sign(tax) == 0 ||
           money_allocate_by_ratios(tax, set->rates, set->count, run->arena, taxes, err);
}

/* ---------------------------------------------------------------- the three roundings */

static bool round_each_line(const struct tax_run *run, struct tax_set *set, struct error *err)
{
    for (size_t i = 0; i < set->count; i++)
        set->tax_amounts[i] = money_zero(run->currency);
    for (size_t s = 0; s < set->shares.count; s++) {
        struct tax_share *share = &set->shares.items[s];
        if (!round_set(run, set, share->amount, share->taxes, err))
            return false;
        for (size_t i = 0; i < set->count; i++)
            if (!money_add(set->tax_amounts[i], share->taxes[i], &set->tax_amounts[i], err))
                return false;
    }
    return true;
}

struct rest {
    struct ratio rest; /* what cutting took from the exact figure */
    size_t index;
};

/* Largest first, then the earlier. */
static int compare_rests(const void *a, const void *b)
{
    const struct rest *left = a;
    const struct rest *right = b;
    int32_t order = ratio_compare(right->rest, left->rest);
    return order != 0 ? order : left->index < right->index ? -1 : 1;
}

/* Largest remainder over exact figures that are no weights, since some are below zero: each is cut
 * toward zero, then the units that are missing or too many go to those that lost most in that
 * direction, the first of equals. */
static bool share_signed(const struct tax_run *run, struct money total, const struct ratio *exact,
                         size_t count, struct money *parts, struct error *err)
{
    struct rest *rests = ARENA_NEW_ARRAY(run->arena, struct rest, count);
    struct money left = total;
    assert(count > 0); /* nothing to share among none is settled before */
    for (size_t i = 0; i < count; i++) {
        rests[i].index = i;
        if (!money_from_ratio(exact[i], run->currency, ROUND_DOWN, &parts[i], err) ||
            !ratio_subtract(exact[i], money_to_ratio(parts[i]), &rests[i].rest, err) ||
            !money_subtract(left, parts[i], &left, err))
            return false;
    }
    struct money unit = money_of_minor(money_sign(left), run->currency);
    for (size_t i = 0; i < count && money_sign(left) < 0; i++)
        if (!ratio_negate(rests[i].rest, &rests[i].rest, err))
            return false;
    qsort(rests, count, sizeof *rests, compare_rests);
    for (size_t i = 0; money_sign(left) != 0; i++) {
        struct money *part = &parts[rests[i % count].index];
        if (!money_add(*part, unit, part, err) || !money_subtract(left, unit, &left, err))
            return false;
    }
    return true;
}

/* Rule 3, invoice: by the exact figures as weights; where they are none, or have no common
 * denominator, as exact figures. Nothing to share leaves the parts at zero. */
static bool share_by_exact(const struct tax_run *run, struct money total, const struct ratio *exact,
                           size_t count, struct money *parts, struct error *err)
{
    struct error ignored = {0};
    bool negative = false;
    for (size_t i = 0; i < count; i++) {
        negative = negative || ratio_sign(exact[i]) < 0;
        parts[i] = money_zero(run->currency);
    }
    if (!negative && (money_sign(total) == 0 ||
                      money_allocate_by_ratios(total, exact, count, run->arena, parts, &ignored)))
        return true;
    return share_signed(run, total, exact, count, parts, err);
}

/* One tax of a set, as rounding per invoice sees it. */
struct set_tax {
    struct tax_set *set;
    size_t index;
};
struct set_tax_array ARRAY_OF(struct set_tax);
struct ratio_array ARRAY_OF(struct ratio);

/* A group's tax to the sets that have it. */
static bool share_to_sets(const struct tax_run *run, const struct set_tax_array *members,
                          struct money total, struct error *err)
{
    struct ratio *exact = ARENA_NEW_ARRAY(run->arena, struct ratio, members->count);
    struct money *parts = ARENA_NEW_ARRAY(run->arena, struct money, members->count);
    for (size_t i = 0; i < members->count; i++)
        exact[i] = members->items[i].set->exact[members->items[i].index];
    if (!share_by_exact(run, total, exact, members->count, parts, err))
        return false;
    for (size_t i = 0; i < members->count; i++)
        members->items[i].set->tax_amounts[members->items[i].index] = parts[i];
    return true;
}

/* The rounded sum of exact figures. Many different inclusive rates have no common denominator
 * within 128 bits: then each figure is cut to SUM_DIGITS, and the sum is right when what was cut
 * cannot change its rounding. */
static bool round_sum(const struct tax_run *run, const struct ratio *figures, size_t count,
                      struct money *ret_sum, struct error *err)
{
    struct ratio exact = ratio_from_i64(0);
    struct decimal low = decimal_from_i64(0);
    struct decimal high, figure;
    struct decimal cut = {(int128_t)count, SUM_DIGITS};
    struct money below, above;
    struct error ignored = {0};
    size_t added = 0;
    while (added < count && ratio_add(exact, figures[added], &exact, &ignored))
        added++;
    if (added == count)
        return money_from_ratio(exact, run->currency, run->rounding, ret_sum, err);
    for (size_t i = 0; i < count; i++)
        if (!ratio_round(figures[i], SUM_DIGITS, ROUND_DOWN, &figure, err) ||
            !decimal_add(low, figure, &low, err))
            return false;
    if (!decimal_add(low, cut, &high, err) || !decimal_subtract(low, cut, &low, err) ||
        !money_from_decimal(low, run->currency, run->rounding, &below, err) ||
        !money_from_decimal(high, run->currency, run->rounding, &above, err))
        return false;
    if (!money_equal(below, above))
        return error_item(err, "number_too_large",
                          "the sum of the taxes is too near to a tie of rounding");
    *ret_sum = below;
    return true;
}

/* The exclusive or the inclusive taxes of the invoice by group, exact, and their one rounded sum:
 * of inclusive ones the sum of the nets is rounded, and the taxes are what is left. */
static bool sum_groups(struct tax_run *run, bool inclusive, struct set_tax_array *members,
                       struct ratio *exact, struct money *ret_total, struct error *err)
{
    struct ratio_array figures = {0};
    struct money amount = money_zero(run->currency);
    for (size_t s = 0; s < run->sets.count; s++) {
        struct tax_set *set = &run->sets.items[s];
        struct ratio net = money_to_ratio(set->sum);
        if (set->taxes[0].inclusive != inclusive)
            continue;
        for (size_t i = 0; i < set->count; i++) {
            size_t group = set->groups[i];
            ARRAY_ADD(run->arena, &members[group]) = (struct set_tax){set, i};
            if (!exact_part(set->rates[i], set->base, set->sum, &set->exact[i], err) ||
                !ratio_add(exact[group], set->exact[i], &exact[group], err) ||
                !ratio_subtract(net, set->exact[i], &net, err))
                return false;
        }
        ARRAY_ADD(run->arena, &figures) = inclusive ? net : set->exact[0];
        if (!money_add(amount, set->sum, &amount, err))
            return false;
    }
    return round_sum(run, figures.items, figures.count, ret_total, err) &&
           (!inclusive || money_subtract(amount, *ret_total, ret_total, err));
}

/* Rule 3, invoice. Groups of the other kind have no members and an exact tax of zero. */
static bool round_invoice(struct tax_run *run, bool inclusive, struct error *err)
{
    size_t count = run->groups.count;
    struct set_tax_array *members = ARENA_NEW_ARRAY(run->arena, struct set_tax_array, count);
    struct ratio *exact = ARENA_NEW_ARRAY(run->arena, struct ratio, count);
    struct money *parts = ARENA_NEW_ARRAY(run->arena, struct money, count);
    struct money total;
    if (!sum_groups(run, inclusive, members, exact, &total, err))
        return false;
    for (size_t i = 0; i < count; i++)
        parts[i] = money_zero(run->currency);
    if (!share_by_exact(run, total, exact, count, parts, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (members[i].count > 0 && !share_to_sets(run, &members[i], parts[i], err))
            return false;
    return true;
}

/* Whether some lines charge and others give back: what they sum to says nothing of each. */
static bool is_mixed(const struct tax_set *set)
{
    bool charges = false, gives = false;
    for (size_t i = 0; i < set->shares.count; i++) {
        charges = charges || money_sign(set->shares.items[i].amount) > 0;
        gives = gives || money_sign(set->shares.items[i].amount) < 0;
    }
    return charges && gives;
}

/* To each what it is at the rate. */
static bool share_by_rate(const struct tax_run *run, const struct tax_set *set, size_t tax,
                          struct money *parts, struct error *err)
{
    size_t count = set->shares.count;
    struct ratio *exact = ARENA_NEW_ARRAY(run->arena, struct ratio, count);
    for (size_t i = 0; i < count; i++)
        if (!exact_part(set->rates[tax], set->base, set->shares.items[i].amount, &exact[i], err))
            return false;
    return share_signed(run, set->tax_amounts[tax], exact, count, parts, err);
}

/* Where there is nothing to weigh by the first takes it all. */
static bool share_by_amount(const struct tax_run *run, const struct tax_set *set, size_t tax,
                            struct money *parts, struct error *err)
{
    size_t count = set->shares.count;
    struct money *amounts = ARENA_NEW_ARRAY(run->arena, struct money, count);
    for (size_t i = 0; i < count; i++) {
        amounts[i] = set->shares.items[i].amount;
        parts[i] = i == 0 ? set->tax_amounts[tax] : money_zero(run->currency);
    }
    return money_sign(set->sum) == 0 ||
           money_allocate_by_amounts(set->tax_amounts[tax], amounts, count, run->arena, parts, err);
}

/* Rule 4. */
static bool allocate_to_lines(const struct tax_run *run, struct tax_set *set, size_t tax,
                              struct error *err)
{
    size_t count = set->shares.count;
    struct money *parts = ARENA_NEW_ARRAY(run->arena, struct money, count);
    if (is_mixed(set) ? !share_by_rate(run, set, tax, parts, err)
                      : !share_by_amount(run, set, tax, parts, err))
        return false;
    for (size_t i = 0; i < count; i++)
        set->shares.items[i].taxes[tax] = parts[i];
    return true;
}

/* Fills the taxes of every set and of every share. */
static bool round_sets(struct tax_run *run, enum tax_rounding tax_rounding, struct error *err)
{
    if (tax_rounding == TAX_ROUNDING_INVOICE &&
        (!round_invoice(run, false, err) || !round_invoice(run, true, err)))
        return false;
    for (size_t s = 0; s < run->sets.count; s++) {
        struct tax_set *set = &run->sets.items[s];
        if (tax_rounding == TAX_ROUNDING_LINE) {
            if (!round_each_line(run, set, err))
                return false;
            continue;
        }
        if (tax_rounding == TAX_ROUNDING_GROUP &&
            !round_set(run, set, set->sum, set->tax_amounts, err))
            return false;
        for (size_t i = 0; i < set->count; i++)
            if (!allocate_to_lines(run, set, i, err))
                return false;
    }
    return true;
}

/* ---------------------------------------------------------------- the result */

static bool report_tax(const struct tax_run *run, const struct tax_set *set, size_t tax,
                       struct money base, struct tax_result *result, struct error *err)
{
    struct tax_group *group = &run->groups.items[set->groups[tax]];
    struct money amount = set->tax_amounts[tax];
    struct money on_top = group->tax.inclusive ? money_zero(run->currency) : amount;
    for (size_t i = 0; i < set->shares.count; i++) {
        const struct tax_share *share = &set->shares.items[i];
        struct money *line_tax = &result->line_taxes[share->line];
        result->line_parts[share->line][share->place + tax] = share->taxes[tax];
        if (!money_add(*line_tax, share->taxes[tax], line_tax, err))
            return false;
    }
    return money_add(group->base, base, &group->base, err) &&
           money_add(group->tax_amount, amount, &group->tax_amount, err) &&
           money_add(result->tax, amount, &result->tax, err) &&
           money_add(result->exclusive_tax, on_top, &result->exclusive_tax, err);
}

static bool report_set(const struct tax_run *run, const struct tax_set *set,
                       struct tax_result *result, struct error *err)
{
    struct money base = set->sum;
    for (size_t i = 0; i < set->count; i++)
        if (set->taxes[i].inclusive && !money_subtract(base, set->tax_amounts[i], &base, err))
            return false;
    for (size_t i = 0; i < set->count; i++)
        if (!report_tax(run, set, i, base, result, err))
            return false;
    return true;
}

static size_t *find_firsts(struct tax_run *run, const struct tax_line *lines, size_t line_count,
                           const size_t *line_first_group)
{
    size_t *firsts = ARENA_NEW_ARRAY(run->arena, size_t, run->groups.count + 1);
    for (size_t i = 0; i < run->groups.count; i++)
        firsts[i] = SIZE_MAX;
    for (size_t i = 0; i < line_count; i++)
        for (size_t k = 0; k < lines[i].tax_count; k++) {
            size_t *first =
                &firsts[k == 0 ? line_first_group[i] : find_group(run, &lines[i].taxes[k])];
            if (*first == SIZE_MAX)
                *first = line_first_group[i];
        }
    return firsts;
}

bool tax_compute(const struct tax_line *lines, size_t line_count, struct currency currency,
                 enum tax_rounding tax_rounding, enum rounding rounding, struct arena *arena,
                 struct tax_result *ret_result, struct error *err)
{
    struct tax_run run = {.currency = currency, .rounding = rounding, .arena = arena};
    struct tax_result result = {
        .line_taxes = ARENA_NEW_ARRAY(arena, struct money, line_count),
        .line_parts = ARENA_NEW_ARRAY(arena, struct money *, line_count),
        .line_first_group = ARENA_NEW_ARRAY(arena, size_t, line_count),
        .tax = money_zero(currency),
        .exclusive_tax = money_zero(currency),
    };
    for (size_t i = 0; i < line_count; i++) {
        result.line_taxes[i] = money_zero(currency);
        result.line_parts[i] = ARENA_NEW_ARRAY(arena, struct money, lines[i].tax_count);
        if (!gather_line(&run, &lines[i], i, &result.line_first_group[i], err))
            return false;
    }
    if (!round_sets(&run, tax_rounding, err))
        return false;
    for (size_t i = 0; i < run.sets.count; i++)
        if (!report_set(&run, &run.sets.items[i], &result, err))
            return false;
    result.group_first = find_firsts(&run, lines, line_count, result.line_first_group);
    result.groups = run.groups.items;
    result.group_count = run.groups.count;
    *ret_result = result;
    return true;
}
