/* Shared forms of output: see output.h. */
#include "core/cli/output.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/cli/calc_input.h"
#include "core/storage/rows.h"

#define US_PER_S 1000000

json_t *json_of_text(const char *text)
{
    return text == NULL ? json_null() : calc_json_text(text);
}

json_t *json_of_number(int64_t number)
{
    return number == DB_I64_NONE ? json_null() : json_integer((json_int_t)number);
}

json_t *json_of_time(int64_t at_us)
{
    char stamp[CLOCK_STAMP_SIZE];
    if (at_us == DB_I64_NONE)
        return json_null();
    clock_stamp(at_us, stamp);
    return json_string(stamp);
}

json_t *json_of_money(struct money money)
{
    return json_pack("{s:s, s:s}", "amount", money_text(money).text, "currency",
                     money.currency.code);
}

void json_print(json_t *value)
{
    (void)json_dumpf(value, stdout, JSON_SORT_KEYS | JSON_INDENT(2) | JSON_ENCODE_ANY);
    (void)fputc('\n', stdout);
    json_decref(value);
}

const char *cell_of_number(struct arena *arena, int64_t number)
{
    return number == DB_I64_NONE ? "-" : arena_printf(arena, "%" PRId64, number);
}

const char *cell_of_instant(struct arena *arena, int64_t at_us)
{
    return at_us == DB_I64_NONE ? "-" : arena_copy(arena, instant_text(at_us).text);
}

const char *cell_of_time(struct arena *arena, int64_t at_us)
{
    char stamp[CLOCK_STAMP_SIZE];
    if (at_us == DB_I64_NONE)
        return "-";
    clock_stamp(at_us, stamp);
    return arena_copy(arena, stamp);
}

const char *cell_of_money(struct arena *arena, struct money money)
{
    return arena_printf(arena, "%s %s", money_text(money).text, money.currency.code);
}

const char *cell_of_text(const char *text)
{
    return text_is_empty(text) ? "-" : text;
}

const char *cell_of_duration(struct arena *arena, int64_t from_us, int64_t to_us)
{
    if (from_us == DB_I64_NONE || to_us == DB_I64_NONE || to_us < from_us)
        return "-";
    int64_t seconds = (to_us - from_us) / US_PER_S;
    if (seconds >= 3600)
        return arena_printf(arena, "%" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600,
                            seconds / 60 % 60, seconds % 60);
    return arena_printf(arena, "%" PRId64 ":%02" PRId64, seconds / 60, seconds % 60);
}

bool money_of_columns(const char *currency, int64_t minor, struct money *ret_money)
{
    struct currency parsed;
    struct error ignored = {0};
    if (currency == NULL || minor == DB_I64_NONE || !currency_parse(currency, &parsed, &ignored))
        return false;
    *ret_money = money_of_minor(minor, parsed);
    return true;
}
