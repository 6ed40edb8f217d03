/* Drawing within limits: see credit_limit.h, whose numbers are referred to here. */
#include "core/billing/credit_limit.h"

#include <stdio.h>

#include "core/calendar/civil.h"

void credit_limit_month(struct date end_on, char ret_month[CREDIT_MONTH_SIZE])
{
    struct civil_date last = date_civil((struct date){end_on.days - 1});
    (void)snprintf(ret_month, CREDIT_MONTH_SIZE, "%04u-%02u", (unsigned)last.year % 10000,
                   (unsigned)last.month % 100);
}

struct drawing {
    struct credit_grant *grants; /* their balances as they are drawn */
    size_t grant_count;
    struct credit_draw_request request; /* what is still due, and may still be overdrawn */
    struct arena *arena;
    struct credit_limit_result result;
};

/* Draws at most `most` for a part. */
static bool draw_part(struct drawing *drawing, size_t part, struct money most,
                      struct money *ret_applied, struct error *err)
{
    struct credit_draw_request request = drawing->request;
    struct credit_result drawn;
    *ret_applied = money_zero(most.currency);
    if (money_sign(most) <= 0 || money_sign(request.amount_due) <= 0)
        return true;
    request.has_limit = true;
    request.limit = most;
    if (!credit_draw(drawing->grants, drawing->grant_count, &request, drawing->arena, &drawn, err))
        return false;
    for (size_t i = 0; i < drawn.draw_count; i++) {
        struct money *balance = &drawing->grants[drawn.draws[i].grant].balance;
        if (!money_subtract(*balance, drawn.draws[i].amount, balance, err))
            return false;
    }
    if (request.may_overdraw && !money_subtract(request.overdraft_limit, drawn.overdraft,
                                                &drawing->request.overdraft_limit, err))
        return false;
    drawing->request.amount_due = drawn.amount_due;
    *ret_applied = drawn.credit_applied;
    if (money_sign(drawn.credit_applied) > 0)
        drawing->result.parts[drawing->result.part_count++] =
            (struct credit_part_result){.part = part,
                                        .draws = drawn.draws,
                                        .draw_count = drawn.draw_count,
                                        .overdraft = drawn.overdraft,
                                        .applied = drawn.credit_applied};
    return money_add(drawing->result.credit_applied, drawn.credit_applied,
                     &drawing->result.credit_applied, err);
}

/* Rule 4: what is left of a limit in this currency. */
static bool keep_limit(const struct credit_limit *limit, struct money *most, struct error *err)
{
    struct money left = money_zero(most->currency);
    int32_t order;
    if ((currency_equal(limit->limit.currency, most->currency) &&
         !money_subtract(limit->limit, limit->used, &left, err)) ||
        !money_compare(left, *most, &order, err))
        return false;
    *most = order < 0 ? left : *most;
    return true;
}

static bool use_limit(struct credit_limit *limit, struct money applied, struct error *err)
{
    return money_sign(applied) == 0 || money_add(limit->used, applied, &limit->used, err);
}

static bool draw_limited(struct drawing *drawing, struct credit_limit *limits,
                         const struct credit_limit_part *part, size_t index, struct error *err)
{
    struct money most = part->value;
    struct money applied;
    struct credit_limit *project = part->project == CREDIT_NO_LIMIT ? NULL : &limits[part->project];
    struct credit_limit *member = part->member == CREDIT_NO_LIMIT ? NULL : &limits[part->member];
    return (project == NULL || keep_limit(project, &most, err)) &&
           (member == NULL || keep_limit(member, &most, err)) &&
           draw_part(drawing, index, most, &applied, err) &&
           (project == NULL || use_limit(project, applied, err)) &&
           (member == NULL || use_limit(member, applied, err));
}

bool credit_limit_draw(const struct credit_grant *grants, size_t grant_count,
                       const struct credit_draw_request *request, struct credit_limit *limits,
                       const struct credit_limit_part *parts, size_t part_count,
                       struct arena *arena, struct credit_limit_result *ret_result,
                       struct error *err)
{
    struct money rest = request->amount_due;
    struct money applied;
    struct drawing drawing = {
        .grants = ARENA_NEW_ARRAY(arena, struct credit_grant, grant_count + 1),
        .grant_count = grant_count,
        .request = *request,
        .arena = arena,
        .result = {.parts = ARENA_NEW_ARRAY(arena, struct credit_part_result, part_count + 1),
                   .credit_applied = money_zero(rest.currency)},
    };
    for (size_t i = 0; i < grant_count; i++)
        drawing.grants[i] = grants[i];
    for (size_t i = 0; i < part_count; i++)
        if (money_sign(parts[i].value) > 0 && !money_subtract(rest, parts[i].value, &rest, err))
            return false;
    if (!draw_part(&drawing, part_count, rest, &applied, err)) /* rule 3 */
        return false;
    for (size_t i = 0; i < part_count; i++)
        if (!draw_limited(&drawing, limits, &parts[i], i, err))
            return false;
    drawing.result.amount_due = drawing.request.amount_due;
    *ret_result = drawing.result;
    return true;
}
