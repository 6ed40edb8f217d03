/* Pipelines, further passes over parked items, definitions that change, the audit chain. */
#include <string.h>

#include "core/base/text.h"
#include "tests/core/engine/engine_support.h"

static const char *const states_sql =
    "SELECT job, generation, state, plan_passes FROM job_instance ORDER BY instance_id";
static const char *const copies_sql =
    "SELECT group_concat(item) FROM (SELECT item FROM tally_copy ORDER BY 1)";

static const char *undisturbed_pipeline(int items, struct arena *arena)
{
    struct bench *bench = bench_create();
    bench_items(bench, items);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    const char *dump = arena_copy(arena, bench_dump(bench));
    bench_destroy(bench);
    return dump;
}

/* What a person decides about every parked item. */
static void decide_all(struct bench *bench, const char *state)
{
    struct parked_row *rows = NULL;
    size_t count = 0;
    struct error err = {0};
    STORAGE_OK(parked_list(bench->db, false, bench->arena, &rows, &count, &err));
    for (size_t i = 0; i < count; i++)
        STORAGE_OK(parked_decide(&bench->engine, &rows[i], state,
                                 strcmp(state, "retry") == 0 ? "parked retry" : "parked waive",
                                 "it is all right now", &err));
}

START_TEST(runs_the_steps_in_order)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    BENCH_TEXT(bench, states_sql, "both|1|completed|0;tally|1|completed|1;copy|1|completed|1");
    BENCH_TEXT(
        bench,
        "SELECT job, parent_instance_id FROM job_instance WHERE parent_instance_id IS NOT NULL",
        "tally|1;copy|1");
    BENCH_TEXT(bench, copies_sql, "1,2,3,4,5");
    ck_assert_int_eq(bench->result.execution.items_done, 10);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    ck_assert(bench->result.already_done);
    bench_destroy(bench);
}
END_TEST

START_TEST(resumes_the_step_that_failed)
{
    struct bench *bench = bench_create();
    const char *expected = undisturbed_pipeline(8, bench->arena);
    bench_items(bench, 8);
    bench_mode(bench, 5, "uncopied");
    BENCH_CODE(bench, EXIT_CANTCREATE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    BENCH_TEXT(bench, states_sql, "both|1|failed|0;tally|1|completed|1;copy|1|failed|1");
    BENCH_TEXT(bench, copies_sql, "1,2,3");
    bench_mode(bench, 5, "ok");
    bench_reopen(bench);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RESUME));
    ck_assert_str_eq(bench_dump(bench), expected);
    BENCH_TEXT(bench,
               "SELECT i.job, e.attempt, e.state FROM job_execution e JOIN job_instance i USING "
               "(instance_id)"
               " ORDER BY 1, 2",
               "both|1|failed;both|2|completed;copy|1|failed;copy|2|completed;tally|1|completed");
    bench_destroy(bench);
}
END_TEST

