/* `billmill calc CALCULATOR`: the rules by themselves, over JSON (DOMAIN 11), from the same
 * functions as the jobs. This version knows price, periods, proration, invoice, credit_note,
 * dunning, conversion, mrr and allocation.
 *
 * Input is hostile until read: sizes and depths are bounded, a number is a JSON string or an
 * integer (never a float), unknown and duplicate fields are errors, and an error names its place
 * like "$.tiers[1].up_to". */
#ifndef BILLMILL_CLI_CALC_H
#define BILLMILL_CLI_CALC_H

#include <stdio.h>

#include <jansson.h>

#include "core/base/error.h"

#define CALC_PATH_SIZE 200
#define CALC_LINE_MAX ((size_t)1 << 20) /* bytes of a line, or of one object over several lines */
#define CALC_LIST_MAX 100000            /* weights given, periods asked for */

struct calc_error {
    char message[ERROR_MESSAGE_SIZE];
    char path[CALC_PATH_SIZE];
};

/* Whether this version has the calculator; the command refuses others with EXIT_USAGE. */
bool calc_known(const char *calculator);

/* The calculators' names, separated by ", ": for usage texts. */
const char *calc_names(void);

/* The answer to one input, a new reference that the caller releases with json_decref. */
MUST_CHECK bool calc_answer(const char *calculator, const json_t *input, json_t **ret_answer,
                            struct calc_error *err);

/* One JSON object (over any number of lines), or JSON Lines: an answer for every line that is not
 * blank, in order; what is wrong is answered {"error": {"message", "path"}}. Returns EXIT_DONE,
 * EXIT_DATA when an answer was an error or there was no input, EXIT_IO when reading or writing
 * fails. */
int calc_stream(const char *calculator, FILE *in, FILE *out);

#endif
