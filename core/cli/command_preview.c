/* preview: the next invoice of a subscription's payer, by the jobs themselves, rolled back.
 *
 * A pipeline of its own (corrections, period-advance, rating, tax under other names) is launched in
 * a dry run, its plans narrowed to the payer. So it is the same code with the same results,
 * whatever state the real runs of that period are in, and costs what one customer costs. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/cli/commitment_waits.h"
#include "core/cli/explain_coupons.h"
#include "core/cli/explain_output.h"
#include "core/cli/launching.h"
#include "core/cli/output.h"
#include "core/cli/preview_decisions.h"
#include "core/cli/table.h"
#include "core/engine/parked.h"
#include "core/stores/explanation.h"
#include "core/stores/line_text.h"
#include "core/stores/mixed_currencies.h"
#include "core/stores/preview_store.h"
#include "jobs/jobs.h"

#define PREVIEW_JOB "preview"
#define STEP_COUNT 4
#define CHUNK_SIZE 500
#define LEASE_S 60

struct preview_options {
    const char *subscription;
    const char *tenant;
    const char *period;
    const char *date;
};

struct preview {
    struct session *session;
    const struct preview_options *options;
    struct preview_payer payer;
    struct date until;
    struct preview_decisions decisions;
    struct commitment_waits commitments;
    struct mixed_customer *mixed; /* charged in several currencies */
    size_t mixed_count;
    struct invoice_explanation *drafts;
    struct coupon_reasons *reasons; /* of each draft */
    size_t draft_count;
    struct parked_row *parked; /* by this preview */
    size_t parked_count;
};

/* ---------------------------------------------------------------- whose invoice */

/* A customer of that name is what he may have meant. */
static bool name_subscriptions(const struct preview *preview, const struct tenant_facts *tenants,
                               size_t count, const char **ret_names, struct error *err)
{
    struct session *session = preview->session;
    const struct preview_options *options = preview->options;
    *ret_names = "";
    for (size_t i = 0; i < count && **ret_names == '\0'; i++)
        if ((options->tenant == NULL || text_equal(options->tenant, tenants[i].tenant)) &&
            !preview_store_name_subscriptions(session->db, tenants[i].tenant_id,
                                              options->subscription, session->arena, ret_names,
                                              err))
            return false;
    return true;
}

static bool refuse_unknown(const struct preview_options *options, const char *names,
                           struct error *err)
{
    (void)error_run(err, EXIT_USAGE, "there is no subscription '%s'%s%s", options->subscription,
                    options->tenant == NULL ? "" : " of tenant ",
                    options->tenant == NULL ? "" : options->tenant);
    if (*names != '\0')
        return error_hint(err, "%s is a customer, preview takes a subscription of his: %s",
                          options->subscription, names);
    return error_hint(err, "its key is the one that was imported");
}

