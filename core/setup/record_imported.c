/* What people import: DOMAIN 1, as far as this version bills it. */
#include "core/setup/record_tables.h"

#define OPTIONAL .need = FIELD_OPTIONAL
#define DAYS_MAX 3650

#define ADDRESS(struct_type)                                                                       \
    FIELD(struct_type, address.city, "address.city", .type = FIELD_TEXT, OPTIONAL)
#define ADDRESS_LINES(struct_type)                                                                 \
    FIELD(struct_type, address.line1, "address.line1", .type = FIELD_TEXT, OPTIONAL),              \
        FIELD(struct_type, address.line2, "address.line2", .type = FIELD_TEXT, OPTIONAL),          \
        FIELD(struct_type, address.postal_code, "address.postal_code", .type = FIELD_TEXT,         \
              OPTIONAL),                                                                           \
        FIELD(struct_type, address.region, "address.region", .type = FIELD_TEXT, OPTIONAL)

static const struct record_field tenant_fields[] = {
    ADDRESS(struct tenant_record),
    ADDRESS_LINES(struct tenant_record),
    FIELD(struct tenant_record, country, "country", .type = FIELD_COUNTRY),
    FIELD(struct tenant_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct tenant_record, legal_name, "legal_name", .type = FIELD_TEXT),
    FIELD(struct tenant_record, livemode, "livemode", .type = FIELD_BOOL, .preset = "true"),
    FIELD(struct tenant_record, locale, "locale", .type = FIELD_LOCALE, .preset = "en"),
    FIELD(struct tenant_record, overdraft_limit_minor, "overdraft_limit", .type = FIELD_MONEY,
          OPTIONAL),
    FIELD(struct tenant_record, payment_terms_days, "payment_terms_days", .type = FIELD_INT,
          .maximum = DAYS_MAX, .preset = "30"),
    FIELD(struct tenant_record, rounding, "rounding", .type = FIELD_WORD,
          .words = WORDS("half_up", "half_even"), .preset = "half_up"),
    FIELD(struct tenant_record, tax_id, "tax_id", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct tenant_record, tax_rounding, "tax_rounding", .type = FIELD_WORD,
          .words = WORDS("group", "line", "invoice"), .preset = "group"),
    FIELD(struct tenant_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct tenant_record, timezone, "timezone", .type = FIELD_TIMEZONE),
};

static const struct record_field product_fields[] = {
    FIELD(struct product_record, name, "name", .type = FIELD_TEXT),
    FIELD(struct product_record, product, "product", .type = FIELD_KEY),
    FIELD(struct product_record, tax_category, "tax_category", .type = FIELD_KEY,
          .preset = "standard"),
    FIELD(struct product_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct product_record, type, "type", .type = FIELD_WORD,
          .words = WORDS("licensed", "saas", "api"), .preset = "saas"),
};

static const struct record_field meter_fields[] = {
    FIELD(struct meter_record, aggregation, "aggregation", .type = FIELD_WORD,
          .words = WORDS("sum", "count", "max", "last", "unique_count", "min", "weighted_sum")),
    FIELD(struct meter_record, filters, "filters", .type = FIELD_JSON_LIST, OPTIONAL),
    FIELD(struct meter_record, meter, "meter", .type = FIELD_KEY),
    FIELD(struct meter_record, name, "name", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct meter_record, property, "property", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct meter_record, scale, "scale", .type = FIELD_INT, .maximum = 18, OPTIONAL),
    FIELD(struct meter_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct meter_record, unit, "unit", .type = FIELD_TEXT, OPTIONAL),
};

static const struct record_field plan_fields[] = {
    FIELD(struct plan_record, interval, "interval", .type = FIELD_WORD,
          .words = WORDS("day", "week", "month", "quarter", "half_year", "year")),
    FIELD(struct plan_record, interval_count, "interval_count", .type = FIELD_INT, .minimum = 1,
          .maximum = 1000, .preset = "1"),
    FIELD(struct plan_record, name, "name", .type = FIELD_TEXT),
    FIELD(struct plan_record, plan, "plan", .type = FIELD_KEY),
    FIELD(struct plan_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct plan_record, trial_days, "trial_days", .type = FIELD_INT, .maximum = DAYS_MAX,
          .preset = "0"),
    FIELD(struct plan_record, usage_thresholds, "usage_thresholds", .type = FIELD_JSON_LIST,
          OPTIONAL),
};

