/* Launching with its talk: see launching.h. */
#include "core/cli/launching.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/calendar/zone.h"
#include "core/cli/execution_output.h"
#include "core/cli/output.h"
#include "core/cli/progress.h"
#include "core/cli/tax_remarks.h"
#include "core/cli/workers.h"
#include "core/engine/history.h"
#include "core/engine/parked.h"

#define FUTURE_MONTHS 3 /* so much ahead a run may be without being asked again */

/* The control totals of one instance, as "411 amounts 110819.73 EUR, 31 amounts …". */
static const char *totals_text(struct session *session, int64_t instance_id)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    struct error ignored = {0};
    const char *text = "";
    if (!db_query(session->db, STMT_INSTANCE_TOTALS, DB_ARGS(db_i64(instance_id)), &rows, &ignored))
        return text;
    for (bool more = true; db_rows_next(rows, &more, &ignored) && more;) {
        struct currency currency;
        if (!currency_parse(db_rows_text(rows, 0), &currency, &ignored))
            continue;
        text = arena_printf(session->arena, "%s%s%" PRId64 " amounts %s %s", text,
                            *text == '\0' ? "" : ", ", db_rows_i64(rows, 1),
                            money_text(money_of_minor(db_rows_i64(rows, 2), currency)).text,
                            currency.code);
    }
    return text;
}

/* Those of its pipeline, by name: one that was run for this day by itself before is none of its
 * children. */
static void load_steps(struct session *session, const struct instance *top,
                       struct instance **ret_steps, size_t *ret_count)
{
    const struct run_definition *definition = NULL;
    struct error ignored = {0};
    *ret_count = 0;
    if (!session_definition(session, top->job, &definition, &ignored))
        return;
    *ret_steps = ARENA_NEW_ARRAY(session->arena, struct instance, definition->step_count + 1);
    for (size_t i = 0; i < definition->step_count; i++) {
        bool found = false;
        if (instance_find(session->db, definition->steps[i]->name, top->business_key,
                          session->arena, &(*ret_steps)[*ret_count], &found, &ignored) &&
            found)
            (*ret_count)++;
    }
}

/* Of a pipeline what the step that sends has sent. */
static void load_endings(struct session *session, const struct instance *top,
                         struct effect_ending **ret_rows, size_t *ret_count)
{
    struct error ignored = {0};
    struct instance *steps = NULL;
    size_t step_count = 0;
    load_steps(session, top, &steps, &step_count);
    if (!history_load_endings(session->db, top->instance_id, session->arena, ret_rows, ret_count,
                              &ignored))
        *ret_count = 0;
    for (size_t i = 0; i < step_count && *ret_count == 0; i++)
        if (!history_load_endings(session->db, steps[i].instance_id, session->arena, ret_rows,
                                  ret_count, &ignored))
            *ret_count = 0;
}

/* Its control totals, and what became of what it sent. */
static const char *account_of(struct session *session, const struct instance *instance)
{
    struct effect_ending *rows = NULL;
    size_t count = 0;
    const char *totals = totals_text(session, instance->instance_id);
    load_endings(session, instance, &rows, &count);
    const char *endings = endings_text(session->arena, rows, count);
    return arena_printf(session->arena, "%s%s%s", totals,
                        *totals == '\0' || *endings == '\0' ? "" : "; ", endings);
}

/* What each step of a pipeline has done so far, over all of its executions. */
static void print_steps(struct session *session, const struct instance *top)
{
    struct instance *steps = NULL;
    size_t count = 0;
    struct error ignored = {0};
    load_steps(session, top, &steps, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t items = 0;
        int64_t open = 0; /* now, and not every time that an item was parked */
        bool found = false;
        if (!db_query_i64(session->db, STMT_LAUNCH_SUMS,
                          DB_ARGS(db_i64(steps[i].instance_id), db_i64(0)), &items, &found,
                          &ignored) ||
            !db_query_i64(session->db, STMT_PARKED_OPEN_COUNT,
                          DB_ARGS(db_i64(steps[i].instance_id)), &open, &found, &ignored))
            return;
        const char *account = account_of(session, &steps[i]);
        (void)printf("  %-17s %8" PRId64 " items, %" PRId64 " parked%s%s\n", steps[i].job, items,
                     open, *account == '\0' ? "" : ": ", account);
    }
}

static bool belongs_to(struct session *session, int64_t instance_id, int64_t top_instance_id)
{
    struct instance instance;
    struct error ignored = {0};
    return instance_id == top_instance_id ||
           (instance_load(session->db, instance_id, session->arena, &instance, &ignored) &&
            instance.parent_instance_id == top_instance_id);
}

/* In a dry run this is the only time that they can be seen. */
static void print_parked(struct session *session, int64_t instance_id)
{
    struct parked_row *rows = NULL;
    size_t count = 0;
    struct error ignored = {0};
    if (!parked_list(session->db, false, session->arena, &rows, &count, &ignored))
        return;
    for (size_t i = 0; i < count; i++)
        if (belongs_to(session, rows[i].instance_id, instance_id))
            (void)printf("  would be parked: %s (%s): %s\n", rows[i].item, rows[i].code,
                         rows[i].reason);
}

