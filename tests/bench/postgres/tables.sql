-- The tables of the plain script, and what does not change: filled before any time is taken.
\set ON_ERROR_STOP on

CREATE TABLE plan (plan INTEGER PRIMARY KEY, currency TEXT NOT NULL);
CREATE TABLE rate (country TEXT PRIMARY KEY, percent BIGINT NOT NULL);
CREATE TABLE subscription (
    id           BIGINT PRIMARY KEY,
    subscription TEXT NOT NULL UNIQUE,
    plan         INTEGER NOT NULL,
    country      TEXT NOT NULL,
    exempt       INTEGER NOT NULL
);
CREATE TABLE event (
    key             TEXT NOT NULL UNIQUE,
    subscription_id BIGINT NOT NULL,
    metric          INTEGER NOT NULL, -- 0 to 2
    value_1000      BIGINT NOT NULL,
    at              TIMESTAMPTZ NOT NULL
);
CREATE TABLE line (
    subscription_id BIGINT NOT NULL,
    metric          INTEGER NOT NULL, -- -1: the flat fee
    description     TEXT NOT NULL,
    start_on        DATE NOT NULL,
    end_on          DATE NOT NULL,
    quantity_1000   BIGINT NOT NULL,
    amount_minor    BIGINT NOT NULL,
    tax_percent     BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, metric)
);
CREATE TABLE invoice (
    subscription_id BIGINT PRIMARY KEY,
    number          TEXT NOT NULL UNIQUE,
    status          TEXT NOT NULL,
    issued_on       DATE NOT NULL,
    due_on          DATE NOT NULL,
    currency        TEXT NOT NULL,
    subtotal_minor  BIGINT NOT NULL,
    tax_percent     BIGINT NOT NULL,
    tax_minor       BIGINT NOT NULL,
    total_minor     BIGINT NOT NULL
);

\copy plan FROM 'plans.csv' (FORMAT csv)
\copy rate FROM 'rates.csv' (FORMAT csv)
\copy subscription FROM 'subscriptions.csv' (FORMAT csv)
ALTER TABLE subscription ADD COLUMN billed_to DATE; -- the day up to which it is invoiced
ANALYZE;
