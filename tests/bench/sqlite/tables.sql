-- The tables of the plain script, and what does not change: filled before any time is taken.
PRAGMA journal_mode = WAL;

CREATE TABLE plan (plan INTEGER PRIMARY KEY, currency TEXT NOT NULL);
CREATE TABLE rate (country TEXT PRIMARY KEY, percent INTEGER NOT NULL);
CREATE TABLE subscription (
    id           INTEGER PRIMARY KEY,
    subscription TEXT NOT NULL UNIQUE,
    plan         INTEGER NOT NULL,
    country      TEXT NOT NULL,
    exempt       INTEGER NOT NULL
);
CREATE TABLE event (
    key             TEXT NOT NULL UNIQUE,
    subscription_id INTEGER NOT NULL,
    metric          INTEGER NOT NULL, -- 0 to 2
    value_1000      INTEGER NOT NULL,
    at_s            INTEGER NOT NULL
);
CREATE TABLE line (
    subscription_id INTEGER NOT NULL,
    metric          INTEGER NOT NULL, -- -1: the flat fee
    description     TEXT NOT NULL,
    start_on        TEXT NOT NULL,
    end_on          TEXT NOT NULL,
    quantity_1000   INTEGER NOT NULL,
    amount_minor    INTEGER NOT NULL,
    tax_percent     INTEGER NOT NULL,
    PRIMARY KEY (subscription_id, metric)
) WITHOUT ROWID;
CREATE TABLE invoice (
    subscription_id INTEGER PRIMARY KEY,
    number          TEXT NOT NULL UNIQUE,
    status          TEXT NOT NULL,
    issued_on       TEXT NOT NULL,
    due_on          TEXT NOT NULL,
    currency        TEXT NOT NULL,
    subtotal_minor  INTEGER NOT NULL,
    tax_percent     INTEGER NOT NULL,
    tax_minor       INTEGER NOT NULL,
    total_minor     INTEGER NOT NULL
);

.mode csv
.import plans.csv plan
.import rates.csv rate
.import subscriptions.csv subscription
ALTER TABLE subscription ADD COLUMN billed_to TEXT; -- the day up to which it is invoiced
