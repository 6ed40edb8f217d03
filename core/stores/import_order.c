/* What a record of a class names of a class before its own is written down here beside the names
 * that its put_… looks up. Two more are looked at without being named:
 *
 * 1. A price of one customer is judged by the meter of the price that it names, and judges what may
 * become of that meter: it stands for every meter of its tenant.
 * 2. The rest of what is looked at through a name never changes: whose a subscription is, of what a
 * contract's end is, on which meter a price is. */
#include "core/stores/import_order.h"

#include "core/stores/import_names.h"

#define EVERY_NAME "" /* no record has this name */

enum { CLASS_TENANTS, CLASS_NAMED, CLASS_KIND };

static bool has_id_in_key(enum record_kind kind)
{
    return kind == RECORD_CUSTOMER_PRICE || kind == RECORD_SUBSCRIPTION_CHANGE ||
           kind == RECORD_COUPON_REDEMPTION || kind == RECORD_CREDIT_GRANT ||
           kind == RECORD_CONTRACT_PHASE || kind == RECORD_PROJECT || kind == RECORD_MEMBER ||
           kind == RECORD_PAYMENT_METHOD;
}

int32_t import_class(enum record_kind kind)
{
    if (kind == RECORD_TENANT)
        return CLASS_TENANTS;
    return kind < RECORD_USAGE && !has_id_in_key(kind) ? CLASS_NAMED : CLASS_KIND + (int32_t)kind;
}

/* ------------------------------------------------------------------ names */

/* Tenants are numbered as they come: the id that their name has here. */
struct name_set {
    struct import_names *names; /* NULL until the first is added */
    int64_t tenant_count;
};

static int64_t tenant_of(struct name_set *set, const char *tenant)
{
    int64_t number = 0;
    if (import_names_find(set->names, RECORD_TENANT, 0, tenant, &number))
        return number;
    import_names_add(set->names, RECORD_TENANT, 0, tenant, ++set->tenant_count);
    return set->tenant_count;
}

/* NULL: names nothing. */
static void add(struct name_set *set, enum record_kind kind, int64_t tenant, const char *name)
{
    if (name != NULL)
        import_names_add(set->names, kind, tenant, name, 1);
}

static bool has(const struct name_set *set, enum record_kind kind, int64_t tenant, const char *name)
{
    int64_t ignored;
    return import_names_find(set->names, kind, tenant, name, &ignored);
}

/* ------------------------------------------------------------------ what records name */

static void add_phase(struct name_set *set, int64_t tenant,
                      const struct contract_phase_record *phase)
{
    add(set, RECORD_CONTRACT, tenant, phase->contract);
    add(set, RECORD_PRODUCT, tenant, phase->product);
    for (size_t i = 0; i < phase->prices.count; i++) {
        add(set, RECORD_PRICE, tenant, phase->prices.items[i].price);
        add(set, RECORD_PRICE, tenant, phase->prices.items[i].rated_as);
    }
    for (size_t i = 0; i < phase->scope.count; i++) {
        add(set, RECORD_PLAN, tenant, phase->scope.items[i].plan);
        add(set, RECORD_PRODUCT, tenant, phase->scope.items[i].product);
    }
}

