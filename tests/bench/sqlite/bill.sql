-- September 2026: lines, tax, invoices and numbers, one INSERT … SELECT per table, one transaction.
-- Amounts are minor units. A unit price is base / 10^6 of a currency with two decimals and a hundred
-- times that of the yen, which has none, so it is base / 10^4 minor units everywhere; a quantity is
-- in thousandths. Rounded half up, once per line and once for the tax of an invoice.
PRAGMA synchronous = FULL;
PRAGMA cache_size = -65536;

BEGIN IMMEDIATE;

CREATE TEMP TABLE usage_total AS
SELECT subscription_id, metric, sum(value_1000) AS v
FROM event
WHERE at_s >= unixepoch('2026-09-01') AND at_s < unixepoch('2026-10-01')
GROUP BY subscription_id, metric;
.shell date +%s%N >>"$BENCH_MARKS"

INSERT INTO line (subscription_id, metric, description, start_on, end_on, quantity_1000, amount_minor, tax_percent)
SELECT s.id, -1, 'Service', '2026-09-01', '2026-10-01', 1000, 1000 * s.plan,
       CASE s.exempt WHEN 1 THEN 0 ELSE r.percent END
FROM subscription s JOIN rate r ON r.country = s.country;

INSERT INTO line (subscription_id, metric, description, start_on, end_on, quantity_1000, amount_minor, tax_percent)
SELECT subscription_id, metric,
       CASE metric WHEN 0 THEN 'Service, api_calls' WHEN 1 THEN 'Service, storage_gb_h' ELSE 'Service, egress_gb' END,
       '2026-09-01', '2026-10-01', v,
       CASE (plan + metric) % 4
           WHEN 0 THEN -- per unit
               (2 * v * base + 10000000) / 20000000
           WHEN 1 THEN -- graduated: 100 %, 80 %, 50 %
               (2 * base * (min(v, 1000000) * 10
                            + max(0, min(v, 10000000) - 1000000) * 8
                            + max(0, v - 10000000) * 5) + 100000000) / 200000000
           WHEN 2 THEN -- volume
               (2 * base * v * CASE WHEN v <= 1000000 THEN 10 WHEN v <= 10000000 THEN 8 ELSE 5 END
                + 100000000) / 200000000
           ELSE -- packages of 1000 units, rounded up
               ((v + 999999) / 1000000 * base + 5) / 10
       END, percent
FROM (SELECT u.subscription_id, u.metric, u.v, 1000 + 137 * s.plan + 59 * u.metric AS base, s.plan,
             CASE s.exempt WHEN 1 THEN 0 ELSE r.percent END AS percent
      FROM usage_total u
      JOIN subscription s ON s.id = u.subscription_id
      JOIN rate r ON r.country = s.country);

INSERT INTO invoice (subscription_id, number, status, issued_on, due_on, currency, subtotal_minor, tax_percent,
                     tax_minor, total_minor)
SELECT id, printf('2026-%07d', row_number() OVER (ORDER BY id)), 'open', '2026-10-01', '2026-10-31',
       currency, subtotal, percent, tax, subtotal + tax
FROM (SELECT s.id, p.currency, l.subtotal, l.percent, (2 * l.subtotal * l.percent + 100) / 200 AS tax
      FROM (SELECT subscription_id, sum(amount_minor) AS subtotal, max(tax_percent) AS percent
            FROM line GROUP BY subscription_id) l
      JOIN subscription s ON s.id = l.subscription_id
      JOIN plan p ON p.plan = s.plan);

UPDATE subscription SET billed_to = '2026-10-01';

COMMIT;
