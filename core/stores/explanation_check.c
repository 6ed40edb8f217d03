/* Computing an invoice again and comparing: see explanation.h. No database here. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/stores/explanation.h"

struct check {
    struct invoice_explanation *explanation;
    struct arena *arena;
};

/* ---------------------------------------------------------------- differences */

static void differ(const struct check *check, int64_t line, const char *what, const char *stored,
                   const char *computed)
{
    ARRAY_ADD(check->arena, &check->explanation->differences) =
        (struct explained_difference){.line = line,
                                      .what = what,
                                      .stored = arena_copy(check->arena, stored),
                                      .computed = arena_copy(check->arena, computed)};
}

static void compare_money(const struct check *check, int64_t line, const char *what,
                          int64_t stored_minor, struct money computed)
{
    struct money stored = money_of_minor(stored_minor, check->explanation->currency);
    if (!money_equal(stored, computed))
        differ(check, line, what, money_text(stored).text, money_text(computed).text);
}

static void compare_text(const struct check *check, int64_t line, const char *what,
                         const char *stored, const char *computed)
{
    if (!text_equal(stored, computed))
        differ(check, line, what, stored == NULL ? "-" : stored, computed == NULL ? "-" : computed);
}

/* ---------------------------------------------------------------- a line */

/* What earlier lines billed is on top of the stored quantity: the charge is of the whole. */
static bool add_earlier(const struct check *check, struct explained_line *line, struct error *err)
{
    struct period_charge *charge = &line->charge;
    struct currency currency = check->explanation->currency;
    charge->billed_quantity = decimal_from_i64(0);
    charge->billed_amount = charge->billed_discount = money_zero(currency);
    for (size_t i = 0; i < line->earlier_count; i++)
        if (!money_add(
                charge->billed_discount,
                money_of_minor(line->earlier[i].discount_minor - line->earlier[i].coupon_minor,
                               currency),
                &charge->billed_discount, err) ||
            !decimal_add(charge->billed_quantity, line->earlier[i].quantity,
                         &charge->billed_quantity, err) ||
            !money_add(charge->billed_amount,
                       money_of_minor(line->earlier[i].amount_minor, currency),
                       &charge->billed_amount, err))
            return false;
    return decimal_add(line->stored->quantity, charge->billed_quantity, &charge->quantity, err);
}

static void check_usage(const struct check *check, const struct explained_line *line)
{
    const struct explained_usage *usage = &line->usage;
    if (line->has_usage && !usage->is_taken_back &&
        decimal_compare(usage->billed.quantity, usage->lines_quantity) != 0)
        differ(check, line->stored->line, "usage of the period",
               decimal_text(usage->lines_quantity).text, decimal_text(usage->billed.quantity).text);
}

static void check_unit_amount(const struct check *check, const struct explained_line *line)
{
    struct price_figure unit = period_charge_unit_amount(&line->charge, &line->request);
    struct decimal_text text = decimal_text(unit.value);
    compare_text(check, line->stored->line, "unit amount", line->stored->unit_amount,
                 unit.given ? text.text : NULL);
}

/* The negative sum of what it takes back. */
static bool compute_reversal(const struct check *check, struct explained_line *line,
                             struct error *err)
{
    struct decimal quantity;
    line->request = rating_request_whole(line->stored->quantity);
    if (!add_earlier(check, line, err) ||
        !decimal_negate(line->charge.billed_quantity, &quantity, err) ||
        !money_negate(line->charge.billed_amount, &line->amount, err) ||
        !period_charge_part(&line->charge, &line->part, err))
        return false;
    if (decimal_compare(quantity, line->stored->quantity) != 0)
        differ(check, line->stored->line, "quantity", decimal_text(line->stored->quantity).text,
               decimal_text(quantity).text);
    line->discount = money_zero(check->explanation->currency);
    return true;
}

/* Below zero a cut of the price is in the amount, as it is of a credit. */
static bool take_discount_in(struct explained_line *line, struct error *err)
{
    struct money net;
    if (!money_subtract(line->amount, line->discount, &net, err))
        return false;
    if (money_sign(net) < 0) {
        line->amount = net;
        line->discount = money_zero(net.currency);
    }
    return true;
}

/* The charge of the same days and quantity with the other sign: what was cut off it is in it. */
static bool compute_credit(struct explained_line *line, struct error *err)
{
    struct money net;
    if (!money_subtract(line->amount, line->discount, &net, err) ||
        !money_negate(net, &line->amount, err))
        return false;
    line->discount = money_zero(net.currency);
    return true;
}

