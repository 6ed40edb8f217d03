/* parked: the items that a run could not do, and what a person decides on them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/cli/launching.h"
#include "core/cli/output.h"
#include "core/cli/parked_accept.h"
#include "core/cli/table.h"
#include "core/engine/parked_report.h"

/* What is not tried again because somebody tries everything again: its own command says that it is
 * right (parked_accept.h). */
static const struct {
    const char *code, *command;
} accepted_elsewhere[] = {
    {"rate_jump", "rates accept"},
};

struct parked_options {
    const char *accepts; /* of what is accepted: its code; NULL: of all that is not */
    bool all;
    const char *reason;
    const char *workers;
    const char *const *items; /* what was named */
    size_t item_count;
};

struct chosen_rows ARRAY_OF(struct parked_row);

/* ---------------------------------------------------------------- the list */

static json_t *json_of_row(const struct parked_row *row, size_t number)
{
    struct money at_stake;
    json_t *object = json_object();
    bool known = money_of_columns(row->currency, row->amount_minor, &at_stake);
    (void)json_object_set_new(object, "number", json_of_number((int64_t)number));
    (void)json_object_set_new(object, "tenant", json_of_text(row->tenant));
    (void)json_object_set_new(object, "job", json_of_text(row->job));
    (void)json_object_set_new(object, "business_key", json_of_text(row->business_key));
    (void)json_object_set_new(object, "generation", json_of_number(row->generation));
    (void)json_object_set_new(object, "item", json_of_text(row->item));
    (void)json_object_set_new(object, "code", json_of_text(row->code));
    (void)json_object_set_new(object, "reason", json_of_text(row->reason));
    (void)json_object_set_new(object, "hint", json_of_text(row->hint));
    (void)json_object_set_new(object, "at_stake", known ? json_of_money(at_stake) : json_null());
    (void)json_object_set_new(object, "state", json_of_text(row->state));
    (void)json_object_set_new(object, "attempts", json_of_number(row->attempts));
    (void)json_object_set_new(object, "parked_at", json_of_time(row->parked_at_us));
    (void)json_object_set_new(object, "decided_by", json_of_text(row->decided_by));
    (void)json_object_set_new(object, "decided_reason", json_of_text(row->decided_reason));
    return object;
}

static json_t *json_of_rows(const struct parked_row *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(array, json_of_row(&rows[i], i + 1));
    return array;
}

static void print_rows(struct arena *arena, const struct parked_row *rows, size_t count)
{
    static const struct table_column columns[] = {
        {"no",       TABLE_RIGHT},
        {"tenant",   TABLE_LEFT },
        {"job",      TABLE_LEFT },
        {"for",      TABLE_LEFT },
        {"item",     TABLE_LEFT },
        {"code",     TABLE_LEFT },
        {"at stake", TABLE_RIGHT},
        {"attempts", TABLE_RIGHT},
        {"state",    TABLE_LEFT },
    };
    struct table table;
    struct money at_stake;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const struct parked_row *row = &rows[i];
        const char **cells = table_add_row(&table);
        bool known = money_of_columns(row->currency, row->amount_minor, &at_stake);
        cells[0] = cell_of_number(arena, (int64_t)i + 1);
        cells[1] = cell_of_text(row->tenant);
        cells[2] = row->job;
        cells[3] = row->business_key;
        cells[4] = row->item;
        cells[5] = row->code;
        cells[6] = known ? cell_of_money(arena, at_stake) : "?";
        cells[7] = cell_of_number(arena, row->attempts);
        cells[8] = row->state;
    }
    table_print(&table, stdout);
}

