/* dunning: what is done about invoices whose charges failed, step by step. An item is an invoice
 * without a campaign whose attempt failed, or one with a campaign that is not over, of which
 * nothing is under way: what is undecided is waited for.
 *
 * 1. A campaign begins once in the life of an invoice, with the first failure, and keeps the policy
 * that it began with. What something was given back of never has one.
 * 2. Of the steps that are due by the date of the run (>=) the last one is done; those before it
 * that were missed are recorded as skipped. Each happens once, whatever is left out of it.
 * 3. An attempt is a charge of what is owed now. It is left out where the networks' cap is reached,
 * the method is the one that was declined for good, the customer has not acted, or there is none
 * to charge (dunning_terms.h); the rest of the step is done all the same.
 * 4. Paying ends it, and a pause that it made, from the day behind the run's. When all steps were
 * in vain, the run after the last one ends it as the policy says.
 * 5. Pauses and cancellations are what imported records would be; a write-off is a correction,
 * which `corrections` carries out. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/dunning_terms.h"
#include "core/calendar/zone.h"
#include "core/engine/effect.h"
#include "core/stores/dunning_store.h"
#include "jobs/charge_request.h"
#include "jobs/dunning_notice.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"

#define NOON_S (12 * 3600)

/* The state of a chunk. */
struct dunning {
    const struct tenant_facts *tenant;
    const struct zone *zone;
    struct date next_day; /* when changes of subscriptions hold */
};

/* One invoice while it is computed. */
struct campaign {
    const struct job_ctx *ctx;
    const struct dunning *dunning;
    const struct dunned_invoice *invoice;
    struct chunk *chunk;
    struct money owed;
    struct dunning_terms terms;
    struct dunning_campaign_row row;
    struct dunning_notice notice; /* of the step that is done */
    const char *note;             /* what of it was left out; NULL: nothing */
};

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    if (!dunning_store_load_work(ctx->db, ctx->arena, &ranges, err))
        return false;
    for (size_t i = 0; i < ranges.count; i++)
        job_plan_add_numbers(plan, ranges.items[i].tenant_id, ranges.items[i].min_key,
                             ranges.items[i].max_key, ranges.items[i].items);
    return true;
}

static bool load_range(const struct job_ctx *ctx, const struct chunk_range *range,
                       struct dunning_range *ret_range, struct error *err)
{
    const struct settings *settings = job_environment(ctx)->settings;
    struct dunning_range of = {.tenant_id = range->tenant_id, .limit = range->limit};
    if (!job_number_range(range, &of.after_id, &of.hi_id, err) ||
        !date_add_days(ctx->business_date, -settings->dunning.tries_days, &of.tries_after, err) ||
        !date_add_days(ctx->business_date, 1, &of.day, err))
        return false;
    *ret_range = of;
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct arena *arena = chunk_arena(chunk);
    struct dunning *dunning = ARENA_NEW(arena, struct dunning);
    struct tenant_facts *facts = ARENA_NEW(arena, struct tenant_facts);
    const struct job_tenant *tenant = NULL;
    struct dunning_range of;
    struct dunned_invoice *invoices = NULL;
    size_t count = 0;
    if (!job_tenant_of(ctx, range->tenant_id, CATALOG_WITHOUT_CONTRACTS, &tenant, err) ||
        !job_zone_load(ctx, tenant->catalog->tenant.timezone, &dunning->zone, err) ||
        !load_range(ctx, range, &of, err) ||
        !dunning_store_load(ctx->db, &of, arena, &invoices, &count, err))
        return false;
    *facts = tenant->catalog->tenant;
    dunning->tenant = facts;
    dunning->next_day = of.day;
    chunk_set_state(chunk, dunning);
    for (size_t i = 0; i < count; i++)
        (void)chunk_add_item(chunk, job_number_key(chunk, invoices[i].invoice_id),
                             invoices[i].number, &invoices[i]);
    return true;
}

/* ---------------------------------------------------------------- its policy */

