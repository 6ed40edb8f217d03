/* Decline classes: see decline.h. */
#include "core/billing/decline.h"

#include <string.h>

#include "core/base/text.h"

static const struct decline_gateway *find_gateway(const struct decline_table *table,
                                                  const char *name)
{
    for (size_t i = 0; i < table->gateway_count; i++)
        if (text_equal(table->gateways[i].name, name))
            return &table->gateways[i];
    return NULL;
}

/* Invariant 3: how much of the rule speaks of this code; 0 when it does not. */
static size_t match_length(const char *rule, const char *code)
{
    size_t length = strlen(rule);
    if (strcmp(rule, code) == 0)
        return SIZE_MAX;
    if (length < 2 || rule[length - 1] != '*' || strncmp(rule, code, length - 1) != 0)
        return 0;
    return length - 1;
}

static const struct decline_rule *find_rule(const struct decline_rule *rules, size_t count,
                                            const char *code)
{
    const struct decline_rule *best = NULL;
    size_t best_length = 0;
    for (size_t i = 0; code != NULL && i < count; i++) {
        size_t length = match_length(rules[i].code, code);
        if (length <= best_length)
            continue;
        best = &rules[i];
        best_length = length;
    }
    return best;
}

struct decline_verdict decline_of(const struct decline_table *table, const char *gateway,
                                  const char *advice, const char *const *codes, size_t code_count)
{
    const struct decline_gateway *known = find_gateway(table, gateway);
    const struct decline_rule *rule = NULL;
    if (known == NULL)
        return (struct decline_verdict){.decline = DECLINE_LATER};
    rule = find_rule(known->advice, known->advice_count, advice);
    for (size_t i = 0; rule == NULL && i < code_count; i++)
        rule = find_rule(known->codes, known->code_count, codes[i]);
    if (rule == NULL)
        return (struct decline_verdict){.decline = DECLINE_LATER};
    return (struct decline_verdict){.decline = rule->decline, .known = true};
}

const char *decline_class_name(enum decline_class decline)
{
    switch (decline) {
    case DECLINE_LATER:
        return "later";
    case DECLINE_CUSTOMER:
        return "customer";
    case DECLINE_NEVER:
        return "never";
    }
    return "";
}

bool decline_class_parse(const char *name, enum decline_class *ret_decline)
{
    static const enum decline_class all[] = {DECLINE_LATER, DECLINE_CUSTOMER, DECLINE_NEVER};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (!text_equal(decline_class_name(all[i]), name))
            continue;
        *ret_decline = all[i];
        return true;
    }
    return false;
}
