/* Temp, fdatasync, rename, fsync of the directory, for a whole group (invariants in the header).
 * The files are reopened for fdatasync, so that a group may be larger than the limit of open
 * files. */
#define _GNU_SOURCE /* getrandom */
#include "core/outside/file_publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/base/text.h"

#define GROUP_BYTES_MAX ((size_t)64 << 20) /* names only */
#define COMPARE_SIZE 65536
#define TEMPORARY_SUFFIX ".billmill-tmp"
#define TAG_SIZE 8
#define TAIL_LENGTH (1 + 2 * TAG_SIZE + strlen(TEMPORARY_SUFFIX)) /* behind the file's name */

enum file_state { FILE_UNCHANGED, FILE_WRITTEN, FILE_RENAMED };

struct pending_file {
    const char *path, *temporary;
    enum file_state state;
    bool replaces;
};

struct publication {
    struct arena *arena;
    char tag[2 * TAG_SIZE + 1];
    struct ARRAY_OF(struct pending_file) files;
    struct ARRAY_OF(const char *) directories; /* to be forced at commit, each once */
};

struct publication *publication_start(void)
{
    struct arena *arena = arena_create("file publication", GROUP_BYTES_MAX);
    struct publication *group = ARENA_NEW(arena, struct publication);
    uint8_t random[TAG_SIZE] = {0};
    group->arena = arena;
    (void)!getrandom(random, sizeof random, 0);
    text_hex(group->tag, random, sizeof random);
    return group;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* For a file that was written: some file systems report a full disk only here. */
static bool close_now(int *fd)
{
    int closed = close(*fd);
    *fd = -1;
    return closed == 0;
}

static bool fails(struct error *err, const char *what, const char *path)
{
    int cause = errno;
    switch (cause) {
    case ENOSPC:
    case EDQUOT:
        error_run(err, EXIT_CANTCREATE, "cannot %s %s: %s", what, path, strerror(cause));
        return error_hint(err, "make room on that disk, then run the same command again");
    case EACCES:
    case EPERM:
    case EROFS:
        error_run(err, EXIT_CANTCREATE, "cannot %s %s: %s", what, path, strerror(cause));
        return error_hint(err, "let the user that runs billmill write there, or choose another "
                               "output directory");
    case ENOTDIR:
    case EEXIST:
    case EISDIR:
    case ENOENT:
    case ELOOP:
    case ENAMETOOLONG:
        error_run(err, EXIT_CANTCREATE, "cannot %s %s: %s", what, path, strerror(cause));
        return error_hint(err, "something else is in the way of this name");
    default:
        error_run(err, EXIT_IO, "cannot %s %s: %s", what, path, strerror(cause));
        return error_hint(err, "check the disk, then run the same command again");
    }
}

/* --- names and directories --- */

static const char *directory_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ".";
    return slash == path ? "/" : arena_copy_n(arena, path, (size_t)(slash - path));
}

static const char *temporary_of(const struct publication *group, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return arena_printf(group->arena, "%.*s.%s.%s" TEMPORARY_SUFFIX, (int)(name - path), path, name,
                        group->tag);
}

static void remember_directory(struct publication *group, const char *directory)
{
    for (size_t i = group->directories.count; i > 0; i--) /* most likely the last one */
        if (text_equal(group->directories.items[i - 1], directory))
            return;
    ARRAY_ADD(group->arena, &group->directories) = directory;
}

