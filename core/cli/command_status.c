/* status: what is going on, at one glance, and what to do next. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/cli/commitment_waits.h"
#include "core/cli/execution_output.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/engine/parked_report.h"
#include "core/engine/worker_list.h"
#include "core/stores/invoice_sums.h"
#include "core/stores/unbilled_usage.h"

struct status {
    struct session *session;
    const char *period; /* NULL: everything */
    struct date first, last;
    struct db_owner owner;
    bool owned;
    struct worker_row *workers;
    size_t worker_count; /* on SQLite: only while it is owned */
    bool alive;          /* one of them is */
    struct instance *unfinished;
    size_t unfinished_count;
    struct execution_row *executions;
    size_t execution_count;
    struct endings {
        struct effect_ending *rows;
        size_t count;
    } * endings; /* of each execution: what its run sent */
    struct parked_row *parked;
    size_t parked_count;
    struct parked_sum *at_stake;
    size_t at_stake_count;
    int64_t at_stake_unknown;
    struct effect_count *effects;
    size_t effect_count;
    int64_t late_usage; /* events that came late and are on no invoice */
    bool with_usage;    /* asked for: every day of usage is read */
    struct unbilled_usage *unbilled;
    size_t unbilled_count;
    struct commitment_waits commitments;
    struct invoice_sum *invoices;
    size_t invoice_count;
};

/* ---------------------------------------------------------------- gathering */

static bool is_wanted(const struct status *status, const char *business_key)
{
    return status->period == NULL || text_starts_with(business_key, status->period);
}

static bool load_unfinished(struct status *status, struct error *err)
{
    struct session *session = status->session;
    size_t kept = 0;
    if (!instance_load_unfinished(session->db, session->arena, &status->unfinished,
                                  &status->unfinished_count, err))
        return false;
    for (size_t i = 0; i < status->unfinished_count; i++)
        if (is_wanted(status, status->unfinished[i].business_key))
            status->unfinished[kept++] = status->unfinished[i];
    status->unfinished_count = kept;
    return true;
}

static bool load_parked(struct status *status, struct error *err)
{
    struct session *session = status->session;
    size_t kept = 0;
    if (!parked_list(session->db, false, session->arena, &status->parked, &status->parked_count,
                     err))
        return false;
    for (size_t i = 0; i < status->parked_count; i++)
        if (is_wanted(status, status->parked[i].business_key))
            status->parked[kept++] = status->parked[i];
    status->parked_count = kept;
    return parked_sum_up(status->parked, status->parked_count, session->arena, &status->at_stake,
                         &status->at_stake_count, &status->at_stake_unknown, err);
}

static bool load_executions(struct status *status, struct error *err)
{
    struct session *session = status->session;
    if (!history_load_last_executions(session->db, status->period, session->arena,
                                      &status->executions, &status->execution_count, err))
        return false;
    status->endings = ARENA_NEW_ARRAY(session->arena, struct endings, status->execution_count + 1);
    for (size_t i = 0; i < status->execution_count; i++)
        if (!history_load_endings(session->db, status->executions[i].instance_id, session->arena,
                                  &status->endings[i].rows, &status->endings[i].count, err))
            return false;
    return true;
}

static bool load_workers(struct status *status, struct error *err)
{
    struct session *session = status->session;
    bool shared = session->location.kind == DATABASE_POSTGRES;
    status->owned = db_owner_of(session->location.text, session->arena, &status->owner);
    status->alive = status->owned;
    if ((shared || status->owned) &&
        !worker_list_load(&session->engine, session->arena, &status->workers, &status->worker_count,
                          err))
        return false;
    for (size_t i = 0; i < status->worker_count; i++)
        status->alive = status->alive || worker_is_alive(&status->workers[i]);
    return true;
}

static bool load_unbilled(struct status *status, struct error *err)
{
    struct session *session = status->session;
    CLEANUP(zone_cache_destroy) struct zone_cache *zones = NULL;
    if (!status->with_usage)
        return true;
    zones = zone_cache_create(session->setup.settings.directories.zoneinfo.text);
    return unbilled_usage_load(session->db, zones, session->arena, &status->unbilled,
                               &status->unbilled_count, err);
}

