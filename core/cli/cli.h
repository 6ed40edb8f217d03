/* The command line: arguments, output, exit codes. Data go to stdout, talk to stderr; `--json`
 * makes data JSON. One file per command; each is a row of `commands` in main.c. */
#ifndef BILLMILL_CLI_CLI_H
#define BILLMILL_CLI_CLI_H

#include <stdio.h>

#include "core/base/arena.h"
#include "core/base/error.h"

#define BILLMILL_VERSION "0.1.0"
#define CLI_POSITIONALS_MAX 256

struct cli {
    const char *config;   /* --config, NULL: looked for */
    const char *database; /* --database, NULL: environment, file */
    bool json;
    bool quiet; /* no progress and no remarks */
    struct arena *arena;
};

struct command {
    const char *name;
    const char *arguments; /* "JOB --period YYYY-MM" */
    const char *summary;   /* one line of the list */
    const char *help;      /* options and examples */
    /* Returns the exit code; says errors itself by cli_fail. */
    int (*run)(struct cli *cli, int argc, char **argv);
};

extern const struct command command_calc;
extern const struct command command_check;
extern const struct command command_close;
extern const struct command command_dump;
extern const struct command command_effects;
extern const struct command command_executions;
extern const struct command command_explain;
extern const struct command command_import;
extern const struct command command_init;
extern const struct command command_migrate;
extern const struct command command_parked;
extern const struct command command_payments;
extern const struct command command_plan;
extern const struct command command_preview;
extern const struct command command_rates;
extern const struct command command_redo;
extern const struct command command_refund;
extern const struct command command_resume;
extern const struct command command_run;
extern const struct command command_show;
extern const struct command command_status;
extern const struct command command_stop;
extern const struct command command_verify;

/* An option of a command: --name, or --name VALUE / --name=VALUE. Exactly one target is set. The
 * options that every command has (--config --database --json --quiet --help) are read besides. */
struct cli_option {
    const char *name; /* without the dashes */
    bool *flag;
    const char **text;
    int64_t *number;
};

/* Reads options and positional arguments (argv[0] is the command). Unknown options are refused with
 * "did you mean". EXIT_USAGE. */
struct cli_arguments {
    const char *items[CLI_POSITIONALS_MAX];
    size_t count;
};
MUST_CHECK bool cli_parse(struct cli *cli, const struct command *command, int argc, char **argv,
                          const struct cli_option *options, size_t option_count,
                          struct cli_arguments *ret_arguments, struct error *err);

/* Whether --help was among the arguments: cli_parse then fails with EXIT_DONE after printing it. */
void cli_print_help(const struct command *command, FILE *out);

/* Says the error (message, hint; with --json as an object on stdout) and returns its exit code. */
int cli_fail(const struct cli *cli, const struct error *err);

/* A remark for people, on stderr, unless --quiet. */
void cli_remark(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
