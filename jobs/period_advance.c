/* period-advance: make the billing periods that have become due, and say what subscriptions have
 * become. An item is a customer with all of his subscriptions.
 *
 * A period is cut where its price changes (price_spans.h); days on which none of its versions holds
 * are not charged. Usage that came after its period was rated gets a late period of its own, due
 * now; or the draft that bills the period is taken back, to be made again with it; or it waits for
 * a person, as an item of its own beside its customer, until that is tried again or waived.
 *
 * A subscription with changes, or one that ends before what was made of it, is reconciled: what its
 * life says beside what is there, the difference is appended (charge_slots.h). */
#include <inttypes.h>

#include "core/base/text.h"
#include "core/billing/period_part.h"
#include "core/billing/subscription_periods.h"
#include "core/calendar/zone.h"
#include "core/engine/parked.h"
#include "core/stores/contract_ledger.h"
#include "core/stores/life_store.h"
#include "core/stores/period_store.h"
#include "core/stores/reopen_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/subscription_terms.h"

struct advance_memory {
    struct job_tenant tenant;
    struct zone_cache *zones;
};

/* A customer with the zone of each subscription, NULL where its name is no zone, and with its life,
 * NULL where the subscription is no more than its record, and with the phases of his contracts.
 * Where late usage waits for a person, the customer's item has none, and each of its late periods
 * is an item behind it. */
struct advance_item {
    const struct advance_customer *customer;
    const struct zone **zones;
    const struct stored_life **lives;
    const struct advance_late *late;
    size_t late_count;
    const struct reopen_draft **drafts; /* of each, that is taken back for it; NULL: none */
    const char *waiting;                /* of a late period: why; NULL: the customer's item */
    struct contract_phases contracts;
    const struct zone *contract_zone;         /* of the customer; NULL where its name is no zone */
    const struct contract_ids *true_ups_made; /* of all customers of the chunk */
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    return job_plan_due_work(ctx, WORK_ALL_CUSTOMERS, plan, err);
}

static struct advance_memory *memory_of(const struct job_ctx *ctx)
{
    if (*ctx->memory == NULL) {
        struct advance_memory *memory = ARENA_NEW(ctx->arena, struct advance_memory);
        const char *directory = job_environment(ctx)->settings->directories.zoneinfo.text;
        memory->zones = zone_cache_create(directory);
        *ctx->memory = memory;
    }
    return *ctx->memory;
}

static void release(void *memory)
{
    zone_cache_destroy(&((struct advance_memory *)memory)->zones);
}

static bool load_zone(const struct advance_memory *memory, const char *name,
                      const struct zone **ret_zone, struct error *err)
{
    *ret_zone = NULL;
    if (zone_load(memory->zones, name, ret_zone, err))
        return true;
    if (err->kind != ERROR_ITEM)
        return false;
    *ret_zone = NULL;
    error_clear(err);
    return true;
}

static bool load_zones(const struct advance_memory *memory, struct advance_item *item,
                       struct arena *arena, struct error *err)
{
    const struct advance_customer *customer = item->customer;
    item->zones = ARENA_NEW_ARRAY(arena, const struct zone *, customer->subscription_count + 1);
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const char *name =
            job_subscription_zone(memory->tenant.catalog, customer, &customer->subscriptions[i]);
        if (!load_zone(memory, name, &item->zones[i], err))
            return false;
    }
    return true;
}

static struct period_run run_of(const struct job_ctx *ctx)
{
    const struct settings_rules *rules = &job_environment(ctx)->settings->rules;
    return (struct period_run){
        .business_date = ctx->business_date,
        .grid = ctx->key == JOB_KEY_PERIOD ? RUN_GRID_MONTH : RUN_GRID_DAY,
        .catch_up = rules->catch_up,
        .max_catch_up = rules->max_catch_up,
    };
}

/* What was made beyond its end is to be taken back. A subscription whose terms are refused is
 * parked when it is computed. */
static bool ends_early(const struct billing_catalog *catalog,
                       const struct advance_subscription *subscription)
{
    struct subscription_terms terms;
    struct date end;
    struct error refused = {0};
    if (date_is_none(subscription->cancel_at_on) ||
        !job_subscription_terms(catalog, subscription, &terms, &refused) ||
        !subscription_end(&terms, &end, &refused))
        return false;
    for (size_t i = 0; i < subscription->price_count; i++)
        if (date_compare(subscription->prices[i].made_until, end) > 0)
            return true;
    return false;
}

