/* The records of `billmill import` and `billmill dump` (DOMAIN 1 and 12) as structs, and their
 * fields as data: one table a kind says what a file may hold, and the same table writes the record
 * again.
 *
 * 1. A record is what stands in the file: names of other records, never ids of the database.
 * 2. Its values are canonical: decimals without trailing zeros, dates YYYY-MM-DD, properties as
 * JSON with sorted keys. Equal content is equal members, so that texts compare bytewise.
 * 3. An absent text is NULL ("" reads as absent), an absent whole number RECORD_INT_NONE, an absent
 * instant RECORD_INSTANT_NONE, an absent digest all zeros.
 * 4. Texts live in the arena that the reader was given. */
#ifndef BILLMILL_SETUP_RECORD_H
#define BILLMILL_SETUP_RECORD_H

#include "core/base/arena.h"
#include "core/base/array.h"
#include "core/base/error.h"
#include "core/base/sha256.h"

#define RECORD_INT_NONE INT64_MIN
#define RECORD_INSTANT_NONE INT64_MIN
#define RECORD_EVERY_TENANT "*"   /* tax and exchange rates of every tenant */
#define RECORD_EFFECT_KEY_MAX 255 /* of an effect that is sent: EFFECT_KEY_MAX */
#define RECORD_KEY_MAX 200
#define RECORD_PAYMENT_REFERENCE_MAX                                                               \
    192 /* "payment REFERENCE" is a key too: of what is granted                                    \
         */

/* In the order in which they refer to each other: a file in this order can be imported, and dump
 * writes in it. */
enum record_kind {
    RECORD_TENANT,
    RECORD_PRODUCT,
    RECORD_METER,
    RECORD_PLAN,
    RECORD_PRICE,
    RECORD_CUSTOMER,
    RECORD_CUSTOMER_PRICE,
    RECORD_PROJECT,
    RECORD_MEMBER,
    RECORD_PAYMENT_METHOD,
    RECORD_SUBSCRIPTION,
    RECORD_SUBSCRIPTION_CHANGE,
    RECORD_COUPON,
    RECORD_COUPON_REDEMPTION,
    RECORD_CREDIT_GRANT,
    RECORD_CONTRACT,
    RECORD_CONTRACT_PHASE,
    RECORD_TAX_RATE,
    RECORD_EXCHANGE_RATE,
    RECORD_USAGE,
    /* what the jobs made: written by dump, read when a database moves */
    RECORD_SUBSCRIPTION_STATE,
    RECORD_USAGE_RATED,
    RECORD_INVOICE,
    RECORD_CREDIT_NOTE,
    RECORD_CORRECTION, /* what people import, but it names an invoice; … */
    RECORD_PAYMENT,    /* … so does this, … */
    RECORD_REFUND,     /* … and this a payment */
    RECORD_PAYMENT_ATTEMPT,
    RECORD_DUNNING_CAMPAIGN,
    RECORD_DUNNING_STEP,
    RECORD_PAYMENT_DIFFERENCE,
    RECORD_GATEWAY_STATEMENT,
    RECORD_COUPON_USE,
    RECORD_CREDIT_TRANSACTION,
    RECORD_CREDIT_UNIT_TRANSACTION,
    RECORD_CREDIT_LIMIT_USE,
    RECORD_USAGE_SHARE,
    RECORD_INVOICE_CONVERSION,
    RECORD_PAYMENT_CONVERSION,
    RECORD_BILLING_PERIOD,
    RECORD_NUMBER_SERIES,
    RECORD_RUN,
    RECORD_PARKED_ITEM,
    RECORD_EFFECT,
    RECORD_KIND_COUNT
};

struct record_address {
    const char *city, *country, *line1, *line2, *postal_code, *region;
};

struct tenant_record {
    const char *tenant, *legal_name, *country, *tax_id, *currency, *timezone, *locale, *rounding,
        *tax_rounding;
    struct record_address address; /* without a country: that is a field of its own */
    int64_t payment_terms_days;
    int64_t overdraft_limit_minor; /* of each customer; RECORD_INT_NONE: no overdraft */
    bool livemode;
};

