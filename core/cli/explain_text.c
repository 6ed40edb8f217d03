/* An explanation for people: see explain_output.h. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/credit_units.h"
#include "core/calendar/instant.h"
#include "core/cli/explain_output.h"
#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/stores/line_text.h"

struct printer {
    const struct invoice_explanation *explanation;
    struct arena *arena;
};

bool explain_exact_tax(const struct tax_group *group, struct ratio *ret_exact)
{
    struct error ignored = {0};
    struct money amount = group->base;
    return (!group->tax.inclusive ||
            money_add(group->base, group->tax_amount, &amount, &ignored)) &&
           tax_exact(&group->tax, amount, ret_exact, &ignored);
}

const char *explain_tax_lines(const struct invoice_explanation *explanation, size_t group,
                              struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < explanation->line_count; i++)
        if (explanation->taxes.group_first[group] == explanation->taxes.line_first_group[i])
            text = arena_printf(arena, "%s%s%" PRId64, text, *text == '\0' ? "" : ", ",
                                explanation->lines[i].stored->line);
    return text;
}

static const char *amount_text(const struct printer *printer, int64_t minor)
{
    return arena_copy(printer->arena,
                      money_text(money_of_minor(minor, printer->explanation->currency)).text);
}

static bool is_one(struct ratio value)
{
    return ratio_compare(value, ratio_from_i64(1)) == 0;
}

/* ---------------------------------------------------------------- the head */

static void print_party(const char *role, const char *key, const struct invoice_party *party)
{
    (void)printf("  %s %s%s%s, %s%s%s%s%s\n", role, key, *key == '\0' ? "" : " ", party->name,
                 text_is_empty(party->country) ? "no country" : party->country,
                 text_is_empty(party->region) ? "" : "-",
                 text_is_empty(party->region) ? "" : party->region,
                 text_is_empty(party->tax_id) ? "" : ", tax id ",
                 text_is_empty(party->tax_id) ? "" : party->tax_id);
}

static void print_head(const struct printer *printer)
{
    const struct invoice_explanation *explanation = printer->explanation;
    const struct stored_invoice *invoice = &explanation->invoice;
    char hash[SHA256_HEX_SIZE];
    bool final = invoice->number != NULL;
    (void)printf("%s %s, %s, tenant %s\n",
                 final ? document_kind_label(document_kind_of(invoice->kind)) : "draft",
                 final ? invoice->number : invoice->draft_key, invoice->status,
                 explanation->catalog->tenant.tenant);
    print_party("from", "", &explanation->seller);
    print_party("to  ", invoice->customer, &explanation->buyer);
    if (final)
        (void)printf("  issued %s, due %s (%" PRId64 " days), ", date_text(invoice->issued_on).text,
                     date_text(invoice->due_on).text, invoice->payment_terms_days);
    else
        (void)printf("  ");
    (void)printf(
        "cutoff %s, %s\n", date_text(invoice->cutoff_on).text,
        tax_point_text(invoice->lines, invoice->line_count, invoice->tax_point_on, printer->arena));
    sha256_hex(invoice->hash, hash);
    if (final)
        (void)printf("  key \"%s\", hash %.16s…\n", invoice->draft_key, hash);
    if (explanation->is_turned)
        (void)printf(
            "  its draft had a negative total: the credit note says every figure below with "
            "the opposite sign\n");
}

/* ---------------------------------------------------------------- a line: what goes in */

static void print_source(const struct printer *printer, const struct explained_line *line)
{
    const struct stored_line *stored = line->stored;
    const struct price *price = &line->price->price;
    struct decimal_text quantity = decimal_text(stored->quantity);
    (void)printer;
    if (line->has_usage) {
        const struct catalog_meter *meter = line->usage.meter;
        (void)printf("  quantity %s%s%s: %s of %" PRId64 " usage events of meter %s%s\n",
                     quantity.text, text_is_empty(meter->unit) ? "" : " ",
                     text_is_empty(meter->unit) ? "" : meter->unit, meter->aggregation_name,
                     stored->event_count, meter->meter,
                     line->earlier_count > 0 ? ", less what was billed before" : "");
        return;
    }
    if (price->model == PRICE_FLAT) {
        (void)printf("  quantity %s: a flat fee\n", quantity.text);
        return;
    }
    (void)printf("  quantity %s: of the subscription\n", quantity.text);
}

