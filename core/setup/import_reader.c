#include "core/setup/import_reader.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/setup/csv.h"
#include "core/setup/record_check.h"
#include "core/setup/record_json.h"

#define HEADER_ARENA_CAP (16u << 20)
#define RECORD_COLUMN SIZE_MAX /* the column that names the kind, not a field */

struct import_reader {
    const char *path;
    struct zone_cache *zones;
    struct record_source *source;
    struct arena *arena;                 /* of the header */
    struct csv_cells header;             /* CSV only */
    const struct record_field **columns; /* of the header, as fields of the kind `columns_of`; NULL:
                                            none, or the column that names the kind */
    enum record_kind columns_of;
    struct csv_cells
        cells;      /* of a record; their texts are in its arena, the cells are used again */
    bool has_money; /* among the columns, or lists: read in a second pass */
    const char *header_text;
    size_t header_length;
    enum record_kind forced; /* RECORD_KIND_COUNT: each record says */
    size_t record_column;    /* SIZE_MAX: none */
    bool is_csv, is_begun;
};

bool import_reader_error(const struct import_reader *reader, struct import_place place,
                         struct error *err)
{
    if (place.column > 0)
        return error_context(err, "%s:%lld:%d", reader->path, (long long)place.line, place.column);
    return error_context(err, "%s:%lld", reader->path, (long long)place.line);
}

/* ------------------------------------------------------------------ opening */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static bool decide_format(struct import_reader *reader, struct error *err)
{
    char first;
    if (ends_with(reader->path, ".csv")) {
        reader->is_csv = true;
        return true;
    }
    if (ends_with(reader->path, ".jsonl") || ends_with(reader->path, ".ndjson") ||
        ends_with(reader->path, ".json"))
        return true;
    if (!record_source_peek(reader->source, &first, err))
        return false;
    reader->is_csv = first != '{' && first != '\0';
    return true;
}

/* The longest kind that the file's name begins with: tax_rate before tax…, subscription_state. */
static enum record_kind kind_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    enum record_kind best = RECORD_KIND_COUNT;
    size_t best_length = 0;
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        const char *word = record_kind_name((enum record_kind)kind);
        if (text_starts_with(name, word) && strlen(word) > best_length) {
            best = (enum record_kind)kind;
            best_length = strlen(word);
        }
    }
    return best;
}

bool import_reader_open(const char *path, const char *record, struct zone_cache *zones,
                        struct import_reader **ret_reader, struct error *err)
{
    CLEANUP(import_reader_close) struct import_reader *reader = NULL;
    enum record_kind forced = kind_of_name(path);
    if (record != NULL && !record_kind_parse(record, &forced, err))
        return false;
    reader = memory_alloc(sizeof(*reader), "import reader");
    *reader = (struct import_reader){.path = path,
                                     .zones = zones,
                                     .forced = forced,
                                     .record_column = RECORD_COLUMN,
                                     .columns_of = RECORD_KIND_COUNT};
    reader->arena = arena_create("import header", HEADER_ARENA_CAP);
    if (!record_source_open(path, &reader->source, err) || !decide_format(reader, err))
        return false;
    *ret_reader = reader;
    reader = NULL;
    return true;
}

void import_reader_close(struct import_reader **reader)
{
    if (*reader == NULL)
        return;
    record_source_close(&(*reader)->source);
    arena_destroy(&(*reader)->arena);
    free(*reader);
    *reader = NULL;
}

void import_reader_stop(struct import_reader *reader)
{
    record_source_stop(reader->source);
}

/* ------------------------------------------------------------------ CSV */

static bool check_utf8(const struct source_record *text, struct error *err)
{
    size_t offset;
    if (text_is_plain(text->text, text->length))
        return true;
    if (memchr(text->text, '\0', text->length) != NULL)
        return error_item(err, "bad_text", "contains a NUL byte");
    if (text_utf8_valid(text->text, text->length, &offset))
        return true;
    error_item(err, "bad_text", "is not valid UTF-8 at byte %zu", offset + 1);
    return error_hint(err, "save the file as UTF-8");
}

/* Texts go to `arena`, cells to `cell_arena`. */
static bool split(const struct source_record *text, struct arena *arena, struct arena *cell_arena,
                  struct csv_cells *cells, struct import_place *place, struct error *err)
{
    struct csv_cell at = {0};
    if (!check_utf8(text, err))
        return false;
    if (csv_split(text->text, text->length, arena, cell_arena, cells, &at, err))
        return true;
    *place = (struct import_place){text->line + at.line, at.column};
    return false;
}

