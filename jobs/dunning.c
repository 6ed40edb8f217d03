/* dunning: what is done about invoices whose charges failed, step by step. An item is an invoice
 * without a campaign whose attempt failed, or one with a campaign that is not over. While an
 * attempt is undecided, or a correction of the invoice is due and not carried out, only a payment
 * counts; what was missed meanwhile is skipped.
 *
 * 1. A campaign begins once in the life of an invoice, with the first failure, and keeps the policy
 * that it began with. What is due and not tried, as its method was declined for good or until
 * the customer acts, or has expired by its record, or none of the customer's is the default, has
 * failed on the day of the run that sees it: until he acts. What something was given back of never
 * has one.
 * 2. Of the steps that are due by the date of the run (>=) the last one is done; those before it
 * that were missed are recorded as skipped. Each happens once, whatever is left out of it.
 * 3. An attempt is a charge of what is owed now. It is left out where the networks' cap is reached,
 * the method was declined for good, or until the customer acts, on whichever invoice, or there is
 * none to charge (dunning_terms.h). So are mails that cannot be sent, and a policy that is unknown:
 * the tenant's holds. The rest of the step is done all the same, and where it made an attempt its
 * mails and webhooks follow when that was declined: nobody is told of a failure that was none, nor
 * that it is tried again where it is not. An attempt that was canceled is made again by the next
 * run, before anything else.
 * 4. When all steps were in vain, the run after the last one ends it as the policy says; what was
 * written off, or given back, ends it without. A pause of it stays for payment. Before that, and
 * ever after, a method with which the invoice was not tried is charged, once.
 * 5. Paying ends it, and from the day behind the run's the pause: once all is paid for which that
 * subscription was paused. A pause that dunning did not make is not its to end.
 * 6. Pauses and cancellations are what imported records would be; a write-off is a correction,
 * which `corrections` carries out. A cancellation never moves an end to a later day.
 * 7. Days never go back: a run for a day before that of the first failure or the last one, of the
 * last step or what was told of it, or of the pause, leaves the campaign, paid or not, to the next
 * run for a later day, and says of how many that is so. */
#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/billing/dunning_terms.h"
#include "core/billing/settlement.h"
#include "core/calendar/zone.h"
#include "core/engine/effect.h"
#include "core/stores/dunning_store.h"
#include "jobs/charge_request.h"
#include "jobs/dunning_notice.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/subscription_terms.h"

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
    struct dunning_attempt *attempts; /* when its steps are due */
    size_t due;                       /* how many of them are */
    struct dunning_notice notice;     /* of the step that is done */
    const char *note;                 /* what of it was left out; NULL: nothing */
    int64_t attempt;                  /* that it made; DB_I64_NONE: none */
    bool is_paid, is_over;            /* over: nothing is owed, or something was given back */
    bool has_changed;                 /* what its row says */
};

