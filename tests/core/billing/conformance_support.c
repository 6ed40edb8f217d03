/* Reading cases and comparing answers: see conformance.h. */
#include <stdio.h>
#include <string.h>

#include "core/cli/calc.h"
#include "tests/core/billing/conformance.h"

const json_t *given(const struct conformance_case *c, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    ck_assert_msg(value != NULL, "%s: no field %s", c->id, name);
    return value;
}

const char *text_of(const struct conformance_case *c, const json_t *value)
{
    if (json_is_string(value))
        return json_string_value(value);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    ck_assert_msg(text != NULL, "%s", c->id);
    const char *copy = arena_copy(c->arena, text);
    free(text);
    return copy;
}

struct decimal decimal_of(const struct conformance_case *c, const json_t *value)
{
    struct error err = {0};
    struct decimal decimal = {0};
    expect_ok(c, decimal_parse(text_of(c, value), &decimal, &err), &err);
    return decimal;
}

struct decimal input_decimal(const struct conformance_case *c, const char *name)
{
    const json_t *value = json_object_get(c->input, name);
    return value == NULL || json_is_null(value) ? decimal_from_i64(0) : decimal_of(c, value);
}

int64_t input_integer(const struct conformance_case *c, const char *name)
{
    const json_t *value = given(c, c->input, name);
    ck_assert_msg(json_is_integer(value), "%s: %s", c->id, name);
    return json_integer_value(value);
}

const char *input_text(const struct conformance_case *c, const char *name)
{
    return text_of(c, given(c, c->input, name));
}

/* Of an instant's text its date. */
struct date case_date(const struct conformance_case *c, const char *text)
{
    struct error err = {0};
    struct date date = {0};
    const char *day = arena_copy_n(c->arena, text, strnlen(text, DATE_TEXT_SIZE - 1));
    expect_ok(c, date_parse(day, &date, &err), &err);
    return date;
}

struct date input_date(const struct conformance_case *c, const char *name)
{
    return case_date(c, input_text(c, name));
}

const struct zone *zone_of(const struct conformance_case *c, const char *name)
{
    struct error err = {0};
    const struct zone *zone = NULL;
    expect_ok(c, zone_load(c->zones, name, &zone, &err), &err);
    return zone;
}

const json_t *ask(const struct conformance_case *c, const char *calculator, json_t *question)
{
    struct calc_error error = {0};
    json_t *answer = NULL;
    ck_assert_msg(question != NULL, "%s: no question", c->id);
    bool answered = calc_answer(calculator, question, &answer, &error);
    ck_assert_msg(answered, "%s: %s %s", c->id, error.path, error.message);
    json_decref(question);
    ck_assert(json_array_append_new(c->answers, answer) == 0);
    return answer;
}

void put_text(json_t *question, const char *name, const char *text)
{
    ck_assert(json_object_set_new(question, name, json_string(text)) == 0);
}

void put(const struct conformance_case *c, json_t *question, const char *name, const json_t *value)
{
    if (value != NULL && !json_is_null(value))
        put_text(question, name, text_of(c, value));
}

struct money euros(const struct conformance_case *c, struct decimal value)
{
    struct error err = {0};
    struct money money = {0};
    struct currency currency = {"EUR"};
    expect_ok(c, money_from_decimal(value, currency, ROUND_HALF_UP, &money, &err), &err);
    return money;
}

struct ratio days_ratio(const struct conformance_case *c, int64_t numerator, int64_t denominator)
{
    struct error err = {0};
    struct ratio ratio = {0};
    expect_ok(c, ratio_make(numerator, denominator, &ratio, &err), &err);
    return ratio;
}

void expect_same(const struct conformance_case *c, const char *what, struct decimal got,
                 const json_t *expected)
{
    ck_assert_msg(expected != NULL, "%s: no %s is expected", c->id, what);
    ck_assert_msg(decimal_compare(got, decimal_of(c, expected)) == 0, "%s: %s is %s, not %s", c->id,
                  what, decimal_text(got).text, text_of(c, expected));
}

void expect_money(const struct conformance_case *c, const char *what, struct money got,
                  const json_t *expected)
{
    expect_same(c, what, money_to_decimal(got), expected);
}

void expect_text(const struct conformance_case *c, const char *what, const char *got,
                 const json_t *expected)
{
    ck_assert_msg(expected != NULL, "%s: no %s is expected", c->id, what);
    ck_assert_msg(strcmp(got, text_of(c, expected)) == 0, "%s: %s is %s, not %s", c->id, what, got,
                  text_of(c, expected));
}

void expect_ok(const struct conformance_case *c, bool ok, const struct error *err)
{
    ck_assert_msg(ok, "%s: %s", c->id, err->message);
}
