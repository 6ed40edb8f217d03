/* Reading a configuration file or a font whole. */
#include "core/outside/file_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"

static void close_file(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

static bool unreadable(struct error *err, const char *path, int cause)
{
    error_run(err, EXIT_CONFIG, "cannot read %s: %s", path, strerror(cause));
    return error_hint(err, "check that the file exists and that billmill may read it");
}

bool file_read(const char *path, size_t max_bytes, struct arena *arena, const char **ret_bytes,
               size_t *ret_size, struct error *err)
{
    CLEANUP(close_file) FILE *file = fopen(path, "rb");
    if (file == NULL)
        return unreadable(err, path, errno);
    struct stat info;
    if (fstat(fileno(file), &info) != 0)
        return unreadable(err, path, errno);
    if (S_ISDIR(info.st_mode))
        return unreadable(err, path, EISDIR);
    if (info.st_size > (off_t)max_bytes)
        return error_run(err, EXIT_CONFIG, "%s has more than %zu bytes", path, max_bytes);
    size_t size = (size_t)info.st_size;
    char *bytes = arena_alloc(arena, size + 1);
    if (fread(bytes, 1, size, file) != size)
        return unreadable(err, path, ferror(file) ? errno : EIO);
    *ret_bytes = bytes;
    *ret_size = size;
    return true;
}

bool file_is_in(const char *directory)
{
    DIR *entries = opendir(directory);
    bool found = false;
    if (entries == NULL)
        return false;
    for (const struct dirent *entry; !found && (entry = readdir(entries)) != NULL;)
        found = !text_equal(entry->d_name, ".") && !text_equal(entry->d_name, "..");
    (void)closedir(entries);
    return found;
}