/* Who has a policy. */
static bool tell_unknown(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    const struct setting_texts *listed = &job_environment(ctx)->settings->dunning.tenants;
    struct tenant_facts *tenants = NULL;
    size_t count = 0;
    if (listed->count > 0 && !tenants_load(ctx->db, ctx->arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < listed->count; i++) {
        const char *text = listed->items[i].text;
        job_plan_tell_tenant(ctx, tenants, count,
                             arena_copy_n(ctx->arena, text, strcspn(text, " ")), "dunning.tenants",
                             plan);
    }
    return true;
}

/* Invariant 7. */
static bool tell_ahead(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    int64_t count = 0;
    if (!dunning_store_count_ahead(ctx->db, ctx->business_date, ctx->arena, &count, err))
        return false;
    if (count > 0)
        job_plan_tell(plan,
                      arena_printf(ctx->arena,
                                   "left alone: %" PRId64
                                   " campaigns that have come further than %s; the next run for a "
                                   "later day goes on with them",
                                   count, date_text(ctx->business_date).text));
    return true;
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    if (!tell_unknown(ctx, plan, err) || !tell_ahead(ctx, plan, err) ||
        !dunning_store_load_work(ctx->db, ctx->business_date, ctx->arena, &ranges, err))
        return false;
    job_plan_add_ranges(plan, &ranges);
    return true;
}

static bool load_range(const struct job_ctx *ctx, const struct chunk_range *range,
                       struct dunning_range *ret_range, struct error *err)
{
    const struct settings *settings = job_environment(ctx)->settings;
    struct dunning_range of = {
        .tenant_id = range->tenant_id, .limit = range->limit, .on = ctx->business_date};
    if (!job_number_range(range, &of.after_id, &of.hi_id, err) ||
        !date_add_days(ctx->business_date, -settings->dunning.tries_days, &of.tries_after, err) ||
        !date_add_days(ctx->business_date, 1, &of.day, err))
        return false;
    *ret_range = of;
    return true;
}

/* By then. A record that cannot be read has no end: the job that advances periods parks it. */
static bool is_over(const struct billing_catalog *catalog,
                    const struct advance_subscription *record, struct date day)
{
    struct subscription_terms terms;
    struct date ends_at;
    struct error refused = {0};
    return job_subscription_terms(catalog, record, &terms, &refused) &&
           subscription_end(&terms, &ends_at, &refused) && !date_is_none(ends_at) &&
           date_compare(ends_at, day) <= 0;
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
    for (size_t i = 0; i < count; i++) {
        for (size_t s = 0; s < invoices[i].subscription_count; s++)
            invoices[i].subscriptions[s].is_over =
                is_over(tenant->catalog, &invoices[i].subscriptions[s].record, of.day);
        (void)chunk_add_item(chunk, job_number_key(chunk, invoices[i].invoice_id),
                             invoices[i].number, &invoices[i]);
    }
    return true;
}

/* ---------------------------------------------------------------- its policy */

static bool is_known(const struct campaign *campaign, const char *policy)
{
    struct dunning_terms ignored;
    struct error unknown = {0};
    return text_equal(policy, DUNNING_NO_POLICY) ||
           settings_dunning_terms(job_environment(campaign->ctx)->settings, policy,
                                  chunk_scratch(campaign->chunk), &ignored, &unknown);
}

/* The customer's, where there is such a one, else the tenant's, else that of all. */
static const char *policy_of(const struct campaign *campaign)
{
    const char *own = campaign->invoice->own_policy;
    return own != NULL && is_known(campaign, own)
               ? own
               : settings_dunning_policy(job_environment(campaign->ctx)->settings,
                                         campaign->dunning->tenant->tenant);
}

static bool begin(struct campaign *campaign, bool *ret_has_policy, struct error *err)
{
    const struct settings *settings = job_environment(campaign->ctx)->settings;
    const struct dunned_invoice *invoice = campaign->invoice;
    struct arena *arena = chunk_arena(campaign->chunk);
    const char *policy = policy_of(campaign);
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
                                                  .started_on = date_is_none(invoice->failed_on)
                                                                    ? campaign->ctx->business_date
                                                                    : invoice->failed_on,
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
    struct dunning_standing standing = {
        .tries = invoice->tries > invoice->method_tries ? invoice->tries : invoice->method_tries,
        .tries_max = settings->dunning.tries_max};
    if (method->payment_method == NULL || method->gateway_token == NULL ||
        text_equal(method->gateway, "manual"))
        return standing;
    standing.has_method = true;
    standing.has_account = settings_gateway_find(settings, method->gateway) != NULL;
    standing.has_expired =
        method->expires != NULL && strncmp(date_text(campaign->ctx->business_date).text,
                                           method->expires, strlen(method->expires)) > 0;
    standing.never_again = invoice->is_refused_for_good;
    (void)decline_class_parse(invoice->decline, &standing.decline);
    standing.same_token = text_equal(method->gateway, invoice->failed_gateway) &&
                          text_equal(method->gateway_token, invoice->failed_token);
    standing.same_expiry = text_equal(method->expires, invoice->failed_expires);
    if (invoice->is_left_to_customer) { /* by the last word on that method */
        standing.decline = DECLINE_CUSTOMER;
        standing.same_token = standing.same_expiry = true;
    }
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
    campaign->attempt = request.attempt;
    return chunk_add_total(campaign->chunk, campaign->owed, err);
}

static bool change(const struct campaign *campaign, const struct dunned_subscription *subscription,
                   bool pause, struct error *err)
{
    const struct dunning *dunning = campaign->dunning;
    if (subscription->day_taken != 0) {
        (void)error_item(err, "day_taken", "subscription %s has another change on %s",
                         subscription->record.subscription, date_text(dunning->next_day).text);
        return error_hint(err, "the next run takes the day behind it");
    }
    *(struct dunning_change_row *)chunk_append(campaign->chunk, &DUNNING_CHANGE_ADD) =
        (struct dunning_change_row){.tenant_id = dunning->tenant->tenant_id,
                                    .subscription_id = subscription->record.subscription_id,
                                    .at_on = dunning->next_day,
                                    .pause = pause,
                                    .resume = !pause};
    return true;
}

/* Invariant 5: what another campaign has paused is paused for this one too. */
static bool pause(struct campaign *campaign, struct error *err)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    if (!date_is_none(campaign->row.paused_on))
        return true;
    for (size_t i = 0; i < invoice->subscription_count; i++) {
        const struct dunned_subscription *subscription = &invoice->subscriptions[i];
        if (subscription->is_over)
            continue;
        if (!date_is_none(subscription->paused_on)) {
            if (subscription->by_dunning && date_is_none(campaign->row.paused_on))
                campaign->row.paused_on = subscription->paused_on;
            continue;
        }
        if (!change(campaign, subscription, true, err))
            return false;
        campaign->row.paused_on = campaign->dunning->next_day;
        dunning_notice_subscription(&campaign->notice, "subscription.paused",
                                    subscription->record.subscription, campaign->dunning->next_day,
                                    campaign->chunk);
    }
    return true;
}

