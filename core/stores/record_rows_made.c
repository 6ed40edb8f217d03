/* Columns of what the jobs make; see record_rows.h. */
#include "core/stores/record_rows.h"

static const struct row_field subscription_state_fields[] = {
    ROW_FIELD(struct subscription_state_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct subscription_state_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct subscription_state_row, record.since, "since_on"),
    ROW_FIELD(struct subscription_state_row, record.state, "state"),
};
const struct bulk_table subscription_state_rows = {
    .name = "record_subscription_state",
    .kind = BULK_INSERT,
    .table = "subscription_state",
    .fields = subscription_state_fields,
    .field_count = ARRAY_LEN(subscription_state_fields),
    .key_count = 4,
    .row_size = sizeof(struct subscription_state_row)};
static const struct row_field subscription_state_name_fields[] = {
    ROW_FIELD(struct subscription_state_row, record.subscription, "subscription"),
};
const struct row_names subscription_state_names = {subscription_state_name_fields,
                                                   ARRAY_LEN(subscription_state_name_fields)};

static const struct row_field usage_rated_fields[] = {
    ROW_FIELD(struct usage_rated_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_rated_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct usage_rated_row, meter_id, "meter_id"),
    ROW_FIELD(struct usage_rated_row, record.through_us, "through_us"),
};
const struct bulk_table usage_rated_rows = {.name = "record_usage_rated",
                                            .kind = BULK_INSERT,
                                            .table = "usage_rated",
                                            .fields = usage_rated_fields,
                                            .field_count = ARRAY_LEN(usage_rated_fields),
                                            .key_count = 3,
                                            .row_size = sizeof(struct usage_rated_row)};
static const struct row_field usage_rated_name_fields[] = {
    ROW_FIELD(struct usage_rated_row, record.subscription, "subscription"),
    ROW_FIELD(struct usage_rated_row, record.meter, "meter"),
};
const struct row_names usage_rated_names = {usage_rated_name_fields,
                                            ARRAY_LEN(usage_rated_name_fields)};

static const struct row_field party_fields[] = {
    ROW_FIELD(struct party_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct party_row, record.digest, "digest"),
    ROW_FIELD(struct party_row, record.name, "name"),
    ROW_FIELD(struct party_row, record.email, "email"),
    ROW_FIELD(struct party_row, record.line1, "line1"),
    ROW_FIELD(struct party_row, record.line2, "line2"),
    ROW_FIELD(struct party_row, record.city, "city"),
    ROW_FIELD(struct party_row, record.postal_code, "postal_code"),
    ROW_FIELD(struct party_row, record.region, "region"),
    ROW_FIELD(struct party_row, record.country, "country"),
    ROW_FIELD(struct party_row, record.tax_id, "tax_id"),
};
const struct bulk_table party_rows = {.name = "record_party",
                                      .kind = BULK_INSERT,
                                      .table = "party",
                                      .fields = party_fields,
                                      .field_count = ARRAY_LEN(party_fields),
                                      .key_count = 2,
                                      .row_size = sizeof(struct party_row)};

