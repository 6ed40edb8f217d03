/* Published exchange rates: the bytes of a feed as rates, or an error that says where it breaks.
 * Pure: no network, no database, no clock (DOMAIN 9).
 *
 * 1. `1 base = rate quote`. The base is the publisher's own: EUR of the European Central Bank and
 * of Frankfurter, USD of openexchangerates. Rates that somebody else rebased are rounded, and
 * refused; whoever needs another pair divides both legs of one publication (conversion.h).
 * 2. A rate is the decimal that the feed says: never a floating point number.
 * 3. A document is good, or refused as a whole: a rate that is not above 0, a decimal comma, a
 * currency twice on a day, a day twice, a day later than the run's, a DTD or an entity, another
 * base, a document that ends in the middle, more rates than any feed has.
 * 4. Errors are ERROR_ITEM "bad_rate_feed", "NAME:LINE:COLUMN: what is wrong" (of a zip: of the
 * file in it, or "NAME: byte N"). Columns are bytes, from 1. */
#ifndef BILLMILL_OUTSIDE_RATE_FEED_H
#define BILLMILL_OUTSIDE_RATE_FEED_H

#include "core/base/array.h"
#include "core/calendar/date.h"
#include "core/money/decimal.h"

enum rate_format {
    RATE_FORMAT_ECB_XML,           /* a day, 90 days or the whole history */
    RATE_FORMAT_ECB_CSV,           /* the history, or the day */
    RATE_FORMAT_ECB_ZIP,           /* one of the two in a zip */
    RATE_FORMAT_FRANKFURTER,       /* v1: a day or a range; v2: a list */
    RATE_FORMAT_OPENEXCHANGERATES, /* latest or historical */
};

/* "ecb_xml" …; false for a word that is no format. */
bool rate_format_parse(const char *name, enum rate_format *ret_format);

#define RATE_CODE_SIZE 4
#define RATE_FEED_UNPACKED_MAX ((size_t)32 << 20) /* of a zip; the whole history has 2 MB */
#define RATE_FEED_RATES_MAX 1000000               /* the whole history has 240 000 */

struct feed_rate {
    struct date on; /* the day of publication */
    char base[RATE_CODE_SIZE];
    char quote[RATE_CODE_SIZE]; /* three capital letters, withdrawn currencies too */
    struct decimal rate;        /* normalised, above 0 */
    size_t offset;              /* where it stands: for messages */
};

/* By day, then quote. */
struct rate_feed ARRAY_OF(struct feed_rate);

/* `name` is for messages; `newest_on` is the last day that may be there. Rates are in the arena. */
MUST_CHECK bool rate_feed_parse(enum rate_format format, const char *name, const void *bytes,
                                size_t size, struct date newest_on, struct arena *arena,
                                struct rate_feed *ret_feed, struct error *err);

#endif