/* The lives of the chunk's subscriptions, of which most have none. */
static bool load_lives(const struct job_ctx *ctx, const struct advance_memory *memory,
                       struct advance_item *items, size_t count, struct arena *arena,
                       struct error *err)
{
    const struct billing_catalog *catalog = memory->tenant.catalog;
    struct subscriptions ARRAY_OF(const struct advance_subscription *) subscriptions = {0};
    struct places ARRAY_OF(const struct stored_life **) places = {0};
    struct stored_life *lives = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct advance_customer *customer = items[i].customer;
        items[i].lives =
            ARENA_NEW_ARRAY(arena, const struct stored_life *, customer->subscription_count + 1);
        for (size_t k = 0; k < customer->subscription_count; k++) {
            const struct advance_subscription *subscription = &customer->subscriptions[k];
            if (date_is_none(subscription->life_since) && !ends_early(catalog, subscription))
                continue;
            ARRAY_ADD(arena, &subscriptions) = subscription;
            ARRAY_ADD(arena, &places) = &items[i].lives[k];
        }
    }
    if (subscriptions.count == 0)
        return true;
    if (!life_store_load(ctx->db, memory->tenant.tenant_id, subscriptions.items,
                         subscriptions.count, catalog, arena, &lives, err))
        return false;
    for (size_t i = 0; i < places.count; i++)
        *places.items[i] = &lives[i];
    return true;
}

/* ---------------------------------------------------------------- late usage, as it is loaded */

static const char *subscription_name(const struct advance_customer *customer,
                                     int64_t subscription_id)
{
    for (size_t i = 0; i < customer->subscription_count; i++)
        if (customer->subscriptions[i].subscription_id == subscription_id)
            return customer->subscriptions[i].subscription;
    return "?";
}

static bool is_waived(const struct parked_waived *waived, size_t count, const char *name,
                      const char *reason)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(waived[i].item, name) && text_equal(waived[i].reason, reason))
            return true;
    return false;
}

/* What was waived is not asked again, unless more has come since: the reason says how much. */
static void add_late_item(struct chunk *chunk, const struct billing_catalog *catalog,
                          const struct advance_customer *customer, const struct advance_late *late,
                          const struct parked_waived *waived, size_t waived_count)
{
    struct arena *arena = chunk_arena(chunk);
    const struct catalog_price *price = catalog_price_newest(catalog, late->price_id);
    struct date_text start = date_text(late->start_on);
    const char *subscription = subscription_name(customer, late->subscription_id);
    const char *name = arena_printf(arena, "late usage of %s %s from %s", subscription,
                                    price == NULL ? "?" : price->price.price, start.text);
    const char *why = arena_printf(
        arena, "%" PRId64 " usage events came after the period from %s to %s had been billed",
        late->events, start.text, date_text(late->end_on).text);
    if (is_waived(waived, waived_count, name, why))
        return;
    struct advance_item *item = ARENA_NEW(arena, struct advance_item);
    *item =
        (struct advance_item){.customer = customer, .late = late, .late_count = 1, .waiting = why};
    (void)chunk_add_item(chunk, job_number_key(chunk, customer->customer_id), name, item);
}

/* late_usage: park. */
static bool load_waiting(const struct job_ctx *ctx, const struct advance_memory *memory,
                         struct advance_item *item, struct chunk *chunk, struct error *err)
{
    struct parked_waived *waived = NULL;
    size_t count = 0;
    if (item->late_count == 0)
        return true;
    if (!parked_load_waived(ctx->db, memory->tenant.tenant_id, job_period_advance.name,
                            chunk_arena(chunk), &waived, &count, err))
        return false;
    for (size_t i = 0; i < item->late_count; i++)
        add_late_item(chunk, memory->tenant.catalog, item->customer, &item->late[i], waived, count);
    item->late_count = 0;
    return true;
}

