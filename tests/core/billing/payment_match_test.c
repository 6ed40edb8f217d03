/* Which invoices a payment pays that names none, in tables. */
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/payment_match.h"
#include "tests/support/suite.h"

#define INVOICES_MAX 3

struct given_invoice {
    const char *number, *due_on, *issued_on;
    int64_t cents;
    const char *currency; /* NULL: EUR */
};

/* clang-format off */
static const struct match_case {
    const char *name;
    int64_t cents;
    struct given_invoice invoices[INVOICES_MAX];
    size_t count;
    const char *expect; /* what each gets, from the oldest on; the rest */
} match_cases[] = {
    {"no invoice is open", 5000, {{0}}, 0, "rest 50.00"},
    {"just one", 11900, {{"I-1", "2026-11-14", "2026-10-31", 11900, NULL}}, 1, "I-1 119.00 rest 0.00"},
    {"a part of one", 5000, {{"I-1", "2026-11-14", "2026-10-31", 11900, NULL}}, 1, "I-1 50.00 rest 0.00"},
    {"one and more", 15000, {{"I-1", "2026-11-14", "2026-10-31", 11900, NULL}}, 1, "I-1 119.00 rest 31.00"},
    {"the one that is due first", 15000, {{"I-1", "2026-12-14", "2026-10-31", 11900, NULL}, {"I-2", "2026-11-14", "2026-11-01", 11900, NULL}}, 2,
     "I-2 119.00 I-1 31.00 rest 0.00"},
    {"due the same day: the one that was issued first", 15000, {{"I-1", "2026-11-14", "2026-11-02", 11900, NULL}, {"I-2", "2026-11-14", "2026-11-01", 11900, NULL}}, 2,
     "I-2 119.00 I-1 31.00 rest 0.00"},
    {"issued the same day: by number", 15000, {{"I-2", "2026-11-14", "2026-11-01", 11900, NULL}, {"I-1", "2026-11-14", "2026-11-01", 11900, NULL}}, 2,
     "I-1 119.00 I-2 31.00 rest 0.00"},
    {"another currency takes nothing", 15000, {{"I-1", "2026-10-14", "2026-10-01", 11900, "USD"}, {"I-2", "2026-11-14", "2026-11-01", 11900, NULL}}, 2,
     "I-1 0.00 I-2 119.00 rest 31.00"},
    {"what owes nothing takes nothing", 10000, {{"I-1", "2026-10-14", "2026-10-01", 0, NULL}, {"I-2", "2026-11-14", "2026-11-01", 11900, NULL}}, 2,
     "I-1 0.00 I-2 100.00 rest 0.00"},
    {"three", 25000, {{"I-3", "2026-12-14", "2026-12-01", 11900, NULL}, {"I-1", "2026-10-14", "2026-10-01", 11900, NULL}, {"I-2", "2026-11-14", "2026-11-01", 11900, NULL}}, 3,
     "I-1 119.00 I-2 119.00 I-3 12.00 rest 0.00"},
};
static const struct room_case {
    const char *name;
    int64_t owed, given_back, expect;
} room_cases[] = {
    {"nothing was given back", 11900, 0, 11900},
    {"all was paid, some given back", 1900, 1900, 0},
    {"a part was paid, some of it given back: what was never paid", 8900, 2000, 6900},
    {"more was given back than is owed: it was paid too much", 1900, 5000, 0},
    {"nothing is owed", 0, 11900, 0},
};
static const struct undo_case {
    const char *name;
    int64_t cents;
    int64_t parts[INVOICES_MAX];
    size_t count;
    const char *expect; /* what each gives back; the rest */
} undo_cases[] = {
    {"of the last one", 1200, {11900, 11900, 1200}, 3, "0.00 0.00 12.00 rest 0.00"},
    {"and of the one before", 2000, {11900, 11900, 1200}, 3, "0.00 8.00 12.00 rest 0.00"},
    {"a part of the only one", 1900, {11900}, 1, "19.00 rest 0.00"},
    {"all and more", 15000, {11900}, 1, "119.00 rest 31.00"},
    {"of what was given back before nothing", 1000, {11900, 0}, 2, "10.00 0.00 rest 0.00"},
    {"there are no parts", 1000, {0}, 0, "rest 10.00"},
};
/* clang-format on */

static struct currency currency_named(const char *code)
{
    struct currency currency = {""};
    memcpy(currency.code, code == NULL ? "EUR" : code, sizeof currency.code);
    return currency;
}

static struct date day(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

static int compare(const void *a, const void *b)
{
    return match_invoice_compare(a, b);
}

START_TEST(matches)
{
    const struct match_case *c = &match_cases[_i];
    struct match_invoice invoices[INVOICES_MAX] = {{0}};
    struct money rest = {0}, owed_before[INVOICES_MAX] = {{0}};
    struct error err = {0};
    char storage[200];
    struct strbuf text;
    for (size_t i = 0; i < c->count; i++) {
        const struct given_invoice *given = &c->invoices[i];
        invoices[i] = (struct match_invoice){
            .number = given->number,
            .due_on = day(given->due_on),
            .issued_on = day(given->issued_on),
            .owed = money_of_minor(given->cents, currency_named(given->currency))};
    }
    qsort(invoices, c->count, sizeof *invoices, compare);
    for (size_t i = 0; i < c->count; i++)
        owed_before[i] = invoices[i].owed;
    ck_assert_msg(payment_match(money_of_minor(c->cents, currency_named(NULL)), invoices, c->count,
                                &rest, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < c->count; i++) {
        struct money sum = {0};
        strbuf_addf(&text, "%s %s ", invoices[i].number, money_text(invoices[i].matched).text);
        ck_assert(money_add(invoices[i].owed, invoices[i].matched, &sum, &err));
        ck_assert_msg(money_equal(sum, owed_before[i]), "%s: what is still owed", c->name);
    }
    strbuf_addf(&text, "rest %s", money_text(rest).text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

START_TEST(has_room)
{
    const struct room_case *c = &room_cases[_i];
    struct currency eur = currency_named(NULL);
    struct money room = {0};
    struct error err = {0};
    ck_assert_msg(payment_match_room(money_of_minor(c->owed, eur),
                                     money_of_minor(c->given_back, eur), &room, &err),
                  "%s: %s", c->name, err.message);
    ck_assert_msg(money_minor(room) == c->expect, "%s: got %s", c->name, money_text(room).text);
}
END_TEST

START_TEST(undoes)
{
    const struct undo_case *c = &undo_cases[_i];
    struct money parts[INVOICES_MAX], taken[INVOICES_MAX] = {{0}}, rest = {0};
    struct error err = {0};
    char storage[200];
    struct strbuf text;
    for (size_t i = 0; i < c->count; i++)
        parts[i] = money_of_minor(c->parts[i], currency_named(NULL));
    ck_assert_msg(payment_match_undo(money_of_minor(c->cents, currency_named(NULL)), parts,
                                     c->count, taken, &rest, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < c->count; i++)
        strbuf_addf(&text, "%s ", money_text(taken[i]).text);
    strbuf_addf(&text, "rest %s", money_text(rest).text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

TEST_SUITE(payment_match)
{
    TEST_TABLE(matches, match_cases);
    TEST_TABLE(has_room, room_cases);
    TEST_TABLE(undoes, undo_cases);
}