static bool find_payer(struct preview *preview, struct error *err)
{
    struct session *session = preview->session;
    const struct preview_options *options = preview->options;
    struct tenant_facts *tenants = NULL;
    const char *owner = NULL;
    const char *names = NULL;
    size_t count = 0;
    int64_t ignored = 0;
    if (options->tenant != NULL && !session_tenant(session, options->tenant, &ignored, err))
        return false;
    if (!tenants_load(session->db, session->arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct preview_payer payer;
        bool found = false;
        if (options->tenant != NULL && !text_equal(options->tenant, tenants[i].tenant))
            continue;
        if (!preview_store_find_payer(session->db, tenants[i].tenant_id, options->subscription,
                                      session->arena, &payer, &found, err))
            return false;
        if (found && owner != NULL) {
            (void)error_run(err, EXIT_USAGE, "tenants %s and %s both have a subscription %s", owner,
                            tenants[i].tenant, options->subscription);
            return error_hint(err, "add --tenant %s", owner);
        }
        if (found) {
            owner = tenants[i].tenant;
            preview->payer = payer;
        }
    }
    return owner != NULL || (name_subscriptions(preview, tenants, count, &names, err) &&
                             refuse_unknown(options, names, err));
}

/* ---------------------------------------------------------------- the run */

/* Names that no real job has, so that the real instances of the period are left alone. */
static struct run_definition step_of(const struct job *job, enum job_key key, struct arena *arena)
{
    return (struct run_definition){
        .name = arena_printf(arena, PREVIEW_JOB " of %s", job->name),
        .job = job,
        .key = key,
        .text = arena_printf(arena, PREVIEW_JOB ": %s\n", job->name),
        .chunk_size = CHUNK_SIZE,
        .partitions = 1,
        .lease_s = LEASE_S,
        .max_parked = -1,
        .max_parked_percent = -1,
    };
}

static bool run_jobs(struct preview *preview, struct error *err)
{
    struct session *session = preview->session;
    const struct preview_options *options = preview->options;
    enum job_key key = options->period != NULL ? JOB_KEY_PERIOD : JOB_KEY_DATE;
    const struct run_definition steps[STEP_COUNT] = {
        step_of(&job_corrections, key, session->arena),
        step_of(&job_period_advance, key, session->arena),
        step_of(&job_rating, key, session->arena),
        step_of(&job_tax, key, session->arena),
    };
    const struct run_definition *const in_order[STEP_COUNT] = {&steps[0], &steps[1], &steps[2],
                                                               &steps[3]};
    const struct run_definition pipeline = {.name = PREVIEW_JOB,
                                            .steps = in_order,
                                            .step_count = STEP_COUNT,
                                            .key = key,
                                            .text = PREVIEW_JOB "\n"};
    struct launch_request request = {
        .definition = &pipeline,
        .business_key = options->period != NULL ? options->period : options->date,
        .action = LAUNCH_RUN,
        .started_by = PREVIEW_JOB,
    };
    struct launch_result result = {0};
    struct error failure = {0};
    session->environment.only = (struct work_payer){.tenant_id = preview->payer.tenant_id,
                                                    .payer_id = preview->payer.payer_id};
    if (!preview_decisions_find(session->db, &session->environment.only, preview->until,
                                session->arena, &preview->decisions, err) ||
        !launching_start(session, &request, true, &result, &failure, err))
        return false;
    if (failure.kind == ERROR_NONE)
        return true;
    *err = failure;
    return false;
}

static bool load_parked(struct preview *preview, struct error *err)
{
    struct session *session = preview->session;
    size_t kept = 0;
    if (!parked_list(session->db, false, session->arena, &preview->parked, &preview->parked_count,
                     err))
        return false;
    for (size_t i = 0; i < preview->parked_count; i++)
        if (text_starts_with(preview->parked[i].job, PREVIEW_JOB " of "))
            preview->parked[kept++] = preview->parked[i];
    preview->parked_count = kept;
    return true;
}

static bool load_result(struct preview *preview, struct error *err)
{
    struct session *session = preview->session;
    const struct billing_catalog *catalog = NULL;
    struct stored_invoice *drafts = NULL;
    if (!load_parked(preview, err) ||
        !mixed_currencies_load(session->db, &session->environment.only, session->arena,
                               &preview->mixed, &preview->mixed_count, err) ||
        !preview_decisions_load(session->db, &session->environment.only, preview->until,
                                preview->parked, preview->parked_count, session->arena,
                                &preview->decisions, err) ||
        !billing_catalog_load(session->db, preview->payer.tenant_id, CATALOG_WHOLE, session->arena,
                              &catalog, err) ||
        !commitment_waits_load_of_payer(session, &session->environment.only, catalog,
                                        preview->until, &preview->commitments, err) ||
        !preview_store_load_drafts(session->db, &preview->payer, preview->until, session->arena,
                                   &drafts, &preview->draft_count, err))
        return false;
    preview->drafts =
        ARENA_NEW_ARRAY(session->arena, struct invoice_explanation, preview->draft_count + 1);
    preview->reasons =
        ARENA_NEW_ARRAY(session->arena, struct coupon_reasons, preview->draft_count + 1);
    for (size_t i = 0; i < preview->draft_count; i++)
        if (!explanation_load(session->db, catalog, &drafts[i],
                              session->setup.settings.rules.flat_fee_at_zero, session->arena,
                              &preview->drafts[i], err) ||
            !coupon_reasons_load(session, &preview->drafts[i], &preview->reasons[i], err))
            return error_context(err, "draft %s", drafts[i].draft_key);
    return true;
}

/* ---------------------------------------------------------------- output */

static json_t *json_of_preview(const struct preview *preview)
{
    json_t *drafts = json_array();
    json_t *parked = json_array();
    json_t *mixed = json_array();
    for (size_t i = 0; i < preview->draft_count; i++) {
        json_t *draft = explain_json(&preview->drafts[i], 0);
        (void)json_object_set_new(draft, "coupons_not_applied",
                                  coupon_reasons_json(&preview->reasons[i]));
        (void)json_array_append_new(drafts, draft);
    }
    for (size_t i = 0; i < preview->parked_count; i++) {
        const struct parked_row *row = &preview->parked[i];
        (void)json_array_append_new(
            parked, json_pack("{s:o, s:o, s:o, s:o}", "item", json_of_text(row->item), "code",
                              json_of_text(row->code), "reason", json_of_text(row->reason), "hint",
                              json_of_text(row->hint)));
    }
    for (size_t i = 0; i < preview->mixed_count; i++)
        (void)json_array_append_new(mixed, json_pack("{s:o, s:o, s:s}", "customer",
                                                     json_of_text(preview->mixed[i].customer),
                                                     "plan", json_of_text(preview->mixed[i].plan),
                                                     "currencies", preview->mixed[i].currencies));
    return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "subscription",
                     json_of_text(preview->options->subscription), "payer", preview->payer.payer,
                     "until", date_text(preview->until).text, "decisions",
                     preview_decisions_json(&preview->decisions), "drafts", drafts, "parked",
                     parked, "mixed_currencies", mixed, "commitments_waiting",
                     commitment_waits_json(&preview->commitments));
}