static const char *outcome_word(const struct launch_result *result)
{
    if (result->already_done)
        return "already done";
    switch (result->execution.exit_code) {
    case EXIT_DONE:
        return "done";
    case EXIT_PARKED:
        return result->execution.held == 0 ? "done, with parked items"
               : result->execution.parked_open > result->execution.held
                   ? "done, with parked items and held effects"
                   : "done, with held effects";
    case EXIT_INTERRUPTED:
    case EXIT_TERMINATED:
        return "stopped";
    case EXIT_OWNED:
    case EXIT_USAGE:
    case EXIT_DATA:
    case EXIT_UNAVAILABLE:
    case EXIT_INTERNAL:
    case EXIT_CANTCREATE:
    case EXIT_IO:
    case EXIT_TEMPORARY:
    case EXIT_CONFIG:
        return "failed";
    }
    return "failed";
}

/* A dry run is one transaction, and SQLite has one writer. */
static bool works_alone(const struct session *session, bool dry_run)
{
    return session->workers == 1 || dry_run || db_is_sole_writer(session->db);
}

void launching_print(struct session *session, const struct launch_result *result, bool dry_run)
{
    const struct instance *instance = &result->instance;
    if (result->already_done) {
        const char *by = "before the database was moved"; /* executions stay where they were */
        if (result->execution_id > 0)
            by = arena_printf(session->arena, "by execution %" PRId64, result->execution_id);
        (void)printf("%s %s: already done %s; nothing was changed\n", instance->job,
                     instance->business_key, by);
        if (result->execution.parked_open > 0)
            cli_remark(session->cli, "%" PRId64 " items are parked: see `billmill parked`",
                       result->execution.parked_open);
        cli_remark(
            session->cli,
            "to do it again with what has come since: billmill redo %s --%s %s --reason TEXT",
            instance->job, strlen(instance->business_key) == 7 ? "period" : "date",
            instance->business_key);
        return;
    }
    (void)printf("%s %s%s: %s\n", instance->job, instance->business_key,
                 dry_run ? " (dry run, nothing was kept)" : "", outcome_word(result));
    const char *who = works_alone(session, dry_run) /* others may be on other hosts */
                          ? arena_printf(session->arena, "execution %" PRId64, result->execution_id)
                          : "by all workers since this began";
    (void)printf("  %s: %" PRId64 " items, %" PRId64 " parked, %" PRId64 " rows, %" PRId64
                 " chunks\n",
                 who, result->execution.items_done, result->execution.items_parked,
                 result->execution.rows_written, result->execution.chunks);
    const char *account = account_of(session, instance);
    if (*account != '\0')
        (void)printf("  %s\n", account);
    print_steps(session, instance);
    if (dry_run)
        print_parked(session, instance->instance_id);
    int64_t held = result->execution.held;
    if (result->execution.parked_open > held && !dry_run)
        cli_remark(session->cli, "%" PRId64 " items are parked: see `billmill parked`",
                   result->execution.parked_open - held);
    if (held > 0)
        cli_remark(session->cli,
                   "%" PRId64 " effects are held for a person: see `billmill effects list --state "
                   "held`",
                   held);
}

json_t *launching_json(struct session *session, const struct launch_result *result,
                       const struct error *failure, bool dry_run)
{
    struct effect_ending *endings = NULL;
    size_t ending_count = 0;
    const struct instance *instance = &result->instance;
    json_t *object = json_pack(
        "{s:s, s:s, s:I, s:b, s:b, s:s, s:I, s:i, s:I, s:I, s:I, s:I, s:I}", "job", instance->job,
        "business_key", instance->business_key, "generation", (json_int_t)instance->generation,
        "dry_run", dry_run, "already_done", result->already_done, "outcome", outcome_word(result),
        "execution", (json_int_t)result->execution_id, "exit_code",
        (int)result->execution.exit_code, "items", (json_int_t)result->execution.items_done,
        "parked", (json_int_t)result->execution.items_parked, "parked_open",
        (json_int_t)result->execution.parked_open, "rows",
        (json_int_t)result->execution.rows_written, "chunks", (json_int_t)result->execution.chunks);
    load_endings(session, instance, &endings, &ending_count);
    (void)json_object_set_new(object, "sent", json_of_endings(endings, ending_count));
    if (failure->kind != ERROR_NONE) {
        (void)json_object_set_new(object, "error", json_of_text(failure->message));
        (void)json_object_set_new(object, "hint", json_of_text(failure->hint));
    }
    return object;
}

static struct date today(void)
{
    return zone_local_date(zone_utc(), clock_wall_us());
}

