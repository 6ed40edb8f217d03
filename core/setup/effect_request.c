#include "core/setup/effect_request.h"

#include <string.h>

#include "core/base/base64.h"
#include "core/base/text.h"

static bool is_text(const char *bytes, size_t size)
{
    size_t bad_offset = 0;
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)bytes[i] < ' ' && strchr("\t\n\r", bytes[i]) == NULL) ||
            bytes[i] == '\0' || bytes[i] == 0x7F)
            return false;
    return text_utf8_valid(bytes, size, &bad_offset);
}

void effect_request_write(struct effect_record *record, const void *bytes, size_t size,
                          struct arena *arena)
{
    record->request_text = NULL;
    record->request_base64 = NULL;
    if (size > 0 && is_text(bytes, size))
        record->request_text = arena_copy_n(arena, bytes, size);
    else if (size > 0)
        record->request_base64 = base64_text(bytes, size, arena);
}

static bool find_bytes(const struct effect_record *record, struct arena *arena,
                       const void **ret_bytes, size_t *ret_size, struct error *err)
{
    *ret_bytes = text_or_empty(record->request_text);
    *ret_size = strlen(*ret_bytes);
    if (record->request_base64 == NULL)
        return true;
    if (record->request_text != NULL)
        return error_item(err, "bad_value",
                          "fields \"request.text\" and \"request.base64\" exclude each other");
    return base64_bytes(record->request_base64, arena, ret_bytes, ret_size) ||
           error_item(err, "bad_value", "field \"request.base64\": is not base64 of RFC 4648");
}

bool effect_request_read(const struct effect_record *record, struct arena *arena,
                         const void **ret_bytes, size_t *ret_size, struct error *err)
{
    uint8_t digest[SHA256_SIZE];
    if (!find_bytes(record, arena, ret_bytes, ret_size, err))
        return false;
    sha256_of(*ret_bytes, *ret_size, digest);
    return memcmp(digest, record->request_sha256, SHA256_SIZE) == 0 ||
           error_item(err, "bad_value",
                      "field \"request.sha256\": is not that of the request: it was frozen");
}
