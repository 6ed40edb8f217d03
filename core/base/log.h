/* Talk for people and the journal, on stderr, one line an event. Only core/cli and core/engine call
 * it. Under systemd (INVOCATION or JOURNAL_STREAM set) a line starts with its syslog priority
 * "<4>". */
#ifndef BILLMILL_BASE_LOG_H
#define BILLMILL_BASE_LOG_H

#include "core/base/compiler.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
