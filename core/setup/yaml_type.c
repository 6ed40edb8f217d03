/* What a plain scalar looks like to other YAML tools: see yaml_tree.h. The core schema,
 * chapter 10.3.2 of YAML 1.2.2. */
#include <string.h>

#include "core/setup/yaml_tree.h"

static bool one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

static bool looks_integer(const char *text)
{
    if (strncmp(text, "0x", 2) == 0)
        return text[2] != '\0' && text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0';
    if (strncmp(text, "0o", 2) == 0)
        return text[2] != '\0' && text[2 + strspn(text + 2, "01234567")] == '\0';
    text += *text == '-' || *text == '+';
    return digits(text) > 0 && text[digits(text)] == '\0';
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool looks_float(const char *text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"};
    text += *text == '-' || *text == '+';
    if (one_of(text, words, ARRAY_LEN(words)))
        return true;
    size_t whole = digits(text);
    text += whole;
    if (*text == '.') {
        size_t fraction = digits(++text);
        if (whole + fraction == 0)
            return false;
        text += fraction;
    } else if (whole == 0) {
        return false;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        return digits(text) > 0 && text[digits(text)] == '\0';
    }
    return *text == '\0';
}

enum yaml_type yaml_scalar_type(const struct yaml_node *scalar)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const booleans[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    assert(scalar->kind == YAML_SCALAR);
    if (!scalar->plain)
        return YAML_TYPE_TEXT;
    if (one_of(scalar->text, nulls, ARRAY_LEN(nulls)))
        return YAML_TYPE_NULL;
    if (one_of(scalar->text, booleans, ARRAY_LEN(booleans)))
        return YAML_TYPE_BOOLEAN;
    if (looks_integer(scalar->text))
        return YAML_TYPE_INTEGER;
    return looks_float(scalar->text) ? YAML_TYPE_FLOAT : YAML_TYPE_TEXT;
}
