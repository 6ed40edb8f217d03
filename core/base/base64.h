/* Base64 (RFC 4648, section 4): with padding, without line breaks, in one form only, so that equal
 * bytes are equal texts. */
#ifndef BILLMILL_BASE_BASE64_H
#define BILLMILL_BASE_BASE64_H

#include "core/base/arena.h"

/* The text of `size` bytes, in the arena. */
const char *base64_text(const void *bytes, size_t size, struct arena *arena);

/* The bytes of the text, in the arena; false where it is not what base64_text would have made. */
MUST_CHECK bool base64_bytes(const char *text, struct arena *arena, const void **ret_bytes,
                             size_t *ret_size);

#endif
