/* Columns of what people import; see record_rows.h. */
#include "core/stores/record_rows.h"

static const struct row_field tenant_fields[] = {
    ROW_FIELD(struct tenant_row, record.tenant, "tenant"),
    ROW_FIELD(struct tenant_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct tenant_row, record.legal_name, "legal_name"),
    ROW_FIELD(struct tenant_row, record.address.line1, "line1"),
    ROW_FIELD(struct tenant_row, record.address.line2, "line2"),
    ROW_FIELD(struct tenant_row, record.address.city, "city"),
    ROW_FIELD(struct tenant_row, record.address.postal_code, "postal_code"),
    ROW_FIELD(struct tenant_row, record.address.region, "region"),
    ROW_FIELD(struct tenant_row, record.country, "country"),
    ROW_FIELD(struct tenant_row, record.tax_id, "tax_id"),
    ROW_FIELD(struct tenant_row, record.currency, "currency"),
    ROW_FIELD(struct tenant_row, record.timezone, "timezone"),
    ROW_FIELD(struct tenant_row, record.locale, "locale"),
    ROW_FIELD(struct tenant_row, record.payment_terms_days, "payment_terms_days"),
    ROW_FIELD(struct tenant_row, record.rounding, "rounding"),
    ROW_FIELD(struct tenant_row, record.tax_rounding, "tax_rounding"),
    ROW_FIELD(struct tenant_row, record.overdraft_limit_minor, "overdraft_limit_minor"),
    ROW_FIELD(struct tenant_row, record.livemode, "livemode"),
};
const struct bulk_table tenant_rows = {.name = "record_tenant",
                                       .kind = BULK_UPSERT,
                                       .table = "tenant",
                                       .fields = tenant_fields,
                                       .field_count = ARRAY_LEN(tenant_fields),
                                       .key_count = 1,
                                       .row_size = sizeof(struct tenant_row),
                                       .own_id = "tenant_id"};

static const struct row_field product_fields[] = {
    ROW_FIELD(struct product_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct product_row, record.product, "product"),
    ROW_FIELD(struct product_row, product_id, "product_id"),
    ROW_FIELD(struct product_row, record.name, "name"),
    ROW_FIELD(struct product_row, record.type, "type"),
    ROW_FIELD(struct product_row, record.tax_category, "tax_category"),
};
const struct bulk_table product_rows = {.name = "record_product",
                                        .kind = BULK_UPSERT,
                                        .table = "product",
                                        .fields = product_fields,
                                        .field_count = ARRAY_LEN(product_fields),
                                        .key_count = 2,
                                        .row_size = sizeof(struct product_row),
                                        .own_id = "product_id"};

static const struct row_field meter_fields[] = {
    ROW_FIELD(struct meter_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct meter_row, record.meter, "meter"),
    ROW_FIELD(struct meter_row, meter_id, "meter_id"),
    ROW_FIELD(struct meter_row, record.aggregation, "aggregation"),
    ROW_FIELD(struct meter_row, record.unit, "unit"),
    ROW_FIELD(struct meter_row, record.scale, "scale"),
    ROW_FIELD(struct meter_row, record.property, "property"),
    ROW_FIELD(struct meter_row, record.filters, "filters"),
    ROW_FIELD(struct meter_row, record.name, "name"),
};
const struct bulk_table meter_rows = {.name = "record_meter",
                                      .kind = BULK_UPSERT,
                                      .table = "meter",
                                      .fields = meter_fields,
                                      .field_count = ARRAY_LEN(meter_fields),
                                      .key_count = 2,
                                      .row_size = sizeof(struct meter_row),
                                      .own_id = "meter_id"};

