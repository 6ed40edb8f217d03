/* The kind of effect `mail`: a template with its facts, in the language of who gets it, with the
 * PDF of the document that it is about, through an SMTP server.
 *
 * 1. The message is made of the request, the template, the document's file, the sender of the
 * configuration, the tenant's name and what is owed. The same of these are the same bytes with the
 * same Message-ID; where any of them has changed it is another message, with another one.
 * 2. What is no longer so is not sent: a mail of an invoice that is void, or that asks for what is
 * not owed any more, or to confirm what cannot be confirmed any more, ends as canceled. The day of
 * the next attempt is not said when it has come.
 * 3. What the server says decides (mail_answer.h). A connection that ended behind the last byte, or
 * a process that did: nobody can be asked, and `mail.lost` decides; after LOSSES_MAX of them it is
 * held whatever that says.
 * 4. A file that is not what was printed is never sent, nor one that is too large: the mail is
 * held. A template that is not there or wrong, or a file that cannot be read now, is a matter of
 * the configuration: it is sent when that is right.
 * 5. A message is made when its effect is loaded, as long as there is room in the arena that the
 * effects of its batch share; the others are sent later.
 * 6. The archive's copy (mail.bcc) is a mail of its own, intended when the mail was taken: a server
 * that refuses it refuses no customer's. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/calendar/zone.h"
#include "core/outside/mail_message.h"
#include "core/setup/mail_template.h"
#include "jobs/effect_kinds.h"
#include "jobs/environment.h"
#include "jobs/mail_answer.h"
#include "jobs/mail_making.h"

#define LOSSES_MAX 3          /* of a mail that is sent again */
#define NOT_CONFIGURED_S 3600 /* until it is looked at again, by another run */
#define TIMEOUT_S 1800        /* large files, slow lines, servers that look at it for minutes */
#define US_PER_S 1000000

/* ---------------------------------------------------------------- loading */

/* What is not right there is a matter of mails alone: charges go on. */
static const struct mail_server *load_server(const struct job_ctx *ctx, struct arena *arena)
{
    const struct settings *settings = job_environment(ctx)->settings;
    struct mail_server *server = ARENA_NEW(arena, struct mail_server);
    struct error err = {0};
    *server = (struct mail_server){.url = settings->mail.server.text,
                                   .user = settings->mail.user.text,
                                   .settings = &settings->mail,
                                   .templates = arena_printf(arena, "%s/" MAIL_TEMPLATES,
                                                             settings->directories.templates.text),
                                   .documents = settings->directories.documents.text};
    if (server->url == NULL || server->settings->from.text == NULL)
        server->unusable = "no mail.server is configured";
    else if (!settings_secret(&settings->mail.password, "mail.password", getenv, arena,
                              &server->password, &err))
        server->unusable = arena_copy(arena, err.message);
    return server;
}

static bool load_tenant(const struct job_ctx *ctx, int64_t tenant_id, struct arena *arena,
                        const struct tenant_facts **ret_tenant, struct error *err)
{
    struct tenant_facts *tenants = NULL;
    size_t count = 0;
    if (!tenants_load(ctx->db, arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (tenants[i].tenant_id == tenant_id) {
            *ret_tenant = &tenants[i];
            return true;
        }
    return error_run(err, EXIT_DATA, "a mail of tenant %" PRId64 ", who is not there", tenant_id);
}

/* What is known of the effects, besides themselves. */
struct known {
    struct mail_document *documents;
    struct owed_invoice *invoices;
    struct effect_history *histories;
};

static bool load_known(const struct job_ctx *ctx, const struct effect_out *effects, size_t count,
                       struct arena *arena, struct known *ret_known, struct error *err)
{
    int64_t tenant_id = effects[0].tenant_id;
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count);
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, count);
    *ret_known = (struct known){ARENA_NEW_ARRAY(arena, struct mail_document, count),
                                ARENA_NEW_ARRAY(arena, struct owed_invoice, count),
                                ARENA_NEW_ARRAY(arena, struct effect_history, count)};
    for (size_t i = 0; i < count; i++) {
        numbers[i] = text_or_empty(effects[i].subject);
        keys[i] = effects[i].effect_key;
    }
    return mail_store_load_documents(ctx->db, tenant_id, numbers, count, arena,
                                     ret_known->documents, err) &&
           collect_store_load_owed(ctx->db, tenant_id, numbers, count, arena, ret_known->invoices,
                                   err) &&
           effect_history_load(ctx->db, tenant_id, keys, count, arena, ret_known->histories, err);
}

