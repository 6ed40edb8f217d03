#include "core/stores/dump.h"

#include <errno.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/credit_units.h"
#include "core/setup/effect_request.h"
#include "core/setup/record_json.h"
#include "core/stores/record_rows.h"

#define DUMP_ARENA_CAP (48u << 20)
#define TENANTS_ARENA_CAP (16u << 20)
#define FEW_EVENTS 20000 /* of a day: sorted in memory */

struct dump {
    struct db *db;
    FILE *out;
    struct arena *arena; /* of one record */
    struct json_text json;
    int64_t records;
};

union any_row {
    struct tenant_row tenant;
    struct product_row product;
    struct meter_row meter;
    struct plan_row plan;
    struct price_row price;
    struct customer_row customer;
    struct holder_row holder;
    struct payment_method_row payment_method;
    struct subscription_row subscription;
    struct subscription_change_row subscription_change;
    struct coupon_row coupon;
    struct coupon_redemption_row coupon_redemption;
    struct coupon_use_row coupon_use;
    struct credit_grant_row credit_grant;
    struct credit_transaction_row credit_transaction;
    struct credit_unit_grant_row credit_unit_grant;
    struct credit_unit_transaction_row credit_unit_transaction;
    struct credit_limit_use_row credit_limit_use;
    struct usage_share_row usage_share;
    struct invoice_conversion_row invoice_conversion;
    struct payment_conversion_row payment_conversion;
    struct contract_row contract;
    struct contract_phase_row contract_phase;
    struct tax_rate_row tax_rate;
    struct exchange_rate_row exchange_rate;
    struct usage_row usage;
    struct subscription_state_row subscription_state;
    struct usage_rated_row usage_rated;
    struct invoice_row invoice;
    struct correction_row correction;
    struct payment_row payment;
    struct refund_row refund;
    struct payment_attempt_row payment_attempt;
    struct campaign_row campaign;
    struct campaign_step_row campaign_step;
    struct payment_difference_row payment_difference;
    struct gateway_statement_row gateway_statement;
    struct billing_period_row billing_period;
    struct number_series_row number_series;
    struct run_row run;
    struct parked_item_row parked_item;
    struct effect_row effect;
    struct sent_effect_row sent_effect;
};

/* How the records of a kind are found: one ordered query a tenant; of usage, one a day. */
struct dump_source {
    enum record_kind kind;
    enum statement_id statement;
    const struct bulk_table *table;
    const struct row_names *names; /* NULL: the row has all */
    size_t record_offset;
    /* What other tables hold of it; NULL: nothing. */
    bool (*complete)(struct dump *dump, union any_row *row, struct error *err);
};

static bool complete_price(struct dump *dump, union any_row *row, struct error *err)
{
    void *items;
    size_t count;
    struct price_record *record = &row->price.record;
    if (!rows_load_all(dump->db, STMT_IMPORT_TIERS,
                       DB_ARGS(db_i64(row->price.tenant_id), db_i64(row->price.price_id),
                               db_text(record->valid_from)),
                       dump->arena, tier_rows.fields, tier_rows.field_count,
                       sizeof(struct tier_row), &items, &count, err))
        return false;
    const struct tier_row *tiers = items;
    for (size_t i = 0; i < count; i++)
        ARRAY_ADD(dump->arena, &row->price.figures.tiers) = tiers[i].record;
    price_row_set_record(&row->price);
    return true;
}

static bool complete_usage(struct dump *dump, union any_row *row, struct error *err)
{
    (void)dump;
    (void)err;
    if (!row->usage.by_customer)
        row->usage.record.customer = NULL; /* the form in which it went in */
    return true;
}

