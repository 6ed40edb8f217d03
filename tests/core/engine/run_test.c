/* One job: chunks, parking, failing, stopping, taking over, limits. The numbers in comments are the
 * invariants of run.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/engine/liveness.h"
#include "core/engine/process.h"
#include "tests/core/engine/engine_support.h"

static const char *const chunks_sql = "SELECT partition_no, chunk_no, first_key, last_key, "
                                      "items_done, items_parked, rows_written FROM"
                                      " job_chunk ORDER BY instance_id, partition_no, chunk_no";

/* What an undisturbed run of the same items gives. */
static const char *undisturbed(int items, struct arena *arena)
{
    struct bench *bench = bench_create();
    bench_items(bench, items);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    const char *dump = arena_copy(arena, bench_dump(bench));
    bench_destroy(bench);
    return dump;
}

START_TEST(runs_in_chunks_with_totals)
{
    struct bench *bench = bench_create();
    bench_items(bench, 10);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, chunks_sql, "1|1|1|3|3|0|3;1|2|4|6|3|0|3;1|3|7|9|3|0|3;1|4|10|10|1|0|1");
    BENCH_TEXT(
        bench,
        "SELECT chunk_no, currency, amount_count, amount_minor FROM job_chunk_total ORDER BY 1",
        "1|EUR|3|606;2|EUR|3|1515;3|EUR|3|2424;4|EUR|1|1010");
    BENCH_TEXT(bench,
               "SELECT state, lo_key, hi_key, cursor_key, items_planned, items_done, rows_written,"
               " chunk_no, epoch FROM job_partition",
               "done|0|10|10|10|10|10|4|1");
    BENCH_TEXT(bench,
               "SELECT attempt, state, exit_code, items_done, items_parked, rows_written, chunks,"
               " actor FROM job_execution",
               "1|completed|0|10|0|10|4|a test");
    ck_assert_int_eq(bench->result.execution.items_done, 10);
    ck_assert_int_eq(bench->environment.publications, 4);
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM tally_row"), 10);
    bench_destroy(bench);
}
END_TEST

START_TEST(runs_nothing_when_nothing_is_due)
{
    struct bench *bench = bench_create();
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM job_partition"), 0);
    BENCH_TEXT(bench, "SELECT state, plan_passes FROM job_instance", "completed|1");
    bench_destroy(bench);
}
END_TEST

/* 5. What comes after the plan is not of this run, even when the run goes on much later. */
START_TEST(freezes_the_plan)
{
    struct bench *bench = bench_create();
    bench_items(bench, 8);
    bench_mode(bench, 5, "broken");
    bench->tally.partitions = 3;
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    const char *plan = bench_text(
        bench, "SELECT partition_no, lo_key, hi_key, items_planned, plan_pass FROM job_partition");
    ck_assert_str_eq(plan, "1|0|2|2|1;2|2|5|3|1;3|5|8|3|1");
    storage_sql(
        bench->db,
        "INSERT INTO tally_item VALUES (1, 9, 'item 9', 5, 'ok'), (2, 1, 'item 1', 5, 'ok')");
    bench_mode(bench, 5, "ok");
    bench->tally.partitions = 7;
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    BENCH_TEXT(bench,
               "SELECT partition_no, lo_key, hi_key, items_planned, plan_pass FROM job_partition",
               plan);
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM tally_row"), 8);
    bench_destroy(bench);
}
END_TEST

/* 7. */
START_TEST(parks_an_item_that_fails)
{
    struct bench *bench = bench_create();
    bench_items(bench, 7);
    bench_mode(bench, 2, "fail");
    bench_mode(bench, 7, "fail");
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT item, part FROM tally_row ORDER BY 1, 2", "1|1;3|1;4|1;5|1;6|1");
    BENCH_TEXT(
        bench,
        "SELECT tenant_id, item, item_key, code, reason, hint, currency, amount_minor, state,"
        " attempts FROM parked_item",
        "1|item 2|2|tally_fail|item 2 is not to be counted|change its mode|EUR|202|parked|1;"
        "1|item 7|7|tally_fail|item 7 is not to be counted|change its mode|EUR|707|parked|1");
    BENCH_TEXT(bench, chunks_sql, "1|1|1|3|2|1|2;1|2|4|6|3|0|3;1|3|7|7|0|1|0");
    BENCH_TEXT(bench, "SELECT sum(amount_count), sum(amount_minor) FROM job_chunk_total", "5|1919");
    BENCH_TEXT(bench, "SELECT state FROM job_instance", "completed_with_parked");
    bench_destroy(bench);
}
END_TEST

