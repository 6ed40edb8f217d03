/* Exchange rates and fetched answers: see rate_store.h. */
#include "core/stores/rate_store.h"

static const struct row_field rate_fields[] = {
    ROW_FIELD(struct exchange_rate_add_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct exchange_rate_add_row, source, "source"),
    ROW_FIELD(struct exchange_rate_add_row, rate_on, "rate_on"),
    ROW_FIELD(struct exchange_rate_add_row, base, "base"),
    ROW_FIELD(struct exchange_rate_add_row, quote, "quote"),
    ROW_FIELD(struct exchange_rate_add_row, version, "version"),
    ROW_FIELD(struct exchange_rate_add_row, rate, "rate"),
    ROW_FIELD(struct exchange_rate_add_row, digest, "digest"),
};

/* Another host, or another file, said the same. */
static const char *const rate_may_differ[] = {"digest", NULL};

const struct bulk_table EXCHANGE_RATE_ADD = {
    .name = "exchange_rate_add",
    .kind = BULK_INSERT,
    .table = "exchange_rate",
    .fields = rate_fields,
    .field_count = ARRAY_LEN(rate_fields),
    .key_count = 6,
    .row_size = sizeof(struct exchange_rate_add_row),
    .ignore_on_compare = rate_may_differ,
};

static const struct row_field fetched_fields[] = {
    ROW_FIELD(struct fetched_listed, row.tenant_id, "tenant_id"),
    ROW_FIELD(struct fetched_listed, row.instance_id, "instance_id"),
    ROW_FIELD(struct fetched_listed, row.place, "place"),
    ROW_FIELD(struct fetched_listed, row.source, "source"),
    ROW_FIELD(struct fetched_listed, row.format, "format"),
    ROW_FIELD(struct fetched_listed, row.url, "url"),
    ROW_FIELD(struct fetched_listed, row.outcome, "outcome"),
    ROW_FIELD(struct fetched_listed, row.reason, "reason"),
    ROW_FIELD(struct fetched_listed, row.etag, "etag"),
    ROW_FIELD(struct fetched_listed, row.last_modified, "last_modified"),
    ROW_FIELD(struct fetched_listed, row.digest, "digest"),
    ROW_FIELD(struct fetched_listed, business_key, "business_key"),
    ROW_FIELD(struct fetched_listed, generation, "generation"),
};
#define FETCHED_FIELD_COUNT (ARRAY_LEN(fetched_fields) - 2) /* of the table itself */

const struct bulk_table FETCHED_ADD = {
    .name = "fetched_add",
    .kind = BULK_INSERT,
    .table = "fetched",
    .fields = fetched_fields,
    .field_count = FETCHED_FIELD_COUNT,
    .key_count = 3,
    .row_size = sizeof(struct fetched_row),
};

static const struct row_field body_fields[] = {
    ROW_FIELD(struct fetched_body_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct fetched_body_row, digest, "digest"),
    ROW_FIELD(struct fetched_body_row, body, "body"),
};

const struct bulk_table FETCHED_BODY_ADD = {
    .name = "fetched_body_add",
    .kind = BULK_INSERT,
    .table = "fetched_body",
    .fields = body_fields,
    .field_count = ARRAY_LEN(body_fields),
    .key_count = 2,
    .row_size = sizeof(struct fetched_body_row),
    .key_says_all = true,
};

bool rate_store_list(struct db *db, struct date first, struct date last, const char *source,
                     const char *code, struct arena *arena, struct exchange_rate_add_row **ret_rows,
                     size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    struct date_text from = date_text(first), to = date_text(last);
    if (!rows_load_all(
            db, STMT_EXCHANGE_RATES_LISTED,
            DB_ARGS(db_text(from.text), db_text(to.text), db_text(source), db_text(code)), arena,
            rate_fields, ARRAY_LEN(rate_fields), sizeof(struct exchange_rate_add_row), &rows,
            ret_count, err))
        return error_context(err, "loading rates");
    *ret_rows = rows;
    return true;
}

