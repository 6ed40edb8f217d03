/* run, resume, redo, plan and close: the commands that launch. They differ in the action and in
 * what they say when there is nothing to do. */
#include <stdio.h>

#include "core/base/text.h"
#include "core/cli/launching.h"

struct run_options {
    const char *job;
    const char *period;
    const char *date;
    const char *reason;
    const char *workers;
    bool dry_run;
    bool future;     /* it is meant, though far away */
    bool unfinished; /* or though an earlier one is unfinished */
    bool adopt_definition;
};

/* ---------------------------------------------------------------- which run */

static bool business_key_of(const struct run_definition *definition,
                            const struct run_options *options, const char **ret_key,
                            struct error *err)
{
    struct date ignored;
    const char *wanted = definition->key == JOB_KEY_PERIOD ? "period" : "date";
    const char *given = definition->key == JOB_KEY_PERIOD ? options->period : options->date;
    const char *other = definition->key == JOB_KEY_PERIOD ? options->date : options->period;
    if (given == NULL) {
        (void)error_run(err, EXIT_USAGE, "%s needs --%s%s", definition->name, wanted,
                        other != NULL ? ", the kind of key that its file names" : "");
        return error_hint(err, "for example --%s %s", wanted,
                          definition->key == JOB_KEY_PERIOD ? "2026-10" : "2026-10-31");
    }
    if (other != NULL) {
        (void)error_run(err, EXIT_USAGE, "%s goes by --%s, not by both", definition->name, wanted);
        return error_hint(err, "leave --%s out",
                          definition->key == JOB_KEY_PERIOD ? "date" : "period");
    }
    if (!business_key_parse(definition->key, given, &ignored, err))
        return false;
    *ret_key = given;
    return true;
}

static int launch_named(struct cli *cli, const struct run_options *options,
                        enum launch_action action, const char *word)
{
    struct error err = {0};
    CLEANUP(session_close) struct session session = {0};
    struct launch_request request = {.action = action,
                                     .started_by = word,
                                     .reason = options->reason,
                                     .past_unfinished = options->unfinished,
                                     .adopt_definition = options->adopt_definition};
    const char *key = options->period != NULL ? options->period : options->date;
    const char *job = text_equal(word, options->job) ? "" : options->job; /* close runs close */
    const char *command = arena_printf(cli->arena, "%s%s%s%s%s", word, *job == '\0' ? "" : " ", job,
                                       key == NULL ? "" : " ", key == NULL ? "" : key);
    if (!session_open(cli, SESSION_WRITE, command, &session, &err) ||
        !session_set_workers(&session, options->workers, &err) ||
        !session_definition(&session, options->job, &request.definition, &err) ||
        !business_key_of(request.definition, options, &request.business_key, &err) ||
        (action == LAUNCH_RUN && !options->dry_run && !options->future &&
         !launching_check_future(&session, &request, &err)))
        return cli_fail(cli, &err);
    return launching_run(&session, &request, options->dry_run);
}

#define KEY_OPTIONS(options)                                                                       \
    {.name = "period", .text = &(options).period},                                                 \
    {                                                                                              \
        .name = "date", .text = &(options).date                                                    \
    }

static bool take_job(const struct cli_arguments *arguments, const char *command,
                     struct run_options *options, struct error *err)
{
    if (arguments->count == 1) {
        options->job = arguments->items[0];
        return true;
    }
    (void)error_run(err, EXIT_USAGE, "%s needs the name of one job", command);
    return error_hint(err, "`billmill %s --help` shows examples", command);
}

static bool check_reason(const struct run_options *options, bool required, struct error *err)
{
    if (!text_is_empty(options->reason) || !required)
        return true;
    (void)error_run(err, EXIT_USAGE, "a reason is needed: it stays in the audit log");
    return error_hint(err, "add --reason \"why\"");
}

/* ---------------------------------------------------------------- the commands */

static int run_run(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct run_options options = {0};
    const struct cli_option known[] = {
        KEY_OPTIONS(options),
        {.name = "dry-run",          .flag = &options.dry_run         },
        {.name = "future",           .flag = &options.future          },
        {.name = "unfinished",       .flag = &options.unfinished      },
        {.name = "reason",           .text = &options.reason          },
        {.name = "workers",          .text = &options.workers         },
        {.name = "adopt-definition", .flag = &options.adopt_definition},
    };
    if (!cli_parse(cli, &command_run, argc, argv, known, ARRAY_LEN(known), &arguments, &err) ||
        !take_job(&arguments, "run", &options, &err) ||
        !check_reason(&options, options.adopt_definition, &err))
        return cli_fail(cli, &err);
    return launch_named(cli, &options, LAUNCH_RUN, "run");
}

