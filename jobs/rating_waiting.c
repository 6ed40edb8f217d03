/* Periods that cannot be rated: see rating_waiting.h. */
#include "jobs/rating_waiting.h"

#include "core/base/array.h"
#include "core/base/text.h"
#include "jobs/jobs.h"

bool rating_is_same_charge(const struct rating_period *a, const struct rating_period *b)
{
    return a->subscription_id == b->subscription_id && a->price_id == b->price_id &&
           date_compare(a->start_on, b->start_on) == 0;
}

bool rating_is_taken_back(const struct rating_period *period, const struct rating_period *reversal)
{
    if (!rating_is_same_charge(period, reversal))
        return false;
    if (!period->is_slot)
        return true;
    return !period->slot.reversal && period->slot.slot.kind == reversal->slot.slot.kind &&
           period->slot.generation == reversal->slot.generation;
}

/* What is taken back must be billed; what is billed at a period's end is the rest of what was
 * billed before it; an invoice is billed again as a whole. */
static bool waits_for(const struct rating_period *period, const struct rating_period *waiting)
{
    if (period->corrects != NULL && text_equal(period->corrects, waiting->corrects))
        return true;
    if (period->is_slot && period->slot.reversal)
        return rating_is_taken_back(waiting, period);
    return period->begun_waiting > 0 && waiting->progressive > 0 &&
           rating_is_same_charge(period, waiting);
}

/* By itself; NULL: it can be rated. */
static const struct error *find_failure(const struct rating_period *period, struct arena *arena)
{
    if (period->failure != NULL || period->is_true_up)
        return period->failure;
    if (period->listed != NULL && period->price != NULL && !period->begun_elsewhere)
        return NULL;
    struct error *failure = ARENA_NEW(arena, struct error);
    if (period->listed == NULL || period->price == NULL)
        (void)error_item(failure, "missing_price", "its price has no version on %s",
                         date_text(period->charged_on).text);
    else
        (void)error_item(failure, "not_billed_yet",
                         "what was used until a threshold was passed is billed to another payer, "
                         "by no taxed draft yet");
    return failure;
}

static const struct error *find_other(const struct rating_payer *payer,
                                      const struct error *const *failures,
                                      const struct rating_period *period, struct arena *arena)
{
    for (size_t i = 0; i < payer->period_count; i++) {
        const struct rating_period *other = &payer->periods[i];
        if (failures[i] == NULL || !waits_for(period, other))
            continue;
        struct error *failure = ARENA_NEW(arena, struct error);
        (void)error_item(failure, "not_billed_yet",
                         "%s of subscription %s from %s is not billed yet", other->kind,
                         other->subscription, date_text(other->start_on).text);
        return failure;
    }
    return NULL;
}

/* Of each period why it cannot be rated; NULL: all of them can. */
static const struct error **find_failures(const struct rating_payer *payer, struct arena *arena)
{
    const struct error **failures = (const struct error **)arena_alloc_array(
        arena, payer->period_count + 1, sizeof(const struct error *));
    bool is_new = false;
    for (size_t i = 0; i < payer->period_count; i++) {
        failures[i] = find_failure(&payer->periods[i], arena);
        is_new = is_new || failures[i] != NULL;
    }
    if (!is_new)
        return NULL;
    while (is_new) {
        is_new = false;
        for (size_t i = 0; i < payer->period_count; i++) {
            if (failures[i] != NULL)
                continue;
            failures[i] = find_other(payer, failures, &payer->periods[i], arena);
            is_new = is_new || failures[i] != NULL;
        }
    }
    return failures;
}

static const char *price_name(const struct job_tenant *tenant, const struct rating_period *period)
{
    const struct catalog_price *price = catalog_price_newest(tenant->catalog, period->price_id);
    return price == NULL ? "?" : price->price.price;
}

/* False: it was waived. */
static bool add_waiting(const struct job_tenant *tenant, const struct rating_payer *payer,
                        const struct rating_period *period, const struct error *why,
                        const struct parked_waived *waived, struct chunk *chunk)
{
    struct arena *arena = chunk_arena(chunk);
    const char *name =
        job_charge_item(period->kind, period->subscription,
                        period->is_true_up ? period->phase->phase : price_name(tenant, period),
                        period->start_on, arena);
    struct rating_item *item = ARENA_NEW(arena, struct rating_item);
    *item = (struct rating_item){payer, why};
    if (parked_is_waived(waived, name, why->message))
        return false;
    (void)chunk_add_item(chunk, job_number_key(chunk, payer->customer_id), name, item);
    return true;
}

static bool set_apart(const struct job_ctx *ctx, const struct job_tenant *tenant,
                      struct parked_waived *waived, struct rating_payer *payer,
                      const struct error *const *failures, struct chunk *chunk, struct error *err)
{
    size_t kept = 0;
    if (!parked_load_waived(ctx->db, tenant->tenant_id, job_rating.name, chunk_arena(chunk), waived,
                            err))
        return false;
    struct rating_period *apart =
        ARENA_NEW_ARRAY(chunk_arena(chunk), struct rating_period, payer->period_count);
    for (size_t i = 0; i < payer->period_count; i++)
        if (failures[i] == NULL)
            payer->periods[kept++] = payer->periods[i];
        else if (add_waiting(tenant, payer, &payer->periods[i], failures[i], waived, chunk))
            apart[payer->apart_count++] = payer->periods[i];
    payer->period_count = kept;
    payer->apart = apart;
    return true;
}

bool rating_add_items(const struct job_ctx *ctx, const struct job_tenant *tenant,
                      struct parked_waived *waived, struct rating_payer *payer, struct chunk *chunk,
                      struct error *err)
{
    const struct error **failures = find_failures(payer, chunk_arena(chunk));
    struct rating_item *item = ARENA_NEW(chunk_arena(chunk), struct rating_item);
    *item = (struct rating_item){payer, NULL};
    (void)chunk_add_item(chunk, job_number_key(chunk, payer->customer_id), payer->customer, item);
    return failures == NULL || set_apart(ctx, tenant, waived, payer, failures, chunk, err);
}
