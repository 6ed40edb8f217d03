#include "core/stores/import_put.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/calendar/instant.h"
#include "core/money/money.h"
#include "core/stores/import_shelf.h"

#define VALUE_TEXT_SIZE 120

static bool may_differ(const struct bulk_table *table, const char *column)
{
    const char *const *name = table->ignore_on_compare;
    for (; name != NULL && *name != NULL; name++)
        if (text_equal(*name, column))
            return true;
    return false;
}

const struct row_field *put_difference(const struct bulk_table *table, const void *a, const void *b)
{
    char scratch_a[ROW_SCRATCH_SIZE], scratch_b[ROW_SCRATCH_SIZE];
    for (size_t i = table->key_count; i < table->field_count; i++) {
        struct db_value value_a = row_value(&table->fields[i], a, scratch_a);
        struct db_value value_b = row_value(&table->fields[i], b, scratch_b);
        if (!db_value_equal(&value_a, &value_b) && !may_differ(table, table->fields[i].column))
            return &table->fields[i];
    }
    return NULL;
}

/* A number that stands for a record; tax_id is a text of its own. */
static bool is_reference(const struct row_field *field, const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    size_t length = strlen(field->column);
    return length > 3 && strcmp(field->column + length - 3, "_id") == 0 &&
           row_value(field, row, scratch).kind == DB_VALUE_I64;
}

/* Columns whose names are not those of the fields. */
static const struct named_column {
    const char *column, *field;
} named_columns[] = {
    {"requested_on",       "on"                },
    {"requested_by",       "by"                },
    {"unused_numerator",   "unused.numerator"  },
    {"unused_denominator", "unused.denominator"},
    {"overage_model",      "overage"           },
};