/* *ret_waits: something stays paused, for another invoice is not paid. */
static bool resume(struct campaign *campaign, bool *ret_waits, struct error *err)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    *ret_waits = false;
    for (size_t i = 0; i < invoice->subscription_count; i++) {
        const struct dunned_subscription *subscription = &invoice->subscriptions[i];
        if (!subscription->by_dunning || subscription->is_over)
            continue;
        if (subscription->owed_beside) {
            *ret_waits = true;
            continue;
        }
        if (!change(campaign, subscription, false, err))
            return false;
        campaign->has_changed = true;
    }
    return true;
}

static void mail(struct campaign *campaign, const char *mail_template)
{
    const char *refusal = NULL;
    dunning_notice_mail(&campaign->notice, mail_template, campaign->chunk, &refusal);
    if (refusal != NULL)
        leave_out(campaign, "mail", refusal);
}

/* When it is charged again behind the step at that place; DATE_NONE: it is not. */
static struct date next_on(const struct campaign *campaign, size_t step)
{
    const struct dunning_standing standing = standing_of(campaign);
    size_t next = step + 1 < campaign->due ? campaign->due - 1 : step + 1; /* others are missed */
    if (dunning_refusal(&standing) != NULL)
        return DATE_NONE;
    while (next < campaign->terms.policy.step_count &&
           !dunning_step_charges(&campaign->terms.steps[next]))
        next++;
    return next < campaign->terms.policy.step_count
               ? date_max(campaign->attempts[next].on, campaign->ctx->business_date)
               : DATE_NONE;
}

static void tell(struct campaign *campaign, size_t step)
{
    const struct dunning_step *terms = &campaign->terms.steps[step];
    campaign->notice.step = (int64_t)step + 1;
    campaign->notice.next_on = next_on(campaign, step);
    for (size_t i = 0; i < terms->action_count; i++) {
        if (terms->actions[i].kind == DUNNING_ACTION_MAIL)
            mail(campaign, terms->actions[i].mail_template);
        if (terms->actions[i].kind == DUNNING_ACTION_WEBHOOK)
            dunning_notice_failed(&campaign->notice, campaign->chunk);
    }
}

/* What is told of it follows. */
static bool act(struct campaign *campaign, const struct dunning_action *action, struct error *err)
{
    switch (action->kind) {
    case DUNNING_ACTION_CHARGE:
        return charge(campaign, err);
    case DUNNING_ACTION_PAUSE:
        return pause(campaign, err);
    case DUNNING_ACTION_MAIL:
    case DUNNING_ACTION_WEBHOOK:
    case DUNNING_ACTION_PAST_DUE: /* the step's row says it */
        return true;
    }
    return true;
}

/* Invariant 3. A campaign that began before the customer's was unknown keeps its own. */
static void note_policy(struct campaign *campaign)
{
    const char *own = campaign->invoice->own_policy;
    if (own == NULL || text_equal(own, campaign->row.policy) || is_known(campaign, own))
        return;
    leave_out(campaign, arena_printf(chunk_arena(campaign->chunk), "policy %s", own),
              "unknown_policy");
}

static struct dunning_step_row *add_step(const struct campaign *campaign, size_t step)
{
    struct dunning_step_row *row = chunk_append(campaign->chunk, &DUNNING_STEP);
    *row = (struct dunning_step_row){.tenant_id = campaign->row.tenant_id,
                                     .invoice = campaign->row.invoice,
                                     .step = (int64_t)step + 1,
                                     .due_on = campaign->attempts[step].on,
                                     .done_on = campaign->ctx->business_date,
                                     .state = "skipped",
                                     .actions = campaign->terms.steps[step].text,
                                     .attempt = DB_I64_NONE,
                                     .told_on = DATE_NONE};
    return row;
}

