/* The manifest of shipped tax rates: see tax_manifest.h. */
#include "core/setup/tax_manifest.h"

#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "core/base/array.h"
#include "core/base/sha256.h"
#include "core/base/text.h"
#include "core/setup/small_file.h"

#define MANIFEST_BYTES_MAX ((size_t)1 << 20)
#define RATES_BYTES_MAX ((size_t)16 << 20)

struct remark_array ARRAY_OF(const char *);

struct reading {
    const char *folder;
    const char *name; /* or NULL: every file */
    struct date on;
    struct arena *arena;
    struct remark_array remarks;
};

static void release_json(json_t **json)
{
    json_decref(*json);
}

static bool check_age(struct reading *reading, const json_t *manifest, struct error *err)
{
    const char *text = json_string_value(json_object_get(manifest, "as_of"));
    struct date as_of, old_from;
    if (text == NULL)
        return error_run(err, EXIT_CONFIG, "%s/" TAX_MANIFEST_NAME " has no date \"as_of\"",
                         reading->folder);
    if (!date_parse(text, &as_of, err) ||
        !date_add_months(as_of, TAX_RATES_OLD_MONTHS, date_civil(as_of).day, &old_from, err))
        return error_context(err, "%s/" TAX_MANIFEST_NAME, reading->folder);
    if (!date_is_none(reading->on) && date_compare(reading->on, old_from) > 0)
        ARRAY_ADD(reading->arena, &reading->remarks) = arena_printf(
            reading->arena,
            "the tax rates in %s are those of %s, more than %d months before the business date %s: "
            "look for changes, and import what is missing",
            reading->folder, date_text(as_of).text, TAX_RATES_OLD_MONTHS,
            date_text(reading->on).text);
    return true;
}

/* A file that is not there is not there on purpose: nothing of it is imported. */
static void check_file(struct reading *reading, const char *name, const char *digest_expected)
{
    const char *path = arena_printf(reading->arena, "%s/%s", reading->folder, name);
    struct small_file file;
    struct error ignored = {0};
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    if (!small_file_read(path, RATES_BYTES_MAX, reading->arena, &file, &ignored))
        return;
    sha256_of(file.bytes, file.size, digest);
    sha256_hex(digest, hex);
    if (!text_equal(hex, digest_expected))
        ARRAY_ADD(reading->arena, &reading->remarks) =
            arena_printf(reading->arena,
                         "%s is not as " TAX_MANIFEST_NAME
                         " beside it has it: rates of your own are safer in a file of your own",
                         path);
}

static bool read_manifest(struct reading *reading, const json_t *manifest, struct error *err)
{
    const json_t *files = json_object_get(manifest, "files");
    bool named = reading->name == NULL;
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *entry = json_array_get(files, i);
        const char *name = json_string_value(json_object_get(entry, "file"));
        const char *digest = json_string_value(json_object_get(entry, "sha256"));
        if (name == NULL || digest == NULL || strchr(name, '/') != NULL)
            continue; /* of somebody else's manifest */
        if (reading->name != NULL && !text_equal(name, reading->name))
            continue;
        named = true;
        check_file(reading, arena_copy(reading->arena, name), digest);
    }
    return !named || check_age(reading, manifest, err);
}

bool tax_manifest_remarks(const char *folder, const char *name, struct date on, struct arena *arena,
                          const char ***ret_remarks, struct error *err)
{
    const char *path = arena_printf(arena, "%s/" TAX_MANIFEST_NAME, folder);
    struct reading reading = {.folder = folder, .name = name, .on = on, .arena = arena};
    CLEANUP(release_json) json_t *manifest = NULL;
    json_error_t problem;
    struct small_file file;
    if (access(path, F_OK) == 0) {
        if (!small_file_read(path, MANIFEST_BYTES_MAX, arena, &file, err))
            return error_context(err, "%s", path);
        manifest = json_loadb(file.bytes, file.size, JSON_REJECT_DUPLICATES, &problem);
        if (manifest == NULL)
            return error_run(err, EXIT_CONFIG, "%s:%d:%d: %s", path, problem.line, problem.column,
                             problem.text);
        if (!read_manifest(&reading, manifest, err))
            return false;
    }
    ARRAY_ADD(arena, &reading.remarks) = NULL;
    *ret_remarks = reading.remarks.items;
    return true;
}