/* late_usage: reopen_draft. */
static bool load_drafts(const struct job_ctx *ctx, const struct advance_memory *memory,
                        struct advance_item *item, struct arena *arena, struct error *err)
{
    item->drafts = (const struct reopen_draft **)arena_alloc_array(
        arena, item->late_count + 1, sizeof(const struct reopen_draft *));
    for (size_t i = 0; i < item->late_count; i++) {
        const struct advance_late *late = &item->late[i];
        struct reopen_period period = {.subscription_id = late->subscription_id,
                                       .price_id = late->price_id,
                                       .start_on = late->start_on};
        struct reopen_draft *draft = NULL;
        if (!reopen_store_find(ctx->db, memory->tenant.tenant_id, &period, ctx->business_date,
                               arena, &draft, err))
            return false;
        item->drafts[i] = draft;
    }
    return true;
}

static bool load_late(const struct job_ctx *ctx, const struct advance_memory *memory,
                      struct advance_item *item, struct chunk *chunk, struct error *err)
{
    item->late = item->customer->late;
    item->late_count = item->customer->late_count;
    switch (job_environment(ctx)->settings->rules.late_usage) {
    case LATE_USAGE_NEXT_PERIOD:
        return true;
    case LATE_USAGE_PARK:
        return load_waiting(ctx, memory, item, chunk, err);
    case LATE_USAGE_REOPEN_DRAFT:
        return item->late_count == 0 || load_drafts(ctx, memory, item, chunk_arena(chunk), err);
    }
    return false;
}

/* Nothing is asked where no customer of the chunk has a contract. */
static bool load_contracts(const struct job_ctx *ctx, const struct advance_memory *memory,
                           struct advance_item *items, size_t count, struct arena *arena,
                           struct error *err)
{
    const struct billing_catalog *catalog = memory->tenant.catalog;
    struct contract_ids *made = ARENA_NEW(arena, struct contract_ids);
    size_t phases = 0;
    for (size_t i = 0; i < count; i++) {
        const struct advance_customer *customer = items[i].customer;
        const char *zone =
            customer->timezone != NULL ? customer->timezone : catalog->tenant.timezone;
        items[i].contracts = contract_phases_of(&catalog->contracts, customer->customer_id);
        items[i].true_ups_made = made;
        phases += items[i].contracts.count;
        if (items[i].contracts.count > 0 && !load_zone(memory, zone, &items[i].contract_zone, err))
            return false;
    }
    return phases == 0 || contract_true_ups_made(
                              ctx->db, memory->tenant.tenant_id, items[0].customer->customer_id - 1,
                              items[count - 1].customer->customer_id, arena, made, err);
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct advance_memory *memory = memory_of(ctx);
    struct advance_customer *customers = NULL;
    size_t count = 0;
    int64_t after_id = 0;
    int64_t hi_id = 0;
    chunk_set_state(chunk, memory);
    if (!job_tenant_load(ctx, range->tenant_id, &memory->tenant, err) ||
        !job_number_range(range, &after_id, &hi_id, err) ||
        !period_store_load(ctx->db, range->tenant_id, after_id, hi_id, range->limit,
                           ctx->business_date, chunk_arena(chunk), &customers, &count, err))
        return false;
    struct advance_item *items =
        ARENA_NEW_ARRAY(chunk_arena(chunk), struct advance_item, count + 1);
    for (size_t i = 0; i < count; i++) {
        items[i].customer = &customers[i];
        if (!load_zones(memory, &items[i], chunk_arena(chunk), err))
            return false;
        (void)chunk_add_item(chunk, job_number_key(chunk, customers[i].customer_id),
                             customers[i].customer, &items[i]);
        if (!load_late(ctx, memory, &items[i], chunk, err))
            return false;
    }
    return load_lives(ctx, memory, items, count, chunk_arena(chunk), err) &&
           load_contracts(ctx, memory, items, count, chunk_arena(chunk), err);
}

/* Up to where the periods of a price are made: the local date and the instant that it meant. */
struct made_until {
    struct date date;
    int64_t at_us;
    int64_t counts_from_us; /* where the first of adjoining parts began */
};

/* How the period is prorated, for its row. */
static bool proration_text(enum proration_basis basis, const struct zone *zone, struct period full,
                           struct period period, struct chunk *chunk, const char **ret_text,
                           struct error *err)
{
    struct period_part part;
    if (!period_part_make(basis, zone, full, period, &part, err))
        return false;
    *ret_text = period_part_text(&part, chunk_arena(chunk));
    return true;
}

