/* Whose usage it was: see usage_share_store.h. */
#include "core/stores/usage_share_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/stores/usage_window.h"

static const struct row_field share_fields[] = {
    ROW_FIELD(struct usage_share_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct usage_share_row, invoice_id, "invoice_id"),
    ROW_FIELD(struct usage_share_row, line, "line"),
    ROW_FIELD(struct usage_share_row, project, "project"),
    ROW_FIELD(struct usage_share_row, member, "member"),
    ROW_FIELD(struct usage_share_row, quantity, "quantity"),
};

#define TABLE(table_name, keys)                                                                    \
    .name = (table_name), .kind = BULK_INSERT, .table = "usage_share", .fields = share_fields,     \
    .field_count = ARRAY_LEN(share_fields), .key_count = (keys),                                   \
    .row_size = sizeof(struct usage_share_row)

const struct bulk_table USAGE_SHARE_ADD = {TABLE("usage_share_add", 5)};
static const struct bulk_table shares_of_invoice = {TABLE("usage_shares_of_invoice", 2)};

/* ---------------------------------------------------------------- kept with lines */

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_rows(const void *a, const void *b)
{
    const struct usage_share_row *left = a, *right = b;
    int order = compare_i64(left->invoice_id, right->invoice_id);
    if (order == 0)
        order = compare_i64(left->line, right->line);
    if (order == 0)
        order = strcmp(left->project, right->project);
    return order != 0 ? order : strcmp(left->member, right->member);
}

static int compare_ids(const void *a, const void *b)
{
    return compare_i64(*(const int64_t *)a, *(const int64_t *)b);
}

/* Each invoice once. */
static struct usage_share_row *keys_of(int64_t tenant_id, const int64_t *invoice_ids, size_t count,
                                       struct arena *arena, size_t *ret_count)
{
    struct usage_share_row *keys = ARENA_NEW_ARRAY(arena, struct usage_share_row, count + 1);
    int64_t *ids = ARENA_NEW_ARRAY(arena, int64_t, count + 1);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
        ids[i] = invoice_ids[i];
    if (count > 1)
        qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            keys[(*ret_count)++] =
                (struct usage_share_row){.tenant_id = tenant_id, .invoice_id = ids[i]};
    return keys;
}

bool usage_share_store_load(struct db *db, int64_t tenant_id, const int64_t *invoice_ids,
                            size_t invoice_count, struct arena *arena,
                            struct usage_share_row **ret_rows, size_t *ret_count, struct error *err)
{
    struct bulk_found found = {0};
    size_t key_count = 0;
    int64_t ignored;
    bool any = false;
    if (!db_query_i64(db, STMT_USAGE_SHARE_ANY, DB_ARGS(db_i64(tenant_id)), &ignored, &any, err))
        return error_context(err, "looking for whose usage it was");
    if (any && invoice_count > 0) {
        const struct usage_share_row *keys =
            keys_of(tenant_id, invoice_ids, invoice_count, arena, &key_count);
        if (!bulk_find(db, &shares_of_invoice, keys, key_count, arena, &found, err))
            return error_context(err, "loading whose usage it was");
        if (found.count > 1)
            qsort(found.rows, found.count, sizeof(struct usage_share_row), compare_rows);
    }
    *ret_rows = found.rows;
    *ret_count = found.count;
    return true;
}

