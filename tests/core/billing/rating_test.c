/* Rating: cases by hand, then random prices against a recomputation that walks the quantity in
 * hundredths of a unit and counts in integers over one denominator. */
#include <string.h>

#include "core/billing/rating.h"
#include "tests/support/suite.h"

#define CASE_TIERS 3

static struct decimal decimal(const char *text)
{
    struct decimal value = {0};
    struct error err = {0};
    ck_assert_msg(decimal_parse(text, &value, &err), "%s: %s", text, err.message);
    return value;
}

static struct price_figure figure(const char *text)
{
    struct price_figure result = {.given = text != NULL};
    if (text != NULL)
        result.value = decimal(text);
    return result;
}

/* ---------------------------------------------------------------- by hand */

static const struct price_tier ten_tiers[] = {
    {.has_up_to = true,   .up_to = {10, 0},   .unit_price = {10, 0}, .flat_fee = {2, 0}},
    {.has_up_to = true, .up_to = {20, 0},                   .unit_price = {5, 0}, .flat_fee = {3, 0}},
    {.unit_price = {5, 0},   .flat_fee = {3, 0}},
};

static const struct price_tier rate_tiers[] = {
    {.has_up_to = true,     .up_to = {10, 0},   .rate_percent = {1, 0}, .flat_fee = {200, 0}},
    {.has_up_to = true, .up_to = {20, 0},                   .rate_percent = {2, 0}, .flat_fee = {300, 0}},
    {.rate_percent = {3, 0},     .flat_fee = {400, 0}},
};

#define EVENTS_MAX 6