static void print_usage_now(const struct explained_line *line)
{
    const struct explained_usage *usage = &line->usage;
    if (!line->has_usage || usage->late_events == 0)
        return;
    (void)printf("  now: late events not billed yet: %" PRId64 "; all %" PRId64
                 " events of the period give %s\n",
                 usage->late_events, usage->now.event_count,
                 decimal_text(usage->now.quantity).text);
}

static const char *unit_of_basis(enum proration_basis basis)
{
    switch (basis) {
    case PRORATE_DAY:
        return "days";
    case PRORATE_SECOND:
        return "seconds";
    case PRORATE_FIXED30:
        return "days, all months having 30";
    case PRORATE_NONE:
        return "periods";
    }
    return "";
}

static void print_part(const struct explained_line *line)
{
    const struct explained_period *period = &line->period;
    const struct proration *part = &line->part.part;
    struct period full = {period->full_start_on, period->full_end_on};
    struct period own = {line->stored->period_start_on, line->stored->period_end_on};
    if (period_equal(full, own) || explained_is_reversal(line))
        return;
    (void)printf("  a part of %s up to %s: %" PRId64 " of %" PRId64 " %s%s\n",
                 date_text(full.start).text, date_text(full.end).text, part->numerator,
                 part->denominator, unit_of_basis(line->part.basis),
                 line->part.basis == PRORATE_NONE ? ", for periods are not divided" : "");
}

static void print_phase(const struct explained_line *line)
{
    const struct contract_phase *phase = line->phase;
    if (line->price->customer_id > 0)
        (void)printf("  by what it is for customer %s alone, from %s on\n", line->period.customer,
                     date_text(line->price->price.valid_from).text);
    else if (line->stored->rated_price_id != DB_I64_NONE)
        (void)printf("  with the terms of price %s, version from %s, by contract %s, phase %s\n",
                     line->price->price.price, date_text(line->price->price.valid_from).text,
                     phase == NULL ? "?" : phase->contract, phase == NULL ? "?" : phase->phase);
    if (phase != NULL && decimal_sign(phase->discount_percent) > 0)
        (void)printf("  %s %% off by contract %s, phase %s\n",
                     decimal_text(phase->discount_percent).text, phase->contract, phase->phase);
}

/* What is missing to the commitment of a phase. */
static void print_commitment(const struct explained_line *line)
{
    const struct explained_commitment *commitment = &line->commitment;
    const struct contract_phase *phase = line->phase;
    (void)printf("\nline %" PRId64 ": %s [%s]\n", line->stored->line, line->stored->description,
                 line->stored->kind);
    (void)printf("  commitment of contract %s, phase %s, %s to %s: %s\n", phase->contract,
                 phase->phase, date_text(phase->held.start).text, date_text(phase->held.end).text,
                 money_text(commitment->account.commitment).text);
    if (!money_equal(commitment->account.commitment, phase->commitment))
        (void)printf("    %s up to %s, by days: an amendment closed the contract\n",
                     money_text(phase->commitment).text, date_text(phase->agreed.end).text);
    (void)printf("  drawn by %zu lines: %s\n", commitment->draw_count,
                 money_text(commitment->account.drawn).text);
    for (size_t i = 0; i < commitment->draw_count; i++)
        (void)printf("    %s, line %" PRId64 ": %s\n", commitment->draws[i].document,
                     commitment->draws[i].line, money_text(commitment->draws[i].part).text);
    if (money_sign(commitment->billed) != 0)
        (void)printf("  billed before: %s\n", money_text(commitment->billed).text);
    (void)printf("  rule true_up: what is missing to the commitment, less what was billed of it: "
                 "%s\n",
                 money_text(line->amount).text);
}

