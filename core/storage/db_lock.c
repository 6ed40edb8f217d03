/* The owner lock: see db_lock.h. The file's content is four lines: pid, host, since (microseconds),
 * command. It is for people; a reader between lock and write may see the last owner's. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "core/storage/db_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/storage/db.h"

#define LOCK_SUFFIX ".lock"
#define CONTENT_SIZE 1024
#define HOST_SIZE 256

static bool lock_path(const char *database_path, char target[PATH_MAX])
{
    int length = snprintf(target, PATH_MAX, "%s" LOCK_SUFFIX, database_path);
    return length > 0 && length < PATH_MAX;
}

/* Cuts the next line off *cursor; "" behind the last. */
static char *next_line(char **cursor)
{
    char *line = *cursor;
    size_t length = strcspn(line, "\n");
    *cursor = line[length] == '\0' ? line + length : line + length + 1;
    line[length] = '\0';
    return line;
}

/* The texts point into `content`. */
static bool read_owner(int descriptor, char content[CONTENT_SIZE], struct db_owner *ret_owner)
{
    ssize_t size = pread(descriptor, content, CONTENT_SIZE - 1, 0);
    if (size <= 0)
        return false;
    content[size] = '\0';
    char *cursor = content;
    struct db_owner owner = {0};
    if (!text_parse_i64(next_line(&cursor), &owner.pid))
        return false;
    owner.host = next_line(&cursor);
    if (!text_parse_i64(next_line(&cursor), &owner.since_us))
        return false;
    owner.command = next_line(&cursor);
    *ret_owner = owner;
    return true;
}

static bool write_owner(int descriptor, const char *command)
{
    char host[HOST_SIZE] = "";
    char content[CONTENT_SIZE];
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    int length = snprintf(content, sizeof content, "%lld\n%s\n%lld\n%.500s\n", (long long)getpid(),
                          host, (long long)clock_wall_us(), command == NULL ? "" : command);
    return length > 0 && pwrite(descriptor, content, (size_t)length, 0) == length &&
           ftruncate(descriptor, length) == 0;
}

static bool owned(const char *database_path, int descriptor, struct error *err)
{
    char content[CONTENT_SIZE];
    struct db_owner owner;
    char since[CLOCK_STAMP_SIZE];
    if (read_owner(descriptor, content, &owner)) {
        clock_stamp(owner.since_us, since);
        error_run(err, EXIT_OWNED, "the database %s is in use by process %lld on %s: %s, since %s",
                  database_path, (long long)owner.pid, owner.host, owner.command, since);
    } else {
        error_run(err, EXIT_OWNED, "the database %s is in use by another process", database_path);
    }
    return error_hint(err, "wait until it has ended, or stop it; `billmill status` shows how far "
                           "it is");
}

static bool cannot_make(const char *path, struct error *err)
{
    int reason = errno;
    error_run(err, EXIT_CANTCREATE, "cannot make the lock file %s: %s", path, strerror(reason));
    if (reason == ENOSPC || reason == EDQUOT)
        return error_hint(err, "free space on that disk, then run the command again");
    return error_hint(err, "a writing command needs a directory that exists and that this user may "
                           "write; `billmill status` and other reading commands do not");
}

bool db_lock_take(const char *database_path, const char *command, int *ret_descriptor,
                  struct error *err)
{
    char path[PATH_MAX];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!lock_path(database_path, path))
        return error_run(err, EXIT_CONFIG, "the path of the database is too long");
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0)
        return cannot_make(path, err);
    if (fcntl(descriptor, F_OFD_SETLK, &whole) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            owned(database_path, descriptor, err);
        else
            error_run(err, EXIT_IO, "cannot lock %s: %s", path, strerror(errno));
        (void)close(descriptor);
        return false;
    }
    if (!write_owner(descriptor, command)) {
        cannot_make(path, err);
        (void)close(descriptor);
        return false;
    }
    *ret_descriptor = descriptor;
    return true;
}

void db_lock_release(int *descriptor)
{
    if (*descriptor < 0)
        return;
    (void)ftruncate(*descriptor, 0); /* nobody is shown an owner that has gone */
    (void)close(*descriptor);
    *descriptor = -1;
}

bool db_owner_of(const char *location, struct arena *arena, struct db_owner *ret_owner)
{
    char path[PATH_MAX];
    char content[CONTENT_SIZE];
    struct db_owner owner = {0};
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (db_is_postgres(location))
        return false;
    if (text_starts_with(location, "sqlite:"))
        location += strlen("sqlite:");
    char *real = realpath(location, NULL);
    bool fits = lock_path(real == NULL ? location : real, path);
    free(real);
    int descriptor = fits ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (descriptor < 0)
        return false;
    bool held = fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    bool known = held && read_owner(descriptor, content, &owner);
    (void)close(descriptor);
    if (!held)
        return false;
    owner.host = arena_copy(arena, known ? owner.host : "");
    owner.command = arena_copy(arena, known ? owner.command : "");
    *ret_owner = owner;
    return true;
}

bool db_lock_is_network(uint64_t file_system_type)
{
    switch ((uint32_t)file_system_type) {
    case 0x6969u:     /* NFS */
    case 0x517Bu:     /* SMB */
    case 0xFF534D42u: /* CIFS */
    case 0xFE534D42u: /* SMB 2 */
        return true;
    default: /* numbers of file systems, not an enum */
        return false;
    }
}

bool db_lock_check_file_system(const char *directory, struct error *err)
{
    struct statfs info;
    if (statfs(directory, &info) != 0)
        return error_run(err, EXIT_UNAVAILABLE, "cannot look at the directory %s: %s", directory,
                         strerror(errno));
    if (!db_lock_is_network((uint64_t)info.f_type))
        return true;
    error_run(err, EXIT_CONFIG, "the directory %s is on a network file system", directory);
    return error_hint(err, "SQLite's write-ahead log works on local disks only: move the database "
                           "to one");
}
