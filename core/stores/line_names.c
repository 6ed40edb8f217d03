/* What is known of subscriptions and prices by their keys: see line_names.h. Keys are sorted, each
 * once, so that what is found comes in their order and is searched by halves. */
#include "core/stores/line_names.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/billing/charge_slots.h"
#include "core/billing/correction.h"

struct subscription_name {
    int64_t tenant_id, subscription_id;
    const char *subscription;
};

static const struct row_field subscription_fields[] = {
    ROW_FIELD(struct subscription_name, tenant_id, "tenant_id"),
    ROW_FIELD(struct subscription_name, subscription_id, "subscription_id"),
    ROW_FIELD(struct subscription_name, subscription, "subscription"),
};

static const struct bulk_table subscription_names = {
    .name = "subscription_names",
    .kind = BULK_INSERT,
    .table = "subscription",
    .fields = subscription_fields,
    .field_count = ARRAY_LEN(subscription_fields),
    .key_count = 2,
    .row_size = sizeof(struct subscription_name),
};

struct price_name {
    int64_t tenant_id, price_id;
    struct date valid_from;
    const char *price;
    const char *billing;
    int64_t meter_id; /* DB_I64_NONE: none */
};

static const struct row_field price_fields[] = {
    ROW_FIELD(struct price_name, tenant_id, "tenant_id"),
    ROW_FIELD(struct price_name, price_id, "price_id"),
    ROW_FIELD(struct price_name, valid_from, "valid_from"),
    ROW_FIELD(struct price_name, price, "price"),
    ROW_FIELD(struct price_name, billing, "billing"),
    ROW_FIELD(struct price_name, meter_id, "meter_id"),
};

static const struct bulk_table price_names = {
    .name = "price_names",
    .kind = BULK_INSERT,
    .table = "price",
    .fields = price_fields,
    .field_count = ARRAY_LEN(price_fields),
    .key_count = 3,
    .row_size = sizeof(struct price_name),
};

struct phase_name {
    int64_t tenant_id, phase_id;
    const char *contract, *phase;
};

static const struct row_field phase_fields[] = {
    ROW_FIELD(struct phase_name, tenant_id, "tenant_id"),
    ROW_FIELD(struct phase_name, phase_id, "phase_id"),
    ROW_FIELD(struct phase_name, contract, "contract"),
    ROW_FIELD(struct phase_name, phase, "phase"),
};

static const struct bulk_table phase_names = {
    .name = "phase_names",
    .kind = BULK_ASK,
    .statement = STMT_CONTRACT_PHASE_NAMES,
    .fields = phase_fields,
    .field_count = ARRAY_LEN(phase_fields),
    .key_count = 2,
    .row_size = sizeof(struct phase_name),
};

/* The period of a line, by the line's own key of it. */
struct line_period {
    int64_t tenant_id, subscription_id, price_id;
    struct date start_on;
    const char *kind;
    struct date full_start_on;
};

static const struct row_field period_fields[] = {
    ROW_FIELD(struct line_period, tenant_id, "tenant_id"),
    ROW_FIELD(struct line_period, subscription_id, "subscription_id"),
    ROW_FIELD(struct line_period, price_id, "price_id"),
    ROW_FIELD(struct line_period, start_on, "start_on"),
    ROW_FIELD(struct line_period, kind, "kind"),
    ROW_FIELD(struct line_period, full_start_on, "full_start_on"),
};

static const struct bulk_table line_periods = {
    .name = "line_periods",
    .kind = BULK_INSERT,
    .table = "billing_period",
    .fields = period_fields,
    .field_count = ARRAY_LEN(period_fields),
    .key_count = 5,
    .row_size = sizeof(struct line_period),
};

static int compare_numbers(int64_t left, int64_t right)
{
    return left < right ? -1 : left > right;
}

static int compare_subscriptions(const void *a, const void *b)
{
    const struct subscription_name *left = a;
    const struct subscription_name *right = b;
    int order = compare_numbers(left->tenant_id, right->tenant_id);
    return order != 0 ? order : compare_numbers(left->subscription_id, right->subscription_id);
}

