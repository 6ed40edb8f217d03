/* Questions to calculators as tests write them: see calc_answers.h. */
#include "tests/support/calc_answers.h"

#include <stdlib.h>

#include <jansson.h>

#include "core/cli/calc.h"
#include "tests/support/suite.h"

static char *swap_quotes(char *text, char from, char to)
{
    for (char *c = text; *c != '\0'; c++)
        if (*c == from)
            *c = to;
    return text;
}

const char *calc_answer_text(struct arena *arena, const char *calculator, const char *input,
                             bool sorted)
{
    struct calc_error error = {0};
    json_error_t problem;
    json_t *answer = NULL;
    json_t *question = json_loads(swap_quotes(arena_copy(arena, input), '\'', '"'),
                                  JSON_REJECT_DUPLICATES, &problem);
    ck_assert_msg(question != NULL, "%s: %s", input, problem.text);
    const char *text = NULL;
    if (calc_answer(calculator, question, &answer, &error)) {
        char *dumped = json_dumps(answer, JSON_COMPACT | (sorted ? JSON_SORT_KEYS : 0));
        text = arena_copy(arena, swap_quotes(dumped, '"', '\''));
        free(dumped);
        json_decref(answer);
    } else {
        text = arena_printf(arena, "%s: %s", error.path, error.message);
    }
    json_decref(question);
    return text;
}
