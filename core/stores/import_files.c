#include "core/stores/import_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/stores/import_batch.h"
#include "core/stores/import_hold.h"
#include "core/stores/import_idle.h"
#include "core/stores/import_keys.h"
#include "core/stores/import_shelf.h"
#include "core/stores/import_skip.h"
#include "core/stores/import_usage.h"
#include "core/stores/mixed_currencies.h"

#define BATCH_ARENA_CAP (48u << 20)
#define SCRATCH_ARENA_CAP (32u << 20)
#define PROGRESS_EVERY 10000
#define TRIES_MAX 100 /* each waits up to five seconds for a lock */
#define WAIT_FIRST_MS 200
#define WAIT_LAST_MS 2000
#define TOLD_FIRST 64
#define TOLD_MAX 65536 /* a file with more bad records is not read again */

/* ------------------------------------------------------------------ what the parts ask for */

bool import_next_id(struct import_session *session, const char *counter, int64_t *ret_id,
                    struct error *err)
{
    struct id_block *block = session->ids;
    while (block->counter != NULL && strcmp(block->counter, counter) != 0)
        block++;
    assert(block < session->ids + ID_COUNTERS);
    if (block->next == block->end) {
        if (!db_reserve_ids(session->db, counter, ID_BLOCK, &block->next, err))
            return false;
        block->end = block->next + ID_BLOCK;
        block->counter = counter;
    }
    *ret_id = block->next++;
    return true;
}

static int compare_lines(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* Beyond TOLD_MAX lines are not kept. */
static void keep_told(struct told_lines *told, int64_t line)
{
    if (told->count == TOLD_MAX)
        return;
    if (told->count == told->capacity) {
        told->capacity = told->capacity == 0 ? TOLD_FIRST : 2 * told->capacity;
        told->items =
            memory_resize(told->items, told->capacity * sizeof(*told->items), "bad records");
    }
    told->items[told->count++] = line;
}

static bool was_told(const struct told_lines *told, int64_t line)
{
    return told->earlier > 0 &&
           bsearch(&line, told->items, told->earlier, sizeof(*told->items), compare_lines) != NULL;
}

static void begin_again(struct told_lines *told)
{
    if (told->count > 1)
        qsort(told->items, told->count, sizeof(*told->items), compare_lines);
    told->earlier = told->count;
}

static void told_lines_free(struct told_lines *told)
{
    free(told->items);
    *told = (struct told_lines){0};
}

bool import_bad(struct import_session *session, enum record_kind kind, struct import_place place,
                const char *raw, size_t raw_length, const struct error *problem, struct error *err)
{
    const struct import_options *options = session->options;
    session->bad_in_file++;
    session->report->kinds[kind].bad++;
    if (was_told(&session->told, place.line))
        return true;
    keep_told(&session->told, place.line);
    if (options->on_bad != NULL)
        options->on_bad(options->context, problem);
    return session->skip == NULL ||
           skip_file_add(session->skip, place, raw, raw_length, problem, err);
}

/* ------------------------------------------------------------------ one file */

static bool tell_bad(struct import_session *session, const struct import_ahead_item *item,
                     const struct error *problem, struct error *err)
{
    return import_bad(session, item->kind, item->place, item->raw, item->raw_length, problem, err);
}

/* Usage waits in its batch, but not for what is wrong. */
static bool take_usage(struct import_session *session, const struct import_ahead_item *item,
                       struct error *err)
{
    struct error problem;
    arena_reset(session->scratch);
    if (item->problem != NULL)
        return tell_bad(session, item, item->problem, err) && usage_batch_write(session, err);
    if (!usage_batch_add(session, item, &problem)) {
        if (problem.kind != ERROR_ITEM) {
            *err = problem;
            return false;
        }
        import_reader_error(session->reader, item->place, &problem);
        if (!tell_bad(session, item, &problem, err))
            return false;
    }
    return usage_batch_make_room(session, err);
}

/* The item, or a batch of those that come with it: whatever is not usage may be what usage refers
 * to, or change it, so what stands before it in the file is written before. */
static bool take_items(struct import_session *session, const struct import_ahead_item *item,
                       int64_t *ret_count, struct error *err)
{
    size_t count = import_batch_length(item, 1 + import_ahead_rest(session->ahead));
    *ret_count = count == 0 ? 1 : (int64_t)count;
    if (count == 0)
        return take_usage(session, item, err);
    import_ahead_skip(session->ahead, count - 1);
    return usage_batch_write(session, err) && import_batch_put(session, item, count, err);
}

static bool tell_progress(const struct import_session *session, int64_t records, struct error *err)
{
    const struct import_options *options = session->options;
    struct import_progress progress = {
        .file = session->path,
        .bytes_done = records == 0 ? 0 : import_ahead_bytes_done(session->ahead),
        .bytes_total = records == 0 ? 0 : import_reader_bytes_total(session->reader),
        .records = records,
    };
    if (options->on_progress == NULL || options->on_progress(options->context, &progress))
        return true;
    return error_run(err, EXIT_TERMINATED, "stopped while reading %s, which is not loaded",
                     session->path);
}

static bool read_items(struct import_session *session, struct error *err)
{
    const struct import_ahead_item *item;
    int64_t records = 0, taken = 0;
    bool more = true;
    while (import_ahead_next(session->ahead, &item, &more, err)) {
        if (!more) {
            session->report->records += records;
            session->report->bytes += import_ahead_bytes_done(session->ahead);
            return usage_batch_write(session, err) && usage_keys_settle(session, err) &&
                   tell_progress(session, records, err);
        }
        if (!take_items(session, item, &taken, err))
            return false;
        records += taken;
        if (records % PROGRESS_EVERY < taken && !tell_progress(session, records, err))
            return false;
    }
    return false;
}

static bool refuse_file(const struct import_session *session, struct error *err)
{
    error_run(err, EXIT_DATA, "%s is not loaded: %lld of its records %s wrong", session->path,
              (long long)session->bad_in_file, session->bad_in_file == 1 ? "is" : "are");
    return error_hint(err, "correct the file and import it again, or load the rest with "
                           "--skip-bad FILE");
}

static bool load_open_file(struct import_session *session, struct error *err)
{
    CLEANUP(import_ahead_close) struct import_ahead *ahead = NULL;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!import_ahead_open(session->reader, session->skip != NULL, &ahead, err))
        return false;
    session->ahead = ahead;
    session->withdraws = false;
    if (!tx_begin(&tx, session->db, err) || !read_items(session, err))
        return false;
    if (session->bad_in_file > 0 && session->skip == NULL)
        return refuse_file(session, err);
    if (session->skip != NULL && !skip_file_sync(session->skip, err))
        return false;
    return import_corrections_confirm(session, err) && tx_commit(&tx, err);
}

