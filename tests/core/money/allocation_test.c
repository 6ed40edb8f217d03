/* Largest remainder. */
#include "core/money/allocation.h"
#include "tests/support/suite.h"

#define PARTS_MAX 8
#define SCRATCH_BYTES ((size_t)1 << 20)

static const struct currency eur = {"EUR"};
static const struct currency usd = {"USD"};

static const struct allocation_case {
    const char *name;
    int64_t total;
    size_t count;
    int64_t weights[PARTS_MAX];
    int64_t parts[PARTS_MAX];
} allocation_cases[] = {
    {"BC-174 100 in 3 loses no cent",              10000,     3, {1, 1, 1},       {3334, 3333, 3333}   },
    {"SC-111 a fee over three payouts",            1000,      3, {33, 33, 33},    {334, 333, 333}      },
    {"a negative total mirrors it",                -10000,    3, {1, 1, 1},       {-3334, -3333, -3333}},
    {"two units left go to the first two",         5,         3, {1, 1, 1},       {2, 2, 1}            },
    {"the largest remainder first, not the first", 100,       3, {1, 2, 4},       {14, 29, 57}         },
    {"ties of unequal weights go to the first",    1,         4, {1, 3, 3, 1},    {0, 1, 0, 0}         },
    {"a zero weight gets nothing",                 7,         3, {0, 1, 1},       {0, 4, 3}            },
    {"fewer units than parts",                     2,         5, {1, 1, 1, 1, 1}, {1, 1, 0, 0, 0}      },
    {"nothing to split",                           0,         2, {3, 4},          {0, 0}               },
    {"one part",                                   -17,       1, {9},             {-17}                },
    {"the largest amount",
     INT64_MAX,                                               2,
     {INT64_MAX, INT64_MAX},
     {4611686018427387904, 4611686018427387903}                                                        },
    {"the smallest amount",                        INT64_MIN, 1, {5},             {INT64_MIN}          },
};

START_TEST(allocates)
{
    const struct allocation_case *c = &allocation_cases[_i];
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("scratch", SCRATCH_BYTES);
    struct money parts[PARTS_MAX];
    struct error err = {0};
    ck_assert_msg(
        money_allocate(money_of_minor(c->total, eur), c->weights, c->count, scratch, parts, &err),
        "%s: %s", c->name, err.message);
    for (size_t i = 0; i < c->count; i++)
        ck_assert_msg(money_equal(parts[i], money_of_minor(c->parts[i], eur)), "%s: part %zu is %s",
                      c->name, i, money_text(parts[i]).text);
}
END_TEST

START_TEST(refuses_weights)
{
    static const int64_t zeros[] = {0, 0};
    static const int64_t negative[] = {2, -1};
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("scratch", SCRATCH_BYTES);
    struct money parts[2] = {
        {42, {"EUR"}},
        {42, {"EUR"}}
    };
    struct money total = money_of_minor(100, eur);
    struct error err = {0};
    ck_assert(!money_allocate(total, zeros, 2, scratch, parts, &err));
    ck_assert_str_eq(err.code, "bad_weights");
    ck_assert(!money_allocate(total, negative, 2, scratch, parts, &err));
    ck_assert(!money_allocate(total, zeros, 0, scratch, parts, &err));
    ck_assert_int_eq(parts[0].minor, 42);
}
END_TEST

/* Any weights: the parts sum to the total, each is within one unit of its exact share, and the
 * negative total gives the negated parts. */
