/* show: one execution or one instance in full. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/cli/execution_output.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/show_credits.h"
#include "core/cli/show_invoice.h"
#include "core/cli/show_payment.h"
#include "core/cli/table.h"
#include "core/engine/effect_report.h"
#include "core/engine/partition.h"
#include "jobs/jobs.h"

#define CHUNKS_SHOWN 10

struct show_options {
    const char *what;     /* an execution's number, or a job */
    const char *customer; /* whose credits are asked for; NULL: something else is */
    const char *invoice;  /* of which it is asked what it still owes; NULL: something else is */
    const char *payment;  /* of which it is asked what became of it; NULL: something else is */
    const char *tenant;
    const char *period;
    const char *date;
    bool all_chunks;
};

/* Everything that is known; the counts of chunks and totals are the execution's when one was asked
 * for, else those of the whole instance. */
struct show {
    struct session *session;
    struct instance instance;
    struct instance_origin origin;
    int64_t execution_id; /* 0: the instance was asked for */
    struct execution_row *executions;
    size_t execution_count;
    struct instance *steps;
    size_t step_count;
    struct partition_row *partitions;
    size_t partition_count;
    struct chunk_row *chunks;
    size_t chunk_count;
    struct total_row *totals;
    size_t total_count;
    struct effect_counts *effects; /* of a job that sends; NULL: of another */
    size_t effect_count;
    struct effect_ending *endings; /* of what this run sent */
    size_t ending_count;
};

/* ---------------------------------------------------------------- finding it */

static bool find_execution(struct show *show, const char *text, int64_t execution_id,
                           struct error *err)
{
    struct execution_filter filter = {.execution_id = execution_id, .limit = 1};
    struct session *session = show->session;
    if (execution_id > 0 &&
        !history_load_executions(session->db, &filter, session->arena, &show->executions,
                                 &show->execution_count, err))
        return false;
    if (show->execution_count == 0) {
        (void)error_run(err, EXIT_USAGE, "there is no execution %s", text);
        return error_hint(err, "`billmill executions` lists them");
    }
    show->execution_id = execution_id;
    return instance_load(session->db, show->executions[0].instance_id, session->arena,
                         &show->instance, err);
}

static bool find_job(struct show *show, const struct show_options *options, struct error *err)
{
    struct session *session = show->session;
    const struct run_definition *definition = NULL;
    const char *key = options->period != NULL ? options->period : options->date;
    struct date ignored;
    bool found = false;
    if (!session_definition(session, options->what, &definition, err))
        return false;
    if (key != NULL && !business_key_parse(definition->key, key, &ignored, err))
        return false;
    bool ok = key == NULL ? history_find_latest(session->db, options->what, session->arena,
                                                &show->instance, &found, err)
                          : instance_find(session->db, options->what, key, session->arena,
                                          &show->instance, &found, err);
    if (!ok)
        return false;
    return found || error_run(err, EXIT_USAGE, "%s was never run%s%s", options->what,
                              key == NULL ? "" : " for ", key == NULL ? "" : key);
}

static bool load_effects(struct show *show, struct error *err)
{
    return !text_equal(show->instance.job, job_dispatch.name) ||
           effect_report_counts(show->session->db, show->instance.business_date,
                                show->session->arena, &show->effects, &show->effect_count, err);
}

static bool load_rest(struct show *show, struct error *err)
{
    struct db *db = show->session->db;
    struct arena *arena = show->session->arena;
    int64_t instance_id = show->instance.instance_id;
    struct execution_filter filter = {.instance_id = instance_id, .limit = INT32_MAX};
    if (show->execution_id == 0 && !history_load_executions(db, &filter, arena, &show->executions,
                                                            &show->execution_count, err))
        return false;
    return history_load_origin(db, instance_id, arena, &show->origin, err) &&
           history_load_steps(db, instance_id, arena, &show->steps, &show->step_count, err) &&
           history_load_partitions(db, instance_id, arena, &show->partitions,
                                   &show->partition_count, err) &&
           history_load_chunks(db, instance_id, show->execution_id, arena, &show->chunks,
                               &show->chunk_count, err) &&
           history_load_totals(db, instance_id, show->execution_id, arena, &show->totals,
                               &show->total_count, err) &&
           history_load_endings(db, instance_id, arena, &show->endings, &show->ending_count, err) &&
           load_effects(show, err);
}

