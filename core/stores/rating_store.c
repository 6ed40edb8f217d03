/* Loading due periods with their usage: see rating_store.h. */
#include "core/stores/rating_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/billing/correction.h"
#include "core/billing/progressive.h"
#include "core/stores/catalog_terms.h"
#include "core/stores/rating_parts.h"

static const struct row_field payer_fields[] = {
    ROW_FIELD(struct rating_payer, customer_id, "customer_id"),
    ROW_FIELD(struct rating_payer, customer, "customer"),
};

static const struct row_field period_fields[] = {
    ROW_FIELD(struct rating_period, payer_id, "payer_id"),
    ROW_FIELD(struct rating_period, subscription_id, "subscription_id"),
    ROW_FIELD(struct rating_period, customer_id, "customer_id"),
    ROW_FIELD(struct rating_period, used_by, "used_by"),
    ROW_FIELD(struct rating_period, subscription, "subscription"),
    ROW_FIELD(struct rating_period, quantity_text, "quantity"),
    ROW_FIELD(struct rating_period, priced_on, "priced_on"),
    ROW_FIELD(struct rating_period, counts_from_on, "counts_from_on"),
    ROW_FIELD(struct rating_period, counts_from_us, "counts_from_us"),
    ROW_FIELD(struct rating_period, counts_gaps, "counts_gaps"),
    ROW_FIELD(struct rating_period, price_id, "price_id"),
    ROW_FIELD(struct rating_period, start_on, "start_on"),
    ROW_FIELD(struct rating_period, kind, "kind"),
    ROW_FIELD(struct rating_period, end_on, "end_on"),
    ROW_FIELD(struct rating_period, start_at_us, "start_at_us"),
    ROW_FIELD(struct rating_period, end_at_us, "end_at_us"),
    ROW_FIELD(struct rating_period, full_start_on, "full_start_on"),
    ROW_FIELD(struct rating_period, full_end_on, "full_end_on"),
    ROW_FIELD(struct rating_period, due_on, "due_on"),
    ROW_FIELD(struct rating_period, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct rating_period, proration, "proration"),
    ROW_FIELD(struct rating_period, corrects, "corrects"),
    ROW_FIELD(struct rating_period, corrected_tax_point, "corrected_tax_point"),
};

static const struct row_field draft_key_fields[] = {
    ROW_FIELD(struct rating_draft_key, customer_id, "customer_id"),
    ROW_FIELD(struct rating_draft_key, currency, "currency"),
    ROW_FIELD(struct rating_draft_key, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct rating_draft_key, draft_key, "draft_key"),
};

/* A period that cannot be rated does not stop the others. */
bool rating_fail_period(const struct rating_load *load, struct rating_period *period,
                        struct error *err)
{
    (void)error_context(err, "subscription %s, period from %s", period->subscription,
                        date_text(period->start_on).text);
    if (err->kind != ERROR_ITEM)
        return false;
    struct error *kept = ARENA_NEW(load->arena, struct error);
    *kept = *err;
    period->failure = kept;
    error_clear(err);
    return true;
}

static bool replaces_ahead(const struct rating_period *period)
{
    return period->slot.generation > 1 && period->listed != NULL &&
           period->listed->price.billing == BILLING_IN_ADVANCE &&
           period->listed->meter_id == DB_I64_NONE;
}

/* Of a period that was charged on its first day, or on that of its plan, from a later day on, or in
 * place of what was charged ahead. A charge that is billed again has the terms that are known then;
 * a credit those of what it gives back of, which may be billed again with it or not. */
static bool is_part_of_charge(const struct rating_period *period)
{
    enum slot_kind kind = period->slot.slot.kind;
    if (!period->is_slot || (period->corrects != NULL && kind != SLOT_PRORATION_CREDIT))
        return false;
    bool is_prorated = kind == SLOT_PRORATION_CHARGE || kind == SLOT_PRORATION_CREDIT;
    return (is_prorated && !date_is_none(period->priced_on)) || replaces_ahead(period);
}

