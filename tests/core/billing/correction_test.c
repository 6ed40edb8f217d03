/* Credit notes over parts of an invoice by hand, then random series of them that end with an empty
 * one. */
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/correction.h"
#include "tests/support/suite.h"

#define LINES 4
#define TAXES 2
#define SERIES 400

static const struct currency euro = {"EUR"};

struct sample {
    struct invoice_line_content lines[LINES];
    struct invoice_tax_content taxes[TAXES];
    struct money credited_nets[LINES], credited_taxes[TAXES];
    struct money given_nets[LINES], given_taxes[TAXES];
    struct correction_subject subject;
};

static struct money cents(int64_t minor)
{
    return money_of_minor(minor, euro);
}

/* Lines 1, 2 and 4 pay tax 1, line 3 pays tax 2; line 4 takes something off. Taxes are as invoiced.
 */
static void fill(struct sample *sample, const int64_t nets[LINES], const int64_t taxes[TAXES],
                 const int64_t rates[TAXES], bool inclusive)
{
    static const int64_t tax_of[LINES] = {1, 1, 2, 1};
    memset(sample, 0, sizeof *sample);
    for (size_t i = 0; i < LINES; i++) {
        sample->lines[i] = (struct invoice_line_content){.line = (int64_t)i + 1,
                                                         .kind = "recurring",
                                                         .quantity = decimal_from_i64(3),
                                                         .amount = cents(nets[i] + 5),
                                                         .discount = cents(5),
                                                         .tax = cents(0),
                                                         .tax_number = tax_of[i]};
        sample->credited_nets[i] = cents(0);
        sample->given_nets[i] = cents(0);
    }
    for (size_t i = 0; i < TAXES; i++) {
        sample->taxes[i] = (struct invoice_tax_content){.tax = (int64_t)i + 1,
                                                        .name = "VAT",
                                                        .category = "S",
                                                        .rate_percent = decimal_from_i64(rates[i]),
                                                        .inclusive = inclusive,
                                                        .base = cents(0),
                                                        .tax_amount = cents(taxes[i])};
        sample->credited_taxes[i] = cents(0);
        sample->given_taxes[i] = cents(0);
    }
    sample->subject = (struct correction_subject){.number = "INV-1",
                                                  .lines = sample->lines,
                                                  .taxes = sample->taxes,
                                                  .line_count = LINES,
                                                  .tax_count = TAXES,
                                                  .credited_nets = sample->credited_nets,
                                                  .credited_taxes = sample->credited_taxes,
                                                  .given_nets = sample->given_nets,
                                                  .given_taxes = sample->given_taxes,
                                                  .currency = euro,
                                                  .rounding = ROUND_HALF_UP};
}

static void shipped(struct sample *sample)
{
    fill(sample, (const int64_t[LINES]){3333, 999, 1000, -332}, (const int64_t[TAXES]){760, 70},
         (const int64_t[TAXES]){19, 7}, false);
}

/* "1:33.38-0.05 2:… | 1:40.00+7.60 … | total" */
static void print(const struct credit_content *content, char *target, size_t size)
{
    struct strbuf text;
    strbuf_init(&text, target, size);
    for (size_t i = 0; i < content->line_count; i++) {
        const struct invoice_line_content *line = &content->lines[i];
        strbuf_addf(&text, "%" PRId64 ":%s", line->line, money_text(line->amount).text);
        if (money_sign(line->discount) != 0)
            strbuf_addf(&text, "-%s", money_text(line->discount).text);
        strbuf_add(&text, " ");
    }
    for (size_t i = 0; i < content->tax_count; i++)
        strbuf_addf(&text, "| %" PRId64 ":%s+%s ", content->taxes[i].tax,
                    money_text(content->taxes[i].base).text,
                    money_text(content->taxes[i].tax_amount).text);
    strbuf_addf(&text, "= %s", money_text(content->totals.total).text);
}

