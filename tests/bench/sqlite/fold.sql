-- What a month's usage adds up to, for each subscription and metric: read and grouped, not kept.
PRAGMA cache_size = -65536;

SELECT count(*), sum(v)
FROM (SELECT sum(value_1000) AS v
      FROM event
      WHERE at_s >= unixepoch('2026-09-01') AND at_s < unixepoch('2026-10-01')
      GROUP BY subscription_id, metric);
