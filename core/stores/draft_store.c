/* Reading drafts and invoices with what belongs to them: see draft_store.h. */
#include "core/stores/draft_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/stores/line_names.h"

static const struct row_field draft_fields[] = {
    ROW_FIELD(struct draft, invoice_id, "invoice_id"),
    ROW_FIELD(struct draft, kind, "kind"),
    ROW_FIELD(struct draft, corrects, "corrects"),
    ROW_FIELD(struct draft, draft_key, "draft_key"),
    ROW_FIELD(struct draft, customer_id, "customer_id"),
    ROW_FIELD(struct draft, customer, "customer"),
    ROW_FIELD(struct draft, currency, "currency"),
    ROW_FIELD(struct draft, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct draft, subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct draft, discount_minor, "discount_minor"),
    ROW_FIELD(struct draft, tax_minor, "tax_minor"),
    ROW_FIELD(struct draft, total_minor, "total_minor"),
    ROW_FIELD(struct draft, credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct draft, amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct draft, tax_point_on, "tax_point_on"),
    ROW_FIELD(struct draft, buyer.name, "name"),
    ROW_FIELD(struct draft, buyer.email, "email"),
    ROW_FIELD(struct draft, buyer.line1, "line1"),
    ROW_FIELD(struct draft, buyer.line2, "line2"),
    ROW_FIELD(struct draft, buyer.city, "city"),
    ROW_FIELD(struct draft, buyer.postal_code, "postal_code"),
    ROW_FIELD(struct draft, buyer.region, "region"),
    ROW_FIELD(struct draft, buyer.country, "country"),
    ROW_FIELD(struct draft, buyer.tax_id, "tax_id"),
    ROW_FIELD(struct draft, business, "business"),
    ROW_FIELD(struct draft, tax_exempt, "tax_exempt"),
    ROW_FIELD(struct draft, tax_exempt_reason, "tax_exempt_reason"),
    ROW_FIELD(struct draft, on_hold, "hold"),
    ROW_FIELD(struct draft, is_granted, "is_granted"),
    ROW_FIELD(struct draft, locale, "locale"),
    ROW_FIELD(struct draft, payment_terms_days, "payment_terms_days"),
};

/* But for the names of subscription and price: line_names.h. */
static const struct row_field line_fields[] = {
    ROW_FIELD(struct stored_line, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_line, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_line, line, "line"),
    ROW_FIELD(struct stored_line, kind, "kind"),
    ROW_FIELD(struct stored_line, subscription_id, "subscription_id"),
    ROW_FIELD(struct stored_line, price_id, "price_id"),
    ROW_FIELD(struct stored_line, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct stored_line, period_start_on, "period_start_on"),
    ROW_FIELD(struct stored_line, period_end_on, "period_end_on"),
    ROW_FIELD(struct stored_line, description, "description"),
    ROW_FIELD(struct stored_line, quantity, "quantity"),
    ROW_FIELD(struct stored_line, unit_amount, "unit_amount"),
    ROW_FIELD(struct stored_line, amount_minor, "amount_minor"),
    ROW_FIELD(struct stored_line, discount_minor, "discount_minor"),
    ROW_FIELD(struct stored_line, forgiven_minor, "forgiven_minor"),
    ROW_FIELD(struct stored_line, tax_minor, "tax_minor"),
    ROW_FIELD(struct stored_line, tax_category, "tax_category"),
    ROW_FIELD(struct stored_line, tax, "tax"),
    ROW_FIELD(struct stored_line, event_count, "event_count"),
    ROW_FIELD(struct stored_line, phase_id, "phase_id"),
    ROW_FIELD(struct stored_line, rated_price_id, "rated_price_id"),
    ROW_FIELD(struct stored_line, rated_valid_from, "rated_valid_from"),
};

