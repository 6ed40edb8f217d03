/* Loading a tenant's catalogue: see billing_catalog.h. Seven queries, and two more
 * where it has contracts, whatever its size. */
#include "core/stores/billing_catalog.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/stores/catalog_terms.h"

static const struct row_field tenant_fields[] = {
    ROW_FIELD(struct tenant_facts, tenant_id, "tenant_id"),
    ROW_FIELD(struct tenant_facts, tenant, "tenant"),
    ROW_FIELD(struct tenant_facts, legal_name, "legal_name"),
    ROW_FIELD(struct tenant_facts, line1, "line1"),
    ROW_FIELD(struct tenant_facts, line2, "line2"),
    ROW_FIELD(struct tenant_facts, city, "city"),
    ROW_FIELD(struct tenant_facts, postal_code, "postal_code"),
    ROW_FIELD(struct tenant_facts, region, "region"),
    ROW_FIELD(struct tenant_facts, country, "country"),
    ROW_FIELD(struct tenant_facts, tax_id, "tax_id"),
    ROW_FIELD(struct tenant_facts, currency, "currency"),
    ROW_FIELD(struct tenant_facts, timezone, "timezone"),
    ROW_FIELD(struct tenant_facts, locale, "locale"),
    ROW_FIELD(struct tenant_facts, payment_terms_days, "payment_terms_days"),
    ROW_FIELD(struct tenant_facts, rounding_name, "rounding"),
    ROW_FIELD(struct tenant_facts, tax_rounding_name, "tax_rounding"),
    ROW_FIELD(struct tenant_facts, overdraft_limit_minor, "overdraft_limit_minor"),
};

static const struct row_field plan_fields[] = {
    ROW_FIELD(struct catalog_plan, plan_id, "plan_id"),
    ROW_FIELD(struct catalog_plan, plan, "plan"),
    ROW_FIELD(struct catalog_plan, name, "name"),
    ROW_FIELD(struct catalog_plan, interval_name, "interval"),
    ROW_FIELD(struct catalog_plan, interval_count, "interval_count"),
    ROW_FIELD(struct catalog_plan, trial_days, "trial_days"),
    ROW_FIELD(struct catalog_plan, thresholds_text, "usage_thresholds"),
};

static const struct row_field meter_fields[] = {
    ROW_FIELD(struct catalog_meter, meter_id, "meter_id"),
    ROW_FIELD(struct catalog_meter, meter, "meter"),
    ROW_FIELD(struct catalog_meter, aggregation_name, "aggregation"),
    ROW_FIELD(struct catalog_meter, name, "name"),
    ROW_FIELD(struct catalog_meter, unit, "unit"),
    ROW_FIELD(struct catalog_meter, scale, "scale"),
    ROW_FIELD(struct catalog_meter, filters_text, "filters"),
};

/* A price version as it is stored; words and figures still as text. */
struct price_row {
    int64_t price_id, customer_id, listed_price_id;
    struct date valid_from, valid_to;
    const char *price;
    int64_t plan_id;
    const char *plan;
    int64_t product_id;
    const char *product, *product_name, *tax_category;
    int64_t meter_id;
    const char *meter, *model;
    struct currency currency;
    const char *billing, *flat_fee, *unit_price, *free_units, *package_size, *package_price;
    const char *package_rounding, *rate_percent, *fixed_fee_per_event, *free_events, *free_amount;
    const char *minimum_per_event, *maximum_per_event, *multiplier;
    const char *commitment, *overage_model, *minimum_amount, *maximum_amount;
    bool flat_fee_at_zero;
};

