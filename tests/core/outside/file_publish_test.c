/* Publication on a real directory: what is created, left alone, replaced, cleaned and refused. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/outside/file_publish.h"
#include "tests/support/suite.h"

static char root[64];

static void make_root(void)
{
    (void)snprintf(root, sizeof root, "build/publish-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static const char *in_root(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void remove_root(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_root(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void assert_content(const char *name, const char *expect)
{
    char text[64] = "";
    FILE *file = fopen(in_root(name), "r");
    ck_assert_msg(file != NULL, "%s is missing", name);
    size_t count = fread(text, 1, sizeof text - 1, file);
    text[count] = '\0';
    (void)fclose(file);
    ck_assert_msg(strcmp(text, expect) == 0, "%s: got '%s'", name, text);
}

static bool is_there(const char *name)
{
    return access(in_root(name), F_OK) == 0;
}

static int temporaries(void)
{
    int count = 0;
    DIR *directory = opendir(root);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += strstr(entry->d_name, ".billmill-tmp") != NULL;
    (void)closedir(directory);
    return count;
}

static struct timespec changed_at(const char *name)
{
    struct stat info;
    ck_assert_int_eq(stat(in_root(name), &info), 0);
    return info.st_mtim;
}

START_TEST(creates_leaves_and_replaces)
{
    make_root();
    struct error err = {0};
    struct publication_counts counts;
    put("same.pdf", "same");
    put("other.pdf", "old");
    put(".same.pdf.0123456789abcdef.billmill-tmp", "a killed run");
    put(".new.pdf.0123456789abcdef.billmill-tmp", "a longer text of a killed run");
    put(".notours.pdf.0123456789abcdef.billmill-tmp", "another's");
    struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    ck_assert_int_eq(utimensat(AT_FDCWD, in_root("same.pdf"), past, 0), 0);

    CLEANUP(publication_abandon) struct publication *group = publication_start();
    ck_assert_msg(publication_add(group, in_root("same.pdf"), "same", 4, &err), "%s", err.message);
    ck_assert(publication_add(group, in_root("other.pdf"), "longer", 6, &err));
    ck_assert(publication_add(group, in_root("new.pdf"), "new", 3, &err));
    ck_assert(publication_add(group, in_root("a/b/deep.pdf"), "deep", 4, &err));
    ck_assert_msg(!is_there("new.pdf"), "nothing is visible before the commit");
    assert_content("other.pdf", "old");
    ck_assert_msg(publication_commit(group, &counts, &err), "%s", err.message);

    ck_assert_int_eq(counts.created, 2);
    ck_assert_int_eq(counts.replaced, 1);
    ck_assert_int_eq(counts.unchanged, 1);
    assert_content("same.pdf", "same");
    assert_content("other.pdf", "longer");
    assert_content("new.pdf", "new");
    assert_content("a/b/deep.pdf", "deep");
    ck_assert_int_eq(changed_at("same.pdf").tv_sec, 1000);
    ck_assert_int_eq(temporaries(), 1);
    ck_assert(is_there(".notours.pdf.0123456789abcdef.billmill-tmp"));
    remove_root();
}
END_TEST

/* One that was thought dead publishes the same files: whole ones, whoever is first. */
START_TEST(gives_way_to_another_worker)
{
    make_root();
    struct error err = {0};
    struct publication_counts counts;
    CLEANUP(publication_abandon) struct publication *one = publication_start();
    CLEANUP(publication_abandon) struct publication *other = publication_start();
    ck_assert(publication_add(one, in_root("a.pdf"), "text", 4, &err));
    ck_assert(publication_add(other, in_root("a.pdf"), "text", 4, &err));
    ck_assert_msg(publication_commit(one, &counts, &err), "%s", err.message);
    ck_assert(!publication_commit(other, &counts, &err));
    ck_assert_int_eq(err.kind, ERROR_RETRY);
    ck_assert_int_eq(err.exit_code, EXIT_TEMPORARY);
    publication_abandon(&other);
    error_clear(&err);
    other = publication_start();
    ck_assert(publication_add(other, in_root("a.pdf"), "text", 4, &err));
    ck_assert_msg(publication_commit(other, &counts, &err), "%s", err.message);
    ck_assert_int_eq(counts.unchanged, 1);
    assert_content("a.pdf", "text");
    ck_assert_int_eq(temporaries(), 0);
    remove_root();
}
END_TEST

