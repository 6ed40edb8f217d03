/* Texts of lines: see line_text.h. The lines of a subscription follow each other mostly, so the
 * neighbours are asked, not all lines of a long document. */
#include "core/stores/line_text.h"

#include "core/base/text.h"

bool line_is_of_subscription(const struct stored_line *line)
{
    return line->subscription_id != 0;
}

static bool is_neighbour(const struct stored_line *line, const struct stored_line *other)
{
    return line->subscription_id == other->subscription_id;
}

static bool is_alike(const struct stored_line *line, const struct stored_line *other)
{
    return line->price_id != other->price_id && text_equal(line->description, other->description);
}

static bool has_alike(const struct stored_line *lines, size_t count, size_t index)
{
    const struct stored_line *line = &lines[index];
    for (size_t i = index; i-- > 0 && is_neighbour(line, &lines[i]);)
        if (is_alike(line, &lines[i]))
            return true;
    for (size_t i = index + 1; i < count && is_neighbour(line, &lines[i]); i++)
        if (is_alike(line, &lines[i]))
            return true;
    return false;
}

const char *line_text(const struct stored_line *lines, size_t count, size_t index,
                      struct arena *arena)
{
    const struct stored_line *line = &lines[index];
    if (!line_is_of_subscription(line))
        return arena_printf(arena, "%s (commitment of contract %s, %s)", line->description,
                            line->subscription, line->price);
    return has_alike(lines, count, index)
               ? arena_printf(arena, "%s, %s", line->description, line->price)
               : line->description;
}

bool lines_name_subscriptions(const struct stored_line *lines, size_t count)
{
    const struct stored_line *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!line_is_of_subscription(&lines[i]))
            continue;
        if (first != NULL && !is_neighbour(first, &lines[i]))
            return true;
        first = first == NULL ? &lines[i] : first;
    }
    return false;
}

static struct date newest_tax_point(const struct stored_line *lines, size_t count,
                                    struct date invoice_on)
{
    struct date newest = DATE_NONE;
    for (size_t i = 0; i < count; i++) {
        struct date point = stored_line_tax_point(&lines[i], invoice_on);
        if (i == 0 || date_compare(point, newest) > 0)
            newest = point;
    }
    return count == 0 ? invoice_on : newest;
}

static struct date oldest_tax_point(const struct stored_line *lines, size_t count,
                                    struct date invoice_on)
{
    struct date oldest = invoice_on;
    for (size_t i = 0; i < count; i++) {
        struct date point = stored_line_tax_point(&lines[i], invoice_on);
        if (i == 0 || date_compare(point, oldest) < 0)
            oldest = point;
    }
    return oldest;
}

struct date lines_tax_point(const struct stored_line *lines, size_t count, struct date invoice_on)
{
    struct date newest = newest_tax_point(lines, count, invoice_on);
    bool is_one = date_compare(newest, oldest_tax_point(lines, count, invoice_on)) == 0;
    return is_one ? newest : DATE_NONE;
}

const char *tax_point_text(const struct stored_line *lines, size_t count, struct date invoice_on,
                           struct arena *arena)
{
    struct date oldest = oldest_tax_point(lines, count, invoice_on);
    struct date newest = newest_tax_point(lines, count, invoice_on);
    if (date_compare(oldest, newest) != 0)
        return arena_printf(arena, "tax points of its lines from %s to %s", date_text(oldest).text,
                            date_text(newest).text);
    return arena_printf(arena, "tax point %s", date_text(newest).text);
}
