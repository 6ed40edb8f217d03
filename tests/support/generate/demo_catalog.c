/* What the two tenants sell: products, meters, plans and prices of every model. */
#include "core/base/text.h"
#include "tests/support/generate/demo.h"

/* clang-format off */
static const struct {
    const char *tenant, *legal_name, *line1, *city, *postal_code, *region, *country, *tax_id, *currency, *timezone, *locale;
    int64_t payment_terms_days;
} tenants[DEMO_TENANT_COUNT] = {
    {"musterdaten", "Musterdaten Wolkendienste GmbH", "Beispielufer 12", "Berlin", "10115", NULL, "DE", "DE900999999", "EUR", "Europe/Berlin", "de-DE", 14},
    {"samplemetering", "Sample Metering Services Inc.", "100 Placeholder Avenue", "New York", "10001", "NY", "US", "90-0999999", "USD", "America/New_York", "en-US", 30},
};

static const struct {
    enum demo_tenant tenant;
    const char *product, *name, *type, *tax_category;
} products[] = {
    {DEMO_BERLIN, "plattform", "Datenplattform", "saas", "standard"},
    {DEMO_BERLIN, "schnittstelle", "Programmierschnittstelle", "api", "standard"},
    {DEMO_BERLIN, "speicher", "Objektspeicher", "saas", "standard"},
    {DEMO_BERLIN, "betreuung", "Betreuung durch Fachleute", "licensed", "standard"},
    {DEMO_BERLIN, "handbuch", "Handbuch als E-Book", "licensed", "reduced"},
    {DEMO_BERLIN, "familie", "Familienzugang", "saas", "consumer"}, /* its rates are inclusive */
    {DEMO_NEW_YORK, "platform", "Metering platform", "saas", "standard"},
    {DEMO_NEW_YORK, "api", "API usage", "api", "standard"},
    {DEMO_NEW_YORK, "storage", "Object storage", "saas", "standard"},
    {DEMO_NEW_YORK, "support", "Priority support", "licensed", "standard"},
};

/* Both tenants measure the same things; in the order of enum demo_meter. */
static const struct {
    const char *meter, *names[DEMO_TENANT_COUNT], *aggregation, *unit, *property;
    int64_t scale;
} meters[METER_COUNT] = {
    {"api_calls", {"API-Aufrufe", "API calls"}, "sum", "call", NULL, 0},
    {"transfer_gb", {"Datenübertragung", "Data transfer"}, "sum", "GB", NULL, 3},
    {"jobs_run", {"Ausgeführte Aufträge", "Jobs run"}, "count", "job", NULL, 0},
    {"storage_peak_gb", {"Speicher in der Spitze", "Peak storage"}, "max", "GB", NULL, 3},
    {"seats_used", {"Belegte Plätze", "Seats in use"}, "last", "seat", NULL, 0},
    {"active_users", {"Aktive Personen", "Active users"}, "unique_count", "user", "user", 0},
};

