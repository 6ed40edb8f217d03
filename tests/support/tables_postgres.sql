-- What a database has, a line each, in the words that tables_sqlite.sql has too: both must say the same.
WITH t AS (SELECT c.oid, c.relname AS name FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r')
SELECT 'column ' || t.name || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
    || coalesce(' default ' || replace(pg_get_expr(d.adbin, d.adrelid), '::text', ''), '')
FROM t JOIN pg_attribute a ON a.attrelid = t.oid LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'key ' || t.name || CASE k.contype WHEN 'p' THEN ' primary ' ELSE ' unique ' END
    || (SELECT string_agg(a.attname, ', ' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u (no, n) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.no)
FROM t JOIN pg_constraint k ON k.conrelid = t.oid WHERE k.contype IN ('p', 'u')
UNION ALL
SELECT 'index ' || t.name || ' ' || c.relname || CASE WHEN i.indisunique THEN ' unique ' ELSE ' ' END
    || (SELECT string_agg(a.attname, ', ' ORDER BY n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY u (no, n) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.no)
    || coalesce(' where ' || replace(replace(translate(pg_get_expr(i.indpred, i.indrelid), '()]', ''), '::text', ''), '= ANY ARRAY[', 'IN '), '')
FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
UNION ALL
SELECT 'checks ' || t.name || ' ' || (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'c')
    || ' references ' || (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'f')
FROM t
