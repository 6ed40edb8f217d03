/* Signal handling: see signals.h. The handler only stores a number, or leaves. */
#include "core/cli/signals.h"

#include <stddef.h>
#include <unistd.h>

#define EXIT_BY_SIGNAL 128

static volatile sig_atomic_t received;
static volatile sig_atomic_t was_signalled; /* not only asked by the parent */

static void on_signal(int number)
{
    if (was_signalled != 0)
        _exit(EXIT_BY_SIGNAL + number);
    was_signalled = 1;
    if (received == 0)
        received = number;
}

static void on_stop(int number)
{
    if (received == 0)
        received = number == SIGNAL_STOP_INT ? SIGINT : SIGTERM;
}

void signals_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_stop;
    (void)sigaction(SIGNAL_STOP_TERM, &action, NULL);
    (void)sigaction(SIGNAL_STOP_INT, &action, NULL);
    action.sa_handler = SIG_DFL; /* ignored by who started us, children could not be waited for */
    (void)sigaction(SIGCHLD, &action, NULL);
    action.sa_handler = SIG_IGN; /* a reader that goes away is an error of fwrite, not the end */
    (void)sigaction(SIGPIPE, &action, NULL);
}

const volatile sig_atomic_t *signals_received(void)
{
    return &received;
}
