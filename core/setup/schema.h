/* Files described by tables of fields: one table reads the tree into a struct and prints the JSON
 * Schema, so that the two cannot disagree about names, types, choices and bounds. */
#ifndef BILLMILL_SETUP_SCHEMA_H
#define BILLMILL_SETUP_SCHEMA_H

#include "core/setup/yaml_tree.h"

struct json_t; /* of jansson, whose header stays with those that need it */

#define SCHEMA_ENV_PATTERN "^[A-Za-z_][A-Za-z0-9_]*$" /* the name of an environment variable */

#define SCHEMA_LIST_MAX 500u /* items */

/* A text and where it stood; `at.line` is 0 for a default. */
struct setting_text {
    const char *text;
    struct place at;
};

struct setting_texts ARRAY_OF(struct setting_text);

/* A list of mappings: `count` structs of the type that the field names. */
struct setting_items {
    const void *items;
    size_t count;
};

/* A value that may be a secret: written out, or the file or environment variable that holds it. At
 * most one of the three has a text. */
struct setting_secret {
    struct setting_text value, file, env;
};

enum field_kind {
    FIELD_TEXT,      /* struct setting_text */
    FIELD_PATH,      /* struct setting_text; a relative path is relative to the file's directory */
    FIELD_CHOICE,    /* an enum: the `value` of the chosen word */
    FIELD_INTEGER,   /* int32_t */
    FIELD_BOOLEAN,   /* bool */
    FIELD_TEXT_LIST, /* struct setting_texts; a text twice is refused */
    FIELD_SECRET,    /* struct setting_secret */
    FIELD_ITEMS,     /* struct setting_items; the children have offsets into one of them */
    FIELD_MAPPING    /* the children, with offsets into the same struct */
};

struct field_choice {
    const char *word;
    int32_t value;
};

/* Looks closer at a text than a pattern can; false with message and hint. */
typedef bool field_check(const char *text, struct error *err);

struct field {
    const char *name;
    const char *description; /* for the JSON Schema: shown by editors */
    enum field_kind kind;
    bool required;
    size_t offset;
    const char *preset;   /* the default as it would be written; NULL: the target stays as it was */
    int32_t min, max;     /* FIELD_INTEGER */
    size_t items_min;     /* FIELD_TEXT_LIST */
    const char *pattern;  /* of a text or list item: an ERE that means the same in ECMA-262 */
    int32_t length_max;   /* of the same, in bytes; 0: any. No pattern says it: {0,62} is slow */
    const char *expected; /* what the pattern means, in words */
    field_check *check;   /* NULL: none */
    const struct field_choice *choices;
    size_t choice_count;
    const struct field *children;
    size_t child_count;
    size_t item_size; /* FIELD_ITEMS */
};

/* Rows of a table for a member of `type`. The last argument is the description; further designators
 * may follow it, such as .required = true. */
#define SCHEMA_ROW(type, member, key, field_kind, ...)                                             \
    {                                                                                              \
        .name = (key), .kind = (field_kind), .offset = offsetof(type, member),                     \
        .description = __VA_ARGS__                                                                 \
    }
#define SCHEMA_TEXT(type, member, key, ...) SCHEMA_ROW(type, member, key, FIELD_TEXT, __VA_ARGS__)
#define SCHEMA_PATH(type, member, key, ...) SCHEMA_ROW(type, member, key, FIELD_PATH, __VA_ARGS__)
#define SCHEMA_TEXT_LIST(type, member, key, ...)                                                   \
    SCHEMA_ROW(type, member, key, FIELD_TEXT_LIST, __VA_ARGS__)
#define SCHEMA_SECRET(type, member, key, ...)                                                      \
    SCHEMA_ROW(type, member, key, FIELD_SECRET, __VA_ARGS__)
#define SCHEMA_BOOLEAN(type, member, key, ...)                                                     \
    SCHEMA_ROW(type, member, key, FIELD_BOOLEAN, __VA_ARGS__)
#define SCHEMA_CHOICE(type, member, key, words, ...)                                               \
    {                                                                                              \
        .name = (key), .kind = FIELD_CHOICE, .offset = offsetof(type, member), .choices = (words), \
        .choice_count = ARRAY_LEN(words), .description = __VA_ARGS__                               \
    }
#define SCHEMA_INTEGER(type, member, key, least, most, ...)                                        \
    {                                                                                              \
        .name = (key), .kind = FIELD_INTEGER, .offset = offsetof(type, member), .min = (least),    \
        .max = (most), .description = __VA_ARGS__                                                  \
    }
#define SCHEMA_ITEMS(type, member, key, item_type, fields, ...)                                    \
    {                                                                                              \
        .name = (key), .kind = FIELD_ITEMS, .offset = offsetof(type, member),                      \
        .item_size = sizeof(item_type), .children = (fields), .child_count = ARRAY_LEN(fields),    \
        .description = __VA_ARGS__                                                                 \
    }
#define SCHEMA_MAPPING(key, fields, ...)                                                           \
    {                                                                                              \
        .name = (key), .kind = FIELD_MAPPING, .children = (fields),                                \
        .child_count = ARRAY_LEN(fields), .description = __VA_ARGS__                               \
    }

struct schema_reading {
    struct arena *arena;
    struct problem_list *problems;
    const char *directory; /* for FIELD_PATH; "" keeps relative paths as they are */
};

/* Reads the mapping `node` into `target` by `fields`; defaults are filled in. What is wrong is
 * added to the problems, and the target keeps the default there. */
void schema_read(const struct schema_reading *reading, const struct yaml_node *node,
                 const struct field *fields, size_t field_count, void *target);

/* The member of a mapping with that key, or NULL. */
const struct yaml_node *schema_member(const struct yaml_node *mapping, const char *key);

/* An object schema of the fields (type, properties, required, additionalProperties false). The
 * caller owns the reference. */
struct json_t *schema_object_json(const struct field *fields, size_t field_count);

/* The whole document: 2020-12 header, title and description before the object's members; indented,
 * ended by a newline. Steals `object`. In the arena. */
const char *schema_document_text(const char *title, const char *description, struct json_t *object,
                                 struct arena *arena);

#endif