START_TEST(stops_between_steps)
{
    struct bench *bench = bench_create();
    const char *expected = undisturbed_pipeline(4, bench->arena);
    bench_items(bench, 4);
    bench_mode(bench, 4, "stop"); /* while the last item of the first step is computed */
    BENCH_CODE(bench, EXIT_TERMINATED, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    BENCH_TEXT(bench, states_sql, "both|1|stopped|0;tally|1|completed|1;copy|1|stopped|0");
    bench_mode(bench, 4, "ok");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    ck_assert_str_eq(bench_dump(bench), expected);
    bench_destroy(bench);
}
END_TEST

/* A failed pipeline is listed once, not with its steps; the oldest first. */
START_TEST(lists_what_is_unfinished)
{
    struct bench *bench = bench_create();
    struct instance *unfinished = NULL;
    size_t count = 0;
    struct error err = {0};
    bench_items(bench, 4);
    bench_mode(bench, 2, "uncopied");
    BENCH_CODE(bench, EXIT_CANTCREATE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    STORAGE_OK(instance_load_unfinished(bench->db, bench->arena, &unfinished, &count, &err));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(unfinished[0].job, "both");
    bench_destroy(bench);
}
END_TEST

START_TEST(redoes_a_pipeline_with_its_steps)
{
    struct bench *bench = bench_create();
    bench_items(bench, 3);
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    storage_sql(bench->db, "INSERT INTO tally_item VALUES (1, 9, 'item 9', 5, 'uncopied')");
    BENCH_CODE(bench, EXIT_CANTCREATE, bench_launch(bench, &bench->pipeline, LAUNCH_REDO));
    bench_mode(bench, 9, "ok");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RESUME));
    BENCH_TEXT(bench, "SELECT job, generation, state FROM job_instance ORDER BY 1, 2",
               "both|1|superseded;both|2|completed;copy|1|superseded;copy|2|completed;"
               "tally|1|superseded;tally|2|completed");
    BENCH_TEXT(bench, copies_sql, "1,2,3,9");
    BENCH_TEXT(bench, "SELECT object FROM audit_log ORDER BY sequence",
               "both 2026-10;tally 2026-10;copy 2026-10");
    bench_destroy(bench);
}
END_TEST

/* ---------------------------------------------------------------- definitions */

START_TEST(keeps_the_definitions_of_a_pipeline)
{
    struct bench *bench = bench_create();
    bench_items(bench, 4);
    bench_mode(bench, 2, "uncopied");
    BENCH_CODE(bench, EXIT_CANTCREATE, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    bench_mode(bench, 2, "ok");
    bench->copy.text = "copy, the second"; /* of a step */
    BENCH_CODE(bench, EXIT_CONFIG, bench_launch(bench, &bench->pipeline, LAUNCH_RESUME));
    bench->copy.text = "copy, the first";
    bench->pipeline.text = "both, the second"; /* of the pipeline itself: a step less, say */
    bench->pipeline.step_count = 1;
    BENCH_CODE(bench, EXIT_CONFIG, bench_launch(bench, &bench->pipeline, LAUNCH_RESUME));
    BENCH_CODE(bench, EXIT_CONFIG, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    bench->pipeline.step_count = 2;
    BENCH_CODE(bench, EXIT_DONE, bench_adopt(bench, &bench->pipeline));
    BENCH_TEXT(bench, copies_sql, "1,2,3,4");
    bench_destroy(bench);
}
END_TEST

/* ---------------------------------------------------------------- parked items, tried again */

/* Items 2 and 4 of five are parked in the first step. */
static struct bench *with_parked(void)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    bench_mode(bench, 2, "fail");
    bench_mode(bench, 4, "fail");
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    BENCH_TEXT(bench, copies_sql, "1,3,5");
    return bench;
}

static const char *const parked_sql = "SELECT item, state, attempts FROM parked_item ORDER BY item";

START_TEST(tries_parked_items_again)
{
    struct bench *bench = with_parked();
    bench_mode(bench, 2, "ok");
    BENCH_CODE(bench, EXIT_PARKED,
               bench_launch(bench, &bench->tally, LAUNCH_RETRY)); /* nobody asked */
    BENCH_TEXT(bench, parked_sql, "item 2|parked|1;item 4|parked|1");
    decide_all(bench, "retry");
    bench->tally.max_parked = 1; /* one is parked afterwards, though it has been tried twice */
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->pipeline, LAUNCH_RETRY));
    BENCH_TEXT(bench, parked_sql, "item 2|fixed|1;item 4|parked|2");
    BENCH_TEXT(bench, copies_sql, "1,2,3,5");
    bench_mode(bench, 4, "ok");
    decide_all(bench, "retry");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RETRY));
    BENCH_TEXT(bench, parked_sql, "item 2|fixed|1;item 4|fixed|2");
    BENCH_TEXT(bench, copies_sql, "1,2,3,4,5");
    BENCH_TEXT(bench, "SELECT DISTINCT state FROM job_instance", "completed");
    bench_destroy(bench);
}
END_TEST

