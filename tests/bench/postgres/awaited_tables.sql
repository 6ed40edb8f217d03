-- What bill_awaited writes, beside the tables of the plain script that it reads: empty, with the index
-- that such a program needs to find the events of a subscription.
\set ON_ERROR_STOP on

CREATE INDEX IF NOT EXISTS event_of_subscription ON event (subscription_id, metric, at);

DROP TABLE IF EXISTS awaited_log, awaited_line, awaited_invoice, awaited_renewal, awaited_counter;
CREATE TABLE awaited_counter (name TEXT PRIMARY KEY, next BIGINT NOT NULL);
CREATE TABLE awaited_renewal (subscription_id BIGINT PRIMARY KEY, next_on DATE NOT NULL);
CREATE TABLE awaited_invoice (
    id              BIGSERIAL PRIMARY KEY,
    subscription_id BIGINT NOT NULL,
    number          TEXT UNIQUE,
    status          TEXT NOT NULL,
    currency        TEXT NOT NULL,
    subtotal_minor  BIGINT NOT NULL DEFAULT 0,
    tax_minor       BIGINT NOT NULL DEFAULT 0,
    total_minor     BIGINT NOT NULL DEFAULT 0,
    UNIQUE (subscription_id)
);
CREATE TABLE awaited_line (
    id            BIGSERIAL PRIMARY KEY,
    invoice_id    BIGINT NOT NULL REFERENCES awaited_invoice (id),
    metric        INTEGER NOT NULL,
    quantity_1000 BIGINT NOT NULL,
    amount_minor  BIGINT NOT NULL
);
CREATE TABLE awaited_log (
    id         BIGSERIAL PRIMARY KEY,
    invoice_id BIGINT NOT NULL REFERENCES awaited_invoice (id),
    at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    what       TEXT NOT NULL
);
INSERT INTO awaited_counter VALUES ('invoice', 1);
INSERT INTO awaited_renewal SELECT id, '2026-10-01' FROM subscription;
ANALYZE;
