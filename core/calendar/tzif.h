/* The bytes of one TZif file (RFC 9636), version 2 or later, as a table of transitions. For
 * core/calendar only. */
#ifndef BILLMILL_CALENDAR_TZIF_H
#define BILLMILL_CALENDAR_TZIF_H

#include "core/calendar/zone_rule.h"

#define TZIF_TRANSITIONS_MAX 4096
#define TZIF_FOOTER_SIZE 128

struct tzif_transition {
    int64_t at_s;
    int32_t offset_s; /* from here on, seconds east of UTC */
};

struct tzif {
    int32_t first_offset_s;              /* before the first transition */
    struct tzif_transition *transitions; /* strictly ascending; freed by tzif_release */
    size_t count;
    bool has_rule; /* from the last transition on */
    struct zone_rule rule;
};

enum tzif_result {
    TZIF_OK,
    TZIF_NOT_TZIF,     /* no time zone file at all */
    TZIF_LEAP_SECONDS, /* counts leap seconds ("right/…"): no place in UTC days */
    TZIF_DAMAGED       /* cut, contradictory, or version 1 only */
};

/* Nothing is trusted: every count and index is checked against the size. *ret_tzif is set only for
 * TZIF_OK. */
MUST_CHECK enum tzif_result tzif_read(const uint8_t *bytes, size_t size, struct tzif *ret_tzif);
void tzif_release(struct tzif *tzif);

/* The stretch with one offset that contains the instant. */
struct zone_segment tzif_segment(const struct tzif *tzif, int64_t at_s);

#endif