/* What tax needs of a line. */
static const struct row_field untaxed_line_fields[] = {
    ROW_FIELD(struct stored_line, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_line, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_line, line, "line"),
    ROW_FIELD(struct stored_line, kind, "kind"),
    ROW_FIELD(struct stored_line, subscription_id, "subscription_id"),
    ROW_FIELD(struct stored_line, price_id, "price_id"),
    ROW_FIELD(struct stored_line, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct stored_line, period_start_on, "period_start_on"),
    ROW_FIELD(struct stored_line, period_end_on, "period_end_on"),
    ROW_FIELD(struct stored_line, amount_minor, "amount_minor"),
    ROW_FIELD(struct stored_line, discount_minor, "discount_minor"),
    ROW_FIELD(struct stored_line, tax_category, "tax_category"),
};

static const struct row_field tax_fields[] = {
    ROW_FIELD(struct stored_tax, tenant_id, "tenant_id"),
    ROW_FIELD(struct stored_tax, invoice_id, "invoice_id"),
    ROW_FIELD(struct stored_tax, tax, "tax"),
    ROW_FIELD(struct stored_tax, name, "name"),
    ROW_FIELD(struct stored_tax, category, "category"),
    ROW_FIELD(struct stored_tax, rate_percent, "rate_percent"),
    ROW_FIELD(struct stored_tax, inclusive, "inclusive"),
    ROW_FIELD(struct stored_tax, base_minor, "base_minor"),
    ROW_FIELD(struct stored_tax, tax_minor, "tax_minor"),
    ROW_FIELD(struct stored_tax, note, "note"),
    ROW_FIELD(struct stored_tax, beside_tax, "beside_tax"),
};

/* What belongs to an invoice is found by the invoice's key: no join, whose plan would depend on
 * what the server believes of drafts that were made a moment ago. */
#define BELONGING(bulk_name, sql_table, field_list, row)                                           \
    {                                                                                              \
        .name = (bulk_name), .kind = BULK_INSERT, .table = (sql_table), .fields = (field_list),    \
        .field_count = ARRAY_LEN(field_list), .key_count = 2, .row_size = sizeof(row)              \
    }
static const struct bulk_table lines_of_invoice =
    BELONGING("lines_of_invoice", "invoice_line", line_fields, struct stored_line);
static const struct bulk_table untaxed_lines_of_invoice =
    BELONGING("untaxed_lines_of_invoice", "invoice_line", untaxed_line_fields, struct stored_line);
static const struct bulk_table taxes_of_invoice =
    BELONGING("taxes_of_invoice", "invoice_tax", tax_fields, struct stored_tax);

static const struct row_field series_fields[] = {
    ROW_FIELD(struct series_row, fiscal_year, "fiscal_year"),
    ROW_FIELD(struct series_row, last_number, "last_number"),
    ROW_FIELD(struct series_row, last_issued_on, "last_issued_on"),
    ROW_FIELD(struct series_row, last_hash, "last_hash"),
};

