/* Reading usage event by event and adding it up on the server come to the same, on both engines. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/stores/usage_window.h"
#include "tests/core/storage/storage_support.h"

#define US_PER_DAY INT64_C(86400000000)
#define START_US (20700 * US_PER_DAY + 7) /* not at midnight */
#define END_US (START_US + 10 * US_PER_DAY)
#define SUBSCRIPTIONS 60
#define METERS 2
#define WINDOWS_MAX 300

struct counted {
    struct usage_fold fold;
    int64_t sums, late, last_late_us, late_keys;
};

/* Keys are summed up: which of them came, whatever their order. */
static void take_late(void *owner, int64_t at_us, const char *key)
{
    struct counted *counted = owner;
    ck_assert_msg(at_us >= counted->last_late_us,
                  "late events come in the order of their instants");
    counted->late++;
    counted->last_late_us = at_us;
    counted->late_keys += strtoll(key + 1, NULL, 10);
}

static bool take(void *owner, const struct usage_value *event, bool late, struct error *err)
{
    struct counted *counted = owner;
    if (late && event->key == NULL)
        return error_item(err, "no_key", "a late event has no key");
    if (late)
        take_late(owner, event->at_us, event->key);
    return usage_fold_add(&counted->fold, event, err);
}

static bool take_sum(void *owner, const struct usage_sum *sum, struct error *err)
{
    struct counted *counted = owner;
    counted->sums++;
    return usage_fold_add_sum(&counted->fold, sum, err);
}

static const struct usage_window_taker taker = {take, take_sum, take_late};

/* Events of every subscription of 1 … 60 and meter, also right at the start, right before the end
 * and outside; of two scales; one of 13 came late. */
static void add_events(struct db *db, struct arena *arena)
{
    static const int64_t offsets_us[] = {-1,
                                         0,
                                         1,
                                         US_PER_DAY - 8,
                                         US_PER_DAY - 7,
                                         5 * US_PER_DAY,
                                         10 * US_PER_DAY - 1,
                                         10 * US_PER_DAY,
                                         11 * US_PER_DAY};
    int64_t number = 0;
    for (int64_t subscription = 1; subscription <= SUBSCRIPTIONS; subscription++)
        for (int64_t meter = 1; meter <= METERS; meter++)
            for (size_t i = 0; i < ARRAY_LEN(offsets_us); i++) {
                int64_t at_us = START_US + offsets_us[i];
                number++;
                storage_sql(
                    db, arena_printf(arena,
                                     "INSERT INTO usage_event (tenant_id, day,"
                                     " subscription_id, meter_id, at_us, event_key,"
                                     " value_coefficient, value_scale, by_customer, late)"
                                     " VALUES (%d, %lld, %lld, %lld, %lld, 'k%lld', %lld,"
                                     " %lld, 0, %d)",
                                     subscription == 9 ? 2 : 1, (long long)(at_us / US_PER_DAY),
                                     (long long)subscription, (long long)meter, (long long)at_us,
                                     (long long)number, (long long)(number * 7919 % 1000 - 300),
                                     (long long)(number % 2), number % 13 == 0));
            }
}

static const struct usage_span span = {
    .start_at_us = START_US, .end_at_us = END_US, .share = {1, 1}
};

