/* The frozen request of an effect, in the file: `request.text` where it is text, `request.base64`
 * where it is not; nothing beside `request.sha256` where it is empty. */
#ifndef BILLMILL_SETUP_EFFECT_REQUEST_H
#define BILLMILL_SETUP_EFFECT_REQUEST_H

#include "core/setup/record.h"

/* Text is UTF-8 in which no control characters are but tabs and the ends of lines. Sets both, the
 * one that does not apply to NULL. What it makes is in the arena. */
void effect_request_write(struct effect_record *record, const void *bytes, size_t size,
                          struct arena *arena);

/* The bytes, borrowed from the record or in the arena. ERROR_ITEM "bad_value" where both forms are
 * there, or they are not what `request.sha256` was made of. */
MUST_CHECK bool effect_request_read(const struct effect_record *record, struct arena *arena,
                                    const void **ret_bytes, size_t *ret_size, struct error *err);

#endif