/* What every stored invoice has, and what only a finalized one has (null digests do not read). */
#define INVOICE_FIELDS                                                                             \
    ROW_FIELD(struct stored_invoice, invoice_id, "invoice_id"),                                    \
        ROW_FIELD(struct stored_invoice, kind, "kind"),                                            \
        ROW_FIELD(struct stored_invoice, corrects, "corrects"),                                    \
        ROW_FIELD(struct stored_invoice, draft_key, "draft_key"),                                  \
        ROW_FIELD(struct stored_invoice, customer_id, "customer_id"),                              \
        ROW_FIELD(struct stored_invoice, customer, "customer"),                                    \
        ROW_FIELD(struct stored_invoice, currency, "currency"),                                    \
        ROW_FIELD(struct stored_invoice, cutoff_on, "cutoff_on"),                                  \
        ROW_FIELD(struct stored_invoice, status, "status"),                                        \
        ROW_FIELD(struct stored_invoice, taxed, "taxed"),                                          \
        ROW_FIELD(struct stored_invoice, subtotal_minor, "subtotal_minor"),                        \
        ROW_FIELD(struct stored_invoice, discount_minor, "discount_minor"),                        \
        ROW_FIELD(struct stored_invoice, tax_minor, "tax_minor"),                                  \
        ROW_FIELD(struct stored_invoice, total_minor, "total_minor"),                              \
        ROW_FIELD(struct stored_invoice, credit_applied_minor, "credit_applied_minor"),            \
        ROW_FIELD(struct stored_invoice, amount_due_minor, "amount_due_minor"),                    \
        ROW_FIELD(struct stored_invoice, tax_point_on, "tax_point_on"),                            \
        ROW_FIELD(struct stored_invoice, series, "series"),                                        \
        ROW_FIELD(struct stored_invoice, fiscal_year, "fiscal_year"),                              \
        ROW_FIELD(struct stored_invoice, number_in_series, "number_in_series"),                    \
        ROW_FIELD(struct stored_invoice, number, "number"),                                        \
        ROW_FIELD(struct stored_invoice, issued_on, "issued_on"),                                  \
        ROW_FIELD(struct stored_invoice, due_on, "due_on"),                                        \
        ROW_FIELD(struct stored_invoice, payment_terms_days, "payment_terms_days"),                \
        ROW_FIELD(struct stored_invoice, locale, "locale")

static const struct row_field invoice_fields[] = {INVOICE_FIELDS};

static const struct row_field final_fields[] = {
    INVOICE_FIELDS,
    ROW_FIELD(struct stored_invoice, seller_digest, "seller_digest"),
    ROW_FIELD(struct stored_invoice, buyer_digest, "buyer_digest"),
    ROW_FIELD(struct stored_invoice, hash, "hash"),
    ROW_FIELD(struct stored_invoice, previous_hash, "previous_hash"),
};

/* By its number; the invoice is first, so that its fields have their places here too. */
struct numbered {
    struct stored_invoice invoice;
    int64_t tenant_id;
};

static const struct row_field numbered_fields[] = {
    ROW_FIELD(struct numbered, tenant_id, "tenant_id"),
    ROW_FIELD(struct numbered, invoice.number, "number"),
    INVOICE_FIELDS,
};
static const struct bulk_table numbered_invoices = {
    .name = "numbered_invoices",
    .kind = BULK_ASK,
    .statement = STMT_INVOICE_BY_NUMBER,
    .fields = numbered_fields,
    .field_count = ARRAY_LEN(numbered_fields),
    .key_count = 2,
    .row_size = sizeof(struct numbered),
};

const struct row_field INVOICE_PARTY_FIELDS[INVOICE_PARTY_FIELD_COUNT] = {
    ROW_FIELD(struct invoice_party, name, "name"),
    ROW_FIELD(struct invoice_party, email, "email"),
    ROW_FIELD(struct invoice_party, line1, "line1"),
    ROW_FIELD(struct invoice_party, line2, "line2"),
    ROW_FIELD(struct invoice_party, city, "city"),
    ROW_FIELD(struct invoice_party, postal_code, "postal_code"),
    ROW_FIELD(struct invoice_party, region, "region"),
    ROW_FIELD(struct invoice_party, country, "country"),
    ROW_FIELD(struct invoice_party, tax_id, "tax_id"),
};

/* Lines and taxes of invoices, in the order of these, and how far they are given out. */
struct belongings {
    struct stored_line *lines;
    struct stored_tax *taxes;
    size_t line_count, tax_count;
    size_t line, tax;
};

static bool load_lines(struct db *db, int64_t tenant_id, const int64_t *invoice_ids, size_t count,
                       const struct bulk_table *table, struct arena *arena,
                       struct belongings *belongings, struct error *err)
{
    struct stored_line *keys = ARENA_NEW_ARRAY(arena, struct stored_line, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct stored_line){.tenant_id = tenant_id, .invoice_id = invoice_ids[i]};
    if (!bulk_find(db, table, keys, count, arena, &found, err))
        return error_context(err, "loading invoice lines");
    belongings->lines = found.rows;
    belongings->line_count = found.count;
    return true;
}

