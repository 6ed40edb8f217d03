-- What a month's usage adds up to, for each subscription and metric: read and grouped, not kept.
\set ON_ERROR_STOP on

SELECT count(*), sum(v)
FROM (SELECT sum(value_1000) AS v
      FROM event
      WHERE at >= '2026-09-01 00:00:00+00' AND at < '2026-10-01 00:00:00+00'
      GROUP BY subscription_id, metric) AS g;
