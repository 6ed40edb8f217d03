#include "core/setup/record_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/card_number.h"
#include "core/billing/contract.h"
#include "core/billing/credit_units.h"
#include "core/billing/dunning_terms.h"
#include "core/billing/price.h"
#include "core/billing/subscription_periods.h"
#include "core/setup/effect_request.h"
#include "core/setup/meter_filters.h"
#include "core/setup/usage_thresholds.h"

/* Formats have been checked field by field: parsing again cannot fail, but says so if it does. */
static bool parse_date(const char *text, struct date *ret_date, struct error *err)
{
    *ret_date = DATE_NONE;
    return text == NULL || date_parse(text, ret_date, err);
}

static bool read_tiers(const struct price_tier_list *list, struct arena *arena, struct price *price,
                       struct error *err)
{
    struct price_tier *tiers = ARENA_NEW_ARRAY(arena, struct price_tier, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        const struct price_tier_record *tier = &list->items[i];
        struct price_figure up_to, rate_percent;
        if (!price_figure_parse(tier->up_to, &up_to, err) ||
            !price_figure_parse(tier->rate_percent, &rate_percent, err) ||
            !decimal_parse(tier->unit_price, &tiers[i].unit_price, err) ||
            !decimal_parse(tier->flat_fee, &tiers[i].flat_fee, err))
            return false;
        tiers[i].has_up_to = up_to.given;
        tiers[i].up_to = up_to.value;
        tiers[i].rate_percent = rate_percent.value;
    }
    price->tiers = tiers;
    price->tier_count = list->count;
    return true;
}

static bool read_terms(const struct price_terms_record *record, struct arena *arena,
                       struct price *price, struct error *err)
{
    price->has_package_rounding = record->package_rounding != NULL;
    return price_model_parse(record->model, &price->model, err) &&
           price_figure_parse(record->flat_fee, &price->flat_fee, err) &&
           price_figure_parse(record->unit_price, &price->unit_price, err) &&
           price_figure_parse(record->free_units, &price->free_units, err) &&
           price_figure_parse(record->package_size, &price->package_size, err) &&
           price_figure_parse(record->package_price, &price->package_price, err) &&
           price_figure_parse(record->rate_percent, &price->rate_percent, err) &&
           price_figure_parse(record->fixed_fee_per_event, &price->fixed_fee_per_event, err) &&
           price_figure_parse(record->free_events, &price->free_events, err) &&
           price_figure_parse(record->free_amount, &price->free_amount, err) &&
           price_figure_parse(record->minimum_per_event, &price->minimum_per_event, err) &&
           price_figure_parse(record->maximum_per_event, &price->maximum_per_event, err) &&
           price_figure_parse(record->multiplier, &price->multiplier, err) &&
           (record->package_rounding == NULL ||
            package_rounding_parse(record->package_rounding, &price->package_rounding, err)) &&
           read_tiers(&record->tiers, arena, price, err);
}

/* An overage of which any field is given has a model. */
static bool read_overage(const struct price_terms_record *record, struct arena *arena,
                         struct price *price, struct error *err)
{
    static const struct price_terms_record none;
    if (record->model == NULL && memcmp(record, &none, sizeof none) == 0)
        return true;
    if (record->model == NULL)
        return error_item(err, "missing_field", "field \"overage.model\" is missing");
    struct price *overage = ARENA_NEW(arena, struct price);
    price->overage = overage;
    return read_terms(record, arena, overage, err);
}

static bool read_price(const struct price_record *record, struct arena *arena, struct price *price,
                       struct error *err)
{
    *price = (struct price){.price = record->price,
                            .plan = record->plan,
                            .product = record->product,
                            .meter = record->meter,
                            .free_at_zero = !record->flat_fee_at_zero};
    return parse_date(record->valid_from, &price->valid_from, err) &&
           parse_date(record->valid_to, &price->valid_to, err) &&
           price_billing_parse(record->billing, &price->billing, err) &&
           currency_parse(record->currency, &price->currency, err) &&
           price_figure_parse(record->commitment, &price->commitment, err) &&
           price_figure_parse(record->minimum_amount, &price->minimum_amount, err) &&
           price_figure_parse(record->maximum_amount, &price->maximum_amount, err) &&
           read_terms(&record->terms, arena, price, err) &&
           read_overage(&record->overage, arena, price, err);
}

static bool check_price(const struct price_record *record, struct arena *scratch, struct error *err)
{
    struct price price;
    char field_at_fault[PRICE_FIELD_SIZE];
    return read_price(record, scratch, &price, err) && price_check(&price, field_at_fault, err);
}