static const struct row_field plan_fields[] = {
    ROW_FIELD(struct plan_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct plan_row, record.plan, "plan"),
    ROW_FIELD(struct plan_row, plan_id, "plan_id"),
    ROW_FIELD(struct plan_row, record.name, "name"),
    ROW_FIELD(struct plan_row, record.interval, "interval"),
    ROW_FIELD(struct plan_row, record.interval_count, "interval_count"),
    ROW_FIELD(struct plan_row, record.trial_days, "trial_days"),
    ROW_FIELD(struct plan_row, record.usage_thresholds, "usage_thresholds"),
};
const struct bulk_table plan_rows = {.name = "record_plan",
                                     .kind = BULK_UPSERT,
                                     .table = "plan",
                                     .fields = plan_fields,
                                     .field_count = ARRAY_LEN(plan_fields),
                                     .key_count = 2,
                                     .row_size = sizeof(struct plan_row),
                                     .own_id = "plan_id"};

static const struct row_field price_fields[] = {
    ROW_FIELD(struct price_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct price_row, record.price, "price"),
    ROW_FIELD(struct price_row, customer_id, "customer_id"),
    ROW_FIELD(struct price_row, record.valid_from, "valid_from"),
    ROW_FIELD(struct price_row, listed_price_id, "listed_price_id"),
    ROW_FIELD(struct price_row, price_id, "price_id"),
    ROW_FIELD(struct price_row, plan_id, "plan_id"),
    ROW_FIELD(struct price_row, product_id, "product_id"),
    ROW_FIELD(struct price_row, meter_id, "meter_id"),
    ROW_FIELD(struct price_row, record.terms.model, "model"),
    ROW_FIELD(struct price_row, record.currency, "currency"),
    ROW_FIELD(struct price_row, record.billing, "billing"),
    ROW_FIELD(struct price_row, figures.flat_fee, "flat_fee"),
    ROW_FIELD(struct price_row, figures.unit_price, "unit_price"),
    ROW_FIELD(struct price_row, figures.free_units, "free_units"),
    ROW_FIELD(struct price_row, figures.package_size, "package_size"),
    ROW_FIELD(struct price_row, figures.package_price, "package_price"),
    ROW_FIELD(struct price_row, figures.package_rounding, "package_rounding"),
    ROW_FIELD(struct price_row, figures.rate_percent, "rate_percent"),
    ROW_FIELD(struct price_row, figures.fixed_fee_per_event, "fixed_fee_per_event"),
    ROW_FIELD(struct price_row, figures.free_events, "free_events"),
    ROW_FIELD(struct price_row, figures.free_amount, "free_amount"),
    ROW_FIELD(struct price_row, figures.minimum_per_event, "minimum_per_event"),
    ROW_FIELD(struct price_row, figures.maximum_per_event, "maximum_per_event"),
    ROW_FIELD(struct price_row, figures.multiplier, "multiplier"),
    ROW_FIELD(struct price_row, record.commitment, "commitment"),
    ROW_FIELD(struct price_row, figures.model, "overage_model"),
    ROW_FIELD(struct price_row, record.minimum_amount, "minimum_amount"),
    ROW_FIELD(struct price_row, record.maximum_amount, "maximum_amount"),
    ROW_FIELD(struct price_row, record.flat_fee_at_zero, "flat_fee_at_zero"),
    ROW_FIELD(struct price_row, record.valid_to, "valid_to"),
};
const struct bulk_table price_rows = {.name = "record_price",
                                      .kind = BULK_INSERT,
                                      .table = "price",
                                      .fields = price_fields,
                                      .field_count = ARRAY_LEN(price_fields),
                                      .key_count = 4,
                                      .row_size = sizeof(struct price_row)};
const struct bulk_table price_version_rows = {.name = "record_price_version",
                                              .kind = BULK_INSERT,
                                              .table = "price",
                                              .fields = price_fields,
                                              .field_count = ARRAY_LEN(price_fields),
                                              .key_count = 3,
                                              .row_size = sizeof(struct price_row)};
const struct bulk_table customer_price_rows = {.name = "record_customer_price",
                                               .kind = BULK_UPSERT,
                                               .table = "price",
                                               .fields = price_fields,
                                               .field_count = ARRAY_LEN(price_fields),
                                               .key_count = 4,
                                               .row_size = sizeof(struct price_row),
                                               .own_id = "price_id"};
