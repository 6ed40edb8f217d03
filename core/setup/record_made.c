/* What the jobs make and dump writes: DOMAIN 12, with what a database needs besides to go on from
 * there as if it had always been the same one. */
#include "core/setup/record_tables.h"

#define OPTIONAL .need = FIELD_OPTIONAL

static const struct record_field subscription_state_fields[] = {
    FIELD(struct subscription_state_record, since, "since", .type = FIELD_DATE),
    FIELD(struct subscription_state_record, state, "state", .type = FIELD_WORD,
          .words = WORDS("trialing", "active", "canceled")),
    FIELD(struct subscription_state_record, subscription, "subscription", .type = FIELD_KEY),
    FIELD(struct subscription_state_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field usage_rated_fields[] = {
    FIELD(struct usage_rated_record, meter, "meter", .type = FIELD_KEY),
    FIELD(struct usage_rated_record, subscription, "subscription", .type = FIELD_KEY),
    FIELD(struct usage_rated_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct usage_rated_record, through_us, "through", .type = FIELD_INSTANT),
};

#define INT_ANY .minimum = INT64_MIN + 1, .maximum = INT64_MAX

static const struct record_field line_fields[] = {
    FIELD(struct invoice_line_record, amount_minor, "amount", .type = FIELD_MONEY),
    FIELD(struct invoice_line_record, contract, "contract", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct invoice_line_record, customer_price_valid_from, "customer_price_valid_from",
          .type = FIELD_DATE, OPTIONAL),
    FIELD(struct invoice_line_record, description, "description", .type = FIELD_TEXT),
    FIELD(struct invoice_line_record, discount_minor, "discount", .type = FIELD_MONEY),
    FIELD(struct invoice_line_record, event_count, "event_count", .type = FIELD_INT,
          .maximum = INT64_MAX, .preset = "0"),
    FIELD(struct invoice_line_record, forgiven_minor, "forgiven", .type = FIELD_MONEY, OPTIONAL),
    FIELD(struct invoice_line_record, kind, "kind", .type = FIELD_KEY),
    FIELD(struct invoice_line_record, line, "line", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
    FIELD(struct invoice_line_record, period_end, "period_end", .type = FIELD_DATE),
    FIELD(struct invoice_line_record, period_start, "period_start", .type = FIELD_DATE),
    FIELD(struct invoice_line_record, phase, "phase", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct invoice_line_record, price, "price", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct invoice_line_record, price_valid_from, "price_valid_from", .type = FIELD_DATE),
    FIELD(struct invoice_line_record, quantity, "quantity", .type = FIELD_DECIMAL),
    FIELD(struct invoice_line_record, rated_price, "rated_price", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct invoice_line_record, rated_price_valid_from, "rated_price_valid_from",
          .type = FIELD_DATE, OPTIONAL),
    FIELD(struct invoice_line_record, subscription, "subscription", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct invoice_line_record, tax_minor, "tax", .type = FIELD_MONEY),
    FIELD(struct invoice_line_record, tax_category, "tax_category", .type = FIELD_KEY),
    FIELD(struct invoice_line_record, tax_index, "tax_index", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX, OPTIONAL),
    FIELD(struct invoice_line_record, unit_amount, "unit_amount", .type = FIELD_DECIMAL, OPTIONAL),
};

static const struct record_field tax_fields[] = {
    FIELD(struct invoice_tax_record, base_minor, "base", .type = FIELD_MONEY),
    FIELD(struct invoice_tax_record, beside_index, "beside_index", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX, OPTIONAL),
    FIELD(struct invoice_tax_record, category, "category", .type = FIELD_KEY),
    FIELD(struct invoice_tax_record, inclusive, "inclusive", .type = FIELD_BOOL),
    FIELD(struct invoice_tax_record, name, "name", .type = FIELD_TEXT, .preset = ""),
    FIELD(struct invoice_tax_record, note, "note", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct invoice_tax_record, rate_percent, "rate_percent", .type = FIELD_DECIMAL),
    FIELD(struct invoice_tax_record, tax_minor, "tax", .type = FIELD_MONEY),
    FIELD(struct invoice_tax_record, tax_index, "tax_index", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
};

static const struct record_shape line_shape =
    SHAPE("line", struct invoice_line_record, line_fields, "line");
static const struct record_shape tax_shape =
    SHAPE("tax", struct invoice_tax_record, tax_fields, "tax_index");

static const struct record_field written_off_fields[] = {
    FIELD(struct written_off_record, invoice, "invoice", .type = FIELD_KEY),
    FIELD(struct written_off_record, line, "line", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
    FIELD(struct written_off_record, off_minor, "off", .type = FIELD_MONEY),
};
static const struct record_shape written_off_shape =
    SHAPE("written_off", struct written_off_record, written_off_fields, "line", "invoice");

/* A party is whole or absent: record_check.c requires the name where there is a digest. */
#define PARTY(party)                                                                               \
    FIELD(struct invoice_record, party.city, #party ".city", .type = FIELD_TEXT, OPTIONAL),        \
        FIELD(struct invoice_record, party.country, #party ".country", .type = FIELD_TEXT,         \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, party.digest, #party ".digest", .type = FIELD_DIGEST,         \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, party.email, #party ".email", .type = FIELD_TEXT, OPTIONAL),  \
        FIELD(struct invoice_record, party.line1, #party ".line1", .type = FIELD_TEXT, OPTIONAL),  \
        FIELD(struct invoice_record, party.line2, #party ".line2", .type = FIELD_TEXT, OPTIONAL),  \
        FIELD(struct invoice_record, party.name, #party ".name", .type = FIELD_TEXT, OPTIONAL),    \
        FIELD(struct invoice_record, party.postal_code, #party ".postal_code", .type = FIELD_TEXT, \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, party.region, #party ".region", .type = FIELD_TEXT,           \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, party.tax_id, #party ".tax_id", .type = FIELD_TEXT, OPTIONAL)

/* A credit note is like an invoice, but for what it says of another: both tables are sorted by
 * name. */
#define FIELDS_UP_TO_CORRECTS                                                                      \
    FIELD(struct invoice_record, amount_due_minor, "amount_due", .type = FIELD_MONEY), PARTY(buyer)
#define FIELDS_UP_TO_REFERENCES                                                                    \
    FIELD(struct invoice_record, credit_applied_minor, "credit_applied", .type = FIELD_MONEY),     \
        FIELD(struct invoice_record, currency, "currency", .type = FIELD_CURRENCY),                \
        FIELD(struct invoice_record, customer, "customer", .type = FIELD_KEY),                     \
        FIELD(struct invoice_record, cutoff, "cutoff", .type = FIELD_DATE),                        \
        FIELD(struct invoice_record, discount_minor, "discount", .type = FIELD_MONEY),             \
        FIELD(struct invoice_record, document.layout, "document.layout", .type = FIELD_DIGEST,     \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, document.path, "document.path", .type = FIELD_TEXT,           \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, document.size_bytes, "document.size_bytes",                   \
              .type = FIELD_INT, .maximum = INT64_MAX, OPTIONAL),                                  \
        FIELD(struct invoice_record, draft_key, "draft_key", .type = FIELD_TEXT),                  \
        FIELD(struct invoice_record, due_on, "due_on", .type = FIELD_DATE, OPTIONAL),              \
        FIELD(struct invoice_record, fiscal_year, "fiscal_year", .type = FIELD_INT, .minimum = 1,  \
              .maximum = 9999, OPTIONAL),                                                          \
        FIELD(struct invoice_record, hash, "hash", .type = FIELD_DIGEST, OPTIONAL),                \
        FIELD(struct invoice_record, issued_on, "issued_on", .type = FIELD_DATE, OPTIONAL),        \
        FIELD(struct invoice_record, lines, "lines", .type = FIELD_LIST, .element = &line_shape,   \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, locale, "locale", .type = FIELD_LOCALE, OPTIONAL),            \
        FIELD(struct invoice_record, number, "number", .type = FIELD_KEY, .need = FIELD_SHOWN),    \
        FIELD(struct invoice_record, number_in_series, "number_in_series", .type = FIELD_INT,      \
              .minimum = 1, .maximum = INT64_MAX, OPTIONAL),                                       \
        FIELD(struct invoice_record, payment_terms_days, "payment_terms_days", .type = FIELD_INT,  \
              .maximum = INT32_MAX, OPTIONAL),                                                     \
        FIELD(struct invoice_record, pdf_sha256, "pdf_sha256", .type = FIELD_DIGEST, OPTIONAL),    \
        FIELD(struct invoice_record, previous_hash, "previous_hash", .type = FIELD_DIGEST,         \
              OPTIONAL)
#define FIELDS_AFTER_REFERENCES                                                                    \
    PARTY(seller), FIELD(struct invoice_record, series, "series", .type = FIELD_KEY, OPTIONAL),    \
        FIELD(struct invoice_record, status, "status", .type = FIELD_WORD,                         \
              .words = WORDS("draft", "open", "paid", "partially_paid", "uncollectible", "void",   \
                             "skipped", "recorded")),                                              \
        FIELD(struct invoice_record, subtotal_minor, "subtotal", .type = FIELD_MONEY),             \
        FIELD(struct invoice_record, tax_minor, "tax", .type = FIELD_MONEY),                       \
        FIELD(struct invoice_record, tax_point, "tax_point", .type = FIELD_DATE),                  \
        FIELD(struct invoice_record, taxed, "taxed", .type = FIELD_BOOL),                          \
        FIELD(struct invoice_record, taxes, "taxes", .type = FIELD_LIST, .element = &tax_shape,    \
              OPTIONAL),                                                                           \
        FIELD(struct invoice_record, tenant, "tenant", .type = FIELD_KEY),                         \
        FIELD(struct invoice_record, total_minor, "total", .type = FIELD_MONEY),                   \
        FIELD(struct invoice_record, written_off, "written_off", .type = FIELD_LIST,               \
              .element = &written_off_shape, OPTIONAL)

static const struct record_field invoice_fields[] = {
    FIELDS_UP_TO_CORRECTS,
    FIELDS_UP_TO_REFERENCES,
    FIELD(struct invoice_record, corrects, "references", .type = FIELD_KEY, OPTIONAL),
    FIELDS_AFTER_REFERENCES,
};

static const struct record_field credit_note_fields[] = {
    FIELDS_UP_TO_CORRECTS,
    FIELD(struct invoice_record, corrects, "corrects", .type = FIELD_KEY, OPTIONAL),
    FIELDS_UP_TO_REFERENCES,
    FIELDS_AFTER_REFERENCES,
};

static const struct record_field correction_line_fields[] = {
    FIELD(struct correction_line_record, line, "line", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
    FIELD(struct correction_line_record, net, "net", .type = FIELD_DECIMAL),
};
static const struct record_shape correction_line_shape =
    SHAPE("line", struct correction_line_record, correction_line_fields, "line");

#define WHOLE_REST .if_empty = "leave it out where the whole rest is to be credited"
static const struct record_field correction_fields[] = {
    FIELD(struct correction_record, action, "action", .type = FIELD_WORD,
          .words = WORDS("credit", "void", "rebill", "write_off")),
    FIELD(struct correction_record, by, "by", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct correction_record, correction, "correction", .type = FIELD_KEY),
    FIELD(struct correction_record, amount_minor, "done.amount_minor", .type = FIELD_INT, OPTIONAL,
          .maximum = INT64_MAX),
    FIELD(struct correction_record, draft_key, "done.draft_key", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct correction_record, done_on, "done.on", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct correction_record, invoice, "invoice", .type = FIELD_KEY),
    FIELD(struct correction_record, lines, "lines", .type = FIELD_LIST,
          .element = &correction_line_shape, OPTIONAL, WHOLE_REST),
    FIELD(struct correction_record, net, "net", .type = FIELD_DECIMAL, OPTIONAL, WHOLE_REST),
    FIELD(struct correction_record, on, "on", .type = FIELD_DATE),
    FIELD(struct correction_record, reason, "reason", .type = FIELD_TEXT),
    FIELD(struct correction_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct correction_record, unused_denominator, "unused.denominator", .type = FIELD_INT,
          OPTIONAL, .minimum = 1, .maximum = INT64_MAX, WHOLE_REST),
    FIELD(struct correction_record, unused_numerator, "unused.numerator", .type = FIELD_INT,
          OPTIONAL, .minimum = 1, .maximum = INT64_MAX, WHOLE_REST),
    FIELD(struct correction_record, withdrawn, "withdrawn", .type = FIELD_BOOL, .preset = "false"),
};

static const struct record_field payment_fields[] = {
    FIELD(struct payment_record, amount_minor, "amount", .type = FIELD_MONEY),
    FIELD(struct payment_record, at_us, "at", .type = FIELD_INSTANT),
    FIELD(struct payment_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct payment_record, customer, "customer", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct payment_record, gateway, "gateway", .type = FIELD_WORD,
          .words = WORDS("stripe", "razorpay", "mercadopago", "manual"), .preset = "manual"),
    FIELD(struct payment_record, gateway_reference, "gateway_reference", .type = FIELD_KEY),
    FIELD(struct payment_record, invoice, "invoice", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct payment_record, note, "note", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct payment_record, part_of, "part_of", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct payment_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field refund_fields[] = {
    FIELD(struct refund_record, amount_minor, "amount", .type = FIELD_MONEY),
    FIELD(struct refund_record, at_us, "at", .type = FIELD_INSTANT),
    FIELD(struct refund_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct refund_record, gateway_reference, "gateway_reference", .type = FIELD_KEY),
    FIELD(struct refund_record, payment, "payment", .type = FIELD_KEY),
    FIELD(struct refund_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field payment_attempt_fields[] = {
    FIELD(struct payment_attempt_record, amount_minor, "amount", .type = FIELD_MONEY),
    FIELD(struct payment_attempt_record, attempt, "attempt", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
    FIELD(struct payment_attempt_record, code, "code", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct payment_attempt_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct payment_attempt_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct payment_attempt_record, decline, "decline", .type = FIELD_WORD,
          .words = WORDS("later", "customer", "never"), OPTIONAL),
    FIELD(struct payment_attempt_record, expires, "expires", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct payment_attempt_record, gateway, "gateway", .type = FIELD_KEY),
    FIELD(struct payment_attempt_record, gateway_token, "gateway_token", .type = FIELD_TEXT,
          OPTIONAL),
    FIELD(struct payment_attempt_record, invoice, "invoice", .type = FIELD_KEY),
    FIELD(struct payment_attempt_record, message, "message", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct payment_attempt_record, on, "on", .type = FIELD_DATE),
    FIELD(struct payment_attempt_record, outcome, "outcome", .type = FIELD_WORD,
          .words = WORDS("paid", "declined", "canceled")),
    FIELD(struct payment_attempt_record, payment_method, "payment_method", .type = FIELD_KEY),
    FIELD(struct payment_attempt_record, provider_ref, "provider_ref", .type = FIELD_PASSED,
          OPTIONAL),
    FIELD(struct payment_attempt_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field dunning_campaign_fields[] = {
    FIELD(struct dunning_campaign_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct dunning_campaign_record, ended_on, "ended_on", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct dunning_campaign_record, invoice, "invoice", .type = FIELD_KEY),
    FIELD(struct dunning_campaign_record, paused_on, "paused_on", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct dunning_campaign_record, policy, "policy", .type = FIELD_KEY),
    FIELD(struct dunning_campaign_record, started_on, "started_on", .type = FIELD_DATE),
    FIELD(struct dunning_campaign_record, state, "state", .type = FIELD_WORD,
          .words = WORDS("running", "paused", "ended", "paid", "stopped")),
    FIELD(struct dunning_campaign_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct dunning_campaign_record, terms, "terms", .type = FIELD_TEXT),
};

static const struct record_field dunning_step_fields[] = {
    FIELD(struct dunning_step_record, actions, "actions", .type = FIELD_TEXT),
    FIELD(struct dunning_step_record, attempt, "attempt", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX, OPTIONAL),
    FIELD(struct dunning_step_record, done_on, "done_on", .type = FIELD_DATE),
    FIELD(struct dunning_step_record, due_on, "due_on", .type = FIELD_DATE),
    FIELD(struct dunning_step_record, invoice, "invoice", .type = FIELD_KEY),
    FIELD(struct dunning_step_record, note, "note", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct dunning_step_record, state, "state", .type = FIELD_WORD,
          .words = WORDS("done", "skipped")),
    FIELD(struct dunning_step_record, step, "step", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
    FIELD(struct dunning_step_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct dunning_step_record, told_on, "told_on", .type = FIELD_DATE, OPTIONAL),
};

static const struct record_field payment_difference_fields[] = {
    FIELD(struct payment_difference_record, accepted, "accepted", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct payment_difference_record, customer, "customer", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct payment_difference_record, difference, "difference", .type = FIELD_WORD,
          .words = WORDS("undecided", "not_here", "not_there", "not_paid_there", "currency",
                         "amount", "refunded_there", "refunded_here", "disputed")),
    FIELD(struct payment_difference_record, effect, "effect", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct payment_difference_record, found_on, "found_on", .type = FIELD_DATE),
    FIELD(struct payment_difference_record, gateway, "gateway", .type = FIELD_KEY),
    FIELD(struct payment_difference_record, here, "here", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct payment_difference_record, here_currency, "here_currency", .type = FIELD_CURRENCY,
          OPTIONAL),
    FIELD(struct payment_difference_record, here_refunded, "here_refunded", .type = FIELD_TEXT,
          OPTIONAL),
    FIELD(struct payment_difference_record, invoice, "invoice", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct payment_difference_record, key, "key", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct payment_difference_record, reference, "reference", .type = FIELD_KEY),
    FIELD(struct payment_difference_record, status, "status", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct payment_difference_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct payment_difference_record, there, "there", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct payment_difference_record, there_currency, "there_currency",
          .type = FIELD_CURRENCY, OPTIONAL),
    FIELD(struct payment_difference_record, there_refunded, "there_refunded", .type = FIELD_TEXT,
          OPTIONAL),
};

static const struct record_field gateway_statement_fields[] = {
    FIELD(struct gateway_statement_record, from_on, "from_on", .type = FIELD_DATE),
    FIELD(struct gateway_statement_record, gateway, "gateway", .type = FIELD_KEY),
    FIELD(struct gateway_statement_record, paid, "paid", .type = FIELD_INT, .maximum = INT64_MAX),
    FIELD(struct gateway_statement_record, payments, "payments", .type = FIELD_INT,
          .maximum = INT64_MAX),
    FIELD(struct gateway_statement_record, sha256, "sha256", .type = FIELD_DIGEST),
    FIELD(struct gateway_statement_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct gateway_statement_record, until_on, "until_on", .type = FIELD_DATE),
};

static const struct record_field coupon_line_fields[] = {
    FIELD(struct coupon_line_record, discount_minor, "discount", .type = FIELD_MONEY),
    FIELD(struct coupon_line_record, kept, "kept", .type = FIELD_BOOL, OPTIONAL),
    FIELD(struct coupon_line_record, line, "line", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
};

static const struct record_shape coupon_line_shape =
    SHAPE("line", struct coupon_line_record, coupon_line_fields, "line");

static const struct record_field coupon_use_fields[] = {
    FIELD(struct coupon_use_record, carried_minor, "carried", .type = FIELD_MONEY),
    FIELD(struct coupon_use_record, coupon, "coupon", .type = FIELD_KEY),
    FIELD(struct coupon_use_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct coupon_use_record, customer, "customer", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct coupon_use_record, discount_minor, "discount", .type = FIELD_MONEY),
    FIELD(struct coupon_use_record, draft_key, "draft_key", .type = FIELD_TEXT),
    FIELD(struct coupon_use_record, lines, "lines", .type = FIELD_LIST,
          .element = &coupon_line_shape, OPTIONAL),
    FIELD(struct coupon_use_record, subscription, "subscription", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct coupon_use_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field credit_transaction_fields[] = {
    FIELD(struct credit_transaction_record, amount_minor, "amount", .type = FIELD_MONEY),
    FIELD(struct credit_transaction_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct credit_transaction_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct credit_transaction_record, draft_key, "draft_key", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct credit_transaction_record, holder_customer, "holder_customer", .type = FIELD_KEY,
          OPTIONAL),
    FIELD(struct credit_transaction_record, kind, "kind", .type = FIELD_WORD,
          .words = WORDS("grant", "draw", "expire", "overdraft")),
    FIELD(struct credit_transaction_record, member, "member", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct credit_transaction_record, month, "month", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct credit_transaction_record, on, "on", .type = FIELD_DATE),
    FIELD(struct credit_transaction_record, project, "project", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct credit_transaction_record, source, "source", .type = FIELD_TEXT, .preset = ""),
    FIELD(struct credit_transaction_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field credit_unit_transaction_fields[] = {
    FIELD(struct credit_unit_transaction_record, amount_minor, "amount", .type = FIELD_MONEY,
          OPTIONAL),
    FIELD(struct credit_unit_transaction_record, currency, "currency", .type = FIELD_CURRENCY,
          OPTIONAL),
    FIELD(struct credit_unit_transaction_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct credit_unit_transaction_record, draft_key, "draft_key", .type = FIELD_TEXT,
          OPTIONAL),
    FIELD(struct credit_unit_transaction_record, kind, "kind", .type = FIELD_WORD,
          .words = WORDS("grant", "draw", "expire")),
    FIELD(struct credit_unit_transaction_record, line, "line", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX, OPTIONAL),
    FIELD(struct credit_unit_transaction_record, on, "on", .type = FIELD_DATE),
    FIELD(struct credit_unit_transaction_record, source, "source", .type = FIELD_KEY),
    FIELD(struct credit_unit_transaction_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct credit_unit_transaction_record, units, "units", .type = FIELD_DECIMAL),
};

static const struct record_field credit_limit_use_fields[] = {
    FIELD(struct credit_limit_use_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct credit_limit_use_record, customer, "customer", .type = FIELD_KEY),
    FIELD(struct credit_limit_use_record, limit_minor, "limit", .type = FIELD_MONEY),
    FIELD(struct credit_limit_use_record, member, "member", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct credit_limit_use_record, month, "month", .type = FIELD_KEY),
    FIELD(struct credit_limit_use_record, project, "project", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct credit_limit_use_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct credit_limit_use_record, used_minor, "used", .type = FIELD_MONEY),
};

static const struct record_field usage_share_fields[] = {
    FIELD(struct usage_share_record, draft_key, "draft_key", .type = FIELD_TEXT),
    FIELD(struct usage_share_record, line, "line", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
    FIELD(struct usage_share_record, member, "member", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct usage_share_record, project, "project", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct usage_share_record, quantity, "quantity", .type = FIELD_DECIMAL),
    FIELD(struct usage_share_record, tenant, "tenant", .type = FIELD_KEY),
};

#define VERSION_MAX 1000000

static const struct record_field invoice_conversion_fields[] = {
    FIELD(struct invoice_conversion_record, base, "base", .type = FIELD_KEY),
    FIELD(struct invoice_conversion_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct invoice_conversion_record, date, "date", .type = FIELD_DATE),
    FIELD(struct invoice_conversion_record, draft_key, "draft_key", .type = FIELD_TEXT),
    FIELD(struct invoice_conversion_record, from_rate, "from_rate", .type = FIELD_DECIMAL),
    FIELD(struct invoice_conversion_record, from_version, "from_version", .type = FIELD_INT,
          .maximum = VERSION_MAX),
    FIELD(struct invoice_conversion_record, net_minor, "net", .type = FIELD_MONEY),
    FIELD(struct invoice_conversion_record, publication_date, "publication_date",
          .type = FIELD_DATE),
    FIELD(struct invoice_conversion_record, rule, "rule", .type = FIELD_WORD,
          .words = WORDS("previous", "next", "day_before")),
    FIELD(struct invoice_conversion_record, source, "source", .type = FIELD_KEY),
    FIELD(struct invoice_conversion_record, tax_minor, "tax", .type = FIELD_MONEY),
    FIELD(struct invoice_conversion_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct invoice_conversion_record, to_rate, "to_rate", .type = FIELD_DECIMAL),
    FIELD(struct invoice_conversion_record, to_version, "to_version", .type = FIELD_INT,
          .maximum = VERSION_MAX),
    FIELD(struct invoice_conversion_record, total_minor, "total", .type = FIELD_MONEY),
};

static const struct record_field payment_conversion_fields[] = {
    FIELD(struct payment_conversion_record, base, "base", .type = FIELD_KEY),
    FIELD(struct payment_conversion_record, currency, "currency", .type = FIELD_CURRENCY),
    FIELD(struct payment_conversion_record, date, "date", .type = FIELD_DATE),
    FIELD(struct payment_conversion_record, difference_minor, "difference", .type = FIELD_MONEY),
    FIELD(struct payment_conversion_record, draft_key, "draft_key", .type = FIELD_TEXT),
    FIELD(struct payment_conversion_record, entry, "entry", .type = FIELD_INT, .minimum = 1,
          .maximum = INT32_MAX),
    FIELD(struct payment_conversion_record, from_rate, "from_rate", .type = FIELD_DECIMAL),
    FIELD(struct payment_conversion_record, from_version, "from_version", .type = FIELD_INT,
          .maximum = VERSION_MAX),
    FIELD(struct payment_conversion_record, kind, "kind", .type = FIELD_WORD,
          .words = WORDS("payment", "refund")),
    FIELD(struct payment_conversion_record, publication_date, "publication_date",
          .type = FIELD_DATE),
    FIELD(struct payment_conversion_record, reference, "reference", .type = FIELD_KEY),
    FIELD(struct payment_conversion_record, relieved_minor, "relieved", .type = FIELD_MONEY),
    FIELD(struct payment_conversion_record, rule, "rule", .type = FIELD_WORD,
          .words = WORDS("previous", "next", "day_before")),
    FIELD(struct payment_conversion_record, settled, "settled", .type = FIELD_DECIMAL),
    FIELD(struct payment_conversion_record, source, "source", .type = FIELD_KEY),
    FIELD(struct payment_conversion_record, tenant, "tenant", .type = FIELD_KEY),
    FIELD(struct payment_conversion_record, to_rate, "to_rate", .type = FIELD_DECIMAL),
    FIELD(struct payment_conversion_record, to_version, "to_version", .type = FIELD_INT,
          .maximum = VERSION_MAX),
    FIELD(struct payment_conversion_record, worth_minor, "worth", .type = FIELD_MONEY),
};

static const struct record_field billing_period_fields[] = {
    FIELD(struct billing_period_record, contract, "contract", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct billing_period_record, counts_from, "counts_from", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct billing_period_record, counts_from_us, "counts_from_at", .type = FIELD_INSTANT,
          OPTIONAL),
    FIELD(struct billing_period_record, counts_gaps, "counts_gaps", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct billing_period_record, cutoff, "cutoff", .type = FIELD_DATE),
    FIELD(struct billing_period_record, draft_key, "draft_key", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct billing_period_record, due_on, "due_on", .type = FIELD_DATE),
    FIELD(struct billing_period_record, end, "end", .type = FIELD_DATE),
    FIELD(struct billing_period_record, end_at_us, "end_at", .type = FIELD_INSTANT),
    FIELD(struct billing_period_record, full_end, "full_end", .type = FIELD_DATE),
    FIELD(struct billing_period_record, full_start, "full_start", .type = FIELD_DATE),
    FIELD(struct billing_period_record, invoice, "invoice", .type = FIELD_KEY, .need = FIELD_SHOWN),
    FIELD(struct billing_period_record, kind, "kind", .type = FIELD_KEY),
    FIELD(struct billing_period_record, payer, "payer", .type = FIELD_KEY),
    FIELD(struct billing_period_record, phase, "phase", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct billing_period_record, price, "price", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct billing_period_record, priced_on, "priced_on", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct billing_period_record, proration, "proration", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct billing_period_record, quantity, "quantity", .type = FIELD_DECIMAL, OPTIONAL),
    FIELD(struct billing_period_record, references, "references", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct billing_period_record, start, "start", .type = FIELD_DATE),
    FIELD(struct billing_period_record, start_at_us, "start_at", .type = FIELD_INSTANT),
    FIELD(struct billing_period_record, state, "state", .type = FIELD_WORD,
          .words = WORDS("due", "drafted", "invoiced")),
    FIELD(struct billing_period_record, subscription, "subscription", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct billing_period_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field number_series_fields[] = {
    FIELD(struct number_series_record, fiscal_year, "fiscal_year", .type = FIELD_INT, .minimum = 1,
          .maximum = 9999),
    FIELD(struct number_series_record, last_hash, "last_hash", .type = FIELD_DIGEST),
    FIELD(struct number_series_record, last_issued_on, "last_issued_on", .type = FIELD_DATE),
    FIELD(struct number_series_record, last_number, "last_number", .type = FIELD_INT,
          .maximum = INT64_MAX),
    FIELD(struct number_series_record, series, "series", .type = FIELD_KEY),
    FIELD(struct number_series_record, tenant, "tenant", .type = FIELD_KEY),
};

/* Whether a run is over: one that is not goes on after a move. */
#define RUN_STATE                                                                                  \
    .type = FIELD_WORD, .words = WORDS("completed", "completed_with_parked", "unfinished"),        \
    .preset = "unfinished"

static const struct record_field run_fields[] = {
    FIELD(struct run_record, business_date, "business_date", .type = FIELD_DATE),
    FIELD(struct run_record, business_key, "business_key", .type = FIELD_KEY),
    FIELD(struct run_record, job, "job", .type = FIELD_KEY),
    FIELD(struct run_record, pipeline, "pipeline", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct run_record, pipeline_key, "pipeline_key", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct run_record, state, "state", RUN_STATE),
    FIELD(struct run_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field parked_item_fields[] = {
    FIELD(struct parked_item_record, amount_minor, "amount", .type = FIELD_MONEY, OPTIONAL),
    FIELD(struct parked_item_record, business_date, "business_date", .type = FIELD_DATE),
    FIELD(struct parked_item_record, business_key, "business_key", .type = FIELD_KEY),
    FIELD(struct parked_item_record, code, "code", .type = FIELD_KEY),
    FIELD(struct parked_item_record, currency, "currency", .type = FIELD_CURRENCY, OPTIONAL),
    FIELD(struct parked_item_record, decided_by, "decided_by", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct parked_item_record, decided_reason, "decided_reason", .type = FIELD_TEXT,
          OPTIONAL),
    FIELD(struct parked_item_record, hint, "hint", .type = FIELD_TEXT, .preset = ""),
    FIELD(struct parked_item_record, item, "item", .type = FIELD_TEXT),
    FIELD(struct parked_item_record, job, "job", .type = FIELD_KEY),
    FIELD(struct parked_item_record, reason, "reason", .type = FIELD_TEXT),
    FIELD(struct parked_item_record, run_state, "run_state", RUN_STATE),
    FIELD(struct parked_item_record, state, "state", .type = FIELD_WORD,
          .words = WORDS("parked", "retry", "fixed", "waived")),
    FIELD(struct parked_item_record, tenant, "tenant", .type = FIELD_KEY),
};

static const struct record_field effect_fields[] = {
    FIELD(struct effect_record, attempts, "attempts", .type = FIELD_INT, .maximum = INT64_MAX,
          OPTIONAL),
    FIELD(struct effect_record, code, "code", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct effect_record, draft_key, "draft_key", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct effect_record, effect, "effect", .type = FIELD_TEXT),
    FIELD(struct effect_record, epoch, "epoch", .type = FIELD_INT, .maximum = INT64_MAX, OPTIONAL),
    FIELD(struct effect_record, intended_on, "intended_on", .type = FIELD_DATE, OPTIONAL),
    FIELD(struct effect_record, kind, "kind", .type = FIELD_KEY),
    FIELD(struct effect_record, lane, "lane", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct effect_record, outcome, "outcome", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct effect_record, provider, "provider", .type = FIELD_KEY, OPTIONAL),
    FIELD(struct effect_record, provider_ref, "provider_ref", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct effect_record, reason, "reason", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct effect_record, request_base64, "request.base64", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct effect_record, request_sha256, "request.sha256", .type = FIELD_DIGEST, OPTIONAL),
    FIELD(struct effect_record, request_text, "request.text", .type = FIELD_PASSED, OPTIONAL),
    FIELD(struct effect_record, sha256, "sha256", .type = FIELD_DIGEST, OPTIONAL),
    FIELD(struct effect_record, state, "state", .type = FIELD_WORD,
          .words = WORDS("intent", "done", "failed", "unknown", "held")),
    FIELD(struct effect_record, subject, "subject", .type = FIELD_TEXT, OPTIONAL),
    FIELD(struct effect_record, tenant, "tenant", .type = FIELD_KEY),
};

const struct record_shape record_shapes_made[] = {
    SHAPE("subscription_state", struct subscription_state_record, subscription_state_fields,
          "subscription", "since", "state", "tenant"),
    SHAPE("usage_rated", struct usage_rated_record, usage_rated_fields, "subscription", "meter",
          "tenant"),
    SHAPE_OF_MONEY("invoice", struct invoice_record, invoice_fields, "draft_key", "tenant"),
    SHAPE_OF_MONEY("credit_note", struct invoice_record, credit_note_fields, "draft_key", "tenant"),
    SHAPE("correction", struct correction_record, correction_fields, "correction", "tenant"),
    SHAPE_OF_MONEY("payment", struct payment_record, payment_fields, "gateway_reference", "tenant"),
    SHAPE_OF_MONEY("refund", struct refund_record, refund_fields, "gateway_reference", "tenant"),
    SHAPE_OF_MONEY("payment_attempt", struct payment_attempt_record, payment_attempt_fields,
                   "invoice", "attempt", "tenant"),
    SHAPE("dunning_campaign", struct dunning_campaign_record, dunning_campaign_fields, "invoice",
          "tenant"),
    SHAPE("dunning_step", struct dunning_step_record, dunning_step_fields, "invoice", "step",
          "tenant"),
    SHAPE("payment_difference", struct payment_difference_record, payment_difference_fields,
          "reference", "difference", "gateway"),
    SHAPE("gateway_statement", struct gateway_statement_record, gateway_statement_fields, "gateway",
          "from_on", "until_on"),
    SHAPE_OF_MONEY("coupon_use", struct coupon_use_record, coupon_use_fields, "coupon", "customer",
                   "subscription", "draft_key", "tenant"),
    SHAPE_OF_MONEY("credit_transaction", struct credit_transaction_record,
                   credit_transaction_fields, "source", "kind", "draft_key", "customer", "tenant"),
    SHAPE_OF_MONEY("credit_unit_transaction", struct credit_unit_transaction_record,
                   credit_unit_transaction_fields, "source", "kind", "draft_key", "line",
                   "customer", "tenant"),
    SHAPE_OF_MONEY("credit_limit_use", struct credit_limit_use_record, credit_limit_use_fields,
                   "member", "project", "month", "customer", "tenant"),
    SHAPE("usage_share", struct usage_share_record, usage_share_fields, "draft_key", "line",
          "member", "project", "tenant"),
    SHAPE_OF_MONEY("invoice_conversion", struct invoice_conversion_record,
                   invoice_conversion_fields, "draft_key", "currency", "tenant"),
    SHAPE_OF_MONEY("payment_conversion", struct payment_conversion_record,
                   payment_conversion_fields, "draft_key", "entry", "tenant"),
    SHAPE("billing_period", struct billing_period_record, billing_period_fields, "subscription",
          "price", "start", "kind", "tenant"),
    SHAPE("number_series", struct number_series_record, number_series_fields, "series",
          "fiscal_year", "tenant"),
    SHAPE("run", struct run_record, run_fields, "job", "business_key"),
    SHAPE_OF_MONEY("parked_item", struct parked_item_record, parked_item_fields, "item", "job",
                   "business_key", "tenant"),
    SHAPE("effect", struct effect_record, effect_fields, "effect", "tenant"),
};