static const struct refusal_case {
    const char *name, *mode, *code;
} refusal_cases[] = {
    {"a constraint",              "refused",  "database_refused"},
    {"other content under a key", "conflict", "conflict"        },
};

/* 7. What the database refuses is traced to its item, wherever it is in its chunk. */
START_TEST(parks_what_the_database_refuses)
{
    const struct refusal_case *c = &refusal_cases[_i];
    for (int item = 1; item <= 7; item += 2) {
        struct bench *bench = bench_create();
        bench_items(bench, 7);
        bench_mode(bench, item, c->mode);
        storage_sql(bench->db,
                    arena_printf(bench->arena,
                                 "INSERT INTO tally_row VALUES (1, %d, 7, -1, 'other', 1)", item));
        BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
        const char *expected = arena_printf(bench->arena, "item %d|%s|parked", item, c->code);
        const char *got = bench_text(bench, "SELECT item, code, state FROM parked_item");
        ck_assert_msg(text_equal(got, expected), "%s: %s", c->name, got);
        ck_assert_msg(bench_number(bench, "SELECT count(*) FROM tally_row WHERE part = 1") == 6,
                      "%s: the others are done", c->name);
        ck_assert_msg(bench_number(bench, "SELECT sum(amount_minor) FROM job_chunk_total") ==
                          2828 - 101 * item,
                      "%s: totals are of the others", c->name);
        bench_destroy(bench);
    }
}
END_TEST

/* Several in one chunk, one after the other. */
START_TEST(parks_all_that_the_database_refuses)
{
    struct bench *bench = bench_create();
    bench_items(bench, 9);
    storage_sql(bench->db, "UPDATE tally_item SET mode = 'refused' WHERE id IN (4, 5, 6, 9)");
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT group_concat(item_key) FROM parked_item", "4,5,6,9");
    BENCH_TEXT(bench, "SELECT group_concat(item) FROM tally_row", "1,2,3,7,8");
    bench_destroy(bench);
}
END_TEST

/* 7. Keys are the same in two tenants; what is refused is not. */
START_TEST(parks_the_refused_item_of_its_tenant_only)
{
    struct bench *bench = bench_create();
    bench_items(bench, 3);
    storage_sql(
        bench->db,
        "INSERT INTO tally_item SELECT 2, id, 'other ' || id, amount, mode FROM tally_item");
    storage_sql(bench->db, "UPDATE tally_item SET mode = 'refused' WHERE tenant_id = 1 AND id = 2");
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT tenant_id, item FROM parked_item", "1|item 2");
    BENCH_TEXT(bench, "SELECT tenant_id, item FROM tally_row ORDER BY 1, 2", "1|1;1|3;2|1;2|2;2|3");
    bench_destroy(bench);
}
END_TEST

START_TEST(fails_and_resumes_at_the_cursor)
{
    struct bench *bench = bench_create();
    bench_items(bench, 10);
    const char *expected = undisturbed(10, bench->arena);
    bench_mode(bench, 8, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_msg(strstr(bench->failure.message, "item 8: the disk makes noises") != NULL, "%s",
                  bench->failure.message);
    BENCH_TEXT(bench, "SELECT state, cursor_key, chunk_no, epoch FROM job_partition",
               "ready|6|2|1");
    BENCH_TEXT(bench,
               "SELECT i.state, e.state, exit_code, chunks, error_text LIKE '%item 8%' FROM"
               " job_execution e JOIN job_instance i USING (instance_id)",
               "failed|failed|74|2|1");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    bench_mode(bench, 8, "ok");
    bench_reopen(bench);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    ck_assert_str_eq(bench_dump(bench), expected);
    BENCH_TEXT(bench, "SELECT attempt, state, chunks FROM job_execution",
               "1|failed|2;2|failed|0;3|completed|2");
    BENCH_TEXT(bench, "SELECT chunk_no, epoch FROM job_chunk", "1|1;2|1;3|3;4|3");
    bench_destroy(bench);
}
END_TEST

START_TEST(tries_again_what_is_temporary)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    bench_mode(bench, 4, "retry");
    bench->environment.retries = 3;
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, chunks_sql, "1|1|1|3|3|0|3;1|2|4|5|2|0|2");
    bench_destroy(bench);
}
END_TEST