/* Long texts stand below the table, by the numbers in it. */
static void print_reasons(struct arena *arena, const struct parked_row *rows, size_t count)
{
    static const struct table_column columns[] = {
        {"", TABLE_RIGHT},
        {"", TABLE_LEFT },
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const char **cells = table_add_row(&table);
        cells[0] = arena_printf(arena, "%zu:", i + 1);
        cells[1] = rows[i].reason;
        if (!text_is_empty(rows[i].hint))
            table_add_row(&table)[1] = rows[i].hint;
        /* Parked again after a decision: what was decided is history. */
        if (rows[i].decided_by != NULL && !text_equal(rows[i].state, "parked"))
            table_add_row(&table)[1] =
                arena_printf(arena, "%s by %s%s%s", rows[i].state, rows[i].decided_by,
                             text_is_empty(rows[i].decided_reason) ? "" : ": ",
                             cell_of_text(rows[i].decided_reason));
    }
    (void)printf("\n");
    table_print(&table, stdout);
}

static void print_sums(struct arena *arena, const struct parked_sum *sums, size_t count,
                       int64_t unknown)
{
    (void)printf("\n");
    for (size_t i = 0; i < count; i++)
        (void)printf("at stake: %s in %" PRId64 " items\n", cell_of_money(arena, sums[i].at_stake),
                     sums[i].items);
    if (unknown > 0)
        (void)printf("at stake: not known for %" PRId64 " items\n", unknown);
}

static int list_parked(struct cli *cli, const struct parked_options *options)
{
    struct error err = {0};
    struct parked_row *rows = NULL;
    struct parked_sum *sums = NULL;
    size_t count = 0;
    size_t sum_count = 0;
    int64_t unknown = 0;
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_READ, "parked", &session, &err) ||
        !parked_list(session.db, options->all, cli->arena, &rows, &count, &err) ||
        !parked_sum_up(rows, count, cli->arena, &sums, &sum_count, &unknown, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_t *totals = json_array();
        for (size_t i = 0; i < sum_count; i++) {
            json_t *total = json_of_money(sums[i].at_stake);
            (void)json_object_set_new(total, "items", json_of_number(sums[i].items));
            (void)json_array_append_new(totals, total);
        }
        json_print(json_pack("{s:o, s:o, s:I}", "items", json_of_rows(rows, count), "at_stake",
                             totals, "at_stake_unknown", (json_int_t)unknown));
        return EXIT_DONE;
    }
    if (count == 0) {
        cli_remark(cli, "nothing is parked");
        return EXIT_DONE;
    }
    print_rows(cli->arena, rows, count);
    print_reasons(cli->arena, rows, count);
    print_sums(cli->arena, sums, sum_count, unknown);
    if (sum_count > 0 || unknown > 0)
        cli_remark(cli,
                   "remove the cause, then `billmill parked retry NO` or `--all`; to give an item "
                   "up: `billmill parked waive NO --reason TEXT`");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- choosing */

static bool add_chosen(struct chosen_rows *chosen, const struct parked_row *row,
                       struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < chosen->count; i++)
        if (chosen->items[i].instance_id == row->instance_id &&
            chosen->items[i].tenant_id == row->tenant_id &&
            text_equal(chosen->items[i].item, row->item))
            return error_run(err, EXIT_USAGE, "%s is named twice", row->item);
    ARRAY_ADD(arena, chosen) = *row;
    return true;
}

/* The command that alone has it tried again; NULL: any does. */
static const char *command_of(const struct parked_row *row)
{
    for (size_t i = 0; i < ARRAY_LEN(accepted_elsewhere); i++)
        if (text_equal(row->code, accepted_elsewhere[i].code))
            return accepted_elsewhere[i].command;
    return NULL;
}

static bool may_be_tried(const struct parked_options *options, const struct parked_row *row)
{
    return options->accepts == NULL ? command_of(row) == NULL
                                    : text_equal(row->code, options->accepts);
}

static bool check_may_be_tried(const struct parked_options *options, const struct parked_row *row,
                               struct error *err)
{
    if (may_be_tried(options, row))
        return true;
    if (options->accepts != NULL)
        return error_run(err, EXIT_USAGE, "%s does not wait for this: %s", row->item, row->reason);
    (void)error_run(err, EXIT_USAGE, "%s waits for a person: %s", row->item, row->reason);
    return error_hint(err, "if it is right: `billmill %s`", command_of(row));
}

