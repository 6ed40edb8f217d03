/* SHA-256 (FIPS 180-4), by OpenSSL. Digests of documents, chunks, definitions and files. */
#ifndef BILLMILL_BASE_SHA256_H
#define BILLMILL_BASE_SHA256_H

#include "core/base/arena.h"

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE 65

struct sha256; /* a running digest */

struct sha256 *
sha256_start(void); /* never NULL; the caller ends it with sha256_finish or sha256_free */
void sha256_add(struct sha256 *digest, const void *bytes, size_t size);
void sha256_add_text(
    struct sha256 *digest,
    const char *text); /* the text and its ending NUL, so that fields cannot run together */
void sha256_finish(struct sha256 **digest, uint8_t ret_bytes[SHA256_SIZE]); /* frees it */
void sha256_free(struct sha256 **digest);

/* A whole digest by one that is used again and again, begun by sha256_start: what sha256_of spends
 * on making one is most of the digest of a short text. */
void sha256_again(struct sha256 *digest, const void *bytes, size_t size,
                  uint8_t ret_bytes[SHA256_SIZE]);

void sha256_of(const void *bytes, size_t size, uint8_t ret_bytes[SHA256_SIZE]);
void sha256_hex(const uint8_t bytes[SHA256_SIZE], char ret_text[SHA256_HEX_SIZE]);

/* `text` itself where it has at most `most` bytes (more than SHA256_HEX_SIZE), else `most` at most:
 * the whole characters that it begins with, ":" and the digest of all of it in hexadecimal. */
const char *sha256_fit(const char *text, size_t most, struct arena *arena);

#endif