static bool load_taxes(struct db *db, int64_t tenant_id, const int64_t *invoice_ids, size_t count,
                       struct arena *arena, struct belongings *belongings, struct error *err)
{
    struct stored_tax *keys = ARENA_NEW_ARRAY(arena, struct stored_tax, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct stored_tax){.tenant_id = tenant_id, .invoice_id = invoice_ids[i]};
    if (!bulk_find(db, &taxes_of_invoice, keys, count, arena, &found, err))
        return error_context(err, "loading invoice taxes");
    belongings->taxes = found.rows;
    belongings->tax_count = found.count;
    return true;
}

bool draft_store_load_taxes(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                            size_t count, struct arena *arena, struct stored_tax **ret_taxes,
                            size_t *ret_count, struct error *err)
{
    struct belongings loaded = {0};
    if (!load_taxes(db, tenant_id, invoice_ids, count, arena, &loaded, err))
        return false;
    *ret_taxes = loaded.taxes;
    *ret_count = loaded.tax_count;
    return true;
}

/* All of lines and taxes. */
static bool load_belongings(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                            size_t count, struct arena *arena, struct belongings *ret_belongings,
                            struct error *err)
{
    struct belongings loaded = {0};
    if (!load_lines(db, tenant_id, invoice_ids, count, &lines_of_invoice, arena, &loaded, err) ||
        !line_names_load(db, loaded.lines, loaded.line_count, arena, err) ||
        !load_taxes(db, tenant_id, invoice_ids, count, arena, &loaded, err))
        return false;
    *ret_belongings = loaded;
    return true;
}

static int compare_lines(const void *a, const void *b)
{
    const struct stored_line *left = a;
    const struct stored_line *right = b;
    return left->line < right->line ? -1 : left->line > right->line;
}

static int compare_taxes(const void *a, const void *b)
{
    const struct stored_tax *left = a;
    const struct stored_tax *right = b;
    return left->tax < right->tax ? -1 : left->tax > right->tax;
}

/* Those of the next invoice, by their numbers. */
static size_t take_lines(struct belongings *from, int64_t invoice_id,
                         struct stored_line **ret_first)
{
    struct stored_line *first = from->lines == NULL ? NULL : &from->lines[from->line];
    size_t count = 0;
    while (first != NULL && from->line + count < from->line_count &&
           first[count].invoice_id == invoice_id)
        count++;
    if (count > 1)
        qsort(first, count, sizeof *first, compare_lines);
    from->line += count;
    *ret_first = first;
    return count;
}

static size_t take_taxes(struct belongings *from, int64_t invoice_id, struct stored_tax **ret_first)
{
    struct stored_tax *first = from->taxes == NULL ? NULL : &from->taxes[from->tax];
    size_t count = 0;
    while (first != NULL && from->tax + count < from->tax_count &&
           first[count].invoice_id == invoice_id)
        count++;
    if (count > 1)
        qsort(first, count, sizeof *first, compare_taxes);
    from->tax += count;
    *ret_first = first;
    return count;
}

/* $1 … $6: tenant, after, last, limit, date and, of those to be numbered, the kind. */
static bool load_drafts(struct db *db, enum statement_id statement, const struct db_value *args,
                        size_t arg_count, struct arena *arena, struct draft **ret_drafts,
                        int64_t **ret_ids, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, statement, args, arg_count, arena, draft_fields, ARRAY_LEN(draft_fields),
                       sizeof(struct draft), &items, ret_count, err))
        return error_context(err, "loading drafts");
    struct draft *drafts = items;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        ids[i] = drafts[i].invoice_id;
    *ret_drafts = drafts;
    *ret_ids = ids;
    return true;
}

static void join_drafts(struct draft *drafts, size_t count, struct belongings *belongings)
{
    for (size_t i = 0; i < count; i++) {
        drafts[i].line_count = take_lines(belongings, drafts[i].invoice_id, &drafts[i].lines);
        drafts[i].tax_count = take_taxes(belongings, drafts[i].invoice_id, &drafts[i].taxes);
    }
}