/* The customer's, else the tenant's, else that of all. False without an error: none. */
static bool begin(struct campaign *campaign, bool *ret_has_policy, struct error *err)
{
    const struct settings *settings = job_environment(campaign->ctx)->settings;
    const struct dunned_invoice *invoice = campaign->invoice;
    struct arena *arena = chunk_arena(campaign->chunk);
    const char *policy = invoice->own_policy != NULL
                             ? invoice->own_policy
                             : settings_dunning_policy(settings, campaign->dunning->tenant->tenant);
    *ret_has_policy = !text_equal(policy, DUNNING_NO_POLICY);
    if (!*ret_has_policy)
        return true;
    if (!settings_dunning_terms(settings, policy, arena, &campaign->terms, err))
        return error_context(err, "customer %s", invoice->customer);
    campaign->row = (struct dunning_campaign_row){.tenant_id = campaign->dunning->tenant->tenant_id,
                                                  .invoice = invoice->number,
                                                  .customer = invoice->customer,
                                                  .policy = campaign->terms.name,
                                                  .terms = campaign->terms.text,
                                                  .started_on = invoice->failed_on,
                                                  .state = "running",
                                                  .paused_on = DATE_NONE,
                                                  .ended_on = DATE_NONE};
    return true;
}

static bool go_on(struct campaign *campaign, struct error *err)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    struct date paused_on = DATE_NONE;
    if (!dunning_terms_parse(invoice->terms, chunk_arena(campaign->chunk), &campaign->terms, err) ||
        (invoice->paused_on != NULL && !date_parse(invoice->paused_on, &paused_on, err)))
        return false;
    campaign->row = (struct dunning_campaign_row){.tenant_id = campaign->dunning->tenant->tenant_id,
                                                  .invoice = invoice->number,
                                                  .customer = invoice->customer,
                                                  .policy = invoice->policy,
                                                  .terms = invoice->terms,
                                                  .started_on = invoice->started_on,
                                                  .state = invoice->state,
                                                  .paused_on = paused_on,
                                                  .ended_on = DATE_NONE};
    return true;
}

/* ---------------------------------------------------------------- what a step does */

static struct dunning_standing standing_of(const struct campaign *campaign)
{
    const struct settings *settings = job_environment(campaign->ctx)->settings;
    const struct dunned_invoice *invoice = campaign->invoice;
    const struct collect_method *method = &invoice->method;
    struct dunning_standing standing = {.tries = invoice->tries,
                                        .tries_max = settings->dunning.tries_max};
    if (method->payment_method == NULL || method->gateway_token == NULL ||
        text_equal(method->gateway, "manual"))
        return standing;
    standing.has_method = true;
    standing.has_account = settings_gateway_find(settings, method->gateway) != NULL;
    standing.has_expired =
        method->expires != NULL && strncmp(date_text(campaign->ctx->business_date).text,
                                           method->expires, strlen(method->expires)) > 0;
    (void)decline_class_parse(invoice->decline, &standing.decline);
    standing.same_token = text_equal(method->gateway, invoice->failed_gateway) &&
                          text_equal(method->gateway_token, invoice->failed_token);
    standing.same_expiry = text_equal(method->expires, invoice->failed_expires);
    return standing;
}

static void leave_out(struct campaign *campaign, const char *what, const char *why)
{
    campaign->note =
        arena_printf(chunk_arena(campaign->chunk), "%s%s%s left out: %s",
                     text_or_empty(campaign->note), campaign->note == NULL ? "" : "; ", what, why);
}

/* Invariant 3. */
static bool charge(struct campaign *campaign, struct error *err)
{
    const struct dunning_standing standing = standing_of(campaign);
    const char *refusal = dunning_refusal(&standing);
    if (refusal != NULL) {
        leave_out(campaign, "charge", refusal);
        return true;
    }
    const struct charge_request request = {.tenant = campaign->dunning->tenant->tenant,
                                           .invoice = campaign->invoice->number,
                                           .attempt = campaign->invoice->attempts + 1,
                                           .customer = campaign->invoice->customer,
                                           .email = campaign->invoice->email,
                                           .method = campaign->invoice->method,
                                           .amount = campaign->owed};
    charge_intend(campaign->chunk, campaign->dunning->tenant->tenant_id, &request,
                  campaign->ctx->business_date);
    return chunk_add_total(campaign->chunk, campaign->owed, err);
}

static bool change(const struct campaign *campaign, const struct dunned_subscription *subscription,
                   bool pause, struct error *err)
{
    const struct dunning *dunning = campaign->dunning;
    if (subscription->day_taken != 0) {
        (void)error_item(err, "day_taken", "subscription %s has another change on %s",
                         subscription->subscription, date_text(dunning->next_day).text);
        return error_hint(err, "the next run takes the day behind it");
    }
    *(struct dunning_change_row *)chunk_append(campaign->chunk, &DUNNING_CHANGE_ADD) =
        (struct dunning_change_row){.tenant_id = dunning->tenant->tenant_id,
                                    .subscription_id = subscription->subscription_id,
                                    .at_on = dunning->next_day,
                                    .pause = pause,
                                    .resume = !pause};
    return true;
}