/* ---------------------------------------------------------------- JSON */

static json_t *json_of_instance(const struct instance *instance)
{
    return json_pack("{s:I, s:s, s:s, s:I, s:s, s:s, s:s, s:I, s:o, s:o}", "instance",
                     (json_int_t)instance->instance_id, "job", instance->job, "business_key",
                     instance->business_key, "generation", (json_int_t)instance->generation,
                     "business_date", date_text(instance->business_date).text, "state",
                     instance->state, "definition", instance->definition_digest, "passes",
                     (json_int_t)instance->plan_passes, "reason", json_of_text(instance->reason),
                     "parent_instance", json_of_number(instance->parent_instance_id));
}

static json_t *json_of_partition(const struct partition_row *row)
{
    return json_pack("{s:I, s:o, s:I, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I}",
                     "partition", (json_int_t)row->partition_no, "tenant",
                     json_of_text(row->tenant), "pass", (json_int_t)row->plan_pass, "after_key",
                     row->lo_key, "up_to_key", row->hi_key, "state", row->state, "epoch",
                     (json_int_t)row->epoch, "chunks", (json_int_t)row->chunk_no, "cursor",
                     row->cursor_key, "items_planned", (json_int_t)row->items_planned, "items",
                     (json_int_t)row->items_done, "parked", (json_int_t)row->items_parked, "rows",
                     (json_int_t)row->rows_written);
}

static json_t *json_of_chunk(const struct chunk_row *row)
{
    char digest[SHA256_HEX_SIZE];
    sha256_hex(row->digest, digest);
    return json_pack("{s:I, s:I, s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:o, s:s}", "partition",
                     (json_int_t)row->partition_no, "chunk", (json_int_t)row->chunk_no, "epoch",
                     (json_int_t)row->epoch, "execution", (json_int_t)row->execution_id,
                     "first_key", row->first_key, "last_key", row->last_key, "items",
                     (json_int_t)row->items_done, "parked", (json_int_t)row->items_parked, "rows",
                     (json_int_t)row->rows_written, "committed_at",
                     json_of_time(row->committed_at_us), "digest", digest);
}

