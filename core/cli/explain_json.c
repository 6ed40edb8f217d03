/* An explanation as JSON: see explain_output.h. The keys are listed in command_explain.c. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/credit_units.h"
#include "core/calendar/instant.h"
#include "core/cli/explain_output.h"
#include "core/cli/output.h"

static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    set(object, key, json_of_text(text));
}

static void set_date(json_t *object, const char *key, struct date date)
{
    set(object, key, date_is_none(date) ? json_null() : json_string(date_text(date).text));
}

static void set_decimal(json_t *object, const char *key, struct decimal value)
{
    set(object, key, json_string(decimal_text(value).text));
}

static void set_ratio(json_t *object, const char *key, struct ratio value)
{
    set(object, key, json_string(ratio_text(value).text));
}

static void set_amount(json_t *object, const char *key, struct money amount)
{
    set(object, key, json_string(money_text(amount).text));
}

static void set_minor(json_t *object, const char *key, int64_t minor, struct currency currency)
{
    set_amount(object, key, money_of_minor(minor, currency));
}

/* ---------------------------------------------------------------- a line */

static json_t *gaps_json(struct counted_gaps gaps)
{
    json_t *list = json_array();
    for (size_t i = 0; i < gaps.count; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "start",
                                                    date_text(gaps.items[i].days.start).text, "end",
                                                    date_text(gaps.items[i].days.end).text));
    return list;
}

static json_t *period_json(const struct explained_line *line)
{
    const struct explained_period *period = &line->period;
    json_t *object = json_object();
    set_date(object, "start", line->stored->period_start_on);
    set_date(object, "end", line->stored->period_end_on);
    set_text(object, "start_at", instant_text(period->start_at_us).text);
    set_text(object, "end_at", instant_text(period->end_at_us).text);
    set_text(object, "timezone", period->timezone);
    set_date(object, "full_start", period->full_start_on);
    set_date(object, "full_end", period->full_end_on);
    set_date(object, "due_on", period->due_on);
    set_date(object, "cutoff", period->cutoff_on);
    return object;
}

static json_t *usage_json(const struct explained_usage *usage)
{
    json_t *object = json_object();
    set_text(object, "meter", usage->meter->meter);
    set_text(object, "aggregation", usage->meter->aggregation_name);
    set_text(object, "unit", usage->meter->unit);
    set_decimal(object, "billed_quantity", usage->billed.quantity);
    set(object, "billed_events", json_of_number(usage->billed.event_count));
    set_decimal(object, "quantity_now", usage->now.quantity);
    set(object, "events_now", json_of_number(usage->now.event_count));
    set(object, "late_events", json_of_number(usage->late_events));
    return object;
}