/* 11. More often than anything else is tried again: the chunk gets smaller and then larger again,
 * nothing is there twice, and the amount is the last one. */
START_TEST(loads_again_what_has_changed)
{
    struct bench *bench = bench_create();
    bench_items(bench, 9);
    bench->tally.chunk_size = 8;
    bench_mode(bench, 1, "changed");
    bench->environment.changes = ENGINE_RETRIES_MAX + 2;
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT count(*), sum(amount) FROM tally_row", "9|4555");
    BENCH_TEXT(bench, "SELECT amount FROM tally_row WHERE item = 1", "111");
    BENCH_TEXT(bench, "SELECT sum(amount_count), sum(amount_minor) FROM job_chunk_total", "9|4555");
    BENCH_TEXT(bench, chunks_sql, "1|1|1|1|1|0|1;1|2|2|3|2|0|2;1|3|4|7|4|0|4;1|4|8|9|2|0|2");
    ck_assert_int_eq(bench->environment.loads, ENGINE_RETRIES_MAX + 2 + 4);
    BENCH_TEXT(bench, "SELECT attempt, state, chunks FROM job_execution", "1|completed|4");
    bench_destroy(bench);
}
END_TEST

/* What a chunk brings on itself, as nobody else does, is not brought on again by a smaller one. */
START_TEST(makes_a_chunk_smaller_that_is_in_its_own_way)
{
    struct bench *bench = bench_create();
    bench_items(bench, 9);
    bench->tally.chunk_size = 9;
    bench_mode(bench, 2, "counts");
    bench_mode(bench, 3, "counts");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT counted FROM tally_count", "2");
    BENCH_TEXT(bench, "SELECT count(*) FROM tally_row", "9");
    BENCH_TEXT(bench, chunks_sql, "1|1|1|2|2|0|3;1|2|3|6|4|0|5;1|3|7|9|3|0|3");
    bench_destroy(bench);
}
END_TEST

/* What a job does not load, though there is room, is there for the next chunk. */
START_TEST(goes_on_behind_a_chunk_that_is_cut)
{
    struct bench *bench = bench_create();
    bench_items(bench, 9);
    bench->tally.chunk_size = 9;
    bench->environment.cut_after = 4;
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT count(*) FROM tally_row", "9");
    BENCH_TEXT(bench, chunks_sql, "1|1|1|4|4|0|4;1|2|5|8|4|0|4;1|3|9|9|1|0|1");
    bench_destroy(bench);
}
END_TEST

/* One item alone is in nobody's way: whoever cannot write it says what can be done. */
START_TEST(says_what_to_do_when_nothing_smaller_is_left)
{
    struct bench *bench = bench_create();
    bench_items(bench, 1);
    bench_mode(bench, 1, "counts");
    storage_sql(bench->db, "CREATE TRIGGER meanwhile AFTER UPDATE OF chunk_no ON job_partition"
                           " BEGIN UPDATE tally_count SET counted = counted + 1; END");
    BENCH_CODE(bench, EXIT_TEMPORARY, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_msg(strstr(bench->failure.hint, "billmill resume") != NULL, "%s",
                  bench->failure.hint);
    BENCH_TEXT(bench, "SELECT count(*) FROM tally_row", "0");
    bench_destroy(bench);
}
END_TEST

/* 11. */
START_TEST(fails_when_it_cannot_confirm)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    bench->environment.breaks_confirming = true;
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT count(*) FROM tally_row", "0");
    BENCH_TEXT(bench, "SELECT state, cursor_key, chunk_no FROM job_partition", "ready|0|0");
    bench->environment.breaks_confirming = false;
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    BENCH_TEXT(bench, "SELECT count(*) FROM tally_row", "5");
    bench_destroy(bench);
}
END_TEST

