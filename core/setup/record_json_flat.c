#include "core/setup/record_json_flat.h"

#include <string.h>

#include "core/base/text.h"
#include "core/setup/record_json.h"

#define MEMBERS_MAX 24
#define VALUE_SIZE 512 /* longer ones go the long way */
#define DIGITS_MAX 18

struct flat_member {
    const char *name, *text;
    size_t name_length, length;
    enum value_form form;
    bool is_null;
};

struct flat_scan {
    const char *at, *end;
};

static void skip_space(struct flat_scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

static bool take(struct flat_scan *scan, char c)
{
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

/* A string without escapes, behind its opening quote. */
static bool take_string(struct flat_scan *scan, const char **ret_text, size_t *ret_length)
{
    const char *start = scan->at;
    for (; scan->at < scan->end; scan->at++) {
        unsigned char c = (unsigned char)*scan->at;
        if (c == '"') {
            *ret_text = start;
            *ret_length = (size_t)(scan->at++ - start);
            return true;
        }
        if (c == '\\' || c < 0x20)
            return false;
    }
    return false;
}

static bool take_word(struct flat_scan *scan, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0)
        return false;
    scan->at += length;
    return true;
}

/* No leading zeros; a point or an exponent behind it is found by whoever expects a comma. */
static bool take_number(struct flat_scan *scan, struct flat_member *member)
{
    const char *start = scan->at;
    if (scan->at < scan->end && *scan->at == '-')
        scan->at++;
    const char *digits = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    size_t count = (size_t)(scan->at - digits);
    if (count == 0 || count > DIGITS_MAX || (digits[0] == '0' && (count > 1 || start != digits)))
        return false;
    member->form = FORM_INTEGER;
    member->text = start;
    member->length = (size_t)(scan->at - start);
    return true;
}

static bool take_value(struct flat_scan *scan, struct flat_member *member)
{
    skip_space(scan);
    if (take(scan, '"')) {
        member->form = FORM_STRING;
        return take_string(scan, &member->text, &member->length);
    }
    member->is_null = take_word(scan, "null");
    if (member->is_null)
        return true;
    bool is_true = take_word(scan, "true");
    if (is_true || take_word(scan, "false")) {
        member->form = FORM_BOOL;
        member->text = is_true ? "true" : "false";
        member->length = strlen(member->text);
        return true;
    }
    return take_number(scan, member);
}

static bool scan_members(struct flat_scan *scan, struct flat_member members[MEMBERS_MAX],
                         size_t *ret_count)
{
    size_t count = 0;
    if (!take(scan, '{'))
        return false;
    do {
        struct flat_member *member = &members[count];
        if (count++ == MEMBERS_MAX || !take(scan, '"') ||
            !take_string(scan, &member->name, &member->name_length) || !take(scan, ':') ||
            !take_value(scan, member))
            return false;
    } while (take(scan, ','));
    *ret_count = count;
    if (!take(scan, '}'))
        return false;
    skip_space(scan);
    return scan->at == scan->end;
}

static bool is_named(const struct flat_member *member, const char *name)
{
    return strlen(name) == member->name_length &&
           memcmp(member->name, name, member->name_length) == 0;
}

static bool find_kind(const struct flat_member *members, size_t count, enum record_kind forced,
                      enum record_kind *ret_kind)
{
    const struct flat_member *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_named(&members[i], "record"))
            continue;
        if (found != NULL || members[i].is_null || members[i].form != FORM_STRING)
            return false;
        found = &members[i];
    }
    *ret_kind = forced;
    for (int kind = 0; found != NULL && kind <= RECORD_KIND_COUNT; kind++) {
        *ret_kind = (enum record_kind)kind;
        if (kind == RECORD_KIND_COUNT)
            break;
        const char *name = record_kind_name((enum record_kind)kind);
        if (strlen(name) == found->length && memcmp(name, found->text, found->length) == 0)
            break;
    }
    return *ret_kind != RECORD_KIND_COUNT;
}

static bool is_simple(const struct record_field *field)
{
    return field->type != FIELD_MONEY && field->type != FIELD_LIST && field->type != FIELD_JSON &&
           field->type != FIELD_JSON_LIST && field->type != FIELD_UNSUPPORTED;
}

static bool set_member(const struct value_context *context, const struct record_shape *shape,
                       const struct flat_member *member, uint64_t *seen, void *record)
{
    struct error ignored;
    char text[VALUE_SIZE];
    const struct record_field *field = record_field_find(shape, member->name, member->name_length);
    if (field == NULL || !is_simple(field) || member->length >= sizeof(text))
        return false;
    uint64_t bit = UINT64_C(1) << (field - shape->fields);
    if (member->is_null || (*seen & bit) != 0 || member->length == 0)
        return false; /* absent, twice, or empty: the long way knows what each means */
    *seen |= bit;
    memcpy(text, member->text, member->length);
    text[member->length] = '\0';
    return record_value_set(context, field, (struct value_source){member->form, text}, NULL, record,
                            &ignored);
}

bool record_json_read_flat(const struct value_context *context, const char *text, size_t length,
                           enum record_kind forced, enum record_kind *ret_kind,
                           union record *ret_record)
{
    struct flat_member members[MEMBERS_MAX];
    struct flat_scan scan = {text, text + length};
    struct error ignored;
    size_t count = 0, bad_offset;
    uint64_t seen = 0;
    memset(members, 0, sizeof(members));
    if (!scan_members(&scan, members, &count) || !text_utf8_valid(text, length, &bad_offset) ||
        !find_kind(members, count, forced, ret_kind))
        return false;
    const struct record_shape *shape = record_shape_of(*ret_kind);
    record_value_clear_all(shape, ret_record);
    for (size_t i = 0; i < count; i++)
        if (!is_named(&members[i], "record") &&
            !set_member(context, shape, &members[i], &seen, ret_record))
            return false;
    return record_complete(context, shape, seen, ret_record, &ignored);
}