/* Price, meter and what was billed before, of one period. */
static bool complete_period(const struct rating_load *load, struct rating_period *period,
                            struct error *err)
{
    struct date day = date_is_none(period->priced_on) ? period->start_on : period->priced_on;
    period->charged_on = day;
    if (period->subscription_id == 0) {
        period->is_true_up = true;
        period->phase = contract_phase_find(&load->catalog->contracts, period->price_id);
        return true;
    }
    period->listed = catalog_price_on(load->catalog, period->price_id, day);
    period->is_slot = slot_entry_parse_kind(correction_base_kind(period->kind), &period->slot);
    if (period->listed != NULL)
        period->price = catalog_terms_on(load->catalog, period->listed, period->customer_id, day,
                                         &period->phase);
    if (!counted_gaps_parse(period->counts_gaps, load->arena, &period->gaps, err))
        return false;
    if (period->quantity_text != NULL &&
        !decimal_parse(period->quantity_text, &period->quantity, err))
        return false;
    if (period->is_slot && period->slot.reversal)
        return rating_load_taken_back(load, period, err);
    if (is_part_of_charge(period))
        return rating_load_charged_terms(load, period, err);
    if (period->price == NULL || period->price->meter_id == DB_I64_NONE)
        return true;
    period->meter = catalog_meter_find(load->catalog, period->price->meter_id);
    if (period->meter == NULL)
        return error_run(err, EXIT_DATA,
                         "price %s measures by meter %" PRId64 ", which is not there",
                         period->price->price.price, period->price->meter_id);
    bool bills_first = period->is_slot && period->corrects == NULL;
    const struct rating_progressive *begun =
        bills_first && period->slot.generation == 1
            ? rating_progressive_find(&load->progressives, period->subscription_id,
                                      period->price_id, period->start_on)
            : NULL;
    if (begun != NULL) {
        period->begun_waiting = begun->waiting;
        period->begun_elsewhere =
            begun->first_payer_id != DB_I64_NONE &&
            (begun->first_payer_id != period->payer_id || begun->last_payer_id != period->payer_id);
    }
    return (bills_first && begun == NULL) || rating_load_billed(load, period, err);
}

/* Commitments are of no subscription. */
static bool load_progressives(struct rating_load *load, struct error *err)
{
    struct date from = DATE_NONE;
    int64_t first_id = INT64_MAX, last_id = 0;
    for (size_t i = 0; i < load->period_count; i++) {
        const struct rating_period *period = &load->periods[i];
        int64_t id = period->subscription_id;
        if (id == 0)
            continue;
        from = date_is_none(from) ? period->start_on : date_min(from, period->start_on);
        first_id = id < first_id ? id : first_id;
        last_id = id > last_id ? id : last_id;
    }
    return last_id == 0 ||
           rating_store_load_progressive(load->db, load->tenant_id, from, first_id, last_id,
                                         load->arena, &load->progressives, err);
}

static bool complete_all(struct rating_load *load, struct rating_period *periods, size_t count,
                         struct error *err)
{
    load->periods = periods;
    load->period_count = count;
    if (!load_progressives(load, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct rating_period *period = &periods[i];
        period->progressive = progressive_number(correction_base_kind(period->kind));
        if (!complete_period(load, period, err) && !rating_fail_period(load, period, err))
            return false;
        if (period->price == NULL)
            continue;
        period->charged_by = &period->price->price;
        if (period->progressive > 0) {
            struct price *bare = ARENA_NEW(load->arena, struct price);
            *bare = progressive_price(&period->price->price);
            period->charged_by = bare;
        }
    }
    return rating_load_usage(load, periods, count, err);
}

/* By payer first, then as the lines of a draft are ordered: by what people see, not by ids. */
static int compare_periods(const void *a, const void *b)
{
    const struct rating_period *left = a;
    const struct rating_period *right = b;
    if (left->payer_id != right->payer_id)
        return left->payer_id < right->payer_id ? -1 : 1;
    int order = date_compare(left->cutoff_on, right->cutoff_on);
    if (order == 0)
        order = strcmp(left->subscription, right->subscription);
    if (order == 0 && left->listed != NULL && right->listed != NULL)
        order = strcmp(left->listed->price.price, right->listed->price.price);
    if (order == 0)
        order = date_compare(left->start_on, right->start_on);
    return order != 0 ? order : strcmp(left->kind, right->kind);
}

static bool load_periods(struct rating_load *load, int64_t last_id,
                         struct rating_period **ret_periods, size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(load->db, STMT_RATING_PERIODS,
                       DB_ARGS(db_i64(load->tenant_id), db_i64(load->range->after_id),
                               db_i64(last_id),
                               db_text(date_text(load->range->business_date).text)),
                       load->arena, period_fields, ARRAY_LEN(period_fields),
                       sizeof(struct rating_period), &items, ret_count, err))
        return false;
    struct rating_period *periods = items;
    if (!complete_all(load, periods, *ret_count, err))
        return false;
    if (*ret_count > 1)
        qsort(periods, *ret_count, sizeof *periods, compare_periods);
    *ret_periods = periods;
    return true;
}

