#include <string.h>

#include "core/setup/csv.h"
#include "tests/support/suite.h"

#define CELLS_MAX 5

static const struct csv_case {
    const char *name, *record;
    const char *cells[CELLS_MAX]; /* up to NULL; of an error: those before it */
    const char *problem;          /* NULL: none */
    int32_t line, column;         /* of the problem, else of the last cell */
} csv_cases[] = {
    {"plain",                  "a,b",                {"a", "b"},                NULL,                                              0, 3},
    {"empty fields",           ",,",                 {"", "", ""},              NULL,                                              0, 3},
    {"one empty field",        "",                   {""},                      NULL,                                              0, 1},
    {"quoted comma",           "\"a,b\",c",          {"a,b", "c"},              NULL,                                              0, 7},
    {"doubled quotes",         "\"say \"\"hi\"\"\"", {"say \"hi\""},            NULL,                                              0, 1},
    {"quoted empty",           "\"\",x",             {"", "x"},                 NULL,                                              0, 4},
    {"several lines",          "\"a\r\nb\",c",       {"a\r\nb", "c"},           NULL,                                              1, 4},
    {"columns are characters", "\xC3\xBC\xC3\xBC,b", {"\xC3\xBC\xC3\xBC", "b"}, NULL,                                              0, 4},
    {"spaces stay",            " a , b",             {" a ", " b"},             NULL,                                              0, 5},
    {"quote inside",
     "a,b\"c",                                       {"a"},
     "a quote inside a field without quotes; put the field into quotes and double this one",                                       0,
     4                                                                                                                                 },
    {"text behind a quote",
     "\"a\"b",                                       {NULL},
     "a comma must follow the closing quote; quotes inside a field are doubled",                                                   0,
     4                                                                                                                                 },
    {"never closed",           "x,\"a\nb",           {"x"},                     "the quote that opens this field is never closed", 0, 3},
};

START_TEST(splits)
{
    const struct csv_case *c = &csv_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct csv_cells cells = {0};
    struct csv_cell at = {0};
    struct error err = {0};
    bool good = csv_split(c->record, strlen(c->record), arena, arena, &cells, &at, &err);
    ck_assert_msg(good == (c->problem == NULL), "%s: %s", c->name, err.message);
    size_t count = 0;
    while (count < CELLS_MAX && c->cells[count] != NULL)
        count++;
    ck_assert_msg(cells.count == count, "%s: %zu cells", c->name, cells.count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strcmp(cells.items[i].text, c->cells[i]) == 0, "%s: cell %zu is '%s'",
                      c->name, i, cells.items[i].text);
    if (good)
        at = cells.items[count - 1];
    else
        ck_assert_str_eq(err.message, c->problem);
    ck_assert_msg(at.line == c->line && at.column == c->column, "%s: at %d:%d", c->name, at.line,
                  at.column);
}
END_TEST

TEST_SUITE(csv)
{
    TEST_TABLE(splits, csv_cases);
}
