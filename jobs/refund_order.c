/* Refunds that people ask for: see refund_order.h. */
#include "jobs/refund_order.h"

#include <inttypes.h>

#include "core/base/text.h"
#include "core/calendar/zone.h"
#include "core/engine/audit.h"
#include "core/engine/chunk.h"
#include "core/engine/effect.h"
#include "core/stores/payment_match_store.h"
#include "jobs/overpayment.h"

bool refund_orders_under_way(struct db *db, int64_t tenant_id, const char *const *payments,
                             size_t count, struct arena *arena, int64_t *ret_minor,
                             bool *ret_unreadable, struct error *err)
{
    const char **lanes = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    struct refund_under_way *refunds = NULL;
    size_t refund_count = 0;
    for (size_t i = 0; i < count; i++) {
        lanes[i] = refund_lane(payments[i], arena);
        ret_minor[i] = 0;
        if (ret_unreadable != NULL)
            ret_unreadable[i] = false;
    }
    if (!refund_store_under_way(db, tenant_id, lanes, count, arena, &refunds, &refund_count, err))
        return false;
    for (size_t i = 0; i < refund_count; i++) {
        const struct asked_refund *refund = &refunds[i].refund;
        struct refund_request request;
        const struct effect_out effect = {.effect_key = refund->effect_key,
                                          .kind = REFUND_KIND,
                                          .request = refund->request.data,
                                          .request_size = refund->request.size};
        struct error unreadable = {0};
        if (refund_request_read(&effect, arena, &request, &unreadable)) {
            ret_minor[refunds[i].place] += money_minor(request.amount);
        } else if (ret_unreadable != NULL) {
            ret_unreadable[refunds[i].place] = true;
        } else {
            *err = unreadable;
            return false;
        }
    }
    return true;
}

static const char *whole_of(const struct invoice_payment *payment)
{
    return payment->part_of != NULL ? payment->part_of : payment->reference;
}

static void fill_under_way(struct invoice_payment *payment, int64_t under_way_minor,
                           int64_t to_undo_minor)
{
    payment->under_way_minor = under_way_minor;
    if (payment->part_of != NULL)
        payment->under_way_minor = payment->kept_minor < under_way_minor + to_undo_minor
                                       ? payment->kept_minor
                                       : under_way_minor + to_undo_minor;
}

bool refund_orders_of_invoices(struct db *db, int64_t tenant_id, struct paid_invoice *invoices,
                               size_t count, struct arena *arena, struct error *err)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += invoices[i].payment_count;
    const char **wholes = ARENA_NEW_ARRAY(arena, const char *, all + 1);
    int64_t *under_way = ARENA_NEW_ARRAY(arena, int64_t, all + 1);
    int64_t *to_undo = ARENA_NEW_ARRAY(arena, int64_t, all + 1);
    bool *unreadable = ARENA_NEW_ARRAY(arena, bool, all + 1);
    size_t place = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < invoices[i].payment_count; k++)
            wholes[place++] = whole_of(&invoices[i].payments[k]);
    if (!refund_orders_under_way(db, tenant_id, wholes, all, arena, under_way, unreadable, err) ||
        !payment_match_load_to_undo(db, tenant_id, wholes, all, arena, to_undo, err))
        return false;
    place = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < invoices[i].payment_count; k++, place++)
            if (unreadable[place])
                invoices[i].payments[k].under_way_minor = invoices[i].payments[k].kept_minor;
            else
                fill_under_way(&invoices[i].payments[k], under_way[place], to_undo[place]);
    return true;
}

/* ---------------------------------------------------------------- what may be given back */

static bool refuse(struct error *err, const char *hint)
{
    return error_hint(err, "%s", hint);
}

static bool check_payment(const struct refundable_payment *payment, struct error *err)
{
    if (payment->part_of != NULL) {
        (void)error_run(err, EXIT_USAGE, "%s is a part of payment %s", payment->reference,
                        payment->part_of);
        return refuse(err, "name the payment that was received: its parts follow");
    }
    if (text_equal(payment->gateway, "manual")) {
        (void)error_run(err, EXIT_USAGE, "%s was paid by hand: no gateway can give it back",
                        payment->reference);
        return refuse(err, "let the bank do it, and import a refund record with its reference");
    }
    return true;
}

/* Wherever on earth: a day earlier than that of UTC. */
static bool check_day(const struct refund_order *order, const struct refundable_payment *payment,
                      struct error *err)
{
    struct date paid_on = zone_local_date(zone_utc(), payment->at_us);
    struct date earliest;
    if (!date_add_days(paid_on, -1, &earliest, err))
        return false;
    if (date_compare(order->on, earliest) >= 0)
        return true;
    (void)error_run(err, EXIT_USAGE, "%s was paid on %s, which is behind %s", payment->reference,
                    date_text(paid_on).text, date_text(order->on).text);
    return refuse(err, "--date is the day on which it is to be given back");
}