static const struct row_field price_name_fields[] = {
    ROW_FIELD(struct price_row, record.plan, "plan"),
    ROW_FIELD(struct price_row, record.product, "product"),
    ROW_FIELD(struct price_row, record.meter, "meter"),
};
const struct row_names price_names = {price_name_fields, ARRAY_LEN(price_name_fields)};
static const struct row_field customer_price_name_fields[] = {
    ROW_FIELD(struct price_row, record.customer, "customer"),
};
const struct row_names customer_price_names = {customer_price_name_fields,
                                               ARRAY_LEN(customer_price_name_fields)};

static const struct row_field tier_fields[] = {
    ROW_FIELD(struct tier_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct tier_row, price_id, "price_id"),
    ROW_FIELD(struct tier_row, valid_from, "valid_from"),
    ROW_FIELD(struct tier_row, tier, "tier"),
    ROW_FIELD(struct tier_row, record.up_to, "up_to"),
    ROW_FIELD(struct tier_row, record.unit_price, "unit_price"),
    ROW_FIELD(struct tier_row, record.rate_percent, "rate_percent"),
    ROW_FIELD(struct tier_row, record.flat_fee, "flat_fee"),
};
const struct bulk_table tier_rows = {.name = "record_tier",
                                     .kind = BULK_INSERT,
                                     .table = "price_tier",
                                     .fields = tier_fields,
                                     .field_count = ARRAY_LEN(tier_fields),
                                     .key_count = 4,
                                     .row_size = sizeof(struct tier_row)};
const struct bulk_table tier_version_rows = {.name = "record_tier_version",
                                             .kind = BULK_INSERT,
                                             .table = "price_tier",
                                             .fields = tier_fields,
                                             .field_count = ARRAY_LEN(tier_fields),
                                             .key_count = 3,
                                             .row_size = sizeof(struct tier_row)};

static const struct row_field customer_fields[] = {
    ROW_FIELD(struct customer_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct customer_row, record.customer, "customer"),
    ROW_FIELD(struct customer_row, customer_id, "customer_id"),
    ROW_FIELD(struct customer_row, record.name, "name"),
    ROW_FIELD(struct customer_row, record.email, "email"),
    ROW_FIELD(struct customer_row, record.address.line1, "line1"),
    ROW_FIELD(struct customer_row, record.address.line2, "line2"),
    ROW_FIELD(struct customer_row, record.address.city, "city"),
    ROW_FIELD(struct customer_row, record.address.postal_code, "postal_code"),
    ROW_FIELD(struct customer_row, record.address.region, "region"),
    ROW_FIELD(struct customer_row, record.address.country, "country"),
    ROW_FIELD(struct customer_row, record.tax_id, "tax_id"),
    ROW_FIELD(struct customer_row, record.tax_exempt, "tax_exempt"),
    ROW_FIELD(struct customer_row, record.tax_exempt_reason, "tax_exempt_reason"),
    ROW_FIELD(struct customer_row, record.business, "business"),
    ROW_FIELD(struct customer_row, record.currency, "currency"),
    ROW_FIELD(struct customer_row, record.timezone, "timezone"),
    ROW_FIELD(struct customer_row, record.locale, "locale"),
    ROW_FIELD(struct customer_row, record.payment_terms_days, "payment_terms_days"),
    ROW_FIELD(struct customer_row, record.tier, "tier"),
    ROW_FIELD(struct customer_row, record.parent, "parent"),
    ROW_FIELD(struct customer_row, payer_id, "payer_id"),
    ROW_FIELD(struct customer_row, record.hold, "hold"),
    ROW_FIELD(struct customer_row, record.dunning_policy, "dunning_policy"),
};
const struct bulk_table customer_rows = {.name = "record_customer",
                                         .kind = BULK_UPSERT,
                                         .table = "customer",
                                         .fields = customer_fields,
                                         .field_count = ARRAY_LEN(customer_fields),
                                         .key_count = 2,
                                         .row_size = sizeof(struct customer_row),
                                         .own_id = "customer_id"};

