/* Credit grants, and, when a database moves, what was drawn of them or has expired. */
#include "core/base/text.h"
#include "core/billing/credit_units.h"
#include "core/calendar/zone.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

static const struct put_rules grant_rules = {
    .table = &credit_grant_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a grant never changes: import another one with a source of its own",
};
static const struct put_rules transaction_rules = {
    .table = &credit_transaction_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what jobs have made never changes by an import: use an empty database",
};

static const char *const granted_fixed[] = {"currency", "amount_minor", NULL};
static const struct put_rules granted_rules = {
    .table = &credit_granted_rows,
    .id_offset = SIZE_MAX,
    .fixed = granted_fixed,
    .fixed_hint = "what a grant is of never changes: import another one with a source of its own",
};

static const struct put_rules unit_grant_rules = {
    .table = &credit_unit_grant_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "a grant never changes: import another one with a source of its own",
};
static const struct put_rules unit_transaction_rules = {
    .table = &credit_unit_transaction_rows,
    .id_offset = SIZE_MAX,
    .fixed_hint = "what jobs have made never changes by an import: use an empty database",
};

static const char *const unit_granted_fixed[] = {"unit_millionths", NULL};
static const struct put_rules unit_granted_rules = {
    .table = &credit_unit_granted_rows,
    .id_offset = SIZE_MAX,
    .fixed = unit_granted_fixed,
    .fixed_hint = "what a grant is of never changes: import another one with a source of its own",
};

static bool grant_row(struct import_session *session, const struct credit_grant_record *record,
                      int64_t tenant_id, struct credit_grant_row *ret_row, struct error *err)
{
    *ret_row = (struct credit_grant_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err);
}

/* Which says that there is the grant; but for its day, which is no part of its key. */
static struct credit_transaction_row granted_row(const struct credit_grant_record *record,
                                                 int64_t tenant_id, int64_t customer_id)
{
    struct credit_transaction_row row = {.tenant_id = tenant_id,
                                         .customer_id = customer_id,
                                         .project = "",
                                         .member = "",
                                         .month = ""};
    row.record = (struct credit_transaction_record){.source = record->source,
                                                    .kind = "grant",
                                                    .currency = record->currency,
                                                    .amount_minor = record->amount_minor};
    return row;
}

static struct credit_unit_transaction_row unit_granted_row(const struct credit_grant_record *record,
                                                           int64_t tenant_id, int64_t customer_id)
{
    struct credit_unit_transaction_row row = {.tenant_id = tenant_id, .customer_id = customer_id};
    row.record.source = record->source;
    row.record.kind = "grant";
    return row;
}

/* Its key has an id in it, which is known once the customers before it are put. */
bool expect_credit_grant(struct import_session *session, const struct credit_grant_record *record,
                         int64_t tenant_id, struct error *err)
{
    struct credit_grant_row row;
    if (!grant_row(session, record, tenant_id, &row, err))
        return false;
    struct credit_unit_grant_row units = {
        .tenant_id = tenant_id, .customer_id = row.customer_id, .record = *record};
    struct credit_transaction_row granted = granted_row(record, tenant_id, row.customer_id);
    struct credit_unit_transaction_row unit_granted =
        unit_granted_row(record, tenant_id, row.customer_id);
    put_expect(session, &grant_rules, &row);
    put_expect(session, &unit_grant_rules, &units);
    if (record->units == NULL)
        put_expect(session, &granted_rules, &granted);
    else
        put_expect(session, &unit_granted_rules, &unit_granted);
    return true;
}

static bool unit_grant_row(struct import_session *session, const struct credit_grant_record *record,
                           int64_t tenant_id, struct credit_unit_grant_row *ret_row,
                           struct error *err)
{
    *ret_row = (struct credit_unit_grant_row){.tenant_id = tenant_id, .record = *record};
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err) &&
           (record->units == NULL ||
            (put_refer(session, RECORD_METER, tenant_id, record->tenant, record->meter,
                       &ret_row->meter_id, err) &&
             credit_units_parse(record->units, &ret_row->unit_millionths, err)));
}

/* A source is of one grant: of an amount or of units. */
static bool check_source(bool is_other_there, struct error *err)
{
    if (!is_other_there)
        return true;
    error_item(err, "conflict", "is there with other content: an amount, or units");
    return error_hint(err, "%s", grant_rules.fixed_hint);
}