static const struct demo_plan plans[] = {
    {DEMO_BERLIN, "starter-monatlich", "Starter, monatlich", "EUR", "month", 1, 14, 10, 30, QUANTITY_ONE, 1u << METER_API_CALLS},
    {DEMO_BERLIN, "team-monatlich", "Team, monatlich", "EUR", "month", 1, 0, 30, 0, QUANTITY_SEATS, 1u << METER_API_CALLS | 1u << METER_ACTIVE_USERS},
    {DEMO_BERLIN, "geschaeft-quartal", "Geschäft, vierteljährlich", "EUR", "month", 3, 0, 15, 0, QUANTITY_ONE, 1u << METER_STORAGE_GB | 1u << METER_TRANSFER_GB},
    {DEMO_BERLIN, "konzern-jaehrlich", "Konzern, jährlich", "EUR", "year", 1, 0, 10, 0, QUANTITY_SEATS, 1u << METER_JOBS_RUN},
    {DEMO_BERLIN, "nach-verbrauch", "Nach Verbrauch", "EUR", "month", 1, 0, 15, 10, QUANTITY_ONE, 1u << METER_API_CALLS | 1u << METER_SEATS_USED | 1u << METER_TRANSFER_GB},
    {DEMO_BERLIN, "kapazitaet-monatlich", "Reservierte Kapazität", "EUR", "month", 1, 0, 15, 0, QUANTITY_DECIMAL, 1u << METER_STORAGE_GB},
    {DEMO_BERLIN, "familie-monatlich", "Familie, monatlich", "EUR", "month", 1, 0, 0, 45, QUANTITY_ONE, 0},
    {DEMO_BERLIN, "handbuch-jaehrlich", "Handbuch, jährlich", "EUR", "year", 1, 0, 5, 15, QUANTITY_ONE, 0},
    {DEMO_NEW_YORK, "solo-monthly", "Solo, monthly", "USD", "month", 1, 14, 10, 60, QUANTITY_ONE, 1u << METER_API_CALLS},
    {DEMO_NEW_YORK, "team-monthly", "Team, monthly", "USD", "month", 1, 0, 40, 10, QUANTITY_SEATS, 1u << METER_API_CALLS | 1u << METER_ACTIVE_USERS},
    {DEMO_NEW_YORK, "growth-quarterly", "Growth, quarterly", "USD", "month", 3, 0, 20, 0, QUANTITY_ONE, 1u << METER_STORAGE_GB | 1u << METER_TRANSFER_GB},
    {DEMO_NEW_YORK, "scale-yearly", "Scale, yearly", "USD", "year", 1, 0, 10, 0, QUANTITY_SEATS, 1u << METER_JOBS_RUN},
    {DEMO_NEW_YORK, "payg-monthly", "Pay as you go", "USD", "month", 1, 0, 20, 30, QUANTITY_ONE, 1u << METER_API_CALLS | 1u << METER_SEATS_USED | 1u << METER_TRANSFER_GB},
    {DEMO_NEW_YORK, "team-monthly-gbp", "Team, monthly (GBP)", "GBP", "month", 1, 0, 70, 50, QUANTITY_SEATS, 1u << METER_API_CALLS | 1u << METER_ACTIVE_USERS},
    {DEMO_NEW_YORK, "growth-quarterly-gbp", "Growth, quarterly (GBP)", "GBP", "month", 3, 0, 30, 50, QUANTITY_ONE, 1u << METER_STORAGE_GB},
    {DEMO_NEW_YORK, "local-monthly-vnd", "Local, monthly (VND)", "VND", "month", 1, 0, 100, 100, QUANTITY_ONE, 1u << METER_API_CALLS | 1u << METER_TRANSFER_GB},
};

