/* Contracts and their phases. Neither ever changes: a contract is closed by another one that amends
 * it. Where a phase lies is checked against its contract and the other phases of it, as it is put,
 * by the rules that bill it (core/billing/contract.h). */
#include <string.h>

#include "core/base/text.h"
#include "core/billing/contract.h"
#include "core/stores/import_put.h"
#include "core/stores/import_shelf.h"

static const struct put_rules contract_rules = {
    .table = &contract_rows,
    .id_offset = offsetof(struct contract_row, contract_id),
    .id_counter = "contract",
    .fixed_hint = "a contract never changes: import another one that amends it",
};
static const struct put_rules phase_rules = {
    .table = &contract_phase_rows,
    .id_offset = offsetof(struct contract_phase_row, phase_id),
    .id_counter = "price", /* a line names a price or a phase by one column */
    .fixed_hint = "a phase never changes: import another contract that amends this one",
};

static struct contract_row contract_key(int64_t tenant_id, const char *contract)
{
    struct contract_row key = {.tenant_id = tenant_id};
    key.record.contract = contract;
    return key;
}

/* ------------------------------------------------------------------ contracts */

void expect_contract(struct import_session *session, const struct contract_record *record,
                     int64_t tenant_id)
{
    struct contract_row row = {.tenant_id = tenant_id, .record = *record};
    struct contract_row amended = contract_key(tenant_id, record->amends);
    struct contract_row other = contract_key(tenant_id, record->ends_with);
    put_expect(session, &contract_rules, &row);
    if (record->amends != NULL) {
        put_expect(session, &contract_rules, &amended);
        import_shelf_expect(session->shelf, &contract_amending_rows, &row);
    }
    if (record->ends_with != NULL)
        put_expect(session, &contract_rules, &other);
}

static bool find_contract(struct import_session *session, const struct contract_record *of,
                          int64_t tenant_id, const char *name, struct contract_row *ret_row,
                          struct error *err)
{
    struct contract_row key = contract_key(tenant_id, name);
    int64_t ignored;
    bool found;
    if (!put_find(session, &contract_rules, &key, ret_row, &found, err))
        return false;
    /* The words of a name that is not there are those of every other kind. */
    return found || put_refer(session, RECORD_CONTRACT, tenant_id, of->tenant, name, &ignored, err);
}

static bool parse_end(const char *text, struct date *ret_end, struct error *err)
{
    *ret_end = DATE_NONE;
    return text == NULL || date_parse(text, ret_end, err);
}

/* As it was agreed. One that co-terminates has the end of the other, which has one of its own. */
static bool term_of(struct import_session *session, const struct contract_row *row,
                    struct contract_term *ret_term, struct error *err)
{
    const struct contract_record *record = &row->record;
    struct contract_row other;
    const char *end = record->end;
    *ret_term = (struct contract_term){.closed_on = DATE_NONE};
    if (record->ends_with != NULL) {
        if (!find_contract(session, record, row->tenant_id, record->ends_with, &other, err))
            return false;
        end = other.record.end;
        if (end == NULL)
            return error_item(err, "bad_value",
                              "field \"ends_with\": contract \"%s\" has no end of its own",
                              record->ends_with);
        if (strcmp(record->start, other.record.start) < 0) /* a dump has the other one first */
            return error_item(err, "bad_value",
                              "field \"ends_with\": contract \"%s\" begins later, on %s",
                              record->ends_with, other.record.start);
    }
    return date_parse(record->start, &ret_term->start, err) && parse_end(end, &ret_term->end, err);
}

static bool check_alone(struct import_session *session, const struct contract_row *row,
                        struct error *err)
{
    const void *rows;
    size_t count;
    if (!import_shelf_find(session->shelf, &contract_amending_rows, row, &rows, &count, err))
        return false;
    const struct contract_row *others = rows;
    for (size_t i = 0; i < count; i++)
        if (!text_equal(others[i].record.contract, row->record.contract))
            return error_item(err, "bad_amendment",
                              "field \"amends\": contract \"%s\" is amended by contract \"%s\"",
                              row->record.amends, others[i].record.contract);
    return true;
}

