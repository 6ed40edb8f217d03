/* Messages out of intents: see mail_making.h. */
#include "jobs/mail_making.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/outside/file_read.h"
#include "core/outside/mail_message.h"
#include "core/setup/mail_template.h"
#include "jobs/mail_values.h"

#define FILE_BYTES_MAX ((size_t)20 << 20)
#define MAKING_TIMES 8               /* of a file's bytes: itself, as base64, in lines, in parts */
#define WORDS_ROOM ((size_t)1 << 20) /* for all that is not the file */
#define ID_BYTES 16

#define FACT_OWED "amount_due"
#define FACT_DUE_ON "due_on"
#define FACT_NEXT "next_on"

/* ---------------------------------------------------------------- what is so by now */

static const char *fact_of(const struct mail_request *request, const char *name)
{
    for (size_t i = 0; i < request->fact_count; i++)
        if (text_equal(request->facts[i].name, name))
            return request->facts[i].value;
    return NULL;
}

static bool has_fact(const struct mail_request *request, const char *name)
{
    return fact_of(request, name) != NULL;
}

static void leave_out(struct mail_request *request, const char *name, struct arena *arena)
{
    struct mail_fact *facts = ARENA_NEW_ARRAY(arena, struct mail_fact, request->fact_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < request->fact_count; i++)
        if (!text_equal(request->facts[i].name, name))
            facts[count++] = request->facts[i];
    request->facts = facts;
    request->fact_count = count;
}

/* A day that is over is not promised any more; and nobody is asked to confirm what is canceled by
 * then. */
static void look_at_day(struct mail_data *data, struct arena *arena)
{
    const char *value = fact_of(&data->request, FACT_NEXT);
    struct date next;
    struct error ignored = {0};
    if (value == NULL || !date_parse(value, &next, &ignored) || date_compare(next, data->today) > 0)
        return;
    if (!text_equal(data->request.template, MAIL_ACTION_TEMPLATE))
        leave_out(&data->request, FACT_NEXT, arena);
    else if (date_compare(next, data->today) < 0)
        data->canceled = "late";
}

/* Where nothing is owed neither an amount nor a day of it is said. */
static void state_owed(struct mail_request *request, struct money owed, struct arena *arena)
{
    struct mail_fact *facts = ARENA_NEW_ARRAY(arena, struct mail_fact, request->fact_count + 1);
    bool is_owed = money_minor(owed) > 0;
    size_t count = 0;
    for (size_t i = 0; i < request->fact_count; i++) {
        bool is_day = text_equal(request->facts[i].name, FACT_DUE_ON);
        if (!text_equal(request->facts[i].name, FACT_OWED) && (is_owed || !is_day))
            facts[count++] = request->facts[i];
    }
    if (is_owed)
        facts[count++] = (struct mail_fact){FACT_OWED, mail_amount(owed, arena)};
    request->facts = facts;
    request->fact_count = count;
}

/* A copy says what the mail said. One that speaks of what is due, without the document itself, asks
 * to be paid. */
static bool look_again(struct mail_data *data, const struct owed_invoice *invoice,
                       struct arena *arena, struct arena *scratch)
{
    struct mail_request *request = &data->request;
    bool says_owed = has_fact(request, FACT_OWED);
    struct money owed;
    if (request->copy_of != NULL)
        return true;
    look_at_day(data, arena);
    if (data->canceled != NULL || invoice->number == NULL || !text_equal(invoice->kind, "invoice"))
        return data->canceled == NULL;
    if (text_equal(invoice->status, "void"))
        data->canceled = "void";
    else if (text_equal(invoice->status,
                        "uncollectible")) /* which is a matter of the books alone */
        data->canceled = "written_off";
    else if (!collect_owed(invoice, scratch, &owed, &data->failure))
        return false;
    else if (says_owed && !request->attach && money_minor(owed) <= 0)
        data->canceled = "not_owed";
    else if (says_owed || has_fact(request, FACT_DUE_ON))
        state_owed(request, owed, arena);
    return data->canceled == NULL;
}

/* ---------------------------------------------------------------- the file */

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

/* What a message of this file keeps. */
static size_t kept_bytes(size_t size)
{
    return size / 5 * 7 + WORDS_ROOM; /* base64, in lines of 76: 78/57 of it */
}

static bool find_room(struct mail_data *data, const struct mail_document *document,
                      const char *number, const struct arena *arena, const struct arena *scratch)
{
    size_t size = (size_t)document->size_bytes;
    if (document->size_bytes < 0 || size > FILE_BYTES_MAX ||
        size * MAKING_TIMES > arena_cap(scratch) - WORDS_ROOM ||
        kept_bytes(size) > arena_cap(arena) / 2)
        return error_item(&data->failure, "too_large", "the file of %s has %" PRId64 " bytes",
                          number, document->size_bytes);
    data->no_room = arena_used(arena) + kept_bytes(size) > arena_cap(arena) / 2;
    return !data->no_room;
}

/* The file that was printed. What can be read by others, or later, is no matter of this mail; nor
 * is that there are no documents at all: where they are may not be mounted. */