static const struct record_field tier_fields[] = {
    FIELD(struct price_tier_record, flat_fee, "flat_fee", .type = FIELD_DECIMAL, .preset = "0"),
    FIELD(struct price_tier_record, rate_percent, "rate_percent", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct price_tier_record, unit_price, "unit_price", .type = FIELD_DECIMAL, .preset = "0"),
    FIELD(struct price_tier_record, up_to, "up_to", .type = FIELD_DECIMAL, .need = FIELD_SHOWN),
};

static const struct record_shape tier_shape =
    SHAPE("tier", struct price_tier_record, tier_fields, "up_to");

#define PRICE_MODELS                                                                               \
    "flat", "per_unit", "graduated", "volume", "package", "percentage", "graduated_percentage",    \
        "dynamic"

/* What a price and a customer's own have in common, up to the names that only one of them has. */
#define PRICE_COMMITMENT                                                                           \
    FIELD(struct price_record, commitment, "commitment", .type = FIELD_DECIMAL, OPTIONAL),         \
        FIELD(struct price_record, currency, "currency", .type = FIELD_CURRENCY)
#define PRICE_FEES                                                                                 \
    FIELD(struct price_record, terms.fixed_fee_per_event, "fixed_fee_per_event",                   \
          .type = FIELD_DECIMAL, OPTIONAL),                                                        \
        FIELD(struct price_record, terms.flat_fee, "flat_fee", .type = FIELD_DECIMAL, OPTIONAL),   \
        FIELD(struct price_record, flat_fee_at_zero, "flat_fee_at_zero", .type = FIELD_BOOL,       \
              .preset = "true"),                                                                   \
        FIELD(struct price_record, terms.free_amount, "free_amount", .type = FIELD_DECIMAL,        \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, terms.free_events, "free_events", .type = FIELD_DECIMAL,        \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, terms.free_units, "free_units", .type = FIELD_DECIMAL,          \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, maximum_amount, "maximum_amount", .type = FIELD_DECIMAL,        \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, terms.maximum_per_event, "maximum_per_event",                   \
              .type = FIELD_DECIMAL, OPTIONAL)
#define PRICE_MODEL                                                                                \
    FIELD(struct price_record, minimum_amount, "minimum_amount", .type = FIELD_DECIMAL, OPTIONAL), \
        FIELD(struct price_record, terms.minimum_per_event, "minimum_per_event",                   \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, terms.model, "model", .type = FIELD_WORD,                       \
              .words = WORDS(PRICE_MODELS, "committed")),                                          \
        FIELD(struct price_record, terms.multiplier, "multiplier", .type = FIELD_DECIMAL,          \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, overage.fixed_fee_per_event, "overage.fixed_fee_per_event",     \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.flat_fee, "overage.flat_fee", .type = FIELD_DECIMAL,    \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, overage.free_amount, "overage.free_amount",                     \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.free_events, "overage.free_events",                     \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.free_units, "overage.free_units",                       \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.maximum_per_event, "overage.maximum_per_event",         \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.minimum_per_event, "overage.minimum_per_event",         \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.model, "overage.model", .type = FIELD_WORD,             \
              .words = WORDS(PRICE_MODELS), OPTIONAL),                                             \
        FIELD(struct price_record, overage.multiplier, "overage.multiplier",                       \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.package_price, "overage.package_price",                 \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.package_rounding, "overage.package_rounding",           \
              .type = FIELD_WORD, .words = WORDS("up", "down"), OPTIONAL),                         \
        FIELD(struct price_record, overage.package_size, "overage.package_size",                   \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.rate_percent, "overage.rate_percent",                   \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, overage.tiers, "overage.tiers", .type = FIELD_LIST,             \
              .element = &tier_shape, OPTIONAL),                                                   \
        FIELD(struct price_record, overage.unit_price, "overage.unit_price",                       \
              .type = FIELD_DECIMAL, OPTIONAL),                                                    \
        FIELD(struct price_record, terms.package_price, "package_price", .type = FIELD_DECIMAL,    \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, terms.package_rounding, "package_rounding", .type = FIELD_WORD, \
              .words = WORDS("up", "down"), OPTIONAL),                                             \
        FIELD(struct price_record, terms.package_size, "package_size", .type = FIELD_DECIMAL,      \
              OPTIONAL)
