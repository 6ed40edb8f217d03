/* Who is at work, by what the database and this host know of them, and asking them to stop. */
#include <inttypes.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/engine/worker_list.h"
#include "tests/core/engine/engine_support.h"
#include "tests/support/suite.h"

#define NO_PARTITION 0

static const struct worker_case {
    const char *name;
    const char *host; /* NULL: this one */
    bool gone;        /* its process has ended … */
    int64_t seen_s_ago;
    int64_t partition_no; /* NO_PARTITION: it holds none */
    int64_t lease_left_s;
    bool asked;
    enum worker_state expect;
    bool alive;
    bool reused; /* … and this one has its number */
} worker_cases[] = {
    {"works here",                      NULL,    false, 9,   1,            30,  false, WORKER_WORKING,  true,  false},
    {"works elsewhere",                 "other", false, 900, 1,            30,  false, WORKER_WORKING,  true,  false},
    {"its lease is over, but it lives", NULL,    false, 900, 1,            -30, false, WORKER_WORKING,  true,
     false                                                                                                          },
    {"waits here",                      NULL,    false, 900, NO_PARTITION, 0,   false, WORKER_WAITING,  true,  false},
    {"has just begun elsewhere",        "other", false, 1,   NO_PARTITION, 0,   false, WORKER_WAITING,  true,
     false                                                                                                          },
    {"waits elsewhere, as it says",     "other", false, 20,  NO_PARTITION, 0,   false, WORKER_WAITING,
     true,                                                                                                     false},
    {"was asked to stop",               NULL,    false, 9,   1,            30,  true,  WORKER_STOPPING, true,  false},
    {"was asked elsewhere",             "other", false, 9,   1,            30,  true,  WORKER_STOPPING, true,  false},
    {"its number is another's by now",  NULL,    true,  9,   1,            30,  false, WORKER_GONE,     false, true },
    {"is silent",                       "other", false, 900, 1,            -30, false, WORKER_SILENT,   false, false},
    {"is silent and holds nothing",     "other", false, 900, NO_PARTITION, 0,   true,  WORKER_SILENT,
     false,                                                                                                    false},
    {"was killed here",                 NULL,    true,  9,   1,            30,  false, WORKER_GONE,     false, false},
};

static pid_t ended_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    return pid;
}

/* Turns what the run has left into the rows of one worker at work. */
static void pretend(struct bench *bench, const struct worker_case *c)
{
    struct error err = {0};
    int64_t now_us = 0;
    const char *host = c->host == NULL ? bench->engine.host : c->host;
    int64_t pid = c->gone && !c->reused ? ended_process() : getpid();
    int64_t started = bench->engine.pid_started - c->reused;
    STORAGE_OK(db_now_us(bench->db, &now_us, &err));
    storage_sql(bench->db,
                arena_printf(bench->arena,
                             "UPDATE job_execution SET state = 'running', host = '%s', pid = %lld,"
                             " pid_started = %lld, started_at_us = 1, seen_at_us = %lld,"
                             " stop_asked_at_us = %s",
                             host, (long long)pid, (long long)started,
                             (long long)(now_us - c->seen_s_ago * 1000000),
                             c->asked ? "1" : "NULL"));
    storage_sql(bench->db,
                arena_printf(bench->arena,
                             "UPDATE job_partition SET state = '%s', owner = '%s/%s/%lld/%lld/abc',"
                             " lease_until_us = %" PRId64,
                             c->partition_no == NO_PARTITION ? "done" : "running", host,
                             bench->engine.boot_id, (long long)pid, (long long)started,
                             now_us + c->lease_left_s * 1000000));
}

START_TEST(knows_who_works)
{
    const struct worker_case *c = &worker_cases[_i];
    struct bench *bench = bench_create();
    struct error err = {0};
    struct worker_row *rows = NULL;
    size_t count = 0;
    bench_items(bench, 3);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    STORAGE_OK(worker_list_load(&bench->engine, bench->arena, &rows, &count, &err));
    ck_assert_msg(count == 0, "%s: nobody works yet", c->name);
    pretend(bench, c);
    STORAGE_OK(worker_list_load(&bench->engine, bench->arena, &rows, &count, &err));
    ck_assert_msg(count == 1, "%s: %zu workers", c->name, count);
    ck_assert_msg(rows[0].state == c->expect, "%s: %s", c->name, worker_state_name(rows[0].state));
    ck_assert_msg(worker_is_alive(&rows[0]) == c->alive, "%s: alive", c->name);
    ck_assert_msg(strcmp(rows[0].job, "tally") == 0, "%s: %s", c->name, rows[0].job);
    ck_assert_msg((rows[0].partition_no == DB_I64_NONE) == (c->partition_no == NO_PARTITION),
                  "%s: partition", c->name);
    ck_assert_msg((rows[0].lease_left_ms == DB_I64_NONE) == (c->partition_no == NO_PARTITION),
                  "%s: lease", c->name);
    bench_destroy(bench);
}
END_TEST

/* A pipeline's process has an execution of its own and one of its step: one line, the step. */
START_TEST(names_a_process_once)
{
    struct bench *bench = bench_create();
    struct error err = {0};
    struct worker_row *rows = NULL;
    size_t count = 0;
    bench_items(bench, 3);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    storage_sql(bench->db,
                "UPDATE job_execution SET state = 'running' WHERE execution_id IN (1, 2)");
    STORAGE_OK(worker_list_load(&bench->engine, bench->arena, &rows, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(rows[0].job, "tally");
    ck_assert_int_eq(rows[0].execution_id, 2);
    bench_destroy(bench);
}
END_TEST

START_TEST(asks_all_but_the_gone)
{
    struct bench *bench = bench_create();
    struct error err = {0};
    struct worker_row *asked = NULL;
    size_t count = 0;
    bench_items(bench, 3);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    STORAGE_OK(worker_list_stop(&bench->engine, "why", bench->arena, &asked, &count, &err));
    ck_assert_uint_eq(count, 0);
    BENCH_TEXT(bench, "SELECT count(*) FROM audit_log", "0"); /* nobody was asked */
    storage_sql(bench->db, "UPDATE job_execution SET state = 'running' WHERE execution_id < 3");
    STORAGE_OK(worker_list_stop(&bench->engine, "why", bench->arena, &asked, &count, &err));
    ck_assert_uint_eq(count, 1);
    BENCH_TEXT(
        bench,
        "SELECT execution_id, stop_asked_by, stop_reason FROM job_execution"
        " WHERE stop_asked_at_us > 0",
        arena_printf(bench->arena, "1|%s|why;2|%s|why", bench->engine.actor, bench->engine.actor));
    BENCH_TEXT(bench, "SELECT action, reason FROM audit_log", "stop|why");
    struct worker_case gone = {.gone = true, .partition_no = 1, .lease_left_s = 9};
    pretend(bench, &gone);
    STORAGE_OK(worker_list_stop(&bench->engine, "", bench->arena, &asked, &count, &err));
    ck_assert_uint_eq(count, 0);
    bench_destroy(bench);
}
END_TEST

TEST_SUITE(worker_list)
{
    TEST_TABLE(knows_who_works, worker_cases);
    TEST_ONE(names_a_process_once);
    TEST_ONE(asks_all_but_the_gone);
}