/* What --all leaves alone. */
static size_t count_left(const struct parked_options *options, const struct parked_row *rows,
                         size_t count)
{
    size_t left = 0;
    for (size_t i = 0; options->accepts == NULL && i < count; i++)
        left += !may_be_tried(options, &rows[i]);
    return left;
}

/* All that may be tried, or what is named; of what was left alone *ret_left. */
static bool choose_to_try(const struct session *session, const struct parked_options *options,
                          struct chosen_rows *chosen, size_t *ret_left, struct error *err)
{
    struct parked_row *rows = NULL;
    size_t count = 0;
    if (!parked_list(session->db, false, session->arena, &rows, &count, err))
        return false;
    *ret_left = options->all ? count_left(options, rows, count) : 0;
    for (size_t i = 0; options->all && i < count; i++)
        if (may_be_tried(options, &rows[i]) && !add_chosen(chosen, &rows[i], session->arena, err))
            return false;
    for (size_t i = 0; i < options->item_count; i++) {
        size_t index = 0;
        if (!parked_find(rows, count, options->items[i], &index, err) ||
            !check_may_be_tried(options, &rows[index], err) ||
            !add_chosen(chosen, &rows[index], session->arena, err))
            return false;
    }
    return true;
}

static bool choose_named(const struct session *session, const struct parked_options *options,
                         struct chosen_rows *chosen, struct error *err)
{
    struct parked_row *rows = NULL;
    size_t count = 0;
    if (!parked_list(session->db, false, session->arena, &rows, &count, err))
        return false;
    for (size_t i = 0; i < options->item_count; i++) {
        size_t index = 0;
        if (!parked_find(rows, count, options->items[i], &index, err) ||
            !add_chosen(chosen, &rows[index], session->arena, err))
            return false;
    }
    return true;
}

static bool decide_all(const struct session *session, const struct chosen_rows *chosen,
                       const char *state, const char *command, const char *reason,
                       struct error *err)
{
    for (size_t i = 0; i < chosen->count; i++)
        if (!parked_decide(&session->engine, &chosen->items[i], state, command, reason, err))
            return false;
    return true;
}

/* ---------------------------------------------------------------- waive */

static void print_waived(const struct parked_row *row)
{
    struct currency currency;
    struct error ignored = {0};
    (void)printf("waived: %s", row->item);
    if (row->currency != NULL && currency_parse(row->currency, &currency, &ignored))
        (void)printf(", %s %s", money_text(money_of_minor(row->amount_minor, currency)).text,
                     currency.code);
    (void)printf(" (%s %s)\n", row->job, row->business_key);
}

static int waive(struct cli *cli, const struct parked_options *options)
{
    struct error err = {0};
    struct chosen_rows chosen = {0};
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_WRITE, "parked waive", &session, &err) ||
        !choose_named(&session, options, &chosen, &err) ||
        !decide_all(&session, &chosen, "waived", "parked waive", options->reason, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < chosen.count; i++) {
            chosen.items[i].state = "waived";
            chosen.items[i].decided_by = session.engine.actor;
            chosen.items[i].decided_reason = options->reason;
            (void)json_array_append_new(array, json_of_row(&chosen.items[i], i + 1));
        }
        json_print(json_pack("{s:o}", "waived", array));
        return EXIT_DONE;
    }
    for (size_t i = 0; i < chosen.count; i++)
        print_waived(&chosen.items[i]);
    cli_remark(cli,
               "their runs count as done without them; what is still due is tried again by the "
               "next run: a correction, an exchange rate, a period by itself or late usage is "
               "parked again only when "
               "its reason has changed, anything else in any case");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- retry */

/* A run to be launched again: the pipeline of the items' steps, or the job itself. */
struct retry_target {
    struct instance instance;
    const struct run_definition *definition;
    size_t from_step; /* of a pipeline: the earliest step that has a chosen item */
    bool is_pipeline;
};

