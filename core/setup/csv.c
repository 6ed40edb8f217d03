#include "core/setup/csv.h"

#include <string.h>

#include "core/base/text.h"

struct csv_scan {
    const char *at;
    const char *end;
    int32_t line, column;
};

static void step(struct csv_scan *scan)
{
    unsigned char c = (unsigned char)*scan->at++;
    if (c == '\n') {
        scan->line++;
        scan->column = 1;
    } else if ((c & 0xC0) != 0x80) {
        scan->column++; /* a character, not one of its later bytes */
    }
}

static bool is_at_end(const struct csv_scan *scan)
{
    return scan->at == scan->end || *scan->at == ',';
}

/* target has room: an unquoted text is never longer than the quoted one. */
static bool read_quoted(struct csv_scan *scan, char *target, struct error *err)
{
    step(scan);
    for (; scan->at < scan->end; step(scan)) {
        if (*scan->at == '"') {
            step(scan);
            if (scan->at == scan->end || *scan->at != '"') {
                *target = '\0';
                if (!is_at_end(scan))
                    return error_item(err, "bad_csv",
                                      "a comma must follow the closing quote; "
                                      "quotes inside a field are doubled");
                return true;
            }
        }
        *target++ = *scan->at;
    }
    return error_item(err, "bad_csv", "the quote that opens this field is never closed");
}

static bool read_plain(struct csv_scan *scan, char *target, struct error *err)
{
    for (; !is_at_end(scan); step(scan)) {
        if (*scan->at == '"')
            return error_item(err, "bad_csv",
                              "a quote inside a field without quotes; put the "
                              "field into quotes and double this one");
        *target++ = *scan->at;
    }
    *target = '\0';
    return true;
}

/* Without quotes and of one byte a character: the record once, its commas being the ends. */
static void split_plain(const char *record, size_t length, struct arena *arena,
                        struct arena *cell_arena, struct csv_cells *cells)
{
    char *storage = arena_copy_n(arena, record, length);
    char *text = storage, *comma;
    for (; (comma = memchr(text, ',', length - (size_t)(text - storage))) != NULL;
         text = comma + 1) {
        *comma = '\0';
        ARRAY_ADD(cell_arena, cells) = (struct csv_cell){text, 0, (int32_t)(text - storage) + 1};
    }
    ARRAY_ADD(cell_arena, cells) = (struct csv_cell){text, 0, (int32_t)(text - storage) + 1};
}

bool csv_split(const char *record, size_t length, struct arena *arena, struct arena *cell_arena,
               struct csv_cells *cells, struct csv_cell *ret_at, struct error *err)
{
    struct csv_scan scan = {record, record + length, 0, 1};
    if (text_is_plain(record, length) && memchr(record, '"', length) == NULL) {
        split_plain(record, length, arena, cell_arena, cells);
        return true;
    }
    char *storage = arena_alloc(arena, 2 * length + 2); /* each text and its NUL */
    for (;;) {
        struct csv_cell cell = {storage, scan.line, scan.column};
        bool is_quoted = scan.at < scan.end && *scan.at == '"';
        bool good = is_quoted ? read_quoted(&scan, storage, err) : read_plain(&scan, storage, err);
        if (!good) {
            *ret_at = is_quoted && scan.at == scan.end
                          ? (struct csv_cell){"", cell.line, cell.column}
                          : (struct csv_cell){"", scan.line, scan.column};
            return false;
        }
        ARRAY_ADD(cell_arena, cells) = cell;
        storage += strlen(storage) + 1;
        if (scan.at == scan.end)
            return true;
        step(&scan);
    }
}