static bool load_status(struct status *status, struct error *err)
{
    struct session *session = status->session;
    bool found = false;
    return load_workers(status, err) && load_unfinished(status, err) &&
           load_executions(status, err) && load_parked(status, err) &&
           db_query_i64(session->db, STMT_USAGE_LATE_COUNT, DB_NO_ARGS, &status->late_usage, &found,
                        err) &&
           load_unbilled(status, err) &&
           commitment_waits_load(session, &status->commitments, err) &&
           history_load_effects(session->db, session->arena, &status->effects,
                                &status->effect_count, err) &&
           invoice_sums_load(session->db, status->first, status->last, session->arena,
                             &status->invoices, &status->invoice_count, err);
}

/* ---------------------------------------------------------------- what to do next */

static const char *const next_nothing = "";

static bool has_drafts(const struct status *status)
{
    for (size_t i = 0; i < status->invoice_count; i++)
        if (text_equal(status->invoices[i].status, "draft"))
            return true;
    return false;
}

/* The first that applies: one step at a time. */
static const char *next_step(const struct status *status)
{
    if (status->alive)
        return next_nothing;
    if (status->unfinished_count > 0)
        return "billmill resume";
    if (status->parked_count > 0)
        return "billmill parked";
    if (status->execution_count == 0)
        return "billmill close --period YYYY-MM";
    return has_drafts(status) ? "billmill executions" : next_nothing;
}

static const char *next_reason(const struct status *status)
{
    if (status->alive)
        return next_nothing;
    if (status->unfinished_count > 0)
        return "finishes what was interrupted";
    if (status->parked_count > 0)
        return "says why each item is parked and what to do";
    if (status->execution_count == 0)
        return "nothing was run yet";
    return has_drafts(status) ? "there are drafts that no run has finalized" : next_nothing;
}

/* ---------------------------------------------------------------- JSON */

static json_t *json_of_owner(const struct status *status)
{
    if (!status->owned)
        return json_null();
    return json_pack("{s:I, s:o, s:o, s:o}", "pid", (json_int_t)status->owner.pid, "host",
                     json_of_text(status->owner.host), "command",
                     json_of_text(status->owner.command), "since",
                     json_of_time(status->owner.since_us));
}

static json_t *json_of_workers(const struct status *status)
{
    json_t *array = json_array();
    for (size_t i = 0; i < status->worker_count; i++) {
        const struct worker_row *worker = &status->workers[i];
        (void)json_array_append_new(
            array,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "host",
                      json_of_text(worker->host), "pid", json_of_number(worker->pid), "execution",
                      json_of_number(worker->execution_id), "job", json_of_text(worker->job),
                      "business_key", json_of_text(worker->business_key), "since",
                      json_of_time(worker->started_at_us), "partition",
                      json_of_number(worker->partition_no), "lease_left_ms",
                      json_of_number(worker->lease_left_ms), "state",
                      worker_state_name(worker->state)));
    }
    return array;
}

static json_t *json_of_unfinished(const struct status *status)
{
    json_t *array = json_array();
    for (size_t i = 0; i < status->unfinished_count; i++) {
        const struct instance *instance = &status->unfinished[i];
        (void)json_array_append_new(array, json_pack("{s:s, s:s, s:I, s:s}", "job", instance->job,
                                                     "business_key", instance->business_key,
                                                     "generation", (json_int_t)instance->generation,
                                                     "state", instance->state));
    }
    return array;
}

static json_t *json_of_parked(const struct status *status)
{
    json_t *sums = json_array();
    for (size_t i = 0; i < status->at_stake_count; i++) {
        json_t *sum = json_of_money(status->at_stake[i].at_stake);
        (void)json_object_set_new(sum, "items", json_of_number(status->at_stake[i].items));
        (void)json_array_append_new(sums, sum);
    }
    return json_pack("{s:I, s:o, s:I}", "items", (json_int_t)status->parked_count, "at_stake", sums,
                     "at_stake_unknown", (json_int_t)status->at_stake_unknown);
}

static json_t *json_of_effects(const struct status *status)
{
    json_t *array = json_array();
    for (size_t i = 0; i < status->effect_count; i++)
        (void)json_array_append_new(array,
                                    json_pack("{s:s, s:s, s:I}", "kind", status->effects[i].kind,
                                              "state", status->effects[i].state, "count",
                                              (json_int_t)status->effects[i].count));
    return array;
}

