/* Files that others read appear whole or not at all, and survive a power cut once they are
 * published.
 *
 * 1. A file is written under a temporary name in its own directory (".<name>.<tag>.billmill-tmp"),
 * forced to disk, renamed; its directory is forced once for the whole group.
 * 2. A file that is there with the same bytes is left alone (its mtime too); other bytes are
 * replaced. So publishing again after a kill is harmless and repairs what is missing.
 * 3. The tag is each group's own. Temporary files that others have for the same file go when it is
 * in place: mostly what a killed run left behind, and never mistaken for a file.
 * 4. Nothing is renamed before every file of the group is on the disk: a full disk leaves none.
 * 5. Two workers may publish the same file with the same bytes at once: one of them was slower than
 * its lease. Who comes second gets ERROR_RETRY, and then finds the file there. */
#ifndef BILLMILL_OUTSIDE_FILE_PUBLISH_H
#define BILLMILL_OUTSIDE_FILE_PUBLISH_H

#include "core/base/error.h"

struct publication; /* one group of files */

struct publication_counts {
    int64_t created;
    int64_t replaced;
    int64_t unchanged;
};

struct publication *publication_start(void); /* never NULL; ends with commit or abandon */

/* Writes the temporary file, making directories as needed. The bytes may be forgotten after it. An
 * error (disk full and no permission: EXIT_CANTCREATE; otherwise EXIT_IO) leaves the group to be
 * abandoned. */
MUST_CHECK bool publication_add(struct publication *group, const char *path, const void *bytes,
                                size_t size, struct error *err);

/* Makes the whole group durable and visible; ERROR_RETRY by invariant 5. On false, nothing is
 * visible or the files before the one named are: adding and committing the same group again
 * completes it. */
MUST_CHECK bool publication_commit(struct publication *group, struct publication_counts *ret_counts,
                                   struct error *err);

/* Removes what is not yet renamed and frees the group; accepts NULL inside and fits CLEANUP. To be
 * called after commit too. */
void publication_abandon(struct publication **group);

#endif
