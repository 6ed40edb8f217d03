/* Business keys and ranges of keys: tables. */
#include <string.h>

#include "tests/core/engine/engine_support.h"

static const struct key_case {
    const char *text;
    enum job_key key;
    const char *expect; /* the business date; NULL: refused */
} key_cases[] = {
    {"2026-10",    JOB_KEY_PERIOD, "2026-10-31"},
    {"2024-02",    JOB_KEY_PERIOD, "2024-02-29"},
    {"2026-02",    JOB_KEY_PERIOD, "2026-02-28"},
    {"2026-12",    JOB_KEY_PERIOD, "2026-12-31"},
    {"2026-13",    JOB_KEY_PERIOD, NULL        },
    {"2026-00",    JOB_KEY_PERIOD, NULL        },
    {"2026-1",     JOB_KEY_PERIOD, NULL        },
    {"26-10",      JOB_KEY_PERIOD, NULL        },
    {"2026-10-31", JOB_KEY_PERIOD, NULL        },
    {"2026/10",    JOB_KEY_PERIOD, NULL        },
    {"",           JOB_KEY_PERIOD, NULL        },
    {" 2026-1",    JOB_KEY_PERIOD, NULL        },
    {"2026-10 ",   JOB_KEY_PERIOD, NULL        },
    {"2026-10-31", JOB_KEY_DATE,   "2026-10-31"},
    {"2026-02-29", JOB_KEY_DATE,   NULL        },
    {"2026-10",    JOB_KEY_DATE,   NULL        },
    {"today",      JOB_KEY_DATE,   NULL        },
    {"2026-10-31", JOB_KEY_NONE,   "2026-10-31"},
};

START_TEST(reads_business_keys)
{
    const struct key_case *c = &key_cases[_i];
    struct date date = DATE_NONE;
    struct error err = {0};
    bool ok = business_key_parse(c->key, c->text, &date, &err);
    ck_assert_msg(ok == (c->expect != NULL), "'%s': %s", c->text, err.message);
    if (ok) {
        struct date_text text = date_text(date);
        ck_assert_msg(strcmp(text.text, c->expect) == 0, "'%s': %s", c->text, text.text);
    } else {
        ck_assert_msg(err.exit_code == EXIT_USAGE && err.hint[0] != '\0', "'%s': a hint", c->text);
    }
}
END_TEST

static const struct range_case {
    const char *name;
    int64_t min_key, max_key, items;
    int32_t partitions, chunk_size;
    bool shared;
    const char *expect; /* "lo-hi:items" */
} range_cases[] = {
    {"one range",                      1,         10,              7,  1,  3,  true,  "0-10:7"                     },
    {"three of like width",            1,         9,               9,  3,  3,  true,  "0-3:3 3-6:3 6-9:3"          },
    {"a rest",                         1,         10,              10, 3,  3,  true,  "0-3:3 3-6:3 6-10:4"         },
    {"fewer keys than ranges",         5,         6,               2,  9,  3,  true,  "4-5:1 5-6:1"                },
    {"one key",                        5,         5,               1,  4,  3,  true,  "4-5:1"                      },
    {"keys do not begin at one",       20001,     20010,           4,  2,  3,  true,  "20000-20005:2 20005-20010:2"},
    {"items are fewer than the width", 1,         100,             1,  2,  3,  true,  "0-50:0 50-100:1"            },
    {"large keys",                     1LL << 40, (1LL << 40) + 1, 2,  2,  3,  true,
     "1099511627775-1099511627776:1 1099511627776-1099511627777:1"                                                 },
    {"by size: a chunk each",          1,         100,             30, -1, 10, true,  "0-33:10 33-66:10 66-100:10" },
    {"by size: less than a chunk",     1,         100,             9,  -1, 10, true,  "0-100:9"                    },
    {"by size: nobody shares them",    1,         100,             30, -1, 10, false, "0-100:30"                   },
};

START_TEST(splits_ranges)
{
    const struct range_case *c = &range_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct job_plan plan = {.arena = arena,
                            .partitions = c->partitions,
                            .chunk_size = c->chunk_size,
                            .shared = c->shared};
    const char *got = "";
    job_plan_add_numbers(&plan, 1, c->min_key, c->max_key, c->items);
    for (size_t i = 0; i < plan.ranges.count; i++)
        got = arena_printf(arena, "%s%s%s-%s:%" PRId64, got, i == 0 ? "" : " ",
                           plan.ranges.items[i].lo_key, plan.ranges.items[i].hi_key,
                           plan.ranges.items[i].items);
    ck_assert_msg(strcmp(got, c->expect) == 0, "%s: %s", c->name, got);
}
END_TEST

START_TEST(splits_large_work_so_often)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct job_plan plan = {.arena = arena, .partitions = -1, .chunk_size = 500, .shared = true};
    job_plan_add_numbers(&plan, 1, 1, 1000000, 1000000);
    ck_assert_uint_eq(plan.ranges.count, 64);
    ck_assert_str_eq(plan.ranges.items[63].hi_key, "1000000");
}
END_TEST

/* An owner's name comes never twice, though host, boot and process are the same. */
START_TEST(names_every_worker_anew)
{
    struct engine first = {0};
    struct engine second = {0};
    engine_identify(&first);
    engine_identify(&second);
    ck_assert_str_ne(first.owner, second.owner);
    ck_assert_int_eq(first.pid, second.pid);
    ck_assert_str_eq(first.boot_id, second.boot_id);
    ck_assert_str_ne(first.host, "");
}
END_TEST

/* A partition is claimed by its epoch: who has seen an older one gets nothing, and cannot give back
 * or finish what is another's. */
START_TEST(claims_by_epoch)
{
    struct bench *bench = bench_create();
    struct partition partition = {0};
    struct partition again = {0};
    struct error err = {0};
    bool found = false;
    bool ours = true;
    bench_items(bench, 6);
    bench_mode(bench, 1, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    int64_t instance_id = bench->result.instance.instance_id;
    STORAGE_OK(partition_claim(&bench->engine, instance_id, 1, 60, bench->arena, &partition, &found,
                               &err));
    ck_assert(found);
    ck_assert_int_eq(partition.epoch, 2);
    struct engine other = bench->engine;
    engine_identify(&other);
    STORAGE_OK(partition_claim(&other, instance_id, 1, 60, bench->arena, &again, &found, &err));
    ck_assert(found); /* the sole writer of a file need not wait for a lease of the dead */
    ck_assert_int_eq(again.epoch, 3);
    STORAGE_OK(partition_done(&bench->engine, &partition, &ours, &err));
    ck_assert(!ours);
    STORAGE_OK(partition_release(&bench->engine, &partition, &err));
    BENCH_TEXT(bench, "SELECT state, epoch FROM job_partition", "running|3");
    STORAGE_OK(partition_release(&other, &again, &err));
    BENCH_TEXT(bench, "SELECT state, epoch FROM job_partition", "ready|3");
    bench_destroy(bench);
}
END_TEST

TEST_SUITE(engine_plan)
{
    TEST_TABLE(reads_business_keys, key_cases);
    TEST_TABLE(splits_ranges, range_cases);
    TEST_ONE(splits_large_work_so_often);
    TEST_ONE(names_every_worker_anew);
    TEST_ONE(claims_by_epoch);
}