/* What of a payment may be given back. */
struct room {
    struct money left;
    const char *credited; /* the invoice whose money is a credit already; NULL: of none it is */
    struct money credit;
};

static int64_t under_way_of_others(const struct paid_invoice *invoice, const char *payment)
{
    int64_t minor = 0;
    for (size_t i = 0; i < invoice->payment_count; i++)
        if (!text_equal(whole_of(&invoice->payments[i]), payment))
            minor += invoice->payments[i].under_way_minor;
    return minor;
}

static bool is_paid_by(const struct paid_invoice *invoice, const char *payment)
{
    for (size_t i = 0; i < invoice->payment_count; i++)
        if (text_equal(whole_of(&invoice->payments[i]), payment))
            return true;
    return false;
}

/* Rule 1: where money of an invoice is a credit, only what is paid too much besides. What is given
 * back comes from `behind_minor` of other parts first. */
static bool narrow(const struct paid_invoice *invoice, const char *payment, int64_t behind_minor,
                   struct arena *arena, struct room *room, struct error *err)
{
    struct overpayment paid;
    struct money spare;
    int32_t order = 0;
    if (invoice->of == NULL || !is_paid_by(invoice, payment))
        return true;
    if (!overpayment_of(invoice, arena, &paid, err))
        return false;
    if (money_sign(paid.given) <= 0)
        return true;
    struct money others =
        money_of_minor(under_way_of_others(invoice, payment), paid.given.currency);
    if (!money_subtract(paid.too_much, paid.given, &spare, err) ||
        !money_subtract(spare, others, &spare, err))
        return false;
    if (money_sign(spare) < 0)
        spare = money_zero(spare.currency);
    if (!money_add(spare, money_of_minor(behind_minor, spare.currency), &spare, err) ||
        !money_compare(spare, room->left, &order, err))
        return false;
    if (order < 0)
        *room = (struct room){.left = spare, .credited = invoice->number, .credit = paid.given};
    return true;
}

static bool narrow_all(struct db *db, const struct refundable_payment *payment,
                       int64_t under_way_minor, struct arena *arena, struct room *room,
                       struct error *err)
{
    enum rounding rounding;
    struct refundable_part *parts = NULL;
    struct paid_invoice *invoices = NULL;
    size_t count = 0;
    if (!rounding_parse(payment->rounding, &rounding, err) ||
        !refund_store_parts(db, payment, arena, &parts, &count, err))
        return false;
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        numbers[i] = parts[i].invoice;
    if (!payment_store_find(db, payment->tenant_id, numbers, count, rounding, arena, &invoices,
                            err) ||
        !refund_orders_of_invoices(db, payment->tenant_id, invoices, count, arena, err))
        return false;
    int64_t behind_minor = -under_way_minor;
    for (size_t i = count; i-- > 0; behind_minor += parts[i].kept_minor)
        if (!narrow(&invoices[i], payment->reference, behind_minor, arena, room, err))
            return false;
    return true;
}

/* own_minor: of what is under way that for which there is to be room. */
static bool find_room(struct db *db, const struct refundable_payment *payment, int64_t own_minor,
                      struct arena *arena, struct room *ret_room, struct error *err)
{
    int64_t under_way = 0;
    int64_t to_undo = 0;
    const char *const payments[] = {payment->reference};
    if (!refund_orders_under_way(db, payment->tenant_id, payments, 1, arena, &under_way, NULL,
                                 err) ||
        !payment_match_load_to_undo(db, payment->tenant_id, payments, 1, arena, &to_undo, err))
        return false;
    under_way -= own_minor;
    *ret_room =
        (struct room){.left = money_of_minor(payment->amount_minor - payment->refunded_minor -
                                                 payment->granted_minor - under_way,
                                             payment->currency),
                      .credit = money_of_minor(payment->granted_minor, payment->currency)};
    return narrow_all(db, payment, under_way + to_undo, arena, ret_room, err);
}

bool refund_order_left(struct db *db, const struct refundable_payment *payment, struct money own,
                       struct arena *arena, struct money *ret_left, struct error *err)
{
    struct room room;
    if (!find_room(db, payment, money_minor(own), arena, &room, err))
        return false;
    *ret_left = room.left;
    return true;
}

static bool refuse_amount(const struct refundable_payment *payment, const struct room *room,
                          struct money amount, struct error *err)
{
    struct money left = money_sign(room->left) > 0 ? room->left : money_zero(room->left.currency);
    (void)error_run(err, EXIT_USAGE, "%s %s of %s may be given back, not %s", money_text(left).text,
                    payment->currency.code, payment->reference, money_text(amount).text);
    if (room->credited != NULL)
        return error_hint(err, "%s of what was paid of %s is a credit of customer %s already",
                          money_text(room->credit).text, room->credited, payment->customer);
    if (money_sign(room->credit) > 0)
        return error_hint(err, "%s of it is a credit of customer %s already",
                          money_text(room->credit).text, payment->customer);
    return refuse(err, "what was given back before, or is about to be, is off that");
}

