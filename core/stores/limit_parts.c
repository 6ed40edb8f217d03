/* What counts against limits: see limit_parts.h. */
#include "core/stores/limit_parts.h"

#include <stdlib.h>

#include "core/base/text.h"

/* ---------------------------------------------------------------- what is needed */

static const struct stored_line *line_of(const struct limit_document *documents, size_t count,
                                         const struct usage_share_row *row)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0;
             documents[i].invoice_id == row->invoice_id && k < documents[i].line_count; k++)
            if (documents[i].lines[k].line == row->line)
                return &documents[i].lines[k];
    return NULL;
}

static int compare_owner(const void *a, const void *b)
{
    int64_t left = ((const struct subscription_owner *)a)->subscription_id;
    int64_t right = ((const struct subscription_owner *)b)->subscription_id;
    return left < right ? -1 : left > right;
}

/* NULL: the subscription has no shared line. */
static const struct subscription_owner *find_owner(const struct limits *limits,
                                                   int64_t subscription_id)
{
    struct subscription_owner key = {.subscription_id = subscription_id};
    return limits->owner_count == 0 ? NULL
                                    : bsearch(&key, limits->owners, limits->owner_count,
                                              sizeof *limits->owners, compare_owner);
}

/* NULL: no limit. */
static const struct stored_holder *find_holder(const struct limits *limits, int64_t customer_id,
                                               const char *kind, const char *name)
{
    struct stored_holder key = {.customer_id = customer_id, .kind = kind, .holder = name};
    if (text_is_empty(name) || limits->holder_count == 0)
        return NULL;
    return bsearch(&key, limits->holders, limits->holder_count, sizeof *limits->holders,
                   credit_holder_compare);
}

/* The lines of the shares, in their order. */
static const struct stored_line **lines_of(const struct limits *limits,
                                           const struct limit_document *documents, size_t count,
                                           struct arena *arena)
{
    const struct stored_line **lines = (const struct stored_line **)arena_alloc_array(
        arena, limits->share_count + 1, sizeof(*lines));
    for (size_t i = 0; i < limits->share_count; i++) {
        const struct usage_share_row *row = &limits->shares[i];
        const struct usage_share_row *last = i == 0 ? NULL : row - 1;
        bool is_same =
            last != NULL && last->invoice_id == row->invoice_id && last->line == row->line;
        lines[i] = is_same ? lines[i - 1] : line_of(documents, count, row);
    }
    return lines;
}

static bool load_owners(struct db *db, int64_t tenant_id, const struct stored_line **lines,
                        struct limits *limits, struct arena *arena, struct error *err)
{
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, limits->share_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < limits->share_count; i++)
        if (lines[i] != NULL)
            ids[count++] = lines[i]->subscription_id;
    return credit_limit_store_load_owners(db, tenant_id, ids, count, arena, &limits->owners,
                                          &limits->owner_count, err);
}

static bool load_holders(struct db *db, int64_t tenant_id, const struct stored_line **lines,
                         struct limits *limits, struct arena *arena, struct error *err)
{
    size_t count = 0;
    struct stored_holder *keys =
        ARENA_NEW_ARRAY(arena, struct stored_holder, 2 * limits->share_count + 1);
    for (size_t i = 0; i < limits->share_count; i++) {
        const struct usage_share_row *row = &limits->shares[i];
        const struct subscription_owner *owner =
            lines[i] == NULL ? NULL : find_owner(limits, lines[i]->subscription_id);
        struct stored_holder key = {.tenant_id = tenant_id};
        if (owner == NULL)
            continue;
        key.customer_id = owner->customer_id;
        key.kind = "project";
        key.holder = row->project;
        if (!text_is_empty(key.holder))
            keys[count++] = key;
        key.kind = "member";
        key.holder = row->member;
        if (!text_is_empty(key.holder))
            keys[count++] = key;
    }
    return credit_limit_store_load_holders(db, keys, count, arena, &limits->holders,
                                           &limits->holder_count, err);
}