/* What stands in the header must be a field of some kind of record; which one is known later. */
static bool check_header_cell(const struct import_reader *reader, size_t i, struct error *err)
{
    const char *name = reader->header.items[i].text;
    for (size_t other = 0; other < i; other++)
        if (text_equal(reader->header.items[other].text, name))
            return error_item(err, "bad_csv", "column \"%.60s\" stands in the header twice", name);
    if (reader->forced == RECORD_KIND_COUNT || i == reader->record_column)
        return true;
    const struct record_shape *shape = record_shape_of(reader->forced);
    if (record_field_find(shape, name, strlen(name)) != NULL)
        return true;
    return record_field_refuse(shape, name, err);
}

static bool find_record_column(struct import_reader *reader, struct error *err)
{
    for (size_t i = 0; i < reader->header.count; i++)
        if (text_equal(reader->header.items[i].text, "record"))
            reader->record_column = i;
    if (reader->record_column != RECORD_COLUMN)
        reader->forced = RECORD_KIND_COUNT;
    if (reader->record_column != RECORD_COLUMN || reader->forced != RECORD_KIND_COUNT)
        return true;
    error_item(err, "bad_csv", "the kind of the records is not known");
    return error_hint(err, "name it with --record, in a column \"record\", or begin the file's "
                           "name with it: usage-2026-10.csv");
}

/* An error in the header is an error of the whole file: ERROR_RUN. */
static bool header_failed(const struct import_reader *reader, struct import_place place,
                          struct error *err)
{
    import_reader_error(reader, place, err);
    err->kind = ERROR_RUN;
    err->exit_code = EXIT_DATA;
    return false;
}

static bool read_header(struct import_reader *reader, bool *ret_more, struct error *err)
{
    struct source_record text;
    if (!record_source_next(reader->source, true, &text, ret_more, err))
        return false;
    if (!*ret_more)
        return true;
    struct import_place place = {text.line, 1};
    reader->header_text = arena_copy_n(reader->arena, text.text, text.length);
    reader->header_length = text.length;
    if (!split(&text, reader->arena, reader->arena, &reader->header, &place, err) ||
        !find_record_column(reader, err))
        return header_failed(reader, place, err);
    for (size_t i = 0; i < reader->header.count; i++) {
        place.column = reader->header.items[i].column;
        if (!check_header_cell(reader, i, err))
            return header_failed(reader, place, err);
    }
    return true;
}

struct row_reader {
    const struct import_reader *reader;
    const struct value_context *context;
    const struct csv_cells *cells;
    const struct record_shape *shape;
    const char *currency;
    void *record;
    uint64_t seen;
    size_t cell; /* where an error is */
};

static bool read_cell(struct row_reader *row, const struct record_field *field, struct error *err)
{
    const char *text = row->cells->items[row->cell].text;
    row->seen |= UINT64_C(1) << (field - row->shape->fields);
    if (field->type == FIELD_UNSUPPORTED)
        return error_item(err, "bad_value",
                          "field \"%s\" of record %s is not supported by this version", field->name,
                          row->shape->name);
    if (field->type == FIELD_JSON || field->type == FIELD_JSON_LIST || field->type == FIELD_LIST)
        return record_json_read_cell(row->context, field, text, row->currency, row->record, err);
    struct value_source source = {FORM_CELL, text};
    return record_value_set(row->context, field, source, row->currency, row->record, err);
}

static bool is_late_field(const struct record_field *field)
{
    return field->type == FIELD_MONEY || field->type == FIELD_LIST;
}

/* Which field each column is, for records of this kind. */
static void find_columns(struct import_reader *reader, enum record_kind kind)
{
    const struct record_shape *shape = record_shape_of(kind);
    if (reader->columns == NULL)
        reader->columns = (const struct record_field **)arena_alloc_array(
            reader->arena, reader->header.count, sizeof(*reader->columns));
    reader->has_money = false;
    for (size_t i = 0; i < reader->header.count; i++) {
        const char *name = reader->header.items[i].text;
        reader->columns[i] =
            i == reader->record_column ? NULL : record_field_find(shape, name, strlen(name));
        reader->has_money =
            reader->has_money || (reader->columns[i] != NULL && is_late_field(reader->columns[i]));
    }
    reader->columns_of = kind;
}

/* Money and lists are read in a second pass, when the currency is known. An empty cell is absent.
 */
