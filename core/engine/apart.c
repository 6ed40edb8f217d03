/* Helpers: see apart.h. A message is what a helper says in the end: its length, whether it failed,
 * and then what take() reads. Both sides are one program at one place in memory, so structs travel
 * as they are; texts follow their row, and are pointed to anew. */
#define _GNU_SOURCE /* pipe2 */
#include "core/engine/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/array.h"

#define ITEMS_PER_PROCESS_MIN 4 /* fewer are done sooner than a process is made */
#define READ_SIZE 65536

struct message {
    char *items;
    size_t count;
    size_t capacity;
    size_t at; /* read so far */
};

struct helper {
    pid_t pid;
    int descriptor; /* of its message */
    size_t first, end;
    struct message message;
    bool whole;
};

/* ---------------------------------------------------------------- the message */

static void *room(struct arena *arena, struct message *message, size_t size)
{
    while (message->capacity - message->count < size)
        message->items = array_grow(arena, message->items, message->count, &message->capacity, 1);
    message->count += size;
    return message->items + message->count - size;
}

static void put(struct arena *arena, struct message *message, const void *data, size_t size)
{
    if (size > 0)
        memcpy(room(arena, message, size), data, size);
}

/* The reader trusts the length that came first: what is whole was made by put(). */
static void get(struct message *message, void *target, size_t size)
{
    assert(message->count - message->at >= size);
    if (size > 0)
        memcpy(target, message->items + message->at, size);
    message->at += size;
}

static const char **text_of(const struct row_field *field, char *row)
{
    return (const char **)(void *)(row + field->offset);
}

static void put_texts(struct arena *arena, struct message *message, const struct chunk_rows *rows,
                      char *row)
{
    for (size_t i = 0; i < rows->table->field_count; i++) {
        const struct row_field *field = &rows->table->fields[i];
        if (field->kind == ROW_TEXT && *text_of(field, row) != NULL)
            put(arena, message, *text_of(field, row), strlen(*text_of(field, row)) + 1);
    }
}

static void get_texts(struct message *message, const struct chunk_rows *rows, char *row)
{
    for (size_t i = 0; i < rows->table->field_count; i++) {
        const struct row_field *field = &rows->table->fields[i];
        if (field->kind != ROW_TEXT || *text_of(field, row) == NULL)
            continue;
        const char *text = message->items + message->at;
        *text_of(field, row) = text;
        message->at += strlen(text) + 1;
    }
}

/* ---------------------------------------------------------------- the helper */

static void put_outcome(struct arena *arena, struct message *message,
                        const struct chunk_outcome *outcome)
{
    put(arena, message, outcome, sizeof *outcome);
    if (outcome->parked != NULL)
        put(arena, message, outcome->parked, sizeof *outcome->parked);
}

static void put_slice(const struct chunk *chunk, const size_t *row_ends, size_t first, size_t end,
                      struct message *message)
{
    struct arena *arena = chunk->arena;
    size_t tables = chunk->table_count;
    for (size_t i = first; i < end; i++)
        put_outcome(arena, message, &chunk->outcomes[i]);
    put(arena, message, &row_ends[first * tables], (end - first) * tables * sizeof *row_ends);
    for (size_t i = 0; i < tables; i++) {
        const struct chunk_rows *rows = &chunk->tables[i];
        put(arena, message, &rows->count, sizeof rows->count);
        for (size_t row = 0; row < rows->count; row++) {
            put(arena, message, rows->rows + row * rows->table->row_size, rows->table->row_size);
            put_texts(arena, message, rows, rows->rows + row * rows->table->row_size);
        }
    }
    put(arena, message, &chunk->total_count, sizeof chunk->total_count);
    put(arena, message, chunk->totals, chunk->total_count * sizeof chunk->totals[0]);
}

static void write_all(int descriptor, const struct message *message)
{
    size_t written = 0;
    while (written < message->count) {
        ssize_t size = write(descriptor, message->items + written, message->count - written);
        if (size < 0 && errno != EINTR)
            return; /* the parent sees a message that is not whole */
        written += size < 0 ? 0 : (size_t)size;
    }
}

NORETURN static void help(const struct apart *apart, struct chunk *chunk, size_t *row_ends,
                          const struct helper *helper, int descriptor, pid_t parent)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct message message = {0};
    struct error err = {0};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)sigaction(SIGINT, &ignore, NULL);
    (void)sigaction(SIGTERM, &ignore, NULL);
    if (getppid() != parent)
        _exit(EXIT_TERMINATED);
    bool ok = apart->compute(apart->argument, chunk, row_ends, helper->first, helper->end, &err);
    put(chunk->arena, &message, &message.count, sizeof message.count); /* its place */
    put(chunk->arena, &message, &err, sizeof err);
    if (ok)
        put_slice(chunk, row_ends, helper->first, helper->end, &message);
    memcpy(message.items, &message.count, sizeof message.count);
    write_all(descriptor, &message);
    _exit(EXIT_DONE);
}

