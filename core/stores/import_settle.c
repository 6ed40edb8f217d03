/* The keys of a file against each other and against those that are known: import_keys.h. */
#include "core/stores/import_settle.h"

#include <stdlib.h>

#include "core/calendar/instant.h"
#include "core/stores/import_conflict.h"

#define RUNS_MAX 8 /* of alike size; so many become one */
#define SIZE_FACTOR_BITS                                                                           \
    3 /* runs are alike while one has less than eight times the keys of another */
#define WINDOW_BLOCKS 64 /* of all runs together, read at once */
#define WINDOW_BLOCKS_MAX 32
#define ARENA_CAP (16u << 20)
#define REFUSED_AT_ONCE 4096 /* are told together: those of a place by a few statements */

/* The known runs of one tenant and meter. */
struct known {
    struct usage_key_cursor *cursors;
    struct usage_key_run *runs;
    bool *is_merged; /* becomes part of the new run */
    size_t count;
};

struct settling {
    struct import_session *session;
    struct arena *arena;
    struct usage_key_writer *writer;
    const struct usage_pair *pair;
    struct known known;
    struct usage_key first; /* of those with the same digest: the event … */
    bool is_known; /* … or it is in the database, at first.subscription_id, first.at_us */
    struct refused_key {
        struct usage_key key, first; /* the one that it contradicts */
    } * refused;
    size_t refused_count;
};

/* ------------------------------------------------------------------ known runs */

static int32_t size_class(int64_t key_count)
{
    int32_t class = 0;
    while (key_count >> SIZE_FACTOR_BITS > 0) {
        key_count >>= SIZE_FACTOR_BITS;
        class ++;
    }
    return class;
}

/* Which runs become one with the new one: all up to a size of which there are enough, and so on
 * with what they make together. */
static void choose_merged(struct known *known, int64_t key_count)
{
    int32_t class = size_class(key_count);
    for (size_t alike = RUNS_MAX; alike >= RUNS_MAX;) {
        alike = 1;
        for (size_t i = 0; i < known->count; i++)
            alike += !known->is_merged[i] && size_class(known->runs[i].key_count) <= class;
        for (size_t i = 0; alike >= RUNS_MAX && i < known->count; i++) {
            if (known->is_merged[i] || size_class(known->runs[i].key_count) > class)
                continue;
            known->is_merged[i] = true;
            key_count += known->runs[i].key_count;
        }
        class = size_class(key_count) > class ? size_class(key_count) : class + 1;
    }
}

/* Blocks to read at once: one where the file's keys fall into few of them. */
static int64_t window_of(const struct known *known, size_t run, int64_t key_count)
{
    int64_t blocks = known->runs[run].key_count / USAGE_BLOCK_KEYS + 1;
    int64_t window = WINDOW_BLOCKS / (int64_t)known->count;
    if (!known->is_merged[run] && key_count < blocks / 4)
        return 1;
    return window < 1 ? 1 : window > WINDOW_BLOCKS_MAX ? WINDOW_BLOCKS_MAX : window;
}

static void close_known(struct known *known)
{
    for (size_t i = 0; i < known->count; i++)
        usage_key_cursor_close(&known->cursors[i]);
    *known = (struct known){0};
}

static bool open_known(struct settling *settling, struct error *err)
{
    const struct usage_pair *pair = settling->pair;
    struct known *known = &settling->known;
    struct db *db = settling->session->db;
    arena_reset(settling->arena);
    if (!usage_key_runs_load(db, pair->tenant_id, pair->meter_id, pair->run_no, settling->arena,
                             &known->runs, &known->count, err)) {
        known->count = 0;
        return false;
    }
    known->cursors = ARENA_NEW_ARRAY(settling->arena, struct usage_key_cursor, known->count + 1);
    known->is_merged = ARENA_NEW_ARRAY(settling->arena, bool, known->count + 1);
    choose_merged(known, pair->key_count);
    for (size_t i = 0; i < known->count; i++)
        usage_key_cursor_open(
            &known->cursors[i], db,
            (struct usage_key_place){pair->tenant_id, pair->meter_id, known->runs[i].run_no},
            window_of(known, i, pair->key_count));
    for (size_t i = 0; i < known->count; i++)
        if (known->is_merged[i] && !usage_key_cursor_seek(&known->cursors[i], 0, 0, err))
            return false;
    return true;
}

static bool is_before(const struct usage_key *a, const struct usage_key *b)
{
    return a->high < b->high || (a->high == b->high && a->low < b->low);
}

/* To the entry behind the one at which it stands. */
static bool step(struct usage_key_cursor *cursor, const struct usage_key *at, struct error *err)
{
    uint64_t low = at->low + 1;
    return usage_key_cursor_seek(cursor, at->high + (low == 0), low, err);
}

