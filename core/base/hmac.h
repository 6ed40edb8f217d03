/* HMAC-SHA-256 (RFC 2104), by OpenSSL: signatures of webhooks. */
#ifndef BILLMILL_BASE_HMAC_H
#define BILLMILL_BASE_HMAC_H

#include "core/base/sha256.h"

void hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
                 uint8_t ret_bytes[SHA256_SIZE]);

/* In a time that does not tell where they differ. */
bool hmac_equal(const uint8_t a[SHA256_SIZE], const uint8_t b[SHA256_SIZE]);

#endif
