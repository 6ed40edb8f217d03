/* Adding up what was drawn: see contract_ledger.h. */
#include "core/stores/contract_ledger.h"

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/billing/give_back.h"
#include "core/billing/invoice.h"

static const struct row_field line_fields[] = {
    ROW_FIELD(struct contract_line, tenant_id, "tenant_id"),
    ROW_FIELD(struct contract_line, customer_id, "customer_id"),
    ROW_FIELD(struct contract_line, from, "from"),
    ROW_FIELD(struct contract_line, until, "until"),
    ROW_FIELD(struct contract_line, invoice_id, "invoice_id"),
    ROW_FIELD(struct contract_line, line, "line"),
    ROW_FIELD(struct contract_line, document, "document"),
    ROW_FIELD(struct contract_line, draft_key, "draft_key"),
    ROW_FIELD(struct contract_line, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct contract_line, kind, "kind"),
    ROW_FIELD(struct contract_line, subscription_id, "subscription_id"),
    ROW_FIELD(struct contract_line, subscription, "subscription"),
    ROW_FIELD(struct contract_line, price_id, "price_id"),
    ROW_FIELD(struct contract_line, price_valid_from, "price_valid_from"),
    ROW_FIELD(struct contract_line, charged_on, "charged_on"),
    ROW_FIELD(struct contract_line, amount_minor, "amount_minor"),
    ROW_FIELD(struct contract_line, discount_minor, "discount_minor"),
    ROW_FIELD(struct contract_line, coupon_minor, "coupon_minor"),
    ROW_FIELD(struct contract_line, is_turned, "is_turned"),
    ROW_FIELD(struct contract_line, start_at_us, "start_at_us"),
    ROW_FIELD(struct contract_line, end_at_us, "end_at_us"),
    ROW_FIELD(struct contract_line, replaced_in, "replaced_in"),
    ROW_FIELD(struct contract_line, currency, "currency"),
};

/* The days of all phases with a commitment; a day past the last one is DATE_NONE where one has no
 * end. */
static struct period days_of(const struct contract_phases *phases)
{
    struct period days = {DATE_NONE, DATE_NONE};
    bool is_open = false;
    for (size_t i = 0; i < phases->count; i++) {
        const struct contract_phase *phase = &phases->items[i];
        if (!phase->has_commitment)
            continue;
        if (date_is_none(days.start) || date_compare(phase->held.start, days.start) < 0)
            days.start = phase->held.start;
        if (date_is_none(phase->held.end))
            is_open = true;
        else if (date_is_none(days.end) || date_compare(phase->held.end, days.end) > 0)
            days.end = phase->held.end;
    }
    if (is_open)
        days.end = DATE_NONE;
    return days;
}

static const struct bulk_table lines_of_customer = {
    .name = "contract_lines",
    .kind = BULK_ASK,
    .statement = STMT_CONTRACT_LINES,
    .fields = line_fields,
    .field_count = ARRAY_LEN(line_fields),
    .key_count = 4,
    .row_size = sizeof(struct contract_line),
};

/* What is asked of those that have a commitment, and whose place each key is. */
static size_t line_keys(int64_t tenant_id, const struct contract_phases *phases, size_t count,
                        struct contract_line *keys, size_t *places)
{
    size_t key_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct period days = days_of(&phases[i]);
        if (date_is_none(days.start))
            continue;
        places[key_count] = i;
        keys[key_count++] = (struct contract_line){
            .tenant_id = tenant_id,
            .customer_id = phases[i].items[0].customer_id,
            .from = days.start,
            .until = date_is_none(days.end) ? (struct date){DATE_DAYS_MAX} : days.end};
    }
    return key_count;
}

bool contract_ledger_load(struct db *db, int64_t tenant_id, const struct contract_phases *phases,
                          size_t count, struct arena *arena, struct contract_lines **ret_lines,
                          struct error *err)
{
    struct contract_line *keys = ARENA_NEW_ARRAY(arena, struct contract_line, count + 1);
    size_t *places = ARENA_NEW_ARRAY(arena, size_t, count + 1);
    struct contract_lines *lines = ARENA_NEW_ARRAY(arena, struct contract_lines, count + 1);
    struct bulk_found found;
    size_t key_count = line_keys(tenant_id, phases, count, keys, places);
    if (!bulk_find(db, &lines_of_customer, keys, key_count, arena, &found, err))
        return error_context(err, "loading what commitments are drawn by");
    const struct contract_line *items = found.rows;
    for (size_t i = 0; i < found.count; i++) {
        struct contract_lines *own = &lines[places[found.places[i]]];
        if (own->count++ == 0)
            own->items = &items[i];
    }
    *ret_lines = lines;
    return true;
}

