#include "core/stores/import_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_COUNT 6 /* key, properties, counted property, project, member, raw */
#define TEXT_NONE UINT32_MAX
#define MERGE_BYTES (3u << 20) /* buffers of all runs together … */
#define RUN_BYTES_MIN (8u << 10)
#define RUN_BYTES_MAX (256u << 10)
#define PATH_BYTES 1024

/* An entry in the file: this, then its texts, each ended by NUL. */
struct stored_entry {
    int64_t tenant_id, meter_id, subscription_id, at_us, value_coefficient, line, sequence;
    int32_t value_scale, column;
    uint32_t lengths[TEXT_COUNT];
    uint32_t size; /* of all */
    bool by_customer, late;
};

struct run {
    off_t offset, end; /* in the file: what is not in the buffer yet */
    char *buffer;
    size_t start, filled, capacity;
    struct usage_entry entry; /* the first one that is not taken */
    size_t entry_size;
};

struct usage_runs {
    usage_order *order;
    FILE *file;
    struct run *runs;
    size_t count, capacity;
    char *packed; /* one entry on its way into the file */
    size_t packed_size;
    size_t *heap; /* indexes of runs, the smallest entry first */
    size_t heap_count;
    bool is_taken; /* the entry of heap[0] has been given out */
};

struct usage_runs *usage_runs_create(usage_order *order)
{
    struct usage_runs *runs = memory_alloc(sizeof(*runs), "sorted usage");
    *runs = (struct usage_runs){.order = order};
    return runs;
}

static void free_buffers(struct usage_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        free(runs->runs[i].buffer);
    free(runs->heap);
    runs->heap = NULL;
    runs->heap_count = 0;
    runs->is_taken = false;
}

void usage_runs_empty(struct usage_runs *runs)
{
    free_buffers(runs);
    runs->count = 0;
    if (runs->file != NULL)
        (void)fclose(runs->file);
    runs->file = NULL;
}

void usage_runs_destroy(struct usage_runs **runs)
{
    if (*runs == NULL)
        return;
    usage_runs_empty(*runs);
    free((*runs)->runs);
    free((*runs)->packed);
    free(*runs);
    *runs = NULL;
}

size_t usage_runs_count(const struct usage_runs *runs)
{
    return runs->count;
}

/* ------------------------------------------------------------------ writing */

static const char *temporary_directory(void)
{
    const char *named = getenv("TMPDIR");
    return named != NULL && named[0] == '/' ? named : "/var/tmp";
}

static bool file_failed(const char *what, struct error *err)
{
    int code = errno;
    error_run(err, code == EIO ? EXIT_IO : EXIT_CANTCREATE, "cannot %s a temporary file in %s: %s",
              what, temporary_directory(), strerror(code));
    return error_hint(err, "usage is sorted there, about 200 bytes an event; TMPDIR names another "
                           "directory");
}

static bool make_file(struct usage_runs *runs, struct error *err)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof(path), "%s/billmill-XXXXXX", temporary_directory());
    if (length < 0 || (size_t)length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return file_failed("create", err);
    }
    int fd = mkstemp(path);
    if (fd < 0)
        return file_failed("create", err);
    (void)unlink(path);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    runs->file = fdopen(fd, "w+");
    if (runs->file != NULL)
        return true;
    close(fd);
    return file_failed("open", err);
}

static void texts_of(const struct usage_entry *entry, const char *texts[TEXT_COUNT],
                     uint32_t lengths[TEXT_COUNT])
{
    const struct usage_record *record = &entry->row.record;
    texts[0] = record->key;
    texts[1] = record->properties;
    texts[2] = entry->row.counted_property;
    texts[3] = record->project;
    texts[4] = record->member;
    texts[5] = entry->raw;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        lengths[i] = texts[i] == NULL ? TEXT_NONE : (uint32_t)strlen(texts[i]);
    if (entry->raw != NULL)
        lengths[5] = (uint32_t)entry->raw_length;
}

