/* When a failed invoice is tried again, and what is done when every attempt failed (DOMAIN 8 and
 * 11, `calc dunning`).
 *
 * 1. Days are local dates of a zone (the job's is the tenant's), counted from the first failure, or
 * from the attempt before (chained); hours are real ones, and an attempt's date is their local
 * date.
 * 2. An attempt is due on its date and ever after: dates are compared with >=, never instants with
 * > (a campaign of 2 days that a daily job looks at must not become one of 3). */
#ifndef BILLMILL_BILLING_DUNNING_H
#define BILLMILL_BILLING_DUNNING_H

#include "core/calendar/zone.h"

#define DUNNING_ATTEMPTS_MAX 100
#define DUNNING_DAYS_MAX 3650
#define DUNNING_HOURS_MAX (24 * DUNNING_DAYS_MAX)

enum dunning_spacing {
    DUNNING_DAYS,         /* days after the first failure, ascending */
    DUNNING_DAYS_CHAINED, /* days after the attempt before */
    DUNNING_HOURS         /* hours after the first failure, ascending */
};

enum dunning_end { DUNNING_PAUSE, DUNNING_CANCEL, DUNNING_UNCOLLECTIBLE };

struct dunning_policy {
    enum dunning_spacing spacing;
    const int32_t *steps; /* borrowed */
    size_t step_count;    /* 1..DUNNING_ATTEMPTS_MAX */
    enum dunning_end end; /* on the day of the last attempt, when that failed too */
};

/* The first failure. */
struct dunning_failure {
    struct date on;          /* local date */
    int64_t at_us;           /* read by DUNNING_HOURS only */
    const struct zone *zone; /* likewise */
};

struct dunning_attempt {
    struct date on;
    int64_t at_us; /* of DUNNING_HOURS, else 0 */
};

/* `default`: 3, 7, 14 and 21 days after the failure, then pause. ERROR_ITEM
 * "bad_dunning_policy". */
MUST_CHECK bool dunning_policy_find(const char *name, struct dunning_policy *ret_policy,
                                    struct error *err);

/* The words of configuration: pause, cancel, uncollectible. ERROR_ITEM "bad_dunning_end". */
MUST_CHECK bool dunning_end_parse(const char *name, enum dunning_end *ret_end, struct error *err);
const char *dunning_end_name(enum dunning_end end);

/* ERROR_ITEM "bad_dunning_policy" for no step, too many, one below 1 or beyond DUNNING_DAYS_MAX
 * (DUNNING_HOURS_MAX), or steps from the failure that do not ascend. *ret_step is the step at
 * fault, step_count when it is not a single one. */
MUST_CHECK bool dunning_policy_check(const struct dunning_policy *policy, size_t *ret_step,
                                     struct error *err);

/* The attempts of a checked policy, step_count of them, in order; attempt 1 is the first after the
 * failure. ERROR_ITEM "date_out_of_range" behind the year 9999. */
MUST_CHECK bool dunning_schedule(const struct dunning_policy *policy,
                                 struct dunning_failure failure,
                                 struct dunning_attempt *ret_attempts, struct error *err);

/* How many of the attempts are due on a local date (invariant 2); the last of them is done, those
 * before it that were missed are skipped. */
size_t dunning_attempts_due(const struct dunning_attempt *attempts, size_t count,
                            struct date today);

#endif
