/* How long a transaction of ours may keep others waiting: db_set_lease, db_postgres.h invariant 2.
 *
 * 1. A worker that is frozen, or cut off from the server, holds the rows of its open transaction
 *    until the server ends it. That must be before its lease is over, or taking over would wait for
 *    a lock and not for the lease. So all limits are parts of the lease.
 * 2. Between two statements the server itself looks at the clock (idle_in_transaction_…), whatever
 *    became of the network. That is set with each BEGIN, for a pool lends another connection then.
 * 3. In the middle of a message no timeout of the server counts: only TCP notices that the rest
 * will not come (keepalives), or that nobody takes an answer (tcp_user_timeout). Those belong to
 * the connection, so not behind a pool, which has its own towards us; a socket of the same host has
 *    none and needs none. */
#include "core/storage/db_postgres.h"

#define MS_PER_S 1000
#define IDLE_MAX_MS 15000
#define LOCK_MAX_MS                                                                                \
    5000 /* then the transaction is tried again, a few times: longer than IDLE_MAX */
#define PROBE_FIRST_MAX_S 10
#define PROBE_NEXT_MAX_S 5
#define PROBES 3
#define UNTAKEN_MIN_MS 2000 /* packets do get lost */
#define UNTAKEN_MAX_MS 25000

static int32_t lease_of(const struct pg_db *db)
{
    return db->base.lease_s > 0 ? db->base.lease_s : DB_LEASE_S;
}

static int32_t within(int32_t value, int32_t lowest, int32_t highest)
{
    return value < lowest ? lowest : value > highest ? highest : value;
}

void pg_limits_add(const struct pg_db *db, struct strbuf *begin)
{
    int32_t lease_ms = lease_of(db) * MS_PER_S;
    if (db->base.mode == DB_READ) /* holds nothing that others wait for */
        return;
    strbuf_addf(begin,
                "; SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d",
                within(lease_ms / 4, 1, LOCK_MAX_MS), within(lease_ms / 2, 1, IDLE_MAX_MS));
}

bool pg_limits_of_session(struct pg_db *db, struct error *err)
{
    int32_t lease_s = lease_of(db);
    char text[200];
    struct strbuf buf;
    if (db->pooled || db->base.mode == DB_READ || db->limited_to_s == lease_s)
        return true;
    strbuf_init(&buf, text, sizeof text);
    strbuf_addf(&buf,
                "SET tcp_keepalives_idle = %d; SET tcp_keepalives_interval = %d;"
                " SET tcp_keepalives_count = %d; SET tcp_user_timeout = %d",
                within(lease_s / 6, 1, PROBE_FIRST_MAX_S),
                within(lease_s / 12, 1, PROBE_NEXT_MAX_S), PROBES,
                within(lease_s * MS_PER_S / 2, UNTAKEN_MIN_MS, UNTAKEN_MAX_MS));
    assert(!buf.overflowed);
    if (!pg_simple(db, "settings", text, NULL, err))
        return false;
    db->limited_to_s = lease_s;
    return true;
}