static json_t *json_of_totals(const struct show *show)
{
    json_t *array = json_array();
    for (size_t i = 0; i < show->total_count; i++) {
        const struct total_row *row = &show->totals[i];
        json_t *object = json_of_money(money_of_minor(row->amount_minor, row->currency));
        (void)json_object_set_new(object, "amounts", json_of_number(row->amount_count));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *json_of_effects(const struct show *show)
{
    json_t *array = json_array();
    for (size_t i = 0; i < show->effect_count; i++) {
        const struct effect_counts *row = &show->effects[i];
        (void)json_array_append_new(
            array,
            json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "kind", row->kind,
                      "provider", row->provider, "intent", (json_int_t)row->to_send, "sending",
                      (json_int_t)row->sending, "unknown", (json_int_t)row->unknown, "waiting",
                      (json_int_t)row->waiting, "held", (json_int_t)row->held, "done",
                      (json_int_t)row->done, "failed", (json_int_t)row->failed));
    }
    return array;
}

static json_t *json_of_show(const struct show *show)
{
    json_t *object = json_of_instance(&show->instance);
    json_t *steps = json_array();
    json_t *partitions = json_array();
    json_t *chunks = json_array();
    for (size_t i = 0; i < show->step_count; i++)
        (void)json_array_append_new(steps, json_of_instance(&show->steps[i]));
    for (size_t i = 0; i < show->partition_count; i++)
        (void)json_array_append_new(partitions, json_of_partition(&show->partitions[i]));
    for (size_t i = 0; i < show->chunk_count; i++)
        (void)json_array_append_new(chunks, json_of_chunk(&show->chunks[i]));
    (void)json_object_set_new(object, "created_at", json_of_time(show->origin.created_at_us));
    (void)json_object_set_new(object, "created_by", json_of_text(show->origin.created_by));
    (void)json_object_set_new(object, "executions",
                              json_of_executions(show->executions, show->execution_count));
    (void)json_object_set_new(object, "steps", steps);
    (void)json_object_set_new(object, "partitions", partitions);
    (void)json_object_set_new(object, "chunks", chunks);
    (void)json_object_set_new(object, "totals", json_of_totals(show));
    (void)json_object_set_new(object, "sent", json_of_endings(show->endings, show->ending_count));
    if (text_equal(show->instance.job, job_dispatch.name))
        (void)json_object_set_new(object, "effects", json_of_effects(show));
    return object;
}

/* ---------------------------------------------------------------- for people */

static void print_execution(struct arena *arena, const struct execution_row *row)
{
    (void)printf("execution %" PRId64 ", attempt %" PRId64 ": %s", row->execution_id, row->attempt,
                 row->state);
    if (row->exit_code != DB_I64_NONE)
        (void)printf(", exit code %" PRId64, row->exit_code);
    (void)printf("\n  asked for by %s (%s)%s%s\n", row->actor, row->started_by,
                 row->reason == NULL ? "" : ": ", row->reason == NULL ? "" : row->reason);
    (void)printf("  from %s to %s (%s)\n", cell_of_time(arena, row->started_at_us),
                 cell_of_time(arena, row->ended_at_us),
                 cell_of_duration(arena, row->started_at_us, row->ended_at_us));
    (void)printf("  on %s, pid %" PRId64 ", %s\n", row->host, row->pid, row->program);
    (void)printf("  %" PRId64 " items, %" PRId64 " parked, %" PRId64 " rows, %" PRId64 " chunks\n",
                 row->items_done, row->items_parked, row->rows_written, row->chunks);
    if (row->error_text != NULL)
        (void)printf("  error: %s\n", row->error_text);
}

static void print_instance(const struct show *show)
{
    struct arena *arena = show->session->arena;
    const struct instance *instance = &show->instance;
    (void)printf("%s %s: %s\n", instance->job, instance->business_key, instance->state);
    (void)printf("  instance %" PRId64 ", generation %" PRId64 ", business date %s\n",
                 instance->instance_id, instance->generation,
                 date_text(instance->business_date).text);
    (void)printf("  made by %s at %s%s%s\n", show->origin.created_by,
                 cell_of_time(arena, show->origin.created_at_us),
                 instance->reason == NULL ? "" : ", because: ",
                 instance->reason == NULL ? "" : instance->reason);
    (void)printf("  definition %.16s\n", instance->definition_digest);
    if (instance->parent_instance_id != DB_I64_NONE)
        (void)printf("  a step of instance %" PRId64 "\n", instance->parent_instance_id);
}

static bool print_steps(const struct show *show, struct error *err)
{
    static const struct table_column columns[] = {
        {"step",       TABLE_LEFT },
        {"state",      TABLE_LEFT },
        {"partitions", TABLE_RIGHT},
        {"items",      TABLE_RIGHT},
        {"parked",     TABLE_RIGHT},
        {"rows",       TABLE_RIGHT},
    };
    struct arena *arena = show->session->arena;
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < show->step_count; i++) {
        struct partition_sums sums;
        if (!partition_sums(show->session->db, show->steps[i].instance_id, &sums, err))
            return false;
        const char **cells = table_add_row(&table);
        cells[0] = show->steps[i].job;
        cells[1] = show->steps[i].state;
        cells[2] =
            arena_printf(arena, "%" PRId64 "/%" PRId64, sums.partitions_done, sums.partitions);
        cells[3] = cell_of_number(arena, sums.items_done);
        cells[4] = cell_of_number(arena, sums.items_parked);
        cells[5] = cell_of_number(arena, sums.rows_written);
    }
    if (show->step_count > 0) {
        (void)printf("\n");
        table_print(&table, stdout);
    }
    return true;
}

static const char *progress_cell(struct arena *arena, const struct partition_row *row)
{
    int64_t seen = row->items_done + row->items_parked;
    if (text_equal(row->state, "done") || row->items_planned <= 0)
        return row->state;
    return arena_printf(arena, "%s, %" PRId64 " %%", row->state,
                        seen >= row->items_planned ? 99 : seen * 100 / row->items_planned);
}

