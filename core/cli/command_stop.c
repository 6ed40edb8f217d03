/* stop: ask the process that owns the database to stop at its next checkpoint. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/cli/session.h"

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
    (void)printf("asked process %" PRId64 " (%s) to stop; `billmill resume` continues it\n",
                 owner->pid, owner->command);
    return EXIT_DONE;
}

static int run_stop(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct db_owner owner;
    CLEANUP(session_close) struct session session = {0};
    if (!cli_parse(cli, &command_stop, argc, argv, NULL, 0, &arguments, &err) ||
        !session_open(cli, SESSION_NO_DATABASE, "stop", &session, &err))
        return cli_fail(cli, &err);
    if (!db_owner_of(session.location.text, cli->arena, &owner)) {
        (void)printf("nothing is running\n");
        return EXIT_DONE;
    }
    return stop_owner(cli, &owner, &err);
}

const struct command command_stop = {
    .name = "stop",
    .arguments = "",
    .summary = "ask the running billmill to stop at its next checkpoint",
    .help = "Sends SIGTERM to the process that holds the database. It rolls back its open chunk,\n"
            "records that it was stopped and exits 143; `billmill resume` continues.\n\n"
            "Example:\n  billmill stop && billmill resume\n",
    .run = run_stop,
};
