/* Reading a tree into a struct by a table of fields: see schema.h. The printing of the same table
 * as JSON Schema is in schema_json.c. */
#include "core/setup/schema.h"

#include <inttypes.h>
#include <regex.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"

#define WORDS_SIZE 300u /* of a list of choices or keys in a hint */
#define INTEGER_DIGITS_MAX 10

/* One mapping being read. */
struct reader {
    const struct schema_reading *reading;
    const char *prefix; /* "rules." in messages */
    void *target;
};

/* One value being read. */
struct value {
    const struct reader *reader;
    const struct field *field;
    const struct yaml_node *node;
    const char *name; /* "rules.late_usage" */
};

static void read_fields(const struct reader *reader, const struct yaml_node *mapping,
                        const struct field *fields, size_t field_count);

/* Adds a problem at the value; returns false. */
#define REFUSE(value, hint, ...)                                                                   \
    (problem_add((value)->reader->reading->problems, (value)->node->at, (hint), __VA_ARGS__), false)

static void *target_of(const struct value *value)
{
    return (char *)value->reader->target + value->field->offset;
}

static struct arena *arena_of(const struct value *value)
{
    return value->reader->reading->arena;
}

static const char *shown(const struct value *value)
{
    return problem_shown(arena_of(value), value->node->text);
}

/* --- scalars ---------------------------------------------------------------------------------- */

/* A scalar with a value; `expected` says what else it should be: "a text". */
static bool require_scalar(const struct value *value, const char *expected)
{
    if (value->node->kind != YAML_SCALAR)
        return REFUSE(value,
                      value->field->pattern == NULL || value->node->kind != YAML_MAPPING
                          ? NULL
                          : arena_printf(arena_of(value), "expected %s", value->field->expected),
                      "'%s' must be %s, not a %s", value->name, expected,
                      value->node->kind == YAML_SEQUENCE ? "list" : "mapping");
    if (yaml_scalar_type(value->node) == YAML_TYPE_NULL)
        return REFUSE(value, value->field->required ? NULL : "leave the line out for the default",
                      "'%s' has no value", value->name);
    return true;
}

static bool has_control(const char *text)
{
    for (const uint8_t *c = (const uint8_t *)text; *c != '\0'; c++)
        if (*c < 0x20 || *c == 0x7F)
            return true;
    return false;
}

static bool matches(const struct field *field, const char *text)
{
    regex_t regex;
    if (field->length_max > 0 && strlen(text) > (size_t)field->length_max)
        return false;
    int compiled = regcomp(&regex, field->pattern, REG_EXTENDED | REG_NOSUB);
    assert(compiled == 0);
    (void)compiled;
    bool match = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return match;
}

static bool check_text(const struct value *value)
{
    const struct field *field = value->field;
    const char *text = value->node->text;
    struct error err = {0};
    if (text[0] == '\0')
        return REFUSE(value, NULL, "'%s' is empty", value->name);
    if (has_control(text))
        return REFUSE(value, "write it on one line", "'%s' holds a control character", value->name);
    if (field->pattern != NULL && !matches(field, text))
        return REFUSE(value, arena_printf(arena_of(value), "expected %s", field->expected),
                      "'%s' cannot be '%s'", value->name, shown(value));
    if (field->check != NULL && !field->check(text, &err))
        return REFUSE(value, err.hint, "'%s' cannot be '%s': %s", value->name, shown(value),
                      err.message);
    return true;
}

static bool read_text(const struct value *value, struct setting_text *ret_text)
{
    if (!require_scalar(value, "a text"))
        return false;
    if (yaml_scalar_type(value->node) != YAML_TYPE_TEXT)
        return REFUSE(
            value, arena_printf(arena_of(value), "put it in quotes: \"%s\"", shown(value)),
            "'%s' must be a text, and %s without quotes is a %s", value->name, shown(value),
            yaml_scalar_type(value->node) == YAML_TYPE_BOOLEAN ? "yes-or-no value" : "number");
    if (!check_text(value))
        return false;
    *ret_text = (struct setting_text){value->node->text, value->node->at};
    return true;
}

static void read_path(const struct value *value)
{
    const char *directory = value->reader->reading->directory;
    struct setting_text path;
    if (!read_text(value, &path))
        return;
    if (path.text[0] != '/' && directory[0] != '\0')
        path.text = arena_printf(arena_of(value), "%s/%s", directory, path.text);
    memcpy(target_of(value), &path, sizeof path);
}

static void read_integer(const struct value *value)
{
    const struct field *field = value->field;
    int64_t number = 0;
    if (!require_scalar(value, "a whole number"))
        return;
    const char *text = value->node->text;
    const char *first = text[0] == '-' ? text + 1 : text;
    bool spelled = text_parse_i64(text, &number) && (first[0] != '0' || first[1] == '\0');
    bool quoted = !value->node->plain;
    if (!spelled || quoted || number < field->min || number > field->max) {
        (void)REFUSE(value, spelled && quoted ? "leave the quotes out" : NULL,
                     "'%s' must be a whole number from %" PRId32 " to %" PRId32 ", not %s%s%s",
                     value->name, field->min, field->max, quoted ? "\"" : "", shown(value),
                     quoted ? "\"" : "");
        return;
    }
    int32_t stored = (int32_t)number;
    memcpy(target_of(value), &stored, sizeof stored);
}

