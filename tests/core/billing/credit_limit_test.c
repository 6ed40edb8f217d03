/* Draws within limits by hand, then random ones: never more than a limit, a balance or the due. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/credit_limit.h"
#include "tests/support/suite.h"

#define PARTS_MAX 4
#define LIMITS_MAX 3
#define GRANTS 2

static const struct currency euro = {"EUR"};
static const struct currency dollar = {"USD"};

static const struct month_case {
    const char *name, *end_on, *expect;
} month_cases[] = {
    {"a calendar month",            "2026-11-01", "2026-10"},
    {"its last day counts",         "2026-10-31", "2026-10"},
    {"of a period over two months", "2026-11-15", "2026-11"},
    {"of a year",                   "2027-01-01", "2026-12"},
};

START_TEST(names_the_month_of_the_last_day)
{
    const struct month_case *c = &month_cases[_i];
    char month[CREDIT_MONTH_SIZE];
    struct date end_on;
    struct error err = {0};
    ck_assert(date_parse(c->end_on, &end_on, &err));
    credit_limit_month(end_on, month);
    ck_assert_msg(strcmp(month, c->expect) == 0, "%s: %s", c->name, month);
}
END_TEST

/* Two grants, the first of higher priority; a limit is its cents and what is used of it, below zero
 * of another currency; a part is its value and the limits of its project and member, from 1. */
struct given_part {
    int64_t cents;
    size_t project, member;
};

/* clang-format off */
static const struct draw_case {
    const char *name;
    int64_t due_cents, grant_cents[GRANTS];
    int64_t overdraft_cents; /* below zero: none */
    int64_t limits[LIMITS_MAX][2];
    struct given_part parts[PARTS_MAX];
    size_t part_count;
    const char *expect; /* part:applied(grants)+overdrawn … | applied | due; R is the rest */
} draw_cases[] = {
    {"no part: as without limits", 1000, {300, 900}, -1, {{0}}, {{0}}, 0, "R:10.00(3.00 7.00) | 10.00 | 0.00"},
    {"within the limit", 1000, {2000, 0}, -1, {{500, 0}}, {{400, 0, 1}}, 1, "R:6.00(6.00) 0:4.00(4.00) | 10.00 | 0.00"},
    {"over it", 1000, {2000, 0}, -1, {{500, 0}}, {{800, 0, 1}}, 1, "R:2.00(2.00) 0:5.00(5.00) | 7.00 | 3.00"},
    {"what is used counts", 1000, {2000, 0}, -1, {{500, 450}}, {{800, 0, 1}}, 1, "R:2.00(2.00) 0:0.50(0.50) | 2.50 | 7.50"},
    {"a limit of nothing", 1000, {2000, 0}, -1, {{0, 0}}, {{1000, 0, 1}}, 1, "| 0.00 | 10.00"},
    {"what has no limit is paid first", 1000, {600, 0}, -1, {{500, 0}}, {{500, 0, 1}}, 1, "R:5.00(5.00) 0:1.00(1.00) | 6.00 | 4.00"},
    {"grants in their order over the parts", 1000, {600, 300}, -1, {{500, 0}}, {{500, 0, 1}}, 1, "R:5.00(5.00) 0:4.00(1.00 3.00) | 9.00 | 1.00"},
    {"parts in their order", 1000, {700, 0}, -1, {{500, 0}, {500, 0}}, {{500, 0, 1}, {500, 0, 2}}, 2, "0:5.00(5.00) 1:2.00(2.00) | 7.00 | 3.00"},
    {"the smaller of project and member", 1000, {2000, 0}, -1, {{500, 0}, {200, 0}}, {{1000, 1, 2}}, 1, "0:2.00(2.00) | 2.00 | 8.00"},
    {"a project for all of its members", 1000, {2000, 0}, -1, {{500, 0}, {400, 0}, {400, 0}}, {{500, 1, 2}, {500, 1, 3}}, 2, "0:4.00(4.00) 1:1.00(1.00) | 5.00 | 5.00"},
    {"a member in several projects", 1000, {2000, 0}, -1, {{300, 0}, {400, 0}, {500, 0}}, {{500, 1, 2}, {500, 3, 2}}, 2, "0:3.00(3.00) 1:1.00(1.00) | 4.00 | 6.00"},
    {"a limit of another currency", 1000, {2000, 0}, -1, {{-500, 0}}, {{400, 0, 1}}, 1, "R:6.00(6.00) | 6.00 | 4.00"},
    {"a part below zero is the rest's", 1000, {2000, 0}, -1, {{500, 0}}, {{-400, 0, 1}}, 1, "R:10.00(10.00) | 10.00 | 0.00"},
    {"more in parts than is due", 300, {2000, 0}, -1, {{500, 0}, {500, 0}}, {{400, 0, 1}, {400, 0, 2}}, 2, "0:3.00(3.00) | 3.00 | 0.00"},
    {"overdrawn within the limit", 1000, {100, 0}, 2000, {{500, 0}}, {{800, 0, 1}}, 1, "R:2.00(1.00)+1.00 0:5.00()+5.00 | 7.00 | 3.00"},
    {"and within the overdraft's", 1000, {100, 0}, 300, {{500, 0}}, {{800, 0, 1}}, 1, "R:2.00(1.00)+1.00 0:2.00()+2.00 | 4.00 | 6.00"},
    {"nothing is due", 0, {100, 0}, 300, {{500, 0}}, {{800, 0, 1}}, 1, "| 0.00 | 0.00"},
    {"or less", -100, {100, 0}, -1, {{500, 0}}, {{0}}, 0, "| 0.00 | -1.00"},
};
/* clang-format on */

