/* Reading the events of many subscriptions at once, in the order in which they are stored: day
 * after day, and of each day whole ranges of subscriptions. */
#ifndef BILLMILL_STORES_USAGE_WINDOW_H
#define BILLMILL_STORES_USAGE_WINDOW_H

#include "core/billing/usage.h"
#include "core/storage/db.h"

/* The events of a subscription's meter from start to before end. */
struct usage_window {
    int64_t subscription_id, meter_id, start_at_us, end_at_us;
    void *owner;      /* given to the function that takes them */
    bool needs_texts; /* key and property of every event, not only of those that came late */
};

/* The event's texts are borrowed; NULL where they are not needed. False stops the reading. */
typedef bool usage_window_take(void *owner, const struct usage_value *event, bool late,
                               struct error *err);

/* Every event of every window, each window's in order of day, instant and key. Windows may overlap,
 * and are sorted by this. Subscriptions far from each other are read apart, so that few windows do
 * not cost the whole table. Memory does not grow with events. */
MUST_CHECK bool usage_windows_read(struct db *db, int64_t tenant_id, struct usage_window *windows,
                                   size_t count, struct arena *arena, usage_window_take *take,
                                   struct error *err);

/* Sums of events that did not come late. */
typedef bool usage_window_take_sum(void *owner, const struct usage_sum *sum, struct error *err);

/* The same, but where rows would travel (PostgreSQL) the server adds up what needs no texts: such
 * windows get sums, one or more for each scale, and only their late events one by one. What it
 * cannot add up for many windows at once, because nearly each has an instant of its own where it
 * starts or ends, is read. */
MUST_CHECK bool usage_windows_add_up(struct db *db, int64_t tenant_id, struct usage_window *windows,
                                     size_t count, struct arena *arena, usage_window_take *take,
                                     usage_window_take_sum *take_sum, struct error *err);

#endif
