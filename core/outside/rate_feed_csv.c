/* The CSV of the European Central Bank: the history ("2026-04-13,1.1684,N/A,…", with an empty last
 * column) and the day ("13 April 2026, 1.1684, …"). The header names the currencies. */
#include <string.h>

#include "core/outside/rate_feed_parts.h"

#define COLUMNS_MAX 256
#define FEED_BASE "EUR"

struct cell {
    size_t start, length; /* without the spaces around it */
};

struct line {
    size_t start, length;
    struct cell cells[COLUMNS_MAX];
    size_t count;
    bool has_empty_end; /* a comma behind the last column, as the bank's files have it */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool add_cell(const struct feed_text *text, struct line *line, size_t start, size_t end,
                     struct error *err)
{
    if (line->count == COLUMNS_MAX)
        return feed_refuse(text, start, err, "a line has at most %d columns", COLUMNS_MAX);
    while (start < end && is_blank(text->bytes[start]))
        start++;
    while (end > start && is_blank(text->bytes[end - 1]))
        end--;
    line->cells[line->count++] = (struct cell){start, end - start};
    return true;
}

/* The next line that is not empty; *ret_found false at the end. */
static bool next_line(struct feed_text *text, struct line *line, bool *ret_found, struct error *err)
{
    size_t start = text->at;
    *ret_found = false;
    while (start < text->size && (is_blank(text->bytes[start]) || text->bytes[start] == '\n'))
        start++;
    if (start == text->size)
        return true;
    *line = (struct line){.start = start};
    size_t cell = start;
    size_t at = start;
    for (; at < text->size && text->bytes[at] != '\n'; at++) {
        if (text->bytes[at] == '"' || text->bytes[at] == '\0')
            return feed_refuse(text, at, err, "quotation marks have no place in this file");
        if (text->bytes[at] != ',')
            continue;
        if (!add_cell(text, line, cell, at, err))
            return false;
        cell = at + 1;
    }
    if (!add_cell(text, line, cell, at, err))
        return false;
    line->length = at - start;
    text->at = at;
    *ret_found = true;
    return true;
}

static void drop_empty_end(struct line *line)
{
    line->has_empty_end = line->count > 1 && line->cells[line->count - 1].length == 0;
    line->count -= line->has_empty_end;
}

/* What the header has: the comma behind the last column says that its rate is whole. */
struct columns {
    size_t count;
    bool has_empty_end;
    char codes[COLUMNS_MAX][RATE_CODE_SIZE];
};

static bool read_header(const struct feed_text *text, const struct line *header,
                        struct columns *ret_columns, struct error *err)
{
    char(*codes)[RATE_CODE_SIZE] = ret_columns->codes;
    ret_columns->count = header->count;
    ret_columns->has_empty_end = header->has_empty_end;
    if (!feed_is(text, header->cells[0].start, header->cells[0].length, "Date"))
        return feed_refuse(text, header->start, err,
                           "expected the header of the ECB: Date, then currencies");
    for (size_t i = 1; i < header->count; i++) {
        const struct cell *cell = &header->cells[i];
        if (!feed_code(text, cell->start, cell->length, codes[i], err))
            return false;
        if (strcmp(codes[i], FEED_BASE) == 0)
            return feed_refuse(text, cell->start, err, "a rate of %s, which is the base", codes[i]);
        for (size_t k = 1; k < i; k++)
            if (strcmp(codes[k], codes[i]) == 0)
                return feed_refuse(text, cell->start, err, "%s is there twice", codes[i]);
    }
    return true;
}

/* "13 April 2026" */
static bool read_long_date(const struct feed_text *text, struct cell cell, struct date *ret_date,
                           struct error *err)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    const char *at = text->bytes + cell.start;
    const char *end = at + cell.length;
    int32_t day = 0;
    int32_t year = 0;
    struct error ignored = {0};
    const char *digits = at;
    for (; at < end && at - digits < 2 && *at >= '0' && *at <= '9'; at++)
        day = day * 10 + (*at - '0');
    for (int32_t month = 0; month < (int32_t)ARRAY_LEN(months); month++) {
        size_t length = strlen(months[month]);
        if ((size_t)(end - at) != length + 6 || at[0] != ' ' || at[length + 1] != ' ' ||
            memcmp(at + 1, months[month], length) != 0)
            continue;
        bool good = true;
        for (const char *y = at + length + 2; y < end; y++) {
            good = good && *y >= '0' && *y <= '9';
            year = year * 10 + (*y - '0');
        }
        if (good && date_from_civil(year, month + 1, day, ret_date, &ignored))
            return true;
        break;
    }
    return feed_refuse(text, cell.start, err,
                       "'%.*s' is not a day: expected YYYY-MM-DD, or 13 April 2026",
                       cell.length > 40 ? 40 : (int)cell.length, text->bytes + cell.start);
}

static bool read_day(const struct feed_text *text, struct cell cell, struct date *ret_date,
                     struct error *err)
{
    const char *at = text->bytes + cell.start;
    if (cell.length > 4 && at[4] == '-')
        return feed_date(text, cell.start, cell.length, ret_date, err);
    return read_long_date(text, cell, ret_date, err);
}

static bool take_line(const struct feed_text *text, const struct line *line,
                      const struct columns *columns, struct error *err)
{
    struct date on;
    if (line->count != columns->count)
        return feed_refuse(text, line->start, err,
                           "%zu columns where the header has %zu: a decimal comma, or a line that "
                           "is cut off",
                           line->count, columns->count);
    if (line->has_empty_end != columns->has_empty_end)
        return feed_refuse(text, line->start + line->length, err,
                           "header and line do not both end with a comma: the line is cut off");
    if (!read_day(text, line->cells[0], &on, err))
        return false;
    for (size_t i = 1; i < columns->count; i++) {
        const struct cell *cell = &line->cells[i];
        struct decimal rate;
        if (feed_is(text, cell->start, cell->length, "N/A"))
            continue;
        if (!feed_decimal(text, cell->start, cell->length, false, &rate, err) ||
            !feed_add(text, on, FEED_BASE, columns->codes[i], rate, cell->start, err))
            return false;
    }
    return true;
}

bool feed_parse_csv(struct feed_text *text, struct error *err)
{
    struct columns columns;
    struct line *line = ARENA_NEW(text->arena, struct line);
    bool found = false;
    if (text->size >= 3 && memcmp(text->bytes, "\xEF\xBB\xBF", 3) == 0)
        text->at = 3;
    if (!next_line(text, line, &found, err))
        return false;
    if (!found)
        return feed_refuse(text, 0, err, "the file is empty");
    drop_empty_end(line);
    if (!read_header(text, line, &columns, err))
        return false;
    for (;;) {
        if (!next_line(text, line, &found, err))
            return false;
        if (!found)
            return true;
        drop_empty_end(line);
        if (!take_line(text, line, &columns, err))
            return false;
    }
}
