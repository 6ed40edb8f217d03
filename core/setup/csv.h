/* CSV as RFC 4180 has it: fields split by commas, quoted fields may hold commas, line ends and
 * doubled quotes. One record at a time; the text of the record stays as it is. */
#ifndef BILLMILL_SETUP_CSV_H
#define BILLMILL_SETUP_CSV_H

#include "core/base/arena.h"
#include "core/base/array.h"
#include "core/base/error.h"

struct csv_cell {
    const char *text; /* unquoted, ended by NUL; in the arena */
    int32_t line;     /* of the record, from 0 */
    int32_t column;   /* in characters, from 1 */
};

struct csv_cells ARRAY_OF(struct csv_cell);

/* Splits one record without its line end: texts into `arena`, cells into `cell_arena`. ERROR_ITEM
 * "bad_csv"; *ret_at is then where (the text is empty), and the cells before it are in *cells. */
MUST_CHECK bool csv_split(const char *record, size_t length, struct arena *arena,
                          struct arena *cell_arena, struct csv_cells *cells,
                          struct csv_cell *ret_at, struct error *err);

#endif
