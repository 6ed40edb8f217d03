/* A file that is read again, because the server went away, on PostgreSQL; skipped without
 * BILLMILL_TEST_POSTGRES. In each test the other import comes in between. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/storage/db_postgres.h"
#include "core/storage/migrate.h"
#include "core/stores/import_files.h"
#include "tests/core/storage/storage_support.h"

#define TEXT_SIZE 2000

static const char catalog[] =
    "{\"record\":\"tenant\",\"tenant\":\"demo\",\"legal_name\":\"Demo GmbH\",\"country\":\"DE\","
    "\"currency\":\"EUR\",\"timezone\":\"Europe/Berlin\"}\n"
    "{\"record\":\"meter\",\"tenant\":\"demo\",\"meter\":\"calls\",\"aggregation\":\"sum\"}\n"
    "{\"record\":\"plan\",\"tenant\":\"demo\",\"plan\":\"pro\",\"name\":\"Pro\","
    "\"interval\":\"month\"}\n"
    "{\"record\":\"customer\",\"tenant\":\"demo\",\"customer\":\"c1\",\"name\":\"One\"}\n"
    "{\"record\":\"subscription\",\"tenant\":\"demo\",\"subscription\":\"s1\",\"customer\":\"c1\","
    "\"plan\":\"pro\",\"start\":\"2026-10-01\"}\n";

#define HEADER "tenant,meter,key,subscription,value,at\n"
#define K1 "demo,calls,k1,s1,3,2026-10-02T10:00:00Z\n"
#define K2 "demo,calls,k2,s1,3,2026-10-02T10:00:00Z\n"
#define K2_WRONG "demo,calls,k2,s1,x,2026-10-02T10:00:00Z\n"
#define K3 "demo,calls,k3,s1,3,2026-10-03T10:00:00Z\n"

struct again_case {
    const char *name, *file;
    const char *between; /* imported by somebody else between the first try and the second */
    int64_t added, duplicates, bad;
    const char *told; /* line numbers, in order */
    const char *kept;
};

static const struct again_case again_cases[] = {
    {"nothing is wrong",                             HEADER K1 K2 K3,       "",                                                 3, 0, 0, "",  ""                },
    {"the same came in between",                     HEADER K1 K2 K3,       HEADER K2,                                          2, 1, 0, "",  ""                },
    {"what was told is not told again",              HEADER K1 K2_WRONG K3, "",                                                 2, 0, 1, "3", HEADER K2_WRONG   },
    {"other content came in between",                HEADER K1 K2 K3,
     HEADER "demo,calls,k2,s1,4,2026-10-02T10:00:00Z\n",                                                                        2, 0, 1, "3", HEADER K2         },
    {"the key came in between, for another instant", HEADER K1 K2 K3,
     HEADER "demo,calls,k3,s1,3,2026-10-02T10:00:00Z\n",                                                                        2, 0, 1, "4", HEADER K3         },
    {"both",                                         HEADER K1 K2_WRONG K3, HEADER "demo,calls,k1,s1,4,2026-10-02T10:00:00Z\n", 1, 0, 2,
     "3 2",                                                                                                                                   HEADER K2_WRONG K1},
};

struct world {
    const struct again_case *row;
    const char *directory, *location;
    struct db *db;
    int64_t ends; /* how often all of the file was read */
    char told[TEXT_SIZE];
};

static void import_text(struct db *db, const char *path, const char *text)
{
    struct error err = {0};
    struct import_report report;
    storage_write_file(path, text);
    STORAGE_OK(import_files(db, &path, 1, &(struct import_options){0}, &report, &err));
}

static void keep_line(void *context, const struct error *problem)
{
    struct world *world = context;
    size_t length = strlen(world->told);
    const char *line = strchr(problem->message, ':');
    ck_assert_msg(line != NULL, "%s", problem->message);
    (void)snprintf(world->told + length, TEXT_SIZE - length, "%s%lld", length == 0 ? "" : " ",
                   strtoll(line + 1, NULL, 10));
}

/* When all of the file is written the server ends the connection: the COMMIT does not get through.
 */
static bool end_connection(void *context, const struct import_progress *progress)
{
    struct world *world = context;
    char sql[80];
    if (progress->records == 0 || world->ends++ > 0)
        return true;
    (void)snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)",
                   PQbackendPID(pg_of(world->db)->conn));
    storage_postgres_execute(sql);
    if (world->row->between[0] == '\0')
        return true;
    struct db *other = storage_open_ok(world->location, DB_WRITE);
    import_text(other, storage_path(world->directory, "usage-between.csv"), world->row->between);
    db_close(&other);
    return true;
}

static void begin(struct world *world, const struct again_case *row)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("test", 1 << 20);
    struct migration_status status;
    struct error err = {0};
    *world = (struct world){
        .row = row, .directory = storage_directory(), .location = storage_postgres_location()};
    world->db = storage_open_ok(world->location, DB_WRITE);
    STORAGE_OK(migrate_up(world->db, MIGRATIONS_POSTGRES, NULL, arena, &status, &err));
    import_text(world->db, storage_path(world->directory, "catalog.jsonl"), catalog);
}

static void read_file(const char *path, char text[TEXT_SIZE])
{
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, TEXT_SIZE - 1, file)] = '\0';
    (void)fclose(file);
}

START_TEST(reads_again)
{
    const struct again_case *row = &again_cases[_i];
    struct world world;
    struct error err = {0};
    struct import_report report;
    char kept[TEXT_SIZE];
    begin(&world, row);
    const char *path = storage_path(world.directory, "usage.csv");
    struct import_options options = {.skip_bad_path = storage_path(world.directory, "bad"),
                                     .context = &world,
                                     .on_bad = keep_line,
                                     .on_progress = end_connection};
    const struct import_counts *usage = &report.kinds[RECORD_USAGE];
    storage_write_file(path, row->file);
    ck_assert_msg(import_files(world.db, &path, 1, &options, &report, &err), "%s: %s", row->name,
                  err.message);
    ck_assert_msg(world.ends == 2, "%s: read %" PRId64 " times", row->name, world.ends);
    ck_assert_msg(usage->added == row->added && usage->duplicates == row->duplicates &&
                      usage->bad == row->bad,
                  "%s: %" PRId64 " new, %" PRId64 " duplicate, %" PRId64 " bad", row->name,
                  usage->added, usage->duplicates, usage->bad);
    ck_assert_msg(report.records == 3 && report.files_loaded == 1 &&
                      report.bytes == (int64_t)strlen(row->file),
                  "%s: %" PRId64 " records, %" PRId64 " bytes", row->name, report.records,
                  report.bytes);
    ck_assert_msg(strcmp(world.told, row->told) == 0, "%s: told '%s'", row->name, world.told);
    read_file(options.skip_bad_path, kept);
    ck_assert_msg(strcmp(kept, row->kept) == 0, "%s: kept '%s'", row->name, kept);
    db_close(&world.db);
}
END_TEST

TEST_SUITE(import_again)
{
    if (storage_postgres_tests(tcase))
        TEST_TABLE(reads_again, again_cases);
}
