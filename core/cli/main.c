/* billmill: one program, one command each time. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/cli.h"
#include "core/cli/signals.h"

#define ARENA_CAP ((size_t)256 << 20)
#define DISTANCE_MAX 2

static const struct command *const commands[] = {
    &command_init,    &command_migrate,    &command_check,    &command_import, &command_plan,
    &command_close,   &command_run,        &command_resume,   &command_redo,   &command_stop,
    &command_status,  &command_executions, &command_show,     &command_parked, &command_calc,
    &command_preview, &command_explain,    &command_rates,    &command_verify, &command_dump,
    &command_effects, &command_refund,     &command_payments,
};

static void print_overview(FILE *out)
{
    (void)fprintf(out, "billmill " BILLMILL_VERSION
                       ": billing runs that can be killed and resumed and bill everybody once\n\n"
                       "usage: billmill COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        (void)fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    (void)fprintf(out,
                  "\n`billmill COMMAND --help` shows options and examples.\n"
                  "Exit codes: 0 done, 3 done with parked items, 4 another owner runs, 64 usage, "
                  "65 data,\n  69 not reachable, 70 internal, 73 cannot write, 74 I/O, 75 try "
                  "again, 78 configuration, 130 and 143 stopped.\n");
}

static int unknown_command(const char *name)
{
    const char *nearest = NULL;
    int32_t best = DISTANCE_MAX + 1;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        int32_t distance = text_distance(name, commands[i]->name);
        if (distance < best) {
            best = distance;
            nearest = commands[i]->name;
        }
    }
    (void)fprintf(stderr, "billmill: there is no command '%s'\n", name);
    if (nearest != NULL)
        (void)fprintf(stderr, "  did you mean `billmill %s`?\n", nearest);
    else
        (void)fprintf(stderr, "  `billmill --help` lists the commands\n");
    return EXIT_USAGE;
}

/* Options that stand before the command belong to it: `billmill --config FILE run …`. */
static int find_command(int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        bool takes_value = strcmp(argv[at], "--config") == 0 || strcmp(argv[at], "--database") == 0;
        at += takes_value ? 2 : 1;
    }
    return at;
}

static int run_command(struct cli *cli, const struct command *command, int argc, char **argv,
                       int at)
{
    char **arguments = ARENA_NEW_ARRAY(cli->arena, char *, (size_t)argc);
    int count = 0;
    arguments[count++] = argv[at];
    for (int i = 1; i < argc; i++)
        if (i != at)
            arguments[count++] = argv[i];
    return command->run(cli, count, arguments);
}

static bool is_one_of(const char *text, const char *a, const char *b, const char *c)
{
    return text_equal(text, a) || text_equal(text, b) || text_equal(text, c);
}

int main(int argc, char **argv)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("the command's memory", ARENA_CAP);
    struct cli cli = {.arena = arena};
    signals_install();
    if (argc >= 2 && is_one_of(argv[1], "--version", "version", "-V")) {
        (void)printf("billmill " BILLMILL_VERSION "\n");
        return EXIT_DONE;
    }
    if (argc >= 2 && is_one_of(argv[1], "--help", "help", "-h") && argc == 2) {
        print_overview(stdout);
        return EXIT_DONE;
    }
    int at = argc >= 2 && text_equal(argv[1], "help") ? 2 : find_command(argc, argv);
    if (at >= argc) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (!text_equal(argv[at], commands[i]->name))
            continue;
        if (text_equal(argv[1], "help")) {
            cli_print_help(commands[i], stdout);
            return EXIT_DONE;
        }
        int code = run_command(&cli, commands[i], argc, argv, at);
        bool lost = fflush(stdout) != 0 || ferror(stdout); /* also what was flushed before */
        if (lost && code == EXIT_DONE) {
            (void)fprintf(stderr, "billmill: cannot write to standard output\n");
            return EXIT_IO;
        }
        return code;
    }
    return unknown_command(argv[at]);
}
