/* An invoice, a credit note or a draft by the name that somebody types. */
#ifndef BILLMILL_CLI_FIND_DOCUMENT_H
#define BILLMILL_CLI_FIND_DOCUMENT_H

#include "core/cli/session.h"
#include "core/stores/draft_store.h"

struct found_document {
    int64_t tenant_id;
    const char *tenant;
    struct stored_invoice stored;
};

/* By its number, else by the key of a draft; numbers are unique within a tenant only: `tenant`
 * NULL: any. EXIT_USAGE where there is none, or several tenants have it. In the session's arena. */
MUST_CHECK bool find_document(struct session *session, const char *number_or_key,
                              const char *tenant, struct found_document *ret_document,
                              struct error *err);

#endif
