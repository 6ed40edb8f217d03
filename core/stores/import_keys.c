#include "core/stores/import_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/sha256.h"
#include "core/calendar/instant.h"
#include "core/stores/import_conflict.h"
#include "core/stores/import_settle.h"

#define SLOTS_FIRST 64              /* a power of two, as all sizes; at most half are used */
#define ANY_METER 0                 /* in a slot: the first pair of its tenant */
#define PLACE_COLUMN_BITS 16        /* of a place without a record kept aside */
#define FILTER_LINES_MAX (1u << 17) /* of 64 bytes */
#define FILTER_LINES_MIN (1u << 10)
#define FILTER_LINES_PIPE (1u << 14) /* of a file whose size is not known */
#define FILTER_BYTES_A_LINE 2048     /* of the file: about 25 events */
#define FILTER_PROBES 5

/* A record that may turn out bad, in the file of records; its text follows. */
struct kept_record {
    int64_t line;
    int32_t column;
    uint32_t length;
};

/* Where the pair of a tenant and meter is. */
struct pair_slot {
    int64_t tenant_id, meter_id;
    uint32_t pair; /* its number + 1; 0: free */
};

struct usage_keys {
    struct usage_runs *runs;
    struct sha256 *sha256;
    struct usage_pair *pairs;
    size_t pair_count, pair_capacity;
    struct pair_slot *slots;
    size_t slot_count, slots_used;
    uint32_t tenant_count;
    uint64_t *filter; /* lines of 8; NULL until the first key of a file */
    size_t filter_lines;
    FILE *records;
};

struct usage_keys *usage_keys_create(void)
{
    struct usage_keys *keys = memory_alloc(sizeof(*keys), "usage keys");
    memset(keys, 0, sizeof(*keys));
    keys->runs = usage_runs_create();
    keys->sha256 = sha256_start();
    return keys;
}

void usage_keys_empty(struct usage_keys *keys)
{
    usage_runs_empty(keys->runs);
    keys->pair_count = keys->slot_count = keys->slots_used = 0;
    keys->tenant_count = 0;
    free(keys->slots);
    keys->slots = NULL;
    free(keys->filter);
    keys->filter = NULL;
    if (keys->records != NULL)
        (void)fclose(keys->records);
    keys->records = NULL;
}

void usage_keys_destroy(struct usage_keys **keys)
{
    if (*keys == NULL)
        return;
    usage_keys_empty(*keys);
    usage_runs_destroy(&(*keys)->runs);
    sha256_free(&(*keys)->sha256);
    free((*keys)->pairs);
    free(*keys);
    *keys = NULL;
}

/* ------------------------------------------------------------------ tenants and meters */

/* Waits for whoever holds the tenant, then holds it. */
static bool hold_tenant(struct import_session *session, struct usage_pair *pair, struct error *err)
{
    bool found;
    if (!db_run(session->db, STMT_IMPORT_USAGE_TENANT_ADD, DB_ARGS(db_i64(pair->tenant_id)), NULL,
                err) ||
        !db_query_i64(session->db, STMT_IMPORT_USAGE_TENANT_HOLD, DB_ARGS(db_i64(pair->tenant_id)),
                      &pair->run_no, &found, err))
        return false;
    assert(found);
    if (!db_query_i64(session->db, STMT_IMPORT_USAGE_LAST_RATED, DB_ARGS(db_i64(pair->tenant_id)),
                      &pair->last_rated_us, &found, err))
        return false;
    if (!found)
        pair->last_rated_us = INT64_MIN;
    return true;
}

/* The slot of both, or the free one where they belong. */
static struct pair_slot *find_slot(const struct usage_keys *keys, int64_t tenant_id,
                                   int64_t meter_id)
{
    uint64_t hash = (uint64_t)tenant_id * UINT64_C(0x9E3779B97F4A7C15) + (uint64_t)meter_id;
    hash *= UINT64_C(0xD6E8FEB86659FD93);
    size_t at = (size_t)(hash >> 32) & (keys->slot_count - 1);
    while (keys->slots[at].pair != 0 &&
           (keys->slots[at].tenant_id != tenant_id || keys->slots[at].meter_id != meter_id))
        at = (at + 1) & (keys->slot_count - 1);
    return &keys->slots[at];
}

static void make_slots(struct usage_keys *keys)
{
    struct pair_slot *before = keys->slots;
    size_t count = keys->slot_count;
    if (2 * (keys->slots_used + 2) <= count)
        return;
    keys->slot_count = count == 0 ? SLOTS_FIRST : 2 * count;
    keys->slots = memory_alloc(keys->slot_count * sizeof(*keys->slots), "usage keys");
    memset(keys->slots, 0, keys->slot_count * sizeof(*keys->slots));
    for (size_t i = 0; i < count; i++)
        if (before[i].pair != 0)
            *find_slot(keys, before[i].tenant_id, before[i].meter_id) = before[i];
    free(before);
}

static void fill_slot(struct usage_keys *keys, struct pair_slot *slot, int64_t tenant_id,
                      int64_t meter_id)
{
    *slot = (struct pair_slot){tenant_id, meter_id, (uint32_t)keys->pair_count};
    keys->slots_used++;
}