/* A stop before any item, in the middle of a chunk, at the last one. */
START_TEST(stops_and_resumes)
{
    struct bench *bench = bench_create();
    const char *expected = undisturbed(10, bench->arena);
    bench_items(bench, 10);
    for (int item = 1; item <= 10; item++) { /* each attempt gets to the next item at least */
        bench_mode(bench, item, "stop");
        int code = bench_launch(bench, &bench->tally, LAUNCH_RUN);
        bench_mode(bench, item, "ok");
        if (code == EXIT_DONE && item == 10)
            break; /* the signal came when nothing was left to interrupt */
        ck_assert_msg(code == EXIT_TERMINATED, "item %d: exit %d, %s", item, code,
                      bench->failure.message);
        ck_assert_msg(strstr(bench->failure.hint, "resume") != NULL, "item %d: a hint", item);
        BENCH_TEXT(bench, "SELECT DISTINCT state FROM job_instance", "stopped");
        BENCH_TEXT(bench,
                   "SELECT state, exit_code FROM job_execution ORDER BY attempt DESC LIMIT 1",
                   "stopped|143");
        ck_assert_int_eq(bench_number(bench, "SELECT count(*) % 3 FROM tally_row"), 0);
    }
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_str_eq(bench_dump(bench), expected);
    bench_destroy(bench);
}
END_TEST

/* 2. A worker whose partition another one has taken over writes nothing more, says so, and does not
 * speak for the other: the run is not over. */
