/* What the parsers of rate_feed.h share: a place in a text, and how one breaks there. */
#ifndef BILLMILL_OUTSIDE_RATE_FEED_PARTS_H
#define BILLMILL_OUTSIDE_RATE_FEED_PARTS_H

#include "core/outside/rate_feed.h"

struct feed_text {
    const char *name; /* of the document */
    const char *bytes;
    size_t size;
    size_t at;
    struct arena *arena;
    struct rate_feed *feed;
};

/* ERROR_ITEM "bad_rate_feed" with the line and column of that byte; returns false. */
bool feed_refuse(const struct feed_text *text, size_t offset, struct error *err, const char *format,
                 ...) PRINTF_LIKE(4, 5);

/* What a feed says may be shown: other bytes than those of ASCII become '?'. */
void feed_make_plain(char *text);

/* Of what stands at [start, start + length). */
MUST_CHECK bool feed_date(const struct feed_text *text, size_t start, size_t length,
                          struct date *ret_date, struct error *err);
MUST_CHECK bool feed_code(const struct feed_text *text, size_t start, size_t length,
                          char ret_code[RATE_CODE_SIZE], struct error *err);
/* Above 0; with `exponent` JSON's 1.5e-05 too. */
MUST_CHECK bool feed_decimal(const struct feed_text *text, size_t start, size_t length,
                             bool exponent, struct decimal *ret_rate, struct error *err);

/* Refuses more than RATE_FEED_RATES_MAX. */
MUST_CHECK bool feed_add(const struct feed_text *text, struct date on, const char *base,
                         const char *quote, struct decimal rate, size_t offset, struct error *err);

/* Whether what stands there is this word. */
bool feed_is(const struct feed_text *text, size_t start, size_t length, const char *word);

MUST_CHECK bool feed_parse_xml(struct feed_text *text, struct error *err);
MUST_CHECK bool feed_parse_csv(struct feed_text *text, struct error *err);
MUST_CHECK bool feed_parse_frankfurter(struct feed_text *text, struct error *err);
MUST_CHECK bool feed_parse_openexchangerates(struct feed_text *text, struct error *err);

/* The one file of the zip, in the arena, as a text of its own. */
MUST_CHECK bool feed_unzip(const struct feed_text *zip, struct feed_text *ret_text,
                           struct error *err);

#endif
