/* Printing tables: see table.h. */
#include "core/cli/table.h"

#include <string.h>

#include <utf8proc.h>

#define SEPARATOR "  "

void table_start(struct table *table, struct arena *arena, const struct table_column *columns,
                 size_t column_count)
{
    assert(column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.arena = arena, .columns = columns, .column_count = column_count};
}

const char **table_add_row(struct table *table)
{
    return ARRAY_ADD(table->arena, &table->rows).cells;
}

/* The character at *cursor, which moves behind it; a byte that is no UTF-8 is -1. */
static utf8proc_int32_t next_character(const char **cursor, size_t *ret_bytes)
{
    utf8proc_int32_t character = 0;
    utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)*cursor,
                                              (utf8proc_ssize_t)strlen(*cursor), &character);
    *ret_bytes = bytes > 0 ? (size_t)bytes : 1;
    *cursor += *ret_bytes;
    return bytes > 0 ? character : -1;
}

/* What is shown as "?": bytes that are no UTF-8, and characters that steer a terminal. */
static bool is_hidden(utf8proc_int32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

size_t table_text_width(const char *text)
{
    size_t width = 0;
    size_t bytes = 0;
    while (*text != '\0') {
        utf8proc_int32_t character = next_character(&text, &bytes);
        int columns = is_hidden(character) ? 1 : utf8proc_charwidth(character);
        width += columns > 0 ? (size_t)columns : 0;
    }
    return width;
}

static void print_text(const char *text, FILE *out)
{
    size_t bytes = 0;
    while (*text != '\0') {
        const char *start = text;
        if (is_hidden(next_character(&text, &bytes)))
            (void)fputc('?', out);
        else
            (void)fwrite(start, 1, bytes, out);
    }
}

static const char *cell_text(const char *cell)
{
    return cell == NULL ? "" : cell;
}

/* The last column that has something in this row, so that no line ends in spaces. */
static size_t used_columns(const struct table *table, const char *const *cells)
{
    size_t used = table->column_count;
    while (used > 0 && *cell_text(cells[used - 1]) == '\0')
        used--;
    return used;
}

static void print_spaces(size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++)
        (void)fputc(' ', out);
}

static void print_row(const struct table *table, const char *const *cells, const size_t *widths,
                      FILE *out)
{
    size_t used = used_columns(table, cells);
    if (used > 0)
        (void)fputs(cell_text(table->indent), out);
    for (size_t i = 0; i < used; i++) {
        const char *text = cell_text(cells[i]);
        size_t missing = widths[i] - table_text_width(text);
        bool right = table->columns[i].align == TABLE_RIGHT;
        if (right)
            print_spaces(missing, out);
        print_text(text, out);
        if (i + 1 < used) {
            if (!right)
                print_spaces(missing, out);
            (void)fputs(SEPARATOR, out);
        }
    }
    (void)fputc('\n', out);
}

static void widen(size_t *width, const char *text)
{
    size_t wanted = table_text_width(cell_text(text));
    if (wanted > *width)
        *width = wanted;
}

void table_print(const struct table *table, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    const char *titles[TABLE_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < table->column_count; i++) {
        titles[i] = table->columns[i].title;
        widen(&widths[i], titles[i]);
        for (size_t row = 0; row < table->rows.count; row++)
            widen(&widths[i], table->rows.items[row].cells[i]);
    }
    if (used_columns(table, titles) > 0)
        print_row(table, titles, widths, out);
    for (size_t row = 0; row < table->rows.count; row++)
        print_row(table, table->rows.items[row].cells, widths, out);
}
