/* A customer's credits for people and as JSON: see show_credits.h. */
#include "core/cli/show_credits.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/credit_limit.h"
#include "core/calendar/instant.h"
#include "core/cli/output.h"
#include "core/cli/show_units.h"
#include "core/cli/table.h"
#include "core/stores/credit_account.h"

/* ---------------------------------------------------------------- JSON */

static json_t *json_of_minor(int64_t minor, struct currency currency)
{
    return json_string(money_text(money_of_minor(minor, currency)).text);
}

static json_t *json_of_instant(int64_t at_us)
{
    return at_us == DB_I64_NONE ? json_null() : json_string(instant_text(at_us).text);
}

static void json_set_if_any(json_t *object, const char *name, const char *text)
{
    if (!text_is_empty(text))
        (void)json_object_set_new(object, name, json_of_text(text));
}

static json_t *json_of_balances(const struct credit_account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->balance_count; i++) {
        const struct account_balance *balance = &account->balances[i];
        struct currency currency = balance->currency;
        (void)json_array_append_new(
            array, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "currency", currency.code, "granted",
                             json_of_minor(balance->granted_minor, currency), "drawn",
                             json_of_minor(balance->drawn_minor, currency), "expired",
                             json_of_minor(balance->expired_minor, currency), "overdrawn",
                             json_of_minor(balance->owed_minor, currency), "balance",
                             json_of_minor(balance->balance_minor, currency)));
    }
    return array;
}

static json_t *json_of_grants(const struct credit_account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->grant_count; i++) {
        const struct account_grant *grant = &account->grants[i];
        int64_t left_minor = grant->amount_minor - grant->used_minor;
        (void)json_array_append_new(
            array,
            json_pack("{s:o, s:s, s:I, s:o, s:o, s:s, s:o, s:o}", "source",
                      json_of_text(grant->source), "kind", grant->kind, "priority",
                      (json_int_t)grant->priority, "effective_at",
                      json_of_instant(grant->effective_at_us), "expires_at",
                      json_of_instant(grant->expires_at_us), "currency", grant->currency.code,
                      "amount", json_of_minor(grant->amount_minor, grant->currency), "left",
                      json_of_minor(left_minor, grant->currency)));
    }
    return array;
}

static json_t *json_of_movements(const struct credit_account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->movement_count; i++) {
        const struct account_movement *movement = &account->movements[i];
        json_t *object = json_pack(
            "{s:s, s:s, s:o, s:o, s:s, s:o}", "on", date_text(movement->made_on).text, "kind",
            movement->kind, "source",
            json_of_text(text_is_empty(movement->source) ? NULL : movement->source), "invoice",
            json_of_text(movement->invoice), "currency", movement->currency.code, "amount",
            json_of_minor(movement->amount_minor, movement->currency));
        json_set_if_any(object, "project", movement->project);
        json_set_if_any(object, "member", movement->member);
        json_set_if_any(object, "month", movement->month);
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_limits(const struct credit_account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->limit_count; i++) {
        const struct account_limit *limit = &account->limits[i];
        bool is_used = limit->month != NULL;
        bool has_limit = !text_equal(limit->credit_limit, CREDIT_LIMIT_NONE);
        (void)json_array_append_new(
            array,
            json_pack(
                "{s:o, s:o, s:o, s:o, s:o, s:o}", limit->kind, json_of_text(limit->holder),
                "credit_limit", json_of_text(has_limit ? limit->credit_limit : NULL), "currency",
                json_of_text(has_limit ? limit->currency.code : NULL), "month",
                json_of_text(limit->month), "limit_then",
                is_used ? json_of_minor(limit->limit_minor, limit->used_currency) : json_null(),
                "used",
                is_used ? json_of_minor(limit->used_minor, limit->used_currency) : json_null()));
    }
    return array;
}

