#include "core/setup/record_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"

#define BUFFER_FIRST (64u << 10)
#define STOP_LOOK_MS 100 /* a pipe's reader looks so often whether it is to stop */

struct record_source {
    const char *path;
    int fd;
    char *buffer;
    size_t start, end, capacity; /* unread bytes are [start, end) */
    int64_t line;                /* of the next record */
    int64_t bytes_read, bytes_total;
    bool at_end, begun;
    _Atomic bool is_stopped;
};

static bool open_failed(const char *path, struct error *err)
{
    int code = errno;
    error_run(err, code == EIO ? EXIT_IO : EXIT_DATA, "cannot read %s: %s", path, strerror(code));
    return error_hint(err, "check the path and that this user may read the file");
}

bool record_source_open(const char *path, struct record_source **ret_source, struct error *err)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return open_failed(path, err);
    if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
        close(fd);
        (void)error_run(err, EXIT_DATA, "cannot read %s: it is a directory", path);
        return error_hint(err, "name its files: billmill import %s/*.jsonl", path);
    }
    struct record_source *source = memory_alloc(sizeof(*source), "import file");
    *source = (struct record_source){.path = path, .fd = fd, .capacity = BUFFER_FIRST, .line = 1};
    source->bytes_total = S_ISREG(info.st_mode) ? (int64_t)info.st_size : 0;
    source->buffer = memory_alloc(source->capacity, "import file");
    *ret_source = source;
    return true;
}

void record_source_close(struct record_source **source)
{
    if (*source == NULL)
        return;
    close((*source)->fd);
    free((*source)->buffer);
    free(*source);
    *source = NULL;
}

void record_source_stop(struct record_source *source)
{
    source->is_stopped = true;
}

/* A file always has more, or its end. */
static bool wait_for_more(const struct record_source *source, struct error *err)
{
    struct pollfd wanted = {.fd = source->fd, .events = POLLIN};
    do
        if (source->is_stopped)
            return error_run(err, EXIT_TERMINATED, "stopped while reading %s", source->path);
    while (source->bytes_total == 0 && poll(&wanted, 1, STOP_LOOK_MS) <= 0);
    return true;
}

static bool make_room(struct record_source *source, struct error *err)
{
    if (source->start > 0) {
        memmove(source->buffer, source->buffer + source->start, source->end - source->start);
        source->end -= source->start;
        source->start = 0;
    }
    if (source->end < source->capacity)
        return true;
    if (source->capacity >= RECORD_SOURCE_MAX)
        return error_run(err, EXIT_DATA, "%s:%lld: a record is longer than %u bytes", source->path,
                         (long long)source->line, RECORD_SOURCE_MAX);
    source->capacity *= 2;
    source->buffer = memory_resize(source->buffer, source->capacity, "import file");
    return true;
}

/* More bytes behind those that are there; at_end when there are none. */
static bool fill(struct record_source *source, struct error *err)
{
    if (!make_room(source, err) || !wait_for_more(source, err))
        return false;
    ssize_t count;
    do
        count = read(source->fd, source->buffer + source->end, source->capacity - source->end);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_run(err, EXIT_IO, "cannot read %s: %s", source->path, strerror(errno));
    source->at_end = count == 0;
    source->end += (size_t)count;
    source->bytes_read += count;
    return true;
}

static bool begin(struct record_source *source, struct error *err)
{
    while (!source->begun && !source->at_end && source->end - source->start < 3)
        if (!fill(source, err))
            return false;
    if (!source->begun && source->end - source->start >= 3 &&
        memcmp(source->buffer + source->start, "\xEF\xBB\xBF", 3) == 0)
        source->start += 3;
    source->begun = true;
    return true;
}

bool record_source_peek(struct record_source *source, char *ret_first, struct error *err)
{
    if (!begin(source, err))
        return false;
    for (size_t offset = 0;; offset++) {
        while (source->start + offset == source->end && !source->at_end)
            if (!fill(source, err))
                return false;
        if (source->start + offset == source->end) {
            *ret_first = '\0';
            return true;
        }
        char c = source->buffer[source->start + offset];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            *ret_first = c;
            return true;
        }
    }
}

/* How far the record that starts at source->start has been looked at. */
struct scan {
    size_t at;        /* bytes before it have been looked at */
    size_t first_end; /* of the first line; SIZE_MAX before */
    size_t closed;    /* where the last quote closed a field; SIZE_MAX: none did */
    bool in_quotes;
};

/* As csv.c has it: a quote opens a field where the field begins, or opens it again as the second of
 * two. Another one is a mistake of its line alone. */
static void pass_quote(const struct record_source *source, const char *quote, struct scan *scan)
{
    size_t at = (size_t)(quote - source->buffer) - source->start;
    if (scan->in_quotes)
        scan->closed = at;
    else if (at > 0 && quote[-1] != ',' && (scan->closed == SIZE_MAX || at != scan->closed + 1))
        return;
    scan->in_quotes = !scan->in_quotes;
}

/* The end of the record; false when it is not in the buffer yet. */
static bool find_end(const struct record_source *source, bool quoted, struct scan *scan,
                     size_t *ret_end)
{
    for (;;) {
        const char *from = source->buffer + source->start + scan->at;
        size_t left = source->end - source->start - scan->at;
        const char *line_end = memchr(from, '\n', left);
        const char *stop = line_end == NULL ? from + left : line_end;
        for (const char *c = from; quoted && (c = memchr(c, '"', (size_t)(stop - c))) != NULL; c++)
            pass_quote(source, c, scan);
        scan->at += (size_t)(stop - from);
        if (line_end == NULL)
            return false;
        if (scan->first_end == SIZE_MAX)
            scan->first_end = scan->at;
        if (!scan->in_quotes) {
            *ret_end = scan->at;
            return true;
        }
        scan->at++;
    }
}

static int64_t count_lines(const char *text, size_t length)
{
    int64_t count = 0;
    for (const char *end = text + length; (text = memchr(text, '\n', (size_t)(end - text))) != NULL;
         text++)
        count++;
    return count;
}

static void take(struct record_source *source, size_t length, struct source_record *ret_record)
{
    const char *text = source->buffer + source->start;
    bool has_line_end = source->start + length < source->end;
    *ret_record = (struct source_record){text, length, source->line};
    source->line += count_lines(text, length) + 1;
    source->start += length + (has_line_end ? 1 : 0);
    if (length > 0 && text[length - 1] == '\r')
        ret_record->length--;
}

bool record_source_next(struct record_source *source, bool quoted, struct source_record *ret_record,
                        bool *ret_more, struct error *err)
{
    struct scan scan = {.first_end = SIZE_MAX, .closed = SIZE_MAX};
    size_t length;
    if (!begin(source, err))
        return false;
    while (!find_end(source, quoted, &scan, &length)) {
        bool is_open = scan.in_quotes && scan.first_end != SIZE_MAX;
        bool is_hopeless = is_open && scan.at >= RECORD_SOURCE_MAX - 1;
        if (source->at_end || is_hopeless) {
            *ret_more = source->end > source->start;
            length = is_open ? scan.first_end : scan.at;
            if (*ret_more)
                take(source, length, ret_record);
            return true;
        }
        if (!fill(source, err))
            return false;
    }
    *ret_more = true;
    take(source, length, ret_record);
    return true;
}

int64_t record_source_bytes_done(const struct record_source *source)
{
    return source->bytes_read - (int64_t)(source->end - source->start);
}

int64_t record_source_bytes_total(const struct record_source *source)
{
    return source->bytes_total;
}
