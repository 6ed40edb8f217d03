/* Reference data of one tenant as jobs use it: the tenant itself, meters, plans, prices with their
 * versions and tiers, tax rates. Loaded once a run; everything is in the arena. */
#ifndef BILLMILL_STORES_BILLING_CATALOG_H
#define BILLMILL_STORES_BILLING_CATALOG_H

#include "core/billing/price.h"
#include "core/billing/price_spans.h"
#include "core/billing/tax.h"
#include "core/billing/usage.h"
#include "core/calendar/period.h"
#include "core/setup/meter_filters.h"
#include "core/setup/usage_thresholds.h"
#include "core/stores/contract_catalog.h"

struct tenant_facts {
    int64_t tenant_id;
    const char *tenant;
    const char *legal_name;
    const char *line1, *line2, *city, *postal_code, *region, *country, *tax_id;
    struct currency currency;
    const char *timezone;
    const char *locale;
    int64_t payment_terms_days;
    const char *rounding_name;
    const char *tax_rounding_name;
    int64_t overdraft_limit_minor; /* of each customer; DB_I64_NONE: no overdraft */
    enum rounding rounding;        /* the two names, parsed */
    enum tax_rounding tax_rounding;
};

struct catalog_plan {
    int64_t plan_id;
    const char *plan;
    const char *name;
    const char *interval_name;
    int64_t interval_count;
    int64_t trial_days;
    const char *thresholds_text; /* NULL: none */
    enum interval_unit interval;
    struct usage_thresholds thresholds;
};

struct catalog_meter {
    int64_t meter_id;
    const char *meter;
    const char *aggregation_name;
    const char *name;         /* as documents say it; NULL: as it is called */
    const char *unit;         /* NULL: none */
    int64_t scale;            /* DB_I64_NONE: as it comes */
    const char *filters_text; /* NULL: none */
    enum aggregation aggregation;
    struct meter_filters filters;
};

/* One version of a price, or of what a price is for one customer alone. */
struct catalog_price {
    int64_t price_id;        /* of a customer's own: none of a listed one */
    int64_t customer_id;     /* 0: of all customers */
    int64_t listed_price_id; /* of a customer's own: instead of which he has it */
    int64_t plan_id;         /* of a customer's own: 0 */
    int64_t product_id;
    const char *product_name;
    const char *tax_category;
    int64_t meter_id; /* DB_I64_NONE: the quantity of the subscription */
    struct price price;
};

/* From when on a plan has prices in a currency. */
struct plan_currency {
    int64_t plan_id;
    struct currency currency;
    struct date first_on;
};

/* A tenant may have hundreds of thousands of phases: who prices nothing does without the contracts
 * (and must not ask for terms: catalog_terms.h). */
enum catalog_parts { CATALOG_WHOLE, CATALOG_WITHOUT_CONTRACTS };

struct billing_catalog {
    struct tenant_facts tenant;
    struct catalog_plan *plans; /* by plan_id */
    size_t plan_count;
    struct catalog_meter *meters; /* by meter_id */
    size_t meter_count;
    struct catalog_price *prices; /* that are listed; by price_id, valid_from */
    struct price_span *spans;     /* of each of them */
    size_t price_count;
    struct plan_currency *plan_currencies; /* by plan, currency */
    size_t plan_currency_count;
    struct catalog_price *own_prices; /* of single customers, by price_id, valid_from */
    struct price_span *own_spans;     /* of each of them */
    size_t own_price_count;
    const struct catalog_price **owners; /* one version of each of these, by customer, price */
    size_t owner_count;
    struct tax_rate *tax_rates;
    size_t tax_rate_count;
    struct contract_phases contracts; /* of all customers */
    enum catalog_parts parts;
};

/* Every tenant, by id. In the arena. */
MUST_CHECK bool tenants_load(struct db *db, struct arena *arena, struct tenant_facts **ret_tenants,
                             size_t *ret_count, struct error *err);

MUST_CHECK bool billing_catalog_load(struct db *db, int64_t tenant_id, enum catalog_parts parts,
                                     struct arena *arena,
                                     const struct billing_catalog **ret_catalog, struct error *err);

/* NULL when there is none. */
const struct catalog_plan *catalog_plan_find(const struct billing_catalog *catalog,
                                             int64_t plan_id);
const struct catalog_meter *catalog_meter_find(const struct billing_catalog *catalog,
                                               int64_t meter_id);

/* The version that holds on the day; NULL when none does. Here and below an id is that of a listed
 * price or of a customer's own. */
const struct catalog_price *catalog_price_on(const struct billing_catalog *catalog,
                                             int64_t price_id, struct date day);

/* On which days its versions hold; none where there is no such price. */
struct price_spans catalog_price_spans(const struct billing_catalog *catalog, int64_t price_id);

/* The newest version: what does not change between versions, such as the billing. */
const struct catalog_price *catalog_price_newest(const struct billing_catalog *catalog,
                                                 int64_t price_id);

#endif