static void print_partitions(const struct show *show)
{
    static const struct table_column columns[] = {
        {"partition", TABLE_RIGHT},
        {"tenant",    TABLE_LEFT },
        {"pass",      TABLE_RIGHT},
        {"after",     TABLE_LEFT },
        {"up to",     TABLE_LEFT },
        {"state",     TABLE_LEFT },
        {"epoch",     TABLE_RIGHT},
        {"chunks",    TABLE_RIGHT},
        {"items",     TABLE_RIGHT},
        {"parked",    TABLE_RIGHT},
        {"rows",      TABLE_RIGHT},
    };
    struct arena *arena = show->session->arena;
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < show->partition_count; i++) {
        const struct partition_row *row = &show->partitions[i];
        const char **cells = table_add_row(&table);
        cells[0] = cell_of_number(arena, row->partition_no);
        cells[1] = cell_of_text(row->tenant);
        cells[2] = cell_of_number(arena, row->plan_pass);
        cells[3] = cell_of_text(row->lo_key);
        cells[4] = row->hi_key;
        cells[5] = progress_cell(arena, row);
        cells[6] = cell_of_number(arena, row->epoch);
        cells[7] = cell_of_number(arena, row->chunk_no);
        cells[8] = cell_of_number(arena, row->items_done);
        cells[9] = cell_of_number(arena, row->items_parked);
        cells[10] = cell_of_number(arena, row->rows_written);
    }
    if (show->partition_count > 0) {
        (void)printf("\n");
        table_print(&table, stdout);
    }
}

static void print_chunks(const struct show *show, bool all)
{
    static const struct table_column columns[] = {
        {"chunk",     TABLE_LEFT },
        {"execution", TABLE_RIGHT},
        {"first",     TABLE_LEFT },
        {"last",      TABLE_LEFT },
        {"items",     TABLE_RIGHT},
        {"parked",    TABLE_RIGHT},
        {"rows",      TABLE_RIGHT},
        {"committed", TABLE_LEFT },
        {"digest",    TABLE_LEFT },
    };
    struct arena *arena = show->session->arena;
    struct table table;
    size_t first = all || show->chunk_count <= CHUNKS_SHOWN ? 0 : show->chunk_count - CHUNKS_SHOWN;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = first; i < show->chunk_count; i++) {
        const struct chunk_row *row = &show->chunks[i];
        const char **cells = table_add_row(&table);
        char digest[SHA256_HEX_SIZE];
        sha256_hex(row->digest, digest);
        cells[0] = arena_printf(arena, "%" PRId64 "/%" PRId64, row->partition_no, row->chunk_no);
        cells[1] = cell_of_number(arena, row->execution_id);
        cells[2] = row->first_key;
        cells[3] = row->last_key;
        cells[4] = cell_of_number(arena, row->items_done);
        cells[5] = cell_of_number(arena, row->items_parked);
        cells[6] = cell_of_number(arena, row->rows_written);
        cells[7] = cell_of_time(arena, row->committed_at_us);
        cells[8] = arena_printf(arena, "%.12s", digest);
    }
    if (show->chunk_count == 0)
        return;
    (void)printf("\n");
    if (first > 0)
        (void)printf("the last %d of %zu chunks; all of them with --chunks\n", CHUNKS_SHOWN,
                     show->chunk_count);
    table_print(&table, stdout);
}

static void print_totals(const struct show *show)
{
    for (size_t i = 0; i < show->total_count; i++) {
        const struct total_row *row = &show->totals[i];
        (void)printf(
            "%s%" PRId64 " amounts, %s\n", i == 0 ? "\ncontrol totals: " : "  ", row->amount_count,
            cell_of_money(show->session->arena, money_of_minor(row->amount_minor, row->currency)));
    }
}

static void print_effects(const struct show *show)
{
    static const struct table_column columns[] = {
        {"kind",       TABLE_LEFT },
        {"provider",   TABLE_LEFT },
        {"done",       TABLE_RIGHT},
        {"failed",     TABLE_RIGHT},
        {"waiting",    TABLE_RIGHT},
        {"unknown",    TABLE_RIGHT},
        {"held",       TABLE_RIGHT},
        {"sending",    TABLE_RIGHT},
        {"to be sent", TABLE_RIGHT},
    };
    struct arena *arena = show->session->arena;
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < show->effect_count; i++) {
        const struct effect_counts *row = &show->effects[i];
        const char **cells = table_add_row(&table);
        cells[0] = row->kind;
        cells[1] = row->provider;
        cells[2] = cell_of_number(arena, row->done);
        cells[3] = cell_of_number(arena, row->failed);
        cells[4] = cell_of_number(arena, row->waiting);
        cells[5] = cell_of_number(arena, row->unknown);
        cells[6] = cell_of_number(arena, row->held);
        cells[7] = cell_of_number(arena, row->sending);
        cells[8] = cell_of_number(arena, row->to_send);
    }
    if (show->effect_count == 0)
        return;
    (void)printf("\neffects intended until %s, as they stand now:\n",
                 date_text(show->instance.business_date).text);
    table_print(&table, stdout);
}