static json_t *json_of_account(const struct credit_owner *owner,
                               const struct credit_account *account)
{
    bool may_overdraw = owner->overdraft_limit_minor != DB_I64_NONE;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "tenant", json_of_text(owner->tenant),
        "customer", json_of_text(owner->customer), "overdraft_limit",
        may_overdraw ? json_of_minor(owner->overdraft_limit_minor, owner->currency) : json_null(),
        "balances", json_of_balances(account), "grants", json_of_grants(account), "transactions",
        json_of_movements(account), "limits", json_of_limits(account), "units",
        show_units_json(account), "unit_transactions", show_unit_movements_json(account));
}

/* ---------------------------------------------------------------- for people */

static const char *amount_cell(struct arena *arena, int64_t minor, struct currency currency)
{
    return arena_copy(arena, money_text(money_of_minor(minor, currency)).text);
}

static void print_balances(const struct credit_account *account, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"currency",  TABLE_LEFT },
        {"granted",   TABLE_RIGHT},
        {"drawn",     TABLE_RIGHT},
        {"expired",   TABLE_RIGHT},
        {"overdrawn", TABLE_RIGHT},
        {"balance",   TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < account->balance_count; i++) {
        const struct account_balance *balance = &account->balances[i];
        const char **cells = table_add_row(&table);
        cells[0] = balance->currency.code;
        cells[1] = amount_cell(arena, balance->granted_minor, balance->currency);
        cells[2] = amount_cell(arena, balance->drawn_minor, balance->currency);
        cells[3] = amount_cell(arena, balance->expired_minor, balance->currency);
        cells[4] = amount_cell(arena, balance->owed_minor, balance->currency);
        cells[5] = amount_cell(arena, balance->balance_minor, balance->currency);
    }
    table_print(&table, stdout);
}

static void print_grants(const struct credit_account *account, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"grant",    TABLE_LEFT },
        {"kind",     TABLE_LEFT },
        {"priority", TABLE_RIGHT},
        {"from",     TABLE_LEFT },
        {"until",    TABLE_LEFT },
        {"amount",   TABLE_RIGHT},
        {"left",     TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < account->grant_count; i++) {
        const struct account_grant *grant = &account->grants[i];
        const char **cells = table_add_row(&table);
        cells[0] = grant->source;
        cells[1] = grant->kind;
        cells[2] = cell_of_number(arena, grant->priority);
        cells[3] = cell_of_instant(arena, grant->effective_at_us);
        cells[4] = cell_of_instant(arena, grant->expires_at_us);
        cells[5] = cell_of_money(arena, money_of_minor(grant->amount_minor, grant->currency));
        cells[6] = amount_cell(arena, grant->amount_minor - grant->used_minor, grant->currency);
    }
    (void)printf("\n");
    table_print(&table, stdout);
}

/* Against whose limits it counts. */
static const char *holder_cell(struct arena *arena, const struct account_movement *movement)
{
    bool has_both = !text_is_empty(movement->project) && !text_is_empty(movement->member);
    if (text_is_empty(movement->month))
        return "-";
    return arena_printf(arena, "%s%s%s%s%s, %s", text_is_empty(movement->project) ? "" : "project ",
                        movement->project, has_both ? ", " : "",
                        text_is_empty(movement->member) ? "" : "member ", movement->member,
                        movement->month);
}

/* What it does to the balance has the sign. */
static void print_movements(const struct credit_account *account, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"on",      TABLE_LEFT },
        {"what",    TABLE_LEFT },
        {"grant",   TABLE_LEFT },
        {"invoice", TABLE_LEFT },
        {"amount",  TABLE_RIGHT},
        {"for",     TABLE_LEFT }, /* only where anything counts against a limit */
    };
    bool counts = false;
    for (size_t i = 0; i < account->movement_count; i++)
        counts = counts || !text_is_empty(account->movements[i].month);
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns) - (counts ? 0 : 1));
    for (size_t i = 0; i < account->movement_count; i++) {
        const struct account_movement *movement = &account->movements[i];
        bool is_grant = text_equal(movement->kind, "grant");
        const char **cells = table_add_row(&table);
        cells[0] = arena_copy(arena, date_text(movement->made_on).text);
        cells[1] = movement->kind;
        cells[2] = text_is_empty(movement->source) ? "-" : movement->source;
        cells[3] = cell_of_text(movement->invoice);
        cells[4] = cell_of_money(
            arena, money_of_minor(is_grant ? movement->amount_minor : -movement->amount_minor,
                                  movement->currency));
        if (counts)
            cells[5] = holder_cell(arena, movement);
    }
    (void)printf("\n");
    table_print(&table, stdout);
}