static bool refuse_argument(const char *argument, struct error *err)
{
    struct date ignored;
    struct error none = {0};
    bool is_month = business_key_parse(JOB_KEY_PERIOD, argument, &ignored, &none);
    (void)error_run(err, EXIT_USAGE, "close takes no argument '%s'", argument);
    return error_hint(err, "the month to close is --period %s", is_month ? argument : "YYYY-MM");
}

static int run_close(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct run_options options = {.job = "close"};
    const struct cli_option known[] = {
        {.name = "period",           .text = &options.period          },
        {.name = "dry-run",          .flag = &options.dry_run         },
        {.name = "future",           .flag = &options.future          },
        {.name = "unfinished",       .flag = &options.unfinished      },
        {.name = "reason",           .text = &options.reason          },
        {.name = "workers",          .text = &options.workers         },
        {.name = "adopt-definition", .flag = &options.adopt_definition},
    };
    if (!cli_parse(cli, &command_close, argc, argv, known, ARRAY_LEN(known), &arguments, &err) ||
        !check_reason(&options, options.adopt_definition, &err))
        return cli_fail(cli, &err);
    if (arguments.count > 0 && !refuse_argument(arguments.items[0], &err))
        return cli_fail(cli, &err);
    return launch_named(cli, &options, LAUNCH_RUN, "close");
}

static int run_plan(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct run_options options = {.dry_run = true};
    const struct cli_option known[] = {KEY_OPTIONS(options)};
    if (!cli_parse(cli, &command_plan, argc, argv, known, ARRAY_LEN(known), &arguments, &err) ||
        !take_job(&arguments, "plan", &options, &err))
        return cli_fail(cli, &err);
    return launch_named(cli, &options, LAUNCH_RUN, "plan");
}

static int run_redo(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct run_options options = {0};
    const struct cli_option known[] = {
        KEY_OPTIONS(options),
        {.name = "reason",     .text = &options.reason    },
        {.name = "workers",    .text = &options.workers   },
        {.name = "dry-run",    .flag = &options.dry_run   },
        {.name = "unfinished", .flag = &options.unfinished},
    };
    if (!cli_parse(cli, &command_redo, argc, argv, known, ARRAY_LEN(known), &arguments, &err) ||
        !take_job(&arguments, "redo", &options, &err) || !check_reason(&options, true, &err))
        return cli_fail(cli, &err);
    return launch_named(cli, &options, LAUNCH_REDO, "redo");
}

/* Without a job: everything that is unfinished, the oldest business date first; the worst outcome
 * is the exit code. */
static int resume_all(struct session *session, const struct run_options *options)
{
    struct error err = {0};
    struct instance *unfinished = NULL;
    size_t count = 0;
    int worst = EXIT_DONE;
    if (!instance_load_unfinished(session->db, session->arena, &unfinished, &count, &err))
        return cli_fail(session->cli, &err);
    if (count == 0) {
        (void)printf(session->cli->json ? "{\"resumed\": 0}\n" : "nothing is unfinished\n");
        return EXIT_DONE;
    }
    for (size_t i = 0; i < count; i++) {
        struct launch_request request = {.business_key = unfinished[i].business_key,
                                         .action = LAUNCH_RESUME,
                                         .started_by = "resume",
                                         .reason = options->reason,
                                         .adopt_definition = options->adopt_definition};
        /* One whose file is gone does not keep the others from being finished. */
        int code = session_definition(session, unfinished[i].job, &request.definition, &err)
                       ? launching_run(session, &request, false)
                       : cli_fail(session->cli, &err);
        if (code == EXIT_INTERRUPTED || code == EXIT_TERMINATED)
            return code;
        worst = launching_worse(worst, code);
    }
    return worst;
}

static int run_resume(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct run_options options = {0};
    const struct cli_option known[] = {
        KEY_OPTIONS(options),
        {.name = "reason",           .text = &options.reason          },
        {.name = "workers",          .text = &options.workers         },
        {.name = "adopt-definition", .flag = &options.adopt_definition},
    };
    if (!cli_parse(cli, &command_resume, argc, argv, known, ARRAY_LEN(known), &arguments, &err) ||
        !check_reason(&options, options.adopt_definition, &err))
        return cli_fail(cli, &err);
    if (arguments.count > 0) {
        if (!take_job(&arguments, "resume", &options, &err))
            return cli_fail(cli, &err);
        return launch_named(cli, &options, LAUNCH_RESUME, "resume");
    }
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_WRITE, "resume", &session, &err) ||
        !session_set_workers(&session, options.workers, &err))
        return cli_fail(cli, &err);
    return resume_all(&session, &options);
}