bool contract_ledger_open(const struct contract_phases *phases, enum rounding rounding,
                          struct arena *arena, struct contract_ledger *ret_ledger,
                          struct error *err)
{
    size_t count = phases->count;
    struct contract_ledger ledger = {
        .phases = *phases,
        .accounts = ARENA_NEW_ARRAY(arena, struct commitment_account, count + 1),
        .billed = ARENA_NEW_ARRAY(arena, struct money, count + 1),
        .true_up_count = ARENA_NEW_ARRAY(arena, int64_t, count + 1),
        .start_at_us = ARENA_NEW_ARRAY(arena, int64_t, count + 1),
        .end_at_us = ARENA_NEW_ARRAY(arena, int64_t, count + 1),
    };
    for (size_t i = 0; i < count; i++) {
        const struct contract_phase *phase = &phases->items[i];
        ledger.accounts[i].drawn = ledger.billed[i] = money_zero(phase->currency);
        ledger.true_up_count[i] = 0;
        ledger.accounts[i].commitment = phase->commitment;
        if (phase->has_commitment && !date_is_none(phase->held.end) &&
            !contract_commitment_held(phase->commitment, phase->agreed, phase->held, rounding,
                                      &ledger.accounts[i].commitment, err))
            return error_context(err, "contract %s, phase %s", phase->contract, phase->phase);
    }
    *ret_ledger = ledger;
    return true;
}

const struct commitment_charge *contract_ledger_add(struct contract_ledger *ledger,
                                                    const struct contract_charge *charge,
                                                    const char *subscription, const char *price,
                                                    struct money net, struct arena *arena)
{
    size_t most = ledger->phases.count;
    struct commitment_account **accounts =
        (struct commitment_account **)arena_alloc_array(arena, most + 1, sizeof *accounts);
    size_t count = 0;
    for (size_t i = 0; i < most; i++) {
        const struct contract_phase *phase = &ledger->phases.items[i];
        if (phase->has_commitment && contract_phase_covers(phase, charge))
            accounts[count++] = &ledger->accounts[i];
    }
    if (count == 0)
        return NULL;
    struct commitment_charge *added = ARENA_NEW(arena, struct commitment_charge);
    *added = (struct commitment_charge){
        .on = charge->on,
        .subscription = subscription,
        .price = price,
        .net = net,
        .accounts = accounts,
        .account_count = count,
        .parts = ARENA_NEW_ARRAY(arena, struct commitment_part, count),
    };
    ARRAY_ADD(arena, &ledger->charges) = added;
    return added;
}

bool contract_ledger_draw(struct contract_ledger *ledger, struct arena *scratch, struct error *err)
{
    for (size_t i = 0; i < ledger->phases.count; i++)
        ledger->accounts[i].drawn = money_zero(ledger->phases.items[i].currency);
    return commitments_draw(ledger->charges.items, ledger->charges.count, scratch, err);
}

struct commitment_part contract_ledger_part(const struct contract_ledger *ledger,
                                            const struct commitment_charge *charge, size_t index)
{
    struct money none = money_zero(ledger->phases.items[index].currency);
    for (size_t i = 0; charge != NULL && i < charge->account_count; i++)
        if (charge->accounts[i] == &ledger->accounts[index])
            return charge->parts[i];
    return (struct commitment_part){none, none};
}

static bool is_before(const struct contract_line *line, const struct contract_place *place)
{
    if (line->invoice_id == place->invoice_id)
        return line->line < place->line;
    if (line->is_turned == place->is_turned)
        return line->invoice_id < place->invoice_id &&
               date_compare(line->cutoff_on, place->cutoff_on) <= 0;
    int order = date_compare(line->cutoff_on, place->cutoff_on);
    return order < 0 ||
           (order == 0 && invoice_draft_sequence_order(line->draft_key, place->draft_key) <= 0);
}

/* A line may have been billed again only later than the place. */
static bool counts(const struct contract_line *line, const struct contract_place *before)
{
    if (before == NULL)
        return line->replaced_in == DB_I64_NONE;
    return is_before(line, before) && (line->replaced_in == DB_I64_NONE || line->replaced_in == 0 ||
                                       line->replaced_in > before->invoice_id);
}

