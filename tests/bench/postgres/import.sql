-- Import with exact dedup, as users would write it: stage with types, insert what is new.
\set ON_ERROR_STOP on

CREATE TEMP TABLE stage (metric TEXT, key TEXT, subscription TEXT, value NUMERIC, at TIMESTAMPTZ);
\copy stage FROM 'events.csv' (FORMAT csv)

INSERT INTO event (key, subscription_id, metric, value_1000, at)
SELECT s.key, b.id,
       CASE s.metric WHEN 'api_calls' THEN 0 WHEN 'storage_gb_h' THEN 1 ELSE 2 END,
       (s.value * 1000)::BIGINT, s.at
FROM stage s JOIN subscription b ON b.subscription = s.subscription
ON CONFLICT (key) DO NOTHING;
