/* Signatures of webhooks: made as Stripe's library verifies them (the vector was made by it), and
 * verified with secrets that change, times that are off and headers that are none. */
#include <string.h>

#include "core/outside/webhook_signature.h"
#include "tests/support/suite.h"

#define BODY "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"payment_intent.payment_failed\"}"
#define SECRET "whsec_test_secret"
#define AT 1795219137
#define HEX "c4812d1ae661f678f804b5dc85d222e4d45dfdb838139109931d99e4e230ea50"
#define NEXT_HEX "ddcf8b4c087c8a8f92a98021c90b0491f801cb99d7fcd55967dc94dc25746125"
#define OTHER_HEX "0000000000000000000000000000000000000000000000000000000000000000"
#define EMPTY_HEX "c97e49d794fa8ac76a29345257049a5528f2647f5cf0d14cffc41e100e262c40"

static struct arena *arena;

static void make_arena(void)
{
    arena = arena_create("a test", (size_t)1 << 20);
}

static void free_arena(void)
{
    arena_destroy(&arena);
}

static struct webhook_body body_of(const char *text)
{
    return (struct webhook_body){text, strlen(text)};
}

/* "a" or "a b", up to a space. */
static struct webhook_secrets secrets_of(const char *text)
{
    const char **items = ARENA_NEW_ARRAY(arena, const char *, 2);
    const char *space = strchr(text, ' ');
    items[0] = space == NULL ? text : arena_copy_n(arena, text, (size_t)(space - text));
    items[1] = space == NULL ? NULL : space + 1;
    return (struct webhook_secrets){items, space == NULL ? 1 : 2};
}

static const struct sign_case {
    const char *name, *secrets, *expect;
} sign_cases[] = {
    {"one secret",                    SECRET,               "t=1795219137,v1=" HEX                },
    {"two while they are changed",    SECRET " whsec_next", "t=1795219137,v1=" HEX ",v1=" NEXT_HEX},
    {"an empty secret signs nothing", SECRET " ",           "t=1795219137,v1=" HEX                },
};

START_TEST(signs)
{
    const struct sign_case *c = &sign_cases[_i];
    const char *header = webhook_sign(secrets_of(c->secrets), AT, body_of(BODY), arena);
    ck_assert_msg(strcmp(header, c->expect) == 0, "%s: %s", c->name, header);
    ck_assert_int_eq(
        webhook_verify_stripe(header, secrets_of(SECRET), body_of(BODY), AT, WEBHOOK_TOLERANCE_S),
        WEBHOOK_VALID);
}
END_TEST

