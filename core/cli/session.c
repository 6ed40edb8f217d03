/* Opening a session: see session.h. */
#define _GNU_SOURCE /* secure_getenv */
#include "core/cli/session.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/cli/signals.h"
#include "core/storage/migrate.h"
#include "core/stores/billing_catalog.h"
#include "jobs/jobs.h"

#define CHUNK_MEMORY_CAP ((size_t)512 << 20)

/* ---------------------------------------------------------------- places */

static bool is_directory(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* Beside the program (a checkout or an unpacked archive), else where `make install` put them. */
static const char *find_migrations(enum database_kind kind, struct arena *arena)
{
    static const char *const beside[] = {"../migrations", "../../migrations",
                                         "../share/billmill/migrations"};
    const char *engine = kind == DATABASE_POSTGRES ? "postgres" : "sqlite";
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        *strrchr(program, '/') = '\0';
        for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
            const char *path = arena_printf(arena, "%s/%s/%s", program, beside[i], engine);
            if (is_directory(path))
                return path;
        }
    }
    return arena_printf(arena, BILLMILL_PREFIX "/share/billmill/migrations/%s", engine);
}

static const char *actor_name(struct arena *arena)
{
    const char *unit = getenv("BILLMILL_ACTOR");
    if (!text_is_empty(unit))
        return arena_copy(arena, unit);
    const struct passwd *user = getpwuid(getuid());
    return user != NULL ? arena_copy(arena, user->pw_name)
                        : arena_printf(arena, "uid %ld", (long)getuid());
}

/* ---------------------------------------------------------------- configuration */

static enum business_key setup_key(enum job_key key)
{
    switch (key) {
    case JOB_KEY_PERIOD:
        return BUSINESS_KEY_PERIOD;
    case JOB_KEY_DATE:
        return BUSINESS_KEY_DATE;
    case JOB_KEY_NONE:
        return BUSINESS_KEY_NONE;
    }
    return BUSINESS_KEY_NONE;
}

static enum job_key engine_key(enum business_key key)
{
    switch (key) {
    case BUSINESS_KEY_PERIOD:
        return JOB_KEY_PERIOD;
    case BUSINESS_KEY_DATE:
        return JOB_KEY_DATE;
    case BUSINESS_KEY_NONE:
        return JOB_KEY_NONE;
    }
    return JOB_KEY_NONE;
}

const struct known_job *session_known_jobs(struct arena *arena, size_t *ret_count)
{
    struct known_job *known = ARENA_NEW_ARRAY(arena, struct known_job, all_job_count);
    for (size_t i = 0; i < all_job_count; i++)
        known[i] =
            (struct known_job){.name = all_jobs[i]->name, .key = setup_key(all_jobs[i]->key)};
    *ret_count = all_job_count;
    return known;
}

static bool read_setup(struct session *session, bool writes_documents, struct error *err)
{
    struct problem_list problems = {.arena = session->arena};
    size_t known_count = 0;
    const struct known_job *known = session_known_jobs(session->arena, &known_count);
    const char *path = NULL;
    if (!settings_find(session->cli->config, settings_places, SETTINGS_PLACE_COUNT, &path, err))
        return false;
    setup_check(path, session->cli->database, secure_getenv, known, known_count, writes_documents,
                session->arena, &problems, &session->setup);
    if (!problem_list_ok(&problems, err))
        return false;
    log_set_level(session->setup.settings.log_level);
    return settings_database(&session->setup.settings, session->cli->database, secure_getenv,
                             session->arena, &session->location, err);
}

static const struct job *find_job(const char *name)
{
    for (size_t i = 0; i < all_job_count; i++)
        if (text_equal(all_jobs[i]->name, name))
            return all_jobs[i];
    return NULL;
}

static const struct run_definition *find_definition(const struct session *session, const char *name)
{
    for (size_t i = 0; i < session->definition_count; i++)
        if (text_equal(session->definitions[i].name, name))
            return &session->definitions[i];
    return NULL;
}

static const struct run_definition **resolve(const struct session *session,
                                             const struct setting_texts *names)
{
    const struct run_definition **found =
        ARENA_NEW_ARRAY(session->arena, const struct run_definition *, names->count + 1);
    for (size_t i = 0; i < names->count; i++)
        found[i] = find_definition(session, names->items[i].text);
    return found;
}

/* What setup has read, as the engine takes it. Names are known to exist: setup checked the graph.
 */
static void make_definitions(struct session *session)
{
    const struct job_definitions *jobs = &session->setup.jobs;
    session->definition_count = jobs->count;
    session->definitions = ARENA_NEW_ARRAY(session->arena, struct run_definition, jobs->count + 1);
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job_definition *job = &jobs->items[i];
        session->definitions[i] = (struct run_definition){
            .name = job->name.text,
            .job = job->job.text == NULL ? NULL : find_job(job->job.text),
            .key = engine_key(job->key),
            .text = job_definition_canonical(job, session->arena),
            .chunk_size = job->chunk_size,
            .partitions = job->partitions,
            .calls = job->calls,
            .wait_s = job->wait_s,
            .lease_s = job->lease_s,
            .max_parked = job->max_parked,
            .max_parked_percent = job->max_parked_percent,
        };
    }
    for (size_t i = 0; i < jobs->count; i++) {
        session->definitions[i].steps = resolve(session, &jobs->items[i].steps);
        session->definitions[i].step_count = jobs->items[i].steps.count;
        session->definitions[i].after = resolve(session, &jobs->items[i].after);
        session->definitions[i].after_count = jobs->items[i].after.count;
    }
}

