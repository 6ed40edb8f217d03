/* SIGINT and SIGTERM: the first asks the engine to stop at the next item and record it; a second
 * one ends the process at once, which is as safe as a crash. */
#ifndef BILLMILL_CLI_SIGNALS_H
#define BILLMILL_CLI_SIGNALS_H

#include <signal.h>

void signals_install(void);
const volatile sig_atomic_t *signals_received(void); /* 0, or the signal's number */

#endif