/* Instants tile as dates do, whatever became of the zone since: a period begins at the instant at
 * which the one before it ended, so that no usage is lost or billed twice between two zones. */
static void append_period(struct chunk *chunk, const struct advance_customer *customer,
                          const struct advance_price *price, const struct zone *zone,
                          const struct due_period *due, int64_t tenant_id, const char *quantity,
                          const char *proration, struct made_until *made)
{
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    bool follows = !date_is_none(made->date) && date_compare(made->date, due->period.start) == 0;
    int64_t start_at_us = follows ? made->at_us : zone_midnight(zone, due->period.start);
    int64_t end_at_us = zone_midnight(zone, due->period.end);
    bool counts_before = date_compare(due->counts_from, due->period.start) < 0;
    *made = (struct made_until){due->period.end, end_at_us > start_at_us ? end_at_us : start_at_us,
                                counts_before ? made->counts_from_us : start_at_us};
    *row = (struct billing_period_row){
        .tenant_id = tenant_id,
        .subscription_id = price->subscription_id,
        .price_id = price->price_id,
        .start_on = due->period.start,
        .kind = period_kind_name(due->kind),
        .end_on = due->period.end,
        .start_at_us = start_at_us,
        .end_at_us = made->at_us,
        .full_start_on = due->full.start,
        .full_end_on = due->full.end,
        .due_on = due->due_on,
        .cutoff_on = due->cutoff_on,
        .quantity = quantity,
        .priced_on = DATE_NONE,
        .proration = proration,
        .counts_from_on = counts_before ? due->counts_from : DATE_NONE,
        .counts_from_us = counts_before ? made->counts_from_us : DB_I64_NONE,
        .payer_id = customer->payer_id,
    };
}

/* What a period is charged for: NULL for usage, which is counted when it is rated. */
static const char *quantity_of(const struct price_schedule *schedule, const struct due_period *due,
                               const struct advance_subscription *subscription)
{
    if (schedule->metered)
        return NULL;
    return schedule->spans.items[due->span].per_quantity ? subscription->quantity : "1";
}

static bool advance_price(const struct job_ctx *ctx, const struct advance_customer *customer,
                          const struct advance_subscription *subscription,
                          const struct advance_price *price, const struct subscription_terms *terms,
                          const struct zone *zone, struct chunk *chunk, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    const struct catalog_price *newest =
        catalog_price_newest(memory->tenant.catalog, price->price_id);
    struct period_run run = run_of(ctx);
    struct due_periods due = {0};
    struct made_until made = {price->made_until, price->made_until_us, DB_I64_NONE};
    int64_t skipped = 0;
    if (newest == NULL)
        return error_item(err, "missing_price", "a price of its plan is not in the database");
    struct price_schedule schedule = {
        .billing = newest->price.billing,
        .metered = newest->meter_id != DB_I64_NONE,
        .undivided = job_environment(ctx)->settings->rules.proration == PRORATE_NONE,
        .made_until = price->made_until,
        .spans = catalog_price_spans_of(memory->tenant.catalog, price->price_id,
                                        customer->customer_id, chunk_arena(chunk)),
    };
    if (!subscription_periods_due(terms, &schedule, &run, chunk_scratch(chunk), &due, &skipped,
                                  err))
        return error_context(err, "price %s", newest->price.price);
    for (size_t i = 0; i < due.count; i++) {
        const struct due_period *period = &due.items[i];
        const char *proration = NULL;
        if (!proration_text(job_environment(ctx)->settings->rules.proration, zone, period->full,
                            period->period, chunk, &proration, err))
            return error_context(err, "price %s", newest->price.price);
        append_period(chunk, customer, price, zone, period, memory->tenant.tenant_id,
                      quantity_of(&schedule, period, subscription), proration, &made);
    }
    return true;
}

static bool append_states(const struct job_ctx *ctx, int64_t tenant_id,
                          const struct advance_subscription *subscription,
                          const struct subscription_terms *terms, struct chunk *chunk,
                          struct error *err)
{
    struct subscription_state states[SUBSCRIPTION_STATES_MAX];
    size_t count = 0;
    if (!subscription_states_due(terms, ctx->business_date, states, &count, err))
        return false;
    for (size_t i = (size_t)subscription->states; i < count; i++) {
        struct subscription_state_row *row = chunk_append(chunk, &SUBSCRIPTION_STATE_ADD);
        *row = (struct subscription_state_row){.tenant_id = tenant_id,
                                               .subscription_id = subscription->subscription_id,
                                               .since_on = states[i].since,
                                               .state = subscription_status_name(states[i].status)};
    }
    return true;
}

