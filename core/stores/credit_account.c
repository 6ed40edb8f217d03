/* Reading credits for people: see credit_account.h. */
#include "core/stores/credit_account.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

static const struct row_field owner_fields[] = {
    ROW_FIELD(struct credit_owner, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_owner, customer_id, "customer_id"),
    ROW_FIELD(struct credit_owner, tenant, "tenant"),
    ROW_FIELD(struct credit_owner, customer, "customer"),
    ROW_FIELD(struct credit_owner, currency, "currency"),
    ROW_FIELD(struct credit_owner, overdraft_limit_minor, "overdraft_limit_minor"),
    ROW_FIELD(struct credit_owner, owed_minor, "owed_minor"),
};

static struct db_value text_or_null(const char *text)
{
    return text == NULL ? db_null() : db_text(text);
}

bool credit_account_find(struct db *db, const char *customer, const char *tenant,
                         struct arena *arena, struct credit_owner **ret_owners, size_t *ret_count,
                         struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CREDIT_OWNERS, DB_ARGS(db_text(customer), text_or_null(tenant)),
                       arena, owner_fields, ARRAY_LEN(owner_fields), sizeof(struct credit_owner),
                       &items, ret_count, err))
        return error_context(err, "looking for customer %s", customer);
    *ret_owners = items;
    return true;
}

static const struct row_field grant_fields[] = {
    ROW_FIELD(struct account_grant, source, "source"),
    ROW_FIELD(struct account_grant, kind, "kind"),
    ROW_FIELD(struct account_grant, currency, "currency"),
    ROW_FIELD(struct account_grant, amount_minor, "amount_minor"),
    ROW_FIELD(struct account_grant, used_minor, "used_minor"),
    ROW_FIELD(struct account_grant, priority, "priority"),
    ROW_FIELD(struct account_grant, effective_at_us, "effective_at_us"),
    ROW_FIELD(struct account_grant, expires_at_us, "expires_at_us"),
};

static const struct row_field movement_fields[] = {
    ROW_FIELD(struct account_movement, source, "source"),
    ROW_FIELD(struct account_movement, kind, "kind"),
    ROW_FIELD(struct account_movement, currency, "currency"),
    ROW_FIELD(struct account_movement, amount_minor, "amount_minor"),
    ROW_FIELD(struct account_movement, made_on, "made_on"),
    ROW_FIELD(struct account_movement, grant_kind, "grant_kind"),
    ROW_FIELD(struct account_movement, priority, "priority"),
    ROW_FIELD(struct account_movement, invoice, "invoice"),
    ROW_FIELD(struct account_movement, holder_customer_id, "holder_customer_id"),
    ROW_FIELD(struct account_movement, project, "project"),
    ROW_FIELD(struct account_movement, member, "member"),
    ROW_FIELD(struct account_movement, month, "month"),
};

static const struct row_field limit_fields[] = {
    ROW_FIELD(struct account_limit, kind, "kind"),
    ROW_FIELD(struct account_limit, holder, "holder"),
    ROW_FIELD(struct account_limit, credit_limit, "credit_limit"),
    ROW_FIELD(struct account_limit, currency, "currency"),
    ROW_FIELD(struct account_limit, month, "month"),
    ROW_FIELD(struct account_limit, used_currency, "used_currency"),
    ROW_FIELD(struct account_limit, limit_minor, "limit_minor"),
    ROW_FIELD(struct account_limit, used_minor, "used_minor"),
};

static const struct row_field unit_fields[] = {
    ROW_FIELD(struct account_unit_grant, source, "source"),
    ROW_FIELD(struct account_unit_grant, kind, "kind"),
    ROW_FIELD(struct account_unit_grant, meter, "meter"),
    ROW_FIELD(struct account_unit_grant, unit_millionths, "unit_millionths"),
    ROW_FIELD(struct account_unit_grant, used_millionths, "used_millionths"),
    ROW_FIELD(struct account_unit_grant, priority, "priority"),
    ROW_FIELD(struct account_unit_grant, effective_at_us, "effective_at_us"),
    ROW_FIELD(struct account_unit_grant, expires_at_us, "expires_at_us"),
};

static const struct row_field unit_movement_fields[] = {
    ROW_FIELD(struct account_unit_movement, source, "source"),
    ROW_FIELD(struct account_unit_movement, kind, "kind"),
    ROW_FIELD(struct account_unit_movement, meter, "meter"),
    ROW_FIELD(struct account_unit_movement, grant_kind, "grant_kind"),
    ROW_FIELD(struct account_unit_movement, priority, "priority"),
    ROW_FIELD(struct account_unit_movement, line, "line"),
    ROW_FIELD(struct account_unit_movement, unit_millionths, "unit_millionths"),
    ROW_FIELD(struct account_unit_movement, amount_minor, "amount_minor"),
    ROW_FIELD(struct account_unit_movement, currency, "currency"),
    ROW_FIELD(struct account_unit_movement, made_on, "made_on"),
    ROW_FIELD(struct account_unit_movement, invoice, "invoice"),
};

