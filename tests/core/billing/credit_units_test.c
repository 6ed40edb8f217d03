/* Units by hand: parts of lines, order, what is there, what is due. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/credit.h"
#include "core/billing/credit_units.h"
#include "tests/support/suite.h"

#define LINES 3
#define GRANTS 3

static const struct currency euro = {"EUR"};

struct given_grant {
    const char *units;
    int64_t meter, priority, effective_day, expiry_day; /* 0: none; the draw is on day 10 */
};

struct given_line {
    const char *quantity;
    int64_t meter, cents;
};

/* clang-format off */
static const struct draw_case {
    const char *name;
    struct given_grant grants[GRANTS];
    struct given_line lines[LINES];
    int64_t due_cents;
    const char *expect; /* grant:line:units:amount … | applied */
} draw_cases[] = {
    {"nothing", {{0}}, {{"5", 1, 100}}, 100, "| 0.00"},
    {"a part", {{"40", 1, 50, 0, 0}}, {{"100", 1, 1190}}, 1190, "0:0:40:4.76 | 4.76"},
    {"all of it, and some stay", {{"40", 1, 50, 0, 0}}, {{"30", 1, 357}}, 357, "0:0:30:3.57 | 3.57"},
    {"rounded once, the last take the rest", {{"2", 1, 90, 0, 0}, {"2", 1, 50, 0, 0}, {"10", 1, 10, 0, 0}}, {{"7", 1, 83}}, 83, "0:0:2:0.24 1:0:2:0.24 2:0:3:0.35 | 0.83"},
    {"a tie is rounded up", {{"1", 1, 50, 0, 0}}, {{"2", 1, 5}}, 5, "0:0:1:0.03 | 0.03"},
    {"roundings never pass the value", {{"1", 1, 90, 0, 0}, {"1", 1, 50, 0, 0}, {"1", 1, 10, 0, 0}}, {{"4", 1, 2}, {"1", 0, 50}}, 52, "0:0:1:0.01 1:0:1:0.01 2:0:1:0.00 | 0.02"},
    {"earlier expiry before later and none", {{"1", 1, 50, 0, 0}, {"1", 1, 50, 0, 30}, {"1", 1, 50, 0, 20}}, {{"10", 1, 100}}, 100, "2:0:1:0.10 1:0:1:0.10 0:0:1:0.10 | 0.30"},
    {"not yet, or no longer", {{"1", 1, 50, 11, 0}, {"1", 1, 50, 0, 10}, {"1", 1, 50, 10, 11}}, {{"10", 1, 100}}, 100, "2:0:1:0.10 | 0.10"},
    {"lines in their order", {{"15", 1, 50, 0, 0}}, {{"10", 1, 100}, {"10", 1, 300}}, 400, "0:0:10:1.00 0:1:5:1.50 | 2.50"},
    {"each by its meter", {{"15", 2, 50, 0, 0}, {"1", 1, 50, 0, 0}}, {{"10", 1, 100}, {"10", 2, 300}, {"10", 0, 500}}, 900, "1:0:1:0.10 0:1:10:3.00 | 3.10"},
    {"nothing of what gives back", {{"15", 1, 50, 0, 0}}, {{"-10", 1, -100}, {"10", 1, 300}}, 200, "0:1:6.666667:2.00 | 2.00"},
    {"never more than is due", {{"15", 1, 50, 0, 0}}, {{"10", 1, 100}, {"10", 1, 300}}, 50, "0:0:5:0.50 | 0.50"},
    {"units beyond what is due stay", {{"1000", 1, 50, 0, 0}}, {{"1000", 1, 10000}, {"5", 0, -9000}}, 1000, "0:0:100:10.00 | 10.00"},
    {"units for what is due are counted up", {{"7", 1, 50, 0, 0}}, {{"7", 1, 300}}, 100, "0:0:2.333334:1.00 | 1.00"},
    {"what is due is of the second grant", {{"2", 1, 90, 0, 0}, {"9", 1, 50, 0, 0}}, {{"10", 1, 100}}, 50, "0:0:2:0.20 1:0:3:0.30 | 0.50"},
    {"fractions", {{"0.5", 1, 50, 0, 0}}, {{"1.25", 1, 100}}, 100, "0:0:0.5:0.40 | 0.40"},
    {"beyond millionths is counted up", {{"5", 1, 50, 0, 0}}, {{"1.0000001", 1, 100}}, 100, "0:0:1.000001:1.00 | 1.00"},
    {"more than can be counted", {{"5", 1, 50, 0, 0}}, {{"50000000000000000000", 1, 100}}, 100, "0:0:5:0.00 | 0.00"},
};
/* clang-format on */

START_TEST(draws)
{
    const struct draw_case *c = &draw_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct unit_grant grants[GRANTS];
    struct unit_line lines[LINES];
    size_t grant_count = 0, line_count = 0;
    struct unit_result result;
    struct error err = {0};
    char storage[400];
    struct strbuf text;
    for (; grant_count < GRANTS && c->grants[grant_count].units != NULL; grant_count++) {
        const struct given_grant *given = &c->grants[grant_count];
        struct unit_grant *grant = &grants[grant_count];
        *grant = (struct unit_grant){.meter_id = given->meter,
                                     .priority = given->priority,
                                     .effective_at_us = given->effective_day,
                                     .expires_at_us = given->expiry_day == 0 ? CREDIT_NEVER_EXPIRES
                                                                             : given->expiry_day};
        ck_assert(credit_units_parse(given->units, &grant->left_millionths, &err));
    }
    for (; line_count < LINES && c->lines[line_count].quantity != NULL; line_count++) {
        const struct given_line *given = &c->lines[line_count];
        lines[line_count] = (struct unit_line){.meter_id = given->meter,
                                               .value = money_of_minor(given->cents, euro)};
        ck_assert(decimal_parse(given->quantity, &lines[line_count].quantity, &err));
    }
    ck_assert_msg(credit_units_draw(grants, grant_count, lines, line_count,
                                    money_of_minor(c->due_cents, euro), 10, arena, &result, &err),
                  "%s: %s", c->name, err.message);
    strbuf_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < result.draw_count; i++) {
        const struct unit_draw *draw = &result.draws[i];
        strbuf_addf(&text, "%zu:%zu:%s:%s ", draw->grant, draw->line,
                    credit_units_text(draw->millionths, arena), money_text(draw->amount).text);
    }
    strbuf_addf(&text, "| %s", money_text(result.applied).text);
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s, want %s", c->name, text.text,
                  c->expect);
}
END_TEST

static const struct parse_case {
    const char *text;
    int64_t millionths; /* 0: refused */
} parse_cases[] = {
    {"1",             1000000            },
    {"0.5",           500000             },
    {"0.000001",      1                  },
    {"9223372036854", 9223372036854000000},
    {"0",             0                  },
    {"-1",            0                  },
    {"0.0000001",     0                  },
    {"9223372036855", 0                  },
    {"one",           0                  },
};

START_TEST(parses)
{
    const struct parse_case *c = &parse_cases[_i];
    int64_t millionths = 0;
    struct error err = {0};
    ck_assert_msg(credit_units_parse(c->text, &millionths, &err) == (c->millionths > 0), "%s",
                  c->text);
    ck_assert_msg(millionths == c->millionths, "%s is %" PRId64, c->text, millionths);
}
END_TEST

TEST_SUITE(credit_units)
{
    TEST_TABLE(draws, draw_cases);
    TEST_TABLE(parses, parse_cases);
}
