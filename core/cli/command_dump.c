/* dump: the whole business content as JSON Lines, to compare, to keep, or to move. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/cli/session.h"
#include "core/stores/dump.h"

static bool parse_kinds(const char *text, struct arena *arena, struct dump_options *options,
                        struct error *err)
{
    if (text == NULL)
        return true;
    enum record_kind *kinds = ARENA_NEW_ARRAY(arena, enum record_kind, RECORD_KIND_COUNT);
    char *rest = arena_copy(arena, text);
    char *state = NULL;
    for (char *word = strtok_r(rest, ",", &state); word != NULL;
         word = strtok_r(NULL, ",", &state)) {
        enum record_kind kind;
        struct error why = {0};
        if (!record_kind_parse(word, &kind, &why)) {
            (void)error_run(err, EXIT_USAGE, "there is no record kind '%s'", word);
            if (text_starts_with(why.hint, "did you mean"))
                return error_hint(err, "%s", why.hint);
            return error_hint(err,
                              "the kinds are the values of \"record\" in a dump, as invoice,usage");
        }
        if (options->kind_count < RECORD_KIND_COUNT)
            kinds[options->kind_count++] = kind;
    }
    options->kinds = kinds;
    return true;
}

static void close_file(FILE **file)
{
    if (*file != NULL && *file != stdout)
        (void)fclose(*file);
}

/* Into a file: beside it first, so that a dump that fails leaves the old one. */
static bool dump_to_file(struct session *session, const char *path,
                         const struct dump_options *options, int64_t *ret_records,
                         struct error *err)
{
    const char *temporary = arena_printf(session->arena, "%s.part", path);
    CLEANUP(close_file) FILE *out = fopen(temporary, "we");
    if (out == NULL) {
        (void)error_run(err, EXIT_CANTCREATE, "cannot create %s: %s", temporary, strerror(errno));
        return error_hint(err, "--out FILE in a directory that exists and can be written");
    }
    bool ok = dump_write(session->db, out, options, ret_records, err);
    if (ok && (fflush(out) != 0 || fsync(fileno(out)) != 0 || rename(temporary, path) != 0))
        ok = error_run(err, EXIT_IO, "cannot write %s: %s", path, strerror(errno));
    if (!ok)
        (void)unlink(temporary);
    return ok;
}

static int run_dump(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct dump_options options = {0};
    const char *kinds = NULL;
    const char *path = NULL;
    int64_t records = 0;
    const struct cli_option known[] = {
        {.name = "tenant", .text = &options.tenant},
        {.name = "record", .text = &kinds         },
        {.name = "out",    .text = &path          },
    };
    CLEANUP(session_close) struct session session = {0};
    if (!cli_parse(cli, &command_dump, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    if (arguments.count > 0) {
        (void)error_run(&err, EXIT_USAGE, "dump takes no argument '%s'", arguments.items[0]);
        (void)error_hint(&err, "--out FILE writes into a file");
        return cli_fail(cli, &err);
    }
    if (!parse_kinds(kinds, cli->arena, &options, &err) ||
        !session_open(cli, SESSION_READ, "dump", &session, &err))
        return cli_fail(cli, &err);
    bool ok = path == NULL ? dump_write(session.db, stdout, &options, &records, &err)
                           : dump_to_file(&session, path, &options, &records, &err);
    if (!ok)
        return cli_fail(cli, &err);
    if (path != NULL)
        cli_remark(cli, "%" PRId64 " records in %s", records, path);
    return EXIT_DONE;
}

const struct command command_dump = {
    .name = "dump",
    .arguments = "",
    .summary = "write everything as JSON Lines, in canonical order",
    .help =
        "Two databases with the same business content give the same bytes. `billmill import` of\n"
        "the file into an empty database moves it. Works while a run is going on.\n\n"
        "Options:\n"
        "  --out FILE      into a file, whole or not at all, instead of standard output\n"
        "  --tenant T      one tenant\n"
        "  --record KINDS  some kinds of records, separated by commas\n\n"
        "Examples:\n  billmill dump --out backup.jsonl\n"
        "  billmill dump --record invoice --tenant nordlicht\n",
    .run = run_dump,
};