static const struct row_field subscription_fields[] = {
    ROW_FIELD(struct subscription_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct subscription_row, record.subscription, "subscription"),
    ROW_FIELD(struct subscription_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct subscription_row, customer_id, "customer_id"),
    ROW_FIELD(struct subscription_row, plan_id, "plan_id"),
    ROW_FIELD(struct subscription_row, record.quantity, "quantity"),
    ROW_FIELD(struct subscription_row, record.start, "start_on"),
    ROW_FIELD(struct subscription_row, record.anchor_day, "anchor_day"),
    ROW_FIELD(struct subscription_row, record.timezone, "timezone"),
    ROW_FIELD(struct subscription_row, record.trial_end, "trial_end_on"),
    ROW_FIELD(struct subscription_row, record.status, "status"),
    ROW_FIELD(struct subscription_row, record.cancel_at, "cancel_at_on"),
    ROW_FIELD(struct subscription_row, record.cancel_at_period_end, "cancel_at_period_end"),
    ROW_FIELD(struct subscription_row, record.align, "align"),
};
const struct bulk_table subscription_rows = {.name = "record_subscription",
                                             .kind = BULK_UPSERT,
                                             .table = "subscription",
                                             .fields = subscription_fields,
                                             .field_count = ARRAY_LEN(subscription_fields),
                                             .key_count = 2,
                                             .row_size = sizeof(struct subscription_row),
                                             .own_id = "subscription_id"};
static const struct row_field subscription_name_fields[] = {
    ROW_FIELD(struct subscription_row, record.customer, "customer"),
    ROW_FIELD(struct subscription_row, record.plan, "plan"),
};
const struct row_names subscription_names = {subscription_name_fields,
                                             ARRAY_LEN(subscription_name_fields)};

static const struct row_field subscription_change_fields[] = {
    ROW_FIELD(struct subscription_change_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct subscription_change_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct subscription_change_row, record.at, "at_on"),
    ROW_FIELD(struct subscription_change_row, plan_id, "plan_id"),
    ROW_FIELD(struct subscription_change_row, record.quantity, "quantity"),
    ROW_FIELD(struct subscription_change_row, record.pause, "pause"),
    ROW_FIELD(struct subscription_change_row, record.resume, "resume"),
    ROW_FIELD(struct subscription_change_row, record.withdrawn, "withdrawn"),
};
const struct bulk_table subscription_change_rows = {
    .name = "record_subscription_change",
    .kind = BULK_UPSERT,
    .table = "subscription_change",
    .fields = subscription_change_fields,
    .field_count = ARRAY_LEN(subscription_change_fields),
    .key_count = 3,
    .row_size = sizeof(struct subscription_change_row)};
const struct bulk_table subscription_life_rows = {
    .name = "record_subscription_life",
    .kind = BULK_INSERT,
    .table = "subscription_change",
    .fields = subscription_change_fields,
    .field_count = ARRAY_LEN(subscription_change_fields),
    .key_count = 2,
    .row_size = sizeof(struct subscription_change_row)};
static const struct row_field subscription_change_name_fields[] = {
    ROW_FIELD(struct subscription_change_row, record.subscription, "subscription"),
    ROW_FIELD(struct subscription_change_row, record.plan, "plan"),
};
const struct row_names subscription_change_names = {subscription_change_name_fields,
                                                    ARRAY_LEN(subscription_change_name_fields)};

static const struct row_field coupon_fields[] = {
    ROW_FIELD(struct coupon_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_row, record.coupon, "coupon"),
    ROW_FIELD(struct coupon_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_row, record.percent, "percent"),
    ROW_FIELD(struct coupon_row, record.amount, "amount"),
    ROW_FIELD(struct coupon_row, record.currency, "currency"),
    ROW_FIELD(struct coupon_row, record.duration, "duration"),
    ROW_FIELD(struct coupon_row, record.repeat_count, "repeat_count"),
    ROW_FIELD(struct coupon_row, record.first_purchase, "first_purchase"),
    ROW_FIELD(struct coupon_row, record.minimum_amount, "minimum_amount"),
    ROW_FIELD(struct coupon_row, record.limit_total, "limit_total"),
    ROW_FIELD(struct coupon_row, record.limit_per_customer, "limit_per_customer"),
    ROW_FIELD(struct coupon_row, record.valid_from, "valid_from"),
    ROW_FIELD(struct coupon_row, record.valid_to, "valid_to"),
};
const struct bulk_table coupon_rows = {.name = "record_coupon",
                                       .kind = BULK_INSERT,
                                       .table = "coupon",
                                       .fields = coupon_fields,
                                       .field_count = ARRAY_LEN(coupon_fields),
                                       .key_count = 2,
                                       .row_size = sizeof(struct coupon_row)};