static void read_boolean(const struct value *value)
{
    if (!require_scalar(value, "true or false"))
        return;
    if (yaml_scalar_type(value->node) != YAML_TYPE_BOOLEAN) {
        (void)REFUSE(value, "without quotes", "'%s' must be true or false, not '%s'", value->name,
                     shown(value));
        return;
    }
    bool yes = value->node->text[0] == 't' || value->node->text[0] == 'T';
    memcpy(target_of(value), &yes, sizeof yes);
}

/* --- choices and keys ------------------------------------------------------------------------- */

/* "did you mean 'park'?", or "choose next_period or park". */
static const char *suggest(struct arena *arena, const char *intro, const char *text,
                           const char *const *words, size_t count)
{
    char storage[WORDS_SIZE];
    struct strbuf list;
    const char *meant = text_nearest(text, words, count);
    if (meant != NULL)
        return arena_printf(arena, "did you mean '%s'?", meant);
    strbuf_init(&list, storage, sizeof storage);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    return arena_printf(arena, "%s %s", intro, list.text);
}

static const char **choice_words(const struct value *value, size_t *ret_count)
{
    const struct field *field = value->field;
    const char **words = ARENA_NEW_ARRAY(arena_of(value), const char *, field->choice_count);
    size_t count = 0;
    for (size_t i = 0; i < field->choice_count; i++)
        words[count++] = field->choices[i].word;
    *ret_count = count;
    return words;
}

static void read_choice(const struct value *value)
{
    size_t count = 0;
    if (!require_scalar(value, "one word"))
        return;
    const char **words = choice_words(value, &count);
    for (size_t i = 0; i < value->field->choice_count; i++) {
        const struct field_choice *choice = &value->field->choices[i];
        if (!text_equal(choice->word, value->node->text))
            continue;
        memcpy(target_of(value), &choice->value, sizeof choice->value);
        return;
    }
    (void)REFUSE(value, suggest(arena_of(value), "choose", value->node->text, words, count),
                 "'%s' cannot be '%s'", value->name, shown(value));
}

/* --- lists and secrets ------------------------------------------------------------------------ */

static bool list_has(const struct setting_texts *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].text, text))
            return true;
    return false;
}

static void read_text_list(const struct value *value)
{
    struct setting_texts list = {0};
    if (value->node->kind != YAML_SEQUENCE) {
        (void)REFUSE(value, "write it as [one, two]", "'%s' must be a list", value->name);
        return;
    }
    if (value->node->count > SCHEMA_LIST_MAX) {
        (void)REFUSE(value, NULL, "'%s' has %zu items, at most %u are read", value->name,
                     value->node->count, SCHEMA_LIST_MAX);
        return;
    }
    if (value->node->count < value->field->items_min)
        (void)REFUSE(value, NULL, "'%s' needs at least %zu", value->name, value->field->items_min);
    for (const struct yaml_node *item = value->node->first; item != NULL; item = item->next) {
        struct value one = *value;
        struct setting_text text;
        one.node = item;
        if (item->refused || !read_text(&one, &text))
            continue;
        if (list_has(&list, text.text))
            (void)REFUSE(&one, "keep one of the two", "'%s' is there twice in '%s'", text.text,
                         value->name);
        else
            ARRAY_ADD(arena_of(value), &list) = text;
    }
    memcpy(target_of(value), &list, sizeof list);
}

/* Anything else than a mapping is the value itself. */
static void read_secret(const struct value *value)
{
    static const struct field parts[] = {
        SCHEMA_PATH(struct setting_secret, file, "file", ""),
        SCHEMA_TEXT(struct setting_secret, env, "env", "", .pattern = SCHEMA_ENV_PATTERN,
                    .expected = "the name of an environment variable"),
    };
    struct setting_secret *secret = target_of(value);
    *secret = (struct setting_secret){0};
    if (value->node->kind != YAML_MAPPING) {
        struct setting_text text;
        if (read_text(value, &text))
            secret->value = text;
        return;
    }
    struct reader inner = {value->reader->reading,
                           arena_printf(arena_of(value), "%s.", value->name), secret};
    read_fields(&inner, value->node, parts, ARRAY_LEN(parts));
    if (value->node->count != 1)
        (void)REFUSE(value, "{file: PATH} or {env: NAME}", "'%s' needs either a file or an env",
                     value->name);
}

