-- The first schema of billmill on PostgreSQL (grammar of 13). migrations/sqlite has the same number, name and meaning.
--
-- Conventions: *_id are integer surrogates from id_counter, which nothing business depends on; *_on are local dates as text
-- YYYY-MM-DD, which sort as dates do; *_at_us are instants in microseconds UTC; *_minor are amounts in minor units of the
-- record's ISO 4217 currency; unit prices and quantities are exact decimals as text; yes and no are 1 and 0. Texts are compared
-- by their bytes (COLLATE "C"), so that both engines sort alike. Every key of a business table starts with the tenant. No
-- triggers, sequences or functions: a database that is distributed by tenant takes this file as it is.

CREATE TABLE schema_migration (
    version       BIGINT PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL,
    checksum      TEXT COLLATE "C" NOT NULL,
    applied_at_us BIGINT NOT NULL
);

CREATE TABLE id_counter (
    name    TEXT COLLATE "C" PRIMARY KEY,
    next_id BIGINT NOT NULL CHECK (next_id > 0)
);

-- ------------------------------------------------------------------ the engine

CREATE TABLE job_definition (
    digest       TEXT COLLATE "C" PRIMARY KEY, -- SHA-256 of the canonical text
    name         TEXT COLLATE "C" NOT NULL,
    definition   TEXT COLLATE "C" NOT NULL,
    loaded_at_us BIGINT NOT NULL,
    loaded_by    TEXT COLLATE "C" NOT NULL
);

CREATE TABLE job_instance (
    instance_id        BIGINT PRIMARY KEY,
    job                TEXT COLLATE "C" NOT NULL,
    business_key       TEXT COLLATE "C" NOT NULL,
    generation         BIGINT NOT NULL CHECK (generation > 0),
    business_date      TEXT COLLATE "C" NOT NULL,
    definition_digest  TEXT COLLATE "C" NOT NULL REFERENCES job_definition (digest),
    parent_instance_id BIGINT, -- the pipeline that this run is a step of
    state              TEXT COLLATE "C" NOT NULL CHECK (state IN ('ready', 'running', 'completed', 'completed_with_parked', 'failed', 'stopped', 'superseded')),
    plan_passes        BIGINT NOT NULL DEFAULT 0, -- how often partitions were planned: 0 is before the first plan
    partition_count    BIGINT NOT NULL DEFAULT 0,
    reason             TEXT COLLATE "C", -- of a redo
    pass_from          TEXT COLLATE "C", -- a further pass is under way: from this step of the pipeline on, or of this job
    openings           BIGINT NOT NULL DEFAULT 0, -- how often it was opened again after its end
    created_at_us      BIGINT NOT NULL,
    created_by         TEXT COLLATE "C" NOT NULL,
    UNIQUE (job, business_key, generation)
);

CREATE TABLE job_execution (
    execution_id   BIGINT PRIMARY KEY,
    instance_id    BIGINT NOT NULL REFERENCES job_instance (instance_id),
    attempt        BIGINT NOT NULL,
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('running', 'completed', 'completed_with_parked', 'failed', 'stopped', 'crashed')),
    started_by     TEXT COLLATE "C" NOT NULL, -- run, resume, redo, retry, close: what asked for it
    actor          TEXT COLLATE "C" NOT NULL,
    reason         TEXT COLLATE "C",
    host           TEXT COLLATE "C" NOT NULL,
    boot_id        TEXT COLLATE "C" NOT NULL,
    pid            BIGINT NOT NULL,
    pid_started    BIGINT NOT NULL, -- in ticks since the boot: tells the process from a later one of this number; 0: not known
    program        TEXT COLLATE "C" NOT NULL, -- version of billmill
    started_at_us  BIGINT NOT NULL,
    seen_at_us     BIGINT NOT NULL, -- by the database's clock: it began, or said while it waited for others that it is there
    ended_at_us    BIGINT,
    exit_code      BIGINT,
    error_text     TEXT COLLATE "C",
    items_done     BIGINT NOT NULL DEFAULT 0, -- by this execution
    items_parked   BIGINT NOT NULL DEFAULT 0,
    rows_written   BIGINT NOT NULL DEFAULT 0,
    chunks         BIGINT NOT NULL DEFAULT 0,
    stop_asked_at_us BIGINT, -- `stop`: the worker ends after the chunk at hand
    stop_asked_by  TEXT COLLATE "C",
    stop_reason    TEXT COLLATE "C",
    UNIQUE (instance_id, attempt)
);

CREATE TABLE job_partition (
    instance_id    BIGINT NOT NULL REFERENCES job_instance (instance_id),
    partition_no   BIGINT NOT NULL,
    tenant_id      BIGINT NOT NULL,
    plan_pass      BIGINT NOT NULL,
    lo_key         TEXT COLLATE "C" NOT NULL, -- the range (lo, hi]: frozen by the plan
    hi_key         TEXT COLLATE "C" NOT NULL,
    items_planned  BIGINT NOT NULL, -- for progress; the rows decide
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('ready', 'running', 'done')),
    owner          TEXT COLLATE "C",
    epoch          BIGINT NOT NULL DEFAULT 0,
    lease_until_us BIGINT NOT NULL DEFAULT 0,
    chunk_no       BIGINT NOT NULL DEFAULT 0, -- chunks committed so far
    cursor_key     TEXT COLLATE "C" NOT NULL,              -- the last key done; lo_key at first
    items_done     BIGINT NOT NULL DEFAULT 0,
    items_parked   BIGINT NOT NULL DEFAULT 0,
    rows_written   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (instance_id, partition_no)
) WITH (fillfactor = 50); -- updated with every chunk: room for the new row on the same page, and no index has a changing column

CREATE TABLE job_chunk (
    instance_id     BIGINT NOT NULL,
    partition_no    BIGINT NOT NULL,
    chunk_no        BIGINT NOT NULL,
    epoch           BIGINT NOT NULL,
    execution_id    BIGINT NOT NULL,
    first_key       TEXT COLLATE "C" NOT NULL,
    last_key        TEXT COLLATE "C" NOT NULL,
    items_done      BIGINT NOT NULL,
    items_parked    BIGINT NOT NULL,
    rows_written    BIGINT NOT NULL,
    digest          BYTEA NOT NULL, -- SHA-256 over every row of the chunk
    committed_at_us BIGINT NOT NULL,
    PRIMARY KEY (instance_id, partition_no, chunk_no)
);

CREATE TABLE job_chunk_total (
    instance_id  BIGINT NOT NULL,
    partition_no BIGINT NOT NULL,
    chunk_no     BIGINT NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    amount_count BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    PRIMARY KEY (instance_id, partition_no, chunk_no, currency)
);

CREATE TABLE parked_item (
    tenant_id      BIGINT NOT NULL,
    instance_id    BIGINT NOT NULL,
    item           TEXT COLLATE "C" NOT NULL, -- what a person calls it: a customer, a draft
    item_key       TEXT COLLATE "C" NOT NULL, -- what the partition calls it
    code           TEXT COLLATE "C" NOT NULL,
    reason         TEXT COLLATE "C" NOT NULL,
    hint           TEXT COLLATE "C" NOT NULL,
    currency       TEXT COLLATE "C",
    amount_minor   BIGINT, -- the money at stake, where it is known
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('parked', 'retry', 'fixed', 'waived', 'superseded')), -- superseded: by a redo of its run
    attempts       BIGINT NOT NULL,
    parked_at_us   BIGINT NOT NULL,
    decided_by     TEXT COLLATE "C",
    decided_reason TEXT COLLATE "C",
    PRIMARY KEY (tenant_id, instance_id, item)
);

CREATE INDEX parked_item_waived ON parked_item (tenant_id, item) WHERE state = 'waived';

