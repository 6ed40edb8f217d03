/* config/tax as shipped: the manifest tells the truth about its files, no two rates of one place
 * hold on one day, and days of real changes find the rate of that day. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "core/base/array.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/billing/tax.h"
#include "core/billing/tax_area.h"
#include "tests/support/suite.h"

#define FOLDER "config/tax/"
#define ARENA_BYTES ((size_t)4 << 20)

struct rate_array ARRAY_OF(struct tax_rate);

static struct date day_of(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static const char *text_at(struct arena *arena, const json_t *object, const char *name)
{
    return arena_copy(arena, json_string_value(json_object_get(object, name)));
}

static char *read_whole(struct arena *arena, const char *name, size_t *ret_size)
{
    char *bytes = arena_alloc(arena, ARENA_BYTES / 4);
    FILE *file = fopen(arena_printf(arena, FOLDER "%s", name), "re");
    ck_assert_msg(file != NULL, "%s", name);
    *ret_size = fread(bytes, 1, ARENA_BYTES / 4, file);
    ck_assert_msg(feof(file) != 0, "%s is too large for the test", name);
    (void)fclose(file);
    return bytes;
}

static void add_rate(struct arena *arena, struct rate_array *rates, const char *line, size_t length)
{
    json_error_t problem;
    struct error err = {0};
    json_t *row = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    ck_assert_msg(row != NULL, "%s", problem.text);
    const char *region = text_at(arena, row, "region");
    struct tax_rate rate = {
        .of_every_tenant = text_equal(text_at(arena, row, "tenant"), "*"),
        .country = text_at(arena, row, "country"),
        .region = region == NULL ? "" : region,
        .category = text_at(arena, row, "category"),
        .valid_from = day_of(text_at(arena, row, "valid_from")),
        .valid_to = day_of(text_at(arena, row, "valid_to")),
        .name = text_at(arena, row, "name"),
    };
    ck_assert(rate.of_every_tenant);
    ck_assert(decimal_parse(text_at(arena, row, "rate_percent"), &rate.rate_percent, &err));
    ARRAY_ADD(arena, rates) = rate;
    json_decref(row);
}

/* Adds the rates of a file; returns its newest valid_from. */
static const char *load_file(struct arena *arena, const char *name, struct rate_array *rates,
                             char ret_digest[SHA256_HEX_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    size_t size = 0;
    size_t first = rates->count;
    char *bytes = read_whole(arena, name, &size);
    struct date newest = {DATE_DAYS_MIN};
    for (size_t begin = 0; begin < size;) {
        size_t length = (size_t)((char *)memchr(bytes + begin, '\n', size - begin) - bytes) - begin;
        add_rate(arena, rates, bytes + begin, length);
        begin += length + 1;
    }
    for (size_t i = first; i < rates->count; i++)
        newest = date_max(newest, rates->items[i].valid_from);
    sha256_of(bytes, size, digest);
    sha256_hex(digest, ret_digest);
    return arena_copy(arena, date_text(newest).text);
}

static void load_all(struct arena *arena, struct rate_array *rates)
{
    char digest[SHA256_HEX_SIZE];
    (void)load_file(arena, "eu.jsonl", rates, digest);
    (void)load_file(arena, "world.jsonl", rates, digest);
    (void)load_file(arena, "single_source.jsonl", rates, digest);
}

START_TEST(manifest_is_true)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax data test", ARENA_BYTES);
    json_error_t problem;
    json_t *manifest = json_load_file(FOLDER "manifest.json", JSON_REJECT_DUPLICATES, &problem);
    ck_assert_msg(manifest != NULL, "%s", problem.text);
    const json_t *files = json_object_get(manifest, "files");
    ck_assert_uint_eq(json_array_size(files), 3);
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        const char *name = text_at(arena, file, "file");
        struct rate_array rates = {0};
        char digest[SHA256_HEX_SIZE];
        const char *newest = load_file(arena, name, &rates, digest);
        ck_assert_msg(text_equal(digest, text_at(arena, file, "sha256")), "%s: %s", name, digest);
        ck_assert_msg(text_equal(newest, text_at(arena, file, "newest_valid_from")), "%s", name);
        ck_assert_int_eq((int64_t)rates.count, json_integer_value(json_object_get(file, "rates")));
    }
    json_decref(manifest);
}
END_TEST

static bool same_place(const struct tax_rate *a, const struct tax_rate *b)
{
    return text_equal(a->country, b->country) && text_equal(a->region, b->region) &&
           text_equal(a->category, b->category);
}

