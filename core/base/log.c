/* Log lines: see log.h. The level is the one process-wide setting there is; it changes what is
 * said, never what is done. */
#include "core/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static enum log_level current_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    current_level = level;
}

static const char *prefix(enum log_level level)
{
    bool journal = getenv("JOURNAL_STREAM") != NULL;
    switch (level) {
    case LOG_ERROR:
        return journal ? "<3>" : "error: ";
    case LOG_WARNING:
        return journal ? "<4>" : "warning: ";
    case LOG_INFO:
        return journal ? "<6>" : "";
    case LOG_DEBUG:
        return journal ? "<7>" : "debug: ";
    }
    return "";
}

void log_line(enum log_level level, const char *format, ...)
{
    char line[2048];
    va_list args;
    if (level > current_level)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    (void)fprintf(stderr, "%s%s\n", prefix(level), line);
}
