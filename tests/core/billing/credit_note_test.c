/* Notes by hand, then random series of them that end with an empty invoice. */
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/credit_note.h"
#include "tests/support/suite.h"

#define RATES_MAX 3

static const struct currency euro = {"EUR"};

/* clang-format off */
static const struct note_case {
    const char *name;
    int64_t net;
    struct decimal rates[RATES_MAX];
    size_t rate_count;
    int64_t credited_net, credited_tax, numerator, denominator; /* 0/0: all of it */
    const char *expect; /* net | taxes | tax | total */
} note_cases[] = {
    {"rounded net and rounded tax, not rounded gross", 20000, {{25, 0}}, 1, 0, 0, 29, 30, "193.33 | 48.33 | 48.33 | 241.66"},
    {"the same the other way", 16000, {{25, 0}}, 1, 0, 0, 29, 30, "154.67 | 38.67 | 38.67 | 193.34"},
    {"all of it", 10005, {{19, 0}}, 1, 0, 0, 0, 0, "100.05 | 19.01 | 19.01 | 119.06"},
    {"a whole is all of it too", 10005, {{19, 0}}, 1, 0, 0, 30, 30, "100.05 | 19.01 | 19.01 | 119.06"},
    {"no part of it", 10005, {{19, 0}}, 1, 0, 0, 0, 30, "0.00 | 0.00 | 0.00 | 0.00"},
    {"the last takes the remainder", 10005, {{19, 0}}, 1, 6670, 1267, 0, 0, "33.35 | 6.34 | 6.34 | 39.69"},
    {"the last takes the remainder of the tax, more than its own", 100, {{19, 0}}, 1, 99, 18, 0, 0, "0.01 | 0.01 | 0.01 | 0.02"},
    {"no more net than is left", 10000, {{20, 0}}, 1, 9000, 1800, 1, 2, "10.00 | 2.00 | 2.00 | 12.00"},
    {"no more tax than is left", 300, {{50, 0}}, 1, 100, 149, 1, 3, "1.00 | 0.01 | 0.01 | 1.01"},
    {"nothing is left", 10000, {{20, 0}}, 1, 10000, 2000, 1, 2, "0.00 | 0.00 | 0.00 | 0.00"},
    {"a part below a cent", 1, {{20, 0}}, 1, 0, 0, 1, 3, "0.00 | 0.00 | 0.00 | 0.00"},
    {"two taxes", 10000, {{5, 0}, {9975, 3}}, 2, 0, 0, 1, 2, "50.00 | 2.50 4.99 | 7.49 | 57.49"},
    {"the remainder of two taxes by rate", 10000, {{5, 0}, {9975, 3}}, 2, 5000, 749, 0, 0, "50.00 | 2.50 4.99 | 7.49 | 57.49"},
    {"no tax", 10000, {{0, 0}}, 0, 0, 0, 1, 4, "25.00 | | 0.00 | 25.00"},
    {"a tax of nothing", 10000, {{0, 0}}, 1, 0, 0, 1, 4, "25.00 | 0.00 | 0.00 | 25.00"},
};

static const struct refusal_case {
    const char *name;
    int64_t net, credited_net, credited_tax, numerator, denominator;
    struct decimal rate;
} refusals[] = {
    {"more net credited than invoiced", 1000, 1001, 0,   1,  2,  {20, 0}},
    {"more tax credited than invoiced", 1000, 0,    201, 1,  2,  {20, 0}},
    {"a net below zero",                -1,   0,    0,   1,  2,  {20, 0}},
    {"credited below zero",             1000, -1,   0,   1,  2,  {20, 0}},
    {"a part above one",                1000, 0,    0,   3,  2,  {20, 0}},
    {"a part below zero",               1000, 0,    0,   -1, 2,  {20, 0}},
    {"a part of nothing",               1000, 0,    0,   0,  0,  {20, 0}},
    {"a rate below zero",               1000, 0,    0,   1,  2,  {-5, 0}},
};
/* clang-format on */

