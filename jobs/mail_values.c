/* Facts as values of a template: see mail_values.h. */
#include "jobs/mail_values.h"

#include <string.h>

#include "core/base/text.h"
#include "core/outside/locale.h"

#define VALUE_ROOM 400

static const char *shown_date(const char *value, const struct locale *locale, struct arena *arena)
{
    char storage[VALUE_ROOM];
    struct strbuf text;
    struct date date;
    struct error ignored = {0};
    if (!date_parse(value, &date, &ignored))
        return value;
    struct civil_date civil = date_civil(date);
    strbuf_init(&text, storage, sizeof storage);
    locale_add_date(locale, LOCALE_DATE_LONG, civil.year, civil.month, civil.day, &text);
    return arena_copy(arena, text.text);
}

static const char *shown_money(const char *value, const struct locale *locale, struct arena *arena)
{
    char storage[VALUE_ROOM];
    struct strbuf text;
    struct currency currency;
    struct money amount;
    struct error ignored = {0};
    size_t length = strcspn(value, " ");
    if (value[length] == '\0' || !currency_parse(value + length + 1, &currency, &ignored) ||
        !money_parse(arena_copy_n(arena, value, length), currency, &amount, &ignored))
        return value;
    strbuf_init(&text, storage, sizeof storage);
    locale_add_money(locale, money_minor(amount), currency_digits(currency), currency.code, &text);
    return arena_copy(arena, text.text);
}

static const char *shown(const struct mail_fact *fact, const struct locale *locale,
                         struct arena *arena)
{
    const struct mail_fact_rule *rule = mail_fact_find(fact->name, strlen(fact->name));
    if (rule != NULL)
        switch (rule->kind) {
        case MAIL_FACT_TEXT:
            break;
        case MAIL_FACT_DATE:
            return shown_date(fact->value, locale, arena);
        case MAIL_FACT_MONEY:
            return shown_money(fact->value, locale, arena);
        }
    return fact->value;
}

/* The country of who reads it, in the language of the words around. */
static const struct locale *locale_of(const char *wanted, const char *words)
{
    size_t length = strcspn(text_or_empty(wanted), "-_");
    bool same =
        strcspn(words, "-_") == length && strncmp(text_or_empty(wanted), words, length) == 0;
    return locale_find(same ? wanted : words);
}

const struct mail_value *mail_values(const struct mail_request *request, const char *language,
                                     const char *seller_name, struct arena *arena,
                                     size_t *ret_count)
{
    const struct locale *locale = locale_of(request->language, language);
    struct mail_value *values = ARENA_NEW_ARRAY(arena, struct mail_value, request->fact_count + 1);
    for (size_t i = 0; i < request->fact_count; i++)
        values[i] =
            (struct mail_value){request->facts[i].name, shown(&request->facts[i], locale, arena)};
    values[request->fact_count] = (struct mail_value){"seller_name", seller_name};
    *ret_count = request->fact_count + 1;
    return values;
}