/* What is paused already, or over, is not this campaign's to resume. */
static bool pause(struct campaign *campaign, struct error *err)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    if (!date_is_none(campaign->row.paused_on))
        return true;
    for (size_t i = 0; i < invoice->subscription_count; i++) {
        const struct dunned_subscription *subscription = &invoice->subscriptions[i];
        if (subscription->is_over || subscription->is_paused)
            continue;
        if (!change(campaign, subscription, true, err))
            return false;
        campaign->row.paused_on = campaign->dunning->next_day;
        dunning_notice_subscription(&campaign->notice, "subscription.paused",
                                    subscription->subscription, campaign->dunning->next_day,
                                    campaign->chunk);
    }
    return true;
}

static bool resume(struct campaign *campaign, struct error *err)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    for (size_t i = 0; i < invoice->subscription_count; i++) {
        const struct dunned_subscription *subscription = &invoice->subscriptions[i];
        if (subscription->was_paused != 0 && subscription->is_paused && !subscription->is_over &&
            !change(campaign, subscription, false, err))
            return false;
    }
    return true;
}

static bool mail(struct campaign *campaign, const char *mail_template, struct error *err)
{
    const char *refusal = NULL;
    if (!dunning_notice_mail(&campaign->notice, mail_template, campaign->chunk, &refusal, err))
        return false;
    if (refusal != NULL)
        leave_out(campaign, "mail", refusal);
    return true;
}

static bool act(struct campaign *campaign, const struct dunning_action *action, struct error *err)
{
    switch (action->kind) {
    case DUNNING_ACTION_CHARGE:
        return charge(campaign, err);
    case DUNNING_ACTION_PAUSE:
        return pause(campaign, err);
    case DUNNING_ACTION_MAIL:
        return mail(campaign, action->mail_template, err);
    case DUNNING_ACTION_WEBHOOK:
        dunning_notice_failed(&campaign->notice, campaign->chunk);
        return true;
    case DUNNING_ACTION_PAST_DUE: /* the step's row says it */
        return true;
    }
    return true;
}

static void record_step(const struct campaign *campaign, size_t step, struct date due_on, bool done)
{
    struct dunning_step_row *row = chunk_append(campaign->chunk, &DUNNING_STEP_ADD);
    *row = (struct dunning_step_row){.tenant_id = campaign->row.tenant_id,
                                     .invoice = campaign->row.invoice,
                                     .step = (int64_t)step + 1,
                                     .due_on = due_on,
                                     .done_on = campaign->ctx->business_date,
                                     .state = done ? "done" : "skipped",
                                     .actions = campaign->terms.steps[step].text,
                                     .note = done ? campaign->note : NULL};
}

/* Invariant 2. Hours count from noon: then no night of 23 or 25 hours moves a day. */
static bool do_steps(struct campaign *campaign, struct error *err)
{
    const struct dunning_policy *policy = &campaign->terms.policy;
    const struct dunning_failure failure = {
        campaign->row.started_on,
        zone_instant(campaign->dunning->zone, campaign->row.started_on, NOON_S),
        campaign->dunning->zone};
    struct dunning_attempt *attempts = ARENA_NEW_ARRAY(
        chunk_scratch(campaign->chunk), struct dunning_attempt, policy->step_count + 1);
    if (!dunning_schedule(policy, failure, attempts, err))
        return false;
    size_t due = dunning_attempts_due(attempts, policy->step_count, campaign->ctx->business_date);
    for (size_t i = (size_t)campaign->invoice->steps; i < due; i++) {
        bool done = i + 1 == due;
        campaign->notice.step = (int64_t)i + 1;
        campaign->notice.next_on = i + 1 < policy->step_count ? attempts[i + 1].on : DATE_NONE;
        for (size_t a = 0; done && a < campaign->terms.steps[i].action_count; a++)
            if (!act(campaign, &campaign->terms.steps[i].actions[a], err))
                return false;
        record_step(campaign, i, attempts[i].on, done);
    }
    return true;
}

/* ---------------------------------------------------------------- how it ends */