/* Of a charge by quantity: the period's own is what the line bills. */
static bool check_quantity(const struct check *check, const struct explained_line *line,
                           struct error *err)
{
    struct decimal quantity;
    const char *of_period = line->period.quantity;
    if (of_period == NULL)
        return true;
    if (!decimal_parse(of_period, &quantity, err))
        return false;
    if (decimal_compare(quantity, line->charge.quantity) != 0)
        differ(check, line->stored->line, "quantity", decimal_text(line->charge.quantity).text,
               of_period);
    return true;
}

static bool compute_charge(const struct check *check, struct explained_line *line,
                           struct error *err)
{
    bool is_credit = line->is_slot && slot_entry_is_negative(&line->slot);
    if (!add_earlier(check, line, err) ||
        (is_credit && !decimal_negate(line->charge.quantity, &line->charge.quantity, err)) ||
        !check_quantity(check, line, err))
        return false;
    if (!period_charge_part(&line->charge, &line->part, err) ||
        !period_charge_before_part(&line->charge, &line->before_part, err) ||
        !period_charge_request(&line->charge, &line->request, err) ||
        !rating_price(&line->charged_by, &line->request, check->arena, &line->rating, err) ||
        !period_charge_line(&line->charge, &line->rating, &line->amount, &line->discount, err))
        return false;
    check_unit_amount(check, line);
    return is_credit ? compute_credit(line, err) : take_discount_in(line, err);
}

static bool compute_line(const struct check *check, struct explained_line *line, struct error *err)
{
    if (line->is_true_up)
        return commitment_true_up(&line->commitment.account, line->commitment.billed, &line->amount,
                                  err);
    return explained_is_reversal(line) ? compute_reversal(check, line, err)
                                       : compute_charge(check, line, err);
}

static void take_as_billed(const struct check *check, struct explained_line *line)
{
    struct currency currency = check->explanation->currency;
    line->amount = money_of_minor(line->stored->amount_minor, currency);
    line->discount = money_of_minor(line->stored->discount_minor, currency);
}

/* What is forgiven of it, by the accounts of its period. */
static bool forgive(const struct check *check, const struct forgiven_book *book,
                    struct explained_line *line, struct error *err)
{
    const struct stored_line *stored = line->stored;
    struct money net;
    if (line->forgiven_of.count == 0)
        return true;
    const struct forgiven_key key = forgiven_store_key(line->forgiven_of.lines);
    struct forgiven_period *period = forgiven_book_period(book, &key);
    if (period == NULL)
        return true;
    line->account = forgiven_period_account(
        period, stored->price_id, line->plan_id,
        line->is_true_up || (line->price != NULL && line->price->meter_id != DB_I64_NONE),
        check->arena);
    line->accounts = period->accounts;
    return money_subtract(line->amount, line->discount, &net, err) &&
           forgiven_of_line(&line->accounts, line->account, net, &line->forgiven, err) &&
           money_add(line->discount, line->forgiven, &line->discount, err);
}

static bool forgive_in(const struct check *check, enum forgiven_order order,
                       struct explained_line *line, struct error *err)
{
    struct forgiven_book book;
    line->forgiven_of = line->forgiven_in[order];
    return forgiven_store_open(line->forgiven_of.lines, line->forgiven_of.count, check->arena,
                               &book, err) &&
           forgive(check, &book, line, err);
}

/* What of it is not given back, or is off it for that was given back before; as it is stored while
 * that is not known for good. Of the orders of its day the one that gives what is stored. */
static bool settle(const struct check *check, struct explained_line *line, struct error *err)
{
    if (line->gives_back && line->given.is_open) {
        line->discount = money_of_minor(line->stored->discount_minor, check->explanation->currency);
        return true;
    }
    if (line->gives_back && !money_add(line->discount, line->given.unpaid, &line->discount, err))
        return false;
    const struct explained_line before = *line;
    struct explained_line in_order = *line;
    for (int order = FORGIVEN_IN_ORDER; order < FORGIVEN_ORDERS; order++) {
        *line = before;
        if (!forgive_in(check, (enum forgiven_order)order, line, err))
            return false;
        if (money_minor(line->discount) == line->stored->discount_minor)
            return true;
        if (order == FORGIVEN_IN_ORDER)
            in_order = *line;
    }
    *line = in_order;
    return true;
}

