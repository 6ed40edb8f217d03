/* Draws by hand, then random ones: never more than a balance, the amount due or a limit. */
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/credit.h"
#include "tests/support/suite.h"

#define GRANTS_MAX 6

static const struct currency euro = {"EUR"};

/* Days stand for instants; 0 is no expiry. The draw is on day 10. */
struct given_grant {
    int64_t cents, priority, effective_day, expiry_day;
};

/* clang-format off */
static const struct draw_case {
    const char *name;
    int64_t due_cents;
    struct given_grant grants[GRANTS_MAX];
    size_t grant_count;
    int64_t limit_cents; /* below zero: none */
    int64_t overdraft_cents; /* below zero: none */
    const char *expect; /* draws in their order as grant:amount | overdraft | applied | due */
} draw_cases[] = {
    {"nothing to draw from", 1000, {{0}}, 0, -1, -1, "| 0.00 | 0.00 | 10.00"},
    {"less than is there", 1000, {{2500, 50, 0, 0}}, 1, -1, -1, "0:10.00 | 0.00 | 10.00 | 0.00"},
    {"all that is there", 1000, {{300, 50, 0, 0}}, 1, -1, -1, "0:3.00 | 0.00 | 3.00 | 7.00"},
    {"the higher priority first", 800, {{1000, 50, 0, 0}, {500, 90, 0, 0}}, 2, -1, -1, "1:5.00 0:3.00 | 0.00 | 8.00 | 0.00"},
    {"then the earlier expiry, none last", 900, {{300, 50, 0, 0}, {300, 50, 0, 30}, {300, 50, 0, 20}}, 3, -1, -1, "2:3.00 1:3.00 0:3.00 | 0.00 | 9.00 | 0.00"},
    {"then the oldest", 500, {{300, 50, 0, 20}, {300, 50, 0, 20}}, 2, -1, -1, "0:3.00 1:2.00 | 0.00 | 5.00 | 0.00"},
    {"expired is gone at its instant", 500, {{300, 50, 0, 10}, {300, 50, 0, 11}}, 2, -1, -1, "1:3.00 | 0.00 | 3.00 | 2.00"},
    {"effective from its instant on", 500, {{300, 50, 11, 0}, {300, 50, 10, 0}}, 2, -1, -1, "1:3.00 | 0.00 | 3.00 | 2.00"},
    {"an empty grant is no draw", 500, {{0, 90, 0, 0}, {300, 50, 0, 0}}, 2, -1, -1, "1:3.00 | 0.00 | 3.00 | 2.00"},
    {"a negative amount draws nothing", -500, {{300, 50, 0, 0}}, 1, -1, -1, "| 0.00 | 0.00 | -5.00"},
    {"the limit of a member", 500, {{300, 50, 0, 0}, {300, 50, 0, 0}}, 2, 400, -1, "0:3.00 1:1.00 | 0.00 | 4.00 | 1.00"},
    {"a limit that is used up", 500, {{300, 50, 0, 0}}, 1, 0, 1000, "| 0.00 | 0.00 | 5.00"},
    {"overdraft after the balances", 500, {{300, 50, 0, 0}}, 1, -1, 1000, "0:3.00 | 2.00 | 5.00 | 0.00"},
    {"overdraft within its limit", 500, {{300, 50, 0, 0}}, 1, -1, 150, "0:3.00 | 1.50 | 4.50 | 0.50"},
    {"overdraft within the limit of a member", 500, {{300, 50, 0, 0}}, 1, 350, 1000, "0:3.00 | 0.50 | 3.50 | 1.50"},
};
/* clang-format on */

static size_t load_grants(const struct given_grant *given, size_t count,
                          struct credit_grant *grants)
{
    for (size_t i = 0; i < count; i++)
        grants[i] = (struct credit_grant){
            .balance = money_of_minor(given[i].cents, euro),
            .priority = given[i].priority,
            .effective_at_us = given[i].effective_day,
            .expires_at_us = given[i].expiry_day == 0 ? CREDIT_NEVER_EXPIRES : given[i].expiry_day,
        };
    return count;
}

static struct credit_draw_request request_of(int64_t due_cents, int64_t limit_cents,
                                             int64_t overdraft_cents)
{
    return (struct credit_draw_request){
        .amount_due = money_of_minor(due_cents, euro),
        .at_us = 10,
        .has_limit = limit_cents >= 0,
        .limit = money_of_minor(limit_cents, euro),
        .may_overdraw = overdraft_cents >= 0,
        .overdraft_limit = money_of_minor(overdraft_cents, euro),
    };
}