START_TEST(writes_nothing_when_it_was_taken_over)
{
    struct bench *bench = bench_create();
    const char *expected = undisturbed(8, bench->arena);
    bench_items(bench, 8);
    bench_mode(bench, 5, "steal");
    BENCH_CODE(bench, EXIT_OWNED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_msg(strstr(bench->failure.message, "another worker") != NULL, "%s",
                  bench->failure.message);
    BENCH_TEXT(bench, "SELECT group_concat(item) FROM tally_row", "1,2,3");
    BENCH_TEXT(bench, "SELECT count(*) FROM job_chunk", "1");
    BENCH_TEXT(bench, "SELECT state, owner, epoch, chunk_no, cursor_key FROM job_partition",
               "running|somebody else|2|1|3");
    BENCH_TEXT(bench, "SELECT state FROM job_instance", "running");
    BENCH_TEXT(bench, "SELECT state, exit_code FROM job_execution", "failed|4");
    bench_mode(bench, 5, "ok");
    bench_reopen(bench);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    ck_assert_str_eq(bench_dump(bench), expected);
    bench_destroy(bench);
}
END_TEST

/* 2. Owner and epoch are ours, but the chunk is not the next one any more. */
START_TEST(writes_nothing_when_the_chunk_is_committed)
{
    struct bench *bench = bench_create();
    bench_items(bench, 8);
    bench_mode(bench, 5, "advance");
    BENCH_CODE(bench, EXIT_OWNED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(bench, "SELECT group_concat(item) FROM tally_row", "1,2,3");
    BENCH_TEXT(bench, "SELECT chunk_no FROM job_chunk", "1");
    bench_destroy(bench);
}
END_TEST

/* 3. The same chunk is committed once, even if fence and owner would let it through. */
START_TEST(commits_a_chunk_once)
{
    struct bench *bench = bench_create();
    bench_items(bench, 8);
    bench_mode(bench, 5, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    bench_mode(bench, 5, "ok");
    storage_sql(bench->db, "UPDATE job_partition SET chunk_no = 0");
    ck_assert_int_ne(bench_launch(bench, &bench->tally, LAUNCH_RESUME), EXIT_DONE);
    BENCH_TEXT(bench, "SELECT group_concat(item) FROM tally_row", "1,2,3");
    BENCH_TEXT(bench, "SELECT state FROM job_instance", "failed");
    bench_destroy(bench);
}
END_TEST

/* An execution that ended is history: a successor says that it crashed, and it cannot say
 * otherwise. */
START_TEST(says_who_crashed)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    bench_mode(bench, 4, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    storage_sql(bench->db,
                "UPDATE job_execution SET state = 'running', ended_at_us = NULL, exit_code = NULL,"
                " items_done = 0, rows_written = 0, chunks = 0;"
                "UPDATE job_instance SET state = 'running';"
                "UPDATE job_partition SET state = 'running', owner = 'the dead'");
    bench_mode(bench, 4, "ok");
    bench_reopen(bench);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    BENCH_TEXT(bench, "SELECT attempt, state, items_done, rows_written, chunks FROM job_execution",
               "1|crashed|3|3|1;2|completed|2|2|1");
    struct execution dead = {.execution_id =
                                 bench_number(bench, "SELECT min(execution_id) FROM job_execution"),
                             .instance_id = bench->result.instance.instance_id,
                             .attempt = 1};
    struct execution_result result = {0};
    struct error failure = {0};
    (void)error_run(&failure, EXIT_IO, "late news");
    struct error err = {0};
    STORAGE_OK(execution_end(&bench->engine, &dead, &failure, false, &result, &err));
    BENCH_TEXT(bench, "SELECT attempt, state FROM job_execution", "1|crashed;2|completed");
    BENCH_TEXT(bench, "SELECT state FROM job_instance", "completed");
    bench_destroy(bench);
}
END_TEST

/* Also of a pipeline, by its steps in the same process. */
START_TEST(says_what_a_dead_pipeline_did)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    bench_mode(bench, 4, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    storage_sql(bench->db,
                "UPDATE job_execution SET state = 'running', ended_at_us = NULL, exit_code = NULL,"
                " items_done = 0, rows_written = 0, chunks = 0;"
                "UPDATE job_instance SET state = 'running' WHERE state = 'failed'");
    bench_mode(bench, 4, "ok");
    bench_reopen(bench);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RESUME));
    BENCH_TEXT(bench,
               "SELECT i.job, e.attempt, e.state, e.items_done, e.rows_written FROM job_execution e"
               " JOIN job_instance i ON i.instance_id = e.instance_id ORDER BY e.execution_id",
               "both|1|crashed|3|3;tally|1|crashed|3|3;both|2|completed|7|7;"
               "tally|2|completed|2|2;copy|1|completed|5|5");
    bench_destroy(bench);
}
END_TEST

/* What is left "running" by others, judged by their processes here and by what was seen of them. */
static const struct dead_case {
    const char *name;
    const char *host; /* NULL: this one */
    int64_t started;  /* its process, beside the parent's, whose number it has */
    int64_t seen_s_ago, lease_left_s;
    const char *expect;
} dead_cases[] = {
    {"lives here",                              NULL,    0,  9000, -1, "running"},
    {"its number is another's by now",          NULL,    -1, 0,    -1, "crashed"},
    {"waits elsewhere, and has said so",        "other", 0,  20,   -1, "running"},
    {"elsewhere, silent",                       "other", 0,  90,   -1, "crashed"},
    {"elsewhere, silent, but it holds a lease", "other", 0,  90,   30, "running"},
};

START_TEST(buries_the_dead_only)
{
    const struct dead_case *c = &dead_cases[_i];
    struct bench *bench = bench_create();
    struct error err = {0};
    int64_t now_us = 0, pid = getppid(), started = process_started_ticks(pid) + c->started;
    const char *host = c->host == NULL ? bench->engine.host : c->host;
    ck_assert_int_gt(started, 0);
    bench_items(bench, 3);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    STORAGE_OK(db_now_us(bench->db, &now_us, &err));
    storage_sql(
        bench->db,
        arena_printf(
            bench->arena,
            "UPDATE job_execution SET state = 'running', items_done = 0, host = '%s', pid = %lld,"
            " pid_started = %lld, started_at_us = 1, seen_at_us = %lld;"
            "UPDATE job_partition SET state = 'running', owner ="
            " '%s/%s/%lld/%lld/abc', lease_until_us = %lld",
            host, (long long)pid, (long long)started, (long long)(now_us - c->seen_s_ago * 1000000),
            host, bench->engine.boot_id, (long long)pid, (long long)started,
            (long long)(now_us + c->lease_left_s * 1000000)));
    struct tx tx = {0};
    STORAGE_OK(tx_begin(&tx, bench->db, &err));
    STORAGE_OK(liveness_bury(&bench->engine, bench->result.instance.instance_id, 60, &err));
    STORAGE_OK(tx_commit(&tx, &err));
    const char *state = bench_text(bench, "SELECT state FROM job_execution");
    ck_assert_msg(strcmp(state, c->expect) == 0, "%s: %s", c->name, state);
    ck_assert_msg(bench_number(bench, "SELECT items_done FROM job_execution") ==
                      (strcmp(state, "crashed") == 0 ? 3 : 0),
                  "%s: what it had done", c->name);
    if (strcmp(state, "running") == 0 && c->host != NULL) { /* said again, silence begins anew */
        liveness_say(&bench->engine, 1, DB_I64_NONE);
        ck_assert_msg(bench_number(bench, "SELECT seen_at_us FROM job_execution") >= now_us,
                      "%s: seen", c->name);
    }
    STORAGE_OK(liveness_free_partitions(&bench->engine, bench->result.instance.instance_id, &err));
    ck_assert_msg((bench_number(bench, "SELECT lease_until_us FROM job_partition") == 0) ==
                      (c->started != 0),
                  "%s: its lease", c->name);
    bench_destroy(bench);
}
END_TEST

/* 9. */
START_TEST(leaves_a_finished_run_alone)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    int64_t first = bench->result.execution_id;
    const char *before = bench_dump(bench);
    storage_sql(bench->db, "INSERT INTO tally_item VALUES (1, 3000, 'late', 5, 'ok')");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert(bench->result.already_done);
    ck_assert_int_eq(bench->result.execution_id, first);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    ck_assert_str_eq(bench_dump(bench), before);
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM job_execution"), 1);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_REDO));
    BENCH_TEXT(bench, "SELECT generation, state, reason FROM job_instance",
               "1|superseded|-;2|completed|why not");
    BENCH_TEXT(bench,
               "SELECT instance_id, first_key, last_key FROM job_chunk WHERE chunk_no = 1 AND"
               " instance_id = 2",
               "2|3000|3000");
    BENCH_TEXT(bench, "SELECT action, object, reason FROM audit_log", "redo|tally 2026-10|why not");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert(bench->result.already_done);
    bench_destroy(bench);
}
END_TEST