START_TEST(settles_what_is_waived)
{
    struct bench *bench = with_parked();
    decide_all(bench, "waived");
    BENCH_TEXT(bench, states_sql, "both|1|completed|0;tally|1|completed|1;copy|1|completed|1");
    BENCH_TEXT(bench, "SELECT DISTINCT state, decided_by, decided_reason FROM parked_item",
               "waived|a test|it is all right now");
    bench_mode(bench, 2, "ok");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RETRY));
    BENCH_TEXT(bench, copies_sql, "1,3,5"); /* waived is not tried again */
    bench_destroy(bench);
}
END_TEST

/* A further pass that was interrupted is a further pass when it goes on, in every step. */
static const struct interruption_case {
    const char *name, *mode;
    int expect;
    const char *sql; /* what a kill right there leaves instead */
} interruption_cases[] = {
    {"while an item is computed",                "broken",   EXIT_IO,         NULL     },
    {"between the steps",                        "stop",     EXIT_TERMINATED, NULL     },
    {"before the second step has begun",         "stop",     EXIT_TERMINATED,
     "DELETE FROM job_execution WHERE instance_id = 3 AND attempt = 2;"
     "UPDATE job_instance SET state = 'completed' WHERE job = 'copy';"
     "UPDATE job_instance SET state = 'running' WHERE job = 'both';"
     "UPDATE job_execution SET state = 'running' WHERE instance_id = 1 AND attempt = 2"},
    {"in the second step, after its pass began", "uncopied", EXIT_CANTCREATE, NULL     },
};

START_TEST(goes_on_with_a_further_pass)
{
    const struct interruption_case *c = &interruption_cases[_i];
    struct bench *bench = with_parked();
    bench_mode(bench, 2, "ok");
    bench_mode(bench, 4, c->mode);
    decide_all(bench, "retry");
    int code = bench_launch(bench, &bench->pipeline, LAUNCH_RETRY);
    ck_assert_msg(code == c->expect, "%s: exit %d, %s", c->name, code, bench->failure.message);
    if (c->sql != NULL)
        storage_sql(bench->db, c->sql);
    bench_mode(bench, 4, "ok");
    bench_reopen(bench);
    code = bench_launch(bench, &bench->pipeline, LAUNCH_RESUME);
    ck_assert_msg(code == EXIT_DONE, "%s: then exit %d, %s", c->name, code, bench->failure.message);
    const char *copies = bench_text(bench, copies_sql);
    ck_assert_msg(text_equal(copies, "1,2,3,4,5"), "%s: copied %s", c->name, copies);
    BENCH_TEXT(bench, "SELECT item, state FROM parked_item ORDER BY item",
               "item 2|fixed;item 4|fixed");
    BENCH_TEXT(bench, "SELECT DISTINCT state FROM job_instance", "completed");
    bench_destroy(bench);
}
END_TEST

/* What several workers made of a launch follows from the instance: a pass that none of them began
 * is not done, although the run before it is. */
START_TEST(knows_a_pass_that_nobody_began)
{
    struct bench *bench = with_parked();
    struct launch_request request = {.definition = &bench->pipeline,
                                     .business_key = "2026-10",
                                     .action = LAUNCH_RETRY,
                                     .started_by = "test"};
    struct launch_start start;
    struct error err = {0};
    bench_mode(bench, 2, "ok");
    decide_all(bench, "retry");
    STORAGE_OK(launch_begin(&bench->engine, &request, bench->arena, &start, &err));
    STORAGE_OK(
        launch_outcome(&bench->engine, &request, &start, bench->arena, &bench->result, &err));
    ck_assert_int_eq(bench->result.execution.exit_code, EXIT_TEMPORARY);
    STORAGE_OK(launch_work(&bench->engine, &request, &start, bench->arena, &bench->result,
                           &bench->failure, &err));
    STORAGE_OK(
        launch_outcome(&bench->engine, &request, &start, bench->arena, &bench->result, &err));
    ck_assert_int_eq(bench->result.execution.exit_code, EXIT_PARKED);
    BENCH_TEXT(bench, parked_sql, "item 2|fixed|1;item 4|parked|2");
    bench_destroy(bench);
}
END_TEST