static struct date first_cutoff(const struct rating_period *periods, size_t count)
{
    struct date first = periods[0].cutoff_on;
    for (size_t i = 1; i < count; i++)
        first = date_min(first, periods[i].cutoff_on);
    return first;
}

static bool load_draft_keys(const struct rating_load *load, int64_t last_id, struct date from,
                            struct rating_draft_key **ret_keys, size_t *ret_count,
                            struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(load->db, STMT_RATING_DRAFTS,
                       DB_ARGS(db_i64(load->tenant_id), db_i64(load->range->after_id),
                               db_i64(last_id), db_text(date_text(from).text)),
                       load->arena, draft_key_fields, ARRAY_LEN(draft_key_fields),
                       sizeof(struct rating_draft_key), &items, ret_count, err))
        return false;
    *ret_keys = items;
    return true;
}

/* Only where a commitment is settled, or was settled before a charge of its phase comes. */
static bool is_settled(const struct rating_load *load, const struct rating_period *period,
                       const struct contract_phases *own)
{
    if (period->is_true_up)
        return true;
    for (size_t i = 0; i < own->count; i++) {
        const struct contract_phase *phase = &own->items[i];
        if (phase->has_commitment && !date_is_none(phase->held.end) &&
            date_compare(phase->held.end, load->range->business_date) <= 0 &&
            contract_phase_holds(phase->held, period->charged_on))
            return true;
    }
    return false;
}

/* A customer whose commitments are to be settled, once for each who pays for such a period. */
struct settled {
    int64_t payer_id, customer_id;
    size_t first; /* of these periods */
};

struct settleds ARRAY_OF(struct settled);

static int compare_settled(const void *a, const void *b)
{
    const struct settled *left = a;
    const struct settled *right = b;
    if (left->payer_id != right->payer_id)
        return left->payer_id < right->payer_id ? -1 : 1;
    return (left->customer_id > right->customer_id) - (left->customer_id < right->customer_id);
}

static int compare_places(const void *a, const void *b)
{
    const struct settled *left = a;
    const struct settled *right = b;
    int order = compare_settled(left, right);
    return order != 0 ? order : (left->first > right->first) - (left->first < right->first);
}