static const struct row_field coupon_scope_fields[] = {
    ROW_FIELD(struct coupon_scope_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_scope_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_scope_row, element_no, "element_no"),
    ROW_FIELD(struct coupon_scope_row, plan_id, "plan_id"),
    ROW_FIELD(struct coupon_scope_row, product_id, "product_id"),
};
const struct bulk_table coupon_scope_rows = {.name = "record_coupon_scope",
                                             .kind = BULK_INSERT,
                                             .table = "coupon_scope",
                                             .fields = coupon_scope_fields,
                                             .field_count = ARRAY_LEN(coupon_scope_fields),
                                             .key_count = 3,
                                             .row_size = sizeof(struct coupon_scope_row)};
const struct bulk_table coupon_scope_all_rows = {.name = "record_coupon_scope_all",
                                                 .kind = BULK_INSERT,
                                                 .table = "coupon_scope",
                                                 .fields = coupon_scope_fields,
                                                 .field_count = ARRAY_LEN(coupon_scope_fields),
                                                 .key_count = 2,
                                                 .row_size = sizeof(struct coupon_scope_row)};
static const struct row_field coupon_scope_name_fields[] = {
    ROW_FIELD(struct coupon_scope_row, record.plan, "plan"),
    ROW_FIELD(struct coupon_scope_row, record.product, "product"),
};
const struct row_names coupon_scope_names = {coupon_scope_name_fields,
                                             ARRAY_LEN(coupon_scope_name_fields)};

static const struct row_field coupon_redemption_fields[] = {
    ROW_FIELD(struct coupon_redemption_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_redemption_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_redemption_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_redemption_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_redemption_row, record.at, "at_on"),
};
const struct bulk_table coupon_redemption_rows = {.name = "record_coupon_redemption",
                                                  .kind = BULK_INSERT,
                                                  .table = "coupon_redemption",
                                                  .fields = coupon_redemption_fields,
                                                  .field_count =
                                                      ARRAY_LEN(coupon_redemption_fields),
                                                  .key_count = 4,
                                                  .row_size = sizeof(struct coupon_redemption_row)};
static const struct row_field coupon_redemption_name_fields[] = {
    ROW_FIELD(struct coupon_redemption_row, record.coupon, "coupon"),
    ROW_FIELD(struct coupon_redemption_row, record.customer, "customer"),
    ROW_FIELD(struct coupon_redemption_row, record.subscription, "subscription"),
};
const struct row_names coupon_redemption_names = {coupon_redemption_name_fields,
                                                  ARRAY_LEN(coupon_redemption_name_fields)};

static const struct row_field credit_grant_fields[] = {
    ROW_FIELD(struct credit_grant_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_grant_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_grant_row, record.source, "source"),
    ROW_FIELD(struct credit_grant_row, record.kind, "kind"),
    ROW_FIELD(struct credit_grant_row, record.currency, "currency"),
    ROW_FIELD(struct credit_grant_row, record.amount_minor, "amount_minor"),
    ROW_FIELD(struct credit_grant_row, record.priority, "priority"),
    ROW_FIELD(struct credit_grant_row, record.effective_at_us, "effective_at_us"),
    ROW_FIELD(struct credit_grant_row, record.expires_at_us, "expires_at_us"),
};
const struct bulk_table credit_grant_rows = {.name = "record_credit_grant",
                                             .kind = BULK_INSERT,
                                             .table = "credit_grant",
                                             .fields = credit_grant_fields,
                                             .field_count = ARRAY_LEN(credit_grant_fields),
                                             .key_count = 3,
                                             .row_size = sizeof(struct credit_grant_row)};
static const struct row_field credit_grant_name_fields[] = {
    ROW_FIELD(struct credit_grant_row, record.customer, "customer"),
};
const struct row_names credit_grant_names = {credit_grant_name_fields,
                                             ARRAY_LEN(credit_grant_name_fields)};

