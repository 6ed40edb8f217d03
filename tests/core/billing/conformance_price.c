/* Cases about prices and usage, asked of `calc price` in EUR unless they name a currency. */
#include <string.h>

#include "core/base/text.h"
#include "core/billing/usage.h"
#include "tests/core/billing/conformance.h"

static json_t *price_question(const char *model)
{
    return json_pack("{s:s, s:s}", "currency", "EUR", "model", model);
}

/* Topics begin with the model's name. */
static const char *tier_model(const struct conformance_case *c)
{
    return strstr(c->topic, "volume") != NULL ? "volume" : "graduated";
}

/* {up_to, unit, flat} -> {up_to, unit_price, flat_fee} */
static json_t *tiers_of(const struct conformance_case *c)
{
    const json_t *tiers = given(c, c->input, "tiers");
    json_t *result = json_array();
    for (size_t i = 0; i < json_array_size(tiers); i++) {
        const json_t *tier = json_array_get(tiers, i);
        json_t *row = json_object();
        put(c, row, "up_to", json_object_get(tier, "up_to"));
        put(c, row, "unit_price", json_object_get(tier, "unit"));
        put(c, row, "flat_fee", json_object_get(tier, "flat"));
        ck_assert(json_array_append_new(result, row) == 0);
    }
    return result;
}

static json_t *tier_question(const struct conformance_case *c)
{
    json_t *question = price_question(tier_model(c));
    ck_assert(json_object_set_new(question, "tiers", tiers_of(c)) == 0);
    return question;
}

static void expect_field(const struct conformance_case *c, const json_t *answer, const char *field,
                         const json_t *expected)
{
    expect_same(c, field, decimal_of(c, given(c, answer, field)), expected);
}

static void expect_answer(const struct conformance_case *c, json_t *question, const char *field,
                          const char *expected_name)
{
    expect_field(c, ask(c, "price", question), field, given(c, c->expected, expected_name));
}

void price_by_tiers(const struct conformance_case *c)
{
    json_t *question = tier_question(c);
    put(c, question, "quantity", given(c, c->input, "units"));
    expect_answer(c, question, "amount", "amount");
}

/* Their first line is the units of tier 1, their second its flat fee; our line of a tier has both,
 * and here the units of tier 1 cost nothing. */
void price_lines(const struct conformance_case *c)
{
    json_t *question = tier_question(c);
    put(c, question, "quantity", given(c, c->input, "units"));
    const json_t *answer = ask(c, "price", question);
    const json_t *lines = given(c, answer, "lines");
    const json_t *theirs = given(c, c->expected, "lines");
    expect_field(c, answer, "amount", given(c, c->expected, "amount"));
    ck_assert_uint_eq(json_array_size(lines) + 1, json_array_size(theirs));
    expect_field(c, json_array_get(lines, 0), "unit_price", json_array_get(theirs, 0));
    for (size_t i = 0; i < json_array_size(lines); i++)
        expect_field(c, json_array_get(lines, i), "amount", json_array_get(theirs, i + 1));
}

/* Cents to a decimal of euros. */
static const char *cents(const struct conformance_case *c, const json_t *value)
{
    struct decimal amount = decimal_of(c, value);
    amount.scale += 2;
    return arena_copy(c->arena, decimal_text(amount).text);
}

static json_t *cents_tiers(const struct conformance_case *c)
{
    const json_t *tiers = given(c, c->input, "tiers");
    json_t *result = json_array();
    for (size_t i = 0; i < json_array_size(tiers); i++) {
        json_t *row = json_object();
        put(c, row, "up_to", json_array_get(json_array_get(tiers, i), 0));
        put_text(row, "unit_price", cents(c, json_array_get(json_array_get(tiers, i), 1)));
        ck_assert(json_array_append_new(result, row) == 0);
    }
    return result;
}

/* [[up_to, unit in cents] …], one quantity and amount or a list of both. */
void price_by_cents_tiers(const struct conformance_case *c)
{
    const json_t *quantities = given(c, c->input, "quantity");
    const json_t *amounts = json_object_get(c->expected, "amounts");
    size_t count = amounts == NULL ? 1 : json_array_size(amounts);
    ck_assert(amounts == NULL || json_array_size(quantities) == count);
    for (size_t i = 0; i < count; i++) {
        const json_t *expected =
            amounts == NULL ? given(c, c->expected, "amount") : json_array_get(amounts, i);
        json_t *question = price_question(tier_model(c));
        ck_assert(json_object_set_new(question, "tiers", cents_tiers(c)) == 0);
        put(c, question, "quantity",
            json_is_array(quantities) ? json_array_get(quantities, i) : quantities);
        const json_t *answer = ask(c, "price", question);
        ck_assert_msg(decimal_compare(decimal_of(c, given(c, answer, "amount")),
                                      (struct decimal){json_integer_value(expected), 2}) == 0,
                      "%s: amount %zu is %s", c->id, i, text_of(c, given(c, answer, "amount")));
    }
}

