/* `calc invoice`: lines, coupons, taxes and credits in, the whole invoice out, in the order of
 * DOMAIN 4 and with the functions of the jobs (DOMAIN 11). */
#include "core/billing/invoice.h"
#include "core/cli/calc_invoice_input.h"

struct invoice_answer {
    struct discount_result discounts;
    struct tax_result taxes;
    struct invoice_totals totals;
    struct credit_result credits;
};

static bool tax_discounted_lines(const struct invoice_question *question, struct arena *arena,
                                 struct invoice_answer *answer, struct error *rule)
{
    for (size_t i = 0; i < question->line_count; i++)
        if (!money_subtract(question->amounts[i], answer->discounts.line_discounts[i],
                            &question->tax_lines[i].amount, rule))
            return false;
    return tax_compute(question->tax_lines, question->line_count, question->currency,
                       question->tax_rounding, question->rounding, arena, &answer->taxes, rule);
}

static bool total(const struct invoice_question *question, struct arena *arena,
                  struct invoice_answer *answer, struct error *rule)
{
    struct invoice_line_content *lines =
        ARENA_NEW_ARRAY(arena, struct invoice_line_content, question->line_count);
    struct invoice_tax_content *taxes =
        ARENA_NEW_ARRAY(arena, struct invoice_tax_content, answer->taxes.group_count);
    for (size_t i = 0; i < question->line_count; i++) {
        lines[i].amount = question->amounts[i];
        lines[i].discount = answer->discounts.line_discounts[i];
    }
    for (size_t i = 0; i < answer->taxes.group_count; i++) {
        taxes[i].inclusive = answer->taxes.groups[i].tax.inclusive;
        taxes[i].tax_amount = answer->taxes.groups[i].tax_amount;
    }
    return invoice_totals_of(lines, question->line_count, taxes, answer->taxes.group_count,
                             question->currency, &answer->totals, rule);
}

static bool draw_credits(const struct invoice_question *question, struct arena *arena,
                         struct invoice_answer *answer, struct error *rule)
{
    struct credit_draw_request request = {.amount_due = answer->totals.total,
                                          .at_us = CREDIT_ALWAYS_EFFECTIVE};
    return credit_draw(question->credits, question->credit_count, &request, arena, &answer->credits,
                       rule);
}

static json_t *money_json(struct money money)
{
    return json_string(money_text(money).text);
}

static json_t *taxes_json(const struct tax_result *taxes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < taxes->group_count; i++) {
        const struct tax_group *group = &taxes->groups[i];
        json_t *row = json_pack("{s:s, s:s, s:o, s:o}", "name", group->tax.name, "rate_percent",
                                decimal_text(group->tax.rate_percent).text, "base",
                                money_json(group->base), "tax", money_json(group->tax_amount));
        (void)json_array_append_new(list, row);
    }
    return list;
}

/* The net of a line is without discount and without tax, also where the tax is included. */
static bool lines_json(const struct invoice_question *question, const struct invoice_answer *answer,
                       json_t *list, struct error *rule)
{
    for (size_t i = 0; i < question->line_count; i++) {
        const struct tax_line *line = &question->tax_lines[i];
        struct money net = line->amount;
        struct money tax = answer->taxes.line_taxes[i];
        bool inclusive = line->tax_count > 0 && line->taxes[0].inclusive;
        if (inclusive && !money_subtract(net, tax, &net, rule))
            return false;
        json_t *row = json_pack("{s:O, s:o, s:o, s:o, s:o}", "id", question->line_ids[i], "amount",
                                money_json(question->amounts[i]), "discount",
                                money_json(answer->discounts.line_discounts[i]), "net",
                                money_json(net), "tax", money_json(tax));
        (void)json_array_append_new(list, row);
    }
    return true;
}

static json_t *credits_json(const struct invoice_question *question,
                            const struct credit_result *credits)
{
    json_t *list = json_array();
    for (size_t i = 0; i < question->credit_count; i++)
        (void)json_array_append_new(list, json_pack("{s:O, s:o}", "id", question->credit_ids[i],
                                                    "applied", money_json(credits->applied[i])));
    return list;
}

static bool invoice_json(const struct invoice_question *question,
                         const struct invoice_answer *answer, json_t **ret_answer,
                         struct error *rule)
{
    const struct invoice_totals *totals = &answer->totals;
    json_t *lines = json_array();
    if (!lines_json(question, answer, lines, rule)) {
        json_decref(lines);
        return false;
    }
    *ret_answer = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "subtotal",
                            money_json(totals->subtotal), "discount", money_json(totals->discount),
                            "taxes", taxes_json(&answer->taxes), "tax", money_json(totals->tax),
                            "total", money_json(totals->total), "credit_applied",
                            money_json(answer->credits.credit_applied), "amount_due",
                            money_json(answer->credits.amount_due), "lines", lines, "credits",
                            credits_json(question, &answer->credits));
    return true;
}

bool calc_invoice(const struct calc_place *input, struct calc_work *work, json_t **ret_answer,
                  struct calc_error *err)
{
    struct invoice_question question;
    struct invoice_answer answer;
    struct error rule = {0};
    struct arena *arena = work->arena;
    struct calc_place lines = calc_member(input, "lines");
    if (!invoice_question_read(input, work, &question, err))
        return false;
    if (!discount_apply(question.amounts, question.line_count, question.coupons,
                        question.coupon_count, question.stacking, question.currency,
                        question.rounding, arena, &answer.discounts, &rule) ||
        !tax_discounted_lines(&question, arena, &answer, &rule) ||
        !total(&question, arena, &answer, &rule) ||
        !draw_credits(&question, arena, &answer, &rule) ||
        !invoice_json(&question, &answer, ret_answer, &rule))
        return calc_fail_rule(&lines, &rule, err);
    return true;
}