/* A series of requests on one invoice; "" expects what is said to be refused. */
static const struct credit_line_request line_2[] = {
    {2, {999, {"EUR"}}}
};
static const struct credit_line_request line_9[] = {
    {9, {1, {"EUR"}}}
};
static const struct credit_line_request line_0[] = {
    {1, {0, {"EUR"}}}
};
static const struct credit_line_request line_4[] = {
    {4, {1, {"EUR"}}}
};

#define NET(minor)                                                                                 \
    {                                                                                              \
        .part = CREDIT_NET, .net = { minor, {"EUR"} }                                              \
    }
#define LINE(list)                                                                                 \
    {                                                                                              \
        .part = CREDIT_LINES, .lines = (list), .line_count = 1                                     \
    }
#define UNUSED(n, d)                                                                               \
    {                                                                                              \
        .part = CREDIT_UNUSED, .numerator = (n), .denominator = (d)                                \
    }
/* clang-format off */
static const struct credit_case {
    const char *name;
    struct credit_request first, second;
    const char *expect_first, *expect_second;
} credit_cases[] = {
    {"the whole is what the invoice says, then nothing is left", {.part = CREDIT_ALL}, {.part = CREDIT_ALL},
     "1:33.38-0.05 2:10.04-0.05 3:10.05-0.05 4:-3.27-0.05 | 1:0.00+7.60 | 2:0.00+0.70 = 58.30", "nothing_left"},
    {"a line, then the rest with the remainder of the tax", LINE(line_2), {.part = CREDIT_ALL},
     "2:9.99 | 1:9.99+1.90 = 11.89", "1:33.33 3:10.00 4:-3.32 | 1:30.01+5.70 | 2:10.00+0.70 = 46.41"},
    {"a line twice", LINE(line_2), LINE(line_2), "2:9.99 | 1:9.99+1.90 = 11.89", "more_than_left"},
    {"a net over all lines, not over what was taken off", NET(1000), NET(4001),
     "1:6.25 2:1.87 3:1.88 | 1:8.12+1.54 | 2:1.88+0.13 = 11.67", "more_than_left"},
    {"a net that is all that is left", NET(1000), NET(4000),
     "1:6.25 2:1.87 3:1.88 | 1:8.12+1.54 | 2:1.88+0.13 = 11.67",
     "1:27.08 2:8.12 3:8.12 4:-3.32 | 1:31.88+6.06 | 2:8.12+0.57 = 46.63"},
    {"a half twice", UNUSED(1, 2), UNUSED(1, 2),
     "1:15.39 2:4.61 3:5.00 | 1:20.00+3.80 | 2:5.00+0.35 = 29.15",
     "1:15.39 2:4.61 3:5.00 | 1:20.00+3.80 | 2:5.00+0.35 = 29.15"},
    {"two thirds twice", UNUSED(2, 3), UNUSED(2, 3), "1:20.52 2:6.15 3:6.67 | 1:26.67+5.07 | 2:6.67+0.47 = 38.88",
     "more_than_left"},
    {"a line that is not there", LINE(line_9), {.part = CREDIT_ALL}, "bad_correction",
     "1:33.38-0.05 2:10.04-0.05 3:10.05-0.05 4:-3.27-0.05 | 1:0.00+7.60 | 2:0.00+0.70 = 58.30"},
    {"nothing of a line", LINE(line_0), NET(0), "bad_correction", "bad_correction"},
    {"of a line that takes something off", LINE(line_4), NET(-1), "more_than_left", "bad_correction"},
    {"more than the whole", UNUSED(3, 2), NET(5001), "bad_correction", "more_than_left"},
};
/* clang-format on */

static void expect(struct sample *sample, const struct credit_request *request, const char *name,
                   const char *expected, struct arena *arena)
{
    struct credit_content content;
    struct error err = {0};
    char text[400];
    if (!correction_credit(&sample->subject, request, arena, &content, &err)) {
        ck_assert_msg(strcmp(err.code, expected) == 0, "%s: %s: %s, expected %s", name, err.code,
                      err.message, expected);
        ck_assert_msg(err.kind == ERROR_ITEM, "%s", name);
        return;
    }
    print(&content, text, sizeof text);
    ck_assert_msg(strcmp(text, expected) == 0, "%s: got %s, expected %s", name, text, expected);
    ck_assert(correction_take(&sample->subject, &content, &err));
}

