#include "core/stores/import_runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/radix.h"

#define RUN_KEYS 32768
#define MERGE_KEYS 65536 /* in the buffers of all runs together … */
#define BUFFER_KEYS_MIN 64
#define BUFFER_KEYS_MAX 4096
#define DIGEST_BITS 22 /* of the digest, by which keys are dealt out; few agree in all of them */
#define PATH_BYTES 1024

struct run {
    off_t offset, end; /* in the file: what is not in the buffer yet */
    struct usage_key *buffer;
    size_t at, filled;
};

struct usage_runs {
    struct usage_key *keys; /* that came since the last run, RUN_KEYS of them */
    size_t key_count;
    const struct usage_key **sorted;
    struct radix_item *items, *spare;
    uint32_t last_pair; /* the largest that came */
    FILE *file;
    struct run *runs;
    size_t count, capacity, buffer_keys;
    size_t *heap; /* indexes of runs, the smallest key first */
    size_t heap_count;
    size_t next; /* of `sorted`, where one buffer held all */
};

int usage_key_compare(const struct usage_key *a, const struct usage_key *b)
{
    if (a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

struct usage_runs *usage_runs_create(void)
{
    static const char what[] = "sorted usage";
    struct usage_runs *runs = memory_alloc(sizeof(*runs), what);
    *runs = (struct usage_runs){0};
    runs->keys = memory_alloc(RUN_KEYS * sizeof(*runs->keys), what);
    runs->sorted = (const struct usage_key **)memory_alloc(RUN_KEYS * sizeof(*runs->sorted), what);
    runs->items = memory_alloc(RUN_KEYS * sizeof(*runs->items), what);
    runs->spare = memory_alloc(RUN_KEYS * sizeof(*runs->spare), what);
    return runs;
}

void usage_runs_empty(struct usage_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        free(runs->runs[i].buffer);
    free(runs->heap);
    runs->heap = NULL;
    runs->heap_count = runs->count = runs->key_count = runs->next = 0;
    runs->last_pair = 0;
    if (runs->file != NULL)
        (void)fclose(runs->file);
    runs->file = NULL;
}

void usage_runs_destroy(struct usage_runs **runs)
{
    if (*runs == NULL)
        return;
    usage_runs_empty(*runs);
    free((*runs)->keys);
    free((void *)(*runs)->sorted);
    free((*runs)->items);
    free((*runs)->spare);
    free((*runs)->runs);
    free(*runs);
    *runs = NULL;
}

/* ------------------------------------------------------------------ the file */

static const char *temporary_directory(void)
{
    const char *named = getenv("TMPDIR");
    return named != NULL && named[0] == '/' ? named : "/var/tmp";
}

bool usage_temporary_failed(const char *what, struct error *err)
{
    int code = errno;
    error_run(err, code == EIO ? EXIT_IO : EXIT_CANTCREATE, "cannot %s a temporary file in %s: %s",
              what, temporary_directory(), strerror(code));
    return error_hint(err, "the keys of usage are sorted there, 48 bytes an event; TMPDIR names "
                           "another directory");
}

bool usage_temporary_file(FILE **ret_file, struct error *err)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof(path), "%s/billmill-XXXXXX", temporary_directory());
    if (length < 0 || (size_t)length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return usage_temporary_failed("create", err);
    }
    int fd = mkstemp(path);
    if (fd < 0)
        return usage_temporary_failed("create", err);
    (void)unlink(path);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    *ret_file = fdopen(fd, "w+");
    if (*ret_file != NULL)
        return true;
    close(fd);
    return usage_temporary_failed("open", err);
}

/* ------------------------------------------------------------------ sorting a buffer */

static int by_key(const void *a, const void *b)
{
    return usage_key_compare(*(const struct usage_key *const *)a,
                             *(const struct usage_key *const *)b);
}

/* The few that the first bits leave undecided. */
static void sort_rest(const struct usage_runs *runs)
{
    for (size_t from = 0, to; from < runs->key_count; from = to) {
        for (to = from + 1; to < runs->key_count && runs->items[to].key == runs->items[from].key;)
            to++;
        if (to - from > 1)
            qsort((void *)(runs->sorted + from), to - from, sizeof(*runs->sorted), by_key);
    }
}

static void sort_buffer(struct usage_runs *runs)
{
    for (size_t i = 0; i < runs->key_count; i++) {
        const struct usage_key *key = &runs->keys[i];
        uint64_t digits = (uint64_t)key->pair << DIGEST_BITS | key->high >> (64 - DIGEST_BITS);
        runs->items[i] = (struct radix_item){digits, (uint32_t)i};
    }
    radix_sort(runs->items, runs->spare, runs->key_count,
               DIGEST_BITS + radix_bits(runs->last_pair));
    for (size_t i = 0; i < runs->key_count; i++)
        runs->sorted[i] = &runs->keys[runs->items[i].index];
    sort_rest(runs);
}