static struct credit_limit limit_of(const int64_t given[2])
{
    struct currency currency = given[0] < 0 ? dollar : euro;
    return (struct credit_limit){money_of_minor(given[0] < 0 ? -given[0] : given[0], currency),
                                 money_of_minor(given[1], currency)};
}

static void print_part(struct strbuf *text, const struct credit_part_result *part,
                       size_t part_count)
{
    if (part->part == part_count)
        strbuf_addf(text, "R:%s(", money_text(part->applied).text);
    else
        strbuf_addf(text, "%zu:%s(", part->part, money_text(part->applied).text);
    for (size_t i = 0; i < part->draw_count; i++)
        strbuf_addf(text, "%s%s", i > 0 ? " " : "", money_text(part->draws[i].amount).text);
    strbuf_addf(text, ")");
    if (money_sign(part->overdraft) > 0)
        strbuf_addf(text, "+%s", money_text(part->overdraft).text);
    strbuf_addf(text, " ");
}

START_TEST(draws)
{
    const struct draw_case *c = &draw_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct credit_grant grants[GRANTS];
    struct credit_limit limits[LIMITS_MAX];
    struct credit_limit_part parts[PARTS_MAX];
    struct credit_draw_request request = {.amount_due = money_of_minor(c->due_cents, euro),
                                          .may_overdraw = c->overdraft_cents >= 0,
                                          .overdraft_limit =
                                              money_of_minor(c->overdraft_cents, euro)};
    struct credit_limit_result result;
    struct error err = {0};
    char storage[400];
    struct strbuf text;
    for (size_t i = 0; i < GRANTS; i++)
        grants[i] = (struct credit_grant){.balance = money_of_minor(c->grant_cents[i], euro),
                                          .priority = 90 - (int64_t)i,
                                          .expires_at_us = CREDIT_NEVER_EXPIRES};
    for (size_t i = 0; i < LIMITS_MAX; i++)
        limits[i] = limit_of(c->limits[i]);
    for (size_t i = 0; i < c->part_count; i++)
        parts[i] = (struct credit_limit_part){
            .value = money_of_minor(c->parts[i].cents, euro),
            .project = c->parts[i].project == 0 ? CREDIT_NO_LIMIT : c->parts[i].project - 1,
            .member = c->parts[i].member == 0 ? CREDIT_NO_LIMIT : c->parts[i].member - 1};
    ck_assert_msg(credit_limit_draw(grants, GRANTS, &request, limits, parts, c->part_count, arena,
                                    &result, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < result.part_count; i++)
        print_part(&text, &result.parts[i], c->part_count);
    strbuf_addf(&text, "| %s | ", money_text(result.credit_applied).text);
    strbuf_addf(&text, "%s", money_text(result.amount_due).text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s, want %s", c->name, text.text,
                  c->expect);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* What is applied is the sum of the parts, no limit and no balance is passed, and where credits are
 * left over nothing more could have been paid. */
static void check_random(uint32_t seed)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    uint32_t state = seed;
    struct credit_grant grants[GRANTS];
    struct credit_limit limits[LIMITS_MAX];
    struct credit_limit_part parts[PARTS_MAX];
    struct credit_limit_result result;
    struct error err = {0};
    int64_t due = next_random(&state) % 900, there = 0, sum = 0, applied = 0;
    for (size_t i = 0; i < GRANTS; i++) {
        int64_t cents = next_random(&state) % 600;
        grants[i] = (struct credit_grant){.balance = money_of_minor(cents, euro),
                                          .expires_at_us = CREDIT_NEVER_EXPIRES};
        there += cents;
    }
    for (size_t i = 0; i < LIMITS_MAX; i++) {
        int64_t limit = next_random(&state) % 400;
        limits[i] = (struct credit_limit){
            money_of_minor(limit, euro),
            money_of_minor(limit == 0 ? 0 : (int64_t)next_random(&state) % limit, euro)};
    }
    for (size_t i = 0; i < PARTS_MAX; i++) {
        size_t project = next_random(&state) % (LIMITS_MAX + 1);
        size_t member = next_random(&state) % (LIMITS_MAX + 1);
        member = member == project ? 0 : member;
        int64_t cents = (int64_t)(next_random(&state) % 300) - 50;
        cents = project == 0 && member == 0 ? 0 : cents;
        parts[i] =
            (struct credit_limit_part){.value = money_of_minor(cents, euro),
                                       .project = project == 0 ? CREDIT_NO_LIMIT : project - 1,
                                       .member = member == 0 ? CREDIT_NO_LIMIT : member - 1};
        sum += cents > 0 ? cents : 0;
    }
    due = due < sum ? sum : due;
    struct credit_draw_request request = {.amount_due = money_of_minor(due, euro)};
    ck_assert(credit_limit_draw(grants, GRANTS, &request, limits, parts, PARTS_MAX, arena, &result,
                                &err));
    for (size_t i = 0; i < LIMITS_MAX; i++)
        ck_assert(limits[i].used.minor <= limits[i].limit.minor);
    for (size_t i = 0; i < result.part_count; i++) {
        int64_t most =
            result.parts[i].part == PARTS_MAX ? due - sum : parts[result.parts[i].part].value.minor;
        ck_assert(result.parts[i].applied.minor <= most);
        applied += result.parts[i].applied.minor;
    }
    ck_assert_int_eq(result.credit_applied.minor, applied);
    ck_assert_int_eq(result.amount_due.minor, due - applied);
    ck_assert(applied <= there);
    for (size_t i = 0; i < PARTS_MAX && applied < there; i++) {
        int64_t paid = 0;
        for (size_t k = 0; k < result.part_count; k++)
            paid += result.parts[k].part == i ? result.parts[k].applied.minor : 0;
        bool is_full = parts[i].value.minor <= paid;
        for (size_t k = 0; k < LIMITS_MAX; k++)
            is_full = is_full || ((parts[i].project == k || parts[i].member == k) &&
                                  limits[k].used.minor == limits[k].limit.minor);
        ck_assert_msg(is_full, "seed %" PRIu32 ": part %zu could have had more", seed, i);
    }
}

START_TEST(holds_for_random_draws)
{
    for (uint32_t seed = 1; seed <= 5000; seed++)
        check_random(seed);
}
END_TEST

TEST_SUITE(credit_limit)
{
    TEST_TABLE(names_the_month_of_the_last_day, month_cases);
    TEST_TABLE(draws, draw_cases);
    TEST_ONE(holds_for_random_draws);
}
