#include "core/setup/import_ahead.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/setup/record_field.h"

#define PARCELS 8
#define PARCEL_RECORDS 2048
#define PARCEL_BYTES (1u << 20) /* a parcel ends with the record that goes beyond */
#define PARCEL_CAP (96u << 20)  /* that record has at most 4 MiB, and several times that parsed */

struct parcel {
    struct arena *arena;
    struct import_ahead_item *items;
    size_t count;
    int64_t bytes_done;
    bool is_last;
    struct error failure; /* of the file, behind the items */
};

struct import_ahead {
    struct import_reader *reader;
    pthread_t thread;
    bool keep_raw, is_started;
    struct parcel parcels[PARCELS];

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    size_t read_count, loaded_count; /* parcels so far */
    bool is_stopped;

    size_t at; /* of the parcel being loaded */
    bool has_parcel;
};

/* ------------------------------------------------------------------ the thread */

static void keep_record(struct parcel *parcel, const struct import_item *item, bool keep_raw,
                        const struct error *problem)
{
    struct import_ahead_item *kept = &parcel->items[parcel->count++];
    *kept = (struct import_ahead_item){.kind = item->kind, .place = item->place};
    if (keep_raw || problem != NULL) {
        kept->raw = arena_copy_n(parcel->arena, item->raw, item->raw_length);
        kept->raw_length = item->raw_length;
    }
    if (problem != NULL) {
        struct error *copy = ARENA_NEW(parcel->arena, struct error);
        *copy = *problem;
        kept->problem = copy;
        return;
    }
    size_t size = record_shape_of(item->kind)->size;
    void *record = arena_alloc(parcel->arena, size);
    memcpy(record, &item->record, size);
    kept->record = record;
}

/* The texts of a record are in the parcel's arena. */
static void fill_parcel(struct import_ahead *ahead, struct parcel *parcel)
{
    struct import_item item;
    bool more = true;
    arena_reset(parcel->arena);
    parcel->count = 0;
    parcel->failure = (struct error){0};
    while (more && parcel->count < PARCEL_RECORDS && arena_used(parcel->arena) < PARCEL_BYTES) {
        struct error problem = {0};
        if (import_reader_next(ahead->reader, parcel->arena, &item, &more, &problem)) {
            if (more)
                keep_record(parcel, &item, ahead->keep_raw, NULL);
            continue;
        }
        more = problem.kind == ERROR_ITEM;
        if (more)
            keep_record(parcel, &item, ahead->keep_raw, &problem);
        else
            parcel->failure = problem;
    }
    parcel->is_last = !more;
    parcel->bytes_done = import_reader_bytes_done(ahead->reader);
}

static void *read_file(void *context)
{
    struct import_ahead *ahead = context;
    bool is_last = false;
    while (!is_last) {
        (void)pthread_mutex_lock(&ahead->mutex);
        while (!ahead->is_stopped && ahead->read_count - ahead->loaded_count == PARCELS)
            (void)pthread_cond_wait(&ahead->changed, &ahead->mutex);
        bool is_stopped = ahead->is_stopped;
        struct parcel *parcel = &ahead->parcels[ahead->read_count % PARCELS];
        (void)pthread_mutex_unlock(&ahead->mutex);
        if (is_stopped)
            return NULL;
        fill_parcel(ahead, parcel);
        is_last = parcel->is_last;
        (void)pthread_mutex_lock(&ahead->mutex);
        ahead->read_count++;
        (void)pthread_cond_broadcast(&ahead->changed);
        (void)pthread_mutex_unlock(&ahead->mutex);
    }
    return NULL;
}

/* ------------------------------------------------------------------ whoever loads */

static bool start_thread(struct import_ahead *ahead, struct error *err)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&ahead->thread, NULL, read_file, ahead);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    ahead->is_started = code == 0;
    return ahead->is_started ||
           error_run(err, EXIT_TEMPORARY, "cannot start a thread: %s", strerror(code));
}

bool import_ahead_open(struct import_reader *reader, bool keep_raw, struct import_ahead **ret_ahead,
                       struct error *err)
{
    CLEANUP(import_ahead_close)
    struct import_ahead *ahead = memory_alloc(sizeof(*ahead), "import file");
    *ahead = (struct import_ahead){.reader = reader, .keep_raw = keep_raw};
    (void)pthread_mutex_init(&ahead->mutex, NULL);
    (void)pthread_cond_init(&ahead->changed, NULL);
    for (size_t i = 0; i < PARCELS; i++) {
        ahead->parcels[i].arena = arena_create("import records", PARCEL_CAP);
        ahead->parcels[i].items =
            memory_alloc(PARCEL_RECORDS * sizeof(*ahead->parcels[i].items), "import records");
    }
    if (!start_thread(ahead, err))
        return false;
    *ret_ahead = ahead;
    ahead = NULL;
    return true;
}

void import_ahead_close(struct import_ahead **closed)
{
    struct import_ahead *ahead = *closed;
    if (ahead == NULL)
        return;
    (void)pthread_mutex_lock(&ahead->mutex);
    ahead->is_stopped = true;
    (void)pthread_cond_broadcast(&ahead->changed);
    (void)pthread_mutex_unlock(&ahead->mutex);
    import_reader_stop(ahead->reader);
    if (ahead->is_started)
        (void)pthread_join(ahead->thread, NULL);
    for (size_t i = 0; i < PARCELS; i++) {
        arena_destroy(&ahead->parcels[i].arena);
        free(ahead->parcels[i].items);
    }
    (void)pthread_cond_destroy(&ahead->changed);
    (void)pthread_mutex_destroy(&ahead->mutex);
    free(ahead);
    *closed = NULL;
}

static const struct parcel *parcel_of(const struct import_ahead *ahead)
{
    return &ahead->parcels[ahead->loaded_count % PARCELS];
}

/* Gives the parcel back, and waits for the next one. */
static void take_parcel(struct import_ahead *ahead)
{
    (void)pthread_mutex_lock(&ahead->mutex);
    if (ahead->has_parcel) {
        ahead->loaded_count++;
        (void)pthread_cond_broadcast(&ahead->changed);
    }
    while (ahead->read_count == ahead->loaded_count)
        (void)pthread_cond_wait(&ahead->changed, &ahead->mutex);
    (void)pthread_mutex_unlock(&ahead->mutex);
    ahead->has_parcel = true;
    ahead->at = 0;
}

bool import_ahead_next(struct import_ahead *ahead, const struct import_ahead_item **ret_item,
                       bool *ret_more, struct error *err)
{
    while (!ahead->has_parcel ||
           (ahead->at == parcel_of(ahead)->count && !parcel_of(ahead)->is_last))
        take_parcel(ahead);
    const struct parcel *parcel = parcel_of(ahead);
    *ret_more = ahead->at < parcel->count;
    if (*ret_more)
        *ret_item = &parcel->items[ahead->at++];
    else if (parcel->failure.kind != ERROR_NONE) {
        *err = parcel->failure;
        return false;
    }
    return true;
}

size_t import_ahead_rest(const struct import_ahead *ahead)
{
    return ahead->has_parcel ? parcel_of(ahead)->count - ahead->at : 0;
}

void import_ahead_skip(struct import_ahead *ahead, size_t count)
{
    assert(count <= import_ahead_rest(ahead));
    ahead->at += count;
}

int64_t import_ahead_bytes_done(const struct import_ahead *ahead)
{
    return ahead->has_parcel ? parcel_of(ahead)->bytes_done : 0;
}