/* What the rule cuts, and what coupons took besides. */
static bool add_coupons(struct explained_line *line, struct error *err)
{
    for (size_t i = 0; i < line->coupon_count; i++)
        if (!money_add(line->discount,
                       money_of_minor(line->coupons[i].discount_minor, line->discount.currency),
                       &line->discount, err))
            return false;
    return true;
}

/* A rule that refuses its stored input now is a difference like any other. */
static bool check_line(const struct check *check, struct explained_line *line, struct error *err)
{
    const struct stored_line *stored = line->stored;
    line->amount = money_zero(check->explanation->currency);
    line->discount = line->amount;
    line->tax_amount = line->amount;
    line->forgiven = line->amount;
    if (!compute_line(check, line, err)) {
        if (err->kind != ERROR_ITEM)
            return false;
        differ(check, stored->line, "rating", "an amount", err->message);
        error_clear(err);
        return true;
    }
    if (line->as_billed)
        take_as_billed(check, line);
    else if (!add_coupons(line, err) || !settle(check, line, err))
        return false;
    compare_money(check, stored->line, "amount", stored->amount_minor, line->amount);
    compare_money(check, stored->line, "discount", stored->discount_minor, line->discount);
    check_usage(check, line);
    if (date_compare(line->period.end_on, stored->period_end_on) != 0)
        differ(check, stored->line, "end of the period", date_text(stored->period_end_on).text,
               date_text(line->period.end_on).text);
    return true;
}

/* ---------------------------------------------------------------- taxes */

static const struct stored_tax *find_tax(const struct stored_invoice *invoice, int64_t tax)
{
    for (size_t i = 0; i < invoice->tax_count; i++)
        if (invoice->taxes[i].tax == tax)
            return &invoice->taxes[i];
    return NULL;
}

/* That and those beside it. */
static bool is_of(const struct stored_tax *tax, const struct stored_tax *first)
{
    return tax->tax == first->tax || tax->beside_tax == first->tax;
}

static bool is_said(const struct stored_invoice *invoice, const struct stored_tax *first,
                    const struct tax_choices *today)
{
    size_t said = 0;
    for (size_t i = 0; first != NULL && i < invoice->tax_count; i++) {
        const struct stored_tax *tax = &invoice->taxes[i];
        if (!is_of(tax, first))
            continue;
        if (said == today->count || tax->inclusive != today->items[said].inclusive ||
            decimal_compare(tax->rate_percent, today->items[said].rate_percent) != 0)
            return false;
        said++;
    }
    return first == NULL || said == today->count;
}

static const char *rates_text(const struct tax_choices *choices, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < choices->count; i++)
        text = arena_printf(arena, "%s%s%s %%%s", text, i == 0 ? "" : " and ",
                            decimal_text(choices->items[i].rate_percent).text,
                            choices->items[i].inclusive ? " inclusive" : "");
    return text;
}

/* The rate that the tables name today for the same question. Whether the buyer is exempt or
 * accounts for the tax is what the document says. */
static void find_rate(const struct check *check, struct explained_line *line)
{
    const struct invoice_explanation *explanation = check->explanation;
    const struct billing_catalog *catalog = explanation->catalog;
    struct tax_choices today;
    struct error ignored = {0};
    struct tax_query query = {
        .seller_country = explanation->seller.country,
        .seller_region = explanation->seller.region,
        .buyer_country = explanation->buyer.country,
        .buyer_region = explanation->buyer.region,
        .category = line->stored->tax_category,
        .exempt =
            line->tax != NULL && (text_equal(line->tax->category, TAX_CATEGORY_EXEMPT) ||
                                  text_equal(line->tax->category, TAX_CATEGORY_REVERSE_CHARGE)),
        .tax_point = stored_line_tax_point(line->stored, explanation->invoice.tax_point_on),
    };
    line->rate = tax_rate_find(catalog->tax_rates, catalog->tax_rate_count, &query);
    if (line->rate != NULL &&
        tax_choose(catalog->tax_rates, catalog->tax_rate_count, &query, MISSING_TAX_RATE_PARK,
                   &today, &ignored) &&
        !is_said(&explanation->invoice, line->tax, &today))
        line->rates_today = rates_text(&today, check->arena);
}

