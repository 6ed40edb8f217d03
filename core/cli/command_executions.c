/* executions: what ran, the newest first. */
#include <inttypes.h>

#include "core/cli/execution_output.h"
#include "core/cli/output.h"
#include "core/cli/session.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX 100000

static bool check_job(const struct session *session, const char *job, struct error *err)
{
    const struct run_definition *ignored = NULL;
    return job == NULL || session_definition(session, job, &ignored, err);
}

static bool read_options(struct cli *cli, int argc, char **argv, struct execution_filter *filter,
                         struct error *err)
{
    struct cli_arguments arguments;
    struct date ignored;
    const struct cli_option known[] = {
        {.name = "job",    .text = &filter->job         },
        {.name = "period", .text = &filter->business_key},
        {.name = "limit",  .number = &filter->limit     },
    };
    if (!cli_parse(cli, &command_executions, argc, argv, known, ARRAY_LEN(known), &arguments, err))
        return false;
    if (arguments.count > 0) {
        (void)error_run(err, EXIT_USAGE, "executions takes no argument '%s'", arguments.items[0]);
        return error_hint(err, "one of them in full: billmill show %s", arguments.items[0]);
    }
    if (filter->limit < 1 || filter->limit > LIMIT_MAX)
        return error_run(err, EXIT_USAGE, "--limit is a number from 1 to %d", LIMIT_MAX);
    return filter->business_key == NULL ||
           business_key_parse(JOB_KEY_PERIOD, filter->business_key, &ignored, err);
}

static int run_executions(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct execution_filter filter = {.limit = LIMIT_DEFAULT};
    struct execution_row *rows = NULL;
    size_t count = 0;
    CLEANUP(session_close) struct session session = {0};
    if (!read_options(cli, argc, argv, &filter, &err) ||
        !session_open(cli, SESSION_READ, "executions", &session, &err) ||
        !check_job(&session, filter.job, &err) ||
        !history_load_executions(session.db, &filter, cli->arena, &rows, &count, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_print(json_of_executions(rows, count));
        return EXIT_DONE;
    }
    if (count == 0)
        cli_remark(cli, "nothing has run yet");
    else
        print_executions(cli->arena, rows, count, NULL);
    if ((int64_t)count == filter.limit)
        cli_remark(cli, "these are the last %" PRId64 ": more with --limit N", filter.limit);
    return EXIT_DONE;
}

const struct command command_executions = {
    .name = "executions",
    .arguments = "[--job JOB] [--period YYYY-MM] [--limit N]",
    .summary = "list what ran, the newest first",
    .help = "Options:\n"
            "  --job JOB           only this job or pipeline\n"
            "  --period YYYY-MM    only runs for this month or a day of it\n"
            "  --limit N           how many (20)\n\n"
            "JSON: an array of objects with execution, job, business_key, generation, attempt,\n"
            "state, asked_by, actor, reason, host, pid, program, started_at, ended_at, exit_code,\n"
            "error, items, parked, rows, chunks, instance, parent_instance, instance_state.\n\n"
            "Examples:\n  billmill executions\n"
            "  billmill executions --job tax --limit 5\n",
    .run = run_executions,
};