/* mkdir -p; a directory that is new makes its parent one to be forced. */
static bool make_directory(struct publication *group, const char *directory, struct error *err)
{
    struct stat info;
    if (stat(directory, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return true;
        errno = ENOTDIR;
        return fails(err, "make the directory", directory);
    }
    if (errno != ENOENT)
        return fails(err, "make the directory", directory);
    const char *parent = directory_of(group->arena, directory);
    if (!make_directory(group, parent, err))
        return false;
    if (mkdir(directory, 0777) != 0 && errno != EEXIST)
        return fails(err, "make the directory", directory);
    remember_directory(group, parent);
    return true;
}

/* --- writing --- */

/* Has the file exactly these bytes? A file that cannot be read counts as different: the rename
 * will tell what is wrong. */
static bool has_bytes(int fd, const uint8_t *bytes, size_t size)
{
    uint8_t part[COMPARE_SIZE];
    size_t done = 0;
    for (;;) {
        ssize_t count = read(fd, part, sizeof part);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0 && done == size;
        if ((size_t)count > size - done || memcmp(part, bytes + done, (size_t)count) != 0)
            return false;
        done += (size_t)count;
    }
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

static bool write_temporary(const char *temporary, const uint8_t *bytes, size_t size,
                            struct error *err)
{
    CLEANUP(close_fd)
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return fails(err, "create", temporary);
    if (!write_all(fd, bytes, size))
        return fails(err, "write", temporary);
    return close_now(&fd) || fails(err, "write", temporary);
}

bool publication_add(struct publication *group, const char *path, const void *bytes, size_t size,
                     struct error *err)
{
    const char *directory = directory_of(group->arena, path);
    if (!make_directory(group, directory, err))
        return false;
    remember_directory(group, directory);
    struct pending_file file = {.path = arena_copy(group->arena, path),
                                .temporary = temporary_of(group, path)};
    CLEANUP(close_fd) int there = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (there >= 0 && has_bytes(there, bytes, size)) {
        ARRAY_ADD(group->arena, &group->files) = file;
        return true;
    }
    file.replaces = there >= 0;
    file.state = FILE_WRITTEN;
    ARRAY_ADD(group->arena, &group->files) = file; /* before writing: abandon removes a half */
    return write_temporary(file.temporary, bytes, size, err);
}

/* --- commit --- */

/* Invariant 5: what was written here is gone. */
static bool gives_way(const char *path, struct error *err)
{
    error_retry(err, EXIT_TEMPORARY, "another worker publishes %s as well", path);
    return error_hint(err, "`billmill resume` will finish it");
}

static bool force_file(const char *path, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? gives_way(path, err) : fails(err, "open", path);
    return fdatasync(fd) == 0 || fails(err, "force to disk", path);
}

static bool force_directory(const char *path, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fails(err, "open the directory", path);
    /* EINVAL: a file system that has no fsync for directories orders them itself. */
    return fsync(fd) == 0 || errno == EINVAL || fails(err, "force to disk", path);
}

static bool has_file(const struct publication *group, const char *path)
{
    for (size_t i = 0; i < group->files.count; i++)
        if (text_equal(group->files.items[i].path, path))
            return true;
    return false;
}

/* Invariant 3. What cannot be tidied up harms nobody. */
static void tidy_up(const struct publication *group, const char *directory)
{
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        const char *name = entry->d_name;
        size_t length = strlen(name);
        if (name[0] != '.' || length <= TAIL_LENGTH + 1 ||
            !text_equal(name + length - strlen(TEMPORARY_SUFFIX), TEMPORARY_SUFFIX))
            continue;
        const char *file = arena_copy_n(group->arena, name + 1, length - TAIL_LENGTH - 1);
        if (has_file(group, arena_printf(group->arena, "%s/%s", directory, file)))
            (void)unlink(arena_printf(group->arena, "%s/%s", directory, name));
    }
    (void)closedir(entries);
}

bool publication_commit(struct publication *group, struct publication_counts *ret_counts,
                        struct error *err)
{
    struct publication_counts counts = {0};
    for (size_t i = 0; i < group->files.count; i++)
        if (group->files.items[i].state == FILE_WRITTEN &&
            !force_file(group->files.items[i].temporary, err))
            return false;
    for (size_t i = 0; i < group->files.count; i++) {
        struct pending_file *file = &group->files.items[i];
        if (file->state != FILE_WRITTEN) {
            counts.unchanged++;
            continue;
        }
        if (rename(file->temporary, file->path) != 0)
            return errno == ENOENT ? gives_way(file->path, err)
                                   : fails(err, "put in place", file->path);
        file->state = FILE_RENAMED;
        *(file->replaces ? &counts.replaced : &counts.created) += 1;
    }
    for (size_t i = 0; i < group->directories.count; i++)
        tidy_up(group, group->directories.items[i]);
    /* Unchanged files too: a run killed between rename and here left them visible, not durable. */
    for (size_t i = 0; i < group->directories.count; i++)
        if (!force_directory(group->directories.items[i], err))
            return false;
    *ret_counts = counts;
    return true;
}

void publication_abandon(struct publication **group)
{
    if (*group == NULL)
        return;
    struct publication *gone = *group;
    for (size_t i = 0; i < gone->files.count; i++)
        if (gone->files.items[i].state == FILE_WRITTEN)
            (void)unlink(gone->files.items[i].temporary);
    struct arena *arena = gone->arena;
    *group = NULL;
    arena_destroy(&arena);
}
