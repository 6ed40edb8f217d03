/* What may stand in a record: see import_fields.h. */
#include "core/cli/import_fields.h"

#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "core/base/text.h"
#include "core/billing/price.h"
#include "core/cli/import_models.h"
#include "core/cli/table.h"
#include "core/setup/record.h"
#include "core/setup/record_field.h"

static const char *joined(struct arena *arena, const char *const *words, const char *between)
{
    const char *text = "";
    for (size_t i = 0; words[i] != NULL; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : between, words[i]);
    return text;
}

static const char *element_text(struct arena *arena, const struct record_shape *element)
{
    const char *text = "list of {";
    for (size_t i = 0; i < element->field_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ", element->fields[i].name);
    return arena_printf(arena, "%s}", text);
}

static const char *type_text(struct arena *arena, const struct record_field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_PASSED:
        return "text";
    case FIELD_KEY:
        return text_equal(field->name, "expires") ? "month: YYYY-MM" : "name";
    case FIELD_WORD:
        return joined(arena, field->words, " | ");
    case FIELD_DECIMAL:
    case FIELD_STORED:
        return "decimal, as text: \"12.5\"";
    case FIELD_MONEY:
        return "amount, as text: \"12.50\"";
    case FIELD_DATE:
        return "day: YYYY-MM-DD";
    case FIELD_INSTANT:
        return "instant: RFC 3339";
    case FIELD_INT:
        return arena_printf(arena, "%" PRId64 " to %" PRId64, field->minimum, field->maximum);
    case FIELD_BOOL:
        return "true | false";
    case FIELD_CURRENCY:
        return "currency: ISO 4217";
    case FIELD_COUNTRY:
        return "country: ISO 3166, as DE";
    case FIELD_LOCALE:
        return "language: de, de-AT";
    case FIELD_TIMEZONE:
        return "time zone: Europe/Berlin";
    case FIELD_DIGEST:
        return "64 hexadecimal digits";
    case FIELD_JSON:
        return "object";
    case FIELD_JSON_LIST:
        return "list";
    case FIELD_LIST:
        return element_text(arena, field->element);
    case FIELD_UNSUPPORTED:
        return "";
    }
    return "";
}

static bool is_required(const struct record_field *field)
{
    return field->need == FIELD_REQUIRED && field->preset == NULL;
}

/* ---------------------------------------------------------------- for people */

static void print_kinds(const struct cli *cli, const struct record_shape *const *shapes,
                        size_t count)
{
    static const struct table_column columns[] = {
        {"record",      TABLE_LEFT},
        {"natural key", TABLE_LEFT}
    };
    struct table table;
    table_start(&table, cli->arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const char **cells = table_add_row(&table);
        cells[0] = shapes[i]->name;
        cells[1] = joined(cli->arena, shapes[i]->key, ", ");
    }
    table_print(&table, stdout);
}

static void print_fields(const struct cli *cli, const struct record_shape *shape)
{
    static const struct table_column columns[] = {
        {"field", TABLE_LEFT},
        {"",      TABLE_LEFT},
        {"holds", TABLE_LEFT}
    };
    struct arena *arena = cli->arena;
    bool has_models = import_models_has(shape);
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct record_field *field = &shape->fields[i];
        if (field->type == FIELD_UNSUPPORTED ||
            (has_models && price_field_is_of_model(field->name)))
            continue;
        const char **cells = table_add_row(&table);
        cells[0] = field->name;
        cells[1] = is_required(field)      ? "required"
                   : field->preset == NULL ? ""
                                           : arena_printf(arena, "else %s", field->preset);
        cells[2] = type_text(arena, field);
    }
    (void)printf("%s, by %s\n", shape->name, joined(arena, shape->key, ", "));
    table_print(&table, stdout);
    if (has_models)
        import_models_print(shape, arena);
    if (text_equal(shape->name, "coupon"))
        (void)printf(
            "  several on one invoice, amounts and percentages alike, apply in the order of "
            "their redemptions:\n  by day, then by the name of the coupon; how, is "
            "rules: coupon_stacking of the configuration\n"
            "  repeat_count counts invoices that it took something off, whatever periods they "
            "bill\n");
    if (text_equal(shape->name, "correction"))
        (void)printf("  net is after discounts and without tax, but of prices that include the "
                     "tax with it,\n  as the lines of the invoice say their amounts\n");
}

/* ---------------------------------------------------------------- for programs */

static json_t *words_json(const char *const *words)
{
    json_t *list = json_array();
    for (size_t i = 0; words[i] != NULL; i++)
        (void)json_array_append_new(list, json_string(words[i]));
    return list;
}

static json_t *fields_json(struct arena *arena, const struct record_shape *shape)
{
    json_t *list = json_array();
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct record_field *field = &shape->fields[i];
        if (field->type == FIELD_UNSUPPORTED)
            continue;
        json_t *object = json_pack("{s:s, s:s, s:b}", "field", field->name, "holds",
                                   type_text(arena, field), "required", (int)is_required(field));
        if (field->preset != NULL)
            (void)json_object_set_new(object, "default", json_string(field->preset));
        if (field->words != NULL)
            (void)json_object_set_new(object, "words", words_json(field->words));
        if (field->element != NULL)
            (void)json_object_set_new(object, "fields", fields_json(arena, field->element));
        (void)json_array_append_new(list, object);
    }
    return list;
}

static json_t *shape_json(const struct cli *cli, const struct record_shape *shape)
{
    json_t *object = json_pack("{s:s, s:o, s:o}", "record", shape->name, "key",
                               words_json(shape->key), "fields", fields_json(cli->arena, shape));
    if (import_models_has(shape))
        (void)json_object_set_new(object, "models", import_models_json(shape));
    return object;
}

static bool find_shape(const char *name, const struct record_shape **ret_shape, struct error *err)
{
    enum record_kind kind;
    if (!record_kind_parse(name, &kind, err) || !record_kind_is_of_people(kind)) {
        (void)error_run(err, EXIT_USAGE, "there is no record \"%s\" to import", name);
        return error_hint(err, "`billmill import --fields` lists the records");
    }
    *ret_shape = record_shape_of(kind);
    return true;
}

bool import_fields_print(const struct cli *cli, const struct cli_arguments *kinds,
                         struct error *err)
{
    const struct record_shape *shapes[CLI_POSITIONALS_MAX];
    size_t count = 0;
    for (; count < kinds->count; count++)
        if (!find_shape(kinds->items[count], &shapes[count], err))
            return false;
    for (enum record_kind kind = 0; kinds->count == 0 && kind < RECORD_KIND_COUNT; kind++)
        if (record_kind_is_of_people(kind))
            shapes[count++] = record_shape_of(kind);
    if (cli->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
            (void)json_array_append_new(list, shape_json(cli, shapes[i]));
        (void)json_dumpf(list, stdout, JSON_INDENT(2));
        (void)fputc('\n', stdout);
        json_decref(list);
    } else if (kinds->count == 0)
        print_kinds(cli, shapes, count);
    else
        for (size_t i = 0; i < count; i++)
            print_fields(cli, shapes[i]);
    return true;
}
