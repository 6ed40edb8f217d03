/* Loading customers with their subscriptions, and the tables that period-advance writes: see
 * period_store.h. Every list comes in the order of customers and subscriptions, so that they are
 * joined by walking. */
#include "core/stores/period_store.h"

#include <stdlib.h>

static const struct row_field billing_period_fields[] = {
    ROW_FIELD(struct billing_period_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct billing_period_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct billing_period_row, price_id, "price_id"),
    ROW_FIELD(struct billing_period_row, start_on, "start_on"),
    ROW_FIELD(struct billing_period_row, kind, "kind"),
    ROW_FIELD(struct billing_period_row, end_on, "end_on"),
    ROW_FIELD(struct billing_period_row, start_at_us, "start_at_us"),
    ROW_FIELD(struct billing_period_row, end_at_us, "end_at_us"),
    ROW_FIELD(struct billing_period_row, full_start_on, "full_start_on"),
    ROW_FIELD(struct billing_period_row, full_end_on, "full_end_on"),
    ROW_FIELD(struct billing_period_row, due_on, "due_on"),
    ROW_FIELD(struct billing_period_row, cutoff_on, "cutoff_on"),
    ROW_FIELD(struct billing_period_row, quantity, "quantity"),
    ROW_FIELD(struct billing_period_row, priced_on, "priced_on"),
    ROW_FIELD(struct billing_period_row, proration, "proration"),
    ROW_FIELD(struct billing_period_row, counts_from_on, "counts_from_on"),
    ROW_FIELD(struct billing_period_row, counts_from_us, "counts_from_us"),
    ROW_FIELD(struct billing_period_row, counts_gaps, "counts_gaps"),
    ROW_FIELD(struct billing_period_row, corrects, "corrects"),
    ROW_FIELD(struct billing_period_row, payer_id, "payer_id"),
};

/* A customer who has got another payer since is no conflict. */
static const char *const period_may_differ[] = {"payer_id", NULL};

const struct bulk_table BILLING_PERIOD_ADD = {
    .name = "billing_period_add",
    .kind = BULK_INSERT,
    .table = "billing_period",
    .fields = billing_period_fields,
    .field_count = ARRAY_LEN(billing_period_fields),
    .key_count = 5,
    .row_size = sizeof(struct billing_period_row),
    .ignore_on_compare = period_may_differ,
};

static const struct row_field subscription_state_fields[] = {
    ROW_FIELD(struct subscription_state_row, tenant_id, "tenant_id"),
    ROW_FIELD(struct subscription_state_row, subscription_id, "subscription_id"),
    ROW_FIELD(struct subscription_state_row, since_on, "since_on"),
    ROW_FIELD(struct subscription_state_row, state, "state"),
};

const struct bulk_table SUBSCRIPTION_STATE_ADD = {
    .name = "subscription_state_add",
    .kind = BULK_INSERT,
    .table = "subscription_state",
    .fields = subscription_state_fields,
    .field_count = ARRAY_LEN(subscription_state_fields),
    .key_count = 4,
    .row_size = sizeof(struct subscription_state_row),
};

const struct bulk_table SUBSCRIPTION_STATE_GONE = {
    .name = "subscription_state_gone",
    .kind = BULK_DELETE,
    .table = "subscription_state",
    .fields = subscription_state_fields,
    .field_count = ARRAY_LEN(subscription_state_fields),
    .key_count = 4,
    .row_size = sizeof(struct subscription_state_row),
};

static const struct row_field customer_fields[] = {
    ROW_FIELD(struct advance_customer, customer_id, "customer_id"),
    ROW_FIELD(struct advance_customer, customer, "customer"),
    ROW_FIELD(struct advance_customer, payer_id, "payer_id"),
    ROW_FIELD(struct advance_customer, timezone, "timezone"),
    ROW_FIELD(struct advance_customer, currency, "currency"),
};

static const struct row_field subscription_fields[] = {
    ROW_FIELD(struct advance_subscription, subscription_id, "subscription_id"),
    ROW_FIELD(struct advance_subscription, subscription, "subscription"),
    ROW_FIELD(struct advance_subscription, customer_id, "customer_id"),
    ROW_FIELD(struct advance_subscription, plan_id, "plan_id"),
    ROW_FIELD(struct advance_subscription, quantity, "quantity"),
    ROW_FIELD(struct advance_subscription, start_on, "start_on"),
    ROW_FIELD(struct advance_subscription, anchor_day, "anchor_day"),
    ROW_FIELD(struct advance_subscription, timezone, "timezone"),
    ROW_FIELD(struct advance_subscription, trial_end_on, "trial_end_on"),
    ROW_FIELD(struct advance_subscription, status, "status"),
    ROW_FIELD(struct advance_subscription, cancel_at_on, "cancel_at_on"),
    ROW_FIELD(struct advance_subscription, cancel_at_period_end, "cancel_at_period_end"),
    ROW_FIELD(struct advance_subscription, align, "align"),
};

