/* Instances (one for each job, business key and generation) and executions (one row for each try,
 * never overwritten once it has ended). */
#ifndef BILLMILL_ENGINE_INSTANCE_H
#define BILLMILL_ENGINE_INSTANCE_H

#include "core/engine/engine.h"
#include "core/storage/rows.h"

struct instance {
    int64_t instance_id;
    const char *job;
    const char *business_key;
    int64_t generation;
    struct date business_date;
    const char *definition_digest;
    int64_t parent_instance_id; /* DB_I64_NONE: none */
    const char *state;
    int64_t plan_passes;
    int64_t partition_count;
    const char *reason;
    const char *pass_from; /* a further pass is under way since this step; NULL: none */
};

/* Of every statement that reads INSTANCE_COLUMNS. */
#define INSTANCE_FIELD_COUNT 12
extern const struct row_field instance_fields[INSTANCE_FIELD_COUNT];

bool instance_is_finished(const struct instance *instance); /* completed, with or without parked */

/* The business key as people write it and the date it means: "2026-10" closes on 2026-10-31. */
MUST_CHECK bool business_key_parse(enum job_key key, const char *text, struct date *ret_date,
                                   struct error *err);

/* What the text is, of a job with this kind of key: in a pipeline of days a day, whatever the key
 * of its steps. */
enum job_key business_key_kind(enum job_key key, const char *text);

/* The newest generation; *ret_found false when this was never run. Texts in the arena. */
MUST_CHECK bool instance_find(struct db *db, const char *job, const char *business_key,
                              struct arena *arena, struct instance *ret_instance, bool *ret_found,
                              struct error *err);
MUST_CHECK bool instance_load(struct db *db, int64_t instance_id, struct arena *arena,
                              struct instance *ret_instance, struct error *err);

/* Instances that are neither finished nor superseded, oldest business date first; steps of a
 * pipeline are left to their pipeline. In the arena. */
MUST_CHECK bool instance_load_unfinished(struct db *db, struct arena *arena,
                                         struct instance **ret_instances, size_t *ret_count,
                                         struct error *err);

/* Adds generation `generation` in state ready, with its definition; what it supersedes changes its
 * state in the same transaction. */
struct instance_request {
    const struct run_definition *definition;
    const char *business_key;
    struct date business_date;
    int64_t generation;
    int64_t parent_instance_id; /* DB_I64_NONE: none */
    const char *reason;         /* NULL: none */
    int64_t supersedes_id;      /* the generation before, finished; DB_I64_NONE: none */
};
MUST_CHECK bool instance_add(const struct engine *engine, const struct instance_request *request,
                             struct arena *arena, struct instance *ret_instance, struct error *err);

/* The SHA-256 of a definition's text, in hexadecimal. */
void definition_digest(const struct run_definition *definition, char ret_hex[SHA256_HEX_SIZE]);

struct execution {
    int64_t execution_id;
    int64_t instance_id;
    int64_t attempt;
    int64_t held;    /* effects that wait for a person when it ends */
    int64_t opening; /* of the instance: whoever began before it was opened again does not end it */
};

/* One transaction: the instance becomes running, executions that died become crashed, this one is
 * added. *ret_started false: another worker has finished the instance meanwhile, and unless it is
 * to be opened again (`reopen`) there is nothing to start. */
struct execution_request {
    const struct run_definition *definition;
    const char *started_by;
    const char *reason; /* NULL: none */
    bool reopen;
};
MUST_CHECK bool execution_start(const struct engine *engine, const struct instance *instance,
                                const struct execution_request *request,
                                struct execution *ret_execution, bool *ret_started,
                                struct error *err);

/* One transaction: execution and instance end. The state of the instance follows from its
 * partitions and parked items, or from the failure (NULL: none). *ret_exit_code is what the process
 * should say; items counts what this execution did. ends_pass: no further pass is under way any
 * more, unless it failed. */
struct execution_result {
    enum exit_code exit_code;
    int64_t items_done, items_parked, rows_written, chunks;
    int64_t parked_open; /* of the whole instance; effects that are held are among them */
    int64_t held;
};
MUST_CHECK bool execution_end(const struct engine *engine, const struct execution *execution,
                              const struct error *failure, bool ends_pass,
                              struct execution_result *ret_result, struct error *err);

/* The same for a pipeline, whose counts are those of its steps: `sums` in and out. */
MUST_CHECK bool execution_end_pipeline(const struct engine *engine,
                                       const struct execution *execution,
                                       const struct error *failure, struct execution_result *sums,
                                       struct error *err);

#endif