/* ---------------------------------------------------------------- lives with changes */

/* The instant of a date at which something made of the price ended is the one that it meant then;
 * the row begins or ends there. */
static int64_t instant_of(const struct stored_life *life, size_t price, const struct zone *zone,
                          struct date date)
{
    for (size_t i = 0; i < life->made_count; i++) {
        const struct charge_slot *made = &life->made[i].entry.slot;
        if (made->price == price && date_compare(made->period.end, date) == 0)
            return life->made[i].end_at_us;
    }
    return zone_midnight(zone, date);
}

static bool append_entry(struct chunk *chunk, int64_t payer_id,
                         const struct advance_subscription *subscription,
                         const struct stored_life *life, const struct zone *zone,
                         const struct slot_entry *entry, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    const struct charge_slot *slot = &entry->slot;
    struct arena *arena = chunk_arena(chunk);
    bool is_usage = life->timeline.prices[slot->price].metered;
    bool by_its_start = date_compare(slot->priced_on, slot->period.start) == 0;
    bool counts_before = date_compare(slot->counts_from, slot->period.start) < 0;
    int64_t start_at_us = instant_of(life, slot->price, zone, slot->period.start);
    int64_t end_at_us = instant_of(life, slot->price, zone, slot->period.end);
    const char *proration = NULL;
    if (!proration_text(slot->basis, zone, slot->full, slot->period, chunk, &proration, err))
        return false;
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    *row = (struct billing_period_row){
        .tenant_id = memory->tenant.tenant_id,
        .subscription_id = subscription->subscription_id,
        .price_id = life->price_ids[slot->price],
        .start_on = slot->period.start,
        .kind = slot_entry_kind(entry, arena),
        .end_on = slot->period.end,
        .start_at_us = start_at_us,
        .end_at_us = end_at_us > start_at_us ? end_at_us : start_at_us,
        .full_start_on = slot->full.start,
        .full_end_on = slot->full.end,
        .due_on = slot->due_on,
        .cutoff_on = entry->cutoff_on,
        .quantity = is_usage ? NULL : arena_copy(arena, decimal_text(slot->quantity).text),
        .priced_on = by_its_start ? DATE_NONE : slot->priced_on,
        .proration = proration,
        .counts_from_on = counts_before ? slot->counts_from : DATE_NONE,
        .counts_from_us =
            counts_before ? instant_of(life, slot->price, zone, slot->counts_from) : DB_I64_NONE,
        .payer_id = payer_id,
    };
    return true;
}

/* From the facts of the life, of which terms are the first: what is to be made or taken back. */
static bool reconcile(const struct job_ctx *ctx, const struct stored_life *life,
                      const struct subscription_terms *terms, struct date end,
                      struct arena *scratch, struct slot_entries *ret_entries, struct error *err)
{
    struct subscription_timeline timeline = life->timeline;
    struct slot_history history = life->history;
    struct period_run run = run_of(ctx);
    struct charge_slots wanted = {0};
    int64_t skipped = 0;
    timeline.terms = terms;
    timeline.basis = job_environment(ctx)->settings->rules.proration;
    if (date_is_none(history.since) || (!date_is_none(end) && date_compare(end, history.since) < 0))
        history.since = end;
    return subscription_timeline_slots(&timeline, ctx->business_date, scratch, &wanted, err) &&
           charge_slots_reconcile(&wanted, &history, &run, scratch, ret_entries, &skipped, err);
}

/* What is taken back in this run: late usage of it is billed by what takes its place. */
struct reversal {
    int64_t subscription_id, price_id;
    struct date start_on;
};

struct reversals ARRAY_OF(struct reversal);

