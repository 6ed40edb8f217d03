/* What part of a period a service used, as an exact fraction that is not reduced (DOMAIN 3,
 * "Proration", and DOMAIN 11, `calc proration`). Money is multiplied by it in core/money. */
#ifndef BILLMILL_CALENDAR_PRORATION_H
#define BILLMILL_CALENDAR_PRORATION_H

#include "core/calendar/period.h"
#include "core/calendar/zone.h"

enum proration_basis {
    PRORATE_DAY,     /* local days; summer time does not matter */
    PRORATE_SECOND,  /* real seconds between the instants (microseconds if one has a fraction) */
    PRORATE_FIXED30, /* days of 30E/360 */
    PRORATE_NONE     /* 1/1 */
};

struct instant_span {
    int64_t start_at_us;
    int64_t end_at_us; /* exclusive */
};

struct proration {
    int64_t numerator;   /* days or seconds used */
    int64_t denominator; /* days or seconds of the full period, above 0 */
};

/* day, second, fixed30, none; ERROR_ITEM "bad_basis". */
MUST_CHECK bool proration_basis_parse(const char *name, enum proration_basis *ret_basis,
                                      struct error *err);
const char *proration_basis_name(enum proration_basis basis);

/* `period` is the full period (of a stub: billing_cycle_full_period), `service` the used part of
 * it. A service that starts with the period and outlasts it counts whole periods first and the
 * remainder as a part of the period it ends in: exactly three months are 3, not 2.97. The following
 * periods have the length of the first, in months when it begins and ends on one anchor day, else
 * in days (seconds). Any other service outside its period, an empty period, or a service that ends
 * before it starts is ERROR_ITEM "bad_proration". Only PRORATE_SECOND looks at the zone (NULL is
 * UTC). */
MUST_CHECK bool proration_of_dates(enum proration_basis basis, const struct zone *zone,
                                   struct period period, struct period service,
                                   struct proration *ret_part, struct error *err);

/* The same between instants: as they are for PRORATE_SECOND, as local dates of the zone for the
 * other bases. */
MUST_CHECK bool proration_of_instants(enum proration_basis basis, const struct zone *zone,
                                      struct instant_span period, struct instant_span service,
                                      struct proration *ret_part, struct error *err);

#endif