static void print_limits(const struct credit_account *account, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"limit of",   TABLE_LEFT },
        {"",           TABLE_LEFT },
        {"a month",    TABLE_RIGHT},
        {"month",      TABLE_LEFT },
        {"limit then", TABLE_RIGHT},
        {"used",       TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < account->limit_count; i++) {
        const struct account_limit *limit = &account->limits[i];
        bool is_used = limit->month != NULL;
        const char **cells = table_add_row(&table);
        cells[0] = limit->kind;
        cells[1] = limit->holder;
        cells[2] = text_equal(limit->credit_limit, CREDIT_LIMIT_NONE)
                       ? "none"
                       : arena_printf(arena, "%s %s", limit->credit_limit, limit->currency.code);
        cells[3] = is_used ? limit->month : "-";
        cells[4] =
            is_used ? cell_of_money(arena, money_of_minor(limit->limit_minor, limit->used_currency))
                    : "-";
        cells[5] =
            is_used ? cell_of_money(arena, money_of_minor(limit->used_minor, limit->used_currency))
                    : "-";
    }
    (void)printf("\n");
    table_print(&table, stdout);
}

static void print_account(const struct credit_owner *owner, const struct credit_account *account,
                          struct arena *arena)
{
    (void)printf("credits of customer %s of tenant %s", owner->customer, owner->tenant);
    if (owner->overdraft_limit_minor != DB_I64_NONE)
        (void)printf(
            ", who may be overdrawn by %s",
            cell_of_money(arena, money_of_minor(owner->overdraft_limit_minor, owner->currency)));
    (void)printf("\n\n");
    if (account->movement_count == 0 && account->unit_count == 0)
        (void)printf("there are none\n");
    if (account->movement_count > 0) {
        print_balances(account, arena);
        print_grants(account, arena);
        print_movements(account, arena);
    }
    if (account->unit_count > 0)
        show_units_print(account, arena);
    if (account->limit_count > 0)
        print_limits(account, arena);
}

/* ---------------------------------------------------------------- the command */

static bool find_owner(struct session *session, const char *customer, const char *tenant,
                       struct credit_owner **ret_owner, struct error *err)
{
    size_t count = 0;
    if (!credit_account_find(session->db, customer, tenant, session->arena, ret_owner, &count, err))
        return false;
    if (count == 1)
        return true;
    if (count == 0) {
        (void)error_run(err, EXIT_USAGE, "there is no customer '%s'%s%s", customer,
                        tenant == NULL ? "" : " of tenant ", tenant == NULL ? "" : tenant);
        return error_hint(err,
                          "the key is the one that was imported: billmill dump --record customer");
    }
    (void)error_run(err, EXIT_USAGE, "%zu tenants have a customer '%s'", count, customer);
    return error_hint(err, "say which: --tenant %s", (*ret_owner)->tenant);
}

bool show_credits(struct session *session, const char *customer, const char *tenant, bool json,
                  struct error *err)
{
    struct credit_owner *owner = NULL;
    struct credit_account account;
    if (!find_owner(session, customer, tenant, &owner, err) ||
        !credit_account_load(session->db, owner, session->arena, &account, err))
        return false;
    if (json)
        json_print(json_of_account(owner, &account));
    else
        print_account(owner, &account, session->arena);
    return true;
}