static const struct stripe_case {
    const char *name, *header, *secrets, *body;
    int64_t now_s;
    enum webhook_verdict expect;
} stripe_cases[] = {
    {"good",                           "t=1795219137,v1=" HEX,                               SECRET,               BODY,     AT,       WEBHOOK_VALID    },
    {"at the end of the tolerance",    "t=1795219137,v1=" HEX,                               SECRET,               BODY,     AT + 300, WEBHOOK_VALID    },
    {"behind it",                      "t=1795219137,v1=" HEX,                               SECRET,               BODY,     AT + 301, WEBHOOK_UNTIMELY },
    {"a clock that is behind",         "t=1795219137,v1=" HEX,                               SECRET,               BODY,     AT - 300, WEBHOOK_VALID    },
    {"too far ahead",                  "t=1795219137,v1=" HEX,                               SECRET,               BODY,     AT - 301, WEBHOOK_UNTIMELY },
    {"another secret",                 "t=1795219137,v1=" HEX,                               "whsec_other",        BODY,     AT,       WEBHOOK_FORGED   },
    {"the old secret of two",          "t=1795219137,v1=" HEX,                               "whsec_next " SECRET, BODY,     AT,
     WEBHOOK_VALID                                                                                                                                      },
    {"the second signature fits",      "t=1795219137,v1=" OTHER_HEX ",v1=" HEX,              SECRET,               BODY,     AT,
     WEBHOOK_VALID                                                                                                                                      },
    {"another scheme beside it",       "t=1795219137,v0=xyz,v1=" HEX,                        SECRET,               BODY,     AT,       WEBHOOK_VALID    },
    {"a space behind the comma",       "t=1795219137, v1=" HEX,                              SECRET,               BODY,     AT,       WEBHOOK_VALID    },
    {"another body",                   "t=1795219137,v1=" HEX,                               SECRET,               BODY " ", AT,       WEBHOOK_FORGED   },
    {"no body",                        "t=1795219137,v1=" HEX,                               SECRET,               "",       AT,       WEBHOOK_FORGED   },
    {"another time",                   "t=1795219138,v1=" HEX,                               SECRET,               BODY,     AT,       WEBHOOK_FORGED   },
    {"the time written otherwise",     "t=01795219137,v1=" HEX,                              SECRET,               BODY,     AT,       WEBHOOK_FORGED   },
    {"an empty secret lets nobody in", "t=1795219137,v1=" EMPTY_HEX,                         "",                   BODY,     AT,       WEBHOOK_FORGED   },
    {"no header",                      NULL,                                                 SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"an empty one",                   "",                                                   SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"no time",                        "v1=" HEX,                                            SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"no signature",                   "t=1795219137",                                       SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"only another scheme",            "t=1795219137,v0=" HEX,                               SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"two times",                      "t=1795219137,t=1795219137,v1=" HEX,                  SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"a time that is none",            "t=17952191x7,v1=" HEX,                               SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"a time below zero",              "t=-1795219137,v1=" HEX,                              SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"a time out of bounds",           "t=99999999999999999999,v1=" HEX,                     SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"a time without end",             "t=1111111111111111111111111111111111111111,v1=" HEX, SECRET,               BODY,     AT,
     WEBHOOK_MALFORMED                                                                                                                                  },
    {"a signature that is cut",        "t=1795219137,v1=c4812d",                             SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
    {"one in capitals",
     "t=1795219137,v1=C4812D1AE661F678F804B5DC85D222E4D45DFDB838139109931D99E4E230EA50",     SECRET,
     BODY,                                                                                                                   AT,       WEBHOOK_MALFORMED},
    {"no sign of equality",            "t1795219137,v1" HEX,                                 SECRET,               BODY,     AT,       WEBHOOK_MALFORMED},
};

START_TEST(verifies_stripe)
{
    const struct stripe_case *c = &stripe_cases[_i];
    enum webhook_verdict verdict = webhook_verify_stripe(
        c->header, secrets_of(c->secrets), body_of(c->body), c->now_s, WEBHOOK_TOLERANCE_S);
    ck_assert_msg(verdict == c->expect, "%s: %d", c->name, verdict);
}
END_TEST

static const struct razorpay_case {
    const char *name, *header, *secrets, *body;
    enum webhook_verdict expect;
} razorpay_cases[] = {
    {"good",                           "c5b8a0f8d8ac3425abdcde7f248097d4cb17493655bff4f187e455d66c8f5051", SECRET, BODY,
     WEBHOOK_VALID                                                                                                                        },
    {"the old secret of two",          "c5b8a0f8d8ac3425abdcde7f248097d4cb17493655bff4f187e455d66c8f5051",
     "next " SECRET,                                                                                               BODY, WEBHOOK_VALID    },
    {"another secret",                 "c5b8a0f8d8ac3425abdcde7f248097d4cb17493655bff4f187e455d66c8f5051", "next",
     BODY,                                                                                                               WEBHOOK_FORGED   },
    {"another body",                   "c5b8a0f8d8ac3425abdcde7f248097d4cb17493655bff4f187e455d66c8f5051", SECRET,
     BODY " ",                                                                                                           WEBHOOK_FORGED   },
    {"an empty secret lets nobody in",
     "dd4a4d9b1a6ef52a7f048548eec4aa5607a8861feea29b7f6d1ce0e1763aacf0",                                   "",     BODY, WEBHOOK_FORGED   },
    {"no header",                      NULL,                                                               SECRET, BODY, WEBHOOK_MALFORMED},
    {"a header that is none",          "abc",                                                              SECRET, BODY, WEBHOOK_MALFORMED},
};

START_TEST(verifies_razorpay)
{
    const struct razorpay_case *c = &razorpay_cases[_i];
    enum webhook_verdict verdict =
        webhook_verify_razorpay(c->header, secrets_of(c->secrets), body_of(c->body));
    ck_assert_msg(verdict == c->expect, "%s: %d", c->name, verdict);
}
END_TEST

#define MP_HEX "f79fc654c9da36efeadf475cc043f7962a5acc24579803d954c68c1eb9c7f02a"
#define MP_MS_HEX "c7137a72ac99828da6737313bfbcd96b09fb3066315601626b4b11478ad598b3"
#define MP_NO_ID_HEX "e7c2825e3a7090894e164acff0c3f4147b13b92484db170ef6f6d97941cad181"

static const struct mercadopago_case {
    const char *name, *header, *secrets, *data_id, *request_id;
    int64_t now_s;
    enum webhook_verdict expect;
} mercadopago_cases[] = {
    {"good",                  "ts=1795219137,v1=" MP_HEX,       SECRET, "abc123", "req-1", AT,       WEBHOOK_VALID    },
    {"the id in capitals",    "ts=1795219137,v1=" MP_HEX,       SECRET, "ABC123", "req-1", AT,
     WEBHOOK_VALID                                                                                                    },
    {"milliseconds",          "ts=1795219137000,v1=" MP_MS_HEX, SECRET, "abc123", "req-1", AT,
     WEBHOOK_VALID                                                                                                    },
    {"milliseconds too late", "ts=1795219137000,v1=" MP_MS_HEX, SECRET, "abc123", "req-1", AT + 301,
     WEBHOOK_UNTIMELY                                                                                                 },
    {"without an id",         "ts=1795219137,v1=" MP_NO_ID_HEX, SECRET, NULL,     "req-1", AT,       WEBHOOK_VALID    },
    {"another id",            "ts=1795219137,v1=" MP_HEX,       SECRET, "abc124", "req-1", AT,       WEBHOOK_FORGED   },
    {"another request",       "ts=1795219137,v1=" MP_HEX,       SECRET, "abc123", "req-2", AT,       WEBHOOK_FORGED   },
    {"another secret",        "ts=1795219137,v1=" MP_HEX,       "next", "abc123", "req-1", AT,       WEBHOOK_FORGED   },
    {"too late",              "ts=1795219137,v1=" MP_HEX,       SECRET, "abc123", "req-1", AT + 301, WEBHOOK_UNTIMELY },
    {"Stripe's header",       "t=1795219137,v1=" MP_HEX,        SECRET, "abc123", "req-1", AT,
     WEBHOOK_MALFORMED                                                                                                },
    {"no header",             NULL,                             SECRET, "abc123", "req-1", AT,       WEBHOOK_MALFORMED},
};

START_TEST(verifies_mercadopago)
{
    const struct mercadopago_case *c = &mercadopago_cases[_i];
    enum webhook_verdict verdict =
        webhook_verify_mercadopago(c->header, secrets_of(c->secrets), c->data_id, c->request_id,
                                   c->now_s, WEBHOOK_TOLERANCE_S);
    ck_assert_msg(verdict == c->expect, "%s: %d", c->name, verdict);
}
END_TEST

TEST_SUITE(webhook_signature)
{
    tcase_add_checked_fixture(tcase, make_arena, free_arena);
    TEST_TABLE(signs, sign_cases);
    TEST_TABLE(verifies_stripe, stripe_cases);
    TEST_TABLE(verifies_razorpay, razorpay_cases);
    TEST_TABLE(verifies_mercadopago, mercadopago_cases);
}
