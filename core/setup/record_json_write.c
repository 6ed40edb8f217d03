/* Writing records as JSON lines, keys sorted because the tables are. */
#include <string.h>

#include "core/base/text.h"
#include "core/setup/record_json.h"

struct any_list ARRAY_OF(char);

static void add_name(struct json_text *json, const char *name, size_t length, bool *is_first)
{
    if (!*is_first)
        json_text_add_char(json, ',');
    *is_first = false;
    json_text_add_char(json, '"');
    json_text_add(json, name, length); /* names of fields need no escapes */
    json_text_add(json, "\":", 2);
}

static void write_object(const struct record_shape *shape, const void *record, const char *kind,
                         const char *currency, struct arena *scratch, struct json_text *json);

static void write_list(const struct record_field *field, const void *record, const char *currency,
                       struct arena *scratch, struct json_text *json)
{
    const struct any_list *list =
        (const struct any_list *)(const void *)((const char *)record + field->offset);
    json_text_add_char(json, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            json_text_add_char(json, ',');
        write_object(field->element, list->items + i * field->element->size, NULL, currency,
                     scratch, json);
    }
    json_text_add_char(json, ']');
}

static void write_value(const struct record_field *field, const char *text, struct json_text *json)
{
    if (text == NULL)
        json_text_add(json, "null", 4);
    else if (record_value_is_bare(field))
        json_text_add(json, text, strlen(text));
    else
        json_text_add_string(json, text);
}

static bool is_left_out(const struct record_field *field, const void *record, const char *text)
{
    if (field->type == FIELD_UNSUPPORTED)
        return true;
    if (field->type == FIELD_LIST) {
        const struct any_list *list =
            (const struct any_list *)(const void *)((const char *)record + field->offset);
        return list->count == 0;
    }
    if (field->type == FIELD_BOOL && field->need == FIELD_OPTIONAL)
        return text_equal(text, "false");
    return text == NULL && field->need != FIELD_SHOWN;
}

/* Fields with a dot open an object, which is closed when the prefix changes. */
struct object_state {
    const char *prefix;
    size_t prefix_length;
    bool is_first, is_first_inside;
};

static void close_prefix(struct object_state *state, struct json_text *json)
{
    if (state->prefix != NULL)
        json_text_add_char(json, '}');
    state->prefix = NULL;
}

static void open_name(struct object_state *state, const char *name, struct json_text *json)
{
    const char *dot = strchr(name, '.');
    size_t length = dot == NULL ? 0 : (size_t)(dot - name);
    if (state->prefix != NULL && (dot == NULL || length != state->prefix_length ||
                                  strncmp(state->prefix, name, length) != 0))
        close_prefix(state, json);
    if (dot == NULL) {
        add_name(json, name, strlen(name), &state->is_first);
        return;
    }
    if (state->prefix == NULL) {
        add_name(json, name, length, &state->is_first);
        json_text_add_char(json, '{');
        *state = (struct object_state){name, length, state->is_first, true};
    }
    add_name(json, dot + 1, strlen(dot + 1), &state->is_first_inside);
}

static void write_object(const struct record_shape *shape, const void *record, const char *kind,
                         const char *currency, struct arena *scratch, struct json_text *json)
{
    struct object_state state = {.is_first = true};
    if (shape->currency_offset != SIZE_MAX)
        currency =
            *(const char *const *)(const void *)((const char *)record + shape->currency_offset);
    json_text_add_char(json, '{');
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct record_field *field = &shape->fields[i];
        const char *text = record_value_text(field, record, currency, scratch);
        if (kind != NULL && strcmp(field->name, "record") > 0) {
            open_name(&state, "record", json);
            json_text_add_string(json, kind);
            kind = NULL;
        }
        if (is_left_out(field, record, text))
            continue;
        open_name(&state, field->name, json);
        if (field->type == FIELD_LIST)
            write_list(field, record, currency, scratch, json);
        else
            write_value(field, text, json);
    }
    close_prefix(&state, json);
    json_text_add_char(json, '}');
}

void record_json_write(enum record_kind kind, const union record *record, struct arena *scratch,
                       struct json_text *json)
{
    write_object(record_shape_of(kind), record, record_kind_name(kind), NULL, scratch, json);
    json_text_add_char(json, '\n');
}