static const struct rating_case {
    const char *name;
    enum price_model model; /* of a committed price: of its overage */
    const char *own_commitment;
    const char *rate, *fee, *free_events, *free_amount, *least, *most, *multiplier;
    const char *events[EVENTS_MAX]; /* of a percentage price, NULL-ended; else its quantity */
    bool has_events;                /* also when there are none */
    const char *flat_fee, *unit_price, *free_units, *package_size, *package_price;
    const char *minimum, *maximum, *commitment, *discount;
    const char *quantity, *billed_quantity, *billed_amount;
    int32_t share_days, period_days; /* 0: a whole period */
    bool metered, package_down, no_fee_at_zero, half_even;
    const char *amount, *unrounded, *gross, *discounted, *true_up;
} rating_cases[] = {
    {
     .name = "flat whatever the quantity",
     .model = PRICE_FLAT,
     .flat_fee = "29.99",
     .quantity = "7",
     .amount = "29.99",
     .unrounded = "29.99",
     },
    {
     .name = "flat for half a month",
     .model = PRICE_FLAT,
     .flat_fee = "29.99",
     .quantity = "1",
     .share_days = 15,
     .period_days = 30,
     .amount = "15.00",
     .unrounded = "14.995",
     },
    {
     .name = "a tie to even",
     .model = PRICE_FLAT,
     .flat_fee = "0.125",
     .quantity = "1",
     .half_even = true,
     .amount = "0.12",
     },
    {
     .name = "free units come off, never below nothing",
     .model = PRICE_PER_UNIT,
     .unit_price = "2",
     .free_units = "10",
     .quantity = "4",
     .amount = "0.00",
     },
    {
     .name = "a part of a unit",
     .model = PRICE_PER_UNIT,
     .unit_price = "4.4556",
     .quantity = "10.625",
     .amount = "47.34",
     .unrounded = "47.34075",
     },
    {
     .name = "seats for part of a month are prorated",
     .model = PRICE_PER_UNIT,
     .unit_price = "10",
     .quantity = "3",
     .share_days = 10,
     .period_days = 30,
     .amount = "10.00",
     },
    {
     .name = "usage of part of a month is not",
     .model = PRICE_PER_UNIT,
     .unit_price = "10",
     .quantity = "3",
     .share_days = 10,
     .period_days = 30,
     .metered = true,
     .amount = "30.00",
     },
    {
     .name = "but its minimum is",
     .model = PRICE_PER_UNIT,
     .unit_price = "1",
     .quantity = "3",
     .minimum = "30",
     .share_days = 10,
     .period_days = 30,
     .metered = true,
     .amount = "10.00",
     .gross = "3.00",
     .true_up = "7.00",
     },
    {
     .name = "and the flat fees of its tiers",
     .model = PRICE_GRADUATED,
     .quantity = "11",
     .share_days = 10,
     .period_days = 30,
     .metered = true,
     .amount = "106.67",
     .unrounded = "320/3",
     },
    {
     .name = "nothing used, the first flat fee",
     .model = PRICE_GRADUATED,
     .quantity = "0",
     .amount = "2.00",
     },
    {
     .name = "nothing used, nothing to pay",
     .model = PRICE_GRADUATED,
     .quantity = "0",
     .no_fee_at_zero = true,
     .amount = "0.00",
     },
    {
     .name = "a negative total prices as zero",
     .model = PRICE_VOLUME,
     .quantity = "-5",
     .amount = "2.00",
     },
    {
     .name = "bounds belong to the tier below",
     .model = PRICE_GRADUATED,
     .quantity = "10",
     .amount = "102.00",
     },
    {
     .name = "a fraction above a bound to the next",
     .model = PRICE_VOLUME,
     .quantity = "10.5",
     .amount = "55.50",
     },
    {
     .name = "a package begun",
     .model = PRICE_PACKAGE,
     .package_size = "100",
     .package_price = "5",
     .free_units = "100",
     .quantity = "200.01",
     .amount = "10.00",
     },
    {
     .name = "only full packages",
     .model = PRICE_PACKAGE,
     .package_size = "100",
     .package_price = "5",
     .package_down = true,
     .quantity = "199",
     .amount = "5.00",
     },
    {
     .name = "the maximum cuts, seen as a discount",
     .model = PRICE_PER_UNIT,
     .unit_price = "1",
     .quantity = "150",
     .maximum = "125",
     .amount = "125.00",
     .gross = "150.00",
     .discounted = "25.00",
     },
    {
     .name = "percent first, then the maximum",
     .model = PRICE_PER_UNIT,
     .unit_price = "10",
     .quantity = "27",
     .discount = "50",
     .maximum = "100",
     .amount = "100.00",
     .gross = "270.00",
     .discounted = "170.00",
     },
    {
     .name = "the maximum before a minimum above it",
     .model = PRICE_PER_UNIT,
     .unit_price = "1",
     .quantity = "50",
     .maximum = "30",
     .minimum = "40",
     .amount = "40.00",
     .gross = "50.00",
     .discounted = "20.00",
     .true_up = "10.00",
     },
    {
     .name = "the larger of minimum and commitment",
     .model = PRICE_PER_UNIT,
     .unit_price = "1",
     .quantity = "3",
     .minimum = "5",
     .commitment = "9",
     .amount = "9.00",
     .true_up = "6.00",
     },
    {
     .name = "used is rounded before the commitment fills it up",
     .model = PRICE_FLAT,
     .flat_fee = "1.005",
     .quantity = "1",
     .commitment = "2",
     .amount = "2.00",
     .true_up = "0.99",
     },
    {
     .name = "the rest of a total billed in part",
     .model = PRICE_GRADUATED,
     .quantity = "1",
     .billed_quantity = "10",
     .billed_amount = "102",
     .amount = "8.00",
     .gross = "8.00",
     },
    {
     .name = "the same without knowing the amount",
     .model = PRICE_GRADUATED,
     .quantity = "1",
     .billed_quantity = "10",
     .amount = "8.00",
     },
    {
     .name = "two thirds of a cent, then the rest of it",
     .model = PRICE_PER_UNIT,
     .unit_price = "0.004",
     .quantity = "1",
     .billed_quantity = "1",
     .amount = "0.01",
     .unrounded = "0.008",
     },
    {
     .name = "a cheaper tier gives something back",
     .model = PRICE_VOLUME,
     .quantity = "1",
     .billed_quantity = "10",
     .amount = "-44.00",
     },
    {
     .name = "a rate and a fee for each event",
     .model = PRICE_PERCENTAGE,
     .rate = "2.9",
     .fee = "0.30",
     .has_events = true,
     .events = {"10", "0.5", "0"},
     .metered = true,
     .amount = "1.20",
     .unrounded = "1.2045",
     },
    {
     .name = "the quantity is one event",
     .model = PRICE_PERCENTAGE,
     .rate = "2.9",
     .fee = "0.30",
     .quantity = "100",
     .amount = "3.20",
     },
    {
     .name = "no quantity is no event",
     .model = PRICE_PERCENTAGE,
     .rate = "2.9",
     .fee = "0.30",
     .least = "5",
     .quantity = "0",
     .amount = "0.00",
     },
    {
     .name = "no events cost nothing",
     .model = PRICE_PERCENTAGE,
     .rate = "2.9",
     .fee = "0.30",
     .has_events = true,
     .amount = "0.00",
     },
    {
     .name = "three events are free, whatever they amount to",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .fee = "1",
     .free_events = "3",
     .has_events = true,
     .events = {"1000", "0", "50", "0"},
     .amount = "1.00",
     },
    {
     .name = "the event that reaches the free amount is free, the next pays in full",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .fee = "1",
     .free_amount = "100",
     .has_events = true,
     .events = {"60", "40", "0.01"},
     .amount = "1.00",
     .unrounded = "1.0001",
     },
    {
     .name = "the event that passes it pays on the rest, with the minimum",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .least = "0.50",
     .free_amount = "100",
     .free_events = "9",
     .has_events = true,
     .events = {"60", "41"},
     .amount = "0.50",
     },
    {
     .name = "nothing is free within an amount of nothing",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .free_amount = "0",
     .free_events = "9",
     .has_events = true,
     .events = {"100"},
     .amount = "1.00",
     },
    {
     .name = "the fee is within the limits of an event",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .fee = "5",
     .most = "10",
     .least = "6",
     .has_events = true,
     .events = {"50", "100", "300", "500", "600"},
     .amount = "40.00",
     },
    {
     .name = "a minimum of an event above its maximum holds",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .most = "2",
     .least = "3",
     .has_events = true,
     .events = {"100", "250", "900"},
     .amount = "9.00",
     },
    {
     .name = "a refund costs nothing and gives nothing back",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .fee = "0.10",
     .free_events = "1",
     .has_events = true,
     .events = {"-500", "100", "100", "-100"},
     .amount = "1.10",
     },
    {
     .name = "events are consumption: a part of a period changes nothing but the limits",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .has_events = true,
     .events = {"100"},
     .minimum = "30",
     .share_days = 10,
     .period_days = 30,
     .metered = true,
     .amount = "10.00",
     .gross = "1.00",
     .true_up = "9.00",
     },
    {
     .name = "the rest of events billed in part",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .fee = "1",
     .has_events = true,
     .events = {"100", "200"},
     .billed_quantity = "100",
     .billed_amount = "2",
     .amount = "3.00",
     },
    {
     .name = "amounts over tiers of rates",
     .model = PRICE_GRADUATED_PERCENTAGE,
     .quantity = "21",
     .amount = "900.33",
     },
    {
     .name = "no amount, the first flat fee",
     .model = PRICE_GRADUATED_PERCENTAGE,
     .quantity = "0",
     .amount = "200.00",
     },
    {
     .name = "no amount, nothing to pay",
     .model = PRICE_GRADUATED_PERCENTAGE,
     .quantity = "0",
     .no_fee_at_zero = true,
     .amount = "0.00",
     },
    {
     .name = "the events' own prices with a margin",
     .model = PRICE_DYNAMIC,
     .multiplier = "1.33333",
     .quantity = "10",
     .amount = "13.33",
     },
    {
     .name = "less was used than is committed",
     .model = PRICE_PER_UNIT,
     .unit_price = "1.005",
     .own_commitment = "10",
     .quantity = "1",
     .amount = "10.00",
     .gross = "1.01",
     .true_up = "8.99",
     },
    {
     .name = "more was used than is committed",
     .model = PRICE_PER_UNIT,
     .unit_price = "2",
     .free_units = "1",
     .own_commitment = "10",
     .quantity = "8",
     .amount = "14.00",
     .true_up = "0.00",
     },
    {
     .name = "the minimum is larger than its own commitment",
     .model = PRICE_FLAT,
     .flat_fee = "1",
     .own_commitment = "10",
     .minimum = "12",
     .commitment = "11",
     .quantity = "1",
     .amount = "12.00",
     },
    {
     .name = "a commitment is for time",
     .model = PRICE_PER_UNIT,
     .unit_price = "1",
     .own_commitment = "30",
     .quantity = "2",
     .share_days = 10,
     .period_days = 30,
     .metered = true,
     .amount = "10.00",
     },
    {
     .name = "a commitment over events",
     .model = PRICE_PERCENTAGE,
     .rate = "1",
     .own_commitment = "5",
     .has_events = true,
     .events = {"100", "300"},
     .amount = "5.00",
     .true_up = "1.00",
     },
    {
     .name = "a commitment that was billed leaves what is above it",
     .model = PRICE_PER_UNIT,
     .unit_price = "1",
     .own_commitment = "10",
     .quantity = "12",
     .billed_quantity = "4",
     .amount = "6.00",
     },
};

