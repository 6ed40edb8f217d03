/* Signatures of webhooks: see webhook_signature.h. */
#include "core/outside/webhook_signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/hmac.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"

#define TIME_SIZE 24
#define MANIFEST_SIZE 600
#define MILLISECONDS_FROM 100000000000 /* seconds up to the year 5138 */

struct signature {
    char time[TIME_SIZE]; /* as written: what was signed */
    int64_t time_value;
    uint8_t digests[WEBHOOK_SECRETS_MAX][SHA256_SIZE];
    size_t digest_count;
};

/* ---------------------------------------------------------------- making */

/* "TIME." and the body, of one secret. */
static void sign(const char *secret, const char *time, struct webhook_body body,
                 struct arena *arena, uint8_t ret_digest[SHA256_SIZE])
{
    size_t length = strlen(time);
    char *text = arena_alloc(arena, length + 1 + body.size);
    memcpy(text, time, length + 1);
    text[length] = '.'; /* where its NUL was */
    if (body.size > 0)
        memcpy(text + length + 1, body.bytes, body.size);
    hmac_sha256(secret, strlen(secret), text, length + 1 + body.size, ret_digest);
}

const char *webhook_sign(struct webhook_secrets secrets, int64_t sent_at_s,
                         struct webhook_body body, struct arena *arena)
{
    const char *time = arena_printf(arena, "%" PRId64, sent_at_s);
    const char *header = arena_printf(arena, "t=%s", time);
    for (size_t i = 0; i < secrets.count; i++) {
        uint8_t digest[SHA256_SIZE];
        char hex[SHA256_HEX_SIZE];
        if (text_is_empty(secrets.items[i]))
            continue;
        sign(secrets.items[i], time, body, arena, digest);
        sha256_hex(digest, hex);
        header = arena_printf(arena, "%s,v1=%s", header, hex);
    }
    return header;
}

/* ---------------------------------------------------------------- reading */

static bool read_digit(char c, uint8_t *ret_digit)
{
    if (c >= '0' && c <= '9')
        *ret_digit = (uint8_t)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *ret_digit = (uint8_t)(c - 'a' + 10);
    else
        return false;
    return true;
}

