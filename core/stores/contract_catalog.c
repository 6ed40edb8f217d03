/* Loading contracts: see contract_catalog.h. A tenant may have as many as customers, and all of
 * them are kept: so what was read of one is let go before the next, and nothing grows by doubling.
 */
#include "core/stores/contract_catalog.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"

#define CONTRACT_ARENA_CAP ((size_t)64 << 20) /* the rows of one */

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

struct reading {
    struct arena *arena; /* of the phases */
    struct arena *page;  /* of the contract at hand */
    struct rows ARRAY_OF(struct phase_row) rows;
    struct prices prices;
    struct scopes scopes;
    struct phases ARRAY_OF(struct contract_phase) phases;
    const char *product_name, *tax_category; /* of the phase before: most are of few products */
};

static const char *share(struct arena *arena, const char *text, const char **before)
{
    if (!text_equal(text, *before))
        *before = arena_copy(arena, text);
    return *before;
}

/* The phases of one contract, in order of their start. */
static bool make_phases(struct reading *reading, struct error *err)
{
    const struct phase_row *rows = reading->rows.items;
    size_t count = reading->rows.count;
    struct contract_phase_term *terms =
        ARENA_NEW_ARRAY(reading->page, struct contract_phase_term, count + 1);
    const char *contract = count == 0 ? NULL : arena_copy(reading->arena, rows[0].contract);
    for (size_t i = 0; i < count; i++)
        terms[i] = (struct contract_phase_term){rows[i].start_on, rows[i].end_on};
    for (size_t i = 0; i < count; i++) {
        struct contract_phase *phase = &ARRAY_ADD(reading->arena, &reading->phases);
        *phase = (struct contract_phase){
            .phase_id = rows[i].phase_id,
            .customer_id = rows[i].customer_id,
            .contract = contract,
            .phase = arena_copy(reading->arena, rows[i].phase),
            .agreed = contract_phase_agreed(&rows[i].term, terms, count, i),
            .held = contract_phase_held(&rows[i].term, terms, count, i),
            .priority = rows[i].priority,
            .product_name = share(reading->arena, rows[i].product_name, &reading->product_name),
            .tax_category = share(reading->arena, rows[i].tax_category, &reading->tax_category),
        };
        take_prices(&reading->prices, phase);
        take_scopes(&reading->scopes, phase);
        if (!read_terms(&rows[i], phase, err))
            return error_context(err, "contract %s, phase %s", rows[i].contract, rows[i].phase);
    }
    reading->rows = (struct rows){0};
    arena_reset(reading->page);
    return true;
}

static bool read_phases(struct db *db, int64_t tenant_id, struct reading *reading,
                        struct error *err)
{
    CLEANUP(db_rows_close) struct db_rows *rows = NULL;
    bool has_row = true;
    if (!db_query(db, STMT_CATALOG_PHASES, DB_ARGS(db_i64(tenant_id)), &rows, err))
        return false;
    int32_t contract = db_rows_column(rows, "contract_id");
    while (db_rows_next(rows, &has_row, err)) {
        if (!has_row)
            return make_phases(reading, err);
        if (reading->rows.count > 0 &&
            reading->rows.items[0].contract_id != db_rows_i64(rows, contract) &&
            !make_phases(reading, err))
            return false;
        if (!rows_read(rows, reading->page, phase_fields, ARRAY_LEN(phase_fields),
                       &ARRAY_ADD(reading->page, &reading->rows), err))
            return false;
    }
    return false;
}

static bool load_terms(struct db *db, int64_t tenant_id, struct reading *reading, struct error *err)
{
    void *scopes = NULL, *prices = NULL;
    if (!rows_load_all(db, STMT_CATALOG_CONTRACT_PRICES, DB_ARGS(db_i64(tenant_id)), reading->arena,
                       price_fields, ARRAY_LEN(price_fields), sizeof(struct contract_price),
                       &prices, &reading->prices.count, err) ||
        !rows_load_all(db, STMT_CATALOG_CONTRACT_SCOPES, DB_ARGS(db_i64(tenant_id)), reading->arena,
                       scope_fields, ARRAY_LEN(scope_fields), sizeof(struct contract_scope),
                       &scopes, &reading->scopes.count, err))
        return false;
    reading->prices.items = prices;
    reading->scopes.items = scopes;
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
    CLEANUP(arena_destroy) struct arena *page = arena_create("a contract", CONTRACT_ARENA_CAP);
    struct reading reading = {.arena = arena, .page = page};
    int64_t count = 0;
    bool found = false;
    if (!db_query_i64(db, STMT_CATALOG_PHASE_COUNT, DB_ARGS(db_i64(tenant_id)), &count, &found,
                      err))
        return error_context(err, "loading contracts");
    if (count > 0) {
        reading.phases.capacity = (size_t)count;
        reading.phases.items = ARENA_NEW_ARRAY(arena, struct contract_phase, (size_t)count);
        if (!load_terms(db, tenant_id, &reading, err) || !read_phases(db, tenant_id, &reading, err))
            return error_context(err, "loading contracts");
    }
    struct contract_phase *phases = reading.phases.items;
    size_t phase_count = reading.phases.count;
    if (phase_count > 1)
        qsort(phases, phase_count, sizeof *phases, compare_phases);
    *ret_phases = (struct contract_phases){phases, phase_count, by_id(phases, phase_count, arena)};
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
