/* What is given back of what was written off, in tables: an invoice of 357.00 for January (100),
 * and another (200). */
#include <inttypes.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/written_off.h"
#include "tests/support/suite.h"

#define EUR(minor) money_of_minor((minor), (struct currency){"EUR"})
enum { LINES_MAX = 8, SHARES_MAX = 2, JANUARY = 100, FEBRUARY = 200, LATER = 300 };

struct share_case {
    int64_t invoice_id, line, minor;
};

/* A line of the document 300; its number is its place, from 1. */
struct line_case {
    int64_t value_minor;
    int day; /* of its first day */
    struct share_case shares[SHARES_MAX];
    int64_t price_id; /* 0: 1 */
    bool is_noted;
};

/* clang-format off */
#define CHARGES(value, on) {.value_minor = (value), .day = (on)}
#define CHARGES_OTHER(value, on) {.value_minor = (value), .day = (on), .price_id = 2}
#define GIVES(value, on, ...) {.value_minor = (value), .day = (on), .shares = {__VA_ARGS__}}
#define NOTES(value, on, ...) {.value_minor = (value), .day = (on), .shares = {__VA_ARGS__}, .is_noted = true}
static const struct off_case {
    const char *name;
    int64_t paid_minor, noted_minor, later_minor; /* of January: and off by documents that come later */
    struct line_case lines[LINES_MAX];
    const char *expect; /* off by each line, of January then of the other; what of both is off */
} cases[] = {
    {"a change to less: what replaces it stays written off", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(9213, 16)}, "184.26 -92.13 | 92.13 0.00"},
    {"a change to more: what is more is owed", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(36852, 16)}, "184.26 -184.26 | 0.00 0.00"},
    {"another line of the document is no matter of it", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(17850, 31)}, "184.26 0.00 | 184.26 0.00"},
    {"an end, with what an open invoice charged", 0, 0, 0, {GIVES(-35700, 1, {JANUARY, 1, 35700}), CHARGES(17274, 1), GIVES(-35700, 31, {250, 1, 35700})}, "357.00 -172.74 0.00 | 184.26 0.00"},
    {"paid in part: what is written off comes first", 30000, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(9213, 16)}, "57.00 0.00 | 57.00 0.00"},
    {"all but a little paid", 35600, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(18000, 16)}, "1.00 0.00 | 1.00 0.00"},
    {"what notes left of it", 0, 30000, 0, {GIVES(-5700, 16, {JANUARY, 1, 5700})}, "57.00 | 57.00 0.00"},
    {"and no more", 0, 35000, 0, {GIVES(-5700, 16, {JANUARY, 1, 5700})}, "7.00 | 7.00 0.00"},
    {"of what was paid after all, nothing", 35700, 0, 0, {GIVES(-5700, 16, {JANUARY, 1, 5700})}, "0.00 | 0.00 0.00"},
    {"of two that were written off, each its own", 0, 0, 0, {GIVES(-35700, 1, {JANUARY, 1, 35700}), GIVES(-20000, 31, {FEBRUARY, 1, 20000})}, "357.00 200.00 | 357.00 200.00"},
    {"one line of both", 0, 0, 0, {GIVES(-3000, 1, {JANUARY, 1, 1000}, {FEBRUARY, 1, 2000}), CHARGES(2500, 1)}, "30.00 -25.00 | 0.00 5.00"},
    {"a replacement is given back itself", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(9213, 16), GIVES(-6335, 21, {LATER, 2, 6335})}, "184.26 -92.13 63.35 | 155.48 0.00"},
    {"by the share of it that stays written off", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(36852, 16), GIVES(-25336, 21, {LATER, 2, 25336})}, "184.26 -184.26 126.68 | 126.68 0.00"},
    {"reversed again, all of it is as it was", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(9213, 16), GIVES(18426, 16, {LATER, 1, -18426}), GIVES(-9213, 16, {LATER, 2, 9213})}, "184.26 -92.13 -92.13 0.00 | 0.00 0.00"},
    {"less usage, then more of it", 0, 0, 0, {GIVES(-3000, 1, {JANUARY, 1, 3000}), CHARGES(5000, 1)}, "30.00 -30.00 | 0.00 0.00"},
    {"another price of that day is new", 0, 0, 0, {GIVES(-3000, 1, {JANUARY, 1, 3000}), CHARGES_OTHER(5000, 1)}, "30.00 0.00 | 30.00 0.00"},
    {"not what later documents took already", 0, 0, 35000, {GIVES(-3000, 1, {JANUARY, 1, 3000})}, "7.00 | 7.00 0.00"},
    {"a note over a replacement", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), CHARGES(9213, 16), NOTES(-2000, 16, {LATER, 2, 2000})}, "184.26 -92.13 20.00 | 112.13 0.00"},
    {"a note over what gives back takes it back", 0, 0, 0, {GIVES(-18426, 16, {JANUARY, 1, 18426}), NOTES(18426, 16, {LATER, 1, -18426})}, "184.26 -184.26 | 0.00 0.00"},
    {"a note over the invoice itself is counted as one", 0, 0, 0, {NOTES(-2000, 1, {JANUARY, 1, 2000})}, "0.00 | 0.00 0.00"},
    {"with nothing given back what is charged is new", 0, 0, 0, {CHARGES(5000, 1)}, "0.00 | 0.00 0.00"},
};
/* clang-format on */