enum { INVOICE_DRAFT_FIELDS = 17 };
/* Those of a draft first: it has nothing of what is frozen. */
static const struct row_field invoice_fields[] = {
    ROW_FIELD(struct invoice_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_row, record.draft_key, "draft_key"),
    ROW_FIELD(struct invoice_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_row, record.kind, "kind"),
    ROW_FIELD(struct invoice_row, record.corrects, "corrects"),
    ROW_FIELD(struct invoice_row, customer_id, "customer_id"),
    ROW_FIELD(struct invoice_row, record.currency, "currency"),
    ROW_FIELD(struct invoice_row, record.cutoff, "cutoff_on"),
    ROW_FIELD(struct invoice_row, record.status, "status"),
    ROW_FIELD(struct invoice_row, record.taxed, "taxed"),
    ROW_FIELD(struct invoice_row, record.subtotal_minor, "subtotal_minor"),
    ROW_FIELD(struct invoice_row, record.discount_minor, "discount_minor"),
    ROW_FIELD(struct invoice_row, record.tax_minor, "tax_minor"),
    ROW_FIELD(struct invoice_row, record.total_minor, "total_minor"),
    ROW_FIELD(struct invoice_row, record.credit_applied_minor, "credit_applied_minor"),
    ROW_FIELD(struct invoice_row, record.amount_due_minor, "amount_due_minor"),
    ROW_FIELD(struct invoice_row, record.tax_point, "tax_point_on"),
    ROW_FIELD(struct invoice_row, record.series, "series"),
    ROW_FIELD(struct invoice_row, record.fiscal_year, "fiscal_year"),
    ROW_FIELD(struct invoice_row, record.number_in_series, "number_in_series"),
    ROW_FIELD(struct invoice_row, record.number, "number"),
    ROW_FIELD(struct invoice_row, record.issued_on, "issued_on"),
    ROW_FIELD(struct invoice_row, record.due_on, "due_on"),
    ROW_FIELD(struct invoice_row, record.payment_terms_days, "payment_terms_days"),
    ROW_FIELD(struct invoice_row, record.locale, "locale"),
    ROW_FIELD(struct invoice_row, record.seller.digest, "seller_digest"),
    ROW_FIELD(struct invoice_row, record.buyer.digest, "buyer_digest"),
    ROW_FIELD(struct invoice_row, record.hash, "hash"),
    ROW_FIELD(struct invoice_row, record.previous_hash, "previous_hash"),
};
const struct bulk_table invoice_draft_rows = {.name = "record_invoice_draft",
                                              .kind = BULK_INSERT,
                                              .table = "invoice",
                                              .fields = invoice_fields,
                                              .field_count = INVOICE_DRAFT_FIELDS,
                                              .key_count = 2,
                                              .row_size = sizeof(struct invoice_row)};
const struct bulk_table invoice_rows = {.name = "record_invoice",
                                        .kind = BULK_INSERT,
                                        .table = "invoice",
                                        .fields = invoice_fields,
                                        .field_count = ARRAY_LEN(invoice_fields),
                                        .key_count = 2,
                                        .row_size = sizeof(struct invoice_row)};
static const struct row_field invoice_name_fields[] = {
    ROW_FIELD(struct invoice_row, record.customer, "customer"),
};
const struct row_names invoice_names = {invoice_name_fields, ARRAY_LEN(invoice_name_fields)};

static const struct row_field invoice_line_fields[] = {
    ROW_FIELD(struct invoice_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_line_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_line_row, record.line, "line"),
    ROW_FIELD(struct invoice_line_row, record.kind, "kind"),
    ROW_FIELD(struct invoice_line_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct invoice_line_row, price_id, "price_id"),
    ROW_FIELD(struct invoice_line_row, record.price_valid_from, "price_valid_from"),
    ROW_FIELD(struct invoice_line_row, record.period_start, "period_start_on"),
    ROW_FIELD(struct invoice_line_row, record.period_end, "period_end_on"),
    ROW_FIELD(struct invoice_line_row, record.description, "description"),
    ROW_FIELD(struct invoice_line_row, record.quantity, "quantity"),
    ROW_FIELD(struct invoice_line_row, record.unit_amount, "unit_amount"),
    ROW_FIELD(struct invoice_line_row, record.amount_minor, "amount_minor"),
    ROW_FIELD(struct invoice_line_row, record.discount_minor, "discount_minor"),
    ROW_FIELD(struct invoice_line_row, record.forgiven_minor, "forgiven_minor"),
    ROW_FIELD(struct invoice_line_row, record.tax_minor, "tax_minor"),
    ROW_FIELD(struct invoice_line_row, record.tax_category, "tax_category"),
    ROW_FIELD(struct invoice_line_row, record.tax_index, "tax"),
    ROW_FIELD(struct invoice_line_row, record.event_count, "event_count"),
    ROW_FIELD(struct invoice_line_row, phase_id, "phase_id"),
    ROW_FIELD(struct invoice_line_row, rated_price_id, "rated_price_id"),
    ROW_FIELD(struct invoice_line_row, record.rated_price_valid_from, "rated_valid_from"),
};
const struct bulk_table invoice_line_rows = {.name = "record_invoice_line",
                                             .kind = BULK_INSERT,
                                             .table = "invoice_line",
                                             .fields = invoice_line_fields,
                                             .field_count = ARRAY_LEN(invoice_line_fields),
                                             .key_count = 3,
                                             .row_size = sizeof(struct invoice_line_row)};
