/* The workload's plans, prices, tax rates, customers and subscriptions. */
#include <stdlib.h>

#include "tests/support/generate/random.h"
#include "tests/support/generate/workload.h"

#define FIELD_SIZE 64
#define START "2026-09-01"
#define PERCENT_EXEMPT 10

enum { PER_UNIT, GRADUATED, VOLUME, PACKAGE, MODEL_COUNT };
static const char *const models[MODEL_COUNT] = {"per_unit", "graduated", "volume", "package"};

static const struct {
    const char *country, *rate_percent;
} countries[] = {
    {"DE", "19"},
    {"FR", "20"},
    {"US", "0" },
    {"GB", "20"},
    {"ES", "21"},
    {"NL", "21"},
    {"JP", "10"},
    {"IT", "22"}
};

const char *workload_metric_name(int32_t metric)
{
    static const char *const names[WORKLOAD_METRICS] = {"api_calls", "storage_gb_h", "egress_gb"};
    return names[metric];
}

struct workload_plan workload_plan_at(int32_t plan)
{
    static const char *const currencies[] = {"EUR", "USD", "GBP", "JPY"};
    int32_t currency = (plan - 1) % 4;
    return (struct workload_plan){plan, currencies[currency], currency == 3 ? 0 : 2};
}

int32_t workload_plan_of(const struct workload *workload, int64_t subscription)
{
    return 1 + (int32_t)random_below(workload->seed, WORKLOAD_PLAN, (uint64_t)subscription,
                                     WORKLOAD_PLANS);
}

/* ------------------------------------------------------------------ catalog */

/* units / 10^scale as a decimal text. */
static void decimal_text(int64_t units, int32_t scale, char text[FIELD_SIZE])
{
    int64_t power = 1;
    for (int32_t i = 0; i < scale; i++)
        power *= 10;
    snprintf(text, FIELD_SIZE, "%" PRId64 ".%0*" PRId64, units / power, scale, units % power);
}

/* The unit price in 10^-6 of the currency; a hundred times as much where it has no minor unit. */
static int64_t unit_price_e6(struct workload_plan plan, int32_t metric)
{
    return (1000 + 137 * plan.plan + 59 * metric) * (plan.digits == 0 ? 100 : 1);
}

static void write_tier(struct output *output, const char *up_to, int64_t unit_price_e7)
{
    char price[FIELD_SIZE];
    decimal_text(unit_price_e7, 7, price);
    output_addf(output, "{\"up_to\":%s,\"unit_price\":\"%s\",\"flat_fee\":\"0\"}", up_to, price);
}

static void write_model(struct output *output, int32_t model, int64_t price_e6)
{
    char price[FIELD_SIZE];
    json_text(output, "model", models[model]);
    if (model == PER_UNIT) {
        decimal_text(price_e6, 6, price);
        json_text(output, "unit_price", price);
    } else if (model == PACKAGE) {
        decimal_text(price_e6, 3, price); /* a thousand units */
        json_text(output, "package_size", "1000");
        json_text(output, "package_price", price);
        json_text(output, "package_rounding", "up");
    } else {
        output_addf(output, ",\"tiers\":[");
        write_tier(output, "\"1000\"", price_e6 * 10);
        output_addf(output, ",");
        write_tier(output, "\"10000\"", price_e6 * 8);
        output_addf(output, ",");
        write_tier(output, "null", price_e6 * 5);
        output_addf(output, "]");
    }
}

void workload_begin_price(struct output *output, struct workload_plan plan, const char *suffix,
                          const char *meter)
{
    char text[FIELD_SIZE];
    json_begin(output, "price");
    json_text(output, "tenant", WORKLOAD_TENANT);
    snprintf(text, sizeof text, "plan-%02" PRId32 "-%s", plan.plan, suffix);
    json_text(output, "price", text);
    json_text(output, "valid_from", "2026-01-01");
    snprintf(text, sizeof text, "plan-%02" PRId32, plan.plan);
    json_text(output, "plan", text);
    json_text(output, "product", "service");
    json_text(output, "currency", plan.currency);
    json_text(output, "billing", "in_arrears");
    json_text(output, "meter", meter);
}

static void write_plan(struct output *output, struct output *table, struct workload_plan plan)
{
    char text[FIELD_SIZE];
    json_begin(output, "plan");
    json_text(output, "tenant", WORKLOAD_TENANT);
    snprintf(text, sizeof text, "plan-%02" PRId32, plan.plan);
    json_text(output, "plan", text);
    json_text(output, "name", text);
    json_text(output, "interval", "month");
    json_end(output);
    workload_begin_price(output, plan, "base", NULL);
    json_text(output, "model", "flat");
    snprintf(text, sizeof text, "%" PRId32 "%s", plan.plan * (plan.digits == 0 ? 1000 : 10),
             plan.digits == 0 ? "" : ".00");
    json_text(output, "flat_fee", text);
    json_end(output);
    for (int32_t metric = 0; metric < WORKLOAD_METRICS; metric++) {
        const char *meter = workload_metric_name(metric);
        workload_begin_price(output, plan, meter, meter);
        write_model(output, (plan.plan + metric) % MODEL_COUNT, unit_price_e6(plan, metric));
        json_end(output);
    }
    output_addf(table, "%" PRId32 ",%s\n", plan.plan, plan.currency);
}

