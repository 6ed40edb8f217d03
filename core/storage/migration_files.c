/* Reading the migrations directory: see migration_files.h. */
#include "core/storage/migration_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/text.h"

#define VERSION_DIGITS 4
#define SUFFIX ".sql"
#define FILE_SIZE_MAX 4194304L

struct migration_list ARRAY_OF(struct migration);

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        (void)closedir(*directory);
}

static void close_file(FILE **file)
{
    if (*file != NULL)
        (void)fclose(*file);
}

static bool ends_with_suffix(const char *name)
{
    size_t length = strlen(name);
    return length >= strlen(SUFFIX) && text_equal(name + length - strlen(SUFFIX), SUFFIX);
}

/* 0001_initial.sql: four digits, an underscore, [a-z0-9_]+. */
static bool parse_name(const char *file, struct arena *arena, struct migration *ret_migration)
{
    char digits[VERSION_DIGITS + 1] = "";
    size_t length = strlen(file) - strlen(SUFFIX);
    if (length < VERSION_DIGITS + 2 || file[VERSION_DIGITS] != '_' ||
        strspn(file, "0123456789") != VERSION_DIGITS ||
        strspn(file, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        return false;
    memcpy(digits, file, VERSION_DIGITS);
    while (digits[0] == '0' && digits[1] != '\0')
        memmove(digits, digits + 1, strlen(digits));
    ret_migration->name = arena_copy_n(arena, file, length);
    return text_parse_i64(digits, &ret_migration->version) && ret_migration->version > 0;
}

static bool read_text(const char *path, struct arena *arena, struct migration *migration,
                      struct error *err)
{
    CLEANUP(close_file) FILE *file = fopen(path, "re");
    uint8_t digest[SHA256_SIZE];
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        return error_run(err, EXIT_CONFIG, "cannot read %s: %s", path, strerror(errno));
    long size = ftell(file);
    if (size < 0 || size > FILE_SIZE_MAX)
        return error_run(err, EXIT_CONFIG, "%s is no migration: larger than 4 MiB", path);
    rewind(file);
    char *text = arena_alloc(arena, (size_t)size + 1);
    if (fread(text, 1, (size_t)size, file) != (size_t)size)
        return error_run(err, EXIT_IO, "cannot read %s: %s", path, strerror(errno));
    if (strlen(text) != (size_t)size)
        return error_run(err, EXIT_CONFIG, "%s is no migration: it has a NUL inside", path);
    sha256_of(text, (size_t)size, digest);
    sha256_hex(digest, migration->checksum);
    migration->text = text;
    return true;
}

static bool add_file(const char *directory, const char *name, struct arena *arena,
                     struct migration_list *list, struct error *err)
{
    struct migration migration = {0};
    if (!parse_name(name, arena, &migration)) {
        error_run(err, EXIT_CONFIG, "%s/%s: not the name of a migration", directory, name);
        return error_hint(err, "migrations are named NNNN_name.sql, with [a-z0-9_] in the name");
    }
    if (!read_text(arena_printf(arena, "%s/%s", directory, name), arena, &migration, err))
        return false;
    ARRAY_ADD(arena, list) = migration;
    return true;
}

static int by_version(const void *a, const void *b)
{
    const struct migration *left = a;
    const struct migration *right = b;
    return (left->version > right->version) - (left->version < right->version);
}

static bool check_numbers(const char *directory, const struct migration_list *list,
                          struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        int64_t expected = (int64_t)i + 1;
        int64_t version = list->items[i].version;
        if (version == expected)
            continue;
        error_run(err, EXIT_CONFIG,
                  version < expected ? "%s has migration %04lld twice"
                                     : "%s has no migration %04lld",
                  directory, (long long)(version < expected ? version : expected));
        return error_hint(err, "restore the migrations directory of this version of billmill");
    }
    return true;
}

bool migration_files_read(const char *directory, struct arena *arena,
                          struct migration **ret_migrations, size_t *ret_count, struct error *err)
{
    CLEANUP(close_directory) DIR *stream = opendir(directory);
    struct migration_list list = {0};
    if (stream == NULL) {
        error_run(err, EXIT_CONFIG, "cannot read the migrations directory %s: %s", directory,
                  strerror(errno));
        return error_hint(err, "it is installed beside billmill; install billmill again");
    }
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream))
        if (ends_with_suffix(entry->d_name) &&
            !add_file(directory, entry->d_name, arena, &list, err))
            return false;
    if (list.count == 0)
        return error_run(err, EXIT_CONFIG, "the directory %s has no migrations", directory);
    qsort(list.items, list.count, sizeof list.items[0], by_version);
    if (!check_numbers(directory, &list, err))
        return false;
    *ret_migrations = list.items;
    *ret_count = list.count;
    return true;
}
