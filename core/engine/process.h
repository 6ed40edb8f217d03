/* What the system says of a process of this host by its number. A number is given again: with the
 * instant at which its process began it means one process only, until the host is booted. */
#ifndef BILLMILL_ENGINE_PROCESS_H
#define BILLMILL_ENGINE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* In ticks since the boot; 0 when there is no such process, or the system does not say. */
int64_t process_started_ticks(int64_t pid);

/* It ended, or was killed and not waited for, or its number is another process's by now.
 * started_ticks 0: not known. */
bool process_is_gone(int64_t pid, int64_t started_ticks);

#endif