CREATE TABLE effect (
    tenant_id      BIGINT NOT NULL,
    effect_key     TEXT COLLATE "C" NOT NULL, -- from business identity: never a clock, a random number or a retry counter
    kind           TEXT COLLATE "C" NOT NULL, -- file, or a kind that dispatch sends
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('intent', 'sending', 'done', 'failed', 'unknown', 'held')),
    subject_id     BIGINT, -- file: the invoice_id; NULL: it is sent
    subject        TEXT COLLATE "C", -- of what is sent: what it is about, by a business key, which moves; NULL: its request says it
    outcome        TEXT COLLATE "C", -- file: where it is; else the kind's word; of an unknown one: what it waits for
    digest         BYTEA, -- file: SHA-256 of its bytes
    provider       TEXT COLLATE "C", -- who is asked to do it; NULL: nobody outside (file)
    lane           TEXT COLLATE "C", -- those with the same one go one at a time, in the order of their keys; NULL: none
    intended_on    TEXT COLLATE "C", -- the business date
    provider_ref   TEXT COLLATE "C", -- what the provider calls it
    code           TEXT COLLATE "C", -- why it failed, waits or is held: a word for machines
    reason         TEXT COLLATE "C", -- and a line for people
    epoch          BIGINT NOT NULL DEFAULT 0, -- raised by each claim: only the last one may record an end
    attempts       BIGINT NOT NULL DEFAULT 0, -- how often it was claimed to be sent
    owner          TEXT COLLATE "C", -- who claimed it last
    not_before_us  BIGINT NOT NULL DEFAULT 0,
    lease_until_us BIGINT NOT NULL DEFAULT 0,
    sent_by_us     BIGINT NOT NULL DEFAULT 0, -- what was said to the provider last was said before that; 0: nothing was
    instance_id    BIGINT, -- the run that recorded last what became of it; NULL: none
    currency       TEXT COLLATE "C", -- the money that it moved, where that is known; NULL: none
    amount_minor   BIGINT,
    PRIMARY KEY (tenant_id, effect_key)
);

CREATE INDEX effect_open ON effect (tenant_id, kind, subject_id) WHERE state = 'intent';
CREATE INDEX effect_due ON effect (tenant_id, kind, provider, effect_key) WHERE provider IS NOT NULL AND state IN ('intent', 'sending', 'unknown');
CREATE INDEX effect_held ON effect (tenant_id, kind) WHERE state = 'held';
CREATE INDEX effect_of_run ON effect (instance_id) WHERE instance_id IS NOT NULL;
CREATE INDEX effect_lane ON effect (tenant_id, lane, effect_key) WHERE lane IS NOT NULL AND state IN ('intent', 'sending', 'unknown', 'held');
-- What is under way in a lane, or undecided, is alone in it, whoever claims at the same time.
CREATE UNIQUE INDEX effect_lane_taken ON effect (tenant_id, lane) WHERE lane IS NOT NULL AND state IN ('sending', 'unknown', 'held');

-- What is sent, frozen with the intent; no secret is in it. Apart from the state, which changes.
CREATE TABLE effect_request (
    tenant_id  BIGINT NOT NULL,
    effect_key TEXT COLLATE "C" NOT NULL,
    request    BYTEA NOT NULL,
    digest     BYTEA NOT NULL, -- SHA-256 of it
    PRIMARY KEY (tenant_id, effect_key)
);

-- Each call, once it has ended. One that was under way when its process died has a row only where nobody can be asked.
CREATE TABLE effect_attempt (
    tenant_id    BIGINT NOT NULL,
    effect_key   TEXT COLLATE "C" NOT NULL,
    epoch        BIGINT NOT NULL,
    step         BIGINT NOT NULL, -- from 0
    purpose      TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('send', 'ask')),
    execution_id BIGINT NOT NULL,
    sent_at_us   BIGINT NOT NULL,
    ended_at_us  BIGINT NOT NULL,
    ending       TEXT COLLATE "C" NOT NULL CHECK (ending IN ('answered', 'not_sent', 'lost')),
    status       BIGINT NOT NULL, -- of HTTP or SMTP; 0: none
    code         TEXT COLLATE "C",
    message      TEXT COLLATE "C",
    provider_ref TEXT COLLATE "C",
    PRIMARY KEY (tenant_id, effect_key, epoch, step)
);

CREATE TABLE audit_log (
    sequence      BIGINT PRIMARY KEY,
    at_us         BIGINT NOT NULL,
    actor         TEXT COLLATE "C" NOT NULL,
    action        TEXT COLLATE "C" NOT NULL,
    object        TEXT COLLATE "C" NOT NULL,
    reason        TEXT COLLATE "C" NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash          BYTEA NOT NULL
);

-- ------------------------------------------------------------------ what is imported

CREATE TABLE tenant (
    tenant_id           BIGINT PRIMARY KEY,
    tenant              TEXT COLLATE "C" NOT NULL UNIQUE,
    legal_name          TEXT COLLATE "C" NOT NULL,
    line1               TEXT COLLATE "C",
    line2               TEXT COLLATE "C",
    city                TEXT COLLATE "C",
    postal_code         TEXT COLLATE "C",
    region              TEXT COLLATE "C",
    country             TEXT COLLATE "C" NOT NULL,
    tax_id              TEXT COLLATE "C",
    currency            TEXT COLLATE "C" NOT NULL,
    timezone            TEXT COLLATE "C" NOT NULL,
    locale              TEXT COLLATE "C" NOT NULL,
    payment_terms_days  BIGINT NOT NULL,
    rounding            TEXT COLLATE "C" NOT NULL CHECK (rounding IN ('half_up', 'half_even')),
    tax_rounding        TEXT COLLATE "C" NOT NULL CHECK (tax_rounding IN ('group', 'line', 'invoice')),
    overdraft_limit_minor BIGINT, -- what each customer may be overdrawn by; NULL: nothing
    livemode            BIGINT NOT NULL
);

CREATE TABLE customer (
    tenant_id          BIGINT NOT NULL,
    customer_id        BIGINT NOT NULL,
    customer           TEXT COLLATE "C" NOT NULL,
    name               TEXT COLLATE "C" NOT NULL,
    email              TEXT COLLATE "C",
    line1              TEXT COLLATE "C",
    line2              TEXT COLLATE "C",
    city               TEXT COLLATE "C",
    postal_code        TEXT COLLATE "C",
    region             TEXT COLLATE "C",
    country            TEXT COLLATE "C",
    tax_id             TEXT COLLATE "C",
    tax_exempt         BIGINT NOT NULL DEFAULT 0,
    tax_exempt_reason  TEXT COLLATE "C", -- what documents say of it; null: in their language that it is exempt
    business           BIGINT NOT NULL DEFAULT 0,
    currency           TEXT COLLATE "C",
    timezone           TEXT COLLATE "C",
    locale             TEXT COLLATE "C",
    payment_terms_days BIGINT,
    tier               TEXT COLLATE "C",
    parent             TEXT COLLATE "C",             -- the customer who pays, as imported
    payer_id           BIGINT NOT NULL, -- the same as an id; customer_id where there is no parent
    hold               BIGINT NOT NULL DEFAULT 0,
    dunning_policy     TEXT COLLATE "C", -- null: the tenant's
    PRIMARY KEY (tenant_id, customer_id),
    UNIQUE (tenant_id, customer)
);

CREATE INDEX customer_payer ON customer (tenant_id, payer_id) WHERE payer_id <> customer_id;

-- A project or member of a customer: what usage may name, and what of its credits may pay for it in a month.
CREATE TABLE credit_holder (
    tenant_id    BIGINT NOT NULL,
    customer_id  BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('project', 'member')),
    holder       TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C",
    credit_limit TEXT COLLATE "C" NOT NULL, -- -1: none
    currency     TEXT COLLATE "C", -- of the limit
    PRIMARY KEY (tenant_id, customer_id, kind, holder)
);