static struct off_invoice written_off(int64_t invoice_id, int64_t total_minor, int64_t paid_minor,
                                      int64_t noted_minor, struct settlement_event *events)
{
    size_t count = 0;
    if (paid_minor > 0)
        events[count++] = (struct settlement_event){SETTLEMENT_PAYMENT, "credits", EUR(paid_minor)};
    if (noted_minor > 0)
        events[count++] =
            (struct settlement_event){SETTLEMENT_CREDIT_NOTE, "notes", EUR(noted_minor)};
    events[count++] = (struct settlement_event){SETTLEMENT_WRITE_OFF, "w", EUR(total_minor)};
    return (struct off_invoice){.invoice_id = invoice_id,
                                .total = EUR(total_minor),
                                .events = events,
                                .event_count = count,
                                .given = EUR(0),
                                .off = EUR(0),
                                .later = EUR(0)};
}

static bool add_line(struct off_ledger *ledger, const struct line_case *line, int64_t number,
                     struct error *err)
{
    struct off_share shares[SHARES_MAX];
    size_t count = 0;
    const struct off_place place = {.invoice_id = LATER,
                                    .line = number,
                                    .subscription_id = 7,
                                    .price_id = line->price_id == 0 ? 1 : line->price_id,
                                    .plan_id = 1,
                                    .full_start_on = {line->day},
                                    .value = EUR(line->value_minor)};
    for (; count < SHARES_MAX && line->shares[count].invoice_id != 0; count++)
        shares[count] = (struct off_share){line->shares[count].invoice_id, line->shares[count].line,
                                           EUR(line->shares[count].minor)};
    return line->is_noted ? written_off_add_noted(ledger, &place, &shares[0], err)
                          : written_off_add(ledger, &place, shares, count, err);
}

