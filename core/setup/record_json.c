/* Reading records from JSON. Money is read last, when the record's currency is known. */
#include "core/setup/record_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/base/text.h"
#include "core/setup/record_json_flat.h"

#define DEPTH_MAX 20
#define PARSE_FLAGS (JSON_REJECT_DUPLICATES)

static void json_release(json_t **json)
{
    json_decref(*json);
}

/* ------------------------------------------------------------------ canonical JSON */

/* The shortest of 15 to 17 digits that reads back as the same number: a property is passed on,
 * never computed with. */
static void add_real(struct json_text *out, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value) /* lint: number-parsing: its own print */
            break;
    }
    json_text_add(out, text, strlen(text));
    if (strpbrk(text, ".e") == NULL)
        json_text_add(out, ".0", 2);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_canonical(struct json_text *out, const json_t *value, struct arena *arena,
                          int depth, struct error *err);

static bool add_object(struct json_text *out, const json_t *object, struct arena *arena, int depth,
                       struct error *err)
{
    size_t count = json_object_size(object), i = 0;
    const char **names = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    void *iterator;
    for (iterator = json_object_iter((json_t *)(uintptr_t)object); iterator != NULL;
         iterator = json_object_iter_next((json_t *)(uintptr_t)object, iterator))
        names[i++] = json_object_iter_key(iterator);
    qsort(names, count, sizeof(*names), compare_names);
    json_text_add_char(out, '{');
    for (i = 0; i < count; i++) {
        if (i > 0)
            json_text_add_char(out, ',');
        json_text_add_string(out, names[i]);
        json_text_add_char(out, ':');
        if (!add_canonical(out, json_object_get(object, names[i]), arena, depth + 1, err))
            return false;
    }
    json_text_add_char(out, '}');
    return true;
}

static bool add_array(struct json_text *out, const json_t *array, struct arena *arena, int depth,
                      struct error *err)
{
    json_text_add_char(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            json_text_add_char(out, ',');
        if (!add_canonical(out, json_array_get(array, i), arena, depth + 1, err))
            return false;
    }
    json_text_add_char(out, ']');
    return true;
}

static bool add_canonical(struct json_text *out, const json_t *value, struct arena *arena,
                          int depth, struct error *err)
{
    char number[24];
    if (depth > DEPTH_MAX)
        return error_item(err, "bad_value", "is nested more than %d deep", DEPTH_MAX);
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return add_object(out, value, arena, depth, err);
    case JSON_ARRAY:
        return add_array(out, value, arena, depth, err);
    case JSON_STRING:
        json_text_add_string(out, json_string_value(value));
        return true;
    case JSON_INTEGER:
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        json_text_add(out, number, strlen(number));
        return true;
    case JSON_REAL:
        add_real(out, json_real_value(value));
        return true;
    case JSON_TRUE:
        json_text_add(out, "true", 4);
        return true;
    case JSON_FALSE:
        json_text_add(out, "false", 5);
        return true;
    case JSON_NULL:
        json_text_add(out, "null", 4);
        return true;
    }
    return false;
}

static bool canonical_text(const json_t *value, struct arena *arena, const char **ret_text,
                           struct error *err)
{
    CLEANUP(json_text_free) struct json_text out = {0};
    if (!add_canonical(&out, value, arena, 0, err))
        return false;
    *ret_text = arena_copy_n(arena, out.text, out.length);
    return true;
}

/* ------------------------------------------------------------------ one field */

static bool scalar_source(const json_t *value, char number[24], struct value_source *ret_source,
                          struct error *err)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        *ret_source = (struct value_source){FORM_STRING, json_string_value(value)};
        return true;
    case JSON_INTEGER:
        snprintf(number, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        *ret_source = (struct value_source){FORM_INTEGER, number};
        return true;
    case JSON_REAL:
        *ret_source = (struct value_source){FORM_REAL, ""};
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *ret_source = (struct value_source){FORM_BOOL, json_is_true(value) ? "true" : "false"};
        return true;
    case JSON_OBJECT:
        return error_item(err, "bad_value", "is an object where one value is expected");
    case JSON_ARRAY:
        return error_item(err, "bad_value", "is a list where one value is expected");
    case JSON_NULL:
        break;
    }
    return error_item(err, "bad_value", "is null");
}

static bool read_object(const struct value_context *context, const struct record_shape *shape,
                        const json_t *object, const char *currency, void *record,
                        struct error *err);

struct any_list ARRAY_OF(char);

static bool read_list(const struct value_context *context, const struct record_field *field,
                      const json_t *array, const char *currency, void *record, struct error *err)
{
    const struct record_shape *shape = field->element;
    size_t count = json_array_size(array);
    if (!json_is_array(array))
        return error_item(err, "bad_value", "is not a list");
    char *items = arena_alloc_array(context->arena, count + 1, shape->size);
    for (size_t i = 0; i < count; i++)
        if (!read_object(context, shape, json_array_get(array, i), currency,
                         items + i * shape->size, err))
            return error_context(err, "entry %zu", i + 1);
    struct any_list *list = (struct any_list *)(void *)((char *)record + field->offset);
    *list = (struct any_list){items, count, count};
    return true;
}