static bool read_hex(const char *text, size_t length, uint8_t ret_bytes[SHA256_SIZE])
{
    if (length != (size_t)2 * SHA256_SIZE)
        return false;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        uint8_t high = 0, low = 0;
        if (!read_digit(text[2 * i], &high) || !read_digit(text[2 * i + 1], &low))
            return false;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_time(struct signature *signature, const char *text, size_t length)
{
    if (signature->time[0] != '\0' || length == 0 || length >= sizeof signature->time ||
        text[0] == '-')
        return false;
    memcpy(signature->time, text, length);
    signature->time[length] = '\0';
    return text_parse_i64(signature->time, &signature->time_value);
}

/* NAME=VALUE with commas between them: the time once, "v1" once or more; other schemes are passed
 * over, also signatures beyond WEBHOOK_SECRETS_MAX. */
static bool read_header(const char *header, const char *time_name, struct signature *ret_signature)
{
    *ret_signature = (struct signature){0};
    while (header != NULL && *header != '\0') {
        size_t length = strcspn(header, ",");
        size_t name = strcspn(header, "=,");
        const char *value = header + name + 1;
        if (name == length)
            return false;
        if (name == strlen(time_name) && memcmp(header, time_name, name) == 0) {
            if (!read_time(ret_signature, value, length - name - 1))
                return false;
        } else if (name == 2 && memcmp(header, "v1", 2) == 0 &&
                   ret_signature->digest_count < WEBHOOK_SECRETS_MAX) {
            if (!read_hex(value, length - name - 1,
                          ret_signature->digests[ret_signature->digest_count]))
                return false;
            ret_signature->digest_count++;
        }
        header += length;
        header += strspn(header, ", ");
    }
    return ret_signature->time[0] != '\0' && ret_signature->digest_count > 0;
}

/* ---------------------------------------------------------------- verifying */

static bool fits(const struct signature *signature, const uint8_t expected[SHA256_SIZE])
{
    bool found = false;
    for (size_t i = 0; i < signature->digest_count; i++)
        found |= hmac_equal(signature->digests[i], expected);
    return found;
}

static enum webhook_verdict verdict_of(bool found, int64_t at_s, int64_t now_s, int32_t tolerance_s)
{
    if (!found)
        return WEBHOOK_FORGED;
    bool timely = at_s >= now_s - tolerance_s && at_s <= now_s + tolerance_s;
    return timely ? WEBHOOK_VALID : WEBHOOK_UNTIMELY;
}

enum webhook_verdict webhook_verify_stripe(const char *header, struct webhook_secrets secrets,
                                           struct webhook_body body, int64_t now_s,
                                           int32_t tolerance_s)
{
    struct signature signature;
    bool found = false;
    if (!read_header(header, "t", &signature))
        return WEBHOOK_MALFORMED;
    CLEANUP(arena_destroy)
    struct arena *arena = arena_create("a webhook", body.size * (secrets.count + 1) + 4096);
    for (size_t i = 0; i < secrets.count; i++) {
        uint8_t digest[SHA256_SIZE];
        if (text_is_empty(secrets.items[i]))
            continue;
        arena_reset(arena);
        sign(secrets.items[i], signature.time, body, arena, digest);
        found |= fits(&signature, digest);
    }
    return verdict_of(found, signature.time_value, now_s, tolerance_s);
}

enum webhook_verdict webhook_verify_razorpay(const char *header, struct webhook_secrets secrets,
                                             struct webhook_body body)
{
    uint8_t given[SHA256_SIZE], expected[SHA256_SIZE];
    bool found = false;
    if (header == NULL || !read_hex(header, strlen(header), given))
        return WEBHOOK_MALFORMED;
    for (size_t i = 0; i < secrets.count; i++) {
        if (text_is_empty(secrets.items[i]))
            continue;
        hmac_sha256(secrets.items[i], strlen(secrets.items[i]), body.bytes, body.size, expected);
        found |= hmac_equal(given, expected);
    }
    return found ? WEBHOOK_VALID : WEBHOOK_FORGED;
}

static void write_manifest(struct strbuf *manifest, const char *data_id, const char *request_id,
                           const char *time)
{
    if (data_id != NULL) {
        strbuf_add(manifest, "id:");
        for (const char *c = data_id; *c != '\0'; c++)
            strbuf_add_char(manifest, *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c);
        strbuf_add_char(manifest, ';');
    }
    if (request_id != NULL)
        strbuf_addf(manifest, "request-id:%s;", request_id);
    strbuf_addf(manifest, "ts:%s;", time);
}

enum webhook_verdict webhook_verify_mercadopago(const char *header, struct webhook_secrets secrets,
                                                const char *data_id, const char *request_id,
                                                int64_t now_s, int32_t tolerance_s)
{
    struct signature signature;
    struct strbuf manifest;
    char text[MANIFEST_SIZE];
    bool found = false;
    strbuf_init(&manifest, text, sizeof text);
    if (!read_header(header, "ts", &signature))
        return WEBHOOK_MALFORMED;
    write_manifest(&manifest, data_id, request_id, signature.time);
    if (manifest.overflowed)
        return WEBHOOK_MALFORMED;
    for (size_t i = 0; i < secrets.count; i++) {
        uint8_t digest[SHA256_SIZE];
        if (text_is_empty(secrets.items[i]))
            continue;
        hmac_sha256(secrets.items[i], strlen(secrets.items[i]), manifest.text, manifest.length,
                    digest);
        found |= fits(&signature, digest);
    }
    int64_t at = signature.time_value;
    return verdict_of(found, at >= MILLISECONDS_FROM ? at / 1000 : at, now_s, tolerance_s);
}
