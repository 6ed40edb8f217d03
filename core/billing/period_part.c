/* Parts of periods as rows keep them: see period_part.h. */
#include "core/billing/period_part.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"

bool period_part_make(enum proration_basis basis, const struct zone *zone, struct period full,
                      struct period period, struct period_part *ret_part, struct error *err)
{
    struct period_part part = {
        .basis = basis, .part = {1, 1}
    };
    /* A day that its zone skipped has no second: whole all the same. */
    bool is_measured = !period_equal(period, full) || basis == PRORATE_DAY;
    if (is_measured && !proration_of_dates(basis, zone, full, period, &part.part, err))
        return false;
    *ret_part = part;
    return true;
}

/* "BASIS n/d" */
static bool parse(const char *text, struct period_part *ret_part)
{
    struct error refused = {0};
    char name[16];
    char numerator[24];
    const char *space = strchr(text, ' ');
    const char *slash = strchr(text, '/');
    if (space == NULL || slash == NULL || space > slash || (size_t)(space - text) >= sizeof name ||
        (size_t)(slash - space) > sizeof numerator)
        return false;
    memcpy(name, text, (size_t)(space - text));
    name[space - text] = '\0';
    memcpy(numerator, space + 1, (size_t)(slash - space - 1));
    numerator[slash - space - 1] = '\0';
    return proration_basis_parse(name, &ret_part->basis, &refused) &&
           text_parse_i64(numerator, &ret_part->part.numerator) &&
           text_parse_i64(slash + 1, &ret_part->part.denominator) &&
           ret_part->part.numerator >= 0 && ret_part->part.denominator >= 1 &&
           ret_part->part.numerator <= ret_part->part.denominator;
}

bool period_part_read(const char *text, struct period full, struct period period,
                      struct period_part *ret_part, struct error *err)
{
    struct period_part part;
    if (text == NULL)
        return period_part_make(PRORATE_DAY, NULL, full, period, ret_part, err);
    if (!parse(text, &part))
        return error_item(err, "bad_proration",
                          "'%.60s' is not a part of a period such as second 1810800/2682000", text);
    *ret_part = part;
    return true;
}

const char *period_part_text(const struct period_part *part, struct arena *arena)
{
    if (part->basis == PRORATE_DAY)
        return NULL;
    return arena_printf(arena, "%s %" PRId64 "/%" PRId64, proration_basis_name(part->basis),
                        part->part.numerator, part->part.denominator);
}

enum proration_basis period_part_basis(const char *text)
{
    struct period_part part;
    return text != NULL && parse(text, &part) ? part.basis : PRORATE_DAY;
}
