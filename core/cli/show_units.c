/* A customer's units for people and as JSON: see show_units.h. */
#include "core/cli/show_units.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/credit_units.h"
#include "core/calendar/instant.h"
#include "core/cli/table.h"

static json_t *json_of_units(int64_t millionths)
{
    struct decimal units = {.coefficient = millionths, .scale = CREDIT_UNIT_DIGITS};
    return json_string(decimal_text(units).text);
}

json_t *show_units_json(const struct credit_account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->unit_count; i++) {
        const struct account_unit_grant *grant = &account->units[i];
        (void)json_array_append_new(
            array, json_pack("{s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "source",
                             json_of_text(grant->source), "kind", grant->kind, "priority",
                             (json_int_t)grant->priority, "meter", json_of_text(grant->meter),
                             "effective_at", json_string(instant_text(grant->effective_at_us).text),
                             "expires_at",
                             grant->expires_at_us == DB_I64_NONE
                                 ? json_null()
                                 : json_string(instant_text(grant->expires_at_us).text),
                             "units", json_of_units(grant->unit_millionths), "left",
                             json_of_units(grant->unit_millionths - grant->used_millionths)));
    }
    return array;
}

json_t *show_unit_movements_json(const struct credit_account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->unit_movement_count; i++) {
        const struct account_unit_movement *movement = &account->unit_movements[i];
        bool is_draw = movement->line != 0;
        (void)json_array_append_new(
            array,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "on",
                      date_text(movement->made_on).text, "kind", movement->kind, "source",
                      json_of_text(movement->source), "units",
                      json_of_units(movement->unit_millionths), "invoice",
                      json_of_text(movement->invoice), "line",
                      is_draw ? json_integer((json_int_t)movement->line) : json_null(), "amount",
                      is_draw ? json_string(money_text(money_of_minor(movement->amount_minor,
                                                                      movement->currency))
                                                .text)
                              : json_null()));
    }
    return array;
}

static void print_grants(const struct credit_account *account, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"units of", TABLE_LEFT },
        {"grant",    TABLE_LEFT },
        {"kind",     TABLE_LEFT },
        {"priority", TABLE_RIGHT},
        {"from",     TABLE_LEFT },
        {"until",    TABLE_LEFT },
        {"units",    TABLE_RIGHT},
        {"left",     TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < account->unit_count; i++) {
        const struct account_unit_grant *grant = &account->units[i];
        const char **cells = table_add_row(&table);
        cells[0] = grant->meter;
        cells[1] = grant->source;
        cells[2] = grant->kind;
        cells[3] = cell_of_number(arena, grant->priority);
        cells[4] = cell_of_instant(arena, grant->effective_at_us);
        cells[5] = cell_of_instant(arena, grant->expires_at_us);
        cells[6] = credit_units_text(grant->unit_millionths, arena);
        cells[7] = credit_units_text(grant->unit_millionths - grant->used_millionths, arena);
    }
    (void)printf("\n");
    table_print(&table, stdout);
}

/* What it does to the units has the sign. */
static void print_movements(const struct credit_account *account, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"on",      TABLE_LEFT },
        {"what",    TABLE_LEFT },
        {"grant",   TABLE_LEFT },
        {"invoice", TABLE_LEFT },
        {"line",    TABLE_RIGHT},
        {"units",   TABLE_RIGHT},
        {"paid",    TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < account->unit_movement_count; i++) {
        const struct account_unit_movement *movement = &account->unit_movements[i];
        bool is_draw = movement->line != 0;
        bool is_grant = text_equal(movement->kind, "grant");
        const char **cells = table_add_row(&table);
        cells[0] = arena_copy(arena, date_text(movement->made_on).text);
        cells[1] = movement->kind;
        cells[2] = movement->source;
        cells[3] = cell_of_text(movement->invoice);
        cells[4] = is_draw ? cell_of_number(arena, movement->line) : "-";
        cells[5] = credit_units_text(
            is_grant ? movement->unit_millionths : -movement->unit_millionths, arena);
        cells[6] =
            is_draw
                ? cell_of_money(arena, money_of_minor(movement->amount_minor, movement->currency))
                : "-";
    }
    (void)printf("\n");
    table_print(&table, stdout);
}

void show_units_print(const struct credit_account *account, struct arena *arena)
{
    print_grants(account, arena);
    print_movements(account, arena);
}
