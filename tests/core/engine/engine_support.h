/* A tiny job over a table of its own, and what runs it: the engine without any business. An item
 * says in its `mode` what happens to it; the comments at `enum` tell. Every test has a database of
 * its own. */
#ifndef BILLMILL_TESTS_ENGINE_SUPPORT_H
#define BILLMILL_TESTS_ENGINE_SUPPORT_H

#include "core/engine/launch.h"
#include "tests/core/storage/storage_support.h"

/* Modes of an item (column `mode`):
 *   ok        a row "<name>" and its amount in the totals
 *   fail      two rows, then ERROR_ITEM "tally_fail": both must vanish
 *   refused   a row that breaks a CHECK of the table
 *   conflict  a row whose key is there already with other content (see tally_occupy)
 *   broken    ERROR_RUN, exit 74
 *   retry     ERROR_RETRY as often as `retries` says, then as ok
 *   stop      SIGTERM arrives while it is computed
 *   steal     another worker takes the partition over while it is computed
 *   advance   a chunk is committed by somebody with our name and epoch while it is computed
 *   large     needs a megabyte
 *   counts    counts one more of what its chunk has loaded, so that one of two in a chunk finds
 *             other than was counted
 *   changed   as often as `changes` says, while it is computed, its amount becomes one more beside
 *             it, which `confirm` refuses */
struct tally_environment {
    volatile sig_atomic_t signal;
    struct db *db;
    int retries;
    int changes, version;   /* version: of the items, which load keeps */
    int loads;              /* how often load was called */
    bool breaks_confirming; /* with an ERROR_RUN */
    int publications;       /* how often publish was called */
    size_t largest_chunk;
    size_t cut_after; /* items: load leaves the rest to the next chunk; 0: it takes what it may */
};

extern const struct job tally_job; /* writes tally_row from tally_item */
extern const struct job copy_job;  /* writes tally_copy from tally_row */

struct bench {
    struct db *db;
    const char *path;
    struct arena *arena;
    struct tally_environment environment;
    struct engine engine;
    struct run_definition tally, copy, pipeline;
    const struct run_definition *steps[2];
    const struct run_definition *after[1];
    struct launch_result result;
    struct error failure, err;
};

/* A new database with tables, and definitions "tally" (chunks of 3 items), "copy" (after tally) and
 * "both" (a pipeline of the two). */
struct bench *bench_create(void);
void bench_destroy(struct bench *bench);

/* The engine as another process would see the same database: a new owner, a new connection. */
void bench_reopen(struct bench *bench);

/* `count` items of mode ok for tenant 1: "item 1" … with amounts 1.01, 2.02 … */
void bench_items(struct bench *bench, int count);
void bench_mode(struct bench *bench, int item, const char *mode);

/* Launches for 2026-10 and returns the exit code; 0 to 143. Start errors count too. */
int bench_launch(struct bench *bench, const struct run_definition *definition,
                 enum launch_action action);
int bench_adopt(struct bench *bench, const struct run_definition *definition);

int64_t bench_number(struct bench *bench, const char *sql);
/* Rows as "a|b;c|d". In the bench's arena. */
const char *bench_text(struct bench *bench, const char *sql);

/* What must be the same after any accident: rows, copies, parked items, chunk totals. */
const char *bench_dump(struct bench *bench);

#define BENCH_CODE(bench, expected, call)                                                          \
    do {                                                                                           \
        int bench_code = (call);                                                                   \
        ck_assert_msg(bench_code == (expected), "%s: exit %d instead of %d: %s / %s", #call,       \
                      bench_code, (expected), (bench)->failure.message, (bench)->err.message);     \
    } while (0)
#define BENCH_TEXT(bench, sql, expected)                                                           \
    ck_assert_msg(strcmp(bench_text(bench, sql), expected) == 0,                                   \
                  "%s\n  got      %s\n  expected %s", sql, bench_text(bench, sql), expected)

#endif