static void print_inputs(const struct printer *printer, const struct explained_line *line)
{
    const struct stored_line *stored = line->stored;
    const struct explained_period *period = &line->period;
    const struct invoice_explanation *document = printer->explanation;
    (void)printf("\nline %" PRId64 ": %s [%s]\n", stored->line,
                 line_text(document->invoice.lines, document->invoice.line_count,
                           (size_t)(line - document->lines), printer->arena),
                 stored->kind);
    (void)printf("  subscription %s of customer %s\n", stored->subscription, period->customer);
    (void)printf("  price %s, %s, %s, version from %s\n", stored->price,
                 price_model_name(line->price->price.model),
                 price_billing_name(line->price->price.billing),
                 date_text(stored->price_valid_from).text);
    (void)printf("  period %s up to %s (exclusive), %s:\n    %s up to %s\n",
                 date_text(stored->period_start_on).text, date_text(stored->period_end_on).text,
                 period->timezone, instant_text(period->start_at_us).text,
                 instant_text(period->end_at_us).text);
    print_phase(line);
    print_part(line);
    print_source(printer, line);
    print_usage_now(line);
    for (size_t i = 0; i < line->earlier_count; i++)
        (void)printf("  %s: %s, line %" PRId64 ": quantity %s, %s\n",
                     explained_is_reversal(line) ? "taken back" : "billed before",
                     line->earlier[i].document, line->earlier[i].line,
                     decimal_text(line->earlier[i].quantity).text,
                     amount_text(printer, line->earlier[i].amount_minor));
}

/* ---------------------------------------------------------------- a line: the rule, step by step
 */

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

static void print_tiers(const struct printer *printer, const struct explained_line *line)
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

static void print_steps(const struct printer *printer, const struct explained_line *line)
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

/* ---------------------------------------------------------------- a line: what comes out */

static void print_rate(const struct printer *printer, const struct explained_line *line)
{
    const struct tax_rate *rate = line->rate;
    struct date invoice_on = printer->explanation->invoice.tax_point_on;
    struct date point = stored_line_tax_point(line->stored, invoice_on);
    if (line->taxed_of != NULL) {
        (void)printf("    as %s, line %" PRId64 " was taxed, which it %s\n",
                     line->taxed_of->document, line->taxed_of->line,
                     line->gives_back ? "gives back of" : "is charged in place of");
        return;
    }
    if (date_compare(point, invoice_on) != 0)
        (void)printf("    tax point %s: the %s\n", date_text(point).text,
                     !line->stored->is_ahead                       ? "last day of its period"
                     : date_is_none(line->stored->charged_from_on) ? "first day that it covers"
                                                                   : "first day of its period");
    if (rate == NULL) {
        (void)printf("    no rate of the tax tables applies\n");
        return;
    }
    (void)printf("    rate of %s%s%s, category %s, valid from %s%s\n", rate->country,
                 text_is_empty(rate->region) ? "" : "-",
                 text_is_empty(rate->region) ? "" : rate->region, rate->category,
                 date_text(rate->valid_from).text,
                 rate->of_every_tenant ? "" : ", this tenant's own");
    if (line->rates_today != NULL)
        (void)printf("    note: the tax tables say %s today\n", line->rates_today);
}

static void print_line_part(size_t number, const struct tax_choice *tax, const char *category,
                            struct money part)
{
    (void)printf("  tax %zu: %s%s%s %% on category %s%s: %s of it falls on this line\n", number,
                 tax->name, *tax->name == '\0' ? "" : " ", decimal_text(tax->rate_percent).text,
                 category, tax->inclusive ? ", inclusive" : "", money_text(part).text);
    if (tax->note != NULL)
        (void)printf("    %s\n", tax->note);
}

static void print_line_tax(const struct printer *printer, const struct explained_line *line)
{
    const struct invoice_explanation *explanation = printer->explanation;
    const struct stored_line *stored = line->stored;
    struct money part;
    if (!printer->explanation->invoice.taxed) {
        (void)printf("  tax: not computed yet, category %s\n", stored->tax_category);
        return;
    }
    if (line->tax == NULL) {
        (void)printf("  tax: none\n");
        return;
    }
    for (size_t i = 0; i < explanation->taxes.group_count; i++)
        if (explanation_line_part(explanation, (size_t)(line - explanation->lines), i, &part))
            print_line_part(i + 1, &explanation->taxes.groups[i].tax, stored->tax_category, part);
    print_rate(printer, line);
}