static json_t *json_of_invoices(const struct status *status)
{
    json_t *array = json_array();
    for (size_t i = 0; i < status->invoice_count; i++) {
        const struct invoice_sum *sum = &status->invoices[i];
        (void)json_array_append_new(
            array,
            json_pack("{s:o, s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "tenant",
                      json_of_text(sum->tenant), "currency", sum->currency.code, "kind", sum->kind,
                      "status", sum->status, "invoices", (json_int_t)sum->invoices, "documents",
                      (json_int_t)sum->documents, "net", money_text(sum->net).text, "tax",
                      money_text(sum->tax).text, "total", money_text(sum->total).text));
    }
    return array;
}

static json_t *json_of_unbilled(const struct status *status)
{
    json_t *array = json_array();
    if (!status->with_usage) {
        json_decref(array);
        return json_null();
    }
    for (size_t i = 0; i < status->unbilled_count; i++) {
        const struct unbilled_usage *usage = &status->unbilled[i];
        (void)json_array_append_new(
            array,
            json_pack("{s:s, s:s, s:I, s:I, s:s, s:s}", "tenant", usage->tenant, "reason",
                      unbilled_reason_name(usage->reason), "events", (json_int_t)usage->events,
                      "subscriptions", (json_int_t)usage->subscriptions, "subscription",
                      usage->subscription, "meter", usage->meter));
    }
    return array;
}

/* Of each execution what its run sent. */
static json_t *json_of_last(const struct status *status)
{
    json_t *array = json_of_executions(status->executions, status->execution_count);
    for (size_t i = 0; i < status->execution_count; i++)
        (void)json_object_set_new(
            json_array_get(array, i), "sent",
            json_of_endings(status->endings[i].rows, status->endings[i].count));
    return array;
}

static json_t *json_of_status(const struct status *status)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:s}",
                     "database", status->session->location.display, "period",
                     json_of_text(status->period), "owner", json_of_owner(status), "workers",
                     json_of_workers(status), "unfinished", json_of_unfinished(status),
                     "last_executions", json_of_last(status), "parked", json_of_parked(status),
                     "effects", json_of_effects(status), "late_usage",
                     (json_int_t)status->late_usage, "unbilled_usage", json_of_unbilled(status),
                     "commitments_waiting", commitment_waits_json(&status->commitments), "invoices",
                     json_of_invoices(status), "next", next_step(status));
}

/* ---------------------------------------------------------------- for people */

static const char *cell_of_lease(struct arena *arena, const struct worker_row *worker)
{
    if (worker->lease_left_ms == DB_I64_NONE)
        return "-";
    if (worker->lease_left_ms < 0)
        return "over";
    return arena_printf(arena, "%" PRId64 " s", worker->lease_left_ms / 1000);
}

static void print_workers(const struct status *status)
{
    static const struct table_column columns[] = {
        {"host",       TABLE_LEFT },
        {"pid",        TABLE_RIGHT},
        {"execution",  TABLE_RIGHT},
        {"job",        TABLE_LEFT },
        {"for",        TABLE_LEFT },
        {"partition",  TABLE_RIGHT},
        {"lease left", TABLE_RIGHT},
        {"state",      TABLE_LEFT },
    };
    struct arena *arena = status->session->arena;
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < status->worker_count; i++) {
        const struct worker_row *worker = &status->workers[i];
        const char **cells = table_add_row(&table);
        cells[0] = worker->host;
        cells[1] = cell_of_number(arena, worker->pid);
        cells[2] = cell_of_number(arena, worker->execution_id);
        cells[3] = worker->job;
        cells[4] = worker->business_key;
        cells[5] = cell_of_number(arena, worker->partition_no);
        cells[6] = cell_of_lease(arena, worker);
        cells[7] = worker_state_name(worker->state);
    }
    table_print(&table, stdout);
}