static const struct row_field contract_fields[] = {
    ROW_FIELD(struct contract_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct contract_row, record.contract, "contract"),
    ROW_FIELD(struct contract_row, contract_id, "contract_id"),
    ROW_FIELD(struct contract_row, customer_id, "customer_id"),
    ROW_FIELD(struct contract_row, record.start, "start_on"),
    ROW_FIELD(struct contract_row, record.end, "end_on"),
    ROW_FIELD(struct contract_row, record.ends_with, "ends_with"),
    ROW_FIELD(struct contract_row, record.amends, "amends"),
    ROW_FIELD(struct contract_row, record.currency, "currency"),
};
const struct bulk_table contract_rows = {.name = "record_contract",
                                         .kind = BULK_INSERT,
                                         .table = "contract",
                                         .fields = contract_fields,
                                         .field_count = ARRAY_LEN(contract_fields),
                                         .key_count = 2,
                                         .row_size = sizeof(struct contract_row)};
static const struct row_field contract_amending_fields[] = {
    ROW_FIELD(struct contract_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct contract_row, record.amends, "amends"),
    ROW_FIELD(struct contract_row, record.contract, "contract"),
};
const struct bulk_table contract_amending_rows = {.name = "record_contract_amending",
                                                  .kind = BULK_INSERT,
                                                  .table = "contract",
                                                  .fields = contract_amending_fields,
                                                  .field_count =
                                                      ARRAY_LEN(contract_amending_fields),
                                                  .key_count = 2,
                                                  .row_size = sizeof(struct contract_row)};
static const struct row_field contract_name_fields[] = {
    ROW_FIELD(struct contract_row, record.customer, "customer"),
};
const struct row_names contract_names = {contract_name_fields, ARRAY_LEN(contract_name_fields)};

static const struct row_field contract_phase_fields[] = {
    ROW_FIELD(struct contract_phase_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct contract_phase_row, contract_id, "contract_id"),
    ROW_FIELD(struct contract_phase_row, record.phase, "phase"),
    ROW_FIELD(struct contract_phase_row, phase_id, "phase_id"),
    ROW_FIELD(struct contract_phase_row, record.start, "start_on"),
    ROW_FIELD(struct contract_phase_row, record.end, "end_on"),
    ROW_FIELD(struct contract_phase_row, record.commitment, "commitment"),
    ROW_FIELD(struct contract_phase_row, record.priority, "priority"),
    ROW_FIELD(struct contract_phase_row, record.discount_percent, "discount_percent"),
    ROW_FIELD(struct contract_phase_row, product_id, "product_id"),
};
const struct bulk_table contract_phase_rows = {.name = "record_contract_phase",
                                               .kind = BULK_INSERT,
                                               .table = "contract_phase",
                                               .fields = contract_phase_fields,
                                               .field_count = ARRAY_LEN(contract_phase_fields),
                                               .key_count = 3,
                                               .row_size = sizeof(struct contract_phase_row)};
const struct bulk_table contract_phase_all_rows = {.name = "record_contract_phase_all",
                                                   .kind = BULK_INSERT,
                                                   .table = "contract_phase",
                                                   .fields = contract_phase_fields,
                                                   .field_count = ARRAY_LEN(contract_phase_fields),
                                                   .key_count = 2,
                                                   .row_size = sizeof(struct contract_phase_row)};
static const struct row_field contract_phase_name_fields[] = {
    ROW_FIELD(struct contract_phase_row, record.contract, "contract"),
    ROW_FIELD(struct contract_phase_row, record.product, "product"),
};
const struct row_names contract_phase_names = {contract_phase_name_fields,
                                               ARRAY_LEN(contract_phase_name_fields)};

