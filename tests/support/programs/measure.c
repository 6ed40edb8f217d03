/* measure: runs a command and writes what it took, from the kernel's own account of it.
 *
 *     measure FILE COMMAND [ARGUMENT…]
 *
 * FILE gets one line "WALL_US CPU_US PEAK_RSS_KIB". The exit code is the command's, 128 + n when
 * signal n ended it, 127 when it could not be started. */
#define _DEFAULT_SOURCE /* wait4: POSIX has no resource usage of a single child */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/generate/output.h"

#define EXIT_NOT_STARTED 127
#define EXIT_SIGNAL_BASE 128

static int64_t monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t timeval_us(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + (int64_t)time.tv_usec;
}

static void write_result(const char *path, int64_t wall_us, const struct rusage *usage)
{
    int64_t cpu_us = timeval_us(usage->ru_utime) + timeval_us(usage->ru_stime);
    FILE *file = fopen(path, "w");
    if (file == NULL ||
        fprintf(file, "%" PRId64 " %" PRId64 " %ld\n", wall_us, cpu_us, usage->ru_maxrss) < 0 ||
        fclose(file) != 0)
        fatal("cannot write %s", path);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fatal("usage: measure FILE COMMAND [ARGUMENT…]");
    int64_t start_us = monotonic_us();
    pid_t child = fork();
    if (child < 0)
        fatal("cannot fork");
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(EXIT_NOT_STARTED);
    }
    int status = 0;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child)
        fatal("cannot wait for %s", argv[2]);
    write_result(argv[1], monotonic_us() - start_us, &usage);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SIGNAL_BASE + WTERMSIG(status);
}
