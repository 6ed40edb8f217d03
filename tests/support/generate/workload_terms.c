/* What the benchmark's month of terms has besides the plain one: percentages of events, a coupon, a
 * contract and credits for everybody, and a change of plan for every second subscription. Rules in
 * tests/bench/README.md. */
#include "tests/support/generate/random.h"
#include "tests/support/generate/workload.h"

#define FIELD_SIZE 64
#define START "2026-09-01"
#define END "2026-10-01"
#define CHANGED "2026-09-16"
#define CURRENCIES 4 /* plans of the same one are so far apart */

static void write_percentage(struct output *output, struct workload_plan plan)
{
    workload_begin_price(output, plan, "share", "egress_gb");
    json_text(output, "model", "percentage");
    json_text(output, "rate_percent", "1.5");
    json_text(output, "fixed_fee_per_event", plan.digits == 0 ? "1" : "0.01");
    json_text(output, "free_events", "2");
    json_end(output);
}

static void write_graduated_percentage(struct output *output, struct workload_plan plan)
{
    workload_begin_price(output, plan, "steps", "storage_gb_h");
    json_text(output, "model", "graduated_percentage");
    json_raw(output, "tiers",
             "[{\"up_to\":\"100\",\"rate_percent\":\"2\",\"flat_fee\":\"0\"},"
             "{\"up_to\":\"1000\",\"rate_percent\":\"1\",\"flat_fee\":\"0\"},"
             "{\"up_to\":null,\"rate_percent\":\"0.5\",\"flat_fee\":\"0\"}]");
    json_end(output);
}

static void begin(struct output *output, const char *record)
{
    json_begin(output, record);
    json_text(output, "tenant", WORKLOAD_TENANT);
}

static void numbered(struct output *output, const char *name, char letter, int64_t index)
{
    char text[FIELD_SIZE];
    snprintf(text, sizeof text, "%c%07" PRId64, letter, index);
    json_text(output, name, text);
}

static void write_coupon(struct output *output)
{
    begin(output, "coupon");
    json_text(output, "coupon", "tenth");
    json_text(output, "percent", "10");
    json_text(output, "duration", "forever");
    json_end(output);
}

static void write_contract(struct output *output, int64_t index, struct workload_plan plan)
{
    begin(output, "contract");
    numbered(output, "contract", 'k', index);
    numbered(output, "customer", 'c', index);
    json_text(output, "start", START);
    json_text(output, "end", END);
    json_text(output, "currency", plan.currency);
    json_end(output);
}

static void write_phase(struct output *output, int64_t index, struct workload_plan plan)
{
    begin(output, "contract_phase");
    numbered(output, "contract", 'k', index);
    json_text(output, "phase", "all");
    json_text(output, "start", START);
    json_text(output, "commitment", plan.digits == 0 ? "30000" : "300.00");
    json_text(output, "product", "service");
    json_text(output, "discount_percent", "5");
    json_end(output);
}

static void write_redemption(struct output *output, int64_t index, struct workload_plan plan)
{
    (void)plan;
    begin(output, "coupon_redemption");
    json_text(output, "coupon", "tenth");
    numbered(output, "customer", 'c', index);
    json_text(output, "at", START);
    json_end(output);
}

static void write_grant(struct output *output, int64_t index, struct workload_plan plan)
{
    begin(output, "credit_grant");
    numbered(output, "customer", 'c', index);
    json_text(output, "source", "welcome");
    json_text(output, "amount", plan.digits == 0 ? "300" : "3.00");
    json_text(output, "currency", plan.currency);
    json_text(output, "effective_at", START "T00:00:00Z");
    json_end(output);
}

static void write_change(struct output *output, int64_t index, struct workload_plan plan)
{
    char text[FIELD_SIZE];
    int32_t other = 1 + (plan.plan - 1 + CURRENCIES) % WORKLOAD_PLANS;
    begin(output, "subscription_change");
    numbered(output, "subscription", 's', index);
    json_text(output, "at", CHANGED);
    snprintf(text, sizeof text, "plan-%02" PRId32, other);
    json_text(output, "plan", text);
    json_end(output);
}

typedef void write_one(struct output *output, int64_t index, struct workload_plan plan);

static void write_each(const struct workload *workload, struct output *output, int64_t step,
                       write_one *write)
{
    for (int64_t i = step; i <= workload->subscriptions; i += step)
        write(output, i, workload_plan_at(workload_plan_of(workload, i)));
}

void workload_write_terms(const struct workload *workload, const char *directory)
{
    struct output output = {0};
    output_open(&output, directory, "terms.jsonl");
    for (int32_t i = 1; i <= WORKLOAD_PLANS; i++) {
        write_percentage(&output, workload_plan_at(i));
        write_graduated_percentage(&output, workload_plan_at(i));
    }
    write_coupon(&output);
    write_each(workload, &output, 1, write_contract);
    write_each(workload, &output, 1, write_phase);
    write_each(workload, &output, 1, write_redemption);
    write_each(workload, &output, 1, write_grant);
    write_each(workload, &output, 2, write_change);
    output_close(&output);
}
