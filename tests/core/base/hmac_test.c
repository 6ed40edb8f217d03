/* HMAC-SHA-256: the vectors of RFC 4231. */
#include <string.h>

#include "core/base/hmac.h"
#include "tests/support/suite.h"

static const struct vector {
    const char *name;
    const char *key, *data; /* NULL: the byte, so many times */
    uint8_t key_byte, data_byte;
    size_t key_size, data_size;
    const char *expect; /* its beginning, for the fifth is cut */
} vectors[] = {
    {"1", NULL,   "Hi There",                                               0x0b, 0,    20,  0,
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"                                                                                            },
    {"2", "Jefe", "what do ya want for nothing?",                           0,    0,    0,   0,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"                                                                                            },
    {"3", NULL,   NULL,                                                     0xaa, 0xdd, 20,  50,
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"                                                                                            },
    {"4",
     "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
     "\x18\x19",  NULL,                                                     0,    0xcd, 0,   50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {"5", NULL,   "Test With Truncation",                                   0x0c, 0,    20,  0,  "a3b6167473100ee06e0c796c2955552b"                                },
    {"6", NULL,   "Test Using Larger Than Block-Size Key - Hash Key First", 0xaa, 0,    131, 0,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"                                                                                            },
    {"7", NULL,
     "This is a test using a larger than block-size key and a larger than block-size data. The key "
     "needs to be hashed before being used by the HMAC algorithm.",         0xaa, 0,    131, 0,  "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

START_TEST(agrees_with_rfc_4231)
{
    const struct vector *v = &vectors[_i];
    uint8_t key[200], data[200], digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    size_t key_size = v->key == NULL ? v->key_size : strlen(v->key);
    size_t data_size = v->data == NULL ? v->data_size : strlen(v->data);
    memset(key, v->key_byte, sizeof key);
    memset(data, v->data_byte, sizeof data);
    if (v->key != NULL)
        memcpy(key, v->key, key_size);
    if (v->data != NULL)
        memcpy(data, v->data, data_size);
    hmac_sha256(key, key_size, data, data_size, digest);
    sha256_hex(digest, hex);
    ck_assert_msg(strncmp(hex, v->expect, strlen(v->expect)) == 0, "%s: %s", v->name, hex);
}
END_TEST

START_TEST(sees_every_byte)
{
    uint8_t a[SHA256_SIZE] = {0}, b[SHA256_SIZE] = {0};
    ck_assert(hmac_equal(a, b));
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        b[i] ^= 0x80;
        ck_assert_msg(!hmac_equal(a, b), "byte %zu", i);
        b[i] ^= 0x80;
    }
}
END_TEST

TEST_SUITE(hmac)
{
    TEST_TABLE(agrees_with_rfc_4231, vectors);
    TEST_ONE(sees_every_byte);
}
