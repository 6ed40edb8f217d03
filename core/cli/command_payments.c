/* payments: where payment gateways and the payments that are here differ; what of that a person
 * closes. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/cli/waiting_payments.h"
#include "core/engine/audit.h"
#include "core/outside/gateway.h"
#include "core/stores/reconcile_store.h"

struct payments_options {
    const char *gateway, *reason;
    bool all;
    const char *const *references; /* what was named */
    size_t reference_count;
};

static const char *amount_text(struct arena *arena, int64_t minor, struct currency currency)
{
    if (minor == DB_I64_NONE)
        return NULL;
    if (currency.code[0] == '\0')
        return "?";
    return arena_copy(arena, money_text(money_of_minor(minor, currency)).text);
}

/* What a person can do about it, or has. */
static const char *advice_on(const struct difference_row *row, struct arena *arena)
{
    static const struct {
        const char *what, *advice;
    } all[] = {
        {"undecided",      "`billmill run dispatch` asks; a held one: `billmill effects show`"},
        {"not_there",      "not known to the gateway: a wrong reference, or another account"  },
        {"not_paid_there", "the gateway has not got the money: look there"                    },
        {"currency",       "the gateway has another currency: look there"                     },
        {"amount",         "the gateway has another amount: look there"                       },
        {"refunded_there", "import the refund"                                                },
        {"refunded_here",  "the gateway has given back less: look there"                      },
        {"disputed",       "the payer wants it back: answer there"                            },
    };
    if (row->accepted != NULL)
        return arena_printf(arena, "accepted: %s", row->accepted);
    if (text_equal(row->what, "not_here"))
        return arena_printf(arena, "import it, with gateway %s, or give it back there",
                            row->gateway);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (text_equal(all[i].what, row->what))
            return all[i].advice;
    return "";
}

static void set(json_t *object, const char *name, const char *value)
{
    (void)json_object_set_new(object, name, json_of_text(value));
}

static const char *code_of(const struct currency *currency)
{
    return currency->code[0] == '\0' ? NULL : currency->code;
}

static json_t *json_of(struct arena *arena, const struct difference_row *row)
{
    json_t *object = json_object();
    struct currency there = row->there_currency, here = row->here_currency;
    set(object, "gateway", row->gateway);
    set(object, "reference", row->reference);
    set(object, "difference", row->what);
    set(object, "tenant", row->tenant);
    set(object, "customer", row->customer);
    set(object, "invoice", row->invoice);
    set(object, "effect", row->effect_key);
    set(object, "key", row->payment_key);
    set(object, "status", row->status);
    set(object, "there_currency", code_of(&row->there_currency));
    set(object, "there", amount_text(arena, row->there_minor, there));
    set(object, "there_refunded", amount_text(arena, row->there_refunded_minor, there));
    set(object, "here_currency", code_of(&row->here_currency));
    set(object, "here", amount_text(arena, row->here_minor, here));
    set(object, "here_refunded", amount_text(arena, row->here_refunded_minor, here));
    set(object, "found_on", arena_copy(arena, date_text(row->found_on).text));
    set(object, "accepted", row->accepted);
    return object;
}

static const char *pair_text(struct arena *arena, int64_t minor, int64_t refunded_minor,
                             struct currency currency)
{
    const char *amount = amount_text(arena, minor, currency);
    if (amount == NULL)
        return "-";
    if (refunded_minor == 0 || refunded_minor == DB_I64_NONE)
        return arena_printf(arena, "%s %s", amount, currency.code);
    return arena_printf(arena, "%s less %s %s", amount,
                        amount_text(arena, refunded_minor, currency), currency.code);
}

static void print_differences(struct arena *arena, const struct difference_row *rows, size_t count)
{
    static const struct table_column columns[] = {
        {"gateway",    TABLE_LEFT },
        {"payment",    TABLE_LEFT },
        {"difference", TABLE_LEFT },
        {"there",      TABLE_RIGHT},
        {"here",       TABLE_RIGHT},
        {"invoice",    TABLE_LEFT },
        {"since",      TABLE_LEFT },
        {"what to do", TABLE_LEFT },
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const struct difference_row *row = &rows[i];
        const char **cells = table_add_row(&table);
        cells[0] = row->gateway;
        cells[1] = row->reference;
        cells[2] = row->what;
        cells[3] =
            pair_text(arena, row->there_minor, row->there_refunded_minor, row->there_currency);
        cells[4] = pair_text(arena, row->here_minor, row->here_refunded_minor, row->here_currency);
        cells[5] = cell_of_text(row->effect_key != NULL ? row->effect_key : row->invoice);
        cells[6] = arena_copy(arena, date_text(row->found_on).text);
        cells[7] = advice_on(row, arena);
    }
    table_print(&table, stdout);
}