START_TEST(credits)
{
    const struct credit_case *c = &credit_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct sample sample;
    shipped(&sample);
    expect(&sample, &c->first, c->name, c->expect_first, arena);
    expect(&sample, &c->second, c->name, c->expect_second, arena);
}
END_TEST

/* All lines pay both taxes. 9.99 / 1.26 = 7.93, and 2.06 of tax by rate: 1.553 and 0.507 … */
START_TEST(credits_taxes_beside_each_other)
{
    static const struct {
        const char *name;
        bool inclusive;
        int64_t taxes[TAXES];
        const char *line;
    } cases[] = {
        {"on top", false, {950, 350}, "2:9.99 | 1:9.99+1.90 | 2:9.99+0.70 = 12.59"},
        {"inside", true,  {754, 278}, "2:9.99 | 1:7.93+1.51 | 2:7.93+0.55 = 9.99" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
        const struct credit_request line = LINE(line_2), rest = {.part = CREDIT_ALL};
        struct credit_content content;
        struct error err = {0};
        struct sample sample;
        fill(&sample, (const int64_t[LINES]){3333, 999, 1000, -332}, cases[i].taxes,
             (const int64_t[TAXES]){19, 7}, cases[i].inclusive);
        sample.taxes[1].beside = 1;
        sample.lines[2].tax_number = 1;
        expect(&sample, &line, cases[i].name, cases[i].line, arena);
        ck_assert(correction_credit(&sample.subject, &rest, arena, &content, &err));
        ck_assert(correction_take(&sample.subject, &content, &err));
        for (size_t k = 0; k < TAXES; k++)
            ck_assert_msg(money_minor(sample.credited_taxes[k]) == cases[i].taxes[k], "%s: tax %zu",
                          cases[i].name, k + 1);
        ck_assert(!correction_has_rest(&sample.subject));
    }
}
END_TEST

/* A fraction is of lines, not of taxes: two taxes of the same lines are no reason to take it twice.
 */
START_TEST(takes_a_fraction_once)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    const struct credit_request half = UNUSED(1, 2);
    struct sample sample;
    fill(&sample, (const int64_t[LINES]){3333, 999, 1000, -332}, (const int64_t[TAXES]){950, 350},
         (const int64_t[TAXES]){19, 7}, false);
    sample.taxes[1].beside = 1;
    sample.lines[2].tax_number = 1;
    expect(&sample, &half, "half", "1:15.63 2:4.68 3:4.69 | 1:25.00+4.75 | 2:25.00+1.75 = 31.50",
           arena);
}
END_TEST

/* The whole says them too; of a rest they are no part. 30.01 and 10.00 with 5.70 and 0.70 of tax.
 */
START_TEST(says_lines_over_nothing)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    const struct credit_request part = NET(1000), whole = {.part = CREDIT_ALL};
    struct sample sample;
    for (int i = 0; i < 2; i++) {
        fill(&sample, (const int64_t[LINES]){3333, 0, 1000, -332}, (const int64_t[TAXES]){570, 70},
             (const int64_t[TAXES]){19, 7}, false);
        if (i == 0) {
            expect(&sample, &whole, "the whole",
                   "1:33.38-0.05 2:0.05-0.05 3:10.05-0.05 4:-3.27-0.05 | 1:0.00+5.70 | "
                   "2:0.00+0.70 = 46.41",
                   arena);
            continue;
        }
        expect(&sample, &part, "a part", "1:7.69 3:2.31 | 1:7.69+1.46 | 2:2.31+0.16 = 11.62",
               arena);
        expect(&sample, &whole, "the rest",
               "1:25.64 3:7.69 4:-3.32 | 1:22.32+4.24 | 2:7.69+0.54 = 34.79", arena);
    }
    ck_assert(!correction_has_rest(&sample.subject));
}
END_TEST