static int compare_balances(const void *a, const void *b)
{
    return strcmp(((const struct account_balance *)a)->currency.code,
                  ((const struct account_balance *)b)->currency.code);
}

static struct account_balance *balance_of(struct credit_account *account, struct currency currency)
{
    for (size_t i = 0; i < account->balance_count; i++)
        if (currency_equal(account->balances[i].currency, currency))
            return &account->balances[i];
    account->balances[account->balance_count].currency = currency;
    return &account->balances[account->balance_count++];
}

/* There are as many currencies as movements at most. */
static void add_balances(struct credit_account *account, struct arena *arena)
{
    account->balances = ARENA_NEW_ARRAY(arena, struct account_balance, account->movement_count + 1);
    for (size_t i = 0; i < account->movement_count; i++) {
        const struct account_movement *movement = &account->movements[i];
        struct account_balance *balance = balance_of(account, movement->currency);
        bool is_grant = text_equal(movement->kind, "grant");
        if (is_grant)
            balance->granted_minor += movement->amount_minor;
        else if (text_equal(movement->kind, "draw"))
            balance->drawn_minor += movement->amount_minor;
        else if (text_equal(movement->kind, "expire"))
            balance->expired_minor += movement->amount_minor;
        else
            balance->owed_minor += movement->amount_minor;
        balance->balance_minor += is_grant ? movement->amount_minor : -movement->amount_minor;
    }
    if (account->balance_count > 1)
        qsort(account->balances, account->balance_count, sizeof *account->balances,
              compare_balances);
}

bool credit_account_load(struct db *db, const struct credit_owner *owner, struct arena *arena,
                         struct credit_account *ret_account, struct error *err)
{
    struct credit_account account = {0};
    const struct db_value args[] = {db_i64(owner->tenant_id), db_i64(owner->customer_id)};
    void *grants = NULL;
    void *movements = NULL;
    void *limits = NULL;
    void *units = NULL;
    void *unit_movements = NULL;
    if (!rows_load_all(db, STMT_CREDIT_ACCOUNT_GRANTS, args, ARRAY_LEN(args), arena, grant_fields,
                       ARRAY_LEN(grant_fields), sizeof(struct account_grant), &grants,
                       &account.grant_count, err) ||
        !rows_load_all(db, STMT_CREDIT_ACCOUNT_MOVEMENTS, args, ARRAY_LEN(args), arena,
                       movement_fields, ARRAY_LEN(movement_fields), sizeof(struct account_movement),
                       &movements, &account.movement_count, err) ||
        !rows_load_all(db, STMT_CREDIT_ACCOUNT_LIMITS, args, ARRAY_LEN(args), arena, limit_fields,
                       ARRAY_LEN(limit_fields), sizeof(struct account_limit), &limits,
                       &account.limit_count, err) ||
        !rows_load_all(db, STMT_CREDIT_ACCOUNT_UNITS, args, ARRAY_LEN(args), arena, unit_fields,
                       ARRAY_LEN(unit_fields), sizeof(struct account_unit_grant), &units,
                       &account.unit_count, err) ||
        !rows_load_all(db, STMT_CREDIT_ACCOUNT_UNIT_MOVEMENTS, args, ARRAY_LEN(args), arena,
                       unit_movement_fields, ARRAY_LEN(unit_movement_fields),
                       sizeof(struct account_unit_movement), &unit_movements,
                       &account.unit_movement_count, err))
        return error_context(err, "loading the credits of customer %s", owner->customer);
    account.grants = grants;
    account.movements = movements;
    account.limits = limits;
    account.units = units;
    account.unit_movements = unit_movements;
    add_balances(&account, arena);
    *ret_account = account;
    return true;
}

bool credit_account_of_invoice(struct db *db, int64_t tenant_id, int64_t customer_id,
                               int64_t invoice_id, struct arena *arena,
                               struct account_movement **ret_movements, size_t *ret_count,
                               struct error *err)
{
    void *movements = NULL;
    if (!rows_load_all(db, STMT_CREDIT_MOVEMENTS_OF_INVOICE,
                       DB_ARGS(db_i64(tenant_id), db_i64(customer_id), db_i64(invoice_id)), arena,
                       movement_fields, ARRAY_LEN(movement_fields), sizeof(struct account_movement),
                       &movements, ret_count, err))
        return error_context(err, "loading the credits of an invoice");
    *ret_movements = movements;
    return true;
}

