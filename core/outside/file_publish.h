/* Files that others read appear whole or not at all, and survive a power cut once they are
 * published.
 *
 * 1. A file is written under a temporary name in its own directory (".<name>.billmill-tmp"), forced
 * to disk, renamed; its directory is forced once for the whole group.
 * 2. A file that is there with the same bytes is left alone (its mtime too); other bytes are
 * replaced. So publishing again after a kill is harmless and repairs what is missing.
 * 3. The temporary name is a function of the file's name: what a killed run left behind is
 * overwritten by the next publication of the same file and never mistaken for a file.
 * 4. Nothing is renamed before every file of the group is on the disk: a full disk leaves none.
 *
 * Two processes must not publish the same path at the same time (the engine's partitions see to
 * that). */
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

/* Makes the whole group durable and visible. On false, nothing is visible or the files before the
 * one named are: adding and committing the same group again completes it. */
MUST_CHECK bool publication_commit(struct publication *group, struct publication_counts *ret_counts,
                                   struct error *err);

/* Removes what is not yet renamed and frees the group; accepts NULL inside and fits CLEANUP. To be
 * called after commit too. */
void publication_abandon(struct publication **group);

#endif