/* Meter and billing are those of the price that it stands for: what depends on them is seen as it
 * is put. Those of any usage price stand for them here. */
static bool check_customer_price(const struct price_record *record, struct arena *scratch,
                                 struct error *err)
{
    struct price_record stand_in = *record;
    stand_in.meter = record->price;
    stand_in.billing = price_billing_name(BILLING_IN_ARREARS);
    return check_price(&stand_in, scratch, err);
}

static bool check_meter(const struct meter_record *record, struct arena *scratch, struct error *err)
{
    bool counts = text_equal(record->aggregation, "unique_count");
    if (counts && record->property == NULL)
        return error_item(err, "missing_field",
                          "field \"property\" is missing: unique_count counts its values");
    if (!counts && record->property != NULL)
        return error_item(err, "bad_value",
                          "field \"property\" belongs to meters with aggregation unique_count");
    struct meter_filters filters;
    return meter_filters_parse(record->filters, scratch, &filters, err);
}

static bool check_plan(const struct plan_record *record, struct arena *scratch, struct error *err)
{
    struct usage_thresholds thresholds;
    return usage_thresholds_parse(record->usage_thresholds, scratch, &thresholds, err);
}

static bool check_customer(const struct customer_record *record, struct error *err)
{
    if (record->tax_exempt_reason != NULL && !record->tax_exempt)
        return error_item(err, "bad_value",
                          "field \"tax_exempt_reason\" belongs to customers with tax_exempt");
    if (text_equal(record->parent, record->customer))
        return error_item(err, "bad_value",
                          "field \"parent\": a customer does not pay for itself "
                          "through itself; leave it out");
    return true;
}

static bool check_subscription(const struct subscription_record *record, struct error *err)
{
    /* The plan is not at hand: a month stands for its interval, which no rule here depends on. */
    struct subscription_terms terms = {
        .anchor_day = record->anchor_day == RECORD_INT_NONE ? 0 : (int32_t)record->anchor_day,
        .cancel_at_period_end = record->cancel_at_period_end,
        .interval = INTERVAL_MONTH,
        .interval_count = 1};
    if (!parse_date(record->start, &terms.start, err) ||
        !parse_date(record->trial_end, &terms.trial_end, err) ||
        !parse_date(record->cancel_at, &terms.cancel_at, err) ||
        !subscription_status_parse(record->status, &terms.status, err) ||
        !align_parse(record->align, &terms.align, err))
        return false;
    if (terms.status == SUBSCRIPTION_CANCELED && record->cancel_at == NULL)
        return error_item(err, "missing_field",
                          "field \"cancel_at\" is missing: status canceled needs it");
    struct decimal quantity;
    if (!decimal_parse(record->quantity, &quantity, err))
        return false;
    if (decimal_sign(quantity) < 0)
        return error_item(err, "bad_value", "field \"quantity\": %s is negative", record->quantity);
    if (terms.start.days == DATE_DAYS_MIN) /* its midnight may lie before the year 1 */
        return error_item(err, "bad_value", "field \"start\": %s is not after 0001-01-01",
                          record->start);
    if (record->cancel_at != NULL && date_compare(terms.cancel_at, terms.start) < 0)
        return error_item(err, "bad_value", "field \"cancel_at\": %s is before the start, %s",
                          record->cancel_at, record->start);
    if (record->trial_end != NULL && date_compare(terms.trial_end, terms.start) < 0)
        return error_item(err, "bad_value", "field \"trial_end\": %s is before the start, %s",
                          record->trial_end, record->start);
    return subscription_terms_check(&terms, err);
}

static bool check_subscription_change(const struct subscription_change_record *record,
                                      struct error *err)
{
    struct decimal quantity = decimal_from_i64(0);
    bool changes = record->plan != NULL || record->quantity != NULL;
    if (!changes && !record->pause && !record->resume)
        return error_item(err, "missing_field",
                          "none of \"plan\", \"quantity\", \"pause\" and \"resume\" says what "
                          "changes");
    if (record->pause && record->resume)
        return error_item(err, "bad_value", "fields \"pause\" and \"resume\" exclude each other");
    if (record->quantity != NULL && !decimal_parse(record->quantity, &quantity, err))
        return false;
    if (decimal_sign(quantity) < 0)
        return error_item(err, "bad_value", "field \"quantity\": %s is negative", record->quantity);
    return true;
}