/* `fields` are those of the model, as JSON. A second row of a price is its next version. */
#define ADVANCE "in_advance"
#define ARREARS "in_arrears"
static const struct {
    enum demo_tenant tenant;
    const char *price, *valid_from, *plan, *product, *meter, *model, *billing, *fields;
} prices[] = {
    {DEMO_BERLIN, "starter-grundpreis", "2024-01-01", "starter-monatlich", "plattform", NULL, "flat", ADVANCE, "\"flat_fee\":\"9.90\""},
    {DEMO_BERLIN, "starter-aufrufe", "2024-01-01", "starter-monatlich", "schnittstelle", "api_calls", "per_unit", ARREARS, "\"unit_price\":\"0.00035\",\"free_units\":\"10000\""},
    {DEMO_BERLIN, "team-platz", "2024-01-01", "team-monatlich", "plattform", NULL, "per_unit", ADVANCE, "\"unit_price\":\"12.50\""},
    {DEMO_BERLIN, "team-platz", "2026-09-01", "team-monatlich", "plattform", NULL, "per_unit", ADVANCE, "\"unit_price\":\"12.90\""},
    {DEMO_BERLIN, "team-aufrufe", "2024-01-01", "team-monatlich", "schnittstelle", "api_calls", "graduated", ARREARS, "\"tiers\":[{\"up_to\":\"10000\",\"unit_price\":\"0.0009\",\"flat_fee\":\"0\"},{\"up_to\":\"40000\",\"unit_price\":\"0.0006\",\"flat_fee\":\"1.00\"},{\"up_to\":null,\"unit_price\":\"0.000425\",\"flat_fee\":\"0\"}]"},
    {DEMO_BERLIN, "team-nutzer", "2024-01-01", "team-monatlich", "plattform", "active_users", "volume", ARREARS, "\"tiers\":[{\"up_to\":\"5\",\"unit_price\":\"2.00\",\"flat_fee\":\"0\"},{\"up_to\":\"20\",\"unit_price\":\"1.75\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"1.50\",\"flat_fee\":\"2.50\"}]"},
    {DEMO_BERLIN, "team-handbuch", "2024-01-01", "team-monatlich", "handbuch", NULL, "flat", ADVANCE, "\"flat_fee\":\"3.49\""},
    {DEMO_BERLIN, "geschaeft-grundpreis", "2024-01-01", "geschaeft-quartal", "plattform", NULL, "flat", ADVANCE, "\"flat_fee\":\"249.00\""},
    {DEMO_BERLIN, "geschaeft-speicher", "2024-01-01", "geschaeft-quartal", "speicher", "storage_peak_gb", "per_unit", ARREARS, "\"unit_price\":\"0.0853\",\"minimum_amount\":\"5.00\""},
    {DEMO_BERLIN, "geschaeft-transfer", "2024-01-01", "geschaeft-quartal", "schnittstelle", "transfer_gb", "package", ARREARS, "\"package_size\":\"100\",\"package_price\":\"7.50\",\"free_units\":\"50\",\"package_rounding\":\"up\""},
    {DEMO_BERLIN, "konzern-platz", "2024-01-01", "konzern-jaehrlich", "plattform", NULL, "graduated", ADVANCE, "\"tiers\":[{\"up_to\":\"10\",\"unit_price\":\"96.00\",\"flat_fee\":\"0\"},{\"up_to\":\"25\",\"unit_price\":\"84.00\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"71.95\",\"flat_fee\":\"0\"}]"},
    {DEMO_BERLIN, "konzern-betreuung", "2024-01-01", "konzern-jaehrlich", "betreuung", NULL, "flat", ADVANCE, "\"flat_fee\":\"1200.00\""},
    {DEMO_BERLIN, "konzern-auftraege", "2024-01-01", "konzern-jaehrlich", "schnittstelle", "jobs_run", "package", ARREARS, "\"package_size\":\"10\",\"package_price\":\"4.00\",\"package_rounding\":\"down\",\"maximum_amount\":\"500.00\""},
    {DEMO_BERLIN, "verbrauch-aufrufe", "2024-01-01", "nach-verbrauch", "schnittstelle", "api_calls", "volume", ARREARS, "\"tiers\":[{\"up_to\":\"20000\",\"unit_price\":\"0.00125\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"0.0009\",\"flat_fee\":\"4.00\"}]"},
    {DEMO_BERLIN, "verbrauch-plaetze", "2024-01-01", "nach-verbrauch", "plattform", "seats_used", "per_unit", ARREARS, "\"unit_price\":\"4.20\",\"minimum_amount\":\"10.00\",\"maximum_amount\":\"250.00\""},
    {DEMO_BERLIN, "verbrauch-transfer", "2024-01-01", "nach-verbrauch", "speicher", "transfer_gb", "graduated", ARREARS, "\"tiers\":[{\"up_to\":\"100.5\",\"unit_price\":\"0.0725\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"0.0515\",\"flat_fee\":\"0\"}]"},
    {DEMO_BERLIN, "kapazitaet-tb", "2024-01-01", "kapazitaet-monatlich", "speicher", NULL, "per_unit", ARREARS, "\"unit_price\":\"18.405\""},
    {DEMO_BERLIN, "kapazitaet-spitze", "2024-01-01", "kapazitaet-monatlich", "speicher", "storage_peak_gb", "per_unit", ARREARS, "\"unit_price\":\"0.0199\",\"free_units\":\"250.5\""},
    {DEMO_BERLIN, "kapazitaet-betreuung", "2024-01-01", "kapazitaet-monatlich", "betreuung", NULL, "flat", ARREARS, "\"flat_fee\":\"25.00\""},
    {DEMO_BERLIN, "familie-zugang", "2024-01-01", "familie-monatlich", "familie", NULL, "flat", ADVANCE, "\"flat_fee\":\"7.99\""},
    {DEMO_BERLIN, "handbuch-jahr", "2024-01-01", "handbuch-jaehrlich", "handbuch", NULL, "flat", ADVANCE, "\"flat_fee\":\"39.90\""},
    {DEMO_NEW_YORK, "solo-base", "2024-01-01", "solo-monthly", "platform", NULL, "flat", ADVANCE, "\"flat_fee\":\"12.00\""},
    {DEMO_NEW_YORK, "solo-calls", "2024-01-01", "solo-monthly", "api", "api_calls", "per_unit", ARREARS, "\"unit_price\":\"0.00042\",\"free_units\":\"5000\""},
    {DEMO_NEW_YORK, "team-seat", "2024-01-01", "team-monthly", "platform", NULL, "volume", ADVANCE, "\"tiers\":[{\"up_to\":\"9\",\"unit_price\":\"15.00\",\"flat_fee\":\"0\"},{\"up_to\":\"24\",\"unit_price\":\"13.50\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"11.95\",\"flat_fee\":\"0\"}]"},
    {DEMO_NEW_YORK, "team-calls", "2024-01-01", "team-monthly", "api", "api_calls", "graduated", ARREARS, "\"tiers\":[{\"up_to\":\"15000\",\"unit_price\":\"0.0008\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"0.000515\",\"flat_fee\":\"2.00\"}]"},
    {DEMO_NEW_YORK, "team-users", "2024-01-01", "team-monthly", "platform", "active_users", "package", ARREARS, "\"package_size\":\"5\",\"package_price\":\"9.00\",\"free_units\":\"3\",\"package_rounding\":\"up\""},
    {DEMO_NEW_YORK, "growth-base", "2024-01-01", "growth-quarterly", "platform", NULL, "flat", ADVANCE, "\"flat_fee\":\"299.00\""},
    {DEMO_NEW_YORK, "growth-storage", "2024-01-01", "growth-quarterly", "storage", "storage_peak_gb", "package", ARREARS, "\"package_size\":\"250\",\"package_price\":\"19.00\",\"package_rounding\":\"up\""},
    {DEMO_NEW_YORK, "growth-transfer", "2024-01-01", "growth-quarterly", "api", "transfer_gb", "per_unit", ARREARS, "\"unit_price\":\"0.0675\",\"free_units\":\"25\",\"minimum_amount\":\"3.00\",\"maximum_amount\":\"90.00\""},
    {DEMO_NEW_YORK, "scale-seat", "2024-01-01", "scale-yearly", "platform", NULL, "graduated", ADVANCE, "\"tiers\":[{\"up_to\":\"20\",\"unit_price\":\"120.00\",\"flat_fee\":\"150.00\"},{\"up_to\":null,\"unit_price\":\"89.90\",\"flat_fee\":\"0\"}]"},
    {DEMO_NEW_YORK, "scale-support", "2024-01-01", "scale-yearly", "support", NULL, "flat", ADVANCE, "\"flat_fee\":\"1800.00\""},
    {DEMO_NEW_YORK, "scale-jobs", "2024-01-01", "scale-yearly", "api", "jobs_run", "graduated", ARREARS, "\"tiers\":[{\"up_to\":\"50\",\"unit_price\":\"0\",\"flat_fee\":\"20.00\"},{\"up_to\":null,\"unit_price\":\"0.335\",\"flat_fee\":\"0\"}]"},
    {DEMO_NEW_YORK, "payg-calls", "2024-01-01", "payg-monthly", "api", "api_calls", "per_unit", ARREARS, "\"unit_price\":\"0.001125\""},
    {DEMO_NEW_YORK, "payg-calls", "2026-10-01", "payg-monthly", "api", "api_calls", "per_unit", ARREARS, "\"unit_price\":\"0.001195\""},
    {DEMO_NEW_YORK, "payg-seats", "2024-01-01", "payg-monthly", "platform", "seats_used", "per_unit", ARREARS, "\"unit_price\":\"4.75\",\"minimum_amount\":\"9.50\""},
    {DEMO_NEW_YORK, "payg-transfer", "2024-01-01", "payg-monthly", "storage", "transfer_gb", "volume", ARREARS, "\"tiers\":[{\"up_to\":\"50\",\"unit_price\":\"0.09\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"0.0775\",\"flat_fee\":\"0.50\"}]"},
    {DEMO_NEW_YORK, "team-seat-gbp", "2024-01-01", "team-monthly-gbp", "platform", NULL, "per_unit", ADVANCE, "\"unit_price\":\"11.75\""},
    {DEMO_NEW_YORK, "team-calls-gbp", "2024-01-01", "team-monthly-gbp", "api", "api_calls", "graduated", ARREARS, "\"tiers\":[{\"up_to\":\"15000\",\"unit_price\":\"0.0007\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"0.00044\",\"flat_fee\":\"1.50\"}]"},
    {DEMO_NEW_YORK, "team-users-gbp", "2024-01-01", "team-monthly-gbp", "platform", "active_users", "per_unit", ARREARS, "\"unit_price\":\"1.45\",\"free_units\":\"2\""},
    {DEMO_NEW_YORK, "growth-base-gbp", "2024-01-01", "growth-quarterly-gbp", "platform", NULL, "flat", ADVANCE, "\"flat_fee\":\"235.00\""},
    {DEMO_NEW_YORK, "growth-storage-gbp", "2024-01-01", "growth-quarterly-gbp", "storage", "storage_peak_gb", "volume", ARREARS, "\"tiers\":[{\"up_to\":\"500\",\"unit_price\":\"0.061\",\"flat_fee\":\"0\"},{\"up_to\":null,\"unit_price\":\"0.0525\",\"flat_fee\":\"0\"}]"},
    {DEMO_NEW_YORK, "local-base-vnd", "2024-01-01", "local-monthly-vnd", "platform", NULL, "flat", ADVANCE, "\"flat_fee\":\"290000\""},
    {DEMO_NEW_YORK, "local-calls-vnd", "2024-01-01", "local-monthly-vnd", "api", "api_calls", "per_unit", ARREARS, "\"unit_price\":\"12.5\",\"free_units\":\"1000\""},
    {DEMO_NEW_YORK, "local-transfer-vnd", "2024-01-01", "local-monthly-vnd", "storage", "transfer_gb", "package", ARREARS, "\"package_size\":\"10\",\"package_price\":\"24900\",\"package_rounding\":\"up\""},
};
/* clang-format on */