static bool load_lines(struct dump *dump, struct invoice_row *invoice, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!db_query(dump->db, STMT_DUMP_INVOICE_LINES,
                  DB_ARGS(db_i64(invoice->tenant_id), db_i64(invoice->invoice_id)), &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        struct invoice_line_row line = {0};
        if (!has_row)
            return true;
        if (!rows_read(rows, dump->arena, invoice_line_rows.fields, invoice_line_rows.field_count,
                       &line, err) ||
            !rows_read(rows, dump->arena, invoice_line_names.fields, invoice_line_names.field_count,
                       &line, err))
            return false;
        if (line.record.rated_price == NULL) { /* by what its price is for its customer */
            line.record.customer_price_valid_from = line.record.rated_price_valid_from;
            line.record.rated_price_valid_from = NULL;
        }
        ARRAY_ADD(dump->arena, &invoice->record.lines) = line.record;
    }
    return false;
}

static bool load_taxes(struct dump *dump, struct invoice_row *invoice, struct error *err)
{
    void *items;
    size_t count;
    if (!rows_load_all(dump->db, STMT_DUMP_INVOICE_TAXES,
                       DB_ARGS(db_i64(invoice->tenant_id), db_i64(invoice->invoice_id)),
                       dump->arena, invoice_tax_rows.fields, invoice_tax_rows.field_count,
                       sizeof(struct invoice_tax_row), &items, &count, err))
        return false;
    const struct invoice_tax_row *taxes = items;
    for (size_t i = 0; i < count; i++)
        ARRAY_ADD(dump->arena, &invoice->record.taxes) = taxes[i].record;
    return true;
}

static bool load_written_off(struct dump *dump, struct invoice_row *invoice, struct error *err)
{
    void *items;
    size_t count;
    if (!rows_load_all(dump->db, STMT_WRITTEN_OFF_BY_DOCUMENT,
                       DB_ARGS(db_i64(invoice->tenant_id), db_i64(invoice->invoice_id)),
                       dump->arena, document_off_rows.fields, document_off_rows.field_count,
                       sizeof(struct document_off_row), &items, &count, err))
        return false;
    const struct document_off_row *rows = items;
    for (size_t i = 0; i < count; i++)
        ARRAY_ADD(dump->arena, &invoice->record.written_off) = rows[i].record;
    return true;
}

static bool load_party(struct dump *dump, const struct invoice_row *invoice,
                       struct party_record *party, struct error *err)
{
    struct party_row row = {0};
    bool found;
    if (!rows_load_one(dump->db, STMT_DUMP_PARTY,
                       DB_ARGS(db_i64(invoice->tenant_id), db_bytes(party->digest, SHA256_SIZE)),
                       dump->arena, party_rows.fields, party_rows.field_count, &row, &found, err))
        return false;
    if (found)
        *party = row.record;
    return true;
}

static bool complete_invoice(struct dump *dump, union any_row *row, struct error *err)
{
    struct invoice_row *invoice = &row->invoice;
    bool found;
    invoice->record.document.size_bytes = RECORD_INT_NONE;
    return load_party(dump, invoice, &invoice->record.seller, err) &&
           load_party(dump, invoice, &invoice->record.buyer, err) &&
           load_lines(dump, invoice, err) && load_taxes(dump, invoice, err) &&
           load_written_off(dump, invoice, err) &&
           rows_load_one(dump->db, STMT_DUMP_INVOICE_DOCUMENT,
                         DB_ARGS(db_i64(invoice->tenant_id), db_i64(invoice->invoice_id)),
                         dump->arena, invoice_document_rows.fields,
                         invoice_document_rows.field_count, invoice, &found, err);
}

static bool complete_correction(struct dump *dump, union any_row *row, struct error *err)
{
    void *items;
    size_t count;
    if (!rows_load_all(
            dump->db, STMT_DUMP_CORRECTION_LINES,
            DB_ARGS(db_i64(row->correction.tenant_id), db_text(row->correction.record.correction)),
            dump->arena, correction_line_rows.fields, correction_line_rows.field_count,
            sizeof(struct correction_line_row), &items, &count, err))
        return false;
    const struct correction_line_row *lines = items;
    for (size_t i = 0; i < count; i++)
        ARRAY_ADD(dump->arena, &row->correction.record.lines) = lines[i].record;
    return true;
}