START_TEST(abandons_without_a_trace)
{
    make_root();
    struct error err = {0};
    struct publication *group = publication_start();
    put("old.pdf", "old");
    ck_assert(publication_add(group, in_root("new.pdf"), "new", 3, &err));
    ck_assert(publication_add(group, in_root("old.pdf"), "newer", 5, &err));
    ck_assert_int_eq(temporaries(), 2);
    publication_abandon(&group);
    ck_assert_ptr_null(group);
    publication_abandon(&group);
    ck_assert_int_eq(temporaries(), 0);
    ck_assert(!is_there("new.pdf"));
    assert_content("old.pdf", "old");
    remove_root();
}
END_TEST

/* A file where a directory is needed, a directory where a file is needed, no permission. */
START_TEST(refuses_what_is_in_the_way)
{
    make_root();
    struct error err = {0};
    struct publication_counts counts;
    put("file", "x");
    CLEANUP(publication_abandon) struct publication *group = publication_start();
    ck_assert(!publication_add(group, in_root("file/a.pdf"), "a", 1, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CANTCREATE);
    ck_assert_msg(strstr(err.message, "file") != NULL && err.hint[0] != '\0', "%s", err.message);

    ck_assert_int_eq(mkdir(in_root("dir.pdf"), 0777), 0);
    ck_assert(publication_add(group, in_root("dir.pdf"), "a", 1, &err));
    ck_assert(!publication_commit(group, &counts, &err));
    ck_assert_int_eq(err.exit_code, EXIT_CANTCREATE);
    publication_abandon(&group);
    ck_assert_int_eq(temporaries(), 0);

    if (geteuid() != 0) { /* root writes anywhere */
        group = publication_start();
        ck_assert_int_eq(mkdir(in_root("locked"), 0555), 0);
        ck_assert(!publication_add(group, in_root("locked/a.pdf"), "a", 1, &err));
        ck_assert_int_eq(err.exit_code, EXIT_CANTCREATE);
    }
    remove_root();
}
END_TEST

/* A tiny tmpfs, where one may be mounted; elsewhere the test says that it did not run. */
START_TEST(survives_a_full_disk)
{
    make_root();
    char command[256];
    (void)snprintf(command, sizeof command,
                   "mount -t tmpfs -o size=64k billmill-test '%s' 2>/dev/null", root);
    if (geteuid() != 0 || system(command) != 0) {
        printf("file_publish: full disk not tested, a tmpfs cannot be mounted here\n");
        remove_root();
        return;
    }
    struct error err = {0};
    static uint8_t bytes[48 << 10];
    struct publication *group = publication_start();
    bool first = publication_add(group, in_root("a.pdf"), bytes, sizeof bytes, &err);
    bool second = publication_add(group, in_root("b.pdf"), bytes, sizeof bytes, &err);
    publication_abandon(&group);
    DIR *directory = opendir(root);
    int32_t entries = 0;
    while (directory != NULL && readdir(directory) != NULL)
        entries++;
    if (directory != NULL)
        (void)closedir(directory);
    (void)snprintf(command, sizeof command, "umount '%s'", root);
    ck_assert_int_eq(system(command), 0);
    remove_root();
    ck_assert(first && !second);
    ck_assert_int_eq(err.exit_code, EXIT_CANTCREATE);
    ck_assert_msg(strstr(err.hint, "room") != NULL, "%s", err.hint);
    ck_assert_msg(entries == 2, "only . and .. are left, got %d", entries);
}
END_TEST

START_TEST(needs_few_open_files)
{
    make_root();
    struct error err = {0};
    struct rlimit few = {.rlim_cur = 40, .rlim_max = 40};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    CLEANUP(publication_abandon) struct publication *group = publication_start();
    for (int32_t i = 0; i < 100; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%02d/%d.pdf", i % 10, i);
        ck_assert_msg(publication_add(group, in_root(name), name, strlen(name), &err), "%s",
                      err.message);
    }
    struct publication_counts counts;
    ck_assert_msg(publication_commit(group, &counts, &err), "%s", err.message);
    ck_assert_int_eq(counts.created, 100);
    assert_content("07/97.pdf", "07/97.pdf");
    remove_root();
}
END_TEST

TEST_SUITE(file_publish)
{
    TEST_ONE(creates_leaves_and_replaces);
    TEST_ONE(gives_way_to_another_worker);
    TEST_ONE(abandons_without_a_trace);
    TEST_ONE(refuses_what_is_in_the_way);
    TEST_ONE(survives_a_full_disk);
    TEST_ONE(needs_few_open_files);
}