static bool do_step(struct campaign *campaign, size_t step, struct error *err)
{
    const struct dunning_step *terms = &campaign->terms.steps[step];
    note_policy(campaign);
    for (size_t i = 0; i < terms->action_count; i++)
        if (!act(campaign, &terms->actions[i], err))
            return false;
    bool told = campaign->attempt == DB_I64_NONE;
    if (told)
        tell(campaign, step);
    struct dunning_step_row *row = add_step(campaign, step);
    row->state = "done";
    row->note = campaign->note;
    row->attempt = campaign->attempt;
    row->told_on = told ? campaign->ctx->business_date : DATE_NONE;
    return true;
}

/* Invariant 2. */
static bool do_steps(struct campaign *campaign, struct error *err)
{
    for (size_t i = (size_t)campaign->invoice->steps; i < campaign->due; i++) {
        if (i + 1 == campaign->due)
            return do_step(campaign, i, err);
        (void)add_step(campaign, i);
    }
    return true;
}

/* Invariant 3: of the last step, once its attempt has ended. */
static void tell_last(struct campaign *campaign)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    if (invoice->step_attempt == DB_I64_NONE || !date_is_none(invoice->told_on) ||
        text_equal(invoice->last_outcome, "paid"))
        return;
    size_t step = (size_t)invoice->steps - 1;
    campaign->note = invoice->step_note;
    tell(campaign, step);
    struct dunning_step_row *row = add_step(campaign, step);
    row->due_on = invoice->step_due_on;
    row->done_on = invoice->step_done_on;
    row->state = invoice->step_state;
    row->note = campaign->note;
    row->attempt = invoice->step_attempt;
    row->told_on = campaign->ctx->business_date;
    campaign->note = NULL;
    campaign->has_changed = true;
}

