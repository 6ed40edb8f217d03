-- Import with exact dedup, as users would write it: stage the text, insert what is new.
PRAGMA synchronous = FULL;
PRAGMA cache_size = -65536;

CREATE TABLE stage (metric TEXT, key TEXT, subscription TEXT, value TEXT, at TEXT);
.mode csv
.import events.csv stage

BEGIN IMMEDIATE;
-- Values have at most three decimals: the number of thousandths by text, for a REAL is not exact.
INSERT OR IGNORE INTO event (key, subscription_id, metric, value_1000, at_s)
SELECT s.key, b.id,
       CASE s.metric WHEN 'api_calls' THEN 0 WHEN 'storage_gb_h' THEN 1 ELSE 2 END,
       CASE instr(s.value, '.')
           WHEN 0 THEN s.value * 1000
           ELSE replace(s.value, '.', '') + 0
       END,
       unixepoch(s.at)
FROM stage s JOIN subscription b ON b.subscription = s.subscription;
COMMIT;
DROP TABLE stage;
