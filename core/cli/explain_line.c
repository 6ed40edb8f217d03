/* A line of an explanation for people: what went in, what came out, and who takes part in that. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/cli/explain_printer.h"
#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/stores/line_text.h"

/* ---------------------------------------------------------------- a line: what goes in */

static void print_source(const struct explain_printer *printer, const struct explained_line *line)
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
    (void)printf("  drawn by %zu line%s: %s\n", commitment->draw_count,
                 commitment->draw_count == 1 ? "" : "s",
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

static void print_inputs(const struct explain_printer *printer, const struct explained_line *line)
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
                     explain_amount(printer, line->earlier[i].amount_minor));
}

/* ---------------------------------------------------------------- a line: what comes out */

static void print_rate(const struct explain_printer *printer, const struct explained_line *line)
{
    const struct tax_rate *rate = line->rate;
    struct date invoice_on = printer->explanation->invoice.tax_point_on;
    struct date point = stored_line_tax_point(line->stored, invoice_on);
    if (line->taxed_of != NULL) {
        (void)printf("    as %s, line %" PRId64 " was taxed, which it %s\n",
                     line->taxed_of->document, line->taxed_of->line,
                     line->gives_back ? "gives back of"
                     : text_starts_with(line->stored->kind, "late_usage")
                         ? "came late of"
                         : "is charged in place of");
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

static void print_line_tax(const struct explain_printer *printer, const struct explained_line *line)
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
static void print_given(const struct explain_printer *printer, const struct explained_line *line)
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
        explain_amount(printer, unpaid_minor < 0 ? -unpaid_minor : unpaid_minor));
}

static const char *price_of_account(const struct explained_line *line, size_t account)
{
    for (size_t i = 0; i < line->forgiven_of.count; i++)
        if (line->forgiven_of.lines[i].price_id == line->accounts.items[account].price_id)
            return line->forgiven_of.lines[i].price;
    return line->stored->price;
}

/* What is off a line, for more of its period was given back than it would have cost. */
static void print_forgiven(const struct explain_printer *printer, const struct explained_line *line)
{
    if (money_sign(line->forgiven) == 0)
        return;
    for (size_t i = 0; i < line->accounts.count; i++) {
        const struct forgiven_account *account = &line->accounts.items[i];
        if (i == line->account || money_sign(account->noted) != 0)
            (void)printf("  price %s of this period, before: costs %s, of which credit notes and "
                         "void invoices gave back %s, and %s are billed\n",
                         price_of_account(line, i), money_text(account->cost).text,
                         money_text(account->noted).text, money_text(account->billed).text);
    }
    int64_t forgiven_minor = money_minor(line->forgiven);
    (void)printf("  %s of this %s are off: that much of this period was given back before\n",
                 explain_amount(printer, forgiven_minor < 0 ? -forgiven_minor : forgiven_minor),
                 line->gives_back ? "credit" : "charge");
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

/* Whose the usage is, where anybody is named. */
static void print_shares(const struct explain_printer *printer, int64_t line)
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
                         explain_holders(share->project, share->member, printer->arena),
                         decimal_text(share->quantity).text, money_text(shares->parts[k]).text);
        }
    }
}

void explain_line(const struct explain_printer *printer, const struct explained_line *line)
{
    const struct stored_line *stored = line->stored;
    const char *code = printer->explanation->currency.code;
    if (line->is_true_up) {
        print_commitment(line);
    } else {
        print_inputs(printer, line);
        explain_rule(printer, line);
    }
    (void)printf("  amount %s %s", explain_amount(printer, stored->amount_minor), code);
    if (stored->discount_minor != 0)
        (void)printf(", discount %s", explain_amount(printer, stored->discount_minor));
    if (stored->unit_amount != NULL)
        (void)printf(", %s for each", stored->unit_amount);
    (void)printf("\n");
    for (size_t i = 0; i < line->coupon_count; i++)
        (void)printf("  coupon %s of %s %s takes %s off this line%s\n", line->coupons[i].coupon,
                     line->coupons[i].customer != NULL ? "customer" : "subscription",
                     line->coupons[i].customer != NULL ? line->coupons[i].customer
                                                       : line->coupons[i].subscription,
                     explain_amount(printer, line->coupons[i].discount_minor),
                     line->coupons[i].kept ? ", as it did of what the line replaces" : "");
    print_given(printer, line);
    print_forgiven(printer, line);
    print_drawn(line);
    print_line_tax(printer, line);
    print_shares(printer, stored->line);
}