START_TEST(credits_nothing_of_nothing)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    const struct credit_request whole = {.part = CREDIT_ALL};
    struct sample sample;
    fill(&sample, (const int64_t[LINES]){0, 0, 0, 0}, (const int64_t[TAXES]){0, 0},
         (const int64_t[TAXES]){19, 7}, false);
    ck_assert(!correction_has_rest(&sample.subject));
    expect(&sample, &whole, "all of it", "nothing_left", arena);
}
END_TEST

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static int64_t up_to(uint64_t *state, int64_t limit)
{
    return limit <= 0 ? 0 : (int64_t)(next(state) % (uint64_t)(limit + 1));
}

/* What a note says must add up, and no tax of the series may pass the invoice's. A line is one
 * piece of what it takes off, whatever quantity the invoice's had, and has no discount of its own.
 */
static void check_note(const struct credit_content *content)
{
    int64_t taxes = 0;
    for (size_t i = 0; i < content->line_count; i++) {
        const struct invoice_line_content *line = &content->lines[i];
        ck_assert_int_eq(decimal_compare(line->quantity, decimal_from_i64(1)), 0);
        ck_assert(line->unit_amount.given);
        ck_assert_int_eq(decimal_compare(line->unit_amount.value, money_to_decimal(line->amount)),
                         0);
        ck_assert_int_eq(line->event_count, 0);
    }
    for (size_t i = 0; i < content->tax_count; i++) {
        int64_t of_lines = 0;
        for (size_t k = 0; k < content->line_count; k++)
            if (content->lines[k].tax_number == content->taxes[i].tax)
                of_lines += money_minor(content->lines[k].tax);
        ck_assert_int_eq(of_lines, money_minor(content->taxes[i].tax_amount));
        taxes += of_lines;
    }
    ck_assert_int_eq(taxes, money_minor(content->totals.tax));
}

START_TEST(random_series_end_empty)
{
    uint64_t state = 20261121;
    for (int series = 0; series < SERIES; series++) {
        CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 8 << 20);
        struct sample sample;
        bool inclusive = series % 2 == 1;
        const int64_t nets[LINES] = {1 + up_to(&state, 9999), up_to(&state, 99),
                                     1 + up_to(&state, 999), 0};
        const int64_t rates[TAXES] = {up_to(&state, 27), up_to(&state, 10)};
        const int64_t bases[TAXES] = {nets[0] + nets[1], nets[2]};
        int64_t taxes[TAXES];
        for (size_t i = 0; i < TAXES; i++)
            taxes[i] = inclusive
                           ? bases[i] - (bases[i] * 200 + 100 + rates[i]) / (2 * (100 + rates[i]))
                           : (bases[i] * rates[i] * 2 + 100) / 200;
        fill(&sample, nets, taxes, rates, inclusive);
        struct error err = {0};
        int64_t left = nets[0] + nets[1] + nets[2];
        while (left > 0) {
            struct credit_content content;
            int64_t part = 1 + up_to(&state, left - 1);
            struct credit_request request = {.part = CREDIT_NET, .net = cents(part)};
            ck_assert_msg(correction_credit(&sample.subject, &request, arena, &content, &err), "%s",
                          err.message);
            check_note(&content);
            ck_assert_int_eq(
                money_minor(content.totals.subtotal) - money_minor(content.totals.discount), part);
            ck_assert(correction_take(&sample.subject, &content, &err));
            left -= part;
            for (size_t i = 0; i < TAXES; i++)
                ck_assert_msg(money_minor(sample.credited_taxes[i]) <= taxes[i], "series %d",
                              series);
        }
        ck_assert(!correction_has_rest(&sample.subject));
        for (size_t i = 0; i < TAXES; i++)
            ck_assert_msg(money_minor(sample.credited_taxes[i]) == taxes[i], "series %d, tax %zu",
                          series, i);
    }
}
END_TEST