static void print_runs(const struct status *status)
{
    struct arena *arena = status->session->arena;
    if (status->owned)
        (void)printf("running now: %s, pid %" PRId64 " on %s, since %s\n",
                     cell_of_text(status->owner.command), status->owner.pid,
                     cell_of_text(status->owner.host), cell_of_time(arena, status->owner.since_us));
    else
        (void)printf(status->alive ? "running now\n" : "nothing runs now\n");
    if (status->worker_count > 0)
        print_workers(status);
    for (size_t i = 0; i < status->unfinished_count; i++)
        (void)printf("unfinished: %s %s (%s)\n", status->unfinished[i].job,
                     status->unfinished[i].business_key,
                     instance_is_finished(&status->unfinished[i]) ? "retry not begun"
                                                                  : status->unfinished[i].state);
    if (status->execution_count == 0)
        return;
    (void)printf("\nlast executions\n");
    print_executions(arena, status->executions, status->execution_count, "  ");
    for (size_t i = 0; i < status->execution_count; i++) {
        const struct execution_row *row = &status->executions[i];
        const char *sent = endings_text(arena, status->endings[i].rows, status->endings[i].count);
        if (*sent != '\0' && row->parent_instance_id == DB_I64_NONE) /* what its steps sent, too */
            (void)printf("  sent by %s %s: %s\n", row->job, row->business_key, sent);
    }
}

static void print_parked(const struct status *status)
{
    if (status->parked_count == 0)
        return;
    (void)printf("\nparked: %zu items\n", status->parked_count);
    for (size_t i = 0; i < status->at_stake_count; i++)
        (void)printf("  at stake: %s in %" PRId64 " items\n",
                     cell_of_money(status->session->arena, status->at_stake[i].at_stake),
                     status->at_stake[i].items);
    if (status->at_stake_unknown > 0)
        (void)printf("  at stake: not known for %" PRId64 " items\n", status->at_stake_unknown);
}

static void print_late_usage(const struct status *status)
{
    if (status->late_usage > 0)
        (void)printf("\nlate usage: %" PRId64 " events on no invoice yet: %s\n", status->late_usage,
                     session_late_usage(status->session));
}

static const char *unbilled_text(enum unbilled_reason reason)
{
    switch (reason) {
    case UNBILLED_OUTSIDE:
        return "before paid time, or after the end";
    case UNBILLED_PAUSED:
        return "in paused or left out periods";
    case UNBILLED_UNPRICED:
        return "no plan of it has a price on the meter then";
    }
    return "";
}

static void print_unbilled(const struct status *status)
{
    static const struct table_column columns[] = {
        {"tenant",        TABLE_LEFT },
        {"events",        TABLE_RIGHT},
        {"subscriptions", TABLE_RIGHT},
        {"why",           TABLE_LEFT },
        {"such as",       TABLE_LEFT },
    };
    struct arena *arena = status->session->arena;
    struct table table;
    if (!status->with_usage)
        return;
    if (status->unbilled_count == 0) {
        (void)printf("\nall usage is billed or will be%s\n",
                     status->late_usage > 0 || status->parked_count > 0
                         ? ", but for what is late or parked"
                         : "");
        return;
    }
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < status->unbilled_count; i++) {
        const struct unbilled_usage *usage = &status->unbilled[i];
        const char **cells = table_add_row(&table);
        cells[0] = usage->tenant;
        cells[1] = cell_of_number(arena, usage->events);
        cells[2] = cell_of_number(arena, usage->subscriptions);
        cells[3] = unbilled_text(usage->reason);
        cells[4] = arena_printf(arena, "%s, meter %s", usage->subscription, usage->meter);
    }
    (void)printf("\nusage that no run will bill\n");
    table_print(&table, stdout);
    cli_remark(
        status->session->cli,
        "if it is to be billed: import a subscription_change that resumes, another cancel_at, "
        "a price on the meter, or the events under other keys for the subscription that pays");
}

static void print_effects(const struct status *status)
{
    if (status->effect_count == 0)
        return;
    (void)printf("\neffects\n");
    for (size_t i = 0; i < status->effect_count; i++)
        (void)printf("  %s %s: %" PRId64 "\n", status->effects[i].kind, status->effects[i].state,
                     status->effects[i].count);
    for (size_t i = 0; i < status->effect_count; i++)
        if (text_equal(status->effects[i].state, "held")) {
            cli_remark(status->session->cli,
                       "effects are held for a person: `billmill effects list --state held`");
            return;
        }
}

