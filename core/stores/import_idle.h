/* Changes of subscriptions that were added and change nothing: a remark, for they are facts of
 * which any may become known first. Private to core/stores/import_*.c.
 *
 * 1. They are judged when the last file is loaded, by all that is stored then: what comes before a
 * change in days may come behind it in a file.
 * 2. Only those wait that may turn out so: pauses, resumptions, and what is after the end that the
 * subscription has when the change is read. What waits is bounded; what finds no room is not told.
 * 3. Nothing is told of an import that fails: what would have come is not known. */
#ifndef BILLMILL_STORES_IMPORT_IDLE_H
#define BILLMILL_STORES_IMPORT_IDLE_H

#include "core/stores/import_session.h"
#include "core/stores/record_rows.h"

struct idle_changes;

struct idle_changes *idle_changes_create(void);
void idle_changes_destroy(struct idle_changes **changes); /* accepts NULL inside; fits CLEANUP */

/* One that was just put; a file that is rolled back takes its own back. */
void idle_changes_keep(struct idle_changes *changes, const struct subscription_change_row *row);
size_t idle_changes_count(const struct idle_changes *changes);
void idle_changes_take_back(struct idle_changes *changes, size_t count);

/* Invariant 1: into the session's report. All is loaded by then, so a database that does not answer
 * any more is no error: nothing is told. */
void idle_changes_judge(struct import_session *session);

#endif