static int compare_prices(const void *a, const void *b)
{
    const struct price_name *left = a;
    const struct price_name *right = b;
    int order = compare_numbers(left->tenant_id, right->tenant_id);
    if (order == 0)
        order = compare_numbers(left->price_id, right->price_id);
    return order != 0 ? order : date_compare(left->valid_from, right->valid_from);
}

static struct subscription_name subscription_of(const struct stored_line *line)
{
    return (struct subscription_name){.tenant_id = line->tenant_id,
                                      .subscription_id = line->subscription_id};
}

static struct price_name price_of(const struct stored_line *line)
{
    return (struct price_name){.tenant_id = line->tenant_id,
                               .price_id = line->price_id,
                               .valid_from = line->price_valid_from};
}

static bool is_true_up(const struct stored_line *line)
{
    return line->subscription_id == 0;
}

static bool find_subscriptions(struct db *db, const struct stored_line *lines, size_t count,
                               struct arena *arena, struct bulk_found *ret_found, struct error *err)
{
    struct subscription_name *keys = ARENA_NEW_ARRAY(arena, struct subscription_name, count);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct subscription_name key = subscription_of(&lines[i]);
        if (is_true_up(&lines[i]))
            continue;
        if (used == 0 || compare_subscriptions(&keys[used - 1], &key) != 0)
            keys[used++] = key; /* the lines of one follow each other mostly */
    }
    qsort(keys, used, sizeof *keys, compare_subscriptions);
    size_t distinct = 0;
    for (size_t i = 0; i < used; i++)
        if (distinct == 0 || compare_subscriptions(&keys[distinct - 1], &keys[i]) != 0)
            keys[distinct++] = keys[i];
    return bulk_find(db, &subscription_names, keys, distinct, arena, ret_found, err);
}

static bool find_prices(struct db *db, const struct stored_line *lines, size_t count,
                        struct arena *arena, struct bulk_found *ret_found, struct error *err)
{
    struct price_name *keys = ARENA_NEW_ARRAY(arena, struct price_name, count);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_true_up(&lines[i]))
            keys[used++] = price_of(&lines[i]);
    qsort(keys, used, sizeof *keys, compare_prices);
    size_t distinct = 0;
    for (size_t i = 0; i < used; i++)
        if (distinct == 0 || compare_prices(&keys[distinct - 1], &keys[i]) != 0)
            keys[distinct++] = keys[i];
    return bulk_find(db, &price_names, keys, distinct, arena, ret_found, err);
}

static const struct price_name *find_price(const struct stored_line *line,
                                           const struct bulk_found *prices)
{
    struct price_name price = price_of(line);
    return prices->count == 0
               ? NULL
               : bsearch(&price, prices->rows, prices->count, sizeof price, compare_prices);
}

static bool is_ahead(const struct price_name *price)
{
    return price->meter_id == DB_I64_NONE && text_equal(price->billing, "in_advance");
}

static bool set_names(struct stored_line *line, const struct bulk_found *subscriptions,
                      const struct bulk_found *prices, struct error *err)
{
    struct subscription_name subscription = subscription_of(line);
    const struct subscription_name *subscription_found =
        subscriptions->count == 0
            ? NULL
            : bsearch(&subscription, subscriptions->rows, subscriptions->count, sizeof subscription,
                      compare_subscriptions);
    const struct price_name *price_found = find_price(line, prices);
    if (subscription_found == NULL || price_found == NULL)
        return error_run(
            err, EXIT_DATA, "invoice %" PRId64 ", line %" PRId64 ": its %s is not in the database",
            line->invoice_id, line->line, subscription_found == NULL ? "subscription" : "price");
    line->subscription = subscription_found->subscription;
    line->price = price_found->price;
    line->is_ahead = is_ahead(price_found);
    return true;
}