-- How a customer pays: what the gateway knows him and his card or mandate by. No card number is ever kept.
CREATE TABLE payment_method (
    tenant_id        BIGINT NOT NULL,
    customer_id      BIGINT NOT NULL,
    payment_method   TEXT COLLATE "C" NOT NULL,
    gateway          TEXT COLLATE "C" NOT NULL CHECK (gateway IN ('stripe', 'razorpay', 'mercadopago', 'manual')),
    gateway_customer TEXT COLLATE "C",
    gateway_token    TEXT COLLATE "C",
    is_default       BIGINT NOT NULL, -- of one at most of a customer: the import sees to that
    expires          TEXT COLLATE "C", -- the last month, YYYY-MM
    PRIMARY KEY (tenant_id, customer_id, payment_method)
);

CREATE TABLE product (
    tenant_id    BIGINT NOT NULL,
    product_id   BIGINT NOT NULL,
    product      TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    type         TEXT COLLATE "C" NOT NULL CHECK (type IN ('licensed', 'saas', 'api')),
    tax_category TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (tenant_id, product)
);

CREATE TABLE meter (
    tenant_id   BIGINT NOT NULL,
    meter_id    BIGINT NOT NULL,
    meter       TEXT COLLATE "C" NOT NULL,
    aggregation TEXT COLLATE "C" NOT NULL CHECK (aggregation IN ('sum', 'count', 'max', 'last', 'unique_count', 'min', 'weighted_sum')),
    unit        TEXT COLLATE "C",
    scale       BIGINT, -- decimals that an aggregate may have; null: as they come
    property    TEXT COLLATE "C",    -- what unique_count counts
    filters     TEXT COLLATE "C", -- canonical JSON; null: every event counts
    name        TEXT COLLATE "C", -- as documents say it; null: meter
    PRIMARY KEY (tenant_id, meter_id),
    UNIQUE (tenant_id, meter)
);

CREATE TABLE plan (
    tenant_id      BIGINT NOT NULL,
    plan_id        BIGINT NOT NULL,
    plan           TEXT COLLATE "C" NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    interval       TEXT COLLATE "C" NOT NULL CHECK (interval IN ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
    interval_count BIGINT NOT NULL CHECK (interval_count > 0),
    trial_days     BIGINT NOT NULL DEFAULT 0,
    usage_thresholds TEXT COLLATE "C", -- canonical JSON: what is used is billed whenever it passes one; null: none
    PRIMARY KEY (tenant_id, plan_id),
    UNIQUE (tenant_id, plan)
);

-- With a customer: what a price is for that customer alone, instead of the price listed_price_id, with versions of its own.
CREATE TABLE price (
    tenant_id           BIGINT NOT NULL,
    price_id            BIGINT NOT NULL, -- the same for every version of a price
    valid_from          TEXT COLLATE "C" NOT NULL,
    price               TEXT COLLATE "C" NOT NULL, -- of a customer: the name of the listed one
    customer_id         BIGINT NOT NULL DEFAULT 0, -- 0: of all customers
    listed_price_id     BIGINT, -- null: it is listed itself
    plan_id             BIGINT NOT NULL, -- of a customer: 0, for no plan has it; product, meter and billing are those of the listed one
    product_id          BIGINT NOT NULL,
    meter_id            BIGINT, -- null: the quantity of the subscription
    model               TEXT COLLATE "C" NOT NULL CHECK (model IN ('flat', 'per_unit', 'graduated', 'volume', 'package', 'percentage', 'graduated_percentage', 'dynamic', 'committed')),
    currency            TEXT COLLATE "C" NOT NULL,
    billing             TEXT COLLATE "C" NOT NULL CHECK (billing IN ('in_advance', 'in_arrears')),
    flat_fee            TEXT COLLATE "C",
    unit_price          TEXT COLLATE "C",
    free_units          TEXT COLLATE "C",
    package_size        TEXT COLLATE "C",
    package_price       TEXT COLLATE "C",
    package_rounding    TEXT COLLATE "C" CHECK (package_rounding IN ('up', 'down')),
    rate_percent        TEXT COLLATE "C",
    fixed_fee_per_event TEXT COLLATE "C",
    free_events         TEXT COLLATE "C",
    free_amount         TEXT COLLATE "C",
    minimum_per_event   TEXT COLLATE "C",
    maximum_per_event   TEXT COLLATE "C",
    multiplier          TEXT COLLATE "C",
    commitment          TEXT COLLATE "C",
    overage_model       TEXT COLLATE "C", -- of a committed price: what the figures above and the tiers belong to
    minimum_amount      TEXT COLLATE "C",
    maximum_amount      TEXT COLLATE "C",
    flat_fee_at_zero    BIGINT NOT NULL DEFAULT 1, -- of tiers: 0: at a total of zero nothing is charged
    valid_to            TEXT COLLATE "C",
    PRIMARY KEY (tenant_id, price_id, valid_from),
    UNIQUE (tenant_id, price, customer_id, valid_from)
);

CREATE INDEX price_of_plan ON price (tenant_id, plan_id, price_id, valid_from);

CREATE TABLE price_tier (
    tenant_id    BIGINT NOT NULL,
    price_id     BIGINT NOT NULL,
    valid_from   TEXT COLLATE "C" NOT NULL,
    tier         BIGINT NOT NULL, -- from 1
    up_to        TEXT COLLATE "C",             -- null: no end
    unit_price   TEXT COLLATE "C" NOT NULL,
    rate_percent TEXT COLLATE "C", -- of graduated_percentage
    flat_fee     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, price_id, valid_from, tier)
);

CREATE TABLE subscription (
    tenant_id            BIGINT NOT NULL,
    subscription_id      BIGINT NOT NULL,
    subscription         TEXT COLLATE "C" NOT NULL,
    customer_id          BIGINT NOT NULL,
    plan_id              BIGINT NOT NULL,
    quantity             TEXT COLLATE "C" NOT NULL,
    start_on             TEXT COLLATE "C" NOT NULL,
    anchor_day           BIGINT,
    timezone             TEXT COLLATE "C",
    trial_end_on         TEXT COLLATE "C",
    status               TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'trialing', 'canceled')),
    cancel_at_on         TEXT COLLATE "C",
    cancel_at_period_end BIGINT NOT NULL DEFAULT 0,
    align                TEXT COLLATE "C" NOT NULL CHECK (align IN ('anniversary', 'calendar')),
    PRIMARY KEY (tenant_id, subscription_id),
    UNIQUE (tenant_id, subscription)
);

CREATE INDEX subscription_of_customer ON subscription (tenant_id, customer_id);

-- What holds from the midnight that begins the day; never changed once it is there.
CREATE TABLE subscription_change (
    tenant_id       BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    at_on           TEXT COLLATE "C" NOT NULL,
    plan_id         BIGINT, -- null: the plan is kept
    quantity        TEXT COLLATE "C", -- null: the quantity is kept
    pause           BIGINT NOT NULL DEFAULT 0,
    resume          BIGINT NOT NULL DEFAULT 0,
    withdrawn       BIGINT NOT NULL DEFAULT 0, -- it was never meant: nothing changes
    PRIMARY KEY (tenant_id, subscription_id, at_on)
);

CREATE TABLE usage_event (
    tenant_id         BIGINT NOT NULL,
    day               BIGINT NOT NULL, -- of at_us, in UTC, since 1970-01-01: first in the key, for new events are written to where the table grows
    subscription_id   BIGINT NOT NULL,
    meter_id          BIGINT NOT NULL,
    at_us             BIGINT NOT NULL,
    event_key         TEXT COLLATE "C" NOT NULL,
    value_coefficient BIGINT NOT NULL, -- value = coefficient / 10^scale
    value_scale       BIGINT NOT NULL,
    properties        TEXT COLLATE "C",             -- canonical JSON
    counted_property  TEXT COLLATE "C",             -- the value of the meter's property, for unique_count
    price_amount      TEXT COLLATE "C", -- what the event says that it costs, for dynamic prices
    by_customer       BIGINT NOT NULL DEFAULT 0, -- the record named the customer, not the subscription
    project           TEXT COLLATE "C",
    member            TEXT COLLATE "C",
    late              BIGINT NOT NULL DEFAULT 0, -- came after its period was rated, and is not billed
    PRIMARY KEY (tenant_id, day, subscription_id, meter_id, at_us, event_key)
);