static bool add_pair(struct import_session *session, struct usage_keys *keys, int64_t tenant_id,
                     int64_t meter_id, struct error *err)
{
    struct usage_pair pair = {.tenant_id = tenant_id, .tenant_no = keys->tenant_count};
    struct pair_slot *of_tenant = find_slot(keys, tenant_id, ANY_METER);
    bool is_held = of_tenant->pair != 0;
    if (is_held)
        pair = keys->pairs[of_tenant->pair - 1];
    pair.meter_id = meter_id;
    pair.key_count = 0;
    if (!is_held && !hold_tenant(session, &pair, err))
        return false;
    if (!usage_key_run_announce(session->db,
                                (struct usage_key_place){tenant_id, meter_id, pair.run_no}, err))
        return false;
    if (keys->pair_count == keys->pair_capacity) {
        keys->pair_capacity = keys->pair_capacity == 0 ? 16 : 2 * keys->pair_capacity;
        keys->pairs =
            memory_resize(keys->pairs, keys->pair_capacity * sizeof(*keys->pairs), "usage keys");
    }
    keys->pairs[keys->pair_count++] = pair;
    fill_slot(keys, find_slot(keys, tenant_id, meter_id), tenant_id, meter_id);
    if (is_held)
        return true;
    fill_slot(keys, find_slot(keys, tenant_id, ANY_METER), tenant_id, ANY_METER);
    keys->tenant_count++;
    return true;
}

bool usage_keys_pair(struct import_session *session, int64_t tenant_id, int64_t meter_id,
                     uint32_t *ret_pair, struct error *err)
{
    struct usage_keys *keys = session->keys;
    make_slots(keys);
    if (find_slot(keys, tenant_id, meter_id)->pair == 0 &&
        !add_pair(session, keys, tenant_id, meter_id, err))
        return false;
    *ret_pair = find_slot(keys, tenant_id, meter_id)->pair - 1;
    return true;
}

const struct usage_pair *usage_keys_pair_at(const struct usage_keys *keys, uint32_t pair)
{
    assert(pair < keys->pair_count);
    return &keys->pairs[pair];
}

/* ------------------------------------------------------------------ digests */

static uint64_t get_u64(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

void usage_keys_digest(struct usage_keys *keys, const char *text, uint64_t *ret_high,
                       uint64_t *ret_low)
{
    uint8_t bytes[SHA256_SIZE];
    sha256_again(keys->sha256, text, strlen(text), bytes);
    *ret_high = get_u64(bytes);
    *ret_low = get_u64(bytes + 8);
}

void usage_keys_begin(struct usage_keys *keys, int64_t file_bytes)
{
    size_t wanted = file_bytes > 0 ? (size_t)file_bytes / FILTER_BYTES_A_LINE : FILTER_LINES_PIPE;
    keys->filter_lines = FILTER_LINES_MIN;
    while (keys->filter_lines < wanted && keys->filter_lines < FILTER_LINES_MAX)
        keys->filter_lines *= 2;
    keys->filter = memory_alloc(keys->filter_lines * 64, "usage keys");
    memset(keys->filter, 0, keys->filter_lines * 64);
}

/* All bits of a key are in one line of the processor's cache. */
void usage_keys_expect(const struct usage_keys *keys, uint64_t high)
{
    __builtin_prefetch(keys->filter + 8 * (high & (keys->filter_lines - 1)), 1);
}

bool usage_keys_seen(struct usage_keys *keys, uint64_t high, uint64_t low)
{
    uint64_t *line = keys->filter + 8 * (high & (keys->filter_lines - 1));
    uint64_t bits = low;
    bool seen = true;
    for (int i = 0; i < FILTER_PROBES; i++, bits >>= 9) {
        uint64_t bit = UINT64_C(1) << (bits & 63);
        uint64_t *word = &line[bits >> 6 & 7];
        seen = seen && (*word & bit) != 0;
        *word |= bit;
    }
    return seen;
}

/* ------------------------------------------------------------------ keys on their way */

static bool keep_record(struct usage_keys *keys, struct import_place place, const char *raw,
                        size_t raw_length, int64_t *ret_place, struct error *err)
{
    struct kept_record kept = {place.line, place.column, (uint32_t)raw_length};
    if (keys->records == NULL && !usage_temporary_file(&keys->records, err))
        return false;
    *ret_place = (int64_t)ftello(keys->records);
    (void)fwrite(&kept, sizeof(kept), 1, keys->records);
    (void)fwrite(raw, 1, raw_length, keys->records);
    return !ferror(keys->records) || usage_temporary_failed("write", err);
}

bool usage_keys_add(struct import_session *session, struct usage_key *key,
                    struct import_place place, const char *raw, size_t raw_length,
                    struct error *err)
{
    struct usage_keys *keys = session->keys;
    key->place = place.line << PLACE_COLUMN_BITS | place.column;
    if (raw != NULL && !keep_record(keys, place, raw, raw_length, &key->place, err))
        return false;
    keys->pairs[key->pair].key_count++;
    return usage_runs_add(keys->runs, key, err);
}

bool usage_keys_place(struct import_session *session, const struct usage_key *key,
                      struct import_place *ret_place, const char **ret_raw, size_t *ret_length,
                      struct error *err)
{
    FILE *records = session->keys->records;
    struct kept_record kept;
    *ret_raw = NULL;
    *ret_length = 0;
    *ret_place = (struct import_place){key->place >> PLACE_COLUMN_BITS,
                                       (int32_t)(key->place & ((1 << PLACE_COLUMN_BITS) - 1))};
    if (records == NULL)
        return true;
    if (fseeko(records, (off_t)key->place, SEEK_SET) != 0 ||
        fread(&kept, sizeof(kept), 1, records) != 1)
        return usage_temporary_failed("read", err);
    char *raw = arena_alloc(session->scratch, (size_t)kept.length + 1);
    if (fread(raw, 1, kept.length, records) != kept.length)
        return usage_temporary_failed("read", err);
    *ret_place = (struct import_place){kept.line, kept.column};
    *ret_raw = raw;
    *ret_length = kept.length;
    return true;
}

struct usage_runs *usage_keys_runs(struct usage_keys *keys)
{
    return keys->runs;
}
