/* Loading lives: see life_store.h. */
#include "core/stores/life_store.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/correction.h"
#include "core/billing/period_part.h"
#include "core/billing/progressive.h"
#include "core/stores/catalog_terms.h"

struct change_row {
    int64_t tenant_id, subscription_id;
    struct date at_on;
    int64_t plan_id;      /* DB_I64_NONE: kept */
    const char *quantity; /* NULL: kept */
    bool pause, resume, withdrawn;
};

static const struct row_field change_fields[] = {
    ROW_FIELD(struct change_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct change_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct change_row, at_on, "at_on"),
    ROW_FIELD(struct change_row, plan_id, "plan_id"),
    ROW_FIELD(struct change_row, quantity, "quantity"),
    ROW_FIELD(struct change_row, pause, "pause"),
    ROW_FIELD(struct change_row, resume, "resume"),
    ROW_FIELD(struct change_row, withdrawn, "withdrawn"),
};

static const struct bulk_table changes_of = {
    .name = "changes_of_subscription",
    .kind = BULK_INSERT,
    .table = "subscription_change",
    .fields = change_fields,
    .field_count = ARRAY_LEN(change_fields),
    .key_count = 2,
    .row_size = sizeof(struct change_row),
};

struct made_row {
    int64_t tenant_id, subscription_id, price_id;
    struct date start_on, end_on;
    const char *kind;
    int64_t end_at_us;
    struct date full_start_on, full_end_on, due_on, cutoff_on;
    const char *quantity; /* NULL: of usage */
    struct date priced_on;
    struct date counts_from_on;
    const char *counts_gaps;
    const char *proration;
    int64_t payer_id;
};

static const struct row_field made_fields[] = {
    ROW_FIELD(struct made_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct made_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct made_row, price_id, "price_id"),
    ROW_FIELD(struct made_row, start_on, "start_on"),
    ROW_FIELD(struct made_row, kind, "kind"),
    ROW_FIELD(struct made_row, end_on, "end_on"),
    ROW_FIELD(struct made_row, end_at_us, "end_at_us"),
    ROW_FIELD(struct made_row, full_start_on, "full_start_on"),
    ROW_FIELD(struct made_row, full_end_on, "full_end_on"),
    ROW_FIELD(struct made_row, due_on, "due_on"),
    ROW_FIELD(struct made_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct made_row, quantity, "quantity"),
    ROW_FIELD(struct made_row, priced_on, "priced_on"),
    ROW_FIELD(struct made_row, counts_from_on, "counts_from_on"),
    ROW_FIELD(struct made_row, counts_gaps, "counts_gaps"),
    ROW_FIELD(struct made_row, proration, "proration"),
    ROW_FIELD(struct made_row, payer_id, "payer_id"),
};

static const struct bulk_table made_of = {
    .name = "periods_of_subscription",
    .kind = BULK_INSERT,
    .table = "billing_period",
    .fields = made_fields,
    .field_count = ARRAY_LEN(made_fields),
    .key_count = 2,
    .row_size = sizeof(struct made_row),
};

/* One subscription on its way. */
struct reading {
    const struct advance_subscription *subscription;
    const struct billing_catalog *catalog;
    struct arena *arena;
    struct plan_ids ARRAY_OF(int64_t) plan_ids;
    struct plans ARRAY_OF(struct timeline_plan) plans;
    struct price_ids ARRAY_OF(int64_t) price_ids;
    struct prices ARRAY_OF(struct timeline_price) prices;
    struct changes ARRAY_OF(struct subscription_change) changes;
    struct slot_entries made;
    struct life_mades ARRAY_OF(struct life_made) made_rows;
    struct charge_slots begun;
    struct life_begun ARRAY_OF(struct life_made) begun_rows;
    struct life_again ARRAY_OF(struct slot_again) again;
};

/* ---------------------------------------------------------------- plans, prices, changes */

static void add_prices(struct reading *reading, size_t plan)
{
    const struct billing_catalog *catalog = reading->catalog;
    for (size_t i = 0; i < catalog->price_count; i++) {
        const struct catalog_price *oldest = &catalog->prices[i];
        if (oldest->plan_id != reading->plan_ids.items[plan] ||
            (i > 0 && catalog->prices[i - 1].price_id == oldest->price_id))
            continue; /* of another plan, or a later version */
        const struct catalog_price *newest = catalog_price_newest(catalog, oldest->price_id);
        ARRAY_ADD(reading->arena, &reading->price_ids) = oldest->price_id;
        ARRAY_ADD(reading->arena, &reading->prices) = (struct timeline_price){
            .plan = plan,
            .billing = newest->price.billing,
            .metered = newest->meter_id != DB_I64_NONE,
            .spans = catalog_price_spans_of(catalog, oldest->price_id,
                                            reading->subscription->customer_id,
                                            reading->subscription->currency, reading->arena),
        };
    }
}