static void add_use_key(const struct limits *limits, int64_t customer_id, const char *kind,
                        const char *name, const char *month, struct stored_limit_use *keys,
                        size_t *count)
{
    const struct stored_holder *holder = find_holder(limits, customer_id, kind, name);
    if (holder != NULL)
        keys[(*count)++] = (struct stored_limit_use){.tenant_id = holder->tenant_id,
                                                     .customer_id = customer_id,
                                                     .kind = holder->kind,
                                                     .holder = holder->holder,
                                                     .month = month,
                                                     .currency = holder->currency};
}

static bool load_uses(struct db *db, const struct stored_line **lines, struct limits *limits,
                      struct arena *arena, struct error *err)
{
    size_t count = 0;
    struct stored_limit_use *keys =
        ARENA_NEW_ARRAY(arena, struct stored_limit_use, 2 * limits->share_count + 1);
    for (size_t i = 0; i < limits->share_count; i++) {
        const struct usage_share_row *row = &limits->shares[i];
        char month[CREDIT_MONTH_SIZE];
        const struct subscription_owner *owner =
            lines[i] == NULL ? NULL : find_owner(limits, lines[i]->subscription_id);
        if (owner == NULL)
            continue;
        credit_limit_month(lines[i]->period_end_on, month);
        const char *kept = arena_copy(arena, month);
        add_use_key(limits, owner->customer_id, "project", row->project, kept, keys, &count);
        add_use_key(limits, owner->customer_id, "member", row->member, kept, keys, &count);
    }
    return credit_limit_store_load_uses(db, keys, count, arena, &limits->uses, &limits->use_count,
                                        err);
}

bool limits_load(struct db *db, int64_t tenant_id, const struct limit_document *documents,
                 size_t count, struct arena *arena, struct limits *ret_limits, struct error *err)
{
    struct limits limits = {0};
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = documents[i].invoice_id;
    if (count > 0 && !usage_share_store_load(db, tenant_id, ids, count, arena, &limits.shares,
                                             &limits.share_count, err))
        return false;
    if (limits.share_count > 0) {
        const struct stored_line **lines = lines_of(&limits, documents, count, arena);
        if (!load_owners(db, tenant_id, lines, &limits, arena, err) ||
            !load_holders(db, tenant_id, lines, &limits, arena, err) ||
            !load_uses(db, lines, &limits, arena, err))
            return false;
        limits.newest = ARENA_NEW_ARRAY(arena, size_t, limits.holder_count + 1);
    }
    *ret_limits = limits;
    return true;
}

/* ---------------------------------------------------------------- whose limits */

static const struct stored_limit_use *
find_use(const struct limits *limits, const struct stored_holder *holder, const char *month)
{
    struct stored_limit_use key = {.customer_id = holder->customer_id,
                                   .kind = holder->kind,
                                   .holder = holder->holder,
                                   .month = month,
                                   .currency = holder->currency};
    return limits->use_count == 0 ? NULL
                                  : bsearch(&key, limits->uses, limits->use_count,
                                            sizeof *limits->uses, credit_use_compare);
}

static bool open_month(struct limits *limits, size_t holder, const char *month, struct arena *arena,
                       size_t *ret_index, struct error *err)
{
    const struct stored_holder *stored = &limits->holders[holder];
    const struct stored_limit_use *use = find_use(limits, stored, month);
    struct month_limit opened = {.holder = stored,
                                 .month = arena_copy(arena, month),
                                 .is_stored = use != NULL,
                                 .next = limits->newest[holder]};
    opened.limit.used = money_of_minor(use == NULL ? 0 : use->used_minor, stored->currency);
    if (!money_parse(stored->credit_limit, stored->currency, &opened.limit.limit, err))
        return error_context(err, "credit limit of %s %s", stored->kind, stored->holder);
    ARRAY_ADD(arena, &limits->months) = opened;
    limits->newest[holder] = limits->months.count;
    *ret_index = limits->months.count - 1;
    return true;
}