static const struct row_field price_fields[] = {
    ROW_FIELD(struct price_row, price_id, "price_id"),
    ROW_FIELD(struct price_row, customer_id, "customer_id"),
    ROW_FIELD(struct price_row, listed_price_id, "listed_price_id"),
    ROW_FIELD(struct price_row, valid_from, "valid_from"),
    ROW_FIELD(struct price_row, valid_to, "valid_to"),
    ROW_FIELD(struct price_row, price, "price"),
    ROW_FIELD(struct price_row, plan_id, "plan_id"),
    ROW_FIELD(struct price_row, plan, "plan"),
    ROW_FIELD(struct price_row, product_id, "product_id"),
    ROW_FIELD(struct price_row, product, "product"),
    ROW_FIELD(struct price_row, product_name, "product_name"),
    ROW_FIELD(struct price_row, tax_category, "tax_category"),
    ROW_FIELD(struct price_row, meter_id, "meter_id"),
    ROW_FIELD(struct price_row, meter, "meter"),
    ROW_FIELD(struct price_row, model, "model"),
    ROW_FIELD(struct price_row, currency, "currency"),
    ROW_FIELD(struct price_row, billing, "billing"),
    ROW_FIELD(struct price_row, flat_fee, "flat_fee"),
    ROW_FIELD(struct price_row, unit_price, "unit_price"),
    ROW_FIELD(struct price_row, free_units, "free_units"),
    ROW_FIELD(struct price_row, package_size, "package_size"),
    ROW_FIELD(struct price_row, package_price, "package_price"),
    ROW_FIELD(struct price_row, package_rounding, "package_rounding"),
    ROW_FIELD(struct price_row, rate_percent, "rate_percent"),
    ROW_FIELD(struct price_row, fixed_fee_per_event, "fixed_fee_per_event"),
    ROW_FIELD(struct price_row, free_events, "free_events"),
    ROW_FIELD(struct price_row, free_amount, "free_amount"),
    ROW_FIELD(struct price_row, minimum_per_event, "minimum_per_event"),
    ROW_FIELD(struct price_row, maximum_per_event, "maximum_per_event"),
    ROW_FIELD(struct price_row, multiplier, "multiplier"),
    ROW_FIELD(struct price_row, commitment, "commitment"),
    ROW_FIELD(struct price_row, overage_model, "overage_model"),
    ROW_FIELD(struct price_row, minimum_amount, "minimum_amount"),
    ROW_FIELD(struct price_row, maximum_amount, "maximum_amount"),
    ROW_FIELD(struct price_row, flat_fee_at_zero, "flat_fee_at_zero"),
};

struct tier_row {
    int64_t price_id;
    struct date valid_from;
    int64_t tier;
    const char *up_to;
    struct decimal unit_price, flat_fee;
    const char *rate_percent;
};

static const struct row_field tier_fields[] = {
    ROW_FIELD(struct tier_row, price_id, "price_id"),
    ROW_FIELD(struct tier_row, valid_from, "valid_from"),
    ROW_FIELD(struct tier_row, tier, "tier"),
    ROW_FIELD(struct tier_row, up_to, "up_to"),
    ROW_FIELD(struct tier_row, unit_price, "unit_price"),
    ROW_FIELD(struct tier_row, rate_percent, "rate_percent"),
    ROW_FIELD(struct tier_row, flat_fee, "flat_fee"),
};

struct tax_rate_row {
    int64_t tenant_id;
    struct tax_rate rate;
};

static const struct row_field tax_rate_fields[] = {
    ROW_FIELD(struct tax_rate_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct tax_rate_row, rate.country, "country"),
    ROW_FIELD(struct tax_rate_row, rate.region, "region"),
    ROW_FIELD(struct tax_rate_row, rate.category, "category"),
    ROW_FIELD(struct tax_rate_row, rate.valid_from, "valid_from"),
    ROW_FIELD(struct tax_rate_row, rate.valid_to, "valid_to"),
    ROW_FIELD(struct tax_rate_row, rate.rate_percent, "rate_percent"),
    ROW_FIELD(struct tax_rate_row, rate.name, "name"),
    ROW_FIELD(struct tax_rate_row, rate.inclusive, "inclusive"),
    ROW_FIELD(struct tax_rate_row, rate.on_top, "on_top"),
};

struct load {
    struct db *db;
    struct arena *arena;
    struct db_value tenant; /* the one argument of every query */
    struct price *overages; /* of the prices that have one, by their places */
};

