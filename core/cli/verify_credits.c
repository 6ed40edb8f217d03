/* The proof of credits for people and as JSON: see verify_credits.h. */
#include "core/cli/verify_credits.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/credit_units.h"
#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/stores/credit_account.h"

#define PROBLEMS_SHOWN 100

static json_t *json_of_minor(int64_t minor, struct currency currency)
{
    return json_string(money_text(money_of_minor(minor, currency)).text);
}

/* Without a currency they are millionths of units. */
static json_t *json_of_figure(int64_t minor, struct currency currency)
{
    struct decimal units = {.coefficient = minor, .scale = CREDIT_UNIT_DIGITS};
    return *currency.code == '\0' ? json_string(decimal_text(units).text)
                                  : json_of_minor(minor, currency);
}

/* granted − drawn − expired − overdrawn */
static int64_t balance_of(const struct credit_sum *sum)
{
    return sum->granted_minor - sum->drawn_minor - sum->expired_minor - sum->owed_minor;
}

static json_t *json_of_proof(const struct credit_proof *proof)
{
    json_t *sums = json_array();
    json_t *problems = json_array();
    for (size_t i = 0; i < proof->sum_count; i++) {
        const struct credit_sum *sum = &proof->sums[i];
        (void)json_array_append_new(
            sums, json_pack("{s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "tenant",
                            json_of_text(sum->tenant), "currency", sum->currency.code, "grants",
                            (json_int_t)sum->grants, "granted",
                            json_of_minor(sum->granted_minor, sum->currency), "drawn",
                            json_of_minor(sum->drawn_minor, sum->currency), "expired",
                            json_of_minor(sum->expired_minor, sum->currency), "overdrawn",
                            json_of_minor(sum->owed_minor, sum->currency), "balance",
                            json_of_minor(balance_of(sum), sum->currency)));
    }
    for (size_t i = 0; i < proof->problems.count; i++) {
        const struct credit_problem *problem = &proof->problems.items[i];
        (void)json_array_append_new(
            problems,
            json_pack(
                "{s:o, s:o, s:o, s:s, s:o, s:o, s:s}", "tenant", json_of_text(problem->tenant),
                "customer", json_of_text(problem->customer), "subject",
                json_of_text(text_is_empty(problem->subject) ? NULL : problem->subject), "problem",
                problem->what, "stored", json_of_figure(problem->stored_minor, problem->currency),
                "computed", json_of_figure(problem->computed_minor, problem->currency), "currency",
                *problem->currency.code == '\0' ? "units" : problem->currency.code));
    }
    return json_pack("{s:o, s:o}", "sums", sums, "problems", problems);
}

static const char *amount_cell(struct arena *arena, int64_t minor, struct currency currency)
{
    return arena_copy(arena, money_text(money_of_minor(minor, currency)).text);
}

static const char *figure_cell(struct arena *arena, int64_t minor, struct currency currency)
{
    return *currency.code == '\0' ? credit_units_text(minor, arena)
                                  : amount_cell(arena, minor, currency);
}

static void print_proof(const struct credit_proof *proof, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"tenant",    TABLE_LEFT },
        {"currency",  TABLE_LEFT },
        {"grants",    TABLE_RIGHT},
        {"granted",   TABLE_RIGHT},
        {"drawn",     TABLE_RIGHT},
        {"expired",   TABLE_RIGHT},
        {"overdrawn", TABLE_RIGHT},
        {"balance",   TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < proof->sum_count; i++) {
        const struct credit_sum *sum = &proof->sums[i];
        const char **cells = table_add_row(&table);
        cells[0] = sum->tenant;
        cells[1] = sum->currency.code;
        cells[2] = cell_of_number(arena, sum->grants);
        cells[3] = amount_cell(arena, sum->granted_minor, sum->currency);
        cells[4] = amount_cell(arena, sum->drawn_minor, sum->currency);
        cells[5] = amount_cell(arena, sum->expired_minor, sum->currency);
        cells[6] = amount_cell(arena, sum->owed_minor, sum->currency);
        cells[7] = amount_cell(arena, balance_of(sum), sum->currency);
    }
    if (proof->sum_count > 0)
        table_print(&table, stdout);
    for (size_t i = 0; i < proof->problems.count && i < PROBLEMS_SHOWN; i++) {
        const struct credit_problem *problem = &proof->problems.items[i];
        (void)printf("%stenant %s, customer %s%s%s: %s: stored %s, computed %s %s\n",
                     i == 0 ? "\n" : "", problem->tenant, problem->customer,
                     text_is_empty(problem->subject) ? "" : ", ", problem->subject, problem->what,
                     figure_cell(arena, problem->stored_minor, problem->currency),
                     figure_cell(arena, problem->computed_minor, problem->currency),
                     *problem->currency.code == '\0' ? "units" : problem->currency.code);
    }
    if (proof->problems.count > PROBLEMS_SHOWN)
        (void)printf("and %zu more: --json shows all\n", proof->problems.count - PROBLEMS_SHOWN);
}

bool verify_credits(struct cli *cli, struct session *session, const char *tenant, int *ret_code,
                    struct error *err)
{
    struct credit_proof proof;
    if (!credit_proof_make(session->db, tenant, cli->arena, &proof, err))
        return false;
    if (cli->json)
        json_print(json_of_proof(&proof));
    else
        print_proof(&proof, cli->arena);
    *ret_code = proof.problems.count > 0 ? EXIT_DATA : EXIT_DONE;
    if (proof.problems.count > 0) {
        (void)fprintf(stderr, "billmill: %zu balances are not the sum of their transactions\n",
                      proof.problems.count);
        (void)fprintf(stderr, "  stored rows were changed by somebody else than billmill: compare "
                              "with a dump or a backup\n");
    } else if (proof.sum_count == 0) {
        cli_remark(cli, "there are no credits yet");
    } else {
        cli_remark(cli, "every balance is the sum of its transactions, none is exceeded");
    }
    return true;
}
