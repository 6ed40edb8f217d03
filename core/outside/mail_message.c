/* Mails as bytes: see mail_message.h. */
#include "core/outside/mail_message.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/outside/mail_coding.h"

#define LOCAL_PART_MAX 64
#define LABEL_MAX 63
#define FILE_NAME_MAX 204 /* the number of a document, and .pdf */
#define HEADERS_ROOM 8192
#define CRLF "\r\n"

/* ---------------------------------------------------------------- addresses */

/* What RFC 5321 calls an atom, beside letters and digits. */
#define ATOM_MARKS "!#$%&'*+-/=?^_`{|}~"

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Parts with points between them, none of them empty. */
static bool is_dotted(const char *text, size_t length, const char *marks, size_t part_max)
{
    size_t part = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.' ? part == 0
                           : !is_letter_or_digit(text[i]) && strchr(marks, text[i]) == NULL)
            return false;
        part = text[i] == '.' ? 0 : part + 1;
        if (part > part_max)
            return false;
    }
    return part > 0;
}

bool mail_address_check(const char *address, struct error *err)
{
    const char *at = address == NULL ? NULL : strrchr(address, '@');
    if (at == NULL || strlen(address) > MAIL_ADDRESS_MAX)
        return error_item(err, "bad_address", "this is no mail address");
    size_t length = strlen(address);
    if (!text_is_plain(address, length)) {
        (void)error_item(err, "bad_address", "a mail address of other letters than ASCII");
        return error_hint(err, "a domain has its xn-- form; a name before the @ cannot be sent to");
    }
    return (is_dotted(address, (size_t)(at - address), ATOM_MARKS, LOCAL_PART_MAX) &&
            at - address <= LOCAL_PART_MAX && is_dotted(at + 1, strlen(at + 1), "-", LABEL_MAX)) ||
           error_item(err, "bad_address", "this is no mail address");
}

const char *mail_message_id(const struct mail_message *message, struct arena *arena)
{
    return arena_printf(arena, "<%s%s>", message->id, strrchr(message->from, '@'));
}

/* ---------------------------------------------------------------- headers */

static void add_date(struct strbuf *headers, struct date on)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil_date civil = date_civil(on);
    strbuf_addf(headers, "Date: %s, %02" PRId32 " %s %04" PRId32 " 00:00:00 +0000" CRLF,
                days[date_weekday(on) - MONDAY], civil.day, months[civil.month - 1], civil.year);
}

static void add_mailbox(struct strbuf *headers, const char *name, const char *display,
                        const char *address, struct arena *arena)
{
    strbuf_addf(headers, "%s:", name);
    if (text_is_empty(display))
        strbuf_addf(headers, " %s" CRLF, address);
    else
        strbuf_addf(headers, "%s" CRLF " <%s>" CRLF, mail_phrase(display, arena), address);
}

static void add_headers(struct strbuf *headers, const struct mail_message *message,
                        struct arena *arena)
{
    add_date(headers, message->on);
    add_mailbox(headers, "From", message->from_name, message->from, arena);
    add_mailbox(headers, "To", message->to_name, message->to, arena);
    if (message->reply_to != NULL)
        strbuf_addf(headers, "Reply-To: %s" CRLF, message->reply_to);
    strbuf_addf(headers, "Subject:%s" CRLF, mail_words(message->subject, arena));
    strbuf_addf(headers, "Message-ID: %s" CRLF, mail_message_id(message, arena));
    strbuf_add(headers, "MIME-Version: 1.0" CRLF "Auto-Submitted: auto-generated" CRLF);
}

/* ---------------------------------------------------------------- parts */

static const char *text_part(const char *type, const char *text, struct arena *arena)
{
    return arena_printf(arena,
                        "Content-Type: text/%s; charset=utf-8" CRLF
                        "Content-Transfer-Encoding: quoted-printable" CRLF CRLF "%s",
                        type, mail_quoted_printable(text, arena));
}

static const char *file_part(const struct mail_file *file, struct arena *arena)
{
    return arena_printf(arena,
                        "Content-Type: %s" CRLF "Content-Transfer-Encoding: base64" CRLF
                        "Content-Disposition: attachment;" CRLF " %s" CRLF CRLF "%s",
                        file->type, mail_file_name(file->name, arena),
                        mail_base64(file->bytes, file->size, arena));
}

/* Two parts, as one with its header. A "=_" stands in no encoded text. */
static const char *multipart(const char *kind, const char *id, const char *first,
                             const char *second, struct arena *arena)
{
    return arena_printf(arena,
                        "Content-Type: multipart/%s; boundary=\"=_%s-%s\"" CRLF CRLF
                        "--=_%s-%s" CRLF "%s" CRLF "--=_%s-%s" CRLF "%s" CRLF "--=_%s-%s--" CRLF,
                        kind, id, kind, id, kind, first, id, kind, second, id, kind);
}

static bool check_text(const char *text, const char *what, struct error *err)
{
    size_t bad = 0;
    return text == NULL || text_utf8_valid(text, strlen(text), &bad) ||
           error_item(err, "invalid_text", "the %s of the mail is no UTF-8", what);
}

static bool check_message(const struct mail_message *message, struct error *err)
{
    if (!mail_address_check(message->from, err) || !mail_address_check(message->to, err) ||
        (message->reply_to != NULL && !mail_address_check(message->reply_to, err)))
        return false;
    if (message->file != NULL && strlen(message->file->name) > FILE_NAME_MAX)
        return error_item(err, "invalid_text", "the name of the file has more than %d bytes",
                          FILE_NAME_MAX);
    return check_text(message->subject, "subject", err) &&
           check_text(message->from_name, "sender's name", err) &&
           check_text(message->to_name, "recipient's name", err) &&
           check_text(message->text, "text", err) && check_text(message->html, "HTML", err) &&
           (message->file == NULL || check_text(message->file->name, "file's name", err));
}

bool mail_message_make(const struct mail_message *message, struct arena *arena,
                       const char **ret_bytes, size_t *ret_size, struct error *err)
{
    char storage[HEADERS_ROOM];
    struct strbuf headers;
    if (!check_message(message, err))
        return false;
    strbuf_init(&headers, storage, sizeof storage);
    add_headers(&headers, message, arena);
    if (headers.overflowed)
        return error_item(err, "invalid_text", "names and subject of the mail are too long");
    const char *body = text_part("plain", message->text, arena);
    if (message->html != NULL)
        body = multipart("alternative", message->id, body, text_part("html", message->html, arena),
                         arena);
    if (message->file != NULL)
        body = multipart("mixed", message->id, body, file_part(message->file, arena), arena);
    *ret_bytes = arena_printf(arena, "%s%s", headers.text, body);
    *ret_size = strlen(*ret_bytes);
    return true;
}