static bool advance_life(const struct job_ctx *ctx, const struct advance_customer *customer,
                         const struct advance_subscription *subscription,
                         const struct stored_life *life, struct subscription_terms *terms,
                         const struct zone *zone, struct reversals *reversals, struct chunk *chunk,
                         struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct subscription_timeline timeline = life->timeline;
    struct slot_entries entries = {0};
    struct date end;
    timeline.terms = terms;
    if (!subscription_timeline_end(&timeline, chunk_scratch(chunk), &end, err) ||
        !reconcile(ctx, life, terms, end, chunk_scratch(chunk), &entries, err))
        return false;
    for (size_t i = 0; i < entries.count; i++) {
        const struct slot_entry *entry = &entries.items[i];
        if (entry->reversal)
            ARRAY_ADD(chunk_scratch(chunk), reversals) =
                (struct reversal){subscription->subscription_id, life->price_ids[entry->slot.price],
                                  entry->slot.period.start};
        if (!append_entry(chunk, life_payer(life, &entries, entry, customer->payer_id),
                          subscription, life, zone, entry, err))
            return false;
    }
    terms->cancel_at = end;
    terms->cancel_at_period_end = false;
    return append_states(ctx, memory->tenant.tenant_id, subscription, terms, chunk, err);
}

static bool advance_subscription(const struct job_ctx *ctx, const struct advance_customer *customer,
                                 const struct advance_subscription *subscription,
                                 const struct stored_life *life, const struct zone *zone,
                                 struct reversals *reversals, struct chunk *chunk,
                                 struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct subscription_terms terms;
    if (zone == NULL)
        return error_item(err, "bad_timezone", "'%s' is not a time zone of this system",
                          job_subscription_zone(memory->tenant.catalog, customer, subscription));
    if (!job_subscription_terms(memory->tenant.catalog, subscription, &terms, err))
        return false;
    bool is_over = terms.status == SUBSCRIPTION_CANCELED && date_is_none(terms.cancel_at);
    if (life != NULL && !is_over) /* rule 3: nothing is due any more, and nothing is taken back */
        return advance_life(ctx, customer, subscription, life, &terms, zone, reversals, chunk, err);
    if (!append_states(ctx, memory->tenant.tenant_id, subscription, &terms, chunk, err))
        return false;
    for (size_t i = 0; i < subscription->price_count; i++)
        if (!advance_price(ctx, customer, subscription, &subscription->prices[i], &terms, zone,
                           chunk, err))
            return false;
    return true;
}

