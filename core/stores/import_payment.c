/* How customers pay. */
#include "core/base/text.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

static const struct put_rules method_rules = {
    .table = &payment_method_rows,
    .id_offset = SIZE_MAX,
};

/* Its key has an id in it, which is known once the customers before it are put. */
static bool method_row(struct import_session *session, const struct payment_method_record *record,
                       int64_t tenant_id, struct payment_method_row *ret_row, struct error *err)
{
    *ret_row = (struct payment_method_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err);
}

bool expect_payment_method(struct import_session *session,
                           const struct payment_method_record *record, int64_t tenant_id,
                           struct error *err)
{
    struct payment_method_row row;
    if (!method_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, &method_rules, &row);
    import_shelf_expect(session->shelf, &payment_methods_rows, &row);
    return true;
}

/* Who is to be charged by which of them has to be said: that one is not taken for the other. The
 * last content of a method is the one that holds. */
static bool check_default(const struct payment_method_row *row,
                          const struct payment_method_row *methods, size_t count, struct error *err)
{
    for (size_t i = 0; row->record.is_default && i < count; i++) {
        const char *name = methods[i].record.payment_method;
        bool is_last = true;
        for (size_t k = i + 1; k < count; k++)
            is_last = is_last && !text_equal(methods[k].record.payment_method, name);
        if (!is_last || !methods[i].record.is_default ||
            text_equal(name, row->record.payment_method))
            continue;
        (void)error_item(err, "conflict",
                         "field \"is_default\": \"%s\" is the customer's default already", name);
        return error_hint(err, "import that one with \"is_default\":false before it");
    }
    return true;
}

bool put_payment_method(struct import_session *session, const struct payment_method_record *record,
                        int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct payment_method_row row;
    const void *methods = NULL;
    size_t count = 0;
    if (!method_row(session, record, tenant_id, &row, err) ||
        !import_shelf_find(session->shelf, &payment_methods_rows, &row, &methods, &count, err) ||
        !check_default(&row, methods, count, err) ||
        !put_row(session, &method_rules, &row, ret_outcome, err))
        return false;
    import_shelf_add(session->shelf, &payment_methods_rows, &row);
    return true;
}
