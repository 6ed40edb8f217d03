/* Values of records by type. Everything that has a rule of its own (decimals, dates, money, zones)
 * is parsed by the module that owns the rule. */
#include "core/setup/record_value.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/country.h"
#include "core/calendar/instant.h"
#include "core/money/money.h"

#define SHOWN_MAX 80 /* how much of a wrong value a message repeats */

static const char **text_member(const struct record_field *field, void *record)
{
    return (const char **)((char *)record + field->offset);
}

static int64_t *int_member(const struct record_field *field, void *record)
{
    return (int64_t *)((char *)record + field->offset);
}

bool record_field_error(struct error *err, const struct record_field *field)
{
    return error_context(err, "field \"%s\"", field->name);
}

static bool bad_value(struct error *err, const char *text, const char *expected)
{
    return error_item(err, "bad_value", "\"%.*s\" is not %s", SHOWN_MAX, text, expected);
}

/* No control characters; the caller has checked that it is UTF-8. */
static bool text_is_printable(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if (*c < 0x20 || *c == 0x7F || (c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0))
            return false;
    return true;
}

static bool check_length(const char *text, size_t length_max, struct error *err)
{
    size_t length = strlen(text);
    return length <= length_max ||
           error_item(err, "bad_value", "is %zu bytes long; %zu are allowed", length, length_max);
}

static bool check_text(const char *text, size_t length_max, struct error *err)
{
    if (!check_length(text, length_max, err))
        return false;
    if (!text_is_plain(text, strlen(text)) && !text_is_printable(text))
        return error_item(err, "bad_value", "contains a control character");
    return true;
}

static bool check_key(const char *text, struct error *err)
{
    if (!check_text(text, RECORD_KEY_MAX, err))
        return false;
    assert(text[0] != '\0'); /* "" is absent */
    if (text[0] == ' ' || text[strlen(text) - 1] == ' ')
        return bad_value(err, text, "a name: it begins or ends with a space");
    return true;
}

static bool list_has(const char *const *words, const char *text)
{
    for (; words != NULL && *words != NULL; words++)
        if (text_equal(*words, text))
            return true;
    return false;
}