/* The number of a plan, which is given one where it is new. */
static bool number_plan(struct reading *reading, int64_t plan_id, size_t *ret_plan,
                        struct error *err)
{
    for (size_t i = 0; i < reading->plan_ids.count; i++)
        if (reading->plan_ids.items[i] == plan_id) {
            *ret_plan = i;
            return true;
        }
    const struct catalog_plan *plan = catalog_plan_find(reading->catalog, plan_id);
    if (plan == NULL)
        return error_run(err, EXIT_DATA, "plan %" PRId64 " of a change is not in the database",
                         plan_id);
    *ret_plan = reading->plan_ids.count;
    ARRAY_ADD(reading->arena, &reading->plan_ids) = plan_id;
    ARRAY_ADD(reading->arena, &reading->plans) =
        (struct timeline_plan){plan->interval, (int32_t)plan->interval_count};
    add_prices(reading, *ret_plan);
    return true;
}

/* Of one that was withdrawn the plan has its number all the same: what was made of it is there. */
static bool add_change(struct reading *reading, const struct change_row *row, struct error *err)
{
    struct subscription_change change = {.at = row->at_on, .plan = TIMELINE_PLAN_KEPT};
    if (row->pause || row->resume)
        change.pause = row->pause ? PAUSE_BEGINS : PAUSE_ENDS;
    if (!price_figure_parse(row->quantity, &change.quantity, err) ||
        (row->plan_id != DB_I64_NONE && !number_plan(reading, row->plan_id, &change.plan, err)))
        return false;
    if (!row->withdrawn)
        ARRAY_ADD(reading->arena, &reading->changes) = change;
    return true;
}

static int compare_changes(const void *a, const void *b)
{
    const struct subscription_change *left = a;
    const struct subscription_change *right = b;
    return date_compare(left->at, right->at);
}

/* ---------------------------------------------------------------- what was made */

/* Whatever its slot would be called: once, however often it was billed. */
static void add_begun(struct reading *reading, const struct made_row *row, struct slot_entry entry)
{
    entry.slot.kind = SLOT_USAGE;
    entry.slot.due_on = entry.slot.period.end;
    entry.generation = 1;
    for (size_t i = 0; i < reading->begun.count; i++)
        if (reading->begun.items[i].price == entry.slot.price &&
            date_compare(reading->begun.items[i].period.start, entry.slot.period.start) == 0)
            return;
    ARRAY_ADD(reading->arena, &reading->begun) = entry.slot;
    ARRAY_ADD(reading->arena, &reading->begun_rows) =
        (struct life_made){entry, row->end_at_us, row->payer_id};
}

static size_t find_price(const struct reading *reading, int64_t price_id)
{
    for (size_t i = 0; i < reading->price_ids.count; i++)
        if (reading->price_ids.items[i] == price_id)
            return i;
    return SIZE_MAX;
}

/* Its plan may be that of a change which was withdrawn, and whose day another one has. SIZE_MAX: it
 * is of no plan. */
static bool find_made_price(struct reading *reading, int64_t price_id, size_t *ret_price,
                            struct error *err)
{
    size_t price = find_price(reading, price_id);
    if (price == SIZE_MAX) {
        const struct catalog_price *newest = catalog_price_newest(reading->catalog, price_id);
        size_t ignored;
        if (newest != NULL && catalog_plan_find(reading->catalog, newest->plan_id) != NULL) {
            if (!number_plan(reading, newest->plan_id, &ignored, err))
                return false;
            price = find_price(reading, price_id);
        }
    }
    *ret_price = price;
    return true;
}

static bool add_made(struct reading *reading, const struct made_row *row, struct error *err)
{
    size_t price = 0;
    struct slot_entry entry = {
        .slot = {.period = {row->start_on, row->end_on},
                 .full = {row->full_start_on, row->full_end_on},
                 .basis = period_part_basis(row->proration),
                 .priced_on = date_is_none(row->priced_on) ? row->start_on : row->priced_on,
                 .counts_from =
                     date_is_none(row->counts_from_on) ? row->start_on : row->counts_from_on,
                 .due_on = row->due_on},
        .cutoff_on = row->cutoff_on,
    };
    if (!find_made_price(reading, row->price_id, &price, err))
        return false;
    if (price == SIZE_MAX)
        return true;
    entry.slot.price = price;
    if (!text_equal(correction_base_kind(row->kind), row->kind))
        ARRAY_ADD(reading->arena, &reading->again) =
            (struct slot_again){entry.slot.full, entry.cutoff_on};
    if (!counted_gaps_parse(row->counts_gaps, reading->arena, &entry.slot.gaps, err))
        return false;
    if (progressive_number(row->kind) > 0)
        add_begun(reading, row, entry);
    if (!slot_entry_parse_kind(row->kind, &entry))
        return true; /* late usage */
    if (row->quantity != NULL && !decimal_parse(row->quantity, &entry.slot.quantity, err))
        return false;
    ARRAY_ADD(reading->arena, &reading->made) = entry;
    ARRAY_ADD(reading->arena, &reading->made_rows) =
        (struct life_made){entry, row->end_at_us, row->payer_id};
    return true;
}

