/* Buffered records. stdio is buffer enough: a million lines take a second. */
#include "tests/support/generate/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

void fatal(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

void output_open(struct output *output, const char *directory, const char *name)
{
    int length = snprintf(output->path, sizeof output->path, "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof output->path)
        fatal("the path of %s is too long", name);
    output->first_field = true;
    output->file = fopen(output->path, "wb");
    if (output->file == NULL)
        fatal("cannot write %s: %s", output->path, strerror(errno));
}

void output_close(struct output *output)
{
    bool failed = ferror(output->file) != 0;
    if (fclose(output->file) != 0 || failed)
        fatal("cannot write %s: %s", output->path, strerror(errno));
    output->file = NULL;
}

void output_addf(struct output *output, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(output->file, format, arguments);
    va_end(arguments);
}

static void json_string(struct output *output, const char *text)
{
    fputc('"', output->file);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', output->file);
        fputc(*c, output->file);
    }
    fputc('"', output->file);
}

static void json_name(struct output *output, const char *name)
{
    if (!output->first_field)
        fputc(',', output->file);
    output->first_field = false;
    json_string(output, name);
    fputc(':', output->file);
}

void json_begin(struct output *output, const char *record)
{
    fputc('{', output->file);
    output->first_field = true;
    json_text(output, "record", record);
}

void json_text(struct output *output, const char *name, const char *value)
{
    if (text_is_empty(value))
        return;
    json_name(output, name);
    json_string(output, value);
}

void json_integer(struct output *output, const char *name, int64_t value)
{
    json_name(output, name);
    fprintf(output->file, "%" PRId64, value);
}

void json_true(struct output *output, const char *name)
{
    json_raw(output, name, "true");
}

void json_raw(struct output *output, const char *name, const char *json)
{
    if (text_is_empty(json))
        return;
    json_name(output, name);
    fputs(json, output->file);
}

void json_open(struct output *output, const char *name)
{
    json_name(output, name);
    fputc('{', output->file);
    output->first_field = true;
}

void json_close(struct output *output)
{
    fputc('}', output->file);
    output->first_field = false;
}

void json_end(struct output *output)
{
    fputs("}\n", output->file);
}

int64_t argument_integer(const char *name, const char *text, int64_t lowest, int64_t highest)
{
    int64_t value = 0;
    if (text == NULL || !text_parse_i64(text, &value) || value < lowest || value > highest)
        fatal("%s expects a whole number from %" PRId64 " to %" PRId64, name, lowest, highest);
    return value;
}
