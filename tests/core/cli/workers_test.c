/* What several workers' reports and the state of the run add up to. */
#include <signal.h>
#include <string.h>

#include "core/cli/workers.h"
#include "tests/support/suite.h"

#define WORKERS_MAX 3

/* A report is an exit code; SILENT: it ended without a word. */
#define SILENT (-1)

static const struct judge_case {
    const char *name;
    int reports[WORKERS_MAX];
    int stop_signal;
    enum exit_code state; /* as launch_outcome has it */
    enum exit_code expect;
    const char *message; /* a part of the failure's; NULL: no failure */
} judge_cases[] = {
    {"all did their part",                {0, 0, 0},            0,       EXIT_DONE,      EXIT_DONE,       NULL               },
    {"parked items are of the run",       {3, 3, 0},            0,       EXIT_PARKED,    EXIT_PARKED,     NULL               },
    {"one was killed, the rest did it",   {SILENT, 0, 0},       0,       EXIT_DONE,      EXIT_DONE,       NULL               },
    {"one failed, the rest did it",       {74, 3, 3},           0,       EXIT_PARKED,    EXIT_PARKED,     NULL               },
    {"a signal came when it was done",    {0, 0, 0},            SIGTERM, EXIT_DONE,      EXIT_DONE,       NULL               },
    {"all were killed",                   {SILENT, SILENT, -1}, 0,       EXIT_TEMPORARY, EXIT_TEMPORARY,  "3 of 3 workers"   },
    {"one failed, one was killed",
     {SILENT, 73, 0},
     0,                                                                  EXIT_TEMPORARY,
     EXIT_CANTCREATE,                                                                                     "report 73"        },
    {"the failure before the stop",       {143, 65, 143},       0,       EXIT_TEMPORARY, EXIT_DATA,       "report 65"        },
    {"stopped on request",                {143, 143, 0},        0,       EXIT_TEMPORARY, EXIT_TERMINATED, "report 143"       },
    {"stopped by SIGTERM",                {143, 143, 143},      SIGTERM, EXIT_TEMPORARY, EXIT_TERMINATED, "by SIGTERM"       },
    {"stopped before a word was said",
     {SILENT, SILENT, -1},
     SIGINT,                                                             EXIT_TEMPORARY,
     EXIT_INTERRUPTED,                                                                                    "stopped by SIGINT"},
    {"stopped after another's failure",
     {69, 143, 143},
     SIGTERM,                                                            EXIT_TEMPORARY,
     EXIT_TERMINATED,                                                                                     "by SIGTERM"       },
    {"a failure, and nobody was stopped",
     {69, SILENT, -1},
     SIGTERM,                                                            EXIT_TEMPORARY,
     EXIT_UNAVAILABLE,                                                                                    "report 69"        },
};

static void report(struct worker_report *target, int code)
{
    target->reported = code != SILENT;
    if (code != SILENT && code != EXIT_DONE && code != EXIT_PARKED)
        (void)error_run(&target->failure, (enum exit_code)code, "report %d", code);
}

START_TEST(judges)
{
    const struct judge_case *c = &judge_cases[_i];
    struct worker_report reports[WORKERS_MAX] = {0};
    struct launch_result result = {.execution.exit_code = c->state};
    struct error failure = {0};
    for (int i = 0; i < WORKERS_MAX; i++)
        report(&reports[i], c->reports[i]);
    workers_judge(reports, WORKERS_MAX, c->stop_signal, &result, &failure);
    ck_assert_msg(result.execution.exit_code == c->expect, "%s: exit %d", c->name,
                  (int)result.execution.exit_code);
    ck_assert_msg((failure.kind == ERROR_NONE) == (c->message == NULL), "%s: %s", c->name,
                  failure.message);
    ck_assert_msg(c->message == NULL || strstr(failure.message, c->message) != NULL, "%s: %s",
                  c->name, failure.message);
    ck_assert_msg(failure.kind == ERROR_NONE || failure.exit_code == c->expect, "%s: %d", c->name,
                  (int)failure.exit_code);
}
END_TEST

/* Who was asked first tells why; those that he took along know only of a signal. */
START_TEST(takes_the_earliest_word)
{
    struct worker_report reports[WORKERS_MAX] = {{.at_ms = 30}, {.at_ms = 10}, {.at_ms = 20}};
    struct launch_result result = {.execution.exit_code = EXIT_TEMPORARY};
    struct error failure = {0};
    report(&reports[0], EXIT_TERMINATED);
    report(&reports[1], EXIT_TERMINATED);
    (void)error_run(&reports[1].failure, EXIT_TERMINATED, "on request");
    report(&reports[2], EXIT_TERMINATED);
    workers_judge(reports, WORKERS_MAX, 0, &result, &failure);
    ck_assert_str_eq(failure.message, "on request");
}
END_TEST

TEST_SUITE(workers)
{
    TEST_TABLE(judges, judge_cases);
    TEST_ONE(takes_the_earliest_word);
}
