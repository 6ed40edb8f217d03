/* Error values: see error.h. Assumes nothing but the C library; never allocates, so that it can
 * speak of missing memory. */
#define ERROR_IMPLEMENTATION
#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PRINTF_LIKE(3, 0) static void print_cut(char *target, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(target, size, format, args);
    if (length < 0)
        target[0] = '\0';
    else if ((size_t)length >= size)
        memcpy(target + size - 4, "...", 4);
}

static void start(struct error *err, enum error_kind kind, enum exit_code exit_code)
{
    err->kind = kind;
    err->exit_code = exit_code;
    err->code[0] = '\0';
    err->hint[0] = '\0';
}

bool error_run(struct error *err, enum exit_code exit_code, const char *format, ...)
{
    va_list args;
    start(err, ERROR_RUN, exit_code);
    va_start(args, format);
    print_cut(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

bool error_retry(struct error *err, enum exit_code exit_code, const char *format, ...)
{
    va_list args;
    start(err, ERROR_RETRY, exit_code);
    va_start(args, format);
    print_cut(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

bool error_item(struct error *err, const char *code, const char *format, ...)
{
    va_list args;
    start(err, ERROR_ITEM, EXIT_DATA);
    (void)snprintf(err->code, sizeof err->code, "%s", code);
    va_start(args, format);
    print_cut(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

bool error_context(struct error *err, const char *format, ...)
{
    char text[ERROR_MESSAGE_SIZE];
    char whole[2 * ERROR_MESSAGE_SIZE + 2]; /* both, ": " and the ending NUL */
    va_list args;
    va_start(args, format);
    print_cut(text, sizeof text, format, args);
    va_end(args);
    (void)snprintf(whole, sizeof whole, "%s: %s", text, err->message);
    if (strlen(whole) >= sizeof err->message)
        memcpy(whole + sizeof err->message - 4, "...", 4);
    memcpy(err->message, whole, strlen(whole) + 1);
    return false;
}

bool error_hint(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_cut(err->hint, sizeof err->hint, format, args);
    va_end(args);
    return false;
}

void error_clear(struct error *err)
{
    *err = (struct error){0};
}

const char *exit_code_name(enum exit_code exit_code)
{
    switch (exit_code) {
    case EXIT_DONE:
        return "done";
    case EXIT_PARKED:
        return "done, with parked items";
    case EXIT_OWNED:
        return "another owner has it";
    case EXIT_USAGE:
        return "wrong usage";
    case EXIT_DATA:
        return "bad data";
    case EXIT_UNAVAILABLE:
        return "not reachable";
    case EXIT_INTERNAL:
        return "internal error";
    case EXIT_CANTCREATE:
        return "cannot create output or disk full";
    case EXIT_IO:
        return "input or output error";
    case EXIT_TEMPORARY:
        return "temporary failure";
    case EXIT_CONFIG:
        return "bad configuration";
    case EXIT_INTERRUPTED:
        return "interrupted";
    case EXIT_TERMINATED:
        return "terminated";
    }
    return "unknown";
}