/* The elements of a scope. */
static bool load_scope(struct dump *dump, enum statement_id statement, int64_t tenant_id,
                       int64_t owner_id, struct coupon_scope_list *scope, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!db_query(dump->db, statement, DB_ARGS(db_i64(tenant_id), db_i64(owner_id)), &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        struct coupon_scope_row element = {0};
        if (!has_row)
            return true;
        if (!rows_read(rows, dump->arena, coupon_scope_names.fields, coupon_scope_names.field_count,
                       &element, err))
            return false;
        ARRAY_ADD(dump->arena, scope) = element.record;
    }
    return false;
}

static bool complete_coupon(struct dump *dump, union any_row *row, struct error *err)
{
    return load_scope(dump, STMT_DUMP_COUPON_SCOPE, row->coupon.tenant_id, row->coupon.coupon_id,
                      &row->coupon.record.scope, err);
}

static bool load_phase_prices(struct dump *dump, struct contract_phase_row *phase,
                              struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row;
    if (!db_query(dump->db, STMT_DUMP_CONTRACT_PRICES,
                  DB_ARGS(db_i64(phase->tenant_id), db_i64(phase->phase_id)), &rows, err))
        return false;
    while (db_rows_next(rows, &has_row, err)) {
        struct contract_price_row price = {0};
        if (!has_row)
            return true;
        if (!rows_read(rows, dump->arena, contract_price_names.fields,
                       contract_price_names.field_count, &price, err))
            return false;
        ARRAY_ADD(dump->arena, &phase->record.prices) = price.record;
    }
    return false;
}

static bool complete_contract_phase(struct dump *dump, union any_row *row, struct error *err)
{
    return load_phase_prices(dump, &row->contract_phase, err) &&
           load_scope(dump, STMT_DUMP_CONTRACT_SCOPE, row->contract_phase.tenant_id,
                      row->contract_phase.phase_id, &row->contract_phase.record.scope, err);
}

static bool complete_coupon_use(struct dump *dump, union any_row *row, struct error *err)
{
    const struct coupon_use_row *use = &row->coupon_use;
    void *items;
    size_t count;
    if (!rows_load_all(dump->db, STMT_DUMP_COUPON_LINES,
                       DB_ARGS(db_i64(use->tenant_id), db_i64(use->invoice_id),
                               db_i64(use->coupon_id), db_i64(use->customer_id),
                               db_i64(use->subscription_id)),
                       dump->arena, coupon_line_rows.fields, coupon_line_rows.field_count,
                       sizeof(struct coupon_line_row), &items, &count, err))
        return false;
    const struct coupon_line_row *lines = items;
    for (size_t i = 0; i < count; i++)
        ARRAY_ADD(dump->arena, &row->coupon_use.record.lines) = lines[i].record;
    return true;
}

static const char *text_if_any(const char *text)
{
    return text_is_empty(text) ? NULL : text;
}

static bool complete_transaction(struct dump *dump, union any_row *row, struct error *err)
{
    struct credit_transaction_row *transaction = &row->credit_transaction;
    (void)dump;
    (void)err;
    transaction->record.project = text_if_any(transaction->project);
    transaction->record.member = text_if_any(transaction->member);
    transaction->record.month = text_if_any(transaction->month);
    return true;
}

static bool complete_unit_grant(struct dump *dump, union any_row *row, struct error *err)
{
    struct credit_unit_grant_row *grant = &row->credit_unit_grant;
    (void)err;
    grant->record.units = credit_units_text(grant->unit_millionths, dump->arena);
    grant->record.amount_minor = RECORD_INT_NONE;
    return true;
}

static bool complete_unit_transaction(struct dump *dump, union any_row *row, struct error *err)
{
    struct credit_unit_transaction_row *transaction = &row->credit_unit_transaction;
    struct credit_unit_transaction_record *record = &transaction->record;
    bool is_draw = transaction->invoice_id != 0;
    (void)err;
    record->units = credit_units_text(transaction->unit_millionths, dump->arena);
    record->line = is_draw ? transaction->line : RECORD_INT_NONE;
    record->amount_minor = is_draw ? transaction->amount_minor : RECORD_INT_NONE;
    return true;
}

