/* Tables: widths by what a terminal shows, no spaces at line ends, nothing that steers it. */
#include <string.h>

#include "core/cli/table.h"
#include "tests/support/suite.h"

static const struct width_case {
    const char *name;
    const char *text;
    size_t expect;
} width_cases[] = {
    {"nothing",                   "",                         0},
    {"ASCII",                     "abc",                      3},
    {"umlauts",                   "M\xc3\xbcller",            6},
    {"wide characters",           "\xe8\xab\x8b\xe6\xb1\x82", 4},
    {"a combining mark",          "e\xcc\x81",                1},
    {"a control character",       "a\x1b[2J",                 5},
    {"a byte that is no UTF-8",   "a\xff",                    2},
    {"a control character of C1", "\xc2\x9b",                 1},
};

START_TEST(measures)
{
    const struct width_case *c = &width_cases[_i];
    size_t got = table_text_width(c->text);
    ck_assert_msg(got == c->expect, "%s: got %zu", c->name, got);
}
END_TEST

static const struct table_column two_columns[] = {
    {"name",   TABLE_LEFT },
    {"amount", TABLE_RIGHT},
};
static const struct table_column untitled_columns[] = {
    {"", TABLE_RIGHT},
    {"", TABLE_LEFT },
};

static const struct print_case {
    const char *name;
    const struct table_column *columns;
    const char *indent;
    const char *cells[2][2];
    const char *expect;
} print_cases[] = {
    {"columns line up",
     two_columns,      NULL,
     {{"M\xc3\xbcller", "7.50"}, {"\xe8\xab\x8b", "1234.00"}},
     "name     amount\nM\xc3\xbcller     7.50\n\xe8\xab\x8b      1234.00\n"},
    {"no spaces at line ends",
     two_columns,      "  ",
     {{"a", NULL}, {"bb", ""}},
     "  name  amount\n  a\n  bb\n"                                         },
    {"no titles, no heading",
     untitled_columns, NULL,
     {{"1:", "x"}, {"10:", "y"}},
     " 1:  x\n10:  y\n"                                                    },
    {"nothing that steers the terminal",
     untitled_columns, NULL,
     {{"a\x1b[0m", "b\nc"}, {"\xff", "d"}},
     "a?[0m  b?c\n    ?  d\n"                                              },
};

START_TEST(prints)
{
    const struct print_case *c = &print_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("a test", 1 << 16);
    char got[400] = "";
    struct table table;
    table_start(&table, arena, c->columns, 2);
    table.indent = c->indent;
    for (size_t row = 0; row < 2; row++) {
        const char **cells = table_add_row(&table);
        cells[0] = c->cells[row][0];
        cells[1] = c->cells[row][1];
    }
    FILE *out = fmemopen(got, sizeof got, "w");
    ck_assert_ptr_nonnull(out);
    table_print(&table, out);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_msg(strcmp(got, c->expect) == 0, "%s: got\n%s", c->name, got);
}
END_TEST

START_TEST(keeps_many_rows)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("a test", 1 << 20);
    struct table table;
    table_start(&table, arena, two_columns, 2);
    for (int i = 0; i < 1000; i++)
        table_add_row(&table)[0] = arena_printf(arena, "%d", i);
    ck_assert_uint_eq(table.rows.count, 1000);
    ck_assert_str_eq(table.rows.items[999].cells[0], "999");
    ck_assert_ptr_null(table.rows.items[0].cells[1]);
}
END_TEST

TEST_SUITE(table)
{
    TEST_TABLE(measures, width_cases);
    TEST_TABLE(prints, print_cases);
    TEST_ONE(keeps_many_rows);
}
