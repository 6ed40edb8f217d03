/* fold_usage: reads and folds the usage of every due period as rating does, and does nothing with
 * it.
 *
 *     fold_usage DATABASE BUSINESS_DATE
 *
 * Prints "EVENTS SUM", the sum of all quantities in thousandths: for the benchmark, whose meters
 * all have three digits. It reads what rating reads, so the periods and drafts too. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/stores/rating_store.h"

/* As many payers at once as rating takes in a chunk: 500 at first, then what fits into the memory.
 */
#define PAYERS_FIRST 500
#define PAYERS_MAX 5000
#define PAYERS_BYTES ((size_t)16 << 20)
#define ARENA_BYTES ((size_t)64 << 20)

struct sums {
    int64_t events;
    struct decimal quantity;
};

static bool add_payers(const struct rating_payer *payers, size_t count, struct sums *sums,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < payers[i].period_count; k++) {
            const struct rating_period *period = &payers[i].periods[k];
            if (period->failure != NULL) {
                *err = *period->failure;
                return false;
            }
            if (period->meter == NULL)
                continue;
            sums->events += period->usage.event_count;
            if (!decimal_add(sums->quantity, period->usage.quantity, &sums->quantity, err))
                return false;
        }
    return true;
}

/* Each chunk in one view of the database, as a run does it. */
static bool load_payers(struct db *db, const struct billing_catalog *catalog,
                        const struct rating_range *range, struct arena *arena,
                        struct rating_payer **ret_payers, size_t *ret_count, struct error *err)
{
    CLEANUP(snapshot_end) struct snapshot snapshot = {0};
    return snapshot_begin(&snapshot, db, err) &&
           rating_store_load(db, catalog, range, arena, ret_payers, ret_count, err);
}

static bool fold_tenant(struct db *db, int64_t tenant_id, struct date business_date,
                        struct sums *sums, struct error *err)
{
    CLEANUP(arena_destroy) struct arena *lasting = arena_create("catalog", ARENA_BYTES);
    CLEANUP(arena_destroy) struct arena *arena = arena_create("payers", ARENA_BYTES);
    const struct billing_catalog *catalog = NULL;
    if (!billing_catalog_load(db, tenant_id, CATALOG_WHOLE, lasting, &catalog, err))
        return false;
    struct rating_range range = {.tenant_id = tenant_id,
                                 .hi_id = INT64_MAX,
                                 .limit = PAYERS_FIRST,
                                 .business_date = business_date};
    for (;;) {
        struct rating_payer *payers = NULL;
        size_t count = 0;
        arena_reset(arena);
        if (!load_payers(db, catalog, &range, arena, &payers, &count, err) ||
            !add_payers(payers, count, sums, err))
            return false;
        if (count == 0)
            return true;
        range.after_id = payers[count - 1].customer_id;
        size_t fitting = PAYERS_BYTES / (arena_used(arena) / count + 1);
        range.limit = fitting > PAYERS_MAX ? PAYERS_MAX : fitting < 1 ? 1 : fitting;
    }
}

static bool fold_all(const char *location, const char *day, struct sums *sums, struct error *err)
{
    CLEANUP(db_close) struct db *db = NULL;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("tenants", ARENA_BYTES);
    struct date business_date;
    struct tenant_facts *tenants = NULL;
    size_t count = 0;
    if (!date_parse(day, &business_date, err) ||
        !db_open(&(struct db_options){.location = location, .mode = DB_READ}, &db, err) ||
        !tenants_load(db, arena, &tenants, &count, err))
        return false;
    db_expect_parts(db); /* as a run does */
    for (size_t i = 0; i < count; i++)
        if (!fold_tenant(db, tenants[i].tenant_id, business_date, sums, err))
            return false;
    return true;
}

int main(int argc, char **argv)
{
    struct sums sums = {0};
    struct error err = {0};
    int64_t thousandths = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: fold_usage DATABASE BUSINESS_DATE\n");
        return EXIT_USAGE;
    }
    if (!fold_all(argv[1], argv[2], &sums, &err) ||
        !decimal_multiply(sums.quantity, decimal_from_i64(1000), &sums.quantity, &err) ||
        !decimal_to_i64(sums.quantity, &thousandths, &err)) {
        fprintf(stderr, "fold_usage: %s\n", err.message);
        return (int)err.exit_code;
    }
    printf("%" PRId64 " %" PRId64 "\n", sums.events, thousandths);
    return EXIT_SUCCESS;
}
