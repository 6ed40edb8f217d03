/* Which endpoint wants which event, and what the effect is called. */
#include <string.h>

#include "jobs/webhook_intent.h"
#include "tests/support/suite.h"

static struct setting_text paid[] = {{.text = "invoice.paid"}};
static struct setting_text two[] = {{.text = "t"}, {.text = "u"}};

static const struct wanted_case {
    const char *name;
    struct settings_endpoint endpoint;
    const char *tenant, *type;
    bool expect;
} wanted_cases[] = {
    {"all",                  {.name = {0}},            "t", "invoice.paid",   true },
    {"this event",           {.events = {paid, 1, 1}}, "t", "invoice.paid",   true },
    {"another event",        {.events = {paid, 1, 1}}, "t", "payment.failed", false},
    {"one of two tenants",   {.tenants = {two, 2, 2}}, "u", "payment.failed", true },
    {"another tenant",       {.tenants = {two, 2, 2}}, "v", "payment.failed", false},
    {"event of no tenant's",
     {.events = {paid, 1, 1}, .tenants = {two, 2, 2}},
     "v",                                                   "invoice.paid",
     false                                                                         },
};

START_TEST(wants)
{
    const struct wanted_case *c = &wanted_cases[_i];
    const struct webhook_event event = {.tenant = c->tenant, .type = c->type, .subject = "I-1"};
    ck_assert_msg(webhook_is_wanted(&c->endpoint, &event) == c->expect, "%s", c->name);
}
END_TEST

START_TEST(has_a_key)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct settings_endpoint endpoint = {.name = {.text = "erp"}};
    const struct webhook_event event = {.tenant = "t", .type = "invoice.paid", .subject = "I-1"};
    ck_assert_str_eq(webhook_key(&endpoint, &event, arena), "webhook:erp:invoice.paid:I-1");
}
END_TEST

TEST_SUITE(webhook_intent)
{
    TEST_TABLE(wants, wanted_cases);
    TEST_ONE(has_a_key);
}