void price_package(const struct conformance_case *c)
{
    json_t *question = price_question("package");
    put(c, question, "package_price", given(c, c->input, "package_price"));
    put(c, question, "package_size", given(c, c->input, "package_size"));
    put(c, question, "free_units", json_object_get(c->input, "free_units"));
    put(c, question, "quantity", given(c, c->input, "units"));
    expect_answer(c, question, "amount", "amount");
}

void price_transform_quantity(const struct conformance_case *c)
{
    json_t *question = price_question("package");
    put(c, question, "package_price", given(c, c->input, "unit"));
    put(c, question, "package_size", given(c, c->input, "divide_by"));
    put(c, question, "package_rounding", given(c, c->input, "round"));
    put(c, question, "quantity", given(c, c->input, "quantity"));
    expect_answer(c, question, "amount", "amount");
}

static struct decimal answered(const struct conformance_case *c, json_t *question,
                               const char *field)
{
    return decimal_of(c, given(c, ask(c, "price", question), field));
}

static struct decimal sum_of(const struct conformance_case *c, struct decimal a, struct decimal b)
{
    struct error err = {0};
    struct decimal sum = {0};
    expect_ok(c, decimal_add(a, b, &sum, &err), &err);
    return sum;
}

/* One package price for each of two meters. */
void price_two_meters(const struct conformance_case *c)
{
    static const char *const meters[] = {"cell-phone-minutes", "Mbytes"};
    struct decimal total = decimal_from_i64(0);
    for (size_t i = 0; i < ARRAY_LEN(meters); i++) {
        const json_t *block = given(c, given(c, c->input, "blocks"), meters[i]);
        json_t *question = price_question("package");
        put(c, question, "package_price", given(c, block, "price"));
        put(c, question, "package_size", given(c, block, "block"));
        put(c, question, "quantity", given(c, given(c, c->input, "units"), meters[i]));
        total = sum_of(c, total, answered(c, question, "amount"));
    }
    expect_same(c, "amount", total, given(c, c->expected, "amount"));
}

static int64_t units_of_tier(const json_t *tier)
{
    return json_integer_value(json_object_get(tier, "block")) *
           json_integer_value(json_object_get(tier, "max_blocks"));
}

/* Whole blocks of each tier: a package price for each, free up to where its tier begins, and at
 * most what all blocks of the tier cost. The last tier of the case is not used up. */
void price_blocks_of_tiers(const struct conformance_case *c)
{
    const json_t *tiers = given(c, c->input, "tiers");
    const json_t *lines = given(c, c->expected, "lines");
    struct decimal total = decimal_from_i64(0);
    int64_t before = 0;
    ck_assert_uint_eq(json_array_size(tiers), json_array_size(lines));
    for (size_t i = 0; i < json_array_size(tiers); i++) {
        const json_t *tier = json_array_get(tiers, i);
        struct decimal price = decimal_of(c, given(c, tier, "price")), most = {0};
        struct error err = {0};
        json_t *question = price_question("package");
        put(c, question, "package_price", given(c, tier, "price"));
        put(c, question, "package_size", given(c, tier, "block"));
        put(c, question, "quantity", given(c, c->input, "units"));
        ck_assert(json_object_set_new(question, "free_units", json_integer(before)) == 0);
        expect_ok(c,
                  decimal_multiply(price, decimal_of(c, given(c, tier, "max_blocks")), &most, &err),
                  &err);
        put_text(question, "maximum_amount", decimal_text(most).text);
        struct decimal amount = answered(c, question, "amount");
        expect_same(c, "line", amount, json_array_get(lines, i));
        total = sum_of(c, total, amount);
        before += units_of_tier(tier);
    }
    expect_same(c, "amount", total, given(c, c->expected, "amount"));
}