static json_t *earlier_json(const struct explained_line *line, struct currency currency)
{
    json_t *array = json_array();
    for (size_t i = 0; i < line->earlier_count; i++) {
        const struct explained_earlier *earlier = &line->earlier[i];
        json_t *object = json_object();
        set_text(object, "document", earlier->document);
        set(object, "line", json_of_number(earlier->line));
        set_text(object, "kind", earlier->kind);
        set_decimal(object, "quantity", earlier->quantity);
        set_minor(object, "amount", earlier->amount_minor, currency);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *steps_json(const struct explained_line *line)
{
    const struct price *price = &line->price->price;
    const struct rating *rating = &line->rating;
    json_t *object = json_object();
    json_t *tiers = json_array();
    for (size_t i = 0; i < rating->line_count; i++) {
        json_t *tier = json_object();
        set(tier, "tier", json_integer(rating->lines[i].tier));
        set_decimal(tier, "quantity", rating->lines[i].quantity);
        set_decimal(tier, "unit_price", rating->lines[i].unit_price);
        set_decimal(tier, "flat_fee", rating->lines[i].flat_fee);
        set_ratio(tier, "amount", rating->lines[i].amount);
        (void)json_array_append_new(tiers, tier);
    }
    set(object, "tiers", tiers);
    set_ratio(object, "charge", rating->charge);
    if (price->minimum_amount.given)
        set_decimal(object, "minimum_amount", price->minimum_amount.value);
    if (price->maximum_amount.given)
        set_decimal(object, "maximum_amount", price->maximum_amount.value);
    if (line->has_usage && date_compare(line->charge.before.start, line->charge.before.end) < 0) {
        set_text(object, "counts_from", date_text(line->charge.before.start).text);
        set(object, "counts_without", gaps_json(line->charge.gaps));
        set_decimal(object, "before_quantity", line->charge.before_quantity);
        set_amount(object, "before_amount", line->rating.before);
    }
    if (line->charge.billed_before) {
        set_decimal(object, "billed_quantity", line->charge.billed_quantity);
        set_amount(object, "billed_amount", line->charge.billed_amount);
    }
    set_amount(object, "gross", rating->gross);
    set_amount(object, "true_up", rating->true_up);
    set_amount(object, "discount", rating->discount);
    set_ratio(object, "unrounded", rating->unrounded);
    set_text(object, "rounding", rounding_name(line->request.rounding));
    set_amount(object, "amount", rating->amount);
    return object;
}

static json_t *coupons_json(const struct explained_line *line, struct currency currency)
{
    json_t *array = json_array();
    for (size_t i = 0; i < line->coupon_count; i++) {
        const struct explained_coupon *coupon = &line->coupons[i];
        json_t *object = json_object();
        set_text(object, "coupon", coupon->coupon);
        set_text(object, "customer", coupon->customer);
        set_text(object, "subscription", coupon->subscription);
        set_minor(object, "discount", coupon->discount_minor, currency);
        if (coupon->kept)
            set(object, "kept", json_true());
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *given_json(const struct given_back *given)
{
    json_t *array = json_array();
    for (size_t i = 0; i < given->count; i++) {
        json_t *object = json_object();
        set_text(object, "document", given->of[i].document);
        set(object, "line", json_of_number(given->of[i].line));
        set_text(object, "kind", given->of[i].kind);
        set_amount(object, "charged", given->billed[i].charged);
        set_amount(object, "coupons", given->billed[i].unpaid);
        set_amount(object, "credit_notes", given->billed[i].noted);
        set_amount(object, "forgiven", given->billed[i].forgiven);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *taxed_json(const struct stored_billed_line *of)
{
    json_t *object = json_object();
    set_text(object, "document", of->document);
    set(object, "line", json_of_number(of->line));
    return object;
}

static json_t *rate_json(const struct tax_rate *rate)
{
    json_t *object = json_object();
    if (rate == NULL) {
        json_decref(object);
        return json_null();
    }
    set_text(object, "scope", rate->of_every_tenant ? "*" : "tenant");
    set_text(object, "country", rate->country);
    set_text(object, "region", rate->region);
    set_text(object, "category", rate->category);
    set_date(object, "valid_from", rate->valid_from);
    set_decimal(object, "rate_percent", rate->rate_percent);
    set_text(object, "name", rate->name);
    return object;
}

static json_t *phase_json(const struct explained_line *line)
{
    const struct contract_phase *phase = line->phase;
    const struct explained_commitment *commitment = &line->commitment;
    json_t *object = json_object();
    json_t *draws = json_array();
    set_text(object, "contract", phase->contract);
    set_text(object, "phase", phase->phase);
    set_decimal(object, "discount_percent", phase->discount_percent);
    for (size_t i = 0; i < commitment->draw_count; i++) {
        json_t *draw = json_object();
        set_text(draw, "document", commitment->draws[i].document);
        set(draw, "line", json_of_number(commitment->draws[i].line));
        set_amount(draw, "drawn", commitment->draws[i].part);
        (void)json_array_append_new(draws, draw);
    }
    if (!line->is_true_up) {
        json_decref(draws);
        return object;
    }
    set_amount(object, "commitment", commitment->account.commitment);
    set_amount(object, "drawn", commitment->account.drawn);
    set(object, "draws", draws);
    set_amount(object, "billed_before", commitment->billed);
    return object;
}

static json_t *drawn_json(const struct explained_line *line)
{
    json_t *array = json_array();
    for (size_t i = 0; i < line->drawn_count; i++) {
        const struct explained_drawn *drawn = &line->drawn[i];
        json_t *object = json_object();
        set_text(object, "contract", drawn->phase->contract);
        set_text(object, "phase", drawn->phase->phase);
        set_amount(object, "drawn", drawn->part);
        set_amount(object, "drawn_so_far", drawn->account.drawn);
        set_amount(object, "commitment", drawn->account.commitment);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static void set_holders(json_t *object, const char *project, const char *member)
{
    if (!text_is_empty(project))
        set_text(object, "project", project);
    if (!text_is_empty(member))
        set_text(object, "member", member);
}

/* Whose the usage is, where anybody is named. */
static void set_shares(json_t *object, const struct invoice_explanation *explanation, int64_t line)
{
    for (size_t i = 0; i < explanation->parts.line_count; i++) {
        const struct explained_shares *shares = &explanation->parts.lines[i];
        json_t *array = shares->line == line ? json_array() : NULL;
        for (size_t k = 0; array != NULL && k < shares->shares.count; k++) {
            json_t *share = json_object();
            set_holders(share, shares->shares.items[k].project, shares->shares.items[k].member);
            set_decimal(share, "quantity", shares->shares.items[k].quantity);
            set_amount(share, "amount", shares->parts[k]);
            (void)json_array_append_new(array, share);
        }
        if (array != NULL)
            set(object, "shares", array);
    }
}

/* By what it was charged. */
static void set_price(json_t *object, const struct explained_line *line)
{
    const struct price *price = &line->price->price;
    set_text(object, "model", price_model_name(price->model));
    set_text(object, "billing", price_billing_name(price->billing));
    if (line->price->customer_id > 0) {
        set_date(object, "customer_price_valid_from", price->valid_from);
    } else if (line->stored->rated_price_id != DB_I64_NONE) {
        set_text(object, "rated_as", price->price);
        set_date(object, "rated_as_valid_from", price->valid_from);
    }
}

static json_t *line_json(const struct invoice_explanation *explanation,
                         const struct explained_line *line)
{
    const struct stored_line *stored = line->stored;
    json_t *object = json_object();
    json_t *proration = json_object();
    set_text(proration, "basis", proration_basis_name(line->part.basis));
    set(proration, "numerator", json_of_number(line->part.part.numerator));
    set(proration, "denominator", json_of_number(line->part.part.denominator));
    set(object, "line", json_of_number(stored->line));
    set_text(object, "kind", stored->kind);
    set_text(object, "description", stored->description);
    set_text(object, "subscription", line->is_true_up ? NULL : stored->subscription);
    set_text(object, "customer", line->period.customer);
    set_text(object, "price", line->is_true_up ? NULL : stored->price);
    set_date(object, "price_valid_from", stored->price_valid_from);
    if (!line->is_true_up)
        set_price(object, line);
    if (line->phase != NULL)
        set(object, "contract", phase_json(line));
    if (line->drawn_count > 0)
        set(object, "draws", drawn_json(line));
    set(object, "period", period_json(line));
    set(object, "proration", proration);
    set_decimal(object, "quantity", stored->quantity);
    set(object, "events", json_of_number(stored->event_count));
    set(object, "usage", line->has_usage ? usage_json(&line->usage) : json_null());
    set(object, "billed_before", earlier_json(line, explanation->currency));
    bool is_rated = !line->is_true_up && !explained_is_reversal(line);
    set(object, "steps", is_rated ? steps_json(line) : json_null());
    set_text(object, "unit_amount", stored->unit_amount);
    set_minor(object, "amount", stored->amount_minor, explanation->currency);
    set_minor(object, "discount", stored->discount_minor, explanation->currency);
    if (line->coupon_count > 0)
        set(object, "coupons", coupons_json(line, explanation->currency));
    if (line->gives_back)
        set(object, "gives_back_of", given_json(&line->given));
    if (money_sign(line->forgiven) != 0)
        set_amount(object, "forgiven", line->forgiven);
    set_minor(object, "tax", stored->tax_minor, explanation->currency);
    set_shares(object, explanation, stored->line);
    set_text(object, "tax_category", stored->tax_category);
    set(object, "tax_number", json_of_number(stored->tax));
    set(object, "tax_rate_today", rate_json(line->rate));
    if (line->taxed_of != NULL)
        set(object, "taxed_as", taxed_json(line->taxed_of));
    return object;
}

/* ---------------------------------------------------------------- the document */

static json_t *tax_json(const struct invoice_explanation *explanation, size_t group)
{
    const struct tax_group *tax = &explanation->taxes.groups[group];
    struct ratio exact;
    struct money part;
    json_t *object = json_object();
    json_t *lines = json_array();
    for (size_t i = 0; i < explanation->line_count; i++)
        if (explanation_line_part(explanation, i, group, &part)) {
            json_t *share = json_object();
            set(share, "line", json_of_number(explanation->lines[i].stored->line));
            set_amount(share, "tax", part);
            (void)json_array_append_new(lines, share);
        }
    set(object, "tax", json_of_number((int64_t)group + 1));
    set_text(object, "name", tax->tax.name);
    set_text(object, "category", tax->tax.category);
    set_decimal(object, "rate_percent", tax->tax.rate_percent);
    set(object, "inclusive", json_boolean(tax->tax.inclusive));
    set_amount(object, "base", tax->base);
    set_amount(object, "amount", tax->tax_amount);
    set(object, "unrounded",
        explain_exact_tax(tax, &exact) ? json_string(ratio_text(exact).text) : json_null());
    if (tax->tax.note != NULL)
        set_text(object, "note", tax->tax.note);
    set(object, "lines", lines);
    return object;
}

static json_t *differences_json(const struct invoice_explanation *explanation)
{
    json_t *array = json_array();
    for (size_t i = 0; i < explanation->differences.count; i++) {
        const struct explained_difference *difference = &explanation->differences.items[i];
        json_t *object = json_object();
        set(object, "line", difference->line == 0 ? json_null() : json_of_number(difference->line));
        set_text(object, "what", difference->what);
        set_text(object, "stored", difference->stored);
        set_text(object, "computed", difference->computed);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *party_json(const struct invoice_party *party)
{
    json_t *object = json_object();
    set_text(object, "name", party->name);
    set_text(object, "country", party->country);
    set_text(object, "region", party->region);
    set_text(object, "tax_id", party->tax_id);
    return object;
}

static void set_head(json_t *object, const struct invoice_explanation *explanation)
{
    const struct stored_invoice *invoice = &explanation->invoice;
    char hash[SHA256_HEX_SIZE];
    sha256_hex(invoice->hash, hash);
    set_text(object, "tenant", explanation->catalog->tenant.tenant);
    set_text(object, "number", invoice->number);
    set_text(object, "kind", invoice->kind);
    set_text(object, "corrects", invoice->corrects);
    set(object, "opposite_signs", json_boolean(explanation->is_turned));
    set_text(object, "draft_key", invoice->draft_key);
    set_text(object, "status", invoice->status);
    set_text(object, "customer", invoice->customer);
    set_text(object, "currency", explanation->currency.code);
    set_date(object, "cutoff", invoice->cutoff_on);
    set_date(object, "tax_point", invoice->tax_point_on);
    set_date(object, "issued_on", invoice->number == NULL ? DATE_NONE : invoice->issued_on);
    set_date(object, "due_on", invoice->number == NULL ? DATE_NONE : invoice->due_on);
    set_text(object, "hash", invoice->number == NULL ? NULL : hash);
    set(object, "seller", party_json(&explanation->seller));
    set(object, "buyer", party_json(&explanation->buyer));
    set_text(object, "tax_rounding", explanation->catalog->tenant.tax_rounding_name);
    set_text(object, "rounding", explanation->catalog->tenant.rounding_name);
}

static json_t *totals_json(const struct invoice_explanation *explanation)
{
    const struct stored_invoice *invoice = &explanation->invoice;
    struct currency currency = explanation->currency;
    json_t *object = json_object();
    set_minor(object, "subtotal", invoice->subtotal_minor, currency);
    set_minor(object, "discount", invoice->discount_minor, currency);
    set_minor(object, "tax", invoice->tax_minor, currency);
    set_minor(object, "total", invoice->total_minor, currency);
    set_minor(object, "credit_applied", invoice->credit_applied_minor, currency);
    set_minor(object, "amount_due", invoice->amount_due_minor, currency);
    return object;
}

static json_t *credits_json(const struct invoice_explanation *explanation)
{
    json_t *array = json_array();
    for (size_t i = 0; i < explanation->credit_count; i++) {
        const struct account_movement *movement = &explanation->credits[i];
        json_t *object = json_object();
        set_text(object, "kind", movement->kind);
        set_text(object, "source", text_is_empty(movement->source) ? NULL : movement->source);
        set_text(object, "on", date_text(movement->made_on).text);
        set_minor(object, "amount", movement->amount_minor, movement->currency);
        set_holders(object, movement->project, movement->member);
        if (!text_is_empty(movement->month))
            set_text(object, "month", movement->month);
        (void)json_array_append_new(array, object);
    }
    return array;
}

/* What lines are off invoices that were written off. */
static json_t *off_json(const struct invoice_explanation *explanation)
{
    json_t *array = json_array();
    for (size_t i = 0; i < explanation->off_count; i++) {
        const struct written_off_row *row = &explanation->off[i];
        json_t *object = json_object();
        set(object, "line", json_integer((json_int_t)row->line));
        set_text(object, "invoice", row->of_invoice);
        set_minor(object, "off", row->off_minor, explanation->currency);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *units_json(const struct invoice_explanation *explanation)
{
    json_t *array = json_array();
    for (size_t i = 0; i < explanation->parts.unit_count; i++) {
        const struct account_unit_movement *unit = &explanation->parts.units[i];
        struct decimal units = {.coefficient = unit->unit_millionths, .scale = CREDIT_UNIT_DIGITS};
        json_t *object = json_object();
        set(object, "line", json_of_number(unit->line));
        set_text(object, "source", unit->source);
        set_text(object, "meter", unit->meter);
        set_decimal(object, "units", units);
        set_text(object, "on", date_text(unit->made_on).text);
        set_minor(object, "amount", unit->amount_minor, explanation->currency);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static void set_limit(json_t *object, const char *name, const struct month_limit *limit)
{
    if (limit == NULL)
        return;
    json_t *of = json_object();
    set_text(of, "credit_limit", limit->holder->credit_limit);
    set_text(of, "currency", limit->holder->currency.code);
    set_amount(of, "used", limit->limit.used);
    set(object, name, of);
}

static json_t *limits_json(const struct invoice_explanation *explanation)
{
    json_t *array = json_array();
    for (size_t i = 0; i < explanation->parts.limit_count; i++) {
        const struct explained_limit *limit = &explanation->parts.limits[i];
        json_t *object = json_object();
        set_holders(object, limit->project, limit->member);
        set_text(object, "month", limit->month);
        set_amount(object, "amount", limit->value);
        set_amount(object, "paid_by_credits", limit->paid);
        set_limit(object, "project_limit", limit->project_limit);
        set_limit(object, "member_limit", limit->member_limit);
        (void)json_array_append_new(array, object);
    }
    return array;
}

json_t *explain_json(const struct invoice_explanation *explanation, int64_t only_line)
{
    json_t *object = json_object();
    json_t *lines = json_array();
    json_t *taxes = json_array();
    for (size_t i = 0; i < explanation->line_count; i++)
        if (only_line == 0 || explanation->lines[i].stored->line == only_line)
            (void)json_array_append_new(lines, line_json(explanation, &explanation->lines[i]));
    for (size_t i = 0; i < explanation->taxes.group_count; i++)
        (void)json_array_append_new(taxes, tax_json(explanation, i));
    set_head(object, explanation);
    set(object, "lines", lines);
    set(object, "taxes", explanation->invoice.taxed ? taxes : json_null());
    if (!explanation->invoice.taxed)
        json_decref(taxes);
    set(object, "credits", credits_json(explanation));
    if (explanation->off_count > 0)
        set(object, "written_off", off_json(explanation));
    if (explanation->parts.unit_count > 0)
        set(object, "units", units_json(explanation));
    if (explanation->parts.limit_count > 0)
        set(object, "limits", limits_json(explanation));
    set(object, "totals", totals_json(explanation));
    set(object, "differences", differences_json(explanation));
    return object;
}