static const bool no_and_yes[] = {false, true};

/* Killed right after it was asked for: nothing was opened again yet. */
START_TEST(resumes_a_pass_that_nobody_began)
{
    struct bench *bench = with_parked();
    const struct run_definition *definition = !no_and_yes[_i] ? &bench->pipeline : &bench->tally;
    struct launch_request request = {.definition = definition,
                                     .business_key = "2026-10",
                                     .action = LAUNCH_RETRY,
                                     .started_by = "test"};
    struct launch_start start;
    struct instance *unfinished = NULL;
    size_t count = 0;
    struct error err = {0};
    bench_mode(bench, 2, "ok");
    bench_mode(bench, 4, "ok");
    decide_all(bench, "retry");
    STORAGE_OK(launch_begin(&bench->engine, &request, bench->arena, &start, &err));
    bench_reopen(bench);
    if (!no_and_yes[_i]) { /* a step is left to its pipeline */
        STORAGE_OK(instance_load_unfinished(bench->db, bench->arena, &unfinished, &count, &err));
        ck_assert_uint_eq(count, 1);
        ck_assert_str_eq(unfinished[0].job, "both");
    }
    BENCH_CODE(bench, EXIT_USAGE, bench_launch(bench, definition, LAUNCH_REDO));
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, definition, LAUNCH_RESUME));
    BENCH_TEXT(bench, "SELECT item, state FROM parked_item ORDER BY item",
               "item 2|fixed;item 4|fixed");
    BENCH_TEXT(bench, "SELECT count(*) FROM job_instance WHERE pass_from IS NOT NULL", "0");
    STORAGE_OK(instance_load_unfinished(bench->db, bench->arena, &unfinished, &count, &err));
    ck_assert_uint_eq(count, 0);
    bench_destroy(bench);
}
END_TEST

/* A worker stood still between its last look and its end; the instance was finished by others and
 * opened again meanwhile. */
START_TEST(does_not_end_what_was_opened_again)
{
    struct bench *bench = with_parked();
    struct error err = {0}, why = {0};
    struct execution_request request = {
        .definition = &bench->tally, .started_by = "test", .reopen = true};
    struct execution late, begun;
    struct execution_result result;
    struct instance instance;
    bool started = false;
    (void)error_run(&why, EXIT_IO, "broken");
    STORAGE_OK(instance_load(bench->db, 2, bench->arena, &instance, &err));
    STORAGE_OK(execution_start(&bench->engine, &instance, &request, &late, &started, &err));
    ck_assert(started);
    storage_sql(bench->db, "UPDATE job_instance SET state = 'completed' WHERE instance_id = 2");
    STORAGE_OK(execution_start(&bench->engine, &instance, &request, &begun, &started, &err));
    ck_assert(started);
    STORAGE_OK(
        execution_end(&bench->engine, &late, !no_and_yes[_i] ? NULL : &why, true, &result, &err));
    BENCH_TEXT(bench, "SELECT state FROM job_instance WHERE instance_id = 2", "running");
    STORAGE_OK(
        execution_end(&bench->engine, &begun, !no_and_yes[_i] ? NULL : &why, true, &result, &err));
    BENCH_TEXT(bench, "SELECT state FROM job_instance WHERE instance_id = 2",
               !no_and_yes[_i] ? "completed_with_parked" : "failed");
    bench_destroy(bench);
}
END_TEST

/* What was fixed is fixed with its chunk, not only when the whole pass ends. */
START_TEST(marks_what_is_fixed_with_its_chunk)
{
    struct bench *bench = with_parked();
    bench->tally.chunk_size = 1;
    bench_mode(bench, 2, "ok");
    bench_mode(bench, 4, "broken");
    decide_all(bench, "retry");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->pipeline, LAUNCH_RETRY));
    BENCH_TEXT(bench, "SELECT item, state FROM parked_item ORDER BY item",
               "item 2|fixed;item 4|retry");
    bench_destroy(bench);
}
END_TEST

