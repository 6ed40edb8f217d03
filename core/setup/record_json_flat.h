/* The short way for the lines that large files are made of: one flat object of plain strings, whole
 * numbers, true, false and null. Private to record_json.c.
 *
 * Whatever else a line has (nested values, escapes, an error of any kind) is left to the parser of
 * the full language: false then says "not this way", never "wrong", so that there is one source of
 * error messages. */
#ifndef BILLMILL_SETUP_RECORD_JSON_FLAT_H
#define BILLMILL_SETUP_RECORD_JSON_FLAT_H

#include "core/setup/record_value.h"

bool record_json_read_flat(const struct value_context *context, const char *text, size_t length,
                           enum record_kind forced, enum record_kind *ret_kind,
                           union record *ret_record);

#endif