/* Zero or more, with the digits of the currency. */
static bool check_coupon_amount(const char *field, const char *text, const char *code,
                                struct error *err)
{
    struct currency currency;
    struct money amount;
    if (text == NULL)
        return true;
    if (code == NULL)
        return error_item(err, "missing_field", "field \"currency\" is missing: \"%s\" needs it",
                          field);
    if (!currency_parse(code, &currency, err) || !money_parse(text, currency, &amount, err))
        return error_context(err, "field \"%s\"", field);
    if (money_sign(amount) < 0)
        return error_item(err, "bad_value", "field \"%s\": %s is negative", field, text);
    return true;
}

static bool check_coupon_terms(const struct coupon_record *record, struct error *err)
{
    bool repeats = text_equal(record->duration, "repeating");
    struct decimal percent = decimal_from_i64(0);
    if ((record->percent == NULL) == (record->amount == NULL))
        return error_item(err, "missing_field",
                          "exactly one of \"percent\" and \"amount\" says what it takes off");
    if (repeats != (record->repeat_count != RECORD_INT_NONE))
        return error_item(err, "bad_value",
                          "field \"repeat_count\" belongs to duration repeating, which needs it");
    if (record->percent != NULL && !decimal_parse(record->percent, &percent, err))
        return false;
    if (decimal_sign(percent) < 0 || decimal_compare(percent, decimal_from_i64(100)) > 0)
        return error_item(err, "bad_value", "field \"percent\": %s is not within 0 and 100",
                          record->percent);
    return true;
}

static bool check_scope(const struct coupon_scope_list *scope, struct error *err)
{
    for (size_t i = 0; i < scope->count; i++)
        if (scope->items[i].plan == NULL && scope->items[i].product == NULL)
            return error_item(err, "missing_field",
                              "field \"scope[%zu]\": neither \"plan\" nor \"product\"", i);
    return true;
}

static bool check_coupon(const struct coupon_record *record, struct error *err)
{
    struct date from, to;
    if (!check_scope(&record->scope, err) || !check_coupon_terms(record, err) ||
        !check_coupon_amount("amount", record->amount, record->currency, err) ||
        !check_coupon_amount("minimum_amount", record->minimum_amount, record->currency, err) ||
        !parse_date(record->valid_from, &from, err) || !parse_date(record->valid_to, &to, err))
        return false;
    if (record->valid_from != NULL && record->valid_to != NULL && date_compare(to, from) <= 0)
        return error_item(err, "bad_value", "field \"valid_to\": %s is not after valid_from, %s",
                          record->valid_to, record->valid_from);
    return true;
}

