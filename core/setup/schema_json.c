/* Tables of fields as JSON Schema (2020-12): see schema.h. Members keep the order of the table. */
#include <stdlib.h>

#include <jansson.h>

#include "core/setup/schema.h"

#define SCHEMA_DIALECT "https://json-schema.org/draft/2020-12/schema"

static void set(json_t *object, const char *key, json_t *value)
{
    int failed = json_object_set_new(object, key, value);
    assert(failed == 0);
    (void)failed;
}

static json_t *typed(const char *type)
{
    json_t *schema = json_object();
    set(schema, "type", json_string(type));
    return schema;
}

static json_t *text_schema(const char *pattern, int32_t length_max)
{
    json_t *schema = typed("string");
    if (pattern != NULL)
        set(schema, "pattern", json_string(pattern));
    if (length_max > 0)
        set(schema, "maxLength", json_integer(length_max));
    if (pattern == NULL)
        set(schema, "minLength", json_integer(1));
    return schema;
}

static json_t *integer_schema(const struct field *field)
{
    json_t *schema = typed("integer");
    set(schema, "minimum", json_integer(field->min));
    set(schema, "maximum", json_integer(field->max));
    return schema;
}

static json_t *choice_schema(const struct field *field)
{
    json_t *words = json_array();
    for (size_t i = 0; i < field->choice_count; i++)
        (void)json_array_append_new(words, json_string(field->choices[i].word));
    json_t *schema = json_object();
    set(schema, "enum", words);
    return schema;
}

static json_t *text_list_schema(const struct field *field)
{
    json_t *schema = typed("array");
    set(schema, "items", text_schema(field->pattern, field->length_max));
    set(schema, "uniqueItems", json_true());
    set(schema, "maxItems", json_integer(SCHEMA_LIST_MAX));
    if (field->items_min > 0)
        set(schema, "minItems", json_integer((json_int_t)field->items_min));
    return schema;
}

static json_t *items_schema(const struct field *field)
{
    json_t *schema = typed("array");
    set(schema, "items", schema_object_json(field->children, field->child_count));
    set(schema, "maxItems", json_integer(SCHEMA_LIST_MAX));
    return schema;
}

/* {name: …} and nothing else. */
static json_t *single_member_schema(const char *name, const char *pattern)
{
    json_t *schema = typed("object");
    json_t *properties = json_object();
    set(properties, name, text_schema(pattern, 0));
    set(schema, "properties", properties);
    set(schema, "required", json_pack("[s]", name));
    set(schema, "additionalProperties", json_false());
    return schema;
}

static json_t *secret_schema(void)
{
    json_t *schema = json_object();
    set(schema, "oneOf",
        json_pack("[o, o, o]", text_schema(NULL, 0), single_member_schema("file", NULL),
                  single_member_schema("env", SCHEMA_ENV_PATTERN)));
    return schema;
}

static json_t *kind_schema(const struct field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_PATH:
        return text_schema(field->pattern, field->length_max);
    case FIELD_CHOICE:
        return choice_schema(field);
    case FIELD_INTEGER:
        return integer_schema(field);
    case FIELD_BOOLEAN:
        return typed("boolean");
    case FIELD_TEXT_LIST:
        return text_list_schema(field);
    case FIELD_SECRET:
        return secret_schema();
    case FIELD_ITEMS:
        return items_schema(field);
    case FIELD_MAPPING:
        return schema_object_json(field->children, field->child_count);
    }
    return json_object();
}

/* The default in the type of the field. */
static json_t *preset_json(const struct field *field)
{
    if (field->kind == FIELD_INTEGER || field->kind == FIELD_BOOLEAN)
        return json_loads(field->preset, JSON_DECODE_ANY, NULL);
    return json_string(field->preset);
}

static json_t *field_schema(const struct field *field)
{
    json_t *schema = kind_schema(field);
    set(schema, "description", json_string(field->description));
    if (field->preset != NULL)
        set(schema, "default", preset_json(field));
    return schema;
}

json_t *schema_object_json(const struct field *fields, size_t field_count)
{
    json_t *schema = typed("object");
    json_t *properties = json_object();
    json_t *required = json_array();
    for (size_t i = 0; i < field_count; i++) {
        set(properties, fields[i].name, field_schema(&fields[i]));
        if (fields[i].required)
            (void)json_array_append_new(required, json_string(fields[i].name));
    }
    set(schema, "properties", properties);
    if (json_array_size(required) > 0)
        set(schema, "required", json_incref(required));
    set(schema, "additionalProperties", json_false());
    json_decref(required);
    return schema;
}

const char *schema_document_text(const char *title, const char *description, json_t *object,
                                 struct arena *arena)
{
    json_t *document = json_pack("{s:s, s:s, s:s}", "$schema", SCHEMA_DIALECT, "title", title,
                                 "description", description);
    (void)json_object_update(document, object);
    json_decref(object);
    char *text = json_dumps(document, JSON_INDENT(2));
    json_decref(document);
    assert(text != NULL);
    const char *result = arena_printf(arena, "%s\n", text);
    free(text);
    return result;
}