/* Asked for while a pass was interrupted: tried too, not only declared settled. */
START_TEST(tries_what_was_asked_for_meanwhile)
{
    struct bench *bench = bench_create();
    bench_items(bench, 5);
    bench_mode(bench, 2, "fail");
    bench_mode(bench, 5, "fail");
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->tally, LAUNCH_RUN));
    storage_sql(bench->db, "UPDATE parked_item SET state = 'retry' WHERE item = 'item 5'");
    bench_mode(bench, 5, "broken");
    BENCH_CODE(bench, EXIT_IO, bench_launch(bench, &bench->tally, LAUNCH_RETRY));
    storage_sql(
        bench->db,
        "UPDATE job_partition SET cursor_key = '2' WHERE state <> 'done'"); /* it got past item 2 */
    bench_mode(bench, 5, "ok");
    bench_mode(bench, 2, "ok");
    decide_all(bench, "retry");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_RESUME));
    BENCH_TEXT(bench, "SELECT group_concat(item) FROM (SELECT item FROM tally_row ORDER BY 1)",
               "1,2,3,4,5");
    BENCH_TEXT(bench, "SELECT item, state FROM parked_item ORDER BY item",
               "item 2|fixed;item 5|fixed");
    bench_destroy(bench);
}
END_TEST

/* job.h: of a job that begins what follows, what has become due since waits for the next run,
 * whoever goes on with the pass; of any other it is done too. */
static const struct due_since_case {
    const char *name, *mode;
    bool begins;
    const char *copies;
} due_since_cases[] = {
    {"of a job that begins nothing",         "ok",     false, "1,2,3,4,5,6,9"},
    {"of one that begins what follows",      "ok",     true,  "1,2,3,4,5"    },
    {"when the pass stops and is resumed",   "broken", true,  "1,2,3,4,5"    },
    {"when it stops, and it begins nothing", "broken", false, "1,2,3,4,5,6,9"},
};

START_TEST(leaves_what_is_due_since_to_the_next_run)
{
    const struct due_since_case *c = &due_since_cases[_i];
    struct bench *bench = with_parked();
    struct job tally = tally_job;
    tally.begins = c->begins;
    bench->tally.job = &tally;
    storage_sql(bench->db, "INSERT INTO tally_item VALUES (1, 6, 'item 6', 5, 'ok'),"
                           " (1, 9, 'item 9', 5, 'ok')");
    bench_mode(bench, 2, "ok");
    bench_mode(bench, 4, c->mode);
    decide_all(bench, "retry");
    bool stops = !text_equal(c->mode, "ok");
    BENCH_CODE(bench, stops ? EXIT_IO : EXIT_DONE,
               bench_launch(bench, &bench->pipeline, LAUNCH_RETRY));
    bench_mode(bench, 4, "ok");
    if (stops)
        BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_RESUME));
    const char *copies = bench_text(bench, copies_sql);
    ck_assert_msg(text_equal(copies, c->copies), "%s: copied %s", c->name, copies);
    BENCH_TEXT(bench, "SELECT item, state FROM parked_item ORDER BY item",
               "item 2|fixed;item 4|fixed");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->pipeline, LAUNCH_REDO));
    copies = bench_text(bench, copies_sql);
    ck_assert_msg(text_equal(copies, "1,2,3,4,5,6,9"), "%s: then copied %s", c->name, copies);
    bench_destroy(bench);
}
END_TEST

/* ---------------------------------------------------------------- audit */

/* The chain by audit.h's description, computed here on its own. -1: whole; else the sequence at
 * which it breaks. */
