/* The kind of effect `mail`: a template with its facts, in the language of who gets it, with the
 * PDF of the document that it is about, through an SMTP server.
 *
 * 1. The message is made of the request, the template, the document's file and the tenant's name,
 * so that a second sending is the same bytes with the same Message-ID.
 * 2. Refused for good (5xx): failed. Not now (4xx), nobody there, or a login that is refused:
 * again; so is what the server says before it has heard of the recipient, which is no mail's fault.
 * A connection that ended behind the last byte: nobody can be asked, and `mail.lost` decides; after
 * LOSSES_MAX of them it is held whatever that says.
 * 3. A file that is not what was printed is never sent, nor one that is too large: the mail is
 * held.
 * 4. A message is made when its effect is loaded, as long as there is room in the arena that the
 * effects of its batch share; the others are sent later. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/file_read.h"
#include "core/outside/mail_message.h"
#include "core/setup/mail_template.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/mail_store.h"
#include "jobs/effect_kinds.h"
#include "jobs/environment.h"
#include "jobs/mail_answer.h"
#include "jobs/mail_intent.h"
#include "jobs/mail_values.h"

#define FILE_BYTES_MAX ((size_t)20 << 20)
#define BYTES_OF_A_MAIL 8    /* of each of its file's: itself, as base64, in lines, in parts */
#define LOSSES_MAX 3         /* of a mail that is sent again */
#define NOT_CONFIGURED_S 300 /* until it is looked at again */
#define ID_SIZE 17           /* of 32 hexadecimal digits: 16 bytes */

/* Of the configuration. */
struct mail_server {
    const char *url, *user, *password; /* url NULL: none is configured */
    const struct settings_mail *settings;
    const char *templates, *documents; /* directories */
    const char *unusable;              /* why; NULL: it can be used */
};

struct mail_data {
    const struct mail_server *server;
    const struct tenant_facts *tenant;
    struct mail_request request;
    struct mail_template template;
    struct mail_file file; /* bytes NULL: none */
    const char *id;        /* of the message */
    const char *bytes;     /* the message */
    size_t size;
    int64_t losses;
    bool later;           /* there is no room for its file in this batch */
    struct error failure; /* ERROR_NONE: it can be sent */
};

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

/* Of the tenant's name and the effect's key: the same wherever the database moves. */
static const char *id_of(const struct tenant_facts *tenant, const char *effect_key,
                         struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];
    char *text = arena_alloc(arena, 2 * SHA256_SIZE + 1);
    const char *name = arena_printf(arena, "%s\n%s", tenant->tenant, effect_key);
    sha256_of(name, strlen(name), digest);
    text_hex(text, digest, ID_SIZE - 1);
    return text;
}

/* Half of the arena is for mails, a third for one: so one has room wherever others have not taken
 * it, and those will have gone by the next round. */
static bool find_room(struct mail_data *data, const struct mail_document *document,
                      const char *number, const struct arena *arena, struct error *err)
{
    size_t size = (size_t)document->size_bytes;
    size_t room = size * BYTES_OF_A_MAIL;
    if (size > FILE_BYTES_MAX || room > arena_cap(arena) / 3)
        return error_item(err, "too_large", "the file of %s has %zu bytes", number, size);
    data->later = arena_used(arena) + room > arena_cap(arena) / 2;
    return true;
}

/* The file that was printed. */
static bool read_file(struct mail_data *data, const struct mail_document *document,
                      const char *number, struct arena *arena, struct error *err)
{
    uint8_t digest[SHA256_SIZE];
    const char *bytes = NULL;
    size_t size = 0;
    if (document->path == NULL)
        return error_item(err, "no_document", "%s has no file yet", text_or_empty(number));
    if (!find_room(data, document, number, arena, err))
        return false;
    if (data->later)
        return true;
    const char *path = arena_printf(arena, "%s/%s", data->server->documents, document->path);
    if (!file_read(path, FILE_BYTES_MAX, arena, &bytes, &size, err)) {
        struct error why = *err;
        return error_item(err, "no_document", "%s", why.message);
    }
    sha256_of(bytes, size, digest);
    if (memcmp(digest, document->pdf_sha256, sizeof digest) != 0)
        return error_item(err, "changed_document", "%s is not the file that was printed", path);
    data->file = (struct mail_file){.name = arena_printf(arena, "%s.pdf", number),
                                    .type = "application/pdf",
                                    .bytes = bytes,
                                    .size = size};
    return true;
}

static bool find_template(struct mail_data *data, struct arena *arena, struct error *err)
{
    struct error why = {0};
    return mail_template_find(data->server->templates, data->request.template,
                              data->request.language, arena, &data->template, &why) ||
           error_item(err, "no_template", "%s", why.message);
}

/* ---------------------------------------------------------------- what is said */