/* Hours count from noon: then no night of 23 or 25 hours moves a day. */
static bool schedule(struct campaign *campaign, struct error *err)
{
    const struct dunning_policy *policy = &campaign->terms.policy;
    const struct dunning_failure failure = {
        campaign->row.started_on,
        zone_instant(campaign->dunning->zone, campaign->row.started_on, NOON_S),
        campaign->dunning->zone};
    campaign->attempts = ARENA_NEW_ARRAY(chunk_scratch(campaign->chunk), struct dunning_attempt,
                                         policy->step_count + 1);
    if (!dunning_schedule(policy, failure, campaign->attempts, err))
        return false;
    campaign->due =
        dunning_attempts_due(campaign->attempts, policy->step_count, campaign->ctx->business_date);
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
                                            invoice->subscriptions[i].record.subscription_id,
                                        .cancel_at_on = campaign->dunning->next_day};
        dunning_notice_subscription(&campaign->notice, "subscription.canceled",
                                    invoice->subscriptions[i].record.subscription,
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

/* A pause of a step or of the end waits for payment. */
static void stop(struct campaign *campaign, const char *state)
{
    campaign->row.state = date_is_none(campaign->row.paused_on) ? state : "paused";
    campaign->row.ended_on = campaign->ctx->business_date;
    campaign->has_changed = true;
}

static bool end(struct campaign *campaign, struct error *err)
{
    switch (campaign->terms.policy.end) {
    case DUNNING_PAUSE:
        if (!pause(campaign, err))
            return false;
        break;
    case DUNNING_CANCEL:
        cancel(campaign);
        break;
    case DUNNING_UNCOLLECTIBLE:
        write_off(campaign);
        break;
    }
    stop(campaign, "ended");
    return true;
}

/* Invariant 5. */
static bool finish(struct campaign *campaign, struct error *err)
{
    bool waits = false;
    if (!date_is_none(campaign->row.paused_on) && !resume(campaign, &waits, err))
        return false;
    if (!waits || !text_equal(campaign->row.state, "paused"))
        campaign->has_changed = true;
    campaign->row.state = waits ? "paused" : "paid";
    campaign->row.ended_on = campaign->ctx->business_date;
    return true;
}

/* Nobody has changed what it owes meanwhile, or it is computed again. */
static void guard(const struct campaign *campaign)
{
    const struct owed_invoice *owed = &campaign->invoice->owed;
    *(struct invoice_changed_row *)chunk_append(campaign->chunk, &INVOICE_CHANGED) =
        (struct invoice_changed_row){.tenant_id = campaign->row.tenant_id,
                                     .invoice_id = owed->invoice_id,
                                     .expected = owed->changes,
                                     .changes = owed->changes};
}

static void write(const struct campaign *campaign)
{
    *(struct dunning_campaign_row *)chunk_append(campaign->chunk, &DUNNING_CAMPAIGN) =
        campaign->row;
    guard(campaign);
}

/* What is void is nobody's to pay, and what credit notes give back of it is paid. */
static bool settle(struct campaign *campaign, struct error *err)
{
    const struct owed_invoice *owed = &campaign->invoice->owed;
    struct arena *scratch = chunk_scratch(campaign->chunk);
    struct settlement settlement = {.status = SETTLEMENT_PAID};
    if (!collect_owed(owed, scratch, &campaign->owed, err))
        return false;
    if (!text_equal(owed->status, "void") &&
        !settlement_compute(owed->claim.claim, owed->claim.events, owed->claim.event_count, scratch,
                            &settlement, err))
        return error_context(err, "%s", owed->number);
    campaign->is_paid = settlement.status == SETTLEMENT_PAID;
    campaign->is_over = collect_is_refunded(owed) || money_sign(campaign->owed) <= 0;
    return true;
}

/* Invariant 3: the last attempt was canceled, and made by the last step or later. */
static bool was_canceled(const struct dunned_invoice *invoice)
{
    return text_equal(invoice->last_outcome, "canceled") && invoice->step_attempt != DB_I64_NONE &&
           invoice->attempts >= invoice->step_attempt;
}

/* *ret_waits: that is to end first. */
static bool charge_anew(struct campaign *campaign, bool *ret_waits, struct error *err)
{
    if (!charge(campaign, err))
        return false;
    *ret_waits = campaign->attempt != DB_I64_NONE;
    campaign->note = NULL; /* of no step */
    if (*ret_waits)
        guard(campaign);
    return true;
}

/* In vain so far. */
static bool go_through(struct campaign *campaign, struct error *err)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    bool waits = false;
    if (!schedule(campaign, err) || (was_canceled(invoice) && !charge_anew(campaign, &waits, err)))
        return false;
    if (waits)
        return true;
    tell_last(campaign);
    bool is_last = (size_t)invoice->steps >= campaign->terms.policy.step_count;
    if (is_last && invoice->has_new_method && !charge_anew(campaign, &waits, err))
        return false;
    if (is_last)
        return waits || end(campaign, err);
    campaign->has_changed =
        campaign->has_changed || invoice->policy == NULL || campaign->due > (size_t)invoice->steps;
    return do_steps(campaign, err);
}

static bool advance(struct campaign *campaign, struct error *err)
{
    const struct dunned_invoice *invoice = campaign->invoice;
    bool ended = !text_equal(campaign->row.state, "running");
    bool ignored = false;
    if (campaign->is_paid)
        return finish(campaign, err);
    if (invoice->is_undecided || (invoice->is_decided && !campaign->is_over))
        return true;
    if (ended)
        return campaign->is_over || !invoice->has_new_method ||
               charge_anew(campaign, &ignored, err);
    if (campaign->is_over) {
        stop(campaign, "stopped");
        return true;
    }
    return go_through(campaign, err);
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct dunned_invoice *invoice = item->data;
    struct campaign campaign = {.ctx = ctx,
                                .dunning = chunk_state(chunk),
                                .invoice = invoice,
                                .chunk = chunk,
                                .attempt = DB_I64_NONE};
    bool goes_on = true;
    if (!settle(&campaign, err))
        return false;
    campaign.notice = (struct dunning_notice){.ctx = ctx,
                                              .tenant = campaign.dunning->tenant,
                                              .invoice = invoice,
                                              .owed = campaign.owed,
                                              .next_on = DATE_NONE};
    if (invoice->policy == NULL && (campaign.is_paid || campaign.is_over || invoice->is_decided))
        return true;
    if (!(invoice->policy == NULL ? begin(&campaign, &goes_on, err) : go_on(&campaign, err)))
        return false;
    if (!goes_on)
        return true;
    if (!advance(&campaign, err))
        return false;
    if (campaign.has_changed)
        write(&campaign);
    return true;
}

/* First what may have changed since. */
static const struct bulk_table *const tables[] = {
    &INVOICE_CHANGED,    &DUNNING_CAMPAIGN,  &DUNNING_STEP,       &DUNNING_CHANGE_ADD,
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
