/* JSON values with places: see calc_input.h. */
#include "core/cli/calc_input.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/calendar/instant.h"

static void add_path(struct strbuf *path, const struct calc_place *place)
{
    if (place->parent == NULL) {
        strbuf_add_char(path, '$');
        return;
    }
    add_path(path, place->parent);
    if (place->member == NULL) {
        strbuf_addf(path, "[%zu]", place->index);
        return;
    }
    strbuf_add_char(path, '.');
    strbuf_add(path, place->member);
}

static void write_path(const struct calc_place *place, struct calc_error *err)
{
    struct strbuf path;
    strbuf_init(&path, err->path, sizeof err->path);
    add_path(&path, place);
}

bool calc_fail(const struct calc_place *place, struct calc_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    write_path(place, err);
    return false;
}

bool calc_fail_rule(const struct calc_place *place, const struct error *rule_error,
                    struct calc_error *err)
{
    return calc_fail(place, err, "%s", rule_error->message);
}

static const json_t *present(const json_t *value)
{
    return json_is_null(value) ? NULL : value;
}

struct calc_place calc_member(const struct calc_place *object, const char *name)
{
    return (struct calc_place){
        .parent = object,
        .member = name,
        .value = present(json_object_get(object->value, name)),
    };
}

struct calc_place calc_element(const struct calc_place *array, size_t index)
{
    return (struct calc_place){
        .parent = array,
        .index = index,
        .value = present(json_array_get(array->value, index)),
    };
}

bool calc_is_given(const struct calc_place *place)
{
    return place->value != NULL;
}

static bool is_known(const char *name, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(name, fields[i]))
            return true;
    return false;
}

bool calc_object(const struct calc_place *place, const char *const *fields, size_t field_count,
                 struct calc_error *err)
{
    if (!calc_is_given(place))
        return calc_fail(place, err, "is missing: expected an object");
    if (!json_is_object(place->value))
        return calc_fail(place, err, "expected an object");
    /* Iterators of jansson change nothing but want a pointer that could. */
    json_t *object = json_incref((json_t *)(uintptr_t)place->value);
    bool known = true;
    for (void *it = json_object_iter(object); it != NULL && known;
         it = json_object_iter_next(object, it)) {
        struct calc_place stranger = {.parent = place, .member = json_object_iter_key(it)};
        known = is_known(stranger.member, fields, field_count);
        if (!known)
            (void)calc_fail(&stranger, err, "unknown field");
    }
    json_decref(object);
    return known;
}

static bool missing(const struct calc_place *place, const char *expected, struct calc_error *err)
{
    (void)calc_fail(place, err, "%sexpected %s",
                    calc_is_given(place) ? "" : "is missing: ", expected);
    return false;
}

bool calc_array(const struct calc_place *place, size_t max_count, size_t *ret_count,
                struct calc_error *err)
{
    if (!json_is_array(place->value))
        return missing(place, "an array", err);
    *ret_count = json_array_size(place->value);
    return *ret_count <= max_count || calc_fail(place, err, "has more than %zu entries", max_count);
}

bool calc_text(const struct calc_place *place, const char **ret_text, struct calc_error *err)
{
    if (!json_is_string(place->value))
        return missing(place, "a string", err);
    *ret_text = json_string_value(place->value);
    return true;
}

bool calc_decimal(const struct calc_place *place, struct decimal *ret_value, struct calc_error *err)
{
    struct error rule = {0};
    if (json_is_integer(place->value)) {
        *ret_value = decimal_from_i64(json_integer_value(place->value));
        return true;
    }
    if (json_is_real(place->value))
        return calc_fail(place, err, "is a floating-point number: write a decimal as a string");
    if (!json_is_string(place->value))
        return missing(place, "a decimal as a string, or an integer", err);
    return decimal_parse(json_string_value(place->value), ret_value, &rule) ||
           calc_fail_rule(place, &rule, err);
}

bool calc_bool(const struct calc_place *place, bool *ret_value, struct calc_error *err)
{
    if (!json_is_boolean(place->value))
        return missing(place, "true or false", err);
    *ret_value = json_is_true(place->value);
    return true;
}

