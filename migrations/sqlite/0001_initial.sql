-- The first schema of billmill on SQLite. migrations/postgres has the same number, name and meaning.
--
-- Conventions: *_id are integer surrogates from id_counter, which nothing business depends on; *_on are local dates as text
-- YYYY-MM-DD; *_at_us are instants in microseconds UTC; *_minor are amounts in minor units of the record's ISO 4217 currency;
-- unit prices and quantities are exact decimals as text. Every key of a business table starts with the tenant.

CREATE TABLE schema_migration (
    version       INTEGER PRIMARY KEY,
    name          TEXT NOT NULL,
    checksum      TEXT NOT NULL,
    applied_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE id_counter (
    name    TEXT PRIMARY KEY,
    next_id INTEGER NOT NULL CHECK (next_id > 0)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ the engine

CREATE TABLE job_definition (
    digest       TEXT PRIMARY KEY, -- SHA-256 of the canonical text
    name         TEXT NOT NULL,
    definition   TEXT NOT NULL,
    loaded_at_us INTEGER NOT NULL,
    loaded_by    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE job_instance (
    instance_id        INTEGER PRIMARY KEY,
    job                TEXT NOT NULL,
    business_key       TEXT NOT NULL,
    generation         INTEGER NOT NULL CHECK (generation > 0),
    business_date      TEXT NOT NULL,
    definition_digest  TEXT NOT NULL REFERENCES job_definition (digest),
    parent_instance_id INTEGER, -- the pipeline that this run is a step of
    state              TEXT NOT NULL CHECK (state IN ('ready', 'running', 'completed', 'completed_with_parked', 'failed', 'stopped', 'superseded')),
    plan_passes        INTEGER NOT NULL DEFAULT 0, -- how often partitions were planned: 0 is before the first plan
    partition_count    INTEGER NOT NULL DEFAULT 0,
    reason             TEXT, -- of a redo
    pass_from          TEXT, -- a further pass is under way: from this step of the pipeline on, or of this job
    openings           INTEGER NOT NULL DEFAULT 0, -- how often it was opened again after its end
    created_at_us      INTEGER NOT NULL,
    created_by         TEXT NOT NULL,
    UNIQUE (job, business_key, generation)
) STRICT;

CREATE TABLE job_execution (
    execution_id   INTEGER PRIMARY KEY,
    instance_id    INTEGER NOT NULL REFERENCES job_instance (instance_id),
    attempt        INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('running', 'completed', 'completed_with_parked', 'failed', 'stopped', 'crashed')),
    started_by     TEXT NOT NULL, -- run, resume, redo, retry, close: what asked for it
    actor          TEXT NOT NULL,
    reason         TEXT,
    host           TEXT NOT NULL,
    boot_id        TEXT NOT NULL,
    pid            INTEGER NOT NULL,
    pid_started    INTEGER NOT NULL, -- in ticks since the boot: tells the process from a later one of this number; 0: not known
    program        TEXT NOT NULL, -- version of billmill
    started_at_us  INTEGER NOT NULL,
    seen_at_us     INTEGER NOT NULL, -- by the database's clock: it began, or said while it waited for others that it is there
    ended_at_us    INTEGER,
    exit_code      INTEGER,
    error_text     TEXT,
    items_done     INTEGER NOT NULL DEFAULT 0, -- by this execution
    items_parked   INTEGER NOT NULL DEFAULT 0,
    rows_written   INTEGER NOT NULL DEFAULT 0,
    chunks         INTEGER NOT NULL DEFAULT 0,
    stop_asked_at_us INTEGER, -- `stop`: the worker ends after the chunk at hand
    stop_asked_by  TEXT,
    stop_reason    TEXT,
    UNIQUE (instance_id, attempt)
) STRICT;

CREATE TABLE job_partition (
    instance_id    INTEGER NOT NULL REFERENCES job_instance (instance_id),
    partition_no   INTEGER NOT NULL,
    tenant_id      INTEGER NOT NULL,
    plan_pass      INTEGER NOT NULL,
    lo_key         TEXT NOT NULL, -- the range (lo, hi]: frozen by the plan
    hi_key         TEXT NOT NULL,
    items_planned  INTEGER NOT NULL, -- for progress; the rows decide
    state          TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done')),
    owner          TEXT,
    epoch          INTEGER NOT NULL DEFAULT 0,
    lease_until_us INTEGER NOT NULL DEFAULT 0,
    chunk_no       INTEGER NOT NULL DEFAULT 0, -- chunks committed so far
    cursor_key     TEXT NOT NULL,              -- the last key done; lo_key at first
    items_done     INTEGER NOT NULL DEFAULT 0,
    items_parked   INTEGER NOT NULL DEFAULT 0,
    rows_written   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (instance_id, partition_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_chunk (
    instance_id     INTEGER NOT NULL,
    partition_no    INTEGER NOT NULL,
    chunk_no        INTEGER NOT NULL,
    epoch           INTEGER NOT NULL,
    execution_id    INTEGER NOT NULL,
    first_key       TEXT NOT NULL,
    last_key        TEXT NOT NULL,
    items_done      INTEGER NOT NULL,
    items_parked    INTEGER NOT NULL,
    rows_written    INTEGER NOT NULL,
    digest          BLOB NOT NULL, -- SHA-256 over every row of the chunk
    committed_at_us INTEGER NOT NULL,
    PRIMARY KEY (instance_id, partition_no, chunk_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_chunk_total (
    instance_id  INTEGER NOT NULL,
    partition_no INTEGER NOT NULL,
    chunk_no     INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    amount_count INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (instance_id, partition_no, chunk_no, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked_item (
    tenant_id      INTEGER NOT NULL,
    instance_id    INTEGER NOT NULL,
    item           TEXT NOT NULL, -- what a person calls it: a customer, a draft
    item_key       TEXT NOT NULL, -- what the partition calls it
    code           TEXT NOT NULL,
    reason         TEXT NOT NULL,
    hint           TEXT NOT NULL,
    currency       TEXT,
    amount_minor   INTEGER, -- the money at stake, where it is known
    state          TEXT NOT NULL CHECK (state IN ('parked', 'retry', 'fixed', 'waived', 'superseded')), -- superseded: by a redo of its run
    attempts       INTEGER NOT NULL,
    parked_at_us   INTEGER NOT NULL,
    decided_by     TEXT,
    decided_reason TEXT,
    PRIMARY KEY (tenant_id, instance_id, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX parked_item_waived ON parked_item (tenant_id, item) WHERE state = 'waived';

CREATE TABLE effect (
    tenant_id      INTEGER NOT NULL,
    effect_key     TEXT NOT NULL, -- from business identity: never a clock, a random number or a retry counter
    kind           TEXT NOT NULL, -- file, or a kind that dispatch sends
    state          TEXT NOT NULL CHECK (state IN ('intent', 'sending', 'done', 'failed', 'unknown', 'held')),
    subject_id     INTEGER, -- file: the invoice_id; NULL: it is sent
    subject        TEXT, -- of what is sent: what it is about, by a business key, which moves; NULL: its request says it
    outcome        TEXT, -- file: where it is; else the kind's word; of an unknown one: what it waits for
    digest         BLOB, -- file: SHA-256 of its bytes
    provider       TEXT, -- who is asked to do it; NULL: nobody outside (file)
    lane           TEXT, -- those with the same one go one at a time, in the order of their keys; NULL: none
    intended_on    TEXT, -- the business date
    provider_ref   TEXT, -- what the provider calls it
    code           TEXT, -- why it failed, waits or is held: a word for machines
    reason         TEXT, -- and a line for people
    epoch          INTEGER NOT NULL DEFAULT 0, -- raised by each claim: only the last one may record an end
    attempts       INTEGER NOT NULL DEFAULT 0, -- how often it was claimed to be sent
    owner          TEXT, -- who claimed it last
    not_before_us  INTEGER NOT NULL DEFAULT 0,
    lease_until_us INTEGER NOT NULL DEFAULT 0,
    sent_by_us     INTEGER NOT NULL DEFAULT 0, -- what was said to the provider last was said before that; 0: nothing was
    instance_id    INTEGER, -- the run that recorded last what became of it; NULL: none
    currency       TEXT, -- the money that it moved, where that is known; NULL: none
    amount_minor   INTEGER,
    PRIMARY KEY (tenant_id, effect_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX effect_open ON effect (tenant_id, kind, subject_id) WHERE state = 'intent';
CREATE INDEX effect_due ON effect (tenant_id, kind, provider, effect_key) WHERE provider IS NOT NULL AND state IN ('intent', 'sending', 'unknown');
CREATE INDEX effect_held ON effect (tenant_id, kind) WHERE state = 'held';
CREATE INDEX effect_of_run ON effect (instance_id) WHERE instance_id IS NOT NULL;
CREATE INDEX effect_lane ON effect (tenant_id, lane, effect_key) WHERE lane IS NOT NULL AND state IN ('intent', 'sending', 'unknown', 'held');
-- What is under way in a lane, or undecided, is alone in it, whoever claims at the same time.
CREATE UNIQUE INDEX effect_lane_taken ON effect (tenant_id, lane) WHERE lane IS NOT NULL AND state IN ('sending', 'unknown', 'held');

-- What is sent, frozen with the intent; no secret is in it. Apart from the state, which changes.
CREATE TABLE effect_request (
    tenant_id  INTEGER NOT NULL,
    effect_key TEXT NOT NULL,
    request    BLOB NOT NULL,
    digest     BLOB NOT NULL, -- SHA-256 of it
    PRIMARY KEY (tenant_id, effect_key)
) STRICT;

-- Each call, once it has ended. One that was under way when its process died has a row only where nobody can be asked.
CREATE TABLE effect_attempt (
    tenant_id    INTEGER NOT NULL,
    effect_key   TEXT NOT NULL,
    epoch        INTEGER NOT NULL,
    step         INTEGER NOT NULL, -- from 0
    purpose      TEXT NOT NULL CHECK (purpose IN ('send', 'ask')),
    execution_id INTEGER NOT NULL,
    sent_at_us   INTEGER NOT NULL,
    ended_at_us  INTEGER NOT NULL,
    ending       TEXT NOT NULL CHECK (ending IN ('answered', 'not_sent', 'lost')),
    status       INTEGER NOT NULL, -- of HTTP or SMTP; 0: none
    code         TEXT,
    message      TEXT,
    provider_ref TEXT,
    PRIMARY KEY (tenant_id, effect_key, epoch, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    sequence      INTEGER PRIMARY KEY,
    at_us         INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    action        TEXT NOT NULL,
    object        TEXT NOT NULL,
    reason        TEXT NOT NULL,
    previous_hash BLOB NOT NULL,
    hash          BLOB NOT NULL
) STRICT;

-- ------------------------------------------------------------------ what is imported

CREATE TABLE tenant (
    tenant_id           INTEGER PRIMARY KEY,
    tenant              TEXT NOT NULL UNIQUE,
    legal_name          TEXT NOT NULL,
    line1               TEXT,
    line2               TEXT,
    city                TEXT,
    postal_code         TEXT,
    region              TEXT,
    country             TEXT NOT NULL,
    tax_id              TEXT,
    currency            TEXT NOT NULL,
    timezone            TEXT NOT NULL,
    locale              TEXT NOT NULL,
    payment_terms_days  INTEGER NOT NULL,
    rounding            TEXT NOT NULL CHECK (rounding IN ('half_up', 'half_even')),
    tax_rounding        TEXT NOT NULL CHECK (tax_rounding IN ('group', 'line', 'invoice')),
    overdraft_limit_minor INTEGER, -- what each customer may be overdrawn by; NULL: nothing
    livemode            INTEGER NOT NULL
) STRICT;

CREATE TABLE customer (
    tenant_id          INTEGER NOT NULL,
    customer_id        INTEGER NOT NULL,
    customer           TEXT NOT NULL,
    name               TEXT NOT NULL,
    email              TEXT,
    line1              TEXT,
    line2              TEXT,
    city               TEXT,
    postal_code        TEXT,
    region             TEXT,
    country            TEXT,
    tax_id             TEXT,
    tax_exempt         INTEGER NOT NULL DEFAULT 0,
    tax_exempt_reason  TEXT, -- what documents say of it; null: in their language that it is exempt
    business           INTEGER NOT NULL DEFAULT 0,
    currency           TEXT,
    timezone           TEXT,
    locale             TEXT,
    payment_terms_days INTEGER,
    tier               TEXT,
    parent             TEXT,             -- the customer who pays, as imported
    payer_id           INTEGER NOT NULL, -- the same as an id; customer_id where there is no parent
    hold               INTEGER NOT NULL DEFAULT 0,
    dunning_policy     TEXT, -- null: the tenant's
    PRIMARY KEY (tenant_id, customer_id),
    UNIQUE (tenant_id, customer)
) STRICT, WITHOUT ROWID;

CREATE INDEX customer_payer ON customer (tenant_id, payer_id) WHERE payer_id <> customer_id;

-- A project or member of a customer: what usage may name, and what of its credits may pay for it in a month.
CREATE TABLE credit_holder (
    tenant_id    INTEGER NOT NULL,
    customer_id  INTEGER NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('project', 'member')),
    holder       TEXT NOT NULL,
    name         TEXT,
    credit_limit TEXT NOT NULL, -- -1: none
    currency     TEXT, -- of the limit
    PRIMARY KEY (tenant_id, customer_id, kind, holder)
) STRICT, WITHOUT ROWID;

-- How a customer pays: what the gateway knows him and his card or mandate by. No card number is ever kept.
CREATE TABLE payment_method (
    tenant_id        INTEGER NOT NULL,
    customer_id      INTEGER NOT NULL,
    payment_method   TEXT NOT NULL,
    gateway          TEXT NOT NULL CHECK (gateway IN ('stripe', 'razorpay', 'mercadopago', 'manual')),
    gateway_customer TEXT,
    gateway_token    TEXT,
    is_default       INTEGER NOT NULL, -- of one at most of a customer: the import sees to that
    expires          TEXT, -- the last month, YYYY-MM
    PRIMARY KEY (tenant_id, customer_id, payment_method)
) STRICT, WITHOUT ROWID;

CREATE TABLE product (
    tenant_id    INTEGER NOT NULL,
    product_id   INTEGER NOT NULL,
    product      TEXT NOT NULL,
    name         TEXT NOT NULL,
    type         TEXT NOT NULL CHECK (type IN ('licensed', 'saas', 'api')),
    tax_category TEXT NOT NULL,
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (tenant_id, product)
) STRICT, WITHOUT ROWID;

CREATE TABLE meter (
    tenant_id   INTEGER NOT NULL,
    meter_id    INTEGER NOT NULL,
    meter       TEXT NOT NULL,
    aggregation TEXT NOT NULL CHECK (aggregation IN ('sum', 'count', 'max', 'last', 'unique_count', 'min', 'weighted_sum')),
    unit        TEXT,
    scale       INTEGER, -- decimals that an aggregate may have; null: as they come
    property    TEXT,    -- what unique_count counts
    filters     TEXT, -- canonical JSON; null: every event counts
    name        TEXT, -- as documents say it; null: meter
    PRIMARY KEY (tenant_id, meter_id),
    UNIQUE (tenant_id, meter)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
    tenant_id      INTEGER NOT NULL,
    plan_id        INTEGER NOT NULL,
    plan           TEXT NOT NULL,
    name           TEXT NOT NULL,
    interval       TEXT NOT NULL CHECK (interval IN ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
    interval_count INTEGER NOT NULL CHECK (interval_count > 0),
    trial_days     INTEGER NOT NULL DEFAULT 0,
    usage_thresholds TEXT, -- canonical JSON: what is used is billed whenever it passes one; null: none
    PRIMARY KEY (tenant_id, plan_id),
    UNIQUE (tenant_id, plan)
) STRICT, WITHOUT ROWID;

-- With a customer: what a price is for that customer alone, instead of the price listed_price_id, with versions of its own.
CREATE TABLE price (
    tenant_id           INTEGER NOT NULL,
    price_id            INTEGER NOT NULL, -- the same for every version of a price
    valid_from          TEXT NOT NULL,
    price               TEXT NOT NULL, -- of a customer: the name of the listed one
    customer_id         INTEGER NOT NULL DEFAULT 0, -- 0: of all customers
    listed_price_id     INTEGER, -- null: it is listed itself
    plan_id             INTEGER NOT NULL, -- of a customer: 0, for no plan has it; product, meter and billing are those of the listed one
    product_id          INTEGER NOT NULL,
    meter_id            INTEGER, -- null: the quantity of the subscription
    model               TEXT NOT NULL CHECK (model IN ('flat', 'per_unit', 'graduated', 'volume', 'package', 'percentage', 'graduated_percentage', 'dynamic', 'committed')),
    currency            TEXT NOT NULL,
    billing             TEXT NOT NULL CHECK (billing IN ('in_advance', 'in_arrears')),
    flat_fee            TEXT,
    unit_price          TEXT,
    free_units          TEXT,
    package_size        TEXT,
    package_price       TEXT,
    package_rounding    TEXT CHECK (package_rounding IN ('up', 'down')),
    rate_percent        TEXT,
    fixed_fee_per_event TEXT,
    free_events         TEXT,
    free_amount         TEXT,
    minimum_per_event   TEXT,
    maximum_per_event   TEXT,
    multiplier          TEXT,
    commitment          TEXT,
    overage_model       TEXT, -- of a committed price: what the figures above and the tiers belong to
    minimum_amount      TEXT,
    maximum_amount      TEXT,
    flat_fee_at_zero    INTEGER NOT NULL DEFAULT 1, -- of tiers: 0: at a total of zero nothing is charged
    valid_to            TEXT,
    PRIMARY KEY (tenant_id, price_id, valid_from),
    UNIQUE (tenant_id, price, customer_id, valid_from)
) STRICT, WITHOUT ROWID;

CREATE INDEX price_of_plan ON price (tenant_id, plan_id, price_id, valid_from);

CREATE TABLE price_tier (
    tenant_id    INTEGER NOT NULL,
    price_id     INTEGER NOT NULL,
    valid_from   TEXT NOT NULL,
    tier         INTEGER NOT NULL, -- from 1
    up_to        TEXT,             -- null: no end
    unit_price   TEXT NOT NULL,
    rate_percent TEXT, -- of graduated_percentage
    flat_fee     TEXT NOT NULL,
    PRIMARY KEY (tenant_id, price_id, valid_from, tier)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscription (
    tenant_id            INTEGER NOT NULL,
    subscription_id      INTEGER NOT NULL,
    subscription         TEXT NOT NULL,
    customer_id          INTEGER NOT NULL,
    plan_id              INTEGER NOT NULL,
    quantity             TEXT NOT NULL,
    start_on             TEXT NOT NULL,
    anchor_day           INTEGER,
    timezone             TEXT,
    trial_end_on         TEXT,
    status               TEXT NOT NULL CHECK (status IN ('active', 'trialing', 'canceled')),
    cancel_at_on         TEXT,
    cancel_at_period_end INTEGER NOT NULL DEFAULT 0,
    align                TEXT NOT NULL CHECK (align IN ('anniversary', 'calendar')),
    PRIMARY KEY (tenant_id, subscription_id),
    UNIQUE (tenant_id, subscription)
) STRICT, WITHOUT ROWID;

CREATE INDEX subscription_of_customer ON subscription (tenant_id, customer_id);

-- What holds from the midnight that begins the day; never changed once it is there.
CREATE TABLE subscription_change (
    tenant_id       INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    at_on           TEXT NOT NULL,
    plan_id         INTEGER, -- null: the plan is kept
    quantity        TEXT, -- null: the quantity is kept
    pause           INTEGER NOT NULL DEFAULT 0,
    resume          INTEGER NOT NULL DEFAULT 0,
    withdrawn       INTEGER NOT NULL DEFAULT 0, -- it was never meant: nothing changes
    PRIMARY KEY (tenant_id, subscription_id, at_on)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_event (
    tenant_id         INTEGER NOT NULL,
    day               INTEGER NOT NULL, -- of at_us, in UTC, since 1970-01-01: first in the key, for new events are written to where the table grows
    subscription_id   INTEGER NOT NULL,
    meter_id          INTEGER NOT NULL,
    at_us             INTEGER NOT NULL,
    event_key         TEXT NOT NULL,
    value_coefficient INTEGER NOT NULL, -- value = coefficient / 10^scale
    value_scale       INTEGER NOT NULL,
    properties        TEXT,             -- canonical JSON
    counted_property  TEXT,             -- the value of the meter's property, for unique_count
    price_amount      TEXT, -- what the event says that it costs, for dynamic prices
    by_customer       INTEGER NOT NULL DEFAULT 0, -- the record named the customer, not the subscription
    project           TEXT,
    member            TEXT,
    late              INTEGER NOT NULL DEFAULT 0, -- came after its period was rated, and is not billed
    PRIMARY KEY (tenant_id, day, subscription_id, meter_id, at_us, event_key)
) STRICT, WITHOUT ROWID;

-- Begins with what holds of all its rows, so that SQLite prefers it to the primary key.
CREATE INDEX usage_event_late ON usage_event (late, tenant_id, subscription_id) WHERE late = 1;

-- A key is one event whatever its timestamp: (tenant, meter, key). The keys that are known, as sorted runs of digests: an import adds
-- one run a meter, and runs of alike size become one when there are eight of them, so that a key is written again only a few times.
CREATE TABLE usage_key_run (
    tenant_id INTEGER NOT NULL,
    meter_id  INTEGER NOT NULL,
    run_no    INTEGER NOT NULL,
    key_count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, meter_id, run_no)
) STRICT, WITHOUT ROWID;

-- At most 1024 entries of 32 bytes, by digest: the first 16 bytes of the key's SHA-256, then subscription_id and at_us of its event,
-- the high byte first.
CREATE TABLE usage_key_block (
    tenant_id   INTEGER NOT NULL,
    meter_id    INTEGER NOT NULL,
    run_no      INTEGER NOT NULL,
    last_digest BLOB NOT NULL,
    entries     BLOB NOT NULL,
    PRIMARY KEY (tenant_id, meter_id, run_no, last_digest)
) STRICT;

-- Held by the import that writes usage of the tenant, until its transaction ends: the next one sees all keys. Rating writes nothing that
-- it computed from usage before the last import: what had come meanwhile would be neither billed nor late.
CREATE TABLE usage_import (
    tenant_id   INTEGER PRIMARY KEY,
    last_run_no INTEGER NOT NULL
) STRICT;

CREATE TABLE tax_rate (
    tenant_id    INTEGER NOT NULL, -- 0: of every tenant ("*")
    country      TEXT NOT NULL,
    region       TEXT NOT NULL, -- '': the whole country
    category     TEXT NOT NULL,
    valid_from   TEXT NOT NULL,
    rate_percent TEXT NOT NULL,
    name         TEXT NOT NULL,
    inclusive    INTEGER NOT NULL DEFAULT 0,
    valid_to     TEXT,
    on_top       INTEGER NOT NULL DEFAULT 0, -- of a region: beside the rate of the country
    PRIMARY KEY (tenant_id, country, region, category, valid_from)
) STRICT, WITHOUT ROWID;

-- 1 base = rate quote, as published on rate_on. A rate never changes: a corrected one is a version of its own.
CREATE TABLE exchange_rate (
    tenant_id INTEGER NOT NULL, -- 0: of every tenant
    source    TEXT NOT NULL,
    rate_on   TEXT NOT NULL,
    base      TEXT NOT NULL,
    quote     TEXT NOT NULL,
    version   INTEGER NOT NULL CHECK (version > 0), -- the highest one holds
    rate      TEXT NOT NULL,
    digest    BLOB NOT NULL, -- SHA-256 of the file that said so; zeros: it was imported
    PRIMARY KEY (tenant_id, source, rate_on, base, quote, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX exchange_rate_day ON exchange_rate (tenant_id, rate_on);

-- What a source answered to a run that asked it, in the order in which it asked.
CREATE TABLE fetched (
    tenant_id     INTEGER NOT NULL, -- 0: of every tenant
    instance_id   INTEGER NOT NULL,
    place         INTEGER NOT NULL, -- in the configuration, from 1
    source        TEXT NOT NULL,
    format        TEXT NOT NULL,
    url           TEXT NOT NULL, -- without the secret in it
    outcome       TEXT NOT NULL CHECK (outcome IN ('stored', 'not_modified', 'failed')),
    reason        TEXT, -- why it failed
    etag          TEXT,
    last_modified TEXT,
    digest        BLOB NOT NULL, -- of fetched_body; zeros: it failed
    PRIMARY KEY (tenant_id, instance_id, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX fetched_of_url ON fetched (tenant_id, url, instance_id);

-- The bytes, once, whoever fetched them.
CREATE TABLE fetched_body (
    tenant_id INTEGER NOT NULL, -- 0: of every tenant
    digest    BLOB NOT NULL,    -- SHA-256 of body
    body      BLOB NOT NULL,
    PRIMARY KEY (tenant_id, digest)
) STRICT;

-- A coupon never changes once it is there, but for how often it was redeemed.
CREATE TABLE coupon (
    tenant_id          INTEGER NOT NULL,
    coupon_id          INTEGER NOT NULL,
    coupon             TEXT NOT NULL,
    percent            TEXT, -- or an amount
    amount             TEXT,
    currency           TEXT, -- of the amounts
    duration           TEXT NOT NULL CHECK (duration IN ('once', 'repeating', 'forever')),
    repeat_count       INTEGER, -- of repeating ones: invoices
    first_purchase     INTEGER NOT NULL DEFAULT 0,
    minimum_amount     TEXT, -- of the lines it covers
    limit_total        INTEGER,
    limit_per_customer INTEGER,
    valid_from         TEXT,
    valid_to           TEXT,
    redeemed_count     INTEGER NOT NULL DEFAULT 0, -- moved by a conditional update only
    PRIMARY KEY (tenant_id, coupon_id),
    UNIQUE (tenant_id, coupon)
) STRICT, WITHOUT ROWID;

-- What a coupon covers: a line that has all that any of these says; all lines where there is none.
CREATE TABLE coupon_scope (
    tenant_id  INTEGER NOT NULL,
    coupon_id  INTEGER NOT NULL,
    element_no   INTEGER NOT NULL, -- from 1
    plan_id    INTEGER,
    product_id INTEGER,
    PRIMARY KEY (tenant_id, coupon_id, element_no)
) STRICT, WITHOUT ROWID;

CREATE TABLE coupon_redemption (
    tenant_id       INTEGER NOT NULL,
    coupon_id       INTEGER NOT NULL,
    customer_id     INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL, -- 0: of all that the customer has
    at_on           TEXT NOT NULL,
    changes         INTEGER NOT NULL DEFAULT 0, -- of its uses: raised with each of them by a conditional update
    PRIMARY KEY (tenant_id, coupon_id, customer_id, subscription_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX coupon_redemption_of_customer ON coupon_redemption (tenant_id, customer_id);

-- How often one customer redeemed it: moved by a conditional update only.
CREATE TABLE coupon_customer (
    tenant_id      INTEGER NOT NULL,
    coupon_id      INTEGER NOT NULL,
    customer_id    INTEGER NOT NULL,
    redeemed_count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, coupon_id, customer_id)
) STRICT, WITHOUT ROWID;

-- What a customer may draw instead of paying: amount_minor - used_minor is left of it.
CREATE TABLE credit_grant (
    tenant_id       INTEGER NOT NULL,
    customer_id     INTEGER NOT NULL,
    source          TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('free', 'purchase', 'lifetime', 'refund')),
    currency        TEXT NOT NULL,
    amount_minor    INTEGER NOT NULL,
    priority        INTEGER NOT NULL,
    effective_at_us INTEGER NOT NULL,
    expires_at_us   INTEGER, -- the first instant at which it is no longer there
    used_minor      INTEGER NOT NULL DEFAULT 0 CHECK (used_minor >= 0 AND used_minor <= amount_minor), -- drawn or expired; moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_grant_left ON credit_grant (tenant_id, expires_at_us) WHERE used_minor < amount_minor;

-- What a customer committed to; it never changes, but may be amended by another one.
CREATE TABLE contract (
    tenant_id   INTEGER NOT NULL,
    contract_id INTEGER NOT NULL,
    contract    TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    start_on    TEXT NOT NULL, -- [start, end) in local dates
    end_on      TEXT, -- null: open, or that of the contract it ends with
    ends_with   TEXT, -- they co-terminate: a contract with an end of its own
    amends      TEXT, -- the contract that this one closes on the day on which it begins
    currency    TEXT, -- of its commitments, and then of what it covers; null: whatever is charged
    PRIMARY KEY (tenant_id, contract_id),
    UNIQUE (tenant_id, contract)
) STRICT, WITHOUT ROWID;
CREATE INDEX contract_of_customer ON contract (tenant_id, customer_id);

CREATE UNIQUE INDEX contract_amends ON contract (tenant_id, amends) WHERE amends IS NOT NULL;

CREATE TABLE contract_phase (
    tenant_id        INTEGER NOT NULL,
    phase_id         INTEGER NOT NULL, -- of the counter of prices: no price has it
    contract_id      INTEGER NOT NULL,
    phase            TEXT NOT NULL,
    start_on         TEXT NOT NULL,
    end_on           TEXT, -- null: when the next one begins, or the contract ends
    commitment       TEXT,
    priority         INTEGER NOT NULL, -- the higher is drawn first
    discount_percent TEXT,
    product_id       INTEGER, -- as which is sold what is missing to the commitment
    PRIMARY KEY (tenant_id, phase_id),
    UNIQUE (tenant_id, contract_id, phase)
) STRICT, WITHOUT ROWID;

-- While the phase holds the price has the terms of another one.
CREATE TABLE contract_price (
    tenant_id      INTEGER NOT NULL,
    phase_id       INTEGER NOT NULL,
    element_no     INTEGER NOT NULL, -- from 1
    price_id       INTEGER NOT NULL,
    rated_price_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, phase_id, element_no)
) STRICT, WITHOUT ROWID;

-- What a phase covers: as coupon_scope.
CREATE TABLE contract_scope (
    tenant_id  INTEGER NOT NULL,
    phase_id   INTEGER NOT NULL,
    element_no INTEGER NOT NULL, -- from 1
    plan_id    INTEGER,
    product_id INTEGER,
    PRIMARY KEY (tenant_id, phase_id, element_no)
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------------------------ what the jobs write

-- What a subscription became, and when; its imported row is never changed by a job.
CREATE TABLE subscription_state (
    tenant_id       INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    since_on        TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('trialing', 'active', 'canceled')),
    PRIMARY KEY (tenant_id, subscription_id, since_on, state)
) STRICT, WITHOUT ROWID;

-- A phase of a contract that has a commitment has a period too: subscription_id is 0, price_id the phase, kind true_up, true_up:2 …
CREATE TABLE billing_period (
    tenant_id       INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    price_id        INTEGER NOT NULL,
    start_on        TEXT NOT NULL, -- [start, end) in local dates …
    kind            TEXT NOT NULL, -- recurring, usage, late_usage, late_usage:2, progressive, progressive:2, proration_credit, reversal:usage, rebill:usage …
    end_on          TEXT NOT NULL,
    start_at_us     INTEGER NOT NULL, -- … and the two instants that they mean
    end_at_us       INTEGER NOT NULL,
    full_start_on   TEXT NOT NULL, -- the full period around a stub: the denominator of its proration
    full_end_on     TEXT NOT NULL,
    due_on          TEXT NOT NULL, -- the local date whose midnight makes it due
    cutoff_on       TEXT NOT NULL, -- the last day of the run in which it was due
    quantity        TEXT, -- null: of usage, which is counted when it is rated
    priced_on       TEXT, -- the day whose version of the price holds; null: start_on
    proration       TEXT, -- the basis and the part of the full period: second 1810800/2682000; null: by days
    counts_from_on  TEXT, -- of usage: the parts before it, from here on, are in its total; null: start_on …
    counts_from_us  INTEGER, -- … and the instant
    counts_gaps     TEXT, -- days between those parts, which are in none: 2026-10-05/2026-10-10 and the instants; null: there are none
    corrects        TEXT, -- the number of the invoice whose period is billed again; null: none
    payer_id        INTEGER NOT NULL,
    invoice_id      INTEGER, -- null: due; then of the draft, which becomes the invoice
    PRIMARY KEY (tenant_id, subscription_id, price_id, start_on, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX billing_period_due ON billing_period (tenant_id, payer_id) WHERE invoice_id IS NULL;
-- Subscriptions of which something was taken back: few.
CREATE INDEX billing_period_reversal ON billing_period (tenant_id, subscription_id) WHERE kind > 'reversal:' AND kind < 'reversal;';
-- Periods that were billed in part before they ended.
CREATE INDEX billing_period_progressive ON billing_period (tenant_id, subscription_id, start_on) WHERE kind >= 'progressive' AND kind < 'progressivf';
-- Periods that are billed again: few.
CREATE INDEX billing_period_rebill ON billing_period (tenant_id, subscription_id, start_on) WHERE kind >= 'rebill:' AND kind < 'rebill;';

-- Up to where a subscription's usage of a meter has been rated: what comes for earlier is late.
CREATE TABLE usage_rated (
    tenant_id       INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    meter_id        INTEGER NOT NULL,
    through_us      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, subscription_id, meter_id)
) STRICT, WITHOUT ROWID;

-- Names and addresses as they were when a document froze them, each content once.
CREATE TABLE party (
    tenant_id   INTEGER NOT NULL,
    digest      BLOB NOT NULL,
    name        TEXT NOT NULL,
    email       TEXT,
    line1       TEXT,
    line2       TEXT,
    city        TEXT,
    postal_code TEXT,
    region      TEXT,
    country     TEXT,
    tax_id      TEXT,
    PRIMARY KEY (tenant_id, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice (
    tenant_id            INTEGER NOT NULL,
    invoice_id           INTEGER NOT NULL,
    draft_key            TEXT NOT NULL, -- cutoff, payer, currency, billing group, sequence: the natural key, and the order of numbering
    customer_id          INTEGER NOT NULL, -- who pays
    currency             TEXT NOT NULL,
    cutoff_on            TEXT NOT NULL,
    kind                 TEXT NOT NULL DEFAULT 'invoice' CHECK (kind IN ('invoice', 'credit_note')), -- also its series of numbers
    corrects             TEXT, -- the number of the invoice that a credit note credits, or that an invoice bills again
    status               TEXT NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'partially_paid', 'uncollectible', 'void', 'skipped', 'recorded')),
    taxed                INTEGER NOT NULL,
    subtotal_minor       INTEGER NOT NULL,
    discount_minor       INTEGER NOT NULL,
    tax_minor            INTEGER NOT NULL,
    total_minor          INTEGER NOT NULL,
    credit_applied_minor INTEGER NOT NULL,
    amount_due_minor     INTEGER NOT NULL,
    tax_point_on         TEXT NOT NULL,
    changes              INTEGER NOT NULL DEFAULT 0, -- payments, refunds and corrections of it: raised with each, by those who read it before on condition
    applied              INTEGER NOT NULL DEFAULT 0, -- the changes up to which what was paid is applied
    told                 INTEGER NOT NULL DEFAULT 0, -- by which endpoints its status is known: a digest of their settings; 0: nobody has looked
    -- from here on: given when the invoice is finalized, never changed afterwards
    series               TEXT,
    fiscal_year          INTEGER,
    number_in_series     INTEGER,
    number               TEXT,
    issued_on            TEXT,
    due_on               TEXT,
    payment_terms_days   INTEGER,
    locale               TEXT,
    seller_digest        BLOB,
    buyer_digest         BLOB,
    hash                 BLOB,
    previous_hash        BLOB,
    PRIMARY KEY (tenant_id, invoice_id),
    UNIQUE (tenant_id, draft_key)
) STRICT, WITHOUT ROWID;

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
    tenant_id         INTEGER NOT NULL,
    gateway_reference TEXT NOT NULL,
    customer_id       INTEGER NOT NULL,
    invoice           TEXT,
    gateway           TEXT NOT NULL CHECK (gateway IN ('stripe', 'razorpay', 'mercadopago', 'manual')),
    currency          TEXT NOT NULL,
    amount_minor      INTEGER NOT NULL CHECK (amount_minor > 0),
    at_us             INTEGER NOT NULL,
    note              TEXT,
    part_of           TEXT,
    changes           INTEGER NOT NULL DEFAULT 1, -- without an invoice: raised when it is matched, and with all that is given back of it
    matched           INTEGER NOT NULL DEFAULT 0, -- the changes up to which its parts and its credit show it
    waits             INTEGER NOT NULL DEFAULT 0, -- 1: its invoice was not there when it came, and it is not applied since
    PRIMARY KEY (tenant_id, gateway_reference)
) STRICT, WITHOUT ROWID;

CREATE INDEX payment_of_invoice ON payment (tenant_id, invoice) WHERE invoice IS NOT NULL;
CREATE INDEX payment_of_customer ON payment (tenant_id, customer_id);
CREATE INDEX payment_part ON payment (tenant_id, part_of) WHERE part_of IS NOT NULL;
CREATE INDEX payment_unmatched ON payment (tenant_id, customer_id) WHERE invoice IS NULL AND part_of IS NULL AND changes <> matched;
CREATE INDEX payment_waiting ON payment (tenant_id, invoice) WHERE waits = 1;
CREATE INDEX payment_at_gateway ON payment (gateway, at_us) WHERE part_of IS NULL;
CREATE INDEX payment_by_reference ON payment (gateway, gateway_reference) WHERE part_of IS NULL;

-- What was given back of a payment: it never changes.
CREATE TABLE refund (
    tenant_id         INTEGER NOT NULL,
    gateway_reference TEXT NOT NULL,
    payment           TEXT NOT NULL, -- its gateway_reference
    currency          TEXT NOT NULL,
    amount_minor      INTEGER NOT NULL CHECK (amount_minor > 0),
    at_us             INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, gateway_reference)
) STRICT, WITHOUT ROWID;

CREATE INDEX refund_of_payment ON refund (tenant_id, payment);

-- What a payment gateway said that it has, of a span of days: its payments, and a digest over them.
CREATE TABLE gateway_statement (
    gateway   TEXT NOT NULL,
    from_on   TEXT NOT NULL, -- days of UTC, both inclusive
    until_on  TEXT NOT NULL,
    payments  INTEGER NOT NULL,
    paid      INTEGER NOT NULL, -- of these
    digest    BLOB NOT NULL, -- SHA-256
    PRIMARY KEY (gateway, from_on, until_on)
) STRICT, WITHOUT ROWID;

-- Where it and the payments here differ, as of the last time that it was asked. Amounts are NULL where there is no such payment.
CREATE TABLE payment_difference (
    gateway         TEXT NOT NULL,
    reference       TEXT NOT NULL, -- of the payment there
    what            TEXT NOT NULL, -- payment_difference.h
    tenant          TEXT, -- NULL: none of ours
    customer        TEXT,
    invoice         TEXT,
    effect_key      TEXT, -- of the charge that makes it
    payment_key     TEXT, -- by which it was asked for
    status          TEXT, -- there
    there_currency  TEXT,
    there_minor     INTEGER,
    there_refunded_minor INTEGER,
    here_currency   TEXT,
    here_minor      INTEGER,
    here_refunded_minor INTEGER,
    found_on        TEXT NOT NULL, -- the business date of the run that saw it first
    accepted        TEXT, -- why a person has closed it, until it is another one; NULL: nobody has
    PRIMARY KEY (gateway, reference, what)
) STRICT, WITHOUT ROWID;

-- What became of each attempt to charge an invoice, once it is known: it never changes.
CREATE TABLE payment_attempt (
    tenant_id      INTEGER NOT NULL,
    invoice        TEXT NOT NULL, -- its number
    attempt        INTEGER NOT NULL, -- from 1
    customer       TEXT NOT NULL,
    payment_method TEXT NOT NULL, -- by that name, which was then …
    gateway        TEXT NOT NULL,
    gateway_token  TEXT, -- … this …
    expires        TEXT, -- … and good until then
    currency       TEXT NOT NULL,
    amount_minor   INTEGER NOT NULL CHECK (amount_minor > 0),
    outcome        TEXT NOT NULL CHECK (outcome IN ('paid', 'declined', 'canceled')), -- canceled: nobody was asked
    decline        TEXT CHECK (decline IN ('later', 'customer', 'never')), -- of what was declined: when it may be tried again
    code           TEXT,
    message        TEXT,
    provider_ref   TEXT,
    ended_on       TEXT NOT NULL, -- the local day on which that was recorded, not before that of the run
    PRIMARY KEY (tenant_id, invoice, attempt)
) STRICT, WITHOUT ROWID;

CREATE INDEX payment_attempt_of_method ON payment_attempt (tenant_id, customer, gateway, gateway_token);

-- What is done about an invoice whose charges failed: once in its life, by the terms that it began with.
CREATE TABLE dunning_campaign (
    tenant_id  INTEGER NOT NULL,
    invoice    TEXT NOT NULL, -- its number
    customer   TEXT NOT NULL,
    policy     TEXT NOT NULL,
    terms      TEXT NOT NULL, -- of the policy, as it was then: core/billing/dunning_terms.h
    started_on TEXT NOT NULL, -- the first failure
    state      TEXT NOT NULL CHECK (state IN ('running', 'paused', 'ended', 'paid', 'stopped')), -- paused: over with a pause, which payment ends
    paused_on  TEXT, -- since when what the invoice bills is paused by it
    ended_on   TEXT,
    PRIMARY KEY (tenant_id, invoice)
) STRICT, WITHOUT ROWID;

CREATE INDEX dunning_campaign_open ON dunning_campaign (tenant_id, invoice) WHERE state IN ('running', 'paused');

-- Each step of it, once.
CREATE TABLE dunning_step (
    tenant_id INTEGER NOT NULL,
    invoice   TEXT NOT NULL,
    step      INTEGER NOT NULL, -- from 1
    due_on    TEXT NOT NULL,
    done_on   TEXT NOT NULL, -- the business date
    state     TEXT NOT NULL CHECK (state IN ('done', 'skipped')),
    actions   TEXT NOT NULL,
    note      TEXT, -- what of them was left out, and why
    attempt   INTEGER, -- the first one that it made; null: none
    told_on   TEXT, -- when its mails and webhooks were intended: once its attempt has failed; null: not
    PRIMARY KEY (tenant_id, invoice, step)
) STRICT, WITHOUT ROWID;

-- A document in the currency of its seller's books, where its own is another one (core/billing/document_conversion.h).
CREATE TABLE invoice_conversion (
    tenant_id    INTEGER NOT NULL,
    invoice_id   INTEGER NOT NULL,
    currency     TEXT NOT NULL, -- of the books
    for_on       TEXT NOT NULL, -- the day whose rate was asked for
    published_on TEXT NOT NULL,
    source       TEXT NOT NULL,
    base         TEXT NOT NULL,
    rule         TEXT NOT NULL CHECK (rule IN ('previous', 'next', 'day_before')),
    from_rate    TEXT NOT NULL, -- 1 base = from_rate of the document's currency; 1: it is the base
    from_version INTEGER NOT NULL, -- of exchange_rate; 0: it is the base
    to_rate      TEXT NOT NULL, -- 1 base = to_rate of the books' currency
    to_version   INTEGER NOT NULL,
    net_minor    INTEGER NOT NULL,
    tax_minor    INTEGER NOT NULL,
    total_minor  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, currency)
) STRICT, WITHOUT ROWID;

-- What a payment of such an invoice, or what was given back of one, is worth in the currency of the books by the rate of its day, and what was
-- gained or lost by that (core/billing/exchange_difference.h). It never changes.
CREATE TABLE payment_conversion (
    tenant_id        INTEGER NOT NULL,
    invoice_id       INTEGER NOT NULL,
    entry            INTEGER NOT NULL, -- from 1, in the order in which they were converted
    kind             TEXT NOT NULL CHECK (kind IN ('payment', 'refund')),
    reference        TEXT NOT NULL, -- its gateway_reference
    currency         TEXT NOT NULL, -- of the books
    for_on           TEXT NOT NULL, -- its day, in the zone of the seller
    published_on     TEXT NOT NULL,
    source           TEXT NOT NULL,
    base             TEXT NOT NULL,
    rule             TEXT NOT NULL CHECK (rule IN ('previous', 'next', 'day_before')),
    from_rate        TEXT NOT NULL, -- as those of invoice_conversion
    from_version     INTEGER NOT NULL,
    to_rate          TEXT NOT NULL,
    to_version       INTEGER NOT NULL,
    settled          TEXT NOT NULL, -- of the invoice, in its currency; below zero of what was given back
    worth_minor      INTEGER NOT NULL, -- the same by that rate
    relieved_minor   INTEGER NOT NULL, -- the same by that of the invoice
    difference_minor INTEGER NOT NULL, -- worth less relieved: above zero a gain
    PRIMARY KEY (tenant_id, invoice_id, entry)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX payment_conversion_of ON payment_conversion (tenant_id, kind, reference);

CREATE TABLE invoice_line (
    tenant_id        INTEGER NOT NULL,
    invoice_id       INTEGER NOT NULL,
    line             INTEGER NOT NULL, -- from 1
    kind             TEXT NOT NULL, -- recurring, usage, late_usage
    subscription_id  INTEGER NOT NULL,
    price_id         INTEGER NOT NULL,
    price_valid_from TEXT NOT NULL,
    period_start_on  TEXT NOT NULL,
    period_end_on    TEXT NOT NULL,
    description      TEXT NOT NULL,
    quantity         TEXT NOT NULL,
    unit_amount      TEXT, -- where one price holds for the whole quantity
    amount_minor     INTEGER NOT NULL,
    discount_minor   INTEGER NOT NULL,
    forgiven_minor   INTEGER, -- of the discount: what credit notes gave back of the period before, with the sign of the draft; null: nothing
    tax_minor        INTEGER NOT NULL,
    tax_category     TEXT NOT NULL,
    tax              INTEGER, -- the invoice_tax that covers it, with those beside it
    event_count      INTEGER NOT NULL, -- usage: how many events it was made from
    phase_id         INTEGER, -- of the contract by whose terms it was charged, or whose commitment it fills up; null: none
    rated_price_id   INTEGER, -- the price whose terms it was charged by; null: its own …
    rated_valid_from TEXT, -- … of that version
    PRIMARY KEY (tenant_id, invoice_id, line)
) STRICT, WITHOUT ROWID;

-- What was billed so far of a price's period: for late usage.
CREATE INDEX invoice_line_of_period ON invoice_line (tenant_id, subscription_id, price_id, period_start_on);

-- What a line is off an invoice that was written off (core/billing/written_off.h), with its tax, whatever signs its document
-- has: above zero, what it gives back and is no money, so it is due though the document gives it; below, what it charges and
-- stays written off.
CREATE TABLE written_off_line (
    tenant_id   INTEGER NOT NULL,
    invoice_id  INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    of_invoice  TEXT NOT NULL, -- its number
    off_minor   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, line, of_invoice)
) STRICT, WITHOUT ROWID;

CREATE INDEX written_off_line_of ON written_off_line (tenant_id, of_invoice);

-- What of the usage behind a line was whose; '' is nobody's. No rows: nobody's all. The line's value follows it.
CREATE TABLE usage_share (
    tenant_id  INTEGER NOT NULL,
    invoice_id INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    project    TEXT NOT NULL,
    member     TEXT NOT NULL,
    quantity   TEXT NOT NULL, -- as the meter aggregates, of his events alone, less what earlier lines of the period say
    PRIMARY KEY (tenant_id, invoice_id, line, project, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_tax (
    tenant_id    INTEGER NOT NULL,
    invoice_id   INTEGER NOT NULL,
    tax          INTEGER NOT NULL, -- from 1
    name         TEXT NOT NULL,
    category     TEXT NOT NULL,
    rate_percent TEXT NOT NULL,
    inclusive    INTEGER NOT NULL,
    base_minor   INTEGER NOT NULL,
    tax_minor    INTEGER NOT NULL,
    note         TEXT, -- what the document says of it
    beside_tax   INTEGER, -- lines of that tax pay this one too; null: it is the one that its lines name
    PRIMARY KEY (tenant_id, invoice_id, tax)
) STRICT, WITHOUT ROWID;

-- That a coupon was applied to an invoice: what of its duration is used up, and what of its amount stays.
CREATE TABLE coupon_use (
    tenant_id       INTEGER NOT NULL,
    invoice_id      INTEGER NOT NULL,
    coupon_id       INTEGER NOT NULL,
    customer_id     INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    discount_minor  INTEGER NOT NULL,
    carried_minor   INTEGER NOT NULL, -- for the next invoice
    PRIMARY KEY (tenant_id, invoice_id, coupon_id, customer_id, subscription_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX coupon_use_of_redemption ON coupon_use (tenant_id, coupon_id, customer_id, subscription_id);

-- Which coupon cut which line by how much: a part of the line's discount, with the sign of the draft.
CREATE TABLE coupon_line (
    tenant_id       INTEGER NOT NULL,
    invoice_id      INTEGER NOT NULL,
    line            INTEGER NOT NULL,
    coupon_id       INTEGER NOT NULL,
    customer_id     INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    discount_minor  INTEGER NOT NULL,
    kept            INTEGER NOT NULL DEFAULT 0, -- of a coupon of what the line replaces
    PRIMARY KEY (tenant_id, invoice_id, line, coupon_id, customer_id, subscription_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit_transaction (
    tenant_id    INTEGER NOT NULL,
    customer_id  INTEGER NOT NULL,
    source       TEXT NOT NULL, -- the grant's; '' is the overdraft of an invoice, which a grant's own overdraft row (below zero) pays back
    kind         TEXT NOT NULL CHECK (kind IN ('grant', 'draw', 'expire', 'overdraft')),
    invoice_id   INTEGER NOT NULL, -- 0: of the grant itself, which begins or ends
    currency     TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    made_on      TEXT NOT NULL,
    -- where it counts against limits: whose project and member, and of which month (2026-10) the usage is
    holder_customer_id INTEGER NOT NULL DEFAULT 0,
    project      TEXT NOT NULL DEFAULT '',
    member       TEXT NOT NULL DEFAULT '',
    month        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, customer_id, source, kind, invoice_id, holder_customer_id, project, member, month)
) STRICT, WITHOUT ROWID;

-- What a customer may use of a meter instead of paying for it; a source is of one grant, whether of units or of an amount. Units are
-- counted in millionths.
CREATE TABLE credit_unit_grant (
    tenant_id       INTEGER NOT NULL,
    customer_id     INTEGER NOT NULL,
    source          TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('free', 'purchase', 'lifetime', 'refund')),
    meter_id        INTEGER NOT NULL,
    unit_millionths INTEGER NOT NULL,
    priority        INTEGER NOT NULL,
    effective_at_us INTEGER NOT NULL,
    expires_at_us   INTEGER, -- the first instant at which it is no longer there
    used_millionths INTEGER NOT NULL DEFAULT 0 CHECK (used_millionths >= 0 AND used_millionths <= unit_millionths), -- drawn or expired; moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX credit_unit_grant_left ON credit_unit_grant (tenant_id, expires_at_us) WHERE used_millionths < unit_millionths;

-- Units that begin, pay for a line, or end.
CREATE TABLE credit_unit_transaction (
    tenant_id       INTEGER NOT NULL,
    customer_id     INTEGER NOT NULL,
    source          TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('grant', 'draw', 'expire')),
    invoice_id      INTEGER NOT NULL, -- of a draw, with the line; 0: of the grant itself
    line            INTEGER NOT NULL,
    unit_millionths INTEGER NOT NULL,
    amount_minor    INTEGER NOT NULL, -- of a draw: what it paid of the line, in the currency of the invoice; else 0
    made_on         TEXT NOT NULL,
    PRIMARY KEY (tenant_id, customer_id, source, kind, invoice_id, line)
) STRICT, WITHOUT ROWID;

-- What a customer is overdrawn by, in the tenant's currency: the sum of his overdraft transactions.
CREATE TABLE credit_overdraft (
    tenant_id   INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    owed_minor  INTEGER NOT NULL CHECK (owed_minor >= 0), -- moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id)
) STRICT, WITHOUT ROWID;

-- What of a limit is used: the sum of the draws and overdrafts that name it, of usage of the periods that end in the month.
CREATE TABLE credit_limit_use (
    tenant_id   INTEGER NOT NULL,
    customer_id INTEGER NOT NULL, -- whose project or member it is
    kind        TEXT NOT NULL,
    holder      TEXT NOT NULL,
    month       TEXT NOT NULL, -- 2026-10
    currency    TEXT NOT NULL,
    limit_minor INTEGER NOT NULL, -- as it was when something was drawn last
    used_minor  INTEGER NOT NULL CHECK (used_minor >= 0 AND used_minor <= limit_minor), -- moved by compare-and-set only
    PRIMARY KEY (tenant_id, customer_id, kind, holder, month, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE number_series (
    tenant_id      INTEGER NOT NULL,
    series         TEXT NOT NULL,
    fiscal_year    INTEGER NOT NULL,
    last_number    INTEGER NOT NULL,
    last_issued_on TEXT NOT NULL,
    last_hash      BLOB NOT NULL,
    PRIMARY KEY (tenant_id, series, fiscal_year)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_document (
    tenant_id     INTEGER NOT NULL,
    invoice_id    INTEGER NOT NULL,
    layout_digest BLOB NOT NULL,
    path          TEXT NOT NULL, -- below the documents directory
    pdf_sha256    BLOB NOT NULL,
    size_bytes    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id)
) STRICT, WITHOUT ROWID;

-- A person's decision about a finalized invoice, as it was imported; `corrections` carries it out once.
CREATE TABLE correction (
    tenant_id          INTEGER NOT NULL,
    correction         TEXT NOT NULL,
    invoice            TEXT NOT NULL, -- its number
    action             TEXT NOT NULL CHECK (action IN ('credit', 'void', 'rebill', 'write_off')),
    requested_on       TEXT NOT NULL, -- done by the first run for this day or a later one
    reason             TEXT NOT NULL,
    requested_by       TEXT,
    net                TEXT, -- credit: a part; all three null: what is left
    unused_numerator   INTEGER,
    unused_denominator INTEGER,
    withdrawn          INTEGER NOT NULL DEFAULT 0, -- before it was done
    PRIMARY KEY (tenant_id, correction)
) STRICT, WITHOUT ROWID;

CREATE INDEX correction_of_invoice ON correction (tenant_id, invoice);
CREATE INDEX correction_in_order ON correction (tenant_id, requested_on, correction);

CREATE TABLE correction_line (
    tenant_id  INTEGER NOT NULL,
    correction TEXT NOT NULL,
    line       INTEGER NOT NULL, -- of the invoice
    net        TEXT NOT NULL,
    PRIMARY KEY (tenant_id, correction, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE correction_done (
    tenant_id     INTEGER NOT NULL,
    correction    TEXT NOT NULL,
    done_on       TEXT NOT NULL, -- the business date of the run
    draft_key     TEXT, -- of the credit note, where there is one
    amount_minor  INTEGER NOT NULL, -- credited, written off or void, in the invoice's currency
    PRIMARY KEY (tenant_id, correction)
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_done_of_note ON correction_done (tenant_id, draft_key) WHERE draft_key IS NOT NULL;
