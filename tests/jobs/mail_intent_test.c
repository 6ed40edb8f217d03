/* Requests of mails, as they are read back. */
#include <string.h>

#include "jobs/mail_intent.h"
#include "tests/support/suite.h"

static const struct read_case {
    const char *name, *text;
    const char *expect; /* "template language to to_name attach facts", or "" where it is refused */
} read_cases[] = {
    {"all of it",
     "{\"attach\":true,\"facts\":{\"a\":\"1\",\"b\":\"2 \\u00e4\"},\"language\":\"de\","
     "\"template\":\"t\",\"to\":\"a@b\",\"to_name\":\"A\"}",                                "t de a@b A 1 a=1 b=2 \xc3\xa4"},
    {"without a name",
     "{\"attach\":false,\"facts\":{},\"language\":\"\",\"template\":\"t\",\"to\":\"a@b\"}", "t  a@b - 0"                   },
    {"the least",             "{\"template\":\"t\",\"to\":\"a@b\"}",                        "t - a@b - 0"                  },
    {"half a copy",           "{\"template\":\"t\",\"to\":\"a@b\",\"copy_to\":\"c@d\"}",    ""                             },
    {"nobody",                "{\"template\":\"t\"}",                                       ""                             },
    {"no words",              "{\"to\":\"a@b\"}",                                           ""                             },
    {"a number as recipient", "{\"template\":\"t\",\"to\":7}",                              ""                             },
    {"facts that are a list", "{\"template\":\"t\",\"to\":\"a@b\",\"facts\":[]}",           ""                             },
    {"a fact that is none",   "{\"template\":\"t\",\"to\":\"a@b\",\"facts\":{\"a\":{}}}",   ""                             },
    {"no JSON",               "template=t",                                                 ""                             },
    {"nothing",               "",                                                           ""                             },
};

START_TEST(reads)
{
    const struct read_case *c = &read_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    struct mail_request request = {0};
    struct error err = {0};
    if (!mail_request_read(c->text, strlen(c->text), arena, &request, &err)) {
        ck_assert_msg(c->expect[0] == '\0', "%s: %s", c->name, err.message);
        ck_assert_str_eq(err.code, "bad_request");
        return;
    }
    const char *got =
        arena_printf(arena, "%s %s %s %s %d", request.template,
                     request.language == NULL ? "-" : request.language, request.to,
                     request.to_name == NULL ? "-" : request.to_name, (int)request.attach);
    for (size_t i = 0; i < request.fact_count; i++)
        got = arena_printf(arena, "%s %s=%s", got, request.facts[i].name, request.facts[i].value);
    ck_assert_msg(strcmp(got, c->expect) == 0, "%s: %s", c->name, got);
}
END_TEST

START_TEST(writes_amounts)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", (size_t)1 << 20);
    ck_assert_str_eq(mail_amount(money_of_minor(2999, (struct currency){"EUR"}), arena),
                     "29.99 EUR");
    ck_assert_str_eq(mail_amount(money_of_minor(-5, (struct currency){"JPY"}), arena), "-5 JPY");
}
END_TEST

TEST_SUITE(mail_intent)
{
    TEST_TABLE(reads, read_cases);
    TEST_ONE(writes_amounts);
}