bool calc_integer(const struct calc_place *place, int64_t min, int64_t max, int64_t *ret_value,
                  struct calc_error *err)
{
    int64_t value = 0;
    bool read = json_is_integer(place->value);
    if (read)
        value = json_integer_value(place->value);
    else if (json_is_string(place->value))
        read = text_parse_i64(json_string_value(place->value), &value);
    if (!read && !calc_is_given(place))
        return calc_fail(place, err, "is missing: expected an integer");
    if (!read || value < min || value > max)
        return calc_fail(place, err, "expected an integer from %" PRId64 " to %" PRId64, min, max);
    *ret_value = value;
    return true;
}

bool calc_currency(const struct calc_place *place, struct currency *ret_currency,
                   struct calc_error *err)
{
    struct error rule = {0};
    const char *code;
    return calc_text(place, &code, err) &&
           (currency_parse(code, ret_currency, &rule) || calc_fail_rule(place, &rule, err));
}

bool calc_rounding(const struct calc_place *place, enum rounding *rounding, struct calc_error *err)
{
    enum rounding given = ROUND_HALF_UP;
    struct error rule = {0};
    const char *name;
    if (!calc_is_given(place))
        return true;
    if (!calc_text(place, &name, err))
        return false;
    if (!rounding_parse(name, &given, &rule) ||
        (given != ROUND_HALF_UP && given != ROUND_HALF_EVEN))
        return calc_fail(place, err,
                         "'%.40s' does not round amounts: expected half_up or half_even", name);
    *rounding = given;
    return true;
}

bool calc_money(const struct calc_place *place, struct currency currency, struct money *ret_money,
                struct calc_error *err)
{
    struct error rule = {0};
    struct decimal value = {0};
    struct money money;
    if (!calc_decimal(place, &value, err))
        return false;
    if (!money_from_decimal(value, currency, ROUND_DOWN, &money, &rule))
        return calc_fail_rule(place, &rule, err);
    if (decimal_compare(money_to_decimal(money), value) != 0)
        return calc_fail(place, err, "has more digits after the point than %s, which has %" PRId32,
                         currency.code, currency_digits(currency));
    *ret_money = money;
    return true;
}

bool calc_zone(const struct calc_place *place, struct calc_work *work, const struct zone **ret_zone,
               struct calc_error *err)
{
    struct error rule = {0};
    const char *name;
    if (!calc_is_given(place)) {
        *ret_zone = zone_utc();
        return true;
    }
    return calc_text(place, &name, err) &&
           (zone_load(work->zones, name, ret_zone, &rule) || calc_fail_rule(place, &rule, err));
}

bool calc_moment(const struct calc_place *place, const struct zone *zone,
                 struct calc_moment *ret_moment, struct calc_error *err)
{
    struct error rule = {0};
    const char *text;
    if (!json_is_string(place->value))
        return missing(place, "a date YYYY-MM-DD or an instant in RFC 3339", err);
    text = json_string_value(place->value);
    ret_moment->is_instant = strlen(text) >= DATE_TEXT_SIZE;
    if (!ret_moment->is_instant) {
        if (!date_parse(text, &ret_moment->date, &rule))
            return calc_fail_rule(place, &rule, err);
        ret_moment->at_us = zone_midnight(zone, ret_moment->date);
        /* East of UTC the first day of the calendar begins before it, where no instant has a text.
         */
        return ret_moment->at_us >= instant_of_utc_date((struct date){DATE_DAYS_MIN}) ||
               calc_fail(place, err, "begins before the year 1 in UTC");
    }
    if (!instant_parse(text, &ret_moment->at_us, &rule))
        return calc_fail_rule(place, &rule, err);
    ret_moment->date = zone_local_date(zone, ret_moment->at_us);
    return true;
}

json_t *calc_json_text(const char *text)
{
    char clean[ERROR_MESSAGE_SIZE];
    size_t bad;
    (void)snprintf(clean, sizeof clean, "%s", text);
    while (!text_utf8_valid(clean, strlen(clean), &bad))
        clean[bad] = '?';
    return json_string(clean);
}