static const struct row_field contract_price_fields[] = {
    ROW_FIELD(struct contract_price_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct contract_price_row, phase_id, "phase_id"),
    ROW_FIELD(struct contract_price_row, element_no, "element_no"),
    ROW_FIELD(struct contract_price_row, price_id, "price_id"),
    ROW_FIELD(struct contract_price_row, rated_price_id, "rated_price_id"),
};
const struct bulk_table contract_price_rows = {.name = "record_contract_price",
                                               .kind = BULK_INSERT,
                                               .table = "contract_price",
                                               .fields = contract_price_fields,
                                               .field_count = ARRAY_LEN(contract_price_fields),
                                               .key_count = 3,
                                               .row_size = sizeof(struct contract_price_row)};
const struct bulk_table contract_price_all_rows = {.name = "record_contract_price_all",
                                                   .kind = BULK_INSERT,
                                                   .table = "contract_price",
                                                   .fields = contract_price_fields,
                                                   .field_count = ARRAY_LEN(contract_price_fields),
                                                   .key_count = 2,
                                                   .row_size = sizeof(struct contract_price_row)};
static const struct row_field contract_price_name_fields[] = {
    ROW_FIELD(struct contract_price_row, record.price, "price"),
    ROW_FIELD(struct contract_price_row, record.rated_as, "rated_as"),
};
const struct row_names contract_price_names = {contract_price_name_fields,
                                               ARRAY_LEN(contract_price_name_fields)};

static const struct row_field contract_scope_fields[] = {
    ROW_FIELD(struct contract_scope_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct contract_scope_row, phase_id, "phase_id"),
    ROW_FIELD(struct contract_scope_row, element_no, "element_no"),
    ROW_FIELD(struct contract_scope_row, plan_id, "plan_id"),
    ROW_FIELD(struct contract_scope_row, product_id, "product_id"),
};
const struct bulk_table contract_scope_rows = {.name = "record_contract_scope",
                                               .kind = BULK_INSERT,
                                               .table = "contract_scope",
                                               .fields = contract_scope_fields,
                                               .field_count = ARRAY_LEN(contract_scope_fields),
                                               .key_count = 3,
                                               .row_size = sizeof(struct contract_scope_row)};
const struct bulk_table contract_scope_all_rows = {.name = "record_contract_scope_all",
                                                   .kind = BULK_INSERT,
                                                   .table = "contract_scope",
                                                   .fields = contract_scope_fields,
                                                   .field_count = ARRAY_LEN(contract_scope_fields),
                                                   .key_count = 2,
                                                   .row_size = sizeof(struct contract_scope_row)};
static const struct row_field contract_scope_name_fields[] = {
    ROW_FIELD(struct contract_scope_row, record.plan, "plan"),
    ROW_FIELD(struct contract_scope_row, record.product, "product"),
};
const struct row_names contract_scope_names = {contract_scope_name_fields,
                                               ARRAY_LEN(contract_scope_name_fields)};

static const struct row_field tax_rate_fields[] = {
    ROW_FIELD(struct tax_rate_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct tax_rate_row, record.country, "country"),
    ROW_FIELD(struct tax_rate_row, record.region, "region"),
    ROW_FIELD(struct tax_rate_row, record.category, "category"),
    ROW_FIELD(struct tax_rate_row, record.valid_from, "valid_from"),
    ROW_FIELD(struct tax_rate_row, record.rate_percent, "rate_percent"),
    ROW_FIELD(struct tax_rate_row, record.name, "name"),
    ROW_FIELD(struct tax_rate_row, record.inclusive, "inclusive"),
    ROW_FIELD(struct tax_rate_row, record.valid_to, "valid_to"),
    ROW_FIELD(struct tax_rate_row, record.on_top, "on_top"),
};
const struct bulk_table tax_rate_rows = {.name = "record_tax_rate",
                                         .kind = BULK_INSERT,
                                         .table = "tax_rate",
                                         .fields = tax_rate_fields,
                                         .field_count = ARRAY_LEN(tax_rate_fields),
                                         .key_count = 5,
                                         .row_size = sizeof(struct tax_rate_row)};

