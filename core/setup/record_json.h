/* Records as JSON: one object of a JSON Lines file into a struct, and a struct into a line.
 *
 * 1. Duplicate keys, unknown fields, numbers where a decimal string is due and trailing text are
 * refused. `null` reads as absent.
 * 2. Nested objects are the fields with a dot: {"address": {"city": …}} is address.city.
 * 3. The line that is written has its keys sorted and absent fields left out (except those marked
 * FIELD_SHOWN); reading it gives the same record. */
#ifndef BILLMILL_SETUP_RECORD_JSON_H
#define BILLMILL_SETUP_RECORD_JSON_H

#include "core/setup/json_text.h"
#include "core/setup/record_value.h"

/* `forced` (RECORD_KIND_COUNT: none) is the kind of objects without a "record". On a syntax error
 * *ret_column (from 1) is where, otherwise it is 0. ERROR_ITEM. */
MUST_CHECK bool record_json_read(const struct value_context *context, const char *text,
                                 size_t length, enum record_kind forced, enum record_kind *ret_kind,
                                 union record *ret_record, int32_t *ret_column, struct error *err);

/* A cell of CSV for a field of type FIELD_JSON, FIELD_JSON_LIST or FIELD_LIST: JSON text. */
MUST_CHECK bool record_json_read_cell(const struct value_context *context,
                                      const struct record_field *field, const char *text,
                                      const char *currency, void *record, struct error *err);

/* After the fields have been set: `seen` has bit i for field i. Fills in presets and refuses absent
 * required fields. */
MUST_CHECK bool record_complete(const struct value_context *context,
                                const struct record_shape *shape, uint64_t seen, void *record,
                                struct error *err);

/* Appends the record as one line, with the newline. `scratch` is for working memory. */
void record_json_write(enum record_kind kind, const union record *record, struct arena *scratch,
                       struct json_text *json);

/* The text of a property in canonical properties: a string as it is, a number or boolean as JSON
 * writes it. ERROR_ITEM "bad_value" where there is none, or it is null, a list or an object. */
MUST_CHECK bool record_property_text(const char *properties, const char *name, struct arena *arena,
                                     const char **ret_text, struct error *err);

#endif
