/* The parent of several workers: see workers.h. Signals are blocked while there are children, and
 * taken one by one, so that none is lost between looking and waiting. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "core/cli/workers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/cli/signals.h"
#include "core/engine/history.h"

#define LOOK_NS 200000000 /* between two looks at the progress */
#define PROGRESS_ARENA_CAP ((size_t)4 << 20)

struct crew {
    struct session *session;
    const struct launch_request *request;
    const struct launch_start *start;
    struct worker_report *reports;    /* shared with the workers */
    pid_t pids[SETTINGS_WORKERS_MAX]; /* 0: it has ended */
    int32_t count, alive;
    int stop_signal; /* that was received; 0: none */
    bool stopping;   /* the workers know of it */
    bool blind;      /* the progress cannot be read */
    int64_t started_ms;
};

/* ---------------------------------------------------------------- a worker */

NORETURN static void work(const struct crew *crew, int32_t index, pid_t parent,
                          const sigset_t *old_mask)
{
    struct session *session = crew->session;
    struct worker_report *report = &crew->reports[index];
    struct launch_result result = {0};
    struct error failure = {0};
    struct error err = {0};
    (void)setpgid(0, 0); /* an interrupt at the terminal comes by way of the parent, and once */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, old_mask, NULL);
    if (getppid() != parent)
        _exit(EXIT_TERMINATED);
    session->engine.on_progress = NULL;
    bool ok =
        session_connect(session, &err) && launch_work(&session->engine, crew->request, crew->start,
                                                      session->arena, &result, &failure, &err);
    session_disconnect(session);
    report->failure = ok ? failure : err;
    report->at_ms = clock_boot_ms();
    report->reported = true;
    _exit(ok ? (int)result.execution.exit_code : (int)err.exit_code);
}

static bool fork_workers(struct crew *crew, const sigset_t *old_mask, struct error *err)
{
    pid_t parent = getpid();
    (void)fflush(NULL); /* or each of them would say it again */
    while (crew->count < crew->session->workers) {
        pid_t pid = fork();
        if (pid == 0)
            work(crew, crew->count, parent, old_mask);
        if (pid < 0)
            return error_run(err, EXIT_TEMPORARY, "cannot start worker %d: %s", crew->count + 1,
                             strerror(errno));
        crew->pids[crew->count++] = pid;
        crew->alive++;
    }
    return true;
}

/* ---------------------------------------------------------------- the parent */

static void tell_all(const struct crew *crew, int number)
{
    for (int32_t i = 0; i < crew->count; i++)
        if (crew->pids[i] != 0)
            (void)kill(crew->pids[i], number);
}

static void stop_all(struct crew *crew)
{
    tell_all(crew, crew->stop_signal == SIGINT ? SIGNAL_STOP_INT : SIGNAL_STOP_TERM);
    crew->stopping = true;
}

/* The second is the end at once, whatever the workers have had before. */
static void hand_on(struct crew *crew, int number)
{
    if (crew->stop_signal != 0) {
        tell_all(crew, SIGKILL);
        return;
    }
    crew->stop_signal = number;
    stop_all(crew);
}

static void say_how_it_ended(const struct crew *crew, int32_t index, int status)
{
    if (WIFSIGNALED(status))
        log_line(LOG_WARNING, "worker %d (process %ld) was killed by signal %d", index + 1,
                 (long)crew->pids[index], WTERMSIG(status));
}

static void reap(struct crew *crew)
{
    for (int32_t i = 0; i < crew->count; i++) {
        int status = 0;
        if (crew->pids[i] == 0 || waitpid(crew->pids[i], &status, WNOHANG) != crew->pids[i])
            continue;
        say_how_it_ended(crew, i, status);
        crew->pids[i] = 0;
        crew->alive--;
        bool stopped =
            crew->reports[i].reported && crew->reports[i].failure.exit_code == EXIT_TERMINATED;
        if (stopped && !crew->stopping)
            stop_all(crew);
    }
}

