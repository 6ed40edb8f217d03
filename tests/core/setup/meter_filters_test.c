/* Filters of meters as JSON, and properties of events against them. */
#include <string.h>

#include "core/setup/meter_filters.h"
#include "tests/support/suite.h"

/* Tables write ' for ". */
static const char *json(struct arena *arena, const char *text)
{
    char *copy = arena_copy(arena, text);
    for (char *c = copy; c != NULL && *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    return copy;
}

static const struct hold_case {
    const char *filters, *properties;
    bool hold;
} hold_cases[] = {
    {NULL,                                                                              NULL,              true },
    {"[]",                                                                              "{'a':1}",         true },
    {"[{'property':'a','op':'eq','value':1}]",                                          "{'a':1}",         true },
    {"[{'property':'a','op':'eq','value':1}]",                                          "{'a':'1.0'}",     true },
    {"[{'property':'a','op':'eq','value':'1'}]",                                        "{'a':2}",         false},
    {"[{'property':'a','op':'eq','value':true}]",                                       "{'a':true}",      true },
    {"[{'property':'a','op':'eq','value':0.1}]",                                        "{'a':0.1}",       true },
    {"[{'property':'a','op':'eq','value':'x'}]",                                        "{'a':null}",      false},
    {"[{'property':'a','op':'ne','value':'x'}]",                                        "{'a':['x']}",     true },
    {"[{'property':'a','op':'in','value':['x',2]}]",                                    "{'a':2}",         true },
    {"[{'property':'a','op':'in','value':'x'}]",                                        "{'a':'x'}",       true },
    {"[{'property':'a','op':'not_in','value':['x','y']}]",                              NULL,              true },
    {"[{'property':'a','op':'gt','value':'10'},{'property':'a','op':'lt','value':20}]", "{'a':15}",
     true                                                                                                       },
    {"[{'property':'a','op':'gt','value':'10'},{'property':'a','op':'lt','value':20}]", "{'a':25}",
     false                                                                                                      },
    {"[{'property':'a','op':'gt','value':'10'},{'property':'b','op':'eq','value':1}]",
     "{'a':15,'b':2}",                                                                                     false},
    {"[{'property':'a','op':'contains','value':'b c'}]",                                "{'a':'a b c d'}", true },
};

START_TEST(holds)
{
    const struct hold_case *c = &hold_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("filters test", 1 << 20);
    struct meter_filters filters;
    struct error err = {0};
    bool hold = !c->hold;
    ck_assert_msg(meter_filters_parse(json(arena, c->filters), arena, &filters, &err), "row %d: %s",
                  _i, err.message);
    ck_assert_msg(meter_filters_hold(&filters, json(arena, c->properties), &hold, &err),
                  "row %d: %s", _i, err.message);
    ck_assert_msg(hold == c->hold, "row %d: %s", _i, c->filters);
}
END_TEST

#define ENTRY(fields) "[{'property':'ok','op':'eq','value':1},{" fields "}]"
#define IN_ENTRY "field \"filters\": entry 2: "

static const struct refusal {
    const char *filters, *message;
} refusals[] = {
    {"{}",                                              "field \"filters\": is not a list"          },
    {ENTRY("'property':'a','op':'eq'"),
     IN_ENTRY "expected {\"property\": …, \"op\": …, \"value\": …}"                           },
    {ENTRY("'property':'a','op':'eq','value':1,'x':1"),
     IN_ENTRY "expected {\"property\": …, \"op\": …, \"value\": …}"                           },
    {ENTRY("'property':1,'op':'eq','value':1"),
     IN_ENTRY "expected {\"property\": …, \"op\": …, \"value\": …}"                           },
    {ENTRY("'property':'a','op':'is','value':1"),
     IN_ENTRY "'is' is not an op: eq, ne, in, not_in, gt, lt or contains"                           },
    {ENTRY("'property':'a','op':'eq','value':[1]"),     IN_ENTRY "op eq takes one value, not a list"},
    {ENTRY("'property':'a','op':'in','value':[]"),      IN_ENTRY "op in has no value"               },
    {ENTRY("'property':'a','op':'in','value':[null]"),
     IN_ENTRY "a value is no text, number, true or false"                                           },
    {ENTRY("'property':'a','op':'eq','value':1e99"),
     IN_ENTRY "a value is no text, number, true or false"                                           },
    {ENTRY("'property':'a','op':'lt','value':'ten'"),
     IN_ENTRY "op lt compares numbers: 'ten' is none"                                               },
};

START_TEST(refuses)
{
    const struct refusal *c = &refusals[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("filters test", 1 << 20);
    struct meter_filters filters;
    struct error err = {0};
    ck_assert_msg(!meter_filters_parse(json(arena, c->filters), arena, &filters, &err), "row %d",
                  _i);
    ck_assert_str_eq(err.message, c->message);
}
END_TEST

START_TEST(refuses_properties_that_are_none)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("filters test", 1 << 20);
    struct meter_filters filters;
    struct error err = {0};
    bool hold;
    ck_assert(meter_filters_parse(json(arena, "[{'property':'a','op':'eq','value':1}]"), arena,
                                  &filters, &err));
    ck_assert(!meter_filters_hold(&filters, "[1]", &hold, &err));
    ck_assert_str_eq(err.code, "bad_value");
}
END_TEST

TEST_SUITE(meter_filters)
{
    TEST_TABLE(holds, hold_cases);
    TEST_TABLE(refuses, refusals);
    TEST_ONE(refuses_properties_that_are_none);
}
