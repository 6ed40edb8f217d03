/* Aggregations, whatever the order of the events. */
#include <stdio.h>
#include <string.h>

#include "core/billing/usage.h"
#include "tests/support/suite.h"

static const struct usage_value events[] = {
    {15,    1, 100, "a", "u1", NULL, NULL, NULL, NULL},
    {2,     0, 300, "c", "u2", NULL, NULL, NULL, NULL},
    {12345, 3, 300, "b", "u1", NULL, NULL, NULL, NULL},
    {-5,    1, 200, "d", NULL, NULL, NULL, NULL, NULL},
    {2000,  3, 100, "e", "",   NULL, NULL, NULL, NULL},
};

/* A weighted sum: 1.5 and 2 for the whole of it, 2 and 12.345 for half, −0.5 for three quarters. */
static const struct usage_span whole_span = {
    .start_at_us = 100, .end_at_us = 500, .share = {1, 1}
};

static const struct fold_case {
    const char *aggregation;
    int32_t scale;
    const char *quantity;
} fold_cases[] = {
    {"sum",          -1, "17.345" }, /* 1.5 + 2 + 12.345 − 0.5 + 2 */
    {"sum",          2,  "17.35"  },
    {"sum",          0,  "17"     },
    {"count",        -1, "5"      },
    {"max",          -1, "12.345" },
    {"max",          1,  "12.3"   },
    {"min",          -1, "-0.5"   },
    {"min",          0,  "-1"     },
    {"last",         -1, "2"      }, /* the later key of two at 300 */
    {"unique_count", -1, "3"      }, /* u1, u2 and the empty text */
    {"weighted_sum", -1, "10.2975"},
    {"weighted_sum", 2,  "10.3"   },
};

/* Rotations and their mirrors: every event is once the first and once the last. */
START_TEST(folds)
{
    const struct fold_case *c = &fold_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    struct error err = {0};
    enum aggregation aggregation;
    ck_assert(aggregation_parse(c->aggregation, &aggregation, &err));
    ck_assert_str_eq(aggregation_name(aggregation), c->aggregation);
    const size_t count = ARRAY_LEN(events);
    for (size_t turn = 0; turn < 2 * count; turn++) {
        struct usage_fold fold;
        struct usage_total total = {0};
        usage_fold_start(&fold, aggregation, whole_span, arena);
        for (size_t i = 0; i < count; i++) {
            size_t at = turn < count ? (turn + i) % count : (2 * count + turn - i) % count;
            ck_assert(usage_fold_add(&fold, &events[at], &err));
        }
        ck_assert(usage_fold_finish(&fold, c->scale, &total, &err));
        ck_assert_msg(strcmp(decimal_text(total.quantity).text, c->quantity) == 0,
                      "%s, turn %zu: %s", c->aggregation, turn, decimal_text(total.quantity).text);
        ck_assert_int_eq(total.event_count, (int64_t)count);
    }
}
END_TEST

/* The least that can be told apart from nothing, at every scale. */
START_TEST(one_is_not_nothing)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    static const char *const ones[] = {"1", "0.1", "0.01", "-1", "-0.001"};
    for (size_t i = 0; i < ARRAY_LEN(ones); i++) {
        struct error err = {0};
        struct usage_fold fold;
        struct usage_total total = {0};
        struct usage_value event = {.at_us = 100, .key = "k"};
        struct decimal value;
        ck_assert(decimal_parse(ones[i], &value, &err));
        ck_assert(decimal_to_stored(value, &event.value_coefficient, &event.value_scale, &err));
        usage_fold_start(&fold, AGGREGATION_SUM, whole_span, arena);
        ck_assert(usage_fold_add(&fold, &event, &err));
        ck_assert(usage_fold_finish(&fold, -1, &total, &err));
        ck_assert_msg(strcmp(decimal_text(total.quantity).text, ones[i]) == 0, "%s is %s", ones[i],
                      decimal_text(total.quantity).text);
    }
}
END_TEST

START_TEST(nothing_is_zero)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    for (enum aggregation a = AGGREGATION_SUM; a < AGGREGATION_COUNT_OF; a++) {
        struct error err = {0};
        struct usage_fold fold;
        struct usage_total total = {.event_count = 9};
        usage_fold_start(&fold, a, whole_span, arena);
        ck_assert(usage_fold_finish(&fold, -1, &total, &err));
        ck_assert_msg(decimal_sign(total.quantity) == 0 && total.event_count == 0, "%s",
                      aggregation_name(a));
    }
}
END_TEST

/* Only negative values: the greatest of them, not zero. */
START_TEST(greatest_may_be_negative)
{
    static const struct usage_value values[] = {
        {-7, 0, 1, "a", NULL, NULL, NULL, NULL, NULL},
        {-3, 0, 2, "b", NULL, NULL, NULL, NULL, NULL},
        {-4, 0, 3, "c", NULL, NULL, NULL, NULL, NULL},
    };
    struct error err = {0};
    struct usage_fold fold;
    struct usage_total total = {0};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    usage_fold_start(&fold, AGGREGATION_MAX, whole_span, arena);
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        ck_assert(usage_fold_add(&fold, &values[i], &err));
    ck_assert(usage_fold_finish(&fold, -1, &total, &err));
    ck_assert_str_eq(decimal_text(total.quantity).text, "-3");
}
END_TEST

