/* Label files into structs, and placeholders into texts. */
#include "core/outside/invoice_labels.h"

#include <string.h>

#include "core/base/text.h"

static const struct label_rule {
    const char *key, *placeholders;
} label_rules[LABEL_COUNT] = {
#define LABEL(name, key, placeholders) {key, placeholders},
    INVOICE_LABELS(LABEL)
#undef LABEL
};

/* The length of "{word}" at `text`, 0 when there is none. */
static size_t placeholder_at(const char *text)
{
    if (text[0] != '{')
        return 0;
    size_t length = strcspn(text, "}");
    return text[length] == '}' ? length + 1 : 0;
}

static int32_t times(const char *text, const char *part, size_t length)
{
    int32_t found = 0;
    for (const char *at = text; *at != '\0'; at++)
        if (strncmp(at, part, length) == 0)
            found++;
    return found;
}

static bool check_placeholders(const struct line_file *file, const struct line_entry *entry,
                               const char *expected, struct error *err)
{
    for (const char *at = expected; *at != '\0'; at += placeholder_at(at))
        if (times(entry->value, at, placeholder_at(at)) != 1)
            return line_file_refuse(file, entry, err, "must hold %.*s exactly once",
                                    (int)placeholder_at(at), at);
    for (const char *at = entry->value; *at != '\0'; at++) {
        size_t length = placeholder_at(at);
        if (*at == '{' && (length == 0 || times(expected, at, length) == 0))
            return line_file_refuse(file, entry, err, "\"%.*s\" is no placeholder of this label",
                                    (int)(length == 0 ? 1 : length), at);
    }
    return true;
}

bool invoice_labels_take(struct line_file *file, const char *language,
                         struct invoice_labels *ret_labels, struct error *err)
{
    struct invoice_labels labels;
    if (!text_copy(labels.language, sizeof labels.language, language))
        return error_run(err, EXIT_CONFIG, "%s: the language is two letters", file->path);
    for (size_t i = 0; i < LABEL_COUNT; i++) {
        const struct line_entry *entry;
        if (!line_file_need(file, "", label_rules[i].key, &entry, err))
            return false;
        if (entry->value[0] == '\0')
            return line_file_refuse(file, entry, err, "must not be empty");
        if (!check_placeholders(file, entry, label_rules[i].placeholders, err))
            return false;
        labels.text[i] = entry->value;
    }
    if (!line_file_finish(file, err))
        return false;
    *ret_labels = labels;
    return true;
}

void label_add(struct strbuf *target, const char *text, const char *const *pairs)
{
    while (*text != '\0') {
        size_t length = placeholder_at(text);
        const char *value = NULL;
        for (const char *const *pair = pairs; length > 0 && *pair != NULL; pair += 2)
            if (strlen(pair[0]) == length - 2 && strncmp(pair[0], text + 1, length - 2) == 0)
                value = pair[1];
        if (value == NULL) {
            strbuf_add_char(target, *text++);
            continue;
        }
        strbuf_add(target, value);
        text += length;
    }
}