#define LOAD(load, statement, fields, type, ret_items, ret_count, err)                             \
    load_rows((load), (statement), (fields), ARRAY_LEN(fields), sizeof(type), (ret_items),         \
              (ret_count), (err))

static bool load_rows(const struct load *load, enum statement_id statement,
                      const struct row_field *fields, size_t field_count, size_t size,
                      void **ret_items, size_t *ret_count, struct error *err)
{
    return rows_load_all(load->db, statement, &load->tenant, 1, load->arena, fields, field_count,
                         size, ret_items, ret_count, err);
}

bool tenants_load(struct db *db, struct arena *arena, struct tenant_facts **ret_tenants,
                  size_t *ret_count, struct error *err)
{
    void *items = NULL;
    if (!rows_load_all(db, STMT_CATALOG_TENANTS, DB_NO_ARGS, arena, tenant_fields,
                       ARRAY_LEN(tenant_fields), sizeof(struct tenant_facts), &items, ret_count,
                       err))
        return error_context(err, "loading tenants");
    struct tenant_facts *tenants = items;
    for (size_t i = 0; i < *ret_count; i++)
        if (!rounding_parse(tenants[i].rounding_name, &tenants[i].rounding, err) ||
            !tax_rounding_parse(tenants[i].tax_rounding_name, &tenants[i].tax_rounding, err))
            return error_context(err, "tenant %s", tenants[i].tenant);
    *ret_tenants = tenants;
    return true;
}

