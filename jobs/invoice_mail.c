/* invoice-mail: documents that were issued and printed are mailed to who pays them, each once: an
 * intent of kind `mail` for each. An item is a document that none was intended of and whose
 * customer has an address; how many have none is told. A document whose mail was refused for good,
 * was given up, or did not go as a person says, is one again when the customer has another address.
 */
#include <inttypes.h>
#include <string.h>

#include "core/outside/mail_message.h"
#include "core/stores/mail_store.h"
#include "jobs/environment.h"
#include "jobs/jobs.h"
#include "jobs/mail_intent.h"

#define FACTS_MAX 10

/* Without it all that was ever issued would be mailed by the first run. */
static bool find_since(const struct job_ctx *ctx, struct date *ret_since, struct error *err)
{
    const char *since = job_environment(ctx)->settings->mail.since.text;
    if (since != NULL)
        return date_parse(since, ret_since, err);
    (void)error_run(err, EXIT_CONFIG,
                    "mail.since is missing: from which day on are documents mailed?");
    return error_hint(err, "mail: {since: 2026-11-01} in the configuration");
}

static bool plan(const struct job_ctx *ctx, struct job_plan *plan, struct error *err)
{
    struct work_ranges ranges = {0};
    struct date since;
    int64_t unaddressed = 0;
    if (!find_since(ctx, &since, err) ||
        !mail_store_load_work(ctx->db, since, ctx->business_date, ctx->arena, &ranges, &unaddressed,
                              err))
        return false;
    if (unaddressed > 0)
        job_plan_tell(plan, arena_printf(ctx->arena,
                                         "%" PRId64 " documents are of customers without an "
                                         "address, and are not mailed until they have one",
                                         unaddressed));
    job_plan_add_ranges(plan, &ranges);
    return true;
}

static bool load(const struct job_ctx *ctx, const struct chunk_range *range, struct chunk *chunk,
                 struct error *err)
{
    struct mail_range wanted = {
        .until = ctx->business_date, .tenant_id = range->tenant_id, .limit = range->limit};
    struct mail_due *due = NULL;
    size_t count = 0;
    if (!find_since(ctx, &wanted.since, err) ||
        !job_number_range(range, &wanted.after_id, &wanted.hi_id, err) ||
        !mail_store_load_due(ctx->db, &wanted, chunk_arena(chunk), &due, &count, err))
        return false;
    int64_t *tenant_id = ARENA_NEW(chunk_arena(chunk), int64_t);
    *tenant_id = range->tenant_id;
    chunk_set_state(chunk, tenant_id);
    for (size_t i = 0; i < count; i++) {
        struct chunk_item *item =
            chunk_add_item(chunk, job_number_key(chunk, due[i].invoice_id), due[i].number, &due[i]);
        item->has_at_stake = true;
        item->at_stake = money_of_minor(due[i].total_minor, due[i].currency);
    }
    return true;
}

static const char *day_of(struct date date, struct arena *arena)
{
    return date_is_none(date) ? NULL : arena_copy(arena, date_text(date).text);
}

/* A number may have any characters: each '#' of it is doubled, so that one alone is ours. */
static const char *number_in_key(const char *number, struct arena *arena)
{
    char *text = arena_alloc(arena, 2 * strlen(number) + 1);
    char *target = text;
    for (; *number != '\0'; number++) {
        *target++ = *number;
        if (*number == '#')
            *target++ = '#';
    }
    *target = '\0';
    return text;
}

static const char *key_of(const struct mail_due *due, struct arena *arena)
{
    const char *number = number_in_key(due->number, arena);
    return due->mailed == 0 ? arena_printf(arena, MAIL_KIND ":%s:%s", due->kind, number)
                            : arena_printf(arena, MAIL_KIND ":%s:%s#%" PRId64, due->kind, number,
                                           due->mailed + 1);
}

static bool compute(const struct job_ctx *ctx, const struct chunk_item *item, struct chunk *chunk,
                    struct error *err)
{
    const struct mail_due *due = item->data;
    const int64_t *tenant_id = chunk_state(chunk);
    struct arena *arena = chunk_arena(chunk);
    struct money total = money_of_minor(due->total_minor, due->currency);
    struct money owed = money_zero(due->currency); /* as of now: it may be paid in part */
    if (!mail_address_check(due->email, err))
        return error_context(err, "customer %s", due->customer);
    if (due->owed != NULL && !collect_owed(due->owed, chunk_scratch(chunk), &owed, err))
        return false;
    if (!chunk_add_total(chunk, total, err))
        return false;
    struct mail_fact *facts = ARENA_NEW_ARRAY(arena, struct mail_fact, FACTS_MAX);
    size_t count = 0;
    facts[count++] = (struct mail_fact){"customer", due->customer};
    facts[count++] = (struct mail_fact){"customer_name", due->name};
    facts[count++] = (struct mail_fact){"document", due->number};
    facts[count++] = (struct mail_fact){"corrects", due->corrects};
    facts[count++] = (struct mail_fact){"issued_on", day_of(due->issued_on, arena)};
    facts[count++] = (struct mail_fact){"total", mail_amount(total, arena)};
    if (money_minor(owed) > 0)
        facts[count++] = (struct mail_fact){"amount_due", mail_amount(owed, arena)};
    facts[count++] = (struct mail_fact){"due_on", day_of(due->due_on, arena)};
    mail_intend(chunk, &(struct mail_intent){.tenant_id = *tenant_id,
                                             .effect_key = key_of(due, arena),
                                             .template = due->kind,
                                             .language = due->locale,
                                             .to = due->email,
                                             .to_name = due->name,
                                             .subject = due->number,
                                             .attach = true,
                                             .intended_on = ctx->business_date,
                                             .facts = facts,
                                             .fact_count = count});
    return true;
}

static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD};

const struct job job_invoice_mail = {
    .name = "invoice-mail",
    .summary = "mail documents to who pays them, each once",
    .key = JOB_KEY_DATE,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .plan = plan,
    .load = load,
    .compute = compute,
};