/* ---------------------------------------------------------------- shown */

static size_t leave_open(struct difference_row *rows, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].accepted == NULL)
            rows[left++] = rows[i];
    return left;
}

static int list_differences(struct cli *cli, const struct payments_options *options)
{
    struct error err = {0};
    const char *gateway = text_or_empty(options->gateway);
    struct difference_row *rows = NULL;
    struct statement_row *statements = NULL;
    size_t count = 0, statement_count = 0, open = 0;
    CLEANUP(session_close) struct session session = {0};
    if (options->gateway != NULL && gateway_find(gateway) == NULL) {
        (void)error_run(&err, EXIT_USAGE, "there is no gateway '%s'", gateway);
        (void)error_hint(&err, "gateways are stripe, razorpay and mercadopago");
        return cli_fail(cli, &err);
    }
    if (!session_open(cli, SESSION_READ, "payments", &session, &err) ||
        !reconcile_store_load_differences(session.db, gateway, cli->arena, &rows, &count, &err) ||
        !reconcile_store_load_statements(session.db, gateway, cli->arena, &statements,
                                         &statement_count, &err))
        return cli_fail(cli, &err);
    for (size_t i = 0; i < count; i++)
        open += rows[i].accepted == NULL;
    if (!options->all)
        count = leave_open(rows, count);
    if (cli->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < count; i++)
            (void)json_array_append_new(array, json_of(cli->arena, &rows[i]));
        json_print(json_pack("{s:o}", "differences", array));
    } else if (count > 0)
        print_differences(cli->arena, rows, count);
    if (statement_count == 0)
        cli_remark(cli, "no gateway was asked yet: `billmill run payment-reconcile --date …` does");
    else if (open == 0)
        cli_remark(cli, "what gateways have is what is here, or was accepted, as of %s",
                   date_text(statements[statement_count - 1].until_on).text);
    return open > 0 ? EXIT_PARKED : EXIT_DONE;
}

static int list_waiting(struct cli *cli)
{
    struct error err = {0};
    CLEANUP(session_close) struct session session = {0};
    return session_open(cli, SESSION_READ, "payments waiting", &session, &err) &&
                   waiting_payments_print(cli, &session, &err)
               ? EXIT_DONE
               : cli_fail(cli, &err);
}

/* ---------------------------------------------------------------- closed */

static bool refuse_reference(const char *reference, const char *gateway, struct error *err)
{
    if (gateway != NULL) {
        (void)error_run(err, EXIT_USAGE, "several gateways have a payment %s that differs",
                        reference);
        return error_hint(err, "say which: --gateway %s", gateway);
    }
    (void)error_run(err, EXIT_USAGE, "no payment %s differs", reference);
    return error_hint(err, "`billmill payments` shows those that do");
}

/* All that differs of one payment. In the open transaction. */
static bool accept(const struct engine *engine, const struct difference_row *rows, size_t count,
                   const char *reference, const char *reason, struct arena *arena,
                   struct error *err)
{
    const char *gateway = NULL;
    const char *what = "";
    for (size_t i = 0; i < count; i++) {
        if (!text_equal(rows[i].reference, reference))
            continue;
        if (gateway != NULL && !text_equal(gateway, rows[i].gateway))
            return refuse_reference(reference, gateway, err);
        gateway = rows[i].gateway;
        what = arena_printf(arena, "%s%s%s", what, what[0] == '\0' ? "" : ", ", rows[i].what);
    }
    if (gateway == NULL)
        return refuse_reference(reference, NULL, err);
    if (!reconcile_store_accept(engine->db, gateway, reference, reason, err))
        return error_context(err, "accepting what differs of %s", reference);
    return audit_add(engine, "accept difference",
                     arena_printf(arena, "%s %s (%s)", gateway, reference, what), reason, err);
}

static bool accept_all(const struct engine *engine, const struct payments_options *options,
                       struct arena *arena, struct error *err)
{
    struct difference_row *rows = NULL;
    size_t count = 0;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, engine->db, err) ||
        !reconcile_store_load_differences(engine->db, text_or_empty(options->gateway), arena, &rows,
                                          &count, err))
        return false;
    for (size_t i = 0; i < options->reference_count; i++)
        if (!accept(engine, rows, count, options->references[i], options->reason, arena, err))
            return false;
    return tx_commit(&tx, err);
}

