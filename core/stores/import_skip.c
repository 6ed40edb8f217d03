#include "core/stores/import_skip.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/setup/json_text.h"

#define PATH_MAX_BYTES 4096

struct skip_file {
    const char *path;
    FILE *records, *reasons;
    const char *input; /* the file being read */
    const struct import_reader *reader;
    bool header_due;
};

static bool cannot_write(const struct skip_file *skip, struct error *err)
{
    int code = errno;
    error_run(err, code == EIO ? EXIT_IO : EXIT_CANTCREATE, "cannot write %s: %s", skip->path,
              strerror(code));
    return error_hint(err, "bad records are kept there: name a file that can be written");
}

bool skip_file_open(const char *path, struct skip_file **ret_skip, struct error *err)
{
    char reasons[PATH_MAX_BYTES];
    CLEANUP(skip_file_close) struct skip_file *skip = memory_alloc(sizeof(*skip), "bad records");
    *skip = (struct skip_file){.path = path};
    int length = snprintf(reasons, sizeof(reasons), "%s.reasons", path);
    if (length < 0 || (size_t)length >= sizeof(reasons))
        return error_run(err, EXIT_CANTCREATE, "the path of bad records is too long");
    skip->records = fopen(path, "a");
    skip->reasons = skip->records == NULL ? NULL : fopen(reasons, "a");
    if (skip->reasons == NULL)
        return cannot_write(skip, err);
    *ret_skip = skip;
    skip = NULL;
    return true;
}

void skip_file_close(struct skip_file **skip)
{
    if (*skip == NULL)
        return;
    if ((*skip)->records != NULL)
        (void)fclose((*skip)->records);
    if ((*skip)->reasons != NULL)
        (void)fclose((*skip)->reasons);
    free(*skip);
    *skip = NULL;
}

void skip_file_begin(struct skip_file *skip, const char *path, const struct import_reader *reader,
                     bool is_again)
{
    skip->input = path;
    skip->reader = reader;
    skip->header_due = skip->header_due || !is_again;
}

static void add_reason(struct json_text *json, const struct skip_file *skip,
                       struct import_place place, const struct error *problem)
{
    char numbers[64];
    (void)snprintf(numbers, sizeof(numbers), "{\"column\":%" PRId32 ",\"file\":", place.column);
    json_text_add(json, numbers, strlen(numbers));
    json_text_add_string(json, skip->input);
    json_text_add(json, ",\"hint\":", 8);
    json_text_add_string(json, problem->hint);
    (void)snprintf(numbers, sizeof(numbers), ",\"line\":%" PRId64 ",\"reason\":", place.line);
    json_text_add(json, numbers, strlen(numbers));
    json_text_add_string(json, problem->message);
    json_text_add(json, "}\n", 2);
}

static void write_line(FILE *file, const char *text, size_t length)
{
    (void)fwrite(text, 1, length, file); /* ferror is asked once, behind all of it */
    (void)fputc('\n', file);
}

bool skip_file_add(struct skip_file *skip, struct import_place place, const char *raw,
                   size_t raw_length, const struct error *problem, struct error *err)
{
    CLEANUP(json_text_free) struct json_text json = {0};
    size_t header_length;
    const char *header = import_reader_header(skip->reader, &header_length);
    if (skip->header_due && header != NULL)
        write_line(skip->records, header, header_length);
    skip->header_due = false;
    write_line(skip->records, raw, raw_length);
    add_reason(&json, skip, place, problem);
    (void)fwrite(json.text, 1, json.length, skip->reasons);
    if (ferror(skip->records) || ferror(skip->reasons))
        return cannot_write(skip, err);
    return true;
}

static bool sync_one(FILE *file)
{
    return fflush(file) == 0 && (fsync(fileno(file)) == 0 || errno == EINVAL);
}

bool skip_file_sync(struct skip_file *skip, struct error *err)
{
    if (sync_one(skip->records) && sync_one(skip->reasons))
        return true;
    return cannot_write(skip, err);
}