static const struct row_field invoice_line_name_fields[] = {
    ROW_FIELD(struct invoice_line_row, record.subscription, "subscription"),
    ROW_FIELD(struct invoice_line_row, record.price, "price"),
    ROW_FIELD(struct invoice_line_row, record.contract, "contract"),
    ROW_FIELD(struct invoice_line_row, record.phase, "phase"),
    ROW_FIELD(struct invoice_line_row, record.rated_price, "rated_price"),
};
const struct row_names invoice_line_names = {invoice_line_name_fields,
                                             ARRAY_LEN(invoice_line_name_fields)};

static const struct row_field invoice_tax_fields[] = {
    ROW_FIELD(struct invoice_tax_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_tax_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_tax_row, record.tax_index, "tax"),
    ROW_FIELD(struct invoice_tax_row, record.name, "name"),
    ROW_FIELD(struct invoice_tax_row, record.category, "category"),
    ROW_FIELD(struct invoice_tax_row, record.rate_percent, "rate_percent"),
    ROW_FIELD(struct invoice_tax_row, record.inclusive, "inclusive"),
    ROW_FIELD(struct invoice_tax_row, record.base_minor, "base_minor"),
    ROW_FIELD(struct invoice_tax_row, record.tax_minor, "tax_minor"),
    ROW_FIELD(struct invoice_tax_row, record.note, "note"),
    ROW_FIELD(struct invoice_tax_row, record.beside_index, "beside_tax"),
};
const struct bulk_table invoice_tax_rows = {.name = "record_invoice_tax",
                                            .kind = BULK_INSERT,
                                            .table = "invoice_tax",
                                            .fields = invoice_tax_fields,
                                            .field_count = ARRAY_LEN(invoice_tax_fields),
                                            .key_count = 3,
                                            .row_size = sizeof(struct invoice_tax_row)};

static const struct row_field document_off_fields[] = {
    ROW_FIELD(struct document_off_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct document_off_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct document_off_row, record.line, "line"),
    ROW_FIELD(struct document_off_row, record.invoice, "of_invoice"),
    ROW_FIELD(struct document_off_row, record.off_minor, "off_minor"),
};
const struct bulk_table document_off_rows = {.name = "record_written_off",
                                             .kind = BULK_INSERT,
                                             .table = "written_off_line",
                                             .fields = document_off_fields,
                                             .field_count = ARRAY_LEN(document_off_fields),
                                             .key_count = 4,
                                             .row_size = sizeof(struct document_off_row)};

static const struct row_field invoice_document_fields[] = {
    ROW_FIELD(struct invoice_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct invoice_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct invoice_row, record.document.layout, "layout_digest"),
    ROW_FIELD(struct invoice_row, record.document.path, "path"),
    ROW_FIELD(struct invoice_row, record.pdf_sha256, "pdf_sha256"),
    ROW_FIELD(struct invoice_row, record.document.size_bytes, "size_bytes"),
};
const struct bulk_table invoice_document_rows = {.name = "record_invoice_document",
                                                 .kind = BULK_INSERT,
                                                 .table = "invoice_document",
                                                 .fields = invoice_document_fields,
                                                 .field_count = ARRAY_LEN(invoice_document_fields),
                                                 .key_count = 2,
                                                 .row_size = sizeof(struct invoice_row)};

static const struct row_field correction_fields[] = {
    ROW_FIELD(struct correction_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_row, record.correction, "correction"),
    ROW_FIELD(struct correction_row, record.invoice, "invoice"),
    ROW_FIELD(struct correction_row, record.action, "action"),
    ROW_FIELD(struct correction_row, record.on, "requested_on"),
    ROW_FIELD(struct correction_row, record.reason, "reason"),
    ROW_FIELD(struct correction_row, record.by, "requested_by"),
    ROW_FIELD(struct correction_row, record.net, "net"),
    ROW_FIELD(struct correction_row, record.unused_numerator, "unused_numerator"),
    ROW_FIELD(struct correction_row, record.unused_denominator, "unused_denominator"),
    ROW_FIELD(struct correction_row, record.withdrawn, "withdrawn"),
};
const struct bulk_table correction_rows = {.name = "record_correction",
                                           .kind = BULK_UPSERT,
                                           .table = "correction",
                                           .fields = correction_fields,
                                           .field_count = ARRAY_LEN(correction_fields),
                                           .key_count = 2,
                                           .row_size = sizeof(struct correction_row)};