-- Begins with what holds of all its rows, so that SQLite prefers it to the primary key.
CREATE INDEX usage_event_late ON usage_event (late, tenant_id, subscription_id) WHERE late = 1;

-- A key is one event whatever its timestamp: (tenant, meter, key). The keys that are known, as sorted runs of digests: an import adds
-- one run a meter, and runs of alike size become one when there are eight of them, so that a key is written again only a few times.
CREATE TABLE usage_key_run (
    tenant_id BIGINT NOT NULL,
    meter_id  BIGINT NOT NULL,
    run_no    BIGINT NOT NULL,
    key_count BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, meter_id, run_no)
);

-- At most 1024 entries of 32 bytes, by digest: the first 16 bytes of the key's SHA-256, then subscription_id and at_us of its event,
-- the high byte first.
CREATE TABLE usage_key_block (
    tenant_id   BIGINT NOT NULL,
    meter_id    BIGINT NOT NULL,
    run_no      BIGINT NOT NULL,
    last_digest BYTEA NOT NULL,
    entries     BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, meter_id, run_no, last_digest)
);

ALTER TABLE usage_key_block ALTER COLUMN entries SET STORAGE EXTERNAL; -- digests do not compress

-- Held by the import that writes usage of the tenant, until its transaction ends: the next one sees all keys. Rating writes nothing that
-- it computed from usage before the last import: what had come meanwhile would be neither billed nor late.
CREATE TABLE usage_import (
    tenant_id   BIGINT PRIMARY KEY,
    last_run_no BIGINT NOT NULL
);

CREATE TABLE tax_rate (
    tenant_id    BIGINT NOT NULL, -- 0: of every tenant ("*")
    country      TEXT COLLATE "C" NOT NULL,
    region       TEXT COLLATE "C" NOT NULL, -- '': the whole country
    category     TEXT COLLATE "C" NOT NULL,
    valid_from   TEXT COLLATE "C" NOT NULL,
    rate_percent TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    inclusive    BIGINT NOT NULL DEFAULT 0,
    valid_to     TEXT COLLATE "C",
    on_top       BIGINT NOT NULL DEFAULT 0, -- of a region: beside the rate of the country
    PRIMARY KEY (tenant_id, country, region, category, valid_from)
);

-- 1 base = rate quote, as published on rate_on. A rate never changes: a corrected one is a version of its own.
CREATE TABLE exchange_rate (
    tenant_id BIGINT NOT NULL, -- 0: of every tenant
    source    TEXT COLLATE "C" NOT NULL,
    rate_on   TEXT COLLATE "C" NOT NULL,
    base      TEXT COLLATE "C" NOT NULL,
    quote     TEXT COLLATE "C" NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0), -- the highest one holds
    rate      TEXT COLLATE "C" NOT NULL,
    digest    BYTEA NOT NULL, -- SHA-256 of the file that said so; zeros: it was imported
    PRIMARY KEY (tenant_id, source, rate_on, base, quote, version)
);

CREATE INDEX exchange_rate_day ON exchange_rate (tenant_id, rate_on);

-- What a source answered to a run that asked it, in the order in which it asked.
CREATE TABLE fetched (
    tenant_id     BIGINT NOT NULL, -- 0: of every tenant
    instance_id   BIGINT NOT NULL,
    place         BIGINT NOT NULL, -- in the configuration, from 1
    source        TEXT COLLATE "C" NOT NULL,
    format        TEXT COLLATE "C" NOT NULL,
    url           TEXT COLLATE "C" NOT NULL, -- without the secret in it
    outcome       TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('stored', 'not_modified', 'failed')),
    reason        TEXT COLLATE "C", -- why it failed
    etag          TEXT COLLATE "C",
    last_modified TEXT COLLATE "C",
    digest        BYTEA NOT NULL, -- of fetched_body; zeros: it failed
    PRIMARY KEY (tenant_id, instance_id, place)
);

CREATE INDEX fetched_of_url ON fetched (tenant_id, url, instance_id);

-- The bytes, once, whoever fetched them.
CREATE TABLE fetched_body (
    tenant_id BIGINT NOT NULL, -- 0: of every tenant
    digest    BYTEA NOT NULL,    -- SHA-256 of body
    body      BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, digest)
);

-- A coupon never changes once it is there, but for how often it was redeemed.
CREATE TABLE coupon (
    tenant_id          BIGINT NOT NULL,
    coupon_id          BIGINT NOT NULL,
    coupon             TEXT COLLATE "C" NOT NULL,
    percent            TEXT COLLATE "C", -- or an amount
    amount             TEXT COLLATE "C",
    currency           TEXT COLLATE "C", -- of the amounts
    duration           TEXT COLLATE "C" NOT NULL CHECK (duration IN ('once', 'repeating', 'forever')),
    repeat_count       BIGINT, -- of repeating ones: invoices
    first_purchase     BIGINT NOT NULL DEFAULT 0,
    minimum_amount     TEXT COLLATE "C", -- of the lines it covers
    limit_total        BIGINT,
    limit_per_customer BIGINT,
    valid_from         TEXT COLLATE "C",
    valid_to           TEXT COLLATE "C",
    redeemed_count     BIGINT NOT NULL DEFAULT 0, -- moved by a conditional update only
    PRIMARY KEY (tenant_id, coupon_id),
    UNIQUE (tenant_id, coupon)
);

-- What a coupon covers: a line that has all that any of these says; all lines where there is none.
CREATE TABLE coupon_scope (
    tenant_id  BIGINT NOT NULL,
    coupon_id  BIGINT NOT NULL,
    element_no   BIGINT NOT NULL, -- from 1
    plan_id    BIGINT,
    product_id BIGINT,
    PRIMARY KEY (tenant_id, coupon_id, element_no)
);

CREATE TABLE coupon_redemption (
    tenant_id       BIGINT NOT NULL,
    coupon_id       BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL, -- 0: of all that the customer has
    at_on           TEXT COLLATE "C" NOT NULL,
    changes         BIGINT NOT NULL DEFAULT 0, -- of its uses: raised with each of them by a conditional update
    PRIMARY KEY (tenant_id, coupon_id, customer_id, subscription_id)
);

CREATE INDEX coupon_redemption_of_customer ON coupon_redemption (tenant_id, customer_id);

-- How often one customer redeemed it: moved by a conditional update only.
CREATE TABLE coupon_customer (
    tenant_id      BIGINT NOT NULL,
    coupon_id      BIGINT NOT NULL,
    customer_id    BIGINT NOT NULL,
    redeemed_count BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, coupon_id, customer_id)
);

-- What a customer may draw instead of paying: amount_minor - used_minor is left of it.
CREATE TABLE credit_grant (
    tenant_id       BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    source          TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('free', 'purchase', 'lifetime', 'refund')),
    currency        TEXT COLLATE "C" NOT NULL,
    amount_minor    BIGINT NOT NULL,
    priority        BIGINT NOT NULL,
    effective_at_us BIGINT NOT NULL,
    expires_at_us   BIGINT, -- the first instant at which it is no longer there
    used_minor      BIGINT NOT NULL DEFAULT 0 CHECK (used_minor >= 0 AND used_minor <= amount_minor), -- drawn or expired; moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id, source)
);
CREATE INDEX credit_grant_left ON credit_grant (tenant_id, expires_at_us) WHERE used_minor < amount_minor;