/* The field of the file behind a column: start_on is start, amount_minor is amount. */
static void print_column(char target[VALUE_TEXT_SIZE], const char *column, bool refers)
{
    const char *const endings[] = {"_on", refers ? "_id" : "_on", "_minor", "_us", "_coefficient"};
    for (size_t i = 0; i < ARRAY_LEN(named_columns); i++)
        if (text_equal(column, named_columns[i].column))
            column = named_columns[i].field;
    (void)snprintf(target, VALUE_TEXT_SIZE, "%s", column);
    size_t length = strlen(target);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t end = strlen(endings[i]);
        if (length > end && strcmp(target + length - end, endings[i]) == 0) {
            target[length - end] = '\0';
            return;
        }
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* The one that the row has, whose amounts are in it. */
static bool currency_of(const struct bulk_table *table, const void *row,
                        struct currency *ret_currency)
{
    char scratch[ROW_SCRATCH_SIZE], code[sizeof(ret_currency->code)];
    struct error ignored = {0};
    for (size_t i = 0; i < table->field_count; i++) {
        if (!text_equal(table->fields[i].column, "currency"))
            continue;
        struct db_value value = row_value(&table->fields[i], row, scratch);
        if (value.kind != DB_VALUE_TEXT || value.size >= sizeof(code))
            return false;
        (void)snprintf(code, sizeof(code), "%.*s", (int)value.size, (const char *)value.data);
        return currency_parse(code, ret_currency, &ignored);
    }
    return false;
}

/* As the file has it: amounts in their currency, instants as RFC 3339. */
static void print_number(char target[VALUE_TEXT_SIZE], const struct bulk_table *table,
                         const struct row_field *field, int64_t value, const void *row)
{
    struct currency currency;
    if (ends_with(field->column, "_us"))
        (void)snprintf(target, VALUE_TEXT_SIZE, "%s", instant_text(value).text);
    else if (ends_with(field->column, "_minor") && currency_of(table, row, &currency))
        (void)snprintf(target, VALUE_TEXT_SIZE, "%s",
                       money_text(money_of_minor(value, currency)).text);
    else
        (void)snprintf(target, VALUE_TEXT_SIZE, "%" PRId64, value);
}

static void print_value(char target[VALUE_TEXT_SIZE], const struct bulk_table *table,
                        const struct row_field *field, const void *row)
{
    char scratch[ROW_SCRATCH_SIZE];
    struct db_value value = row_value(field, row, scratch);
    if (value.kind == DB_VALUE_I64)
        print_number(target, table, field, value.i64, row);
    else if (value.kind == DB_VALUE_TEXT)
        (void)snprintf(target, VALUE_TEXT_SIZE, "\"%.*s\"",
                       (int)(value.size > 80 ? 80 : value.size), (const char *)value.data);
    else
        (void)snprintf(target, VALUE_TEXT_SIZE, "%s",
                       value.kind == DB_VALUE_NULL ? "none" : "another digest");
}

bool put_conflict(const struct bulk_table *table, const struct row_field *field, const void *row,
                  const void *existing, const char *hint, struct error *err)
{
    char name[VALUE_TEXT_SIZE], is[VALUE_TEXT_SIZE], was[VALUE_TEXT_SIZE];
    bool refers = is_reference(field, row) || is_reference(field, existing);
    print_column(name, field->column, refers);
    print_value(is, table, field, row);
    print_value(was, table, field, existing);
    if (refers)
        error_item(err, "conflict", "is there with another %s", name);
    else
        error_item(err, "conflict", "is there with other content: %s is %s, was %s", name, is, was);
    return error_hint(err, "%s", hint);
}

static const struct bulk_table *stored_table(const struct put_rules *rules)
{
    return rules->stored == NULL ? rules->table : rules->stored;
}

void put_expect(struct import_session *session, const struct put_rules *rules, const void *row)
{
    import_shelf_expect(session->shelf, stored_table(rules), row);
}

bool put_find(struct import_session *session, const struct put_rules *rules, const void *row,
              void *ret_existing, bool *ret_found, struct error *err)
{
    const void *rows;
    size_t count;
    if (!import_shelf_find(session->shelf, stored_table(rules), row, &rows, &count, err))
        return false;
    *ret_found = count > 0;
    if (*ret_found)
        memcpy(ret_existing, rows, rules->table->row_size);
    return true;
}

static bool is_fixed(const struct put_rules *rules, const struct row_field *field)
{
    for (const char *const *name = rules->fixed; name != NULL && *name != NULL; name++)
        if (text_equal(*name, field->column))
            return true;
    return false;
}

const struct row_field *put_fixed_difference(const struct put_rules *rules, const void *a,
                                             const void *b)
{
    struct bulk_table one = *rules->table; /* a view of one column after the other */
    for (size_t i = rules->table->key_count; i < rules->table->field_count; i++) {
        one.key_count = i;
        one.field_count = i + 1;
        if (is_fixed(rules, &rules->table->fields[i]) && put_difference(&one, a, b) != NULL)
            return &rules->table->fields[i];
    }
    return NULL;
}

/* Other content may replace what is there, unless history stands on a column that differs. */
static bool check_fixed(const struct put_rules *rules, const void *row, const void *existing,
                        struct error *err)
{
    const struct row_field *difference = put_fixed_difference(rules, row, existing);
    return difference == NULL ||
           put_conflict(rules->table, difference, row, existing, rules->fixed_hint, err);
}

static int64_t *own_id(const struct put_rules *rules, void *row)
{
    return (int64_t *)(void *)((char *)row + rules->id_offset);
}

void put_part(struct import_session *session, const struct bulk_table *table, const void *row)
{
    import_shelf_put(session->shelf, table, row, NULL);
}

bool put_row(struct import_session *session, const struct put_rules *rules, void *row,
             enum import_outcome *ret_outcome, struct error *err)
{
    void *existing = arena_alloc(session->scratch, rules->table->row_size);
    bool found;
    if (!put_find(session, rules, row, existing, &found, err))
        return false;
    *ret_outcome = found ? IMPORT_UPDATED : IMPORT_ADDED;
    if (found) {
        if (rules->id_offset != SIZE_MAX)
            *own_id(rules, row) = *own_id(rules, existing);
        const struct row_field *difference = put_difference(rules->table, row, existing);
        if (difference == NULL) {
            *ret_outcome = IMPORT_UNCHANGED;
            return true;
        }
        if (rules->table->kind == BULK_INSERT)
            return put_conflict(rules->table, difference, row, existing, rules->fixed_hint, err);
        if (!check_fixed(rules, row, existing, err))
            return false;
    } else if (rules->id_counter != NULL &&
               !import_next_id(session, rules->id_counter, own_id(rules, row), err)) {
        return false;
    }
    import_shelf_put(session->shelf, rules->table, row, stored_table(rules));
    return true;
}

/* A name that the batch has just given needs no question; one that waits is not seen by it. */
bool put_refer(struct import_session *session, enum record_kind kind, int64_t tenant_id,
               const char *tenant, const char *name, int64_t *ret_id, struct error *err)
{
    if (import_lookup_known(session->lookup, kind, tenant_id, name, ret_id))
        return true;
    return (!import_shelf_waits(session->shelf, record_kind_name(kind)) ||
            import_batch_write(session, err)) &&
           import_lookup_id(session->lookup, kind, tenant_id, tenant, name, ret_id, err);
}

bool import_put(struct import_session *session, enum record_kind kind, const union record *record,
                enum import_outcome *ret_outcome, struct error *err)
{
    bool good = kind < RECORD_SUBSCRIPTION_STATE
                    ? put_catalog(session, kind, record, ret_outcome, err)
                    : put_made(session, kind, record, ret_outcome, err);
    if (good || err->kind != ERROR_ITEM)
        return good;
    return error_context(err, "%s", record_label(kind, record, session->scratch));
}
