/* Searching and keeping once, in arrays of some struct. */
#include "core/base/array.h"
#include "tests/support/suite.h"

struct item {
    char name;
    int64_t id;
};

static const struct item items[] = {
    {'a', -5       },
    {'b', 2        },
    {'c', 2        },
    {'d', 2        },
    {'e', 9        },
    {'f', INT64_MAX},
};

static const struct search_case {
    int64_t id;
    size_t count, first;
} search_cases[] = {
    {INT64_MIN, 6, 0},
    {-5,        6, 0},
    {-4,        6, 1},
    {2,         6, 1},
    {3,         6, 4},
    {9,         6, 4},
    {10,        6, 5},
    {INT64_MAX, 6, 5},
    {9,         4, 4},
    {2,         0, 0},
};

START_TEST(finds_the_first)
{
    const struct search_case *c = &search_cases[_i];
    ck_assert_uint_eq(
        array_first_of(items, c->count, sizeof *items, offsetof(struct item, id), c->id), c->first);
}
END_TEST

static int compare_ids(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    return left->id < right->id ? -1 : left->id > right->id;
}

START_TEST(finds_the_first_as_compared)
{
    const struct search_case *c = &search_cases[_i];
    const struct item key = {.id = c->id};
    ck_assert_uint_eq(array_lower_bound(items, c->count, sizeof *items, &key, compare_ids),
                      c->first);
}
END_TEST

static const struct once_case {
    size_t count;
    int64_t ids[6];
    size_t kept;
    int64_t expect[6];
} once_cases[] = {
    {0, {0},                0, {0}         },
    {1, {7},                1, {7}         },
    {3, {7, 7, 7},          1, {7}         },
    {6, {3, 1, 3, 2, 1, 9}, 4, {1, 2, 3, 9}},
    {4, {4, 3, 2, 1},       4, {1, 2, 3, 4}},
};

START_TEST(keeps_each_once)
{
    const struct once_case *c = &once_cases[_i];
    struct item own[6] = {{0}};
    for (size_t i = 0; i < c->count; i++)
        own[i].id = c->ids[i];
    ck_assert_uint_eq(array_sort_once(own, c->count, sizeof *own, compare_ids), c->kept);
    for (size_t i = 0; i < c->kept; i++)
        ck_assert_int_eq(own[i].id, c->expect[i]);
}
END_TEST

TEST_SUITE(array)
{
    TEST_TABLE(finds_the_first, search_cases);
    TEST_TABLE(finds_the_first_as_compared, search_cases);
    TEST_TABLE(keeps_each_once, once_cases);
}