START_TEST(is_off)
{
    const struct off_case *c = &cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("written off test", 1 << 20);
    struct settlement_event events[2][3];
    struct off_invoice invoices[] = {
        written_off(JANUARY, 35700, c->paid_minor, c->noted_minor, events[0]),
        written_off(FEBRUARY, 20000, 0, 0, events[1])};
    size_t chains[OFF_CHAINS] = {0};
    struct off_ledger ledger = {.invoices = invoices,
                                .invoice_count = 2,
                                .chains = chains,
                                .rounding = ROUND_HALF_UP,
                                .arena = arena};
    struct error err = {0};
    char storage[200];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    invoices[0].later = EUR(c->later_minor);
    for (int64_t i = 0; i < LINES_MAX && c->lines[i].value_minor != 0; i++) {
        struct money off = EUR(0);
        ck_assert_msg(add_line(&ledger, &c->lines[i], i + 1, &err), "%s: %s", c->name, err.message);
        for (size_t e = 0; e < ledger.entries.count; e++)
            if (ledger.entries.items[e].place.line == i + 1)
                ck_assert(money_add(off, ledger.entries.items[e].off, &off, &err));
        strbuf_addf(&text, "%s ", money_text(off).text);
    }
    strbuf_addf(&text, "| %s %s", money_text(invoices[0].off).text,
                money_text(invoices[1].off).text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

/* The same lines, those of the first document as stored. */
START_TEST(goes_on_from_stored_entries)
{
    const struct line_case given = GIVES(-18426, 16, {JANUARY, 1, 18426});
    const struct line_case charged = CHARGES(9213, 16);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("written off test", 1 << 20);
    struct settlement_event events[2][3];
    struct off_invoice invoices[2][1] = {{written_off(JANUARY, 35700, 30000, 0, events[0])},
                                         {written_off(JANUARY, 35700, 30000, 0, events[1])}};
    size_t chains[2][OFF_CHAINS] = {{0}};
    struct off_ledger ledgers[2];
    struct error err = {0};
    for (size_t i = 0; i < 2; i++)
        ledgers[i] = (struct off_ledger){.invoices = invoices[i],
                                         .invoice_count = 1,
                                         .chains = chains[i],
                                         .rounding = ROUND_HALF_UP,
                                         .arena = arena};
    ck_assert(add_line(&ledgers[0], &given, 1, &err));
    ck_assert(written_off_add_stored(&ledgers[1], &ledgers[0].entries.items[0], &err));
    for (size_t i = 0; i < 2; i++) {
        ck_assert(add_line(&ledgers[i], &charged, 2, &err));
        ck_assert_int_eq(money_minor(ledgers[i].invoices[0].given), 9213);
        ck_assert_int_eq(money_minor(ledgers[i].invoices[0].off), 5700);
    }
}
END_TEST

static const struct spread_case {
    const char *name;
    int64_t given, lefts[3];
    size_t count;
    int64_t expect[3];
} spread_cases[] = {
    {"all of one",                    1000, {5},         1, {1000}      },
    {"by what is left of each",       1000, {300, 100},  2, {750, 250}  },
    {"of what is below nothing none", -700, {-300, 100}, 2, {0, -700}   },
    {"nothing is left: of the first", 1000, {0, 0},      2, {1000, 0}   },
    {"the cents go to who lost most", 100,  {1, 1, 1},   3, {34, 33, 33}},
};

START_TEST(spreads)
{
    const struct spread_case *c = &spread_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("written off test", 1 << 20);
    struct money lefts[3];
    struct off_share shares[3];
    struct error err = {0};
    for (size_t i = 0; i < c->count; i++)
        lefts[i] = EUR(c->lefts[i]);
    ck_assert_msg(written_off_spread(EUR(c->given), lefts, c->count, arena, shares, &err), "%s: %s",
                  c->name, err.message);
    for (size_t i = 0; i < c->count; i++)
        ck_assert_msg(money_minor(shares[i].given) == c->expect[i], "%s: %zu is %" PRId64, c->name,
                      i, money_minor(shares[i].given));
}
END_TEST

/* Lines of a tax of 19 percent on top, and what the document says that it is of all. */
/* clang-format off */
static const struct value_case {
    const char *name;
    int64_t nets[3];
    size_t count;
    int64_t tax;
    bool inclusive;
    int64_t expect[3];
} value_cases[] = {
    {"by the rate", {-2000, 1000, 3000}, 3, 380, false, {-2380, 1190, 3570}},
    {"where they sum to nothing", {-3000, 3000}, 2, 0, false, {-3570, 3570}},
    {"where they sum to little", {-3000, 3001}, 2, 0, false, {-3570, 3571}},
    {"a cent more is with the largest", {10, 10, 5}, 3, 5, false, {12, 12, 6}},
    {"then with the next one", {-13, -13, -3}, 3, -4, false, {-14, -15, -4}},
    {"what is in the price is in the value", {-2000, 1000}, 2, -160, true, {-2000, 1000}},
};
/* clang-format on */

START_TEST(values)
{
    const struct value_case *c = &value_cases[_i];
    struct invoice_line_content lines[3];
    struct money got[3];
    struct error err = {0};
    const struct invoice_tax_content tax = {.tax = 1,
                                            .rate_percent = {.coefficient = 19},
                                            .inclusive = c->inclusive,
                                            .base = EUR(0),
                                            .tax_amount = EUR(c->tax)};
    for (size_t i = 0; i < c->count; i++)
        lines[i] = (struct invoice_line_content){
            .amount = EUR(c->nets[i]), .discount = EUR(0), .tax = EUR(0), .tax_number = 1};
    ck_assert_msg(written_off_values(lines, c->count, &tax, 1, ROUND_HALF_UP, got, &err), "%s: %s",
                  c->name, err.message);
    for (size_t i = 0; i < c->count; i++)
        ck_assert_msg(money_minor(got[i]) == c->expect[i], "%s: line %zu is %" PRId64, c->name, i,
                      money_minor(got[i]));
}
END_TEST

TEST_SUITE(written_off)
{
    TEST_TABLE(values, value_cases);
    TEST_TABLE(is_off, cases);
    TEST_ONE(goes_on_from_stored_entries);
    TEST_TABLE(spreads, spread_cases);
}