struct product_record {
    const char *tenant, *product, *name, *type, *tax_category;
};

struct meter_record {
    const char *tenant, *meter, *aggregation, *unit, *property, *filters, *name;
    int64_t scale;
};

struct plan_record {
    const char *tenant, *plan, *name, *interval;
    const char *usage_thresholds; /* canonical JSON; NULL: none */
    int64_t interval_count, trial_days;
};

struct price_tier_record {
    const char *flat_fee, *rate_percent, *unit_price, *up_to; /* up_to NULL: no end */
};

struct price_tier_list ARRAY_OF(struct price_tier_record);

/* A model and its own fields. */
struct price_terms_record {
    const char *model, *flat_fee, *unit_price, *free_units, *package_size, *package_price,
        *package_rounding, *rate_percent, *fixed_fee_per_event, *free_events, *free_amount,
        *minimum_per_event, *maximum_per_event, *multiplier;
    struct price_tier_list tiers;
};

/* Also what a price is for one customer alone, which has no plan, product, meter and billing: they
 * are those of the price. */
struct price_record {
    const char *tenant, *price, *valid_from, *valid_to, *plan, *product, *meter, *currency,
        *billing, *commitment, *minimum_amount, *maximum_amount;
    const char *customer; /* NULL: of all customers */
    struct price_terms_record terms,
        overage; /* the second of a committed price: model NULL, none */
    bool flat_fee_at_zero;
};

struct customer_record {
    const char *tenant, *customer, *name, *email, *tax_id, *currency, *timezone, *locale, *tier,
        *parent, *tax_exempt_reason, *dunning_policy;
    struct record_address address;
    int64_t payment_terms_days;
    bool business, hold, tax_exempt;
};

/* A project or a member: which of them is the record's kind. */
struct holder_record {
    const char *tenant, *customer, *holder, *name, *currency;
    const char *credit_limit; /* "-1": none */
};

/* How a customer pays: what the gateway knows him and his card or mandate by, never a card number.
 */
struct payment_method_record {
    const char *tenant, *customer, *payment_method, *gateway, *gateway_customer, *gateway_token;
    const char *expires; /* the last month, YYYY-MM; NULL: not known */
    bool is_default;     /* one at most of a customer */
};

struct subscription_record {
    const char *tenant, *subscription, *customer, *plan, *quantity, *start, *timezone, *trial_end,
        *status, *cancel_at, *align;
    int64_t anchor_day;
    bool cancel_at_period_end;
};

/* What holds of a subscription from the day on. */
struct subscription_change_record {
    const char *tenant, *subscription, *at, *plan, *quantity; /* plan, quantity NULL: kept */
    bool pause, resume, withdrawn;
};

/* A line is covered that has all that the element says. */
struct coupon_scope_record {
    const char *plan, *product; /* NULL: any */
};

struct coupon_scope_list ARRAY_OF(struct coupon_scope_record);

struct coupon_record {
    const char *tenant, *coupon, *percent, *amount, *currency, *duration, *minimum_amount,
        *valid_from, *valid_to;
    int64_t repeat_count, limit_total, limit_per_customer;
    bool first_purchase;
    struct coupon_scope_list scope; /* empty: all lines */
};

struct coupon_redemption_record {
    const char *tenant, *coupon, *customer, *subscription, *at; /* customer or subscription */
};

/* Of an amount, or of units of a meter. */
struct credit_grant_record {
    const char *tenant, *customer, *source, *kind, *currency, *meter, *units;
    int64_t amount_minor, priority, effective_at_us, expires_at_us;
};

/* It never changes: another one amends it. */
struct contract_record {
    const char *tenant, *contract, *customer, *start, *end, *currency; /* end NULL: open, or … */
    const char *ends_with; /* … that of this contract: they co-terminate */
    const char *amends;    /* the contract that this one closes as it begins; NULL: none */
};

/* Instead of its own terms a price has those of another one. */
struct contract_price_record {
    const char *price, *rated_as;
};

struct contract_price_list ARRAY_OF(struct contract_price_record);

