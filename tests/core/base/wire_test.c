/* Headers of an answer are found whatever the case of their names. */
#include "core/base/text.h"
#include "core/base/wire.h"
#include "tests/support/suite.h"

static const struct wire_header headers[] = {
    {"Retry-After",  "7"     },
    {"X-Request-ID", "first" },
    {"x-request-id", "second"},
};

static const struct header_case {
    const char *name, *asked, *expect;
} header_cases[] = {
    {"as it stands",         "Retry-After",  "7"    },
    {"in another case",      "RETRY-after",  "7"    },
    {"the first of several", "x-request-id", "first"},
    {"a part of a name",     "Retry",        NULL   },
    {"more than a name",     "Retry-After-", NULL   },
    {"none",                 "",             NULL   },
};

START_TEST(finds_header)
{
    const struct header_case *c = &header_cases[_i];
    const struct wire_answer answer = {.headers = headers, .header_count = ARRAY_LEN(headers)};
    const char *value = wire_answer_header(&answer, c->asked);
    ck_assert_msg(text_equal(value, c->expect), "%s: got %s", c->name, text_or_empty(value));
}
END_TEST

TEST_SUITE(wire)
{
    TEST_TABLE(finds_header, header_cases);
}
