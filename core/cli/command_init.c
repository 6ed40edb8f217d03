/* init and migrate: bring the database to the schema of this program. init makes the file. */
#include <inttypes.h>

#include <jansson.h>

#include "core/cli/session.h"
#include "core/engine/liveness.h"
#include "core/storage/migrate.h"

static int report(const struct cli *cli, const struct session *session,
                  const struct migration_status *status)
{
    if (cli->json) {
        json_t *object =
            json_pack("{s:s, s:I, s:s, s:I}", "database", session->location.display, "version",
                      (json_int_t)status->current, "name", status->newest_name, "applied_now",
                      (json_int_t)status->applied_now);
        (void)json_dumpf(object, stdout, JSON_SORT_KEYS | JSON_INDENT(2));
        (void)fputc('\n', stdout);
        json_decref(object);
    } else if (status->applied_now == 0) {
        (void)printf("%s is at schema %" PRId64 " already; nothing was changed\n",
                     session->location.display, status->current);
    } else {
        (void)printf("%s is now at schema %" PRId64 " (%s)\n", session->location.display,
                     status->current, status->newest_name);
    }
    return EXIT_DONE;
}

static bool nobody_works(void *argument, struct error *err)
{
    const struct engine *engine = argument;
    return liveness_nobody_works(engine, err) || error_context(err, "nothing was migrated");
}

static int migrate_to_newest(struct cli *cli, const struct command *command, bool create, int argc,
                             char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct migration_status status;
    CLEANUP(session_close) struct session session = {0};
    if (!cli_parse(cli, command, argc, argv, NULL, 0, &arguments, &err))
        return cli_fail(cli, &err);
    if (arguments.count > 0 && !error_run(&err, EXIT_USAGE, "%s takes no argument '%s'",
                                          command->name, arguments.items[0]))
        return cli_fail(cli, &err);
    enum session_database database = create ? SESSION_CREATE : SESSION_MIGRATE;
    const struct migrate_guard guard = {nobody_works, &session.engine};
    if (!session_open(cli, database, command->name, &session, &err) ||
        !migrate_up(session.db, session.migrations, &guard, cli->arena, &status, &err))
        return cli_fail(cli, &err);
    return report(cli, &session, &status);
}

static int run_init(struct cli *cli, int argc, char **argv)
{
    return migrate_to_newest(cli, &command_init, true, argc, argv);
}

static int run_migrate(struct cli *cli, int argc, char **argv)
{
    return migrate_to_newest(cli, &command_migrate, false, argc, argv);
}

const struct command command_init = {
    .name = "init",
    .arguments = "",
    .summary = "make the database, or bring it to this program's schema",
    .help = "Safe to repeat: a database that is there is only migrated.\n\n"
            "Example:\n  billmill init\n  billmill init --database "
            "sqlite:/var/lib/billmill/billmill.db\n",
    .run = run_init,
};

const struct command command_migrate = {
    .name = "migrate",
    .arguments = "",
    .summary = "bring an existing database to this program's schema",
    .help =
        "Refuses a database that is newer than the program or was altered by hand, and one that\n"
        "somebody works on.\n\n"
        "Example:\n  billmill migrate\n",
    .run = run_migrate,
};