static bool read_json_value(const struct value_context *context, const struct record_field *field,
                            const json_t *value, void *record, struct error *err)
{
    if (field->type == FIELD_JSON && !json_is_object(value))
        return error_item(err, "bad_value", "is not a JSON object");
    if (field->type == FIELD_JSON_LIST && !json_is_array(value))
        return error_item(err, "bad_value", "is not a list");
    const char **member = (const char **)(void *)((char *)record + field->offset);
    return canonical_text(value, context->arena, member, err);
}

static bool read_field(const struct value_context *context, const struct record_field *field,
                       const json_t *value, const char *currency, void *record, struct error *err)
{
    char number[24];
    struct value_source source = {FORM_STRING, ""};
    if (field->type == FIELD_LIST)
        return read_list(context, field, value, currency, record, err) ||
               record_field_error(err, field);
    if (field->type == FIELD_JSON || field->type == FIELD_JSON_LIST)
        return read_json_value(context, field, value, record, err) ||
               record_field_error(err, field);
    if (!scalar_source(value, number, &source, err))
        return record_field_error(err, field);
    if (source.text[0] == '\0' && source.form == FORM_STRING)
        return true; /* "" is absent */
    return record_value_set(context, field, source, currency, record, err);
}

/* ------------------------------------------------------------------ one object */

static const struct record_field *find_field(const struct record_shape *shape, const char *prefix,
                                             const char *name)
{
    char full[RECORD_KEY_MAX];
    if (prefix == NULL)
        return record_field_find(shape, name, strlen(name));
    int length = snprintf(full, sizeof(full), "%s.%s", prefix, name);
    if (length < 0 || (size_t)length >= sizeof(full))
        return NULL;
    return record_field_find(shape, full, (size_t)length);
}

static bool is_prefix(const struct record_shape *shape, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < shape->field_count; i++)
        if (strncmp(shape->fields[i].name, name, length) == 0 &&
            shape->fields[i].name[length] == '.')
            return true;
    return false;
}

/* What is there, but says nothing: null, "" or {}. */
static bool is_empty(const json_t *value)
{
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* The hint of the first field of the object `prefix` that must not be empty; NULL: none must. */
static const char *hint_if_empty(const struct record_shape *shape, const char *prefix)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < shape->field_count; i++)
        if (strncmp(shape->fields[i].name, prefix, length) == 0 &&
            shape->fields[i].name[length] == '.' && shape->fields[i].if_empty != NULL)
            return shape->fields[i].if_empty;
    return NULL;
}

/* Of JSON: a cell of CSV has no other way to be absent. */
static bool refuse_empty(const char *name, const char *hint, struct error *err)
{
    (void)error_item(err, "bad_value", "field \"%s\": is there, and empty", name);
    return error_hint(err, "%s", hint);
}

/* Money and lists of money wait for the second pass: the currency may stand behind them. */
static bool in_pass(const struct record_field *field, int pass)
{
    return (field->type == FIELD_MONEY || field->type == FIELD_LIST) == (pass == 1);
}

struct object_reader {
    const struct value_context *context;
    const struct record_shape *shape;
    const char *currency;
    void *record;
    uint64_t seen;
    int pass;
    bool has_more; /* something waits for the second pass */
};

static bool read_members(struct object_reader *reader, const json_t *object, const char *prefix,
                         struct error *err);

static bool read_member(struct object_reader *reader, const char *prefix, const char *name,
                        const json_t *value, struct error *err)
{
    const struct record_field *field = find_field(reader->shape, prefix, name);
    if (field == NULL && prefix == NULL && text_equal(name, "record"))
        return true;
    if (field == NULL && prefix == NULL && is_prefix(reader->shape, name)) {
        const char *hint = hint_if_empty(reader->shape, name);
        if (hint != NULL && is_empty(value))
            return refuse_empty(name, hint, err);
        if (json_is_null(value))
            return true;
        if (!json_is_object(value))
            return error_item(err, "bad_value", "field \"%s\": is not an object", name);
        return read_members(reader, value, name, err);
    }
    if (field == NULL)
        return record_field_refuse(reader->shape, name, err);
    if (field->if_empty != NULL && is_empty(value))
        return refuse_empty(field->name, field->if_empty, err);
    reader->has_more = reader->has_more || in_pass(field, 1);
    if (json_is_null(value) || !in_pass(field, reader->pass))
        return true;
    if (field->type == FIELD_UNSUPPORTED)
        return error_item(err, "bad_value",
                          "field \"%s\" of record %s is not supported by this "
                          "version",
                          field->name, reader->shape->name);
    bool is_absent = json_is_string(value) && json_string_length(value) == 0;
    if (!is_absent)
        reader->seen |= UINT64_C(1) << (field - reader->shape->fields);
    return read_field(reader->context, field, value, reader->currency, reader->record, err);
}