static bool complete_untaxed(struct db *db, int64_t tenant_id, struct draft *drafts,
                             const int64_t *ids, size_t count, struct arena *arena,
                             struct error *err)
{
    struct belongings belongings = {0};
    if (!load_lines(db, tenant_id, ids, count, &untaxed_lines_of_invoice, arena, &belongings,
                    err) ||
        !line_supplies_load(db, belongings.lines, belongings.line_count, arena, err))
        return false;
    join_drafts(drafts, count, &belongings);
    return true;
}

bool draft_store_load_untaxed(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                              size_t limit, struct date business_date, struct arena *arena,
                              struct draft **ret_drafts, size_t *ret_count, struct error *err)
{
    struct date_text day = date_text(business_date);
    struct db_value args[5] = {db_i64(tenant_id), db_i64(after_id), db_i64(hi_id),
                               db_i64((int64_t)limit), db_text(day.text)};
    int64_t *ids = NULL;
    return load_drafts(db, STMT_UNTAXED_LOAD, args, ARRAY_LEN(args), arena, ret_drafts, &ids,
                       ret_count, err) &&
           complete_untaxed(db, tenant_id, *ret_drafts, ids, *ret_count, arena, err);
}

bool draft_store_load_untaxed_of(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                                 size_t count, struct arena *arena, struct draft **ret_drafts,
                                 struct error *err)
{
    struct draft *drafts = ARENA_NEW_ARRAY(arena, struct draft, count + 1);
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        if (!rows_load_one(db, STMT_UNTAXED_OF_ID,
                           DB_ARGS(db_i64(tenant_id), db_i64(invoice_ids[i])), arena, draft_fields,
                           ARRAY_LEN(draft_fields), &drafts[i], &found, err))
            return error_context(err, "loading drafts");
        if (!found)
            return error_run(err, EXIT_DATA, "the draft with the id %" PRId64 " is not there",
                             invoice_ids[i]);
    }
    *ret_drafts = drafts;
    return complete_untaxed(db, tenant_id, drafts, invoice_ids, count, arena, err);
}

bool draft_store_load_unnumbered(struct db *db, int64_t tenant_id, enum document_kind kind,
                                 const char *after_key, const char *hi_key, size_t limit,
                                 struct date business_date, struct arena *arena,
                                 struct draft **ret_drafts, size_t *ret_count, struct error *err)
{
    struct date_text day = date_text(business_date);
    struct db_value args[6] = {db_i64(tenant_id), db_text(after_key),
                               db_text(hi_key),   db_i64((int64_t)limit),
                               db_text(day.text), db_text(document_kind_name(kind))};
    struct belongings belongings;
    int64_t *ids = NULL;
    if (!load_drafts(db, STMT_UNNUMBERED_LOAD, args, ARRAY_LEN(args), arena, ret_drafts, &ids,
                     ret_count, err) ||
        !load_belongings(db, tenant_id, ids, *ret_count, arena, &belongings, err))
        return false;
    join_drafts(*ret_drafts, *ret_count, &belongings);
    return true;
}

bool draft_store_load_series(struct db *db, int64_t tenant_id, const char *series,
                             struct arena *arena, struct series_row *ret_row, bool *ret_found,
                             struct error *err)
{
    if (!rows_load_one(db, STMT_SERIES_LOAD, DB_ARGS(db_i64(tenant_id), db_text(series)), arena,
                       series_fields, ARRAY_LEN(series_fields), ret_row, ret_found, err))
        return error_context(err, "loading the counter of series %s", series);
    ret_row->tenant_id = tenant_id;
    ret_row->series = series;
    return true;
}