struct retry_targets ARRAY_OF(struct retry_target);

static bool find_step(const struct run_definition *pipeline, const char *job, size_t *ret_step,
                      struct error *err)
{
    for (size_t i = 0; i < pipeline->step_count; i++)
        if (text_equal(pipeline->steps[i]->name, job)) {
            *ret_step = i;
            return true;
        }
    (void)error_run(err, EXIT_CONFIG, "%s has no step %s any more", pipeline->name, job);
    return error_hint(err, "put the step back into the pipeline's file");
}

static bool make_target(const struct session *session, const struct parked_row *row,
                        struct retry_target *ret_target, struct error *err)
{
    struct retry_target target = {0};
    struct instance instance;
    if (!instance_load(session->db, row->instance_id, session->arena, &instance, err))
        return false;
    target.instance = instance;
    target.is_pipeline = instance.parent_instance_id != DB_I64_NONE;
    if (target.is_pipeline && !instance_load(session->db, instance.parent_instance_id,
                                             session->arena, &target.instance, err))
        return false;
    if (!session_definition(session, target.instance.job, &target.definition, err))
        return false;
    if (target.is_pipeline && !find_step(target.definition, row->job, &target.from_step, err))
        return false;
    *ret_target = target;
    /* Before anything is decided: a retry is a further pass over a run that has ended. */
    if (instance_is_finished(&target.instance))
        return true;
    (void)error_run(err, EXIT_USAGE, "%s %s is not finished (%s)", target.instance.job,
                    target.instance.business_key, target.instance.state);
    return error_hint(err, "finish it with `billmill resume`, then try the item again");
}

static void add_target(struct retry_targets *targets, const struct retry_target *target,
                       struct arena *arena)
{
    for (size_t i = 0; i < targets->count; i++) {
        struct retry_target *known = &targets->items[i];
        if (known->instance.instance_id != target->instance.instance_id)
            continue;
        if (target->from_step < known->from_step)
            known->from_step = target->from_step;
        return;
    }
    ARRAY_ADD(arena, targets) = *target;
}

static int compare_targets(const void *a, const void *b)
{
    const struct instance *left = &((const struct retry_target *)a)->instance;
    const struct instance *right = &((const struct retry_target *)b)->instance;
    int order = date_compare(left->business_date, right->business_date);
    if (order != 0)
        return order;
    return left->instance_id < right->instance_id ? -1 : left->instance_id > right->instance_id;
}

static bool make_targets(const struct session *session, const struct chosen_rows *chosen,
                         struct retry_targets *targets, struct error *err)
{
    for (size_t i = 0; i < chosen->count; i++) {
        struct retry_target target;
        if (!make_target(session, &chosen->items[i], &target, err))
            return false;
        add_target(targets, &target, session->arena);
    }
    if (targets->count > 1)
        qsort(targets->items, targets->count, sizeof *targets->items, compare_targets);
    return true;
}

/* Launches one; its JSON goes to `runs`. Returns the exit code. */
static int launch_target(struct session *session, const struct retry_target *target,
                         const char *reason, json_t *runs)
{
    struct launch_result result = {0};
    struct error failure = {0};
    struct error err = {0};
    struct launch_request request = {
        .definition = target->definition,
        .business_key = target->instance.business_key,
        .action = LAUNCH_RETRY,
        .started_by = "retry",
        .reason = reason,
        .from_step =
            target->is_pipeline ? target->definition->steps[target->from_step]->name : NULL,
    };
    if (!launching_start(session, &request, false, &result, &failure, &err))
        return cli_fail(session->cli, &err);
    if (session->cli->json)
        (void)json_array_append_new(runs, launching_json(session, &result, &failure, false));
    else
        launching_print(session, &result, false);
    if (failure.kind != ERROR_NONE && !session->cli->json)
        (void)cli_fail(session->cli, &failure);
    return (int)result.execution.exit_code;
}

