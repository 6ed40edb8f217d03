/* JSON text being built: a growing buffer, strings escaped by one rule (RFC 8259: only what must
 * be; UTF-8 stays as it is), so that equal content is equal bytes. */
#ifndef BILLMILL_SETUP_JSON_TEXT_H
#define BILLMILL_SETUP_JSON_TEXT_H

#include "core/base/compiler.h"

struct json_text {
    char *text; /* not ended by NUL */
    size_t length;
    size_t capacity;
};

void json_text_add(struct json_text *json, const char *text, size_t length);
void json_text_add_char(struct json_text *json, char c);
void json_text_add_string(struct json_text *json, const char *text); /* with quotes, escaped */
void json_text_free(struct json_text *json);                         /* fits CLEANUP */

#endif