/* A line below zero has what is not given back of it as a discount below zero. */
static void print_given(const struct printer *printer, const struct explained_line *line)
{
    const struct given_back *given = &line->given;
    bool is_whole = line->stored->discount_minor == 0;
    if (!line->gives_back)
        return;
    for (size_t i = 0; i < given->count && is_whole && !explained_is_reversal(line); i++)
        (void)printf("  gives back of %s, line %" PRId64 "\n", given->of[i].document,
                     given->of[i].line);
    if (is_whole)
        return;
    for (size_t i = 0; i < given->count; i++)
        (void)printf("  gives back of %s, line %" PRId64
                     ": charged %s, coupons %s, credit notes %s, forgiven %s\n",
                     given->of[i].document, given->of[i].line,
                     cell_of_money(printer->arena, given->billed[i].charged),
                     cell_of_money(printer->arena, given->billed[i].unpaid),
                     cell_of_money(printer->arena, given->billed[i].noted),
                     cell_of_money(printer->arena, given->billed[i].forgiven));
    int64_t unpaid_minor = line->stored->discount_minor;
    (void)printf(
        "  %s of it are not given back: that much was not paid, or is given back already\n",
        amount_text(printer, unpaid_minor < 0 ? -unpaid_minor : unpaid_minor));
}

/* What is off a charge, for what it is charged instead of was given back by credit notes. */
static void print_forgiven(const struct printer *printer, const struct explained_line *line)
{
    if (money_sign(line->forgiven) == 0)
        return;
    for (size_t i = 0; i < line->forgiven_count; i++) {
        const struct stored_forgiven *of = &line->forgiven_of[i];
        int64_t minor = of->forgiven_minor;
        (void)printf("  %s, line %" PRId64 ", %s %s for credit notes, or that an invoice is void\n",
                     of->document, of->line, minor < 0 ? "gave less by" : "was charged less by",
                     amount_text(printer, minor < 0 ? -minor : minor));
    }
    (void)printf("  %s of this charge are off: that much of these days was given back before\n",
                 money_text(line->forgiven).text);
}

static void print_drawn(const struct explained_line *line)
{
    for (size_t i = 0; i < line->drawn_count; i++) {
        const struct explained_drawn *drawn = &line->drawn[i];
        (void)printf("  draws %s of the commitment of contract %s, phase %s: %s of %s are drawn\n",
                     money_text(drawn->part).text, drawn->phase->contract, drawn->phase->phase,
                     money_text(drawn->account.drawn).text,
                     money_text(drawn->account.commitment).text);
    }
}

static const char *holders_text(const char *project, const char *member, struct arena *arena)
{
    bool has_project = !text_is_empty(project), has_member = !text_is_empty(member);
    return arena_printf(arena, "%s%s%s%s%s%s", has_project ? "project " : "",
                        text_or_empty(project), has_project && has_member ? ", " : "",
                        has_member ? "member " : "", text_or_empty(member),
                        has_project || has_member ? "" : "nobody");
}

/* Whose the usage is, where anybody is named. */
static void print_shares(const struct printer *printer, int64_t line)
{
    const struct explained_credit_parts *parts = &printer->explanation->parts;
    for (size_t i = 0; i < parts->line_count; i++) {
        const struct explained_shares *shares = &parts->lines[i];
        if (shares->line != line)
            continue;
        (void)printf("  whose usage it is, of %s with tax and coupons\n",
                     money_text(shares->value).text);
        for (size_t k = 0; k < shares->shares.count; k++) {
            const struct usage_share *share = &shares->shares.items[k];
            (void)printf("    %s: %s, %s\n",
                         holders_text(share->project, share->member, printer->arena),
                         decimal_text(share->quantity).text, money_text(shares->parts[k]).text);
        }
    }
}