/* What was charged by it: what coupons (with the sign of the draft) took draws all the same, and so
 * does what a line that gives back did not give back, for it was never paid. */
static bool net_of(const struct contract_line *line, struct money *ret_net, struct error *err)
{
    bool gives_back = give_back_does(line->kind, line->is_turned ? line->amount_minor > 0
                                                                 : line->amount_minor < 0);
    struct money amount = money_of_minor(line->amount_minor, line->currency);
    struct money discount = money_of_minor(line->discount_minor, line->currency);
    struct money coupons = money_of_minor(line->coupon_minor, line->currency);
    if (line->is_turned &&
        (!money_negate(amount, &amount, err) || !money_negate(discount, &discount, err)))
        return false;
    *ret_net = amount;
    return gives_back || (money_subtract(discount, coupons, &discount, err) &&
                          money_subtract(amount, discount, ret_net, err));
}

/* Each has its own number, whatever became of it; billed again it keeps that. */
static bool add_true_up(struct contract_ledger *ledger, const struct contract_line *line,
                        bool is_counted, struct error *err)
{
    struct money net;
    for (size_t i = 0; i < ledger->phases.count; i++) {
        if (ledger->phases.items[i].phase_id != line->price_id)
            continue;
        if (text_equal(line->kind, correction_base_kind(line->kind)))
            ledger->true_up_count[i]++;
        ledger->start_at_us[i] = line->start_at_us;
        ledger->end_at_us[i] = line->end_at_us;
        return !is_counted || (net_of(line, &net, err) &&
                               money_add(ledger->billed[i], net, &ledger->billed[i], err));
    }
    return true;
}

/* The version that billed it, or the newest one where that is gone: both are of one plan. */
static const struct catalog_price *price_of(const struct billing_catalog *catalog,
                                            const struct contract_line *line)
{
    const struct catalog_price *price =
        catalog_price_on(catalog, line->price_id, line->price_valid_from);
    return price != NULL ? price : catalog_price_newest(catalog, line->price_id);
}

bool contract_ledger_add_line(struct contract_ledger *ledger, const struct billing_catalog *catalog,
                              const struct contract_line *line, const struct contract_place *before,
                              struct arena *arena, const struct commitment_charge **ret_charge,
                              struct error *err)
{
    struct money net;
    bool is_counted = counts(line, before);
    if (ret_charge != NULL)
        *ret_charge = NULL;
    if (line->subscription_id == 0)
        return add_true_up(ledger, line, is_counted, err);
    const struct catalog_price *price = price_of(catalog, line);
    if (!is_counted || price == NULL)
        return true;
    if (!net_of(line, &net, err))
        return false;
    struct contract_charge charge = {.plan_id = price->plan_id,
                                     .product_id = price->product_id,
                                     .currency = line->currency,
                                     .on = line->charged_on};
    const struct commitment_charge *added =
        contract_ledger_add(ledger, &charge, line->subscription, price->price.price, net, arena);
    if (ret_charge != NULL)
        *ret_charge = added;
    return true;
}

bool contract_ledger_true_up(const struct contract_ledger *ledger, size_t index,
                             struct money *ret_true_up, struct error *err)
{
    return commitment_true_up(&ledger->accounts[index], ledger->billed[index], ret_true_up, err);
}

static const struct row_field made_fields[] = {
    ROW_FIELD(struct contract_made, phase_id, "phase_id"),
    ROW_FIELD(struct contract_made, made, "made"),
    ROW_FIELD(struct contract_made, end_on, "end_on"),
};

bool contract_true_ups_made(struct db *db, int64_t tenant_id, int64_t after_id, int64_t last_id,
                            struct arena *arena, struct contract_mades *ret_made, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_CONTRACT_TRUE_UPS_MADE,
                       DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(last_id)), arena,
                       made_fields, ARRAY_LEN(made_fields), sizeof(struct contract_made), &items,
                       &count, err))
        return error_context(err, "loading what was billed of contracts");
    *ret_made = (struct contract_mades){items, count};
    return true;
}

const struct contract_made *contract_made_find(const struct contract_mades *made, int64_t phase_id)
{
    size_t first = array_first_of(made->items, made->count, sizeof *made->items,
                                  offsetof(struct contract_made, phase_id), phase_id);
    bool is_there = first < made->count && made->items[first].phase_id == phase_id;
    return is_there ? &made->items[first] : NULL;
}