START_TEST(sums_to_the_total)
{
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("scratch", SCRATCH_BYTES);
    struct error err = {0};
    uint64_t seed = 88172645463325252u;
    for (int32_t round = 0; round < 2000; round++) {
        int64_t weights[PARTS_MAX];
        struct money parts[PARTS_MAX];
        struct money mirrored[PARTS_MAX];
        int64_t sum = 0;
        int64_t weight_sum = 0;
        for (size_t i = 0; i < PARTS_MAX; i++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            weights[i] = (int64_t)(seed % 1000);
            weight_sum += weights[i];
        }
        int64_t total = (int64_t)(seed % 100000);
        ck_assert(
            money_allocate(money_of_minor(total, usd), weights, PARTS_MAX, scratch, parts, &err));
        ck_assert(money_allocate(money_of_minor(-total, usd), weights, PARTS_MAX, scratch, mirrored,
                                 &err));
        for (size_t i = 0; i < PARTS_MAX; i++) {
            int64_t distance = parts[i].minor * weight_sum - total * weights[i];
            sum += parts[i].minor;
            ck_assert_int_lt(distance < 0 ? -distance : distance, weight_sum);
            ck_assert_int_eq(mirrored[i].minor, -parts[i].minor);
        }
        ck_assert_int_eq(sum, total);
        arena_reset(scratch);
    }
}
END_TEST

START_TEST(allocates_by_ratios)
{
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("scratch", SCRATCH_BYTES);
    static const struct ratio weights[] = {
        {1, 3},
        {1, 2},
        {1, 6}
    };
    static const struct ratio primes[] = {
        {1, (int128_t)1 << 120},
        {1, 1000000007        },
        {1, 3                 }
    };
    struct money parts[3];
    struct error err = {0};
    ck_assert(
        money_allocate_by_ratios(money_of_minor(1001, eur), weights, 3, scratch, parts, &err));
    ck_assert_int_eq(parts[0].minor, 334);
    ck_assert_int_eq(parts[1].minor, 500);
    ck_assert_int_eq(parts[2].minor, 167);
    ck_assert(
        !money_allocate_by_ratios(money_of_minor(1001, eur), primes, 3, scratch, parts, &err));
    ck_assert_str_eq(err.code, "number_too_large");
}
END_TEST

static const struct amounts_case {
    const char *name;
    int64_t total;
    int64_t amounts[3];
    bool ok;
    int64_t parts[3];
} amounts_cases[] = {
    {"tax over line nets",                                    190, {500, 300, 200}, true,  {95, 57, 38}},
    {"a credit line takes its tax back",                      15,  {200, -100, 0},  true,  {30, -15, 0}},
    {"odd remainders of both signs",                          10,  {200, -100, 50}, true,  {14, -7, 3} },
    {"what divides evenly below zero waits for no remainder", 10,  {3, 3, -2},      true,  {8, 7, -5}  },
    {"all negative, as on a credit note",                     -10, {-1, -1, -1},    true,  {-4, -3, -3}},
    {"nothing over nothing",                                  0,   {0, 0, 0},       true,  {0, 0, 0}   },
    {"nothing over amounts that cancel out",                  0,   {5, -5, 0},      true,  {0, 0, 0}   },
    {"something over nothing",                                1,   {0, 0, 0},       false, {0}         },
    {"something over amounts that cancel out",                1,   {5, -5, 0},      false, {0}         },
};

START_TEST(allocates_by_amounts)
{
    const struct amounts_case *c = &amounts_cases[_i];
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("scratch", SCRATCH_BYTES);
    struct money amounts[3];
    struct money parts[3];
    struct error err = {0};
    for (size_t i = 0; i < 3; i++)
        amounts[i] = money_of_minor(c->amounts[i], usd);
    bool ok =
        money_allocate_by_amounts(money_of_minor(c->total, eur), amounts, 3, scratch, parts, &err);
    ck_assert_msg(ok == c->ok, "%s: %s", c->name, err.message);
    for (size_t i = 0; i < 3 && ok; i++)
        ck_assert_msg(money_equal(parts[i], money_of_minor(c->parts[i], eur)), "%s: part %zu is %s",
                      c->name, i, money_text(parts[i]).text);
    amounts[1].currency = eur;
    ck_assert(!money_allocate_by_amounts(money_of_minor(c->total, eur), amounts, 3, scratch, parts,
                                         &err));
    ck_assert_str_eq(err.code, "currency_mismatch");
}
END_TEST

TEST_SUITE(allocation)
{
    TEST_TABLE(allocates, allocation_cases);
    TEST_ONE(refuses_weights);
    TEST_ONE(sums_to_the_total);
    TEST_ONE(allocates_by_ratios);
    TEST_TABLE(allocates_by_amounts, amounts_cases);
}