/* The day on which it begins, where the tenant is. */
static bool begin_of(struct import_session *session, const struct credit_grant_record *record,
                     int64_t tenant_id, const char **ret_on, struct error *err)
{
    const struct zone *zone = NULL;
    if (import_shelf_waits(session->shelf, "tenant")) {
        if (!import_batch_write(session, err))
            return false;
        import_lookup_forget_terms(session->lookup);
    }
    if (!import_lookup_zone(session->lookup, tenant_id, &zone, err))
        return false;
    *ret_on = arena_copy(import_shelf_arena(session->shelf),
                         date_text(zone_local_date(zone, record->effective_at_us)).text);
    return true;
}

static bool put_unit_grant(struct import_session *session, const struct credit_grant_record *record,
                           int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct credit_unit_grant_row row;
    struct credit_grant_row amount, existing;
    bool found = false;
    if (!unit_grant_row(session, record, tenant_id, &row, err) ||
        !grant_row(session, record, tenant_id, &amount, err) ||
        !put_find(session, &grant_rules, &amount, &existing, &found, err) ||
        !check_source(found, err) || !put_row(session, &unit_grant_rules, &row, ret_outcome, err))
        return false;
    if (*ret_outcome != IMPORT_ADDED)
        return true;
    enum import_outcome ignored;
    struct credit_unit_transaction_row transaction =
        unit_granted_row(record, tenant_id, row.customer_id);
    transaction.unit_millionths = row.unit_millionths;
    return begin_of(session, record, tenant_id, &transaction.record.on, err) &&
           put_row(session, &unit_granted_rules, &transaction, &ignored, err);
}

/* With the transaction that says so. */
bool put_credit_grant(struct import_session *session, const struct credit_grant_record *record,
                      int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct credit_grant_row row;
    struct credit_unit_grant_row units, existing;
    bool found = false;
    if (record->units != NULL)
        return put_unit_grant(session, record, tenant_id, ret_outcome, err);
    if (!grant_row(session, record, tenant_id, &row, err) ||
        !unit_grant_row(session, record, tenant_id, &units, err) ||
        !put_find(session, &unit_grant_rules, &units, &existing, &found, err) ||
        !check_source(found, err) || !put_row(session, &grant_rules, &row, ret_outcome, err))
        return false;
    if (*ret_outcome != IMPORT_ADDED)
        return true;
    enum import_outcome ignored;
    struct credit_transaction_row transaction = granted_row(record, tenant_id, row.customer_id);
    return begin_of(session, record, tenant_id, &transaction.record.on, err) &&
           put_row(session, &granted_rules, &transaction, &ignored, err);
}

static bool take_owed(struct import_session *session, const struct credit_transaction_row *row,
                      struct error *err)
{
    int64_t changed = 0;
    const struct db_value args[] = {db_i64(row->tenant_id), db_i64(row->customer_id),
                                    db_i64(row->record.amount_minor)};
    if (!db_run(session->db, STMT_CREDIT_OWES_NOTHING, args, 2, NULL, err) ||
        !db_run(session->db, STMT_CREDIT_OWED, args, ARRAY_LEN(args), &changed, err))
        return false;
    return changed > 0 || error_item(err, "bad_value", "pays back more than was overdrawn");
}

static bool take_used(struct import_session *session, const struct credit_transaction_row *row,
                      struct error *err)
{
    int64_t changed = 0;
    if (!db_run(session->db, STMT_CREDIT_USED,
                DB_ARGS(db_i64(row->tenant_id), db_i64(row->customer_id),
                        db_text(row->record.source), db_i64(row->record.amount_minor)),
                &changed, err))
        return false;
    return changed > 0 ||
           error_item(err, "bad_value", "there is no grant of source \"%s\" with so much left",
                      row->record.source);
}

/* Whose project and member it is: the customer's own, unless it says another one's. */
static bool refer_holder(struct import_session *session, struct credit_transaction_row *row,
                         struct error *err)
{
    const struct credit_transaction_record *record = &row->record;
    row->holder_customer_id = record->month == NULL ? 0 : row->customer_id;
    return record->holder_customer == NULL ||
           put_refer(session, RECORD_CUSTOMER, row->tenant_id, record->tenant,
                     record->holder_customer, &row->holder_customer_id, err);
}