/* ---------------------------------------------------------------- database and engine */

static bool open_database(struct session *session, enum session_database database,
                          struct error *err)
{
    struct migration_status status;
    struct db_options options = {
        .location = session->location.text,
        .mode = database == SESSION_READ ? DB_READ : DB_WRITE,
        .create = database == SESSION_CREATE,
        .command = session->command,
    };
    if (!db_open(&options, &session->db, err))
        return false;
    /* Looked at before, by this process or the one that it was forked from: whoever begins an
     * execution asks the number of it again (check_schema in instance.c). */
    bool is_known = session->schema != 0;
    if (database == SESSION_CREATE || database == SESSION_MIGRATE || is_known)
        return true;
    if (!migrate_check(session->db, session->migrations, session->arena, &status, err))
        return false;
    session->schema = status.current;
    return true;
}

static void prepare_engine(struct session *session)
{
    const struct settings *settings = &session->setup.settings;
    session->environment = (struct job_environment){
        .settings = settings,
        .declines = &session->setup.declines,
        .layout_path =
            arena_printf(session->arena, "%s/invoice/%s.layout",
                         settings->directories.templates.text, settings->invoice_layout.text),
    };
    session->engine = (struct engine){
        .db = session->db,
        .environment = &session->environment,
        .actor = actor_name(session->arena),
        .program = "billmill " BILLMILL_VERSION,
        .schema = session->schema,
        .stop_signal = signals_received(),
        .memory_cap_bytes = CHUNK_MEMORY_CAP,
    };
    session->workers = settings->workers;
    engine_identify(&session->engine);
}

void session_disconnect(struct session *session)
{
    db_close(&session->db);
    session->engine.db = NULL;
}

bool session_connect(struct session *session, struct error *err)
{
    if (session->db != NULL)
        return true;
    if (!open_database(session, SESSION_WRITE, err)) {
        session_disconnect(session); /* it may be open, with a schema that is not ours */
        return false;
    }
    session->engine.db = session->db;
    engine_identify(&session->engine);
    return true;
}

bool session_set_workers(struct session *session, const char *workers, struct error *err)
{
    int64_t number = 0;
    if (workers == NULL)
        return true;
    if (!text_parse_i64(workers, &number) || number < 1 || number > SETTINGS_WORKERS_MAX) {
        (void)error_run(err, EXIT_USAGE, "--workers '%s' is not a number from 1 to %d", workers,
                        SETTINGS_WORKERS_MAX);
        return error_hint(err, "as many as this host has cores is a good choice");
    }
    session->workers = (int32_t)number;
    return true;
}

bool session_open(struct cli *cli, enum session_database database, const char *command,
                  struct session *ret_session, struct error *err)
{
    struct session *session = ret_session;
    *session = (struct session){.cli = cli, .arena = cli->arena, .command = command};
    if (!read_setup(session, database != SESSION_READ, err))
        return false;
    make_definitions(session);
    session->migrations = find_migrations(session->location.kind, session->arena);
    if (database != SESSION_NO_DATABASE && !open_database(session, database, err))
        return false;
    prepare_engine(session);
    return true;
}

void session_close(struct session *session)
{
    db_close(&session->db);
}

bool session_definition(const struct session *session, const char *name,
                        const struct run_definition **ret_definition, struct error *err)
{
    const char *names = "";
    *ret_definition = find_definition(session, name);
    if (*ret_definition != NULL)
        return true;
    for (size_t i = 0; i < session->definition_count; i++)
        names = arena_printf(session->arena, "%s%s%s", names, i > 0 ? ", " : "",
                             session->definitions[i].name);
    (void)error_run(err, EXIT_USAGE, "there is no job '%s'", name);
    return error_hint(err, "the jobs in %s: %s", session->setup.settings.directories.jobs.text,
                      names);
}

const char *session_late_usage(const struct session *session)
{
    switch (session->setup.settings.rules.late_usage) {
    case LATE_USAGE_NEXT_PERIOD:
        return "the next run bills what belongs to a billing period";
    case LATE_USAGE_PARK:
        return "the next run parks what belongs to a billing period, for a person to bill it "
               "(`billmill parked retry`) or to give it up";
    case LATE_USAGE_REOPEN_DRAFT:
        return "the next run makes the draft of its billing period again, or bills it by itself";
    }
    return "";
}

bool session_tenant(struct session *session, const char *tenant, int64_t *ret_tenant_id,
                    struct error *err)
{
    bool found = false;
    if (!db_query_i64(session->db, STMT_TENANT_ID, DB_ARGS(db_text(tenant)), ret_tenant_id, &found,
                      err))
        return false;
    if (!found)
        return error_run(err, EXIT_USAGE, "there is no tenant '%s'", tenant);
    return true;
}