static const struct row_field correction_name_fields[] = {
    ROW_FIELD(struct correction_row, record.done_on, "done_on"),
    ROW_FIELD(struct correction_row, record.draft_key, "draft_key"),
    ROW_FIELD(struct correction_row, record.amount_minor, "amount_minor"),
};
const struct row_names correction_names = {correction_name_fields,
                                           ARRAY_LEN(correction_name_fields)};

static const struct row_field correction_line_fields[] = {
    ROW_FIELD(struct correction_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_line_row, correction, "correction"),
    ROW_FIELD(struct correction_line_row, record.line, "line"),
    ROW_FIELD(struct correction_line_row, record.net, "net"),
};
const struct bulk_table correction_line_rows = {.name = "record_correction_line",
                                                .kind = BULK_INSERT,
                                                .table = "correction_line",
                                                .fields = correction_line_fields,
                                                .field_count = ARRAY_LEN(correction_line_fields),
                                                .key_count = 3,
                                                .row_size = sizeof(struct correction_line_row)};

const struct bulk_table correction_line_all_rows = {.name = "record_correction_line_all",
                                                    .kind = BULK_INSERT,
                                                    .table = "correction_line",
                                                    .fields = correction_line_fields,
                                                    .field_count =
                                                        ARRAY_LEN(correction_line_fields),
                                                    .key_count = 2,
                                                    .row_size = sizeof(struct correction_line_row)};

static const struct row_field correction_done_fields[] = {
    ROW_FIELD(struct correction_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct correction_row, record.correction, "correction"),
    ROW_FIELD(struct correction_row, record.done_on, "done_on"),
    ROW_FIELD(struct correction_row, record.draft_key, "draft_key"),
    ROW_FIELD(struct correction_row, record.amount_minor, "amount_minor"),
};
const struct bulk_table correction_done_rows = {.name = "record_correction_done",
                                                .kind = BULK_INSERT,
                                                .table = "correction_done",
                                                .fields = correction_done_fields,
                                                .field_count = ARRAY_LEN(correction_done_fields),
                                                .key_count = 2,
                                                .row_size = sizeof(struct correction_row)};

static const struct row_field coupon_use_fields[] = {
    ROW_FIELD(struct coupon_use_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_use_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_use_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_use_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_use_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_use_row, record.currency, "currency"),
    ROW_FIELD(struct coupon_use_row, record.discount_minor, "discount_minor"),
    ROW_FIELD(struct coupon_use_row, record.carried_minor, "carried_minor"),
};
const struct bulk_table coupon_use_rows = {.name = "record_coupon_use",
                                           .kind = BULK_INSERT,
                                           .table = "coupon_use",
                                           .fields = coupon_use_fields,
                                           .field_count = ARRAY_LEN(coupon_use_fields),
                                           .key_count = 5,
                                           .row_size = sizeof(struct coupon_use_row)};
static const struct row_field coupon_use_name_fields[] = {
    ROW_FIELD(struct coupon_use_row, record.coupon, "coupon"),
    ROW_FIELD(struct coupon_use_row, record.customer, "customer"),
    ROW_FIELD(struct coupon_use_row, record.subscription, "subscription"),
    ROW_FIELD(struct coupon_use_row, record.draft_key, "draft_key"),
};
const struct row_names coupon_use_names = {coupon_use_name_fields,
                                           ARRAY_LEN(coupon_use_name_fields)};
static const struct row_field coupon_line_fields[] = {
    ROW_FIELD(struct coupon_line_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct coupon_line_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct coupon_line_row, record.line, "line"),
    ROW_FIELD(struct coupon_line_row, coupon_id, "coupon_id"),
    ROW_FIELD(struct coupon_line_row, customer_id, "customer_id"),
    ROW_FIELD(struct coupon_line_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct coupon_line_row, record.discount_minor, "discount_minor"),
    ROW_FIELD(struct coupon_line_row, record.kept, "kept"),
};
const struct bulk_table coupon_line_rows = {.name = "record_coupon_line",
                                            .kind = BULK_INSERT,
                                            .table = "coupon_line",
                                            .fields = coupon_line_fields,
                                            .field_count = ARRAY_LEN(coupon_line_fields),
                                            .key_count = 6,
                                            .row_size = sizeof(struct coupon_line_row)};

