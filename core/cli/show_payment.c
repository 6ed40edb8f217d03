/* A payment for people and as JSON: see show_payment.h. */
#include "core/cli/show_payment.h"

#include "core/base/text.h"
#include "core/cli/output.h"
#include "core/cli/table.h"
#include "core/stores/payment_account.h"
#include "jobs/refund_order.h"

struct shown_payment {
    struct payment_account account;
    int64_t under_way_minor; /* that is about to be given back, … */
    bool is_more_under_way;  /* … and that of one refund the request cannot be read */
    int64_t credit_minor;    /* of it and of its parts */
    int64_t unmatched_minor; /* no run has matched it yet */
};

static bool load(struct session *session, const char *reference, const char *tenant,
                 struct shown_payment *shown, struct error *err)
{
    struct payment_account *account = &shown->account;
    const struct refundable_payment *payment = &account->payment;
    if (!payment_account_load(session->db, tenant, reference, session->arena, account, err) ||
        !refund_orders_under_way(session->db, payment->tenant_id, &payment->reference, 1,
                                 session->arena, &shown->under_way_minor, &shown->is_more_under_way,
                                 err))
        return false;
    for (size_t i = 0; i < account->applied_count; i++)
        shown->credit_minor += account->applied[i].granted_minor;
    if (payment->invoice != NULL) /* it is among these itself */
        return true;
    shown->credit_minor += payment->granted_minor;
    if (account->applied_count == 0 && payment->granted_minor == 0)
        shown->unmatched_minor = payment->amount_minor - payment->refunded_minor;
    return true;
}

/* What it pays of that invoice. */
static int64_t pays_minor(const struct applied_payment *applied)
{
    if (applied->status == NULL)
        return 0;
    int64_t minor = applied->amount_minor - applied->refunded_minor - applied->granted_minor;
    return minor > 0 ? minor : 0;
}

/* ---------------------------------------------------------------- JSON */

static json_t *json_of_minor(const struct shown_payment *shown, int64_t minor)
{
    return json_string(money_text(money_of_minor(minor, shown->account.payment.currency)).text);
}

static json_t *json_of_applied(const struct shown_payment *shown)
{
    json_t *array = json_array();
    for (size_t i = 0; i < shown->account.applied_count; i++) {
        const struct applied_payment *applied = &shown->account.applied[i];
        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:s?, s:o, s:o, s:o, s:o}", "invoice", applied->invoice,
                             "reference", applied->reference, "status", applied->status, "amount",
                             json_of_minor(shown, applied->amount_minor), "refunded",
                             json_of_minor(shown, applied->refunded_minor), "credit",
                             json_of_minor(shown, applied->granted_minor), "pays",
                             json_of_minor(shown, pays_minor(applied))));
    }
    return array;
}

static json_t *json_of_refunds(const struct shown_payment *shown)
{
    json_t *array = json_array();
    for (size_t i = 0; i < shown->account.refund_count; i++) {
        const struct payment_given_back *refund = &shown->account.refunds[i];
        (void)json_array_append_new(array,
                                    json_pack("{s:s, s:o, s:o}", "reference", refund->reference,
                                              "amount", json_of_minor(shown, refund->amount_minor),
                                              "at", json_of_time(refund->at_us)));
    }
    return array;
}

static json_t *json_of_payment(const struct shown_payment *shown)
{
    const struct refundable_payment *payment = &shown->account.payment;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:o, s:o, s:o}",
        "tenant", payment->tenant, "customer", payment->customer, "reference", payment->reference,
        "gateway", payment->gateway, "currency", payment->currency.code, "amount",
        json_of_minor(shown, payment->amount_minor), "at", json_of_time(payment->at_us), "note",
        shown->account.note, "invoice", payment->invoice, "part_of", payment->part_of, "applied",
        json_of_applied(shown), "refunds", json_of_refunds(shown), "refunded",
        json_of_minor(shown, payment->refunded_minor), "to_be_refunded",
        shown->is_more_under_way ? json_null() : json_of_minor(shown, shown->under_way_minor),
        "credit", json_of_minor(shown, shown->credit_minor), "unmatched",
        json_of_minor(shown, shown->unmatched_minor));
}

/* ---------------------------------------------------------------- for people */

static void add(struct table *table, const struct shown_payment *shown, const char *what,
                int64_t minor, const char *who)
{
    const char **cells = table_add_row(table);
    cells[0] = what;
    cells[1] = arena_copy(table->arena,
                          money_text(money_of_minor(minor, shown->account.payment.currency)).text);
    cells[2] = who;
}

static void add_applied(struct table *table, const struct shown_payment *shown)
{
    for (size_t i = 0; i < shown->account.applied_count; i++) {
        const struct applied_payment *applied = &shown->account.applied[i];
        bool is_part = !text_equal(applied->reference, shown->account.payment.reference);
        if (applied->status == NULL)
            add(table, shown, "pays nothing", 0,
                arena_printf(table->arena, "the customer has no invoice %s in %s", applied->invoice,
                             shown->account.payment.currency.code));
        else
            add(table, shown, "pays", pays_minor(applied),
                arena_printf(table->arena, "invoice %s, %s%s%s", applied->invoice, applied->status,
                             is_part ? ", as " : "", is_part ? applied->reference : ""));
    }
}

static void print_payment(const struct shown_payment *shown, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"", TABLE_LEFT },
        {"", TABLE_RIGHT},
        {"", TABLE_LEFT },
    };
    const struct refundable_payment *payment = &shown->account.payment;
    struct table table;
    (void)printf("payment %s of customer %s of tenant %s\n  by %s at %s, in %s%s%s\n",
                 payment->reference, payment->customer, payment->tenant, payment->gateway,
                 cell_of_instant(arena, payment->at_us), payment->currency.code,
                 shown->account.note == NULL ? "" : ": ", text_or_empty(shown->account.note));
    if (payment->part_of != NULL)
        (void)printf("  a part of payment %s\n", payment->part_of);
    (void)printf("\n");
    table_start(&table, arena, columns, ARRAY_LEN(columns));
    table.indent = "  ";
    add(&table, shown, "paid", payment->amount_minor, NULL);
    add_applied(&table, shown);
    if (shown->credit_minor > 0)
        add(&table, shown, "a credit", shown->credit_minor,
            arena_printf(arena, "of the customer: `billmill show credits %s`", payment->customer));
    if (shown->unmatched_minor > 0)
        add(&table, shown, "not matched", shown->unmatched_minor,
            "to an invoice: the next payment-match does it");
    for (size_t i = 0; i < shown->account.refund_count; i++) {
        const struct payment_given_back *refund = &shown->account.refunds[i];
        add(&table, shown, "given back", refund->amount_minor,
            arena_printf(arena, "%s at %s", refund->reference,
                         cell_of_instant(arena, refund->at_us)));
    }
    if (shown->under_way_minor > 0)
        add(&table, shown, "to be given back", shown->under_way_minor,
            "`billmill effects list --kind refund`");
    if (shown->is_more_under_way) {
        const char **cells = table_add_row(&table);
        cells[0] = "to be given back";
        cells[1] = "?";
        cells[2] = "its request cannot be read: `billmill effects list --kind refund`";
    }
    table_print(&table, stdout);
}

bool show_payment(struct session *session, const char *reference, const char *tenant, bool json,
                  struct error *err)
{
    struct shown_payment shown = {0};
    if (!load(session, reference, tenant, &shown, err))
        return false;
    if (json)
        json_print(json_of_payment(&shown));
    else
        print_payment(&shown, session->arena);
    return true;
}