static bool read_members(struct object_reader *reader, const json_t *object, const char *prefix,
                         struct error *err)
{
    json_t *holder = (json_t *)(uintptr_t)object; /* jansson's iterators are not const */
    for (void *at = json_object_iter(holder); at != NULL; at = json_object_iter_next(holder, at))
        if (!read_member(reader, prefix, json_object_iter_key(at), json_object_iter_value(at), err))
            return false;
    return true;
}

static bool read_object(const struct value_context *context, const struct record_shape *shape,
                        const json_t *object, const char *currency, void *record, struct error *err)
{
    struct object_reader reader = {
        .context = context, .shape = shape, .currency = currency, .record = record};
    if (!json_is_object(object))
        return error_item(err, "bad_value", "is not an object");
    record_value_clear_all(shape, record);
    if (!read_members(&reader, object, NULL, err))
        return false;
    if (shape->currency_offset != SIZE_MAX)
        reader.currency = *(const char *const *)(void *)((char *)record + shape->currency_offset);
    reader.pass = 1;
    if (reader.has_more && !read_members(&reader, object, NULL, err))
        return false;
    return record_complete(context, shape, reader.seen, record, err);
}

bool record_complete(const struct value_context *context, const struct record_shape *shape,
                     uint64_t seen, void *record, struct error *err)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct record_field *field = &shape->fields[i];
        if ((seen >> i & 1) != 0)
            continue;
        if (field->preset != NULL) {
            struct value_source preset = {FORM_CELL, field->preset};
            if (!record_value_set(context, field, preset, NULL, record, err))
                return false;
        } else if (field->need == FIELD_REQUIRED) {
            return error_item(err, "missing_field", "field \"%s\" of record %s is missing",
                              field->name, shape->name);
        }
    }
    return true;
}

static bool kind_of(const json_t *object, enum record_kind forced, enum record_kind *ret_kind,
                    struct error *err)
{
    const json_t *name = json_object_get(object, "record");
    if (!json_is_object(object))
        return error_item(err, "bad_record", "is not a JSON object");
    if (name == NULL && forced != RECORD_KIND_COUNT) {
        *ret_kind = forced;
        return true;
    }
    if (!json_is_string(name)) {
        error_item(err, "bad_record", "field \"record\", the kind of the record, is missing");
        return error_hint(err, "each line is an object like {\"record\": \"customer\", …}");
    }
    return record_kind_parse(json_string_value(name), ret_kind, err);
}

static bool load_text(const char *text, size_t length, json_t **ret_json, int32_t *ret_column,
                      struct error *err)
{
    json_error_t problem;
    const char *nul = memchr(text, '\0', length);
    if (nul != NULL) { /* which jansson takes for a space behind a number */
        *ret_column = (int32_t)(nul - text) + 1;
        return error_item(err, "bad_json", "not valid JSON: a NUL byte");
    }
    json_t *json = json_loadb(text, length, PARSE_FLAGS, &problem);
    if (json == NULL) {
        *ret_column = problem.column > 0 ? problem.column : 1;
        error_item(err, "bad_json", "not valid JSON: %s", problem.text);
        return false;
    }
    *ret_json = json;
    return true;
}

bool record_json_read(const struct value_context *context, const char *text, size_t length,
                      enum record_kind forced, enum record_kind *ret_kind, union record *ret_record,
                      int32_t *ret_column, struct error *err)
{
    CLEANUP(json_release) json_t *object = NULL;
    *ret_column = 0;
    if (record_json_read_flat(context, text, length, forced, ret_kind, ret_record))
        return true;
    if (!load_text(text, length, &object, ret_column, err) ||
        !kind_of(object, forced, ret_kind, err))
        return false;
    return read_object(context, record_shape_of(*ret_kind), object, NULL, ret_record, err);
}

bool record_json_read_cell(const struct value_context *context, const struct record_field *field,
                           const char *text, const char *currency, void *record, struct error *err)
{
    CLEANUP(json_release) json_t *value = NULL;
    int32_t column;
    if (!load_text(text, strlen(text), &value, &column, err))
        return record_field_error(err, field);
    return read_field(context, field, value, currency, record, err);
}

bool record_property_text(const char *properties, const char *name, struct arena *arena,
                          const char **ret_text, struct error *err)
{
    CLEANUP(json_release) json_t *object = NULL;
    int32_t column;
    if (properties != NULL && !load_text(properties, strlen(properties), &object, &column, err))
        return false;
    const json_t *value = json_object_get(object, name);
    if (value == NULL || json_is_null(value) || json_is_object(value) || json_is_array(value)) {
        error_item(err, "bad_value", "property \"%s\", which the meter counts, is missing", name);
        return error_hint(err,
                          "add it: \"properties\": {\"%s\": …}; a text, a number, true or "
                          "false",
                          name);
    }
    if (json_is_string(value)) {
        *ret_text = arena_copy(arena, json_string_value(value));
        return true;
    }
    return canonical_text(value, arena, ret_text, err);
}