static const struct date *made_until(const struct reading *reading)
{
    const struct advance_subscription *subscription = reading->subscription;
    struct date *until = ARENA_NEW_ARRAY(reading->arena, struct date, reading->price_ids.count + 1);
    for (size_t i = 0; i < reading->price_ids.count; i++) {
        until[i] = DATE_NONE;
        for (size_t k = 0; k < subscription->price_count; k++)
            if (subscription->prices[k].price_id == reading->price_ids.items[i])
                until[i] = subscription->prices[k].made_until;
    }
    return until;
}

/* In the order of the runs that made them. */
static int compare_cutoffs(const void *a, const void *b)
{
    const struct slot_entry *left = a;
    const struct slot_entry *right = b;
    int order = date_compare(left->cutoff_on, right->cutoff_on);
    if (order == 0)
        order = date_compare(left->slot.due_on, right->slot.due_on);
    if (order == 0)
        order = date_compare(left->slot.period.start, right->slot.period.start);
    return order != 0
               ? order
               : (left->slot.price > right->slot.price) - (left->slot.price < right->slot.price);
}

static const struct timeline_basis *read_bases(struct reading *reading)
{
    struct slot_entries *made = &reading->made;
    struct timeline_basis *bases =
        ARENA_NEW_ARRAY(reading->arena, struct timeline_basis, made->count + 1);
    if (made->count > 1)
        qsort(made->items, made->count, sizeof *made->items, compare_cutoffs);
    for (size_t i = 0; i < made->count; i++)
        bases[i] = (struct timeline_basis){made->items[i].slot.price, made->items[i].slot.full,
                                           made->items[i].slot.basis};
    return bases;
}

/* ---------------------------------------------------------------- a life, all lives */

static bool read_life(struct reading *reading, size_t place, struct bulk_cursor *changes,
                      struct bulk_cursor *made, struct stored_life *ret_life, struct error *err)
{
    const struct advance_subscription *subscription = reading->subscription;
    const void *row = NULL;
    size_t own_plan = 0;
    if (!number_plan(reading, subscription->plan_id, &own_plan, err))
        return false;
    while ((row = bulk_cursor_next(changes, place, sizeof(struct change_row))) != NULL)
        if (!add_change(reading, row, err))
            return false;
    while ((row = bulk_cursor_next(made, place, sizeof(struct made_row))) != NULL)
        if (!add_made(reading, row, err))
            return false;
    if (reading->changes.count > 1)
        qsort(reading->changes.items, reading->changes.count, sizeof *reading->changes.items,
              compare_changes);
    struct stored_life life = {
        .timeline = {.plans = reading->plans.items,
                     .prices = reading->prices.items,
                     .price_count = reading->prices.count,
                     .changes = reading->changes.items,
                     .change_count = reading->changes.count,
                     .bases = read_bases(reading),
                     .basis_count = reading->made.count},
        .price_ids = reading->price_ids.items,
        .history = { .made = reading->made.items,
                     .made_count = reading->made.count,
                     .made_until = made_until(reading),
                     .begun = reading->begun.items,
                     .begun_count = reading->begun.count,
                     .again = reading->again.items,
                     .again_count = reading->again.count,
                     .since = subscription->life_since},
        .made = reading->made_rows.items,
        .made_count = reading->made_rows.count,
        .begun = reading->begun_rows.items,
    };
    if (!decimal_parse(subscription->quantity, &life.timeline.quantity, err))
        return false;
    *ret_life = life;
    return true;
}

