/* Loading contracts: see contract_catalog.h. */
#include "core/stores/contract_catalog.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"

/* A phase as it is stored, with the days of its contract. */
struct phase_row {
    int64_t phase_id, contract_id, customer_id, priority;
    const char *contract, *phase, *commitment, *discount_percent, *currency;
    const char *product_name, *tax_category;
    struct contract_term term;
    struct date start_on, end_on;
};

static const struct row_field phase_fields[] = {
    ROW_FIELD(struct phase_row, phase_id, "phase_id"),
    ROW_FIELD(struct phase_row, contract_id, "contract_id"),
    ROW_FIELD(struct phase_row, customer_id, "customer_id"),
    ROW_FIELD(struct phase_row, priority, "priority"),
    ROW_FIELD(struct phase_row, contract, "contract"),
    ROW_FIELD(struct phase_row, phase, "phase"),
    ROW_FIELD(struct phase_row, commitment, "commitment"),
    ROW_FIELD(struct phase_row, discount_percent, "discount_percent"),
    ROW_FIELD(struct phase_row, currency, "currency"),
    ROW_FIELD(struct phase_row, product_name, "product_name"),
    ROW_FIELD(struct phase_row, tax_category, "tax_category"),
    ROW_FIELD(struct phase_row, term.start, "contract_start_on"),
    ROW_FIELD(struct phase_row, term.end, "contract_end_on"),
    ROW_FIELD(struct phase_row, term.closed_on, "closed_on"),
    ROW_FIELD(struct phase_row, start_on, "start_on"),
    ROW_FIELD(struct phase_row, end_on, "end_on"),
};

static const struct row_field scope_fields[] = {
    ROW_FIELD(struct contract_scope, phase_id, "phase_id"),
    ROW_FIELD(struct contract_scope, plan_id, "plan_id"),
    ROW_FIELD(struct contract_scope, product_id, "product_id"),
};

static const struct row_field price_fields[] = {
    ROW_FIELD(struct contract_price, phase_id, "phase_id"),
    ROW_FIELD(struct contract_price, price_id, "price_id"),
    ROW_FIELD(struct contract_price, rated_price_id, "rated_price_id"),
};

struct prices {
    const struct contract_price *items; /* by phase_id */
    size_t count;
};

struct scopes {
    const struct contract_scope *items; /* by phase_id */
    size_t count;
};

static void take_scopes(const struct scopes *all, struct contract_phase *phase)
{
    size_t first = array_first_of(all->items, all->count, sizeof *all->items,
                                  offsetof(struct contract_scope, phase_id), phase->phase_id);
    phase->scopes = &all->items[first];
    while (first + phase->scope_count < all->count &&
           phase->scopes[phase->scope_count].phase_id == phase->phase_id)
        phase->scope_count++;
}

static void take_prices(const struct prices *all, struct contract_phase *phase)
{
    size_t first = array_first_of(all->items, all->count, sizeof *all->items,
                                  offsetof(struct contract_price, phase_id), phase->phase_id);
    phase->prices = &all->items[first];
    while (first + phase->price_count < all->count &&
           phase->prices[phase->price_count].phase_id == phase->phase_id)
        phase->price_count++;
}

static bool read_terms(const struct phase_row *row, struct contract_phase *phase, struct error *err)
{
    phase->has_currency = row->currency != NULL;
    phase->has_commitment = row->commitment != NULL;
    phase->discount_percent = decimal_from_i64(0);
    return (row->currency == NULL || currency_parse(row->currency, &phase->currency, err)) &&
           (row->commitment == NULL ||
            money_parse(row->commitment, phase->currency, &phase->commitment, err)) &&
           (row->discount_percent == NULL ||
            decimal_parse(row->discount_percent, &phase->discount_percent, err));
}

/* The phases of one contract, in order of their start. */
static bool make_phases(const struct phase_row *rows, size_t count, const struct prices *prices,
                        const struct scopes *scopes, struct arena *arena,
                        struct contract_phase *phases, struct error *err)
{
    struct contract_phase_term *terms = ARENA_NEW_ARRAY(arena, struct contract_phase_term, count);
    for (size_t i = 0; i < count; i++)
        terms[i] = (struct contract_phase_term){rows[i].start_on, rows[i].end_on};
    for (size_t i = 0; i < count; i++) {
        phases[i] = (struct contract_phase){
            .phase_id = rows[i].phase_id,
            .customer_id = rows[i].customer_id,
            .contract = rows[i].contract,
            .phase = rows[i].phase,
            .agreed = contract_phase_agreed(&rows[i].term, terms, count, i),
            .held = contract_phase_held(&rows[i].term, terms, count, i),
            .priority = rows[i].priority,
            .product_name = rows[i].product_name,
            .tax_category = rows[i].tax_category,
        };
        take_prices(prices, &phases[i]);
        take_scopes(scopes, &phases[i]);
        if (!read_terms(&rows[i], &phases[i], err))
            return error_context(err, "contract %s, phase %s", rows[i].contract, rows[i].phase);
    }
    return true;
}

