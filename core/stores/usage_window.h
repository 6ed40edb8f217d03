/* Reading the events of many subscriptions at once, in the order in which they are stored: day
 * after day, and of each day whole ranges of subscriptions. */
#ifndef BILLMILL_STORES_USAGE_WINDOW_H
#define BILLMILL_STORES_USAGE_WINDOW_H

#include "core/billing/usage.h"
#include "core/storage/db.h"

/* The events of a subscription's meter from start to before end. */
struct usage_window {
    int64_t subscription_id, meter_id, start_at_us, end_at_us;
    void *owner;      /* given to the functions that take them */
    bool needs_texts; /* every event with its key, property, price_amount, and whether it is late */
    bool needs_all;   /* besides: its properties, for filters, its project and its member */
    enum usage_sums sums; /* that its owner can take instead of events; where these are not plain,
                             every event comes with its instant */
};

/* Who takes them. Texts are borrowed; a function that returns false stops the reading. */
struct usage_window_taker {
    /* Each event, by itself. `late` and texts where the window needs texts, else false and NULL;
     * where it needs neither texts nor instants, some instant of the event's day in the window. */
    bool (*event)(void *owner, const struct usage_value *event, bool late, struct error *err);
    /* Or what some of them come to, all of one scale; weighted to the end of the window. */
    bool (*sum)(void *owner, const struct usage_sum *sum, struct error *err);
    /* Besides, where the window needs no texts: which of them came late, in the order of instant
     * and key. */
    void (*late)(void *owner, int64_t at_us, const char *key);
};

/* Every event of every window, each window's in order of day, instant and key; none in sums.
 * Windows may overlap, and are sorted by this. Subscriptions far from each other are read apart, so
 * that few windows do not cost the whole table. Memory does not grow with events. */
MUST_CHECK bool usage_windows_read(struct db *db, int64_t tenant_id, struct usage_window *windows,
                                   size_t count, struct arena *arena,
                                   const struct usage_window_taker *taker, struct error *err);

/* The same, but where rows would travel (PostgreSQL) the server adds up what needs no texts and
 * takes sums: such windows get sums, one or more for each scale. What it cannot add up
 * for many windows at once, because nearly each has an instant of its own where it starts or ends,
 * is read. All in one snapshot, or what came late and what was added up may differ. */
MUST_CHECK bool usage_windows_add_up(struct db *db, int64_t tenant_id, struct usage_window *windows,
                                     size_t count, struct arena *arena,
                                     const struct usage_window_taker *taker, struct error *err);

#endif