struct contract_phase_record {
    const char *tenant, *contract, *phase, *start, *end, *commitment, *discount_percent;
    const char *product; /* as which what is missing to the commitment is sold */
    int64_t priority;
    struct contract_price_list prices;
    struct coupon_scope_list scope; /* what discount and commitment cover; empty: all lines */
};

struct tax_rate_record {
    const char *tenant, *country, *region, *category, *valid_from, *valid_to, *rate_percent, *name;
    bool inclusive; /* region "" is the whole country */
    bool on_top;    /* of a region: beside the rate of the country */
};

/* 1 base = rate quote, as published on that day. */
struct exchange_rate_record {
    const char *tenant, *source, *date, *base, *quote, *rate; /* tenant: RECORD_EVERY_TENANT */
    int64_t version;             /* a corrected rate is a new one; RECORD_INT_NONE: the first one */
    uint8_t sha256[SHA256_SIZE]; /* of the file that said so */
};

struct usage_record {
    const char *tenant, *meter, *key, *subscription, *customer, *project, *member, *properties,
        *price_amount;
    int64_t at_us;
    int64_t value_coefficient; /* value = coefficient / 10^scale */
    int32_t value_scale;
    bool late;     /* written by dump: not billed yet although its period is rated */
    bool unpriced; /* that it has no price_amount is known: it will come, or never be asked for */
};

struct subscription_state_record {
    const char *tenant, *subscription, *since, *state;
};

struct usage_rated_record {
    const char *tenant, *subscription, *meter;
    int64_t through_us;
};

struct party_record {
    const char *name, *email, *tax_id, *city, *country, *line1, *line2, *postal_code, *region;
    uint8_t digest[SHA256_SIZE];
};

/* By the terms of a contract's phase where that is named; without subscription and price: what is
 * missing to its commitment. */
struct invoice_line_record {
    const char *rated_price, *rated_price_valid_from; /* NULL: by its own price … */
    const char *customer_price_valid_from;            /* … or what that is for its customer */
    const char *contract, *phase, *kind, *subscription, *price, *price_valid_from, *period_start,
        *period_end, *description, *quantity, *unit_amount, *tax_category;
    int64_t line, amount_minor, discount_minor, tax_minor, tax_index, event_count;
    int64_t forgiven_minor; /* of the discount, with the sign of the draft that it was */
};

struct invoice_line_list ARRAY_OF(struct invoice_line_record);

struct invoice_tax_record {
    const char *name, *category, *rate_percent, *note;
    int64_t tax_index, base_minor, tax_minor, beside_index;
    bool inclusive;
};

struct invoice_tax_list ARRAY_OF(struct invoice_tax_record);

/* What a line is off an invoice that was written off. */
struct written_off_record {
    const char *invoice; /* its number */
    int64_t line, off_minor;
};

struct written_off_list ARRAY_OF(struct written_off_record);

struct invoice_document_record {
    const char *path;
    int64_t size_bytes;
    uint8_t layout[SHA256_SIZE];
};

struct invoice_record {
    const char *tenant, *draft_key, *kind, *corrects, *number, *series, *status, *customer,
        *currency, *cutoff, *tax_point, *issued_on, *due_on, *locale; /* kind: of the record */
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, credit_applied_minor,
        amount_due_minor, fiscal_year, number_in_series, payment_terms_days;
    bool taxed;
    struct party_record seller, buyer;
    uint8_t hash[SHA256_SIZE], previous_hash[SHA256_SIZE], pdf_sha256[SHA256_SIZE];
    struct invoice_document_record document;
    struct invoice_line_list lines;
    struct invoice_tax_list taxes;
    struct written_off_list written_off;
};

struct correction_line_record {
    const char *net;
    int64_t line;
};

struct correction_line_list ARRAY_OF(struct correction_line_record);

/* The last three are written by dump: what was done. */
struct correction_record {
    const char *tenant, *correction, *invoice, *action, *on, *reason, *by, *net;
    int64_t unused_numerator, unused_denominator;
    bool withdrawn;
    struct correction_line_list lines;
    const char *done_on, *draft_key;
    int64_t amount_minor; /* in the currency of the invoice: in minor units */
};

