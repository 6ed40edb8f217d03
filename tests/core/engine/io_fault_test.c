/* Every write, sync and truncation of a small run fails in turn, once or from then on: the run ends
 * with a documented exit code, and after the cause is gone, a plain resume gives what an
 * undisturbed run gives. A VFS around SQLite's own does it, so that the code under test is the one
 * that is shipped. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "tests/core/engine/engine_support.h"

struct fault_file {
    sqlite3_file base;
    sqlite3_file *inner;
};

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *inner;
    bool armed;
    int calls;   /* counted while armed */
    int fail_at; /* 0: none */
    bool for_ever;
    int code;
} faults;

static sqlite3_file *inner_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->inner;
}

static bool fails(void)
{
    if (!faults.armed)
        return false;
    faults.calls++;
    return faults.fail_at != 0 &&
           (faults.for_ever ? faults.calls >= faults.fail_at : faults.calls == faults.fail_at);
}

static int fault_close(sqlite3_file *file)
{
    int code = inner_of(file)->pMethods->xClose(inner_of(file));
    sqlite3_free(inner_of(file));
    return code;
}

static int fault_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    return inner_of(file)->pMethods->xRead(inner_of(file), bytes, size, offset);
}

/* What a failing disk leaves: half of it. */
static int fault_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    if (!fails())
        return inner_of(file)->pMethods->xWrite(inner_of(file), bytes, size, offset);
    (void)inner_of(file)->pMethods->xWrite(inner_of(file), bytes, size / 2, offset);
    return faults.code == SQLITE_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return fails() ? SQLITE_IOERR_TRUNCATE
                   : inner_of(file)->pMethods->xTruncate(inner_of(file), size);
}

static int fault_sync(sqlite3_file *file, int flags)
{
    return fails() ? SQLITE_IOERR_FSYNC : inner_of(file)->pMethods->xSync(inner_of(file), flags);
}

static int fault_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return inner_of(file)->pMethods->xFileSize(inner_of(file), size);
}

static int fault_lock(sqlite3_file *file, int level)
{
    return inner_of(file)->pMethods->xLock(inner_of(file), level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
    return inner_of(file)->pMethods->xUnlock(inner_of(file), level);
}

static int fault_check_lock(sqlite3_file *file, int *result)
{
    return inner_of(file)->pMethods->xCheckReservedLock(inner_of(file), result);
}

static int fault_control(sqlite3_file *file, int operation, void *argument)
{
    return inner_of(file)->pMethods->xFileControl(inner_of(file), operation, argument);
}

static int fault_sector(sqlite3_file *file)
{
    return inner_of(file)->pMethods->xSectorSize(inner_of(file));
}

static int fault_device(sqlite3_file *file)
{
    return inner_of(file)->pMethods->xDeviceCharacteristics(inner_of(file));
}

static int fault_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    return inner_of(file)->pMethods->xShmMap(inner_of(file), page, size, extend, memory);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return inner_of(file)->pMethods->xShmLock(inner_of(file), offset, count, flags);
}

static void fault_shm_barrier(sqlite3_file *file)
{
    inner_of(file)->pMethods->xShmBarrier(inner_of(file));
}

static int fault_shm_unmap(sqlite3_file *file, int remove)
{
    return inner_of(file)->pMethods->xShmUnmap(inner_of(file), remove);
}

static const sqlite3_io_methods fault_methods = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_check_lock,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_device,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct fault_file *own = (struct fault_file *)file;
    (void)vfs;
    memset(own, 0, sizeof *own);
    own->inner = sqlite3_malloc(faults.inner->szOsFile);
    memset(own->inner, 0, (size_t)faults.inner->szOsFile);
    int code = faults.inner->xOpen(faults.inner, name, own->inner, flags, out);
    if (code == SQLITE_OK)
        own->base.pMethods = &fault_methods;
    else
        sqlite3_free(own->inner);
    return code;
}