bool contract_ids_have(const struct contract_ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->items[i] == id)
            return true;
    return false;
}

bool contract_phases_draw(const struct contract_phases *phases,
                          const struct contract_charge *charge)
{
    for (size_t i = 0; i < phases->count; i++)
        if (phases->items[i].has_commitment && contract_phase_covers(&phases->items[i], charge))
            return true;
    return false;
}

struct waiting_row {
    int64_t tenant_id, customer_id;
    struct date business_date;
    int64_t payer_id; /* who asks */
    int64_t subscription_id, price_id, pays_id;
    struct date charged_on;
};

static const struct row_field waiting_fields[] = {
    ROW_FIELD(struct waiting_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct waiting_row, customer_id, "customer_id"),
    ROW_FIELD(struct waiting_row, business_date, "business_date"),
    ROW_FIELD(struct waiting_row, payer_id, "payer_id"),
    ROW_FIELD(struct waiting_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct waiting_row, price_id, "price_id"),
    ROW_FIELD(struct waiting_row, pays_id, "pays_id"),
    ROW_FIELD(struct waiting_row, charged_on, "charged_on"),
};

static const struct bulk_table waiting_of_customer = {
    .name = "contract_waiting",
    .kind = BULK_ASK,
    .statement = STMT_CONTRACT_WAITING,
    .fields = waiting_fields,
    .field_count = ARRAY_LEN(waiting_fields),
    .key_count = 4,
    .row_size = sizeof(struct waiting_row),
};

/* Of what has no version on its day nobody knows. */
static bool may_draw(const struct contract_phases *phases, const struct billing_catalog *catalog,
                     const struct waiting_row *row)
{
    const struct catalog_price *price = catalog_price_on(catalog, row->price_id, row->charged_on);
    if (price == NULL)
        return true;
    struct contract_charge charge = {.plan_id = price->plan_id,
                                     .product_id = price->product_id,
                                     .currency = price->price.currency,
                                     .on = row->charged_on};
    return contract_phases_draw(phases, &charge);
}

static bool is_customer(const struct waiting_row *row)
{
    return row->subscription_id == 0 && row->price_id == 0;
}

/* Of one customer, from these rows on. How many were his. */
static size_t read_waiting(const struct contract_phases *phases,
                           const struct billing_catalog *catalog, const struct bulk_found *found,
                           size_t first, struct arena *arena, struct contract_waiting *ret_waiting)
{
    const struct waiting_row *rows = found->rows;
    struct contract_waiting waiting = {0};
    size_t end = first;
    while (end < found->count && found->places[end] == found->places[first])
        end++;
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, end - first);
    for (size_t i = first; i < end; i++) {
        if (is_customer(&rows[i]))
            waiting.pays_id = rows[i].pays_id;
        else if (rows[i].subscription_id == 0)
            ids[waiting.true_ups.count++] = rows[i].price_id;
        else if (may_draw(phases, catalog, &rows[i]))
            waiting.has_charges_elsewhere = true;
    }
    waiting.true_ups.items = ids;
    *ret_waiting = waiting;
    return end - first;
}

bool contract_waiting_load(struct db *db, const struct billing_catalog *catalog,
                           const struct contract_phases *phases, const int64_t *payer_ids,
                           size_t count, struct date business_date, struct arena *arena,
                           struct contract_waiting **ret_waiting, struct error *err)
{
    struct waiting_row *keys = ARENA_NEW_ARRAY(arena, struct waiting_row, count + 1);
    struct contract_waiting *waiting = ARENA_NEW_ARRAY(arena, struct contract_waiting, count + 1);
    struct bulk_found found;
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct waiting_row){.tenant_id = catalog->tenant.tenant_id,
                                       .customer_id = phases[i].items[0].customer_id,
                                       .business_date = business_date,
                                       .payer_id = payer_ids[i]};
    if (!bulk_find(db, &waiting_of_customer, keys, count, arena, &found, err))
        return error_context(err, "loading what waits of customers with contracts");
    for (size_t i = 0; i < found.count;) {
        size_t place = found.places[i];
        i += read_waiting(&phases[place], catalog, &found, i, arena, &waiting[place]);
    }
    *ret_waiting = waiting;
    return true;
}
