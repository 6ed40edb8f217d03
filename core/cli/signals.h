/* SIGINT and SIGTERM: the first asks the engine to stop at the next item and record it; a second
 * one ends the process at once, which is as safe as a crash. SIGNAL_STOP_TERM and _INT ask for the
 * same, as often as they come, and do not count as the first: by them a parent hands its first
 * signal on to workers that get it themselves, before or after, as when a service is stopped with
 * all of its processes. */
#ifndef BILLMILL_CLI_SIGNALS_H
#define BILLMILL_CLI_SIGNALS_H

#include <signal.h>

#define SIGNAL_STOP_TERM SIGUSR1
#define SIGNAL_STOP_INT SIGUSR2

void signals_install(void);
const volatile sig_atomic_t *signals_received(void); /* 0, or the signal's number */

#endif
