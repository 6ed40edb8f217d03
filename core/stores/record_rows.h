/* The rows of the tables that import writes and dump reads: the record of a file with the ids that
 * its names stand for. Private to core/stores/import_*.c and dump_*.c. */
#ifndef BILLMILL_STORES_RECORD_ROWS_H
#define BILLMILL_STORES_RECORD_ROWS_H

#include "core/setup/record.h"
#include "core/storage/bulk.h"

struct tenant_row {
    int64_t tenant_id;
    struct tenant_record record;
};
struct product_row {
    int64_t tenant_id, product_id;
    struct product_record record;
};
struct meter_row {
    int64_t tenant_id, meter_id;
    struct meter_record record;
};
struct plan_row {
    int64_t tenant_id, plan_id;
    struct plan_record record;
};
/* A committed price has no figures of its own but its commitment, so that one set of columns and
 * tiers holds those of its overage. */
struct price_row {
    int64_t tenant_id, price_id, plan_id, product_id, meter_id;
    int64_t customer_id, listed_price_id; /* of a customer's own; else 0 and DB_I64_NONE */
    struct price_terms_record figures;    /* model: of the overage, NULL where there is none */
    struct price_record record;
};
struct tier_row {
    int64_t tenant_id, price_id, tier;
    const char *valid_from;
    struct price_tier_record record;
};
struct customer_row {
    int64_t tenant_id, customer_id, payer_id;
    struct customer_record record;
};
struct holder_row {
    int64_t tenant_id, customer_id;
    const char *kind;
    struct holder_record record;
};
struct subscription_row {
    int64_t tenant_id, subscription_id, customer_id, plan_id;
    struct subscription_record record;
};
struct subscription_change_row {
    int64_t tenant_id, subscription_id, plan_id; /* DB_I64_NONE: the plan is kept */
    struct subscription_change_record record;
};
struct coupon_row {
    int64_t tenant_id, coupon_id;
    struct coupon_record record;
};
struct coupon_scope_row {
    int64_t tenant_id, coupon_id, element_no;
    int64_t plan_id, product_id; /* DB_I64_NONE: any */
    struct coupon_scope_record record;
};
struct coupon_redemption_row {
    int64_t tenant_id, coupon_id, customer_id;
    int64_t subscription_id; /* 0: of all that the customer has */
    struct coupon_redemption_record record;
};
struct credit_grant_row {
    int64_t tenant_id, customer_id;
    struct credit_grant_record record;
};
struct credit_unit_grant_row {
    int64_t tenant_id, customer_id, meter_id, unit_millionths;
    struct credit_grant_record record;
};
struct payment_method_row {
    int64_t tenant_id, customer_id;
    struct payment_method_record record;
};
struct payment_row {
    int64_t tenant_id, customer_id;
    bool waits; /* for its invoice */
    struct payment_record record;
};
struct refund_row {
    int64_t tenant_id;
    struct refund_record record;
};
struct campaign_row {
    int64_t tenant_id;
    struct dunning_campaign_record record;
};
struct campaign_step_row {
    int64_t tenant_id;
    struct dunning_step_record record;
};
struct payment_difference_row {
    const char *tenant; /* NULL: of none */
    int64_t there_minor, there_refunded_minor, here_minor, here_refunded_minor;
    struct payment_difference_record record;
};
struct gateway_statement_row {
    struct gateway_statement_record record;
};
struct payment_attempt_row {
    int64_t tenant_id;
    struct payment_attempt_record record;
};
struct contract_row {
    int64_t tenant_id, contract_id, customer_id;
    struct contract_record record;
};
struct contract_phase_row {
    int64_t tenant_id, contract_id, phase_id; /* phase_id: none of a price */
    int64_t product_id;                       /* DB_I64_NONE: none */
    struct contract_phase_record record;
};
struct contract_price_row {
    int64_t tenant_id, phase_id, element_no, price_id, rated_price_id;
    struct contract_price_record record;
};
struct contract_scope_row {
    int64_t tenant_id, phase_id, element_no;
    int64_t plan_id, product_id; /* DB_I64_NONE: any */
    struct coupon_scope_record record;
};
struct tax_rate_row {
    int64_t tenant_id; /* 0: every tenant */
    struct tax_rate_record record;
};
struct exchange_rate_row {
    int64_t tenant_id; /* 0: every tenant */
    struct exchange_rate_record record;
};
struct usage_row {
    int64_t tenant_id, day, subscription_id, meter_id;
    const char *counted_property;
    bool by_customer;
    bool
        counts; /* all filters of its meter hold; not stored: whoever reads usage asks them again */
    struct usage_record record;
};
struct subscription_state_row {
    int64_t tenant_id, subscription_id;
    struct subscription_state_record record;
};
struct usage_rated_row {
    int64_t tenant_id, subscription_id, meter_id;
    struct usage_rated_record record;
};
struct party_row {
    int64_t tenant_id;
    struct party_record record;
};
struct invoice_row {
    int64_t tenant_id, invoice_id, customer_id;
    struct invoice_record record;
};
struct invoice_line_row {
    int64_t tenant_id, invoice_id, subscription_id, price_id; /* 0 and a phase, or both */
    int64_t phase_id, rated_price_id;                         /* DB_I64_NONE: none */
    struct invoice_line_record record;
};
struct invoice_tax_row {
    int64_t tenant_id, invoice_id;
    struct invoice_tax_record record;
};
struct document_off_row {
    int64_t tenant_id, invoice_id;
    struct written_off_record record;
};
struct correction_row {
    int64_t tenant_id;
    struct correction_record record;
};
struct correction_line_row {
    int64_t tenant_id;
    const char *correction;
    struct correction_line_record record;
};
struct coupon_use_row {
    int64_t tenant_id, invoice_id, coupon_id, customer_id, subscription_id;
    struct coupon_use_record record;
};
struct coupon_line_row {
    int64_t tenant_id, invoice_id, coupon_id, customer_id, subscription_id;
    struct coupon_line_record record;
};
struct credit_transaction_row {
    int64_t tenant_id, customer_id;
    int64_t invoice_id;                   /* 0: of the grant itself */
    int64_t holder_customer_id;           /* 0: it counts against no limit */
    const char *project, *member, *month; /* "": none */
    struct credit_transaction_record record;
};
struct credit_unit_transaction_row {
    int64_t tenant_id, customer_id;
    int64_t invoice_id, line; /* 0: of the grant itself */
    int64_t unit_millionths, amount_minor;
    struct credit_unit_transaction_record record;
};
struct credit_limit_use_row {
    int64_t tenant_id, customer_id;
    const char *kind, *holder;
    struct credit_limit_use_record record;
};
struct invoice_conversion_row {
    int64_t tenant_id, invoice_id;
    struct invoice_conversion_record record;
};
struct payment_conversion_row {
    int64_t tenant_id, invoice_id;
    struct payment_conversion_record record;
};
struct usage_share_row { /* its project and member: "" for none */
    int64_t tenant_id, invoice_id;
    struct usage_share_record record;
};
struct billing_period_row {
    int64_t tenant_id, subscription_id, price_id, payer_id, invoice_id;
    struct billing_period_record record;
};
struct number_series_row {
    int64_t tenant_id;
    struct number_series_record record;
};