static const char *amount_cell(struct arena *arena, int64_t minor, struct currency currency)
{
    return arena_copy(arena, money_text(money_of_minor(minor, currency)).text);
}

static void print_lines(struct arena *arena, const struct invoice_explanation *draft)
{
    static const struct table_column columns[] = {
        {"line",         TABLE_RIGHT},
        {"subscription", TABLE_LEFT },
        {"what",         TABLE_LEFT },
        {"from",         TABLE_LEFT },
        {"up to",        TABLE_LEFT },
        {"quantity",     TABLE_RIGHT},
        {"each",         TABLE_RIGHT},
        {"amount",       TABLE_RIGHT},
        {"discount",     TABLE_RIGHT},
        {"tax",          TABLE_RIGHT},
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    for (size_t i = 0; i < draft->line_count; i++) {
        const struct stored_line *line = draft->lines[i].stored;
        const char **cells = table_add_row(&table);
        cells[0] = cell_of_number(arena, line->line);
        cells[1] = line->subscription;
        cells[2] = arena_printf(
            arena, "%s [%s]", line_text(draft->invoice.lines, draft->invoice.line_count, i, arena),
            line->kind);
        cells[3] = arena_copy(arena, date_text(line->period_start_on).text);
        cells[4] = arena_copy(arena, date_text(line->period_end_on).text);
        cells[5] = arena_copy(arena, decimal_text(line->quantity).text);
        cells[6] = line->unit_amount;
        cells[7] = amount_cell(arena, line->amount_minor, draft->currency);
        cells[8] = amount_cell(arena, line->discount_minor, draft->currency);
        cells[9] = amount_cell(arena, line->tax_minor, draft->currency);
    }
    table_print(&table, stdout);
}

/* The documents that billed what a line gives back, each once. */
static void print_references(struct arena *arena, const struct explained_line *line)
{
    const char *text = "";
    for (size_t i = 0; i < line->given.count; i++) {
        const struct stored_billed_line *of = &line->given.of[i];
        bool is_said = false;
        for (size_t k = 0; k < i; k++)
            is_said = is_said || text_equal(line->given.of[k].document, of->document);
        if (!is_said)
            text = arena_printf(arena, "%s%s%s%s%s", text, *text == '\0' ? "" : ", ", of->document,
                                date_is_none(of->issued_on) ? "" : " of ",
                                date_is_none(of->issued_on) ? "" : date_text(of->issued_on).text);
    }
    if (*text != '\0')
        (void)printf("  line %" PRId64 " gives back of %s\n", line->stored->line, text);
}

static void print_sums(struct arena *arena, const struct invoice_explanation *draft)
{
    static const struct table_column columns[] = {
        {"", TABLE_LEFT },
        {"", TABLE_RIGHT},
    };
    const struct stored_invoice *invoice = &draft->invoice;
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    const char **cells = table_add_row(&table);
    cells[0] = "subtotal";
    cells[1] = amount_cell(arena, invoice->subtotal_minor, draft->currency);
    if (invoice->discount_minor != 0) {
        cells = table_add_row(&table);
        cells[0] = "discount";
        cells[1] = amount_cell(arena, -invoice->discount_minor, draft->currency);
    }
    for (size_t i = 0; i < invoice->tax_count; i++) {
        const struct stored_tax *tax = &invoice->taxes[i];
        cells = table_add_row(&table);
        cells[0] =
            arena_printf(arena, "%s%s%s %%%s on %s", tax->name, *tax->name == '\0' ? "" : " ",
                         decimal_text(tax->rate_percent).text, tax->inclusive ? " included," : "",
                         amount_cell(arena, tax->base_minor, draft->currency));
        cells[1] = amount_cell(arena, tax->tax_minor, draft->currency);
    }
    cells = table_add_row(&table);
    cells[0] = invoice->taxed ? "total" : "total, without taxes";
    cells[1] = cell_of_money(arena, money_of_minor(invoice->total_minor, draft->currency));
    table_print(&table, stdout);
}

static void print_preview(const struct preview *preview)
{
    struct arena *arena = preview->session->arena;
    (void)printf("%s %s, up to %s: %s\n", preview->payer.payer, preview->payer.name,
                 date_text(preview->until).text,
                 preview->draft_count == 0
                     ? "nothing to bill"
                     : arena_printf(arena, "%zu invoice%s", preview->draft_count,
                                    preview->draft_count == 1 ? "" : "s"));
    preview_decisions_print(&preview->decisions, arena);
    for (size_t i = 0; i < preview->draft_count; i++) {
        const struct invoice_explanation *draft = &preview->drafts[i];
        (void)printf("\ndraft \"%s\", %s\n", draft->invoice.draft_key,
                     tax_point_text(draft->invoice.lines, draft->invoice.line_count,
                                    draft->invoice.tax_point_on, arena));
        print_lines(arena, draft);
        for (size_t l = 0; l < draft->line_count; l++)
            print_references(arena, &draft->lines[l]);
        print_sums(arena, draft);
        coupon_reasons_print(&preview->reasons[i]);
    }
    for (size_t i = 0; i < preview->parked_count; i++)
        (void)printf("\nwould be parked: %s (%s)\n  %s\n  %s\n", preview->parked[i].item,
                     preview->parked[i].code, preview->parked[i].reason, preview->parked[i].hint);
    commitment_waits_print(&preview->commitments, arena);
    for (size_t i = 0; i < preview->mixed_count; i++)
        cli_remark(preview->session->cli,
                   "customer %s is charged in several currencies at once, by all prices of plan %s "
                   "(%s), for he has none of them: give the customer a currency to charge him in "
                   "it alone",
                   preview->mixed[i].customer, preview->mixed[i].plan,
                   preview->mixed[i].currencies);
    cli_remark(preview->session->cli, "a preview: nothing was kept");
}

/* ---------------------------------------------------------------- the command */

static bool read_options(struct cli *cli, int argc, char **argv, struct preview_options *options,
                         struct date *ret_until, struct error *err)
{
    struct cli_arguments arguments;
    const struct cli_option known[] = {
        {.name = "tenant", .text = &options->tenant},
        {.name = "period", .text = &options->period},
        {.name = "date",   .text = &options->date  },
    };
    if (!cli_parse(cli, &command_preview, argc, argv, known, ARRAY_LEN(known), &arguments, err))
        return false;
    if (arguments.count != 1 || (options->period == NULL) == (options->date == NULL)) {
        (void)error_run(err, EXIT_USAGE,
                        "preview needs one subscription and either --period or --date");
        return error_hint(err, "for example: billmill preview sub-0042 --period 2026-11");
    }
    options->subscription = arguments.items[0];
    return options->period != NULL
               ? business_key_parse(JOB_KEY_PERIOD, options->period, ret_until, err)
               : business_key_parse(JOB_KEY_DATE, options->date, ret_until, err);
}

static int run_preview(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct preview_options options = {0};
    CLEANUP(session_close) struct session session = {0};
    struct preview preview = {.session = &session, .options = &options};
    if (!read_options(cli, argc, argv, &options, &preview.until, &err) ||
        !session_open(cli, SESSION_WRITE, PREVIEW_JOB, &session, &err) ||
        !find_payer(&preview, &err) || !run_jobs(&preview, &err) || !load_result(&preview, &err))
        return cli_fail(cli, &err);
    if (cli->json)
        json_print(json_of_preview(&preview));
    else
        print_preview(&preview);
    return preview.parked_count > 0 ? EXIT_PARKED : EXIT_DONE;
}

const struct command command_preview = {
    .name = "preview",
    .arguments = "SUBSCRIPTION --period YYYY-MM | --date YYYY-MM-DD",
    .summary = "show the next invoice of a subscription's payer; nothing is kept",
    .help =
        "Runs corrections, period-advance, rating and tax for the payer alone and rolls "
        "everything\n"
        "back. The invoice covers all subscriptions that are billed together, and drafts that "
        "wait;\n"
        "decisions of his invoices that wait are carried out first, and what each does is said.\n\n"
        "Options:\n"
        "  --period YYYY-MM    as the close of that month would bill it\n"
        "  --date YYYY-MM-DD   as a daily run on that day would bill it\n"
        "  --tenant TENANT     where several tenants have that subscription\n\n"
        "Exit code 3 when something of it would be parked, 4 when a run is going on.\n\n"
        "JSON: subscription, payer, until, decisions (correction, invoice, action, on, result: "
        "done,\n"
        "parked or waived, currency, amount, to_customer: of a credit note what the invoice did "
        "not\n"
        "owe any more), drafts (each as in `explain`), parked (item, code, reason, hint),\n"
        "mixed_currencies (customer, plan, currencies: of whom all prices of a plan are "
        "charged),\n"
        "commitments_waiting (as in `status`).\n\n"
        "Examples:\n  billmill preview sub-0042 --period 2026-11\n"
        "  billmill preview sub-0042 --tenant acme --date 2026-11-15 --json\n",
    .run = run_preview,
};