struct window_case {
    const char *name;
    enum aggregation aggregation, second; /* of the one meter and of the other */
    int64_t every;                        /* of so many subscriptions one */
    int64_t own_start;                    /* each has another start */
    int64_t punctual;                     /* of the first so many subscriptions nothing came late */
    bool adds_up;                         /* the server does, where there is one */
};
static const struct window_case window_cases[] = {
    {"sums",                AGGREGATION_SUM,          AGGREGATION_SUM,          1,  0, 0,  true },
    {"greatest",            AGGREGATION_MAX,          AGGREGATION_MAX,          1,  0, 0,  true },
    {"counts",              AGGREGATION_COUNT,        AGGREGATION_COUNT,        1,  0, 0,  true },
    {"gaps are passed",     AGGREGATION_SUM,          AGGREGATION_MAX,          7,  0, 0,  true },
    {"far apart: read",     AGGREGATION_SUM,          AGGREGATION_SUM,          20, 0, 0,  false},
    {"own instants: read",  AGGREGATION_SUM,          AGGREGATION_COUNT,        1,  1, 0,  false},
    {"the last",            AGGREGATION_LAST,         AGGREGATION_LAST,         1,  0, 0,  false},
    {"distinct",            AGGREGATION_UNIQUE_COUNT, AGGREGATION_UNIQUE_COUNT, 1,  0, 0,  false},
    {"the least",           AGGREGATION_MIN,          AGGREGATION_MIN,          1,  0, 0,  true },
    {"weights",             AGGREGATION_WEIGHTED_SUM, AGGREGATION_WEIGHTED_SUM, 1,  0, 0,  true },
    {"weights beside sums", AGGREGATION_WEIGHTED_SUM, AGGREGATION_SUM,          1,  0, 0,  true },
    {"sums beside texts",   AGGREGATION_SUM,          AGGREGATION_LAST,         1,  0, 0,  true },
    {"read beside texts",   AGGREGATION_UNIQUE_COUNT, AGGREGATION_SUM,          20, 0, 0,  false},
    {"late in a part",      AGGREGATION_SUM,          AGGREGATION_SUM,          1,  0, 43, true },
};

/* Each window twice, as of two prices of one meter; with all texts they are read in the plainest
 * way. */
static size_t make_windows(const struct window_case *c, bool all_texts,
                           struct usage_window *windows, struct counted *counted,
                           struct arena *arena)
{
    size_t count = 0;
    for (int64_t subscription = 1; subscription <= SUBSCRIPTIONS; subscription += c->every)
        for (int64_t meter = 1; meter <= METERS; meter++)
            for (int twice = 0; twice < 2; twice++, count++) {
                ck_assert_uint_lt(count, WINDOWS_MAX);
                counted[count] = (struct counted){0};
                enum aggregation aggregation = meter == 1 ? c->aggregation : c->second;
                usage_fold_start(&counted[count].fold, aggregation, span, arena);
                windows[count] = (struct usage_window){
                    .subscription_id = subscription,
                    .meter_id = meter,
                    .start_at_us = START_US + c->own_start * subscription,
                    .end_at_us = END_US,
                    .owner = &counted[count],
                    .needs_texts = all_texts || usage_fold_reads_texts(aggregation),
                    .sums = usage_fold_sums(aggregation),
                };
            }
    return count;
}

START_TEST(comes_to_the_same)
{
    const struct window_case *c = &window_cases[_i];
    struct error err = {0};
    static struct usage_window windows[WINDOWS_MAX];
    static struct counted read[WINDOWS_MAX], added[WINDOWS_MAX];
    int64_t sums = 0, late = 0, events = 0;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage windows", (size_t)16 << 20);
    CLEANUP(db_close)
    struct db *db = storage_migrated(storage_path(storage_directory(), "usage.db"));
    add_events(db, arena);
    storage_sql(db,
                arena_printf(arena, "UPDATE usage_event SET late = 0 WHERE subscription_id <= %lld",
                             (long long)c->punctual));
    size_t count = make_windows(c, true, windows, read, arena);
    STORAGE_OK(usage_windows_read(db, 1, windows, count, arena, &taker, &err));
    ck_assert_uint_eq(make_windows(c, false, windows, added, arena), count);
    STORAGE_OK(usage_windows_add_up(db, 1, windows, count, arena, &taker, &err));
    for (size_t i = 0; i < count; i++) {
        struct usage_total expected, got;
        STORAGE_OK(usage_fold_finish(&read[i].fold, -1, &expected, &err));
        STORAGE_OK(usage_fold_finish(&added[i].fold, -1, &got, &err));
        ck_assert_msg(decimal_compare(got.quantity, expected.quantity) == 0 &&
                          got.event_count == expected.event_count,
                      "%s: window %zu: %s of %" PRId64 " events instead of %s of %" PRId64, c->name,
                      i, decimal_text(got.quantity).text, got.event_count,
                      decimal_text(expected.quantity).text, expected.event_count);
        ck_assert_msg(added[i].late == read[i].late && added[i].late_keys == read[i].late_keys &&
                          added[i].last_late_us == read[i].last_late_us,
                      "%s: window %zu: late events", c->name, i);
        sums += added[i].sums;
        late += added[i].late;
        events += got.event_count;
    }
    ck_assert_msg((sums > 0) == (c->adds_up && db_is_remote(db)), "%s: %" PRId64 " sums", c->name,
                  sums);
    ck_assert_msg(late > 0 && events > late, "%s: late ones are among them", c->name);
}
END_TEST

