/* Exchange rates as they were published, and the answers of those who published them. They belong
 * to no tenant: their tenant_id is 0. */
#ifndef BILLMILL_STORES_RATE_STORE_H
#define BILLMILL_STORES_RATE_STORE_H

#include "core/billing/document_conversion.h"
#include "core/storage/bulk.h"

/* A rate never changes: a corrected one is a version of its own. */
struct exchange_rate_add_row {
    int64_t tenant_id;
    const char *source;
    struct date rate_on;
    const char *base, *quote;
    int64_t version;
    struct decimal rate;
    uint8_t digest[SHA256_SIZE]; /* of the file that said so; zeros: imported */
};
extern const struct bulk_table EXCHANGE_RATE_ADD;

/* What a source answered to a run. */
struct fetched_row {
    int64_t tenant_id, instance_id;
    int64_t place; /* in the configuration, from 1 */
    const char *source, *format;
    const char *url;     /* without the secret */
    const char *outcome; /* "stored", "not_modified" or "failed" */
    const char *reason, *etag, *last_modified;
    uint8_t digest[SHA256_SIZE]; /* of the body; zeros: it failed */
};
extern const struct bulk_table FETCHED_ADD;

struct fetched_body_row {
    int64_t tenant_id;
    uint8_t digest[SHA256_SIZE];
    struct row_bytes body;
};
extern const struct bulk_table FETCHED_BODY_ADD;

/* Of every source, for exchange_rate_choose. */
MUST_CHECK bool rate_store_load_days(struct db *db, struct date first, struct date last,
                                     struct arena *arena, struct published_rate **ret_rates,
                                     size_t *ret_count, struct error *err);

/* The publication that counts, as far as it is known (document_conversion.h, 3): ERROR_ITEM
 * "no_exchange_rate" or "rates_not_known". Its texts are in the arena. */
MUST_CHECK bool rate_store_choose(struct db *db, const struct rate_rule *rule, const char *from,
                                  const char *to, struct date on, struct arena *arena,
                                  struct exchange_rate_choice *ret_choice, struct error *err);

/* All versions, by day, source, base and quote; source and code "" are any. Texts and rows in the
 * arena. */
MUST_CHECK bool rate_store_list(struct db *db, struct date first, struct date last,
                                const char *source, const char *code, struct arena *arena,
                                struct exchange_rate_add_row **ret_rows, size_t *ret_count,
                                struct error *err);

/* The nearest rate of the pair, of whatever source: the last one of up to RATE_LOOK_BACK_DAYS days
 * before and of that day itself, else the first one of as many behind. Longer ago says nothing of a
 * jump; but so long, for a jump that nobody decides on is there again each day, and is not right
 * because it was left lying. Its texts are in the arena. */
#define RATE_LOOK_BACK_DAYS 366
MUST_CHECK bool rate_store_nearest(struct db *db, const char *base, const char *quote,
                                   struct date on, struct arena *arena,
                                   struct exchange_rate_add_row *ret_row, bool *ret_found,
                                   struct error *err);

/* The last business date of any run; DATE_NONE: there was none. */
MUST_CHECK bool rate_store_last_run_day(struct db *db, struct arena *arena, struct date *ret_on,
                                        struct error *err);

/* The last day not after `on` of which there is a rate. */
MUST_CHECK bool rate_store_last_day(struct db *db, struct date on, struct arena *arena,
                                    struct date *ret_on, bool *ret_found, struct error *err);

/* In the order in which the run asked. */
MUST_CHECK bool rate_store_load_fetched(struct db *db, int64_t instance_id, struct arena *arena,
                                        struct fetched_row **ret_rows, size_t *ret_count,
                                        struct error *err);

/* The last good answer to that address. */
MUST_CHECK bool rate_store_load_newest(struct db *db, const char *url, struct arena *arena,
                                       struct fetched_row *ret_row, bool *ret_found,
                                       struct error *err);

/* ERROR_RUN when it is not there. */
MUST_CHECK bool rate_store_load_body(struct db *db, const uint8_t digest[SHA256_SIZE],
                                     struct arena *arena, struct row_bytes *ret_body,
                                     struct error *err);

/* For people, the newest first. */
struct fetched_listed {
    struct fetched_row row;
    const char *business_key;
    int64_t generation;
};
MUST_CHECK bool rate_store_list_fetched(struct db *db, int64_t most, struct arena *arena,
                                        struct fetched_listed **ret_rows, size_t *ret_count,
                                        struct error *err);

#endif
