/* Telling that a key of usage is there with other content. Private to core/stores/import_*.c. */
#ifndef BILLMILL_STORES_IMPORT_CONFLICT_H
#define BILLMILL_STORES_IMPORT_CONFLICT_H

#include "core/stores/import_put.h"

/* The event of that key, in the session's scratch. */
MUST_CHECK bool usage_event_load(struct import_session *session, const struct usage_row *key,
                                 struct usage_row *ret_row, bool *ret_found, struct error *err);

/* Of two with one place: they differ in nothing but that one of them does not say its price_amount.
 */
bool usage_conflict_is_amount(const struct usage_row *is, const struct usage_row *was);

/* Of the same subscription and meter: their names. */
void usage_conflict_take_names(struct usage_row *row, const struct usage_row *other);

/* Tells that `is`, which stands at `place`, contradicts `was`; counted by import_bad. Names of both
 * are looked up, unless they are there. `raw` NULL: bad records are not kept aside. */
MUST_CHECK bool usage_conflict_tell(struct import_session *session, struct usage_row *is,
                                    struct usage_row *was, struct import_place place,
                                    const char *raw, size_t raw_length, struct error *err);

/* Puts the key of the record before the message that is there; returns false. */
bool usage_conflict_label(struct import_session *session, const struct usage_record *record,
                          struct error *err);

#endif