/* More events at one instant than a page has, and some before and behind: each is taken once. */
static void add_crowd(struct db *db, int64_t at_us, int64_t count, int64_t late_every,
                      struct arena *arena)
{
    storage_sql(db, arena_printf(
                        arena,
                        "INSERT INTO usage_event (tenant_id, day, subscription_id, meter_id, at_us,"
                        " event_key, value_coefficient, value_scale, by_customer, late)"
                        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                        " WHERE i < %lld) SELECT 1, %lld, 1, 1, %lld, 'k' || i, i, 0, 0,"
                        " CASE i %% %lld WHEN 0 THEN 1 ELSE 0 END FROM n",
                        (long long)count, (long long)(at_us / US_PER_DAY), (long long)at_us,
                        (long long)late_every));
}

static const struct crowd_case {
    const char *name;
    enum aggregation aggregation;
    int64_t before, at_once, behind;
} crowd_cases[] = {
    {"numbers",                    AGGREGATION_SUM,          0,   40000, 0    },
    {"texts",                      AGGREGATION_UNIQUE_COUNT, 0,   40000, 0    },
    {"others before and behind",   AGGREGATION_LAST,         700, 40000, 17000},
    {"a page ends with the crowd", AGGREGATION_COUNT,        384, 16000, 100  },
    {"a page and no more",         AGGREGATION_LAST,         0,   16384, 0    },
};

START_TEST(reads_a_crowd_once)
{
    const struct crowd_case *c = &crowd_cases[_i];
    struct error err = {0};
    struct counted counted = {0};
    struct usage_total total;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("usage windows", (size_t)64 << 20);
    CLEANUP(db_close)
    struct db *db = storage_migrated(storage_path(storage_directory(), "crowd.db"));
    if (c->before > 0)
        add_crowd(db, START_US + 1, c->before, 7, arena);
    add_crowd(db, START_US + 2, c->at_once, 7, arena);
    if (c->behind > 0)
        add_crowd(db, START_US + 3, c->behind, 7, arena);
    usage_fold_start(&counted.fold, c->aggregation, span, arena);
    struct usage_window window = {
        .subscription_id = 1,
        .meter_id = 1,
        .start_at_us = START_US,
        .end_at_us = END_US,
        .owner = &counted,
        .needs_texts = usage_fold_reads_texts(c->aggregation),
    };
    STORAGE_OK(usage_windows_read(db, 1, &window, 1, arena, &taker, &err));
    STORAGE_OK(usage_fold_finish(&counted.fold, -1, &total, &err));
    ck_assert_msg(total.event_count == c->before + c->at_once + c->behind, "%s: %" PRId64 " events",
                  c->name, total.event_count);
    ck_assert_msg(counted.late == c->before / 7 + c->at_once / 7 + c->behind / 7,
                  "%s: %" PRId64 " late ones", c->name, counted.late);
}
END_TEST

static void add_tests(TCase *tcase)
{
    TEST_TABLE(reads_a_crowd_once, crowd_cases);
    TEST_TABLE(comes_to_the_same, window_cases);
}

TEST_SUITE(usage_window)
{
    add_tests(tcase);
}

TEST_SUITE(usage_window_on_postgres)
{
    if (storage_postgres_tests(tcase))
        add_tests(tcase);
}