static bool is_credit(const struct stored_line *line)
{
    struct slot_entry entry;
    return slot_entry_parse_kind(correction_base_kind(line->kind), &entry) &&
           entry.slot.kind == SLOT_PRORATION_CREDIT;
}

/* Credits for the rest of a period, and their reversals, are few: each asks for its own. */
static bool set_charged_from(struct db *db, struct stored_line *lines, size_t count,
                             struct arena *arena, struct error *err)
{
    struct bulk_found found;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        lines[i].charged_from_on = DATE_NONE;
        used += is_credit(&lines[i]) ? 1 : 0;
    }
    if (used == 0)
        return true;
    struct line_period *keys = ARENA_NEW_ARRAY(arena, struct line_period, used);
    size_t *asking = ARENA_NEW_ARRAY(arena, size_t, used);
    used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct stored_line *line = &lines[i];
        if (!is_credit(line))
            continue;
        asking[used] = i;
        keys[used++] = (struct line_period){.tenant_id = line->tenant_id,
                                            .subscription_id = line->subscription_id,
                                            .price_id = line->price_id,
                                            .start_on = line->period_start_on,
                                            .kind = line->kind};
    }
    if (!bulk_find(db, &line_periods, keys, used, arena, &found, err))
        return error_context(err, "loading of which periods credits are");
    const struct line_period *periods = found.rows;
    for (size_t i = 0; i < found.count; i++)
        lines[asking[found.places[i]]].charged_from_on = periods[i].full_start_on;
    return true;
}

/* True-ups of one phase are few: each asks for its own. */
static bool set_phases(struct db *db, struct stored_line *lines, size_t count, struct arena *arena,
                       struct error *err)
{
    struct phase_name *keys = ARENA_NEW_ARRAY(arena, struct phase_name, count);
    struct stored_line **asking =
        (struct stored_line **)arena_alloc_array(arena, count, sizeof *asking);
    struct bulk_found found;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_true_up(&lines[i]))
            continue;
        asking[used] = &lines[i];
        keys[used++] =
            (struct phase_name){.tenant_id = lines[i].tenant_id, .phase_id = lines[i].price_id};
    }
    if (!bulk_find(db, &phase_names, keys, used, arena, &found, err))
        return false;
    const struct phase_name *names = found.rows;
    for (size_t i = 0; i < used; i++) {
        if (i >= found.count || found.places[i] != i)
            return error_run(err, EXIT_DATA,
                             "invoice %" PRId64 ", line %" PRId64
                             ": its contract is not in the database",
                             asking[i]->invoice_id, asking[i]->line);
        asking[i]->subscription = names[i].contract;
        asking[i]->price = names[i].phase;
        asking[i]->is_ahead = false;
    }
    return true;
}

bool line_names_load(struct db *db, struct stored_line *lines, size_t count, struct arena *arena,
                     struct error *err)
{
    struct bulk_found subscriptions;
    struct bulk_found prices;
    if (count == 0)
        return true;
    if (!find_subscriptions(db, lines, count, arena, &subscriptions, err) ||
        !find_prices(db, lines, count, arena, &prices, err))
        return error_context(err, "loading what lines are about");
    for (size_t i = 0; i < count; i++)
        if (!is_true_up(&lines[i]) && !set_names(&lines[i], &subscriptions, &prices, err))
            return false;
    return set_charged_from(db, lines, count, arena, err) &&
           set_phases(db, lines, count, arena, err);
}

bool line_supplies_load(struct db *db, struct stored_line *lines, size_t count, struct arena *arena,
                        struct error *err)
{
    struct bulk_found prices;
    if (count == 0)
        return true;
    if (!find_prices(db, lines, count, arena, &prices, err))
        return error_context(err, "loading the prices of lines");
    for (size_t i = 0; i < count; i++) {
        const struct price_name *price = find_price(&lines[i], &prices);
        lines[i].is_ahead = !is_true_up(&lines[i]) && price != NULL && is_ahead(price);
    }
    return set_charged_from(db, lines, count, arena, err);
}
