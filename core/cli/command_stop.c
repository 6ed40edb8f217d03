/* stop: ask whoever is at work to stop at the next checkpoint. The one writer of SQLite is a
 * process of this host and gets a signal; the workers of PostgreSQL, on any host, find the wish in
 * the database between two chunks. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/engine/worker_list.h"

static int say_nothing_runs(const struct cli *cli)
{
    if (cli->json)
        json_print(json_pack("{s:[]}", "asked"));
    else
        (void)printf("nothing is running\n");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- SQLite */

static int stop_owner(struct cli *cli, const struct db_owner *owner, struct error *err)
{
    char host[ENGINE_HOST_SIZE] = "";
    (void)gethostname(host, sizeof host - 1);
    if (!text_equal(host, owner->host)) {
        (void)error_run(err, EXIT_USAGE, "'%s' runs on host %s, not on this one", owner->command,
                        owner->host);
        (void)error_hint(err, "on %s: kill -TERM %" PRId64, owner->host, owner->pid);
        return cli_fail(cli, err);
    }
    if (kill((pid_t)owner->pid, SIGTERM) != 0) {
        (void)error_run(err, EXIT_USAGE, "cannot signal process %" PRId64 ": %s", owner->pid,
                        strerror(errno));
        return cli_fail(cli, err);
    }
    if (cli->json)
        json_print(json_pack("{s:[{s:o, s:o, s:o}]}", "asked", "host", json_of_text(owner->host),
                             "pid", json_of_number(owner->pid), "command",
                             json_of_text(owner->command)));
    else
        (void)printf("asked process %" PRId64 " (%s) to stop; `billmill resume` continues it\n",
                     owner->pid, owner->command);
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- PostgreSQL */

static json_t *json_of_asked(const struct worker_row *rows, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            array, json_pack("{s:o, s:o, s:o, s:o, s:o}", "host", json_of_text(rows[i].host), "pid",
                             json_of_number(rows[i].pid), "execution",
                             json_of_number(rows[i].execution_id), "job", json_of_text(rows[i].job),
                             "business_key", json_of_text(rows[i].business_key)));
    return array;
}

static int stop_workers(struct session *session, const char *reason, struct error *err)
{
    struct worker_row *rows = NULL;
    size_t count = 0;
    struct cli *cli = session->cli;
    if (!session_connect(session, err) ||
        !worker_list_stop(&session->engine, reason == NULL ? "" : reason, session->arena, &rows,
                          &count, err))
        return cli_fail(cli, err);
    if (count == 0)
        return say_nothing_runs(cli);
    if (cli->json) {
        json_print(json_pack("{s:o}", "asked", json_of_asked(rows, count)));
        return EXIT_DONE;
    }
    for (size_t i = 0; i < count; i++)
        (void)printf("asked process %" PRId64 " on %s (%s %s) to stop\n", rows[i].pid, rows[i].host,
                     rows[i].job, rows[i].business_key);
    cli_remark(cli, "they end after the chunk at hand; `billmill resume` continues");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- the command */

static int run_stop(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct db_owner owner;
    const char *reason = NULL;
    const struct cli_option known[] = {
        {.name = "reason", .text = &reason},
    };
    CLEANUP(session_close) struct session session = {0};
    if (!cli_parse(cli, &command_stop, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    if (arguments.count > 0 &&
        !error_run(&err, EXIT_USAGE, "stop takes no argument '%s'", arguments.items[0]))
        return cli_fail(cli, &err);
    if (!session_open(cli, SESSION_NO_DATABASE, "stop", &session, &err))
        return cli_fail(cli, &err);
    if (session.location.kind == DATABASE_POSTGRES)
        return stop_workers(&session, reason, &err);
    if (!db_owner_of(session.location.text, cli->arena, &owner))
        return say_nothing_runs(cli);
    return stop_owner(cli, &owner, &err);
}

const struct command command_stop = {
    .name = "stop",
    .arguments = "[--reason TEXT]",
    .summary = "ask whoever is at work to stop at the next checkpoint",
    .help =
        "SQLite: sends SIGTERM to the process that holds the database. PostgreSQL: asks every\n"
        "worker, on any host, through the database. Each finishes or rolls back its open chunk,\n"
        "records that it was stopped and exits 143; `billmill resume` continues.\n\n"
        "Options:\n"
        "  --reason TEXT    why; on PostgreSQL it stays in the audit log, with who asked\n\n"
        "JSON: asked (host, pid, and the command on SQLite; execution, job, business_key on\n"
        "PostgreSQL).\n\n"
        "Examples:\n  billmill stop && billmill resume\n"
        "  billmill stop --reason \"upgrade of the server at 22:00\"\n",
    .run = run_stop,
};