static bool load_party(struct db *db, int64_t tenant_id, const uint8_t digest[SHA256_SIZE],
                       struct arena *arena, struct invoice_party *ret_party, struct error *err)
{
    bool found = false;
    if (!rows_load_one(db, STMT_PARTY_LOAD,
                       DB_ARGS(db_i64(tenant_id), db_bytes(digest, SHA256_SIZE)), arena,
                       INVOICE_PARTY_FIELDS, INVOICE_PARTY_FIELD_COUNT, ret_party, &found, err))
        return false;
    return found || error_run(err, EXIT_DATA, "a party that an invoice froze is missing");
}

/* Of one that is finalized. The seller of the invoice before (NULL: none) is likely the same. */
static bool load_parties(struct db *db, int64_t tenant_id, struct stored_invoice *invoice,
                         const struct stored_invoice *before, struct arena *arena,
                         struct error *err)
{
    bool same_seller =
        before != NULL && memcmp(before->seller_digest, invoice->seller_digest, SHA256_SIZE) == 0;
    if (same_seller)
        invoice->seller = before->seller;
    else if (!load_party(db, tenant_id, invoice->seller_digest, arena, &invoice->seller, err))
        return false;
    return load_party(db, tenant_id, invoice->buyer_digest, arena, &invoice->buyer, err);
}

bool draft_store_complete(struct db *db, int64_t tenant_id, struct stored_invoice *invoices,
                          size_t count, struct arena *arena, struct error *err)
{
    struct belongings belongings;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = invoices[i].invoice_id;
    if (!load_belongings(db, tenant_id, ids, count, arena, &belongings, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct stored_invoice *invoice = &invoices[i];
        invoice->line_count = take_lines(&belongings, invoice->invoice_id, &invoice->lines);
        invoice->tax_count = take_taxes(&belongings, invoice->invoice_id, &invoice->taxes);
        if (invoice->number != NULL &&
            !load_parties(db, tenant_id, invoice, i == 0 ? NULL : invoice - 1, arena, err))
            return error_context(err, "invoice %s", invoice->number);
    }
    return true;
}

bool draft_store_load_unprinted(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                                size_t limit, struct arena *arena,
                                struct stored_invoice **ret_invoices, size_t *ret_count,
                                struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(
            db, STMT_UNPRINTED_LOAD,
            DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(hi_id), db_i64((int64_t)limit)),
            arena, final_fields, ARRAY_LEN(final_fields), sizeof(struct stored_invoice), &items,
            ret_count, err))
        return error_context(err, "loading invoices to print");
    *ret_invoices = items;
    return draft_store_complete(db, tenant_id, items, *ret_count, arena, err);
}

static bool find_by(struct db *db, enum statement_id statement, int64_t tenant_id, const char *key,
                    struct arena *arena, struct stored_invoice *ret_invoice, bool *ret_found,
                    struct error *err)
{
    struct stored_invoice invoice = {0};
    const struct db_value args[] = {db_i64(tenant_id), db_text(key)};
    if (!rows_load_one(db, statement, args, 2, arena, invoice_fields, ARRAY_LEN(invoice_fields),
                       &invoice, ret_found, err))
        return false;
    if (*ret_found && invoice.number != NULL &&
        !rows_load_one(db, statement, args, 2, arena, final_fields, ARRAY_LEN(final_fields),
                       &invoice, ret_found, err))
        return false;
    if (*ret_found && !draft_store_complete(db, tenant_id, &invoice, 1, arena, err))
        return false;
    *ret_invoice = invoice;
    return true;
}

bool draft_store_find(struct db *db, int64_t tenant_id, const char *number_or_key,
                      struct arena *arena, struct stored_invoice *ret_invoice, bool *ret_found,
                      struct error *err)
{
    if (!find_by(db, STMT_INVOICE_BY_NUMBER, tenant_id, number_or_key, arena, ret_invoice,
                 ret_found, err))
        return error_context(err, "looking for invoice %s", number_or_key);
    return *ret_found || find_by(db, STMT_INVOICE_BY_DRAFT_KEY, tenant_id, number_or_key, arena,
                                 ret_invoice, ret_found, err);
}