#define UNFINISHED_HELP "  --unfinished        it is meant, though an earlier one is unfinished\n"

const struct command command_run = {
    .name = "run",
    .arguments = "JOB --period YYYY-MM | --date YYYY-MM-DD",
    .summary = "run one job, or continue it where it was interrupted",
    .help =
        "A finished run is left alone: the command says which execution did it and exits 0.\n"
        "JOB is a file of the jobs directory, without .yaml: close, collect, or a single one,\n"
        "as rating, payment-match, invoice-mail, exchange-rate-sync; `billmill plan JOB` shows\n"
        "what it would do.\n\n"
        "Options:\n"
        "  --period YYYY-MM    the month that the run is for\n"
        "  --date YYYY-MM-DD   the day, for jobs whose key is a date\n"
        "  --dry-run           the same, rolled back: nothing is kept, no file is "
        "written\n"
        "  --future            it is meant, though more than three months "
        "ahead\n" UNFINISHED_HELP SESSION_WORKERS_HELP
        "  --adopt-definition  go on although the job's file has changed (with --reason)\n"
        "  --reason TEXT       why; it stays in the audit log\n\n"
        "JSON: job, business_key, generation, dry_run, already_done, outcome, execution,\n"
        "exit_code, items, parked, parked_open, rows, chunks; error and hint of one that failed;\n"
        "sent: what became of the charges, refunds, mails and webhooks that it sent (kind, state,\n"
        "outcome, count; currency and amount of what was paid or refunded).\n\n"
        "Examples:\n  billmill run rating --period 2026-10\n"
        "  billmill run tax --period 2026-10 --dry-run --json\n",
    .run = run_run,
};

const struct command command_close = {
    .name = "close",
    .arguments = "--period YYYY-MM",
    .summary = "close a month: all its jobs in their order",
    .help =
        "Runs the pipeline config/jobs/close.yaml. Killed or stopped at any instant, `billmill\n"
        "resume` finishes it. Repeated, it changes nothing.\n\n"
        "Options:\n"
        "  --period YYYY-MM    the month to close\n"
        "  --dry-run           a trial: everything is computed, nothing is "
        "kept\n"
        "  --future            it is meant, though more than three months "
        "ahead\n" UNFINISHED_HELP SESSION_WORKERS_HELP
        "  --adopt-definition  go on although a job's file has changed (with --reason)\n"
        "  --reason TEXT       why; it stays in the audit log\n\n"
        "Examples:\n  billmill close --period 2026-10 --dry-run\n"
        "  billmill close --period 2026-10 --workers 4\n",
    .run = run_close,
};

const struct command command_plan = {
    .name = "plan",
    .arguments = "JOB --period YYYY-MM | --date YYYY-MM-DD",
    .summary = "show what a run would do: the run itself, rolled back",
    .help = "Options:\n"
            "  --period YYYY-MM    the month\n"
            "  --date YYYY-MM-DD   the day, for jobs whose key is a date\n\n"
            "Examples:\n  billmill plan close --period 2026-10\n",
    .run = run_plan,
};

const struct command command_redo = {
    .name = "redo",
    .arguments = "JOB --period YYYY-MM --reason TEXT",
    .summary = "run a finished job again, as a new generation",
    .help =
        "Bills what is due and not billed yet: late usage, new customers, corrected data. What\n"
        "is finalized stays as it is.\n\n"
        "Options:\n"
        "  --period YYYY-MM    the month\n"
        "  --date YYYY-MM-DD   the day, for jobs whose key is a date\n"
        "  --reason TEXT       why; it stays in the audit log\n"
        "  --dry-run           show it, keep nothing\n" UNFINISHED_HELP SESSION_WORKERS_HELP "\n"
        "Examples:\n  billmill redo close --period 2026-10 --reason \"late usage of acme\"\n",
    .run = run_redo,
};

const struct command command_resume = {
    .name = "resume",
    .arguments = "[JOB --period YYYY-MM]",
    .summary = "finish what was stopped, failed or killed",
    .help =
        "Without a job: every unfinished run, the oldest first. Work that was committed is not\n"
        "done again.\n\n"
        "Options:\n"
        "  --period YYYY-MM    the month\n"
        "  --date YYYY-MM-DD   the day, for jobs whose key is a date\n" SESSION_WORKERS_HELP
        "  --adopt-definition  go on although the job's file has changed (with --reason)\n"
        "  --reason TEXT       why; it stays in the audit log\n\n"
        "Examples:\n  billmill resume --workers 4\n  billmill resume close --period 2026-10\n",
    .run = run_resume,
};