const char *demo_tenant_name(enum demo_tenant tenant)
{
    return tenants[tenant].tenant;
}

const char *demo_meter_name(enum demo_meter meter)
{
    return meters[meter].meter;
}

const struct demo_plan *demo_plans(int32_t *ret_count)
{
    *ret_count = (int32_t)ARRAY_LEN(plans);
    return plans;
}

const struct demo_plan *demo_plan_named(enum demo_tenant tenant, const char *plan)
{
    for (size_t i = 0; i < ARRAY_LEN(plans); i++)
        if (plans[i].tenant == tenant && text_equal(plans[i].plan, plan))
            return &plans[i];
    fatal("no plan %s", plan);
}

void demo_write_tenants(const char *directory)
{
    struct output output = {0};
    output_open(&output, directory, "tenants.jsonl");
    for (size_t i = 0; i < DEMO_TENANT_COUNT; i++) {
        json_begin(&output, "tenant");
        json_text(&output, "tenant", tenants[i].tenant);
        json_text(&output, "legal_name", tenants[i].legal_name);
        json_open(&output, "address");
        json_text(&output, "line1", tenants[i].line1);
        json_text(&output, "city", tenants[i].city);
        json_text(&output, "postal_code", tenants[i].postal_code);
        json_text(&output, "region", tenants[i].region);
        json_close(&output);
        json_text(&output, "country", tenants[i].country);
        json_text(&output, "tax_id", tenants[i].tax_id);
        json_text(&output, "currency", tenants[i].currency);
        json_text(&output, "timezone", tenants[i].timezone);
        json_text(&output, "locale", tenants[i].locale);
        json_integer(&output, "payment_terms_days", tenants[i].payment_terms_days);
        json_text(&output, "rounding", "half_up");
        json_text(&output, "tax_rounding", "group");
        json_raw(&output, "livemode", "false");
        json_end(&output);
    }
    output_close(&output);
}