static bool overlap(const struct tax_rate *a, const struct tax_rate *b)
{
    bool a_ends_first = !date_is_none(a->valid_to) && date_compare(a->valid_to, b->valid_from) <= 0;
    bool b_ends_first = !date_is_none(b->valid_to) && date_compare(b->valid_to, a->valid_from) <= 0;
    return !a_ends_first && !b_ends_first;
}

START_TEST(rates_of_a_place_do_not_overlap)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax data test", ARENA_BYTES);
    struct rate_array rates = {0};
    load_all(arena, &rates);
    ck_assert_uint_gt(rates.count, 200);
    for (size_t i = 0; i < rates.count; i++)
        for (size_t j = i + 1; j < rates.count; j++) {
            const struct tax_rate *a = &rates.items[i];
            const struct tax_rate *b = &rates.items[j];
            ck_assert_msg(!same_place(a, b) || !overlap(a, b), "%s %s %s: %s and %s", a->country,
                          a->region, a->category, date_text(a->valid_from).text,
                          date_text(b->valid_from).text);
        }
}
END_TEST

static const struct day_case {
    const char *country, *region, *on, *rate_percent; /* NULL: none is known */
} day_cases[] = {
    {"DE", NULL,  "2020-06-30", "19"  },
    {"DE", NULL,  "2020-07-01", "16"  },
    {"DE", NULL,  "2020-12-31", "16"  },
    {"DE", NULL,  "2021-01-01", "19"  },
    {"IE", NULL,  "2020-09-01", "21"  },
    {"IE", NULL,  "2021-03-01", "23"  },
    {"LU", NULL,  "2023-12-31", "16"  },
    {"LU", NULL,  "2024-01-01", "17"  },
    {"EE", NULL,  "2025-06-30", "22"  },
    {"EE", NULL,  "2025-07-01", "24"  },
    {"RO", NULL,  "2025-07-31", "19"  },
    {"RO", NULL,  "2025-08-01", "21"  },
    {"FI", NULL,  "2024-09-01", "25.5"},
    {"SK", NULL,  "2025-01-01", "23"  },
    {"GR", NULL,  "2016-05-31", "23"  },
    {"HR", NULL,  "2022-12-31", "25"  },
    {"FR", "971", "2026-10-31", "8.5" },
    {"FR", "75",  "2026-10-31", "20"  },
    {"ES", "CN",  "2026-10-31", "0"   },
    {"PT", "30",  "2026-10-31", "22"  },
    {"CH", NULL,  "2023-12-31", "7.7" },
    {"CH", NULL,  "2024-01-01", "8.1" },
    {"JP", NULL,  "2019-10-01", "10"  },
    {"GB", NULL,  "2026-10-31", "20"  },
    {"CA", "NS",  "2026-10-31", "14"  },
    {"US", NULL,  "2026-10-31", NULL  },
    {"ZA", NULL,  "2026-10-31", NULL  },
};

START_TEST(finds_the_rate_of_a_day)
{
    const struct day_case *c = &day_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax data test", ARENA_BYTES);
    struct rate_array rates = {0};
    load_all(arena, &rates);
    struct tax_query query = {
        .buyer_country = c->country,
        .buyer_region = c->region,
        .category = "standard",
        .tax_point = day_of(c->on),
    };
    const struct tax_rate *rate = tax_rate_find(rates.items, rates.count, &query);
    ck_assert_msg((rate == NULL) == (c->rate_percent == NULL), "%s on %s", c->country, c->on);
    if (rate != NULL)
        ck_assert_msg(text_equal(decimal_text(rate->rate_percent).text, c->rate_percent),
                      "%s on %s: %s", c->country, c->on, decimal_text(rate->rate_percent).text);
}
END_TEST

/* Every member state has a standard rate on every day from 2015 on. */
START_TEST(covers_the_union)
{
    static const char members[] =
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tax data test", ARENA_BYTES);
    struct rate_array rates = {0};
    load_all(arena, &rates);
    for (size_t i = 0; i < sizeof members; i += 3) {
        const char *country = arena_copy_n(arena, members + i, 2);
        struct tax_query query = {.buyer_country = country, .category = "standard"};
        for (query.tax_point = day_of("2015-01-01"); query.tax_point.days < 22000;
             query.tax_point.days++)
            ck_assert_msg(tax_rate_find(rates.items, rates.count, &query) != NULL, "%s on %s",
                          country, date_text(query.tax_point).text);
        ck_assert_str_eq(tax_area_state(country, query.tax_point), country);
    }
}
END_TEST

TEST_SUITE(tax_data)
{
    TEST_ONE(manifest_is_true);
    TEST_ONE(rates_of_a_place_do_not_overlap);
    TEST_TABLE(finds_the_rate_of_a_day, day_cases);
    TEST_ONE(covers_the_union);
}
