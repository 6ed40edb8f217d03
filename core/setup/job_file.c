/* The fields of a job file, reading one and reading a directory of them: see job_file.h. What
 * concerns several files is in job_graph.c. */
#include "core/setup/job_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/base/text.h"
#include "core/setup/job_graph.h"

#define NAME_PATTERN "^[a-z][a-z0-9-]*$"
#define NAME_MAX_LENGTH 63
#define NAME_EXPECTED "lower-case letters, digits and -, beginning with a letter"
#define ENDING ".yaml"
#define ENDING_SHORT ".yml"

static const struct field_choice business_keys[] = {
    {"period", BUSINESS_KEY_PERIOD},
    {"date",   BUSINESS_KEY_DATE  },
    {"none",   BUSINESS_KEY_NONE  },
};

static bool check_schedule(const char *text, struct error *err)
{
    struct schedule ignored;
    return schedule_parse(text, &ignored, err);
}

static const struct field definition_fields[] = {
    SCHEMA_TEXT(struct job_definition, name, "name",
                "The name of this definition: that of the file without .yaml.", .required = true,
                .pattern = NAME_PATTERN, .length_max = NAME_MAX_LENGTH, .expected = NAME_EXPECTED),
    SCHEMA_TEXT(struct job_definition, job, "job", "The compiled job that is run.",
                .pattern = NAME_PATTERN, .length_max = NAME_MAX_LENGTH, .expected = NAME_EXPECTED),
    SCHEMA_TEXT_LIST(struct job_definition, steps, "steps",
                     "A pipeline instead of a job: the definitions to run, in this order.",
                     .pattern = NAME_PATTERN, .length_max = NAME_MAX_LENGTH,
                     .expected = NAME_EXPECTED, .items_min = 1),
    SCHEMA_CHOICE(struct job_definition, key, "key", business_keys,
                  "What one run is for: a period (2026-10), a date, or nothing of the kind.",
                  .required = true),
    SCHEMA_TEXT_LIST(struct job_definition, after, "after",
                     "Definitions that must be complete for the same key before this one starts.",
                     .pattern = NAME_PATTERN, .length_max = NAME_MAX_LENGTH,
                     .expected = NAME_EXPECTED),
    SCHEMA_TEXT(struct job_definition, schedule_text, "schedule",
                "When it is due: monthly, *-*-01 02:00, Mon..Fri 16:30 Europe/Berlin (a systemd "
                "calendar expression). Without it: only by hand or as a step.",
                .check = check_schedule),
    SCHEMA_INTEGER(struct job_definition, chunk_size, "chunk_size", 1, 100000,
                   "How many items one transaction takes.", .preset = "1000"),
    SCHEMA_INTEGER(struct job_definition, partitions, "partitions", 1, 1024,
                   "How many key ranges of a tenant may be worked on at the same time. Without it: "
                   "on PostgreSQL by the size of the work, on SQLite one."),
    SCHEMA_INTEGER(struct job_definition, lease_s, "lease_s", 1, 3600,
                   "Seconds without a sign of life after which another worker may take over.",
                   .preset = "60"),
    SCHEMA_INTEGER(struct job_definition, calls, "calls", 1, 1024,
                   "Of a job that sends: how many calls are under way at the same time. Without "
                   "it: 32."),
    SCHEMA_INTEGER(struct job_definition, wait_s, "wait_s", 0, 86400,
                   "Of a job that sends: so many seconds without any success it waits for what is "
                   "to be tried again. Without it: 60."),
    SCHEMA_INTEGER(struct job_definition, max_parked, "max_parked", 0, 1000000000,
                   "More parked items than this fail the run. Without it: no limit."),
    SCHEMA_INTEGER(struct job_definition, max_parked_percent, "max_parked_percent", 0, 100,
                   "The same as a share of all items."),
};

/* What only a job has. */
static const char *const chunking_keys[] = {
    "chunk_size", "partitions", "lease_s", "calls", "wait_s", "max_parked", "max_parked_percent"};