static bool check_contract(const struct contract_record *record, struct error *err)
{
    struct contract_term term = {.closed_on = DATE_NONE};
    if (record->end != NULL && record->ends_with != NULL)
        return error_item(err, "bad_value", "fields \"end\" and \"ends_with\" exclude each other");
    if (text_equal(record->amends, record->contract) ||
        text_equal(record->ends_with, record->contract))
        return error_item(err, "bad_value",
                          "a contract neither amends itself nor ends with itself");
    if (!parse_date(record->start, &term.start, err) || !parse_date(record->end, &term.end, err))
        return false;
    return contract_check(&term, err) || error_context(err, "field \"end\"");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool check_phase_prices(const struct contract_price_list *prices, struct arena *scratch,
                               struct error *err)
{
    const char **names = ARENA_NEW_ARRAY(scratch, const char *, prices->count + 1);
    for (size_t i = 0; i < prices->count; i++) {
        const struct contract_price_record *price = &prices->items[i];
        if (text_equal(price->price, price->rated_as))
            return error_item(err, "bad_value", "field \"prices[%zu]\": price \"%s\" is itself", i,
                              price->price);
        names[i] = price->price;
    }
    if (prices->count > 1)
        qsort(names, prices->count, sizeof(*names), compare_names);
    for (size_t i = 1; i < prices->count; i++)
        if (text_equal(names[i], names[i - 1]))
            return error_item(err, "bad_value", "field \"prices\": price \"%s\" is there twice",
                              names[i]);
    return true;
}

/* Where it lies within its contract is seen as it is put, and so are the digits of its amount. */
static bool check_contract_phase(const struct contract_phase_record *record, struct arena *scratch,
                                 struct error *err)
{
    struct decimal commitment = decimal_from_i64(0), percent = decimal_from_i64(0);
    if ((record->commitment != NULL && !decimal_parse(record->commitment, &commitment, err)) ||
        (record->discount_percent != NULL &&
         !decimal_parse(record->discount_percent, &percent, err)))
        return false;
    if (decimal_sign(commitment) < 0)
        return error_item(err, "bad_value", "field \"commitment\": %s is negative",
                          record->commitment);
    if (record->commitment != NULL && record->product == NULL)
        return error_item(err, "missing_field",
                          "field \"product\" is missing: as what is sold what is missing to the "
                          "commitment when the phase ends?");
    if (decimal_sign(percent) < 0 || decimal_compare(percent, decimal_from_i64(100)) > 0)
        return error_item(err, "bad_value",
                          "field \"discount_percent\": %s is not within 0 and 100",
                          record->discount_percent);
    return check_phase_prices(&record->prices, scratch, err) && check_scope(&record->scope, err);
}

static bool check_owner(const char *customer, const char *subscription, struct error *err)
{
    if ((customer == NULL) != (subscription == NULL))
        return true;
    return error_item(err, "missing_field",
                      "exactly one of \"customer\" and \"subscription\" says whose it is");
}

static bool check_tenant(const struct tenant_record *record, struct error *err)
{
    if (text_equal(record->tenant, RECORD_EVERY_TENANT))
        return error_item(err, "bad_value", "field \"tenant\": * means every tenant");
    return record->overdraft_limit_minor == RECORD_INT_NONE || record->overdraft_limit_minor >= 0 ||
           error_item(err, "bad_value", "field \"overdraft_limit\" is below zero");
}

/* Also of currencies that money is not counted in any more. */
static bool is_code(const char *code)
{
    size_t i = 0;
    while (code[i] >= 'A' && code[i] <= 'Z')
        i++;
    return i == 3 && code[i] == '\0';
}

static bool check_exchange_rate(const struct exchange_rate_record *record, struct error *err)
{
    struct decimal rate;
    if (!text_equal(record->tenant, RECORD_EVERY_TENANT))
        return error_item(err, "bad_value",
                          "field \"tenant\": exchange rates are of every tenant (*)");
    if (!is_code(record->base) || !is_code(record->quote))
        return error_item(err, "bad_value", "field \"%s\": expected three capital letters",
                          is_code(record->base) ? "quote" : "base");
    if (text_equal(record->base, record->quote))
        return error_item(err, "bad_value", "field \"quote\" is the base");
    return decimal_parse(record->rate, &rate, err) &&
           (decimal_sign(rate) > 0 ||
            error_item(err, "bad_value", "field \"rate\": a rate is above 0, not %s",
                       record->rate));
}

/* -1 is no limit, and needs no currency. */
static bool check_holder(const struct holder_record *record, struct error *err)
{
    struct currency currency;
    struct money limit;
    if (text_equal(record->credit_limit, "-1"))
        return true;
    if (record->currency == NULL)
        return error_item(err, "missing_field",
                          "field \"currency\" is missing: \"credit_limit\" needs it");
    if (!currency_parse(record->currency, &currency, err) ||
        !money_parse(record->credit_limit, currency, &limit, err))
        return error_context(err, "field \"credit_limit\"");
    return money_sign(limit) >= 0 ||
           error_item(err, "bad_value", "field \"credit_limit\": -1 is none, else at least zero");
}

static bool check_month(const char *field, const char *month, struct error *err)
{
    struct error ignored = {0};
    struct date first;
    char text[sizeof "YYYY-MM-DD"];
    if (month == NULL ||
        (strlen(month) == strlen("YYYY-MM") && text_copy(text, sizeof text, month) &&
         memcpy(text + 7, "-01", 4) && date_parse(text, &first, &ignored)))
        return true;
    return error_item(err, "bad_value",
                      "field \"%s\": '%s' is not a month: expected YYYY-MM, as 2026-10", field,
                      month);
}

/* What may be one is not repeated in the message. */
static bool check_no_card(const char *field, const char *text, struct error *err)
{
    if (text == NULL || !card_number_is_likely(text))
        return true;
    (void)error_item(err, "bad_value", "field \"%s\" looks like a card number", field);
    return error_hint(err,
                      "give what the gateway calls the card by: a card number is not kept here");
}

static bool check_payment_method(const struct payment_method_record *record, struct error *err)
{
    bool is_called = !text_equal(record->gateway, "manual");
    if (!check_no_card("payment_method", record->payment_method, err) ||
        !check_no_card("gateway_customer", record->gateway_customer, err) ||
        !check_no_card("gateway_token", record->gateway_token, err))
        return false;
    if (is_called && (record->gateway_customer == NULL || record->gateway_token == NULL))
        return error_item(
            err, "missing_field", "field \"%s\" is missing: %s charges by both that and \"%s\"",
            record->gateway_token == NULL ? "gateway_token" : "gateway_customer", record->gateway,
            record->gateway_token == NULL ? "gateway_customer" : "gateway_token");
    return check_month("expires", record->expires, err);
}

static bool check_above_zero(int64_t amount_minor, struct error *err)
{
    return amount_minor > 0 ||
           error_item(err, "bad_value", "field \"amount\": a sum of money is above zero");
}

static bool check_payment(const struct payment_record *record, struct error *err)
{
    if (record->customer == NULL && record->invoice == NULL) {
        (void)error_item(err, "bad_value",
                         "field \"customer\": nobody knows whose payment this is");
        return error_hint(err, "name the customer, or the invoice that is paid: `--skip-bad FILE` "
                               "keeps the others waiting in a file");
    }
    if (record->part_of != NULL && record->invoice == NULL)
        return error_item(err, "bad_value", "field \"part_of\": a part pays an invoice");
    if (strlen(record->gateway_reference) > RECORD_PAYMENT_REFERENCE_MAX)
        return error_item(err, "bad_value",
                          "field \"gateway_reference\": is %zu bytes long; %d are allowed",
                          strlen(record->gateway_reference), RECORD_PAYMENT_REFERENCE_MAX);
    return check_above_zero(record->amount_minor, err) &&
           check_no_card("gateway_reference", record->gateway_reference, err) &&
           check_no_card("note", record->note, err);
}

static bool check_attempt(const struct payment_attempt_record *record, struct error *err)
{
    if (text_equal(record->outcome, "declined") != (record->decline != NULL))
        return error_item(err, "bad_value",
                          "field \"decline\": says what was declined, and nothing else");
    return check_above_zero(record->amount_minor, err) &&
           check_no_card("gateway_token", record->gateway_token, err) &&
           check_month("expires", record->expires, err);
}

static bool check_limit_use(const struct credit_limit_use_record *record, struct error *err)
{
    if ((record->project == NULL) == (record->member == NULL))
        return error_item(err, "bad_value", "either a project or a member has the limit");
    return (record->used_minor >= 0 && record->used_minor <= record->limit_minor) ||
           error_item(err, "bad_value", "field \"used\" is not within zero and the limit");
}

static bool check_units(const char *units, struct error *err)
{
    int64_t ignored;
    return credit_units_parse(units, &ignored, err) || error_context(err, "field \"units\"");
}

/* An amount with its currency, or units with their meter. */
static bool check_granted(const struct credit_grant_record *record, struct error *err)
{
    bool has_amount = record->amount_minor != RECORD_INT_NONE;
    if (has_amount == (record->units != NULL))
        return error_item(err, "missing_field",
                          "exactly one of \"amount\" and \"units\" says what is granted");
    if (has_amount != (record->currency != NULL) || has_amount == (record->meter != NULL))
        return error_item(err, "missing_field",
                          "an amount has a \"currency\", units have a \"meter\"");
    if (has_amount && record->amount_minor <= 0)
        return error_item(err, "bad_value", "field \"amount\": a grant is of more than zero");
    return has_amount || check_units(record->units, err);
}

static bool check_unit_transaction(const struct credit_unit_transaction_record *record,
                                   struct error *err)
{
    bool is_draw = text_equal(record->kind, "draw");
    if (is_draw != (record->draft_key != NULL) || is_draw != (record->line != RECORD_INT_NONE) ||
        is_draw != (record->amount_minor != RECORD_INT_NONE))
        return error_item(err, "bad_value",
                          "draft_key, line and amount: draws have them, nothing else has");
    return check_units(record->units, err);
}

static bool check_credit_grant(const struct credit_grant_record *record, struct error *err)
{
    if (!check_granted(record, err))
        return false;
    if (record->expires_at_us != RECORD_INSTANT_NONE &&
        record->expires_at_us <= record->effective_at_us)
        return error_item(err, "bad_value", "field \"expires_at\" is not after effective_at");
    if (record->expires_at_us != RECORD_INSTANT_NONE && text_equal(record->kind, "lifetime"))
        return error_item(err, "bad_value", "field \"expires_at\": a lifetime grant never ends");
    return true;
}

static bool check_credit_transaction(const struct credit_transaction_record *record,
                                     struct error *err)
{
    bool is_overdraft = text_equal(record->kind, "overdraft");
    if ((is_overdraft || text_equal(record->kind, "draw")) != (record->draft_key != NULL))
        return error_item(err, "bad_value",
                          "field \"draft_key\": draws and overdrafts have one, nothing else has");
    if (!is_overdraft && text_is_empty(record->source))
        return error_item(err, "bad_value", "field \"source\": which grant it is of");
    bool counts = record->project != NULL || record->member != NULL;
    if (counts != (record->month != NULL) || (record->holder_customer != NULL && !counts))
        return error_item(err, "bad_value",
                          "field \"month\": what counts against limits says in which month");
    return true;
}

static bool check_tax_rate(const struct tax_rate_record *record, struct error *err)
{
    struct decimal rate;
    if (!decimal_parse(record->rate_percent, &rate, err))
        return false;
    if (decimal_sign(rate) < 0 || decimal_compare(rate, decimal_from_i64(100)) > 0)
        return error_item(err, "bad_value", "field \"rate_percent\": %s is not within 0 and 100",
                          record->rate_percent);
    if (record->on_top && text_is_empty(record->region))
        return error_item(err, "bad_value",
                          "field \"on_top\": true without a \"region\": on top of what?");
    struct date from, to;
    if (!parse_date(record->valid_from, &from, err) || !parse_date(record->valid_to, &to, err))
        return false;
    if (!date_is_none(to) && date_compare(to, from) <= 0)
        return error_item(err, "bad_value", "field \"valid_to\": %s is not after valid_from, %s",
                          record->valid_to, record->valid_from);
    return true;
}

static bool check_usage(const struct usage_record *record, struct error *err)
{
    if (record->unpriced && record->price_amount != NULL)
        return error_item(err, "bad_value",
                          "fields \"price_amount\" and \"unpriced\" exclude each other");
    if (record->subscription != NULL || record->customer != NULL)
        return true;
    return error_item(err, "missing_field",
                      "neither \"subscription\" nor \"customer\" says whose usage it is");
}

static bool check_period(const struct billing_period_record *record, struct arena *scratch,
                         struct error *err)
{
    struct date start, end;
    struct counted_gaps ignored;
    if (!parse_date(record->start, &start, err) || !parse_date(record->end, &end, err))
        return false;
    if (date_compare(end, start) < 0 || record->end_at_us < record->start_at_us)
        return error_item(err, "bad_value", "field \"end\" is before the start");
    if ((record->draft_key == NULL) != text_equal(record->state, "due"))
        return error_item(err, "bad_value",
                          "field \"draft_key\": a period that is not due has one, a due one none");
    return counted_gaps_parse(record->counts_gaps, scratch, &ignored, err) ||
           error_context(err, "field \"counts_gaps\"");
}

static bool has_tax(const struct invoice_record *record, int64_t number)
{
    for (size_t i = 0; i < record->taxes.count; i++)
        if (record->taxes.items[i].tax_index == number)
            return true;
    return number == RECORD_INT_NONE;
}

static bool check_invoice_taxes(const struct invoice_record *record, struct error *err)
{
    for (size_t i = 0; i < record->lines.count; i++)
        if (!has_tax(record, record->lines.items[i].tax_index))
            return error_item(err, "bad_value",
                              "field \"lines\": entry %zu: there is no tax %" PRId64
                              " in \"taxes\"",
                              i + 1, record->lines.items[i].tax_index);
    for (size_t i = 0; i < record->taxes.count; i++)
        if (!has_tax(record, record->taxes.items[i].beside_index))
            return error_item(err, "bad_value",
                              "field \"taxes\": entry %zu: there is no tax %" PRId64
                              " to be beside",
                              i + 1, record->taxes.items[i].beside_index);
    return true;
}

static bool check_invoice(const struct invoice_record *record, struct error *err)
{
    bool is_final = !text_equal(record->status, "draft") &&
                    !text_equal(record->status, "skipped") &&
                    !text_equal(record->status, "recorded");
    bool is_numbered = record->number != NULL && record->series != NULL &&
                       record->issued_on != NULL && record->due_on != NULL &&
                       record->fiscal_year != RECORD_INT_NONE &&
                       record->number_in_series != RECORD_INT_NONE && record->seller.name != NULL &&
                       record->buyer.name != NULL;
    if (is_final && !is_numbered)
        return error_item(
            err, "missing_field",
            "a finalized document has a number, series, fiscal_year, number_in_series, "
            "issued_on, due_on, seller and buyer");
    return check_invoice_taxes(record, err);
}

/* What is credited has no sign: it is above zero. */
static bool check_credited(const char *net, struct error *err)
{
    struct decimal value = decimal_from_i64(1);
    if (net != NULL && !decimal_parse(net, &value, err))
        return false;
    if (decimal_sign(value) > 0)
        return true;
    (void)error_item(err, "bad_value", "field \"net\": %s is not above zero", net);
    return error_hint(err, "it is what is taken back, without a sign: \"5.00\"");
}

static int compare_numbers(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static bool check_credited_lines(const struct correction_line_list *lines, struct arena *scratch,
                                 struct error *err)
{
    int64_t *numbers = ARENA_NEW_ARRAY(scratch, int64_t, lines->count + 1);
    if (lines->items == NULL) /* it is not there */
        return true;
    if (lines->count == 0) {
        (void)error_item(err, "bad_value", "field \"lines\": says no line");
        return error_hint(err, "leave it out where the whole rest is to be credited");
    }
    for (size_t i = 0; i < lines->count; i++) {
        if (!check_credited(lines->items[i].net, err))
            return error_context(err, "field \"lines\": entry %zu", i + 1);
        numbers[i] = lines->items[i].line;
    }
    if (lines->count > 1)
        qsort(numbers, lines->count, sizeof(*numbers), compare_numbers);
    for (size_t i = 1; i < lines->count; i++)
        if (numbers[i] == numbers[i - 1])
            return error_item(err, "bad_value", "field \"lines\": line %" PRId64 " is there twice",
                              numbers[i]);
    return true;
}

/* What is credited is said in one way at most, and of a credit only. */
static bool check_correction(const struct correction_record *record, struct arena *scratch,
                             struct error *err)
{
    bool has_unused = record->unused_numerator != RECORD_INT_NONE;
    int ways = (record->net != NULL) + (record->lines.count > 0) + has_unused;
    if (has_unused != (record->unused_denominator != RECORD_INT_NONE))
        return error_item(err, "missing_field",
                          "field \"unused\" has both a numerator and a denominator");
    if (ways > 0 && !text_equal(record->action, "credit"))
        return error_item(err, "bad_value", "field \"action\": %s is of the whole invoice",
                          record->action);
    if (ways > 1)
        return error_item(err, "bad_value",
                          "\"net\", \"lines\" and \"unused\" say what is credited: one of them");
    if (has_unused && record->unused_numerator > record->unused_denominator)
        return error_item(err, "bad_value", "field \"unused\" is more than the whole");
    return check_credited(record->net, err) && check_credited_lines(&record->lines, scratch, err);
}

/* Of a field that belongs to the other of the two: a file, or what is sent. */
static bool check_absent(const char *field, bool is_there, const char *of, struct error *err)
{
    return !is_there || error_item(err, "bad_value", "field \"%s\": %s has none", field, of);
}

static bool check_file_effect(const struct effect_record *record, struct error *err)
{
    static const uint8_t none[SHA256_SIZE];
    static const char of[] = "an effect without a provider";
    bool has_request = record->request_text != NULL || record->request_base64 != NULL ||
                       memcmp(record->request_sha256, none, SHA256_SIZE) != 0;
    bool has_digest = memcmp(record->sha256, none, SHA256_SIZE) != 0;
    if (!text_equal(record->kind, "file"))
        return error_item(err, "missing_field",
                          "field \"provider\" is missing: only a file is not sent");
    if (record->draft_key == NULL)
        return error_item(err, "missing_field",
                          "field \"draft_key\" is missing: of which invoice the file is");
    if (!text_equal(record->state, has_digest ? "done" : "intent") ||
        has_digest != (record->outcome != NULL))
        return error_item(err, "bad_value",
                          "field \"state\": a file is done, with outcome and sha256, or an intent "
                          "without them");
    return check_absent("attempts", record->attempts != RECORD_INT_NONE, of, err) &&
           check_absent("code", record->code != NULL, of, err) &&
           check_absent("epoch", record->epoch != RECORD_INT_NONE, of, err) &&
           check_absent("intended_on", record->intended_on != NULL, of, err) &&
           check_absent("lane", record->lane != NULL, of, err) &&
           check_absent("provider_ref", record->provider_ref != NULL, of, err) &&
           check_absent("reason", record->reason != NULL, of, err) &&
           check_absent("request", has_request, of, err) &&
           check_absent("subject", record->subject != NULL, of, err);
}

static bool check_sent_effect(const struct effect_record *record, struct arena *scratch,
                              struct error *err)
{
    static const uint8_t none[SHA256_SIZE];
    static const char of[] = "an effect with a provider";
    const void *bytes = NULL;
    size_t size = 0;
    if (strlen(record->effect) > RECORD_EFFECT_KEY_MAX)
        return error_item(err, "bad_value",
                          "field \"effect\": is %zu bytes long; %d are allowed of one that is sent",
                          strlen(record->effect), RECORD_EFFECT_KEY_MAX);
    if (text_equal(record->kind, "file"))
        return error_item(err, "bad_value", "field \"provider\": a file is sent to nobody");
    if (record->epoch == RECORD_INT_NONE || record->attempts == RECORD_INT_NONE ||
        memcmp(record->request_sha256, none, SHA256_SIZE) == 0)
        return error_item(err, "missing_field",
                          "what is sent has the fields \"attempts\", \"epoch\" and "
                          "\"request.sha256\"");
    if (record->attempts > record->epoch)
        return error_item(err, "bad_value",
                          "field \"attempts\": %" PRId64
                          " are more than the claims, \"epoch\" %" PRId64,
                          record->attempts, record->epoch);
    return check_absent("draft_key", record->draft_key != NULL, of, err) &&
           check_absent("sha256", memcmp(record->sha256, none, SHA256_SIZE) != 0, of, err) &&
           effect_request_read(record, scratch, &bytes, &size, err);
}

bool record_check(enum record_kind kind, const union record *record, struct arena *scratch,
                  struct error *err)
{
    switch (kind) {
    case RECORD_METER:
        return check_meter(&record->meter, scratch, err);
    case RECORD_PLAN:
        return check_plan(&record->plan, scratch, err);
    case RECORD_PRICE:
        return check_price(&record->price, scratch, err);
    case RECORD_CUSTOMER_PRICE:
        return check_customer_price(&record->customer_price, scratch, err);
    case RECORD_CUSTOMER:
        return check_customer(&record->customer, err);
    case RECORD_SUBSCRIPTION:
        return check_subscription(&record->subscription, err);
    case RECORD_SUBSCRIPTION_CHANGE:
        return check_subscription_change(&record->subscription_change, err);
    case RECORD_COUPON:
        return check_coupon(&record->coupon, err);
    case RECORD_COUPON_REDEMPTION:
        return check_owner(record->coupon_redemption.customer,
                           record->coupon_redemption.subscription, err);
    case RECORD_COUPON_USE:
        return check_owner(record->coupon_use.customer, record->coupon_use.subscription, err);
    case RECORD_CREDIT_GRANT:
        return check_credit_grant(&record->credit_grant, err);
    case RECORD_CREDIT_TRANSACTION:
        return check_credit_transaction(&record->credit_transaction, err);
    case RECORD_PROJECT:
    case RECORD_MEMBER:
        return check_holder(&record->holder, err);
    case RECORD_PAYMENT_METHOD:
        return check_payment_method(&record->payment_method, err);
    case RECORD_CREDIT_UNIT_TRANSACTION:
        return check_unit_transaction(&record->credit_unit_transaction, err);
    case RECORD_CREDIT_LIMIT_USE:
        return check_limit_use(&record->credit_limit_use, err);
    case RECORD_CONTRACT:
        return check_contract(&record->contract, err);
    case RECORD_CONTRACT_PHASE:
        return check_contract_phase(&record->contract_phase, scratch, err);
    case RECORD_TAX_RATE:
        return check_tax_rate(&record->tax_rate, err);
    case RECORD_EXCHANGE_RATE:
        return check_exchange_rate(&record->exchange_rate, err);
    case RECORD_USAGE:
        return check_usage(&record->usage, err);
    case RECORD_INVOICE:
    case RECORD_CREDIT_NOTE:
        return check_invoice(&record->invoice, err);
    case RECORD_CORRECTION:
        return check_correction(&record->correction, scratch, err);
    case RECORD_PAYMENT:
        return check_payment(&record->payment, err);
    case RECORD_REFUND:
        return check_above_zero(record->refund.amount_minor, err);
    case RECORD_PAYMENT_ATTEMPT:
        return check_attempt(&record->payment_attempt, err);
    case RECORD_DUNNING_CAMPAIGN:
        return dunning_terms_check(record->dunning_campaign.terms, err) ||
               error_context(err, "field \"terms\"");
    case RECORD_BILLING_PERIOD:
        return check_period(&record->billing_period, scratch, err);
    case RECORD_TENANT:
        return check_tenant(&record->tenant, err);
    case RECORD_PRODUCT:
    case RECORD_SUBSCRIPTION_STATE:
    case RECORD_USAGE_SHARE:
    case RECORD_INVOICE_CONVERSION:
    case RECORD_PAYMENT_CONVERSION:
    case RECORD_USAGE_RATED:
    case RECORD_NUMBER_SERIES:
    case RECORD_DUNNING_STEP:
    case RECORD_PAYMENT_DIFFERENCE:
    case RECORD_GATEWAY_STATEMENT:
    case RECORD_RUN:
    case RECORD_PARKED_ITEM:
        return true;
    case RECORD_EFFECT:
        return record->effect.provider == NULL ? check_file_effect(&record->effect, err)
                                               : check_sent_effect(&record->effect, scratch, err);
    case RECORD_KIND_COUNT:
        break;
    }
    return false;
}
