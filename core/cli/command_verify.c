/* verify: proves again, from what is stored, what billmill promises. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/cli/verify_credits.h"
#include "core/stores/number_proof.h"

#define PROBLEMS_SHOWN 100

static json_t *json_of_runs(const struct proved_series *series)
{
    json_t *array = json_array();
    for (size_t i = 0; i < series->runs.count; i++) {
        const struct proved_run *run = &series->runs.items[i];
        (void)json_array_append_new(
            array, json_pack("{s:o, s:o, s:o, s:s, s:s, s:I}", "business_key",
                             json_of_text(run->business_key), "generation",
                             json_of_number(run->generation), "execution",
                             json_of_number(run->execution_id), "first", run->first, "last",
                             run->last, "count", (json_int_t)run->count));
    }
    return array;
}

static json_t *json_of_number_text(const char *number)
{
    return json_of_text(number[0] == '\0' ? NULL : number);
}

static json_t *json_of_series(const struct number_proof *proof)
{
    json_t *array = json_array();
    for (size_t i = 0; i < proof->series.count; i++) {
        const struct proved_series *series = &proof->series.items[i];
        (void)json_array_append_new(
            array, json_pack("{s:o, s:o, s:I, s:o, s:o, s:I, s:I, s:b, s:b, s:o}", "tenant",
                             json_of_text(series->tenant), "series", json_of_text(series->series),
                             "fiscal_year", (json_int_t)series->fiscal_year, "first",
                             json_of_number_text(series->first), "last",
                             json_of_number_text(series->last), "count", (json_int_t)series->count,
                             "missing", (json_int_t)series->missing, "chain", series->chained,
                             "counter", series->counted, "runs", json_of_runs(series)));
    }
    return array;
}

static json_t *json_of_proof(const struct number_proof *proof)
{
    json_t *problems = json_array();
    for (size_t i = 0; i < proof->problems.count; i++) {
        const struct proved_problem *problem = &proof->problems.items[i];
        (void)json_array_append_new(
            problems,
            json_pack("{s:o, s:o, s:I, s:o, s:o}", "tenant", json_of_text(problem->tenant),
                      "series", json_of_text(problem->series), "fiscal_year",
                      (json_int_t)problem->fiscal_year, "document", json_of_text(problem->document),
                      "problem", json_of_text(problem->problem)));
    }
    return json_pack("{s:I, s:o, s:o}", "documents", (json_int_t)proof->documents, "series",
                     json_of_series(proof), "problems", problems);
}

/* ---------------------------------------------------------------- for people */

static void print_series(const struct number_proof *proof, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"tenant",    TABLE_LEFT },
        {"series",    TABLE_LEFT },
        {"year",      TABLE_RIGHT},
        {"first",     TABLE_LEFT },
        {"last",      TABLE_LEFT },
        {"from",      TABLE_LEFT },
        {"to",        TABLE_LEFT },
        {"documents", TABLE_RIGHT},
        {"missing",   TABLE_RIGHT},
        {"chain",     TABLE_LEFT },
        {"counter",   TABLE_LEFT },
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < proof->series.count; i++) {
        const struct proved_series *series = &proof->series.items[i];
        bool has_dates = !date_is_none(series->first_on);
        const char **cells = table_add_row(&table);
        cells[0] = series->tenant;
        cells[1] = series->series;
        cells[2] = cell_of_number(arena, series->fiscal_year);
        cells[3] = series->count == 0 ? "-" : series->first;
        cells[4] = series->count == 0 ? "-" : series->last;
        cells[5] = has_dates ? arena_copy(arena, date_text(series->first_on).text) : "-";
        cells[6] = has_dates ? arena_copy(arena, date_text(series->last_on).text) : "-";
        cells[7] = cell_of_number(arena, series->count);
        cells[8] = cell_of_number(arena, series->missing);
        cells[9] = series->chained ? "holds" : "broken";
        cells[10] = series->counted ? "agrees" : "differs";
    }
    table_print(&table, stdout);
}

static void print_runs(const struct number_proof *proof, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"tenant",    TABLE_LEFT },
        {"given by",  TABLE_LEFT },
        {"gen",       TABLE_RIGHT},
        {"execution", TABLE_RIGHT},
        {"first",     TABLE_LEFT },
        {"last",      TABLE_LEFT },
        {"documents", TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < proof->series.count; i++)
        for (size_t k = 0; k < proof->series.items[i].runs.count; k++) {
            const struct proved_run *run = &proof->series.items[i].runs.items[k];
            const char **cells = table_add_row(&table);
            cells[0] = proof->series.items[i].tenant;
            cells[1] = run->business_key == NULL
                           ? "not known here"
                           : arena_printf(arena, "invoice-finalize %s", run->business_key);
            cells[2] = cell_of_number(arena, run->generation);
            cells[3] = cell_of_number(arena, run->execution_id);
            cells[4] = run->first;
            cells[5] = run->last;
            cells[6] = cell_of_number(arena, run->count);
        }
    (void)printf("\n");
    table_print(&table, stdout);
}