static int compare_phases(const void *a, const void *b)
{
    const struct contract_phase *left = a;
    const struct contract_phase *right = b;
    if (left->customer_id != right->customer_id)
        return left->customer_id < right->customer_id ? -1 : 1;
    if (left->priority != right->priority)
        return left->priority > right->priority ? -1 : 1;
    int order = date_compare(left->held.start, right->held.start);
    if (order == 0)
        order = strcmp(left->contract, right->contract);
    return order != 0 ? order : strcmp(left->phase, right->phase);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = (*(const struct contract_phase *const *)a)->phase_id;
    int64_t right = (*(const struct contract_phase *const *)b)->phase_id;
    return (left > right) - (left < right);
}

static const struct contract_phase **by_id(const struct contract_phase *phases, size_t count,
                                           struct arena *arena)
{
    const struct contract_phase **sorted =
        (const struct contract_phase **)arena_alloc_array(arena, count + 1, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &phases[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, compare_ids);
    return sorted;
}

bool contract_catalog_load(struct db *db, int64_t tenant_id, struct arena *arena,
                           struct contract_phases *ret_phases, struct error *err)
{
    void *items = NULL, *scope_items = NULL, *price_items = NULL;
    struct scopes scopes = {0};
    struct prices prices = {0};
    size_t count = 0;
    if (!rows_load_all(db, STMT_CATALOG_PHASES, DB_ARGS(db_i64(tenant_id)), arena, phase_fields,
                       ARRAY_LEN(phase_fields), sizeof(struct phase_row), &items, &count, err) ||
        (count > 0 &&
         !rows_load_all(db, STMT_CATALOG_CONTRACT_PRICES, DB_ARGS(db_i64(tenant_id)), arena,
                        price_fields, ARRAY_LEN(price_fields), sizeof(struct contract_price),
                        &price_items, &prices.count, err)) ||
        (count > 0 &&
         !rows_load_all(db, STMT_CATALOG_CONTRACT_SCOPES, DB_ARGS(db_i64(tenant_id)), arena,
                        scope_fields, ARRAY_LEN(scope_fields), sizeof(struct contract_scope),
                        &scope_items, &scopes.count, err)))
        return error_context(err, "loading contracts");
    const struct phase_row *rows = items;
    struct contract_phase *phases = ARENA_NEW_ARRAY(arena, struct contract_phase, count + 1);
    scopes.items = scope_items;
    prices.items = price_items;
    for (size_t i = 0; i < count;) {
        size_t end = i;
        while (end < count && rows[end].contract_id == rows[i].contract_id)
            end++;
        if (!make_phases(&rows[i], end - i, &prices, &scopes, arena, &phases[i], err))
            return false;
        i = end;
    }
    if (count > 1)
        qsort(phases, count, sizeof *phases, compare_phases);
    *ret_phases = (struct contract_phases){phases, count, by_id(phases, count, arena)};
    return true;
}

struct contract_phases contract_phases_of(const struct contract_phases *all, int64_t customer_id)
{
    size_t low = array_first_of(all->items, all->count, sizeof *all->items,
                                offsetof(struct contract_phase, customer_id), customer_id);
    struct contract_phases own = {.items = all->count == 0 ? NULL : &all->items[low]};
    while (low + own.count < all->count && own.items[own.count].customer_id == customer_id)
        own.count++;
    return own;
}

const struct contract_phase *contract_phase_find(const struct contract_phases *all,
                                                 int64_t phase_id)
{
    struct contract_phase wanted = {.phase_id = phase_id};
    const struct contract_phase *key = &wanted;
    assert(all->count == 0 || all->by_id != NULL);
    const struct contract_phase *const *found =
        all->count == 0 ? NULL
                        : bsearch(&key, all->by_id, all->count, sizeof *all->by_id, compare_ids);
    return found == NULL ? NULL : *found;
}

static bool is_in_scope(const struct contract_phase *phase, const struct contract_charge *charge)
{
    for (size_t i = 0; i < phase->scope_count; i++) {
        const struct contract_scope *scope = &phase->scopes[i];
        if ((scope->plan_id == DB_I64_NONE || scope->plan_id == charge->plan_id) &&
            (scope->product_id == DB_I64_NONE || scope->product_id == charge->product_id))
            return true;
    }
    return phase->scope_count == 0;
}

bool contract_phase_covers(const struct contract_phase *phase, const struct contract_charge *charge)
{
    return (!phase->has_currency || currency_equal(phase->currency, charge->currency)) &&
           contract_phase_holds(phase->held, charge->on) && is_in_scope(phase, charge);
}

int64_t contract_phase_rates(const struct contract_phase *phase, int64_t price_id)
{
    for (size_t i = 0; phase != NULL && i < phase->price_count; i++)
        if (phase->prices[i].price_id == price_id)
            return phase->prices[i].rated_price_id;
    return price_id;
}

const struct contract_phase *contract_phase_covering(const struct contract_phases *phases,
                                                     const struct contract_charge *charge)
{
    for (size_t i = 0; i < phases->count; i++)
        if (contract_phase_covers(&phases->items[i], charge))
            return &phases->items[i];
    return NULL;
}
