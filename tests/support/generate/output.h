/* Files of generated records: buffered, JSON Lines or CSV, every error fatal. The first error of a
 * program of the tests ends it with a message, so nothing here returns one. */
#ifndef BILLMILL_TESTS_GENERATE_OUTPUT_H
#define BILLMILL_TESTS_GENERATE_OUTPUT_H

#include <inttypes.h>
#include <stdio.h>

#include "core/base/compiler.h"

struct output {
    FILE *file;
    char path[4096];
    bool first_field; /* of the JSON object that is open */
};

/* Prints "PROGRAM: message" and exits with 1. */
_Noreturn void fatal(const char *format, ...) PRINTF_LIKE(1, 2);

void output_open(struct output *output, const char *directory, const char *name);
void output_close(struct output *output); /* fails when anything was not written */

void output_addf(struct output *output, const char *format, ...) PRINTF_LIKE(2, 3);

/* One JSON object a line. A text NULL or "" leaves its field out. */
void json_begin(struct output *output, const char *record);
void json_text(struct output *output, const char *name, const char *value);
void json_integer(struct output *output, const char *name, int64_t value);
void json_true(struct output *output, const char *name);
void json_raw(struct output *output, const char *name, const char *json); /* NULL: left out */
void json_open(struct output *output, const char *name);                  /* an object inside */
void json_close(struct output *output);
void json_end(struct output *output);

/* The whole text of a command line argument as a number of lowest..highest, or fatal. */
int64_t argument_integer(const char *name, const char *text, int64_t lowest, int64_t highest);

#endif