const char *business_key_name(enum business_key key)
{
    switch (key) {
    case BUSINESS_KEY_PERIOD:
        return "period";
    case BUSINESS_KEY_DATE:
        return "date";
    case BUSINESS_KEY_NONE:
        return "none";
    }
    return "";
}

/* --- one file --------------------------------------------------------------------------------- */

struct reading {
    const struct known_job *known;
    size_t known_count;
    struct arena *arena;
    struct problem_list *problems;
};

static void check_name(const struct reading *reading, const char *path,
                       const struct job_definition *definition)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash == NULL ? path : slash + 1;
    const char *expected = arena_printf(reading->arena, "%s" ENDING, definition->name.text);
    if (!text_equal(file, expected))
        problem_add(reading->problems, definition->name.at,
                    arena_printf(reading->arena, "call the file %s, or change the name", expected),
                    "'name' is '%s', but the file is %s", definition->name.text, file);
}

static const char *known_words(const struct reading *reading)
{
    const char *words = "";
    for (size_t i = 0; i < reading->known_count; i++)
        words = arena_printf(reading->arena, "%s%s%s", words, i == 0 ? "" : ", ",
                             reading->known[i].name);
    return arena_printf(reading->arena, "jobs are %s", words);
}

/* Whether the kind of key was understood: a refused one was reported, and says nothing more. */
static bool key_given(const struct yaml_node *root, const struct job_definition *definition)
{
    const struct yaml_node *key = schema_member(root, "key");
    return key != NULL && text_equal(key->text, business_key_name(definition->key));
}

static void check_job(const struct reading *reading, const struct yaml_node *root,
                      const struct job_definition *definition)
{
    const char *name = definition->job.text;
    for (size_t i = 0; i < reading->known_count; i++) {
        const struct known_job *job = &reading->known[i];
        if (!text_equal(job->name, name))
            continue;
        if (key_given(root, definition) && job->key != definition->key)
            problem_add(reading->problems, definition->job.at,
                        arena_printf(reading->arena, "write key: %s", business_key_name(job->key)),
                        "job '%s' is run for a key of kind %s, not %s", name,
                        business_key_name(job->key), business_key_name(definition->key));
        return;
    }
    problem_add(reading->problems, definition->job.at, known_words(reading), "no job '%s'", name);
}

static void check_shape(const struct reading *reading, const struct yaml_node *root)
{
    const struct yaml_node *job = schema_member(root, "job");
    const struct yaml_node *steps = schema_member(root, "steps");
    if (job == NULL && steps == NULL)
        problem_add(reading->problems, root->at,
                    "job: NAME for a job, steps: [NAME, ...] for a pipeline",
                    "neither 'job' nor 'steps'");
    if (job != NULL && steps != NULL)
        problem_add(reading->problems, steps->key_at, "make the pipeline a file of its own",
                    "'job' and 'steps' in one definition");
    for (size_t i = 0; i < ARRAY_LEN(chunking_keys) && job == NULL && steps != NULL; i++) {
        const struct yaml_node *member = schema_member(root, chunking_keys[i]);
        if (member != NULL)
            problem_add(reading->problems, member->key_at, "set it in the files of its steps",
                        "a pipeline has no '%s'", chunking_keys[i]);
    }
}

static void read_definition(const struct reading *reading, const char *path,
                            const struct yaml_node *root, struct job_definition *ret_definition)
{
    struct job_definition definition = {.partitions = JOB_NO_LIMIT,
                                        .calls = JOB_NO_LIMIT,
                                        .wait_s = JOB_NO_LIMIT,
                                        .max_parked = JOB_NO_LIMIT,
                                        .max_parked_percent = JOB_NO_LIMIT,
                                        .at = root->at};
    struct error err = {0};
    schema_read(&(struct schema_reading){reading->arena, reading->problems, ""}, root,
                definition_fields, ARRAY_LEN(definition_fields), &definition);
    if (root->kind == YAML_MAPPING)
        check_shape(reading, root);
    if (definition.name.text != NULL)
        check_name(reading, path, &definition);
    if (definition.job.text != NULL)
        check_job(reading, root, &definition);
    if (definition.schedule_text.text != NULL) {
        bool parsed = schedule_parse(definition.schedule_text.text, &definition.schedule, &err);
        assert(parsed); /* refused texts were reported and not kept */
        (void)parsed;
    }
    *ret_definition = definition;
}