static void print_problems(const struct number_proof *proof)
{
    (void)printf("\n");
    for (size_t i = 0; i < proof->problems.count && i < PROBLEMS_SHOWN; i++) {
        const struct proved_problem *problem = &proof->problems.items[i];
        if (problem->document != NULL)
            (void)printf("tenant %s, %s: %s\n", problem->tenant, problem->document,
                         problem->problem);
        else
            (void)printf("tenant %s, series %s %" PRId64 ": %s\n", problem->tenant, problem->series,
                         problem->fiscal_year, problem->problem);
    }
    if (proof->problems.count > PROBLEMS_SHOWN)
        (void)printf("and %zu more: --json shows all\n", proof->problems.count - PROBLEMS_SHOWN);
}

static void print_proof(const struct number_proof *proof, struct arena *arena)
{
    print_series(proof, arena);
    print_runs(proof, arena);
    if (proof->problems.count > 0)
        print_problems(proof);
}

/* ---------------------------------------------------------------- the command */

static bool read_options(struct cli *cli, int argc, char **argv, struct number_proof_filter *filter,
                         bool *ret_credits, struct error *err)
{
    struct cli_arguments arguments;
    const struct cli_option known[] = {
        {.name = "tenant", .text = &filter->tenant},
        {.name = "series", .text = &filter->series},
    };
    if (!cli_parse(cli, &command_verify, argc, argv, known, ARRAY_LEN(known), &arguments, err))
        return false;
    *ret_credits = arguments.count == 1 && text_equal(arguments.items[0], "credits");
    if (*ret_credits && filter->series != NULL)
        return error_run(err, EXIT_USAGE, "credits have no series");
    if (*ret_credits || (arguments.count == 1 && text_equal(arguments.items[0], "numbers")))
        return true;
    (void)error_run(err, EXIT_USAGE, "verify needs to know what: numbers or credits");
    return error_hint(err, "for example: billmill verify numbers");
}

static bool check_tenant(struct session *session, const char *tenant, struct error *err)
{
    int64_t ignored = 0;
    return tenant == NULL || session_tenant(session, tenant, &ignored, err);
}

static bool verify_numbers(struct cli *cli, struct session *session,
                           const struct number_proof_filter *filter, int *ret_code,
                           struct error *err)
{
    struct number_proof proof;
    if (!number_proof_make(session->db, filter, cli->arena, &proof, err))
        return false;
    *ret_code = proof.problems.count > 0 ? EXIT_DATA : EXIT_DONE;
    if (cli->json)
        json_print(json_of_proof(&proof));
    else if (proof.series.count > 0)
        print_proof(&proof, cli->arena);
    if (proof.problems.count > 0) {
        (void)fprintf(stderr, "billmill: %zu problems in the numbers of %" PRId64 " documents\n",
                      proof.problems.count, proof.documents);
        (void)fprintf(stderr, "  stored rows were changed by somebody else than billmill: compare "
                              "with a dump or a backup\n");
    } else if (proof.documents == 0) {
        cli_remark(cli, "no document has a number yet");
    } else {
        cli_remark(cli,
                   "%" PRId64 " documents: no gap, no date out of order, every hash computed again",
                   proof.documents);
    }
    return true;
}

static int run_verify(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct number_proof_filter filter = {0};
    bool credits = false;
    int code = EXIT_DONE;
    CLEANUP(session_close) struct session session = {0};
    if (!read_options(cli, argc, argv, &filter, &credits, &err) ||
        !session_open(cli, SESSION_READ, "verify", &session, &err) ||
        !check_tenant(&session, filter.tenant, &err) ||
        !(credits ? verify_credits(cli, &session, filter.tenant, &code, &err)
                  : verify_numbers(cli, &session, &filter, &code, &err)))
        return cli_fail(cli, &err);
    return code;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "numbers | credits",
    .summary = "prove numbers and the hash chain, or balances, from what is stored",
    .help =
        "numbers: reads every finalized document, computes its hash again, and shows for each "
        "tenant, "
        "series\n"
        "and fiscal year first and last number, what is missing, whether the chain of hashes "
        "holds\n"
        "and the counter agrees; then which run gave which numbers. Exit code 65 when anything is\n"
        "not as it must be.\n\n"
        "credits: adds up the transactions of every grant, customer and invoice; a balance, an\n"
        "overdraft or an applied credit that is not their sum makes the exit code 65.\n\n"
        "Options:\n"
        "  --tenant TENANT     only this one\n"
        "  --series SERIES     only this one: invoice or credit_note\n\n"
        "JSON: documents; series (tenant, series, fiscal_year, first, last, count, missing, "
        "chain,\n"
        "counter, runs: business_key, generation, execution, first, last, count); problems "
        "(tenant,\n"
        "series, fiscal_year, document, problem). Of credits: sums (tenant, currency, grants,\n"
        "granted, drawn, expired, overdrawn, balance); problems (tenant, customer, subject, "
        "problem,\n"
        "stored, computed, currency).\n\n"
        "Examples:\n  billmill verify numbers\n"
        "  billmill verify numbers --tenant acme --json\n"
        "  billmill verify credits\n",
    .run = run_verify,
};
