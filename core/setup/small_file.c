/* Reading small files: see small_file.h. */
#include "core/setup/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_file(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

static bool refuse_size(struct error *err, intmax_t size, size_t max_bytes)
{
    (void)error_run(err, EXIT_CONFIG, "%jd bytes, at most %zu are read", size, max_bytes);
    return error_hint(err, "look whether it is the right file");
}

/* Up to `room` bytes, until the end of the file. */
static bool read_all(int fd, char *bytes, size_t room, size_t *ret_size, struct error *err)
{
    size_t size = 0;
    while (size < room) {
        ssize_t got = read(fd, bytes + size, room - size);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return error_run(err, EXIT_CONFIG, "cannot be read: %s", strerror(errno));
        size += got > 0 ? (size_t)got : 0;
    }
    *ret_size = size;
    return true;
}

bool small_file_read(const char *path, size_t max_bytes, struct arena *arena,
                     struct small_file *ret_file, struct error *err)
{
    /* Non-blocking, so that a pipe put there does not hang the start of a run. */
    CLEANUP(close_file) const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)error_run(err, EXIT_CONFIG, "cannot be opened: %s", strerror(errno));
        return error_hint(err, "it must exist and be readable for the user that runs billmill");
    }
    if (!S_ISREG(status.st_mode)) {
        (void)error_run(err, EXIT_CONFIG, "not a regular file");
        return error_hint(err, "put a file there");
    }
    if (status.st_size > (off_t)max_bytes)
        return refuse_size(err, (intmax_t)status.st_size, max_bytes);
    size_t room = (size_t)status.st_size + 1; /* one more: it may have grown meanwhile */
    struct small_file file = {.bytes = arena_alloc(arena, room + 1), .mode = status.st_mode};
    if (!read_all(fd, file.bytes, room, &file.size, err))
        return false;
    if (file.size == room)
        return error_run(err, EXIT_CONFIG, "is being written at this moment");
    *ret_file = file;
    return true;
}
