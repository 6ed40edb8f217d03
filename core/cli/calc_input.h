/* Reading the JSON of calculators: values with their places, so that an error can name one. Private
 * to core/cli/calc*.c. */
#ifndef BILLMILL_CLI_CALC_INPUT_H
#define BILLMILL_CLI_CALC_INPUT_H

#include "core/base/arena.h"
#include "core/calendar/zone.h"
#include "core/cli/calc.h"
#include "core/money/money.h"

/* A value and the way to it. Places live on the stack and point to their parents. */
struct calc_place {
    const struct calc_place *parent; /* NULL: "$" */
    const char *member;              /* of an object, or NULL: an element */
    size_t index;                    /* of an array */
    const json_t *value;             /* NULL: it is not there, or null */
};

/* What a calculator needs besides its input. */
struct calc_work {
    struct arena *arena;
    struct zone_cache *zones;
};

typedef bool calculate(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                       struct calc_error *err);
calculate calc_price, calc_periods, calc_proration, calc_dunning, calc_conversion, calc_mrr;
calculate calc_invoice, calc_credit_note;
calculate calc_allocation;

/* Both return false. The second takes the message of a rule. */
bool calc_fail(const struct calc_place *place, struct calc_error *err, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool calc_fail_rule(const struct calc_place *place, const struct error *rule_error,
                    struct calc_error *err);

struct calc_place calc_member(const struct calc_place *object, const char *name);
struct calc_place calc_element(const struct calc_place *array, size_t index);
bool calc_is_given(const struct calc_place *place);

/* That it is an object and has no other fields; the first stranger is named. */
MUST_CHECK bool calc_object(const struct calc_place *place, const char *const *fields,
                            size_t field_count, struct calc_error *err);

/* The readers below fail on a value that is not there. Texts are borrowed from the JSON. */
MUST_CHECK bool calc_array(const struct calc_place *place, size_t max_count, size_t *ret_count,
                           struct calc_error *err);
MUST_CHECK bool calc_text(const struct calc_place *place, const char **ret_text,
                          struct calc_error *err);
MUST_CHECK bool calc_decimal(const struct calc_place *place, struct decimal *ret_value,
                             struct calc_error *err);
MUST_CHECK bool calc_bool(const struct calc_place *place, bool *ret_value, struct calc_error *err);
MUST_CHECK bool calc_integer(const struct calc_place *place, int64_t min, int64_t max,
                             int64_t *ret_value, struct calc_error *err);
MUST_CHECK bool calc_currency(const struct calc_place *place, struct currency *ret_currency,
                              struct calc_error *err);
MUST_CHECK bool calc_money(const struct calc_place *place, struct currency currency,
                           struct money *ret_money, struct calc_error *err);

/* half_up or half_even: what an amount may be rounded by. Left as it is when it is not given. */
MUST_CHECK bool calc_rounding(const struct calc_place *place, enum rounding *rounding,
                              struct calc_error *err);

/* UTC when it is not given. */
MUST_CHECK bool calc_zone(const struct calc_place *place, struct calc_work *work,
                          const struct zone **ret_zone, struct calc_error *err);

/* A date, or an instant with its local date. */
struct calc_moment {
    bool is_instant;
    struct date date;
    int64_t at_us; /* of a date: its local midnight */
};
MUST_CHECK bool calc_moment(const struct calc_place *place, const struct zone *zone,
                            struct calc_moment *ret_moment, struct calc_error *err);

/* A new JSON string; bytes that are no UTF-8 become "?". */
json_t *calc_json_text(const char *text);

#endif
