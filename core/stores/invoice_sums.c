/* Adding up invoices: see invoice_sums.h. */
#include "core/stores/invoice_sums.h"

struct sum_row {
    const char *tenant;
    struct currency currency;
    const char *kind, *status;
    int64_t invoices, documents, net_minor, tax_minor, total_minor;
};

static const struct row_field sum_fields[] = {
    ROW_FIELD(struct sum_row, tenant, "tenant"),
    ROW_FIELD(struct sum_row, currency, "currency"),
    ROW_FIELD(struct sum_row, kind, "kind"),
    ROW_FIELD(struct sum_row, status, "status"),
    ROW_FIELD(struct sum_row, invoices, "invoices"),
    ROW_FIELD(struct sum_row, documents, "documents"),
    ROW_FIELD(struct sum_row, net_minor, "net_minor"),
    ROW_FIELD(struct sum_row, tax_minor, "tax_minor"),
    ROW_FIELD(struct sum_row, total_minor, "total_minor"),
};

bool invoice_sums_load(struct db *db, struct date first, struct date last, struct arena *arena,
                       struct invoice_sum **ret_sums, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    bool all = date_is_none(first);
    struct date_text from = {0};
    struct date_text to = {0};
    if (!all) {
        from = date_text(first);
        to = date_text(last);
    }
    if (!rows_load_all(db, STMT_INVOICE_SUMS,
                       DB_ARGS(db_text(all ? NULL : from.text), db_text(all ? NULL : to.text)),
                       arena, sum_fields, ARRAY_LEN(sum_fields), sizeof(struct sum_row), &items,
                       ret_count, err))
        return error_context(err, "adding up invoices");
    const struct sum_row *rows = items;
    struct invoice_sum *sums = ARENA_NEW_ARRAY(arena, struct invoice_sum, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        sums[i] = (struct invoice_sum){
            .tenant = rows[i].tenant,
            .currency = rows[i].currency,
            .kind = rows[i].kind,
            .status = rows[i].status,
            .invoices = rows[i].invoices,
            .documents = rows[i].documents,
            .net = money_of_minor(rows[i].net_minor, rows[i].currency),
            .tax = money_of_minor(rows[i].tax_minor, rows[i].currency),
            .total = money_of_minor(rows[i].total_minor, rows[i].currency),
        };
    *ret_sums = sums;
    return true;
}
