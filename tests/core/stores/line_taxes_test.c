/* The taxes of a billed line are found among those of many documents, in the order of their
 * numbers; of several lines one gives its taxes. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/stores/line_taxes.h"
#include "tests/support/suite.h"

#define LINES 3

static struct stored_tax tax_of(int64_t invoice_id, int64_t number, int64_t beside,
                                const char *name, int64_t percent, bool inclusive)
{
    return (struct stored_tax){.invoice_id = invoice_id,
                               .tax = number,
                               .beside_tax = beside,
                               .name = name,
                               .category = "standard",
                               .rate_percent = decimal_from_i64(percent),
                               .inclusive = inclusive,
                               .note = percent == 0 ? "a reason" : NULL};
}

/* By invoice; within one in any order. */
static size_t fill_taxes(struct stored_tax *taxes)
{
    size_t count = 0;
    taxes[count++] = tax_of(3, 1, DB_I64_NONE, "USt.", 19, false);
    taxes[count++] = tax_of(5, 3, 1, "PST", 7, false);
    taxes[count++] = tax_of(5, 2, DB_I64_NONE, "USt.", 16, true);
    taxes[count++] = tax_of(5, 1, DB_I64_NONE, "GST", 5, false);
    taxes[count++] = tax_of(7, 1, DB_I64_NONE, "Reverse charge", 0, false);
    return count;
}

static const struct billed_case {
    const char *name;
    int64_t invoice_id, tax;
    const char *expect; /* NULL: refused */
} billed_cases[] = {
    {"the first document",               3, 1,           "USt. 19 exclusive; "               },
    {"two beside each other, by number", 5, 1,           "GST 5 exclusive; PST 7 exclusive; "},
    {"inclusive",                        5, 2,           "USt. 16 inclusive; "               },
    {"the last one, with its note",      7, 1,           "Reverse charge 0 exclusive note; " },
    {"none",                             5, DB_I64_NONE, ""                                  },
    {"of a document without taxes none", 4, DB_I64_NONE, ""                                  },
    {"a number that is not there",       5, 4,           NULL                                },
    {"a document that is not there",     4, 1,           NULL                                },
};

START_TEST(finds_them_as_billed)
{
    const struct billed_case *c = &billed_cases[_i];
    struct stored_tax taxes[8];
    size_t count = fill_taxes(taxes);
    struct stored_billed_line of = {
        .invoice_id = c->invoice_id, .tax = c->tax, .document = "INV-1"};
    struct tax_choices choices = {.count = 99};
    struct error err = {0};
    char text[400] = "";
    size_t used = 0;
    bool good = line_taxes_as_billed(taxes, count, &of, &choices, &err);
    if (c->expect == NULL) {
        ck_assert_msg(!good && err.kind == ERROR_RUN && strstr(err.message, "INV-1") != NULL,
                      "%s: %s", c->name, err.message);
        return;
    }
    ck_assert_msg(good, "%s: %s", c->name, err.message);
    for (size_t i = 0; i < choices.count; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s %s %s%s; ", choices.items[i].name,
                             decimal_text(choices.items[i].rate_percent).text,
                             choices.items[i].inclusive ? "inclusive" : "exclusive",
                             choices.items[i].note == NULL ? "" : " note");
    ck_assert_msg(text_equal(text, c->expect), "%s: %s", c->name, text);
}
END_TEST

START_TEST(refuses_too_many)
{
    struct stored_tax taxes[TAX_PER_LINE_MAX + 1];
    struct stored_billed_line of = {.invoice_id = 1, .tax = 1, .document = "INV-1"};
    struct tax_choices choices;
    struct error err = {0};
    for (int64_t i = 0; i <= TAX_PER_LINE_MAX; i++)
        taxes[i] = tax_of(1, i + 1, i == 0 ? DB_I64_NONE : 1, "tax", i, false);
    ck_assert(line_taxes_as_billed(taxes, TAX_PER_LINE_MAX, &of, &choices, &err));
    ck_assert_uint_eq(choices.count, TAX_PER_LINE_MAX);
    ck_assert(!line_taxes_as_billed(taxes, TAX_PER_LINE_MAX + 1, &of, &choices, &err));
    ck_assert(err.kind == ERROR_RUN);
}
END_TEST

static const struct choose_case {
    const char *name;
    size_t count;
    struct {
        int64_t percents[2]; /* 0: none */
        bool is_taken;
    } lines[LINES];
    size_t expect;
} choose_cases[] = {
    {"the one that is taken",             2, {{{7, 0}, false}, {{19, 0}, true}},                 1},
    {"two count together",                2, {{{5, 7}, true}, {{10, 0}, true}},                  1},
    {"no tax at all is the lowest",       2, {{{0, 0}, true}, {{10, 0}, true}},                  0},
    {"the same sum otherwise: the newer", 3, {{{5, 7}, true}, {{12, 0}, true}, {{0, 0}, false}}, 1},
};

START_TEST(chooses_by_their_sum)
{
    const struct choose_case *c = &choose_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 16);
    struct billed_line billed[LINES] = {0};
    struct tax_choices choices[LINES] = {0};
    bool takes[LINES];
    struct money zero = money_of_minor(0, (struct currency){"EUR"});
    struct error err = {0};
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < c->count; i++) {
        billed[i] = (struct billed_line){.kind = "usage",
                                         .charged = money_of_minor(100, zero.currency),
                                         .unpaid = zero,
                                         .noted = zero,
                                         .forgiven = zero};
        takes[i] = c->lines[i].is_taken;
        for (size_t k = 0; k < 2 && c->lines[i].percents[k] > 0; k++)
            choices[i].items[choices[i].count++] =
                (struct tax_choice){.rate_percent = decimal_from_i64(c->lines[i].percents[k])};
    }
    ck_assert_msg(line_taxes_choose(billed, takes, choices, c->count, arena, &found, &err), "%s",
                  err.message);
    ck_assert_msg(found == c->expect, "%s: %zu", c->name, found);
}
END_TEST

TEST_SUITE(line_taxes)
{
    TEST_TABLE(finds_them_as_billed, billed_cases);
    TEST_ONE(refuses_too_many);
    TEST_TABLE(chooses_by_their_sum, choose_cases);
}
