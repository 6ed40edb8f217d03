/* Options, errors and remarks of the command line: see cli.h. */
#include "core/cli/cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <jansson.h>

#include "core/base/text.h"

#define DISTANCE_MAX 2

static const char *const common_help =
    "\nCommon options:\n"
    "  --config FILE      instead of ./billmill.yaml or /etc/billmill/billmill.yaml\n"
    "  --database PLACE   instead of BILLMILL_DATABASE or the configuration's\n"
    "  --json             data as JSON\n"
    "  --quiet            no progress, no remarks\n"
    "  --help             this text\n";

void cli_print_help(const struct command *command, FILE *out)
{
    (void)fprintf(out, "billmill %s%s%s\n  %s\n\n%s%s", command->name,
                  command->arguments[0] != '\0' ? " " : "", command->arguments, command->summary,
                  command->help, common_help);
}

struct parse {
    struct cli *cli;
    const struct command *command;
    const struct cli_option *options;
    size_t option_count;
    int argc;
    char **argv;
    int at;
};

static const struct cli_option *find_option(const struct cli_option *options, size_t count,
                                            const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0)
            return &options[i];
    return NULL;
}

static bool unknown_option(const struct parse *parse, const char *argument, struct error *err)
{
    const char *nearest = NULL;
    int32_t best = DISTANCE_MAX + 1;
    for (size_t i = 0; i < parse->option_count; i++) {
        int32_t distance = text_distance(argument + 2, parse->options[i].name);
        if (distance < best) {
            best = distance;
            nearest = parse->options[i].name;
        }
    }
    (void)error_run(err, EXIT_USAGE, "%s does not know the option %s", parse->command->name,
                    argument);
    if (nearest != NULL)
        return error_hint(err, "did you mean --%s?", nearest);
    return error_hint(err, "`billmill %s --help` lists the options", parse->command->name);
}

/* An option's value is no option that the command knows: "--done --reason" has forgotten one. What
 * looks like one is given as --done=--reason. */
static bool is_option(const struct parse *parse, const char *argument)
{
    return text_starts_with(argument, "--") &&
           find_option(parse->options, parse->option_count, argument + 2,
                       strcspn(argument + 2, "=")) != NULL;
}

static bool take_value(struct parse *parse, const struct cli_option *option, const char *value,
                       struct error *err)
{
    if (option->flag != NULL) {
        if (value != NULL)
            return error_run(err, EXIT_USAGE, "--%s takes no value", option->name);
        *option->flag = true;
        return true;
    }
    if (value == NULL && parse->at + 1 < parse->argc &&
        !is_option(parse, parse->argv[parse->at + 1]))
        value = parse->argv[++parse->at];
    if (value == NULL)
        return error_run(err, EXIT_USAGE, "--%s needs a value", option->name);
    if (option->text != NULL) {
        *option->text = value;
        return true;
    }
    if (!text_parse_i64(value, option->number))
        return error_run(err, EXIT_USAGE, "--%s needs a whole number, not '%s'", option->name,
                         value);
    return true;
}

static bool take_option(struct parse *parse, const char *argument, struct error *err)
{
    const struct cli_option common[] = {
        {.name = "config",   .text = &parse->cli->config  },
        {.name = "database", .text = &parse->cli->database},
        {.name = "json",     .flag = &parse->cli->json    },
        {.name = "quiet",    .flag = &parse->cli->quiet   },
    };
    const char *equals = strchr(argument, '=');
    size_t length = equals == NULL ? strlen(argument) - 2 : (size_t)(equals - argument) - 2;
    const struct cli_option *option =
        find_option(parse->options, parse->option_count, argument + 2, length);
    if (option == NULL)
        option = find_option(common, ARRAY_LEN(common), argument + 2, length);
    if (option == NULL)
        return unknown_option(parse, argument, err);
    return take_value(parse, option, equals == NULL ? NULL : equals + 1, err);
}

static bool refuse_many(struct error *err)
{
    (void)error_run(err, EXIT_USAGE, "more than %d arguments", CLI_POSITIONALS_MAX);
    return error_hint(err, "give the others to another call, as `xargs -n %d` does",
                      CLI_POSITIONALS_MAX);
}

bool cli_parse(struct cli *cli, const struct command *command, int argc, char **argv,
               const struct cli_option *options, size_t option_count,
               struct cli_arguments *ret_arguments, struct error *err)
{
    struct parse parse = {.cli = cli,
                          .command = command,
                          .options = options,
                          .option_count = option_count,
                          .argc = argc,
                          .argv = argv};
    bool only_positionals = false;
    ret_arguments->count = 0;
    for (parse.at = 1; parse.at < argc; parse.at++) {
        const char *argument = argv[parse.at];
        if (!only_positionals && strcmp(argument, "--") == 0) {
            only_positionals = true;
        } else if (!only_positionals &&
                   (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)) {
            cli_print_help(command, stdout);
            return error_run(err, EXIT_DONE, "%s", "");
        } else if (!only_positionals && text_starts_with(argument, "--")) {
            if (!take_option(&parse, argument, err))
                return false;
        } else if (!only_positionals && argument[0] == '-' && argument[1] != '\0') {
            return unknown_option(&parse, argument, err);
        } else if (ret_arguments->count == CLI_POSITIONALS_MAX) {
            return refuse_many(err);
        } else {
            ret_arguments->items[ret_arguments->count++] = argument;
        }
    }
    return true;
}

int cli_fail(const struct cli *cli, const struct error *err)
{
    if (err->exit_code == EXIT_DONE)
        return EXIT_DONE; /* the help was printed */
    if (cli->json) {
        json_t *object = json_pack("{s:{s:s, s:s, s:i, s:s}}", "error", "message", err->message,
                                   "hint", err->hint, "exit_code", (int)err->exit_code, "kind",
                                   exit_code_name(err->exit_code));
        (void)json_dumpf(object, stdout, JSON_SORT_KEYS | JSON_INDENT(2));
        (void)fputc('\n', stdout);
        json_decref(object);
    }
    (void)fflush(stdout);
    (void)fprintf(stderr, "billmill: %s\n", err->message);
    if (err->hint[0] != '\0')
        (void)fprintf(stderr, "  %s\n", err->hint);
    return (int)err->exit_code;
}

void cli_remark(const struct cli *cli, const char *format, ...)
{
    va_list args;
    if (cli->quiet)
        return;
    (void)fflush(stdout); /* what was said before comes before, also where both go to one file */
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}