static bool is_taken_back(const struct reversals *reversals, const struct advance_late *late)
{
    for (size_t i = 0; i < reversals->count; i++) {
        const struct reversal *reversal = &reversals->items[i];
        if (reversal->subscription_id == late->subscription_id &&
            reversal->price_id == late->price_id &&
            date_compare(reversal->start_on, late->start_on) == 0)
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- late usage */

/* A line of its own, now. */
static bool append_late(const struct job_ctx *ctx, const struct advance_customer *customer,
                        const struct advance_late *late, struct chunk *chunk, struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct period_run run = run_of(ctx);
    struct date due_on;
    struct date cutoff_on;
    if (!date_add_days(ctx->business_date, 1, &due_on, err) ||
        !run_grid_cutoff(run.grid, due_on, &cutoff_on, err))
        return false;
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    *row = (struct billing_period_row){
        .tenant_id = memory->tenant.tenant_id,
        .subscription_id = late->subscription_id,
        .price_id = late->price_id,
        .start_on = late->start_on,
        .kind = late->late_periods == 0 ? "late_usage"
                                        : arena_printf(chunk_arena(chunk), "late_usage:%" PRId64,
                                                       late->late_periods + 1),
        .end_on = late->end_on,
        .start_at_us = late->start_at_us,
        .end_at_us = late->end_at_us,
        .full_start_on = late->full_start_on,
        .full_end_on = late->full_end_on,
        .due_on = due_on,
        .cutoff_on = cutoff_on,
        .priced_on = DATE_NONE,
        .proration = late->proration,
        .counts_from_on = late->counts_from_on,
        .counts_from_us = late->counts_from_us,
        .payer_id = customer->payer_id,
    };
    return true;
}

/* Several periods, of several customers, may be on one draft. */
static bool is_gone(const struct reopen_draft *draft, struct chunk *chunk)
{
    for (size_t i = 0; i < chunk_row_count(chunk, &DRAFT_GONE); i++) {
        const struct draft_gone_row *row = chunk_row(chunk, &DRAFT_GONE, i);
        if (row->invoice_id == draft->invoice_id)
            return true;
    }
    return false;
}

/* As if it had never been rated: its periods are due, and the late events count with the others. */
static void take_draft_back(const struct reopen_draft *draft, struct chunk *chunk)
{
    static const struct bulk_table *const of_draft[] = {&DRAFT_GONE, &DRAFT_LINES_GONE,
                                                        &DRAFT_TAXES_GONE, &DRAFT_COUPON_USES_GONE,
                                                        &DRAFT_COUPON_LINES_GONE};
    const struct advance_memory *memory = chunk_state(chunk);
    if (is_gone(draft, chunk))
        return;
    for (size_t i = 0; i < ARRAY_LEN(of_draft); i++) {
        struct draft_gone_row *gone = chunk_append(chunk, of_draft[i]);
        *gone = (struct draft_gone_row){memory->tenant.tenant_id, draft->invoice_id};
    }
    for (size_t i = 0; i < draft->period_count; i++) {
        const struct reopen_period *period = &draft->periods[i];
        struct period_due_again_row *row = chunk_append(chunk, &PERIOD_DUE_AGAIN);
        *row = (struct period_due_again_row){.tenant_id = memory->tenant.tenant_id,
                                             .subscription_id = period->subscription_id,
                                             .price_id = period->price_id,
                                             .start_on = period->start_on,
                                             .kind = period->kind,
                                             .invoice_id = DB_I64_NONE};
    }
}

static bool bill_late(const struct job_ctx *ctx, const struct advance_item *item,
                      const struct reversals *reversals, struct chunk *chunk, struct error *err)
{
    for (size_t i = 0; i < item->late_count; i++) {
        if (is_taken_back(reversals, &item->late[i]))
            continue;
        if (item->drafts != NULL && item->drafts[i] != NULL)
            take_draft_back(item->drafts[i], chunk);
        else if (!append_late(ctx, item->customer, &item->late[i], chunk, err))
            return false;
    }
    return true;
}

/* What the customer's item, which was before this one, takes back of the period. */
static bool is_taken_back_before(const struct advance_late *late, struct chunk *chunk)
{
    struct slot_entry entry;
    for (size_t i = 0; i < chunk_row_count(chunk, &BILLING_PERIOD_ADD); i++) {
        const struct billing_period_row *row = chunk_row(chunk, &BILLING_PERIOD_ADD, i);
        if (row->subscription_id == late->subscription_id && row->price_id == late->price_id &&
            date_compare(row->start_on, late->start_on) == 0 &&
            slot_entry_parse_kind(row->kind, &entry) && entry.reversal)
            return true;
    }
    return false;
}

/* A person decides: to try it again bills it now. */
static bool compute_waiting(const struct job_ctx *ctx, const struct chunk_item *item,
                            struct chunk *chunk, struct error *err)
{
    const struct advance_item *data = item->data;
    if (is_taken_back_before(data->late, chunk))
        return true;
    if (item->tried_again)
        return append_late(ctx, data->customer, data->late, chunk, err);
    (void)error_item(err, "late_usage", "%s", data->waiting);
    return error_hint(err, "`billmill parked retry` bills them now, as a line of its own; "
                           "`billmill parked waive` gives them up");
}

/* ---------------------------------------------------------------- commitments of contracts */

/* Of what is charged in arrears, the end of the last period that begins before `end`. */
static bool last_period_end(const struct billing_catalog *catalog,
                            const struct advance_customer *customer, struct date end,
                            struct date *ret_last, struct error *err)
{
    struct date day, last = DATE_NONE;
    if (!date_add_days(end, -1, &day, err))
        return false;
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const struct advance_subscription *subscription = &customer->subscriptions[i];
        struct subscription_terms terms;
        struct date own = DATE_NONE;
        bool in_arrears = false;
        for (size_t k = 0; k < subscription->price_count; k++) {
            const struct catalog_price *price =
                catalog_price_newest(catalog, subscription->prices[k].price_id);
            in_arrears =
                in_arrears || (price != NULL && (price->meter_id != DB_I64_NONE ||
                                                 price->price.billing == BILLING_IN_ARREARS));
        }
        if (!in_arrears)
            continue;
        if (!job_subscription_terms(catalog, subscription, &terms, err) ||
            !subscription_period_end(&terms, day, &own, err))
            return error_context(err, "subscription %s", subscription->subscription);
        if (!date_is_none(own))
            last = date_is_none(last) ? own : date_max(last, own);
    }
    *ret_last = last;
    return true;
}

static void append_true_up(const struct advance_item *item, const struct contract_phase *phase,
                           struct date due_on, struct date cutoff_on, struct chunk *chunk)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct billing_period_row *row = chunk_append(chunk, &BILLING_PERIOD_ADD);
    *row = (struct billing_period_row){
        .tenant_id = memory->tenant.tenant_id,
        .subscription_id = 0,
        .price_id = phase->phase_id,
        .start_on = phase->held.start,
        .kind = "true_up",
        .end_on = phase->held.end,
        .start_at_us = zone_midnight(item->contract_zone, phase->held.start),
        .end_at_us = zone_midnight(item->contract_zone, phase->held.end),
        .full_start_on = phase->held.start,
        .full_end_on = phase->held.end,
        .due_on = due_on,
        .cutoff_on = cutoff_on,
        .quantity = "1",
        .priced_on = DATE_NONE,
        .counts_from_on = DATE_NONE,
        .counts_from_us = DB_I64_NONE,
        .payer_id = item->customer->payer_id,
    };
}

