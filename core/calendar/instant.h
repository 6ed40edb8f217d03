/* Instants: microseconds since 1970-01-01T00:00:00Z, without leap seconds, as int64_t named
 * `…_at_us`. Years 1 to 9999. */
#ifndef BILLMILL_CALENDAR_INSTANT_H
#define BILLMILL_CALENDAR_INSTANT_H

#include "core/calendar/date.h"

#define INSTANT_US_PER_S INT64_C(1000000)
#define INSTANT_S_PER_DAY INT64_C(86400)
#define INSTANT_TEXT_SIZE 28 /* 2024-01-21T21:55:18.123456Z and NUL */

struct instant_text {
    char text[INSTANT_TEXT_SIZE];
};

/* RFC 3339: "2024-01-21T21:55:18Z", with 1 to 6 digits of a fraction and a zone of Z or ±hh:mm.
 * A leap second (:60) is refused with its own message. ERROR_ITEM "bad_instant". */
MUST_CHECK bool instant_parse(const char *text, int64_t *ret_at_us, struct error *err);

/* Canonical: in Z, a fraction only when there is one and without trailing zeros. Use as
 * instant_text(at_us).text. */
struct instant_text instant_text(int64_t at_us);

/* UTC midnight of a date, and the UTC date of an instant. */
int64_t instant_of_utc_date(struct date date);
struct date instant_utc_date(int64_t at_us);

#endif