static void write_products(struct output *output)
{
    for (size_t i = 0; i < ARRAY_LEN(products); i++) {
        json_begin(output, "product");
        json_text(output, "tenant", demo_tenant_name(products[i].tenant));
        json_text(output, "product", products[i].product);
        json_text(output, "name", products[i].name);
        json_text(output, "type", products[i].type);
        json_text(output, "tax_category", products[i].tax_category);
        json_end(output);
    }
}

static void write_meters(struct output *output)
{
    for (size_t tenant = 0; tenant < DEMO_TENANT_COUNT; tenant++)
        for (size_t i = 0; i < METER_COUNT; i++) {
            json_begin(output, "meter");
            json_text(output, "tenant", tenants[tenant].tenant);
            json_text(output, "meter", meters[i].meter);
            json_text(output, "name", meters[i].names[tenant]);
            json_text(output, "aggregation", meters[i].aggregation);
            json_text(output, "unit", meters[i].unit);
            json_integer(output, "scale", meters[i].scale);
            json_text(output, "property", meters[i].property);
            json_end(output);
        }
}

/* One plan bills before the month's end what is used beyond these. */
#define THRESHOLDS_PLAN "team-monthly"
#define THRESHOLDS "[{\"amount\":\"10\"},{\"amount\":\"25\",\"recurring\":true}]"