bool rate_store_load_days(struct db *db, struct date first, struct date last, struct arena *arena,
                          struct published_rate **ret_rates, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    struct date_text from = date_text(first), to = date_text(last);
    if (!rows_load_all(db, STMT_EXCHANGE_RATES_OF_DAYS,
                       DB_ARGS(db_text(from.text), db_text(to.text)), arena, rate_fields,
                       ARRAY_LEN(rate_fields), sizeof(struct exchange_rate_add_row), &items,
                       ret_count, err))
        return error_context(err, "loading rates");
    const struct exchange_rate_add_row *rows = items;
    struct published_rate *rates = ARENA_NEW_ARRAY(arena, struct published_rate, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        rates[i] = (struct published_rate){rows[i].rate_on, rows[i].source,  rows[i].base,
                                           rows[i].quote,   rows[i].version, rows[i].rate};
    *ret_rates = rates;
    return true;
}

static const struct row_field last_day_fields[] = {
    {"last_on", 0, ROW_DATE}
};

bool rate_store_choose(struct db *db, const struct rate_rule *rule, const char *from,
                       const char *to, struct date on, struct arena *arena,
                       struct exchange_rate_choice *ret_choice, struct error *err)
{
    struct published_rate *rates = NULL;
    size_t count = 0;
    struct date first, last, known_on = DATE_NONE;
    bool found = false;
    if (!exchange_rate_days(rule, on, &first, &last, err) ||
        !rate_store_load_days(db, first, last, arena, &rates, &count, err) ||
        !rows_load_one(db, STMT_EXCHANGE_RATES_KNOWN_ANY, DB_NO_ARGS, arena, last_day_fields,
                       ARRAY_LEN(last_day_fields), &known_on, &found, err))
        return false;
    return exchange_rate_choose(rates, count, from, to, on, rule, ret_choice, err) &&
           exchange_rate_check_known(ret_choice, on, rule->missing_day, known_on, err);
}

bool rate_store_nearest(struct db *db, const char *base, const char *quote, struct date on,
                        struct arena *arena, struct exchange_rate_add_row *ret_row, bool *ret_found,
                        struct error *err)
{
    struct date first, last;
    if (!date_add_days(on, -RATE_LOOK_BACK_DAYS, &first, err) ||
        !date_add_days(on, RATE_LOOK_BACK_DAYS, &last, err) ||
        !rows_load_one(db, STMT_EXCHANGE_RATE_BEFORE,
                       DB_ARGS(db_text(base), db_text(quote), db_text(date_text(first).text),
                               db_text(date_text(on).text)),
                       arena, rate_fields, ARRAY_LEN(rate_fields), ret_row, ret_found, err))
        return false;
    return *ret_found ||
           rows_load_one(db, STMT_EXCHANGE_RATE_BEHIND,
                         DB_ARGS(db_text(base), db_text(quote), db_text(date_text(on).text),
                                 db_text(date_text(last).text)),
                         arena, rate_fields, ARRAY_LEN(rate_fields), ret_row, ret_found, err);
}

bool rate_store_last_run_day(struct db *db, struct arena *arena, struct date *ret_on,
                             struct error *err)
{
    struct date last_on = DATE_NONE;
    bool found = false;
    if (!rows_load_one(db, STMT_EXCHANGE_RATE_LAST_RUN_ANY, DB_NO_ARGS, arena, last_day_fields,
                       ARRAY_LEN(last_day_fields), &last_on, &found, err))
        return error_context(err, "loading the last business date");
    *ret_on = found ? last_on : DATE_NONE;
    return true;
}

bool rate_store_last_day(struct db *db, struct date on, struct arena *arena, struct date *ret_on,
                         bool *ret_found, struct error *err)
{
    struct date last_on = DATE_NONE;
    if (!rows_load_one(db, STMT_EXCHANGE_RATE_LAST_DAY, DB_ARGS(db_text(date_text(on).text)), arena,
                       last_day_fields, ARRAY_LEN(last_day_fields), &last_on, ret_found, err))
        return error_context(err, "loading rates");
    *ret_found = *ret_found && !date_is_none(last_on);
    *ret_on = last_on;
    return true;
}

bool rate_store_load_fetched(struct db *db, int64_t instance_id, struct arena *arena,
                             struct fetched_row **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_FETCHED_OF_RUN, DB_ARGS(db_i64(instance_id)), arena, fetched_fields,
                       FETCHED_FIELD_COUNT, sizeof(struct fetched_row), &rows, ret_count, err))
        return error_context(err, "loading what was fetched");
    *ret_rows = rows;
    return true;
}

bool rate_store_load_newest(struct db *db, const char *url, struct arena *arena,
                            struct fetched_row *ret_row, bool *ret_found, struct error *err)
{
    return rows_load_one(db, STMT_FETCHED_NEWEST, DB_ARGS(db_text(url)), arena, fetched_fields,
                         FETCHED_FIELD_COUNT, ret_row, ret_found, err) ||
           error_context(err, "loading what was fetched");
}

bool rate_store_load_body(struct db *db, const uint8_t digest[SHA256_SIZE], struct arena *arena,
                          struct row_bytes *ret_body, struct error *err)
{
    static const struct row_field fields[] = {
        {"body", 0, ROW_BYTES}
    };
    char hex[SHA256_HEX_SIZE];
    bool found = false;
    sha256_hex(digest, hex);
    if (!rows_load_one(db, STMT_FETCHED_BODY, DB_ARGS(db_bytes(digest, SHA256_SIZE)), arena, fields,
                       ARRAY_LEN(fields), ret_body, &found, err))
        return error_context(err, "loading what was fetched");
    return found || error_run(err, EXIT_DATA, "the bytes of %s are not there", hex);
}

bool rate_store_list_fetched(struct db *db, int64_t most, struct arena *arena,
                             struct fetched_listed **ret_rows, size_t *ret_count, struct error *err)
{
    void *rows = NULL;
    if (!rows_load_all(db, STMT_FETCHED_LISTED_ANY, DB_ARGS(db_i64(most)), arena, fetched_fields,
                       ARRAY_LEN(fetched_fields), sizeof(struct fetched_listed), &rows, ret_count,
                       err))
        return error_context(err, "loading what was fetched");
    *ret_rows = rows;
    return true;
}