#define PRICE_RATES                                                                                \
    FIELD(struct price_record, terms.rate_percent, "rate_percent", .type = FIELD_DECIMAL,          \
          OPTIONAL),                                                                               \
        FIELD(struct price_record, tenant, "tenant", .type = FIELD_KEY),                           \
        FIELD(struct price_record, terms.tiers, "tiers", .type = FIELD_LIST,                       \
              .element = &tier_shape, OPTIONAL),                                                   \
        FIELD(struct price_record, terms.unit_price, "unit_price", .type = FIELD_DECIMAL,          \
              OPTIONAL),                                                                           \
        FIELD(struct price_record, valid_from, "valid_from", .type = FIELD_DATE),                  \
        FIELD(struct price_record, valid_to, "valid_to", .type = FIELD_DATE, OPTIONAL)

static const struct record_field price_fields[] = {
    FIELD(struct price_record, billing, "billing", .type = FIELD_WORD,
          .words = WORDS("in_advance", "in_arrears")),
    PRICE_COMMITMENT,
    PRICE_FEES,
    FIELD(struct price_record, meter, "meter", .type = FIELD_KEY, OPTIONAL),
    PRICE_MODEL,
    FIELD(struct price_record, plan, "plan", .type = FIELD_KEY),
    FIELD(struct price_record, price, "price", .type = FIELD_KEY),
    FIELD(struct price_record, product, "product", .type = FIELD_KEY),
    PRICE_RATES,
};

static const struct record_field customer_price_fields[] = {
    PRICE_COMMITMENT,
    FIELD(struct price_record, customer, "customer", .type = FIELD_KEY),
    PRICE_FEES,
    PRICE_MODEL,
    FIELD(struct price_record, price, "price", .type = FIELD_KEY),
    PRICE_RATES,
};

static const struct record_field customer_fields[] = {
    ADDRESS(struct customer_record),
    FIELD(struct customer_record, address.country, "address.country", .type = FIELD_COUNTRY,
          OPTIONAL),
    ADDRESS_LINES(struct customer_record),
    FIELD(struct customer_record, business, "business", .type = FIELD_BOOL, .preset = "false"),
    FIELD(struct customer_record, currency, "currency", .type = FIELD_CURRENCY, OPTIONAL),
    FIELD(struct customer_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct customer_record, dunning_policy, "dunning_policy", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct customer_record, email, "email", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct customer_record, hold, "hold", .type = FIELD_BOOL, .preset = "false"),
    FIELD(struct customer_record, locale, "locale", .type = FIELD_LOCALE, OPTIONAL),
    FIELD(struct customer_record, name, "name", .type = FIELD_TEXT),
    FIELD(struct customer_record, parent, "parent", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct customer_record, payment_terms_days, "payment_terms_days", .type = FIELD_INT,
          .maximum = DAYS_MAX, OPTIONAL),
    FIELD(struct customer_record, tax_exempt, "tax_exempt", .type = FIELD_BOOL, .preset = "false"),
    FIELD(struct customer_record, tax_exempt_reason, "tax_exempt_reason", .type = FIELD_TEXT,
          OPTIONAL),
    FIELD(struct customer_record, tax_id, "tax_id", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct customer_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct customer_record, tier, "tier", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct customer_record, timezone, "timezone", .type = FIELD_TIMEZONE, OPTIONAL),
};

#define HOLDER_FIELDS                                                                              \
    FIELD(struct holder_record, credit_limit, "credit_limit", .type = FIELD_DECIMAL,               \
          .preset = "-1"),                                                                         \
        FIELD(struct holder_record, currency, "currency", .type = FIELD_CURRENCY, OPTIONAL),       \
        FIELD(struct holder_record, customer, "customer", .type = FIELD_KEY)
#define HOLDER_NAME FIELD(struct holder_record, name, "name", .type = FIELD_TEXT, OPTIONAL)
#define HOLDER_TENANT FIELD(struct holder_record, tenant, "tenant", .type = FIELD_KEY)

static const struct record_field project_fields[] = {
    HOLDER_FIELDS, HOLDER_NAME, FIELD(struct holder_record, holder, "project", .type = FIELD_KEY),
    HOLDER_TENANT};

static const struct record_field member_fields[] = {
    HOLDER_FIELDS, FIELD(struct holder_record, holder, "member", .type = FIELD_KEY), HOLDER_NAME,
    HOLDER_TENANT};