START_TEST(sums_beyond_64_bits)
{
    const struct usage_value big = {INT64_MAX, 0, 1, "k", NULL, NULL, NULL, NULL, NULL};
    struct error err = {0};
    struct usage_fold fold;
    struct usage_total total = {0};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    usage_fold_start(&fold, AGGREGATION_SUM, whole_span, arena);
    for (int i = 0; i < 10; i++)
        ck_assert(usage_fold_add(&fold, &big, &err));
    ck_assert(usage_fold_finish(&fold, -1, &total, &err));
    ck_assert_str_eq(decimal_text(total.quantity).text, "92233720368547758070");
}
END_TEST

/* Added up before, in three parts of two scales, or one by one: the same. */
START_TEST(takes_what_was_added_up)
{
    static const struct usage_value values[] = {
        {INT64_MAX, 0, 1, "a", NULL, NULL, NULL, NULL, NULL},
        {INT64_MAX, 0, 2, "b", NULL, NULL, NULL, NULL, NULL},
        {-12,       1, 3, "c", NULL, NULL, NULL, NULL, NULL},
        {-5,        1, 4, "d", NULL, NULL, NULL, NULL, NULL},
    };
    static const struct usage_sum sums[] = {
        {(int128_t)INT64_MAX * 2, false, INT64_MAX, INT64_MAX, 0, 2},
        {-12,                     false, -12,       -12,       1, 1},
        {-5,                      false, -5,        -5,        1, 1},
    };
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    for (enum aggregation a = AGGREGATION_SUM; a < AGGREGATION_COUNT_OF; a++)
        for (size_t first = 0; first < 2; first++) { /* with and without the positive ones */
            struct error err = {0};
            struct usage_fold one, other;
            struct usage_total expected, got;
            if (usage_fold_sums(a) != USAGE_SUMS_PLAIN)
                continue;
            usage_fold_start(&one, a, whole_span, arena);
            usage_fold_start(&other, a, whole_span, arena);
            for (size_t i = 2 * first; i < ARRAY_LEN(values); i++)
                ck_assert(usage_fold_add(&one, &values[i], &err));
            for (size_t i = first; i < ARRAY_LEN(sums); i++)
                ck_assert(usage_fold_add_sum(&other, &sums[i], &err));
            ck_assert(usage_fold_finish(&one, -1, &expected, &err));
            ck_assert(usage_fold_finish(&other, -1, &got, &err));
            ck_assert_str_eq(decimal_text(got.quantity).text, decimal_text(expected.quantity).text);
            ck_assert_int_eq(got.event_count, expected.event_count);
        }
}
END_TEST

/* Storage in Berlin: instants in hours from a start, of a month of days. */
static const struct weighted_case {
    const char *name;
    int64_t hours; /* of the period */
    int64_t share_days, full_days;
    struct {
        int64_t at_hour, gigabytes;
    } events[4];
    size_t event_count;
    int32_t scale;
    const char *quantity;
} weighted_cases[] = {
    {"held for the whole month",            720, 30, 30, {{0, 20}},                     1, -1, "20"      },
    {"from the middle on",                  720, 30, 30, {{360, 20}},                   1, -1, "10"      },
    {"given back after ten days",           720, 30, 30, {{0, 30}, {240, -30}},         2, -1, "10"      },
    {"a third has no end",                  720, 30, 30, {{0, 1}, {240, -1}},           2, -1, "0.333333"},
    {"to the scale of the meter, up",       720, 30, 30, {{0, 2}, {240, -2}},           2, 1,  "0.7"     },
    {"rounded once, not for each event",    720, 30, 30, {{0, 1}, {240, -1}, {480, 1}}, 3, 0,  "1"       },
    {"the hour that summer time takes",     743, 31, 31, {{371, 743}},                  1, -1, "372"     },
    {"ten days of thirty",                  240, 10, 30, {{0, 30}},                     1, -1, "10"      },
    {"half of ten days of thirty",          240, 10, 30, {{120, 30}},                   1, -1, "5"       },
    {"in the last microsecond's hour",      720, 30, 30, {{719, 720}},                  1, -1, "1"       },
    {"more given back than was ever taken", 720, 30, 30, {{360, -2}},                   1, -1, "-1"      },
};