static struct price price_of_case(const struct rating_case *c)
{
    struct price price = {
        .model = c->model,
        .currency = {"EUR"},
        .meter = c->metered ? "calls" : NULL,
        .flat_fee = figure(c->flat_fee),
        .unit_price = figure(c->unit_price),
        .free_units = figure(c->free_units),
        .package_size = figure(c->package_size),
        .package_price = figure(c->package_price),
        .rate_percent = figure(c->rate),
        .fixed_fee_per_event = figure(c->fee),
        .free_events = figure(c->free_events),
        .free_amount = figure(c->free_amount),
        .minimum_per_event = figure(c->least),
        .maximum_per_event = figure(c->most),
        .multiplier = figure(c->multiplier),
        .has_package_rounding = c->package_down,
        .package_rounding = PACKAGE_ROUND_DOWN,
    };
    if (c->model == PRICE_GRADUATED || c->model == PRICE_VOLUME) {
        price.tiers = ten_tiers;
        price.tier_count = ARRAY_LEN(ten_tiers);
    }
    if (c->model == PRICE_GRADUATED_PERCENTAGE) {
        price.tiers = rate_tiers;
        price.tier_count = ARRAY_LEN(rate_tiers);
    }
    return price;
}

/* The price of the case, around its overage where it has a commitment of its own. */
static struct price whole_price_of_case(const struct rating_case *c, struct price *overage)
{
    struct price price = price_of_case(c);
    if (c->own_commitment != NULL) {
        *overage = price;
        overage->meter = NULL;
        price = (struct price){
            .model = PRICE_COMMITTED,
            .currency = {"EUR"},
            .meter = price.meter,
            .commitment = figure(c->own_commitment),
            .overage = overage,
        };
    }
    price.minimum_amount = figure(c->minimum);
    price.maximum_amount = figure(c->maximum);
    return price;
}

