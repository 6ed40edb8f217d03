/* Converted documents: see conversion_store.h. */
#include "core/stores/conversion_store.h"

bool conversion_store_load_ranges(struct db *db, struct date business_date, struct arena *arena,
                                  struct work_ranges *ret_ranges, struct error *err)
{
    return work_ranges_load(db, STMT_CONVERSION_RANGES,
                            DB_ARGS(db_text(date_text(business_date).text)), arena, ret_ranges,
                            err) ||
           error_context(err, "looking for documents to convert");
}

static const struct row_field due_fields[] = {
    ROW_FIELD(struct conversion_due, invoice_id, "invoice_id"),
    ROW_FIELD(struct conversion_due, number, "number"),
    ROW_FIELD(struct conversion_due, currency, "currency"),
    ROW_FIELD(struct conversion_due, tax_minor, "tax_minor"),
    ROW_FIELD(struct conversion_due, total_minor, "total_minor"),
    ROW_FIELD(struct conversion_due, for_on, "for_on"),
    ROW_FIELD(struct conversion_due, published_on, "published_on"),
    ROW_FIELD(struct conversion_due, source, "source"),
    ROW_FIELD(struct conversion_due, base, "base"),
    ROW_FIELD(struct conversion_due, rule, "rule"),
    ROW_FIELD(struct conversion_due, from_rate, "from_rate"),
    ROW_FIELD(struct conversion_due, from_version, "from_version"),
    ROW_FIELD(struct conversion_due, to_rate, "to_rate"),
    ROW_FIELD(struct conversion_due, to_version, "to_version"),
};

bool conversion_store_load_due(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                               struct date business_date, size_t limit, struct arena *arena,
                               struct conversion_due **ret_due, size_t *ret_count,
                               struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CONVERSIONS_DUE,
                       DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(hi_id),
                               db_text(date_text(business_date).text), db_i64((int64_t)limit)),
                       arena, due_fields, ARRAY_LEN(due_fields), sizeof(struct conversion_due),
                       &items, ret_count, err))
        return error_context(err, "loading documents to convert");
    *ret_due = items;
    return true;
}

static const struct row_field conversion_fields[] = {
    ROW_FIELD(struct invoice_conversion_add_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_conversion_add_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_conversion_add_row, currency, "currency"),
    ROW_FIELD(struct invoice_conversion_add_row, for_on, "for_on"),
    ROW_FIELD(struct invoice_conversion_add_row, published_on, "published_on"),
    ROW_FIELD(struct invoice_conversion_add_row, source, "source"),
    ROW_FIELD(struct invoice_conversion_add_row, base, "base"),
    ROW_FIELD(struct invoice_conversion_add_row, rule, "rule"),
    ROW_FIELD(struct invoice_conversion_add_row, from_rate, "from_rate"),
    ROW_FIELD(struct invoice_conversion_add_row, from_version, "from_version"),
    ROW_FIELD(struct invoice_conversion_add_row, to_rate, "to_rate"),
    ROW_FIELD(struct invoice_conversion_add_row, to_version, "to_version"),
    ROW_FIELD(struct invoice_conversion_add_row, net_minor, "net_minor"),
    ROW_FIELD(struct invoice_conversion_add_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct invoice_conversion_add_row, total_minor, "total_minor"),
};

const struct bulk_table INVOICE_CONVERSION_ADD = {
    .name = "invoice_conversion_add",
    .kind = BULK_INSERT,
    .table = "invoice_conversion",
    .fields = conversion_fields,
    .field_count = ARRAY_LEN(conversion_fields),
    .key_count = 3,
    .row_size = sizeof(struct invoice_conversion_add_row),
};

bool conversion_store_load(struct db *db, int64_t tenant_id, int64_t invoice_id,
                           struct arena *arena, struct invoice_conversion_add_row *ret_row,
                           bool *ret_found, struct error *err)
{
    return rows_load_one(db, STMT_CONVERSION_OF, DB_ARGS(db_i64(tenant_id), db_i64(invoice_id)),
                         arena, conversion_fields, ARRAY_LEN(conversion_fields), ret_row, ret_found,
                         err) ||
           error_context(err, "loading a conversion");
}

/* Whatever currency: the books of a seller are in one. */
static const struct bulk_table conversions_of = {
    .name = "invoice_conversions",
    .kind = BULK_INSERT,
    .table = "invoice_conversion",
    .fields = conversion_fields,
    .field_count = ARRAY_LEN(conversion_fields),
    .key_count = 2,
    .row_size = sizeof(struct invoice_conversion_add_row),
};

bool conversion_store_load_all(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                               size_t count, struct arena *arena,
                               struct invoice_conversion_add_row *ret_rows, struct error *err)
{
    struct invoice_conversion_add_row *keys =
        ARENA_NEW_ARRAY(arena, struct invoice_conversion_add_row, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct invoice_conversion_add_row){.tenant_id = tenant_id,
                                                      .invoice_id = invoice_ids[i]};
        ret_rows[i] = (struct invoice_conversion_add_row){0};
    }
    if (!bulk_find(db, &conversions_of, keys, count, arena, &found, err))
        return error_context(err, "loading conversions");
    const struct invoice_conversion_add_row *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ret_rows[found.places[i]] = rows[i];
    return true;
}

bool conversion_store_load_leg(struct db *db, const struct invoice_conversion_add_row *row,
                               const char *quote, int64_t version, struct arena *arena,
                               struct decimal *ret_rate, bool *ret_found, struct error *err)
{
    static const struct row_field fields[] = {
        {"rate", 0, ROW_DECIMAL}
    };
    if (version == 0) {
        *ret_rate = decimal_from_i64(1);
        *ret_found = true;
        return true;
    }
    return rows_load_one(db, STMT_EXCHANGE_RATE_VERSION,
                         DB_ARGS(db_text(row->source), db_text(date_text(row->published_on).text),
                                 db_text(row->base), db_text(quote), db_i64(version)),
                         arena, fields, ARRAY_LEN(fields), ret_rate, ret_found, err) ||
           error_context(err, "loading an exchange rate");
}