static bool find_amount(const struct refund_order *order, const struct refundable_payment *payment,
                        const struct room *room, struct money *ret_amount, struct error *err)
{
    int32_t more = 0;
    *ret_amount = room->left;
    if (order->amount != NULL && !money_parse(order->amount, payment->currency, ret_amount, err)) {
        err->kind = ERROR_RUN;
        err->exit_code = EXIT_USAGE;
        return false;
    }
    if (!money_compare(*ret_amount, room->left, &more, err))
        return false;
    return (money_sign(*ret_amount) > 0 && more <= 0) ||
           refuse_amount(payment, room, *ret_amount, err);
}

/* ---------------------------------------------------------------- asking for it */

/* Rule 2. */
static bool find_earlier(struct db *db, const struct refund_order *order, struct arena *arena,
                         struct refund_ordered *ordered, bool *ret_found, struct error *err)
{
    struct asked_refund refund;
    struct refund_request request;
    struct money amount;
    if (!refund_store_asked(db, ordered->payment.tenant_id, ordered->effect_key, arena, &refund,
                            ret_found, err))
        return false;
    if (!*ret_found)
        return true;
    const struct effect_out effect = {.effect_key = refund.effect_key,
                                      .kind = REFUND_KIND,
                                      .request = refund.request.data,
                                      .request_size = refund.request.size};
    if (!refund_request_read(&effect, arena, &request, err))
        return false;
    ordered->state = refund.state;
    ordered->amount = request.amount;
    if (order->amount == NULL)
        return true;
    if (money_parse(order->amount, ordered->payment.currency, &amount, err) &&
        money_equal(amount, request.amount))
        return true;
    (void)error_run(err, EXIT_USAGE, "refund %" PRId64 " of %s is over %s %s, and %s",
                    order->number, order->payment, money_text(request.amount).text,
                    request.amount.currency.code, refund.state);
    return error_hint(err, "another refund of that payment has another --number");
}

static bool intend(const struct engine *engine, const struct refund_order *order,
                   const struct refund_ordered *ordered, struct arena *arena, struct error *err)
{
    static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD};
    const struct job job = {
        .name = REFUND_KIND, .tables = tables, .table_count = ARRAY_LEN(tables)};
    CLEANUP(arena_destroy) struct arena *scratch = arena_create("refund", arena_cap(arena));
    struct id_block ids = {.db = engine->db};
    struct chunk chunk;
    chunk_init(&chunk, &job, arena, scratch, &ids);
    refund_intend(&chunk, ordered->payment.tenant_id, ordered->payment.gateway,
                  &(struct refund_request){.tenant = ordered->payment.tenant,
                                           .payment = ordered->payment.reference,
                                           .refund = order->number,
                                           .invoice = ordered->payment.invoice,
                                           .amount = ordered->amount},
                  order->on);
    for (size_t i = 0; i < chunk.table_count; i++)
        if (!bulk_write(engine->db, chunk.tables[i].table, chunk.tables[i].rows,
                        chunk.tables[i].count, NULL, NULL, err))
            return error_context(err, "writing %s", chunk.tables[i].table->table);
    return audit_add(engine, "refund payment",
                     arena_printf(arena, "%s of tenant %s: %s %s", ordered->effect_key,
                                  ordered->payment.tenant, money_text(ordered->amount).text,
                                  ordered->amount.currency.code),
                     order->reason, err);
}

bool refund_order(const struct engine *engine, const struct refund_order *order,
                  struct arena *arena, struct refund_ordered *ret_ordered, struct error *err)
{
    struct db *db = engine->db;
    struct refund_ordered ordered = {
        .state = "intent", .effect_key = refund_effect_key(order->payment, order->number, arena)};
    struct room room;
    bool earlier = false;
    CLEANUP(tx_rollback_open) struct tx tx = {0};
    if (!tx_begin(&tx, db, err) ||
        !refund_store_find(db, order->tenant, order->payment, arena, &ordered.payment, err) ||
        !refund_store_lock(db, &ordered.payment, err) ||
        !refund_store_find(db, ordered.payment.tenant, order->payment, arena, &ordered.payment,
                           err) ||
        !check_payment(&ordered.payment, err) || !check_day(order, &ordered.payment, err) ||
        !find_room(db, &ordered.payment, 0, arena, &room, err) ||
        !find_earlier(db, order, arena, &ordered, &earlier, err))
        return false;
    ordered.is_new = !earlier;
    ordered.left = room.left;
    if (ordered.is_new && (!find_amount(order, &ordered.payment, &room, &ordered.amount, err) ||
                           !money_subtract(ordered.left, ordered.amount, &ordered.left, err) ||
                           !intend(engine, order, &ordered, arena, err)))
        return false;
    *ret_ordered = ordered;
    return earlier || tx_commit(&tx, err);
}
