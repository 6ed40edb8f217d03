/* Versions of a price, cut where a contract has a say. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/price_spans.h"
#include "tests/support/suite.h"

#define DAYS_MAX 4

static struct date day_of(const char *text)
{
    struct date date = DATE_NONE;
    struct error err = {0};
    if (text != NULL)
        ck_assert_msg(date_parse(text, &date, &err), "%s", err.message);
    return date;
}

/* clang-format off */
static const struct cut_case {
    const char *name;
    struct { const char *from, *until; } spans[2];
    const char *days[DAYS_MAX];
    const char *expect;
} cut_cases[] = {
    {"no days", {{"2026-01-01", NULL}}, {NULL}, "2026-01-01- "},
    {"a phase within an open version", {{"2026-01-01", NULL}}, {"2026-03-01", "2026-02-01"}, "2026-01-01-2026-02-01 2026-02-01-2026-03-01 2026-03-01- "},
    {"a day twice", {{"2026-01-01", "2026-04-01"}}, {"2026-02-01", "2026-02-01"}, "2026-01-01-2026-02-01 2026-02-01-2026-04-01 "},
    {"where a version begins or ends nothing is cut", {{"2026-01-01", "2026-04-01"}, {"2026-04-01", NULL}}, {"2026-01-01", "2026-04-01"}, "2026-01-01-2026-04-01 2026-04-01- "},
    {"outside of all", {{"2026-01-01", "2026-04-01"}}, {"2025-01-01", "2026-05-01"}, "2026-01-01-2026-04-01 "},
    {"each version has its own", {{"2026-01-01", "2026-04-01"}, {"2026-04-01", NULL}}, {"2026-05-01", "2026-02-01"}, "2026-01-01-2026-02-01 2026-02-01-2026-04-01 2026-04-01-2026-05-01 2026-05-01- "},
};
/* clang-format on */

START_TEST(cuts)
{
    const struct cut_case *c = &cut_cases[_i];
    struct arena *arena = arena_create("test", 1u << 16);
    struct price_span items[2];
    size_t given = 0;
    struct date days[DAYS_MAX];
    size_t count = 0;
    char text[400];
    struct strbuf got;
    strbuf_init(&got, text, sizeof text);
    for (; given < ARRAY_LEN(items) && c->spans[given].from != NULL; given++)
        items[given] = (struct price_span){day_of(c->spans[given].from),
                                           day_of(c->spans[given].until), _i % 2 == 0};
    struct price_spans spans = {.items = items, .count = given};
    for (; count < DAYS_MAX && c->days[count] != NULL; count++)
        days[count] = day_of(c->days[count]);
    struct price_spans cut = price_spans_cut(&spans, days, count, arena);
    for (size_t i = 0; i < cut.count; i++) {
        const struct price_span *span = &cut.items[i];
        strbuf_addf(&got, "%s-%s ", date_text(span->from).text,
                    date_is_none(span->until) ? "" : date_text(span->until).text);
        ck_assert_msg(span->per_quantity == (_i % 2 == 0), "%s", c->name);
    }
    ck_assert_msg(strcmp(got.text, c->expect) == 0, "%s: %s", c->name, got.text);
    arena_destroy(&arena);
}
END_TEST

TEST_SUITE(price_spans)
{
    TEST_TABLE(cuts, cut_cases);
}