static bool load_tenant(const struct load *load, int64_t tenant_id, struct tenant_facts *ret_tenant,
                        struct error *err)
{
    struct tenant_facts *tenants = NULL;
    size_t count = 0;
    if (!tenants_load(load->db, load->arena, &tenants, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (tenants[i].tenant_id == tenant_id) {
            *ret_tenant = tenants[i];
            return true;
        }
    return error_run(err, EXIT_DATA, "there is no tenant with id %" PRId64, tenant_id);
}

static bool load_plans(const struct load *load, struct billing_catalog *catalog, struct error *err)
{
    void *items = NULL;
    if (!LOAD(load, STMT_CATALOG_PLANS, plan_fields, struct catalog_plan, &items,
              &catalog->plan_count, err))
        return false;
    catalog->plans = items;
    for (size_t i = 0; i < catalog->plan_count; i++) {
        struct catalog_plan *plan = &catalog->plans[i];
        if (!interval_unit_parse(plan->interval_name, &plan->interval, err) ||
            !usage_thresholds_parse(plan->thresholds_text, load->arena, &plan->thresholds, err))
            return error_context(err, "plan %s", plan->plan);
    }
    return true;
}

static bool load_meters(const struct load *load, struct billing_catalog *catalog, struct error *err)
{
    void *items = NULL;
    if (!LOAD(load, STMT_CATALOG_METERS, meter_fields, struct catalog_meter, &items,
              &catalog->meter_count, err))
        return false;
    catalog->meters = items;
    for (size_t i = 0; i < catalog->meter_count; i++) {
        struct catalog_meter *meter = &catalog->meters[i];
        if (!aggregation_parse(meter->aggregation_name, &meter->aggregation, err) ||
            !meter_filters_parse(meter->filters_text, load->arena, &meter->filters, err))
            return error_context(err, "meter %s", meter->meter);
    }
    return true;
}

/* The model's figures: of the price, or of its overage. */
static bool parse_figures(const struct price_row *row, const char *model, struct price *price,
                          struct error *err)
{
    price->has_package_rounding = row->package_rounding != NULL;
    if (price->has_package_rounding &&
        !package_rounding_parse(row->package_rounding, &price->package_rounding, err))
        return false;
    return price_model_parse(model, &price->model, err) &&
           price_figure_parse(row->flat_fee, &price->flat_fee, err) &&
           price_figure_parse(row->unit_price, &price->unit_price, err) &&
           price_figure_parse(row->free_units, &price->free_units, err) &&
           price_figure_parse(row->package_size, &price->package_size, err) &&
           price_figure_parse(row->package_price, &price->package_price, err) &&
           price_figure_parse(row->rate_percent, &price->rate_percent, err) &&
           price_figure_parse(row->fixed_fee_per_event, &price->fixed_fee_per_event, err) &&
           price_figure_parse(row->free_events, &price->free_events, err) &&
           price_figure_parse(row->free_amount, &price->free_amount, err) &&
           price_figure_parse(row->minimum_per_event, &price->minimum_per_event, err) &&
           price_figure_parse(row->maximum_per_event, &price->maximum_per_event, err) &&
           price_figure_parse(row->multiplier, &price->multiplier, err);
}

static bool parse_price(const struct price_row *row, struct price *overage, struct price *price,
                        struct error *err)
{
    bool committed = row->overage_model != NULL;
    price->overage = committed ? overage : NULL;
    return price_billing_parse(row->billing, &price->billing, err) &&
           price_figure_parse(row->commitment, &price->commitment, err) &&
           price_figure_parse(row->minimum_amount, &price->minimum_amount, err) &&
           price_figure_parse(row->maximum_amount, &price->maximum_amount, err) &&
           (committed ? price_model_parse(row->model, &price->model, err) &&
                            parse_figures(row, row->overage_model, overage, err)
                      : parse_figures(row, row->model, price, err));
}

static bool make_price(const struct price_row *row, struct price *overage,
                       struct catalog_price *ret_price, struct error *err)
{
    struct catalog_price made = {
        .price_id = row->price_id,
        .customer_id = row->customer_id,
        .listed_price_id = row->listed_price_id,
        .plan_id = row->plan_id,
        .product_id = row->product_id,
        .product_name = row->product_name,
        .tax_category = row->tax_category,
        .meter_id = row->meter_id,
        .price = {.price = row->price,
                  .plan = row->plan,
                  .product = row->product,
                  .meter = row->meter,
                  .valid_from = row->valid_from,
                  .valid_to = row->valid_to,
                  .currency = row->currency,
                  .free_at_zero = !row->flat_fee_at_zero},
    };
    if (!parse_price(row, overage, &made.price, err))
        return error_context(err, "price %s from %s", row->price, date_text(row->valid_from).text);
    *ret_price = made;
    return true;
}

/* Versions of prices by price_id, valid_from, with the days on which each holds. */
struct versions {
    struct catalog_price *prices;
    struct price_span *spans;
    size_t count;
};

/* How many have a smaller price_id, or the same and valid_from on or before the day. */
static size_t count_up_to(struct versions all, int64_t price_id, struct date day)
{
    size_t lo = 0;
    for (size_t hi = all.count; lo < hi;) {
        size_t middle = lo + (hi - lo) / 2;
        const struct catalog_price *price = &all.prices[middle];
        if (price->price_id < price_id ||
            (price->price_id == price_id && date_compare(price->price.valid_from, day) <= 0))
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* Those of one price, which is listed or a customer's own. */
static struct versions versions_of(const struct billing_catalog *catalog, int64_t price_id)
{
    const struct versions all[] = {
        {catalog->prices,     catalog->spans,     catalog->price_count    },
        {catalog->own_prices, catalog->own_spans, catalog->own_price_count}
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        size_t first = count_up_to(all[i], price_id, (struct date){DATE_DAYS_MIN - 1});
        size_t end = count_up_to(all[i], price_id, (struct date){DATE_DAYS_MAX});
        if (first < end)
            return (struct versions){&all[i].prices[first], &all[i].spans[first], end - first};
    }
    return (struct versions){0};
}

static void fill_spans(const struct catalog_price *prices, size_t count, struct price_span *spans)
{
    for (size_t i = 0; i < count; i++) {
        const struct catalog_price *price = &prices[i];
        const struct catalog_price *next =
            i + 1 < count && price[1].price_id == price->price_id ? &price[1] : NULL;
        struct date until = price->price.valid_to;
        if (next != NULL)
            until = date_is_none(until) ? next->price.valid_from
                                        : date_min(until, next->price.valid_from);
        spans[i] = (struct price_span){
            .from = price->price.valid_from,
            .until = until,
            .per_quantity = price_rated_by(&price->price)->model != PRICE_FLAT,
        };
    }
}

static int compare_owners(const void *a, const void *b)
{
    const struct catalog_price *left = *(const struct catalog_price *const *)a;
    const struct catalog_price *right = *(const struct catalog_price *const *)b;
    if (left->customer_id != right->customer_id)
        return left->customer_id < right->customer_id ? -1 : 1;
    return (left->listed_price_id > right->listed_price_id) -
           (left->listed_price_id < right->listed_price_id);
}

static void fill_owners(const struct load *load, struct billing_catalog *catalog)
{
    catalog->owners = (const struct catalog_price **)arena_alloc_array(
        load->arena, catalog->own_price_count + 1, sizeof(const struct catalog_price *));
    for (size_t i = 0; i < catalog->own_price_count; i++)
        if (i == 0 || catalog->own_prices[i].price_id != catalog->own_prices[i - 1].price_id)
            catalog->owners[catalog->owner_count++] = &catalog->own_prices[i];
    if (catalog->owner_count > 1)
        qsort((void *)catalog->owners, catalog->owner_count, sizeof *catalog->owners,
              compare_owners);
}

static bool load_prices(struct load *load, struct billing_catalog *catalog, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!LOAD(load, STMT_CATALOG_PRICES, price_fields, struct price_row, &items, &count, err))
        return false;
    const struct price_row *rows = items;
    struct catalog_price *prices = ARENA_NEW_ARRAY(load->arena, struct catalog_price, count + 1);
    struct price_span *spans = ARENA_NEW_ARRAY(load->arena, struct price_span, count + 1);
    load->overages = ARENA_NEW_ARRAY(load->arena, struct price, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (!make_price(&rows[i], &load->overages[i], &prices[i], err))
            return false;
        catalog->price_count += rows[i].customer_id == 0 ? 1 : 0;
    }
    catalog->prices = prices;
    catalog->spans = spans;
    catalog->own_prices = &prices[catalog->price_count];
    catalog->own_spans = &spans[catalog->price_count];
    catalog->own_price_count = count - catalog->price_count;
    fill_spans(prices, count, spans);
    fill_owners(load, catalog);
    catalog_terms_index(catalog, load->arena);
    return true;
}

/* The newest that begins on the day or before it; NULL where there is none. */
static struct catalog_price *newest_up_to(struct versions versions, int64_t price_id,
                                          struct date day)
{
    if (versions.prices == NULL)
        return NULL;
    size_t count = count_up_to(versions, price_id, day);
    return count == 0 ? NULL : &versions.prices[count - 1];
}

static struct catalog_price *find_version(const struct billing_catalog *catalog, int64_t price_id,
                                          struct date valid_from)
{
    struct versions versions = versions_of(catalog, price_id);
    struct catalog_price *price = newest_up_to(versions, price_id, valid_from);
    return price != NULL && date_compare(price->price.valid_from, valid_from) == 0 ? price : NULL;
}

static bool load_tiers(const struct load *load, struct billing_catalog *catalog, struct error *err)
{
    void *items = NULL;
    size_t count = 0;
    if (!LOAD(load, STMT_CATALOG_TIERS, tier_fields, struct tier_row, &items, &count, err))
        return false;
    const struct tier_row *rows = items;
    struct price_tier *tiers = ARENA_NEW_ARRAY(load->arena, struct price_tier, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct price_figure up_to, rate_percent;
        if (!price_figure_parse(rows[i].up_to, &up_to, err) ||
            !price_figure_parse(rows[i].rate_percent, &rate_percent, err))
            return error_context(err, "tier %" PRId64, rows[i].tier);
        tiers[i] = (struct price_tier){.has_up_to = up_to.given,
                                       .up_to = up_to.value,
                                       .unit_price = rows[i].unit_price,
                                       .rate_percent = rate_percent.value,
                                       .flat_fee = rows[i].flat_fee};
        struct catalog_price *price = find_version(catalog, rows[i].price_id, rows[i].valid_from);
        if (price == NULL)
            return error_run(err, EXIT_DATA,
                             "a tier belongs to price %" PRId64 ", which is not there",
                             rows[i].price_id);
        struct price *owner =
            price->price.overage != NULL ? &load->overages[price - catalog->prices] : &price->price;
        if (owner->tier_count++ == 0)
            owner->tiers = &tiers[i];
    }
    return true;
}

static bool load_tax_rates(const struct load *load, struct billing_catalog *catalog,
                           struct error *err)
{
    void *items = NULL;
    if (!LOAD(load, STMT_CATALOG_TAX_RATES, tax_rate_fields, struct tax_rate_row, &items,
              &catalog->tax_rate_count, err))
        return false;
    const struct tax_rate_row *rows = items;
    catalog->tax_rates = ARENA_NEW_ARRAY(load->arena, struct tax_rate, catalog->tax_rate_count + 1);
    for (size_t i = 0; i < catalog->tax_rate_count; i++) {
        catalog->tax_rates[i] = rows[i].rate;
        catalog->tax_rates[i].of_every_tenant = rows[i].tenant_id == 0;
    }
    return true;
}

bool billing_catalog_load(struct db *db, int64_t tenant_id, enum catalog_parts parts,
                          struct arena *arena, const struct billing_catalog **ret_catalog,
                          struct error *err)
{
    struct load load = {.db = db, .arena = arena, .tenant = db_i64(tenant_id)};
    struct billing_catalog *catalog = ARENA_NEW(arena, struct billing_catalog);
    if (!load_tenant(&load, tenant_id, &catalog->tenant, err) || !load_plans(&load, catalog, err) ||
        !load_meters(&load, catalog, err) || !load_prices(&load, catalog, err) ||
        !load_tiers(&load, catalog, err) || !load_tax_rates(&load, catalog, err) ||
        (parts == CATALOG_WHOLE &&
         !contract_catalog_load(db, tenant_id, arena, &catalog->contracts, err))) {
        if (err->kind == ERROR_ITEM)
            (void)error_run(err, EXIT_DATA, "%s", arena_copy(arena, err->message));
        return error_context(err, "loading the catalogue of tenant %" PRId64, tenant_id);
    }
    catalog->parts = parts;
    *ret_catalog = catalog;
    return true;
}

const struct catalog_plan *catalog_plan_find(const struct billing_catalog *catalog, int64_t plan_id)
{
    for (size_t lo = 0, hi = catalog->plan_count; lo < hi;) {
        size_t middle = lo + (hi - lo) / 2;
        if (catalog->plans[middle].plan_id == plan_id)
            return &catalog->plans[middle];
        if (catalog->plans[middle].plan_id < plan_id)
            lo = middle + 1;
        else
            hi = middle;
    }
    return NULL;
}

const struct catalog_meter *catalog_meter_find(const struct billing_catalog *catalog,
                                               int64_t meter_id)
{
    for (size_t lo = 0, hi = catalog->meter_count; lo < hi;) {
        size_t middle = lo + (hi - lo) / 2;
        if (catalog->meters[middle].meter_id == meter_id)
            return &catalog->meters[middle];
        if (catalog->meters[middle].meter_id < meter_id)
            lo = middle + 1;
        else
            hi = middle;
    }
    return NULL;
}

const struct catalog_price *catalog_price_on(const struct billing_catalog *catalog,
                                             int64_t price_id, struct date day)
{
    const struct catalog_price *price = newest_up_to(versions_of(catalog, price_id), price_id, day);
    bool over = price != NULL && !date_is_none(price->price.valid_to) &&
                date_compare(price->price.valid_to, day) <= 0;
    return over ? NULL : price;
}

struct price_spans catalog_price_spans(const struct billing_catalog *catalog, int64_t price_id)
{
    struct versions versions = versions_of(catalog, price_id);
    return (struct price_spans){.items = versions.spans, .count = versions.count};
}

const struct catalog_price *catalog_price_newest(const struct billing_catalog *catalog,
                                                 int64_t price_id)
{
    struct versions versions = versions_of(catalog, price_id);
    return versions.count == 0 ? NULL : &versions.prices[versions.count - 1];
}
