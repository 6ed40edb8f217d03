/* refund: money of a payment is to be given back through the gateway that has it. */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/session.h"
#include "jobs/refund_order.h"

static void say_ordered(const struct cli *cli, const struct refund_order *order,
                        const struct refund_ordered *ordered)
{
    const char *currency = ordered->amount.currency.code;
    if (cli->json) {
        json_print(json_pack("{s:s, s:s, s:s, s:o, s:I, s:s, s:o, s:s, s:o, s:s, s:b}", "tenant",
                             ordered->payment.tenant, "payment", ordered->payment.reference,
                             "customer", ordered->payment.customer, "invoice",
                             json_of_text(ordered->payment.invoice), "number",
                             (json_int_t)order->number, "effect", ordered->effect_key, "amount",
                             json_string(money_text(ordered->amount).text), "currency", currency,
                             "left", json_string(money_text(ordered->left).text), "state",
                             ordered->state, "new", (int)ordered->is_new));
        return;
    }
    (void)printf("%s: %s %s of %s, %s\n", ordered->effect_key, money_text(ordered->amount).text,
                 currency, ordered->payment.reference,
                 ordered->is_new ? "to be given back" : ordered->state);
    if (ordered->is_new)
        cli_remark(cli, "the next `billmill run dispatch` sends it; %s %s may still be given back",
                   money_text(ordered->left).text, currency);
    else if (!text_equal(ordered->state, "failed"))
        cli_remark(cli, "it was asked for before, and is not asked for again");
}

/* One that failed is over, and gives nothing back. */
static bool has_failed(const struct refund_order *order, const struct refund_ordered *ordered,
                       struct error *err)
{
    if (ordered->is_new || !text_equal(ordered->state, "failed"))
        return false;
    (void)error_run(err, EXIT_USAGE, "%s failed, and gives nothing back", ordered->effect_key);
    (void)error_hint(err,
                     "`billmill effects show %s` says why; another one has the next number: "
                     "--number %" PRId64,
                     ordered->effect_key, order->number + 1);
    return true;
}

static bool check_order(const struct cli_arguments *arguments, const char *on,
                        struct refund_order *order, struct error *err)
{
    if (arguments->count != 1) {
        (void)error_run(err, EXIT_USAGE, "refund needs one payment");
        return error_hint(err, "its gateway_reference, as `billmill show invoice` has it");
    }
    order->payment = arguments->items[0];
    if (text_is_empty(order->reason)) {
        (void)error_run(err, EXIT_USAGE, "a reason is needed: it stays in the audit log");
        return error_hint(err, "add --reason \"why\"");
    }
    if (order->number < 1)
        return error_run(err, EXIT_USAGE, "--number counts from 1");
    if (on == NULL)
        return error_run(err, EXIT_USAGE, "refund needs the day: --date YYYY-MM-DD");
    struct error why = {0};
    return date_parse(on, &order->on, &why) ||
           error_run(err, EXIT_USAGE, "--date: %s", why.message);
}

static int run_refund(struct cli *cli, int argc, char **argv)
{
    struct error err = {0};
    struct cli_arguments arguments;
    struct refund_order order = {.number = 1};
    struct refund_ordered ordered;
    const char *on = NULL;
    const struct cli_option known[] = {
        {.name = "amount", .text = &order.amount  },
        {.name = "reason", .text = &order.reason  },
        {.name = "tenant", .text = &order.tenant  },
        {.name = "date",   .text = &on            },
        {.name = "number", .number = &order.number},
    };
    CLEANUP(session_close) struct session session = {0};
    if (!cli_parse(cli, &command_refund, argc, argv, known, ARRAY_LEN(known), &arguments, &err) ||
        !check_order(&arguments, on, &order, &err) ||
        !session_open(cli, SESSION_WRITE, "refund", &session, &err) ||
        !refund_order(&session.engine, &order, cli->arena, &ordered, &err))
        return cli_fail(cli, &err);
    say_ordered(cli, &order, &ordered);
    return has_failed(&order, &ordered, &err) ? cli_fail(cli, &err) : EXIT_DONE;
}

const struct command command_refund = {
    .name = "refund",
    .arguments = "PAYMENT --date YYYY-MM-DD --reason TEXT [--amount AMOUNT]",
    .summary = "give money of a payment back, through its gateway",
    .help =
        "What is asked for is an effect, which `run dispatch` sends; when the gateway has done "
        "it,\n"
        "it is a refund like one that was imported, and payment-apply sees to the invoice. Never\n"
        "more than was paid and is neither given back, nor about to be, nor a credit of the\n"
        "customer. Where something that was paid of its invoices is a credit already, by "
        "whichever\n"
        "payment or credit note, only what was paid too much of them besides. Asked for again "
        "with\n"
        "the same number, it is the same refund; where that has failed, the exit code is 64.\n\n"
        "Options:\n"
        "  --amount AMOUNT      a part of it; otherwise all that is left\n"
        "  --number N           the N-th refund of this payment (1)\n"
        "  --reason TEXT        why; it stays in the audit log\n"
        "  --date YYYY-MM-DD    the day\n"
        "  --tenant TENANT      where several tenants have a payment of that reference\n\n"
        "JSON: tenant, payment, customer, invoice, number, effect, amount, currency, left (that "
        "may\n"
        "still be given back), state, new.\n\n"
        "Examples:\n"
        "  billmill refund pi_3Nq --date 2026-12-01 --amount 19.00 --reason \"ticket 4711\"\n"
        "  billmill refund pi_3Nq --date 2026-12-02 --number 2 --reason \"the rest too\"\n",
    .run = run_refund,
};