bool draft_store_find_numbers(struct db *db, int64_t tenant_id, const char *const *numbers,
                              size_t count, struct arena *arena,
                              struct stored_invoice **ret_invoices, struct error *err)
{
    struct numbered *keys = ARENA_NEW_ARRAY(arena, struct numbered, count + 1);
    struct stored_invoice *invoices = ARENA_NEW_ARRAY(arena, struct stored_invoice, count + 1);
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    struct belongings belongings;
    struct bulk_found found;
    for (size_t i = 0; i < count; i++) {
        keys[i].tenant_id = tenant_id;
        keys[i].invoice.number = numbers[i];
    }
    if (!bulk_find(db, &numbered_invoices, keys, count, arena, &found, err))
        return error_context(err, "looking for invoices");
    const struct numbered *rows = found.rows;
    for (size_t i = 0; i < found.count; i++)
        ids[i] = rows[i].invoice.invoice_id;
    if (!load_belongings(db, tenant_id, ids, found.count, arena, &belongings, err))
        return false;
    for (size_t i = 0; i < found.count; i++) {
        struct stored_invoice *invoice = &invoices[found.places[i]];
        *invoice = rows[i].invoice;
        invoice->line_count = take_lines(&belongings, ids[i], &invoice->lines);
        invoice->tax_count = take_taxes(&belongings, ids[i], &invoice->taxes);
    }
    *ret_invoices = invoices;
    return true;
}

struct date stored_line_tax_point(const struct stored_line *line, struct date invoice_on)
{
    struct invoice_supply supply = {line->is_ahead, line->period_start_on, line->period_end_on,
                                    line->charged_from_on};
    return invoice_line_tax_point(invoice_on, &supply);
}

struct invoice_line_content *draft_line_contents(const struct stored_line *lines, size_t count,
                                                 struct currency currency, struct arena *arena)
{
    struct invoice_line_content *contents =
        ARENA_NEW_ARRAY(arena, struct invoice_line_content, count + 1);
    struct error ignored = {0};
    for (size_t i = 0; i < count; i++) {
        const struct stored_line *line = &lines[i];
        contents[i] = (struct invoice_line_content){
            .line = line->line,
            .kind = line->kind,
            .subscription = line->subscription,
            .price = line->price,
            .price_valid_from = line->price_valid_from,
            .period_start = line->period_start_on,
            .period_end = line->period_end_on,
            .description = line->description,
            .quantity = line->quantity,
            .amount = money_of_minor(line->amount_minor, currency),
            .discount = money_of_minor(line->discount_minor, currency),
            .tax = money_of_minor(line->tax_minor, currency),
            .tax_category = line->tax_category,
            .tax_number = line->tax == DB_I64_NONE ? 0 : line->tax,
            .event_count = line->event_count,
        };
        contents[i].unit_amount.given =
            line->unit_amount != NULL &&
            decimal_parse(line->unit_amount, &contents[i].unit_amount.value, &ignored);
    }
    return contents;
}

struct invoice_tax_content *draft_tax_contents(const struct stored_tax *taxes, size_t count,
                                               struct currency currency, struct arena *arena)
{
    struct invoice_tax_content *contents =
        ARENA_NEW_ARRAY(arena, struct invoice_tax_content, count + 1);
    for (size_t i = 0; i < count; i++)
        contents[i] = (struct invoice_tax_content){
            .tax = taxes[i].tax,
            .name = taxes[i].name,
            .category = taxes[i].category,
            .rate_percent = taxes[i].rate_percent,
            .inclusive = taxes[i].inclusive,
            .base = money_of_minor(taxes[i].base_minor, currency),
            .tax_amount = money_of_minor(taxes[i].tax_minor, currency),
            .note = taxes[i].note,
            .beside = taxes[i].beside_tax == DB_I64_NONE ? 0 : taxes[i].beside_tax,
        };
    return contents;
}