static const struct parked_row *find_after(const struct parked_row *rows, size_t count,
                                           const struct parked_row *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].instance_id == wanted->instance_id && rows[i].tenant_id == wanted->tenant_id &&
            text_equal(rows[i].item, wanted->item))
            return &rows[i];
    return NULL;
}

/* What has become of each chosen item. */
static bool report_items(struct session *session, const struct chosen_rows *chosen, json_t *items,
                         struct error *err)
{
    struct parked_row *rows = NULL;
    size_t count = 0;
    if (!session_connect(session, err) ||
        !parked_list(session->db, true, session->arena, &rows, &count, err))
        return false;
    for (size_t i = 0; i < chosen->count; i++) {
        const struct parked_row *row = find_after(rows, count, &chosen->items[i]);
        if (row == NULL)
            return error_run(err, EXIT_INTERNAL, "%s is not in the list any more",
                             chosen->items[i].item);
        if (session->cli->json)
            (void)json_array_append_new(items, json_of_row(row, i + 1));
        else if (text_equal(row->state, "parked"))
            (void)printf("parked again: %s\n  %s\n", row->item, row->reason);
        else
            (void)printf("%s: %s\n", text_equal(row->state, "retry") ? "not tried yet" : row->state,
                         row->item);
    }
    return true;
}

static int launch_targets(struct session *session, const struct retry_targets *targets,
                          const char *reason, json_t *runs)
{
    int worst = EXIT_DONE;
    for (size_t i = 0; i < targets->count; i++) {
        int code = launch_target(session, &targets->items[i], reason, runs);
        if (code == EXIT_INTERRUPTED || code == EXIT_TERMINATED)
            return code;
        worst = launching_worse(worst, code);
    }
    return worst;
}

static void say_left(struct cli *cli, size_t chosen, size_t left)
{
    if (chosen == 0 && left == 0)
        cli_remark(cli, "nothing is parked");
    if (left > 0)
        cli_remark(
            cli, "%zu left: whether a rate that jumps is right is said by `billmill rates accept`",
            left);
}

static int retry(struct cli *cli, const struct parked_options *options, const char *command)
{
    struct error err = {0};
    struct chosen_rows chosen = {0};
    struct retry_targets targets = {0};
    size_t left = 0;
    const char *reason = options->reason == NULL ? "" : options->reason;
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_WRITE, command, &session, &err) ||
        !session_set_workers(&session, options->workers, &err) ||
        !choose_to_try(&session, options, &chosen, &left, &err) ||
        !make_targets(&session, &chosen, &targets, &err) ||
        !decide_all(&session, &chosen, "retry", command, reason, &err))
        return cli_fail(cli, &err);
    say_left(cli, chosen.count, left);
    json_t *runs = json_array();
    json_t *items = json_array();
    int code = launch_targets(&session, &targets, options->reason, runs);
    bool reported = report_items(&session, &chosen, items, &err);
    json_t *object = json_pack("{s:o, s:o}", "items", items, "runs", runs);
    if (cli->json && reported)
        json_print(json_incref(object));
    json_decref(object);
    code = left > 0 ? launching_worse(code, EXIT_PARKED) : code;
    return reported ? code : cli_fail(cli, &err);
}

int parked_accept(struct cli *cli, const struct parked_acceptance *acceptance)
{
    struct error err = {0};
    const struct parked_options options = {.accepts = acceptance->code,
                                           .all = acceptance->all,
                                           .reason = acceptance->reason,
                                           .items = acceptance->items,
                                           .item_count = acceptance->item_count};
    if (options.all == (options.item_count > 0)) {
        (void)error_run(&err, EXIT_USAGE, "%s needs items%s", acceptance->command,
                        options.all ? " or --all, not both" : " or --all");
        (void)error_hint(&err, "`billmill parked` lists them with their numbers");
        return cli_fail(cli, &err);
    }
    if (text_is_empty(options.reason)) {
        (void)error_run(&err, EXIT_USAGE, "a reason is needed: it stays in the audit log");
        (void)error_hint(&err, "add --reason \"why\"");
        return cli_fail(cli, &err);
    }
    return retry(cli, &options, acceptance->command);
}