static struct credit_note_request request_of(int64_t net, const struct decimal *rates, size_t count,
                                             int64_t credited_net, int64_t credited_tax)
{
    struct credit_note_request request = {
        .net = money_of_minor(net, euro),
        .rates = rates,
        .rate_count = count,
        .credited_net = money_of_minor(credited_net, euro),
        .credited_tax = money_of_minor(credited_tax, euro),
    };
    struct error err = {0};
    ck_assert_msg(
        credit_note_invoiced_tax(request.net, rates, count, ROUND_HALF_UP, &request.tax, &err),
        "%s", err.message);
    return request;
}

START_TEST(credits)
{
    const struct note_case *c = &note_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit note test", 1 << 20);
    struct credit_note note = {0};
    struct error err = {0};
    char storage[120];
    struct strbuf text;
    struct credit_note_request request =
        request_of(c->net, c->rates, c->rate_count, c->credited_net, c->credited_tax);
    request.has_part = c->denominator != 0;
    request.numerator = c->numerator;
    request.denominator = c->denominator;
    ck_assert_msg(credit_note_compute(&request, arena, &note, &err), "%s: %s", c->name,
                  err.message);
    strbuf_init(&text, storage, sizeof storage);
    strbuf_addf(&text, "%s | ", money_text(note.net).text);
    for (size_t i = 0; i < c->rate_count; i++)
        strbuf_addf(&text, "%s ", money_text(note.taxes[i]).text);
    strbuf_addf(&text, "| %s | %s", money_text(note.tax).text, money_text(note.total).text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

START_TEST(refuses)
{
    const struct refusal_case *c = &refusals[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit note test", 1 << 20);
    struct credit_note note = {0};
    struct error err = {0};
    struct credit_note_request request =
        request_of(c->net, &c->rate, 1, c->credited_net, c->credited_tax);
    request.has_part = true;
    request.numerator = c->numerator;
    request.denominator = c->denominator;
    ck_assert_msg(!credit_note_compute(&request, arena, &note, &err), "%s", c->name);
    ck_assert_msg(strcmp(err.code, "bad_credit_note") == 0, "%s: %s", c->name, err.message);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Notes over parts, then one over the rest: together they are the invoice, to the cent. */
static void check_series(uint32_t seed)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("credit note test", 1 << 20);
    uint32_t state = seed * 2654435761U + 1;
    struct decimal rates[RATES_MAX];
    size_t count = next_random(&state) % (RATES_MAX + 1);
    for (size_t i = 0; i < count; i++)
        rates[i] = (struct decimal){next_random(&state) % 3000, 2};
    struct credit_note_request request =
        request_of(next_random(&state) % 100000, rates, count, 0, 0);
    struct credit_note note = {0};
    struct error err = {0};
    uint32_t parts = next_random(&state) % 5;
    for (uint32_t i = 0; i <= parts; i++) {
        request.has_part = i < parts;
        request.denominator = 1 + next_random(&state) % 31;
        request.numerator = next_random(&state) % ((uint32_t)request.denominator + 1);
        ck_assert_msg(credit_note_compute(&request, arena, &note, &err), "seed %" PRIu32 ": %s",
                      seed, err.message);
        int64_t taxes = 0;
        for (size_t t = 0; t < count; t++) {
            ck_assert(note.taxes[t].minor >= 0);
            taxes += note.taxes[t].minor;
        }
        ck_assert_int_eq(taxes, note.tax.minor);
        ck_assert_int_eq(note.net.minor + note.tax.minor, note.total.minor);
        request.credited_net.minor += note.net.minor;
        request.credited_tax.minor += note.tax.minor;
    }
    ck_assert_msg(money_equal(request.credited_net, request.net), "seed %" PRIu32, seed);
    ck_assert_msg(money_equal(request.credited_tax, request.tax), "seed %" PRIu32, seed);
}

START_TEST(empties_every_invoice)
{
    for (uint32_t seed = 1; seed <= 5000; seed++)
        check_series(seed);
}
END_TEST

TEST_SUITE(credit_note)
{
    TEST_TABLE(credits, note_cases);
    TEST_TABLE(refuses, refusals);
    TEST_ONE(empties_every_invoice);
}
