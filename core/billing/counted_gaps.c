/* Days between the parts of a period: see counted_gaps.h. */
#include "core/billing/counted_gaps.h"

#include <string.h>

#include "core/base/array.h"
#include "core/calendar/instant.h"

struct counted_gaps counted_gaps_then(struct counted_gaps before, struct date before_end,
                                      struct date start, struct arena *arena)
{
    if (date_compare(before_end, start) >= 0)
        return before;
    struct counted_gap *items = ARENA_NEW_ARRAY(arena, struct counted_gap, before.count + 1);
    for (size_t i = 0; i < before.count; i++)
        items[i] = before.items[i];
    items[before.count] = (struct counted_gap){
        .days = {before_end, start}
    };
    return (struct counted_gaps){items, before.count + 1};
}

bool counted_gaps_equal(struct counted_gaps a, struct counted_gaps b)
{
    if (a.count != b.count)
        return false;
    for (size_t i = 0; i < a.count; i++)
        if (!period_equal(a.items[i].days, b.items[i].days))
            return false;
    return true;
}

const char *counted_gaps_text(struct counted_gaps gaps, struct arena *arena)
{
    const char *text = NULL;
    for (size_t i = 0; i < gaps.count; i++) {
        const struct counted_gap *gap = &gaps.items[i];
        text = arena_printf(arena, "%s%s%s/%s %s/%s", text == NULL ? "" : text,
                            text == NULL ? "" : ", ", date_text(gap->days.start).text,
                            date_text(gap->days.end).text, instant_text(gap->start_at_us).text,
                            instant_text(gap->end_at_us).text);
    }
    return text;
}

/* "START/END DAYS", of which each part ends at the next of the signs; NULL: it does not. */
static const char *cut(struct arena *arena, const char **rest, char sign)
{
    const char *end = *rest == NULL ? NULL : strchr(*rest, sign);
    if (end == NULL)
        return NULL;
    const char *part = arena_copy_n(arena, *rest, (size_t)(end - *rest));
    *rest = end + 1;
    return part;
}

static bool parse_gap(const char *text, struct arena *arena, struct counted_gap *ret_gap)
{
    struct error refused = {0};
    struct counted_gap gap;
    const char *start = cut(arena, &text, '/');
    const char *end = cut(arena, &text, ' ');
    const char *start_at = cut(arena, &text, '/');
    if (start == NULL || end == NULL || start_at == NULL ||
        !date_parse(start, &gap.days.start, &refused) ||
        !date_parse(end, &gap.days.end, &refused) ||
        !instant_parse(start_at, &gap.start_at_us, &refused) ||
        !instant_parse(text, &gap.end_at_us, &refused) ||
        date_compare(gap.days.start, gap.days.end) >= 0 || gap.start_at_us > gap.end_at_us)
        return false;
    *ret_gap = gap;
    return true;
}

bool counted_gaps_parse(const char *text, struct arena *arena, struct counted_gaps *ret_gaps,
                        struct error *err)
{
    struct gaps ARRAY_OF(struct counted_gap) gaps = {0};
    for (const char *rest = text; rest != NULL;) {
        struct counted_gap gap;
        const char *end = strstr(rest, ", ");
        const char *one = end == NULL ? rest : arena_copy_n(arena, rest, (size_t)(end - rest));
        bool is_later = gaps.count == 0;
        if (!parse_gap(one, arena, &gap))
            return error_item(err, "bad_gaps",
                              "'%.80s' are no days that a period leaves out, such as "
                              "2026-10-05/2026-10-10 2026-10-05T00:00:00Z/2026-10-10T00:00:00Z",
                              text);
        is_later =
            is_later || date_compare(gaps.items[gaps.count - 1].days.end, gap.days.start) < 0;
        if (!is_later)
            return error_item(err, "bad_gaps", "'%.80s': they are not in order", text);
        ARRAY_ADD(arena, &gaps) = gap;
        rest = end == NULL ? NULL : end + 2;
    }
    *ret_gaps = (struct counted_gaps){gaps.items, gaps.count};
    return true;
}

int64_t counted_gaps_us(struct counted_gaps gaps, int64_t until_us)
{
    int64_t sum_us = 0;
    for (size_t i = 0; i < gaps.count; i++)
        if (gaps.items[i].end_at_us <= until_us)
            sum_us += gaps.items[i].end_at_us - gaps.items[i].start_at_us;
    return sum_us;
}

bool counted_gaps_skip(struct counted_gaps gaps, int64_t at_us, int64_t *ret_at_us)
{
    for (size_t i = 0; i < gaps.count; i++)
        if (gaps.items[i].start_at_us <= at_us && at_us < gaps.items[i].end_at_us)
            return false;
    *ret_at_us = at_us - counted_gaps_us(gaps, at_us);
    return true;
}
