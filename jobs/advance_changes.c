/* Subscriptions with changes: see advance_changes.h. */
#include "jobs/advance_changes.h"

#include "jobs/subscription_terms.h"

/* What was made beyond its end is to be taken back; so is usage that was billed before its period
 * ended, where thresholds of the plan may have done that. A subscription whose terms are refused is
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
    const struct catalog_plan *plan = catalog_plan_find(catalog, subscription->plan_id);
    if (plan != NULL && plan->thresholds.count > 0)
        return true;
    for (size_t i = 0; i < subscription->price_count; i++)
        if (date_compare(subscription->prices[i].made_until, end) > 0)
            return true;
    return false;
}

/* From where on what was made ends earlier than it would now: it was made up to an end that holds
 * no more. DATE_NONE: nothing does. A price that was over then ends there by itself. */
static struct date cut_since(const struct billing_catalog *catalog,
                             const struct advance_subscription *subscription,
                             const struct subscription_terms *terms)
{
    struct date since = DATE_NONE;
    for (size_t i = 0; i < subscription->price_count; i++) {
        struct date last, end, until = subscription->prices[i].made_until;
        struct error refused = {0};
        const struct catalog_price *newest =
            catalog_price_newest(catalog, subscription->prices[i].price_id);
        if (date_is_none(until) || newest == NULL ||
            date_compare(newest->price.valid_to, until) == 0 ||
            !date_add_days(until, -1, &last, &refused) ||
            !subscription_period_end(terms, last, &end, &refused) || date_is_none(end))
            continue;
        if (date_compare(until, end) < 0)
            since = date_is_none(since) ? until : date_min(since, until);
    }
    return since;
}

static bool is_cut(const struct billing_catalog *catalog,
                   const struct advance_subscription *subscription)
{
    struct subscription_terms terms;
    struct error refused = {0};
    return job_subscription_terms(catalog, subscription, &terms, &refused) &&
           !date_is_none(cut_since(catalog, subscription, &terms));
}

bool advance_changes_load(const struct job_ctx *ctx, const struct advance_memory *memory,
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
            if (date_is_none(subscription->life_since) && !ends_early(catalog, subscription) &&
                !is_cut(catalog, subscription))
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
    int64_t start_at_us = stored_life_instant(life, slot->price, zone, slot->period.start);
    int64_t end_at_us = stored_life_instant(life, slot->price, zone, slot->period.end);
    const char *proration = NULL;
    if (!advance_proration_text(slot->basis, zone, slot->full, slot->period, chunk, &proration,
                                err))
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
        .counts_from_us = counts_before
                              ? stored_life_instant(life, slot->price, zone, slot->counts_from)
                              : DB_I64_NONE,
        .counts_gaps = stored_life_gaps_text(life, slot, zone, arena),
        .payer_id = payer_id,
    };
    return true;
}

/* From the facts of the life, of which terms are the first: what is to be made or taken back. What
 * is corrected begins with its first change, with its end and with what was cut. */
static bool reconcile(const struct job_ctx *ctx, const struct stored_life *life,
                      const struct subscription_terms *terms, struct date end, struct date cut,
                      struct arena *scratch, struct slot_entries *ret_entries, struct error *err)
{
    struct subscription_timeline timeline = life->timeline;
    struct slot_history history = life->history;
    struct period_run run = advance_run_of(ctx);
    struct charge_slots wanted = {0};
    int64_t skipped = 0;
    timeline.terms = terms;
    timeline.basis = job_environment(ctx)->settings->rules.proration;
    if (date_is_none(history.since) || (!date_is_none(end) && date_compare(end, history.since) < 0))
        history.since = end;
    if (!date_is_none(cut) && (date_is_none(history.since) || date_compare(cut, history.since) < 0))
        history.since = cut;
    return subscription_timeline_slots(&timeline, ctx->business_date, scratch, &wanted, err) &&
           charge_slots_reconcile(&wanted, &history, &run, scratch, ret_entries, &skipped, err);
}

bool advance_changes(const struct job_ctx *ctx, const struct advance_customer *customer,
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
    struct date cut = cut_since(memory->tenant.catalog, subscription, terms);
    if (!subscription_timeline_end(&timeline, chunk_scratch(chunk), &end, err) ||
        !reconcile(ctx, life, terms, end, cut, chunk_scratch(chunk), &entries, err))
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
    return advance_append_states(ctx, memory->tenant.tenant_id, subscription, terms, chunk, err);
}
