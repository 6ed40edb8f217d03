/* Documents by name: see find_document.h. */
#include "core/cli/find_document.h"

#include "core/base/text.h"
#include "core/stores/billing_catalog.h"

static bool refuse_ambiguous(const char *number, const char *first, const char *second,
                             struct error *err)
{
    (void)error_run(err, EXIT_USAGE, "tenants %s and %s both have %s", first, second, number);
    return error_hint(err, "add --tenant %s", first);
}

bool find_document(struct session *session, const char *number_or_key, const char *tenant,
                   struct found_document *ret_document, struct error *err)
{
    struct tenant_facts *tenants = NULL;
    struct found_document document = {0};
    int64_t wanted_id = 0;
    size_t count = 0;
    if (tenant != NULL && !session_tenant(session, tenant, &wanted_id, err))
        return false;
    if (!tenants_load(session->db, session->arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct stored_invoice stored;
        bool found = false;
        if (tenant != NULL && tenants[i].tenant_id != wanted_id)
            continue;
        if (!draft_store_find(session->db, tenants[i].tenant_id, number_or_key, session->arena,
                              &stored, &found, err))
            return false;
        if (found && document.tenant != NULL)
            return refuse_ambiguous(number_or_key, document.tenant, tenants[i].tenant, err);
        if (found)
            document = (struct found_document){tenants[i].tenant_id, tenants[i].tenant, stored};
    }
    *ret_document = document;
    if (document.tenant != NULL)
        return true;
    (void)error_run(err, EXIT_USAGE, "there is no invoice and no draft '%s'", number_or_key);
    return error_hint(err, "name a number such as INV-2026-000001, or the whole key of a draft "
                           "in quotes");
}