/* Of classes before its own; who has no id in his key names none of them but his tenant. */
static void add_references(struct name_set *set, enum record_kind kind, const union record *record)
{
    if (kind == RECORD_TENANT)
        return;
    int64_t tenant = tenant_of(set, record->product.tenant); /* every record begins with it */
    if (kind == RECORD_CUSTOMER_PRICE) {
        add(set, RECORD_CUSTOMER, tenant, record->customer_price.customer);
        add(set, RECORD_PRICE, tenant, record->customer_price.price);
        add(set, RECORD_METER, tenant, EVERY_NAME);
    } else if (kind == RECORD_PROJECT || kind == RECORD_MEMBER) {
        add(set, RECORD_CUSTOMER, tenant, record->holder.customer);
    } else if (kind == RECORD_PAYMENT_METHOD) {
        add(set, RECORD_CUSTOMER, tenant, record->payment_method.customer);
    } else if (kind == RECORD_SUBSCRIPTION_CHANGE) {
        add(set, RECORD_SUBSCRIPTION, tenant, record->subscription_change.subscription);
        add(set, RECORD_PLAN, tenant, record->subscription_change.plan);
    } else if (kind == RECORD_COUPON_REDEMPTION) {
        add(set, RECORD_COUPON, tenant, record->coupon_redemption.coupon);
        add(set, RECORD_CUSTOMER, tenant, record->coupon_redemption.customer);
        add(set, RECORD_SUBSCRIPTION, tenant, record->coupon_redemption.subscription);
    } else if (kind == RECORD_CREDIT_GRANT) {
        add(set, RECORD_CUSTOMER, tenant, record->credit_grant.customer);
        add(set, RECORD_METER, tenant, record->credit_grant.meter);
    } else if (kind == RECORD_CONTRACT_PHASE) {
        add_phase(set, tenant, &record->contract_phase);
    }
}

/* By its own name. */
static bool is_named(struct name_set *set, enum record_kind kind, const union record *record)
{
    int64_t tenant = 0;
    if (!import_names_find(set->names, RECORD_TENANT, 0, record->product.tenant, &tenant))
        return false;
    if (kind == RECORD_TENANT)
        return true;
    if (kind == RECORD_PRODUCT)
        return has(set, kind, tenant, record->product.product);
    if (kind == RECORD_METER)
        return has(set, kind, tenant, record->meter.meter) || has(set, kind, tenant, EVERY_NAME);
    if (kind == RECORD_PLAN)
        return has(set, kind, tenant, record->plan.plan);
    if (kind == RECORD_PRICE)
        return has(set, kind, tenant, record->price.price);
    if (kind == RECORD_CUSTOMER)
        return has(set, kind, tenant, record->customer.customer);
    if (kind == RECORD_SUBSCRIPTION)
        return has(set, kind, tenant, record->subscription.subscription);
    if (kind == RECORD_COUPON)
        return has(set, kind, tenant, record->coupon.coupon);
    return kind == RECORD_CONTRACT && has(set, kind, tenant, record->contract.contract);
}

/* ------------------------------------------------------------------ how far, and in which order */

static bool may_follow(const struct import_ahead_item *first, const struct import_ahead_item *item)
{
    if (item->problem != NULL)
        return true;
    return first->kind < RECORD_USAGE ? item->kind < RECORD_USAGE : item->kind == first->kind;
}

/* Names are collected only from where a record is to be put before others. */
static size_t length_of(const struct import_ahead_item *items, size_t count, struct name_set *set)
{
    int32_t highest = import_class(items[0].kind);
    size_t noted = 0, length = 1;
    for (; length < count && may_follow(&items[0], &items[length]); length++) {
        const struct import_ahead_item *item = &items[length];
        if (item->problem != NULL)
            continue;
        int32_t own = import_class(item->kind);
        if (own >= highest) {
            highest = own;
            continue;
        }
        if (set->names == NULL)
            set->names = import_names_create();
        for (; noted < length; noted++)
            if (items[noted].problem == NULL)
                add_references(set, items[noted].kind, items[noted].record);
        if (import_names_is_full(set->names) || is_named(set, item->kind, item->record))
            break;
    }
    return length;
}

size_t import_order_length(const struct import_ahead_item *items, size_t count)
{
    struct name_set set = {0};
    size_t length = length_of(items, count, &set);
    import_names_destroy(&set.names);
    return length;
}

struct import_order import_order_make(const struct import_ahead_item *items, size_t count,
                                      struct arena *arena)
{
    struct import_order order = {.places = ARENA_NEW_ARRAY(arena, size_t, count)};
    for (int32_t wanted = 0; wanted < CLASS_KIND + RECORD_KIND_COUNT; wanted++)
        for (size_t i = 0; i < count; i++)
            if (items[i].problem == NULL && import_class(items[i].kind) == wanted)
                order.places[order.count++] = i;
    return order;
}