bool draft_store_read_final(struct db_rows *rows, struct arena *arena,
                            struct stored_invoice *ret_invoice, struct error *err)
{
    return rows_read(rows, arena, final_fields, ARRAY_LEN(final_fields), ret_invoice, err);
}

struct invoice_content draft_content_of(const struct stored_invoice *invoice, const char *tenant,
                                        struct arena *arena)
{
    struct currency currency = invoice->currency;
    return (struct invoice_content){
        .tenant = tenant,
        .kind = document_kind_of(invoice->kind),
        .corrects = invoice->corrects,
        .draft_key = invoice->draft_key,
        .customer = invoice->customer,
        .currency = currency,
        .cutoff_on = invoice->cutoff_on,
        .tax_point_on = invoice->tax_point_on,
        .series = invoice->series,
        .fiscal_year = (int32_t)invoice->fiscal_year,
        .number_in_series = invoice->number_in_series,
        .number = invoice->number,
        .issued_on = invoice->issued_on,
        .due_on = invoice->due_on,
        .payment_terms_days = (int32_t)invoice->payment_terms_days,
        .locale = invoice->locale,
        .seller = invoice->seller,
        .buyer = invoice->buyer,
        .totals = {.subtotal = money_of_minor(invoice->subtotal_minor, currency),
                   .discount = money_of_minor(invoice->discount_minor, currency),
                   .tax = money_of_minor(invoice->tax_minor, currency),
                   .total = money_of_minor(invoice->total_minor, currency),
                   .credit_applied = money_of_minor(invoice->credit_applied_minor, currency),
                   .amount_due = money_of_minor(invoice->amount_due_minor, currency)},
        .lines = draft_line_contents(invoice->lines, invoice->line_count, currency, arena),
        .line_count = invoice->line_count,
        .taxes = draft_tax_contents(invoice->taxes, invoice->tax_count, currency, arena),
        .tax_count = invoice->tax_count,
    };
}

bool draft_turn_line_back(struct decimal *quantity, int64_t *amount_minor, int64_t *discount_minor,
                          struct error *err)
{
    if (!decimal_negate(*quantity, quantity, err))
        return false;
    *amount_minor = -*amount_minor;
    *discount_minor = -*discount_minor;
    return true;
}

bool draft_turn_back(struct stored_invoice *invoice, bool *ret_turned, struct error *err)
{
    *ret_turned = invoice->number != NULL && invoice->corrects == NULL &&
                  document_kind_of(invoice->kind) == DOCUMENT_CREDIT_NOTE;
    if (!*ret_turned)
        return true;
    for (size_t i = 0; i < invoice->line_count; i++) {
        struct stored_line *line = &invoice->lines[i];
        if (!draft_turn_line_back(&line->quantity, &line->amount_minor, &line->discount_minor, err))
            return false;
        line->tax_minor = -line->tax_minor;
    }
    for (size_t i = 0; i < invoice->tax_count; i++) {
        invoice->taxes[i].base_minor = -invoice->taxes[i].base_minor;
        invoice->taxes[i].tax_minor = -invoice->taxes[i].tax_minor;
    }
    invoice->subtotal_minor = -invoice->subtotal_minor;
    invoice->discount_minor = -invoice->discount_minor;
    invoice->tax_minor = -invoice->tax_minor;
    invoice->total_minor = -invoice->total_minor;
    invoice->credit_applied_minor = -invoice->credit_applied_minor;
    invoice->amount_due_minor = -invoice->amount_due_minor;
    return true;
}

void party_digest(const struct invoice_party *party, uint8_t ret_digest[SHA256_SIZE])
{
    const char *const texts[] = {party->name,   party->email,   party->line1,
                                 party->line2,  party->city,    party->postal_code,
                                 party->region, party->country, party->tax_id};
    struct sha256 *digest = sha256_start();
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        sha256_add(digest, texts[i] == NULL ? "-" : "=", 1);
        sha256_add_text(digest, texts[i] == NULL ? "" : texts[i]);
    }
    sha256_finish(&digest, ret_digest);
}
