/* config/jobs/NAME.yaml: how a compiled job, or a pipeline of definitions, is run. Which jobs exist
 * is told by the caller; this file knows none.
 *
 * A definition is either a job (`job: rating`) with its chunking, or a pipeline (`steps: […]`) that
 * runs other definitions in that order for the same business key. `after` names definitions whose
 * work must be complete for the same key. Over all files: names are known, nobody waits for itself,
 * steps stand behind what they come after. */
#ifndef BILLMILL_SETUP_JOB_FILE_H
#define BILLMILL_SETUP_JOB_FILE_H

#include "core/base/sha256.h"
#include "core/calendar/schedule.h"
#include "core/setup/schema.h"

#define JOB_FILES_MAX 500u

enum business_key { BUSINESS_KEY_PERIOD, BUSINESS_KEY_DATE, BUSINESS_KEY_NONE };
const char *business_key_name(enum business_key key);

/* A compiled job, as the caller lists them. */
struct known_job {
    const char *name;
    enum business_key key;
};

#define JOB_NO_LIMIT (-1)

struct job_definition {
    struct setting_text name;
    struct setting_text job;    /* text NULL for a pipeline */
    struct setting_texts steps; /* empty for a job */
    struct setting_texts after;
    struct setting_text schedule_text; /* text NULL: only by hand or as a step */
    struct schedule schedule;          /* the same, parsed */
    enum business_key key;
    int32_t chunk_size; /* items of one transaction */
    int32_t
        partitions; /* key ranges that may be worked on at the same time; JOB_NO_LIMIT: by size */
    int32_t
        lease_s;   /* after that many seconds without a sign of life another worker may take over */
    int32_t calls; /* at the same time, of a job that sends; JOB_NO_LIMIT: as many as usual */
    int32_t wait_s;             /* of a job that sends; JOB_NO_LIMIT: as long as usual */
    int32_t max_parked;         /* more parked items than this fail the run; JOB_NO_LIMIT */
    int32_t max_parked_percent; /* the same as a share of all items, 0 to 100; JOB_NO_LIMIT */
    struct place at;
};

struct job_definitions ARRAY_OF(struct job_definition);

/* Reads one file and checks all that can be seen in it alone. False when it cannot be read as YAML
 * at all; problems as for settings_read. */
MUST_CHECK bool job_file_read(const char *path, const struct known_job *known, size_t known_count,
                              struct arena *arena, struct problem_list *problems,
                              struct job_definition *ret_definition);

/* Reads every *.yaml of the directory, in the order of their names, and checks them together. Left
 * out: names that begin with a dot, and files with other endings, but *.yml is a problem, for
 * nobody means it to be ignored. A symbolic link to a regular file is read; anything else named
 * *.yaml is a problem. What could be read is in *ret_definitions even when there are problems.
 * Everything is in the arena. */
void job_files_load(const char *directory, const struct known_job *known, size_t known_count,
                    struct arena *arena, struct problem_list *problems,
                    struct job_definitions *ret_definitions);

/* The definition of that name, or NULL. */
const struct job_definition *job_definition_find(const struct job_definitions *definitions,
                                                 const char *name);

/* The definition as the engine stores it under its SHA-256: YAML with sorted keys, defaults written
 * out, `after` sorted, the schedule normalised; no comments, nothing of the file's place. Reading
 * it back gives the same text. In the arena. */
const char *job_definition_canonical(const struct job_definition *definition, struct arena *arena);

/* The JSON Schema of job files, as shipped in config/schema/. In the arena. */
const char *job_schema_json(struct arena *arena);

#endif
