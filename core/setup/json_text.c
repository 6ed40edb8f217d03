#include "core/setup/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

#define JSON_TEXT_FIRST 1024

void json_text_add(struct json_text *json, const char *text, size_t length)
{
    if (json->length + length > json->capacity) {
        size_t capacity = json->capacity == 0 ? JSON_TEXT_FIRST : json->capacity;
        while (capacity < json->length + length)
            capacity *= 2;
        json->text = memory_resize(json->text, capacity, "JSON text");
        json->capacity = capacity;
    }
    memcpy(json->text + json->length, text, length);
    json->length += length;
}

void json_text_add_char(struct json_text *json, char c)
{
    json_text_add(json, &c, 1);
}

static void add_escape(struct json_text *json, unsigned char c)
{
    char escape[8];
    const char *letters = "\b\f\n\r\t", *names = "bfnrt";
    const char *letter = c == 0 ? NULL : strchr(letters, c);
    if (c == '"' || c == '\\')
        snprintf(escape, sizeof(escape), "\\%c", c);
    else if (letter != NULL)
        snprintf(escape, sizeof(escape), "\\%c", names[letter - letters]);
    else
        snprintf(escape, sizeof(escape), "\\u%04x", c);
    json_text_add(json, escape, strlen(escape));
}

void json_text_add_string(struct json_text *json, const char *text)
{
    json_text_add_char(json, '"');
    const char *start = text;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        json_text_add(json, start, (size_t)(text - start));
        add_escape(json, c);
        start = text + 1;
    }
    json_text_add(json, start, (size_t)(text - start));
    json_text_add_char(json, '"');
}

void json_text_free(struct json_text *json)
{
    free(json->text);
    *json = (struct json_text){0};
}
