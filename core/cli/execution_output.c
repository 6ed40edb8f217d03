/* Showing executions: see execution_output.h. */
#include "core/cli/execution_output.h"

#include <inttypes.h>

#include "core/cli/output.h"
#include "core/cli/table.h"

json_t *json_of_execution(const struct execution_row *row)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "execution", json_of_number(row->execution_id));
    (void)json_object_set_new(object, "job", json_of_text(row->job));
    (void)json_object_set_new(object, "business_key", json_of_text(row->business_key));
    (void)json_object_set_new(object, "generation", json_of_number(row->generation));
    (void)json_object_set_new(object, "attempt", json_of_number(row->attempt));
    (void)json_object_set_new(object, "state", json_of_text(row->state));
    (void)json_object_set_new(object, "asked_by", json_of_text(row->started_by));
    (void)json_object_set_new(object, "actor", json_of_text(row->actor));
    (void)json_object_set_new(object, "reason", json_of_text(row->reason));
    (void)json_object_set_new(object, "host", json_of_text(row->host));
    (void)json_object_set_new(object, "pid", json_of_number(row->pid));
    (void)json_object_set_new(object, "program", json_of_text(row->program));
    (void)json_object_set_new(object, "started_at", json_of_time(row->started_at_us));
    (void)json_object_set_new(object, "ended_at", json_of_time(row->ended_at_us));
    (void)json_object_set_new(object, "exit_code", json_of_number(row->exit_code));
    (void)json_object_set_new(object, "error", json_of_text(row->error_text));
    (void)json_object_set_new(object, "items", json_of_number(row->items_done));
    (void)json_object_set_new(object, "parked", json_of_number(row->items_parked));
    (void)json_object_set_new(object, "rows", json_of_number(row->rows_written));
    (void)json_object_set_new(object, "chunks", json_of_number(row->chunks));
    (void)json_object_set_new(object, "instance", json_of_number(row->instance_id));
    (void)json_object_set_new(object, "parent_instance", json_of_number(row->parent_instance_id));
    (void)json_object_set_new(object, "instance_state", json_of_text(row->instance_state));
    return object;
}

json_t *json_of_executions(const struct execution_row *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(array, json_of_execution(&rows[i]));
    return array;
}

/* The generation only where there was a redo. */
static const char *key_cell(struct arena *arena, const struct execution_row *row)
{
    return row->generation == 1 ? row->business_key
                                : arena_printf(arena, "%s (generation %" PRId64 ")",
                                               row->business_key, row->generation);
}

void print_executions(struct arena *arena, const struct execution_row *rows, size_t count,
                      const char *indent)
{
    static const struct table_column columns[] = {
        {"execution", TABLE_RIGHT},
        {"job",       TABLE_LEFT },
        {"for",       TABLE_LEFT },
        {"attempt",   TABLE_RIGHT},
        {"state",     TABLE_LEFT },
        {"asked by",  TABLE_LEFT },
        {"started",   TABLE_LEFT },
        {"took",      TABLE_RIGHT},
        {"exit",      TABLE_RIGHT},
        {"items",     TABLE_RIGHT},
        {"parked",    TABLE_RIGHT},
        {"rows",      TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = indent;
    for (size_t i = 0; i < count; i++) {
        const struct execution_row *row = &rows[i];
        const char **cells = table_add_row(&table);
        cells[0] = cell_of_number(arena, row->execution_id);
        cells[1] = row->job;
        cells[2] = key_cell(arena, row);
        cells[3] = cell_of_number(arena, row->attempt);
        cells[4] = row->state;
        cells[5] = arena_printf(arena, "%s by %s", row->started_by, row->actor);
        cells[6] = cell_of_time(arena, row->started_at_us);
        cells[7] = cell_of_duration(arena, row->started_at_us, row->ended_at_us);
        cells[8] = cell_of_number(arena, row->exit_code);
        cells[9] = cell_of_number(arena, row->items_done);
        cells[10] = cell_of_number(arena, row->items_parked);
        cells[11] = cell_of_number(arena, row->rows_written);
    }
    table_print(&table, stdout);
}