bool launching_check_future(struct session *session, const struct launch_request *request,
                            struct error *err)
{
    const struct run_definition *definition = request->definition;
    struct date business_date, limit_on;
    struct date known_on = today();
    struct instance instance;
    bool found = false;
    if (definition->key == JOB_KEY_NONE)
        return true;
    if (!business_key_parse(definition->key, request->business_key, &business_date, err) ||
        !instance_find(session->db, definition->name, request->business_key, session->arena,
                       &instance, &found, err))
        return false;
    if (found)
        return true;
    if (!history_find_latest(session->db, definition->name, session->arena, &instance, &found, err))
        return false;
    if (found)
        known_on = date_max(known_on, instance.business_date);
    if (!date_add_months(known_on, FUTURE_MONTHS, date_civil(known_on).day, &limit_on, err))
        return false;
    if (date_compare(business_date, limit_on) <= 0)
        return true;
    (void)error_run(err, EXIT_USAGE, "%s is far in the future: today is %s", request->business_key,
                    date_text(today()).text);
    return error_hint(err, "what is billed stays billed; if %s is really meant, add --future",
                      request->business_key);
}

static bool has_step(const struct run_definition *definition, const char *name)
{
    bool found = text_equal(definition->name, name);
    for (size_t i = 0; i < definition->step_count; i++)
        found = found || text_equal(definition->steps[i]->name, name);
    return found;
}

/* A month that is not over is billed if somebody says so. */
static void remark_on_future(struct session *session, const struct launch_request *request)
{
    struct date business_date;
    struct error ignored = {0};
    if (business_key_parse(request->definition->key, request->business_key, &business_date,
                           &ignored) &&
        date_compare(business_date, today()) >= 0 && has_step(request->definition, "rating"))
        cli_remark(session->cli,
                   "%s ends on %s, which is not over: usage that is still to come will be late",
                   request->business_key, date_text(business_date).text);
}

/* The rates that were chosen may be those of last year: said with the business date, never by the
 * clock. */
static void remark_on_tax_rates(const struct session *session, const struct launch_result *result)
{
    const struct cli *cli = session->cli;
    const char *directory = session->setup.settings.directory;
    tax_remarks_print(cli,
                      arena_printf(session->arena, "%s/tax", *directory == '\0' ? "." : directory),
                      NULL, result->instance.business_date);
}

/* Each host writes the documents that fall to it, and none writes them again: is the newest,
 * whoever has written it, where this host looks for documents? */
static void warn_of_documents(struct session *session)
{
    const char *directory = session->setup.settings.directories.documents.text;
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    struct error ignored = {0};
    bool has_row = false;
    if (session->db == NULL ||
        !db_query(session->db, STMT_DOCUMENT_NEWEST, DB_NO_ARGS, &rows, &ignored) ||
        !db_rows_next(rows, &has_row, &ignored) || !has_row)
        return;
    const char *path = db_rows_text(rows, 0);
    if (access(arena_printf(session->arena, "%s/%s", directory, path), F_OK) != 0 &&
        errno == ENOENT)
        log_line(LOG_WARNING,
                 "document %s was written, but not to %s: hosts that share a run must share "
                 "`directories: documents`",
                 path, directory);
}

bool launching_start(struct session *session, const struct launch_request *request, bool dry_run,
                     struct launch_result *ret_result, struct error *failure, struct error *err)
{
    struct error ignored = {0};
    struct progress_line progress;
    struct cli *cli = session->cli;
    if (!session_connect(session, err) || (dry_run && !db_dry_run_start(session->db, err)))
        return false;
    remark_on_future(session, request);
    progress_start(&progress, cli, &session->engine);
    session->engine.processes = works_alone(session, dry_run) ? session->workers : 1;
    if (works_alone(session, dry_run)
            ? !launch(&session->engine, request, session->arena, ret_result, failure, err)
            : !workers_launch(session, request, ret_result, failure, err))
        return false;
    /* Only the size of the log depends on it: a failure is worth a remark, not an exit code. */
    if (!dry_run && !ret_result->already_done && !db_checkpoint(session->db, &ignored))
        cli_remark(cli, "%s", ignored.message);
    if (!dry_run)
        warn_of_documents(session);
    if (!ret_result->already_done && has_step(request->definition, "tax"))
        remark_on_tax_rates(session, ret_result);
    return true;
}

int launching_run(struct session *session, const struct launch_request *request, bool dry_run)
{
    struct launch_result result = {0};
    struct error failure = {0};
    struct error err = {0};
    struct cli *cli = session->cli;
    if (!launching_start(session, request, dry_run, &result, &failure, &err))
        return cli_fail(cli, &err);
    if (cli->json)
        json_print(launching_json(session, &result, &failure, dry_run));
    else
        launching_print(session, &result, dry_run);
    if (failure.kind != ERROR_NONE && !cli->json)
        (void)cli_fail(cli, &failure);
    return (int)result.execution.exit_code;
}

int launching_worse(int a, int b)
{
    if (a == EXIT_DONE || (a == EXIT_PARKED && b != EXIT_DONE))
        return b;
    return a;
}