static const struct row_field credit_transaction_fields[] = {
    ROW_FIELD(struct credit_transaction_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct credit_transaction_row, customer_id, "customer_id"),
    ROW_FIELD(struct credit_transaction_row, record.source, "source"),
    ROW_FIELD(struct credit_transaction_row, record.kind, "kind"),
    ROW_FIELD(struct credit_transaction_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct credit_transaction_row, holder_customer_id, "holder_customer_id"),
    ROW_FIELD(struct credit_transaction_row, project, "project"),
    ROW_FIELD(struct credit_transaction_row, member, "member"),
    ROW_FIELD(struct credit_transaction_row, month, "month"),
    ROW_FIELD(struct credit_transaction_row, record.currency, "currency"),
    ROW_FIELD(struct credit_transaction_row, record.amount_minor, "amount_minor"),
    ROW_FIELD(struct credit_transaction_row, record.on, "made_on"),
};
const struct bulk_table credit_transaction_rows = {
    .name = "record_credit_transaction",
    .kind = BULK_INSERT,
    .table = "credit_transaction",
    .fields = credit_transaction_fields,
    .field_count = ARRAY_LEN(credit_transaction_fields),
    .key_count = 9,
    .row_size = sizeof(struct credit_transaction_row)};
/* The one of the grant itself: the day on which it begins follows from the tenant's zone, which may
 * have become another one since. */
const struct bulk_table credit_granted_rows = {.name = "record_credit_granted",
                                               .kind = BULK_UPSERT,
                                               .table = "credit_transaction",
                                               .fields = credit_transaction_fields,
                                               .field_count = ARRAY_LEN(credit_transaction_fields),
                                               .key_count = 9,
                                               .row_size = sizeof(struct credit_transaction_row)};
static const struct row_field credit_transaction_name_fields[] = {
    ROW_FIELD(struct credit_transaction_row, record.customer, "customer"),
    ROW_FIELD(struct credit_transaction_row, record.draft_key, "draft_key"),
    ROW_FIELD(struct credit_transaction_row, record.holder_customer, "holder_customer"),
};
const struct row_names credit_transaction_names = {credit_transaction_name_fields,
                                                   ARRAY_LEN(credit_transaction_name_fields)};

static const struct row_field billing_period_fields[] = {
    ROW_FIELD(struct billing_period_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct billing_period_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct billing_period_row, price_id, "price_id"),
    ROW_FIELD(struct billing_period_row, record.start, "start_on"),
    ROW_FIELD(struct billing_period_row, record.kind, "kind"),
    ROW_FIELD(struct billing_period_row, record.end, "end_on"),
    ROW_FIELD(struct billing_period_row, record.start_at_us, "start_at_us"),
    ROW_FIELD(struct billing_period_row, record.end_at_us, "end_at_us"),
    ROW_FIELD(struct billing_period_row, record.full_start, "full_start_on"),
    ROW_FIELD(struct billing_period_row, record.full_end, "full_end_on"),
    ROW_FIELD(struct billing_period_row, record.due_on, "due_on"),
    ROW_FIELD(struct billing_period_row, record.cutoff, "cutoff_on"),
    ROW_FIELD(struct billing_period_row, record.quantity, "quantity"),
    ROW_FIELD(struct billing_period_row, record.priced_on, "priced_on"),
    ROW_FIELD(struct billing_period_row, record.proration, "proration"),
    ROW_FIELD(struct billing_period_row, record.counts_from, "counts_from_on"),
    ROW_FIELD(struct billing_period_row, record.counts_from_us, "counts_from_us"),
    ROW_FIELD(struct billing_period_row, record.counts_gaps, "counts_gaps"),
    ROW_FIELD(struct billing_period_row, record.references, "corrects"),
    ROW_FIELD(struct billing_period_row, payer_id, "payer_id"),
    ROW_FIELD(struct billing_period_row, invoice_id, "invoice_id"),
};
const struct bulk_table billing_period_rows = {.name = "record_billing_period",
                                               .kind = BULK_INSERT,
                                               .table = "billing_period",
                                               .fields = billing_period_fields,
                                               .field_count = ARRAY_LEN(billing_period_fields),
                                               .key_count = 5,
                                               .row_size = sizeof(struct billing_period_row)};