bool job_file_read(const char *path, const struct known_job *known, size_t known_count,
                   struct arena *arena, struct problem_list *problems,
                   struct job_definition *ret_definition)
{
    struct yaml_node *root = NULL;
    if (!yaml_tree_read(path, arena, problems, &root))
        return false;
    read_definition(&(struct reading){known, known_count, arena, problems}, path, root,
                    ret_definition);
    return true;
}

/* --- a directory ------------------------------------------------------------------------------ */

struct names ARRAY_OF(const char *);

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        (void)closedir(*directory);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t ending_length = strlen(ending);
    return length > ending_length && strcmp(text + length - ending_length, ending) == 0;
}

static int compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

/* The *.yaml of the directory as paths, sorted. */
static struct names list_files(const char *path, struct arena *arena, struct problem_list *problems)
{
    struct names names = {0};
    CLEANUP(close_directory) DIR *directory = opendir(path);
    if (directory == NULL) {
        problem_add(problems, (struct place){.file = path},
                    "see `directories: jobs:` in the configuration",
                    "the directory of the jobs cannot be read: %s", strerror(errno));
        return names;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        const char *file = arena_printf(arena, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        if (ends_with(entry->d_name, ENDING_SHORT))
            problem_add(problems, (struct place){.file = file}, "rename it to end in .yaml",
                        "a job file ends in .yaml");
        else if (ends_with(entry->d_name, ENDING))
            ARRAY_ADD(arena, &names) = file;
    }
    if (names.count > 0)
        qsort(names.items, names.count, sizeof *names.items, compare_names);
    return names;
}

void job_files_load(const char *directory, const struct known_job *known, size_t known_count,
                    struct arena *arena, struct problem_list *problems,
                    struct job_definitions *ret_definitions)
{
    struct job_definitions definitions = {0};
    struct names names = list_files(arena_copy(arena, directory), arena, problems);
    if (names.count > JOB_FILES_MAX) {
        problem_add(problems, (struct place){.file = arena_copy(arena, directory)},
                    "look whether it is the right directory", "%zu job files, at most %u are read",
                    names.count, JOB_FILES_MAX);
        names.count = 0;
    }
    for (size_t i = 0; i < names.count; i++) {
        struct job_definition definition;
        if (job_file_read(names.items[i], known, known_count, arena, problems, &definition))
            ARRAY_ADD(arena, &definitions) = definition;
    }
    job_graph_check(&definitions, arena, problems);
    *ret_definitions = definitions;
}

const struct job_definition *job_definition_find(const struct job_definitions *definitions,
                                                 const char *name)
{
    for (size_t i = 0; i < definitions->count; i++)
        if (text_equal(definitions->items[i].name.text, name))
            return &definitions->items[i];
    return NULL;
}

/* --- the JSON Schema -------------------------------------------------------------------------- */

/* Either `job`, or `steps` without the chunking keys. */
static json_t *either_job_or_steps(void)
{
    json_t *forbidden = json_object();
    for (size_t i = 0; i < ARRAY_LEN(chunking_keys); i++)
        (void)json_object_set_new(forbidden, chunking_keys[i], json_false());
    return json_pack("[{s:[s]}, {s:[s], s:o}]", "required", "job", "required", "steps",
                     "properties", forbidden);
}

const char *job_schema_json(struct arena *arena)
{
    json_t *object = schema_object_json(definition_fields, ARRAY_LEN(definition_fields));
    (void)json_object_set_new(object, "oneOf", either_job_or_steps());
    return schema_document_text("A job of billmill", "How a job or a pipeline is run.", object,
                                arena);
}