/* What was received, and what was given back of it, in the words of the gateway or bank. */
struct payment_record {
    const char *tenant, *gateway_reference, *customer, *invoice, *gateway, *currency, *note;
    const char *part_of; /* NULL: it was received; else the payment of which it is a part */
    int64_t amount_minor, at_us;
};
struct refund_record {
    const char *tenant, *gateway_reference, *payment, *currency;
    int64_t amount_minor, at_us;
};

/* What became of an attempt to charge an invoice; the method as it was then. */
struct payment_attempt_record {
    const char *tenant, *invoice, *customer, *payment_method, *gateway, *gateway_token, *expires,
        *currency, *outcome, *decline, *code, *message, *provider_ref, *on;
    int64_t attempt, amount_minor;
};

struct dunning_campaign_record {
    const char *tenant, *invoice, *customer, *policy, *terms, *started_on, *state, *paused_on,
        *ended_on;
};
struct dunning_step_record {
    const char *tenant, *invoice, *due_on, *done_on, *state, *actions, *note, *told_on;
    int64_t step, attempt;
};

/* Where a payment gateway and the payments here differ. An amount is NULL where there is no such
 * payment. */
struct payment_difference_record {
    const char *tenant; /* RECORD_EVERY_TENANT: of none */
    const char *gateway, *reference, *difference, *customer, *invoice, *effect, *key, *status,
        *there_currency, *there, *there_refunded, *here_currency, *here, *here_refunded, *found_on,
        *accepted;
};

/* The days that an account was compared for: the next time is from there on. Of every tenant. */
struct gateway_statement_record {
    const char *tenant, *gateway, *from_on, *until_on;
    int64_t payments, paid;
    uint8_t sha256[SHA256_SIZE];
};

struct coupon_line_record {
    int64_t line, discount_minor;
    bool kept;
};

struct coupon_line_list ARRAY_OF(struct coupon_line_record);

/* That a redemption was applied to an invoice. */
struct coupon_use_record {
    const char *tenant, *coupon, *customer, *subscription, *draft_key, *currency;
    int64_t discount_minor, carried_minor;
    struct coupon_line_list lines;
};

struct credit_transaction_record {
    const char *tenant, *customer, *source, *kind, *currency, *on,
        *draft_key; /* NULL: no invoice */
    int64_t amount_minor;
    const char *project, *member;        /* whose limits it counts against, NULL: none, … */
    const char *holder_customer, *month; /* … of which customer, and in which month */
};

/* Units of a grant: they begin, pay for a line, or end. */
struct credit_unit_transaction_record {
    const char *tenant, *customer, *source, *kind, *on, *units, *currency; /* currency: of a draw */
    const char *draft_key;                                                 /* NULL: no invoice */
    int64_t line, amount_minor; /* RECORD_INT_NONE: no draw */
};

/* What of a limit is used in a month. */
struct credit_limit_use_record {
    const char *tenant, *customer, *project, *member, *month, *currency; /* one of the two */
    int64_t limit_minor, used_minor;
};

/* What of the usage behind a line was whose. */
struct usage_share_record {
    const char *tenant, *draft_key, *project, *member, *quantity;
    int64_t line;
};

/* A document in the currency of the books. */
struct invoice_conversion_record {
    const char *tenant, *draft_key, *currency, *date, *publication_date, *source, *base, *rule,
        *from_rate, *to_rate;
    int64_t from_version, to_version; /* 0: it is the base */
    int64_t net_minor, tax_minor, total_minor;
};

/* A payment of it, or what was given back: what it settles, and gains or loses, there. */
struct payment_conversion_record {
    const char *tenant, *draft_key, *kind, *reference, *currency, *date, *publication_date, *source,
        *base, *rule, *from_rate, *to_rate, *settled;
    int64_t entry, from_version, to_version; /* 0: it is the base */
    int64_t worth_minor, relieved_minor, difference_minor;
};

struct billing_period_record {
    const char *tenant, *subscription, *price, *start, *kind, *end, *full_start, *full_end, *due_on,
        *cutoff, *payer, *state, *invoice, *draft_key;
    const char *quantity;         /* NULL: of usage */
    const char *priced_on;        /* NULL: start */
    const char *proration;        /* how it is a part of the full period; NULL: by days */
    const char *references;       /* the invoice whose period is billed again; NULL: none */
    const char *contract, *phase; /* instead of subscription and price: of its commitment */
    int64_t start_at_us, end_at_us;
    const char *counts_from; /* NULL: start … */
    int64_t counts_from_us;  /* … and DB_I64_NONE */
    const char *counts_gaps; /* counted_gaps.h; NULL: none */
};