bool credit_account_units_of_invoice(struct db *db, int64_t tenant_id, int64_t customer_id,
                                     int64_t invoice_id, struct arena *arena,
                                     struct account_unit_movement **ret_movements,
                                     size_t *ret_count, struct error *err)
{
    void *movements = NULL;
    if (!rows_load_all(db, STMT_CREDIT_UNITS_OF_INVOICE,
                       DB_ARGS(db_i64(tenant_id), db_i64(customer_id), db_i64(invoice_id)), arena,
                       unit_movement_fields, ARRAY_LEN(unit_movement_fields),
                       sizeof(struct account_unit_movement), &movements, ret_count, err))
        return error_context(err, "loading the units of an invoice");
    *ret_movements = movements;
    return true;
}

/* ---------------------------------------------------------------- the proof */

static const struct row_field sum_fields[] = {
    ROW_FIELD(struct credit_sum, tenant, "tenant"),
    ROW_FIELD(struct credit_sum, currency, "currency"),
    ROW_FIELD(struct credit_sum, grants, "grants"),
    ROW_FIELD(struct credit_sum, granted_minor, "granted_minor"),
    ROW_FIELD(struct credit_sum, drawn_minor, "drawn_minor"),
    ROW_FIELD(struct credit_sum, expired_minor, "expired_minor"),
    ROW_FIELD(struct credit_sum, owed_minor, "owed_minor"),
};

static const struct row_field problem_fields[] = {
    ROW_FIELD(struct credit_problem, tenant, "tenant"),
    ROW_FIELD(struct credit_problem, customer, "customer"),
    ROW_FIELD(struct credit_problem, subject, "subject"),
    ROW_FIELD(struct credit_problem, currency, "currency"),
    ROW_FIELD(struct credit_problem, stored_minor, "stored_minor"),
    ROW_FIELD(struct credit_problem, computed_minor, "computed_minor"),
};

static const struct proof_step {
    enum statement_id statement;
    const char *what;
} proof_steps[] = {
    {STMT_CREDIT_PROOF_GRANTED,       "the grant is not what its transaction says"             },
    {STMT_CREDIT_PROOF_USED,          "what is used of the grant is not what its draws come to"},
    {STMT_CREDIT_PROOF_ORPHANS,       "its transactions are of no grant"                       },
    {STMT_CREDIT_PROOF_OWED,          "what is overdrawn is not what the overdrafts come to"   },
    {STMT_CREDIT_PROOF_APPLIED,       "the credit of the invoice is not what was drawn for it" },
    {STMT_CREDIT_PROOF_UNITS_GRANTED, "the units are not what their transaction says"          },
    {STMT_CREDIT_PROOF_UNITS_USED,    "what is used of the units is not what was drawn of them"},
    {STMT_CREDIT_PROOF_UNIT_ORPHANS,  "its units are of no grant"                              },
    {STMT_CREDIT_PROOF_LIMITS,        "what is used of the limit is not what was drawn for it" },
    {STMT_CREDIT_PROOF_UNLIMITED,     "what was drawn counts against a limit that is not there"},
};

bool credit_proof_make(struct db *db, const char *tenant, struct arena *arena,
                       struct credit_proof *ret_proof, struct error *err)
{
    struct credit_proof proof = {0};
    const struct db_value argument = text_or_null(tenant);
    void *sums = NULL;
    if (!rows_load_all(db, STMT_CREDIT_PROOF_SUMS, &argument, 1, arena, sum_fields,
                       ARRAY_LEN(sum_fields), sizeof(struct credit_sum), &sums, &proof.sum_count,
                       err))
        return error_context(err, "adding up credits");
    proof.sums = sums;
    for (size_t i = 0; i < ARRAY_LEN(proof_steps); i++) {
        void *items = NULL;
        size_t count = 0;
        if (!rows_load_all(db, proof_steps[i].statement, &argument, 1, arena, problem_fields,
                           ARRAY_LEN(problem_fields), sizeof(struct credit_problem), &items, &count,
                           err))
            return error_context(err, "proving credits");
        for (size_t k = 0; k < count; k++) {
            struct credit_problem *problem = &ARRAY_ADD(arena, &proof.problems);
            *problem = ((struct credit_problem *)items)[k];
            problem->what = proof_steps[i].what;
        }
    }
    *ret_proof = proof;
    return true;
}