static int64_t audit_break(struct bench *bench)
{
    sqlite3_stmt *stmt = NULL;
    uint8_t previous[SHA256_SIZE] = {0};
    int64_t expected = 1;
    int64_t broken = -1;
    ck_assert_int_eq(sqlite3_prepare_v2(sqlite_of(bench->db)->handle,
                                        "SELECT sequence, at_us, actor, action, object, reason,"
                                        " previous_hash, hash FROM audit_log ORDER BY sequence",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    while (broken < 0 && sqlite3_step(stmt) == SQLITE_ROW) {
        uint8_t hash[SHA256_SIZE];
        int64_t sequence = sqlite3_column_int64(stmt, 0);
        int64_t at_us = sqlite3_column_int64(stmt, 1);
        struct sha256 *digest = sha256_start();
        sha256_add(digest, previous, sizeof previous);
        sha256_add(digest, &sequence, sizeof sequence);
        sha256_add(digest, &at_us, sizeof at_us);
        for (int i = 2; i <= 5; i++)
            sha256_add_text(digest, (const char *)sqlite3_column_text(stmt, i));
        sha256_finish(&digest, hash);
        if (sequence != expected++ ||
            memcmp(sqlite3_column_blob(stmt, 6), previous, SHA256_SIZE) != 0 ||
            memcmp(sqlite3_column_blob(stmt, 7), hash, SHA256_SIZE) != 0)
            broken = sequence;
        memcpy(previous, hash, SHA256_SIZE);
    }
    (void)sqlite3_finalize(stmt);
    return broken;
}

static const struct forgery_case {
    const char *name, *sql;
    int64_t breaks_at;
} forgery_cases[] = {
    {"nothing",         "SELECT 1",                                                   -1},
    {"another reason",  "UPDATE audit_log SET reason = 'nothing' WHERE sequence = 2", 2 },
    {"another actor",   "UPDATE audit_log SET actor = 'nobody' WHERE sequence = 1",   1 },
    {"another time",    "UPDATE audit_log SET at_us = at_us + 1 WHERE sequence = 3",  3 },
    {"a row taken out", "DELETE FROM audit_log WHERE sequence = 2",                   3 },
    {"two in one text",
     "UPDATE audit_log SET action = 'parked', object = 'waive' || object"
     " WHERE sequence = 2",                                                           2 },
};

START_TEST(chains_what_people_decide)
{
    const struct forgery_case *c = &forgery_cases[_i];
    struct bench *bench = with_parked();
    decide_all(bench, "waived");
    storage_sql(bench->db, "UPDATE tally_item SET mode = 'ok'");
    BENCH_CODE(bench, EXIT_DONE, bench_launch(bench, &bench->tally, LAUNCH_REDO));
    BENCH_TEXT(bench, "SELECT action, object FROM audit_log",
               "parked waive|- tally 2026-10: item 2;parked waive|- tally 2026-10: item "
               "4;redo|tally 2026-10");
    storage_sql(bench->db, c->sql);
    int64_t at = audit_break(bench);
    ck_assert_msg(at == c->breaks_at, "%s: breaks at %" PRId64, c->name, at);
    bench_destroy(bench);
}
END_TEST

TEST_SUITE(engine_launch)
{
    TEST_ONE(runs_the_steps_in_order);
    TEST_ONE(resumes_the_step_that_failed);
    TEST_ONE(stops_between_steps);
    TEST_ONE(lists_what_is_unfinished);
    TEST_ONE(redoes_a_pipeline_with_its_steps);
    TEST_ONE(keeps_the_definitions_of_a_pipeline);
    TEST_ONE(tries_parked_items_again);
    TEST_ONE(settles_what_is_waived);
    TEST_TABLE(goes_on_with_a_further_pass, interruption_cases);
    TEST_ONE(knows_a_pass_that_nobody_began);
    TEST_TABLE(resumes_a_pass_that_nobody_began, no_and_yes);
    TEST_TABLE(does_not_end_what_was_opened_again, no_and_yes);
    TEST_ONE(marks_what_is_fixed_with_its_chunk);
    TEST_ONE(tries_what_was_asked_for_meanwhile);
    TEST_TABLE(leaves_what_is_due_since_to_the_next_run, due_since_cases);
    TEST_TABLE(chains_what_people_decide, forgery_cases);
}