-- What a customer committed to; it never changes, but may be amended by another one.
CREATE TABLE contract (
    tenant_id   BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    contract    TEXT COLLATE "C" NOT NULL,
    customer_id BIGINT NOT NULL,
    start_on    TEXT COLLATE "C" NOT NULL, -- [start, end) in local dates
    end_on      TEXT COLLATE "C", -- null: open, or that of the contract it ends with
    ends_with   TEXT COLLATE "C", -- they co-terminate: a contract with an end of its own
    amends      TEXT COLLATE "C", -- the contract that this one closes on the day on which it begins
    currency    TEXT COLLATE "C", -- of its commitments, and then of what it covers; null: whatever is charged
    PRIMARY KEY (tenant_id, contract_id),
    UNIQUE (tenant_id, contract)
);
CREATE INDEX contract_of_customer ON contract (tenant_id, customer_id);

CREATE UNIQUE INDEX contract_amends ON contract (tenant_id, amends) WHERE amends IS NOT NULL;

CREATE TABLE contract_phase (
    tenant_id        BIGINT NOT NULL,
    phase_id         BIGINT NOT NULL, -- of the counter of prices: no price has it
    contract_id      BIGINT NOT NULL,
    phase            TEXT COLLATE "C" NOT NULL,
    start_on         TEXT COLLATE "C" NOT NULL,
    end_on           TEXT COLLATE "C", -- null: when the next one begins, or the contract ends
    commitment       TEXT COLLATE "C",
    priority         BIGINT NOT NULL, -- the higher is drawn first
    discount_percent TEXT COLLATE "C",
    product_id       BIGINT, -- as which is sold what is missing to the commitment
    PRIMARY KEY (tenant_id, phase_id),
    UNIQUE (tenant_id, contract_id, phase)
);

-- While the phase holds the price has the terms of another one.
CREATE TABLE contract_price (
    tenant_id      BIGINT NOT NULL,
    phase_id       BIGINT NOT NULL,
    element_no     BIGINT NOT NULL, -- from 1
    price_id       BIGINT NOT NULL,
    rated_price_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, phase_id, element_no)
);

-- What a phase covers: as coupon_scope.
CREATE TABLE contract_scope (
    tenant_id  BIGINT NOT NULL,
    phase_id   BIGINT NOT NULL,
    element_no BIGINT NOT NULL, -- from 1
    plan_id    BIGINT,
    product_id BIGINT,
    PRIMARY KEY (tenant_id, phase_id, element_no)
);

-- ------------------------------------------------------------------ what the jobs write

-- What a subscription became, and when; its imported row is never changed by a job.
CREATE TABLE subscription_state (
    tenant_id       BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    since_on        TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('trialing', 'active', 'canceled')),
    PRIMARY KEY (tenant_id, subscription_id, since_on, state)
);

-- A phase of a contract that has a commitment has a period too: subscription_id is 0, price_id the phase, kind true_up, true_up:2 …
CREATE TABLE billing_period (
    tenant_id       BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    price_id        BIGINT NOT NULL,
    start_on        TEXT COLLATE "C" NOT NULL, -- [start, end) in local dates …
    kind            TEXT COLLATE "C" NOT NULL, -- recurring, usage, late_usage, late_usage:2, progressive, progressive:2, proration_credit, reversal:usage, rebill:usage …
    end_on          TEXT COLLATE "C" NOT NULL,
    start_at_us     BIGINT NOT NULL, -- … and the two instants that they mean
    end_at_us       BIGINT NOT NULL,
    full_start_on   TEXT COLLATE "C" NOT NULL, -- the full period around a stub: the denominator of its proration
    full_end_on     TEXT COLLATE "C" NOT NULL,
    due_on          TEXT COLLATE "C" NOT NULL, -- the local date whose midnight makes it due
    cutoff_on       TEXT COLLATE "C" NOT NULL, -- the last day of the run in which it was due
    quantity        TEXT COLLATE "C", -- null: of usage, which is counted when it is rated
    priced_on       TEXT COLLATE "C", -- the day whose version of the price holds; null: start_on
    proration       TEXT COLLATE "C", -- the basis and the part of the full period: second 1810800/2682000; null: by days
    counts_from_on  TEXT COLLATE "C", -- of usage: the parts before it, from here on, are in its total; null: start_on …
    counts_from_us  BIGINT, -- … and the instant
    counts_gaps     TEXT COLLATE "C", -- days between those parts, which are in none: 2026-10-05/2026-10-10 and the instants; null: there are none
    corrects        TEXT COLLATE "C", -- the number of the invoice whose period is billed again; null: none
    payer_id        BIGINT NOT NULL,
    invoice_id      BIGINT, -- null: due; then of the draft, which becomes the invoice
    PRIMARY KEY (tenant_id, subscription_id, price_id, start_on, kind)
);

CREATE INDEX billing_period_due ON billing_period (tenant_id, payer_id) WHERE invoice_id IS NULL;
-- Subscriptions of which something was taken back: few.
CREATE INDEX billing_period_reversal ON billing_period (tenant_id, subscription_id) WHERE kind > 'reversal:' AND kind < 'reversal;';
-- Periods that were billed in part before they ended.
CREATE INDEX billing_period_progressive ON billing_period (tenant_id, subscription_id, start_on) WHERE kind >= 'progressive' AND kind < 'progressivf';
-- Periods that are billed again: few.
CREATE INDEX billing_period_rebill ON billing_period (tenant_id, subscription_id, start_on) WHERE kind >= 'rebill:' AND kind < 'rebill;';

-- Up to where a subscription's usage of a meter has been rated: what comes for earlier is late.
CREATE TABLE usage_rated (
    tenant_id       BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    meter_id        BIGINT NOT NULL,
    through_us      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, subscription_id, meter_id)
);

-- Names and addresses as they were when a document froze them, each content once.
CREATE TABLE party (
    tenant_id   BIGINT NOT NULL,
    digest      BYTEA NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    email       TEXT COLLATE "C",
    line1       TEXT COLLATE "C",
    line2       TEXT COLLATE "C",
    city        TEXT COLLATE "C",
    postal_code TEXT COLLATE "C",
    region      TEXT COLLATE "C",
    country     TEXT COLLATE "C",
    tax_id      TEXT COLLATE "C",
    PRIMARY KEY (tenant_id, digest)
);

CREATE TABLE invoice (
    tenant_id            BIGINT NOT NULL,
    invoice_id           BIGINT NOT NULL,
    draft_key            TEXT COLLATE "C" NOT NULL, -- cutoff, payer, currency, billing group, sequence: the natural key, and the order of numbering
    customer_id          BIGINT NOT NULL, -- who pays
    currency             TEXT COLLATE "C" NOT NULL,
    cutoff_on            TEXT COLLATE "C" NOT NULL,
    kind                 TEXT COLLATE "C" NOT NULL DEFAULT 'invoice' CHECK (kind IN ('invoice', 'credit_note')), -- also its series of numbers
    corrects             TEXT COLLATE "C", -- the number of the invoice that a credit note credits, or that an invoice bills again
    status               TEXT COLLATE "C" NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'partially_paid', 'uncollectible', 'void', 'skipped', 'recorded')),
    taxed                BIGINT NOT NULL,
    subtotal_minor       BIGINT NOT NULL,
    discount_minor       BIGINT NOT NULL,
    tax_minor            BIGINT NOT NULL,
    total_minor          BIGINT NOT NULL,
    credit_applied_minor BIGINT NOT NULL,
    amount_due_minor     BIGINT NOT NULL,
    tax_point_on         TEXT COLLATE "C" NOT NULL,
    changes              BIGINT NOT NULL DEFAULT 0, -- payments, refunds and corrections of it: raised with each, by those who read it before on condition
    applied              BIGINT NOT NULL DEFAULT 0, -- the changes up to which what was paid is applied
    told                 BIGINT NOT NULL DEFAULT 0, -- by which endpoints its status is known: a digest of their settings; 0: nobody has looked
    -- from here on: given when the invoice is finalized, never changed afterwards
    series               TEXT COLLATE "C",
    fiscal_year          BIGINT,
    number_in_series     BIGINT,
    number               TEXT COLLATE "C",
    issued_on            TEXT COLLATE "C",
    due_on               TEXT COLLATE "C",
    payment_terms_days   BIGINT,
    locale               TEXT COLLATE "C",
    seller_digest        BYTEA,
    buyer_digest         BYTEA,
    hash                 BYTEA,
    previous_hash        BYTEA,
    PRIMARY KEY (tenant_id, invoice_id),
    UNIQUE (tenant_id, draft_key)
) WITH (fillfactor = 50); -- tax updates every draft, as it does its lines