static void print_line(const struct printer *printer, const struct explained_line *line)
{
    const struct stored_line *stored = line->stored;
    const char *code = printer->explanation->currency.code;
    if (line->is_true_up) {
        print_commitment(line);
    } else {
        print_inputs(printer, line);
        print_steps(printer, line);
    }
    (void)printf("  amount %s %s", amount_text(printer, stored->amount_minor), code);
    if (stored->discount_minor != 0)
        (void)printf(", discount %s", amount_text(printer, stored->discount_minor));
    if (stored->unit_amount != NULL)
        (void)printf(", %s for each", stored->unit_amount);
    (void)printf("\n");
    for (size_t i = 0; i < line->coupon_count; i++)
        (void)printf("  coupon %s of %s %s takes %s off this line%s\n", line->coupons[i].coupon,
                     line->coupons[i].customer != NULL ? "customer" : "subscription",
                     line->coupons[i].customer != NULL ? line->coupons[i].customer
                                                       : line->coupons[i].subscription,
                     amount_text(printer, line->coupons[i].discount_minor),
                     line->coupons[i].kept ? ", as it did of what the line replaces" : "");
    print_given(printer, line);
    print_forgiven(printer, line);
    print_drawn(line);
    print_line_tax(printer, line);
    print_shares(printer, stored->line);
}

/* ---------------------------------------------------------------- taxes and totals */

static bool covers(const struct invoice_explanation *explanation, size_t group, int64_t only_line)
{
    for (size_t i = 0; i < explanation->line_count; i++)
        if (explanation->taxes.group_first[group] == explanation->taxes.line_first_group[i] &&
            (only_line == 0 || explanation->lines[i].stored->line == only_line))
            return true;
    return false;
}

static void print_taxes(const struct printer *printer, int64_t only_line)
{
    const struct invoice_explanation *explanation = printer->explanation;
    const struct tenant_facts *tenant = &explanation->catalog->tenant;
    if (!explanation->invoice.taxed) {
        (void)printf("\ntaxes: not computed yet\n");
        return;
    }
    (void)printf("\ntaxes, rounded %s per %s\n", tenant->rounding_name, tenant->tax_rounding_name);
    for (size_t i = 0; i < explanation->taxes.group_count; i++) {
        const struct tax_group *group = &explanation->taxes.groups[i];
        struct ratio exact;
        bool known = explain_exact_tax(group, &exact);
        if (!covers(explanation, i, only_line))
            continue;
        (void)printf("  tax %zu: %s%s%s %%%s on %s (lines %s): exactly %s, %s\n", i + 1,
                     group->tax.name, *group->tax.name == '\0' ? "" : " ",
                     decimal_text(group->tax.rate_percent).text,
                     group->tax.inclusive ? " included," : "", money_text(group->base).text,
                     explain_tax_lines(explanation, i, printer->arena),
                     known ? ratio_text(exact).text : "?", money_text(group->tax_amount).text);
    }
}

static void print_totals(const struct printer *printer)
{
    static const struct table_column columns[] = {
        {"", TABLE_LEFT },
        {"", TABLE_RIGHT},
    };
    const struct stored_invoice *invoice = &printer->explanation->invoice;
    const struct {
        const char *name;
        int64_t amount_minor;
    } totals[] = {
        {"subtotal",       invoice->subtotal_minor      },
        {"discount",       invoice->discount_minor      },
        {"tax",            invoice->tax_minor           },
        {"total",          invoice->total_minor         },
        {"credit applied", invoice->credit_applied_minor},
        {"amount due",     invoice->amount_due_minor    },
    };
    struct table table;
    table_start(&table, printer->arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < ARRAY_LEN(totals); i++) {
        const char **cells = table_add_row(&table);
        cells[0] = totals[i].name;
        cells[1] = amount_text(printer, totals[i].amount_minor);
    }
    (void)printf("\ntotals, %s\n", printer->explanation->currency.code);
    table_print(&table, stdout);
    if (printer->explanation->is_turned && invoice->credit_applied_minor != 0)
        (void)printf("  %s of it go against what was written off and never paid: owed to nobody\n",
                     amount_text(printer, -invoice->credit_applied_minor));
}

/* Which grants gave the credit that is applied, and what was overdrawn for it or paid back since.
 */
