/* See json_schema.h. */
#include "tests/support/json_schema.h"

#include <regex.h>
#include <string.h>

#include "tests/support/suite.h"

struct keyword {
    const char *name;
    /* Whether `value` keeps the rule; `whole` is the schema that the keyword stands in. NULL: says
     * nothing about values. */
    bool (*accepts)(const json_t *rule, const json_t *whole, const json_t *value);
};

static bool accepts_type(const json_t *rule, const json_t *whole, const json_t *value)
{
    const char *type = json_string_value(rule);
    (void)whole;
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    ck_assert_str_eq(type, "integer");
    return json_is_integer(value);
}

static bool accepts_enum(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    for (size_t i = 0; i < json_array_size(rule); i++)
        if (json_equal(json_array_get(rule, i), value))
            return true;
    return false;
}

static bool accepts_properties(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    for (void *at = json_object_iter((json_t *)(uintptr_t)rule); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)rule, at)) {
        const json_t *member = json_object_get(value, json_object_iter_key(at));
        if (member != NULL && !json_schema_accepts(json_object_iter_value(at), member))
            return false;
    }
    return true;
}

static bool accepts_additional(const json_t *rule, const json_t *whole, const json_t *value)
{
    const json_t *known = json_object_get(whole, "properties");
    ck_assert(json_is_false(rule));
    for (void *at = json_object_iter((json_t *)(uintptr_t)value); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)value, at))
        if (json_object_get(known, json_object_iter_key(at)) == NULL)
            return false;
    return true;
}

static bool accepts_required(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    for (size_t i = 0; json_is_object(value) && i < json_array_size(rule); i++)
        if (json_object_get(value, json_string_value(json_array_get(rule, i))) == NULL)
            return false;
    return true;
}

static bool accepts_items(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!json_schema_accepts(rule, json_array_get(value, i)))
            return false;
    return true;
}

static bool accepts_unique(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    ck_assert(json_is_true(rule));
    for (size_t i = 0; i < json_array_size(value); i++)
        for (size_t j = 0; j < i; j++)
            if (json_equal(json_array_get(value, i), json_array_get(value, j)))
                return false;
    return true;
}

static bool accepts_min_items(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    return !json_is_array(value) || (json_int_t)json_array_size(value) >= json_integer_value(rule);
}

static bool accepts_max_items(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    return !json_is_array(value) || (json_int_t)json_array_size(value) <= json_integer_value(rule);
}

static bool accepts_min_length(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    ck_assert_int_eq(json_integer_value(rule), 1); /* bytes and characters agree on that */
    return !json_is_string(value) || json_string_length(value) >= 1;
}

/* Of patterns that match ASCII alone: bytes are characters. */
static bool accepts_max_length(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    return !json_is_string(value) || json_string_length(value) <= (size_t)json_integer_value(rule);
}

static bool accepts_minimum(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    return !json_is_integer(value) || json_integer_value(value) >= json_integer_value(rule);
}

static bool accepts_maximum(const json_t *rule, const json_t *whole, const json_t *value)
{
    (void)whole;
    return !json_is_integer(value) || json_integer_value(value) <= json_integer_value(rule);
}

static bool accepts_pattern(const json_t *rule, const json_t *whole, const json_t *value)
{
    regex_t regex;
    (void)whole;
    if (!json_is_string(value))
        return true;
    ck_assert_int_eq(regcomp(&regex, json_string_value(rule), REG_EXTENDED | REG_NOSUB), 0);
    bool match = regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
    regfree(&regex);
    return match;
}

static bool accepts_one_of(const json_t *rule, const json_t *whole, const json_t *value)
{
    size_t matches = 0;
    (void)whole;
    for (size_t i = 0; i < json_array_size(rule); i++)
        matches += json_schema_accepts(json_array_get(rule, i), value);
    return matches == 1;
}

static const struct keyword keywords[] = {
    {"$schema",              NULL              },
    {"title",                NULL              },
    {"description",          NULL              },
    {"default",              NULL              },
    {"type",                 accepts_type      },
    {"enum",                 accepts_enum      },
    {"properties",           accepts_properties},
    {"additionalProperties", accepts_additional},
    {"required",             accepts_required  },
    {"items",                accepts_items     },
    {"uniqueItems",          accepts_unique    },
    {"minItems",             accepts_min_items },
    {"maxItems",             accepts_max_items },
    {"minLength",            accepts_min_length},
    {"maxLength",            accepts_max_length},
    {"minimum",              accepts_minimum   },
    {"maximum",              accepts_maximum   },
    {"pattern",              accepts_pattern   },
    {"oneOf",                accepts_one_of    },
};

static const struct keyword *keyword_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        if (strcmp(keywords[i].name, name) == 0)
            return &keywords[i];
    ck_abort_msg("the schema uses '%s'", name);
    return NULL;
}

bool json_schema_accepts(const json_t *schema, const json_t *value)
{
    if (json_is_boolean(schema))
        return json_is_true(schema);
    ck_assert(json_is_object(schema));
    for (void *at = json_object_iter((json_t *)(uintptr_t)schema); at != NULL;
         at = json_object_iter_next((json_t *)(uintptr_t)schema, at)) {
        const struct keyword *keyword = keyword_of(json_object_iter_key(at));
        if (keyword->accepts != NULL &&
            !keyword->accepts(json_object_iter_value(at), schema, value))
            return false;
    }
    return true;
}