CREATE INDEX invoice_unapplied ON invoice (tenant_id, invoice_id) WHERE changes <> applied;
-- What is to be collected.
CREATE INDEX invoice_owed ON invoice (tenant_id, invoice_id, due_on) WHERE status IN ('open', 'partially_paid');
CREATE INDEX invoice_of_customer ON invoice (tenant_id, customer_id, cutoff_on);
CREATE UNIQUE INDEX invoice_number ON invoice (tenant_id, number) WHERE number IS NOT NULL;
CREATE INDEX invoice_corrects ON invoice (tenant_id, corrects) WHERE corrects IS NOT NULL;
-- Drafts, whether they are taxed or not: so that tax changes no column that an index has.
CREATE INDEX invoice_draft ON invoice (tenant_id, customer_id, invoice_id) WHERE status = 'draft';
CREATE INDEX invoice_draft_by_key ON invoice (tenant_id, draft_key) WHERE status = 'draft';
-- Of which something stays written off: what is given back of them is owed to nobody.
CREATE INDEX invoice_uncollectible ON invoice (tenant_id, customer_id) WHERE status = 'uncollectible';
-- To whom something was credited, or of whom something is void.
CREATE INDEX invoice_noted ON invoice (tenant_id, customer_id) WHERE status = 'void' OR (kind = 'credit_note' AND corrects IS NOT NULL);
-- Those that endpoints may have to be told of.
CREATE INDEX invoice_told ON invoice (tenant_id, told, invoice_id) WHERE number IS NOT NULL AND told >= 0;

-- What was received: it never changes. invoice is a number, perhaps of an invoice that is not there yet; null: which one is open.
-- part_of: what of that payment, which names no invoice, pays this one; the whole of it was received once.
CREATE TABLE payment (
    tenant_id         BIGINT NOT NULL,
    gateway_reference TEXT COLLATE "C" NOT NULL,
    customer_id       BIGINT NOT NULL,
    invoice           TEXT COLLATE "C",
    gateway           TEXT COLLATE "C" NOT NULL CHECK (gateway IN ('stripe', 'razorpay', 'mercadopago', 'manual')),
    currency          TEXT COLLATE "C" NOT NULL,
    amount_minor      BIGINT NOT NULL CHECK (amount_minor > 0),
    at_us             BIGINT NOT NULL,
    note              TEXT COLLATE "C",
    part_of           TEXT COLLATE "C",
    changes           BIGINT NOT NULL DEFAULT 1, -- without an invoice: raised when it is matched, and with all that is given back of it
    matched           BIGINT NOT NULL DEFAULT 0, -- the changes up to which its parts and its credit show it
    waits             BIGINT NOT NULL DEFAULT 0, -- 1: its invoice was not there when it came, and it is not applied since
    PRIMARY KEY (tenant_id, gateway_reference)
);

CREATE INDEX payment_of_invoice ON payment (tenant_id, invoice) WHERE invoice IS NOT NULL;
CREATE INDEX payment_of_customer ON payment (tenant_id, customer_id);
CREATE INDEX payment_part ON payment (tenant_id, part_of) WHERE part_of IS NOT NULL;
CREATE INDEX payment_unmatched ON payment (tenant_id, customer_id) WHERE invoice IS NULL AND part_of IS NULL AND changes <> matched;
CREATE INDEX payment_waiting ON payment (tenant_id, invoice) WHERE waits = 1;
CREATE INDEX payment_at_gateway ON payment (gateway, at_us) WHERE part_of IS NULL;
CREATE INDEX payment_by_reference ON payment (gateway, gateway_reference) WHERE part_of IS NULL;

-- What was given back of a payment: it never changes.
CREATE TABLE refund (
    tenant_id         BIGINT NOT NULL,
    gateway_reference TEXT COLLATE "C" NOT NULL,
    payment           TEXT COLLATE "C" NOT NULL, -- its gateway_reference
    currency          TEXT COLLATE "C" NOT NULL,
    amount_minor      BIGINT NOT NULL CHECK (amount_minor > 0),
    at_us             BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, gateway_reference)
);

CREATE INDEX refund_of_payment ON refund (tenant_id, payment);

-- What a payment gateway said that it has, of a span of days: its payments, and a digest over them.
CREATE TABLE gateway_statement (
    gateway   TEXT COLLATE "C" NOT NULL,
    from_on   TEXT COLLATE "C" NOT NULL, -- days of UTC, both inclusive
    until_on  TEXT COLLATE "C" NOT NULL,
    payments  BIGINT NOT NULL,
    paid      BIGINT NOT NULL, -- of these
    digest    BYTEA NOT NULL, -- SHA-256
    PRIMARY KEY (gateway, from_on, until_on)
);

-- Where it and the payments here differ, as of the last time that it was asked. Amounts are NULL where there is no such payment.
CREATE TABLE payment_difference (
    gateway         TEXT COLLATE "C" NOT NULL,
    reference       TEXT COLLATE "C" NOT NULL, -- of the payment there
    what            TEXT COLLATE "C" NOT NULL, -- payment_difference.h
    tenant          TEXT COLLATE "C", -- NULL: none of ours
    customer        TEXT COLLATE "C",
    invoice         TEXT COLLATE "C",
    effect_key      TEXT COLLATE "C", -- of the charge that makes it
    payment_key     TEXT COLLATE "C", -- by which it was asked for
    status          TEXT COLLATE "C", -- there
    there_currency  TEXT COLLATE "C",
    there_minor     BIGINT,
    there_refunded_minor BIGINT,
    here_currency   TEXT COLLATE "C",
    here_minor      BIGINT,
    here_refunded_minor BIGINT,
    found_on        TEXT COLLATE "C" NOT NULL, -- the business date of the run that saw it first
    accepted        TEXT COLLATE "C", -- why a person has closed it, until it is another one; NULL: nobody has
    PRIMARY KEY (gateway, reference, what)
);

-- What became of each attempt to charge an invoice, once it is known: it never changes.
CREATE TABLE payment_attempt (
    tenant_id      BIGINT NOT NULL,
    invoice        TEXT COLLATE "C" NOT NULL, -- its number
    attempt        BIGINT NOT NULL, -- from 1
    customer       TEXT COLLATE "C" NOT NULL,
    payment_method TEXT COLLATE "C" NOT NULL, -- by that name, which was then …
    gateway        TEXT COLLATE "C" NOT NULL,
    gateway_token  TEXT COLLATE "C", -- … this …
    expires        TEXT COLLATE "C", -- … and good until then
    currency       TEXT COLLATE "C" NOT NULL,
    amount_minor   BIGINT NOT NULL CHECK (amount_minor > 0),
    outcome        TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('paid', 'declined', 'canceled')), -- canceled: nobody was asked
    decline        TEXT COLLATE "C" CHECK (decline IN ('later', 'customer', 'never')), -- of what was declined: when it may be tried again
    code           TEXT COLLATE "C",
    message        TEXT COLLATE "C",
    provider_ref   TEXT COLLATE "C",
    ended_on       TEXT COLLATE "C" NOT NULL, -- the local day on which that was recorded, not before that of the run
    PRIMARY KEY (tenant_id, invoice, attempt)
);

