/* Sets of small numbers: see number_set.h. */
#include "core/calendar/number_set.h"

#include <inttypes.h>
#include <string.h>

bool number_take(const char **cursor, int32_t *ret_number)
{
    size_t digits = strspn(*cursor, "0123456789");
    if (digits == 0 || digits > 4)
        return false;
    int32_t number = 0;
    for (size_t i = 0; i < digits; i++)
        number = 10 * number + ((*cursor)[i] - '0');
    *cursor += digits;
    *ret_number = number;
    return true;
}

/* One item of a set: first, first..last, either with /step behind it. */
struct item {
    int32_t first, last, step;
};

/* Without a last value, a step goes on to the end of the range; counted from the end of the month
 * that is day 1. */
static bool take_item(const char **cursor, struct number_range range, bool from_end,
                      struct item *ret_item)
{
    if (**cursor == '*') {
        (*cursor)++;
        *ret_item = (struct item){range.first, range.last, 1}; /* no step: systemd has none there */
        return !from_end;
    }
    struct item item = {.step = 1};
    if (!number_take(cursor, &item.first))
        return false;
    bool spans = strncmp(*cursor, "..", 2) == 0;
    item.last = item.first;
    *cursor += spans ? 2 : 0;
    if (spans && !number_take(cursor, &item.last))
        return false;
    if (**cursor == '/') {
        (*cursor)++;
        if (!number_take(cursor, &item.step) || item.step == 0 || (spans && from_end))
            return false;
        if (!spans)
            item.last = from_end ? range.first : range.last;
    }
    *ret_item = item;
    return true;
}

static bool add_item(struct item item, struct number_range range, bool from_end, uint64_t *bits)
{
    bool inside = item.first >= range.first && item.first <= range.last &&
                  item.last >= range.first && item.last <= range.last;
    if (!inside || (item.last < item.first && !from_end))
        return false;
    for (int32_t i = item.first; i <= item.last; i += item.step)
        *bits |= UINT64_C(1) << i;
    for (int32_t i = item.first; i >= item.last; i -= item.step) /* only from the end */
        *bits |= UINT64_C(1) << i;
    return true;
}

bool number_set_take(const char **cursor, struct number_range range, bool from_end,
                     uint64_t *ret_bits)
{
    uint64_t bits = 0;
    for (;; (*cursor)++) {
        struct item item;
        if (!take_item(cursor, range, from_end, &item) || !add_item(item, range, from_end, &bits))
            return false;
        if (**cursor != ',')
            break;
    }
    *ret_bits = bits;
    return true;
}

static uint64_t bits_of(struct number_range range)
{
    uint64_t bits = 0;
    for (int32_t i = range.first; i <= range.last; i++)
        bits |= UINT64_C(1) << i;
    return bits;
}

void number_set_print(struct strbuf *buf, uint64_t bits, struct number_range range)
{
    const char *comma = "";
    if (bits == bits_of(range)) {
        strbuf_add_char(buf, '*');
        return;
    }
    for (int32_t i = range.first; i <= range.last; i++) {
        int32_t end = i;
        if ((bits >> i & 1u) == 0)
            continue;
        while (end < range.last && (bits >> (end + 1) & 1u) != 0)
            end++;
        if (end - i < 2)
            end = i;
        strbuf_addf(buf, "%s%02" PRId32, comma, i);
        if (end > i)
            strbuf_addf(buf, "..%02" PRId32, end);
        comma = ",";
        i = end;
    }
}