/* The price of a block, over its units: 1, 10, 100 … */
static const char *price_of_unit(const struct conformance_case *c, const json_t *tier)
{
    struct decimal price = decimal_of(c, given(c, tier, "price"));
    for (int64_t units = json_integer_value(given(c, tier, "block")); units > 1; units /= 10) {
        ck_assert_int_eq(units % 10, 0);
        price.scale++;
    }
    return arena_copy(c->arena, decimal_text(price).text);
}

/* All units at the price of the tier that contains them: volume, for the cases have whole blocks.
 */
void price_top_tier_blocks(const struct conformance_case *c)
{
    const json_t *tiers = given(c, c->input, "tiers");
    json_t *question = price_question("volume");
    json_t *rows = json_array();
    int64_t up_to = 0;
    for (size_t i = 0; i < json_array_size(tiers); i++) {
        const json_t *tier = json_array_get(tiers, i);
        bool is_last = i + 1 == json_array_size(tiers);
        json_t *row = json_object();
        up_to += units_of_tier(tier);
        ck_assert(json_object_set_new(row, "up_to", is_last ? json_null() : json_integer(up_to)) ==
                  0);
        put_text(row, "unit_price", price_of_unit(c, tier));
        ck_assert(json_array_append_new(rows, row) == 0);
    }
    ck_assert(json_object_set_new(question, "tiers", rows) == 0);
    put(c, question, "quantity", given(c, c->input, "units"));
    expect_answer(c, question, "amount", "amount");
}

/* A connection fee and the first minute, in steps of a minute: a flat and a package price. The
 * cases end within it. */
void price_call(const struct conformance_case *c)
{
    const json_t *first = given(c, c->input, "first_60s");
    json_t *fee = price_question("flat");
    json_t *minute = price_question("package");
    ck_assert(input_integer(c, "usage_s") <= 60);
    put(c, fee, "flat_fee", given(c, c->input, "connect_fee"));
    put(c, minute, "package_price", given(c, first, "rate_per_60s"));
    put(c, minute, "package_size", given(c, first, "increment_s"));
    put(c, minute, "quantity", given(c, c->input, "usage_s"));
    expect_same(c, "cost", sum_of(c, answered(c, fee, "amount"), answered(c, minute, "amount")),
                given(c, c->expected, "cost"));
}

static struct decimal folded_sum(const struct conformance_case *c, const json_t *values)
{
    struct error err = {0};
    struct usage_fold fold;
    struct usage_total total = {0};
    usage_fold_start(&fold, AGGREGATION_SUM, (struct usage_span){0}, c->arena);
    for (size_t i = 0; i < json_array_size(values); i++) {
        struct usage_value event = {0};
        expect_ok(c,
                  decimal_to_stored(decimal_of(c, json_array_get(values, i)),
                                    &event.value_coefficient, &event.value_scale, &err),
                  &err);
        expect_ok(c, usage_fold_add(&fold, &event, &err), &err);
    }
    expect_ok(c, usage_fold_finish(&fold, -1, &total, &err), &err);
    return total.quantity;
}

void price_prorated_events(const struct conformance_case *c)
{
    json_t *question = tier_question(c);
    struct decimal units = folded_sum(c, given(c, c->input, "events_prorated"));
    put_text(question, "quantity", decimal_text(units).text);
    expect_answer(c, question, "amount", "amount");
}

void usage_in_two_batches(const struct conformance_case *c)
{
    json_t *values =
        json_pack("[O, O]", given(c, c->input, "batch1"), given(c, c->input, "batch2"));
    struct decimal total = folded_sum(c, values);
    json_decref(values);
    expect_same(c, "total", total, given(c, c->expected, "total"));
}

/* gross, discount and net, with a maximum, and of a total that was billed in part. */
void price_capped(const struct conformance_case *c)
{
    json_t *question = tier_question(c);
    const json_t *now = json_object_get(c->input, "units_now");
    put(c, question, "maximum_amount", given(c, c->input, "max"));
    put(c, question, "already_billed_quantity", json_object_get(c->input, "units_before"));
    put(c, question, "already_billed_amount", json_object_get(c->input, "billed_before"));
    put(c, question, "quantity", now != NULL ? now : given(c, c->input, "units"));
    const json_t *answer = ask(c, "price", question);
    expect_field(c, answer, "gross", given(c, c->expected, "gross"));
    expect_field(c, answer, "discount", given(c, c->expected, "discount"));
    expect_field(c, answer, "amount", given(c, c->expected, "net"));
}

/* Billed before was 35 for 7 units at half price. Their cut of 35 falls on today's line; ours on
 * the whole total of 27 units, 270 − 135 − 35 = 100, of which 35 were billed: the same bill. */