static bool complete_limit_use(struct dump *dump, union any_row *row, struct error *err)
{
    struct credit_limit_use_row *use = &row->credit_limit_use;
    bool is_project = text_equal(use->kind, "project");
    (void)dump;
    (void)err;
    use->record.project = is_project ? use->holder : NULL;
    use->record.member = is_project ? NULL : use->holder;
    return true;
}

static bool complete_share(struct dump *dump, union any_row *row, struct error *err)
{
    struct usage_share_record *record = &row->usage_share.record;
    (void)dump;
    (void)err;
    record->project = text_if_any(record->project);
    record->member = text_if_any(record->member);
    return true;
}

/* Of a currency that nobody knows: zero. */
static const char *amount_text(int64_t minor, const char *code, struct arena *arena)
{
    struct currency currency;
    struct error unknown = {0};
    if (minor == DB_I64_NONE)
        return NULL;
    if (code == NULL || !currency_parse(code, &currency, &unknown))
        return "0";
    return arena_copy(arena, money_text(money_of_minor(minor, currency)).text);
}

static bool complete_difference(struct dump *dump, union any_row *row, struct error *err)
{
    const struct payment_difference_row *of = &row->payment_difference;
    struct payment_difference_record *record = &row->payment_difference.record;
    (void)err;
    record->there = amount_text(of->there_minor, record->there_currency, dump->arena);
    record->there_refunded =
        amount_text(of->there_refunded_minor, record->there_currency, dump->arena);
    record->here = amount_text(of->here_minor, record->here_currency, dump->arena);
    record->here_refunded =
        amount_text(of->here_refunded_minor, record->here_currency, dump->arena);
    return true;
}

static bool complete_file(struct dump *dump, union any_row *row, struct error *err)
{
    (void)dump;
    (void)err;
    row->effect.record.epoch = row->effect.record.attempts = RECORD_INT_NONE;
    return true;
}

static bool complete_sent(struct dump *dump, union any_row *row, struct error *err)
{
    struct effect_record *record = &row->sent_effect.record;
    (void)err;
    record->lane = text_if_any(record->lane);
    record->subject = text_if_any(record->subject);
    record->outcome = text_if_any(record->outcome);
    record->provider_ref = text_if_any(record->provider_ref);
    record->code = text_if_any(record->code);
    record->reason = text_if_any(record->reason);
    effect_request_write(record, row->sent_effect.request.data, row->sent_effect.request.size,
                         dump->arena);
    return true;
}