static bool write_run(struct usage_runs *runs, struct error *err)
{
    if (runs->key_count == 0)
        return true;
    if (runs->file == NULL && !usage_temporary_file(&runs->file, err))
        return false;
    if (runs->count == runs->capacity) {
        runs->capacity = runs->capacity == 0 ? 64 : 2 * runs->capacity;
        runs->runs =
            memory_resize(runs->runs, runs->capacity * sizeof(*runs->runs), "sorted usage");
    }
    struct run run = {.offset = ftello(runs->file)};
    sort_buffer(runs);
    for (size_t i = 0; i < runs->key_count; i++)
        (void)fwrite(runs->sorted[i], sizeof(**runs->sorted), 1, runs->file);
    if (fflush(runs->file) != 0 || ferror(runs->file))
        return usage_temporary_failed("write", err);
    run.end = ftello(runs->file);
    runs->runs[runs->count++] = run;
    runs->key_count = 0;
    return true;
}

bool usage_runs_add(struct usage_runs *runs, const struct usage_key *key, struct error *err)
{
    if (runs->key_count == RUN_KEYS && !write_run(runs, err))
        return false;
    struct usage_key *kept = &runs->keys[runs->key_count++];
    memset(kept, 0, sizeof(*kept)); /* the padding too: it goes into the file */
    *kept = *key;
    if (key->pair > runs->last_pair)
        runs->last_pair = key->pair;
    return true;
}

/* ------------------------------------------------------------------ merging */

static bool fill(const struct usage_runs *runs, struct run *run, struct error *err)
{
    size_t size = runs->buffer_keys * sizeof(*run->buffer), filled = 0;
    if (run->end - run->offset < (off_t)size)
        size = (size_t)(run->end - run->offset);
    while (filled < size) {
        ssize_t count = pread(fileno(runs->file), (char *)run->buffer + filled, size - filled,
                              run->offset + (off_t)filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            errno = count == 0 ? EIO : errno; /* shorter than what was written */
            return usage_temporary_failed("read", err);
        }
        filled += (size_t)count;
    }
    run->offset += (off_t)size;
    run->filled = size / sizeof(*run->buffer);
    run->at = 0;
    return true;
}

static bool is_before(const struct usage_runs *runs, size_t a, size_t b)
{
    const struct run *left = &runs->runs[runs->heap[a]], *right = &runs->runs[runs->heap[b]];
    return usage_key_compare(&left->buffer[left->at], &right->buffer[right->at]) < 0;
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

static size_t buffer_keys(size_t run_count)
{
    size_t keys = MERGE_KEYS / run_count;
    if (keys > BUFFER_KEYS_MAX)
        return BUFFER_KEYS_MAX;
    return keys < BUFFER_KEYS_MIN ? BUFFER_KEYS_MIN : keys;
}

bool usage_runs_merge(struct usage_runs *runs, struct error *err)
{
    if (runs->count == 0) {
        sort_buffer(runs);
        return true;
    }
    if (!write_run(runs, err))
        return false;
    runs->buffer_keys = buffer_keys(runs->count);
    runs->heap = memory_alloc(runs->count * sizeof(*runs->heap), "sorted usage");
    for (size_t i = 0; i < runs->count; i++) {
        runs->runs[i].buffer =
            memory_alloc(runs->buffer_keys * sizeof(struct usage_key), "sorted usage");
        if (!fill(runs, &runs->runs[i], err))
            return false;
        runs->heap[runs->heap_count++] = i;
    }
    for (size_t i = runs->heap_count; i > 0; i--)
        sift_down(runs, i - 1);
    return true;
}

bool usage_runs_next(struct usage_runs *runs, struct usage_key *ret_key, bool *ret_more,
                     struct error *err)
{
    if (runs->count == 0) {
        *ret_more = runs->next < runs->key_count;
        if (*ret_more)
            *ret_key = *runs->sorted[runs->next++];
        return true;
    }
    *ret_more = runs->heap_count > 0;
    if (!*ret_more)
        return true;
    struct run *run = &runs->runs[runs->heap[0]];
    *ret_key = run->buffer[run->at++];
    if (run->at == run->filled) {
        if (run->offset == run->end)
            runs->heap[0] = runs->heap[--runs->heap_count];
        else if (!fill(runs, run, err))
            return false;
    }
    sift_down(runs, 0);
    return true;
}
