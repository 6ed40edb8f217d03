/* Base64: the vectors of RFC 4648, section 10, any bytes there and back, and other forms refused.
 */
#include <string.h>

#include "core/base/base64.h"
#include "tests/support/suite.h"

#define ARENA_CAP (1u << 20)

static const struct vector_case {
    const char *name, *bytes, *text;
} vector_cases[] = {
    {"nothing",       "",         ""        },
    {"one byte",      "f",        "Zg=="    },
    {"two bytes",     "fo",       "Zm8="    },
    {"three bytes",   "foo",      "Zm9v"    },
    {"four bytes",    "foob",     "Zm9vYg=="},
    {"five bytes",    "fooba",    "Zm9vYmE="},
    {"six bytes",     "foobar",   "Zm9vYmFy"},
    {"the last ones", "\xFB\xFF", "+/8="    },
};

START_TEST(there_and_back)
{
    const struct vector_case *c = &vector_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const void *bytes = NULL;
    size_t size = 0;
    ck_assert_str_eq(base64_text(c->bytes, strlen(c->bytes), arena), c->text);
    ck_assert_msg(base64_bytes(c->text, arena, &bytes, &size), "%s", c->name);
    ck_assert_msg(size == strlen(c->bytes) && memcmp(bytes, c->bytes, size) == 0, "%s", c->name);
}
END_TEST

START_TEST(takes_any_bytes)
{
    uint8_t bytes[256];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const void *again = NULL;
    size_t size = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 255);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        ck_assert(base64_bytes(base64_text(bytes, length, arena), arena, &again, &size));
        ck_assert_uint_eq(size, length);
        ck_assert_int_eq(memcmp(again, bytes, length), 0);
    }
}
END_TEST

static const struct refused_case {
    const char *name, *text;
} refused_cases[] = {
    {"not whole",                  "Zg="       },
    {"no padding",                 "Zg"        },
    {"only padding",               "===="      },
    {"three of padding",           "Z==="      },
    {"padding within",             "Zg==Zg=="  },
    {"bits behind the end",        "Zh=="      },
    {"bits behind the end of two", "Zm9="      },
    {"a line break",               "Zm9v\n"    },
    {"a space",                    "Zm 9"      },
    {"the digits of web pages",    "-_8="      },
    {"beyond ASCII",               "Zm\xC3\xA4"},
};

START_TEST(refuses)
{
    const struct refused_case *c = &refused_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", ARENA_CAP);
    const void *bytes = NULL;
    size_t size = 0;
    ck_assert_msg(!base64_bytes(c->text, arena, &bytes, &size), "%s", c->name);
}
END_TEST

TEST_SUITE(base64)
{
    TEST_TABLE(there_and_back, vector_cases);
    TEST_ONE(takes_any_bytes);
    TEST_TABLE(refuses, refused_cases);
}