/* What other documents gave back of lines 1 and 3 is no more to be credited, nor are its taxes. */
START_TEST(takes_what_others_have_left)
{
    struct sample sample;
    struct credit_content content;
    struct error err = {0};
    char got[256];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("correction test", 1 << 20);
    const struct credit_request all = {.part = CREDIT_ALL};
    const struct credit_line_request too_much = {1, cents(2334)};
    const struct credit_request line = {.part = CREDIT_LINES, .lines = &too_much, .line_count = 1};
    shipped(&sample);
    sample.given_nets[0] = cents(1000);
    sample.given_taxes[0] = cents(191);
    sample.given_nets[2] = cents(1000);
    sample.given_taxes[1] = cents(70);
    ck_assert(!correction_credit(&sample.subject, &line, arena, &content, &err));
    ck_assert_str_eq(err.code, "more_than_left");
    error_clear(&err);
    ck_assert_msg(correction_credit(&sample.subject, &all, arena, &content, &err), "%s",
                  err.message);
    print(&content, got, sizeof got);
    ck_assert_str_eq(got, "1:23.33 2:9.99 4:-3.32 | 1:30.00+5.69 = 35.69");
    ck_assert(correction_take(&sample.subject, &content, &err));
    ck_assert(!correction_has_rest(&sample.subject));
}
END_TEST

/* Line 4 took 3.32 off: lines 1 to 3 were not paid whole. */
START_TEST(takes_no_more_by_lines_than_by_all)
{
    struct sample sample;
    struct credit_content content;
    struct error err = {0};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("correction test", 1 << 20);
    const struct credit_line_request lines[] = {
        {1, cents(3333)},
        {2, cents(999) },
        {3, cents(1000)}
    };
    const struct credit_request request = {
        .part = CREDIT_LINES, .lines = lines, .line_count = ARRAY_LEN(lines)};
    shipped(&sample);
    for (size_t i = 0; i < LINES; i++)
        sample.lines[i].tax_number = 0; /* no tax would say so */
    ck_assert(!correction_credit(&sample.subject, &request, arena, &content, &err));
    ck_assert_str_eq(err.code, "more_than_left");
}
END_TEST

/* All lines are of one billing period, and of one price or of two of a plan, as the table says. */
static const struct credit_line_request line_1[] = {
    {1, {3001, {"EUR"}}}
};
static const struct credit_line_request more_of_1[] = {
    {1, {3002, {"EUR"}}}
};
static const struct credit_line_request lines_1_2[] = {
    {1, {3000, {"EUR"}}},
    {2, {1, {"EUR"}}   }
};
static const struct period_case {
    const char *name;
    int64_t prices[LINES]; /* 0: of no account */
    int64_t other_minor;   /* of other documents, of price 1 */
    struct credit_request first, second;
    const char *expect_first, *expect_second;
} period_cases[] = {
    {"a line of which another one took some off",
     {1, 2, 3, 1},
     0,     LINE(more_of_1),
     LINE(line_1),
     "more_than_left",                                                                          "1:30.01 | 1:30.01+5.70 = 35.71"                                      },
    {"then nothing is left of it",
     {1, 2, 3, 1},
     0,     LINE(line_1),
     LINE(line_4),
     "1:30.01 | 1:30.01+5.70 = 35.71",                                                          "more_than_left"                                                      },
    {"the whole all the same",
     {1, 2, 3, 1},
     0,     {.part = CREDIT_ALL},
     {.part = CREDIT_ALL},
     "1:33.38-0.05 2:10.04-0.05 3:10.05-0.05 4:-3.27-0.05 | 1:0.00+7.60 | 2:0.00+0.70 = 58.30", "nothing_left"                                                        },
    {"a net over what can be credited of each",
     {1, 2, 3, 1},
     0,     NET(1000),
     {.part = CREDIT_NET, .net = {4001, {"EUR"}}},
     "1:6.00 2:2.00 3:2.00 | 1:8.00+1.52 | 2:2.00+0.14 = 11.66",                                "more_than_left"                                                      },
    {"lines of one price together",
     {1, 1, 3, 1},
     -999,
     {.part = CREDIT_LINES, .lines = lines_1_2, .line_count = 2},
     LINE(more_of_1),
     "1:30.00 2:0.01 | 1:30.01+5.70 = 35.71",                                                   "more_than_left"                                                      },
    {"less than that, the whole too",
     {1, 2, 3, 1},
     -2001,
     LINE(line_1),
     {.part = CREDIT_ALL},
     "more_than_left",                                                                          "1:13.32 2:9.99 3:10.00 4:-3.32 | 1:19.99+3.80 | 2:10.00+0.70 = 34.49"},
    {"nothing where another document gave all of it back",
     {1, 1, 1, 1},
     -5000,
     {.part = CREDIT_ALL},
     LINE(line_2),
     "nothing_left",                                                                            "nothing_left"                                                        },
    {"where another one charged more, no more than the line",
     {1, 2, 3, 1},
     9000,  LINE(line_1),
     NET(5000),
     "1:30.01 | 1:30.01+5.70 = 35.71",                                                          "more_than_left"                                                      },
    {"of no account",
     {0, 0, 0, 0},
     0,     LINE(more_of_1),
     LINE(line_2),
     "1:30.02 | 1:30.02+5.70 = 35.72",                                                          "more_than_left"                                                      },
};