static bool print_show(const struct show *show, const struct show_options *options,
                       struct error *err)
{
    print_instance(show);
    (void)printf("\n");
    for (size_t i = 0; i < show->execution_count; i++)
        print_execution(show->session->arena, &show->executions[i]);
    if (!print_steps(show, err))
        return false;
    print_partitions(show);
    print_chunks(show, options->all_chunks);
    print_totals(show);
    if (show->ending_count > 0)
        (void)printf("\nsent: %s\n",
                     endings_text(show->session->arena, show->endings, show->ending_count));
    print_effects(show);
    return true;
}

/* ---------------------------------------------------------------- the command */

static bool read_options(struct cli *cli, int argc, char **argv, struct show_options *options,
                         struct error *err)
{
    struct cli_arguments arguments;
    const struct cli_option known[] = {
        {.name = "period", .text = &options->period    },
        {.name = "date",   .text = &options->date      },
        {.name = "chunks", .flag = &options->all_chunks},
        {.name = "tenant", .text = &options->tenant    },
    };
    if (!cli_parse(cli, &command_show, argc, argv, known, ARRAY_LEN(known), &arguments, err))
        return false;
    if (arguments.count == 2 && text_equal(arguments.items[0], "credits")) {
        options->customer = arguments.items[1];
        return true;
    }
    if (arguments.count == 2 && text_equal(arguments.items[0], "invoice")) {
        options->invoice = arguments.items[1];
        return true;
    }
    if (arguments.count == 2 && text_equal(arguments.items[0], "payment")) {
        options->payment = arguments.items[1];
        return true;
    }
    if (arguments.count == 1 && text_equal(arguments.items[0], "payment")) {
        (void)error_run(err, EXIT_USAGE, "show payment needs the reference of a payment");
        return error_hint(err, "for example `billmill show payment pi_3Nq`; `billmill show "
                               "invoice` names those of an invoice");
    }
    if (arguments.count == 1 && text_equal(arguments.items[0], "credits")) {
        (void)error_run(err, EXIT_USAGE, "show credits needs a customer");
        return error_hint(err, "for example `billmill show credits cus-0042`");
    }
    if (arguments.count == 1 && text_equal(arguments.items[0], "invoice")) {
        (void)error_run(err, EXIT_USAGE, "show invoice needs the number of an invoice");
        return error_hint(err, "for example `billmill show invoice INV-2026-000042`");
    }
    if (arguments.count != 1) {
        (void)error_run(err, EXIT_USAGE,
                        "show needs one execution, the name of one job, credits and a customer, "
                        "invoice and a number, or payment and a reference");
        return error_hint(err, "`billmill executions` lists what there is");
    }
    if (options->tenant != NULL)
        return error_run(err, EXIT_USAGE,
                         "--tenant is for credits, invoices and payments: runs are of all "
                         "tenants");
    if (options->period != NULL && options->date != NULL)
        return error_run(err, EXIT_USAGE, "--period and --date exclude each other");
    options->what = arguments.items[0];
    return true;
}

static int run_show(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct show_options options = {0};
    CLEANUP(session_close) struct session session = {0};
    struct show show = {.session = &session};
    int64_t execution_id = 0;
    if (!read_options(cli, argc, argv, &options, &err) ||
        !session_open(cli, SESSION_READ, "show", &session, &err))
        return cli_fail(cli, &err);
    if (options.customer != NULL)
        return show_credits(&session, options.customer, options.tenant, cli->json, &err)
                   ? EXIT_DONE
                   : cli_fail(cli, &err);
    if (options.invoice != NULL)
        return show_invoice(&session, options.invoice, options.tenant, cli->json, &err)
                   ? EXIT_DONE
                   : cli_fail(cli, &err);
    if (options.payment != NULL)
        return show_payment(&session, options.payment, options.tenant, cli->json, &err)
                   ? EXIT_DONE
                   : cli_fail(cli, &err);
    bool found = text_parse_i64(options.what, &execution_id)
                     ? find_execution(&show, options.what, execution_id, &err)
                     : find_job(&show, &options, &err);
    if (!found || !load_rest(&show, &err))
        return cli_fail(cli, &err);
    if (cli->json)
        json_print(json_of_show(&show));
    else if (!print_show(&show, &options, &err))
        return cli_fail(cli, &err);
    return EXIT_DONE;
}