static bool load(const struct job_ctx *ctx, struct effect_out *effects, size_t count,
                 struct arena *arena, struct error *err)
{
    CLEANUP(arena_destroy)
    struct arena *scratch = arena_create("a mail", arena_cap(arena));
    const struct mail_server *server = load_server(ctx, arena);
    const struct tenant_facts *tenant = NULL;
    struct date today = date_max(ctx->business_date, zone_local_date(zone_utc(), clock_day_us()));
    struct known known;
    if (!load_tenant(ctx, effects[0].tenant_id, arena, &tenant, err) ||
        !load_known(ctx, effects, count, arena, &known, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct mail_data *data = ARENA_NEW(arena, struct mail_data);
        *data = (struct mail_data){.server = server,
                                   .tenant = tenant,
                                   .history = known.histories[i],
                                   .now_us = clock_wall_us(),
                                   .today = today};
        if (!effects[i].asking && server->unusable == NULL)
            mail_make(data, &effects[i], &known.documents[i], &known.invoices[i], arena, scratch);
        effects[i].data = data;
    }
    return true;
}

/* ---------------------------------------------------------------- what is said */

static void say(const struct mail_data *data, struct arena *arena, struct effect_move *ret_move)
{
    const struct mail_server *server = data->server;
    const char **to = ARENA_NEW_ARRAY(arena, const char *, 1);
    to[0] = data->request.copy_to != NULL ? data->request.copy_to : data->request.to;
    *ret_move = (struct effect_move){
        .kind = MOVE_CALL,
        .call = {.protocol = WIRE_SMTP,
                 .url = server->url,
                 .shown = server->url,
                 .user = server->user,
                 .password = server->password,
                 .body = data->bytes,
                 .body_size = data->size,
                 .mail_from = server->settings->from.text,
                 .mail_to = to,
                 .mail_to_count = 1}
    };
}

static void take(const struct mail_data *data, const struct wire_answer *answer,
                 struct arena *arena, struct effect_move *ret_move)
{
    const struct mail_message message = {.id = data->id, .from = data->server->settings->from.text};
    const struct effect_history *before = &data->history;
    const struct mail_tries tries = {
        .deferrals = before->deferrals + 1,
        .deferred_s =
            before->first_later_us == 0 ? 0 : (data->now_us - before->first_later_us) / US_PER_S,
        .broken = before->broken + 1};
    mail_take_answer(answer, &tries, mail_message_id(&message, arena), arena, ret_move);
    ret_move->detail = data; /* for settle: it was sent, and not by a person's word */
}

static void wait_for_configuration(const struct mail_data *data, struct arena *arena,
                                   struct effect_move *ret_move)
{
    const char *what = data->unconfigured != NULL ? data->unconfigured : data->server->unusable;
    *ret_move =
        (struct effect_move){.kind = MOVE_AGAIN,
                             .pause_s = NOT_CONFIGURED_S,
                             .code = "not_configured",
                             .message = what,
                             .remark = arena_printf(arena, "mails are not sent: %s",
                                                    data->remark != NULL ? data->remark : what)};
}

static bool send(const struct job_ctx *ctx, const struct effect_out *effect,
                 const struct wire_answer *last, int32_t step, struct arena *arena,
                 struct effect_move *ret_move, struct error *err)
{
    const struct mail_data *data = effect->data;
    (void)ctx;
    (void)step;
    if (data->failure.kind != ERROR_NONE) {
        *err = data->failure;
        return false;
    }
    if (last != NULL)
        take(data, last, arena, ret_move);
    else if (data->server->unusable != NULL || data->unconfigured != NULL)
        wait_for_configuration(data, arena, ret_move);
    else if (data->canceled != NULL)
        *ret_move =
            (struct effect_move){.kind = MOVE_FAILED,
                                 .outcome = "canceled",
                                 .code = data->canceled,
                                 .message = "what it is about is void, not owed any more, or over"};
    else if (data->no_room)
        *ret_move = (struct effect_move){
            .kind = MOVE_AGAIN, .code = "no_room", .message = "many large files at once"};
    else
        say(data, arena, ret_move);
    return true;
}

static const struct bulk_table *const tables[] = {&EFFECT_INTEND_SEND, &EFFECT_REQUEST_ADD};

/* Invariant 6. */
static bool settle(const struct job_ctx *ctx, const struct effect_out *effect,
                   const struct effect_move *end, struct chunk *chunk, struct error *err)
{
    const struct mail_data *data = effect->data;
    const char *archive = job_environment(ctx)->settings->mail.bcc.text;
    (void)err;
    if (end->kind != MOVE_DONE || end->detail == NULL || archive == NULL ||
        data->request.copy_to != NULL)
        return true;
    mail_intend(chunk,
                &(struct mail_intent){.tenant_id = effect->tenant_id,
                                      .effect_key = arena_printf(chunk_arena(chunk), "%s" MAIL_COPY,
                                                                 effect->effect_key),
                                      .template = data->request.template,
                                      .language = data->request.language,
                                      .to = data->request.to,
                                      .to_name = data->request.to_name,
                                      .subject = effect->subject,
                                      .attach = data->request.attach,
                                      .copy_of = effect->effect_key,
                                      .copy_to = archive,
                                      .intended_on = effect->intended_on,
                                      .facts = data->request.facts,
                                      .fact_count = data->request.fact_count});
    return true;
}

static bool resends(const struct job_ctx *ctx, const struct effect_out *effect)
{
    const struct effect_history *before = &((const struct mail_data *)effect->data)->history;
    int64_t untold = effect->attempts - before->calls; /* in another database, before it moved */
    return before->losses + (untold > 0 ? untold : 0) < LOSSES_MAX &&
           job_environment(ctx)->settings->mail.lost == MAIL_LOST_RESEND;
}

static const char *goes_to(const char *request, size_t size, struct arena *arena)
{
    struct mail_request mail;
    struct error ignored = {0};
    if (!mail_request_read(request, size, arena, &mail, &ignored))
        return NULL;
    return mail.copy_to != NULL ? mail.copy_to : mail.to;
}

static int32_t calls_max(const struct job_ctx *ctx)
{
    return job_environment(ctx)->settings->mail.connections;
}

const struct effect_kind effect_kind_mail = {
    .name = MAIL_KIND,
    .tables = tables,
    .table_count = ARRAY_LEN(tables),
    .load = load,
    .send = send,
    .settle = settle,
    .resends = resends,
    .patient = true,
    .replays = true,
    .calls_max = calls_max,
    .timeout_s = TIMEOUT_S,
    .goes_to = goes_to,
};