/* The taxes with which what it is of was billed: those of the day have no say. */
static void compare_taxed(const struct check *check, const struct explained_line *line)
{
    const struct stored_tax *tax = line->tax;
    bool is_named = tax == NULL || line->taxed_as.count == 0 ||
                    (text_equal(tax->name, line->taxed_as.items[0].name) &&
                     text_equal(tax->category, line->taxed_as.items[0].category));
    if (!is_named || (tax == NULL) != (line->taxed_as.count == 0) ||
        !is_said(&check->explanation->invoice, tax, &line->taxed_as))
        differ(check, line->stored->line, "taxes",
               tax == NULL ? "none"
                           : arena_printf(check->arena, "%s %s %%", tax->name,
                                          decimal_text(tax->rate_percent).text),
               rates_text(&line->taxed_as, check->arena));
}

static bool add_choice(struct tax_choices *choices, const struct stored_tax *tax, struct error *err)
{
    if (choices->count == TAX_PER_LINE_MAX)
        return error_run(err, EXIT_DATA, "more than %d taxes of one line", TAX_PER_LINE_MAX);
    choices->items[choices->count++] = (struct tax_choice){.name = tax->name,
                                                           .category = tax->category,
                                                           .rate_percent = tax->rate_percent,
                                                           .inclusive = tax->inclusive,
                                                           .note = tax->note};
    return true;
}

static struct tax_line *make_tax_lines(const struct check *check, struct error *err)
{
    const struct invoice_explanation *explanation = check->explanation;
    size_t count = explanation->line_count;
    struct tax_line *lines = ARENA_NEW_ARRAY(check->arena, struct tax_line, count + 1);
    struct tax_choices *choices = ARENA_NEW_ARRAY(check->arena, struct tax_choices, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct explained_line *line = &explanation->lines[i];
        if (!money_subtract(money_of_minor(line->stored->amount_minor, explanation->currency),
                            money_of_minor(line->stored->discount_minor, explanation->currency),
                            &lines[i].amount, err))
            return NULL;
        for (size_t k = 0; line->tax != NULL && k < explanation->invoice.tax_count; k++)
            if (is_of(&explanation->invoice.taxes[k], line->tax) &&
                !add_choice(&choices[i], &explanation->invoice.taxes[k], err))
                return NULL;
        lines[i].taxes = choices[i].items;
        lines[i].tax_count = choices[i].count;
    }
    return lines;
}

static void compare_taxes(const struct check *check)
{
    const struct invoice_explanation *explanation = check->explanation;
    const struct stored_invoice *invoice = &explanation->invoice;
    const struct tax_result *taxes = &explanation->taxes;
    if (taxes->group_count != invoice->tax_count)
        differ(check, 0, "number of taxes", arena_printf(check->arena, "%zu", invoice->tax_count),
               arena_printf(check->arena, "%zu", taxes->group_count));
    for (size_t i = 0; i < taxes->group_count && i < invoice->tax_count; i++) {
        const char *of = arena_printf(check->arena, "tax %zu", i + 1);
        compare_money(check, 0, arena_printf(check->arena, "base of %s", of),
                      invoice->taxes[i].base_minor, taxes->groups[i].base);
        compare_money(check, 0, of, invoice->taxes[i].tax_minor, taxes->groups[i].tax_amount);
    }
    for (size_t i = 0; i < explanation->line_count; i++) {
        struct explained_line *line = &explanation->lines[i];
        line->tax_amount = taxes->line_taxes[i];
        compare_money(check, line->stored->line, "tax", line->stored->tax_minor, line->tax_amount);
    }
}

static bool check_taxes(const struct check *check, struct error *err)
{
    struct invoice_explanation *explanation = check->explanation;
    for (size_t i = 0; i < explanation->line_count; i++) {
        struct explained_line *line = &explanation->lines[i];
        line->tax = find_tax(&explanation->invoice, line->stored->tax);
        if (line->taxed_of != NULL)
            compare_taxed(check, line);
        else
            find_rate(check, line);
    }
    if (!explanation->invoice.taxed)
        return true;
    const struct tax_line *lines = make_tax_lines(check, err);
    if (lines == NULL ||
        !tax_compute(lines, explanation->line_count, explanation->currency,
                     explanation->catalog->tenant.tax_rounding,
                     explanation->catalog->tenant.rounding, check->arena, &explanation->taxes, err))
        return false;
    compare_taxes(check);
    return true;
}