/* The step that is at work, or the job itself. */
static bool load_current(struct crew *crew, struct arena *arena, struct instance *current,
                         struct error *err)
{
    struct db *db = crew->session->db;
    struct instance *steps = NULL;
    size_t count = 0;
    *current = crew->start->instance;
    if (!history_load_steps(db, current->instance_id, arena, &steps, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(steps[i].state, "running"))
            *current = steps[i];
    return true;
}

static bool show_progress(struct crew *crew, struct error *err)
{
    struct engine *engine = &crew->session->engine;
    CLEANUP(arena_destroy) struct arena *arena = arena_create("progress", PROGRESS_ARENA_CAP);
    struct partition_sums sums;
    struct instance current;
    if (!session_connect(crew->session, err) || !load_current(crew, arena, &current, err) ||
        !partition_sums(engine->db, current.instance_id, &sums, err))
        return false;
    struct progress progress = {.job = current.job,
                                .business_key = current.business_key,
                                .items_planned = sums.items_planned,
                                .items_done = sums.items_done,
                                .items_parked = sums.items_parked,
                                .rows_written = sums.rows_written,
                                .elapsed_ms = clock_boot_ms() - crew->started_ms,
                                .finished = crew->alive == 0};
    engine->on_progress(engine->progress_argument, &progress);
    return true;
}

static void look(struct crew *crew)
{
    struct error unseen = {0};
    if (crew->session->engine.on_progress == NULL || crew->blind)
        return;
    crew->blind = !show_progress(crew, &unseen);
    if (crew->blind)
        log_line(LOG_INFO, "no progress is shown: %s", unseen.message);
}

static void supervise(struct crew *crew, const sigset_t *signals)
{
    struct timespec patience = {.tv_nsec = LOOK_NS};
    int before = *signals_received();
    if (before != 0)
        hand_on(crew, before);
    while (crew->alive > 0) {
        int number = sigtimedwait(signals, NULL, &patience);
        if (number == SIGINT || number == SIGTERM)
            hand_on(crew, number);
        reap(crew);
        look(crew);
    }
}

/* ---------------------------------------------------------------- the outcome */

static const struct worker_report *first_failure(const struct worker_report *reports, int32_t count,
                                                 bool stopped)
{
    const struct worker_report *first = NULL;
    for (int32_t i = 0; i < count; i++) {
        enum exit_code code = reports[i].failure.exit_code;
        bool is_stop = code == EXIT_INTERRUPTED || code == EXIT_TERMINATED;
        bool fits = reports[i].failure.kind != ERROR_NONE && is_stop == stopped;
        if (fits && (first == NULL || reports[i].at_ms < first->at_ms))
            first = &reports[i];
    }
    return first;
}

void workers_judge(const struct worker_report *reports, int32_t count, int stop_signal,
                   struct launch_result *result, struct error *failure)
{
    int32_t silent = 0;
    error_clear(failure);
    for (int32_t i = 0; i < count; i++)
        silent += !reports[i].reported;
    if (result->execution.exit_code == EXIT_DONE || result->execution.exit_code == EXIT_PARKED)
        return;
    const struct worker_report *failed = first_failure(reports, count, false);
    const struct worker_report *stopped = first_failure(reports, count, true);
    if (failed != NULL && (stop_signal == 0 || stopped == NULL)) {
        *failure = failed->failure;
    } else if (stopped != NULL && stop_signal == 0) {
        *failure = stopped->failure;
    } else if (stop_signal != 0) {
        (void)error_run(failure, stop_signal == SIGINT ? EXIT_INTERRUPTED : EXIT_TERMINATED,
                        "stopped by %s", stop_signal == SIGINT ? "SIGINT" : "SIGTERM");
        (void)error_hint(failure, "`billmill resume` continues at the last checkpoint");
    } else {
        (void)error_run(failure, EXIT_TEMPORARY,
                        "the run is not finished; %d of %d workers ended without a word", silent,
                        count);
        (void)error_hint(failure, "`billmill resume` continues at the last checkpoint");
    }
    result->execution.exit_code = failure->exit_code;
}

/* What a worker failed at although the others finished the run. */
static void remark_on_failures(const struct crew *crew)
{
    for (int32_t i = 0; i < crew->count; i++)
        if (crew->reports[i].failure.kind != ERROR_NONE)
            log_line(LOG_WARNING, "worker %d: %s; the others finished the run", i + 1,
                     crew->reports[i].failure.message);
}

static bool find_outcome(struct crew *crew, struct launch_result *ret_result, struct error *failure,
                         struct error *err)
{
    struct session *session = crew->session;
    if (!session_connect(session, err) ||
        !launch_outcome(&session->engine, crew->request, crew->start, session->arena, ret_result,
                        err))
        return false;
    workers_judge(crew->reports, crew->count, crew->stop_signal, ret_result, failure);
    if (failure->kind == ERROR_NONE)
        remark_on_failures(crew);
    return true;
}

static bool run_crew(struct crew *crew, struct launch_result *ret_result, struct error *failure,
                     struct error *err)
{
    sigset_t signals;
    sigset_t old_mask;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &signals, &old_mask);
    session_disconnect(crew->session);
    bool forked = fork_workers(crew, &old_mask, err);
    if (!forked)
        stop_all(crew);
    supervise(crew, &signals);
    (void)sigprocmask(SIG_SETMASK, &old_mask, NULL);
    if (crew->stop_signal != 0 && *signals_received() == 0)
        (void)raise(crew->stop_signal); /* what would be launched next is not */
    return forked && find_outcome(crew, ret_result, failure, err);
}

bool workers_launch(struct session *session, const struct launch_request *request,
                    struct launch_result *ret_result, struct error *failure, struct error *err)
{
    struct launch_start start;
    struct engine *engine = &session->engine;
    if (!launch_begin(engine, request, session->arena, &start, err))
        return false;
    if (!start.run)
        return launch_work(engine, request, &start, session->arena, ret_result, failure, err);
    size_t size = (size_t)session->workers * sizeof(struct worker_report);
    struct worker_report *reports =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reports == MAP_FAILED)
        return error_run(err, EXIT_INTERNAL, "no memory for %d workers", session->workers);
    struct crew crew = {.session = session,
                        .request = request,
                        .start = &start,
                        .reports = reports,
                        .started_ms = clock_boot_ms()};
    bool ok = run_crew(&crew, ret_result, failure, err);
    (void)munmap(reports, size);
    return ok;
}