static const struct record_field payment_method_fields[] = {
    FIELD(struct payment_method_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct payment_method_record, expires, "expires", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct payment_method_record, gateway, "gateway", .type = FIELD_WORD,
          .words = WORDS("stripe", "razorpay", "mercadopago", "manual")),
    FIELD(struct payment_method_record, gateway_customer, "gateway_customer", .type = FIELD_KEY,
          OPTIONAL),
    FIELD(struct payment_method_record, gateway_token, "gateway_token", .type = FIELD_KEY,
          OPTIONAL),
    FIELD(struct payment_method_record, is_default, "is_default", .type = FIELD_BOOL,
          .preset = "false"),
    FIELD(struct payment_method_record, payment_method, "payment_method", .type = FIELD_KEY),
    FIELD(struct payment_method_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field subscription_fields[] = {
    FIELD(struct subscription_record, align, "align", .type = FIELD_WORD,
          .words = WORDS("anniversary", "calendar"), .preset = "anniversary"),
    FIELD(struct subscription_record, anchor_day, "anchor_day", .type = FIELD_INT, .minimum = 1,
          .maximum = 31, OPTIONAL),
    FIELD(struct subscription_record, cancel_at, "cancel_at", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct subscription_record, cancel_at_period_end, "cancel_at_period_end",
          .type = FIELD_BOOL, .preset = "false"),
    FIELD(struct subscription_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct subscription_record, plan, "plan", .type = FIELD_KEY),
    FIELD(struct subscription_record, quantity, "quantity", .type = FIELD_DECIMAL, .preset = "1"),
    FIELD(struct subscription_record, start, "start", .type = FIELD_DATE),
    FIELD(struct subscription_record, status, "status", .type = FIELD_WORD,
          .words = WORDS("active", "trialing", "canceled"),
          .later = WORDS("paused", "past_due", "unpaid", "incomplete"), .preset = "active"),
    FIELD(struct subscription_record, subscription, "subscription", .type = FIELD_KEY),
    FIELD(struct subscription_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct subscription_record, timezone, "timezone", .type = FIELD_TIMEZONE, OPTIONAL),
    FIELD(struct subscription_record, trial_end, "trial_end", .type = FIELD_DATE, OPTIONAL),
};

static const struct record_field subscription_change_fields[] = {
    FIELD(struct subscription_change_record, at, "at", .type = FIELD_DATE),
    FIELD(struct subscription_change_record, pause, "pause", .type = FIELD_BOOL, OPTIONAL),
    FIELD(struct subscription_change_record, plan, "plan", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct subscription_change_record, quantity, "quantity", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct subscription_change_record, resume, "resume", .type = FIELD_BOOL, OPTIONAL),
    FIELD(struct subscription_change_record, subscription, "subscription", .type = FIELD_KEY),
    FIELD(struct subscription_change_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct subscription_change_record, withdrawn, "withdrawn", .type = FIELD_BOOL, OPTIONAL),
};

static const struct record_field coupon_scope_fields[] = {
    FIELD(struct coupon_scope_record, plan, "plan", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct coupon_scope_record, product, "product", .type = FIELD_KEY, OPTIONAL),
};

static const struct record_shape coupon_scope_shape =
    SHAPE("scope", struct coupon_scope_record, coupon_scope_fields, "plan", "product");

#define COUNT .type = FIELD_INT, .minimum = 1, .maximum = INT32_MAX, OPTIONAL

static const struct record_field coupon_fields[] = {
    FIELD(struct coupon_record, amount, "amount", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct coupon_record, coupon, "coupon", .type = FIELD_KEY),
    FIELD(struct coupon_record, currency, "currency", .type = FIELD_CURRENCY, OPTIONAL),
    FIELD(struct coupon_record, duration, "duration", .type = FIELD_WORD,
          .words = WORDS("once", "repeating", "forever"), .preset = "once"),
    FIELD(struct coupon_record, first_purchase, "first_purchase", .type = FIELD_BOOL,
          .preset = "false"),
    FIELD(struct coupon_record, limit_per_customer, "limit_per_customer", COUNT),
    FIELD(struct coupon_record, limit_total, "limit_total", COUNT),
    FIELD(struct coupon_record, minimum_amount, "minimum_amount", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct coupon_record, percent, "percent", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct coupon_record, repeat_count, "repeat_count", COUNT),
    FIELD(struct coupon_record, scope, "scope", .type = FIELD_LIST, .element = &coupon_scope_shape,
          OPTIONAL),
    FIELD(struct coupon_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct coupon_record, valid_from, "valid_from", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct coupon_record, valid_to, "valid_to", .type = FIELD_DATE, OPTIONAL),
};

static const struct record_field coupon_redemption_fields[] = {
    FIELD(struct coupon_redemption_record, at, "at", .type = FIELD_DATE),
    FIELD(struct coupon_redemption_record, coupon, "coupon", .type = FIELD_KEY),
    FIELD(struct coupon_redemption_record, customer, "customer", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct coupon_redemption_record, subscription, "subscription", .type = FIELD_KEY,
          OPTIONAL),
    FIELD(struct coupon_redemption_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field credit_grant_fields[] = {
    FIELD(struct credit_grant_record, amount_minor, "amount", .type = FIELD_MONEY, OPTIONAL),
    FIELD(struct credit_grant_record, currency, "currency", .type = FIELD_CURRENCY, OPTIONAL),
    FIELD(struct credit_grant_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct credit_grant_record, effective_at_us, "effective_at", .type = FIELD_INSTANT),
    FIELD(struct credit_grant_record, expires_at_us, "expires_at", .type = FIELD_INSTANT, OPTIONAL),
    FIELD(struct credit_grant_record, kind, "kind", .type = FIELD_WORD,
          .words = WORDS("free", "purchase", "lifetime", "refund"), .preset = "free"),
    FIELD(struct credit_grant_record, meter, "meter", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct credit_grant_record, priority, "priority", .type = FIELD_INT, .maximum = 1000000,
          .preset = "50"),
    FIELD(struct credit_grant_record, source, "source", .type = FIELD_KEY),
    FIELD(struct credit_grant_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct credit_grant_record, units, "units", .type = FIELD_DECIMAL, OPTIONAL),
};

static const struct record_field contract_fields[] = {
    FIELD(struct contract_record, amends, "amends", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct contract_record, contract, "contract", .type = FIELD_KEY),
    FIELD(struct contract_record, currency, "currency", .type = FIELD_CURRENCY, OPTIONAL),
    FIELD(struct contract_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct contract_record, end, "end", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct contract_record, ends_with, "ends_with", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct contract_record, start, "start", .type = FIELD_DATE),
    FIELD(struct contract_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field contract_price_fields[] = {
    FIELD(struct contract_price_record, price, "price", .type = FIELD_KEY),
    FIELD(struct contract_price_record, rated_as, "rated_as", .type = FIELD_KEY),
};

static const struct record_shape contract_price_shape =
    SHAPE("price", struct contract_price_record, contract_price_fields, "price");

static const struct record_field contract_phase_fields[] = {
    FIELD(struct contract_phase_record, commitment, "commitment", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct contract_phase_record, contract, "contract", .type = FIELD_KEY),
    FIELD(struct contract_phase_record, discount_percent, "discount_percent", .type = FIELD_DECIMAL,
          OPTIONAL),
    FIELD(struct contract_phase_record, end, "end", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct contract_phase_record, phase, "phase", .type = FIELD_KEY),
    FIELD(struct contract_phase_record, prices, "prices", .type = FIELD_LIST,
          .element = &contract_price_shape, OPTIONAL),
    FIELD(struct contract_phase_record, priority, "priority", .type = FIELD_INT, .maximum = 1000000,
          .preset = "50"),
    FIELD(struct contract_phase_record, product, "product", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct contract_phase_record, scope, "scope", .type = FIELD_LIST,
          .element = &coupon_scope_shape, OPTIONAL),
    FIELD(struct contract_phase_record, start, "start", .type = FIELD_DATE),
    FIELD(struct contract_phase_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field tax_rate_fields[] = {
    FIELD(struct tax_rate_record, category, "category", .type = FIELD_KEY, .preset = "standard"),
    FIELD(struct tax_rate_record, country, "country", .type = FIELD_COUNTRY),
    FIELD(struct tax_rate_record, inclusive, "inclusive", .type = FIELD_BOOL, .preset = "false"),
    FIELD(struct tax_rate_record, name, "name", .type = FIELD_TEXT),
    FIELD(struct tax_rate_record, on_top, "on_top", .type = FIELD_BOOL, OPTIONAL),
    FIELD(struct tax_rate_record, rate_percent, "rate_percent", .type = FIELD_DECIMAL),
    FIELD(struct tax_rate_record, region, "region", .type = FIELD_TEXT, .preset = ""),
    FIELD(struct tax_rate_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct tax_rate_record, valid_from, "valid_from", .type = FIELD_DATE),
    FIELD(struct tax_rate_record, valid_to, "valid_to", .type = FIELD_DATE, OPTIONAL),
};

static const struct record_field exchange_rate_fields[] = {
    FIELD(struct exchange_rate_record, base, "base", .type = FIELD_KEY),
    FIELD(struct exchange_rate_record, date, "date", .type = FIELD_DATE),
    FIELD(struct exchange_rate_record, quote, "quote", .type = FIELD_KEY),
    FIELD(struct exchange_rate_record, rate, "rate", .type = FIELD_DECIMAL),
    FIELD(struct exchange_rate_record, sha256, "sha256", .type = FIELD_DIGEST, OPTIONAL),
    FIELD(struct exchange_rate_record, source, "source", .type = FIELD_KEY),
    FIELD(struct exchange_rate_record, tenant, "tenant", .type = FIELD_KEY,
          .preset = RECORD_EVERY_TENANT),
    FIELD(struct exchange_rate_record, version, "version", .type = FIELD_INT, .minimum = 1,
          .maximum = 1000000, OPTIONAL),
};

static const struct record_field usage_fields[] = {
    FIELD(struct usage_record, at_us, "at", .type = FIELD_INSTANT),
    FIELD(struct usage_record, customer, "customer", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct usage_record, key, "key", .type = FIELD_KEY),
    FIELD(struct usage_record, late, "late", .type = FIELD_BOOL, OPTIONAL),
    FIELD(struct usage_record, member, "member", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct usage_record, meter, "meter", .type = FIELD_KEY),
    FIELD(struct usage_record, price_amount, "price_amount", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct usage_record, project, "project", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct usage_record, properties, "properties", .type = FIELD_JSON, OPTIONAL),
    FIELD(struct usage_record, subscription, "subscription", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct usage_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct usage_record, unpriced, "unpriced", .type = FIELD_BOOL, OPTIONAL),
    FIELD(struct usage_record, value_coefficient, "value", .type = FIELD_STORED, .preset = "1"),
};

const struct record_shape record_shapes_imported[] = {
    SHAPE_OF_MONEY("tenant", struct tenant_record, tenant_fields, "tenant"),
    SHAPE("product", struct product_record, product_fields, "product", "tenant"),
    SHAPE("meter", struct meter_record, meter_fields, "meter", "tenant"),
    SHAPE("plan", struct plan_record, plan_fields, "plan", "tenant"),
    SHAPE("price", struct price_record, price_fields, "price", "valid_from", "tenant"),
    SHAPE("customer", struct customer_record, customer_fields, "customer", "tenant"),
    SHAPE("customer_price", struct price_record, customer_price_fields, "price", "customer",
          "valid_from", "tenant"),
    SHAPE("project", struct holder_record, project_fields, "project", "customer", "tenant"),
    SHAPE("member", struct holder_record, member_fields, "member", "customer", "tenant"),
    SHAPE("payment_method", struct payment_method_record, payment_method_fields, "payment_method",
          "customer", "tenant"),
    SHAPE("subscription", struct subscription_record, subscription_fields, "subscription",
          "tenant"),
    SHAPE("subscription_change", struct subscription_change_record, subscription_change_fields,
          "subscription", "at", "tenant"),
    SHAPE("coupon", struct coupon_record, coupon_fields, "coupon", "tenant"),
    SHAPE("coupon_redemption", struct coupon_redemption_record, coupon_redemption_fields, "coupon",
          "customer", "subscription", "tenant"),
    SHAPE_OF_MONEY("credit_grant", struct credit_grant_record, credit_grant_fields, "source",
                   "customer", "tenant"),
    SHAPE("contract", struct contract_record, contract_fields, "contract", "tenant"),
    SHAPE("contract_phase", struct contract_phase_record, contract_phase_fields, "phase",
          "contract", "tenant"),
    SHAPE("tax_rate", struct tax_rate_record, tax_rate_fields, "country", "region", "category",
          "valid_from", "tenant"),
    SHAPE("exchange_rate", struct exchange_rate_record, exchange_rate_fields, "quote", "base",
          "date", "version", "source"),
    SHAPE("usage", struct usage_record, usage_fields, "key", "meter", "tenant"),
};
