/* Of the intent of a mail the message: the request as it is by now, the words of its template, the
 * file that was printed. */
#ifndef BILLMILL_JOBS_MAIL_MAKING_H
#define BILLMILL_JOBS_MAIL_MAKING_H

#include "core/engine/effect_kind.h"
#include "core/setup/settings.h"
#include "core/stores/billing_catalog.h"
#include "core/stores/effect_history.h"
#include "core/stores/mail_store.h"
#include "jobs/mail_intent.h"

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
    struct effect_history history;
    int64_t now_us;              /* as it was loaded */
    struct date today;           /* the same; not before the day of the run */
    struct mail_request request; /* what is due in it is what is owed by now */
    const char *id;              /* of the message: what stands before the @ */
    const char *bytes;           /* the message; NULL: it cannot be sent, by one of the next */
    size_t size;
    const char *canceled;     /* "void", "not_owed", "late": there is no use in it any more */
    const char *unconfigured; /* what is missing, or cannot be read now */
    const char *remark;       /* the same, of all of them; NULL: in the same words */
    bool no_room;             /* for its file in this batch */
    struct error failure;     /* of this mail alone, for a person */
};

/* Makes the message of an effect that is to be sent; what keeps it from being made is in `data`,
 * whose first three members are given. What stays is in the arena, of which half may be taken by
 * messages; the scratch is emptied. */
void mail_make(struct mail_data *data, const struct effect_out *effect,
               const struct mail_document *document, const struct owed_invoice *invoice,
               struct arena *arena, struct arena *scratch);

#endif
