/* What most commands begin with: configuration, job definitions, the database at the right schema,
 * the engine. */
#ifndef BILLMILL_CLI_SESSION_H
#define BILLMILL_CLI_SESSION_H

#include "core/cli/cli.h"
#include "core/engine/engine.h"
#include "core/setup/check.h"
#include "jobs/environment.h"

struct session {
    struct cli *cli;
    struct arena *arena;
    struct setup setup;
    struct database_location location;
    const char *migrations; /* the directory of this engine's migrations */
    const char *command;    /* what the database's owner is said to do */
    int32_t workers;        /* processes that a launch works with */
    struct db *db;
    int64_t schema; /* the migration that it is at; 0 before it is known */
    struct job_environment environment;
    struct engine engine;
    struct run_definition *definitions; /* of setup.jobs, in their order */
    size_t definition_count;
};

enum session_database {
    SESSION_NO_DATABASE, /* configuration only */
    SESSION_READ,
    SESSION_WRITE,
    SESSION_MIGRATE, /* to write; the schema is not checked */
    SESSION_CREATE   /* the same, and makes the file */
};

/* Opens it all; a configuration with mistakes is EXIT_CONFIG with the first of them. Close with
 * session_close, also after a failure. */
MUST_CHECK bool session_open(struct cli *cli, enum session_database database, const char *command,
                             struct session *ret_session, struct error *err);
void session_close(struct session *session); /* fits CLEANUP; accepts a half-open one */

/* Several processes: a connection serves the one that opened it. The parent disconnects before it
 * forks; parent and children connect anew, each as a worker of its own. Where the database does not
 * answer the session stays disconnected, so whoever goes on after a launch connects first: of no
 * effect when it is connected. */
void session_disconnect(struct session *session);
MUST_CHECK bool session_connect(struct session *session, struct error *err);

/* The text of --workers, NULL: not given, the configuration's; EXIT_USAGE for a number that is
 * none. */
#define SESSION_WORKERS_HELP                                                                       \
    "  --workers N         N processes share the run (PostgreSQL) or print PDFs (SQLite)\n"
MUST_CHECK bool session_set_workers(struct session *session, const char *workers,
                                    struct error *err);

/* The jobs that setup may name. */
const struct known_job *session_known_jobs(struct arena *arena, size_t *ret_count);

/* The definition of that name; EXIT_USAGE with the names that there are. */
MUST_CHECK bool session_definition(const struct session *session, const char *name,
                                   const struct run_definition **ret_definition, struct error *err);

/* What becomes of usage that came late, by `rules: late_usage`: ends a sentence. */
const char *session_late_usage(const struct session *session);

/* The tenant's id by its key; EXIT_USAGE when there is none. */
MUST_CHECK bool session_tenant(struct session *session, const char *tenant, int64_t *ret_tenant_id,
                               struct error *err);

#endif