/* The bytes of the entry, put together in runs->packed: one write for each entry. */
static const char *pack_entry(struct usage_runs *runs, const struct usage_entry *entry,
                              uint32_t *ret_size)
{
    const struct usage_record *record = &entry->row.record;
    const char *texts[TEXT_COUNT];
    struct stored_entry stored;
    memset(&stored, 0, sizeof(stored)); /* the padding too */
    stored.tenant_id = entry->row.tenant_id;
    stored.meter_id = entry->row.meter_id;
    stored.subscription_id = entry->row.subscription_id;
    stored.at_us = record->at_us;
    stored.value_coefficient = record->value_coefficient;
    stored.value_scale = record->value_scale;
    stored.line = entry->place.line;
    stored.column = entry->place.column;
    stored.sequence = entry->sequence;
    stored.by_customer = entry->row.by_customer;
    stored.late = record->late;
    texts_of(entry, texts, stored.lengths);
    stored.size = sizeof(stored);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        stored.size += texts[i] == NULL ? 0 : stored.lengths[i] + 1;
    if (stored.size > runs->packed_size) {
        runs->packed = memory_resize(runs->packed, stored.size, "sorted usage");
        runs->packed_size = stored.size;
    }
    char *at = runs->packed;
    memcpy(at, &stored, sizeof(stored));
    at += sizeof(stored);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        if (texts[i] == NULL)
            continue;
        memcpy(at, texts[i], stored.lengths[i]);
        at += stored.lengths[i];
        *at++ = '\0';
    }
    *ret_size = stored.size;
    return runs->packed;
}

static bool write_entry(struct usage_runs *runs, const struct usage_entry *entry)
{
    uint32_t size;
    const char *bytes = pack_entry(runs, entry, &size);
    return fwrite(bytes, 1, size, runs->file) == size;
}

bool usage_runs_add(struct usage_runs *runs, struct usage_entry *const *entries, size_t count,
                    struct error *err)
{
    if (runs->file == NULL && !make_file(runs, err))
        return false;
    if (runs->count == runs->capacity) {
        runs->capacity = runs->capacity == 0 ? 64 : 2 * runs->capacity;
        runs->runs =
            memory_resize(runs->runs, runs->capacity * sizeof(*runs->runs), "sorted usage");
    }
    struct run run = {.offset = ftello(runs->file)};
    for (size_t i = 0; i < count; i++)
        if (!write_entry(runs, entries[i]))
            return file_failed("write", err);
    if (fflush(runs->file) != 0)
        return file_failed("write", err);
    run.end = ftello(runs->file);
    runs->runs[runs->count++] = run;
    return true;
}

/* ------------------------------------------------------------------ reading */

static void read_entry(const char *bytes, struct usage_entry *entry)
{
    struct stored_entry stored;
    const char *texts[TEXT_COUNT];
    memcpy(&stored, bytes, sizeof(stored));
    const char *text = bytes + sizeof(stored);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        texts[i] = stored.lengths[i] == TEXT_NONE ? NULL : text;
        text += stored.lengths[i] == TEXT_NONE ? 0 : stored.lengths[i] + 1;
    }
    *entry = (struct usage_entry){
        .place = {stored.line, stored.column},
        .sequence = stored.sequence,
        .raw = texts[5],
        .raw_length = texts[5] == NULL ? 0 : stored.lengths[5]
    };
    entry->row = (struct usage_row){.tenant_id = stored.tenant_id,
                                    .meter_id = stored.meter_id,
                                    .subscription_id = stored.subscription_id,
                                    .counted_property = texts[2],
                                    .by_customer = stored.by_customer};
    entry->row.record = (struct usage_record){.key = texts[0],
                                              .properties = texts[1],
                                              .project = texts[3],
                                              .member = texts[4],
                                              .at_us = stored.at_us,
                                              .value_coefficient = stored.value_coefficient,
                                              .value_scale = stored.value_scale,
                                              .late = stored.late};
}

