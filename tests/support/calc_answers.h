/* Questions to the calculators of `billmill calc`, in tables that write ' for ". */
#ifndef BILLMILL_TESTS_CALC_ANSWERS_H
#define BILLMILL_TESTS_CALC_ANSWERS_H

#include "core/base/arena.h"

/* The answer as compact JSON, its keys sorted or in the order in which they are answered, or
 * "path: message" of the error. In the arena. */
const char *calc_answer_text(struct arena *arena, const char *calculator, const char *input,
                             bool sorted);

#endif
