/* Whose usage a line is of: see rating_shares.h. */
#include "jobs/rating_shares.h"

bool rating_shares_less(struct usage_shares *shares, const struct usage_shares *of_line,
                        struct decimal quantity, struct arena *arena, struct error *err)
{
    struct decimal less;
    if (shares->count == 0)
        return true;
    if (usage_shares_any(of_line))
        return usage_shares_subtract_all(shares, of_line, arena, err);
    return decimal_negate(quantity, &less, err) &&
           usage_shares_add(shares, "", "", less, arena, err);
}

bool rating_shares_with(struct usage_shares *shares, const struct usage_shares *of_line,
                        struct decimal quantity, struct arena *arena, struct error *err)
{
    return usage_shares_any(of_line) ? usage_shares_add_all(shares, of_line, arena, err)
                                     : usage_shares_add(shares, "", "", quantity, arena, err);
}

bool rating_shares_begin(const struct rating_period *period, struct arena *arena,
                         struct usage_shares *shares, struct error *err)
{
    *shares = (struct usage_shares){0};
    if (!usage_shares_add_all(shares, &period->shares, arena, err))
        return false;
    for (size_t i = 0; i < period->billed_line_count; i++) {
        const struct rating_billed *line = &period->billed_lines[i];
        if (!rating_shares_less(shares, &line->shares, line->quantity, arena, err))
            return false;
    }
    return true;
}

void rating_shares_append(const struct usage_shares *shares, int64_t tenant_id, int64_t invoice_id,
                          int64_t line, struct chunk *chunk)
{
    if (!usage_shares_any(shares))
        return;
    for (size_t i = 0; i < shares->count; i++) {
        if (decimal_sign(shares->items[i].quantity) == 0)
            continue;
        struct usage_share_row *row = chunk_append(chunk, &USAGE_SHARE_ADD);
        *row = (struct usage_share_row){.tenant_id = tenant_id,
                                        .invoice_id = invoice_id,
                                        .line = line,
                                        .project = shares->items[i].project,
                                        .member = shares->items[i].member,
                                        .quantity = shares->items[i].quantity};
    }
}
