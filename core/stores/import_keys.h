/* A key of usage is one event whatever its timestamp. Private to core/stores/import_*.c.
 *
 * 1. The primary key of an event has all that says where it stands, so an event that comes again
 * finds itself there. What remains to be found is a key that comes again with another subscription
 * or instant, in the file or in any file before: the keys of the file, sorted, are merged with each
 * other and with the known ones (usage_key_store.h) once, when all of the file has been read. That
 * also counts what was new.
 * 2. Keys are compared by the first 16 bytes of their SHA-256, which leads to the stored event; its
 * key is then compared as a text. Two keys with one digest would end the import with an error.
 * 3. The first event of a tenant in a file takes hold of the tenant's row of usage_import: another
 * import of its usage waits until this transaction ends, and then knows its keys. So does it wait
 * for a chunk that is being rated, and then knows what is rated (usage_version.h).
 * 4. usage_keys_seen remembers digests in a table of bits: false means that this file has not
 * brought the key before, true that it may have. It only decides which rows are written together.
 */
#ifndef BILLMILL_STORES_IMPORT_KEYS_H
#define BILLMILL_STORES_IMPORT_KEYS_H

#include "core/stores/import_put.h"
#include "core/stores/import_runs.h"

struct usage_keys;

struct usage_keys *usage_keys_create(void);
void usage_keys_destroy(struct usage_keys **keys); /* accepts NULL inside; fits CLEANUP */
void usage_keys_empty(struct usage_keys *keys);    /* the file is loaded, or rolled back */

/* Takes hold of a tenant and meter when they come first: invariant 3. */
struct usage_pair {
    int64_t tenant_id, meter_id, run_no;
    int64_t last_rated_us; /* of the tenant: nothing from here on is late */
    int64_t key_count;
    uint32_t tenant_no; /* in the order in which the tenants came */
};
MUST_CHECK bool usage_keys_pair(struct import_session *session, int64_t tenant_id, int64_t meter_id,
                                uint32_t *ret_pair, struct error *err);
const struct usage_pair *usage_keys_pair_at(const struct usage_keys *keys, uint32_t pair);

/* Before the first key of a file, which has so many bytes; 0: not known. */
void usage_keys_begin(struct usage_keys *keys, int64_t file_bytes);

void usage_keys_digest(struct usage_keys *keys, const char *text, uint64_t *ret_high,
                       uint64_t *ret_low);

void usage_keys_expect(const struct usage_keys *keys, uint64_t high); /* will be asked for soon */
bool usage_keys_seen(struct usage_keys *keys, uint64_t high, uint64_t low);

/* `place` of the key is set here: where the record stands, or where it is kept aside. */
MUST_CHECK bool usage_keys_add(struct import_session *session, struct usage_key *key,
                               struct import_place place, const char *raw, size_t raw_length,
                               struct error *err);

/* Invariant 1: counts new events and duplicates, tells conflicts and removes their events, writes
 * the file's run of new keys. */
MUST_CHECK bool usage_keys_settle(struct import_session *session, struct error *err);

#endif