void price_discounted_then_capped(const struct conformance_case *c)
{
    json_t *question = price_question("per_unit");
    put(c, question, "unit_price", given(c, c->input, "unit"));
    put(c, question, "quantity", given(c, c->input, "units_now"));
    put(c, question, "discount_percent", given(c, c->input, "discount_pct"));
    put(c, question, "maximum_amount", given(c, c->input, "max"));
    put_text(question, "already_billed_quantity", "7");
    put(c, question, "already_billed_amount", given(c, c->input, "billed_before"));
    expect_answer(c, question, "amount", "net");
}

/* Their amount is the charge before the minimum. */
void price_filled_up(const struct conformance_case *c)
{
    json_t *question = tier_question(c);
    put(c, question, "minimum_amount", given(c, c->input, "min"));
    put(c, question, "quantity", given(c, c->input, "units"));
    const json_t *answer = ask(c, "price", question);
    expect_field(c, answer, "gross", given(c, c->expected, "amount"));
    expect_field(c, answer, "true_up", given(c, c->expected, "true_up"));
}

void price_minimum_of_usage(const struct conformance_case *c)
{
    struct error err = {0};
    struct ratio units = {0};
    expect_ok(c,
              ratio_divide(ratio_from_decimal(input_decimal(c, "usage_amount")),
                           ratio_from_decimal(input_decimal(c, "unit")), &units, &err),
              &err);
    json_t *question = price_question("per_unit");
    put(c, question, "unit_price", given(c, c->input, "unit"));
    put(c, question, "minimum_amount", given(c, c->input, "minimum"));
    put_text(question, "quantity", ratio_text(units).text);
    expect_answer(c, question, "true_up", "true_up");
}

/* The names of a figure vary by source. */
static const json_t *either(const struct conformance_case *c, const char *name, const char *other)
{
    const json_t *value = json_object_get(c->input, name);
    return value != NULL ? value : json_object_get(c->input, other);
}

static json_t *percentage_question(const struct conformance_case *c)
{
    json_t *question = price_question("percentage");
    put(c, question, "rate_percent", given(c, c->input, "rate_pct"));
    put(c, question, "fixed_fee_per_event", json_object_get(c->input, "fixed_per_event"));
    put(c, question, "free_events", either(c, "free_events", "free_ev"));
    put(c, question, "free_amount", either(c, "free_total", "free_tot"));
    put(c, question, "minimum_per_event", json_object_get(c->input, "mn"));
    put(c, question, "maximum_per_event", json_object_get(c->input, "mx"));
    return question;
}

static void add_event(json_t *events, const char *amount)
{
    ck_assert(json_array_append_new(events, json_pack("{s:s}", "amount", amount)) == 0);
}

/* Some of their amounts are the charge before it is rounded to the cent. */
static void expect_charge(const struct conformance_case *c, json_t *question, const char *amount,
                          const char *unrounded)
{
    const json_t *answer = ask(c, "price", question);
    const json_t *expected = json_object_get(c->expected, amount);
    struct error err = {0};
    struct money rounded;
    expect_field(c, answer, "unrounded",
                 expected != NULL ? expected : given(c, c->expected, unrounded));
    struct decimal charge = decimal_of(c, given(c, answer, "unrounded"));
    expect_ok(c,
              money_from_decimal(charge, (struct currency){"EUR"}, ROUND_HALF_UP, &rounded, &err),
              &err);
    ck_assert_str_eq(json_string_value(given(c, answer, "amount")), money_text(rounded).text);
}

/* A total and a number of events: which amounts the events have makes no difference without limits.
 */
void price_percentage_of_total(const struct conformance_case *c)
{
    json_t *question = percentage_question(c);
    json_t *events = json_array();
    add_event(events, text_of(c, given(c, c->input, "total")));
    for (int64_t i = 1; i < input_integer(c, "events"); i++)
        add_event(events, "0");
    ck_assert(json_object_set_new(question, "events", events) == 0);
    expect_charge(c, question, "amount", "amount_unrounded");
}

void price_percentage_of_events(const struct conformance_case *c)
{
    const json_t *amounts = given(c, c->input, "events");
    json_t *question = percentage_question(c);
    json_t *events = json_array();
    for (size_t i = 0; i < json_array_size(amounts); i++)
        add_event(events, text_of(c, json_array_get(amounts, i)));
    ck_assert(json_object_set_new(question, "events", events) == 0);
    expect_charge(c, question, "amount", NULL);
}

