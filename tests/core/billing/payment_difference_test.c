/* Where gateway and books differ, in a table. */
#include <string.h>

#include "core/base/strbuf.h"
#include "core/billing/payment_difference.h"
#include "tests/support/suite.h"

#define EUR(cents)                                                                                 \
    {                                                                                              \
        (cents),                                                                                   \
        {                                                                                          \
            "EUR"                                                                                  \
        }                                                                                          \
    }
#define USD(cents)                                                                                 \
    {                                                                                              \
        (cents),                                                                                   \
        {                                                                                          \
            "USD"                                                                                  \
        }                                                                                          \
    }

/* clang-format off */
static const struct differ_case {
    const char *name;
    struct payment_there there;
    struct payment_here here;
    const char *expect;
} differ_cases[] = {
    {"the same", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(0)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, ""},
    {"failed there, and not here", {.found = true, .amount = EUR(100), .refunded = EUR(0)}, {.amount = EUR(0), .refunded = EUR(0)}, ""},
    {"nowhere", {.amount = EUR(0), .refunded = EUR(0)}, {.amount = EUR(0), .refunded = EUR(0)}, ""},
    {"paid there only", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(0)}, {.amount = EUR(0), .refunded = EUR(0)}, "not_here "},
    {"paid there, and held here", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(0)}, {.undecided = true, .amount = EUR(0), .refunded = EUR(0)}, "undecided "},
    {"paid there only, and given back in part", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(99)}, {.amount = EUR(0), .refunded = EUR(0)}, "not_here "},
    {"paid there only, and given back", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(100)}, {.amount = EUR(0), .refunded = EUR(0)}, ""},
    {"paid there only, in nobody's currency", {.found = true, .paid = true, .amount = EUR(0), .refunded = EUR(0)}, {.amount = EUR(0), .refunded = EUR(0)}, "not_here "},
    {"given back there, and asked for here", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(100)}, {.undecided = true, .amount = EUR(0), .refunded = EUR(0)}, "undecided "},
    {"given back there, and disputed", {.found = true, .paid = true, .disputed = true, .amount = EUR(100), .refunded = EUR(100)}, {.amount = EUR(0), .refunded = EUR(0)}, "disputed "},
    {"here only", {.amount = EUR(0), .refunded = EUR(0)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, "not_there "},
    {"failed there", {.found = true, .amount = EUR(100), .refunded = EUR(0)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, "not_paid_there "},
    {"a cent less there", {.found = true, .paid = true, .amount = EUR(99), .refunded = EUR(0)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, "amount "},
    {"another currency", {.found = true, .paid = true, .amount = USD(99), .refunded = USD(0)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, "currency "},
    {"given back there", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(10)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, "refunded_there "},
    {"given back here", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(0)}, {.found = true, .amount = EUR(100), .refunded = EUR(10)}, "refunded_here "},
    {"given back on both sides", {.found = true, .paid = true, .amount = EUR(100), .refunded = EUR(10)}, {.found = true, .amount = EUR(100), .refunded = EUR(10)}, ""},
    {"disputed", {.found = true, .paid = true, .disputed = true, .amount = EUR(100), .refunded = EUR(0)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, "disputed "},
    {"all of it", {.found = true, .paid = true, .disputed = true, .amount = EUR(90), .refunded = EUR(1)}, {.found = true, .amount = EUR(100), .refunded = EUR(0)}, "amount refunded_there disputed "},
};
/* clang-format on */

START_TEST(differs)
{
    const struct differ_case *c = &differ_cases[_i];
    enum payment_difference got[DIFFERENCES_MAX];
    size_t count = payment_differ(&c->there, &c->here, got);
    char storage[120];
    struct strbuf text;
    strbuf_init(&text, storage, sizeof storage);
    ck_assert_msg(count <= DIFFERENCES_MAX, "%s: %zu", c->name, count);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&text, "%s ", payment_difference_name(got[i]));
    ck_assert_msg(strcmp(text.text, c->expect) == 0, "%s: got %s", c->name, text.text);
}
END_TEST

TEST_SUITE(payment_difference)
{
    TEST_TABLE(differs, differ_cases);
}
