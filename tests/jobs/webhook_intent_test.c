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

#define L50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define L200 L50 L50 L50 L50

/* The longest endpoint, event and subscription that there may be: another key for each event, and
 * the same for the same. */
START_TEST(has_a_key_that_fits)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    const struct settings_endpoint endpoint = {
        .name = {.text = "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"}};
    const struct webhook_event november = {.type = "subscription.canceled",
                                           .subject = L200 ":2026-11-01"};
    const struct webhook_event december = {.type = "subscription.canceled",
                                           .subject = L200 ":2026-12-01"};
    const char *key = webhook_key(&endpoint, &november, arena);
    ck_assert_msg(strlen(key) == EFFECT_KEY_MAX, "%zu", strlen(key));
    ck_assert_str_eq(key, webhook_key(&endpoint, &november, arena));
    ck_assert_str_ne(key, webhook_key(&endpoint, &december, arena));
}
END_TEST

static const struct fit_case {
    const char *name, *before;
    size_t length, expect; /* of 'x' behind it; bytes of what fits */
} fit_cases[] = {
    {"short",       "", 1,   1  },
    {"the longest", "", 255, 255},
    {"one more",    "", 256, 255},
    {"twice",       "", 600, 255},
};

START_TEST(fits)
{
    const struct fit_case *c = &fit_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    char *key = arena_alloc(arena, c->length + strlen(c->before) + 1);
    memcpy(key, c->before, strlen(c->before));
    memset(key + strlen(c->before), 'x', c->length);
    const char *fit = effect_key_fit(key, arena);
    ck_assert_msg(strlen(fit) == c->expect, "%s: %zu", c->name, strlen(fit));
    ck_assert_msg((fit == key) == (strlen(key) <= EFFECT_KEY_MAX), "%s", c->name);
}
END_TEST

/* 190 bytes of head: the 190th is the first of two, so that there are 189. */
START_TEST(cuts_no_character)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    char key[EFFECT_KEY_MAX + 2] = {0};
    memset(key, 'x', EFFECT_KEY_MAX + 1);
    key[189] = '\xc3';
    key[190] = '\xa4';
    const char *fit = effect_key_fit(key, arena);
    ck_assert_uint_eq(strlen(fit), EFFECT_KEY_MAX - 1);
    ck_assert_int_eq(fit[189], ':');
}
END_TEST

/* Of two endpoints, which are like "one" but for what the row says. */
static const struct digest_case {
    const char *name;
    struct settings_endpoint endpoints[2];
    bool expect_same;
} digest_cases[] = {
    {"the same",
     {{.name = {.text = "a"}, .since = {.text = "2026-11-01"}},
      {.name = {.text = "b"}, .since = {.text = "2026-11-01"}}},
     true },
    {"somewhere else",
     {{.name = {.text = "a"}, .url = {.text = "https://b"}, .since = {.text = "2026-11-01"}},
      {.name = {.text = "b"}, .since = {.text = "2026-11-01"}}},
     true },
    {"since another day",
     {{.name = {.text = "a"}, .since = {.text = "2026-10-01"}},
      {.name = {.text = "b"}, .since = {.text = "2026-11-01"}}},
     false},
    {"another name",
     {{.name = {.text = "c"}, .since = {.text = "2026-11-01"}},
      {.name = {.text = "b"}, .since = {.text = "2026-11-01"}}},
     false},
    {"fewer events",
     {{.name = {.text = "a"}, .since = {.text = "2026-11-01"}, .events = {paid, 1, 1}},
      {.name = {.text = "b"}, .since = {.text = "2026-11-01"}}},
     false},
    {"fewer tenants",
     {{.name = {.text = "a"}, .since = {.text = "2026-11-01"}, .tenants = {paid, 1, 1}},
      {.name = {.text = "b"}, .since = {.text = "2026-11-01"}}},
     false},
    {"the other one",
     {{.name = {.text = "a"}, .since = {.text = "2026-11-01"}},
      {.name = {.text = "b"}, .since = {.text = "2026-11-01"}, .events = {paid, 1, 1}}},
     false},
};

static int64_t digest_of(const struct digest_case *c, size_t count)
{
    struct settings settings = {.webhooks = {.endpoints = {c->endpoints, count}}};
    return webhook_settings_digest(&settings);
}

START_TEST(has_a_digest)
{
    const struct digest_case *c = &digest_cases[_i];
    int64_t same = digest_of(&digest_cases[0], 2);
    ck_assert_msg((digest_of(c, 2) == same) == c->expect_same, "%s", c->name);
    ck_assert_msg(digest_of(c, 2) > 0, "%s", c->name);
    ck_assert_msg(digest_of(c, 1) != same, "%s: one alone", c->name);
}
END_TEST

TEST_SUITE(webhook_intent)
{
    TEST_TABLE(has_a_digest, digest_cases);
    TEST_TABLE(wants, wanted_cases);
    TEST_ONE(has_a_key);
    TEST_ONE(has_a_key_that_fits);
    TEST_TABLE(fits, fit_cases);
    TEST_ONE(cuts_no_character);
}