static const struct row_field billing_period_name_fields[] = {
    ROW_FIELD(struct billing_period_row, record.subscription, "subscription"),
    ROW_FIELD(struct billing_period_row, record.price, "price"),
    ROW_FIELD(struct billing_period_row, record.contract, "contract"),
    ROW_FIELD(struct billing_period_row, record.phase, "phase"),
    ROW_FIELD(struct billing_period_row, record.payer, "payer"),
    ROW_FIELD(struct billing_period_row, record.invoice, "number"),
    ROW_FIELD(struct billing_period_row, record.draft_key, "draft_key"),
    ROW_FIELD(struct billing_period_row, record.state, "state"),
};
const struct row_names billing_period_names = {billing_period_name_fields,
                                               ARRAY_LEN(billing_period_name_fields)};

static const struct row_field number_series_fields[] = {
    ROW_FIELD(struct number_series_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct number_series_row, record.series, "series"),
    ROW_FIELD(struct number_series_row, record.fiscal_year, "fiscal_year"),
    ROW_FIELD(struct number_series_row, record.last_number, "last_number"),
    ROW_FIELD(struct number_series_row, record.last_issued_on, "last_issued_on"),
    ROW_FIELD(struct number_series_row, record.last_hash, "last_hash"),
};
const struct bulk_table number_series_rows = {.name = "record_number_series",
                                              .kind = BULK_INSERT,
                                              .table = "number_series",
                                              .fields = number_series_fields,
                                              .field_count = ARRAY_LEN(number_series_fields),
                                              .key_count = 3,
                                              .row_size = sizeof(struct number_series_row)};

/* Only read: import makes an instance of it. */
static const struct row_field run_fields[] = {
    ROW_FIELD(struct run_row, record.job, "job"),
    ROW_FIELD(struct run_row, record.business_key, "business_key"),
    ROW_FIELD(struct run_row, record.business_date, "business_date"),
    ROW_FIELD(struct run_row, record.state, "run_state"),
    ROW_FIELD(struct run_row, record.pipeline, "pipeline"),
    ROW_FIELD(struct run_row, record.pipeline_key, "pipeline_key"),
};
const struct bulk_table run_rows = {.name = "record_run",
                                    .kind = BULK_INSERT,
                                    .table = "job_instance",
                                    .fields = run_fields,
                                    .field_count = ARRAY_LEN(run_fields),
                                    .key_count = 2,
                                    .row_size = sizeof(struct run_row)};

static const struct row_field parked_item_fields[] = {
    ROW_FIELD(struct parked_item_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct parked_item_row, instance_id, "instance_id"),
    ROW_FIELD(struct parked_item_row, record.item, "item"),
    ROW_FIELD(struct parked_item_row, item_key, "item_key"),
    ROW_FIELD(struct parked_item_row, record.code, "code"),
    ROW_FIELD(struct parked_item_row, record.reason, "reason"),
    ROW_FIELD(struct parked_item_row, record.hint, "hint"),
    ROW_FIELD(struct parked_item_row, record.currency, "currency"),
    ROW_FIELD(struct parked_item_row, record.amount_minor, "amount_minor"),
    ROW_FIELD(struct parked_item_row, record.state, "state"),
    ROW_FIELD(struct parked_item_row, attempts, "attempts"),
    ROW_FIELD(struct parked_item_row, parked_at_us, "parked_at_us"),
    ROW_FIELD(struct parked_item_row, record.decided_by, "decided_by"),
    ROW_FIELD(struct parked_item_row, record.decided_reason, "decided_reason"),
};
const struct bulk_table parked_item_rows = {.name = "record_parked_item",
                                            .kind = BULK_INSERT,
                                            .table = "parked_item",
                                            .fields = parked_item_fields,
                                            .field_count = ARRAY_LEN(parked_item_fields),
                                            .key_count = 3,
                                            .row_size = sizeof(struct parked_item_row)};