/* Each item begins at zero. */
static void read_items(const struct value *value)
{
    const struct field *field = value->field;
    if (value->node->kind != YAML_SEQUENCE) {
        (void)REFUSE(value, "write each as `- key: value`", "'%s' must be a list", value->name);
        return;
    }
    if (value->node->count > SCHEMA_LIST_MAX) {
        (void)REFUSE(value, NULL, "'%s' has %zu items, at most %u are read", value->name,
                     value->node->count, SCHEMA_LIST_MAX);
        return;
    }
    char *items = arena_alloc_array(arena_of(value), value->node->count, field->item_size);
    struct setting_items list = {items, 0};
    for (const struct yaml_node *node = value->node->first; node != NULL; node = node->next) {
        struct value one = *value;
        one.node = node;
        if (node->refused)
            continue;
        if (node->kind != YAML_MAPPING) {
            (void)REFUSE(&one, "indent its keys below it", "an item of '%s' must be a mapping",
                         value->name);
            continue;
        }
        struct reader inner = {value->reader->reading,
                               arena_printf(arena_of(value), "%s.", value->name),
                               items + list.count++ * field->item_size};
        read_fields(&inner, node, field->children, field->child_count);
    }
    memcpy(target_of(value), &list, sizeof list);
}

/* --- mappings --------------------------------------------------------------------------------- */

static void read_mapping(const struct value *value)
{
    if (value->node->kind != YAML_MAPPING) {
        (void)REFUSE(value, "indent its keys below it", "'%s' must be a mapping of keys",
                     value->name);
        return;
    }
    struct reader inner = *value->reader;
    inner.prefix = arena_printf(arena_of(value), "%s.", value->name);
    read_fields(&inner, value->node, value->field->children, value->field->child_count);
}

static void read_value(const struct value *value)
{
    struct setting_text text;
    switch (value->field->kind) {
    case FIELD_TEXT:
        if (read_text(value, &text))
            memcpy(target_of(value), &text, sizeof text);
        return;
    case FIELD_PATH:
        read_path(value);
        return;
    case FIELD_CHOICE:
        read_choice(value);
        return;
    case FIELD_INTEGER:
        read_integer(value);
        return;
    case FIELD_BOOLEAN:
        read_boolean(value);
        return;
    case FIELD_TEXT_LIST:
        read_text_list(value);
        return;
    case FIELD_SECRET:
        read_secret(value);
        return;
    case FIELD_ITEMS:
        read_items(value);
        return;
    case FIELD_MAPPING:
        read_mapping(value);
        return;
    }
}

/* The default, read like a value that stood in the file, with line 0. */
static void read_preset(const struct reader *reader, const struct field *field, const char *file)
{
    struct yaml_node preset = {
        .kind = YAML_SCALAR, .at = {.file = file}, .text = field->preset, .plain = true};
    struct yaml_node empty = {.kind = YAML_MAPPING, .at = {.file = file}};
    struct value value = {reader, field, field->kind == FIELD_MAPPING ? &empty : &preset,
                          field->name};
    if (field->preset != NULL || field->kind == FIELD_MAPPING)
        read_value(&value);
}

static void refuse_unknown(const struct reader *reader, const struct yaml_node *member,
                           const struct field *fields, size_t field_count)
{
    struct arena *arena = reader->reading->arena;
    const char **names = ARENA_NEW_ARRAY(arena, const char *, field_count);
    for (size_t i = 0; i < field_count; i++)
        names[i] = fields[i].name;
    problem_add(reader->reading->problems, member->key_at,
                suggest(arena, "known here are", member->key, names, field_count),
                "unknown key '%s%s'", reader->prefix, problem_shown(arena, member->key));
}

static bool field_known(const char *key, const struct field *fields, size_t field_count)
{
    for (size_t i = 0; i < field_count; i++)
        if (text_equal(fields[i].name, key))
            return true;
    return false;
}

const struct yaml_node *schema_member(const struct yaml_node *mapping, const char *key)
{
    for (const struct yaml_node *member = mapping->first; member != NULL; member = member->next)
        if (text_equal(member->key, key))
            return member;
    return NULL;
}

/* Defaults first, so that a refused value leaves its default behind. */
static void read_fields(const struct reader *reader, const struct yaml_node *mapping,
                        const struct field *fields, size_t field_count)
{
    for (const struct yaml_node *member = mapping->first; member != NULL; member = member->next)
        if (!member->refused && !field_known(member->key, fields, field_count))
            refuse_unknown(reader, member, fields, field_count);
    for (size_t i = 0; i < field_count; i++) {
        const struct yaml_node *member = schema_member(mapping, fields[i].name);
        const char *name =
            arena_printf(reader->reading->arena, "%s%s", reader->prefix, fields[i].name);
        read_preset(reader, &fields[i], mapping->at.file);
        if (member == NULL && fields[i].required)
            problem_add(reader->reading->problems, mapping->at, NULL, "'%s' is missing", name);
        if (member != NULL && !member->refused)
            read_value(&(struct value){reader, &fields[i], member, name});
    }
}

void schema_read(const struct schema_reading *reading, const struct yaml_node *node,
                 const struct field *fields, size_t field_count, void *target)
{
    struct reader reader = {reading, "", target};
    if (node->kind != YAML_MAPPING) {
        if (!node->refused)
            problem_add(reading->problems, node->at, "write `key: value` lines",
                        "the file must be a mapping of keys");
        for (size_t i = 0; i < field_count; i++)
            read_preset(&reader, &fields[i], node->at.file);
        return;
    }
    read_fields(&reader, node, fields, field_count);
}