/* At least `size` bytes of the run in its buffer. */
static bool fill(const struct usage_runs *runs, struct run *run, size_t size, struct error *err)
{
    if (run->filled - run->start >= size)
        return true;
    memmove(run->buffer, run->buffer + run->start, run->filled - run->start);
    run->filled -= run->start;
    run->start = 0;
    if (run->capacity < size) {
        run->buffer = memory_resize(run->buffer, size, "sorted usage");
        run->capacity = size;
    }
    while (run->filled < size) {
        size_t room = run->capacity - run->filled;
        off_t left = run->end - run->offset;
        ssize_t count = pread(fileno(runs->file), run->buffer + run->filled,
                              (off_t)room < left ? room : (size_t)left, run->offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            errno = count == 0 ? EIO : errno; /* shorter than what was written */
            return file_failed("read", err);
        }
        run->filled += (size_t)count;
        run->offset += count;
    }
    return true;
}

/* The run's next entry; *ret_more false at its end. */
static bool advance(const struct usage_runs *runs, struct run *run, bool *ret_more,
                    struct error *err)
{
    struct stored_entry stored;
    run->start += run->entry_size;
    *ret_more = run->start < run->filled || run->offset < run->end;
    if (!*ret_more)
        return true;
    if (!fill(runs, run, sizeof(stored), err))
        return false;
    memcpy(&stored, run->buffer + run->start, sizeof(stored));
    if (!fill(runs, run, stored.size, err))
        return false;
    read_entry(run->buffer + run->start, &run->entry);
    run->entry_size = stored.size;
    return true;
}

static bool is_before(const struct usage_runs *runs, size_t a, size_t b)
{
    return runs->order(&runs->runs[runs->heap[a]].entry, &runs->runs[runs->heap[b]].entry) < 0;
}

static void sift_down(struct usage_runs *runs, size_t at)
{
    for (;;) {
        size_t least = at, left = 2 * at + 1, right = left + 1;
        if (left < runs->heap_count && is_before(runs, left, least))
            least = left;
        if (right < runs->heap_count && is_before(runs, right, least))
            least = right;
        if (least == at)
            return;
        size_t moved = runs->heap[at];
        runs->heap[at] = runs->heap[least];
        runs->heap[least] = moved;
        at = least;
    }
}

bool usage_runs_merge(struct usage_runs *runs, struct error *err)
{
    size_t bytes = MERGE_BYTES / (runs->count + 1);
    if (bytes > RUN_BYTES_MAX)
        bytes = RUN_BYTES_MAX;
    if (bytes < RUN_BYTES_MIN)
        bytes = RUN_BYTES_MIN;
    runs->heap = memory_alloc((runs->count + 1) * sizeof(*runs->heap), "sorted usage");
    for (size_t i = 0; i < runs->count; i++) {
        bool more;
        runs->runs[i].buffer = memory_alloc(bytes, "sorted usage");
        runs->runs[i].capacity = bytes;
        if (!advance(runs, &runs->runs[i], &more, err))
            return false;
        if (more)
            runs->heap[runs->heap_count++] = i;
    }
    for (size_t i = runs->heap_count; i > 0; i--)
        sift_down(runs, i - 1);
    return true;
}

bool usage_runs_next(struct usage_runs *runs, struct usage_entry *ret_entry, bool *ret_more,
                     struct error *err)
{
    bool more = true;
    if (runs->is_taken) {
        if (!advance(runs, &runs->runs[runs->heap[0]], &more, err))
            return false;
        if (!more)
            runs->heap[0] = runs->heap[--runs->heap_count];
        sift_down(runs, 0);
    }
    *ret_more = runs->heap_count > 0;
    runs->is_taken = *ret_more;
    if (*ret_more)
        *ret_entry = runs->runs[runs->heap[0]].entry;
    return true;
}