static void print_invoices(const struct status *status)
{
    static const struct table_column columns[] = {
        {"tenant",    TABLE_LEFT },
        {"currency",  TABLE_LEFT },
        {"kind",      TABLE_LEFT },
        {"status",    TABLE_LEFT },
        {"invoices",  TABLE_RIGHT},
        {"documents", TABLE_RIGHT},
        {"net",       TABLE_RIGHT},
        {"tax",       TABLE_RIGHT},
        {"total",     TABLE_RIGHT},
    };
    struct arena *arena = status->session->arena;
    struct table table;
    if (status->invoice_count == 0)
        return;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < status->invoice_count; i++) {
        const struct invoice_sum *sum = &status->invoices[i];
        const char **cells = table_add_row(&table);
        cells[0] = sum->tenant;
        cells[1] = sum->currency.code;
        cells[2] = document_kind_label(document_kind_of(sum->kind));
        cells[3] = sum->status;
        cells[4] = cell_of_number(arena, sum->invoices);
        cells[5] = cell_of_number(arena, sum->documents);
        cells[6] = arena_copy(arena, money_text(sum->net).text);
        cells[7] = arena_copy(arena, money_text(sum->tax).text);
        cells[8] = arena_copy(arena, money_text(sum->total).text);
    }
    (void)printf("\ninvoices%s%s\n", status->period == NULL ? "" : " of ",
                 status->period == NULL ? "" : status->period);
    table_print(&table, stdout);
}

static void print_status(const struct status *status)
{
    print_runs(status);
    print_invoices(status);
    print_effects(status);
    print_late_usage(status);
    print_unbilled(status);
    commitment_waits_print(&status->commitments, status->session->arena);
    print_parked(status);
    if (next_step(status) != next_nothing)
        cli_remark(status->session->cli, "next: `%s` (%s)", next_step(status), next_reason(status));
}

/* ---------------------------------------------------------------- the command */

static bool read_options(struct cli *cli, int argc, char **argv, struct status *status,
                         struct error *err)
{
    struct cli_arguments arguments;
    const struct cli_option known[] = {
        {.name = "period", .text = &status->period    },
        {.name = "usage",  .flag = &status->with_usage},
    };
    if (!cli_parse(cli, &command_status, argc, argv, known, ARRAY_LEN(known), &arguments, err))
        return false;
    if (arguments.count > 0)
        return error_run(err, EXIT_USAGE, "status takes no argument '%s'", arguments.items[0]);
    status->first = DATE_NONE;
    status->last = DATE_NONE;
    if (status->period == NULL)
        return true;
    if (!business_key_parse(JOB_KEY_PERIOD, status->period, &status->last, err))
        return false;
    struct civil_date civil = date_civil(status->last);
    return date_add_days(status->last, 1 - civil.day, &status->first, err);
}

static int run_status(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    CLEANUP(session_close) struct session session = {0};
    struct status status = {.session = &session};
    if (!read_options(cli, argc, argv, &status, &err) ||
        !session_open(cli, SESSION_READ, "status", &session, &err) || !load_status(&status, &err))
        return cli_fail(cli, &err);
    if (cli->json)
        json_print(json_of_status(&status));
    else
        print_status(&status);
    return EXIT_DONE;
}

const struct command command_status = {
    .name = "status",
    .arguments = "[--period YYYY-MM] [--usage]",
    .summary = "what runs, what is unfinished or parked, what was billed",
    .help =
        "Options:\n"
        "  --period YYYY-MM    only runs for this month, and what was issued in it\n"
        "  --usage             also counts usage that no run will bill: of paused time, before\n"
        "                      paid time, after the end, on meters without a price (reads all\n"
        "                      usage once)\n\n"
        "JSON: database, period, owner (of SQLite: pid, host, command, since; null when nothing\n"
        "runs), workers (host, pid, execution, job, business_key, since, partition,\n"
        "lease_left_ms, state: working, waiting, stopping, silent or gone),\n"
        "unfinished (job, business_key, generation, state), last_executions (as in\n"
        "`executions`, the newest of each job; sent: what its run sent, as of `run`), parked "
        "(items, at_stake per currency,\n"
        "at_stake_unknown), effects (kind, state, count), late_usage (events\n"
        "on no invoice yet), unbilled_usage (of --usage, else null: tenant, reason: outside,\n"
        "paused or no_price, events, subscriptions, subscription, meter), commitments_waiting (of\n"
        "phases that are over: tenant, contract, phase, ended_on, waits_for_subscription, until:\n"
        "what is missing is billed by the run for that day), invoices (tenant, "
        "currency, kind: invoice or credit_note, status,\n"
        "invoices, documents, net, tax, total), next (the command to run next, or \"\").\n\n"
        "Examples:\n  billmill status\n"
        "  billmill status --period 2026-10 --json\n",
    .run = run_status,
};