static int compare_firsts(const void *a, const void *b)
{
    const struct settled *left = a;
    const struct settled *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* In the order of their periods, which is what people see of them. */
static struct settleds find_settled(const struct rating_load *load,
                                    const struct rating_period *periods, size_t count)
{
    struct settleds found = {0};
    size_t kept = 0;
    for (size_t i = 0; i < count && load->catalog->contracts.count > 0; i++) {
        struct contract_phases own =
            contract_phases_of(&load->catalog->contracts, periods[i].customer_id);
        if (is_settled(load, &periods[i], &own))
            ARRAY_ADD(load->arena, &found) =
                (struct settled){periods[i].payer_id, periods[i].customer_id, i};
    }
    if (found.count > 1)
        qsort(found.items, found.count, sizeof *found.items, compare_places);
    for (size_t i = 0; i < found.count; i++)
        if (kept == 0 || compare_settled(&found.items[kept - 1], &found.items[i]) != 0)
            found.items[kept++] = found.items[i];
    found.count = kept;
    if (kept > 1)
        qsort(found.items, kept, sizeof *found.items, compare_firsts);
    return found;
}

/* Of all periods, by payer. */
static bool load_contracts(const struct rating_load *load, const struct rating_period *periods,
                           size_t period_count, struct rating_contract **ret_contracts,
                           size_t *ret_count, struct error *err)
{
    struct settleds found = find_settled(load, periods, period_count);
    size_t count = found.count;
    struct contract_phases *phases =
        ARENA_NEW_ARRAY(load->arena, struct contract_phases, count + 1);
    struct rating_contract *contracts =
        ARENA_NEW_ARRAY(load->arena, struct rating_contract, count + 1);
    int64_t *payer_ids = ARENA_NEW_ARRAY(load->arena, int64_t, count + 1);
    struct contract_lines *lines = NULL;
    struct contract_waiting *waiting = NULL;
    for (size_t i = 0; i < count; i++) {
        payer_ids[i] = found.items[i].payer_id;
        phases[i] = contract_phases_of(&load->catalog->contracts, found.items[i].customer_id);
    }
    if (!contract_ledger_load(load->db, load->range->tenant_id, phases, count, load->arena, &lines,
                              err) ||
        !contract_waiting_load(load->db, load->catalog, phases, payer_ids, count,
                               load->range->business_date, load->arena, &waiting, err))
        return false;
    for (size_t i = 0; i < count; i++)
        contracts[i] = (struct rating_contract){.payer_id = payer_ids[i],
                                                .customer_id = found.items[i].customer_id,
                                                .phases = phases[i],
                                                .lines = lines[i],
                                                .waiting = waiting[i]};
    *ret_contracts = contracts;
    *ret_count = count;
    return true;
}

static bool load_of_payers(struct rating_load *load, struct rating_payer *payers, size_t count,
                           struct error *err)
{
    struct rating_period *periods = NULL;
    struct rating_draft_key *keys = NULL;
    struct rating_contract *contracts = NULL;
    size_t period_count = 0;
    size_t key_count = 0;
    size_t contract_count = 0;
    int64_t last_id = payers[count - 1].customer_id;
    if (!load_periods(load, last_id, &periods, &period_count, err) ||
        !load_contracts(load, periods, period_count, &contracts, &contract_count, err))
        return false;
    if (period_count > 0 && !load_draft_keys(load, last_id, first_cutoff(periods, period_count),
                                             &keys, &key_count, err))
        return false;
    size_t period = 0;
    size_t key = 0;
    size_t contract = 0;
    for (size_t i = 0; i < count; i++) {
        payers[i].periods = &periods[period];
        while (period < period_count && periods[period].payer_id == payers[i].customer_id)
            period++;
        payers[i].period_count = (size_t)(&periods[period] - payers[i].periods);
        while (key < key_count && keys[key].customer_id < payers[i].customer_id)
            key++; /* of customers with nothing due now */
        payers[i].drafts = keys == NULL ? NULL : &keys[key];
        for (; key < key_count && keys[key].customer_id == payers[i].customer_id; key++)
            payers[i].draft_count++;
        payers[i].contracts = &contracts[contract];
        while (contract < contract_count && contracts[contract].payer_id == payers[i].customer_id)
            contract++;
        payers[i].contract_count = (size_t)(&contracts[contract] - payers[i].contracts);
    }
    return true;
}

bool rating_store_complete(struct db *db, const struct billing_catalog *catalog,
                           struct rating_period *periods, size_t count, struct arena *arena,
                           struct error *err)
{
    struct rating_load load = {
        .db = db, .catalog = catalog, .tenant_id = catalog->tenant.tenant_id, .arena = arena};
    return complete_all(&load, periods, count, err) ||
           error_context(err, "loading periods that are not over");
}

bool rating_store_load(struct db *db, const struct billing_catalog *catalog,
                       const struct rating_range *range, struct arena *arena,
                       struct rating_payer **ret_payers, size_t *ret_count, struct error *err)
{
    struct rating_load load = {.db = db,
                               .catalog = catalog,
                               .tenant_id = range->tenant_id,
                               .range = range,
                               .arena = arena};
    void *payers = NULL;
    if (!rows_load_all(db, STMT_RATING_PAYERS,
                       DB_ARGS(db_i64(range->tenant_id), db_i64(range->after_id),
                               db_i64(range->hi_id), db_i64((int64_t)range->limit),
                               db_text(date_text(range->business_date).text)),
                       arena, payer_fields, ARRAY_LEN(payer_fields), sizeof(struct rating_payer),
                       &payers, ret_count, err))
        return error_context(err, "loading payers");
    if (*ret_count > 0 && !load_of_payers(&load, payers, *ret_count, err))
        return error_context(err, "loading due periods");
    *ret_payers = payers;
    return true;
}