static void fold_events(const struct rating_case *c, const struct price *price,
                        struct percentage_fold *fold)
{
    struct error err = {0};
    percentage_fold_start(fold, price_rated_by(price));
    for (size_t i = 0; i < EVENTS_MAX && c->events[i] != NULL; i++)
        ck_assert_msg(percentage_fold_add(fold, decimal(c->events[i]), &err), "%s: %s", c->name,
                      err.message);
}

static void expect_money(const char *name, const char *what, struct money got, const char *expected)
{
    if (expected != NULL)
        ck_assert_msg(strcmp(money_text(got).text, expected) == 0, "%s: %s is %s, not %s", name,
                      what, money_text(got).text, expected);
}

START_TEST(rates)
{
    const struct rating_case *c = &rating_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("rating test", 1 << 20);
    struct error err = {0};
    struct rating rating = {0};
    char field[PRICE_FIELD_SIZE];
    struct price overage;
    struct percentage_fold events;
    struct price price = whole_price_of_case(c, &overage);
    ck_assert_msg(price_check_model(&price, field, &err), "%s: %s", c->name, err.message);
    fold_events(c, &price, &events);
    struct rating_request request =
        rating_request_whole(c->has_events ? events.total : decimal(c->quantity));
    request.events = c->has_events ? &events : NULL;
    request.flat_fee_at_zero = !c->no_fee_at_zero;
    request.rounding = c->half_even ? ROUND_HALF_EVEN : ROUND_HALF_UP;
    request.commitment = figure(c->commitment);
    request.discount_percent = figure(c->discount).value;
    request.already_billed_quantity = figure(c->billed_quantity).value;
    if (c->has_events)
        ck_assert(decimal_subtract(request.quantity, request.already_billed_quantity,
                                   &request.quantity, &err));
    request.has_already_billed_amount = c->billed_amount != NULL;
    if (c->billed_amount != NULL)
        ck_assert(
            money_parse(c->billed_amount, price.currency, &request.already_billed_amount, &err));
    if (c->period_days > 0)
        ck_assert(ratio_make(c->share_days, c->period_days, &request.period_share, &err));
    ck_assert_msg(rating_price(&price, &request, arena, &rating, &err), "%s: %s", c->name,
                  err.message);
    expect_money(c->name, "the amount", rating.amount, c->amount);
    expect_money(c->name, "gross", rating.gross, c->gross);
    expect_money(c->name, "the discount", rating.discount, c->discounted);
    expect_money(c->name, "the true-up", rating.true_up, c->true_up);
    if (c->unrounded != NULL)
        ck_assert_msg(strcmp(ratio_text(rating.unrounded).text, c->unrounded) == 0,
                      "%s: unrounded is %s", c->name, ratio_text(rating.unrounded).text);
}
END_TEST