#define SOURCE(kind_, statement_, member, names_, complete_)                                       \
    {                                                                                              \
        .kind = RECORD_##kind_, .statement = STMT_DUMP_##statement_, .table = &member##_rows,      \
        .names = (names_), .record_offset = offsetof(struct member##_row, record),                 \
        .complete = (complete_)                                                                    \
    }

/* The tenant's own text is set for all of them. */
static const struct dump_source sources[] = {
    SOURCE(PRODUCT, PRODUCTS, product, NULL, NULL),
    SOURCE(METER, METERS, meter, NULL, NULL),
    SOURCE(PLAN, PLANS, plan, NULL, NULL),
    SOURCE(PRICE, PRICES, price, &price_names, complete_price),
    SOURCE(CUSTOMER, PAYING_CUSTOMERS, customer, NULL, NULL),
    SOURCE(CUSTOMER, PAID_CUSTOMERS, customer, NULL, NULL),
    SOURCE(CUSTOMER_PRICE, CUSTOMER_PRICES, price, &customer_price_names, complete_price),
    SOURCE(PROJECT, PROJECTS, holder, &holder_names, NULL),
    SOURCE(MEMBER, MEMBERS, holder, &holder_names, NULL),
    SOURCE(PAYMENT_METHOD, PAYMENT_METHODS, payment_method, &payment_method_names, NULL),
    SOURCE(SUBSCRIPTION, SUBSCRIPTIONS, subscription, &subscription_names, NULL),
    SOURCE(SUBSCRIPTION_CHANGE, SUBSCRIPTION_CHANGES, subscription_change,
           &subscription_change_names, NULL),
    SOURCE(COUPON, COUPONS, coupon, NULL, complete_coupon),
    SOURCE(COUPON_REDEMPTION, COUPON_REDEMPTIONS, coupon_redemption, &coupon_redemption_names,
           NULL),
    SOURCE(CREDIT_GRANT, CREDIT_GRANTS, credit_grant, &credit_grant_names, NULL),
    SOURCE(CREDIT_GRANT, CREDIT_UNIT_GRANTS, credit_unit_grant, &credit_unit_grant_names,
           complete_unit_grant),
    SOURCE(CONTRACT, CONTRACTS, contract, &contract_names, NULL),
    SOURCE(CONTRACT_PHASE, CONTRACT_PHASES, contract_phase, &contract_phase_names,
           complete_contract_phase),
    SOURCE(TAX_RATE, TAX_RATES, tax_rate, NULL, NULL),
    SOURCE(EXCHANGE_RATE, EXCHANGE_RATES, exchange_rate, NULL, NULL),
    SOURCE(USAGE, USAGE_NEXT_DAY, usage, &usage_names, complete_usage),
    SOURCE(SUBSCRIPTION_STATE, SUBSCRIPTION_STATES, subscription_state, &subscription_state_names,
           NULL),
    SOURCE(USAGE_RATED, USAGE_RATED, usage_rated, &usage_rated_names, NULL),
    SOURCE(INVOICE, INVOICES, invoice, &invoice_names, complete_invoice),
    SOURCE(CREDIT_NOTE, CREDIT_NOTES, invoice, &invoice_names, complete_invoice),
    SOURCE(CORRECTION, CORRECTIONS, correction, &correction_names, complete_correction),
    SOURCE(PAYMENT, PAYMENTS, payment, &payment_names, NULL),
    SOURCE(PAYMENT, PAYMENT_PARTS, payment, &payment_names, NULL),
    SOURCE(REFUND, REFUNDS, refund, NULL, NULL),
    SOURCE(PAYMENT_ATTEMPT, PAYMENT_ATTEMPTS, payment_attempt, NULL, NULL),
    SOURCE(DUNNING_CAMPAIGN, DUNNING_CAMPAIGNS, campaign, NULL, NULL),
    SOURCE(DUNNING_STEP, DUNNING_STEPS, campaign_step, NULL, NULL),
    SOURCE(PAYMENT_DIFFERENCE, PAYMENT_DIFFERENCES, payment_difference, NULL, complete_difference),
    SOURCE(GATEWAY_STATEMENT, GATEWAY_STATEMENTS, gateway_statement, NULL, NULL),
    SOURCE(COUPON_USE, COUPON_USES, coupon_use, &coupon_use_names, complete_coupon_use),
    SOURCE(CREDIT_TRANSACTION, CREDIT_TRANSACTIONS, credit_transaction, &credit_transaction_names,
           complete_transaction),
    SOURCE(CREDIT_UNIT_TRANSACTION, CREDIT_UNIT_TRANSACTIONS, credit_unit_transaction,
           &credit_unit_transaction_names, complete_unit_transaction),
    SOURCE(CREDIT_LIMIT_USE, CREDIT_LIMIT_USES, credit_limit_use, &credit_limit_use_names,
           complete_limit_use),
    SOURCE(USAGE_SHARE, USAGE_SHARES, usage_share, &usage_share_names, complete_share),
    SOURCE(INVOICE_CONVERSION, INVOICE_CONVERSIONS, invoice_conversion, &invoice_conversion_names,
           NULL),
    SOURCE(PAYMENT_CONVERSION, PAYMENT_CONVERSIONS, payment_conversion, &payment_conversion_names,
           NULL),
    SOURCE(BILLING_PERIOD, BILLING_PERIODS, billing_period, &billing_period_names, NULL),
    SOURCE(BILLING_PERIOD, COMMITMENT_PERIODS, billing_period, &billing_period_names, NULL),
    SOURCE(NUMBER_SERIES, NUMBER_SERIES, number_series, NULL, NULL),
    SOURCE(RUN, RUNS, run, NULL, NULL),
    SOURCE(PARKED_ITEM, PARKED_ITEMS, parked_item, &parked_item_names, NULL),
    SOURCE(EFFECT, FILE_EFFECTS, effect, &effect_names, complete_file),
    SOURCE(EFFECT, SENT_EFFECTS, sent_effect, &sent_effect_names, complete_sent),
};

/* ------------------------------------------------------------------ writing */

static bool write_record(struct dump *dump, enum record_kind kind, const void *record,
                         struct error *err)
{
    dump->json.length = 0;
    record_json_write(kind, record, dump->arena, &dump->json);
    if (fwrite(dump->json.text, 1, dump->json.length, dump->out) != dump->json.length)
        return error_run(err, errno == ENOSPC ? EXIT_CANTCREATE : EXIT_IO,
                         "cannot write the dump: %s", strerror(errno));
    dump->records++;
    return true;
}

/* Every record begins with its tenant. */
static void set_tenant(void *record, const char *tenant)
{
    ((struct product_record *)record)->tenant = tenant;
}

static bool read_row(struct dump *dump, const struct dump_source *source, struct db_rows *rows,
                     union any_row *row, struct error *err)
{
    memset(row, 0, sizeof(*row));
    return rows_read(rows, dump->arena, source->table->fields, source->table->field_count, row,
                     err) &&
           (source->names == NULL || rows_read(rows, dump->arena, source->names->fields,
                                               source->names->field_count, row, err)) &&
           (source->complete == NULL || source->complete(dump, row, err));
}

static bool write_rows(struct dump *dump, const struct dump_source *source, struct db_rows *rows,
                       const char *tenant, struct error *err)
{
    union any_row row;
    bool has_row;
    while (db_rows_next(rows, &has_row, err)) {
        void *record = (char *)&row + source->record_offset;
        arena_reset(dump->arena);
        if (!has_row)
            return true;
        if (!read_row(dump, source, rows, &row, err))
            return false;
        set_tenant(record, tenant);
        if (!write_record(dump, source->kind, record, err))
            return false;
    }
    return false;
}

static bool write_day(struct dump *dump, const struct dump_source *source, int64_t tenant_id,
                      const char *tenant, int64_t day, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    int64_t count = 0;
    bool found;
    if (!db_query_i64(dump->db, STMT_DUMP_USAGE_DAY_COUNT,
                      DB_ARGS(db_i64(tenant_id), db_i64(day), db_i64(FEW_EVENTS)), &count, &found,
                      err))
        return false;
    return db_query_large(dump->db, count < FEW_EVENTS ? STMT_DUMP_USAGE_FEW : STMT_DUMP_USAGE_MANY,
                          DB_ARGS(db_i64(tenant_id), db_i64(day)), &rows, err) &&
           write_rows(dump, source, rows, tenant, err);
}

static bool write_days(struct dump *dump, const struct dump_source *source, int64_t tenant_id,
                       const char *tenant, struct error *err)
{
    int64_t day = INT64_MIN;
    for (bool found = true; found;) {
        if (!db_query_i64(dump->db, source->statement, DB_ARGS(db_i64(tenant_id), db_i64(day)),
                          &day, &found, err) ||
            (found && !write_day(dump, source, tenant_id, tenant, day, err)))
            return false;
    }
    return true;
}

static bool write_source(struct dump *dump, const struct dump_source *source, int64_t tenant_id,
                         const char *tenant, struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    if (source->kind == RECORD_USAGE)
        return write_days(dump, source, tenant_id, tenant, err);
    return db_query_large(dump->db, source->statement, DB_ARGS(db_i64(tenant_id)), &rows, err) &&
           write_rows(dump, source, rows, tenant, err);
}

static bool is_wanted(const struct dump_options *options, enum record_kind kind)
{
    for (size_t i = 0; i < options->kind_count; i++)
        if (options->kinds[i] == kind)
            return true;
    return options->kinds == NULL;
}

struct tenants {
    struct tenant_row *items;
    size_t count;
};

static bool is_wanted_tenant(const struct dump_options *options, const struct tenant_row *tenant)
{
    return options->tenant == NULL || text_equal(options->tenant, tenant->record.tenant);
}

static bool load_tenants(struct dump *dump, const struct dump_options *options, struct arena *arena,
                         struct tenants *tenants, struct error *err)
{
    void *items;
    size_t count;
    if (!rows_load_all(dump->db, STMT_DUMP_TENANTS, DB_NO_ARGS, arena, tenant_rows.fields,
                       tenant_rows.field_count, sizeof(struct tenant_row), &items, &count, err))
        return false;
    tenants->items = items;
    for (size_t i = 0; i < count; i++)
        if (is_wanted_tenant(options, &tenants->items[i]))
            tenants->items[tenants->count++] = tenants->items[i];
    if (tenants->count == 0 && options->tenant != NULL) {
        error_run(err, EXIT_DATA, "tenant \"%s\" does not exist", options->tenant);
        return error_hint(err, "`billmill dump` without --tenant shows all of them");
    }
    return true;
}

static bool write_tenants(struct dump *dump, const struct tenants *tenants, struct error *err)
{
    for (size_t i = 0; i < tenants->count; i++) {
        arena_reset(dump->arena);
        if (!write_record(dump, RECORD_TENANT, &tenants->items[i].record, err))
            return false;
    }
    return true;
}

static bool write_kinds(struct dump *dump, const struct dump_options *options,
                        const struct tenants *tenants, struct error *err)
{
    if (is_wanted(options, RECORD_TENANT) && !write_tenants(dump, tenants, err))
        return false;
    for (size_t s = 0; s < ARRAY_LEN(sources); s++) {
        const struct dump_source *source = &sources[s];
        if (!is_wanted(options, source->kind))
            continue;
        if ((source->kind == RECORD_TAX_RATE || source->kind == RECORD_EXCHANGE_RATE ||
             source->kind == RECORD_PAYMENT_DIFFERENCE ||
             source->kind == RECORD_GATEWAY_STATEMENT || source->kind == RECORD_RUN ||
             source->kind == RECORD_PARKED_ITEM) &&
            !write_source(dump, source, 0, RECORD_EVERY_TENANT, err))
            return false;
        for (size_t i = 0; i < tenants->count; i++)
            if (!write_source(dump, source, tenants->items[i].tenant_id,
                              tenants->items[i].record.tenant, err))
                return false;
    }
    return true;
}

static void dump_free(struct dump *dump)
{
    json_text_free(&dump->json);
    arena_destroy(&dump->arena);
}

bool dump_write(struct db *db, FILE *out, const struct dump_options *options, int64_t *ret_records,
                struct error *err)
{
    CLEANUP(dump_free)
    struct dump dump = {.db = db, .out = out, .arena = arena_create("dump", DUMP_ARENA_CAP)};
    CLEANUP(arena_destroy) struct arena *arena = arena_create("dump tenants", TENANTS_ARENA_CAP);
    CLEANUP(snapshot_end) struct snapshot snapshot = {0};
    struct tenants tenants = {0};
    /* One view of the database: a run that commits meanwhile is seen whole or not at all. */
    if (!snapshot_begin(&snapshot, db, err))
        return false;
    if (!load_tenants(&dump, options, arena, &tenants, err) ||
        !write_kinds(&dump, options, &tenants, err))
        return false;
    if (fflush(out) != 0)
        return error_run(err, errno == ENOSPC ? EXIT_CANTCREATE : EXIT_IO,
                         "cannot write the dump: %s", strerror(errno));
    if (ret_records != NULL)
        *ret_records = dump.records;
    return true;
}