/* CREDIT_NO_LIMIT: it has none. */
static bool find_month(struct limits *limits, int64_t customer_id, const char *kind,
                       const char *name, const char *month, struct arena *arena, size_t *ret_index,
                       struct error *err)
{
    const struct stored_holder *found = find_holder(limits, customer_id, kind, name);
    *ret_index = CREDIT_NO_LIMIT;
    if (found == NULL)
        return true;
    size_t holder = (size_t)(found - limits->holders);
    for (size_t at = limits->newest[holder]; at > 0; at = limits->months.items[at - 1].next)
        if (text_equal(limits->months.items[at - 1].month, month)) {
            *ret_index = at - 1;
            return true;
        }
    return open_month(limits, holder, month, arena, ret_index, err);
}

/* ---------------------------------------------------------------- the parts of one */

/* What the chunk goes on with, and what one invoice needs. */
struct arenas {
    struct arena *kept, *scratch;
};

static bool add_part(struct limited_parts *parts, const struct limited_part *added,
                     struct arena *scratch, struct error *err)
{
    for (size_t i = 0; i < parts->count; i++) {
        struct credit_limit_part *part = &parts->items[i].part;
        if (part->project == added->part.project && part->member == added->part.member)
            return money_add(part->value, added->part.value, &part->value, err);
    }
    ARRAY_ADD(scratch, parts) = *added;
    return true;
}

static bool add_share(struct limits *limits, int64_t customer_id, const char *month,
                      const struct usage_share *share, struct money value, struct arenas arenas,
                      struct limited_parts *parts, struct error *err)
{
    struct limited_part part = {.part = {.value = value}, .customer_id = customer_id};
    if (!find_month(limits, customer_id, "project", share->project, month, arenas.kept,
                    &part.part.project, err) ||
        !find_month(limits, customer_id, "member", share->member, month, arenas.kept,
                    &part.part.member, err))
        return false;
    if (part.part.project == CREDIT_NO_LIMIT && part.part.member == CREDIT_NO_LIMIT)
        return true;
    part.project = part.part.project == CREDIT_NO_LIMIT ? "" : share->project;
    part.member = part.part.member == CREDIT_NO_LIMIT ? "" : share->member;
    part.month = arena_copy(arenas.kept, month);
    return add_part(parts, &part, arenas.scratch, err);
}

static bool add_line(struct limits *limits, const struct limit_document *document,
                     const struct invoice_line_content *line, size_t index, struct arenas arenas,
                     struct limited_parts *parts, struct error *err)
{
    struct usage_shares shares;
    struct money value;
    struct money *values = NULL;
    char month[CREDIT_MONTH_SIZE];
    if (!usage_share_rows_of(limits->shares, limits->share_count, document->invoice_id, line->line,
                             arenas.scratch, &shares, err))
        return false;
    const struct subscription_owner *owner =
        shares.count == 0 ? NULL : find_owner(limits, document->lines[index].subscription_id);
    if (owner == NULL)
        return true;
    const struct invoice_tax_content *taxes = draft_tax_contents(
        document->taxes, document->tax_count, document->currency, arenas.scratch);
    credit_limit_month(line->period_end, month);
    if (!invoice_line_value(line, taxes, document->tax_count, &value, err) ||
        (document->paid != NULL && !money_subtract(value, document->paid[index], &value, err)) ||
        !usage_shares_split(value, &shares, arenas.scratch, &values, err))
        return false;
    for (size_t i = 0; i < shares.count; i++)
        if (money_sign(values[i]) != 0 &&
            !add_share(limits, owner->customer_id, month, &shares.items[i], values[i], arenas,
                       parts, err))
            return false;
    return true;
}

bool limits_find_parts(struct limits *limits, const struct limit_document *document,
                       struct arena *arena, struct arena *scratch, struct limited_parts *ret_parts,
                       struct error *err)
{
    struct arenas arenas = {arena, scratch};
    *ret_parts = (struct limited_parts){0};
    if (limits->holder_count == 0)
        return true;
    const struct invoice_line_content *lines =
        draft_line_contents(document->lines, document->line_count, document->currency, scratch);
    for (size_t i = 0; i < document->line_count; i++)
        if (!add_line(limits, document, &lines[i], i, arenas, ret_parts, err))
            return false;
    return true;
}