static const struct row_field parked_item_name_fields[] = {
    ROW_FIELD(struct parked_item_row, record.job, "job"),
    ROW_FIELD(struct parked_item_row, record.business_key, "business_key"),
    ROW_FIELD(struct parked_item_row, record.business_date, "business_date"),
    ROW_FIELD(struct parked_item_row, record.run_state, "run_state"),
};
const struct row_names parked_item_names = {parked_item_name_fields,
                                            ARRAY_LEN(parked_item_name_fields)};

static const struct row_field effect_fields[] = {
    ROW_FIELD(struct effect_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct effect_row, record.effect, "effect_key"),
    ROW_FIELD(struct effect_row, record.kind, "kind"),
    ROW_FIELD(struct effect_row, record.state, "state"),
    ROW_FIELD(struct effect_row, subject_id, "subject_id"),
    ROW_FIELD(struct effect_row, record.outcome, "outcome"),
    ROW_FIELD(struct effect_row, record.sha256, "digest"),
};
const struct bulk_table effect_rows = {.name = "record_effect",
                                       .kind = BULK_INSERT,
                                       .table = "effect",
                                       .fields = effect_fields,
                                       .field_count = ARRAY_LEN(effect_fields),
                                       .key_count = 2,
                                       .row_size = sizeof(struct effect_row)};
/* Without the digest, which stays null until it is done: it is the last field. */
const struct bulk_table effect_open_rows = {.name = "record_effect_open",
                                            .kind = BULK_INSERT,
                                            .table = "effect",
                                            .fields = effect_fields,
                                            .field_count = ARRAY_LEN(effect_fields) - 1,
                                            .key_count = 2,
                                            .row_size = sizeof(struct effect_row)};
static const struct row_field effect_name_fields[] = {
    ROW_FIELD(struct effect_row, record.draft_key, "draft_key"),
};
const struct row_names effect_names = {effect_name_fields, ARRAY_LEN(effect_name_fields)};

static const struct row_field sent_effect_fields[] = {
    ROW_FIELD(struct sent_effect_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct sent_effect_row, record.effect, "effect_key"),
    ROW_FIELD(struct sent_effect_row, record.kind, "kind"),
    ROW_FIELD(struct sent_effect_row, record.provider, "provider"),
    ROW_FIELD(struct sent_effect_row, record.state, "state"),
    ROW_FIELD(struct sent_effect_row, record.lane, "lane"),
    ROW_FIELD(struct sent_effect_row, record.subject, "subject"),
    ROW_FIELD(struct sent_effect_row, record.intended_on, "intended_on"),
    ROW_FIELD(struct sent_effect_row, record.outcome, "outcome"),
    ROW_FIELD(struct sent_effect_row, record.provider_ref, "provider_ref"),
    ROW_FIELD(struct sent_effect_row, record.code, "code"),
    ROW_FIELD(struct sent_effect_row, record.reason, "reason"),
    ROW_FIELD(struct sent_effect_row, record.epoch, "epoch"),
    ROW_FIELD(struct sent_effect_row, record.attempts, "attempts"),
};
const struct bulk_table sent_effect_rows = {.name = "record_effect_sent",
                                            .kind = BULK_INSERT,
                                            .table = "effect",
                                            .fields = sent_effect_fields,
                                            .field_count = ARRAY_LEN(sent_effect_fields),
                                            .key_count = 2,
                                            .row_size = sizeof(struct sent_effect_row)};
static const struct row_field effect_request_fields[] = {
    ROW_FIELD(struct sent_effect_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct sent_effect_row, record.effect, "effect_key"),
    ROW_FIELD(struct sent_effect_row, request, "request"),
    ROW_FIELD(struct sent_effect_row, record.request_sha256, "digest"),
};
const struct bulk_table effect_request_rows = {.name = "record_effect_request",
                                               .kind = BULK_INSERT,
                                               .table = "effect_request",
                                               .fields = effect_request_fields,
                                               .field_count = ARRAY_LEN(effect_request_fields),
                                               .key_count = 2,
                                               .row_size = sizeof(struct sent_effect_row)};
static const struct row_field sent_effect_name_fields[] = {
    ROW_FIELD(struct sent_effect_row, request, "request"),
    ROW_FIELD(struct sent_effect_row, record.request_sha256, "request_digest"),
};
const struct row_names sent_effect_names = {sent_effect_name_fields,
                                            ARRAY_LEN(sent_effect_name_fields)};