START_TEST(refuses)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("rating test", 1 << 20);
    struct price price = {
        .model = PRICE_PER_UNIT, .currency = {"EUR"}, .unit_price = figure("1000000000000000000")};
    struct rating_request request = rating_request_whole(decimal("1000000000000000000"));
    struct error err = {0};
    struct rating rating = {.line_count = 99};
    ck_assert(!rating_price(&price, &request, arena, &rating, &err));
    ck_assert_str_eq(err.code, "amount_too_large");
    ck_assert_uint_eq(rating.line_count, 99);
    rating.line_count = 99;
    request = rating_request_whole(decimal("1"));
    request.already_billed_quantity = decimal("99999999999999999999999999999999999999");
    request.quantity = request.already_billed_quantity;
    ck_assert(!rating_price(&price, &request, arena, &rating, &err));
    ck_assert_uint_eq(rating.line_count, 99);
    /* What was used before is too much, though the whole is not. */
    request = rating_request_whole(decimal("-999999999999999999"));
    request.before.quantity = decimal("1000000000000000000");
    request.before.period_share = (struct ratio){1, 2};
    price.unit_price = figure("10000000000");
    ck_assert(!rating_price(&price, &request, arena, &rating, &err));
    ck_assert_uint_eq(rating.line_count, 99);
    request = rating_request_whole(decimal("1"));
    request.discount_percent = decimal("100.01");
    ck_assert(!rating_price(&price, &request, arena, &rating, &err));
    ck_assert_str_eq(err.code, "bad_discount");
}
END_TEST

/* ---------------------------------------------------------------- at random */

#define RANDOM_ROUNDS 20000
#define MICRO 1000000 /* prices have 4 decimals, quantities 2 */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int64_t random_up_to(uint64_t *state, int64_t max)
{
    return (int64_t)(next_random(state) % (uint64_t)(max + 1));
}

/* A price in integers: quantities in hundredths, unit prices in 1/10000, fees and limits in cents.
 */
struct simple_price {
    enum price_model model;
    bool metered, package_up, has_minimum, has_maximum;
    int64_t flat_fee, unit_price, free_units, package_size, package_price, minimum, maximum;
    int64_t commitment, discount_tenths; /* tenths of a percent */
    struct {
        int64_t up_to, unit_price, flat_fee;
    } tiers[CASE_TIERS];
    int64_t share_days, period_days;
    enum rounding rounding;
};