/* A phase that is over, and of which everything is due that will be: what is missing to its
 * commitment is due, once. */
static bool advance_contract(const struct job_ctx *ctx, const struct advance_item *item,
                             const struct contract_phase *phase, struct chunk *chunk,
                             struct error *err)
{
    const struct advance_memory *memory = chunk_state(chunk);
    struct period_run run = run_of(ctx);
    struct date last, due_on, cutoff_on;
    if (!phase->has_commitment || date_is_none(phase->held.end) ||
        date_compare(phase->held.start, phase->held.end) == 0 ||
        contract_ids_have(item->true_ups_made, phase->phase_id))
        return true;
    if (!last_period_end(memory->tenant.catalog, item->customer, phase->held.end, &last, err))
        return false;
    due_on = contract_phase_due(phase->held, last);
    if (date_days_between(ctx->business_date, due_on) > 1)
        return true;
    if (item->contract_zone == NULL)
        return error_item(err, "bad_timezone",
                          "its customer's time zone is not one of this system");
    if (!run_grid_cutoff(run.grid, due_on, &cutoff_on, err))
        return false;
    append_true_up(item, phase, due_on, cutoff_on, chunk);
    return true;
}

static bool advance_contracts(const struct job_ctx *ctx, const struct advance_item *item,
                              struct chunk *chunk, struct error *err)
{
    for (size_t i = 0; i < item->contracts.count; i++)
        if (!advance_contract(ctx, item, &item->contracts.items[i], chunk, err))
            return error_context(err, "contract %s, phase %s", item->contracts.items[i].contract,
                                 item->contracts.items[i].phase);
    return true;
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct advance_item *data = item->data;
    const struct advance_customer *customer = data->customer;
    struct reversals reversals = {0};
    if (data->waiting != NULL)
        return compute_waiting(ctx, item, chunk, err);
    for (size_t i = 0; i < customer->subscription_count; i++) {
        const struct advance_subscription *subscription = &customer->subscriptions[i];
        if (!advance_subscription(ctx, customer, subscription, data->lives[i], data->zones[i],
                                  &reversals, chunk, err))
            return error_context(err, "subscription %s", subscription->subscription);
    }
    return bill_late(ctx, data, &reversals, chunk, err) && advance_contracts(ctx, data, chunk, err);
}

/* What is taken back first: it is ours only as long as it is a draft. */
static const struct bulk_table *const tables[] = {
    &DRAFT_GONE,
    &DRAFT_LINES_GONE,
    &DRAFT_TAXES_GONE,
    &DRAFT_COUPON_USES_GONE,
    &DRAFT_COUPON_LINES_GONE,
    &PERIOD_DUE_AGAIN,
    &BILLING_PERIOD_ADD,
    &SUBSCRIPTION_STATE_ADD,
};

const struct job job_period_advance = {
    .name = "period-advance",
    .summary = "make the billing periods that have become due",
    .key = JOB_KEY_PERIOD,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = release,
};
