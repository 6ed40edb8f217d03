/* Reading "key = value" lines, strictly: whatever is not understood is refused where it stands. */
#include "core/outside/line_file.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/file_read.h"

#define NEAR_DISTANCE_MAX 3

static bool refuse_at(const char *path, int32_t line, size_t column, struct error *err,
                      const char *what)
{
    return error_run(err, EXIT_CONFIG, "%s:%" PRId32 ":%zu: %s", path, line, column, what);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!(text[i] == '_' || (text[i] >= 'a' && text[i] <= 'z') ||
              (text[i] >= '0' && text[i] <= '9')))
            return false;
    return length > 0;
}

static size_t trimmed(const char *text, size_t length)
{
    while (length > 0 && is_space(text[length - 1]))
        length--;
    return length;
}

static bool parse_section(const char *path, const char *line, size_t length, int32_t number,
                          struct arena *arena, const char **section, struct error *err)
{
    if (line[length - 1] != ']' || !is_word(line + 1, length - 2))
        return refuse_at(path, number, 1, err, "a section is written [word]");
    *section = arena_copy_n(arena, line + 1, length - 2);
    return true;
}

static bool parse_entry(struct line_file *file, const char *line, size_t length, int32_t number,
                        const char *section, struct arena *arena, struct error *err)
{
    const char *equals = memchr(line, '=', length);
    size_t start = 0;
    while (is_space(line[start]))
        start++;
    if (equals == NULL)
        return refuse_at(file->path, number, start + 1, err, "expected \"key = value\"");
    size_t key_length = trimmed(line + start, (size_t)(equals - line) - start);
    if (!is_word(line + start, key_length))
        return refuse_at(file->path, number, start + 1, err,
                         "a key is a lower-case word, such as page_size");
    size_t value = (size_t)(equals - line) + 1;
    while (value < length && is_space(line[value]))
        value++;
    struct line_entry entry = {.section = section,
                               .key = arena_copy_n(arena, line + start, key_length),
                               .value = arena_copy_n(arena, line + value, length - value),
                               .line = number,
                               .key_column = (int32_t)start + 1,
                               .value_column = (int32_t)value + 1};
    for (size_t i = 0; i < file->entries.count; i++)
        if (text_equal(file->entries.items[i].section, section) &&
            text_equal(file->entries.items[i].key, entry.key))
            return error_run(
                err, EXIT_CONFIG, "%s:%" PRId32 ":%" PRId32 ": %s is already set in line %" PRId32,
                file->path, number, entry.key_column, entry.key, file->entries.items[i].line);
    ARRAY_ADD(arena, &file->entries) = entry;
    return true;
}

/* Line and byte column of an offset, for errors found before lines are cut. */
static bool refuse_at_offset(const char *path, const char *text, size_t offset, struct error *err,
                             const char *what)
{
    int32_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < offset; i++)
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    return refuse_at(path, line, offset - start + 1, err, what);
}

static bool check_bytes(const char *path, const char *text, size_t size, struct error *err)
{
    size_t bad = 0;
    if (!text_utf8_valid(text, size, &bad))
        return refuse_at_offset(path, text, bad, err, "not UTF-8");
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t')
            return refuse_at_offset(path, text, i, err,
                                    text[i] == '\r' ? "a carriage return: save with Unix line ends"
                                                    : "a control character");
    return true;
}

bool line_file_parse(const char *path, const char *text, size_t size, struct arena *arena,
                     struct line_file *ret_file, struct error *err)
{
    struct line_file file = {.path = path, .bytes = text, .size = size};
    const char *section = "";
    int32_t number = 0;
    if (!check_bytes(path, text, size, err))
        return false;
    for (const char *line = text; line < text + size;) {
        const char *end = memchr(line, '\n', (size_t)(text + size - line));
        size_t whole = end == NULL ? (size_t)(text + size - line) : (size_t)(end - line);
        size_t length = trimmed(line, whole);
        number++;
        if (length == 0 || line[0] == '#') {
            line += whole + 1;
            continue;
        }
        if (line[0] == '[') {
            if (!parse_section(path, line, length, number, arena, &section, err))
                return false;
        } else if (!parse_entry(&file, line, length, number, section, arena, err)) {
            return false;
        }
        line += whole + 1;
    }
    *ret_file = file;
    return true;
}

bool line_file_read(const char *path, struct arena *arena, struct line_file *ret_file,
                    struct error *err)
{
    const char *text;
    size_t size;
    if (!file_read(path, LINE_FILE_BYTES_MAX, arena, &text, &size, err))
        return false;
    return line_file_parse(arena_copy(arena, path), text, size, arena, ret_file, err);
}

bool line_file_need(struct line_file *file, const char *section, const char *key,
                    const struct line_entry **ret_entry, struct error *err)
{
    for (size_t i = 0; i < file->entries.count; i++) {
        struct line_entry *entry = &file->entries.items[i];
        if (!text_equal(entry->section, section) || !text_equal(entry->key, key))
            continue;
        entry->asked = true;
        *ret_entry = entry;
        return true;
    }
    const char *where = section[0] == '\0' ? "" : " in section ";
    error_run(err, EXIT_CONFIG, "%s: %s is missing%s%s", file->path, key, where, section);
    /* A misspelt key is the likely cause: show the nearest one that nobody has asked for. */
    for (size_t i = 0; i < file->entries.count; i++) {
        const struct line_entry *entry = &file->entries.items[i];
        if (!entry->asked && text_equal(entry->section, section) &&
            text_distance(entry->key, key) <= NEAR_DISTANCE_MAX)
            return error_hint(err, "line %" PRId32 " says %s: did you mean %s?", entry->line,
                              entry->key, key);
    }
    return error_hint(err, "the shipped file of the same kind has every key, with its meaning");
}

bool line_file_finish(const struct line_file *file, struct error *err)
{
    for (size_t i = 0; i < file->entries.count; i++) {
        const struct line_entry *entry = &file->entries.items[i];
        if (!entry->asked)
            return error_run(err, EXIT_CONFIG, "%s:%" PRId32 ":%" PRId32 ": unknown key %s%s%s%s",
                             file->path, entry->line, entry->key_column, entry->key,
                             entry->section[0] == '\0' ? "" : " in section [", entry->section,
                             entry->section[0] == '\0' ? "" : "]");
    }
    return true;
}

bool line_file_refuse(const struct line_file *file, const struct line_entry *entry,
                      struct error *err, const char *format, ...)
{
    char what[300];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return error_run(err, EXIT_CONFIG, "%s:%" PRId32 ":%" PRId32 ": %s: %s", file->path,
                     entry->line, entry->value_column, entry->key, what);
}