/* Copies entries of the runs that become part of the new one: those before `limit`, or all. */
static bool copy_merged(struct settling *settling, const struct usage_key *limit, struct error *err)
{
    struct known *known = &settling->known;
    for (;;) {
        struct usage_key least = {0}, key;
        struct usage_key_cursor *from = NULL;
        for (size_t i = 0; i < known->count; i++) {
            if (!known->is_merged[i] || !usage_key_cursor_entry(&known->cursors[i], &key) ||
                (from != NULL && !is_before(&key, &least)))
                continue;
            least = key;
            from = &known->cursors[i];
        }
        if (from == NULL || (limit != NULL && !is_before(&least, limit)))
            return true;
        if (!usage_key_writer_add(settling->writer, &least, err) || !step(from, &least, err))
            return false;
    }
}

/* Is the digest in a known run? *ret_known says where its event is. */
static bool find_known(struct settling *settling, const struct usage_key *key,
                       struct usage_key *ret_known, bool *ret_found, struct error *err)
{
    struct known *known = &settling->known;
    struct usage_key entry;
    *ret_found = false;
    for (size_t i = 0; i < known->count && !*ret_found; i++) {
        if (!usage_key_cursor_seek(&known->cursors[i], key->high, key->low, err))
            return false;
        *ret_found = usage_key_cursor_entry(&known->cursors[i], &entry) &&
                     entry.high == key->high && entry.low == key->low;
        if (*ret_found)
            *ret_known = entry;
    }
    return true;
}

/* ------------------------------------------------------------------ conflicts */

static struct usage_row row_at(const struct settling *settling, const struct usage_key *key)
{
    struct usage_row row = {.tenant_id = settling->pair->tenant_id,
                            .day = instant_utc_date(key->at_us).days,
                            .subscription_id = key->subscription_id,
                            .meter_id = settling->pair->meter_id};
    row.record.at_us = key->at_us;
    return row;
}

/* Invariant 2. */
static bool no_event(const struct usage_row *is, bool found_other, const char *other,
                     struct error *err)
{
    if (found_other)
        return error_run(err, EXIT_DATA,
                         "usage keys \"%.100s\" and \"%.100s\" have the same digest: one of them "
                         "must be renamed",
                         is->record.key, other);
    return error_run(err, EXIT_UNAVAILABLE,
                     "usage key \"%.100s\" has no event: the database is damaged", is->record.key);
}

/* Those of a subscription and instant together, then by digest. */
static int by_place(const void *a, const void *b)
{
    const struct usage_key *left = &((const struct refused_key *)a)->key;
    const struct usage_key *right = &((const struct refused_key *)b)->key;
    if (left->subscription_id != right->subscription_id)
        return left->subscription_id < right->subscription_id ? -1 : 1;
    if (left->at_us != right->at_us)
        return left->at_us < right->at_us ? -1 : 1;
    return is_before(left, right) ? -1 : is_before(right, left);
}

static size_t place_end(const struct settling *settling, size_t from)
{
    const struct usage_key *first = &settling->refused[from].key;
    size_t to = from + 1;
    while (to < settling->refused_count &&
           settling->refused[to].key.subscription_id == first->subscription_id &&
           settling->refused[to].key.at_us == first->at_us)
        to++;
    return to;
}

/* Of the events at the place of some refused keys those that have their digests; which one of them
 * has none is a mistake of ours. */
static bool find_events(const struct settling *settling, const struct refused_key *refused,
                        size_t count, struct usage_row *ret_rows, struct error *err)
{
    struct import_session *session = settling->session;
    struct usage_row at = row_at(settling, &refused->key);
    struct bulk_found found;
    size_t left = count;
    if (!bulk_find(session->db, &usage_place_rows, &at, 1, session->scratch, &found, err))
        return false;
    const struct usage_row *rows = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        struct refused_key wanted = {.key = refused->key};
        usage_keys_digest(session->keys, rows[i].record.key, &wanted.key.high, &wanted.key.low);
        const struct refused_key *of = bsearch(&wanted, refused, count, sizeof *refused, by_place);
        if (of == NULL)
            continue;
        while (of > refused && by_place(of - 1, &wanted) == 0)
            of--;
        for (; of < refused + count && by_place(of, &wanted) == 0; of++) {
            left -= ret_rows[of - refused].record.key == NULL;
            ret_rows[of - refused] = rows[i];
        }
    }
    return left == 0 ||
           error_run(err, EXIT_INTERNAL, "an event of the file is not where it was written");
}

/* The event that the key contradicts has its text, or a text with the same digest. */
static bool tell(const struct settling *settling, const struct refused_key *refused,
                 struct usage_row *is, const struct usage_row *first, struct error *err)
{
    struct import_session *session = settling->session;
    struct usage_row was = {0}, other = {0};
    struct import_place place;
    const char *raw;
    size_t raw_length;
    if (first == NULL) {
        const struct refused_key whole = {.key = refused->first};
        struct error none = {0};
        bool found = find_events(settling, &whole, 1, &other, &none);
        if (!found && none.exit_code != EXIT_INTERNAL) {
            *err = none;
            return false;
        }
        return no_event(is, found, other.record.key, err);
    }
    was = *first;
    return usage_keys_place(session, &refused->key, &place, &raw, &raw_length, err) &&
           usage_conflict_tell(session, is, &was, place, raw, raw_length, err);
}

