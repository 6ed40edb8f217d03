/* import: files of records into the database. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "core/base/clock.h"
#include "core/calendar/zone.h"
#include "core/cli/import_fields.h"
#include "core/cli/session.h"
#include "core/cli/signals.h"
#include "core/cli/tax_remarks.h"
#include "core/engine/history.h"
#include "core/stores/import_files.h"
#include "core/stores/rate_store.h"

#define BAD_SHOWN_MAX 50
#define REDRAW_MS 200

struct talk {
    const struct cli *cli;
    int64_t bad;
    int64_t shown_at_ms;
    bool draw;
};

static void on_bad(void *context, const struct error *problem)
{
    struct talk *talk = context;
    if (++talk->bad > BAD_SHOWN_MAX)
        return;
    (void)fprintf(stderr, "%s%s\n", talk->draw ? "\r\033[K" : "", problem->message);
    if (problem->hint[0] != '\0')
        (void)fprintf(stderr, "  %s\n", problem->hint);
    if (talk->bad == BAD_SHOWN_MAX)
        (void)fprintf(stderr, "further bad records are only counted\n");
}

static bool on_progress(void *context, const struct import_progress *progress)
{
    struct talk *talk = context;
    int64_t now_ms = clock_boot_ms();
    if (talk->draw && now_ms - talk->shown_at_ms >= REDRAW_MS) {
        talk->shown_at_ms = now_ms;
        (void)fprintf(stderr, "\r\033[K%s: %" PRId64 " records", progress->file, progress->records);
        if (progress->bytes_total > 0)
            (void)fprintf(stderr, ", %" PRId64 " %%",
                          progress->bytes_done * 100 / progress->bytes_total);
    }
    return *signals_received() == 0;
}

static bool is_empty(const struct import_counts *counts)
{
    return counts->added + counts->updated + counts->unchanged + counts->duplicates + counts->bad ==
           0;
}

static const char *kind_name(size_t kind)
{
    return kind < RECORD_KIND_COUNT ? record_kind_name((enum record_kind)kind) : "(unknown)";
}

static void report_text(const struct session *session, const struct import_report *report)
{
    (void)printf("%-18s %10s %10s %10s %10s %10s\n", "record", "new", "updated", "unchanged",
                 "duplicate", "bad");
    for (size_t i = 0; i <= RECORD_KIND_COUNT; i++) {
        const struct import_counts *counts = &report->kinds[i];
        if (!is_empty(counts))
            (void)printf("%-18s %10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64 " %10" PRId64
                         "\n",
                         kind_name(i), counts->added, counts->updated, counts->unchanged,
                         counts->duplicates, counts->bad);
    }
    (void)printf("%" PRId64 " records read, %" PRId64 " files loaded\n", report->records,
                 report->files_loaded);
    if (report->late > 0)
        (void)printf(
            "%" PRId64
            " events came late: their time is billed already; %s; `billmill status` counts "
            "what is left\n",
            report->late, session_late_usage(session));
}

static void report_json(const struct import_report *report, const struct error *err)
{
    json_t *kinds = json_object();
    for (size_t i = 0; i <= RECORD_KIND_COUNT; i++) {
        const struct import_counts *counts = &report->kinds[i];
        if (!is_empty(counts))
            (void)json_object_set_new(
                kinds, kind_name(i),
                json_pack("{s:I, s:I, s:I, s:I, s:I}", "new", (json_int_t)counts->added, "updated",
                          (json_int_t)counts->updated, "unchanged", (json_int_t)counts->unchanged,
                          "duplicate", (json_int_t)counts->duplicates, "bad",
                          (json_int_t)counts->bad));
    }
    json_t *object =
        json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "records", kinds, "total",
                  (json_int_t)report->records, "files_loaded", (json_int_t)report->files_loaded,
                  "bytes", (json_int_t)report->bytes, "late_usage", (json_int_t)report->late,
                  "odd_tax_ids", (json_int_t)report->odd_tax_ids.count, "unknown_policies",
                  (json_int_t)report->unknown_policies.count, "idle_changes",
                  (json_int_t)report->idle_changes.count, "mixed_currencies",
                  (json_int_t)report->mixed_currencies.count, "milliseconds",
                  (json_int_t)report->milliseconds);
    if (err != NULL) {
        (void)json_object_set_new(object, "error", json_string(err->message));
        (void)json_object_set_new(object, "hint", json_string(err->hint));
    }
    (void)json_dumpf(object, stdout, JSON_SORT_KEYS | JSON_INDENT(2));
    (void)fputc('\n', stdout);
    json_decref(object);
}

static int finish(const struct session *session, const struct import_report *report,
                  const struct error *err)
{
    const struct cli *cli = session->cli;
    int64_t bad = 0;
    for (size_t i = 0; i <= RECORD_KIND_COUNT; i++)
        bad += report->kinds[i].bad;
    if (cli->json)
        report_json(report, err);
    else
        report_text(session, report);
    if (err == NULL)
        return bad > 0 ? EXIT_PARKED : EXIT_DONE;
    (void)fflush(stdout);
    (void)fprintf(stderr, "billmill: %s\n", err->message);
    if (err->hint[0] != '\0')
        (void)fprintf(stderr, "  %s\n", err->hint);
    return (int)err->exit_code;
}

/* The business date is that of the last taxes; before the first there is none. */
static void remark_on_taxes(struct session *session, const struct cli_arguments *arguments)
{
    struct instance latest;
    bool found = false;
    struct error ignored = {0};
    struct date on = DATE_NONE;
    if (history_find_latest(session->db, "tax", session->arena, &latest, &found, &ignored) && found)
        on = latest.business_date;
    tax_remarks_print_paths(session->cli, arguments->items, arguments->count, on);
}