/* What consumption costs and what time costs, in millionths, for a whole period. */
struct simple_charge {
    int128_t units, fees;
};

static size_t simple_tier(const struct simple_price *p, int64_t hundredth)
{
    size_t tier = 0;
    while (tier < CASE_TIERS - 1 && hundredth > p->tiers[tier].up_to)
        tier++;
    return tier;
}

/* The rate of a percentage price, in hundredths of a percent. */
static int64_t simple_rate_percent(const struct simple_price *p)
{
    return p->unit_price % 1000;
}

/* One event of a percentage price, in millionths. */
static int128_t simple_event(const struct simple_price *p, int64_t quantity)
{
    const int128_t cent = MICRO / 100;
    int64_t free = p->free_units < quantity ? p->free_units : quantity;
    int128_t cost = (int128_t)(quantity - free) * simple_rate_percent(p) + p->flat_fee * cent;
    if (free == quantity)
        return 0;
    if (cost > p->maximum * cent)
        cost = p->maximum * cent;
    return cost < p->minimum * cent ? p->minimum * cent : cost;
}

static struct simple_charge simple_rate(const struct simple_price *p, int64_t quantity)
{
    struct simple_charge charge = {0};
    size_t highest = simple_tier(p, quantity);
    switch (p->model) {
    case PRICE_FLAT:
        charge.fees = (int128_t)p->flat_fee * (MICRO / 100);
        break;
    case PRICE_PER_UNIT:
        for (int64_t i = p->free_units; i < quantity; i++)
            charge.units += p->unit_price;
        break;
    case PRICE_PACKAGE:
        for (int64_t left = quantity - p->free_units;
             p->package_up ? left > 0 : left >= p->package_size; left -= p->package_size)
            charge.units += (int128_t)p->package_price * (MICRO / 100);
        break;
    case PRICE_PERCENTAGE:
        if (quantity > 0)
            charge.units = simple_event(p, quantity);
        break;
    case PRICE_DYNAMIC:
    case PRICE_COMMITTED: /* over a dynamic price */
        charge.units = (int128_t)quantity * p->unit_price;
        break;
    case PRICE_GRADUATED_PERCENTAGE: /* the rate is 100 times the unit price */
    case PRICE_GRADUATED:
        for (int64_t i = 1; i <= quantity; i++)
            charge.units += p->tiers[simple_tier(p, i)].unit_price;
        for (size_t tier = 0; tier <= highest; tier++)
            charge.fees += (int128_t)p->tiers[tier].flat_fee * (MICRO / 100);
        break;
    case PRICE_VOLUME:
        charge.units = (int128_t)quantity * p->tiers[highest].unit_price;
        charge.fees = (int128_t)p->tiers[highest].flat_fee * (MICRO / 100);
        break;
    }
    return charge;
}

/* Over MICRO · 1000 · period_days. */
static int128_t simple_net(const struct simple_price *p, int64_t quantity)
{
    struct simple_charge charge = simple_rate(p, quantity);
    int128_t limit_unit = (int128_t)(MICRO / 100) * 1000 * p->share_days;
    int128_t units = charge.units * (p->metered ? p->period_days : p->share_days);
    int128_t net = (units + charge.fees * p->share_days) * (1000 - p->discount_tenths);
    int64_t own = p->model == PRICE_COMMITTED ? p->flat_fee : 0;
    int128_t least = limit_unit * (own > p->commitment ? own : p->commitment);
    if (p->has_maximum && net > limit_unit * p->maximum)
        net = limit_unit * p->maximum;
    if (p->has_minimum && least < limit_unit * p->minimum)
        least = limit_unit * p->minimum;
    return net < least ? least : net;
}