void price_by_rate_tiers(const struct conformance_case *c)
{
    const json_t *tiers = given(c, c->input, "tiers");
    json_t *question = price_question("graduated_percentage");
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(tiers); i++) {
        const json_t *tier = json_array_get(tiers, i);
        json_t *row = json_object();
        put(c, row, "up_to", json_object_get(tier, "up_to"));
        put(c, row, "rate_percent", given(c, tier, "rate_pct"));
        put(c, row, "flat_fee", given(c, tier, "flat"));
        ck_assert(json_array_append_new(rows, row) == 0);
    }
    ck_assert(json_object_set_new(question, "tiers", rows) == 0);
    put(c, question, "quantity", given(c, c->input, "units"));
    expect_charge(c, question, "amount", NULL);
}

/* Their units are the prices that the events brought with them. */
void price_dynamic(const struct conformance_case *c)
{
    json_t *question = price_question("dynamic");
    put(c, question, "multiplier", given(c, c->input, "multiplier"));
    put(c, question, "quantity", given(c, c->input, "units"));
    expect_answer(c, question, "amount", "amount");
}

void price_commitment(const struct conformance_case *c)
{
    json_t *question = price_question("committed");
    put_text(question, "currency", "JPY");
    put(c, question, "used_amount", given(c, c->input, "used"));
    put(c, question, "commitment", given(c, c->input, "commitment"));
    expect_answer(c, question, "true_up", "true_up");
}

/* Units beyond the committed ones cost a multiple: a graduated price of two tiers. */
void price_overage(const struct conformance_case *c)
{
    const json_t *bucket = given(c, c->input, "bucket");
    const json_t *outside = given(c, c->input, "outside");
    struct error err = {0};
    struct decimal overage_price = {0};
    expect_ok(c,
              decimal_multiply(decimal_of(c, given(c, bucket, "unit")),
                               decimal_of(c, given(c, bucket, "overage_factor")), &overage_price,
                               &err),
              &err);
    json_t *question = price_question("graduated");
    ck_assert(json_object_set_new(question, "tiers",
                                  json_pack("[{s:O, s:O}, {s:s}]", "up_to",
                                            given(c, bucket, "committed_units"), "unit_price",
                                            given(c, bucket, "unit"), "unit_price",
                                            decimal_text(overage_price).text)) == 0);
    put(c, question, "quantity", given(c, bucket, "usage"));
    const json_t *answer = ask(c, "price", question);
    const json_t *over = json_array_get(given(c, answer, "lines"), 1);
    expect_field(c, answer, "amount", given(c, c->expected, "bucket"));
    expect_field(c, over, "amount", given(c, c->expected, "overage"));
    question = price_question("per_unit");
    put(c, question, "unit_price", given(c, outside, "unit"));
    put(c, question, "quantity", given(c, outside, "usage"));
    struct decimal other = answered(c, question, "amount");
    expect_same(c, "outside", other, given(c, c->expected, "outside"));
    expect_same(c, "total", sum_of(c, other, decimal_of(c, given(c, answer, "amount"))),
                given(c, c->expected, "total"));
}

void price_flat(const struct conformance_case *c)
{
    json_t *question = price_question("flat");
    put(c, question, "flat_fee", given(c, c->input, "base_price"));
    put(c, question, "quantity", given(c, c->input, "quantity"));
    expect_answer(c, question, "amount", "amount");
}

/* Without a unit price their base price is one. */
void price_per_unit(const struct conformance_case *c)
{
    json_t *question = price_question("per_unit");
    const json_t *unit = json_object_get(c->input, "unit_price");
    put(c, question, "unit_price",
        unit == NULL || json_is_null(unit) ? given(c, c->input, "base_price") : unit);
    put(c, question, "quantity", given(c, c->input, "quantity"));
    expect_answer(c, question, "amount", "amount");
}

void price_rounded_line(const struct conformance_case *c)
{
    static const char *const currencies[][2] = {
        {"usd", "USD"},
        {"jpy", "JPY"},
    };
    for (size_t i = 0; i < ARRAY_LEN(currencies); i++) {
        json_t *question = price_question("per_unit");
        put_text(question, "currency", currencies[i][1]);
        put(c, question, "unit_price", given(c, c->input, "unit"));
        put(c, question, "quantity", given(c, c->input, "quantity"));
        expect_answer(c, question, "amount", currencies[i][0]);
    }
}
