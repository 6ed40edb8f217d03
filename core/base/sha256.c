/* SHA-256 over OpenSSL's EVP: see sha256.h. A failure of the library can only be missing memory,
 * hence exit 70. */
#include "core/base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/base/error.h"
#include "core/base/text.h"

/* Small pieces are collected, for a call of the library costs more than copying them. */
#define BUFFER_SIZE 4096

struct sha256 {
    EVP_MD_CTX *context;
    size_t used;
    uint8_t buffer[BUFFER_SIZE];
};

static void require(int ok)
{
    if (ok == 1)
        return;
    (void)fprintf(stderr, "billmill: sha-256 is not available or out of memory\n");
    _Exit(EXIT_INTERNAL);
}

struct sha256 *sha256_start(void)
{
    struct sha256 *digest = memory_alloc(sizeof *digest, "sha-256");
    digest->used = 0;
    digest->context = EVP_MD_CTX_new();
    require(digest->context != NULL);
    require(EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL));
    return digest;
}

static void flush(struct sha256 *digest)
{
    require(EVP_DigestUpdate(digest->context, digest->buffer, digest->used));
    digest->used = 0;
}

void sha256_add(struct sha256 *digest, const void *bytes, size_t size)
{
    if (size > BUFFER_SIZE - digest->used)
        flush(digest);
    if (size > BUFFER_SIZE) {
        require(EVP_DigestUpdate(digest->context, bytes, size));
        return;
    }
    if (size > 0)
        memcpy(digest->buffer + digest->used, bytes, size);
    digest->used += size;
}

void sha256_add_text(struct sha256 *digest, const char *text)
{
    sha256_add(digest, text, strlen(text) + 1);
}

void sha256_finish(struct sha256 **digest, uint8_t ret_bytes[SHA256_SIZE])
{
    flush(*digest);
    require(EVP_DigestFinal_ex((*digest)->context, ret_bytes, NULL));
    sha256_free(digest);
}

void sha256_free(struct sha256 **digest)
{
    if (*digest == NULL)
        return;
    EVP_MD_CTX_free((*digest)->context);
    free(*digest);
    *digest = NULL;
}

void sha256_again(struct sha256 *digest, const void *bytes, size_t size,
                  uint8_t ret_bytes[SHA256_SIZE])
{
    require(
        EVP_DigestInit_ex(digest->context, NULL, NULL)); /* the same algorithm, from the start */
    require(EVP_DigestUpdate(digest->context, bytes, size));
    require(EVP_DigestFinal_ex(digest->context, ret_bytes, NULL));
}

void sha256_of(const void *bytes, size_t size, uint8_t ret_bytes[SHA256_SIZE])
{
    struct sha256 *digest = sha256_start();
    sha256_add(digest, bytes, size);
    sha256_finish(&digest, ret_bytes);
}

void sha256_hex(const uint8_t bytes[SHA256_SIZE], char ret_text[SHA256_HEX_SIZE])
{
    text_hex(ret_text, bytes, SHA256_SIZE);
}

const char *sha256_fit(const char *text, size_t most, struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    size_t head = most - sizeof hex;
    if (strlen(text) <= most)
        return text;
    sha256_of(text, strlen(text), digest);
    sha256_hex(digest, hex);
    while (head > 0 && ((uint8_t)text[head] & 0xC0) == 0x80) /* whole characters */
        head--;
    return arena_printf(arena, "%.*s:%s", (int)head, text, hex);
}