struct run_row {
    struct run_record record;
};

struct parked_item_row {
    int64_t tenant_id, instance_id, attempts, parked_at_us;
    const char *item_key;
    struct parked_item_record record;
};
struct effect_row { /* of a file */
    int64_t tenant_id, subject_id;
    struct effect_record record;
};
struct sent_effect_row {
    int64_t tenant_id;
    struct effect_record record;
    struct row_bytes request;
};

/* The tables, their natural key first. What import may change is BULK_UPSERT. */
extern const struct bulk_table tenant_rows, product_rows, meter_rows, plan_rows, price_rows,
    customer_price_rows, tier_rows, customer_rows, subscription_rows, subscription_change_rows,
    subscription_life_rows, /* all changes of a subscription: only read */
    coupon_rows, coupon_scope_rows, coupon_redemption_rows, coupon_use_rows, coupon_line_rows,
    credit_grant_rows, credit_transaction_rows, credit_granted_rows, credit_unit_grant_rows,
    credit_unit_transaction_rows, credit_unit_granted_rows, holder_rows, credit_limit_use_rows,
    usage_share_rows, invoice_conversion_rows, payment_conversion_rows, contract_rows,
    contract_phase_rows, contract_price_rows, contract_scope_rows, tax_rate_rows,
    exchange_rate_rows, usage_rows, usage_again_rows, usage_place_rows, usage_gone_rows,
    subscription_state_rows, usage_rated_rows, party_rows, invoice_rows, invoice_draft_rows,
    invoice_line_rows, invoice_tax_rows, document_off_rows, invoice_document_rows, correction_rows,
    correction_line_rows, correction_done_rows, billing_period_rows, number_series_rows, run_rows,
    parked_item_rows, effect_rows, effect_open_rows, sent_effect_rows, effect_request_rows,
    payment_method_rows, payment_rows, refund_rows, payment_attempt_rows, campaign_rows,
    campaign_step_rows, payment_difference_rows, gateway_statement_rows;

/* All versions of a price, all tiers of one version, all of a scope, what amends a contract, all
 * phases of one, all lines that a correction credits, all methods of a customer,
 * all refunds of a payment: only read. */
extern const struct bulk_table price_version_rows, tier_version_rows, coupon_scope_all_rows,
    contract_amending_rows, contract_phase_all_rows, contract_price_all_rows,
    contract_scope_all_rows, correction_line_all_rows, payment_methods_rows,
    refunds_of_payment_rows;

/* The figures of the row from those of its record, and the other way round. */
void price_row_set_figures(struct price_row *row);
void price_row_set_record(struct price_row *row);

/* Names that a row refers to by ids: columns that the dump's queries add. */
struct row_names {
    const struct row_field *fields;
    size_t field_count;
};
extern const struct row_names price_names, customer_price_names, subscription_names,
    subscription_change_names, coupon_scope_names, coupon_redemption_names, coupon_use_names,
    credit_grant_names, credit_transaction_names, credit_unit_grant_names,
    credit_unit_transaction_names, holder_names, credit_limit_use_names, usage_share_names,
    invoice_conversion_names, payment_conversion_names, contract_names, contract_phase_names,
    contract_price_names, contract_scope_names, correction_names, usage_names,
    subscription_state_names, usage_rated_names, invoice_names, invoice_line_names,
    billing_period_names, parked_item_names, effect_names, sent_effect_names, payment_method_names,
    payment_names;

#endif