START_TEST(weighs_by_time)
{
    const struct weighted_case *c = &weighted_cases[_i];
    const int64_t hour_us = INT64_C(3600000000), start_at_us = INT64_C(1759269600000000);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    struct error err = {0};
    struct usage_fold fold;
    struct usage_total total = {0};
    struct usage_span span = {.start_at_us = start_at_us,
                              .end_at_us = start_at_us + c->hours * hour_us};
    ck_assert(ratio_make(c->share_days, c->full_days, &span.share, &err));
    usage_fold_start(&fold, AGGREGATION_WEIGHTED_SUM, span, arena);
    for (size_t i = c->event_count; i-- > 0;) {
        struct usage_value event = {.value_coefficient = c->events[i].gigabytes,
                                    .at_us = start_at_us + c->events[i].at_hour * hour_us};
        ck_assert(usage_fold_add(&fold, &event, &err));
    }
    ck_assert_msg(usage_fold_finish(&fold, c->scale, &total, &err), "%s: %s", c->name, err.message);
    ck_assert_msg(strcmp(decimal_text(total.quantity).text, c->quantity) == 0, "%s: %s", c->name,
                  decimal_text(total.quantity).text);
}
END_TEST

/* Weights of two to the 55 microseconds, a thousand years: it says so before it wraps. */
START_TEST(weighs_no_more_than_fits)
{
    const struct usage_span span = {
        .start_at_us = 0, .end_at_us = INT64_C(1) << 55, .share = {1, 1}
    };
    const struct usage_value big = {.value_coefficient = INT64_MAX, .key = "k"};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    struct error err = {0};
    struct usage_fold fold;
    int taken = 0;
    usage_fold_start(&fold, AGGREGATION_WEIGHTED_SUM, span, arena);
    while (taken < 2000 && usage_fold_add(&fold, &big, &err))
        taken++;
    ck_assert_int_eq(taken, 512);
    ck_assert_str_eq(err.code, "number_too_large");
}
END_TEST

START_TEST(says_what_it_takes)
{
    for (enum aggregation a = AGGREGATION_SUM; a < AGGREGATION_COUNT_OF; a++)
        ck_assert_msg((usage_fold_sums(a) == USAGE_SUMS_NONE) == usage_fold_reads_texts(a), "%s",
                      aggregation_name(a));
    ck_assert(usage_fold_sums(AGGREGATION_WEIGHTED_SUM) == USAGE_SUMS_WEIGHTED);
    ck_assert(usage_fold_sums(AGGREGATION_MIN) == USAGE_SUMS_PLAIN);
    ck_assert(usage_fold_sums(AGGREGATION_SUM) == USAGE_SUMS_PLAIN);
}
END_TEST

START_TEST(counts_many_distinct)
{
    struct error err = {0};
    struct usage_fold fold;
    struct usage_total total = {0};
    char text[32];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", (size_t)64 << 20);
    usage_fold_start(&fold, AGGREGATION_UNIQUE_COUNT, whole_span, arena);
    for (int i = 0; i < 60000; i++) {
        (void)snprintf(text, sizeof text, "user-%d", i % 20000);
        struct usage_value event = {1, 0, i, "k", text, NULL, NULL, NULL, NULL};
        ck_assert(usage_fold_add(&fold, &event, &err));
    }
    ck_assert(usage_fold_finish(&fold, -1, &total, &err));
    ck_assert_str_eq(decimal_text(total.quantity).text, "20000");
}
END_TEST

START_TEST(refuses)
{
    const struct usage_value bad = {
        1, DECIMAL_STORED_SCALE_MAX + 1, 1, "k", NULL, NULL, NULL, NULL, NULL};
    struct error err = {0};
    struct usage_fold fold;
    enum aggregation aggregation;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage test", 1 << 20);
    usage_fold_start(&fold, AGGREGATION_SUM, whole_span, arena);
    ck_assert(!usage_fold_add(&fold, &bad, &err));
    ck_assert_str_eq(err.code, "bad_decimal");
    const struct usage_sum bad_sum = {1, false, 1, 1, -1, 1};
    ck_assert(!usage_fold_add_sum(&fold, &bad_sum, &err));
    ck_assert_str_eq(err.code, "bad_decimal");
    const struct usage_sum large = {.is_too_large = true, .event_count = 1};
    ck_assert(!usage_fold_add_sum(&fold, &large, &err));
    ck_assert_str_eq(err.code, "number_too_large");
    const struct usage_sum sum = {1, false, 1, 1, 0, 1};
    usage_fold_start(&fold, AGGREGATION_LAST, whole_span, arena);
    ck_assert(!usage_fold_add_sum(&fold, &sum, &err));
    ck_assert(!aggregation_parse("average", &aggregation, &err));
    ck_assert(!aggregation_parse("", &aggregation, &err));
}
END_TEST

TEST_SUITE(usage)
{
    TEST_TABLE(folds, fold_cases);
    TEST_ONE(one_is_not_nothing);
    TEST_ONE(nothing_is_zero);
    TEST_ONE(greatest_may_be_negative);
    TEST_ONE(sums_beyond_64_bits);
    TEST_ONE(takes_what_was_added_up);
    TEST_TABLE(weighs_by_time, weighted_cases);
    TEST_ONE(weighs_no_more_than_fits);
    TEST_ONE(says_what_it_takes);
    TEST_ONE(counts_many_distinct);
    TEST_ONE(refuses);
}
