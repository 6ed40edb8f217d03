/* A mail that is to be sent, as an intent of kind `mail` (mail_effect.c): a template, its facts,
 * and who gets it. What is frozen is this; the words are those of the template when it is sent, and
 * what is due is what is owed then. */
#ifndef BILLMILL_JOBS_MAIL_INTENT_H
#define BILLMILL_JOBS_MAIL_INTENT_H

#include "core/engine/effect.h"
#include "core/engine/job.h"

#define MAIL_KIND "mail"
#define MAIL_PROVIDER "smtp"
#define MAIL_ACTION_TEMPLATE "payment_action_required" /* he has to confirm it, by `next_on` */
#define MAIL_COPY "#copy"                              /* behind the key of the mail */

struct mail_fact {
    const char *name;  /* of mail_fact_rules (core/setup/mail_template.h) */
    const char *value; /* a text, a day YYYY-MM-DD, an amount "29.99 EUR"; NULL: left out */
};

struct mail_intent {
    int64_t tenant_id;
    const char *effect_key; /* "mail:payment_failed:INV-2026-000042:1" */
    const char *template;   /* "payment_failed" */
    const char *language;   /* the locale of who gets it, "de-AT"; NULL: en */
    const char *to;         /* an address that mail_address_check takes */
    const char *to_name;    /* NULL: none */
    const char *subject;    /* the number of the document that it is about; NULL: none */
    bool attach;            /* with its file */
    const char *copy_of;    /* the key of the mail that it is a copy of, … */
    const char *copy_to;    /* … for the archive of that address; NULL: it is none */
    struct date intended_on;
    const struct mail_fact *facts;
    size_t fact_count;
};

/* Rows of EFFECT_INTEND_SEND and EFFECT_REQUEST_ADD. Texts are borrowed until the chunk is written.
 */
void mail_intend(struct chunk *chunk, const struct mail_intent *intent);

/* "29.99 EUR", in the arena. */
const char *mail_amount(struct money amount, struct arena *arena);

/* The request of an intent, as read. */
struct mail_request {
    const char *template, *language, *to, *to_name;
    const char *copy_of, *copy_to; /* NULL: it is no copy */
    bool attach;
    const struct mail_fact *facts;
    size_t fact_count;
};
/* ERROR_ITEM "bad_request". In the arena. */
MUST_CHECK bool mail_request_read(const char *bytes, size_t size, struct arena *arena,
                                  struct mail_request *ret_request, struct error *err);

#endif