static void cancel(const struct campaign *campaign)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    for (size_t i = 0; i < invoice->subscription_count; i++) {
        if (invoice->subscriptions[i].is_over)
            continue;
        *(struct dunning_cancel_row *)chunk_append(campaign->chunk, &DUNNING_CANCEL_ADD) =
            (struct dunning_cancel_row){.tenant_id = campaign->row.tenant_id,
                                        .subscription_id =
                                            invoice->subscriptions[i].subscription_id,
                                        .cancel_at_on = campaign->dunning->next_day};
        dunning_notice_subscription(&campaign->notice, "subscription.canceled",
                                    invoice->subscriptions[i].subscription,
                                    campaign->dunning->next_day, campaign->chunk);
    }
}

static void write_off(const struct campaign *campaign)
{
    *(struct dunning_write_off_row *)chunk_append(campaign->chunk, &DUNNING_WRITE_OFF) =
        (struct dunning_write_off_row){
            .tenant_id = campaign->row.tenant_id,
            .correction =
                arena_printf(chunk_arena(campaign->chunk), "dunning:%s", campaign->row.invoice),
            .invoice = campaign->row.invoice,
            .action = "write_off",
            .requested_on = campaign->ctx->business_date,
            .reason = "all steps of dunning were in vain",
            .requested_by = "dunning"};
}

static bool end(struct campaign *campaign, struct error *err)
{
    campaign->row.state = "ended";
    campaign->row.ended_on = campaign->ctx->business_date;
    switch (campaign->terms.policy.end) {
    case DUNNING_PAUSE:
        if (!pause(campaign, err))
            return false;
        campaign->row.state = date_is_none(campaign->row.paused_on) ? "ended" : "paused";
        return true;
    case DUNNING_CANCEL:
        cancel(campaign);
        return true;
    case DUNNING_UNCOLLECTIBLE:
        write_off(campaign);
        return true;
    }
    return true;
}

/* Nothing is owed any more, or something was given back. */
static bool finish(struct campaign *campaign, bool refunded, struct error *err)
{
    campaign->row.state = refunded ? "stopped" : "paid";
    campaign->row.ended_on = campaign->ctx->business_date;
    return date_is_none(campaign->row.paused_on) || resume(campaign, err);
}

static void write(const struct campaign *campaign)
{
    const struct owed_invoice *owed = &campaign->invoice->owed;
    *(struct dunning_campaign_row *)chunk_append(campaign->chunk, &DUNNING_CAMPAIGN) =
        campaign->row;
    *(struct invoice_changed_row *)chunk_append(campaign->chunk, &INVOICE_CHANGED) =
        (struct invoice_changed_row){.tenant_id = campaign->row.tenant_id,
                                     .invoice_id = owed->invoice_id,
                                     .expected = owed->changes,
                                     .changes = owed->changes};
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct dunned_invoice *invoice = item->data;
    struct campaign campaign = {
        .ctx = ctx, .dunning = chunk_state(chunk), .invoice = invoice, .chunk = chunk};
    bool refunded = collect_is_refunded(&invoice->owed);
    bool goes_on = true;
    if (!collect_owed(&invoice->owed, chunk_scratch(chunk), &campaign.owed, err))
        return false;
    campaign.notice = (struct dunning_notice){.ctx = ctx,
                                              .tenant = campaign.dunning->tenant,
                                              .invoice = invoice,
                                              .owed = campaign.owed,
                                              .next_on = DATE_NONE};
    bool over = refunded || money_sign(campaign.owed) <= 0;
    if (invoice->policy == NULL && over)
        return true;
    if (!(invoice->policy == NULL ? begin(&campaign, &goes_on, err) : go_on(&campaign, err)))
        return false;
    if (!goes_on || (!over && text_equal(campaign.row.state, "paused")))
        return true;
    bool in_vain = (size_t)invoice->steps >= campaign.terms.policy.step_count;
    if (!(over      ? finish(&campaign, refunded, err)
          : in_vain ? end(&campaign, err)
                    : do_steps(&campaign, err)))
        return false;
    write(&campaign);
    return true;
}

/* First what may have changed since. */
static const struct bulk_table *const tables[] = {
    &INVOICE_CHANGED,    &DUNNING_CAMPAIGN,  &DUNNING_STEP_ADD,   &DUNNING_CHANGE_ADD,
    &DUNNING_CANCEL_ADD, &DUNNING_WRITE_OFF, &EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD};

const struct job job_dunning = {
    .name = "dunning",
    .summary = "try invoices again whose charges failed, and end what stays unpaid",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
    .release = job_tenant_release,
};