bool usage_share_rows_of(const struct usage_share_row *rows, size_t count, int64_t invoice_id,
                         int64_t line, struct arena *arena, struct usage_shares *ret_shares,
                         struct error *err)
{
    struct usage_share_row key = {
        .invoice_id = invoice_id, .line = line, .project = "", .member = ""};
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_rows(&rows[middle], &key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    *ret_shares = (struct usage_shares){0};
    for (; from < count && rows[from].invoice_id == invoice_id && rows[from].line == line; from++)
        if (!usage_shares_add(ret_shares, rows[from].project, rows[from].member,
                              rows[from].quantity, arena, err))
            return false;
    return true;
}

/* ---------------------------------------------------------------- counted from events */

struct group {
    const char *project, *member;
    struct usage_fold fold;
    struct event_amounts *amounts; /* of a price that charges these, else NULL */
};

/* A period's usage on its way, by project and member; they are in order. */
struct grouping {
    struct rating_period *period;
    struct arena *arena;
    struct group **groups;
    size_t count, capacity;
    bool leaves_late;
    bool has_failed;
};

static int compare_group(const struct group *group, const char *project, const char *member)
{
    int order = strcmp(group->project, project);
    return order != 0 ? order : strcmp(group->member, member);
}

static struct group *new_group(struct grouping *grouping, const char *project, const char *member)
{
    const struct rating_period *period = grouping->period;
    struct group *group = ARENA_NEW(grouping->arena, struct group);
    struct usage_span span = {period->start_at_us, period->end_at_us, ratio_from_i64(1)};
    group->project = arena_copy(grouping->arena, project);
    group->member = arena_copy(grouping->arena, member);
    usage_fold_start(&group->fold, period->meter->aggregation, span, grouping->arena);
    if (price_reads_amounts(&period->price->price)) {
        group->amounts = ARENA_NEW(grouping->arena, struct event_amounts);
        event_amounts_start(group->amounts, &period->price->price);
    }
    return group;
}

static void grow(struct grouping *grouping)
{
    size_t capacity = grouping->capacity == 0 ? 4 : 2 * grouping->capacity;
    struct group **groups =
        (struct group **)arena_alloc_array(grouping->arena, capacity, sizeof(*groups));
    for (size_t i = 0; i < grouping->count; i++)
        groups[i] = grouping->groups[i];
    grouping->groups = groups;
    grouping->capacity = capacity;
}

static struct group *find_group(struct grouping *grouping, const char *project, const char *member)
{
    size_t from = 0, to = grouping->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare_group(grouping->groups[middle], project, member);
        if (order == 0)
            return grouping->groups[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    if (grouping->count == grouping->capacity)
        grow(grouping);
    for (size_t i = grouping->count++; i > from; i--)
        grouping->groups[i] = grouping->groups[i - 1];
    return grouping->groups[from] = new_group(grouping, project, member);
}

/* A period that cannot be shared out is not rated, and does not stop the others. */
static bool fail(struct grouping *grouping, struct error *err)
{
    if (err->kind != ERROR_ITEM)
        return false;
    struct error *kept = ARENA_NEW(grouping->arena, struct error);
    *kept = *err;
    grouping->period->failure = kept;
    grouping->has_failed = true;
    error_clear(err);
    return true;
}

static bool add_event(struct grouping *grouping, const struct usage_value *event, struct error *err)
{
    const struct meter_filters *filters = &grouping->period->meter->filters;
    bool counts = true;
    if (filters->count > 0 && !meter_filters_hold(filters, event->properties, &counts, err))
        return false;
    if (!counts)
        return true;
    struct group *group =
        find_group(grouping, text_or_empty(event->project), text_or_empty(event->member));
    return group->amounts != NULL ? event_amounts_add(group->amounts, event, err)
                                  : usage_fold_add(&group->fold, event, err);
}

static bool take_event(void *owner, const struct usage_value *event, bool late, struct error *err)
{
    struct grouping *grouping = owner;
    return grouping->has_failed || (late && grouping->leaves_late) ||
           add_event(grouping, event, err) || fail(grouping, err);
}

/* Events are read one by one, with their texts: there are neither sums nor late ones apart. */
static bool take_sum(void *owner, const struct usage_sum *sum, struct error *err)
{
    (void)owner;
    (void)sum;
    return error_run(err, EXIT_INTERNAL, "usage was added up that is to be shared out");
}

static void take_late(void *owner, int64_t at_us, const char *key)
{
    (void)owner;
    (void)at_us;
    (void)key;
}

static const struct usage_window_taker taker = {take_event, take_sum, take_late};

/* One group that is nobody's is no share. */
static bool finish(struct grouping *grouping, struct error *err)
{
    struct rating_period *period = grouping->period;
    for (size_t i = 0; i < grouping->count && !grouping->has_failed; i++) {
        const struct group *group = grouping->groups[i];
        struct usage_total total = {0};
        if (group->amounts != NULL)
            total.quantity = decimal_normalize(group->amounts->total);
        else if (!usage_fold_finish(&group->fold, -1, &total, err))
            return fail(grouping, err);
        if (!usage_shares_add(&period->shares, group->project, group->member, total.quantity,
                              grouping->arena, err))
            return fail(grouping, err);
    }
    return true;
}

struct counting {
    struct db *db;
    int64_t tenant_id;
    bool late_waits;
    struct arena *arena;
    int64_t *holders; /* customers with projects or members, in order */
    size_t holder_count;
    struct rating_period **periods; /* theirs */
    size_t period_count;
};

static bool has_holders(const struct counting *counting, int64_t customer_id)
{
    return counting->holder_count > 0 &&
           bsearch(&customer_id, counting->holders, counting->holder_count,
                   sizeof *counting->holders, compare_ids) != NULL;
}

struct holder_key {
    int64_t customer_id;
};

static const struct row_field holder_key_fields[] = {
    ROW_FIELD(struct holder_key, customer_id, "customer_id"),
};

static bool load_holders(struct counting *counting, const struct rating_payer *payers, size_t count,
                         struct error *err)
{
    void *items = NULL;
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < payers[i].period_count; k++) {
            int64_t customer_id = payers[i].periods[k].customer_id;
            least = customer_id < least ? customer_id : least;
            greatest = customer_id > greatest ? customer_id : greatest;
        }
    if (!rows_load_all(counting->db, STMT_HOLDER_CUSTOMERS,
                       DB_ARGS(db_i64(counting->tenant_id), db_i64(least), db_i64(greatest)),
                       counting->arena, holder_key_fields, ARRAY_LEN(holder_key_fields),
                       sizeof(struct holder_key), &items, &counting->holder_count, err))
        return false;
    const struct holder_key *keys = items;
    counting->holders = ARENA_NEW_ARRAY(counting->arena, int64_t, counting->holder_count + 1);
    for (size_t i = 0; i < counting->holder_count; i++)
        counting->holders[i] = keys[i].customer_id;
    return true;
}

static void choose_periods(struct counting *counting, struct rating_payer *payers, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += payers[i].period_count;
    counting->periods = (struct rating_period **)arena_alloc_array(counting->arena, most + 1,
                                                                   sizeof(*counting->periods));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < payers[i].period_count; k++)
            if (has_holders(counting, payers[i].periods[k].customer_id))
                counting->periods[counting->period_count++] = &payers[i].periods[k];
}