/* Counts of a file that was rolled back are taken back, but for what was bad. */
static void take_back(struct import_report *report, const struct import_report *before)
{
    for (size_t i = 0; i < ARRAY_LEN(report->kinds); i++) {
        int64_t bad = report->kinds[i].bad;
        report->kinds[i] = before->kinds[i];
        report->kinds[i].bad = bad;
    }
    report->late = before->late;
    report->odd_tax_ids = before->odd_tax_ids;
    report->unknown_policies = before->unknown_policies;
}

static bool load_once(struct import_session *session, const char *path, bool is_again,
                      bool *ret_may_repeat, struct error *err)
{
    CLEANUP(zone_cache_destroy)
    struct zone_cache *zones = zone_cache_create(session->options->zone_directory);
    CLEANUP(import_reader_close) struct import_reader *reader = NULL;
    if (!import_reader_open(path, session->options->record, zones, &reader, err))
        return false;
    session->reader = reader;
    session->path = path;
    session->bad_in_file = 0;
    usage_keys_begin(session->keys, import_reader_bytes_total(reader));
    if (session->skip != NULL)
        skip_file_begin(session->skip, path, reader, is_again);
    bool good = load_open_file(session, err);
    usage_batch_forget(session->usage);
    usage_keys_empty(session->keys);
    held_tenants_free(&session->held);
    *ret_may_repeat = import_reader_bytes_total(reader) > 0 && session->told.count < TOLD_MAX;
    return good;
}

/* What was read and reserved is gone with the transaction. */
static void forget(struct import_session *session)
{
    import_lookup_forget(session->lookup);
    memset(session->ids, 0, sizeof(session->ids));
}

/* A server that is started again may read its log for minutes first. */
static void wait_a_moment(int32_t tries)
{
    int64_t wait_ms = tries < WAIT_LAST_MS / WAIT_FIRST_MS ? tries * WAIT_FIRST_MS : WAIT_LAST_MS;
    const struct timespec moment = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000L};
    (void)nanosleep(&moment, NULL);
}