/* To cents. */
static int64_t simple_round(const struct simple_price *p, int128_t value)
{
    int128_t denominator = (int128_t)MICRO * 10 * p->period_days;
    int128_t size = value < 0 ? -value : value;
    int128_t cents = size / denominator;
    int128_t rest = size % denominator * 2;
    if (rest > denominator ||
        (rest == denominator && (p->rounding == ROUND_HALF_UP || cents % 2 == 1)))
        cents++;
    return (int64_t)(value < 0 ? -cents : cents);
}

static struct simple_price random_price(uint64_t *seed)
{
    struct simple_price p = {
        .model = (enum price_model)random_up_to(seed, PRICE_COMMITTED),
        .metered = random_up_to(seed, 1) == 1,
        .package_up = random_up_to(seed, 1) == 1,
        .has_minimum = random_up_to(seed, 3) == 0,
        .has_maximum = random_up_to(seed, 3) == 0,
        .flat_fee = random_up_to(seed, 5000),
        .unit_price = random_up_to(seed, 99999),
        .free_units = random_up_to(seed, 300),
        .package_size = 1 + random_up_to(seed, 250),
        .package_price = random_up_to(seed, 999),
        .minimum = random_up_to(seed, 9999),
        .maximum = random_up_to(seed, 9999),
        .commitment = random_up_to(seed, 3) == 0 ? random_up_to(seed, 9999) : 0,
        .discount_tenths = random_up_to(seed, 2) == 0 ? random_up_to(seed, 1000) : 0,
        .period_days = 28 + random_up_to(seed, 3),
        .rounding = random_up_to(seed, 1) == 0 ? ROUND_HALF_UP : ROUND_HALF_EVEN,
    };
    int64_t bound = 0;
    p.metered = p.metered || p.model == PRICE_PERCENTAGE; /* events are consumption */
    for (size_t i = 0; i < CASE_TIERS; i++) {
        bound += 1 + random_up_to(seed, 300);
        p.tiers[i].up_to = bound;
        p.tiers[i].unit_price = random_up_to(seed, 9999);
        p.tiers[i].flat_fee = random_up_to(seed, 999);
    }
    p.share_days = random_up_to(seed, 1) == 0 ? p.period_days : 1 + random_up_to(seed, 27);
    return p;
}

static struct price_figure scaled(bool given, int64_t value, int32_t scale)
{
    return (struct price_figure){
        .given = given, .value = {given ? value : 0, scale}
    };
}

/* Tiers of units, or of rates, which are a hundred times the unit price. */
static void tiers_of_simple(const struct simple_price *p, struct price_tier tiers[CASE_TIERS])
{
    bool percent = p->model == PRICE_GRADUATED_PERCENTAGE;
    for (size_t i = 0; i < CASE_TIERS; i++)
        tiers[i] = (struct price_tier){
            .has_up_to = i + 1 < CASE_TIERS,
            .up_to = {.coefficient = p->tiers[i].up_to,                    .scale = 2},
            .unit_price = {.coefficient = percent ? 0 : p->tiers[i].unit_price, .scale = 4},
            .rate_percent = {.coefficient = percent ? p->tiers[i].unit_price : 0, .scale = 2},
            .flat_fee = {.coefficient = p->tiers[i].flat_fee,                 .scale = 2},
        };
}

static const struct price *overage_of_simple(const struct simple_price *p, struct price *overage)
{
    *overage = (struct price){.model = PRICE_DYNAMIC, .multiplier = scaled(true, p->unit_price, 4)};
    return p->model == PRICE_COMMITTED ? overage : NULL;
}