CREATE INDEX payment_attempt_of_method ON payment_attempt (tenant_id, customer, gateway, gateway_token);

-- What is done about an invoice whose charges failed: once in its life, by the terms that it began with.
CREATE TABLE dunning_campaign (
    tenant_id  BIGINT NOT NULL,
    invoice    TEXT COLLATE "C" NOT NULL, -- its number
    customer   TEXT COLLATE "C" NOT NULL,
    policy     TEXT COLLATE "C" NOT NULL,
    terms      TEXT COLLATE "C" NOT NULL, -- of the policy, as it was then: core/billing/dunning_terms.h
    started_on TEXT COLLATE "C" NOT NULL, -- the first failure
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('running', 'paused', 'ended', 'paid', 'stopped')), -- paused: over with a pause, which payment ends
    paused_on  TEXT COLLATE "C", -- since when what the invoice bills is paused by it
    ended_on   TEXT COLLATE "C",
    PRIMARY KEY (tenant_id, invoice)
);

CREATE INDEX dunning_campaign_open ON dunning_campaign (tenant_id, invoice) WHERE state IN ('running', 'paused');

-- Each step of it, once.
CREATE TABLE dunning_step (
    tenant_id BIGINT NOT NULL,
    invoice   TEXT COLLATE "C" NOT NULL,
    step      BIGINT NOT NULL, -- from 1
    due_on    TEXT COLLATE "C" NOT NULL,
    done_on   TEXT COLLATE "C" NOT NULL, -- the business date
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('done', 'skipped')),
    actions   TEXT COLLATE "C" NOT NULL,
    note      TEXT COLLATE "C", -- what of them was left out, and why
    attempt   BIGINT, -- the first one that it made; null: none
    told_on   TEXT COLLATE "C", -- when its mails and webhooks were intended: once its attempt has failed; null: not
    PRIMARY KEY (tenant_id, invoice, step)
);

-- A document in the currency of its seller's books, where its own is another one (core/billing/document_conversion.h).
CREATE TABLE invoice_conversion (
    tenant_id    BIGINT NOT NULL,
    invoice_id   BIGINT NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL, -- of the books
    for_on       TEXT COLLATE "C" NOT NULL, -- the day whose rate was asked for
    published_on TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    base         TEXT COLLATE "C" NOT NULL,
    rule         TEXT COLLATE "C" NOT NULL CHECK (rule IN ('previous', 'next', 'day_before')),
    from_rate    TEXT COLLATE "C" NOT NULL, -- 1 base = from_rate of the document's currency; 1: it is the base
    from_version BIGINT NOT NULL, -- of exchange_rate; 0: it is the base
    to_rate      TEXT COLLATE "C" NOT NULL, -- 1 base = to_rate of the books' currency
    to_version   BIGINT NOT NULL,
    net_minor    BIGINT NOT NULL,
    tax_minor    BIGINT NOT NULL,
    total_minor  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, currency)
);

-- What a payment of such an invoice, or what was given back of one, is worth in the currency of the books by the rate of its day, and what was
-- gained or lost by that (core/billing/exchange_difference.h). It never changes.
CREATE TABLE payment_conversion (
    tenant_id        BIGINT NOT NULL,
    invoice_id       BIGINT NOT NULL,
    entry            BIGINT NOT NULL, -- from 1, in the order in which they were converted
    kind             TEXT COLLATE "C" NOT NULL CHECK (kind IN ('payment', 'refund')),
    reference        TEXT COLLATE "C" NOT NULL, -- its gateway_reference
    currency         TEXT COLLATE "C" NOT NULL, -- of the books
    for_on           TEXT COLLATE "C" NOT NULL, -- its day, in the zone of the seller
    published_on     TEXT COLLATE "C" NOT NULL,
    source           TEXT COLLATE "C" NOT NULL,
    base             TEXT COLLATE "C" NOT NULL,
    rule             TEXT COLLATE "C" NOT NULL CHECK (rule IN ('previous', 'next', 'day_before')),
    from_rate        TEXT COLLATE "C" NOT NULL, -- as those of invoice_conversion
    from_version     BIGINT NOT NULL,
    to_rate          TEXT COLLATE "C" NOT NULL,
    to_version       BIGINT NOT NULL,
    settled          TEXT COLLATE "C" NOT NULL, -- of the invoice, in its currency; below zero of what was given back
    worth_minor      BIGINT NOT NULL, -- the same by that rate
    relieved_minor   BIGINT NOT NULL, -- the same by that of the invoice
    difference_minor BIGINT NOT NULL, -- worth less relieved: above zero a gain
    PRIMARY KEY (tenant_id, invoice_id, entry)
);

CREATE UNIQUE INDEX payment_conversion_of ON payment_conversion (tenant_id, kind, reference);

CREATE TABLE invoice_line (
    tenant_id        BIGINT NOT NULL,
    invoice_id       BIGINT NOT NULL,
    line             BIGINT NOT NULL, -- from 1
    kind             TEXT COLLATE "C" NOT NULL, -- recurring, usage, late_usage
    subscription_id  BIGINT NOT NULL,
    price_id         BIGINT NOT NULL,
    price_valid_from TEXT COLLATE "C" NOT NULL,
    period_start_on  TEXT COLLATE "C" NOT NULL,
    period_end_on    TEXT COLLATE "C" NOT NULL,
    description      TEXT COLLATE "C" NOT NULL,
    quantity         TEXT COLLATE "C" NOT NULL,
    unit_amount      TEXT COLLATE "C", -- where one price holds for the whole quantity
    amount_minor     BIGINT NOT NULL,
    discount_minor   BIGINT NOT NULL,
    forgiven_minor   BIGINT, -- of the discount: what credit notes gave back of the period before, with the sign of the draft; null: nothing
    tax_minor        BIGINT NOT NULL,
    tax_category     TEXT COLLATE "C" NOT NULL,
    tax              BIGINT, -- the invoice_tax that covers it, with those beside it
    event_count      BIGINT NOT NULL, -- usage: how many events it was made from
    phase_id         BIGINT, -- of the contract by whose terms it was charged, or whose commitment it fills up; null: none
    rated_price_id   BIGINT, -- the price whose terms it was charged by; null: its own …
    rated_valid_from TEXT COLLATE "C", -- … of that version
    PRIMARY KEY (tenant_id, invoice_id, line)
) WITH (fillfactor = 50); -- tax updates every line: room for the new row on the same page, and no index has a changing column

-- What was billed so far of a price's period: for late usage.
CREATE INDEX invoice_line_of_period ON invoice_line (tenant_id, subscription_id, price_id, period_start_on);

-- What a line is off an invoice that was written off (core/billing/written_off.h), with its tax, whatever signs its document
-- has: above zero, what it gives back and is no money, so it is due though the document gives it; below, what it charges and
-- stays written off.
CREATE TABLE written_off_line (
    tenant_id   BIGINT NOT NULL,
    invoice_id  BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    of_invoice  TEXT COLLATE "C" NOT NULL, -- its number
    off_minor   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, line, of_invoice)
);

CREATE INDEX written_off_line_of ON written_off_line (tenant_id, of_invoice);

-- What of the usage behind a line was whose; '' is nobody's. No rows: nobody's all. The line's value follows it.
CREATE TABLE usage_share (
    tenant_id  BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    line       BIGINT NOT NULL,
    project    TEXT COLLATE "C" NOT NULL,
    member     TEXT COLLATE "C" NOT NULL,
    quantity   TEXT COLLATE "C" NOT NULL, -- as the meter aggregates, of his events alone, less what earlier lines of the period say
    PRIMARY KEY (tenant_id, invoice_id, line, project, member)
);