static const struct row_field exchange_rate_fields[] = {
    ROW_FIELD(struct exchange_rate_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct exchange_rate_row, record.source, "source"),
    ROW_FIELD(struct exchange_rate_row, record.date, "rate_on"),
    ROW_FIELD(struct exchange_rate_row, record.base, "base"),
    ROW_FIELD(struct exchange_rate_row, record.quote, "quote"),
    ROW_FIELD(struct exchange_rate_row, record.version, "version"),
    ROW_FIELD(struct exchange_rate_row, record.rate, "rate"),
    ROW_FIELD(struct exchange_rate_row, record.sha256, "digest"),
};
/* Another file may say the same. */
static const char *const exchange_rate_ignored[] = {"digest", NULL};
const struct bulk_table exchange_rate_rows = {.name = "record_exchange_rate",
                                              .kind = BULK_INSERT,
                                              .table = "exchange_rate",
                                              .fields = exchange_rate_fields,
                                              .field_count = ARRAY_LEN(exchange_rate_fields),
                                              .key_count = 6,
                                              .row_size = sizeof(struct exchange_rate_row),
                                              .ignore_on_compare = exchange_rate_ignored};

static const struct row_field usage_fields[] = {
    ROW_FIELD(struct usage_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_row, day, "day"),
    ROW_FIELD(struct usage_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct usage_row, meter_id, "meter_id"),
    ROW_FIELD(struct usage_row, record.at_us, "at_us"),
    ROW_FIELD(struct usage_row, record.key, "event_key"),
    ROW_FIELD(struct usage_row, record.value_coefficient, "value_coefficient"),
    ROW_FIELD(struct usage_row, record.value_scale, "value_scale"),
    ROW_FIELD(struct usage_row, record.properties, "properties"),
    ROW_FIELD(struct usage_row, counted_property, "counted_property"),
    ROW_FIELD(struct usage_row, by_customer, "by_customer"),
    ROW_FIELD(struct usage_row, record.price_amount, "price_amount"),
    ROW_FIELD(struct usage_row, record.project, "project"),
    ROW_FIELD(struct usage_row, record.member, "member"),
    ROW_FIELD(struct usage_row, record.late, "late"),
};
/* By whose name it came, and whether it was late, is no content. */
static const char *const usage_ignored[] = {"by_customer", "late", NULL};
#define USAGE_TABLE(name_, key_count_)                                                             \
    {                                                                                              \
        .name = (name_), .kind = BULK_INSERT, .table = "usage_event", .fields = usage_fields,      \
        .field_count = ARRAY_LEN(usage_fields), .key_count = (key_count_),                         \
        .row_size = sizeof(struct usage_row), .ignore_on_compare = usage_ignored                   \
    }
const struct bulk_table usage_rows = USAGE_TABLE("record_usage", 6);
/* Rows that are probably there: written as such, they do not spoil the fast way of the others. */
const struct bulk_table usage_again_rows = USAGE_TABLE("record_usage_again", 6);
/* To be found: all of a subscription and meter at one instant. */
const struct bulk_table usage_place_rows = USAGE_TABLE("record_usage_place", 5);
/* To be removed, by their whole keys. */
const struct bulk_table usage_gone_rows = {.name = "record_usage_gone",
                                           .kind = BULK_DELETE,
                                           .table = "usage_event",
                                           .fields = usage_fields,
                                           .field_count = 6,
                                           .key_count = 6,
                                           .row_size = sizeof(struct usage_row)};
static const struct row_field usage_name_fields[] = {
    ROW_FIELD(struct usage_row, record.unpriced, "unpriced"),
    ROW_FIELD(struct usage_row, record.meter, "meter"),
    ROW_FIELD(struct usage_row, record.subscription, "subscription"),
    ROW_FIELD(struct usage_row, record.customer, "customer"),
};
const struct row_names usage_names = {usage_name_fields, ARRAY_LEN(usage_name_fields)};

void price_row_set_figures(struct price_row *row)
{
    const struct price_record *record = &row->record;
    row->figures = record->overage.model != NULL ? record->overage : record->terms;
    if (record->overage.model == NULL)
        row->figures.model = NULL;
}

void price_row_set_record(struct price_row *row)
{
    const char *model = row->record.terms.model;
    if (row->figures.model != NULL) {
        row->record.overage = row->figures;
        return;
    }
    row->record.terms = row->figures;
    row->record.terms.model = model;
}
