/* Which lines of a draft a coupon covers: rule 1 of tax_coupons.h. */
#include "core/billing/give_back.h"
#include "core/billing/invoice.h"
#include "jobs/tax_applying.h"

/* More than any business has: each is a row, and memory, so a mistake is parked with its name. */
enum { COVERED_MAX = 1000000 };

static bool has_scope(const struct coupon_redemption *redemption,
                      const struct coupon_draft_line *line)
{
    for (size_t i = 0; i < redemption->scope_count; i++) {
        const struct coupon_scope *scope = &redemption->scopes[i];
        if ((scope->plan_id == DB_I64_NONE || scope->plan_id == line->plan_id) &&
            (scope->product_id == DB_I64_NONE || scope->product_id == line->product_id))
            return true;
    }
    return redemption->scope_count == 0;
}

static struct coupon_line line_facts(const struct coupon_redemption *redemption,
                                     const struct coupon_draft *draft,
                                     const struct coupon_draft_line *line)
{
    bool is_whose = redemption->subscription_id != 0
                        ? redemption->subscription_id == line->subscription_id
                        : redemption->customer_id == draft->payer_id ||
                              redemption->customer_id == line->customer_id;
    return (struct coupon_line){
        .is_whose = is_whose,
        .is_in_scope = is_whose && has_scope(redemption, line),
        .day = invoice_line_day(draft->cutoff_on, line->period_start_on),
    };
}

bool applying_covers(const struct coupon_redemption *redemption, const struct coupon_draft *draft,
                     const struct coupon_draft_line *line)
{
    struct coupon_line facts = line_facts(redemption, draft, line);
    return coupon_judge_line(&facts, redemption->at_on) == COUPON_APPLIES;
}

bool applying_gives_back(const struct coupon_draft *draft, size_t line)
{
    return give_back_does(draft->lines[line].kind, draft->lines[line].amount_minor < 0);
}

static bool count_covered(struct applying *applying, size_t more, struct error *err)
{
    applying->covered_count += more;
    if (applying->covered_count <= COVERED_MAX)
        return true;
    (void)error_item(err, "too_many_coupons", "coupons cover its lines more than %d times",
                     COVERED_MAX);
    return error_hint(err, "redeem them for the subscriptions that they are meant for, or have "
                           "fewer of them for a customer");
}

bool applying_find_lines(struct applying *applying, const struct coupon_draft *draft,
                         const struct coupon_redemption *redemption, struct coupon *coupon,
                         struct coupon_use *use, struct error *err)
{
    enum coupon_verdict nearest = COUPON_NO_LINE;
    struct covered_lines ARRAY_OF(size_t) lines = {0};
    use->covered_total = money_zero(draft->currency);
    for (size_t i = 0; i < draft->line_count; i++) {
        struct money net = applying_draft(applying)->nets[i];
        struct coupon_line facts = line_facts(redemption, draft, &draft->lines[i]);
        facts.gives_back = facts.is_whose && applying_gives_back(draft, i);
        facts.replaces = applying_draft(applying)->keeps[i];
        enum coupon_verdict verdict = coupon_judge_line(&facts, redemption->at_on);
        nearest = verdict > nearest ? verdict : nearest;
        if (verdict != COUPON_APPLIES)
            continue;
        ARRAY_ADD(applying->arena, &lines) = i;
        if (money_sign(net) > 0 && !money_add(use->covered_total, net, &use->covered_total, err))
            return false;
    }
    use->of_lines = lines.count > 0 ? COUPON_APPLIES : nearest;
    coupon->lines = lines.items;
    coupon->line_count = lines.count;
    return count_covered(applying, lines.count, err);
}
