/* What is wrong in files that people write: a list, so that `billmill check` shows every mistake
 * and not only the first. A problem has a place (file:line:column), one lower-case line, and a hint
 * that says what to write instead. */
#ifndef BILLMILL_SETUP_PROBLEM_H
#define BILLMILL_SETUP_PROBLEM_H

#include "core/base/array.h"
#include "core/base/error.h"

#define PROBLEMS_MAX 500u /* further ones are counted, not kept */

/* Lines and columns count from 1, columns in characters. Line 0: the whole file. */
struct place {
    const char *file;
    uint32_t line, column;
};

struct problem {
    struct place at;
    const char *message;
    const char *hint; /* "" when there is none */
};

/* Start with {.arena = arena}: texts and items live there. Places keep pointers to their file
 * names, which must live as long. */
struct problem_list {
    struct arena *arena;
    struct problem *items;
    size_t count, capacity;
    size_t dropped; /* beyond PROBLEMS_MAX */
};

/* `hint` may be NULL; it is copied. The message is made one printable line: control characters
 * become '?'. */
void problem_add(struct problem_list *problems, struct place at, const char *hint,
                 const char *format, ...) PRINTF_LIKE(4, 5);

/* The message and hint of an error as a problem at `at`. */
void problem_add_error(struct problem_list *problems, struct place at, const struct error *err);

/* What a message shows of a text from a file: its first 60 bytes, cut between characters, with
 * "..." when there is more. The result is `text` itself or in the arena. */
const char *problem_shown(struct arena *arena, const char *text);

/* "config/billmill.yaml:3:5: message", without the hint; "file: message" for line 0, the message
 * alone where the file is "" (it is about an argument or the environment). In the arena. */
const char *problem_text(const struct problem *problem, struct arena *arena);

/* In the order of files, lines and columns; problems of one place keep their order. */
void problem_list_sort(struct problem_list *problems);

/* True when the list is empty; else fills err with the first problem (ERROR_RUN, EXIT_CONFIG), says
 * how many more there are, and returns false. */
MUST_CHECK bool problem_list_ok(const struct problem_list *problems, struct error *err);

#endif