static struct mail_message message_of(const struct mail_data *data, const struct effect_out *effect,
                                      struct arena *arena)
{
    size_t count = 0;
    const struct mail_value *values = mail_values(&data->request, data->template.language,
                                                  data->tenant->legal_name, arena, &count);
    const struct settings_mail *settings = data->server->settings;
    return (struct mail_message){
        .id = data->id,
        .from_name = data->tenant->legal_name,
        .from = settings->from.text,
        .to_name = data->request.to_name,
        .to = data->request.to,
        .reply_to = settings->reply_to.text,
        .subject = mail_template_render(&data->template, MAIL_SUBJECT, values, count, arena),
        .text = mail_template_render(&data->template, MAIL_TEXT, values, count, arena),
        .html = mail_template_render(&data->template, MAIL_HTML, values, count, arena),
        .on = effect->intended_on,
        .file = data->file.bytes == NULL ? NULL : &data->file,
    };
}

/* What is wrong with one mail is a matter of that. */
static bool prepare(struct mail_data *data, const struct effect_out *effect,
                    const struct mail_document *document, struct arena *arena)
{
    struct error *err = &data->failure;
    data->id = id_of(data->tenant, effect->effect_key, arena);
    if (!mail_request_read(effect->request, effect->request_size, arena, &data->request, err) ||
        !find_template(data, arena, err) ||
        (data->request.attach && !read_file(data, document, effect->subject, arena, err)))
        return false;
    if (data->later)
        return true;
    const struct mail_message message = message_of(data, effect, arena);
    return mail_message_make(&message, arena, &data->bytes, &data->size, err);
}

static bool load(const struct job_ctx *ctx, struct effect_out *effects, size_t count,
                 struct arena *arena, struct error *err)
{
    const struct mail_server *server = load_server(ctx, arena);
    const struct tenant_facts *tenant = NULL;
    int64_t tenant_id = effects[0].tenant_id;
    const char **numbers = ARENA_NEW_ARRAY(arena, const char *, count);
    const char **keys = ARENA_NEW_ARRAY(arena, const char *, count);
    int64_t *losses = ARENA_NEW_ARRAY(arena, int64_t, count);
    struct mail_document *documents = ARENA_NEW_ARRAY(arena, struct mail_document, count);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = text_or_empty(effects[i].subject);
        keys[i] = effects[i].effect_key;
    }
    if (!load_tenant(ctx, tenant_id, arena, &tenant, err) ||
        !mail_store_load_documents(ctx->db, tenant_id, numbers, count, arena, documents, err) ||
        !mail_store_load_losses(ctx->db, tenant_id, keys, count, arena, losses, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct mail_data *data = ARENA_NEW(arena, struct mail_data);
        *data = (struct mail_data){.server = server, .tenant = tenant, .losses = losses[i]};
        if (!effects[i].asking && server->unusable == NULL)
            (void)!prepare(data, &effects[i], &documents[i], arena);
        effects[i].data = data;
    }
    return true;
}

static void say(const struct mail_data *data, struct arena *arena, struct effect_move *ret_move)
{
    const struct mail_server *server = data->server;
    const char **to = ARENA_NEW_ARRAY(arena, const char *, 2);
    to[0] = data->request.to;
    to[1] = server->settings->bcc.text;
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
                 .mail_to_count = to[1] == NULL ? 1 : 2}
    };
}

static bool send(const struct job_ctx *ctx, const struct effect_out *effect,
                 const struct wire_answer *last, int32_t step, struct arena *arena,
                 struct effect_move *ret_move, struct error *err)
{
    const struct mail_data *data = effect->data;
    (void)ctx;
    (void)step;
    if (last != NULL) {
        const struct mail_message message = {.id = data->id,
                                             .from = data->server->settings->from.text};
        mail_take_answer(last, effect->attempts, mail_message_id(&message, arena), arena, ret_move);
        return true;
    }
    if (data->failure.kind != ERROR_NONE) {
        *err = data->failure;
        return false;
    }
    if (data->later || data->server->unusable != NULL) {
        ret_move->kind = MOVE_AGAIN;
        ret_move->pause_s = data->later ? 0 : NOT_CONFIGURED_S;
        ret_move->code = data->later ? "later" : "not_configured";
        ret_move->message = data->later ? "many large files at once" : data->server->unusable;
        if (!data->later)
            ret_move->remark = arena_printf(arena, "mails are not sent: %s", ret_move->message);
        return true;
    }
    say(data, arena, ret_move);
    return true;
}

static bool resends(const struct job_ctx *ctx, const struct effect_out *effect)
{
    const struct mail_data *data = effect->data;
    return data->losses < LOSSES_MAX &&
           job_environment(ctx)->settings->mail.lost == MAIL_LOST_RESEND;
}

const struct effect_kind effect_kind_mail = {
    .name = MAIL_KIND,
    .load = load,
    .send = send,
    .resends = resends,
    .patient = true,
    .replays = true,
};