bool life_store_load(struct db *db, int64_t tenant_id,
                     const struct advance_subscription *const *subscriptions, size_t count,
                     const struct billing_catalog *catalog, struct arena *arena,
                     struct stored_life **ret_lives, struct error *err)
{
    struct stored_life *lives = ARENA_NEW_ARRAY(arena, struct stored_life, count + 1);
    struct change_row *change_keys = ARENA_NEW_ARRAY(arena, struct change_row, count + 1);
    struct made_row *made_keys = ARENA_NEW_ARRAY(arena, struct made_row, count + 1);
    struct bulk_found changes;
    struct bulk_found made;
    for (size_t i = 0; i < count; i++) {
        change_keys[i].tenant_id = made_keys[i].tenant_id = tenant_id;
        change_keys[i].subscription_id = made_keys[i].subscription_id =
            subscriptions[i]->subscription_id;
    }
    if (!bulk_find(db, &changes_of, change_keys, count, arena, &changes, err) ||
        !bulk_find(db, &made_of, made_keys, count, arena, &made, err))
        return error_context(err, "loading changes of subscriptions");
    struct bulk_cursor change_rows = {&changes, 0};
    struct bulk_cursor made_rows = {&made, 0};
    for (size_t i = 0; i < count; i++) {
        struct reading reading = {
            .subscription = subscriptions[i], .catalog = catalog, .arena = arena};
        if (!read_life(&reading, i, &change_rows, &made_rows, &lives[i], err))
            return error_context(err, "subscription %s", subscriptions[i]->subscription);
    }
    *ret_lives = lives;
    return true;
}

/* ---------------------------------------------------------------- who paid */

static bool is_reversed_by(const struct slot_entry *made, const struct slot_entry *reversal)
{
    return !made->reversal && made->slot.price == reversal->slot.price &&
           made->slot.kind == reversal->slot.kind && made->generation == reversal->generation &&
           date_compare(made->slot.period.start, reversal->slot.period.start) == 0;
}

/* Whether the one is the charge that a credit takes from, and a later one than `best` (NULL: any).
 */
static bool is_credited_by(const struct slot_entry *made, const struct slot_entry *credit,
                           const struct slot_entry *best)
{
    bool is_charge = !made->reversal && (made->slot.kind == SLOT_RECURRING ||
                                         made->slot.kind == SLOT_PRORATION_CHARGE);
    if (!is_charge || made->slot.price != credit->slot.price ||
        !period_equal(made->slot.full, credit->slot.full) ||
        date_compare(made->slot.period.start, credit->slot.period.start) >= 0)
        return false;
    int order = best == NULL ? 1 : date_compare(made->slot.period.start, best->slot.period.start);
    return order > 0 || (order == 0 && made->generation > best->generation);
}

/* What the charge is in place of. */
static bool is_replaced_by(const struct slot_entry *made, const struct slot_entry *charge)
{
    struct slot_entry before = *charge;
    before.generation--;
    return is_reversed_by(made, &before);
}

static int64_t payer_of_charge(const struct stored_life *life, const struct slot_entry *charge,
                               int64_t now)
{
    for (size_t i = 0; i < life->made_count; i++)
        if (is_replaced_by(&life->made[i].entry, charge))
            return life->made[i].payer_id;
    return now;
}

int64_t life_payer(const struct stored_life *life, const struct slot_entries *entries,
                   const struct slot_entry *entry, int64_t now)
{
    const struct slot_entry *best = NULL;
    int64_t payer_id = now;
    if (!entry->reversal && entry->slot.kind != SLOT_PRORATION_CREDIT)
        return payer_of_charge(life, entry, now);
    for (size_t i = 0; i < life->made_count; i++) {
        const struct slot_entry *made = &life->made[i].entry;
        if (entry->reversal ? is_reversed_by(made, entry) : is_credited_by(made, entry, best)) {
            best = made;
            payer_id = life->made[i].payer_id;
        }
    }
    for (size_t i = 0; i < life->history.begun_count && best == NULL && entry->reversal; i++)
        if (is_reversed_by(&life->begun[i].entry, entry))
            payer_id = life->begun[i].payer_id;
    for (size_t i = 0; i < entries->count && !entry->reversal; i++)
        if (is_credited_by(&entries->items[i], entry, best)) {
            best = &entries->items[i];
            payer_id = payer_of_charge(life, best, now);
        }
    return payer_id;
}

int64_t stored_life_instant(const struct stored_life *life, size_t price, const struct zone *zone,
                            struct date date)
{
    for (size_t i = 0; i < life->made_count; i++) {
        const struct charge_slot *made = &life->made[i].entry.slot;
        if (made->price == price && date_compare(made->period.end, date) == 0)
            return life->made[i].end_at_us;
    }
    return zone_midnight(zone, date);
}

const char *stored_life_gaps_text(const struct stored_life *life, const struct charge_slot *slot,
                                  const struct zone *zone, struct arena *arena)
{
    struct counted_gap *gaps = ARENA_NEW_ARRAY(arena, struct counted_gap, slot->gaps.count + 1);
    for (size_t i = 0; i < slot->gaps.count; i++) {
        struct period days = slot->gaps.items[i].days;
        gaps[i] =
            (struct counted_gap){days, stored_life_instant(life, slot->price, zone, days.start),
                                 stored_life_instant(life, slot->price, zone, days.end)};
    }
    return counted_gaps_text((struct counted_gaps){gaps, slot->gaps.count}, arena);
}
