/* Payments that wait for their invoice: see waiting_payments.h. */
#include "core/cli/waiting_payments.h"

#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/stores/payment_store.h"

static const char *amount_of(struct arena *arena, const struct waiting_payment *payment)
{
    struct money amount = money_of_minor(payment->amount_minor, payment->currency);
    return arena_copy(arena, money_text(amount).text);
}

static void print_json(struct arena *arena, const struct waiting_payment *payments, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct waiting_payment *payment = &payments[i];
        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "tenant", payment->tenant,
                             "customer", payment->customer, "reference", payment->reference,
                             "invoice", payment->invoice, "gateway", payment->gateway, "currency",
                             payment->currency.code, "amount", amount_of(arena, payment), "at",
                             json_of_time(payment->at_us)));
    }
    json_print(json_pack("{s:o}", "waiting", array));
}

static void print_table(struct arena *arena, const struct waiting_payment *payments, size_t count)
{
    static const struct table_column columns[] = {
        {"payment",  TABLE_LEFT },
        {"customer", TABLE_LEFT },
        {"tenant",   TABLE_LEFT },
        {"invoice",  TABLE_LEFT },
        {"amount",   TABLE_RIGHT},
        {"currency", TABLE_LEFT },
        {"at",       TABLE_LEFT },
    };
    struct table table;
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < count; i++) {
        const char **cells = table_add_row(&table);
        cells[0] = payments[i].reference;
        cells[1] = payments[i].customer;
        cells[2] = payments[i].tenant;
        cells[3] = payments[i].invoice;
        cells[4] = amount_of(arena, &payments[i]);
        cells[5] = payments[i].currency.code;
        cells[6] = cell_of_instant(arena, payments[i].at_us);
    }
    table_print(&table, stdout);
}

bool waiting_payments_print(struct cli *cli, struct session *session, struct error *err)
{
    struct waiting_payment *payments = NULL;
    size_t count = 0;
    if (!payment_store_load_waiting(session->db, INT64_MAX, session->arena, &payments, &count, err))
        return false;
    if (cli->json)
        print_json(session->arena, payments, count);
    else if (count > 0)
        print_table(session->arena, payments, count);
    if (count == 0)
        cli_remark(cli, "no payment waits for its invoice");
    else
        cli_remark(cli, "the run that numbers the invoice is followed by payment-apply; where its "
                        "number is wrong, import a refund of it, and a payment with the right one");
    return true;
}