static bool check_word(const struct record_field *field, const char *text, struct error *err)
{
    if (list_has(field->words, text))
        return true;
    if (list_has(field->later, text))
        return error_item(err, "bad_value", "\"%s\" is not supported by this version", text);
    char expected[200] = "one of ";
    size_t length = strlen(expected);
    for (const char *const *word = field->words; *word != NULL; word++) {
        for (const char *c = *word; *c != '\0' && length + 3 < sizeof(expected); c++)
            expected[length++] = *c;
        if (word[1] != NULL && length + 3 < sizeof(expected)) {
            expected[length++] = ',';
            expected[length++] = ' ';
        }
    }
    expected[length] = '\0';
    return bad_value(err, text, expected);
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Two or three small letters, then parts of two to eight letters or digits behind `-` or `_`. */
static bool check_locale(const char *text, struct error *err)
{
    size_t i = 0;
    while (is_lower(text[i]))
        i++;
    bool good = i == 2 || i == 3;
    while (good && text[i] != '\0') {
        good = text[i] == '-' || text[i] == '_';
        size_t start = ++i;
        while (good &&
               (is_lower(text[i]) || is_upper(text[i]) || (text[i] >= '0' && text[i] <= '9')))
            i++;
        good = good && i - start >= 2 && i - start <= 8;
    }
    return good ? true : bad_value(err, text, "a locale, like de, de-AT or sr-Latn-RS");
}

static bool check_zone(const struct value_context *context, const char *text, struct error *err)
{
    const struct zone *zone;
    return zone_load(context->zones, text, &zone, err);
}

static bool check_currency(const char *text, struct error *err)
{
    struct currency currency;
    return currency_parse(text, &currency, err);
}

static bool check_date(const char *text, struct error *err)
{
    struct date date;
    return date_parse(text, &date, err);
}

static bool set_decimal(const struct value_context *context, const struct record_field *field,
                        const char *text, void *record, struct error *err)
{
    struct decimal value;
    if (!decimal_parse(text, &value, err))
        return false;
    if (field->type == FIELD_STORED) {
        struct usage_record *usage = record;
        return decimal_to_stored(value, &usage->value_coefficient, &usage->value_scale, err);
    }
    *text_member(field, record) = arena_copy(context->arena, decimal_text(value).text);
    return true;
}

static bool set_money(const struct record_field *field, const char *text, const char *currency_code,
                      void *record, struct error *err)
{
    struct currency currency;
    struct money money;
    if (currency_code == NULL)
        return error_item(err, "bad_value", "an amount needs a currency beside it");
    if (!currency_parse(currency_code, &currency, err) || !money_parse(text, currency, &money, err))
        return false;
    *int_member(field, record) = money_minor(money);
    return true;
}

static bool set_int(const struct record_field *field, const char *text, void *record,
                    struct error *err)
{
    int64_t value;
    if (!text_parse_i64(text, &value))
        return bad_value(err, text, "a whole number");
    if (value < field->minimum || value > field->maximum)
        return error_item(err, "bad_value", "%" PRId64 " is outside %" PRId64 " to %" PRId64, value,
                          field->minimum, field->maximum);
    *int_member(field, record) = value;
    return true;
}

static bool set_bool(const struct record_field *field, const char *text, void *record,
                     struct error *err)
{
    bool value = text_equal(text, "true");
    if (!value && !text_equal(text, "false"))
        return bad_value(err, text, "true or false");
    *(bool *)((char *)record + field->offset) = value;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool set_digest(const struct record_field *field, const char *text, void *record,
                       struct error *err)
{
    uint8_t bytes[SHA256_SIZE] = {0};
    bool good = strlen(text) == SHA256_HEX_SIZE - 1;
    for (size_t i = 0; good && i < SHA256_SIZE; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        good = high >= 0 && low >= 0;
        bytes[i] = (uint8_t)(good ? high * 16 + low : 0);
    }
    if (!good)
        return bad_value(err, text, "a SHA-256: 64 hexadecimal digits");
    memcpy((char *)record + field->offset, bytes, SHA256_SIZE);
    return true;
}

/* Whether JSON may write the type in this form. */
static bool form_fits(const struct record_field *field, enum value_form form, struct error *err)
{
    if (form == FORM_CELL)
        return true;
    switch (field->type) {
    case FIELD_DECIMAL:
    case FIELD_STORED:
    case FIELD_MONEY:
        if (form == FORM_STRING || form == FORM_INTEGER)
            return true;
        return error_item(err, "bad_value", "is not a decimal in a string, like \"29.99\"");
    case FIELD_INT:
        return form == FORM_INTEGER ||
               error_item(err, "bad_value", "is not a whole number without quotes");
    case FIELD_BOOL:
        return form == FORM_BOOL || error_item(err, "bad_value", "is not true or false");
    case FIELD_TEXT:
    case FIELD_PASSED:
    case FIELD_KEY:
    case FIELD_WORD:
    case FIELD_DATE:
    case FIELD_INSTANT:
    case FIELD_CURRENCY:
    case FIELD_COUNTRY:
    case FIELD_LOCALE:
    case FIELD_TIMEZONE:
    case FIELD_DIGEST:
    case FIELD_JSON:
    case FIELD_JSON_LIST:
    case FIELD_LIST:
    case FIELD_UNSUPPORTED:
        return form == FORM_STRING || error_item(err, "bad_value", "is not a string");
    }
    return false;
}

/* The text of a cell is in the arena already. */
static bool set_by_type(const struct value_context *context, const struct record_field *field,
                        struct value_source source, const char *currency, void *record,
                        struct error *err)
{
    const char *text = source.text;
    switch (field->type) {
    case FIELD_DECIMAL:
    case FIELD_STORED:
        return set_decimal(context, field, text, record, err);
    case FIELD_MONEY:
        return set_money(field, text, currency, record, err);
    case FIELD_INSTANT:
        return instant_parse(text, int_member(field, record), err);
    case FIELD_INT:
        return set_int(field, text, record, err);
    case FIELD_BOOL:
        return set_bool(field, text, record, err);
    case FIELD_DIGEST:
        return set_digest(field, text, record, err);
    case FIELD_TEXT:
        if (!check_text(text, RECORD_TEXT_MAX, err))
            return false;
        break;
    case FIELD_PASSED:
        if (!check_length(text, RECORD_PASSED_MAX, err))
            return false;
        break;
    case FIELD_KEY:
        if (!check_key(text, err))
            return false;
        break;
    case FIELD_WORD:
        if (!check_word(field, text, err))
            return false;
        break;
    case FIELD_DATE:
        if (!check_date(text, err))
            return false;
        break;
    case FIELD_CURRENCY:
        if (!check_currency(text, err))
            return false;
        break;
    case FIELD_COUNTRY:
        if (!country_check(text, err))
            return false;
        break;
    case FIELD_LOCALE:
        if (!check_locale(text, err))
            return false;
        break;
    case FIELD_TIMEZONE:
        if (!check_zone(context, text, err))
            return false;
        break;
    case FIELD_JSON:
    case FIELD_JSON_LIST:
    case FIELD_LIST:
    case FIELD_UNSUPPORTED:
        assert(false && "set by record_json.c");
        return false;
    }
    *text_member(field, record) =
        source.form == FORM_CELL ? text : arena_copy(context->arena, text);
    return true;
}

bool record_value_set(const struct value_context *context, const struct record_field *field,
                      struct value_source source, const char *currency, void *record,
                      struct error *err)
{
    if (form_fits(field, source.form, err) &&
        set_by_type(context, field, source, currency, record, err))
        return true;
    return record_field_error(err, field);
}

void record_value_clear_all(const struct record_shape *shape, void *record)
{
    memset(record, 0, shape->size);
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct record_field *field = &shape->fields[i];
        if (field->type == FIELD_INT || field->type == FIELD_MONEY || field->type == FIELD_INSTANT)
            *int_member(field, record) = RECORD_INT_NONE;
    }
}

static const char *digest_text(const uint8_t *bytes, struct arena *arena)
{
    static const uint8_t absent[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    if (memcmp(bytes, absent, SHA256_SIZE) == 0)
        return NULL;
    sha256_hex(bytes, hex);
    return arena_copy(arena, hex);
}

static const char *money_value_text(int64_t minor, const char *currency_code, struct arena *arena)
{
    struct currency currency;
    struct error ignored = {0};
    if (currency_code == NULL || !currency_parse(currency_code, &currency, &ignored))
        return NULL;
    return arena_copy(arena, money_text(money_of_minor(minor, currency)).text);
}

static const char *stored_text(const struct usage_record *usage, struct arena *arena)
{
    struct decimal value;
    struct error ignored = {0};
    if (!decimal_from_stored(usage->value_coefficient, usage->value_scale, &value, &ignored))
        return NULL;
    return arena_copy(arena, decimal_text(value).text);
}

const char *record_value_text(const struct record_field *field, const void *record,
                              const char *currency, struct arena *arena)
{
    const void *member = (const char *)record + field->offset;
    const int64_t *number = member;
    switch (field->type) {
    case FIELD_STORED:
        return stored_text(record, arena);
    case FIELD_MONEY:
        return *number == RECORD_INT_NONE ? NULL : money_value_text(*number, currency, arena);
    case FIELD_INSTANT:
        return *number == RECORD_INSTANT_NONE ? NULL
                                              : arena_copy(arena, instant_text(*number).text);
    case FIELD_INT:
        return *number == RECORD_INT_NONE ? NULL : arena_printf(arena, "%" PRId64, *number);
    case FIELD_BOOL:
        return *(const bool *)member ? "true" : "false";
    case FIELD_DIGEST:
        return digest_text(member, arena);
    case FIELD_TEXT:
    case FIELD_PASSED:
    case FIELD_KEY:
    case FIELD_WORD:
    case FIELD_DECIMAL:
    case FIELD_DATE:
    case FIELD_CURRENCY:
    case FIELD_COUNTRY:
    case FIELD_LOCALE:
    case FIELD_TIMEZONE:
    case FIELD_JSON:
    case FIELD_JSON_LIST:
        return *(const char *const *)member;
    case FIELD_LIST:
    case FIELD_UNSUPPORTED:
        return NULL;
    }
    return NULL;
}

bool record_value_is_bare(const struct record_field *field)
{
    return field->type == FIELD_INT || field->type == FIELD_BOOL || field->type == FIELD_JSON ||
           field->type == FIELD_JSON_LIST;
}
