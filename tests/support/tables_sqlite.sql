-- What a database has, a line each, in the words that tables_postgres.sql has too: both must say the same.
SELECT 'column ' || t.name || ' ' || c.name || ' ' || CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE lower(c.type) END
    || CASE WHEN c."notnull" OR c.pk THEN ' not null' ELSE '' END || coalesce(' default ' || c.dflt_value, '')
FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
UNION ALL
SELECT 'key ' || name || ' primary ' || group_concat(column_name, ', ')
FROM (SELECT t.name, c.name AS column_name FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND c.pk > 0 ORDER BY t.name, c.pk) GROUP BY name
UNION ALL
SELECT 'key ' || name || ' unique ' || group_concat(column_name, ', ')
FROM (SELECT t.name, i.name AS index_name, c.name AS column_name FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
    WHERE t.type = 'table' AND i.origin = 'u' ORDER BY t.name, i.name, c.seqno) GROUP BY name, index_name
UNION ALL
SELECT 'index ' || name || ' ' || index_name || CASE WHEN is_unique THEN ' unique ' ELSE ' ' END || group_concat(column_name, ', ')
    || CASE WHEN sql LIKE '% WHERE %' THEN ' where ' || replace(replace(substr(sql, instr(sql, ' WHERE ') + 7), '(', ''), ')', '') ELSE '' END
FROM (SELECT t.name, i.name AS index_name, i."unique" AS is_unique, c.name AS column_name, s.sql
    FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c, sqlite_schema s
    WHERE t.type = 'table' AND i.origin = 'c' AND s.type = 'index' AND s.name = i.name ORDER BY t.name, i.name, c.seqno) GROUP BY name, index_name
UNION ALL
SELECT 'checks ' || name || ' ' || ((length(sql) - length(replace(sql, 'CHECK (', ''))) / length('CHECK ('))
    || ' references ' || ((length(sql) - length(replace(sql, 'REFERENCES ', ''))) / length('REFERENCES '))
FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