/* ---------------------------------------------------------------- the parent */

static bool start(const struct apart *apart, struct chunk *chunk, size_t *row_ends,
                  struct helper *helper)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        help(apart, chunk, row_ends, helper, ends[1], parent);
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return false;
    }
    helper->pid = pid;
    helper->descriptor = ends[0];
    return true;
}

/* Reads to the end, which is that of the helper too. */
static void collect(struct helper *helper, struct arena *arena)
{
    struct message *message = &helper->message;
    size_t said = 0;
    for (;;) {
        char *target = room(arena, message, READ_SIZE);
        ssize_t size = read(helper->descriptor, target, READ_SIZE);
        message->count -= READ_SIZE - (size > 0 ? (size_t)size : 0);
        if (size == 0 || (size < 0 && errno != EINTR))
            break;
    }
    (void)close(helper->descriptor);
    while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (message->count >= sizeof said + sizeof(struct error))
        get(message, &said, sizeof said);
    helper->whole = said != 0 && said == message->count;
}

static bool take_totals(struct chunk *chunk, struct message *message, struct error *err)
{
    size_t count = 0;
    struct chunk_currency_total total;
    get(message, &count, sizeof count);
    for (size_t i = 0; i < count; i++) {
        get(message, &total, sizeof total);
        if (!chunk_add_totals(chunk, total.sum, total.amount_count, err))
            return false;
    }
    return true;
}

static void take_rows(struct chunk *chunk, struct message *message)
{
    for (size_t i = 0; i < chunk->table_count; i++) {
        const struct chunk_rows *rows = &chunk->tables[i];
        size_t count = 0;
        get(message, &count, sizeof count);
        for (size_t row = 0; row < count; row++) {
            char *target = chunk_append(chunk, rows->table);
            get(message, target, rows->table->row_size);
            get_texts(message, rows, target);
        }
    }
}

/* As if the items had been computed here, after those before them. */
static bool take(struct chunk *chunk, size_t *row_ends, struct helper *helper, struct error *err)
{
    struct message *message = &helper->message;
    struct error failure;
    size_t tables = chunk->table_count;
    get(message, &failure, sizeof failure);
    if (failure.kind != ERROR_NONE) {
        *err = failure;
        return false;
    }
    for (size_t i = helper->first; i < helper->end; i++) {
        get(message, &chunk->outcomes[i], sizeof chunk->outcomes[i]);
        if (chunk->outcomes[i].parked == NULL)
            continue;
        struct error *parked = ARENA_NEW(chunk->arena, struct error);
        get(message, parked, sizeof *parked);
        chunk->outcomes[i].parked = parked;
    }
    size_t *ends = &row_ends[helper->first * tables];
    get(message, ends, (helper->end - helper->first) * tables * sizeof *ends);
    for (size_t i = 0; i < (helper->end - helper->first) * tables; i++)
        ends[i] += chunk->tables[i % tables].count;
    take_rows(chunk, message);
    return take_totals(chunk, message, err);
}

static size_t process_count(const struct apart *apart, const struct chunk *chunk)
{
    size_t useful = chunk->list.count / ITEMS_PER_PROCESS_MIN;
    size_t wanted = (size_t)apart->processes;
    if (wanted > APART_PROCESSES_MAX)
        wanted = APART_PROCESSES_MAX;
    return useful < wanted ? (useful == 0 ? 1 : useful) : wanted;
}

bool apart_compute(const struct apart *apart, struct chunk *chunk, size_t *row_ends,
                   bool *ret_whole, struct error *err)
{
    struct helper helpers[APART_PROCESSES_MAX] = {0};
    size_t items = chunk->list.count;
    size_t processes = process_count(apart, chunk);
    size_t started = 1; /* the first slice is ours */
    for (size_t i = 1; i < processes && started == i; i++) {
        helpers[i].first = items * i / processes;
        helpers[i].end = items * (i + 1) / processes;
        started += start(apart, chunk, row_ends, &helpers[i]);
    }
    bool ok = apart->compute(apart->argument, chunk, row_ends, 0, items / processes, err);
    *ret_whole = started == processes;
    for (size_t i = 1; i < started; i++) {
        collect(&helpers[i], chunk->arena);
        *ret_whole = *ret_whole && helpers[i].whole;
    }
    for (size_t i = 1; ok && *ret_whole && i < processes; i++)
        ok = take(chunk, row_ends, &helpers[i], err);
    return ok;
}
