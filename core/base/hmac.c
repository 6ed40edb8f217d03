/* HMAC-SHA-256 over OpenSSL's EVP: see hmac.h. A failure of the library can only be missing memory,
 * hence exit 70. */
#include "core/base/hmac.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "core/base/error.h"

void hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
                 uint8_t ret_bytes[SHA256_SIZE])
{
    size_t written = 0;
    const unsigned char *made = EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_size, bytes,
                                          size, ret_bytes, SHA256_SIZE, &written);
    if (made != NULL && written == SHA256_SIZE)
        return;
    (void)fprintf(stderr, "billmill: hmac-sha-256 is not available or out of memory\n");
    _Exit(EXIT_INTERNAL);
}

bool hmac_equal(const uint8_t a[SHA256_SIZE], const uint8_t b[SHA256_SIZE])
{
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < SHA256_SIZE; i++)
        difference = (uint8_t)(difference | (a[i] ^ b[i]));
    return difference == 0;
}