/* ---------------------------------------------------------------- the command */

static bool check_choice(const struct parked_options *options, const char *action,
                         struct error *err)
{
    if (options->all == (options->item_count > 0)) {
        (void)error_run(err, EXIT_USAGE, "parked %s needs items%s", action,
                        options->all ? " or --all, not both" : " or --all");
        return error_hint(err, "`billmill parked` lists them with their numbers");
    }
    return true;
}

static bool check_waive(const struct parked_options *options, struct error *err)
{
    if (options->all || options->item_count == 0) {
        (void)error_run(err, EXIT_USAGE, "parked waive needs the items by name or number");
        return error_hint(err, "`billmill parked` lists them with their numbers");
    }
    if (!text_is_empty(options->reason))
        return true;
    (void)error_run(err, EXIT_USAGE, "a reason is needed: it stays in the audit log");
    return error_hint(err, "add --reason \"why\"");
}

static int run_parked(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct parked_options options = {0};
    const struct cli_option known[] = {
        {.name = "all",     .flag = &options.all    },
        {.name = "reason",  .text = &options.reason },
        {.name = "workers", .text = &options.workers},
    };
    if (!cli_parse(cli, &command_parked, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    const char *action = arguments.count == 0 ? "list" : arguments.items[0];
    options.items = arguments.items + 1;
    options.item_count = arguments.count == 0 ? 0 : arguments.count - 1;
    if (text_equal(action, "list") && options.item_count == 0)
        return list_parked(cli, &options);
    if (text_equal(action, "retry"))
        return check_choice(&options, action, &err) ? retry(cli, &options, "parked retry")
                                                    : cli_fail(cli, &err);
    if (text_equal(action, "waive"))
        return check_waive(&options, &err) ? waive(cli, &options) : cli_fail(cli, &err);
    (void)error_run(&err, EXIT_USAGE, "parked does not know '%s'",
                    text_equal(action, "list") ? options.items[0] : action);
    (void)error_hint(&err, "it knows list, retry and waive");
    return cli_fail(cli, &err);
}

const struct command command_parked = {
    .name = "parked",
    .arguments = "[list | retry ITEM… | waive ITEM…]",
    .summary = "list what a run could not do; try it again or give it up",
    .help =
        "ITEM is the number in the list, the item's name, or a word of the name such as the\n"
        "customer, when only one item has it.\n\n"
        "  list     what is open, why, what to do, how much money is at stake\n"
        "  retry    try items again, and let what follows from them follow; what else has become\n"
        "           due since waits for the next run, or for `billmill redo`; a rate that jumps "
        "is\n"
        "           left: `billmill rates accept`\n"
        "  waive    give items up; they stay listed with --all\n\n"
        "Options:\n"
        "  --all            list: decided ones too; retry: everything that is open\n"
        "  --reason TEXT    why; it stays in the audit log (needed to waive)\n"
        "  --workers N      retry: N processes, as in `run`\n\n"
        "Exit code of retry: 0 when nothing of its runs is parked any more, else 3.\n\n"
        "JSON of the list: items (number, tenant, job, business_key, generation, item, code,\n"
        "reason, hint, at_stake {amount, currency} or null, state, attempts, parked_at,\n"
        "decided_by, decided_reason), at_stake (per currency: amount, currency, items),\n"
        "at_stake_unknown (how many). JSON of retry: items as they are now, runs as in `run`;\n"
        "of waive: waived (items).\n\n"
        "Examples:\n  billmill parked\n"
        "  billmill parked retry 1 2\n"
        "  billmill parked retry --all --reason \"rates of CH imported\"\n"
        "  billmill parked waive cus-0042 --reason \"test account\"\n",
    .run = run_parked,
};
