/* Names of records to their ids, through a cache of bounded size: memory does not grow without end
 * with the catalogue, and names that come again and again cost no query. Private to
 * core/stores/import_*.c.
 *
 * The cache believes that ids do not change while it lives: import never changes them. What is
 * cached of a meter may not change once it has events, and is forgotten when a meter is written. */
#ifndef BILLMILL_STORES_IMPORT_LOOKUP_H
#define BILLMILL_STORES_IMPORT_LOOKUP_H

#include "core/calendar/zone.h"
#include "core/setup/meter_filters.h"
#include "core/setup/record_field.h"
#include "core/storage/db.h"

struct import_lookup;

struct import_lookup *import_lookup_create(struct db *db, struct zone_cache *zones);
void import_lookup_destroy(struct import_lookup **lookup); /* accepts NULL inside; fits CLEANUP */

void import_lookup_forget(struct import_lookup *lookup); /* everything: after a roll-back */

/* After a tenant, meter, plan, price or subscription was written: what usage is resolved by. */
void import_lookup_forget_terms(struct import_lookup *lookup);

/* The id of a tenant (tenant_id ignored), product, meter, plan, price, customer, subscription,
 * coupon, contract or invoice (by draft key). ERROR_ITEM "unknown_reference" names what does not
 * exist. */
MUST_CHECK bool import_lookup_id(struct import_lookup *lookup, enum record_kind kind,
                                 int64_t tenant_id, const char *tenant, const char *name,
                                 int64_t *ret_id, struct error *err);

/* The same without a question: false when it is not known. What was put is known from then on. */
bool import_lookup_known(const struct import_lookup *lookup, enum record_kind kind,
                         int64_t tenant_id, const char *name, int64_t *ret_id);
void import_lookup_add(struct import_lookup *lookup, enum record_kind kind, int64_t tenant_id,
                       const char *name, int64_t id);

/* The customer of a subscription; DB_I64_NONE when it is gone. */
MUST_CHECK bool import_lookup_owner(struct import_lookup *lookup, int64_t tenant_id,
                                    const char *subscription, int64_t subscription_id,
                                    int64_t *ret_customer_id, struct error *err);

/* That a project or member (`kind`) of a customer is there; ERROR_ITEM "unknown_reference". */
MUST_CHECK bool import_lookup_holder(struct import_lookup *lookup, enum record_kind kind,
                                     int64_t tenant_id, int64_t customer_id, const char *name,
                                     struct error *err);

struct meter_facts {
    int64_t meter_id;
    bool counts_property;
    bool asks_amounts; /* all of its prices charge the price_amount of each event */
    char property[RECORD_KEY_MAX + 1];
    struct meter_filters filters;
};
MUST_CHECK bool import_lookup_meter(struct import_lookup *lookup, int64_t tenant_id,
                                    const char *tenant, const char *meter,
                                    const struct meter_facts **ret_meter, struct error *err);

/* The customer's subscription that has a price on the meter and is active at the instant; the first
 * by its name where there are several. ERROR_ITEM "unknown_reference" when there is none. */
MUST_CHECK bool import_lookup_active(struct import_lookup *lookup, int64_t tenant_id,
                                     const char *customer, int64_t customer_id, const char *meter,
                                     int64_t meter_id, int64_t at_us, int64_t *ret_subscription_id,
                                     struct error *err);

/* The tenant's zone as it is stored: a tenant that waits with its batch is not known yet. Lives as
 * long as the zones given to import_lookup_create. */
MUST_CHECK bool import_lookup_zone(struct import_lookup *lookup, int64_t tenant_id,
                                   const struct zone **ret_zone, struct error *err);

#endif