static void print_credits(const struct printer *printer)
{
    const struct invoice_explanation *explanation = printer->explanation;
    if (explanation->credit_count > 0)
        (void)printf("\ncredits\n");
    for (size_t i = 0; i < explanation->credit_count; i++) {
        const struct account_movement *movement = &explanation->credits[i];
        const char *on = arena_copy(printer->arena, date_text(movement->made_on).text);
        const char *amount = amount_text(printer, movement->amount_minor);
        if (text_is_empty(movement->source))
            (void)printf("  %s overdrawn on %s: more than the grants of that day had\n", amount,
                         on);
        else if (text_equal(movement->kind, "overdraft"))
            (void)printf("  %s overdrawn no more from %s on: grant %s pays it\n", amount, on,
                         movement->source);
        else
            (void)printf("  %s drawn on %s of grant %s (%s, priority %" PRId64 ")\n", amount, on,
                         movement->source, cell_of_text(movement->grant_kind), movement->priority);
        if (!text_is_empty(movement->month))
            (void)printf("    for usage of %s of %s\n",
                         holders_text(movement->project, movement->member, printer->arena),
                         movement->month);
    }
}

/* Which units paid what of which line. */
static void print_units(const struct printer *printer)
{
    const struct explained_credit_parts *parts = &printer->explanation->parts;
    if (parts->unit_count > 0)
        (void)printf("\nunits\n");
    for (size_t i = 0; i < parts->unit_count; i++) {
        const struct account_unit_movement *unit = &parts->units[i];
        (void)printf("  line %" PRId64 ": %s of %s pay %s, drawn on %s of grant %s (%s, priority "
                     "%" PRId64 ")\n",
                     unit->line, credit_units_text(unit->unit_millionths, printer->arena),
                     cell_of_text(unit->meter), amount_text(printer, unit->amount_minor),
                     date_text(unit->made_on).text, unit->source, cell_of_text(unit->grant_kind),
                     unit->priority);
    }
}

static void print_limit(const struct printer *printer, const struct month_limit *limit)
{
    if (limit != NULL)
        (void)printf("    the limit of %s %s is %s %s a month; of %s are used %s\n",
                     limit->holder->kind, limit->holder->holder,
                     cell_of_text(limit->holder->credit_limit), limit->holder->currency.code,
                     limit->month, arena_copy(printer->arena, money_text(limit->limit.used).text));
}

/* What of the invoice is whose, where he has a limit, and what of that credits paid. */
static void print_limits(const struct printer *printer)
{
    const struct explained_credit_parts *parts = &printer->explanation->parts;
    if (parts->limit_count > 0)
        (void)printf("\nlimits of credits\n");
    for (size_t i = 0; i < parts->limit_count; i++) {
        const struct explained_limit *limit = &parts->limits[i];
        (void)printf("  %s of %s: %s of this document, of which credits paid %s\n",
                     holders_text(limit->project, limit->member, printer->arena), limit->month,
                     arena_copy(printer->arena, money_text(limit->value).text),
                     money_text(limit->paid).text);
        print_limit(printer, limit->project_limit);
        print_limit(printer, limit->member_limit);
    }
}

static void print_differences(const struct printer *printer)
{
    const struct explained_differences *differences = &printer->explanation->differences;
    if (differences->count == 0) {
        (void)printf("\nchecked: every figure, computed again, is what is stored\n");
        return;
    }
    (void)printf("\nWRONG: %zu figures, computed again, are not what is stored\n",
                 differences->count);
    for (size_t i = 0; i < differences->count; i++) {
        const struct explained_difference *difference = &differences->items[i];
        if (difference->line == 0)
            (void)printf("  %s: stored %s, computed %s\n", difference->what, difference->stored,
                         difference->computed);
        else
            (void)printf("  line %" PRId64 ", %s: stored %s, computed %s\n", difference->line,
                         difference->what, difference->stored, difference->computed);
    }
}

void explain_print(const struct invoice_explanation *explanation, int64_t only_line,
                   struct arena *arena)
{
    struct printer printer = {.explanation = explanation, .arena = arena};
    print_head(&printer);
    for (size_t i = 0; i < explanation->line_count; i++)
        if (only_line == 0 || explanation->lines[i].stored->line == only_line)
            print_line(&printer, &explanation->lines[i]);
    print_taxes(&printer, only_line);
    if (only_line == 0) {
        print_totals(&printer);
        print_units(&printer);
        print_credits(&printer);
        print_limits(&printer);
    }
    print_differences(&printer);
}
