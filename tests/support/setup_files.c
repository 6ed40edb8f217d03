/* See setup_files.h. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "tests/support/setup_files.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/text.h"
#include "tests/support/suite.h"

#define DEPTH_MAX 16

struct scratch scratch_create(void)
{
    struct scratch scratch = {"build/scratch-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(scratch.path));
    return scratch;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

void scratch_remove(struct scratch *scratch)
{
    (void)nftw(scratch->path, remove_one, DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

struct scratch_path scratch_path(const struct scratch *scratch, const char *name)
{
    struct scratch_path path;
    int length = snprintf(path.text, sizeof path.text, "%s/%s", scratch->path, name);
    ck_assert(length > 0 && (size_t)length < sizeof path.text);
    return path;
}

struct scratch_path scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
    struct scratch_path path = scratch_path(scratch, name);
    for (char *slash = path.text + strlen(scratch->path) + 1; (slash = strchr(slash, '/')) != NULL;
         slash++) {
        *slash = '\0';
        (void)mkdir(path.text, 0755);
        *slash = '/';
    }
    FILE *file = fopen(path.text, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

const char *problems_text(const struct problem_list *problems, const char *prefix)
{
    const char *text = "";
    for (size_t i = 0; i < problems->count; i++) {
        const char *line = problem_text(&problems->items[i], problems->arena);
        const char *hint = problems->items[i].hint;
        line += text_starts_with(line, prefix) ? strlen(prefix) : 0;
        text = arena_printf(problems->arena, "%s%s%s%s%s\n", text, line,
                            hint[0] == '\0' ? "" : " (", hint, hint[0] == '\0' ? "" : ")");
    }
    return text;
}
