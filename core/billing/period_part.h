/* The part that a billing period is of the full period around it, as its row keeps it: by which
 * basis and how much (DOMAIN 3, "Proration"). It is written when the period is made, so that
 * neither another setting nor another zone file changes what was billed, and a credit is measured
 * as the charge was that it takes back.
 *
 *     null                     days used of the days of the full period, by the row's own dates
 *     second 1810800/2682000   real seconds
 *     fixed30 20/30            days of 30E/360
 *     none 1/1                 a period begun is charged whole */
#ifndef BILLMILL_BILLING_PERIOD_PART_H
#define BILLMILL_BILLING_PERIOD_PART_H

#include "core/base/arena.h"
#include "core/calendar/proration.h"

struct period_part {
    enum proration_basis basis;
    struct proration part; /* 0 to 1, not reduced */
};

/* A whole period is n/n whatever the basis. `zone`: of the dates. ERROR_ITEM "bad_proration". */
MUST_CHECK bool period_part_make(enum proration_basis basis, const struct zone *zone,
                                 struct period full, struct period period,
                                 struct period_part *ret_part, struct error *err);

/* Of a row. ERROR_ITEM "bad_proration" for a text that is none of the above. */
MUST_CHECK bool period_part_read(const char *text, struct period full, struct period period,
                                 struct period_part *ret_part, struct error *err);

/* For a row: NULL or in the arena. */
const char *period_part_text(const struct period_part *part, struct arena *arena);

/* The basis alone; what cannot be read counts as by days. */
enum proration_basis period_part_basis(const char *text);

#endif
