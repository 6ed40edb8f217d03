/* Projects and members; and, when a database moves, what of their limits is used, what of the usage
 * behind a line was theirs, and what a document and its payments are in the currency of the books.
 */
#include "core/base/text.h"
#include "core/stores/import_put.h"

static const struct put_rules holder_rules = {
    .table = &holder_rows,
    .id_offset = SIZE_MAX,
};
static const struct put_rules limit_use_rules = {
    .table = &credit_limit_use_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what jobs have made never changes by an import: use an empty database",
};
static const struct put_rules share_rules = {
    .table = &usage_share_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what jobs have made never changes by an import: use an empty database",
};

static const struct put_rules conversion_rules = {
    .table = &invoice_conversion_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what jobs have made never changes by an import: use an empty database",
};

static const struct put_rules payment_conversion_rules = {
    .table = &payment_conversion_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what jobs have made never changes by an import: use an empty database",
};

static bool holder_row(struct import_session *session, enum record_kind kind,
                       const struct holder_record *record, int64_t tenant_id,
                       struct holder_row *ret_row, struct error *err)
{
    *ret_row = (struct holder_row){
        .tenant_id = tenant_id, .kind = record_kind_name(kind), .record = *record};
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err);
}

/* Its key has an id in it, which is known once the customers before it are put. */
bool expect_holder(struct import_session *session, enum record_kind kind,
                   const struct holder_record *record, int64_t tenant_id, struct error *err)
{
    struct holder_row row;
    if (!holder_row(session, kind, record, tenant_id, &row, err))
        return false;
    put_expect(session, &holder_rules, &row);
    return true;
}

bool put_holder(struct import_session *session, enum record_kind kind,
                const struct holder_record *record, int64_t tenant_id,
                enum import_outcome *ret_outcome, struct error *err)
{
    struct holder_row row;
    return holder_row(session, kind, record, tenant_id, &row, err) &&
           put_row(session, &holder_rules, &row, ret_outcome, err);
}

bool put_limit_use(struct import_session *session, const struct credit_limit_use_record *record,
                   int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    bool is_project = record->project != NULL;
    struct credit_limit_use_row row = {
        .tenant_id = tenant_id,
        .kind = record_kind_name(is_project ? RECORD_PROJECT : RECORD_MEMBER),
        .holder = is_project ? record->project : record->member,
        .record = *record,
    };
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &row.customer_id, err) &&
           put_row(session, &limit_use_rules, &row, ret_outcome, err);
}

static bool share_row(struct import_session *session, const struct usage_share_record *record,
                      int64_t tenant_id, struct usage_share_row *ret_row, struct error *err)
{
    *ret_row = (struct usage_share_row){.tenant_id = tenant_id, .record = *record};
    ret_row->record.project = text_or_empty(record->project);
    ret_row->record.member = text_or_empty(record->member);
    return put_refer(session, RECORD_INVOICE, tenant_id, record->tenant, record->draft_key,
                     &ret_row->invoice_id, err);
}

bool expect_usage_share(struct import_session *session, const struct usage_share_record *record,
                        int64_t tenant_id, struct error *err)
{
    struct usage_share_row row;
    if (!share_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, &share_rules, &row);
    return true;
}

bool put_usage_share(struct import_session *session, const struct usage_share_record *record,
                     int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct usage_share_row row;
    return share_row(session, record, tenant_id, &row, err) &&
           put_row(session, &share_rules, &row, ret_outcome, err);
}

static bool conversion_row(struct import_session *session,
                           const struct invoice_conversion_record *record, int64_t tenant_id,
                           struct invoice_conversion_row *ret_row, struct error *err)
{
    *ret_row = (struct invoice_conversion_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_INVOICE, tenant_id, record->tenant, record->draft_key,
                     &ret_row->invoice_id, err);
}

bool expect_invoice_conversion(struct import_session *session,
                               const struct invoice_conversion_record *record, int64_t tenant_id,
                               struct error *err)
{
    struct invoice_conversion_row row;
    if (!conversion_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, &conversion_rules, &row);
    return true;
}

bool put_invoice_conversion(struct import_session *session,
                            const struct invoice_conversion_record *record, int64_t tenant_id,
                            enum import_outcome *ret_outcome, struct error *err)
{
    struct invoice_conversion_row row;
    return conversion_row(session, record, tenant_id, &row, err) &&
           put_row(session, &conversion_rules, &row, ret_outcome, err);
}

static bool paid_row(struct import_session *session, const struct payment_conversion_record *record,
                     int64_t tenant_id, struct payment_conversion_row *ret_row, struct error *err)
{
    *ret_row = (struct payment_conversion_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_INVOICE, tenant_id, record->tenant, record->draft_key,
                     &ret_row->invoice_id, err);
}

bool expect_payment_conversion(struct import_session *session,
                               const struct payment_conversion_record *record, int64_t tenant_id,
                               struct error *err)
{
    struct payment_conversion_row row;
    if (!paid_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, &payment_conversion_rules, &row);
    return true;
}

bool put_payment_conversion(struct import_session *session,
                            const struct payment_conversion_record *record, int64_t tenant_id,
                            enum import_outcome *ret_outcome, struct error *err)
{
    struct payment_conversion_row row;
    return paid_row(session, record, tenant_id, &row, err) &&
           put_row(session, &payment_conversion_rules, &row, ret_outcome, err);
}