const struct command command_show = {
    .name = "show",
    .arguments = "EXECUTION | JOB [--period YYYY-MM] | credits CUSTOMER | invoice NUMBER | "
                 "payment REF",
    .summary = "show one run; a customer's credits; what an invoice owes; or a payment",
    .help =
        "A number is an execution; a name is the newest run of that job. Credits of a\n"
        "customer: what is left, his grants, and every transaction. Of an invoice: what was asked\n"
        "for, credited, paid (by his credits, too) and written off, and what is left to pay. Of a\n"
        "payment: by whom, when and how it was paid, which invoices it pays, what of it is a "
        "credit\n"
        "or was given back.\n\n"
        "Options:\n"
        "  --period YYYY-MM    the job's run for this month\n"
        "  --date YYYY-MM-DD   the same for jobs whose key is a date\n"
        "  --chunks            list every chunk, not only the last ten\n"
        "  --tenant TENANT     where several tenants have such a customer, invoice or\n"
        "                      payment\n\n"
        "JSON: instance, job, business_key, generation, business_date, state, definition,\n"
        "passes, reason, parent_instance, created_at, created_by; executions as in\n"
        "`executions`; steps (instances); partitions with after_key, up_to_key, cursor and\n"
        "counts; chunks with keys, counts and digest; totals (amounts, amount, currency);\n"
        "sent (as of `run`: what became of what this run was the last to send); of dispatch\n"
        "effects intended until its day (kind, provider, and how many are intent, sending,\n"
        "unknown, waiting for the provider, held, done and failed).\n"
        "Of credits: tenant, customer, overdraft_limit; balances (currency, granted, drawn,\n"
        "expired, overdrawn, balance); grants (source, kind, priority, effective_at, "
        "expires_at,\n"
        "currency, amount, left); transactions (on, kind, source, invoice, currency, amount,\n"
        "and what they count against: project, member, month); limits (project or member,\n"
        "credit_limit, currency, month, limit_then, used); units (source, kind, priority, meter,\n"
        "effective_at, expires_at, units, left); unit_transactions (on, kind, source, units,\n"
        "invoice, line, amount).\n"
        "Of an invoice: tenant, customer, number, status, currency, issued_on, due_on, total,\n"
        "due_besides (given back there of what was written off: not the customer's), given_back\n"
        "(of it by others, off what was written off), credit_applied (the customer's credits that\n"
        "were drawn), credited, paid, refunded, written_off, overpaid, left_to_pay; events (kind:\n"
        "payment, refund, credit_note, given_back or write_off; reference, amount, and\n"
        "payment: its own reference, and to_be_refunded of a payment: null where a request cannot\n"
        "be read); attempts\n"
        "(attempt, on, payment_method, gateway, amount, outcome: paid, declined or canceled;\n"
        "decline: later, customer or never; code, message, provider_ref); under_way (attempt,\n"
        "effect, on, payment_method, gateway, amount, standing: to_be_sent, sending, asked_for,\n"
        "processing, action or held; code, message, provider_ref; payment_method and amount are "
        "null\n"
        "where the request cannot be read), or null; dunning (policy, "
        "terms,\n"
        "started_on, state, paused_on, ended_on, steps: step, due_on, done_on, state, actions,\n"
        "note), or null. Of a credit note that leaves something to pay the same.\n"
        "Of a payment: tenant, customer, reference, gateway, currency, amount, at, note, invoice\n"
        "(that it names, or null), part_of; applied (invoice, reference, status of the invoice or\n"
        "null where the customer has none such, amount, refunded, credit, pays); refunds "
        "(reference,\n"
        "amount, at), refunded, to_be_refunded, credit, unmatched.\n\n"
        "Examples:\n  billmill show 12\n"
        "  billmill show close --period 2026-10\n"
        "  billmill show tax --json\n"
        "  billmill show credits cus-0042\n"
        "  billmill show invoice INV-2026-000042\n"
        "  billmill show payment pi_3Nq\n",
    .run = run_show,
};