static const struct row_field price_fields[] = {
    ROW_FIELD(struct advance_price, subscription_id, "subscription_id"),
    ROW_FIELD(struct advance_price, price_id, "price_id"),
    ROW_FIELD(struct advance_price, made_until, "made_until"),
    ROW_FIELD(struct advance_price, made_until_us, "made_until_us"),
};

static const struct row_field late_fields[] = {
    ROW_FIELD(struct advance_late, customer_id, "customer_id"),
    ROW_FIELD(struct advance_late, subscription_id, "subscription_id"),
    ROW_FIELD(struct advance_late, price_id, "price_id"),
    ROW_FIELD(struct advance_late, start_on, "start_on"),
    ROW_FIELD(struct advance_late, end_on, "end_on"),
    ROW_FIELD(struct advance_late, start_at_us, "start_at_us"),
    ROW_FIELD(struct advance_late, end_at_us, "end_at_us"),
    ROW_FIELD(struct advance_late, full_start_on, "full_start_on"),
    ROW_FIELD(struct advance_late, full_end_on, "full_end_on"),
    ROW_FIELD(struct advance_late, proration, "proration"),
    ROW_FIELD(struct advance_late, events, "events"),
    ROW_FIELD(struct advance_late, counts_from_on, "counts_from_on"),
    ROW_FIELD(struct advance_late, counts_from_us, "counts_from_us"),
    ROW_FIELD(struct advance_late, counts_gaps, "counts_gaps"),
    ROW_FIELD(struct advance_late, late_periods, "late_periods"),
    ROW_FIELD(struct advance_late, billed_again, "billed_again"),
    ROW_FIELD(struct advance_late, payer_id, "payer_id"),
};

struct loaded {
    struct advance_customer *customers;
    struct advance_subscription *subscriptions;
    struct advance_price *prices;
    struct subscription_state_row *states;
    struct advance_late *late;
    size_t customer_count, subscription_count, price_count, state_count, late_count;
};

/* `range` is tenant, after, last, and the business date. */
static bool load_lists(struct db *db, const struct db_value range[4], struct arena *arena,
                       struct loaded *loaded, struct error *err)
{
    void *subscriptions = NULL;
    void *prices = NULL;
    void *states = NULL;
    if (!rows_load_all(db, STMT_ADVANCE_SUBSCRIPTIONS, range, 3, arena, subscription_fields,
                       ARRAY_LEN(subscription_fields), sizeof(struct advance_subscription),
                       &subscriptions, &loaded->subscription_count, err) ||
        !rows_load_all(db, STMT_ADVANCE_MADE, range, 3, arena, price_fields,
                       ARRAY_LEN(price_fields), sizeof(struct advance_price), &prices,
                       &loaded->price_count, err) ||
        !rows_load_all(db, STMT_ADVANCE_STATES, range, 3, arena, subscription_state_fields,
                       ARRAY_LEN(subscription_state_fields), sizeof(struct subscription_state_row),
                       &states, &loaded->state_count, err))
        return false;
    loaded->subscriptions = subscriptions;
    loaded->prices = prices;
    loaded->states = states;
    return true;
}

struct life_since {
    int64_t subscription_id;
    struct date since_on;
};

static const struct row_field life_fields[] = {
    ROW_FIELD(struct life_since, subscription_id, "subscription_id"),
    ROW_FIELD(struct life_since, since_on, "since_on"),
};

static int compare_life(const void *key, const void *item)
{
    int64_t id = ((const struct advance_subscription *)key)->subscription_id;
    int64_t other = ((const struct life_since *)item)->subscription_id;
    return id < other ? -1 : id > other;
}

/* The first and the last subscription of the chunk. */
struct id_span {
    int64_t first, last;
};

static struct id_span subscription_span(const struct loaded *loaded)
{
    struct id_span span = {INT64_MAX, 0};
    for (size_t i = 0; i < loaded->subscription_count; i++) {
        int64_t id = loaded->subscriptions[i].subscription_id;
        span.first = id < span.first ? id : span.first;
        span.last = id > span.last ? id : span.last;
    }
    return span;
}

