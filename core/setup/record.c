/* The kinds of records and their names; the tables themselves are in record_imported.c and
 * record_made.c. */
#include "core/setup/record.h"

#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/setup/record_tables.h"
#include "core/setup/record_value.h"

/* Kinds of DOMAIN 1 and 12 that billing knows and this version does not. */
static const char *const later_kinds[] = {
    "license", "vendor", "sale", "alert_rule", "journal_entry", "audit_event",
};

const struct record_shape *record_shape_of(enum record_kind kind)
{
    assert(kind < RECORD_KIND_COUNT);
    return kind < RECORD_SUBSCRIPTION_STATE ? &record_shapes_imported[kind]
                                            : &record_shapes_made[kind - RECORD_SUBSCRIPTION_STATE];
}

const char *record_kind_name(enum record_kind kind)
{
    return record_shape_of(kind)->name;
}

bool record_kind_is_of_people(enum record_kind kind)
{
    return kind < RECORD_SUBSCRIPTION_STATE || kind == RECORD_CORRECTION ||
           kind == RECORD_PAYMENT || kind == RECORD_REFUND;
}

/* "tenant, product, …, payment and refund" */
static void add_kinds_of_people(struct strbuf *text)
{
    enum record_kind last = RECORD_REFUND;
    for (enum record_kind kind = 0; kind < RECORD_KIND_COUNT; kind++)
        if (record_kind_is_of_people(kind))
            strbuf_addf(text, "%s%s",
                        kind == 0      ? ""
                        : kind == last ? " and "
                                       : ", ",
                        record_kind_name(kind));
}

static const char *nearest_kind(const char *name)
{
    const char *nearest = NULL;
    int32_t best = 3;
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        int32_t distance = text_distance(name, record_kind_name((enum record_kind)kind));
        if (distance < best) {
            best = distance;
            nearest = record_kind_name((enum record_kind)kind);
        }
    }
    return nearest;
}

bool record_kind_parse(const char *name, enum record_kind *ret_kind, struct error *err)
{
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        if (text_equal(name, record_kind_name((enum record_kind)kind))) {
            *ret_kind = (enum record_kind)kind;
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(later_kinds); i++)
        if (text_equal(name, later_kinds[i]))
            return error_item(err, "bad_record", "record kind %s is not supported by this version",
                              name);
    error_item(err, "bad_record", "\"%.60s\" is not a kind of record", name);
    const char *nearest = nearest_kind(name);
    if (nearest != NULL)
        return error_hint(err, "did you mean \"%s\"?", nearest);
    char bytes[ERROR_HINT_SIZE];
    struct strbuf kinds;
    strbuf_init(&kinds, bytes, sizeof bytes);
    add_kinds_of_people(&kinds);
    return error_hint(err, "%s can be imported", kinds.text);
}

const struct record_field *record_field_find(const struct record_shape *shape, const char *name,
                                             size_t length)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const char *candidate = shape->fields[i].name;
        if (strncmp(candidate, name, length) == 0 && candidate[length] == '\0')
            return &shape->fields[i];
    }
    return NULL;
}

const char *record_field_nearest(const struct record_shape *shape, const char *name)
{
    const char *nearest = NULL;
    int32_t best = (int32_t)(strlen(name) / 2) + 1; /* half of it may be wrong */
    for (size_t i = 0; i < shape->field_count; i++) {
        if (shape->fields[i].type == FIELD_UNSUPPORTED)
            continue;
        const char *candidate = shape->fields[i].name;
        const char *last = strchr(candidate, '.'); /* "city" for "address.city" */
        int32_t distance = text_distance(name, candidate);
        if (last != NULL && text_distance(name, last + 1) < distance)
            distance = text_distance(name, last + 1);
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

const char *record_label(enum record_kind kind, const union record *record, struct arena *arena)
{
    const struct record_shape *shape = record_shape_of(kind);
    const char *label = shape->name;
    for (size_t i = 0; shape->key[i] != NULL; i++) {
        const struct record_field *field =
            record_field_find(shape, shape->key[i], strlen(shape->key[i]));
        const char *text = record_value_text(field, record, NULL, arena);
        if (text_is_empty(text))
            continue;
        label = i == 0 ? arena_printf(arena, "%s \"%s\"", label, text)
                       : arena_printf(arena, "%s%s %s \"%s\"", label,
                                      shape->key[i + 1] == NULL ? " of" : ",", shape->key[i], text);
    }
    return label;
}

bool record_field_refuse(const struct record_shape *shape, const char *name, struct error *err)
{
    char storage[ERROR_HINT_SIZE];
    struct strbuf names;
    const char *nearest = record_field_nearest(shape, name);
    (void)error_item(err, "unknown_field", "unknown field \"%.60s\" in record %s", name,
                     shape->name);
    if (strchr(name, ';') != NULL || strchr(name, '\t') != NULL)
        return error_hint(err, "the columns of CSV are separated by commas");
    if (nearest != NULL)
        return error_hint(err, "did you mean \"%s\"?", nearest);
    strbuf_init(&names, storage, sizeof storage);
    for (size_t i = 0; i < shape->field_count; i++)
        strbuf_addf(&names, "%s%s", i > 0 ? ", " : "", shape->fields[i].name);
    return error_hint(err, "its fields are: %s", names.text);
}
