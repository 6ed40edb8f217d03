/* check: every mistake in the configuration and the job files, not only the first. */
#define _GNU_SOURCE /* secure_getenv */
#include <stdlib.h>

#include <jansson.h>

#include "core/cli/session.h"
#include "core/cli/tax_remarks.h"

static json_t *problem_json(const struct problem *problem)
{
    return json_pack("{s:s, s:i, s:i, s:s, s:s}", "file", problem->at.file, "line",
                     (int)problem->at.line, "column", (int)problem->at.column, "message",
                     problem->message, "hint", problem->hint);
}

static int report_json(const char *path, const struct problem_list *problems)
{
    json_t *list = json_array();
    for (size_t i = 0; i < problems->count; i++)
        (void)json_array_append_new(list, problem_json(&problems->items[i]));
    json_t *object = json_pack("{s:s, s:b, s:o, s:I}", "config", path, "ok", problems->count == 0,
                               "problems", list, "more", (json_int_t)problems->dropped);
    (void)json_dumpf(object, stdout, JSON_SORT_KEYS | JSON_INDENT(2));
    (void)fputc('\n', stdout);
    json_decref(object);
    return problems->count == 0 ? EXIT_DONE : EXIT_CONFIG;
}

static int report_text(const char *path, const struct setup *setup,
                       const struct problem_list *problems, struct arena *arena)
{
    for (size_t i = 0; i < problems->count; i++) {
        (void)printf("%s\n", problem_text(&problems->items[i], arena));
        if (problems->items[i].hint[0] != '\0')
            (void)printf("  %s\n", problems->items[i].hint);
    }
    if (problems->dropped > 0)
        (void)printf("and %zu more\n", problems->dropped);
    if (problems->count > 0) {
        size_t count = problems->count + problems->dropped;
        (void)fflush(stdout); /* the list comes before its count, also where both go to one file */
        (void)fprintf(stderr, "billmill: %zu %s\n", count, count == 1 ? "mistake" : "mistakes");
        return EXIT_CONFIG;
    }
    (void)printf("%s is right, and so are its %zu jobs\n", path, setup->jobs.count);
    return EXIT_DONE;
}

static int run_check(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct problem_list problems = {.arena = cli->arena};
    struct setup setup;
    const char *path = NULL;
    const char *day_text = NULL;
    struct date on = DATE_NONE;
    size_t known_count = 0;
    const struct cli_option options[] = {
        {.name = "date", .text = &day_text}
    };
    if (!cli_parse(cli, &command_check, argc, argv, options, ARRAY_LEN(options), &arguments, &err))
        return cli_fail(cli, &err);
    if (day_text != NULL && !date_parse(day_text, &on, &err)) {
        err.exit_code = EXIT_USAGE;
        return cli_fail(cli, &err);
    }
    if (!settings_find(arguments.count > 0 ? arguments.items[0] : cli->config, settings_places,
                       SETTINGS_PLACE_COUNT, &path, &err))
        return cli_fail(cli, &err);
    const struct known_job *known = session_known_jobs(cli->arena, &known_count);
    setup_check(path, cli->database, secure_getenv, known, known_count, true, cli->arena, &problems,
                &setup);
    setup_check_mails(&setup.settings, cli->arena, &problems);
    setup_check_secrets(&setup.settings, secure_getenv, cli->arena, &problems);
    if (setup.settings.mail.server.text != NULL && setup.settings.mail.since.text == NULL)
        cli_remark(cli, "mails are sent, and mail.since is not set: invoice-mail needs it");
    tax_remarks_print(cli, arena_printf(cli->arena, "%s/tax", tax_remarks_folder(path, cli->arena)),
                      NULL, on);
    return cli->json ? report_json(path, &problems)
                     : report_text(path, &setup, &problems, cli->arena);
}

const struct command command_check = {
    .name = "check",
    .arguments = "[FILE] [--date YYYY-MM-DD]",
    .summary = "show every mistake in the configuration and the job files",
    .help =
        "Reads files only; opens no database. Exit 0 when all is right, else 78. Of a secret it\n"
        "says whether its file, or its variable, is there and as it should be.\n\n"
        "The tax rates that come with billmill (tax/ beside FILE) are compared with their\n"
        "manifest; what was changed is remarked on.\n\n"
        "Options:\n"
        "  --date YYYY-MM-DD   a business date: says when those rates are old by then\n\n"
        "Examples:\n  billmill check\n  billmill check /etc/billmill/billmill.yaml --json\n"
        "  billmill check --date 2026-10-31\n",
    .run = run_check,
};