static const struct put_rules *transaction_rules_of(const struct credit_transaction_record *record)
{
    return text_equal(record->kind, "grant") ? &granted_rules : &transaction_rules;
}

static bool transaction_row(struct import_session *session,
                            const struct credit_transaction_record *record, int64_t tenant_id,
                            struct credit_transaction_row *ret_row, struct error *err)
{
    *ret_row = (struct credit_transaction_row){.tenant_id = tenant_id,
                                               .project = text_or_empty(record->project),
                                               .member = text_or_empty(record->member),
                                               .month = text_or_empty(record->month),
                                               .record = *record};
    return put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err) &&
           refer_holder(session, ret_row, err) &&
           (record->draft_key == NULL ||
            put_refer(session, RECORD_INVOICE, tenant_id, record->tenant, record->draft_key,
                      &ret_row->invoice_id, err));
}

bool expect_credit_transaction(struct import_session *session,
                               const struct credit_transaction_record *record, int64_t tenant_id,
                               struct error *err)
{
    struct credit_transaction_row row;
    if (!transaction_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, transaction_rules_of(record), &row);
    return true;
}

bool put_credit_transaction(struct import_session *session,
                            const struct credit_transaction_record *record, int64_t tenant_id,
                            enum import_outcome *ret_outcome, struct error *err)
{
    struct credit_transaction_row row, existing;
    bool found;
    const struct put_rules *rules = transaction_rules_of(record);
    bool uses = text_equal(record->kind, "draw") || text_equal(record->kind, "expire");
    return transaction_row(session, record, tenant_id, &row, err) &&
           put_find(session, rules, &row, &existing, &found, err) &&
           (found || !uses || take_used(session, &row, err)) &&
           (found || !text_equal(record->kind, "overdraft") || take_owed(session, &row, err)) &&
           put_row(session, rules, &row, ret_outcome, err);
}

static bool take_units(struct import_session *session,
                       const struct credit_unit_transaction_row *row, struct error *err)
{
    int64_t changed = 0;
    if (!db_run(session->db, STMT_CREDIT_UNITS_USED,
                DB_ARGS(db_i64(row->tenant_id), db_i64(row->customer_id),
                        db_text(row->record.source), db_i64(row->unit_millionths)),
                &changed, err))
        return false;
    return changed > 0 || error_item(err, "bad_value",
                                     "there is no grant of source \"%s\" with so many units left",
                                     row->record.source);
}

static bool is_unit_grant(const struct credit_unit_transaction_record *record)
{
    return text_equal(record->kind, "grant");
}

static const struct put_rules *unit_rules_of(const struct credit_unit_transaction_record *record)
{
    return is_unit_grant(record) ? &unit_granted_rules : &unit_transaction_rules;
}

static bool unit_transaction_row(struct import_session *session,
                                 const struct credit_unit_transaction_record *record,
                                 int64_t tenant_id, struct credit_unit_transaction_row *ret_row,
                                 struct error *err)
{
    *ret_row = (struct credit_unit_transaction_row){.tenant_id = tenant_id, .record = *record};
    if (record->draft_key != NULL) {
        ret_row->line = record->line;
        ret_row->amount_minor = record->amount_minor;
    }
    return credit_units_parse(record->units, &ret_row->unit_millionths, err) &&
           put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                     &ret_row->customer_id, err) &&
           (record->draft_key == NULL ||
            put_refer(session, RECORD_INVOICE, tenant_id, record->tenant, record->draft_key,
                      &ret_row->invoice_id, err));
}

bool expect_unit_transaction(struct import_session *session,
                             const struct credit_unit_transaction_record *record, int64_t tenant_id,
                             struct error *err)
{
    struct credit_unit_transaction_row row;
    if (!unit_transaction_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, unit_rules_of(record), &row);
    return true;
}

bool put_unit_transaction(struct import_session *session,
                          const struct credit_unit_transaction_record *record, int64_t tenant_id,
                          enum import_outcome *ret_outcome, struct error *err)
{
    struct credit_unit_transaction_row row, existing;
    bool found = false;
    bool is_grant = is_unit_grant(record);
    const struct put_rules *rules = unit_rules_of(record);
    return unit_transaction_row(session, record, tenant_id, &row, err) &&
           put_find(session, rules, &row, &existing, &found, err) &&
           (found || is_grant || take_units(session, &row, err)) &&
           put_row(session, rules, &row, ret_outcome, err);
}