static bool read_file(struct mail_data *data, const struct mail_document *document,
                      const char *number, struct arena *scratch, struct mail_file *ret_file)
{
    uint8_t digest[SHA256_SIZE];
    const char *bytes = NULL;
    size_t size = 0;
    struct error why = {0};
    const char *path = arena_printf(scratch, "%s/%s", data->server->documents, document->path);
    if (!is_there(path) && file_is_in(data->server->documents))
        return error_item(&data->failure, "no_document", "%s is not there", path);
    if (!is_there(path)) {
        data->unconfigured =
            arena_printf(scratch, "there is nothing in %s", data->server->documents);
        return false;
    }
    if (!file_read(path, FILE_BYTES_MAX, scratch, &bytes, &size, &why)) {
        data->unconfigured = arena_copy(scratch, why.message);
        data->remark = "documents cannot be read";
        return false;
    }
    sha256_of(bytes, size, digest);
    if (memcmp(digest, document->pdf_sha256, sizeof digest) != 0)
        return error_item(&data->failure, "changed_document", "%s is not the file that was printed",
                          path);
    *ret_file = (struct mail_file){.name = arena_printf(scratch, "%s.pdf", number),
                                   .type = "application/pdf",
                                   .bytes = bytes,
                                   .size = size};
    return true;
}

static bool find_file(struct mail_data *data, const struct mail_document *document,
                      const char *number, const struct arena *arena, struct arena *scratch,
                      struct mail_file *ret_file)
{
    if (document->path == NULL)
        return error_item(&data->failure, "no_document", "%s has no file yet",
                          text_or_empty(number));
    return find_room(data, document, number, arena, scratch) &&
           read_file(data, document, number, scratch, ret_file);
}

/* ---------------------------------------------------------------- what is said */

static bool find_template(struct mail_data *data, struct arena *scratch,
                          struct mail_template *ret_template)
{
    struct error why = {0};
    if (mail_template_find(data->server->templates, data->request.template, data->request.language,
                           scratch, ret_template, &why))
        return true;
    data->unconfigured = arena_copy(scratch, why.message);
    return false;
}

static struct mail_message message_of(const struct mail_data *data, const struct effect_out *effect,
                                      const struct mail_template *template,
                                      const struct mail_file *file, struct arena *scratch)
{
    size_t count = 0;
    const struct mail_value *values =
        mail_values(&data->request, template->language, data->tenant->legal_name, scratch, &count);
    const struct settings_mail *settings = data->server->settings;
    return (struct mail_message){
        .from_name = data->tenant->legal_name,
        .from = settings->from.text,
        .to_name = data->request.to_name,
        .to = data->request.to,
        .reply_to = settings->reply_to.text,
        .subject = mail_template_render(template, MAIL_SUBJECT, values, count, scratch),
        .text = mail_template_render(template, MAIL_TEXT, values, count, scratch),
        .html = mail_template_render(template, MAIL_HTML, values, count, scratch),
        .on = effect->intended_on,
        .file = file,
    };
}

/* Of the tenant's name, the effect's key and all that is said: the same wherever the database
 * moves, and another one where anything of it is another. */
static const char *id_of(const struct mail_data *data, const struct effect_out *effect,
                         const struct mail_message *message, const struct mail_document *document,
                         struct arena *arena)
{
    uint8_t bytes[SHA256_SIZE];
    const char *key = data->request.copy_of != NULL ? data->request.copy_of : effect->effect_key;
    const char *texts[] = {data->tenant->tenant, key,           message->from_name,
                           message->from,        message->to,   message->to_name,
                           message->reply_to,    message->text, message->html,
                           message->subject};
    struct sha256 *digest = sha256_start();
    char *id = arena_alloc(arena, 2 * ID_BYTES + 1);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        sha256_add_text(digest, text_or_empty(texts[i]));
    if (message->file != NULL)
        sha256_add(digest, document->pdf_sha256, sizeof document->pdf_sha256);
    sha256_finish(&digest, bytes);
    text_hex(id, bytes, ID_BYTES);
    return id;
}

static bool make(struct mail_data *data, const struct effect_out *effect,
                 const struct mail_document *document, const struct owed_invoice *invoice,
                 struct arena *arena, struct arena *scratch)
{
    struct mail_template template;
    struct mail_file file;
    const char *bytes = NULL;
    if (!mail_request_read(effect->request, effect->request_size, arena, &data->request,
                           &data->failure) ||
        !look_again(data, invoice, arena, scratch) || !find_template(data, scratch, &template))
        return false;
    bool attach = data->request.attach;
    if (attach && !find_file(data, document, effect->subject, arena, scratch, &file))
        return false;
    struct mail_message message =
        message_of(data, effect, &template, attach ? &file : NULL, scratch);
    data->id = id_of(data, effect, &message, document, arena);
    message.id = data->id;
    if (!mail_message_make(&message, scratch, &bytes, &data->size, &data->failure))
        return false;
    data->bytes = arena_copy_n(arena, bytes, data->size);
    return true;
}

void mail_make(struct mail_data *data, const struct effect_out *effect,
               const struct mail_document *document, const struct owed_invoice *invoice,
               struct arena *arena, struct arena *scratch)
{
    if (!make(data, effect, document, invoice, arena, scratch) && data->unconfigured != NULL)
        data->unconfigured = arena_copy(arena, data->unconfigured);
    arena_reset(scratch);
}
