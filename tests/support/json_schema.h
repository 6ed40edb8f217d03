/* A validator for the part of JSON Schema 2020-12 that the shipped schemas use. An unknown keyword
 * makes the test fail, so that a schema never asks for more than is checked here. */
#ifndef BILLMILL_TESTS_JSON_SCHEMA_H
#define BILLMILL_TESTS_JSON_SCHEMA_H

#include <jansson.h>

#include "core/base/compiler.h"

bool json_schema_accepts(const json_t *schema, const json_t *value);

#endif