static int accept_differences(struct cli *cli, const struct payments_options *options)
{
    struct error err = {0};
    CLEANUP(session_close) struct session session = {0};
    if (!session_open(cli, SESSION_WRITE, "payments accept", &session, &err) ||
        !accept_all(&session.engine, options, cli->arena, &err))
        return cli_fail(cli, &err);
    json_t *array = json_array();
    for (size_t i = 0; i < options->reference_count; i++) {
        (void)json_array_append_new(array, json_string(options->references[i]));
        if (!cli->json)
            (void)printf("%s: accepted\n", options->references[i]);
    }
    if (cli->json)
        json_print(json_pack("{s:O}", "accepted", array));
    json_decref(array);
    cli_remark(cli, "told again when it is another difference; --all shows what was accepted");
    return EXIT_DONE;
}

/* ---------------------------------------------------------------- the command */

static bool check_acceptance(const struct payments_options *options, struct error *err)
{
    if (options->reference_count == 0) {
        (void)error_run(err, EXIT_USAGE, "payments accept needs the reference of a payment");
        return error_hint(err, "`billmill payments` shows them");
    }
    if (!text_is_empty(options->reason))
        return true;
    (void)error_run(err, EXIT_USAGE, "a reason is needed: it stays in the audit log");
    return error_hint(err, "add --reason \"why\"");
}

static int run_payments(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct payments_options options = {0};
    const struct cli_option known[] = {
        {.name = "gateway", .text = &options.gateway},
        {.name = "reason",  .text = &options.reason },
        {.name = "all",     .flag = &options.all    },
    };
    if (!cli_parse(cli, &command_payments, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    const char *action = arguments.count == 0 ? "differences" : arguments.items[0];
    options.references = arguments.items + 1;
    options.reference_count = arguments.count == 0 ? 0 : arguments.count - 1;
    if (text_equal(action, "differences") && options.reference_count == 0)
        return list_differences(cli, &options);
    if (text_equal(action, "waiting") && options.reference_count == 0)
        return list_waiting(cli);
    if (text_equal(action, "accept"))
        return check_acceptance(&options, &err) ? accept_differences(cli, &options)
                                                : cli_fail(cli, &err);
    (void)error_run(&err, EXIT_USAGE, "payments does not know '%s'",
                    options.reference_count > 0 ? options.references[0] : action);
    (void)error_hint(&err, "it knows differences, waiting and accept");
    return cli_fail(cli, &err);
}

const struct command command_payments = {
    .name = "payments",
    .arguments = "[differences | waiting | accept REF…] [--gateway NAME]",
    .summary = "show where payment gateways and the payments here differ; close what is known",
    .help =
        "By what `run payment-reconcile` was told last; a difference that is gone is not shown.\n"
        "Exit code 3 when there are any that nobody has accepted.\n\n"
        "  undecided        paid there; the charge is to be asked for, or held, here\n"
        "  not_here         paid there, and no payment here; it is imported with that gateway\n"
        "  not_there        a payment here that the gateway does not have\n"
        "  not_paid_there   a payment here that failed there, or is not decided\n"
        "  amount, currency another one there\n"
        "  refunded_there   more was given back there than here, or lost; refunded_here: less\n"
        "  disputed         the payer wants it back, and that is not decided\n\n"
        "  accept     what differs of these payments is known and stays so: they are not asked\n"
        "             for by themselves any more, and told again when the difference is another\n\n"
        "  waiting    the payments that name an invoice which their customer does not have, in\n"
        "             that currency: they pay it as soon as it is there\n\n"
        "Options:\n"
        "  --gateway NAME   of this one only\n"
        "  --all            what was accepted too\n"
        "  --reason TEXT    accept: why; it stays in the audit log\n\n"
        "JSON: differences (gateway, reference, difference, tenant, customer, invoice, effect, "
        "key,\n"
        "status, there_currency, there, there_refunded, here_currency, here, here_refunded,\n"
        "found_on, accepted: why, or null); of accept: accepted (references);\n"
        "of waiting: waiting (tenant, customer, reference, invoice, gateway, currency, amount, "
        "at).\n\n"
        "Examples:\n  billmill payments\n  billmill payments --gateway stripe --json\n"
        "  billmill payments accept pi_3Nq --reason \"of the web shop\"\n",
    .run = run_payments,
};
