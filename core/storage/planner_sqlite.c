/* What SQLite's planner believes of the tables: see db_sqlite.h. */
#include "core/storage/db_sqlite.h"

/* All rows are of one tenant; each further column of an index picks a few of them, all columns of a
 * unique one pick one. Partial indexes are small. No index is used without its first column
 * (noskipscan). The rows without an index say how large the whole table is: no plan shall read it,
 * nor make a Bloom filter of it. */
#define STATISTICS_SQL                                                                             \
    "PRAGMA analysis_limit = 1; ANALYZE;"                                                          \
    "DELETE FROM sqlite_stat1;"                                                                    \
    "INSERT INTO sqlite_stat1 (tbl, idx, stat)"                                                    \
    " SELECT tbl, idx, entries || group_concat(' ' ||"                                             \
    "  CASE WHEN is_unique AND place = column_count THEN 1 WHEN place = 1 THEN entries"            \
    "   WHEN place = column_count OR place > 2 THEN 10 ELSE 100 END, '') || ' noskipscan'"         \
    " FROM (SELECT t.name AS tbl, CASE WHEN i.origin = 'pk' AND t.sql LIKE '%WITHOUT ROWID%'"      \
    "   THEN t.name ELSE i.name END AS idx, i.\"unique\" AS is_unique,"                            \
    "   CASE WHEN i.partial THEN 10000 ELSE 1000000 END AS entries, c.seqno + 1 AS place,"         \
    "   COUNT(*) OVER (PARTITION BY i.name) AS column_count"                                       \
    "  FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c"     \
    "  WHERE t.type = 'table' AND EXISTS (SELECT 1 FROM pragma_index_info(i.name) f"               \
    "   WHERE f.seqno = 0 AND f.name = 'tenant_id') ORDER BY t.name, i.name, c.seqno)"             \
    " GROUP BY tbl, idx;"                                                                          \
    "INSERT INTO sqlite_stat1 (tbl, idx, stat)"                                                    \
    " SELECT DISTINCT tbl, NULL, '1000000000000' FROM sqlite_stat1;"                               \
    "ANALYZE sqlite_schema"

bool sqlite_expect_large_tables(struct sqlite_db *db, struct error *err)
{
    return sqlite3_exec(db->handle, STATISTICS_SQL, NULL, NULL, NULL) == SQLITE_OK ||
           sqlite_fail(db, "what the planner believes of the tables", err);
}
