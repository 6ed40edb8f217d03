/* Tables for people: columns as wide as their widest cell, by the width that a terminal gives each
 * character (names in any script line up). Two spaces between columns, no spaces at line ends. A
 * control character in a cell is shown as "?", so that data cannot steer a terminal. */
#ifndef BILLMILL_CLI_TABLE_H
#define BILLMILL_CLI_TABLE_H

#include <stdio.h>

#include "core/base/array.h"

#define TABLE_COLUMNS_MAX 16

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table_column {
    const char *title;
    enum table_align align;
};

struct table_row {
    const char *cells[TABLE_COLUMNS_MAX]; /* NULL: empty; texts outlive the table */
};

struct table {
    struct arena *arena;
    const struct table_column *columns;
    size_t column_count;
    const char *indent; /* before every line; NULL: nothing */
    struct {
        struct table_row *items;
        size_t count;
        size_t capacity;
    } rows;
};

/* `columns` outlive the table; rows live in the arena. At most TABLE_COLUMNS_MAX columns. */
void table_start(struct table *table, struct arena *arena, const struct table_column *columns,
                 size_t column_count);

/* A new empty row; its cells are the caller's to fill, until the next row is added. */
const char **table_add_row(struct table *table);

/* A heading of titles unless all of them are empty, then the rows. */
void table_print(const struct table *table, FILE *out);

/* Columns of a terminal that the text takes: 2 for a wide character, 0 for a combining one. Bytes
 * that are no UTF-8 count 1 each. */
size_t table_text_width(const char *text);

#endif
