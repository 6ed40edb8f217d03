/* How the amount of a line came about: the rule of its price, its tiers, the steps after them. */
#include <inttypes.h>

#include "core/cli/explain_printer.h"
#include "core/cli/output.h"
#include "core/cli/table.h"

static bool is_one(struct ratio value)
{
    return ratio_compare(value, ratio_from_i64(1)) == 0;
}

static const char *rule_text(enum price_model model)
{
    switch (model) {
    case PRICE_FLAT:
        return "flat: the fee once per period, whatever the quantity";
    case PRICE_PER_UNIT:
        return "per_unit: (quantity - free units) x unit price";
    case PRICE_GRADUATED:
        return "graduated: each part of the quantity at the price of its tier";
    case PRICE_VOLUME:
        return "volume: the whole quantity at the price of the tier that contains it";
    case PRICE_PACKAGE:
        return "package: each package begun, after the free units";
    case PRICE_PERCENTAGE:
        return "percentage: a rate of each event's amount, and a fee for each";
    case PRICE_GRADUATED_PERCENTAGE:
        return "graduated_percentage: each part of the amount at the rate of its tier";
    case PRICE_DYNAMIC:
        return "dynamic: the sum of the events' own prices x multiplier";
    case PRICE_COMMITTED:
        return "committed: what the overage charges, at least the commitment";
    }
    return "";
}

/* Whether parts before it, by other versions, are in its total. */
static bool is_part(const struct explained_line *line)
{
    return line->has_usage && date_compare(line->charge.before.start, line->charge.before.end) < 0;
}

/* The part of the period in which the total was reached, of part.denominator. */
static int64_t counted(const struct explained_line *line)
{
    return line->part.part.numerator + (is_part(line) ? line->before_part.part.numerator : 0);
}

static void print_rule(const struct explained_line *line)
{
    const struct price *price = &line->price->price;
    bool down = price->has_package_rounding && price->package_rounding == PACKAGE_ROUND_DOWN;
    (void)printf("  rule %s\n", price->model == PRICE_PACKAGE && down
                                    ? "package: each full package, after the free units"
                                    : rule_text(price->model));
    if (price->free_units.given && decimal_sign(price->free_units.value) > 0)
        (void)printf("    %s units are free\n", decimal_text(price->free_units.value).text);
    if (price->model == PRICE_PACKAGE)
        (void)printf("    a package holds %s\n", decimal_text(price->package_size.value).text);
    if (line->charge.billed_before)
        (void)printf("    of the whole of the period, %s, less what was billed before\n",
                     decimal_text(line->charge.quantity).text);
    if (!is_one(line->request.period_share))
        (void)printf("    %s for %" PRId64 "/%" PRId64 " of the period\n",
                     line->has_usage ? "fees and limits" : "all of it", counted(line),
                     line->part.part.denominator);
    if (is_part(line))
        (void)printf("    of the total from %s on, by this version, less %s of it that were used\n"
                     "    before %s, by this version too\n",
                     date_text(line->charge.before.start).text,
                     decimal_text(line->charge.before_quantity).text,
                     date_text(line->charge.before.end).text);
    for (size_t i = 0; i < line->charge.gaps.count; i++)
        (void)printf("    without %s up to %s, when it was not charged\n",
                     date_text(line->charge.gaps.items[i].days.start).text,
                     date_text(line->charge.gaps.items[i].days.end).text);
}

static void print_tiers(const struct explain_printer *printer, const struct explained_line *line)
{
    static const struct table_column columns[] = {
        {"tier",         TABLE_RIGHT},
        {"quantity",     TABLE_RIGHT},
        {"price",        TABLE_RIGHT},
        {"flat fee",     TABLE_RIGHT},
        {"exact amount", TABLE_RIGHT},
    };
    struct arena *arena = printer->arena;
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "    ";
    for (size_t i = 0; i < line->rating.line_count; i++) {
        const struct charge_line *tier = &line->rating.lines[i];
        const char **cells = table_add_row(&table);
        cells[0] = cell_of_number(arena, tier->tier);
        cells[1] = arena_copy(arena, decimal_text(tier->quantity).text);
        cells[2] = arena_copy(arena, decimal_text(tier->unit_price).text);
        cells[3] = arena_copy(arena, decimal_text(tier->flat_fee).text);
        cells[4] = arena_copy(arena, ratio_text(tier->amount).text);
    }
    table_print(&table, stdout);
}

struct step_rows {
    struct table table;
    struct arena *arena;
};

static void add_step(struct step_rows *steps, const char *what, const char *amount)
{
    const char **cells = table_add_row(&steps->table);
    cells[0] = what;
    cells[1] = arena_copy(steps->arena, amount);
}

static void add_limits(struct step_rows *steps, const struct explained_line *line)
{
    const struct price *price = &line->charged_by;
    const char *part = is_one(line->request.period_share)
                           ? ""
                           : arena_printf(steps->arena, " x %" PRId64 "/%" PRId64, counted(line),
                                          line->part.part.denominator);
    if (price->maximum_amount.given)
        add_step(steps, arena_printf(steps->arena, "at most, for a whole period%s", part),
                 decimal_text(price->maximum_amount.value).text);
    if (price->minimum_amount.given)
        add_step(steps, arena_printf(steps->arena, "at least, for a whole period%s", part),
                 decimal_text(price->minimum_amount.value).text);
    if (money_sign(line->rating.true_up) != 0)
        add_step(steps, "filled up to the minimum", money_text(line->rating.true_up).text);
    if (money_sign(line->rating.discount) != 0)
        add_step(steps, "cut, shown as discount", money_text(line->rating.discount).text);
}

void explain_rule(const struct explain_printer *printer, const struct explained_line *line)
{
    static const struct table_column columns[] = {
        {"", TABLE_LEFT },
        {"", TABLE_RIGHT},
    };
    const struct rating *rating = &line->rating;
    struct step_rows steps = {.arena = printer->arena};
    table_start(&steps.table, printer->arena, columns, ARRAY_LEN(columns));
    steps.table.indent = "    ";
    if (explained_is_reversal(line)) {
        (void)printf("  rule reversal: the negative sum of what is taken back\n");
        return;
    }
    print_rule(line);
    if (line->progressive > 0)
        (void)printf("    a threshold was passed: what was used before %s, without minimum and\n"
                     "    commitment; the invoice at the end of the period bills the rest\n",
                     date_text(line->period.due_on).text);
    if (line->as_billed && line->progressive > 0) {
        (void)printf("    which events this line was made from is not kept: the last line of the\n"
                     "    period has all of them\n");
        return;
    }
    if (line->as_billed) {
        (void)printf("    late events of the period were billed since; which events this line was\n"
                     "    made from is not kept: the last line of the period has all of them\n");
        return;
    }
    print_tiers(printer, line);
    add_step(&steps, "charge, exact", ratio_text(rating->charge).text);
    add_limits(&steps, line);
    if (is_part(line))
        add_step(&steps,
                 arena_printf(printer->arena, "what was used before %s",
                              date_text(line->charge.before.end).text),
                 money_text(rating->before).text);
    if (line->charge.billed_before)
        add_step(&steps, "billed before", money_text(line->charge.billed_amount).text);
    add_step(&steps, "to bill, exact", ratio_text(rating->unrounded).text);
    add_step(
        &steps,
        arena_printf(printer->arena, "rounded once, %s", rounding_name(line->request.rounding)),
        cell_of_money(printer->arena, rating->amount));
    if (line->is_slot && slot_entry_is_negative(&line->slot))
        add_step(&steps, "credited, not charged", money_text(line->amount).text);
    table_print(&steps.table, stdout);
}
