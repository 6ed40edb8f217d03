/* payments: where payment gateways and the payments that are here differ. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/stores/reconcile_store.h"

static const char *amount_text(struct arena *arena, int64_t minor, struct currency currency)
{
    if (minor == DB_I64_NONE)
        return NULL;
    if (currency.code[0] == '\0')
        return "?";
    return arena_copy(arena, money_text(money_of_minor(minor, currency)).text);
}

/* What a person can do about it. */
static const char *advice_on(const char *what)
{
    static const struct {
        const char *what, *advice;
    } all[] = {
        {"undecided",      "`billmill run dispatch` asks; a held one: `billmill effects show`"},
        {"not_here",       "import the payment, or give it back there"                        },
        {"not_there",      "not known to the gateway: a wrong reference, or another account"  },
        {"not_paid_there", "the gateway has not got the money: look there"                    },
        {"currency",       "the gateway has another currency: look there"                     },
        {"amount",         "the gateway has another amount: look there"                       },
        {"refunded_there", "import the refund"                                                },
        {"refunded_here",  "the gateway has given back less: look there"                      },
        {"disputed",       "the payer wants it back: answer there"                            },
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (text_equal(all[i].what, what))
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
        cells[7] = advice_on(row->what);
    }
    table_print(&table, stdout);
}

static int run_payments(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    const char *gateway = NULL;
    struct difference_row *rows = NULL;
    struct statement_row *statements = NULL;
    size_t count = 0, statement_count = 0;
    const struct cli_option known[] = {
        {.name = "gateway", .text = &gateway},
    };
    CLEANUP(session_close) struct session session = {0};
    if (!cli_parse(cli, &command_payments, argc, argv, known, ARRAY_LEN(known), &arguments, &err))
        return cli_fail(cli, &err);
    if (arguments.count > 1 ||
        (arguments.count == 1 && !text_equal(arguments.items[0], "differences"))) {
        (void)error_run(&err, EXIT_USAGE, "payments knows differences only");
        return cli_fail(cli, &err);
    }
    if (!session_open(cli, SESSION_READ, "payments", &session, &err) ||
        !reconcile_store_load_differences(session.db, text_or_empty(gateway), cli->arena, &rows,
                                          &count, &err) ||
        !reconcile_store_load_statements(session.db, text_or_empty(gateway), cli->arena,
                                         &statements, &statement_count, &err))
        return cli_fail(cli, &err);
    if (cli->json) {
        json_t *array = json_array();
        for (size_t i = 0; i < count; i++)
            (void)json_array_append_new(array, json_of(cli->arena, &rows[i]));
        json_print(json_pack("{s:o}", "differences", array));
    } else if (count > 0)
        print_differences(cli->arena, rows, count);
    if (statement_count == 0)
        cli_remark(cli, "no gateway was asked yet: `billmill run payment-reconcile --date …` does");
    else if (count == 0)
        cli_remark(cli, "what gateways have is what is here, as of %s",
                   date_text(statements[statement_count - 1].until_on).text);
    return count > 0 ? EXIT_PARKED : EXIT_DONE;
}

const struct command command_payments = {
    .name = "payments",
    .arguments = "[differences] [--gateway NAME]",
    .summary = "show where payment gateways and the payments here differ",
    .help =
        "By what `run payment-reconcile` was told last; a difference that is gone is not shown.\n"
        "Exit code 3 when there are any.\n\n"
        "  undecided        paid there; the charge is to be asked for, or held, here\n"
        "  not_here         paid there, and no payment here\n"
        "  not_there        a payment here that the gateway does not have\n"
        "  not_paid_there   a payment here that failed there, or is not decided\n"
        "  amount, currency another one there\n"
        "  refunded_there   more was given back there than here; refunded_here: less\n"
        "  disputed         the payer wants it back\n\n"
        "Options:\n"
        "  --gateway NAME   of this one only\n\n"
        "JSON: differences (gateway, reference, difference, tenant, customer, invoice, effect, "
        "key,\n"
        "status, there_currency, there, there_refunded, here_currency, here, here_refunded,\n"
        "found_on).\n\n"
        "Examples:\n  billmill payments\n  billmill payments --gateway stripe --json\n",
    .run = run_payments,
};