/* Tells those of one place, and takes them out of the database again. */
static bool remove_place(const struct settling *settling, const struct refused_key *refused,
                         size_t count, struct error *err)
{
    struct import_session *session = settling->session;
    arena_reset(session->scratch);
    struct usage_row *rows = ARENA_NEW_ARRAY(session->scratch, struct usage_row, count);
    struct usage_row *firsts = ARENA_NEW_ARRAY(session->scratch, struct usage_row, count);
    struct bulk_found found;
    if (!find_events(settling, refused, count, rows, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        firsts[i] = row_at(settling, &refused[i].first);
        firsts[i].record.key = rows[i].record.key;
    }
    if (!bulk_find(session->db, &usage_rows, firsts, count, session->scratch, &found, err))
        return false;
    struct bulk_cursor events = {&found, 0};
    for (size_t i = 0; i < count; i++) {
        const struct usage_row *first = bulk_cursor_next(&events, i, sizeof *first);
        if (i > 0)
            usage_conflict_take_names(&rows[i], &rows[i - 1]);
        if (!tell(settling, &refused[i], &rows[i], first, err))
            return false;
    }
    return bulk_write(session->db, &usage_gone_rows, rows, count, NULL, NULL, err);
}

static bool remove_refused(struct settling *settling, struct error *err)
{
    size_t count = settling->refused_count;
    if (count > 1)
        qsort(settling->refused, count, sizeof(*settling->refused), by_place);
    for (size_t from = 0, to; from < count; from = to) {
        to = place_end(settling, from);
        if (!remove_place(settling, settling->refused + from, to - from, err))
            return false;
    }
    settling->refused_count = 0;
    return true;
}

static bool refuse(struct settling *settling, const struct usage_key *key, struct error *err)
{
    settling->refused[settling->refused_count++] = (struct refused_key){*key, settling->first};
    return settling->refused_count < REFUSED_AT_ONCE || remove_refused(settling, err);
}

/* ------------------------------------------------------------------ one key after the other */

static bool begin_pair(struct settling *settling, uint32_t pair, struct error *err)
{
    settling->pair = usage_keys_pair_at(settling->session->keys, pair);
    usage_key_writer_open(settling->writer, settling->session->db,
                          (struct usage_key_place){settling->pair->tenant_id,
                                                   settling->pair->meter_id,
                                                   settling->pair->run_no});
    return open_known(settling, err);
}

/* A run whose keys are in the new one goes; so does the new one when it has none. */
static bool end_pair(struct settling *settling, struct error *err)
{
    struct known *known = &settling->known;
    if (settling->pair == NULL)
        return true;
    if (!remove_refused(settling, err) || !copy_merged(settling, NULL, err) ||
        !usage_key_writer_finish(settling->writer, err))
        return false;
    for (size_t i = 0; i < known->count; i++)
        if (known->is_merged[i] &&
            !usage_key_run_delete(settling->session->db, known->cursors[i].place, err))
            return false;
    close_known(known);
    return true;
}

/* The first with its digest: new, unless it is known. */
static bool take_first(struct settling *settling, const struct usage_key *key, struct error *err)
{
    struct import_report *report = settling->session->report;
    settling->first = *key;
    if (!copy_merged(settling, key, err) ||
        !find_known(settling, key, &settling->first, &settling->is_known, err))
        return false;
    if (settling->is_known)
        return true;
    report->kinds[RECORD_USAGE].added++;
    report->late += key->late;
    return usage_key_writer_add(settling->writer, key, err);
}

static bool take_key(struct settling *settling, const struct usage_key *key, bool is_first,
                     struct error *err)
{
    if (is_first && !take_first(settling, key, err))
        return false;
    if (is_first && !settling->is_known)
        return true;
    if (key->subscription_id != settling->first.subscription_id ||
        key->at_us != settling->first.at_us)
        return refuse(settling, key, err);
    settling->session->report->kinds[RECORD_USAGE].duplicates++;
    return true;
}

static void settling_free(struct settling *settling)
{
    close_known(&settling->known);
    free(settling->refused);
    free(settling->writer);
    arena_destroy(&settling->arena);
}

bool usage_keys_settle(struct import_session *session, struct error *err)
{
    struct usage_runs *runs = usage_keys_runs(session->keys);
    CLEANUP(settling_free)
    struct settling settling = {
        .session = session,
        .arena = arena_create("usage keys", ARENA_CAP),
        .writer = memory_alloc(sizeof(*settling.writer), "usage keys"),
        .refused = memory_alloc(REFUSED_AT_ONCE * sizeof(*settling.refused), "usage keys")};
    struct usage_key key, before = {0};
    bool more = true;
    if (!usage_runs_merge(runs, err))
        return false;
    for (;;) {
        if (!usage_runs_next(runs, &key, &more, err))
            return false;
        if (!more)
            return end_pair(&settling, err);
        bool is_new_pair = settling.pair == NULL || key.pair != before.pair;
        if (is_new_pair && (!end_pair(&settling, err) || !begin_pair(&settling, key.pair, err)))
            return false;
        if (!take_key(&settling, &key, is_new_pair || !usage_key_is_same(&key, &before), err))
            return false;
        before = key;
    }
}
