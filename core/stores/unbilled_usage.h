/* Usage that no run will ever bill, counted: so that nothing is unbilled silently. Late usage is
 * not in it, it waits for the next run; neither is usage of periods that are not over, but what
 * lies before paid time, in a pause or after the end is known to be free as soon as these are.
 *
 * 1. Billed, or to be billed, is an event within a usage period that is there and not taken back.
 * 2. Of the others of a subscription and meter: what lies before its first such period came before
 * paid time, what lies between two of them came in paused time. Of what lies after the last one:
 * what comes before the end of the trial, in a pause, after the day of its cancellation or, of a
 * subscription that has ended, at all; and what came when the last price on the meter has ended.
 * 3. Without any such period: the same, or that no plan it ever had has a price
 * on the meter that its customer is charged by (catalog_terms.h). */
#ifndef BILLMILL_STORES_UNBILLED_USAGE_H
#define BILLMILL_STORES_UNBILLED_USAGE_H

#include "core/calendar/zone.h"
#include "core/storage/rows.h"

enum unbilled_reason { UNBILLED_OUTSIDE, UNBILLED_PAUSED, UNBILLED_UNPRICED };
#define UNBILLED_REASONS 3

const char *unbilled_reason_name(enum unbilled_reason reason); /* outside, paused, no_price */

/* Of one tenant and reason; `subscription` and `meter` are the first of them. */
struct unbilled_usage {
    const char *tenant, *subscription, *meter;
    enum unbilled_reason reason;
    int64_t events;
    int64_t subscriptions; /* with each meter counted by itself */
};

/* Reads every day of usage once, and keeps the span of every subscription and meter in memory. In
 * the arena, by tenant and reason. ERROR_RUN for a zone that cannot be read. */
MUST_CHECK bool unbilled_usage_load(struct db *db, struct zone_cache *zones, struct arena *arena,
                                    struct unbilled_usage **ret_usage, size_t *ret_count,
                                    struct error *err);

#endif