static struct price price_of_simple(const struct simple_price *p,
                                    struct price_tier tiers[CASE_TIERS], struct price *overage)
{
    bool free = p->model == PRICE_PER_UNIT || p->model == PRICE_PACKAGE;
    bool percent = p->model == PRICE_PERCENTAGE;
    bool tiered = p->model == PRICE_GRADUATED || p->model == PRICE_VOLUME ||
                  p->model == PRICE_GRADUATED_PERCENTAGE;
    tiers_of_simple(p, tiers);
    return (struct price){
        .model = p->model,
        .currency = {"EUR"},
        .meter = p->metered ? "meter" : NULL,
        .flat_fee = scaled(p->model == PRICE_FLAT, p->flat_fee, 2),
        .unit_price = scaled(p->model == PRICE_PER_UNIT, p->unit_price, 4),
        .free_units = scaled(free, p->free_units, 2),
        .package_size = scaled(p->model == PRICE_PACKAGE, p->package_size, 2),
        .package_price = scaled(p->model == PRICE_PACKAGE, p->package_price, 2),
        .has_package_rounding = p->model == PRICE_PACKAGE,
        .package_rounding = p->package_up ? PACKAGE_ROUND_UP : PACKAGE_ROUND_DOWN,
        .rate_percent = scaled(percent, simple_rate_percent(p), 2),
        .fixed_fee_per_event = scaled(percent, p->flat_fee, 2),
        .free_amount = scaled(percent, p->free_units, 2),
        .minimum_per_event = scaled(percent, p->minimum, 2),
        .maximum_per_event = scaled(percent, p->maximum, 2),
        .multiplier = scaled(p->model == PRICE_DYNAMIC, p->unit_price, 4),
        .commitment = scaled(p->model == PRICE_COMMITTED, p->flat_fee, 2),
        .overage = overage_of_simple(p, overage),
        .minimum_amount = scaled(p->has_minimum, p->minimum, 2),
        .maximum_amount = scaled(p->has_maximum, p->maximum, 2),
        .tiers = tiered ? tiers : NULL,
        .tier_count = tiered ? CASE_TIERS : 0,
    };
}

static void expect_lines_sum(int round, const struct rating *rating)
{
    struct ratio sum = ratio_from_i64(0);
    struct error err = {0};
    for (size_t i = 0; i < rating->line_count; i++)
        ck_assert(ratio_add(sum, rating->lines[i].amount, &sum, &err));
    ck_assert_msg(ratio_compare(sum, rating->charge) == 0, "round %d: lines sum to %s, not %s",
                  round, ratio_text(sum).text, ratio_text(rating->charge).text);
}

static void compare_one(int round, const struct simple_price *p, uint64_t *seed,
                        struct arena *arena)
{
    struct price_tier tiers[CASE_TIERS];
    struct price overage;
    struct price price = price_of_simple(p, tiers, &overage);
    char field[PRICE_FIELD_SIZE];
    struct error err = {0};
    struct rating rating = {0};
    int64_t before = random_up_to(seed, 2) == 0 ? random_up_to(seed, 700) : 0;
    int64_t now = random_up_to(seed, 700);
    struct rating_request request = rating_request_whole((struct decimal){now, 2});
    request.already_billed_quantity = (struct decimal){before, 2};
    request.commitment = scaled(p->commitment > 0, p->commitment, 2);
    request.discount_percent = (struct decimal){p->discount_tenths, 1};
    request.rounding = p->rounding;
    ck_assert(ratio_make(p->share_days, p->period_days, &request.period_share, &err));
    ck_assert_msg(price_check_model(&price, field, &err), "round %d: %s", round, err.message);
    ck_assert_msg(rating_price(&price, &request, arena, &rating, &err), "round %d: %s", round,
                  err.message);
    int64_t billed = before == 0 ? 0 : simple_round(p, simple_net(p, before));
    int128_t cent = (int128_t)MICRO * 10 * p->period_days;
    int64_t expected = simple_round(p, simple_net(p, before + now) - billed * cent);
    ck_assert_msg(rating.amount.minor == expected, "round %d: %s, not %" PRId64 " cents", round,
                  money_text(rating.amount).text, expected);
    ck_assert_msg(rating.gross.minor - rating.discount.minor + rating.true_up.minor == expected,
                  "round %d: the parts do not add up", round);
    expect_lines_sum(round, &rating);
}

START_TEST(agrees_with_counting)
{
    uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("rating test", 1 << 20);
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        struct simple_price p = random_price(&seed);
        compare_one(round, &p, &seed, arena);
        arena_reset(arena);
    }
}
END_TEST

TEST_SUITE(rating)
{
    TEST_TABLE(rates, rating_cases);
    TEST_ONE(refuses);
    TEST_ONE(agrees_with_counting);
}