static void remark_on_tax_ids(const struct cli *cli, const struct import_remark *odd)
{
    if (odd->count > 0)
        cli_remark(
            cli,
            "businesses whose tax id is not well formed, and which are taxed as without one: "
            "%" PRId64 "; the first is %s",
            odd->count, odd->first);
}

static void remark_on_policies(const struct cli *cli, const struct import_remark *unknown)
{
    if (unknown->count > 0)
        cli_remark(cli,
                   "customers with a dunning policy that the configuration does not have, and who "
                   "are dunned by that of their tenant until it does: %" PRId64 "; the first is %s",
                   unknown->count, unknown->first);
}

static void remark_on_changes(const struct cli *cli, const struct import_remark *idle)
{
    if (idle->count > 0)
        cli_remark(cli,
                   "changes of subscriptions that change nothing as long as nothing else becomes "
                   "known: %" PRId64 "; the first is %s",
                   idle->count, idle->first);
}

static void remark_on_currencies(const struct cli *cli, const struct import_remark *mixed)
{
    if (mixed->count > 0)
        cli_remark(cli,
                   "customers who are charged in several currencies at once, by all prices of a "
                   "plan, for they have none of its currencies: %" PRId64 "; the first is %s; give "
                   "a customer a currency to charge him in it alone",
                   mixed->count, mixed->first);
}

/* Wherever on earth somebody types what he knows of his day; a run may be ahead of the clock. */
#define FIRST_ZONE_AHEAD_US (14 * (int64_t)3600 * 1000000)

static bool look_at_rates(struct session *session, struct import_options *options,
                          struct error *err)
{
    struct date today = zone_local_date(zone_utc(), clock_day_us() + FIRST_ZONE_AHEAD_US);
    if (!rate_store_last_run_day(session->db, session->arena, &options->today, err))
        return false;
    options->today = date_is_none(options->today) ? today : date_max(options->today, today);
    options->rate_jump_percent = session->setup.settings.rates.jump_percent;
    return true;
}

static int run_import(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct import_report report = {0};
    struct talk talk = {.cli = cli};
    bool fields = false;
    struct import_options options = {
        .context = &talk, .on_bad = on_bad, .on_progress = on_progress};
    const struct cli_option known[] = {
        {.name = "record",   .text = &options.record       },
        {.name = "skip-bad", .text = &options.skip_bad_path},
        {.name = "dry-run",  .flag = &options.dry_run      },
        {.name = "fields",   .flag = &fields               },
    };
    CLEANUP(session_close) struct session session = {0};
    if (!cli_parse(cli, &command_import, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    if (fields)
        return import_fields_print(cli, &arguments, &err) ? EXIT_DONE : cli_fail(cli, &err);
    if (arguments.count == 0) {
        (void)error_run(&err, EXIT_USAGE, "import needs files");
        (void)error_hint(&err, "for example: billmill import customers.jsonl usage.csv");
        return cli_fail(cli, &err);
    }
    talk.draw = !cli->quiet && !cli->json && isatty(STDERR_FILENO) == 1;
    if (!session_open(cli, SESSION_WRITE, "import", &session, &err) ||
        !look_at_rates(&session, &options, &err))
        return cli_fail(cli, &err);
    options.dunning_policies = settings_dunning_names(&session.setup.settings, session.arena,
                                                      &options.dunning_policy_count);
    options.zone_directory = session.setup.settings.directories.zoneinfo.text;
    bool ok = import_files(session.db, arguments.items, arguments.count, &options, &report, &err);
    if (talk.draw)
        (void)fputs("\r\033[K", stderr);
    if (!ok && *signals_received() == SIGINT && err.exit_code == EXIT_TERMINATED)
        err.exit_code = EXIT_INTERRUPTED;
    if (ok) {
        remark_on_taxes(&session, &arguments);
        remark_on_tax_ids(cli, &report.odd_tax_ids);
        remark_on_policies(cli, &report.unknown_policies);
        remark_on_changes(cli, &report.idle_changes);
        remark_on_currencies(cli, &report.mixed_currencies);
    }
    return finish(&session, &report, ok ? NULL : &err);
}

const struct command command_import = {
    .name = "import",
    .arguments = "FILE… | --fields [RECORD…]",
    .summary = "load records from JSON Lines and CSV files",
    .help =
        "Each file is loaded whole or not at all, in the order given; what is there already with\n"
        "the same content is left alone, so repeating an import is safe. Of each record that is\n"
        "wrong the first mistake is shown, with file:line; with the column too in CSV, and where\n"
        "JSON cannot be read.\n\n"
        "Options:\n"
        "  --record KIND     the kind of records that do not say (else: the file's name, "
        "usage*.csv)\n"
        "  --skip-bad FILE   append wrong records to FILE (reasons: FILE.reasons), load the rest;\n"
        "                    exit 3 when there were any\n"
        "  --dry-run         check everything, keep nothing\n"
        "  --fields          no files: which records there are, or what may stand in RECORD…\n\n"
        "Examples:\n"
        "  billmill import tenants.jsonl catalog.jsonl customers.jsonl subscriptions.jsonl\n"
        "  billmill import usage-2026-10.csv --skip-bad rejected.csv\n"
        "  billmill import --fields customer subscription\n",
    .run = run_import,
};