START_TEST(refuses_what_cannot_be_launched)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, &bench->tally, LAUNCH_REDO));
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, &bench->tally, LAUNCH_RETRY));
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, &bench->copy, LAUNCH_RUN)); /* after tally */
    ck_assert_msg(strstr(bench->err.message, "comes after tally") != NULL, "%s",
                  bench->err.message);
    bench_mode(bench, 4, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, &bench->tally, LAUNCH_REDO));
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, &bench->tally, LAUNCH_RETRY));
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, &bench->copy, LAUNCH_RUN));
    ck_assert_msg(strstr(bench->err.message, "failed") != NULL, "%s", bench->err.message);
    bench_mode(bench, 4, "ok");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->copy, LAUNCH_RUN));
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM tally_copy"), 5);
    bench_destroy(bench);
}
END_TEST

START_TEST(keeps_the_definition_it_began_with)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    bench_mode(bench, 4, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    bench_mode(bench, 4, "ok");
    bench->tally.text = "tally, the second";
    BENCH_CODE(bench, EXIT_CONFIG, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_CODE(bench, EXIT_CONFIG, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    ck_assert_msg(strstr(bench->err.hint, "--adopt-definition") != NULL, "%s", bench->err.hint);
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM job_execution"), 1);
    BENCH_CODE(bench, EXIT_DONE, bench_adopt(bench, &bench->tally));
    BENCH_TEXT(bench, "SELECT action, object, reason FROM audit_log",
               "adopt definition|tally 2026-10|the new one is better");
    BENCH_TEXT(bench,
               "SELECT definition FROM job_definition d JOIN job_instance i ON d.digest ="
               " i.definition_digest",
               "tally, the second");
    bench_destroy(bench);
}
END_TEST

/* ---------------------------------------------------------------- limits */

static const struct limit_case {
    const char *name;
    int items, failing, max_parked, max_percent, expect;
} limit_cases[] = {
    {"as many as allowed",           10,  2,  2,  -1, EXIT_PARKED},
    {"one more",                     10,  3,  2,  -1, EXIT_DATA  },
    {"none allowed",                 10,  1,  0,  -1, EXIT_DATA  },
    {"none allowed and none fails",  10,  0,  0,  0,  EXIT_DONE  },
    {"a fifth of all",               10,  2,  -1, 20, EXIT_PARKED},
    {"more than a fifth",            10,  3,  -1, 20, EXIT_DATA  },
    {"all of a run of two",          2,   2,  -1, 50, EXIT_DATA  },
    {"half of a run of two",         2,   1,  -1, 50, EXIT_PARKED},
    {"the first ones of a long run", 100, 20, -1, 20, EXIT_PARKED},
};

START_TEST(fails_when_too_many_are_parked)
{
    const struct limit_case *c = &limit_cases[_i];
    struct bench *bench = bench_create();
    bench_items(bench, c->items);
    for (int i = 1; i <= c->failing; i++)
        bench_mode(bench, i, "fail");
    bench->tally.max_parked = c->max_parked;
    bench->tally.max_parked_percent = c->max_percent;
    int code = bench_launch(bench, &bench->tally, LAUNCH_RUN);
    ck_assert_msg(code == c->expect, "%s: exit %d, %s", c->name, code, bench->failure.message);
    int64_t parked = bench_number(bench, "SELECT count(*) FROM parked_item");
    ck_assert_msg(c->max_parked < 0 || parked <= c->max_parked, "%s: nothing is parked beyond it",
                  c->name);
    if (code == EXIT_DATA) {
        bench->tally.max_parked = -1;
        bench->tally.max_parked_percent = -1;
        BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
        ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM parked_item"), c->failing);
        ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM tally_row"),
                         c->items - c->failing);
    }
    bench_destroy(bench);
}
END_TEST

/* Memory gets short: chunks get smaller, results do not change. */
START_TEST(halves_chunks_when_memory_gets_short)
{
    struct bench *bench = bench_create();
    bench_items(bench, 30);
    storage_sql(bench->db, "UPDATE tally_item SET mode = 'large'");
    bench->tally.chunk_size = 6; /* 6 of 8 MiB */
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    BENCH_TEXT(
        bench,
        "SELECT group_concat(items_done) FROM (SELECT items_done FROM job_chunk ORDER BY chunk_no)",
        "6,3,3,3,3,3,3,3,3");
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM tally_row"), 30);
    bench_destroy(bench);
}
END_TEST

/* A chunk must end long before its lease. */
START_TEST(makes_chunks_fit_the_lease)
{
    struct bench *bench = bench_create();
    bench_items(bench, 12);
    storage_sql(bench->db, "UPDATE tally_item SET mode = 'slow'");
    bench->tally.chunk_size = 6; /* 600 ms */
    bench->tally.lease_s = 1;
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_int_eq(bench_number(bench, "SELECT items_done FROM job_chunk WHERE chunk_no = 1"), 6);
    ck_assert_int_le(
        bench_number(bench, "SELECT max(items_done) FROM job_chunk WHERE chunk_no > 1"), 2);
    ck_assert_int_eq(bench_number(bench, "SELECT count(*) FROM tally_row"), 12);
    bench_destroy(bench);
}
END_TEST

/* ---------------------------------------------------------------- dry runs, digests */

static const char *digests(struct bench *bench)
{
    return bench_text(bench,
                      "SELECT partition_no, chunk_no, hex(digest) FROM job_chunk ORDER BY 1, 2");
}

/* 10. Looked at from inside, before it is rolled back. */
START_TEST(does_the_same_in_a_dry_run)
{
    struct bench *bench = bench_create();
    bench_items(bench, 10);
    bench_mode(bench, 4, "fail");
    bench->tally.partitions = 2;
    const char *before = bench_text(bench, "SELECT name, next_id FROM id_counter");
    struct error err = {0};
    STORAGE_OK(db_dry_run_start(bench->db, &err));
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_int_eq(bench->environment.publications, 0);
    const char *dry = digests(bench);
    const char *dump = bench_dump(bench);
    ck_assert_str_ne(dry, "");
    bench_reopen(bench);
    BENCH_TEXT(bench,
               "SELECT (SELECT count(*) FROM tally_row) + (SELECT count(*) FROM job_instance) +"
               " (SELECT count(*) FROM parked_item) + (SELECT count(*) FROM job_definition) +"
               " (SELECT count(*) FROM job_chunk)",
               "0");
    BENCH_TEXT(bench, "SELECT name, next_id FROM id_counter", before);
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    ck_assert_str_eq(digests(bench), dry);
    ck_assert_str_eq(bench_dump(bench), dump);
    bench_destroy(bench);
}
END_TEST

/* 6. The same items in one chunk, the same digest, whatever the size that made the chunk. */
START_TEST(gives_equal_digests_to_equal_chunks)
{
    const int sizes[] = {5, 6, 1000};
    const char *first = NULL;
    struct bench *kept = bench_create();
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct bench *bench = bench_create();
        bench_items(bench, 10);
        bench->tally.chunk_size = sizes[i];
        bench->tally.partitions = 2; /* of 5 items each */
        BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RUN));
        const char *got = arena_copy(kept->arena, digests(bench));
        ck_assert_msg(first == NULL || text_equal(first, got), "chunks of %d: %s", sizes[i], got);
        first = got;
        bench_destroy(bench);
    }
    bench_destroy(kept);
}
END_TEST

