/* Whose usage it is, for people: see explanation_shares.h. */
#include "core/stores/explanation_shares.h"

#include "core/base/text.h"

static bool explain_lines(const struct limits *limits, const struct limit_document *document,
                          struct arena *arena, struct explained_credit_parts *parts,
                          struct error *err)
{
    const struct invoice_line_content *lines =
        draft_line_contents(document->lines, document->line_count, document->currency, arena);
    const struct invoice_tax_content *taxes =
        draft_tax_contents(document->taxes, document->tax_count, document->currency, arena);
    parts->lines = ARENA_NEW_ARRAY(arena, struct explained_shares, document->line_count + 1);
    for (size_t i = 0; i < document->line_count; i++) {
        struct explained_shares line = {.line = lines[i].line};
        if (!usage_share_rows_of(limits->shares, limits->share_count, document->invoice_id,
                                 line.line, arena, &line.shares, err) ||
            !invoice_line_value(&lines[i], taxes, document->tax_count, &line.value, err) ||
            !usage_shares_split(line.value, &line.shares, arena, &line.parts, err))
            return false;
        if (line.shares.count > 0)
            parts->lines[parts->line_count++] = line;
    }
    return true;
}

/* What a grant pays back of an overdraft names nobody: it was counted as it was overdrawn. */
static bool add_paid(const struct limited_part *part, const struct account_movement *movements,
                     size_t count, struct money *paid, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(movements[i].month, part->month) &&
            text_equal(movements[i].project, part->project) &&
            text_equal(movements[i].member, part->member) &&
            movements[i].holder_customer_id == part->customer_id &&
            !money_add(*paid, money_of_minor(movements[i].amount_minor, movements[i].currency),
                       paid, err))
            return false;
    return true;
}

static const struct month_limit *limit_at(const struct limits *limits, size_t index)
{
    return index == CREDIT_NO_LIMIT ? NULL : &limits->months.items[index];
}

/* What units paid of each line is no part of what counts against limits. */
static bool load_units(struct db *db, int64_t tenant_id, int64_t customer_id,
                       struct limit_document *document, struct arena *arena,
                       struct explained_credit_parts *parts, struct error *err)
{
    struct money *paid = ARENA_NEW_ARRAY(arena, struct money, document->line_count + 1);
    if (!credit_account_units_of_invoice(db, tenant_id, customer_id, document->invoice_id, arena,
                                         &parts->units, &parts->unit_count, err))
        return false;
    for (size_t i = 0; i < document->line_count; i++) {
        paid[i] = money_zero(document->currency);
        for (size_t k = 0; k < parts->unit_count; k++)
            if (parts->units[k].line == document->lines[i].line &&
                !money_add(paid[i],
                           money_of_minor(parts->units[k].amount_minor, document->currency),
                           &paid[i], err))
                return false;
    }
    document->paid = paid;
    return true;
}

bool explained_credit_parts_load(struct db *db, int64_t tenant_id, int64_t customer_id,
                                 const struct limit_document *of,
                                 const struct account_movement *movements, size_t movement_count,
                                 struct arena *arena, struct explained_credit_parts *ret_parts,
                                 struct error *err)
{
    struct explained_credit_parts parts = {0};
    struct limits limits;
    struct limited_parts limited;
    struct limit_document with_paid = *of;
    const struct limit_document *document = &with_paid;
    if (!load_units(db, tenant_id, customer_id, &with_paid, arena, &parts, err) ||
        !limits_load(db, tenant_id, document, 1, arena, &limits, err) ||
        !explain_lines(&limits, document, arena, &parts, err) ||
        !limits_find_parts(&limits, document, arena, arena, &limited, err))
        return false;
    parts.limits = ARENA_NEW_ARRAY(arena, struct explained_limit, limited.count + 1);
    for (size_t i = 0; i < limited.count; i++) {
        const struct limited_part *part = &limited.items[i];
        struct explained_limit *limit = &parts.limits[parts.limit_count++];
        *limit = (struct explained_limit){.value = part->part.value,
                                          .paid = money_zero(document->currency),
                                          .project = part->project,
                                          .member = part->member,
                                          .month = part->month,
                                          .project_limit = limit_at(&limits, part->part.project),
                                          .member_limit = limit_at(&limits, part->part.member)};
        if (!add_paid(part, movements, movement_count, &limit->paid, err))
            return false;
    }
    *ret_parts = parts;
    return true;
}