static bool check_amendment(struct import_session *session, const struct contract_row *row,
                            struct error *err)
{
    const struct contract_record *record = &row->record;
    struct contract_row amended;
    struct contract_term closed;
    struct date start;
    if (!find_contract(session, record, row->tenant_id, record->amends, &amended, err))
        return false;
    if (amended.customer_id != row->customer_id)
        return error_item(err, "bad_amendment",
                          "field \"amends\": contract \"%s\" is of another customer",
                          record->amends);
    return term_of(session, &amended, &closed, err) && date_parse(record->start, &start, err) &&
           contract_check_amendment(&closed, start, err) && check_alone(session, row, err);
}

bool put_contract(struct import_session *session, const struct contract_record *record,
                  int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct contract_row row = {.tenant_id = tenant_id, .record = *record};
    struct contract_term term;
    if (!put_refer(session, RECORD_CUSTOMER, tenant_id, record->tenant, record->customer,
                   &row.customer_id, err) ||
        !term_of(session, &row, &term, err) || !contract_check(&term, err) ||
        (record->amends != NULL && !check_amendment(session, &row, err)) ||
        !put_row(session, &contract_rules, &row, ret_outcome, err))
        return false;
    import_lookup_add(session->lookup, RECORD_CONTRACT, tenant_id, record->contract,
                      row.contract_id);
    if (*ret_outcome == IMPORT_ADDED && record->amends != NULL)
        import_shelf_add(session->shelf, &contract_amending_rows, &row);
    return true;
}

/* ------------------------------------------------------------------ phases */

static bool phase_row(struct import_session *session, const struct contract_phase_record *record,
                      int64_t tenant_id, struct contract_phase_row *ret_row, struct error *err)
{
    *ret_row = (struct contract_phase_row){
        .tenant_id = tenant_id, .product_id = DB_I64_NONE, .record = *record};
    return put_refer(session, RECORD_CONTRACT, tenant_id, record->tenant, record->contract,
                     &ret_row->contract_id, err) &&
           (record->product == NULL || put_refer(session, RECORD_PRODUCT, tenant_id, record->tenant,
                                                 record->product, &ret_row->product_id, err));
}

static struct price_row price_key(int64_t tenant_id, const char *price)
{
    struct price_row key = {.tenant_id = tenant_id};
    key.record.price = price;
    return key;
}

bool expect_contract_phase(struct import_session *session,
                           const struct contract_phase_record *record, int64_t tenant_id,
                           struct error *err)
{
    struct contract_phase_row row;
    struct contract_row contract = contract_key(tenant_id, record->contract);
    if (!phase_row(session, record, tenant_id, &row, err))
        return false;
    put_expect(session, &contract_rules, &contract);
    put_expect(session, &phase_rules, &row);
    import_shelf_expect(session->shelf, &contract_phase_all_rows, &row);
    for (size_t i = 0; i < record->prices.count; i++) {
        struct price_row price = price_key(tenant_id, record->prices.items[i].price);
        struct price_row rated_as = price_key(tenant_id, record->prices.items[i].rated_as);
        import_shelf_expect(session->shelf, &price_version_rows, &price);
        import_shelf_expect(session->shelf, &price_version_rows, &rated_as);
    }
    return true;
}

bool expect_contract_parts(struct import_session *session,
                           const struct contract_phase_record *record, int64_t tenant_id,
                           struct error *err)
{
    struct contract_phase_row row, existing;
    bool found;
    if (!phase_row(session, record, tenant_id, &row, err) ||
        !put_find(session, &phase_rules, &row, &existing, &found, err))
        return false;
    if (!found)
        return true;
    struct contract_price_row price = {.tenant_id = tenant_id, .phase_id = existing.phase_id};
    struct contract_scope_row scope = {.tenant_id = tenant_id, .phase_id = existing.phase_id};
    import_shelf_expect(session->shelf, &contract_price_all_rows, &price);
    import_shelf_expect(session->shelf, &contract_scope_all_rows, &scope);
    return true;
}

