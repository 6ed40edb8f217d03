/* Errors as values. A function that can fail returns bool, takes `struct error *err` last and is
 * MUST_CHECK; it fills err exactly when it returns false. The kind says what the engine does with
 * it, the exit code what the process tells systemd and people (the table in DESIGN, "Command
 * line"), the code is a stable word for machines ("missing_tax_rate"), the message is one
 * lower-case line without a full stop that names ids, the hint says what the operator can do.
 * Secrets never enter either. */
#ifndef BILLMILL_BASE_ERROR_H
#define BILLMILL_BASE_ERROR_H

#include "core/base/compiler.h"

enum error_kind {
    ERROR_NONE,  /* nothing is wrong */
    ERROR_RETRY, /* run the transaction again: a deadlock, a serialization failure, a lost
                    connection */
    ERROR_ITEM,  /* this one item cannot be done: park it with the reason, go on with the others */
    ERROR_RUN    /* stop the run */
};

enum exit_code {
    EXIT_DONE = 0,
    EXIT_PARKED = 3,       /* done, with parked items */
    EXIT_OWNED = 4,        /* not started: another live owner has it */
    EXIT_USAGE = 64,       /* wrong arguments */
    EXIT_DATA = 65,        /* bad data */
    EXIT_UNAVAILABLE = 69, /* database or provider not reachable */
    EXIT_INTERNAL = 70,    /* a mistake in billmill itself, or no memory */
    EXIT_CANTCREATE = 73,  /* cannot create a file, disk full */
    EXIT_IO = 74,          /* input or output error */
    EXIT_TEMPORARY = 75,   /* `resume` will finish it */
    EXIT_CONFIG = 78,      /* bad configuration or job definition */
    EXIT_INTERRUPTED = 130,
    EXIT_TERMINATED = 143
};

#define ERROR_CODE_SIZE 40
#define ERROR_MESSAGE_SIZE 640
#define ERROR_HINT_SIZE 400

struct error {
    enum error_kind kind;
    enum exit_code exit_code;
    char code[ERROR_CODE_SIZE];       /* "" unless an item is parked */
    char message[ERROR_MESSAGE_SIZE]; /* cut with "..." when longer */
    char hint[ERROR_HINT_SIZE];       /* "" when there is none */
};

/* Each of these returns false, so that a failing function can end with `return error_run(err, …);`.
 * Each starts afresh: an older content of err is forgotten. */
bool error_run(struct error *err, enum exit_code exit_code, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool error_retry(struct error *err, enum exit_code exit_code, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool error_item(struct error *err, const char *code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "<text>: " before the message that is there; returns false. */
bool error_context(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Sets the hint; returns false. */
bool error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

#if defined(__clang_analyzer__) && !defined(ERROR_IMPLEMENTATION)
/* The analyzer reads one file at a time; without this it follows paths on which these succeed. */
#define error_run(...) ((void)error_run(__VA_ARGS__), false)
#define error_retry(...) ((void)error_retry(__VA_ARGS__), false)
#define error_item(...) ((void)error_item(__VA_ARGS__), false)
#define error_context(...) ((void)error_context(__VA_ARGS__), false)
#define error_hint(...) ((void)error_hint(__VA_ARGS__), false)
#endif

void error_clear(struct error *err);

/* The word for a code in the table above: EXIT_DATA is "bad data". */
const char *exit_code_name(enum exit_code exit_code);

#endif