/* Somebody else's lock, or a server that goes away, costs a try and not the file. What was told of
 * it is not told again; a pipe cannot be read twice. */
static bool load_file(struct import_session *session, const char *path, struct error *err)
{
    const struct import_report before = *session->report;
    size_t idle_before = idle_changes_count(session->idle);
    session->told.count = session->told.earlier = 0;
    for (int32_t tries = 1;; tries++) {
        bool may_repeat = false;
        if (load_once(session, path, tries > 1, &may_repeat, err)) {
            session->report->files_loaded++;
            return true;
        }
        take_back(session->report, &before);
        idle_changes_take_back(session->idle, idle_before);
        forget(session);
        if (err->kind != ERROR_RETRY || !may_repeat || tries == TRIES_MAX)
            return false;
        *session->report = before;
        begin_again(&session->told);
        if (!tell_progress(session, 0, err))
            return false;
        error_clear(err);
        wait_a_moment(tries);
    }
}

/* ------------------------------------------------------------------ all files */

static bool load_files(struct import_session *session, const char *const *files, size_t file_count,
                       struct error *err)
{
    CLEANUP(skip_file_close) struct skip_file *skip = NULL;
    const char *skip_path = session->options->skip_bad_path;
    if (session->options->dry_run && !db_dry_run_start(session->db, err))
        return false;
    if (skip_path != NULL && !skip_file_open(skip_path, &skip, err))
        return false;
    session->skip = skip;
    for (size_t i = 0; i < file_count; i++)
        if (!load_file(session, files[i], err))
            return false;
    return true;
}

static bool has_changed(const struct import_report *report, enum record_kind kind)
{
    return report->kinds[kind].added + report->kinds[kind].updated > 0;
}

/* By what is stored then. All is loaded, so a database that does not answer any more is no error:
 * nothing is told. */
static void judge_currencies(struct import_session *session)
{
    const struct import_report *report = session->report;
    struct import_remark *remark = &session->report->mixed_currencies;
    struct mixed_customer first = {0};
    struct error ignored = {0};
    arena_reset(session->scratch);
    if (!has_changed(report, RECORD_CUSTOMER) && !has_changed(report, RECORD_PRICE) &&
        !has_changed(report, RECORD_SUBSCRIPTION) &&
        !has_changed(report, RECORD_SUBSCRIPTION_CHANGE))
        return;
    if (mixed_currencies_count(session->db, session->scratch, &remark->count, &first, &ignored) &&
        remark->count > 0)
        (void)snprintf(remark->first, sizeof remark->first,
                       "customer \"%.150s\", plan \"%.150s\": %.300s", first.customer, first.plan,
                       first.currencies);
}

bool import_files(struct db *db, const char *const *files, size_t file_count,
                  const struct import_options *options, struct import_report *ret_report,
                  struct error *err)
{
    CLEANUP(zone_cache_destroy)
    struct zone_cache *zones = zone_cache_create(options->zone_directory);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("import batch", BATCH_ARENA_CAP);
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("import", SCRATCH_ARENA_CAP);
    CLEANUP(import_lookup_destroy)
    struct import_lookup *lookup = import_lookup_create(db, zones);
    CLEANUP(import_shelf_destroy) struct import_shelf *shelf = import_shelf_create(db);
    CLEANUP(usage_batch_destroy) struct usage_batch *usage = usage_batch_create();
    CLEANUP(usage_keys_destroy) struct usage_keys *keys = usage_keys_create();
    CLEANUP(idle_changes_destroy) struct idle_changes *idle = idle_changes_create();
    int64_t started_ms = clock_boot_ms();
    *ret_report = (struct import_report){0};
    struct import_session session = {.db = db,
                                     .options = options,
                                     .report = ret_report,
                                     .arena = arena,
                                     .scratch = scratch,
                                     .lookup = lookup,
                                     .shelf = shelf,
                                     .usage = usage,
                                     .keys = keys,
                                     .idle = idle};
    bool good = load_files(&session, files, file_count, err);
    if (good) {
        idle_changes_judge(&session);
        judge_currencies(&session);
    }
    told_lines_free(&session.told);
    ret_report->milliseconds = clock_boot_ms() - started_ms;
    return good;
}