static bool read_cells(struct row_reader *row, bool with_money, struct error *err)
{
    const struct import_reader *reader = row->reader;
    for (row->cell = 0; row->cell < reader->header.count; row->cell++) {
        const struct record_field *field = reader->columns[row->cell];
        if (row->cell == reader->record_column || row->cells->items[row->cell].text[0] == '\0')
            continue;
        if (field == NULL)
            return record_field_refuse(row->shape, reader->header.items[row->cell].text, err);
        if (is_late_field(field) == with_money && !read_cell(row, field, err))
            return false;
    }
    return true;
}

static bool read_row(struct row_reader *row, struct error *err)
{
    record_value_clear_all(row->shape, row->record);
    if (!read_cells(row, false, err))
        return false;
    if (row->shape->currency_offset != SIZE_MAX)
        row->currency =
            *(const char *const *)(void *)((char *)row->record + row->shape->currency_offset);
    if (row->reader->has_money && !read_cells(row, true, err))
        return false;
    row->cell = 0;
    return record_complete(row->context, row->shape, row->seen, row->record, err);
}

static bool read_csv(struct import_reader *reader, const struct source_record *text,
                     const struct value_context *context, struct import_item *item,
                     struct error *err)
{
    struct csv_cells *cells = &reader->cells;
    cells->count = 0;
    if (!split(text, context->arena, reader->arena, cells, &item->place, err))
        return false;
    if (cells->count != reader->header.count)
        return error_item(err, "bad_csv", "the record has %zu fields, the header %zu", cells->count,
                          reader->header.count);
    enum record_kind kind = reader->forced;
    if (reader->record_column != RECORD_COLUMN) {
        item->place.column = cells->items[reader->record_column].column;
        if (!record_kind_parse(cells->items[reader->record_column].text, &kind, err))
            return false;
    }
    item->kind = kind;
    if (reader->columns_of != kind)
        find_columns(reader, kind);
    struct row_reader row = {.reader = reader,
                             .context = context,
                             .cells = cells,
                             .shape = record_shape_of(kind),
                             .record = &item->record};
    bool good = read_row(&row, err);
    item->place = (struct import_place){text->line + cells->items[row.cell].line,
                                        cells->items[row.cell].column};
    return good;
}

/* ------------------------------------------------------------------ records */

static bool read_record(struct import_reader *reader, const struct source_record *text,
                        struct arena *arena, struct import_item *item, struct error *err)
{
    const struct value_context context = {arena, reader->zones};
    if (reader->is_csv)
        return read_csv(reader, text, &context, item, err);
    return record_json_read(&context, text->text, text->length, reader->forced, &item->kind,
                            &item->record, &item->place.column, err);
}

static bool is_blank(const struct source_record *text)
{
    for (size_t i = 0; i < text->length; i++)
        if (text->text[i] != ' ' && text->text[i] != '\t' && text->text[i] != '\r')
            return false;
    return true;
}

/* Files that were put behind each other, and what --skip-bad appends to one file twice. */
static bool is_header_again(const struct import_reader *reader, const struct source_record *text)
{
    return reader->is_csv && text->length == reader->header_length &&
           memcmp(text->text, reader->header_text, text->length) == 0;
}

bool import_reader_next(struct import_reader *reader, struct arena *arena,
                        struct import_item *ret_item, bool *ret_more, struct error *err)
{
    struct source_record text;
    if (reader->is_csv && !reader->is_begun && !read_header(reader, ret_more, err))
        return false;
    reader->is_begun = true;
    do
        if (!record_source_next(reader->source, reader->is_csv, &text, ret_more, err))
            return false;
    while (*ret_more && (is_blank(&text) || is_header_again(reader, &text)));
    if (!*ret_more)
        return true;
    ret_item->kind = RECORD_KIND_COUNT;
    ret_item->place = (struct import_place){text.line, reader->is_csv ? 1 : 0};
    ret_item->raw = text.text;
    ret_item->raw_length = text.length;
    if (read_record(reader, &text, arena, ret_item, err) &&
        record_check(ret_item->kind, &ret_item->record, arena, err))
        return true;
    return import_reader_error(reader, ret_item->place, err);
}

const char *import_reader_header(const struct import_reader *reader, size_t *ret_length)
{
    *ret_length = reader->header_length;
    return reader->header_text;
}

int64_t import_reader_bytes_done(const struct import_reader *reader)
{
    return record_source_bytes_done(reader->source);
}

int64_t import_reader_bytes_total(const struct import_reader *reader)
{
    return record_source_bytes_total(reader->source);
}
