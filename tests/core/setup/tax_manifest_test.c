/* What is said of tax rates that are old or changed, in a folder of the test's own. */
#include <stdio.h>
#include <string.h>

#include "core/base/sha256.h"
#include "core/setup/tax_manifest.h"
#include "tests/support/setup_files.h"
#include "tests/support/suite.h"

#define RATES "{\"record\":\"tax_rate\"}\n"

static const char *rates_digest(struct arena *arena)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    sha256_of(RATES, strlen(RATES), digest);
    sha256_hex(digest, hex);
    return arena_copy(arena, hex);
}

static const struct remark_case {
    const char *label;
    const char *rates;    /* what the file holds, NULL: RATES */
    const char *manifest; /* NULL: none; %s is the digest of RATES */
    const char *name;     /* of the file asked for, NULL: all */
    const char *on;       /* NULL: not known */
    const char *remark;   /* a part of it, NULL: none */
    const char *error;
} remark_cases[] = {
    {.label = "no manifest",                                                                         .on = "2099-01-01"                         },
    {                                                                                                                          .label = "a year is not old",
     .manifest = "{\"as_of\":\"2025-09-25\",\"files\":[{\"file\":\"eu.jsonl\",\"sha256\":\"%s\"}]}",
     .on = "2026-09-25"},
    {                                                                                                                                                                                                                                                   .label = "a day more is",
     .manifest = "{\"as_of\":\"2025-09-25\",\"files\":[{\"file\":\"eu.jsonl\",\"sha256\":\"%s\"}]}",
     .on = "2026-09-26",
     .remark = "are those of 2025-09-25, more than 12 months before the business date 2026-09-26"},
    {                                                                                                                                                                           .label = "no business date, no age",
     .manifest =
         "{\"as_of\":\"1999-09-25\",\"files\":[{\"file\":\"eu.jsonl\",\"sha256\":\"%s\"}]}"                                                     },
    {                                                                                                                          .label = "a file that was changed",
     .rates = "{}\n",
     .manifest = "{\"as_of\":\"2025-09-25\",\"files\":[{\"file\":\"eu.jsonl\",\"sha256\":\"%s\"}]}",
     .name = "eu.jsonl",
     .remark = "eu.jsonl is not as manifest.json beside it has it"},
    {                                                                                                                                                                                                                                                     .label = "a file that the manifest does not name",
     .manifest = "{\"as_of\":\"1999-09-25\",\"files\":[{\"file\":\"eu.jsonl\",\"sha256\":\"%s\"}]}",
     .name = "own.jsonl",
     .on = "2026-09-26"},
    {                                                                                                                                                                         .label = "a file that was taken away",
     .manifest = "{\"as_of\":\"2025-09-25\",\"files\":[{\"file\":\"us.jsonl\",\"sha256\":\"%s\"}]}",
     .on = "2025-10-01"},
    {                                    .label = "somebody else's manifest",
     .manifest = "{\"name\":\"app\",\"files\":[{\"path\":\"eu.jsonl\"}, 5]}",
     .name = "eu.jsonl",
     .on = "2026-09-26"},
    {                                                                                                                                                                           .label = "no date",                                                                             .manifest = "{\"files\":[]}",                                                                                                                          .error = "has no date \"as_of\""},
    {                                                                                                                                                                                                                                                   .label = "no day",.manifest = "{\"as_of\":\"2025-02-30\"}",.error = "no day 2025-02-30"},
    { .label = "no JSON",                                                                 .manifest = "{\"as_of\"",                                                                                                                                                                                                         .error = "manifest.json:1:"},
};

START_TEST(remarks)
{
    const struct remark_case *c = &remark_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("manifest test", 1 << 24);
    CLEANUP(scratch_remove) struct scratch folder = scratch_create();
    struct date on = DATE_NONE;
    const char **said = NULL;
    struct error err = {0};
    (void)scratch_write(&folder, "eu.jsonl", c->rates == NULL ? RATES : c->rates);
    if (c->manifest != NULL) {
        const char *hole = strstr(c->manifest, "%s");
        const char *text = c->manifest;
        if (hole != NULL)
            text = arena_printf(arena, "%.*s%s%s", (int)(hole - c->manifest), c->manifest,
                                rates_digest(arena), hole + 2);
        (void)scratch_write(&folder, TAX_MANIFEST_NAME, text);
    }
    ck_assert(c->on == NULL || date_parse(c->on, &on, &err));
    bool ok = tax_manifest_remarks(folder.path, c->name, on, arena, &said, &err);
    ck_assert_msg(ok == (c->error == NULL), "%s: %s", c->label, err.message);
    if (!ok)
        ck_assert_msg(strstr(err.message, c->error) != NULL, "%s: %s", c->label, err.message);
    else if (c->remark == NULL)
        ck_assert_msg(said[0] == NULL, "%s: %s", c->label, said[0]);
    else
        ck_assert_msg(said[0] != NULL && strstr(said[0], c->remark) != NULL && said[1] == NULL,
                      "%s: %s", c->label, said[0] == NULL ? "nothing" : said[0]);
}
END_TEST

TEST_SUITE(tax_manifest)
{
    TEST_TABLE(remarks, remark_cases);
}
