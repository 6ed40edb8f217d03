/* One value of a record: from the text of a file into its struct, and back. */
#ifndef BILLMILL_SETUP_RECORD_VALUE_H
#define BILLMILL_SETUP_RECORD_VALUE_H

#include "core/calendar/zone.h"
#include "core/setup/record_field.h"

/* What the file said: a cell of CSV may mean anything, JSON is typed. */
enum value_form { FORM_CELL, FORM_STRING, FORM_INTEGER, FORM_REAL, FORM_BOOL };

struct value_source {
    enum value_form form;
    const char *text; /* ended by NUL, valid UTF-8 */
};

/* Where values are kept, and what zones are looked up in. */
struct value_context {
    struct arena *arena;
    struct zone_cache *zones;
};

/* Sets the member of `record` for any type but FIELD_JSON, FIELD_JSON_LIST, FIELD_LIST
 * (record_json.h) and FIELD_UNSUPPORTED. `currency` is what money is counted in. ERROR_ITEM
 * "bad_value" names the field, the value and what was expected. */
MUST_CHECK bool record_value_set(const struct value_context *context,
                                 const struct record_field *field, struct value_source source,
                                 const char *currency, void *record, struct error *err);

/* Every member absent: NULL, RECORD_INT_NONE, RECORD_INSTANT_NONE, false, zeros. */
void record_value_clear_all(const struct record_shape *shape, void *record);

/* The value as a file would have it, without quotes; NULL for an absent one. In the arena or in the
 * record. Not for lists. */
const char *record_value_text(const struct record_field *field, const void *record,
                              const char *currency, struct arena *arena);

/* Whether the value stands in a file without quotes: numbers of type int, and booleans. */
bool record_value_is_bare(const struct record_field *field);

/* Replaces the message by `field "name": message` once. */
bool record_field_error(struct error *err, const struct record_field *field);

#endif