struct number_series_record {
    const char *tenant, *series, *last_issued_on;
    int64_t fiscal_year, last_number;
    uint8_t last_hash[SHA256_SIZE];
};

/* The newest run of a job and key, so that what was closed stays closed after a move. It belongs to
 * all tenants. */
struct run_record {
    const char *tenant, *job, *business_key, *business_date, *state;
    const char *pipeline, *pipeline_key; /* that it is a step of; NULL: of none */
};

struct parked_item_record {
    const char *tenant, *job, *business_key, *business_date, *item, *code, *reason, *hint,
        *currency, *state, *run_state, *decided_by, *decided_reason;
    int64_t amount_minor;
};

/* What must still happen outside, or has. A file is about an invoice (draft_key) and has its path
 * and digest; anything else is sent to a provider, and moves with all that its next call needs: the
 * same key and bytes, what the provider calls it, and how often it was claimed and sent. What was
 * being sent as the dump was made is unknown: it is asked. Pauses and leases are of clocks and
 * hosts, and stay behind; so do the calls that were made, which are history, as the executions that
 * made them are: what counts of them is in the effect. */
struct effect_record {
    const char *tenant, *effect, *kind, *state, *draft_key, *outcome;
    const char *provider, *lane, *subject, *intended_on, *provider_ref, *code, *reason;
    int64_t epoch, attempts;                   /* RECORD_INT_NONE: a file */
    const char *request_text, *request_base64; /* effect_request.h */
    uint8_t request_sha256[SHA256_SIZE];
    uint8_t sha256[SHA256_SIZE]; /* of a file that is done */
};

union record {
    struct tenant_record tenant;
    struct product_record product;
    struct meter_record meter;
    struct plan_record plan;
    struct price_record price;
    struct customer_record customer;
    struct price_record customer_price;
    struct holder_record holder;
    struct payment_method_record payment_method;
    struct subscription_record subscription;
    struct subscription_change_record subscription_change;
    struct coupon_record coupon;
    struct coupon_redemption_record coupon_redemption;
    struct credit_grant_record credit_grant;
    struct contract_record contract;
    struct contract_phase_record contract_phase;
    struct tax_rate_record tax_rate;
    struct exchange_rate_record exchange_rate;
    struct usage_record usage;
    struct subscription_state_record subscription_state;
    struct usage_rated_record usage_rated;
    struct invoice_record invoice;
    struct correction_record correction;
    struct payment_record payment;
    struct refund_record refund;
    struct payment_attempt_record payment_attempt;
    struct dunning_campaign_record dunning_campaign;
    struct dunning_step_record dunning_step;
    struct payment_difference_record payment_difference;
    struct gateway_statement_record gateway_statement;
    struct coupon_use_record coupon_use;
    struct credit_transaction_record credit_transaction;
    struct credit_unit_transaction_record credit_unit_transaction;
    struct credit_limit_use_record credit_limit_use;
    struct usage_share_record usage_share;
    struct invoice_conversion_record invoice_conversion;
    struct payment_conversion_record payment_conversion;
    struct billing_period_record billing_period;
    struct number_series_record number_series;
    struct run_record run;
    struct parked_item_record parked_item;
    struct effect_record effect;
};

/* "customer" and its kind. ERROR_ITEM "bad_record" for kinds that this version cannot import, and
 * for words that are no kind. */
MUST_CHECK bool record_kind_parse(const char *name, enum record_kind *ret_kind, struct error *err);
const char *record_kind_name(enum record_kind kind);

/* What people write; the others are what jobs have made, and a dump of it. */
bool record_kind_is_of_people(enum record_kind kind);

/* The natural key, for messages: `customer "c1" of tenant "demo"`, in the arena. */
const char *record_label(enum record_kind kind, const union record *record, struct arena *arena);

#endif