static void count_periods(struct sample *sample, const struct period_case *c,
                          struct forgiven_period *period, struct credited_account *accounts,
                          struct arena *arena)
{
    struct error err = {0};
    *period = (struct forgiven_period){.key.currency = euro};
    for (size_t i = 0; i < LINES; i++) {
        accounts[i] = (struct credited_account){0};
        if (c->prices[i] == 0)
            continue;
        size_t account = forgiven_period_account(period, c->prices[i], 1, false, arena);
        struct forgiven_account *own = &period->accounts.items[account];
        accounts[i] = (struct credited_account){period, account};
        ck_assert(forgiven_add_line(own, sample->lines[i].amount, sample->lines[i].discount, &err));
        ck_assert(money_subtract(own->cost, sample->lines[i].discount, &own->cost, &err));
    }
    if (period->accounts.count > 0)
        ck_assert(
            forgiven_add_line(&period->accounts.items[0], cents(c->other_minor), cents(0), &err));
    sample->subject.accounts = accounts;
}

START_TEST(takes_what_periods_have_left)
{
    const struct period_case *c = &period_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct credited_account accounts[LINES];
    struct forgiven_period period;
    struct sample sample;
    shipped(&sample);
    count_periods(&sample, c, &period, accounts, arena);
    expect(&sample, &c->first, c->name, c->expect_first, arena);
    expect(&sample, &c->second, c->name, c->expect_second, arena);
}
END_TEST

START_TEST(can_be_void)
{
    static const struct {
        const char *name;
        int64_t other_minor;
        bool expect;
    } cases[] = {
        {"nothing else is there",      0,     true },
        {"more was charged elsewhere", 1,     true },
        {"something was given back",   -1,    false},
        {"all of it was",              -5000, false},
    };
    const struct period_case whole = {
        .prices = {1, 1, 1, 1},
          .other_minor = cases[_i].other_minor
    };
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct credited_account accounts[LINES];
    struct forgiven_period period;
    struct sample sample;
    struct error err = {0};
    bool can = false;
    shipped(&sample);
    count_periods(&sample, &whole, &period, accounts, arena);
    ck_assert(correction_can_void(&sample.subject, arena, &can, &err));
    ck_assert_msg(can == cases[_i].expect, "%s", cases[_i].name);
    ck_assert(money_sign(period.accounts.items[0].noted) == 0);
    ck_assert(correction_take_void(&sample.subject, &err));
    ck_assert_int_eq(money_minor(period.accounts.items[0].noted), 5000);
}
END_TEST

TEST_SUITE(correction)
{
    TEST_TABLE(takes_what_periods_have_left, period_cases);
    tcase_add_loop_test(tcase, can_be_void, 0, 4);
    TEST_ONE(takes_what_others_have_left);
    TEST_ONE(takes_no_more_by_lines_than_by_all);
    TEST_TABLE(credits, credit_cases);
    TEST_ONE(credits_taxes_beside_each_other);
    TEST_ONE(takes_a_fraction_once);
    TEST_ONE(says_lines_over_nothing);
    TEST_ONE(credits_nothing_of_nothing);
    TEST_ONE(random_series_end_empty);
}