/* The phase and those that are there, in order of their start. In the session's scratch. */
struct phase_terms {
    struct contract_phase_term *terms;
    size_t count;
};

static bool add_term(struct phase_terms *terms, const struct contract_phase_record *record,
                     struct error *err)
{
    struct contract_phase_term term;
    size_t at = terms->count;
    if (!date_parse(record->start, &term.start, err) || !parse_end(record->end, &term.end, err))
        return false;
    for (; at > 0 && date_compare(terms->terms[at - 1].start, term.start) > 0; at--)
        terms->terms[at] = terms->terms[at - 1];
    terms->terms[at] = term;
    terms->count++;
    return true;
}

static bool check_place(struct import_session *session, const struct contract_phase_row *row,
                        const struct contract_term *contract, struct error *err)
{
    const void *rows;
    size_t count, at_fault;
    if (!import_shelf_find(session->shelf, &contract_phase_all_rows, row, &rows, &count, err))
        return false;
    const struct contract_phase_row *others = rows;
    struct phase_terms terms = {
        .terms = ARENA_NEW_ARRAY(session->scratch, struct contract_phase_term, count + 1)};
    if (!add_term(&terms, &row->record, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!text_equal(others[i].record.phase, row->record.phase) &&
            !add_term(&terms, &others[i].record, err))
            return false;
    return contract_check_phases(contract, terms.terms, terms.count, &at_fault, err);
}

/* With the digits of the contract's currency, and an end at which it falls due. */
static bool check_commitment(const struct contract_phase_row *row,
                             const struct contract_row *contract, struct error *err)
{
    struct currency currency;
    struct money commitment;
    if (row->record.commitment == NULL)
        return true;
    if (contract->record.currency == NULL)
        return error_item(err, "missing_field",
                          "field \"commitment\": contract \"%s\" has no currency",
                          row->record.contract);
    return currency_parse(contract->record.currency, &currency, err) &&
           money_parse(row->record.commitment, currency, &commitment, err);
}

static bool check_phase(struct import_session *session, const struct contract_phase_row *row,
                        struct error *err)
{
    struct contract_row key = contract_key(row->tenant_id, row->record.contract), contract;
    struct contract_term term;
    bool found;
    if (!put_find(session, &contract_rules, &key, &contract, &found, err))
        return false;
    assert(found); /* it was referred to */
    return term_of(session, &contract, &term, err) && check_place(session, row, &term, err) &&
           check_commitment(row, &contract, err);
}

/* The versions of a price share meter and billing; any of them says which they are. */
static bool find_price(struct import_session *session, const struct contract_phase_row *phase,
                       const char *name, struct price_row *ret_price, struct error *err)
{
    struct price_row key = price_key(phase->tenant_id, name);
    const void *rows;
    size_t count;
    int64_t ignored;
    if (!import_shelf_find(session->shelf, &price_version_rows, &key, &rows, &count, err) ||
        (count == 0 && !put_refer(session, RECORD_PRICE, phase->tenant_id, phase->record.tenant,
                                  name, &ignored, err))) /* who says so in its words */
        return false;
    assert(count > 0);
    *ret_price = *(const struct price_row *)rows;
    return true;
}

static bool make_prices(struct import_session *session, const struct contract_phase_row *phase,
                        struct contract_price_row **ret_rows, struct error *err)
{
    const struct contract_price_list *prices = &phase->record.prices;
    struct contract_price_row *rows =
        ARENA_NEW_ARRAY(session->scratch, struct contract_price_row, prices->count + 1);
    for (size_t i = 0; i < prices->count; i++) {
        const struct contract_price_record *record = &prices->items[i];
        struct price_row price, other;
        if (!find_price(session, phase, record->price, &price, err) ||
            !find_price(session, phase, record->rated_as, &other, err))
            return false;
        bool per_quantity = !text_equal(price.record.terms.model, "flat");
        if (price.meter_id != other.meter_id ||
            !text_equal(price.record.billing, other.record.billing) ||
            !text_equal(price.record.currency, other.record.currency) ||
            (price.meter_id == DB_I64_NONE &&
             per_quantity == text_equal(other.record.terms.model, "flat")))
            return error_item(err, "bad_value",
                              "field \"prices[%zu]\": price \"%s\" has another meter, billing or "
                              "currency than \"%s\", or one of them is a flat fee",
                              i, record->rated_as, record->price);
        rows[i] = (struct contract_price_row){.tenant_id = phase->tenant_id,
                                              .element_no = (int64_t)i + 1,
                                              .price_id = price.price_id,
                                              .rated_price_id = other.price_id};
    }
    *ret_rows = rows;
    return true;
}

static bool check_prices(struct import_session *session, const struct contract_phase_row *phase,
                         const struct contract_price_row *prices, struct error *err)
{
    const void *rows;
    size_t count;
    struct contract_price_row key = {.tenant_id = phase->tenant_id, .phase_id = phase->phase_id};
    if (!import_shelf_find(session->shelf, &contract_price_all_rows, &key, &rows, &count, err))
        return false;
    const struct contract_price_row *stored = rows;
    bool equal = count == phase->record.prices.count;
    for (size_t i = 0; equal && i < count; i++) {
        size_t at = (size_t)stored[i].element_no - 1;
        equal = at < count && stored[i].price_id == prices[at].price_id &&
                stored[i].rated_price_id == prices[at].rated_price_id;
    }
    if (equal)
        return true;
    error_item(err, "conflict", "is there with other content: its prices differ");
    return error_hint(err, "%s", phase_rules.fixed_hint);
}

static bool make_scope(struct import_session *session, const struct contract_phase_row *phase,
                       struct contract_scope_row **ret_rows, struct error *err)
{
    const struct contract_phase_record *record = &phase->record;
    struct contract_scope_row *rows =
        ARENA_NEW_ARRAY(session->scratch, struct contract_scope_row, record->scope.count + 1);
    for (size_t i = 0; i < record->scope.count; i++) {
        const struct coupon_scope_record *scope = &record->scope.items[i];
        rows[i] = (struct contract_scope_row){.tenant_id = phase->tenant_id,
                                              .element_no = (int64_t)i + 1,
                                              .plan_id = DB_I64_NONE,
                                              .product_id = DB_I64_NONE};
        if ((scope->plan != NULL &&
             !put_refer(session, RECORD_PLAN, phase->tenant_id, record->tenant, scope->plan,
                        &rows[i].plan_id, err)) ||
            (scope->product != NULL &&
             !put_refer(session, RECORD_PRODUCT, phase->tenant_id, record->tenant, scope->product,
                        &rows[i].product_id, err)))
            return false;
    }
    *ret_rows = rows;
    return true;
}

static bool check_scope(struct import_session *session, const struct contract_phase_row *phase,
                        const struct contract_scope_row *scope, struct error *err)
{
    const void *rows;
    size_t count;
    struct contract_scope_row key = {.tenant_id = phase->tenant_id, .phase_id = phase->phase_id};
    if (!import_shelf_find(session->shelf, &contract_scope_all_rows, &key, &rows, &count, err))
        return false;
    const struct contract_scope_row *stored = rows;
    bool equal = count == phase->record.scope.count;
    for (size_t i = 0; equal && i < count; i++) {
        size_t at = (size_t)stored[i].element_no - 1;
        equal = at < count && stored[i].plan_id == scope[at].plan_id &&
                stored[i].product_id == scope[at].product_id;
    }
    if (equal)
        return true;
    error_item(err, "conflict", "is there with other content: its scope differs");
    return error_hint(err, "%s", phase_rules.fixed_hint);
}

bool put_contract_phase(struct import_session *session, const struct contract_phase_record *record,
                        int64_t tenant_id, enum import_outcome *ret_outcome, struct error *err)
{
    struct contract_phase_row row;
    struct contract_price_row *prices = NULL;
    struct contract_scope_row *scope = NULL;
    if (!phase_row(session, record, tenant_id, &row, err) ||
        !make_prices(session, &row, &prices, err) || !make_scope(session, &row, &scope, err) ||
        !check_phase(session, &row, err) || !put_row(session, &phase_rules, &row, ret_outcome, err))
        return false;
    if (*ret_outcome == IMPORT_UNCHANGED)
        return check_prices(session, &row, prices, err) && check_scope(session, &row, scope, err);
    import_shelf_add(session->shelf, &contract_phase_all_rows, &row);
    for (size_t i = 0; i < record->prices.count; i++) {
        prices[i].phase_id = row.phase_id;
        put_part(session, &contract_price_rows, &prices[i]);
        import_shelf_add(session->shelf, &contract_price_all_rows, &prices[i]);
    }
    for (size_t i = 0; i < record->scope.count; i++) {
        scope[i].phase_id = row.phase_id;
        put_part(session, &contract_scope_rows, &scope[i]);
        import_shelf_add(session->shelf, &contract_scope_all_rows, &scope[i]);
    }
    return true;
}

/* ------------------------------------------------------------------ what refers to phases */

bool put_expect_phase(struct import_session *session, int64_t tenant_id, const char *tenant,
                      const char *contract, const char *phase, struct error *err)
{
    struct contract_phase_row key = {.tenant_id = tenant_id};
    key.record.phase = phase;
    if (!put_refer(session, RECORD_CONTRACT, tenant_id, tenant, contract, &key.contract_id, err))
        return false;
    put_expect(session, &phase_rules, &key);
    return true;
}

bool put_refer_phase(struct import_session *session, int64_t tenant_id, const char *tenant,
                     const char *contract, const char *phase, int64_t *ret_phase_id,
                     struct error *err)
{
    struct contract_phase_row key = {.tenant_id = tenant_id}, existing;
    bool found;
    key.record.phase = phase;
    if (!put_refer(session, RECORD_CONTRACT, tenant_id, tenant, contract, &key.contract_id, err) ||
        !put_find(session, &phase_rules, &key, &existing, &found, err))
        return false;
    if (!found)
        return error_item(err, "unknown_reference",
                          "phase \"%s\" of contract \"%s\" does not exist", phase, contract);
    *ret_phase_id = existing.phase_id;
    return true;
}

bool put_refer_subject(struct import_session *session, int64_t tenant_id, const char *tenant,
                       const struct put_subject *subject, int64_t *ret_subscription_id,
                       int64_t *ret_price_id, int64_t *ret_phase_id, struct error *err)
{
    bool is_commitment = subject->subscription == NULL && subject->price == NULL;
    *ret_phase_id = DB_I64_NONE;
    *ret_subscription_id = 0;
    if ((subject->contract == NULL) != (subject->phase == NULL) ||
        (subject->subscription == NULL) != (subject->price == NULL) ||
        (is_commitment && subject->phase == NULL))
        return error_item(err, "missing_field",
                          "\"subscription\" and \"price\" belong together, and so do \"contract\" "
                          "and \"phase\"; one of the two is needed");
    if (subject->phase != NULL && !put_refer_phase(session, tenant_id, tenant, subject->contract,
                                                   subject->phase, ret_phase_id, err))
        return false;
    *ret_price_id = *ret_phase_id;
    return is_commitment ||
           (put_refer(session, RECORD_SUBSCRIPTION, tenant_id, tenant, subject->subscription,
                      ret_subscription_id, err) &&
            put_refer(session, RECORD_PRICE, tenant_id, tenant, subject->price, ret_price_id, err));
}