START_TEST(draws)
{
    const struct draw_case *c = &draw_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit test", 1 << 20);
    struct credit_grant grants[GRANTS_MAX];
    struct credit_draw_request request =
        request_of(c->due_cents, c->limit_cents, c->overdraft_cents);
    struct credit_result result = {0};
    struct error err = {0};
    char storage[200];
    struct strbuf text;
    size_t count = load_grants(c->grants, c->grant_count, grants);
    ck_assert_msg(credit_draw(grants, count, &request, arena, &result, &err), "%s: %s", c->name,
                  err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < result.draw_count; i++)
        strbuf_addf(&text, "%zu:%s ", result.draws[i].grant,
                    money_text(result.draws[i].amount).text);
    strbuf_addf(&text, "| %s | %s | %s", money_text(result.overdraft).text,
                money_text(result.credit_applied).text, money_text(result.amount_due).text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

static const struct refusal_case {
    const char *name;
    int64_t grant_cents, limit_cents, overdraft_cents;
    const char *currency, *code;
} refusals[] = {
    {"a balance below zero",    -1,  100, 100, "EUR", "bad_credit"       },
    {"a limit below zero",      100, -1,  100, "EUR", "bad_credit"       },
    {"an overdraft below zero", 100, 100, -1,  "EUR", "bad_credit"       },
    {"another currency",        100, 100, 100, "USD", "currency_mismatch"},
};

START_TEST(refuses)
{
    const struct refusal_case *c = &refusals[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit test", 1 << 20);
    struct credit_grant grant = {.expires_at_us = CREDIT_NEVER_EXPIRES};
    struct credit_draw_request request = request_of(500, c->limit_cents, c->overdraft_cents);
    struct credit_result result = {0};
    struct error err = {0};
    request.has_limit = true;
    request.may_overdraw = true;
    ck_assert(currency_parse(c->currency, &grant.balance.currency, &err));
    grant.balance = money_of_minor(c->grant_cents, grant.balance.currency);
    ck_assert_msg(!credit_draw(&grant, 1, &request, arena, &result, &err), "%s", c->name);
    ck_assert_msg(strcmp(err.code, c->code) == 0, "%s: %s", c->name, err.message);
}
END_TEST

/* ---------------------------------------------------------------- paying back */

#define DEBTS_MAX 3

/* clang-format off */
static const struct repay_case {
    const char *name;
    struct given_grant grants[GRANTS_MAX];
    size_t grant_count;
    struct { int64_t cents, day; } debts[DEBTS_MAX];
    size_t debt_count;
    int64_t until_day;
    const char *expect; /* debt<grant:amount@day … */
} repay_cases[] = {
    {"nothing is owed", {{300, 50, 1, 0}}, 1, {{0}}, 0, 10, ""},
    {"nothing to pay with", {{0}}, 0, {{500, 5}}, 1, 10, ""},
    {"as soon as the grant is there", {{300, 50, 7, 0}}, 1, {{500, 5}}, 1, 10, "0<0:3.00@7 "},
    {"as soon as the debt is there", {{300, 50, 2, 0}}, 1, {{200, 5}}, 1, 10, "0<0:2.00@5 "},
    {"not before the run's day", {{300, 50, 11, 0}, {300, 50, 10, 0}}, 2, {{500, 5}}, 1, 10, "0<1:3.00@10 "},
    {"the oldest debt first", {{600, 50, 7, 0}}, 1, {{500, 5}, {300, 6}}, 2, 10, "0<0:5.00@7 1<0:1.00@7 "},
    {"by the grant that was there first", {{300, 90, 8, 0}, {300, 50, 7, 0}}, 2, {{500, 5}}, 1, 10, "0<1:3.00@7 0<0:2.00@8 "},
    {"of two, by the one of the higher priority", {{300, 50, 7, 0}, {300, 90, 7, 0}}, 2, {{400, 5}}, 1, 10, "0<1:3.00@7 0<0:1.00@7 "},
    {"then by the one that ends earlier", {{300, 50, 1, 0}, {300, 50, 2, 9}}, 2, {{400, 5}}, 1, 10, "0<1:3.00@5 0<0:1.00@5 "},
    {"before it ended, though it has by now", {{300, 50, 6, 8}}, 1, {{400, 5}}, 1, 10, "0<0:3.00@6 "},
    {"not where it ended before", {{300, 50, 2, 5}}, 1, {{400, 5}}, 1, 10, ""},
    {"an empty grant pays nothing", {{0, 90, 6, 0}, {100, 50, 6, 0}}, 2, {{400, 5}}, 1, 10, "0<1:1.00@6 "},
};
/* clang-format on */

START_TEST(repays)
{
    const struct repay_case *c = &repay_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit test", 1 << 20);
    struct credit_grant grants[GRANTS_MAX];
    struct credit_debt debts[DEBTS_MAX];
    struct credit_repayment *repayments = NULL;
    struct error err = {0};
    char storage[200];
    struct strbuf text;
    size_t repayment_count = 0;
    size_t count = load_grants(c->grants, c->grant_count, grants);
    for (size_t i = 0; i < c->debt_count; i++)
        debts[i] = (struct credit_debt){money_of_minor(c->debts[i].cents, euro), c->debts[i].day};
    ck_assert_msg(credit_repay(grants, count, debts, c->debt_count, c->until_day, arena,
                               &repayments, &repayment_count, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < repayment_count; i++)
        strbuf_addf(&text, "%zu<%zu:%s@%" PRId64 " ", repayments[i].debt, repayments[i].grant,
                    money_text(repayments[i].amount).text, repayments[i].at_us);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

START_TEST(another_currency_pays_nothing_back)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit test", 1 << 20);
    struct credit_grant grant = {.balance = money_of_minor(100, (struct currency){"USD"}),
                                 .expires_at_us = CREDIT_NEVER_EXPIRES};
    struct credit_debt debt = {money_of_minor(100, euro), 5};
    struct credit_repayment *repayments = NULL;
    size_t count = 1;
    struct error err = {0};
    ck_assert(credit_repay(&grant, 1, &debt, 1, 10, arena, &repayments, &count, &err));
    ck_assert_uint_eq(count, 0);
}
END_TEST

static const struct instant_case {
    const char *zone, *day, *instant;
} instant_cases[] = {
    {"Europe/Berlin",       "2026-10-31", "2026-10-31T22:59:59.999999Z"},
    {"Europe/Berlin",       "2026-06-30", "2026-06-30T21:59:59.999999Z"},
    {"Pacific/Kiritimati",  "2026-10-31", "2026-10-31T09:59:59.999999Z"},
    {"America/Los_Angeles", "2026-10-31", "2026-11-01T06:59:59.999999Z"},
    {"UTC",                 "2026-12-31", "2026-12-31T23:59:59.999999Z"},
};

START_TEST(a_day_ends_where_the_tenant_is)
{
    const struct instant_case *c = &instant_cases[_i];
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = zone_cache_create(NULL);
    const struct zone *zone = NULL;
    struct date day;
    int64_t at_us = 0;
    struct error err = {0};
    ck_assert_msg(zone_load(zones, c->zone, &zone, &err), "%s", err.message);
    ck_assert(date_parse(c->day, &day, &err) && credit_instant(zone, day, &at_us, &err));
    ck_assert_msg(strcmp(instant_text(at_us).text, c->instant) == 0, "%s: %s", c->zone,
                  instant_text(at_us).text);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void check_random(uint32_t seed)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit test", 1 << 20);
    uint32_t state = seed * 2654435761U + 1;
    struct given_grant given[GRANTS_MAX];
    struct credit_grant grants[GRANTS_MAX];
    struct credit_result result = {0};
    struct error err = {0};
    int64_t drawn = 0;
    int64_t open = 0;
    size_t count = next_random(&state) % (GRANTS_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        given[i] = (struct given_grant){next_random(&state) % 500, next_random(&state) % 3,
                                        next_random(&state) % 14, next_random(&state) % 20};
        bool counts =
            given[i].effective_day <= 10 && (given[i].expiry_day == 0 || given[i].expiry_day > 10);
        open += counts ? given[i].cents : 0;
    }
    struct credit_draw_request request =
        request_of((int64_t)(next_random(&state) % 2000) - 200, -1, -1);
    int64_t due = request.amount_due.minor;
    ck_assert(
        credit_draw(grants, load_grants(given, count, grants), &request, arena, &result, &err));
    for (size_t i = 0; i < count; i++) {
        ck_assert(result.applied[i].minor >= 0 && result.applied[i].minor <= given[i].cents);
        drawn += result.applied[i].minor;
    }
    int64_t most = due < 0 ? 0 : due;
    ck_assert_msg(drawn == (open < most ? open : most), "seed %" PRIu32, seed);
    ck_assert_int_eq(result.credit_applied.minor, drawn);
    ck_assert_int_eq(result.amount_due.minor, due - drawn);
}

START_TEST(agrees_on_random_draws)
{
    for (uint32_t seed = 1; seed <= 5000; seed++)
        check_random(seed);
}
END_TEST

TEST_SUITE(credit)
{
    TEST_TABLE(draws, draw_cases);
    TEST_TABLE(refuses, refusals);
    TEST_TABLE(repays, repay_cases);
    TEST_ONE(another_currency_pays_nothing_back);
    TEST_TABLE(a_day_ends_where_the_tenant_is, instant_cases);
    TEST_ONE(agrees_on_random_draws);
}