TEST_SUITE(engine_run)
{
    TEST_ONE(runs_in_chunks_with_totals);
    TEST_ONE(runs_nothing_when_nothing_is_due);
    TEST_ONE(freezes_the_plan);
    TEST_ONE(parks_an_item_that_fails);
    TEST_TABLE(parks_what_the_database_refuses, refusal_cases);
    TEST_ONE(parks_all_that_the_database_refuses);
    TEST_ONE(parks_the_refused_item_of_its_tenant_only);
    TEST_ONE(fails_and_resumes_at_the_cursor);
    TEST_ONE(tries_again_what_is_temporary);
    TEST_ONE(loads_again_what_has_changed);
    TEST_ONE(makes_a_chunk_smaller_that_is_in_its_own_way);
    TEST_ONE(goes_on_behind_a_chunk_that_is_cut);
    TEST_ONE(says_what_to_do_when_nothing_smaller_is_left);
    TEST_ONE(fails_when_it_cannot_confirm);
    TEST_ONE(stops_and_resumes);
    TEST_ONE(writes_nothing_when_it_was_taken_over);
    TEST_ONE(writes_nothing_when_the_chunk_is_committed);
    TEST_ONE(commits_a_chunk_once);
    TEST_ONE(says_who_crashed);
    TEST_ONE(says_what_a_dead_pipeline_did);
    TEST_TABLE(buries_the_dead_only, dead_cases);
    TEST_ONE(leaves_a_finished_run_alone);
    TEST_ONE(refuses_what_cannot_be_launched);
    TEST_ONE(keeps_the_definition_it_began_with);
    TEST_ONE(makes_chunks_fit_the_lease);
    TEST_TABLE(fails_when_too_many_are_parked, limit_cases);
    TEST_ONE(halves_chunks_when_memory_gets_short);
    TEST_ONE(does_the_same_in_a_dry_run);
    TEST_ONE(gives_equal_digests_to_equal_chunks);
}
