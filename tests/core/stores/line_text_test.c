/* Lines are told apart by what the document as a whole needs: the price, the subscription, the day
 * of the tax. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/stores/line_text.h"
#include "tests/support/suite.h"

#define LINES 4

static struct date day_of(const char *text)
{
    struct error err = {0};
    struct date day;
    ck_assert_msg(date_parse(text, &day, &err), "%s", err.message);
    return day;
}

static const struct text_case {
    const char *name;
    size_t count;
    struct {
        int64_t subscription_id, price_id;
        const char *description, *start; /* of a month; from August on it is charged ahead */
    } lines[LINES];
    const char *texts;
    bool several;
    const char *tax_point; /* of an invoice on 2026-07-31; NULL: they differ */
} text_cases[] = {
    {"no line",                            0, {{0}},                                                                                         "",        false, "2026-07-31"},
    {"one, ahead",                         1, {{1, 1, "Seats", "2026-08-01"}},                                                               "Seats; ", false, "2026-08-01"},
    {"one, in arrears",                    1, {{1, 1, "Calls", "2026-07-01"}},                                                               "Calls; ", false, "2026-07-31"},
    {"both",
     2,                                       {{1, 1, "Seats", "2026-08-01"}, {1, 2, "Calls", "2026-07-01"}},
     "Seats; Calls; ",                                                                                                                                  false,
     NULL                                                                                                                                                                  },
    {"the same by two prices",
     3,                                       {{1, 1, "Seats", "2026-08-01"}, {1, 3, "Calls", "2026-08-01"}, {1, 2, "Seats", "2026-08-01"}},
     "Seats, p1; Calls; Seats, p2; ",                                                                                                                   false,
     "2026-08-01"                                                                                                                                                          },
    {"twice by one price",
     2,                                       {{1, 1, "Seats", "2026-08-01"}, {1, 1, "Seats", "2026-08-16"}},
     "Seats; Seats; ",                                                                                                                                  false,
     NULL                                                                                                                                                                  },
    {"the same of two subscriptions",
     2,                                       {{1, 1, "Seats", "2026-08-01"}, {2, 2, "Seats", "2026-08-01"}},
     "Seats; Seats; ",                                                                                                                                  true,
     "2026-08-01"                                                                                                                                                          },
    {"a commitment is of no subscription",
     2,                                       {{0, 1, "Seats", "2026-07-01"}, {2, 2, "Seats", "2026-07-01"}},
     "Seats (commitment of contract s0, p1); Seats; ",                                                                                                  false,
     "2026-07-31"                                                                                                                                                          },
    {"two commitments",
     2,                                       {{0, 1, "Seats", "2026-07-01"}, {0, 2, "Seats", "2026-07-01"}},
     "Seats (commitment of contract s0, p1); Seats (commitment of contract s0, p2); ",                                                                  false,
     "2026-07-31"                                                                                                                                                          },
};

START_TEST(tells_lines_apart)
{
    const struct text_case *c = &text_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct stored_line lines[LINES] = {0};
    char texts[200] = "";
    for (size_t i = 0; i < c->count; i++)
        lines[i] = (struct stored_line){
            .subscription_id = c->lines[i].subscription_id,
            .subscription = arena_printf(arena, "s%d", (int)c->lines[i].subscription_id),
            .price_id = c->lines[i].price_id,
            .price = arena_printf(arena, "p%d", (int)c->lines[i].price_id),
            .description = c->lines[i].description,
            .period_start_on = day_of(c->lines[i].start),
            .period_end_on = day_of("2026-08-01"),
            .is_ahead = strcmp(c->lines[i].start, "2026-08") > 0,
            .charged_from_on = DATE_NONE,
        };
    for (size_t i = 0; i < c->count; i++) {
        size_t length = strlen(texts);
        (void)snprintf(texts + length, sizeof texts - length, "%s; ",
                       line_text(lines, c->count, i, arena));
    }
    ck_assert_msg(text_equal(texts, c->texts), "%s: %s", c->name, texts);
    ck_assert_msg(lines_name_subscriptions(lines, c->count) == c->several, "%s: several", c->name);
    struct date point = lines_tax_point(lines, c->count, day_of("2026-07-31"));
    ck_assert_msg(c->tax_point == NULL ? date_is_none(point)
                                       : date_compare(point, day_of(c->tax_point)) == 0,
                  "%s: %s", c->name, date_text(point).text);
}
END_TEST

TEST_SUITE(line_text)
{
    TEST_TABLE(tells_lines_apart, text_cases);
}