static bool count_usage(const struct counting *counting, struct error *err)
{
    size_t count = 0;
    struct usage_window *windows =
        ARENA_NEW_ARRAY(counting->arena, struct usage_window, counting->period_count + 1);
    struct grouping *groupings =
        ARENA_NEW_ARRAY(counting->arena, struct grouping, counting->period_count + 1);
    for (size_t i = 0; i < counting->period_count; i++) {
        struct rating_period *period = counting->periods[i];
        if (period->meter == NULL || period->price == NULL || period->failure != NULL)
            continue;
        groupings[count] =
            (struct grouping){.period = period,
                              .arena = counting->arena,
                              .leaves_late = rating_leaves_late(period, counting->late_waits)};
        windows[count] = (struct usage_window){.subscription_id = period->subscription_id,
                                               .meter_id = period->meter->meter_id,
                                               .start_at_us = period->start_at_us,
                                               .end_at_us = period->end_at_us,
                                               .owner = &groupings[count],
                                               .needs_texts = true,
                                               .needs_all = true,
                                               .sums = USAGE_SUMS_NONE};
        count++;
    }
    if (!usage_windows_read(counting->db, counting->tenant_id, windows, count, counting->arena,
                            &taker, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!finish(&groupings[i], err))
            return false;
    return true;
}

/* Of the lines that are gone on from, or taken back. */
static bool load_earlier(const struct counting *counting, struct error *err)
{
    struct usage_share_row *rows = NULL;
    size_t count = 0, row_count = 0;
    for (size_t i = 0; i < counting->period_count; i++)
        count += counting->periods[i]->billed_line_count + counting->periods[i]->taken_back_count;
    int64_t *ids = ARENA_NEW_ARRAY(counting->arena, int64_t, count + 1);
    struct rating_billed **lines =
        (struct rating_billed **)arena_alloc_array(counting->arena, count + 1, sizeof(*lines));
    count = 0;
    for (size_t i = 0; i < counting->period_count; i++) {
        const struct rating_period *period = counting->periods[i];
        for (size_t k = 0; k < period->billed_line_count; k++)
            lines[count++] = &period->billed_lines[k];
        for (size_t k = 0; k < period->taken_back_count; k++)
            lines[count++] = &period->taken_back[k];
    }
    for (size_t i = 0; i < count; i++)
        ids[i] = lines[i]->invoice_id;
    if (count == 0)
        return true;
    if (!usage_share_store_load(counting->db, counting->tenant_id, ids, count, counting->arena,
                                &rows, &row_count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!usage_share_rows_of(rows, row_count, lines[i]->invoice_id, lines[i]->line,
                                 counting->arena, &lines[i]->shares, err))
            return false;
    return true;
}

bool usage_share_store_count(struct db *db, int64_t tenant_id, struct rating_payer *payers,
                             size_t count, bool late_waits, struct arena *arena, struct error *err)
{
    struct counting counting = {
        .db = db, .tenant_id = tenant_id, .late_waits = late_waits, .arena = arena};
    if (count == 0)
        return true;
    if (!load_holders(&counting, payers, count, err))
        return error_context(err, "looking for projects and members");
    if (counting.holder_count == 0)
        return true;
    choose_periods(&counting, payers, count);
    return (count_usage(&counting, err) && load_earlier(&counting, err)) ||
           error_context(err, "counting whose usage it was");
}