/* Subscriptions with changes, or of which something was taken back: few, and mostly none. */
static bool load_lives(struct db *db, int64_t tenant_id, struct id_span span, struct arena *arena,
                       const struct loaded *loaded, struct error *err)
{
    void *lives = NULL;
    size_t count = 0;
    if (!rows_load_all(db, STMT_ADVANCE_LIVES,
                       DB_ARGS(db_i64(tenant_id), db_i64(span.first), db_i64(span.last)), arena,
                       life_fields, ARRAY_LEN(life_fields), sizeof(struct life_since), &lives,
                       &count, err))
        return false;
    for (size_t i = 0; i < loaded->subscription_count; i++) {
        struct advance_subscription *subscription = &loaded->subscriptions[i];
        const struct life_since *life =
            count == 0
                ? NULL
                : bsearch(subscription, lives, count, sizeof(struct life_since), compare_life);
        subscription->life_since = life == NULL ? DATE_NONE : life->since_on;
    }
    return true;
}

/* Late usage of the chunk's subscriptions: rare, so first whether there is any. What is imported
 * behind our back stays late, for the next run: nothing has to be confirmed. */
static bool load_late(struct db *db, const struct db_value range[4], struct id_span span,
                      struct arena *arena, struct loaded *loaded, struct error *err)
{
    void *late = NULL;
    int64_t events = 0;
    bool found = false;
    if (!db_query_i64(db, STMT_ADVANCE_LATE_COUNT,
                      DB_ARGS(range[0], db_i64(span.first), db_i64(span.last)), &events, &found,
                      err))
        return false;
    if (events == 0)
        return true;
    if (!rows_load_all(
            db, STMT_ADVANCE_LATE,
            DB_ARGS(range[0], range[1], range[2], range[3], db_i64(span.first), db_i64(span.last)),
            arena, late_fields, ARRAY_LEN(late_fields), sizeof(struct advance_late), &late,
            &loaded->late_count, err))
        return false;
    loaded->late = late;
    return true;
}

static void join_subscriptions(const struct loaded *loaded)
{
    size_t price = 0;
    size_t state = 0;
    for (size_t i = 0; i < loaded->subscription_count; i++) {
        struct advance_subscription *subscription = &loaded->subscriptions[i];
        subscription->prices = loaded->price_count == 0 ? NULL : &loaded->prices[price];
        while (price < loaded->price_count &&
               loaded->prices[price].subscription_id == subscription->subscription_id) {
            price++;
            subscription->price_count++;
        }
        subscription->states = loaded->state_count == 0 ? NULL : &loaded->states[state];
        while (state < loaded->state_count &&
               loaded->states[state].subscription_id == subscription->subscription_id) {
            state++;
            subscription->state_count++;
        }
    }
}

static void join_customers(const struct loaded *loaded)
{
    size_t subscription = 0;
    size_t late = 0;
    for (size_t i = 0; i < loaded->customer_count; i++) {
        struct advance_customer *customer = &loaded->customers[i];
        customer->subscriptions =
            loaded->subscription_count == 0 ? NULL : &loaded->subscriptions[subscription];
        while (subscription < loaded->subscription_count &&
               loaded->subscriptions[subscription].customer_id == customer->customer_id) {
            loaded->subscriptions[subscription].currency = customer->currency;
            subscription++;
            customer->subscription_count++;
        }
        customer->late = loaded->late_count == 0 ? NULL : &loaded->late[late];
        while (late < loaded->late_count &&
               loaded->late[late].customer_id == customer->customer_id) {
            late++;
            customer->late_count++;
        }
    }
}

bool period_store_load(struct db *db, int64_t tenant_id, int64_t after_id, int64_t hi_id,
                       size_t limit, struct date business_date, struct arena *arena,
                       struct advance_customer **ret_customers, size_t *ret_count,
                       struct error *err)
{
    struct date_text day = date_text(business_date);
    struct loaded loaded = {0};
    void *customers = NULL;
    if (!rows_load_all(
            db, STMT_ADVANCE_CUSTOMERS,
            DB_ARGS(db_i64(tenant_id), db_i64(after_id), db_i64(hi_id), db_i64((int64_t)limit)),
            arena, customer_fields, ARRAY_LEN(customer_fields), sizeof(struct advance_customer),
            &customers, &loaded.customer_count, err))
        return error_context(err, "loading customers");
    loaded.customers = customers;
    if (loaded.customer_count > 0) {
        int64_t last_id = loaded.customers[loaded.customer_count - 1].customer_id;
        struct db_value range[4] = {db_i64(tenant_id), db_i64(after_id), db_i64(last_id),
                                    db_text(day.text)};
        if (!load_lists(db, range, arena, &loaded, err))
            return error_context(err, "loading subscriptions");
        struct id_span span = subscription_span(&loaded);
        if (!load_lives(db, tenant_id, span, arena, &loaded, err) ||
            !load_late(db, range, span, arena, &loaded, err))
            return error_context(err, "loading subscriptions");
        join_subscriptions(&loaded);
        join_customers(&loaded);
    }
    *ret_customers = loaded.customers;
    *ret_count = loaded.customer_count;
    return true;
}
