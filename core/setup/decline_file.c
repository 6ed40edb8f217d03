/* The fields of declines.yaml, and reading it: see decline_file.h. */
#include "core/setup/decline_file.h"

#include <inttypes.h>

#include "core/base/text.h"

#define CODE_PATTERN "^[A-Za-z0-9][A-Za-z0-9_.:-]*[*]?$"
#define CODE_EXPECTED "a code of the gateway, with * at its end for all that begin so"
#define CLASS_COUNT 3

struct gateway_lists {
    struct decline_lists advice, codes;
};

struct decline_file {
    struct gateway_lists stripe, razorpay, mercadopago;
};

#define CLASS_FIELDS(member)                                                                       \
    {                                                                                              \
        SCHEMA_TEXT_LIST(struct decline_file, member.later, "later",                               \
                         "Tried again by the dunning policy.", .pattern = CODE_PATTERN,            \
                         .expected = CODE_EXPECTED),                                               \
            SCHEMA_TEXT_LIST(struct decline_file, member.customer, "customer",                     \
                             "Tried again when the customer has acted.", .pattern = CODE_PATTERN,  \
                             .expected = CODE_EXPECTED),                                           \
            SCHEMA_TEXT_LIST(struct decline_file, member.never, "never",                           \
                             "Not tried again with this payment method.", .pattern = CODE_PATTERN, \
                             .expected = CODE_EXPECTED),                                           \
    }

static const struct field stripe_advice[] = CLASS_FIELDS(stripe.advice);
static const struct field stripe_codes[] = CLASS_FIELDS(stripe.codes);
static const struct field razorpay_advice[] = CLASS_FIELDS(razorpay.advice);
static const struct field razorpay_codes[] = CLASS_FIELDS(razorpay.codes);
static const struct field mercadopago_advice[] = CLASS_FIELDS(mercadopago.advice);
static const struct field mercadopago_codes[] = CLASS_FIELDS(mercadopago.codes);

#define GATEWAY_FIELDS(name)                                                                       \
    {                                                                                              \
        SCHEMA_MAPPING("advice", name##_advice,                                                    \
                       "What the gateway itself advises: wins over the codes."),                   \
            SCHEMA_MAPPING("codes", name##_codes, "Why it declined."),                             \
    }

static const struct field stripe_fields[] = GATEWAY_FIELDS(stripe);
static const struct field razorpay_fields[] = GATEWAY_FIELDS(razorpay);
static const struct field mercadopago_fields[] = GATEWAY_FIELDS(mercadopago);

static const struct field file_fields[] = {
    SCHEMA_MAPPING("stripe", stripe_fields, "advice_code; network:CODE, decline_code, code."),
    SCHEMA_MAPPING("razorpay", razorpay_fields, "error.reason, else error.code."),
    SCHEMA_MAPPING("mercadopago", mercadopago_fields, "status_detail."),
};

struct reading {
    struct arena *arena;
    struct problem_list *problems;
};

static const struct setting_text *find(const struct setting_texts *texts, const char *code)
{
    for (size_t i = 0; i < texts->count; i++)
        if (text_equal(texts->items[i].text, code))
            return &texts->items[i];
    return NULL;
}

/* What stands in two classes is of neither. */
static void check_apart(const struct reading *reading, const struct setting_texts *one,
                        const struct setting_texts *other)
{
    for (size_t i = 0; i < other->count; i++) {
        const struct setting_text *code = &other->items[i];
        const struct setting_text *before = find(one, code->text);
        if (before != NULL)
            problem_add(reading->problems, code->at, "leave it in one of the classes",
                        "'%s' is of another class in line %" PRIu32,
                        problem_shown(reading->arena, code->text), before->at.line);
    }
}

static const struct decline_rule *make_rules(const struct reading *reading,
                                             const struct decline_lists *lists, size_t *ret_count)
{
    const struct {
        const struct setting_texts *texts;
        enum decline_class decline;
    } classes[CLASS_COUNT] = {
        {&lists->later,    DECLINE_LATER   },
        {&lists->customer, DECLINE_CUSTOMER},
        {&lists->never,    DECLINE_NEVER   }
    };
    size_t count = lists->later.count + lists->customer.count + lists->never.count;
    struct decline_rule *rules = ARENA_NEW_ARRAY(reading->arena, struct decline_rule, count + 1);
    *ret_count = 0;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        for (size_t before = 0; before < i; before++)
            check_apart(reading, classes[before].texts, classes[i].texts);
        for (size_t j = 0; j < classes[i].texts->count; j++)
            rules[(*ret_count)++] =
                (struct decline_rule){classes[i].texts->items[j].text, classes[i].decline};
    }
    return rules;
}

static void make_gateway(const struct reading *reading, const char *name,
                         const struct gateway_lists *lists, struct decline_gateway *ret_gateway)
{
    ret_gateway->name = name;
    ret_gateway->codes = make_rules(reading, &lists->codes, &ret_gateway->code_count);
    ret_gateway->advice = make_rules(reading, &lists->advice, &ret_gateway->advice_count);
}

bool decline_file_read(const char *path, struct arena *arena, struct problem_list *problems,
                       struct decline_table *ret_table)
{
    struct yaml_node *root = NULL;
    struct decline_file file = {0};
    struct schema_reading schema = {.arena = arena, .problems = problems, .directory = ""};
    struct reading reading = {arena, problems};
    if (!yaml_tree_read(path, arena, problems, &root))
        return false;
    schema_read(&schema, root, file_fields, ARRAY_LEN(file_fields), &file);
    struct decline_gateway *gateways =
        ARENA_NEW_ARRAY(arena, struct decline_gateway, ARRAY_LEN(file_fields));
    make_gateway(&reading, "stripe", &file.stripe, &gateways[0]);
    make_gateway(&reading, "razorpay", &file.razorpay, &gateways[1]);
    make_gateway(&reading, "mercadopago", &file.mercadopago, &gateways[2]);
    *ret_table = (struct decline_table){gateways, ARRAY_LEN(file_fields)};
    return true;
}

const char *decline_schema_json(struct arena *arena)
{
    return schema_document_text("declines.yaml",
                                "What a decline means for the next attempt to charge an invoice.",
                                schema_object_json(file_fields, ARRAY_LEN(file_fields)), arena);
}