CREATE TABLE invoice_tax (
    tenant_id    BIGINT NOT NULL,
    invoice_id   BIGINT NOT NULL,
    tax          BIGINT NOT NULL, -- from 1
    name         TEXT COLLATE "C" NOT NULL,
    category     TEXT COLLATE "C" NOT NULL,
    rate_percent TEXT COLLATE "C" NOT NULL,
    inclusive    BIGINT NOT NULL,
    base_minor   BIGINT NOT NULL,
    tax_minor    BIGINT NOT NULL,
    note         TEXT COLLATE "C", -- what the document says of it
    beside_tax   BIGINT, -- lines of that tax pay this one too; null: it is the one that its lines name
    PRIMARY KEY (tenant_id, invoice_id, tax)
);

-- That a coupon was applied to an invoice: what of its duration is used up, and what of its amount stays.
CREATE TABLE coupon_use (
    tenant_id       BIGINT NOT NULL,
    invoice_id      BIGINT NOT NULL,
    coupon_id       BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    currency        TEXT COLLATE "C" NOT NULL,
    discount_minor  BIGINT NOT NULL,
    carried_minor   BIGINT NOT NULL, -- for the next invoice
    PRIMARY KEY (tenant_id, invoice_id, coupon_id, customer_id, subscription_id)
);

CREATE INDEX coupon_use_of_redemption ON coupon_use (tenant_id, coupon_id, customer_id, subscription_id);

-- Which coupon cut which line by how much: a part of the line's discount, with the sign of the draft.
CREATE TABLE coupon_line (
    tenant_id       BIGINT NOT NULL,
    invoice_id      BIGINT NOT NULL,
    line            BIGINT NOT NULL,
    coupon_id       BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    discount_minor  BIGINT NOT NULL,
    kept            BIGINT NOT NULL DEFAULT 0, -- of a coupon of what the line replaces
    PRIMARY KEY (tenant_id, invoice_id, line, coupon_id, customer_id, subscription_id)
);

CREATE TABLE credit_transaction (
    tenant_id    BIGINT NOT NULL,
    customer_id  BIGINT NOT NULL,
    source       TEXT COLLATE "C" NOT NULL, -- the grant's; '' is the overdraft of an invoice, which a grant's own overdraft row (below zero) pays back
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('grant', 'draw', 'expire', 'overdraft')),
    invoice_id   BIGINT NOT NULL, -- 0: of the grant itself, which begins or ends
    currency     TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    made_on      TEXT COLLATE "C" NOT NULL,
    -- where it counts against limits: whose project and member, and of which month (2026-10) the usage is
    holder_customer_id BIGINT NOT NULL DEFAULT 0,
    project      TEXT COLLATE "C" NOT NULL DEFAULT '',
    member       TEXT COLLATE "C" NOT NULL DEFAULT '',
    month        TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, customer_id, source, kind, invoice_id, holder_customer_id, project, member, month)
);

-- What a customer may use of a meter instead of paying for it; a source is of one grant, whether of units or of an amount. Units are
-- counted in millionths.
CREATE TABLE credit_unit_grant (
    tenant_id       BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    source          TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('free', 'purchase', 'lifetime', 'refund')),
    meter_id        BIGINT NOT NULL,
    unit_millionths BIGINT NOT NULL,
    priority        BIGINT NOT NULL,
    effective_at_us BIGINT NOT NULL,
    expires_at_us   BIGINT, -- the first instant at which it is no longer there
    used_millionths BIGINT NOT NULL DEFAULT 0 CHECK (used_millionths >= 0 AND used_millionths <= unit_millionths), -- drawn or expired; moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id, source)
);
CREATE INDEX credit_unit_grant_left ON credit_unit_grant (tenant_id, expires_at_us) WHERE used_millionths < unit_millionths;

-- Units that begin, pay for a line, or end.
CREATE TABLE credit_unit_transaction (
    tenant_id       BIGINT NOT NULL,
    customer_id     BIGINT NOT NULL,
    source          TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('grant', 'draw', 'expire')),
    invoice_id      BIGINT NOT NULL, -- of a draw, with the line; 0: of the grant itself
    line            BIGINT NOT NULL,
    unit_millionths BIGINT NOT NULL,
    amount_minor    BIGINT NOT NULL, -- of a draw: what it paid of the line, in the currency of the invoice; else 0
    made_on         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, customer_id, source, kind, invoice_id, line)
);

-- What a customer is overdrawn by, in the tenant's currency: the sum of his overdraft transactions.
CREATE TABLE credit_overdraft (
    tenant_id   BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    owed_minor  BIGINT NOT NULL CHECK (owed_minor >= 0), -- moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id)
);

-- What of a limit is used: the sum of the draws and overdrafts that name it, of usage of the periods that end in the month.
CREATE TABLE credit_limit_use (
    tenant_id   BIGINT NOT NULL,
    customer_id BIGINT NOT NULL, -- whose project or member it is
    kind        TEXT COLLATE "C" NOT NULL,
    holder      TEXT COLLATE "C" NOT NULL,
    month       TEXT COLLATE "C" NOT NULL, -- 2026-10
    currency    TEXT COLLATE "C" NOT NULL,
    limit_minor BIGINT NOT NULL, -- as it was when something was drawn last
    used_minor  BIGINT NOT NULL CHECK (used_minor >= 0 AND used_minor <= limit_minor), -- moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id, kind, holder, month, currency)
);

CREATE TABLE number_series (
    tenant_id      BIGINT NOT NULL,
    series         TEXT COLLATE "C" NOT NULL,
    fiscal_year    BIGINT NOT NULL,
    last_number    BIGINT NOT NULL,
    last_issued_on TEXT COLLATE "C" NOT NULL,
    last_hash      BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, series, fiscal_year)
);

CREATE TABLE invoice_document (
    tenant_id     BIGINT NOT NULL,
    invoice_id    BIGINT NOT NULL,
    layout_digest BYTEA NOT NULL,
    path          TEXT COLLATE "C" NOT NULL, -- below the documents directory
    pdf_sha256    BYTEA NOT NULL,
    size_bytes    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id)
);

-- A person's decision about a finalized invoice, as it was imported; `corrections` carries it out once.
CREATE TABLE correction (
    tenant_id          BIGINT NOT NULL,
    correction         TEXT COLLATE "C" NOT NULL,
    invoice            TEXT COLLATE "C" NOT NULL, -- its number
    action             TEXT COLLATE "C" NOT NULL CHECK (action IN ('credit', 'void', 'rebill', 'write_off')),
    requested_on       TEXT COLLATE "C" NOT NULL, -- done by the first run for this day or a later one
    reason             TEXT COLLATE "C" NOT NULL,
    requested_by       TEXT COLLATE "C",
    net                TEXT COLLATE "C", -- credit: a part; all three null: what is left
    unused_numerator   BIGINT,
    unused_denominator BIGINT,
    withdrawn          BIGINT NOT NULL DEFAULT 0, -- before it was done
    PRIMARY KEY (tenant_id, correction)
);

CREATE INDEX correction_of_invoice ON correction (tenant_id, invoice);
CREATE INDEX correction_in_order ON correction (tenant_id, requested_on, correction);

CREATE TABLE correction_line (
    tenant_id  BIGINT NOT NULL,
    correction TEXT COLLATE "C" NOT NULL,
    line       BIGINT NOT NULL, -- of the invoice
    net        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, correction, line)
);

CREATE TABLE correction_done (
    tenant_id     BIGINT NOT NULL,
    correction    TEXT COLLATE "C" NOT NULL,
    done_on       TEXT COLLATE "C" NOT NULL, -- the business date of the run
    draft_key     TEXT COLLATE "C", -- of the credit note, where there is one
    amount_minor  BIGINT NOT NULL, -- credited, written off or void, in the invoice's currency
    PRIMARY KEY (tenant_id, correction)
);
CREATE INDEX correction_done_of_note ON correction_done (tenant_id, draft_key) WHERE draft_key IS NOT NULL;
