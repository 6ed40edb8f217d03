/* Filters of meters: every op on texts, numbers and what is not there. */
#include "core/billing/usage_filter.h"
#include "tests/support/suite.h"

#define VALUES_MAX 3

static const struct filter_case {
    const char *op;
    const char *values[VALUES_MAX]; /* NULL-ended */
    const char *text;               /* NULL: the event has none */
    bool holds;
} filter_cases[] = {
    {"eq",       {"eu"},       "eu",     true },
    {"eq",       {"eu"},       "EU",     false},
    {"eq",       {"eu"},       "",       false},
    {"eq",       {""},         "",       true },
    {"eq",       {"eu"},       NULL,     false},
    {"eq",       {""},         NULL,     false},
    {"eq",       {"1.50"},     "1.5",    true },
    {"eq",       {"1.5"},      "1.51",   false},
    {"eq",       {"true"},     "true",   true },
    {"ne",       {"eu"},       "us",     true },
    {"ne",       {"eu"},       "eu",     false},
    {"ne",       {"2"},        "2.0",    false},
    {"ne",       {"eu"},       NULL,     true },
    {"in",       {"eu", "us"}, "us",     true },
    {"in",       {"eu", "us"}, "uk",     false},
    {"in",       {"eu", "us"}, NULL,     false},
    {"in",       {"1", "2.0"}, "2",      true },
    {"in",       {"eu"},       "eu",     true },
    {"not_in",   {"eu", "us"}, "us",     false},
    {"not_in",   {"eu", "us"}, "uk",     true },
    {"not_in",   {"eu", "us"}, NULL,     true },
    {"gt",       {"10"},       "10.001", true },
    {"gt",       {"10"},       "10",     false},
    {"gt",       {"10"},       "9",      false}, /* though "9" sorts after "10" */
    {"gt",       {"-1"},       "0",      true },
    {"gt",       {"10"},       "many",   false},
    {"gt",       {"10"},       NULL,     false},
    {"lt",       {"10"},       "9.99",   true },
    {"lt",       {"10"},       "10",     false},
    {"lt",       {"10"},       "",       false},
    {"lt",       {"10"},       NULL,     false},
    {"contains", {"gpt"},      "x-gpt4", true },
    {"contains", {"gpt"},      "x-GPT4", false},
    {"contains", {""},         "x",      true },
    {"contains", {"gpt"},      NULL,     false},
};

static struct usage_filter filter_of(const char *op, const char *const values[VALUES_MAX])
{
    struct usage_filter filter = {.property = "region", .values = values};
    struct error err = {0};
    ck_assert_msg(filter_op_parse(op, &filter.op, &err), "%s", err.message);
    while (filter.value_count < VALUES_MAX && values[filter.value_count] != NULL)
        filter.value_count++;
    return filter;
}

START_TEST(filters)
{
    const struct filter_case *c = &filter_cases[_i];
    struct usage_filter filter = filter_of(c->op, c->values);
    struct error err = {0};
    ck_assert_msg(usage_filter_check(&filter, &err), "row %d: %s", _i, err.message);
    ck_assert_msg(usage_filter_holds(&filter, c->text) == c->holds, "row %d: %s %s of %s", _i,
                  c->op, c->values[0], c->text == NULL ? "nothing" : c->text);
}
END_TEST

static const struct refusal {
    const char *op, *property;
    const char *values[VALUES_MAX];
    const char *message;
} refusals[] = {
    {"eq", "region", {"eu", "us"}, "op eq takes one value, not a list"    },
    {"eq", "region", {NULL},       "op eq has no value"                   },
    {"in", "region", {NULL},       "op in has no value"                   },
    {"eq", "",       {"eu"},       "op eq has no property"                },
    {"gt", "size",   {"ten"},      "op gt compares numbers: 'ten' is none"},
    {"lt", "size",   {""},         "op lt compares numbers: '' is none"   },
};

START_TEST(refuses)
{
    const struct refusal *c = &refusals[_i];
    struct usage_filter filter = filter_of(c->op, c->values);
    struct error err = {0};
    filter.property = c->property;
    ck_assert(!usage_filter_check(&filter, &err));
    ck_assert_str_eq(err.code, "bad_filter");
    ck_assert_str_eq(err.message, c->message);
}
END_TEST

START_TEST(knows_its_words)
{
    struct error err = {0};
    enum filter_op op;
    for (enum filter_op o = FILTER_EQ; o < FILTER_OP_COUNT; o++)
        ck_assert(filter_op_parse(filter_op_name(o), &op, &err) && op == o);
    ck_assert(!filter_op_parse("like", &op, &err));
    ck_assert_str_eq(err.message, "'like' is not an op: eq, ne, in, not_in, gt, lt or contains");
    ck_assert(!filter_op_parse(NULL, &op, &err));
}
END_TEST

TEST_SUITE(usage_filter)
{
    TEST_TABLE(filters, filter_cases);
    TEST_TABLE(refuses, refusals);
    TEST_ONE(knows_its_words);
}