static void write_products_and_meters(struct output *output)
{
    json_begin(output, "product");
    json_text(output, "tenant", WORKLOAD_TENANT);
    json_text(output, "product", "service");
    json_text(output, "name", "Service");
    json_text(output, "type", "saas");
    json_text(output, "tax_category", "standard");
    json_end(output);
    for (int32_t metric = 0; metric < WORKLOAD_METRICS; metric++) {
        json_begin(output, "meter");
        json_text(output, "tenant", WORKLOAD_TENANT);
        json_text(output, "meter", workload_metric_name(metric));
        json_text(output, "aggregation", "sum");
        json_integer(output, "scale", 3);
        json_end(output);
    }
}

static void write_tenant(const char *directory)
{
    struct output output = {0};
    output_open(&output, directory, "tenants.jsonl");
    json_begin(&output, "tenant");
    json_text(&output, "tenant", WORKLOAD_TENANT);
    json_text(&output, "legal_name", "Workload");
    json_text(&output, "country", "DE");
    json_text(&output, "currency", "EUR");
    json_text(&output, "timezone", "UTC");
    json_text(&output, "locale", "en");
    json_end(&output);
    output_close(&output);
}

static void write_tax_rates(const char *directory)
{
    struct output output = {0};
    struct output table = {0};
    output_open(&output, directory, "tax_rates.jsonl");
    output_open(&table, directory, "rates.csv");
    for (size_t i = 0; i < ARRAY_LEN(countries); i++) {
        json_begin(&output, "tax_rate");
        json_text(&output, "tenant", "*");
        json_text(&output, "country", countries[i].country);
        json_text(&output, "category", "standard");
        json_text(&output, "valid_from", "2020-01-01");
        json_text(&output, "rate_percent", countries[i].rate_percent);
        json_text(&output, "name", "VAT");
        json_end(&output);
        output_addf(&table, "%s,%s\n", countries[i].country, countries[i].rate_percent);
    }
    output_close(&output);
    output_close(&table);
}

void workload_write_catalog(const char *directory)
{
    struct output output = {0};
    struct output table = {0};
    write_tenant(directory);
    write_tax_rates(directory);
    output_open(&output, directory, "catalog.jsonl");
    output_open(&table, directory, "plans.csv");
    write_products_and_meters(&output);
    for (int32_t plan = 1; plan <= WORKLOAD_PLANS; plan++)
        write_plan(&output, &table, workload_plan_at(plan));
    output_close(&output);
    output_close(&table);
}

/* ------------------------------------------------------------------ customers, subscriptions */

static void write_customer(struct output *output, int64_t index, const char *country, bool exempt,
                           const char *currency)
{
    char text[FIELD_SIZE];
    json_begin(output, "customer");
    json_text(output, "tenant", WORKLOAD_TENANT);
    snprintf(text, sizeof text, "c%07" PRId64, index);
    json_text(output, "customer", text);
    json_text(output, "name", text);
    json_open(output, "address");
    json_text(output, "country", country);
    json_close(output);
    if (exempt)
        json_true(output, "tax_exempt");
    json_text(output, "currency", currency);
    json_end(output);
}

static void write_subscription(struct output *output, int64_t index, int32_t plan)
{
    char text[FIELD_SIZE];
    json_begin(output, "subscription");
    json_text(output, "tenant", WORKLOAD_TENANT);
    snprintf(text, sizeof text, "s%07" PRId64, index);
    json_text(output, "subscription", text);
    snprintf(text, sizeof text, "c%07" PRId64, index);
    json_text(output, "customer", text);
    snprintf(text, sizeof text, "plan-%02" PRId32, plan);
    json_text(output, "plan", text);
    json_text(output, "start", START);
    json_text(output, "status", "active");
    json_end(output);
}

void workload_write_subscriptions(const struct workload *workload, const char *directory)
{
    struct output customers = {0};
    struct output subscriptions = {0};
    struct output table = {0};
    output_open(&customers, directory, "customers.jsonl");
    output_open(&subscriptions, directory, "subscriptions.jsonl");
    output_open(&table, directory, "subscriptions.csv");
    for (int64_t i = 1; i <= workload->subscriptions; i++) {
        uint64_t index = (uint64_t)i;
        int32_t plan = workload_plan_of(workload, i);
        const char *country = countries[random_below(workload->seed, WORKLOAD_COUNTRY, index,
                                                     (int64_t)ARRAY_LEN(countries))]
                                  .country;
        bool exempt = random_below(workload->seed, WORKLOAD_EXEMPT, index, 100) < PERCENT_EXEMPT;
        write_customer(&customers, i, country, exempt, workload_plan_at(plan).currency);
        write_subscription(&subscriptions, i, plan);
        output_addf(&table, "%" PRId64 ",s%07" PRId64 ",%" PRId32 ",%s,%d\n", i, i, plan, country,
                    exempt ? 1 : 0);
    }
    output_close(&customers);
    output_close(&subscriptions);
    output_close(&table);
}