static void write_plans(struct output *output)
{
    for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
        json_begin(output, "plan");
        json_text(output, "tenant", demo_tenant_name(plans[i].tenant));
        json_text(output, "plan", plans[i].plan);
        json_text(output, "name", plans[i].name);
        json_text(output, "interval", plans[i].interval);
        json_integer(output, "interval_count", plans[i].interval_count);
        if (plans[i].trial_days > 0)
            json_integer(output, "trial_days", plans[i].trial_days);
        if (text_equal(plans[i].plan, THRESHOLDS_PLAN))
            json_raw(output, "usage_thresholds", THRESHOLDS);
        json_end(output);
    }
}

static void write_prices(struct output *output)
{
    for (size_t i = 0; i < ARRAY_LEN(prices); i++) {
        json_begin(output, "price");
        json_text(output, "tenant", demo_tenant_name(prices[i].tenant));
        json_text(output, "price", prices[i].price);
        json_text(output, "valid_from", prices[i].valid_from);
        json_text(output, "plan", prices[i].plan);
        json_text(output, "product", prices[i].product);
        json_text(output, "meter", prices[i].meter);
        json_text(output, "model", prices[i].model);
        json_text(output, "currency", demo_plan_named(prices[i].tenant, prices[i].plan)->currency);
        json_text(output, "billing", prices[i].billing);
        output_addf(output, ",%s", prices[i].fields);
        json_end(output);
    }
}

void demo_write_catalog(const char *directory)
{
    struct output output = {0};
    output_open(&output, directory, "catalog.jsonl");
    write_products(&output);
    write_meters(&output);
    write_plans(&output);
    write_prices(&output);
    output_close(&output);
}