bool explanation_line_part(const struct invoice_explanation *explanation, size_t line, size_t group,
                           struct money *ret_part)
{
    const struct tax_result *taxes = &explanation->taxes;
    size_t first = taxes->group_first[group];
    size_t place = 0;
    if (first != taxes->line_first_group[line])
        return false;
    for (size_t i = 0; i < group; i++)
        if (taxes->group_first[i] == first)
            place++;
    *ret_part = taxes->line_parts[line][place];
    return true;
}

/* ---------------------------------------------------------------- totals and hash */

static bool check_totals(const struct check *check, struct error *err)
{
    struct invoice_explanation *explanation = check->explanation;
    const struct stored_invoice *invoice = &explanation->invoice;
    struct money credit = money_of_minor(
        -written_off_sum_minor(explanation->off, explanation->off_count), explanation->currency);
    struct invoice_line_content *lines = draft_line_contents(invoice->lines, invoice->line_count,
                                                             explanation->currency, check->arena);
    struct invoice_tax_content *taxes =
        draft_tax_contents(invoice->taxes, invoice->tax_count, explanation->currency, check->arena);
    struct invoice_totals *totals = &explanation->totals;
    for (size_t i = 0; i < explanation->credit_count; i++)
        if (!money_add(credit,
                       money_of_minor(explanation->credits[i].amount_minor,
                                      explanation->credits[i].currency),
                       &credit, err))
            return false;
    for (size_t i = 0; i < explanation->parts.unit_count; i++)
        if (!money_add(
                credit,
                money_of_minor(explanation->parts.units[i].amount_minor, explanation->currency),
                &credit, err))
            return false;
    if (!invoice_totals_of(lines, invoice->line_count, taxes, invoice->tax_count,
                           explanation->currency, totals, err) ||
        !money_subtract(totals->total, credit, &totals->amount_due, err))
        return false;
    totals->credit_applied = credit;
    compare_money(check, 0, "subtotal", invoice->subtotal_minor, totals->subtotal);
    compare_money(check, 0, "discount", invoice->discount_minor, totals->discount);
    compare_money(check, 0, "tax", invoice->tax_minor, totals->tax);
    compare_money(check, 0, "total", invoice->total_minor, totals->total);
    compare_money(check, 0, "credit applied", invoice->credit_applied_minor, credit);
    compare_money(check, 0, "amount due", invoice->amount_due_minor, totals->amount_due);
    return true;
}

/* With the signs that the document has. */
static bool hash_of(const struct check *check, uint8_t ret_hash[SHA256_SIZE], struct error *err)
{
    const struct stored_invoice *invoice = &check->explanation->invoice;
    struct currency currency = invoice->currency;
    struct invoice_line_content *lines =
        draft_line_contents(invoice->lines, invoice->line_count, currency, check->arena);
    struct invoice_tax_content *taxes =
        draft_tax_contents(invoice->taxes, invoice->tax_count, currency, check->arena);
    struct invoice_content content =
        draft_content_of(invoice, check->explanation->catalog->tenant.tenant, check->arena);
    if (check->explanation->is_turned &&
        !invoice_turn(lines, invoice->line_count, taxes, invoice->tax_count, &content.totals, err))
        return false;
    content.lines = lines;
    content.taxes = taxes;
    invoice_hash(&content, invoice->previous_hash, ret_hash);
    return true;
}

static bool check_hash(const struct check *check, struct error *err)
{
    const struct stored_invoice *invoice = &check->explanation->invoice;
    char stored[SHA256_HEX_SIZE];
    char computed[SHA256_HEX_SIZE];
    uint8_t hash[SHA256_SIZE];
    if (invoice->number == NULL)
        return true;
    if (!hash_of(check, hash, err))
        return false;
    sha256_hex(invoice->hash, stored);
    sha256_hex(hash, computed);
    compare_text(check, 0, "hash", stored, computed);
    return true;
}

bool explanation_check(struct invoice_explanation *explanation, struct arena *arena,
                       struct error *err)
{
    struct check check = {.explanation = explanation, .arena = arena};
    for (size_t i = 0; i < explanation->line_count; i++)
        if (!check_line(&check, &explanation->lines[i], err))
            return error_context(err, "line %" PRId64, explanation->lines[i].stored->line);
    if (!check_taxes(&check, err) || !check_totals(&check, err))
        return false;
    return check_hash(&check, err);
}
