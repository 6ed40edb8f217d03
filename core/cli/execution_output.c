/* Showing executions: see execution_output.h. */
#include "core/cli/execution_output.h"

#include <inttypes.h>

#include "core/base/text.h"
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

static const char *ending_word(struct arena *arena, const struct effect_ending *row)
{
    if (text_equal(row->state, "held"))
        return "held";
    if (text_equal(row->state, "intent"))
        return "to be sent again";
    if (text_equal(row->state, "sending"))
        return "being sent";
    if (text_equal(row->state, "unknown"))
        return row->outcome == NULL ? "unknown" : arena_printf(arena, "waiting (%s)", row->outcome);
    return row->outcome == NULL ? row->state : row->outcome;
}

static bool ends_alike(const struct effect_ending *a, const struct effect_ending *b)
{
    return text_equal(a->kind, b->kind) && text_equal(a->state, b->state) &&
           text_equal(a->outcome, b->outcome);
}

/* Of rows from `first` on those that end alike: " 2 paid (238.00 EUR, 10.00 USD)". */
static const char *one_ending(struct arena *arena, const struct effect_ending *rows, size_t count,
                              size_t *first)
{
    const struct effect_ending *ending = &rows[*first];
    const char *sums = "";
    int64_t effects = 0;
    for (; *first < count && ends_alike(&rows[*first], ending); (*first)++) {
        const struct effect_ending *row = &rows[*first];
        effects += row->count;
        if (row->currency.code[0] != '\0')
            sums = arena_printf(
                arena, "%s%s%s", sums, *sums == '\0' ? " (" : ", ",
                cell_of_money(arena, money_of_minor(row->amount_minor, row->currency)));
    }
    return arena_printf(arena, " %" PRId64 " %s%s%s", effects, ending_word(arena, ending), sums,
                        *sums == '\0' ? "" : ")");
}

const char *endings_text(struct arena *arena, const struct effect_ending *rows, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count;) {
        const char *kind = rows[i].kind;
        const char *endings = "";
        int64_t effects = 0;
        for (size_t k = i; k < count && text_equal(rows[k].kind, kind); k++)
            effects += rows[k].count;
        while (i < count && text_equal(rows[i].kind, kind))
            endings = arena_printf(arena, "%s%s%s", endings, *endings == '\0' ? "" : ",",
                                   one_ending(arena, rows, count, &i));
        text = arena_printf(arena, "%s%s%" PRId64 " %s%s:%s", text, *text == '\0' ? "" : "; ",
                            effects, kind, effects == 1 ? "" : "s", endings);
    }
    return text;
}

json_t *json_of_endings(const struct effect_ending *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct effect_ending *row = &rows[i];
        bool moves_money = row->currency.code[0] != '\0';
        json_t *object = moves_money
                             ? json_of_money(money_of_minor(row->amount_minor, row->currency))
                             : json_pack("{s:n, s:n}", "amount", "currency");
        (void)json_object_set_new(object, "kind", json_of_text(row->kind));
        (void)json_object_set_new(object, "state", json_of_text(row->state));
        (void)json_object_set_new(object, "outcome", json_of_text(row->outcome));
        (void)json_object_set_new(object, "count", json_of_number(row->count));
        (void)json_array_append_new(array, object);
    }
    return array;
}
