/* Mails and webhooks of dunning: see dunning_notice.h. */
#include "jobs/dunning_notice.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/mail_message.h"
#include "core/setup/json_text.h"
#include "jobs/environment.h"
#include "jobs/mail_intent.h"
#include "jobs/webhook_intent.h"

#define FACTS_MAX 10

static const char *day_of(struct date date, struct arena *arena)
{
    return date_is_none(date) ? NULL : arena_copy(arena, date_text(date).text);
}

static size_t add_facts(const struct dunning_notice *notice, struct arena *arena,
                        struct mail_fact *facts)
{
    const struct dunned_invoice *invoice = notice->invoice;
    const char *owed = mail_amount(notice->owed, arena);
    size_t count = 0;
    facts[count++] = (struct mail_fact){"customer", invoice->customer};
    facts[count++] = (struct mail_fact){"customer_name", invoice->name};
    facts[count++] = (struct mail_fact){"document", invoice->number};
    facts[count++] = (struct mail_fact){"amount", owed};
    facts[count++] = (struct mail_fact){"amount_due", owed};
    facts[count++] = (struct mail_fact){"due_on", day_of(invoice->due_on, arena)};
    facts[count++] = (struct mail_fact){"on", day_of(invoice->last_failed_on, arena)};
    facts[count++] = (struct mail_fact){"next_on", day_of(notice->next_on, arena)};
    facts[count++] =
        (struct mail_fact){"attempt", arena_printf(arena, "%" PRId64, invoice->attempts)};
    return count;
}

void dunning_notice_mail(const struct dunning_notice *notice, const char *mail_template,
                         struct chunk *chunk, const char **ret_refusal)
{
    struct error bad = {0};
    const struct dunned_invoice *invoice = notice->invoice;
    struct arena *arena = chunk_arena(chunk);
    *ret_refusal = text_is_empty(invoice->email)                                      ? "no_address"
                   : job_environment(notice->ctx)->settings->mail.server.text == NULL ? "no_server"
                                                                                      : NULL;
    if (*ret_refusal == NULL && !mail_address_check(invoice->email, &bad))
        *ret_refusal = "bad_address";
    if (*ret_refusal != NULL)
        return;
    struct mail_fact *facts = ARENA_NEW_ARRAY(arena, struct mail_fact, FACTS_MAX);
    size_t count = add_facts(notice, arena, facts);
    mail_intend(chunk,
                &(struct mail_intent){
                    .tenant_id = notice->tenant->tenant_id,
                    .effect_key = arena_printf(arena, MAIL_KIND ":%s:%s:%" PRId64, mail_template,
                                               invoice->number, notice->step),
                    .template = mail_template,
                    .language = invoice->locale != NULL ? invoice->locale : notice->tenant->locale,
                    .to = invoice->email,
                    .to_name = invoice->name,
                    .subject = invoice->number,
                    .intended_on = notice->ctx->business_date,
                    .facts = facts,
                    .fact_count = count});
}

/* ---------------------------------------------------------------- webhooks */

static void add_member(struct json_text *json, const char *name, const char *value)
{
    if (value == NULL)
        return;
    json_text_add_char(json, json->length == 0 ? '{' : ',');
    json_text_add_string(json, name);
    json_text_add_char(json, ':');
    json_text_add_string(json, value);
}

static void tell(const struct dunning_notice *notice, const char *type, const char *subject,
                 struct json_text *json, struct chunk *chunk)
{
    struct arena *arena = chunk_arena(chunk);
    json_text_add_char(json, '}');
    const struct webhook_event event = {.tenant_id = notice->tenant->tenant_id,
                                        .tenant = notice->tenant->tenant,
                                        .type = type,
                                        .subject = subject,
                                        .on = notice->ctx->business_date,
                                        .data = arena_copy_n(arena, json->text, json->length)};
    webhook_intend(chunk, job_environment(notice->ctx)->settings, &event);
}

void dunning_notice_failed(const struct dunning_notice *notice, struct chunk *chunk)
{
    struct arena *arena = chunk_arena(chunk);
    const struct dunned_invoice *invoice = notice->invoice;
    const char *step = arena_printf(arena, "%" PRId64, notice->step);
    CLEANUP(json_text_free) struct json_text json = {0};
    add_member(&json, "invoice", invoice->number);
    add_member(&json, "customer", invoice->customer);
    add_member(&json, "currency", notice->owed.currency.code);
    add_member(&json, "amount_due", money_text(notice->owed).text);
    add_member(&json, "failed_on", day_of(invoice->last_failed_on, arena));
    add_member(&json, "decline", invoice->decline);
    add_member(&json, "step", step);
    add_member(&json, "next_on", day_of(notice->next_on, arena));
    tell(notice, "payment.failed", arena_printf(arena, "%s:%s", invoice->number, step), &json,
         chunk);
}

void dunning_notice_subscription(const struct dunning_notice *notice, const char *type,
                                 const char *subscription, struct date from_on, struct chunk *chunk)
{
    struct arena *arena = chunk_arena(chunk);
    const char *from = day_of(from_on, arena);
    CLEANUP(json_text_free) struct json_text json = {0};
    add_member(&json, "subscription", subscription);
    add_member(&json, "customer", notice->invoice->customer);
    add_member(&json, "invoice", notice->invoice->number);
    add_member(&json, "from", from);
    tell(notice, type, arena_printf(arena, "%s:%s:%s", subscription, from, notice->invoice->number),
         &json, chunk);
}