static void install(void)
{
    faults.inner = sqlite3_vfs_find(NULL);
    faults.vfs = *faults.inner;
    faults.vfs.pNext = NULL;
    faults.vfs.zName = "faults";
    faults.vfs.szOsFile = sizeof(struct fault_file);
    faults.vfs.xOpen = fault_open;
    ck_assert_int_eq(sqlite3_vfs_register(&faults.vfs, 1), SQLITE_OK);
}

static void arm(int fail_at, bool for_ever, int code)
{
    faults.armed = true;
    faults.calls = 0;
    faults.fail_at = fail_at;
    faults.for_ever = for_ever;
    faults.code = code;
}

#define ITEMS 7

static struct bench *prepared(void)
{
    struct bench *bench = bench_create();
    bench_items(bench, ITEMS);
    bench_mode(bench, 3, "fail");
    bench->tally.partitions = 2;
    return bench;
}

static const struct fault_case {
    const char *name;
    bool for_ever;
    int code;
    int expect; /* the exit code that is right for it */
} fault_cases[] = {
    {"an I/O error, once",         false, SQLITE_IOERR, EXIT_IO        },
    {"an I/O error, for ever",     true,  SQLITE_IOERR, EXIT_IO        },
    {"the disk is full, once",     false, SQLITE_FULL,  EXIT_CANTCREATE},
    {"the disk is full, for ever", true,  SQLITE_FULL,  EXIT_CANTCREATE},
};

static void hurt_and_heal(const struct fault_case *c, int n, const char *expected, int *failed)
{
    struct bench *bench = prepared();
    arm(n, c->for_ever, c->code);
    int code = bench_launch(bench, &bench->pipeline, LAUNCH_RUN);
    bool touched = faults.calls >= n;
    faults.armed = false;
    const char *message =
        bench->err.kind == ERROR_NONE ? bench->failure.message : bench->err.message;
    /* A full disk shows as an I/O error where it is a sync or a truncation that fails. */
    bool documented = code == c->expect || code == EXIT_IO || code == EXIT_PARKED;
    ck_assert_msg(documented, "%s at %d: exit %d, %s", c->name, n, code, message);
    ck_assert_msg(touched, "%s at %d: there is no such call", c->name, n);
    *failed += code != EXIT_PARKED;
    bench_reopen(bench);
    int healed = bench_launch(bench, &bench->pipeline, LAUNCH_RUN);
    ck_assert_msg(healed == EXIT_PARKED || bench->result.already_done,
                  "%s at %d: then exit %d, %s %s", c->name, n, healed, bench->failure.message,
                  bench->err.message);
    const char *got = bench_dump(bench);
    ck_assert_msg(text_equal(got, expected), "%s at %d:\n%s\ninstead of\n%s", c->name, n, got,
                  expected);
    bench_destroy(bench);
}

START_TEST(survives_every_failing_call)
{
    const struct fault_case *c = &fault_cases[_i];
    CLEANUP(arena_destroy) struct arena *arena = arena_create("expected", 1 << 20);
    int failed = 0;
    if (access("/dev/shm", W_OK) == 0) /* hundreds of databases: without waiting for a disk */
        ck_assert_int_eq(setenv("TMPDIR", "/dev/shm", 1), 0);
    install();
    struct bench *bench = prepared();
    arm(0, false, 0);
    BENCH_CODE(bench, EXIT_PARKED, bench_launch(bench, &bench->pipeline, LAUNCH_RUN));
    faults.armed = false;
    int calls = faults.calls;
    const char *expected = arena_copy(arena, bench_dump(bench));
    bench_destroy(bench);
    ck_assert_int_ge(calls, 50);
    for (int n = 1; n <= calls; n++)
        hurt_and_heal(c, n, expected, &failed);
    ck_assert_msg(failed > calls / 2, "%s: only %d of %d calls were noticed", c->name, failed,
                  calls);
}
END_TEST

TEST_SUITE(engine_io_fault)
{
    TEST_TABLE(survives_every_failing_call, fault_cases);
}
